//! The engine as a program of its own: killed at any instant, it loses nothing and owns up to what it cannot know.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use recado::domain::MessageId;
use recado::domain::message::{Cause, FailedReason, Status};
use recado::store::{Access, Store};

use super::recado::{Home, LIMIT};

/// A gateway on the loopback that takes everything, and counts what it took by the message's key.
pub struct Counting {
    taken: Arc<(Mutex<HashMap<String, u32>>, Condvar)>,
    port: u16,
}

impl Counting {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let taken = Arc::new((Mutex::new(HashMap::new()), Condvar::new()));
        let shared = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || take_all(&stream, &shared));
            }
        });
        Self { taken, port }
    }

    fn total(&self) -> u64 {
        self.taken.0.lock().unwrap().values().map(|times| u64::from(*times)).sum()
    }

    /// Waits until it has taken so many in all.
    fn wait_for(&self, total: u64) {
        let taken = self.taken.0.lock().unwrap();
        let enough =
            |taken: &mut HashMap<String, u32>| taken.values().map(|n| u64::from(*n)).sum::<u64>() < total;
        let (_taken, waited) = self.taken.1.wait_timeout_while(taken, LIMIT, enough).unwrap();
        assert!(!waited.timed_out(), "the gateway has not heard {total} messages");
    }
}

fn take_all(stream: &TcpStream, taken: &(Mutex<HashMap<String, u32>>, Condvar)) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut answer = stream.try_clone().unwrap();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let key = first.split("uuid=").nth(1).and_then(|rest| rest.split([' ', '&']).next());
        let Some(key) = key else { return };
        *taken.0.lock().unwrap().entry(key.to_owned()).or_default() += 1;
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

#[test]
fn killed_two_hundred_times_under_load_no_message_is_lost_and_doubts_are_said() {
    let home = Home::new();
    let gateway = Counting::start();
    add_channel(&home, gateway.port);
    let numbers: Vec<String> = (0..2_500).map(|n| format!("+57300{n:07}")).collect();
    // One command: the harness gives every program the same chance, and so the same keys.
    home.good(&["send", "--to", &numbers.join(","), "hola"]);
    let mut random = 7_u64;
    let mut kills = 0;
    while kills < KILLS {
        // As many more messages as chance says, then the end, wherever it is just then.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let target = gateway.total() + 1 + (random >> 60);
        let child = serve(&home);
        gateway.wait_for(target);
        kill(child);
        kills += 1;
    }
    let before = home.total("outbox");
    assert!(before > 0, "the load lasted to the end: {before}");
    let child = serve(&home);
    let waited = std::time::Instant::now();
    while home.total("outbox") > 0 {
        assert!(waited.elapsed() < LIMIT * 3, "the outbox does not empty");
    }
    kill(child);
    let store = Store::open(&home.db(), Access::Read).unwrap();
    let taken = gateway.taken.0.lock().unwrap();
    let (mut twice, mut doubtful) = (0, 0);
    for id in 1..=2_500 {
        let message = store.load_message(MessageId(id)).unwrap().message;
        let history = store.load_history(MessageId(id)).unwrap();
        let doubts = history.iter().filter(|step| step.cause == Cause::Doubt).count();
        let times = taken.get(&message.uuid.to_string()).copied().unwrap_or(0);
        doubtful += u32::from(doubts > 0);
        twice += u32::from(times > 1);
        if message.standing.status == Status::Wired {
            assert!(times >= 1, "{id} was never sent");
        } else {
            // An engine that ends three times while it sends the same message gives it up, and says so.
            assert_eq!(message.standing.status, Status::Failed, "{id}");
            assert_eq!((message.failed_reason, doubts), (Some(FailedReason::RetryLimit), 3), "{id}");
        }
        assert!(times as usize <= 1 + doubts, "{id} left {times} times and was in doubt {doubts} times");
    }
    assert_eq!(u64::from(doubtful), store.doubtful().unwrap());
    let stats: serde_json::Value = serde_json::from_str(&home.good(&["stats", "--json"])).unwrap();
    assert_eq!(stats["delivery"]["in_doubt"], doubtful);
    println!("{KILLS} kills: {doubtful} messages in doubt, {twice} of them left twice");
    drop(store);
    assert!(home.good(&["doctor"]).contains("sound"));
}

#[test]
fn a_second_engine_takes_over_when_the_first_is_killed() {
    let home = Home::new();
    let gateway = Counting::start();
    add_channel(&home, gateway.port);
    let first = serve(&home);
    home.good(&["send", "--to", "+573000000001", "uno"]);
    gateway.wait_for(1);
    let second = serve(&home);
    kill(first);
    home.good(&["send", "--to", "+573000000002", "dos"]);
    gateway.wait_for(2);
    kill(second);
    assert_eq!(gateway.total(), 2);
}
