//! Call records of FreeSWITCH, `cdr-csv`, by the three templates that come with it: `example`, `snom` and `asterisk`.
//!
//! All fields are quoted and quotes within them are not escaped. Each of the two legs of a call may have a row of its own,
//! before or after the other's: the leg that names another one is the call, and the one that is named is left out. So the
//! file is read twice.

use std::borrow::Cow;
use std::io::BufRead;

use chrono::NaiveDateTime;
use xxhash_rust::xxh3::xxh3_64;

use super::calls::{
    ExchangeClock, Quotes, address, direction, fields, is_private, is_the_number, quoted_name, stamp,
    stamp_or_nothing,
};
use super::input::Again;
use super::lines::{Line, Lines};
use super::raw::Keep;
use super::record::{CallRecord, Item, Problem, Record, Skip, clean_text, real_name, same_row};
use super::{Options, Stop};
use crate::domain::call::Outcome;
use crate::domain::contact::Urn;
use crate::domain::message::Direction;

/// What a row says.
struct Row {
    name: String,
    source: String,
    target: String,
    context: String,
    start: NaiveDateTime,
    end: Option<NaiveDateTime>,
    seconds: u32,
    talk: u32,
    cause: String,
    uuid: String,
    other_leg: String,
}

/// Whether a line is a record.
pub(super) fn is_record(line: &str) -> bool {
    let Some(fields) = fields(line, ',', Quotes::Plain) else { return false };
    let at = |at: usize| fields.get(at).map_or("", String::as_str);
    if fields.len() >= 15 && stamp(at(4)).is_some() {
        return true;
    }
    // Asterisk's own records look the same but for the words of how it ended.
    let cause = at(14);
    let is_cause = cause.contains('_') || matches!(cause, "NONE" | "INTERWORKING" | "EXCHANGE_ROUTING_ERROR");
    fields.len() >= 17 && stamp(at(9)).is_some() && is_cause
}

fn row(line: &str) -> Option<Row> {
    let fields = fields(line, ',', Quotes::Plain)?;
    let field = |at: usize| fields.get(at).map_or("", |field| field.trim());
    let is_like_asterisk = fields.len() >= 17 && stamp(field(9)).is_some();
    let [source, target, context, start, answer, end, seconds, talk, cause, uuid] = if is_like_asterisk {
        [1, 2, 3, 9, 10, 11, 12, 13, 14, 16]
    } else if fields.len() >= 15 {
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    } else {
        return None;
    };
    stamp_or_nothing(field(answer))?;
    let name = if is_like_asterisk { quoted_name(field(4)).unwrap_or_default() } else { field(0) };
    Some(Row {
        name: name.to_owned(),
        source: field(source).to_owned(),
        target: field(target).to_owned(),
        context: field(context).to_owned(),
        start: stamp(field(start))?,
        end: stamp_or_nothing(field(end))?,
        seconds: field(seconds).parse().ok()?,
        talk: field(talk).parse().ok()?,
        cause: field(cause).to_owned(),
        uuid: clean_text(field(uuid)),
        other_leg: if is_like_asterisk { String::new() } else { clean_text(field(11)) },
    })
}

/// Why a row gives no call.
enum Left {
    Wrong(Problem),
    Skipped(Skip),
}

/// The other side of a row's call.
struct Side {
    direction: Direction,
    urn: Urn,
    countryless: Option<Urn>,
}

impl Row {
    fn side(&self, legs: Option<&Legs>, options: &Options) -> Result<Side, Left> {
        let direction =
            direction(&self.source, &self.target, &self.context).ok_or(Left::Skipped(Skip::InternalCall))?;
        if legs.is_some_and(|legs| legs.have_named(self)) {
            return Err(Left::Skipped(Skip::OtherLeg));
        }
        let number = match direction {
            Direction::In => &self.source,
            Direction::Out => &self.target,
        };
        if is_private(number) {
            return Err(Left::Skipped(Skip::PrivateNumber));
        }
        let (urn, countryless) = address(number, options).ok_or(Left::Wrong(Problem::BadAddress))?;
        Ok(Side { direction, urn, countryless })
    }

    fn call(
        self,
        line: &str,
        clock: &mut ExchangeClock,
        legs: &Legs,
        options: &Options,
    ) -> Result<CallRecord, Left> {
        let time =
            clock.start(self.start, self.end, self.seconds, None).ok_or(Left::Wrong(Problem::BadRow))?;
        let Side { direction, urn, countryless } = self.side(Some(legs), options)?;
        let name = match direction {
            Direction::In if !is_the_number(&self.name, &self.source) => real_name(&self.name),
            Direction::In | Direction::Out => None,
        };
        let same = if self.uuid.is_empty() { line } else { &self.uuid };
        Ok(CallRecord {
            direction,
            urn: Some(urn),
            countryless,
            name,
            time,
            duration: self.talk,
            outcome: outcome(self.talk, &self.cause),
            same: Some(same_row("freeswitch", same)),
            external_id: Some(self.uuid).filter(|uuid| !uuid.is_empty()),
            source_type: "freeswitch".to_owned(),
            own: None,
        })
    }
}

fn outcome(talk: u32, cause: &str) -> Outcome {
    match cause {
        _ if talk > 0 => Outcome::Answered,
        "USER_BUSY" => Outcome::Busy,
        "CALL_REJECTED" => Outcome::Rejected,
        "NORMAL_CLEARING" | "ORIGINATOR_CANCEL" | "NO_ANSWER" | "NO_USER_RESPONSE" => Outcome::Missed,
        _ => Outcome::Failed,
    }
}

/// The legs that others name: sixteen bytes for each call that was put through, a fifteenth of what its row takes in the
/// file.
#[derive(Default)]
struct Legs {
    list: Vec<Leg>,
}

/// A leg that a row names, and that row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Leg {
    named: u64,
    by: u32,
    start: u32,
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash")]
fn short(uuid: &str) -> u32 {
    xxh3_64(uuid.as_bytes()) as u32
}

fn second(start: NaiveDateTime) -> u32 {
    u32::try_from(start.and_utc().timestamp().max(0)).unwrap_or(u32::MAX)
}

impl Legs {
    /// Only a row that comes in itself stands for another one.
    fn read(&mut self, input: &mut dyn BufRead, options: &Options) -> std::io::Result<()> {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            let Line::Whole(line) = line else { continue };
            let row = std::str::from_utf8(line).ok().and_then(row);
            if let Some(row) = row.filter(|row| !row.other_leg.is_empty() && row.side(None, options).is_ok())
            {
                self.look_at(&row);
            }
        }
        Ok(())
    }

    fn look_at(&mut self, row: &Row) {
        if !row.other_leg.is_empty() && row.other_leg != row.uuid {
            let named = xxh3_64(row.other_leg.as_bytes());
            self.list.push(Leg { named, by: short(&row.uuid), start: second(row.start) });
        }
    }

    /// Whether another row is the same call. Of two that name each other it is the one that began first.
    fn have_named(&self, row: &Row) -> bool {
        if row.uuid.is_empty() {
            return false;
        }
        let named = xxh3_64(row.uuid.as_bytes());
        let from = self.list.partition_point(|leg| leg.named < named);
        let itself = (second(row.start), short(&row.uuid));
        let others = self.list.iter().skip(from).take_while(|leg| leg.named == named);
        others.into_iter().any(|leg| {
            let is_mutual = !row.other_leg.is_empty() && leg.by == short(&row.other_leg);
            !is_mutual || (leg.start, leg.by) < itself
        })
    }
}

/// Reads the calls of a file.
pub(super) fn calls(
    again: &Again,
    options: &Options,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut legs = Legs::default();
    // A file that ends wrongly does so again, and somebody who wants it to stop too.
    let _ = legs.read(&mut again.pass(0, 2)?, options);
    legs.list.sort_unstable();
    let mut clock = ExchangeClock::new(options.zone);
    let mut input = again.pass(1, 2)?;
    let mut lines = Lines::new(&mut input);
    let mut src = 0;
    while let Some(line) = lines.next()? {
        src += 1;
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(start) => {
                take(Item::Wrong(src, Problem::BadRow, keep.cut(start)))?;
                continue;
            }
        };
        let text = String::from_utf8_lossy(line);
        let is_misencoded = matches!(text, Cow::Owned(_));
        let call = row(&text)
            .ok_or(Left::Wrong(Problem::BadRow))
            .and_then(|row| row.call(&text, &mut clock, &legs, options));
        take(match call {
            Ok(_) if is_misencoded => Item::Wrong(src, Problem::BadEncoding, keep.raw(line)),
            Ok(call) => Item::Found(src, Box::new(Record::Call(call))),
            Err(Left::Wrong(problem)) => Item::Wrong(src, problem, keep.raw(line)),
            Err(Left::Skipped(reason)) => Item::Skipped(src, reason),
        })?;
    }
    Ok(())
}
