//! What is wrong with a configuration, in a sentence.

use super::one_line;
use crate::config::{ColumnName, Mistake, Problem, Sort};
use crate::i18n::{Key, Texts};

/// A mistake with its file, line and column.
pub fn mistake(texts: &Texts, mistake: &Mistake) -> String {
    let problem = mistaken(texts, &mistake.problem);
    let text = match (&mistake.file, mistake.at) {
        (Some(file), Some(at)) => texts.fill(
            Key::MistakeAt,
            &[("file", &file.display()), ("line", &at.line), ("column", &at.column), ("problem", &problem)],
        ),
        (Some(file), None) => {
            texts.fill(Key::UsageConfig, &[("file", &file.display()), ("problem", &problem)])
        }
        (None, _) => problem,
    };
    // It has words of the file, and a file may have anything in it.
    one_line(&text)
}

/// Several mistakes in one sentence: the first one, and how many more there are.
pub fn mistakes(texts: &Texts, all: &[Mistake]) -> Option<String> {
    let (first, more) = all.split_first()?;
    let first = mistake(texts, first);
    if more.is_empty() {
        return Some(first);
    }
    Some(format!("{first} · {}", texts.count(Key::MistakeMore, more.len() as u64)))
}

/// What is wrong, without its place.
pub fn mistaken(texts: &Texts, problem: &Problem) -> String {
    let meant = |text: String, near: &Option<String>| match near {
        Some(near) => texts.fill(Key::MistakeMeant, &[("problem", &text), ("name", near)]),
        None => text,
    };
    match problem {
        Problem::Syntax(problem) => texts.fill(Key::MistakeSyntax, &[("problem", problem)]),
        Problem::Unreadable(problem) => texts.fill(Key::MistakeUnreadable, &[("problem", problem)]),
        Problem::UnknownSetting(name, near) => {
            meant(texts.fill(Key::MistakeSetting, &[("name", name)]), near)
        }
        Problem::Sort { name, wanted } => sort(texts, name, *wanted),
        Problem::OneOf { name, value, known } => {
            let known = known.join(", ");
            texts.fill(Key::MistakeOneOf, &[("name", name), ("value", value), ("known", &known)])
        }
        Problem::Zone(zone) => texts.fill(Key::UsageZone, &[("zone", zone)]),
        Problem::Country(code) => texts.fill(Key::UsageCountry, &[("code", code)]),
        Problem::NoCommand => texts.get(Key::MistakeNoCommand).to_owned(),
        Problem::Surface(name, near) => meant(texts.fill(Key::MistakeSurface, &[("name", name)]), near),
        Problem::Action { surface, name, nearest } => {
            meant(texts.fill(Key::MistakeAction, &[("surface", surface), ("name", name)]), nearest)
        }
        Problem::Key(key) => texts.fill(Key::MistakeKey, &[("key", key)]),
        Problem::Letter { surface, keys } => {
            texts.fill(Key::MistakeLetter, &[("keys", keys), ("surface", surface)])
        }
        Problem::EscInSequence(keys) => texts.fill(Key::MistakeEsc, &[("keys", keys)]),
        Problem::Clash { keys, action, other } => {
            texts.fill(Key::MistakeClash, &[("keys", keys), ("action", action), ("other", other)])
        }
        Problem::NoWayOut { surface, action } => {
            texts.fill(Key::MistakeNoWayOut, &[("surface", surface), ("action", action)])
        }
        Problem::Theme(name, known) => {
            let known = known.join(", ");
            texts.fill(Key::MistakeTheme, &[("name", name), ("known", &known)])
        }
        Problem::Role(name, near) => meant(texts.fill(Key::MistakeRole, &[("name", name)]), near),
        Problem::Colour(colour) => texts.fill(Key::MistakeColour, &[("colour", colour)]),
    }
}

fn sort(texts: &Texts, name: &str, wanted: Sort) -> String {
    let with_name = |key| texts.fill(key, &[("name", &name)]);
    match wanted {
        Sort::Text => with_name(Key::MistakeText),
        Sort::Flag => with_name(Key::MistakeFlag),
        Sort::Texts => with_name(Key::MistakeTexts),
        Sort::Table => with_name(Key::MistakeTable),
        Sort::Number(least, most) => {
            texts.fill(Key::MistakeNumber, &[("name", &name), ("least", &least), ("most", &most)])
        }
        Sort::Columns => {
            let known = <ColumnName as strum::VariantNames>::VARIANTS.join(", ");
            texts.fill(Key::MistakeColumns, &[("name", &name), ("known", &known)])
        }
    }
}
