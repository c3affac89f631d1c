//! The `export` command.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::act::ids;
use super::grammar::{FOLDERS, Known};
use super::new_file::{NewFile, Readers};
use super::{Context, Failure, Interrupt, Outcome, keep_drawn, output, print_json, shown};
use crate::domain::MessageId;
use crate::domain::listing::Place;
use crate::domain::period::Period;
use crate::domain::query::{Query, Term, Test};
use crate::export::{ExportError, Exported, Format, LONGEST_CELL, Only, Wanted, Watch, export};
use crate::i18n::Key;
use crate::store::{Access, Store, StoreError};

#[derive(Debug, Args)]
#[command(after_long_help = COLUMNS)]
pub(super) struct ExportArgs {
    /// Only these messages, by their ids; - reads the ids from standard input
    #[arg(value_name = "ID", conflicts_with_all = ["folder", "label", "search", "since", "until", "up_to"])]
    ids: Vec<String>,
    /// What the screen has marked: all that had arrived with this message
    #[arg(long, value_name = "ID", hide = true)]
    up_to: Option<i64>,
    /// But those
    #[arg(long, value_name = "ID", hide = true, requires = "up_to")]
    except: Vec<String>,
    /// Only this folder: inbox, flows, archived, outbox, sent, calls, schedules or failed [default: all]
    #[arg(long, value_name = "F", value_parser = FOLDERS, hide_possible_values = true)]
    folder: Option<String>,
    /// Only messages with this label, archived ones left out
    #[arg(long, value_name = "NAME", conflicts_with = "folder")]
    label: Option<String>,
    /// Only what matches, in the language of the search box
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    search: Option<String>,
    /// From this day on: 2026-03-01, 2026-03, 2026, or 7d 2w 3m 1y ago
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Up to and with this day, month or year
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// csv, jsonl or xlsx [default: what the name of the file ends with]
    #[arg(long, value_name = "FORMAT", value_parser = FORMATS, hide_possible_values = true)]
    format: Option<String>,
    /// Into this file, which must not be there yet [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    force: bool,
    /// Fields of contacts that become columns, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    fields: Vec<String>,
    /// Groups that become columns, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    groups: Vec<String>,
    /// Say what was written as one JSON object
    #[arg(long, requires = "output")]
    json: bool,
}

const COLUMNS: &str = "\
csv and xlsx are tables of messages, oldest first, with the columns of the
platform's own export and the folder; --folder calls and --folder schedules have
columns of their own, and an xlsx of everything a sheet for each. Dates are in
the workspace's time zone. A text that a spreadsheet would take for a formula
has ' before it.
jsonl is a line for each message, call and schedule with all that is known of
it, and for each contact. `recado import` reads it again: everything comes in as
it was, but what waits to be sent comes in as failed, and schedules paused.";

/// The formats that are written.
const FORMATS: Known = Known(&["csv", "jsonl", "xlsx"]);

/// More columns of fields or groups than this are a mistake.
const MOST_COLUMNS: usize = 10;

pub(super) fn run(args: &ExportArgs, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let format = format(args, context)?;
    if args.fields.len() > MOST_COLUMNS || args.groups.len() > MOST_COLUMNS {
        let most: [(&str, &dyn std::fmt::Display); 1] = [("most", &MOST_COLUMNS)];
        return Err(Failure::Usage(texts.fill(Key::UsageColumns, &most)));
    }
    let file = args.output.as_ref().filter(|file| file.as_os_str() != "-");
    if format == Format::Xlsx && file.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::Usage(texts.get(Key::UsageWorkbook).to_owned()));
    }
    let store = context.open(Access::Read)?;
    let wanted = wanted(args, &store, context)?;
    let Some(file) = file else {
        let watch = Watch::default();
        let exported = export(&store, &wanted, format, &mut std::io::stdout(), &watch)
            .map_err(|error| failed(error, None, context))?;
        return note(&exported, context);
    };
    let cannot = |error: std::io::Error| context.file_failed(file, &error);
    let mut part = NewFile::at(file, args.force, Readers::Owner).map_err(cannot)?;
    let watch = Watch::default();
    let _interrupt = Interrupt::to(&watch.cancel);
    let bar = progress(&watch, context);
    let done = export(&store, &wanted, format, &mut part, &watch);
    bar.finish_and_clear();
    let exported = done.map_err(|error| failed(error, Some(file), context))?;
    part.keep().map_err(cannot)?;
    note(&exported, context)?;
    let mut out = output();
    if args.json {
        print_json(
            &mut out,
            &json!({
                "file": shown(file), "format": format.name(), "messages": exported.messages,
                "calls": exported.calls, "schedules": exported.schedules,
            }),
        )?;
    } else {
        writeln!(out, "{}", texts.count_fill(Key::ExportDone, exported.rows(), &[("file", &shown(file))]))?;
    }
    out.flush()?;
    Ok(())
}

fn format(args: &ExportArgs, context: &Context<'_>) -> Outcome<Format> {
    let known = Format::ALL.map(Format::name).join(", ");
    if let Some(name) = &args.format {
        return Format::from_name(name).ok_or_else(|| {
            Failure::Usage(context.texts.fill(Key::UsageFormat, &[("name", name), ("known", &known)]))
        });
    }
    let end = args.output.as_ref().and_then(|file| file.extension()).map(|end| end.to_string_lossy());
    end.and_then(|end| Format::from_name(&end))
        .ok_or_else(|| Failure::Usage(context.texts.fill(Key::UsageExportFormat, &[("known", &known)])))
}

fn wanted(args: &ExportArgs, store: &Store, context: &Context<'_>) -> Outcome<Wanted> {
    let place = match (&args.folder, &args.label) {
        (Some(folder), _) => Some(Place::Folder(context.folder(folder)?)),
        (None, Some(label)) => {
            Some(Place::Label(store.find_label(label).map_err(|error| context.failed(&error))?))
        }
        (None, None) => None,
    };
    let search = args.search.as_deref().map(|text| context.query(text, store)).transpose()?;
    let mut query: Query = search.unwrap_or_default();
    let days = context.days(args.since.as_deref(), args.until.as_deref(), store)?;
    if days != Period::default() {
        query.terms.push(Term { negated: false, test: Test::On(days) });
    }
    let only = only(args, store, context)?;
    Ok(Wanted { place, query, only, fields: args.fields.clone(), groups: args.groups.clone() })
}

fn only(args: &ExportArgs, store: &Store, context: &Context<'_>) -> Outcome<Only> {
    if let Some(newest) = args.up_to {
        let except = ids(&args.except, context)?.into_iter().collect();
        return Ok(Only::Until(MessageId(newest), except));
    }
    if args.ids.is_empty() {
        return Ok(Only::All);
    }
    let ids = ids(&args.ids, context)?;
    let unknown = store.unknown_ids(&ids).map_err(|error| context.failed(&error))?;
    if !unknown.is_empty() {
        return Err(context.failed(&StoreError::NoMessages(unknown)));
    }
    Ok(Only::These(ids))
}

fn failed(error: ExportError, file: Option<&std::path::Path>, context: &Context<'_>) -> Failure {
    match (error, file) {
        (ExportError::Cancelled, _) => Failure::Failed(context.texts.get(Key::ExportStopped).to_owned()),
        (ExportError::NoTemporaryRoom, _) => {
            let folder = std::env::temp_dir();
            Failure::Failed(context.texts.fill(Key::ErrorNoTemporaryRoom, &[("folder", &shown(&folder))]))
        }
        (ExportError::Store(error), _) => context.failed(&error),
        (ExportError::Io(error), Some(file)) => context.file_failed(file, &error),
        (ExportError::Io(error), None) => error.into(),
    }
}

/// Says what is not as one may think.
fn note(exported: &Exported, context: &Context<'_>) -> Outcome<()> {
    if exported.cut > 0 {
        let most = context.texts.number(LONGEST_CELL as u64);
        let sentence = context.texts.count_fill(Key::ExportCut, exported.cut, &[("most", &most)]);
        writeln!(std::io::stderr(), "recado: {sentence}")?;
    }
    Ok(())
}

/// How many rows there are so far, on a terminal; nothing elsewhere.
fn progress(watch: &Watch, context: &Context<'_>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {msg} · {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let (watch, texts) = (watch.clone(), context.texts.clone());
    keep_drawn(bar, move |bar| {
        let rows = watch.rows.load(Ordering::Relaxed);
        bar.set_position(rows);
        bar.set_message(texts.count(Key::ImportRecords, rows));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_know_every_format() {
        assert_eq!(FORMATS.0, Format::ALL.map(Format::name));
    }
}
