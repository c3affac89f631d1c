//! What happens to files on their way: bytes that turn, lines that are lost or come twice, numbers beyond all reason.

use std::io::{Cursor, Read, Write};

use fastrand::Rng;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Numbers at the ends of what programs count with, and dates that are none.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "00",
    "-0",
    "1e309",
    "1e-5",
    "0.5",
    "NaN",
    "inf",
    "12",
    "13",
    "31",
    "32",
    "59",
    "60",
    "61",
    "99",
    "127",
    "255",
    "256",
    "999",
    "1900",
    "1904",
    "1969",
    "1970",
    "2038",
    "9999",
    "10000",
    "65536",
    "99999",
    "262143",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "4294967296",
    "99999999999",
    "100000000000",
    "253402300799999",
    "253402300800000",
    "8640000000000000",
    "9223372036854",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-62135596800000",
    "1e15",
    "1E400",
    "340282366920938463463374607431768211456",
    "0x10",
    "١٢",
    "+5",
    "5.",
];

/// What readers stumble over.
const TOKENS: &[&str] = &[
    "\0",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{9b}31m",
    "\u{1b}[31m",
    "\u{202E}",
    "\u{2028}",
    "\u{FEFF}",
    "\u{FFFD}",
    "\u{200E}",
    "\u{E000}",
    "\u{E000}1",
    "\u{10FFFF}",
    "\u{1F}",
    "\u{301}\u{301}",
    "👨‍👩‍👧",
    "ﷺ",
    "İ",
    "ß",
    "世界",
    "\"",
    "'",
    "\"\"",
    "\\",
    "\\u0000",
    "\\ud83d",
    "\\udE00\\ud83d",
    "\\ud83d\\ude00",
    "\\uD800\\u0000",
    "\\",
    "&#0;",
    "&#55357;",
    "&#55357;&#56832;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&amp;#55357;",
    "&lt",
    "&;",
    "&#;",
    "&a;",
    "<",
    ">",
    "/>",
    "<sms ",
    "<mms ",
    "<parts>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "<?xml version=\"1.0\" encoding=\"koi8-r\"?>",
    "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
    "<!DOCTYPE smses SYSTEM \"file:///etc/passwd\">",
    ",",
    ";",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\n\n\n",
    ":",
    "::",
    "-",
    "[",
    "]",
    "{",
    "}",
    "{}",
    "[]",
    "null",
    "true",
    "{\"a\":",
    "[[[[[[",
    "\",\"",
    "tel:",
    "tel:+",
    "tel:+5511900007240",
    "mailto:@",
    "@",
    "~",
    "#",
    "+",
    "000",
    "(Unknown)",
    "-2",
    "sip:x@y",
    "whatsapp:",
    "telegram:1",
    "nan",
    "'=1+1",
    "=1+1",
    "_x000D_",
    "_x0000_",
    "_xD800_",
    "a.m.",
    "PM",
    "AM ",
    "24:00",
    "23:59:60",
    "29/2/23",
    "31/04/2023",
    "0/0/0",
    "2023-02-29 00:00:00",
    "0000-00-00 00:00:00",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "1970-01-01T00:00:00+99:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2011-12-30 12:00:00",
    "\"direction\":\"out\"",
    "\"status\":\"queued\"",
    "\"status\":\"errored\"",
    "\"kind\":\"message\"",
    "\"visibility\":\"deleted\"",
    " - ",
    "Ana: ",
];

/// Bytes that no text holds.
const BYTES: &[&[u8]] = &[
    b"\xFF",
    b"\xC0\x80",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xE2\x80",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\xEF\xBB\xBF",
    b"\x1F\x8B",
    b"PK\x03\x04",
    b"\x80",
    b"\0\0\0\0",
];

/// Chance that follows from the run's seed, what is tried and the number of the round.
pub fn chance(seed: u64, subject: usize, round: u64) -> Rng {
    let mut rng = Rng::with_seed(seed ^ (subject as u64) << 56);
    let base = rng.u64(..);
    Rng::with_seed(base ^ round.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

pub fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.usize(..from.len())]
}

/// One of either list.
pub fn either<'a, T: ?Sized>(rng: &mut Rng, one: &[&'a T], other: &[&'a T]) -> &'a T {
    let from = if rng.bool() { one } else { other };
    pick(rng, from)
}

/// A word of any of the lists, or some bytes of chance.
pub fn snippet(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..8) {
        0..=3 => pick(rng, TOKENS).as_bytes().to_vec(),
        4 | 5 => pick(rng, NUMBERS).as_bytes().to_vec(),
        6 => pick(rng, BYTES).to_vec(),
        _ => (0..rng.usize(1..16)).map(|_| rng.u8(..)).collect(),
    }
}

/// A word that is text.
pub fn word(rng: &mut Rng) -> &'static str {
    either(rng, TOKENS, NUMBERS)
}

/// A file after some mutations, with pieces of others.
pub fn mutated(rng: &mut Rng, original: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    // Some rounds keep little of a sample, so that what is strange comes close together.
    if rng.u8(..4) == 0 {
        keep_some_lines(rng, &mut bytes);
    }
    let times = match rng.u8(..16) {
        0 => 0,
        1..=8 => rng.usize(1..4),
        9..=13 => rng.usize(4..12),
        _ => rng.usize(12..80),
    };
    for _ in 0..times {
        mutate(rng, &mut bytes, others);
    }
    bytes
}

fn keep_some_lines(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let few = rng.usize(1..9);
    let head = rng.usize(..5);
    let kept: Vec<u8> = lines
        .iter()
        .enumerate()
        .filter(|(n, _)| *n < head || rng.usize(..lines.len()) < few)
        .flat_map(|(_, line)| line.iter().copied())
        .collect();
    if !kept.is_empty() {
        *bytes = kept;
    }
}

fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let at = rng.usize(..=bytes.len());
    match rng.u8(..24) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        3..=5 => {
            let piece = snippet(rng);
            bytes.splice(at..at, piece);
        }
        6 => {
            let end = (at + rng.usize(1..64)).min(bytes.len());
            bytes.drain(at..end);
        }
        7 => {
            let end = (at + rng.usize(1..300)).min(bytes.len());
            let piece = bytes[at..end].repeat(rng.usize(1..4));
            bytes.splice(end..end, piece);
        }
        8 => {
            let other = &others[rng.usize(..others.len())];
            let from = rng.usize(..=other.len());
            let end = (from + rng.usize(1..2000)).min(other.len());
            bytes.splice(at..at, other[from..end].iter().copied());
        }
        9 if rng.u8(..4) == 0 => {
            let other = &others[rng.usize(..others.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[rng.usize(..=other.len())..]);
        }
        9 | 10 => swap_lines(rng, bytes),
        11 => swap_fields(rng, bytes),
        12..=16 => replace_number(rng, bytes),
        17 if rng.u8(..4) == 0 => bytes.truncate(at),
        17 | 18 => replace_quoted(rng, bytes),
        19 => {
            let most = if rng.u8(..8) == 0 { 21 } else { 14 };
            let much = 1 << rng.u8(1..most);
            let piece = snippet(rng);
            let piece = piece.repeat(much / piece.len().max(1) + 1);
            bytes.splice(at..at, piece);
        }
        20 => lines_again(rng, bytes),
        21 if rng.u8(..6) == 0 => *bytes = in_another_encoding(rng, bytes),
        21 | 22 => {
            let digits: Vec<usize> = positions(bytes, u8::is_ascii_digit);
            if !digits.is_empty() {
                bytes[digits[rng.usize(..digits.len())]] = b'0' + rng.u8(..10);
            }
        }
        _ => {
            let name: &[u8] =
                pick(rng, &[b"<sms>".as_slice(), b"<parts>", b"{\"a\":", b"[", b"(", b"\"", b"<!--", b"</"]);
            let piece = name.repeat(rng.usize(1..2000));
            bytes.splice(at..at, piece);
        }
    }
}

fn positions(bytes: &[u8], is_wanted: impl Fn(&u8) -> bool) -> Vec<usize> {
    bytes.iter().enumerate().filter(|(_, byte)| is_wanted(byte)).map(|(at, _)| at).collect()
}

fn lines_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn swap_lines(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let mut lines = lines_of(bytes);
    if !lines.is_empty() {
        let (one, two) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
        lines.swap(one, two);
        *bytes = lines.concat();
    }
}

/// Some lines once more, or not at all.
fn lines_again(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let mut lines = lines_of(bytes);
    if lines.is_empty() {
        return;
    }
    let at = rng.usize(..lines.len());
    if rng.bool() {
        lines.remove(at);
    } else {
        let line = lines[at].clone();
        let to = rng.usize(..=lines.len());
        lines.splice(to..to, std::iter::repeat_n(line, rng.usize(1..40)));
    }
    *bytes = lines.concat();
}

fn swap_fields(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let mut lines = lines_of(bytes);
    if lines.is_empty() {
        return;
    }
    let at = rng.usize(..lines.len());
    let mark = *pick(rng, &[&b',', &b';', &b' ', &b'"', &b':']);
    let mut fields: Vec<Vec<u8>> = lines[at].split(|byte| *byte == mark).map(<[u8]>::to_vec).collect();
    let (one, two) = (rng.usize(..fields.len()), rng.usize(..fields.len()));
    match rng.u8(..4) {
        0 | 1 => fields.swap(one, two),
        2 => drop(fields.remove(one)),
        _ => fields[one] = snippet(rng),
    }
    lines[at] = fields.join(&[mark][..]);
    *bytes = lines.concat();
}

fn replace_number(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let digits = positions(bytes, u8::is_ascii_digit);
    if digits.is_empty() {
        return;
    }
    let at = digits[rng.usize(..digits.len())];
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let start = (0..=at).rev().take_while(|at| is_digit(*at)).last().unwrap_or(at);
    let end = (at..bytes.len()).find(|at| !is_digit(*at)).unwrap_or(bytes.len());
    let number = pick(rng, NUMBERS).as_bytes().to_vec();
    bytes.splice(start..end, number);
}

fn replace_quoted(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let quotes = positions(bytes, |byte| *byte == b'"');
    if quotes.len() < 2 {
        return;
    }
    let n = rng.usize(..quotes.len() - 1);
    let piece = snippet(rng);
    bytes.splice(quotes[n] + 1..quotes[n + 1], piece);
}

fn in_another_encoding(rng: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let units = "\u{FEFF}".encode_utf16().chain(text.encode_utf16());
    match rng.u8(..3) {
        0 => units.flat_map(u16::to_le_bytes).collect(),
        1 => units.flat_map(u16::to_be_bytes).collect(),
        _ => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
    }
}

/// A gzip file in as many members as chance wants.
pub fn gzip(rng: &mut Rng, content: &[u8]) -> Vec<u8> {
    let cut = if rng.bool() { content.len() } else { rng.usize(..=content.len()) };
    let mut packed = Vec::new();
    for part in [&content[..cut], &content[cut..]] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(part).unwrap();
        packed.extend(encoder.finish().unwrap());
    }
    packed
}

pub fn gunzip(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    MultiGzDecoder::new(packed).read_to_end(&mut content).unwrap();
    content
}

pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn unzip(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(packed)).unwrap();
    let mut files = Vec::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.push((file.name().unwrap().into_owned(), content));
    }
    files
}
