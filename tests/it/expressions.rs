//! What stands for the contact in a text.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use recado::domain::contact::Urn;
use recado::domain::expression::{Facts, evaluate};
use uuid::Uuid;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Evaluates for Ana María Ruiz of Bogotá, or for somebody of whom nothing but the address is known.
fn evaluated(text: &str, is_known: bool) -> String {
    let urns: Vec<Urn> = ["tel:+5511900007240", "telegram:3527002#ana#1", "telegram:99"]
        .iter()
        .map(|urn| Urn::parse(urn, None).unwrap())
        .collect();
    let fields = if is_known { values(&[("city", "Bogotá"), ("age", "")]) } else { values(&[]) };
    let globals = values(&[("shop", "La Tienda"), ("Hours", "9-18")]);
    let facts = Facts {
        name: if is_known { "Ana María Ruiz" } else { "" },
        language: if is_known { "spa" } else { "" },
        urn: is_known.then(|| &urns[1]),
        urns: &urns,
        fields: &fields,
        globals: &globals,
        created_on: Utc.with_ymd_and_hms(2026, 3, 2, 14, 30, 0).unwrap(),
        last_seen_on: None,
        uuid: Uuid::from_u128(7),
        status: "active",
    };
    evaluate(text, &facts)
}

fn check(text: &str, expected: &str) {
    assert_eq!(evaluated(text, true), expected, "{text}");
}

#[test]
fn words_stand_for_the_contact() {
    check("Hola @contact.first_name.", "Hola Ana.");
    check("Hola @contact!", "Hola Ana María Ruiz!");
    check("@contact.name, @CONTACT.Name", "Ana María Ruiz, Ana María Ruiz");
    check("@contact.language @contact.status", "spa active");
    check("@contact.urn", "telegram:3527002#ana%231");
    check("@contact.uuid", "00000000-0000-0000-0000-000000000007");
    check("@contact.created_on|@contact.last_seen_on|", "2026-03-02T14:30:00.000000Z||");
    check("@fields.city @contact.fields.city @Fields.CITY", "Bogotá Bogotá Bogotá");
    check("@urns.tel @urns.telegram", "tel:+5511900007240 telegram:3527002#ana%231");
    check("@globals.shop: @globals.hours", "La Tienda: 9-18");
    check("(@contact.first_name)...", "(Ana)...");
    check("Señora@contact.first_name", "SeñoraAna");
    assert_eq!(evaluated("@contact,@contact.name,@contact.first_name", false), "(11) 90000-7240,,");
    assert_eq!(evaluated("@contact.urn", false), "tel:+5511900007240");
}

#[test]
fn an_unknown_property_gives_nothing_and_an_unknown_word_stays() {
    check("[@contact.shoe][@fields.shoe][@globals.shoe][@urns.viber]", "[][][][]");
    check("[@fields][@urns][@globals][@contact.name.first][@contact.fields]", "[][][][][]");
    check("[@contact.groups][@contact.id]", "[][]");
    check("write to info@example.org or @ana", "write to info@example.org or @ana");
    check("info@contact.com, info@fields.org.", "info@contact.com, info@fields.org.");
    check("a @ b @. @, @contacts @contact_name @", "a @ b @. @, @contacts @contact_name @");
    check("ana@@contact.name @@ @@@contact.first_name", "ana@contact.name @ @Ana");
}

#[test]
fn functions_work_in_parentheses() {
    check("@(upper(contact.first_name)) @(LOWER(contact.name))", "ANA ana maría ruiz");
    check(
        "@(default(fields.city, \"?\")) @(default(fields.age, \"?\")) @(default(fields.shoe, 38))",
        "Bogotá ? 38",
    );
    check("@(format_urn(urns.tel)) @( format_urn( contact.urn ) )", "(11) 90000-7240 ana#1");
    check("@(upper(default(fields.shoe, \"no (\\\"shoe\\\")\")))", "NO (\"SHOE\")");
    check("@(contact.first_name & \" de \" & (fields.city))", "Ana de Bogotá");
    check("@(-1.5)@(contact)", "-1.5Ana María Ruiz");
    check("[@(default(contact.fields.shoe, fields.shoe))]", "[]");
}

#[test]
fn a_wrong_expression_gives_nothing_and_an_open_one_stays() {
    for wrong in [
        "",
        "home",
        "upper()",
        "upper(1, 2)",
        "shout(\"a\")",
        "contact.name contact.name",
        "1.2.3",
        "-contact",
        "\"a\" &",
        "format_urn(contact.name)",
        "default(1 2)",
        "^_^",
    ] {
        check(&format!("[@({wrong})]"), "[]");
    }
    check("@(upper(contact.name", "@(upper(contact.name");
    check("@( @contact.first_name", "@( Ana");
    check("@(\")", "@(\")");
    let deep = format!("@({}1{})", "(".repeat(400), ")".repeat(400));
    check(&deep, "");
    let open = "@(".repeat(50_000);
    check(&open, &open);
}

proptest! {
    #[test]
    fn any_text_is_evaluated(
        text in "(@|@@|@\\(|\\(|\\)|\"|\\\\|,|&|\\.|-| |1|ñ|🦀|contact|fields|urns|globals|name|tel|city|upper|default|format_urn){0,30}"
    ) {
        evaluated(&text, true);
        evaluated(&text, false);
    }

    #[test]
    fn a_text_without_the_sign_stays(text in "[^@]{0,40}") {
        prop_assert_eq!(evaluated(&text, true), text);
    }

    #[test]
    fn a_doubled_sign_is_a_sign(text in "[@a-z(). ]{0,20}") {
        prop_assert_eq!(evaluated(&text.replace('@', "@@"), true), text);
    }
}
