//! What a person chooses of the screen: keys and sequences, where the conversation stands, columns, dates, the screen for
//! those who hear it, notifications, and a configuration that changes while the screen runs.

use crossterm::event::{MouseButton, MouseEventKind};
use insta::assert_snapshot;
use recado::config::{Config, Flags, Notify, NotifyWhen, ReadingPane, ScreenKind};
use recado::i18n::Lang;
use recado::tui::choices::Choices;
use recado::tui::event::Event;
use recado::tui::model::{Pane, Settings};

use crate::app::App;
use crate::support::Put;

/// What a file says.
fn choices(text: &str) -> Choices {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let flags = Flags { config: Some(path), ..Flags::default() };
    Choices::of(Config::load(flags, |name| (name == "HOME").then(|| "/home/ana".to_owned())).unwrap())
}

/// A shop that goes by a file.
fn shop(text: &str, width: u16, height: u16) -> App {
    let mut app = App::shop(Lang::En, width, height);
    let choices = choices(text);
    assert_eq!(choices.mistakes, Vec::new());
    app.send(Event::ConfigRead(Box::new(choices)));
    app.model.notice = None;
    app
}

const KEYS: &str = "[keys.list]\narchive = [\"x a\"]\nlabel = [\"x l\"]\n[keys.panes]\ngo_sent = [\"x s 5\"]\nquit = [\"x q\", \"ctrl-c\"]\n";

#[test]
fn a_sequence_of_keys_shows_what_may_follow_and_does_it() {
    let mut app = shop(KEYS, 80, 24);
    app.press("x");
    assert_snapshot!(app.screen());
    app.press("a");
    assert!(app.shows("1 archived"), "{}", app.screen());
    assert!(!app.shows("x …"));
    app.press("xs");
    assert!(app.shows("x s …"));
    app.press("5");
    assert!(app.shows("Sent  "), "{}", app.screen());
}

#[test]
fn esc_cancels_a_sequence_and_nothing_else() {
    let mut app = shop(KEYS, 80, 24);
    app.press("jj x<Esc>");
    assert!(!app.shows("x …"));
    assert!(app.shows("1 marked"), "Esc was not one step back as well: {}", app.screen());
    app.press("xw");
    assert!(app.shows("nothing is on x w"), "{}", app.screen());
    app.press("a");
    assert!(!app.shows("archived"), "the key that was given a sequence does nothing alone");
    // A click, and a text that is pasted, are no part of it.
    app.press("x");
    app.click(40, 3);
    assert!(app.model.begun.is_none());
    app.press("x");
    app.send(Event::Paste("a".into()));
    assert!(app.model.begun.is_none() && !app.shows("archived"));
}

#[test]
fn a_sequence_that_is_typed_ahead_waits_as_a_whole() {
    let mut app = shop(KEYS, 80, 24);
    let first = app.selected();
    app.slow = true;
    // The folder is not here yet: what is done to its first row has to wait, and the q of "x q" does not quit alone.
    app.press("1xa");
    assert!(!app.shows("archived"));
    app.answer();
    assert!(app.shows("1 archived"), "{}", app.screen());
    assert_ne!(app.selected(), first);
    app.slow = true;
    app.press("1jx<Esc>");
    app.answer();
    assert!(app.model.held.is_empty() && app.model.begun.is_none());
    app.slow = true;
    app.press("1jq");
    assert!(!app.model.quit);
    app.press("xq");
    assert!(app.model.quit, "a way out does not wait, and takes its first key along");
}

#[test]
fn sentences_name_the_keys_of_the_file() {
    let file = "[keys.list]\nmark_range = [\"R\"]\npause = [\"P\"]\n[keys.panes]\ngo_schedules = [\"g z\"]\nhelp = [\"f1\"]
                quit = [\"Q\", \"ctrl-c\"]\ncompose = [\"n\"]\nimport = [\"X\"]\n[keys.search]\ntoggle_scope = [\"ctrl-t\"]\n";
    let mut app = shop(file, 100, 30);
    app.press("R");
    assert!(app.shows("range: move, then R"), "{}", app.screen());
    app.press("RP");
    assert!(app.shows("only a schedule can be paused: g z shows them"), "{}", app.screen());
    app.press("/zzzz");
    assert!(app.shows("Nothing matches here. Ctrl-t in the search box"), "{}", app.screen());
    let mut app = App::empty(Lang::En, 100, 30);
    app.send(Event::ConfigRead(Box::new(choices(file))));
    app.model.notice = None;
    for sentence in ["Press F1 for help, Q to quit.", "then n writes the first", "X imports messages"] {
        assert!(app.shows(sentence), "{sentence}\n{}", app.screen());
    }
}

#[test]
fn help_and_palette_know_the_keys_of_the_file() {
    let mut app = shop(KEYS, 80, 40);
    app.press("?");
    assert!(app.shows("x a"), "{}", app.screen());
    app.press("<Esc>:archive");
    assert!(app.shows("x a"), "{}", app.screen());
}

#[test]
fn the_conversation_below_the_list() {
    let app = shop("reading = \"below\"", 80, 24);
    assert_snapshot!("below_middle", app.screen());
    let mut app = shop("reading = \"below\"", 120, 40);
    app.press("jj<Enter>");
    assert_snapshot!("below_wide", app.screen());
    let mut app = shop("reading = \"below\"", 40, 20);
    assert!(app.shows("Inbox") && !app.shows("+5730"), "narrow, it is one pane at a time");
    app.press("<Enter>");
    assert!(app.shows("+5730"));
    // Where it is too low for two, one stands in the place of the other.
    let mut app = shop("reading = \"below\"", 80, 16);
    assert!(!app.shows("#80 · SMS Local"));
    app.press("<Enter>");
    assert!(app.shows("#80 · SMS Local"));
}

#[test]
fn the_border_above_the_conversation_can_be_dragged() {
    let mut app = shop("reading = \"below\"", 100, 30);
    let line = |app: &App| app.screen().lines().position(|line| line.ends_with("────────")).unwrap();
    let before = u16::try_from(line(&app)).unwrap();
    app.mouse(MouseEventKind::Down(MouseButton::Left), 60, before);
    app.mouse(MouseEventKind::Drag(MouseButton::Left), 60, before + 5);
    app.mouse(MouseEventKind::Up(MouseButton::Left), 60, before + 5);
    assert_eq!(line(&app), usize::from(before) + 5);
    // Neither of them vanishes.
    app.mouse(MouseEventKind::Down(MouseButton::Left), 60, before + 5);
    app.mouse(MouseEventKind::Drag(MouseButton::Left), 60, 0);
    assert_eq!(line(&app), 6);
    app.mouse(MouseEventKind::Drag(MouseButton::Left), 60, 29);
    assert_eq!(line(&app), 28 - 7);
    app.click(60, 27);
    assert_eq!(app.model.pane, Pane::Reading);
}

#[test]
fn the_conversation_in_the_place_of_the_list() {
    let mut app = shop("reading = \"off\"", 160, 24);
    assert!(!app.shows("+5730"));
    app.press("<Enter>");
    assert!(app.shows("+5730") && !app.shows("Molinos"));
    app.press("<Esc>");
    assert!(app.shows("Molinos"));
}

#[test]
fn every_size_can_be_drawn_in_every_arrangement() {
    for reading in ["right", "below", "off"] {
        for screen in ["panes", "plain"] {
            let mut app = shop(&format!("reading = \"{reading}\"\nscreen = \"{screen}\""), 80, 24);
            for width in [0, 1, 19, 20, 39, 63, 64, 65, 109, 110, 111, 250, 1000] {
                for height in [0, 1, 4, 5, 6, 19, 20, 21, 60, 500] {
                    app.send(Event::Resize(width, height));
                    if width > 0 && height > 0 {
                        app.draw();
                    }
                }
            }
        }
    }
}

#[test]
fn columns_and_widths_of_ones_own() {
    let file =
        "[list]\nlines = \"one\"\ncolumns = [\"name 12\", \"status\", \"labels 10\", \"number\", \"text\"]";
    let mut app = shop(file, 160, 20);
    app.press("5");
    assert_snapshot!("columns_wide", app.screen());
    app.send(Event::Resize(40, 20));
    assert_snapshot!("columns_narrow", app.screen());
    let app = shop("[list]\nlines = \"two\"\ncolumns = [\"name\", \"number\", \"text\"]", 200, 12);
    let screen = app.screen();
    let line = screen.lines().nth(1).unwrap();
    assert!(line.contains("Don Jorge (moto)  305 5550107") && !line.contains("16:"), "{screen}");
}

#[test]
fn dates_in_every_style() {
    let check = |style: &str, expected: &[&str]| {
        let app = shop(&format!("dates = \"{style}\""), 100, 30);
        for text in expected {
            assert!(app.shows(text), "{style}: {}", app.screen());
        }
    };
    check("short", &["11:49", "Mar 1"]);
    check("relative", &["11 min ago", "2 hours ago"]);
    check("absolute", &["Mar 2 11:49"]);
    check("iso", &["2026-03-02 11:49"]);
    let app = shop("dates = \"iso\"\n[list]\nlines = \"one\"", 120, 30);
    assert!(app.shows("2026-03-02 11:49"), "the column is wide enough: {}", app.screen());
}

fn cursor(app: &App) -> (u16, u16) {
    let mut terminal = app.draw();
    let at = ratatui::backend::Backend::get_cursor_position(terminal.backend_mut()).unwrap();
    (at.x, at.y)
}

#[test]
fn the_screen_for_those_who_hear_it() {
    let mut app = shop("screen = \"plain\"", 80, 24);
    app.press("j");
    assert_snapshot!("plain_list", app.screen());
    assert_eq!(cursor(&app), (0, 2), "the cursor stands on the chosen line");
    app.press("<Enter>");
    assert_snapshot!("plain_conversation", app.screen());
    let (_, line) = cursor(&app);
    assert!(app.screen().lines().nth(line.into()).unwrap().trim_start().starts_with("> "));
    app.press("<Esc>h");
    assert_snapshot!("plain_folders", app.screen());
    assert_eq!(cursor(&app), (0, 1));
    let mut app = shop("screen = \"plain\"", 40, 20);
    assert_snapshot!("plain_narrow", app.screen());
    app.press("7");
    assert_snapshot!("plain_schedules_narrow", app.screen());
    app.press("6");
    assert!(app.shows("> "), "{}", app.screen());
    app.send(Event::Resize(120, 40));
    app.press("1:");
    assert_snapshot!("plain_palette", app.screen());
    app.send(Event::Resize(80, 24));
    app.press("<Esc>rHello");
    assert_snapshot!("plain_writing", app.screen());
}

#[test]
fn what_is_to_be_heard_has_no_drawing_in_it() {
    let mut app = shop("screen = \"plain\"", 100, 40);
    let screens = [
        "",
        " ",
        "<Enter>",
        "<Esc>2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "1?",
        "<Esc>t",
        "<Esc>o",
        "<Esc>L",
        "<Esc>:",
        "<Esc>f",
        "<Esc>c",
        "<Tab>",
        "<C-t>",
        "<Esc><Esc>D",
        "<Esc>/a",
        "<Esc>3d",
        "<Esc>h",
    ];
    for keys in screens {
        app.press(keys);
        let screen = app.screen();
        let drawn = screen.chars().find(|c| ('\u{2500}'..='\u{259F}').contains(c) || "●✓✗↻".contains(*c));
        assert_eq!(drawn, None, "{keys}\n{screen}");
    }
}

#[test]
fn a_configuration_that_changes_is_gone_by_at_once() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("jjj<Enter>");
    let chosen = app.selected();
    let file = "reading = \"below\"\nundo_send = 0\n[keys.list]\nlabel = [\"w\"]\n";
    app.send(Event::ConfigRead(Box::new(choices(file))));
    assert!(app.shows("the configuration was read again"));
    assert_eq!((app.selected(), app.model.settings.undo_send, app.model.pane), (chosen, 0, Pane::Reading));
    assert_eq!(app.model.settings.reading, ReadingPane::Below);
    app.press("<Esc>w");
    assert!(app.shows("Labels"), "{}", app.screen());
    app.press("<Esc>");
    let wrong = choices("reading = \"left\"\nmouse = 3\n");
    app.send(Event::ConfigRefused(wrong.mistakes));
    assert!(app.shows("the configuration stays as it was:") && app.shows(":1:11: reading cannot be left"));
    assert_eq!(app.model.settings.reading, ReadingPane::Below);
}

#[test]
fn a_mistaken_configuration_begins_all_the_same_and_says_so() {
    let choices = choices("mouse = \"no\"\nstart = \"sent\"\n[keys.list]\nfly = [\"w\"]\n");
    let mut app = App::shop(Lang::Es, 200, 20);
    app.model.begin_with(&choices);
    assert!(app.shows("config.toml:1:9: mouse requiere true o false · 1 error más: recado config --check"));
    assert!(app.model.has_mouse);
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    let mut app = App::shop(Lang::En, 120, 20);
    app.press("M");
    assert!(!app.model.has_mouse);
    assert!(app.shows("M takes the mouse back"));
    app.press("M");
    assert!(app.model.has_mouse);
}

#[test]
fn new_messages_are_told_to_those_who_look_elsewhere() {
    let mut app = App::shop(Lang::En, 80, 24);
    let put_at =
        |text: &str, at| Put { created_on: at, ..Put::incoming(text, 0).from("tel:+573009990000", "Nueva") };
    let write = |app: &mut App, text: &str, at| {
        let put = put_at(text, at);
        app.store.write(|tx| put.put(tx)).unwrap();
        app.send(Event::Moved);
    };
    let now = app.model.now;
    write(&mut app, "while one looks", now);
    assert_eq!(app.told, Vec::new(), "one sees it come");
    app.send(Event::FocusLost);
    app.send(Event::Moved);
    assert_eq!(app.told, Vec::new(), "what had come in before is no news");
    write(&mut app, "hello", now);
    assert_eq!(app.told, [(1, "Nueva".to_owned(), "hello".to_owned())]);
    app.send(Event::Moved);
    assert_eq!(app.told.len(), 1, "told once");
    write(&mut app, "from an old archive", now - chrono::Duration::days(1));
    assert_eq!(app.told.len(), 1, "what is brought in from elsewhere is no news");
    app.send(Event::FocusGained);
    write(&mut app, "seen", now);
    assert_eq!(app.told.len(), 1);
    // Several at once are told once; without what they say when that is not wanted; or not at all.
    app.model.settings.notifications.when = NotifyWhen::Always;
    app.model.settings.notifications.text = false;
    for text in ["one", "two"] {
        let put = put_at(text, now);
        app.store.write(|tx| put.put(tx)).unwrap();
    }
    app.send(Event::Moved);
    assert_eq!(app.told.last(), Some(&(2, "Nueva".to_owned(), String::new())));
    app.model.settings.notifications.how = Notify::None;
    write(&mut app, "quiet", now);
    assert_eq!(app.told.len(), 2);
}

#[test]
fn the_settings_begin_as_the_configuration_does() {
    assert_eq!(Settings::default(), Settings::of(&choices("").config));
    assert_eq!(choices("screen = \"plain\"").config.screen, ScreenKind::Plain);
}
