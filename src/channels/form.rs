//! Fields that a gateway calls in with: of a query, a form, a form with files, or JSON; and how a query is written.
//!
//! Values are kept as bytes, for some gateways say in another field how to read them.

use std::fmt::Write as _;

use super::{Refusal, Request};

/// Fields in the order in which they are looked for: those of the body, then those of the query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// The fields of a request, from body and query.
    pub fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        let mut fields = Self::of_body(request)?;
        fields.0.extend(pairs(request.query.as_bytes()));
        Ok(fields)
    }

    /// The fields of the body alone. A body of a kind that holds no fields has none.
    pub fn of_body(request: &Request<'_>) -> Result<Self, Refusal> {
        if request.body.is_empty() {
            return Ok(Self::default());
        }
        let whole = request.header("content-type").unwrap_or("application/x-www-form-urlencoded");
        let kind = whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Self(match kind.as_str() {
            "application/x-www-form-urlencoded" => pairs(request.body),
            "multipart/form-data" => multipart(whole, request.body)?,
            "application/json" => json(request.body)?,
            _ => Vec::new(),
        }))
    }

    /// The first value of that name.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_slice())
    }

    /// The first value of that name that says something, as text that is harmless to keep.
    pub fn text(&self, name: &str) -> Option<String> {
        let mut values = self.0.iter().filter(|(there, value)| there == name && !value.is_empty());
        values.next().map(|(_, value)| harmless(&String::from_utf8_lossy(value)))
    }

    /// The value of the first of these names that says something.
    pub fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }
}

/// A text without the one character that cannot be kept.
pub fn harmless(text: &str) -> String {
    text.replace('\0', "")
}

/// Writes a value for a query or a form.
pub fn escape(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            written.push(char::from(byte));
        } else if byte == b' ' {
            written.push('+');
        } else {
            // Writing to a String cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// Reads the pairs of a query or a form. A `%` without two digits after it stands for itself.
pub fn pairs(encoded: &[u8]) -> Vec<(String, Vec<u8>)> {
    let pairs = encoded.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let cut = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(cut);
        (String::from_utf8_lossy(&unescape(name)).into_owned(), unescape(value.get(1..).unwrap_or_default()))
    });
    pairs.collect()
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, beyond @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => {
                    rest = beyond;
                    high << 4 | low
                }
                None => b'%',
            },
            (other, _) => *other,
        });
    }
    bytes
}

/// The value of a hexadecimal digit.
pub fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Reads a JSON object of plain values.
fn json(body: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let bad = |problem: String| Refusal::Bad(vec![problem]);
    let read: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).map_err(|_| bad("the body is not a JSON object".to_owned()))?;
    let mut fields = Vec::new();
    for (name, value) in read {
        let value = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            serde_json::Value::Bool(flag) => flag.to_string(),
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                return Err(bad(format!("field '{name}' is neither a text nor a number")));
            }
        };
        fields.push((name, value.into_bytes()));
    }
    Ok(fields)
}

/// Reads a form in parts. Files are left out.
fn multipart(content_type: &str, body: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let bad = || Refusal::Bad(vec!["the body is not a form in parts".to_owned()]);
    let boundary = parameter(content_type, "boundary").ok_or_else(bad)?;
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first boundary has no line end before it.
    let opening = delimiter.get(2..).unwrap_or_default();
    let mut rest = &body[find(body, opening).ok_or_else(bad)? + opening.len()..];
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        let end = find(rest, &delimiter).ok_or_else(bad)?;
        let (part, after) = rest.split_at(end);
        rest = &after[delimiter.len()..];
        let cut = find(part, b"\r\n\r\n").ok_or_else(bad)?;
        let (head, value) = part.split_at(cut);
        let head = String::from_utf8_lossy(head);
        let about = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
        });
        let about = about.ok_or_else(bad)?;
        if parameter(about, "filename").is_none() {
            fields.push((parameter(about, "name").ok_or_else(bad)?, value[4..].to_vec()));
        }
    }
    Ok(fields)
}

/// A parameter of a header's value: `name=value` or `name="value"` after a semicolon.
pub fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut parameters = header.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len().max(1)).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_is_broken_stands_for_itself() {
        for text in ["", "a b+c&d=e%", "é😀\r\n\t{{to}}"] {
            let read = pairs(format!("x={}", escape(text)).as_bytes());
            assert_eq!(read, [("x".to_owned(), text.as_bytes().to_vec())]);
        }
        assert_eq!(
            pairs(b"&&a&=b&c=%zz%4"),
            [("a".to_owned(), vec![]), (String::new(), b"b".to_vec()), ("c".to_owned(), b"%zz%4".to_vec()),]
        );
    }

    #[test]
    fn a_form_in_parts_is_read_without_its_files() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\none\r\ntwo--B\r\n--B\r\n\
                     content-disposition: form-data; name=f; filename=\"x.png\"\r\n\r\n\0\r\n--B--\r\n";
        let read = multipart("multipart/form-data; boundary=\"B\"", body).unwrap();
        assert_eq!(read, [("text".to_owned(), b"one\r\ntwo--B".to_vec())]);
        for broken in [&b""[..], b"--B", b"--B\r\n", b"--B\r\nx: y\r\n\r\nno end", b"--B\r\nno head\r\n--B--"]
        {
            assert!(multipart("multipart/form-data; boundary=B", broken).is_err());
        }
        assert!(multipart("multipart/form-data", body).is_err());
    }
}
