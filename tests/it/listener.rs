//! The listener on the loopback: what gateways call in with is kept before it is answered, and nothing else gets in.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use recado::channels;
use recado::clock::{Clock, Dice};
use recado::domain::channel::Gateway;
use recado::domain::contact::Urn;
use recado::domain::delivery::Outcome;
use recado::domain::folder::Folder;
use recado::domain::listing::{Place, View};
use recado::domain::message::Status;
use recado::domain::{ChannelId, MessageId};
use recado::serve::{Listener, Opener};
use recado::store::{Access, NewOutgoing, Store, Tx};
use serde_json::Value;
use uuid::Uuid;

use crate::scripted::outgoing;
use crate::support::{Workspace, fresh, noon};

/// A channel's name, its gateway, and its settings.
type Given<'a> = (&'static str, Gateway, &'a [(&'a str, &'a str)]);

struct Bench {
    workspace: Workspace,
    listener: Option<Listener>,
    channels: BTreeMap<&'static str, (ChannelId, Uuid)>,
}

impl Bench {
    fn new(given: &[Given<'_>]) -> Self {
        let mut workspace = Workspace::new();
        let mut channels = BTreeMap::new();
        for (name, gateway, settings) in given {
            let id = workspace.add_channel(name, *gateway, settings, None);
            channels.insert(*name, (id, fresh(name)));
        }
        let store = Store::open(&workspace.path(), Access::Write).unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let unserved = Box::new(|name: &str| panic!("{name} is not served"));
        let (clock, dice) = (Clock::set_to(noon()), Dice::seeded(3));
        let listener = Listener::start(socket, store, clock, dice, opener(), unserved).unwrap();
        Self { workspace, listener: Some(listener), channels }
    }

    fn path(&self, channel: &str, code: &str, action: &str) -> String {
        format!("/c/{code}/{}/{action}", self.channels[channel].1)
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listener.as_ref().unwrap().address()).unwrap()
    }

    fn call(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        call(self.connect(), method, path, headers, body)
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.call("GET", path, "", b"");
        (status, serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body:?}")))
    }

    fn total(&self, folder: Folder) -> u64 {
        self.workspace.store.counts().unwrap().of(folder).total
    }

    /// A message that a channel's gateway has taken.
    fn wired(&mut self, channel: &str, uuid: Uuid) -> MessageId {
        let (channel, _) = self.channels[channel];
        let queued = |tx: &mut Tx<'_>| {
            let urn = Urn::parse("tel:+573001112233", None).unwrap();
            let (contact, _) = tx.contact_with_urn(&urn, "", noon(), || fresh("c"))?;
            let new = NewOutgoing { channel: Some(channel), ..outgoing(uuid, contact, "hola", true, noon()) };
            let id = tx.queue_message(&new)?;
            tx.claim(channel, &mut Vec::new(), 1, noon())?;
            tx.record_attempt(id, Outcome::Wired, None, noon(), "")?;
            Ok(id)
        };
        self.workspace.store.write(queued).unwrap()
    }

    fn texts(&self, folder: Folder) -> Vec<String> {
        let rows = self.workspace.rows(&View::of(Place::Folder(folder)));
        rows.iter().map(|row| row.message().unwrap().text.clone()).collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.stop();
        }
    }
}

fn opener() -> Opener {
    Box::new(|record| {
        channels::open(record, &|secret| Ok(secret.to_owned()))
            .map(Arc::from)
            .map_err(|error| error.to_string())
    })
}

fn call(mut stream: TcpStream, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A listener that has heard enough may close before the body is out.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (status, body)
}

const EXTERNAL: &[(&str, &str)] =
    &[("send_url", "http://127.0.0.1:9/?text={{text}}"), ("allow_private", "true")];
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn external() -> Bench {
    Bench::new(&[("ex", Gateway::External, EXTERNAL)])
}

#[test]
fn a_message_is_in_the_inbox_when_its_gateway_is_answered() {
    let bench = external();
    let path = bench.path("ex", "ex", "receive");
    let (status, body) =
        bench.call("POST", &path, FORM, "from=%2B573001112233&text=Ol%C3%A1+%F0%9F%98%80".as_bytes());
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["message"], "Message Accepted");
    assert_eq!(
        (&answer["data"][0]["type"], &answer["data"][0]["urn"]),
        (&"msg".into(), &"tel:+573001112233".into())
    );
    assert_eq!(bench.texts(Folder::Inbox), ["Olá 😀"]);
    // The slash at the end and a GET are as good; the same once more is the same message.
    let again = bench.get(&format!("{path}/?from=%2B573001112233&text=Ol%C3%A1+%F0%9F%98%80"));
    assert_eq!(again.0, 200);
    assert_eq!(again.1["data"][0]["msg_uuid"], answer["data"][0]["msg_uuid"]);
    assert_eq!(bench.total(Folder::Inbox), 1);
    bench.workspace.is_sound();
}

#[test]
fn reports_move_the_message_that_they_name_and_unknown_ones_nothing() {
    let mut bench = external();
    let uuid = fresh("sent");
    let id = bench.wired("ex", uuid);
    let status = |bench: &Bench| bench.workspace.store.load_message(id).unwrap().message.standing.status;
    let report = |bench: &Bench, action: &str, key: Uuid| {
        bench.get(&format!("{}?id={key}", bench.path("ex", "ex", action)))
    };
    let (code, answer) = report(&bench, "delivered", uuid);
    assert_eq!(
        (code, &answer["message"], &answer["data"][0]["status"]),
        (200, &"Status Update Accepted".into(), &"D".into())
    );
    assert_eq!(status(&bench), Status::Delivered);
    // Out of order, repeated, and of nobody.
    assert_eq!(report(&bench, "sent", uuid).0, 200);
    assert_eq!(report(&bench, "failed", uuid).0, 200);
    assert_eq!(report(&bench, "delivered", uuid).0, 200);
    assert_eq!(report(&bench, "failed", fresh("nobody")).0, 200);
    assert_eq!(status(&bench), Status::Delivered);
    assert_eq!(bench.get(&format!("{}?id=nonsense", bench.path("ex", "ex", "sent"))).0, 400);
    assert_eq!(bench.workspace.store.load_history(MessageId(id.0)).unwrap().len(), 6);
    bench.workspace.is_sound();
}

#[test]
fn a_blocked_contact_goes_to_the_archive_and_a_stopped_one_is_active_again() {
    let mut bench = external();
    let path = bench.path("ex", "ex", "receive");
    assert_eq!(bench.get(&format!("{path}?from=%2B573001112233&text=uno")).0, 200);
    let urn = Urn::parse("tel:+573001112233", None).unwrap();
    let stopped = bench.get(&format!("{}?from=%2B573001112233", bench.path("ex", "ex", "stopped")));
    assert_eq!((stopped.0, &stopped.1["message"]), (200, &"Event Accepted".into()));
    let status = |bench: &mut Bench| {
        bench
            .workspace
            .store
            .write(|tx| {
                let contact = tx.find_contact(&urn)?.unwrap();
                Ok((contact, tx.contact_status(contact)?.name()))
            })
            .unwrap()
    };
    assert_eq!(status(&mut bench).1, "stopped");
    assert_eq!(bench.get(&format!("{path}?from=%2B573001112233&text=dos")).0, 200);
    let (contact, now) = status(&mut bench);
    assert_eq!(now, "active");
    let blocked = recado::domain::contact::ContactStatus::Blocked;
    bench.workspace.store.write(|tx| tx.set_contact_status(contact, blocked)).unwrap();
    assert_eq!(bench.get(&format!("{path}?from=%2B573001112233&text=tres")).0, 200);
    assert_eq!((bench.total(Folder::Inbox), bench.texts(Folder::Archived)), (2, vec!["tres".to_owned()]));
    bench.workspace.is_sound();
}

#[test]
fn what_is_no_call_of_a_gateway_is_turned_away() {
    let bench = Bench::new(&[
        ("ex", Gateway::External, EXTERNAL),
        ("guarded", Gateway::External, &[EXTERNAL[0], EXTERNAL[1], ("token", "long-secret")]),
    ]);
    let receive = bench.path("ex", "ex", "receive");
    for (method, path, expected) in [
        ("GET", "/".to_owned(), 404),
        ("GET", "/c/".to_owned(), 404),
        ("GET", "/c/ex/receive".to_owned(), 404),
        ("GET", format!("/c/ex/{}/receive", Uuid::nil()), 404),
        ("GET", "/c/ex/not-a-key/receive".to_owned(), 404),
        // The key of one kind under the code of another.
        ("GET", bench.path("ex", "kn", "receive"), 404),
        ("GET", bench.path("ex", "ex", "nonsense"), 404),
        ("DELETE", receive.clone(), 405),
        ("PUT", receive.clone(), 405),
        ("GET", format!("{receive}?text=nobody"), 400),
        ("GET", format!("{}?from=%2B573001112233&text=x", bench.path("guarded", "ex", "receive")), 403),
        (
            "GET",
            format!("{}?from=%2B573001112233&text=x&token=wrong", bench.path("guarded", "ex", "receive")),
            403,
        ),
    ] {
        let (status, body) = bench.call(method, &path, "", b"");
        assert_eq!(status, expected, "{method} {path}: {body}");
        assert!(!body.contains("long-secret"));
    }
    let right =
        format!("{}?from=%2B573001112233&text=x&token=long-secret", bench.path("guarded", "ex", "receive"));
    assert_eq!(bench.get(&right).0, 200);
    let long = vec![b'x'; (1 << 20) + 1];
    assert_eq!(bench.call("POST", &receive, FORM, &long).0, 413);
    let head = format!("X-Long: {}\r\n", "x".repeat(100_000));
    assert!(matches!(bench.call("GET", &receive, &head, b"").0, 400 | 431 | 0));
    assert!(matches!(bench.call("\u{0}garbage", "\u{7f}", "", b"").0, 400 | 0));
    assert_eq!(bench.total(Folder::Inbox), 1);
}

#[test]
fn many_gateways_at_once_are_all_kept() {
    let bench = external();
    let address = bench.listener.as_ref().unwrap().address();
    let path = bench.path("ex", "ex", "receive");
    let threads: Vec<_> = (0..16)
        .map(|thread| {
            let path = path.clone();
            thread::spawn(move || {
                for n in 0..40 {
                    let stream = TcpStream::connect(address).unwrap();
                    let query = format!("{path}?from=%2B5730000{thread:02}{n:03}&text=number+{n}");
                    assert_eq!(call(stream, "GET", &query, "", b"").0, 200);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(bench.total(Folder::Inbox), 640);
    bench.workspace.is_sound();
}

#[test]
fn a_slow_or_broken_connection_holds_up_nobody() {
    let bench = external();
    let mut slow = bench.connect();
    slow.write_all(b"POST /c/ex/").unwrap();
    let mut half = bench.connect();
    half.write_all(
        format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nfrom=",
            bench.path("ex", "ex", "receive")
        )
        .as_bytes(),
    )
    .unwrap();
    drop(half);
    let path = bench.path("ex", "ex", "receive");
    assert_eq!(bench.get(&format!("{path}?from=%2B573001112233&text=uno")).0, 200);
    assert_eq!(bench.total(Folder::Inbox), 1);
    drop(slow);
}

#[test]
fn a_channel_that_is_added_meanwhile_is_served() {
    let mut bench = external();
    let id = bench.workspace.add_channel("late", Gateway::External, EXTERNAL, None);
    bench.channels.insert("late", (id, fresh("late")));
    let path = bench.path("late", "ex", "receive");
    let begun = std::time::Instant::now();
    while bench.get(&format!("{path}?from=%2B573001112233&text=uno")).0 != 200 {
        assert!(begun.elapsed().as_secs() < 20, "the channel is not served");
    }
    assert_eq!(bench.total(Folder::Inbox), 1);
}

const KANNEL: &[(&str, &str)] = &[
    ("send_url", "http://127.0.0.1:9/cgi-bin/sendsms"),
    ("allow_private", "true"),
    ("username", "recado"),
    ("password", "secret"),
];

const TWILIO: &[(&str, &str)] =
    &[("account_sid", "AC1"), ("auth_token", "auth-secret"), ("address", "+12025550100")];

#[test]
fn reports_that_overtake_each_other_or_come_twice_lead_only_forward() {
    let mut bench = Bench::new(&[("kn", Gateway::Kannel, KANNEL)]);
    let uuid = fresh("sent");
    let id = bench.wired("kn", uuid);
    let path = bench.path("kn", "kn", "status");
    // Delivered, then accepted by the centre, then both once more, then failed.
    for status in [1, 8, 1, 8, 2] {
        assert_eq!(bench.call("GET", &format!("{path}?uuid={uuid}&status={status}"), "", b"").0, 200);
    }
    for nonsense in ["99", "x", "", "-1", "99999999999999999999"] {
        let (status, _) = bench.call("GET", &format!("{path}?uuid={uuid}&status={nonsense}"), "", b"");
        assert!(matches!(status, 200 | 400), "{nonsense}: {status}");
    }
    let message = bench.workspace.store.load_message(id).unwrap().message;
    assert_eq!(message.standing.status, Status::Delivered);
    bench.workspace.is_sound();
}

#[test]
fn a_channel_that_cannot_be_opened_now_is_to_be_called_again() {
    // Without its setting; in life, mostly without its secret.
    let bench = Bench::new(&[("stuck", Gateway::External, &[("token", "t")])]);
    let (status, body) =
        bench.get(&(bench.path("stuck", "ex", "receive") + "?from=%2B573001112233&text=hola"));
    assert_eq!((status, body["message"].as_str()), (503, Some("Error")), "{body}");
    let (status, _) = bench.get(&bench.path("stuck", "kn", "receive"));
    assert_eq!(status, 404, "it is not of that kind");
}

#[test]
fn reports_of_strangers_move_nothing() {
    let guarded: &[(&str, &str)] = &[EXTERNAL[0], EXTERNAL[1], ("token", "long-secret")];
    let mut bench = Bench::new(&[
        ("ex", Gateway::External, guarded),
        ("other", Gateway::External, EXTERNAL),
        ("t", Gateway::Twilio, TWILIO),
    ]);
    let (by_ex, by_t) = (fresh("by ex"), fresh("by t"));
    let ids = [bench.wired("ex", by_ex), bench.wired("t", by_t)];
    bench.workspace.store.write(|tx| tx.part_taken(ids[1], bench.channels["t"].0, "SM1", 1)).unwrap();
    let delivered = bench.path("ex", "ex", "delivered");
    let twilio = bench.path("t", "t", "status");
    let form = b"MessageSid=SM1&MessageStatus=delivered";
    for (method, path, headers, body, expected) in [
        ("GET", format!("{delivered}?id={by_ex}"), "", &b""[..], 403),
        ("GET", format!("{delivered}?id={by_ex}&token=long-secre"), "", b"", 403),
        // Another gateway may speak for its own messages, and for no others.
        ("GET", format!("{}?id={by_ex}", bench.path("other", "ex", "delivered")), "", b"", 200),
        ("POST", twilio.clone(), FORM, form, 403),
        (
            "POST",
            format!("{twilio}?id={by_t}"),
            "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: Zm9yZ2Vk\r\n",
            form,
            403,
        ),
    ] {
        assert_eq!(bench.call(method, &path, headers, body).0, expected, "{method} {path}");
    }
    for id in ids {
        let message = bench.workspace.store.load_message(id).unwrap().message;
        assert_eq!(message.standing.status, Status::Wired);
    }
    assert_eq!(bench.get(&format!("{delivered}?id={by_ex}&token=long-secret")).0, 200);
    assert_eq!(
        bench.workspace.store.load_message(ids[0]).unwrap().message.standing.status,
        Status::Delivered
    );
    bench.workspace.is_sound();
}

#[test]
fn what_is_badly_encoded_is_kept_as_far_as_it_can_be_read() {
    let bench = external();
    let path = bench.path("ex", "ex", "receive");
    let sent: [&[u8]; 4] = [
        b"from=%2B573001112201&text=caf%E9",
        b"from=%2B573001112202&text=caf\xe9",
        b"from=%2B573001112203&text=100%25%",
        b"from=%2B573001112204&text=a%00b",
    ];
    for body in sent {
        let (status, answer) = bench.call("POST", &path, FORM, body);
        assert_eq!(status, 200, "{answer}");
    }
    let texts = bench.texts(Folder::Inbox);
    assert_eq!(texts, ["ab", "100%%", "caf\u{fffd}", "caf\u{fffd}"]);
    // A message from nobody is none; one without a text is.
    for (body, expected) in
        [(&b"from=%2B573001112205"[..], 200), (b"from=&text=hola", 400), (b"from=%FF%FE&text=hola", 400)]
    {
        assert_eq!(bench.call("POST", &path, FORM, body).0, expected);
    }
    assert_eq!(bench.total(Folder::Inbox), 5);
    bench.workspace.is_sound();
}
