//! The WhatsApp Cloud API: <https://developers.facebook.com/docs/whatsapp/cloud-api>.
//!
//! Meta signs what it calls with over the raw body, and calls again for days when it is not answered with 200: whatever
//! else is wrong with a request that proves itself, the answer is 200. A signature is never echoed.

mod change;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::form::harmless;
use super::http::{Call, LONGEST_REPLY, Method, Reply, checked_url};
use super::outcome::{Redactor, unanswered};
use super::wire::{self, Api};
use super::{
    Answer, BadSettings, Channel, Media, Part, Received, Record, Refusal, Request, Sending, Setting, Tried,
    Unfetched, Values,
};
use crate::domain::media::LONGEST_MEDIA;
use crate::domain::message::Attachment;
use crate::domain::parts;

/// The longest text and the longest caption, in characters.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;

/// Codes of errors that pass: too much at once, or media that could not be fetched just now.
const PASSING: [i64; 7] = [4, 80007, 130_429, 131_048, 131_053, 131_056, 133_016];

/// The code for a contact that has not written for too long, and what it means for people.
const WINDOW_CLOSED: i64 = 131_047;
const WINDOW_CLOSED_WORDS: &str =
    "the contact has not written in the last 24 hours, and WhatsApp then takes nothing but templates";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "token",
        required: true,
        secret: true,
        help: "the access token of the app or system user",
    },
    Setting {
        name: "phone_number_id",
        required: true,
        secret: false,
        help: "Meta's id of the number, not the number",
    },
    Setting {
        name: "app_secret",
        required: false,
        secret: true,
        help: "the app's secret, which signs what Meta calls with; nothing is received without it",
    },
    Setting {
        name: "verify_token",
        required: false,
        secret: true,
        help: "the word that Meta must say when the webhook is set up",
    },
    Setting {
        name: "graph_url",
        required: false,
        secret: false,
        help: "where the Graph API is, with its version",
    },
    Setting {
        name: "allow_private",
        required: false,
        secret: false,
        help: "whether the API may be in your own network",
    },
    Setting { name: "timeout", required: false, secret: false, help: "how many seconds a request may take" },
];

/// A number of the WhatsApp Cloud API.
pub(super) struct WhatsApp {
    authorization: String,
    redactor: Redactor,
    number: String,
    app_secret: Option<String>,
    verify_token: Option<String>,
    api: Api,
}

impl WhatsApp {
    /// A number with these settings.
    #[expect(clippy::needless_pass_by_value, reason = "all kinds of channels are opened alike")]
    pub(super) fn new(_record: &Record, values: Values) -> Result<Self, BadSettings> {
        let token = wire::required(&values, "token")?;
        let number = wire::required(&values, "phone_number_id")?;
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wire::wrong("phone_number_id", "it is a number of digits only"));
        }
        let secret = |name| values.get(name).map(str::to_owned);
        let (app_secret, verify_token) = (secret("app_secret"), secret("verify_token"));
        Ok(Self {
            authorization: format!("Bearer {token}"),
            redactor: Redactor::new(
                [Some(token.as_str()), app_secret.as_deref(), verify_token.as_deref()].into_iter().flatten(),
            ),
            number,
            app_secret,
            verify_token,
            api: Api::read(&values, "graph_url", "https://graph.facebook.com/v21.0")?,
        })
    }

    fn words(&self, said: &str) -> String {
        self.redactor.words(said.as_bytes())
    }

    /// Meta's own words for what went wrong.
    fn complaint(&self, reply: &Reply, body: Option<&Value>) -> String {
        let said = |pointer| body.map(|body| wire::text(body, pointer)).unwrap_or_default();
        match (said("/error/message"), said("/error/error_data/details")) {
            ("", "") => format!("WhatsApp answered with status {}", reply.status),
            (words, "") | ("", words) => self.words(words),
            (message, details) => self.words(&format!("{message}: {details}")),
        }
    }

    /// What an answer to an attempt means.
    fn outcome(&self, reply: &Reply) -> Tried {
        let body = wire::body(reply);
        let code = body.as_ref().and_then(|body| wire::whole(body, "/error/code"));
        let has_error = body.as_ref().is_some_and(|body| body.get("error").is_some());
        if (200..300).contains(&reply.status) && !has_error {
            return match body.as_ref().map(|body| wire::text(body, "/messages/0/id")) {
                Some(id) if !id.is_empty() => Tried::Accepted { external_id: harmless(id) },
                _ => wire::unreadable(),
            };
        }
        let reason = self.complaint(reply, body.as_ref());
        match code {
            Some(WINDOW_CLOSED) => wire::refused(WINDOW_CLOSED_WORDS),
            Some(code) if PASSING.contains(&code) => {
                Tried::TryAgain { reason, wait: reply.retry_after, in_doubt: false }
            }
            _ if wire::may_pass(reply.status) => {
                Tried::TryAgain { reason, wait: reply.retry_after, in_doubt: false }
            }
            _ => wire::refused(reason),
        }
    }

    /// The words that Meta is to be answered with when it sets up the webhook, if it knows our word.
    fn challenge(&self, request: &Request<'_>) -> Option<String> {
        let fields = wire::pairs(request.query.as_bytes());
        let field = |name: &str| wire::field(&fields, name);
        let ours = self.verify_token.as_deref()?;
        let proved = wire::same(ours, field("hub.verify_token"));
        (proved && field("hub.mode") == "subscribe").then(|| field("hub.challenge").to_owned())
    }

    /// Whether the body is signed with the app's secret.
    fn is_signed(&self, request: &Request<'_>) -> bool {
        let told = request.header("x-hub-signature-256").and_then(|header| header.strip_prefix("sha256="));
        let (Some(secret), Some(told)) = (&self.app_secret, told.and_then(from_hex)) else { return false };
        Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(request.body).verify_slice(&told).is_ok())
    }
}

impl Channel for WhatsApp {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        let short = text.chars().count() <= LONGEST_CAPTION;
        let texts = parts::split_chars(text, LONGEST_TEXT);
        wire::parts_with_captions(text, texts, attachments, |attachment| {
            text.is_empty() || short && !matches!(kind(attachment), "location" | "audio")
        })
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        if sending.to.scheme() != "whatsapp" {
            return wire::refused("the address is not one of WhatsApp");
        }
        let payload = match payload(sending) {
            Ok(payload) => payload.to_string(),
            Err(why) => return wire::refused(why),
        };
        let reply = self.api.client.call(&Call {
            method: Method::Post,
            url: &format!("{}/{}/messages", self.api.base, self.number),
            headers: &[("Authorization", &self.authorization), ("Content-Type", "application/json")],
            body: payload.as_bytes(),
            patience: self.api.patience,
            longest: LONGEST_REPLY,
        });
        match reply {
            Ok(reply) => self.outcome(&reply),
            Err(fault) => unanswered(fault),
        }
    }

    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        if request.action != "receive" {
            return Err(Refusal::NotFound);
        }
        if !request.is_post {
            return self.challenge(request).map(|_| Vec::new()).ok_or(Refusal::Forbidden);
        }
        if !self.is_signed(request) {
            return Err(Refusal::Forbidden);
        }
        let body: Value = serde_json::from_slice(request.body)
            .map_err(|_| Refusal::Bad(vec!["the body is not JSON".to_owned()]))?;
        Ok(change::read_all(&body, &self.number, &self.redactor))
    }

    fn media(&self) -> Option<&dyn Media> {
        Some(self)
    }

    fn asks(&self) -> bool {
        false
    }

    /// With the app's secret every call is signed, and without it none is taken; the same holds for the word that Meta
    /// says when it sets up the webhook.
    fn is_guarded(&self) -> bool {
        true
    }

    fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        if request.is_post {
            return None;
        }
        let body = self.challenge(request)?;
        Some(Answer { status: 200, content_type: "text/plain; charset=utf-8", body })
    }

    fn answer_refused(&self, refusal: &Refusal) -> Option<Answer> {
        let why = match refusal {
            Refusal::Forbidden => return None,
            Refusal::Bad(problems) => problems.join("; "),
            Refusal::NotFound => "there is nothing by that name".to_owned(),
            Refusal::Method => "that takes another method".to_owned(),
        };
        let body = json!({"message": "Ignored", "data": [{"type": "info", "info": why}]}).to_string();
        Some(Answer { status: 200, content_type: "application/json", body })
    }

    fn test(&self) -> Result<String, String> {
        let fields = "?fields=display_phone_number,verified_name";
        let call = Call {
            method: Method::Get,
            url: &format!("{}/{}{fields}", self.api.base, self.number),
            headers: &[("Authorization", &self.authorization)],
            body: &[],
            patience: self.api.patience,
            longest: LONGEST_REPLY,
        };
        let reply = self.api.client.call(&call).map_err(|fault| fault.reason().to_owned())?;
        let body = wire::body(&reply);
        let known =
            body.as_ref().filter(|body| reply.status == 200 && wire::text(body, "/id") == self.number);
        let Some(known) = known else { return Err(self.complaint(&reply, body.as_ref())) };
        let (name, number) =
            (wire::text(known, "/verified_name"), wire::text(known, "/display_phone_number"));
        Ok(self.words(&format!("WhatsApp knows the number {number} of {name}.")))
    }
}

/// Where Meta keeps media. The token goes along to the address that it names, so that must be there, or at the API itself.
const MEDIA_HOST: &str = "lookaside.fbsbx.com";

impl WhatsApp {
    fn get(&self, url: &str, patience: Duration, longest: usize) -> Result<Reply, Unfetched> {
        let reply = self.api.client.call(&Call {
            method: Method::Get,
            url,
            headers: &[("Authorization", &self.authorization)],
            body: &[],
            patience,
            longest,
        });
        reply.map_err(|fault| wire::unfetched(&fault))
    }

    /// Whether the token may go to an address that an answer named.
    fn is_metas(&self, url: &str) -> bool {
        let place = |url: &str| {
            let uri = checked_url(url).ok()?;
            Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_ascii_lowercase()))
        };
        let there = place(url);
        there.is_some()
            && (there == place(&self.api.base) || there == Some(("https".to_owned(), MEDIA_HOST.to_owned())))
    }
}

impl Media for WhatsApp {
    /// Asks where the file is, and fetches it from there within the minutes for which that address holds.
    fn fetch(&self, attachment: &Attachment) -> Result<Vec<u8>, Unfetched> {
        let id = attachment.url.strip_prefix("whatsapp:").filter(|id| wire::is_plain(id, "_-"));
        let id = id.ok_or_else(|| wire::never("it is not WhatsApp's"))?;
        let asked = format!("{}/{id}?phone_number_id={}", self.api.base, self.number);
        let reply = self.get(&asked, self.api.patience, LONGEST_REPLY)?;
        let body = wire::body(&reply);
        let url = body.as_ref().map(|body| wire::text(body, "/url")).unwrap_or_default();
        if reply.status != 200 || url.is_empty() {
            let code = body.as_ref().and_then(|body| wire::whole(body, "/error/code"));
            let may_try_again =
                wire::may_pass(reply.status) || code.is_some_and(|code| PASSING.contains(&code));
            return Err(Unfetched { reason: self.complaint(&reply, body.as_ref()), may_try_again });
        }
        let size = body.as_ref().and_then(|body| wire::whole(body, "/file_size")).unwrap_or(0);
        if usize::try_from(size).is_ok_and(|size| size > LONGEST_MEDIA) {
            return Err(wire::too_long());
        }
        if !self.is_metas(url) {
            return Err(wire::never("the file is said to be where Meta keeps none"));
        }
        wire::content(self.get(url, wire::patience_for_media(self.api.patience), LONGEST_MEDIA + 1)?)
    }
}

/// What is posted for a part.
fn payload(sending: &Sending<'_>) -> Result<Value, &'static str> {
    let mut payload = json!({"messaging_product": "whatsapp", "recipient_type": "individual"});
    let to = sending.to.path();
    // A contact with a username is known by an id such as BR.x1, which goes in a field of its own.
    payload[if to.contains('.') { "recipient" } else { "to" }] = to.into();
    let Some(attachment) = sending.attachments.first() else {
        if sending.text.is_empty() {
            return Err("there is nothing in the message to send");
        }
        let has_link = sending.text.contains("https://") || sending.text.contains("http://");
        payload["type"] = "text".into();
        payload["text"] = json!({"body": sending.text, "preview_url": has_link});
        return Ok(payload);
    };
    let kind = kind(attachment);
    payload["type"] = kind.into();
    if kind == "location" {
        let (latitude, longitude) =
            wire::degrees(attachment).ok_or("the place to send has no latitude and longitude")?;
        payload[kind] = json!({"latitude": latitude, "longitude": longitude});
        return Ok(payload);
    }
    let mut media = if let Some(id) = attachment.url.strip_prefix("whatsapp:") {
        json!({"id": id})
    } else if wire::is_on_the_web(attachment) {
        json!({"link": attachment.url})
    } else {
        return Err("the attachment has no address that WhatsApp could fetch it from");
    };
    if !sending.text.is_empty() {
        media["caption"] = sending.text.into();
    }
    if kind == "document" {
        let name = attachment.url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next());
        media["filename"] = name.filter(|name| !name.is_empty()).unwrap_or("document").into();
    }
    payload[kind] = media;
    Ok(payload)
}

/// WhatsApp's kind of an attachment.
fn kind(attachment: &Attachment) -> &'static str {
    match attachment.content_type.split('/').next().unwrap_or_default() {
        "geo" => "location",
        "image" => "image",
        "video" => "video",
        "audio" => "audio",
        _ => "document",
    }
}

/// The 32 bytes behind 64 hexadecimal digits.
fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}
