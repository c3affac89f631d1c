//! The columns of a table, and tables as values with commas between them.
//!
//! The headings are those of the platform's own export, in English whatever the language, so that what reads the one reads
//! the other. Moments are in the workspace's time zone and do not say so.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::{ExportError, Wanted, Writer};
use crate::domain::call::Call;
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::fold::fold;
use crate::domain::folder::Folder;
use crate::domain::formula::guarded;
use crate::domain::listing::{Place, Row};
use crate::domain::message::{Direction, Message};
use crate::domain::schedule::{Schedule, repeat_name};
use crate::domain::{ContactId, Time};
use crate::store::{ContactSheet, Store};

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A word of ours, or of an address.
    Word(Cow<'a, str>),
    /// What somebody wrote.
    Text(Cow<'a, str>),
    /// A moment, in the workspace's time zone.
    Moment(NaiveDateTime),
    /// A number.
    Number(u32),
}

impl<'a> Cell<'a> {
    fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(clean(text)) }
    }

    fn word(word: impl Into<Cow<'a, str>>) -> Self {
        let word = word.into();
        if word.is_empty() { Self::Empty } else { Self::Word(word) }
    }
}

/// Without control characters but line ends and tabs.
fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_harmful = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(is_harmful) { text.replace(is_harmful, "").into() } else { text }
}

/// What a table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Messages,
    Calls,
    Schedules,
}

impl Kind {
    /// What the rows of a place are.
    pub(super) fn of(place: Place) -> Self {
        match place {
            Place::Folder(Folder::Calls) => Self::Calls,
            Place::Folder(Folder::Schedules) => Self::Schedules,
            Place::Folder(_) | Place::Label(_) | Place::Everywhere => Self::Messages,
        }
    }

    /// The name of its sheets.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Messages => "Messages",
            Self::Calls => "Calls",
            Self::Schedules => "Schedules",
        }
    }
}

/// The columns of tables, and what is in them.
pub(super) struct Table {
    zone: Tz,
    fields: Vec<String>,
    groups: Vec<String>,
    /// What is known of the contacts of the rows before, where fields or groups are columns.
    sheets: HashMap<ContactId, ContactSheet>,
}

/// How many contacts are remembered.
const MOST_CONTACTS: usize = 10_000;

impl Table {
    pub(super) fn new(store: &Store, wanted: &Wanted) -> Self {
        Self {
            zone: store.zone(),
            fields: wanted.fields.clone(),
            groups: wanted.groups.clone(),
            sheets: HashMap::new(),
        }
    }

    /// The headings.
    pub(super) fn headings(&self, kind: Kind) -> Vec<String> {
        let contact = ["Contact UUID", "Contact Name", "URN Scheme", "URN Value"];
        let mut headings: Vec<String> = Vec::new();
        let mut add = |names: &[&str]| headings.extend(names.iter().map(|name| (*name).to_owned()));
        match kind {
            Kind::Messages => {
                add(&["Date"]);
                add(&contact);
                headings.extend(self.fields.iter().map(|field| format!("Field:{field}")));
                headings.extend(self.groups.iter().map(|group| format!("Group:{group}")));
                let more =
                    ["Flow", "Direction", "Text", "Attachments", "Status", "Channel", "Labels", "Folder"];
                headings.extend(more.map(str::to_owned));
            }
            Kind::Calls => {
                add(&["Date"]);
                add(&contact);
                add(&["Direction", "Outcome", "Duration", "Channel"]);
            }
            Kind::Schedules => {
                add(&["Next", "Last", "Repeat", "Paused", "Recipients", "Channel", "Text"]);
            }
        }
        headings
    }

    /// The values of a row.
    pub(super) fn cells<'a>(&mut self, store: &Store, row: &'a Row) -> Result<Vec<Cell<'a>>, ExportError> {
        Ok(match row {
            Row::Message(row) => self.message(store, &row.message)?,
            Row::Call(row) => self.call(&row.call),
            Row::Schedule(row) => self.schedule(&row.schedule),
        })
    }

    fn moment(&self, at: Time) -> Cell<'static> {
        let local = at.with_timezone(&self.zone).naive_local();
        Cell::Moment(chrono::SubsecRound::trunc_subsecs(local, 0))
    }

    fn message<'a>(&mut self, store: &Store, message: &'a Message) -> Result<Vec<Cell<'a>>, ExportError> {
        let mut cells = Vec::with_capacity(13 + self.fields.len() + self.groups.len());
        cells.push(self.moment(message.created_on));
        cells.extend(contact_cells(&message.contact, message.urn.as_ref()));
        if !self.fields.is_empty() || !self.groups.is_empty() {
            if self.sheets.len() > MOST_CONTACTS {
                self.sheets.clear();
            }
            let id = message.contact.id;
            let sheet = match self.sheets.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(store.contact_sheet(id)?),
            };
            for wanted in &self.fields {
                let mut fields = sheet.facts.fields.iter();
                let found = fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                cells.push(Cell::text(found.map(|(_, value)| value.clone()).unwrap_or_default()));
            }
            for wanted in &self.groups {
                let is_in = sheet.groups.iter().any(|name| fold(name) == fold(wanted));
                cells.push(Cell::word(if is_in { "true" } else { "false" }));
            }
        }
        let urls: Vec<&str> = message.attachments.iter().map(|attachment| attachment.url.as_str()).collect();
        let labels: Vec<&str> = message.labels.iter().map(|label| label.name.as_str()).collect();
        cells.extend([
            Cell::text(message.flow.as_ref().map_or("", |flow| flow.name.as_str())),
            direction(message.standing.direction),
            Cell::text(message.text.as_str()),
            Cell::text(urls.join(", ")),
            Cell::word(message.standing.status.name()),
            Cell::text(message.channel.as_ref().map_or("", |channel| channel.name.as_str())),
            Cell::text(labels.join(", ")),
            Cell::word(message.folder().map_or("", Folder::id)),
        ]);
        Ok(cells)
    }

    fn call<'a>(&self, call: &'a Call) -> Vec<Cell<'a>> {
        let mut cells = vec![self.moment(call.occurred_on)];
        cells.extend(contact_cells(&call.contact, call.urn.as_ref()));
        cells.extend([
            direction(call.direction),
            Cell::word(call.outcome.name()),
            call.duration.map_or(Cell::Empty, Cell::Number),
            Cell::text(call.channel.as_ref().map_or("", |channel| channel.name.as_str())),
        ]);
        cells
    }

    fn schedule<'a>(&self, schedule: &'a Schedule) -> Vec<Cell<'a>> {
        let recipients: Vec<&str> = schedule
            .recipients
            .iter()
            .map(|one| if one.name.is_empty() { one.national.as_str() } else { one.name.as_str() })
            .collect();
        vec![
            schedule.next_fire.map_or(Cell::Empty, |at| self.moment(at)),
            schedule.last_fire.map_or(Cell::Empty, |at| self.moment(at)),
            Cell::word(repeat_name(schedule.timing.repeat)),
            Cell::word(if schedule.paused { "true" } else { "false" }),
            Cell::text(recipients.join(", ")),
            Cell::text(schedule.channel.as_ref().map_or("", |channel| channel.name.as_str())),
            Cell::text(schedule.text.as_str()),
        ]
    }
}

fn contact_cells<'a>(contact: &'a ContactRef, urn: Option<&'a Urn>) -> [Cell<'a>; 4] {
    [
        Cell::word(contact.uuid.to_string()),
        Cell::text(contact.name.as_str()),
        Cell::word(urn.map_or("", Urn::scheme)),
        Cell::text(urn.map_or("", Urn::path)),
    ]
}

fn direction(direction: Direction) -> Cell<'static> {
    Cell::word(match direction {
        Direction::In => "IN",
        Direction::Out => "OUT",
    })
}

/// A table as values with commas between them: RFC 4180, UTF-8.
pub(super) struct Csv<W: Write> {
    out: csv::Writer<W>,
    table: Table,
    has_headings: bool,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W, store: &Store, wanted: &Wanted) -> Self {
        let out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        Self { out, table: Table::new(store, wanted), has_headings: false }
    }
}

fn told(error: csv::Error) -> ExportError {
    let said = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        return error.into();
    }
    std::io::Error::other(said).into()
}

impl<W: Write> Writer for Csv<W> {
    fn begin(&mut self, _: &Store, _: &Wanted) -> Result<(), ExportError> {
        Ok(())
    }

    fn rows(&mut self, store: &Store, place: Place, rows: &[Row]) -> Result<(), ExportError> {
        if !self.has_headings {
            self.has_headings = true;
            self.out.write_record(self.table.headings(Kind::of(place))).map_err(told)?;
        }
        for row in rows {
            for cell in self.table.cells(store, row)? {
                match cell {
                    Cell::Empty => self.out.write_field(""),
                    Cell::Word(word) => self.out.write_field(word.as_ref()),
                    Cell::Text(text) => self.out.write_field(guarded(text).as_ref()),
                    Cell::Moment(at) => self.out.write_field(at.format("%Y-%m-%d %H:%M:%S").to_string()),
                    Cell::Number(number) => self.out.write_field(number.to_string()),
                }
                .map_err(told)?;
            }
            self.out.write_record(None::<&[u8]>).map_err(told)?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Store, _: &Wanted) -> Result<u64, ExportError> {
        self.out.flush()?;
        Ok(0)
    }
}
