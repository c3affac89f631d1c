//! The channels that the engine works with: they are opened from their records, opened again when those change, and tried
//! once more while they cannot be opened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Lane, Told};
use crate::channels::Channel;
use crate::domain::Time;
use crate::domain::channel::Channel as Record;
use crate::store::Result;

/// Opens a channel from its record: it reads secrets, which only the outermost part of the program may do.
pub type Opener = Box<dyn Fn(&Record) -> std::result::Result<Arc<dyn Channel>, String> + Send>;

/// How long until a channel that could not be opened is tried once more.
pub const OPEN_AGAIN: Duration = Duration::from_secs(10);

impl Engine {
    /// Opens channels that are new or were changed, and closes those that are gone.
    pub(super) fn look_at_channels(&mut self, now: Time) -> Result<()> {
        let records = self.store.channels()?;
        let current = |there: &Record| records.iter().any(|record| record.is_unchanged(there));
        let mut changed = BTreeMap::new();
        for (id, lane) in std::mem::take(&mut self.lanes) {
            let place = if current(&lane.record) { &mut self.lanes } else { &mut changed };
            place.insert(id, lane);
        }
        self.broken.retain(|_, (record, _)| current(record));
        for record in records {
            if self.lanes.contains_key(&record.id) || self.broken.contains_key(&record.id) {
                continue;
            }
            match (self.open)(&record) {
                Ok(channel) => {
                    let (id, media) = (record.id, self.store.media_folder());
                    let mut lane = Lane::open(record, channel, &self.signals, media);
                    if let Some(old) = changed.remove(&id) {
                        lane.go_on_from(&old);
                    }
                    self.lanes.insert(id, lane);
                }
                Err(problem) => {
                    tracing::error!(channel = record.name, problem, "a channel cannot be opened");
                    self.broken.insert(record.id, (record, problem));
                    self.tried_broken = Some(now);
                }
            }
        }
        Ok(())
    }

    /// When channels that could not be opened are tried once more; none when there is no such channel.
    pub(super) fn open_again_at(&self) -> Option<Time> {
        self.tried_broken.filter(|_| !self.broken.is_empty()).map(|last| last + OPEN_AGAIN)
    }

    /// Tells what has changed about channels that cannot do their work.
    pub fn tell_faults(&mut self, tell: impl FnMut(&Told<'_>)) {
        let open = self.lanes.iter().map(|(id, lane)| (*id, lane.record.name.as_str(), None));
        let broken = self.broken.iter();
        let broken =
            broken.map(|(id, (record, problem))| (*id, record.name.as_str(), Some(problem.as_str())));
        self.faults.tell(open.chain(broken), tell);
    }

    pub(super) fn has_channels(&self) -> bool {
        !self.lanes.is_empty() || !self.broken.is_empty()
    }
}
