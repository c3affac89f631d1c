//! Whom a person means when they say to whom a message goes.

use super::contact::{Country, Urn};

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
        if let Some(group) = text.strip_prefix('@') {
            return (!group.is_empty()).then(|| Self::Group(group.to_owned()));
        }
        if let Some(label) = text.strip_prefix('#') {
            return (!label.is_empty()).then(|| Self::Label(label.to_owned()));
        }
        if text.contains(':') {
            return Urn::parse(text, country).ok().map(Self::Address);
        }
        // A sender's name is an address for what comes in; nobody can write to it.
        let is_number = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
        if is_number {
            return Urn::from_phone(text, country).ok().map(Self::Address);
        }
        Some(Self::Name(text.to_owned()))
    }

    /// Reads several, with commas between them. The error is the one that cannot be read.
    pub fn parse_all(text: &str, country: Option<Country>) -> Result<Vec<Self>, String> {
        let all = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
        all.map(|part| Self::parse(part, country).ok_or_else(|| part.to_owned())).collect()
    }
}
