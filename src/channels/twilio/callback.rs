//! The forms that Twilio calls with: a message that came in, and what became of one that went out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::OPTED_OUT;
use crate::channels::form::harmless;
use crate::channels::outcome::Redactor;
use crate::channels::{About, Incoming, Received, Refusal, Reported, wire};
use crate::domain::contact::{Urn, clean_name};
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;

/// The most files that are read of a message.
const MOST_FILES: usize = 20;

/// The shortest text that may be one in base64.
const SHORTEST_CODED: usize = 60;

/// The fields of a form.
pub(super) struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// A field's value; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        wire::field(&self.0, name)
    }

    /// That every one of them is there.
    fn require(&self, names: &[&str]) -> Result<(), Refusal> {
        let missing = names.iter().filter(|name| self.get(name).is_empty());
        let missing: Vec<String> = missing.map(|name| format!("field '{name}' required")).collect();
        if missing.is_empty() { Ok(()) } else { Err(Refusal::Bad(missing)) }
    }
}

/// A message that came in. `contact` reads an address with the country it may be of.
pub(super) fn message(
    fields: &Fields,
    account: &str,
    contact: impl Fn(&str, &str) -> Option<Urn>,
) -> Result<Received, Refusal> {
    // A WhatsApp user with a username may have no number, and is known by this id then.
    let user = fields.get("ExternalUserId");
    let from = if user.is_empty() { "From" } else { "ExternalUserId" };
    fields.require(&["MessageSid", "AccountSid", from, "To"])?;
    if fields.get("AccountSid") != account {
        return Ok(Received::Ignored("a message of another account".to_owned()));
    }
    let urn = match fields.get("From") {
        "" => contact(&format!("whatsapp:{}", user.trim_start_matches("whatsapp:")), ""),
        from => contact(from, fields.get("FromCountry")),
    };
    let urn = urn.ok_or_else(|| Refusal::Bad(vec!["field 'From' is not an address".to_owned()]))?;
    let text = match fields.get("Body") {
        "" => fields.get("ButtonText").to_owned(),
        body => plain(body),
    };
    let files = fields.get("NumMedia").parse::<usize>().unwrap_or(0).min(MOST_FILES);
    let file = |n: usize| {
        let mime = fields.get(&format!("MediaContentType{n}"));
        let attachment = Attachment {
            content_type: wire::content_type(mime, "application/octet-stream"),
            url: fields.get(&format!("MediaUrl{n}")).to_owned(),
        };
        wire::is_on_the_web(&attachment).then_some(attachment)
    };
    Ok(Received::Message(Incoming {
        urn,
        name: clean_name(&harmless(fields.get("ProfileName"))),
        text: harmless(&text),
        attachments: (0..files).filter_map(file).collect(),
        at: None,
        external_id: harmless(fields.get("MessageSid")),
    }))
}

/// What became of a message that went out; `uuid` is what the address of the report names it by.
pub(super) fn reports(
    fields: &Fields,
    uuid: &str,
    redactor: &Redactor,
    contact: impl Fn(&str, &str) -> Option<Urn>,
) -> Result<Vec<Received>, Refusal> {
    fields.require(&["MessageSid", "MessageStatus"])?;
    let code = fields.get("ErrorCode").parse::<i64>().unwrap_or(0);
    let report = match fields.get("MessageStatus") {
        _ if code == OPTED_OUT => Report::Failed,
        "queued" | "sent" => Report::Sent,
        "delivered" => Report::Delivered,
        "read" => Report::Read,
        "failed" | "undelivered" => Report::Failed,
        _ => return Ok(vec![Received::Ignored("a status that says nothing to us".to_owned())]),
    };
    let about = match Uuid::parse_str(uuid) {
        Ok(message) => About::Message(message),
        Err(_) => About::External(harmless(fields.get("MessageSid"))),
    };
    let detail = match (fields.get("ErrorMessage"), code) {
        ("", 0) => String::new(),
        ("", code) => format!("error {code}"),
        (words, _) => redactor.words(words.as_bytes()),
    };
    let mut received = vec![Received::Report(Reported { about, report, detail })];
    if code == OPTED_OUT
        && let Some(urn) = contact(fields.get("To"), "")
    {
        received.push(Received::Stopped(urn));
    }
    Ok(received)
}

/// A text as it was written: some gateways hand on the text of an MMS in base64. A text that only looks like it, because
/// it is one long word, decodes to something that is no text.
fn plain(body: &str) -> String {
    let word: String = body.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    if word.len() < SHORTEST_CODED || !word.len().is_multiple_of(4) {
        return body.to_owned();
    }
    let decoded = STANDARD.decode(&word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let is_text = |text: &String| !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    decoded.filter(is_text).unwrap_or_else(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_base64_is_decoded_and_others_stay() {
        let text = "I was sent in base64, although nobody asked for it: ação 😀";
        assert_eq!(plain(&STANDARD.encode(text)), text);
        let folded = STANDARD.encode(text);
        let folded = format!("{}\r\n{}\n", &folded[..40], &folded[40..]);
        assert_eq!(plain(&folded), text);
        for stays in ["", "aGVsbG8=", &"a".repeat(60), &"A".repeat(64), &"word ".repeat(20)] {
            assert_eq!(plain(stays), stays);
        }
    }
}
