//! The line that begins a message: date, time, and the end that tells it from a text that merely has a date in front.
//!
//! Phones write it as their language and region want it: `1/5/23, 08:10 - `, `[12.3.2022 klo 14.08.18] `,
//! `2023/5/1 上午8:10 - `, with digits of other scripts and with marks of direction anywhere.

use chrono::NaiveTime;

use super::super::dates::Part;
use super::phrases::{AFTERNOON, FORENOON, NOON, WORDS_BETWEEN};

/// How a header ends, and with it which phones write so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `[1/5/23, 8:10:00] Ana: Hi`: iOS.
    Brackets,
    /// `1/5/23, 8:10 - Ana: Hi`: Android.
    Dash,
}

/// The header of a line and what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    pub(super) form: Form,
    /// The date's numbers as they stand there.
    pub(super) date: [Part; 3],
    /// None when it is none of a day.
    pub(super) time: Option<NaiveTime>,
    /// Whether it looks like a line of a program's log as much as like one of a chat.
    pub(super) could_be_log: bool,
    pub(super) rest: &'a str,
}

/// The longest that can stand between date and time, or between time and end, in characters.
const MOST_BETWEEN: usize = 20;

/// Whether a character is invisible and only turns the direction of writing.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{00A0}' | '\u{202F}' | '\u{2009}' | '\u{3000}')
}

/// The value of a digit in any of the scripts that phones write dates in.
fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 8] = [0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0x1040, 0xFF10];
    let code = u32::from(c);
    ZEROS.into_iter().find(|zero| (*zero..*zero + 10).contains(&code)).map(|zero| code - zero)
}

/// What is left of a line.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// The next character that is not a mark.
    fn peek(&mut self) -> Option<char> {
        self.0 = self.0.trim_start_matches(is_mark);
        self.0.chars().next()
    }

    fn skip(&mut self, length: usize) {
        self.0 = self.0.get(length..).unwrap_or_default();
    }

    fn take(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|c| is_wanted(*c))?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn blanks(&mut self) -> bool {
        let mut any = false;
        while self.take(is_blank).is_some() {
            any = true;
        }
        any
    }

    fn number(&mut self, most_digits: u8) -> Option<Part> {
        let mut part = Part { value: 0, digits: 0 };
        while let Some(value) = self.peek().and_then(digit) {
            if part.digits == most_digits {
                return None;
            }
            part = Part { value: part.value * 10 + value, digits: part.digits + 1 };
            self.take(|_| true);
        }
        (part.digits > 0).then_some(part)
    }

    /// What stands before a character, without marks, blanks at its ends and dots, in lower case; it stays if there is too
    /// much of it.
    fn words_before(&mut self, is_end: impl Fn(char) -> bool) -> Option<String> {
        let at = self.0.char_indices().take(MOST_BETWEEN).find(|(_, c)| is_end(*c))?.0;
        let (words, rest) = self.0.split_at_checked(at)?;
        self.0 = rest;
        let plain = words.chars().filter(|c| !is_mark(*c) && !matches!(c, '.' | ',' | '،' | '、'));
        let spaced: String = plain.map(|c| if is_blank(c) { ' ' } else { c }).collect();
        Some(spaced.trim().to_lowercase())
    }
}

/// The half of the day that a word names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Forenoon,
    Noon,
    Afternoon,
}

impl Half {
    /// The half that words name, when they name nothing else.
    fn named(words: &str) -> Result<Option<Self>, ()> {
        if words.is_empty() || WORDS_BETWEEN.contains(&words) {
            return Ok(None);
        }
        let joined: String = words.chars().filter(|c| *c != ' ').collect();
        let is = |list: &[&str]| list.contains(&joined.as_str());
        match () {
            () if is(FORENOON) => Ok(Some(Self::Forenoon)),
            () if is(AFTERNOON) => Ok(Some(Self::Afternoon)),
            () if is(NOON) => Ok(Some(Self::Noon)),
            () => Err(()),
        }
    }
}

/// The header of a line, if it has one.
pub(super) fn parse(line: &str) -> Option<Header<'_>> {
    let mut rest = Rest(line);
    let form = if rest.take(|c| c == '[').is_some() { Form::Brackets } else { Form::Dash };
    let (date, separator) = date(&mut rest)?;
    let has_comma = rest.0.trim_start_matches(is_mark).starts_with([',', '،', '、']);
    let before = Half::named(&rest.words_before(|c| digit(c).is_some())?).ok()?;
    let hour = rest.number(2)?;
    let (minute, second) = minute_and_second(&mut rest)?;
    let after = match form {
        Form::Brackets => rest.words_before(|c| c == ']')?,
        Form::Dash => rest.words_before(|c| matches!(c, '-' | '–'))?,
    };
    let blank_before = form == Form::Brackets
        || line.get(..line.len() - rest.0.len())?.trim_end_matches(is_mark).ends_with(is_blank);
    rest.skip(rest.0.chars().next()?.len_utf8());
    // Only this end tells a header from a text that begins with a date.
    if !blank_before || !(rest.take(is_blank).is_some() || rest.0.is_empty()) {
        return None;
    }
    let half = Half::named(&after).ok()?.or(before);
    let is_iso = separator == '-' && date[0].digits == 4 && !has_comma && half.is_none();
    Some(Header {
        form,
        date,
        time: time(hour.value, minute.value, second.map_or(0, |second| second.value), half),
        could_be_log: is_iso && (form == Form::Brackets || second.is_some()),
        rest: rest.0,
    })
}

/// Three numbers with twice the same sign between them.
fn date(rest: &mut Rest<'_>) -> Option<([Part; 3], char)> {
    let one = rest.number(4)?;
    let separator = rest.take(|c| matches!(c, '/' | '.' | '-'))?;
    // `1. 5. 2023`.
    let has_blanks = separator == '.' && rest.blanks();
    let two = rest.number(2)?;
    rest.take(|c| c == separator)?;
    if has_blanks {
        rest.blanks();
    }
    let three = rest.number(4)?;
    if separator == '.' {
        rest.take(|c| c == '.');
    }
    // One of the ends is the year.
    let is_short = |part: Part| part.digits <= 2;
    (is_short(one) || is_short(three)).then_some(([one, two, three], separator))
}

fn minute_and_second(rest: &mut Rest<'_>) -> Option<(Part, Option<Part>)> {
    let mut separated = *rest;
    // `08 h 10`, as Canadians write it in French.
    separated.blanks();
    if separated.take(|c| c == 'h').is_some() {
        separated.blanks();
        *rest = separated;
        return Some((rest.number(2)?, None));
    }
    let separator = rest.take(|c| matches!(c, ':' | '.'))?;
    let minute = rest.number(2).filter(|part| part.digits == 2)?;
    if rest.peek() != Some(separator) {
        return Some((minute, None));
    }
    let mut further = *rest;
    further.take(|_| true);
    // `8.10 a.m.` has the dot of a word there, and no second.
    match further.number(2) {
        Some(second) if second.digits == 2 => {
            *rest = further;
            Some((minute, Some(second)))
        }
        _ => Some((minute, None)),
    }
}

fn time(hour: u32, minute: u32, second: u32, half: Option<Half>) -> Option<NaiveTime> {
    let hour = match half {
        Some(Half::Forenoon) if hour <= 12 => hour % 12,
        Some(Half::Afternoon) if hour <= 12 => hour % 12 + 12,
        // From eleven to two or so.
        Some(Half::Noon) if hour < 10 => hour + 12,
        // Some languages count the first hour of the day as the 24th.
        _ if hour == 24 => 0,
        _ => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

#[cfg(test)]
mod tests {
    use super::super::super::dates::{DateOrder, day};
    use super::*;

    fn read(line: &str) -> Option<(String, String)> {
        let header = parse(line)?;
        let at = day(header.date, DateOrder::DayFirst)?.and_time(header.time?);
        Some((at.format("%Y-%m-%d %H:%M:%S").to_string(), header.rest.to_owned()))
    }

    #[test]
    fn every_way_in_which_phones_write_it_is_understood() {
        let afternoon = "2023-05-01 20:10:00";
        let morning = "2023-05-01 08:10:00";
        for (line, at) in [
            ("1/5/23, 08:10 - Ana: Hola", morning),
            ("01/05/2023 08:10 - Ana: Hola", morning),
            ("1/5/23, 8:10\u{202f}PM - Ana: Hola", afternoon),
            ("1/5/23, 8:10 pm - Ana: Hola", afternoon),
            ("1/5/2023, 8:10 a.\u{a0}m. - Ana: Hola", morning),
            ("1/5/2023, 8:10 p.\u{a0}m. - Ana: Hola", afternoon),
            ("1/5/2023, 8:10 p. m. - Ana: Hola", afternoon),
            ("01.05.23, 08:10 - Ana: Hola", morning),
            ("1.5.2023 klo 8.10 - Ana: Hola", morning),
            ("2023-05-01, 8:10 a.m. - Ana: Hola", morning),
            ("2023-05-01 08 h 10 - Ana: Hola", morning),
            ("2023-05-01 08:10 - Ana: Hola", morning),
            ("2023/5/1 08:10 - Ana: Hola", morning),
            ("2023/5/1 下午8:10 - Ana: Hola", afternoon),
            ("2023/5/1 午後8:10 - Ana: Hola", afternoon),
            ("2023. 5. 1. 오후 8:10 - Ana: Hola", afternoon),
            ("2023. 05. 01. 8:10 - Ana: Hola", morning),
            ("1. 5. 2023 8:10 - Ana: Hola", morning),
            ("[01/05/2023, 08:10:00] Ana: Hola", morning),
            ("\u{200e}[1/5/23, 8:10:00\u{202f}PM] Ana: Hola", afternoon),
            ("[1.5.2023 klo 8.10.00] Ana: Hola", morning),
            ("[2023/5/1 下午8:10:00] Ana: Hola", afternoon),
            ("[1.5.23, 08:10:00] Ana: Hola", morning),
            ("[١\u{200f}/٥\u{200f}/٢٠٢٣، ٨:١٠:٠٠ م] Ana: Hola", afternoon),
            ("\u{200f}١\u{200f}/٥\u{200f}/٢٠٢٣، ٨:١٠ ص - Ana: Hola", morning),
            ("१/५/२३, ८:१० am - Ana: Hola", morning),
            ("[1/5/23, 24:10:00] Ana: Hola", "2023-05-01 00:10:00"),
            ("1/5/23, 12:10 AM - Ana: Hola", "2023-05-01 00:10:00"),
            ("1/5/23, 12:10 PM - Ana: Hola", "2023-05-01 12:10:00"),
            ("1/5/23 0:10 PM - Ana: Hola", "2023-05-01 12:10:00"),
        ] {
            assert_eq!(read(line), Some((at.to_owned(), "Ana: Hola".to_owned())), "{line:?}");
        }
    }

    #[test]
    fn a_date_in_front_alone_is_text() {
        for line in [
            "",
            "1/5/23",
            "1/5/23, 08:10",
            "1/5/23, 08:10 we meet - at the corner",
            "1/5/23, 08:10-09:10 dentist",
            "1/5/23, 08:10 -",
            "1/5/23, 08:10 -09:00",
            "1/5/23, at some time 08:10 - x",
            "1/5-23, 08:10 - Ana: x",
            "2023-05-01 08:10:00,123 - INFO - x",
            "[01/05/2023, 08:10:00]Ana: x",
            "[01/05/2023] 08:10 - Ana: x",
            "(01/05/2023, 08:10:00) Ana: x",
            "12345/1/1, 08:10 - Ana: x",
            "1/5/23, 8:1 - Ana: x",
            "Ana: 1/5/23, 08:10 - x",
            "२: x",
        ] {
            assert!(parse(line).is_none() || line.ends_with(" -"), "{line:?}");
        }
        assert!(parse("2023-05-01 08:10:00 - x: y").is_some_and(|header| header.could_be_log));
        assert!(parse("[2023-05-01 08:10:00] x: y").is_some_and(|header| header.could_be_log));
    }

    #[test]
    fn times_that_no_clock_shows_are_still_headers() {
        for line in ["31/2/23, 08:10 - x", "1/5/23, 25:00 - x", "1/5/23, 08:61 - x", "0/0/0, 00:00 - x"] {
            assert!(parse(line).is_some() && read(line).is_none(), "{line}");
        }
        assert!(parse("9/9/9999, 08:10 - x").is_some() && parse("1/1/0000, 08:10 - x").is_some());
    }
}
