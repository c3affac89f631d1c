//! A gateway that is not there: for demonstrations and tests. Nothing leaves the machine.
//!
//! All that it does follows from the message's public key and its text, so the same message fares alike every time. It has
//! no clock: what comes back later it tells at once, with the delay, and the engine waits.

use std::time::Duration;

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{
    About, BadSettings, Channel, Incoming, Media, Part, Received, Record, Refusal, Reported, Request,
    Sending, Setting, Tried, Values, wire,
};
use crate::domain::contact::Urn;
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;
use crate::domain::parts::{self, Alphabet};

/// The longest part in either alphabet of an SMS.
const LONGEST_GSM7: usize = 160;
const LONGEST_UCS2: usize = 70;

/// Of 100 messages, how many are refused and how many must be tried again, unless something else is asked for.
const REFUSED: u64 = 3;
const RETRIED: u64 = 4;

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "fate", required: false, secret: false, help: "mixed, deliver, retry or refuse" },
    Setting {
        name: "scheme",
        required: false,
        secret: false,
        help: "the one scheme of addresses that it reaches",
    },
    Setting {
        name: "lang",
        required: false,
        secret: false,
        help: "the language that contacts answer in: en, es or pt",
    },
];

/// What becomes of messages that do not ask for something themselves.
#[derive(Clone, Copy)]
enum Fate {
    Mixed,
    Deliver,
    Retry,
    Refuse,
}

/// What contacts answer: to a question, and to anything else.
struct Answers {
    to_questions: &'static [&'static str],
    to_others: &'static [&'static str],
}

static ENGLISH: Answers = Answers {
    to_questions: &[
        "Yes, please",
        "No, thank you",
        "Yes, tomorrow works",
        "I will ask and tell you",
        "At 10?",
        "Not yet",
    ],
    to_others: &[
        "Thank you!",
        "Ok 👍",
        "Got it",
        "Who is this?",
        "Thanks, see you there",
        "Please call me later",
    ],
};
static SPANISH: Answers = Answers {
    to_questions: &[
        "Sí, por favor",
        "No, gracias",
        "Sí, mañana puedo",
        "Pregunto y te aviso",
        "¿A las 10?",
        "Todavía no",
    ],
    to_others: &[
        "¡Gracias!",
        "Ok 👍",
        "Entendido",
        "¿Quién es?",
        "Gracias, nos vemos",
        "Llámame más tarde, por favor",
    ],
};
static PORTUGUESE: Answers = Answers {
    to_questions: &[
        "Sim, por favor",
        "Não, obrigada",
        "Sim, amanhã posso",
        "Vou perguntar e aviso",
        "Às 10?",
        "Ainda não",
    ],
    to_others: &[
        "Obrigado!",
        "Ok 👍",
        "Entendi",
        "Quem é?",
        "Obrigada, até lá",
        "Me liga mais tarde, por favor",
    ],
};

/// A gateway that is not there.
pub(super) struct Simulated {
    fate: Fate,
    answers: &'static Answers,
}

impl Simulated {
    /// A gateway with these settings.
    pub(super) fn new(_record: &Record, values: &Values) -> Result<Self, BadSettings> {
        let fate = match values.get("fate") {
            None | Some("mixed") => Fate::Mixed,
            Some("deliver") => Fate::Deliver,
            Some("retry") => Fate::Retry,
            Some("refuse") => Fate::Refuse,
            Some(_) => return Err(wire::wrong("fate", "say mixed, deliver, retry or refuse")),
        };
        let answers = match values.get("lang") {
            None | Some("en") => &ENGLISH,
            Some("es") => &SPANISH,
            Some("pt") => &PORTUGUESE,
            Some(_) => return Err(wire::wrong("lang", "say en, es or pt")),
        };
        Ok(Self { fate, answers })
    }

    /// What becomes of a message: what its first word asks for, else what the setting says.
    fn fate(&self, message: Uuid, text: &str) -> Fate {
        match (text.split_whitespace().next(), self.fate) {
            (Some("#retry"), _) => Fate::Retry,
            (Some("#refuse"), _) => Fate::Refuse,
            (_, Fate::Mixed) => match chance(message, 0) % 100 {
                lot if lot < REFUSED => Fate::Refuse,
                lot if lot < REFUSED + RETRIED => Fate::Retry,
                _ => Fate::Deliver,
            },
            (_, fate) => fate,
        }
    }

    /// What comes back of a message that was accepted, in its order: reports, and often an answer.
    pub fn later(&self, message: Uuid, text: &str, to: &Urn) -> Vec<(Duration, Received)> {
        let report = |after: u64, report| {
            let reported = Reported { about: About::Message(message), report, detail: String::new() };
            (Duration::from_millis(after), Received::Report(reported))
        };
        let mut later = vec![
            report(900 + chance(message, 1) % 300, Report::Sent),
            report(2_000 + chance(message, 2) % 1_000, Report::Delivered),
        ];
        if chance(message, 3).is_multiple_of(2) {
            later.push(report(7_500 + chance(message, 4) % 1_000, Report::Read));
        }
        if chance(message, 5).is_multiple_of(3) {
            let is_question = text.trim_end().ends_with('?');
            let answers = if is_question { self.answers.to_questions } else { self.answers.to_others };
            let answer = Incoming {
                urn: to.clone(),
                name: String::new(),
                text: pick(answers, chance(message, 6)).to_owned(),
                attachments: Vec::new(),
                at: None,
                external_id: format!("answer-{message}"),
            };
            let after = Duration::from_millis(6_000 + chance(message, 7) % 6_000);
            later.push((after, Received::Message(answer)));
        }
        later.sort_by_key(|(after, _)| *after);
        later
    }
}

impl Channel for Simulated {
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part> {
        let longest = match parts::alphabet_of(text) {
            Alphabet::Gsm7 => LONGEST_GSM7,
            Alphabet::Ucs2 => LONGEST_UCS2,
        };
        let texts = parts::split_units(text, longest).into_iter();
        let mut cut: Vec<Part> = texts.map(|text| Part { text, attachments: Vec::new() }).collect();
        match cut.first_mut() {
            Some(first) => first.attachments = attachments.to_vec(),
            None => cut.push(Part { text: String::new(), attachments: attachments.to_vec() }),
        }
        cut
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        match self.fate(sending.message, sending.text) {
            Fate::Mixed | Fate::Deliver => {
                Tried::Accepted { external_id: format!("{}-{}", sending.message, sending.part) }
            }
            Fate::Retry => Tried::TryAgain {
                reason: "the simulated gateway is busy".to_owned(),
                wait: None,
                in_doubt: false,
            },
            Fate::Refuse => wire::refused("the simulated gateway does not know this number"),
        }
    }

    fn receive(&self, _request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        Err(Refusal::NotFound)
    }

    fn asks(&self) -> bool {
        false
    }

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    /// Nobody calls a gateway's address that is not there, so no call is taken.
    fn is_guarded(&self) -> bool {
        true
    }

    fn afterwards(&self, sending: &Sending<'_>) -> Vec<(Duration, Received)> {
        // Reports are about the whole message, so they follow its last part.
        if sending.part + 1 < sending.parts {
            return Vec::new();
        }
        self.later(sending.message, sending.text, sending.to)
    }

    fn test(&self) -> Result<String, String> {
        Ok("The gateway is simulated: nothing leaves this machine.".to_owned())
    }
}

/// A number that follows from a message, another one for each question.
fn chance(message: Uuid, question: u64) -> u64 {
    xxh3_64_with_seed(message.as_bytes(), question)
}

fn pick(answers: &'static [&'static str], lot: u64) -> &'static str {
    let count = u64::try_from(answers.len()).unwrap_or(1).max(1);
    let index = usize::try_from(lot % count).unwrap_or(0);
    answers.get(index).copied().unwrap_or_default()
}
