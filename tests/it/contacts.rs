//! Addresses of contacts: normalising and showing.

use recado::domain::contact::{Country, Urn, clean_name};
use recado::domain::recipient::Wanted;

#[test]
fn phone_numbers_become_e164_and_others_stay_what_they_are() {
    let check = |text: &str, country: &str, expected: &str| {
        let urn = Urn::from_phone(text, Country::from_code(country));
        assert_eq!(urn.map(|urn| urn.identity()).unwrap_or_default(), expected, "{text} in {country}");
    };
    check("0788 123 123", "RW", "tel:+250788123123");
    check("12065551212", "", "tel:+12065551212");
    check("(11) 90001-3230", "BR", "tel:+5511900013230");
    check("011900007240", "BR", "tel:+5511900007240");
    check("+5511900007240", "", "tel:+5511900007240");
    check(" +57 300-111.2233", "US", "tel:+573001112233");
    check("10000", "US", "tel:10000");
    check("28282", "BR", "tel:28282");
    check("*555", "BR", "tel:555");
    check("MI BANCO", "BR", "tel:mibanco");
    check("Vivo-Info", "BR", "tel:vivoinfo");
    check("Ana@Example.org", "BR", "mailto:ana@example.org");
    check("sip:103@pbx", "BR", "ext:sip:103@pbx");
    check("Банк", "BR", "");
    check("1", "BR", "");
}

#[test]
fn addresses_of_other_schemes_are_normalised_by_their_own_rules() {
    let check = |text: &str, identity: &str, display: &str| {
        let urn = Urn::parse(text, None).unwrap();
        assert_eq!((urn.identity().as_str(), urn.display()), (identity, display), "{text}");
    };
    check("whatsapp:+55 11 90000-7240", "whatsapp:5511900007240", "");
    check("whatsapp:br.x1Y", "whatsapp:BR.x1Y", "");
    check("telegram:3527002#ana", "telegram:3527002", "ana");
    check("twitter:@Ana", "twitter:ana", "");
    check("mailto:Ana@Example.org", "mailto:ana@example.org", "");
    check("ext:a:b?q=1#x%23y", "ext:a:b", "x#y");
    check("newscheme:Whatever", "newscheme:Whatever", "");
    for bad in ["", "tel:", "noscheme", ":x", "tel:1"] {
        assert!(Urn::parse(bad, None).is_err(), "{bad}");
    }
}

#[test]
fn numbers_are_shown_in_their_national_notation() {
    let check = |text: &str, expected: &str| assert_eq!(Urn::parse(text, None).unwrap().national(), expected);
    check("tel:+5511900007240", "(11) 90000-7240");
    check("whatsapp:5511900007240", "(11) 90000-7240");
    check("tel:+250788123123", "0788 123 123");
    check("tel:28282", "28282");
    check("telegram:3527002#ana", "ana");
    check("telegram:3527002", "3527002");
}

#[test]
fn countries_are_those_with_phone_numbers() {
    assert!(Country::from_code("br").is_some_and(|country| country.to_string() == "BR"));
    for bad in ["", "B", "XX", "BRA", "5!"] {
        assert_eq!(Country::from_code(bad), None, "{bad}");
    }
}

#[test]
fn a_long_name_loses_its_end() {
    assert_eq!(clean_name("  Ana  "), "Ana");
    assert_eq!(clean_name(&"ñ".repeat(128)).chars().count(), 128);
    assert_eq!(clean_name(&"ñ".repeat(129)).chars().count(), 127);
}

#[test]
fn digits_that_are_no_number_are_nobody_to_write_to() {
    let colombia = Country::from_code("CO");
    for (text, country, path) in [
        ("+57 300 111 2233", None, Some("+573001112233")),
        ("300 111 2233", colombia, Some("+573001112233")),
        ("85432", colombia, Some("85432")),
        ("+57300111223344556677", None, None),
        ("12345678901234567890123", colombia, None),
        ("12", colombia, None),
    ] {
        let expected = path.map(|path| Wanted::Address(Urn::kept(&format!("tel:{path}"), String::new())));
        assert_eq!(Wanted::parse(text, country), expected, "{text}");
    }
}
