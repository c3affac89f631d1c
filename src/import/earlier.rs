//! What came in earlier, by conversation and moment: asked for once, however many records share a moment.
//!
//! There is no index of the keys that make a record the same one again: a conversation rarely has two messages of a
//! microsecond. But chats of WhatsApp know minutes only, and some programs give all their rows one date; looking through all
//! that came in at that moment for each of them would take the square of their number. Records of a moment stand together in
//! a file, so that few moments are remembered at a time.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use xxhash_rust::xxh3::xxh3_64;

use crate::domain::Time;
use crate::store::{Mark, Same, StoreError};

/// How many moments are remembered.
const MOST_MOMENTS: usize = 64;

/// How many records of one moment are remembered, in some sixteen bytes each, and of all of them.
const MOST_RECORDS: usize = 1 << 20;

/// Where a record would be: in calls or in messages, in whose conversation, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place<W> {
    pub(super) calls: bool,
    pub(super) whose: W,
    pub(super) at: Time,
}

/// What came in at some moments.
#[derive(Debug)]
pub(super) struct Earlier<W> {
    moments: HashMap<Place<W>, Moment>,
    records: usize,
    /// The state of the workspace for which this is true.
    version: i64,
}

/// What came in at a moment.
#[derive(Debug)]
enum Moment {
    All(HashSet<u64>),
    /// More than is remembered.
    Many,
}

impl<W> Default for Earlier<W> {
    fn default() -> Self {
        Self { moments: HashMap::new(), records: 0, version: 0 }
    }
}

impl<W: Hash + Eq> Earlier<W> {
    /// The workspace is now in that state: what somebody else wrote is not known.
    pub(super) fn at_version(&mut self, version: i64) {
        if std::mem::replace(&mut self.version, version) != version {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.moments.clear();
        self.records = 0;
    }

    /// Whether a record came in before. `load` hands over what did at its moment, and `ask` asks for the record alone.
    pub(super) fn has(
        &mut self,
        place: Place<W>,
        same: Same,
        load: impl FnOnce(&mut dyn FnMut(Mark) -> bool) -> Result<(), StoreError>,
        ask: impl FnOnce() -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let wanted = [Some(Mark::Key(same.key)), same.uuid.map(Mark::Uuid)];
        if !self.moments.contains_key(&place) {
            let mut marks = HashSet::new();
            load(&mut |mark| {
                marks.insert(number(mark));
                marks.len() <= MOST_RECORDS
            })?;
            if self.moments.len() >= MOST_MOMENTS || self.records + marks.len() > MOST_RECORDS {
                self.clear();
            }
            let is_all = marks.len() <= MOST_RECORDS;
            self.records += if is_all { marks.len() } else { 0 };
            let moment = if is_all { Moment::All(marks) } else { Moment::Many };
            let has = moment.has(wanted);
            self.moments.insert(place, moment);
            return has.map_or_else(ask, Ok);
        }
        self.moments.get(&place).and_then(|moment| moment.has(wanted)).map_or_else(ask, Ok)
    }

    /// A record came in.
    pub(super) fn add(&mut self, place: &Place<W>, same: Same) {
        let Some(moment) = self.moments.get_mut(place) else { return };
        let Moment::All(marks) = moment else { return };
        let before = marks.len();
        marks
            .extend([Some(Mark::Key(same.key)), same.uuid.map(Mark::Uuid)].into_iter().flatten().map(number));
        self.records += marks.len() - before;
        if marks.len() > MOST_RECORDS {
            self.records -= marks.len();
            *moment = Moment::Many;
        }
    }
}

impl Moment {
    fn has(&self, wanted: [Option<Mark>; 2]) -> Option<bool> {
        match self {
            Self::All(marks) => Some(wanted.into_iter().flatten().any(|mark| marks.contains(&number(mark)))),
            Self::Many => None,
        }
    }
}

/// A mark in eight bytes: a key is a hash already.
fn number(mark: Mark) -> u64 {
    match mark {
        Mark::Key(key) => key.cast_unsigned(),
        Mark::Uuid(uuid) => xxh3_64(uuid.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place(second: i64) -> Place<u8> {
        Place { calls: false, whose: 1, at: chrono::DateTime::from_timestamp(second, 0).unwrap() }
    }

    fn same(key: i64, uuid: Option<u128>) -> Same {
        Same { at: Time::default(), key, uuid: uuid.map(Uuid::from_u128) }
    }

    #[test]
    fn a_moment_is_asked_for_once_and_knows_what_comes_in() {
        let mut earlier = Earlier::default();
        let mut loads = 0;
        let mut has = |earlier: &mut Earlier<u8>, second, same| {
            let load = |take: &mut dyn FnMut(Mark) -> bool| {
                loads += 1;
                take(Mark::Key(7));
                take(Mark::Uuid(Uuid::from_u128(9)));
                Ok(())
            };
            (earlier.has(place(second), same, load, || panic!("not asked for alone")).unwrap(), loads)
        };
        assert_eq!(has(&mut earlier, 1, same(7, None)), (true, 1));
        assert_eq!(has(&mut earlier, 1, same(8, None)), (false, 1));
        assert_eq!(has(&mut earlier, 1, same(8, Some(9))), (true, 1));
        earlier.add(&place(1), same(8, None));
        earlier.add(&place(2), same(8, None));
        assert_eq!(has(&mut earlier, 1, same(8, None)), (true, 1));
        assert_eq!(has(&mut earlier, 2, same(8, None)), (false, 2), "the workspace is asked");
        earlier.at_version(5);
        assert_eq!(has(&mut earlier, 1, same(8, None)), (false, 3), "somebody else wrote");
        earlier.at_version(5);
        assert_eq!(has(&mut earlier, 1, same(7, None)), (true, 3));
    }

    #[test]
    fn not_more_is_remembered_than_is_allowed() {
        let mut earlier = Earlier::default();
        let nothing = |_: &mut dyn FnMut(Mark) -> bool| Ok(());
        for second in 0..1000 {
            assert!(!earlier.has(place(second), same(1, None), nothing, || Ok(true)).unwrap());
            assert!(earlier.moments.len() <= MOST_MOMENTS);
        }
        let endless = |take: &mut dyn FnMut(Mark) -> bool| {
            let mut key = 0;
            while take(Mark::Key(key)) {
                key += 1;
            }
            Ok(())
        };
        assert!(earlier.has(place(5000), same(-1, None), endless, || Ok(true)).unwrap(), "asked for alone");
        assert_eq!(earlier.records, 0);
        assert!(earlier.has(place(5000), same(-1, None), nothing, || Ok(true)).unwrap());
    }
}
