//! The terminal: switching the screen on and off, and the thread that listens to keys and mouse.
//!
//! It is given back clean in every case: at the end, on an error, on a panic of any thread, and while the program is
//! suspended. Nothing here waits for an answer of the terminal once somebody listens, for that would hang; what has to be asked
//! is asked before, with a limit (`terminal/probe.rs`). A terminal that lies about its size, or knows none, gets one that works.

mod links;
mod probe;

use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, KeyEventKind, KeyboardEnhancementFlags, MouseEventKind, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::choices::Background;
use super::event::Event;
use super::model::{Model, Size};
use super::view::{Look, view};
use probe::Taken;

/// How often the thread that listens looks whether it shall pause or end.
const LISTEN: Duration = Duration::from_millis(100);

/// Where everything is drawn: written in one piece a frame.
type Out = CrosstermBackend<std::io::BufWriter<std::io::Stdout>>;

/// Whether the terminal tells keys apart by the kitty protocol, and has to be told when we leave. Whoever gives the terminal
/// back after a panic has nothing else to go by.
static KITTY: AtomicBool = AtomicBool::new(false);

/// The size of a terminal that knows none.
const USUAL: Size = Size { width: 80, height: 24 };

/// More than this no terminal has, whatever it says.
const LARGEST: Size = Size { width: 1000, height: 500 };

/// The size of a terminal by what it says.
fn sane(width: u16, height: u16) -> Size {
    Size {
        width: if width == 0 { USUAL.width } else { width.min(LARGEST.width) },
        height: if height == 0 { USUAL.height } else { height.min(LARGEST.height) },
    }
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

/// How the terminal is taken.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Taking {
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether the terminal is asked for its background.
    pub asks: bool,
    /// Whether the terminal is known to have the kitty keyboard protocol.
    pub kitty: bool,
    /// Whether links are written so that the terminal can follow them.
    pub links: bool,
}

/// The screen while it belongs to us.
pub struct Screen {
    terminal: Terminal<Out>,
    taking: Taking,
    size: Size,
    /// The links that are on the screen, as they were written.
    links: Vec<links::Drawn>,
}

/// What is known once the terminal was asked.
#[derive(Default)]
pub struct Met {
    /// Its background, when it said so.
    pub background: Option<Background>,
    /// What was typed meanwhile.
    pub typed: Vec<crossterm::event::KeyEvent>,
    /// An answer may still come.
    late: probe::Late,
}

impl Screen {
    /// Takes the terminal, and asks it what has to be known of it.
    pub fn open(mut taking: Taking, size: Size) -> std::io::Result<(Self, Met)> {
        hook_panics();
        enable_raw_mode()?;
        let mut met = Met::default();
        if taking.asks {
            let answers = probe::ask().inspect_err(|_| give_back())?;
            if !answers.is_complete {
                met.late = probe::Late::expected(Instant::now());
            }
            taking.kitty |= answers.knows_kitty;
            (met.background, met.typed) = (answers.background, answers.typed);
        }
        take(taking)?;
        let out = std::io::BufWriter::with_capacity(1 << 16, stdout());
        // What the terminal says of its size is looked at once, where it says so: the model goes by it, and so does this.
        let options = TerminalOptions { viewport: Viewport::Fixed(area(size)) };
        let terminal = Terminal::with_options(CrosstermBackend::new(out), options);
        let terminal = terminal.inspect_err(|_| give_back())?;
        Ok((Self { terminal, taking, size, links: Vec::new() }, met))
    }

    /// The size of the terminal; a usual one when it does not say.
    pub fn size() -> Size {
        let (width, height) = crossterm::terminal::size().unwrap_or((0, 0));
        sane(width, height)
    }

    /// Uses the mouse, or leaves it to the terminal.
    pub fn use_mouse(&mut self, is_used: bool) -> std::io::Result<()> {
        self.taking.mouse = is_used;
        let out = self.terminal.backend_mut();
        if is_used { enable_mouse(out) } else { execute!(out, DisableMouseCapture) }
    }

    /// Sends the terminal something that is not drawn.
    pub fn tell(&mut self, sequence: &str) -> std::io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    /// Asks what the background is by now. The answer comes as an event, if it comes.
    pub fn ask_background(&mut self) -> std::io::Result<()> {
        self.tell(probe::BACKGROUND)
    }

    /// Draws the model, in one piece where the terminal can.
    pub fn draw(&mut self, model: &Model, look: &Look) -> std::io::Result<()> {
        if self.size != model.size {
            self.size = model.size;
            self.terminal.resize(area(self.size))?;
            self.links.clear();
        }
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let links = self.taking.links && !model.settings.is_plain();
        let drawn = self.terminal.draw(|frame| view(model, look, frame))?;
        let drawn = if links { links::drawn(model, drawn.buffer) } else { Vec::new() };
        if drawn != self.links {
            self.write_links(&drawn)?;
            self.links = drawn;
        }
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Writes the cells of links once more, with where they lead. The cursor stays where it is.
    fn write_links(&mut self, links: &[links::Drawn]) -> std::io::Result<()> {
        let out = self.terminal.backend_mut();
        queue!(out, cursor::SavePosition)?;
        for link in links {
            write!(out, "\x1b]8;;{}\x1b\\", link.address)?;
            let (x, y) = link.at;
            out.draw((x..).zip(&link.cells).map(|(x, cell)| (x, y, cell)))?;
            write!(out, "\x1b]8;;\x1b\\")?;
        }
        queue!(out, cursor::RestorePosition)
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
        take(self.taking)?;
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
        take(self.taking)?;
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

    /// Gives the terminal to a command, and takes it again once somebody has read what it said.
    pub fn run(&mut self, mut command: std::process::Command, goes_back: &str) -> std::io::Result<()> {
        give_back();
        let ran = command.status();
        if ran.is_ok() {
            print!("\n{goes_back} ");
            let _ = stdout().flush();
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
        }
        take(self.taking)?;
        self.repaint()?;
        ran.map(|_| ())
    }

    /// Draws every cell anew at the next frame.
    fn repaint(&mut self) -> std::io::Result<()> {
        self.links.clear();
        self.terminal.resize(area(self.size))
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

fn take(taking: Taking) -> std::io::Result<()> {
    enable_raw_mode()?;
    let mut out = stdout();
    let mut take = || {
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
        if taking.kitty {
            // Before it is done: what is taken back too often does no harm.
            KITTY.store(true, Ordering::Relaxed);
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
            execute!(out, PushKeyboardEnhancementFlags(flags))?;
        }
        if taking.mouse { enable_mouse(&mut out) } else { Ok(()) }
    };
    take().inspect_err(|_| give_back())
}

/// Clicks, drags and the wheel. Not every movement: on a slow line each of them would cost.
#[cfg(unix)]
fn enable_mouse(out: &mut impl Write) -> std::io::Result<()> {
    out.write_all(b"\x1b[?1000h\x1b[?1002h\x1b[?1006h")?;
    out.flush()
}

/// Clicks, drags and the wheel.
#[cfg(not(unix))]
fn enable_mouse(out: &mut impl Write) -> std::io::Result<()> {
    execute!(out, crossterm::event::EnableMouseCapture)
}

/// Whatever fails here, the rest is still given back.
fn give_back() {
    let mut out = stdout();
    let _ = execute!(out, EndSynchronizedUpdate);
    if KITTY.swap(false, Ordering::Relaxed) {
        // The terminal keeps this for each of its screens: before the other one is shown.
        let _ = execute!(out, PopKeyboardEnhancementFlags);
    }
    let _ = execute!(out, DisableFocusChange);
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
    pub fn start(events: Sender<Event>, met: Met) -> std::io::Result<Self> {
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
            if listen(&events, met, &stopped, &ended, &before).is_err() {
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
    mut met: Met,
    stopped: &AtomicBool,
    ended: &AtomicBool,
    gate: &Gate,
) -> std::io::Result<()> {
    for key in std::mem::take(&mut met.typed) {
        // What was typed while the terminal was asked.
        if events.send(Event::Key(key)).is_err() {
            return Ok(());
        }
    }
    while !stopped.load(Ordering::Relaxed) {
        gate.pass();
        if ended.load(Ordering::Relaxed) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        if !event::poll(LISTEN)? {
            continue;
        }
        let event = match event::read()? {
            event::Event::Key(key) if key.kind == KeyEventKind::Release => continue,
            event::Event::Key(key) => match met.late.takes(key, Instant::now()) {
                Taken::Not => Event::Key(key),
                Taken::Part => continue,
                Taken::Background(background) => {
                    met.background = Some(background);
                    Event::Background(background)
                }
            },
            event::Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => continue,
            event::Event::Mouse(mouse) => Event::Mouse(mouse),
            event::Event::Paste(text) => Event::Paste(text),
            event::Event::Resize(width, height) => {
                let Size { width, height } = sane(width, height);
                Event::Resize(width, height)
            }
            event::Event::FocusGained => {
                // Whoever hears of it asks a terminal that has answered once.
                if met.background.is_some() {
                    met.late = probe::Late::expected(Instant::now());
                }
                Event::FocusGained
            }
            event::Event::FocusLost => Event::FocusLost,
        };
        if events.send(event).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
