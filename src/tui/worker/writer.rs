//! The thread that changes: every change in its order, in slices, each with a number by which it can be stopped.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Desk, log_slow, sentence, writing};
use crate::clock::Dice;
use crate::domain::deed::Deed;
use crate::domain::{DeedId, Time};
use crate::store::{Done, Store, StoreError, Which};
use crate::tui::event::{Acted, Event, Target, Task, Write};

/// The writer's end for those who want changes.
pub struct Writer {
    changes: Sender<(Task, Write)>,
    cancelled: Arc<Mutex<BTreeSet<Task>>>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Takes a connection and begins to wait for changes.
    pub fn start(store: Store, desk: Desk, dice: Dice, events: Sender<Event>) -> Self {
        let (changes, incoming) = channel();
        let cancelled = Arc::new(Mutex::new(BTreeSet::new()));
        let own = Own::default();
        let writing = Writing { store, desk, dice, events, own, cancelled: Arc::clone(&cancelled) };
        let thread = std::thread::spawn(move || writing.run(&incoming));
        Self { changes, cancelled, thread }
    }

    /// Wants a change.
    pub fn want(&self, task: Task, write: Write) {
        // A closed queue means that the program is ending.
        let _ = self.changes.send((task, write));
    }

    /// Stops a change after its present slice, or before it begins.
    pub fn cancel(&self, task: Task) {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).insert(task);
    }

    /// Lets the thread do what was wanted, and ends it.
    pub fn stop(self) {
        drop(self.changes);
        let _ = self.thread.join();
    }
}

struct Writing {
    store: Store,
    desk: Desk,
    dice: Dice,
    events: Sender<Event>,
    own: Own,
    cancelled: Arc<Mutex<BTreeSet<Task>>>,
}

/// After so long without a change the writer tidies up.
const IDLE_AFTER: Duration = Duration::from_secs(20);

impl Writing {
    fn run(mut self, incoming: &Receiver<(Task, Write)>) {
        let mut tidy = true;
        loop {
            match incoming.recv_timeout(IDLE_AFTER) {
                Ok((task, write)) => {
                    tidy = false;
                    let event = self.change(task, write);
                    if event.is_some_and(|event| self.events.send(event).is_err()) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) if !tidy => {
                    // Another program may be in the middle of something; there will be other idle moments.
                    tidy = self.store.tidy().is_ok();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn change(&mut self, task: Task, write: Write) -> Option<Event> {
        let (events, cancelled) = (&self.events, &self.cancelled);
        let is_cancelled = || cancelled.lock().unwrap_or_else(PoisonError::into_inner).contains(&task);
        let event = if is_cancelled() {
            Some(Event::Dropped { task })
        } else {
            let step = |seen| {
                let gone = events.send(Event::Progress { task, seen }).is_err();
                if gone || is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let begun = Instant::now();
            let now = self.desk.clock.now();
            let changed = change(&mut self.store, (task, write), now, &mut self.dice, &mut self.own, step);
            log_slow("write", 0, begun.elapsed());
            changed.unwrap_or_else(|error| {
                tracing::error!(%error, "a write failed");
                Some(Event::WriteFailed { task, sentence: sentence(&self.desk, &error) })
            })
        };
        // What comes now comes too late for this one, and no other one has its number.
        cancelled.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other > task);
        event
    }
}

/// The deeds that were done from this screen, in their order. Only the writer knows them all when a key asks to take the
/// last one back: it may have been asked for a moment ago.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    done: Vec<(Task, DeedId)>,
    taken_back: Vec<(Task, DeedId)>,
}

impl Own {
    /// A new deed ends what could be done again.
    fn note(&mut self, task: Task, done: Done) {
        if let Some(deed) = done.deed {
            self.done.push((task, deed));
            self.taken_back.clear();
        }
    }

    fn last(&self, which: Which) -> Option<(Task, DeedId)> {
        match which {
            Which::Undo => self.done.last().copied(),
            Which::Redo => self.taken_back.last().copied(),
        }
    }

    fn forget(&mut self, which: Which) -> Option<(Task, DeedId)> {
        match which {
            Which::Undo => self.done.pop(),
            Which::Redo => self.taken_back.pop(),
        }
    }

    /// The last one goes over to the other side.
    fn turn(&mut self, which: Which) {
        let last = self.forget(which);
        match which {
            Which::Undo => self.taken_back.extend(last),
            Which::Redo => self.done.extend(last),
        }
    }
}

/// Makes a change, and says what came of it. `step` hears how far a long one is and may stop it.
pub fn change(
    store: &mut Store,
    (task, write): (Task, Write),
    now: Time,
    dice: &mut Dice,
    own: &mut Own,
    step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Option<Event>, StoreError> {
    Ok(match write {
        Write::Act { deed, target, label } => {
            let done = act(store, deed, target, now, step)?;
            own.note(task, done);
            Some(Event::Acted { task, acted: acted(deed, done, label) })
        }
        Write::NewLabel { name, target } => {
            let uuid = dice.uuid(now);
            let label = store.write(|tx| tx.label(&name, || uuid))?;
            let deed = Deed::Label(label);
            let done = act(store, deed, target, now, step)?;
            own.note(task, done);
            Some(Event::Acted { task, acted: acted(deed, done, name) })
        }
        Write::Undo => Some(undo(store, (task, Which::Undo), now, own, step)?),
        Write::Redo => Some(undo(store, (task, Which::Redo), now, own, step)?),
        Write::SaveDraft(draft) => {
            store.save_draft(&draft, now)?;
            Some(Event::DraftSaved { task })
        }
        Write::BringBack(draft) => {
            let draft = store.bring_back_draft(draft, now)?;
            Some(Event::CameBack(Some(Box::new(draft))))
        }
        Write::Send { draft, hold } => {
            let leaves_on = now + chrono::Duration::seconds(hold.into());
            let messages = writing::send(store, &draft, (hold > 0).then_some(leaves_on), now, dice)?;
            Some(Event::Queued { task, messages, leaves_on, draft: Box::new(draft) })
        }
        Write::Schedule { draft, timing } => {
            writing::schedule(store, &draft, timing, now, dice)?;
            Some(Event::Scheduled { task, key: draft.key, first: Some(timing.1) })
        }
        Write::EditSchedule { id, draft, timing } => {
            writing::edit_schedule(store, id, &draft, timing, now, dice)?;
            Some(Event::Scheduled { task, key: draft.key, first: timing.map(|(_, first)| first) })
        }
        Write::TakeBack(leaving) => {
            Some(Event::CameBack(writing::take_back(store, leaving, now)?.map(Box::new)))
        }
        Write::ChangeSchedule(id, deed) => {
            let messages = writing::change_schedule(store, id, deed, now, dice)?;
            Some(Event::ScheduleDone { task, deed, messages })
        }
        Write::NoteSearch(text) => {
            store.note_search(&text, now)?;
            None
        }
        Write::SaveSearch { text, saved } => {
            store.save_search(&text, saved, now)?;
            let (recent, saved) = store.searches()?;
            Some(Event::SearchesFound { recent, saved })
        }
        Write::Opened(message) => store.mark_opened(message, now)?.then_some(Event::Opened),
    })
}

fn act(
    store: &mut Store,
    deed: Deed,
    target: Target,
    now: Time,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Done, StoreError> {
    let target = match target {
        Target::Ids(ids) => crate::store::Target::Ids(ids),
        Target::All { view, up_to, except, as_of } => {
            crate::store::Target::All { view, up_to, except, as_of }
        }
    };
    store.act(deed, &target, now, |progress| step(progress.seen))
}

/// Takes back, or does again, what was done last here; without such a deed, what was done last in the workspace.
fn undo(
    store: &mut Store,
    (task, which): (Task, Which),
    now: Time,
    own: &mut Own,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Event, StoreError> {
    let again = which == Which::Redo;
    loop {
        let candidate = own.last(which);
        let wanted = candidate.map(|(_, deed)| deed);
        let Some(undone) = store.undo(which, wanted, now, |progress| step(progress.seen))? else {
            if candidate.is_some() {
                // Somebody else did that already, or the journal no longer has it.
                own.forget(which);
                continue;
            }
            return Ok(Event::Undone { task, again, of: None, acted: None });
        };
        // One that was stopped before its end is still the last one.
        if candidate.is_some() && !undone.done.cancelled {
            own.turn(which);
        }
        let acted = acted(undone.deed, undone.done, label_of(store, undone.deed)?);
        return Ok(Event::Undone { task, again, of: candidate.map(|(task, _)| task), acted: Some(acted) });
    }
}

fn acted(deed: Deed, done: Done, label: String) -> Acted {
    Acted { deed, changed: done.changed, unchanged: done.unchanged, cancelled: done.cancelled, label }
}

/// The name of a deed's label; empty when it has none, or when the label is gone.
pub(super) fn label_of(store: &Store, deed: Deed) -> Result<String, StoreError> {
    let wanted = match deed {
        Deed::Label(label) | Deed::Unlabel(label) => label,
        Deed::Archive
        | Deed::Restore
        | Deed::Delete
        | Deed::MarkRead
        | Deed::MarkUnread
        | Deed::Resend
        | Deed::Cancel => {
            return Ok(String::new());
        }
    };
    let found = store.labels()?.into_iter().find(|label| label.id == wanted);
    Ok(found.map(|label| label.name).unwrap_or_default())
}
