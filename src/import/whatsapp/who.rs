//! Who takes part in a chat, which of them is the owner of the export, and in whose conversation each message belongs.
//!
//! A chat of two is a conversation with the other one: what the owner wrote belongs to the other one's contact. In a group,
//! what came in belongs to those who wrote it, beside what they wrote privately, and what the owner wrote went to nobody of
//! them: it belongs to a contact with the group's name, so that nobody seems to have got a message that went to many.

use std::collections::HashMap;

use super::content::trimmed;
use super::header::is_blank;
use super::phrases::{CHAT_FILE, TITLES};
use crate::domain::contact::Urn;
use crate::domain::fold::fold;
use crate::import::record::clean_text;

/// How many senders are told apart. Groups have at most about a thousand.
const MOST_SENDERS: usize = 4000;

/// How many are named when somebody is to choose.
const MOST_NAMED: usize = 12;

/// Somebody who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    /// The name, or the number with its plus sign.
    pub(super) name: String,
    /// The address, when a number is all that is known.
    pub(super) urn: Option<Urn>,
}

impl Sender {
    /// Reads a sender as it stands in the chat; one who is not among the owner's contacts is a number.
    pub(super) fn read(name: &str) -> Self {
        let clean = clean_text(name);
        let name = trimmed(&clean);
        let is_number =
            |c: char| c.is_ascii_digit() || is_blank(c) || matches!(c, '-' | '(' | ')' | '\u{2011}');
        let digits = || name.chars().filter(char::is_ascii_digit);
        if name.strip_prefix('+').is_some_and(|rest| rest.chars().all(is_number)) && digits().count() >= 5 {
            let digits: String = digits().collect();
            let urn = Urn::parse(&format!("whatsapp:{digits}"), None).ok();
            return Self { name: format!("+{digits}"), urn };
        }
        Self { name: name.to_owned(), urn: None }
    }

    /// Whether somebody means this one by that name: in whatever case, and a number in whatever notation.
    fn is_meant_by(&self, name: &str) -> bool {
        if self.urn.is_some() {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            return digits(name) == digits(&self.name);
        }
        trimmed(name) == self.name || (!fold(name).is_empty() && fold(name) == fold(&self.name))
    }
}

/// What a chat's file is called: of the other one or of the group, when it is called so as WhatsApp does.
#[derive(Debug, Clone, Default)]
pub(super) struct Title {
    /// The name in it.
    pub(super) name: Option<String>,
    /// What to call a chat that has none.
    pub(super) file: String,
}

impl Title {
    /// Reads the names of a file, from the innermost outwards: within a zip file, the file, its folder.
    pub(super) fn read(names: &[String]) -> Self {
        let name = names.iter().find_map(|name| name_in(stem(name)));
        let file = names.iter().find(|name| name.as_str() != CHAT_FILE).map(|name| stem(name).to_owned());
        Self { name, file: file.unwrap_or_default() }
    }
}

/// How well a file's name fits a chat: the lower the better.
pub(in super::super) fn kind_of_name(name: &str) -> Option<u8> {
    let is_text = name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("txt"));
    let is_chat = name == CHAT_FILE || name_in(stem(name)).is_some();
    is_text.then(|| u8::from(!is_chat))
}

/// A file's name without its ending, and without the number that tells downloads of one name apart.
fn stem(name: &str) -> &str {
    let mut name = name;
    for ending in [".gz", ".txt", ".zip"] {
        let start = name.len().saturating_sub(ending.len());
        if name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ending)) {
            name = name.get(..start).unwrap_or(name);
        }
    }
    let Some((before, number)) = name.trim_end().strip_suffix(')').and_then(|name| name.rsplit_once(" ("))
    else {
        return name;
    };
    if number.chars().all(|c| c.is_ascii_digit()) { before } else { name }
}

fn name_in(stem: &str) -> Option<String> {
    let spaced = stem.replace('_', " ");
    [stem, &spaced].into_iter().find_map(|stem| {
        TITLES.iter().find_map(|title| {
            let (before, after) = title.split_once("{}")?;
            let name = trimmed(stem.strip_prefix(before)?.strip_suffix(after)?);
            (!name.is_empty()).then(|| name.to_owned())
        })
    })
}

/// Who writes in a chat, gathered over all of it.
#[derive(Debug, Default)]
pub(super) struct Roll {
    senders: HashMap<String, (Sender, u64)>,
    /// Whether there is a notice that only groups have.
    pub(super) has_group_notice: bool,
    /// Whom iOS lets say that the chat is encrypted: the other one, or the group.
    pub(super) speaker_of_notice: Option<String>,
}

/// Why nobody knows which messages are the owner's.
#[derive(Debug)]
pub(super) enum Unknown {
    /// Nobody said who the owner is.
    Owner(Vec<String>),
    /// Somebody did, and none of the senders is meant.
    Named(Vec<String>),
}

/// Whose conversation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Talk {
    /// That of two: the other one.
    With(Sender),
    /// That of a group of that name; the key is the same for each export of it.
    Group { name: String, key: String },
}

/// What is known of a chat once all of it was read.
#[derive(Debug)]
pub(super) struct Who {
    /// The owner's name there, when he wrote.
    pub(super) me: Option<String>,
    pub(super) talk: Talk,
}

impl Roll {
    /// Notes that somebody wrote. Beyond the most that are told apart, only `ours` still are.
    pub(super) fn add(&mut self, sender: &Sender, ours: &[String]) {
        if let Some((_, count)) = self.senders.get_mut(&sender.name) {
            *count += 1;
        } else if self.senders.len() < MOST_SENDERS || ours.contains(&sender.name) {
            self.senders.insert(sender.name.clone(), (sender.clone(), 1));
        }
    }

    /// The one whom somebody means by a name.
    fn meant(&self, name: &str) -> Option<&Sender> {
        let exact = self.senders.get(trimmed(name)).map(|(sender, _)| sender);
        let mut alike =
            self.senders.values().map(|(sender, _)| sender).filter(|sender| sender.is_meant_by(name));
        exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))
    }

    /// Those who wrote, the busiest first.
    fn names(&self) -> Vec<String> {
        let mut all: Vec<&(Sender, u64)> = self.senders.values().collect();
        all.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.name.cmp(&b.name)));
        let mut names: Vec<String> =
            all.iter().take(MOST_NAMED).map(|(sender, _)| sender.name.clone()).collect();
        if all.len() > MOST_NAMED {
            names.push("…".to_owned());
        }
        names
    }

    /// Decides who the owner is and whose conversation it is. What somebody says comes first; then the chat's title, for in
    /// a chat of two it names the other one; then the names that were the owner's in other chats.
    pub(super) fn decide(&self, title: &Title, said: Option<&str>, ours: &[String]) -> Result<Who, Unknown> {
        // A notice's speaker may also be somebody of a group who is said to have joined it.
        let spoken = self
            .speaker_of_notice
            .as_deref()
            .filter(|name| self.senders.len() <= 2 || self.meant(name).is_none());
        let name = title.name.as_deref().or(spoken);
        let titled = name.and_then(|name| self.meant(name));
        let me = match said {
            Some(said) => match self.meant(said) {
                Some(me) => Some(me),
                None if ours.iter().any(|name| name == trimmed(said)) => None,
                None if self.senders.is_empty()
                    || (self.senders.len() == 1 && (name.is_none() || titled.is_some())) =>
                {
                    None
                }
                None => return Err(Unknown::Named(self.names())),
            },
            None => match (titled, self.senders.len()) {
                (_, 0) | (Some(_), 1) => None,
                (Some(other), 2) => {
                    self.senders.values().map(|(sender, _)| sender).find(|sender| *sender != other)
                }
                _ => {
                    let senders = self.senders.values().map(|(sender, _)| sender);
                    let mut known = senders.filter(|sender| ours.contains(&sender.name));
                    match (known.next(), known.next()) {
                        (Some(me), None) => Some(me),
                        _ => return Err(Unknown::Owner(self.names())),
                    }
                }
            },
        };
        let mut others = self.senders.values().map(|(sender, _)| sender).filter(|sender| Some(*sender) != me);
        let talk = match (others.next(), others.next()) {
            (Some(other), None) if name.is_none() || titled == Some(other) || !self.has_group_notice => {
                Talk::With(other.clone())
            }
            (None, _) if !self.has_group_notice => Talk::With(Sender::read(name.unwrap_or(&title.file))),
            _ => {
                let key = name.map(|name| if fold(name).is_empty() { name.to_owned() } else { fold(name) });
                let name = name.unwrap_or(&title.file);
                Talk::Group { name: name.to_owned(), key: key.unwrap_or_default() }
            }
        };
        Ok(Who { me: me.map(|me| me.name.clone()), talk })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(names: &[&str]) -> Roll {
        let mut roll = Roll::default();
        for name in names {
            roll.add(&Sender::read(name), &[]);
        }
        roll
    }

    fn title(file: &str) -> Title {
        Title::read(&[file.to_owned()])
    }

    #[test]
    fn titles_are_read_in_the_languages_of_phones() {
        for file in [
            "WhatsApp Chat with Ana Souza.txt",
            "WhatsApp Chat with Ana Souza (2).txt",
            "WhatsApp Chat - Ana Souza.zip",
            "Chat de WhatsApp con Ana Souza.txt",
            "Conversa do WhatsApp com Ana Souza.zip",
            "WhatsApp-Chat mit Ana Souza.txt",
            "Discussion WhatsApp avec Ana Souza.txt",
            "Ana Souza ile WhatsApp Sohbeti.txt",
            "WhatsApp_Chat_with_Ana_Souza.TXT",
        ] {
            assert_eq!(title(file).name.as_deref(), Some("Ana Souza"), "{file}");
        }
        assert_eq!(title("WhatsApp Chat with .txt").name, None);
        let names = ["_chat.txt", "WhatsApp Chat - Ana (work).zip"].map(str::to_owned);
        assert_eq!(Title::read(&names).name.as_deref(), Some("Ana (work)"));
        assert_eq!(Title::read(&["_chat.txt".to_owned(), "marzo.zip".to_owned()]).file, "marzo");
        assert_eq!(
            [kind_of_name("_chat.txt"), kind_of_name("a.txt"), kind_of_name("a.jpg")],
            [Some(0), Some(1), None]
        );
    }

    #[test]
    fn the_owner_is_known_from_what_is_said_from_the_title_or_from_other_chats() {
        let me = |names: &[&str], file: &str, said: Option<&str>, ours: &[&str]| {
            let ours: Vec<String> = ours.iter().map(|name| (*name).to_owned()).collect();
            roll(names).decide(&title(file), said, &ours).map(|who| who.me).map_err(|_| ())
        };
        let ana = "WhatsApp Chat with Ana.txt";
        let luis = Ok(Some("Luis".to_owned()));
        assert_eq!(me(&["Ana", "Luis"], "x.txt", None, &[]), Err(()));
        assert_eq!(me(&["Ana", "Luis"], ana, None, &[]), luis);
        assert_eq!(me(&["Ana", "Luis"], ana, None, &["Ana"]), luis, "another Ana is me elsewhere");
        assert_eq!(me(&["Ana", "Luis"], "x.txt", None, &["Luis"]), luis);
        assert_eq!(me(&["Ana", "Luis"], "x.txt", None, &["Luis", "Ana"]), Err(()));
        assert_eq!(me(&["Ana", "Luis"], "x.txt", Some("luís"), &[]), luis);
        assert_eq!(me(&["Ana", "Luis"], ana, Some("Luiz"), &[]), Err(()), "a slip");
        assert_eq!(me(&["Ana", "Bia"], "x.txt", Some("Luis"), &["Luis"]), Ok(None), "he never wrote there");
        assert_eq!(me(&["Ana"], ana, None, &[]), Ok(None));
        assert_eq!(me(&["Ana"], ana, Some("Luis"), &[]), Ok(None));
        assert_eq!(me(&["Luis"], ana, None, &[]), Err(()));
        assert_eq!(me(&["Luis"], ana, Some("Luiz"), &[]), Err(()));
        assert_eq!(me(&["Luis"], ana, Some("Luis"), &[]), luis);
        assert_eq!(
            me(&["+55 11 90000-0077", "Luis"], "WhatsApp Chat with +55 11 90000-0077.txt", None, &[]),
            luis
        );
        assert_eq!(me(&["Ana", "Bia", "Luis"], "WhatsApp Chat with Trip.txt", None, &[]), Err(()));
    }

    #[test]
    fn a_chat_of_two_is_with_the_other_one_and_any_other_with_a_group() {
        let talk = |roll: &Roll, file: &str| roll.decide(&title(file), Some("Luis"), &[]).unwrap().talk;
        let group = |name: &str, key: &str| Talk::Group { name: name.to_owned(), key: key.to_owned() };
        let with = |name: &str| Talk::With(Sender::read(name));
        let trip = "WhatsApp Chat with Trip: 2024.txt";
        assert_eq!(talk(&roll(&["Ana", "Luis"]), "x.txt"), with("Ana"));
        assert_eq!(talk(&roll(&["Luis"]), "WhatsApp Chat with Ana.txt"), with("Ana"));
        assert_eq!(talk(&roll(&["Luis", "Ana", "Bia"]), trip), group("Trip: 2024", "trip 2024"));
        assert_eq!(talk(&roll(&["Luis", "Ana", "Bia"]), "x.txt"), group("x", ""));
        let young = Roll { has_group_notice: true, ..roll(&["Luis", "Ana"]) };
        assert_eq!(talk(&young, trip), group("Trip: 2024", "trip 2024"));
        assert_eq!(talk(&young, "WhatsApp Chat with Ana.txt"), with("Ana"));
        let ios = Roll { speaker_of_notice: Some("Trip".to_owned()), ..roll(&["Luis", "Ana", "Bia"]) };
        assert_eq!(talk(&ios, "_chat.txt"), group("Trip", "trip"));
        let ios = Roll { speaker_of_notice: Some("Ana".to_owned()), ..roll(&["Luis", "Ana"]) };
        assert_eq!(ios.decide(&title("_chat.txt"), None, &[]).unwrap().me.as_deref(), Some("Luis"));
    }

    #[test]
    fn numbers_are_addresses_in_any_notation() {
        let urn = |name: &str| Sender::read(name).urn.map(|urn| urn.identity());
        assert_eq!(
            urn("\u{202a}+55\u{a0}11\u{a0}90000-0077\u{202c}").as_deref(),
            Some("whatsapp:5511900000077")
        );
        assert_eq!(urn("+1 (202) 555‑0100").as_deref(), Some("whatsapp:12025550100"));
        for name in ["Ana", "+1", "12345678", "+55 Ana", "~ Ana"] {
            assert_eq!(urn(name), None);
        }
        assert!(Sender::read("+55 11 90000-0077").is_meant_by("5511900000077"));
    }
}
