//! Which of a date's numbers is the day: decided over all the dates of a file, for one alone does not say it.

/// Which number of a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// The day, then the month.
    DayFirst,
    /// The month, then the day.
    MonthFirst,
    /// The year, then the month.
    YearFirst,
}

impl DateOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The word in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::YearFirst => "year-first",
        }
    }

    /// The order of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// What the dates of a file have shown of their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four things that may or may not have been seen")]
pub(super) struct Seen {
    year_first: bool,
    day_first: bool,
    month_first: bool,
    differs: bool,
}

impl Seen {
    /// Looks at the first and second number of a date.
    pub(super) fn look_at(&mut self, first: u32, second: u32) {
        self.year_first |= first > 31;
        self.day_first |= first > 12;
        self.month_first |= second > 12;
        self.differs |= first != second;
    }

    /// Whether there are dates that mean another day when they are read in another order.
    pub(super) fn is_undecided(self) -> bool {
        self.differs && !(self.year_first || self.day_first || self.month_first)
    }

    /// The order: what the dates show; what somebody says where they do not show it; else the day first.
    pub(super) fn order(self, said: Option<DateOrder>) -> DateOrder {
        if self.year_first {
            DateOrder::YearFirst
        } else if self.day_first {
            DateOrder::DayFirst
        } else if self.month_first {
            DateOrder::MonthFirst
        } else {
            said.unwrap_or(DateOrder::DayFirst)
        }
    }
}
