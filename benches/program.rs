//! The whole program in a pseudo-terminal: from its start to the first screen, and from a key to the frame that answers
//! it: quiet, while another process imports into the same workspace, and while the engine beside the screen sends.

#[path = "../tests/pty/recado.rs"]
#[allow(dead_code, reason = "the stories need more of it")]
mod recado;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use self::recado::{Home, Recado};
use ::recado::store::{Access, Store};

use super::sending::{self, Taking};
use super::{shown, write_backup};

/// What terminals answer to what they are asked: a dark background, and their kind.
const ANSWERS: &[u8] = b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\\x1b[?62;22c";

/// Keys that are timed, one after the other.
const KEYS: u32 = 300;

/// Prints a line for each of these.
pub fn program(workspace: &Path, folder: &Path) {
    let home = copied(workspace);
    first_screen(&home);
    let mut app = open(&home);
    keys(&mut app, "key to frame, through the terminal");
    drop(app);

    let backup = folder.join("while.xml");
    write_backup(&backup, 400_000);
    let mut import = home.command(&["import", backup.to_str().unwrap()]);
    let mut import = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut app = open(&home);
    keys(&mut app, "the same while another process imports");
    assert!(import.try_wait().unwrap().is_none(), "the import was over before the keys were");
    import.kill().unwrap();
    import.wait().unwrap();
    if let Some(memory) = peak_memory(app.id()) {
        println!("| memory of the screen at its peak, in that time | {memory} | | |");
    }
    drop(app);
    while_sending(workspace);
}

/// A home with a copy of a workspace. It is on the disk before anything is timed: flushing it would be what is measured.
fn copied(workspace: &Path) -> Home {
    let home = Home::new();
    fs::copy(workspace, home.db()).unwrap();
    settled(&home);
    home
}

fn settled(home: &Home) {
    fs::File::open(home.db()).unwrap().sync_all().unwrap();
}

/// Messages that wait to be sent while keys are timed: more than leave in that time.
const WAITING: u64 = 60_000;

/// Keys while the engine of the same program sends as fast as it can.
fn while_sending(workspace: &Path) {
    let home = copied(workspace);
    let gateway = Taking::start();
    let mut store = Store::open(&home.db(), Access::Write).unwrap();
    let channel = sending::channel(&mut store, &gateway);
    let now = "2026-03-02T17:00:00Z".parse().unwrap();
    sending::queue(&mut store, channel, WAITING, now, None);
    store.tidy().unwrap();
    settled(&home);
    let mut app = open(&home);
    let (begun, before) = (Instant::now(), gateway.taken());
    keys(&mut app, "the same while its engine sends");
    let sent = gateway.taken() - before;
    assert!(sent > 0 && gateway.taken() < WAITING, "it sent {sent} meanwhile");
    eprintln!("sent meanwhile: {:.0} messages a second", sent as f64 / begun.elapsed().as_secs_f64());
}

fn open(home: &Home) -> Recado {
    let mut app = Recado::start(home, &[], 120, 40);
    app.send(ANSWERS);
    app.wait_for("1 / ");
    app
}

fn first_screen(home: &Home) {
    let times = (0..20).map(|_| {
        let start = Instant::now();
        let app = open(home);
        let time = start.elapsed();
        drop(app);
        time
    });
    spread("first screen, from the start of the program", times.collect());
}

fn keys(app: &mut Recado, what: &str) {
    let times = (2..=KEYS).map(|row| {
        let start = Instant::now();
        app.press("j");
        app.wait_for(&format!(" {row} / "));
        start.elapsed()
    });
    spread(what, times.collect());
}

fn spread(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let part = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("| {what}: median, 99 of 100 | {}, {} | | |", shown(part(50)), shown(part(99)));
}

/// The most memory that a process has held, where the system tells.
fn peak_memory(process: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(format!("{} MB", kilobytes / 1024))
}
