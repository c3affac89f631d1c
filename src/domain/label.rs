//! Labels: names that people put on incoming messages.

use uuid::Uuid;

use super::LabelId;

/// A label as a message carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRef {
    /// Its number here.
    pub id: LabelId,
    /// Its public key.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
}

/// The longest name of a label, in characters (the platform's limit).
pub const LONGEST_NAME: usize = 64;

/// What is wrong with a label's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing but blanks.
    #[error("a label needs a name")]
    Empty,
    /// Longer than [`LONGEST_NAME`].
    #[error("a label's name has at most {LONGEST_NAME} characters")]
    TooLong,
    /// It holds `"`, a backslash or a control character, which the platform refuses too.
    #[error("a label's name cannot hold quotes, backslashes or control characters")]
    Forbidden,
}

/// A label's name as it is kept: trimmed and checked.
pub fn clean_name(name: &str) -> Result<String, BadName> {
    let name = name.trim();
    if name.is_empty() {
        Err(BadName::Empty)
    } else if name.chars().count() > LONGEST_NAME {
        Err(BadName::TooLong)
    } else if name.chars().any(|c| c == '"' || c == '\\' || c.is_control()) {
        Err(BadName::Forbidden)
    } else {
        Ok(name.to_owned())
    }
}

/// What two names share when they mean the same label: names are unique regardless of case.
pub fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}
