//! What keys do while something stands above the panes.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use crate::domain::LabelId;
use crate::domain::fold::fold;
use crate::domain::folder::Folder;
use crate::domain::label::{clean_name, name_key};
use crate::domain::listing::{Order, Row};
use crate::domain::schedule::Repeat;
use crate::i18n::{Key, Texts};
use crate::tui::action::Action;
use crate::tui::event::ScheduleDeed;
use crate::tui::keymap::{Keymap, Surface};
use crate::tui::model::{Dialog, Input, Model, OrderChoice, Question};
use crate::tui::text::{width, wrap};
use crate::words;

/// A line of the choice of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum LabelLine {
    /// A label.
    Label(LabelId),
    /// Make one of that name.
    New(String),
}

/// The lines of the choice of labels: those whose name holds what was typed, then making a new one.
pub(in crate::tui) fn label_lines(model: &Model, typed: &str) -> Vec<LabelLine> {
    let labels = model.labels();
    let (wanted, exact) = (fold(typed), name_key(typed));
    // What folds to nothing, such as a lone sign, would be found in every name.
    let matches =
        |name: &str| name_key(name).contains(&exact) || (!wanted.is_empty() && fold(name).contains(&wanted));
    let found = labels.iter().filter(|label| matches(&label.name));
    let mut lines: Vec<LabelLine> = found.map(|label| LabelLine::Label(label.id)).collect();
    let known = labels.iter().any(|label| name_key(&label.name) == exact);
    if !known && !typed.trim().is_empty() {
        lines.push(LabelLine::New(typed.trim().to_owned()));
    }
    lines
}

/// The lines of a help page: keys, and what they do. The eight folders share a line; what was typed narrows them. What finds
/// no room beside its keys goes on in the next line.
pub(in crate::tui) fn help_lines(
    model: &Model,
    keymap: &Keymap,
    surface: Surface,
    typed: &str,
) -> Vec<(String, String)> {
    let texts = &model.wording.texts;
    let keys = |action| words::key(texts, &keymap.captions(surface, action).join(" "));
    let wanted = fold(typed);
    let typed: Vec<&str> = wanted.split_whitespace().collect();
    let actions = keymap.actions(surface);
    let is_single = |action: Action| action.folder().is_none();
    let widest =
        actions.iter().filter(|action| is_single(**action)).map(|action| width(&keys(*action))).max();
    let room = usize::from(model.size.width).saturating_sub(widest.unwrap_or(0) + 6).max(8);
    let mut lines = Vec::new();
    let mut folders: Vec<String> = Vec::new();
    for action in actions {
        let name = model.wording.name(action);
        if action.folder().is_some() && typed.is_empty() {
            folders.push(keys(action));
            if folders.len() == Folder::ALL.len() {
                lines.push((span(&folders), model.wording.folders_caption.clone()));
            }
        } else if typed.iter().all(|word| fold(name).contains(word) || keys(action).contains(word)) {
            lines.push((keys(action), name.to_owned()));
        }
    }
    let lines = lines.into_iter().flat_map(|(mut keys, name)| {
        let pieces =
            wrap(&name, room).into_iter().map(|range| name.get(range).unwrap_or_default().to_owned());
        pieces.map(|piece| (std::mem::take(&mut keys), piece)).collect::<Vec<_>>()
    });
    lines.collect()
}

/// Keys of the folders: the first and the last one where they are neighbours, as the digits are.
fn span(keys: &[String]) -> String {
    let codes: Vec<u32> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    let is_span =
        codes.len() == keys.len() && codes.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    match (keys.first(), keys.last()) {
        (Some(first), Some(last)) if is_span => format!("{first} … {last}"),
        _ => keys.join(" "),
    }
}

/// How many lines of a help page find room: not the frame, what is typed, and the two lines at the bottom.
pub(in crate::tui) fn help_height(model: &Model) -> usize {
    usize::from(model.size.height).saturating_sub(7).max(1)
}

/// What is asked, in words.
pub(in crate::tui) fn question_text(model: &Model, question: &Question) -> String {
    let texts = &model.wording.texts;
    match question {
        Question::Deed { chosen, .. } => match chosen.count {
            Some(count) => texts.count(Key::AskDelete, count),
            None => texts.get(Key::AskDeleteAll).to_owned(),
        },
        Question::Schedule { id, deed: ScheduleDeed::Run } => {
            let schedule = model.row().and_then(|row| match row {
                Row::Schedule(row) if row.schedule.id == *id => Some(&row.schedule),
                Row::Schedule(_) | Row::Message(_) | Row::Call(_) => None,
            });
            let who = schedule.map(|schedule| words::recipients(texts, schedule)).unwrap_or_default();
            let once = schedule.is_some_and(|schedule| schedule.timing.repeat == Repeat::Never);
            texts.fill(if once { Key::AskScheduleRunOnce } else { Key::AskScheduleRun }, &[("who", &who)])
        }
        Question::Schedule {
            deed: ScheduleDeed::Cancel | ScheduleDeed::Pause | ScheduleDeed::Resume,
            ..
        } => texts.get(Key::AskScheduleCancel).to_owned(),
    }
}

/// What yes means.
pub(in crate::tui) fn yes_word<'a>(question: &Question, texts: &'a Texts) -> &'a str {
    match question {
        Question::Deed { .. } => Action::Yes.brief(texts),
        Question::Schedule { .. } => texts.get(Key::BriefSure),
    }
}

/// Where one stands in a list of so many lines after a key that moves; every other key leaves one where one is.
pub(super) fn along(action: Action, at: usize, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
}

impl Core<'_> {
    pub(super) fn act_in_dialog(&mut self, action: Action) {
        let Some(dialog) = self.model.dialog.take() else { return };
        match dialog {
            Dialog::Confirm(question) => match (action, question) {
                (Action::Yes, Question::Deed { deed, chosen }) => self.perform(deed, chosen, String::new()),
                (Action::Yes, Question::Schedule { id, deed }) => self.change_schedule(id, deed),
                (Action::No, _) => {}
                (_, question) => self.model.dialog = Some(Dialog::Confirm(question)),
            },
            Dialog::Contact(card) => {
                if action != Action::Back {
                    self.model.dialog = Some(Dialog::Contact(card));
                }
            }
            Dialog::Help { surface, input, top, below } => {
                let top = match action {
                    // What was typed goes first.
                    Action::Back if !input.text.is_empty() => {
                        let input = Input::default();
                        self.model.dialog = Some(Dialog::Help { surface, input, top: 0, below });
                        return;
                    }
                    Action::Back => {
                        self.model.dialog = below.map(Dialog::Totals);
                        return;
                    }
                    Action::Up => top.saturating_sub(1),
                    Action::Down => top + 1,
                    Action::PageUp => top.saturating_sub(10),
                    Action::PageDown => top + 10,
                    Action::First => 0,
                    Action::Last => usize::MAX / 2,
                    _ => top,
                };
                // The page ends where its last line stands at the bottom.
                let lines = help_lines(self.model, self.keymap, surface, &input.text).len();
                let top = top.min(lines.saturating_sub(help_height(self.model)));
                self.model.dialog = Some(Dialog::Help { surface, input, top, below });
            }
            Dialog::Order { selected } => self.act_in_order(action, selected),
            // Those see to their keys themselves.
            Dialog::Links { .. }
            | Dialog::Date { .. }
            | Dialog::Import(_)
            | Dialog::Export(_)
            | Dialog::Deeds { .. }
            | Dialog::Compose(_)
            | Dialog::Drafts { .. }
            | Dialog::Palette(_)
            | Dialog::GoTo(_)
            | Dialog::Totals(_) => {
                self.model.dialog = Some(dialog);
            }
            Dialog::Labels { .. } => {
                self.model.dialog = Some(dialog);
                self.act_in_labels(action);
            }
        }
    }

    fn act_in_order(&mut self, action: Action, selected: usize) {
        let to = match action {
            Action::Back => return,
            Action::Open => {
                match OrderChoice::ALL.get(selected) {
                    Some(OrderChoice::Newest) => self.set_order(Order::NewestFirst),
                    Some(OrderChoice::Oldest) => self.set_order(Order::OldestFirst),
                    Some(OrderChoice::All) => self.set_unread_filter(false),
                    Some(OrderChoice::Unread) if self.model.lists_messages() => self.set_unread_filter(true),
                    Some(OrderChoice::Unread) | None => {}
                }
                return;
            }
            _ => along(action, selected, OrderChoice::ALL.len()),
        };
        self.model.dialog = Some(Dialog::Order { selected: to });
    }

    /// The line of the order menu where one stands.
    pub(super) fn current_order(&self) -> usize {
        usize::from(!self.model.is_newest_first())
    }

    fn act_in_labels(&mut self, action: Action) {
        let Some(Dialog::Labels { input, selected, .. }) = &self.model.dialog else { return };
        let lines = label_lines(self.model, &input.text);
        let selected = *selected;
        let to = match action {
            Action::Back => {
                self.model.dialog = None;
                return;
            }
            Action::Open => {
                match lines.into_iter().nth(selected) {
                    Some(LabelLine::Label(label)) => {
                        if let Some(Dialog::Labels { chosen, carried, .. }) = self.model.dialog.take() {
                            self.toggle_label(label, chosen, &carried);
                        }
                    }
                    Some(LabelLine::New(name)) => self.make_label(&name),
                    None => self.model.dialog = None,
                }
                return;
            }
            _ => along(action, selected, lines.len()),
        };
        if let Some(Dialog::Labels { selected, .. }) = &mut self.model.dialog {
            *selected = to;
        }
    }

    fn make_label(&mut self, name: &str) {
        match clean_name(name) {
            Ok(name) => {
                if let Some(Dialog::Labels { chosen, .. }) = self.model.dialog.take() {
                    self.new_label(name, chosen);
                }
            }
            Err(wrong) => {
                if let Some(Dialog::Labels { problem, .. }) = &mut self.model.dialog {
                    *problem = Some(wrong);
                }
            }
        }
    }
}
