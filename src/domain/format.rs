//! What messages are written as when they are taken out.

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values with commas between them.
    Csv,
    /// An object a line, with everything that is known; it can be imported again.
    Jsonl,
    /// A workbook of Excel.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Jsonl, Self::Xlsx];

    /// The word in commands, which is also how files of it end.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format that the name of a file says.
    pub fn of_file(file: &str) -> Option<Self> {
        let name = file.trim_matches(['"', '\'']);
        let (before, end) = name.rsplit_once('.')?;
        // What begins with its only dot has no ending.
        let has_name = !before.is_empty() && !before.ends_with(['/', '\\']);
        Self::from_name(end).filter(|_| has_name)
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}
