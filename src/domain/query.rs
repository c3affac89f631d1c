//! The search language: a text becomes a query, and a query says what matches.
//!
//! Every term must match; the last word matches by its beginning. Words look at the text, the contact's name and its
//! number; operators look at one thing. A word that holds several tokens (`O'Brien`, a Chinese word) matches them side by
//! side. [`Query::matches`] is the truth that the store's index only makes fast.

use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::Time;
use super::fold::{Token, fold, tokens};
use super::folder::Folder;
use super::message::Direction;
use super::period::Period;
use super::schedule::instant;

/// A search, ready to be run. The empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// All of them must hold.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not hold.
    pub negated: bool,
    /// The condition.
    pub test: Test,
}

/// What a term asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Words in the text, in the contact's name, or in its number.
    Words(Words),
    /// Incoming, and the name or number of the contact.
    From(Words),
    /// Outgoing, and the name or number of the contact.
    To(Words),
    /// Exchanged with a contact with such a name or number, whichever way.
    With(Words),
    /// A label of that name, folded.
    Label(String),
    /// A channel whose name, as it is shown, holds that, folded.
    Channel(String),
    /// A flow whose name holds that, folded.
    Flow(String),
    /// In that folder.
    Folder(Folder),
    /// Created before the beginning of that day.
    Before(NaiveDate),
    /// Created on that day or later.
    After(NaiveDate),
    /// Created within a period.
    On(Period),
    /// Not opened yet.
    Unread,
    /// Opened; only incoming messages are.
    Read,
    /// Something came with it.
    Attachment,
}

/// Tokens that stand side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Folded tokens; never empty.
    pub tokens: Vec<String>,
    /// Whether the last token may be the beginning of a longer one.
    pub prefix: bool,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct QueryError {
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// What is wrong with them.
    pub problem: QueryProblem,
}

/// The ways in which a term can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryProblem {
    /// An operator without a value.
    #[error("{0} needs a value")]
    NoValue(String),
    /// `folder:` with something else than a folder's id.
    #[error("there is no folder {0:?}")]
    UnknownFolder(String),
    /// A date that is none.
    #[error("{0:?} is not a date such as 2026-03-01, 2026-03, 2026 or 7d")]
    BadDate(String),
    /// `is:` or `has:` with an unknown word.
    #[error("{0:?} is not known; is:unread, is:read and has:attachment are")]
    UnknownWord(String),
}

/// What a query is held against.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// The folder it is in.
    pub folder: Folder,
    /// Whether it waits to be opened.
    pub unread: bool,
    /// When it was received or written.
    pub created_on: Time,
    /// Its text.
    pub text: &'a str,
    /// The contact's name.
    pub name: &'a str,
    /// The paths and national notations of all the contact's addresses, with blanks between them.
    pub addresses: &'a str,
    /// The names of its labels.
    pub labels: &'a [String],
    /// The channel's name, or of a message without one what its address tells of it.
    pub channel: &'a str,
    /// The flow's name.
    pub flow: &'a str,
    /// Whether something came with it.
    pub has_attachment: bool,
}

impl Query {
    /// Reads a query. `today` is the day in the workspace's time zone, for dates such as `7d`.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, QueryError> {
        let pieces = pieces(text);
        let last = pieces.len();
        let mut terms = Vec::new();
        for (n, piece) in pieces.into_iter().enumerate() {
            terms.extend(term(&piece, n + 1 == last, today)?);
        }
        Ok(Self { terms })
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The folder that is asked for, when its rows are no messages: a search of all folders looks at messages only.
    pub fn folder_apart(&self) -> Option<Folder> {
        [Folder::Calls, Folder::Schedules]
            .into_iter()
            .find(|folder| self.terms.iter().any(|term| !term.negated && term.test == Test::Folder(*folder)))
    }

    /// Whether a message matches.
    pub fn matches(&self, facts: &Facts<'_>, zone: Tz) -> bool {
        self.terms.iter().all(|term| term.test.holds(facts, zone) != term.negated)
    }

    /// The bytes of a text that a search for words found, in order and apart from each other.
    pub fn highlights(&self, text: &str) -> Vec<Range<usize>> {
        let wanted: Vec<&Words> =
            self.terms.iter().filter(|term| !term.negated).filter_map(|term| term.test.words()).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let tokens = tokens(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut n = 0;
        while let Some(rest) = tokens.get(n..).filter(|rest| !rest.is_empty()) {
            match wanted.iter().filter_map(|words| words.length_at(rest, text)).max_by_key(|(_, end)| *end) {
                Some((length, end)) => {
                    // One character may be several tokens: `½` is found once.
                    let above = found.last().map_or(0, |range| range.end);
                    let start = rest.first().map_or(end, |token| token.range.start.max(above));
                    found.extend((start < end).then_some(start..end));
                    n += length.max(1);
                }
                None => n += 1,
            }
        }
        found
    }
}

impl Test {
    /// The words that it looks for in a text, a name or a number.
    pub fn words(&self) -> Option<&Words> {
        match self {
            Self::Words(words) | Self::From(words) | Self::To(words) | Self::With(words) => Some(words),
            Self::Label(_)
            | Self::Channel(_)
            | Self::Flow(_)
            | Self::Folder(_)
            | Self::Before(_)
            | Self::After(_)
            | Self::On(_)
            | Self::Unread
            | Self::Read
            | Self::Attachment => None,
        }
    }

    fn holds(&self, facts: &Facts<'_>, zone: Tz) -> bool {
        match self {
            Self::Words(words) => words.are_in(facts.text) || words.name_matches(facts.name, facts.addresses),
            Self::From(words) => {
                facts.direction == Direction::In && words.name_matches(facts.name, facts.addresses)
            }
            Self::To(words) => {
                facts.direction == Direction::Out && words.name_matches(facts.name, facts.addresses)
            }
            Self::With(words) => words.name_matches(facts.name, facts.addresses),
            Self::Label(name) => facts.labels.iter().any(|label| fold(label) == *name),
            Self::Channel(name) => fold(facts.channel).contains(name.as_str()),
            Self::Flow(name) => fold(facts.flow).contains(name.as_str()),
            Self::Folder(folder) => facts.folder == *folder,
            Self::Before(day) => start_of(*day, zone).is_some_and(|start| facts.created_on < start),
            Self::After(day) => start_of(*day, zone).is_some_and(|start| facts.created_on >= start),
            Self::On(period) => {
                let (start, end) = period.within(zone);
                start.is_none_or(|start| facts.created_on >= start)
                    && end.is_none_or(|end| facts.created_on < end)
            }
            Self::Unread => facts.unread,
            Self::Read => facts.direction == Direction::In && !facts.unread,
            Self::Attachment => facts.has_attachment,
        }
    }
}

impl Words {
    /// Whether the tokens stand side by side in a text.
    pub fn are_in(&self, text: &str) -> bool {
        // The common case needs no list of tokens.
        let folded = fold(text);
        let mut rest = folded.as_str();
        while !rest.is_empty() {
            if self.begin(rest) {
                return true;
            }
            rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
        }
        false
    }

    /// Whether a folded text begins with the tokens.
    fn begin(&self, folded: &str) -> bool {
        let mut there = folded.split(' ');
        let last = self.tokens.len() - 1;
        self.tokens.iter().enumerate().all(|(n, token)| {
            there.next().is_some_and(|word| {
                if n == last && self.prefix { word.starts_with(token.as_str()) } else { word == token }
            })
        })
    }

    /// Whether a contact's name or one of its addresses (with blanks between them) matches: digits match anywhere within
    /// a number.
    pub fn name_matches(&self, name: &str, addresses: &str) -> bool {
        self.are_in(name)
            || self.are_in(addresses)
            || self.digits().is_some_and(|digits| {
                addresses.split(' ').any(|address| {
                    let number = address.trim_start_matches('+');
                    number.bytes().all(|b| b.is_ascii_digit()) && number.contains(&digits)
                })
            })
    }

    /// The digits, when the tokens are nothing else and there are at least [`FEWEST_DIGITS`].
    pub fn digits(&self) -> Option<String> {
        let digits = self.tokens.concat();
        (digits.len() >= FEWEST_DIGITS && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
    }

    /// How many tokens it takes up at the beginning of these, and where it ends in the text. When the last token matches
    /// by its beginning, it ends after as many characters as were searched for.
    fn length_at(&self, there: &[Token], text: &str) -> Option<(usize, usize)> {
        let last = self.tokens.len() - 1;
        for (n, token) in self.tokens.iter().enumerate() {
            let found = there.get(n)?;
            let whole = found.folded == *token;
            if n < last && !whole {
                return None;
            }
            if n == last {
                let within = self.prefix && found.folded.starts_with(token.as_str());
                if !whole && !within {
                    return None;
                }
                let end = if whole { found.range.end } else { prefix_end(found, token, text) };
                return Some((self.tokens.len(), end));
            }
        }
        None
    }
}

/// Where the part of a token that a prefix covers ends in the text.
fn prefix_end(found: &Token, prefix: &str, text: &str) -> usize {
    let word = text.get(found.range.clone()).unwrap_or_default();
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let covered =
        ends.into_iter().find(|end| word.get(..*end).is_some_and(|part| fold(part).len() >= prefix.len()));
    let mut end = found.range.start + covered.unwrap_or(word.len());
    // Accents that follow on their own belong to the letter before them.
    while let Some(c) = text.get(end..found.range.end).and_then(|rest| rest.chars().next()) {
        if fold(&c.to_string()).is_empty() {
            end += c.len_utf8();
        } else {
            break;
        }
    }
    end
}

/// Fewer digits than this are looked up only as the beginning of a number.
pub const FEWEST_DIGITS: usize = 3;

/// The moment at which a day begins.
pub fn start_of(day: NaiveDate, zone: Tz) -> Option<Time> {
    instant(zone, day.and_hms_opt(0, 0, 0)?)
}

/// A piece of a query: a word, a phrase, or an operator with its value.
struct Piece {
    range: Range<usize>,
    negated: bool,
    operator: Option<String>,
    value: String,
    quoted: bool,
}

const OPERATORS: [&str; 12] =
    ["from", "to", "with", "label", "channel", "flow", "folder", "on", "before", "after", "is", "has"];

/// What an operator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A contact.
    Contact,
    /// A label.
    Label,
    /// A channel.
    Channel,
    /// A flow.
    Flow,
}

/// A piece of a query that is being typed and can be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The bytes of the text from its beginning to the cursor.
    pub range: Range<usize>,
    /// The operator, when it has one: what is to be completed is its value, else the name of an operator.
    pub operator: Option<String>,
    /// What was typed of that.
    pub typed: String,
    /// Whether it is excluded.
    pub negated: bool,
}

impl Unfinished {
    /// The piece that ends at the cursor; none when there is none, or when it is a phrase of its own.
    pub fn at(text: &str, cursor: usize) -> Option<Self> {
        let before = text.get(..cursor)?;
        let piece = pieces(before).pop().filter(|piece| piece.range.end == before.len())?;
        let is_word = piece.operator.is_some() || (!piece.quoted && !piece.value.is_empty());
        is_word.then_some(Self {
            range: piece.range,
            operator: piece.operator,
            typed: piece.value,
            negated: piece.negated,
        })
    }

    /// What the names are of that its value may become, where only the workspace knows them.
    pub fn named(&self) -> Option<Named> {
        match self.operator.as_deref()? {
            "from" | "to" | "with" => Some(Named::Contact),
            "label" => Some(Named::Label),
            "channel" => Some(Named::Channel),
            "flow" => Some(Named::Flow),
            _ => None,
        }
    }

    /// The names of operators that begin so, and the values that are always the same.
    pub fn known(&self) -> Vec<String> {
        let typed = self.typed.to_lowercase();
        let begins = |names: &[&str]| {
            names.iter().filter(|name| name.starts_with(&typed)).map(|name| (*name).to_owned()).collect()
        };
        match self.operator.as_deref() {
            None => OPERATORS
                .iter()
                .filter(|name| name.starts_with(&typed))
                .map(|name| format!("{name}:"))
                .collect(),
            Some("is") => begins(&["unread", "read"]),
            Some("has") => begins(&["attachment"]),
            Some("on" | "before" | "after") => begins(&["7d", "2w", "1m", "1y"]),
            Some("folder") => begins(
                &Folder::ALL
                    .into_iter()
                    .filter(|folder| folder.holds_messages())
                    .map(Folder::id)
                    .collect::<Vec<_>>(),
            ),
            Some(_) => Vec::new(),
        }
    }

    /// The piece with a name or a value in place of what was typed; after a value it is finished.
    pub fn with(&self, value: &str) -> String {
        let dash = if self.negated { "-" } else { "" };
        match &self.operator {
            None => format!("{dash}{value}"),
            Some(operator) if value.contains(char::is_whitespace) => format!("{dash}{operator}:\"{value}\" "),
            Some(operator) => format!("{dash}{operator}:{value} "),
        }
    }
}

/// Cuts a text into pieces: blanks part them, quotes hold them together, a missing last quote is forgiven.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(start, c)) = rest.peek() {
        if c.is_whitespace() {
            rest.next();
            continue;
        }
        let negated = c == '-';
        if negated {
            rest.next();
        }
        let (mut operator, mut value, mut quoted, mut open) = (None, String::new(), false, false);
        let mut end = start + c.len_utf8();
        while let Some(&(at, c)) = rest.peek() {
            if c.is_whitespace() && !open {
                break;
            }
            rest.next();
            end = at + c.len_utf8();
            match c {
                '"' => {
                    open = !open;
                    quoted = true;
                }
                ':' if !open && operator.is_none() && OPERATORS.contains(&value.to_lowercase().as_str()) => {
                    operator = Some(std::mem::take(&mut value).to_lowercase());
                }
                _ => value.push(c),
            }
        }
        pieces.push(Piece { range: start..end, negated, operator, value, quoted });
    }
    pieces
}

/// The term of a piece; none for one that says nothing, such as a lone dash.
fn term(piece: &Piece, last: bool, today: NaiveDate) -> Result<Option<Term>, QueryError> {
    let wrong = |problem| QueryError { range: piece.range.clone(), problem };
    let value = piece.value.trim();
    let words = |prefix: bool| {
        let tokens: Vec<String> = tokens(value).into_iter().map(|token| token.folded).collect();
        (!tokens.is_empty()).then_some(Words { tokens, prefix })
    };
    let Some(operator) = piece.operator.as_deref() else {
        let words = words(last && !piece.quoted && !piece.negated);
        return Ok(words.map(|words| Term { negated: piece.negated, test: Test::Words(words) }));
    };
    let no_value = || wrong(QueryProblem::NoValue(format!("{operator}:")));
    if value.is_empty() {
        return Err(no_value());
    }
    // Nothing is a part of every name, also of one that is not there.
    let folded = || Some(fold(value)).filter(|name| !name.is_empty()).ok_or_else(no_value);
    let date = || date(value, today).ok_or_else(|| wrong(QueryProblem::BadDate(value.to_owned())));
    let test = match operator {
        "from" => Test::From(words(!piece.quoted).ok_or_else(no_value)?),
        "to" => Test::To(words(!piece.quoted).ok_or_else(no_value)?),
        "with" => Test::With(words(!piece.quoted).ok_or_else(no_value)?),
        "label" => Test::Label(fold(value)),
        "channel" => Test::Channel(folded()?),
        "flow" => Test::Flow(folded()?),
        "folder" => Test::Folder(
            Folder::from_id(&value.to_lowercase())
                .ok_or_else(|| wrong(QueryProblem::UnknownFolder(value.to_owned())))?,
        ),
        "before" => Test::Before(date()?),
        "after" => Test::After(date()?),
        "on" => Test::On(
            Period::parse(value, today).ok_or_else(|| wrong(QueryProblem::BadDate(value.to_owned())))?,
        ),
        "is" if value.eq_ignore_ascii_case("unread") => Test::Unread,
        "is" if value.eq_ignore_ascii_case("read") => Test::Read,
        "has" if value.eq_ignore_ascii_case("attachment") => Test::Attachment,
        _ => return Err(wrong(QueryProblem::UnknownWord(format!("{operator}:{value}")))),
    };
    Ok(Some(Term { negated: piece.negated, test }))
}

/// A day: `2026-03-01`, the first of `2026-03` or of `2026`, or so many days, weeks, months, years ago: `7d 2w 3m 1y`.
/// A date written here is also what the commands take for `--since` and `--until`. No message is of a year before 1 or after
/// 9999, and no day of such a one is taken.
pub fn date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    any_date(text, today).filter(|day| (1..=9999).contains(&day.year()))
}

fn any_date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let numbers: Option<Vec<u32>> = text.split(['-', '/']).map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([year]) if text.len() == 4 => NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, 1, 1),
        Some([year, month]) if *year > 31 => NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, 1),
        Some([year, month, day]) if *year > 31 => {
            NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, *day)
        }
        Some(_) => None,
        None => {
            let unit = text.chars().last()?;
            let count: u32 = text.get(..text.len() - unit.len_utf8())?.parse().ok()?;
            match unit {
                'd' => today.checked_sub_days(Days::new(count.into())),
                'w' => today.checked_sub_days(Days::new(u64::from(count) * 7)),
                'm' => today.checked_sub_months(Months::new(count)),
                'y' => today.checked_sub_months(Months::new(count.checked_mul(12)?)),
                _ => None,
            }
        }
    }
}
