//! Exports: what leaves comes in again as it was, tables are what spreadsheets expect, and files are whole or not there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use chrono::Duration;
use proptest::prelude::*;
use recado::clock::{Clock, Dice};
use recado::domain::call::Outcome;
use recado::domain::contact::{ContactStatus, Urn};
use recado::domain::message::{Attachment, Direction, Status, Visibility};
use recado::domain::query::Query;
use recado::domain::schedule::{RecipientId, Repeat, Timing, Weekdays};
use recado::export::{Exported, Format, Only, Wanted, Watch, export};
use recado::import::{self, Options, Summary};
use recado::store::{NewCall, NewSchedule, Store};
use serde_json::Value;

use crate::cli::Home;
use crate::support::{Put, Workspace, fresh, minutes, noon};

fn all() -> Wanted {
    Wanted { place: None, query: Query::default(), only: Only::All, fields: Vec::new(), groups: Vec::new() }
}

fn written(store: &Store, format: Format) -> (Vec<u8>, Exported) {
    let mut out = Vec::new();
    let exported = export(store, &all(), format, &mut out, &Watch::default()).unwrap();
    (out, exported)
}

/// The lines of an export without what is a workspace's own: its numbers.
fn lines(store: &Store) -> Vec<Value> {
    let (out, _) = written(store, Format::Jsonl);
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("id");
            line
        })
        .collect()
}

fn bring_in(workspace: &mut Workspace, content: &[u8]) -> Summary {
    let file = workspace.folder.path().join("in.jsonl");
    fs::write(&file, content).unwrap();
    let (options, watch) = (Options::default(), import::Watch::default());
    let source = import::open(&file, &options, &watch).unwrap();
    let clock = Clock::set_to(noon() + Duration::days(9));
    import::import(source, &options, &mut workspace.store, clock, &mut Dice::seeded(5), &watch, None).unwrap()
}

/// What an import makes of lines: nothing that waits can be sent.
fn held_back(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        match line["kind"].as_str().unwrap() {
            "schedule" => line["paused"] = true.into(),
            "message" => {
                // What recado made itself has the key of what recado made, once it comes from a file.
                line.as_object_mut().unwrap().remove("import_key");
                if line["direction"] == "out"
                    && ["initializing", "queued", "errored"].contains(&line["status"].as_str().unwrap())
                {
                    line["status"] = "failed".into();
                    line["folder"] = "failed".into();
                    line["failed_reason"] = "unsent".into();
                    line["next_attempt"] = Value::Null;
                    let object = line.as_object_mut().unwrap();
                    object.remove("modified_on");
                    object.remove("history");
                }
            }
            "call" => drop(line.as_object_mut().unwrap().remove("import_key")),
            _ => {}
        }
    }
    lines
}

/// The same of what came in: the step that the import added is left out of what is compared.
fn as_came_in(lines: Vec<Value>, before: &[Value]) -> Vec<Value> {
    let unsent: Vec<&str> = before
        .iter()
        .filter(|line| line["failed_reason"] == "unsent" && line.get("history").is_none())
        .filter_map(|line| line["uuid"].as_str())
        .collect();
    let mut lines = lines;
    for line in &mut lines {
        let waited = line["uuid"].as_str().is_some_and(|uuid| unsent.contains(&uuid));
        let object = line.as_object_mut().unwrap();
        if object["kind"] == "message" || object["kind"] == "call" {
            assert!(object.remove("import_key").is_some_and(|key| key.is_string()), "{object:?}");
        }
        if waited {
            object.remove("modified_on");
            let history = object.remove("history").unwrap();
            assert_eq!(history.as_array().unwrap().last().unwrap()["cause"], "imported");
        }
    }
    lines
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        any::<String>().prop_map(|text| text
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
            .collect()),
        "[a-z =+@;,\"'\n\t]{0,40}",
        Just("=HYPERLINK(\"http://x.example\")".to_owned()),
        Just("👨‍👩‍👧‍👦 \u{202E}abc \u{FEFF}".to_owned()),
    ]
}

fn any_message() -> impl Strategy<Value = Put> {
    let who = prop_oneof![
        Just(("tel:+573001112233", "Ana")),
        Just(("telegram:77", "")),
        Just(("whatsapp:5511900007240", "João \"Jô\" 😀")),
        Just(("ext:a?b#c%20", "=cmd")),
    ];
    let details = (
        proptest::sample::select(&Status::ALL[..]),
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(Just("Pedidos".to_owned())),
        proptest::option::of(Just("WA Tienda".to_owned())),
        proptest::collection::btree_set("[a-zñ]{1,5}", 0..3),
    );
    (any_text(), who, details, 0..30_i64, proptest::option::of(0..90_i64)).prop_map(
        |(text, (urn, name), (status, archived, unread, flow, channel, labels), minute, sent)| {
            let incoming = status.direction() == Direction::In;
            Put {
                urn: urn.to_owned(),
                name: name.to_owned(),
                text,
                status,
                visibility: if archived && incoming { Visibility::Archived } else { Visibility::Visible },
                unread: unread && !archived,
                flow: flow.filter(|_| incoming),
                channel,
                created_on: minutes(minute) + Duration::microseconds(minute * 37),
                sent_on: sent.filter(|_| !incoming).map(minutes),
                attachments: sent
                    .map(|n| Attachment {
                        content_type: "image/png".into(),
                        url: format!("https://x.example/{n},a.png"),
                    })
                    .into_iter()
                    .collect(),
                labels: if incoming { labels.into_iter().collect() } else { Vec::new() },
            }
        },
    )
}

fn fill(workspace: &mut Workspace, messages: &[Put], calls: usize) {
    workspace
        .store
        .write(|tx| {
            for (n, message) in messages.iter().enumerate() {
                // Keys are made from texts, and are to differ.
                let text = format!("{} {n}", message.text);
                Put { text, ..message.clone() }.put(tx)?;
            }
            let urn = Urn::parse("tel:+593991234567", None).unwrap();
            let (contact, address) = tx.contact_with_urn(&urn, "Zoë", noon(), || fresh("zoe"))?;
            let more = Urn::parse("telegram:5#zo%20e", None).unwrap();
            tx.contact_with_uuid(fresh("zoe"), Some(&more), "", noon())?;
            for n in 0..calls {
                tx.insert_call(&NewCall {
                    uuid: fresh(&format!("call {n}")),
                    contact,
                    urn: (n % 3 > 0).then_some(address),
                    channel: None,
                    direction: if n % 2 == 0 { Direction::In } else { Direction::Out },
                    outcome: Outcome::ALL[n % Outcome::ALL.len()],
                    duration: u32::try_from(n).unwrap(),
                    occurred_on: minutes(i64::try_from(n).unwrap()),
                    external_id: if n % 2 == 0 { "" } else { "x" },
                    import_key: None,
                })?;
            }
            let group = tx.group("Clientes", || fresh("clientes"))?;
            tx.group("Vacío", || fresh("vacio"))?;
            tx.join_group(group, contact)?;
            let label = tx.label("sola", || fresh("sola"))?;
            let mut facts = tx.contact_facts(contact)?;
            facts.fields = BTreeMap::from([("ciudad".to_owned(), "Quito".to_owned())]);
            "spa".clone_into(&mut facts.language);
            facts.status = ContactStatus::Stopped;
            facts.last_seen_on = Some(minutes(3));
            tx.complete_contact(contact, &facts)?;
            let days = Weekdays::new([chrono::Weekday::Mon, chrono::Weekday::Thu]).unwrap();
            let repeats = [
                Repeat::Never,
                Repeat::Daily,
                Repeat::Weekly(days),
                Repeat::Monthly { day: 31 },
                Repeat::Yearly { month: 2, day: 29 },
            ];
            for (n, repeat) in (0..).zip(repeats) {
                tx.insert_schedule(&NewSchedule {
                    uuid: fresh(&format!("schedule {n}")),
                    text: "Hola, mañana\nabrimos",
                    recipients: &[
                        RecipientId::Contact(contact),
                        RecipientId::Group(group),
                        RecipientId::Label(label),
                    ],
                    channel: None,
                    timing: Timing { repeat, hour: 9, minute: 30 },
                    next_fire: Some(minutes(100 + n)),
                    last_fire: (n > 1).then(|| minutes(-n)),
                    paused: n == 2,
                    created_on: noon(),
                })?;
            }
            Ok(())
        })
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Into an empty workspace comes an equal one; only what waits to be sent does not wait there.
    #[test]
    fn what_is_exported_comes_in_as_it_was(
        messages in proptest::collection::vec(any_message(), 0..25),
        calls in 0..8_usize,
    ) {
        let mut first = Workspace::new();
        fill(&mut first, &messages, calls);
        let (content, exported) = written(&first.store, Format::Jsonl);
        prop_assert_eq!(exported.messages, messages.len() as u64);
        let mut second = Workspace::new();
        let summary = bring_in(&mut second, &content);
        prop_assert!(summary.errors.is_empty(), "{:?}", summary.errors);
        prop_assert_eq!(summary.imported, exported.rows());
        second.is_sound();
        let before = held_back(lines(&first.store));
        let after = as_came_in(lines(&second.store), &before);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before, after);
        }
        // Once more, and the copy into its own original, change nothing.
        let (content, _) = written(&second.store, Format::Jsonl);
        for workspace in [&mut first, &mut second] {
            let counts = workspace.store.counts().unwrap();
            let summary = bring_in(workspace, &content);
            prop_assert_eq!((summary.imported, summary.duplicates), (0, exported.rows()));
            prop_assert_eq!(workspace.store.counts().unwrap(), counts);
            workspace.is_sound();
        }
        // From the second time on everything is as it was, to the letter.
        let mut third = Workspace::new();
        bring_in(&mut third, &content);
        prop_assert!(lines(&second.store) == lines(&third.store));
    }

    /// No text of a stranger becomes a formula or a broken row.
    #[test]
    fn a_table_has_a_row_for_each_message_whatever_they_say(
        messages in proptest::collection::vec(any_message(), 1..12),
    ) {
        let mut workspace = Workspace::new();
        fill(&mut workspace, &messages, 0);
        let (content, exported) = written(&workspace.store, Format::Csv);
        let mut reader = csv::ReaderBuilder::new().from_reader(content.as_slice());
        prop_assert_eq!(reader.headers().unwrap().len(), 13);
        let mut rows = 0;
        for row in reader.records() {
            let row = row.unwrap();
            rows += 1;
            for cell in &row {
                prop_assert!(!cell.starts_with(['=', '@', '\t', '\r']), "{:?}", cell);
            }
        }
        prop_assert_eq!(rows, exported.rows());
    }
}

#[test]
fn a_workspace_moves_by_one_file() {
    let (home, other) = (Home::shop(), Home::new());
    let file = home.folder.path().join("all.jsonl");
    let name = file.to_str().unwrap();
    let told = home.json(&["export", "-o", name, "--json"]).remove(0);
    assert_eq!(told["format"], "jsonl");
    let folders = home.folders();
    let all = folders["total"].as_u64().unwrap();
    assert_eq!(
        ["messages", "calls", "schedules"].map(|kind| told[kind].as_u64().unwrap()).iter().sum::<u64>(),
        all
    );
    other.good(&["import", name]);
    for folder in ["inbox", "flows", "archived", "sent", "calls", "schedules"] {
        assert_eq!(other.total(folder), home.total(folder), "{folder}");
    }
    assert_eq!(other.total("failed"), home.total("failed") + home.total("outbox"));
    assert_eq!(other.total("outbox"), 0);
    assert_eq!(other.folders()["labels"], folders["labels"]);
    assert!(other.json(&["schedule", "list", "--json"]).iter().all(|one| one["paused"] == true));
    assert!(other.good(&["import", name]).contains("already there"));
    let again = home.json(&["import", name, "--json"]).remove(0);
    assert_eq!(
        (&again["imported"], &again["duplicates"]),
        (&0.into(), &all.into()),
        "its own export brings nothing"
    );
    assert!(other.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn a_table_has_the_columns_of_the_platform_and_the_folder() {
    let home = Home::shop();
    let table = home.good(&["export", "--folder", "inbox", "--format", "csv"]);
    let mut rows = table.split("\r\n");
    assert_eq!(
        rows.next().unwrap(),
        "Date,Contact UUID,Contact Name,URN Scheme,URN Value,Flow,Direction,Text,Attachments,Status,Channel,Labels,Folder"
    );
    let newest = &home.json(&["list", "inbox", "--json", "--limit", "1"])[0];
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len() as u64, home.total("inbox"));
    let last = records.last().unwrap();
    assert_eq!(&last[1], newest["contact"]["uuid"].as_str().unwrap(), "the oldest comes first");
    assert_eq!((&last[6], &last[7], &last[12]), ("IN", newest["text"].as_str().unwrap(), "inbox"));
    let more =
        home.good(&["export", "--folder", "inbox", "--format", "csv", "--fields", "city", "--groups", "VIP"]);
    assert!(
        more.starts_with("Date,Contact UUID,Contact Name,URN Scheme,URN Value,Field:city,Group:VIP,Flow,")
    );
    assert!(home.good(&["export", "--folder", "calls", "--format", "csv"]).starts_with("Date,Contact UUID"));
    let schedules = home.good(&["export", "--folder", "schedules", "--format", "csv"]);
    assert_eq!(
        csv::Reader::from_reader(schedules.as_bytes()).records().count() as u64,
        home.total("schedules")
    );
}

#[test]
fn an_empty_table_has_its_headings() {
    let home = Home::shop();
    let table = home.good(&["export", "--search", "nothingmatchesthis", "--format", "csv"]);
    assert!(table.starts_with("Date,") && table.lines().count() == 1, "{table}");
}

#[test]
fn what_is_taken_out_is_chosen_by_folder_label_search_and_days() {
    let home = Home::shop();
    let count = |arguments: &[&str]| {
        let mut all = vec!["export", "--format", "jsonl"];
        all.extend(arguments);
        let rows = home.json(&all);
        rows.iter()
            .filter(|row| ["message", "call", "schedule"].contains(&row["kind"].as_str().unwrap()))
            .count() as u64
    };
    assert_eq!(count(&["--folder", "calls"]), home.total("calls"));
    assert_eq!(count(&["--label", "complaint"]), home.folders()["labels"][0]["total"].as_u64().unwrap());
    let found = home.json(&["search", "is:unread", "--json", "--limit", "1000"]).len() as u64;
    assert_eq!(count(&["--search", "is:unread"]), found);
    let since = home.json(&["search", "after:2026-03-01", "--json", "--limit", "1000"]).len() as u64;
    let calls = home.json(&["list", "calls", "--search", "after:2026-03-01", "--json"]).len() as u64;
    let both = count(&["--since", "2026-03-01"]);
    assert!(since > 0 && both >= since + calls && both < count(&[]), "{both} {since} {calls}");
    assert_eq!(count(&["--since", "2031"]), 0);
    assert!(home.bad(2, &["export", "--format", "csv", "--since", "someday"]).contains("someday"));
    assert!(home.bad(1, &["export", "--format", "csv", "--label", "nolabel"]).contains("nolabel"));
}

#[test]
fn a_file_is_whole_or_not_there_and_never_replaced_unasked() {
    let home = Home::shop();
    let file = home.folder.path().join("a.xlsx");
    let name = file.to_str().unwrap();
    assert!(home.good(&["export", "-o", name]).ends_with("a.xlsx\n"));
    let first = fs::read(&file).unwrap();
    assert!(first.starts_with(b"PK"));
    assert!(home.bad(1, &["export", "-o", name]).contains("is there already"));
    assert_eq!(fs::read(&file).unwrap(), first);
    home.good(&["export", "-o", name, "--force", "--folder", "sent"]);
    assert_ne!(fs::read(&file).unwrap(), first);
    assert!(
        home.bad(2, &["export", "-o", home.folder.path().join("a.txt").to_str().unwrap()])
            .contains("--format")
    );
    assert!(home.bad(2, &["export"]).contains("--format"));
    // Some messages by their ids, and all that had arrived with one.
    let some = home.good(&["export", "--format", "csv", "3", "1"]);
    assert_eq!(some.lines().count(), 3, "{some}");
    assert!(home.bad(1, &["export", "--format", "csv", "999999"]).contains("999999"));
    home.bad(2, &["export", "--format", "csv", "1", "--folder", "inbox"]);
    let until = home.good(&["export", "--format", "csv", "--up-to", "5", "--except", "2"]);
    assert_eq!(until.lines().count(), 5, "{until}");
    assert!(home.bad(2, &["export", "--format", "ods"]).contains("csv, jsonl, xlsx"));
    assert!(home.bad(1, &["export", "-o", "/nowhere/at/all.csv"]).contains("there is no folder /nowhere/at"));
    let left = fs::read_dir(home.folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".part"));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    // More than a pipe holds.
    let home = Home::new();
    home.good(&["demo", "--no-ui", "--messages", "3000", "--seed", "7", "--db", home.db().to_str().unwrap()]);
    for format in ["csv", "jsonl", "xlsx"] {
        let mut child = home
            .command(&["export", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = Vec::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_until(b'\n', &mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{format}: {output:?}");
    }
}

#[test]
fn lines_that_somebody_changed_do_no_harm() {
    let home = Home::shop();
    let text = home.good(&["export", "--format", "jsonl"]);
    let bent = [
        ("\"direction\":\"in\"", "\"direction\":\"out\""),
        ("\"status\":\"sent\"", "\"status\":\"handled\""),
        ("\"visibility\":\"visible\"", "\"visibility\":\"deleted\""),
        ("\"created_on\":\"2026", "\"created_on\":\"0000"),
        ("\"uuid\":\"", "\"uuid\":\"x"),
        ("\"urn\":\"tel:", "\"urn\":\"tel"),
        ("\"type\":\"text\"", "\"type\":\"shout\""),
        ("\"hour\":", "\"hour\":99"),
        ("\"repeat\":\"", "\"repeat\":\"hourly"),
        ("\"kind\":\"message\"", "\"kind\":\"massage\""),
    ];
    for (from, to) in bent {
        let other = Home::new();
        let file = other.folder.path().join("bent.jsonl");
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        fs::write(&file, changed).unwrap();
        let summary = other.json(&["import", file.to_str().unwrap(), "--json"]).remove(0);
        assert!(!summary["errors"].as_array().unwrap().is_empty(), "{to} passed");
        assert!(other.good(&["doctor"]).starts_with("sound"), "{to}");
        assert_eq!(other.total("outbox"), 0);
    }
}

#[test]
fn nothing_replaces_a_workspace() {
    let home = Home::shop();
    let (db, before) = (home.db(), home.folders());
    let name = db.to_str().unwrap();
    for format in ["csv", "jsonl", "xlsx"] {
        assert!(
            home.bad(1, &["export", "-o", name, "--force", "--format", format]).contains("is there already")
        );
    }
    assert_eq!(home.folders(), before);
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn tables_of_one_export_bring_the_same_messages_in() {
    let mut workspace = Workspace::new();
    let texts =
        ["- milk", "+cmd|x", "-2+3", "@SUM(A1)", "=1+1", "'=1+1", "''=2", "'tis", "'- x", "+593 99", "plain"];
    let messages: Vec<Put> = (0..).zip(texts).map(|(minute, text)| Put::incoming(text, minute)).collect();
    workspace.put_all(messages);
    let home = Home::new();
    for (name, format) in [("a.csv", Format::Csv), ("a.xlsx", Format::Xlsx)] {
        let file = home.folder.path().join(name);
        fs::write(&file, written(&workspace.store, format).0).unwrap();
        home.good(&["import", file.to_str().unwrap(), "--timezone", "America/Bogota"]);
    }
    let mut found: Vec<String> = home
        .json(&["list", "inbox", "--json"])
        .iter()
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect();
    found.reverse();
    assert_eq!(found, texts);
}

#[test]
fn a_script_gets_all_rows_and_a_person_a_hundred() {
    let home = Home::new();
    home.good(&["demo", "--no-ui", "--messages", "400", "--seed", "7", "--db", home.db().to_str().unwrap()]);
    let inbox = home.total("inbox");
    assert!(inbox > 100);
    assert_eq!(home.json(&["list", "inbox", "--json"]).len() as u64, inbox);
    assert_eq!(home.json(&["list", "inbox", "--json", "--limit", "7"]).len(), 7);
    assert_eq!(home.good(&["list", "inbox"]).lines().count(), 100);
}
