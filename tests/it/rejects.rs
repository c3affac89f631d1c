//! Records that are wrong go to a file as they stand; mended, they come in. And an import that is stopped goes on later.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use recado::clock::{Clock, Dice};
use recado::import::{Options, Rejected, Watch, import, open};
use recado::store::{Access, Store};
use serde_json::{Value, json};

use crate::cli::Home;
use crate::imports::{counts, lines, sample};
use crate::sheets::{Cells, HEADER, small, workbook};
use crate::support::{Workspace, noon};

const CONTACT: &str = r#""contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11"}"#;

fn sms(n: u64, date: &str) -> String {
    format!("<sms address=\"+573001112233\" date=\"{date}\" type=\"1\" body=\"hola {n} &amp; &#10;é\" />")
}

fn millis(n: u64) -> String {
    (1_672_531_211_900 + n * 1000).to_string()
}

fn stamp(n: u64) -> String {
    format!("2024-03-{:02} {:02}:{:02}:{:02}", 1 + n / 86_400, n / 3600 % 24, n / 60 % 60, n % 60)
}

fn archived(n: u64, direction: &str) -> String {
    format!(
        "{{\"id\":{n},{CONTACT},\"direction\":\"{direction}\",\"text\":\"hola {n} é\",\"created_on\":\"{}\"}}",
        stamp(n).replace(' ', "T") + "Z"
    )
}

fn own(n: u64, direction: &str) -> String {
    let at = stamp(n).replace(' ', "T") + "Z";
    format!(
        "{{\"kind\":\"message\",\"uuid\":\"3d7c1f0a-5b1e-4d0e-9c55-{n:012}\",{CONTACT},\"direction\":\"{direction}\",\"type\":\"text\",\"status\":\"handled\",\"visibility\":\"visible\",\"text\":\"hola {n}\",\"created_on\":\"{at}\",\"modified_on\":\"{at}\"}}"
    )
}

fn asterisk(n: u64, duration: &str) -> String {
    let start = stamp(n);
    format!(
        "\"\",\"5511900477700\",\"138\",\"from-trunk\",\"\"\"Ana, S\"\" <5511900477700>\",\"a\",\"b\",\"Dial\",\"c\",\"{start}\",,\"{start}\",{duration},0,\"BUSY\",\"DOCUMENTATION\""
    )
}

fn freepbx(n: u64, duration: &str) -> String {
    format!("{},Ana,5511900477700,138,from-trunk,{duration},0,BUSY", stamp(n))
}

fn freeswitch(n: u64, duration: &str) -> String {
    let start = stamp(n);
    format!(
        "\"An \"a\"\",\"+5511900533940\",\"1000\",\"public\",\"{start}\",\"\",\"{start}\",\"{duration}\",\"0\",\"NORMAL_CLEARING\",\"u{n}\",\"\",\"\",\"\",\"\""
    )
}

fn chat(n: u64, hour: &str) -> String {
    format!("{}/03/2024, {hour}:{:02} - Ana: hola {n}\nsegunda línea", 13 + n / 1440, n % 60)
}

/// A file of a format: a record that is right, one that is wrong, how the wrong one is mended, and what stands around.
struct Sort {
    name: &'static str,
    right: fn(u64) -> String,
    wrong: fn(u64) -> String,
    mended: (&'static str, &'static str),
    reason: &'static str,
    before: &'static str,
    after: &'static str,
    options: &'static [&'static str],
}

/// One of each sort that is read.
const SORTS: [Sort; 9] = [
    Sort {
        name: "sms.xml",
        right: |n| sms(n, &millis(n)),
        wrong: |n| sms(n, "soon"),
        mended: ("soon", "1672531200000"),
        reason: "bad date",
        before: "<smses>\n",
        after: "</smses>",
        options: &[],
    },
    Sort {
        name: "calls.xml",
        right: |n| {
            format!("<call number=\"+573001112233\" date=\"{}\" type=\"1\" duration=\"5\"/>", millis(n))
        },
        wrong: |n| {
            format!("<call number='+573001112233' date='{}' type='1' duration='long'></call>", millis(n))
        },
        mended: ("long", "7"),
        reason: "bad duration",
        before: "<calls>\n",
        after: "</calls>",
        options: &[],
    },
    Sort {
        name: "archive.jsonl",
        right: |n| archived(n, "in"),
        wrong: |n| archived(n, "sideways"),
        mended: ("sideways", "in"),
        reason: "bad direction",
        before: "",
        after: "",
        options: &[],
    },
    Sort {
        name: "own.jsonl",
        right: |n| own(n, "in"),
        wrong: |n| own(n, "sideways"),
        mended: ("sideways", "in"),
        reason: "bad direction",
        before: "",
        after: "",
        options: &[],
    },
    Sort {
        name: "table.csv",
        right: |n| small(&[(&stamp(n), "IN", "hola")]).split_off(HEADER.len() + 1).trim().to_owned(),
        wrong: |n| {
            small(&[(&stamp(n), "UP", "say \"\"hi\"\",\nAna")]).split_off(HEADER.len() + 1).trim().to_owned()
        },
        mended: ("UP", "IN"),
        reason: "bad direction",
        before: "\u{feff}Date,Contact UUID,Contact Name,URN Scheme,URN Value,Flow,Direction,Text,Attachments,Status,Channel,Labels\n",
        after: "",
        options: &["--dates", "year-first"],
    },
    Sort {
        name: "Master.csv",
        right: |n| asterisk(n, "5"),
        wrong: |n| asterisk(n, "long"),
        mended: ("long", "5"),
        reason: "bad row",
        before: "",
        after: "",
        options: &["--country", "BR"],
    },
    Sort {
        name: "freepbx.csv",
        right: |n| freepbx(n, "5"),
        wrong: |n| freepbx(n, "long"),
        mended: ("long", "5"),
        reason: "bad row",
        before: "calldate,clid,src,dst,dcontext,duration,billsec,disposition\n",
        after: "",
        options: &["--country", "BR"],
    },
    Sort {
        name: "switch.csv",
        right: |n| freeswitch(n, "5"),
        wrong: |n| freeswitch(n, "long"),
        mended: ("long", "5"),
        reason: "bad row",
        before: "",
        after: "",
        options: &["--country", "BR"],
    },
    Sort {
        name: "WhatsApp Chat with Ana.txt",
        right: |n| chat(n, &format!("{:02}", n / 60 % 24)),
        wrong: |n| chat(n, "25"),
        mended: ("25:", "15:"),
        reason: "bad date",
        before: "",
        after: "",
        options: &["--me", "Luis"],
    },
];

impl Sort {
    /// A file with so many records, of which some are wrong.
    fn text(&self, records: u64, wrong: &[u64]) -> String {
        let mut text = self.before.to_owned();
        for n in 1..=records {
            let record = if wrong.contains(&n) { (self.wrong)(n) } else { (self.right)(n) };
            writeln!(text, "{record}").unwrap();
        }
        text + self.after
    }

    /// What somebody makes of the records of a file of rejected ones: mended, and with the root of XML around.
    fn mend(&self, rejected: &[Value]) -> String {
        let records: Vec<&str> = rejected.iter().map(|line| line["record"].as_str().unwrap()).collect();
        let text = records.join("\n").replace(self.mended.0, self.mended.1) + "\n";
        if self.after.is_empty() { text } else { [self.before, &text, self.after].concat() }
    }
}

fn rejected(file: &Path) -> Vec<Value> {
    lines(&fs::read_to_string(file).unwrap())
}

/// What was rejected: places and reasons.
fn places(rejected: &[Value]) -> Vec<(u64, &str)> {
    let place = |line: &'_ Value| line["src"].as_u64().unwrap();
    rejected.iter().map(|line| (place(line), line["reason"].as_str().unwrap())).collect()
}

impl Home {
    fn in_folder(&self, folder: &str, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::create_dir_all(self.folder.path().join(folder)).unwrap();
        self.write(&format!("{folder}/{name}"), content)
    }
}

#[test]
fn what_is_rejected_comes_in_once_it_is_mended_whatever_format_it_has() {
    for sort in &SORTS {
        let home = Home::new();
        let name = sort.name;
        let file = home.write(name, sort.text(6, &[2, 5]));
        let rejects = home.folder.path().join("rejected.jsonl");
        let with = [sort.options, &["--rejected", rejects.to_str().unwrap()]].concat();
        home.rehearse(&file, &with);
        let rehearsed = rejected(&rejects);
        fs::remove_file(&rejects).unwrap();
        assert_eq!(counts(&home.import(&file, &with)), (6, 4, 0), "{name}");
        let found = rejected(&rejects);
        assert_eq!(found, rehearsed, "{name}");
        let header = [(0, "header")];
        let has_header = sort.before.contains("duration,") || sort.before.contains("Date,");
        let wrong = [(2, sort.reason), (5, sort.reason)];
        let expected: Vec<_> = header.iter().filter(|_| has_header).chain(&wrong).copied().collect();
        assert_eq!(places(&found), expected, "{name}");
        let second = &found[found.len() - 2];
        assert_eq!(second["record"], (sort.wrong)(2).trim_end_matches("</call>"), "{name}");
        assert_eq!(second["file"], file.to_str().unwrap());
        assert!(second.get("cut").is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&rejects).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let mended = home.in_folder("mended", name, sort.mend(&found));
        let done = home.import(&mended, sort.options);
        assert_eq!(counts(&done), (2, 2, 0), "{name}: {done}");
    }
}

#[test]
fn a_multimedia_message_is_rejected_whole_but_for_its_pictures_and_a_tag_that_is_none_as_it_stands() {
    let home = Home::new();
    let picture = "A".repeat(1 << 20);
    let mms = |data: &str| {
        format!(
            "<mms date=\"1672531300000\" msg_box=\"9\" address=\"+573001112233\" m_type=\"132\">\n<parts><part seq=\"0\" ct=\"image/png\" cl='a.png' data=\"{data}\" /><part seq=\"1\" ct=\"text/plain\" text=\"hola\" /></parts><addrs><addr address=\"+573001112233\" type=\"137\" /></addrs></mms>"
        )
    };
    let bare = "<sms address=\"+573001112233\" date=\"1672531211903\" type=1 body=\"x > y\" />";
    let text = format!("<smses>{}\n{bare}\n{}</smses>", mms(&picture), sms(3, &millis(3)));
    let rejects = home.folder.path().join("r.jsonl");
    let file = home.write("a.xml", text);
    assert_eq!(home.import(&file, &["--rejected", rejects.to_str().unwrap()])["imported"], 1);
    let found = rejected(&rejects);
    assert_eq!(places(&found), [(1, "unknown type"), (2, "bad record")]);
    assert_eq!(found[0]["record"], mms(""));
    assert_eq!(found[1]["record"], bare);
    let mended = format!("<smses>{}</smses>", mms("").replace("\"9\"", "\"1\""));
    let found = home.rehearse(&home.write("b.xml", mended), &[]);
    assert_eq!((&found[0]["text"], &found[0]["attachments"]), (&json!("hola"), &json!(["image/png:a.png"])));
}

#[test]
fn a_row_of_a_workbook_is_rejected_as_a_line_below_one_header() {
    let cells = |rows: &str| -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(rows.as_bytes())
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    };
    let rows = |text: &str| {
        let mut rows = cells(&small(&[("13/02/2024 09:00", "IN", "si"), ("13/02/2024 09:30", "UP", text)]));
        rows.iter_mut().skip(1).for_each(|row| row.push("a note".to_owned()));
        rows
    };
    for sort in [Cells::Inline, Cells::Since1904] {
        let home = Home::new();
        let (one, two) = (rows("a, \"\"b\"\"\nc"), rows(" '=x"));
        let file = home.write("a.xlsx", workbook(&[("Messages 1", &one), ("Messages 2", &two)], sort));
        let rejects = home.folder.path().join("r.jsonl");
        let name = rejects.to_str().unwrap();
        assert_eq!(home.import(&file, &["--rejected", name])["imported"], 2);
        let found = rejected(&rejects);
        assert_eq!(places(&found), [(0, "header"), (2, "bad direction"), (4, "bad direction")]);
        assert_eq!(found[0]["record"], HEADER);
        let lines: Vec<&str> = found.iter().map(|line| line["record"].as_str().unwrap()).collect();
        let mended = home.write("mended.csv", lines.join("\n").replace("UP", "IN"));
        let found = home.rehearse(&mended, &[]);
        let told: Vec<_> = found.iter().map(|one| (&one["time"], one["text"].as_str().unwrap())).collect();
        let time = json!("2024-02-13T14:30:00Z");
        assert_eq!(told, [(&time, "a, \"b\"\nc"), (&time, " '=x")]);
    }
}

#[test]
fn a_file_of_rejected_records_is_new_and_holds_something() {
    let home = Home::new();
    let rejects = home.folder.path().join("r.jsonl");
    let name = rejects.to_str().unwrap();
    let right = home.write("right.xml", SORTS[0].text(3, &[]));
    let right = right.to_str().unwrap();
    let output = home.run(&["import", right, "--rejected", name]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("no record was rejected"), "{told}");
    assert!(!rejects.exists());
    // Several files have one file of rejected records.
    let (one, two) =
        (home.write("one.xml", SORTS[0].text(3, &[1])), home.write("two.csv", SORTS[4].text(3, &[3])));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let output = home.run(&["import", one, right, two, "--rejected", name]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("2 rejected records written to"), "{told}");
    let found = rejected(&rejects);
    assert_eq!(places(&found), [(1, "bad date"), (0, "header"), (3, "bad direction")]);
    assert_eq!((found[0]["file"].as_str(), found[2]["file"].as_str()), (Some(one), Some(two)));
    // It replaces nothing, and then nothing comes in either.
    let (before, fresh) = (fs::read(&rejects).unwrap(), Home::new());
    assert!(fresh.bad(1, &["import", one, "--rejected", name]).contains("r.jsonl"));
    assert!(!fresh.db().exists());
    assert_eq!(fs::read(&rejects).unwrap(), before);
    fs::remove_file(&rejects).unwrap();
    assert!(
        home.bad(1, &["import", one, "--rejected", "/nowhere/r.jsonl"])
            .contains("there is no folder /nowhere")
    );
    // A file of another format has no records, but those of the others are kept.
    let notes = home.write("notes.txt", "Dear diary\nnothing today");
    let notes = notes.to_str().unwrap();
    home.run(&["import", notes, "--format", "rapidpro-archive", "--rejected", name]);
    assert!(!rejects.exists());
    let archive = home.write("archive.jsonl", SORTS[2].text(3, &[1]));
    let archive = archive.to_str().unwrap();
    home.run(&["import", archive, notes, archive, "--format", "rapidpro-archive", "--rejected", name]);
    assert_eq!(places(&rejected(&rejects)), [(1, "bad direction"), (1, "bad direction")]);
    assert!(
        fs::read_dir(home.folder.path())
            .unwrap()
            .all(|file| { !file.unwrap().file_name().to_string_lossy().ends_with(".part") })
    );
}

#[test]
fn what_is_too_long_is_cut_and_a_torn_file_is_said_without_a_record() {
    let home = Home::new();
    let rejects = home.folder.path().join("r.jsonl");
    let long = archived(1, "sideways").replace("hola", &"é".repeat(100_000));
    let file = home.write("a.jsonl", format!("{long}\n{}\n", archived(2, "in")));
    home.import(&file, &["--rejected", rejects.to_str().unwrap()]);
    let found = rejected(&rejects);
    assert_eq!((found.len(), &found[0]["cut"]), (1, &json!(true)));
    let record = found[0]["record"].as_str().unwrap();
    assert!(long.starts_with(record) && record.len() > 65_000 && record.len() <= 65_536);
    fs::remove_file(&rejects).unwrap();
    let torn = home.write("torn.xml", format!("<smses>{}<sms type=\"1\"", sms(1, &millis(1))));
    home.import(&torn, &["--rejected", rejects.to_str().unwrap()]);
    let found = rejected(&rejects);
    assert_eq!((places(&found), &found[0]["record"]), (vec![(2, "truncated file")], &json!("")));
}

#[test]
fn an_import_says_how_to_have_what_is_wrong() {
    let home = Home::new();
    let file = home.write("a.xml", SORTS[0].text(3, &[1]));
    let file = file.to_str().unwrap();
    for (lang, words) in [("en", "to be mended"), ("es", "para corregirlos"), ("pt", "para corrigi-los")] {
        let told = home.good(&["import", file, "--lang", lang]);
        assert!(told.contains("--rejected") && told.contains(words), "{told}");
    }
    let name = home.folder.path().join("r.jsonl");
    let told = home.good(&["import", file, "--rejected", name.to_str().unwrap()]);
    assert!(!told.contains("--rejected") && told.contains("record 1"), "{told}");
    assert!(
        !home
            .good(&["import", sample("rapidpro_archive.jsonl.gz").to_str().unwrap(), "--dry-run", "--json"])
            .contains("--rejected")
    );
}

#[test]
fn an_import_that_is_stopped_goes_on_where_it_was_whatever_the_format() {
    const ALL: u64 = 3600;
    for sort in &SORTS {
        let name = sort.name;
        let mut workspace = Workspace::new();
        let file = workspace.folder.path().join(name);
        // Beyond what is read ahead.
        fs::write(&file, sort.text(ALL, &[1500])).unwrap();
        let mut options = Options { zone: chrono_tz::UTC, ..Options::default() };
        options.me = sort.options.contains(&"--me").then(|| "Luis".to_owned());
        let mut run = |is_stopped: bool| {
            let watch = Watch::default();
            let mut found = Vec::new();
            let source = open(&file, &options, &watch).unwrap();
            let reject = Box::new(|rejected: Rejected| {
                found.push(rejected.src);
                // Somebody presses Ctrl-C just then.
                watch.cancel.store(is_stopped && rejected.src == 1500, Ordering::Relaxed);
                Ok(())
            });
            let (clock, dice) = (Clock::set_to(noon()), &mut Dice::seeded(1));
            let done =
                import(source, &options, &mut workspace.store, clock, dice, &watch, Some(reject)).unwrap();
            assert_eq!(found.last(), Some(&1500), "{name}: what was rejected so far is kept");
            (done.cancelled_at, done.seen, done.imported, done.duplicates)
        };
        assert_eq!(run(true), (Some(1500), 1500, 1499, 0), "{name}");
        assert_eq!(run(false), (None, ALL, ALL - 1500, 1499), "{name}");
        assert_eq!(run(false), (None, ALL, 0, ALL - 1), "{name}");
    }
}

#[test]
fn ctrl_c_leaves_what_was_committed_and_rejected_and_a_second_run_completes_it() {
    let home = Home::new();
    let file = home.write("many.xml", SORTS[0].text(40_000, &[7]));
    let file = file.to_str().unwrap();
    let rejects = home.folder.path().join("r.jsonl");
    let child = home
        .command(&["import", file, "--rejected", rejects.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first slice is in; the others take longer than a signal.
    let has_begun = || {
        let store = Store::open(&home.db(), Access::Read).ok()?;
        let counts = store.counts().ok()?;
        Some(counts.of(recado::domain::folder::Folder::Inbox).total).filter(|total| *total > 0)
    };
    while has_begun().is_none() {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("stopped at record") && told.contains("1 rejected record written to"), "{told}");
    assert_eq!(places(&rejected(&rejects)), [(7, "bad date")]);
    let came_in = home.total("inbox");
    assert!((1..39_999).contains(&came_in), "{came_in}");
    let (_, imported, duplicates) = counts(&home.import(Path::new(file), &[]));
    assert_eq!((imported + duplicates, duplicates), (39_999, came_in));
    assert_eq!(home.total("inbox"), 39_999);
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn many_records_of_one_moment_come_in_once_and_in_time() {
    let home = Home::new();
    let row =
        |n: u64| small(&[("2024-02-01 09:00:00", "IN", &format!("si {n}"))]).split_off(HEADER.len() + 1);
    let text = |rows: u64| format!("{HEADER}\n{}", (0..rows).map(row).collect::<String>());
    let started = std::time::Instant::now();
    let file = home.write("a.csv", text(20_000));
    assert_eq!(counts(&home.import(&file, &[])), (20_000, 20_000, 0));
    assert!(home.rehearse(&file, &[]).is_empty());
    assert_eq!(counts(&home.import(&file, &[])), (20_000, 0, 20_000));
    let more = home.write("a.csv", text(20_010));
    assert_eq!(home.rehearse(&more, &[]).len(), 10);
    assert_eq!(counts(&home.import(&more, &[])), (20_010, 10, 20_000));
    // A minute and more where each is compared with all others.
    assert!(started.elapsed().as_secs() < 40, "{:?}", started.elapsed());
}

#[test]
fn what_was_archived_comes_back_archived_from_a_table_of_our_own() {
    let (home, other) = (Home::shop(), Home::new());
    for name in ["all.csv", "all.xlsx"] {
        let file = home.folder.path().join(name);
        home.good(&["export", "-o", file.to_str().unwrap()]);
        let done = other.import(&file, &["--timezone", "America/Bogota"]);
        assert_eq!(done["errors"], json!([]), "{name}");
        assert!(other.total("archived") > 0);
        for folder in ["archived", "inbox", "flows"] {
            assert_eq!(other.total(folder), home.total(folder), "{folder} of {name}");
        }
        assert_eq!(other.total("outbox"), 0);
    }
    let plain = Home::new();
    let header = HEADER.replace("Labels", "Labels,Folder,Folder");
    let row = small(&[("2024-02-01 09:00:00", "IN", "si")]).split_off(HEADER.len() + 1);
    let doubled = plain.write("a.csv", format!("{header}\n{},archived,archived\n", row.trim()));
    assert_eq!(counts(&plain.import(&doubled, &[])), (1, 1, 0));
    assert_eq!((plain.total("archived"), plain.total("inbox")), (0, 1), "somebody's own columns");
}
