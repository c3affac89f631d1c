//! Pictures of the screen as text: every pane full and empty, in the three languages, at the sizes that matter.

use insta::assert_snapshot;
use ratatui::style::Modifier;
use recado::i18n::Lang;
use recado::tui::theme::Theme;

use crate::app::App;

#[test]
fn wide_in_spanish() {
    let mut app = App::shop(Lang::Es, 120, 40);
    app.press("j");
    assert_snapshot!(app.screen());
}

#[test]
fn middle_in_english() {
    let app = App::shop(Lang::En, 80, 24);
    assert_snapshot!(app.screen());
}

#[test]
fn narrow_in_portuguese() {
    let app = App::shop(Lang::Pt, 40, 20);
    assert_snapshot!(app.screen());
}

#[test]
fn one_line_a_message_where_there_is_room() {
    let mut app = App::shop(Lang::En, 240, 20);
    app.press("5");
    assert_snapshot!(app.screen());
}

#[test]
fn conversation_narrow() {
    let mut app = App::shop(Lang::Es, 40, 20);
    app.press("j<Enter>");
    assert_snapshot!(app.screen());
}

#[test]
fn conversation_with_a_long_life() {
    let mut app = App::shop(Lang::Pt, 80, 24);
    app.press("8j<Enter>");
    assert_snapshot!(app.screen());
}

#[test]
fn outbox_with_next_attempts() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("4");
    assert_snapshot!(app.screen());
}

#[test]
fn calls_in_a_table() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press("6");
    assert_snapshot!(app.screen());
}

#[test]
fn calls_narrow() {
    let mut app = App::shop(Lang::En, 40, 20);
    app.press("6");
    assert_snapshot!(app.screen());
}

#[test]
fn schedules_with_the_next_fires() {
    let mut app = App::shop(Lang::Pt, 120, 30);
    app.press("7j");
    assert_snapshot!(app.screen());
}

#[test]
fn search_in_all_folders() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press("/torta<Tab>");
    assert_snapshot!(app.screen());
}

#[test]
fn nothing_found() {
    let mut app = App::shop(Lang::En, 80, 12);
    app.press("/zzz");
    assert_snapshot!(app.screen());
}

#[test]
fn empty_workspace() {
    assert_snapshot!(App::empty(Lang::Es, 80, 24).screen());
}

#[test]
fn help_for_the_list() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("?");
    assert_snapshot!(app.screen());
}

#[test]
fn choice_of_labels() {
    let mut app = App::shop(Lang::Pt, 80, 24);
    app.press("Lur");
    assert_snapshot!(app.screen());
}

#[test]
fn order_and_question() {
    let mut app = App::shop(Lang::Es, 80, 16);
    app.press("o");
    assert_snapshot!("order", app.screen());
    app.press("<Esc>3*d");
    assert_snapshot!("question", app.screen());
}

#[test]
fn too_small() {
    assert_snapshot!(App::shop(Lang::Es, 10, 3).screen());
}

#[test]
fn the_selection_is_told_without_colours_too() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.look.theme = Theme::mono();
    let terminal = app.draw();
    let buffer = terminal.backend().buffer();
    // The first row of the list: a sign at its edge, reverse, and a dot for what is unread.
    assert_eq!(buffer[(28, 1)].symbol(), "▌");
    assert!(buffer[(35, 1)].modifier.contains(Modifier::REVERSED));
    assert_eq!(buffer[(29, 1)].symbol(), "●");
    for cell in buffer.content() {
        assert_eq!((cell.fg, cell.bg), (ratatui::style::Color::Reset, ratatui::style::Color::Reset));
    }
}

#[test]
fn letters_that_join_stay_within_their_pane() {
    use crate::support::Put;
    let mut app = App::shop(Lang::En, 120, 30);
    let lam_alef = "لا بلا سلام ".repeat(40);
    let put = Put::incoming(&lam_alef, 1).from("tel:+573009990000", &lam_alef).label("لا");
    app.store.write(|tx| put.put(tx)).unwrap();
    app.send(recado::tui::event::Event::Moved);
    for keys in ["g", "<Enter>", "<Esc>/لا", "<Esc>"] {
        app.press(keys);
        for width in 64..130 {
            app.send(recado::tui::event::Event::Resize(width, 30));
            let terminal = app.draw();
            let buffer = terminal.backend().buffer();
            let borders: Vec<u16> = (0..width).filter(|x| buffer[(*x, 0)].symbol() == "│").collect();
            for x in borders {
                assert!((0..28).all(|y| buffer[(x, y)].symbol() == "│"), "{width}\n{}", app.screen());
            }
        }
        app.send(recado::tui::event::Event::Resize(120, 30));
    }
}
