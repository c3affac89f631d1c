//! The `import` command.

mod json;

use std::collections::VecDeque;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono_tz::Tz;
use clap::Args;
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};

use self::json::{record_json, summary_json};
use super::grammar::Known;
use super::rejected::RejectedFile;
use super::{Context, Failure, Interrupt, Outcome, keep_drawn, output, print_json, shown};
use crate::domain::contact::{Country, Urn};
use crate::i18n::Key;
use crate::import::{
    DateOrder, Format, ImportError, Options, Record, Reject, Source, Summary, Watch, import, open, rehearse,
    size_of,
};
use crate::store::{Access, Store, StoreError, media_folder};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// SMS Backup & Restore (.xml); RapidPro and Weni archives (.jsonl, .jsonl.gz) and message exports (.xlsx, .csv);
    /// exported WhatsApp chats (.txt, .zip); call records of Asterisk, FreePBX and FreeSWITCH (Master.csv); exports of
    /// recado (.jsonl). - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// sms-backup, calls-backup, rapidpro-archive, rapidpro-export, asterisk, freeswitch, whatsapp or recado [default: told from
    /// the content]
    #[arg(long, value_parser = FORMATS, hide_possible_values = true)]
    format: Option<String>,
    /// The encoding of a file that does not say it or says it wrongly, such as latin1 [default: UTF-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The country of numbers without a country code, such as BR [default: the workspace's]
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// The time zone of dates without one, such as America/Bogota [default: the workspace's]
    #[arg(long, value_name = "TZ")]
    timezone: Option<String>,
    /// How dates are written where a file does not decide: day-first, month-first or year-first [default: day-first]
    #[arg(long, value_name = "ORDER", value_parser = ORDERS, hide_possible_values = true)]
    dates: Option<String>,
    /// Our own name or number in the file [default: of a WhatsApp chat, the one who is not in its title, or who we were in
    /// another]
    #[arg(long, value_name = "NAME")]
    me: Option<String>,
    /// The number of the other one in a WhatsApp chat of two, so that messages can be sent there
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// Bring incoming messages in as already opened
    #[arg(long)]
    read: bool,
    /// Write each record that is wrong to a new file, a line of JSON with its place, the reason and the record as it stands:
    /// what `jq -r .record` gives can be mended and imported
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Change nothing; with --json, print each record that would come in
    #[arg(long)]
    dry_run: bool,
    /// One summary object a file
    #[arg(long)]
    json: bool,
}

/// The formats that are read.
const FORMATS: Known = Known(&[
    "sms-backup",
    "calls-backup",
    "rapidpro-archive",
    "rapidpro-export",
    "asterisk",
    "freeswitch",
    "whatsapp",
    "recado",
]);

/// Which part of a date stands first.
const ORDERS: Known = Known(&["day-first", "month-first", "year-first"]);

/// Where standard input is a file.
const STANDARD_INPUT: &str = "/dev/stdin";

pub(super) fn run(args: &ImportArgs, context: &mut Context<'_>) -> Outcome<u8> {
    let Some(file) = &args.rejected else { return bring_in(args, None, context) };
    let cannot = |error: std::io::Error, context: &Context<'_>| context.file_failed(file, &error);
    let mut rejects = RejectedFile::at(file).map_err(|error| cannot(error, context))?;
    let done = bring_in(args, Some(&mut rejects), context);
    // What was rejected before it ended is kept, however it ended.
    let kept = rejects.keep();
    let code = done?;
    let texts = context.texts;
    let named: [(&str, &dyn std::fmt::Display); 1] = [("file", &shown(file))];
    let sentence = match kept.map_err(|error| cannot(error, context))? {
        0 => texts.fill(Key::ImportNoneRejected, &named),
        records => texts.count_fill(Key::ImportRejected, records, &named),
    };
    writeln!(std::io::stderr(), "recado: {sentence}")?;
    Ok(code)
}

fn bring_in(
    args: &ImportArgs,
    mut rejects: Option<&mut RejectedFile>,
    context: &mut Context<'_>,
) -> Outcome<u8> {
    let texts = context.texts;
    let format = match &args.format {
        None => None,
        Some(name) => Some(Format::from_name(name).ok_or_else(|| {
            let known = Format::ALL.map(Format::name).join(", ");
            Failure::Usage(texts.fill(Key::UsageFormat, &[("name", &name), ("known", &known)]))
        })?),
    };
    let zone = args.timezone.as_ref().map(|zone| {
        zone.parse::<Tz>().map_err(|_| Failure::Usage(texts.fill(Key::UsageZone, &[("zone", &zone)])))
    });
    let zone = zone.transpose()?;
    let encoding = args.encoding.as_ref().map(|name| {
        Encoding::for_label_no_replacement(name.as_bytes())
            .ok_or_else(|| Failure::Usage(texts.fill(Key::UsageEncoding, &[("name", name)])))
    });
    let order = args.dates.as_ref().map(|name| {
        DateOrder::from_name(name).ok_or_else(|| {
            let known = DateOrder::ALL.map(DateOrder::name).join(", ");
            Failure::Usage(texts.fill(Key::UsageDateOrder, &[("name", name), ("known", &known)]))
        })
    });
    let mut options = Options {
        format,
        country: None,
        me: args.me.clone(),
        read: args.read,
        encoding: encoding.transpose()?,
        zone: zone.unwrap_or(context.config.zone),
        date_order: order.transpose()?,
        ours: Vec::new(),
        number: None,
    };
    let said = args.country.as_ref().map(|code| context.country(code)).transpose()?;
    let access = if args.dry_run { Access::Read } else { Access::Write };
    let mut store = match Store::open(&context.config.db, access) {
        Ok(store) => Some(store),
        Err(StoreError::Missing) => None,
        Err(error) => return Err(context.failed(&error)),
    };
    let number_country = country(said, store.as_mut(), true, context)?;
    options.number = number(args, number_country, context)?;
    let mut failed = false;
    // One handler for all files: while it stands nothing else ends the program.
    let cancel = Arc::new(AtomicBool::new(false));
    let _interrupt = Interrupt::to(&cancel);
    // Who we are in one chat may be known only from another: such a chat gets a second turn after all others.
    let mut files: VecDeque<(&PathBuf, Turn)> = args.files.iter().map(|file| (file, Turn::First)).collect();
    while let Some((file, turn)) = files.pop_front() {
        let watch = Watch { cancel: Arc::clone(&cancel), ..Watch::default() };
        let from = if file.as_os_str() == "-" { Path::new(STANDARD_INPUT) } else { file };
        let source = match open(from, &options, &watch) {
            Ok(source) => source,
            // What comes through a pipe is read to its end first.
            Err(_) if cancel.load(Ordering::Relaxed) => {
                say_stopped(0, context)?;
                return Ok(1);
            }
            Err(error) => {
                failed = true;
                complain(&error, file, context)?;
                continue;
            }
        };
        // A new workspace is made only when there is something to put in.
        if store.is_none() && !args.dry_run {
            store = Some(context.open_or_create()?);
        }
        if let (None, Some(store)) = (zone, &store) {
            options.zone = store.zone();
        }
        options.country = country(said, store.as_mut(), args.dry_run, context)?;
        let before = rejects.as_ref().map(|rejects| rejects.written());
        let opened = Opened { file, source, watch };
        match one(opened, args, &options, store.as_mut(), rejects.as_deref_mut(), context)? {
            Ok(summary) => {
                options.ours.extend(summary.me.clone());
                report(file, &summary, args, context)?;
                if summary.cancelled_at.is_some() {
                    return Ok(1);
                }
                failed |= summary.unkept_files.is_some();
            }
            Err(ImportError::UnknownOwner(_)) if turn == Turn::First && !files.is_empty() => {
                files.push_back((file, Turn::Second));
            }
            Err(ImportError::Rejected(error)) => {
                return Err(context.file_failed(args.rejected.as_deref().unwrap_or(file), &error));
            }
            Err(error) => {
                failed = true;
                complain(&error, file, context)?;
                if matches!(error, ImportError::Store(_)) {
                    return Ok(1);
                }
                // Nothing in a file of another format is a record.
                if let (ImportError::OtherFormat(_), Some(rejects), Some(before)) =
                    (&error, rejects.as_deref_mut(), before)
                {
                    rejects.go_back(before)?;
                }
            }
        }
    }
    Ok(u8::from(failed))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Second,
}

/// The address of the other one in a chat of two.
fn number(args: &ImportArgs, country: Option<Country>, context: &Context<'_>) -> Outcome<Option<Urn>> {
    let Some(number) = &args.number else { return Ok(None) };
    let usage = |key| Failure::Usage(context.texts.fill(key, &[("number", number)]));
    if args.files.len() > 1 {
        return Err(usage(Key::UsageNumberOfOne));
    }
    let phone = Urn::parse(&format!("tel:{number}"), country).ok().filter(|urn| urn.path().starts_with('+'));
    let urn = phone.and_then(|urn| Urn::parse(&format!("whatsapp:{}", urn.path()), None).ok());
    urn.map(Some).ok_or_else(|| usage(Key::UsageNumber))
}

fn complain(error: &ImportError, file: &Path, context: &Context<'_>) -> Outcome<()> {
    let sentence = words::import_error(context.texts, error, file, &context.config.db);
    writeln!(std::io::stderr(), "recado: {sentence}")?;
    Ok(())
}

/// The country of numbers without one: the one that was said, which a workspace that knows none remembers, else the
/// workspace's.
fn country(
    said: Option<Country>,
    store: Option<&mut Store>,
    dry_run: bool,
    context: &Context<'_>,
) -> Outcome<Option<Country>> {
    let Some(store) = store else {
        let configured =
            context.config.country.as_ref().map(|code| context.country(&code.value)).transpose()?;
        return Ok(said.or(configured));
    };
    let fail = |error| context.failed(&error);
    let settings = store.settings().map_err(fail)?;
    if let (Some(said), None, false) = (said, settings.country, dry_run) {
        store.set_country(said).map_err(fail)?;
    }
    Ok(said.or(settings.country))
}

/// A file that is about to be read.
struct Opened<'f> {
    file: &'f Path,
    source: Source,
    watch: Watch,
}

fn one(
    opened: Opened<'_>,
    args: &ImportArgs,
    options: &Options,
    store: Option<&mut Store>,
    rejects: Option<&mut RejectedFile>,
    context: &mut Context<'_>,
) -> Outcome<Result<Summary, ImportError>> {
    let Opened { file, source, watch } = opened;
    let watch = &watch;
    let reject =
        rejects.map(|rejects| -> Reject<'_> { Box::new(move |rejected| rejects.put(file, &rejected)) });
    let bar = progress(file, watch, context);
    let result = if args.dry_run {
        let mut out = output();
        let mut each = |src: u64, record: &Record| -> std::io::Result<()> {
            if args.json {
                crate::json::write(&mut out, &record_json(src, record))?;
            }
            Ok(())
        };
        let result = rehearse(source, options, store.as_deref(), context.clock, watch, &mut each, reject);
        out.flush()?;
        result
    } else {
        let Some(store) = store else { return Ok(Err(StoreError::Missing.into())) };
        import(source, options, store, context.clock, &mut context.dice, watch, reject)
    };
    bar.finish_and_clear();
    match result {
        Err(ImportError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        other => Ok(other),
    }
}

/// A bar on a terminal, drawn by a thread of its own; nothing elsewhere.
fn progress(file: &Path, watch: &Watch, context: &Context<'_>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size_of(file));
    let style = ProgressStyle::with_template("{msg} {wide_bar} {binary_bytes_per_sec} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let name = file.file_name().map(|name| words::one_line(&name.to_string_lossy())).unwrap_or_default();
    let (watch, texts) = (watch.clone(), context.texts.clone());
    keep_drawn(bar, move |bar| {
        bar.set_position(watch.bytes.load(Ordering::Relaxed));
        let records = texts.count(Key::ImportRecords, watch.records.load(Ordering::Relaxed));
        bar.set_message(format!("{name} · {records}"));
    })
}

/// Says where somebody stopped it.
fn say_stopped(at: u64, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let sentence = texts.fill(Key::ImportStopped, &[("at", &texts.number(at))]);
    writeln!(std::io::stderr(), "recado: {sentence}")?;
    Ok(())
}

fn report(file: &Path, summary: &Summary, args: &ImportArgs, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let mut err = std::io::stderr().lock();
    if let Some(at) = summary.cancelled_at {
        drop(err);
        say_stopped(at, context)?;
        err = std::io::stderr().lock();
    }
    if summary.countryless > 0 {
        writeln!(err, "recado: {}", texts.count(Key::ImportCountryless, summary.countryless))?;
    }
    if summary.misencoded > 0 {
        let encoding: [(&str, &dyn std::fmt::Display); 1] = [("encoding", &summary.encoding)];
        let sentence = texts.count_fill(Key::ImportMisencoded, summary.misencoded, &encoding);
        writeln!(err, "recado: {sentence}")?;
    }
    if let Some(error) = &summary.unkept_files {
        let folder = media_folder(&context.config.db);
        let (name, problem) = (shown(file), words::io_error(texts, error, &folder));
        let sentence = texts.fill(Key::ImportUnkeptFiles, &[("file", &name), ("problem", &problem)]);
        writeln!(err, "recado: {sentence}")?;
    }
    if summary.is_order_guessed {
        let name = shown(file);
        writeln!(err, "recado: {}", texts.fill(Key::ImportOrderGuessed, &[("file", &name)]))?;
    }
    let mut out = output();
    if args.json {
        // A dry run has printed the records; the summary would be one line too many.
        if !args.dry_run {
            print_json(&mut out, &summary_json(file, summary))?;
            out.flush()?;
        }
        return Ok(());
    }
    let key = if args.dry_run { Key::ImportWould } else { Key::ImportDone };
    let name = shown(file);
    writeln!(
        out,
        "{}",
        texts.count_fill(key, summary.imported, &[("file", &name), ("seen", &texts.number(summary.seen))])
    )?;
    if summary.duplicates > 0 {
        writeln!(out, "  {}", texts.count(Key::ImportDuplicates, summary.duplicates))?;
    }
    for (key, count) in [(Key::ImportFiles, summary.files), (Key::ImportUnreadFiles, summary.unread_files)] {
        if count > 0 {
            writeln!(out, "  {}", texts.count(key, count))?;
        }
    }
    for (reason, count) in &summary.skipped {
        writeln!(
            out,
            "  {}",
            texts.count_fill(Key::ImportSkipped, *count, &[("reason", &words::skip(texts, *reason))])
        )?;
    }
    for (src, problem) in summary.errors.iter().take(20) {
        let place = texts.number(*src);
        writeln!(
            out,
            "  {}",
            texts.fill(Key::ImportWrong, &[("place", &place), ("problem", &words::problem(texts, *problem))])
        )?;
    }
    let more = summary.more_errors + summary.errors.len().saturating_sub(20) as u64;
    if more > 0 {
        writeln!(out, "  {}", texts.count(Key::ImportMoreWrong, more))?;
    }
    if args.rejected.is_none() && summary.errors.iter().any(|(_, problem)| !problem.is_of_file()) {
        writeln!(out, "  {}", texts.get(Key::ImportHowToMend))?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_know_every_word() {
        assert_eq!(FORMATS.0, Format::ALL.map(Format::name));
        assert_eq!(ORDERS.0, DateOrder::ALL.map(DateOrder::name));
    }
}
