//! Marks and deeds: what is chosen, what is done to it, and what is said afterwards.
//!
//! A deed acts on ids, or on a view together with the newest message of that moment; never on rows.

use super::Core;
use crate::domain::deed::Deed;
use crate::domain::listing::Row;
use crate::domain::message::Message;
use crate::domain::{LabelId, MessageId};
use crate::tui::event::{Acted, Ask, Effect, Read, Target, Task, Write};
use crate::tui::model::{
    Anchor, Chosen, Dialog, Input, Job, Marks, Model, Notice, Pane, Question, Scene, Settling,
};

impl Core<'_> {
    pub(super) fn mark(&mut self) {
        let Some(id) = self.model.row().and_then(Row::message).map(|message| message.id) else {
            self.model.say(Notice::NothingSelected);
            return;
        };
        let was = self.model.marks.contains(id);
        match &mut self.model.marks {
            Marks::None => self.model.marks = Marks::Some([id].into()),
            Marks::Some(ids) => {
                if was {
                    ids.remove(&id);
                } else {
                    ids.insert(id);
                }
            }
            Marks::All { up_to, except, .. } if id <= *up_to => {
                if was {
                    except.insert(id);
                } else {
                    except.remove(&id);
                }
            }
            // It arrived after everything was marked.
            Marks::All { .. } => {}
        }
        self.move_by(1);
    }

    /// `V` begins a range at the selected row; a second time it closes it.
    pub(super) fn mark_range(&mut self) {
        if self.model.lists_messages() {
            self.model.range_from = self.model.row().map(Row::cursor);
        }
    }

    /// Marks what stands in the open range. Its messages are known when the store has answered; what is done to them waits
    /// for that. False when no range is open.
    pub(super) fn close_range(&mut self) -> bool {
        let Some(from) = self.model.range_from.take() else { return false };
        let Some(to) = self.model.row().map(Row::cursor) else { return false };
        let (from, to) = if self.is_before(to, from) { (to, from) } else { (from, to) };
        let ask = self.model.next_ask();
        self.model.range_asked = Some(ask);
        let view = self.model.view.clone();
        self.read(Read::Between { ask, view, from, to });
        true
    }

    pub(super) fn ids_found(&mut self, ask: Ask, found: Option<&[MessageId]>) {
        if self.model.range_asked != Some(ask) {
            return;
        }
        self.model.range_asked = None;
        let Some(found) = found else {
            // What was to be done to all of them is not done to one of them.
            self.model.held.clear();
            self.model.say(Notice::RangeTooLong);
            return;
        };
        match &mut self.model.marks {
            Marks::None => self.model.marks = Marks::Some(found.iter().copied().collect()),
            Marks::Some(ids) => ids.extend(found),
            Marks::All { except, .. } => found.iter().for_each(|id| {
                except.remove(id);
            }),
        }
    }

    /// Marks everything that the view has now, or nothing when it was so.
    pub(super) fn mark_all(&mut self) {
        self.model.range_from = None;
        if matches!(&self.model.marks, Marks::All { except, .. } if except.is_empty()) {
            self.model.marks = Marks::None;
            return;
        }
        let newest = self.model.counts.ready().and_then(|counts| counts.newest);
        let Some(up_to) = newest.filter(|_| self.model.lists_messages() && self.model.row().is_some()) else {
            return;
        };
        let view = self.model.view.clone();
        let as_of = self.model.now;
        self.model.marks = Marks::All { view, up_to, as_of, except: [].into(), count: self.model.total() };
    }

    /// What a deed would be done to: the chosen message of the conversation, the marked ones, or the selected one.
    fn chosen(&self) -> Option<Chosen> {
        if let Some(marked) = self.marked() {
            return Some(marked);
        }
        let id = self.subject()?.id;
        Some(Chosen { target: Target::Ids(vec![id]), count: Some(1), first: self.anchor() })
    }

    /// The marked messages, when there are some and one is where they are seen.
    pub(super) fn marked(&self) -> Option<Chosen> {
        let target = match &self.model.marks {
            _ if self.model.pane == Pane::Reading => None,
            Marks::Some(ids) if !ids.is_empty() => Some(Target::Ids(ids.iter().copied().collect())),
            Marks::All { view, up_to, as_of, except, .. } => {
                let except = except.iter().copied().collect();
                Some(Target::All { view: view.clone(), up_to: *up_to, except, as_of: *as_of })
            }
            Marks::None | Marks::Some(_) => None,
        };
        Some(Chosen { target: target?, count: self.model.marks.count(), first: self.first_marked() })
    }

    /// Where the first of the marked messages stands; the selected row when that is not known.
    fn first_marked(&self) -> Option<Anchor> {
        let window = self.model.list.window.ready()?;
        let first = window
            .rows
            .iter()
            .filter(|_| !window.more_before)
            .find(|row| row.message().is_some_and(|message| self.model.marks.contains(message.id)));
        first.map(|row| Anchor { cursor: row.cursor(), line: 0 }).or_else(|| self.anchor())
    }

    /// The one message that a deed is about when nothing is marked.
    pub(super) fn subject(&self) -> Option<&Message> {
        match self.model.pane {
            Pane::Reading => self.model.chosen().map(|row| &row.message),
            Pane::Sidebar | Pane::List => self.model.row()?.message(),
        }
    }

    fn several(&self) -> bool {
        self.model.pane != Pane::Reading && !self.model.marks.is_empty()
    }

    /// Whether what is chosen is of the kind that a deed is for. Of several messages it is done to those it fits; but what
    /// is deleted for good must be all that was asked about.
    fn fits(&self, deed: Deed) -> bool {
        if self.several() {
            return match self.model.folder() {
                Some(folder) => deed.offered_in(folder),
                None => deed != Deed::Delete,
            };
        }
        self.subject().is_some_and(|message| deed.apply(message.standing).is_some() || is_about_labels(deed))
    }

    /// A deed that a key asks for. What has no way back asks first.
    pub(super) fn wish(&mut self, deed: Deed) {
        let Some(chosen) = self.chosen() else { return self.nothing_for(deed) };
        if !self.fits(deed) {
            self.model.say(Notice::NotHere(deed));
        } else if deed.inverse().is_none() && deed == Deed::Delete {
            self.model.dialog = Some(Dialog::Confirm(Question::Deed { deed, chosen }));
        } else {
            self.perform(deed, chosen, String::new());
        }
    }

    /// Says that no message is chosen for a deed.
    fn nothing_for(&mut self, deed: Deed) {
        let here = self.model.lists_messages();
        self.model.say(if here { Notice::NothingSelected } else { Notice::NotHere(deed) });
    }

    pub(super) fn perform(&mut self, deed: Deed, chosen: Chosen, label: String) {
        let target = chosen.target.clone();
        self.begin(chosen, Write::Act { deed, target, label });
    }

    fn begin(&mut self, chosen: Chosen, write: Write) {
        self.model.dropped = None;
        let task = self.write(write);
        let marks = &self.model.marks;
        let of_marks = match &chosen.target {
            Target::Ids(ids) => ids.iter().any(|id| marks.contains(*id)),
            Target::All { .. } => true,
        };
        if !of_marks {
            self.settle_after(task);
        }
        self.model.jobs.push(Job {
            task,
            marked: of_marks.then_some(chosen.target),
            seen: 0,
            total: chosen.count,
            cancelled: false,
        });
        if let Some(anchor) = chosen.first {
            if self.model.scenes.len() >= MOST_SCENES {
                self.model.scenes.remove(0);
            }
            self.model.scenes.push(Scene { task, view: self.model.view.clone(), anchor });
        }
    }

    /// The next key acts on the row that is selected after this change. Behind one to many messages nobody waits.
    pub(super) fn settle_after(&mut self, task: Task) {
        if self.model.jobs.iter().all(|job| job.marked.is_none() && job.seen <= 1) {
            self.model.settling = Settling::Deed(task);
        }
    }

    /// A change turns out to be one to many messages: nobody waits for its end.
    pub(super) fn goes_on(&mut self, task: Task, seen: u64) {
        if seen > 1 && self.model.settling == Settling::Deed(task) {
            self.model.settling = Settling::Settled;
        }
    }

    pub(super) fn take_back(&mut self, write: Write) {
        let task = self.write(write);
        self.settle_after(task);
        self.model.jobs.push(Job { task, marked: None, seen: 0, total: None, cancelled: false });
    }

    /// Stops the first change under way that was not stopped yet; false when there is none.
    pub(super) fn cancel_job(&mut self) -> bool {
        let Some(job) = self.model.jobs.iter_mut().find(|job| !job.cancelled) else { return false };
        job.cancelled = true;
        let task = job.task;
        self.effects.push(Effect::CancelDeed(task));
        true
    }

    pub(super) fn finish(&mut self, task: Task) -> Option<Job> {
        if self.model.settling == Settling::Deed(task) {
            self.model.settling = Settling::Rows;
        } else if self.model.settling == Settling::Writing(task) {
            self.nothing_comes_back();
        }
        let at = self.model.jobs.iter().position(|job| job.task == task)?;
        Some(self.model.jobs.remove(at))
    }

    /// Read becomes unread and the other way round; of several, all become read unless all that can be seen are.
    pub(super) fn toggle_read(&mut self) {
        let any_unread = if self.several() {
            let rows =
                self.model.list.window.ready().map(|window| window.rows.as_slice()).unwrap_or_default();
            let marked = rows.iter().filter_map(Row::message);
            let mut marked = marked.filter(|message| self.model.marks.contains(message.id));
            marked.any(|message| message.standing.unread) || matches!(self.model.marks, Marks::All { .. })
        } else {
            self.subject().is_some_and(|message| message.standing.unread)
        };
        self.wish(if any_unread { Deed::MarkRead } else { Deed::MarkUnread });
    }

    pub(super) fn open_labels(&mut self) {
        let Some(chosen) = self.chosen_for_label() else { return };
        let all = chosen_messages(self.model);
        let labels = self.model.labels().iter().map(|label| label.id);
        let carried = labels.filter(|label| all_have(&all, *label)).collect();
        let input = Input::default();
        self.model.dialog = Some(Dialog::Labels { input, selected: 0, problem: None, chosen, carried });
    }

    /// What a label would be put on; says so where there is nothing.
    pub(super) fn chosen_for_label(&mut self) -> Option<Chosen> {
        let about = Deed::Label(LabelId(0));
        let Some(chosen) = self.chosen() else {
            self.nothing_for(about);
            return None;
        };
        if self.several() || self.subject().is_some_and(|message| about.may(&message.standing)) {
            return Some(chosen);
        }
        self.model.say(Notice::NotHere(about));
        None
    }

    /// Puts a label on what was chosen, or takes it off when everything that could be seen of it had it.
    pub(super) fn toggle_label(&mut self, label: LabelId, chosen: Chosen, carried: &[LabelId]) {
        let name = self.model.label_name(label).to_owned();
        let deed = if carried.contains(&label) { Deed::Unlabel(label) } else { Deed::Label(label) };
        self.perform(deed, chosen, name);
    }

    /// Puts a label that does not exist yet on what was chosen.
    pub(super) fn new_label(&mut self, name: String, chosen: Chosen) {
        let target = chosen.target.clone();
        self.begin(chosen, Write::NewLabel { name, target });
    }

    pub(super) fn acted(&mut self, task: Task, acted: Acted) {
        let job = self.finish(task);
        // Labels are often put on one after the other: what was marked for them stays marked.
        if let Some(target) = job.and_then(|job| job.marked).filter(|_| !is_about_labels(acted.deed)) {
            self.unmark(&target);
        }
        self.model.say(Notice::Done(acted));
        self.refresh();
    }

    /// Takes the marks off what a deed was done to. What was marked meanwhile stays marked.
    fn unmark(&mut self, target: &Target) {
        match (&mut self.model.marks, target) {
            (Marks::Some(marked), Target::Ids(ids)) => {
                for id in ids {
                    marked.remove(id);
                }
                if marked.is_empty() {
                    self.model.marks = Marks::None;
                }
            }
            (Marks::All { up_to, except, .. }, Target::Ids(ids)) => {
                except.extend(ids.iter().filter(|id| *id <= up_to));
            }
            (Marks::All { up_to, .. }, Target::All { up_to: done, .. }) if up_to == done => {
                self.model.marks = Marks::None;
            }
            (Marks::None | Marks::Some(_) | Marks::All { .. }, _) => {}
        }
    }

    pub(super) fn dropped(&mut self, task: Task) {
        self.finish(task);
        self.model.settling = Settling::Settled;
        self.model.say(Notice::Stopped);
    }

    pub(super) fn write_failed(&mut self, task: Task, sentence: String) {
        self.finish(task);
        self.draft_not_saved(task);
        if !self.not_queued(task, &sentence) {
            self.model.say(Notice::Error(sentence));
        }
        self.refresh();
    }

    /// After a deed was taken back the list goes to the first message that came back, where that is known; else it stays.
    pub(super) fn undone(&mut self, task: Task, of: Option<Task>, again: bool, acted: Option<Acted>) {
        self.finish(task);
        let Some(acted) = acted else {
            self.model.settling = Settling::Settled;
            self.model.say(Notice::NothingToUndo { again });
            return;
        };
        self.model.say(Notice::Undone { again, acted });
        self.refresh();
        let scene = self.model.scenes.iter().find(|scene| Some(scene.task) == of && !again);
        if let Some(anchor) = scene.filter(|scene| scene.view == self.model.view).map(|scene| scene.anchor)
            && self.model.pane != Pane::Reading
        {
            self.show_around(Some(anchor));
        }
    }

    /// Copies the text of what is chosen, all of it: what is on the screen may be its beginning.
    pub(super) fn copy_messages(&mut self) {
        let Some(chosen) = self.chosen() else {
            self.model.say(Notice::NothingSelected);
            return;
        };
        let ask = self.model.next_ask();
        self.model.copy_asked = Some(ask);
        self.read(Read::WholeText { ask, target: chosen.target });
    }

    pub(super) fn text_found(&mut self, ask: Ask, text: Option<String>) {
        if self.model.copy_asked != Some(ask) {
            return;
        }
        self.model.copy_asked = None;
        match text {
            Some(text) => self.copy_text(text),
            None => self.model.say(Notice::TooManyToCopy),
        }
    }

    pub(super) fn copy_text(&mut self, text: String) {
        if text.is_empty() {
            self.model.say(Notice::NothingSelected);
        } else {
            self.effects.push(Effect::Copy(text));
            self.model.say(Notice::Copied);
        }
    }
}

/// So many deeds are remembered by where they were done.
const MOST_SCENES: usize = 100;

fn is_about_labels(deed: Deed) -> bool {
    matches!(deed, Deed::Label(_) | Deed::Unlabel(_))
}

/// Whether all of some messages carry a label; of none, none does.
fn all_have(chosen: &[&Message], label: LabelId) -> bool {
    let has = |message: &&Message| message.labels.iter().any(|there| there.id == label);
    !chosen.is_empty() && chosen.iter().all(has)
}

/// The chosen messages that are loaded.
fn chosen_messages(model: &Model) -> Vec<&Message> {
    if model.pane == Pane::Reading {
        return model.chosen().map(|row| &row.message).into_iter().collect();
    }
    if model.marks.is_empty() {
        return model.row().and_then(Row::message).into_iter().collect();
    }
    let rows = model.list.window.ready().map(|window| window.rows.as_slice()).unwrap_or_default();
    rows.iter().filter_map(Row::message).filter(|message| model.marks.contains(message.id)).collect()
}
