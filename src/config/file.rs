//! The configuration file: which settings there are, and what each may say.

use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::mistake::{Given, Matters, Mistake, Problem, Sort};
use super::reading::{Reading, Value, entries};
use super::{
    Column, ConversationKind, DateStyle, Hours, Notify, NotifyWhen, ReadingPane, RowLines, ScreenKind,
    WeekStart,
};

/// What a file says; none where it says nothing.
#[derive(Debug, Default)]
pub(super) struct File {
    pub db: Option<PathBuf>,
    pub lang: Option<Given<String>>,
    pub hours: Option<Hours>,
    pub week_start: Option<WeekStart>,
    pub country: Option<Given<String>>,
    pub zone: Option<Tz>,
    pub editor: Option<String>,
    pub undo_send: Option<u32>,
    pub mouse: Option<bool>,
    pub start: Option<Given<String>>,
    pub screen: Option<ScreenKind>,
    pub reading: Option<ReadingPane>,
    pub conversation: Option<ConversationKind>,
    pub dates: Option<DateStyle>,
    pub theme: Option<Given<String>>,
    pub theme_dark: Option<Given<String>>,
    pub theme_light: Option<Given<String>>,
    pub lines: Option<RowLines>,
    pub columns: Option<Vec<Column>>,
    pub notify: Option<Notify>,
    pub notify_when: Option<NotifyWhen>,
    pub notify_text: Option<bool>,
    pub notify_command: Option<Vec<String>>,
    pub keys: Vec<GivenKeys>,
}

/// Keys that a file gives to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenKeys {
    /// Where.
    pub surface: Given<String>,
    /// What.
    pub action: Given<String>,
    /// By which keys; none to take all away.
    pub keys: Vec<Given<String>>,
}

/// The longest that a message may wait before it leaves, in seconds.
const LONGEST_UNDO_SEND: u32 = 600;

/// The widest column of the list.
const WIDEST_COLUMN: u16 = 200;

/// The settings that every command goes by.
const EVERYWHERE: [&str; 8] =
    ["db", "lang", "hours", "week_start", "country", "timezone", "editor", "undo_send"];

/// Those of the screen.
const ON_SCREEN: [&str; 12] = [
    "mouse",
    "start",
    "screen",
    "reading",
    "conversation",
    "dates",
    "theme",
    "theme_dark",
    "theme_light",
    "list",
    "notify",
    "keys",
];

/// Reads a file, and what is wrong with it.
pub(super) fn read(path: &Path, text: &str) -> (File, Vec<Mistake>) {
    let (mut reading, table) = Reading::begin(path, text);
    let mut file = File::default();
    for (name, value) in entries(&table) {
        let is_screen = ON_SCREEN.contains(&name.get_ref().as_ref());
        reading.matters = if is_screen { Matters::OnScreen } else { Matters::Everywhere };
        let setting = name.get_ref().as_ref();
        match setting {
            "db" => file.db = workspace(&mut reading, (name.span(), value)),
            "lang" => file.lang = reading.text(setting, value),
            "hours" => file.hours = reading.choice(setting, value),
            "week_start" => file.week_start = reading.choice(setting, value),
            "country" => file.country = reading.text(setting, value),
            "timezone" => file.zone = zone(&mut reading, value),
            "editor" => file.editor = reading.text(setting, value).map(|editor| editor.value),
            "undo_send" => file.undo_send = reading.number(setting, value, 0, LONGEST_UNDO_SEND),
            "mouse" => file.mouse = reading.flag(setting, value),
            "start" => file.start = reading.text(setting, value),
            "screen" => file.screen = reading.choice(setting, value),
            "reading" => file.reading = reading.choice(setting, value),
            "conversation" => file.conversation = reading.choice(setting, value),
            "dates" => file.dates = reading.choice(setting, value),
            "theme" => file.theme = reading.text(setting, value),
            "theme_dark" => file.theme_dark = reading.text(setting, value),
            "theme_light" => file.theme_light = reading.text(setting, value),
            "list" => list(&mut reading, value, &mut file),
            "notify" => notify(&mut reading, value, &mut file),
            "keys" => keys(&mut reading, value, &mut file),
            _ => {
                let known: Vec<&str> = EVERYWHERE.into_iter().chain(ON_SCREEN).collect();
                reading.unknown(name, &known);
            }
        }
    }
    (file, reading.mistakes)
}

/// Where the workspace is: half a path is no path.
fn workspace(reading: &mut Reading<'_>, (name, value): (Range<usize>, &Value<'_>)) -> Option<PathBuf> {
    if reading.is_doubtful(&name) {
        reading.wrong(name, Problem::Sort { name: "db".to_owned(), wanted: Sort::Text });
        return None;
    }
    reading.text("db", value).map(|path| PathBuf::from(path.value))
}

fn zone(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Tz> {
    let name = reading.text("timezone", value)?.value;
    name.parse().ok().or_else(|| {
        reading.wrong(value.span(), Problem::Zone(name));
        None
    })
}

fn list<'t>(reading: &mut Reading<'t>, value: &Value<'t>, file: &mut File) {
    for (name, value) in reading.table("list", value) {
        match name.get_ref().as_ref() {
            "lines" => file.lines = reading.choice("list.lines", value),
            "columns" => file.columns = columns(reading, value),
            _ => reading.unknown(name, &["lines", "columns"]),
        }
    }
}

/// `name` is a column at its usual width, `"name 24"` one of 24 cells.
fn columns(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Vec<Column>> {
    let written = reading.texts("list.columns", value)?;
    let columns: Option<Vec<Column>> = written.iter().map(|text| column(&text.value)).collect();
    let columns = columns.filter(|columns| !columns.is_empty());
    if columns.is_none() {
        let name = "list.columns".to_owned();
        reading.wrong(value.span(), Problem::Sort { name, wanted: Sort::Columns });
    }
    columns
}

fn column(text: &str) -> Option<Column> {
    let (name, width) = match text.split_once(' ') {
        Some((name, width)) => (name, Some(width.trim().parse().ok()?)),
        None => (text, None),
    };
    let fits = width.is_none_or(|width| (1..=WIDEST_COLUMN).contains(&width));
    fits.then_some(Column { name: name.parse().ok()?, width })
}

fn notify<'t>(reading: &mut Reading<'t>, value: &Value<'t>, file: &mut File) {
    for (name, value) in reading.table("notify", value) {
        match name.get_ref().as_ref() {
            "how" => file.notify = reading.choice("notify.how", value),
            "when" => file.notify_when = reading.choice("notify.when", value),
            "text" => file.notify_text = reading.flag("notify.text", value),
            "command" => {
                let words = reading.texts("notify.command", value);
                file.notify_command = words.map(|words| words.into_iter().map(|word| word.value).collect());
            }
            _ => reading.unknown(name, &["how", "when", "text", "command"]),
        }
    }
    let named = file.notify_command.as_ref().is_some_and(|words| !words.is_empty());
    if file.notify == Some(Notify::Command) && !named {
        reading.wrong(value.span(), Problem::NoCommand);
        file.notify = None;
    }
}

fn keys<'t>(reading: &mut Reading<'t>, value: &Value<'t>, file: &mut File) {
    for (surface, actions) in reading.table("keys", value) {
        let place = reading.given(&surface.span(), surface.get_ref().to_string());
        for (action, keys) in reading.table(&format!("keys.{}", place.value), actions) {
            let action = reading.given(&action.span(), action.get_ref().to_string());
            let name = format!("keys.{}.{}", place.value, action.value);
            if let Some(keys) = reading.texts(&name, keys) {
                file.keys.push(GivenKeys { surface: place.clone(), action, keys });
            }
        }
    }
}

/// The names of all settings, for a test.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EVERYWHERE.into_iter().chain(ON_SCREEN)
}
