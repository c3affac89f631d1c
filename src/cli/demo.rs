//! The `demo` command: a sample workspace, on the screen or in a file.

use std::path::Path;

use clap::Args;

use super::{Context, Failure, Outcome, Task, shown};
use crate::clock::Dice;
use crate::demo::{DemoError, Tongue, generate, open_shop};
use crate::i18n::{Key, Lang};
use crate::store::{Settings, Store};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// So many messages of everyday traffic instead of the shop's conversations
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// The same seed writes the same messages
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Only write the workspace that --db names
    #[arg(long)]
    no_ui: bool,
}

impl DemoArgs {
    /// Whether it opens the screen.
    pub(super) fn is_screen(&self) -> bool {
        !self.no_ui
    }
}

pub(super) fn run(args: &DemoArgs, context: &mut Context<'_>) -> Outcome<Task> {
    let texts = context.texts;
    if args.no_ui && !context.config.db_named {
        return Err(Failure::Usage(texts.get(Key::UsageDemoFile).to_owned()));
    }
    if !args.no_ui {
        context.must_have_screen()?;
    }
    // A sample never touches a workspace that is there: without --db it lives in a folder that goes away.
    let (path, folder) = if context.config.db_named {
        (context.config.db.clone(), None)
    } else {
        let folder = tempfile::TempDir::with_prefix("recado-demo-")?;
        (folder.path().join("demo.db"), Some(folder))
    };
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
        return Err(context.file_failed(&path, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let tongue = match texts.lang() {
        Lang::En => Tongue::En,
        Lang::Es => Tongue::Es,
        Lang::Pt => Tongue::Pt,
    };
    let store = write(args, tongue, &path, context)?;
    if args.no_ui {
        let counts = store.counts().map_err(|error| context.failed(&error))?;
        println_count(texts, counts.total(), &path)?;
        return Ok(Task::Ended(0));
    }
    Ok(Task::Screen(Box::new(store), folder))
}

fn write(args: &DemoArgs, tongue: Tongue, path: &Path, context: &mut Context<'_>) -> Outcome<Store> {
    let texts = context.texts;
    let failed = |error: DemoError| match error {
        DemoError::Store(error) => Failure::Failed(words::store_error(texts, &error, path)),
        DemoError::Script(problem) => Failure::Failed(problem),
    };
    let dice = args.seed.map_or_else(|| context.dice.clone(), Dice::seeded);
    let now = context.clock.now();
    let mut seeded = dice.clone();
    let uuid = seeded.uuid(if args.messages.is_some() { crate::demo::LATEST } else { now });
    // The same seed writes the same content everywhere, and a schedule's hour is one of the workspace's own zone.
    let zone = if args.messages.is_some() { crate::demo::ZONE } else { context.config.zone };
    let settings = Settings { uuid, country: None, zone };
    let mut store = Store::create(path, settings).map_err(|error| failed(error.into()))?;
    match args.messages {
        None => open_shop(&mut store, tongue, now, seeded).map_err(failed)?,
        Some(messages) => {
            let bar = progress(messages);
            generate(&mut store, tongue, messages, seeded, |written| bar.set_position(written))
                .map_err(failed)?;
            bar.finish_and_clear();
            store.tidy().map_err(|error| failed(error.into()))?;
        }
    }
    Ok(store)
}

fn progress(messages: u64) -> indicatif::ProgressBar {
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        indicatif::ProgressBar::new(messages)
    } else {
        indicatif::ProgressBar::hidden()
    }
}

fn println_count(texts: &crate::i18n::Texts, total: u64, path: &Path) -> Outcome<()> {
    let mut out = super::output();
    let sentence = texts.count_fill(Key::DemoDone, total, &[("file", &shown(path))]);
    std::io::Write::write_all(&mut out, format!("{sentence}\n").as_bytes())?;
    std::io::Write::flush(&mut out)?;
    Ok(())
}
