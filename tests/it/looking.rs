//! A closer look: at a contact, at what came along, at a day, at what was done.

use insta::assert_snapshot;
use recado::domain::folder::Folder;
use recado::domain::listing::Row;
use recado::i18n::Lang;

use crate::app::App;

fn shop() -> App {
    App::shop(Lang::En, 120, 40)
}

#[test]
fn everything_that_is_known_of_a_contact_is_a_key_away() {
    let mut app = shop();
    let uuid = uuid::Uuid::from_u128(9);
    let contact = app.model.row().unwrap().message().unwrap().contact.id;
    app.store
        .write(|tx| {
            let group = tx.group("riders", || uuid)?;
            tx.join_group(group, contact)
        })
        .unwrap();
    app.press("i");
    for shown in ["Don Jorge (moto)", "+573055550107", "active", "riders", "3 in · 3 out", "Calls"] {
        assert!(app.shows(shown), "{shown}: {}", app.screen());
    }
    app.press("<Esc>");
    assert!(!app.shows("riders"));
    // Of who is read, not of who is selected.
    app.press("fluc<Enter>i");
    assert!(app.shows("Lucía Fernández") && !app.shows("riders"), "{}", app.screen());
    // A schedule may go to many.
    for key in ["i", "r"] {
        app.press(&format!("<Esc><Esc>7{key}"));
        assert!(app.shows("e edits the schedule, c writes a new message"), "{}", app.screen());
    }
    app.press("L");
    assert!(app.shows("only incoming messages take labels"), "{}", app.screen());
    app.press("6L");
    assert!(app.shows("only incoming messages take labels"), "{}", app.screen());
    app.press("v");
    assert!(app.shows("only messages have something to open"), "{}", app.screen());
    app.press("1/nothingfindsthis<Enter>v");
    assert!(app.shows("nothing is selected"), "{}", app.screen());
}

#[test]
fn a_contact_narrow() {
    let mut app = App::shop(Lang::Es, 40, 20);
    app.press("i");
    assert_snapshot!(app.screen());
}

#[test]
fn what_came_along_and_links_are_opened_by_a_key() {
    let mut app = shop();
    app.press("v");
    assert!(app.shows("nothing in this message can be opened"), "{}", app.screen());
    // A message with one attachment opens it at once.
    app.press("/has:attachment<Enter>v");
    assert_eq!(app.opened.len(), 1, "{}", app.screen());
    assert!(app.opened[0].starts_with("https://media.example/"), "{:?}", app.opened);
    // Of several links one is chosen, or copied.
    app.press("<Esc>rsee https://a.example/1 or https://b.example/2.<C-s>4g");
    app.press("v");
    assert!(app.shows("https://a.example/1") && app.shows("https://b.example/2"), "{}", app.screen());
    app.press("j<Enter>");
    assert_eq!(app.opened[1], "https://b.example/2");
    app.press("vy");
    assert_eq!(app.copied, ["https://a.example/1"]);
}

#[test]
fn one_jumps_to_a_day() {
    let mut app = shop();
    app.press("J2026-02-28<Enter>");
    let day = app.model.row().unwrap().message().unwrap().created_on.with_timezone(&crate::support::ZONE);
    assert_eq!(day.date_naive().to_string(), "2026-02-28", "{}", app.screen());
    app.press("Jnever<Enter>");
    assert!(app.shows("that is not a day"), "{}", app.screen());
    app.press("<Esc>g");
    // In a conversation it goes to what was said then.
    app.press("fluc<Enter>");
    assert!(app.shows("Lucía Fernández") && !app.shows("February 22"), "{}", app.screen());
    app.press("J2026-02-20<Enter>");
    assert!(app.shows("February 22"), "{}", app.screen());
}

#[test]
fn what_was_done_is_listed_and_taken_back_there() {
    let mut app = shop();
    app.press("H");
    assert!(app.shows("Nothing was done yet"), "{}", app.screen());
    app.press("<Esc>ajm");
    app.press("H");
    assert!(app.shows("1 archived") && app.shows("marked"), "{}", app.screen());
    app.press("z");
    assert!(app.shows("(taken back)"), "{}", app.screen());
    app.press("z");
    assert_eq!(app.screen().matches("(taken back)").count(), 2, "{}", app.screen());
    app.press("<Esc>");
    assert_eq!(app.store.counts().unwrap().of(Folder::Archived).total, 6);
}

#[test]
fn a_jump_among_schedules_goes_to_the_next_fire_from_that_day_on() {
    let mut app = shop();
    for (text, when) in
        [("first", "2026-04-20 09:00"), ("second", "2026-05-10 09:00"), ("third", "2026-06-20 09:00")]
    {
        app.press(&format!("Dc+573001112233<Tab>{text}<C-t>{when}<C-s><Esc>"));
    }
    let selected = |app: &App| {
        let Some(Row::Schedule(row)) = app.model.row() else { panic!("{}", app.screen()) };
        row.schedule.text.clone()
    };
    app.press("7");
    for (day, expected) in
        [("2026-05-10", "second"), ("2026-04-21", "second"), ("2026-05-11", "third"), ("2026-04-02", "first")]
    {
        app.press(&format!("J{day}<Enter>"));
        assert_eq!(selected(&app), expected, "{day}: {}", app.screen());
    }
    // The other way round the latest one up to that day comes first.
    app.press("oj<Enter>");
    for (day, expected) in [("2026-05-10", "second"), ("2026-06-19", "second"), ("2026-04-30", "first")] {
        app.press(&format!("J{day}<Enter>"));
        assert_eq!(selected(&app), expected, "{day}: {}", app.screen());
    }
}
