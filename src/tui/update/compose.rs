//! Writing: answering a contact, a new message, another text or another plan for what is there; the draft that is kept
//! meanwhile, and taking back what has not left.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use crate::domain::contact::{display_name, name_or_number};
use crate::domain::draft::{Draft, DraftKey};
use crate::domain::listing::Row;
use crate::domain::message::LONGEST_TEXT;
use crate::domain::plan::Plan;
use crate::domain::{ContactId, MessageId, Time};
use crate::tui::action::Action;
use crate::tui::editor::Editor;
use crate::tui::event::{Ask, Effect, Read, Task, Write, Writing};
use crate::tui::layout::compose::text_area;
use crate::tui::model::{
    Compose, ComposeField, ComposeProblem, Dialog, Input, Leaving, Notice, OwnDraft, Saving, Settling, When,
};

impl Core<'_> {
    /// `r`: an answer to the contact of what is selected.
    pub(super) fn reply(&mut self) {
        let Some((contact, name)) = self.correspondent() else {
            self.no_correspondent();
            return;
        };
        self.write_to(DraftKey::Reply(contact), name, false);
    }

    /// `c`: a message to somebody who is still to be named. It goes on with the one that was begun last.
    pub(super) fn compose(&mut self) {
        self.write_to(DraftKey::New(self.model.now), String::new(), true);
    }

    /// `e`: another text for a message that failed or waits, or another content for a schedule.
    pub(super) fn edit(&mut self) {
        if let Some(Row::Schedule(row)) = self.model.row() {
            return self.write_to(DraftKey::Schedule(row.schedule.id), String::new(), false);
        }
        match self.subject().filter(|message| message.may_be_edited()).map(|message| message.id) {
            Some(id) => self.write_to(DraftKey::Edit(id), String::new(), false),
            None => self.model.say(Notice::NothingToEdit),
        }
    }

    /// To whom an answer goes, with a name as far as it is here.
    fn correspondent(&self) -> Option<(ContactId, String)> {
        let id = self.subject_contact()?;
        let read = self.model.reading.conversation.ready().filter(|there| there.contact.id == id);
        if let Some(read) = read {
            return Some((id, name_or_number(&read.contact.name, &read.urns)));
        }
        let listed = match self.model.row() {
            Some(Row::Message(row)) => Some((&row.message.contact, &row.national)),
            Some(Row::Call(row)) => Some((&row.call.contact, &row.national)),
            // A schedule may go to many.
            Some(Row::Schedule(_)) | None => None,
        };
        let listed = listed.filter(|(contact, _)| contact.id == id);
        let name = listed.map(|(contact, national)| display_name(&contact.name, national).to_owned());
        Some((id, name.unwrap_or_default()))
    }

    /// Opens the box and asks for what it begins with.
    pub(super) fn write_to(&mut self, key: DraftKey, name: String, newest: bool) {
        self.let_go_of_saved_drafts();
        let ask = self.model.next_ask();
        self.model.dialog = Some(Dialog::Compose(Box::new(Compose::new(key, name, ask))));
        self.fit_editor();
        self.read(Read::Writing { ask, key, newest });
    }

    pub(super) fn writing(&mut self) -> Option<&mut Compose> {
        match &mut self.model.dialog {
            Some(Dialog::Compose(compose)) => Some(compose),
            _ => None,
        }
    }

    /// What is to be written begins so.
    pub(super) fn writing_opened(&mut self, ask: Ask, writing: Writing) {
        let Some(compose) = self.writing().filter(|compose| compose.ask == ask) else { return };
        let mut compose = compose.clone();
        let Writing { kept, begin, name, ways } = writing;
        // This screen may have written more than the reader has seen.
        let (asked, key) = (compose.key, kept.as_ref().map_or(begin.key, |kept| kept.key));
        // What it was to change is gone.
        let is_orphan = !matches!(asked, DraftKey::New(_)) && key != asked;
        // A channel may have gone meanwhile.
        let known = |draft: Draft| Draft {
            channel: draft.channel.filter(|channel| ways.iter().any(|way| way.channel == *channel)),
            ..draft
        };
        let begin = known(begin);
        if matches!(key, DraftKey::Edit(_) | DraftKey::Schedule(_)) {
            compose.before = Some(begin.clone());
        }
        let own = self.model.drafts.get(if is_orphan { &asked } else { &key });
        let (draft, is_begun) = match (own.map(|own| own.draft.clone()), kept) {
            (Some(Some(saved)), Some(kept)) if is_orphan => (known(Draft { text: saved.text, ..kept }), true),
            (Some(Some(saved)), _) => (known(saved), true),
            (None, Some(kept)) => (known(kept), true),
            (Some(None), _) | (None, None) => (begin, false),
        };
        compose.key = draft.key;
        if compose.name.is_empty() {
            compose.name = name;
        }
        compose.channel = draft.channel;
        compose.ways = ways;
        compose.when = draft.plan.map(When::new);
        compose.to = Input::new(draft.recipients);
        compose.editor = Editor::new(&draft.text);
        if is_begun && !compose.to.text.is_empty() {
            compose.field = ComposeField::Text;
        }
        compose.is_loaded = true;
        self.model.dialog = Some(Dialog::Compose(Box::new(compose)));
        self.fit_editor();
        self.pick();
        if is_orphan {
            self.save_draft();
            self.keep_draft(Draft::new(asked));
            self.model.say(Notice::WritingMoved);
        }
    }

    /// What it begins with cannot be had.
    pub(super) fn writing_failed(&mut self, ask: Ask) {
        let is_meant = self.writing().is_some_and(|compose| compose.ask == ask && !compose.is_loaded);
        if is_meant {
            self.model.dialog = None;
            self.model.held.clear();
        }
    }

    /// Tells the text how much room it has.
    pub(super) fn fit_editor(&mut self) {
        let Some(Dialog::Compose(compose)) = &self.model.dialog else { return };
        let (columns, rows) = text_area(self.model, compose);
        if let Some(compose) = self.writing() {
            compose.editor.set_width(columns);
            compose.editor.set_height(rows);
        }
    }

    /// A key or a pasted text that no action has. What it changes is kept at once.
    pub(super) fn type_message(&mut self, change: impl FnOnce(&mut Compose) -> bool) {
        let Some(compose) = self.writing() else { return };
        if compose.sending.is_none() && change(compose) {
            compose.problem = None;
            self.save_draft();
        }
        self.pick();
    }

    pub(super) fn act_in_compose(&mut self, action: Action) {
        let Some(compose) = self.writing() else { return };
        if compose.sending.is_some() {
            return;
        }
        match action {
            // From the calendar one step back is the text.
            Action::Back if compose.field.is_plan() => compose.field = ComposeField::Text,
            Action::Back => {
                let is_empty = compose.kept().is_empty();
                let key = compose.key;
                self.model.dialog = None;
                match self.model.drafts.get(&key).map(|own| (own.saving, own.draft.is_some())) {
                    // Not before it is true.
                    Some((Saving::Failed, _)) => self.save_again(),
                    Some((Saving::UnderWay(_) | Saving::Done, true)) if !is_empty => {
                        self.model.say(Notice::DraftKept);
                    }
                    Some(_) | None => {}
                }
            }
            Action::DropDraft => {
                let draft = compose.draft();
                self.model.dialog = None;
                self.drop_draft(draft);
            }
            Action::NextField => {
                self.take_pick();
                self.go_to_field(1);
            }
            Action::PreviousField => self.go_to_field(-1),
            Action::SendLater => self.send_later(),
            Action::Send => self.send(),
            Action::EditOutside => {
                let text = compose.editor.text().to_owned();
                compose.field = ComposeField::Text;
                self.effects.push(Effect::EditOutside(text));
            }
            _ => {}
        }
        self.pick();
    }

    /// To another field, round and round.
    fn go_to_field(&mut self, by: isize) {
        let Some(compose) = self.writing() else { return };
        let fields = compose.fields();
        let at = fields.iter().position(|field| *field == compose.field).unwrap_or(0);
        let count = isize::try_from(fields.len()).unwrap_or(1);
        let to = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(count);
        compose.field = usize::try_from(to).ok().and_then(|to| fields.get(to).copied()).unwrap_or_default();
    }

    /// `Ctrl-t` opens the calendar; once more, and it leaves now after all. A schedule always leaves later, and what is
    /// edited to be sent again does not.
    fn send_later(&mut self) {
        let tomorrow = Plan::tomorrow(self.model.now, self.model.zone);
        let Some(compose) = self.writing() else { return };
        match (compose.key, &compose.when) {
            (DraftKey::Edit(_), _) => return,
            (_, None) => {
                compose.when = Some(When::new(tomorrow));
                compose.field = ComposeField::When;
            }
            (DraftKey::Schedule(_), Some(_)) => compose.field = ComposeField::When,
            (_, Some(_)) if compose.field.is_plan() => {
                compose.when = None;
                compose.field = ComposeField::Text;
            }
            (_, Some(_)) => compose.field = ComposeField::When,
        }
        compose.problem = None;
        self.fit_editor();
        self.save_draft();
    }

    fn send(&mut self) {
        let (now, zone) = (self.model.now, self.model.zone);
        let hold = self.model.settings.undo_send;
        let Some(compose) = self.writing() else { return };
        let draft = compose.draft();
        let plan_before = compose.before.as_ref().and_then(|before| before.plan);
        let length = draft.text.chars().count();
        let first = draft.plan.and_then(|plan| plan.first_fire(now, zone));
        let is_unclear = compose.when.as_ref().is_some_and(|when| when.is_unclear(now, zone));
        let problem = if draft.key.has_recipients() && draft.recipients.trim().is_empty() {
            Some((ComposeProblem::Nobody, ComposeField::To))
        } else if draft.text.trim().is_empty() {
            Some((ComposeProblem::NoText, ComposeField::Text))
        } else if length > LONGEST_TEXT {
            Some((ComposeProblem::TooLong(length), ComposeField::Text))
        } else if is_unclear || (draft.plan.is_some() && draft.plan != plan_before && first.is_none()) {
            Some((ComposeProblem::NoMoment, ComposeField::When))
        } else {
            None
        };
        if let Some((problem, field)) = problem {
            compose.problem = Some(problem);
            compose.field = field;
            return;
        }
        let timing = draft.plan.map(crate::domain::plan::Plan::timing).zip(first);
        let write = match (draft.key, timing) {
            (DraftKey::Schedule(id), timing) => {
                let timing = timing.filter(|_| draft.plan != plan_before);
                Write::EditSchedule { id, draft, timing }
            }
            (_, Some(timing)) => Write::Schedule { draft, timing },
            (_, None) => Write::Send { draft, hold },
        };
        let task = self.write(write);
        if let Some(compose) = self.writing() {
            compose.sending = Some(task);
        }
    }

    /// What was written is in the queue.
    pub(super) fn queued(&mut self, task: Task, messages: Vec<MessageId>, leaves_on: Time, draft: Draft) {
        self.sent(task, draft.key);
        let leaving = Leaving { messages, leaves_on, draft };
        self.model.leaving = Some(leaving.clone());
        self.model.say(Notice::Leaving(leaving));
        self.refresh();
    }

    /// What was written is scheduled.
    pub(super) fn scheduled(&mut self, task: Task, key: DraftKey, first: Option<Time>) {
        self.sent(task, key);
        self.model.say(first.map_or(Notice::ScheduleSaved, Notice::Scheduled));
        self.refresh();
    }

    fn sent(&mut self, task: Task, key: DraftKey) {
        self.model.drafts.insert(key, OwnDraft { draft: None, saving: Saving::Done });
        self.model.dropped = None;
        if self.writing().is_some_and(|compose| compose.sending == Some(task)) {
            self.model.dialog = None;
        }
    }

    /// It could not be put into the queue: what was written stays, and a sentence says why.
    pub(super) fn not_queued(&mut self, task: Task, sentence: &str) -> bool {
        let Some(compose) = self.writing().filter(|compose| compose.sending == Some(task)) else {
            return false;
        };
        compose.sending = None;
        compose.problem = Some(ComposeProblem::Said(sentence.to_owned()));
        // In a narrow box it is cut; the status line has more room.
        self.model.say(Notice::Error(sentence.to_owned()));
        true
    }

    /// `z` after a draft was thrown away, or while something written here has not left yet: it comes back. False when
    /// nothing does.
    pub(super) fn take_back_writing(&mut self) -> bool {
        if let Some(draft) = self.model.dropped.take() {
            let task = self.write(Write::BringBack(draft));
            self.model.settling = Settling::Writing(task);
            return true;
        }
        let Some(leaving) = self.model.leaving.take() else { return false };
        if leaving.leaves_on <= self.model.now {
            return false;
        }
        let task = self.write(Write::TakeBack(leaving));
        self.model.settling = Settling::Writing(task);
        true
    }

    /// What was typed for a box that does not open is not done to the list.
    pub(super) fn nothing_comes_back(&mut self) {
        self.model.settling = Settling::Settled;
        self.model.held.clear();
    }

    /// Messages came back, or it was too late.
    pub(super) fn came_back(&mut self, draft: Option<Draft>) {
        if let Some(draft) = draft {
            self.model.settling = Settling::Settled;
            self.model.say(Notice::TakenBackDraft);
            self.model.drafts.remove(&draft.key);
            self.write_to(draft.key, String::new(), false);
        } else {
            self.nothing_comes_back();
            self.model.say(Notice::TooLateToTakeBack);
        }
        self.refresh();
    }

    /// What another program made of the text.
    pub(super) fn edited_outside(&mut self, text: Result<String, String>) {
        match text {
            Ok(text) => self.type_message(|compose| {
                let changed = text.trim_end() != compose.editor.text().trim_end();
                if changed {
                    compose.editor.replace_all(text.trim_end());
                }
                changed
            }),
            Err(sentence) => {
                if let Some(compose) = self.writing() {
                    compose.problem = Some(ComposeProblem::Said(sentence.clone()));
                }
                self.model.say(Notice::Error(sentence));
            }
        }
    }
}
