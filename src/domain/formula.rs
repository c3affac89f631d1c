//! Texts in the cells of spreadsheets: what would be taken for a formula gets a `'` before it, and loses it again.

use std::borrow::Cow;

/// Whether a spreadsheet would take a text for a formula when it reads it from a file of values: a sign stands at its
/// beginning, and it is no plain number such as `+593 99 123 4567`.
fn looks_like_formula(text: &str) -> bool {
    let is_number = |rest: &str| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | ','))
    };
    match text.chars().next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => !is_number(text.get(1..).unwrap_or_default()),
        _ => false,
    }
}

/// Whether the sign before a text is one of ours, or would be taken for one.
fn is_guarded(text: &str) -> bool {
    text.starts_with('\'') && looks_like_formula(text.trim_start_matches('\''))
}

/// A text as a cell that no spreadsheet computes.
pub fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if looks_like_formula(&text) || is_guarded(&text) { format!("'{text}").into() } else { text }
}

/// The text of a cell that was made by [`guarded`].
pub fn unguarded(cell: &str) -> &str {
    if is_guarded(cell) { cell.get(1..).unwrap_or_default() } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_begins_like_a_formula_is_told_from_numbers() {
        for formula in ["=1+1", "@SUM(A1)", "\t=1", "\r=1", "+cmd|' /C calc'!A0", "-2+3", "- milk", "+"] {
            assert!(looks_like_formula(formula), "{formula:?}");
        }
        for text in ["", "hola", "+593991234567", "+593 99 123 4567", "-5", "-1.5", "a=b", "'=1"] {
            assert!(!looks_like_formula(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_guard_comes_off_as_it_was_put_on(text in "['=@+\\-a 1\t]{0,6}") {
            let cell = guarded(text.as_str().into());
            prop_assert!(!looks_like_formula(&cell));
            prop_assert_eq!(unguarded(&cell), text.as_str());
        }
    }
}
