//! The parts of a workbook, tag by tag, in bounded memory.
//!
//! Not [`super::tags`], which gathers every attribute because phones write much that is not XML: a sheet has a hundred
//! million tags, of which few matter. Entities that a file declares itself stay as they stand: nothing unfolds.

use std::borrow::Cow;
use std::io::{BufRead, Error, ErrorKind, Read};

use super::tags::decode;

/// The longest text or tag that is kept.
const LONGEST: u64 = 1 << 20;

/// Reads tags, and the text before each.
pub(super) struct Xml<R> {
    input: R,
    tag: Vec<u8>,
    raw: Vec<u8>,
    text: String,
    /// Whether the text before the tag is not all of it.
    pub(super) is_text_cut: bool,
    /// Whether the text before the tag holds bytes that are not UTF-8.
    pub(super) is_misencoded: bool,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Self {
        let (tag, raw) = (Vec::new(), Vec::new());
        Self { input, tag, raw, text: String::new(), is_text_cut: false, is_misencoded: false }
    }

    /// Goes on to the next tag; false at the end.
    pub(super) fn next(&mut self) -> std::io::Result<bool> {
        self.text.clear();
        self.is_text_cut = false;
        self.is_misencoded = false;
        loop {
            self.raw.clear();
            if (&mut self.input).take(LONGEST).read_until(b'<', &mut self.raw)? == 0 {
                return Ok(false);
            }
            if self.raw.pop() != Some(b'<') {
                // The text is too long, or the file is over.
                self.is_text_cut = true;
                if self.input.skip_until(b'<')? == 0 {
                    return Ok(false);
                }
            }
            if !self.raw.is_empty() {
                self.put_text(0, self.raw.len(), true);
            }
            self.read_tag()?;
            match self.tag.as_slice() {
                [b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => {
                    self.raw.clone_from(&self.tag);
                    self.put_text(8, self.tag.len().saturating_sub(2), false);
                }
                [b'!' | b'?', ..] => {}
                _ => return Ok(true),
            }
        }
    }

    fn put_text(&mut self, start: usize, end: usize, has_references: bool) {
        let text = String::from_utf8_lossy(self.raw.get(start..end).unwrap_or_default());
        self.is_misencoded |= matches!(text, Cow::Owned(_));
        if self.text.len() as u64 > LONGEST {
            self.is_text_cut = true;
        } else if !has_references {
            self.text.push_str(&text);
        } else if text.contains(['&', '\r']) {
            // A line end is LF, unless it is written as a reference.
            self.text.push_str(&decode(&text.replace("\r\n", "\n").replace('\r', "\n")));
        } else {
            self.text.push_str(&text);
        }
    }

    /// Reads up to the `>` that ends a tag, a comment or a declaration.
    fn read_tag(&mut self) -> std::io::Result<()> {
        self.tag.clear();
        let (mut seen, mut quote, mut depth) = (0, None, 0_usize);
        loop {
            let read = (&mut self.input).take(LONGEST).read_until(b'>', &mut self.tag)?;
            if read == 0 || !self.tag.ends_with(b">") {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if self.tag.len() as u64 >= LONGEST {
                return Err(Error::new(ErrorKind::InvalidData, "a tag without an end"));
            }
            let added = self.tag.get(seen..).unwrap_or_default();
            let is_over = match self.tag.as_slice() {
                [b'!', b'-', b'-', ..] => self.tag.len() > 5 && self.tag.ends_with(b"-->"),
                [b'!', b'[', ..] => self.tag.ends_with(b"]]>"),
                [b'?', ..] => self.tag.ends_with(b"?>"),
                // A document type may hold declarations of its own in brackets.
                [b'!', ..] => {
                    for byte in added {
                        match byte {
                            b'[' => depth += 1,
                            b']' => depth = depth.saturating_sub(1),
                            _ => {}
                        }
                    }
                    depth == 0
                }
                _ => {
                    for byte in added {
                        match quote {
                            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
                            Some(open) if open == *byte => quote = None,
                            _ => {}
                        }
                    }
                    quote.is_none()
                }
            };
            seen = self.tag.len();
            if is_over {
                self.tag.pop();
                return Ok(());
            }
        }
    }

    /// The text before the tag.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the tag opens an element: of that name, without the prefix of its namespace.
    pub(super) fn opens(&self, name: &str) -> bool {
        self.name() == name.as_bytes()
    }

    /// Whether the tag closes an element of that name.
    pub(super) fn closes(&self, name: &str) -> bool {
        self.tag.strip_prefix(b"/").is_some_and(|tag| local(tag.trim_ascii_end()) == name.as_bytes())
    }

    /// Whether the tag is an element of its own: `<c/>`.
    pub(super) fn is_empty(&self) -> bool {
        self.tag.ends_with(b"/")
    }

    fn name(&self) -> &[u8] {
        let end = self.tag.iter().position(u8::is_ascii_whitespace);
        let name = self.tag.get(..end.unwrap_or(self.tag.len())).unwrap_or_default();
        // A closing tag has no name of its own here.
        local(name.strip_suffix(b"/").unwrap_or(name))
    }

    /// The raw value of an attribute, whatever the prefix of its name when it is asked for as `:name`.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut rest = self.tag.get(self.tag.iter().position(u8::is_ascii_whitespace)?..)?;
        loop {
            rest = rest.trim_ascii_start();
            let equals = rest.iter().position(|byte| *byte == b'=')?;
            let (found, after) = rest.split_at_checked(equals)?;
            let after = after.get(1..)?.trim_ascii_start();
            let (quote, after) = after.split_first()?;
            let end = after.iter().position(|byte| byte == quote)?;
            let (value, after) = after.split_at_checked(end)?;
            let found = found.trim_ascii();
            let fits = if name.starts_with(':') {
                found.ends_with(name.as_bytes())
            } else {
                found == name.as_bytes()
            };
            if fits {
                return std::str::from_utf8(value).ok();
            }
            rest = after.get(1..)?;
        }
    }
}

/// A name without the prefix of its namespace. That of a closing tag stays one.
fn local(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b':') {
        Some(at) if !name.starts_with(b"/") => name.get(at + 1..).unwrap_or_default(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_the_texts_before_them_are_told_apart() {
        let text = "<?xml a=\"?>\"?><!DOCTYPE x [<!ENTITY a \"b\">]><x:w k='>' r:id=\"r1\"><!-- <b> -->a&lt;&a;\r\n\
                    <![CDATA[<c>&amp;]]>d</x:w><e/></f >";
        let mut xml = Xml::new(text.as_bytes());
        assert!(xml.next().unwrap() && xml.opens("w") && !xml.is_empty() && !xml.closes("w"));
        assert_eq!(
            (xml.attribute("k"), xml.attribute(":id"), xml.attribute("id")),
            (Some(">"), Some("r1"), None)
        );
        assert!(xml.next().unwrap() && xml.closes("w") && !xml.opens("w"));
        assert_eq!(xml.text(), "a<&a;\n<c>&amp;d");
        assert!(xml.next().unwrap() && xml.opens("e") && xml.is_empty());
        assert!(xml.next().unwrap() && xml.closes("f"));
        assert!(!xml.next().unwrap());
        assert!(Xml::new(&b"<a b=\"c>"[..]).next().is_err());
    }

    #[test]
    fn neither_a_long_text_nor_a_long_tag_is_kept() {
        let long = "x".repeat(3 << 20);
        let text = format!("{long}<a>{long}</a><b {long}/>");
        let mut xml = Xml::new(text.as_bytes());
        assert!(xml.next().unwrap() && xml.is_text_cut && xml.opens("a"));
        assert!(xml.next().unwrap() && xml.is_text_cut && xml.text().len() as u64 <= LONGEST);
        assert!(xml.next().is_err());
    }
}
