//! The texts as the configuration and the locale want them.

use chrono::Weekday;

use crate::config::{Config, Hours, WeekStart};
use crate::i18n::{Customs, Lang, Texts};

/// The texts of a language, with the customs that were chosen, else those of the locale.
pub fn texts(config: &Config, lang: Lang) -> Texts {
    let mut customs = Customs::of(config.time_locale.as_deref(), lang);
    match config.hours {
        Hours::Auto => {}
        Hours::Twelve => customs.twelve_hours = true,
        Hours::TwentyFour => customs.twelve_hours = false,
    }
    match config.week_start {
        WeekStart::Auto => {}
        WeekStart::Monday => customs.week_start = Weekday::Mon,
        WeekStart::Saturday => customs.week_start = Weekday::Sat,
        WeekStart::Sunday => customs.week_start = Weekday::Sun,
    }
    Texts::new(lang).with_customs(customs)
}
