//! What stands at the bottom: the keys that do something here, and sentences that are told to their end.

use recado::i18n::Lang;

use crate::app::App;

/// The line of the keys.
fn keys(app: &App) -> String {
    app.screen().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn keys_that_do_nothing_here_are_not_shown() {
    let mut empty = App::empty(Lang::En, 80, 24);
    assert!(keys(&empty).starts_with(" I import  c write"), "{}", keys(&empty));
    for (pressed, shown) in [("D", " c write  Esc back"), ("H", " Esc back")] {
        empty.press(pressed);
        assert_eq!(keys(&empty), shown);
        empty.press("<Esc>");
    }
    let mut shop = App::shop(Lang::En, 80, 24);
    shop.press("/nothingfindsthis<Enter>");
    for gone in ["Enter open", "n next", "Space mark"] {
        assert!(!keys(&shop).contains(gone), "{gone}: {}", keys(&shop));
    }
    shop.press("<Esc>aH");
    assert_eq!(keys(&shop), " z undo  Esc back");
    shop.press("z");
    assert_eq!(keys(&shop), " Z redo  Esc back");
}

#[test]
fn while_a_search_offers_something_the_key_for_that_has_no_other_meaning() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("/zzz");
    assert!(keys(&app).contains("Tab here"), "{}", keys(&app));
    assert!(app.shows("Tab in the search"), "{}", app.screen());
    app.press("<C-u>fr");
    assert!(!keys(&app).contains("Tab") && !app.shows("Tab in the search"), "{}", app.screen());
}

#[test]
fn a_long_sentence_takes_the_room_of_the_keys_and_ends() {
    let mut app = App::shop(Lang::Es, 40, 20);
    app.press("d");
    let screen = app.screen();
    let last: Vec<&str> = screen.lines().rev().take(2).map(str::trim).collect();
    assert_eq!(last, ["elimínalo en Archivado", "primero archiva el mensaje y luego"]);
    // Where no key stands none can be clicked.
    app.click(2, 19);
    assert_eq!(screen, app.screen());
    app.press("j");
    assert!(keys(&app).contains("Enter abrir"), "{}", keys(&app));
}

#[test]
fn help_in_the_totals_is_about_them_and_goes_back_there() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("t?");
    assert!(app.shows("Keys in the totals") && app.shows("next period"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.shows("All messages exchanged") && !app.shows("Keys in"), "{}", app.screen());
    app.press("<Esc>");
    assert!(!app.shows("All messages exchanged"));
}

#[test]
fn figures_that_come_while_help_stands_above_the_totals_are_there_afterwards() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.slow = true;
    app.press("t?");
    app.answer();
    app.press("<Esc>");
    assert!(app.shows("Messages a day") && !app.shows("counting"), "{}", app.screen());
}
