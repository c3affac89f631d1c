//! Imports: every sample gives its expected result, a second time nothing, and bad files lose nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::cli::Home;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn expected(name: &str) -> (Vec<Value>, Value) {
    let records = fs::read_to_string(sample(&format!("expected/{name}.jsonl"))).unwrap();
    let summary = fs::read_to_string(sample(&format!("expected/{name}.summary.json"))).unwrap();
    (lines(&records), serde_json::from_str(&summary).unwrap())
}

const SAMPLES: [&str; 3] = ["sms_backup.xml", "calls_backup.xml", "rapidpro_archive.jsonl"];

impl Home {
    fn import(&self, path: &Path, more: &[&str]) -> Value {
        let mut arguments = vec!["import", path.to_str().unwrap(), "--json"];
        arguments.extend(more);
        let mut lines = lines(&self.good(&arguments));
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }

    fn rehearse(&self, path: &Path, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["import", path.to_str().unwrap(), "--json", "--dry-run"];
        arguments.extend(more);
        lines(&self.good(&arguments))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn counts(summary: &Value) -> (u64, u64, u64) {
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

/// Where the seed document puts messages: incoming ones in Inbox, or in Flows when a flow handled them, or in Archived;
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

fn gzip(text: &str) -> Vec<u8> {
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
    let lying = home.write("lying.xml", b"<?xml version='1.0' encoding='UTF-8'?><smses><sms date=\"1672531211900\" address=\"+573001112233\" type=\"1\" body=\"a\xF1o\" /></smses>");
    assert_eq!(home.rehearse(&lying, &[])[0]["text"], "a\u{fffd}o");
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
fn deleted_messages_do_not_come_back_with_the_same_file() {
    let home = Home::new();
    home.import(&sample("rapidpro_archive.jsonl"), &[]);
    home.good(&["archive", "--folder", "inbox", "--all"]);
    home.good(&["delete", "--yes", "--folder", "archived", "--all"]);
    assert_eq!(home.import(&sample("rapidpro_archive.jsonl"), &[])["imported"], 0);
    assert_eq!(home.total("inbox"), 0);
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
