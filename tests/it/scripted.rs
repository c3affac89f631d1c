//! An engine over a real file, with a channel that does what a test tells it to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration as Patience;

use recado::channels::{Channel, Media, Part, Received, Refusal, Request, Sending, Tried};
use recado::clock::Dice;
use recado::domain::channel::Gateway;
use recado::domain::contact::Urn;
use recado::domain::folder::Folder;
use recado::domain::message::{Attachment, Cause, FailedReason, Status};
use recado::domain::schedule::{RecipientId, Timing};
use recado::domain::{ChannelId, ContactId, MessageId, Time};
use recado::engine::{Engine, Pass, Signal};
use recado::store::{Access, NewOutgoing, NewSchedule, Store};
use uuid::Uuid;

use crate::support::{Workspace, fresh, noon};

/// A gateway that answers from a script, message text by message text, and then takes everything.
#[derive(Default)]
pub struct Scripted {
    pub script: Mutex<HashMap<String, VecDeque<Tried>>>,
    pub heard: Mutex<Vec<(String, usize)>>,
    pub at_once: Mutex<(usize, usize)>,
    pub cut: Option<usize>,
    pub connections: Option<usize>,
}

impl Scripted {
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|(text, _)| text.clone()).collect()
    }

    pub fn answers(self, text: &str, tried: Vec<Tried>) -> Self {
        self.script.lock().unwrap().insert(text.to_owned(), tried.into());
        self
    }
}

impl Channel for Scripted {
    fn parts(&self, text: &str, _attachments: &[Attachment]) -> Vec<Part> {
        let letters: Vec<char> = text.chars().collect();
        let cut = self.cut.unwrap_or(letters.len().max(1));
        letters
            .chunks(cut)
            .map(|part| Part { text: part.iter().collect(), attachments: Vec::new() })
            .collect()
    }

    fn send(&self, sending: &Sending<'_>) -> Tried {
        let mut at_once = self.at_once.lock().unwrap();
        at_once.0 += 1;
        at_once.1 = at_once.1.max(at_once.0);
        drop(at_once);
        self.heard.lock().unwrap().push((sending.text.to_owned(), sending.part));
        let told = self.script.lock().unwrap().get_mut(sending.text).and_then(VecDeque::pop_front);
        self.at_once.lock().unwrap().0 -= 1;
        told.unwrap_or_else(|| Tried::Accepted {
            external_id: format!("x-{}-{}", sending.message, sending.part),
        })
    }

    fn connections(&self) -> usize {
        self.connections.unwrap_or(4)
    }

    fn receive(&self, _request: &Request<'_>) -> Result<Vec<Received>, Refusal> {
        Err(Refusal::NotFound)
    }

    fn asks(&self) -> bool {
        false
    }

    fn is_guarded(&self) -> bool {
        true
    }

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    fn test(&self) -> Result<String, String> {
        Ok("fine".to_owned())
    }
}

pub fn again(reason: &str) -> Tried {
    Tried::TryAgain { reason: reason.to_owned(), wait: None, in_doubt: false }
}

pub struct Bench {
    pub workspace: Workspace,
    pub gateway: Arc<Scripted>,
    pub engine: Engine,
    pub channel: ChannelId,
}

pub fn engine(workspace: &Workspace, gateway: &Arc<Scripted>) -> Engine {
    let gateway = Arc::clone(gateway);
    let store = Store::open(&workspace.path(), Access::Write).unwrap();
    Engine::new(store, Dice::seeded(1), Box::new(move |_| Ok(Arc::clone(&gateway) as Arc<dyn Channel>)))
}

impl Bench {
    pub fn new(gateway: Scripted) -> Self {
        Self::with_rate(gateway, None)
    }

    pub fn with_rate(gateway: Scripted, rate: Option<u32>) -> Self {
        let mut workspace = Workspace::new();
        let channel = workspace.add_channel("Test", Gateway::Simulated, &[], rate);
        let gateway = Arc::new(gateway);
        let engine = engine(&workspace, &gateway);
        Self { workspace, gateway, engine, channel }
    }

    pub fn contact(&mut self, number: u64) -> ContactId {
        let urn = Urn::parse(&format!("tel:+57300{number:07}"), None).unwrap();
        let uuid = fresh(&urn.to_string());
        self.workspace.store.write(|tx| Ok(tx.contact_with_urn(&urn, "", noon(), || uuid)?.0)).unwrap()
    }

    pub fn queue_to(&mut self, contact: ContactId, text: &str, is_reply: bool, now: Time) -> MessageId {
        let uuid = fresh(&format!("{text}{now}"));
        self.workspace
            .store
            .write(|tx| tx.queue_message(&outgoing(uuid, contact, text, is_reply, now)))
            .unwrap()
    }

    pub fn queue(&mut self, number: u64, text: &str) -> MessageId {
        let contact = self.contact(number);
        self.queue_to(contact, text, false, noon())
    }

    /// Passes until nothing is on its way.
    pub fn run(&mut self, now: Time) -> Pass {
        let mut signals = Vec::new();
        loop {
            let pass = self.engine.pass(now, &mut signals).unwrap();
            if pass.in_flight == 0 {
                return pass;
            }
            self.wait_for_signals(signals.len() + 1, &mut signals);
        }
    }

    /// Waits until there are so many signals; not for ever where none comes.
    pub fn wait_for_signals(&mut self, count: usize, signals: &mut Vec<Signal>) {
        while signals.len() < count {
            let before = signals.len();
            self.engine.wait_for_signals(Patience::from_secs(20), signals);
            assert!(signals.len() > before, "{before} of {count} signals came");
        }
    }

    /// Passes until nothing is on its way; how many messages schedules made.
    pub fn run_counted(&mut self, now: Time) -> u64 {
        let fired = self.engine.pass(now, &mut Vec::new()).unwrap().fired;
        self.run(now);
        fired
    }

    pub fn status(&self, id: MessageId) -> Status {
        self.workspace.store.load_message(id).unwrap().message.standing.status
    }

    pub fn reason(&self, id: MessageId) -> Option<FailedReason> {
        self.workspace.store.load_message(id).unwrap().message.failed_reason
    }

    pub fn causes(&self, id: MessageId) -> Vec<(Status, Cause)> {
        let history = self.workspace.store.load_history(id).unwrap();
        history.into_iter().map(|step| (step.status, step.cause)).collect()
    }

    pub fn folder(&self, folder: Folder) -> u64 {
        self.workspace.store.counts().unwrap().of(folder).total
    }
}

pub fn outgoing(uuid: Uuid, contact: ContactId, text: &str, is_reply: bool, now: Time) -> NewOutgoing<'_> {
    NewOutgoing {
        uuid,
        contact,
        channel: None,
        text,
        attachments: &[],
        is_reply,
        schedule: None,
        now,
        leaves_on: None,
        cause: Cause::Written,
        detail: "",
    }
}

pub fn schedule(
    bench: &mut Bench,
    timing: Timing,
    next: Time,
    to: Vec<RecipientId>,
) -> recado::domain::ScheduleId {
    bench
        .workspace
        .store
        .write(|tx| {
            tx.insert_schedule(&NewSchedule {
                uuid: fresh("schedule"),
                text: "Hola @contact.first_name",
                recipients: &to,
                channel: None,
                timing,
                next_fire: Some(next),
                last_fire: None,
                paused: false,
                created_on: noon(),
            })
        })
        .unwrap()
}
