//! The screen: a pure core that decides, workers that touch the store, and one queue of events between them.

pub mod action;
pub mod choices;
pub mod editor;
pub mod event;
pub mod keymap;
pub mod layout;
pub mod model;
mod notify;
mod terminal;
pub mod text;
pub mod theme;
pub mod thread;
pub mod update;
pub mod view;
mod watch;
pub mod worker;

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use chrono_tz::Tz;

use crate::clock::Clock;
use crate::config::{Config, Notify};
use crate::domain::MessageId;
use crate::i18n::{Key, Lang, Texts};
use crate::words;
use choices::{Background, Choices, Reread};
use event::{Effect, Event, Exporting};
use model::{Load, Model, Wording};
use notify::Told;
use terminal::{Listener, Screen, Taking};
use view::Look;
use watch::Watch;
use worker::{Reader, SharedTexts, Writer};

/// What the screen is given: a workspace at work, and how things look.
pub struct Setup {
    /// Answers questions.
    pub reader: Reader,
    /// Makes changes.
    pub writer: Writer,
    /// Where both send their answers.
    pub answers: Receiver<Event>,
    /// Where the thread that listens sends its events: the same queue.
    pub events: Sender<Event>,
    /// The present moment.
    pub clock: Clock,
    /// The texts.
    pub texts: Texts,
    /// The time zone of the workspace.
    pub zone: Tz,
    /// Whether the workspace is a sample that goes away.
    pub is_sample: bool,
    /// What the person has chosen.
    pub choices: Choices,
    /// Reads that again, when it was changed.
    pub reread: Reread,
    /// The texts of the workers, which follow the screen's language.
    pub spoken: SharedTexts,
    /// Where files are that came along with messages.
    pub media: PathBuf,
    /// What commands are run with.
    pub outside: Outside,
}

/// What the screen runs commands of our own with.
pub struct Outside {
    /// This program.
    pub program: PathBuf,
    /// The workspace.
    pub workspace: PathBuf,
    /// The person's home, for paths that begin with it.
    pub home: Option<PathBuf>,
}

/// What effects are done with.
struct Hands<'a> {
    screen: Screen,
    listener: &'a Listener,
    reader: &'a Reader,
    writer: &'a Writer,
    look: Look,
    spoken: SharedTexts,
    media: PathBuf,
    outside: Outside,
    choices: Choices,
    background: Background,
    /// Whether the terminal has told its background, and so is asked for it again.
    tells_background: bool,
    events: Sender<Event>,
}

/// How long a frame waits for rows that were just asked for: drawing without them and again with them would flicker.
const PATIENCE: Duration = Duration::from_millis(8);

/// How long the first frame waits for the first page.
const FIRST_PATIENCE: Duration = Duration::from_millis(25);

/// How often "5 min ago" is looked at.
const SLOW_TICK: Duration = Duration::from_secs(20);

/// How often a notice is looked at.
const FAST_TICK: Duration = Duration::from_secs(1);

/// Opens the workers' queue: what they and the terminal send, and where it comes out.
pub fn queue() -> (Sender<Event>, Receiver<Event>) {
    channel()
}

/// Runs the screen until the person leaves it.
pub fn run(setup: Setup) -> color_eyre::Result<()> {
    let Setup {
        reader,
        writer,
        answers,
        events,
        clock,
        texts,
        zone,
        is_sample,
        choices,
        reread,
        spoken,
        media,
        outside,
    } = setup;
    let mut model = Model::new(clock.now(), Screen::size(), zone, is_sample);
    model.begin_with(&choices);
    model.wording = Wording::new(&texts, &choices.theme_names());
    for effect in update::start(&mut model, &choices.keymap) {
        if let Effect::Read(read) = effect {
            reader.ask(read);
        }
    }
    let taking = Taking {
        mouse: choices.config.mouse,
        asks: choices.asks_for_background() && can_be_asked(&choices.config.term),
        kitty: is_known_for_kitty(&choices.config),
        links: !is_linux_console(&choices.config.term),
    };
    // While the terminal is asked, the reader is at work.
    let (screen, met) = Screen::open(taking, model.size)?;
    let tells_background = met.background.is_some();
    let background = met.background.unwrap_or_default();
    let look = Look { theme: choices.theme(background), texts, keymap: choices.keymap.clone() };
    let listener = Listener::start(events.clone(), met)?;
    let watch = Watch::start(&choices, reread, events.clone());
    let hands = Hands {
        screen,
        listener: &listener,
        reader: &reader,
        writer: &writer,
        look,
        spoken,
        media,
        outside,
        choices,
        background,
        tells_background,
        events,
    };
    // The screen is given back when its hands are dropped, at the end of this.
    let ran = serve(&mut model, hands, &answers, clock);
    drop(listener);
    watch.stop();
    reader.stop();
    writer.stop();
    ran
}

/// Whether a terminal swallows questions that it does not understand.
fn can_be_asked(term: &str) -> bool {
    !term.is_empty() && !is_linux_console(term)
}

/// The console of Linux shows what it does not know.
fn is_linux_console(term: &str) -> bool {
    term.starts_with("linux")
}

/// Whether a terminal is known to tell keys apart by the kitty protocol, where it is not asked.
fn is_known_for_kitty(config: &Config) -> bool {
    let known = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "rio"];
    // Within tmux and screen TERM is theirs.
    known.iter().any(|term| config.term.starts_with(term))
}

fn serve(
    model: &mut Model,
    mut hands: Hands<'_>,
    answers: &Receiver<Event>,
    clock: Clock,
) -> color_eyre::Result<()> {
    let mut patience = FIRST_PATIENCE;
    while !model.quit {
        wait_for_rows(model, &mut hands, answers, patience)?;
        patience = PATIENCE;
        hands.screen.draw(model, &hands.look)?;
        let tick = if model.notice.is_some() { FAST_TICK } else { SLOW_TICK };
        let first = match answers.recv_timeout(tick) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Tick(clock.now()),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        // The present moment comes with every round: a notice is as old as its event.
        model.now = clock.now();
        for event in std::iter::once(first).chain(answers.try_iter()) {
            handle(model, &mut hands, event)?;
        }
    }
    Ok(())
}

fn handle(model: &mut Model, hands: &mut Hands<'_>, event: Event) -> color_eyre::Result<()> {
    for effect in update::update(model, &hands.look.keymap, event) {
        match effect {
            Effect::Read(read) => hands.reader.ask(read),
            Effect::Write(task, write) => hands.writer.want(task, write),
            Effect::Copy(text) => hands.screen.copy(&text)?,
            Effect::CancelDeed(task) => hands.writer.cancel(task),
            Effect::Import(file) => {
                if let Err(sentence) = import(&file, hands) {
                    handle(model, hands, Event::OutsideFailed(sentence))?;
                }
                handle(model, hands, Event::Moved)?;
            }
            Effect::Export(exporting) => export(*exporting, hands),
            Effect::OpenOutside(link) => {
                if let Err(sentence) = open_outside(&link, hands) {
                    handle(model, hands, Event::OutsideFailed(sentence))?;
                }
            }
            Effect::Suspend => hands.screen.suspend()?,
            Effect::Speak(lang) => speak(lang, model, hands),
            Effect::Paint(name) => {
                if let Some(theme) = hands.choices.painted(&name) {
                    hands.look.theme = theme;
                }
            }
            Effect::Adopt(choices) => adopt(*choices, model, hands)?,
            Effect::AskBackground => {
                if hands.tells_background && hands.choices.asks_for_background() {
                    hands.screen.ask_background()?;
                }
            }
            Effect::Background(background) => repaint(background, hands),
            Effect::UseMouse(is_used) => hands.screen.use_mouse(is_used)?,
            Effect::Notify { count, name, text } => tell(count, name, text, hands)?,
            Effect::EditOutside(text) => {
                let edited = edit_outside(&text, hands);
                handle(model, hands, Event::EditedOutside(edited))?;
            }
        }
    }
    Ok(())
}

/// Speaks another language from now on, the workers too.
fn speak(lang: Lang, model: &mut Model, hands: &mut Hands<'_>) {
    let texts = words::texts(&hands.choices.config, lang);
    model.wording = Wording::new(&texts, &hands.choices.theme_names());
    *hands.spoken.write().unwrap_or_else(PoisonError::into_inner) = texts.clone();
    hands.look.texts = texts;
}

/// Goes by another background of the terminal from now on. A theme that was chosen on the screen stays.
fn repaint(background: Background, hands: &mut Hands<'_>) {
    hands.tells_background = true;
    let old = std::mem::replace(&mut hands.background, background);
    if hands.look.theme == hands.choices.theme(old) {
        hands.look.theme = hands.choices.theme(background);
    }
}

/// Brings messages in from a file: the command does that, with its progress and its figures, and the terminal meanwhile.
fn import(file: &str, hands: &mut Hands<'_>) -> Result<(), String> {
    let mut command = hands.outside.command(&hands.look.texts);
    command.arg("import").arg("--").arg(hands.outside.path(file));
    let program = &hands.outside.program;
    let (screen, goes_back) = (&mut hands.screen, hands.look.texts.get(Key::EnterGoesBack));
    let ran = hands.listener.paused(|| screen.run(command, goes_back));
    ran.map_err(|error| format!("{}: {error}", program.display()))
}

/// Writes a file by the command that does it, while the screen goes on; what it says comes back as an event.
fn export(exporting: Exporting, hands: &Hands<'_>) {
    let Exporting { file, arguments, ids } = exporting;
    let mut command = hands.outside.command(&hands.look.texts);
    command.arg("export").args(arguments).arg("-o").arg(hands.outside.path(&file));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (events, program) = (hands.events.clone(), hands.outside.program.display().to_string());
    std::thread::spawn(move || {
        let _ = events.send(match run_with_ids(&mut command, &ids) {
            Ok(output) if output.status.success() => Event::Exported(sentence(&output.stdout)),
            Ok(output) => Event::ExportFailed(sentence(&output.stderr)),
            Err(error) => Event::ExportFailed(format!("{program}: {error}")),
        });
    });
}

/// Runs a command that reads which messages it is about.
fn run_with_ids(command: &mut Command, ids: &[MessageId]) -> std::io::Result<Output> {
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let lines = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        // One that fails before it has read them all says itself why.
        let _ = stdin.write_all(lines.as_bytes());
    }
    child.wait_with_output()
}

/// What a command said, without its name before it.
fn sentence(said: &[u8]) -> String {
    let said = words::one_line(String::from_utf8_lossy(said).trim());
    said.strip_prefix("recado: ").unwrap_or(&said).to_owned()
}

impl Outside {
    /// This program on this workspace, in a language.
    fn command(&self, texts: &Texts) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--lang").arg(texts.lang().code()).arg("--db").arg(&self.workspace);
        command
    }

    /// The file that somebody typed the name of.
    fn path(&self, typed: &str) -> PathBuf {
        let typed = typed.trim_matches(['"', '\'']);
        match (typed.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(typed),
        }
    }
}

/// Has the system open a web page or a file that came along with a message; a sentence when it cannot.
fn open_outside(link: &str, hands: &Hands<'_>) -> Result<(), String> {
    let path = link.strip_prefix("file://").map(Path::new);
    // A message may name any file; only those that recado fetched are opened.
    let is_ours = path.is_none_or(|path| path.parent() == Some(&hands.media));
    let opened = if is_ours { terminal::open_outside(link) } else { Err(ErrorKind::PermissionDenied.into()) };
    opened.map_err(|error| {
        let texts = &hands.look.texts;
        texts.fill(Key::OpenFailed, &[("opener", &terminal::OPENER), ("problem", &error)])
    })
}

/// Goes by another configuration from now on. What was chosen on the screen meanwhile stays, where the file says the same as
/// before.
fn adopt(choices: Choices, model: &mut Model, hands: &mut Hands<'_>) -> std::io::Result<()> {
    let old = std::mem::replace(&mut hands.choices, choices);
    let new = &hands.choices;
    hands.look.keymap = new.keymap.clone();
    let theme = new.theme(hands.background);
    if theme != old.theme(hands.background) {
        hands.look.theme = theme;
    }
    if new.config.mouse != old.config.mouse {
        model.has_mouse = new.config.mouse;
        hands.screen.use_mouse(new.config.mouse)?;
    }
    let customs = |choices: &Choices| (choices.config.hours, choices.config.week_start);
    let lang = |choices: &Choices| choices.config.languages.iter().find_map(|name| Lang::from_locale(name));
    match lang(new).filter(|_| lang(new) != lang(&old)) {
        Some(lang) => speak(lang, model, hands),
        None if customs(new) != customs(&old) => speak(hands.look.texts.lang(), model, hands),
        None => model.wording = Wording::new(&hands.look.texts, &hands.choices.theme_names()),
    }
    Ok(())
}

/// Tells that messages came in.
fn tell(count: u64, name: String, text: String, hands: &mut Hands<'_>) -> std::io::Result<()> {
    let how = &hands.choices.config.notifications;
    let texts = &hands.look.texts;
    let told = Told { title: texts.count(Key::NotifyNew, count), name, text };
    if how.how != Notify::Command {
        let sequence = notify::sequence(how.how, &told, hands.choices.config.is_in_tmux);
        return hands.screen.tell(&sequence);
    }
    let (command, events) = (how.command.clone(), hands.events.clone());
    let texts = texts.clone();
    // It may take its time, and somebody has to wait for its end.
    std::thread::spawn(move || {
        if let Err(error) = notify::run(&command, &told) {
            let problem = format!("{}: {error}", command.first().map_or("", String::as_str));
            let sentence = texts.fill(Key::NotifyFailed, &[("problem", &problem)]);
            let _ = events.send(Event::OutsideFailed(sentence));
        }
    });
    Ok(())
}

/// Lets the person's own editor have a text; a sentence when nothing came of it.
fn edit_outside(text: &str, hands: &mut Hands<'_>) -> Result<String, String> {
    let (screen, texts) = (&mut hands.screen, &hands.look.texts);
    let editor = hands.choices.config.editor.as_str();
    match hands.listener.paused(|| screen.edit(text, editor)) {
        Ok(Some(edited)) => Ok(edited),
        Ok(None) => Err(texts.fill(Key::EditorFailed, &[("editor", &editor)])),
        Err(error) => Err(texts.fill(Key::EditorMissing, &[("editor", &editor), ("problem", &error)])),
    }
}

/// Takes what comes in while the list is on its way, for a moment.
fn wait_for_rows(
    model: &mut Model,
    hands: &mut Hands<'_>,
    answers: &Receiver<Event>,
    patience: Duration,
) -> color_eyre::Result<()> {
    let until = Instant::now() + patience;
    while is_waiting(model) {
        let left = until.saturating_duration_since(Instant::now());
        match answers.recv_timeout(left) {
            Ok(event) => handle(model, hands, event)?,
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

fn is_waiting(model: &Model) -> bool {
    let loading =
        matches!(model.list.window, Load::Asked) || matches!(model.reading.conversation, Load::Asked);
    !model.quit && (loading || matches!(model.counts, Load::Asked))
}
