//! Everyday work from the first key to the last, and how many keys it takes. The words of a message are not counted.

use crate::recado::{Home, Recado};

#[test]
fn thirty_messages_are_triaged_with_a_key_each() {
    let home = Home::traffic(400);
    let (inbox, archived) = (home.total("inbox"), home.total("archived"));
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for(&format!("1 / {inbox}"));
    for _ in 0..10 {
        app.press("aaj");
    }
    app.wait_for(&format!("11 / {}", inbox - 20));
    assert_eq!((home.total("inbox"), home.total("archived")), (inbox - 20, archived + 20));
    // As in neomutt or aerc with such a key; where archiving asks for a folder it is three or more.
    assert_eq!(app.pressed, 30);
}

#[test]
fn a_reply_takes_two_keys_and_its_words() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("r");
    app.wait_for("Reply to Don Jorge");
    app.write("Ring the bell of the neighbour");
    app.press("<C-s>");
    // It waits a moment, to be taken back, and goes from Outbox to Sent by itself.
    app.wait_for("z takes it back");
    assert_eq!(app.pressed, 2);
    app.press("5");
    // Only what has left says what has become of it.
    app.wait_for_line(&["✓", "Ring the bell"]);
    // gurk and the like: one to write and one to send; neomutt: r, Enter, Enter, the editor's :wq and Enter, y.
}

#[test]
fn scheduled_for_next_monday_and_moved_to_tuesday() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("cluc<Enter><Tab>");
    app.write("Marzipan");
    app.press("<C-t>mon 9:30<C-s>");
    app.wait_for("scheduled for");
    assert_eq!(app.pressed, 16);
    let day = |home: &Home| {
        let list = home.good(&["schedule", "list"]);
        list.lines().find(|line| line.contains("Marzipan")).unwrap().to_owned()
    };
    assert!(day(&home).contains("Mar 9"), "{}", day(&home));
    let before = app.pressed;
    app.press("7");
    app.wait_for("Marzipan");
    app.press("/mar<Enter>e<C-t>");
    app.wait_for("tomorrow");
    app.press("<Down><Right><C-s>");
    app.wait_for("Mar 10 9:30 AM");
    assert!(day(&home).contains("Mar 10"), "{}", day(&home));
    assert_eq!(app.pressed - before, 11);
    // No other program for the terminal edits what it has scheduled; the web page takes some thirty keys and clicks.
}

#[test]
fn a_message_of_last_february_from_somebody() {
    let home = Home::shop();
    let later = [("RECADO_NOW", "2027-01-10T17:00:00Z")];
    let mut app = Recado::start_with(&home, &[], 120, 40, &later);
    app.wait_for("Don Jorge");
    app.press("fluc<Enter>");
    app.wait_for("WhatsApp +573005550101");
    app.wait_for_whole_frame();
    assert!(!app.shows("Friday, February 27, 2026"), "it is there before the jump");
    app.press("J2026-02<Enter>");
    app.wait_for("Friday, February 27, 2026");
    assert_eq!(app.pressed, 14);
    drop(app);
    // As much by search, from wherever one is: notmuch needs these 21 too, and one more to begin.
    let mut app = Recado::start_with(&home, &[], 120, 40, &later);
    app.wait_for("Don Jorge");
    app.press("/from:luc on:2026-03<Enter>");
    app.wait_for("2 matches");
    app.wait_for("In pink, if you can");
    assert_eq!(app.pressed, 21);
}

#[test]
fn a_wrong_bulk_archive_is_undone_with_a_key_after_a_restart() {
    let home = Home::shop();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("Don Jorge");
    app.press("*a");
    app.wait_for("28 archived");
    app.press("q");
    app.end();
    let mut app = Recado::start(&home, &[], 120, 40);
    app.wait_for("the inbox is empty");
    app.press("z");
    app.wait_for("taken back: 28 archived");
    app.wait_for("Don Jorge");
    assert_eq!((home.total("inbox"), app.pressed), (28, 1));
    // Of mail programs for the terminal none undoes after a restart.
}
