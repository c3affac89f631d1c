//! Commands that only look: folders, list, show, search, schedule.

use std::io::Write;

use clap::Args;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::grammar::FOLDERS;
use super::{Context, Outcome, output, print_json, terminal_width};
use crate::domain::call::clock_text;
use crate::domain::folder::Folder;
use crate::domain::listing::{At, MessageRow, Place, Row, View};
use crate::domain::message::{Direction, Message};
use crate::domain::schedule::Schedule;
use crate::domain::{MessageId, Time};
use crate::i18n::{Dates, Key, Texts};
use crate::json::{CallJson, MessageJson, ScheduleJson};
use crate::store::{Access, Store, Text};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// inbox, flows, archived, outbox, sent, calls, schedules or failed
    #[arg(value_parser = FOLDERS, hide_possible_values = true)]
    folder: String,
    /// At most so many [default: 100; with --json all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only what matches, in the language of the search box
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    search: Option<String>,
    /// Go on after this id, the last one of the list before
    #[arg(long, value_name = "CURSOR")]
    before: Option<i64>,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// Words, "phrases", -words, from: to: with: label: channel: flow: folder: on: before: after: is:unread is:read has:attachment
    ///
    /// A query that begins with a dash stands after --
    #[arg(required = true)]
    query: Vec<String>,
    /// At most so many [default: 100; with --json all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on after this id, the last one of the list before
    #[arg(long, value_name = "CURSOR")]
    before: Option<i64>,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn folders(json: bool, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let counts = store.counts().map_err(|error| context.failed(&error))?;
    let texts = context.texts;
    let mut out = output();
    if json {
        let folders: Vec<_> = Folder::ALL
            .into_iter()
            .map(|folder| {
                let count = counts.of(folder);
                let name = words::folder(texts, folder);
                json!({"id": folder.id(), "name": name, "total": count.total, "unread": count.unread})
            })
            .collect();
        let labels: Vec<_> =
            counts.labels.iter().map(|label| json!({"name": label.name, "total": label.total})).collect();
        print_json(&mut out, &json!({"folders": folders, "labels": labels, "total": counts.total()}))?;
        out.flush()?;
        return Ok(());
    }
    let mut lines: Vec<(String, String, String)> = Vec::new();
    for folder in Folder::ALL {
        let count = counts.of(folder);
        let unread = if count.unread > 0 { texts.number(count.unread) } else { String::new() };
        lines.push((words::folder(texts, folder).to_owned(), unread, texts.number(count.total)));
    }
    lines.push((texts.get(Key::Total).to_owned(), String::new(), texts.number(counts.total())));
    for label in &counts.labels {
        lines.push((format!("# {}", words::one_line(&label.name)), String::new(), texts.number(label.total)));
    }
    let width = lines.iter().map(|(name, ..)| name.width()).max().unwrap_or(0);
    for (name, unread, total) in lines {
        let pad = " ".repeat(width - name.width());
        writeln!(out, "{name}{pad}  {unread:>9}  {total:>11}")?;
    }
    out.flush()?;
    Ok(())
}

pub(super) fn list(args: &ListArgs, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let place = Place::Folder(context.folder(&args.folder)?);
    let view = context.view(place, args.search.as_deref(), &store)?;
    print_view(&store, &view, limit(args.limit, args.json), args.before, args.json, context)
}

pub(super) fn search(args: &SearchArgs, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let mut view = context.view(Place::Everywhere, Some(&args.query.join(" ")), &store)?;
    view.place = view.query.folder_apart().map_or(view.place, Place::Folder);
    print_view(&store, &view, limit(args.limit, args.json), args.before, args.json, context)
}

/// A person sees a screenful or two; a script gets all there is.
fn limit(said: Option<usize>, json: bool) -> usize {
    said.unwrap_or(if json { usize::MAX } else { 100 })
}

/// How many rows are read at a time.
const PAGE: usize = 500;

pub(super) fn print_view(
    store: &Store,
    view: &View,
    limit: usize,
    before: Option<i64>,
    json: bool,
    context: &Context<'_>,
) -> Outcome<()> {
    let fail = |error| context.failed(&error);
    let mut at = match before {
        None => At::First,
        Some(id) => {
            let cursor = store.cursor_of(view, id).map_err(fail)?;
            At::After(cursor.ok_or_else(|| fail(crate::store::StoreError::NoMessages(vec![MessageId(id)])))?)
        }
    };
    let mut out = output();
    let mut left = limit;
    let width = terminal_width();
    while left > 0 {
        let page = store.page(view, at, left.min(PAGE), Text::Whole).map_err(fail)?;
        for row in &page.rows {
            if json {
                print_row_json(&mut out, row)?;
            } else {
                writeln!(out, "{}", line(row, context, store, width))?;
            }
        }
        left -= page.rows.len();
        match page.rows.last().map(Row::cursor) {
            Some(last) if page.more_after => at = At::After(last),
            _ => break,
        }
    }
    out.flush()?;
    Ok(())
}

fn print_row_json(out: &mut impl Write, row: &Row) -> Outcome<()> {
    match row {
        Row::Message(row) => print_json(out, &MessageJson::new(&row.message)),
        Row::Call(row) => print_json(out, &CallJson::new(&row.call)),
        Row::Schedule(row) => print_json(out, &ScheduleJson::new(&row.schedule)),
    }
}

/// A row as one line: id, moment, mark, who, what.
fn line(row: &Row, context: &Context<'_>, store: &Store, width: Option<usize>) -> String {
    let texts = context.texts;
    let dates = Dates::new(texts, store.zone());
    let now = context.clock.now();
    let room = moment_room(texts);
    let line = match row {
        Row::Message(row) => {
            let message = &row.message;
            let mark = match message.standing.direction {
                Direction::In if message.standing.unread => "*",
                Direction::In => " ",
                Direction::Out => ">",
            };
            let who = words::one_line(words::contact(texts, &message.contact.name, &row.national));
            let when = dates.moment(message.created_on, now);
            format!(
                "{:>8}  {} {mark} {}  {}",
                message.id,
                pad(&when, room),
                pad(&who, 20),
                summary(message, context)
            )
        }
        Row::Call(row) => {
            let call = &row.call;
            let direction = match call.direction {
                Direction::In => Key::CallIn,
                Direction::Out => Key::CallOut,
            };
            let longest = [Key::CallIn, Key::CallOut].map(|key| texts.get(key).chars().count());
            let longest = longest[0].max(longest[1]);
            let who = words::one_line(words::contact(texts, &call.contact.name, &row.national));
            format!(
                "{:>8}  {} {} {}  {}  {}",
                call.id,
                pad(&dates.moment(call.occurred_on, now), room),
                pad(texts.get(direction), longest),
                pad(&who, 20),
                pad(words::outcome(texts, call.outcome), 12),
                call.duration.map(clock_text).unwrap_or_default()
            )
        }
        Row::Schedule(row) => schedule_line(&row.schedule, context, &dates, now),
    };
    cut(&line, width)
}

/// The columns of a moment with its year.
fn moment_room(texts: &Texts) -> usize {
    if texts.customs().twelve_hours { 20 } else { 17 }
}

fn schedule_line(schedule: &Schedule, context: &Context<'_>, dates: &Dates<'_>, now: Time) -> String {
    let texts = context.texts;
    let next = match schedule.next_fire {
        _ if schedule.paused => texts.get(Key::Paused).to_owned(),
        Some(next) => dates.moment(next, now),
        None => String::new(),
    };
    let repeat = words::repeat(texts, dates, &schedule.timing);
    format!(
        "{:>8}  {} {}  {}  {}",
        schedule.id,
        pad(&next, moment_room(texts)),
        pad(&repeat, moment_room(texts) + 11),
        pad(&words::recipients(texts, schedule), 24),
        words::one_line(&schedule.text)
    )
}

/// What a message says, with its attachments, labels and what became of it.
fn summary(message: &Message, context: &Context<'_>) -> String {
    let texts = context.texts;
    let mut parts = Vec::new();
    parts.extend(message.failed_reason.map(|reason| format!("[{}]", words::failed_reason(texts, reason))));
    parts.extend(message.labels.iter().map(|label| format!("#{}", words::one_line(&label.name))));
    parts.extend(message.attachments.iter().map(|one| format!("[{}]", words::one_line(&one.content_type))));
    parts.push(words::one_line(&message.text));
    parts.join(" ")
}

pub(super) fn pad(text: &str, width: usize) -> String {
    let text = cut(text, Some(width));
    let blanks = width.saturating_sub(text.width());
    text + &" ".repeat(blanks)
}

fn cut(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| text.width() > *width) else { return text.to_owned() };
    let mut cut = String::new();
    for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(text, true) {
        if cut.width() + grapheme.width() > width.saturating_sub(1) {
            break;
        }
        cut.push_str(grapheme);
    }
    cut + "…"
}

pub(super) fn show(id: i64, json: bool, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let fail = |error| context.failed(&error);
    let id = MessageId(id);
    let unknown = store.unknown_ids(&[id]).map_err(fail)?;
    if !unknown.is_empty() {
        return Err(fail(crate::store::StoreError::NoMessages(unknown)));
    }
    let row = store.load_message(id).map_err(fail)?;
    let history = store.load_history(id).map_err(fail)?;
    let mut out = output();
    if json {
        print_json(&mut out, &MessageJson::with_history(&row.message, &history))?;
        out.flush()?;
        return Ok(());
    }
    let MessageRow { message, national, .. } = &row;
    let texts = context.texts;
    let dates = Dates::new(texts, store.zone());
    let now = context.clock.now();
    let mut fields: Vec<(Key, String)> = Vec::new();
    let who = words::contact(texts, &message.contact.name, national);
    let address = message.urn.as_ref().map(|urn| format!(" <{urn}>")).unwrap_or_default();
    let party = match message.standing.direction {
        Direction::In => Key::FieldFrom,
        Direction::Out => Key::FieldTo,
    };
    fields.push((party, format!("{who}{address}")));
    fields.push((
        Key::FieldFolder,
        message.folder().map_or("", |folder| words::folder(texts, folder)).to_owned(),
    ));
    fields.push((Key::FieldDate, dates.moment(message.created_on, now)));
    fields.push((Key::FieldChannel, words::channel(texts, message).to_owned()));
    fields.extend(message.flow.as_ref().map(|flow| (Key::FieldFlow, flow.name.clone())));
    fields.push((Key::FieldStatus, words::status(texts, message.standing.status).to_owned()));
    fields.extend(
        message
            .failed_reason
            .map(|reason| (Key::FieldReason, words::failed_reason(texts, reason).to_owned())),
    );
    fields.extend(message.next_attempt.map(|at| (Key::FieldNextAttempt, dates.moment(at, now))));
    if !message.labels.is_empty() {
        let names: Vec<&str> = message.labels.iter().map(|label| label.name.as_str()).collect();
        fields.push((Key::FieldLabels, names.join(", ")));
    }
    let missing = store.missing_media(id).map_err(|error| context.failed(&error))?;
    for (position, attachment) in message.attachments.iter().enumerate() {
        let missing = missing.iter().find(|missing| missing.position == position);
        let note = missing.map(|missing| format!(" · {}", words::missing_media(texts, &dates, missing, now)));
        fields.push((Key::FieldAttachment, format!("{attachment}{}", note.unwrap_or_default())));
    }
    let width = fields.iter().map(|(key, _)| texts.get(*key).width()).max().unwrap_or(0);
    for (key, value) in fields {
        writeln!(out, "{}  {}", pad(texts.get(key), width), words::one_line(&value))?;
    }
    writeln!(out)?;
    for text in message.text.lines() {
        writeln!(out, "{}", words::one_line(text))?;
    }
    writeln!(out)?;
    for change in history {
        let day = dates.day_and_month(dates.date(change.at));
        writeln!(out, "{day} {}  {}", dates.exact_time(change.at), words::step(texts, &change))?;
    }
    out.flush()?;
    Ok(())
}
