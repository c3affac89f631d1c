//! A channel that cannot do its work: the engine says so once, on standard error and on the screen, and goes on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use recado::channels;
use recado::clock::Dice;
use recado::domain::channel::Gateway as Kind;
use recado::engine::Engine;
use recado::i18n::Lang;
use recado::store::{Access, Store};
use recado::tui::event::Event;

use crate::app::App;
use crate::cli::Home;
use crate::support::{Workspace, minutes, noon};

fn told(engine: &mut Engine) -> Vec<String> {
    let mut told = Vec::new();
    engine.tell_faults(|one| told.push(format!("{one:?}")));
    told
}

#[test]
fn a_channel_without_its_secret_is_told_and_works_once_the_secret_is_there() {
    let mut workspace = Workspace::new();
    // With a secret it is called, and asks nobody.
    workspace.add_channel("Bot", Kind::Telegram, &[("token", "file:key"), ("secret", "s")], None);
    let is_there = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_there);
    let open = move |record: &_| {
        let read = |text: &str| match text {
            "file:key" if !seen.load(Ordering::SeqCst) => Err("key: not found".to_owned()),
            "file:key" => Ok("1:a".to_owned()),
            plain => Ok(plain.to_owned()),
        };
        channels::open(record, &read).map(Arc::from).map_err(|error| error.to_string())
    };
    let store = Store::open(&workspace.path(), Access::Write).unwrap();
    let mut engine = Engine::new(store, Dice::seeded(1), Box::new(open));
    let pass = engine.pass(noon(), &mut Vec::new()).unwrap();
    assert!(pass.wake.is_some_and(|wake| wake <= minutes(1)), "{pass:?}");
    let failed =
        r#"ChannelFailed { channel: "Bot", problem: "the setting token: key: not found" }"#.to_owned();
    assert_eq!(told(&mut engine), [failed]);
    engine.pass(minutes(1), &mut Vec::new()).unwrap();
    assert_eq!(told(&mut engine), Vec::<String>::new());
    is_there.store(true, Ordering::SeqCst);
    engine.pass(minutes(2), &mut Vec::new()).unwrap();
    assert_eq!(told(&mut engine), [r#"ChannelMended { channel: "Bot" }"#.to_owned()]);
    engine.pass(minutes(3), &mut Vec::new()).unwrap();
    assert_eq!(told(&mut engine), Vec::<String>::new());
}

#[test]
fn serve_says_which_channel_cannot_work() {
    let home = Home::new();
    let missing = ["channel", "add", "Bot", "--kind", "telegram", "--set", "token=env:NOT_THERE"];
    assert!(home.run(&missing).status.success());
    let mut serve = home.command(&["serve", "--listen", "none"]);
    let mut serve = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (lines, said) = mpsc::channel();
    let errors = BufReader::new(serve.stderr.take().unwrap());
    thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
    let limit = Duration::from_secs(20);
    let expected = "recado: channel Bot cannot work now: the setting token: the environment has no NOT_THERE";
    loop {
        let line = said.recv_timeout(limit);
        if line.as_deref() == Ok(expected) {
            break;
        }
        assert!(line.is_ok(), "nothing is said of the channel");
    }
    serve.kill().unwrap();
    serve.wait().unwrap();
}

#[test]
fn the_screen_says_which_channel_cannot_work_and_when_it_can_again() {
    let mut app = App::empty(Lang::En, 120, 30);
    let (channel, problem) = ("SMS\u{7}".to_owned(), "the setting password: no key".to_owned());
    app.send(Event::ChannelFailed { channel, problem });
    assert!(app.shows("channel SMS cannot work now: the setting password: no key"), "{}", app.screen());
    app.send(Event::ChannelMended("SMS".to_owned()));
    assert!(app.shows("channel SMS works again"), "{}", app.screen());
}
