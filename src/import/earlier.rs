//! What came in earlier, by conversation and moment: asked for once, however many records share a moment.
//!
//! There is no index of the keys that make a record the same one again: a conversation rarely has two messages of a
//! microsecond. But chats of WhatsApp know minutes only, and some programs give all their rows one date; looking through all
//! that came in at that moment for each of them would take the square of their number. Records of a moment stand together in
//! a file, so that few moments are remembered at a time. And most files go on where a conversation is at its end, or before its
//! beginning: what lies beyond all that is there needs no question.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use crate::domain::{ContactId, Time};
use crate::store::{Mark, Same, Store, StoreError, Tx};

/// How many moments are remembered.
const MOST_MOMENTS: usize = 64;

/// How many records of one moment are remembered, in some sixteen bytes each, and of all of them.
const MOST_RECORDS: usize = 1 << 20;

/// Of how many conversations it is remembered when they began and ended.
const MOST_SPANS: usize = 20_000;

/// Whose messages or calls a record would be among.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Conversation<W> {
    pub(super) calls: bool,
    pub(super) whose: W,
}

/// What is in a workspace already.
pub(super) trait Past<W> {
    /// The moments between which a conversation lies; none when nothing of it is there.
    fn between(&self, conversation: &Conversation<W>) -> Result<Option<(Time, Time)>, StoreError>;

    /// Hands over what came in at a moment, until nobody wants more.
    fn at(
        &self,
        conversation: &Conversation<W>,
        at: Time,
        take: &mut dyn FnMut(Mark) -> bool,
    ) -> Result<(), StoreError>;

    /// Whether a record is there.
    fn has(&self, conversation: &Conversation<W>, same: Same) -> Result<bool, StoreError>;
}

impl Past<ContactId> for Tx<'_> {
    fn between(&self, of: &Conversation<ContactId>) -> Result<Option<(Time, Time)>, StoreError> {
        self.imported_between(of.calls, of.whose)
    }

    fn at(
        &self,
        of: &Conversation<ContactId>,
        at: Time,
        take: &mut dyn FnMut(Mark) -> bool,
    ) -> Result<(), StoreError> {
        self.imported_at(of.calls, of.whose, at, take)
    }

    fn has(&self, of: &Conversation<ContactId>, same: Same) -> Result<bool, StoreError> {
        self.has_imported(of.calls, of.whose, same)
    }
}

/// What a record says of the contact in whose conversation it is: an address and a public key.
pub(super) type Said = (Option<String>, Option<Uuid>);

impl Past<Said> for Store {
    fn between(&self, of: &Conversation<Said>) -> Result<Option<(Time, Time)>, StoreError> {
        let (urn, contact) = &of.whose;
        self.imported_between(of.calls, urn.as_deref(), *contact)
    }

    fn at(
        &self,
        of: &Conversation<Said>,
        at: Time,
        take: &mut dyn FnMut(Mark) -> bool,
    ) -> Result<(), StoreError> {
        let (urn, contact) = &of.whose;
        self.imported_at(of.calls, urn.as_deref(), *contact, at, take)
    }

    fn has(&self, of: &Conversation<Said>, same: Same) -> Result<bool, StoreError> {
        let (urn, contact) = &of.whose;
        self.has_imported(of.calls, urn.as_deref(), *contact, same)
    }
}

/// What came in at some moments.
#[derive(Debug)]
pub(super) struct Earlier<W> {
    spans: HashMap<Conversation<W>, Option<(Time, Time)>>,
    moments: HashMap<(Conversation<W>, Time), Moment>,
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
        Self { spans: HashMap::new(), moments: HashMap::new(), records: 0, version: 0 }
    }
}

impl<W: Hash + Eq + Clone> Earlier<W> {
    /// The workspace is now in that state: what somebody else wrote is not known.
    pub(super) fn at_version(&mut self, version: i64) {
        if std::mem::replace(&mut self.version, version) != version {
            self.spans.clear();
            self.forget_moments();
        }
    }

    fn forget_moments(&mut self) {
        self.moments.clear();
        self.records = 0;
    }

    /// Whether a record came in before.
    pub(super) fn has(
        &mut self,
        past: &impl Past<W>,
        conversation: &Conversation<W>,
        same: Same,
    ) -> Result<bool, StoreError> {
        let span = if let Some(span) = self.spans.get(conversation) {
            *span
        } else {
            let span = past.between(conversation)?;
            if self.spans.len() >= MOST_SPANS {
                self.spans.clear();
            }
            self.spans.insert(conversation.clone(), span);
            span
        };
        // The workspace knows moments by the microsecond; a file may know more of them.
        let is_within = |(first, last): (Time, Time)| {
            (first.timestamp_micros()..=last.timestamp_micros()).contains(&same.at.timestamp_micros())
        };
        if !span.is_some_and(is_within) {
            return Ok(false);
        }
        let wanted = [Some(Mark::Key(same.key)), same.uuid.map(Mark::Uuid)];
        let place = (conversation.clone(), same.at);
        if let Some(moment) = self.moments.get(&place) {
            return moment.has(wanted).map_or_else(|| past.has(conversation, same), Ok);
        }
        let mut marks = HashSet::new();
        past.at(conversation, same.at, &mut |mark| {
            marks.insert(number(mark));
            marks.len() <= MOST_RECORDS
        })?;
        if self.moments.len() >= MOST_MOMENTS || self.records + marks.len() > MOST_RECORDS {
            self.forget_moments();
        }
        let is_all = marks.len() <= MOST_RECORDS;
        self.records += if is_all { marks.len() } else { 0 };
        let moment = if is_all { Moment::All(marks) } else { Moment::Many };
        let has = moment.has(wanted);
        self.moments.insert(place, moment);
        has.map_or_else(|| past.has(conversation, same), Ok)
    }

    /// A record came in.
    pub(super) fn add(&mut self, conversation: &Conversation<W>, same: Same) {
        if let Some(span) = self.spans.get_mut(conversation) {
            let (first, last) = span.unwrap_or((same.at, same.at));
            *span = Some((first.min(same.at), last.max(same.at)));
        }
        if self.moments.is_empty() {
            return;
        }
        let Some(moment) = self.moments.get_mut(&(conversation.clone(), same.at)) else { return };
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
    use std::cell::{Cell, RefCell};

    use super::*;

    const CHAT: Conversation<u8> = Conversation { calls: false, whose: 1 };

    fn at(second: i64) -> Time {
        chrono::DateTime::from_timestamp(second, 0).unwrap()
    }

    fn same(second: i64, key: i64, uuid: Option<u128>) -> Same {
        Same { at: at(second), key, uuid: uuid.map(Uuid::from_u128) }
    }

    /// A workspace that notes what it is asked for.
    struct Asked {
        span: Option<(i64, i64)>,
        keys: Vec<i64>,
        is_endless: bool,
        spans: Cell<u32>,
        moments: RefCell<Vec<i64>>,
        alone: Cell<u32>,
    }

    impl Asked {
        fn new(span: Option<(i64, i64)>, keys: &[i64]) -> Self {
            let moments = RefCell::default();
            let (spans, alone) = (Cell::new(0), Cell::new(0));
            Self { span, keys: keys.to_vec(), is_endless: false, spans, moments, alone }
        }
    }

    impl Past<u8> for Asked {
        fn between(&self, _: &Conversation<u8>) -> Result<Option<(Time, Time)>, StoreError> {
            self.spans.set(self.spans.get() + 1);
            Ok(self.span.map(|(first, last)| (at(first), at(last))))
        }

        fn at(
            &self,
            _: &Conversation<u8>,
            at: Time,
            take: &mut dyn FnMut(Mark) -> bool,
        ) -> Result<(), StoreError> {
            self.moments.borrow_mut().push(at.timestamp());
            let _ = self.keys.iter().all(|key| take(Mark::Key(*key)));
            take(Mark::Uuid(Uuid::from_u128(9)));
            let mut key = 0;
            while self.is_endless && take(Mark::Key(key)) {
                key += 1;
            }
            Ok(())
        }

        fn has(&self, _: &Conversation<u8>, _: Same) -> Result<bool, StoreError> {
            self.alone.set(self.alone.get() + 1);
            Ok(true)
        }
    }

    #[test]
    fn a_moment_is_asked_for_once_and_knows_what_comes_in() {
        let asked = Asked::new(Some((0, 9)), &[7]);
        let mut earlier = Earlier::default();
        let loads = || asked.moments.borrow().len();
        let has = |earlier: &mut Earlier<u8>, same| (earlier.has(&asked, &CHAT, same).unwrap(), loads());
        assert_eq!(has(&mut earlier, same(1, 7, None)), (true, 1));
        assert_eq!(has(&mut earlier, same(1, 8, None)), (false, 1));
        assert_eq!(has(&mut earlier, same(1, 8, Some(9))), (true, 1));
        earlier.add(&CHAT, same(1, 8, None));
        earlier.add(&CHAT, same(2, 8, None));
        assert_eq!(has(&mut earlier, same(1, 8, None)), (true, 1));
        assert_eq!(has(&mut earlier, same(2, 8, None)), (false, 2), "the workspace is asked");
        earlier.at_version(5);
        assert_eq!(has(&mut earlier, same(1, 8, None)), (false, 3), "somebody else wrote");
        earlier.at_version(5);
        assert_eq!(has(&mut earlier, same(1, 7, None)), (true, 3));
        assert_eq!(asked.alone.get(), 0);
    }

    #[test]
    fn nothing_is_asked_beyond_what_is_there() {
        let asked = Asked::new(Some((10, 20)), &[7]);
        let mut earlier = Earlier::default();
        for second in [9, 21, 22] {
            assert!(!earlier.has(&asked, &CHAT, same(second, 7, None)).unwrap());
        }
        assert_eq!((asked.spans.get(), asked.moments.borrow().len()), (1, 0));
        // What comes in widens it.
        earlier.add(&CHAT, same(22, 7, None));
        for second in [10, 20, 22] {
            assert!(earlier.has(&asked, &CHAT, same(second, 7, None)).unwrap());
        }
        assert_eq!(*asked.moments.borrow(), [10, 20, 22]);
        assert!(!earlier.has(&asked, &CHAT, same(9, 7, None)).unwrap());
        assert_eq!(asked.spans.get(), 1);
        let finer = Same { at: at(22) + chrono::Duration::nanoseconds(999), ..same(22, 7, None) };
        assert!(earlier.has(&asked, &CHAT, finer).unwrap(), "the same microsecond");
        asked.moments.borrow_mut().pop();
        let calls = Conversation { calls: true, whose: 1 };
        assert!(earlier.has(&asked, &calls, same(15, 7, None)).unwrap());
        assert_eq!(asked.spans.get(), 2, "calls are another conversation");

        let nobody = Asked::new(None, &[]);
        let mut earlier = Earlier::default();
        assert!(!earlier.has(&nobody, &CHAT, same(5, 7, None)).unwrap());
        earlier.add(&CHAT, same(5, 7, None));
        assert!(!earlier.has(&nobody, &CHAT, same(4, 7, None)).unwrap());
        assert_eq!((nobody.spans.get(), nobody.moments.borrow().len()), (1, 0));
        earlier.has(&nobody, &CHAT, same(5, 7, None)).unwrap();
        assert_eq!(*nobody.moments.borrow(), [5]);
    }

    #[test]
    fn not_more_is_remembered_than_is_allowed() {
        let mut asked = Asked::new(Some((0, 10_000)), &[]);
        let mut earlier = Earlier::default();
        for second in 0..1000 {
            assert!(!earlier.has(&asked, &CHAT, same(second, 1, None)).unwrap());
            assert!(earlier.moments.len() <= MOST_MOMENTS);
        }
        asked.is_endless = true;
        assert!(earlier.has(&asked, &CHAT, same(5000, -1, None)).unwrap(), "asked for alone");
        assert_eq!((earlier.records, asked.alone.get()), (0, 1));
        assert!(earlier.has(&asked, &CHAT, same(5000, -1, None)).unwrap());
        assert_eq!(asked.alone.get(), 2);
    }
}
