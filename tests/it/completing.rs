//! The search box: what is offered, what is wrong and where, what was searched before, and what is saved.

use crossterm::event::KeyModifiers;
use insta::assert_snapshot;
use ratatui::style::Modifier;
use recado::domain::query::Unfinished;
use recado::i18n::Lang;

use crate::app::App;

fn shop() -> App {
    App::shop(Lang::En, 100, 30)
}

#[test]
fn pieces_that_can_be_completed_are_told_from_words() {
    let check = |text: &str, operator: Option<&str>, typed: &str| {
        let piece = Unfinished::at(text, text.len()).unwrap();
        assert_eq!((piece.operator.as_deref(), piece.typed.as_str()), (operator, typed), "{text}");
    };
    check("fr", None, "fr");
    check("ana label:or", Some("label"), "or");
    check("-channel:", Some("channel"), "");
    check("from:\"ana ma", Some("from"), "ana ma");
    for text in ["", "ana ", "\"a phrase", "label:orders "] {
        assert_eq!(Unfinished::at(text, text.len()), None, "{text}");
    }
    let piece = Unfinished::at("-label:o", 8).unwrap();
    assert_eq!(piece.with("big orders"), "-label:\"big orders\" ");
    assert_eq!(Unfinished::at("is:", 3).unwrap().known(), ["unread", "read"]);
    // In the middle of a word of several bytes there is no cursor, and no piece.
    assert_eq!(Unfinished::at("ñandú", 1), None);
}

#[test]
fn operators_and_their_values_are_offered_and_taken() {
    let mut app = shop();
    app.press("/");
    assert!(app.shows("from: to: with: label:"), "{}", app.screen());
    app.press("la");
    assert!(app.shows("/ label:") && app.shows("takes the first: label:"), "{}", app.screen());
    app.press("<Tab>");
    assert!(app.shows("complaint · orders · suppliers · urgent"), "{}", app.screen());
    app.press("ur<Right>is:u<Tab>");
    assert_eq!(app.model.query_text, "label:urgent is:unread ");
    app.press("from:luc<Tab>");
    assert!(app.model.query_text.ends_with("from:\"Lucía Fernández\" "), "{}", app.model.query_text);
    app.press("channel:wa<Tab>");
    assert!(app.model.query_text.contains("channel:\"WA La Espiga\""), "{}", app.model.query_text);
    // Where nothing is offered, Tab changes where one searches.
    app.press("<C-u>birthday");
    assert!(app.shows("[Inbox]") && !app.shows("[All folders]"), "{}", app.screen());
    app.press("<Tab>");
    assert!(app.shows("[All folders]") && !app.shows("[Inbox]"), "{}", app.screen());
}

#[test]
fn a_mistake_is_marked_where_it_stands() {
    let mut app = shop();
    app.press("/orders folder:nowhere ana");
    assert!(app.shows("nowhere"), "{}", app.screen());
    let terminal = app.draw();
    let buffer = terminal.backend().buffer();
    let marked: String = (0..buffer.area.width)
        .filter(|x| buffer[(*x, 0)].modifier.contains(Modifier::UNDERLINED))
        .map(|x| buffer[(x, 0)].symbol())
        .collect();
    assert_eq!(marked, "folder:nowhere");
}

#[test]
fn the_latest_searches_come_back_one_after_the_other() {
    let mut app = shop();
    app.press("/orders<Enter><Esc>/urgent<Enter><Esc>/");
    app.key('r', KeyModifiers::CONTROL);
    assert_eq!(app.model.query_text, "urgent");
    app.key('r', KeyModifiers::CONTROL);
    assert_eq!(app.model.query_text, "orders");
    assert_eq!(app.store.searches().unwrap().0.len(), 2);
}

#[test]
fn a_saved_search_stands_in_the_sidebar_with_its_count() {
    let mut app = shop();
    app.press("/from:hotel<C-s><Enter>");
    assert!(app.shows("search saved"), "{}", app.screen());
    assert!(app.shows("/ from:hotel"), "{}", app.screen());
    let found = app.store.searches().unwrap().1;
    assert_eq!((found, app.model.saved[0].total), (vec!["from:hotel".to_owned()], Some(2)));
    app.press("1h");
    // Below the folders and the labels.
    app.press("G");
    assert_eq!(app.model.query_text, "from:hotel");
    assert!(app.model.list.window.ready().unwrap().rows.len() > 1, "{}", app.screen());
    assert_snapshot!(app.screen());
    // Once more, and it is no longer saved; the sidebar goes on with what is left.
    app.press("/<C-s><Enter>");
    assert_eq!(app.store.searches().unwrap().1, Vec::<String>::new());
    assert!(app.model.saved.is_empty() && app.model.side_selected < app.model.side_lines());
}

#[test]
fn only_so_many_searches_are_remembered_but_all_saved_ones() {
    let mut app = shop();
    let now = crate::app::noon();
    app.store.save_search("kept", true, now).unwrap();
    for n in 0..80 {
        app.store.note_search(&format!("word{n}"), now + chrono::Duration::seconds(n + 1)).unwrap();
    }
    let (recent, saved) = app.store.searches().unwrap();
    assert_eq!((recent.len(), saved.len()), (52, 1));
    assert_eq!(recent[0], "word79");
}

#[test]
fn from_a_conversation_one_searches_in_it() {
    let mut app = shop();
    app.press("fluc<Enter>/cake");
    assert_eq!(app.model.query_text, "with:573005550101 cake");
    let rows = &app.model.list.window.ready().unwrap().rows;
    let names: Vec<&str> = rows.iter().filter_map(|row| Some(row.message()?.contact.name.as_str())).collect();
    assert!(!names.is_empty() && names.iter().all(|name| *name == "Lucía Fernández"), "{names:?}");
    // What both said, in whatever folder.
    app.press("<C-u>with:luc<Tab><Enter>");
    let rows = &app.model.list.window.ready().unwrap().rows;
    let ways: std::collections::BTreeSet<_> =
        rows.iter().filter_map(|row| Some(row.message()?.standing.direction)).collect();
    assert_eq!(ways.len(), 2, "{}", app.screen());
}

#[test]
fn what_is_begun_is_no_mistake_and_becomes_what_is_offered() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("/folder:f");
    assert!(
        app.shows("takes the first: flows · failed") && !app.shows("there is no folder"),
        "{}",
        app.screen()
    );
    app.press("<Enter>");
    assert!(app.model.search.is_none(), "{}", app.screen());
    assert_eq!(app.model.query_text.trim(), "folder:flows");
    // Of nothing nothing is made, and what nothing is offered for is a mistake.
    app.press("<Esc>/folder:<Enter>");
    assert!(app.model.search.is_some() && app.shows("takes the first: inbox"), "{}", app.screen());
    app.press("<Esc>/folder:zz<Enter>");
    assert!(app.model.search.is_some() && app.shows("there is no folder zz"), "{}", app.screen());
}
