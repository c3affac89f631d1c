//! What a person has chosen: defaults, then the configuration file, then the environment, then the command line. Merged
//! once, into one struct.
//!
//! A mistake in the file never stops the reading: it is noted with line and column, and what it is about stays at its
//! default. What only the screen can judge (keys, themes, the names of folders) is kept as it was written.

mod file;
mod mistake;
mod reading;
mod values;

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use etcetera::{AppStrategy, AppStrategyArgs};

use file::File;
pub use file::GivenKeys;
pub use mistake::{Given, Matters, Mistake, Place, Problem, Sort, nearest};
pub use reading::{Reading, Value, entries};
pub use values::{
    Color, Column, ColumnName, ConversationKind, DateStyle, Hours, Notifications, Notify, NotifyWhen,
    ReadingPane, RowLines, ScreenKind, WeekStart,
};

/// The documented defaults of all settings but the keys.
pub const DEFAULTS: &str = include_str!("../../assets/config.toml");

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
    pub theme: Option<String>,
    /// `--plain`
    pub plain: bool,
}

/// Everything that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The configuration file, whether it is there or not; none where there is no home for one.
    pub file: Option<PathBuf>,
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
    /// The folder of the person's own themes, whether it is there or not.
    pub themes: Option<PathBuf>,
    /// Where the workspace is.
    pub db: PathBuf,
    /// Whether somebody named it, on the command line.
    pub db_named: bool,
    /// The locale or language that was asked for, first wish first.
    pub languages: Vec<String>,
    /// The locale of times and weeks, where the environment names one.
    pub time_locale: Option<String>,
    /// The locale of numbers, where the environment names one.
    pub number_locale: Option<String>,
    /// By how many hours a day is told.
    pub hours: Hours,
    /// The day on which weeks begin.
    pub week_start: WeekStart,
    /// Whether to use colours.
    pub color: Color,
    /// The language that the file names, for a check.
    pub lang: Option<Given<String>>,
    /// The theme, or `auto`.
    pub theme: Given<String>,
    /// What `auto` means on a dark background.
    pub theme_dark: Given<String>,
    /// What `auto` means on a light background.
    pub theme_light: Given<String>,
    /// How many colours the terminal can show.
    pub depth: Depth,
    /// Whether the terminal says that its background is light; none when it says nothing.
    pub light_background: Option<bool>,
    /// How the screen is drawn.
    pub screen: ScreenKind,
    /// Where the conversation stands.
    pub reading: ReadingPane,
    /// How a conversation is drawn.
    pub conversation: ConversationKind,
    /// How the list shows moments.
    pub dates: DateStyle,
    /// How many lines a message takes in the list.
    pub lines: RowLines,
    /// The columns of a list that shows a message on one line.
    pub columns: Vec<Column>,
    /// The folder that the screen begins with, as it is written.
    pub start: Given<String>,
    /// How new messages are told.
    pub notifications: Notifications,
    /// Keys, over the defaults.
    pub keys: Vec<GivenKeys>,
    /// The country of numbers without a country code, for new workspaces.
    pub country: Option<Given<String>>,
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
    /// Whether it runs within tmux.
    pub is_in_tmux: bool,
}

/// How many colours a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Its own sixteen.
    Sixteen,
    /// 256.
    Indexed,
    /// 16 million.
    True,
}

/// How many seconds a message waits before it leaves, unless the file says otherwise.
pub const UNDO_SEND: u32 = 5;

/// The editor where nobody has named one.
const EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// Why there is no configuration to work with.
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
        let named = flags.config.or_else(|| env("RECADO_CONFIG").map(PathBuf::from));
        let is_named = named.is_some();
        let path = named.or_else(|| folders.as_ref().map(|folders| folders.in_config_dir("config.toml")));
        let (file, mistakes) = match &path {
            Some(path) if is_named || path.exists() => read(path)?,
            _ => (File::default(), Vec::new()),
        };
        let db_named = flags.db.is_some();
        let db = flags
            .db
            .or_else(|| env("RECADO_DB").map(PathBuf::from))
            .or(file.db)
            .or_else(|| folders.as_ref().map(|folders| folders.in_data_dir("recado.db")))
            .ok_or(ConfigError::Homeless)?;
        let lang = file.lang.as_ref().map(|lang| lang.value.clone());
        let languages = languages(flags.lang, lang, env);
        let no_color = env("NO_COLOR").is_some();
        let term = env("TERM").unwrap_or_default();
        let or_default = |given: Option<Given<String>>, usual: &str| {
            given.unwrap_or_else(|| Given::nowhere(usual.to_owned()))
        };
        Ok(Self {
            themes: path.as_deref().and_then(Path::parent).map(|folder| folder.join("themes")),
            file: path,
            mistakes,
            db,
            db_named,
            languages,
            time_locale: ["LC_ALL", "LC_TIME", "LANG"].into_iter().find_map(env),
            number_locale: ["LC_ALL", "LC_NUMERIC", "LANG"].into_iter().find_map(env),
            hours: file.hours.unwrap_or_default(),
            week_start: file.week_start.unwrap_or_default(),
            color: flags.color.unwrap_or(if no_color { Color::Never } else { Color::Auto }),
            lang: file.lang,
            theme: match flags.theme {
                Some(name) => Given::nowhere(name),
                None => or_default(file.theme, AUTO),
            },
            theme_dark: or_default(file.theme_dark, "dark"),
            theme_light: or_default(file.theme_light, "light"),
            depth: depth(env("COLORTERM").as_deref(), &term),
            light_background: env("COLORFGBG").and_then(|colors| is_light(&colors)),
            screen: if flags.plain { ScreenKind::Plain } else { file.screen.unwrap_or_default() },
            reading: file.reading.unwrap_or_default(),
            conversation: file.conversation.unwrap_or_default(),
            dates: file.dates.unwrap_or_default(),
            lines: file.lines.unwrap_or_default(),
            columns: file.columns.unwrap_or_else(Column::usual),
            start: or_default(file.start, "inbox"),
            notifications: Notifications {
                how: file.notify.unwrap_or_default(),
                when: file.notify_when.unwrap_or_default(),
                text: file.notify_text.unwrap_or(true),
                command: file.notify_command.unwrap_or_default(),
            },
            keys: file.keys,
            country: file.country,
            zone: file.zone.unwrap_or_else(|| machine_zone(env("TZ").as_deref())),
            mouse: file.mouse.unwrap_or(true),
            undo_send: file.undo_send.unwrap_or(UNDO_SEND),
            editor: file
                .editor
                .or_else(|| env("VISUAL"))
                .or_else(|| env("EDITOR"))
                .filter(|editor| !editor.trim().is_empty())
                .unwrap_or_else(|| EDITOR.to_owned()),
            log: env("RECADO_LOG").map(PathBuf::from),
            now: env("RECADO_NOW"),
            seed: env("RECADO_SEED").and_then(|seed| seed.parse().ok()),
            term,
            is_in_tmux: env("TMUX").is_some(),
        })
    }
}

/// The theme that goes by the terminal's background.
pub const AUTO: &str = "auto";

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

fn read(path: &Path) -> Result<(File, Vec<Mistake>), ConfigError> {
    let bytes = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    // A file that is not UTF-8 is read all the same: what is damaged is told where it stands.
    Ok(file::read(path, &String::from_utf8_lossy(&bytes)))
}

/// `COLORFGBG` is `foreground;background` by the numbers of the sixteen colours; 7 and 9 to 15 are light.
fn is_light(colors: &str) -> Option<bool> {
    let background: u8 = colors.rsplit(';').next()?.parse().ok()?;
    Some(background == 7 || (9..=15).contains(&background))
}

fn depth(colorterm: Option<&str>, term: &str) -> Depth {
    match colorterm {
        Some("truecolor" | "24bit") => Depth::True,
        _ if term.ends_with("-direct") => Depth::True,
        _ if term.contains("256color") => Depth::Indexed,
        _ => Depth::Sixteen,
    }
}

/// The time zone of the machine, or of `TZ` when that names one.
fn machine_zone(tz: Option<&str>) -> Tz {
    let named = tz.map(|tz| tz.trim_start_matches(':')).and_then(|tz| tz.parse().ok());
    named.or_else(|| iana_time_zone::get_timezone().ok()?.parse().ok()).unwrap_or(Tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Config, Vec<(Place, Problem)>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let flags = Flags { config: Some(path), ..Flags::default() };
        let config = Config::load(flags, |name| (name == "HOME").then(|| "/home/ana".to_owned())).unwrap();
        let found = config.mistakes.iter().map(|there| (there.at.unwrap(), there.problem.clone()));
        let found = found.collect();
        (config, found)
    }

    /// What differs between two runs that read two files.
    fn without_places(mut config: Config) -> Config {
        (config.file, config.themes) = (None, None);
        for given in [&mut config.theme, &mut config.theme_dark, &mut config.theme_light, &mut config.start] {
            given.at = None;
        }
        config
    }

    #[test]
    fn the_documented_file_says_exactly_the_defaults() {
        let (documented, mistakes) = read(DEFAULTS);
        assert_eq!(mistakes, Vec::new());
        assert_eq!(without_places(documented), without_places(read("").0));
    }

    #[test]
    fn the_documented_file_has_every_setting_there_is() {
        // What has no default stands there as a comment. Without its signs everything is said, and is understood.
        let said: String = DEFAULTS
            .lines()
            .map(|line| match line.strip_prefix("#: ") {
                Some(setting) => format!("{setting}\n"),
                None if line == "command = []" => String::new(),
                None => format!("{line}\n"),
            })
            .collect();
        let (config, mistakes) = read(&said);
        assert_eq!(mistakes, Vec::new());
        assert!(config.lang.is_some() && config.country.is_some());
        assert!(config.db.ends_with("recado.db"));
        for name in file::names() {
            let is_there = said
                .lines()
                .any(|line| line.starts_with(&format!("{name} =")) || line.starts_with(&format!("[{name}]")));
            assert!(is_there || name == "keys", "{name} is not documented");
        }
    }

    #[test]
    fn every_mistake_has_its_line_and_column_and_the_rest_counts() {
        let check = |text: &str, line: usize, column: usize, problem: Problem| {
            let (config, mistakes) = read(&format!("{text}\n[list]\nlines = \"two\"\n"));
            assert_eq!(mistakes, vec![(Place { line, column }, problem)], "{text}");
            assert_eq!(config.lines, RowLines::Two, "{text}");
        };
        let sort = |name: &str, wanted| Problem::Sort { name: name.into(), wanted };
        check("them = 1", 1, 1, Problem::UnknownSetting("them".into(), Some("theme".into())));
        check("\n\n  banana = 1", 3, 3, Problem::UnknownSetting("banana".into(), None));
        check("mouse = \"yes\"", 1, 9, sort("mouse", Sort::Flag));
        check("undo_send = 601", 1, 13, sort("undo_send", Sort::Number(0, 600)));
        check("undo_send = -1", 1, 13, sort("undo_send", Sort::Number(0, 600)));
        check("db = 5", 1, 6, sort("db", Sort::Text));
        check("timezone = \"Mars/X\"", 1, 12, Problem::Zone("Mars/X".into()));
        let one_of = |name: &str, value: &str, known: &[&str]| Problem::OneOf {
            name: name.into(),
            value: value.into(),
            known: known.iter().map(|name| (*name).to_owned()).collect(),
        };
        check("reading = \"left\"", 1, 11, one_of("reading", "left", &["right", "below", "off"]));
        check("[notify]\nhow = \"loud\"", 2, 7, {
            one_of("notify.how", "loud", &["none", "bell", "osc9", "osc777", "command"])
        });
        check("[notify]\nhow = \"command\"", 1, 1, Problem::NoCommand);
        check("[notify]\nsound = 1", 2, 1, Problem::UnknownSetting("sound".into(), None));
        check("[keys]\nlist = 1", 2, 8, sort("keys.list", Sort::Table));
        check("[keys.list]\nopen = \"o\"", 2, 8, sort("keys.list.open", Sort::Texts));
        check("keys = 1", 1, 8, sort("keys", Sort::Table));
        for columns in ["[]", "[\"size\"]", "[\"name 0\"]", "[\"name x\"]"] {
            let (config, mistakes) = read(&format!("[list]\ncolumns = {columns}"));
            assert_eq!(mistakes, vec![(Place { line: 2, column: 11 }, sort("list.columns", Sort::Columns))]);
            assert_eq!(config.columns, Column::usual());
        }
    }

    #[test]
    fn what_is_no_toml_is_told_where_and_the_rest_counts() {
        let (config, mistakes) = read("undo_send = 9\nmouse = = false\nstart = \"sent\"\n");
        assert_eq!((mistakes.len(), mistakes[0].0.line), (1, 2), "{mistakes:?}");
        assert!(matches!(mistakes[0].1, Problem::Syntax(_)));
        assert_eq!((config.undo_send, config.start.value.as_str()), (9, "sent"));
        // Half a path is no path.
        let (config, mistakes) = read("db = \"/home/ana/other");
        let wanted = Problem::Sort { name: "db".into(), wanted: Sort::Text };
        assert!(mistakes.contains(&(Place { line: 1, column: 1 }, wanted)), "{mistakes:?}");
        assert!(config.db.ends_with("recado.db"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, b"mouse = false\neditor = \"\xff\"\n").unwrap();
        let flags = Flags { config: Some(path), ..Flags::default() };
        let config = Config::load(flags, |name| (name == "HOME").then(|| "/home/ana".to_owned())).unwrap();
        assert!(!config.mouse);
    }

    #[test]
    fn columns_have_their_widths() {
        let (config, mistakes) = read("[list]\ncolumns = [\"name 30\", \"time\", \"text\"]");
        assert_eq!(mistakes, Vec::new());
        let widths: Vec<(ColumnName, Option<u16>)> =
            config.columns.iter().map(|column| (column.name, column.width)).collect();
        assert_eq!(
            widths,
            [(ColumnName::Name, Some(30)), (ColumnName::Time, None), (ColumnName::Text, None)]
        );
    }

    #[test]
    fn what_the_terminal_says_of_its_background() {
        assert_eq!(is_light("15;0"), Some(false));
        assert_eq!(is_light("0;default;15"), Some(true));
        assert_eq!(is_light("0;8"), Some(false));
        assert_eq!(is_light("default;default"), None);
        assert_eq!(depth(None, "xterm-256color"), Depth::Indexed);
        assert_eq!(depth(None, "linux"), Depth::Sixteen);
        assert_eq!(depth(Some("truecolor"), "xterm"), Depth::True);
    }
}
