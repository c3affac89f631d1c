//! A period of whole days, as people write it.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::Time;
use super::query::{date, start_of};

/// Whole days in the workspace's time zone; both ends belong to it, and an end that is missing is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl Period {
    /// So many days, of which today is the last.
    pub fn last_days(days: u32, today: NaiveDate) -> Self {
        let before = u64::from(days.saturating_sub(1));
        Self { since: today.checked_sub_days(Days::new(before)), until: Some(today) }
    }

    /// A year, of which today is the last day.
    pub fn last_year(today: NaiveDate) -> Self {
        let since = today.checked_sub_months(Months::new(12)).and_then(|day| day.succ_opt());
        Self { since, until: Some(today) }
    }

    /// The instants at which it begins and is over, in a time zone; none where an end is open.
    pub fn within(&self, zone: Tz) -> (Option<Time>, Option<Time>) {
        let begin = self.since.and_then(|day| start_of(day, zone));
        let end = self.until.and_then(|day| start_of(day.succ_opt()?, zone));
        (begin, end)
    }

    /// Reads a period: a day, a month or a year (`2026-02`), so many days, weeks, months or years of which today is the
    /// last day (`7d`), or one end and the other with two dots between them, of which one may be missing
    /// (`2026-01-15..2026-02`, `2026-02..`).
    pub fn parse(text: &str, today: NaiveDate) -> Option<Self> {
        let text = text.trim();
        if let Some((since, until)) = text.split_once("..") {
            let (since, until) = (since.trim(), until.trim());
            if since.is_empty() && until.is_empty() {
                return None;
            }
            let since = if since.is_empty() { None } else { Some(date(since, today)?) };
            let until = if until.is_empty() { None } else { Some(last_day(until, today)?) };
            let is_upside_down = since.zip(until).is_some_and(|(since, until)| since > until);
            return (!is_upside_down).then_some(Self { since, until });
        }
        let first = date(text, today)?;
        if text.ends_with(|c: char| c.is_ascii_digit()) {
            return Some(Self { since: Some(first), until: Some(last_day(text, today)?) });
        }
        // A span that ends today; `0d` holds nothing.
        let since = first.succ_opt().filter(|since| *since <= today)?;
        Some(Self { since: Some(since), until: Some(today) })
    }
}

/// The last day that a date covers: of `2026-02`, the 28th; of `2026`, the last of December; of any other, itself.
pub fn last_day(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let first = date(text, today)?;
    if !text.ends_with(|c: char| c.is_ascii_digit()) {
        return Some(first);
    }
    let months = match text.split(['-', '/']).count() {
        1 => 12,
        2 => 1,
        _ => return Some(first),
    };
    first.checked_add_months(Months::new(months))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_read_as_people_write_them() {
        let today = day("2026-03-02");
        let check = |text: &str, since: &str, until: &str| {
            let end = |text: &str| (!text.is_empty()).then(|| day(text));
            assert_eq!(
                Period::parse(text, today),
                Some(Period { since: end(since), until: end(until) }),
                "{text}"
            );
        };
        check("2026-02", "2026-02-01", "2026-02-28");
        check("2024-02", "2024-02-01", "2024-02-29");
        check("2025", "2025-01-01", "2025-12-31");
        check("2026-02-14", "2026-02-14", "2026-02-14");
        check("7d", "2026-02-24", "2026-03-02");
        check("2w", "2026-02-17", "2026-03-02");
        check("1y", "2025-03-03", "2026-03-02");
        check("2026-01-15..2026-02", "2026-01-15", "2026-02-28");
        check(" 2026-02 .. ", "2026-02-01", "");
        check("..2025", "", "2025-12-31");
        check("30d..7d", "2026-01-31", "2026-02-23");
        for wrong in ["", "..", "soon", "0d", "2026-13", "2026-03..2026-02", "7", "2026-02-30", "7d...1d"] {
            assert_eq!(Period::parse(wrong, today), None, "{wrong}");
        }
        assert_eq!(Period::parse("7d", today), Some(Period::last_days(7, today)));
        assert_eq!(Period::parse("1y", today), Some(Period::last_year(today)));
    }
}
