//! One file, mutated and imported: nothing falls over, nothing is lost without a word, nothing comes twice, nothing is sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{TimeZone, Utc};
use fastrand::Rng;
use recado::clock::{Clock, Dice};
use recado::domain::Time;
use recado::domain::contact::Country;
use recado::domain::folder::Folder;
use recado::domain::listing::{At, Place, Row, View};
use recado::domain::message::{Direction, Status};
use recado::domain::query::Query;
use recado::export::{self, Only, Wanted, export};
use recado::import::{
    DateOrder, ImportError, Options, Problem, Record, Summary, Watch, import, open, rehearse,
};
use recado::store::{Access, Settings, Store, Text, is_storable};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::mutate::{gunzip, gzip, mutated, unzip, zip};

/// So long may one reading of a file take, of files of some hundred kilobytes.
const LONGEST: Duration = Duration::from_secs(5);

/// So much may the memory grow by a file.
const MOST_MEMORY: u64 = 100 << 20;

/// The samples that are mutated: what they are called here, where they lie, and under what name they are imported.
pub const SUBJECTS: [(&str, &str, &str); 13] = [
    ("sms-backup", "sms_backup.xml", "sms.xml"),
    ("calls-backup", "calls_backup.xml", "calls.xml"),
    ("rapidpro-archive", "rapidpro_archive.jsonl", "a.jsonl"),
    ("rapidpro-archive-gz", "rapidpro_archive.jsonl.gz", "a.jsonl.gz"),
    ("rapidpro-export-xlsx", "rapidpro_messages_export.xlsx", "e.xlsx"),
    ("rapidpro-export-csv", "rapidpro_messages_export_old.csv", "e.csv"),
    ("asterisk", "asterisk_cdr.csv", "Master.csv"),
    ("freeswitch", "freeswitch_cdr.csv", "Master.csv"),
    ("whatsapp-es", "whatsapp_chat_es.txt", "Chat de WhatsApp con Ana.txt"),
    ("whatsapp-pt", "whatsapp_chat_pt_ios.txt", "_chat.txt"),
    ("whatsapp-en", "whatsapp_chat_en_us.txt", "WhatsApp Chat with Kofi.txt"),
    ("whatsapp-zip", "whatsapp_chat_es.txt", "WhatsApp Chat - Ana.zip"),
    ("recado", "", "all.jsonl"),
];

/// What is read from the samples once.
pub struct Corpus {
    /// What is mutated, for each subject: of packed files the packed bytes.
    originals: Vec<Vec<u8>>,
    /// The texts of all of them, from which pieces are taken.
    texts: Vec<Vec<u8>>,
    /// An empty workspace.
    empty: Vec<u8>,
}

fn settings() -> Settings {
    Settings { uuid: Uuid::from_u128(1), country: None, zone: chrono_tz::America::Bogota }
}

pub fn now() -> Time {
    Utc.with_ymd_and_hms(2026, 3, 2, 17, 0, 0).unwrap()
}

/// Lines that no import of the other samples gives.
const OWN_LINES: &str = r#"
{"kind":"group","uuid":"00000000-0000-4000-8000-0000000000a1","name":"Clientes"}
{"kind":"label","uuid":"00000000-0000-4000-8000-0000000000a2","name":"Urgente"}
{"kind":"contact","uuid":"00000000-0000-4000-8000-0000000000a3","name":"Íñigo","status":"active","language":"spa","urns":[{"urn":"tel:+593987654321"},{"urn":"telegram:77","display":"inigo"}],"fields":{"ciudad":"Quito"},"groups":["Clientes"],"created_on":"2024-01-01T00:00:00Z","last_seen_on":"2024-02-01T00:00:00Z"}
{"kind":"schedule","uuid":"00000000-0000-4000-8000-0000000000a4","text":"Hola @contact.name","to":[{"contact":{"uuid":"00000000-0000-4000-8000-0000000000a3","name":"Íñigo"}},{"group":{"uuid":"00000000-0000-4000-8000-0000000000a1","name":"Clientes"}},{"label":{"uuid":"00000000-0000-4000-8000-0000000000a2","name":"Urgente"}}],"repeat":"weekly:mon,thu","hour":9,"minute":30,"next_fire":"2026-03-05T14:30:00Z","last_fire":"2026-03-02T14:30:00Z","created_on":"2024-01-01T00:00:00Z"}
{"kind":"schedule","uuid":"00000000-0000-4000-8000-0000000000a5","text":"Feliz año","to":[{"group":{"uuid":"00000000-0000-4000-8000-0000000000a1","name":"Clientes"}}],"repeat":"yearly","hour":0,"minute":0,"month":2,"day":29,"next_fire":"2028-02-29T05:00:00Z","created_on":"2024-01-01T00:00:00Z"}
{"kind":"message","uuid":"00000000-0000-4000-8000-0000000000a6","contact":{"uuid":"00000000-0000-4000-8000-0000000000a3","name":"Íñigo"},"urn":"tel:+593987654321","channel":{"uuid":"00000000-0000-4000-8000-0000000000a7","name":"SMS"},"flow":null,"direction":"out","type":"text","status":"queued","visibility":"visible","unread":false,"text":"pendiente","attachments":[{"content_type":"image/png","url":"https://x.example/a.png"}],"labels":[{"uuid":"00000000-0000-4000-8000-0000000000a2","name":"Urgente"}],"error_count":2,"created_on":"2024-01-02T00:00:00Z","modified_on":"2024-01-02T00:00:01Z","history":[{"at":"2024-01-02T00:00:00Z","status":"queued","cause":"composed"}],"import_key":"ffeeddccbbaa9988"}
"#;

impl Corpus {
    pub fn read(samples: &Path) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("empty.db");
        drop(Store::create(&path, settings()).unwrap());
        let empty = fs::read(&path).unwrap();
        let mut originals = Vec::new();
        let mut texts = Vec::new();
        let mut store = Store::open(&path, Access::Write).unwrap();
        for (name, sample, called) in SUBJECTS {
            if name == "recado" {
                continue;
            }
            let mut bytes = fs::read(samples.join(sample)).unwrap();
            match name {
                "rapidpro-archive-gz" => texts.push(gunzip(&bytes)),
                "rapidpro-export-xlsx" => texts.extend(unzip(&bytes).into_iter().map(|(_, content)| content)),
                "whatsapp-zip" => {
                    let picture = ("00000001-PHOTO-2023-05-01.jpg".to_owned(), vec![0xFF, 0xD8, 0xFF, 0xE0]);
                    bytes = zip(&[("_chat.txt".to_owned(), bytes), picture]);
                }
                _ => texts.push(bytes.clone()),
            }
            let at = folder.path().join(called);
            fs::write(&at, &bytes).unwrap();
            let options = Options { me: me_of(name), ..Options::default() };
            read_in(&at, &options, &mut store, 1).unwrap();
            originals.push(bytes);
        }
        let mut own = Vec::new();
        let wanted = Wanted {
            place: None,
            query: Query::default(),
            fields: Vec::new(),
            groups: Vec::new(),
            only: Only::All,
        };
        export(&store, &wanted, export::Format::Jsonl, &mut own, &export::Watch::default()).unwrap();
        // A handful of each kind is as strange as all of them.
        let lines: Vec<&[u8]> = own.split_inclusive(|byte| *byte == b'\n').collect();
        let step = lines.len() / 150 + 1;
        let mut own: Vec<u8> = lines.into_iter().step_by(step).flatten().copied().collect();
        own.extend_from_slice(OWN_LINES.trim_start().as_bytes());
        texts.push(own.clone());
        originals.push(own);
        Self { originals, texts, empty }
    }

    /// Pieces of text of all samples.
    pub fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }

    /// An empty workspace of its own.
    pub fn workspace(&self, path: &Path) -> Store {
        fs::write(path, &self.empty).unwrap();
        Store::open(path, Access::Write).unwrap()
    }

    /// The bytes of a round.
    pub fn mutated(&self, rng: &mut Rng, subject: usize) -> Vec<u8> {
        let original = &self.originals[subject];
        match SUBJECTS[subject].0 {
            "rapidpro-archive-gz" if rng.u8(..3) > 0 => {
                let content = mutated(rng, &gunzip(original), &self.texts);
                let mut packed = gzip(rng, &content);
                if rng.u8(..4) == 0 {
                    packed = mutated(rng, &packed, &self.originals);
                }
                packed
            }
            "rapidpro-export-xlsx" | "whatsapp-zip" if rng.u8(..4) > 0 => {
                let mut files = unzip(original);
                for _ in 0..rng.usize(1..3) {
                    let n = rng.usize(..files.len());
                    files[n].1 = mutated(rng, &files[n].1, &self.texts);
                }
                if rng.u8(..8) == 0 {
                    let n = rng.usize(..files.len());
                    files.remove(n);
                }
                zip(&files)
            }
            "rapidpro-archive-gz" | "rapidpro-export-xlsx" | "whatsapp-zip" => {
                mutated(rng, original, &self.originals)
            }
            _ => mutated(rng, original, &self.texts),
        }
    }
}

fn me_of(subject: &str) -> Option<String> {
    Some(match subject {
        "whatsapp-es" | "whatsapp-zip" => "Luis".to_owned(),
        "whatsapp-pt" => "João da Silva".to_owned(),
        "whatsapp-en" => "Pat".to_owned(),
        _ => return None,
    })
}

fn options(rng: &mut Rng, subject: usize) -> Options {
    let zones = [
        chrono_tz::UTC,
        chrono_tz::America::Guayaquil,
        chrono_tz::America::Sao_Paulo,
        chrono_tz::America::New_York,
        chrono_tz::Pacific::Apia,
        chrono_tz::Africa::Monrovia,
    ];
    let me = me_of(SUBJECTS[subject].0);
    Options {
        country: if rng.bool() { Country::from_code("BR") } else { None },
        me: if rng.u8(..16) == 0 { None } else { me },
        read: rng.u8(..8) == 0,
        zone: zones[rng.usize(..zones.len())],
        date_order: if rng.u8(..4) == 0 { Some(DateOrder::ALL[rng.usize(..3)]) } else { None },
        ..Options::default()
    }
}

fn read_in(path: &Path, options: &Options, store: &mut Store, seed: u64) -> Result<Summary, ImportError> {
    let watch = Watch::default();
    let source = open(path, options, &watch)?;
    import(source, options, store, Clock::set_to(now()), &mut Dice::seeded(seed), &watch, None)
}

/// What a round came to, for the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Something came in.
    In,
    /// The file was read, and nothing of it came in.
    Empty,
    /// The file was refused.
    Refused,
}

/// A round's own folder, with the file in it.
pub struct Round {
    pub folder: PathBuf,
    pub file: PathBuf,
    pub options: Options,
}

impl Round {
    /// Prepares a round: the file is there before anything reads it.
    pub fn prepare(corpus: &Corpus, rng: &mut Rng, subject: usize, folder: &Path) -> Self {
        let bytes = corpus.mutated(rng, subject);
        let folder = folder.join("round");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(SUBJECTS[subject].2);
        fs::write(&file, bytes).unwrap();
        Self { folder, file, options: options(rng, subject) }
    }

    /// Runs it; an error is what should not be.
    pub fn run(&self, corpus: &Corpus, rng: &mut Rng) -> Result<Came, String> {
        let path = self.folder.join("w.db");
        let mut store = corpus.workspace(&path);
        let memory = Memory::now();
        let began = Instant::now();
        let summary = self.import(&mut store, 1)?;
        let took = began.elapsed();
        if took > LONGEST {
            return Err(format!("an import took {took:?}"));
        }
        if let Some(grown) = memory.grown().filter(|grown| *grown > MOST_MEMORY) {
            return Err(format!("the memory grew by {} MB", grown >> 20));
        }
        let rows = rows(&store)?;
        if let Some(summary) = &summary {
            adds_up(summary, &rows)?;
        }
        is_sound(&store, &path)?;
        self.nothing_comes_twice(&mut store, rows.len())?;
        self.rehearsal_tells_the_same(&store, summary.as_ref(), &rows)?;
        if rng.u8(..4) == 0 {
            comes_out_and_in_again(corpus, &store, &rows, &self.folder)?;
        }
        Ok(match summary {
            None => Came::Refused,
            Some(summary) if summary.imported == 0 => Came::Empty,
            Some(_) => Came::In,
        })
    }

    /// Imports the file; none when it is refused for a good reason.
    fn import(&self, store: &mut Store, seed: u64) -> Result<Option<Summary>, String> {
        match read_in(&self.file, &self.options, store, seed) {
            Ok(summary) => Ok(Some(summary)),
            Err(ImportError::Store(error)) => Err(format!("the workspace refused: {error}")),
            Err(_) => Ok(None),
        }
    }

    fn nothing_comes_twice(&self, store: &mut Store, before: usize) -> Result<(), String> {
        let summary = self.import(store, 2)?;
        let more = summary.map_or(0, |summary| summary.imported);
        let after = rows(store)?.len();
        if more == 0 && after == before {
            return Ok(());
        }
        Err(format!("a second time {more} came in, and {before} rows became {after}"))
    }

    fn rehearsal_tells_the_same(
        &self,
        store: &Store,
        summary: Option<&Summary>,
        rows: &[Seen],
    ) -> Result<(), String> {
        let mut told = Vec::new();
        let watch = Watch::default();
        let clock = Clock::set_to(now());
        let rehearsed = open(&self.file, &self.options, &watch).and_then(|source| {
            rehearse(
                source,
                &self.options,
                None,
                clock,
                &watch,
                &mut |_, record| {
                    told.push(Seen::of_record(record));
                    Ok(())
                },
                None,
            )
        });
        let rehearsed = match rehearsed {
            Ok(rehearsed) => Some(rehearsed),
            Err(ImportError::Store(error)) => {
                return Err(format!("the rehearsal's workspace refused: {error}"));
            }
            Err(_) => None,
        };
        let figures =
            |summary: &Summary| (summary.seen, summary.imported, summary.duplicates, summary.errors.clone());
        if rehearsed.as_ref().map(figures) != summary.map(figures) {
            return Err(format!("the rehearsal came to {rehearsed:?}\nand the import to {summary:?}"));
        }
        told.sort();
        if told != rows {
            let other = told.iter().zip(rows).find(|(told, row)| told != row);
            return Err(format!("{} were told and {} came in; {other:?}", told.len(), rows.len()));
        }
        let mut new = 0;
        let again = open(&self.file, &self.options, &watch).and_then(|source| {
            rehearse(
                source,
                &self.options,
                Some(store),
                clock,
                &watch,
                &mut |_, _| {
                    new += 1;
                    Ok(())
                },
                None,
            )
        });
        match again {
            Err(ImportError::Store(error)) => {
                Err(format!("the second rehearsal's workspace refused: {error}"))
            }
            _ if new > 0 => Err(format!("{new} would come in a second time")),
            _ => Ok(()),
        }
    }
}

/// What is compared of a row and of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    kind: &'static str,
    direction: &'static str,
    status: String,
    times: Vec<Option<Time>>,
    text: String,
    attachments: Vec<String>,
    urn: Option<String>,
}

impl Seen {
    fn of_record(record: &Record) -> Self {
        match record {
            Record::Message(message) => Self {
                kind: "message",
                direction: message.direction.name(),
                status: message.status.name().to_owned(),
                times: vec![Some(micros(message.time)), message.sent_time.map(micros)],
                text: message.text.clone(),
                attachments: message.attachments.iter().map(|one| one.url.clone()).collect(),
                urn: None,
            },
            Record::Call(call) => Self {
                kind: "call",
                direction: call.direction.name(),
                status: format!("{} {}", call.outcome.name(), call.duration),
                times: vec![Some(micros(call.time))],
                text: String::new(),
                attachments: Vec::new(),
                urn: None,
            },
            Record::Schedule(schedule) => Self {
                kind: "schedule",
                direction: "",
                status: format!("{:?}", schedule.timing),
                times: vec![schedule.next_fire.map(micros), schedule.last_fire.map(micros)],
                text: schedule.text.clone(),
                attachments: Vec::new(),
                urn: None,
            },
            Record::Contact(_) | Record::Label(_) | Record::Group(_) => Self {
                kind: "beside",
                direction: "",
                status: String::new(),
                times: Vec::new(),
                text: String::new(),
                attachments: Vec::new(),
                urn: None,
            },
        }
    }

    fn of_row(row: &Row) -> Self {
        match row {
            Row::Message(row) => Self {
                kind: "message",
                direction: row.message.standing.direction.name(),
                status: row.message.standing.status.name().to_owned(),
                times: vec![Some(row.message.created_on), row.message.sent_on],
                text: row.message.text.clone(),
                attachments: row.message.attachments.iter().map(|one| one.url.clone()).collect(),
                urn: None,
            },
            Row::Call(row) => Self {
                kind: "call",
                direction: row.call.direction.name(),
                status: format!("{} {}", row.call.outcome.name(), row.call.duration.unwrap_or(0)),
                times: vec![Some(row.call.occurred_on)],
                text: String::new(),
                attachments: Vec::new(),
                urn: None,
            },
            Row::Schedule(row) => Self {
                kind: "schedule",
                direction: "",
                status: format!("{:?}", row.schedule.timing),
                times: vec![row.schedule.next_fire, row.schedule.last_fire],
                text: row.schedule.text.clone(),
                attachments: Vec::new(),
                urn: None,
            },
        }
    }
}

/// A moment as exactly as it is kept.
fn micros(time: Time) -> Time {
    Time::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

const PLACES: [Place; 3] =
    [Place::Everywhere, Place::Folder(Folder::Calls), Place::Folder(Folder::Schedules)];

/// All rows of a workspace, sorted.
fn rows(store: &Store) -> Result<Vec<Seen>, String> {
    let mut all = Vec::new();
    for place in PLACES {
        let page = store.page(&View::of(place), At::First, 1_000_000, Text::Whole);
        let page = page.map_err(|error| format!("a page cannot be read: {error}"))?;
        for row in &page.rows {
            let seen = Seen::of_row(row);
            if let Some(time) = seen.times.iter().flatten().find(|time| !is_storable(**time)) {
                return Err(format!("{time} is no time that is kept: {seen:?}"));
            }
            if let Some(message) = row.message() {
                let waits = message.standing.direction == Direction::Out
                    && matches!(
                        message.standing.status,
                        Status::Initializing | Status::Queued | Status::Errored
                    );
                if waits || message.next_attempt.is_some() {
                    return Err(format!("an imported message waits to be sent: {message:?}"));
                }
                if !is_storable(message.modified_on) {
                    return Err(format!("{} is no time that is kept", message.modified_on));
                }
            }
            all.push(seen);
        }
    }
    all.sort();
    Ok(all)
}

/// What a summary says fits what is there, and itself.
fn adds_up(summary: &Summary, rows: &[Seen]) -> Result<(), String> {
    if summary.imported != rows.len() as u64 {
        return Err(format!("{} rows are there: {summary:?}", rows.len()));
    }
    let of_the_whole = |problem: &Problem| matches!(problem, Problem::BadChecksum | Problem::TrailingBytes);
    let errors = summary.errors.iter().filter(|(_, problem)| !of_the_whole(problem)).count() as u64;
    let fates = summary.imported
        + summary.duplicates
        + summary.skipped.values().sum::<u64>()
        + errors
        + summary.more_errors;
    // A multimedia message to a group is one for each recipient.
    let is_one_each = summary.format != Some(recado::import::Format::SmsBackup);
    // What is known of contacts and names is not counted, but what is wrong there is told.
    if fates < summary.seen || (is_one_each && fates != summary.seen) {
        return Err(format!("{} were seen and {fates} came to something: {summary:?}", summary.seen));
    }
    Ok(())
}

/// The workspace agrees with itself, and holds nothing that a terminal would obey.
fn is_sound(store: &Store, path: &Path) -> Result<(), String> {
    let report = store.examine().map_err(|error| format!("it cannot be examined: {error}"))?;
    if !report.findings.is_empty() {
        return Err(format!("the doctor finds {:?}", report.findings));
    }
    let counts = store.counts().map_err(|error| error.to_string())?;
    if counts.of(Folder::Outbox).total > 0 {
        return Err("something is in Outbox".to_owned());
    }
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let number = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    if number("SELECT count(*) FROM schedule WHERE paused = 0") > 0 {
        return Err("a schedule is not paused".to_owned());
    }
    for (table, column) in text_columns(&conn) {
        let mut statement = conn.prepare(&format!("SELECT \"{column}\" FROM \"{table}\"")).unwrap();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let text: Option<String> =
                row.get(0).map_err(|error| format!("{table}.{column} is no text: {error}"))?;
            let is_wrong = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
            if let Some(text) = text.filter(|text| text.contains(is_wrong)) {
                return Err(format!("{table}.{column} holds control characters: {text:?}"));
            }
        }
    }
    Ok(())
}

fn text_columns(conn: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
               WHERE t.type = 'table' AND c.type = 'TEXT' AND t.name NOT LIKE '%\\_fts%' ESCAPE '\\'";
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    columns.map(Result::unwrap).collect()
}

/// What came in can be written as recado's own lines, and these come in as the same.
fn comes_out_and_in_again(
    corpus: &Corpus,
    store: &Store,
    rows: &[Seen],
    folder: &Path,
) -> Result<(), String> {
    let wanted = Wanted {
        place: None,
        query: Query::default(),
        fields: Vec::new(),
        groups: Vec::new(),
        only: Only::All,
    };
    let mut out = Vec::new();
    export(store, &wanted, export::Format::Jsonl, &mut out, &export::Watch::default())
        .map_err(|error| format!("it cannot be exported: {error}"))?;
    if out.is_empty() {
        return Ok(());
    }
    for format in [export::Format::Csv, export::Format::Xlsx] {
        export(store, &wanted, format, &mut Vec::new(), &export::Watch::default())
            .map_err(|error| format!("it cannot be exported as {}: {error}", format.name()))?;
    }
    let file = folder.join("again.jsonl");
    fs::write(&file, &out).unwrap();
    let path = folder.join("again.db");
    let mut again = corpus.workspace(&path);
    let summary = read_in(&file, &Options::default(), &mut again, 3);
    let summary = match summary {
        Ok(summary) => summary,
        // Labels and groups alone are no records.
        Err(_) if rows.is_empty() => return Ok(()),
        Err(error) => return Err(format!("its own lines do not come in again: {error}")),
    };
    is_sound(&again, &path).map_err(|error| format!("out and in again: {error}"))?;
    let found = self::rows(&again)?;
    if found != rows || !summary.errors.is_empty() {
        let other = found.iter().zip(rows).find(|(found, row)| found != row);
        return Err(format!(
            "{} went out and {} came in again; {other:?}; {summary:?}",
            rows.len(),
            found.len()
        ));
    }
    Ok(())
}

/// How much memory the program holds at most; known on Linux only.
struct Memory(Option<u64>);

impl Memory {
    fn now() -> Self {
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self(figure("VmRSS:"))
    }

    fn grown(&self) -> Option<u64> {
        Some(figure("VmHWM:")?.saturating_sub(self.0?))
    }
}

fn figure(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}
