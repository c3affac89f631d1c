//! The totals: the eight folders and their sum, and the figures of a period. `layout::totals` says where everything stands.

use ratatui::layout::Rect;

use super::dialogs::{prompt, wrapped};
use super::{Look, Pen, charts, dates};
use crate::domain::folder::Folder;
use crate::domain::stats::{Exchange, Stats};
use crate::i18n::Key;
use crate::tui::layout::totals::{
    CHANNELS, Section, folder_columns, frame, is_narrow, page_number, pages, periods,
};
use crate::tui::model::{Load, Model, PeriodChoice, Totals};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

/// Draws the totals, and gives the place of the cursor while a period is typed.
pub(super) fn draw(totals: &Totals, model: &Model, look: &Look, pen: &mut Pen<'_>) -> Option<(u16, u16)> {
    let texts = &look.texts;
    let frame = frame(model);
    pen.clear(frame);
    pen.frame(frame, texts.get(Key::TotalsTitle));
    let pages = pages(model);
    let shown = totals.page.min(pages.len().saturating_sub(1));
    if let Some((place, at)) = page_number(model, shown, pages.len()) {
        let style = pen.role(Role::Muted);
        pen.put(at.x, at.y, at.width, &place, style);
    }
    let mut cursor = None;
    for (n, (section, area)) in pages.get(shown)?.iter().enumerate() {
        match section {
            Section::Folders => folders(totals, model, look, pen, *area),
            Section::Head => {
                if n > 0 {
                    pen.horizontal_line(area.x, area.y - 1, area.width);
                }
                cursor = head(totals, model, look, pen, *area);
            }
            Section::Chart | Section::Hours | Section::Channels | Section::Answers | Section::Contacts => {
                period_section(*section, totals, model, look, pen, *area);
            }
        }
    }
    cursor
}

/// A section of the period: its figures, or why they are not here.
fn period_section(
    section: Section,
    totals: &Totals,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    if area.height == 0 {
        return;
    }
    let texts = &look.texts;
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let muted = pen.role(Role::Muted);
    let stats = match &totals.figures {
        Load::Ready(stats) => stats,
        Load::Idle | Load::Asked => {
            title(section_title(section, look), "", pen, area);
            pen.put(below.x, below.y, below.width, texts.get(Key::Counting), muted);
            return;
        }
        Load::Failed(sentence) => {
            title(section_title(section, look), "", pen, area);
            let failed = pen.role(Role::Failed);
            return wrapped(sentence, failed, pen, below);
        }
    };
    if stats.messages().total() == 0 {
        title(section_title(section, look), "", pen, area);
        pen.put(below.x, below.y, below.width, texts.get(Key::NothingThen), muted);
        return;
    }
    match section {
        Section::Chart => charts::days(stats, model, look, pen, area),
        Section::Hours => charts::hours(stats, model, look, pen, area),
        Section::Channels => channels(stats, model, look, pen, area),
        Section::Answers => answers(stats, look, pen, area),
        Section::Contacts => contacts(stats, look, pen, area),
        Section::Folders | Section::Head => {}
    }
}

fn section_title(section: Section, look: &Look) -> &str {
    look.texts.get(match section {
        Section::Folders | Section::Head => Key::TotalsTitle,
        Section::Chart => Key::ChartDay,
        Section::Hours => Key::HeatTitle,
        Section::Channels => Key::ChannelsTitle,
        Section::Answers => Key::AnswersTitle,
        Section::Contacts => Key::ContactsTitle,
    })
}

/// The title of a section, and a note at the end of its line where there is room.
pub(super) fn title(text: &str, note: &str, pen: &mut Pen<'_>, area: Rect) {
    let (style, muted) = (pen.role(Role::ActiveTitle), pen.role(Role::Muted));
    let used = pen.put(area.x, area.y, area.width, text, style);
    let room = area.width.saturating_sub(used + 2);
    if width(note) <= room.into() {
        pen.put_right(area.right(), area.y, room, note, muted);
    }
}

/// The eight folders with what they hold now and what of it is of the period, and both sums.
fn folders(totals: &Totals, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let (text, muted, strong) = (pen.role(Role::Text), pen.role(Role::Muted), pen.role(Role::ActiveTitle));
    let columns = folder_columns(area.width);
    let gap = if columns > 1 { 4 } else { 0 };
    let each = (area.width - gap) / columns;
    let counts = model.counts.ready();
    let all = |count: Option<u64>| count.map_or_else(|| "…".to_owned(), |count| texts.number(count));
    let stats = totals.figures.ready();
    let then = |count: Option<u64>| match &totals.figures {
        Load::Ready(_) => count.map(|count| texts.number(count)).unwrap_or_default(),
        Load::Idle | Load::Asked => "…".to_owned(),
        Load::Failed(_) => "—".to_owned(),
    };
    let chosen = totals.choices.get(totals.chosen).map(|choice| choice.caption(texts)).unwrap_or_default();
    let is_all = totals.choices.get(totals.chosen) == Some(&PeriodChoice::All);
    // A column as wide as the total of all, and at least as its head.
    let wide = width(&all(counts.map(crate::domain::listing::Counts::total)));
    let wide = u16::try_from(wide).unwrap_or(9).max(8).min(each / 3);
    let mut line =
        |x: u16, y: u16, name: &str, (all, then): (&str, &str), styles: [ratatui::style::Style; 3]| {
            if y >= area.bottom() {
                return;
            }
            let right = x + each;
            pen.put_right(right, y, wide, then, styles[2]);
            pen.put_right(right.saturating_sub(wide + 1), y, wide, all, styles[1]);
            pen.put(x, y, each.saturating_sub(2 * wide + 2), name, styles[0]);
        };
    let rows = u16::try_from(Folder::ALL.len()).unwrap_or(8) / columns;
    for (n, folder) in Folder::ALL.into_iter().enumerate() {
        let n = u16::try_from(n).unwrap_or(0);
        let x = area.x + n / rows * (each + gap);
        if n % rows == 0 {
            let heads = (texts.get(Key::PeriodAll), if is_all { "" } else { chosen.as_str() });
            line(x, area.y, "", heads, [muted, muted, muted]);
        }
        let count = all(counts.map(|counts| counts.of(folder).total));
        let then = if is_all { String::new() } else { then(stats.map(|stats| stats.of(folder))) };
        line(x, area.y + 1 + n % rows, words::folder(texts, folder), (&count, &then), [text, text, muted]);
    }
    let y = area.y + 1 + rows;
    let sum = all(counts.map(crate::domain::listing::Counts::total));
    let then = if is_all { String::new() } else { then(stats.map(|stats| stats.total())) };
    let x = area.x + (columns - 1) * (each + gap);
    line(x, y, texts.get(Key::Total), (&sum, &then), [strong, strong, strong]);
    if columns > 1 {
        pen.put(area.x, y, each, texts.get(Key::TotalsNote), muted);
    }
}

/// The periods to choose from and the days of the one that is chosen; below, how much it is. Or the line in which another
/// one is typed.
fn head(totals: &Totals, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Option<(u16, u16)> {
    if area.height == 0 {
        return None;
    }
    let texts = &look.texts;
    let (muted, strong) = (pen.role(Role::Muted), pen.role(Role::ActiveTitle));
    if let Some(typed) = &totals.input {
        let line = Rect { height: 1, ..area };
        let cursor = prompt("/ ", &typed.line, texts.get(Key::PeriodPrompt), pen, line);
        if typed.is_wrong && area.height > 1 {
            let wrong = texts.fill(Key::PeriodWrong, &[("text", &words::one_line(&typed.line.text))]);
            let failed = pen.role(Role::Failed);
            wrapped(&wrong, failed, pen, Rect { y: area.y + 1, height: area.height - 1, ..area });
        }
        return Some(cursor);
    }
    let today = model.today();
    let days = words::period(texts, &dates(model, look), totals.period(today));
    let days =
        if totals.choices.get(totals.chosen) == Some(&PeriodChoice::All) { String::new() } else { days };
    let mut x = area.x;
    for (n, caption, at) in periods(totals, texts, area) {
        let (style, [before, after]) =
            if n == totals.chosen { (strong, ["‹", "›"]) } else { (muted, [" ", " "]) };
        pen.put_all(at.x, at.y, at.width, &[(before, style), (&caption, style), (after, style)]);
        x = at.right();
    }
    let room = area.right().saturating_sub(x + 1);
    let days_fit = width(&days) <= room.into();
    if days_fit {
        pen.put_right(area.right(), area.y, room, &days, muted);
    }
    if area.height < 2 {
        return None;
    }
    let said = match &totals.figures {
        Load::Ready(stats) => summary(stats, look, area.width.into()),
        Load::Idle | Load::Asked => texts.get(Key::Counting).to_owned(),
        Load::Failed(_) => String::new(),
    };
    // Where the days found no room above, they are said here.
    let said = if days_fit { said } else { format!("{days} · {said}") };
    let text = pen.role(Role::Text);
    pen.put(area.x, area.y + 1, area.width, &cut(&said, area.width.into()), text);
    if let Load::Ready(stats) = &totals.figures {
        let rate = format!("{} {}", texts.get(Key::StatsRate), words::rate(texts, stats.delivery.rate()));
        let room = usize::from(area.width).saturating_sub(width(&said) + 2);
        if width(&rate) <= room {
            pen.put_right(area.right(), area.y + 1, area.width, &rate, text);
        }
    }
    None
}

fn summary(stats: &Stats, look: &Look, columns: usize) -> String {
    let texts = &look.texts;
    let Exchange { incoming, outgoing } = stats.messages();
    let both = format!("{} · {}", texts.count(Key::StatsIn, incoming), texts.count(Key::StatsOut, outgoing));
    let calls = stats.of(Folder::Calls);
    let all = format!("{both} · {}", texts.count(Key::StatsCalls, calls));
    // The calls have their line among the folders too.
    if calls == 0 || width(&all) > columns { both } else { all }
}

/// A table of names and figures: the title with the heads of the columns, then the rows.
fn table((name, heads): (&str, &[&str]), rows: &[(String, Vec<String>)], pen: &mut Pen<'_>, area: Rect) {
    let (text, muted, strong) = (pen.role(Role::Text), pen.role(Role::Muted), pen.role(Role::ActiveTitle));
    let columns: Vec<u16> = (heads.iter().enumerate())
        .map(|(n, head)| {
            let figures = rows.iter().filter_map(|(_, figures)| figures.get(n)).map(|figure| width(figure));
            u16::try_from(figures.chain([width(head), 5]).max().unwrap_or(5)).unwrap_or(5)
        })
        .collect();
    let all: u16 = columns.iter().map(|column| column + 2).sum();
    let names = area.width.saturating_sub(all);
    let mut line = |y: u16, name: &str, figures: &mut dyn Iterator<Item = &str>, head: bool| {
        pen.put(area.x, y, names, name, if head { strong } else { text });
        let mut right = area.x + names;
        for (figure, column) in figures.zip(&columns) {
            right += column + 2;
            if right > area.right() {
                break;
            }
            pen.put_right(right, y, *column, figure, if head { muted } else { text });
        }
    };
    line(area.y, name, &mut heads.iter().copied(), true);
    for ((name, figures), y) in rows.iter().zip(area.y + 1..area.bottom()) {
        line(y, name, &mut figures.iter().map(String::as_str), false);
    }
}

fn channels(stats: &Stats, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let row = |name: &str, messages: Exchange, rate: Option<f64>| {
        let Exchange { incoming, outgoing } = messages;
        (
            words::one_line(name),
            vec![texts.number(incoming), texts.number(outgoing), words::rate(texts, rate)],
        )
    };
    let mut rows: Vec<(String, Vec<String>)> = (stats.channels.iter().take(CHANNELS))
        .map(|one| row(words::channel_name(texts, &one.name), one.messages, one.delivery.rate()))
        .collect();
    if is_narrow(model) {
        rows.insert(0, row(texts.get(Key::ChannelsAll), stats.messages(), stats.delivery.rate()));
    }
    let heads = [texts.get(Key::WordIn), texts.get(Key::WordOut), texts.get(Key::ColumnRate)];
    table((texts.get(Key::ChannelsTitle), &heads), &rows, pen, area);
}

fn answers(stats: &Stats, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let answers = &stats.answers;
    let span = |seconds: Option<u32>| vec![seconds.map_or_else(|| "—".to_owned(), words::span)];
    let rows = [
        (texts.get(Key::AnswersMedian).to_owned(), span(answers.median)),
        (texts.get(Key::AnswersNinetieth).to_owned(), span(answers.ninetieth)),
    ];
    table((texts.get(Key::AnswersTitle), &[""]), &rows, pen, area);
    if area.height > 3 {
        let answered = texts.count(Key::AnswersAnswered, answers.answered);
        let waiting = texts.count(Key::AnswersWaiting, answers.waiting);
        let muted = pen.role(Role::Muted);
        pen.put(area.x, area.y + 3, area.width, &format!("{answered} · {waiting}"), muted);
    }
}

fn contacts(stats: &Stats, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let rows: Vec<(String, Vec<String>)> = (stats.contacts.iter())
        .map(|one| {
            let name = words::one_line(words::contact(texts, &one.contact.name, &one.national));
            let Exchange { incoming, outgoing } = one.messages;
            (name, vec![texts.number(incoming), texts.number(outgoing)])
        })
        .collect();
    // A bar beside each where there is room for names too.
    let bar = if area.width >= 52 { (area.width - 36).min(30) } else { 0 };
    let left = Rect { width: area.width.saturating_sub(bar + u16::from(bar > 0) * 2), ..area };
    let of = texts.count(Key::ContactsOf, stats.people);
    let title = format!("{} ({of})", texts.get(Key::ContactsTitle));
    table((&title, &[texts.get(Key::WordIn), texts.get(Key::WordOut)]), &rows, pen, left);
    let most = stats.contacts.first().map_or(1, |one| one.messages.total()).max(1);
    let style = pen.role(Role::Outgoing);
    for (one, y) in stats.contacts.iter().zip(area.y + 1..area.bottom()) {
        // Whoever is there has at least a sliver.
        let cells = (one.messages.total() * u64::from(bar)).div_ceil(most);
        pen.put(left.right() + 2, y, bar, &"▇".repeat(usize::try_from(cells).unwrap_or(0)), style);
    }
}
