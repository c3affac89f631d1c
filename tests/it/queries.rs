//! The search language as text, and what it highlights.

use proptest::prelude::*;
use recado::domain::fold::{fold, tokens};
use recado::domain::query::{Query, QueryProblem, Test, date};

use crate::support::{ZONE, noon};

fn parse(text: &str) -> Query {
    Query::parse(text, noon().with_timezone(&ZONE).date_naive()).unwrap()
}

fn problem(text: &str) -> (std::ops::Range<usize>, QueryProblem) {
    let error = Query::parse(text, noon().with_timezone(&ZONE).date_naive()).unwrap_err();
    (error.range, error.problem)
}

#[test]
fn mistakes_are_told_with_their_place() {
    assert_eq!(problem("hola folder:foo"), (5..15, QueryProblem::UnknownFolder("foo".into())));
    assert_eq!(problem("from:"), (0..5, QueryProblem::NoValue("from:".into())));
    assert_eq!(problem("a before:ayer b"), (2..13, QueryProblem::BadDate("ayer".into())));
    assert_eq!(problem("is:happy"), (0..8, QueryProblem::UnknownWord("is:happy".into())));
    assert_eq!(problem("from:\"!!\""), (0..9, QueryProblem::NoValue("from:".into())));
    assert_eq!(problem("channel:!!"), (0..10, QueryProblem::NoValue("channel:".into())));
    assert_eq!(problem("-flow:\u{200b}"), (0..9, QueryProblem::NoValue("flow:".into())));
}

#[test]
fn what_is_no_operator_is_a_word() {
    assert!(matches!(&parse("https://x.example").terms[..], [term] if matches!(term.test, Test::Words(_))));
    assert!(parse("10:30").terms.len() == 1);
    assert!(parse(" - \"\" ").is_empty());
    assert_eq!(parse("FROM:ana"), parse("from:ana"));
    assert_eq!(parse("\"never closed"), parse("\"never closed\""));
}

#[test]
fn dates_are_whole_days_or_so_long_ago() {
    let today = noon().with_timezone(&ZONE).date_naive();
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(date(text, today).map(|day| day.to_string()).as_deref(), expected, "{text}");
    };
    check("2026-02-28", Some("2026-02-28"));
    check("2026/2/8", Some("2026-02-08"));
    check("2026-02", Some("2026-02-01"));
    check("2025", Some("2025-01-01"));
    check("7d", Some("2026-02-23"));
    check("2w", Some("2026-02-16"));
    check("1m", Some("2026-02-02"));
    check("1y", Some("2025-03-02"));
    for bad in [
        "",
        "d",
        "2026-02-30",
        "28-02-2026",
        "99999999999d",
        "4294967295y",
        "2026-1-1-1",
        "hoy",
        "ñ",
        "0000-12-31",
        "10000-01-01",
        "262142-12-31",
        "3000y",
    ] {
        check(bad, None);
    }
}

fn highlighted(query: &str, text: &str) -> Vec<String> {
    parse(query).highlights(text).into_iter().map(|range| text[range].to_owned()).collect()
}

#[test]
fn matches_are_highlighted_in_the_text_as_it_was_written() {
    assert_eq!(highlighted("anos", "Los AÑOS pasan, años"), ["AÑOS", "años"]);
    assert_eq!(highlighted("pas", "Los años pasan"), ["pas"]);
    assert_eq!(highlighted("\"casa roja\"", "la Casa, roja; casa azul"), ["Casa, roja"]);
    assert_eq!(highlighted("ex", "e\u{301}xito"), ["e\u{301}x"]);
    assert_eq!(highlighted("-pasan", "pasan"), [""; 0]);
    assert_eq!(highlighted("stras", "Straße"), ["Straß"]);
    assert_eq!(highlighted("世界", "你好世界"), ["世界"]);
    assert_eq!(highlighted("1 2", "½ taza"), ["½"], "one character, though it is two tokens");
}

#[test]
fn texts_are_folded_to_what_people_type() {
    let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text}");
    check("¡Hola,  MUNDO!", "hola mundo");
    check("Ñandú Straße Łódź Ærø", "nandu strasse lodz aero");
    check("ﬁn ①② ＡＢＣ", "fin 12 abc");
    check("مُحَمَّد", "محمد");
    check("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ");
    check("日本 thai:ไทย", "日 本 thai ไ ท ย");
    check("👨‍👩‍👧 ❤️", "👨 👩 👧 ❤");
    check("\u{200b}\u{301}", "");
}

proptest! {
    #[test]
    fn folding_is_the_same_by_either_way_and_stays_folded(text in "\\PC{0,40}") {
        let folded = fold(&text);
        let by_tokens: Vec<String> = tokens(&text).into_iter().map(|token| token.folded).collect();
        prop_assert_eq!(&folded, &by_tokens.join(" "));
        prop_assert_eq!(&fold(&folded), &folded);
    }

    #[test]
    fn any_text_is_a_query_or_an_error_with_a_place_in_it(text in "[a-z:\"\\- ñ0-9世🦀]{0,30}") {
        match Query::parse(&text, noon().date_naive()) {
            Ok(query) => {
                for range in query.highlights(&text) {
                    prop_assert!(text.get(range).is_some());
                }
            }
            Err(error) => prop_assert!(text.get(error.range).is_some()),
        }
    }
}
