//! The screen: a pure core that decides, workers that touch the store, and one queue of events between them.

pub mod action;
pub mod editor;
pub mod event;
pub mod keymap;
pub mod layout;
pub mod model;
mod terminal;
pub mod text;
pub mod theme;
pub mod thread;
pub mod update;
pub mod view;
pub mod worker;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use chrono_tz::Tz;

use crate::clock::Clock;
use crate::i18n::{Key, Lang, Texts};
use event::{Effect, Event};
use model::{Load, Model, Wording};
use terminal::{Listener, Screen};
use theme::Theme;
use view::Look;
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
    pub events: std::sync::mpsc::Sender<Event>,
    /// The present moment.
    pub clock: Clock,
    /// How things look.
    pub look: Look,
    /// The time zone of the workspace.
    pub zone: Tz,
    /// Whether the workspace is a sample that goes away.
    pub is_sample: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How many seconds a message waits before it leaves.
    pub undo_send: u32,
    /// The person's own editor, with its options.
    pub editor: String,
    /// The texts of the workers, which follow the screen's language.
    pub spoken: SharedTexts,
    /// Whether there are colours to choose from.
    pub has_colours: bool,
    /// Where files are that came along with messages.
    pub media: PathBuf,
}

/// What effects are done with.
struct Hands<'a> {
    screen: Screen,
    listener: &'a Listener,
    reader: &'a Reader,
    writer: &'a Writer,
    look: Look,
    spoken: SharedTexts,
    has_colours: bool,
    media: PathBuf,
    editor: &'a str,
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
pub fn queue() -> (std::sync::mpsc::Sender<Event>, Receiver<Event>) {
    channel()
}

/// Runs the screen until the person leaves it.
pub fn run(setup: Setup) -> color_eyre::Result<()> {
    let Setup { reader, writer, answers, events, clock, look, zone, is_sample, mouse, undo_send, .. } = setup;
    let Setup { editor, spoken, has_colours, media, .. } = setup;
    let mut model = Model::new(clock.now(), Screen::size()?, zone, is_sample);
    model.hold = undo_send;
    model.wording = Wording::new(&look.texts, has_colours);
    for effect in update::start(&mut model, &look.keymap) {
        if let Effect::Read(read) = effect {
            reader.ask(read);
        }
    }
    let screen = Screen::open(mouse)?;
    let listener = Listener::start(events)?;
    let hands = Hands {
        screen,
        listener: &listener,
        reader: &reader,
        writer: &writer,
        look,
        spoken,
        has_colours,
        media,
        editor: &editor,
    };
    // The screen is given back when its hands are dropped, at the end of this.
    let ran = serve(&mut model, hands, &answers, clock);
    drop(listener);
    reader.stop();
    writer.stop();
    ran
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
            Effect::OpenOutside(link) => {
                if let Err(sentence) = open_outside(&link, hands) {
                    handle(model, hands, Event::NotOpened(sentence))?;
                }
            }
            Effect::Suspend => hands.screen.suspend()?,
            Effect::Speak(lang) => speak(lang, model, hands),
            Effect::Paint(theme) => hands.look.theme = Theme::named(theme),
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
    let texts = Texts::new(lang);
    model.wording = Wording::new(&texts, hands.has_colours);
    *hands.spoken.write().unwrap_or_else(PoisonError::into_inner) = texts.clone();
    hands.look.texts = texts;
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

/// Lets the person's own editor have a text; a sentence when nothing came of it.
fn edit_outside(text: &str, hands: &mut Hands<'_>) -> Result<String, String> {
    let (screen, editor, texts) = (&mut hands.screen, hands.editor, &hands.look.texts);
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
