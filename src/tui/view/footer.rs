//! The two lines at the bottom: what just happened and where one is; and the keys that matter here.

use ratatui::layout::Rect;

use super::dialogs::wrapped;
use super::{Look, Pen};
use crate::domain::deed::Deed;
use crate::i18n::{Dates, Key, Texts};
use crate::tui::action::Action;
use crate::tui::event::{Acted, ScheduleDeed};
use crate::tui::keymap::{Keymap, Surface, caption};
use crate::tui::layout::dialog::offers;
use crate::tui::layout::hints::{Hint, hints as hints_in};
use crate::tui::model::{Dialog, Job, Model, Notice, SearchBox};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;
use crate::tui::worker::{MOST_BETWEEN, MOST_COPIED};
use crate::words;

/// More rows than these nothing takes that is said.
const MOST_SAID: u16 = 6;

pub(super) fn status(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let muted = pen.role(Role::Muted);
    let (said, role) = said(model, &look.texts, &look.keymap);
    let said = words::one_line(&said);
    let style = pen.role(role);
    let rows = rows_of(&said, role, area.width);
    // While a sequence of keys is begun, the line of the keys says how it goes on.
    if rows > 1 && model.begun().is_empty() {
        // Where one is, and the keys, can wait: what does not fit in a line takes theirs, and what it needs above them.
        let y = (area.y + 2).saturating_sub(rows);
        let at = Rect { x: 0, y, width: area.width, height: rows };
        pen.clear(at);
        wrapped(&said, style, pen, Rect { x: at.x + 1, width: at.width.saturating_sub(1), ..at });
        return;
    }
    let room = area.width.saturating_sub(1);
    if pen.is_plain() && !said.is_empty() {
        // One thing a line: where one is can wait.
        pen.put(area.x + 1, area.y, room, &said, style);
        return;
    }
    let position =
        model.list.window.ready().and_then(super::super::model::Window::position).zip(model.total());
    // The totals have pages of their own, and nothing of the list is seen.
    let position = position
        .filter(|_| !matches!(model.dialog, Some(Dialog::Totals(_) | Dialog::Help { below: Some(_), .. })));
    let position = position
        .map(|(position, total)| format!("{} / {}", texts.number(position), texts.number(total)))
        .unwrap_or_default();
    let range_begun = || {
        let key = look.keymap.named_key(Surface::List, Action::MarkRange);
        texts.fill(Key::RangeBegun, &[("key", &key)])
    };
    let marked = match (model.range_from, model.marked()) {
        (None, Some(0)) => String::new(),
        (None, Some(count)) => texts.count(Key::Marked, count),
        (None, None) => texts.get(Key::MarkedAll).to_owned(),
        (Some(_), Some(count)) => format!("{} · {}", texts.count(Key::Marked, count), range_begun()),
        (Some(_), None) => range_begun(),
    };
    // What is said finds all the room there is, then how much is marked, then where one is; a blank at either end.
    let mut left = usize::from(area.width).saturating_sub(2 + width(&said));
    let mut right = area.right().saturating_sub(1);
    let mut is_first = said.is_empty();
    let marked_fits = width(&marked) + if is_first { 0 } else { 2 } <= left;
    let mut shown = Vec::new();
    if !marked.is_empty() && (marked_fits || is_first) {
        left = left.saturating_sub(width(&marked) + if is_first { 0 } else { 2 });
        is_first = false;
        shown.push((marked, Role::Marked));
    }
    if !position.is_empty() && width(&position) + if is_first { 0 } else { 2 } <= left {
        shown.push((position, Role::Muted));
    }
    for (text, role) in shown.iter().rev() {
        let style = if *role == Role::Muted { muted } else { pen.role(*role) };
        let taken = pen.put_right(right, area.y, right.saturating_sub(area.x + 1), text, style);
        right = right.saturating_sub(taken + 2);
    }
    pen.put(area.x + 1, area.y, right.saturating_sub(area.x).max(1), &said, style);
}

/// How many rows at the bottom the status line takes, those of the keys and above them included; one, while it leaves them.
pub(in crate::tui) fn status_rows(model: &Model, keymap: &Keymap) -> u16 {
    let (said, role) = said(model, &model.wording.texts, keymap);
    rows_of(&words::one_line(&said), role, model.size.width)
}

/// How many rows something takes that is said. What may be typed in a search stays in its line.
fn rows_of(said: &str, role: Role, columns: u16) -> u16 {
    let room = usize::from(columns.saturating_sub(2));
    if role == Role::Muted || width(said) <= room {
        return 1;
    }
    u16::try_from(wrap(said, usize::from(columns.saturating_sub(1))).len())
        .unwrap_or(MOST_SAID)
        .clamp(2, MOST_SAID)
}

/// What the status line says: a mistake in the search, the deed under way, or what just happened.
fn said(model: &Model, texts: &Texts, keymap: &Keymap) -> (String, Role) {
    let wrong = model.search.as_ref().filter(|search| !search.is_unfinished());
    if let Some(error) = wrong.and_then(|search| search.error.as_ref()) {
        return (words::query_error(texts, error), Role::Failed);
    }
    if let Some(search) = model.search.as_ref().filter(|_| model.notice.is_none()) {
        return (search_hint(search, model, texts), Role::Muted);
    }
    if let Some(job) = model.jobs.iter().find(|job| job.seen > 0) {
        return (progress(job, texts), Role::Notice);
    }
    match &model.notice {
        Some((
            notice @ (Notice::Error(_)
            | Notice::ChannelFailed { .. }
            | Notice::ConfigMistaken(_)
            | Notice::ConfigRefused(_)),
            _,
        )) => (notice_text(notice, model, texts, keymap), Role::Failed),
        Some((notice, _)) => (notice_text(notice, model, texts, keymap), Role::Notice),
        None => (String::new(), Role::Muted),
    }
}

/// What can be written in a search: the values of the operator at the cursor, or the operators.
fn search_hint(search: &SearchBox, model: &Model, texts: &Texts) -> String {
    match offers(model) {
        Some((text, _)) => text,
        None if search.input.text.trim().is_empty() => texts.get(Key::SearchOperators).to_owned(),
        None => String::new(),
    }
}

fn progress(job: &Job, texts: &Texts) -> String {
    let seen = texts.number(job.seen);
    let far = match job.total {
        Some(total) => format!("{seen} / {}", texts.number(total)),
        None => seen,
    };
    let key = if job.cancelled { Key::JobStopping } else { Key::JobRunning };
    texts.fill(key, &[("far", &far)])
}

fn notice_text(notice: &Notice, model: &Model, texts: &Texts, keymap: &Keymap) -> String {
    match notice {
        Notice::Done(acted) => {
            let mut text = done(acted, texts);
            if acted.changed > 0 && acted.deed.inverse().is_some() {
                text = format!("{text} · {}", texts.fill(Key::UndoHint, &[("key", &undo_key(keymap))]));
            }
            text
        }
        Notice::Undone { again, acted } => {
            let key = if *again { Key::DoneAgain } else { Key::TakenBack };
            let done = done(acted, texts);
            texts.fill(key, &[("what", &done)])
        }
        Notice::NothingToUndo { again } => {
            texts.get(if *again { Key::NothingToRedo } else { Key::NothingToUndo }).to_owned()
        }
        Notice::NotHere(deed) => texts.get(not_here(*deed)).to_owned(),
        Notice::NothingSelected => texts.get(Key::NothingSelected).to_owned(),
        Notice::NotHereReply => {
            let key = |action| keymap.named_key(Surface::List, action);
            let (edit, compose) = (key(Action::Edit), key(Action::Compose));
            texts.fill(Key::NotHereReply, &[("edit", &edit), ("compose", &compose)])
        }
        Notice::NotHereOpen => texts.get(Key::NotHereOpen).to_owned(),
        Notice::NoMatch => texts.get(Key::NoMatch).to_owned(),
        Notice::RangeTooLong => {
            let most = texts.number(MOST_BETWEEN as u64);
            texts.fill(Key::RangeTooLong, &[("most", &most)])
        }
        Notice::TooManyToCopy => {
            let most = texts.number(MOST_COPIED as u64);
            texts.fill(Key::TooManyToCopy, &[("most", &most)])
        }
        Notice::Stopped => texts.get(Key::Stopped).to_owned(),
        Notice::Copied => texts.get(Key::Copied).to_owned(),
        Notice::DraftKept => texts.get(Key::DraftKept).to_owned(),
        Notice::DraftDropped => texts.fill(Key::UndoDropped, &[("key", &undo_key(keymap))]),
        Notice::ScheduleSaved => texts.get(Key::ScheduleSaved).to_owned(),
        Notice::ScheduleDone { deed: ScheduleDeed::Pause, .. } => texts.count(Key::SchedulePaused, 1),
        Notice::ScheduleDone { deed: ScheduleDeed::Resume, .. } => texts.count(Key::ScheduleResumed, 1),
        Notice::ScheduleDone { deed: ScheduleDeed::Cancel, .. } => texts.count(Key::ScheduleCancelled, 1),
        Notice::ScheduleDone { deed: ScheduleDeed::Run, messages } => {
            texts.count(Key::SendingGone, *messages)
        }
        Notice::NothingToEdit => texts.get(Key::NothingToEdit).to_owned(),
        Notice::Exported(sentence) => sentence.clone(),
        Notice::SearchSaved => texts.get(Key::SearchSaved).to_owned(),
        Notice::SearchForgotten => texts.get(Key::SearchForgotten).to_owned(),
        Notice::NothingToOpen => texts.get(Key::NothingToOpen).to_owned(),
        Notice::Opening => texts.get(Key::Opening).to_owned(),
        Notice::BadName(problem) => words::bad_name(texts, *problem).to_owned(),
        Notice::NoSchedule => {
            let key = keymap.named_key(Surface::Panes, Action::GoSchedules);
            texts.fill(Key::NoSchedule, &[("key", &key)])
        }
        Notice::Scheduled(first) => {
            let when = Dates::new(texts, model.zone).moment(*first, model.now);
            texts.fill(Key::ScheduledFor, &[("when", &when)])
        }
        Notice::TakenBackDraft => texts.get(Key::TakenBackDraft).to_owned(),
        Notice::WritingMoved => texts.get(Key::WritingMoved).to_owned(),
        Notice::TooLateToTakeBack => texts.get(Key::TooLateToTakeBack).to_owned(),
        Notice::Leaving(leaving) => {
            let messages = leaving.messages.len() as u64;
            // Started seconds count: at the end there is one left, not none.
            let left = (leaving.leaves_on - model.now).num_milliseconds();
            let key = undo_key(keymap);
            if left > 0 && model.leaving.is_some() {
                let seconds = (left + 999) / 1000;
                texts.count_fill(Key::SendingIn, messages, &[("seconds", &seconds), ("key", &key)])
            } else {
                texts.count(Key::SendingGone, messages)
            }
        }
        Notice::ChannelFailed { channel, problem } => words::channel_failed(texts, channel, problem),
        Notice::ChannelMended(channel) => words::channel_mended(texts, channel),
        Notice::NoSuchKeys(keys) => texts.fill(Key::NoSuchKeys, &[("keys", keys)]),
        Notice::Bubbles { are_used } => {
            texts.get(if *are_used { Key::BubblesUsed } else { Key::LinesUsed }).to_owned()
        }
        Notice::Mouse { is_used: true } => texts.get(Key::MouseOn).to_owned(),
        Notice::Mouse { is_used: false } => {
            let key = keymap.first_caption(Surface::List, Action::ToggleMouse);
            texts.fill(Key::MouseOff, &[("key", &key.unwrap_or_default())])
        }
        Notice::ConfigMistaken(mistakes) => words::mistakes(texts, mistakes).unwrap_or_default(),
        Notice::ConfigRead => texts.get(Key::ConfigRead).to_owned(),
        Notice::ConfigRefused(mistakes) => {
            let problem = words::mistakes(texts, mistakes).unwrap_or_default();
            texts.fill(Key::ConfigStays, &[("problem", &problem)])
        }
        Notice::Error(sentence) => sentence.clone(),
    }
}

/// The key that takes back what was done last.
fn undo_key(keymap: &Keymap) -> String {
    keymap.named_key(Surface::List, Action::Undo)
}

fn done(acted: &Acted, texts: &Texts) -> String {
    let mut text = words::done(texts, acted.deed, acted.changed, &acted.label);
    if acted.cancelled {
        text = format!("{text} · {}", texts.get(Key::Stopped));
    } else if acted.unchanged > 0 {
        text = format!("{text} · {}", texts.count(Key::Unchanged, acted.unchanged));
    }
    text
}

fn not_here(deed: Deed) -> Key {
    match deed {
        Deed::Archive => Key::NotHereArchive,
        Deed::Restore => Key::NotHereRestore,
        Deed::Delete => Key::NotHereDelete,
        Deed::MarkRead | Deed::MarkUnread => Key::NotHereRead,
        Deed::Label(_) | Deed::Unlabel(_) => Key::NotHereLabel,
        Deed::Resend => Key::NotHereResend,
        Deed::Cancel => Key::NotHereCancel,
    }
}

pub(super) fn hints(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let (key_style, muted) = (pen.role(Role::Key), pen.role(Role::Muted));
    if !model.begun().is_empty() {
        let keys = format!("{} …", caption(model.begun()));
        let no = format!(" {}", Action::Back.brief(&look.texts));
        let pieces = [(keys.as_str(), key_style), ("  ", muted), ("Esc", key_style), (no.as_str(), muted)];
        pen.put_all(area.x + 1, area.y, area.width.saturating_sub(1), &pieces);
        return;
    }
    for Hint { key, brief, area, .. } in hints_in(model, &look.keymap, area) {
        pen.put_all(area.x, area.y, area.width, &[(&key, key_style), (" ", muted), (&brief, muted)]);
    }
}
