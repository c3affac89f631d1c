//! The `stats` command: the figures of a period as a table, as JSON, or drawn for a report.

mod svg;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use super::new_file::{NewFile, Readers};
use super::{Context, Failure, Outcome, output, print_json, shown};
use crate::domain::folder::Folder;
use crate::domain::period::Period;
use crate::domain::stats::{Delivery, Exchange, Stats};
use crate::i18n::Key;
use crate::json::Reference;
use crate::store::{Access, Store};

#[derive(Debug, Args)]
#[command(after_long_help = KEYS)]
pub(super) struct StatsArgs {
    /// 2026-02-14, 2026-02, 2026; 7d 2w 3m 1y for the last ones, today with them; or FROM..TO [default: all]
    #[arg(conflicts_with_all = ["since", "until"])]
    period: Option<String>,
    /// From this day on: 2026-03-01, 2026-03, 2026, or 7d 2w 3m 1y ago
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Up to and with this day, month or year
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Draw them into this file; an earlier report is replaced, any other file is left as it is
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

const KEYS: &str = "\
The object of --json:
  period    since, until: the days asked for, or null
  total     the sum of folders
  folders   a number for each of the eight; schedules are those that stand now
  days      day, in, out, calls; days without anything are left out
  hours     seven of weekday (mon … sun), in, out: 24 numbers each
  channels  name (or null), in, out, and what delivery has; the busiest first
  delivery  of outgoing messages: accepted by a provider, among those
            delivered, among those read; failed, pending; rate, which is
            accepted of accepted and failed; in_doubt, of all times: those
            that may have left twice
  answers   answered, waiting: how many waits for an answer; median, p90: half
            and nine of ten of the answers took no longer, in seconds
  people    with how many contacts messages were exchanged
  contacts  the ten with most messages: contact (uuid, name), in, out
A wait begins with the first incoming message after an outgoing one and ends
with the next outgoing one to that contact, whoever wrote it. Failed and
deleted messages do not count. A wait belongs to the period in which it began.
Days and hours are those of the workspace's time zone. A share or a time that
nothing happened for is null.";

pub(super) fn run(args: &StatsArgs, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let period = period(args, context, &store)?;
    let stats = store.stats(period).map_err(|error| context.failed(&error))?;
    // Of all times: a message whose attempt has no outcome may have left twice.
    let doubtful = store.doubtful().map_err(|error| context.failed(&error))?;
    if let Some(file) = &args.svg {
        write_report(file, &svg::draw(&stats, context, &store), context)?;
    }
    let mut out = output();
    if args.json {
        print_json(&mut out, &stats_json(&stats, doubtful))?;
    } else if let Some(file) = &args.svg {
        writeln!(out, "{}", context.texts.fill(Key::ReportWritten, &[("file", &shown(file))]))?;
    } else {
        table::print(&mut out, &stats, doubtful, context, &store)?;
    }
    out.flush()?;
    Ok(())
}

fn period(args: &StatsArgs, context: &Context<'_>, store: &Store) -> Outcome<Period> {
    let today = context.today(store);
    if let Some(text) = &args.period {
        let wrong = || Failure::Usage(context.texts.fill(Key::PeriodWrong, &[("text", text)]));
        return Period::parse(text, today).ok_or_else(wrong);
    }
    context.days(args.since.as_deref(), args.until.as_deref(), store)
}

/// Writes a report; what is there and is no report stays as it is.
fn write_report(file: &Path, report: &str, context: &Context<'_>) -> Outcome<()> {
    let failed = |error: std::io::Error| context.file_failed(file, &error);
    let mut part = NewFile::at(file, is_report(file), Readers::Usual).map_err(failed)?;
    part.write_all(report.as_bytes()).map_err(failed)?;
    part.keep().map_err(failed)
}

/// Whether a file is a report that was written here: a plain file, and no link, that begins as every report does.
fn is_report(file: &Path) -> bool {
    use std::io::Read;
    let is_plain = file.symlink_metadata().is_ok_and(|there| there.is_file());
    let mut begins = vec![0; svg::BEGINS.len()];
    is_plain
        && std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut begins)).is_ok()
        && begins == svg::BEGINS.as_bytes()
}

fn stats_json(stats: &Stats, doubtful: u64) -> Value {
    let folders: Map<String, Value> =
        Folder::ALL.into_iter().map(|folder| (folder.id().to_owned(), json!(stats.of(folder)))).collect();
    let days = stats.days.iter().map(|(day, figures)| {
        let Exchange { incoming, outgoing } = figures.messages;
        json!({"day": day.to_string(), "in": incoming, "out": outgoing, "calls": figures.calls})
    });
    let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let hours = weekdays.into_iter().zip(&stats.hours).map(|(weekday, hours)| {
        let incoming: Vec<u64> = hours.iter().map(|hour| hour.incoming).collect();
        let outgoing: Vec<u64> = hours.iter().map(|hour| hour.outgoing).collect();
        json!({"weekday": weekday, "in": incoming, "out": outgoing})
    });
    let channels = stats.channels.iter().map(|channel| {
        let name = (!channel.name.is_empty()).then_some(&channel.name);
        let Exchange { incoming, outgoing } = channel.messages;
        let mut object = Map::new();
        object.insert("name".to_owned(), json!(name));
        object.insert("in".to_owned(), json!(incoming));
        object.insert("out".to_owned(), json!(outgoing));
        object.extend(delivery_json(&channel.delivery));
        Value::Object(object)
    });
    let mut delivery = delivery_json(&stats.delivery);
    delivery.insert("in_doubt".to_owned(), json!(doubtful));
    let answers = &stats.answers;
    let contacts = stats.contacts.iter().map(|one| {
        let Exchange { incoming, outgoing } = one.messages;
        json!({"contact": Reference::contact(&one.contact), "in": incoming, "out": outgoing})
    });
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    json!({
        "period": {"since": day(stats.period.since), "until": day(stats.period.until)},
        "total": stats.total(),
        "folders": folders,
        "days": days.collect::<Vec<_>>(),
        "hours": hours.collect::<Vec<_>>(),
        "channels": channels.collect::<Vec<_>>(),
        "delivery": delivery,
        "answers": {
            "answered": answers.answered,
            "waiting": answers.waiting,
            "median": answers.median,
            "p90": answers.ninetieth,
        },
        "people": stats.people,
        "contacts": contacts.collect::<Vec<_>>(),
    })
}

fn delivery_json(delivery: &Delivery) -> Map<String, Value> {
    let keys = [
        ("accepted", json!(delivery.accepted)),
        ("delivered", json!(delivery.delivered)),
        ("read", json!(delivery.read)),
        ("failed", json!(delivery.failed)),
        ("pending", json!(delivery.pending)),
        ("rate", json!(delivery.rate())),
    ];
    keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
