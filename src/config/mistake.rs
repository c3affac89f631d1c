//! What is wrong with a configuration, and where. Words for it are found in `words.rs`.

use std::path::PathBuf;

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    pub fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let begun = before.rfind('\n').map_or(0, |end| end + 1);
        Self { line, column: before.get(begun..).unwrap_or_default().chars().count() + 1 }
    }
}

/// A value, and where it stands when it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where; none when it is a default or was said on the command line.
    pub at: Option<Place>,
}

impl<T> Given<T> {
    /// A value that stands in no file.
    pub fn nowhere(value: T) -> Self {
        Self { value, at: None }
    }
}

/// Whom a mistake concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matters {
    /// Every command: it may be about which workspace is meant.
    Everywhere,
    /// The screen alone.
    OnScreen,
}

/// Something that is wrong with a configuration, or with a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file; none when it was said on the command line.
    pub file: Option<PathBuf>,
    /// Where, when that is known.
    pub at: Option<Place>,
    /// What.
    pub problem: Problem,
    /// Whom it concerns.
    pub matters: Matters,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is not TOML; the parser's words.
    Syntax(String),
    /// It cannot be read; the system's words.
    Unreadable(String),
    /// There is no such setting. The one that may be meant.
    UnknownSetting(String, Option<String>),
    /// A setting wants another sort of value.
    Sort {
        /// The setting.
        name: String,
        /// What it wants.
        wanted: Sort,
    },
    /// A setting wants one of these.
    OneOf {
        /// The setting.
        name: String,
        /// What it has.
        value: String,
        /// What it could have.
        known: Vec<String>,
    },
    /// There is no such time zone.
    Zone(String),
    /// There is no such country.
    Country(String),
    /// A command is wanted for notifications, and none is named.
    NoCommand,
    /// A part of the screen has no such name.
    Surface(String, Option<String>),
    /// Nothing of that name can be done there.
    Action {
        /// Where.
        surface: String,
        /// What.
        name: String,
        /// What may be meant.
        nearest: Option<String>,
    },
    /// There is no such key.
    Key(String),
    /// A key that is typed there as a letter.
    Letter {
        /// Where.
        surface: String,
        /// The key.
        keys: String,
    },
    /// Esc cancels a sequence, and cannot be in one.
    EscInSequence(String),
    /// Two actions have the same keys, or one has the beginning of the other's.
    Clash {
        /// The keys that are not used.
        keys: String,
        /// Of which action.
        action: String,
        /// The action that keeps them.
        other: String,
    },
    /// There would be no key to leave.
    NoWayOut {
        /// From where.
        surface: String,
        /// What does it.
        action: String,
    },
    /// There is no such theme.
    Theme(String, Vec<String>),
    /// A theme has no such role. The one that may be meant.
    Role(String, Option<String>),
    /// It is no colour.
    Colour(String),
}

/// A sort of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number between these.
    Number(u32, u32),
    /// A list of texts.
    Texts,
    /// A list of columns.
    Columns,
    /// A table.
    Table,
}

/// The name that is likeliest meant by one that does not exist.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let far = |there: &str| distance(name, there);
    let best = known.into_iter().map(|there| (far(there), there)).min_by_key(|(far, _)| *far)?;
    (best.0 <= (name.chars().count() / 3).max(1)).then(|| best.1.to_owned())
}

/// How many letters have to be put in, taken out, changed or swapped to make one name of another.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    let at = |rows: &[Vec<usize>], x: usize, y: usize| {
        rows.get(x).and_then(|row| row.get(y)).copied().unwrap_or(usize::MAX / 2)
    };
    for x in 1..=one.len() {
        let mut row = vec![x];
        for y in 1..=other.len() {
            let (here, there) = (one.get(x - 1), other.get(y - 1));
            let change = at(&rows, x - 1, y - 1) + usize::from(here != there);
            let left = row.last().copied().unwrap_or(0) + 1;
            let is_swap = x > 1 && y > 1 && one.get(x - 2) == there && here == other.get(y - 2);
            let swap = if is_swap { at(&rows, x - 2, y - 2) + 1 } else { usize::MAX };
            row.push(change.min(left).min(at(&rows, x - 1, y) + 1).min(swap));
        }
        rows.push(row);
    }
    at(&rows, one.len(), other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_lines() {
        let text = "a = 1\nñandú = [\n  2]";
        assert_eq!(Place::of(text, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(text, text.find('=').unwrap()), Place { line: 1, column: 3 });
        assert_eq!(Place::of(text, text.find('[').unwrap()), Place { line: 2, column: 9 });
        assert_eq!(Place::of(text, 999), Place { line: 3, column: 5 });
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["theme", "reading", "undo_send"];
        assert_eq!(nearest("them", known).as_deref(), Some("theme"));
        assert_eq!(nearest("undo-send", known).as_deref(), Some("undo_send"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!((distance("", "abc"), distance("abc", "abc"), distance("kitten", "sitting")), (3, 0, 3));
        assert_eq!((distance("titel", "title"), distance("ab", "ba"), distance("ñu", "un")), (1, 1, 2));
    }
}
