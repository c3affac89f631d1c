//! The engine as a program of its own: killed at any instant, it loses nothing and owns up to what it cannot know.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use recado::domain::MessageId;
use recado::domain::message::{Cause, FailedReason, Status};
use recado::store::{Access, Store};

use super::recado::{Home, LIMIT};

/// What the gateway took of each message, by its key: the first letter of each part, in order.
type Taken = HashMap<String, String>;

/// A gateway on the loopback that takes everything, and writes down what it took.
pub struct Counting {
    taken: Arc<(Mutex<Taken>, Condvar)>,
    port: u16,
}

impl Counting {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let taken = Arc::new((Mutex::new(Taken::new()), Condvar::new()));
        let shared = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || take_all(&stream, &shared));
            }
        });
        Self { taken, port }
    }

    fn total(&self) -> usize {
        count(&self.taken.0.lock().unwrap())
    }

    /// Waits until it has taken so many parts in all.
    fn wait_for(&self, total: usize) {
        let taken = self.taken.0.lock().unwrap();
        let (_taken, waited) =
            self.taken.1.wait_timeout_while(taken, LIMIT, |taken| count(taken) < total).unwrap();
        assert!(!waited.timed_out(), "the gateway has not heard {total} parts");
    }
}

fn count(taken: &Taken) -> usize {
    taken.values().map(String::len).sum()
}

fn take_all(stream: &TcpStream, taken: &(Mutex<Taken>, Condvar)) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut answer = stream.try_clone().unwrap();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let field = |name| first.split(name).nth(1).and_then(|rest| rest.split([' ', '&']).next());
        let (Some(key), Some(text)) = (field("uuid="), field("text=")) else { return };
        taken.0.lock().unwrap().entry(key.to_owned()).or_default().extend(text.chars().take(1));
        taken.1.notify_all();
        if answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

fn serve(home: &Home) -> Child {
    let mut command = home.command(&["serve", "--listen", "none"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn add_channel(home: &Home, port: u16) {
    let url =
        format!("send_url=http://127.0.0.1:{port}/send?uuid={{{{uuid}}}}&to={{{{to}}}}&text={{{{text}}}}");
    home.good(&[
        "channel",
        "add",
        "Test",
        "--kind",
        "external",
        "--set",
        &url,
        "--set",
        "method=GET",
        "--set",
        "allow_private=true",
    ]);
}

/// Kills in the middle of sending.
const KILLS: u64 = 200;

/// Messages of one part, of three parts, and of one part again: who is killed when is chance.
const LOAD: [(usize, &str); 3] = [(350, "a"), (600, "abc"), (350, "a")];

/// A text whose parts begin with these letters.
fn text_of(parts: &str) -> String {
    parts.chars().map(|letter| letter.to_string().repeat(150)).collect::<Vec<_>>().join(" ")
}

#[test]
fn killed_two_hundred_times_under_load_no_message_is_lost_and_doubts_are_said() {
    let home = Home::new();
    let gateway = Counting::start();
    add_channel(&home, gateway.port);
    let mut expected = Vec::new();
    for (batch, (messages, parts)) in LOAD.into_iter().enumerate() {
        let numbers: Vec<String> = (0..messages).map(|n| format!("+573{batch:02}{n:07}")).collect();
        home.good(&["send", "--to", &numbers.join(","), &text_of(parts)]);
        expected.extend(vec![parts; messages]);
    }
    let mut random = 7_u64;
    let mut kills = 0;
    while kills < KILLS {
        // As many more parts as chance says, then the end, wherever it is just then.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let more = usize::try_from(random >> 60).unwrap();
        let target = gateway.total() + 1 + more;
        let child = serve(&home);
        gateway.wait_for(target);
        kill(child);
        kills += 1;
    }
    let before = home.total("outbox");
    assert!(before > 0, "the load lasted to the end: {before}");
    let child = serve(&home);
    let waited = Instant::now();
    while home.total("outbox") > 0 {
        assert!(waited.elapsed() < LIMIT * 3, "the outbox does not empty");
    }
    kill(child);
    let store = Store::open(&home.db(), Access::Read).unwrap();
    let taken = gateway.taken.0.lock().unwrap();
    let (mut twice, mut doubtful, mut long) = (0, 0, 0);
    for (id, parts) in (1..).zip(expected) {
        let message = store.load_message(MessageId(id)).unwrap().message;
        let history = store.load_history(MessageId(id)).unwrap();
        let doubts = history.iter().filter(|step| step.cause == Cause::Doubt).count();
        let taken = taken.get(&message.uuid.to_string()).map_or("", String::as_str);
        doubtful += u32::from(doubts > 0);
        let mut once: Vec<char> = taken.chars().collect();
        assert!(once.is_sorted(), "{id}: a part that was taken went again after the next one: {taken}");
        once.dedup();
        let again = taken.len() - once.len();
        twice += u32::from(again > 0);
        long += u32::from(again > 0 && parts.len() > 1);
        assert!(again <= doubts, "{id}: {taken}, and in doubt {doubts} times");
        if message.standing.status == Status::Wired {
            assert_eq!(once.iter().collect::<String>(), parts, "{id}");
        } else {
            // An engine that ends three times while it sends the same message gives it up, and says so.
            assert_eq!(message.standing.status, Status::Failed, "{id}");
            assert_eq!((message.failed_reason, doubts), (Some(FailedReason::RetryLimit), 3), "{id}");
        }
    }
    assert!(long > 0, "no kill came between the parts of a message");
    assert_eq!(u64::from(doubtful), store.doubtful().unwrap());
    let stats: serde_json::Value = serde_json::from_str(&home.good(&["stats", "--json"])).unwrap();
    assert_eq!(stats["delivery"]["in_doubt"], doubtful);
    println!(
        "{KILLS} kills: {doubtful} messages in doubt, {twice} of them left in part twice, {long} of those long"
    );
    drop(store);
    assert!(home.good(&["doctor"]).contains("sound"));
}

/// What counts as within seconds, on a machine that others use too.
const SECONDS: Duration = Duration::from_secs(10);

#[test]
fn a_second_engine_takes_over_when_the_first_is_killed() {
    let home = Home::new();
    let gateway = Counting::start();
    add_channel(&home, gateway.port);
    let send = |number: &str| {
        home.good(&["send", "--to", number, "hola"]);
    };
    let first = serve(&home);
    send("+573000000001");
    gateway.wait_for(1);
    let second = serve(&home);
    send("+573000000002");
    let waited = Instant::now();
    while home.total("outbox") > 0 {
        assert!(waited.elapsed() < LIMIT, "the outbox does not empty");
    }
    kill(first);
    let begun = Instant::now();
    send("+573000000003");
    gateway.wait_for(3);
    assert!(begun.elapsed() < SECONDS, "the second one took over after {:?}", begun.elapsed());
    kill(second);
    let taken: Vec<String> = gateway.taken.0.lock().unwrap().values().cloned().collect();
    assert_eq!(taken.iter().map(String::len).collect::<Vec<_>>(), [1, 1, 1], "each message left once");
}
