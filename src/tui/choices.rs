//! What a configuration means for the screen: its keys, its themes, its first folder, and what only the screen can find wrong
//! with it. Read at the start, and again by the thread that watches the file; never by the one that draws.

use std::path::Path;

use super::keymap::{self, Keymap};
use super::theme::{ANSI, Theme, Themes};
use crate::config::{AUTO, Color, Config, ConfigError, Depth, Given, Matters, Mistake, Problem};
use crate::domain::contact::Country;
use crate::domain::folder::Folder;
use crate::i18n::Lang;

/// A configuration, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// What was chosen. What only the screen finds wrong is at its default here.
    pub config: Config,
    /// The keys.
    pub keymap: Keymap,
    /// The themes that there are.
    pub themes: Themes,
    /// The folder to begin with.
    pub start: Folder,
    /// Everything that is wrong, in the order of the files.
    pub mistakes: Vec<Mistake>,
}

/// What the terminal's background is, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Background {
    /// Dark, or nobody knows.
    #[default]
    Dark,
    /// Light.
    Light,
}

/// Reads the configuration again.
pub type Reread = Box<dyn Fn() -> Result<Config, ConfigError> + Send>;

impl Choices {
    /// Understands a configuration, and reads the person's own themes.
    pub fn of(mut config: Config) -> Self {
        let (keymap, wrong_keys) = keymap::merged(&config.keys, config.file.as_deref());
        let mut themes = Themes::built_in();
        let wrong_themes = config.themes.as_deref().map(|folder| themes.read(folder)).unwrap_or_default();
        let mut mistakes = std::mem::take(&mut config.mistakes);
        let mut check = Check { file: config.file.clone(), mistakes: Vec::new() };
        for (given, usual) in
            [(&mut config.theme, AUTO), (&mut config.theme_dark, "dark"), (&mut config.theme_light, "light")]
        {
            check.theme(given, usual, &themes);
        }
        let start = check.start(&config.start);
        check.language_and_country(&config);
        mistakes.extend(check.mistakes);
        mistakes.extend(wrong_keys);
        mistakes.sort_by_key(|mistake| mistake.at);
        mistakes.extend(wrong_themes);
        Self { config, keymap, themes, start, mistakes }
    }

    /// Whether there are colours to choose from.
    pub fn has_colours(&self) -> bool {
        self.config.color != Color::Never
    }

    /// The names of the themes to choose from.
    pub fn theme_names(&self) -> Vec<String> {
        if self.has_colours() { self.themes.names() } else { Vec::new() }
    }

    /// Whether it matters what the terminal's background is, and nothing has said so.
    pub fn asks_for_background(&self) -> bool {
        let config = &self.config;
        self.has_colours()
            && config.theme.value == AUTO
            && config.depth == Depth::True
            && config.light_background.is_none()
    }

    /// The colours that were chosen, for a terminal with that background.
    pub fn theme(&self, background: Background) -> Theme {
        let config = &self.config;
        if !self.has_colours() {
            return Theme::mono();
        }
        let is_light = config.light_background.unwrap_or(background == Background::Light);
        let name = match config.theme.value.as_str() {
            AUTO if config.depth < Depth::True => ANSI,
            AUTO if is_light => &config.theme_light.value,
            AUTO => &config.theme_dark.value,
            name => name,
        };
        self.painted(name).unwrap_or_else(|| Theme::dark().fitted(config.depth))
    }

    /// The theme of that name, in the colours that the terminal can show.
    pub fn painted(&self, name: &str) -> Option<Theme> {
        self.themes.find(name).cloned().map(|theme| theme.fitted(self.config.depth))
    }

    /// The files that are read, whether they are there or not: the configuration, and the folder of themes.
    pub fn files(&self) -> (Option<&Path>, Option<&Path>) {
        (self.config.file.as_deref(), self.config.themes.as_deref())
    }
}

struct Check {
    file: Option<std::path::PathBuf>,
    mistakes: Vec<Mistake>,
}

impl Check {
    fn wrong<T>(&mut self, given: &Given<T>, problem: Problem) {
        // What stands nowhere was said on the command line.
        let file = given.at.and_then(|_| self.file.clone());
        self.mistakes.push(Mistake { file, at: given.at, problem, matters: Matters::OnScreen });
    }

    fn theme(&mut self, given: &mut Given<String>, usual: &str, themes: &Themes) {
        let is_auto = usual == AUTO && given.value == AUTO;
        if is_auto || themes.find(&given.value).is_some() {
            return;
        }
        let auto = (usual == AUTO).then(|| AUTO.to_owned());
        let known = auto.into_iter().chain(themes.names()).collect();
        self.wrong(given, Problem::Theme(given.value.clone(), known));
        usual.clone_into(&mut given.value);
    }

    fn start(&mut self, given: &Given<String>) -> Folder {
        Folder::from_id(&given.value).unwrap_or_else(|| {
            let known = Folder::ALL.map(|folder| folder.id().to_owned()).to_vec();
            let (name, value) = ("start".to_owned(), given.value.clone());
            self.wrong(given, Problem::OneOf { name, value, known });
            Folder::Inbox
        })
    }

    fn language_and_country(&mut self, config: &Config) {
        if let Some(lang) = &config.lang
            && Lang::from_locale(&lang.value).is_none()
        {
            let known = Lang::ALL.map(|lang| lang.code().to_owned()).to_vec();
            let (name, value) = ("lang".to_owned(), lang.value.clone());
            self.wrong(lang, Problem::OneOf { name, value, known });
        }
        if let Some(country) = &config.country
            && Country::from_code(&country.value).is_none()
        {
            self.wrong(country, Problem::Country(country.value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Place};

    fn of(text: &str, env: &[(&str, &str)]) -> Choices {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let flags = Flags { config: Some(path), ..Flags::default() };
        let env = |name: &str| {
            let given = env.iter().find(|(there, _)| *there == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| (name == "HOME").then(|| "/home/ana".to_owned()))
        };
        Choices::of(Config::load(flags, env).unwrap())
    }

    const TRUE: (&str, &str) = ("COLORTERM", "truecolor");

    #[test]
    fn all_that_is_documented_is_sound() {
        let text = format!("{}\n{}", crate::config::DEFAULTS, Keymap::documented());
        let choices = of(&text, &[]);
        assert_eq!(choices.mistakes, Vec::new());
        assert_eq!((choices.keymap, choices.start), (Keymap::standard(), Folder::Inbox));
    }

    #[test]
    fn the_theme_goes_by_what_is_chosen_and_by_what_the_terminal_can() {
        let check = |text: &str, env: &[(&str, &str)], background, expected: &str| {
            let choices = of(text, env);
            let wanted = choices.themes.find(expected).cloned().unwrap().fitted(choices.config.depth);
            assert!(choices.theme(background) == wanted, "{text} {env:?}");
        };
        let (dark, light) = (Background::Dark, Background::Light);
        check("", &[TRUE], dark, "dark");
        check("", &[TRUE], light, "light");
        check("", &[TRUE, ("COLORFGBG", "0;15")], dark, "light");
        check("", &[TRUE, ("COLORFGBG", "15;0")], light, "dark");
        check("", &[("TERM", "xterm-256color")], light, "ansi");
        check("theme_dark = \"nord\"", &[TRUE], dark, "nord");
        check("theme_light = \"gruvbox-light\"", &[TRUE], light, "gruvbox-light");
        check("theme = \"nord\"", &[TRUE], light, "nord");
        check("theme = \"nord\"", &[("TERM", "xterm-256color")], light, "nord");
        check("theme = \"nord\"", &[TRUE, ("NO_COLOR", "1")], light, "mono");
        check("theme = \"neon\"", &[TRUE], light, "light");
    }

    #[test]
    fn the_terminal_is_asked_only_when_the_answer_matters() {
        let check = |text: &str, env: &[(&str, &str)], expected| {
            assert_eq!(of(text, env).asks_for_background(), expected, "{text} {env:?}");
        };
        check("", &[TRUE], true);
        check("", &[], false);
        check("", &[TRUE, ("NO_COLOR", "1")], false);
        check("", &[TRUE, ("COLORFGBG", "15;0")], false);
        check("theme = \"light\"", &[TRUE], false);
    }

    #[test]
    fn what_only_the_screen_can_judge_is_told_with_its_place() {
        let check = |text: &str, line: usize, column: usize| {
            let choices = of(text, &[]);
            let places: Vec<_> = choices.mistakes.iter().filter_map(|there| there.at).collect();
            assert_eq!(places, vec![Place { line, column }], "{text}");
        };
        check("theme = \"neon\"", 1, 9);
        check("\ntheme_dark = \"auto\"", 2, 14);
        check("start = \"entrada\"", 1, 9);
        check("lang = \"fr\"", 1, 8);
        check("country = \"Colombia\"", 1, 11);
        check("[keys.list]\nfly = [\"w\"]", 2, 1);
        assert_eq!(of("start = \"sent\"", &[]).start, Folder::Sent);
    }
}
