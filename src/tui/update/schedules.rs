//! What is done to a schedule: held back, let go on, sent now, cancelled.

use super::Core;
use crate::domain::ScheduleId;
use crate::domain::listing::Row;
use crate::tui::event::{ScheduleDeed, Task, Write};
use crate::tui::model::{Dialog, Notice, Question};

impl Core<'_> {
    fn schedule(&self) -> Option<(ScheduleId, bool)> {
        match self.model.row()? {
            Row::Schedule(row) => Some((row.schedule.id, row.schedule.paused)),
            Row::Message(_) | Row::Call(_) => None,
        }
    }

    /// `p`: holds the selected schedule back, or lets it go on.
    pub(super) fn pause(&mut self) {
        match self.schedule() {
            Some((id, true)) => self.change_schedule(id, ScheduleDeed::Resume),
            Some((id, false)) => self.change_schedule(id, ScheduleDeed::Pause),
            None => self.model.say(Notice::NoSchedule),
        }
    }

    /// Asks before something is done to the selected schedule that has no way back; false when none is selected.
    pub(super) fn ask_about_schedule(&mut self, deed: ScheduleDeed) -> bool {
        let Some((id, _)) = self.schedule() else { return false };
        self.model.dialog = Some(Dialog::Confirm(Question::Schedule { id, deed }));
        true
    }

    pub(super) fn change_schedule(&mut self, id: ScheduleId, deed: ScheduleDeed) {
        let task = self.write(Write::ChangeSchedule(id, deed));
        self.settle_after(task);
    }

    pub(super) fn schedule_done(&mut self, task: Task, deed: ScheduleDeed, messages: u64) {
        self.finish(task);
        self.model.say(Notice::ScheduleDone { deed, messages });
        self.refresh();
    }
}
