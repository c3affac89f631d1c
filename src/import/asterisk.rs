//! Call records of Asterisk, `Master.csv`, and those of FreePBX, which have a header.
//!
//! How many columns there are depends on the settings of the exchange. A record is a line: one with a quote that is never
//! closed must not swallow the rest of the file. A moment of no answer is nothing at all between two commas.

use std::collections::HashSet;
use std::io::BufRead;

use xxhash_rust::xxh3::xxh3_64;

use super::calls::{
    ExchangeClock, Quotes, address, direction, fields, is_private, is_the_number, quoted_name, stamp,
    stamp_or_nothing,
};
use super::lines::{Line, Lines};
use super::raw::Keep;
use super::record::{CallRecord, Item, Problem, Record, Skip, clean_text, real_name, same_row};
use super::{ImportError, Options, Stop};
use crate::domain::call::Outcome;
use crate::domain::message::Direction;

/// How many calls without a number are remembered.
const MOST_PRIVATE: usize = 1 << 20;

/// Whether a line is the header of a FreePBX file.
pub(super) fn is_header(line: &str) -> bool {
    delimiter(line).is_some()
}

/// Looks whether the header of a file that begins so, where there is one, has the names that it needs.
pub(super) fn check(start: &[u8]) -> Result<(), ImportError> {
    let text = String::from_utf8_lossy(start);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    delimiter(first).map_or(Ok(()), |delimiter| Columns::named(&names(first, delimiter)).map(|_| ()))
}

/// Whether a line is a record.
pub(super) fn is_record(line: &str) -> bool {
    fields(line, ',', Quotes::Doubled)
        .is_some_and(|fields| fields.len() >= 16 && fields.get(9).is_some_and(|start| stamp(start).is_some()))
}

/// Where the fields of a record are.
struct Columns {
    source: usize,
    target: usize,
    context: Option<usize>,
    caller: Option<usize>,
    start: usize,
    answer: Option<usize>,
    end: Option<usize>,
    duration: usize,
    talk: usize,
    outcome: usize,
    unique: Option<usize>,
}

/// The sign between the names of a header.
fn delimiter(line: &str) -> Option<char> {
    [',', ';', '\t'].into_iter().find(|delimiter| {
        let names = names(line, *delimiter);
        ["calldate", "src", "dst"].iter().all(|name| names.iter().any(|there| there == name))
    })
}

fn names(line: &str, delimiter: char) -> Vec<String> {
    let names = fields(line, delimiter, Quotes::Doubled).unwrap_or_default();
    names.iter().map(|name| name.trim().to_lowercase()).collect()
}

impl Columns {
    /// By the names of a header.
    fn named(names: &[String]) -> Result<Self, ImportError> {
        let mut missing = Vec::new();
        let find = |name: &str| names.iter().position(|there| there == name);
        let mut must = |name: &'static str| {
            find(name).unwrap_or_else(|| {
                missing.push(name);
                0
            })
        };
        let columns = Self {
            source: must("src"),
            target: must("dst"),
            context: find("dcontext"),
            caller: find("clid"),
            start: must("calldate"),
            answer: None,
            end: None,
            duration: must("duration"),
            talk: must("billsec"),
            outcome: must("disposition"),
            unique: find("uniqueid"),
        };
        let known =
            ["src", "dst", "dcontext", "clid", "calldate", "duration", "billsec", "disposition", "uniqueid"];
        let doubled = known.iter().find(|name| names.iter().filter(|there| there == *name).count() > 1);
        match doubled {
            Some(name) => Err(ImportError::DoubledColumn((*name).to_owned())),
            None if missing.is_empty() => Ok(columns),
            None => Err(ImportError::MissingColumns(missing)),
        }
    }

    /// By how many there are. The last ones are written or not: the exchange's own name for the call and a note, each on
    /// its own; and three newer ones.
    fn counted(fields: &[String]) -> Option<Self> {
        let unique = match fields.len() {
            0..16 => return None,
            16 | 19 => None,
            18 | 21 => Some(16),
            _ => Some(16).filter(|at| fields.get(*at).is_some_and(|field| began(field).is_some())),
        };
        Some(Self {
            source: 1,
            target: 2,
            context: Some(3),
            caller: Some(4),
            start: 9,
            answer: Some(10),
            end: Some(11),
            duration: 12,
            talk: 13,
            outcome: 14,
            unique,
        })
    }
}

/// The second in which the call began, of its name: `1685620805.0`, or `pbx-1685620805.0`.
fn began(unique: &str) -> Option<i64> {
    let (seconds, serial) = unique.trim().rsplit('-').next()?.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(serial) && is_number(seconds)).then(|| seconds.parse().ok())?
}

/// Reads the calls of a file.
pub(super) fn calls(
    input: &mut dyn BufRead,
    options: &Options,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut lines = Lines::new(input);
    let mut reader =
        Reader { options, clock: ExchangeClock::new(options.zone), header: None, private: HashSet::new() };
    let mut src = 0;
    let mut is_first = true;
    while let Some(line) = lines.next()? {
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(start) => {
                src += 1;
                take(Item::Wrong(src, Problem::BadRow, keep.cut(start)))?;
                continue;
            }
        };
        let text = String::from_utf8_lossy(line);
        if std::mem::take(&mut is_first)
            && let Some(delimiter) = delimiter(&text)
        {
            reader.header = Some((delimiter, Columns::named(&names(&text, delimiter))?));
            keep.raw(line).map_or(Ok(()), |header| take(Item::Header(header)))?;
            continue;
        }
        src += 1;
        let is_misencoded = matches!(text, std::borrow::Cow::Owned(_));
        take(match reader.call(&text) {
            Ok(_) if is_misencoded => Item::Wrong(src, Problem::BadEncoding, keep.raw(line)),
            Ok(call) => Item::Found(src, Box::new(Record::Call(call))),
            Err(Left::Wrong(problem)) => Item::Wrong(src, problem, keep.raw(line)),
            Err(Left::Skipped(reason)) => Item::Skipped(src, reason),
            Err(Left::Repeated) => Item::Repeated(src),
        })?;
    }
    Ok(())
}

/// Why a line gives no call.
enum Left {
    Wrong(Problem),
    Skipped(Skip),
    Repeated,
}

impl From<Problem> for Left {
    fn from(problem: Problem) -> Self {
        Self::Wrong(problem)
    }
}

struct Reader<'a> {
    options: &'a Options,
    clock: ExchangeClock,
    header: Option<(char, Columns)>,
    /// Calls without a number are not kept, but one that comes twice is told by another name.
    private: HashSet<u64>,
}

impl Reader<'_> {
    fn call(&mut self, line: &str) -> Result<CallRecord, Left> {
        let delimiter = self.header.as_ref().map_or(',', |(delimiter, _)| *delimiter);
        let fields = fields(line, delimiter, Quotes::Doubled).ok_or(Problem::BadRow)?;
        let counted;
        let columns = if let Some((_, columns)) = &self.header {
            columns
        } else {
            counted = Columns::counted(&fields).ok_or(Problem::BadRow)?;
            &counted
        };
        let field = |at: usize| fields.get(at).map_or("", String::as_str);
        let maybe = |at: Option<usize>| at.map_or("", field);
        let start = stamp(field(columns.start)).ok_or(Problem::BadRow)?;
        stamp_or_nothing(maybe(columns.answer)).ok_or(Problem::BadRow)?;
        let end = stamp_or_nothing(maybe(columns.end)).ok_or(Problem::BadRow)?;
        let seconds = field(columns.duration).trim().parse().map_err(|_| Problem::BadRow)?;
        let duration = field(columns.talk).trim().parse().map_err(|_| Problem::BadRow)?;
        let unique = maybe(columns.unique).trim();
        let time = self.clock.start(start, end, seconds, began(unique)).ok_or(Problem::BadRow)?;
        let (source, target) = (field(columns.source).trim(), field(columns.target).trim());
        let direction =
            direction(source, target, maybe(columns.context)).ok_or(Left::Skipped(Skip::InternalCall))?;
        let number = match direction {
            Direction::In => source,
            Direction::Out => target,
        };
        if is_private(number) {
            let is_new = self.private.len() >= MOST_PRIVATE || self.private.insert(xxh3_64(line.as_bytes()));
            return Err(if is_new { Left::Skipped(Skip::PrivateNumber) } else { Left::Repeated });
        }
        let (urn, countryless) = address(number, self.options).ok_or(Problem::BadAddress)?;
        let name = match direction {
            Direction::In => quoted_name(maybe(columns.caller)).filter(|name| !is_the_number(name, number)),
            Direction::Out => None,
        };
        Ok(CallRecord {
            direction,
            urn: Some(urn),
            countryless,
            name: name.and_then(real_name),
            time,
            duration,
            outcome: match field(columns.outcome).trim() {
                "ANSWERED" => Outcome::Answered,
                "NO ANSWER" => Outcome::Missed,
                "BUSY" => Outcome::Busy,
                _ => Outcome::Failed,
            },
            external_id: Some(clean_text(unique)).filter(|unique| !unique.is_empty()),
            source_type: "asterisk".to_owned(),
            own: None,
            same: Some(same_row("asterisk", line)),
        })
    }
}
