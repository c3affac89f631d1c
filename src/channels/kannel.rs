//! The Kannel SMS gateway: its `sendsms` interface, its delivery reports, and what it calls `sms-service` with.
//!
//! - Kannel replaces what GSM-7 lacks by question marks and says nothing; so the alphabet is chosen here.
//! - Kannel cuts long texts and names no message: reports find ours by the key in the address that we give it.
//! - User and password are part of the URL, so nothing is ever said of that URL.
//! - Kannel calls again, or drops the message, after anything but 200 and 202: nothing is refused that could be kept.
//!
//! What its `sms-service` must say stands in `configuration`.

mod configuration;

use std::time::Duration;

use chrono::DateTime;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, WINDOWS_1252};
use uuid::Uuid;

use super::external::{country, timeout};
use super::form::{Fields, escape, harmless, parameter};
use super::http::{self, Call, Client, Method, Reply};
use super::outcome::{Redactor, joined, unanswered};
use super::wire::{reach, within_reach, wrong};
use super::{
    About, BadSettings, Channel, Incoming, Media, Part, Received, Record, Refusal, Reported, Request,
    Sending, Setting, Tried, Values, proof,
};
use crate::domain::Time;
use crate::domain::contact::{Country, Urn};
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;
use crate::domain::parts::{self, Alphabet};

const fn setting(name: &'static str, help: &'static str) -> Setting {
    Setting { name, required: false, secret: false, help }
}

/// What the kind has to set.
pub const SETTINGS: &[Setting] = &[
    Setting {
        required: true,
        ..setting("send_url", "the address of sendsms, as http://127.0.0.1:13013/cgi-bin/sendsms")
    },
    Setting { required: true, ..setting("username", "the user of sendsms") },
    Setting { required: true, secret: true, ..setting("password", "the password of sendsms") },
    setting("address", "our number; Kannel's global-sender unless said"),
    setting("country", "two letters: how numbers without a country code are read"),
    setting("callback_url", "where Kannel finds recado; http://127.0.0.1:8080 unless said"),
    Setting {
        secret: true,
        ..setting("token", "what calls from Kannel must bring as ?token=; letters, digits and -._~")
    },
    setting("dlr_mask", "which reports are asked for; 27 unless said"),
    setting(
        "encoding",
        "S typographic signs made plain where that fits one SMS alphabet, D as written, U Unicode",
    ),
    setting("use_national", "true: numbers of the channel's country are sent without their country code"),
    setting("allow_private", "true: Kannel may be on this machine or in a private network"),
    setting("timeout", "seconds that a request may take; 30 unless said"),
];

/// The most that the time of a message may be ahead of ours.
const MOST_AHEAD: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// How a text is put into one of the two alphabets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Smart,
    AsWritten,
    Unicode,
}

/// The channel.
pub struct Kannel {
    values: Values,
    client: Client,
    uuid: Uuid,
    callback_url: String,
    dlr_mask: u8,
    spelling: Spelling,
    use_national: bool,
    country: Option<Country>,
    timeout: Duration,
    redactor: Redactor,
}

impl Kannel {
    /// Reads the settings.
    pub(super) fn new(record: &Record, values: Values) -> Result<Self, BadSettings> {
        let url = values.get("send_url").unwrap_or_default();
        let reach = reach(&values)?;
        within_reach("send_url", url, reach)?;
        let callback_url =
            values.get("callback_url").unwrap_or("http://127.0.0.1:8080").trim_end_matches('/');
        http::checked_url(callback_url).map_err(|problem| wrong("callback_url", &problem))?;
        // Kannel replaces `%` and a letter in the address of reports by what the report says.
        if callback_url.contains(['%', '?', '#']) {
            return Err(wrong("callback_url", "it cannot hold %, ? or #"));
        }
        let token = values.get("token").unwrap_or_default();
        if !token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) {
            return Err(wrong("token", "it may hold letters, digits and -._~ only"));
        }
        let spelling = match values.get("encoding").unwrap_or("S") {
            "S" => Spelling::Smart,
            "D" => Spelling::AsWritten,
            "U" => Spelling::Unicode,
            _ => return Err(wrong("encoding", "say S, D or U")),
        };
        for required in ["username", "password"] {
            if values.get(required).is_none() {
                return Err(wrong(required, "it is empty"));
            }
        }
        let secrets = ["username", "password", "token"].into_iter().filter_map(|name| values.get(name));
        Ok(Self {
            client: Client::new(reach),
            uuid: record.uuid,
            callback_url: callback_url.to_owned(),
            dlr_mask: values.number("dlr_mask", 27)?,
            spelling,
            use_national: values.flag("use_national")?,
            country: country(&values)?,
            timeout: timeout(&values)?,
            redactor: Redactor::new(secrets),
            values,
        })
    }

    /// Asks `sendsms`, with user and password and these.
    fn ask(&self, pairs: &[(&str, &str)]) -> Result<Reply, http::Fault> {
        let mut url = self.values.get("send_url").unwrap_or_default().to_owned();
        let credentials =
            ["username", "password"].map(|name| (name, self.values.get(name).unwrap_or_default()));
        let mut mark = if url.contains('?') { '&' } else { '?' };
        for (name, value) in credentials.iter().chain(pairs) {
            url.push(mark);
            url.push_str(name);
            url.push('=');
            url.push_str(&escape(value));
            mark = '&';
        }
        self.client.call(&Call {
            method: Method::Get,
            url: &url,
            headers: &[],
            body: &[],
            patience: self.timeout,
            longest: http::LONGEST_REPLY,
        })
    }

    /// Where Kannel reports to; `%d` and `%A` are for Kannel to fill.
    fn dlr_url(&self, message: Uuid) -> String {
        let token = self.values.get("token").map(|token| format!("&token={token}")).unwrap_or_default();
        format!("{}/c/kn/{}/status?uuid={message}&status=%d&detail=%A{token}", self.callback_url, self.uuid)
    }

    fn message(&self, request: &Request<'_>, fields: &Fields) -> Result<Received, Refusal> {
        let sender = fields.text("sender").filter(|sender| !sender.trim().is_empty());
        let sender = sender.ok_or_else(|| bad("field 'sender' required"))?;
        let coding = fields.text("coding").or_else(|| request.header("x-kannel-coding").map(str::to_owned));
        let of_body = || request.header("content-type").and_then(|header| parameter(header, "charset"));
        let charset = fields.text("charset").or_else(of_body);
        let message = fields.bytes("message").unwrap_or_default();
        Ok(Received::Message(Incoming {
            urn: sender_urn(&sender, self.country),
            name: String::new(),
            text: harmless(&decoded(message, coding.as_deref(), charset.as_deref())),
            attachments: Vec::new(),
            at: fields.text("ts").and_then(|ts| sent_on(&ts, request.now)),
            external_id: fields.text("id").unwrap_or_default(),
        }))
    }
}

impl Channel for Kannel {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        vec![Part { text: joined(text, attachments), attachments: Vec::new() }]
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        let national = self.use_national.then(|| sending.to.national_number(self.country)).flatten();
        let to = national.unwrap_or_else(|| sending.to.path().to_owned());
        let whole = joined(sending.text, sending.attachments);
        let text =
            if self.spelling == Spelling::Smart { parts::smart(&whole) } else { whole.as_str().into() };
        let dlr_url = self.dlr_url(sending.message);
        let dlr_mask = self.dlr_mask.to_string();
        let mut pairs = Vec::with_capacity(8);
        if let Some(from) = self.values.get("address") {
            pairs.push(("from", from));
        }
        pairs.extend([("to", to.as_str()), ("text", &text), ("dlr-url", &dlr_url), ("dlr-mask", &dlr_mask)]);
        if self.spelling == Spelling::Unicode || parts::alphabet_of(&text) == Alphabet::Ucs2 {
            pairs.extend([("coding", "2"), ("charset", "UTF-8")]);
        }
        if sending.is_reply {
            pairs.push(("priority", "1"));
        }
        match self.ask(&pairs) {
            Ok(reply) => {
                let accepted = Tried::Accepted { external_id: String::new() };
                self.redactor.unless_accepted(&reply).unwrap_or(accepted)
            }
            Err(fault) => unanswered(fault),
        }
    }

    /// With reports, one connection is fifteen times slower than eight.
    fn connections(&self) -> usize {
        8
    }

    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        proof::token(request, self.values.get("token"))?;
        let fields = Fields::of(request)?;
        match request.action {
            "receive" => Ok(vec![self.message(request, &fields)?]),
            "status" => Ok(vec![report(&fields)?]),
            _ => Err(Refusal::NotFound),
        }
    }

    fn asks(&self) -> bool {
        false
    }

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    fn is_guarded(&self) -> bool {
        self.values.get("token").is_some()
    }

    /// Asks to send to nobody: Kannel looks at user and password first, and then misses the receiver.
    fn test(&self) -> Result<String, String> {
        let reply = self.ask(&[]).map_err(|fault| fault.reason().to_owned())?;
        let words = String::from_utf8_lossy(&reply.body);
        match reply.status {
            400 if words.to_lowercase().contains("receiver") => {
                Ok("Kannel is there and knows the user".to_owned())
            }
            403 => Err("Kannel does not take this user and password".to_owned()),
            _ => Err(format!("this does not look like Kannel: {}", self.redactor.sentence(&reply))),
        }
    }
}

fn bad(problem: &str) -> Refusal {
    Refusal::Bad(vec![problem.to_owned()])
}

/// Reads a delivery report.
fn report(fields: &Fields) -> Result<Received, Refusal> {
    let message = fields.text("uuid").ok_or_else(|| bad("field 'uuid' required"))?;
    let message = Uuid::parse_str(message.trim()).map_err(|_| bad("field 'uuid' is not a UUID"))?;
    let status = fields.text("status").ok_or_else(|| bad("field 'status' required"))?;
    let detail = fields.text("detail").unwrap_or_default();
    let report = match status.trim() {
        "1" => Report::Delivered,
        "2" => Report::Failed,
        "4" | "8" => Report::Sent,
        "16" if is_temporary(&detail) => {
            return Ok(Received::Ignored(format!("the SMS centre refused it for now: {detail}")));
        }
        "16" => Report::Failed,
        _ => return Ok(Received::Ignored(format!("the status {status:?} is not known"))),
    };
    Ok(Received::Report(Reported { about: About::Message(message), report, detail }))
}

/// Whether the words of a refusal, `NACK/<reason>`, say that it may work later. SMPP's codes for it are 20 (queue full),
/// 88 (too fast) and 100 (temporary error of the receiver).
fn is_temporary(detail: &str) -> bool {
    let words = detail.to_lowercase();
    let reason = words.trim_start_matches("nack/");
    let code = reason.split('/').next().unwrap_or_default().trim();
    let signs =
        ["temporar", "throttl", "queue full", "try again", "retry later", "busy", "timeout", "timed out"];
    let codes = ["20", "88", "100", "0x00000014", "0x00000058", "0x00000064"];
    codes.contains(&code) || signs.iter().any(|sign| reason.contains(sign))
}

/// The sender's address. What is neither a number nor a sender's name is kept as it stands, rather than lost.
fn sender_urn(sender: &str, country: Option<Country>) -> Urn {
    // These would end the address; a number or a sender's name has none of them.
    let path = sender.replace(['%', '#', '?'], " ");
    let tel = Urn::parse(&format!("tel:{path}"), country);
    tel.unwrap_or_else(|_| Urn::kept(&format!("ext:{}", sender.trim()), String::new()))
}

/// When a message was sent. Kannel's clock may be wrong, but not by much; a time that cannot be is none.
fn sent_on(ts: &str, now: Time) -> Option<Time> {
    let at = DateTime::from_timestamp(ts.trim().parse().ok()?, 0)?;
    (at.timestamp() > 0 && at <= now + MOST_AHEAD).then_some(at)
}

/// Reads a text by the coding and the character set that Kannel names. Without `mo-recode` it passes UTF-16 on as it came
/// from the SMS centre, with `coding=2`; 8-bit data may be either of two; and a service may name neither.
fn decoded(bytes: &[u8], coding: Option<&str>, charset: Option<&str>) -> String {
    let charset = charset.map(str::trim).filter(|charset| !charset.is_empty());
    let named = charset.and_then(|label| match label.to_ascii_lowercase().as_str() {
        "utf-16" | "utf-16be" | "ucs-2" | "ucs2" | "ucs-2be" | "iso-10646-ucs-2" => Some(UTF_16BE),
        other => Encoding::for_label(other.as_bytes()),
    });
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    // No text of a phone holds a NUL, but every second byte of most UTF-16 is one.
    let looks_wide = bytes.len().is_multiple_of(2) && bytes.contains(&0);
    let is_wide = coding.map(str::trim) == Some("2") && (named.is_none() || !is_utf8);
    let encoding = match named {
        Some(encoding) if encoding == UTF_16BE => UTF_16BE,
        _ if looks_wide || is_wide => UTF_16BE,
        None | Some(_) if named.is_none_or(|named| named == UTF_8) && !is_utf8 => WINDOWS_1252,
        None => UTF_8,
        Some(encoding) => encoding,
    };
    encoding.decode_with_bom_removal(bytes).0.into_owned()
}
