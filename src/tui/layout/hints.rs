//! The keys that matter where one is, at the bottom: which ones, what they are called there, and where each stands.

use ratatui::layout::Rect;

use super::dialog::answer_key;
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
    let all: Vec<(Action, String, &str)> = offered(model)
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
    let key = keymap.first_caption(surface, action)?;
    // One goes both ways.
    let back = (action == Action::NextPeriod).then(|| keymap.first_caption(surface, Action::PreviousPeriod));
    Some(back.flatten().map_or(key.clone(), |back| format!("{back} {key}")))
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

/// The actions whose keys matter here, in the order of their use; the last two are shown wherever there is room for two.
fn offered(model: &Model) -> Vec<Action> {
    match model.surface() {
        Surface::Search => {
            vec![Action::ToggleScope, Action::Recent, Action::Save, Action::Down, Action::Open, Action::Back]
        }
        Surface::Palette | Surface::GoTo | Surface::Labels => {
            vec![Action::Up, Action::Down, Action::Open, Action::Back]
        }
        Surface::Order => vec![Action::Up, Action::Down, Action::Open, Action::Back],
        Surface::Contact => vec![Action::Back],
        Surface::Links => vec![Action::Up, Action::Down, Action::Copy, Action::Open, Action::Back],
        Surface::Date | Surface::Import | Surface::Export => vec![Action::Open, Action::Back],
        Surface::Deeds => vec![Action::Undo, Action::Redo, Action::Up, Action::Down, Action::Back],
        Surface::Totals => {
            let more = super::totals::pages(model).len() > 1;
            let mut actions = vec![Action::NextPeriod, Action::ChoosePeriod];
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
            vec![Action::Open, Action::DropDraft, Action::Compose, Action::Up, Action::Down, Action::Back]
        }
        Surface::Help => vec![Action::Up, Action::Down, Action::Back],
        Surface::Confirm => vec![Action::Yes, Action::No],
        Surface::Sidebar => {
            vec![Action::Open, Action::Down, Action::Search, Action::Totals, Action::Help, Action::Quit]
        }
        Surface::List | Surface::Reading | Surface::Panes => {
            let reading = model.surface() == Surface::Reading;
            let mut actions = vec![if reading { Action::Back } else { Action::Open }];
            actions.extend(deeds(model));
            if !reading && model.lists_messages() {
                actions.push(Action::Mark);
            }
            if !model.view.query.is_empty() {
                actions.push(Action::NextMatch);
            }
            actions.extend([Action::Search, Action::Palette, Action::GoTo, Action::Order, Action::Totals]);
            actions.extend([Action::Help, Action::Quit]);
            actions
        }
    }
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
