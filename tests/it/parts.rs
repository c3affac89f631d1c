//! The alphabet of an SMS, and cutting long texts into parts.

use std::borrow::Cow;

use proptest::prelude::*;
use recado::domain::parts::{Alphabet, Count, alphabet_of, count, smart, split_chars, split_units, units};
use unicode_segmentation::UnicodeSegmentation;

#[test]
fn the_alphabet_is_that_of_gsm_03_38() {
    let base = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                abcdefghijklmnopqrstuvwxyzäöñüà";
    assert_eq!((alphabet_of(base), units(base)), (Alphabet::Gsm7, 127), "all but the escape");
    let extension = "^{}[]~\\|€";
    assert_eq!((alphabet_of(extension), units(extension)), (Alphabet::Gsm7, 18));
    for c in "çáíóúãõêÁÍÓÚÊ`´“”‘’–—…º°•\t\u{a0}\u{1b}\u{c}ñ\u{303}Б世🦀".chars().filter(|c| *c != 'ñ')
    {
        assert_eq!(alphabet_of(&c.to_string()), Alphabet::Ucs2, "{c:?}");
    }
    assert_eq!(units("ação"), 4);
    assert_eq!(units("🦀"), 2);
    assert_eq!(units(""), 0);
}

#[test]
fn typographic_signs_become_plain_only_where_the_whole_text_then_fits() {
    let check = |text: &str, expected: &str| assert_eq!(smart(text), expected, "{text}");
    check("“Él” dijo ‘no’ – o sí… ", "“Él” dijo ‘no’ – o sí… ");
    check("“Ñandú” dijo ‘no’", "“Ñandú” dijo ‘no’");
    check("«que» – ‘no’\u{a0}—… •", "\"que\" - 'no' -... -");
    check("man\u{303}ana\tcafe\u{301}", "mañana café");
    check("so\u{200b}ft\u{ad}", "soft");
    check("hola… 🦀", "hola… 🦀");
    assert!(matches!(smart("plain [text] €"), Cow::Borrowed(_)));
    assert!(matches!(smart("não… "), Cow::Borrowed(_)));
}

#[test]
fn texts_are_cut_at_blanks_near_the_end_of_a_part() {
    let check = |text: &str, longest: usize, expected: &[&str]| {
        assert_eq!(split_units(text, longest), expected, "{text:?} by {longest}");
    };
    check("", 5, &[""]);
    check("hola", 5, &["hola"]);
    check("hola que tal", 8, &["hola que", "tal"]);
    check("hola que tal", 9, &["hola que", "tal"]);
    check("uno dos tres", 8, &["uno dos", "tres"]);
    check("si abcdefghij", 8, &["si abcde", "fghij"]);
    check("abc ", 3, &["abc"]);
    check("abcd\nef", 5, &["abcd", "ef"]);
    check("abcd\r\nef", 4, &["abcd", "ef"]);
    check("abc€", 4, &["abc", "€"]);
    check("abcdef", 0, &["a", "b", "c", "d", "e", "f"]);
    check("a\u{a0}b…cde", 3, &["a\u{a0}b", "…cd", "e"]);
    // A surrogate pair and a cluster stay whole; a cluster longer than a part is cut between its characters.
    check("ab🦀", 3, &["ab", "🦀"]);
    check("abc👨‍👩‍👧", 8, &["abc", "👨‍👩‍👧"]);
    check("👨‍👩‍👧", 3, &["👨\u{200d}", "👩\u{200d}", "👧"]);
    check("🦀", 1, &["🦀"]);
    assert_eq!(split_chars("🦀🦀🦀", 2), ["🦀🦀", "🦀"]);
    assert_eq!(split_chars("hola € que tal", 8), ["hola €", "que tal"]);
}

#[test]
fn an_sms_is_counted_as_gateways_cut_it() {
    let check = |text: &str, alphabet, parts, left| {
        assert_eq!(count(text), Count { alphabet, parts, left }, "{} characters", text.chars().count());
    };
    let (gsm, ucs) = (Alphabet::Gsm7, Alphabet::Ucs2);
    check("", gsm, 1, 160);
    check(&"a".repeat(160), gsm, 1, 0);
    check(&"a".repeat(161), gsm, 2, 145);
    check(&"a".repeat(306), gsm, 2, 0);
    check(&"a".repeat(307), gsm, 3, 152);
    check(&"€".repeat(80), gsm, 1, 0);
    // The 77th sign would begin in the last septet of the first part.
    check(&"€".repeat(81), gsm, 2, 143);
    check(&"ã".repeat(70), ucs, 1, 0);
    check(&"ã".repeat(71), ucs, 2, 63);
    check(&"🦀".repeat(35), ucs, 1, 0);
    check(&"🦀".repeat(36), ucs, 2, 61);
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z €\\[\n]{0,80}",
        "([a-zñã世🦀 \n]|e\u{301}|👨\u{200d}👩\u{200d}👧|🇨🇴|\r\n){0,60}",
        "\\PC{0,40}",
    ]
}

/// Whether the parts are the text in its order, with at most one blank dropped after each.
fn is_joined(text: &str, parts: &[String]) -> bool {
    let Some((part, others)) = parts.split_first() else { return text.is_empty() };
    let Some(rest) = text.strip_prefix(part.as_str()) else { return false };
    let blank = rest.graphemes(true).next().filter(|next| next.chars().all(char::is_whitespace));
    is_joined(rest, others) || blank.is_some_and(|blank| is_joined(&rest[blank.len()..], others))
}

proptest! {
    #[test]
    fn no_part_is_too_long_none_is_empty_and_nothing_but_blanks_is_lost(text in texts(), longest in 2_usize..40) {
        let cost = |part: &str| match alphabet_of(&text) {
            Alphabet::Gsm7 => units(part),
            Alphabet::Ucs2 => part.encode_utf16().count(),
        };
        let parts = split_units(&text, longest);
        for part in &parts {
            prop_assert!(cost(part) <= longest, "{part:?}");
            prop_assert!(!part.is_empty() || text.is_empty());
        }
        prop_assert!(is_joined(&text, &parts), "{parts:?}");
        let parts = split_chars(&text, longest);
        prop_assert!(parts.iter().all(|part| part.chars().count() <= longest), "{parts:?}");
        prop_assert!(is_joined(&text, &parts), "{parts:?}");
    }

    #[test]
    fn graphemes_that_fit_in_a_part_stay_whole(text in texts(), longest in 12_usize..40) {
        prop_assume!(text.graphemes(true).all(|grapheme| grapheme.encode_utf16().count() <= longest));
        let together = |text: &str| -> Vec<String> {
            text.graphemes(true).filter(|g| !g.chars().all(char::is_whitespace)).map(str::to_owned).collect()
        };
        let parts = split_units(&text, longest);
        let apart: Vec<String> = parts.iter().flat_map(|part| together(part)).collect();
        prop_assert_eq!(apart, together(&text));
    }

    #[test]
    fn what_smart_changes_fits_and_stays_as_it_is_then(text in "[a-z“”‘’–…ãé\u{a0}\u{301}]{0,12}") {
        let plain = smart(&text);
        prop_assert!(*plain == *text || alphabet_of(&plain) == Alphabet::Gsm7);
        prop_assert_eq!(smart(&plain), plain.clone());
    }

    #[test]
    fn the_count_agrees_with_the_units(text in "[a-z€ã]{0,400}") {
        let Count { alphabet, parts, left } = count(&text);
        let (alone, each, border) = if alphabet == Alphabet::Gsm7 { (160, 153, 1) } else { (70, 67, 1) };
        let room = if parts == 1 { alone } else { parts * each };
        prop_assert!(units(&text) + left <= room && units(&text) + left + (parts - 1) * border >= room);
    }
}
