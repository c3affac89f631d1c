//! The terminal: switching the screen on and off, and the thread that listens to keys and mouse.
//!
//! It is given back clean in every case: at the end, on an error, on a panic of any thread, and while the program is
//! suspended. Nothing here asks the terminal a question, which would hang behind the thread that listens.

use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, KeyEventKind,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::event::Event;
use super::model::{Model, Size};
use super::view::{Look, view};

/// How often the thread that listens looks whether it shall pause or end.
const LISTEN: Duration = Duration::from_millis(100);

/// Where everything is drawn: written in one piece a frame.
type Out = CrosstermBackend<std::io::BufWriter<std::io::Stdout>>;

/// The screen while it belongs to us.
pub struct Screen {
    terminal: Terminal<Out>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    pub fn open(mouse: bool) -> std::io::Result<Self> {
        hook_panics();
        take(mouse)?;
        let out = std::io::BufWriter::with_capacity(1 << 16, stdout());
        let terminal = Terminal::new(CrosstermBackend::new(out)).inspect_err(|_| give_back())?;
        Ok(Self { terminal, mouse })
    }

    /// The size of the terminal.
    pub fn size() -> std::io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    /// Draws the model, in one piece where the terminal can.
    pub fn draw(&mut self, model: &Model, look: &Look) -> std::io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view(model, look, frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Puts a text on the clipboard, wherever the terminal is.
    pub fn copy(&mut self, text: &str) -> std::io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives the terminal to the shell, stops until somebody continues us, and takes it again.
    pub fn suspend(&mut self) -> std::io::Result<()> {
        give_back();
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take(self.mouse)?;
        self.repaint()
    }

    /// Gives the terminal to an editor for a text, and takes it again. None when the editor ended without saving.
    pub fn edit(&mut self, text: &str, editor: &str) -> std::io::Result<Option<String>> {
        // Only we may read what people write to each other.
        let mut file = tempfile::Builder::new().prefix("recado-").suffix(".txt").tempfile()?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        give_back();
        let ran = editor_command(editor, file.path()).status();
        take(self.mouse)?;
        self.repaint()?;
        let ran = ran?;
        if ran.code() == Some(NO_SUCH_COMMAND) {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        if !ran.success() {
            return Ok(None);
        }
        // An editor may have put another file in the place of this one.
        let edited = std::fs::read(file.path())?;
        Ok(Some(String::from_utf8_lossy(&edited).into_owned()))
    }

    /// Draws every cell anew at the next frame.
    fn repaint(&mut self) -> std::io::Result<()> {
        let Size { width, height } = Self::size()?;
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, width, height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// What opens web pages and files with the program that the system has for them.
pub const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

/// Has the system open a web page or a file. What the other program says does not come to our terminal.
pub fn open_outside(link: &str) -> std::io::Result<()> {
    use std::process::{Command, Stdio};
    let mut child = Command::new(OPENER)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // It may run as long as the other program; somebody has to take note of its end.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// What a shell ends with when there is no command of that name.
const NO_SUCH_COMMAND: i32 = 127;

/// The editor as people set it: with its options, to be read as the shell does.
fn editor_command(editor: &str, file: &std::path::Path) -> std::process::Command {
    if cfg!(unix) {
        let mut command = std::process::Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file);
        return command;
    }
    let mut words = editor.split_whitespace();
    let mut command = std::process::Command::new(words.next().unwrap_or(editor));
    command.args(words).arg(file);
    command
}

fn take(mouse: bool) -> std::io::Result<()> {
    enable_raw_mode()?;
    let mut out = stdout();
    let taken = execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide);
    let taken = taken.and_then(|()| if mouse { execute!(out, EnableMouseCapture) } else { Ok(()) });
    taken.inspect_err(|_| give_back())
}

/// Whatever fails here, the rest is still given back.
fn give_back() {
    let mut out = stdout();
    let _ = execute!(out, EndSynchronizedUpdate);
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, cursor::Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// A panic of any thread gives the terminal back, reports, and ends the process: a half-living screen helps nobody.
fn hook_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        report(panic);
        std::process::exit(101);
    }));
}

/// Where the thread that listens can be made to wait, so that another program has the keyboard.
#[derive(Default)]
struct Gate {
    closed: Mutex<Closed>,
    moved: Condvar,
}

#[derive(Default)]
struct Closed {
    wanted: bool,
    /// The thread waits: it does not look at the keyboard any more.
    waits: bool,
}

impl Gate {
    /// Closes the gate, and returns when the thread waits before it.
    fn close(&self) {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.wanted = true;
        // A thread that has ended does not look at the keyboard either.
        let waits = self.moved.wait_timeout_while(closed, LISTEN * 10, |closed| !closed.waits);
        drop(waits.unwrap_or_else(PoisonError::into_inner));
    }

    fn open(&self) {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).wanted = false;
        self.moved.notify_all();
    }

    /// Waits while the gate is closed.
    fn pass(&self) {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.wanted {
            closed.waits = true;
            self.moved.notify_all();
            closed =
                self.moved.wait_while(closed, |closed| closed.wanted).unwrap_or_else(PoisonError::into_inner);
            closed.waits = false;
        }
    }
}

/// The thread that listens.
pub struct Listener {
    stop: Arc<AtomicBool>,
    gate: Arc<Gate>,
    /// Whether a Ctrl-C ends us: not while another program has the keyboard, for it is meant for that.
    interruptible: Arc<AtomicBool>,
}

impl Listener {
    /// Begins to listen, to the terminal and to those who ask the program to end.
    pub fn start(events: Sender<Event>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        let interruptible = Arc::new(AtomicBool::new(true));
        #[cfg(unix)]
        signal_hook::flag::register_conditional_default(
            signal_hook::consts::SIGINT,
            Arc::clone(&interruptible),
        )?;
        let gate = Arc::new(Gate::default());
        let (stopped, before) = (Arc::clone(&stop), Arc::clone(&gate));
        std::thread::spawn(move || {
            if listen(&events, &stopped, &ended, &before).is_err() {
                // A closed queue means that the program is ending anyway.
                let _ = events.send(Event::EndAsked);
            }
        });
        Ok(Self { stop, gate, interruptible })
    }

    /// Does something while another program has the keyboard.
    pub fn paused<T>(&self, work: impl FnOnce() -> T) -> T {
        self.gate.close();
        self.interruptible.store(false, Ordering::Relaxed);
        let done = work();
        self.interruptible.store(true, Ordering::Relaxed);
        self.gate.open();
        done
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Listens until it is stopped; an error means that the terminal has gone or that the program shall end.
fn listen(
    events: &Sender<Event>,
    stopped: &AtomicBool,
    ended: &AtomicBool,
    gate: &Gate,
) -> std::io::Result<()> {
    while !stopped.load(Ordering::Relaxed) {
        gate.pass();
        if ended.load(Ordering::Relaxed) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        if !event::poll(LISTEN)? {
            continue;
        }
        let event = match event::read()? {
            event::Event::Key(key) if key.kind != KeyEventKind::Release => Event::Key(key),
            event::Event::Mouse(mouse) => Event::Mouse(mouse),
            event::Event::Paste(text) => Event::Paste(text),
            event::Event::Resize(width, height) => Event::Resize(width, height),
            event::Event::Key(_) | event::Event::FocusGained | event::Event::FocusLost => continue,
        };
        if events.send(event).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
