//! The program: it wires the parts together, and little else.

use std::fs::OpenOptions;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, RwLock};

use clap::Parser;
use recado::cli::{self, Arguments, Context, Failure, ScreenSide, Task};
use recado::clock::{Clock, Dice};
use recado::config::{Color, Config, languages};
use recado::engine::{Engine, Signal, Told};
use recado::i18n::{Key, Texts};
use recado::store::{Access, Store};
use recado::tui::choices::{Choices, Reread};
use recado::tui::event::Event;
use recado::tui::keymap::Keymap;
use recado::tui::worker::{Desk, Reader, Writer};
use recado::tui::{self, Outside, Setup};
use recado::words;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let arguments = Arguments::parse();
    told_when_files_may_not_grow();
    let env = |name: &str| std::env::var(name).ok();
    let flags = arguments.flags();
    let config = match Config::load(flags.clone(), env) {
        Ok(config) => config,
        Err(error) => {
            let texts = Texts::new(cli::language(&languages(arguments.flags().lang, None, env)));
            return Ok(fail(&Failure::Usage(cli::config_error(&texts, &error))));
        }
    };
    log_to_file(&config)?;
    let texts = words::texts(&config, cli::language(&config.languages));
    let clock = match config.now.as_deref().map(chrono::DateTime::parse_from_rfc3339) {
        Some(Ok(now)) => Clock::set_to(now.to_utc()),
        Some(Err(_)) => {
            return Ok(fail(&Failure::Usage(texts.get(Key::UsageNow).to_owned())));
        }
        None => Clock::system(),
    };
    let dice = config.seed.map_or_else(Dice::unpredictable, Dice::seeded);
    let mut context = Context { config: &config, texts: &texts, clock, dice: dice.clone(), screen: SCREEN };
    match cli::run(arguments, &mut context) {
        Ok(Task::Ended(code)) => Ok(ExitCode::from(code)),
        Ok(Task::Screen(store, folder)) => {
            let choices = Choices::of(config.clone());
            // What the command line says wrongly is wrong usage; what the file says wrongly is told on the screen.
            let said: Vec<_> =
                choices.mistakes.iter().filter(|there| there.file.is_none()).cloned().collect();
            if let Some(sentence) = words::mistakes(&texts, &said) {
                return Ok(fail(&Failure::Usage(sentence)));
            }
            let reread: Reread = Box::new(move || Config::load(flags.clone(), env));
            let shown = screen(*store, folder.is_some(), (choices, reread), texts, clock, dice);
            drop(folder);
            shown
        }
        Err(failure) => Ok(fail(&failure)),
    }
}

/// A limit on the size of files is met as an error that can be told, and not as the end of the program.
fn told_when_files_may_not_grow() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

fn fail(failure: &Failure) -> ExitCode {
    if !matches!(failure, Failure::Closed) {
        eprintln!("recado: {failure}");
    }
    ExitCode::from(failure.code())
}

/// What only the screen knows of a configuration, for the commands.
const SCREEN: ScreenSide = ScreenSide {
    mistakes: |config| Choices::of(config.clone()).mistakes,
    themes: |config| Choices::of(config.clone()).themes.names(),
    keys: Keymap::documented,
};

/// Opens the screen on a workspace.
fn screen(
    store: Store,
    is_sample: bool,
    (choices, reread): (Choices, Reread),
    texts: Texts,
    clock: Clock,
    mut dice: Dice,
) -> color_eyre::Result<ExitCode> {
    let desk = Desk { path: store.path().to_owned(), texts: Arc::new(RwLock::new(texts.clone())), clock };
    let spoken = Arc::clone(&desk.texts);
    let (events, answers) = tui::queue();
    let reader = match Reader::start(desk.clone(), events.clone()) {
        Ok(reader) => reader,
        Err(error) => return Ok(fail(&Failure::Failed(words::store_error(&texts, &error, store.path())))),
    };
    if choices.config.color == Color::Always {
        // Otherwise the terminal library would follow NO_COLOR by itself.
        crossterm::style::force_color_output(true);
    }
    let zone = store.zone();
    let media = store.media_folder();
    let outside = Outside {
        program: std::env::current_exe()?,
        workspace: store.path().to_owned(),
        home: std::env::home_dir(),
    };
    let engine = engine(store.path().to_owned(), clock, &mut dice, events.clone());
    let writer = Writer::start(store, desk, dice, events.clone());
    let ran = tui::run(Setup {
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
    });
    let (stop, at_work) = engine;
    let _ = stop.send(());
    let _ = at_work.join();
    ran?;
    Ok(ExitCode::SUCCESS)
}

/// Starts the engine beside the screen, on a thread and a connection of its own. What it does is seen as what any other
/// program does: the reader notices that the file has moved. What no message's history says is told to the screen.
fn engine(
    path: std::path::PathBuf,
    clock: Clock,
    dice: &mut Dice,
    screen: std::sync::mpsc::Sender<Event>,
) -> (std::sync::mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let dice = dice.split();
    let at_work = std::thread::spawn(move || {
        // The screen has opened the same file: what is wrong with it has been said.
        let Ok(store) = Store::open(&path, Access::Write) else { return };
        let engine = Engine::new(store, dice, cli::opener());
        let signals = engine.signals();
        std::thread::spawn(move || {
            let _ = stopped.recv();
            let _ = signals.send(Signal::Stop);
        });
        engine.run(clock, |told| {
            let event = match told {
                // Whoever looks at the screen sees the same of its own reads and writes.
                Told::Ill(error) => return tracing::error!(%error, "the engine"),
                Told::ChannelFailed { channel, problem } => {
                    Event::ChannelFailed { channel: (*channel).to_owned(), problem: (*problem).to_owned() }
                }
                Told::ChannelMended { channel } => Event::ChannelMended((*channel).to_owned()),
            };
            // The screen may be closing.
            let _ = screen.send(event);
        });
    });
    (stop, at_work)
}

/// A log goes to a file or nowhere, never to the terminal.
fn log_to_file(config: &Config) -> color_eyre::Result<()> {
    let Some(path) = &config.log else { return Ok(()) };
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("info"))
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .init();
    Ok(())
}
