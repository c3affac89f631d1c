//! The pictures of the README, made from the real program in a pseudo-terminal:
//!
//! ```sh
//! cargo build --release && cargo run --release --example pictures
//! ```
//!
//! `assets/screen.svg` is one screen; `assets/tour.svg` shows triage, an answer and a schedule, as frames that follow each
//! other. The clock and all chance are fixed, so that the same program makes the same pictures.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a tool that cannot go on says where")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use unicode_width::UnicodeWidthStr;

/// The size of the terminal.
const COLUMNS: u16 = 124;
const ROWS: u16 = 30;

/// The size of a cell, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);

/// How long a text may take to come.
const LIMIT: Duration = Duration::from_secs(20);

/// The story: keys, a text that comes of them, and how long that is looked at, in seconds.
const STORY: &[(&str, &str, f64)] = &[
    ("", "Don Jorge", 2.0),
    ("j", "2 / 28", 0.5),
    ("j", "3 / 28", 0.5),
    ("a", "1 archived", 1.6),
    ("z", "taken back", 1.4),
    ("gr", "Reply to", 0.7),
    ("On my way", "On my way", 0.6),
    (", five minutes", "five minutes", 1.2),
    ("\x13", "leaves in", 1.8),
    ("c", "New message", 0.8),
    ("luc", "Lucía Fernández  ", 1.0),
    ("\t", "1 part", 0.4),
    ("The cake is ready 🎂", "ready", 1.0),
    ("\x14", "March 2026", 1.2),
    ("monday 9:30, weekly", "Mar 30 9:30 AM", 1.8),
    ("\x13", "scheduled for", 1.0),
    ("7", "The cake is ready 🎂", 2.2),
    (":", "Commands", 0.8),
    ("tot", "totals", 1.2),
    ("\r", "Messages a day", 2.4),
];

type Shared = Arc<(Mutex<vt100::Parser>, Condvar)>;

fn main() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let home = tempfile::TempDir::new().unwrap();
    let program = program();
    let made = std::process::Command::new(&program)
        .args(["demo", "--no-ui", "--db"])
        .arg(home.path().join("shop.db"))
        .env_clear()
        .envs(variables(home.path()))
        .status()
        .unwrap();
    assert!(made.success(), "{} cannot be run; cargo build --release makes it", program.display());
    let mut frames = Vec::new();
    let pty = native_pty_system()
        .openpty(PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 })
        .unwrap();
    let mut command = CommandBuilder::new(&program);
    command.env_clear();
    for (name, value) in variables(home.path()) {
        command.env(name, value);
    }
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let cells = |n: u16| std::num::NonZero::new(n).unwrap();
    let shared: Shared =
        Arc::new((Mutex::new(vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0)), Condvar::new()));
    let mut output = pty.master.try_clone_reader().unwrap();
    let reading = Arc::clone(&shared);
    std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            reading.0.lock().unwrap().process(&bytes[..read]);
            reading.1.notify_all();
        }
    });
    let mut keys = pty.master.take_writer().unwrap();
    for (typed, wanted, seconds) in STORY {
        keys.write_all(typed.as_bytes()).unwrap();
        keys.flush().unwrap();
        frames.push((frame(&wait_for(&shared, wanted)), *seconds));
    }
    child.kill().unwrap();
    let _ = child.wait();
    let first = frames.first().unwrap().0.clone();
    fs::write(assets.join("screen.svg"), picture(&first)).unwrap();
    fs::write(assets.join("tour.svg"), tour(&frames)).unwrap();
    println!("{} and {} are made", assets.join("screen.svg").display(), assets.join("tour.svg").display());
}

/// The program, built beside this one.
fn program() -> PathBuf {
    let me = std::env::current_exe().unwrap();
    me.parent().unwrap().parent().unwrap().join("recado")
}

fn variables(home: &Path) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("HOME", home.display().to_string()),
        ("RECADO_DB", home.join("shop.db").display().to_string()),
        ("RECADO_NOW", "2026-03-02T17:00:00Z".to_owned()),
        ("RECADO_SEED", "7".to_owned()),
        ("TZ", "America/Bogota".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
        ("COLORTERM", "truecolor".to_owned()),
        ("COLORFGBG", "15;0".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
    ])
}

/// Waits for a text, and for the rest of its frame: until nothing came for a while.
fn wait_for(shared: &Shared, wanted: &str) -> vt100::Screen {
    let end = Instant::now() + LIMIT;
    let (parser, changed) = &**shared;
    let mut parser = parser.lock().unwrap();
    loop {
        let is_there = parser.screen().contents().contains(wanted);
        let patience = if is_there { Duration::from_millis(120) } else { Duration::from_secs(1) };
        let (held, timeout) = changed.wait_timeout(parser, patience).unwrap();
        parser = held;
        if is_there && timeout.timed_out() {
            return parser.screen().clone();
        }
        assert!(Instant::now() < end, "{wanted:?} did not come:\n{}", parser.screen().contents());
    }
}

/// A screen as SVG: backgrounds, then letters, run by run.
fn frame(screen: &vt100::Screen) -> String {
    let (mut back, mut text) = (String::new(), String::new());
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let Some(cell) = screen.cell(row, column) else { break };
            let look = look(cell);
            let (start, mut run) = (column, String::new());
            while let Some(next) =
                screen.cell(row, column).filter(|next| column < COLUMNS && self::look(next) == look)
            {
                if next.is_wide_continuation() {
                    column += 1;
                    continue;
                }
                let contents = next.contents();
                run.push_str(if contents.is_empty() { " " } else { contents });
                column += 1;
            }
            let (x, y) = (f64::from(start) * CELL.0, f64::from(row) * CELL.1);
            let width = f64::from(column - start) * CELL.0;
            if let Some(colour) = &look.back {
                let _ = write!(
                    back,
                    r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{colour}"/>"#,
                    CELL.1
                );
            }
            let shown = run.trim_end();
            if !shown.is_empty() {
                let indent = shown.len() - shown.trim_start().len();
                let x = x + indent as f64 * CELL.0;
                let shown = shown.trim_start();
                let wide = shown.width() as f64 * CELL.0;
                let bold = if look.bold { r#" font-weight="bold""# } else { "" };
                let line = if look.underline { r#" text-decoration="underline""# } else { "" };
                let _ = write!(
                    text,
                    r#"<text x="{x:.1}" y="{:.1}" textLength="{wide:.1}" fill="{}"{bold}{line}>{}</text>"#,
                    y + CELL.1 * 0.75,
                    look.fore,
                    escaped(shown)
                );
            }
        }
    }
    back + &text
}

#[derive(PartialEq)]
struct Look {
    fore: String,
    back: Option<String>,
    bold: bool,
    underline: bool,
}

fn look(cell: &vt100::Cell) -> Look {
    let (mut fore, mut back) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
    if cell.inverse() {
        (fore, back) = (back.or(Some(BACK.to_owned())), fore.or(Some(FORE.to_owned())));
    }
    let fore = fore.unwrap_or_else(|| if cell.dim() { "#8b929c".to_owned() } else { FORE.to_owned() });
    Look { fore, back, bold: cell.bold(), underline: cell.underline() }
}

/// The colours of the terminal itself.
const BACK: &str = "#16181d";
const FORE: &str = "#d6dae0";

fn colour(colour: vt100::Color) -> Option<String> {
    const NAMED: [&str; 16] = [
        "#1f2228", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d6dae0", "#5c6370",
        "#ef7f88", "#a9d48a", "#f0d08f", "#7cc0ff", "#d990ee", "#6cc9d5", "#ffffff",
    ];
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(n) => Some(NAMED.get(usize::from(n)).unwrap_or(&FORE).to_string()),
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn head(style: &str) -> String {
    let (width, height) = (f64::from(COLUMNS) * CELL.0 + 24.0, f64::from(ROWS) * CELL.1 + 24.0);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve"><style>{style}</style><rect width="100%" height="100%" rx="8" fill="{BACK}"/><g transform="translate(12 12)">"#
    )
}

fn picture(frame: &str) -> String {
    format!("{}{frame}</g></svg>\n", head(""))
}

/// The frames one after the other, for ever.
fn tour(frames: &[(String, f64)]) -> String {
    let whole: f64 = frames.iter().map(|(_, seconds)| seconds).sum();
    let mut style = format!(".f{{visibility:hidden;animation:{whole:.1}s step-end infinite}}");
    let (mut body, mut begun) = (String::new(), 0.0);
    for (n, (frame, seconds)) in frames.iter().enumerate() {
        let (from, to) = (begun / whole * 100.0, (begun + seconds) / whole * 100.0);
        let _ = write!(
            style,
            "@keyframes k{n}{{0%{{visibility:hidden}}{from:.3}%{{visibility:visible}}{to:.3}%{{visibility:hidden}}}}.k{n}{{animation-name:k{n}}}"
        );
        let _ = write!(body, r#"<g class="f k{n}">{frame}</g>"#);
        begun += seconds;
    }
    format!("{}{body}</g></svg>\n", head(&style))
}
