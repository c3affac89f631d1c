//! The engine: it fires schedules, sends what is queued, records what came of it, and says when to wake.
//!
//! Everything it works from is a row in the store, so it may end at any instant: what was claimed and has no outcome is
//! named as in doubt by the next engine. One engine works on a workspace at a time, whoever holds its [`Lock`]; the others
//! wait for it. No transaction is held while a gateway is spoken to: a pass records and claims in one, the threads of the
//! [`lane`]s send, and their outcomes wait in the queue of signals for the next pass.

mod intake;
mod lane;
mod lock;
mod record;
mod told;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use chrono::Duration as Span;

use crate::channels::{Channel, Received, Tried, Unfetched};
use crate::clock::{Clock, Dice};
use crate::domain::channel::Channel as Record;
use crate::domain::{ChannelId, ContactId, MessageId, Time};
use crate::store::{Result, Store, WantedMedia};
use lane::{Flight, Lane};
use record::{ended, record};
use told::Faults;

pub use intake::{Taken, take_in};
pub use lock::Lock;
pub use told::Told;

/// Opens a channel from its record: it reads secrets, which only the outermost part of the program may do.
pub type Opener = Box<dyn Fn(&Record) -> std::result::Result<Arc<dyn Channel>, String> + Send>;

/// What wakes the engine.
#[derive(Debug)]
pub enum Signal {
    /// An attempt to send a part ended.
    Tried {
        /// By which channel.
        channel: ChannelId,
        /// Of which message.
        message: MessageId,
        /// How.
        tried: Tried,
    },
    /// A gateway that is asked had news.
    News {
        /// By which channel.
        channel: ChannelId,
        /// What came in.
        received: Vec<Received>,
        /// From where to ask on.
        cursor: i64,
    },
    /// A gateway that is asked could not be.
    NoNews {
        /// By which channel.
        channel: ChannelId,
        /// Why.
        reason: String,
    },
    /// What came along with a message is here, or could not be fetched.
    Fetched {
        /// By which channel.
        channel: ChannelId,
        /// What.
        media: WantedMedia,
        /// Whether it is in the folder now.
        fetched: std::result::Result<(), Unfetched>,
    },
    /// The program ends.
    Stop,
}

/// What a pass did, for logs and for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// Whether this engine holds the lock.
    pub at_work: bool,
    /// Messages found in doubt when it took over.
    pub doubtful: u64,
    /// Messages that schedules made.
    pub fired: u64,
    /// Messages that began to be sent.
    pub begun: u64,
    /// Messages on their way.
    pub in_flight: usize,
    /// When there is something to do, if nothing happens before.
    pub wake: Option<Time>,
}

/// How often an engine that has to wait tries to take over.
const TAKE_OVER: Span = Span::seconds(1);

/// How often the engine looks whether others wrote.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long until a channel that could not be opened is tried once more.
const OPEN_AGAIN: Span = Span::seconds(10);

/// How often the age of what waits is looked at.
const EXPIRE_EVERY: Span = Span::minutes(1);

/// Schedules that one pass fires at most, so that what is queued is sent meanwhile.
const MOST_FIRES: usize = 20;

/// Signals that one pass handles at most, so that a transaction stays short.
const MOST_SIGNALS: usize = 256;

/// How long to wait for gateways that still speak when the program ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a transaction claimed, each with the channel that it is for.
struct Kept {
    claimed: Vec<(ChannelId, crate::store::Claimed)>,
    media: Vec<(ChannelId, WantedMedia)>,
}

/// Something that a simulated gateway will say.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Later {
    at: Time,
    number: u64,
    channel: ChannelId,
}

/// The engine over one workspace.
pub struct Engine {
    store: Store,
    dice: Dice,
    open: Opener,
    signals: Sender<Signal>,
    incoming: Receiver<Signal>,
    lock: Option<Lock>,
    tried_lock: Option<Time>,
    lanes: BTreeMap<ChannelId, Lane>,
    broken: BTreeMap<ChannelId, (Record, String)>,
    tried_broken: Option<Time>,
    faults: Faults,
    flights: HashMap<MessageId, (ChannelId, Flight)>,
    later: BinaryHeap<Reverse<Later>>,
    said: HashMap<u64, Received>,
    counted: u64,
    expired_on: Option<Time>,
    version: Option<i64>,
    more: bool,
}

impl Engine {
    /// An engine at rest.
    pub fn new(store: Store, dice: Dice, open: Opener) -> Self {
        let (signals, incoming) = channel();
        Self {
            store,
            dice,
            open,
            signals,
            incoming,
            lock: None,
            tried_lock: None,
            lanes: BTreeMap::new(),
            broken: BTreeMap::new(),
            tried_broken: None,
            faults: Faults::default(),
            flights: HashMap::new(),
            later: BinaryHeap::new(),
            said: HashMap::new(),
            counted: 0,
            expired_on: None,
            version: None,
            more: false,
        }
    }

    /// What wakes it and ends it, for other threads.
    pub fn signals(&self) -> Sender<Signal> {
        self.signals.clone()
    }

    /// Works until it is told to stop. What goes wrong is told, and worked through: the engine tries again.
    pub fn run(mut self, clock: Clock, mut tell: impl FnMut(&Told<'_>)) {
        let mut signals = Vec::new();
        let mut ill = None;
        loop {
            let now = clock.now();
            let pass = match self.pass(now, &mut signals) {
                Ok(pass) => {
                    ill = None;
                    self.tell_faults(&mut tell);
                    pass
                }
                Err(error) => {
                    let sentence = error.to_string();
                    if ill.as_ref() != Some(&sentence) {
                        tell(&Told::Ill(&error));
                        ill = Some(sentence);
                    }
                    Pass { wake: Some(now + TAKE_OVER), ..Pass::default() }
                }
            };
            if !self.wait(clock, pass.wake, &mut signals) {
                self.farewell(clock, signals);
                return;
            }
        }
    }

    /// Waits until something is to be done, and gathers what happened. False when the program ends.
    fn wait(&mut self, clock: Clock, wake: Option<Time>, signals: &mut Vec<Signal>) -> bool {
        loop {
            let left = wake.map(|wake| (wake - clock.now()).to_std().unwrap_or_default());
            if left.is_some_and(|left| left.is_zero()) && !self.wait_for_signals(Duration::ZERO, signals) {
                return false;
            }
            if left.is_some_and(|left| left.is_zero()) {
                return true;
            }
            if !self.wait_for_signals(left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY), signals) {
                return false;
            }
            if !signals.is_empty() || self.has_moved() {
                return true;
            }
        }
    }

    /// Takes what came in, waiting for the first for at most so long. False when the program ends.
    pub fn wait_for_signals(&mut self, patience: Duration, signals: &mut Vec<Signal>) -> bool {
        let first = match self.incoming.recv_timeout(patience) {
            Ok(signal) => signal,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return true,
        };
        let mut next = Some(first);
        while let Some(signal) = next {
            if matches!(signal, Signal::Stop) {
                return false;
            }
            signals.push(signal);
            next = if signals.len() < MOST_SIGNALS { self.incoming.try_recv().ok() } else { None };
        }
        true
    }

    fn has_moved(&self) -> bool {
        self.store.data_version().is_ok_and(|version| Some(version) != self.version)
    }

    /// Lets the gateways that are spoken to finish, for a moment, and records what they say.
    fn farewell(mut self, clock: Clock, mut signals: Vec<Signal>) {
        let until = Instant::now() + FAREWELL;
        while !self.flights.is_empty() && Instant::now() < until {
            let now = clock.now();
            if self.store_signals(now, &mut signals, false).is_err() {
                return;
            }
            if !self.flights.is_empty() {
                let left = until.saturating_duration_since(Instant::now());
                let _ = self.wait_for_signals(left, &mut signals);
            }
        }
    }

    /// One pass over everything that is to be done now. `signals` is emptied once what they say is kept.
    pub fn pass(&mut self, now: Time, signals: &mut Vec<Signal>) -> Result<Pass> {
        let mut pass = Pass::default();
        if self.lock.is_none() && !self.take_over(now, &mut pass)? {
            signals.clear();
            return Ok(Pass { wake: Some(now + TAKE_OVER), ..pass });
        }
        pass.at_work = true;
        let version = self.store.data_version()?;
        if self.open_again_at().is_some_and(|at| at <= now) {
            // What its secret is read from may be there by now.
            self.broken.clear();
            self.look_at_channels(now)?;
        }
        if self.version != Some(version) {
            self.look_at_channels(now)?;
            self.version = Some(version);
            if self.has_channels() {
                while self.store.write(|tx| tx.route_unrouted(now))? > 0 {}
            }
        }
        if !self.has_channels() {
            // Where nothing can leave, nothing is given up either: it waits for the first channel.
            signals.clear();
            return Ok(pass);
        }
        if self.expired_on.is_none_or(|last| now - last >= EXPIRE_EVERY || now < last) {
            while self.store.write(|tx| tx.expire(now))? > 0 {}
            self.expired_on = Some(now);
        }
        pass.fired = self.fire_due(now)?;
        pass.begun = self.store_signals(now, signals, true)?;
        pass.in_flight = self.flights.len();
        pass.wake = self.next_wake(now)?;
        Ok(pass)
    }

    /// Tries to become the engine of the workspace, and names what the last one left in doubt.
    fn take_over(&mut self, now: Time, pass: &mut Pass) -> Result<bool> {
        // A clock that was set back does not hold it up.
        if self.tried_lock.is_some_and(|tried| now - tried < TAKE_OVER && now >= tried) {
            return Ok(false);
        }
        self.tried_lock = Some(now);
        let Some(lock) = Lock::take(self.store.path())? else { return Ok(false) };
        loop {
            let doubtful = self.store.write(|tx| tx.recover_doubtful(now))?;
            pass.doubtful += doubtful;
            if doubtful == 0 {
                break;
            }
        }
        if pass.doubtful > 0 {
            tracing::warn!(messages = pass.doubtful, "in doubt: an engine ended while it sent them");
        }
        self.store.sweep_media()?;
        self.lock = Some(lock);
        Ok(true)
    }

    /// Opens channels that are new or were changed, and closes those that are gone.
    fn look_at_channels(&mut self, now: Time) -> Result<()> {
        let records = self.store.channels()?;
        // Its cursor moves all the time and changes nothing about a channel.
        let same = |one: &Record, other: &Record| *one == Record { cursor: one.cursor, ..other.clone() };
        let current = |there: &Record| records.iter().any(|record| same(record, there));
        self.lanes.retain(|_, lane| current(&lane.record));
        self.broken.retain(|_, (record, _)| current(record));
        for record in records {
            if self.lanes.contains_key(&record.id) || self.broken.contains_key(&record.id) {
                continue;
            }
            match (self.open)(&record) {
                Ok(channel) => {
                    let media = self.store.media_folder();
                    self.lanes.insert(record.id, Lane::open(record, channel, &self.signals, media));
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
    fn open_again_at(&self) -> Option<Time> {
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

    fn has_channels(&self) -> bool {
        !self.lanes.is_empty() || !self.broken.is_empty()
    }

    fn fire_due(&mut self, now: Time) -> Result<u64> {
        if self.store.next_schedule()?.is_none_or(|next| next > now) {
            return Ok(0);
        }
        let (zone, dice) = (self.store.zone(), &mut self.dice);
        let mut fired = 0;
        for _ in 0..MOST_FIRES {
            let made = self.store.write(|tx| match tx.due_schedules(now, 1)?.first() {
                Some(id) => tx.fire_schedule(*id, now, zone, || dice.uuid(now)).map(Some),
                None => Ok(None),
            })?;
            let Some(made) = made else { return Ok(fired) };
            fired += made;
        }
        self.more = true;
        Ok(fired)
    }

    /// One transaction: what the signals say is recorded, and with `claim` what is due is claimed. The threads hear of the
    /// next parts only once all this is kept.
    fn store_signals(&mut self, now: Time, signals: &mut Vec<Signal>, claim: bool) -> Result<u64> {
        let mut said: Vec<(ChannelId, u64)> = Vec::new();
        while self.later.peek().is_some_and(|Reverse(later)| later.at <= now) {
            if let Some(Reverse(later)) = self.later.pop() {
                said.push((later.channel, later.number));
            }
        }
        // A message that is done makes room for the next one, of its contact too.
        let landed: Vec<MessageId> =
            signals.iter().filter_map(|signal| ended(signal, &self.flights)).collect();
        let wanted: Vec<(ChannelId, usize)> = if claim { self.room(now, &landed) } else { Vec::new() };
        let files = if claim { self.files_due(now)? } else { Vec::new() };
        if signals.is_empty() && said.is_empty() && wanted.is_empty() && files.is_empty() {
            return Ok(0);
        }
        let kept = self.keep(now, signals, &said, &wanted, &files, &landed);
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                // What a simulated gateway says waits as well as the signals do.
                for (channel, number) in said {
                    self.later.push(Reverse(Later { at: now, number, channel }));
                }
                return Err(error);
            }
        };
        for (_, number) in &said {
            self.said.remove(number);
        }
        Ok(self.carry_on(now, std::mem::take(signals), kept))
    }

    /// The channels that have files to fetch, and are not at it.
    fn files_due(&self, now: Time) -> Result<Vec<ChannelId>> {
        let mut due = Vec::new();
        for (id, _) in self.lanes.iter().filter(|(_, lane)| lane.may_fetch()) {
            if self.store.next_media(*id)?.is_some_and(|next| next <= now) {
                due.push(*id);
            }
        }
        Ok(due)
    }

    /// How many messages each channel may claim.
    fn room(&self, now: Time, landed: &[MessageId]) -> Vec<(ChannelId, usize)> {
        let landed_on = |id: &ChannelId| {
            landed
                .iter()
                .filter(|message| self.flights.get(message).is_some_and(|(lane, _)| lane == id))
                .count()
        };
        let rooms = self.lanes.iter().map(|(id, lane)| (*id, lane.room(now, landed_on(id))));
        rooms.filter(|(_, room)| *room > 0).collect()
    }

    fn keep(
        &mut self,
        now: Time,
        signals: &[Signal],
        said: &[(ChannelId, u64)],
        wanted: &[(ChannelId, usize)],
        files: &[ChannelId],
        landed: &[MessageId],
    ) -> Result<Kept> {
        let Self { store, dice, lanes, flights, said: sayings, .. } = self;
        let mut busy: Vec<ContactId> = flights
            .iter()
            .filter(|(id, _)| !landed.contains(id))
            .map(|(_, (_, flight))| flight.message.contact)
            .collect();
        store.write(|tx| {
            for signal in signals {
                record(tx, signal, lanes, flights, now, dice)?;
            }
            for (channel, number) in said {
                if let (Some(lane), Some(received)) = (lanes.get(channel), sayings.get(number)) {
                    take_in(tx, &lane.record, received, now, dice)?;
                }
            }
            let mut claimed = Vec::new();
            for (channel, room) in wanted {
                let messages = tx.claim(*channel, &mut busy, *room, now)?;
                claimed.extend(messages.into_iter().map(|message| (*channel, message)));
            }
            let mut media = Vec::new();
            for channel in files {
                media.extend(tx.claim_media(*channel, now)?.map(|media| (*channel, media)));
            }
            Ok(Kept { claimed, media })
        })
    }

    /// What follows once everything is kept: next parts leave, new messages leave, gateways are asked on.
    fn carry_on(&mut self, now: Time, signals: Vec<Signal>, Kept { claimed, media }: Kept) -> u64 {
        for signal in signals {
            match signal {
                Signal::Tried { channel, message, tried } => self.go_on(channel, message, &tried, now),
                Signal::News { channel, cursor, .. } => {
                    self.faults.answered(channel);
                    if let Some(lane) = self.lanes.get(&channel) {
                        lane.ask_from(cursor);
                    }
                }
                Signal::NoNews { channel, reason } => {
                    tracing::warn!(channel = channel.0, reason, "a gateway could not be asked");
                    self.faults.asked_in_vain(channel, &reason);
                }
                Signal::Fetched { channel, fetched, .. } => {
                    if let Err(unfetched) = fetched {
                        let reason = unfetched.reason;
                        tracing::warn!(channel = channel.0, reason, "what came along could not be fetched");
                    }
                    if let Some(lane) = self.lanes.get_mut(&channel) {
                        lane.is_fetching = false;
                        self.more = true;
                    }
                }
                Signal::Stop => {}
            }
        }
        for (channel, media) in media {
            if let Some(lane) = self.lanes.get_mut(&channel) {
                lane.fetch(media);
            }
        }
        let begun = claimed.len() as u64;
        for (channel, message) in claimed {
            if let Some(lane) = self.lanes.get_mut(&channel) {
                let id = message.id;
                let flight = lane.begin(message, now);
                self.flights.insert(id, (channel, flight));
            }
        }
        begun
    }

    /// The next part of a message leaves, or the message has landed.
    fn go_on(&mut self, channel: ChannelId, message: MessageId, tried: &Tried, now: Time) {
        let Some((_, flight)) = self.flights.get_mut(&message) else { return };
        let lane = self.lanes.get_mut(&channel);
        let is_last = flight.part + 1 >= flight.parts.len();
        if let Tried::Accepted { .. } = tried
            && !is_last
            && let Some(lane) = lane
        {
            flight.part += 1;
            lane.send(flight);
            return;
        }
        let Some((_, flight)) = self.flights.remove(&message) else { return };
        let Some(lane) = self.lanes.get_mut(&channel) else { return };
        lane.in_flight = lane.in_flight.saturating_sub(1);
        match tried {
            Tried::TryAgain { wait: Some(wait), .. } => {
                lane.rest_until = Span::from_std(*wait).ok().map(|wait| now + wait);
            }
            Tried::Accepted { .. } => {
                let sayings =
                    flight.sending().map(|sending| lane.channel.afterwards(&sending)).unwrap_or_default();
                for (after, received) in sayings {
                    self.counted += 1;
                    self.said.insert(self.counted, received);
                    let at = now + Span::from_std(after).unwrap_or_default();
                    self.later.push(Reverse(Later { at, number: self.counted, channel }));
                }
            }
            Tried::TryAgain { .. } | Tried::Refused { .. } => {}
        }
    }

    /// When there is something to do, if nothing happens before.
    fn next_wake(&mut self, now: Time) -> Result<Option<Time>> {
        let more = std::mem::take(&mut self.more).then_some(now);
        let held_back = self.lanes.values().filter_map(|lane| lane.next_room(now));
        let later = self.later.peek().map(|Reverse(later)| later.at);
        let wakes = [self.store.next_due(now)?, self.store.next_schedule()?, later, more];
        let expire = self.expired_on.map(|last| last + EXPIRE_EVERY);
        let again = self.open_again_at();
        let mut files = Vec::new();
        for (id, _) in self.lanes.iter().filter(|(_, lane)| lane.may_fetch()) {
            files.extend(self.store.next_media(*id)?);
        }
        Ok(wakes.into_iter().flatten().chain(held_back).chain(expire).chain(again).chain(files).min())
    }
}
