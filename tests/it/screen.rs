//! What keys and mouse do, from the core through a real workspace and back.

use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};

use crossterm::event::{MouseButton, MouseEventKind};
use recado::clock::{Clock, Dice};
use recado::demo::{Tongue, generate};
use recado::domain::MessageId;
use recado::domain::deed::Deed;
use recado::domain::folder::Folder;
use recado::domain::listing::{At, Cursor, Place, Row};
use recado::i18n::{Lang, Texts};
use recado::store::Target;
use recado::tui::event::{Ask, Effect, Event, Read, Write};
use recado::tui::model::{Load, Marks, Pane};
use recado::tui::{queue, update, worker};

use crate::app::{App, noon};
use crate::support::{Put, Workspace, minutes, search};

fn shop() -> App {
    App::shop(Lang::En, 120, 40)
}

fn total(app: &App, folder: Folder) -> u64 {
    app.store.counts().unwrap().of(folder).total
}

#[test]
fn archiving_selects_the_next_message_and_undo_brings_it_back() {
    let mut app = shop();
    app.press("j");
    let (second, before) = (app.selected(), total(&app, Folder::Inbox));
    app.press("j");
    let third = app.selected();
    app.press("ka");
    assert_eq!(app.selected(), third, "the message that follows comes into its place");
    assert_eq!(total(&app, Folder::Inbox), before - 1);
    assert!(app.shows("1 archived · z undoes"));
    app.press("z");
    assert_eq!(total(&app, Folder::Inbox), before);
    assert_eq!(app.selected(), second, "the list goes to what came back");
    app.press("Z");
    assert_eq!(total(&app, Folder::Inbox), before - 1);
    assert!(app.shows("done again: 1 archived"));
}

#[test]
fn archiving_the_last_row_selects_the_one_before() {
    let mut app = shop();
    app.press("Gk");
    let before = app.selected();
    app.press("ja");
    assert_eq!(app.selected(), before);
}

#[test]
fn marked_messages_are_archived_together_and_the_marks_are_gone() {
    let mut app = shop();
    app.press("<Space>j<Space>".replace("<Space>", " ").as_str());
    assert_eq!(app.model.marks.count(), Some(2));
    assert!(app.shows("2 marked"));
    app.press("a");
    assert!(app.shows("2 archived"));
    assert_eq!(app.model.marks, Marks::None);
    assert_eq!(total(&app, Folder::Archived), 8);
}

#[test]
fn a_range_marks_everything_between_its_ends() {
    let mut app = shop();
    app.press("jVjjj");
    assert!(app.shows("range: move, then V"));
    app.press("V");
    assert_eq!(app.model.marks.count(), Some(4));
    app.press("<Esc>GVgV");
    assert_eq!(app.model.marks.count(), Some(total(&app, Folder::Inbox)));
}

#[test]
fn all_that_match_are_archived_but_not_what_arrives_meanwhile() {
    let mut app = shop();
    app.press("*");
    let all = total(&app, Folder::Inbox);
    assert_eq!(app.model.marks.count(), Some(all));
    let newest = app.selected();
    app.press(" ");
    assert_eq!(app.model.marks.count(), Some(all - 1));
    app.store.write(|tx| Put::incoming("I came late", 0).put(tx)).unwrap();
    app.press("a");
    assert_eq!(total(&app, Folder::Inbox), 2, "the one left out and the late one");
    assert!(app.shows("I came late"));
    assert!(
        app.store.load_message(recado::domain::MessageId(newest)).unwrap().message.folder()
            == Some(Folder::Inbox)
    );
    app.press("z");
    assert_eq!(total(&app, Folder::Inbox), all + 1);
}

#[test]
fn what_a_deed_is_not_for_is_told_and_nothing_happens() {
    let mut app = shop();
    let before = app.store.counts().unwrap();
    app.press("d");
    assert!(app.shows("archive a message first"));
    app.press("s");
    assert!(app.shows("only failed messages"));
    app.press("5a");
    assert!(app.shows("only messages in Inbox and Flows"));
    app.press("6a");
    assert!(app.shows("only messages in Inbox and Flows"));
    assert_eq!(app.store.counts().unwrap(), before);
}

#[test]
fn deleting_asks_and_only_yes_deletes() {
    let mut app = shop();
    app.press("3d");
    assert!(app.shows("Delete 1 message for good?"));
    app.press("n");
    assert_eq!(total(&app, Folder::Archived), 6);
    app.press("dx");
    assert!(app.shows("Delete 1 message"), "another key is no answer");
    app.press("y");
    assert_eq!(total(&app, Folder::Archived), 5);
    assert!(app.shows("1 deleted for good"));
    assert!(!app.shows("z undoes"), "there is no way back, and none is promised");
}

#[test]
fn restoring_returns_a_message_to_its_folder() {
    let mut app = shop();
    app.press("2");
    let id = app.selected();
    app.press("a3");
    let archived =
        app.model.list.window.ready().unwrap().rows.iter().position(|row| row.cursor().id == id).unwrap();
    app.press(&"j".repeat(archived));
    app.press("u2");
    assert_eq!(app.selected(), id);
}

#[test]
fn opening_reads_and_m_turns_it_round() {
    let mut app = shop();
    let unread = |app: &App| app.store.counts().unwrap().of(Folder::Inbox).unread;
    assert_eq!(unread(&app), 8);
    app.press("j");
    assert_eq!(unread(&app), 8, "looking at it beside the list does not open it");
    app.press("<Enter>");
    assert_eq!(unread(&app), 7);
    assert_eq!(app.model.pane, Pane::Reading);
    app.press("k");
    assert_eq!(unread(&app), 6, "the one before it in the conversation is opened too");
    app.press("<Esc>m");
    assert_eq!(unread(&app), 7);
    app.press("m");
    assert_eq!(unread(&app), 6);
}

#[test]
fn a_failed_message_goes_back_to_the_outbox() {
    let mut app = shop();
    app.press("8s");
    assert!(app.shows("1 back in the outbox"));
    assert_eq!((total(&app, Folder::Failed), total(&app, Folder::Outbox)), (4, 5));
}

#[test]
fn labels_are_chosen_by_typing_made_when_new_and_taken_off_again() {
    let mut app = shop();
    let label_count = |app: &App, name: &str| {
        app.store.labels().unwrap().into_iter().find(|label| label.name == name).map(|label| label.total)
    };
    app.press("LORD<Enter>");
    assert_eq!(label_count(&app, "orders"), Some(11));
    assert!(app.shows("1 labelled orders"));
    app.press("Lord<Enter>");
    assert_eq!(label_count(&app, "orders"), Some(10), "a label that is there is taken off");
    app.press("Lnew one<Enter>");
    assert_eq!(label_count(&app, "new one"), Some(1));
    assert!(app.shows("# new one"));
    app.press("L\"<Enter>");
    assert!(app.shows("cannot hold quotes"), "{}", app.screen());
}

#[test]
fn search_shows_results_as_one_types_and_esc_goes_back() {
    let mut app = shop();
    app.press("jj");
    let place = app.selected();
    app.press("/fl");
    assert!(app.shows("Flour goes up"));
    app.press("our");
    assert_eq!(app.model.list.matches, Some(1));
    app.press("<Esc>");
    assert_eq!(app.selected(), place, "back at the row where the search began");
    app.press("/tort<BS><BS><BS><BS>cake<Tab><Enter>");
    let matches = app.model.list.matches.unwrap();
    assert!(matches > 3 && app.shows("All folders / cake"), "{}", app.screen());
    app.press("n");
    assert_eq!(app.model.list.window.ready().unwrap().selected, 1);
    app.press("N<Esc>");
    assert_eq!(app.selected(), place);
    assert!(app.model.query_text.is_empty());
}

#[test]
fn a_mistake_in_a_search_is_told_and_the_results_stay() {
    let mut app = shop();
    app.press("/from:luc");
    let found = app.model.list.matches;
    app.send(Event::Paste(" folder:x".to_owned()));
    assert!(app.shows("there is no folder x"));
    assert_eq!(app.model.list.matches, found);
}

#[test]
fn control_signs_that_are_pasted_never_reach_the_line() {
    let mut app = shop();
    app.press("/");
    app.send(Event::Paste("he\u{1b}[31mllo\nworld\u{7}".to_owned()));
    assert_eq!(app.model.query_text, "he[31mllo world");
}

#[test]
fn the_order_can_be_turned_round_and_narrowed_to_unread() {
    let mut app = shop();
    let newest = app.selected();
    app.press("oj<Enter>");
    assert_ne!(app.selected(), newest);
    app.press("G");
    assert_eq!(app.selected(), newest);
    app.press("ok<Enter>ojjj<Enter>");
    assert_eq!(app.model.list.matches, Some(8));
    app.press("<Esc>");
    assert!(app.model.view.query.is_empty());
}

#[test]
fn folders_are_a_key_away_and_the_sidebar_follows() {
    let mut app = shop();
    for (key, folder) in ("12345678").chars().zip(Folder::ALL) {
        app.press(&key.to_string());
        assert_eq!(app.model.folder(), Some(folder));
        assert_eq!(app.model.side_selected, folder as usize);
    }
    app.press("hj");
    assert!(app.shows("# complaint"), "{}", app.screen());
    assert_eq!(app.model.folder(), None, "a label lies below the folders");
    app.press("l");
    assert_eq!(app.model.pane, Pane::List);
}

#[test]
fn tab_goes_round_the_panes_and_esc_takes_one_step_back() {
    let mut app = shop();
    app.press("<Tab>");
    assert_eq!(app.model.pane, Pane::Reading);
    app.press("<Tab>");
    assert_eq!(app.model.pane, Pane::Sidebar);
    app.press("<Tab>");
    assert_eq!(app.model.pane, Pane::List);
    app.press("<BackTab>");
    assert_eq!(app.model.pane, Pane::Sidebar);
    app.press("<Esc>");
    assert_eq!(app.model.pane, Pane::List);
    app.press(" <Enter><Esc>");
    assert_eq!(app.model.marks.count(), Some(1), "back from reading, the marks are still there");
    app.press("<Esc>");
    assert!(app.model.marks.is_empty());
}

#[test]
fn copying_takes_the_text_of_what_is_selected() {
    let mut app = shop();
    app.press("y");
    assert_eq!(app.copied, ["Nobody opens at Calle 93, 14-20. What do I do?"]);
    app.press("6y");
    assert_eq!(app.copied[1], "+573055550107");
    assert!(app.shows("copied"));
}

#[test]
fn a_refresh_keeps_the_selection_and_its_line() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press(&"j".repeat(14));
    let (id, window) = (app.selected(), app.model.list.window.ready().unwrap().clone());
    let line = window.selected - window.top;
    app.store.write(|tx| (0..5).try_for_each(|n| Put::incoming("new", n).put(tx).map(drop))).unwrap();
    app.send(Event::Moved);
    let window = app.model.list.window.ready().unwrap();
    assert_eq!((app.selected(), window.selected - window.top), (id, line));
    assert_eq!(window.position(), Some(20));
}

#[test]
fn a_list_at_its_beginning_shows_what_arrives_and_the_selection_stays_on_its_message() {
    let mut app = shop();
    let id = app.selected();
    app.store.write(|tx| Put::incoming("brand new", 0).put(tx)).unwrap();
    app.send(Event::Moved);
    assert_eq!(app.selected(), id);
    assert!(app.shows("brand new"));
}

/// A shop with a folder and a conversation of many pages, at their beginnings.
fn crowded() -> App {
    let mut app = shop();
    app.store
        .write(|tx| {
            (0..1000).try_for_each(|n| {
                let put = Put::incoming(&format!("line number {n}."), -n - 1).from("tel:+573055550107", "");
                put.put(tx).map(drop)
            })
        })
        .unwrap();
    app.send(Event::Moved);
    app
}

/// A crowded shop with the first row selected.
fn crowded_from_the_top() -> App {
    let mut app = crowded();
    app.press("g");
    app
}

#[test]
fn keys_pressed_while_the_list_is_loaded_again_are_not_undone() {
    for steps in [1, 300] {
        let mut app = crowded();
        app.slow = true;
        app.send(Event::Moved);
        app.slow = false;
        let start = app.model.list.window.ready().unwrap().position().unwrap();
        // Some of these rows are not on the page that is on its way.
        app.press(&"j".repeat(steps));
        let selected = app.selected();
        let screen = app.screen();
        app.answer();
        if steps == 1 {
            assert_eq!(app.selected(), selected);
            assert_eq!(app.screen(), screen);
        } else {
            let line = app.model.list.window.ready().unwrap().position().unwrap();
            assert_eq!(line, start + steps as u64, "the steps over rows that were not here yet are not lost");
        }
    }
}

#[test]
fn a_jump_under_way_survives_that_the_list_is_loaded_again() {
    let mut app = crowded();
    app.press("G");
    let last = app.selected();
    app.press("g");
    app.slow = true;
    app.press("G");
    app.send(Event::Moved);
    app.answer();
    assert_eq!(app.selected(), last);
}

#[test]
fn a_conversation_stays_where_it_was_scrolled_to_when_it_is_loaded_again() {
    let mut app = crowded();
    app.press("<Enter>");
    for pages in [1, 3, 20] {
        app.press(&"<PgUp>".repeat(pages));
        let screen = app.screen();
        app.send(Event::Moved);
        assert_eq!(app.screen(), screen, "after {pages} pages more");
    }
    let screen = app.screen();
    app.slow = true;
    app.send(Event::Moved);
    app.slow = false;
    app.press(&"<PgDn>".repeat(12));
    assert_ne!(app.screen(), screen);
    let screen = app.screen();
    app.answer();
    assert_eq!(app.screen(), screen);
    app.press("j");
    assert_eq!(app.model.pane, Pane::Reading);
}

#[test]
fn a_message_chosen_in_the_list_shows_its_life_when_it_is_opened() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("j<Enter><Esc>j<Enter>");
    assert!(app.shows("received"), "{}", app.screen());
}

#[test]
fn a_late_page_is_ignored() {
    let mut app = shop();
    let keymap = app.look.keymap.clone();
    let five = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('5'));
    let effects = update::update(&mut app.model, &keymap, Event::Key(five));
    let is_page = |effect: &Effect| matches!(effect, Effect::Read(Read::Page { .. }));
    let Some(Effect::Read(late)) = effects.into_iter().find(is_page) else { panic!("no page was asked for") };
    app.press("6");
    let calls = app.screen();
    let late = recado::tui::worker::answer(&app.store, &late, app.model.now).unwrap();
    app.send(late);
    assert_eq!(app.screen(), calls);
}

#[test]
fn a_failed_read_says_so_where_the_rows_would_be() {
    let mut app = shop();
    let keymap = app.look.keymap.clone();
    let five = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('5'));
    update::update(&mut app.model, &keymap, Event::Key(five));
    let ask = app.model.list.asked.unwrap().ask;
    app.send(Event::ReadFailed { ask, sentence: "the disk is on fire".to_owned() });
    assert!(matches!(app.model.list.window, Load::Failed(_)));
    assert!(app.shows("the disk is on fire"));
    app.press("1");
    assert!(app.shows("Don Jorge"));
}

#[test]
fn a_long_deed_shows_how_far_it_is_and_esc_stops_it() {
    let mut app = shop();
    app.hold = true;
    app.press("*a");
    let [(task, Write::Act { .. })] = app.held[..] else { panic!("{:?}", app.held) };
    app.send(Event::Progress { task, seen: 12 });
    assert!(app.shows("12 / 28 · Esc stops"), "{}", app.screen());
    let keymap = app.look.keymap.clone();
    let esc = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Esc);
    let effects = update::update(&mut app.model, &keymap, Event::Key(esc));
    assert_eq!(effects, [Effect::CancelDeed(task)]);
    assert!(app.shows("stopping"));
}

#[test]
fn the_conversation_is_whole_and_the_chosen_message_is_in_view() {
    let mut app = shop();
    app.store
        .write(|tx| {
            (0..600).try_for_each(|n| {
                let put = Put::incoming(&format!("line number {n}"), n - 5000).from("tel:+573055550107", "");
                put.put(tx).map(drop)
            })
        })
        .unwrap();
    app.send(Event::Moved);
    assert!(app.shows("Nobody opens at Calle 93"));
    app.press("<Enter>");
    for n in (0..600).rev() {
        // Up through the whole conversation, past what was loaded first.
        while !app.model.chosen().unwrap().message.text.contains(&format!("line number {n}")) {
            app.press("k");
        }
        assert!(app.shows(&format!("line number {n}")), "{n}");
        assert!(
            app.model.reading.conversation.ready().unwrap().rows.len() < 400,
            "what is far away is let go"
        );
    }
    // And down again, through what was let go.
    for n in 1..600 {
        while !app.model.chosen().unwrap().message.text.contains(&format!("line number {n}")) {
            app.press("j");
        }
        assert!(app.shows(&format!("line number {n}")), "{n}");
    }
    app.press("G");
    assert!(app.shows("Nobody opens at Calle 93") || app.shows("Wait five minutes"));
}

#[test]
fn clicks_select_double_clicks_open_the_wheel_moves_and_the_border_is_dragged() {
    let mut app = shop();
    app.click(40, 5);
    assert_eq!(app.model.list.window.ready().unwrap().selected, 2);
    app.click(40, 5);
    assert_eq!(app.model.pane, Pane::Reading);
    app.click(5, 6);
    assert_eq!(app.model.folder(), Some(Folder::Calls));
    app.mouse(MouseEventKind::ScrollDown, 40, 10);
    assert_eq!(app.model.list.window.ready().unwrap().selected, 3);
    let before = app.screen();
    let border =
        before.lines().next().unwrap().chars().enumerate().filter(|(_, c)| *c == '│').nth(1).unwrap().0;
    let border = u16::try_from(border).unwrap();
    app.mouse(MouseEventKind::Down(MouseButton::Left), border, 3);
    app.mouse(MouseEventKind::Drag(MouseButton::Left), border + 9, 3);
    app.mouse(MouseEventKind::Up(MouseButton::Left), border + 9, 3);
    assert_ne!(app.screen().lines().next().unwrap().chars().nth(border.into()), Some('│'));
}

#[test]
fn relative_times_come_from_the_model() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("4");
    assert!(app.shows("attempt 2 in 2 min"), "{}", app.screen());
    app.send(Event::Tick(noon() + chrono::Duration::minutes(1)));
    assert!(app.shows("attempt 2 in 1 min"), "{}", app.screen());
}

#[test]
fn nothing_in_a_message_reaches_the_screen_but_its_letters() {
    let mut app = shop();
    let evil = "\u{1b}[31mred\u{1b}]0;title\u{7} \u{9b}2J \u{202e}turned\u{202c} \r\n\tend \u{0}";
    let put = Put { name: evil.to_owned(), labels: vec!["x\u{1b}[5m".to_owned()], ..Put::incoming(evil, 1) };
    app.store.write(|tx| put.from("tel:+573009990000", evil).put(tx)).unwrap();
    app.send(Event::Moved);
    app.press("g<Enter>");
    for cell in app.draw().backend().buffer().content() {
        for c in cell.symbol().chars() {
            assert!(!c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c), "{c:?}");
        }
    }
    assert!(app.shows("turned"));
}

#[test]
fn any_size_is_drawn_without_a_fault() {
    for height in 1..30 {
        for width in [1, 2, 5, 10, 19, 20, 21, 39, 40, 63, 64, 80, 109, 110, 111, 200] {
            let mut app = App::shop(Lang::Es, width, height);
            for keys in
                ["", "<Enter>", "<Esc>h", "l6", "7", "/x<Esc>", "?", "<Esc>t", "<Esc>o", "<Esc>1L", "<Esc>3d"]
            {
                app.press(keys);
                app.screen();
            }
        }
        // Making 16 workspaces for every height would be slow; the larger ones are drawn by resizing.
        if height > 6 {
            break;
        }
    }
    let mut app = App::shop(Lang::Es, 80, 24);
    for keys in ["", "G", "<Enter>", "G", "?", "<Esc><Esc>6", "7", "t", "<Esc>L", "<Esc>1*", "V"] {
        app.press(keys);
        for height in 1..45 {
            for width in (1..130).step_by(7) {
                app.send(Event::Resize(width, height));
                app.screen();
            }
        }
        app.send(Event::Resize(80, 24));
    }
}

#[test]
fn call_rows_open_the_conversation_around_the_call() {
    let mut app = shop();
    app.press("6");
    assert!(matches!(app.model.row(), Some(Row::Call(_))));
    assert!(app.shows("Nobody opens at Calle 93"));
    for (width, height) in [(80, 24), (40, 12), (120, 40)] {
        app.send(Event::Resize(width, height));
        app.press("<Enter>");
        assert!(app.shows("☎ Mar 2 11:"), "{}", app.screen());
        app.press("<Esc>");
    }
    app.press("<Enter>j");
    assert!(app.model.chosen().is_some());
}

#[test]
fn an_empty_workspace_says_how_to_bring_messages_in() {
    let app = App::empty(Lang::En, 80, 24);
    assert!(app.shows("I imports messages") && app.shows("recado demo"));
    assert_eq!(minutes(0), noon());
}

#[test]
fn yes_deletes_what_was_asked_about_although_the_list_was_loaded_again_meanwhile() {
    let mut app = shop();
    app.press("3d");
    let asked_about = app.selected();
    // Under the question another program restores the message, and another one comes into its place.
    app.store
        .act(Deed::Restore, &Target::Ids(vec![MessageId(asked_about)]), noon(), |_| ControlFlow::Continue(()))
        .unwrap();
    app.send(Event::Moved);
    assert_ne!(app.selected(), asked_about);
    assert!(app.shows("Delete 1 message for good?"));
    app.press("y");
    assert_eq!(total(&app, Folder::Archived), 5, "the one that came into its place is still there");
    assert!(app.shows("0 deleted for good"), "{}", app.screen());
}

#[test]
fn a_label_goes_to_what_was_chosen_although_the_list_was_loaded_again_meanwhile() {
    let mut app = shop();
    app.press("j");
    let chosen = app.selected();
    app.press("L");
    let ids = Target::Ids(vec![MessageId(chosen)]);
    app.store.act(Deed::Archive, &ids, noon(), |_| ControlFlow::Continue(())).unwrap();
    app.send(Event::Moved);
    assert_ne!(app.selected(), chosen);
    app.press("new one<Enter>");
    let message = app.store.load_message(MessageId(chosen)).unwrap().message;
    assert!(message.labels.iter().any(|label| label.name == "new one"));
}

/// The ids of the first rows of the list.
fn first_rows(app: &App, count: usize) -> Vec<i64> {
    app.model.list.window.ready().unwrap().rows.iter().take(count).map(|row| row.cursor().id).collect()
}

#[test]
fn a_deed_on_an_open_range_is_done_to_all_that_it_shows() {
    let mut app = shop();
    let inbox = total(&app, Folder::Inbox);
    app.press("Vjj");
    assert!(app.shows("3 marked"), "{}", app.screen());
    let stars = app.screen().lines().filter(|line| line.contains('*')).count();
    assert_eq!(stars, 3);
    app.press("a");
    assert!(app.shows("3 archived"), "{}", app.screen());
    assert_eq!(total(&app, Folder::Inbox), inbox - 3);
    app.press("z");
    for (keys, said) in [("gVjm", "2 marked as read"), ("gVjjLnew one<Enter>", "3 labelled new one")] {
        app.press(keys);
        assert!(app.shows(said), "{keys}: {}", app.screen());
        app.press("<Esc><Esc>");
    }
    app.press("gVjj ");
    assert_eq!(app.model.marks.count(), Some(3), "Space marks what the range shows");
    app.press("<Esc>");
    assert!(app.model.marks.is_empty());
    app.press("gVjy");
    let texts = first_rows(&app, 2).into_iter().rev();
    let texts: Vec<String> =
        texts.map(|id| app.store.load_message(MessageId(id)).unwrap().message.text).collect();
    assert_eq!(app.copied, [texts.join("\n")]);
    app.press("<Esc>3Vjd");
    assert!(app.shows("Delete 2 messages for good?"));
    app.press("n<Esc>8Vjs");
    assert!(app.shows("2 back in the outbox"), "{}", app.screen());
}

#[test]
fn keys_typed_ahead_of_a_jump_or_a_range_take_effect_in_their_order() {
    for (keys, archived) in [("VGVa", 1028), ("gVGVa", 1028), ("jVGVa", 1027), ("Gka", 1), ("VGa", 1028)] {
        let mut app = crowded_from_the_top();
        let before = total(&app, Folder::Archived);
        app.slow = true;
        app.press(keys);
        assert_eq!(total(&app, Folder::Archived), before, "{keys}: nothing is known yet");
        app.answer();
        assert_eq!(total(&app, Folder::Archived), before + archived, "{keys}\n{}", app.screen());
    }
    let mut app = crowded_from_the_top();
    app.press("V<PgDn>");
    let shown = app.model.marked().unwrap();
    let mut app = crowded_from_the_top();
    let before = total(&app, Folder::Archived);
    app.slow = true;
    app.press("V<PgDn>Va");
    app.answer();
    assert_eq!(total(&app, Folder::Archived), before + shown);
    let mut app = crowded_from_the_top();
    app.slow = true;
    app.press(&format!("V{}Va", "<PgDn>".repeat(20)));
    app.answer();
    assert_eq!(
        total(&app, Folder::Archived),
        before + 20 * (shown - 1) + 1,
        "over rows that were not here yet"
    );
}

#[test]
fn esc_quit_and_folders_do_not_wait_and_what_waited_is_forgotten() {
    let mut app = crowded_from_the_top();
    let before = app.store.counts().unwrap();
    app.slow = true;
    app.press("Gja");
    assert_eq!(app.model.held.len(), 2);
    app.press("<Esc>");
    assert!(app.model.held.is_empty());
    app.press("Ga3");
    assert!(app.model.held.is_empty());
    app.answer();
    assert_eq!(app.model.folder(), Some(Folder::Archived));
    assert_eq!(app.store.counts().unwrap(), before);
    app.press("1");
    app.slow = true;
    app.press("G/quince<Enter>");
    assert!(!app.model.quit, "the letters are for the search box");
    app.answer();
    assert_eq!(app.model.query_text, "quince");
    app.press("<Esc>");
    app.slow = true;
    app.press("gaq");
    assert!(app.model.quit);
    assert_eq!(app.store.counts().unwrap(), before);
}

#[test]
fn marked_messages_are_deleted_only_in_archived() {
    let mut app = shop();
    app.press("/cake<Tab><Enter>*d");
    assert!(app.model.dialog.is_none(), "{}", app.screen());
    assert!(app.shows("archive a message first"));
    app.press("<Esc><Esc>hGj");
    assert_eq!(app.model.folder(), None);
    app.press("l*d");
    assert!(app.model.dialog.is_none(), "{}", app.screen());
    app.press("<Esc>3*d");
    assert!(app.shows("Delete 6 messages for good?"));
}

#[test]
fn a_long_text_says_that_it_goes_on_and_is_copied_whole() {
    let mut app = shop();
    let long = format!("{}THE END", "word after word. ".repeat(2000));
    app.store.write(|tx| Put::incoming(&long, 1).from("tel:+573009990000", "Long").put(tx)).unwrap();
    app.send(Event::Moved);
    app.press("gy");
    assert_eq!(app.copied.last(), Some(&long));
    app.press("<Enter>");
    let more = long.chars().count() - 20_000;
    let more = app.look.texts.number(more as u64);
    for _ in 0..100 {
        if app.shows("more characters") {
            break;
        }
        app.press("<PgDn>");
    }
    assert!(app.shows(&format!("… {more} more characters · y copies all")), "{}", app.screen());
    app.press("y");
    assert_eq!(app.copied.len(), 2);
    assert_eq!(app.copied.last(), Some(&long));
}

#[test]
fn a_range_ends_at_the_place_of_its_end_although_that_row_has_gone() {
    let mut app = crowded_from_the_top();
    app.slow = true;
    app.press("VjjV");
    let third = first_rows(&app, 3)[2];
    let gone = Target::Ids(vec![MessageId(third)]);
    app.store.act(Deed::Archive, &gone, noon(), |_| ControlFlow::Continue(())).unwrap();
    app.answer();
    assert_eq!(app.model.marks.count(), Some(2));
}

#[test]
fn a_range_that_is_too_long_says_so_and_nothing_is_marked_or_done() {
    let mut app = shop();
    app.slow = true;
    app.press("VGVa");
    app.slow = false;
    // The store's answer to a range of more messages than are marked one by one.
    while let Some(read) = (!app.asked.is_empty()).then(|| app.asked.remove(0)) {
        let answer = if let Read::Between { ask, .. } = read {
            Event::IdsFound { ask, ids: None }
        } else {
            worker::answer(&app.store, &read, app.model.now).unwrap()
        };
        app.send(answer);
    }
    assert!(app.model.marks.is_empty());
    assert!(app.shows("a range marks at most 200,000 messages; nothing was marked"), "{}", app.screen());
    assert_eq!(total(&app, Folder::Archived), 6);
}

#[test]
fn each_change_has_its_own_progress_and_esc_stops_the_one_under_way() {
    let mut app = crowded_from_the_top();
    app.hold = true;
    app.press("*a");
    app.press("<Esc>");
    let first = app.held[0].0;
    app.model.marks = Marks::None;
    app.press("jm");
    let second = app.held[1].0;
    assert_ne!(first, second);
    app.send(Event::Progress { task: first, seen: 500 });
    assert!(app.shows("500 / 1,028 · stopping"), "{}", app.screen());
    // What is marked while they run stays marked when they are done.
    app.press(" ");
    let marked = app.model.marks.clone();
    app.send(Event::Progress { task: second, seen: 1 });
    assert!(app.shows("500 / 1,028 · stopping"));
    app.go_on();
    assert!(app.model.jobs.is_empty());
    assert_eq!(app.model.marks, marked);
}

#[test]
fn long_messages_are_wrapped_once_and_not_with_every_key() {
    let mut app = shop();
    let long = "word after word. ".repeat(1000);
    app.store
        .write(|tx| {
            (0..50).try_for_each(|n| {
                let put = Put::incoming(&format!("{n} {long}"), n - 100).from("tel:+573055550107", "");
                put.put(tx).map(drop)
            })
        })
        .unwrap();
    app.send(Event::Moved);
    app.press("<Enter>");
    let at = |app: &App| -> Vec<*const u8> {
        let conversation = app.model.reading.conversation.ready().unwrap();
        conversation.wrapped.values().map(|wrapped| wrapped.line(0).as_ptr()).collect()
    };
    let before = at(&app);
    assert!(before.len() > 50);
    app.press("jk<PgUp><PgDn><Esc><Enter>");
    app.send(Event::Moved);
    assert_eq!(at(&app), before, "the same lines in the same place");
    app.send(Event::Resize(100, 40));
    assert_ne!(at(&app), before);
}

#[test]
fn enter_does_not_accept_a_search_that_cannot_be_understood() {
    let mut app = shop();
    app.press("/cake<Enter>");
    let origin = app.model.query_text.clone();
    app.press("/ after:foo<Enter>");
    assert!(app.model.search.is_some(), "the box stays open");
    assert!(app.shows("foo is not a date"), "{}", app.screen());
    app.press("<Esc>");
    assert_eq!(app.model.query_text, origin);
}

#[test]
fn notices_about_a_place_go_with_it_and_all_go_after_a_while() {
    let mut app = shop();
    app.press("5a");
    assert!(app.shows("only messages in Inbox and Flows"));
    app.press("7");
    assert!(!app.shows("only messages in Inbox and Flows"));
    app.press("1a");
    assert!(app.shows("1 archived"));
    // Something happens all the time, so that no tick comes.
    app.model.now = noon() + chrono::Duration::seconds(8);
    app.send(Event::Moved);
    assert!(!app.shows("1 archived"));
}

#[test]
fn what_was_done_here_is_taken_back_and_not_what_somebody_else_did_since() {
    let mut app = shop();
    app.press("2");
    let other = app.selected();
    app.press("1");
    let mine = app.selected();
    app.press("a");
    let others = Target::Ids(vec![MessageId(other)]);
    app.store.act(Deed::Archive, &others, noon(), |_| ControlFlow::Continue(())).unwrap();
    app.send(Event::Moved);
    let folder = |app: &App, id| app.store.load_message(MessageId(id)).unwrap().message.folder();
    app.press("z");
    assert!(app.shows("taken back: 1 archived"));
    assert_eq!((folder(&app, mine), folder(&app, other)), (Some(Folder::Inbox), Some(Folder::Archived)));
    app.press("z");
    assert_eq!(folder(&app, other), Some(Folder::Flows), "then the newest of the workspace");
    app.press("Z");
    assert_eq!((folder(&app, mine), folder(&app, other)), (Some(Folder::Archived), Some(Folder::Flows)));
}

#[test]
fn after_a_mass_archive_is_taken_back_the_list_stands_at_its_beginning() {
    let mut app = crowded_from_the_top();
    let first = app.selected();
    app.press("*a");
    assert_eq!(total(&app, Folder::Inbox), 0);
    app.press("z");
    assert_eq!(app.selected(), first);
    assert_eq!(app.model.list.window.ready().unwrap().position(), Some(1));
    // All but the first row, with another one selected meanwhile.
    app.press("* a");
    assert_eq!(total(&app, Folder::Inbox), 1);
    app.press("z");
    assert_eq!(app.model.list.window.ready().unwrap().position(), Some(2), "the first that came back");
}

#[test]
fn both_borders_are_dragged() {
    for (width, border) in [(80, 27), (120, 29)] {
        let mut app = App::shop(Lang::En, width, 24);
        let at = |app: &App, x: u16| app.screen().lines().nth(15).unwrap().chars().nth(x.into()) == Some('│');
        assert!(at(&app, border));
        app.mouse(MouseEventKind::Down(MouseButton::Left), border, 15);
        app.mouse(MouseEventKind::Drag(MouseButton::Left), border - 6, 15);
        app.mouse(MouseEventKind::Up(MouseButton::Left), border - 6, 15);
        assert!(!at(&app, border) && at(&app, border - 6), "{}", app.screen());
        app.mouse(MouseEventKind::Drag(MouseButton::Left), border, 15);
        assert!(at(&app, border - 6), "only while the button is held");
    }
}

#[test]
fn calls_show_all_their_facts_in_every_language() {
    for (lang, facts) in [
        (
            Lang::En,
            ["Date", "Outcome", "Contact", "Duration", "Mar 2 11:11", "answered", "Molinos", "2:14", "↙"],
        ),
        (
            Lang::Es,
            [
                "Fecha",
                "Resultado",
                "Contacto",
                "Duración",
                "2 mar 11:11",
                "contestada",
                "Molinos",
                "2:14",
                "↙",
            ],
        ),
        (Lang::Pt, ["Data", "Resultado", "Contato", "Duração", "2 mar 11:11", "atendida", "Mo", "2:14", "↙"]),
    ] {
        for (width, height) in [(40, 20), (64, 24), (80, 24), (110, 30), (120, 30), (120, 40), (200, 40)] {
            let mut app = App::shop(lang, width, height);
            app.press("6");
            for fact in facts {
                assert!(app.shows(fact), "{lang:?} {width}: {fact}\n{}", app.screen());
            }
        }
    }
}

#[test]
fn on_a_window_that_is_too_small_only_quit_is_a_key() {
    for size in [(10, 3), (20, 4)] {
        let mut app = App::shop(Lang::En, size.0, size.1);
        let before = app.store.counts().unwrap();
        app.press("a*d8s/x<Enter>?");
        assert_eq!(app.store.counts().unwrap(), before);
        assert!(app.model.dialog.is_none() && app.model.search.is_none() && app.model.marks.is_empty());
        app.press("q");
        assert!(app.model.quit);
    }
}

#[test]
fn an_attempt_whose_time_has_come_is_due() {
    for (lang, due) in
        [(Lang::En, "attempt 2 due"), (Lang::Es, "intento 2 pendiente"), (Lang::Pt, "tentativa 2 pendente")]
    {
        let mut app = App::shop(lang, 120, 40);
        app.press("4");
        app.send(Event::Tick(noon() + chrono::Duration::minutes(3)));
        assert!(app.shows(due), "{}", app.screen());
    }
}

#[test]
fn a_name_that_nobody_can_see_gives_way_to_the_number() {
    for name in ["\u{200b}\u{200d}", "\u{3164}", "\u{2800} ", "\u{202e}\u{feff}"] {
        let mut app = shop();
        app.store.write(|tx| Put::incoming("hello", 1).from("tel:+573009990000", name).put(tx)).unwrap();
        app.send(Event::Moved);
        assert!(app.shows("300 9990000"), "{name:?}\n{}", app.screen());
    }
}

#[test]
fn m_on_a_message_that_was_just_opened_brings_the_unread_mark_back() {
    let mut app = shop();
    let unread = |app: &App| app.store.counts().unwrap().of(Folder::Inbox).unread;
    let before = unread(&app);
    app.hold = true;
    app.press("<Enter>m");
    app.go_on();
    assert_eq!(unread(&app), before);
    assert!(app.shows("1 marked as unread"));
    app.press("m");
    assert_eq!(unread(&app), before - 1);
}

#[test]
fn the_program_ends_without_waiting_for_what_is_looked_for() {
    let mut workspace = Workspace::new();
    generate(&mut workspace.store, Tongue::Es, 4000, Dice::seeded(1), |_| {}).unwrap();
    let (events, answers) = queue();
    let (path, clock) = (workspace.path(), Clock::set_to(noon()));
    let desk = worker::Desk { path, texts: Arc::new(RwLock::new(Texts::new(Lang::En))), clock };
    let reader = worker::Reader::start(desk, events).unwrap();
    // Everything that does not hold a sign: each message is looked at.
    let view = search(Place::Everywhere, "-zzz -yyy");
    let (from, to) = (Cursor { key: i64::MAX, id: i64::MAX }, Cursor { key: i64::MIN, id: i64::MIN });
    reader.ask(Read::Matches { ask: Ask(1), view: view.clone() });
    reader.ask(Read::Between { ask: Ask(2), view: view.clone(), from, to });
    reader.ask(Read::Page { ask: Ask(3), view, at: At::First, limit: 4000 });
    reader.stop();
    assert!(answers.try_iter().count() < 3, "what was looked for was stopped");
}

#[test]
fn calls_stand_in_the_conversation_where_they_were_made() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("6");
    let calls: Vec<&str> = vec!["☎ Mar 2 11:51 ↙ missed", "☎ Mar 2 11:53 ↗ busy"];
    let screen = app.screen();
    let at = |text: &str| {
        screen.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{screen}"))
    };
    // Between what was said before them and the answer after them, which has a blank line above it.
    assert!(at("Nobody opens") < at(calls[0]) && at(calls[0]) < at(calls[1]), "{screen}");
    assert_eq!(at("Wait five minutes"), at(calls[1]) + 2, "{screen}");
    // Every line of the conversation is one of those that it counts.
    let thread = recado::tui::thread::Thread::of(&app.model).unwrap();
    let lines = thread.len();
    assert!((0..lines).all(|line| thread.line(line).is_some()) && thread.line(lines).is_none());
    let blanks_at_the_end = (0..lines)
        .rev()
        .take_while(|line| thread.line(*line).unwrap().shows == recado::tui::thread::Shows::Blank);
    assert_eq!(blanks_at_the_end.count(), 1);
}
