//! Templates of URLs and bodies: `{{name}}` becomes a value, written as its place needs it.
//!
//! A template is read once and filled in one pass. A value is never looked at again, so a text that holds `{{to}}`
//! arrives as it was written.

/// Where a value is put, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a URL or a form.
    Query,
    /// In JSON: a complete string with its quotes.
    Json,
    /// In XML.
    Xml,
    /// In something else: as it stands.
    Raw,
}

impl Place {
    /// Writes a value for this place.
    pub fn write(self, value: &str) -> String {
        match self {
            Self::Query => super::form::escape(value),
            Self::Json => serde_json::Value::from(value).to_string(),
            Self::Xml => xml_escape(value),
            Self::Raw => value.to_owned(),
        }
    }
}

/// Something that can stand in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The message's public key.
    Message,
    /// The text.
    Text,
    /// To whom.
    To,
    /// To whom, without the leading `+`.
    ToNoPlus,
    /// Our number.
    From,
    /// Our number, without the leading `+`.
    FromNoPlus,
    /// The channel's public key.
    Channel,
    /// What the platform puts here of flows; recado has none.
    SessionStatus,
    /// What the platform puts here of answers to choose from; recado has none.
    QuickReplies,
}

impl Variable {
    const NAMES: [(&str, Self); 10] = [
        ("{{id}}", Self::Message),
        ("{{uuid}}", Self::Message),
        ("{{text}}", Self::Text),
        ("{{to}}", Self::To),
        ("{{to_no_plus}}", Self::ToNoPlus),
        ("{{from}}", Self::From),
        ("{{from_no_plus}}", Self::FromNoPlus),
        ("{{channel}}", Self::Channel),
        ("{{session_status}}", Self::SessionStatus),
        ("{{quick_replies}}", Self::QuickReplies),
    ];
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Variable(Variable),
}

/// A template, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a template. What looks like a variable and is none stays as it stands.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let here = Variable::NAMES
                .iter()
                .find_map(|(name, variable)| rest.strip_prefix(name).map(|after| (*variable, after)));
            if let Some((variable, after)) = here {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                pieces.push(Piece::Variable(variable));
                rest = after;
            } else {
                plain.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
        pieces.push(Piece::Plain(plain));
        Self(pieces)
    }

    /// Whether a variable stands in it.
    pub fn has(&self, variable: Variable) -> bool {
        self.0.contains(&Piece::Variable(variable))
    }

    /// Fills it.
    pub fn fill<'v>(&self, place: Place, value: impl Fn(Variable) -> &'v str) -> String {
        let written = self.0.iter().map(|piece| match piece {
            Piece::Plain(plain) => plain.clone(),
            Piece::Variable(Variable::QuickReplies) if place == Place::Json => "[]".to_owned(),
            Piece::Variable(Variable::QuickReplies) => String::new(),
            Piece::Variable(variable) => place.write(value(*variable)),
        });
        written.collect()
    }
}

/// Escapes as the platform does. What XML cannot hold becomes the sign for it.
fn xml_escape(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' => written.push_str("&#34;"),
            '\'' => written.push_str("&#39;"),
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '\t' => written.push_str("&#x9;"),
            '\n' => written.push_str("&#xA;"),
            '\r' => written.push_str("&#xD;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            other => written.push(other),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_that_are_no_variable_stay() {
        let template = Template::new(r#"{"a":{"b":{{text}}},"c":"{{nothing}} {{ to }}"}{{{to}}}"#);
        let filled =
            template.fill(Place::Json, |variable| if variable == Variable::Text { "{{to}}" } else { "9" });
        assert_eq!(filled, r#"{"a":{"b":"{{to}}"},"c":"{{nothing}} {{ to }}"}{"9"}"#);
    }

    #[test]
    fn each_place_has_its_own_way_of_writing() {
        let value = "a&b <\"'> %+\n é😀";
        assert_eq!(Place::Query.write(value), "a%26b+%3C%22%27%3E+%25%2B%0A+%C3%A9%F0%9F%98%80");
        assert_eq!(Place::Json.write(value), "\"a&b <\\\"'> %+\\n é😀\"");
        assert_eq!(Place::Xml.write(value), "a&amp;b &lt;&#34;&#39;&gt; %+&#xA; é😀");
        assert_eq!(Place::Xml.write("\u{1}"), "\u{fffd}");
        assert_eq!(Place::Raw.write(value), value);
    }
}
