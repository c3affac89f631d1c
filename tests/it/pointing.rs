//! The mouse where something stands above the panes.

#![allow(clippy::wildcard_enum_match_arm, reason = "most dialogs have no chosen line")]

use crossterm::event::MouseEventKind;
use recado::domain::folder::Folder;
use recado::domain::listing::{Order, Place};
use recado::i18n::Lang;
use recado::tui::event::Event;
use recado::tui::model::{Dialog, Pane};

use crate::app::{App, noon};

fn shop() -> App {
    App::shop(Lang::En, 80, 24)
}

/// Beside every box that is not as high as the screen.
const OUTSIDE: (u16, u16) = (1, 0);

/// The chosen line of what is open.
fn chosen(app: &App) -> usize {
    match app.model.dialog.as_ref().unwrap() {
        Dialog::Palette(palette) => palette.selected,
        Dialog::GoTo(go_to) => go_to.selected,
        Dialog::Links { selected, .. }
        | Dialog::Labels { selected, .. }
        | Dialog::Drafts { selected, .. }
        | Dialog::Order { selected } => *selected,
        other => panic!("{other:?} has no chosen line"),
    }
}

#[test]
fn a_click_chooses_a_command_and_another_one_does_it() {
    let mut app = shop();
    app.press(":");
    app.click_on("labels  ");
    let line = chosen(&app);
    assert!(line > 0, "{}", app.screen());
    app.click_on("labels  ");
    assert!(matches!(app.model.dialog, Some(Dialog::Labels { .. })), "{}", app.screen());
}

#[test]
fn a_line_stays_under_the_mouse_that_chose_it() {
    let mut app = shop();
    app.press(":");
    for _ in 0..20 {
        app.mouse(MouseEventKind::ScrollDown, 40, 12);
    }
    assert_eq!(chosen(&app), 20, "the wheel goes on line by line");
    let before = app.screen();
    let (x, y) = (30, 8);
    app.click(x, y);
    let line = chosen(&app);
    assert!(line < 20, "{}", app.screen());
    let words = |screen: &str| screen.lines().map(|line| line.replace('▌', " ")).collect::<Vec<_>>();
    assert_eq!(words(&app.screen()), words(&before), "nothing moved");
    for _ in 0..40 {
        app.mouse(MouseEventKind::ScrollUp, 40, 12);
    }
    assert_eq!((chosen(&app), app.model.dialog_top), (0, 0));
}

#[test]
fn the_second_half_of_a_double_click_does_nothing_more() {
    let mut app = shop();
    app.press("3:delete");
    let (x, y) = app.find("delete for good");
    // The first line is the chosen one: one click does it.
    app.click(x, y);
    assert!(matches!(app.model.dialog, Some(Dialog::Confirm(_))), "{}", app.screen());
    app.click(x, y);
    assert!(matches!(app.model.dialog, Some(Dialog::Confirm(_))), "{}", app.screen());
    // Later it is a click of its own.
    app.send(Event::Tick(noon() + chrono::Duration::seconds(1)));
    app.click(OUTSIDE.0, OUTSIDE.1);
    assert!(app.model.dialog.is_none());
}

#[test]
fn the_answers_to_a_question_can_be_clicked_and_beside_it_one_says_no() {
    let mut app = shop();
    let archived = |app: &App| app.store.counts().unwrap().of(Folder::Archived).total;
    let before = archived(&app);
    for no in ["n no", ""] {
        app.press("3d");
        match no {
            "" => app.click(OUTSIDE.0, OUTSIDE.1),
            no => {
                let (x, y) = app.find("y yes, delete   n no");
                app.click(x + u16::try_from("y yes, delete   ".len()).unwrap(), y);
                assert!(app.model.dialog.is_none(), "{no}");
            }
        }
        assert!(app.model.dialog.is_none(), "{}", app.screen());
        app.send(Event::Tick(app.model.now + chrono::Duration::seconds(1)));
    }
    assert_eq!(archived(&app), before);
    app.press("d");
    app.mouse(MouseEventKind::ScrollDown, 40, 12);
    // The question itself is no answer.
    app.click_on("Delete");
    assert!(matches!(app.model.dialog, Some(Dialog::Confirm(_))), "{}", app.screen());
    app.click_on("y yes, delete   ");
    assert_eq!(archived(&app), before - 1, "{}", app.screen());
}

#[test]
fn going_to_labels_order_and_links() {
    let mut app = shop();
    app.press("f");
    app.click_on("Sent");
    // Behind the box stands the sidebar with the same names: what is in the box is meant.
    assert!(app.model.dialog.is_none(), "beside the box is a way back");
    app.send(Event::Tick(noon() + chrono::Duration::seconds(1)));
    app.press("f");
    let line = app.screen().lines().position(|line| line.contains("│ ") && line.contains("  Calls")).unwrap();
    app.click(40, u16::try_from(line).unwrap());
    app.click(40, u16::try_from(line).unwrap());
    assert_eq!(app.model.view.place, Place::Folder(Folder::Calls), "{}", app.screen());

    app.send(Event::Tick(noon() + chrono::Duration::seconds(2)));
    app.press("1o");
    app.click_on("oldest first");
    assert_eq!(app.model.view.order, Order::NewestFirst);
    app.click_on("oldest first");
    assert_eq!(app.model.view.order, Order::OldestFirst);

    app.send(Event::Tick(noon() + chrono::Duration::seconds(3)));
    app.press("ogg<Esc>L");
    let before = app.model.row().unwrap().message().unwrap().labels.clone();
    let (x, y) = {
        let (x, y) = app.find("Labels");
        (x, y + 4)
    };
    app.click(x, y);
    assert_eq!(chosen(&app), 1);
    app.click(x, y);
    assert_ne!(app.model.row().unwrap().message().unwrap().labels, before, "{}", app.screen());

    app.send(Event::Tick(noon() + chrono::Duration::seconds(4)));
    app.press("rsee https://a.example/1 or https://b.example/2.<C-s>4gv");
    let (x, y) = app.find("https://b.example/2");
    let at = app.find("│ ▌ https://a.example/1");
    app.click(at.0 + 6, at.1 + 1);
    assert_eq!(chosen(&app), 1, "{x} {y} {}", app.screen());
    app.click(at.0 + 6, at.1 + 1);
    assert_eq!(app.opened, ["https://b.example/2"]);
}

#[test]
fn what_was_typed_for_a_box_outlives_a_click_beside_it() {
    let mut app = shop();
    for (keys, stays) in [
        ("J", false),
        ("J2026", true),
        ("I", false),
        ("Ix.csv", true),
        ("L", false),
        ("Lnew", true),
        (":arch", false),
        ("fluc", false),
        ("i", false),
        ("H", false),
        ("D", false),
        ("o", false),
        ("chello", true),
        ("t", true),
    ] {
        app.press(keys);
        app.click(OUTSIDE.0, OUTSIDE.1);
        assert_eq!(app.model.dialog.is_some(), stays, "{keys}: {}", app.screen());
        app.press("<Esc><Esc>");
        app.send(Event::Tick(app.model.now + chrono::Duration::seconds(1)));
        app.press("1g");
    }
}

#[test]
fn help_and_what_was_done_scroll_and_end_at_their_last_line() {
    let mut app = App::shop(Lang::En, 120, 30);
    app.press("?");
    let before = app.screen();
    app.mouse(MouseEventKind::ScrollDown, 40, 10);
    assert_ne!(app.screen(), before);
    app.mouse(MouseEventKind::ScrollUp, 40, 10);
    assert_eq!(app.screen(), before);
    app.click(OUTSIDE.0, 12);
    assert!(app.model.dialog.is_none());

    for _ in 0..20 {
        app.press("gm");
    }
    app.send(Event::Tick(noon() + chrono::Duration::seconds(1)));
    app.press("H");
    for _ in 0..30 {
        app.mouse(MouseEventKind::ScrollDown, 40, 10);
    }
    assert!(matches!(app.model.dialog, Some(Dialog::Deeds { top: 6, .. })), "{:?}", app.model.dialog);
}

#[test]
fn a_draft_is_chosen_by_either_of_its_lines() {
    let mut app = shop();
    for text in ["one", "two", "three"] {
        app.press(&format!("Dc+57300111223{}<Tab>{text}<Esc><Esc>", text.len()));
        app.send(Event::Tick(app.model.now + chrono::Duration::seconds(1)));
    }
    app.press("D");
    let (x, y) = app.find("two");
    app.click(x, y);
    assert_eq!(chosen(&app), 1, "{}", app.screen());
    app.click(x, y - 1);
    assert!(matches!(&app.model.dialog, Some(Dialog::Compose(compose)) if compose.editor.text() == "two"));
}

#[test]
fn what_a_search_offers_is_taken_by_a_click() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("/folder:f");
    assert!(app.shows("takes the first: flows · failed"), "{}", app.screen());
    app.click_on("failed");
    assert_eq!(app.model.search.as_ref().unwrap().input.text, "folder:failed ");
    // Beside the names nothing is taken.
    app.press("<Esc>/folder:f");
    app.click_on("takes the first");
    assert_eq!(app.model.search.as_ref().unwrap().input.text, "folder:f");
    // A saved search stands in the sidebar.
    app.press("<Esc>/gracias<C-s><Esc>");
    app.click_on("/ gracias");
    assert_eq!((app.model.view.place, app.model.query_text.as_str()), (Place::Everywhere, "gracias"));
}

#[test]
fn recipients_and_the_text_follow_the_wheel() {
    let mut app = shop();
    app.press("c");
    for _ in 0..30 {
        app.mouse(MouseEventKind::ScrollDown, 40, 12);
    }
    let Some(Dialog::Compose(compose)) = &app.model.dialog else { panic!() };
    let last = compose.picks().len() - 1;
    assert_eq!(compose.picker.selected, last);
    // A click takes who stands there, however far the list is scrolled.
    let (x, y) = app.find("│ ▌ ");
    let line = app.screen().lines().nth(y.into()).unwrap().to_owned();
    let name = line.split("│ ▌ ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    app.click(x + 8, y);
    let Some(Dialog::Compose(compose)) = &app.model.dialog else { panic!() };
    assert!(compose.to.text.contains(name.trim_start_matches(['@', '#'])), "{name}: {}", compose.to.text);
    // In the text the cursor goes line by line.
    app.press("<Tab>one<Enter>two<Enter>three");
    app.mouse(MouseEventKind::ScrollUp, 40, 12);
    app.press("!");
    assert!(app.shows("two!"), "{}", app.screen());
}

#[test]
fn a_period_and_the_pages_of_the_totals_are_clicked() {
    let mut app = shop();
    app.press("t");
    app.click_on("7 days");
    assert!(app.shows("‹7 days›"), "{}", app.screen());
    app.click_on("90 days");
    assert!(app.shows("‹90 days›"), "{}", app.screen());
    app.click_on(" 1 / ");
    assert!(app.shows(" 2 / "), "{}", app.screen());
    app.mouse(MouseEventKind::ScrollUp, 3, 3);
    assert!(app.shows(" 1 / "), "{}", app.screen());
    app.press("<Esc>");
    assert_eq!(app.model.pane, Pane::List);
}

#[test]
fn a_key_at_the_bottom_is_typed_by_a_click() {
    let mut app = shop();
    let inbox = |app: &App| app.store.counts().unwrap().of(Folder::Inbox).total;
    let before = inbox(&app);
    app.click_on("a archive");
    assert_eq!(inbox(&app), before - 1);
    // The second half of a double click archives nothing more.
    app.click_on("a archive");
    assert_eq!(inbox(&app), before - 1);
    app.press("3");
    app.click_on("d delete");
    assert!(matches!(app.model.dialog, Some(Dialog::Confirm(_))), "{}", app.screen());
    let (_, y) = app.find("y yes, delete  n no");
    app.click(1, y);
    assert!(app.model.dialog.is_none(), "{}", app.screen());
    app.click_on("q quit");
    assert!(app.model.quit);
    // What it is about may not be here yet.
    let mut app = shop();
    app.hold = true;
    app.press("a");
    app.click_on("m read");
    assert_eq!(app.held.len(), 1);
    app.go_on();
    assert!(app.shows("1 marked as read"), "{}", app.screen());
    // Where letters are typed the keys have no letters.
    app.press("rhello");
    app.click_on("Esc keep as draft");
    assert!(app.model.dialog.is_none() && app.shows("draft kept"), "{}", app.screen());
}
