//! The editor of the compose pane.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use recado::tui::editor::Editor;
use recado::tui::text;
use unicode_segmentation::UnicodeSegmentation;

fn plain(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn ctrl(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::CONTROL)
}

fn letter(c: char) -> KeyEvent {
    ctrl(KeyCode::Char(c))
}

/// The text with a bar where the cursor is.
fn shown(editor: &Editor) -> String {
    let (before, after) = editor.text().split_at(editor.cursor());
    format!("{before}|{after}")
}

/// A text whose bar is the cursor.
fn at(marked: &str) -> Editor {
    let (before, after) = marked.split_once('|').unwrap();
    let mut editor = Editor::new(after);
    editor.key(ctrl(KeyCode::Home));
    editor.insert(before);
    editor
}

fn check(before: &str, keys: &[KeyEvent], after: &str) {
    let mut editor = at(before);
    editor.set_width(10);
    editor.set_height(2);
    for key in keys {
        editor.key(*key);
    }
    assert_eq!(shown(&editor), after, "{before} {keys:?}");
}

#[test]
fn letters_are_typed_and_removed_by_grapheme() {
    let mut editor = Editor::default();
    for c in "Hola".chars() {
        assert!(editor.key(plain(KeyCode::Char(c))));
    }
    assert!(editor.key(plain(KeyCode::Enter)));
    assert_eq!(shown(&editor), "Hola\n|");
    assert!(!editor.key(plain(KeyCode::Left)));
    assert!(editor.key(plain(KeyCode::Delete)));
    assert_eq!(shown(&editor), "Hola|");
    check("a👨‍👩‍👧|b", &[plain(KeyCode::Backspace)], "a|b");
    check("a|e\u{301}b", &[plain(KeyCode::Delete)], "a|b");
    check("a\n|b", &[plain(KeyCode::Backspace)], "a|b");
    check("|a", &[plain(KeyCode::Backspace)], "|a");
    check("a|", &[plain(KeyCode::Delete)], "a|");
    // An accent that is typed joins the letter before it.
    check("e|x", &[plain(KeyCode::Char('\u{301}')), plain(KeyCode::Backspace)], "|x");
}

#[test]
fn keys_remove_words_and_lines() {
    check("uno dos  |tres", &[letter('w')], "uno |tres");
    check("uno\ndos|", &[letter('w'), letter('w')], "uno|");
    check("uno\n  |dos", &[letter('w')], "uno\n|dos");
    check("uno\ndos |tres", &[letter('u')], "uno\n|tres");
    check("uno\ndos |tres\nx", &[letter('k')], "uno\ndos |\nx");
    check("uno|\nx", &[letter('k')], "uno|x");
    check("uno |dos tres", &[ctrl(KeyCode::Delete)], "uno | tres");
}

#[test]
fn the_cursor_moves_by_words_lines_and_the_whole() {
    check("uno dos|", &[ctrl(KeyCode::Left), ctrl(KeyCode::Left), ctrl(KeyCode::Left)], "|uno dos");
    check("|uno  dos", &[ctrl(KeyCode::Right)], "uno|  dos");
    check("uno|\n dos", &[ctrl(KeyCode::Right)], "uno\n dos|");
    check("uno\nd|os", &[plain(KeyCode::Home)], "uno\n|dos");
    check("u|no\ndos", &[letter('e')], "uno|\ndos");
    check("uno\nd|os", &[letter('a')], "uno\n|dos");
    check("u|no\ndos", &[ctrl(KeyCode::End)], "uno\ndos|");
    check("uno\nd|os", &[ctrl(KeyCode::Home)], "|uno\ndos");
    check("a👨‍👩‍👧|b", &[plain(KeyCode::Left), plain(KeyCode::Left)], "|a👨‍👩‍👧b");
}

#[test]
fn up_and_down_go_by_rows_and_keep_the_column() {
    let (up, down) = (plain(KeyCode::Up), plain(KeyCode::Down));
    // Ten columns: `la casa` and `roja grande`, which is cut, then a short line and a longer one.
    check("la ca|sa rojagrande", &[down], "la casa rojag|rande");
    check("la casa rojag|rande", &[up], "la ca|sa rojagrande");
    check("abcde|f\nx\nabcdefgh", &[down, down], "abcdef\nx\nabcde|fgh");
    check("abcde|f\nx\nabcdefgh", &[down, down, up, up], "abcde|f\nx\nabcdefgh");
    check("ab|c", &[up], "ab|c");
    check("abcdefghijklmn|\nx", &[up], "abcd|efghijklmn\nx");
    check("abcdefghijkl|\nabcdefghijkl", &[down], "abcdefghijkl\nab|cdefghijkl");
    check("a\nb|\nc\nd", &[plain(KeyCode::PageDown)], "a\nb\nc\nd|");
    check("a\nb\nc\nd|", &[plain(KeyCode::PageUp)], "a\nb|\nc\nd");
    check("你好|世\nabcdefgh", &[down], "你好世\nabcd|efgh");
    check("abc|defgh\n你好世", &[down], "abcdefgh\n你|好世");
}

#[test]
fn rows_and_clicks_agree() {
    let mut editor = Editor::new("la casa roja\n\nabcdefghijkl  ");
    let rows: Vec<&str> = editor.rows(10).into_iter().map(|row| &editor.text()[row]).collect();
    assert_eq!(rows, ["la casa", "roja", "", "abcdefghij", "kl"]);
    assert_eq!(editor.cursor_row_col(10), (4, 4), "blanks at the end count");
    let mut click = |row, column, expected: &str| {
        editor.click(10, row, column);
        assert_eq!(shown(&editor), expected);
        editor.cursor_row_col(10)
    };
    assert_eq!(click(0, 3, "la |casa roja\n\nabcdefghijkl  "), (0, 3));
    assert_eq!(click(0, 99, "la casa| roja\n\nabcdefghijkl  "), (0, 7));
    assert_eq!(click(1, 99, "la casa roja|\n\nabcdefghijkl  "), (1, 4));
    assert_eq!(click(2, 5, "la casa roja\n|\nabcdefghijkl  "), (2, 0));
    assert_eq!(click(3, 99, "la casa roja\n\nabcdefghi|jkl  "), (3, 9));
    assert_eq!(click(99, 0, "la casa roja\n\nabcdefghij|kl  "), (4, 0));
}

#[test]
fn steps_are_taken_back_word_by_word() {
    let mut editor = Editor::new("");
    for c in "uno dos".chars() {
        editor.key(plain(KeyCode::Char(c)));
    }
    editor.insert("\r\npegado\u{7}\u{202e}\ty\rmás");
    assert_eq!(shown(&editor), "uno dos\npegado\ty\nmás|");
    editor.key(letter('w'));
    for expected in ["uno dos\npegado\ty\nmás|", "uno dos|", "uno |", "|"] {
        assert!(editor.key(letter('_')));
        assert_eq!(shown(&editor), expected);
    }
    assert!(!editor.key(letter('7')));
}

#[test]
fn ten_thousand_lines_stay_fast() {
    let text = "una línea de texto que alguien pegó aquí\n".repeat(10_000);
    let mut editor = Editor::default();
    editor.set_width(20);
    let begun = std::time::Instant::now();
    editor.insert(&text);
    for key in [KeyCode::Up, KeyCode::PageUp, KeyCode::Char('x'), KeyCode::Backspace, KeyCode::Down] {
        for _ in 0..200 {
            editor.key(plain(key));
        }
    }
    assert!(editor.rows(20).len() > 20_000);
    // Far more than it needs on a busy machine, and far less than wrapping everything for each key.
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn keys() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Tab,
        ]),
        prop::sample::select(
            "abwuke_  ñé\u{301}世👨\u{200d}👩🇨🇴\t\u{7}".chars().map(KeyCode::Char).collect::<Vec<_>>()
        ),
    ];
    let modifiers = prop_oneof![3 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL)];
    (codes, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn is_boundary(text: &str, at: usize) -> bool {
    at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at)
}

const TEXTS: &str = "([a-c] ?|\n|ñ|世|e\u{301}|👨\u{200d}👩|🇨🇴|   ){0,25}";

proptest! {
    #[test]
    fn the_cursor_is_always_between_graphemes(text in TEXTS, width in 4_usize..12, keys in prop::collection::vec(keys(), 0..40)) {
        let mut editor = Editor::new(&text);
        editor.set_width(width);
        for key in keys {
            let before = editor.text().to_owned();
            let is_changed = editor.key(key);
            prop_assert_eq!(is_changed, editor.text() != before, "{:?}", key);
            prop_assert!(is_boundary(editor.text(), editor.cursor()), "{:?} {}", key, shown(&editor));
            let (row, column) = editor.cursor_row_col(width);
            prop_assert!(row < editor.rows(width).len() && column <= width);
        }
        // All steps back lead to the beginning.
        while editor.key(letter('_')) {}
        prop_assert_eq!(editor.text(), text);
    }

    #[test]
    fn a_step_and_its_way_back_cancel_out(text in TEXTS, row in 0_usize..6, column in 0_usize..12, pasted in TEXTS) {
        let mut editor = Editor::new(&text);
        editor.click(8, row, column);
        let before = shown(&editor);
        editor.insert(&pasted);
        prop_assert!(editor.text().len() == text.len() + pasted.len());
        if !pasted.is_empty() {
            prop_assert!(editor.key(letter('/')));
        }
        prop_assert_eq!(shown(&editor), before);
    }

    #[test]
    fn rows_fit_and_hold_every_letter(text in TEXTS, width in 4_usize..12) {
        let editor = Editor::new(&text);
        let rows = editor.rows(width);
        prop_assert!(!rows.is_empty());
        for row in &rows {
            prop_assert!(text::width(&text[row.clone()]) <= width);
            prop_assert!(is_boundary(&text, row.start) && is_boundary(&text, row.end));
        }
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        let held: String = rows.iter().map(|row| &text[row.clone()]).collect();
        prop_assert_eq!(letters(&held), letters(&text));
    }

    #[test]
    fn a_click_on_the_cursor_leaves_it(text in TEXTS, width in 4_usize..12, row in 0_usize..8, column in 0_usize..12) {
        let mut editor = Editor::new(&text);
        editor.click(width, row, column);
        let before = editor.clone();
        let (row, column) = editor.cursor_row_col(width);
        // Beyond the last column all the blanks that hang over are one place.
        prop_assume!(column < width);
        editor.click(width, row, column);
        prop_assert_eq!(editor, before);
    }
}
