//! Contacts and their addresses (URNs): how an address is normalised, compared and shown.
//!
//! Two addresses are the same when their identities, `scheme:path` after normalising, are equal; what follows a `?` or
//! `#` is not part of it. Phone numbers are read with libphonenumber's metadata: anything that could be a number of the
//! given country becomes E.164, short codes and sender ids are kept in lower case.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};
use uuid::Uuid;

use super::ContactId;

/// The longest name kept; a longer one is cut, as the platforms do with names that a channel brings.
pub const LONGEST_NAME: usize = 128;

/// A contact as messages and calls point at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRef {
    /// Its number here.
    pub id: ContactId,
    /// Its public key.
    pub uuid: Uuid,
    /// Its name; empty when nobody gave one.
    pub name: String,
}

/// Whether a contact may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ContactStatus {
    /// Yes.
    #[default]
    Active,
    /// A person refused it: what it writes is archived, what we write fails.
    Blocked,
    /// It does not want to hear from us; a message from it makes it active again.
    Stopped,
    /// Put away; what we write fails.
    Archived,
}

impl ContactStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Blocked, Self::Stopped, Self::Archived];

    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Stopped => "stopped",
            Self::Archived => "archived",
        }
    }
}

/// A country, by its two-letter ISO code: how numbers without a country code are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(Region);

impl Country {
    /// The country with that two-letter code, in either case, if it has phone numbers.
    pub fn from_code(code: &str) -> Option<Self> {
        let country = Self::kept(code.trim())?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(country.0).map(|_| country)
    }

    /// A code that was checked when it was kept.
    pub fn kept(code: &str) -> Option<Self> {
        (code.len() == 2).then(|| Region::from_code(code).ok().map(Self))?
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An address that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address")]
pub struct BadAddress(pub String);

/// An address of a contact: a scheme, a path, and sometimes a name to show for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Urn {
    scheme: String,
    path: String,
    display: String,
}

impl Urn {
    /// Reads `scheme:path[?query][#display]` and normalises it. A scheme that is not known is kept as it stands: a newer
    /// platform may have more of them.
    pub fn parse(text: &str, country: Option<Country>) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        let (scheme, rest) = text.trim().split_once(':').ok_or_else(bad)?;
        let (rest, display) = rest.split_once('#').unwrap_or((rest, ""));
        let path = rest.split_once('?').map_or(rest, |(path, _)| path).trim();
        let scheme = scheme.trim().to_lowercase();
        if path.is_empty() || scheme.is_empty() || !scheme.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(bad());
        }
        let path = match scheme.as_str() {
            "tel" => phone_path(path, country).ok_or_else(bad)?,
            "whatsapp" => whatsapp_path(path).ok_or_else(bad)?,
            "mailto" => path.to_lowercase(),
            "twitter" => path.trim_start_matches('@').to_lowercase(),
            _ => path.to_owned(),
        };
        let display = unescape(display).trim().to_owned();
        Ok(Self { scheme, path: unescape(&path), display })
    }

    /// Reads an address as a phone writes it: a number in any notation, a sender's name, or an e-mail address.
    pub fn from_phone(address: &str, country: Option<Country>) -> Result<Self, BadAddress> {
        let clean: String = address.chars().filter(|c| !c.is_control()).collect();
        let address = clean.trim();
        let (scheme, path) = if address.contains('@') && !address.starts_with("sip:") {
            ("mailto", Some(address.to_lowercase()))
        } else if address.starts_with("sip:") {
            ("ext", Some(address.to_owned()))
        } else {
            ("tel", phone_path(address, country))
        };
        let path = path.ok_or_else(|| BadAddress(address.to_owned()))?;
        Ok(Self { scheme: scheme.to_owned(), path, display: String::new() })
    }

    /// An address as the store kept it: already normalised.
    pub fn kept(identity: &str, display: String) -> Self {
        let (scheme, path) = identity.split_once(':').unwrap_or(("ext", identity));
        Self { scheme: scheme.to_owned(), path: path.to_owned(), display }
    }

    /// `scheme:path`, by which addresses are compared.
    pub fn identity(&self) -> String {
        format!("{}:{}", self.scheme, self.path)
    }

    /// The scheme: `tel`, `whatsapp`, `telegram` and so on.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The path, normalised.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name to show for it; empty when there is none.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// How it is shown in lists: a phone number in its national notation, else the display name, else the path.
    pub fn national(&self) -> String {
        match self.number() {
            Some(number) => format_number(&number, PhoneNumberFormat::National),
            None => self.plain(),
        }
    }

    /// The number without its country code, when it is one of that country, or of any when none is given.
    pub fn national_number(&self, country: Option<Country>) -> Option<String> {
        let number = self.number()?;
        let home = country.and_then(|country| PHONE_NUMBER_UTIL.get_country_code_for_region(country.0));
        let is_home = home.is_none_or(|home| i64::from(home) == i64::from(number.country_code));
        is_home.then(|| number.get_national_significant_number())
    }

    /// The display name, else the path.
    fn plain(&self) -> String {
        if self.display.is_empty() { self.path.clone() } else { self.display.clone() }
    }

    /// The phone number behind a `tel` or `whatsapp` address in international form.
    fn number(&self) -> Option<PhoneNumber> {
        let international = match self.scheme.as_str() {
            "tel" if self.path.starts_with('+') => self.path.clone(),
            "whatsapp" if self.path.bytes().all(|b| b.is_ascii_digit()) => format!("+{}", self.path),
            _ => return None,
        };
        PHONE_NUMBER_UTIL.parse(&international, None).ok()
    }
}

impl std::fmt::Display for Urn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme, self.path)
    }
}

/// What the service of an address is called: a brand or a common word, the same in every language.
pub fn service_name(scheme: &str) -> &str {
    match scheme {
        "tel" => "SMS",
        "whatsapp" => "WhatsApp",
        "telegram" => "Telegram",
        "facebook" => "Facebook",
        "instagram" => "Instagram",
        "mailto" => "E-mail",
        other => other,
    }
}

/// What a contact is called where there is little room: its name, else the address in national notation, else nothing.
pub fn display_name<'a>(name: &'a str, national: &'a str) -> &'a str {
    if name.is_empty() { national } else { name }
}

/// The same of a contact with these addresses. A number is only read where it is needed: the first one takes milliseconds.
pub fn name_or_number(name: &str, urns: &[Urn]) -> String {
    if name.is_empty() { urns.first().map(Urn::national).unwrap_or_default() } else { name.to_owned() }
}

/// A name as it is kept: trimmed, and at most [`LONGEST_NAME`] characters (a longer one loses its end).
pub fn clean_name(name: &str) -> String {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME {
        name.chars().take(LONGEST_NAME - 1).collect()
    } else {
        name.to_owned()
    }
}

/// The path of a `tel` address: E.164 where the text could be a number, else a short code or a sender id.
///
/// The rule, in its order: a leading `+` is remembered and all else but letters and digits dropped; a possible number of
/// the country, or one in international form, is E.164; 11 and more characters without a leading 0 are tried with a `+`
/// before them; 3 to 6 digits without a leading 0 are a short code where a country is known; 3 to 64 letters and digits
/// are a sender id.
fn phone_path(text: &str, country: Option<Country>) -> Option<String> {
    let text = text.trim();
    let stripped: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let with_plus = format!("+{stripped}");
    let international = text.starts_with('+');
    let digits = stripped.bytes().all(|b| b.is_ascii_digit());
    let first = if international { &with_plus } else { &stripped };
    possible_number(first, country)
        .or_else(|| {
            (stripped.len() >= 11 && !stripped.starts_with('0'))
                .then(|| possible_number(&with_plus, country))?
        })
        .or_else(|| {
            let short = digits && (3..=6).contains(&stripped.len()) && !stripped.starts_with('0');
            (short && country.is_some()).then(|| stripped.clone())
        })
        .or_else(|| (3..=64).contains(&stripped.len()).then(|| stripped.to_ascii_lowercase()))
}

fn possible_number(text: &str, country: Option<Country>) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(text, country.map(|country| country.0)).ok()?;
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
        Ok(NumberLengthType::IsPossible) => Some(format_number(&number, PhoneNumberFormat::E164)),
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(_) => None,
    }
}

fn format_number(number: &PhoneNumber, format: PhoneNumberFormat) -> String {
    PHONE_NUMBER_UTIL.format(number, format).into_owned()
}

/// The path of a `whatsapp` address: the digits of an international number, or a business-scoped id such as `BR.x1`.
fn whatsapp_path(path: &str) -> Option<String> {
    if let Some((country, id)) = path.split_once('.')
        && country.len() == 2
        && country.chars().all(|c| c.is_ascii_alphabetic())
        && !id.is_empty()
    {
        return Some(format!("{}.{id}", country.to_ascii_uppercase()));
    }
    let digits: String = path.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// Path and display escape only `#`, `%` and `?`.
fn unescape(text: &str) -> String {
    text.replace("%23", "#").replace("%3F", "?").replace("%3f", "?").replace("%25", "%")
}
