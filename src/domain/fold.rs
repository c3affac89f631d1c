//! What two texts share when they differ only in case, accents or notation: the basis of search.
//!
//! A text becomes tokens: runs of letters and digits, decomposed, without accents, in lower case. Scripts that put no
//! blanks between words (Chinese, Japanese, Thai and their neighbours) give a token a character, and so do emoji, so that a
//! word inside a run is found. The text index is fed with these tokens and a query is read into the same ones: there is
//! one rule, and it is here.

use std::ops::Range;

use unicode_normalization::char::decompose_compatible;

/// A token and the bytes of the text that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the original text.
    pub range: Range<usize>,
    /// Its folded form; never empty.
    pub folded: String,
}

/// The longest token, in bytes: the text index cuts longer ones, and then holds something else than was searched for.
const LONGEST: usize = 32 << 10;

/// The tokens of a text, from its beginning.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut run: Option<Token> = None;
    for (at, c) in text.char_indices() {
        let range = at..at + c.len_utf8();
        // Each part of a decomposed character goes its own way, so that folding a folded text changes nothing.
        decompose_compatible(c, |part| match class(part) {
            Class::Word => {
                let token = run.get_or_insert_with(|| Token { range: range.clone(), folded: String::new() });
                token.range.end = range.end;
                push_folded(part, &mut token.folded);
            }
            Class::Joined => {
                if let Some(token) = &mut run {
                    token.range.end = range.end;
                }
            }
            Class::Alone => {
                finish(run.take(), &mut found);
                found.push(Token { range: range.clone(), folded: part.to_string() });
            }
            Class::Break => finish(run.take(), &mut found),
        });
    }
    finish(run, &mut found);
    found
}

/// Puts a run among the tokens: in pieces, when it is longer than a token can be.
fn finish(run: Option<Token>, found: &mut Vec<Token>) {
    let Some(Token { range, folded }) = run else { return };
    let mut rest = folded.as_str();
    while rest.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        found.push(Token { range: range.clone(), folded: piece.to_owned() });
        rest = after;
    }
    let folded = if rest.len() == folded.len() { folded } else { rest.to_owned() };
    found.push(Token { range, folded });
}

/// The folded tokens of a text, with one blank between them: what the text index is fed with.
pub fn fold(text: &str) -> String {
    // Most texts are plain; the general way costs five times as much.
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut folded = String::with_capacity(text.len());
    for token in tokens(text) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&token.folded);
    }
    folded
}

fn fold_ascii(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut length = 0;
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric();
        length = if is_word { length + 1 } else { 0 };
        if is_word {
            if length > LONGEST {
                folded.push(' ');
                length = 1;
            }
            folded.push(char::from(byte.to_ascii_lowercase()));
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

enum Class {
    /// Part of a word.
    Word,
    /// Within a word, but not part of what is compared: accents, joiners.
    Joined,
    /// A token by itself.
    Alone,
    /// Between words.
    Break,
}

fn class(c: char) -> Class {
    match u32::from(c) {
        0x30..=0x39 | 0x41..=0x5A | 0x61..=0x7A => Class::Word,
        0..=0x7F => Class::Break,
        // Accents on their own, Hebrew points, Arabic vowels, the voicing of kana, joiners, variation selectors, the soft
        // hyphen.
        0x0300..=0x036F
        | 0x0591..=0x05C7
        | 0x0610..=0x061A
        | 0x064B..=0x065F
        | 0x0670
        | 0x1AB0..=0x1AFF
        | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF
        | 0x200B..=0x200F
        | 0x2060
        | 0x3099..=0x309A
        | 0xFF9E..=0xFF9F
        | 0xFE00..=0xFE0F
        | 0xFE20..=0xFE2F
        | 0xFEFF
        | 0x00AD => Class::Joined,
        // Thai, Lao, Myanmar, Khmer; kana and Han with their extensions.
        0x0E01..=0x0EFF
        | 0x1000..=0x109F
        | 0x1780..=0x17FF
        | 0x3005..=0x3007
        | 0x3041..=0x30FF
        | 0xFF66..=0xFF9D
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x2_0000..=0x3_FFFF => Class::Alone,
        // Arrows, symbols, dingbats, emoji.
        0x2190..=0x245F | 0x2500..=0x2BFF | 0x1_F000..=0x1_FAFF => Class::Alone,
        _ if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => Class::Word,
        _ => Class::Break,
    }
}

/// Adds a decomposed letter or digit.
fn push_folded(part: char, folded: &mut String) {
    match part {
        _ if part.is_ascii() => folded.push(part.to_ascii_lowercase()),
        // Letters that have no decomposition but are typed without their mark.
        'ß' | 'ẞ' => folded.push_str("ss"),
        'ø' | 'Ø' => folded.push('o'),
        'ł' | 'Ł' => folded.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
        'ı' => folded.push('i'),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        // A sigma at the end of a word is the same letter.
        'ς' => folded.push('σ'),
        _ => folded.extend(part.to_lowercase().filter(|c| matches!(class(*c), Class::Word))),
    }
}
