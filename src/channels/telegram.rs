//! Telegram bots: <https://core.telegram.org/bots/api>.
//!
//! The token stands in the path of every address that is called, so no address may stand in an error. Messages are sent
//! without `parse_mode`: Markdown refuses a text such as `snake_case_`. There are no delivery reports. What came in is
//! asked for (`getUpdates`), which works behind any router; with the setting `secret` the bot is called by webhook
//! instead, and asked no more, for Telegram allows only one of the two.

mod update;

use std::time::Duration;

use serde_json::Value;

use super::http::{Call, Fault, LONGEST_REPLY, Method, Reply};
use super::outcome::{Redactor, unanswered};
use super::wire::{self, Api};
use super::{
    BadSettings, Channel, Media, Part, Received, Record, Refusal, Request, Sending, Setting, Tried,
    Unfetched, Values,
};
use crate::domain::media::LONGEST_MEDIA;
use crate::domain::message::Attachment;
use crate::domain::parts;

/// The longest text and the longest caption, in UTF-16 units.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;

/// The longest that Telegram is asked to wait for something to come in, and what is left of our patience for the answer
/// to travel.
const LONGEST_WAIT: u64 = 50;
const TRAVEL: u64 = 5;

/// The most bytes of an answer with updates: a long text with all its signs escaped is some thirty thousand.
const LONGEST_UPDATES: usize = 4 << 20;

/// How many updates are asked for: fewer when their answer was too long to be read whole.
const AT_ONCE: [usize; 3] = [40, 5, 1];

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "token", required: true, secret: true, help: "the bot's token, as BotFather gave it" },
    Setting {
        name: "secret",
        required: false,
        secret: true,
        help: "secret_token of setWebhook; without it the bot is asked for messages instead of calling",
    },
    Setting { name: "api_url", required: false, secret: false, help: "where the Bot API is" },
    Setting {
        name: "allow_private",
        required: false,
        secret: false,
        help: "whether the API may be in your own network",
    },
    Setting { name: "timeout", required: false, secret: false, help: "how many seconds a request may take" },
];

/// A Telegram bot.
pub(super) struct Telegram {
    token: String,
    secret: Option<String>,
    redactor: Redactor,
    api: Api,
}

impl Telegram {
    /// A bot with these settings.
    #[expect(clippy::needless_pass_by_value, reason = "all kinds of channels are opened alike")]
    pub(super) fn new(_record: &Record, values: Values) -> Result<Self, BadSettings> {
        let token = wire::required(&values, "token")?;
        if !wire::is_plain(&token, ":_-") {
            return Err(wire::wrong("token", "it is not a bot's token"));
        }
        let secret = values.get("secret").map(str::to_owned);
        if secret.as_ref().is_some_and(|secret| secret.len() > 256 || !wire::is_plain(secret, "_-")) {
            return Err(wire::wrong("secret", "it may hold 1 to 256 letters, digits, _ and - only"));
        }
        let api = Api::read(&values, "api_url", "https://api.telegram.org")?;
        // What follows the bot's number is the secret part, and may be echoed without it.
        let key = token.split_once(':').map_or("", |(_, key)| key);
        let redactor = Redactor::new([token.as_str(), key, secret.as_deref().unwrap_or_default()]);
        Ok(Self { token, secret, redactor, api })
    }

    fn call(&self, method: &str, fields: &[(&str, &str)]) -> Result<Reply, Fault> {
        self.call_for(method, fields, self.api.patience, LONGEST_REPLY)
    }

    /// A call whose answer may come late and be long.
    fn call_for(
        &self,
        method: &str,
        fields: &[(&str, &str)],
        patience: Duration,
        longest: usize,
    ) -> Result<Reply, Fault> {
        self.api.client.call(&Call {
            method: Method::Post,
            url: &format!("{}/bot{}/{method}", self.api.base, self.token),
            headers: &[("Content-Type", "application/x-www-form-urlencoded")],
            body: wire::form(fields).as_bytes(),
            patience,
            longest,
        })
    }

    /// Telegram's own words for what went wrong.
    fn words(&self, reply: &Reply, body: Option<&Value>) -> String {
        match body.map(|body| wire::text(body, "/description")) {
            Some(said) if !said.is_empty() => self.redactor.words(said.as_bytes()),
            _ => format!("Telegram answered with status {}", reply.status),
        }
    }

    /// What an answer to an attempt means.
    fn outcome(&self, reply: &Reply) -> Tried {
        let body = wire::body(reply);
        let said_ok = body.as_ref().and_then(|body| body.get("ok")).and_then(Value::as_bool);
        if (200..300).contains(&reply.status) && said_ok != Some(false) {
            let id = body.as_ref().and_then(|body| wire::whole(body, "/result/message_id"));
            return match (said_ok, id) {
                (Some(true), id) => {
                    Tried::Accepted { external_id: id.map(|id| id.to_string()).unwrap_or_default() }
                }
                (_, _) => wire::unreadable(),
            };
        }
        let reason = self.words(reply, body.as_ref());
        let code =
            body.as_ref().and_then(|body| wire::whole(body, "/error_code")).unwrap_or(reply.status.into());
        let asked = body.as_ref().and_then(|body| wire::whole(body, "/parameters/retry_after"));
        let wait = asked.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs).or(reply.retry_after);
        if wire::may_pass(code) {
            return Tried::TryAgain { reason, wait, in_doubt: false };
        }
        let lower = reason.to_lowercase();
        let gone = lower.contains("blocked by the user") || lower.contains("user is deactivated");
        Tried::Refused { reason, stops_contact: code == 403 && gone }
    }

    /// Asks for updates; the answer and whether it was read whole.
    fn updates(&self, cursor: i64, at_once: usize, patience: Duration) -> Result<(Vec<u8>, bool), String> {
        let wait = patience.as_secs().saturating_sub(TRAVEL).min(LONGEST_WAIT);
        let fields = [
            ("offset", cursor.to_string()),
            ("timeout", wait.to_string()),
            ("limit", at_once.to_string()),
            ("allowed_updates", r#"["message"]"#.to_owned()),
        ];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let reply = self.call_for("getUpdates", &fields, patience, LONGEST_UPDATES);
        let reply = reply.map_err(|fault| fault.reason().to_owned())?;
        if reply.status == 409 {
            let why = "Telegram calls this bot by webhook, or somebody else asks for its messages";
            return Err(format!("{why}: {}", self.words(&reply, wire::body(&reply).as_ref())));
        }
        if reply.status != 200 {
            return Err(self.words(&reply, wire::body(&reply).as_ref()));
        }
        let whole = reply.body.len() < LONGEST_UPDATES;
        Ok((reply.body, whole))
    }
}

impl Channel for Telegram {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        let short = text.encode_utf16().count() <= LONGEST_CAPTION;
        let texts = parts::split_units(text, LONGEST_TEXT);
        wire::parts_with_captions(text, texts, attachments, |attachment| {
            short && method(attachment).0 != "sendLocation"
        })
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        let chat = sending.to.path();
        if sending.to.scheme() != "telegram" || chat.parse::<i64>().is_err() {
            return wire::refused("the address is not a Telegram chat");
        }
        let keyboard = r#"{"remove_keyboard":true}"#;
        let (latitude, longitude);
        let mut fields = vec![("chat_id", chat)];
        let method = match sending.attachments {
            [] if sending.text.is_empty() => return wire::refused("there is nothing in the message to send"),
            [] => {
                fields.push(("text", sending.text));
                "sendMessage"
            }
            [attachment, ..] => {
                let (method, field) = method(attachment);
                if method == "sendLocation" {
                    let Some(place) = wire::degrees(attachment) else {
                        return wire::refused("the place to send has no latitude and longitude");
                    };
                    (latitude, longitude) = (place.0.to_string(), place.1.to_string());
                    fields.extend([("latitude", latitude.as_str()), ("longitude", longitude.as_str())]);
                } else if wire::is_on_the_web(attachment) {
                    fields.push((field, attachment.url.as_str()));
                } else if let Some(file) = attachment.url.strip_prefix("telegram:") {
                    fields.push((field, file));
                } else {
                    return wire::refused("the attachment has no address that Telegram could fetch it from");
                }
                if !sending.text.is_empty() {
                    fields.push(("caption", sending.text));
                }
                method
            }
        };
        fields.push(("reply_markup", keyboard));
        match self.call(method, &fields) {
            Ok(reply) => self.outcome(&reply),
            Err(fault) => unanswered(fault),
        }
    }

    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        if request.action != "receive" {
            return Err(Refusal::NotFound);
        }
        if !request.is_post {
            return Err(Refusal::Method);
        }
        let told = request.header("x-telegram-bot-api-secret-token").unwrap_or_default();
        if !self.secret.as_deref().is_some_and(|secret| wire::same(secret, told)) {
            return Err(Refusal::Forbidden);
        }
        let body: Value = serde_json::from_slice(request.body)
            .map_err(|_| Refusal::Bad(vec!["the body is not JSON".to_owned()]))?;
        Ok(vec![update::read(&body)])
    }

    fn media(&self) -> Option<&dyn Media> {
        Some(self)
    }

    fn asks(&self) -> bool {
        self.secret.is_none()
    }

    /// With a secret it must be said; without one no call is taken.
    fn is_guarded(&self) -> bool {
        true
    }

    fn poll(&self, cursor: i64, patience: Duration) -> Option<Result<(Vec<Received>, i64), String>> {
        if !self.asks() {
            return None;
        }
        let mut body = Vec::new();
        for at_once in AT_ONCE {
            match self.updates(cursor, at_once, patience) {
                Ok((answer, true)) => return Some(update::read_all(&answer, cursor)),
                Ok((answer, false)) => body = answer,
                Err(problem) => return Some(Err(problem)),
            }
        }
        // Even one is too long. Asking for it again would give the same for a day, so it is passed over.
        Some(update::pass_over(&body, cursor))
    }

    fn test(&self) -> Result<String, String> {
        let reply = self.call("getMe", &[]).map_err(|fault| fault.reason().to_owned())?;
        let body = wire::body(&reply);
        match body.as_ref().map(|body| wire::text(body, "/result/username")) {
            Some(name) if reply.status == 200 && !name.is_empty() => {
                Ok(format!("Telegram knows the bot @{}.", self.redactor.words(name.as_bytes())))
            }
            _ => Err(self.words(&reply, body.as_ref())),
        }
    }
}

impl Media for Telegram {
    /// Asks where the file is, and fetches it from there. Its address holds the token, and is never kept.
    fn fetch(&self, attachment: &Attachment) -> Result<Vec<u8>, Unfetched> {
        let id =
            attachment.url.strip_prefix("telegram:").ok_or_else(|| wire::never("it is not Telegram's"))?;
        let reply = self.call("getFile", &[("file_id", id)]).map_err(|fault| wire::unfetched(&fault))?;
        let body = wire::body(&reply);
        let path = body.as_ref().map(|body| wire::text(body, "/result/file_path")).unwrap_or_default();
        if reply.status != 200 || path.is_empty() {
            let reason = self.words(&reply, body.as_ref());
            return Err(Unfetched { reason, may_try_again: wire::may_pass(reply.status) });
        }
        let size = body.as_ref().and_then(|body| wire::whole(body, "/result/file_size")).unwrap_or(0);
        if usize::try_from(size).is_ok_and(|size| size > LONGEST_MEDIA) {
            return Err(wire::too_long());
        }
        if !wire::is_plain(path, "/._-") || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(wire::never("Telegram's answer cannot be read"));
        }
        let reply = self.api.client.call(&Call {
            method: Method::Get,
            url: &format!("{}/file/bot{}/{path}", self.api.base, self.token),
            headers: &[],
            body: &[],
            patience: wire::patience_for_media(self.api.patience),
            longest: LONGEST_MEDIA + 1,
        });
        wire::content(reply.map_err(|fault| wire::unfetched(&fault))?)
    }
}

/// What sends an attachment, and the name of its field.
fn method(attachment: &Attachment) -> (&'static str, &'static str) {
    match attachment.content_type.split('/').next().unwrap_or_default() {
        "geo" => ("sendLocation", ""),
        "image" if attachment.content_type == "image/gif" => ("sendAnimation", "animation"),
        "image" => ("sendPhoto", "photo"),
        "video" => ("sendVideo", "video"),
        "audio" => ("sendAudio", "audio"),
        _ => ("sendDocument", "document"),
    }
}
