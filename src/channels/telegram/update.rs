//! Telegram's updates: what a message of a person to the bot says. Only the field `message` is used; edited messages,
//! callbacks and posts in channels are not for us.

use serde_json::Value;

use crate::channels::form::harmless;
use crate::channels::{Incoming, Received, wire};
use crate::domain::contact::{Urn, clean_name};
use crate::domain::message::Attachment;

/// The greatest size of a photo that is preferred, in bytes: Telegram keeps several of each.
const BEST_PHOTO: i64 = 100_000;

/// The longest name of a user that is kept.
const LONGEST_USERNAME: usize = 64;

/// Reads the answer of `getUpdates`: what came in, and where to go on.
pub(super) fn read_all(answer: &[u8], cursor: i64) -> Result<(Vec<Received>, i64), String> {
    let unreadable = || "Telegram's answer cannot be read".to_owned();
    let answer: Value = serde_json::from_slice(answer).map_err(|_| unreadable())?;
    let updates = answer.get("result").and_then(Value::as_array).ok_or_else(unreadable)?;
    let mut next = cursor;
    let mut received = Vec::with_capacity(updates.len());
    for update in updates {
        if let Some(id) = wire::whole(update, "/update_id") {
            next = next.max(id.saturating_add(1));
        }
        received.push(read(update));
    }
    Ok((received, next))
}

/// Goes on after an update that is too long to be read whole, by the number at its beginning.
pub(super) fn pass_over(beginning: &[u8], cursor: i64) -> Result<(Vec<Received>, i64), String> {
    let beginning = String::from_utf8_lossy(&beginning[..beginning.len().min(256)]);
    let (_, rest) = beginning
        .split_once("\"update_id\"")
        .ok_or_else(|| "Telegram sent something that is too long to be read".to_owned())?;
    let number: String =
        rest.chars().skip_while(|c| matches!(c, ':' | ' ')).take_while(char::is_ascii_digit).collect();
    let number: i64 = number.parse().map_err(|_| "Telegram's answer cannot be read".to_owned())?;
    let why = format!("the update {number} is too long to be read");
    Ok((vec![Received::Ignored(why)], cursor.max(number.saturating_add(1))))
}

/// Reads an update.
pub(super) fn read(update: &Value) -> Received {
    match message(update) {
        Ok(incoming) => Received::Message(incoming),
        Err(why) => Received::Ignored(why.to_owned()),
    }
}

fn message(update: &Value) -> Result<Incoming, &'static str> {
    let message = update.get("message").ok_or("an update without a message")?;
    let id = wire::whole(message, "/message_id").ok_or("a message without message_id")?;
    let from = wire::whole(message, "/from/id").filter(|id| *id > 0).ok_or("a message from nobody")?;
    if matches!(wire::text(message, "/chat/type"), "group" | "supergroup" | "channel") {
        return Err("a message to a group");
    }
    let (text, attachments) = content(message);
    if text == "/start" || text.starts_with("/start ") {
        return Err("somebody opened the conversation with the bot");
    }
    if text.is_empty() && attachments.is_empty() {
        return Err("a message with nothing in it that can be kept");
    }
    let username = harmless(wire::text(message, "/from/username")).to_lowercase();
    let names = [wire::text(message, "/from/first_name"), wire::text(message, "/from/last_name")];
    let mut name = harmless(&join(" ", &names));
    if name.is_empty() {
        name.clone_from(&username);
    }
    Ok(Incoming {
        urn: Urn::kept(&format!("telegram:{from}"), username.chars().take(LONGEST_USERNAME).collect()),
        name: clean_name(&name),
        text: harmless(&text),
        attachments,
        at: wire::whole(message, "/date").and_then(wire::moment),
        external_id: id.to_string(),
    })
}

/// The text of a message and what came along.
fn content(message: &Value) -> (String, Vec<Attachment>) {
    let said = match wire::text(message, "/text") {
        "" => wire::text(message, "/caption"),
        text => text,
    };
    let file = |name: &str, or_else: &str| {
        let file = message.get(name)?;
        wire::kept_media("telegram", wire::text(file, "/mime_type"), or_else, wire::text(file, "/file_id"))
    };
    let attachment = photo(message)
        .or_else(|| file("video", "video/mp4"))
        .or_else(|| file("video_note", "video/mp4"))
        .or_else(|| file("voice", "audio/ogg"))
        .or_else(|| file("audio", "audio/mpeg"))
        .or_else(|| sticker(message))
        .or_else(|| file("document", "application/octet-stream"))
        .or_else(|| wire::place(message, "/venue/location"))
        .or_else(|| wire::place(message, "/location"));
    let text = if !said.is_empty() {
        said.to_owned()
    } else if message.get("venue").is_some() {
        join(", ", &[wire::text(message, "/venue/title"), wire::text(message, "/venue/address")])
    } else if message.get("contact").is_some() {
        contact(message)
    } else {
        String::new()
    };
    (text, attachment.into_iter().collect())
}

/// The largest of a photo's sizes that is not too large, else the smallest.
fn photo(message: &Value) -> Option<Attachment> {
    let size = |photo: &&Value| wire::whole(photo, "/file_size").unwrap_or(0);
    let sizes = wire::list(message, "/photo");
    let best = sizes.iter().filter(|photo| size(photo) < BEST_PHOTO).max_by_key(size);
    let photo = best.or_else(|| sizes.iter().min_by_key(size))?;
    wire::kept_media("telegram", "image/jpeg", "image/jpeg", wire::text(photo, "/file_id"))
}

/// The picture of a sticker, which may itself be a film or an animation that nothing here could show.
fn sticker(message: &Value) -> Option<Attachment> {
    let id = match wire::text(message, "/sticker/thumbnail/file_id") {
        "" => wire::text(message, "/sticker/thumb/file_id"),
        id => id,
    };
    wire::kept_media("telegram", "image/webp", "image/webp", id)
}

/// Somebody's card: `First Last (phone)`.
fn contact(message: &Value) -> String {
    let phone = match wire::text(message, "/contact/phone_number") {
        "" => String::new(),
        phone => format!("({phone})"),
    };
    join(
        " ",
        &[wire::text(message, "/contact/first_name"), wire::text(message, "/contact/last_name"), &phone],
    )
}

fn join(between: &str, words: &[&str]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    words.join(between)
}
