//! What comes along with messages: fetched by the engine after the message is here, kept beside the workspace, and gone with
//! the message.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use recado::channels::{self, Incoming, Received};
use recado::clock::Dice;
use recado::domain::channel::Gateway as Kind;
use recado::domain::contact::Urn;
use recado::domain::deed::Deed;
use recado::domain::{MessageId, Time};
use recado::engine::{Engine, Signal, Taken, take_in};
use recado::store::{Access, MissingMedia, Store, write_media};
use serde_json::json;

use crate::channel::attachment;
use crate::cli::Home;
use crate::gateway::{Gateway, Heard, Say, pairs};
use crate::support::{Workspace, fresh, minutes, noon};

/// How long a condition may take to come true.
const LIMIT: Duration = Duration::from_secs(20);

/// A workspace with a bot that is called, and so asks for nothing but files.
fn workspace(api: &Gateway) -> Workspace {
    let mut workspace = Workspace::new();
    let settings =
        [("token", "1:abc"), ("secret", "s"), ("api_url", &api.url("")), ("allow_private", "true")];
    workspace.add_channel("Bot", Kind::Telegram, &settings, None);
    workspace
}

/// A message with these files comes in.
fn receive(workspace: &mut Workspace, text: &str, attachments: &[&str]) -> MessageId {
    let channel = workspace.store.channels().unwrap().remove(0);
    let incoming = Received::Message(Incoming {
        urn: Urn::parse("telegram:4242", None).unwrap(),
        name: "Ana".to_owned(),
        text: text.to_owned(),
        attachments: attachments.iter().map(|text| attachment(text)).collect(),
        at: None,
        external_id: text.to_owned(),
    });
    let mut dice = Dice::seeded(xxhash_rust::xxh3::xxh3_64(text.as_bytes()));
    let taken = workspace.store.write(|tx| take_in(tx, &channel, &incoming, noon(), &mut dice)).unwrap();
    let Taken::Message(arrival) = taken else { panic!("{taken:?}") };
    arrival.id
}

fn engine(workspace: &Workspace) -> Engine {
    let open = |record: &_| {
        channels::open(record, &|secret| Ok(secret.to_owned())).map(Arc::from).map_err(|e| e.to_string())
    };
    let store = Store::open(&workspace.path(), Access::Write).unwrap();
    Engine::new(store, Dice::seeded(1), Box::new(open))
}

/// Lets the engine work at a moment until something holds.
fn work_until(engine: &mut Engine, now: Time, what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    let mut signals = Vec::new();
    loop {
        engine.pass(now, &mut signals).unwrap();
        if holds() {
            return;
        }
        assert!(Instant::now() < end, "{what} did not come");
        engine.wait_for_signals(Duration::from_millis(20), &mut signals);
    }
}

/// When the next file is due.
fn next_media(workspace: &Workspace) -> Option<Time> {
    let channel = workspace.store.channels().unwrap()[0].id;
    workspace.store.next_media(channel).unwrap()
}

fn urls(workspace: &Workspace, id: MessageId) -> Vec<String> {
    let message = workspace.store.load_message(id).unwrap().message;
    message.attachments.into_iter().map(|attachment| attachment.url).collect()
}

fn files(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = workspace.store.media_folder();
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A Bot API that has every file; its content is its id.
fn api(heard: &Heard) -> Say {
    if let Some(id) = heard.path.strip_prefix("/file/bot1:abc/files/") {
        return Say::ok(&format!("content of {id}"));
    }
    let form: BTreeMap<String, String> = pairs(&heard.text()).into_iter().collect();
    let path = format!("files/{}", form["file_id"]);
    Say::ok(&json!({"ok": true, "result": {"file_path": path}}).to_string())
}

#[test]
fn what_came_along_is_fetched_kept_for_its_owner_alone_and_goes_with_its_message() {
    let gateway = Gateway::start(api);
    let mut workspace = workspace(&gateway);
    let attachments = ["image/jpeg:telegram:one", "geo:1.000000,2.000000", "application/x-odd:telegram:two"];
    let id = receive(&mut workspace, "look", &attachments);
    let other = receive(&mut workspace, "and", &["audio/ogg:telegram:three"]);
    // The message is here before its files.
    assert_eq!(urls(&workspace, id), ["telegram:one", "1.000000,2.000000", "telegram:two"]);
    let mut engine = engine(&workspace);
    work_until(&mut engine, noon(), "three files", || {
        files(&workspace).len() == 3 && {
            let all = [urls(&workspace, id), urls(&workspace, other)].concat();
            all.iter().filter(|url| url.starts_with("file://")).count() == 3
        }
    });
    let uuid = workspace.store.load_message(id).unwrap().message.uuid;
    let folder = workspace.store.media_folder();
    let there = |name: String| format!("file://{}", folder.join(name).display());
    let expected =
        [there(format!("{uuid}-0.jpg")), "1.000000,2.000000".to_owned(), there(format!("{uuid}-2.bin"))];
    assert_eq!(urls(&workspace, id), expected);
    assert_eq!(fs::read_to_string(folder.join(format!("{uuid}-2.bin"))).unwrap(), "content of two");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert!(files(&workspace).iter().all(|file| mode(file) == 0o600));
    }
    // Nothing is fetched twice.
    let asked = gateway.heard().len();
    assert_eq!(asked, 6);
    assert_eq!(next_media(&workspace), None);
    let pass = engine.pass(minutes(60), &mut Vec::new()).unwrap();
    assert!(pass.wake.is_none_or(|wake| wake > minutes(60)), "{pass:?}");
    assert_eq!(gateway.heard().len(), asked);

    let copy = workspace.folder.path().join("copy.db");
    workspace.store.backup(&copy).unwrap();
    let copied = Store::open(&copy, Access::Read).unwrap();
    assert_eq!(fs::read_dir(copied.media_folder()).unwrap().count(), 3);
    let url = &copied.load_message(id).unwrap().message.attachments[0].url;
    assert_eq!(fs::read_to_string(url.strip_prefix("file://").unwrap()).unwrap(), "content of one");

    workspace.act(Deed::Archive, &[id]);
    assert_eq!(files(&workspace).len(), 3);
    workspace.act(Deed::Delete, &[id]);
    let left = files(&workspace);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(urls(&workspace, other), [format!("file://{}", left[0].display())]);
    workspace.is_sound();
}

#[test]
fn a_gateway_that_fails_is_asked_five_times_and_the_note_stays() {
    let gateway = Gateway::saying(Say::status(503, "{}"));
    let mut workspace = workspace(&gateway);
    let id = receive(&mut workspace, "look", &["image/jpeg:telegram:one"]);
    let mut engine = engine(&workspace);
    for (attempt, minute) in (1..).zip([0, 1, 6, 36, 216]) {
        let end = Instant::now() + LIMIT;
        let mut signals = Vec::new();
        while !signals.iter().any(|signal| matches!(signal, Signal::Fetched { .. })) {
            assert!(Instant::now() < end, "attempt {attempt} did not come");
            engine.pass(minutes(minute), &mut signals).unwrap();
            engine.wait_for_signals(Duration::from_millis(20), &mut signals);
        }
        engine.pass(minutes(minute), &mut signals).unwrap();
        assert_eq!(gateway.heard().len(), attempt);
        let next = next_media(&workspace);
        assert_eq!(next.is_none(), attempt == 5, "{next:?}");
        assert!(next.is_none_or(|next| next > minutes(minute)));
    }
    assert_eq!(next_media(&workspace), None);
    engine.pass(minutes(10_000), &mut Vec::new()).unwrap();
    assert_eq!(gateway.heard().len(), 5);
    let missing = workspace.store.missing_media(id).unwrap();
    let expected = "Telegram answered with status 503".to_owned();
    assert_eq!(
        missing,
        [MissingMedia { position: 0, next_attempt: None, detail: expected, is_of_file: false }]
    );
    assert_eq!(urls(&workspace, id), ["telegram:one"]);
    assert_eq!(files(&workspace), Vec::<PathBuf>::new());
}

/// A Bot API whose files come only when they are let go; it tells when one is asked for.
fn holding() -> (Gateway, Receiver<()>, Sender<()>) {
    let (asked, hears) = channel();
    let (lets, go) = channel();
    let (asked, go) = (Mutex::new(asked), Mutex::new(go));
    let gateway = Gateway::start(move |heard| {
        if heard.path.starts_with("/file/") {
            let _ = asked.lock().unwrap().send(());
            let _ = go.lock().unwrap().recv_timeout(LIMIT);
        }
        api(heard)
    });
    (gateway, hears, lets)
}

#[test]
fn a_message_that_is_deleted_while_its_file_comes_leaves_no_file() {
    let (gateway, asked, go) = holding();
    let mut workspace = workspace(&gateway);
    let id = receive(&mut workspace, "look", &["image/jpeg:telegram:one"]);
    let mut engine = engine(&workspace);
    engine.pass(noon(), &mut Vec::new()).unwrap();
    asked.recv_timeout(LIMIT).unwrap();
    workspace.act(Deed::Archive, &[id]);
    workspace.act(Deed::Delete, &[id]);
    go.send(()).unwrap();
    let mut signals = Vec::new();
    engine.wait_for_signals(LIMIT, &mut signals);
    assert_eq!((signals.len(), files(&workspace).len()), (1, 1), "{signals:?}");
    engine.pass(noon(), &mut signals).unwrap();
    assert_eq!(files(&workspace), Vec::<PathBuf>::new());
    workspace.is_sound();
}

#[test]
fn an_engine_that_ends_meanwhile_costs_an_attempt_and_the_next_one_tidies_up() {
    let (gateway, asked, go) = holding();
    let mut workspace = workspace(&gateway);
    let id = receive(&mut workspace, "look", &["image/jpeg:telegram:one"]);
    let mut first = engine(&workspace);
    first.pass(noon(), &mut Vec::new()).unwrap();
    asked.recv_timeout(LIMIT).unwrap();
    drop(first);
    // What a crash may leave behind, and what is none of ours.
    let folder = workspace.store.media_folder();
    let _ = fs::create_dir(&folder);
    let orphan = format!("{}-0.jpg", fresh("gone"));
    for name in [orphan.as_str(), ".fetched-x1.part", ".fetched-x2.part", "notes.txt"] {
        fs::write(folder.join(name), "x").unwrap();
    }
    // The other one is being written by an import.
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::open(folder.join(".fetched-x1.part")).unwrap().set_modified(old).unwrap();
    let mut second = engine(&workspace);
    second.pass(noon(), &mut Vec::new()).unwrap();
    assert_eq!(files(&workspace), [".fetched-x2.part", "notes.txt"].map(|name| folder.join(name)));
    go.send(()).unwrap();
    go.send(()).unwrap();
    work_until(&mut second, minutes(1), "the file", || urls(&workspace, id)[0].starts_with("file://"));
    let kept = urls(&workspace, id).remove(0);
    assert_eq!(fs::read_to_string(kept.strip_prefix("file://").unwrap()).unwrap(), "content of one");
}

#[test]
fn names_from_outside_lead_to_no_file() {
    let gateway = Gateway::start(api);
    let mut workspace = workspace(&gateway);
    let odd = ["image/png:media:../w.db", "image/png:file:///etc/passwd", "image/png:media:x.png"];
    let id = receive(&mut workspace, "look", &odd);
    assert_eq!(next_media(&workspace), None);
    engine(&workspace).pass(noon(), &mut Vec::new()).unwrap();
    assert_eq!(urls(&workspace, id), ["media:../w.db", "file:///etc/passwd", "media:x.png"]);
    workspace.act(Deed::Archive, &[id]);
    workspace.act(Deed::Delete, &[id]);
    assert!(workspace.path().exists());
    assert_eq!(gateway.heard().len(), 0);
}

#[test]
fn show_says_where_a_file_is_or_why_it_is_not_here() {
    let home = Home::new();
    home.good(&["channel", "add", "Bot", "--kind", "telegram", "--set", "token=1:a"]);
    let mut store = Store::open(&home.db(), Access::Write).unwrap();
    let channel = store.channels().unwrap().remove(0);
    let incoming = Received::Message(Incoming {
        urn: Urn::parse("telegram:4242", None).unwrap(),
        name: "Ana".to_owned(),
        text: "look".to_owned(),
        attachments: vec![attachment("image/jpeg:telegram:one")],
        at: None,
        external_id: "1".to_owned(),
    });
    store.write(|tx| take_in(tx, &channel, &incoming, noon(), &mut Dice::seeded(1))).unwrap();
    let check = |expected: &str| {
        let shown = home.good(&["show", "1"]);
        assert!(
            shown.lines().any(|line| line.starts_with("Attachment") && line.ends_with(expected)),
            "{shown}"
        );
    };
    check("image/jpeg:telegram:one · to be fetched");
    let wanted = store.write(|tx| tx.claim_media(channel.id, minutes(100))).unwrap().unwrap();
    store.write(|tx| tx.media_failed(&wanted, true, "Too Many")).unwrap();
    check("· to be fetched again Mar 2 13:41: Too Many");
    store.write(|tx| tx.media_failed(&wanted, false, "wrong file_id")).unwrap();
    check("· could not be fetched: wrong file_id");
    write_media(&store.media_folder(), &wanted.name, b"jpg".as_slice()).unwrap();
    store.write(|tx| tx.media_fetched(&wanted, noon())).unwrap();
    check(&format!("image/jpeg:file://{}", store.media_folder().join(&wanted.name).display()));
    // Another program that brings the same one at the same time takes nothing away.
    store.write(|tx| tx.media_fetched(&wanted, noon())).unwrap();
    check(&format!("image/jpeg:file://{}", store.media_folder().join(&wanted.name).display()));
    assert!(store.media_folder().join(&wanted.name).exists());
}
