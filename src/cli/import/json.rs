//! What `import` prints for scripts: its summary, and the records of a rehearsal.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::schedule::repeat_name;
use crate::import::{CallRecord, Format, MessageRecord, Record, ScheduleRecord, Summary, To};

/// What an import did.
pub(super) fn summary_json(file: &Path, summary: &Summary) -> Value {
    let skipped: Map<String, Value> =
        summary.skipped.iter().map(|(reason, count)| (reason.name().to_owned(), json!(count))).collect();
    let errors: Vec<Value> =
        summary.errors.iter().map(|(src, problem)| json!({"src": src, "reason": problem.name()})).collect();
    let mut object = json!({
        "file": file.file_name().map(|name| name.to_string_lossy()),
        "format": summary.format.map(Format::name),
        "seen": summary.seen,
        "imported": summary.imported,
        "duplicates": summary.duplicates,
        "skipped": skipped,
        "errors": errors,
    });
    if summary.more_errors > 0 {
        object["more_errors"] = json!(summary.more_errors);
    }
    object
}

/// A record in the normalised shape: times in milliseconds where there are any.
pub(super) fn record_json(src: u64, record: &Record) -> Value {
    match record {
        Record::Message(message) => message_json(src, message),
        Record::Call(call) => call_json(src, call),
        Record::Schedule(schedule) => schedule_json(src, schedule),
        // They are not counted, so they are not shown either.
        Record::Contact(_) | Record::Label(_) | Record::Group(_) => Value::Null,
    }
}

fn message_json(src: u64, message: &MessageRecord) -> Value {
    let attachments: Vec<String> = message.attachments.iter().map(ToString::to_string).collect();
    let mut object = json!({
        "src": src,
        "kind": "message",
        "direction": message.direction.name(),
        "urn": message.urn.as_ref().map(Urn::identity),
        "name": message.name,
        "text": message.text,
        "attachments": attachments,
        "time": moment(message.time),
        "sent_time": message.sent_time.map(moment),
        "status": message.status.name(),
        "external_id": message.external_id,
    });
    if let Some(origin) = &message.origin {
        let labels: Vec<&str> = origin.labels.iter().map(|(_, name)| name.as_str()).collect();
        object["contact_uuid"] = json!(origin.contact_uuid.map(|uuid| uuid.to_string()));
        object["labels"] = json!(labels);
        if let Some(visibility) = origin.visibility {
            object["visibility"] = json!(visibility.name());
        }
    }
    object
}

fn call_json(src: u64, call: &CallRecord) -> Value {
    json!({
        "src": src,
        "kind": "call",
        "direction": call.direction.name(),
        "urn": call.urn.as_ref().map(Urn::identity),
        "name": call.name,
        "time": moment(call.time),
        "duration": call.duration,
        "outcome": call.outcome.name(),
        "external_id": call.external_id,
    })
}

fn schedule_json(src: u64, schedule: &ScheduleRecord) -> Value {
    let recipients: Vec<&str> = schedule
        .to
        .iter()
        .map(|to| match to {
            To::Contact((_, name)) => name.as_str(),
            To::Group(named) | To::Label(named) => &named.name,
        })
        .collect();
    json!({
        "src": src,
        "kind": "schedule",
        "text": schedule.text,
        "recipients": recipients,
        "next_fire": schedule.next_fire.map(moment),
        "last_fire": schedule.last_fire.map(moment),
        "repeat": repeat_name(schedule.timing.repeat),
    })
}

fn moment(at: Time) -> String {
    let form =
        if at.timestamp_subsec_millis() == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
    at.format(form).to_string()
}
