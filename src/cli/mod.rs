//! The command line: its grammar, and what every command shares.
//!
//! Data goes to standard output, notes to standard error; a list has `--json`, an object a line. A command ends with 0, with
//! 1 and one sentence when it failed, or with 2 when it was asked wrongly. A reader that has seen enough and closes the
//! pipe is no failure.

mod act;
mod channel;
mod config;
mod demo;
mod export;
mod grammar;
mod group;
mod import;
mod keep;
mod label;
mod list;
mod new_file;
mod rejected;
mod schedule;
mod send;
mod serve;
mod stats;

pub use config::ScreenSide;
pub use serve::opener;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use indicatif::ProgressBar;

use crate::clock::{Clock, Dice};
use crate::config::{Color, Config, ConfigError, Flags, Matters, Problem};
use crate::domain::contact::Country;
use crate::domain::folder::Folder;
use crate::domain::listing::{Order, Place, View};
use crate::domain::period::{Period, last_day};
use crate::domain::query::{Query, date};
use crate::i18n::{Key, Lang, Texts};
use crate::json;
use crate::store::{Access, Settings, Store, StoreError};
use crate::words;

/// The messages of an organisation and its contacts, in eight mail-like folders, in a terminal.
///
/// Without a command it opens the screen on your workspace. `recado demo` opens it on a sample one.
#[derive(Debug, Parser)]
#[command(name = "recado", version, about, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Global {
    /// The workspace [env: RECADO_DB] [default: recado.db in your data folder]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    db: Option<PathBuf>,
    /// The configuration [env: RECADO_CONFIG] [default: config.toml in your configuration folder]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The language [default: by LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, help_heading = "Everywhere", value_enum)]
    lang: Option<LangName>,
    /// Whether to use colours; NO_COLOR is honoured
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, value_name = "WHEN")]
    color: Option<ColorName>,
    /// The colours of the screen: auto, dark, light, ansi … (`recado config --themes` lists them)
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "NAME")]
    theme: Option<String>,
    /// The screen as one thing a line, in words, for screen readers
    #[arg(long, global = true, help_heading = "Everywhere")]
    plain: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangName {
    En,
    Es,
    Pt,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorName {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the screen on a sample workspace, or write one
    Demo(demo::DemoArgs),
    /// The eight folders with their counts, and the total
    Folders {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// What is in a folder, newest first
    List(list::ListArgs),
    /// One message with its whole history
    Show {
        /// The message's id
        id: i64,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Find messages in all folders
    Search(list::SearchArgs),
    /// Put incoming messages away
    Archive(act::Which),
    /// Bring archived messages back to the folder they came from
    Restore(act::Which),
    /// Clear archived messages for good
    Delete {
        #[command(flatten)]
        which: act::Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take the unread mark off
    Read(act::Which),
    /// Put the unread mark on
    Unread(act::Which),
    /// Put labels on messages, and look after labels
    #[command(subcommand)]
    Label(label::LabelCommand),
    /// Send failed messages again, and those that wait for their next attempt at once
    Resend(act::Which),
    /// Take messages that wait out of the queue
    Cancel(act::Which),
    /// Write to contacts, now or later
    Send(send::SendArgs),
    /// Hand an incoming message in, for gateways that run a program
    Receive(send::ReceiveArgs),
    /// Look at scheduled messages and change them
    #[command(subcommand)]
    Schedule(schedule::ScheduleCommand),
    /// The gateways by which messages leave and arrive
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Groups of contacts to write to
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Deliver, fire schedules and take in what gateways bring, without the screen
    Serve(serve::ServeArgs),
    /// Bring messages and calls in from files
    Import(import::ImportArgs),
    /// Take messages, calls and schedules out: csv, jsonl or xlsx
    Export(export::ExportArgs),
    /// Print the documented defaults, say where the configuration is, or check it
    Config(config::ConfigArgs),
    /// Figures of a period: totals, by folder, day, hour, channel and contact, how much arrived, how soon it was answered
    Stats(stats::StatsArgs),
    /// Copy the workspace into a new file, also while others write
    Backup {
        /// The new file
        file: PathBuf,
        /// What was done, as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print what a shell needs to complete the commands: recado completions bash > ~/.local/share/bash-completion/completions/recado
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a folder: recado.1 and one for each command
    Man {
        /// The folder, such as ~/.local/share/man/man1
        folder: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check the workspace against itself
    Doctor {
        /// Mend what can be derived again: folders, counts, search indexes, the last step of a history
        #[arg(long)]
        repair: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// What a run of the program is for.
#[derive(Debug)]
pub enum Task {
    /// A command was run; this is the exit code.
    Ended(u8),
    /// Open the screen on this workspace. A folder that goes away afterwards may hold it.
    Screen(Box<Store>, Option<tempfile::TempDir>),
}

/// Why a command failed, as one sentence for the reader.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
    /// It was asked wrongly.
    #[error("{0}")]
    Usage(String),
    /// The reader of the output has gone.
    #[error("closed")]
    Closed,
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Closed => 0,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Failed(error.to_string())
        }
    }
}

type Outcome<T> = Result<T, Failure>;

impl Arguments {
    /// What was chosen on the command line.
    pub fn flags(&self) -> Flags {
        let global = &self.global;
        Flags {
            db: global.db.clone(),
            config: global.config.clone(),
            lang: global.lang.map(|lang| {
                match lang {
                    LangName::En => "en",
                    LangName::Es => "es",
                    LangName::Pt => "pt",
                }
                .to_owned()
            }),
            color: global.color.map(|color| match color {
                ColorName::Auto => Color::Auto,
                ColorName::Always => Color::Always,
                ColorName::Never => Color::Never,
            }),
            theme: global.theme.clone(),
            plain: global.plain,
        }
    }
}

/// What a command works with.
pub struct Context<'a> {
    /// What was chosen.
    pub config: &'a Config,
    /// The texts of the reader's language.
    pub texts: &'a Texts,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub dice: Dice,
    /// What only the screen knows of a configuration.
    pub screen: ScreenSide,
}

/// The language that was asked for, else English.
pub fn language(languages: &[String]) -> Lang {
    languages.iter().find_map(|locale| Lang::from_locale(locale)).unwrap_or(Lang::En)
}

/// Why there is no configuration to work with.
pub fn config_error(texts: &Texts, error: &ConfigError) -> String {
    match error {
        ConfigError::Read { path, source } => {
            texts.fill(Key::UsageConfig, &[("file", &path.display()), ("problem", source)])
        }
        ConfigError::Homeless => texts.get(Key::UsageHomeless).to_owned(),
    }
}

/// Runs what was asked for; the screen is left to the caller.
pub fn run(arguments: Arguments, context: &mut Context<'_>) -> Outcome<Task> {
    let ended = |outcome: Outcome<()>| outcome.map(|()| Task::Ended(0));
    context.must_be_meant(arguments.command.as_ref())?;
    match arguments.command {
        None => {
            context.must_have_screen()?;
            Ok(Task::Screen(Box::new(context.open_or_create_leniently()?), None))
        }
        Some(Command::Demo(args)) => demo::run(&args, context),
        Some(Command::Folders { json }) => ended(list::folders(json, context)),
        Some(Command::List(args)) => ended(list::list(&args, context)),
        Some(Command::Show { id, json }) => ended(list::show(id, json, context)),
        Some(Command::Search(args)) => ended(list::search(&args, context)),
        Some(Command::Archive(which)) => ended(act::archive(&which, context)),
        Some(Command::Restore(which)) => ended(act::restore(&which, context)),
        Some(Command::Delete { which, yes }) => ended(act::delete(&which, yes, context)),
        Some(Command::Read(which)) => ended(act::read(&which, context)),
        Some(Command::Unread(which)) => ended(act::unread(&which, context)),
        Some(Command::Label(command)) => ended(label::run(&command, context)),
        Some(Command::Resend(which)) => ended(act::resend(&which, context)),
        Some(Command::Cancel(which)) => ended(act::cancel(&which, context)),
        Some(Command::Schedule(command)) => ended(schedule::run(&command, context)),
        Some(Command::Send(args)) => ended(send::send(&args, context)),
        Some(Command::Receive(args)) => ended(send::receive(&args, context)),
        Some(Command::Channel(command)) => ended(channel::run(&command, context)),
        Some(Command::Group(command)) => ended(group::run(&command, context)),
        Some(Command::Serve(args)) => ended(serve::run(&args, context)),
        Some(Command::Import(args)) => import::run(&args, context).map(Task::Ended),
        Some(Command::Export(args)) => ended(export::run(&args, context)),
        Some(Command::Config(args)) => config::run(&args, context).map(Task::Ended),
        Some(Command::Stats(args)) => ended(stats::run(&args, context)),
        Some(Command::Backup { file, json }) => ended(keep::backup(&file, json, context)),
        Some(Command::Completions { shell }) => ended(grammar::completions(shell)),
        Some(Command::Man { folder, json }) => ended(grammar::man(&folder, json, context)),
        Some(Command::Doctor { repair, json }) => keep::doctor(repair, json, context).map(Task::Ended),
    }
}

impl Context<'_> {
    /// Whether what was asked for can be done with this configuration. A command that nobody looks at must not work on
    /// another workspace than was meant, so it does nothing while the file is mistaken about more than the screen. The screen
    /// begins all the same, and says what is wrong, unless nobody knows which workspace to show.
    fn must_be_meant(&self, command: Option<&Command>) -> Outcome<()> {
        let decides = |mistake: &&crate::config::Mistake| match command {
            Some(Command::Config(_)) => false,
            None => matches!(&mistake.problem, Problem::Sort { name, .. } if name == "db"),
            Some(Command::Demo(args)) if args.is_screen() => false,
            Some(_) => mistake.matters == Matters::Everywhere,
        };
        let decisive: Vec<_> = self.config.mistakes.iter().filter(decides).cloned().collect();
        match words::mistakes(self.texts, &decisive) {
            Some(sentence) => Err(Failure::Usage(sentence)),
            None => Ok(()),
        }
    }

    /// The screen needs a terminal that can move its cursor.
    fn must_have_screen(&self) -> Outcome<()> {
        let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
        let term = &self.config.term;
        // Windows has no TERM, and no such terminals.
        if terminal && term == "dumb" {
            return Err(Failure::Failed(self.texts.fill(Key::UsageDumb, &[("term", term)])));
        }
        if terminal {
            return Ok(());
        }
        Err(Failure::Usage(self.texts.get(Key::UsageNoScreen).to_owned()))
    }

    fn failed(&self, error: &StoreError) -> Failure {
        Failure::Failed(words::store_error(self.texts, error, &self.config.db))
    }

    /// That a file could not be written.
    fn file_failed(&self, file: &Path, error: &std::io::Error) -> Failure {
        Failure::Failed(words::new_file_error(self.texts, error, file))
    }

    /// Opens the workspace; a missing one is an error that says how to make one.
    fn open(&self, access: Access) -> Outcome<Store> {
        Store::open(&self.config.db, access).map_err(|error| self.failed(&error))
    }

    /// Opens the workspace, and makes one where there is none. A country that does not exist is an error.
    fn open_or_create(&mut self) -> Outcome<Store> {
        let country = match &self.config.country {
            Some(code) => Some(self.country(&code.value)?),
            None => None,
        };
        self.create_with(country)
    }

    /// The same, where a country that does not exist is told on the screen, and counts as not said.
    fn open_or_create_leniently(&mut self) -> Outcome<Store> {
        let code = self.config.country.as_ref().map(|code| code.value.as_str());
        self.create_with(code.and_then(Country::from_code))
    }

    /// Opens the workspace; one that is made is of that country.
    fn create_with(&mut self, country: Option<Country>) -> Outcome<Store> {
        let now = self.clock.now();
        let settings = Settings { uuid: self.dice.uuid(now), country, zone: self.config.zone };
        Store::open_or_create(&self.config.db, settings).map_err(|error| self.failed(&error))
    }

    fn country(&self, code: &str) -> Outcome<Country> {
        Country::from_code(code)
            .ok_or_else(|| Failure::Usage(self.texts.fill(Key::UsageCountry, &[("code", &code)])))
    }

    fn today(&self, store: &Store) -> NaiveDate {
        self.clock.now().with_timezone(&store.zone()).date_naive()
    }

    fn query(&self, text: &str, store: &Store) -> Outcome<Query> {
        Query::parse(text, self.today(store))
            .map_err(|error| Failure::Usage(words::query_error(self.texts, &error)))
    }

    fn date(&self, text: &str, store: &Store) -> Outcome<NaiveDate> {
        date(text, self.today(store))
            .ok_or_else(|| Failure::Usage(self.texts.fill(Key::QueryBadDate, &[("date", &text)])))
    }

    /// The days from one on, up to and with another.
    fn days(&self, since: Option<&str>, until: Option<&str>, store: &Store) -> Outcome<Period> {
        let since = since.map(|text| self.date(text, store)).transpose()?;
        let until = until.map(|text| {
            let wrong = || Failure::Usage(self.texts.fill(Key::QueryBadDate, &[("date", &text)]));
            last_day(text, self.today(store)).ok_or_else(wrong)
        });
        Ok(Period { since, until: until.transpose()? })
    }

    fn folder(&self, id: &str) -> Outcome<Folder> {
        Folder::from_id(&id.to_lowercase()).ok_or_else(|| {
            let known = Folder::ALL.map(Folder::id).join(", ");
            Failure::Usage(self.texts.fill(Key::QueryUnknownFolder, &[("folder", &id), ("known", &known)]))
        })
    }

    fn view(&self, place: Place, search: Option<&str>, store: &Store) -> Outcome<View> {
        let query = search.map(|text| self.query(text, store)).transpose()?.unwrap_or_default();
        Ok(View { place, query, order: Order::NewestFirst })
    }
}

/// Writes an object as one line of JSON.
fn print_json(out: &mut impl Write, value: &impl serde::Serialize) -> Outcome<()> {
    Ok(json::write(out, value)?)
}

/// While it lives a Ctrl-C sets a flag, and does not end the program.
struct Interrupt(Option<signal_hook::SigId>);

impl Interrupt {
    fn to(flag: &Arc<AtomicBool>) -> Self {
        Self(signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(flag)).ok())
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            signal_hook::low_level::unregister(id);
        }
    }
}

/// Has a thread of its own draw how far something is, until it is over.
fn keep_drawn(bar: ProgressBar, draw: impl Fn(&ProgressBar) + Send + 'static) -> ProgressBar {
    let drawn = bar.clone();
    std::thread::spawn(move || {
        while !drawn.is_finished() {
            draw(&drawn);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    bar
}

/// Says what was done: as one JSON object, or in a sentence.
fn say(json: bool, object: &serde_json::Value, sentence: &str) -> Outcome<()> {
    let mut out = output();
    if json {
        print_json(&mut out, object)?;
    } else {
        writeln!(out, "{}", words::one_line(sentence))?;
    }
    out.flush()?;
    Ok(())
}

/// Standard output, written in large pieces.
fn output() -> std::io::BufWriter<std::io::StdoutLock<'static>> {
    std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock())
}

/// How wide the terminal is; none when the output goes elsewhere.
fn terminal_width() -> Option<usize> {
    std::io::stdout()
        .is_terminal()
        .then(|| crossterm::terminal::size().ok())
        .flatten()
        .map(|(width, _)| width.into())
}

/// A question that only `y`, or its word in the language, answers with yes. Off a terminal nobody can answer.
fn confirm(question: &str, texts: &Texts) -> Outcome<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(texts.get(Key::UsageNeedsYes).to_owned()));
    }
    let mut err = std::io::stderr().lock();
    write!(err, "{question} {} ", texts.get(Key::YesNo))?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes" | "s" | "sí" | "si" | "sim"))
}

/// A path that exists, for a sentence.
fn shown(path: &Path) -> String {
    words::one_line(&path.display().to_string())
}
