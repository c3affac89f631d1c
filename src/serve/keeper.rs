//! The thread that keeps what gateways bring: it knows the channels, and writes many requests in one transaction.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::channels::{Channel, Received};
use crate::clock::{Clock, Dice};
use crate::domain::ChannelId;
use crate::domain::channel::{Channel as Record, Gateway};
use crate::engine::{OPEN_AGAIN, Opener, Taken, take_in};
use crate::store::{Result, Store};

/// Told once of each channel that takes what anybody says and so is not served, by its name.
pub type Unserved = Box<dyn Fn(&str) + Send>;

/// A channel that gateways may call.
pub(super) struct Called {
    pub(super) record: Record,
    pub(super) channel: Arc<dyn Channel>,
}

/// The channels as gateways find them.
#[derive(Clone, Default)]
pub(super) struct Doors {
    /// Those that may be called.
    pub(super) open: Vec<Arc<Called>>,
    /// Those that cannot be opened now, such as without their secret: whoever calls shall call again.
    pub(super) stuck: Vec<(Gateway, Uuid)>,
}

/// What one request brought.
struct Brought {
    called: Arc<Called>,
    received: Vec<Received>,
    done: oneshot::Sender<Option<Vec<Taken>>>,
}

/// The keeper, for those who bring things.
#[derive(Clone)]
pub(super) struct Keeper {
    doors: Arc<RwLock<Doors>>,
    brought: Sender<Brought>,
}

/// The most requests that one transaction keeps.
const MOST_AT_ONCE: usize = 256;

/// How often it is looked whether channels were added or changed.
const LOOK_EVERY: Duration = Duration::from_millis(250);

impl Keeper {
    /// Starts the thread. It ends when the last keeper is dropped.
    pub(super) fn start(
        store: Store,
        clock: Clock,
        dice: Dice,
        open: Opener,
        on_this_machine: bool,
        unserved: Unserved,
    ) -> (Self, JoinHandle<()>) {
        let doors = Arc::new(RwLock::new(Doors::default()));
        let (brought, incoming) = channel();
        let mut keeping = Keeping {
            store,
            clock,
            dice,
            open,
            on_this_machine,
            unserved,
            known: BTreeMap::new(),
            doors: Arc::clone(&doors),
            version: None,
            looked: Instant::now(),
        };
        // A gateway may call at once.
        keeping.look();
        let thread = thread::spawn(move || keeping.run(&incoming));
        (Self { doors, brought }, thread)
    }

    /// The channels as they are now.
    pub(super) fn doors(&self) -> Doors {
        self.doors.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what a request brought; none when it could not be kept.
    pub(super) async fn keep(&self, called: &Arc<Called>, received: Vec<Received>) -> Option<Vec<Taken>> {
        let (done, kept) = oneshot::channel();
        self.brought.send(Brought { called: Arc::clone(called), received, done }).ok()?;
        kept.await.ok().flatten()
    }
}

struct Keeping {
    store: Store,
    clock: Clock,
    dice: Dice,
    open: Opener,
    on_this_machine: bool,
    unserved: Unserved,
    /// The channels that are not served, and why: each is told once.
    known: BTreeMap<ChannelId, Option<String>>,
    doors: Arc<RwLock<Doors>>,
    version: Option<i64>,
    looked: Instant,
}

impl Keeping {
    fn run(mut self, incoming: &Receiver<Brought>) {
        loop {
            match incoming.recv_timeout(LOOK_EVERY) {
                Ok(first) => {
                    let all: Vec<Brought> =
                        std::iter::once(first).chain(incoming.try_iter().take(MOST_AT_ONCE - 1)).collect();
                    self.keep(all);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look();
        }
    }

    fn keep(&mut self, all: Vec<Brought>) {
        let kept = self.write(&all);
        let kept: Vec<Option<Vec<Taken>>> = match kept {
            Ok(kept) => kept.into_iter().map(Some).collect(),
            // One bad thing shall not keep the others out.
            Err(_) if all.len() > 1 => {
                all.iter().map(|one| self.write(std::slice::from_ref(one)).ok()?.pop()).collect()
            }
            Err(error) => {
                tracing::error!(%error, "what a gateway brought could not be kept");
                vec![None]
            }
        };
        for (brought, kept) in all.into_iter().zip(kept) {
            // Whoever waited for it may have gone.
            let _ = brought.done.send(kept);
        }
    }

    fn write(&mut self, all: &[Brought]) -> Result<Vec<Vec<Taken>>> {
        let (now, dice) = (self.clock.now(), &mut self.dice);
        self.store.write(|tx| {
            all.iter()
                .map(|brought| {
                    let record = &brought.called.record;
                    brought.received.iter().map(|one| take_in(tx, record, one, now, dice)).collect()
                })
                .collect()
        })
    }

    /// Opens the channels again when something was written elsewhere, and from time to time those that could not be opened:
    /// what their secret is read from may be there by now.
    fn look(&mut self) {
        let Ok(version) = self.store.data_version() else { return };
        let is_stuck = self.known.values().any(Option::is_some);
        if self.version == Some(version) && !(is_stuck && self.looked.elapsed() >= OPEN_AGAIN) {
            return;
        }
        self.looked = Instant::now();
        let Ok(records) = self.store.channels() else { return };
        self.version = Some(version);
        let old = self.doors.read().unwrap_or_else(PoisonError::into_inner).open.clone();
        let Doors { mut open, mut stuck } = Doors::default();
        let known = std::mem::take(&mut self.known);
        for record in records {
            if let Some(there) = old.iter().find(|there| record.is_unchanged(&there.record)) {
                open.push(Arc::clone(there));
                continue;
            }
            match (self.open)(&record) {
                Ok(channel) if self.on_this_machine || channel.is_guarded() => {
                    open.push(Arc::new(Called { record, channel }));
                }
                refused => {
                    let (id, problem) = (record.id, refused.err());
                    stuck.extend(problem.is_some().then_some((record.gateway, record.uuid)));
                    if known.get(&id) != Some(&problem) {
                        match &problem {
                            // The engine tells people.
                            Some(problem) => {
                                tracing::error!(channel = record.name, problem, "a channel cannot be opened");
                            }
                            None => (self.unserved)(&record.name),
                        }
                    }
                    self.known.insert(id, problem);
                }
            }
        }
        *self.doors.write().unwrap_or_else(PoisonError::into_inner) = Doors { open, stuck };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::channels::open;
    use crate::store::{NewChannel, Settings};

    #[test]
    fn beyond_this_machine_only_guarded_channels_are_served() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            Settings { uuid: uuid::Uuid::from_u128(1), country: None, zone: chrono_tz::Tz::America__Bogota };
        let mut store = Store::create(&folder.path().join("w.db"), settings).unwrap();
        let url = ("send_url", "https://example.org/?{{text}}");
        let given = [
            ("open", Gateway::External, vec![url]),
            ("guarded", Gateway::External, vec![url, ("token", "t")]),
            ("bot", Gateway::Telegram, vec![("token", "1:a"), ("secret", "s")]),
            ("broken", Gateway::External, vec![("token", "t")]),
        ];
        let mut dice = Dice::seeded(1);
        for (name, gateway, settings) in given {
            let settings: BTreeMap<String, String> =
                settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let uuid = dice.uuid(Clock::system().now());
            let new = NewChannel { uuid, name, gateway, settings: &settings, rate: None };
            store.write(|tx| tx.insert_channel(&new)).unwrap();
        }
        let served = |on_this_machine| {
            let store = Store::open(&folder.path().join("w.db"), crate::store::Access::Write).unwrap();
            let opener: Opener = Box::new(|record| {
                open(record, &|secret| Ok(secret.to_owned()))
                    .map(Arc::from)
                    .map_err(|error| error.to_string())
            });
            let (tell, told) = channel();
            let unserved: Unserved = Box::new(move |name| tell.send(name.to_owned()).unwrap());
            let (clock, dice) = (Clock::system(), Dice::seeded(2));
            let (keeper, thread) = Keeper::start(store, clock, dice, opener, on_this_machine, unserved);
            let mut names: Vec<String> =
                keeper.doors().open.iter().map(|called| called.record.name.clone()).collect();
            names.sort();
            drop(keeper);
            thread.join().unwrap();
            (names.join(" "), told.iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(served(true), ("bot guarded open".to_owned(), String::new()));
        assert_eq!(served(false), ("bot guarded".to_owned(), "open".to_owned()));
    }
}
