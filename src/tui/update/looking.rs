//! A closer look: at a contact, at what came along with a message, at a day, at what was done.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use super::dialogs::along;
use crate::domain::fold::fold;
use crate::domain::format::Format;
use crate::domain::listing::{ContactCard, Cursor, Place, Row};
use crate::domain::message::Message;
use crate::domain::moment::parse_moment;
use crate::domain::query::{date, start_of};
use crate::domain::{ContactId, LabelId, MessageId, Time};
use crate::tui::action::Action;
use crate::tui::event::{Effect, Exporting, Read, Target};
use crate::tui::layout::dialog::DialogAreas;
use crate::tui::model::{About, Anchor, DeedLine, Dialog, Export, ExportState, Input, Load, Notice, Pane};
use crate::tui::text::{is_web, links};
use crate::words;

impl Core<'_> {
    /// `i`: everything that is known of the contact.
    pub(super) fn open_contact(&mut self) {
        let Some(contact) = self.subject_contact() else {
            self.no_correspondent();
            return;
        };
        self.model.dialog = Some(Dialog::Contact(Load::Asked));
        self.read(Read::Contact(contact));
    }

    /// Says why nobody is meant: nothing is selected, or a schedule is, which may go to many.
    pub(super) fn no_correspondent(&mut self) {
        let is_schedule = matches!(self.model.row(), Some(Row::Schedule(_)));
        self.model.say(if is_schedule { Notice::NotHereReply } else { Notice::NothingSelected });
    }

    /// The contact of what is read, or of what is selected.
    pub(super) fn subject_contact(&self) -> Option<ContactId> {
        if self.model.pane == Pane::Reading
            && let Some(about) = self.model.reading.about
        {
            return Some(about.contact);
        }
        match self.model.row()? {
            Row::Message(row) => Some(row.message.contact.id),
            Row::Call(row) => Some(row.call.contact.id),
            Row::Schedule(_) => None,
        }
    }

    pub(super) fn contact_found(&mut self, card: ContactCard) {
        if let Some(Dialog::Contact(shown)) = &mut self.model.dialog {
            *shown = Load::Ready(Box::new(card));
        }
    }

    /// `v`: opens what came along with the message, or a link in it. Of several one is chosen.
    pub(super) fn open_links(&mut self) {
        let Some(mut found) = self.subject().map(openable) else {
            let is_other = self.model.row().is_some();
            self.model.say(if is_other { Notice::NotHereOpen } else { Notice::NothingSelected });
            return;
        };
        match found.len() {
            0 => self.model.say(Notice::NothingToOpen),
            1 => self.open_outside(found.remove(0)),
            _ => self.model.dialog = Some(Dialog::Links { links: found, selected: 0 }),
        }
    }

    fn open_outside(&mut self, link: String) {
        self.model.say(Notice::Opening);
        self.effects.push(Effect::OpenOutside(link));
    }

    pub(super) fn act_in_links(&mut self, action: Action) {
        let Some(Dialog::Links { links, selected }) = &mut self.model.dialog else { return };
        let link = links.get(*selected).cloned();
        match action {
            Action::Back => self.model.dialog = None,
            Action::Open => {
                self.model.dialog = None;
                if let Some(link) = link {
                    self.open_outside(link);
                }
            }
            Action::Copy => {
                self.model.dialog = None;
                self.copy_text(link.unwrap_or_default());
            }
            _ => *selected = along(action, *selected, links.len()),
        }
    }

    /// `J`: to a day.
    pub(super) fn open_date(&mut self) {
        self.model.dialog = Some(Dialog::Date { input: Input::default(), is_wrong: false });
    }

    pub(super) fn act_in_date(&mut self, action: Action) {
        let today = self.model.today();
        let Some(Dialog::Date { input, is_wrong }) = &mut self.model.dialog else { return };
        match action {
            Action::Back => self.model.dialog = None,
            Action::Open => {
                let zone = self.model.zone;
                let typed = input.text.trim();
                let day = date(typed, today).or_else(|| {
                    let moment = parse_moment(typed, self.model.now, zone).ok()?;
                    Some(moment.at.with_timezone(&zone).date_naive())
                });
                let span = day.and_then(|day| Some((start_of(day, zone)?, start_of(day.succ_opt()?, zone)?)));
                if let Some((begin, end)) = span {
                    self.model.dialog = None;
                    self.go_to_day(begin, end);
                } else {
                    *is_wrong = true;
                }
            }
            _ => {}
        }
    }

    /// Goes to what was said on a day, or what comes next to it.
    fn go_to_day(&mut self, begin: Time, end: Time) {
        if self.model.pane == Pane::Reading
            && let Some(about) = self.model.reading.about
        {
            self.show(Some(About { contact: about.contact, message: MessageId(0), at: begin }));
            self.model.reading.conversation = Load::Idle;
            self.settle();
            return;
        }
        // The first row of the day in the order of the list.
        let cursor = if self.model.view.is_rising() {
            Cursor { key: begin.timestamp_micros(), id: 0 }
        } else {
            Cursor { key: end.timestamp_micros() - 1, id: i64::MAX }
        };
        self.enter(Pane::List);
        self.show_around(Some(Anchor { cursor, line: 0 }));
    }

    /// `I`: brings messages in from a file.
    pub(super) fn open_import(&mut self) {
        self.model.dialog = Some(Dialog::Import(Input::default()));
    }

    pub(super) fn act_in_import(&mut self, action: Action) {
        let Some(Dialog::Import(input)) = &self.model.dialog else { return };
        let file = input.text.trim().to_owned();
        match action {
            Action::Back => self.model.dialog = None,
            Action::Open if !file.is_empty() => {
                self.model.dialog = None;
                self.effects.push(Effect::Import(file));
            }
            _ => {}
        }
    }

    /// `E`: writes what is marked into a file, or all that the list shows.
    pub(super) fn open_export(&mut self) {
        let name = match self.model.view.place {
            Place::Folder(folder) => file_name(words::folder(&self.model.wording.texts, folder)),
            Place::Label(label) => self.label_name(label).unwrap_or_default().replace(['/', '\\', '\0'], "-"),
            Place::Everywhere => "recado".to_owned(),
        };
        let chosen = self.marked().map(|chosen| chosen.count);
        self.model.dialog = Some(Dialog::Export(Box::new(Export {
            input: Input::new(format!("{name}.csv")),
            is_proposed: true,
            marked: chosen.map(Option::unwrap_or_default),
            state: ExportState::Naming,
        })));
    }

    /// Another name than the one that was proposed.
    pub(super) fn name_export(&mut self, file: String) {
        if let Some(Dialog::Export(export)) = &mut self.model.dialog {
            export.input = Input::new(file);
            export.is_proposed = false;
        }
    }

    pub(super) fn act_in_export(&mut self, action: Action) {
        match action {
            // What is being written goes on.
            Action::Back => self.model.dialog = None,
            Action::Open => self.export(),
            _ => {}
        }
    }

    /// Writes the file that was named. Its name says the format.
    pub(super) fn export(&mut self) {
        let Some(Dialog::Export(export)) = &mut self.model.dialog else { return };
        let file = export.input.text.trim().to_owned();
        if file.is_empty() || export.state == ExportState::Writing {
            return;
        }
        export.is_proposed = false;
        if Format::of_file(&file).is_none() {
            export.state = ExportState::BadEnding;
            return;
        }
        export.state = ExportState::Writing;
        let (arguments, ids) = self.exported_rows();
        self.effects.push(Effect::Export(Box::new(Exporting { file, arguments, ids })));
    }

    /// Which rows are written, in the words of the command: the marked ones, or all that the list shows.
    fn exported_rows(&self) -> (Vec<String>, Vec<MessageId>) {
        let chosen = self.marked().map(|chosen| chosen.target);
        if let Some(Target::Ids(ids)) = chosen {
            return (vec!["-".to_owned()], ids);
        }
        let mut arguments = Vec::new();
        match self.model.view.place {
            Place::Folder(folder) => arguments.extend(["--folder".to_owned(), folder.id().to_owned()]),
            Place::Label(label) => {
                arguments.push(format!("--label={}", self.label_name(label).unwrap_or_default()));
            }
            Place::Everywhere => {}
        }
        if !self.model.query_text.is_empty() {
            arguments.push(format!("--search={}", self.model.query_text));
        }
        let Some(Target::All { up_to, except, .. }) = chosen else { return (arguments, Vec::new()) };
        // What arrived after all were marked is not among them.
        arguments.push(format!("--up-to={up_to}"));
        if !except.is_empty() {
            arguments.push("--except=-".to_owned());
        }
        (arguments, except)
    }

    pub(super) fn exported(&mut self, sentence: String) {
        if matches!(&self.model.dialog, Some(Dialog::Export(export)) if export.state == ExportState::Writing)
        {
            self.model.dialog = None;
        }
        self.model.say(Notice::Exported(sentence));
    }

    /// What was typed stays, to be mended.
    pub(super) fn export_failed(&mut self, sentence: String) {
        match &mut self.model.dialog {
            Some(Dialog::Export(export)) if export.state == ExportState::Writing => {
                export.state = ExportState::Failed(sentence);
            }
            _ => self.model.say(Notice::Error(sentence)),
        }
    }

    fn label_name(&self, label: LabelId) -> Option<String> {
        self.model.labels().iter().find(|one| one.id == label).map(|one| one.name.clone())
    }

    /// `H`: what was done, and can be taken back.
    pub(super) fn open_deeds(&mut self) {
        self.model.dialog = Some(Dialog::Deeds { lines: Load::Asked, top: 0 });
        self.read(Read::Deeds);
    }

    pub(super) fn deeds_listed(&mut self, found: Vec<DeedLine>) {
        if let Some(Dialog::Deeds { lines, .. }) = &mut self.model.dialog {
            *lines = Load::Ready(found);
        }
    }

    pub(super) fn act_in_deeds(&mut self, action: Action) {
        let room = DialogAreas::of(self.model, self.keymap).map_or(1, |areas| areas.room());
        let Some(Dialog::Deeds { lines, top }) = &mut self.model.dialog else { return };
        // The list ends where its last line stands at the bottom.
        let count = (lines.ready().map_or(0, Vec::len) + 1).saturating_sub(room);
        match action {
            Action::Back => self.model.dialog = None,
            // What is taken back here is what would be taken back anywhere: the last one.
            Action::Undo | Action::Redo => self.act_in_panes(action),
            _ => *top = along(action, *top, count),
        }
    }
}

/// A name that a file may have everywhere: small letters without accents, figures and hyphens.
fn file_name(name: &str) -> String {
    let folded = fold(name);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// What of a message another program can open: files that are here, and web pages.
fn openable(message: &Message) -> Vec<String> {
    let came_along = message.attachments.iter().map(|attachment| attachment.url.as_str());
    let can_be = |url: &&str| is_web(url) || url.starts_with("file://");
    let mut found: Vec<String> = came_along.filter(can_be).map(str::to_owned).collect();
    found.extend(links(&message.text).into_iter().map(str::to_owned));
    found
}
