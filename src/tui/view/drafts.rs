//! What was begun and not sent: to whom, its first words, and when it was changed.

use super::dialogs::{choose, nothing, open};
use super::{Look, Pen, dates};
use crate::domain::draft::{Draft, DraftKey, KeptDraft};
use crate::i18n::Key;
use crate::tui::layout::dialog::DialogAreas;
use crate::tui::model::{Load, Model};
use crate::tui::text::cut;
use crate::tui::theme::Role;
use crate::words;

pub(super) fn draw(
    lines: &Load<Vec<KeptDraft>>,
    selected: usize,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) {
    let texts = &look.texts;
    let all = lines.ready().map(Vec::as_slice).unwrap_or_default();
    let inner = open(pen, areas, texts.get(Key::DraftsTitle));
    let (plain, muted) = (pen.role(Role::Text), pen.role(Role::Muted));
    if all.is_empty() {
        return nothing(lines, texts.get(Key::DraftsEmpty), pen, inner);
    }
    let dates = dates(model, look);
    for (n, at) in areas.shown() {
        let (Some(line), y) = (all.get(n), at.y) else { break };
        if n == selected {
            choose(pen, at);
        }
        let (x, right) = (inner.x + 2, inner.right().saturating_sub(1));
        // It was changed, however late this screen looks at the clock.
        let changed =
            dates.distance(line.updated_on.min(model.now - chrono::Duration::milliseconds(1)), model.now);
        let used = pen.put_right(right, y, inner.width / 2, &changed, muted);
        let left = usize::from(right.saturating_sub(x).saturating_sub(used + 1));
        pen.put(x, y, u16::try_from(left).unwrap_or(0), &cut(&who(line, look), left), plain);
        if y + 1 < inner.bottom() {
            let text = first_words(&line.draft, look);
            let room = right.saturating_sub(x);
            pen.put(x, y + 1, room, &cut(&text, room.into()), muted);
        }
    }
}

fn who(line: &KeptDraft, look: &Look) -> String {
    let texts = &look.texts;
    let written = words::one_line(&line.draft.recipients);
    let written = written.trim().trim_end_matches(',').to_owned();
    match line.draft.key {
        DraftKey::New(_) if written.is_empty() => texts.get(Key::DraftNobody).to_owned(),
        DraftKey::New(_) => written,
        DraftKey::Reply(_) => words::one_line(&line.name),
        DraftKey::Edit(_) => format!("{} · {}", words::one_line(&line.name), texts.get(Key::DraftEdit)),
        DraftKey::Schedule(_) => format!("{written} · {}", texts.get(Key::DraftSchedule)),
    }
}

fn first_words(draft: &Draft, look: &Look) -> String {
    let text = words::one_line(draft.text.trim());
    if text.is_empty() { look.texts.get(Key::DraftNoText).to_owned() } else { text }
}
