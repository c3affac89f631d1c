//! What comes along with messages and their gateways keep: what its file is called, and when it is fetched.

use chrono::Duration;
use uuid::Uuid;

use super::Time;
use super::message::Attachment;

/// The longest file that is kept, in bytes: what Telegram lets bots have.
pub const LONGEST_MEDIA: usize = 20 << 20;

/// How long after each attempt the next one is due; there is none after the last.
const DELAYS: [Duration; 4] =
    [Duration::minutes(1), Duration::minutes(5), Duration::minutes(30), Duration::hours(3)];

/// When to try again, after so many attempts; none when it is given up.
pub fn next_fetch(attempts: u32, now: Time) -> Option<Time> {
    let delay = DELAYS.get(usize::try_from(attempts.saturating_sub(1)).ok()?)?;
    Some(now + *delay)
}

/// What marks an attachment whose file is kept here: `media:NAME`.
const HERE: &str = "media:";

/// How the attachment is kept once its file is here.
pub fn url_here(name: &str) -> String {
    format!("{HERE}{name}")
}

/// The file of an attachment that is here. A name that this program would not give is none.
pub fn name_here(attachment: &Attachment) -> Option<&str> {
    attachment.url.strip_prefix(HERE).filter(|name| is_name(name))
}

/// Whether that is a name as this program gives them, and so leads nowhere else.
pub fn is_name(name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else { return false };
    let (uuid, position) = stem.split_at_checked(36).unwrap_or_default();
    Uuid::try_parse(uuid).is_ok()
        && position
            .strip_prefix('-')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        && !extension.is_empty()
        && extension.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Why a file that came with an imported chat is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbrought {
    /// Nobody has tried yet, or the import was stopped before.
    NotYet,
    /// It is damaged in the zip file.
    Damaged,
    /// A password is needed.
    Encrypted,
    /// It is packed in a way that is not read, or would grow beyond all reason.
    Unpackable,
}

impl Unbrought {
    const ALL: [Self; 4] = [Self::NotYet, Self::Damaged, Self::Encrypted, Self::Unpackable];

    /// How it is kept.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotYet => "",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::Unpackable => "unpackable",
        }
    }

    /// The one that is kept so.
    pub fn of(code: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.code() == code).unwrap_or(Self::Damaged)
    }
}

/// Whether the gateway keeps it and may be asked for it, by its own id.
pub fn is_with_gateway(attachment: &Attachment) -> bool {
    ["telegram:", "whatsapp:"].iter().any(|scheme| attachment.url.starts_with(scheme))
}

/// The name of its file: from the message's key, its place among the message's attachments, and what it is. Nothing of it
/// comes from outside as it was written there.
pub fn file_name(message: Uuid, position: usize, attachment: &Attachment) -> String {
    format!("{message}-{position}.{}", extension(&attachment.content_type))
}

fn extension(content_type: &str) -> &'static str {
    match content_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" | "audio/x-m4a" => "m4a",
        "audio/amr" => "amr",
        "audio/aac" => "aac",
        "text/vcard" => "vcf",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/zip" => "zip",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_given_here() {
        let uuid = Uuid::from_u128(0x0191_7000_abcd);
        let photo = Attachment::parse("image/jpeg:telegram:a/../b");
        let name = file_name(uuid, 12, &photo);
        assert_eq!(name, "00000000-0000-0000-0000-01917000abcd-12.jpg");
        assert!(is_name(&name));
        assert_eq!(
            file_name(uuid, 0, &Attachment::parse("image/x-../..:telegram:a")),
            format!("{uuid}-0.bin")
        );
        let here = Attachment { url: url_here(&name), ..photo };
        assert_eq!(name_here(&here), Some(name.as_str()));
        let odd = ["", ".", "a.jpg", "../w.db", "x/y.jpg"];
        for odd in odd.map(str::to_owned).into_iter().chain([
            format!("{uuid}.jpg"),
            format!("{uuid}-.jpg"),
            format!("{uuid}-1"),
            format!("{uuid}-1."),
            format!("{uuid}-1./x"),
            format!("{uuid}-1.jpg/../../x"),
            format!("../{uuid}-1.jpg"),
            format!("{uuid}-1.JPG"),
        ]) {
            assert!(!is_name(&odd), "{odd:?}");
            assert_eq!(name_here(&Attachment::parse(&format!("image/png:media:{odd}"))), None, "{odd:?}");
        }
    }

    #[test]
    fn attempts_come_to_an_end() {
        let now = Time::UNIX_EPOCH;
        let waits: Vec<i64> = (1..9).map_while(|n| Some((next_fetch(n, now)? - now).num_minutes())).collect();
        assert_eq!(waits, [1, 5, 30, 180]);
    }
}
