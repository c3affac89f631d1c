//! What is made from the grammar itself: completions for shells, and manual pages.

use std::fs;
use std::io::Write;
use std::path::Path;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, Context, Outcome, output, say, shown};
use crate::i18n::Key;

/// Prints the completions of a shell.
pub(super) fn completions(shell: Shell) -> Outcome<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "recado", &mut text);
    let mut out = output();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}

/// Writes a manual page for the program, and one for each command: `recado-import.1` and so on.
pub(super) fn man(folder: &Path, json: bool, context: &Context<'_>) -> Outcome<()> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| context.file_failed(folder, &error))?;
    let folder = shown(folder);
    let object = serde_json::json!({"folder": folder});
    say(json, &object, &context.texts.fill(Key::ManWritten, &[("folder", &folder)]))
}

/// A word of which some are known: shells complete them, and whether it is one of them is told in the reader's language
/// by whoever takes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known(pub(super) &'static [&'static str]);

/// The folders.
pub(super) const FOLDERS: Known =
    Known(&["inbox", "flows", "archived", "outbox", "sent", "calls", "schedules", "failed"]);

impl TypedValueParser for Known {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|word| PossibleValue::new(*word))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::folder::Folder;

    #[test]
    fn the_grammar_is_sound_and_knows_every_folder() {
        Arguments::command().debug_assert();
        assert_eq!(FOLDERS.0, Folder::ALL.map(Folder::id));
    }
}
