//! Any gateway that takes an HTTP request for each part and makes one for each message and report.
//!
//! Addresses are `/c/ex/<uuid>/receive`, `sent`, `delivered`, `failed` and `stopped`, GET or POST. What is sent follows
//! two templates, of the URL and of the body; see `template` for how values are written into them.
//!
//! With `hmac_secret` only the body is signed, so then only the body is read.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::form::Fields;
use super::http::{self, Call, Client, Method};
use super::outcome::{Redactor, joined, unanswered};
use super::template::{Place, Template, Variable};
use super::wire::{reach, within_reach, wrong};
use super::{
    About, Answer, BadSettings, Channel, Incoming, Media, Part, Received, Record, Refusal, Reported, Request,
    Sending, Setting, Tried, Values, proof,
};
use crate::domain::contact::{Country, Urn};
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;
use crate::domain::{Time, parts};

const fn setting(name: &'static str, help: &'static str) -> Setting {
    Setting { name, required: false, secret: false, help }
}

const fn secret(name: &'static str, help: &'static str) -> Setting {
    Setting { name, required: false, secret: true, help }
}

/// What the kind has to set.
pub const SETTINGS: &[Setting] = &[
    Setting {
        required: true,
        ..setting("send_url", "where parts are sent; may hold {{text}}, {{to}} and so on")
    },
    setting("method", "GET, POST or PUT; POST unless said"),
    setting("body", "what is sent in the body of a POST or PUT, with the same variables as send_url"),
    setting("content_type", "urlencoded, json, xml, or the header itself; urlencoded unless said"),
    setting("max_length", "the longest part, in septets or UTF-16 units; 160 unless said"),
    secret("send_authorization", "the value of the header Authorization"),
    secret("headers", "more headers, as a JSON object"),
    setting(
        "encoding",
        "D as written, S typographic signs made plain where that fits one SMS alphabet, U Unicode",
    ),
    setting("mt_response_check", "a text that the answer must hold"),
    setting("use_national", "true: numbers of the channel's country are sent without their country code"),
    setting("scheme", "the kind of addresses that it reaches; tel unless said"),
    setting("address", "our number, for {{from}}"),
    setting("country", "two letters: how numbers without a country code are read"),
    secret("token", "what calls from the gateway must bring as ?token= or in X-Recado-Token"),
    secret("hmac_secret", "the key with which the gateway signs the bodies of its calls"),
    setting("allow_private", "true: the gateway may be on this machine or in a private network"),
    setting("timeout", "seconds that a request may take; 30 unless said"),
    setting("mo_from_field", "another name for the field with the sender"),
    setting("mo_text_field", "another name for the field with the text"),
    setting("mo_date_field", "another name for the field with the time"),
    setting("mo_response", "what a received message is answered with"),
    setting("mo_response_content_type", "the content type of mo_response; text/plain unless said"),
];

/// The body that is sent unless there is another, as the platform's form has it.
const USUAL_BODY: &str = "uuid={{uuid}}&text={{text}}&to={{to}}&to_no_plus={{to_no_plus}}&from={{from}}\
                          &from_no_plus={{from_no_plus}}&channel={{channel}}";

/// The content types that a received message can be answered with; the first unless said.
const ANSWERS: [&str; 10] = [
    "text/plain; charset=utf-8",
    "text/plain",
    "text/html",
    "text/html; charset=utf-8",
    "text/xml",
    "text/xml; charset=utf-8",
    "application/xml",
    "application/xml; charset=utf-8",
    "application/json",
    "application/json; charset=utf-8",
];

/// The longest part that can be asked for.
const LONGEST_PART: usize = 6400;

/// The channel.
pub struct External {
    values: Values,
    client: Client,
    uuid: Uuid,
    method: Method,
    url: Template,
    body: Template,
    place: Place,
    headers: Vec<(String, String)>,
    max_length: usize,
    is_smart: bool,
    use_national: bool,
    country: Option<Country>,
    timeout: Duration,
    answer_type: &'static str,
    redactor: Redactor,
}

impl External {
    /// Reads the settings.
    pub(super) fn new(record: &Record, values: Values) -> Result<Self, BadSettings> {
        let method = match values.get("method").unwrap_or("POST").to_ascii_uppercase().as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            _ => return Err(wrong("method", "say GET, POST or PUT")),
        };
        let (place, content_type) = match values.get("content_type").unwrap_or("urlencoded") {
            "urlencoded" => (Place::Query, "application/x-www-form-urlencoded"),
            "json" => (Place::Json, "application/json"),
            "xml" => (Place::Xml, "text/xml; charset=utf-8"),
            other => (Place::Raw, other),
        };
        let reach = reach(&values)?;
        let url = sound_url(values.get("send_url").unwrap_or_default())?;
        within_reach("send_url", &url.fill(Place::Query, |_| "1"), reach)?;
        let body = match values.get("body") {
            _ if method == Method::Get => Template::new(""),
            Some(body) => Template::new(body),
            None if place == Place::Query && !url.has(Variable::Text) => Template::new(USUAL_BODY),
            None => Template::new(""),
        };
        if !url.has(Variable::Text) && !body.has(Variable::Text) {
            return Err(wrong("send_url", "{{text}} stands neither in it nor in the body"));
        }
        let headers = headers(&values, content_type)?;
        let encoding = values.get("encoding").unwrap_or("D");
        if !matches!(encoding, "D" | "S" | "U") {
            return Err(wrong("encoding", "say D, S or U"));
        }
        let answer_type = match values.get("mo_response_content_type") {
            None => ANSWERS.first(),
            Some(said) => ANSWERS.iter().find(|known| known.eq_ignore_ascii_case(said)),
        };
        let redactor = Redactor::new(secrets(&values, &headers));
        Ok(Self {
            client: Client::new(reach),
            uuid: record.uuid,
            method,
            url,
            body,
            place,
            headers,
            max_length: within(&values, "max_length", 160, LONGEST_PART)?,
            is_smart: encoding == "S",
            use_national: values.flag("use_national")?,
            country: country(&values)?,
            timeout: timeout(&values)?,
            answer_type: answer_type.ok_or_else(|| {
                wrong("mo_response_content_type", "say text/plain, text/xml or application/json")
            })?,
            redactor,
            values,
        })
    }

    /// Fills both templates.
    fn filled(&self, sending: &Sending<'_>) -> (String, String) {
        let national = self.use_national.then(|| sending.to.national_number(self.country)).flatten();
        let to = national.unwrap_or_else(|| sending.to.path().to_owned());
        let from = self.values.get("address").unwrap_or_default();
        let text = joined(sending.text, sending.attachments);
        let message = sending.message.to_string();
        let channel = self.uuid.to_string();
        let value = |variable| match variable {
            Variable::Message => message.as_str(),
            Variable::Text => &text,
            Variable::To => &to,
            Variable::ToNoPlus => to.trim_start_matches('+'),
            Variable::From => from,
            Variable::FromNoPlus => from.trim_start_matches('+'),
            Variable::Channel => &channel,
            Variable::SessionStatus | Variable::QuickReplies => "",
        };
        (self.url.fill(Place::Query, value), self.body.fill(self.place, value))
    }

    fn sender(&self, fields: &Fields) -> Result<Urn, Refusal> {
        let renamed = self.values.get("mo_from_field").unwrap_or("from");
        let sender = fields.first(&[renamed, "from", "sender"]);
        let sender = sender.ok_or_else(|| bad("field 'from' or 'sender' required"))?;
        let scheme = self.values.get("scheme").unwrap_or("tel");
        urn(scheme, &sender, self.country)
            .ok_or_else(|| bad(&format!("field 'from': {sender:?} is not an address")))
    }

    fn message(&self, fields: &Fields) -> Result<Received, Refusal> {
        let renamed = |setting, default| self.values.get(setting).unwrap_or(default);
        let date = fields.first(&[renamed("mo_date_field", "date"), "date", "time"]);
        let at = date.map(|date| {
            time(&date).ok_or_else(|| bad(&format!("field 'date': {date:?} is not a time as in RFC 3339")))
        });
        Ok(Received::Message(Incoming {
            urn: self.sender(fields)?,
            name: String::new(),
            text: fields.first(&[renamed("mo_text_field", "text"), "text"]).unwrap_or_default(),
            attachments: Vec::new(),
            at: at.transpose()?,
            external_id: fields.first(&["external_id", "id"]).unwrap_or_default(),
        }))
    }
}

impl Channel for External {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        let whole = joined(text, attachments);
        let whole = if self.is_smart { parts::smart(&whole) } else { whole.as_str().into() };
        let texts = parts::split_units(&whole, self.max_length);
        texts.into_iter().map(|text| Part { text, attachments: Vec::new() }).collect()
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        let (url, body) = self.filled(sending);
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let reply = self.client.call(&Call {
            method: self.method,
            url: &url,
            headers: &headers,
            body: body.as_bytes(),
            patience: self.timeout,
            longest: http::LONGEST_REPLY,
        });
        let reply = match reply {
            Ok(reply) => reply,
            Err(fault) => return unanswered(fault),
        };
        if let Some(failed) = self.redactor.unless_accepted(&reply) {
            return failed;
        }
        let expected = self.values.get("mt_response_check").unwrap_or_default();
        if !String::from_utf8_lossy(&reply.body).contains(expected) {
            let words = self.redactor.words(&reply.body);
            let reason = format!("the gateway's answer does not hold what it must: {words}");
            return Tried::Refused { reason, stops_contact: false };
        }
        Tried::Accepted { external_id: String::new() }
    }

    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        proof::token(request, self.values.get("token"))?;
        proof::signature(request, self.values.get("hmac_secret"))?;
        let is_signed = self.values.get("hmac_secret").is_some();
        let fields = || if is_signed { Fields::of_body(request) } else { Fields::of(request) };
        let report = match request.action {
            "receive" => return Ok(vec![self.message(&fields()?)?]),
            "stopped" => return Ok(vec![Received::Stopped(self.sender(&fields()?)?)]),
            "sent" => Report::Sent,
            "delivered" => Report::Delivered,
            "failed" => Report::Failed,
            _ => return Err(Refusal::NotFound),
        };
        let message = fields()?.first(&["uuid", "id"]).ok_or_else(|| bad("field 'uuid' or 'id' required"))?;
        let message =
            Uuid::parse_str(message.trim()).map_err(|_| bad("field 'uuid' or 'id' is not a UUID"))?;
        Ok(vec![Received::Report(Reported { about: About::Message(message), report, detail: String::new() })])
    }

    fn asks(&self) -> bool {
        false
    }

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    fn is_guarded(&self) -> bool {
        self.values.get("token").or(self.values.get("hmac_secret")).is_some()
    }

    fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        let body = self.values.get("mo_response").filter(|_| request.action == "receive")?;
        Some(Answer { status: 200, content_type: self.answer_type, body: body.to_owned() })
    }

    /// Nothing can be asked of a gateway that is only known by how it sends; so it is only seen whether it is there.
    fn test(&self) -> Result<String, String> {
        let url = self.url.fill(Place::Query, |_| "");
        match self.client.knock(&url, self.timeout) {
            Ok(()) => Ok("the settings are complete, and the gateway's host takes connections".to_owned()),
            Err(fault) => Err(fault.reason().to_owned()),
        }
    }
}

fn bad(problem: &str) -> Refusal {
    Refusal::Bad(vec![problem.to_owned()])
}

/// The channel's country.
pub(super) fn country(values: &Values) -> Result<Option<Country>, BadSettings> {
    let read =
        |code| Country::from_code(code).ok_or_else(|| wrong("country", "say the two letters of a country"));
    values.get("country").map(read).transpose()
}

/// How long a request may take.
pub(super) fn timeout(values: &Values) -> Result<Duration, BadSettings> {
    Ok(Duration::from_secs(within(values, "timeout", 30, 300)? as u64))
}

/// A number from 1 to the most.
fn within(values: &Values, name: &str, default: usize, most: usize) -> Result<usize, BadSettings> {
    match values.number(name, default)? {
        number if (1..=most).contains(&number) => Ok(number),
        _ => Err(wrong(name, &format!("say a number from 1 to {most}"))),
    }
}

/// Reads the template of a URL. Values may stand only after its host, or a message could lead anywhere.
fn sound_url(text: &str) -> Result<Template, BadSettings> {
    let url = Template::new(text);
    let filled = |value| http::checked_url(&url.fill(Place::Query, |_| value));
    let (one, other) =
        filled("1").and_then(|one| Ok((one, filled("2")?))).map_err(|problem| wrong("send_url", &problem))?;
    let is_fixed = one.authority() == other.authority();
    if is_fixed { Ok(url) } else { Err(wrong("send_url", "no variable may stand before the path")) }
}

/// The headers of every request: the channel's own win over the others.
fn headers(values: &Values, content_type: &str) -> Result<Vec<(String, String)>, BadSettings> {
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    if let Some(authorization) = values.get("send_authorization") {
        headers.push(("authorization".to_owned(), authorization.to_owned()));
    }
    if let Some(more) = values.get("headers") {
        let more: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(more).map_err(|_| wrong("headers", "it is not a JSON object"))?;
        for (name, value) in more {
            let value = value.as_str().ok_or_else(|| wrong("headers", "a value is not a text"))?;
            headers.push((name, value.to_owned()));
        }
    }
    for (name, value) in &headers {
        let setting = if name == "content-type" { "content_type" } else { "headers" };
        http::checked_header(name, value).map_err(|problem| wrong(setting, &problem))?;
    }
    Ok(headers)
}

/// What must not come back in a gateway's words: the secrets, and what stands for good in the URL's query.
fn secrets<'a>(values: &'a Values, headers: &'a [(String, String)]) -> Vec<&'a str> {
    let named =
        ["token", "hmac_secret", "send_authorization"].into_iter().filter_map(|name| values.get(name));
    let own = headers.iter().filter(|(name, _)| name != "content-type").map(|(_, value)| value.as_str());
    let query = values.get("send_url").and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let fixed = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    let fixed = fixed.filter(|value| !value.contains("{{") && value.len() >= 4);
    let whole: Vec<_> = named.chain(own).chain(fixed).collect();
    // Of `Basic abc` the second word alone is a secret too.
    let words = whole.iter().filter_map(|value| value.split_once(' ')).map(|(_, word)| word);
    whole.iter().copied().chain(words).collect()
}

/// An address of that scheme. What would end its path is part of it here, or no part of a number.
fn urn(scheme: &str, path: &str, country: Option<Country>) -> Option<Urn> {
    let path = match scheme {
        "tel" | "whatsapp" => path.replace(['%', '#', '?'], " "),
        _ => path.replace('%', "%25").replace('#', "%23").replace('?', "%3F"),
    };
    Urn::parse(&format!("{scheme}:{path}"), country).ok()
}

/// A time as in RFC 3339. A `+` that was not encoded arrives as a blank.
fn time(text: &str) -> Option<Time> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let repaired = || text.rsplit_once(' ').and_then(|(moment, offset)| read(&format!("{moment}+{offset}")));
    read(text.trim()).or_else(repaired).map(|time| time.with_timezone(&Utc))
}
