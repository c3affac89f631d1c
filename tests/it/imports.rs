//! Imports: every sample gives its expected result, a second time nothing, and bad files lose nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::cli::Home;

pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn expected(name: &str) -> (Vec<Value>, Value) {
    let records = fs::read_to_string(sample(&format!("expected/{name}.jsonl"))).unwrap();
    let summary = fs::read_to_string(sample(&format!("expected/{name}.summary.json"))).unwrap();
    (lines(&records), serde_json::from_str(&summary).unwrap())
}

const SAMPLES: [&str; 3] = ["sms_backup.xml", "calls_backup.xml", "rapidpro_archive.jsonl"];

impl Home {
    pub fn import(&self, path: &Path, more: &[&str]) -> Value {
        let mut arguments = vec!["import", path.to_str().unwrap(), "--json"];
        arguments.extend(more);
        let mut lines = lines(&self.good(&arguments));
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }

    pub fn rehearse(&self, path: &Path, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["import", path.to_str().unwrap(), "--json", "--dry-run"];
        arguments.extend(more);
        lines(&self.good(&arguments))
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

pub fn counts(summary: &Value) -> (u64, u64, u64) {
    let of = |key: &str| summary[key].as_u64().unwrap();
    (of("seen"), of("imported"), of("duplicates"))
}

#[test]
fn every_sample_gives_exactly_its_expected_records_and_summary() {
    for name in SAMPLES {
        let home = Home::new();
        let (records, summary) = expected(name);
        assert_eq!(home.rehearse(&sample(name), &["--country", "BR"]), records, "{name}");
        assert!(!home.db().exists(), "a dry run makes no workspace");
        let done = home.import(&sample(name), &["--country", "BR"]);
        for key in ["file", "seen", "imported", "duplicates", "skipped", "errors"] {
            assert_eq!(done[key], summary[key], "{key} of {name}");
        }
    }
}

#[test]
fn the_same_file_twice_imports_nothing_twice() {
    let home = Home::new();
    for name in SAMPLES {
        let (_, summary) = expected(name);
        home.import(&sample(name), &["--country", "BR"]);
        let before = home.folders();
        let again = home.import(&sample(name), &["--country", "BR"]);
        let (_, imported, duplicates) = counts(&again);
        let known = summary["imported"].as_u64().unwrap() + summary["duplicates"].as_u64().unwrap();
        assert_eq!((imported, duplicates), (0, known), "{name}");
        assert_eq!(home.folders(), before);
        assert!(home.rehearse(&sample(name), &["--country", "BR"]).is_empty(), "nothing would come in");
    }
    let zipped = home.import(&sample("rapidpro_archive.jsonl.gz"), &[]);
    assert_eq!(zipped["imported"], 0);
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

/// Incoming messages are in Inbox, or in Flows when a flow handled them, or in Archived;
/// outgoing ones in Sent or Failed; calls in Calls. Nothing imported waits to be sent.
#[test]
fn every_imported_message_is_in_the_folder_where_it_belongs() {
    let home = Home::new();
    let mut expect = std::collections::BTreeMap::from([
        ("inbox", 0_u64),
        ("flows", 0),
        ("sent", 0),
        ("failed", 0),
        ("calls", 0),
    ]);
    for name in SAMPLES {
        home.import(&sample(name), &["--country", "BR"]);
        let originals = fs::read_to_string(sample(name)).unwrap();
        let originals: Vec<&str> = originals.lines().collect();
        for record in expected(name).0 {
            let src = usize::try_from(record["src"].as_u64().unwrap()).unwrap();
            let in_flow = name.contains("archive")
                && serde_json::from_str::<Value>(originals[src - 1]).unwrap()["flow"].is_object();
            let folder =
                match (record["kind"].as_str(), record["direction"].as_str(), record["status"].as_str()) {
                    (Some("call"), ..) => "calls",
                    (_, Some("in"), _) if in_flow => "flows",
                    (_, Some("in"), _) => "inbox",
                    (_, _, Some("failed")) => "failed",
                    _ => "sent",
                };
            *expect.get_mut(folder).unwrap() += 1;
        }
    }
    for (folder, total) in expect {
        assert_eq!(home.total(folder), total, "{folder}");
    }
    assert_eq!((home.total("outbox"), home.total("schedules")), (0, 0));
    let folders = home.folders();
    assert_eq!(
        folders["folders"][0]["unread"], folders["folders"][0]["total"],
        "unread until they are opened"
    );
}

#[test]
fn imported_messages_can_come_in_as_read() {
    let home = Home::new();
    home.import(&sample("sms_backup.xml"), &["--country", "BR", "--read"]);
    assert_eq!(home.folders()["folders"][0]["unread"], 0);
}

#[test]
fn the_country_is_remembered_and_its_lack_is_told() {
    let home = Home::new();
    let output = home.run(&["import", sample("sms_backup.xml").to_str().unwrap(), "--dry-run"]);
    let note = String::from_utf8(output.stderr).unwrap();
    assert!(note.contains("no country code") && note.contains("--country"), "{note}");
    home.import(&sample("calls_backup.xml"), &["--country", "BR"]);
    let output = home.run(&["import", sample("sms_backup.xml").to_str().unwrap()]);
    assert!(output.stderr.is_empty(), "the workspace remembers it");
    assert_eq!(
        home.json(&["search", "from:+5511900007240", "--json"]).len(),
        home.json(&["search", "from:900007240", "--json"]).len()
    );
    assert!(home.bad(2, &["import", "x", "--country", "XX"]).contains("XX is not a country"));
    assert!(home.bad(2, &["import", "x", "--timezone", "Mars/X"]).contains("is not a time zone"));
    assert!(home.bad(2, &["import", "x", "--format", "mbox"]).contains("sms-backup"));
}

#[test]
fn attributes_in_another_order_line_ends_and_encodings_change_nothing() {
    let text = fs::read_to_string(sample("sms_backup.xml")).unwrap();
    let home = Home::new();
    let plain = home.rehearse(&sample("sms_backup.xml"), &["--country", "BR"]);
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.replace("encoding='UTF-8'", "encoding='UTF-16'").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let reversed = reverse_attributes(&text);
    assert_ne!(reversed, text);
    let variants = [
        home.write("bom.xml", format!("\u{feff}{text}")),
        home.write("crlf.xml", text.replace(">\n", ">\r\n")),
        home.write("one-line.xml", text.replace(">\n", ">")),
        home.write("utf16.xml", utf16),
        home.write("reversed.xml", reversed),
    ];
    for variant in variants {
        assert!(home.rehearse(&variant, &["--country", "BR"]) == plain, "{}", variant.display());
    }
    let archive = fs::read_to_string(sample("rapidpro_archive.jsonl")).unwrap();
    let plain = home.rehearse(&sample("rapidpro_archive.jsonl"), &[]);
    let crlf = home.write("crlf.jsonl", archive.replace('\n', "\r\n"));
    assert!(home.rehearse(&crlf, &[]) == plain);
    // Several members, as when files are put one after the other.
    let (one, two) = archive.split_at(archive.find("\n{").unwrap() + 1);
    let mut zipped = gzip(one);
    zipped.extend(gzip(two));
    assert!(home.rehearse(&home.write("two.gz", zipped), &[]) == plain);
}

/// Turns the attributes of every `<sms>` round. Values hold no quotes but escaped ones.
fn reverse_attributes(text: &str) -> String {
    let reverse = |line: &str| -> Option<String> {
        let inner = line.trim_start().strip_prefix("<sms ")?.strip_suffix("/>")?;
        let mut attributes: Vec<String> = Vec::new();
        let mut rest = inner.trim();
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"')?;
            attributes.push(format!("{name}=\"{value}\""));
            rest = after.trim_start();
        }
        attributes.reverse();
        Some(format!("<sms {} />", attributes.join(" ")))
    };
    text.lines().map(|line| reverse(line).unwrap_or_else(|| line.to_owned())).collect::<Vec<_>>().join("\n")
}

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_torn_file_gives_everything_before_the_tear_and_one_error() {
    let home = Home::new();
    let text = fs::read_to_string(sample("sms_backup.xml")).unwrap();
    let whole = home.rehearse(&sample("sms_backup.xml"), &["--country", "BR"]);
    let tenth = text.match_indices("<sms ").nth(9).unwrap().0;
    for (name, cut) in [("within.xml", tenth + 40), ("between.xml", tenth)] {
        let mut cut = cut;
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        let torn = home.write(name, &text[..cut]);
        assert_eq!(home.rehearse(&torn, &["--country", "BR"])[..], whole[..9], "{name}");
        let fresh = Home::new();
        let summary = fresh.import(&torn, &["--country", "BR"]);
        assert_eq!(summary["imported"], 9);
        assert_eq!(summary["errors"], serde_json::json!([{"src": 10, "reason": "truncated file"}]), "{name}");
    }
    let zipped = fs::read(sample("rapidpro_archive.jsonl.gz")).unwrap();
    let torn = home.write("torn.gz", &zipped[..zipped.len() / 2]);
    let summary = Home::new().import(&torn, &[]);
    assert!(summary["imported"].as_u64().unwrap() > 10);
    assert!(summary["errors"].as_array().unwrap().iter().any(|error| error["reason"] == "truncated file"));
    let broken: Vec<u8> =
        zipped.iter().enumerate().map(|(n, b)| if n > 2000 { b ^ 0x5A } else { *b }).collect();
    Home::new().import(&home.write("broken.gz", broken), &[]);
}

#[test]
fn foreign_and_empty_files_are_told_by_name_and_the_others_still_come_in() {
    let home = Home::new();
    for (name, content) in [
        ("empty.xml", &b""[..]),
        ("blank.txt", b" \n\n"),
        ("notes.txt", b"Dear diary"),
        ("page.html", b"<html><body>hello</body></html>"),
        ("other.json", b"{\"a\": 1}\n"),
        ("noise.bin", &[0xFF, 0xFE, 0x00, 0xD8, 0x00, 0x01, 0x80, 0x99]),
        ("picture.png", b"\x89PNG\r\n\x1a\n0000"),
    ] {
        let path = home.write(name, content);
        let sentence = home.bad(1, &["import", path.to_str().unwrap()]);
        assert!(sentence.contains(name), "{sentence}");
    }
    assert!(home.bad(1, &["import", "/nowhere/x.xml"]).contains("/nowhere/x.xml"));
    let foreign = home.write("notes.txt", "Dear diary");
    let output = home.run(&[
        "import",
        foreign.to_str().unwrap(),
        sample("calls_backup.xml").to_str().unwrap(),
        "--country",
        "BR",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(home.total("calls"), 66);
}

#[test]
fn what_phones_and_attackers_write_into_xml_does_no_harm() {
    let home = Home::new();
    let date = "1672531211900";
    let sms = |attributes: &str| {
        format!(
            "<?xml version='1.0'?><smses count=\"99\">\n<sms date=\"{date}\" address=\"+573001112233\" type=\"1\" {attributes} />\n</smses>"
        )
    };
    let text = |name: &str, content: String| {
        home.rehearse(&home.write(name, content), &[]).remove(0)["text"].clone()
    };
    assert_eq!(text("pair.xml", sms("body=\"a&#55357;&#56832;b\"")), "a😀b");
    assert_eq!(text("hex.xml", sms("body=\"&#xD83D;&#xDE00;&#x1F600;\"")), "😀😀");
    assert_eq!(text("lone.xml", sms("body=\"x&#55357;y&#56832;\"")), "x\u{fffd}y\u{fffd}");
    assert_eq!(text("escaped.xml", sms("body=\"&amp;#55357; &unknown; &\"")), "&#55357; &unknown; &");
    assert_eq!(text("control.xml", sms("body=\"a&#0;&#27;[31m&#10;b\u{1b}c\"")), "a[31m\nbc");
    assert_eq!(text("quotes.xml", sms("body='he said \"hi\"'")), "he said \"hi\"");
    assert_eq!(text("null.xml", sms("body=\"null\"")), "null");
    assert_eq!(
        text(
            "comment.xml",
            sms("body=\"x\"")
                .replace("<smses", "<!-- isn't <sms a=\" --><!DOCTYPE x [<!ENTITY a \"b\">]><smses")
        ),
        "x"
    );
    assert_eq!(
        text(
            "entity.xml",
            sms("body=\"&a;\"")
                .replace("<smses", "<!DOCTYPE x [<!ENTITY a \"&b;&b;\"><!ENTITY b \"bomb\">]><smses")
        ),
        "&a;"
    );
    let wrong = home.write("latin1.xml", b"<?xml version='1.0' encoding='ISO-8859-1'?><smses><sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"a\xF1o\" /></smses>");
    assert_eq!(home.rehearse(&wrong, &[])[0]["text"], "año");
    let dates = ["0", "", "soon", "-5", "99999999999999999999", "9223372036854775807", "253402300800000"];
    let many: String =
        dates.map(|date| format!("<sms date=\"{date}\" address=\"1234\" type=\"1\" body=\"x\"/>")).concat();
    let summary =
        home.import(&home.write("dates.xml", format!("<smses>{many}<sms /><sms type=\"9\"/></smses>")), &[]);
    assert_eq!(counts(&summary), (9, 0, 0));
    let malformed = "<smses><sms type=\"1\" body=<sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"ok\"/></smses>";
    assert_eq!(home.rehearse(&home.write("malformed.xml", malformed), &[])[0]["text"], "ok");
}

#[test]
fn a_picture_of_many_megabytes_on_one_line_is_passed_over_in_little_memory() {
    let home = Home::new();
    let path = home.folder.path().join("big.xml");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    write!(file, "<smses count=\"1\"><mms date=\"1672531300000\" msg_box=\"1\" address=\"+573001112233\" m_type=\"132\" m_id=\"x\"><parts><part seq=\"0\" ct=\"image/png\" cl=\"a.png\" data=\"").unwrap();
    let chunk = vec![b'A'; 1 << 16];
    for _ in 0..1600 {
        file.write_all(&chunk).unwrap();
    }
    write!(file, "\" /><part seq=\"1\" ct=\"text/plain\" text=\"hola\" /></parts><addrs><addr address=\"+573001112233\" type=\"137\" /></addrs></mms></smses>").unwrap();
    drop(file);
    let mut command = home.command(&[]);
    let program = command.get_program().to_owned();
    command = std::process::Command::new("sh");
    // A hundred megabytes of picture in at most 300 of address space, libraries and stacks of threads included.
    command.arg("-c").arg("ulimit -v 300000; exec \"$0\" \"$@\"").arg(program);
    command.args(["--db", home.db().to_str().unwrap(), "import", "--json", path.to_str().unwrap()]);
    let output = command.env_clear().env("HOME", home.folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(home.json(&["list", "inbox", "--json"])[0]["attachments"][0]["url"], "a.png");
}

#[test]
fn old_and_odd_archives_are_understood() {
    let home = Home::new();
    let contact = r#""contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11","name":null}"#;
    let base = r#""created_on":"2021-03-14T08:00:59.859080+00:00","#;
    let archive = [
        // No uuid and no flow, but a type that tells.
        format!(
            "{{\"id\":1,{base}{contact},\"direction\":\"in\",\"type\":\"flow\",\"status\":\"handled\",\"text\":\"a\"}}"
        ),
        format!(
            "{{\"id\":2,{base}{contact},\"direction\":\"in\",\"type\":\"inbox\",\"status\":\"queued\",\"text\":null}}"
        ),
        // A read message of one generation has no status; a lone surrogate; attachments as strings.
        format!(
            "{{\"id\":3,{base}{contact},\"direction\":\"out\",\"type\":\"flow\",\"status\":null,\"sent_on\":\"2021-03-14T08:01:00Z\",\"text\":\"b\\ud83d!\",\"attachments\":[\"image/png:https://x.example/a.png\",\"geo:-0.1,-78.4\"]}}"
        ),
        format!("{{\"id\":4,{base}{contact},\"direction\":\"sideways\",\"text\":\"c\"}}"),
        format!("{{\"id\":5,{base}\"direction\":\"in\",\"contact\":null}}"),
        "[1]".to_owned(),
    ];
    let path = home.write("old.jsonl", archive.join("\n"));
    let summary = home.import(&path, &[]);
    let problems: Vec<&str> =
        summary["errors"].as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap()).collect();
    assert_eq!(problems, ["bad direction", "missing contact", "not an object"]);
    assert_eq!((home.total("flows"), home.total("inbox"), home.total("sent")), (1, 1, 1));
    let sent = home.json(&["list", "sent", "--json"]).remove(0);
    assert_eq!((sent["text"].as_str(), sent["status"].as_str()), (Some("b\u{fffd}!"), Some("read")));
    assert_eq!(sent["attachments"][1], serde_json::json!({"content_type": "geo", "url": "-0.1,-78.4"}));
    assert_eq!(sent["created_on"], "2021-03-14T08:00:59.859080Z", "to the microsecond");
}

#[test]
fn moments_finer_than_a_microsecond_come_in_once() {
    let home = Home::new();
    let line = |n: u32, fraction: &str| {
        format!(
            r#"{{"id":{n},"contact":{{"uuid":"c6caf3e4-7e4d-4d72-8e1c-6ae8f4b5a001","name":"Ana"}},"urn":"tel:+573001112233","direction":"in","type":"text","status":"handled","visibility":"visible","text":"hola {n}","attachments":[],"labels":[],"created_on":"2024-02-01T12:00:0{n}.{fraction}Z"}}"#
        )
    };
    let lines = [line(1, "000000001"), line(2, "123456789"), line(3, "999999999")].join("\n");
    let file = home.write("archive.jsonl", lines + "\n");
    assert_eq!(counts(&home.import(&file, &[])), (3, 3, 0));
    assert_eq!(counts(&home.import(&file, &[])), (3, 0, 3));
}

#[test]
fn deleted_messages_do_not_come_back_with_the_same_file() {
    let home = Home::new();
    home.import(&sample("rapidpro_archive.jsonl"), &[]);
    home.good(&["archive", "--folder", "inbox", "--all"]);
    home.good(&["delete", "--yes", "--folder", "archived", "--all"]);
    assert_eq!(home.import(&sample("rapidpro_archive.jsonl"), &[])["imported"], 0);
    assert_eq!(home.total("inbox"), 0);
}

/// The sentences of an import that goes to its end, and its summary.
pub fn told(home: &Home, path: &Path, more: &[&str]) -> (String, Value) {
    let mut arguments = vec!["import", path.to_str().unwrap(), "--json"];
    arguments.extend(more);
    let output = home.run(&arguments);
    assert!(output.status.success());
    (String::from_utf8(output.stderr).unwrap(), lines(&String::from_utf8(output.stdout).unwrap()).remove(0))
}

#[test]
fn naming_the_country_later_brings_nothing_in_twice_and_puts_the_addresses_right() {
    let home = Home::new();
    let all = ["sms_backup.xml", "calls_backup.xml"];
    for name in all {
        let (note, first) = told(&home, &sample(name), &[]);
        assert!(note.contains("--country") || name.starts_with("calls"), "{note}");
        assert!(first["imported"].as_u64().unwrap() > 0);
    }
    let before = home.folders();
    for name in all {
        let (_, known) = expected(name);
        let coming = known["imported"].as_u64().unwrap() + known["duplicates"].as_u64().unwrap();
        assert!(home.rehearse(&sample(name), &["--country", "BR"]).is_empty(), "{name}");
        let again = home.import(&sample(name), &["--country", "BR"]);
        assert_eq!(
            (again["imported"].as_u64(), again["duplicates"].as_u64()),
            (Some(0), Some(coming)),
            "{name}"
        );
    }
    assert_eq!(home.folders(), before);
    assert_eq!(home.import(&sample("sms_backup.xml"), &[])["imported"], 0, "nor a third time");
    assert!(home.good(&["doctor"]).starts_with("sound"), "the index of contacts was told");

    let home = Home::new();
    let sms = |address: &str, date: u64| {
        format!(
            "<sms address=\"{address}\" date=\"{date}\" type=\"1\" body=\"{date}\" contact_name=\"Ana\" />"
        )
    };
    let (local, whole) = (sms("11 90000-7240", 1_672_531_211_900), sms("+5511900007240", 1_672_531_311_900));
    let (tried, other) = (sms("(21) 3000-1122", 1_672_531_411_900), sms("90000-7240", 1_672_531_511_900));
    let old = home.write("old.xml", format!("<smses>{local}{whole}{tried}{other}</smses>"));
    assert_eq!(home.import(&old, &[])["imported"], 4);
    let later = sms("+552130001122", 1_672_531_611_900);
    let new = home.write("new.xml", format!("<smses>{local}{whole}{tried}{other}{later}</smses>"));
    let done = home.import(&new, &["--country", "BR"]);
    assert_eq!((done["imported"].as_u64(), done["duplicates"].as_u64()), (Some(1), Some(4)));
    let found = home.json(&["search", "from:+552130001122", "--json"]);
    assert_eq!(found.len(), 2, "the old message and the later one are one conversation");
    assert_eq!(found[0]["contact"]["uuid"], found[1]["contact"]["uuid"]);
    assert!(found.iter().all(|message| message["urn"] == "tel:+552130001122"));
}

#[test]
fn what_is_not_in_the_encoding_of_its_file_is_told_and_not_mangled() {
    let home = Home::new();
    let backup = |encoding: &str, body: &[u8]| {
        let mut file = format!("<?xml version='1.0' encoding='{encoding}'?><smses><sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"").into_bytes();
        file.extend(body);
        file.extend(b"\" /><sms date=\"1672531211901\" address=\"+573001112233\" type=\"1\" body=\"\xEF\xBF\xBD&#55357;\" /></smses>");
        file
    };
    let lying = home.write("lying.xml", backup("UTF-8", b"a\xF1o"));
    let (note, summary) = told(&home, &lying, &[]);
    assert_eq!(summary["errors"], serde_json::json!([{"src": 1, "reason": "bad encoding"}]));
    assert_eq!(counts(&summary), (2, 1, 0), "a U+FFFD that is really there is a character");
    assert!(note.contains("not UTF-8") && note.contains("--encoding latin1"), "{note}");
    assert_eq!(home.json(&["list", "inbox", "--json"])[0]["text"], "\u{fffd}\u{fffd}");
    let (note, summary) = told(&home, &lying, &["--encoding", "latin1"]);
    assert_eq!((note.as_str(), summary["imported"].as_u64()), ("", Some(2)));
    assert_eq!(home.json(&["search", "ano", "--json"])[0]["text"], "año");
    assert!(home.bad(2, &["import", "x", "--encoding", "klingon"]).contains("klingon"));

    let japanese = home.write("japanese.xml", backup("Shift_JIS", b"\x82\xA0\x82"));
    let (note, summary) = told(&home, &japanese, &[]);
    assert!(note.contains("not Shift_JIS") && summary["errors"][0]["reason"] == "bad encoding", "{note}");
    let copied = home.write("copied.xml", backup("UTF-16", "año".as_bytes()));
    assert_eq!(Home::new().rehearse(&copied, &[]).len(), 2, "a declaration in ASCII cannot be in UTF-16");

    let line = |text: &[u8]| {
        let mut line = br#"{"id":1,"contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11"},"direction":"in","created_on":"2026-01-05T12:00:01Z","text":""#.to_vec();
        line.extend(text);
        line.extend(b"\"}\n");
        line
    };
    let archive = home.write("latin1.jsonl", [line(b"a\xF1o"), line(b"ano")].concat());
    let (note, summary) = told(&home, &archive, &[]);
    assert_eq!(summary["errors"][0], serde_json::json!({"src": 1, "reason": "bad encoding"}));
    assert!(note.contains("--encoding"));
    assert_eq!(Home::new().rehearse(&archive, &["--encoding", "iso-8859-1"])[0]["text"], "año");
}

#[test]
fn a_contact_without_a_key_is_known_by_its_address() {
    let home = Home::new();
    let line = |id: u64, contact: &str, urn: &str| {
        format!(
            "{{\"id\":{id},\"created_on\":\"2021-03-14T08:00:59Z\",\"contact\":{contact},\"urn\":{urn},\"direction\":\"in\",\"text\":\"x\"}}"
        )
    };
    let ana = "\"tel:+573001112233\"";
    let file = home.write(
        "odd.jsonl",
        [
            line(1, "{\"uuid\":\"17\",\"name\":\"Ana\"}", ana),
            line(2, "null", ana),
            line(3, "{\"uuid\":\"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11\"}", ana),
            line(4, "{\"uuid\":\"17\",\"name\":\"Ana\"}", "null"),
            line(5, "null", "\"x\""),
        ]
        .join("\n"),
    );
    let summary = home.import(&file, &[]);
    let wrong = |src: u64| serde_json::json!({"src": src, "reason": "missing contact"});
    assert_eq!(summary["errors"], serde_json::json!([wrong(4), wrong(5)]));
    assert_eq!(home.json(&["search", "from:ana", "--json"]).len(), 3, "all three are hers");
    assert_eq!(home.import(&file, &[])["imported"], 0);
}

#[test]
fn a_gzip_file_whose_end_is_wrong_says_what_is_wrong() {
    let home = Home::new();
    let archive = fs::read_to_string(sample("rapidpro_archive.jsonl")).unwrap();
    let (_, known) = expected("rapidpro_archive.jsonl");
    let check = |name: &str, content: Vec<u8>, problem: Option<&str>| {
        let fresh = Home::new();
        let summary = fresh.import(&home.write(name, content), &[]);
        let mut errors = known["errors"].as_array().unwrap().clone();
        errors.extend(problem.map(|problem| serde_json::json!({"src": 125, "reason": problem})));
        assert_eq!(summary["errors"], Value::Array(errors), "{name}");
        assert_eq!((&summary["seen"], &summary["imported"]), (&known["seen"], &known["imported"]), "{name}");
    };
    // Also when the last line has no end.
    let whole = gzip(archive.trim_end());
    let mut wrong = whole.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 0xFF;
    check("checksum.gz", wrong, Some("bad checksum"));
    check("trailing.gz", [whole.clone(), b"trailing".to_vec()].concat(), Some("trailing bytes"));
    check(
        "almost.gz",
        [whole.clone(), vec![0x1F, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat(),
        Some("trailing bytes"),
    );
    check("padded.gz", [whole.clone(), vec![0; 512]].concat(), None);
    check("empty-member.gz", [whole, gzip("")].concat(), None);
}

#[test]
fn a_file_is_looked_at_before_anything_is_made() {
    let home = Home::new();
    let archive = sample("rapidpro_archive.jsonl");
    let archive = archive.to_str().unwrap();
    let notes = home.write("notes.txt", "Dear diary");
    let page = home.write("page.xml", "<html><body>hello</body></html>");
    for arguments in [&["/nowhere/x.xml"][..], &[notes.to_str().unwrap()]] {
        home.bad(1, &[&["import"], arguments].concat());
    }
    for (file, format) in [
        (archive, "sms-backup"),
        (archive, "calls-backup"),
        (page.to_str().unwrap(), "sms-backup"),
        (page.to_str().unwrap(), "calls-backup"),
        (page.to_str().unwrap(), "rapidpro-archive"),
        (sample("calls_backup.xml").to_str().unwrap(), "sms-backup"),
    ] {
        let sentence = home.bad(1, &["import", file, "--format", format]);
        assert!(sentence.contains("is not a"), "{sentence}");
    }
    assert!(!home.db().exists(), "no workspace was made for nothing");
    let sentence = home.bad(1, &["import", notes.to_str().unwrap(), "--format", "rapidpro-archive"]);
    assert!(sentence.contains("is not an archive of RapidPro or Weni"), "{sentence}");
    let torn = home
        .write("torn.xml", "<sms address=\"1234\" date=\"1672531211900\" type=\"1\" body=\"x\" /></smses>");
    assert_eq!(
        home.import(&torn, &["--format", "sms-backup"])["imported"],
        1,
        "a part of a file can be named"
    );
    assert_eq!(
        home.import(&sample("rapidpro_archive.jsonl"), &["--format", "rapidpro-archive"])["imported"],
        115
    );
}

#[test]
fn neither_many_references_nor_many_attributes_hold_it_up() {
    let home = Home::new();
    let sms = |more: &str, body: &str| {
        format!("<sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"{body}\" {more}/>")
    };
    let started = std::time::Instant::now();
    let text = "&".repeat(400_000);
    let file = home.write("ampersands.xml", format!("<smses>{}</smses>", sms("", &text)));
    assert_eq!(home.rehearse(&file, &[])[0]["text"], text);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());

    let many = "a=\"x\" ".repeat(1000);
    let long = format!("a=\"{}\" ", "x".repeat(1 << 20)).repeat(8);
    let part = format!("<part ct=\"text/plain\" text=\"{}\" />", "x".repeat(1 << 20));
    let mms = format!(
        "<mms date=\"1672531300000\" msg_box=\"1\" address=\"+573001112233\" m_type=\"132\"><parts>{}</parts></mms>",
        part.repeat(12)
    );
    let file = home.write(
        "large.xml",
        format!("<smses>{}{}{mms}{}</smses>", sms(&many, "x"), sms(&long, "x"), sms("", "y &#0000065;")),
    );
    let summary = home.import(&file, &[]);
    let wrong = |src: u64| serde_json::json!({"src": src, "reason": "too large"});
    assert_eq!(summary["errors"], serde_json::json!([wrong(1), wrong(2), wrong(3)]));
    assert_eq!(home.json(&["list", "inbox", "--json"])[0]["text"], "y A");
}

#[test]
fn a_text_that_is_too_long_is_wrong_and_a_picture_of_any_size_is_not() {
    let home = Home::new();
    let longest = "x".repeat(1 << 20);
    let sms = |body: &str| {
        format!("<sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"{body}\" />")
    };
    let mms = |text: &str, data: &str| {
        format!(
            "<mms date=\"1672531300000\" msg_box=\"1\" address=\"+573001112233\"><parts>\
             <part ct=\"text/plain\" text=\"{text}\" /><part ct=\"image/png\" cl=\"a.png\" data=\"{data}\" /></parts></mms>"
        )
    };
    let longer = format!("{longest}y");
    let all = [sms(&longest), sms(&longer), mms("x", &longer), mms(&longer, "")];
    let summary = home.import(&home.write("long.xml", format!("<smses>{}</smses>", all.concat())), &[]);
    let wrong = |src: u64| serde_json::json!({"src": src, "reason": "too large"});
    assert_eq!(summary["errors"], serde_json::json!([wrong(2), wrong(4)]));
    assert_eq!(counts(&summary), (4, 2, 0));
}

#[test]
fn own_lines_are_known_however_they_are_spaced_and_no_archive_is_taken_for_them() {
    let home = Home::new();
    let message = r#"{"kind":"message","uuid":"00000000-0000-0000-0000-0000000000a1","contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11"},"urn":"tel:+573001112233","direction":"in","type":"text","status":"handled","visibility":"visible","text":"x","created_on":"2026-01-05T12:00:01Z"}"#;
    let spaced = home.write("own.jsonl", message.replace("\":", "\" : "));
    assert_eq!(home.import(&spaced, &[])["format"], "recado");
    let other = Home::new();
    let archive = message.replace("\"kind\":\"message\",", "");
    for (name, times) in [("short.jsonl", 1), ("long.jsonl", 1000)] {
        let file = other.write(name, format!("{archive}\n").repeat(times));
        let sentence = other.bad(1, &["import", file.to_str().unwrap(), "--format", "recado", "--dry-run"]);
        assert!(sentence.contains("not"), "{sentence}");
    }
    assert!(!other.db().exists());
}

#[test]
fn an_import_can_be_stopped_within_a_record() {
    use recado::clock::{Clock, Dice};
    use recado::import::{Options, Watch, import, open};
    let workspace = &mut crate::support::Workspace::new();
    let home = Home::new();
    let (watch, options) = (Watch::default(), Options::default());
    let first = "<sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"x\" />";
    let data = "A".repeat(1 << 20);
    let file = home
        .write("big.xml", format!("<smses>{first}<mms msg_box=\"1\"><part data=\"{data}\" /></mms></smses>"));
    let source = open(&file, &options, &watch).unwrap();
    watch.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let clock = Clock::set_to(crate::support::noon());
    let done =
        import(source, &options, &mut workspace.store, clock, &mut Dice::seeded(1), &watch, None).unwrap();
    assert_eq!((done.cancelled_at, done.errors), (Some(0), vec![]));
}

#[test]
fn addresses_hold_no_control_signs_and_json_escapes_those_of_old() {
    let home = Home::new();
    let file = home.write(
        "evil.jsonl",
        r#"{"id":1,"contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11"},"urn":"ext:a\u009b31m\u001bb\u0007","direction":"in","text":"x","created_on":"2026-01-05T12:00:01Z"}"#,
    );
    home.import(&file, &[]);
    assert_eq!(home.json(&["list", "inbox", "--json"])[0]["urn"], "ext:a31mb");
    let old = rusqlite::Connection::open(home.db()).unwrap();
    old.execute_batch("UPDATE contact SET name = 'A' || char(155) || '31m' || char(127) || 'na'").unwrap();
    drop(old);
    let text = home.good(&["list", "inbox", "--json"]);
    assert!(text.contains("A\\u009b31m\\u007fna"), "{text}");
    assert_eq!(home.json(&["list", "inbox", "--json"])[0]["contact"]["name"], "A\u{9b}31m\u{7f}na");
}

#[test]
fn what_an_import_says_is_in_the_language_and_what_it_writes_as_json_is_not() {
    let home = Home::new();
    let file = sample("sms_backup.xml");
    let file = file.to_str().unwrap();
    for (lang, words) in [("en", "bad date"), ("es", "fecha incorrecta"), ("pt", "data incorreta")] {
        let text = home.good(&["import", file, "--country", "BR", "--lang", lang]);
        assert!(text.contains(words), "{text}");
        assert!(lang == "en" || !text.contains("draft"), "{text}");
    }
    let summary = home.import(&sample("sms_backup.xml"), &["--lang", "es"]);
    assert_eq!(summary["errors"], expected("sms_backup.xml").1["errors"]);
}

#[test]
fn the_contact_of_an_archive_that_is_known_by_its_number_stays_one_with_all_its_addresses() {
    let home = Home::new();
    let backup =
        r#"<smses><sms address="+573001112233" date="1672531211900" type="1" body="hola" /></smses>"#;
    home.import(&home.write("sms.xml", backup), &[]);
    let record = |id: u32, urn: &str| {
        format!(
            r#"{{"id":{id},"contact":{{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11","name":"Ana"}},"urn":"{urn}","direction":"in","type":"text","status":"handled","visibility":"visible","text":"m{id}","created_on":"2026-01-05T12:00:0{id}Z"}}"#
        )
    };
    let urns = ["tel:+573001112233", "whatsapp:573009998877", "tel:+573001112233", "whatsapp:573009998877"];
    let lines: Vec<String> = (1..).zip(urns).map(|(id, urn)| record(id, urn)).collect();
    let archive = home.write("archive.jsonl", lines.join("\n"));
    assert_eq!(counts(&home.import(&archive, &[])), (4, 4, 0));
    assert_eq!(counts(&home.import(&archive, &[])), (4, 0, 4));
    let mut contacts: Vec<String> = home
        .json(&["list", "inbox", "--json"])
        .iter()
        .map(|row| row["contact"]["uuid"].to_string())
        .collect();
    assert_eq!(contacts.len(), 5);
    contacts.dedup();
    assert_eq!(contacts.len(), 1, "one conversation");
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn naming_another_country_brings_nothing_in_twice_either() {
    let home = Home::new();
    let first = home.import(&sample("sms_backup.xml"), &["--country", "CO"]);
    assert!(first["imported"].as_u64().unwrap() > 0);
    assert_eq!(home.import(&sample("sms_backup.xml"), &["--country", "BR"])["imported"], 0);
    assert_eq!(home.import(&sample("sms_backup.xml"), &["--country", "CO"])["imported"], 0);
    assert_eq!(home.import(&sample("sms_backup.xml"), &[])["imported"], 0);
}

/// An archive of years has a label's old name and its new one.
#[test]
fn a_label_or_group_that_was_renamed_is_still_one() {
    let home = Home::new();
    let record = |id: u32, label: &str| {
        format!(
            r#"{{"id":{id},"contact":{{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11","name":"Ana"}},"urn":"tel:+573001112233","direction":"in","type":"text","status":"handled","visibility":"visible","text":"m{id}","labels":[{{"uuid":"5f2e0c55-9b6c-4d0e-9c55-0f2b8a6f1a12","name":"{label}"}}],"created_on":"2026-01-05T12:00:0{id}Z"}}"#
        )
    };
    let archive = home.write("archive.jsonl", [record(1, "Reclamo"), record(2, "Queja")].join("\n"));
    assert_eq!(counts(&home.import(&archive, &[])), (2, 2, 0));
    let labels = home.json(&["label", "list", "--json"]);
    assert_eq!((labels.len(), &labels[0]["name"], &labels[0]["total"]), (1, &"Reclamo".into(), &2.into()));
    let group = |name: &str| {
        format!(r#"{{"kind":"group","uuid":"5f2e0c55-9b6c-4d0e-9c55-0f2b8a6f1a13","name":"{name}"}}"#)
    };
    let contact = r#"{"kind":"contact","uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11","status":"active","groups":["Nuevos"],"created_on":"2026-01-05T12:00:00Z"}"#;
    let message = r#"{"kind":"call","uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a14","contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11"},"direction":"in","outcome":"missed","occurred_on":"2026-01-05T12:00:00Z"}"#;
    let own = [&group("Viejos"), &group("Nuevos"), contact, message].join("\n");
    assert_eq!(home.import(&home.write("own.jsonl", own), &[])["imported"], 1);
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn names_hold_no_control_characters_and_types_no_colon() {
    let home = Home::new();
    let contact = r#""uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11""#;
    let known = format!(
        r#"{{"kind":"contact",{contact},"name":"A\u0000n\u001ba","status":"active","language":"s\u0007pa","urns":[{{"urn":"telegram:7","display":"a\u009bna"}}],"created_on":"2026-01-05T12:00:00Z"}}"#
    );
    let message = format!(
        r#"{{"kind":"message","uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a14","contact":{{{contact}}},"urn":"telegram:7","direction":"in","type":"text","status":"handled","visibility":"visible","text":"","attachments":[{{"content_type":"a:b","url":"https://x.example/a.png"}}],"created_on":"2026-01-05T12:00:00Z","modified_on":"2026-01-05T12:00:00Z"}}"#
    );
    let path = home.write("own.jsonl", [known, message].join("\n"));
    assert_eq!(home.import(&path, &[])["imported"], 1);
    let row = home.json(&["list", "inbox", "--json"]).remove(0);
    assert_eq!(row["contact"]["name"], "Ana");
    let attachment =
        serde_json::json!({"content_type": "application/octet-stream", "url": "https://x.example/a.png"});
    assert_eq!(row["attachments"][0], attachment);
    let out = home.good(&["export", "--format", "jsonl"]);
    assert!(out.contains(r#""language":"spa""#) && out.contains(r#""display":"ana""#), "{out}");
}
