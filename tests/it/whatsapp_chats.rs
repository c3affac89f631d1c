//! Chats exported from WhatsApp: every way in which phones write them, whose messages they are, and what zip files hold.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::cli::Home;
use crate::imports::{counts, expected, sample};

const SAMPLES: [&str; 3] = ["whatsapp_chat_es.txt", "whatsapp_chat_pt_ios.txt", "whatsapp_chat_en_us.txt"];

/// The options with which a sample's results were made.
fn options(summary: &Value) -> [&str; 4] {
    ["--timezone", summary["timezone"].as_str().unwrap(), "--me", summary["me"].as_str().unwrap()]
}

fn zipped(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// `name: text` of each message, with a mark for what was sent.
fn told(records: &[Value]) -> Vec<String> {
    let told = |record: &Value| {
        let arrow = if record["direction"] == "out" { ">" } else { "" };
        let who = record["name"].as_str().or(record["urn"].as_str()).unwrap().to_owned();
        format!("{arrow}{who}: {}", record["text"].as_str().unwrap())
    };
    records.iter().map(told).collect()
}

impl Home {
    /// The sentence of an import that is refused.
    fn refused(&self, path: &Path, more: &[&str]) -> String {
        self.bad(1, &[&["import", path.to_str().unwrap()], more].concat())
    }

    /// Who the messages of a folder are with.
    fn contacts(&self, folder: &str) -> Vec<String> {
        let rows = self.json(&["list", folder, "--json"]);
        let mut names: Vec<String> = rows
            .iter()
            .map(|row| {
                row["contact"]["name"].as_str().filter(|name| !name.is_empty()).or(row["urn"].as_str())
            })
            .map(|name| name.unwrap().to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn chat(&self, name: &str, lines: &[&str]) -> PathBuf {
        self.write(name, lines.join("\n"))
    }
}

#[test]
fn every_sample_gives_exactly_its_expected_records_and_summary() {
    for name in SAMPLES {
        let home = Home::new();
        let (records, summary) = expected(name);
        let options = options(&summary);
        let found = home.rehearse(&sample(name), &options);
        for (found, record) in found.iter().zip(&records) {
            assert_eq!(found, record, "{name}");
        }
        assert_eq!(found.len(), records.len(), "{name}");
        assert!(!home.db().exists(), "a dry run makes no workspace");
        let done = home.import(&sample(name), &options);
        for key in ["file", "seen", "imported", "duplicates", "skipped", "errors"] {
            assert_eq!(done[key], summary[key], "{key} of {name}");
        }
        assert_eq!(done["format"], "whatsapp");
        let before = home.folders();
        let again = home.import(&sample(name), &options);
        assert_eq!((&again["imported"], &again["duplicates"]), (&json!(0), &summary["imported"]), "{name}");
        assert!(home.rehearse(&sample(name), &options).is_empty(), "{name}");
        assert_eq!(home.folders(), before);
        assert_eq!(home.total("outbox"), 0);
        assert!(home.good(&["doctor"]).starts_with("sound"));
    }
}

#[test]
fn line_ends_marks_and_encodings_change_nothing() {
    let home = Home::new();
    let name = SAMPLES[0];
    let (records, summary) = expected(name);
    let text = fs::read_to_string(sample(name)).unwrap();
    let utf16 = |mark: &str, to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.encode_utf16().chain(text.encode_utf16()).flat_map(to).collect()
    };
    for (name, content) in [
        ("crlf.txt", text.replace('\n', "\r\n").into_bytes()),
        ("bom.txt", format!("\u{feff}{text}").into_bytes()),
        ("mark.txt", format!("\u{200e}{text}").into_bytes()),
        ("blank.txt", format!("\n \n{text}\n\n").into_bytes()),
        ("utf16le.txt", utf16("\u{feff}", u16::to_le_bytes)),
        ("utf16be.txt", utf16("\u{feff}", u16::to_be_bytes)),
        ("x.zip", zipped(&[("_chat.txt", text.as_bytes())], CompressionMethod::Deflated)),
        ("stored.zip", zipped(&[("a/_chat.txt", text.as_bytes())], CompressionMethod::Stored)),
    ] {
        assert!(home.rehearse(&home.write(name, content), &options(&summary)) == records, "{name}");
    }
    let text = fs::read_to_string(sample(SAMPLES[1])).unwrap();
    let lf = home.write("lf.txt", text.replace("\r\n", "\n"));
    let (records, summary) = expected(SAMPLES[1]);
    assert!(home.rehearse(&lf, &options(&summary)) == records);
    let latin =
        home.write("latin.txt", b"1/5/23, 08:10 - Jos\xE9: ma\xF1ana\n1/5/23, 08:10 - Ana: si\n".as_slice());
    let found = home.rehearse(&latin, &["--encoding", "latin1", "--me", "Ana"]);
    assert_eq!(told(&found), ["José: mañana", ">Ana: si"]);
    let found = home.import(&latin, &["--me", "Ana"]);
    assert_eq!(
        (found["imported"].as_u64(), &found["errors"][0]["reason"]),
        (Some(1), &json!("bad encoding"))
    );
}

/// The same three messages as phones of many languages write them.
#[test]
fn every_locale_gives_the_same_messages() {
    let home = Home::new();
    let nnbsp = '\u{202f}';
    let forms: Vec<(&str, Vec<String>)> = vec![
        ("es", ["1/5/23, 08:10 - ", "1/5/23, 20:11 - ", "13/5/23, 00:05 - "].map(String::from).to_vec()),
        (
            "pt-BR",
            ["01/05/2023 08:10 - ", "01/05/2023 20:11 - ", "13/05/2023 00:05 - "].map(String::from).to_vec(),
        ),
        (
            "en-US",
            [
                format!("5/1/23, 8:10{nnbsp}AM - "),
                format!("5/1/23, 8:11{nnbsp}PM - "),
                format!("5/13/23, 12:05{nnbsp}AM - "),
            ]
            .to_vec(),
        ),
        (
            "es, 12 h",
            [
                "1/5/2023, 8:10 a.\u{a0}m. - ",
                "1/5/2023, 8:11 p.\u{a0}m. - ",
                "13/5/2023, 12:05 a.\u{a0}m. - ",
            ]
            .map(String::from)
            .to_vec(),
        ),
        ("de", ["01.05.23, 08:10 - ", "01.05.23, 20:11 - ", "13.05.23, 00:05 - "].map(String::from).to_vec()),
        (
            "en-CA",
            ["2023-05-01, 8:10 a.m. - ", "2023-05-01, 8:11 p.m. - ", "2023-05-13, 12:05 a.m. - "]
                .map(String::from)
                .to_vec(),
        ),
        ("ja", ["2023/5/1 08:10 - ", "2023/5/1 20:11 - ", "2023/5/13 00:05 - "].map(String::from).to_vec()),
        (
            "zh, 12 h",
            ["2023/5/1 上午8:10 - ", "2023/5/1 下午8:11 - ", "2023/5/13 上午12:05 - "]
                .map(String::from)
                .to_vec(),
        ),
        (
            "iOS pt",
            ["[01/05/2023, 08:10:00] ", "\u{200e}[01/05/2023, 20:11:00] ", "[13/05/2023, 00:05:00] "]
                .map(String::from)
                .to_vec(),
        ),
        (
            "iOS en-US",
            [
                format!("[5/1/23, 8:10:00{nnbsp}AM] "),
                format!("[5/1/23, 8:11:00{nnbsp}PM] "),
                format!("[5/13/23, 12:05:00{nnbsp}AM] "),
            ]
            .to_vec(),
        ),
        (
            "iOS ar",
            [
                "[١\u{200f}/٥\u{200f}/٢٠٢٣، ٨:١٠:٠٠ ص] ",
                "[١\u{200f}/٥\u{200f}/٢٠٢٣، ٨:١١:٠٠ م] ",
                "[١٣\u{200f}/٥\u{200f}/٢٠٢٣، ١٢:٠٥:٠٠ ص] ",
            ]
            .map(String::from)
            .to_vec(),
        ),
        (
            "iOS fi",
            ["[1.5.2023 klo 8.10.00] ", "[1.5.2023 klo 20.11.00] ", "[13.5.2023 klo 0.05.00] "]
                .map(String::from)
                .to_vec(),
        ),
    ];
    for (locale, headers) in forms {
        let [one, two, three] = &headers[..] else { unreachable!() };
        let file =
            home.write("x.txt", format!("{one}Ana: hi\n{two}Luis: 1/5/23\nno header\n{three}Ana: bye\n"));
        let found = home.rehearse(&file, &["--me", "Luis", "--timezone", "America/Bogota"]);
        assert_eq!(told(&found), ["Ana: hi", ">Luis: 1/5/23\nno header", "Ana: bye"], "{locale}");
        let times: Vec<&str> = found.iter().map(|record| record["time"].as_str().unwrap()).collect();
        assert_eq!(
            times,
            ["2023-05-01T13:10:00Z", "2023-05-02T01:11:00Z", "2023-05-13T05:05:00Z"],
            "{locale}"
        );
    }
}

#[test]
fn a_longer_export_adds_what_is_new_and_equal_lines_of_a_minute_are_all_kept() {
    let home = Home::new();
    let start = "1/5/23, 08:10 - Ana: ok\n1/5/23, 08:10 - Ana: ok\n1/5/23, 08:10 - Luis: ok\n13/5/23, 08:10 - Ana: ok\n";
    let more = "13/5/23, 08:10 - Ana: ok\n14/5/23, 08:11 - Luis: see you\n";
    let name = "WhatsApp Chat with Ana.txt";
    assert_eq!(counts(&home.import(&home.write(name, start), &[])), (4, 4, 0));
    let whole = format!("{start}{more}");
    assert_eq!(counts(&home.import(&home.write(name, &whole), &[])), (6, 2, 4));
    // Also when it is named otherwise, its owner calls himself otherwise, or it comes from another kind of phone.
    let other = whole.replace("Luis", "Luis 🌵");
    let other = home.write("Chat de WhatsApp con Ana (1).txt", other);
    assert_eq!(counts(&home.import(&other, &[])), (6, 0, 6));
    let twelve = whole.replace("08:10", "8:10 AM").replace("08:11", "8:11 AM");
    assert_eq!(counts(&home.import(&home.write("x.txt", twelve), &["--me", "Luis"])), (6, 0, 6));
    // Media that were left out the first time are still the same messages.
    let without = "1/6/23, 08:10 - Ana: <Media omitted>\n1/6/23, 08:11 - Luis: yes\n";
    let with = "1/6/23, 08:10 - Ana: \u{200e}IMG-1.jpg (file attached)\n1/6/23, 08:11 - Luis: yes\n";
    assert_eq!(counts(&home.import(&home.write(name, without), &["--dates", "day-first"])), (2, 2, 0));
    assert_eq!(counts(&home.import(&home.write(name, with), &["--dates", "day-first"])), (2, 0, 2));
}

#[test]
fn the_order_of_dates_is_decided_by_the_file_and_asked_for_when_it_is_not() {
    let home = Home::new();
    let run = |text: &str, more: &[&str]| {
        let file = home.write("x.txt", text);
        let mut arguments = vec![
            "import",
            file.to_str().unwrap(),
            "--dry-run",
            "--json",
            "--me",
            "Luis",
            "--timezone",
            "UTC",
        ];
        arguments.extend(more);
        let output = home.run(&arguments);
        assert!(output.status.success());
        let first: Value =
            serde_json::from_slice(output.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        let day = first["time"].as_str().unwrap().get(..10).unwrap().to_owned();
        (day, String::from_utf8(output.stderr).unwrap())
    };
    let chat = |days: &[&str]| {
        days.iter().fold(String::new(), |mut chat, day| {
            writeln!(chat, "{day}, 08:10 - Ana: x\n{day}, 08:11 - Luis: y").unwrap();
            chat
        })
    };
    let sure = |day: &str| (day.to_owned(), String::new());
    assert_eq!(run(&chat(&["1/5/23", "13/5/23"]), &[]), sure("2023-05-01"));
    assert_eq!(run(&chat(&["1/5/23", "5/13/23"]), &[]), sure("2023-01-05"));
    assert_eq!(
        run(&chat(&["1/5/23", "2/5/23", "1/6/23"]), &[]),
        sure("2023-05-01"),
        "a chat does not go back"
    );
    assert_eq!(run(&chat(&["23/5/1", "45/5/2"]), &[]), sure("2023-05-01"));
    let (day, note) = run(&chat(&["1/5/23"]), &[]);
    assert!(day == "2023-05-01" && note.contains("--dates month-first"), "{note}");
    assert_eq!(run(&chat(&["1/5/23"]), &["--dates", "month-first"]), sure("2023-01-05"));
    assert_eq!(run(&chat(&["1/5/23", "13/5/23"]), &["--dates", "month-first"]), sure("2023-05-01"));
    assert!(home.bad(2, &["import", "x", "--dates", "sideways"]).contains("month-first"));
}

#[test]
fn hours_that_come_twice_or_never_lose_nothing() {
    let home = Home::new();
    let file = home.chat(
        "x.txt",
        &[
            "13/10/23, 08:00 - Luis: a",
            "5/11/23, 01:30 - Ana: b",
            "5/11/23, 01:59 - Ana: c",
            "5/11/23, 01:10 - Luis: d",
            "5/11/23, 01:10 - Luis: d",
            "5/11/23, 02:00 - Ana: e",
            "10/3/24, 01:59 - Ana: f",
            "10/3/24, 02:30 - Ana: g",
            "10/3/24, 03:31 - Ana: h",
        ],
    );
    let options = ["--me", "Luis", "--timezone", "America/New_York"];
    let times: Vec<String> = home
        .rehearse(&file, &options)
        .iter()
        .map(|record| record["time"].as_str().unwrap()[5..16].to_owned())
        .collect();
    assert_eq!(
        times,
        [
            "10-13T12:00",
            "11-05T05:30",
            "11-05T05:59",
            "11-05T06:10",
            "11-05T06:10",
            "11-05T07:00",
            "03-10T06:59",
            "03-10T07:30",
            "03-10T07:31"
        ]
    );
    assert_eq!(counts(&home.import(&file, &options)), (9, 9, 0));
    assert_eq!(counts(&home.import(&file, &options)), (9, 0, 9));
}

#[test]
fn whose_messages_are_ours_is_found_out_or_asked_for_and_never_guessed() {
    let home = Home::new();
    let lines = ["13/5/23, 08:10 - Ana Souza: hola", "13/5/23, 08:11 - Luis: qué tal"];
    let nameless = home.chat("chat.txt", &lines);
    let sentence = home.refused(&nameless, &["--json"]);
    assert!(sentence.contains("Ana Souza · Luis") && sentence.contains("--me"), "{sentence}");
    assert!(home.refused(&nameless, &["--me", "Luiz"]).contains("nobody writes as Luiz"));
    assert_eq!(told(&home.rehearse(&nameless, &["--me", "luis"])), ["Ana Souza: hola", ">Luis: qué tal"]);
    let group = home.chat("WhatsApp Chat with Trip.txt", &[lines[0], lines[1], "14/5/23, 08:12 - Bia: oi"]);
    assert!(home.refused(&group, &[]).contains("Bia"));
    let titled = home.chat("WhatsApp Chat with Ana Souza.txt", &lines);
    // What is known only from a later file of the same command is known for all of them, in a dry run too.
    let files = [nameless.to_str().unwrap(), group.to_str().unwrap(), titled.to_str().unwrap()];
    let rehearsed = home.json(&[&["import", "--json", "--dry-run"][..], &files].concat());
    assert_eq!(told(&rehearsed).iter().filter(|line| line.as_str() == ">Luis: qué tal").count(), 3);
    let done = home.json(&[&["import", "--json"][..], &files].concat());
    let imported: Vec<(&str, u64)> =
        done.iter().map(|one| (one["file"].as_str().unwrap(), one["imported"].as_u64().unwrap())).collect();
    assert_eq!(
        imported,
        [("WhatsApp Chat with Ana Souza.txt", 2), ("chat.txt", 0), ("WhatsApp Chat with Trip.txt", 3)]
    );
    // The workspace remembers who we are.
    let other = home.chat("other.txt", &["13/5/23, 08:10 - Luis: x", "13/5/23, 08:11 - Caro: y"]);
    assert_eq!(told(&home.rehearse(&other, &[])), [">Luis: x", "Caro: y"]);
    let silent = home.chat("silent.txt", &["13/5/23, 08:10 - Caro: x", "13/5/23, 08:11 - Dana: y"]);
    assert_eq!(
        told(&home.rehearse(&silent, &["--me", "Luis"])),
        ["Caro: x", "Dana: y"],
        "we never wrote there"
    );
}

#[test]
fn a_chat_of_two_is_one_conversation_and_a_group_is_those_of_its_members() {
    let home = Home::new();
    let two = home.chat(
        "WhatsApp Chat with Ana.txt",
        &["13/5/23, 08:10 - Ana: hola", "13/5/23, 08:11 - Luis: qué tal", "13/5/23, 08:12 - Ana: bien"],
    );
    home.import(&two, &[]);
    assert_eq!(
        (home.contacts("inbox"), home.contacts("sent")),
        (vec!["Ana".to_owned()], vec!["Ana".to_owned()])
    );
    let group = home.chat(
        "WhatsApp Chat with Viaje.txt",
        &[
            "13/5/23, 09:00 - You created group \"Viaje: 2024\"",
            "13/5/23, 09:10 - Ana: hola",
            "13/5/23, 09:11 - Luis: a todos",
            "13/5/23, 09:12 - \u{202a}+55 11 90000-0077\u{202c}: oi",
        ],
    );
    assert_eq!(home.import(&group, &[])["imported"], 3);
    assert_eq!(home.contacts("inbox"), ["Ana", "whatsapp:5511900000077"], "the same Ana");
    assert_eq!(home.contacts("sent"), ["Ana", "Viaje"]);
    // A number given later belongs to the contact that there is, and the file is still known.
    let numbered = ["--number", "+57 300 111 2233"];
    assert_eq!(home.import(&two, &numbered)["imported"], 0);
    let more = home.chat("WhatsApp Chat with Ana.txt", &["14/5/23, 08:10 - Ana: más"]);
    assert_eq!(home.import(&more, &numbered)["imported"], 1);
    assert_eq!(home.json(&["search", "from:Ana", "--json"]).len(), 4);
    assert_eq!(home.json(&["search", "más", "--json"])[0]["urn"], "whatsapp:573001112233");
    assert_eq!(home.import(&more, &[])["imported"], 0);
    assert!(home.refused(&group, &numbered).contains("group"));
    assert!(home.bad(2, &["import", "x", "--number", "12"]).contains("country code"));
    assert!(home.bad(2, &["import", "x", "y", "--number", "+573001112233"]).contains("one file"));
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn zip_files_are_read_where_they_are() {
    let chat = "[13/05/2023, 08:10:00] Ana: hola\r\n\u{200e}[13/05/2023, 08:11:00] Luis: mira \u{200e}<adjunto: 00000002-PHOTO-2023-05-13.jpg>\r\n";
    let home = Home::new();
    let ios: &[(&str, &[u8])] = &[
        ("00000002-PHOTO-2023-05-13.jpg", b"jpg"),
        ("__MACOSX/._chat.txt", b"x"),
        ("00000003-notes.txt", b"some notes"),
        ("_chat.txt", chat.as_bytes()),
    ];
    let file = home.write("WhatsApp Chat - Ana.zip", zipped(ios, CompressionMethod::Deflated));
    let found = home.rehearse(&file, &[]);
    assert_eq!(told(&found), ["Ana: hola", ">Luis: mira"]);
    assert_eq!(found[1]["attachments"], json!(["image/jpeg:00000002-PHOTO-2023-05-13.jpg"]));
    assert_eq!(counts(&home.import(&file, &[])), (2, 2, 0));
    let android: &[(&str, &[u8])] = &[
        ("IMG-20230513-WA0001.jpg", b"jpg"),
        (
            "../../Chat de WhatsApp con Ana.txt",
            "13/5/23, 08:10 - Ana: adiós\n13/5/23, 08:11 - Luis: x\n".as_bytes(),
        ),
    ];
    let android = home.write("export.zip", zipped(android, CompressionMethod::Deflated));
    assert_eq!(told(&home.rehearse(&android, &[])), ["Ana: adiós", ">Luis: x"]);
    let entries: Vec<_> =
        fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(entries.iter().all(|name| !name.to_string_lossy().ends_with(".txt")), "{entries:?}");

    let refused = |name: &str, content: Vec<u8>| home.refused(&home.write(name, content), &[]);
    let whole = fs::read(&file).unwrap();
    assert!(refused("torn.zip", whole[..whole.len() - 40].to_vec()).contains("cut off"));
    assert!(refused("bare.zip", b"PK\x03\x04".to_vec()).contains("cut off"));
    assert!(refused("none.zip", zipped(&[("a.jpg", b"x")], CompressionMethod::Stored)).contains("no chat"));
    assert!(
        refused("notes.zip", zipped(&[("a.txt", b"x")], CompressionMethod::Stored)).contains("not known")
    );
    let two: &[(&str, &[u8])] = &[("a/_chat.txt", chat.as_bytes()), ("b/_chat.txt", chat.as_bytes())];
    assert!(refused("two.zip", zipped(two, CompressionMethod::Stored)).contains("several"));
    // The first bit of the flags, in both places where they stand.
    let plain = zipped(&[("_chat.txt", chat.as_bytes())], CompressionMethod::Stored);
    let directory = plain.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut locked = plain.clone();
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    assert!(refused("locked.zip", locked).contains("encrypted"));
    let mut wrong = plain.clone();
    let text = wrong.windows(4).position(|bytes| bytes == b"hola").unwrap();
    wrong[text] = b'H';
    let summary = Home::new().import(&home.write("wrong.zip", wrong), &["--me", "Luis"]);
    assert_eq!(
        (summary["imported"].as_u64(), &summary["errors"][0]["reason"]),
        (Some(2), &json!("bad checksum"))
    );
}

impl Home {
    /// The files that are here, by what they hold, in the order of their messages; what is not here by its name.
    fn media(&self) -> Vec<String> {
        let rows = self.json(&["list", "inbox", "--json"]);
        let urls = rows.iter().rev().flat_map(|row| row["attachments"].as_array().unwrap().clone());
        let held = |attachment: Value| {
            let url = attachment["url"].as_str().unwrap().to_owned();
            url.strip_prefix("file://").map_or(url.clone(), |path| fs::read_to_string(path).unwrap())
        };
        urls.map(held).collect()
    }

    /// How many files are in the folder of the workspace's files.
    fn media_files(&self) -> usize {
        fs::read_dir(self.folder.path().join("w.db-media")).map_or(0, Iterator::count)
    }
}

#[test]
fn what_came_with_a_chat_is_brought_in_with_it() {
    let chat = "13/5/23, 08:10 - Ana: \u{200e}IMG-20230513-WA0001.jpg (archivo adjunto)\nmira
13/5/23, 08:11 - Ana: \u{200e}PTT-20230513-WA0002.opus (archivo adjunto)
13/5/23, 08:12 - Ana: \u{200e}DOC-20230513-WA0003.pdf (archivo adjunto)
13/5/23, 08:13 - Luis: ok\n";
    let files: &[(&str, &[u8])] = &[
        ("Chat de WhatsApp con Ana.txt", chat.as_bytes()),
        ("IMG-20230513-WA0001.jpg", b"a photo"),
        ("../../PTT-20230513-WA0002.opus", b"a voice"),
        ("nobody asked.jpg", b"another photo"),
    ];
    let home = Home::new();
    let text = home.write("Chat de WhatsApp con Ana.txt", chat);
    let zip = home.write("export.zip", zipped(files, CompressionMethod::Deflated));
    let found = home.rehearse(&zip, &["--me", "Luis"]);
    assert_eq!(found[0]["attachments"], json!(["image/jpeg:IMG-20230513-WA0001.jpg"]));
    assert_eq!(home.media_files(), 0, "a rehearsal brings nothing");
    let whole = ["a photo", "a voice", "DOC-20230513-WA0003.pdf"];
    assert_eq!(counts(&home.import(&zip, &["--me", "Luis"])), (4, 4, 0));
    assert_eq!(home.media(), whole);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = home.folder.path().join("w.db-media");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert!(fs::read_dir(&folder).unwrap().all(|entry| mode(&entry.unwrap().path()) == 0o600));
    }
    // Once more, and the chat alone, bring nothing.
    assert_eq!(counts(&home.import(&zip, &["--me", "Luis"])), (4, 0, 4));
    assert_eq!(counts(&home.import(&text, &["--me", "Luis"])), (4, 0, 4));
    assert_eq!((home.media().len(), home.media_files()), (3, 2));
    home.good(&["doctor"]);
    // A backup has them, and a message that is deleted takes its own along.
    let copy = home.folder.path().join("copy.db");
    home.good(&["backup", copy.to_str().unwrap()]);
    assert_eq!(fs::read_dir(home.folder.path().join("copy.db-media")).unwrap().count(), 2);
    let first = home.json(&["list", "inbox", "--json"]).last().unwrap()["id"].to_string();
    home.good(&["archive", &first]);
    home.good(&["delete", "--yes", &first]);
    assert_eq!((home.media(), home.media_files()), (whole[1..].iter().map(ToString::to_string).collect(), 1));
}

#[test]
fn the_files_of_a_chat_that_is_here_already_come_with_its_zip_file() {
    let chat = "13/5/23, 08:10 - Ana: \u{200e}IMG-20230513-WA0001.jpg (archivo adjunto)
13/5/23, 08:11 - Ana: \u{200e}IMG-20230513-WA0002.jpg (archivo adjunto)
13/5/23, 08:13 - Luis: ok\n";
    let home = Home::new();
    let text = home.write("Chat de WhatsApp con Ana.txt", chat);
    assert_eq!(counts(&home.import(&text, &["--me", "Luis"])), (3, 3, 0));
    let [one, two] = ["IMG-20230513-WA0001.jpg", "IMG-20230513-WA0002.jpg"].map(str::to_owned);
    assert_eq!(home.media(), [one, two.clone()]);
    // One of them is damaged there; it is told where its message is shown.
    let files: &[(&str, &[u8])] = &[
        ("Chat de WhatsApp con Ana.txt", chat.as_bytes()),
        ("IMG-20230513-WA0001.jpg", b"a photo"),
        ("IMG-20230513-WA0002.jpg", b"a second photo"),
    ];
    let sound = zipped(files, CompressionMethod::Stored);
    let mut damaged = sound.clone();
    let at = damaged.windows(14).position(|bytes| bytes == b"a second photo").unwrap();
    damaged[at] = b'A';
    let damaged = home.write("damaged.zip", damaged);
    assert_eq!(counts(&home.import(&damaged, &["--me", "Luis"])), (3, 0, 3));
    assert_eq!(home.media(), ["a photo".to_owned(), two]);
    let second = home.json(&["list", "inbox", "--json"])[0]["id"].to_string();
    assert!(home.good(&["show", &second]).contains("damaged in the zip file"));
    assert!(home.good(&["--lang", "pt", "show", &second]).contains("danificado no zip"));
    // It comes with a sound one.
    let sound = home.write("sound.zip", sound);
    assert_eq!(counts(&home.import(&sound, &["--me", "Luis"])), (3, 0, 3));
    assert_eq!(home.media(), ["a photo", "a second photo"]);
    assert!(!home.good(&["show", &second]).contains("damaged"));
    home.good(&["doctor"]);
}

#[test]
fn photos_that_grow_beyond_reason_are_left_in_their_zip_file() {
    let mut chat = String::new();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0; 40 << 20];
    for n in 0..3 {
        writeln!(chat, "13/5/23, 08:1{n} - Ana: \u{200e}IMG-20230513-WA000{n}.jpg (archivo adjunto)")
            .unwrap();
        zip.start_file(format!("IMG-20230513-WA000{n}.jpg"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&zeros).unwrap();
    }
    chat.push_str("13/5/23, 08:20 - Luis: ok\n");
    zip.start_file("Chat de WhatsApp con Ana.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(chat.as_bytes()).unwrap();
    let home = Home::new();
    let bomb = home.write("bomb.zip", zip.finish().unwrap().into_inner());
    assert_eq!(counts(&home.import(&bomb, &["--me", "Luis"])), (4, 4, 0));
    assert_eq!(home.media_files(), 1, "what is left of all that may be unpacked is too little for another");
    let ids: Vec<String> =
        home.json(&["list", "inbox", "--json"]).iter().map(|row| row["id"].to_string()).collect();
    assert!(home.good(&["show", &ids[0]]).contains("not to be unpacked"));
}

#[test]
fn photos_that_another_export_left_out_come_in_whatever_their_names_look_like() {
    let chat = |one: &str, two: &str| {
        format!("13/5/23, 08:10 - Ana: {one}\n13/5/23, 08:11 - Ana: {two}\n13/5/23, 08:13 - Luis: ok\n")
    };
    let home = Home::new();
    let bare = chat("<Multimedia omitido>", "<Multimedia omitido>");
    let bare = home.write("Chat de WhatsApp con Ana.txt", bare);
    assert_eq!(counts(&home.import(&bare, &["--me", "Luis"])), (3, 3, 0));
    let whole = chat(
        "\u{200e}IMG-1.JPG (archivo adjunto)",
        // Composed here and decomposed in the zip file, as one is that a Mac packed again.
        "\u{200e}informaci\u{f3}n.pdf (archivo adjunto)",
    );
    let files: &[(&str, &[u8])] = &[
        ("Chat de WhatsApp con Ana.txt", whole.as_bytes()),
        ("IMG-1.jpg", b"a photo"),
        ("informacio\u{301}n.pdf", b"a document"),
    ];
    let zip = home.write("export.zip", zipped(files, CompressionMethod::Deflated));
    assert_eq!(counts(&home.import(&zip, &["--me", "Luis"])), (3, 0, 3));
    assert_eq!(home.media(), ["a photo", "a document"]);
    let row = &home.json(&["list", "inbox", "--json"])[1];
    assert_eq!(row["attachments"][0]["content_type"], "image/jpeg");
    home.good(&["doctor"]);
}

#[test]
fn a_photo_that_is_brought_twice_stays() {
    // So far apart that the second line is taken for the first one again.
    let mut chat = String::new();
    let photo = "13/5/23, 00:00 - Ana: \u{200e}IMG-1.jpg (archivo adjunto)\n";
    chat.push_str(photo);
    for n in 1..700 {
        writeln!(chat, "13/5/23, {:02}:{:02} - Luis: {n}", n / 60, n % 60).unwrap();
    }
    chat.push_str(photo);
    let files: &[(&str, &[u8])] =
        &[("Chat de WhatsApp con Ana.txt", chat.as_bytes()), ("IMG-1.jpg", b"a photo")];
    let home = Home::new();
    let zip = home.write("export.zip", zipped(files, CompressionMethod::Deflated));
    home.import(&zip, &["--me", "Luis"]);
    assert!(home.media().iter().all(|held| held == "a photo"), "{:?}", home.media());
    assert_eq!(home.media().len(), home.media_files());
}

#[test]
fn zip_files_of_other_texts_are_read_to_their_end_and_bring_no_files() {
    let home = Home::new();
    let mut text = String::from("<smses>\n");
    for n in 0..5000 {
        writeln!(
            text,
            "<sms address=\"+573001112233\" date=\"{}\" type=\"1\" body=\"{n}\" />",
            1_600_000_000_000_i64 + n
        )
        .unwrap();
    }
    text.push_str("</smses>\n");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let files: &[(&str, &[u8])] = &[("export.txt", text.as_bytes()), ("a.jpg", b"a photo")];
        let zip = home.write("sms.zip", zipped(files, method));
        let summary = home.import(&zip, &[]);
        assert_eq!(summary["seen"], 5000);
    }
    assert_eq!(home.total("inbox"), 5000);
}

#[test]
fn where_no_photo_can_be_kept_the_messages_come_all_the_same() {
    let chat = "13/5/23, 08:10 - Ana: \u{200e}IMG-1.jpg (archivo adjunto)\n13/5/23, 08:13 - Luis: ok\n";
    let files: &[(&str, &[u8])] =
        &[("Chat de WhatsApp con Ana.txt", chat.as_bytes()), ("IMG-1.jpg", b"a photo")];
    let home = Home::new();
    let zip = home.write("export.zip", zipped(files, CompressionMethod::Deflated));
    let folder = home.folder.path().join("w.db-media");
    fs::write(&folder, "not a folder").unwrap();
    let ended = home.run(&["import", zip.to_str().unwrap(), "--me", "Luis"]);
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("photos and files of") && said.contains("were not kept"), "{said}");
    assert!(said.contains("w.db-media") && said.contains("not a directory"), "{said}");
    assert_eq!((home.total("inbox"), home.total("sent")), (1, 1));
    let id = home.json(&["list", "inbox", "--json"])[0]["id"].to_string();
    assert!(home.good(&["show", &id]).contains("import the zip file again"));
    fs::remove_file(&folder).unwrap();
    home.import(&zip, &["--me", "Luis"]);
    assert_eq!(home.media(), ["a photo"]);
}

#[test]
fn a_zip_file_that_grows_beyond_reason_is_left_alone() {
    let home = Home::new();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("_chat.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"[13/05/2023, 08:10:00] Ana: hola\n[13/05/2023, 08:10:00] Luis: ").unwrap();
    let zeros = vec![b'a'; 1 << 20];
    for _ in 0..80 {
        zip.write_all(&zeros).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 200_000);
    assert!(home.refused(&home.write("bomb.zip", &bomb), &[]).contains("unpacked"));
    assert!(!home.db().exists());
    // One that lies about its size ends where it said that it would.
    let directory = bomb.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut lying = bomb;
    lying[directory + 24..directory + 28].copy_from_slice(&1_000_000_u32.to_le_bytes());
    lying[22..26].copy_from_slice(&1_000_000_u32.to_le_bytes());
    let summary = home.import(&home.write("lying.zip", lying), &["--me", "Luis"]);
    assert!(summary["imported"].as_u64().unwrap() <= 2);
    assert!(!summary["errors"].as_array().unwrap().is_empty());
}

#[test]
fn hostile_lines_are_counted_and_do_no_harm() {
    let home = Home::new();
    let file = home.write(
        "x.txt",
        [
            "preface that belongs to nothing",
            "13/5/23, 08:10 - Ana: a\0b\u{1b}[31mc",
            "31/2/23, 08:10 - Ana: x",
            "0/0/0, 08:10 - Ana: x",
            "1/1/0000, 08:10 - Ana: x",
            "13/5/9999, 23:59 - Ana: far",
            "13/5/23, 24:00 - Ana: midnight",
            "13/5/23, 25:00 - Ana: x",
            "13/5/23, 08:61 - Ana: x",
            "13/5/23, 08:10 - Ana: ",
            "13/5/23, 08:10 - \0\u{200e}: x",
            "13/5/23, 08:10 - no colon",
            "\u{202e}\u{2066}13/5/23, 08:10 - \u{2068}Ana\u{2069}: y",
            "13/5/23, 08:10 -",
            "13/5/23, 08:10 - Luis: z",
            "99/99/99, 99:99 - Ana: x",
        ]
        .join("\n"),
    );
    let found = home.rehearse(&file, &["--me", "Luis"]);
    assert_eq!(told(&found), ["Ana: ab[31mc", "Ana: far", "Ana: midnight", "Ana: ", "Ana: y", ">Luis: z"]);
    let summary = home.import(&file, &["--me", "Luis"]);
    assert_eq!(counts(&summary), (15, 6, 0));
    assert_eq!(
        (summary["skipped"]["system"].as_u64(), summary["errors"].as_array().unwrap().len()),
        (Some(3), 6)
    );
    let long = home.write(
        "long.txt",
        format!("13/5/23, 08:10 - Ana: {}\n13/5/23, 08:10 - Luis: ok\n", "x".repeat(3 << 20)),
    );
    let summary = home.import(&long, &["--me", "Luis"]);
    assert_eq!(summary["errors"], json!([{"src": 1, "reason": "too large"}]));
    assert_eq!(summary["imported"], 1);
    let lines = "line\n".repeat(1 << 20);
    let long = home.write("lines.txt", format!("13/5/23, 08:10 - Ana: {lines}13/5/23, 08:11 - Luis: ok\n"));
    assert_eq!(home.import(&long, &["--me", "Luis"])["errors"], json!([{"src": 1, "reason": "too large"}]));
}

#[test]
fn a_million_lines_are_read_quickly_and_in_little_memory() {
    let home = Home::new();
    let mut text = String::new();
    for n in 0..5_000 {
        let (minute, hour, day) = (n % 60, n / 60 % 24, 13 + n / 1440);
        writeln!(
            text,
            "{day}/5/23, {hour:02}:{minute:02} - {}: {n}",
            if n % 3 == 0 { "Luis" } else { "Ana" }
        )
        .unwrap();
        text.push_str(&"1/5/23 is a line that goes on with its message, and no header\n".repeat(199));
    }
    let path = home.write("WhatsApp Chat with Ana.txt", &text);
    let started = std::time::Instant::now();
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg("ulimit -v 400000; exec \"$0\" \"$@\"").arg(home.command(&[]).get_program());
    command.args([
        "--db",
        home.db().to_str().unwrap(),
        "import",
        "--json",
        "--timezone",
        "UTC",
        path.to_str().unwrap(),
    ]);
    let output = command.env_clear().env("HOME", home.folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts(&summary), (5_000, 5_000, 0));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn texts_with_dates_and_logs_are_not_taken_for_chats() {
    let home = Home::new();
    for (name, text) in [
        ("diary.txt", "1/5/23 dentist\n2/5/23, 10:00 shop\n3/5/23, 08:10-09:00 x\n"),
        ("app.log", "[2023-05-01 08:10:00] local.ERROR: x\n[2023-05-01 08:10:01] local.INFO: y\n"),
        ("python.log", "2023-05-01 08:10:00,123 - app - INFO: x\n"),
        ("other.log", "2023-05-01 08:10:00 - app: x\n"),
        ("table.csv", "date,text\n1/5/23,\"a\"\n"),
    ] {
        assert!(home.refused(&home.write(name, text), &[]).contains("is not known"), "{name}");
    }
    let diary = home.write("diary.txt", "1/5/23 dentist\n");
    assert!(home.refused(&diary, &["--format", "whatsapp"]).contains("not a chat"));
    let late = home.write("late.txt", "a\nb\nc\nd\ne\nf\n13/5/23, 08:10 - Ana: x\n");
    assert_eq!(home.import(&late, &["--format", "whatsapp", "--me", "Luis"])["imported"], 1);
    let torn = home.write("torn.txt", "the end of a message\n13/5/23, 08:10 - Ana: x\n");
    assert_eq!(home.import(&torn, &["--me", "Luis"])["imported"], 0, "the same message as before");
}

fn library_import(content: &[u8]) -> Option<recado::import::Summary> {
    use recado::clock::{Clock, Dice};
    use recado::import::{Options, Watch, import, open};
    let workspace = &mut crate::support::Workspace::new();
    let file = workspace.folder.path().join("x.txt");
    fs::write(&file, content).unwrap();
    let options =
        Options { ours: vec!["Luis".to_owned()], me: Some("Luis".to_owned()), ..Options::default() };
    let watch = Watch::default();
    let source = open(&file, &options, &watch).ok()?;
    let clock = Clock::set_to(crate::support::noon());
    import(source, &options, &mut workspace.store, clock, &mut Dice::seeded(1), &watch, None).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_has_a_header_is_lost(
        entries in proptest::collection::vec(
            (
                prop_oneof![
                    Just("1/5/23, 08:10 - "),
                    Just("\u{200e}[13/05/2023, 08:10:00] "),
                    Just("5/31/23, 8:10\u{202f}PM - "),
                    Just("99/99/99, 08:10 - "),
                ],
                prop_oneof![Just("Ana: "), Just("Luis: "), Just(""), Just("\u{202a}+1 202 555 0100\u{202c}: ")],
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..40),
                    "[\u{200e}<>:.\na-z()é😀]{0,40}".prop_map(String::into_bytes),
                    Just("<Media omitted>".as_bytes().to_vec()),
                    Just("\u{200e}<attached: ".as_bytes().to_vec()),
                    Just("This message was deleted".as_bytes().to_vec()),
                ],
            ),
            1..30,
        ),
    ) {
        let mut file = Vec::new();
        for (header, sender, text) in &entries {
            file.extend(header.as_bytes());
            file.extend(sender.as_bytes());
            file.extend(text);
            file.push(b'\n');
        }
        let summary = library_import(&file).unwrap();
        let out = summary.skipped.values().sum::<u64>() + summary.errors.len() as u64;
        prop_assert_eq!(summary.seen, entries.len() as u64);
        prop_assert_eq!(summary.imported + summary.duplicates + out, summary.seen);
        prop_assert_eq!(summary.duplicates, 0);
    }

    #[test]
    fn no_bytes_make_it_fall(
        start in prop_oneof![
            Just("1/5/23, 08:10 - "),
            Just("PK\u{3}\u{4}"),
            Just("[1/5/23, 08:10:00] A: "),
            Just(""),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        library_import(&[start.as_bytes(), &rest].concat());
    }
}
