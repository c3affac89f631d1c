//! The program: it wires the parts together, and little else.

use std::process::ExitCode;

use clap::Parser;
use recado::cli::{self, Arguments, Context, Failure, Task};
use recado::clock::{Clock, Dice};
use recado::config::Config;
use recado::i18n::Texts;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let arguments = Arguments::parse();
    let config = match Config::load(arguments.flags(), |name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => return Ok(fail(&Failure::Usage(error.to_string()))),
    };
    let texts = Texts::new(cli::language(&config));
    let clock = match config.now.as_deref().map(chrono::DateTime::parse_from_rfc3339) {
        Some(Ok(now)) => Clock::set_to(now.to_utc()),
        Some(Err(_)) => {
            return Ok(fail(&Failure::Usage(
                "RECADO_NOW is not a moment such as 2026-03-02T12:00:00Z".to_owned(),
            )));
        }
        None => Clock::system(),
    };
    let dice = config.seed.map_or_else(Dice::unpredictable, Dice::seeded);
    let mut context = Context { config: &config, texts: &texts, clock, dice };
    match cli::run(arguments, &mut context) {
        Ok(Task::Ended(code)) => Ok(ExitCode::from(code)),
        Ok(Task::Screen(..)) => Ok(ExitCode::SUCCESS),
        Err(failure) => Ok(fail(&failure)),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    if !matches!(failure, Failure::Closed) {
        eprintln!("recado: {failure}");
    }
    ExitCode::from(failure.code())
}
