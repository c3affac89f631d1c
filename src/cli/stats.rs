//! The `stats` command.

use std::io::Write;

use clap::Args;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Context, Outcome, output, print_json};
use crate::domain::folder::Folder;
use crate::i18n::Key;
use crate::store::{Access, Period, Stats};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// From this day on: 2026-03-01, 2026-03, 2026, or 7d 2w 3m 1y ago
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Up to and with this day
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &StatsArgs, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let day = |text: &Option<String>| text.as_deref().map(|text| context.date(text, &store)).transpose();
    let period = Period { since: day(&args.since)?, until: day(&args.until)? };
    let stats = store.stats(period).map_err(|error| context.failed(&error))?;
    // Of all times: a message whose attempt has no outcome may have left twice.
    let doubtful = store.doubtful().map_err(|error| context.failed(&error))?;
    let mut out = output();
    if args.json {
        print_json(&mut out, &stats_json(&stats, doubtful))?;
    } else {
        print(&mut out, &stats, doubtful, context)?;
    }
    out.flush()?;
    Ok(())
}

fn print(out: &mut impl Write, stats: &Stats, doubtful: u64, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let mut lines: Vec<(String, String)> = Folder::ALL
        .into_iter()
        .map(|folder| (words::folder(texts, folder).to_owned(), texts.number(stats.folders[folder as usize])))
        .collect();
    lines.push((texts.get(Key::Total).to_owned(), texts.number(stats.total())));
    let rate = stats.delivery_rate().map_or_else(|| "—".to_owned(), |rate| texts.percent(rate));
    lines.push((texts.get(Key::StatsRate).to_owned(), rate));
    lines.push((texts.get(Key::StatsDelivered).to_owned(), texts.number(stats.delivered)));
    lines.push((texts.get(Key::StatsRead).to_owned(), texts.number(stats.read)));
    if doubtful > 0 {
        lines.push((texts.get(Key::StatsDoubtful).to_owned(), texts.number(doubtful)));
    }
    let in_and_out = |incoming: u64, outgoing: u64| {
        format!("{} · {}", texts.count(Key::StatsIn, incoming), texts.count(Key::StatsOut, outgoing))
    };
    for channel in &stats.channels {
        let name = if channel.name.is_empty() { texts.get(Key::NoChannelName) } else { &channel.name };
        lines.push((words::one_line(name), in_and_out(channel.incoming, channel.outgoing)));
    }
    // The last month of days is what fits a screen; --json has them all.
    let skipped = stats.days.len().saturating_sub(31);
    for (day, figures) in stats.days.iter().skip(skipped) {
        lines.push((day.to_string(), in_and_out(figures.incoming, figures.outgoing)));
    }
    let width = lines.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    for (name, value) in lines {
        writeln!(out, "{name}{}  {value}", " ".repeat(width - name.width()))?;
    }
    Ok(())
}

fn stats_json(stats: &Stats, doubtful: u64) -> Value {
    let folders: Map<String, Value> = Folder::ALL
        .into_iter()
        .map(|folder| (folder.id().to_owned(), json!(stats.folders[folder as usize])))
        .collect();
    let days: Vec<Value> = stats
        .days
        .iter()
        .map(|(day, figures)| {
            json!({"day": day.to_string(), "in": figures.incoming, "out": figures.outgoing, "calls": figures.calls})
        })
        .collect();
    let channels: Vec<Value> = stats
        .channels
        .iter()
        .map(|channel| {
            let name = (!channel.name.is_empty()).then_some(&channel.name);
            json!({"name": name, "in": channel.incoming, "out": channel.outgoing})
        })
        .collect();
    json!({
        "total": stats.total(),
        "folders": folders,
        "days": days,
        "channels": channels,
        "delivery": {
            "accepted": stats.accepted,
            "delivered": stats.delivered,
            "read": stats.read,
            "failed": stats.failed,
            "pending": stats.pending,
            "in_doubt": doubtful,
            "rate": stats.delivery_rate(),
        },
    })
}
