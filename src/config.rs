//! What a person has chosen: defaults, then the configuration file, then the environment, then the command line. Merged
//! once, into one struct.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use etcetera::{AppStrategy, AppStrategyArgs};

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// By what the terminal says of itself.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// The terminal's own sixteen colours.
    Ansi,
}

/// What was said on the command line; it wins over everything.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--db`
    pub db: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--lang`
    pub lang: Option<String>,
    /// `--color`
    pub color: Option<Color>,
    /// `--theme`
    pub theme: Option<ThemeName>,
}

/// The configuration file.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    db: Option<PathBuf>,
    lang: Option<String>,
    theme: Option<ThemeName>,
    country: Option<String>,
    timezone: Option<String>,
    mouse: Option<bool>,
    undo_send: Option<u32>,
    editor: Option<String>,
}

/// Everything that was chosen.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Config {
    /// Where the workspace is.
    pub db: PathBuf,
    /// Whether somebody named it, on the command line.
    pub db_named: bool,
    /// The locale or language that was asked for, first wish first.
    pub languages: Vec<String>,
    /// Whether to use colours.
    pub color: Color,
    /// The colours of the screen.
    pub theme: ThemeName,
    /// Whether the terminal can show 16 million colours.
    pub truecolor: bool,
    /// Whether the terminal says that its background is light.
    pub light_background: bool,
    /// The country of numbers without a country code, for new workspaces.
    pub country: Option<String>,
    /// The time zone, for new workspaces.
    pub zone: Tz,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How many seconds a message that was written on the screen waits before it leaves; none with zero.
    pub undo_send: u32,
    /// The person's own editor for longer texts, with its options.
    pub editor: String,
    /// Where to write a log; nowhere unless said.
    pub log: Option<PathBuf>,
    /// The moment at which the clock starts, for tests.
    pub now: Option<String>,
    /// The seed of all chance, for tests.
    pub seed: Option<u64>,
    /// What the terminal calls itself.
    pub term: String,
}

/// How many seconds a message waits before it leaves, unless the file says otherwise.
const UNDO_SEND: u32 = 5;

/// The editor where nobody has named one.
const EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// No message waits longer than this, whatever the file says.
const LONGEST_UNDO_SEND: u32 = 600;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that is not understood; the text has line and column.
    #[error("{path}: {problem}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What, and where.
        problem: String,
    },
    /// The file names a time zone that does not exist.
    #[error("{path}: {zone} is not a time zone such as America/Bogota")]
    Zone {
        /// The file.
        path: PathBuf,
        /// What it says.
        zone: String,
    },
    /// There is nowhere to keep anything.
    #[error("the home folder is not known: name a file with --db")]
    Homeless,
}

impl Config {
    /// Merges all sources. `env` gives the variables of the environment.
    pub fn load(flags: Flags, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let folders = etcetera::app_strategy::choose_app_strategy(AppStrategyArgs {
            top_level_domain: String::new(),
            author: String::new(),
            app_name: "recado".to_owned(),
        })
        .ok();
        let file = match flags.config.or_else(|| env("RECADO_CONFIG").map(PathBuf::from)) {
            Some(path) => read(&path)?,
            None => match folders.as_ref().map(|folders| folders.in_config_dir("config.toml")) {
                Some(path) if path.exists() => read(&path)?,
                _ => File::default(),
            },
        };
        let db_named = flags.db.is_some();
        let db = flags
            .db
            .or_else(|| env("RECADO_DB").map(PathBuf::from))
            .or(file.db)
            .or_else(|| folders.as_ref().map(|folders| folders.in_data_dir("recado.db")))
            .ok_or(ConfigError::Homeless)?;
        let languages = languages(flags.lang, file.lang, env);
        let zone = file.timezone.as_deref().and_then(|zone| zone.parse().ok());
        let no_color = env("NO_COLOR").is_some();
        Ok(Self {
            db,
            db_named,
            languages,
            color: flags.color.unwrap_or(if no_color { Color::Never } else { Color::Auto }),
            theme: flags.theme.or(file.theme).unwrap_or_default(),
            truecolor: env("COLORTERM").is_some_and(|term| term == "truecolor" || term == "24bit"),
            light_background: env("COLORFGBG").is_some_and(|colors| is_light(&colors)),
            country: file.country,
            zone: zone.unwrap_or_else(|| machine_zone(env("TZ").as_deref())),
            mouse: file.mouse.unwrap_or(true),
            undo_send: file.undo_send.unwrap_or(UNDO_SEND).min(LONGEST_UNDO_SEND),
            editor: file
                .editor
                .or_else(|| env("VISUAL"))
                .or_else(|| env("EDITOR"))
                .filter(|editor| !editor.trim().is_empty())
                .unwrap_or_else(|| EDITOR.to_owned()),
            log: env("RECADO_LOG").map(PathBuf::from),
            now: env("RECADO_NOW"),
            seed: env("RECADO_SEED").and_then(|seed| seed.parse().ok()),
            term: env("TERM").unwrap_or_default(),
        })
    }
}

/// A secret that may stand elsewhere: `env:NAME` is the value of a variable, `file:PATH` the content of a file without its
/// last line end, and everything else is the secret itself. The error names what is missing, never a value.
pub fn read_secret(text: &str) -> Result<String, String> {
    if let Some(name) = text.strip_prefix("env:") {
        return std::env::var(name).map_err(|_| format!("the environment has no {name}"));
    }
    if let Some(path) = text.strip_prefix("file:") {
        return std::fs::read_to_string(path)
            .map(|secret| secret.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| format!("{path}: {error}"));
    }
    Ok(text.to_owned())
}

/// The wishes for a language, the first one first. Without a file this serves to tell what is wrong with it.
pub fn languages(
    flag: Option<String>,
    file: Option<String>,
    env: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let locales = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(env);
    // The first of the three that is set decides, as for every program.
    flag.into_iter().chain(file).chain(locales.take(1)).collect()
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let wrong = |problem: String| ConfigError::Wrong { path: path.to_owned(), problem };
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
    if let Some(zone) = &file.timezone
        && zone.parse::<Tz>().is_err()
    {
        return Err(ConfigError::Zone { path: path.to_owned(), zone: zone.clone() });
    }
    Ok(file)
}

/// `COLORFGBG` is `foreground;background` by the numbers of the sixteen colours; 7 and 9 to 15 are light.
fn is_light(colors: &str) -> bool {
    let background = colors.rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
    background.is_some_and(|number| number == 7 || (9..=15).contains(&number))
}

/// The time zone of the machine, or of `TZ` when that names one.
fn machine_zone(tz: Option<&str>) -> Tz {
    let named = tz.map(|tz| tz.trim_start_matches(':')).and_then(|tz| tz.parse().ok());
    named.or_else(|| iana_time_zone::get_timezone().ok()?.parse().ok()).unwrap_or(Tz::UTC)
}
