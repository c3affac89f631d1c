//! The configuration: what there is to say in it, where it is, and what is wrong with it.

use std::io::Write;

use super::{Context, Failure, Outcome, output, print_json};
use crate::config::{Config, DEFAULTS, Mistake};
use crate::i18n::Key;
use crate::words;

/// Print the documented defaults, say where the configuration is, or check it
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ConfigArgs {
    /// A complete file, with every setting and key as it is when nothing is said
    #[arg(long, group = "what")]
    default: bool,
    /// What is wrong with the configuration and the themes, with line and column (this is done too when nothing is said)
    #[arg(long, group = "what")]
    check: bool,
    /// Where the configuration is
    #[arg(long, group = "what")]
    path: bool,
    /// The themes that there are
    #[arg(long, group = "what")]
    themes: bool,
    /// What is wrong as one JSON object a line
    #[arg(long, conflicts_with_all = ["default", "path", "themes"])]
    json: bool,
}

/// What only the screen knows of a configuration. Commands do not know the screen; `main` brings them together.
#[derive(Debug, Clone, Copy)]
pub struct ScreenSide {
    /// Everything that is wrong with a configuration and its themes.
    pub mistakes: fn(&Config) -> Vec<Mistake>,
    /// The names of the themes.
    pub themes: fn(&Config) -> Vec<String>,
    /// The keys, as they stand in a configuration.
    pub keys: fn() -> String,
}

/// The exit code of a check that found something.
const WRONG: u8 = 1;

/// What stands above the keys.
const KEYS_HEAD: &str = "

# --- Keys --------------------------------------------------------------------------------------------------------------

# What is given here goes before the defaults, and is taken from whatever had it; the rest stays. An action may have several
# keys, and a key may be a sequence, with blanks between: archive = [\"a\", \"x a\"]. [] takes all keys away; everything stays
# in the command palette. Keys: a letter or sign, enter, esc, tab, backtab, space, up, down, left, right, home, end, pgup,
# pgdn, ins, del, backspace, f1 to f24, with ctrl- or alt- before them.

";

pub(super) fn run(args: &ConfigArgs, context: &Context<'_>) -> Outcome<u8> {
    let mut out = output();
    if args.default {
        write!(out, "{DEFAULTS}{KEYS_HEAD}{}", (context.screen.keys)())?;
        return Ok(0);
    }
    if args.themes {
        for name in (context.screen.themes)(context.config) {
            writeln!(out, "{}", words::one_line(&name))?;
        }
        return Ok(0);
    }
    let Some(path) = &context.config.file else {
        return Err(Failure::Failed(context.texts.get(Key::ConfigHomeless).to_owned()));
    };
    if args.path {
        writeln!(out, "{}", path.display())?;
        return Ok(0);
    }
    let mistakes = (context.screen.mistakes)(context.config);
    for mistake in &mistakes {
        if args.json {
            print_json(&mut out, &as_json(mistake, context))?;
        } else {
            writeln!(out, "{}", words::mistake(context.texts, mistake))?;
        }
    }
    out.flush()?;
    if !mistakes.is_empty() {
        return Ok(WRONG);
    }
    if !args.json {
        let key = if path.exists() { Key::ConfigSound } else { Key::ConfigAbsent };
        writeln!(out, "{}", context.texts.fill(key, &[("file", &path.display())]))?;
    }
    Ok(0)
}

fn as_json(mistake: &Mistake, context: &Context<'_>) -> serde_json::Value {
    serde_json::json!({
        "file": mistake.file.as_ref().map(|file| file.display().to_string()),
        "line": mistake.at.map(|at| at.line),
        "column": mistake.at.map(|at| at.column),
        "problem": words::one_line(&words::mistaken(context.texts, &mistake.problem)),
    })
}
