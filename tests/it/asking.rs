//! A Telegram bot whose engine asks for messages by itself, against a Bot API on the loopback that waits as the real one.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use recado::channels;
use recado::clock::{Clock, Dice};
use recado::domain::Time;
use recado::domain::channel::Gateway as Kind;
use recado::domain::folder::Folder;
use recado::domain::listing::{Place, View};
use recado::engine::{Engine, Signal};
use recado::store::{Access, Store};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Heard, Say, pairs};
use crate::support::{Workspace, minutes, noon};

/// How long a condition may take to come true.
const LIMIT: Duration = Duration::from_secs(20);

/// What the bot has got, and what it was asked.
#[derive(Default)]
struct Updates {
    texts: Mutex<(Vec<String>, Vec<i64>)>,
    changed: Condvar,
}

impl Updates {
    /// The first update's number.
    const FIRST: i64 = 700;

    fn write(&self, text: &str) {
        self.texts.lock().unwrap().0.push(text.to_owned());
        self.changed.notify_all();
    }

    /// Answers with what there is from a number on; waits for it as long as it is asked to.
    fn answer(&self, heard: &Heard) -> Say {
        assert!(heard.path.ends_with("/getUpdates"), "{}", heard.path);
        let form: BTreeMap<String, String> = pairs(&heard.text()).into_iter().collect();
        let asked: i64 = form["offset"].parse().unwrap();
        let patience = Duration::from_secs(form["timeout"].parse().unwrap());
        let mut texts = self.texts.lock().unwrap();
        texts.1.push(asked);
        self.changed.notify_all();
        let from = |texts: &Vec<String>| {
            let numbered = texts.iter().zip(Self::FIRST..);
            numbered.filter(|(_, id)| *id >= asked).map(|(text, id)| update(id, text)).collect::<Vec<_>>()
        };
        let waited = self.changed.wait_timeout_while(texts, patience, |texts| from(&texts.0).is_empty());
        Say::ok(&json!({"ok": true, "result": from(&waited.unwrap().0.0)}).to_string())
    }

    /// Waits until it is asked for what comes from a number on: what was before has then been kept.
    fn wait_until_asked_from(&self, offset: i64) {
        let texts = self.texts.lock().unwrap();
        let waited =
            self.changed.wait_timeout_while(texts, LIMIT, |texts| !texts.1.contains(&offset)).unwrap();
        assert!(!waited.1.timed_out(), "asked only {:?}", waited.0.1);
    }

    fn forget_what_was_asked(&self) {
        self.texts.lock().unwrap().1.clear();
    }
}

fn update(id: i64, text: &str) -> Value {
    json!({"update_id": id, "message": {
        "message_id": id, "date": 1_700_000_000, "text": text,
        "from": {"id": 4242, "first_name": "Ana", "last_name": "Lima", "username": "AnaL"},
        "chat": {"id": 4242, "type": "private"},
    }})
}

fn start(workspace: &Workspace, now: Time) -> (Sender<Signal>, JoinHandle<()>) {
    let store = Store::open(&workspace.path(), Access::Write).unwrap();
    let open = |record: &_| {
        channels::open(record, &|secret| Ok(secret.to_owned())).map(Arc::from).map_err(|e| e.to_string())
    };
    let engine = Engine::new(store, Dice::seeded(now.timestamp().unsigned_abs()), Box::new(open));
    let signals = engine.signals();
    let thread = thread::spawn(move || {
        engine.run(Clock::set_to(now), |told| panic!("{told:?}"));
    });
    (signals, thread)
}

fn stop((signals, thread): (Sender<Signal>, JoinHandle<()>)) {
    signals.send(Signal::Stop).unwrap();
    thread.join().unwrap();
}

#[test]
fn the_engine_asks_telegram_by_itself_and_goes_on_from_where_it_stopped() {
    let updates = Arc::new(Updates::default());
    let for_gateway = Arc::clone(&updates);
    let api = Gateway::start(move |heard| for_gateway.answer(heard));
    let mut workspace = Workspace::new();
    let settings = [("token", "1:abc"), ("api_url", &api.url("")), ("allow_private", "true")];
    workspace.add_channel("Bot", Kind::Telegram, &settings, None);
    let inbox = |workspace: &Workspace| -> Vec<String> {
        let rows = workspace.rows(&View::of(Place::Folder(Folder::Inbox)));
        let texts = rows.iter().map(|row| {
            let message = row.message().unwrap();
            format!("{}: {}", message.contact.name, message.text)
        });
        texts.collect()
    };

    updates.write("one");
    let engine = start(&workspace, noon());
    updates.wait_until_asked_from(Updates::FIRST + 1);
    assert_eq!(inbox(&workspace), ["Ana Lima: one"]);
    // While it waits for an answer, a message comes.
    updates.write("two");
    updates.wait_until_asked_from(Updates::FIRST + 2);
    assert_eq!(inbox(&workspace), ["Ana Lima: two", "Ana Lima: one"]);
    stop(engine);

    updates.write("three");
    updates.forget_what_was_asked();
    let engine = start(&workspace, minutes(5));
    updates.wait_until_asked_from(Updates::FIRST + 3);
    assert_eq!(updates.texts.lock().unwrap().1.first(), Some(&(Updates::FIRST + 2)));
    assert_eq!(inbox(&workspace), ["Ana Lima: three", "Ana Lima: two", "Ana Lima: one"]);
    stop(engine);
    // All three are of one contact, whom nobody knew before.
    let urn = recado::domain::contact::Urn::parse("telegram:4242", None).unwrap();
    let contact = workspace.store.write(|tx| tx.find_contact(&urn)).unwrap();
    let rows = workspace.rows(&View::of(Place::Folder(Folder::Inbox)));
    assert!(rows.iter().all(|row| Some(row.message().unwrap().contact.id) == contact));
    workspace.is_sound();
}
