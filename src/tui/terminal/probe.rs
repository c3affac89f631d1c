//! Asking the terminal: what its background is, and whether it tells keys apart by the kitty protocol.
//!
//! All is asked at once, before anybody listens, with a question at the end that every terminal answers: its answer says that
//! no other is to come. A terminal that answers nothing costs a moment and no more. An answer that comes later still would be
//! taken for keys: [`Late`] takes it out of what is typed. What a person typed meanwhile is kept.
//!
//! Once the screen runs, the background is asked for again whenever one comes back to it, for it may have changed with the
//! hour: that answer is a late one by design. The reports by which a terminal would tell of the change itself (mode 2031) are
//! not asked for: crossterm takes them for the beginning of something else, and all keys behind them for its rest.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::choices::Background;

/// How long a terminal may take to answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long an answer may still come that is not taken for keys.
const LATE: Duration = Duration::from_secs(5);

/// The background (OSC 11), the kitty keyboard protocol, and what every terminal answers (DA1).
const QUESTIONS: &[u8] = b"\x1b]11;?\x1b\\\x1b[?u\x1b[c";

/// The question for the background alone, which is asked again while the screen runs.
pub const BACKGROUND: &str = "\x1b]11;?\x1b\\";

/// More than this is no answer.
const MOST: usize = 1 << 14;

/// What a terminal answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// Its background, when it said so.
    pub background: Option<Background>,
    /// Whether it knows the kitty keyboard protocol.
    pub knows_kitty: bool,
    /// Whether everything was answered.
    pub is_complete: bool,
    /// What was typed meanwhile.
    pub typed: Vec<KeyEvent>,
}

/// Asks the terminal, which must be in raw mode and have no other listener.
#[cfg(unix)]
pub fn ask() -> std::io::Result<Answers> {
    use std::io::Write;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut out = std::io::stdout();
    out.write_all(QUESTIONS)?;
    out.flush()?;
    let input = std::io::stdin();
    let until = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let answers = read(&bytes);
        let left = until.saturating_duration_since(Instant::now());
        if answers.is_complete || left.is_zero() || bytes.len() > MOST {
            return Ok(answers);
        }
        let wait = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&wait)) {
            Ok(0) => return Ok(answers),
            Ok(_) => match rustix::io::read(&input, &mut piece) {
                // The terminal has gone: the thread that listens will notice.
                Ok(0) => return Ok(answers),
                Ok(count) => bytes.extend_from_slice(piece.get(..count).unwrap_or_default()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            },
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where nothing can be asked without hanging, nothing is.
#[cfg(not(unix))]
pub fn ask() -> std::io::Result<Answers> {
    Ok(Answers { is_complete: true, ..Answers::default() })
}

/// What came in so far.
fn read(mut bytes: &[u8]) -> Answers {
    let mut answers = Answers::default();
    let mut typed = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        if *first != 0x1b {
            typed.push(*first);
            bytes = rest;
        } else if let Some(body) = rest.strip_prefix(b"]") {
            // An answer that has not ended says nothing yet.
            let Some(end) = body.iter().position(|byte| matches!(byte, 0x07 | 0x1b)) else { break };
            let text = String::from_utf8_lossy(body.get(..end).unwrap_or_default()).into_owned();
            answers.background = text.strip_prefix("11;").and_then(background).or(answers.background);
            let after = body.get(end..).unwrap_or_default();
            bytes = after.strip_prefix(b"\x1b\\").or_else(|| after.strip_prefix(b"\x07")).unwrap_or(after);
        } else if let Some(body) = rest.strip_prefix(b"[") {
            let Some(end) = body.iter().position(|byte| (0x40..=0x7e).contains(byte)) else { break };
            match (body.first(), body.get(end)) {
                (Some(b'?'), Some(b'u')) => answers.knows_kitty = true,
                (Some(b'?'), Some(b'c')) => answers.is_complete = true,
                // An arrow that was pressed too early is lost.
                _ => {}
            }
            bytes = body.get(end + 1..).unwrap_or_default();
        } else {
            typed.push(*first);
            bytes = rest;
        }
    }
    answers.typed = String::from_utf8_lossy(&typed).chars().map(key).collect();
    answers
}

/// A key by what it sends.
fn key(letter: char) -> KeyEvent {
    let (code, modifiers) = match letter {
        '\r' | '\n' => (KeyCode::Enter, KeyModifiers::NONE),
        '\t' => (KeyCode::Tab, KeyModifiers::NONE),
        '\x1b' => (KeyCode::Esc, KeyModifiers::NONE),
        '\x7f' => (KeyCode::Backspace, KeyModifiers::NONE),
        '\x01'..='\x1a' => {
            let letter = u8::try_from(letter).map_or('a', |code| char::from(code - 1 + b'a'));
            (KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
        letter => (KeyCode::Char(letter), KeyModifiers::NONE),
    };
    KeyEvent::new(code, modifiers)
}

/// `rgb:1e1e/1e1e/1e1e`, with one to four digits each.
fn background(text: &str) -> Option<Background> {
    let parts = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|part| {
        let most =
            16_u32.checked_pow(u32::try_from(part.len()).ok()?)?.checked_sub(1).filter(|most| *most > 0)?;
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / f64::from(most))
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    // How bright it looks, roughly.
    let is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
    Some(if is_light { Background::Light } else { Background::Dark })
}

/// Takes an answer that comes late out of what is typed.
#[derive(Debug, Default)]
pub struct Late {
    until: Option<Instant>,
    /// What was taken of an answer.
    taken: Option<String>,
}

/// What a key is that may belong to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A key.
    Not,
    /// A part of an answer.
    Part,
    /// The end of one that says what the background is.
    Background(Background),
}

/// How the answer begins that would be taken for keys, behind its Alt-].
const BEGINS: &str = "11;rgb";

/// The longest answer, in keys.
const LONGEST: usize = 40;

impl Late {
    /// Is watchful for a while.
    pub fn expected(now: Instant) -> Self {
        Self { until: Some(now + LATE), taken: None }
    }

    /// Whether a key belongs to an answer.
    pub fn takes(&mut self, key: KeyEvent, now: Instant) -> Taken {
        let Some(until) = self.until else { return Taken::Not };
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let Some(taken) = &mut self.taken else {
            if now > until {
                self.until = None;
            } else if alt && key.code == KeyCode::Char(']') {
                self.taken = Some(String::new());
                return Taken::Part;
            }
            return Taken::Not;
        };
        let ends = (alt && key.code == KeyCode::Char('\\'))
            || (key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('g'));
        if ends {
            let said = taken.strip_prefix("11;").and_then(background);
            // There is one answer at the most.
            *self = Self::default();
            return said.map_or(Taken::Part, Taken::Background);
        }
        // All of it is letters without modifiers.
        let letter = key.code.as_char().filter(|_| taken.len() < LONGEST);
        let belongs = |letter: &char| match BEGINS.chars().nth(taken.len()) {
            Some(wanted) => *letter == wanted,
            None => letter.is_ascii_hexdigit() || matches!(letter, ':' | '/'),
        };
        if let Some(letter) = letter.filter(belongs) {
            taken.push(letter);
            return Taken::Part;
        }
        *self = Self::default();
        Taken::Not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(answers: &Answers) -> String {
        answers.typed.iter().filter_map(|key| key.code.as_char()).collect()
    }

    #[test]
    fn answers_are_read_and_what_was_typed_is_kept() {
        let check = |bytes: &[u8], background, knows_kitty, is_complete, keys: &str| {
            let answers = read(bytes);
            let found = (answers.background, answers.knows_kitty, answers.is_complete);
            assert_eq!(found, (background, knows_kitty, is_complete), "{bytes:?}");
            assert_eq!(typed(&answers), keys, "{bytes:?}");
        };
        let (dark, light) = (Some(Background::Dark), Some(Background::Light));
        check(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?0u\x1b[?62;4c", dark, true, true, "");
        check(b"\x1b]11;rgb:ffff/ffff/dddd\x07\x1b[?1;2c", light, false, true, "");
        check(b"\x1b]11;rgba:ff/ff/ff/ff\x07\x1b[?6c", light, false, true, "");
        check(b"j\x1b]11;rgb:0/0/0\x07/a\xc3\xb1\x1b[?6cx", dark, false, true, "j/a\u{f1}x");
        check(b"\x1b[?6c", None, false, true, "");
        check(b"\x1b]11;rgb:ffff/ff", None, false, false, "");
        check(b"\x1b]11;nonsense\x07\x1b[?6", None, false, false, "");
        check(b"", None, false, false, "");
        check(b"\x1b[A", None, false, false, "");
        assert_eq!(read(b"\x1b").typed, [KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)]);
        assert_eq!(read(b"\x13").typed, [KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)]);
    }

    #[test]
    fn a_background_is_light_or_dark() {
        for (text, expected) in [
            ("rgb:0000/0000/0000", Some(Background::Dark)),
            ("rgb:00/2b/36", Some(Background::Dark)),
            ("rgb:fdfd/f6f6/e3e3", Some(Background::Light)),
            ("rgb:f/f/f", Some(Background::Light)),
            ("rgb:ffff/ffff", None),
            ("rgb://", None),
            ("rgb:zz/zz/zz", None),
            ("rgb:fffffffff/0/0", None),
            ("#ffffff", None),
        ] {
            assert_eq!(background(text), expected, "{text}");
        }
    }

    #[test]
    fn a_late_answer_is_no_keys_and_keys_are_no_late_answer() {
        let now = Instant::now();
        let press = |late: &mut Late, text: &str| -> String {
            let mut left = String::new();
            for letter in text.chars() {
                // As the terminal library reads ESC ], ESC \ and the bell.
                let (code, modifiers) = match letter {
                    '⟦' => (']', KeyModifiers::ALT),
                    '⟧' => ('\\', KeyModifiers::ALT),
                    '♪' => ('g', KeyModifiers::CONTROL),
                    letter => (letter, KeyModifiers::NONE),
                };
                if late.takes(KeyEvent::new(KeyCode::Char(code), modifiers), now) == Taken::Not {
                    left.push(letter);
                }
            }
            left
        };
        let mut late = Late::expected(now);
        assert_eq!(press(&mut late, "j⟦11;rgb:1e1e/1e1e/2e2e⟧k1"), "jk1");
        let mut late = Late::expected(now);
        assert_eq!(press(&mut late, "⟦11;rgb:ffff/ffff/ffff♪⟦a"), "⟦a");
        let mut late = Late::expected(now);
        assert_eq!(press(&mut late, "⟦q"), "q");
        assert_eq!(press(&mut Late::default(), "⟦11;"), "⟦11;");
        let mut late = Late::expected(now);
        assert_eq!(press(&mut late, "⟦11;rgb:ffff/ffff/ffff"), "");
        let end = KeyEvent::new(KeyCode::Char('\\'), KeyModifiers::ALT);
        assert_eq!(late.takes(end, now), Taken::Background(Background::Light));
        assert_eq!(late.takes(end, now), Taken::Not, "there was one answer");
        let mut late = Late { until: now.checked_sub(Duration::from_secs(1)), taken: None };
        assert_eq!(press(&mut late, "⟦1"), "⟦1");
    }
}
