//! Which key does what: a table from surface and keys to action. Help and hints are made from the same table.
//!
//! An action has a key, or a sequence of them. A key that begins a sequence does nothing else, so nobody has to be quick and
//! nothing is guessed from a pause. What a person's file says goes before the defaults: `keymap/merge.rs`.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys are not ours to list")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;

mod merge;

pub use merge::merged;

/// What has the keyboard.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Surface {
    /// What all panes share.
    Panes,
    /// The folders.
    Sidebar,
    /// The list.
    List,
    /// The conversation.
    Reading,
    /// The search box.
    Search,
    /// The choice of labels.
    Labels,
    /// The menu of order and filter.
    Order,
    /// The figures of a period.
    Totals,
    /// A period that is typed.
    Period,
    /// The help page.
    Help,
    /// A message that is being written.
    Compose,
    /// The list of drafts.
    Drafts,
    /// The command palette.
    Palette,
    /// The go-to picker.
    GoTo,
    /// Everything that is known of a contact.
    Contact,
    /// The choice of what to open.
    Links,
    /// The day to go to.
    Date,
    /// The file to bring messages in from.
    Import,
    /// The file to write what is shown into.
    Export,
    /// What was done last.
    Deeds,
    /// A question.
    Confirm,
}

impl Surface {
    /// Whether it is a pane, and so knows what all panes know.
    pub fn is_pane(self) -> bool {
        matches!(self, Self::Sidebar | Self::List | Self::Reading)
    }

    /// Whether letters are typed there.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Search
                | Self::Labels
                | Self::Compose
                | Self::Palette
                | Self::GoTo
                | Self::Date
                | Self::Import
                | Self::Export
                | Self::Help
                | Self::Period
        )
    }
}

/// A key with its modifiers, as the table writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Press {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
}

/// The keys that have names.
const NAMES: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("del", KeyCode::Delete),
    ("ins", KeyCode::Insert),
    ("backspace", KeyCode::Backspace),
];

impl Press {
    /// Whether it is Esc, which cancels.
    pub fn is_esc(self) -> bool {
        self == Self { code: KeyCode::Esc, ctrl: false, alt: false }
    }

    /// Whether it types a letter where letters are typed.
    fn is_letter(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && !self.ctrl && !self.alt
    }

    /// Reads `a`, `A`, `ctrl-u`, `pgdn` and so on.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let (mut ctrl, mut alt) = (false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-") {
                (ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (alt, rest) = (true, after);
            } else {
                break;
            }
        }
        let mut letters = rest.chars();
        let code = match (letters.next()?, letters.next()) {
            (letter, None) => KeyCode::Char(letter),
            _ => Self::named(rest)?,
        };
        Some(Self { code, ctrl, alt })
    }

    fn named(name: &str) -> Option<KeyCode> {
        let named = NAMES.iter().find(|(there, _)| *there == name).map(|(_, code)| *code);
        named.or_else(|| {
            let number = name.strip_prefix('f')?.parse().ok().filter(|number| (1..=24).contains(number))?;
            Some(KeyCode::F(number))
        })
    }

    /// The key as the table writes it.
    fn written(self) -> String {
        let named = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let key = match self.code {
            KeyCode::Char(letter) => named.unwrap_or_else(|| letter.to_string()),
            KeyCode::F(number) => format!("f{number}"),
            _ => named.unwrap_or_default(),
        };
        let (ctrl, alt) = (if self.ctrl { "ctrl-" } else { "" }, if self.alt { "alt-" } else { "" });
        format!("{ctrl}{alt}{key}")
    }

    /// A key that was pressed.
    pub fn of(key: KeyEvent) -> Self {
        Self {
            code: key.code,
            ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
            alt: key.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// As the terminal would tell of it.
    pub fn event(self) -> KeyEvent {
        let ctrl = if self.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        let alt = if self.alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        KeyEvent::new(self.code, ctrl | alt)
    }

    /// The key as a hint shows it.
    pub fn caption(self) -> String {
        let key = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::Enter => "Enter".to_owned(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::Tab => "Tab".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::Home => "Home".to_owned(),
            KeyCode::End => "End".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        match (self.ctrl, self.alt) {
            (true, _) => format!("Ctrl-{key}"),
            (false, true) => format!("Alt-{key}"),
            (false, false) => key,
        }
    }
}

/// Keys that are pressed one after the other.
pub type Keys = Vec<Press>;

/// Keys as the table writes them, with blanks between them.
fn parse_keys(text: &str) -> Option<Keys> {
    let keys: Option<Keys> = text.split_whitespace().map(Press::parse).collect();
    keys.filter(|keys| !keys.is_empty())
}

fn written(keys: &[Press]) -> String {
    keys.iter().map(|key| key.written()).collect::<Vec<_>>().join(" ")
}

/// Keys as they are shown, with blanks between them.
pub(in crate::tui) fn caption(keys: &[Press]) -> String {
    keys.iter().map(|key| key.caption()).collect::<Vec<_>>().join(" ")
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub surface: Surface,
    /// What.
    pub action: Action,
    /// By which keys; the first ones are shown in hints.
    pub keys: Vec<Keys>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// What keys lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// This is done.
    Action(Action),
    /// More keys are to follow.
    Begun,
    /// Nothing.
    Nothing,
}

/// What is wrong with a key table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// It is not TOML of the right shape.
    #[error("{0}")]
    Syntax(String),
    /// There is no such surface.
    #[error("there is no surface {0:?}")]
    Surface(String),
    /// There is no such action.
    #[error("there is no action {0:?}")]
    Action(String),
    /// There is no such key.
    #[error("there is no key {0:?}")]
    Key(String),
}

/// The defaults, which are compiled in.
const STANDARD: &str = include_str!("../../assets/keys.toml");

impl Keymap {
    /// The defaults; a test reads them.
    pub fn standard() -> Self {
        Self::parse(STANDARD).unwrap_or(Self { bindings: Vec::new() })
    }

    /// The defaults as they stand in a configuration.
    pub fn documented() -> String {
        let lines = STANDARD.lines().map(|line| match line.strip_prefix('[') {
            Some(surface) => format!("[keys.{surface}"),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let wrong = |error: toml::de::Error| KeymapError::Syntax(error.to_string());
        let surfaces: toml::Table = text.parse().map_err(wrong)?;
        let mut bindings = Vec::new();
        for (surface, actions) in surfaces {
            let place = surface.parse().map_err(|_| KeymapError::Surface(surface.clone()))?;
            let actions: toml::map::Map<String, toml::Value> = actions.try_into().map_err(wrong)?;
            for (action, keys) in actions {
                let keys: Vec<String> = keys.try_into().map_err(wrong)?;
                let keys =
                    keys.iter().map(|key| parse_keys(key).ok_or_else(|| KeymapError::Key(key.clone())));
                let action = action.parse().map_err(|_| KeymapError::Action(action.clone()))?;
                bindings.push(Binding { surface: place, action, keys: keys.collect::<Result<_, _>>()? });
            }
        }
        Ok(Self { bindings })
    }

    /// What keys lead to on a surface. What the surface knows goes before what all panes know.
    pub fn find(&self, surface: Surface, keys: &[Press]) -> Found {
        match self.find_on(surface, keys) {
            Found::Nothing if surface.is_pane() => self.find_on(Surface::Panes, keys),
            found => found,
        }
    }

    fn find_on(&self, surface: Surface, keys: &[Press]) -> Found {
        let mut begun = Found::Nothing;
        for binding in self.bindings.iter().filter(|binding| binding.surface == surface) {
            for there in &binding.keys {
                if there == keys {
                    return Found::Action(binding.action);
                }
                if there.starts_with(keys) {
                    begun = Found::Begun;
                }
            }
        }
        begun
    }

    /// Whether any action has a sequence of keys.
    pub fn has_sequences(&self) -> bool {
        self.bindings.iter().flat_map(|binding| &binding.keys).any(|keys| keys.len() > 1)
    }

    /// What a single key does on a surface.
    pub fn action(&self, surface: Surface, key: KeyEvent) -> Option<Action> {
        match self.find(surface, &[Press::of(key)]) {
            Found::Action(action) => Some(action),
            Found::Begun | Found::Nothing => None,
        }
    }

    /// The rows that hold on a surface, its own first.
    fn rows(&self, surface: Surface) -> impl Iterator<Item = &Binding> {
        let own = self.bindings.iter().filter(move |binding| binding.surface == surface);
        let shared = self.bindings.iter().filter(|binding| binding.surface == Surface::Panes);
        own.chain(shared.take(if surface.is_pane() { usize::MAX } else { 0 }))
    }

    /// The keys of an action on a surface, as they are shown. Those that lead elsewhere there are not.
    pub fn captions(&self, surface: Surface, action: Action) -> Vec<String> {
        self.rows(surface)
            .filter(|binding| binding.action == action)
            .flat_map(|binding| &binding.keys)
            .filter(|keys| self.find(surface, keys) == Found::Action(action))
            .map(|keys| caption(keys))
            .collect()
    }

    /// The first key of an action on a surface, as it is shown; none where it has none.
    pub fn first_caption(&self, surface: Surface, action: Action) -> Option<String> {
        self.captions(surface, action).into_iter().next()
    }

    /// The same for a sentence, which needs a word where there is no key.
    pub fn named_key(&self, surface: Surface, action: Action) -> String {
        self.first_caption(surface, action).unwrap_or_else(|| "—".to_owned())
    }

    /// The first keys of an action on a surface.
    pub fn first_keys(&self, surface: Surface, action: Action) -> Option<&Keys> {
        let of_action = self.rows(surface).filter(|binding| binding.action == action);
        of_action
            .flat_map(|binding| &binding.keys)
            .find(|keys| self.find(surface, keys) == Found::Action(action))
    }

    /// What may follow keys that were pressed: the next key, and what it does when it is the last one.
    pub fn continuations(&self, surface: Surface, begun: &[Press]) -> Vec<(String, Option<Action>)> {
        let mut next: Vec<(String, Option<Action>)> = Vec::new();
        for keys in self.rows(surface).flat_map(|binding| &binding.keys) {
            let Some(press) = keys.strip_prefix(begun).and_then(<[Press]>::first) else { continue };
            let mut whole = begun.to_vec();
            whole.push(*press);
            let leads = match self.find(surface, &whole) {
                Found::Action(action) => Some(action),
                Found::Begun => None,
                Found::Nothing => continue,
            };
            let key = press.caption();
            if !next.iter().any(|(there, _)| *there == key) {
                next.push((key, leads));
            }
        }
        next
    }

    /// What can be done on a surface, in the order of the actions' list.
    pub fn actions(&self, surface: Surface) -> Vec<Action> {
        let mut actions: Vec<Action> = self.rows(surface).map(|binding| binding.action).collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn the_standard_table_is_sound_and_no_key_does_two_things() {
        let keymap = Keymap::parse(include_str!("../../assets/keys.toml")).unwrap();
        for surface in Surface::iter() {
            let mut taken: HashMap<Keys, Action> = HashMap::new();
            for binding in &keymap.bindings {
                let shared = surface.is_pane() && binding.surface == Surface::Panes;
                if binding.surface != surface && !shared {
                    continue;
                }
                for keys in &binding.keys {
                    let clash = taken.insert(keys.clone(), binding.action);
                    assert_eq!(clash, None, "{} on {surface:?}", caption(keys));
                }
            }
        }
    }

    #[test]
    fn no_standard_key_is_awkward_on_spanish_and_portuguese_keyboards() {
        for binding in Keymap::standard().bindings {
            for key in binding.keys.concat() {
                assert!(!"[]{}~^\\`´¨".contains(&key.caption()), "{}", key.caption());
            }
        }
    }

    #[test]
    fn a_wrong_table_says_what_is_wrong() {
        let check =
            |text: &str, expected: KeymapError| assert_eq!(Keymap::parse(text).unwrap_err(), expected);
        check("[nowhere]", KeymapError::Surface("nowhere".into()));
        check("[list]\nfly = [\"f\"]", KeymapError::Action("fly".into()));
        check("[list]\nopen = [\"hyper-x\"]", KeymapError::Key("hyper-x".into()));
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [
            "a",
            "A",
            "ñ",
            "ctrl-u",
            "alt-x",
            "ctrl-alt-del",
            "f12",
            "space",
            "g g",
            "ctrl-x s pgdn",
            "-",
            "é",
        ] {
            assert_eq!(parse_keys(text).map(|keys| written(&keys)).as_deref(), Some(text));
        }
        for text in ["", "  ", "f0", "f25", "foo", "ctrl-", "g gg"] {
            assert_eq!(parse_keys(text), None, "{text:?}");
        }
    }
}
