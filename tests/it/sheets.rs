//! Message exports of RapidPro and Weni: workbooks, and what people save them as.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use recado::clock::Clock;
use recado::import::{Format, Options, Watch, open, rehearse};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::call_records::in_little_memory;
use crate::cli::Home;
use crate::imports::{counts, expected, sample, told};
use crate::support::noon;

const WORKBOOK: &str = "rapidpro_messages_export.xlsx";
const OLD: &str = "rapidpro_messages_export_old.csv";
const ZONE: [&str; 2] = ["--timezone", "America/Guayaquil"];

/// Reads bytes as each of these formats, or as whatever they are, and only does not panic.
pub(crate) fn survives(bytes: &[u8], formats: &[&str]) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("any");
    fs::write(&path, bytes).unwrap();
    for name in formats {
        let options = Options {
            format: Format::from_name(name),
            zone: chrono_tz::America::New_York,
            ..Options::default()
        };
        let watch = Watch::default();
        if let Ok(source) = open(&path, &options, &watch) {
            let _ = rehearse(source, &options, None, Clock::set_to(noon()), &watch, &mut |_, _| Ok(()), None);
        }
    }
}

#[test]
fn every_sample_gives_exactly_its_expected_messages_and_nothing_the_second_time() {
    for name in [WORKBOOK, OLD] {
        let home = Home::new();
        let (records, summary) = expected(name);
        assert_eq!(home.rehearse(&sample(name), &ZONE), records, "{name}");
        let done = home.import(&sample(name), &ZONE);
        for key in ["file", "seen", "imported", "duplicates", "skipped", "errors"] {
            assert_eq!(done[key], summary[key], "{key} of {name}");
        }
        assert_eq!(done["format"], "rapidpro-export");
        let again = home.import(&sample(name), &ZONE);
        assert_eq!((&again["imported"], &again["duplicates"]), (&json!(0), &done["imported"]), "{name}");
        assert!(home.rehearse(&sample(name), &ZONE).is_empty());
        let total = |folder| home.total(folder);
        assert_eq!(
            total("inbox") + total("flows") + total("sent") + total("failed"),
            done["imported"].as_u64().unwrap()
        );
        assert_eq!(total("outbox"), 0, "nothing imported waits to be sent");
        assert!(home.good(&["doctor"]).starts_with("sound"));
    }
}

/// The rows of the old sample.
fn old_rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(sample(OLD)).unwrap();
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').trim_end().chars().peekable();
    while let Some(c) = chars.next() {
        let cell = rows.last_mut().unwrap().last_mut().unwrap();
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => rows.last_mut().unwrap().push(String::new()),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            c => cell.push(c),
        }
    }
    rows
}

fn table(rows: &[Vec<String>], delimiter: &str, end: &str) -> String {
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        cells.join(delimiter) + end
    };
    rows.iter().map(line).collect()
}

#[test]
fn columns_delimiters_line_ends_encodings_and_the_order_of_dates_change_nothing() {
    let home = Home::new();
    let rows = old_rows();
    assert_eq!(rows.len(), 61);
    let plain = home.rehearse(&sample(OLD), &ZONE);
    let turned: Vec<Vec<String>> = rows.iter().map(|row| row.iter().rev().cloned().collect()).collect();
    let dated = |form: &str| -> Vec<Vec<String>> {
        let mut rows = rows.clone();
        for row in &mut rows[1..] {
            let date = chrono::NaiveDateTime::parse_from_str(&row[0], "%d/%m/%Y %H:%M").unwrap();
            row[0] = date.format(form).to_string();
        }
        rows
    };
    let mut newer = rows.clone();
    for (cell, name) in
        newer[0].iter_mut().zip(["Date", "Contact UUID", "Contact Name", "URN Value", "URN Scheme"])
    {
        name.clone_into(cell);
    }
    for row in &mut newer {
        row.insert(2, if row[0] == "Date" { "Field:Age" } else { "34" }.to_owned());
    }
    let text = table(&rows, ",", "\n");
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let variants = [
        home.write("turned.csv", table(&turned, ",", "\n")),
        home.write("tabs.csv", table(&rows, "\t", "\r\n")),
        home.write("bars.csv", table(&rows, "|", "\n")),
        home.write("named.csv", format!("sep=;\r\n{}", table(&rows, ";", "\r\n"))),
        home.write("wide.csv", wide),
        home.write("month.csv", table(&dated("%m/%d/%Y %I:%M %p"), ",", "\n")),
        home.write("short.csv", table(&dated("%d.%m.%y %H:%M"), ";", "\n")),
        home.write("iso.csv", table(&dated("%Y-%m-%d %H:%M:%S"), ",", "\n")),
        home.write("zoned.csv", table(&dated("%Y-%m-%dT%H:%M:%S-05:00"), ",", "\n")),
        home.write("newer.csv", table(&newer, ",", "\n")),
        home.write("empty-rows.csv", text.replace("\"\n\"", "\"\n,,,,\n\"")),
        home.write("shared.xlsx", workbook(&[("Messages", &rows)], Cells::Shared)),
        home.write("inline.xlsx", workbook(&[("Messages (2)", &rows), ("Notes", &rows)], Cells::Inline)),
        home.write("first.xlsx", workbook(&[("Sheet1", &rows)], Cells::Shared)),
        home.write("1904.xlsx", workbook(&[("Messages 1", &rows)], Cells::Since1904)),
    ];
    for variant in variants {
        assert!(home.rehearse(&variant, &ZONE) == plain, "{}", variant.display());
    }
    let german = "Date;Contact UUID;Name;URN;URN Type;Direction;Text;Status\n01/02/2024 09:00;687c966c-377b-4aa2-bb2e-db20035b7399;Jos\u{e9};;;IN;a\u{f1}o;handled\n";
    let old: Vec<u8> = german.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let file = home.write("latin1.csv", old);
    assert_eq!(home.rehearse(&file, &["--encoding", "latin1"])[0]["text"], "año");
    let (note, summary) = told(&home, &file, &[]);
    assert!(note.contains("--encoding latin1"), "{note}");
    assert_eq!(summary["errors"], json!([{"src": 1, "reason": "bad encoding"}]));
}

/// How a workbook holds its texts and dates.
#[derive(Clone, Copy, PartialEq)]
pub enum Cells {
    Inline,
    Shared,
    /// Dates are numbers, counted from 1904 on.
    Since1904,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

pub fn workbook(sheets: &[(&str, &[Vec<String>])], cells: Cells) -> Vec<u8> {
    let mut shared: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for (n, (_, rows)) in sheets.iter().enumerate() {
        let mut xml = "<?xml version=\"1.0\"?><x:worksheet><x:sheetData>".to_owned();
        for (at, row) in rows.iter().enumerate() {
            write!(xml, "<x:row r=\"{}\">", at + 1).unwrap();
            for (column, cell) in row.iter().enumerate() {
                let place = format!("{}{}", char::from(b'A' + u8::try_from(column).unwrap()), at + 1);
                if cells == Cells::Since1904 && column == 0 && at > 0 {
                    let date = chrono::NaiveDateTime::parse_from_str(cell, "%d/%m/%Y %H:%M").unwrap();
                    let start =
                        chrono::NaiveDate::from_ymd_opt(1904, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
                    #[allow(clippy::cast_precision_loss)]
                    let days = (date - start).num_seconds() as f64 / 86_400.0;
                    write!(xml, "<x:c r=\"{place}\" s=\"1\"><x:v>{days}</x:v></x:c>").unwrap();
                } else if cells == Cells::Shared {
                    write!(xml, "<x:c r=\"{place}\" t=\"s\"><x:v>{}</x:v></x:c>", shared.len()).unwrap();
                    let half = cell.char_indices().nth(cell.chars().count() / 2).map_or(0, |(at, _)| at);
                    let (one, two) = cell.split_at(half);
                    shared.push(format!(
                        "<si><r><t>{}</t></r><rPh><t>spoken</t></rPh><r><t xml:space=\"preserve\">{}</t></r></si>",
                        escaped(one),
                        escaped(two)
                    ));
                } else {
                    write!(xml, "<x:c t=\"inlineStr\"><x:is><x:t>{}</x:t></x:is></x:c>", escaped(cell))
                        .unwrap();
                }
            }
            xml.push_str("</x:row>");
        }
        xml.push_str("</x:sheetData></x:worksheet>");
        parts.push((format!("xl/worksheets/sheet{}.xml", n + 1), xml));
    }
    let names: Vec<&str> = sheets.iter().map(|(name, _)| *name).collect();
    packed(&names, &format!("<sst>{}</sst>", shared.concat()), cells == Cells::Since1904, parts)
}

/// A workbook with sheets of these names, whose parts are these.
fn packed(names: &[&str], shared: &str, since_1904: bool, parts: Vec<(String, String)>) -> Vec<u8> {
    let mut listed = format!("<workbook><workbookPr date1904=\"{}\"/><sheets>", u8::from(since_1904));
    let mut targets = "<Relationships><Relationship Id=\"s\" Type=\"http://x/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>".to_owned();
    for (n, name) in names.iter().enumerate() {
        let n = n + 1;
        write!(listed, "<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>").unwrap();
        write!(targets, "<Relationship Id=\"r{n}\" Type=\"y\" Target=\"worksheets/sheet{n}.xml\"/>").unwrap();
    }
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    put("xl/workbook.xml", &format!("{listed}</sheets></workbook>"));
    put("xl/_rels/workbook.xml.rels", &format!("{targets}</Relationships>"));
    for (name, content) in &parts {
        put(name, content);
    }
    put("xl/sharedStrings.xml", shared);
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet with that XML.
fn one_sheet(xml: &str) -> Vec<u8> {
    packed(&["Messages 1"], "<sst/>", false, vec![("xl/worksheets/sheet1.xml".to_owned(), xml.to_owned())])
}

pub const HEADER: &str = "Date,Contact UUID,Contact Name,URN Scheme,URN Value,Flow,Direction,Text,Attachments,Status,Channel,Labels";

/// That header in a sheet.
fn header_cells() -> String {
    HEADER.split(',').map(|name| ["<c t=\"str\"><v>", name, "</v></c>"].concat()).collect()
}

/// A table with that header and such rows: a date, a direction and a text.
pub fn small(rows: &[(&str, &str, &str)]) -> String {
    let line = |(date, direction, text): &(&str, &str, &str)| {
        format!(
            "{date},3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11,Ana,tel,+573001112233,,{direction},\"{text}\",,sent,,\n"
        )
    };
    format!("{HEADER}\n{}", rows.iter().map(line).collect::<String>())
}

#[test]
fn equal_rows_are_as_many_messages_and_a_longer_export_adds_what_is_new() {
    let home = Home::new();
    let row = ("2024-02-01 09:00:00", "IN", "si");
    let later = ("2024-02-01 09:05:00", "IN", "si");
    let first = home.import(&home.write("a.csv", small(&[row, row])), &[]);
    assert_eq!(counts(&first), (2, 2, 0));
    assert_eq!(counts(&home.import(&home.write("a.csv", small(&[row, row, row, later])), &[])), (4, 2, 2));
    // Whatever changes at the platform meanwhile makes no other message of it.
    let changed =
        small(&[row, row, row, later]).replace("Ana", "Ana Lucía").replace(",sent,,", ",read,Bot,Spam");
    assert_eq!(counts(&home.import(&home.write("a.csv", changed), &[])), (4, 0, 4));
    // Nor does another order of the rows.
    let sorted = small(&[later, row, ("2024-02-01 08:00:00", "IN", "x"), row, row]);
    assert_eq!(counts(&home.import(&home.write("a.csv", sorted), &[])), (5, 1, 4));
}

#[test]
fn what_a_row_says_comes_in_as_it_is_meant() {
    let home = Home::new();
    let uuid = "3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11";
    let rows = [
        format!(
            "2024-02-01 09:00,{uuid},'=Ana,tel,5511900005940,Registro,IN,\" '=1\",\"https://a/b,c.png, https://d\",queued,Bot,\"Spam, Ventas\""
        ),
        format!("2024-02-01 09:01,{uuid},,tel,\"5,5119E+12\",,OUT,\u{0}x\u{1b}[31m,,Wired,,"),
        "2024-02-01 09:02,,,telegram,3527002#ana,,out,'=1+1,,errored,,".to_owned(),
        format!("45323.375,{uuid},,,,,IN,,,,,"),
        format!("2024-02-01 09:03,{uuid},,,,,sideways,,,,,"),
        "2024-02-01 09:04,,Ana,,,,IN,,,,,".to_owned(),
        format!("soon,{uuid},,,,,IN,,,,,"),
        format!("0000-02-01 09:00,{uuid},,,,,IN,,,,,"),
        format!("9999-12-31 23:59,{uuid},,,,,IN,,,,,"),
        format!("2024-02-01 09:05,{uuid},,,,,IN,no quotes, but a comma,,handled,,,"),
    ];
    let file = home.write("rows.csv", format!("{HEADER}\n{}\n", rows.join("\n")));
    let (_, summary) = told(&home, &file, &ZONE);
    let wrong = |src: u64, reason: &str| json!({"src": src, "reason": reason});
    assert_eq!(
        summary["errors"],
        json!([
            wrong(5, "bad direction"),
            wrong(6, "missing contact"),
            wrong(7, "bad date"),
            wrong(8, "bad date"),
            wrong(9, "bad date"),
            wrong(10, "bad row")
        ])
    );
    let found = Home::new().rehearse(&file, &ZONE);
    let first = &found[0];
    assert_eq!(
        (&first["text"], &first["name"], &first["status"]),
        (&json!(" '=1"), &json!("=Ana"), &json!("handled"))
    );
    assert_eq!(
        (&first["urn"], &first["attachments"], &first["labels"]),
        (
            &json!("tel:+5511900005940"),
            &json!(["application/octet-stream:https://a/b,c.png", "application/octet-stream:https://d"]),
            &json!(["Spam", "Ventas"])
        )
    );
    let [second, third, fourth] = [&found[1], &found[2], &found[3]];
    assert_eq!(
        (&second["urn"], &second["text"], &second["status"]),
        (&Value::Null, &json!("x[31m"), &json!("wired"))
    );
    assert_eq!(
        (&third["urn"], &third["text"], &third["status"]),
        (&json!("telegram:3527002"), &json!("=1+1"), &json!("failed"))
    );
    assert_eq!(fourth["time"], "2024-02-01T14:00:00Z", "a spreadsheet's own date");
    assert_eq!((home.total("flows"), home.total("outbox")), (1, 0));
}

#[test]
fn the_order_of_dates_is_asked_for_only_where_nothing_shows_it() {
    let home = Home::new();
    let month = |dates: &[&str], more: &[&str]| {
        let rows: Vec<(&str, &str, &str)> = dates.iter().map(|date| (*date, "IN", "x")).collect();
        let file = home.write("dates.csv", small(&rows));
        let (note, _) = told(&Home::new(), &file, more);
        let found = home.rehearse(&file, more);
        (found[0]["time"].as_str().unwrap()[5..7].to_owned(), note.contains("--dates month-first"))
    };
    let said = |month: &str, is_told| (month.to_owned(), is_told);
    assert_eq!(month(&["01/02/2024 09:00"], &[]), said("02", true));
    assert_eq!(month(&["01/02/2024 09:00"], &["--dates", "month-first"]), said("01", false));
    assert_eq!(
        month(&["01/02/2024 09:00", "13/02/2024 09:00"], &["--dates", "month-first"]),
        said("02", false)
    );
    assert_eq!(month(&["01/02/2024 09:00", "02/13/2024 09:00"], &[]), said("01", false));
    assert_eq!(month(&["02/02/2024 09:00"], &[]), said("02", false));
    assert!(home.bad(2, &["import", "x", "--dates", "sideways"]).contains("month-first"));
}

#[test]
fn the_hour_that_is_shown_twice_and_the_one_that_is_left_out_are_kept() {
    let home = Home::new();
    let times = |dates: &[&str]| -> Vec<String> {
        let rows: Vec<(&str, &str, &str)> = dates.iter().map(|date| (*date, "IN", "x")).collect();
        let found =
            home.rehearse(&home.write("dates.csv", small(&rows)), &["--timezone", "America/New_York"]);
        found.iter().map(|message| message["time"].as_str().unwrap()[11..16].to_owned()).collect()
    };
    let shown =
        ["2023-11-05 00:30", "2023-11-05 01:30", "2023-11-05 01:10", "2023-11-05 01:30", "2023-11-05 02:00"];
    assert_eq!(times(&shown), ["04:30", "05:30", "06:10", "06:30", "07:00"]);
    let mut back = shown;
    back.reverse();
    assert_eq!(times(&back), ["07:00", "06:30", "06:10", "05:30", "04:30"]);
    assert_eq!(times(&["2023-03-12 02:30"]), ["07:30"]);
}

#[test]
fn what_is_wrong_with_a_table_is_said_in_a_sentence() {
    let home = Home::new();
    let check = |name: &str, content: Vec<u8>, words: &str| {
        let file = home.write(name, content);
        let sentence = home.bad(1, &["import", file.to_str().unwrap()]);
        assert!(sentence.contains(words), "{name}: {sentence}");
    };
    let without = |header: &str| small(&[]).replace(header, "x").into_bytes();
    check("text.csv", without("Text"), "lacks columns that are needed: Text");
    check("several.csv", small(&[]).replace("Date", "x").replace("Status", "y").into_bytes(), "Date, Status");
    check("twice.csv", small(&[]).replace("Flow", "Text").into_bytes(), "the column Text twice");
    check("both.csv", small(&[]).replace("Flow", "Name").into_bytes(), "the column Name twice");
    check(
        "contact.csv",
        small(&[]).replace("Contact UUID", "x").replace("URN Value", "y").into_bytes(),
        "Contact UUID",
    );
    let rows = [vec!["Date".to_owned(), "Direction".to_owned()]];
    check("columns.xlsx", workbook(&[("Messages 1", &rows)], Cells::Shared), "Contact UUID, Text, Status");
    check("empty.xlsx", one_sheet("<worksheet><sheetData/></worksheet>"), "is empty");
    check("no-sheet.xlsx", packed(&[], "<sst/>", false, Vec::new()), "is empty");
    let mut torn = fs::read(sample(WORKBOOK)).unwrap();
    torn.truncate(torn.len() / 2);
    check("torn.xlsx", torn, "cut off or damaged");
    let mut other = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    other.start_file("a.bin", SimpleFileOptions::default()).unwrap();
    check("other.zip", other.finish().unwrap().into_inner(), "holds no chat");
    assert!(!home.db().exists(), "no workspace was made for nothing");
    let summary = home.import(&home.write("header.csv", small(&[])), &[]);
    assert_eq!(counts(&summary), (0, 0, 0), "an export of nothing");
}

#[test]
fn a_table_that_was_cut_off_gives_what_is_whole_and_says_so() {
    let text = small(&[("2024-02-01 09:00", "OUT", "one"), ("2024-02-01 09:01", "OUT", "two")]);
    let two = text.rfind("\"two\"").unwrap();
    let truncated = json!([{"src": 2, "reason": "truncated file"}]);
    let cuts = [
        // Within quotes, behind them, behind the status, before the last cells.
        two + 2,
        two + 5,
        two + 8,
        text.len() - 3,
    ];
    for cut in cuts {
        let home = Home::new();
        let summary = home.import(&home.write("torn.csv", &text[..cut]), &[]);
        assert_eq!((&summary["errors"], counts(&summary).1), (&truncated, 1), "{}", &text[two..cut]);
        let whole = home.import(&home.write("whole.csv", &text), &[]);
        assert_eq!((counts(&whole).1, home.total("failed"), home.total("sent")), (1, 0, 2));
    }
    let home = Home::new();
    let summary = home.import(&home.write("unended.csv", text.trim_end()), &[]);
    assert_eq!((counts(&summary).1, &summary["errors"]), (2, &json!([])), "only the line end is missing");
    // A text with a line end that nobody quoted; and what a spreadsheet writes that leaves out empty cells at the end.
    let broken = text.replacen("\"one\"", "o\nne", 1).replace(",,sent,,\n", ",,sent\n");
    let summary = home.import(&home.write("broken.csv", broken), &[]);
    let wrong = |src: u64| json!({"src": src, "reason": "bad row"});
    assert_eq!((&summary["errors"], &summary["duplicates"]), (&json!([wrong(1), wrong(2)]), &json!(1)));
}

#[test]
fn what_unfolds_to_gigabytes_is_refused_and_no_entity_unfolds() {
    let home = Home::new();
    let zeros = |name: &str, start: &str| -> PathBuf {
        let bytes = packed(&["Messages 1"], "<sst/>", false, Vec::new());
        let mut zip = ZipWriter::new_append(std::io::Cursor::new(bytes)).unwrap();
        zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
        zip.write_all(start.as_bytes()).unwrap();
        for _ in 0..400 {
            zip.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        home.write(name, zip.finish().unwrap().into_inner())
    };
    for (name, start) in
        [("text.xlsx", "<worksheet><sheetData><row><c t=\"str\"><v>"), ("between.xlsx", "<worksheet>")]
    {
        let file = zeros(name, start);
        assert!(fs::metadata(&file).unwrap().len() < 2 << 20);
        let sentence = home.bad(1, &["import", file.to_str().unwrap()]);
        assert!(sentence.contains("far beyond"), "{sentence}");
    }
    let entity = "<!DOCTYPE x [<!ENTITY a \"bomb\"><!ENTITY b \"&a;&a;&a;\">]>";
    let cells = header_cells();
    let row = "<c><v>45323.375</v></c><c t=\"str\"><v>3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11</v></c><c r=\"G3\" t=\"str\"><v>IN</v></c><c t=\"str\"><v>&b; _x000D_&#55357;</v></c>";
    let sheet = format!(
        "{entity}<worksheet><sheetData><row>{cells}</row><row/><row>{row}</row></sheetData></worksheet>"
    );
    let found = home.rehearse(&home.write("entity.xlsx", one_sheet(&sheet)), &[]);
    assert_eq!(found[0]["text"], "&b; \r\u{fffd}");
    // A sheet that ends in the middle gives what is before.
    let torn = &sheet[..sheet.find("</sheetData>").unwrap()];
    let summary = home.import(&home.write("torn.xlsx", one_sheet(torn)), &[]);
    assert_eq!(
        (&summary["imported"], &summary["errors"]),
        (&json!(1), &json!([{"src": 2, "reason": "truncated file"}]))
    );
    let long = sheet.replace("&b;", &"x".repeat(2 << 20));
    let summary = home.import(&home.write("long.xlsx", one_sheet(&long)), &[]);
    assert_eq!(summary["errors"], json!([{"src": 1, "reason": "too large"}]));
    let lost = sheet.replace("<c t=\"str\"><v>&b;", "<c t=\"s\"><v>7");
    let summary = home.import(&home.write("lost.xlsx", one_sheet(&lost)), &[]);
    assert_eq!(
        summary["errors"],
        json!([{"src": 1, "reason": "bad row"}]),
        "a shared text that is not there"
    );
}

#[test]
fn a_damaged_workbook_gives_the_rows_before_the_damage() {
    let home = Home::new();
    let rows: Vec<Vec<String>> = std::iter::once(HEADER.split(',').map(str::to_owned).collect())
        .chain((0..20_000).map(|n| {
            let row = format!(
                "2024-02-01 09:00,3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11,,,,,IN,m{n} {},,,,",
                n * 7919 % 10_007
            );
            row.split(',').map(str::to_owned).collect()
        }))
        .collect();
    let mut bytes = workbook(&[("Messages 1", &rows)], Cells::Inline);
    let middle = bytes.len() / 2;
    bytes[middle..middle + 100].fill(0xFF);
    let summary = home.import(&home.write("damaged.xlsx", bytes), &[]);
    assert!(summary["imported"].as_u64().unwrap() > 1000, "{summary}");
    assert!(!summary["errors"].as_array().unwrap().is_empty());
}

#[test]
fn many_rows_are_read_in_little_memory() {
    let home = Home::new();
    let row = |n: u32| {
        let date = 45_000.0 + f64::from(n) / 1000.0;
        format!(
            "<row><c><v>{date}</v></c><c t=\"str\"><v>3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11</v></c><c r=\"G3\" t=\"str\"><v>IN</v></c><c t=\"inlineStr\"><is><t>hola</t></is></c></row>"
        )
    };
    let rows: Vec<String> = (0..30_000).map(row).collect();
    let cells = header_cells();
    let sheet = format!("<worksheet><sheetData><row>{cells}</row>{}</sheetData></worksheet>", rows.concat());
    let summary = in_little_memory(&home, &home.write("many.xlsx", one_sheet(&sheet)));
    assert_eq!(counts(&summary), (30_000, 30_000, 0));

    let path = home.folder.path().join("long.csv");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let text = small(&[("2024-02-01 09:00", "IN", "one"), ("2024-02-01 09:01", "IN", "two")]);
    let (before, after) = text.split_at(text.find("two").unwrap());
    file.write_all(before.as_bytes()).unwrap();
    for _ in 0..800 {
        file.write_all(&vec![b'x'; 1 << 16]).unwrap();
    }
    file.write_all(after.as_bytes()).unwrap();
    drop(file);
    let summary = in_little_memory(&Home::new(), &path);
    assert_eq!(
        (&summary["imported"], &summary["errors"]),
        (&json!(1), &json!([{"src": 2, "reason": "too large"}]))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_table_holds_it_is_read_to_its_end(
        is_workbook in any::<bool>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..60),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fs::read(sample(if is_workbook { WORKBOOK } else { OLD })).unwrap();
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        survives(&bytes, &["rapidpro-export", ""]);
    }

    #[test]
    fn whatever_the_parts_of_a_workbook_hold_they_are_read_to_their_end(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..60),
        shared in ".{0,200}",
    ) {
        let rows: Vec<Vec<String>> = old_rows().into_iter().take(6).collect();
        let sheet = {
            let bytes = workbook(&[("Messages", &rows)], Cells::Shared);
            let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            let mut part = zip.by_name("xl/worksheets/sheet1.xml").unwrap();
            std::io::read_to_string(&mut part).unwrap()
        };
        let mut sheet = sheet.into_bytes();
        for (at, byte) in cuts {
            let at = at.index(sheet.len());
            sheet[at] = byte;
        }
        let sheet = String::from_utf8_lossy(&sheet).into_owned();
        let parts = vec![("xl/worksheets/sheet1.xml".to_owned(), sheet)];
        survives(&packed(&["Messages"], &format!("<sst><si><t>{shared}</t></si><si/>"), false, parts), &[""]);
    }

    #[test]
    fn any_bytes_are_any_format_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes, &["rapidpro-export", "asterisk", "freeswitch", ""]);
    }
}
