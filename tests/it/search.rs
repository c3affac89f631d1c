//! Search finds what a plain look at every message finds, newest first by time.

use proptest::prelude::*;
use recado::domain::folder::Folder;
use recado::domain::listing::{At, Order, Place, View};
use recado::domain::message::{Attachment, Status};
use rusqlite::Connection;

use crate::support::{Put, Workspace, minutes, search};

fn texts(workspace: &Workspace, view: &View) -> Vec<String> {
    workspace.rows(view).iter().map(|row| row.message().unwrap().text.clone()).collect()
}

fn finds(workspace: &Workspace, query: &str, expected: &[&str]) {
    let view = search(Place::Everywhere, query);
    assert_eq!(texts(workspace, &view), expected, "{query}");
    assert_eq!(workspace.store.count(&view).unwrap(), expected.len() as u64, "{query}");
}

#[test]
fn words_are_found_regardless_of_case_and_accents() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![
        Put::incoming("¿Mañana a las 10:30?", 0),
        Put::incoming("El AÑO que viene, José", 1),
        Put::incoming("Año Nuevo", 2),
        Put::incoming("O'Brien called", 3),
        Put::incoming("你好，世界", 4),
        Put::incoming("jajaja 👌🏿 ok", 5),
        Put::incoming("Straße nach Łódź", 6),
        Put::incoming("e\u{301}xito decomposed", 7),
    ]);
    finds(&workspace, "año", &["Año Nuevo", "El AÑO que viene, José"]);
    finds(&workspace, "ANO nue", &["Año Nuevo"]);
    finds(&workspace, "mañ", &["¿Mañana a las 10:30?"]);
    finds(&workspace, "10:30", &["¿Mañana a las 10:30?"]);
    finds(&workspace, "o'brien", &["O'Brien called"]);
    finds(&workspace, "世界", &["你好，世界"]);
    finds(&workspace, "界世", &[]);
    finds(&workspace, "👌", &["jajaja 👌🏿 ok"]);
    finds(&workspace, "strasse lodz", &["Straße nach Łódź"]);
    finds(&workspace, "éxito", &["e\u{301}xito decomposed"]);
    finds(&workspace, "jose viene", &["El AÑO que viene, José"]);
}

/// The index cuts a word of more than 32 KiB.
#[test]
fn a_word_longer_than_any_token_is_found_and_its_message_is_sound() {
    let mut workspace = Workspace::new();
    for letter in ["a", "ñ", "ß", "1"] {
        let word = letter.repeat(33_000);
        workspace.put(Put::incoming(&format!("{word}b fin"), 0));
        assert_eq!(workspace.ids(&search(Place::Everywhere, &format!("{word}b"))).len(), 1, "{letter}");
        assert_eq!(workspace.ids(&search(Place::Everywhere, &format!("\"{word}\""))).len(), 0, "{letter}");
    }
    workspace.is_sound();
}

#[test]
fn every_term_must_match_and_only_the_last_word_matches_by_its_beginning() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![
        Put::incoming("hola mundo", 0),
        Put::incoming("hola", 1),
        Put::incoming("mundial", 2),
    ]);
    finds(&workspace, "mund", &["mundial", "hola mundo"]);
    finds(&workspace, "hola mund", &["hola mundo"]);
    finds(&workspace, "mund hola", &[]);
    finds(&workspace, "mundo hola", &["hola mundo"]);
}

#[test]
fn names_and_numbers_are_found_and_operators_narrow() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![
        Put::incoming("buenas", 0).from("tel:+5491155550101", "Lucía Núñez").label("Muy Urgente"),
        Put { unread: false, ..Put::incoming("hola", 1).from("whatsapp:5511900007240", "João") },
        Put::outgoing("hola Lucía", Status::Sent, 2).from("tel:+5491155550101", ""),
        Put {
            attachments: vec![Attachment::parse("image/png:foto.png")],
            channel: Some("WA Tienda".to_owned()),
            flow: Some("Pedidos".to_owned()),
            ..Put::incoming("mira la foto", 3).from("tel:+5491155550101", "")
        },
    ]);
    finds(&workspace, "lucia", &["mira la foto", "hola Lucía", "buenas"]);
    finds(&workspace, "5550101", &["mira la foto", "hola Lucía", "buenas"]);
    finds(&workspace, "90000-7240", &["hola"]);
    finds(&workspace, "(11) 90000-7240", &["hola"]);
    finds(&workspace, "from:nuñ", &["mira la foto", "buenas"]);
    finds(&workspace, "to:lucia", &["hola Lucía"]);
    finds(&workspace, "from:\"Lucía Núñez\" foto", &["mira la foto"]);
    finds(&workspace, "label:\"muy urgente\"", &["buenas"]);
    finds(&workspace, "channel:tienda", &["mira la foto"]);
    // A message whose channel has no name shows the service of its address.
    finds(&workspace, "channel:sms", &["hola Lucía", "buenas"]);
    finds(&workspace, "channel:whats", &["hola"]);
    finds(&workspace, "-channel:sms", &["mira la foto", "hola"]);
    finds(&workspace, "channel:sms \"hola lucia\"", &["hola Lucía"]);
    finds(&workspace, "flow:pedidos", &["mira la foto"]);
    finds(&workspace, "-flow:pedidos lucia", &["hola Lucía", "buenas"]);
    finds(&workspace, "folder:sent", &["hola Lucía"]);
    finds(&workspace, "is:unread", &["mira la foto", "buenas"]);
    finds(&workspace, "is:read", &["hola"]);
    finds(&workspace, "has:attachment", &["mira la foto"]);
    finds(&workspace, "-has:attachment from:lucia", &["buenas"]);
    finds(&workspace, "hola -joao", &["hola Lucía"]);
    finds(&workspace, "from:nadie", &[]);
    finds(&workspace, "label:nada", &[]);
}

#[test]
fn phrases_stand_side_by_side() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![Put::incoming("la casa roja", 0), Put::incoming("la roja casa", 1)]);
    finds(&workspace, "casa roja", &["la roja casa", "la casa roja"]);
    finds(&workspace, "\"casa roja\"", &["la casa roja"]);
    finds(&workspace, "-\"casa roja\" casa", &["la roja casa"]);
    finds(&workspace, "\"casa roj\"", &[]);
}

#[test]
fn dates_are_days_of_the_workspace() {
    let mut workspace = Workspace::new();
    // Noon UTC-5 on March 2, and one minute before its midnight.
    workspace.put_all(vec![
        Put::incoming("noche", -12 * 60 - 1),
        Put::incoming("medianoche", -12 * 60),
        Put::incoming("día", 0),
    ]);
    finds(&workspace, "after:2026-03-02", &["día", "medianoche"]);
    finds(&workspace, "before:2026-03-02", &["noche"]);
    finds(&workspace, "before:2026-03", &["noche"].repeat(0));
    finds(&workspace, "after:2026-03-01 before:2026-03-02 n", &["noche"]);
    finds(&workspace, "after:1d", &["día", "medianoche", "noche"]);
    finds(&workspace, "on:2026-03-01", &["noche"]);
    finds(&workspace, "on:2026-03-02", &["día", "medianoche"]);
    finds(&workspace, "on:2026-03 -on:2026-03-02", &["noche"]);
    finds(&workspace, "on:2026-03-01..2026-03-02 on:2026", &["día", "medianoche", "noche"]);
    finds(&workspace, "on:..2026-03-01", &["noche"]);
    finds(&workspace, "on:2025 n", &[]);
}

#[test]
fn hits_come_newest_first_by_time_also_after_an_older_file_came_on_top() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![Put::incoming("pedido nuevo", 100), Put::incoming("pedido novísimo", 200)]);
    workspace.put_all(vec![Put::incoming("pedido viejo", -5000), Put::incoming("pedido medio", 150)]);
    finds(&workspace, "pedido", &["pedido novísimo", "pedido medio", "pedido nuevo", "pedido viejo"]);
    let oldest = View { order: Order::OldestFirst, ..search(Place::Everywhere, "pedido") };
    assert_eq!(
        texts(&workspace, &oldest),
        ["pedido viejo", "pedido nuevo", "pedido medio", "pedido novísimo"]
    );
}

#[test]
fn messages_of_one_moment_are_all_found_and_those_at_the_ends_of_the_calendar_too() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..300).map(|n| Put::incoming(&format!("difusión {n}"), 0)).collect());
    workspace.put_all((300..600).map(|n| Put::incoming(&format!("difusión {n}"), 0)).collect());
    let end = |year: i32| {
        chrono::NaiveDate::from_ymd_opt(year, 6, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
    };
    workspace.put(Put { created_on: end(1), ..Put::incoming("difusión antigua", 0) });
    workspace.put(Put { created_on: end(9999), ..Put::incoming("difusión futura", 0) });
    let found = texts(&workspace, &search(Place::Everywhere, "difusion"));
    let mut expected: Vec<String> = (0..600).rev().map(|n| format!("difusión {n}")).collect();
    expected.insert(0, "difusión futura".to_owned());
    expected.push("difusión antigua".to_owned());
    assert_eq!(found, expected);
    workspace.is_sound();
}

#[test]
fn a_renamed_contact_is_found_by_its_new_name_only() {
    let mut workspace = Workspace::new();
    workspace.put(Put::incoming("buenas", 0).from("tel:+573009998877", ""));
    workspace.put(Put::incoming("otra vez", 1).from("tel:+573009998877", "Íñigo"));
    finds(&workspace, "inigo", &["otra vez", "buenas"]);
    workspace.is_sound();
}

#[test]
fn a_name_that_many_contacts_share_is_found_in_all_of_them() {
    let mut workspace = Workspace::new();
    let many =
        (0..200).map(|n| Put::incoming("x", n).from(&format!("tel:+5730011{n:05}"), &format!("Ana {n}")));
    workspace.put_all(many.collect());
    // Enough others that the place is not walked whole.
    workspace.put_all(
        (0..6000).map(|n| Put::incoming("ana en el texto", n).from("tel:+573220000000", "Zoe")).collect(),
    );
    let view = search(Place::Everywhere, "ana");
    assert_eq!(workspace.store.count(&view).unwrap(), 6200);
    let by_name = search(Place::Everywhere, "from:ana");
    assert_eq!(workspace.store.count(&by_name).unwrap(), 200);
    assert_eq!(workspace.store.count(&search(Place::Folder(Folder::Inbox), "ana texto")).unwrap(), 6000);
    let first = workspace.page(&view, At::First, 50);
    assert!(first.more_after && first.rows.len() == 50);
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "hola", "holanda", "adiós", "Ana", "luis", "10:30", "pedido", "x", "世界", "año",
    ])
}

#[derive(Debug, Clone)]
struct Sample {
    text: String,
    name: usize,
    minute: i64,
    kind: usize,
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let one = (prop::collection::vec(word(), 0..4), 0_usize..4, 0_i64..8, 0_usize..4)
        .prop_map(|(words, name, minute, kind)| Sample { text: words.join(" "), name, minute, kind });
    prop::collection::vec(one, 1..40)
}

fn query() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        6 => word().prop_map(str::to_owned),
        1 => word().prop_map(|word| format!("-{word}")),
        1 => (word(), word()).prop_map(|(a, b)| format!("\"{a} {b}\"")),
        1 => word().prop_map(|word| format!("from:{word}")),
        1 => word().prop_map(|word| format!("with:{word}")),
        1 => word().prop_map(|word| format!("to:{word}")),
        1 => Just("is:unread".to_owned()),
        1 => Just("folder:flows".to_owned()),
        1 => Just("label:vip".to_owned()),
        1 => Just("hol".to_owned()),
    ];
    prop::collection::vec(term, 1..4).prop_map(|terms| terms.join(" "))
}

const NAMES: [(&str, &str); 4] = [
    ("tel:+573001112233", "Ana María"),
    ("tel:+573001112244", "Luis"),
    ("tel:+573001112255", ""),
    ("whatsapp:573001112266", "Año 世界"),
];

impl Sample {
    fn put(&self) -> Put {
        let (urn, name) = NAMES[self.name];
        let put = match self.kind {
            0 => Put::incoming(&self.text, self.minute),
            1 => Put {
                flow: Some("Pedidos".to_owned()),
                unread: false,
                ..Put::incoming(&self.text, self.minute)
            },
            2 => Put::outgoing(&self.text, Status::Delivered, self.minute),
            _ => Put::incoming(&self.text, self.minute).label("VIP"),
        };
        put.from(urn, name)
    }
}

/// A plain reading of the rules, on its own: tokens are compared after folding by hand.
fn plainly_matches(sample: &Sample, query: &str) -> bool {
    let fold = |text: &str| -> Vec<String> {
        let spaced = text.replace('世', " 世 ").replace('界', " 界 ").replace(':', " ");
        let plain = spaced.to_lowercase().replace('ñ', "n").replace('ó', "o").replace('í', "i");
        plain.split_whitespace().map(str::to_owned).collect()
    };
    let beside = |there: &[String], wanted: &[String], prefix: bool| {
        there.windows(wanted.len()).any(|window| {
            let (last, first) = window.split_last().unwrap();
            let (wanted_last, wanted_first) = wanted.split_last().unwrap();
            first == wanted_first
                && if prefix { last.starts_with(wanted_last.as_str()) } else { last == wanted_last }
        })
    };
    let (_, name) = NAMES[sample.name];
    let incoming = sample.kind != 2;
    let mut terms: Vec<String> = Vec::new();
    for piece in query.split(' ') {
        match terms.last_mut() {
            Some(open) if open.matches('"').count() == 1 => *open = format!("{open} {piece}"),
            _ => terms.push(piece.to_owned()),
        }
    }
    let last = terms.len() - 1;
    terms.iter().enumerate().all(|(n, term)| {
        let (negated, term) = term.strip_prefix('-').map_or((false, term.as_str()), |term| (true, term));
        let holds = match term.split_once(':') {
            Some(("from", who)) => incoming && beside(&fold(name), &fold(who), true),
            Some(("with", who)) => beside(&fold(name), &fold(who), true),
            Some(("to", who)) => !incoming && beside(&fold(name), &fold(who), true),
            Some(("is", _)) => sample.kind == 0 || sample.kind == 3,
            Some(("folder", _)) => sample.kind == 1,
            Some(("label", _)) => sample.kind == 3,
            _ => {
                let prefix = n == last && !negated && !term.contains('"');
                let wanted = fold(&term.replace('"', ""));
                beside(&fold(&sample.text), &wanted, prefix) || beside(&fold(name), &wanted, prefix)
            }
        };
        holds != negated
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn search_agrees_with_a_plain_look_at_every_message(samples in samples(), query in query(), small in any::<bool>()) {
        let mut workspace = Workspace::new();
        let ids = workspace.put_all(samples.iter().map(Sample::put).collect());
        if !small {
            // So many more that the index is used; none of them matches anything.
            let fill = |n| Put { unread: false, created_on: minutes(n), ..Put::outgoing("relleno", Status::Failed, 0) };
            workspace.put_all((0..5001).map(|n| fill(n).from("tel:+573009999999", "Nadie")).collect());
        }
        let mut expected: Vec<(i64, i64)> = samples
            .iter()
            .zip(&ids)
            .filter(|(sample, _)| plainly_matches(sample, &query))
            .map(|(sample, id)| (sample.minute, id.0))
            .collect();
        expected.sort_unstable();
        expected.reverse();
        let expected: Vec<i64> = expected.into_iter().map(|(_, id)| id).collect();
        let matching_fill = query.split(' ').all(|term| term.starts_with('-'));
        prop_assume!(small || !matching_fill);
        let view = search(Place::Everywhere, &query);
        prop_assert_eq!(&workspace.ids(&view), &expected, "{}", query);
        prop_assert_eq!(workspace.store.count(&view).unwrap(), expected.len() as u64);
        let mut paged = Vec::new();
        let mut at = At::First;
        loop {
            let page = workspace.page(&view, at, 3);
            paged.extend(page.rows.iter().map(|row| row.cursor().id));
            match page.rows.last() {
                Some(last) if page.more_after => at = At::After(last.cursor()),
                _ => break,
            }
        }
        prop_assert_eq!(&paged, &expected);
        let inbox: Vec<i64> = expected
            .iter()
            .copied()
            .filter(|id| samples[ids.iter().position(|other| other.0 == *id).unwrap()].kind % 3 == 0)
            .collect();
        prop_assert_eq!(workspace.ids(&search(Place::Folder(Folder::Inbox), &query)), inbox);
    }
}

/// At a step back the text index writes what it has gathered; a slice of a file that goes back in time is one part all the same.
#[test]
fn messages_in_any_order_of_time_become_one_part_of_the_index() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..200).map(|n| Put::incoming(&format!("pedido {n}"), 1000 - n * 7 % 1000)).collect());
    let parts: i64 = Connection::open(workspace.path())
        .unwrap()
        .query_row("SELECT count(DISTINCT segid) FROM message_fts_idx", [], |row| row.get(0))
        .unwrap();
    assert_eq!(parts, 1);
    workspace.is_sound();
    assert_eq!(workspace.ids(&search(Place::Everywhere, "pedido 17")).len(), 11, "17 and what begins so");
}

/// Very much text in one transaction goes into the index piece by piece, in whatever order of time.
#[test]
fn more_text_than_is_gathered_at_once_is_all_in_the_index() {
    let mut workspace = Workspace::new();
    let long = |n: i64| Put::incoming(&format!("pedido {n} {}", "palabra ".repeat(400_000)), 100 - n);
    let mut all: Vec<Put> = (0..4).map(long).collect();
    all.push(Put::incoming("pedido 4 corto", 0));
    workspace.put_all(all);
    workspace.is_sound();
    assert_eq!(workspace.ids(&search(Place::Everywhere, "pedido")), [1, 2, 3, 4, 5]);
    assert_eq!(workspace.ids(&search(Place::Everywhere, "corto")), [5]);
}
