//! Writing: answering a contact, a new message, the draft that is kept meanwhile, and taking back what has not left.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use crate::domain::contact::display_name;
use crate::domain::draft::Draft;
use crate::domain::listing::Row;
use crate::domain::moment::parse_timing;
use crate::domain::{ContactId, MessageId, Time};
use crate::tui::action::Action;
use crate::tui::editor::Editor;
use crate::tui::event::{Read, Task, Write};
use crate::tui::layout::compose_area;
use crate::tui::model::{Compose, ComposeField, ComposeProblem, Dialog, Input, Leaving, Notice, Pane};

impl Core<'_> {
    /// `r`: an answer to the contact of what is selected.
    pub(super) fn reply(&mut self) {
        let Some((contact, name)) = self.correspondent() else {
            self.model.say(Notice::NothingSelected);
            return;
        };
        self.open_compose(Some((contact, name)), ComposeField::Text);
    }

    /// `c`: a message to somebody who is still to be named.
    pub(super) fn compose(&mut self) {
        self.open_compose(None, ComposeField::To);
    }

    fn correspondent(&self) -> Option<(ContactId, String)> {
        let (contact, national) = match self.model.row()? {
            Row::Message(row) => (&row.message.contact, &row.national),
            Row::Call(row) => (&row.call.contact, &row.national),
            // A schedule may go to many.
            Row::Schedule(_) => return None,
        };
        if self.model.pane == Pane::Reading
            && let Some(conversation) = self.model.reading.conversation.ready()
        {
            let contact = &conversation.contact;
            return Some((contact.id, display_name(&contact.name, national).to_owned()));
        }
        Some((contact.id, display_name(&contact.name, national).to_owned()))
    }

    fn open_compose(&mut self, contact: Option<(ContactId, String)>, field: ComposeField) {
        let id = contact.as_ref().map(|(id, _)| *id);
        self.show_compose(Compose { contact, field, ..Compose::default() });
        // What was written to this contact before goes on.
        self.read(Read::Draft(id));
    }

    fn show_compose(&mut self, mut compose: Compose) {
        let (columns, rows) = compose_area(self.model, compose.contact.is_none());
        compose.editor.set_width(columns);
        compose.editor.set_height(rows);
        self.model.dialog = Some(Dialog::Compose(Box::new(compose)));
    }

    fn writing(&mut self) -> Option<&mut Compose> {
        match &mut self.model.dialog {
            Some(Dialog::Compose(compose)) => Some(compose),
            _ => None,
        }
    }

    /// The draft of the one who is written to: it fills what is still empty.
    pub(super) fn draft_found(&mut self, contact: Option<ContactId>, draft: Option<Draft>) {
        let Some(draft) = draft else { return };
        let Some(compose) = self.writing() else { return };
        let is_untouched = compose.editor.text().is_empty() && compose.to.text.is_empty();
        if compose.contact.as_ref().map(|(id, _)| *id) != contact || !is_untouched {
            return;
        }
        let compose = std::mem::take(compose);
        self.show_compose(Compose {
            editor: Editor::new(&draft.text),
            to: Input::new(draft.recipients),
            ..compose
        });
    }

    /// A key or a pasted text that no action has.
    pub(super) fn type_message(&mut self, change: impl FnOnce(&mut Compose) -> bool) {
        let Some(compose) = self.writing() else { return };
        if compose.sending.is_none() && change(compose) {
            compose.problem = None;
            self.save_draft();
        }
    }

    fn save_draft(&mut self) {
        if let Some(Dialog::Compose(compose)) = &self.model.dialog {
            let draft = compose.draft();
            self.write(Write::SaveDraft(draft));
        }
    }

    pub(super) fn act_in_compose(&mut self, action: Action) {
        let Some(compose) = self.writing() else { return };
        if compose.sending.is_some() {
            return;
        }
        match action {
            Action::Back => {
                let is_empty = compose.draft().is_empty();
                self.model.dialog = None;
                if !is_empty {
                    self.model.say(Notice::DraftKept);
                }
            }
            Action::DropDraft => {
                let empty = Draft { text: String::new(), recipients: String::new(), ..compose.draft() };
                self.model.dialog = None;
                self.write(Write::SaveDraft(empty));
                self.model.say(Notice::DraftDropped);
            }
            Action::NextField => {
                let first = if compose.contact.is_none() { ComposeField::To } else { ComposeField::Text };
                compose.field = match compose.field {
                    ComposeField::Text if compose.contact.is_none() => ComposeField::To,
                    ComposeField::To | ComposeField::Text if compose.when.is_some() => ComposeField::When,
                    ComposeField::To | ComposeField::When => ComposeField::Text,
                    ComposeField::Text => first,
                };
            }
            // Once more, and it leaves now after all.
            Action::SendLater => {
                compose.when = if compose.when.is_some() { None } else { Some(Input::default()) };
                compose.field = if compose.when.is_some() { ComposeField::When } else { ComposeField::Text };
            }
            Action::Send => self.send(),
            _ => {}
        }
    }

    fn send(&mut self) {
        let Some(compose) = self.writing() else { return };
        let draft = compose.draft();
        if draft.contact.is_none() && draft.recipients.trim().is_empty() {
            self.refuse(ComposeProblem::Nobody, ComposeField::To);
        } else if draft.text.trim().is_empty() {
            self.refuse(ComposeProblem::NoText, ComposeField::Text);
        } else {
            let when = compose.when.as_ref().map(|when| when.text.clone());
            let timing = when.as_ref().map(|when| parse_timing(when, self.model.now, self.model.zone));
            let write = match timing {
                None => Write::Send { draft, hold: self.model.hold },
                Some(Some((timing, first))) => Write::Schedule { draft, timing, first },
                Some(None) => return self.refuse(ComposeProblem::NoMoment, ComposeField::When),
            };
            let task = self.write(write);
            if let Some(compose) = self.writing() {
                compose.sending = Some(task);
            }
        }
    }

    /// Says what is missing, where it is missing.
    fn refuse(&mut self, problem: ComposeProblem, field: ComposeField) {
        if let Some(compose) = self.writing() {
            compose.problem = Some(problem);
            compose.field = field;
        }
    }

    /// What was written is in the queue.
    pub(super) fn queued(&mut self, task: Task, messages: Vec<MessageId>, leaves_on: Time) {
        if self.writing().is_some_and(|compose| compose.sending == Some(task)) {
            self.model.dialog = None;
        }
        let leaving = Leaving { messages, leaves_on };
        self.model.leaving = Some(leaving.clone());
        self.model.say(Notice::Leaving(leaving));
        self.refresh();
    }

    /// What was written is scheduled.
    pub(super) fn scheduled(&mut self, task: Task, first: Time) {
        if self.writing().is_some_and(|compose| compose.sending == Some(task)) {
            self.model.dialog = None;
        }
        self.model.say(Notice::Scheduled(first));
        self.refresh();
    }

    /// It could not be put into the queue: what was written stays, and a sentence says why.
    pub(super) fn not_queued(&mut self, task: Task, sentence: &str) -> bool {
        let Some(compose) = self.writing().filter(|compose| compose.sending == Some(task)) else {
            return false;
        };
        compose.sending = None;
        compose.problem = Some(ComposeProblem::Said(sentence.to_owned()));
        true
    }

    /// `z` while something written here has not left yet: it comes back as a draft. False when nothing does.
    pub(super) fn take_back_message(&mut self) -> bool {
        let Some(leaving) = self.model.leaving.take() else { return false };
        if leaving.leaves_on <= self.model.now {
            return false;
        }
        self.write(Write::TakeBack(leaving.messages));
        true
    }

    /// A message came back, or it was too late.
    pub(super) fn came_back(&mut self, draft: Option<(Draft, String)>) {
        match draft {
            Some((draft, name)) => {
                self.model.say(Notice::TakenBackDraft);
                self.show_compose(Compose {
                    contact: draft.contact.map(|contact| (contact, name)),
                    field: ComposeField::Text,
                    editor: Editor::new(&draft.text),
                    to: Input::new(draft.recipients),
                    ..Compose::default()
                });
            }
            None => self.model.say(Notice::TooLateToTakeBack),
        }
        self.refresh();
    }
}
