//! How fast recado is, beside a bare SQLite that does the same work on the same rows in the same run.
//!
//! `cargo bench` prints a table; the README holds one. Each line is measured in turns, ours and the bare one, and the
//! smallest time of each counts: the machines are shared, and what disturbs only ever adds. `RECADO_BENCH_MESSAGES` sets the
//! size of the workspace, a million without it; `cargo bench -- engine screen` measures only these parts of `reading`,
//! `writing`, `engine` and `screen`.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a bench that cannot go on says where")]

mod program;
mod sending;

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use recado::clock::{Clock, Dice};
use recado::demo::{LATEST, Tongue, generate};
use recado::domain::MessageId;
use recado::domain::deed::Deed;
use recado::domain::folder::Folder;
use recado::domain::listing::{At, Order, Place, View};
use recado::domain::period::Period;
use recado::domain::query::Query;
use recado::export::{self, Wanted, export};
use recado::i18n::{Lang, Texts};
use recado::import::{Options, Watch, import, open};
use recado::store::{Access, Settings, Store, Target, Text, Which};
use recado::tui::event::{Effect, Event};
use recado::tui::keymap::Keymap;
use recado::tui::model::{Model, Size};
use recado::tui::theme::Theme;
use recado::tui::view::{Look, view};
use recado::tui::{update, worker};
use rusqlite::{Connection, params};
use uuid::Uuid;

fn main() {
    let messages =
        std::env::var("RECADO_BENCH_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::TempDir::new().unwrap();
    let ours = folder.path().join("ours.db");
    let mut store = Store::create(&ours, settings()).unwrap();
    generate(&mut store, Tongue::Es, messages, Dice::seeded(1), |_| {}).unwrap();
    store.tidy().unwrap();
    drop(store);
    let bare = folder.path().join("bare.db");
    make_bare(&ours, &bare);
    println!("\n{messages} messages, {} MB\n", fs::metadata(&ours).unwrap().len() / 1_000_000);
    println!("| what | recado | bare SQLite | ratio |");
    println!("| --- | ---: | ---: | ---: |");
    let chosen: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|one| one == part);
    if is_chosen("reading") {
        first_screen(&ours, &bare);
        pages(&ours, &bare);
        searches(&ours, &bare);
        counts(&ours, &bare);
        figures(&ours, &bare);
    }
    if is_chosen("writing") {
        moves(&ours, &bare);
        imports(messages, folder.path());
        exports(&ours, folder.path());
    }
    if is_chosen("engine") {
        sending::engine(messages, folder.path());
    }
    if is_chosen("screen") {
        keys(&ours);
        program::program(&ours, folder.path());
    }
}

fn settings() -> Settings {
    Settings { uuid: Uuid::from_u128(1), country: None, zone: chrono_tz::America::Bogota }
}

/// The same rows and indexes without anything of ours: no triggers, no functions.
fn make_bare(ours: &Path, bare: &Path) {
    fs::copy(ours, bare).unwrap();
    let conn = open_bare(bare);
    let mut triggers = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<String> =
        triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for trigger in triggers {
        conn.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
}

fn open_bare(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 4000;",
    )
    .unwrap();
    rusqlite::vtab::array::load_module(&conn).unwrap();
    conn
}

/// The smallest times of two pieces of work, done in turns.
fn in_turns(rounds: u32, mut ours: impl FnMut(), mut bare: impl FnMut()) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        best.0 = best.0.min(timed(&mut ours));
        best.1 = best.1.min(timed(&mut bare));
    }
    best
}

fn timed(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn line(what: &str, (ours, bare): (Duration, Duration)) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("| {what} | {} | {} | {ratio:.1} |", shown(ours), shown(bare));
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.01 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds >= 0.001 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

fn inbox() -> View {
    View::of(Place::Folder(Folder::Inbox))
}

const PAGE: usize = 50;

/// What a list needs of a message, in one statement by hand.
const BARE_PAGE: &str = "SELECT m.id, m.sort_key, m.direction, m.status, m.unread, substr(m.text, 1, 400), m.created_on, c.name,
    u.national, ch.name FROM message m JOIN contact c ON c.id = m.contact_id LEFT JOIN contact_urn u ON u.id = m.urn_id
    LEFT JOIN channel ch ON ch.id = m.channel_id";

fn run_bare(conn: &Connection, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> usize {
    let mut statement = conn.prepare_cached(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query(parameters).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            std::hint::black_box(row.get::<_, rusqlite::types::Value>(column).unwrap());
        }
        count += 1;
    }
    count
}

fn first_screen(ours: &Path, bare: &Path) {
    let times = in_turns(
        20,
        || {
            let store = Store::open(ours, Access::Read).unwrap();
            store.counts().unwrap();
            store.page(&inbox(), At::First, PAGE, Text::Start(400)).unwrap();
        },
        || {
            let conn = open_bare(bare);
            run_bare(&conn, "SELECT folder, total, unread FROM folder_count", &[]);
            run_bare(
                &conn,
                &format!("{BARE_PAGE} WHERE m.folder = 1 ORDER BY m.sort_key DESC, m.id DESC LIMIT 50"),
                &[],
            );
        },
    );
    line("open, counts and first page", times);
}

fn pages(ours: &Path, bare: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let conn = open_bare(bare);
    let half = store.counts().unwrap().of(Folder::Inbox).total / 2;
    let middle: (i64, i64) = conn
        .query_row(
            "SELECT sort_key, id FROM message WHERE folder = 1 ORDER BY sort_key DESC, id DESC LIMIT 1 OFFSET ?1",
            [half],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let cursor = recado::domain::listing::Cursor { key: middle.0, id: middle.1 };
    let sql = format!(
        "{BARE_PAGE} WHERE m.folder = 1 AND m.sort_key < ?1 ORDER BY m.sort_key DESC, m.id DESC LIMIT 50"
    );
    let times = in_turns(
        200,
        || drop(store.page(&inbox(), At::After(cursor), PAGE, Text::Start(400)).unwrap()),
        || {
            run_bare(&conn, &sql, &[&cursor.key]);
        },
    );
    line("page of 50 in the middle of the Inbox", times);
}

fn searches(ours: &Path, bare: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let conn = open_bare(bare);
    let today = LATEST.date_naive();
    let view = |place, text: &str| View {
        place,
        query: Query::parse(text, today).unwrap(),
        order: Order::NewestFirst,
    };
    let sql = format!(
        "{} WHERE f.message_fts MATCH ?1 ORDER BY f.rowid DESC LIMIT 50",
        BARE_PAGE
            .replace("FROM message m", "FROM message_fts f CROSS JOIN message m ON m.search_key = f.rowid")
    );
    for (what, query, expression) in [
        ("search for a common word, all folders", "\"pedido\"", "\"pedido\""),
        ("search for two words", "\"pedido\" \"camino\"", "\"pedido\" AND \"camino\""),
        ("search as one types: `pe`", "pe", "\"pe\"*"),
        ("search as one types: `pedi`", "pedi", "\"pedi\"*"),
    ] {
        let view = view(Place::Everywhere, query);
        let times = in_turns(
            30,
            || drop(store.page(&view, At::First, PAGE, Text::Start(400)).unwrap()),
            || {
                run_bare(&conn, &sql, &[&expression]);
            },
        );
        line(what, times);
    }
}

fn counts(ours: &Path, bare: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let conn = open_bare(bare);
    let times = in_turns(
        20,
        || drop(store.counts().unwrap()),
        || {
            run_bare(&conn, "SELECT folder, count(*), sum(unread) FROM message GROUP BY folder", &[]);
        },
    );
    line("counts of all folders and labels, against counting", times);
}

/// The figures of all times as SQL alone has them, each with its own statement, days and hours in UTC.
const BARE_FIGURES: [&str; 5] = [
    "SELECT date(created_on / 1000000, 'unixepoch'), direction, count(*) FROM message WHERE folder <> 0 GROUP BY 1, 2",
    "SELECT strftime('%w %H', created_on / 1000000, 'unixepoch'), direction, count(*) FROM message WHERE folder <> 0
     GROUP BY 1, 2",
    "SELECT channel_id, status, folder, count(*) FROM message WHERE folder <> 0 GROUP BY 1, 2, 3",
    "SELECT contact_id, count(*) FROM message WHERE folder <> 0 GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    "WITH walk AS (
       SELECT contact_id, created_on, id, direction, lag(direction) OVER way AS before FROM message
       WHERE folder NOT IN (0, 6) WINDOW way AS (PARTITION BY contact_id ORDER BY created_on, id)),
     turns AS (
       SELECT created_on, direction, lead(created_on) OVER (PARTITION BY contact_id ORDER BY created_on, id) AS answered
       FROM walk WHERE before IS NULL OR before <> direction)
     SELECT answered - created_on FROM turns WHERE direction = 0 AND answered IS NOT NULL ORDER BY 1",
];

/// What the two passes read, and nothing done with it.
const BARE_PASSES: [&str; 2] = [
    "SELECT created_on, folder, direction, status, channel_id, contact_id, id FROM message WHERE folder <> 0",
    "SELECT contact_id, created_on, id FROM message INDEXED BY message_by_contact ORDER BY contact_id, created_on, id",
];

fn figures(ours: &Path, bare: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let conn = open_bare(bare);
    for (what, statements) in [
        ("totals of all times, against the same in SQL", BARE_FIGURES.as_slice()),
        ("totals of all times, against only reading what they count", BARE_PASSES.as_slice()),
    ] {
        let times = in_turns(
            4,
            || drop(store.stats(Period::default()).unwrap()),
            || {
                for statement in statements {
                    run_bare(&conn, statement, &[]);
                }
            },
        );
        line(what, times);
    }
    let last = LATEST.date_naive();
    let month = Period::last_days(30, last);
    let since = LATEST.timestamp_micros() - 30 * 86_400 * 1_000_000;
    let sql = "SELECT created_on, folder, direction, status, channel_id, contact_id, id FROM message
               WHERE search_key >= ?1 AND folder <> 0";
    let times = in_turns(
        10,
        || drop(store.stats(month).unwrap()),
        || {
            run_bare(&conn, sql, &[&(since / 1000)]);
        },
    );
    line("totals of 30 days, against reading their messages", times);
}

fn moves(ours: &Path, bare: &Path) {
    let mut store = Store::open(ours, Access::Write).unwrap();
    let conn = open_bare(bare);
    let ids: Vec<i64> = {
        let mut statement = conn
            .prepare("SELECT id FROM message WHERE folder = 1 ORDER BY sort_key DESC, id DESC LIMIT 100000")
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for count in [1, 1000, ids.len()] {
        let chosen: Vec<MessageId> = ids.iter().take(count).copied().map(MessageId).collect();
        let target = Target::Ids(chosen);
        let array: Vec<rusqlite::types::Value> = ids.iter().take(count).copied().map(Into::into).collect();
        let array = std::rc::Rc::new(array);
        let rounds = if count > 10_000 { 4 } else { 20 };
        let mut best = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            best.0 = best.0.min(timed(&mut || {
                store.act(Deed::Archive, &target, LATEST, |_| ControlFlow::Continue(())).unwrap();
            }));
            store.undo(Which::Undo, None, LATEST, |_| ControlFlow::Continue(())).unwrap();
            let update =
                "UPDATE message SET visibility = ?2, folder = ?3, modified_on = ?4 WHERE id IN rarray(?1)";
            let set = |visibility: i64, folder: i64| {
                conn.execute(update, params![array, visibility, folder, LATEST.timestamp_micros()]).unwrap();
            };
            best.1 = best.1.min(timed(&mut || set(1, 3)));
            set(0, 1);
        }
        line(&format!("archive {count}, with counts and undo"), best);
    }
}

fn imports(messages: u64, folder: &Path) {
    let file = folder.join("backup.xml");
    write_backup(&file, messages);
    let path = |name: &str, round: u32| -> PathBuf { folder.join(format!("{name}-{round}.db")) };
    let mut best = (Duration::MAX, Duration::MAX);
    for round in 0..2 {
        let mut store = Store::create(&path("import", round), settings()).unwrap();
        let mut dice = Dice::seeded(1);
        best.0 = best.0.min(timed(&mut || {
            let watch = Watch::default();
            let options = Options::default();
            let source = open(&file, &options, &watch).unwrap();
            import(source, &options, &mut store, Clock::set_to(LATEST), &mut dice, &watch, None).unwrap();
        }));
        let rows = rows_of(&store);
        drop(store);
        let bare = path("bare", round);
        drop(Store::create(&bare, settings()).unwrap());
        make_bare(&bare.clone(), &path("empty", round));
        let conn = open_bare(&path("empty", round));
        best.1 = best.1.min(timed(&mut || insert_bare(&conn, &rows)));
    }
    line(&format!("import {messages} messages, with search index"), best);
    let rate = messages as f64 / best.0.as_secs_f64();
    eprintln!("import: {rate:.0} messages a second");
}

/// What `sqlite3 -csv` is asked for: the same columns of the same rows, in the same order.
const TABLE: &str = "SELECT datetime(m.created_on / 1000000, 'unixepoch') AS Date, hex(c.uuid) AS \"Contact UUID\",
      c.name AS \"Contact Name\", substr(u.identity, 1, instr(u.identity, ':') - 1) AS \"URN Scheme\",
      substr(u.identity, instr(u.identity, ':') + 1) AS \"URN Value\", f.name AS Flow, m.direction AS Direction,
      m.text AS Text, m.attachments AS Attachments, m.status AS Status, ch.name AS Channel,
      (SELECT group_concat(l.name, ', ') FROM message_label x JOIN label l ON l.id = x.label_id
       WHERE x.message_id = m.id) AS Labels, m.folder AS Folder
    FROM message m JOIN contact c ON c.id = m.contact_id LEFT JOIN contact_urn u ON u.id = m.urn_id
    LEFT JOIN channel ch ON ch.id = m.channel_id LEFT JOIN flow f ON f.id = m.flow_id
    WHERE m.folder <> 0 ORDER BY m.search_key";

/// Every message as a table, against SQLite's own shell; where there is none nothing is compared.
fn exports(ours: &Path, folder: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let wanted = Wanted {
        place: None,
        query: Query::default(),
        only: recado::export::Only::All,
        fields: Vec::new(),
        groups: Vec::new(),
    };
    let shell = || {
        let out = fs::File::create(folder.join("shell.csv")).unwrap();
        let ran = Command::new("sqlite3").args(["-header", "-csv"]).arg(ours).arg(TABLE).stdout(out).status();
        ran.is_ok_and(|status| status.success())
    };
    if !shell() {
        eprintln!("export: there is no sqlite3 to compare with");
        return;
    }
    let mut rows = 0;
    let both = in_turns(
        2,
        || {
            let mut out = fs::File::create(folder.join("ours.csv")).unwrap();
            rows = export(&store, &wanted, export::Format::Csv, &mut out, &export::Watch::default())
                .unwrap()
                .rows();
        },
        || assert!(shell()),
    );
    line(&format!("export {rows} messages as csv, against `sqlite3 -csv`"), both);
}

/// The backup of a phone with so many messages.
fn write_backup(file: &Path, messages: u64) {
    let mut text = String::from("<smses>\n");
    let day = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    for n in 0..messages {
        let date = day.timestamp_millis() + i64::try_from(n).unwrap() * 60_000;
        let number = 3_000_000_000_u64 + n * 7919 % 5000;
        let body = format!("hola, quisiera {n} panes y {} cruasanes para el pedido {}", n % 40, n % 9973);
        writeln!(text, "<sms address=\"+57{number}\" date=\"{date}\" type=\"1\" body=\"{body}\" contact_name=\"Ana {number}\" />").unwrap();
    }
    text.push_str("</smses>\n");
    fs::write(file, text).unwrap();
}

type BareRow = Vec<rusqlite::types::Value>;

/// What the import made, to be put in again by hand.
fn rows_of(store: &Store) -> (Vec<BareRow>, Vec<BareRow>, Vec<BareRow>, Vec<BareRow>) {
    let conn = Connection::open(store.path()).unwrap();
    let all = |table: &str| {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let rows =
            statement.query_map([], |row| (0..columns).map(|n| row.get(n)).collect::<Result<BareRow, _>>());
        rows.unwrap().map(Result::unwrap).collect()
    };
    (all("contact"), all("contact_urn"), all("message"), all("status_change"))
}

/// The same rows with the same indexes and the same search index, in one transaction, by plain statements.
fn insert_bare(
    conn: &Connection,
    (contacts, urns, messages, steps): &(Vec<BareRow>, Vec<BareRow>, Vec<BareRow>, Vec<BareRow>),
) {
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    for (table, rows) in
        [("contact", contacts), ("contact_urn", urns), ("message", messages), ("status_change", steps)]
    {
        let places = vec!["?"; rows.first().map_or(0, Vec::len)].join(", ");
        let mut statement = conn.prepare(&format!("INSERT INTO {table} VALUES({places})")).unwrap();
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row)).unwrap();
        }
    }
    conn.execute_batch(
        "INSERT INTO message_fts(rowid, document) SELECT search_key, text FROM message; COMMIT",
    )
    .unwrap();
}

/// A key in a full folder: from the key to the drawn frame, with the page that it needs read in between.
fn keys(ours: &Path) {
    let store = Store::open(ours, Access::Read).unwrap();
    let keymap = Keymap::standard();
    let look = Look { theme: Theme::dark(), texts: Texts::new(Lang::Es), keymap: keymap.clone() };
    let mut model = Model::new(LATEST, Size { width: 120, height: 40 }, store.zone(), false);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let run = |model: &mut Model, effects: Vec<Effect>| {
        let mut waiting = effects;
        while let Some(effect) = waiting.pop() {
            if let Effect::Read(read) = effect {
                let event = worker::answer(&store, &read, model.now).unwrap();
                waiting.extend(update::update(model, &keymap, event));
            }
        }
    };
    let effects = update::start(&mut model, &keymap);
    run(&mut model, effects);
    for (what, code) in [("next message", 'j'), ("another folder", '5'), ("last message", 'G')] {
        let mut best = Duration::MAX;
        let mut worst = Duration::ZERO;
        for _ in 0..50 {
            let effects = update::update(&mut model, &keymap, Event::Key(KeyEvent::from(KeyCode::Char('1'))));
            run(&mut model, effects);
            let time = timed(&mut || {
                let effects =
                    update::update(&mut model, &keymap, Event::Key(KeyEvent::from(KeyCode::Char(code))));
                run(&mut model, effects);
                terminal.draw(|frame| view(&model, &look, frame)).unwrap();
            });
            (best, worst) = (best.min(time), worst.max(time));
        }
        println!("| key to frame: {what} | {} (at worst {}) | | |", shown(best), shown(worst));
    }
}
