//! Drafts on their way into the file, and the list of them.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use super::dialogs::along;
use crate::domain::draft::{Draft, DraftKey, KeptDraft};
use crate::tui::action::Action;
use crate::tui::event::{Read, Task, Write};
use crate::tui::model::{Dialog, Load, Notice, OwnDraft, Saving};

impl Core<'_> {
    /// Keeps what is being written.
    pub(super) fn save_draft(&mut self) {
        if let Some(Dialog::Compose(compose)) = &self.model.dialog {
            let draft = compose.kept();
            self.keep_draft(draft);
        }
    }

    /// Keeps a draft; an empty one goes away.
    pub(super) fn keep_draft(&mut self, draft: Draft) {
        let task = self.write(Write::SaveDraft(draft.clone()));
        let (key, draft) = (draft.key, (!draft.is_empty()).then_some(draft));
        self.model.drafts.insert(key, OwnDraft { draft, saving: Saving::UnderWay(task) });
    }

    /// A draft is in the file.
    pub(super) fn draft_saved(&mut self, task: Task) {
        self.mark_saving(task, Saving::Done);
    }

    /// A draft could not be saved: it stays here, and is tried again.
    pub(super) fn draft_not_saved(&mut self, task: Task) {
        self.mark_saving(task, Saving::Failed);
    }

    fn mark_saving(&mut self, task: Task, saving: Saving) {
        // What was written since has another number.
        let own = self.model.drafts.values_mut().find(|own| own.saving == Saving::UnderWay(task));
        if let Some(own) = own {
            own.saving = saving;
        }
    }

    /// Tries once more to save what could not be saved.
    pub(super) fn save_again(&mut self) {
        let failed = self.model.drafts.iter().filter(|(_, own)| own.saving == Saving::Failed);
        let drafts = failed.map(|(key, own)| own.draft.clone().unwrap_or_else(|| Draft::new(*key)));
        for draft in drafts.collect::<Vec<_>>() {
            self.keep_draft(draft);
        }
    }

    /// What is asked from now on finds in the file what was saved by now, and what others made of it since.
    pub(super) fn let_go_of_saved_drafts(&mut self) {
        self.model.drafts.retain(|_, own| own.saving != Saving::Done);
    }

    /// `D`: what was begun and not sent.
    pub(super) fn open_drafts(&mut self) {
        self.model.dialog = Some(Dialog::Drafts { lines: Load::Asked, selected: 0 });
        self.ask_for_drafts();
    }

    /// Asks for what was begun and not sent.
    pub(super) fn ask_for_drafts(&mut self) {
        self.let_go_of_saved_drafts();
        self.read(Read::Drafts);
    }

    pub(super) fn drafts_listed(&mut self, found: Vec<KeptDraft>) {
        // This screen may have written more than the reader has seen.
        let saved = &self.model.drafts;
        let newer = |mut line: KeptDraft| match saved.get(&line.draft.key) {
            Some(OwnDraft { draft: None, .. }) => None,
            Some(OwnDraft { draft: Some(draft), .. }) => {
                line.draft = draft.clone();
                Some(line)
            }
            None => Some(line),
        };
        let found: Vec<KeptDraft> = found.into_iter().filter_map(newer).collect();
        if let Some(Dialog::Drafts { lines, selected }) = &mut self.model.dialog {
            // The chosen one stays chosen, wherever it stands now.
            let chosen = lines.ready().and_then(|lines| lines.get(*selected)).map(|line| line.draft.key);
            let at = found.iter().position(|line| Some(line.draft.key) == chosen);
            *selected = at.unwrap_or(*selected).min(found.len().saturating_sub(1));
            *lines = Load::Ready(found);
        }
    }

    pub(super) fn act_in_drafts(&mut self, action: Action) {
        let Some(Dialog::Drafts { lines, selected }) = &mut self.model.dialog else { return };
        let count = lines.ready().map_or(0, Vec::len);
        let line = lines.ready().and_then(|lines| lines.get(*selected)).cloned();
        match action {
            Action::Back => self.model.dialog = None,
            Action::Compose => self.write_to(DraftKey::New(self.model.now), String::new(), false),
            Action::Open => {
                if let Some(line) = line {
                    self.write_to(line.draft.key, line.name, false);
                }
            }
            Action::DropDraft => {
                if let Some(line) = line {
                    self.drop_draft(line.draft);
                    self.open_drafts();
                }
            }
            Action::Undo => {
                self.take_back_writing();
            }
            _ => *selected = along(action, *selected, count),
        }
    }

    /// Throws a draft away; `z` brings it back.
    pub(super) fn drop_draft(&mut self, draft: Draft) {
        self.keep_draft(Draft::new(draft.key));
        self.model.dropped = (!draft.is_empty()).then_some(draft);
        self.model.say(Notice::DraftDropped);
        self.read(Read::Counts);
    }
}
