//! Where the boxes above the panes stand: their frames, the lines in them that one can choose, and the answers of a question.
//! The totals and what is being written have plans of their own.
//!
//! ```text
//! ╭ title ──────────────╮   ╭ title ──────────────╮   ╭ Question ───────────╮
//! │ : what is typed     │   │ a line              │   │ Delete it for good? │
//! │ ─────────────────── │   │ the chosen line     │   │                     │
//! │ the lines it finds  │   │ a line              │   │ y delete   n keep   │
//! ╰─────────────────────╯   ╰─────────────────────╯   ╰─────────────────────╯
//! ```

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::domain::Time;
use crate::domain::contact::Urn;
use crate::domain::format::Format;
use crate::domain::listing::ContactCard;
use crate::i18n::{Key, Texts};
use crate::tui::action::Action;
use crate::tui::keymap::{Keymap, Surface};
use crate::tui::model::{Dialog, Export, ExportState, Model, OrderChoice};
use crate::tui::text::{width, wrap};
use crate::tui::update::{go_to_lines, help_height, help_lines, label_lines, question_text, yes_word};
use crate::words;

/// The columns of most boxes, and of those that need other ones.
const COLUMNS: usize = 60;
const LABEL_COLUMNS: usize = 36;
const PALETTE_COLUMNS: usize = 74;
const DRAFT_COLUMNS: usize = 64;

/// The fewest columns of the menu of order and of a help page.
const ORDER_COLUMNS: usize = 24;
const HELP_COLUMNS: usize = 20;

/// The most lines on the screen at a time of what is found, of labels, of drafts and of deeds.
const MOST_FOUND: usize = 12;
const MOST_LABELS: usize = 10;
const MOST_DRAFTS: usize = 8;
const MOST_DEEDS: usize = 14;

/// The rectangles of a box, and which of its lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialogAreas {
    /// The box with its frame.
    pub frame: Rect,
    /// All that is within the frame.
    pub inner: Rect,
    /// The lines that can be chosen or scrolled.
    pub body: Rect,
    /// The first of them that is shown.
    pub first: usize,
    /// How many there are.
    count: usize,
    /// The rows of each.
    rows: u16,
}

/// What a box wants of the screen.
struct Wanted {
    columns: usize,
    /// Rows within the frame.
    rows: usize,
    /// Rows above the lines.
    head: u16,
    lines: Lines,
}

/// The lines of a box.
struct Lines {
    count: usize,
    /// Rows of each.
    rows: u16,
    shown: Shown,
}

/// From which line on they are shown.
enum Shown {
    /// So that this one is: the chosen one.
    With(usize),
    /// From this one on.
    From(usize),
}

/// No lines to choose.
const NONE: Lines = Lines { count: 0, rows: 1, shown: Shown::From(0) };

impl DialogAreas {
    /// The rectangles of the box that is open; none for the totals and for what is being written.
    pub fn of(model: &Model, keymap: &Keymap) -> Option<Self> {
        let wanted = wanted(model.dialog.as_ref()?, model, keymap)?;
        let size = model.size;
        let columns = u16::try_from(wanted.columns + 4).unwrap_or(size.width).min(size.width);
        let rows = u16::try_from(wanted.rows + 2).unwrap_or(size.height);
        let rows = rows.min(size.height.saturating_sub(1)).max(3);
        let frame = if model.settings.is_plain() {
            // What is heard begins where the screen begins.
            Rect { x: 0, y: 0, width: size.width, height: rows }
        } else {
            let x = (size.width - columns) / 2;
            Rect { x, y: size.height.saturating_sub(rows) / 2, width: columns, height: rows }
        };
        let inner = Rect {
            x: frame.x + 2,
            y: frame.y + 1,
            width: frame.width.saturating_sub(4),
            height: frame.height.saturating_sub(2),
        };
        let head = wanted.head.min(inner.height);
        let body = Rect { y: inner.y + head, height: inner.height - head, ..inner };
        let Lines { count, rows, shown } = wanted.lines;
        let room = usize::from(body.height / rows).max(1);
        let first = match shown {
            Shown::With(chosen) => first_shown(model.dialog_top, chosen, room),
            Shown::From(first) => first.min(count.saturating_sub(room)),
        };
        Some(Self { frame, inner, body, first, count, rows })
    }

    /// How many lines find room.
    pub fn room(&self) -> usize {
        usize::from(self.body.height / self.rows).max(1)
    }

    /// The lines that are shown, each with its rows.
    pub fn shown(&self) -> impl Iterator<Item = (usize, Rect)> + use<> {
        let (body, rows) = (self.body, self.rows);
        let at = (body.top()..body.bottom()).step_by(rows.into());
        let lines = at.map(move |y| Rect { y, height: rows.min(body.bottom() - y), ..body });
        (self.first..self.count).zip(lines)
    }

    /// The line at a place of the screen.
    pub fn line_at(&self, at: Position) -> Option<usize> {
        self.shown().find(|(_, area)| area.contains(at)).map(|(line, _)| line)
    }
}

/// The first line that is shown of a list whose chosen line must be in so many lines: the same as before where that will do,
/// so that a line stays under the mouse that chose it.
pub fn first_shown(before: usize, chosen: usize, room: usize) -> usize {
    before.clamp((chosen + 1).saturating_sub(room.max(1)), chosen)
}

/// What a box wants; none when it has a plan of its own.
fn wanted(dialog: &Dialog, model: &Model, keymap: &Keymap) -> Option<Wanted> {
    let texts = &model.wording.texts;
    let count_of = |count: usize, most: usize| count.clamp(1, most);
    Some(match dialog {
        Dialog::Confirm(_) => {
            let lines = question_lines(model);
            let columns = width(&lines.0).min(COLUMNS);
            Wanted { columns, rows: lines.1.len() + 2, head: 0, lines: NONE }
        }
        Dialog::Help { surface, input, top } => {
            // The page keeps its size while it is narrowed.
            let all = help_lines(model, keymap, *surface, "");
            let keys = all.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
            let columns = all.iter().map(|(_, text)| keys + 2 + width(text)).max().unwrap_or(0);
            let count = help_lines(model, keymap, *surface, &input.text).len();
            let lines = Lines { count, rows: 1, shown: Shown::From(*top) };
            let rows = all.len().min(help_height(model)) + 2;
            Wanted { columns: columns.max(HELP_COLUMNS), rows, head: 2, lines }
        }
        Dialog::Contact(card) => {
            let rows = card.ready().map_or(0, |card| contact_rows(card).len());
            Wanted { columns: COLUMNS, rows: rows.max(3), head: 0, lines: NONE }
        }
        Dialog::Links { links, selected } => {
            let lines = Lines { count: links.len(), rows: 1, shown: Shown::With(*selected) };
            Wanted { columns: COLUMNS, rows: links.len(), head: 0, lines }
        }
        Dialog::Date { .. } => file(texts.get(Key::DateWrong), model),
        Dialog::Import(_) => file(texts.get(Key::ImportKinds), model),
        Dialog::Export(export) => file(&export_said(export, texts), model),
        Dialog::Deeds { lines, top } => {
            let count = lines.ready().map_or(0, Vec::len);
            let lines = Lines { count, rows: 1, shown: Shown::From(*top) };
            let rows = if count > 0 { count } else { wrap(texts.get(Key::DeedsEmpty), room(model)).len() };
            Wanted { columns: COLUMNS, rows: count_of(rows, MOST_DEEDS), head: 0, lines }
        }
        Dialog::Palette(palette) => {
            let count = model.wording.entries(&palette.input.text, &palette.possible).len();
            Wanted { columns: PALETTE_COLUMNS, ..found(count, palette.selected) }
        }
        Dialog::GoTo(go_to) => found(go_to_lines(model, go_to).len(), go_to.selected),
        Dialog::Labels { input, selected, .. } => {
            let count = label_lines(model, &input.text).len();
            let lines = Lines { count, rows: 1, shown: Shown::With(*selected) };
            Wanted { columns: LABEL_COLUMNS, rows: count_of(count, MOST_LABELS) + 2, head: 2, lines }
        }
        Dialog::Drafts { lines, selected } => {
            let count = lines.ready().map_or(0, Vec::len);
            let lines = Lines { count, rows: 2, shown: Shown::With(*selected) };
            Wanted { columns: DRAFT_COLUMNS, rows: count_of(count, MOST_DRAFTS) * 2, head: 0, lines }
        }
        Dialog::Order { selected } => {
            let captions = OrderChoice::ALL.into_iter().map(|choice| width(texts.get(choice.key())) + 3);
            let count = OrderChoice::ALL.len();
            let lines = Lines { count, rows: 1, shown: Shown::With(*selected) };
            let columns = captions.max().unwrap_or(0).max(ORDER_COLUMNS);
            Wanted { columns, rows: count, head: 0, lines }
        }
        Dialog::Totals(_) | Dialog::Compose(_) => return None,
    })
}

/// A line to write in, such as the name of a file, with what there is to say of it below.
fn file(said: &str, model: &Model) -> Wanted {
    Wanted { columns: COLUMNS, rows: 1 + wrap(said, room(model)).len(), head: 1, lines: NONE }
}

/// The columns that most boxes have for what they say.
fn room(model: &Model) -> usize {
    COLUMNS.min(usize::from(model.size.width).saturating_sub(4))
}

/// What stands below the name of a file that is to be written: what is wrong, or what becomes of it.
pub fn export_said(export: &Export, texts: &Texts) -> String {
    match &export.state {
        ExportState::Naming => {
            let kinds = texts.get(Key::ExportKinds);
            match export.marked {
                // How many of all that were marked is not always known.
                Some(0) => format!("{} · {kinds}", texts.get(Key::MarkedAll)),
                Some(count) => format!("{} · {kinds}", texts.count(Key::ExportMarked, count)),
                None => kinds.to_owned(),
            }
        }
        ExportState::BadEnding => {
            let known = Format::ALL.map(|format| format!(".{}", format.name())).join(", ");
            texts.fill(Key::ExportEnding, &[("known", &known)])
        }
        ExportState::Writing => texts.get(Key::Exporting).to_owned(),
        ExportState::Failed(sentence) => words::one_line(sentence),
    }
}

/// A box that finds as one types.
fn found(count: usize, selected: usize) -> Wanted {
    let lines = Lines { count, rows: 1, shown: Shown::With(selected) };
    Wanted { columns: COLUMNS, rows: MOST_FOUND + 2, head: 2, lines }
}

/// What is asked, and its lines.
pub fn question_lines(model: &Model) -> (String, Vec<Range<usize>>) {
    let Some(Dialog::Confirm(question)) = &model.dialog else { return Default::default() };
    let text = question_text(model, question);
    let room = width(&text).min(COLUMNS).min(usize::from(model.size.width).saturating_sub(4));
    let lines = wrap(&text, room);
    (text, lines)
}

/// An answer to a question: its key, its word, and where both stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it does.
    pub action: Action,
    /// Its key.
    pub key: String,
    /// Its word.
    pub word: String,
    /// Where.
    pub area: Rect,
}

/// The answers to the question that is open, in a row at its bottom.
pub fn answers(model: &Model, keymap: &Keymap) -> Vec<Answer> {
    let (Some(areas), Some(Dialog::Confirm(question))) = (DialogAreas::of(model, keymap), &model.dialog)
    else {
        return Vec::new();
    };
    let texts = &model.wording.texts;
    let inner = areas.inner;
    let mut x = inner.x;
    let y = inner.bottom().saturating_sub(1);
    let answers = [(Action::Yes, yes_word(question, texts)), (Action::No, Action::No.brief(texts))];
    let answers = answers.map(|(action, word)| {
        let key = answer_key(model, keymap, action).unwrap_or_default();
        let wide = u16::try_from(width(&key) + 1 + width(word)).unwrap_or(0);
        let area = Rect { x, y, width: wide.min(inner.right().saturating_sub(x)), height: 1 };
        x = (x + wide + 3).min(inner.right());
        Answer { action, key, word: word.to_owned(), area }
    });
    answers.into()
}

/// The key of an answer: of several the one with which the word for it begins.
pub fn answer_key(model: &Model, keymap: &Keymap, action: Action) -> Option<String> {
    let keys = keymap.captions(Surface::Confirm, action);
    let begins = |key: &&String| action.brief(&model.wording.texts).starts_with(key.as_str());
    keys.iter().find(begins).or(keys.first()).cloned()
}

/// What a contact's card has a line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactRow<'a> {
    /// An address.
    Urn(&'a Urn),
    /// Whether it can be written to.
    Status,
    /// The language.
    Language,
    /// The groups.
    Groups,
    /// The flow that it is in.
    Flow(&'a str),
    /// When it was last heard of.
    LastSeen(Time),
    /// Since when it is known.
    KnownSince,
    /// How many messages were exchanged.
    Exchanged,
    /// How many calls there were.
    Calls,
    /// A field of the workspace's own.
    Field(&'a str, &'a str),
}

/// The lines of a contact's card.
pub fn contact_rows(card: &ContactCard) -> Vec<ContactRow<'_>> {
    let mut rows: Vec<ContactRow<'_>> = card.urns.iter().map(ContactRow::Urn).collect();
    rows.push(ContactRow::Status);
    rows.extend((!card.language.is_empty()).then_some(ContactRow::Language));
    rows.extend((!card.groups.is_empty()).then_some(ContactRow::Groups));
    rows.extend(card.flow.as_deref().map(ContactRow::Flow));
    rows.extend(card.last_seen_on.map(ContactRow::LastSeen));
    rows.extend([ContactRow::KnownSince, ContactRow::Exchanged]);
    rows.extend((card.calls > 0).then_some(ContactRow::Calls));
    rows.extend(card.fields.iter().map(|(name, value)| ContactRow::Field(name, value)));
    rows
}

/// What a search offers for the piece at its cursor, as the status line says it: the text, and the columns of each name.
pub fn offers(model: &Model) -> Option<(String, Vec<Range<usize>>)> {
    let search = model.search.as_ref().filter(|_| model.notice.is_none())?;
    if search.error.is_some() && !search.is_unfinished() {
        return None;
    }
    search.completion.piece.as_ref().filter(|_| !search.completion.found.is_empty())?;
    let texts = &model.wording.texts;
    let (before, after) = texts.get(Key::SearchOffers).split_once("{names}")?;
    let mut text = before.to_owned();
    let mut places = Vec::new();
    for (n, name) in search.completion.found.iter().enumerate() {
        text.push_str(if n > 0 { " · " } else { "" });
        let start = width(&text);
        text.push_str(&words::one_line(name));
        places.push(start..width(&text));
    }
    text.push_str(after);
    Some((text, places))
}
