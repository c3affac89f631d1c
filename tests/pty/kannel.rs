//! The real Kannel, a fake phone network behind it, and this program: both ways, over the loopback only.
//!
//! Without Kannel the story says that it is skipped. What nobody tells is asked for again and again, with one limit for all.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::recado::{Home, LIMIT, skipped};

/// How long a condition may take to come true: three programs and a network have to do with it.
const PATIENCE: Duration = LIMIT.saturating_mul(2);

/// Asks until there is something. Where a program of ours is asked, its start is pause enough.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "{what} did not come");
    }
}

/// Asks at a port until there is something: nobody is told that it listens or what is there, and no is said in no time.
fn wait_for_network<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    wait_for(what, || {
        let found = ask();
        if found.is_none() {
            thread::sleep(Duration::from_millis(20));
        }
        found
    })
}

/// So many ports of the loopback that nobody listens on. They are below those that connections are given by themselves, so
/// that no other test gets one of them before its owner listens.
fn free_ports<const N: usize>() -> [u16; N] {
    let start = u16::try_from(std::process::id() % 1_000).unwrap() * 10 + 20_000;
    let free = (start..32_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let ports: Vec<u16> = free.take(N).collect();
    ports.try_into().unwrap()
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// What a port answers to a GET; nothing while nobody answers.
fn get(port: u16, target: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.starts_with("HTTP/").then_some(answer)
}

/// A program that runs beside the test and ends with it, politely if it can.
struct Beside {
    child: Child,
    /// Where it writes what went wrong.
    log: PathBuf,
}

impl Beside {
    fn start(command: &mut Command, log: PathBuf) -> Self {
        let errors = File::create(&log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        Self { child, log }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = fs::read(&self.log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("-- {}\n{}", self.log.display(), lines[lines.len().saturating_sub(40)..].join("\n"));
        }
        end(&mut self.child);
    }
}

/// Asks a program to end, and ends it if it does not.
fn end(child: &mut Child) {
    let id = child.id().to_string();
    let tell = |signal: &str| Command::new("kill").args(["-s", signal, &id]).status();
    if tell("TERM").is_err() {
        let _ = child.kill();
    }
    let (ended, hears) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if hears.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let _ = tell("KILL");
            }
        });
        let _ = child.wait();
        drop(ended);
    });
}

/// Where the three programs of Kannel are; none when one of them is not installed.
struct Installed {
    bearerbox: PathBuf,
    smsbox: PathBuf,
    fakesmsc: PathBuf,
}

impl Installed {
    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        // Debian keeps them where not everybody looks.
        folders.extend(["/usr/sbin", "/usr/local/sbin", "/usr/lib/kannel/test"].map(PathBuf::from));
        let find =
            |name: &str| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file());
        Some(Self { bearerbox: find("bearerbox")?, smsbox: find("smsbox")?, fakesmsc: find("fakesmsc")? })
    }
}

const PASSWORD: &str = "open-sesame";
const TOKEN: &str = "let-me-in";

/// Kannel, with a folder and ports of its own. What it runs ends in the order of the fields.
struct Kannel {
    handset: Option<Handset>,
    smsbox: Option<Beside>,
    bearerbox: Option<Beside>,
    installed: Installed,
    folder: TempDir,
    admin: u16,
    to_smsbox: u16,
    sendsms: u16,
    network: u16,
}

impl Kannel {
    /// Finds its ports; nothing runs yet.
    fn new(installed: Installed, [admin, to_smsbox, sendsms, network]: [u16; 4]) -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            handset: None,
            smsbox: None,
            bearerbox: None,
            installed,
            folder,
            admin,
            to_smsbox,
            sendsms,
            network,
        }
    }

    fn send_url(&self) -> String {
        format!("http://127.0.0.1:{}/cgi-bin/sendsms", self.sendsms)
    }

    /// Has recado write its configuration, the one that everybody gets, and moves it to ports that are free.
    fn configure(&self, home: &Home) {
        let file = self.file("kannel.conf");
        good(home, &["channel", "config", "Kannel", file.to_str().unwrap()]);
        let mut text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(&format!("sendsms-port = {}\n", self.sendsms)), "{text}");
        let ports = [
            ("admin-port = 13010", self.admin),
            ("smsbox-port = 13011", self.to_smsbox),
            ("\nport = 10000", self.network),
        ];
        for (usual, own) in ports {
            assert_eq!(text.matches(usual).count(), 1, "{usual}");
            text = text.replace(usual, &format!("{} = {own}", usual.split(" = ").next().unwrap()));
        }
        // The usual pause before Kannel asks again is longer than the test's patience.
        text = text.replace("http-queue-delay = 10", "http-queue-delay = 1");
        fs::write(file, text).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_box(&self, program: &Path, log: &str) -> Beside {
        let mut command = Command::new(program);
        // 1: what is of interest, no debugging.
        command.args(["-v", "1"]).arg(self.file("kannel.conf")).current_dir(self.folder.path());
        Beside::start(&mut command, self.file(log))
    }

    /// Starts it: the bearerbox, then the smsbox, which does not start without it.
    fn start(&mut self) {
        let (admin, to_smsbox, sendsms) = (self.admin, self.to_smsbox, self.sendsms);
        let bearerbox = self.bearerbox.insert(self.start_box(&self.installed.bearerbox, "bearerbox.err"));
        wait_for_network("the bearerbox", || {
            assert!(!bearerbox.has_ended(), "the bearerbox has ended");
            (listens(admin) && listens(to_smsbox)).then_some(())
        });
        let smsbox = self.smsbox.insert(self.start_box(&self.installed.smsbox, "smsbox.err"));
        wait_for_network("the smsbox", || {
            assert!(!smsbox.has_ended(), "the smsbox has ended");
            get(sendsms, "/cgi-bin/sendsms")
        });
        self.wait_for_status("the smsbox at the bearerbox", |status| {
            status.contains("smsbox:(none), IP 127.0.0.1")
        });
    }

    fn wait_for_status(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let target = format!("/status.txt?password={PASSWORD}");
        wait_for_network(what, || get(self.admin, &target).filter(|answer| holds(answer)));
    }

    /// A phone comes into the network, in the place of the one before, and may send a message at once. The network has room
    /// for one.
    fn take_handset(&mut self, message: Option<&str>) -> &Handset {
        let online = format!("FAKE:{} (online", self.network);
        self.handset = None;
        self.wait_for_status("a network without a handset", |status| !status.contains(&online));
        let handset = Handset::start(&self.installed.fakesmsc, self.network, message);
        self.wait_for_status("the handset", |status| status.contains(&online));
        self.handset.insert(handset)
    }

    fn stop(&mut self) {
        self.handset = None;
        self.smsbox = None;
        self.bearerbox = None;
    }
}

/// All the phones there are, as one program.
struct Handset {
    child: Child,
    /// What it heard, in its own notation.
    heard: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Handset {
    fn start(program: &Path, network: u16, message: Option<&str>) -> Self {
        let most = if message.is_some() { "1" } else { "0" };
        let mut command = Command::new(program);
        // 0: debugging, which is where it says what it hears.
        command.args(["-v", "0", "-H", "127.0.0.1", "-r", &network.to_string(), "-m", most]);
        command.arg(message.unwrap_or("1 2 text nothing"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let heard = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (said, hearing) = (child.stderr.take().unwrap(), Arc::clone(&heard));
        thread::spawn(move || {
            for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                let message = line.split_once("Got message ").and_then(|(_, rest)| rest.split_once(": <"));
                if let Some((_, message)) = message {
                    hearing.0.lock().unwrap().push(message.trim_end_matches('>').to_owned());
                    hearing.1.notify_all();
                }
            }
        });
        Self { child, heard }
    }

    /// Waits until a number has got a text, and nothing else.
    fn wait_for(&self, to: &str, text: &str) {
        let heard = self.heard.0.lock().unwrap();
        let lacks = |heard: &mut Vec<String>| Self::text(heard, to) != text;
        let (heard, waited) = self.heard.1.wait_timeout_while(heard, PATIENCE, lacks).unwrap();
        drop(heard);
        assert!(!waited.timed_out(), "{text:?} did not come to the handset");
    }

    /// The text that a number got, its parts joined. Every message is `FROM TO KIND ...`.
    fn text(heard: &[String], to: &str) -> String {
        let mut bytes = Vec::new();
        let mut is_wide = false;
        for message in heard {
            let mut words = message.splitn(4, ' ');
            let (_from, receiver) = (words.next(), words.next());
            if receiver != Some(to) {
                continue;
            }
            let (kind, rest) = (words.next().unwrap(), words.next().unwrap());
            match kind {
                "text" => bytes.extend(rest.as_bytes()),
                "ucs-2" => {
                    is_wide = true;
                    bytes.extend(unescaped(rest));
                }
                // A part: its header, what it is, and the text. They come in their order.
                "udh" => bytes.extend(unescaped(rest.splitn(3, ' ').nth(2).unwrap())),
                _ => panic!("the handset heard {message}"),
            }
        }
        if is_wide {
            let units: Vec<u16> =
                bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            return String::from_utf16(&units).unwrap();
        }
        String::from_utf8(bytes).unwrap()
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("-- the handset heard {:#?}", self.heard.0.lock());
        }
        end(&mut self.child);
    }
}

/// Reads what is escaped as in the query of a URL.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    plain
}

/// A text as UTF-16, escaped as in the query of a URL.
fn escaped_wide(text: &str) -> String {
    let bytes = text.encode_utf16().flat_map(u16::to_be_bytes);
    bytes.map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

/// One of our commands, by the machine's own clock and chance: Kannel's clock is the machine's, and keys of messages that
/// are written by different commands must differ.
fn ours(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(arguments);
    command.env_remove("RECADO_NOW").env_remove("RECADO_SEED");
    command
}

fn good(home: &Home, arguments: &[&str]) -> String {
    let output = ours(home, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn add_channel(home: &Home, name: &str, send_url: &str, password: &str, callback_url: &str) {
    let settings = [
        format!("send_url={send_url}"),
        "username=recado".to_owned(),
        format!("password={password}"),
        "address=2020".to_owned(),
        format!("token={TOKEN}"),
        format!("callback_url={callback_url}"),
        "allow_private=true".to_owned(),
    ];
    let mut arguments = vec!["channel", "add", name, "--kind", "kannel"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    good(home, &arguments);
}

fn send(home: &Home, to: &str, text: &str) -> i64 {
    let said = good(home, &["send", "--channel", "Kannel", "--to", to, "--json", text]);
    serde_json::from_str::<Value>(&said).unwrap()["ids"][0].as_i64().unwrap()
}

fn show(home: &Home, id: i64) -> Value {
    serde_json::from_str(&good(home, &["show", &id.to_string(), "--json"])).unwrap()
}

/// Waits until a message has been delivered and all of its life is written down: it left once, the SMS centre had it, the
/// phone had it. Kannel reports on several connections, so the second may overtake the first, and both may overtake its
/// answer to us; a report that came too late is there as such.
fn wait_for_delivery(home: &Home, id: i64) -> Vec<String> {
    let mut last = Value::Null;
    let is_whole = |message: &Value| {
        let steps = message["history"].as_array().unwrap();
        let has = |cause: &str, status: &str| {
            steps.iter().any(|step| step["cause"] == cause && step["status"] == status)
        };
        let late_sent = steps.iter().any(|step| {
            step["cause"] == "late_report" && step["detail"].as_str().unwrap_or_default().starts_with("sent")
        });
        message["status"] == "delivered"
            && has("report", "delivered")
            && (has("report", "sent") || late_sent)
            && steps.iter().any(|step| {
                // The answer to us, which a report may have been quicker than.
                (step["cause"] == "attempt" && step["status"] != "errored")
                    || (step["cause"] == "late_report" && step["detail"] == "wired")
            })
    };
    let message = wait_for(&format!("the delivery of message {id}"), || {
        let message = show(home, id);
        if message != last {
            // Seen only if the test fails.
            eprintln!("{message}");
            last = message.clone();
        }
        is_whole(&message).then_some(message)
    });
    assert_eq!((&message["folder"], &message["failed_reason"]), (&"sent".into(), &Value::Null));
    let steps = message["history"].as_array().unwrap();
    let statuses = steps.iter().map(|step| step["status"].as_str().unwrap().to_owned()).collect();
    // As a report says more than the answer to us, nothing goes back.
    let way = ["queued", "wired", "sent", "delivered"];
    let from = steps.iter().rposition(|step| step["status"] == "queued").unwrap();
    let after = steps[from..].iter().map(|step| way.iter().position(|status| step["status"] == *status));
    assert!(after.is_sorted(), "{message}");
    statuses
}

fn wait_for_inbox(home: &Home, text: &str) {
    let message = wait_for(&format!("{text:?} in the Inbox"), || {
        let list = good(home, &["list", "inbox", "--json"]);
        let mut messages = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        messages.find(|message| message["text"] == text)
    });
    assert_eq!(message["urn"], "tel:+5511900000001", "{message}");
    assert_eq!(message["channel"]["name"], "Kannel", "{message}");
    assert!(message["external_id"].is_string(), "{message}");
}

#[test]
fn kannel_takes_reports_and_brings_messages() {
    let Some(installed) = Installed::find() else {
        skipped("Kannel is not installed (apt-get install kannel kannel-extras)");
        return;
    };
    let home = Home::new();
    let [listener, ports @ ..] = free_ports::<5>();
    let mut kannel = Kannel::new(installed, ports);
    let callback_url = format!("http://127.0.0.1:{listener}");
    add_channel(&home, "Kannel", &kannel.send_url(), PASSWORD, &callback_url);
    add_channel(&home, "Mistyped", &kannel.send_url(), "open-sesam", &callback_url);
    kannel.configure(&home);

    // Nobody is there yet; then Kannel is, and knows one of the two passwords.
    assert!(!ours(&home, &["channel", "test", "Kannel"]).status().unwrap().success());
    kannel.start();
    assert_eq!(good(&home, &["channel", "test", "Kannel"]), "Kannel is there and knows the user\n");
    let mistyped = ours(&home, &["channel", "test", "Mistyped"]).output().unwrap();
    let said = String::from_utf8(mistyped.stderr).unwrap();
    assert_eq!(mistyped.status.code(), Some(1), "{said}");
    assert!(said.contains("does not take this user and password"), "{said}");
    assert!(!said.contains("open-sesam"), "{said}");

    let listen = format!("127.0.0.1:{listener}");
    let mut serve = ours(&home, &["serve", "--listen", &listen]);
    let mut serve = Beside::start(&mut serve, home.folder.path().join("serve.err"));
    wait_for_network("the listener", || listens(listener).then_some(()));
    a_handset_hears_us(&home, &mut kannel);
    we_hear_a_handset(&home, &mut kannel);
    what_is_written_while_kannel_is_away_leaves_later(&home, &mut kannel);
    assert!(!serve.has_ended());
    kannel.stop();
    drop(serve);
    assert!(good(&home, &["doctor"]).contains("sound"));
}

fn a_handset_hears_us(home: &Home, kannel: &mut Kannel) {
    let handset = kannel.take_handset(None);
    let long: Vec<String> = (1..=13).map(|n| format!("This is line {n} of a long text.")).collect();
    let long = &long.join(" ");
    let texts = [
        ("+5511900000001", "Hola, 100% {ok} & [5 + 5] = ~10"),
        ("+5511900000002", "Olá 😀 ação"),
        ("+5511900000003", long),
    ];
    let ids = texts.map(|(to, text)| send(home, to, text));
    let lives = ids.map(|id| wait_for_delivery(home, id));
    for (to, text) in texts {
        handset.wait_for(to, text);
    }
    let parts = handset.heard.0.lock().unwrap().iter().filter(|message| message.contains(" udh ")).count();
    assert_eq!(parts, 3);
    // Where nothing is overtaken, this is its life. A busy machine may need more messages than three for that.
    let undisturbed = |life: &[String]| life == ["queued", "wired", "sent", "delivered"];
    if !lives.iter().any(|life| undisturbed(life)) {
        wait_for("a message of which nothing is overtaken", || {
            let id = send(home, "+5511900000009", "otra vez");
            undisturbed(&wait_for_delivery(home, id)).then_some(())
        });
    }
}

fn we_hear_a_handset(home: &Home, kannel: &mut Kannel) {
    let plain = "Hola, 100% {ok} & [5 + 5] = ~10";
    kannel.take_handset(Some(&format!("+5511900000001 2020 text {plain}")));
    wait_for_inbox(home, plain);
    let wide = "Olá 😀 ação, и привет";
    kannel.take_handset(Some(&format!("+5511900000001 2020 ucs2 {}", escaped_wide(wide))));
    wait_for_inbox(home, wide);
    assert_eq!(home.total("inbox"), 2);
}

fn what_is_written_while_kannel_is_away_leaves_later(home: &Home, kannel: &mut Kannel) {
    kannel.stop();
    let id = send(home, "+5511900000004", "hasta luego");
    let errored = wait_for("a failed attempt", || {
        let message = show(home, id);
        (message["status"] == "errored").then_some(message)
    });
    assert_eq!((&errored["folder"], &errored["error_count"]), (&"outbox".into(), &1.into()), "{errored}");
    assert!(errored["next_attempt"].is_string(), "{errored}");
    kannel.start();
    let handset = kannel.take_handset(None);
    // Its own next attempt is minutes away.
    assert_eq!(show(home, id)["status"], "errored");
    good(home, &["resend", &id.to_string()]);
    let life = wait_for_delivery(home, id);
    assert_eq!(life[..3], ["queued", "errored", "queued"], "{life:?}");
    handset.wait_for("+5511900000004", "hasta luego");
}
