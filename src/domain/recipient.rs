//! Whom a person means when they say to whom a message goes.

use std::ops::Range;

use super::ContactId;
use super::contact::{Country, Urn};

/// The most digits of a number that a gateway reaches without a country code.
const LONGEST_SHORT_CODE: usize = 6;

/// Somebody that a message is to go to, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// An address, of a contact that may be new.
    Address(Urn),
    /// All of a group.
    Group(String),
    /// All whose messages carry a label.
    Label(String),
    /// The one contact whose name matches.
    Name(String),
}

impl Wanted {
    /// Reads `@group`, `#label`, an address with its scheme, a phone number in any notation, or a name. None when it says
    /// nothing, or looks like an address and is none.
    pub fn parse(text: &str, country: Option<Country>) -> Option<Self> {
        let text = text.trim();
        // A name with its address, as mail writes it: the address counts.
        if let Some((_, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            return Self::address(address.trim(), country);
        }
        if let Some(group) = text.strip_prefix('@') {
            let group = unquoted(group);
            return (!group.is_empty()).then(|| Self::Group(group.to_owned()));
        }
        if let Some(label) = text.strip_prefix('#') {
            let label = unquoted(label);
            return (!label.is_empty()).then(|| Self::Label(label.to_owned()));
        }
        if text.contains(':') || is_number(text) {
            return Self::address(text, country);
        }
        Some(Self::Name(text.to_owned()))
    }

    fn address(text: &str, country: Option<Country>) -> Option<Self> {
        if text.contains(':') {
            return Urn::parse(text, country).ok().map(Self::Address);
        }
        // A sender's name is an address for what comes in; nobody can write to it. So are digits that are no number.
        let urn = Urn::from_phone(text, country)
            .ok()
            .filter(|urn| urn.path().starts_with('+') || urn.path().len() <= LONGEST_SHORT_CODE)?;
        is_number(text).then_some(Self::Address(urn))
    }

    /// Reads several, with commas between them. The error is the one that cannot be read.
    pub fn parse_all(text: &str, country: Option<Country>) -> Result<Vec<Self>, String> {
        let parts = pieces(text).into_iter().filter_map(|range| text.get(range)).map(str::trim);
        let all = parts.filter(|part| !part.is_empty());
        all.map(|part| Self::parse(part, country).ok_or_else(|| part.to_owned())).collect()
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim()
}

/// The recipients of a text as ranges of its bytes, with the blanks around them; at least one. A comma within quotes
/// belongs to a name.
pub fn pieces(text: &str) -> Vec<Range<usize>> {
    let (mut pieces, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' | '\n' if !quoted => {
                pieces.push(start..at);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// Somebody that a picker offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion {
    /// A contact that is known, by one of its addresses.
    Contact {
        /// Its number.
        id: ContactId,
        /// Its name; empty when it has none.
        name: String,
        /// The address.
        urn: Urn,
    },
    /// An address that was typed and that nobody has yet.
    Address(Urn),
    /// All of a group.
    Group {
        /// Its name.
        name: String,
        /// How many contacts are in it.
        members: u64,
    },
    /// All whose messages carry a label.
    Label {
        /// Its name.
        name: String,
        /// How many messages carry it.
        messages: u64,
    },
}

impl Suggestion {
    /// As it is written among the recipients, so that [`Wanted::parse`] reads the same: `Ana Ruiz <+573001112233>`,
    /// `@customers`, `#"cakes, pies"`.
    pub fn written(&self) -> String {
        match self {
            Self::Contact { name, urn, .. } => named_address(name, urn),
            Self::Address(urn) => address(urn),
            Self::Group { name, .. } => format!("@{}", quoted(name)),
            Self::Label { name, .. } => format!("#{}", quoted(name)),
        }
    }
}

/// A contact's name with an address of it, as mail writes it.
pub fn named_address(name: &str, urn: &Urn) -> String {
    let name: String =
        name.chars().filter(|c| !matches!(c, ',' | ';' | '<' | '>' | '"') && !c.is_control()).collect();
    let name = name.trim();
    if name.is_empty() { address(urn) } else { format!("{name} <{}>", address(urn)) }
}

/// A phone number needs no scheme.
fn address(urn: &Urn) -> String {
    if urn.scheme() == "tel" && is_number(urn.path()) { urn.path().to_owned() } else { urn.identity() }
}

/// A name as it stands behind `@` or `#`.
pub fn quoted(name: &str) -> String {
    if name.contains([',', ';']) { format!("\"{name}\"") } else { name.to_owned() }
}
