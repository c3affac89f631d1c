//! What the gateways with an API of their own have in common: settings, outcomes, and JSON that may
//! lack anything.

use std::time::Duration;

use serde_json::Value;
use subtle::ConstantTimeEq;

use super::http::{Client, Fault, LONGEST_REPLY, Reach, Reply, checked_url};
use super::reach::is_plainly_private;
use super::{BadSettings, Part, Tried, Unfetched, Values, form};
use crate::domain::Time;
use crate::domain::media::LONGEST_MEDIA;
use crate::domain::message::Attachment;

/// How long a request may take unless the setting `timeout` says otherwise, and the most that it may say.
const SECONDS: u64 = 30;
const MOST_SECONDS: u64 = 300;

/// The API of a gateway: where it is, and how it is reached.
#[derive(Debug)]
pub(super) struct Api {
    /// Its address, without a slash at the end.
    pub base: String,
    /// What reaches it.
    pub client: Client,
    /// How long a request may take.
    pub patience: Duration,
}

impl Api {
    /// Reads the settings `allow_private`, `timeout` and the one that holds the address.
    ///
    /// The requests carry a secret each, so a public gateway is spoken to over https only.
    pub fn read(values: &Values, name: &'static str, default: &str) -> Result<Self, BadSettings> {
        let reach = reach(values)?;
        let base = address(values, name)?.unwrap_or_else(|| default.to_owned());
        if reach == Reach::Public && !base.starts_with("https://") {
            let problem = "it must begin with https:// unless allow_private is true";
            return Err(wrong(name, problem));
        }
        let seconds = values.number("timeout", SECONDS)?;
        if !(1..=MOST_SECONDS).contains(&seconds) {
            return Err(wrong("timeout", "say a number of seconds from 1 to 300"));
        }
        within_reach(name, &base, reach)?;
        Ok(Self { base, client: Client::new(reach), patience: Duration::from_secs(seconds) })
    }
}

/// How far the channel's client may reach.
pub(super) fn reach(values: &Values) -> Result<Reach, BadSettings> {
    Ok(if values.flag("allow_private")? { Reach::Private } else { Reach::Public })
}

/// A setting that holds an address of the web, without the slash at its end.
pub(super) fn address(values: &Values, name: &'static str) -> Result<Option<String>, BadSettings> {
    let Some(address) = values.get(name) else { return Ok(None) };
    checked_url(address).map_err(|problem| wrong(name, &problem))?;
    if address.contains(['?', '#']) {
        return Err(wrong(name, "it must be a plain address, without a query or a fragment"));
    }
    Ok(Some(address.trim_end_matches('/').to_owned()))
}

/// That a setting's address is not one that the channel's client would refuse: better told now than of every message.
pub(super) fn within_reach(name: &str, url: &str, reach: Reach) -> Result<(), BadSettings> {
    let uri = checked_url(url).map_err(|problem| wrong(name, &problem))?;
    if reach == Reach::Public && is_plainly_private(&uri) {
        return Err(wrong(
            name,
            "it leads to this machine or a private network; set allow_private=true if it shall",
        ));
    }
    Ok(())
}

/// What is wrong with a setting. The problem must not hold the value of a secret.
pub(super) fn wrong(name: &str, problem: &str) -> BadSettings {
    BadSettings::Wrong { name: name.to_owned(), problem: problem.to_owned() }
}

/// A required setting; `Values` has checked that it is there, but not that it says something.
pub(super) fn required(values: &Values, name: &'static str) -> Result<String, BadSettings> {
    values.get(name).map(str::to_owned).ok_or(BadSettings::Missing(name))
}

/// Whether a word of a path is what it must be, so that it changes nothing else in an address.
pub(super) fn is_plain(word: &str, also: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

/// A refusal that says nothing about the contact.
pub(super) fn refused(reason: impl Into<String>) -> Tried {
    Tried::Refused { reason: reason.into(), stops_contact: false }
}

/// An answer in the 200s that names no message, or one that something between us and the gateway made up.
pub(super) fn unreadable() -> Tried {
    let reason = "the gateway said yes but its answer cannot be read".to_owned();
    Tried::TryAgain { reason, wait: None, in_doubt: true }
}

/// The body of an answer as JSON. None when it is none, or was too long to be read whole.
pub(super) fn body(reply: &Reply) -> Option<Value> {
    (reply.body.len() < LONGEST_REPLY).then(|| serde_json::from_slice(&reply.body).ok())?
}

/// The fields of a form as a body.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!("{name}={}", form::escape(value)));
    fields.collect::<Vec<_>>().join("&")
}

/// The pairs of a query or a form as texts.
pub(super) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    let pairs = form::pairs(encoded).into_iter();
    pairs.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())).collect()
}

/// A field's value; empty when it is not there.
pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Whether two secrets are the same, in a time that says nothing of where they differ.
pub(super) fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

/// A string somewhere in JSON; empty when it is not there or something else.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number somewhere in JSON, also where it is written as a string.
pub(super) fn whole(value: &Value, pointer: &str) -> Option<i64> {
    let found = value.pointer(pointer)?;
    found.as_i64().or_else(|| found.as_str()?.parse().ok())
}

/// The items of a list somewhere in JSON; none when it is not there.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A place somewhere in JSON, if both its numbers are there and on this planet.
pub(super) fn place(value: &Value, pointer: &str) -> Option<Attachment> {
    let place = value.pointer(pointer)?;
    let degrees = |name: &str, most: f64| {
        place.get(name).and_then(Value::as_f64).filter(|degrees| degrees.abs() <= most)
    };
    let (latitude, longitude) = (degrees("latitude", 90.0)?, degrees("longitude", 180.0)?);
    Some(Attachment { content_type: "geo".to_owned(), url: format!("{latitude:.6},{longitude:.6}") })
}

/// Latitude and longitude of an attachment that is a place.
pub(super) fn degrees(attachment: &Attachment) -> Option<(f64, f64)> {
    let (latitude, longitude) = attachment.url.split_once(',')?;
    Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
}

/// Something to be fetched from the gateway by its own id, as `<scheme>:<id>`: never by an address that holds a secret.
pub(super) fn kept_media(scheme: &str, mime: &str, or_else: &str, id: &str) -> Option<Attachment> {
    let id = id.trim();
    if id.is_empty() || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    Some(Attachment { content_type: content_type(mime, or_else), url: format!("{scheme}:{id}") })
}

/// A content type as it came, without what follows the `;`, or another when it is none.
pub(super) fn content_type(mime: &str, or_else: &str) -> String {
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_one =
        mime.split_once('/').is_some_and(|(kind, rest)| is_plain(kind, "-") && is_plain(rest, "+-._"));
    if is_one { mime } else { or_else.to_owned() }
}

/// A moment from seconds since 1970, or from milliseconds where the number is too great for seconds.
pub(super) fn moment(since_1970: i64) -> Option<Time> {
    if since_1970 >= 1_000_000_000_000 {
        Time::from_timestamp_millis(since_1970)
    } else {
        Time::from_timestamp(since_1970, 0)
    }
}

/// Whether an attachment can be handed over by its address.
pub(super) fn is_on_the_web(attachment: &Attachment) -> bool {
    attachment.url.starts_with("https://") || attachment.url.starts_with("http://")
}

/// What came along will never be had; why.
pub(super) fn never(reason: impl Into<String>) -> Unfetched {
    Unfetched { reason: reason.into(), may_try_again: false }
}

/// That there was no answer to a question for what came along.
pub(super) fn unfetched(fault: &Fault) -> Unfetched {
    let may_try_again = !matches!(fault, Fault::Impossible(_));
    Unfetched { reason: fault.reason().to_owned(), may_try_again }
}

/// Whether an answer's status, or the code that stands for it, may be another one later.
pub(super) fn may_pass(status: impl Into<i64>) -> bool {
    let status = status.into();
    status == 429 || status >= 500
}

/// The content of a file, when the answer to a question for it has all of it.
pub(super) fn content(reply: Reply) -> Result<Vec<u8>, Unfetched> {
    match reply.status {
        200 if reply.body.len() > LONGEST_MEDIA => Err(too_long()),
        200 if reply.body.is_empty() => Err(never("the file is empty")),
        200 => Ok(reply.body),
        status => Err(Unfetched {
            reason: format!("the file's address answered with status {status}"),
            may_try_again: may_pass(status),
        }),
    }
}

/// That a file is longer than what is kept.
pub(super) fn too_long() -> Unfetched {
    never(format!("it is longer than {} MB", LONGEST_MEDIA >> 20))
}

/// How long a file may take, when a short answer may take so long.
pub(super) fn patience_for_media(patience: Duration) -> Duration {
    patience.saturating_mul(4)
}

/// Parts for a gateway that takes one attachment a request: a lone attachment takes the text along as its caption where
/// that fits, else the texts go first and the attachments follow one by one.
pub(super) fn parts_with_captions(
    text: &str,
    texts: Vec<String>,
    attachments: &[Attachment],
    takes_caption: impl Fn(&Attachment) -> bool,
) -> Vec<Part> {
    if let [attachment] = attachments
        && takes_caption(attachment)
    {
        return vec![Part { text: text.to_owned(), attachments: vec![attachment.clone()] }];
    }
    let texts = texts.into_iter().filter(|text| !text.is_empty() || attachments.is_empty());
    let mut parts: Vec<Part> = texts.map(|text| Part { text, attachments: Vec::new() }).collect();
    parts.extend(
        attachments
            .iter()
            .map(|attachment| Part { text: String::new(), attachments: vec![attachment.clone()] }),
    );
    if parts.is_empty() {
        parts.push(Part { text: String::new(), attachments: Vec::new() });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_one_or_another_is_taken() {
        assert_eq!(content_type("Audio/OGG; codecs=opus", "x/y"), "audio/ogg");
        for odd in ["", "image", "image/a:b", "image/", "/png", "im age/png", "image/p\nng"] {
            assert_eq!(content_type(odd, "x/y"), "x/y", "{odd:?}");
        }
    }

    #[test]
    fn moments_are_read_in_seconds_and_in_milliseconds() {
        assert_eq!(moment(1_700_000_000), moment(1_700_000_000_000));
        assert_eq!(moment(i64::MAX), None);
        assert_eq!(moment(i64::MIN), None);
    }
}
