//! Roles and their styles. Views know roles only; themes are files in `assets/themes`.
//!
//! The terminal's own background and letters are never painted over; the selection, and what must be told apart, is marked
//! by a sign as well as by a colour.

use crate::config::ThemeName;
use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount, IntoEnumIterator};

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
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::COUNT],
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the shape of a theme file")]
struct Entry {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

/// What is wrong with a theme.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ThemeError(String);

impl Theme {
    /// The one of that name.
    pub fn named(name: ThemeName) -> Self {
        match name {
            ThemeName::Auto | ThemeName::Dark => Self::dark(),
            ThemeName::Light => Self::light(),
            ThemeName::Ansi => Self::ansi(),
        }
    }

    /// For a dark background.
    pub fn dark() -> Self {
        Self::compiled_in(include_str!("../../assets/themes/dark.toml"))
    }

    /// For a light background.
    pub fn light() -> Self {
        Self::compiled_in(include_str!("../../assets/themes/light.toml"))
    }

    /// In the sixteen colours that every terminal has.
    pub fn ansi() -> Self {
        Self::compiled_in(include_str!("../../assets/themes/ansi.toml"))
    }

    /// Without colours.
    pub fn plain() -> Self {
        Self::compiled_in(include_str!("../../assets/themes/plain.toml"))
    }

    /// A theme that a test reads.
    fn compiled_in(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self { styles: [Style::new(); Role::COUNT] })
    }

    /// Reads a theme: a table for every role.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let wrong = |error: toml::de::Error| ThemeError(error.to_string());
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        let mut styles = [Style::new(); Role::COUNT];
        for role in Role::iter() {
            let name: &'static str = role.into();
            let entry = table.remove(name).ok_or_else(|| ThemeError(format!("{name} is missing")))?;
            let entry: Entry = entry.try_into().map_err(wrong)?;
            if let Some(style) = styles.get_mut(role as usize) {
                *style = entry.style()?;
            }
        }
        match table.keys().next() {
            Some(unknown) => Err(ThemeError(format!("there is no role {unknown:?}"))),
            None => Ok(Self { styles }),
        }
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

impl Entry {
    fn style(&self) -> Result<Style, ThemeError> {
        let color = |text: &Option<String>| {
            text.as_deref()
                .map(|text| text.parse::<Color>().map_err(|_| ThemeError(format!("{text:?} is no colour"))))
        };
        let mut style = Style::new();
        if let Some(fg) = color(&self.fg) {
            style = style.fg(fg?);
        }
        if let Some(bg) = color(&self.bg) {
            style = style.bg(bg?);
        }
        for (on, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_every_role_and_the_plain_one_has_no_colour() {
        for text in [
            include_str!("../../assets/themes/dark.toml"),
            include_str!("../../assets/themes/light.toml"),
            include_str!("../../assets/themes/ansi.toml"),
            include_str!("../../assets/themes/plain.toml"),
        ] {
            Theme::parse(text).unwrap();
        }
        let plain = Theme::plain();
        for role in Role::iter() {
            let style = plain.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert!(Theme::plain().style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_wrong_theme_says_what_is_wrong() {
        assert!(Theme::parse("text = { fg = \"#12\" }").unwrap_err().to_string().contains("no colour"));
        assert!(Theme::parse("").unwrap_err().to_string().contains("missing"));
    }
}
