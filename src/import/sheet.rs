//! Message exports of RapidPro, TextIt and Weni: a workbook, or what people save it as.
//!
//! Columns are found by their headers, of which there are two generations. Dates name no zone, and in text not even which
//! number is the day, so that the whole column is looked at first. Rows have no key: what makes one the same again is
//! everything that a later export cannot tell otherwise, and the how-many-eth of its like it is. A status, a name, labels
//! and fields of the contact do change.

use std::io::{BufRead, Cursor, Error, ErrorKind, Read};

use chrono::{Duration, NaiveDateTime};
use chrono_tz::Tz;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::android::read_address;
use super::archive;
use super::csv::{self, Dialect};
use super::dates::{DateOrder, Evidence};
use super::input::{Again, Trouble};
use super::local::{Course, LocalClock, Running};
use super::raw::{Keep, Raw};
use super::record::{
    Item, MessageRecord, Origin, Problem, Record, UNKNOWN_TYPE, clean_text, real_name, same_row, uuid_of,
};
use super::rows::{Each, Place, Row};
use super::shown::{self, Shown};
use super::xlsx::Workbook;
use super::zipped::ZipProblem;
use super::{ImportError, Options, Stop};
use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::folder::Folder;
use crate::domain::formula::unguarded;
use crate::domain::message::{Attachment, Direction, Kind, Visibility};
use crate::store::{StoreError, Tally, is_storable};

type Take<'a> = &'a mut dyn FnMut(Item) -> Result<(), Stop>;

/// How often a table is read.
const PASSES: u64 = 2;

/// How much of a table's beginning is looked at.
const LOOK: u64 = 64 << 10;

/// The headers of both generations, in lower case, but for those that are named after fields and groups.
const HEADERS: [(&str, What); 18] = [
    ("date", What::Date),
    ("contact uuid", What::Contact),
    ("contact name", What::Name),
    ("name", What::Name),
    ("urn scheme", What::Scheme),
    ("urn type", What::Scheme),
    ("urn value", What::Address),
    ("urn", What::Address),
    ("anon value", What::Anonymous),
    ("id", What::Anonymous),
    ("flow", What::Flow),
    ("direction", What::Direction),
    ("text", What::Text),
    ("attachments", What::Attachments),
    ("status", What::Status),
    ("channel", What::Channel),
    ("labels", What::Labels),
    // Only recado writes it.
    ("folder", What::Folder),
];

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Date,
    Contact,
    Name,
    Scheme,
    Address,
    Anonymous,
    Flow,
    Direction,
    Text,
    Attachments,
    Status,
    Channel,
    Labels,
    Folder,
}

fn what(header: &str) -> Option<What> {
    let header = header.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').to_lowercase();
    HEADERS.iter().find(|(name, _)| *name == header).map(|(_, what)| *what)
}

/// Whether a file that begins so is a table with such columns.
pub(super) fn is_export(start: &[u8]) -> bool {
    let (_, first) = Dialect::told_from(start, |cell| what(cell).is_some());
    let known: Vec<What> = first.iter().filter_map(|cell| what(cell)).collect();
    known.contains(&What::Direction) && known.len() > 3
}

/// Where a sheet's columns are.
struct Columns {
    list: Vec<(What, usize)>,
    width: usize,
    /// Behind the last column that has a name, and behind the last one that every row needs.
    named: usize,
    needed: usize,
}

impl Columns {
    fn find(header: &Row) -> Result<Self, ImportError> {
        let mut list: Vec<(What, usize)> = Vec::new();
        for (column, name) in header.cells.iter().enumerate() {
            let Some(what) = what(name) else { continue };
            if list.iter().any(|(there, _)| *there == what) {
                // Somebody's own columns may be called so: none of them is ours.
                if what == What::Folder {
                    list.retain(|(there, _)| *there != what);
                    continue;
                }
                return Err(ImportError::DoubledColumn(clean_text(name.trim())));
            }
            list.push((what, column));
        }
        let has = |what| list.iter().any(|(there, _)| *there == what);
        let needed = [
            ("Date", has(What::Date)),
            ("Contact UUID", has(What::Contact) || (has(What::Scheme) && has(What::Address))),
            ("Direction", has(What::Direction)),
            ("Text", has(What::Text)),
            ("Status", has(What::Status)),
        ];
        let missing: Vec<&str> =
            needed.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
        if missing.is_empty() {
            let named = header.cells.iter().rposition(|name| !name.trim().is_empty());
            let needs = |what| {
                matches!(what, What::Date | What::Direction | What::Text | What::Status | What::Contact)
            };
            let needed = list.iter().filter(|(what, _)| needs(*what)).map(|(_, at)| at + 1).max();
            Ok(Self {
                list,
                width: header.cells.len(),
                named: named.map_or(0, |at| at + 1),
                needed: needed.unwrap_or(0),
            })
        } else {
            Err(ImportError::MissingColumns(missing))
        }
    }

    /// A row without an end that lacks cells was cut off with the file.
    fn is_whole(&self, row: &Row) -> Result<(), Stop> {
        if row.is_unended && row.flaw.is_none() && row.cells.len() < self.named {
            return Err(Error::from(ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }

    /// What a row has in a column, as the platform had it.
    fn get(&self, row: &Row, what: What) -> String {
        let cell = self.list.iter().find(|(there, _)| *there == what).map_or("", |(_, at)| row.cell(*at));
        // What begins with `=` has a `'` before it, so that no spreadsheet computes it; in a table of our own, which alone has
        // that column, whatever would be computed.
        let is_own = self.list.iter().any(|(there, _)| *there == What::Folder);
        clean_text(if is_own {
            unguarded(cell)
        } else if cell.starts_with("'=") {
            cell.get(1..).unwrap_or_default()
        } else {
            cell
        })
    }
}

/// A table, as a file.
enum Table<'a> {
    Text(Dialect),
    Workbook(Box<Workbook<'a>>),
}

impl<'a> Table<'a> {
    fn that_begins_so(start: &[u8], again: &'a Again) -> Result<Self, ImportError> {
        if !start.starts_with(b"PK") {
            return Ok(Self::Text(Dialect::told_from(start, |cell| what(cell).is_some()).0));
        }
        match Workbook::open(again) {
            Ok(workbook) => Ok(Self::Workbook(Box::new(workbook))),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Cancelled) => Err(Error::other(Trouble::Cancelled).into()),
        }
    }

    fn since_1904(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Workbook(workbook) => workbook.since_1904,
        }
    }

    fn rows(&mut self, input: &mut dyn BufRead, keep: Keep, each: Each<'_>) -> Result<(), Stop> {
        match self {
            Self::Text(dialect) => csv::table(input, *dialect, keep, each),
            Self::Workbook(workbook) => workbook.rows(is_messages, each),
        }
    }
}

/// Whether a sheet is one of those that the platform writes: `Messages`, `Messages 2`, `Messages (2)`.
fn is_messages(sheet: &str) -> bool {
    let Some(number) = sheet.trim().strip_prefix("Messages") else { return false };
    let number = number.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
    number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Looks whether a table that begins so has the columns that it needs, before anything is made for it.
pub(super) fn check(start: &[u8], again: &Again) -> Result<(), ImportError> {
    let mut found = None;
    let mut look = |_: Place, row: &Row| {
        found = Some(Columns::find(row).map(|_| ()));
        // The first row is enough.
        Err(Stop::Cancelled)
    };
    let mut table = Table::that_begins_so(start, again)?;
    let ended = table.rows(&mut &*start, Keep::Nothing, &mut look);
    match (found, ended) {
        (Some(found), _) => found,
        (None, Ok(()) | Err(Stop::Cancelled)) => Err(ImportError::Empty),
        (None, Err(Stop::Failed(ImportError::Io(error)))) => match Trouble::of(&error) {
            Some(Trouble::Unfolds) => Err(ZipProblem::Bomb.into()),
            // What else cannot be read is told when it is read.
            _ => Ok(()),
        },
        (None, Err(Stop::Failed(error))) => Err(error),
    }
}

/// Reads the messages of an export.
pub(super) fn messages(
    again: &Again,
    options: &Options,
    keep: Keep,
    is_order_guessed: &mut bool,
    take: Take<'_>,
) -> Result<(), Stop> {
    let mut input = again.pass(0, PASSES)?;
    let mut start = Vec::new();
    let torn = (&mut input).take(LOOK).read_to_end(&mut start).err();
    let mut table = Table::that_begins_so(&start, again)?;
    let mut dates = Dates::new(options.zone, table.since_1904());
    let surveyed = match torn {
        Some(error) => {
            table
                .rows(&mut Cursor::new(start), Keep::Nothing, &mut |place, row| dates.look_at(place, row))?;
            Err(error.into())
        }
        None => table.rows(&mut Cursor::new(start).chain(input), Keep::Nothing, &mut |place, row| {
            dates.look_at(place, row)
        }),
    };
    match surveyed {
        // A file that ends wrongly does so again, and then its rows are taken.
        Ok(()) | Err(Stop::Failed(ImportError::Io(_))) => {}
        Err(other) => return Err(other),
    }
    if dates.columns.is_none() {
        return Err(surveyed.err().unwrap_or(ImportError::Empty.into()));
    }
    let decided = dates.seen.decide(options.date_order);
    *is_order_guessed = decided.is_guess;
    let mut reader = Reader::new(&dates, decided.order, matches!(table, Table::Text(_)), options, keep);
    let mut input = again.pass(1, PASSES)?;
    table.rows(&mut input, keep, &mut |place, row| match (place, &reader.columns) {
        (Place::Header, _) | (_, None) => {
            reader.columns = Some(Columns::find(row)?);
            reader.raw(row).map_or(Ok(()), |header| take(Item::Header(header)))
        }
        (Place::Data, Some(columns)) => {
            columns.is_whole(row)?;
            take(reader.read(row)?)
        }
    })
}

/// What the dates of a file show together.
struct Dates {
    columns: Option<Columns>,
    since_1904: bool,
    seen: Evidence,
    /// One for each order.
    courses: [Course; 3],
}

impl Dates {
    fn new(zone: Tz, since_1904: bool) -> Self {
        Self { columns: None, since_1904, seen: Evidence::default(), courses: [Course::new(zone); 3] }
    }

    fn look_at(&mut self, place: Place, row: &Row) -> Result<(), Stop> {
        let columns = match (place, self.columns.take()) {
            (Place::Header, _) | (_, None) => {
                self.columns = Some(Columns::find(row)?);
                return Ok(());
            }
            (Place::Data, Some(columns)) => columns,
        };
        if columns.is_whole(row).is_ok()
            && let Some(moment) = Moment::read(&columns.get(row, What::Date), self.since_1904)
        {
            if let Moment::Text(shown) = &moment
                && let [day, month, _] = shown.parts
                && day.value != month.value
            {
                // Two numbers that are the same are one day in either order.
                self.seen.add(shown.parts);
            }
            for (order, course) in DateOrder::ALL.into_iter().zip(&mut self.courses) {
                if let Some(local) = moment.local(order) {
                    course.look_at(local);
                }
            }
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn running(&self, order: DateOrder) -> Running {
        let mut courses = DateOrder::ALL.into_iter().zip(self.courses);
        courses.find(|(there, _)| *there == order).map_or(Running::Unordered, |(_, course)| course.running())
    }
}

/// What a cell of the column of dates holds.
enum Moment {
    /// A spreadsheet's own date.
    Days(NaiveDateTime),
    Text(Shown),
}

impl Moment {
    fn read(cell: &str, since_1904: bool) -> Option<Self> {
        if let Some(shown) = Shown::read(cell) {
            return Some(Self::Text(shown));
        }
        let days: f64 = cell.trim().replace(',', ".").parse().ok()?;
        shown::of_days(days, since_1904).map(Self::Days)
    }

    fn local(&self, order: DateOrder) -> Option<NaiveDateTime> {
        match self {
            Self::Days(local) => Some(*local),
            Self::Text(shown) => shown.local(order),
        }
    }

    fn offset(&self) -> Option<i32> {
        match self {
            Self::Days(_) => None,
            Self::Text(shown) => shown.offset,
        }
    }
}

struct Reader<'a> {
    options: &'a Options,
    keep: Keep,
    columns: Option<Columns>,
    is_text: bool,
    since_1904: bool,
    order: DateOrder,
    clock: LocalClock,
    alike: Alike,
    src: u64,
}

impl<'a> Reader<'a> {
    fn new(dates: &Dates, order: DateOrder, is_text: bool, options: &'a Options, keep: Keep) -> Self {
        let running = dates.running(order);
        Self {
            options,
            keep,
            columns: None,
            is_text,
            since_1904: dates.since_1904,
            order,
            clock: LocalClock::new(options.zone, running, Duration::zero()),
            alike: Alike { running, at: None, counts: Tally::default() },
            src: 0,
        }
    }

    fn read(&mut self, row: &Row) -> Result<Item, StoreError> {
        self.src += 1;
        let mut record = match self.message(row) {
            Ok(record) => record,
            Err(problem) => return Ok(Item::Wrong(self.src, problem, self.raw(row))),
        };
        if let Some(same) = &mut record.same {
            let count = self.alike.count(record.time, same)?;
            *same = format!("{same} {count}");
        }
        Ok(if row.is_misencoded {
            Item::Wrong(self.src, Problem::BadEncoding, self.raw(row))
        } else {
            Item::Found(self.src, Box::new(Record::Message(record)))
        })
    }

    /// How a row stands in the file; one of a workbook as a line of text, with days counted as everywhere else.
    fn raw(&self, row: &Row) -> Option<Raw> {
        if let Some(raw) = &row.raw {
            return Some(raw.raw());
        }
        let columns = self.columns.as_ref().filter(|_| self.keep == Keep::Raw)?;
        let mut row = Row { cells: row.cells.clone(), ..Row::default() };
        let date = columns.list.iter().find(|(what, _)| *what == What::Date).map(|(_, at)| *at);
        if self.since_1904
            && let Some(cell) = date.and_then(|at| row.cells.get_mut(at))
            && let Ok(days) = cell.trim().parse::<f64>()
        {
            *cell = (days + shown::DAYS_TO_1904).to_string();
        }
        self.keep.cells(&row, columns.width)
    }

    /// A row's message; what makes it the same again is not yet told from those that are alike.
    fn message(&mut self, row: &Row) -> Result<MessageRecord, Problem> {
        let columns = self.columns.as_ref().ok_or(Problem::BadRow)?;
        if let Some(flaw) = row.flaw {
            return Err(flaw);
        }
        // A delimiter in a text that nobody quoted has moved the other cells. In a workbook it is somebody's note.
        // Where spreadsheets write text, rows may end before empty cells, but not before one that is never empty.
        if self.is_text && !(columns.needed..=columns.width).contains(&row.cells.len()) {
            return Err(Problem::BadRow);
        }
        let get = |what| columns.get(row, what);
        let shown = Moment::read(&get(What::Date), self.since_1904).ok_or(Problem::BadDate)?;
        let local = shown.local(self.order).ok_or(Problem::BadDate)?;
        let time = match shown.offset() {
            Some(east) => local.checked_sub_signed(Duration::seconds(east.into())).map(|utc| utc.and_utc()),
            None => self.clock.read(local),
        };
        let time = time.filter(|time| is_storable(*time)).ok_or(Problem::BadDate)?;
        let direction = match get(What::Direction).trim().to_lowercase().as_str() {
            "in" => Direction::In,
            "out" => Direction::Out,
            _ => return Err(Problem::BadDirection),
        };
        let contact_uuid: Option<Uuid> = get(What::Contact).trim().parse().ok();
        let address = address(&get(What::Scheme), &get(What::Address), self.options);
        if contact_uuid.is_none() && address.is_none() {
            return Err(Problem::MissingContact);
        }
        let (urn, countryless) = address.unzip();
        let status = get(What::Status).trim().to_lowercase();
        let (status, was_unfinished) = archive::status(direction, Some(&status), None);
        let is_archived = direction == Direction::In && get(What::Folder) == Folder::Archived.id();
        let text = get(What::Text);
        let attachments = get(What::Attachments);
        let who = contact_uuid.map_or_else(
            || format!("{}:{}", get(What::Scheme).trim(), get(What::Address).trim()),
            |uuid| uuid.to_string(),
        );
        // Programs turn line ends round.
        let said = format!("{attachments}\n{text}").replace("\r\n", "\n");
        let alike =
            same_row("sheet", &format!("{who} {} {local} {} {said}", time.timestamp(), direction.name()));
        let named = |what, kind| {
            let name = columns.get(row, what);
            real_name(name.trim()).map(|name| (uuid_of(kind, &name), name))
        };
        Ok(MessageRecord {
            direction,
            urn,
            countryless: countryless.flatten(),
            name: real_name(&get(What::Name)),
            text,
            attachments: parts(&attachments)
                .map(|url| Attachment { content_type: UNKNOWN_TYPE.to_owned(), url: url.to_owned() })
                .collect(),
            time,
            sent_time: None,
            status,
            was_unfinished,
            external_id: None,
            same: Some(alike),
            whose: None,
            origin: Some(Origin {
                uuid: None,
                id: None,
                contact_uuid,
                channel: named(What::Channel, "channel"),
                flow: named(What::Flow, "flow"),
                own: None,
                labels: parts(&get(What::Labels))
                    .filter_map(archive::label_name)
                    .map(|name| (None, name))
                    .collect(),
                visibility: is_archived.then_some(Visibility::Archived),
                kind: Kind::Text,
            }),
        })
    }
}

/// What is joined by a comma and a blank. A comma alone belongs to a part.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ").map(str::trim).filter(|part| !part.is_empty())
}

/// An address, and what it would be if nobody had named a country. A number that a spreadsheet has rounded is none.
fn address(scheme: &str, value: &str, options: &Options) -> Option<(Urn, Option<Urn>)> {
    let (scheme, value) = (clean_line(scheme).to_lowercase(), clean_line(value));
    if scheme.is_empty() || value.is_empty() || is_rounded(&value) {
        return None;
    }
    if scheme == "tel" {
        return read_address(&value, options).ok();
    }
    Urn::parse(&format!("{scheme}:{value}"), None).ok().map(|urn| (urn, None))
}

fn clean_line(cell: &str) -> String {
    cell.trim().chars().filter(|c| !c.is_control()).collect()
}

/// Whether this is a number such as `5,5119E+12`.
fn is_rounded(value: &str) -> bool {
    let Some((digits, exponent)) = value.split_once(['E', 'e']) else { return false };
    let digits =
        digits.strip_prefix(|c: char| c.is_ascii_digit()).and_then(|rest| rest.strip_prefix(['.', ',']));
    let exponent = exponent.strip_prefix('+');
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.is_some_and(is_number) && exponent.is_some_and(is_number)
}

/// Counts the rows that are alike. In a file whose rows are in the order of time those of other moments can be forgotten.
struct Alike {
    running: Running,
    at: Option<Time>,
    counts: Tally,
}

impl Alike {
    fn count(&mut self, time: Time, row: &str) -> Result<u32, StoreError> {
        if self.running != Running::Unordered && self.at.replace(time) != Some(time) {
            self.counts.clear();
        }
        self.counts.count(xxh3_64(row.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_and_rounded_numbers_are_told() {
        for name in ["Messages", "Messages 1", "Messages 12", "Messages (2)"] {
            assert!(is_messages(name), "{name}");
        }
        for name in ["", "Runs", "Messages sent", "My Messages"] {
            assert!(!is_messages(name), "{name}");
        }
        assert!(is_rounded("5,5119E+12") && is_rounded("5.51190000594e+12"));
        assert!(
            !is_rounded("5511900005940") && !is_rounded("E+1") && !is_rounded("bE+1") && !is_rounded("12E5")
        );
        assert_eq!(
            parts("https://a/b,c.png, https://d").collect::<Vec<_>>(),
            ["https://a/b,c.png", "https://d"]
        );
    }
}
