//! The keys that matter where one is, at the bottom: which ones, what they are called there, and where each stands.

use ratatui::layout::Rect;

use super::dialog::{DialogAreas, answer_key, offers};
use crate::domain::draft::DraftKey;
use crate::domain::folder::Folder;
use crate::domain::listing::Row;
use crate::domain::message::Message;
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::keymap::{Keymap, Surface};
use crate::tui::model::{Compose, Dialog, Model};
use crate::tui::text::width;
use crate::tui::update::yes_word;
use crate::words;

/// From so many columns on the keys that move are shown in a search.
const SEARCH_MOVES: u16 = 64;

/// A key with what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it does.
    pub action: Action,
    /// The key.
    pub key: String,
    /// What it does, in a word.
    pub brief: String,
    /// Where it stands.
    pub area: Rect,
}

/// The hints that find room in a line. The last two, help and quit in a list, are always there.
pub fn hints(model: &Model, keymap: &Keymap, line: Rect) -> Vec<Hint> {
    let texts = &model.wording.texts;
    let all: Vec<(Action, String, &str)> = offered(model, keymap)
        .into_iter()
        .filter_map(|action| {
            Some((action, words::key(texts, &key(action, model, keymap)?), brief(action, model)))
        })
        .collect();
    let room = usize::from(line.width.saturating_sub(1));
    // A blank between both, and two behind.
    let wide = |(_, key, brief): &(Action, String, &str)| width(key) + width(brief) + 3;
    let last_two: usize = all.iter().rev().take(2).map(wide).sum();
    let count = all.len();
    let mut used = 0;
    let mut hints = Vec::new();
    for (n, hint) in all.into_iter().enumerate() {
        let reserve = if n + 2 >= count { 0 } else { last_two };
        let columns = wide(&hint);
        if used + columns + reserve > room + 2 {
            continue;
        }
        let (action, key, brief) = hint;
        let x = line.x + 1 + u16::try_from(used).unwrap_or(line.width);
        let columns_shown = u16::try_from(columns - 2).unwrap_or(0).min(line.right().saturating_sub(x));
        used += columns;
        let area = Rect { x, width: columns_shown, height: 1, ..line };
        hints.push(Hint { action, key, brief: brief.to_owned(), area });
    }
    hints
}

/// The key of an action as its hint shows it.
fn key(action: Action, model: &Model, keymap: &Keymap) -> Option<String> {
    let surface = model.surface();
    if action == Action::Yes {
        return answer_key(model, keymap, action);
    }
    // One hint goes both ways.
    let back = if action == Action::NextPeriod {
        Action::PreviousPeriod
    } else if action == Action::Down {
        Action::Up
    } else {
        return keymap.first_caption(surface, action);
    };
    let pair = [keymap.captions(surface, back), keymap.captions(surface, action)];
    // Arrows say by themselves where they lead.
    let is_arrow = |caption: &&String| matches!(caption.as_str(), "↑" | "↓" | "←" | "→");
    if let [Some(back), Some(on)] = pair.each_ref().map(|keys| keys.iter().find(is_arrow)) {
        return Some(format!("{back}{on}"));
    }
    let [back, on] = pair.map(|keys| keys.into_iter().next());
    let on = on?;
    Some(back.map_or(on.clone(), |back| format!("{back} {on}")))
}

/// What an action is called where one is.
fn brief(action: Action, model: &Model) -> &str {
    let texts = &model.wording.texts;
    let compose = match &model.dialog {
        Some(Dialog::Compose(compose)) => Some(compose.as_ref()),
        _ => None,
    };
    let is_plan = compose.is_some_and(|compose| compose.field.is_plan());
    let is_paused = matches!(model.row(), Some(Row::Schedule(row)) if row.schedule.paused);
    // In a menu and in the search box Enter chooses; only in a list it opens.
    match (model.surface().is_pane(), action) {
        (false, Action::Open) => texts.get(Key::BriefChoose),
        (false, Action::Back) if compose.is_some() && !is_plan => texts.get(Key::BriefKeep),
        (false, Action::Send) if compose.is_some_and(saves) => texts.get(Key::BriefSave),
        (false, Action::SendLater) if compose.is_some_and(saves) => texts.get(Key::BriefWhen),
        (false, Action::SendLater) if is_plan => texts.get(Key::BriefNow),
        (false, Action::Yes) => match &model.dialog {
            Some(Dialog::Confirm(question)) => yes_word(question, texts),
            _ => action.brief(texts),
        },
        (true, Action::Resend) if !model.lists_messages() => texts.get(Key::BriefRun),
        (false, Action::PageDown) => texts.get(Key::BriefPageDown),
        (true, Action::Pause) if is_paused => texts.get(Key::BriefResume),
        _ => action.brief(texts),
    }
}

/// Whether what is written changes something that stays, and is not sent.
fn saves(compose: &Compose) -> bool {
    matches!(compose.key, DraftKey::Schedule(_))
}

/// The actions whose keys matter here and do something, in the order of their use; the last two are shown wherever there is
/// room for two.
fn offered(model: &Model, keymap: &Keymap) -> Vec<Action> {
    match model.surface() {
        Surface::Search => search(model),
        Surface::Palette | Surface::GoTo | Surface::Labels => match lines(model, keymap) {
            0 => vec![Action::Back],
            1 => vec![Action::Open, Action::Back],
            _ => vec![Action::Down, Action::Open, Action::Back],
        },
        Surface::Order | Surface::Links => {
            let copies = model.surface() == Surface::Links;
            let copy = copies.then_some(Action::Copy);
            [Action::Down].into_iter().chain(copy).chain([Action::Open, Action::Back]).collect()
        }
        Surface::Contact => vec![Action::Back],
        Surface::Date | Surface::Import | Surface::Export => vec![Action::Open, Action::Back],
        Surface::Deeds => {
            let Some(Dialog::Deeds { lines, .. }) = &model.dialog else { return Vec::new() };
            let all = lines.ready().map(Vec::as_slice).unwrap_or_default();
            let mut actions = Vec::new();
            actions.extend(all.iter().any(|line| !line.undone).then_some(Action::Undo));
            actions.extend(all.iter().any(|line| line.undone).then_some(Action::Redo));
            actions.extend(scrolls(model, keymap).then_some(Action::Down));
            actions.push(Action::Back);
            actions
        }
        Surface::Totals => {
            let more = super::totals::pages(model).len() > 1;
            let mut actions = vec![Action::NextPeriod, Action::ChoosePeriod, Action::Help];
            actions.extend(more.then_some(Action::PageDown));
            actions.push(Action::Back);
            actions
        }
        Surface::Period => vec![Action::Open, Action::Back],
        Surface::Compose => {
            let Some(Dialog::Compose(compose)) = &model.dialog else { return Vec::new() };
            let mut actions = if compose.fields().len() > 1 { vec![Action::NextField] } else { Vec::new() };
            let can_wait = !matches!(compose.key, DraftKey::Edit(_));
            let can_leave_now = !matches!(compose.key, DraftKey::Schedule(_)) || !compose.field.is_plan();
            actions.extend((can_wait && can_leave_now).then_some(Action::SendLater));
            actions.extend([Action::EditOutside, Action::DropDraft, Action::Send, Action::Back]);
            actions
        }
        Surface::Drafts => {
            let count = lines(model, keymap);
            let mut actions = if count > 0 { vec![Action::Open, Action::DropDraft] } else { Vec::new() };
            actions.push(Action::Compose);
            actions.extend((count > 1).then_some(Action::Down));
            actions.push(Action::Back);
            actions
        }
        Surface::Help => {
            scrolls(model, keymap).then_some(Action::Down).into_iter().chain([Action::Back]).collect()
        }
        Surface::Confirm => vec![Action::Yes, Action::No],
        Surface::Sidebar => {
            vec![Action::Open, Action::Down, Action::Search, Action::Totals, Action::Help, Action::Quit]
        }
        Surface::List | Surface::Reading | Surface::Panes => {
            let reading = model.surface() == Surface::Reading;
            let has_row = model.row().is_some();
            let is_empty = model.counts.ready().is_some_and(|counts| counts.total() == 0);
            let mut actions = if is_empty { vec![Action::Import, Action::Compose] } else { Vec::new() };
            actions.extend(reading.then_some(Action::Back));
            actions.extend((!reading && has_row).then_some(Action::Open));
            actions.extend(deeds(model));
            actions.extend((!reading && has_row && model.lists_messages()).then_some(Action::Mark));
            actions.extend((has_row && !model.view.query.is_empty()).then_some(Action::NextMatch));
            actions.extend([Action::Search, Action::Palette, Action::GoTo, Action::Order, Action::Totals]);
            actions.extend([Action::Help, Action::Quit]);
            actions
        }
    }
}

/// How many lines of the dialog can be chosen.
fn lines(model: &Model, keymap: &Keymap) -> usize {
    DialogAreas::of(model, keymap).map_or(0, |areas| areas.count())
}

/// Whether the dialog has more lines than it shows.
fn scrolls(model: &Model, keymap: &Keymap) -> bool {
    DialogAreas::of(model, keymap).is_some_and(|areas| areas.count() > areas.room())
}

/// What matters while a search is typed.
fn search(model: &Model) -> Vec<Action> {
    let Some(search) = &model.search else { return Vec::new() };
    let mut actions = Vec::new();
    // While something is offered the key takes that.
    actions.extend(offers(model).is_none().then_some(Action::ToggleScope));
    actions.extend((!model.recent.is_empty()).then_some(Action::Recent));
    actions.extend((!search.input.text.trim().is_empty()).then_some(Action::Save));
    // Where there is little room, the keys that nobody would guess need it.
    let has_room = model.size.width >= SEARCH_MOVES;
    actions.extend((has_room && model.row().is_some()).then_some(Action::Down));
    actions.extend([Action::Open, Action::Back]);
    actions
}

/// The deeds that can be done to what is selected.
fn deeds(model: &Model) -> Vec<Action> {
    let message = if model.surface() == Surface::Reading {
        model.chosen().map(|row| &row.message)
    } else {
        model.row().and_then(Row::message)
    };
    let folder = message.and_then(Message::folder);
    match folder {
        Some(Folder::Inbox | Folder::Flows) => {
            vec![Action::Reply, Action::Archive, Action::Label, Action::ToggleRead]
        }
        Some(Folder::Archived) => vec![Action::Restore, Action::Delete, Action::Label],
        Some(Folder::Failed) => vec![Action::Resend, Action::Edit, Action::Reply, Action::Copy],
        Some(Folder::Outbox) => vec![Action::Cancel, Action::Resend, Action::Edit, Action::Reply],
        Some(Folder::Sent) => vec![Action::Reply, Action::Copy],
        Some(Folder::Calls | Folder::Schedules) | None => match model.row() {
            Some(Row::Schedule(_)) => vec![Action::Edit, Action::Pause, Action::Resend, Action::Cancel],
            Some(Row::Call(_)) => vec![Action::Reply],
            Some(Row::Message(_)) | None => Vec::new(),
        },
    }
}
