//! What a person writes: with another program, with the calendar, and through a kill at any key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Instant;

use recado::store::{Access, Store};

use crate::recado::{Home, LIMIT, Recado};

/// A program that stands for the person's own editor.
fn editor(home: &Home, script: &str) -> String {
    let path: PathBuf = home.folder.path().join("my editor");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("'{}'", path.display())
}

#[test]
fn the_text_is_written_in_the_persons_own_editor() {
    let home = Home::shop();
    // It has the keyboard and the whole terminal meanwhile, and only we can read its file.
    let script =
        "echo your turn; read line </dev/tty; ls -l \"$1\" | cut -c1-10 >>\"$1\"; echo \"$line\" >>\"$1\"";
    let editor = editor(&home, script);
    let mut app = Recado::start_with(&home, &[], 80, 24, &[("EDITOR", &editor), ("PATH", "/usr/bin:/bin")]);
    app.wait_for("Don Jorge");
    app.press("rbefore ");
    app.wait_for("before");
    app.press("<C-o>");
    app.wait_for("your turn");
    app.press("typed there\r");
    app.wait_for("-rw-------");
    app.wait_for("typed there");
    app.press(" and here<Esc>");
    app.wait_for("draft kept");
    app.press("q");
    let (code, app) = app.end();
    assert_eq!(code, 0);
    assert!(app.gave_back());
    assert!(
        fs::read_dir(home.folder.path())
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with("recado-") })
    );
}

#[test]
fn an_editor_that_is_not_there_or_gives_up_leaves_the_text_as_it_was() {
    let home = Home::shop();
    for (editor, said) in [("no-such-editor", "no-such-editor could not be run"), ("false", "without saving")]
    {
        let mut app =
            Recado::start_with(&home, &[], 120, 30, &[("VISUAL", editor), ("PATH", "/usr/bin:/bin")]);
        app.wait_for("Don Jorge");
        app.press("rkept<C-o>");
        app.wait_for(said);
        app.wait_for("kept");
        // And the keyboard is ours again.
        app.press("!<Esc>");
        app.wait_for("draft kept");
    }
}

#[test]
fn scheduled_for_next_monday_and_changed_afterwards() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("cluc<Enter><Tab>Marzipan<C-t>monday 9:30");
    app.wait_for("Mon");
    app.press("<C-s>");
    app.wait_for("scheduled for");
    app.press("7");
    app.wait_for("Marzipan");
    let listed = |home: &Home| {
        let list = home.good(&["schedule", "list", "--json"]);
        list.lines().find(|line| line.contains("Marzipan")).unwrap().to_owned()
    };
    assert!(listed(&home).contains("\"repeat\":\"never\""), "{}", listed(&home));
    // Weekly from then on, on the day after.
    app.press("/marzipan<Enter>e<C-t><Down><Right><Tab><Tab><Right><Right><C-s>");
    app.wait_for("each Tue");
    let line = listed(&home);
    assert!(line.contains("\"repeat\":\"weekly:tu\""), "{line}");
}

fn wait_for_draft(home: &Home, text: &str) {
    let store = Store::open(&home.db(), Access::Read).unwrap();
    let end = Instant::now() + LIMIT;
    while store.drafts().unwrap().iter().all(|kept| kept.draft.text != text) {
        assert!(Instant::now() < end, "{text:?} was not kept");
        std::thread::yield_now();
    }
}

#[test]
fn a_kill_at_any_key_loses_no_draft() {
    let home = Home::shop();
    let text = "seventeen letters";
    for end in (1..=text.len()).step_by(4) {
        let mut app = Recado::start(&home, &[], 80, 24);
        app.wait_for("Don Jorge");
        app.press("r");
        app.wait_for("Reply to Don Jorge");
        let before = (1..end).rev().find(|n| n % 4 == 1).map_or(0, |n| n.min(text.len()));
        app.press(&text[before..end]);
        app.wait_for(text[..end].trim_end());
        // What is on the screen is on the disk a moment later; the writer takes what waits before it ends with us.
        wait_for_draft(&home, &text[..end]);
        app.kill();
    }
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Drafts");
    app.press("r");
    app.wait_for(&text[..17]);
}
