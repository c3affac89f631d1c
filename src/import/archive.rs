//! Message archives of RapidPro, TextIt and Weni: `message_*.jsonl`, an object a line, often gzipped.
//!
//! Older files lack keys: `uuid`, `flow`, `modified_on`; attachments may be plain strings; a flow's message is then told
//! by its `type`. JSON may hold lone surrogates, which parsers refuse: they become U+FFFD before parsing.

use std::borrow::Cow;
use std::io::BufRead;

use chrono::DateTime;
use serde_json::Value;
use uuid::Uuid;

use super::Stop;
use super::input::Trouble;
use super::raw::Keep;
use super::record::{self, Item, MessageRecord, Origin, Problem, Record, Skip, clean_text, real_name};
use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::label::clean_name;
use crate::domain::message::{Attachment, Direction, Kind, Status, Visibility};
use crate::store::is_storable;

/// The longest line that is read; a longer one is a bad record.
const LONGEST_LINE: u64 = 16 << 20;

/// What becomes of a line: a record, or why it is none of ours, or what is wrong with it.
pub(super) type Verdict = Result<Result<Record, Skip>, Problem>;

/// Reads the messages of an archive.
pub(super) fn messages(
    input: &mut dyn BufRead,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    each_line(input, &|line| Ok(message(line)?.map(Record::Message).ok_or(Skip::Deleted)), keep, take)
}

/// Reads a file of an object a line.
pub(super) fn each_line(
    input: &mut dyn BufRead,
    read: &dyn Fn(&str) -> Verdict,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut line = Vec::new();
    let mut src = 0;
    loop {
        line.clear();
        let length = match std::io::Read::take(&mut *input, LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) => {
                // The last line of a file that ends wrongly has no line end. It is all there when only what follows is
                // wrong, and may be when the file is torn.
                let is_whole = Trouble::of(&error).is_some_and(|trouble| trouble != Trouble::Cancelled)
                    || std::str::from_utf8(&line).is_ok_and(|line| matches!(read(line), Ok(Ok(_))));
                if is_whole {
                    take_line(src + 1, &line, read, keep, take)?;
                }
                return Err(error.into());
            }
        };
        src += 1;
        if length as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            skip_line(input)?;
            take(Item::Wrong(src, Problem::BadJson, keep.raw(&line)))?;
            continue;
        }
        take_line(src, &line, read, keep, take)?;
    }
}

fn take_line(
    src: u64,
    line: &[u8],
    read: &dyn Fn(&str) -> Verdict,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let text = String::from_utf8_lossy(line);
    // A blank line counts as a line, but not as a record.
    if text.trim().is_empty() {
        return Ok(());
    }
    let is_misencoded = matches!(text, Cow::Owned(_));
    take(match read(&text) {
        Ok(Ok(_)) if is_misencoded => Item::Wrong(src, Problem::BadEncoding, keep.raw(line)),
        Ok(Ok(record)) => Item::Found(src, Box::new(record)),
        Ok(Err(reason)) => Item::Skipped(src, reason),
        Err(problem) => Item::Wrong(src, problem, keep.raw(line)),
    })
}

pub(super) fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let there = input.fill_buf()?;
        let length = there.len();
        if length == 0 {
            return Ok(());
        }
        match there.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                input.consume(at + 1);
                return Ok(());
            }
            None => input.consume(length),
        }
    }
}

/// A line's message; none when it was deleted.
fn message(line: &str) -> Result<Option<MessageRecord>, Problem> {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(_) => serde_json::from_str(&without_lone_surrogates(line)).map_err(|_| Problem::BadJson)?,
    };
    let Value::Object(fields) = value else { return Err(Problem::NotAnObject) };
    let get = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let text = |name: &str| get(name).and_then(Value::as_str);
    let time = text("created_on").and_then(moment).ok_or(Problem::BadCreatedOn)?;
    let direction = match text("direction") {
        Some("in") => Direction::In,
        Some("out") => Direction::Out,
        _ => return Err(Problem::BadDirection),
    };
    let contact = get("contact");
    let contact_uuid: Option<Uuid> = contact
        .and_then(|contact| contact.get("uuid"))
        .and_then(Value::as_str)
        .and_then(|uuid| uuid.parse().ok());
    let urn = text("urn").and_then(address);
    if contact_uuid.is_none() && urn.is_none() {
        return Err(Problem::MissingContact);
    }
    let visibility = match text("visibility") {
        Some("deleted") => return Ok(None),
        Some("archived") => Visibility::Archived,
        _ => Visibility::Visible,
    };
    let sent_time = text("sent_on").and_then(moment);
    let (status, unfinished) = status(direction, text("status"), sent_time);
    let kind = match text("type") {
        Some("voice" | "ivr") => Kind::Voice,
        Some("optin") => Kind::OptIn,
        _ => Kind::Text,
    };
    // An old archive does not name the flow, but says that there was one.
    let nameless_flow = text("type") == Some("flow") && direction == Direction::In;
    let flow =
        get("flow").and_then(reference).or_else(|| nameless_flow.then(|| (Uuid::nil(), String::new())));
    let uuid: Option<Uuid> = text("uuid").and_then(|uuid| uuid.parse().ok());
    let id = get("id").and_then(Value::as_i64);
    Ok(Some(MessageRecord {
        direction,
        urn,
        countryless: None,
        name: contact.and_then(|contact| contact.get("name")).and_then(Value::as_str).and_then(real_name),
        text: clean_text(text("text").unwrap_or_default()),
        attachments: get("attachments")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(attachment)
            .collect(),
        time,
        sent_time: sent_time.filter(|_| status != Status::Failed),
        status,
        was_unfinished: unfinished,
        external_id: uuid.map(|uuid| uuid.to_string()).or_else(|| id.map(|id| format!("id:{id}"))),
        same: None,
        origin: Some(Origin {
            uuid,
            id,
            contact_uuid,
            channel: get("channel").and_then(reference),
            flow,
            labels: get("labels").and_then(Value::as_array).into_iter().flatten().filter_map(label).collect(),
            visibility: Some(visibility),
            kind,
            own: None,
        }),
        whose: None,
    }))
}

/// The status as it comes in, and whether the archive had it as not sent yet. An incoming message is handled whatever the
/// file says. One generation of the platform writes no status at all for a message that was read.
pub(super) fn status(direction: Direction, status: Option<&str>, sent_time: Option<Time>) -> (Status, bool) {
    if direction == Direction::In {
        return (Status::Handled, false);
    }
    match status {
        Some("wired") => (Status::Wired, false),
        Some("sent" | "resent") => (Status::Sent, false),
        Some("delivered") => (Status::Delivered, false),
        Some("read") => (Status::Read, false),
        None if sent_time.is_some() => (Status::Read, false),
        Some("failed") => (Status::Failed, false),
        _ => (Status::Failed, true),
    }
}

/// An address, without the name to show that some exports put behind it.
fn address(urn: &str) -> Option<Urn> {
    let (urn, _) = urn.split_once('#').unwrap_or((urn, ""));
    let clean: String = urn.chars().filter(|c| !c.is_control()).collect();
    Urn::parse(&clean, None).ok()
}

pub(super) fn moment(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()).filter(|time| is_storable(*time))
}

fn reference(value: &Value) -> Option<(Uuid, String)> {
    let uuid = value.get("uuid")?.as_str()?.parse().ok()?;
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
    Some((uuid, clean_text(name)))
}

fn label(value: &Value) -> Option<(Option<Uuid>, String)> {
    let name = value.get("name")?.as_str()?;
    let uuid = value.get("uuid").and_then(Value::as_str).and_then(|uuid| uuid.parse().ok());
    Some((uuid, label_name(name)?))
}

/// A label's name as we have it: older platforms allow signs that newer ones and we refuse.
pub(super) fn label_name(name: &str) -> Option<String> {
    let plain: String =
        name.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).take(64).collect();
    clean_name(&plain).ok()
}

fn attachment(value: &Value) -> Option<Attachment> {
    if let Some(text) = value.as_str() {
        return Some(Attachment::parse(&clean_text(text)));
    }
    let content_type = value.get("content_type")?.as_str()?;
    let url = value.get("url").and_then(Value::as_str).unwrap_or_default();
    Some(record::attachment(content_type, url))
}

/// Escapes such as `\ud83d` without their other half, as `\ufffd`.
fn without_lone_surrogates(line: &str) -> String {
    let mut repaired = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        repaired.push_str(before);
        let unit = |text: &str| text.get(..6).filter(|text| text.starts_with("\\u")).and_then(hex_unit);
        let length = match unit(escape) {
            Some(0xD800..=0xDBFF) if matches!(escape.get(6..).and_then(unit), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            Some(_) => 6,
            // Another escape: its second sign may itself be a backslash.
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (escape, after) = escape.split_at(length.min(escape.len()));
        repaired.push_str(escape);
        rest = after;
    }
    repaired.push_str(rest);
    repaired
}

fn hex_unit(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.get(2..)?, 16).ok()
}
