//! The figures as tables, for a terminal or a file.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::cli::list::pad;
use crate::cli::{Context, Outcome};
use crate::domain::folder::Folder;
use crate::domain::stats::{Exchange, Stats, shade};
use crate::i18n::{Dates, Key, Texts};
use crate::store::Store;
use crate::words;

/// Days at the end of the period that are shown; --json has them all.
const DAYS: usize = 31;

/// The widest name.
const WIDEST: usize = 40;

/// A table: its title, what its columns are called, and rows of a name and figures.
struct Table {
    title: String,
    heads: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    fn new(title: String, heads: &[&str]) -> Self {
        Self { title, heads: heads.iter().map(|head| (*head).to_owned()).collect(), rows: Vec::new() }
    }

    fn row(&mut self, name: &str, figures: Vec<String>) {
        self.rows.push((words::one_line(name), figures));
    }

    /// Each table has its own columns of figures, and all share the column of names.
    fn print(&self, out: &mut impl Write, names: usize) -> Outcome<()> {
        let figures = self.rows.iter().map(|(_, figures)| figures).chain([&self.heads]);
        let mut widths: Vec<usize> = Vec::new();
        for (n, figure) in figures.flat_map(|figures| figures.iter().enumerate()) {
            if widths.len() <= n {
                widths.push(9);
            }
            widths[n] = widths[n].max(figure.width());
        }
        let head = (&self.title, &self.heads);
        let rows = self.rows.iter().map(|(name, figures)| (name, figures));
        for (name, figures) in [head].into_iter().chain(rows) {
            let mut line = pad(name, names);
            for (figure, width) in figures.iter().zip(&widths) {
                line.push_str(&" ".repeat(2 + width - figure.width()));
                line.push_str(figure);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn names(&self) -> usize {
        self.rows
            .iter()
            .map(|(name, _)| name)
            .chain([&self.title])
            .map(|name| name.width())
            .max()
            .unwrap_or(0)
    }
}

pub(super) fn print(
    out: &mut impl Write,
    stats: &Stats,
    doubtful: u64,
    context: &Context<'_>,
    store: &Store,
) -> Outcome<()> {
    let texts = context.texts;
    let dates = Dates::new(texts, store.zone());
    let number = |n: u64| texts.number(n);
    let (word_in, word_out) = (texts.get(Key::WordIn), texts.get(Key::WordOut));
    let both = |Exchange { incoming, outgoing }: Exchange| vec![number(incoming), number(outgoing)];

    let mut totals = Table::new(texts.get(Key::ReportTitle).to_owned(), &[]);
    for folder in Folder::ALL {
        totals.row(words::folder(texts, folder), vec![number(stats.of(folder))]);
    }
    totals.row(texts.get(Key::Total), vec![number(stats.total())]);

    let mut delivery =
        Table::new(texts.get(Key::StatsRate).to_owned(), &[&words::rate(texts, stats.delivery.rate())]);
    for (key, figure) in [
        (Key::StatsDelivered, stats.delivery.delivered),
        (Key::StatsRead, stats.delivery.read),
        (Key::StatsFailed, stats.delivery.failed),
        (Key::StatsPending, stats.delivery.pending),
    ] {
        delivery.row(texts.get(key), vec![number(figure)]);
    }
    if doubtful > 0 {
        delivery.row(texts.get(Key::StatsDoubtful), vec![number(doubtful)]);
    }

    let heads = [word_in, word_out, texts.get(Key::ColumnRate)];
    let mut channels = Table::new(texts.get(Key::ChannelsTitle).to_owned(), &heads);
    for channel in &stats.channels {
        let mut figures = both(channel.messages);
        figures.push(words::rate(texts, channel.delivery.rate()));
        channels.row(words::channel_name(texts, &channel.name), figures);
    }

    let answered = texts.count(Key::AnswersAnswered, stats.answers.answered);
    let waiting = texts.count(Key::AnswersWaiting, stats.answers.waiting);
    let mut answers = Table::new(texts.get(Key::AnswersTitle).to_owned(), &[]);
    let span = |seconds: Option<u32>| vec![seconds.map_or_else(|| "—".to_owned(), words::span)];
    answers.row(texts.get(Key::AnswersMedian), span(stats.answers.median));
    answers.row(texts.get(Key::AnswersNinetieth), span(stats.answers.ninetieth));
    answers.row(&format!("{answered} · {waiting}"), Vec::new());

    let of = texts.count(Key::ContactsOf, stats.people);
    let title = format!("{} ({of})", texts.get(Key::ContactsTitle));
    let mut contacts = Table::new(title, &[word_in, word_out]);
    for one in &stats.contacts {
        let name = words::contact(texts, &one.contact.name, &one.national);
        contacts.row(&pad(&words::one_line(name), WIDEST), both(one.messages));
    }

    let calls = words::folder(texts, Folder::Calls);
    let mut days = Table::new(texts.get(Key::StatsDays).to_owned(), &[word_in, word_out, calls]);
    for (day, figures) in stats.days.iter().skip(stats.days.len().saturating_sub(DAYS)) {
        let mut row = both(figures.messages);
        row.push(number(figures.calls));
        days.row(&day.to_string(), row);
    }

    writeln!(out, "{}", words::period(texts, &dates, stats.period))?;
    let tables = [totals, delivery, channels, answers, contacts, days];
    let names = tables.iter().map(Table::names).max().unwrap_or(0);
    for table in tables.iter().filter(|table| !table.rows.is_empty()) {
        writeln!(out)?;
        table.print(out, names)?;
    }
    if stats.busiest() > 0 {
        writeln!(out)?;
        hours(out, stats, texts, &dates)?;
    }
    Ok(())
}

fn hours(out: &mut impl Write, stats: &Stats, texts: &Texts, dates: &Dates<'_>) -> Outcome<()> {
    writeln!(out, "{}", texts.get(Key::HeatTitle))?;
    let most = stats.busiest();
    for (day, hours) in stats.week(texts.customs().week_start) {
        let cells: String =
            hours.iter().map(|hour| ["··", "░░", "▒▒", "▓▓", "██"][shade(hour.total(), most)]).collect();
        writeln!(out, "{}  {cells}", pad(dates.short_weekday(day), 3))?;
    }
    let axis: Vec<String> = (0..24).step_by(3).map(|hour| format!("{:<6}", dates.hour(hour))).collect();
    writeln!(out, "     {}", axis.concat().trim_end())?;
    Ok(())
}
