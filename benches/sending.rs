//! Messages that leave and come in, over HTTP on this machine: the real engine and the real listener, beside the bare client,
//! and beside a bare SQLite that writes the same rows.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use recado::channels::{self, Channel, Sending, Tried};
use recado::clock::{Clock, Dice};
use recado::domain::channel::Gateway;
use recado::domain::contact::Urn;
use recado::domain::folder::Folder;
use recado::domain::message::Cause;
use recado::domain::{ChannelId, ContactId, Time};
use recado::engine::{Engine, Opener, Signal};
use recado::serve::Listener;
use recado::store::{Access, NewChannel, NewOutgoing, Store};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{BareRow, in_turns, line, make_bare, open_bare, rows_of, settings, timed};

/// Messages that leave, or come in, in one measurement; fewer on a small workspace.
const MOST: u64 = 20_000;

/// Connections that call in at a time.
const CALLERS: u64 = 8;

/// How often each is measured.
const ROUNDS: u32 = 3;

/// Prints a line for each of these.
pub fn engine(messages: u64, folder: &Path) {
    let messages = messages.min(MOST);
    sending(messages, folder);
    receiving(messages, folder);
    idle(folder);
}

/// A gateway on the loopback that takes everything at once, and counts.
pub struct Taking {
    pub address: SocketAddr,
    taken: Arc<AtomicU64>,
}

impl Taking {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let counted = Arc::clone(&counted);
                // A client that goes away ends its thread.
                thread::spawn(move || take(&stream, &counted).ok());
            }
        });
        Self { address, taken }
    }

    /// How many it has taken.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// The settings of a channel that sends there.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let url = format!("http://{}/send", self.address);
        let settings = [("send_url", url.as_str()), ("allow_private", "true")];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

fn take(stream: &TcpStream, taken: &AtomicU64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answers = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while read_http(&mut reader)?.is_some() {
        taken.fetch_add(1, Ordering::Relaxed);
        answers.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
    }
    Ok(())
}

/// The first line and the body of a request or an answer; none at the end.
fn read_http(reader: &mut impl BufRead) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((first, body)))
}

fn opener() -> Opener {
    Box::new(|record| {
        let secrets = |secret: &str| Ok(secret.to_owned());
        channels::open(record, &secrets).map(Arc::from).map_err(|problem| problem.to_string())
    })
}

/// The channel that sends to a gateway; made where it is missing.
pub fn channel(store: &mut Store, gateway: &Taking) -> ChannelId {
    let settings = gateway.settings();
    let new = NewChannel {
        uuid: Uuid::from_u128(77),
        name: "Bench",
        gateway: Gateway::External,
        settings: &settings,
        rate: None,
    };
    store.write(|tx| tx.insert_channel(&new)).unwrap()
}

/// Puts messages into the queue, each to a contact of its own.
pub fn queue(store: &mut Store, channel: ChannelId, messages: u64, now: Time, leaves_on: Option<Time>) {
    let numbers: Vec<u64> = (0..messages).collect();
    for slice in numbers.chunks(5_000) {
        store.write(|tx| slice.iter().try_for_each(|n| queue_one(tx, channel, *n, now, leaves_on))).unwrap();
    }
}

fn queue_one(
    tx: &mut recado::store::Tx<'_>,
    channel: ChannelId,
    n: u64,
    now: Time,
    leaves_on: Option<Time>,
) -> recado::store::Result<()> {
    let urn = number(n);
    let (contact, _): (ContactId, _) = tx.contact_with_urn(&urn, "", now, || Uuid::from_u64_pair(n, 1))?;
    tx.queue_message(&NewOutgoing {
        uuid: Uuid::from_u64_pair(n, 2),
        contact,
        channel: Some(channel),
        text: TEXT,
        attachments: &[],
        is_reply: false,
        schedule: None,
        now,
        leaves_on,
        cause: Cause::Written,
        detail: "",
    })?;
    Ok(())
}

const TEXT: &str = "Su pedido ya va en camino, gracias por su compra";

fn number(n: u64) -> Urn {
    Urn::parse(&format!("tel:+57300{n:07}"), None).unwrap()
}

/// Messages that leave through one channel.
fn sending(messages: u64, folder: &Path) {
    let gateway = Taking::start();
    let mut best = [Duration::MAX; 3];
    for round in 0..ROUNDS {
        let path = folder.join(format!("sending-{round}.db"));
        let mut store = Store::create(&path, settings()).unwrap();
        let channel = channel(&mut store, &gateway);
        queue(&mut store, channel, messages, Clock::system().now(), None);
        store.tidy().unwrap();
        let bare = folder.join(format!("sending-bare-{round}.db"));
        make_bare(&path, &bare);
        let client = opener()(&store.channels().unwrap()[0]).unwrap();
        best[0] = best[0].min(timed(&mut || send_all(&store)));
        assert_eq!(store.counts().unwrap().of(Folder::Sent).total, messages);
        best[1] = best[1].min(timed(&mut || post_bare(&*client, messages)));
        best[2] = best[2].min(timed(&mut || write_bare(&bare, messages)));
    }
    let [ours, client, sqlite] = best;
    line(&format!("send {messages} messages, against the bare HTTP client"), (ours, client));
    line(&format!("send {messages} messages, against a bare SQLite that writes as much"), (ours, sqlite));
    tell_rate("sent", messages, ours);
}

fn tell_rate(what: &str, messages: u64, time: Duration) {
    eprintln!("{what}: {:.0} messages a second", messages as f64 / time.as_secs_f64());
}

/// The engine, until the outbox is empty.
fn send_all(store: &Store) {
    let engine = Engine::new(Store::open(store.path(), Access::Write).unwrap(), Dice::seeded(1), opener());
    let signals = engine.signals();
    let running = thread::spawn(move || {
        engine.run(Clock::system(), |told| eprintln!("the engine: {told:?}"));
    });
    while store.counts().unwrap().of(Folder::Outbox).total > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    signals.send(Signal::Stop).unwrap();
    running.join().unwrap();
}

/// The same requests by the same client over the same number of connections, and nothing else.
fn post_bare(channel: &dyn Channel, messages: u64) {
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..channel.connections() {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= messages {
                        return;
                    }
                    let tried = channel.send(&Sending {
                        message: Uuid::from_u64_pair(n, 2),
                        to: &number(n),
                        text: TEXT,
                        attachments: &[],
                        part: 0,
                        parts: 1,
                        is_reply: false,
                    });
                    assert!(matches!(tried, Tried::Accepted { .. }), "{tried:?}");
                }
            });
        }
    });
}

/// What the engine writes of each message, by plain statements: a transaction claims a few, another one has their outcomes.
fn write_bare(path: &Path, messages: u64) {
    const AT_ONCE: usize = 4;
    let conn = open_bare(path);
    let at = 1_800_000_000_000_000_i64;
    let ids: Vec<u64> = (1..=messages).collect();
    for some in ids.chunks(AT_ONCE) {
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        for id in some {
            let mut claim = conn.prepare_cached("UPDATE message SET attempt_on = ?2 WHERE id = ?1").unwrap();
            claim.execute(params![id, at]).unwrap();
        }
        conn.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
        for id in some {
            let mut outcome = conn
                .prepare_cached(
                    "UPDATE message SET status = 20, folder = 5, sort_key = ?2, sent_on = ?2, modified_on = ?2,
                                        attempt_on = NULL, parts_done = 1 WHERE id = ?1",
                )
                .unwrap();
            outcome.execute(params![id, at]).unwrap();
            let mut step =
                conn.prepare_cached("INSERT INTO status_change VALUES(?1, 2, ?2, 20, 4, '')").unwrap();
            step.execute(params![id, at]).unwrap();
        }
        conn.execute_batch("COMMIT").unwrap();
    }
}

/// Messages that a gateway calls in with over several connections, each answered after its commit.
fn receiving(messages: u64, folder: &Path) {
    let mut best = (Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let path = folder.join(format!("receiving-{round}.db"));
        let mut store = Store::create(&path, settings()).unwrap();
        channel(&mut store, &Taking::start());
        let channel = store.channels().unwrap()[0].uuid;
        let bare = folder.join(format!("receiving-bare-{round}.db"));
        store.tidy().unwrap();
        make_bare(&path, &bare);
        let listener = Listener::start(
            TcpListener::bind("127.0.0.1:0").unwrap(),
            Store::open(&path, Access::Write).unwrap(),
            Clock::system(),
            Dice::seeded(2),
            opener(),
            Box::new(|_| {}),
        )
        .unwrap();
        let address = listener.address();
        best.0 = best.0.min(timed(&mut || call_in(address, channel, messages)));
        listener.stop();
        assert_eq!(store.counts().unwrap().of(Folder::Inbox).total, messages);
        let (contacts, urns, messages, steps) = rows_of(&store);
        let conn = open_bare(&bare);
        put_in(&conn, "contact", &contacts);
        put_in(&conn, "contact_urn", &urns);
        best.1 = best.1.min(timed(&mut || keep_one_by_one(&conn, &messages, &steps)));
    }
    line(&format!("receive {messages} messages, against a bare SQLite, a transaction each"), best);
    tell_rate("received", messages, best.0);
}

fn call_in(address: SocketAddr, channel: Uuid, messages: u64) {
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut answers = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= messages {
                        return;
                    }
                    let body = format!("from=%2B57300{:07}&text=hola%2C+quisiera+{n}+panes", n % 1_000);
                    let request = format!(
                        "POST /c/ex/{channel}/receive HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    stream.write_all(request.as_bytes()).unwrap();
                    let (first, _) = read_http(&mut answers).unwrap().unwrap();
                    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
                }
            });
        }
    });
}

const FORM: &str = "application/x-www-form-urlencoded";

fn put_in(conn: &Connection, table: &str, rows: &[BareRow]) {
    for row in rows {
        let places = vec!["?"; row.len()].join(", ");
        let mut insert = conn.prepare_cached(&format!("INSERT INTO {table} VALUES({places})")).unwrap();
        insert.execute(rusqlite::params_from_iter(row)).unwrap();
    }
}

/// The rows that the listener made, a transaction for each message.
fn keep_one_by_one(conn: &Connection, messages: &[BareRow], steps: &[BareRow]) {
    for (message, steps) in messages.iter().zip(steps.chunks(2)) {
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        put_in(conn, "message", std::slice::from_ref(message));
        put_in(conn, "status_change", steps);
        conn.prepare_cached(
            "INSERT INTO message_fts(rowid, document) SELECT search_key, text FROM message WHERE id = ?1",
        )
        .unwrap()
        .execute([&message[0]])
        .unwrap();
        conn.execute_batch("COMMIT").unwrap();
    }
}

/// A pass over an outbox of which nothing is due: a long one against a short one.
fn idle(folder: &Path) {
    let gateway = Taking::start();
    let now = Clock::system().now();
    let engine_over = |messages: u64| {
        let path = folder.join(format!("idle-{messages}.db"));
        let mut store = Store::create(&path, settings()).unwrap();
        let channel = channel(&mut store, &gateway);
        queue(&mut store, channel, messages, now, Some(now + chrono::Duration::minutes(30)));
        Engine::new(store, Dice::seeded(1), opener())
    };
    let (mut long, mut short) = (engine_over(100_000), engine_over(100));
    let pass = |engine: &mut Engine| assert_eq!(engine.pass(now, &mut Vec::new()).unwrap().begun, 0);
    pass(&mut long);
    pass(&mut short);
    let times = in_turns(200, || pass(&mut long), || pass(&mut short));
    line("a pass over 100,000 that are not due, against one over 100", times);
}
