//! Twilio: <https://www.twilio.com/docs/messaging/api>, and gateways that speak its API, such as `SignalWire`.
//!
//! What Twilio calls with is signed over the address as it was called and the fields of the form. Behind a proxy that
//! address is not the one that arrives here, so the setting `callback_url` says what the world calls us.

mod callback;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;
use uuid::Uuid;

use super::form::{self, harmless};
use super::http::{Call, LONGEST_REPLY, Method, Reply};
use super::outcome::{Redactor, unanswered};
use super::wire::{self, Api};
use super::{
    Answer, BadSettings, Channel, Media, Part, Received, Record, Refusal, Request, Sending, Setting, Tried,
    Values, proof,
};
use crate::domain::contact::{Country, Urn};
use crate::domain::message::Attachment;
use crate::domain::parts;

/// The longest text of a part, and the most addresses of media that go along with one.
const LONGEST_TEXT: usize = 1600;
const MOST_MEDIA: usize = 10;

/// The code for a contact that opted out.
const OPTED_OUT: i64 = 21610;

/// Codes of errors that pass: too many requests, too many messages.
const PASSING: [i64; 2] = [20429, 63018];

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "account_sid", required: true, secret: false, help: "the account's SID (AC…)" },
    Setting {
        name: "auth_token",
        required: true,
        secret: true,
        help: "the account's token; it also signs what comes in",
    },
    Setting {
        name: "address",
        required: false,
        secret: false,
        help: "the number or name that messages come from",
    },
    Setting {
        name: "messaging_service_sid",
        required: false,
        secret: false,
        help: "the messaging service that picks the number, instead of address or with it",
    },
    Setting { name: "api_url", required: false, secret: false, help: "where the API is" },
    Setting {
        name: "callback_url",
        required: false,
        secret: false,
        help: "what the world calls recado, such as https://example.org; reports come only with it",
    },
    Setting { name: "scheme", required: false, secret: false, help: "tel or whatsapp" },
    Setting {
        name: "country",
        required: false,
        secret: false,
        help: "the country of numbers without a country code",
    },
    Setting {
        name: "unsigned",
        required: false,
        secret: false,
        help: "whether the gateway does not sign what it calls with; then the token must stand in the address",
    },
    Setting {
        name: "token",
        required: false,
        secret: true,
        help: "the word after ?token= in the address that is called",
    },
    Setting {
        name: "allow_private",
        required: false,
        secret: false,
        help: "whether the API may be in your own network",
    },
    Setting { name: "timeout", required: false, secret: false, help: "how many seconds a request may take" },
];

/// How what comes in proves that it comes from the gateway.
enum Proof {
    /// By Twilio's signature.
    Signature,
    /// By a word in the address, for gateways that do not sign.
    Token(String),
}

/// An account of Twilio and what it sends from.
pub(super) struct Twilio {
    channel: Uuid,
    account: String,
    auth_token: String,
    authorization: String,
    address: Option<String>,
    service: Option<String>,
    callback: Option<String>,
    is_whatsapp: bool,
    country: Option<Country>,
    proof: Proof,
    redactor: Redactor,
    api: Api,
}

impl Twilio {
    /// An account with these settings.
    #[expect(clippy::needless_pass_by_value, reason = "all kinds of channels are opened alike")]
    pub(super) fn new(record: &Record, values: Values) -> Result<Self, BadSettings> {
        let account = wire::required(&values, "account_sid")?;
        if !wire::is_plain(&account, "-") {
            return Err(wire::wrong("account_sid", "it may hold letters, digits and - only"));
        }
        let setting = |name| values.get(name).map(str::to_owned);
        let (address, service) = (setting("address"), setting("messaging_service_sid"));
        if address.is_none() && service.is_none() {
            return Err(BadSettings::Missing("address"));
        }
        let is_whatsapp = match values.get("scheme") {
            None | Some("tel") => false,
            Some("whatsapp") => true,
            Some(_) => return Err(wire::wrong("scheme", "say tel or whatsapp")),
        };
        let country = match values.get("country") {
            None => None,
            Some(code) => Some(
                Country::from_code(code)
                    .ok_or_else(|| wire::wrong("country", "it is not the code of a country"))?,
            ),
        };
        let proof = match (values.flag("unsigned")?, setting("token")) {
            (true, Some(token)) => Proof::Token(token),
            (true, None) => return Err(BadSettings::Missing("token")),
            (false, _) => Proof::Signature,
        };
        let auth_token = wire::required(&values, "auth_token")?;
        let credentials = STANDARD.encode(format!("{account}:{auth_token}"));
        let redactor = Redactor::new([
            auth_token.as_str(),
            credentials.as_str(),
            values.get("token").unwrap_or_default(),
        ]);
        Ok(Self {
            channel: record.uuid,
            account,
            auth_token,
            authorization: format!("Basic {credentials}"),
            address,
            service,
            callback: wire::address(&values, "callback_url")?,
            is_whatsapp,
            country,
            proof,
            redactor,
            api: Api::read(&values, "api_url", "https://api.twilio.com")?,
        })
    }

    /// How the gateway writes an address.
    fn written(&self, address: &str) -> String {
        match address.trim_start_matches("whatsapp:") {
            path if !self.is_whatsapp => path.to_owned(),
            path if path.starts_with('+') || path.contains('.') => format!("whatsapp:{path}"),
            path => format!("whatsapp:+{path}"),
        }
    }

    /// Where the gateway is to report what becomes of a message.
    fn status_callback(&self, message: Uuid) -> Option<String> {
        let base = self.callback.as_ref()?;
        let mut url = format!("{base}/c/t/{}/status?uuid={message}&action=callback", self.channel);
        if let Proof::Token(token) = &self.proof {
            url.push_str("&token=");
            url.push_str(&form::escape(token));
        }
        Some(url)
    }

    /// The gateway's own words for what went wrong.
    fn words(&self, reply: &Reply, body: Option<&Value>) -> String {
        match body.map(|body| (wire::text(body, "/message"), wire::whole(body, "/code"))) {
            Some((said, code)) if !said.is_empty() => {
                let code = code.map(|code| format!(" (error {code})")).unwrap_or_default();
                self.redactor.words(said.as_bytes()) + &code
            }
            _ => format!("the gateway answered with status {}", reply.status),
        }
    }

    /// What an answer to an attempt means.
    fn outcome(&self, reply: &Reply) -> Tried {
        let body = wire::body(reply);
        if (200..300).contains(&reply.status) {
            return match body.as_ref().map(|body| wire::text(body, "/sid")) {
                Some(sid) if !sid.is_empty() => Tried::Accepted { external_id: harmless(sid) },
                _ => wire::unreadable(),
            };
        }
        let reason = self.words(reply, body.as_ref());
        match body.as_ref().and_then(|body| wire::whole(body, "/code")) {
            Some(OPTED_OUT) => Tried::Refused { reason, stops_contact: true },
            Some(code) if PASSING.contains(&code) => {
                Tried::TryAgain { reason, wait: reply.retry_after, in_doubt: false }
            }
            _ if wire::may_pass(reply.status) => {
                Tried::TryAgain { reason, wait: reply.retry_after, in_doubt: false }
            }
            _ => wire::refused(reason),
        }
    }

    /// Whether a request proves that it comes from the gateway.
    fn is_proved(&self, request: &Request<'_>) -> bool {
        match &self.proof {
            Proof::Token(token) => proof::token(request, Some(token)).is_ok(),
            Proof::Signature => {
                let told = request.header("x-twilio-signature").and_then(|told| STANDARD.decode(told).ok());
                told.is_some_and(|told| self.is_signed(request, &told))
            }
        }
    }

    /// Whether that is the signature over the address and the fields, sorted by their names.
    fn is_signed(&self, request: &Request<'_>, told: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(self.auth_token.as_bytes()) else { return false };
        match &self.callback {
            Some(base) => {
                mac.update(base.as_bytes());
                mac.update(path_and_query(request.url).as_bytes());
            }
            None => mac.update(request.url.as_bytes()),
        }
        let mut fields = form::pairs(request.body);
        fields.sort();
        for (name, value) in fields {
            mac.update(name.as_bytes());
            mac.update(&value);
        }
        mac.verify_slice(told).is_ok()
    }

    /// The contact behind an address as the gateway writes it.
    fn contact(&self, address: &str, country: &str) -> Option<Urn> {
        let address = address.trim();
        let whatsapp = address.strip_prefix("whatsapp:").or(self.is_whatsapp.then_some(address));
        match whatsapp {
            Some(path) if wire::is_plain(path.trim_start_matches('+'), ".") => {
                Urn::parse(&format!("whatsapp:{path}"), None).ok()
            }
            Some(_) => None,
            None if address.contains(['@', ':']) => None,
            None => Urn::from_phone(address, self.country.or_else(|| Country::from_code(country))).ok(),
        }
    }
}

impl Channel for Twilio {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        // WhatsApp takes one file a message, and the text along with it; an MMS takes several.
        let at_once = if self.is_whatsapp { 1 } else { MOST_MEDIA };
        let mut texts = parts::split_units(text, LONGEST_TEXT).into_iter();
        let mut media = attachments.chunks(at_once);
        let mut cut = Vec::new();
        loop {
            match (texts.next(), media.next()) {
                (None, None) => break,
                (text, media) => cut.push(Part {
                    text: text.unwrap_or_default(),
                    attachments: media.map(<[Attachment]>::to_vec).unwrap_or_default(),
                }),
            }
        }
        if cut.is_empty() {
            cut.push(Part { text: String::new(), attachments: Vec::new() });
        }
        cut
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        let scheme = if self.is_whatsapp { "whatsapp" } else { "tel" };
        if sending.to.scheme() != scheme {
            return wire::refused(format!("this channel reaches addresses of the kind {scheme} only"));
        }
        if sending.text.is_empty() && sending.attachments.is_empty() {
            return wire::refused("there is nothing in the message to send");
        }
        if !sending.attachments.iter().all(wire::is_on_the_web) {
            return wire::refused("an attachment has no address that the gateway could fetch it from");
        }
        let to = self.written(sending.to.path());
        let from = self.address.as_deref().map(|address| self.written(address));
        let callback = self.status_callback(sending.message);
        let mut fields = vec![("To", to.as_str())];
        fields.extend(from.as_deref().map(|from| ("From", from)));
        fields.extend(self.service.as_deref().map(|service| ("MessagingServiceSid", service)));
        if !sending.text.is_empty() {
            fields.push(("Body", sending.text));
        }
        fields.extend(sending.attachments.iter().map(|media| ("MediaUrl", media.url.as_str())));
        fields.extend(callback.as_deref().map(|callback| ("StatusCallback", callback)));
        let reply = self.api.client.call(&Call {
            method: Method::Post,
            url: &format!("{}/2010-04-01/Accounts/{}/Messages.json", self.api.base, self.account),
            headers: &[
                ("Authorization", &self.authorization),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            body: wire::form(&fields).as_bytes(),
            patience: self.api.patience,
            longest: LONGEST_REPLY,
        });
        match reply {
            Ok(reply) => self.outcome(&reply),
            Err(fault) => unanswered(fault),
        }
    }

    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        let is_status = match request.action {
            "receive" => false,
            "status" => true,
            _ => return Err(Refusal::NotFound),
        };
        if !request.is_post {
            return Err(Refusal::Method);
        }
        if !self.is_proved(request) {
            return Err(Refusal::Forbidden);
        }
        let fields = callback::Fields(wire::pairs(request.body));
        let contact = |address: &str, country: &str| self.contact(address, country);
        if is_status {
            let query = wire::pairs(request.query.as_bytes());
            return callback::reports(&fields, wire::field(&query, "uuid"), &self.redactor, contact);
        }
        callback::message(&fields, &self.account, contact).map(|received| vec![received])
    }

    fn asks(&self) -> bool {
        false
    }

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    /// There is always a token, to sign with or to be said.
    fn is_guarded(&self) -> bool {
        true
    }

    fn answer(&self, _request: &Request<'_>) -> Option<Answer> {
        // Anything more in it would be sent to the contact.
        let body = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.to_owned();
        Some(Answer { status: 200, content_type: "text/xml", body })
    }

    fn test(&self) -> Result<String, String> {
        let call = Call {
            method: Method::Get,
            url: &format!("{}/2010-04-01/Accounts/{}.json", self.api.base, self.account),
            headers: &[("Authorization", &self.authorization)],
            body: &[],
            patience: self.api.patience,
            longest: LONGEST_REPLY,
        };
        let reply = self.api.client.call(&call).map_err(|fault| fault.reason().to_owned())?;
        let body = wire::body(&reply);
        match body.as_ref().map(|body| (wire::text(body, "/sid"), wire::text(body, "/friendly_name"))) {
            Some((sid, name)) if reply.status == 200 && sid == self.account => {
                let name = self.redactor.words(name.as_bytes());
                Ok(format!("The gateway knows the account {name}."))
            }
            _ => Err(self.words(&reply, body.as_ref())),
        }
    }
}

/// What follows the host in an address.
fn path_and_query(url: &str) -> &str {
    let start = url.find("://").map_or(0, |colon| colon + 3);
    url[start..].find(['/', '?']).map_or("", |slash| &url[start + slash..])
}
