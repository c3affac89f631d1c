//! The tags of an XML file, one after the other, in constant memory.
//!
//! Our own and not a library's, because what phones write is not XML: emoji stand as two references to surrogates, which
//! every parser refuses, and a backup is a gigabyte of pictures in attributes, which parsers gather whole. Here a value is
//! kept up to a limit, and what stands between tags, comments and declarations is passed over, entities among them.

use std::borrow::Cow;
use std::io::{BufRead, Error, ErrorKind};

use super::raw::{Keep, Kept, Raw};
use super::record::Problem;

/// The longest value that is kept; what follows of it is dropped, and its record is wrong.
const LONGEST_VALUE: usize = 1 << 20;

/// The longest name.
const LONGEST_NAME: usize = 256;

/// The most attributes that a tag keeps. Phones write some thirty.
const MOST_ATTRIBUTES: usize = 256;

/// The most bytes of values that a tag keeps.
const LARGEST_TAG: usize = 4 << 20;

/// The longest reference, without its `&`: `#x10FFFF;`, with a few zeros.
const LONGEST_REFERENCE: usize = 12;

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `<name attribute="value">`, and whether it ends itself.
    Start { name: String, attributes: Attributes, ends: bool },
    /// `</name>`.
    End(String),
    /// Something that is not a tag although it begins like one.
    Malformed,
}

/// The attributes of a tag, decoded.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Attributes {
    list: Vec<(String, String)>,
    size: usize,
    flaw: Option<Problem>,
}

impl Attributes {
    /// Why what is kept is not what the file means.
    pub(super) fn flaw(&self) -> Option<Problem> {
        self.flaw
    }

    /// About how many bytes they hold.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Keeps one, unless there are too many.
    fn push(&mut self, name: String, value: Value) {
        self.size += value.text.len();
        if self.list.len() >= MOST_ATTRIBUTES || self.size > LARGEST_TAG {
            self.flaw = Some(Problem::TooLarge);
            return;
        }
        if value.is_cut {
            self.flaw = Some(Problem::TooLarge);
        } else if value.is_misencoded {
            self.flaw = self.flaw.or(Some(Problem::BadEncoding));
        }
        self.list.push((name, value.text));
    }

    /// The value of an attribute; none when it is missing or the word `null`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| *value != "null")
    }

    /// The value of an attribute even when it is the word `null`.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }
}

/// The value of an attribute, decoded.
struct Value {
    text: String,
    is_misencoded: bool,
    /// Whether it was longer than what is kept, and is needed.
    is_cut: bool,
}

/// Reads tags.
pub(super) struct Tags<'a> {
    input: &'a mut dyn BufRead,
    /// The last tag as it stands in the file, where somebody wants to know that; within an element, all of it so far.
    kept: Option<Kept>,
    is_within: bool,
    /// Whether what is read is passed over.
    is_passing: bool,
}

impl<'a> Tags<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead, keep: Keep) -> Self {
        Self { input, kept: keep.gather(), is_within: false, is_passing: false }
    }

    /// The last tag, or the last element that was read whole, as it stands in the file, but for pictures.
    pub(super) fn raw(&self) -> Option<Raw> {
        self.kept.as_ref().map(Kept::raw)
    }

    /// Reads what stands within the element of the last tag.
    pub(super) fn within<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> std::io::Result<T>,
    ) -> std::io::Result<T> {
        self.is_within = true;
        let done = read(self);
        self.is_within = false;
        done
    }

    /// Goes on behind so many bytes of what is there.
    fn consume(&mut self, length: usize) {
        if let Some(kept) = self.kept.as_mut().filter(|_| !self.is_passing)
            && let Ok(there) = self.input.fill_buf()
        {
            kept.push(there.get(..length).unwrap_or_default());
        }
        self.input.consume(length);
    }

    /// The next tag; none at the end of the file. An end within a tag is an [`ErrorKind::UnexpectedEof`].
    pub(super) fn next(&mut self) -> std::io::Result<Option<Tag>> {
        loop {
            if !self.skip_to_tag()? {
                return Ok(None);
            }
            match self.peek()? {
                None => return Err(torn()),
                Some(b'!') => self.skip_declaration()?,
                Some(b'?') => self.must_skip_past(b"?>")?,
                Some(b'/') => {
                    self.byte()?;
                    let name = self.name()?;
                    self.must_skip_past(b">")?;
                    return Ok(Some(Tag::End(name)));
                }
                Some(_) => return self.start().map(Some),
            }
        }
    }

    /// Goes on behind the `<` of the next tag; false at the end of the file.
    fn skip_to_tag(&mut self) -> std::io::Result<bool> {
        self.is_passing = !self.is_within;
        let found = self.skip_past(b"<");
        self.is_passing = false;
        if let Some(kept) = self.kept.as_mut().filter(|_| !self.is_within) {
            kept.clear();
            kept.push(b"<");
        }
        found
    }

    /// What is left of a tag that is none is passed over with what follows it. Whoever mends it wants to see it.
    fn malformed(&mut self) -> Tag {
        let mut quote = None;
        while self.kept.is_some()
            && let Ok(Some(byte)) = self.peek()
            && byte != b'<'
        {
            self.consume(1);
            match quote {
                None if byte == b'>' => break,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                Some(open) if open == byte => quote = None,
                _ => {}
            }
        }
        Tag::Malformed
    }

    fn start(&mut self) -> std::io::Result<Tag> {
        let name = self.name()?;
        let mut attributes = Attributes::default();
        loop {
            self.skip_blanks()?;
            match self.peek()?.ok_or_else(torn)? {
                b'>' => {
                    self.byte()?;
                    return Ok(Tag::Start { name, attributes, ends: false });
                }
                b'/' => {
                    self.byte()?;
                    if self.peek()?.ok_or_else(torn)? == b'>' {
                        self.byte()?;
                        return Ok(Tag::Start { name, attributes, ends: true });
                    }
                }
                // The tag was never closed; the next one begins here.
                b'<' => return Ok(self.malformed()),
                _ => {
                    let attribute = self.name()?;
                    self.skip_blanks()?;
                    if attribute.is_empty() || self.peek()?.ok_or_else(torn)? != b'=' {
                        // A stray sign or a value without its sign: go on behind it.
                        if attribute.is_empty() {
                            self.byte()?;
                        }
                        continue;
                    }
                    self.byte()?;
                    self.skip_blanks()?;
                    match self.peek()?.ok_or_else(torn)? {
                        quote @ (b'"' | b'\'') => {
                            self.byte()?;
                            let value = self.value(quote, &attribute)?;
                            attributes.push(attribute, value);
                        }
                        _ => return Ok(self.malformed()),
                    }
                }
            }
        }
    }

    /// The bytes up to a quote, decoded. The `data` of a picture is passed over.
    fn value(&mut self, quote: u8, attribute: &str) -> std::io::Result<Value> {
        let limit = if attribute == "data" { 0 } else { LONGEST_VALUE };
        let mut raw = Vec::new();
        let mut is_cut = false;
        loop {
            let there = self.input.fill_buf()?;
            if there.is_empty() {
                return Err(torn());
            }
            let end = there.iter().position(|byte| *byte == quote);
            let part = there.get(..end.unwrap_or(there.len())).unwrap_or_default();
            let room = limit.saturating_sub(raw.len());
            is_cut |= part.len() > room;
            raw.extend_from_slice(part.get(..part.len().min(room)).unwrap_or_default());
            let used = part.len() + usize::from(end.is_some());
            // Nothing of a picture is kept, but where it ends.
            self.is_passing = attribute == "data";
            self.consume(used.saturating_sub(1));
            self.is_passing &= end.is_none();
            self.consume(used.min(1));
            self.is_passing = false;
            if end.is_some() {
                return Ok(utf8(&raw, is_cut && attribute != "data"));
            }
        }
    }

    fn name(&mut self) -> std::io::Result<String> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek()? {
            if byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<' | b'=' | b'"' | b'\'') {
                break;
            }
            if name.len() < LONGEST_NAME {
                name.push(byte);
            }
            self.byte()?;
        }
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    fn skip_declaration(&mut self) -> std::io::Result<()> {
        self.byte()?;
        match self.peek()? {
            Some(b'-') => self.must_skip_past(b"-->"),
            Some(b'[') => self.must_skip_past(b"]]>"),
            _ => {
                // A document type may hold declarations of its own in brackets.
                let mut depth = 0_usize;
                loop {
                    match self.byte()?.ok_or_else(torn)? {
                        b'[' | b'<' => depth += 1,
                        b']' => depth = depth.saturating_sub(1),
                        b'>' if depth == 0 => return Ok(()),
                        b'>' => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }

    fn skip_blanks(&mut self) -> std::io::Result<()> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.byte()?;
        }
        Ok(())
    }

    fn must_skip_past(&mut self, end: &[u8]) -> std::io::Result<()> {
        if self.skip_past(end)? { Ok(()) } else { Err(torn()) }
    }

    /// Goes on behind the next such bytes; false when the file ends before.
    fn skip_past(&mut self, end: &[u8]) -> std::io::Result<bool> {
        let mut last = Vec::with_capacity(end.len());
        loop {
            // Between tags, the usual case: look for one byte in what is there.
            if let [only] = end {
                let there = self.input.fill_buf()?;
                let length = there.len();
                if length == 0 {
                    return Ok(false);
                }
                if let Some(at) = there.iter().position(|byte| byte == only) {
                    self.consume(at + 1);
                    return Ok(true);
                }
                self.consume(length);
                continue;
            }
            let Some(byte) = self.byte()? else { return Ok(false) };
            if last.len() == end.len() {
                last.remove(0);
            }
            last.push(byte);
            if last == end {
                return Ok(true);
            }
        }
    }

    fn peek(&mut self) -> std::io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn byte(&mut self) -> std::io::Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.consume(1);
        }
        Ok(byte)
    }
}

/// The text of a value's bytes.
fn utf8(raw: &[u8], is_cut: bool) -> Value {
    let text = String::from_utf8_lossy(raw);
    Value { text: decode(&text), is_misencoded: matches!(text, Cow::Owned(_)), is_cut }
}

fn torn() -> Error {
    Error::new(ErrorKind::UnexpectedEof, "the file ends within a tag")
}

/// Resolves references. Two references to surrogates that belong together are one character, one alone is U+FFFD, and
/// control characters but tab and line ends are dropped. What is no reference stays as it is.
pub(super) fn decode(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let reference = if c == '&' { reference(rest) } else { None };
        let (unit, length) = match reference {
            Some((code @ 0xD800..=0xDFFF, length)) => (u16::try_from(code).ok(), length),
            Some((code, length)) => {
                flush(&mut units, &mut decoded);
                push_clean(char::from_u32(code).unwrap_or('\u{FFFD}'), &mut decoded);
                (None, length)
            }
            None => {
                flush(&mut units, &mut decoded);
                push_clean(c, &mut decoded);
                (None, c.len_utf8())
            }
        };
        units.extend(unit);
        rest = rest.get(length..).unwrap_or_default();
    }
    flush(&mut units, &mut decoded);
    decoded
}

fn flush(units: &mut Vec<u16>, decoded: &mut String) {
    decoded.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or('\u{FFFD}')));
}

fn push_clean(c: char, decoded: &mut String) {
    if !c.is_control() || matches!(c, '\t' | '\n' | '\r') {
        decoded.push(c);
    }
}

/// The code of a reference at the beginning of a text, and its length.
fn reference(text: &str) -> Option<(u32, usize)> {
    // Looked for only so far: a text may hold many `&` and no `;`.
    let after = text.as_bytes().get(1..)?;
    let length = after.iter().take(LONGEST_REFERENCE).position(|byte| *byte == b';')?;
    let name = text.get(1..=length)?;
    let code = match name {
        "amp" => u32::from('&'),
        "lt" => u32::from('<'),
        "gt" => u32::from('>'),
        "quot" => u32::from('"'),
        "apos" => u32::from('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            match number.strip_prefix(['x', 'X']) {
                Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                None if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                    number.parse().ok()?
                }
                _ => return None,
            }
        }
    };
    Some((code, name.len() + 2))
}
