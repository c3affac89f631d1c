//! Chats as WhatsApp exports them ("Export chat"): a text file, or a zip file with the text and the media.
//!
//! A message is a header line and the lines below it up to the next header. The file is read twice: only at its end is known
//! in which order its dates are written and who takes part. Neither pass holds more than one message.
//!
//! Shown times are minutes on Android, so equal lines are real: what makes a record the same one again is the chat, the time
//! as shown, who wrote it, the text, and how many equal ones came before it.

mod content;
mod header;
mod phrases;
mod who;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::io::BufRead;

use chrono::{NaiveDateTime, NaiveTime};
use xxhash_rust::xxh3::Xxh3;

use self::content::{Content, content, spoken, trimmed};
use self::header::Form;
use self::phrases::{ENCRYPTION, GROUP_NOTICES};
use self::who::{Roll, Sender, Talk, Title, Unknown, Who};
use super::archive::skip_line;
use super::dates::{Evidence, Part, day, moment};
use super::input::{Again, Trouble};
use super::raw::{Keep, Kept};
use super::record::{Item, MessageRecord, Problem, Record, Skip, Whose, uuid_of_name};
use super::{ImportError, Options, Stop};
use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::message::{Direction, Status};
use crate::store::is_storable;

pub(super) use self::who::kind_of_name;

/// The longest text that is read, and the longest line: phones refuse to write more than a sixteenth of it.
const LONGEST: usize = 1 << 20;

/// How many shown times are remembered for counting equal messages: clocks are put back, and pasted lines go astray.
const MOST_TIMES: usize = 512;

/// ... and how many messages of all of them. No phone has as many in so short a time.
const MOST_COUNTED: usize = 1 << 20;

/// How many lines that are not blank may stand above the first header.
const PREFACE: usize = 5;

/// What an export tells beside its messages.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The owner's name in it.
    pub(super) me: Option<String>,
    /// Whether nothing says in which order the dates are written.
    pub(super) is_order_guessed: bool,
}

/// Whether a text begins as an export does. In a few languages iOS writes dates as programs do in their logs; but it marks its
/// first line, which is its own.
pub(super) fn begins_like_one(start: &[u8]) -> bool {
    let start = String::from_utf8_lossy(start);
    let lines = start.lines().filter(|line| !line.trim().is_empty());
    lines.take(PREFACE).any(|line| {
        header::parse(line).is_some_and(|header| !header.could_be_log || line.contains('\u{200E}'))
    })
}

/// Reads an export.
pub(super) fn messages(
    again: &Again,
    names: &[String],
    options: &Options,
    keep: Keep,
    told: &mut Told,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (evidence, roll) = first_pass(again, options)?;
    let decided = evidence.decide(options.date_order);
    let title = Title::read(names);
    let who = roll.decide(&title, options.me.as_deref(), &options.ours).map_err(|unknown| {
        Stop::Failed(match unknown {
            Unknown::Owner(senders) => ImportError::UnknownOwner(senders),
            Unknown::Named(senders) => {
                ImportError::NoSuchSender { named: options.me.clone().unwrap_or_default(), senders }
            }
        })
    })?;
    if options.number.is_some() && matches!(who.talk, Talk::Group { .. }) {
        return Err(ImportError::NumberOfGroup.into());
    }
    told.me.clone_from(&who.me);
    told.is_order_guessed = decided.is_guess;
    let mut reader =
        Reader { who: &who, options, order: decided.order, above: None, counts: Counts::default() };
    entries(&mut again.pass(1, 2)?, keep, &mut |entry| take(reader.item(entry)))
}

/// Reads all headers and senders. What ends the file too early is met again in the second pass.
fn first_pass(again: &Again, options: &Options) -> Result<(Evidence, Roll), Stop> {
    let mut evidence = Evidence::default();
    let mut roll = Roll::default();
    let mut ours = options.ours.clone();
    ours.extend(options.me.clone());
    let ended = entries(&mut again.pass(0, 2)?, Keep::Nothing, &mut |entry| {
        evidence.add_in_order(entry.date);
        let said = spoken(entry.body);
        let is_notice = said.is_none_or(|(_, text)| content(entry.form, text) == Content::Notice);
        if is_notice {
            let first: String = entry
                .body
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(300)
                .flat_map(char::to_lowercase)
                .collect();
            roll.has_group_notice |= GROUP_NOTICES.iter().any(|notice| first.contains(notice));
            if let Some((speaker, _)) = said.filter(|_| roll.speaker_of_notice.is_none())
                && ENCRYPTION.iter().any(|notice| first.contains(notice))
            {
                roll.speaker_of_notice = Some(trimmed(speaker).to_owned());
            }
        } else if let Some((sender, _)) = said {
            roll.add(&Sender::read(sender), &ours);
        }
        Ok(())
    });
    match ended {
        Err(Stop::Failed(ImportError::Io(error))) if Trouble::of(&error) != Some(Trouble::Cancelled) => {}
        ended => ended?,
    }
    Ok((evidence, roll))
}

/// A header and all that stands below it.
struct Entry<'a> {
    /// Which header of the file it is, from 1.
    src: u64,
    form: Form,
    date: [Part; 3],
    time: Option<NaiveTime>,
    /// What stands behind the header and below, without the last line end.
    body: &'a str,
    problem: Option<Problem>,
    /// How it stands in the file, where somebody wants to know that.
    raw: Option<&'a Kept>,
}

/// Reads a file's entries, one after the other.
fn entries(
    input: &mut dyn BufRead,
    keep: Keep,
    each: &mut dyn FnMut(&Entry<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut line = Vec::new();
    let mut gathered = Gathered { raw: keep.gather(), ..Gathered::default() };
    loop {
        line.clear();
        match std::io::Read::take(&mut *input, LONGEST as u64).read_until(b'\n', &mut line) {
            Ok(0) => return gathered.flush(each),
            Ok(_) => {}
            Err(error) => {
                // A torn message would be another one than the whole of it. It is whole when only what follows is wrong.
                if Trouble::of(&error).is_some_and(|trouble| trouble != Trouble::Cancelled) {
                    gathered.add(&line, false, each)?;
                    gathered.flush(each)?;
                }
                return Err(error.into());
            }
        }
        let is_cut = line.len() == LONGEST && !line.ends_with(b"\n");
        if is_cut {
            skip_line(input)?;
        }
        gathered.add(&line, is_cut, each)?;
    }
}

/// The entry whose lines are being read.
#[derive(Default)]
struct Gathered {
    src: u64,
    /// Its form, date and time; none above the first header.
    head: Option<(Form, [Part; 3], Option<NaiveTime>)>,
    body: String,
    problem: Option<Problem>,
    raw: Option<Kept>,
}

impl Gathered {
    fn add(
        &mut self,
        line: &[u8],
        is_cut: bool,
        each: &mut dyn FnMut(&Entry<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = String::from_utf8_lossy(line);
        if let Some(header) = header::parse(&text) {
            self.flush(each)?;
            self.src += 1;
            self.head = Some((header.form, header.date, header.time));
            self.body.push_str(header.rest);
        } else if self.head.is_some() && self.body.len() + text.len() < LONGEST {
            self.body.push('\n');
            self.body.push_str(&text);
        } else if self.head.is_some() {
            self.problem = Some(Problem::TooLarge);
        }
        if let Some(raw) = self.raw.as_mut().filter(|_| self.head.is_some()) {
            raw.push(line);
            raw.push(b"\n");
        }
        if is_cut {
            self.problem = Some(Problem::TooLarge);
        } else if matches!(text, Cow::Owned(_)) {
            self.problem = self.problem.or(Some(Problem::BadEncoding));
        }
        Ok(())
    }

    fn flush(&mut self, each: &mut dyn FnMut(&Entry<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        let problem = self.problem.take();
        let Some((form, date, time)) = self.head.take() else { return Ok(()) };
        let raw = self.raw.as_ref();
        let done = each(&Entry { src: self.src, form, date, time, body: &self.body, problem, raw });
        self.body.clear();
        if let Some(raw) = &mut self.raw {
            raw.clear();
        }
        done
    }
}

/// Turns entries into records.
struct Reader<'a> {
    who: &'a Who,
    options: &'a Options,
    order: super::dates::DateOrder,
    /// The moment of the entry above.
    above: Option<Time>,
    counts: Counts,
}

impl Reader<'_> {
    fn item(&mut self, entry: &Entry<'_>) -> Item {
        let src = entry.src;
        if let Some(problem) = entry.problem {
            return Item::Wrong(src, problem, entry.raw.map(Kept::raw));
        }
        let local = day(entry.date, self.order).zip(entry.time).map(|(day, time)| day.and_time(time));
        let at = local.and_then(|local| moment(local, self.options.zone, self.above));
        let Some((local, at)) = local.zip(at.filter(|at| is_storable(*at))) else {
            return Item::Wrong(src, Problem::BadDate, entry.raw.map(Kept::raw));
        };
        self.above = Some(at);
        let Some((sender, text)) = spoken(entry.body) else { return Item::Skipped(src, Skip::System) };
        match content(entry.form, text) {
            Content::Notice => Item::Skipped(src, Skip::System),
            Content::Deleted => Item::Skipped(src, Skip::Deleted),
            Content::Message { text, attachments } => {
                let sender = Sender::read(sender);
                let outgoing = self.who.me.as_ref() == Some(&sender.name);
                let same = self.same(local, if outgoing { "" } else { &sender.name }, &text);
                let (urn, name, whose) = self.parties(sender, outgoing);
                Item::Found(
                    src,
                    Box::new(Record::Message(MessageRecord {
                        direction: if outgoing { Direction::Out } else { Direction::In },
                        urn,
                        countryless: None,
                        name,
                        text,
                        attachments,
                        time: at,
                        sent_time: None,
                        status: if outgoing { Status::Sent } else { Status::Handled },
                        was_unfinished: false,
                        external_id: None,
                        same: Some(same),
                        origin: None,
                        whose: Some(Box::new(whose)),
                    })),
                )
            }
        }
    }

    /// The sender's address and name, and the contact whose conversation it is. The owner's own address is nobody's.
    fn parties(&self, sender: Sender, outgoing: bool) -> (Option<Urn>, Option<String>, Whose) {
        let number = self.options.number.clone();
        let is_number = sender.urn.is_some();
        let (own, whose) = match &self.who.talk {
            Talk::Group { name, key } if outgoing => {
                let uuid = uuid_of_name(&format!(
                    "whatsapp group {key}\n{}",
                    if key.is_empty() { name } else { "" }
                ));
                (None, Whose { uuid: Some(uuid), urn: None, name: Some(name.clone()) })
            }
            Talk::Group { .. } => (sender.urn.clone(), contact(&sender, None)),
            Talk::With(other) => {
                let given = sender.urn.clone().or_else(|| number.clone());
                (given, contact(other, number))
            }
        };
        let urn = own.filter(|_| !outgoing);
        let name = (!is_number || outgoing).then_some(sender.name);
        (urn, name, whose)
    }

    /// What makes it the same record again. The owner has no name there, so that another one changes nothing.
    fn same(&mut self, local: NaiveDateTime, sender: &str, text: &str) -> String {
        let occurrence = self.counts.next(local, sender, text);
        let chat = match &self.who.talk {
            Talk::With(other) => format!("with {}", other.name),
            Talk::Group { key, .. } => format!("group {key}"),
        };
        format!("whatsapp {chat}\n{local}\n{sender}\n{occurrence}\n{text}")
    }
}

/// The contact of somebody who writes. A name goes on as the same contact when its number is given.
fn contact(sender: &Sender, number: Option<Urn>) -> Whose {
    match &sender.urn {
        Some(urn) => Whose { uuid: None, urn: Some(urn.clone()), name: None },
        None => {
            Whose { uuid: Some(uuid_of_name(&sender.name)), urn: number, name: Some(sender.name.clone()) }
        }
    }
}

/// How often a message occurred already at a shown time.
#[derive(Default)]
struct Counts {
    times: HashMap<NaiveDateTime, HashMap<u64, u32>>,
    /// In the order in which they were met.
    met: VecDeque<NaiveDateTime>,
    counted: usize,
}

impl Counts {
    fn next(&mut self, at: NaiveDateTime, sender: &str, text: &str) -> u32 {
        if !self.times.contains_key(&at) {
            self.met.push_back(at);
        }
        while self.met.len() > MOST_TIMES || (self.counted >= MOST_COUNTED && self.met.len() > 1) {
            let oldest = self.met.pop_front().and_then(|oldest| self.times.remove(&oldest));
            self.counted -= oldest.map_or(0, |oldest| oldest.len());
        }
        let there = self.times.entry(at).or_default();
        if self.counted >= MOST_COUNTED {
            self.counted -= there.len();
            there.clear();
        }
        let mut hash = Xxh3::new();
        hash.update(sender.as_bytes());
        hash.update(b"\n");
        hash.update(text.as_bytes());
        let count = there.entry(hash.digest()).or_insert_with(|| {
            self.counted += 1;
            0
        });
        let occurrence = *count;
        *count += 1;
        occurrence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_of_one_time_are_counted_also_when_other_times_come_between() {
        let mut counts = Counts::default();
        let at = |minute| NaiveDateTime::default() + chrono::Duration::minutes(minute);
        let met: Vec<u32> = [(0, "a"), (0, "b"), (0, "a"), (1, "a"), (0, "a"), (1, "a")]
            .map(|(m, text)| counts.next(at(m), "x", text))
            .to_vec();
        assert_eq!(met, [0, 0, 1, 0, 2, 1]);
        for minute in 0..5000 {
            counts.next(at(minute), "x", "c");
        }
        assert_eq!(
            (counts.times.len(), counts.met.len(), counts.counted),
            (MOST_TIMES, MOST_TIMES, MOST_TIMES)
        );
        let mut counts = Counts::default();
        for n in 0..MOST_COUNTED + 10 {
            counts.next(at(0), "x", &n.to_string());
        }
        assert_eq!(counts.counted, 10, "it does not grow without end");
    }

    #[test]
    fn what_begins_like_an_export_is_told_from_notes_and_logs() {
        for text in [
            "1/5/23, 08:10 - Ana: Hola",
            "\u{200e}[01/05/2023, 08:10:00] Ana: Hola",
            "\n\n1/5/23, 08:10 - notice\n",
            "a line of the message above\n1/5/23, 08:10 - Ana: Hola",
            "\u{200e}[2023-05-01 08:10:00] Ana: \u{200e}Meddelanden och samtal",
        ] {
            assert!(begins_like_one(text.as_bytes()), "{text}");
        }
        for text in [
            "1/5/23 dentist\n2/5/23, 10:00 shop\n3/5/23, 08:10-09:00 x",
            "[2023-05-01 08:10:00] local.ERROR: x",
            "2023-05-01 08:10:00 - app - INFO: x",
            "a\nb\nc\nd\ne\n1/5/23, 08:10 - Ana: Hola",
        ] {
            assert!(!begins_like_one(text.as_bytes()), "{text}");
        }
    }
}
