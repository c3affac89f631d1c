//! The engine over a real file, with a channel that does what a test tells it to.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration as Patience;

use chrono::{Duration, TimeZone, Utc};
use recado::channels::{Channel, Media, Part, Received, Refusal, Request, Sending, Tried};
use recado::clock::Dice;
use recado::domain::channel::Gateway;
use recado::domain::contact::{ContactStatus, Urn};
use recado::domain::delivery::Report;
use recado::domain::folder::Folder;
use recado::domain::message::{Attachment, Cause, FailedReason, Status};
use recado::domain::schedule::{RecipientId, Repeat, Timing};
use recado::domain::{ChannelId, ContactId, MessageId, Time};
use recado::engine::{Engine, Pass};
use recado::store::{Access, NewChannel, NewOutgoing, NewSchedule, ReportEffect, Store};
use uuid::Uuid;

use crate::support::{Workspace, fresh, minutes, noon};

/// A gateway that answers from a script, message text by message text, and then takes everything.
#[derive(Default)]
struct Scripted {
    script: Mutex<HashMap<String, VecDeque<Tried>>>,
    heard: Mutex<Vec<(String, usize)>>,
    at_once: Mutex<(usize, usize)>,
    cut: Option<usize>,
    connections: Option<usize>,
}

impl Scripted {
    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|(text, _)| text.clone()).collect()
    }

    fn answers(self, text: &str, tried: Vec<Tried>) -> Self {
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

    fn media(&self) -> Option<&dyn Media> {
        None
    }

    fn is_guarded(&self) -> bool {
        true
    }

    fn test(&self) -> Result<String, String> {
        Ok("fine".to_owned())
    }
}

fn again(reason: &str) -> Tried {
    Tried::TryAgain { reason: reason.to_owned(), wait: None, in_doubt: false }
}

struct Bench {
    workspace: Workspace,
    gateway: Arc<Scripted>,
    engine: Engine,
    channel: ChannelId,
}

fn engine(workspace: &Workspace, gateway: &Arc<Scripted>) -> Engine {
    let gateway = Arc::clone(gateway);
    let store = Store::open(&workspace.path(), Access::Write).unwrap();
    Engine::new(store, Dice::seeded(1), Box::new(move |_| Ok(Arc::clone(&gateway) as Arc<dyn Channel>)))
}

impl Bench {
    fn new(gateway: Scripted) -> Self {
        Self::with_rate(gateway, None)
    }

    fn with_rate(gateway: Scripted, rate: Option<u32>) -> Self {
        let mut workspace = Workspace::new();
        let channel = workspace
            .store
            .write(|tx| {
                tx.insert_channel(&NewChannel {
                    uuid: fresh("channel"),
                    name: "Test",
                    gateway: Gateway::Simulated,
                    settings: &BTreeMap::new(),
                    rate,
                })
            })
            .unwrap();
        let gateway = Arc::new(gateway);
        let engine = engine(&workspace, &gateway);
        Self { workspace, gateway, engine, channel }
    }

    fn contact(&mut self, number: u64) -> ContactId {
        let urn = Urn::parse(&format!("tel:+57300{number:07}"), None).unwrap();
        let uuid = fresh(&urn.to_string());
        self.workspace.store.write(|tx| Ok(tx.contact_with_urn(&urn, "", noon(), || uuid)?.0)).unwrap()
    }

    fn queue_to(&mut self, contact: ContactId, text: &str, is_reply: bool, now: Time) -> MessageId {
        let uuid = fresh(&format!("{text}{now}"));
        self.workspace
            .store
            .write(|tx| tx.queue_message(&outgoing(uuid, contact, text, is_reply, now)))
            .unwrap()
    }

    fn queue(&mut self, number: u64, text: &str) -> MessageId {
        let contact = self.contact(number);
        self.queue_to(contact, text, false, noon())
    }

    /// Passes until nothing is on its way.
    fn run(&mut self, now: Time) -> Pass {
        let mut signals = Vec::new();
        loop {
            let pass = self.engine.pass(now, &mut signals).unwrap();
            if pass.in_flight == 0 {
                return pass;
            }
            self.engine.wait_for_signals(Patience::from_secs(20), &mut signals);
        }
    }

    fn status(&self, id: MessageId) -> Status {
        self.workspace.store.load_message(id).unwrap().message.standing.status
    }

    fn reason(&self, id: MessageId) -> Option<FailedReason> {
        self.workspace.store.load_message(id).unwrap().message.failed_reason
    }

    fn causes(&self, id: MessageId) -> Vec<(Status, Cause)> {
        let history = self.workspace.store.load_history(id).unwrap();
        history.into_iter().map(|step| (step.status, step.cause)).collect()
    }

    fn folder(&self, folder: Folder) -> u64 {
        self.workspace.store.counts().unwrap().of(folder).total
    }
}

fn outgoing(uuid: Uuid, contact: ContactId, text: &str, is_reply: bool, now: Time) -> NewOutgoing<'_> {
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

#[test]
fn what_is_queued_leaves_and_its_history_says_so() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    assert_eq!(bench.folder(Folder::Outbox), 1);
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Wired);
    assert_eq!(bench.causes(id), [(Status::Queued, Cause::Written), (Status::Wired, Cause::Attempt)]);
    assert_eq!((bench.folder(Folder::Outbox), bench.folder(Folder::Sent)), (0, 1));
    assert_eq!(bench.gateway.heard(), ["hola"]);
    bench.workspace.is_sound();
}

#[test]
fn the_third_error_fails_after_five_and_ten_minutes() {
    let errors = vec![again("no answer"), again("no answer"), again("no answer")];
    let mut bench = Bench::new(Scripted::default().answers("hola", errors));
    let id = bench.queue(1, "hola");
    let pass = bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    assert!(pass.wake.is_some_and(|wake| wake <= minutes(5)), "the engine knows when it is due");
    bench.run(minutes(5) - Duration::seconds(1));
    assert_eq!(bench.gateway.heard().len(), 1, "not before its moment");
    bench.run(minutes(5));
    bench.run(minutes(14));
    assert_eq!(bench.gateway.heard().len(), 2);
    bench.run(minutes(15));
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::RetryLimit)));
    let history = bench.workspace.store.load_history(id).unwrap();
    assert!(history.iter().skip(1).all(|step| step.detail == "no answer"));
    bench.workspace.is_sound();
}

#[test]
fn what_a_gateway_refuses_fails_at_once_and_may_stop_the_contact() {
    let refused = Tried::Refused { reason: "blocked by the user".to_owned(), stops_contact: true };
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![refused]));
    let contact = bench.contact(1);
    let id = bench.queue_to(contact, "hola", false, noon());
    bench.run(noon());
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::Refused)));
    let next = bench.queue_to(contact, "otra", false, noon());
    assert_eq!(
        (bench.status(next), bench.reason(next)),
        (Status::Failed, Some(FailedReason::ContactInactive))
    );
    bench.workspace.is_sound();
}

#[test]
fn replies_go_before_bulk_and_each_kind_in_its_order() {
    let mut bench = Bench::new(Scripted { connections: Some(1), ..Scripted::default() });
    for n in 0..5 {
        bench.queue(n, &format!("bulk {n}"));
    }
    for n in 5..8 {
        let contact = bench.contact(n);
        bench.queue_to(contact, &format!("reply {n}"), true, noon());
    }
    bench.run(noon());
    let expected = ["reply 5", "reply 6", "reply 7", "bulk 0", "bulk 1", "bulk 2", "bulk 3", "bulk 4"]
        .map(str::to_owned);
    assert_eq!(bench.gateway.heard(), expected);
}

#[test]
fn messages_to_one_contact_keep_their_order_and_go_one_at_a_time() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let texts: Vec<String> = (0..30).map(|n| format!("number {n}")).collect();
    for text in &texts {
        bench.queue_to(contact, text, false, noon());
    }
    bench.run(noon());
    assert_eq!(bench.gateway.heard(), texts);
    assert_eq!(bench.gateway.at_once.lock().unwrap().1, 1);
}

#[test]
fn parts_that_were_taken_are_not_sent_again() {
    let gateway = Scripted { cut: Some(3), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("def", vec![again("busy")]));
    let id = bench.queue(1, "abcdefghi");
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    bench.run(minutes(5));
    assert_eq!(bench.gateway.heard(), ["abc", "def", "def", "ghi"]);
    assert_eq!(bench.status(id), Status::Wired);
    // Each part's name at the gateway finds the message.
    let uuid = bench.workspace.store.load_message(id).unwrap().message.uuid;
    let channel = bench.channel;
    for part in 0..3 {
        let found = bench
            .workspace
            .store
            .write(|tx| tx.find_by_external_id(channel, &format!("x-{uuid}-{part}")))
            .unwrap();
        assert_eq!(found, Some(id));
    }
}

#[test]
fn one_engine_at_a_time_and_another_takes_over() {
    let mut bench = Bench::new(Scripted::default());
    bench.run(noon());
    let mut second = engine(&bench.workspace, &bench.gateway);
    let id = bench.queue(1, "hola");
    let mut signals = Vec::new();
    assert!(!second.pass(noon(), &mut signals).unwrap().at_work);
    assert_eq!(bench.status(id), Status::Queued, "the second one leaves it alone");
    let idle = engine(&bench.workspace, &bench.gateway);
    drop(std::mem::replace(&mut bench.engine, idle));
    assert!(second.pass(noon() + Duration::seconds(2), &mut signals).unwrap().at_work);
    second.wait_for_signals(Patience::from_secs(20), &mut signals);
    second.pass(noon() + Duration::seconds(2), &mut signals).unwrap();
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn an_attempt_without_an_outcome_is_named_and_made_again_but_not_for_ever() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    let channel = bench.channel;
    for round in 1..=3 {
        // An engine claims the message and is no more.
        bench.workspace.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, noon())).unwrap();
        assert_eq!(bench.workspace.store.in_attempt().unwrap(), 1);
        let found = bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
        assert_eq!((found, bench.workspace.store.in_attempt().unwrap()), (1, 0), "round {round}");
    }
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::RetryLimit)));
    let doubts = bench.causes(id).into_iter().filter(|(_, cause)| *cause == Cause::Doubt).count();
    assert_eq!((doubts, bench.workspace.store.doubtful().unwrap()), (3, 1));
    bench.workspace.is_sound();

    let id = bench.queue(2, "otra");
    bench.workspace.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, noon())).unwrap();
    let pass = bench.run(noon());
    assert_eq!(bench.status(id), Status::Wired, "the next engine sends it at once");
    assert_eq!(pass.in_flight, 0);
}

#[test]
fn a_lost_answer_is_said_in_the_history() {
    let lost = Tried::TryAgain { reason: "half an answer".to_owned(), wait: None, in_doubt: true };
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![lost]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    assert_eq!(
        bench.causes(id),
        [(Status::Queued, Cause::Written), (Status::Queued, Cause::Doubt), (Status::Errored, Cause::Attempt)]
    );
}

#[test]
fn the_rate_of_a_channel_is_kept_second_by_second() {
    let mut bench = Bench::with_rate(Scripted { cut: Some(4), ..Scripted::default() }, Some(3));
    for n in 0..7 {
        bench.queue(n, &format!("n{n}"));
    }
    let pass = bench.run(noon());
    assert_eq!(bench.gateway.heard().len(), 3);
    assert_eq!(pass.wake, Some(noon() + Duration::seconds(1)));
    bench.run(noon() + Duration::milliseconds(900));
    assert_eq!(bench.gateway.heard().len(), 3);
    bench.run(noon() + Duration::seconds(1));
    assert_eq!(bench.gateway.heard().len(), 6);
    // Parts count: a long message takes the second for itself.
    bench.queue(20, "abcdefghijkl");
    bench.run(noon() + Duration::seconds(2));
    assert_eq!(bench.gateway.heard().len(), 10);
}

#[test]
fn a_gateway_that_asks_to_be_left_alone_is() {
    let busy = Tried::TryAgain {
        reason: "too many requests".to_owned(),
        wait: Some(Patience::from_secs(30)),
        in_doubt: false,
    };
    let gateway = Scripted { connections: Some(1), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("one", vec![busy]));
    bench.queue(1, "one");
    let other = bench.queue(2, "two");
    bench.run(noon());
    let heard = bench.gateway.heard().len();
    assert!(heard <= 2);
    bench.run(noon() + Duration::seconds(10));
    assert_eq!(bench.gateway.heard().len(), heard, "nothing leaves meanwhile");
    bench.run(noon() + Duration::seconds(31));
    assert_eq!(bench.status(other), Status::Wired);
}

#[test]
fn what_waits_for_a_week_is_given_up_but_what_was_sent_again_is_young() {
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![again("no")]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    // The clock jumps a week and an hour.
    let later = noon() + Duration::days(7) + Duration::hours(1);
    let expired = bench.workspace.store.write(|tx| tx.expire(later)).unwrap();
    assert_eq!((expired, bench.reason(id)), (1, Some(FailedReason::TooOld)));
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    assert_eq!(bench.workspace.store.write(|tx| tx.expire(minutes(90))).unwrap(), 0);
    bench.run(later);
    assert!(matches!(bench.status(id), Status::Wired | Status::Failed));
    bench.workspace.is_sound();
}

#[test]
fn the_twentieth_equal_message_within_five_minutes_is_a_loop() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let queued: Vec<MessageId> =
        (0..20).map(|n| bench.queue_to(contact, "same", false, noon() + Duration::milliseconds(n))).collect();
    assert_eq!(bench.reason(queued[18]), None);
    assert_eq!(bench.reason(queued[19]), Some(FailedReason::Looping));
    let later = bench.queue_to(contact, "same", false, minutes(5));
    assert_eq!(bench.reason(later), None, "the next span counts from nothing");
}

#[test]
fn what_no_channel_reaches_fails_and_what_was_resent_finds_one() {
    let mut bench = Bench::new(Scripted::default());
    let mut alone = Workspace::new();
    let urn = Urn::parse("tel:+573000000001", None).unwrap();
    let id = alone
        .store
        .write(|tx| {
            let (contact, _) = tx.contact_with_urn(&urn, "", noon(), || fresh("c"))?;
            tx.queue_message(&outgoing(fresh("m"), contact, "hola", true, noon()))
        })
        .unwrap();
    let message = alone.store.load_message(id).unwrap().message;
    assert_eq!(message.failed_reason, Some(FailedReason::NoChannel));

    // What came from a file knows only that file's channel.
    let put = crate::support::Put {
        channel: Some("SMS of old".to_owned()),
        ..crate::support::Put::outgoing("vieja", Status::Failed, 0)
    };
    let id = bench.workspace.put(put);
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    assert_eq!(bench.status(id), Status::Queued);
    bench.run(minutes(61));
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn cancelling_takes_a_message_out_of_the_queue_unless_it_is_under_way() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    let under_way = bench.queue(2, "ya sale");
    let channel = bench.channel;
    let contact = bench.contact(1);
    bench.workspace.store.write(|tx| tx.claim(channel, &mut vec![contact], 10, noon())).unwrap();
    let done = bench.workspace.act(recado::domain::deed::Deed::Cancel, &[id, under_way]);
    assert_eq!(done.changed, 1);
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::Cancelled)));
    assert_eq!(bench.status(under_way), Status::Queued);
    bench.workspace.is_sound();
}

#[test]
fn a_message_can_be_taken_back_until_it_leaves() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let hold = |text, uuid| NewOutgoing {
        leaves_on: Some(noon() + Duration::seconds(5)),
        ..outgoing(uuid, contact, text, true, noon())
    };
    let (first, second) = bench
        .workspace
        .store
        .write(|tx| {
            Ok((tx.queue_message(&hold("uno", fresh("1")))?, tx.queue_message(&hold("dos", fresh("2")))?))
        })
        .unwrap();
    bench.run(noon() + Duration::seconds(4));
    assert_eq!(bench.gateway.heard().len(), 0);
    let back = bench.workspace.store.write(|tx| tx.take_back(first, noon() + Duration::seconds(4))).unwrap();
    assert_eq!(back, Some((contact, "uno".to_owned())));
    assert_eq!(bench.folder(Folder::Outbox), 1);
    bench.run(noon() + Duration::seconds(5));
    assert_eq!(bench.gateway.heard(), ["dos"]);
    let late = bench.workspace.store.write(|tx| tx.take_back(second, noon() + Duration::seconds(6))).unwrap();
    assert_eq!(late, None);
    bench.workspace.is_sound();
}

#[test]
fn reports_only_lead_on_and_late_ones_stay_in_the_history() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    bench.run(noon());
    let mut report =
        |report| bench.workspace.store.write(|tx| tx.record_report(id, report, minutes(1), "")).unwrap();
    assert_eq!(report(Report::Delivered), ReportEffect::Applied(id));
    assert_eq!(report(Report::Sent), ReportEffect::Late(id));
    assert_eq!(report(Report::Failed), ReportEffect::Late(id));
    assert_eq!(report(Report::Read), ReportEffect::Applied(id));
    assert_eq!(bench.status(id), Status::Read);
    assert_eq!(bench.causes(id).len(), 6);
    bench.workspace.is_sound();
}

fn schedule(
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

#[test]
fn a_schedule_that_was_missed_fires_once_late_and_says_so() {
    let mut bench = Bench::new(Scripted::default());
    let urn = Urn::parse("tel:+573000000009", None).unwrap();
    let contact = bench
        .workspace
        .store
        .write(|tx| Ok(tx.contact_with_urn(&urn, "Ana Ruiz", noon(), || fresh("a"))?.0))
        .unwrap();
    // 9:00 in Bogota, every day.
    let timing = Timing { repeat: Repeat::Daily, hour: 9, minute: 0 };
    let due = Utc.with_ymd_and_hms(2026, 3, 3, 14, 0, 0).unwrap();
    let id = schedule(&mut bench, timing, due, vec![RecipientId::Contact(contact)]);
    // Three days later.
    let now = due + Duration::days(3) + Duration::hours(2);
    let pass = bench.run(now);
    assert_eq!(bench.gateway.heard(), ["Hola Ana"]);
    let kept = bench.workspace.store.find_schedule(id).unwrap().unwrap();
    assert_eq!((kept.last_fire, kept.next_fire), (Some(now), Some(due + Duration::days(4))));
    assert!(pass.wake.is_some());
    let sent = bench
        .workspace
        .ids(&recado::domain::listing::View::of(recado::domain::listing::Place::Folder(Folder::Sent)));
    let history = bench.workspace.store.load_history(MessageId(sent[0])).unwrap();
    assert_eq!((history[0].cause, history[0].detail.as_str()), (Cause::Schedule, "2026-03-03T14:00:00Z"));
    bench.workspace.is_sound();
}

#[test]
fn a_schedule_that_fires_once_leaves_and_paused_ones_wait() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let timing = Timing { repeat: Repeat::Never, hour: 12, minute: 0 };
    let once = schedule(&mut bench, timing, minutes(1), vec![RecipientId::Contact(contact)]);
    let paused = schedule(&mut bench, timing, minutes(1), vec![RecipientId::Contact(contact)]);
    bench.workspace.store.write(|tx| tx.set_paused(paused, true)).unwrap();
    bench.run(minutes(0));
    assert_eq!(bench.folder(Folder::Schedules), 2);
    bench.run(minutes(1));
    assert_eq!(bench.folder(Folder::Schedules), 1);
    assert!(bench.workspace.store.find_schedule(once).unwrap().is_none());
    assert_eq!(bench.gateway.heard().len(), 1);
}

#[test]
fn groups_and_labels_stand_for_their_active_contacts_each_once() {
    let mut bench = Bench::new(Scripted::default());
    let (ana, leo, eva) = (bench.contact(1), bench.contact(2), bench.contact(3));
    let to = bench
        .workspace
        .store
        .write(|tx| {
            let group = tx.group("Clientes", || fresh("g"))?;
            for contact in [ana, leo, eva] {
                tx.join_group(group, contact)?;
            }
            tx.set_contact_status(eva, ContactStatus::Blocked)?;
            Ok(vec![RecipientId::Contact(leo), RecipientId::Group(group)])
        })
        .unwrap();
    let contacts = bench.workspace.store.write(|tx| tx.contacts_of(to.clone())).unwrap();
    assert_eq!(contacts, [leo, ana]);
}

#[test]
fn an_outbox_that_is_not_due_is_left_alone() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    bench
        .workspace
        .store
        .write(|tx| {
            for n in 0..3_000_u128 {
                tx.queue_message(&NewOutgoing {
                    leaves_on: Some(minutes(600)),
                    ..outgoing(Uuid::from_u128(n), contact, &format!("text {n}"), false, noon())
                })?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(bench.run(noon()).begun, 0);
}
