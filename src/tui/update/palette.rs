//! The command palette and the go-to picker.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use super::dialogs::along;
use crate::domain::ContactId;
use crate::domain::contact::Urn;
use crate::domain::deed::Deed;
use crate::domain::fold::fold;
use crate::domain::label::{clean_name, name_key};
use crate::domain::listing::Place;
use crate::domain::recipient::Suggestion;
use crate::tui::action::Action;
use crate::tui::event::{Effect, Read};
use crate::tui::model::{About, Command, Dialog, GoTo, Input, Model, Notice, Palette, Pane};

/// A line of the go-to picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum GoToLine {
    /// A folder or a label, with its name.
    Place(Place, String),
    /// The conversation with a contact.
    Contact {
        /// Who.
        id: ContactId,
        /// Its name; empty when it has none.
        name: String,
        /// An address of it.
        urn: Urn,
    },
}

/// The lines of the go-to picker: folders and labels whose name has what was typed, then contacts.
pub(in crate::tui) fn go_to_lines(model: &Model, go_to: &GoTo) -> Vec<GoToLine> {
    let wanted = fold(&go_to.input.text);
    let folders = model.wording.folders.iter().map(|(folder, name)| (Place::Folder(*folder), name.clone()));
    let labels = model.labels().iter().map(|label| (Place::Label(label.id), label.name.clone()));
    let places = folders.chain(labels).filter(|(_, name)| fold(name).contains(&wanted));
    let mut lines: Vec<GoToLine> = places.map(|(place, name)| GoToLine::Place(place, name)).collect();
    for one in &go_to.picker.found {
        if let Suggestion::Contact { id, name, urn } = one {
            lines.push(GoToLine::Contact { id: *id, name: name.clone(), urn: urn.clone() });
        }
    }
    lines
}

impl Core<'_> {
    /// `:` finds what can be done here by any part of its name.
    pub(super) fn open_palette(&mut self) {
        let possible = self.keymap.actions(self.model.surface());
        let possible = possible.into_iter().filter(|action| *action != Action::Palette).collect();
        self.model.dialog = Some(Dialog::Palette(Palette { possible, ..Palette::default() }));
    }

    pub(super) fn act_in_palette(&mut self, action: Action) {
        let Some(Dialog::Palette(palette)) = &mut self.model.dialog else { return };
        let entries = self.model.wording.entries(&palette.input.text, &palette.possible);
        match action {
            Action::Back => self.model.dialog = None,
            Action::Open => {
                let Some(entry) = entries.into_iter().nth(palette.selected) else { return };
                self.model.dialog = None;
                self.command(entry.command);
            }
            _ => palette.selected = along(action, palette.selected, entries.len()),
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Act(action) => self.act(self.model.surface(), action),
            Command::Label(name) => self.label_by_name(&name),
            Command::Search(text) => {
                self.open_search();
                if let Some(search) = &mut self.model.search {
                    search.input = Input::new(text);
                }
                self.search_typed();
            }
            Command::Export(file) => {
                self.open_export();
                self.name_export(file);
                self.export();
            }
            Command::Speak(lang) => self.effects.push(Effect::Speak(lang)),
            Command::Paint(theme) => self.effects.push(Effect::Paint(theme)),
        }
    }

    /// Puts a label on what is chosen; one of that name is made when there is none.
    fn label_by_name(&mut self, name: &str) {
        let Some(chosen) = self.chosen_for_label() else { return };
        let known = self.model.labels().iter().find(|label| name_key(&label.name) == name_key(name));
        match (known, clean_name(name)) {
            (Some(label), _) => {
                let (id, name) = (label.id, label.name.clone());
                self.perform(Deed::Label(id), chosen, name);
            }
            (None, Ok(name)) => self.new_label(name, chosen),
            (None, Err(problem)) => self.model.say(Notice::BadName(problem)),
        }
    }

    /// `f` goes to a folder, a label or the conversation with a contact, by its name.
    pub(super) fn open_go_to(&mut self) {
        self.model.dialog = Some(Dialog::GoTo(GoTo::default()));
        self.ask_go_to();
    }

    /// Asks which contacts what was typed may mean.
    pub(super) fn ask_go_to(&mut self) {
        let ask = self.model.next_ask();
        let Some(Dialog::GoTo(go_to)) = &mut self.model.dialog else { return };
        go_to.selected = 0;
        go_to.picker.ask = ask;
        go_to.picker.is_asked = true;
        let typed = go_to.input.text.clone();
        self.read(Read::Suggest { ask, typed });
    }

    pub(super) fn act_in_go_to(&mut self, action: Action) {
        let Some(Dialog::GoTo(go_to)) = &self.model.dialog else { return };
        let lines = go_to_lines(self.model, go_to);
        let at = go_to.selected;
        let to = match action {
            Action::Back => {
                self.model.dialog = None;
                return;
            }
            Action::Open => {
                let Some(line) = lines.into_iter().nth(at) else { return };
                self.model.dialog = None;
                match line {
                    GoToLine::Place(place, _) => {
                        self.model.pane = Pane::List;
                        self.go_to(place);
                    }
                    GoToLine::Contact { id, .. } => self.go_to_contact(id),
                }
                return;
            }
            _ => along(action, at, lines.len()),
        };
        if let Some(Dialog::GoTo(go_to)) = &mut self.model.dialog {
            go_to.selected = to;
        }
    }

    /// Opens the conversation with a contact where it ends.
    fn go_to_contact(&mut self, contact: ContactId) {
        // No message has this number: the end of the conversation is what is wanted.
        let about = About { contact, message: crate::domain::MessageId(0), at: self.model.now };
        self.model.pane = Pane::Reading;
        self.show(Some(about));
        self.settle();
    }
}
