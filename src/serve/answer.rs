//! What gateways are answered with: the platform's own JSON, so that one that was made for it finds what it expects.

use serde_json::{Value, json};

use super::keeper::Called;
use crate::channels::{About, Answer, Received, Refusal};
use crate::domain::delivery::Report;
use crate::engine::Taken;

const JSON: &str = "application/json";

/// The answer once everything was kept.
pub(super) fn kept(called: &Called, received: &[Received], taken: &[Taken]) -> Answer {
    let data: Vec<Value> = received.iter().zip(taken).map(|(one, taken)| entry(called, one, taken)).collect();
    let message = match taken.first() {
        Some(Taken::Message(_)) => "Message Accepted",
        Some(Taken::Report(..)) => "Status Update Accepted",
        Some(Taken::Stopped) => "Event Accepted",
        Some(Taken::Ignored(_)) | None => "Ignored",
    };
    answer(200, message, &data)
}

fn entry(called: &Called, received: &Received, taken: &Taken) -> Value {
    let channel = called.record.uuid.to_string();
    match (received, taken) {
        (Received::Message(incoming), Taken::Message(arrival)) => {
            let mut entry = json!({
                "type": "msg",
                "channel_uuid": channel,
                "msg_uuid": arrival.uuid.to_string(),
                "text": incoming.text,
                "urn": incoming.urn.to_string(),
            });
            if let Value::Object(fields) = &mut entry {
                if !incoming.attachments.is_empty() {
                    let all = incoming.attachments.iter().map(|attachment| attachment.to_string().into());
                    fields.insert("attachments".to_owned(), Value::Array(all.collect()));
                }
                if !incoming.external_id.is_empty() {
                    fields.insert("external_id".to_owned(), incoming.external_id.clone().into());
                }
                if let Some(at) = incoming.at {
                    fields.insert("received_on".to_owned(), at.to_rfc3339().into());
                }
            }
            entry
        }
        (Received::Report(reported), Taken::Report(report, _)) => {
            let mut entry = json!({"type": "status", "channel_uuid": channel, "status": letter(*report)});
            if let (Value::Object(fields), About::External(id)) = (&mut entry, &reported.about) {
                fields.insert("external_id".to_owned(), id.clone().into());
            }
            entry
        }
        (Received::Stopped(urn), _) => {
            json!({"type": "event", "channel_uuid": channel, "event_type": "stop_contact", "urn": urn.to_string()})
        }
        (Received::Ignored(why), _) => json!({"type": "info", "info": why}),
        (Received::Message(_) | Received::Report(_), _) => json!({"type": "info", "info": "ignored"}),
    }
}

/// The platform's letter for a status.
fn letter(report: Report) -> &'static str {
    match report {
        Report::Sent => "S",
        Report::Delivered => "D",
        Report::Read => "R",
        Report::Failed => "F",
    }
}

/// The answer to a request that is not taken.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Forbidden => error(403, &["forbidden"]),
        Refusal::Bad(problems) => error(400, &problems.iter().map(String::as_str).collect::<Vec<_>>()),
        Refusal::NotFound => answer(404, "Not Found", &[entry_error("not found")]),
        Refusal::Method => answer(405, "Method Not Allowed", &[entry_error("method not allowed")]),
    }
}

/// The answer when something went wrong.
pub(super) fn error(status: u16, problems: &[&str]) -> Answer {
    answer(status, "Error", &problems.iter().map(|problem| entry_error(problem)).collect::<Vec<_>>())
}

fn entry_error(problem: &str) -> Value {
    json!({"type": "error", "error": problem})
}

fn answer(status: u16, message: &str, data: &[Value]) -> Answer {
    Answer { status, content_type: JSON, body: json!({"message": message, "data": data}).to_string() }
}
