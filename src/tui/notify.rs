//! Telling that messages came in: by the terminal, or by a command.
//!
//! What is told was written by somebody else. Nothing of it that could be a sequence reaches the terminal, and no shell ever
//! sees it: the command gets it as arguments.

use std::process::{Command, Stdio};

use crate::config::Notify;
use crate::words::one_line;

/// The most letters of what is told.
const MOST: usize = 200;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How many messages came in.
    pub title: String,
    /// Who wrote the last of them.
    pub name: String,
    /// What it says; empty when that is not to be told.
    pub text: String,
}

/// What the terminal is sent; nothing when it is not told by the terminal. Within tmux it is passed on to the terminal
/// outside.
pub fn sequence(how: Notify, told: &Told, in_tmux: bool) -> String {
    let clean = |text: &str| one_line(text).chars().take(MOST).collect::<String>();
    let (title, name, text) = (clean(&told.title), clean(&told.name), clean(&told.text));
    let body = if text.is_empty() { name } else { format!("{name}: {text}") };
    let sequence = match how {
        Notify::None | Notify::Command => return String::new(),
        Notify::Bell => return "\x07".to_owned(),
        // It begins with our own words: some terminals take a figure and a semicolon there for something else.
        Notify::Osc9 => format!("\x1b]9;{title} · {body}\x07"),
        Notify::Osc777 => format!("\x1b]777;notify;{};{body}\x07", title.replace(';', ",")),
    };
    if in_tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence }
}

/// Runs a command that tells it: its last two arguments are who wrote and what. Returns when it has ended.
pub fn run(command: &[String], told: &Told) -> std::io::Result<()> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    // An argument cannot hold a zero.
    let whole = |text: &str| text.replace('\0', "");
    Command::new(program)
        .args(arguments)
        .arg(whole(&told.name))
        .arg(whole(&told.text))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, text: &str) -> Told {
        Told { title: "1 new message".into(), name: name.into(), text: text.into() }
    }

    #[test]
    fn the_terminal_is_told_in_its_own_way() {
        let check = |how, tmux, expected: &str| {
            assert_eq!(sequence(how, &told("Ana", "hello; you"), tmux), expected);
        };
        check(Notify::None, false, "");
        check(Notify::Command, false, "");
        check(Notify::Bell, true, "\x07");
        check(Notify::Osc9, false, "\x1b]9;1 new message · Ana: hello; you\x07");
        check(Notify::Osc777, false, "\x1b]777;notify;1 new message;Ana: hello; you\x07");
        check(Notify::Osc9, true, "\x1bPtmux;\x1b\x1b]9;1 new message · Ana: hello; you\x07\x1b\\");
        assert_eq!(sequence(Notify::Osc9, &told("Ana", ""), false), "\x1b]9;1 new message · Ana\x07");
    }

    #[test]
    fn what_others_write_cannot_break_out() {
        for evil in
            ["a\x07\x1b]0;owned\x07", "\u{9c}\u{9d}52;c;AA==\u{9c}", "a\x1b\\b", "a\nb\rc", "\x1bPtmux;"]
        {
            for how in [Notify::Osc9, Notify::Osc777] {
                for name in ["Ana", evil] {
                    let sent = sequence(how, &told(name, evil), false);
                    let inside = sent.strip_prefix("\x1b]").unwrap().strip_suffix('\x07').unwrap();
                    assert!(!inside.chars().any(char::is_control), "{inside:?}");
                }
            }
        }
        let long = "x".repeat(100_000);
        assert!(sequence(Notify::Osc9, &told(&long, &long), false).len() < 1000);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_gets_arguments_and_no_shell_sees_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told");
        let script = "printf '%s|%s' \"$2\" \"$3\" > \"$1\"";
        let command =
            ["sh", "-c", script, "sh"].map(str::to_owned).into_iter().chain([file.display().to_string()]);
        let command: Vec<String> = command.collect();
        run(&command, &told("Ana; rm -rf /", "$(touch x) `id` \0 'q'")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "Ana; rm -rf /|$(touch x) `id`  'q'");
        assert!(run(&["/nowhere/no-such-program".to_owned()], &told("a", "b")).is_err());
        assert!(run(&[], &told("a", "b")).is_ok());
    }
}
