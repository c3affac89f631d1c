//! The program in a pseudo-terminal.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// Says why a story is skipped, past what the test harness keeps to itself.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// How long a text may take to come. Generous: the machines are shared.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A home of its own.
pub struct Home {
    pub folder: TempDir,
    started: AtomicU64,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), started: AtomicU64::new(0) }
    }

    /// The sample shop as the workspace.
    pub fn shop() -> Self {
        let home = Self::new();
        home.good(&["demo", "--no-ui", "--db", home.db().to_str().unwrap()]);
        home
    }

    /// So many messages of everyday traffic as the workspace.
    pub fn traffic(messages: u32) -> Self {
        let home = Self::new();
        let messages = messages.to_string();
        home.good(&[
            "demo",
            "--no-ui",
            "--db",
            home.db().to_str().unwrap(),
            "--messages",
            &messages,
            "--seed",
            "1",
        ]);
        home
    }

    pub fn db(&self) -> PathBuf {
        self.folder.path().join("w.db")
    }

    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.folder.path().display().to_string()),
            ("RECADO_DB", self.db().display().to_string()),
            ("RECADO_NOW", "2026-03-02T17:00:00Z".to_owned()),
            // Each program has chance of its own: two of them never make the same keys.
            ("RECADO_SEED", (7 + self.started.fetch_add(1, Ordering::Relaxed)).to_string()),
            ("TZ", "America/Bogota".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("COLORTERM", "truecolor".to_owned()),
            ("LANG", "en_US.UTF-8".to_owned()),
        ]
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recado"));
        command.args(arguments).env_clear().envs(self.variables()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn total(&self, folder: &str) -> u64 {
        let folders: serde_json::Value = serde_json::from_str(&self.good(&["folders", "--json"])).unwrap();
        let folders = folders["folders"].as_array().unwrap().clone();
        folders.iter().find(|there| there["id"] == folder).unwrap()["total"].as_u64().unwrap()
    }
}

fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

/// What sees the screen: a terminal that says something impossible of its size has one all the same.
fn seen_by(columns: u16, rows: u16) -> vt100::Parser {
    let (columns, rows) =
        (if columns == 0 { 80 } else { columns.min(1000) }, if rows == 0 { 24 } else { rows.min(500) });
    vt100::Parser::new(cells(rows), cells(columns), 0)
}

struct Shared {
    screen: Mutex<(vt100::Parser, Vec<u8>, bool)>,
    changed: Condvar,
}

/// The program, running.
pub struct Recado {
    shared: Arc<Shared>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// How many keys were pressed, without the words that were written.
    pub pressed: usize,
}

impl Recado {
    pub fn start(home: &Home, arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(home, arguments, columns, rows, &[])
    }

    pub fn start_with(
        home: &Home,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        more: &[(&str, &str)],
    ) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_recado")), home, arguments, columns, rows, more)
    }

    pub fn start_program(
        program: &Path,
        home: &Home,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        more: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in home.variables() {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shared = Arc::new(Shared {
            screen: Mutex::new((seen_by(columns, rows), Vec::new(), false)),
            changed: Condvar::new(),
        });
        let mut output = pair.master.try_clone_reader().unwrap();
        let reading = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            loop {
                let read = output.read(&mut bytes).unwrap_or(0);
                // A story that has failed has nothing more to see.
                let Ok(mut screen) = reading.screen.lock() else { return };
                screen.0.process(&bytes[..read]);
                screen.1.extend_from_slice(&bytes[..read]);
                screen.2 = read == 0;
                reading.changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { shared, keys, master: pair.master, child, pressed: 0 }
    }

    /// Types keys: letters as they are, others in angle brackets.
    pub fn press(&mut self, keys: &str) {
        let named = [
            ("<Enter>", "\r"),
            ("<Esc>", "\x1b"),
            ("<Tab>", "\t"),
            ("<Down>", "\x1b[B"),
            ("<Right>", "\x1b[C"),
            ("<Space>", " "),
            ("<C-z>", "\x1a"),
            ("<C-o>", "\x0f"),
            ("<C-s>", "\x13"),
            ("<C-t>", "\x14"),
            ("<C-u>", "\x15"),
        ];
        let (mut text, mut plain) = (keys.to_owned(), keys.to_owned());
        for (name, bytes) in named {
            text = text.replace(name, bytes);
            plain = plain.replace(name, " ");
        }
        self.pressed += plain.chars().count();
        // A lone escape is told from the beginning of a sequence by what follows it at once: it ends what is written in one.
        for (n, piece) in text.split('\x1b').enumerate() {
            if piece.starts_with('[') {
                self.send(format!("\x1b{piece}").as_bytes());
                continue;
            }
            if n > 0 {
                self.send(b"\x1b");
            }
            self.send(piece.as_bytes());
        }
    }

    /// Writes the words of a message: as many keys in every program, and so not among those that are counted.
    pub fn write(&mut self, words: &str) {
        self.send(words.as_bytes());
    }

    /// Sends bytes as they are: what a terminal sends by itself.
    pub fn send(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }

    /// How often the program has written some bytes.
    pub fn count(&self, bytes: &[u8]) -> usize {
        self.written().windows(bytes.len()).filter(|there| *there == bytes).count()
    }

    /// Waits until the program has written some bytes.
    pub fn wait_for_bytes(&self, bytes: &[u8]) {
        self.wait_for_count(bytes, 1);
    }

    /// Waits until the program has written some bytes so many times.
    pub fn wait_for_count(&self, bytes: &[u8], count: usize) {
        let end = Instant::now() + LIMIT;
        let mut screen = self.shared.screen.lock().unwrap();
        while screen.1.windows(bytes.len()).filter(|there| *there == bytes).count() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !screen.2, "{:?} did not come", String::from_utf8_lossy(bytes));
            screen = self.shared.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits until the last frame is here whole: what is written ends with its end.
    pub fn wait_for_whole_frame(&self) {
        let end = Instant::now() + LIMIT;
        let mut screen = self.shared.screen.lock().unwrap();
        while !screen.1.ends_with(b"\x1b[?2026l") {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !screen.2, "the frame did not end");
            screen = self.shared.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits until the cursor is shown on a line, counted from 0.
    pub fn wait_for_cursor(&self, line: u16) {
        self.wait_until("the cursor", |screen, _| {
            !screen.hide_cursor() && screen.cursor_position().0 == line
        });
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.screen.lock().unwrap().0.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Everything that the program has written.
    pub fn written(&self) -> Vec<u8> {
        self.shared.screen.lock().unwrap().1.clone()
    }

    fn wait_until(&self, what: &str, holds: impl Fn(&vt100::Screen, bool) -> bool) {
        let end = Instant::now() + LIMIT;
        let mut screen = self.shared.screen.lock().unwrap();
        while !holds(screen.0.screen(), screen.2) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !screen.2, "{what} did not come:\n{}", screen.0.screen().contents());
            screen = self.shared.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits for a text.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen, _| screen.contents().contains(text));
    }

    /// Waits for a line of one pane that has all of some texts.
    pub fn wait_for_line(&self, texts: &[&str]) {
        self.wait_until(&format!("a line with {texts:?}"), |screen, _| {
            screen.contents().split(['\n', '│']).any(|line| texts.iter().all(|text| line.contains(text)))
        });
    }

    /// Whether a text is on the screen now.
    pub fn shows(&self, text: &str) -> bool {
        self.shared.screen.lock().unwrap().0.screen().contents().contains(text)
    }

    /// Waits until the screen ends in a text, as a shell's prompt does.
    pub fn wait_for_end(&self, text: &str) {
        self.wait_until(text, |screen, _| screen.contents().trim_end().ends_with(text));
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end, and gives the exit code.
    pub fn end(mut self) -> (u32, Self) {
        self.wait_until("the end", |_, ended| ended);
        let code = self.child.wait().unwrap().exit_code();
        (code, self)
    }

    /// Whether the terminal was given back: the usual screen, the cursor shown, no mouse, no bracketed paste.
    pub fn gave_back(&self) -> bool {
        let screen = self.shared.screen.lock().unwrap();
        let screen = screen.0.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }
}

impl Drop for Recado {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
