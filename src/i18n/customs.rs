//! What people of a region are used to, whatever their language: on which day a week begins, and whether the hours of a day
//! are counted to 12 or to 24.

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
}

impl Default for Customs {
    fn default() -> Self {
        Self { twelve_hours: false, week_start: Weekday::Mon }
    }
}

impl Customs {
    /// Those of a locale (`es_CO.UTF-8`), as the GNU C library has them. A locale of another language than the texts tells
    /// nothing of those who read them.
    pub fn of(locale: Option<&str>, lang: Lang) -> Self {
        let Some(locale) = locale.filter(|locale| Lang::from_locale(locale) == Some(lang)) else {
            return Self::default();
        };
        let (name, modifier) = locale.split_once('@').map_or((locale, ""), |(name, after)| (name, after));
        let name = name.split('.').next().unwrap_or_default();
        let with_modifier = format!("{name}@{modifier}");
        let Ok(locale) = Locale::try_from(with_modifier.as_str()).or_else(|_| Locale::try_from(name)) else {
            return Self::default();
        };
        let time = locale_match!(locale => LC_TIME::T_FMT);
        // `%r`, `%I` and `%p` are what 12 hours are written with.
        let twelve_hours = ["%r", "%I", "%p"].iter().any(|part| time.contains(part));
        let week: Option<&[i64]> = locale_match!(locale => LC_TIME::WEEK);
        // The week is counted from a date, a Sunday or a Monday; the first day is the n-th from there, from 1.
        let base =
            if week.and_then(|week| week.get(1)) == Some(&19_971_201) { Weekday::Mon } else { Weekday::Sun };
        let first = locale_match!(locale => LC_TIME::FIRST_WEEKDAY).unwrap_or(1);
        let week_start = (1..first.clamp(1, 7)).fold(base, |day, _| day.succ());
        Self { twelve_hours, week_start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customs_go_by_the_region() {
        let check = |locale, lang, twelve_hours, week_start| {
            assert_eq!(Customs::of(locale, lang), Customs { twelve_hours, week_start }, "{locale:?}");
        };
        check(Some("en_US.UTF-8"), Lang::En, true, Weekday::Sun);
        check(Some("en_GB.UTF-8"), Lang::En, false, Weekday::Mon);
        check(Some("es_ES@euro"), Lang::Es, false, Weekday::Mon);
        check(Some("es_MX.UTF-8"), Lang::Es, false, Weekday::Sun);
        check(Some("pt_BR.UTF-8"), Lang::Pt, false, Weekday::Sun);
        check(Some("pt_PT"), Lang::Pt, false, Weekday::Mon);
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
