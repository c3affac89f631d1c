//! Call records of telephone exchanges: Asterisk, FreePBX and FreeSWITCH.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cli::Home;
use crate::imports::{counts, expected, gzip, sample};
use crate::sheets::survives;

const SAMPLES: [(&str, &str); 2] = [("asterisk_cdr.csv", "UTC"), ("freeswitch_cdr.csv", "America/Sao_Paulo")];

#[test]
fn every_sample_gives_exactly_its_expected_calls_and_nothing_the_second_time() {
    for (name, zone) in SAMPLES {
        let home = Home::new();
        let options = ["--country", "BR", "--timezone", zone];
        let (records, summary) = expected(name);
        assert_eq!(home.rehearse(&sample(name), &options), records, "{name}");
        let done = home.import(&sample(name), &options);
        for key in ["file", "seen", "imported", "duplicates", "skipped", "errors"] {
            assert_eq!(done[key], summary[key], "{key} of {name}");
        }
        assert_eq!(done["format"], name.split('_').next().unwrap());
        let again = home.import(&sample(name), &options);
        let known = summary["imported"].as_u64().unwrap() + summary["duplicates"].as_u64().unwrap();
        assert_eq!(
            (again["imported"].as_u64(), again["duplicates"].as_u64()),
            (Some(0), Some(known)),
            "{name}"
        );
        assert_eq!(home.total("calls"), summary["imported"].as_u64().unwrap());
        assert!(home.good(&["doctor"]).starts_with("sound"));
    }
}

#[test]
fn line_ends_and_encodings_change_nothing() {
    let home = Home::new();
    for (name, zone) in SAMPLES {
        let options = ["--country", "BR", "--timezone", zone];
        let plain = home.rehearse(&sample(name), &options);
        let text = fs::read_to_string(sample(name)).unwrap();
        let wide: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let variants = [
            home.write("crlf.csv", text.replace('\n', "\r\n")),
            home.write("bom.csv", format!("\u{feff}{text}")),
            home.write("wide.csv", wide),
            home.write("blank-lines.csv", text.replace('\n', "\n\n")),
            home.write("packed.csv.gz", gzip(&text)),
        ];
        for variant in variants {
            assert!(home.rehearse(&variant, &options) == plain, "{}", variant.display());
        }
        home.import(&sample(name), &options);
        let crlf = home.folder.path().join("crlf.csv");
        assert_eq!(home.import(&crlf, &options)["imported"], 0, "a line end makes no other call");
    }
    // A name in the exchange's own encoding.
    let line = b"\"\",\"5511900477700\",\"138\",\"from-trunk\",\"\"\"Jos\xE9\"\" <5511900477700>\",\"a\",\"b\",\"Dial\",\"c\",\"2023-06-02 12:00:05\",,\"2023-06-02 12:00:18\",13,0,\"BUSY\",\"DOCUMENTATION\"\n";
    let old = home.write("latin1.csv", line);
    assert_eq!(Home::new().import(&old, &[])["errors"], json!([{"src": 1, "reason": "bad encoding"}]));
    assert_eq!(home.rehearse(&old, &["--encoding", "latin1"])[0]["name"], "José");
}

/// A line of Asterisk with sixteen columns, but for those that are named.
fn line(source: &str, target: &str, context: &str, start: &str, more: &str) -> String {
    format!(
        "\"\",\"{source}\",\"{target}\",\"{context}\",\"\"\"Ana\"\" <{source}>\",\"a\",\"b\",\"Dial\",\"c,d\",\"{start}\",,\"{start}\",0,0,\"NO ANSWER\",\"DOCUMENTATION\"{more}\n"
    )
}

#[test]
fn an_exchange_writes_as_many_columns_as_it_is_set_to() {
    let home = Home::new();
    let start = "2023-06-02 12:00:05";
    for (more, id) in [
        ("", Value::Null),
        (",\"1685707205.1\"", json!("1685707205.1")),
        (",\"pbx-1685707205.1\"", json!("pbx-1685707205.1")),
        (",\"a note\"", Value::Null),
        (",\"1685707205.1\",\"a note\"", json!("1685707205.1")),
        (",\"\",\"1685707205.1\",12", Value::Null),
        (",\"1685707205.1\",\"\",\"1685707205.1\",12", json!("1685707205.1")),
        (",\"a note\",\"\",\"1685707205.1\",12", Value::Null),
        (",\"1685707205.1\",\"a note\",\"\",\"1685707205.1\",12", json!("1685707205.1")),
    ] {
        let file = home.write("cdr.csv", line("5511900477700", "138", "from-trunk", start, more));
        let found = home.rehearse(&file, &[]);
        assert_eq!(
            (&found[0]["external_id"], &found[0]["time"]),
            (&id, &json!("2023-06-02T17:00:05Z")),
            "{more}"
        );
    }
    let headed = "calldate;clid;src;dst;dcontext;channel;dstchannel;lastapp;lastdata;duration;billsec;disposition;amaflags;accountcode;uniqueid;userfield;did\n\
        2023-06-02 12:00:05;\"\"\"Ana\"\" <5511900477700>\";5511900477700;138;from-trunk;a;b;Dial;c;30;12;ANSWERED;3;;1685707205.1;;5511\n";
    for text in [headed.to_owned(), headed.replace(';', ","), headed.to_uppercase()] {
        let found = home.rehearse(&home.write("cdr.csv", text), &[]);
        assert_eq!((&found[0]["duration"], &found[0]["outcome"]), (&json!(12), &json!("answered")));
        assert_eq!((&found[0]["src"], &found[0]["external_id"]), (&json!(1), &json!("1685707205.1")));
    }
    let lacking = home.write("lacking.csv", headed.replace("billsec", "x"));
    assert!(home.bad(1, &["import", lacking.to_str().unwrap()]).contains("billsec"));
    let doubled = home.write("doubled.csv", headed.replace("userfield", "src"));
    assert!(home.bad(1, &["import", doubled.to_str().unwrap()]).contains("column src twice"));
}

#[test]
fn a_torn_or_wrong_row_is_one_wrong_row() {
    let home = Home::new();
    let good = |n: u32| {
        line(&format!("55119004777{n:02}"), "138", "from-trunk", &format!("2023-06-02 12:00:{n:02}"), "")
    };
    let wrong = [
        "\"\",\"551190047".to_owned(),
        good(1).replace(",0,0,", ",-1,0,"),
        good(1).replace(",0,0,", ",0,99999999999,"),
        good(1).replace("2023-06-02 12:00:01", "2023-06-31 12:00:01"),
        good(1).replace("2023-06-02 12:00:01", "0000-01-01 12:00:01"),
        good(1).replace("2023-06-02 12:00:01", "9999-12-31 23:59:59"),
        good(1).replace("2023-06-02 12:00:01", "262143-12-31 23:59:59"),
        good(1).replace(",,", ",\"soon\","),
        good(1).replace("\"DOCUMENTATION\"", "\"DOC\"x"),
        good(1).replace(",\"DOCUMENTATION\"", ""),
        format!("\"{}", "x".repeat(1 << 20)),
        ",".repeat(1000),
    ];
    let mut text = good(0);
    for row in &wrong {
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text.push_str(&good(2).replace("Ana", "A\0n\u{1b}a"));
    text.push_str(&line("x", "138", "from-trunk", "2023-06-02 12:00:05", ""));
    let file = home.write("cdr.csv", &text);
    let summary = home.import(&file, &["--timezone", "America/Bogota"]);
    let errors: Vec<(u64, &str)> = summary["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["src"].as_u64().unwrap(), error["reason"].as_str().unwrap()))
        .collect();
    let expected: Vec<(u64, &str)> =
        (2..14).map(|src| (src, "bad row")).chain([(15, "bad address")]).collect();
    assert_eq!(errors, expected);
    assert_eq!(counts(&summary), (15, 2, 0));
    assert_eq!(
        home.rehearse(&home.write("again.csv", text.replace(":02\"", ":03\"")), &[])[0]["name"],
        "Ana"
    );
    let notes = home.write("notes.txt", "Dear diary,\n\"today\",1,2,3\n");
    for format in ["asterisk", "freeswitch"] {
        let sentence = home.bad(1, &["import", notes.to_str().unwrap(), "--format", format]);
        assert!(sentence.contains("is not a call record file"), "{sentence}");
    }
}

#[test]
fn the_checks_have_their_order() {
    let home = Home::new();
    let start = "2023-06-02 12:00:05";
    let private = line("Anonymous", "138", "from-trunk", start, "");
    let text = [
        line("103", "138", "from-trunk", start, ""),
        line("103", "138", "from-trunk", start, ""),
        private.clone(),
        line("", "138", "from-trunk", start, ""),
        private,
        line("5511900477700", "138", "from-trunk", start, ""),
        line("5511900477700", "138", "from-trunk", start, ""),
        line("103", "5511900477700", "somewhere", start, ""),
    ]
    .concat();
    let summary = home.import(&home.write("cdr.csv", text), &["--country", "BR"]);
    assert_eq!(counts(&summary), (8, 2, 2));
    assert_eq!(summary["skipped"], json!({"private number": 2, "internal call": 2}));
    assert_eq!(summary["errors"], json!([]));
    let calls = home.json(&["list", "calls", "--json"]);
    assert_eq!(calls.iter().filter(|call| call["direction"] == "out").count(), 1);
}

#[test]
fn local_times_follow_the_clock_of_the_exchange() {
    let home = Home::new();
    let times = |zone: &str, starts: &[&str]| -> Vec<String> {
        let text: Vec<String> = starts
            .iter()
            .enumerate()
            .map(|(n, start)| line(&format!("55119004777{n:02}"), "138", "from-trunk", start, ""))
            .collect();
        let found = home.rehearse(&home.write("cdr.csv", text.concat()), &["--timezone", zone]);
        found.iter().map(|call| call["time"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        times(
            "America/New_York",
            &[
                "2023-11-05 00:59:00",
                "2023-11-05 01:40:00",
                "2023-11-05 01:39:55",
                "2023-11-05 01:05:00",
                "2023-11-05 01:50:00",
                "2023-11-05 02:00:00"
            ]
        ),
        [
            "2023-11-05T04:59:00Z",
            "2023-11-05T05:40:00Z",
            "2023-11-05T05:39:55Z",
            "2023-11-05T06:05:00Z",
            "2023-11-05T06:50:00Z",
            "2023-11-05T07:00:00Z"
        ]
    );
    assert_eq!(times("America/New_York", &["2023-03-12 02:30:00"]), ["2023-03-12T07:30:00Z"]);
}

/// A row of FreeSWITCH's own template.
fn leg(source: &str, target: &str, context: &str, second: u32, uuid: &str, other: &str) -> String {
    format!(
        "\"Ana \"la\" S\",\"{source}\",\"{target}\",\"{context}\",\"2024-01-10 07:00:{second:02}\",\"\",\"2024-01-10 07:01:00\",\"1\",\"5\",\"NORMAL_CLEARING\",\"{uuid}\",\"{other}\",\"\",\"PCMU\",\"PCMU\"\n"
    )
}

#[test]
fn of_the_two_legs_of_a_call_one_comes_in() {
    let home = Home::new();
    let ids = |text: String| -> Vec<String> {
        let found = home.rehearse(&home.write("cdr.csv", text), &["--timezone", "UTC"]);
        found.iter().map(|call| call["external_id"].as_str().unwrap().to_owned()).collect()
    };
    let (one, two) = ("5511900477700", "5511900477701");
    let a = leg(one, "138", "public", 1, "a", "b");
    let b = leg(one, "1002", "public", 2, "b", "");
    let filler: Vec<String> = (0..60).map(|n| leg(two, "138", "public", n, &format!("f{n}"), "")).collect();
    let filler = filler.concat();
    for text in [format!("{a}{filler}{b}"), format!("{b}{filler}{a}")] {
        let found = ids(text);
        assert_eq!(found.len(), 61);
        assert!(found.contains(&"a".to_owned()) && !found.contains(&"b".to_owned()));
    }
    assert_eq!(ids(b.clone()), ["b"], "alone it is the call");
    // Each names the other: the one that began first.
    let back = leg(one, "1002", "public", 2, "b", "a");
    assert_eq!(ids(format!("{back}{a}")), ["a"]);
    // Neither a row that names itself nor one that does not come in stands for another one.
    let itself = leg(one, "138", "public", 1, "a", "a");
    let internal = leg("1001", "138", "default", 1, "a", "b");
    assert_eq!(ids(itself), ["a"]);
    assert_eq!(ids(format!("{internal}{b}")), ["b"]);
    let summary = home.import(&home.write("both.csv", format!("{a}{b}")), &[]);
    assert_eq!(summary["skipped"], json!({"other leg": 1}));
    let call = home.rehearse(&home.write("a.csv", a.replace("\"a\"", "\"c\"")), &[]).remove(0);
    assert_eq!((&call["name"], &call["outcome"]), (&json!("Ana \"la\" S"), &json!("answered")));
}

#[test]
fn all_three_templates_are_read() {
    let home = Home::new();
    let plain = fs::read_to_string(sample("freeswitch_cdr.csv")).unwrap();
    let options = ["--country", "BR", "--timezone", "America/Sao_Paulo"];
    let records = home.rehearse(&sample("freeswitch_cdr.csv"), &options);
    let fields = |row: &str| -> Vec<String> {
        row.strip_prefix('"').unwrap().strip_suffix('"').unwrap().split("\",\"").map(str::to_owned).collect()
    };
    let snom: Vec<String> = plain
        .lines()
        .map(|row| {
            let fields = fields(row);
            format!(
                "\"{}\", \"{}\",\"Yealink \"T21\"\",\"\",\"\",\"\",\"/var/x.wav\"\n",
                fields[..12].join("\",\""),
                fields[12..].join("\",\"")
            )
        })
        .collect();
    assert_eq!(home.rehearse(&home.write("snom.csv", snom.concat()), &options), records);
    let asterisk: Vec<String> = plain
        .lines()
        .map(|row| {
            let f = fields(row);
            let caller = format!("\"{}\" <{}>", f[0], f[1]);
            let row = [
                "", &f[1], &f[2], &f[3], &caller, "sofia/x", "", "bridge", "y", &f[4], &f[5], &f[6], &f[7],
                &f[8], &f[9], "3", &f[10], "",
            ];
            format!("\"{}\"\n", row.join("\",\""))
        })
        .collect();
    let file = home.write("asterisk.csv", asterisk.concat());
    assert_eq!(home.rehearse(&file, &options), records);
    let summary = home.import(&file, &options);
    assert_eq!((&summary["format"], counts(&summary)), (&json!("freeswitch"), (60, 58, 0)));
    assert_eq!(
        home.import(&sample("freeswitch_cdr.csv"), &options)["imported"],
        0,
        "a call has one key in all of them"
    );
}

#[test]
fn a_line_of_many_megabytes_is_one_bad_row_in_little_memory() {
    let home = Home::new();
    let path = home.folder.path().join("long.csv");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let good = line("5511900477700", "138", "from-trunk", "2023-06-02 12:00:05", "");
    file.write_all(good.as_bytes()).unwrap();
    for _ in 0..800 {
        file.write_all(&vec![b'"'; 1 << 16]).unwrap();
    }
    file.write_all(format!("\n{}", good.replace("12:00:05", "12:00:06")).as_bytes()).unwrap();
    drop(file);
    let summary = in_little_memory(&home, &path);
    assert_eq!(
        (&summary["imported"], &summary["errors"]),
        (&json!(2), &json!([{"src": 2, "reason": "bad row"}]))
    );
}

/// Imports with at most 300 megabytes of address space, libraries and stacks of threads included.
pub(crate) fn in_little_memory(home: &Home, path: &std::path::Path) -> Value {
    let mut command = Command::new("sh");
    command.arg("-c").arg("ulimit -v 300000; exec \"$0\" \"$@\"").arg(home.command(&[]).get_program());
    command.args(["--db", home.db().to_str().unwrap(), "import", "--json", path.to_str().unwrap()]);
    let output = command.env_clear().env("HOME", home.folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_of_calls_holds_it_is_read_to_its_end(
        which in 0..2_usize,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..200),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fs::read(sample(SAMPLES[which].0)).unwrap();
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len() + 1));
        survives(&bytes, &["asterisk", "freeswitch", ""]);
    }
}
