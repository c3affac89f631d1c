//! Conversations in bubbles and in lines: the same in both but for how they look.

use ratatui::buffer::Buffer;
use ratatui::style::Color;
use recado::config::{ConversationKind, ScreenKind};
use recado::i18n::Lang;
use recado::tui::event::Event;
use recado::tui::layout::{Areas, has_bubbles};
use recado::tui::theme::{Role, Themes};

use crate::app::App;

fn reading(width: u16, height: u16) -> App {
    let mut app = App::shop(Lang::En, width, height);
    app.press("jj<Enter>");
    app
}

fn buffer(app: &App) -> Buffer {
    app.draw().backend().buffer().clone()
}

/// The columns of the conversation that have a background, line by line.
fn painted(app: &App) -> Vec<(u16, u16, Color)> {
    let buffer = buffer(app);
    let area = Areas::of(&app.model).unwrap().reading.unwrap();
    let mut found = Vec::new();
    for y in area.top() + 1..area.bottom() {
        let columns: Vec<u16> =
            (area.left()..area.right()).filter(|x| buffer[(*x, y)].bg != Color::Reset).collect();
        if let (Some(first), Some(last)) = (columns.first(), columns.last()) {
            let color = buffer[(*first, y)].bg;
            assert!(columns.iter().all(|x| buffer[(*x, y)].bg == color), "one bubble a line");
            found.push((first - area.left(), last + 1 - area.left(), color));
        }
    }
    found
}

#[test]
fn bubbles_stand_at_their_sides_and_leave_the_other_one_free() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let app = reading(width, height);
        let area = Areas::of(&app.model).unwrap().reading.unwrap();
        let (ours, theirs) =
            (app.look.theme.style(Role::BubbleOut).bg, app.look.theme.style(Role::BubbleIn).bg);
        let found = painted(&app);
        assert!(found.iter().any(|(.., color)| Some(*color) == ours), "{}", app.screen());
        assert!(found.iter().any(|(.., color)| Some(*color) == theirs), "{}", app.screen());
        for (first, end, color) in found {
            assert!((end - first) * 4 <= area.width * 3, "{first}..{end} of {}", area.width);
            if Some(color) == ours {
                assert_eq!(end, area.width - 2);
            } else {
                assert_eq!(first, 2);
            }
        }
    }
}

#[test]
fn where_there_is_no_room_and_where_nothing_is_painted_there_are_lines() {
    for (width, height, are_bubbles) in [(120, 40, true), (110, 40, false), (80, 24, true), (40, 20, false)] {
        let app = reading(width, height);
        assert_eq!(has_bubbles(&app.model), are_bubbles, "{width}");
        assert_eq!(!painted(&app).is_empty(), are_bubbles, "{width}: {}", app.screen());
    }
    // Without colours, and in sixteen, there are bars at the sides.
    for theme in ["mono", "ansi"] {
        let mut app = reading(120, 40);
        app.look.theme = Themes::built_in().find(theme).cloned().unwrap();
        assert_eq!(painted(&app), []);
        assert!(app.screen().lines().filter(|line| line.ends_with('│')).count() > 10, "{}", app.screen());
    }
    let mut app = reading(40, 20);
    app.model.settings.conversation = ConversationKind::Bubbles;
    app.send(Event::Resize(41, 20));
    assert_ne!(painted(&app), []);
    app.model.settings.screen = ScreenKind::Plain;
    assert!(!has_bubbles(&app.model));
}

#[test]
fn a_key_goes_from_bubbles_to_lines_and_back_and_keeps_the_place() {
    let mut app = reading(120, 40);
    app.press("kk");
    let chosen = app.model.chosen().unwrap().message.id;
    let before = app.screen();
    app.press("b");
    assert!(app.shows("conversations in lines"), "{}", app.screen());
    assert_eq!(painted(&app), []);
    assert_eq!(app.model.chosen().unwrap().message.id, chosen);
    assert!(app.screen().contains('┃'), "the chosen message is on the screen");
    app.press("b");
    assert!(app.shows("conversations in bubbles"));
    assert_eq!(
        app.screen().replace("conversations in bubbles", "").split_whitespace().collect::<Vec<_>>(),
        before.split_whitespace().collect::<Vec<_>>()
    );
    // From a list that hides the conversation it is the other one that is seen when it is opened.
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("b");
    assert!(app.shows("conversations in lines"), "{}", app.screen());
    app.press("<Enter>");
    assert_eq!(painted(&app), []);
}

#[test]
fn a_click_and_a_match_are_the_same_in_both() {
    for kind in [ConversationKind::Bubbles, ConversationKind::Lines] {
        let mut app = App::shop(Lang::En, 120, 40);
        app.model.settings.conversation = kind;
        app.press("/strawberries<Tab><Enter><Enter>");
        let (x, y) = app.find("Perfect: 20 portions");
        app.click(x, y);
        let chosen = app.model.chosen().unwrap().message.text.clone();
        assert!(chosen.starts_with("Perfect: 20 portions"), "{kind:?}: {chosen}");
        let found = app.look.theme.style(Role::Match);
        let buffer = buffer(&app);
        let area = Areas::of(&app.model).unwrap().reading.unwrap();
        let marked = area.positions().filter(|at| {
            let cell = &buffer[*at];
            cell.modifier.contains(found.add_modifier) && Some(cell.fg) == found.fg
        });
        assert!(marked.count() >= "strawberries".len(), "{kind:?}: {}", app.screen());
    }
}

#[test]
fn a_part_of_a_message_stays_a_part_when_the_rest_is_loaded_again() {
    let mut app = reading(120, 24);
    for keys in ["<PgUp>", "<PgUp>", "b", "<PgDn>", "b"] {
        app.press(keys);
        let screen = app.screen();
        app.send(Event::Moved);
        assert_eq!(app.screen(), screen, "after {keys}");
    }
}
