//! What an HTTP answer, or none, means for an attempt: the same for all gateways that say it with the status alone.

use super::Tried;
use super::form;
use super::http::{Fault, Reply};
use super::wire::may_pass;

/// The most characters of a gateway's words that are kept.
const MOST_WORDS: usize = 200;

/// Takes secrets out of a gateway's words: some gateways repeat in their errors what they were asked.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// Takes out these, as they are and as they stand in a query, in JSON and in XML.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let mut secrets: Vec<String> = secrets
            .flat_map(|secret| {
                let query = form::escape(secret);
                let json = serde_json::Value::from(secret).to_string();
                let json = json.trim_matches('"').to_owned();
                let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                [secret.to_owned(), query.replace('+', "%20"), query, json, xml]
            })
            .collect();
        // The longest first: a secret may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// The beginning of a gateway's words, in one line, without secrets.
    pub fn words(&self, body: &[u8]) -> String {
        let mut words = String::from_utf8_lossy(body).into_owned();
        for secret in &self.secrets {
            words = words.replace(secret, "***");
        }
        let words = words.replace(|c: char| c.is_control(), " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(MOST_WORDS) {
            Some((cut, _)) => format!("{}…", words.get(..cut).unwrap_or_default()),
            None => words,
        }
    }

    /// The sentence about an answer that is no success.
    pub fn sentence(&self, reply: &Reply) -> String {
        let status = reply.status;
        let words = self.words(&reply.body);
        match (status, words.as_str()) {
            (300..400, _) => {
                format!("the gateway answered {status}, which leads elsewhere and is not followed")
            }
            (_, "") => format!("the gateway answered {status}"),
            (_, words) => format!("the gateway answered {status}: {words}"),
        }
    }

    /// What an answer means; None for a success.
    pub fn unless_accepted(&self, reply: &Reply) -> Option<Tried> {
        let reason = self.sentence(reply);
        match reply.status {
            200..300 => None,
            status if may_pass(status) => {
                Some(Tried::TryAgain { reason, wait: reply.retry_after, in_doubt: false })
            }
            _ => Some(Tried::Refused { reason, stops_contact: false }),
        }
    }
}

/// What it means that there is no answer.
pub fn unanswered(fault: Fault) -> Tried {
    match fault {
        Fault::NotSent(reason) => Tried::TryAgain { reason, wait: None, in_doubt: false },
        Fault::InDoubt(reason) => Tried::TryAgain { reason, wait: None, in_doubt: true },
        Fault::Impossible(reason) => Tried::Refused { reason, stops_contact: false },
    }
}

/// A text with the addresses of what goes along, a line each.
pub fn joined(text: &str, attachments: &[crate::domain::message::Attachment]) -> String {
    let urls = attachments.iter().map(|attachment| attachment.url.as_str());
    let lines: Vec<_> = std::iter::once(text).chain(urls).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
