//! Looks for files that the importers stumble over, and for searches that find something else than a plain look does:
//!
//! ```sh
//! cargo run --release --example fuzz -- --seconds 600 [--seed N] [--keep FOLDER] [FORMAT...]
//! ```
//!
//! `--round N` runs one round again, and leaves its file and its workspace in the folder. Without a format all are tried in
//! turns; `search` is one of them. A finding is told with the seed and the round, and its file is kept.

#![allow(clippy::unwrap_used, reason = "a tool that cannot go on says where")]

#[path = "../tests/fuzz/mod.rs"]
mod fuzz;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fuzz::files::{Came, Corpus};

/// A round that takes so long hangs: the program says which one it is, and ends.
const HANGS: Duration = Duration::from_secs(120);

/// What was asked for.
struct Asked {
    seconds: u64,
    seed: u64,
    round: Option<u64>,
    folder: PathBuf,
    subjects: Vec<usize>,
}

fn main() -> ExitCode {
    let names = fuzz::subjects();
    let Some(asked) = asked(&names) else {
        eprintln!("fuzz [--seconds N] [--seed N] [--round N] [--keep FOLDER] [{}]", names.join("|"));
        return ExitCode::from(2);
    };
    std::fs::create_dir_all(&asked.folder).unwrap();
    std::panic::set_hook(Box::new(|_| {}));
    let corpus = Corpus::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples"));
    let running = Arc::new(Mutex::new((Instant::now(), String::new())));
    watch(Arc::clone(&running));
    let began = Instant::now();
    let mut figures: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    let mut findings = BTreeSet::new();
    let mut round = asked.round.unwrap_or(0);
    while asked.round.is_none_or(|only| only == round) && began.elapsed().as_secs() < asked.seconds {
        for &subject in &asked.subjects {
            let name = names[subject];
            *running.lock().unwrap() =
                (Instant::now(), format!("--seed {} --round {round} {name}", asked.seed));
            let [rounds, came_in, refused, found] = figures.entry(name).or_default();
            *rounds += 1;
            match fuzz::run(&corpus, asked.seed, subject, round, &asked.folder) {
                Ok(Came::In) => *came_in += 1,
                Ok(Came::Empty) => {}
                Ok(Came::Refused) => *refused += 1,
                Err(finding) => {
                    *found += 1;
                    let short: String = finding.chars().take(1500).collect();
                    println!("\n--seed {} --round {round} {name}\n  {short}", asked.seed);
                    if findings.insert(finding) {
                        keep(&asked.folder, &format!("{name}-{}-{round}", asked.seed));
                    }
                }
            }
        }
        round += 1;
    }
    println!("\n{} seconds\n| what | rounds | came in | refused | findings |", began.elapsed().as_secs());
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, [rounds, came_in, refused, found]) in &figures {
        println!("| {name} | {rounds} | {came_in} | {refused} | {found} |");
    }
    ExitCode::from(u8::from(!findings.is_empty()))
}

fn asked(names: &[&str]) -> Option<Asked> {
    let folder = std::env::temp_dir().join("recado-fuzz");
    let mut asked =
        Asked { seconds: 60, seed: fastrand::u64(..1 << 32), round: None, folder, subjects: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => asked.seconds = arguments.next()?.parse().ok()?,
            "--seed" => asked.seed = arguments.next()?.parse().ok()?,
            "--round" => asked.round = Some(arguments.next()?.parse().ok()?),
            "--keep" => asked.folder = arguments.next()?.into(),
            name => asked.subjects.push(names.iter().position(|one| *one == name)?),
        }
    }
    if asked.subjects.is_empty() {
        asked.subjects = (0..names.len()).collect();
    }
    Some(asked)
}

/// Keeps the file of a finding.
fn keep(folder: &Path, name: &str) {
    let Ok(files) = std::fs::read_dir(folder.join("round")) else { return };
    let is_work = |path: &Path| path.to_string_lossy().contains(".db") || path.ends_with("again.jsonl");
    for path in files.flatten().map(|file| file.path()).filter(|path| !is_work(path)) {
        let called = path.file_name().unwrap_or_default().to_string_lossy().replace(' ', "_");
        let _ = std::fs::copy(&path, folder.join(format!("{name}-{called}")));
    }
}

fn watch(running: Arc<Mutex<(Instant, String)>>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let (since, what) = running.lock().unwrap().clone();
            if since.elapsed() > HANGS {
                println!("\n{what}\n  it hangs");
                std::process::exit(1);
            }
        }
    });
}
