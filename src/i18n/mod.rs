//! Every text that people read, in English, Spanish and Portuguese.
//!
//! A text is asked for by a [`Key`]; the catalogues in `assets/locales` are compiled in and held to all keys and to equal
//! placeholders by a test. This module knows languages and nothing of ours.

mod customs;
mod dates;
mod keys;

use std::fmt::{Display, Write as _};

use strum::{EnumCount, IntoEnumIterator};

pub use customs::{Customs, DayOrder, Marks};
pub use dates::Dates;
pub use keys::Key;

/// A language that recado speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::Es, Self::Pt];

    /// The word in commands: `en`, `es` or `pt`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
        }
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "español",
            Self::Pt => "português",
        }
    }

    /// The language of a locale such as `es_CO.UTF-8`, when it is one of ours.
    pub fn from_locale(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '.', '-', '@']).next()?.to_lowercase();
        Self::ALL.into_iter().find(|lang| lang.code() == language)
    }

    fn catalogue(self) -> &'static str {
        match self {
            Self::En => include_str!("../../assets/locales/en.toml"),
            Self::Es => include_str!("../../assets/locales/es.toml"),
            Self::Pt => include_str!("../../assets/locales/pt.toml"),
        }
    }

    /// Which form of a text goes with a number (CLDR's cardinal rules for whole numbers).
    fn form(self, n: u64) -> Form {
        match self {
            Self::En if n == 1 => Form::One,
            Self::Es if n == 1 => Form::One,
            Self::Pt if n == 1 => Form::One,
            Self::Es | Self::Pt if n > 0 && n.is_multiple_of(1_000_000) => Form::Many,
            Self::En | Self::Es | Self::Pt => Form::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    Many,
    Other,
}

/// A text of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Text {
    Plain(String),
    Counted { one: String, many: Option<String>, other: String },
}

impl Text {
    fn form(&self, form: Form) -> &str {
        match (self, form) {
            (Self::Plain(text), _) => text,
            (Self::Counted { one, .. }, Form::One) => one,
            (Self::Counted { many: Some(many), .. }, Form::Many) => many,
            (Self::Counted { other, .. }, Form::Many | Form::Other) => other,
        }
    }
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    lang: Lang,
    customs: Customs,
    catalogue: Vec<Text>,
}

impl Texts {
    /// The texts of a language, with the customs of nowhere.
    pub fn new(lang: Lang) -> Self {
        // A test reads every catalogue; a key that were missing all the same shows its name.
        let mut catalogue: toml::Table = lang.catalogue().parse().unwrap_or_default();
        let mut texts = Vec::with_capacity(Key::COUNT);
        for key in Key::iter() {
            let name: &'static str = key.into();
            let text = catalogue.remove(name).and_then(|text| text.try_into().ok());
            texts.push(text.unwrap_or_else(|| Text::Plain(name.to_owned())));
        }
        Self { lang, customs: Customs::default(), catalogue: texts }
    }

    /// The same with the customs of those who read them.
    #[must_use]
    pub fn with_customs(self, customs: Customs) -> Self {
        Self { customs, ..self }
    }

    /// The customs of those who read them.
    pub fn customs(&self) -> Customs {
        self.customs
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A text as it stands.
    pub fn get(&self, key: Key) -> &str {
        self.form(key, Form::Other)
    }

    /// A text with its placeholders filled.
    pub fn fill(&self, key: Key, values: &[(&str, &dyn Display)]) -> String {
        fill(self.get(key), values)
    }

    /// A text about a number: the form that goes with it, and the number in `{n}`.
    pub fn count(&self, key: Key, n: u64) -> String {
        self.count_fill(key, n, &[])
    }

    /// A text about a number, with other placeholders filled too.
    pub fn count_fill(&self, key: Key, n: u64, values: &[(&str, &dyn Display)]) -> String {
        let number = self.number(n);
        let mut all: Vec<(&str, &dyn Display)> = vec![("n", &number)];
        all.extend_from_slice(values);
        fill(self.form(key, self.lang.form(n)), &all)
    }

    /// A number of tenths, with its decimal mark: 34 is `3.4`.
    pub fn decimal(&self, tenths: u64) -> String {
        format!("{}{}{}", self.number(tenths / 10), self.marks().decimal, tenths % 10)
    }

    /// The marks in numbers: those of the region, else of the language.
    fn marks(&self) -> Marks {
        self.customs.marks.unwrap_or(match self.lang {
            Lang::En => Marks { decimal: '.', thousands: ',' },
            Lang::Es | Lang::Pt => Marks { decimal: ',', thousands: '.' },
        })
    }

    /// A number with its thousands parted. Spanish parts from five digits on.
    pub fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let separator = self.marks().thousands;
        let fewest = match self.lang {
            Lang::En | Lang::Pt => 4,
            Lang::Es => 5,
        };
        if digits.len() < fewest {
            return digits;
        }
        let mut parted = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                parted.push(separator);
            }
            parted.push(digit);
        }
        parted
    }

    /// A share as a percentage with one decimal.
    pub fn percent(&self, share: f64) -> String {
        let text = format!("{:.1}", share * 100.0).replace('.', &self.marks().decimal.to_string());
        match self.lang {
            Lang::En | Lang::Pt => format!("{text}%"),
            Lang::Es => format!("{text} %"),
        }
    }

    fn form(&self, key: Key, form: Form) -> &str {
        self.catalogue.get(key as usize).map_or("", |text| text.form(form))
    }
}

fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match values.iter().find(|(there, _)| *there == name) {
            Some((_, value)) => write!(filled, "{value}").unwrap_or_default(),
            None => write!(filled, "{{{name}}}").unwrap_or_default(),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn every_catalogue_has_every_key_with_the_same_placeholders_and_none_more() {
        let english: toml::Table = Lang::En.catalogue().parse().unwrap();
        for lang in Lang::ALL {
            let mut catalogue: toml::Table = lang.catalogue().parse().unwrap();
            for key in Key::iter() {
                let name: &'static str = key.into();
                let text = catalogue.remove(name).unwrap_or_else(|| panic!("{} lacks {name}", lang.code()));
                let text: Text =
                    text.try_into().unwrap_or_else(|_| panic!("{} has a wrong {name}", lang.code()));
                let wanted: Text = english[name].clone().try_into().unwrap();
                let counted = |text: &Text| matches!(text, Text::Counted { .. });
                assert_eq!(counted(&text), counted(&wanted), "{name} in {}", lang.code());
                let same = placeholders(wanted.form(Form::Other));
                for form in [Form::Many, Form::Other] {
                    assert_eq!(placeholders(text.form(form)), same, "{name} in {}", lang.code());
                }
                assert!(placeholders(text.form(Form::One)).is_subset(&same), "{name} in {}", lang.code());
            }
            assert_eq!(
                catalogue.keys().collect::<Vec<_>>(),
                Vec::<&String>::new(),
                "unused in {}",
                lang.code()
            );
        }
    }

    #[test]
    fn numbers_and_plurals_follow_the_language() {
        let check = |lang, n, expected: &str| assert_eq!(Texts::new(lang).number(n), expected);
        check(Lang::En, 1234, "1,234");
        check(Lang::Es, 1234, "1234");
        check(Lang::Es, 12345, "12.345");
        check(Lang::Pt, 1_234_567, "1.234.567");
        check(Lang::En, 999, "999");
        assert_eq!(Lang::En.form(0), Form::Other);
        assert_eq!(Lang::Pt.form(0), Form::Other);
        assert_eq!(Lang::Es.form(2_000_000), Form::Many);
        assert_eq!(Texts::new(Lang::Es).percent(0.975), "97,5 %");
        let matches = |lang, n| Texts::new(lang).count(Key::Matches, n);
        assert_eq!(matches(Lang::Es, 1_000_000), "1.000.000 de resultados");
        assert_eq!(matches(Lang::Pt, 2_000_000), "2.000.000 de resultados");
        assert_eq!(matches(Lang::Es, 1_000_001), "1.000.001 resultados");
        assert_eq!(matches(Lang::Pt, 0), "0 resultados");
    }

    #[test]
    fn locales_choose_a_language() {
        let check = |locale, expected| assert_eq!(Lang::from_locale(locale), expected);
        check("es_CO.UTF-8", Some(Lang::Es));
        check("pt-BR", Some(Lang::Pt));
        check("en", Some(Lang::En));
        check("C", None);
        check("", None);
        check("estonian", None);
    }
}
