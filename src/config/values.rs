//! What a setting may say.

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

/// How the screen is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum ScreenKind {
    /// Panes side by side, with lines between them.
    #[default]
    Panes,
    /// One thing a line and no lines drawn, for screen readers.
    Plain,
}

/// Where the conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum ReadingPane {
    /// On the right of the list, where there is room.
    #[default]
    Right,
    /// Below the list, where there is room.
    Below,
    /// In the place of the list, when a message is opened.
    Off,
}

/// How a conversation is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum ConversationKind {
    /// In bubbles where there is room, else in lines.
    #[default]
    Auto,
    /// In bubbles.
    Bubbles,
    /// In lines, with a bar at the side of whoever says it.
    Lines,
}

/// How the list shows moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum DateStyle {
    /// The time today, the day this year, else the date.
    #[default]
    Short,
    /// How long ago.
    Relative,
    /// Day and time.
    Absolute,
    /// `2026-03-02 14:05`.
    Iso,
}

/// By how many hours a day is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
pub enum Hours {
    /// As the locale has it.
    #[default]
    #[strum(serialize = "auto")]
    Auto,
    /// By 12, with am and pm.
    #[strum(serialize = "12")]
    Twelve,
    /// By 24.
    #[strum(serialize = "24")]
    TwentyFour,
}

/// The day on which weeks begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum WeekStart {
    /// As the locale has it.
    #[default]
    Auto,
    /// Monday.
    Monday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// How many lines a message takes in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum RowLines {
    /// One where there is room, else two.
    #[default]
    Auto,
    /// One.
    One,
    /// Two.
    Two,
}

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum ColumnName {
    /// When it was.
    Time,
    /// The contact.
    Name,
    /// The contact's number or address.
    Number,
    /// The channel.
    Channel,
    /// How far it got.
    Status,
    /// Its labels.
    Labels,
    /// What it says.
    Text,
}

impl ColumnName {
    /// How wide it is unless somebody says otherwise, in cells.
    pub fn usual_width(self, dates: DateStyle) -> u16 {
        match self {
            Self::Time => match dates {
                DateStyle::Short => 8,
                DateStyle::Relative => 14,
                DateStyle::Absolute | DateStyle::Iso => 17,
            },
            Self::Name => 19,
            Self::Number => 16,
            Self::Channel => 13,
            Self::Status => 16,
            Self::Labels => 16,
            Self::Text => 40,
        }
    }
}

/// A column with its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Which one.
    pub name: ColumnName,
    /// How wide, in cells, when somebody has said so. The last column takes what is left.
    pub width: Option<u16>,
}

impl Column {
    /// The columns unless somebody says otherwise.
    pub fn usual() -> Vec<Self> {
        let names = [ColumnName::Time, ColumnName::Name, ColumnName::Channel, ColumnName::Text];
        names.into_iter().map(|name| Self { name, width: None }).collect()
    }
}

/// How new messages are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Notify {
    /// Not at all.
    None,
    /// By the terminal's bell.
    #[default]
    Bell,
    /// By OSC 9: iTerm2, Windows Terminal, kitty, `WezTerm`, foot, ghostty.
    Osc9,
    /// By OSC 777: urxvt, foot, `WezTerm`, ghostty.
    Osc777,
    /// By a command.
    Command,
}

/// When new messages are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum NotifyWhen {
    /// While the terminal says that one looks elsewhere.
    #[default]
    Away,
    /// Always.
    Always,
}

/// Notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notifications {
    /// How.
    pub how: Notify,
    /// When.
    pub when: NotifyWhen,
    /// Whether what the message says is told.
    pub text: bool,
    /// The command and its first arguments.
    pub command: Vec<String>,
}
