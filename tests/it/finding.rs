//! Everything is found by its name: commands, places, contacts, keys.

use insta::assert_snapshot;
use recado::domain::folder::Folder;
use recado::i18n::Lang;
use recado::tui::action::Action;
use recado::tui::model::{Command, Pane};
use strum::IntoEnumIterator;

use crate::app::App;

fn shop() -> App {
    App::shop(Lang::En, 100, 30)
}

#[test]
fn the_palette_finds_every_action_by_any_part_of_its_name_and_shows_its_key() {
    let mut app = shop();
    app.press(":arch");
    assert!(app.shows("archive") && app.shows("go to Archived"), "{}", app.screen());
    let screen = app.screen();
    let line = screen.lines().find(|line| line.contains("archive ")).unwrap();
    assert!(line.trim_end_matches(['│', ' ']).ends_with(" a"), "{screen}");
    app.press("<Enter>");
    assert!(app.shows("1 archived"), "{}", app.screen());
    app.press(":totals<Enter>");
    assert!(app.shows("103"), "{}", app.screen());
    app.press("<Esc>");
    // Every action has a name, by every word of which it is found among all.
    let all: Vec<Action> = Action::iter().collect();
    for action in &all {
        let name = app.model.wording.name(*action);
        assert!(!name.is_empty(), "{action:?}");
        for word in name.split_whitespace() {
            let found = app.model.wording.entries(word, &all);
            assert!(found.iter().any(|entry| entry.command == Command::Act(*action)), "{word}: {name}");
        }
    }
}

#[test]
fn the_palette_is_found_in_the_language_of_the_screen_and_changes_it() {
    let mut app = App::shop(Lang::Es, 100, 30);
    app.press(":carpeta");
    assert!(app.shows("restaurar a su carpeta"), "{}", app.screen());
    app.press("<Esc>:portug<Enter>");
    assert!(app.shows("Caixa de entrada"), "{}", app.screen());
    app.press(":lang en<Enter>");
    assert!(app.shows("Inbox") && !app.shows("Caixa"), "{}", app.screen());
    app.press(":new mess<Enter>");
    assert!(app.shows("New message"), "{}", app.screen());
}

#[test]
fn what_is_shown_is_written_into_a_file_by_a_key_or_by_the_palette() {
    let mut app = shop();
    app.press("E");
    assert!(app.shows("inbox.csv"), "{}", app.screen());
    app.press("<Enter>");
    assert_eq!(app.opened.pop().as_deref(), Some("--folder inbox -o inbox.csv"));
    app.press("/from:hotel box<Enter>");
    app.press(":export ~/boxes of the hotel.xlsx<Enter>");
    assert_eq!(
        app.opened.pop().as_deref(),
        Some("--folder inbox --search=from:hotel box -o ~/boxes of the hotel.xlsx")
    );
    app.press("<Esc>E<Esc>");
    assert!(app.opened.is_empty() && app.model.dialog.is_none());
}

#[test]
fn the_name_of_a_file_is_checked_where_it_is_typed() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press("E");
    assert!(app.shows("bandeja-de-entrada.csv"), "{}", app.screen());
    // What is typed takes the place of the name that was proposed.
    app.press("a.txt<Enter>");
    assert!(app.shows("› a.txt"), "{}", app.screen());
    assert!(app.shows("debe terminar en .csv, .jsonl, .xlsx"), "{}", app.screen());
    assert!(app.opened.is_empty());
    // A name that cannot be written stays to be mended.
    app.press("<C-u>/nowhere/at/all.csv<Enter>");
    assert!(
        app.shows("there is no /nowhere/at/all.csv") && app.shows("› /nowhere/at/all.csv"),
        "{}",
        app.screen()
    );
    app.press("<C-u>here.xlsx<Enter>");
    assert!(app.model.dialog.is_none() && app.shows("written to here.xlsx"), "{}", app.screen());
    // One goes on in the proposed name by going there first.
    app.press("E<Left><Left><Left><Left>-1<Enter>");
    assert!(app.shows("written to bandeja-de-entrada-1.csv"), "{}", app.screen());
    app.press(":exportar x.ods<Enter>");
    assert!(app.shows("› x.ods") && app.shows("debe terminar en"), "{}", app.screen());
}

#[test]
fn of_marked_messages_only_those_are_written() {
    let mut app = shop();
    let first = app.selected();
    app.press(" ");
    let second = app.selected();
    app.press(" E");
    assert!(app.shows("Only the 2 marked messages"), "{}", app.screen());
    app.press("<Enter>");
    let mut ids = [first, second];
    ids.sort_unstable();
    assert_eq!(app.opened.pop().unwrap(), format!("- -o inbox.csv {} {}", ids[0], ids[1]));
    // An open range is marked first.
    app.press("<Esc>gVjjE");
    assert!(app.shows("Only the 3 marked messages"), "{}", app.screen());
    app.press("<Esc><Esc>g* E<Enter>");
    let all = app.opened.pop().unwrap();
    assert!(all.starts_with("--folder inbox --up-to="), "{all}");
    assert!(all.ends_with(&format!(" --except=- -o inbox.csv {first}")), "{all}");
}

#[test]
fn the_palette_takes_a_label_and_words_to_search_for() {
    let mut app = shop();
    let id = app.selected();
    app.press(":label brand new<Enter>");
    let message = app.store.load_message(recado::domain::MessageId(id)).unwrap().message;
    assert!(message.labels.iter().any(|label| label.name == "brand new"), "{}", app.screen());
    app.press(":label bad\"name<Enter>");
    assert!(app.shows("cannot hold quotes"), "{}", app.screen());
    app.press(":search from:hotel<Enter>");
    assert!(app.shows("from:hotel") && app.shows("Hotel Mirador"), "{}", app.screen());
}

#[test]
fn what_is_not_there_is_said_and_esc_goes_back() {
    let mut app = shop();
    app.press(":zzzz<Enter>");
    assert!(app.shows("nothing has that name"), "{}", app.screen());
    app.press("<Esc>");
    assert!(!app.shows("Commands"), "{}", app.screen());
}

#[test]
fn one_goes_to_folders_labels_and_contacts_by_name() {
    let mut app = shop();
    app.press("fsche<Enter>");
    assert_eq!(app.model.folder(), Some(Folder::Schedules));
    app.press("fcompl<Enter>");
    assert!(app.shows("# complaint"), "{}", app.screen());
    app.press("flucía<Enter>");
    assert_eq!(app.model.pane, Pane::Reading);
    assert!(app.shows("Lucía Fernández") && app.shows("+573005550101"), "{}", app.screen());
    // What is written there goes to that contact, whatever the list shows.
    app.press("r");
    assert!(app.shows("Reply to Lucía Fernández"), "{}", app.screen());
    app.press("<Esc><Esc>");
    assert_eq!(app.model.pane, Pane::List);
}

#[test]
fn the_help_page_is_searched() {
    let mut app = shop();
    app.press("?undo");
    assert!(app.shows("undo") && !app.shows("mark everything"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.shows("archive"), "what was typed goes first: {}", app.screen());
    app.press("<Esc>");
    assert!(!app.shows("type to find a key"), "{}", app.screen());
}

#[test]
fn the_palette() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press(":men");
    assert_snapshot!(app.screen());
}

#[test]
fn the_picker_narrow() {
    let mut app = App::shop(Lang::Pt, 40, 20);
    app.press("fm");
    assert_snapshot!(app.screen());
}

#[test]
fn enter_waits_for_the_contacts_that_were_typed() {
    let mut app = shop();
    app.press("flu");
    assert!(app.shows("▌ Lucía Fernández"), "{}", app.screen());
    // The answer for the longer name is still to come: the first of the shorter one is somebody else.
    app.slow = true;
    app.press("is<Enter>");
    assert!(app.shows("› luis"), "{}", app.screen());
    app.answer();
    let contact = app.model.reading.about.unwrap().contact;
    assert_eq!(app.store.load_contact(contact).unwrap().0.name, "Marta y Luis", "{}", app.screen());
    assert_eq!(app.model.pane, Pane::Reading);
}
