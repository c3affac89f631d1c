//! Typing ahead: keys that come before what was asked for them is here wait, and take effect in their order.
//!
//! A row that is not here yet cannot be selected, and a range is not marked before its messages are known; a key that came
//! then and acted at once would act on something else. What gets out of waiting never waits.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Core;
use crate::tui::action::Action;
use crate::tui::event::Typed;
use crate::tui::keymap::{Found, Keys, Press, Surface};
use crate::tui::layout::Areas;
use crate::tui::model::{Asked, Begun, ComposeField, Dialog, Extend, Filling, Load, Settling};

/// More keys than this do not wait.
const MOST_HELD: usize = 1000;

impl Core<'_> {
    /// A key or a pasted text, as it comes in.
    pub(super) fn typed(&mut self, typed: Typed) {
        if Areas::of(self.model).is_none() {
            self.typed_unseen(&typed);
            return;
        }
        let before = self.begun_behind();
        if is_esc(&typed) && !before.is_empty() {
            return self.forget();
        }
        let action = self.action_of(&typed, &before);
        let waits = self.must_wait(&typed, &before);
        match action {
            // One step back is what was typed and did not happen yet.
            Some(Action::Back) if !self.model.held.is_empty() || self.model.range_asked.is_some() => {
                self.forget();
            }
            Some(action) if is_way_out(action) && self.is_out_there(&typed) => {
                self.drop_what_waits(before);
                self.take(typed);
            }
            _ if waits || !self.model.held.is_empty() => {
                if self.model.held.len() < MOST_HELD {
                    self.model.held.push_back(typed);
                }
            }
            _ => self.take(typed),
        }
    }

    /// Lets go of what was typed and did not happen yet.
    fn forget(&mut self) {
        self.model.held.clear();
        self.model.begun = None;
        self.model.range_asked = None;
        self.model.list.owed = 0;
    }

    /// Lets go of the keys that wait, but for those that begin the sequence that is being ended.
    fn drop_what_waits(&mut self, begun: Keys) {
        let surface = self.model.surface();
        self.model.held.clear();
        self.model.begun = (!begun.is_empty()).then_some(Begun { surface, keys: begun });
    }

    /// The keys that will have begun a sequence when those that wait have had their turn here.
    fn begun_behind(&self) -> Keys {
        // Most tables have none, and many keys may wait.
        if !self.keymap.has_sequences() {
            return Keys::new();
        }
        let surface = self.model.surface();
        let mut keys = self.model.begun().to_vec();
        for held in &self.model.held {
            let Typed::Key(key) = held else {
                keys.clear();
                continue;
            };
            keys.push(Press::of(*key));
            if self.keymap.find(surface, &keys) != Found::Begun {
                keys.clear();
            }
        }
        keys
    }

    /// On a window that is too small nobody sees what a key would do: one can only leave. Where letters are typed none of
    /// them leaves, for it may be one of a word.
    fn typed_unseen(&mut self, typed: &Typed) {
        let action = match typed {
            Typed::Key(key) if self.model.surface().takes_text() && is_unmodified(*key) => None,
            Typed::Key(key) => self.keymap.action(Surface::List, *key),
            Typed::Paste(_) => None,
        };
        if let Some(action @ (Action::Quit | Action::Suspend)) = action {
            self.act(Surface::List, action);
        }
    }

    /// Takes what waits no longer.
    pub(super) fn release(&mut self) {
        while self.model.held.front().is_some_and(|typed| !self.must_wait(typed, self.model.begun())) {
            let Some(typed) = self.model.held.pop_front() else { return };
            self.take(typed);
        }
    }

    /// What a key does behind keys that have begun a sequence.
    fn action_of(&self, typed: &Typed, begun: &[Press]) -> Option<Action> {
        let Typed::Key(key) = typed else { return None };
        let mut keys = begun.to_vec();
        keys.push(Press::of(*key));
        match self.keymap.find(self.model.surface(), &keys) {
            Found::Action(action) => Some(action),
            Found::Begun | Found::Nothing => None,
        }
    }

    /// Whether a way out leads out: behind a key that opens a box, a letter is meant for that box.
    fn is_out_there(&self, typed: &Typed) -> bool {
        let is_letter = matches!(typed, Typed::Key(key) if is_unmodified(*key));
        let opens = |held: &Typed| self.action_of(held, &[]).is_some_and(Action::opens_something);
        !is_letter || !(self.is_coming_back() || self.model.held.iter().any(opens))
    }

    /// Whether what was written is on its way back into its box.
    fn is_coming_back(&self) -> bool {
        matches!(self.model.settling, Settling::Writing(_))
    }

    /// Whether what a key goes by was asked for and is not here.
    fn must_wait(&self, typed: &Typed, begun: &[Press]) -> bool {
        let surface = self.model.surface();
        if self.is_coming_back() {
            return true;
        }
        let action = self.action_of(typed, begun);
        if let Some(Dialog::Compose(compose)) = &self.model.dialog {
            // A letter before the draft is here would take the draft's place.
            let is_early = !compose.is_loaded && action != Some(Action::Back);
            // What takes the recipient that is offered waits until one is.
            let takes = action == Some(Action::NextField) || ends_recipient(typed);
            let is_asking = compose.field == ComposeField::To && compose.picker.is_asked;
            return is_early || (takes && is_asking);
        }
        let Some(action) = action else { return false };
        if is_way_out(action) || action == Action::Back {
            return false;
        }
        // The contacts that are shown may be those of what was typed before.
        if let Some(Dialog::GoTo(go_to)) = &self.model.dialog {
            return go_to.picker.is_asked;
        }
        match surface {
            Surface::List | Surface::Panes => self.awaits_rows(),
            Surface::Reading => {
                // What a deed goes by may just have changed.
                let is_old = matches!(self.model.reading.asked, Some((_, Extend::Reload)));
                self.awaits_rows()
                    || matches!(self.model.reading.conversation, Load::Asked)
                    || (is_old && !is_move(action))
            }
            // From folder to folder nobody waits for their rows.
            Surface::Sidebar => !is_move(action) && self.awaits_rows(),
            Surface::Search => is_move(action) && self.awaits_rows(),
            Surface::Compose
            | Surface::Drafts
            | Surface::Palette
            | Surface::GoTo
            | Surface::Contact
            | Surface::Links
            | Surface::Date
            | Surface::Import
            | Surface::Export
            | Surface::Deeds
            | Surface::Labels
            | Surface::Order
            | Surface::Totals
            | Surface::Period
            | Surface::Help
            | Surface::Confirm => false,
        }
    }

    fn awaits_rows(&self) -> bool {
        let jumps = matches!(self.model.list.asked, Some(Asked { filling: Filling::Replace(_), .. }));
        let settles = match self.model.settling {
            Settling::Settled => false,
            Settling::Deed(_) | Settling::Writing(_) => true,
            Settling::Rows => self.model.list.asked.is_some(),
        };
        jumps
            || settles
            || self.model.list.owed != 0
            || self.model.range_asked.is_some()
            || matches!(self.model.counts, Load::Asked)
    }
}

fn is_esc(typed: &Typed) -> bool {
    matches!(typed, Typed::Key(key) if Press::of(*key).is_esc())
}

/// Whether a key is pressed as letters are: alone or with shift.
fn is_unmodified(key: KeyEvent) -> bool {
    KeyModifiers::SHIFT.contains(key.modifiers)
}

/// Whether a key ends what is typed of a recipient.
fn ends_recipient(typed: &Typed) -> bool {
    matches!(typed, Typed::Key(key) if matches!(key.code, KeyCode::Enter | KeyCode::Char(',')))
}

fn is_way_out(action: Action) -> bool {
    matches!(action, Action::Quit | Action::Suspend) || action.folder().is_some()
}

fn is_move(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Left
            | Action::Right
    )
}
