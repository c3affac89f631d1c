//! What stands for the contact in a text: `@contact.name`, `@(upper(fields.city))`.
//!
//! A text that goes to many is written once and evaluated for each. Only the words `@contact`, `@fields`, `@globals` and
//! `@urns` are looked at; any other stays as typed, and so does an e-mail address. Of those four, a property that nobody
//! knows gives nothing, as an expression that is wrong does. `@@` is an `@`. Names are the same in either case.
//!
//! In `@(…)` there are paths, texts in quotes, numbers, `&` to join, and the functions `upper`, `lower`, `default` and
//! `format_urn`.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use uuid::Uuid;

use super::Time;
use super::contact::Urn;

/// What a text is evaluated with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The contact's name; empty when it has none.
    pub name: &'a str,
    /// Its language, ISO 639-3; empty when not known.
    pub language: &'a str,
    /// The address that it prefers; the first of all when none is.
    pub urn: Option<&'a Urn>,
    /// All its addresses, the best first.
    pub urns: &'a [Urn],
    /// Its own fields.
    pub fields: &'a BTreeMap<String, String>,
    /// The values of the workspace.
    pub globals: &'a BTreeMap<String, String>,
    /// When it was made.
    pub created_on: Time,
    /// When it last wrote.
    pub last_seen_on: Option<Time>,
    /// Its public key.
    pub uuid: Uuid,
    /// `active`, `blocked`, `stopped` or `archived`.
    pub status: &'a str,
}

/// A longer expression in parentheses is none: the search for its end must not go through a whole text again and again.
const LONGEST: usize = 1000;

/// How deep parentheses and functions may be in each other.
const DEEPEST: usize = 30;

/// The text with everything in it that stands for the contact.
pub fn evaluate(text: &str, facts: &Facts<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('@') {
            out.push('@');
            rest = after;
        } else if let Some((inner, after)) = after.strip_prefix('(').and_then(enclosed) {
            // What is wrong renders as nothing, as on the platforms.
            out.push_str(&Parser::value_of(inner, facts).unwrap_or_default());
            rest = after;
        } else {
            let path = path_of(after);
            rest = after.get(path.len()..).unwrap_or_default();
            let is_address = before.ends_with(|c: char| c.is_ascii_alphanumeric());
            match top_level(path).map(|top| lookup(facts, top, path)) {
                Some(Ok(value)) => out.push_str(&value),
                Some(Err(Unknown)) if !is_address => {}
                Some(Err(Unknown)) | None => {
                    out.push('@');
                    out.push_str(path);
                }
            }
        }
    }
    out + rest
}

/// The expression up to the parenthesis that closes it, and what follows; parentheses in quotes do not count.
fn enclosed(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut quoted, mut escaped) = (1_usize, false, false);
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

/// The name at the beginning of a text: letters, digits, `_`, and dots that do not end it.
fn path_of(text: &str) -> &str {
    let end = text.find(|c: char| !is_name(c) && c != '.').unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches('.')
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What a path can begin with.
#[derive(Debug, Clone, Copy)]
enum Top {
    Contact,
    Fields,
    Globals,
    Urns,
}

fn top_level(path: &str) -> Option<Top> {
    let first = path.split('.').next()?;
    let all =
        [("contact", Top::Contact), ("fields", Top::Fields), ("globals", Top::Globals), ("urns", Top::Urns)];
    all.into_iter().find(|(name, _)| first.eq_ignore_ascii_case(name)).map(|(_, top)| top)
}

/// A name that stands for nothing, or an expression that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unknown;

fn lookup(facts: &Facts<'_>, top: Top, path: &str) -> Result<String, Unknown> {
    let path = path.to_ascii_lowercase();
    let properties: Vec<&str> = path.split('.').skip(1).collect();
    match (top, properties.as_slice()) {
        (Top::Contact, []) if facts.name.is_empty() => {
            Ok(preferred(facts).map(Urn::national).unwrap_or_default())
        }
        (Top::Contact, []) => Ok(facts.name.to_owned()),
        (Top::Contact, ["fields", key]) | (Top::Fields, [key]) => value(facts.fields, key),
        (Top::Contact, [property]) => of_contact(facts, property),
        (Top::Globals, [key]) => value(facts.globals, key),
        (Top::Urns, [scheme]) => {
            let best = facts.urns.iter().chain(facts.urn).find(|urn| urn.scheme() == *scheme);
            best.map(written).ok_or(Unknown)
        }
        (Top::Contact | Top::Fields | Top::Globals | Top::Urns, _) => Err(Unknown),
    }
}

fn of_contact(facts: &Facts<'_>, property: &str) -> Result<String, Unknown> {
    Ok(match property {
        "name" => facts.name.to_owned(),
        "first_name" => facts.name.split_whitespace().next().unwrap_or_default().to_owned(),
        "language" => facts.language.to_owned(),
        "status" => facts.status.to_owned(),
        "urn" => preferred(facts).map(written).unwrap_or_default(),
        "created_on" => iso(facts.created_on),
        "last_seen_on" => facts.last_seen_on.map(iso).unwrap_or_default(),
        "uuid" => facts.uuid.to_string(),
        _ => return Err(Unknown),
    })
}

fn preferred<'a>(facts: &Facts<'a>) -> Option<&'a Urn> {
    facts.urn.or(facts.urns.first())
}

/// An address as it is written down: `scheme:path`, and `#display` where there is one.
fn written(urn: &Urn) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('#', "%23").replace('?', "%3F");
    let address = format!("{}:{}", urn.scheme(), escape(urn.path()));
    if urn.display().is_empty() { address } else { format!("{address}#{}", escape(urn.display())) }
}

fn value(values: &BTreeMap<String, String>, key: &str) -> Result<String, Unknown> {
    let found = values
        .get(key)
        .or_else(|| values.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value));
    found.cloned().ok_or(Unknown)
}

fn iso(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads an expression in parentheses and computes it on the way.
struct Parser<'a> {
    rest: &'a str,
    facts: &'a Facts<'a>,
}

/// What a part of an expression gives, if its grammar is right.
type Value = Result<String, Unknown>;

impl Parser<'_> {
    fn value_of(text: &str, facts: &Facts<'_>) -> Value {
        let mut parser = Parser { rest: text, facts };
        let value = parser.joined(0)?;
        if parser.rest.trim().is_empty() { value } else { Err(Unknown) }
    }

    /// Takes a sign if it comes next.
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    // The outer error is of the grammar and ends everything; the inner one is a value that is not there, for which
    // `default` has another.

    fn joined(&mut self, depth: usize) -> Result<Value, Unknown> {
        let mut all = self.single(depth)?;
        while self.takes('&') {
            let next = self.single(depth)?;
            all = all.and_then(|all| Ok(all + &next?));
        }
        Ok(all)
    }

    fn single(&mut self, depth: usize) -> Result<Value, Unknown> {
        if depth > DEEPEST {
            return Err(Unknown);
        }
        if self.takes('(') {
            let value = self.joined(depth + 1)?;
            return if self.takes(')') { Ok(value) } else { Err(Unknown) };
        }
        if self.takes('"') {
            return self.quoted().map(Ok).ok_or(Unknown);
        }
        let negative = self.takes('-');
        self.rest = self.rest.trim_start();
        let path = path_of(self.rest);
        self.rest = self.rest.get(path.len()..).unwrap_or_default();
        if path.starts_with(|c: char| c.is_ascii_digit()) {
            let is_number =
                path.chars().all(|c| c.is_ascii_digit() || c == '.') && path.split('.').count() <= 2;
            let sign = if negative { "-" } else { "" };
            return if is_number { Ok(Ok(format!("{sign}{path}"))) } else { Err(Unknown) };
        }
        if negative || path.is_empty() {
            return Err(Unknown);
        }
        if self.takes('(') {
            return self.call(path.to_ascii_lowercase().as_str(), depth);
        }
        Ok(top_level(path).ok_or(Unknown).and_then(|top| lookup(self.facts, top, path)))
    }

    /// A text whose first quote was taken; a quote in it is written `\"`.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices();
        while let Some((at, c)) = letters.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => text.push(match letters.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                }),
                _ => text.push(c),
            }
        }
        None
    }

    /// A function whose first parenthesis was taken.
    fn call(&mut self, function: &str, depth: usize) -> Result<Value, Unknown> {
        let mut given = Vec::new();
        if !self.takes(')') {
            given.push(self.joined(depth + 1)?);
            while self.takes(',') {
                given.push(self.joined(depth + 1)?);
            }
            if !self.takes(')') {
                return Err(Unknown);
            }
        }
        let mut given = given.into_iter();
        match (function, given.next(), given.next(), given.next()) {
            ("upper", Some(text), None, None) => Ok(text.map(|text| text.to_uppercase())),
            ("lower", Some(text), None, None) => Ok(text.map(|text| text.to_lowercase())),
            ("format_urn", Some(urn), None, None) => Ok(urn.and_then(|urn| {
                let urn = Urn::parse(&urn, None).map_err(|_| Unknown)?;
                Ok(urn.national())
            })),
            ("default", Some(value), Some(other), None) => match value {
                Ok(value) if !value.is_empty() => Ok(Ok(value)),
                Ok(_) | Err(Unknown) => Ok(other),
            },
            _ => Err(Unknown),
        }
    }
}
