//! Reading a TOML file value by value: what is wrong is noted with its line and column, and the rest is read all the same.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Given, Matters, Mistake, Place, Problem, Sort, nearest};

/// A file as it is read.
pub struct Reading<'t> {
    path: PathBuf,
    text: &'t str,
    /// Whether it is not TOML: the parser puts empty values where it found none.
    is_damaged: bool,
    /// Whom the next mistake concerns.
    pub matters: Matters,
    /// What was found wrong so far.
    pub mistakes: Vec<Mistake>,
}

/// A value of a file.
pub type Value<'t> = Spanned<DeValue<'t>>;

impl<'t> Reading<'t> {
    /// Begins to read a file, and gives what it says, as far as it is TOML.
    pub fn begin(path: &Path, text: &'t str) -> (Self, DeTable<'t>) {
        let mut reading = Self {
            path: path.to_owned(),
            text,
            is_damaged: false,
            matters: Matters::Everywhere,
            mistakes: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = Place::of(text, span.start).line;
            // What follows from one slip on a line is no news.
            if !reading.mistakes.iter().any(|there| there.at.is_some_and(|at| at.line == line)) {
                reading.wrong(span, Problem::Syntax(error.message().to_owned()));
            }
        }
        reading.is_damaged = !reading.mistakes.is_empty();
        (reading, table.into_inner())
    }

    /// Notes that something is wrong somewhere.
    pub fn wrong(&mut self, span: Range<usize>, problem: Problem) {
        let mistake = Mistake {
            file: Some(self.path.clone()),
            at: Some(Place::of(self.text, span.start)),
            problem,
            matters: self.matters,
        };
        self.mistakes.push(mistake);
    }

    /// Whether the line of a place is damaged: what was made out of it may be another thing than was meant.
    pub fn is_doubtful(&self, span: &Range<usize>) -> bool {
        let line = Place::of(self.text, span.start).line;
        self.is_damaged && self.mistakes.iter().any(|there| there.at.is_some_and(|at| at.line == line))
    }

    /// A value with its place.
    pub fn given<T>(&self, span: &Range<usize>, value: T) -> Given<T> {
        Given { value, at: Some(Place::of(self.text, span.start)) }
    }

    /// Notes that there is no setting of that name among those that there are.
    pub fn unknown(&mut self, name: &Spanned<impl AsRef<str>>, known: &[&str]) {
        let text = name.get_ref().as_ref();
        let near = nearest(text, known.iter().copied());
        self.wrong(name.span(), Problem::UnknownSetting(text.to_owned(), near));
    }

    fn sort<T>(&mut self, name: &str, value: &Value<'_>, wanted: Sort) -> Option<T> {
        if self.is_damaged && value.span().is_empty() {
            return None;
        }
        self.wrong(value.span(), Problem::Sort { name: name.to_owned(), wanted });
        None
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &Value<'_>) -> Option<Given<String>> {
        match value.get_ref().as_str() {
            Some(text) => Some(self.given(&value.span(), text.to_owned())),
            None => self.sort(name, value, Sort::Text),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str, value: &Value<'_>) -> Option<bool> {
        value.get_ref().as_bool().or_else(|| self.sort(name, value, Sort::Flag))
    }

    /// A whole number between two.
    pub fn number(&mut self, name: &str, value: &Value<'_>, least: u32, most: u32) -> Option<u32> {
        let number = value.get_ref().as_integer();
        number
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (least..=most).contains(number))
            .or_else(|| self.sort(name, value, Sort::Number(least, most)))
    }

    /// One of the values of an enum.
    pub fn choice<T: std::str::FromStr + strum::VariantNames>(
        &mut self,
        name: &str,
        value: &Value<'_>,
    ) -> Option<T> {
        let text = self.text(name, value)?.value;
        text.parse().ok().or_else(|| {
            let known = T::VARIANTS.iter().map(|name| (*name).to_owned()).collect();
            self.wrong(value.span(), Problem::OneOf { name: name.to_owned(), value: text, known });
            None
        })
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &str, value: &Value<'_>) -> Option<Vec<Given<String>>> {
        let Some(array) = value.get_ref().as_array() else { return self.sort(name, value, Sort::Texts) };
        let texts: Option<Vec<_>> = array
            .iter()
            .map(|item| item.get_ref().as_str().map(|text| self.given(&item.span(), text.to_owned())))
            .collect();
        texts.or_else(|| self.sort(name, value, Sort::Texts))
    }

    /// The entries of a table, in the order of the file.
    pub fn table<'v>(&mut self, name: &str, value: &'v Value<'t>) -> Vec<Entry<'v, 't>> {
        match value.get_ref().as_table() {
            Some(table) => entries(table),
            None => self.sort(name, value, Sort::Table).unwrap_or_default(),
        }
    }
}

/// A name and its value.
pub type Entry<'v, 't> = (&'v Spanned<std::borrow::Cow<'t, str>>, &'v Value<'t>);

/// The entries of a table, in the order of the file.
pub fn entries<'v, 't>(table: &'v DeTable<'t>) -> Vec<Entry<'v, 't>> {
    let mut entries: Vec<Entry<'v, 't>> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}
