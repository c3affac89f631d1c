//! Searches of chance in a workspace of chance: what is no query says where it is wrong, and what is one finds what a look
//! at every row finds.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono_tz::Tz;
use fastrand::Rng;
use recado::clock::{Clock, Dice};
use recado::domain::contact::{Urn, service_name};
use recado::domain::folder::{Folder, folder_of};
use recado::domain::listing::{At, Order, Place, Row, View};
use recado::domain::query::{Facts, Query};
use recado::import::{Options, Watch, import, open};
use recado::store::{Settings, Store, Text};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use uuid::Uuid;

use super::files::now;
use super::mutate::{either, pick, word};

/// So many queries are asked of a workspace before there is another one.
pub const QUERIES: u64 = 100;

/// Words that are in the texts, the names and the queries.
const WORDS: &[&str] = &[
    "hola",
    "holanda",
    "HOLA",
    "adiós",
    "adios",
    "Ana",
    "ana",
    "Luis",
    "O'Brien",
    "10:30",
    "pedido",
    "pedidos",
    "x",
    "世界",
    "世",
    "año",
    "Straße",
    "ss",
    "ﬁn",
    "①②",
    "İstanbul",
    "ΣΊΣΥΦΟΣ",
    "مُحَمَّد",
    "ไทย",
    "👌🏿",
    "👨‍👩‍👧",
    "e\u{301}xito",
    "\u{301}",
    "\u{200b}",
    "\u{E000}",
    "\u{E000}1",
    "\u{10FFFF}",
    "a\u{10FFFF}b",
    "\u{1F}",
    "日本語",
    "がぎ",
    "ｶﾞ",
    "ＡＢＣ",
    "½",
    "²",
    "Ⅷ",
    "0",
    "12",
    "123",
    "3001112233",
    "300 111",
    "+57",
    "57300",
    "ǅ",
    "ŉ",
    "ı",
    "ﷺ",
    "क्षि",
    "한국어",
    "\u{1100}\u{1161}",
    "𝒜𝓃𝒶",
    "🇪🇨",
    "ªº",
    "l·l",
    "a.b",
    "a_b",
    "a-b",
    "--",
    "-",
    "\"",
    "\"\"",
    "''",
    "*",
    "NEAR",
    "AND",
    "OR",
    "NOT",
    "^a",
    "a*",
    "{a b}",
    "(a)",
    "a+b",
    ":",
    "::",
    "from",
    "from:",
    "%",
    "\\",
    "\u{202E}abc",
    "ᾳ",
    "ῼ",
    "Å",
    "ﬀ",
    "ẞ",
    "\u{345}",
    "a\u{345}",
    "\u{1E9B}\u{323}",
    "ꙮ",
    "ⓐ",
    "㎏",
    "㋿",
];

const NAMES: &[&str] = &[
    "",
    "Ana María",
    "Luis",
    "Año 世界",
    "İbrahim",
    "O'Brien",
    "한국어",
    "𝒜𝓃𝒶 57",
    "\u{E000}1",
    "+57 300",
    "300111",
    "ß SS",
    "Ana\u{1F}Luis",
];

const URNS: &[&str] = &[
    "tel:+573001112233",
    "tel:+573001112244",
    "tel:+5511900007240",
    "tel:+12025550123",
    "tel:911",
    "tel:BANCO",
    "whatsapp:573001112266",
    "telegram:123456",
    "mailto:ana@x.example",
    "ext:sip:ana@10.0.0.1",
    "facebook:1234567890123",
    "webchat:año",
    "tel:+81312345678",
];

const LABELS: &[&str] = &["VIP", "Muy Urgente", "世界", "ß", "!!", "a,b", "İ"];

const OPERATORS: &[&str] = &[
    "from:",
    "to:",
    "with:",
    "label:",
    "channel:",
    "flow:",
    "folder:",
    "on:",
    "before:",
    "after:",
    "is:",
    "has:",
    "FROM:",
    "On:",
    "iS:",
    "İs:",
    "is :",
    "-from:",
    "-to:",
    "-with:",
    "-label:",
    "-channel:",
    "-flow:",
    "-folder:",
    "-on:",
    "-before:",
    "-after:",
    "-is:",
    "-has:",
];

const VALUES: &[&str] = &[
    "inbox",
    "flows",
    "archived",
    "outbox",
    "sent",
    "failed",
    "calls",
    "schedules",
    "unread",
    "read",
    "attachment",
    "2026-03-01",
    "2026-03",
    "2026",
    "7d",
    "0d",
    "1y",
    "4294967295d",
    "4294967295w",
    "4294967295m",
    "357913941y",
    "260000y",
    "264000y",
    "264168y",
    "3000000m",
    "95000000d",
    "2026-02-30",
    "0001",
    "9999",
    "9999-12-31",
    "10000-01-01",
    "262142-12-31",
    "262143-01-01",
    "32-1",
    "2026/3/2",
    "..",
    "2026..",
    "..2026",
    "2026..2025",
    "0001-01-01..9999-12-31",
    "+2026",
    "2026-+3",
    "262142-12",
    "..262142-12-31",
    "262142-12-31..",
    "1d..",
    "..1d",
    "264168y..",
    "SMS",
    "WhatsApp",
    "sms",
    "e-mail",
    "ext",
    "Pedidos",
    "Tienda",
    "",
];

/// A workspace and what a plain look needs to know of it.
pub struct Room {
    store: Store,
    zone: Tz,
    rows: Vec<Row>,
    addresses: HashMap<i64, String>,
    labels: Vec<Place>,
    _folder: tempfile::TempDir,
}

impl Room {
    /// Some hundred messages of chance; sometimes so many more that the index is worth its while.
    pub fn furnish(rng: &mut Rng) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("w.db");
        let zone = *pick(
            rng,
            &[
                &chrono_tz::America::Bogota,
                &chrono_tz::Pacific::Apia,
                &chrono_tz::UTC,
                &chrono_tz::Pacific::Pago_Pago,
            ],
        );
        let mut store =
            Store::create(&path, Settings { uuid: Uuid::from_u128(1), country: None, zone }).unwrap();
        let mut lines = String::new();
        let many = if rng.u8(..3) == 0 { 5200 } else { 0 };
        let count = rng.u64(1..400);
        for n in 0..count + many {
            let line = line(rng, n, n >= count);
            writeln!(lines, "{line}").unwrap();
        }
        let file = folder.path().join("own.jsonl");
        fs::write(&file, lines).unwrap();
        let (options, watch) = (Options::default(), Watch::default());
        let source = open(&file, &options, &watch).unwrap();
        let summary =
            import(source, &options, &mut store, Clock::set_to(now()), &mut Dice::seeded(5), &watch, None)
                .unwrap();
        assert!(summary.errors.is_empty(), "{:?}", summary.errors);
        let rows = store.page(&View::of(Place::Everywhere), At::First, 1_000_000, Text::Whole).unwrap().rows;
        let addresses = addresses(&path);
        let labels = store.labels().unwrap().into_iter().map(|label| Place::Label(label.id)).collect();
        Self { store, zone, rows, addresses, labels, _folder: folder }
    }

    /// Asks one query. An error is what should not be.
    pub fn ask(&self, text: &str, rng: &mut Rng) -> Result<bool, String> {
        let today = now().with_timezone(&self.zone).date_naive();
        let query = match Query::parse(text, today) {
            Ok(query) => query,
            Err(error) if text.get(error.range.clone()).is_some_and(|piece| !piece.is_empty()) => {
                return Ok(false);
            }
            Err(error) => return Err(format!("{error:?} is not within {text:?}")),
        };
        self.highlights(&query, text)?;
        let place = match rng.u8(..8) {
            0 => Place::Folder(Folder::Inbox),
            1 => Place::Folder(Folder::Sent),
            2 if !self.labels.is_empty() => self.labels[rng.usize(..self.labels.len())],
            3 => {
                // What they hold is of another sort; they are only to answer.
                for folder in [Folder::Calls, Folder::Schedules] {
                    let view = View {
                        place: Place::Folder(folder),
                        query: query.clone(),
                        order: Order::NewestFirst,
                    };
                    self.page(&view, At::First, 100, text)?;
                }
                Place::Everywhere
            }
            _ => Place::Everywhere,
        };
        let view =
            View { place, query, order: if rng.bool() { Order::NewestFirst } else { Order::OldestFirst } };
        let mut expected: Vec<i64> =
            self.rows.iter().filter(|row| self.is_in(row, &view)).map(|row| row.cursor().id).collect();
        let page = self.page(&view, At::First, 1_000_000, text)?;
        let ids: Vec<i64> = page.iter().map(|row| row.cursor().id).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        if sorted != expected {
            let extra: Vec<_> =
                page.iter().filter(|row| !expected.contains(&row.cursor().id)).take(2).collect();
            let missing: Vec<_> = self
                .rows
                .iter()
                .filter(|row| expected.contains(&row.cursor().id) && !sorted.contains(&row.cursor().id))
                .take(2)
                .collect();
            return Err(format!(
                "{text:?} in {place:?} finds {} and should find {}: too much {extra:?}, too little {missing:?}",
                sorted.len(),
                expected.len()
            ));
        }
        let count =
            self.store.count(&view).map_err(|error| format!("{text:?} cannot be counted: {error}"))?;
        if count != ids.len() as u64 {
            return Err(format!("{text:?} in {place:?} counts {count} and has {}", ids.len()));
        }
        self.leafs_through(&view, &ids, rng, text)?;
        Ok(true)
    }

    fn page(&self, view: &View, at: At, limit: usize, text: &str) -> Result<Vec<Row>, String> {
        let page = self.store.page(view, at, limit, Text::Whole);
        Ok(page.map_err(|error| format!("{text:?} cannot be run: {error}"))?.rows)
    }

    /// Page by page it is the same.
    fn leafs_through(&self, view: &View, ids: &[i64], rng: &mut Rng, text: &str) -> Result<(), String> {
        let size = rng.usize(1..60);
        let mut paged = Vec::new();
        let mut at = At::First;
        while paged.len() < 300 {
            let rows = self.page(view, at, size, text)?;
            paged.extend(rows.iter().map(|row| row.cursor().id));
            match rows.last() {
                Some(last) if rows.len() == size => at = At::After(last.cursor()),
                _ => break,
            }
        }
        if ids.starts_with(&paged) && (paged.len() >= 300 || paged.len() == ids.len()) {
            return Ok(());
        }
        Err(format!("{text:?} page by page, {size} rows each, gives {paged:?} and not {ids:?}"))
    }

    fn is_in(&self, row: &Row, view: &View) -> bool {
        let message = row.message().unwrap();
        let labels: Vec<String> = message.labels.iter().map(|label| label.name.clone()).collect();
        let folder = folder_of(&message.standing).unwrap();
        let is_in_place = match view.place {
            Place::Everywhere => true,
            Place::Folder(wanted) => folder == wanted,
            Place::Label(wanted) => {
                folder != Folder::Archived && message.labels.iter().any(|label| label.id == wanted)
            }
        };
        let channel = message.channel.as_ref().map(|channel| channel.name.as_str()).unwrap_or_default();
        let scheme = message.urn.as_ref().map(Urn::scheme).unwrap_or_default();
        is_in_place
            && view.query.matches(
                &Facts {
                    direction: message.standing.direction,
                    folder,
                    unread: message.standing.unread,
                    created_on: message.created_on,
                    text: &message.text,
                    name: &message.contact.name,
                    addresses: self.addresses.get(&message.contact.id.0).map_or("", String::as_str),
                    labels: &labels,
                    channel: if channel.is_empty() { service_name(scheme) } else { channel },
                    flow: message.flow.as_ref().map(|flow| flow.name.as_str()).unwrap_or_default(),
                    has_attachment: !message.attachments.is_empty(),
                },
                self.zone,
            )
    }

    fn highlights(&self, query: &Query, text: &str) -> Result<(), String> {
        for row in self.rows.iter().take(40) {
            let shown = &row.message().unwrap().text;
            let mut end = 0;
            for range in query.highlights(shown) {
                if range.start < end || shown.get(range.clone()).is_none_or(str::is_empty) {
                    return Err(format!("{text:?} highlights {range:?} of {shown:?}"));
                }
                end = range.end;
            }
        }
        Ok(())
    }
}

fn addresses(path: &Path) -> HashMap<i64, String> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = conn
        .prepare("SELECT contact_id, substr(identity, instr(identity, ':') + 1) || ' ' || national FROM contact_urn ORDER BY id")
        .unwrap();
    let mut addresses: HashMap<i64, String> = HashMap::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let all = addresses.entry(row.get(0).unwrap()).or_default();
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&row.get::<_, String>(1).unwrap());
    }
    addresses
}

fn words(rng: &mut Rng, most: usize) -> String {
    let words: Vec<&str> = (0..rng.usize(..=most)).map(|_| pick(rng, WORDS)).collect();
    words.join(if rng.u8(..6) == 0 { "" } else { " " })
}

/// A line of recado's own for a message of chance.
fn line(rng: &mut Rng, n: u64, is_filler: bool) -> serde_json::Value {
    let uuid = |kind: u64, n: usize| Uuid::from_u64_pair(kind << 12 | 0x4000, n as u64 | 1 << 63).to_string();
    let who = if is_filler { 0 } else { rng.usize(..NAMES.len().min(URNS.len())) };
    let days =
        if rng.u8(..20) == 0 { *pick(rng, &[&-739_000_i64, &2_900_000, &-20_000]) } else { rng.i64(-40..3) };
    let at = now() + chrono::Duration::days(days) + chrono::Duration::minutes(rng.i64(-600..600));
    let out = rng.bool();
    let label = rng.usize(..LABELS.len());
    let channel = rng.usize(..6);
    let long = if rng.u8(..40) == 0 {
        pick(rng, &["a", "ab ", "ñ", "世", "1"]).repeat(rng.usize(1..40_000))
    } else {
        String::new()
    };
    let text = if is_filler { "relleno".to_owned() } else { words(rng, 5) + &long };
    json!({
        "kind": "message", "uuid": Uuid::from_u64_pair(0x4000, n | 1 << 63).to_string(),
        "contact": {"uuid": uuid(2, who), "name": NAMES[who].replace('\u{1F}', "")},
        "urn": if rng.u8(..8) == 0 { None } else { Some(URNS[who]) },
        "channel": (channel < 3).then(|| json!({"uuid": uuid(3, channel), "name": (["Tienda", "", "SMS 世"][channel])})),
        "flow": (!out && rng.u8(..4) == 0).then(|| json!({"uuid": uuid(4, 1), "name": "Pedidos año"})),
        "direction": if out { "out" } else { "in" },
        "type": "text",
        "status": if out { *pick(rng, &[&"sent", &"delivered", &"failed", &"wired", &"read"]) } else { "handled" },
        "visibility": if !out && rng.u8(..5) == 0 { "archived" } else { "visible" },
        "unread": rng.bool(),
        "text": text,
        "attachments": if rng.u8(..6) == 0 { vec![json!({"content_type": "image/png", "url": "a.png"})] } else { Vec::new() },
        "labels": if !is_filler && rng.u8(..4) == 0 { vec![json!({"uuid": uuid(5, label), "name": LABELS[label]})] } else { Vec::new() },
        "created_on": at.to_rfc3339(),
        "modified_on": at.to_rfc3339(),
    })
}

/// A text that somebody might type, or might not.
pub fn question(rng: &mut Rng, texts: &[Vec<u8>]) -> String {
    let mut text = String::new();
    let most = if rng.u8(..100) == 0 { 3000 } else { 6 };
    for _ in 0..rng.usize(1..=most) {
        match rng.u8(..16) {
            0..=4 => text.push_str(pick(rng, WORDS)),
            5 => text.push_str(&pick(rng, WORDS).chars().take(rng.usize(1..3)).collect::<String>()),
            6 | 7 => {
                text.push_str(pick(rng, OPERATORS));
                text.push_str(either(rng, VALUES, WORDS));
            }
            8 => {
                let operator = pick(rng, OPERATORS);
                let value = if operator.contains("abel") { pick(rng, LABELS) } else { pick(rng, NAMES) };
                let _ = write!(text, "{operator}\"{value}\"");
            }
            9 => {
                let _ = write!(
                    text,
                    "{}{}",
                    pick(rng, &["on:", "before:", "after:", "-on:", "-before:", "-after:"]),
                    pick(rng, VALUES)
                );
            }
            10 => {
                let _ = write!(text, "\"{}\"", words(rng, 3));
            }
            11 => {
                let _ = write!(text, "-{}", pick(rng, WORDS));
            }
            12 => text.push_str(word(rng)),
            13 => {
                let piece = &texts[rng.usize(..texts.len())];
                let at = rng.usize(..=piece.len());
                let end = (at + rng.usize(..40)).min(piece.len());
                text.push_str(&String::from_utf8_lossy(&piece[at..end]));
            }
            14 => text.push(rng.char(..)),
            _ => {
                let _ = write!(text, "{}{}", pick(rng, OPERATORS), pick(rng, VALUES));
            }
        }
        if rng.u8(..5) > 0 {
            text.push_str(pick(rng, &[" ", " ", " ", "\u{A0}", "\u{3000}", "\t", "\n"]));
        }
    }
    // Something may have happened to it on its way.
    if rng.u8(..6) == 0 {
        let at = rng.usize(..=text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert(at, *pick(rng, &[&'"', &'-', &':', &' ', &'\0', &'\u{202E}']));
    }
    if rng.u8(..200) == 0 {
        text = text.repeat(rng.usize(1..300));
    }
    text
}
