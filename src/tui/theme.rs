//! Roles and their styles. Views know roles only; themes are files: those in `assets/themes` are compiled in, and those in
//! the folder `themes` beside a person's configuration go before them.
//!
//! The terminal's own background and letters are never painted over; the selection, and what must be told apart, is marked
//! by a sign as well as by a colour.

use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount, IntoEnumIterator};

use crate::config::{Depth, Matters, Mistake, Problem, Reading, entries, nearest};

mod depth;

/// What a piece of the screen is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    strum::EnumCount,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Plain text.
    Text,
    /// What matters less.
    Muted,
    /// The title of a pane.
    Title,
    /// The title of the pane that has the keyboard.
    ActiveTitle,
    /// What waits to be opened.
    Unread,
    /// The selected row of the pane that has the keyboard.
    Selected,
    /// The selected row of another pane.
    SelectedElsewhere,
    /// A marked row's sign.
    Marked,
    /// A label.
    Label,
    /// The contact's side of a conversation.
    Incoming,
    /// Our side of a conversation.
    Outgoing,
    /// What the contact's bubbles are made of; bars stand at their sides where it has no background.
    BubbleIn,
    /// The same of ours.
    BubbleOut,
    /// What failed.
    Failed,
    /// What will be tried again.
    Waiting,
    /// What arrived.
    Arrived,
    /// A key in a hint.
    Key,
    /// What was just done.
    Notice,
    /// What a search found.
    Match,
    /// Lines between things.
    Border,
}

/// The style of every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::COUNT],
}

/// The themes that are compiled in.
const BUILT_IN: [(&str, &str); 11] = [
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    (ANSI, include_str!("../../assets/themes/ansi.toml")),
    ("contrast-dark", include_str!("../../assets/themes/contrast-dark.toml")),
    ("contrast-light", include_str!("../../assets/themes/contrast-light.toml")),
    ("gruvbox-dark", include_str!("../../assets/themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../assets/themes/gruvbox-light.toml")),
    ("nord", include_str!("../../assets/themes/nord.toml")),
    ("solarized-dark", include_str!("../../assets/themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../assets/themes/solarized-light.toml")),
    (MONO, include_str!("../../assets/themes/mono.toml")),
];

/// The theme in the terminal's own sixteen colours.
pub const ANSI: &str = "ansi";

/// The theme without colours.
pub const MONO: &str = "mono";

/// The setting of a theme file that is no role: the theme from which it takes what it does not say.
const BASE: &str = "base";

/// The themes that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    themes: Vec<(String, Theme)>,
}

impl Themes {
    /// Those that are compiled in.
    pub fn built_in() -> Self {
        let mut all = Self { themes: Vec::new() };
        for (name, text) in BUILT_IN {
            // A test reads every one of them.
            let (theme, _) = all.parse(Path::new(name), text);
            all.themes.push((name.to_owned(), theme));
        }
        all
    }

    /// Takes the files of a folder in, in the order of their names, and gives what is wrong with them. A name that is taken
    /// is taken over.
    pub fn read(&mut self, folder: &Path) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for path in files(folder) {
            let Some(name) = path.file_stem().map(|name| name.to_string_lossy().into_owned()) else {
                continue;
            };
            match std::fs::read(&path) {
                Ok(bytes) => {
                    let (theme, wrong) = self.parse(&path, &String::from_utf8_lossy(&bytes));
                    mistakes.extend(wrong);
                    self.themes.retain(|(there, _)| *there != name);
                    self.themes.push((name, theme));
                }
                Err(error) => mistakes.push(Mistake {
                    file: Some(path),
                    at: None,
                    problem: Problem::Unreadable(error.to_string()),
                    matters: Matters::OnScreen,
                }),
            }
        }
        mistakes
    }

    /// The names, in the order in which they are offered.
    pub fn names(&self) -> Vec<String> {
        self.themes.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The one of that name.
    pub fn find(&self, name: &str) -> Option<&Theme> {
        self.themes.iter().find(|(there, _)| there == name).map(|(_, theme)| theme)
    }

    /// Reads a theme: a table for every role; those that it does not name are as in the theme that it names as its base.
    pub fn parse(&self, path: &Path, text: &str) -> (Theme, Vec<Mistake>) {
        let (mut reading, table) = Reading::begin(path, text);
        reading.matters = Matters::OnScreen;
        for mistake in &mut reading.mistakes {
            mistake.matters = Matters::OnScreen;
        }
        let mut theme = self.find("dark").cloned().unwrap_or(Theme { styles: [Style::new(); Role::COUNT] });
        if let Some(value) = table.get(BASE)
            && let Some(base) = reading.text(BASE, value)
        {
            match self.find(&base.value) {
                Some(base) => theme = base.clone(),
                None => reading.wrong(value.span(), Problem::Theme(base.value, self.names())),
            }
        }
        for (name, value) in entries(&table) {
            match name.get_ref().parse::<Role>() {
                Ok(role) => {
                    let style = style(&mut reading, name.get_ref(), value);
                    if let (Some(style), Some(place)) = (style, theme.styles.get_mut(role as usize)) {
                        *place = style;
                    }
                }
                Err(_) if name.get_ref() == BASE => {}
                Err(_) => {
                    let near = nearest(name.get_ref(), Role::iter().map(Into::into));
                    reading.wrong(name.span(), Problem::Role(name.get_ref().to_string(), near));
                }
            }
        }
        (theme, reading.mistakes)
    }
}

/// The style of a role; none when something about it is wrong, so that half of it does not stand beside the other's half.
fn style<'t>(reading: &mut Reading<'t>, role: &str, value: &crate::config::Value<'t>) -> Option<Style> {
    let before = reading.mistakes.len();
    let mut style = Style::new();
    for (name, value) in reading.table(role, value) {
        let setting = name.get_ref().as_ref();
        let modifier = match setting {
            "fg" | "bg" => {
                let Some(text) = reading.text(setting, value) else { continue };
                match text.value.parse::<Color>() {
                    Ok(color) if setting == "fg" => style = style.fg(color),
                    Ok(color) => style = style.bg(color),
                    Err(_) => reading.wrong(value.span(), Problem::Colour(text.value)),
                }
                continue;
            }
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            _ => {
                reading.unknown(name, &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"]);
                continue;
            }
        };
        if reading.flag(setting, value) == Some(true) {
            style = style.add_modifier(modifier);
        }
    }
    (reading.mistakes.len() == before).then_some(style)
}

/// The themes of a folder, in the order of their names; without a folder there are none in it.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    paths
}

impl Theme {
    /// The one for a dark background.
    pub fn dark() -> Self {
        Self::compiled_in("dark")
    }

    /// The one without colours.
    pub fn mono() -> Self {
        Self::compiled_in(MONO)
    }

    fn compiled_in(name: &str) -> Self {
        let text = BUILT_IN.iter().find(|(there, _)| *there == name).map(|(_, text)| *text);
        // A test reads every one of them: each names all roles itself.
        let parsed = text.map(|text| Themes { themes: Vec::new() }.parse(Path::new(name), text).0);
        parsed.unwrap_or(Self { styles: [Style::new(); Role::COUNT] })
    }

    /// The theme in the colours that a terminal can show: the nearest ones where it cannot show all.
    #[must_use]
    pub fn fitted(mut self, depth: Depth) -> Self {
        if depth == Depth::Sixteen {
            // The nearest of sixteen to a quiet background is a loud one.
            for role in [Role::BubbleIn, Role::BubbleOut] {
                if let Some(style) = self.styles.get_mut(role as usize) {
                    *style = Style::new();
                }
            }
        }
        for style in &mut self.styles {
            style.fg = style.fg.map(|color| depth::fitted(color, depth));
            style.bg = style.bg.map(|color| depth::fitted(color, depth));
        }
        self
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Place, Sort};

    #[test]
    fn every_theme_has_every_role_and_the_one_without_colours_has_none() {
        let all = Themes::built_in();
        for (name, text) in BUILT_IN {
            let (theme, mistakes) = all.parse(Path::new(name), text);
            assert_eq!(mistakes, Vec::new(), "{name}");
            assert_eq!(all.find(name), Some(&theme));
            for role in Role::iter() {
                let role: &'static str = role.into();
                assert!(
                    text.lines().any(|line| line.starts_with(&format!("{role} ="))),
                    "{name} lacks {role}"
                );
            }
        }
        let mono = Theme::mono();
        for role in Role::iter() {
            let style = mono.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert!(mono.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    /// How bright a colour is, as WCAG counts it.
    fn luminance(color: Color) -> f64 {
        let Color::Rgb(r, g, b) = color else { panic!("{color:?} is not in figures") };
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn what_is_read_stands_out_from_its_background() {
        // The usual backgrounds of terminals for which each is made, the most awkward ones among them.
        let dark = [Color::Rgb(0, 0, 0), Color::Rgb(0x28, 0x28, 0x28)];
        let light = [Color::Rgb(0xff, 0xff, 0xff), Color::Rgb(0xf5, 0xf5, 0xf0)];
        let own = |r, g, b| [Color::Rgb(r, g, b); 2];
        let check = |name: &str, backgrounds: [Color; 2], least: f64| {
            let theme = Themes::built_in().find(name).cloned().unwrap();
            for role in Role::iter().filter(|role| *role != Role::Border) {
                let style = theme.style(role);
                for background in backgrounds {
                    let background = style.bg.unwrap_or(background);
                    let Some(color) = style.fg else { continue };
                    let found = contrast(color, background);
                    assert!(found >= least, "{name}: {role:?} has {found:.2}");
                }
            }
            // What stands in a bubble.
            let said = [
                Role::Muted,
                Role::Label,
                Role::Unread,
                Role::Failed,
                Role::Waiting,
                Role::Arrived,
                Role::Match,
            ];
            for (role, bubble) in
                said.iter().flat_map(|role| [(role, Role::BubbleIn), (role, Role::BubbleOut)])
            {
                let style = theme.style(*role);
                let (Some(color), Some(background)) = (style.fg, style.bg.or(theme.style(bubble).bg)) else {
                    panic!("{name}: {role:?} in {bubble:?}")
                };
                let found = contrast(color, background);
                assert!(found >= least, "{name}: {role:?} in {bubble:?} has {found:.2}");
            }
            // What is selected elsewhere keeps the colours of the row.
            for role in Role::iter().filter(|role| *role != Role::Border) {
                if let (Some(color), Some(background)) =
                    (theme.style(role).fg, theme.style(Role::Selected).bg)
                {
                    let found = contrast(color, background);
                    assert!(found >= least * 0.6, "{name}: {role:?} has {found:.2} when it is selected");
                }
            }
        };
        check("dark", dark, 4.5);
        check("light", light, 4.5);
        check("contrast-dark", dark, 7.0);
        check("contrast-light", light, 7.0);
        check("gruvbox-dark", own(0x28, 0x28, 0x28), 4.5);
        check("gruvbox-light", own(0xfb, 0xf1, 0xc7), 4.5);
        check("nord", own(0x2e, 0x34, 0x40), 4.5);
        check("solarized-dark", own(0x00, 0x2b, 0x36), 4.0);
        check("solarized-light", own(0xfd, 0xf6, 0xe3), 4.0);
    }

    #[test]
    fn a_wrong_theme_says_where_and_the_rest_is_its_base() {
        let check = |text: &str, line: usize, column: usize, problem: Problem| {
            let (theme, mistakes) = Themes::built_in().parse(Path::new("mine.toml"), text);
            let found: Vec<_> = mistakes.into_iter().map(|there| (there.at, there.problem)).collect();
            assert_eq!(found, vec![(Some(Place { line, column }), problem)], "{text}");
            assert_eq!(theme, Theme::dark(), "{text}");
        };
        check("text = { fg = \"#12\" }", 1, 15, Problem::Colour("#12".into()));
        check("text = { fg = \"blurple\" }", 1, 15, Problem::Colour("blurple".into()));
        check("\ntitel = {}", 2, 1, Problem::Role("titel".into(), Some("title".into())));
        let sort = |name: &str, wanted| Problem::Sort { name: name.into(), wanted };
        check("text = 1", 1, 8, sort("text", Sort::Table));
        check("text = { bold = 1 }", 1, 17, sort("bold", Sort::Flag));
        check("text = { blink = true }", 1, 10, Problem::UnknownSetting("blink".into(), None));
        let names = Themes::built_in().names();
        check("base = \"nowhere\"", 1, 8, Problem::Theme("nowhere".into(), names));
    }

    #[test]
    fn a_theme_of_ones_own_says_what_is_other_than_in_its_base() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.toml"), "base = \"light\"\nkey = { fg = \"red\" }\n")
            .unwrap();
        std::fs::write(folder.path().join("nord.toml"), "base = \"mine\"\n").unwrap();
        std::fs::write(folder.path().join("README"), "no theme").unwrap();
        let mut all = Themes::built_in();
        assert_eq!(all.read(folder.path()), Vec::new());
        assert_eq!(all.names().len(), BUILT_IN.len() + 1);
        let mine = all.find("mine").unwrap();
        assert_eq!(mine.style(Role::Key), Style::new().fg(Color::Red));
        assert_eq!(mine.style(Role::Failed), all.find("light").unwrap().style(Role::Failed));
        assert_eq!(all.find("nord"), Some(mine));
        assert_eq!(all.read(Path::new("/nowhere/themes")), Vec::new());
    }

    #[test]
    fn what_is_not_there_is_replaced_by_what_is_near() {
        for (name, _) in BUILT_IN {
            let theme = Themes::built_in().find(name).cloned().unwrap();
            assert_eq!(theme.clone().fitted(Depth::True), theme);
            for (depth, wanted) in [(Depth::Indexed, false), (Depth::Sixteen, false)] {
                let fitted = theme.clone().fitted(depth);
                let has_figures = Role::iter().any(|role| {
                    let style = fitted.style(role);
                    [style.fg, style.bg].into_iter().flatten().any(|color| matches!(color, Color::Rgb(..)))
                });
                assert_eq!(has_figures, wanted, "{name} in {depth:?}");
            }
        }
    }
}
