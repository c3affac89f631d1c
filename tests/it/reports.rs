//! `recado stats`: the same numbers as a table, as JSON, and drawn for a report.

use std::collections::BTreeSet;
use std::fs;

use recado::domain::message::Status;
use recado::domain::period::Period;
use recado::store::{Access, Store};
use serde_json::Value;

use crate::cli::Home;
use crate::support::Put;

fn stats(home: &Home, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["stats", "--json"].iter().chain(arguments).copied().collect();
    home.json(&all).remove(0)
}

/// Reads XML strictly: tags that nest, attributes in quotes, known references, no stray signs. Gives the names of the tags
/// and of the attributes, and the texts.
fn read_xml(xml: &str) -> (BTreeSet<String>, Vec<String>) {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a declaration");
    let (mut names, mut texts, mut open) = (BTreeSet::new(), Vec::new(), Vec::new());
    assert!(xml.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{FFFE}' && c != '\u{FFFF}')));
    while !rest.is_empty() {
        let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
        assert!(!text.contains('>'), "{text}");
        for reference in text.split('&').skip(1) {
            let (name, _) = reference.split_once(';').expect("a reference ends");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{name}");
        }
        texts.push(text.to_owned());
        if after.is_empty() {
            break;
        }
        if let Some(comment) = after.strip_prefix("!--") {
            let (comment, after) = comment.split_once("-->").expect("a comment ends");
            assert!(!comment.contains("--"));
            rest = after;
            continue;
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (tag, ends) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphabetic()), "{name}");
        names.insert(name.to_owned());
        while !attributes.trim().is_empty() {
            let (attribute, value) = attributes.trim_start().split_once("=\"").expect("a value in quotes");
            assert!(attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{attribute}");
            let (value, more) = value.split_once('"').expect("a value ends");
            assert!(!value.contains('<') && !value.contains('&'), "{value}");
            names.insert(format!("{attribute}="));
            attributes = more;
        }
        if !ends {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
    (names, texts)
}

/// Every key within a value but those of the folders, which are their ids.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter().filter(|(key, _)| *key != "folders") {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| keys(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_json_has_the_numbers_of_the_store_and_the_help_says_its_keys() {
    let home = Home::shop();
    let json = stats(&home, &["7d"]);
    assert_eq!(json["period"]["since"], "2026-02-24");
    assert_eq!(json, stats(&home, &["--since", "2026-02-24", "--until", "2026-03-02"]));
    let store = Store::open(&home.db(), Access::Read).unwrap();
    let today = "2026-03-02".parse().unwrap();
    let stats = store.stats(Period::last_days(7, today)).unwrap();
    assert_eq!(json["total"], stats.total());
    assert_eq!(json["answers"]["answered"], stats.answers.answered);
    assert_eq!(json["answers"]["median"], stats.answers.median.unwrap());
    assert_eq!(json["answers"]["p90"], stats.answers.ninetieth.unwrap());
    assert_eq!(json["people"], stats.people);
    assert_eq!(json["contacts"][0]["contact"]["name"], stats.contacts[0].contact.name);
    assert_eq!(json["channels"][0]["rate"], stats.channels[0].delivery.rate().unwrap());
    assert_eq!(json["hours"][0]["weekday"], "mon");
    assert_eq!(json["hours"][0]["in"][10], stats.hours[0][10].incoming);
    let help = home.good(&["stats", "--help"]);
    let mut all = BTreeSet::new();
    keys(&json, &mut all);
    let words: BTreeSet<&str> = help.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    for key in all {
        assert!(words.contains(key.as_str()), "{key} is not in the help:\n{help}");
    }
}

#[test]
fn a_period_is_one_word_or_two_ends() {
    let home = Home::shop();
    assert_eq!(stats(&home, &["2026-02"]), stats(&home, &["--since", "2026-02", "--until", "2026-02"]));
    assert_eq!(stats(&home, &["2026-02.."])["period"]["until"], Value::Null);
    assert_eq!(stats(&home, &[])["period"], serde_json::json!({"since": null, "until": null}));
    let nothing = stats(&home, &["1999"]);
    assert_eq!((&nothing["delivery"]["rate"], &nothing["answers"]["median"]), (&Value::Null, &Value::Null));
    assert_eq!(nothing["days"], serde_json::json!([]));
    assert!(home.bad(2, &["stats", "soon"]).contains("soon is not a period"));
    assert!(home.bad(2, &["stats", "--lang", "pt", "2026-13"]).contains("não é um período"));
    home.bad(2, &["stats", "7d", "--since", "2026"]);
    home.bad(2, &["stats", "--until", "soon"]);
}

#[test]
fn the_table_has_every_figure_in_its_columns() {
    let home = Home::shop();
    let text = home.good(&["stats", "30d"]);
    for word in [
        "Feb 1 – Mar 2, 2026",
        "Delivery rate",
        "Channels",
        "Answer times",
        "Top contacts (of 18)",
        "Days",
        "By hour and weekday",
        "██",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    let spanish = home.good(&["stats", "1999", "--lang", "es"]);
    assert!(spanish.contains("Tasa de entrega") && !spanish.contains("Por hora"), "{spanish}");
}

#[test]
fn a_report_is_drawn_in_one_file_that_runs_nothing() {
    let home = Home::shop();
    for (lang, title) in
        [("en", "Messages exchanged"), ("es", "Mensajes intercambiados"), ("pt", "Mensagens trocadas")]
    {
        let file = home.folder.path().join(format!("{lang}.svg"));
        let said = home.good(&["stats", "--lang", lang, "--svg", file.to_str().unwrap()]);
        assert!(said.contains(file.to_str().unwrap()), "{said}");
        let svg = fs::read_to_string(&file).unwrap();
        let (names, texts) = read_xml(&svg);
        let known = [
            "svg",
            "title",
            "rect",
            "text",
            "line",
            "xmlns=",
            "width=",
            "height=",
            "viewBox=",
            "font-family=",
            "fill=",
            "x=",
            "y=",
            "x1=",
            "x2=",
            "y1=",
            "y2=",
            "stroke=",
            "text-anchor=",
            "font-size=",
            "font-weight=",
        ];
        assert!(names.iter().all(|name| known.contains(&name.as_str())), "{names:?}");
        let has = |wanted: &str| texts.iter().any(|text| text == wanted);
        assert!(has(title) && has("103") && has("Café Central") && has("WA La Espiga"), "{texts:?}");
    }
    // Of a period without anything too.
    let file = home.folder.path().join("empty.svg");
    home.good(&["stats", "1999", "--svg", file.to_str().unwrap()]);
    read_xml(&fs::read_to_string(&file).unwrap());
    let json = home.json(&["stats", "--json", "--svg", file.to_str().unwrap()]);
    assert_eq!(json[0]["total"], 103, "both at once");
}

#[test]
fn names_from_outside_are_text_in_a_report_and_nothing_else() {
    let home = Home::shop();
    let hostile = "</text><script>alert(1)</script> & \"x' onload=\u{1}\u{202e}\u{FFFF}]]>";
    let mut store = Store::open(&home.db(), Access::Write).unwrap();
    store
        .write(|tx| {
            for n in 0..30 {
                let mut put =
                    Put::outgoing(&format!("m{n}"), Status::Sent, -n).from("tel:+573009990000", hostile);
                put.channel = Some("<b>&amp;\u{7}".to_owned());
                put.put(tx)?;
            }
            Ok(())
        })
        .unwrap();
    let file = home.folder.path().join("r.svg");
    home.good(&["stats", "--svg", file.to_str().unwrap()]);
    let svg = fs::read_to_string(&file).unwrap();
    let (names, texts) = read_xml(&svg);
    assert!(!names.contains("script") && !names.contains("b"), "{names:?}");
    assert!(texts.iter().any(|text| text.starts_with("&lt;/text&gt;&lt;script&gt;alert")), "{texts:?}");
    assert!(texts.iter().any(|text| text == "&lt;b&gt;&amp;amp;"), "{texts:?}");
    assert!(!svg.contains('\u{202e}'));
    let table = home.good(&["stats"]);
    assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table}");
}

#[test]
fn a_report_takes_the_place_of_a_report_and_of_nothing_else() {
    let home = Home::shop();
    let path = |name: &str| home.folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("r.svg");
    home.good(&["stats", "--svg", &file]);
    let first = fs::read(&file).unwrap();
    home.good(&["stats", "7d", "--svg", &file]);
    assert_ne!(fs::read(&file).unwrap(), first, "a newer report replaces it");
    fs::write(path("notes.svg"), "<svg>mine</svg>").unwrap();
    assert!(home.bad(1, &["stats", "--svg", &path("notes.svg")]).contains("is there already"));
    assert_eq!(fs::read_to_string(path("notes.svg")).unwrap(), "<svg>mine</svg>");
    assert!(home.bad(1, &["stats", "--svg", &path("w.db")]).contains("is there already"));
    assert!(home.bad(1, &["stats", "--svg", &path("")]).contains("is there already"));
    assert!(home.bad(1, &["stats", "--svg", &path("nowhere/r.svg")]).contains("nowhere"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let report = fs::read(&file).unwrap();
        symlink(&file, path("link.svg")).unwrap();
        assert!(home.bad(1, &["stats", "--svg", &path("link.svg")]).contains("is there already"));
        assert!(fs::symlink_metadata(path("link.svg")).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), report);
    }
    let left: Vec<_> =
        fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part")), "{left:?}");
}
