//! The texts as the configuration and the locale want them.

use chrono::Weekday;

use crate::config::{Config, Hours, WeekStart};
use crate::i18n::{Customs, Lang, Marks, Texts};

/// The texts of a language, with the customs that were chosen, else those of the locale.
pub fn texts(config: &Config, lang: Lang) -> Texts {
    let mut customs = Customs::of(config.time_locale.as_deref(), lang);
    customs.marks = Marks::of(config.number_locale.as_deref(), lang);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[test]
    fn what_is_chosen_goes_before_the_locale() {
        let check = |file: &str, lc_time: Option<&str>, twelve_hours, week_start| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            std::fs::write(&path, file).unwrap();
            let flags = Flags { config: Some(path), ..Flags::default() };
            let env = |name: &str| match name {
                "LC_TIME" => lc_time.map(str::to_owned),
                "LANG" => Some("en_US.UTF-8".to_owned()),
                "HOME" => Some("/home/ana".to_owned()),
                _ => None,
            };
            let config = Config::load(flags, env).unwrap();
            assert_eq!(config.mistakes, Vec::new());
            let customs = texts(&config, Lang::En).customs();
            assert_eq!((customs.twelve_hours, customs.week_start), (twelve_hours, week_start), "{file}");
        };
        check("", None, true, Weekday::Sun);
        check("", Some("en_GB.UTF-8"), false, Weekday::Mon);
        check("hours = \"24\"", None, false, Weekday::Sun);
        check("week_start = \"saturday\"", None, true, Weekday::Sat);
        check("hours = \"12\"\nweek_start = \"monday\"", Some("C"), true, Weekday::Mon);
    }
}
