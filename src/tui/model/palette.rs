//! What can be done and where one can go, by name: the command palette and the go-to picker.

use super::{Input, Picker};
use crate::domain::fold::fold;
use crate::domain::folder::Folder;
use crate::i18n::{Customs, Key, Lang, Texts};
use crate::tui::action::Action;
use crate::words;

/// Something that the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What a key does.
    Act(Action),
    /// Put a label of that name on what is chosen.
    Label(String),
    /// Search for that.
    Search(String),
    /// Write what is shown into a file of that name.
    Export(String),
    /// Speak another language.
    Speak(Lang),
    /// Use other colours.
    Paint(String),
}

/// A line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// What it is called.
    pub caption: String,
}

/// What of the language of the screen keys and clicks go by: its texts, by whose widths one finds what was clicked; the names
/// by which commands are found; and the customs of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wording {
    /// The texts.
    pub texts: Texts,
    /// What those who read it are used to.
    pub customs: Customs,
    /// Every action, in the order of the help page.
    actions: Vec<(Action, String)>,
    /// The folders.
    pub folders: Vec<(Folder, String)>,
    /// What going to one of them is called.
    pub folders_caption: String,
    /// Languages and colours, each with all the words that find it.
    choices: Vec<(Entry, String)>,
    /// The words that want something after them: the name of a label, a search, a file.
    label_words: Vec<String>,
    search_words: Vec<String>,
    export_words: Vec<String>,
}

impl Wording {
    /// The names in a language, and the themes to choose from.
    pub fn new(texts: &Texts, themes: &[String]) -> Self {
        let folders: Vec<(Folder, String)> =
            Folder::ALL.into_iter().map(|folder| (folder, words::folder(texts, folder).to_owned())).collect();
        let name = |action: Action| match action.folder() {
            Some(folder) => texts.fill(Key::PaletteGo, &[("folder", &words::folder(texts, folder))]),
            None => action.caption(texts).to_owned(),
        };
        let all = <Action as strum::IntoEnumIterator>::iter();
        let mut choices: Vec<(Entry, String)> = Vec::new();
        for lang in Lang::ALL {
            let own = lang.name();
            let caption = texts.fill(Key::PaletteLang, &[("lang", &own)]);
            let words = format!("lang {} {caption}", lang.code());
            choices.push((Entry { command: Command::Speak(lang), caption }, words));
        }
        for name in themes {
            let own = match name.as_str() {
                "dark" => texts.get(Key::ThemeDark),
                "light" => texts.get(Key::ThemeLight),
                "ansi" => texts.get(Key::ThemeAnsi),
                other => other,
            };
            let caption = texts.fill(Key::PaletteTheme, &[("theme", &words::one_line(own))]);
            let words = format!("theme {name} {caption}");
            choices.push((Entry { command: Command::Paint(name.clone()), caption }, words));
        }
        let words = |key: Key| texts.get(key).split(',').map(fold).collect();
        Self {
            texts: texts.clone(),
            customs: texts.customs(),
            actions: all.map(|action| (action, name(action))).collect(),
            folders,
            folders_caption: texts.get(Key::ActionGo).to_owned(),
            choices,
            label_words: words(Key::PaletteLabelWords),
            search_words: words(Key::PaletteSearchWords),
            export_words: words(Key::PaletteExportWords),
        }
    }

    /// What an action is called.
    pub fn name(&self, action: Action) -> &str {
        self.actions.iter().find(|(one, _)| *one == action).map_or("", |(_, name)| name)
    }

    /// The lines for what was typed, of the actions that are possible: those whose name begins so, then those that have
    /// every word somewhere in it.
    pub fn entries(&self, typed: &str, possible: &[Action]) -> Vec<Entry> {
        if let Some(entry) = self.with_argument(typed, possible) {
            return vec![entry];
        }
        let actions = self.actions.iter().filter(|(action, _)| possible.contains(action));
        let actions = actions.map(|(action, name)| {
            let entry = Entry { command: Command::Act(*action), caption: name.clone() };
            let word: &'static str = action.into();
            (entry, format!("{name} {}", word.replace('_', " ")))
        });
        let wanted = fold(typed);
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let mut found: Vec<(bool, Entry)> = actions
            .chain(self.choices.iter().cloned())
            .filter_map(|(entry, names)| {
                let names = fold(&names);
                let begins = fold(&entry.caption).starts_with(&wanted);
                words.iter().all(|word| names.contains(word)).then_some((!begins, entry))
            })
            .collect();
        found.sort_by_key(|(later, _)| *later);
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// `label orders`, `search ana before:2026-03`, `export inbox.csv`.
    fn with_argument(&self, typed: &str, possible: &[Action]) -> Option<Entry> {
        let (word, argument) = typed.trim_start().split_once(' ')?;
        let (word, argument) = (fold(word), argument.trim());
        if argument.is_empty() {
            return None;
        }
        let caption = format!("{word} {argument}");
        let command = if self.label_words.contains(&word) && possible.contains(&Action::Label) {
            Command::Label(argument.to_owned())
        } else if self.search_words.contains(&word) {
            Command::Search(argument.to_owned())
        } else if self.export_words.contains(&word) && possible.contains(&Action::Export) {
            Command::Export(argument.to_owned())
        } else {
            return None;
        };
        Some(Entry { command, caption })
    }
}

/// The palette while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Palette {
    /// What was typed.
    pub input: Input,
    /// What can be done where it was opened.
    pub possible: Vec<Action>,
    /// The chosen line.
    pub selected: usize,
}

/// The go-to picker while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoTo {
    /// What was typed.
    pub input: Input,
    /// The contacts that it may mean, as the store found them.
    pub picker: Picker,
    /// The chosen line.
    pub selected: usize,
}
