//! What people of a region are used to, whatever their language: on which day a week begins, whether the hours of a day are
//! counted to 12 or to 24, whether the day stands before the month, and which marks part the figures of a number.

use chrono::Weekday;
use pure_rust_locales::{Locale, locale_match};

use super::Lang;

/// The customs of a region. Those of nowhere are ISO 8601's: 24 hours, weeks from Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customs {
    /// Whether times are shown by 12 hours, with am and pm.
    pub twelve_hours: bool,
    /// The first day of the week.
    pub week_start: Weekday,
    /// Whether the day or the month comes first; none where the language decides.
    pub day_order: Option<DayOrder>,
    /// The marks in numbers; none where the language decides.
    pub marks: Option<Marks>,
}

/// What comes first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOrder {
    /// `2 Mar`, `02/03/24`.
    DayFirst,
    /// `Mar 2`, `03/02/24`.
    MonthFirst,
}

/// The marks in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Before the tenths.
    pub decimal: char,
    /// Between the thousands.
    pub thousands: char,
}

impl Marks {
    /// Those of a locale, as the GNU C library has them; none where it tells nothing of those who read the texts.
    pub fn of(locale: Option<&str>, lang: Lang) -> Option<Self> {
        let locale = known(locale, lang)?;
        let only = |text: &str| text.chars().next();
        let decimal = only(locale_match!(locale => LC_NUMERIC::DECIMAL_POINT))?;
        // Some part nothing, which would make the long figures of a workspace hard to read.
        let usual = if decimal == ',' { '.' } else { ',' };
        let thousands = only(locale_match!(locale => LC_NUMERIC::THOUSANDS_SEP)).unwrap_or(usual);
        Some(Self { decimal, thousands })
    }
}

/// A locale that the library has; none of another language than the texts, which tells nothing of those who read them.
fn known(locale: Option<&str>, lang: Lang) -> Option<Locale> {
    let locale = locale.filter(|locale| Lang::from_locale(locale) == Some(lang))?;
    let (name, modifier) = locale.split_once('@').map_or((locale, ""), |(name, after)| (name, after));
    let name = name.split('.').next().unwrap_or_default();
    let with_modifier = format!("{name}@{modifier}");
    Locale::try_from(with_modifier.as_str()).or_else(|_| Locale::try_from(name)).ok()
}

impl Default for Customs {
    fn default() -> Self {
        Self { twelve_hours: false, week_start: Weekday::Mon, day_order: None, marks: None }
    }
}

impl Customs {
    /// Those of a locale (`es_CO.UTF-8`), as the GNU C library has them, but for numbers, which may have a locale of their
    /// own.
    pub fn of(locale: Option<&str>, lang: Lang) -> Self {
        let Some(locale) = known(locale, lang) else { return Self::default() };
        let time = locale_match!(locale => LC_TIME::T_FMT);
        // `%r`, `%I` and `%p` are what 12 hours are written with.
        let twelve_hours = ["%r", "%I", "%p"].iter().any(|part| time.contains(part));
        let week: Option<&[i64]> = locale_match!(locale => LC_TIME::WEEK);
        // The week is counted from a date, a Sunday or a Monday; the first day is the n-th from there, from 1.
        let base =
            if week.and_then(|week| week.get(1)) == Some(&19_971_201) { Weekday::Mon } else { Weekday::Sun };
        let first = locale_match!(locale => LC_TIME::FIRST_WEEKDAY).unwrap_or(1);
        let week_start = (1..first.clamp(1, 7)).fold(base, |day, _| day.succ());
        let date = locale_match!(locale => LC_TIME::D_FMT);
        let at = |parts: &[&str]| parts.iter().filter_map(|part| date.find(part)).min();
        let day_order = match (at(&["%m", "%b", "%D"]), at(&["%d", "%e", "%-d"])) {
            // Where the year stands first, nobody says how it goes without one.
            _ if date.starts_with("%Y") => None,
            (Some(month), Some(day)) if day < month => Some(DayOrder::DayFirst),
            (Some(_), _) => Some(DayOrder::MonthFirst),
            (None, _) => None,
        };
        Self { twelve_hours, week_start, day_order, marks: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customs_go_by_the_region() {
        let check = |locale, lang, twelve_hours, week_start| {
            let customs = Customs::of(locale, lang);
            assert_eq!((customs.twelve_hours, customs.week_start), (twelve_hours, week_start), "{locale:?}");
        };
        check(Some("en_US.UTF-8"), Lang::En, true, Weekday::Sun);
        check(Some("en_GB.UTF-8"), Lang::En, false, Weekday::Mon);
        check(Some("es_ES@euro"), Lang::Es, false, Weekday::Mon);
        check(Some("es_MX.UTF-8"), Lang::Es, false, Weekday::Sun);
        check(Some("pt_BR.UTF-8"), Lang::Pt, false, Weekday::Sun);
        check(Some("pt_PT"), Lang::Pt, false, Weekday::Mon);
        let order = |locale| Customs::of(Some(locale), Lang::En).day_order;
        assert_eq!(order("en_US.UTF-8"), Some(DayOrder::MonthFirst));
        assert_eq!(order("en_GB.UTF-8"), Some(DayOrder::DayFirst));
        assert_eq!(order("en_AU"), Some(DayOrder::DayFirst));
        assert_eq!(order("en_IN"), Some(DayOrder::DayFirst));
        let marks =
            |locale, lang| Marks::of(Some(locale), lang).map(|marks| (marks.decimal, marks.thousands));
        assert_eq!(marks("es_MX.UTF-8", Lang::Es).unwrap().0, '.');
        assert_eq!(marks("es_CO.UTF-8", Lang::Es), Some((',', '.')));
        assert_eq!(marks("es_ES@euro", Lang::Es), Some((',', '.')));
        assert_eq!(marks("pt_BR.UTF-8", Lang::Pt), Some((',', '.')));
        assert_eq!(marks("en_US.UTF-8", Lang::En), Some(('.', ',')));
        assert_eq!(marks("en_US.UTF-8", Lang::Es), None);
        // Nowhere, nothing known, and a region of other readers.
        for (locale, lang) in [
            (None, Lang::En),
            (Some("C"), Lang::En),
            (Some("en_ZZ"), Lang::En),
            (Some("en_US.UTF-8"), Lang::Es),
        ] {
            assert_eq!(Customs::of(locale, lang), Customs::default(), "{locale:?}");
        }
    }
}
