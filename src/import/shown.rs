//! Dates and times as spreadsheets and people write them: `2024-02-01 09:00:03`, `1/2/24 9:00 p. m.`,
//! `2024-02-01T09:00:03Z`, or the number of days that a spreadsheet counts.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::dates::{DateOrder, Part, day};

/// A date and a time that were read, but for which of the numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// The three numbers of the date, in the order in which they stand.
    pub(super) parts: [Part; 3],
    time: NaiveTime,
    /// Seconds east of Greenwich, where it says so.
    pub(super) offset: Option<i32>,
}

/// The most days that a spreadsheet counts: the end of the year 9999.
const MOST_DAYS: f64 = 2_958_466.0;

impl Shown {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut rest = Rest(text.trim());
        let first = rest.part()?;
        let separator = rest.one_of(&['/', '-', '.'])?;
        let second = rest.part()?;
        rest.one_of(&[separator])?;
        let third = rest.part()?;
        if !rest.is_over() && rest.one_of(&['T', ',', ' ', '\u{A0}', '\u{202F}']).is_none() {
            return None;
        }
        rest.blanks();
        let time = if rest.is_over() { NaiveTime::MIN } else { rest.time()? };
        rest.blanks();
        let offset = rest.offset()?;
        rest.is_over().then_some(Self { parts: [first, second, third], time, offset })
    }

    /// What the clock showed, when the numbers stand in that order.
    pub(super) fn local(&self, order: DateOrder) -> Option<NaiveDateTime> {
        Some(day(self.parts, order)?.and_time(self.time))
    }
}

/// So many days more are counted to a day where they are not counted from 1904 on.
pub(super) const DAYS_TO_1904: f64 = 1462.0;

/// What the clock showed on that day of a spreadsheet's count, to the second.
pub(super) fn of_days(days: f64, since_1904: bool) -> Option<NaiveDateTime> {
    if !(days > 0.0 && days < MOST_DAYS) {
        return None;
    }
    // The count of 1900 has a 29th of February that never was.
    let start = match (since_1904, days < 60.0) {
        (true, _) => NaiveDate::from_ymd_opt(1904, 1, 1)?,
        (false, true) => NaiveDate::from_ymd_opt(1899, 12, 31)?,
        (false, false) => NaiveDate::from_ymd_opt(1899, 12, 30)?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "less than three million days")]
    let seconds = (days * 86_400.0).round() as i64;
    start.and_time(NaiveTime::MIN).checked_add_signed(Duration::try_seconds(seconds)?)
}

struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    fn blanks(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// A number of at most nine digits, and how many it has.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        (digits <= 9).then(|| number.parse().ok())?.map(|number| (number, digits))
    }

    fn part(&mut self) -> Option<Part> {
        let (value, digits) = self.number()?;
        Some(Part { value, digits: u8::try_from(digits).ok()? })
    }

    fn one_of(&mut self, signs: &[char]) -> Option<char> {
        let sign = self.0.chars().next().filter(|sign| signs.contains(sign))?;
        self.0 = self.0.strip_prefix(sign)?;
        Some(sign)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let (hour, _) = self.number()?;
        let mut minute = 0;
        let mut second = 0;
        if let Some(separator) = self.one_of(&[':', '.', 'h']) {
            minute = self.number()?.0;
            if self.one_of(&[if separator == 'h' { ':' } else { separator }]).is_some() {
                second = self.number()?.0;
                if self.one_of(&['.', ',']).is_some() {
                    // Parts of a second are finer than what is kept of an export.
                    self.0 = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
                }
            }
        } else if !self.0.trim_start().starts_with(['a', 'p', 'A', 'P']) {
            return None;
        }
        NaiveTime::from_hms_opt(self.half_of_day(hour)?, minute, second)
    }

    /// The hour of the day, after a mark such as `PM` or `p. m.`, where there is one.
    fn half_of_day(&mut self, hour: u32) -> Option<u32> {
        let mark = self.0.trim_start();
        let letter = mark.chars().next().map(|c| c.to_ascii_lowercase());
        let shift = match letter {
            Some('a') => 0,
            Some('p') => 12,
            _ => return Some(hour),
        };
        let rest = mark.get(1..)?.trim_start_matches(|c: char| c == '.' || c.is_whitespace());
        self.0 = rest.strip_prefix(['m', 'M'])?.trim_start_matches('.');
        (1..=12).contains(&hour).then_some(hour % 12 + shift)
    }

    /// Seconds east of Greenwich: none when nothing is said; an error is the outer none.
    #[expect(clippy::option_option, reason = "what is not there differs from what is wrong")]
    fn offset(&mut self) -> Option<Option<i32>> {
        if self.is_over() {
            return Some(None);
        }
        let sign = match self.one_of(&['Z', 'z', '+', '-'])? {
            '+' => 1,
            '-' => -1,
            _ => return Some(Some(0)),
        };
        let (number, digits) = self.number()?;
        let (hours, minutes) = match digits {
            4 => (number / 100, number % 100),
            _ if self.one_of(&[':']).is_some() => (number, self.number()?.0),
            _ => (number, 0),
        };
        let seconds = i32::try_from(hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?).ok()?;
        (seconds <= 86_400).then_some(Some(sign * seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, order: DateOrder, expected: Option<&str>) {
        let local = Shown::read(text).and_then(|shown| shown.local(order));
        assert_eq!(local.map(|local| local.to_string()).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        for text in [
            "01/02/2024 09:00:03",
            "1.2.24 9:00:03",
            "1-2-2024, 9.00.03",
            "01/02/2024 9:00:03 AM",
            "01/02/2024 9:00:03\u{202F}a.\u{A0}m.",
            "2024-02-01 09:00:03",
            "2024-02-01T09:00:03.123456Z",
            "2024/2/1 09:00:03",
            " 2024-02-01T09:00:03-05:00 ",
        ] {
            check(text, DayFirst, Some("2024-02-01 09:00:03"));
        }
        check("01/02/2024 12:30 AM", MonthFirst, Some("2024-01-02 00:30:00"));
        check("01/02/2024 12:30 p.m.", MonthFirst, Some("2024-01-02 12:30:00"));
        check("01/02/2024 9 pm", MonthFirst, Some("2024-01-02 21:00:00"));
        check("24/02/01 9h05", YearFirst, Some("2024-02-01 09:05:00"));
        check("01/02/2024", DayFirst, Some("2024-02-01 00:00:00"));
        for text in [
            "",
            "soon",
            "1/2",
            "32/01/2024",
            "01/13/2024 10:00",
            "01/02/2024 25:00",
            "01/02/2024 13:00 PM",
            "01/02/2024x",
            "01/02/2024 09",
            "01/02-2024",
            "01/02/2024 09:00 once",
            "99999999999/1/1",
            "4294967295/1/1 00:00",
        ] {
            check(text, DayFirst, None);
        }
        assert_eq!(Shown::read("2024-02-01T09:00:03-05:30").unwrap().offset, Some(-19_800));
        assert_eq!(Shown::read("2024-02-01T09:00:03+0100").unwrap().offset, Some(3600));
        assert_eq!(Shown::read("2024-02-01 09:00").unwrap().offset, None);
    }

    #[test]
    fn a_spreadsheet_counts_days() {
        let shown = |days, since_1904| of_days(days, since_1904).map(|local| local.to_string());
        assert_eq!(shown(45_323.375_034_722_22, false).as_deref(), Some("2024-02-01 09:00:03"));
        assert_eq!(shown(43_861.375_034_722_22, true).as_deref(), Some("2024-02-01 09:00:03"));
        assert_eq!(shown(1.0, false).as_deref(), Some("1900-01-01 00:00:00"));
        for days in [0.0, -1.0, 1e300, f64::NAN, f64::INFINITY, MOST_DAYS] {
            assert_eq!(shown(days, false), None, "{days}");
        }
    }
}
