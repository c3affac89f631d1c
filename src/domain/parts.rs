//! How long texts go out: the alphabet of an SMS, and cutting into parts.
//!
//! An SMS holds 160 septets of the alphabet of GSM 03.38, or 70 UTF-16 units of anything; each of several parts has seven
//! septets, or three units, less. Gateways put `?` for what is not in the alphabet and say nothing, so it is decided here.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How the letters of an SMS are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// The seven-bit alphabet of GSM 03.38 with its extension table.
    Gsm7,
    /// UTF-16.
    Ucs2,
}

impl Alphabet {
    /// What fits in an SMS that is alone, and in each of several parts.
    fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// What a character takes up.
    fn cost(self, c: char) -> usize {
        match self {
            Self::Gsm7 if is_extension(c) => 2,
            Self::Gsm7 => 1,
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// What an SMS takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Count {
    /// How its letters are written.
    pub alphabet: Alphabet,
    /// How many parts it has; at least one.
    pub parts: usize,
    /// How many septets or units are free in the last part.
    pub left: usize,
}

/// The alphabet that a text needs.
pub fn alphabet_of(text: &str) -> Alphabet {
    if text.chars().all(is_gsm7) { Alphabet::Gsm7 } else { Alphabet::Ucs2 }
}

/// The text with typographic signs made plain, where that lets it fit the seven-bit alphabet: the same words in less than
/// half as many parts. Any other text stays as it is.
pub fn smart(text: &str) -> Cow<'_, str> {
    if alphabet_of(text) == Alphabet::Gsm7 {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    // Composed first: `n` with a tilde of its own is the ñ that the alphabet has.
    for c in text.nfc() {
        match plain_sign(c) {
            Some(sign) => plain.push_str(sign),
            None if is_gsm7(c) => plain.push(c),
            None => return Cow::Borrowed(text),
        }
    }
    Cow::Owned(plain)
}

/// How many septets a text takes up, or UTF-16 units where it does not fit the seven-bit alphabet.
pub fn units(text: &str) -> usize {
    let alphabet = alphabet_of(text);
    text.chars().map(|c| alphabet.cost(c)).sum()
}

/// Cuts a text into parts of at most so many septets, or UTF-16 units where the whole does not fit the seven-bit alphabet.
///
/// A part ends at a blank where there is one in its last quarter, and that blank is dropped; else between graphemes. Only
/// a grapheme that is longer than a part is cut itself. There is at least one part, and at least a character in each part
/// of a text that has any.
pub fn split_units(text: &str, longest: usize) -> Vec<String> {
    let alphabet = alphabet_of(text);
    split(text, longest, |c| alphabet.cost(c))
}

/// Cuts a text into parts of at most so many Unicode characters, by the rule of [`split_units`].
pub fn split_chars(text: &str, longest: usize) -> Vec<String> {
    split(text, longest, |_| 1)
}

/// What a text takes up as an SMS, as phones and most gateways cut it: in the middle of a word if need be, but never inside
/// an extension sign or a surrogate pair.
pub fn count(text: &str) -> Count {
    let alphabet = alphabet_of(text);
    let (alone, each) = alphabet.room();
    let all: usize = text.chars().map(|c| alphabet.cost(c)).sum();
    if all <= alone {
        return Count { alphabet, parts: 1, left: alone - all };
    }
    let (mut parts, mut used) = (1, 0);
    for cost in text.chars().map(|c| alphabet.cost(c)) {
        if used + cost > each {
            parts += 1;
            used = 0;
        }
        used += cost;
    }
    Count { alphabet, parts, left: each - used }
}

fn split(text: &str, longest: usize, cost: impl Fn(char) -> usize) -> Vec<String> {
    let mut parts: Vec<&str> = Vec::new();
    // The part so far, and the last blank in it: its ends, and what the part takes up before and after it.
    let (mut begin, mut used) = (0, 0);
    let mut blank: Option<(usize, usize, usize, usize)> = None;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide: usize = grapheme.chars().map(&cost).sum();
        let end = at + grapheme.len();
        if used + wide > longest && at > begin {
            if is_blank(grapheme) {
                parts.extend(text.get(begin..at));
                (begin, used, blank) = (end, 0, None);
                continue;
            }
            if let Some((part_end, next, before, after)) = blank.take()
                && before >= longest - longest / 4
            {
                parts.extend(text.get(begin..part_end));
                (begin, used) = (next, used - after);
            }
            if used + wide > longest && at > begin {
                parts.extend(text.get(begin..at));
                (begin, used) = (at, 0);
            }
        }
        if wide > longest {
            for (within, c) in grapheme.char_indices() {
                if used + cost(c) > longest && at + within > begin {
                    parts.extend(text.get(begin..at + within));
                    (begin, used) = (at + within, 0);
                }
                used += cost(c);
            }
            continue;
        }
        if is_blank(grapheme) && at > begin {
            blank = Some((at, end, used, used + wide));
        }
        used += wide;
    }
    if begin < text.len() || parts.is_empty() {
        parts.extend(text.get(begin..));
    }
    parts.into_iter().map(str::to_owned).collect()
}

/// Whether a text may be broken at a grapheme, which then need not be sent.
fn is_blank(grapheme: &str) -> bool {
    grapheme.chars().all(|c| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}'))
}

fn is_gsm7(c: char) -> bool {
    matches!(c, ' '..='Z' | 'a'..='z' | '\n' | '\r' | '_')
        || "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà".contains(c)
        || is_extension(c)
}

fn is_extension(c: char) -> bool {
    matches!(c, '^' | '{' | '}' | '[' | ']' | '~' | '\\' | '|' | '€')
}

/// What stands in the seven-bit alphabet for a sign that word processors and phones put in by themselves.
fn plain_sign(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2bc}' | '´' | '`' => "'",
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => "\"",
        '‹' => "<",
        '›' => ">",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2022}' => "-",
        '…' => "...",
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2028}' | '\u{2029}' => "\n",
        // Unseen: a soft hyphen, a place for a break, a byte order mark.
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => "",
        '\u{2044}' | '\u{2215}' => "/",
        '×' => "x",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        _ => return None,
    })
}
