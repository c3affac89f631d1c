//! The figures drawn for a report: one SVG file that needs nothing else, prints on white, and runs nothing.
//!
//! Names come from outside. [`Page::text`] is the only way by which a text gets into the file, and it escapes it.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::cli::list::pad;
use crate::cli::{Context, shown};
use crate::domain::folder::Folder;
use crate::domain::period::Period;
use crate::domain::stats::{Exchange, Stats, Step};
use crate::i18n::{Dates, Key, Texts};
use crate::store::Store;
use crate::words;

/// How every report begins; by this an earlier one is known again.
pub(super) const BEGINS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by recado stats; it may be replaced by a newer one -->\n";

/// Widths and places, in pixels. A page of A4 holds the whole.
const WIDTH: i32 = 800;
const LEFT: i32 = 40;
const RIGHT: i32 = WIDTH - LEFT;
const MIDDLE: i32 = 420;
const LINE: i32 = 22;

/// The most columns of the chart.
const COLUMNS: usize = 120;

/// Columns of text that a name takes at the most.
const NAME: usize = 26;

const INK: &str = "#1f2328";
const MUTED: &str = "#57606a";
const RULE: &str = "#d0d7de";
/// What came in and what went out: apart in print without colours too.
const INCOMING: &str = "#0a3069";
const OUTGOING: &str = "#80b3e8";

/// The drawing so far.
struct Page {
    body: String,
    y: i32,
}

/// Where a text stands from its place.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    End,
}

/// How a text looks.
struct Look {
    size: i32,
    bold: bool,
    color: &'static str,
}

const PLAIN: Look = Look { size: 13, bold: false, color: INK };
const SMALL: Look = Look { size: 11, bold: false, color: MUTED };
const STRONG: Look = Look { size: 13, bold: true, color: INK };
const TITLE: Look = Look { size: 15, bold: true, color: INK };

impl Page {
    fn text(&mut self, x: i32, y: i32, anchor: Anchor, look: &Look, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        };
        let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
        let (size, color, text) = (look.size, look.color, escape(text));
        let line = format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{weight} fill=\"{color}\">{text}</text>\n"
        );
        self.write(line);
    }

    fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), color: &str) {
        self.write(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\"/>\n"
        ));
    }

    fn rule(&mut self, left: i32, y: i32) {
        self.write(format_args!(
            "<line x1=\"{left}\" y1=\"{y}\" x2=\"{RIGHT}\" y2=\"{y}\" stroke=\"{RULE}\"/>\n"
        ));
    }

    fn write(&mut self, piece: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.body.write_fmt(piece);
    }

    /// A title at the current place, and room for it.
    fn title(&mut self, x: i32, text: &str) {
        let y = self.y;
        self.text(x, y, Anchor::Start, &TITLE, text);
    }
}

/// A text as XML has it: one line of characters that XML knows, with what means something to it escaped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in words::one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The report of a period.
pub(super) fn draw(stats: &Stats, context: &Context<'_>, store: &Store) -> String {
    let texts = context.texts;
    let dates = Dates::new(texts, store.zone());
    let today = context.today(store);
    let mut page = Page { body: String::new(), y: 60 };
    let title = Look { size: 24, bold: true, color: INK };
    page.text(LEFT, 60, Anchor::Start, &title, texts.get(Key::ReportTitle));
    // An end that is open is said too.
    let days = stats.span(today).map(|(since, until)| Period { since: Some(since), until: Some(until) });
    let period = words::period(texts, &dates, days.unwrap_or(stats.period));
    page.text(LEFT, 84, Anchor::Start, &Look { color: MUTED, ..TITLE }, &period);
    let made = texts.fill(Key::ReportMade, &[("when", &dates.day_of_year(today))]);
    page.text(RIGHT, 84, Anchor::End, &SMALL, &made);
    let file = context.config.db.file_name().map(std::path::Path::new).map(shown).unwrap_or_default();
    page.text(RIGHT, 60, Anchor::End, &SMALL, &file);
    page.rule(LEFT, 98);
    page.y = 128;
    totals(&mut page, stats, texts);
    chart(&mut page, stats, texts, &dates, stats.steps(today, COLUMNS));
    heat(&mut page, stats, texts, &dates);
    let top = page.y;
    channels(&mut page, stats, texts);
    answers(&mut page, stats, texts);
    let left = std::mem::replace(&mut page.y, top);
    contacts(&mut page, stats, texts);
    let height = page.y.max(left) + 20;
    format!(
        "{BEGINS}<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>{}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
        escape(&format!("{} · {period}", texts.get(Key::ReportTitle))),
        page.body
    )
}

/// The part of a length that a figure is of the largest one.
#[expect(clippy::cast_precision_loss, reason = "a length in pixels")]
fn part(figure: u64, most: u64, length: f64) -> f64 {
    figure as f64 / most.max(1) as f64 * length
}

/// The place of the n-th of some columns of a width.
#[expect(clippy::cast_precision_loss, reason = "at most some hundred columns")]
fn at(n: usize, width: f64) -> f64 {
    n as f64 * width
}

fn totals(page: &mut Page, stats: &Stats, texts: &Texts) {
    let large = Look { size: 34, bold: true, color: INCOMING };
    page.text(LEFT, page.y + 34, Anchor::Start, &large, &texts.number(stats.total()));
    page.text(LEFT, page.y + 58, Anchor::Start, &SMALL, texts.get(Key::TotalsNote));
    let Exchange { incoming, outgoing } = stats.messages();
    let both = format!("{} · {}", texts.count(Key::StatsIn, incoming), texts.count(Key::StatsOut, outgoing));
    page.text(LEFT, page.y + 84, Anchor::Start, &PLAIN, &both);
    let rate = words::rate(texts, stats.delivery.rate());
    let line = format!("{}: {rate}", texts.get(Key::StatsRate));
    page.text(LEFT, page.y + 106, Anchor::Start, &PLAIN, &line);
    for (n, (key, figure)) in [
        (Key::StatsDelivered, stats.delivery.delivered),
        (Key::StatsRead, stats.delivery.read),
        (Key::StatsPending, stats.delivery.pending),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("{}: {}", texts.get(key), texts.number(figure));
        page.text(LEFT, page.y + 126 + i32::try_from(n).unwrap_or(0) * 16, Anchor::Start, &SMALL, &line);
    }
    let most = stats.folders.into_iter().max().unwrap_or(0);
    for folder in Folder::ALL {
        let count = stats.of(folder);
        page.text(MIDDLE, page.y, Anchor::Start, &PLAIN, words::folder(texts, folder));
        page.text(MIDDLE + 215, page.y, Anchor::End, &PLAIN, &texts.number(count));
        let bar = part(count, most, f64::from(RIGHT - MIDDLE - 230));
        page.rect((f64::from(MIDDLE + 230), f64::from(page.y - 10)), (bar, 11.0), OUTGOING);
        page.y += LINE;
    }
    page.y += 24;
}

fn chart(
    page: &mut Page,
    stats: &Stats,
    texts: &Texts,
    dates: &Dates<'_>,
    steps: (Step, Vec<(chrono::NaiveDate, Exchange)>),
) {
    let (step, steps) = steps;
    page.title(LEFT, words::chart(texts, step));
    if stats.messages().total() == 0 {
        page.text(LEFT, page.y + LINE, Anchor::Start, &SMALL, texts.get(Key::NothingThen));
        page.y += LINE + 30;
        return;
    }
    for (x, color, word) in
        [(RIGHT - 150, INCOMING, texts.get(Key::WordIn)), (RIGHT - 70, OUTGOING, texts.get(Key::WordOut))]
    {
        page.rect((f64::from(x), f64::from(page.y - 10)), (11.0, 11.0), color);
        page.text(x + 17, page.y, Anchor::Start, &SMALL, word);
    }
    let half = 70.0;
    let (top, left) = (page.y + 14, LEFT + 50);
    let axis = f64::from(top) + half;
    let most = steps.iter().map(|(_, both)| both.incoming.max(both.outgoing)).max().unwrap_or(0);
    let column = f64::from(RIGHT - left) / at(steps.len().max(1), 1.0);
    page.text(left - 8, top + 10, Anchor::End, &SMALL, &texts.number(most));
    page.text(left - 8, top + 74, Anchor::End, &SMALL, "0");
    page.text(left - 8, top + 140, Anchor::End, &SMALL, &texts.number(most));
    for (n, (_, both)) in steps.iter().enumerate() {
        let x = f64::from(left) + at(n, column);
        let width = (column * 0.8).max(0.5);
        let (up, down) = (part(both.incoming, most, half), part(both.outgoing, most, half));
        page.rect((x, axis - up), (width, up), INCOMING);
        page.rect((x, axis + 1.0), (width, down), OUTGOING);
    }
    page.rule(left, top + 70);
    let with_year = steps.first().zip(steps.last()).is_some_and(|((first, _), (last, _))| {
        use chrono::Datelike;
        first.year() != last.year()
    });
    let every = steps.len().div_ceil(8).max(1);
    for (n, (start, _)) in steps.iter().enumerate().step_by(every) {
        #[expect(clippy::cast_possible_truncation, reason = "a place on the page")]
        let x = left + at(n, column) as i32;
        // The last one must not leave the page.
        if x + 60 <= RIGHT || steps.len() == 1 {
            page.text(
                x,
                top + 158,
                Anchor::Start,
                &SMALL,
                &words::step_start(dates, step, *start, with_year),
            );
        }
    }
    page.y = top + 198;
}

fn heat(page: &mut Page, stats: &Stats, texts: &Texts, dates: &Dates<'_>) {
    let most = stats.busiest();
    if most == 0 {
        return;
    }
    page.title(LEFT, texts.get(Key::HeatTitle));
    let (left, top) = (LEFT + 50, page.y + 14);
    let (wide, high) = (f64::from(RIGHT - left) / 24.0, 20.0);
    for (row, (day, hours)) in stats.week(texts.customs().week_start).into_iter().enumerate() {
        let y = f64::from(top) + at(row, high);
        #[expect(clippy::cast_possible_truncation, reason = "a place on the page")]
        page.text(left - 8, y as i32 + 14, Anchor::End, &SMALL, dates.short_weekday(day));
        for (hour, both) in hours.iter().enumerate() {
            let color = mixed(part(both.total(), most, 1.0));
            page.rect((f64::from(left) + at(hour, wide), y), (wide - 1.5, high - 1.5), &color);
        }
    }
    for (hour, n) in (0..24).zip(0..).step_by(3) {
        #[expect(clippy::cast_possible_truncation, reason = "a place on the page")]
        let x = left + at(n, wide) as i32;
        page.text(x, top + 156, Anchor::Start, &SMALL, &dates.clock(hour, 0));
    }
    page.y = top + 198;
}

/// The colour of a share: from nearly white to the darkest.
fn mixed(share: f64) -> String {
    let between = |light: f64, dark: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
        let value = (light + (dark - light) * share.clamp(0.0, 1.0)).round() as u8;
        value
    };
    format!("#{:02x}{:02x}{:02x}", between(246.0, 10.0), between(248.0, 48.0), between(250.0, 105.0))
}

fn channels(page: &mut Page, stats: &Stats, texts: &Texts) {
    if stats.channels.is_empty() {
        return;
    }
    page.title(LEFT, texts.get(Key::ChannelsTitle));
    let columns = [LEFT + 195, LEFT + 267, LEFT + 340];
    for (x, key) in columns.into_iter().zip([Key::WordIn, Key::WordOut, Key::ColumnRate]) {
        page.text(x, page.y, Anchor::End, &SMALL, texts.get(key));
    }
    for channel in &stats.channels {
        page.y += LINE;
        let name = cut(words::channel_name(texts, &channel.name), 20);
        page.text(LEFT, page.y, Anchor::Start, &PLAIN, &name);
        let Exchange { incoming, outgoing } = channel.messages;
        let figures =
            [texts.number(incoming), texts.number(outgoing), words::rate(texts, channel.delivery.rate())];
        for (x, figure) in columns.into_iter().zip(figures) {
            page.text(x, page.y, Anchor::End, &PLAIN, &figure);
        }
    }
    page.y += LINE + 18;
}

fn answers(page: &mut Page, stats: &Stats, texts: &Texts) {
    page.title(LEFT, texts.get(Key::AnswersTitle));
    for (key, seconds) in
        [(Key::AnswersMedian, stats.answers.median), (Key::AnswersNinetieth, stats.answers.ninetieth)]
    {
        page.y += LINE;
        page.text(LEFT, page.y, Anchor::Start, &PLAIN, texts.get(key));
        let span = seconds.map_or_else(|| "—".to_owned(), words::span);
        page.text(LEFT + 205, page.y, Anchor::End, &STRONG, &span);
    }
    page.y += LINE;
    let answered = texts.count(Key::AnswersAnswered, stats.answers.answered);
    let waiting = texts.count(Key::AnswersWaiting, stats.answers.waiting);
    page.text(LEFT, page.y, Anchor::Start, &SMALL, &format!("{answered} · {waiting}"));
    page.y += LINE;
}

fn contacts(page: &mut Page, stats: &Stats, texts: &Texts) {
    let Some(most) = stats.contacts.first().map(|one| one.messages.total()) else { return };
    page.title(MIDDLE, texts.get(Key::ContactsTitle));
    page.text(RIGHT, page.y, Anchor::End, &SMALL, &texts.count(Key::ContactsOf, stats.people));
    for one in &stats.contacts {
        page.y += LINE;
        let name = cut(words::contact(texts, &one.contact.name, &one.national), NAME);
        page.text(MIDDLE, page.y, Anchor::Start, &PLAIN, &name);
        page.text(MIDDLE + 245, page.y, Anchor::End, &PLAIN, &texts.number(one.messages.total()));
        let room = f64::from(RIGHT - MIDDLE - 255);
        let (incoming, outgoing) =
            (part(one.messages.incoming, most, room), part(one.messages.outgoing, most, room));
        let (x, y) = (f64::from(MIDDLE + 255), f64::from(page.y - 10));
        page.rect((x, y), (incoming, 11.0), INCOMING);
        page.rect((x + incoming, y), (outgoing, 11.0), OUTGOING);
    }
    page.y += LINE;
}

/// A name of at most so many columns.
fn cut(name: &str, columns: usize) -> String {
    let name = words::one_line(name);
    if name.width() > columns { pad(&name, columns) } else { name }
}
