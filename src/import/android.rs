//! "SMS Backup & Restore" for Android: `sms-*.xml` with text and multimedia messages, `calls-*.xml` with calls.
//!
//! Which attributes there are, and in which order, differs by phone. The word `null` means that a value is missing,
//! everywhere but in the body of a message. Dates are milliseconds of Java, seconds from some converters.

use std::io::BufRead;

use chrono::DateTime;

use super::raw::Keep;
use super::record::{CallRecord, Item, MessageRecord, Problem, Record, Skip, attachment, real_name};
use super::tags::{Attributes, Tag, Tags};
use super::{Options, Stop};
use crate::domain::Time;
use crate::domain::call::Outcome;
use crate::domain::contact::Urn;
use crate::domain::message::{Attachment, Direction, Status};
use crate::store::is_storable;

type Take<'a> = &'a mut dyn FnMut(Item) -> Result<(), Stop>;

/// What becomes of one element.
enum Verdict {
    Keep(Vec<Record>),
    Skip(Skip),
    Wrong(Problem),
}

impl From<Problem> for Verdict {
    fn from(problem: Problem) -> Self {
        Self::Wrong(problem)
    }
}

/// Hands over what became of an element. `flaw` is why a record that would come in is not what the file means.
fn give(
    src: u64,
    verdict: Verdict,
    flaw: Option<Problem>,
    tags: &Tags<'_>,
    take: Take<'_>,
) -> Result<(), Stop> {
    match (verdict, flaw) {
        (Verdict::Keep(_), Some(problem)) => take(Item::Wrong(src, problem, tags.raw())),
        (Verdict::Keep(records), None) => {
            records.into_iter().try_for_each(|record| take(Item::Found(src, Box::new(record))))
        }
        (Verdict::Skip(reason), _) => take(Item::Skipped(src, reason)),
        (Verdict::Wrong(problem), _) => take(Item::Wrong(src, problem, tags.raw())),
    }
}

/// Reads the messages of a backup.
pub(super) fn messages(
    input: &mut dyn BufRead,
    options: &Options,
    keep: Keep,
    take: Take<'_>,
) -> Result<(), Stop> {
    let mut tags = Tags::new(input, keep);
    let mut src = 0;
    let mut closed = false;
    while let Some(tag) = tags.next()? {
        match tag {
            Tag::Start { name, attributes, .. } if name == "sms" => {
                src += 1;
                give(src, sms(&attributes, options), attributes.flaw(), &tags, take)?;
            }
            Tag::Start { name, attributes, ends } if name == "mms" => {
                src += 1;
                let parts = if ends { Parts::default() } else { tags.within(parts)? };
                let flaw = attributes.flaw().or(parts.flaw);
                give(src, mms(&attributes, parts, options), flaw, &tags, take)?;
            }
            Tag::End(name) if name == "smses" => closed = true,
            Tag::Malformed => {
                src += 1;
                take(Item::Wrong(src, Problem::BadRecord, tags.raw()))?;
            }
            Tag::Start { name, ends, .. } => closed |= ends && name == "smses",
            Tag::End(_) => {}
        }
    }
    whole(closed)
}

/// Reads the calls of a backup.
pub(super) fn calls(
    input: &mut dyn BufRead,
    options: &Options,
    keep: Keep,
    take: Take<'_>,
) -> Result<(), Stop> {
    let mut tags = Tags::new(input, keep);
    let mut src = 0;
    let mut closed = false;
    while let Some(tag) = tags.next()? {
        match tag {
            Tag::Start { name, attributes, .. } if name == "call" => {
                src += 1;
                give(src, call(&attributes, options), attributes.flaw(), &tags, take)?;
            }
            Tag::End(name) if name == "calls" => closed = true,
            Tag::Malformed => {
                src += 1;
                take(Item::Wrong(src, Problem::BadRecord, tags.raw()))?;
            }
            Tag::Start { name, ends, .. } => closed |= ends && name == "calls",
            Tag::End(_) => {}
        }
    }
    whole(closed)
}

/// A file whose root element never ends was cut off between two records.
fn whole(closed: bool) -> Result<(), Stop> {
    if closed { Ok(()) } else { Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()) }
}

fn sms(sms: &Attributes, options: &Options) -> Verdict {
    sms_record(sms, options).unwrap_or_else(|verdict| verdict)
}

fn sms_record(sms: &Attributes, options: &Options) -> Result<Verdict, Verdict> {
    let (direction, mut status) = match sms.get("type").map(str::trim) {
        Some("1") => (Direction::In, Status::Handled),
        Some("2") => (Direction::Out, sent_status(sms.get("status"))),
        Some("3") => return Err(Verdict::Skip(Skip::Draft)),
        Some("4" | "5" | "6") => (Direction::Out, Status::Failed),
        _ => return Err(Problem::UnknownType.into()),
    };
    let unfinished = matches!(sms.get("type").map(str::trim), Some("4" | "6"));
    let time = moment(sms.get("date")).ok_or(Problem::BadDate)?;
    let address =
        sms.get("address").filter(|address| !address.trim().is_empty()).ok_or(Problem::MissingAddress)?;
    let (urn, countryless) = read_address(address, options)?;
    if direction == Direction::In {
        status = Status::Handled;
    }
    let record = MessageRecord {
        direction,
        urn: Some(urn),
        countryless,
        name: sms.get("contact_name").and_then(real_name),
        text: sms.raw("body").unwrap_or_default().to_owned(),
        attachments: Vec::new(),
        time,
        sent_time: sent_time(direction, status, time, sms.get("date_sent")),
        status,
        was_unfinished: unfinished,
        external_id: None,
        same: None,
        origin: None,
        whose: None,
    };
    Ok(Verdict::Keep(vec![Record::Message(record)]))
}

/// An address, and what it would be if nobody had named a country, when that is another one.
pub(super) fn read_address(address: &str, options: &Options) -> Result<(Urn, Option<Urn>), Problem> {
    let urn = Urn::from_phone(address, options.country).map_err(|_| Problem::BadAddress)?;
    // With a country code, the country changes nothing.
    let changes = options.country.is_some() && !address.trim().starts_with('+');
    let countryless = if changes { Urn::from_phone(address, None).ok() } else { None };
    let countryless = countryless.filter(|other| *other != urn);
    Ok((urn, countryless))
}

fn sent_status(status: Option<&str>) -> Status {
    match status.map(str::trim) {
        Some("0") => Status::Delivered,
        Some("64") => Status::Failed,
        _ => Status::Sent,
    }
}

/// An incoming message has the moment that the sender's side gave; an outgoing one that was sent, its own when there is no
/// other; one that was not sent has none.
fn sent_time(direction: Direction, status: Status, time: Time, date_sent: Option<&str>) -> Option<Time> {
    match (direction, status) {
        (Direction::Out, Status::Failed) => None,
        (Direction::Out, _) => moment(date_sent).or(Some(time)),
        (Direction::In, _) => moment(date_sent),
    }
}

/// Milliseconds since 1970; below 10^11 they are seconds. Zero is no moment.
fn moment(text: Option<&str>) -> Option<Time> {
    let text = text?.trim();
    let number: i64 = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    let millis = if number < 100_000_000_000 { number.checked_mul(1000)? } else { number };
    DateTime::from_timestamp_millis(millis).filter(|time| millis > 0 && is_storable(*time))
}

/// What stands within a multimedia message.
#[derive(Default)]
struct Parts {
    /// Sequence number and text.
    texts: Vec<(i64, String)>,
    attachments: Vec<Attachment>,
    /// Address and type.
    addresses: Vec<(String, String)>,
    /// Why this is not what the file means.
    flaw: Option<Problem>,
    /// About how many bytes this is.
    size: usize,
}

/// The most bytes that are kept of what stands within a message. A kept part counts at least for its own structure.
const LARGEST_MESSAGE: usize = 8 << 20;

impl Parts {
    /// Counts a tag; whether there is room for it.
    fn has_room_for(&mut self, attributes: &Attributes) -> bool {
        self.flaw = self.flaw.or(attributes.flaw());
        self.size += attributes.size() + 100;
        if self.size > LARGEST_MESSAGE {
            self.flaw = Some(Problem::TooLarge);
        }
        self.size <= LARGEST_MESSAGE
    }
}

fn parts(tags: &mut Tags<'_>) -> std::io::Result<Parts> {
    let mut parts = Parts::default();
    while let Some(tag) = tags.next()? {
        match tag {
            Tag::End(name) if name == "mms" => return Ok(parts),
            Tag::Start { attributes, .. } if !parts.has_room_for(&attributes) => {}
            Tag::Start { name, attributes, .. } if name == "part" => {
                match attributes.get("ct").unwrap_or_default() {
                    "application/smil" => {}
                    "text/plain" => {
                        let seq = attributes.get("seq").and_then(|seq| seq.trim().parse().ok()).unwrap_or(0);
                        parts.texts.extend(attributes.raw("text").map(|text| (seq, text.to_owned())));
                    }
                    content_type => {
                        let name = ["cl", "name", "fn"].into_iter().find_map(|name| attributes.get(name));
                        parts.attachments.push(attachment(content_type, name.unwrap_or_default()));
                    }
                }
            }
            Tag::Start { name, attributes, .. } if name == "addr" => {
                if let (Some(address), Some(kind)) = (attributes.get("address"), attributes.get("type")) {
                    parts.addresses.push((address.to_owned(), kind.trim().to_owned()));
                }
            }
            Tag::Start { .. } | Tag::End(_) | Tag::Malformed => {}
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

fn mms(mms: &Attributes, parts: Parts, options: &Options) -> Verdict {
    mms_records(mms, parts, options).unwrap_or_else(|verdict| verdict)
}

fn mms_records(mms: &Attributes, mut parts: Parts, options: &Options) -> Result<Verdict, Verdict> {
    let (direction, status) = match mms.get("msg_box").map(str::trim) {
        Some("1") => (Direction::In, Status::Handled),
        Some("2") => (Direction::Out, Status::Sent),
        Some("3") => return Err(Verdict::Skip(Skip::Draft)),
        Some("4") => (Direction::Out, Status::Failed),
        _ => return Err(Problem::UnknownType.into()),
    };
    if mms.get("m_type").map(str::trim) == Some("130") {
        return Err(Verdict::Skip(Skip::MmsNotification));
    }
    let time = moment(mms.get("date")).ok_or(Problem::BadDate)?;
    let listed: Vec<&str> =
        mms.get("address").unwrap_or_default().split('~').filter(|one| !one.is_empty()).collect();
    let addresses = mms_addresses(direction, &parts, &listed, options);
    if addresses.is_empty() {
        return Err(Problem::MissingAddress.into());
    }
    parts.texts.sort_by_key(|(seq, _)| *seq);
    let mut lines: Vec<&str> = mms.get("sub").into_iter().collect();
    lines.extend(parts.texts.iter().map(|(_, text)| text.as_str()));
    let name =
        mms.get("contact_name").and_then(real_name).filter(|_| listed.len() < 2 && addresses.len() < 2);
    let records = addresses.into_iter().map(|address| {
        let (urn, countryless) = read_address(&address, options)?;
        Ok(Record::Message(MessageRecord {
            direction,
            urn: Some(urn),
            countryless,
            name: name.clone(),
            text: lines.join("\n"),
            attachments: parts.attachments.clone(),
            time,
            sent_time: sent_time(direction, status, time, mms.get("date_sent")),
            status,
            was_unfinished: status == Status::Failed,
            external_id: mms.get("m_id").map(str::to_owned),
            same: None,
            origin: None,
            whose: None,
        }))
    });
    records.collect::<Result<_, Verdict>>().map(Verdict::Keep)
}

/// Who a multimedia message came from, or everybody to whom it went. 137 is the sender, 151, 130 and 129 are recipients;
/// our own address is a placeholder or our number. `address` serves only where these are missing.
fn mms_addresses(direction: Direction, parts: &Parts, listed: &[&str], options: &Options) -> Vec<String> {
    let me = options.me.as_deref().and_then(|me| Urn::from_phone(me, options.country).ok());
    let is_ours = |address: &str| {
        let ours = me.is_some() && Urn::from_phone(address, options.country).ok() == me;
        address == "insert-address-token" || ours
    };
    let wanted = |kind: &str| match direction {
        Direction::In => kind == "137",
        Direction::Out => matches!(kind, "151" | "130" | "129"),
    };
    let mut found: Vec<String> = parts
        .addresses
        .iter()
        .filter(|(address, kind)| wanted(kind) && !is_ours(address))
        .map(|(address, _)| address.clone())
        .collect();
    if found.is_empty() {
        found =
            listed.iter().filter(|address| !is_ours(address)).map(|&address| address.to_owned()).collect();
    }
    match direction {
        Direction::In => found.truncate(1),
        Direction::Out => {}
    }
    let mut once = Vec::new();
    for address in found {
        if !once.contains(&address) {
            once.push(address);
        }
    }
    once
}

fn call(call: &Attributes, options: &Options) -> Verdict {
    call_record(call, options).unwrap_or_else(|verdict| verdict)
}

fn call_record(call: &Attributes, options: &Options) -> Result<Verdict, Verdict> {
    let source_type = call.get("type").map(str::trim).unwrap_or_default();
    let talked = call
        .get("duration")
        .is_some_and(|duration| duration.trim().bytes().any(|b| matches!(b, b'1'..=b'9')));
    let (direction, outcome) = match source_type {
        "1" | "7" => (Direction::In, Outcome::Answered),
        "2" => (Direction::Out, if talked { Outcome::Answered } else { Outcome::Missed }),
        "3" => (Direction::In, Outcome::Missed),
        "4" => (Direction::In, Outcome::Voicemail),
        "5" => (Direction::In, Outcome::Rejected),
        "6" => (Direction::In, Outcome::Blocked),
        _ => return Err(Problem::UnknownType.into()),
    };
    let time = moment(call.get("date")).ok_or(Problem::BadDate)?;
    let number = call.get("number").unwrap_or_default().trim();
    let hidden = matches!(call.get("presentation").map(str::trim), Some("2" | "3" | "4"));
    if hidden || matches!(number, "" | "-1" | "-2" | "-3") {
        return Err(Verdict::Skip(Skip::PrivateNumber));
    }
    let duration = call.get("duration").unwrap_or_default().trim();
    let duration = duration.parse().map_err(|_| Problem::BadDuration)?;
    let (urn, countryless) = read_address(number, options)?;
    let record = CallRecord {
        direction,
        urn: Some(urn),
        countryless,
        name: call.get("contact_name").and_then(real_name),
        time,
        duration,
        outcome,
        external_id: None,
        source_type: source_type.to_owned(),
        same: None,
        own: None,
    };
    Ok(Verdict::Keep(vec![Record::Call(record)]))
}
