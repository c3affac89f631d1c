//! The totals while they are looked at: which period, what was typed for another one, and its figures.

use chrono::NaiveDate;

use super::{Input, Load};
use crate::domain::Time;
use crate::domain::period::Period;
use crate::domain::stats::Stats;
use crate::i18n::{Key, Texts};
use crate::tui::event::Ask;
use crate::words;

/// A period to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodChoice {
    /// So many days, of which today is the last.
    Days(u32),
    /// A year, of which today is the last day.
    Year,
    /// All times.
    All,
    /// One that was typed: the text, and what it says.
    Typed(String, Period),
}

impl PeriodChoice {
    /// What it is called.
    pub fn caption(&self, texts: &Texts) -> String {
        match self {
            Self::Days(days) => texts.count(Key::PeriodDays, (*days).into()),
            Self::Year => texts.get(Key::PeriodYear).to_owned(),
            Self::All => texts.get(Key::PeriodAll).to_owned(),
            Self::Typed(text, _) => words::one_line(text),
        }
    }

    /// What it says on a day.
    pub fn period(&self, today: NaiveDate) -> Period {
        match self {
            Self::Days(days) => Period::last_days(*days, today),
            Self::Year => Period::last_year(today),
            Self::All => Period::default(),
            Self::Typed(_, period) => *period,
        }
    }
}

/// A period that is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodInput {
    /// The line.
    pub line: Input,
    /// Whether it was taken for a period and is none.
    pub is_wrong: bool,
}

/// The totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The periods to choose from, the shortest first; one that was typed stands at the end.
    pub choices: Vec<PeriodChoice>,
    /// Which of them is shown.
    pub chosen: usize,
    /// What is typed for another one.
    pub input: Option<PeriodInput>,
    /// The figures of the period. Those that are here stay until newer ones of the same period come.
    pub figures: Load<Box<Stats>>,
    /// The question for them that is not answered yet.
    pub asked: Option<Ask>,
    /// When they were asked for.
    pub asked_on: Time,
    /// Whether something changed since then.
    pub is_stale: bool,
    /// Whether something changed that the list behind does not show yet.
    pub is_behind: bool,
    /// How many channels there are, as far as that is known: the layout keeps its shape while figures are on their way.
    pub channels: usize,
    /// The page that is shown.
    pub page: usize,
}

impl Totals {
    /// The last thirty days, of which nothing is known yet.
    pub fn new(now: Time) -> Self {
        Self {
            choices: vec![
                PeriodChoice::Days(7),
                PeriodChoice::Days(30),
                PeriodChoice::Days(90),
                PeriodChoice::Year,
                PeriodChoice::All,
            ],
            chosen: 1,
            input: None,
            figures: Load::Asked,
            asked: None,
            asked_on: now,
            is_stale: false,
            is_behind: false,
            channels: 3,
            page: 0,
        }
    }

    /// The period that is shown, on a day.
    pub fn period(&self, today: NaiveDate) -> Period {
        self.choices.get(self.chosen).map(|choice| choice.period(today)).unwrap_or_default()
    }
}
