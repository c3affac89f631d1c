//! What the call records of telephone exchanges have in common: a call a line, local times, and who phoned whom.

use chrono::{DateTime, Duration, NaiveDateTime};
use chrono_tz::Tz;

use super::local::{LocalClock, Running};
use super::{Format, Options, asterisk, freeswitch};
use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::message::Direction;

/// Records are written when calls end, but for such a delay.
const DELAY: Duration = Duration::seconds(10);

/// Tells the format of a file from the first of its lines that says it.
pub(super) fn format(start: &[u8]) -> Option<Format> {
    let text = String::from_utf8_lossy(start);
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(100);
    lines.into_iter().find_map(|line| {
        if freeswitch::is_record(line) {
            Some(Format::FreeSwitch)
        } else if asterisk::is_header(line) || asterisk::is_record(line) {
            Some(Format::Asterisk)
        } else {
            None
        }
    })
}

/// How a quote within quotes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// As two.
    Doubled,
    /// As it is: only one with a delimiter behind it ends a field.
    Plain,
}

/// The fields of a line; none when a quote is never closed.
pub(super) fn fields(line: &str, delimiter: char, form: Quotes) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let inner = rest.trim_start_matches(' ');
        let after = if let Some(quoted) = inner.strip_prefix('"') {
            let (field, after) = quoted_field(quoted, delimiter, form)?;
            fields.push(field);
            after.trim_start_matches(' ')
        } else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            fields.push(field.to_owned());
            after
        };
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// What stands before the quote that ends a field, and what behind it.
fn quoted_field(quoted: &str, delimiter: char, form: Quotes) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        rest = match form {
            Quotes::Doubled => match after.strip_prefix('"') {
                Some(next) => next,
                None => return Some((field, after)),
            },
            Quotes::Plain => {
                let next = after.trim_start_matches(' ');
                if next.is_empty() || next.starts_with(delimiter) {
                    return Some((field, after));
                }
                after
            }
        };
        field.push('"');
    }
}

/// `2023-06-01 12:00:05`.
pub(super) fn stamp(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()
}

/// The moment of a field that may be empty; none when it is not empty and not a moment.
#[expect(clippy::option_option, reason = "what is not there differs from what is wrong")]
pub(super) fn stamp_or_nothing(text: &str) -> Option<Option<NaiveDateTime>> {
    if text.trim().is_empty() { Some(None) } else { stamp(text).map(Some) }
}

/// Who phoned whom; none for a call between two of the house.
pub(super) fn direction(source: &str, target: &str, context: &str) -> Option<Direction> {
    let is_short = |number: &str| {
        (1..=5).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'))
    };
    let context = context.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| context.starts_with(word));
    if is_short(source) && is_short(target) {
        None
    } else if begins(&["from-trunk", "from-pstn", "from-external", "public", "inbound", "incoming"]) {
        Some(Direction::In)
    } else if begins(&["from-internal", "internal", "default", "outbound"]) || is_short(source) {
        Some(Direction::Out)
    } else {
        Some(Direction::In)
    }
}

/// Whether the other side hid its number.
pub(super) fn is_private(number: &str) -> bool {
    let words = ["", "anonymous", "restricted", "unknown", "private"];
    words.iter().any(|word| number.trim().eq_ignore_ascii_case(word))
}

/// The other side's number, and what it would be if nobody had named a country.
pub(super) fn address(number: &str, options: &Options) -> Option<(Urn, Option<Urn>)> {
    super::android::read_address(number, options).ok()
}

/// The `Name` of `"Name" <number>`. It may hold quotes.
pub(super) fn quoted_name(caller: &str) -> Option<&str> {
    let (_, rest) = caller.split_once('"')?;
    rest.rsplit_once('"').map(|(name, _)| name)
}

/// Whether a name is nothing but the number, in whichever notation.
pub(super) fn is_the_number(name: &str, number: &str) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    name.trim() == number.trim()
        || !name.chars().any(char::is_alphabetic)
            && !digits(name).is_empty()
            && digits(name) == digits(number)
}

/// The clock of an exchange.
pub(super) struct ExchangeClock(LocalClock);

impl ExchangeClock {
    pub(super) fn new(zone: Tz) -> Self {
        Self(LocalClock::new(zone, Running::Forward, DELAY))
    }

    /// When a call began. In the hour that the clock shows twice, its end and its length say which one is meant, or a
    /// moment that is known otherwise.
    pub(super) fn start(
        &mut self,
        start: NaiveDateTime,
        end: Option<NaiveDateTime>,
        seconds: u32,
        known: Option<i64>,
    ) -> Option<Time> {
        let ended = match end {
            Some(end) => Some(self.0.read(end)?),
            None => None,
        };
        let (earlier, later) = self.0.readings(start)?;
        let Some(later) = later else { return Some(earlier) };
        let began = match (known, ended) {
            (Some(known), _) => DateTime::from_timestamp(known, 0)?,
            (None, Some(ended)) => ended.checked_sub_signed(Duration::seconds(seconds.into()))?,
            (None, None) => return Some(earlier),
        };
        let is_later = (later - began).abs() < (earlier - began).abs();
        Some(if is_later { later } else { earlier })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_line_are_told_apart() {
        let doubled = |line| fields(line, ',', Quotes::Doubled);
        let plain = |line| fields(line, ',', Quotes::Plain);
        let strings = |list: &[&str]| Some(list.iter().map(|&field| field.to_owned()).collect::<Vec<_>>());
        assert_eq!(doubled(r#""a","b"#), None);
        assert_eq!(doubled(r#""a",,8,"""b"", c","""#), strings(&["a", "", "8", "\"b\", c", ""]));
        assert_eq!(doubled(r#""a"x,"b""#), None);
        assert_eq!(plain(r#""Ana "la" S","", "x" ,"y""#), strings(&["Ana \"la\" S", "", "x", "y"]));
        assert_eq!(plain(r#"""Ana" <5>","x""#), strings(&["\"Ana\" <5>", "x"]));
        assert_eq!(plain(r#""a","b"#), None);
        assert_eq!(plain(""), strings(&[""]));
    }

    #[test]
    fn the_direction_follows_the_numbers_and_the_context() {
        for (source, target, context, expected) in [
            ("103", "178", "from-trunk", None),
            ("*97", "5#", "x", None),
            ("103", "5511900085280", "from-internal-xfer", Some(Direction::Out)),
            ("5511900085280", "103", "From-Trunk-sip", Some(Direction::In)),
            ("103", "5511900085280", "ivr-3", Some(Direction::Out)),
            ("5511900085280", "103", "ivr-3", Some(Direction::In)),
            ("", "", "", Some(Direction::In)),
        ] {
            assert_eq!(direction(source, target, context), expected, "{source} {target} {context}");
        }
    }

    #[test]
    fn a_call_in_the_hour_that_is_shown_twice_begins_before_it_ends() {
        let mut clock = ExchangeClock::new(chrono_tz::America::New_York);
        let local = |text| stamp(&format!("2023-11-05 {text}"));
        let mut start = |from, to, seconds, known| {
            let time = clock.start(local(from).unwrap(), local(to), seconds, known).unwrap();
            time.format("%H:%M").to_string()
        };
        assert_eq!(start("01:20:00", "01:30:00", 600, None), "05:20");
        assert_eq!(start("01:50:00", "01:10:00", 1200, None), "05:50", "an hour passes within it");
        assert_eq!(start("01:15:00", "01:20:00", 300, None), "06:15");
        assert_eq!(start("01:15:00", "01:16:00", 60, Some(1_699_161_300)), "05:15", "its own number says so");
        assert_eq!(start("01:50:00", "02:10:00", 1200, None), "06:50");
    }
}
