//! Terminals of every kind, the configuration on a running screen, and what is told while nobody looks.

use std::path::PathBuf;

use crate::recado::{Home, Recado};

/// What a terminal answers to what it is asked: its background, the kitty protocol, its kind.
const LIGHT_AND_KITTY: &[u8] = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?0u\x1b[?62;22c";

const PUSH: &[u8] = b"\x1b[>1u";
const POP: &[u8] = b"\x1b[<1u";

fn config(home: &Home) -> PathBuf {
    let folder = home.folder.path().join(".config/recado");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("config.toml")
}

#[test]
fn a_configuration_is_read_again_while_the_screen_runs() {
    let home = Home::shop();
    let file = config(&home);
    let mut app = Recado::start(&home, &[], 120, 30);
    app.wait_for("Don Jorge");
    std::fs::write(&file, "[keys.list]\narchive = [\"w\"]\n").unwrap();
    app.wait_for("the configuration was read again");
    app.press("w");
    app.wait_for("1 archived");
    std::fs::write(&file, "[keys.list]\narchiv = [\"v\"]\n").unwrap();
    app.wait_for("the configuration stays as it was");
    app.wait_for("config.toml:2:1");
    app.press("w");
    app.wait_for("1 archived");
    let themes = file.with_file_name("themes");
    std::fs::create_dir(&themes).unwrap();
    std::fs::write(themes.join("mine.toml"), "base = \"dark\"\ntitle = { fg = \"#010203\" }\n").unwrap();
    std::fs::write(&file, "theme = \"mine\"\n").unwrap();
    app.wait_for_bytes(b"\x1b[38;2;1;2;3");
    std::fs::write(themes.join("mine.toml"), "base = \"dark\"\ntitle = { fg = \"#010204\" }\n").unwrap();
    app.wait_for_bytes(b"\x1b[38;2;1;2;4");
    app.press("q");
    assert_eq!(app.end().0, 0);
}

#[test]
fn a_mistaken_configuration_starts_and_says_what_is_wrong_where() {
    let home = Home::shop();
    std::fs::write(
        config(&home),
        "undo_send = 3\ntheme = \"neon\"\nmouse = = 1\n[keys.list]\nmark = [\"a\"]\ncopy = [\"a\"]\n",
    )
    .unwrap();
    let mut app = Recado::start(&home, &[], 160, 30);
    app.wait_for("Don Jorge");
    app.wait_for("config.toml:2:9: there is no theme neon");
    app.press("j");
    app.wait_for("2 / 28");
    app.press("q");
    assert_eq!(app.end().0, 0);
    // Only what names the workspace is not guessed.
    std::fs::write(config(&home), "db = 3\n").unwrap();
    let (code, app) = Recado::start(&home, &[], 160, 30).end();
    assert_eq!(code, 2);
    assert!(String::from_utf8_lossy(&app.written()).contains("config.toml:1:6: db wants a text in quotes"));
    let (code, app) = Recado::start(&home, &["--theme", "neon", "demo"], 160, 30).end();
    assert_eq!(code, 2);
    assert!(String::from_utf8_lossy(&app.written()).contains("there is no theme neon"));
}

#[test]
fn a_dumb_terminal_is_told_what_works_there() {
    let home = Home::shop();
    let app = Recado::start_with(&home, &[], 80, 24, &[("TERM", "dumb")]);
    let (code, app) = app.end();
    assert_eq!(code, 1);
    let said = String::from_utf8_lossy(&app.written()).into_owned();
    assert!(said.contains("TERM=dumb") && said.contains("recado folders"), "{said}");
    assert!(!said.contains('\x1b'));
}

#[test]
fn a_light_terminal_is_asked_and_gets_light_colours() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.send(LIGHT_AND_KITTY);
    app.wait_for("Don Jorge");
    app.wait_for_bytes(b"38;2;5;80;174");
    assert_eq!(app.count(b"38;2;121;192;255"), 0);
    app.press("j");
    app.wait_for("2 / 28");
    app.press("q");
    assert_eq!(app.end().0, 0);
    // It is not asked where that is known, or where there are no colours to choose.
    for (name, value) in [("COLORFGBG", "0;15"), ("COLORTERM", ""), ("NO_COLOR", "1"), ("TERM", "linux")] {
        let app = Recado::start_with(&home, &[], 80, 24, &[(name, value)]);
        app.wait_for("Don Jorge");
        assert_eq!(app.count(b"\x1b]11;?"), 0, "{name}");
    }
}

#[test]
fn an_answer_that_comes_late_is_not_taken_for_keys() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.send(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?0u\x1b[?62;22c");
    app.press("j");
    app.wait_for("2 / 28");
    app.press("j");
    app.wait_for("3 / 28");
}

#[test]
fn whoever_comes_back_in_the_evening_finds_dark_colours() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.send(LIGHT_AND_KITTY);
    app.wait_for_bytes(b"38;2;5;80;174");
    assert_eq!((app.count(b"\x1b]11;?"), app.count(b"38;2;121;192;255")), (1, 0));
    app.send(b"\x1b[O\x1b[I");
    app.wait_for_count(b"\x1b]11;?", 2);
    app.send(b"j\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\j");
    app.wait_for_bytes(b"38;2;121;192;255");
    app.wait_for("3 / 28");
    // A theme that was chosen meanwhile stays.
    app.press(":theme light<Enter>");
    app.wait_for_count(b"38;2;5;80;174", app.count(b"38;2;5;80;174") + 1);
    app.send(b"\x1b[O\x1b[I");
    app.wait_for_count(b"\x1b]11;?", 3);
    let before = app.count(b"38;2;121;192;255");
    app.send(b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07j");
    app.wait_for("4 / 28");
    assert_eq!(app.count(b"38;2;121;192;255"), before);
}

#[test]
fn a_terminal_that_does_not_tell_is_not_asked_again() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.send(b"\x1b[O\x1b[Ij");
    app.wait_for("2 / 28");
    assert_eq!(app.count(b"\x1b]11;?"), 1);
}

#[test]
fn what_is_typed_while_the_terminal_is_asked_is_not_lost() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.send(b"jj\x1b]11;rgb:0/0/0\x07j\x1b[?6c");
    app.wait_for("4 / 28");
}

#[test]
fn the_kitty_protocol_is_left_on_every_way_out() {
    let home = Home::shop();
    let ends = |app: &Recado, what: &str| {
        let written = app.written();
        let at = |bytes: &[u8]| written.windows(bytes.len()).rposition(|there| there == bytes);
        assert_eq!(app.count(PUSH), app.count(POP), "{what}");
        // The terminal keeps it for each of its screens.
        assert!(at(POP) < at(b"\x1b[?1049l") && at(POP).is_some(), "{what}");
        assert!(at(b"\x1b[?1004l") > at(b"\x1b[?1004h"), "{what}: focus is told no more");
        assert!(app.gave_back(), "{what}");
    };
    let start = |more: &[(&str, &str)]| {
        let mut app = Recado::start_with(&home, &[], 80, 24, more);
        app.send(LIGHT_AND_KITTY);
        app.wait_for("Don Jorge");
        assert_eq!(app.count(PUSH), 1);
        app
    };
    // Keys come in its way then: q, and Esc.
    let mut app = start(&[]);
    app.send(b"/x\x1b[27u\x1b[27u\x1b[113u");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    ends(&app, "the end");
    let app = start(&[]);
    let killed = std::process::Command::new("kill").args(["-TERM", &app.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (_, app) = app.end();
    ends(&app, "a signal");
    // An editor has the terminal as it was, and gives it back.
    let mut app = start(&[("EDITOR", "printf edited >")]);
    app.press("rbefore");
    app.wait_for("before");
    app.press("<C-o>");
    app.wait_for("edited");
    assert_eq!((app.count(PUSH), app.count(POP)), (2, 1));
    app.send(b"\x1b[27u");
    app.wait_for("draft kept");
    app.send(b"\x1b[113u");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    ends(&app, "the end after an editor");
    // A terminal that does not answer is not told anything that it may not know.
    let app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    assert_eq!(app.count(PUSH), 0);
}

#[test]
fn ten_thousand_lines_are_pasted_as_one_text_and_nothing_is_sent() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.press("rbefore");
    app.wait_for("before");
    let lines: Vec<String> = (1..=10_000).map(|n| format!("line {n}")).collect();
    app.send(b"\x1b[200~");
    for part in lines.chunks(500) {
        app.send(part.join("\r").as_bytes());
        app.send(b"\r");
    }
    app.send(b"the last one\x1b[201~");
    app.wait_for("the last one");
    app.wait_for("line 10000");
    app.press("<Esc>");
    app.wait_for("draft kept");
    app.press("q");
    assert_eq!(app.end().0, 0);
    assert!(!home.good(&["search", "\"the last one\"", "--json"]).contains("line"));
}

/// Hands a message in, as a gateway does.
fn receive(home: &Home, text: &str) {
    home.good(&["receive", "--channel", "SMS Local", "--from", "+573009990000", text]);
}

#[test]
fn who_looks_elsewhere_is_told_and_nothing_of_a_message_reaches_the_terminal() {
    let home = Home::shop();
    std::fs::write(config(&home), "[notify]\nhow = \"osc9\"\n").unwrap();
    let mut app = Recado::start(&home, &[], 100, 24);
    app.wait_for("8/28");
    receive(&home, "while one looks");
    app.wait_for("9/29");
    app.send(b"\x1b[O");
    app.press("j");
    app.wait_for("3 / 29");
    receive(&home, "evil \x07\x1b]0;owned\x07 text");
    app.wait_for_bytes("\x1b]9;1 new message · 300 9990000: evil ]0;owned text\x07".as_bytes());
    assert_eq!(app.count(b"\x1b]9;"), 1, "nothing was told while one looked");
    assert_eq!(app.count(b"\x1b]0;"), 0);
    std::fs::write(config(&home), "[notify]\nhow = \"bell\"\nwhen = \"always\"\n").unwrap();
    app.wait_for("the configuration was read again");
    app.send(b"\x1b[I");
    let bells = app.count(b"\x07");
    receive(&home, "with a bell");
    app.wait_for("11/31");
    // Another program's work is the clock here.
    for _ in 0..100 {
        if app.count(b"\x07") > bells {
            break;
        }
        home.good(&["folders"]);
    }
    assert_eq!(app.count(b"\x07"), bells + 1);
}

#[test]
fn a_command_is_told_without_a_shell() {
    let home = Home::shop();
    let told = home.folder.path().join("told");
    let command = format!(
        "[notify]\nhow = \"command\"\nwhen = \"always\"\ncommand = [\"sh\", \"-c\", 'printf \"%s|%s\" \"$2\" \"$3\" > \"$1.new\"; mv \"$1.new\" \"$1\"', \"sh\", \"{}\"]\n",
        told.display()
    );
    std::fs::write(config(&home), command).unwrap();
    let app = Recado::start(&home, &[], 100, 24);
    app.wait_for("8/28");
    receive(&home, "$(touch /tmp/never); `id`");
    for _ in 0..1000 {
        if told.exists() {
            break;
        }
        home.good(&["folders"]);
    }
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "300 9990000|$(touch /tmp/never); `id`");
}

#[test]
fn the_mouse_is_left_to_the_terminal_and_never_asked_for_every_movement() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    app.press("M");
    app.wait_for("takes the mouse back");
    assert_eq!(app.count(b"\x1b[?1000l"), 1);
    app.press("M");
    app.wait_for("the mouse is used here");
    app.wait_for_whole_frame();
    assert_eq!((app.count(b"\x1b[?1000h"), app.count(b"\x1b[?1003h")), (2, 0));
    // A terminal that tells every movement all the same makes no work.
    let before = app.written().len();
    for column in 1..60 {
        app.send(format!("\x1b[<35;{column};9M").as_bytes());
    }
    app.press("j");
    app.wait_for("2 / 28");
    assert!(app.written().len() - before < 4000, "{}", app.written().len() - before);
}

#[test]
fn terminals_that_lie_about_their_size_get_a_screen() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 0, 0);
    app.wait_for("Don Jorge");
    app.press("q");
    assert_eq!(app.end().0, 0);
    let mut app = Recado::start(&home, &[], u16::MAX, u16::MAX);
    app.wait_for("Don Jorge");
    app.press("q");
    assert_eq!(app.end().0, 0);
}

#[test]
fn the_locale_c_and_a_terminal_of_sixteen_colours() {
    let home = Home::shop();
    let more = [("LANG", "C"), ("LC_ALL", "C"), ("TERM", "xterm"), ("COLORTERM", "")];
    let mut app = Recado::start_with(&home, &["--theme", "nord"], 80, 24, &more);
    app.wait_for("Don Jorge");
    app.wait_for("Inbox");
    app.press("q");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    assert_eq!((app.count(b"38;2;"), app.count(b"48;2;")), (0, 0));
}

#[test]
fn the_screen_for_those_who_hear_it_has_the_cursor_where_one_is() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &["--plain"], 80, 24);
    app.wait_for("> unread, Don Jorge");
    app.wait_for_cursor(1);
    app.press("jj");
    app.wait_for_cursor(3);
    app.press("q");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    let written = String::from_utf8_lossy(&app.written()).into_owned();
    assert!(!written.chars().any(|c| ('\u{2500}'..='\u{259F}').contains(&c)));
}

#[test]
fn links_can_be_followed_where_the_terminal_knows_how() {
    let home = Home::shop();
    let link = b"\x1b]8;;https://media.example/";
    let mut app = Recado::start(&home, &[], 140, 40);
    app.wait_for("Don Jorge");
    app.press("j");
    app.wait_for("#79");
    app.press("j");
    app.wait_for("#78");
    // What is cut on the screen leads to all of it.
    app.wait_for("https://media.example/");
    app.wait_for_bytes(link);
    app.wait_for_whole_frame();
    let before = app.count(link);
    // What has not changed is not written again; what was covered is.
    app.press("m");
    app.wait_for("marked");
    app.wait_for_whole_frame();
    assert_eq!(app.count(link), before);
    app.press("?");
    app.wait_for("type to find a key");
    app.wait_for_whole_frame();
    app.press("<Esc>");
    app.wait_for("Enter open");
    app.wait_for_whole_frame();
    assert!(app.count(link) > before, "what was covered leads nowhere");
    let app = Recado::start_with(&home, &[], 120, 40, &[("TERM", "linux")]);
    app.wait_for("Don Jorge");
    assert_eq!(app.count(b"\x1b]8;"), 0);
}
