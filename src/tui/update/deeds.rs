//! Marks and deeds: what is chosen, what is done to it, and what is said afterwards.
//!
//! A deed acts on ids, or on a view together with the newest message of that moment; never on rows.

use super::Core;
use crate::domain::deed::Deed;
use crate::domain::listing::{Cursor, Row};
use crate::domain::message::Message;
use crate::domain::{LabelId, MessageId};
use crate::tui::event::{Acted, Ask, Read, Target, Write};
use crate::tui::model::{Dialog, Input, Job, Marks, Model, Notice, Pane};

impl Core<'_> {
    pub(super) fn mark(&mut self) {
        if let Some(from) = self.model.range_from.take() {
            self.mark_between(from);
            return;
        }
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

    /// `V` begins a range at the selected row; a second time it marks all from there to here.
    pub(super) fn mark_range(&mut self) {
        match self.model.range_from.take() {
            Some(from) => self.mark_between(from),
            None if self.model.lists_messages() => {
                self.model.range_from = self.model.row().map(Row::cursor);
            }
            None => {}
        }
    }

    fn mark_between(&mut self, from: Cursor) {
        let Some(to) = self.model.row().map(Row::cursor) else { return };
        let (from, to) = if self.is_before(to, from) { (to, from) } else { (from, to) };
        let ask = self.model.next_ask();
        self.model.range_asked = Some(ask);
        let view = self.model.view.clone();
        self.read(Read::Between { ask, view, from, to });
    }

    pub(super) fn ids_found(&mut self, ask: Ask, found: &[MessageId]) {
        if self.model.range_asked != Some(ask) {
            return;
        }
        self.model.range_asked = None;
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
        self.model.marks = Marks::All { view, up_to, except: [].into(), count: self.model.total() };
    }

    /// What a deed would be done to: the chosen message of the conversation, the marked ones, or the selected one.
    fn target(&self) -> Option<(Target, Option<u64>)> {
        if self.model.pane == Pane::Reading {
            return self.subject().map(|message| (Target::Ids(vec![message.id]), Some(1)));
        }
        match &self.model.marks {
            Marks::Some(ids) if !ids.is_empty() => {
                Some((Target::Ids(ids.iter().copied().collect()), self.model.marks.count()))
            }
            Marks::All { view, up_to, except, .. } => {
                let except = except.iter().copied().collect();
                Some((Target::All { view: view.clone(), up_to: *up_to, except }, self.model.marks.count()))
            }
            Marks::None | Marks::Some(_) => {
                self.subject().map(|message| (Target::Ids(vec![message.id]), Some(1)))
            }
        }
    }

    /// The one message that a deed is about when nothing is marked.
    fn subject(&self) -> Option<&Message> {
        match self.model.pane {
            Pane::Reading => self.model.chosen().map(|row| &row.message),
            Pane::Sidebar | Pane::List => self.model.row()?.message(),
        }
    }

    fn several(&self) -> bool {
        self.model.pane != Pane::Reading && !self.model.marks.is_empty()
    }

    /// Whether what is chosen is of the kind that a deed is for. Of several messages it is done to those it fits.
    fn fits(&self, deed: Deed) -> bool {
        if self.several() {
            return self.model.folder().is_none_or(|folder| deed.offered_in(folder));
        }
        self.subject().is_some_and(|message| deed.apply(message.standing).is_some() || is_about_labels(deed))
    }

    /// A deed that a key asks for. What has no way back asks first.
    pub(super) fn wish(&mut self, deed: Deed) {
        let Some((target, count)) = self.target() else {
            let here = self.model.lists_messages();
            self.model.say(if here { Notice::NothingSelected } else { Notice::NotHere(deed) });
            return;
        };
        if !self.fits(deed) {
            self.model.say(Notice::NotHere(deed));
        } else if deed.inverse().is_none() && deed == Deed::Delete {
            self.model.dialog = Some(Dialog::Confirm { deed, count });
        } else {
            self.perform(deed, target, String::new());
        }
    }

    /// Does what was asked for.
    pub(super) fn confirmed(&mut self, deed: Deed) {
        if let Some((target, _)) = self.target() {
            self.perform(deed, target, String::new());
        }
    }

    pub(super) fn perform(&mut self, deed: Deed, target: Target, label: String) {
        let total = match &target {
            Target::Ids(ids) => Some(ids.len() as u64),
            Target::All { .. } => self.model.marks.count(),
        };
        self.model.job = Some(Job { deed: Some(deed), seen: 0, total, cancelled: false });
        self.write(Write::Act { deed, target, label });
    }

    pub(super) fn take_back(&mut self, write: Write) {
        self.model.job = Some(Job { deed: None, seen: 0, total: None, cancelled: false });
        self.write(write);
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
        let about = Deed::Label(LabelId(0));
        if self.target().is_none() {
            self.model.say(Notice::NothingSelected);
        } else if self.several() || self.subject().is_some_and(|message| about.may(&message.standing)) {
            self.model.dialog = Some(Dialog::Labels { input: Input::default(), selected: 0, problem: None });
        } else {
            self.model.say(Notice::NotHere(about));
        }
    }

    /// Puts a label on what is chosen, or takes it off when everything chosen that can be seen has it.
    pub(super) fn toggle_label(&mut self, label: LabelId) {
        let Some((target, _)) = self.target() else { return };
        let name = self.model.label_name(label).to_owned();
        let deed = if all_have(self.model, label) { Deed::Unlabel(label) } else { Deed::Label(label) };
        self.perform(deed, target, name);
    }

    /// Puts a label that does not exist yet on what is chosen.
    pub(super) fn new_label(&mut self, name: String) {
        if let Some((target, _)) = self.target() {
            self.write(Write::NewLabel { name, target });
        }
    }

    pub(super) fn acted(&mut self, acted: Acted) {
        self.model.job = None;
        // Labels are often put on one after the other: what was marked for them stays marked.
        if !is_about_labels(acted.deed) {
            self.model.marks = Marks::None;
        }
        self.model.say(Notice::Done(acted));
        self.refresh();
    }

    pub(super) fn undone(&mut self, again: bool, acted: Option<Acted>) {
        self.model.job = None;
        match acted {
            Some(acted) => {
                self.model.say(Notice::Undone { again, acted });
                self.refresh();
            }
            None => self.model.say(Notice::NothingToUndo { again }),
        }
    }
}

fn is_about_labels(deed: Deed) -> bool {
    matches!(deed, Deed::Label(_) | Deed::Unlabel(_))
}

/// Whether all chosen messages that are loaded carry a label.
pub(in crate::tui) fn all_have(model: &Model, label: LabelId) -> bool {
    chosen_messages(model).is_some_and(|chosen| {
        chosen.iter().all(|message| message.labels.iter().any(|there| there.id == label))
    })
}

/// The chosen messages that are loaded; none when nothing is chosen.
fn chosen_messages(model: &Model) -> Option<Vec<&Message>> {
    if model.pane == Pane::Reading {
        return model.chosen().map(|row| vec![&row.message]);
    }
    if model.marks.is_empty() {
        return model.row()?.message().map(|message| vec![message]);
    }
    let rows = &model.list.window.ready()?.rows;
    let marked = rows.iter().filter_map(Row::message);
    let marked: Vec<&Message> = marked.filter(|message| model.marks.contains(message.id)).collect();
    (!marked.is_empty()).then_some(marked)
}
