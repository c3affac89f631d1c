//! The engine: it fires schedules, sends what is queued, records what came of it, and says when to wake.
//!
//! Everything it works from is a row in the store, so it may end at any instant: what was claimed and has no outcome is
//! named as in doubt by the next engine. One engine works on a workspace at a time, whoever holds its [`Lock`]; the others
//! wait for it. No transaction is held while a gateway is spoken to: a pass records and claims in one, the threads of the
//! [`lane`]s send, and their outcomes wait in the queue of signals for the next pass.

mod intake;
mod lane;
mod lock;
mod opening;
mod sending;
mod told;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use chrono::Duration as Span;

use crate::channels::{Received, Tried, Unfetched};
use crate::clock::{Clock, Dice};
use crate::domain::channel::Channel as Record;
use crate::domain::delivery::CLOCK_SETTLES;
use crate::domain::{ChannelId, MessageId, Time};
use crate::store::{Result, Store, WantedMedia};
use lane::{Flight, Lane};
use told::Faults;

pub use intake::{Taken, take_in};
pub use lock::Lock;
pub use opening::{OPEN_AGAIN, Opener};
pub use told::Told;

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

/// How often it is looked for what waits too long, and whether the clock was set back; by whatever clock.
const LOOK_AFTER: Span = Span::minutes(1);

/// The longest sleep, whatever the clock does meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Schedules that one pass fires at most, so that what is queued is sent meanwhile.
const MOST_FIRES: usize = 20;

/// Signals that one pass handles at most, so that a transaction stays short.
const MOST_SIGNALS: usize = 256;

/// How long to wait for gateways that still speak when the program ends.
const FAREWELL: Duration = Duration::from_secs(2);

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
    looked_on: Option<Time>,
    seen: Option<Time>,
    settled_on: Option<Time>,
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
            looked_on: None,
            seen: None,
            settled_on: None,
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
        let asleep = Instant::now();
        while asleep.elapsed() < LONGEST_SLEEP {
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
        true
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
        self.watch_clock(now);
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
            // Where nothing can leave, nothing is given up either: it waits for the first channel. What a channel that is
            // gone was sending still ends.
            self.store_signals(now, signals, false)?;
            pass.in_flight = self.flights.len();
            return Ok(pass);
        }
        if self.looked_on.is_none_or(|last| now - last >= LOOK_AFTER) {
            self.look_at_what_waits(now)?;
            self.looked_on = Some(now);
        }
        pass.fired = self.fire_due(now)?;
        pass.begun = self.store_signals(now, signals, true)?;
        pass.in_flight = self.flights.len();
        pass.wake = self.next_wake(now)?;
        Ok(pass)
    }

    /// A clock that leaps ahead may be wrong, or the machine slept: it is believed once it has gone on for a while. One that is
    /// set back has everything looked at anew.
    fn watch_clock(&mut self, now: Time) {
        if let Some(seen) = self.seen.replace(now) {
            if now < seen {
                self.looked_on = None;
                self.settled_on = None;
            } else if now - seen > CLOCK_SETTLES {
                self.settled_on = Some(now + CLOCK_SETTLES);
            }
        }
    }

    /// Gives up what is too old, and brings near what the clock put out of reach when it was set back.
    fn look_at_what_waits(&mut self, now: Time) -> Result<()> {
        if self.settled_on.is_none_or(|settled| settled <= now) {
            while self.store.write(|tx| tx.expire(now))? > 0 {}
        }
        while self.store.write(|tx| tx.bring_near(now))? > 0 {}
        let zone = self.store.zone();
        self.store.write(|tx| tx.bring_schedules_near(now, zone))
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

    /// When there is something to do, if nothing happens before.
    fn next_wake(&mut self, now: Time) -> Result<Option<Time>> {
        let more = std::mem::take(&mut self.more).then_some(now);
        let held_back = self.lanes.values().filter_map(|lane| lane.next_room(now));
        let later = self.later.peek().map(|Reverse(later)| later.at);
        let wakes = [self.store.next_due(now)?, self.store.next_schedule()?, later, more];
        let look = self.looked_on.map(|last| last + LOOK_AFTER);
        let again = self.open_again_at();
        let mut files = Vec::new();
        for (id, _) in self.lanes.iter().filter(|(_, lane)| lane.may_fetch()) {
            files.extend(self.store.next_media(*id)?);
        }
        Ok(wakes.into_iter().flatten().chain(held_back).chain(look).chain(again).chain(files).min())
    }
}
