//! Which key does what: a table from surface and key to action. Help and hints are made from the same table.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys are not ours to list")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;

/// What has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::EnumIter)]
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

impl Press {
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
        Some(match name {
            "space" => KeyCode::Char(' '),
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            "del" => KeyCode::Delete,
            "backspace" => KeyCode::Backspace,
            _ => return None,
        })
    }

    fn of(key: KeyEvent) -> Self {
        Self {
            code: key.code,
            ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
            alt: key.modifiers.contains(KeyModifiers::ALT),
        }
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
            other => format!("{other:?}"),
        };
        match (self.ctrl, self.alt) {
            (true, _) => format!("Ctrl-{key}"),
            (false, true) => format!("Alt-{key}"),
            (false, false) => key,
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub surface: Surface,
    /// What.
    pub action: Action,
    /// By which keys; the first one is shown in hints.
    pub keys: Vec<Press>,
}

/// The table.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
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

impl Keymap {
    /// The defaults, which are compiled in; a test reads them.
    pub fn standard() -> Self {
        Self::parse(include_str!("../../assets/keys.toml")).unwrap_or(Self { bindings: Vec::new() })
    }

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let surfaces: toml::Table =
            text.parse().map_err(|error: toml::de::Error| KeymapError::Syntax(error.to_string()))?;
        let mut bindings = Vec::new();
        for (surface, actions) in surfaces {
            let place = surface.parse().map_err(|_| KeymapError::Surface(surface.clone()))?;
            let actions: toml::map::Map<String, toml::Value> = actions
                .try_into()
                .map_err(|error: toml::de::Error| KeymapError::Syntax(error.to_string()))?;
            for (action, keys) in actions {
                let keys: Vec<String> = keys
                    .try_into()
                    .map_err(|error: toml::de::Error| KeymapError::Syntax(error.to_string()))?;
                let keys =
                    keys.iter().map(|key| Press::parse(key).ok_or_else(|| KeymapError::Key(key.clone())));
                let action = action.parse().map_err(|_| KeymapError::Action(action.clone()))?;
                bindings.push(Binding { surface: place, action, keys: keys.collect::<Result<_, _>>()? });
            }
        }
        Ok(Self { bindings })
    }

    /// What a key does on a surface.
    pub fn action(&self, surface: Surface, key: KeyEvent) -> Option<Action> {
        let press = Press::of(key);
        let on = |surface: Surface| {
            self.bindings
                .iter()
                .find(|binding| binding.surface == surface && binding.keys.contains(&press))
                .map(|binding| binding.action)
        };
        on(surface).or_else(|| surface.is_pane().then(|| on(Surface::Panes))?)
    }

    /// The keys of an action on a surface, as they are shown.
    pub fn captions(&self, surface: Surface, action: Action) -> Vec<String> {
        let found = self.bindings.iter().find(|binding| {
            let there =
                binding.surface == surface || (surface.is_pane() && binding.surface == Surface::Panes);
            there && binding.action == action
        });
        found.map(|binding| binding.keys.iter().map(|key| key.caption()).collect()).unwrap_or_default()
    }

    /// What can be done on a surface, in the order of the actions' list.
    pub fn actions(&self, surface: Surface) -> Vec<Action> {
        let here = |binding: &&Binding| {
            binding.surface == surface || (surface.is_pane() && binding.surface == Surface::Panes)
        };
        let mut actions: Vec<Action> =
            self.bindings.iter().filter(here).map(|binding| binding.action).collect();
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
            let mut taken: HashMap<Press, Action> = HashMap::new();
            for binding in &keymap.bindings {
                let shared = surface.is_pane() && binding.surface == Surface::Panes;
                if binding.surface != surface && !shared {
                    continue;
                }
                for key in &binding.keys {
                    let clash = taken.insert(*key, binding.action);
                    assert_eq!(clash, None, "{} on {surface:?}", key.caption());
                }
            }
        }
    }

    #[test]
    fn no_standard_key_is_awkward_on_spanish_and_portuguese_keyboards() {
        for binding in Keymap::standard().bindings {
            for key in binding.keys {
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
}
