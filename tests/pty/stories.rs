//! What a person does, from the first key to the last.

use crate::recado::{Home, Recado, skipped};

#[test]
fn archive_and_back_and_the_terminal_is_given_back_clean() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.press("a");
    app.wait_for("1 archived · z undoes");
    assert_eq!((home.total("inbox"), home.total("archived")), (27, 7));
    app.press("z");
    app.wait_for("taken back: 1 archived");
    assert_eq!((home.total("inbox"), home.total("archived")), (28, 6));
    app.press("q");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    assert!(app.gave_back());
}

#[test]
fn find_a_message_of_a_contact_in_all_folders() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("/from:hotel congress<Tab><Enter>");
    app.wait_for("1 match");
    app.wait_for("allergic");
    app.press("<Enter>");
    app.wait_for("Esc back");
    app.press("<Esc>");
    app.wait_for("Enter open");
}

#[test]
fn every_folder_is_a_key_away_and_calls_are_a_table() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    for (key, text) in [
        ("2", "more juice"),
        ("3", "CONGRATULATIONS"),
        ("4", "attempt 2"),
        ("5", "✓✓ delivered"),
        ("6", "Duration"),
        ("7", "each Mon, Tue"),
        ("8", "retry limit reached"),
        ("1", "Don Jorge"),
    ] {
        app.press(key);
        let text = if key == "2" { "More juice" } else { text };
        app.wait_for(text);
    }
}

#[test]
fn what_another_process_does_is_seen_without_a_key() {
    let home = Home::shop();
    let app = Recado::start(&home, &[], 80, 24);
    app.wait_for("8/28");
    home.good(&["archive", "--folder", "inbox", "--all"]);
    app.wait_for("the inbox is empty");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/sms_backup.xml");
    home.good(&["import", sample, "--country", "BR"]);
    app.wait_for("mira esta foto");
}

#[test]
fn resizing_at_any_moment_keeps_the_place() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("jjj");
    app.wait_for("4 / 28");
    for (columns, rows) in [(40, 20), (10, 3), (200, 60), (80, 24), (64, 8), (20, 5), (110, 30)] {
        app.resize(columns, rows);
        if columns >= 40 && rows >= 8 {
            app.wait_for("4 / 28");
        } else if columns == 10 {
            app.wait_for("larger");
        }
    }
    app.press("q");
    assert_eq!(app.end().0, 0);
}

#[test]
fn the_first_screen_of_an_empty_workspace_says_how_to_bring_messages_in() {
    let home = Home::new();
    let mut app = Recado::start_with(&home, &[], 80, 24, &[("LANG", "es_EC.UTF-8")]);
    app.wait_for("Este espacio de trabajo está vacío");
    app.wait_for("I importa mensajes");
    app.press("q");
    assert_eq!(app.end().0, 0);
    assert!(home.db().exists());
}

#[test]
fn demo_opens_a_sample_in_the_language_and_leaves_nothing_behind() {
    let home = Home::new();
    let temporary = home.folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut app = Recado::start_with(
        &home,
        &["demo", "--lang", "pt"],
        120,
        40,
        &[("TMPDIR", temporary.to_str().unwrap())],
    );
    app.wait_for("Caixa de entrada");
    app.wait_for("exemplo");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 1);
    app.press("q");
    assert_eq!(app.end().0, 0);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert!(!home.db().exists(), "the person's own workspace was not touched");
}

#[test]
fn a_search_among_many_messages_is_answered_key_by_key() {
    let home = Home::traffic(20_000);
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Inbox");
    app.press("/birthday");
    app.wait_for("birthday");
    app.press("<Enter>");
    app.wait_for("matches");
    app.press("*a");
    app.wait_for("archived · z undoes");
    let archived = home.total("archived");
    app.press("z");
    app.wait_for("taken back");
    assert!(home.total("archived") < archived);
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn copy_goes_through_the_terminal() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.press("jy");
    app.wait_for("copied");
    // OSC 52 with "In pink, if you can" in base 64.
    let expected = b"\x1b]52;c;SW4gcGluaywgaWYgeW91IGNhbg==";
    assert!(app.written().windows(expected.len()).any(|bytes| bytes == expected));
}

#[test]
fn no_color_writes_no_colour() {
    let home = Home::shop();
    let app = Recado::start_with(&home, &[], 80, 24, &[("NO_COLOR", "1")]);
    app.wait_for("Don Jorge");
    let written = String::from_utf8_lossy(&app.written()).into_owned();
    for sequence in written.split("\x1b[").skip(1) {
        if let Some((parameters, _)) =
            sequence.split_once('m').filter(|(p, _)| p.bytes().all(|b| b.is_ascii_digit() || b == b';'))
        {
            for parameter in parameters.split(';') {
                assert!(!matches!(parameter, "38" | "48"), "\\e[{parameters}m");
                let number: u32 = parameter.parse().unwrap_or(0);
                assert!(!(30..=37).contains(&number) && !(40..=47).contains(&number), "\\e[{parameters}m");
            }
        }
    }
}

#[test]
fn what_is_shown_is_written_into_a_file_while_the_screen_goes_on() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 100, 30);
    app.wait_for("Don Jorge");
    let file = home.folder.path().join("in box.csv");
    app.press(&format!(":export {}<Enter>", file.display()));
    app.wait_for("rows written to");
    let table = std::fs::read_to_string(&file).unwrap();
    assert!(table.starts_with("Date,Contact UUID,"), "{table}");
    assert_eq!(csv::Reader::from_reader(table.as_bytes()).records().count() as u64, home.total("inbox"));
    app.press("E");
    app.wait_for("inbox.csv");
    app.press(&format!("<C-u>{}<Enter>", file.display()));
    app.wait_for("is there already");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), table);
    // The name stays to be mended. Of marked messages only those are written.
    let few = home.folder.path().join("few.csv");
    app.press("<Esc>");
    app.wait_for("Enter open");
    app.press("  E");
    app.wait_for("Only the 2 marked messages");
    app.press(&format!("{}<Enter>", few.display()));
    app.wait_for("2 rows written to");
    assert_eq!(std::fs::read_to_string(&few).unwrap().lines().count(), 3);
    app.press("q");
    assert!(app.end().1.gave_back());
}

#[test]
fn an_idle_screen_writes_nothing() {
    // Nothing is to be sent there, and so nothing happens.
    let home = Home::new();
    home.good(&[
        "import",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/sms_backup.xml"),
        "--country",
        "BR",
    ]);
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("mira esta foto");
    app.press("j");
    app.wait_for("2 / ");
    app.wait_for_whole_frame();
    // Another program's work is the clock here: it takes long enough for many frames to be drawn, were there any.
    // On a busy machine the end of the last frame may come late.
    let mut before = 0;
    for _ in 0..10 {
        home.good(&["doctor"]);
        let written = app.written().len();
        if written == before {
            break;
        }
        before = written;
    }
    for _ in 0..5 {
        home.good(&["doctor"]);
    }
    assert_eq!(app.written().len(), before);
}

#[test]
fn suspended_and_continued_the_screen_comes_back() {
    let home = Home::shop();
    // A shell with job control, so that the program can be stopped and continued.
    let shell = std::path::Path::new("/bin/bash");
    if !shell.exists() {
        skipped("there is no bash here");
        return;
    }
    let mut app =
        Recado::start_program(shell, &home, &["--norc", "--noprofile", "-i"], 80, 24, &[("PS1", "shell> ")]);
    app.wait_for("shell>");
    app.press(concat!(env!("CARGO_BIN_EXE_recado"), "<Enter>"));
    app.wait_for("Don Jorge");
    app.press("<C-z>");
    app.wait_for("Stopped");
    app.press("fg<Enter>");
    app.wait_for("Don Jorge");
    app.press("j");
    app.wait_for("2 / 28");
    app.press("q");
    app.wait_for_end("recado\nshell>");
    app.press("exit<Enter>");
    app.end();
}

#[test]
fn a_channel_that_cannot_work_is_told_on_the_screen() {
    let home = Home::new();
    home.good(&["channel", "add", "Bot", "--kind", "telegram", "--set", "token=env:NOT_THERE"]);
    let mut app = Recado::start(&home, &[], 120, 30);
    app.wait_for("channel Bot cannot work now: the setting token: the environment has no NOT_THERE");
    app.press("q");
    assert_eq!(app.end().0, 0);
}

#[test]
fn totals_of_another_period_and_back_to_the_list() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("t");
    app.wait_for("41 in · 40 out · 14 calls");
    app.press("/2026-02<Enter>");
    app.wait_for("22 in · 27 out · 9 calls");
    app.press("<Esc>");
    app.wait_for("Enter open");
    app.press("q");
    assert_eq!(app.end().0, 0);
}

#[test]
fn a_new_workspace_gets_its_messages_from_a_file_without_leaving_the_screen() {
    let home = Home::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/sms_backup.xml");
    std::fs::copy(sample, home.folder.path().join("phone backup.xml")).unwrap();
    let mut app = Recado::start(&home, &[], 100, 30);
    app.wait_for("I imports messages");
    app.press("I");
    app.wait_for("Import messages");
    app.press("~/phone backup.xml<Enter>");
    // The command says what came in, and waits until that is read.
    app.wait_for("Enter goes back");
    app.press("<Enter>");
    app.wait_for("mira esta foto");
    // A file that is not there is told there too, and nothing is lost.
    app.press("I");
    app.wait_for("Import messages");
    app.press("/nowhere.xml<Enter>");
    app.wait_for("nowhere.xml");
    app.wait_for("Enter goes back");
    app.press("<Enter>");
    app.wait_for("mira esta foto");
    app.press("q");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    assert!(app.gave_back());
}
