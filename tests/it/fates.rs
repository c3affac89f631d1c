//! What becomes of a message when its gateway behaves badly: through the engine, over each of the channels that speak HTTP on
//! their own terms, up to the folder, the next attempt and the history that a person sees.

use std::sync::Arc;
use std::time::Duration as Patience;

use recado::channels;
use recado::clock::Dice;
use recado::domain::MessageId;
use recado::domain::channel::Gateway as Kind;
use recado::domain::contact::Urn;
use recado::domain::folder::{Folder, folder_of};
use recado::domain::message::{Cause, FailedReason, Status};
use recado::engine::Engine;
use recado::store::{Access, Store};

use crate::gateway::{Gateway, Say};
use crate::scripted::outgoing;
use crate::support::{Workspace, fresh, minutes, noon};

const KINDS: [Kind; 3] = [Kind::External, Kind::Kannel, Kind::Twilio];

/// A workspace with one channel, its engine, and a message in its queue.
struct Sent {
    workspace: Workspace,
    engine: Engine,
    id: MessageId,
}

impl Sent {
    fn new(kind: Kind, gateway: &Gateway, more: &[(&str, &str)]) -> Self {
        let url = gateway.url("/send");
        let own: &[(&str, &str)] = match kind {
            Kind::Kannel => &[("send_url", &url), ("username", "recado"), ("password", "secret")],
            Kind::Twilio => &[
                ("api_url", &url),
                ("account_sid", "AC1"),
                ("auth_token", "secret"),
                ("address", "+12025550100"),
            ],
            Kind::External | Kind::Telegram | Kind::WhatsApp | Kind::Simulated => &[("send_url", &url)],
        };
        let settings = [own, &[("allow_private", "true"), ("timeout", "1")], more].concat();
        let mut workspace = Workspace::new();
        workspace.add_channel("Test", kind, &settings, None);
        let id = workspace
            .store
            .write(|tx| {
                let urn = Urn::parse("tel:+573001112233", None).unwrap();
                let (contact, _) = tx.contact_with_urn(&urn, "", noon(), || fresh("contact"))?;
                tx.queue_message(&outgoing(fresh("message"), contact, "hola", true, noon()))
            })
            .unwrap();
        let store = Store::open(&workspace.path(), Access::Write).unwrap();
        let open = |record: &recado::domain::channel::Channel| {
            channels::open(record, &|secret| Ok(secret.to_owned()))
                .map(Arc::from)
                .map_err(|problem| problem.to_string())
        };
        let engine = Engine::new(store, Dice::seeded(1), Box::new(open));
        Self { workspace, engine, id }
    }

    /// The engine at work, until nothing is on its way.
    fn run(&mut self, minute: i64) {
        let mut signals = Vec::new();
        while self.engine.pass(minutes(minute), &mut signals).unwrap().in_flight > 0 {
            let before = signals.len();
            self.engine.wait_for_signals(Patience::from_secs(20), &mut signals);
            assert!(signals.len() > before, "nothing came of what is on its way");
        }
    }

    fn causes(&self) -> Vec<Cause> {
        let history = self.workspace.store.load_history(self.id).unwrap();
        history.into_iter().map(|step| step.cause).collect()
    }

    /// What was said of the last step.
    fn words(&self) -> String {
        self.workspace.store.load_history(self.id).unwrap().pop().unwrap().detail
    }

    /// It failed, for the gateway does not want it; there was one attempt.
    fn is_refused(&mut self, gateway: &Gateway, words: &str) {
        let message = self.workspace.store.load_message(self.id).unwrap().message;
        assert_eq!(folder_of(&message.standing), Some(Folder::Failed));
        assert_eq!((message.failed_reason, message.error_count), (Some(FailedReason::Refused), 0));
        assert_eq!((message.next_attempt, message.sent_on), (None, None));
        assert_eq!(self.causes(), [Cause::Written, Cause::Attempt]);
        assert!(self.words().contains(words), "{}", self.words());
        self.run(60);
        assert_eq!(gateway.heard().len(), 1, "nor is it tried again");
        self.workspace.is_sound();
    }

    /// It waits for its second and its third attempt, and has then failed; with or without a doubt about each.
    fn is_tried_three_times(&mut self, in_doubt: bool, words: &str) {
        let step: &[Cause] = if in_doubt { &[Cause::Doubt, Cause::Attempt] } else { &[Cause::Attempt] };
        for (round, next) in [(1, Some(5)), (2, Some(15)), (3, None)] {
            let message = self.workspace.store.load_message(self.id).unwrap().message;
            let (folder, status) = match next {
                Some(_) => (Folder::Outbox, Status::Errored),
                None => (Folder::Failed, Status::Failed),
            };
            assert_eq!((folder_of(&message.standing), message.standing.status), (Some(folder), status));
            assert_eq!((message.error_count, message.next_attempt), (round, next.map(minutes)));
            let reason = next.is_none().then_some(FailedReason::RetryLimit);
            assert_eq!((message.failed_reason, message.sent_on), (reason, None));
            let expected = [&[Cause::Written], step.repeat(round as usize).as_slice()].concat();
            assert_eq!(self.causes(), expected);
            assert!(self.words().contains(words), "{}", self.words());
            if let Some(next) = next {
                self.run(next);
            }
        }
        self.workspace.is_sound();
    }
}

/// Sends a message over a channel of each kind to a gateway that says that; side by side, for some take their time.
fn each(say: &Say, then: impl Fn(Kind, &mut Sent, &Gateway) + Sync) {
    std::thread::scope(|scope| {
        for kind in KINDS {
            let then = &then;
            scope.spawn(move || {
                let gateway = Gateway::saying(say.clone());
                let mut sent = Sent::new(kind, &gateway, &[]);
                sent.run(0);
                then(kind, &mut sent, &gateway);
            });
        }
    });
}

const PAGE: &str = "<html><body><h1>Service suspended</h1></body></html>";

/// The gateways whose good status is enough have taken it; of one that answers with the key of the message it is not known.
fn counts_by_its_status(say: &Say) {
    each(say, |kind, sent, gateway| {
        if kind == Kind::Twilio {
            return sent.is_tried_three_times(true, "cannot be read");
        }
        let message = sent.workspace.store.load_message(sent.id).unwrap().message;
        assert_eq!(
            (folder_of(&message.standing), message.standing.status),
            (Some(Folder::Sent), Status::Wired)
        );
        assert_eq!((message.error_count, message.next_attempt, message.sent_on), (0, None, Some(noon())));
        assert_eq!(sent.causes(), [Cause::Written, Cause::Attempt]);
        sent.run(60);
        assert_eq!(gateway.heard().len(), 1);
        sent.workspace.is_sound();
    });
}

#[test]
fn an_error_page_with_a_good_status_is_no_success_where_it_is_known_what_one_looks_like() {
    let page = Say::ok(PAGE).with("content-type", "text/html");
    let gateway = Gateway::saying(page.clone());
    let mut sent = Sent::new(Kind::External, &gateway, &[("mt_response_check", "\"ok\"")]);
    sent.run(0);
    sent.is_refused(&gateway, "Service suspended");
    counts_by_its_status(&page);
}

#[test]
fn a_server_error_is_tried_again() {
    each(&Say::status(500, "out of order"), |_, sent, _| sent.is_tried_three_times(false, "500"));
}

#[test]
fn a_connection_that_is_closed_without_an_answer_leaves_a_doubt() {
    each(&Say::Drop, |_, sent, _| sent.is_tried_three_times(true, "broke"));
}

#[test]
fn an_empty_answer_is_judged_by_its_status() {
    counts_by_its_status(&Say::ok(""));
}

#[test]
fn half_an_answer_leaves_a_doubt() {
    each(&Say::DropHalf, |_, sent, _| sent.is_tried_three_times(true, "broke"));
}

#[test]
fn what_is_not_http_leaves_a_doubt() {
    each(&Say::Garbage, |_, sent, _| sent.is_tried_three_times(true, "not HTTP"));
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let other = Gateway::saying(Say::ok("ok"));
    let away = Say::status(302, "").with("location", &other.url("/elsewhere"));
    each(&away, |_, sent, gateway| sent.is_refused(gateway, "302"));
    assert_eq!(other.heard().len(), 0);
}

#[test]
fn of_an_answer_of_ten_megabytes_the_beginning_counts() {
    counts_by_its_status(&Say::Huge);
}

#[test]
fn a_gateway_that_keeps_silent_leaves_a_doubt() {
    each(&Say::Stall(Patience::from_secs(60)), |_, sent, _| sent.is_tried_three_times(true, "within 1 s"));
}
