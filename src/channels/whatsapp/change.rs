//! What Meta calls with: a body may hold several entries, each with several changes, each with several messages and
//! statuses. One that cannot be used does not keep the others out.

use serde_json::Value;

use super::{WINDOW_CLOSED, WINDOW_CLOSED_WORDS};
use crate::channels::form::harmless;
use crate::channels::outcome::Redactor;
use crate::channels::{About, Incoming, Received, Reported, wire};
use crate::domain::contact::{Urn, clean_name};
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;

/// Everything in a body that is meant for that number.
pub(super) fn read_all(body: &Value, number: &str, redactor: &Redactor) -> Vec<Received> {
    let mut received = Vec::new();
    if wire::text(body, "/object") != "whatsapp_business_account" {
        return vec![ignored("something that is not about a WhatsApp account")];
    }
    for change in wire::list(body, "/entry").iter().flat_map(|entry| wire::list(entry, "/changes")) {
        if wire::text(change, "/field") != "messages" {
            received.push(ignored("a change of something else than messages"));
        } else if phone_number_id(change) != number {
            received.push(ignored("a change of another number"));
        } else if let Some(value) = change.get("value") {
            read_change(value, redactor, &mut received);
        }
    }
    if received.is_empty() {
        received.push(ignored("nothing in it"));
    }
    received
}

/// The number that a change is about: a string, as Meta writes it, or a number, as others do.
fn phone_number_id(change: &Value) -> String {
    match change.pointer("/value/metadata/phone_number_id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

fn read_change(value: &Value, redactor: &Redactor, received: &mut Vec<Received>) {
    for message in wire::list(value, "/messages") {
        received.push(match incoming(message, wire::list(value, "/contacts")) {
            Ok(incoming) => Received::Message(incoming),
            Err(why) => ignored(why),
        });
    }
    for status in wire::list(value, "/statuses") {
        received.push(match reported(status, redactor) {
            Ok(reported) => Received::Report(reported),
            Err(why) => ignored(why),
        });
    }
    for error in wire::list(value, "/errors") {
        let words = redactor.words(complaint(error).as_bytes());
        received.push(Received::Ignored(format!("WhatsApp reports: {words}")));
    }
}

fn ignored(why: &str) -> Received {
    Received::Ignored(why.to_owned())
}

fn incoming(message: &Value, contacts: &[Value]) -> Result<Incoming, &'static str> {
    if message.get("group_id").is_some_and(|group| !group.is_null()) {
        return Err("a message to a group");
    }
    let id = wire::text(message, "/id");
    if id.is_empty() {
        return Err("a message without an id");
    }
    let urn = sender(message).ok_or("a message from nobody")?;
    let (text, attachment) = content(message).ok_or("a message of a kind that cannot be kept")?;
    if text.is_empty() && attachment.is_none() {
        return Err("a message with nothing in it that can be kept");
    }
    Ok(Incoming {
        urn,
        name: clean_name(&harmless(name(message, contacts))),
        text: harmless(&text),
        attachments: attachment.into_iter().collect(),
        at: wire::whole(message, "/timestamp").and_then(wire::moment),
        external_id: harmless(id),
    })
}

/// Whoever wrote: by number, or by the id that stands for a user with a username.
fn sender(message: &Value) -> Option<Urn> {
    let from = wire::text(message, "/from");
    if (5..=20).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit()) {
        return Urn::parse(&format!("whatsapp:{from}"), None).ok();
    }
    let id = [wire::text(message, "/from_user_id"), from].into_iter().find(|id| id.contains('.'))?;
    if id.len() > 128 || !wire::is_plain(id, ".") {
        return None;
    }
    Urn::parse(&format!("whatsapp:{id}"), None).ok().filter(|urn| urn.path().contains('.'))
}

/// The name of the sender: several people may stand in one change.
fn name<'a>(message: &Value, contacts: &'a [Value]) -> &'a str {
    let is_sender = |contact: &&Value| {
        [("/from", "/wa_id"), ("/from_user_id", "/user_id")].iter().any(|(ours, theirs)| {
            let id = wire::text(message, ours);
            !id.is_empty() && id == wire::text(contact, theirs)
        })
    };
    contacts.iter().find(is_sender).map(|contact| wire::text(contact, "/profile/name")).unwrap_or_default()
}

/// The text of a message and what came along. None for kinds that cannot be kept.
fn content(message: &Value) -> Option<(String, Option<Attachment>)> {
    let kind = wire::text(message, "/type");
    let text = |pointer: &str| Some((wire::text(message, pointer).to_owned(), None));
    let media = |or_else: &str| {
        let media = message.get(kind)?;
        let (mime, id) = (wire::text(media, "/mime_type"), wire::text(media, "/id"));
        let attachment = wire::kept_media("whatsapp", mime, or_else, id);
        Some((wire::text(media, "/caption").to_owned(), attachment))
    };
    match kind {
        "text" => text("/text/body"),
        "button" => text("/button/text"),
        "image" => media("image/jpeg"),
        "sticker" => media("image/webp"),
        "audio" | "voice" => media("audio/ogg"),
        "video" => media("video/mp4"),
        "document" => media("application/octet-stream"),
        "location" => {
            let words = [wire::text(message, "/location/name"), wire::text(message, "/location/address")];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            Some((words.join(", "), wire::place(message, "/location")))
        }
        "interactive" => match wire::text(message, "/interactive/type") {
            "button_reply" => text("/interactive/button_reply/title"),
            "list_reply" => text("/interactive/list_reply/title"),
            "nfm_reply" if wire::text(message, "/interactive/nfm_reply/body").is_empty() => {
                text("/interactive/nfm_reply/response_json")
            }
            "nfm_reply" => text("/interactive/nfm_reply/body"),
            _ => None,
        },
        _ => None,
    }
}

fn reported(status: &Value, redactor: &Redactor) -> Result<Reported, &'static str> {
    let report = match wire::text(status, "/status") {
        "sent" => Report::Sent,
        "delivered" => Report::Delivered,
        "read" => Report::Read,
        "failed" => Report::Failed,
        "deleted" => return Err("a contact deleted a message"),
        _ => return Err("a status that says nothing to us"),
    };
    let id = wire::text(status, "/id");
    if id.is_empty() {
        return Err("a status without an id");
    }
    let detail = wire::list(status, "/errors").first().map(complaint).unwrap_or_default();
    let detail = redactor.words(detail.as_bytes());
    Ok(Reported { about: About::External(harmless(id)), report, detail })
}

/// What an error says, in our words where people can do something about it.
fn complaint(error: &Value) -> String {
    if wire::whole(error, "/code") == Some(WINDOW_CLOSED) {
        return WINDOW_CLOSED_WORDS.to_owned();
    }
    let title = match wire::text(error, "/title") {
        "" => wire::text(error, "/message"),
        title => title,
    };
    match (title, wire::text(error, "/error_data/details")) {
        ("", "") => wire::whole(error, "/code").map(|code| format!("error {code}")).unwrap_or_default(),
        (words, "") | ("", words) => words.to_owned(),
        (title, details) => format!("{title}: {details}"),
    }
}
