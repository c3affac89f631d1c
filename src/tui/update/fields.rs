//! Keys and clicks in the fields of what is being written: picking recipients and a channel, the calendar.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys are not ours to list")]

use chrono::{NaiveDate, Weekday};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Core;
use crate::domain::plan::{Plan, week_from, weeks};
use crate::domain::recipient::Suggestion;
use crate::tui::event::{Ask, Read};
use crate::tui::layout::compose::ComposeAreas;
use crate::tui::model::{Compose, ComposeField, Dialog};

/// Minutes of one step of the time of day, and of a larger one.
const STEP: i64 = 5;
const HOUR: i64 = 60;

impl Core<'_> {
    /// A key that no action has, in a field.
    pub(super) fn type_in_field(&mut self, key: KeyEvent) {
        let (now, zone) = (self.model.now, self.model.zone);
        let today = self.model.today();
        let week_start = self.model.wording.customs.week_start;
        let Some(compose) = self.writing() else { return };
        if key.code == KeyCode::Enter && compose.field != ComposeField::Text {
            if !self.take_pick()
                && let Some(compose) = self.writing()
            {
                compose.field = ComposeField::Text;
            }
            return self.pick();
        }
        match compose.field {
            ComposeField::To if matches!(key.code, KeyCode::Up | KeyCode::Down) => {
                let last = compose.picks().len().saturating_sub(1);
                let at = compose.picker.selected;
                compose.picker.selected =
                    if key.code == KeyCode::Up { at.saturating_sub(1) } else { (at + 1).min(last) };
            }
            ComposeField::To => {
                // A comma ends a recipient: who was chosen for it takes its place.
                if key.code != KeyCode::Char(',') || !self.take_pick() {
                    self.type_message(|compose| compose.to.key(key));
                }
            }
            ComposeField::Channel => self.type_message(|compose| choose_channel(compose, key.code)),
            // Down there stands the calendar.
            ComposeField::When if key.code == KeyCode::Down => compose.field = ComposeField::Day,
            ComposeField::When => self.type_message(|compose| {
                let Some(when) = &mut compose.when else { return false };
                let changed = when.typed.key(key);
                when.read_typed(now, zone);
                changed
            }),
            ComposeField::Day => self.plan(|plan| match key.code {
                KeyCode::Left | KeyCode::Char('h') => plan.days_on(-1),
                KeyCode::Right | KeyCode::Char('l') => plan.days_on(1),
                KeyCode::Up | KeyCode::Char('k') => plan.days_on(-7),
                KeyCode::Down | KeyCode::Char('j') => plan.days_on(7),
                KeyCode::PageUp => plan.months_on(-1),
                KeyCode::PageDown => plan.months_on(1),
                KeyCode::Home | KeyCode::Char('t') => plan.on(today),
                _ => plan,
            }),
            ComposeField::Time => self.plan(|plan| match key.code {
                KeyCode::Left | KeyCode::Char('h' | '-') => plan.minutes_on(-STEP),
                KeyCode::Right | KeyCode::Char('l' | '+') => plan.minutes_on(STEP),
                KeyCode::Up | KeyCode::Char('k') => plan.minutes_on(HOUR),
                KeyCode::Down | KeyCode::Char('j') => plan.minutes_on(-HOUR),
                _ => plan,
            }),
            ComposeField::Repeat => self.plan(|plan| match key.code {
                KeyCode::Left | KeyCode::Up | KeyCode::Char('h' | 'k') => plan.next_frequency(true),
                KeyCode::Right | KeyCode::Down | KeyCode::Char('l' | 'j' | ' ') => plan.next_frequency(false),
                // The days of the week by their column.
                KeyCode::Char(digit @ '1'..='7') => {
                    let n = usize::try_from(u32::from(digit) - u32::from('1')).unwrap_or(0);
                    week_from(week_start).get(n).map_or(plan, |day| plan.toggle(*day))
                }
                _ => plan,
            }),
            ComposeField::Text => self.type_message(|compose| compose.editor.key(key)),
        }
    }

    /// A text that was pasted: into a field it is a line, into the text many lines are one text.
    pub(super) fn paste_in_field(&mut self, text: &str) {
        let (now, zone) = (self.model.now, self.model.zone);
        self.type_message(|compose| {
            match compose.field {
                ComposeField::To => compose.to.insert(text),
                ComposeField::When => {
                    let Some(when) = &mut compose.when else { return false };
                    when.typed.insert(text);
                    when.read_typed(now, zone);
                }
                ComposeField::Text => compose.editor.insert(text),
                ComposeField::Channel | ComposeField::Day | ComposeField::Time | ComposeField::Repeat => {
                    return false;
                }
            }
            true
        });
    }

    /// Changes when it leaves; what was typed for that no longer counts.
    fn plan(&mut self, change: impl FnOnce(Plan) -> Plan) {
        self.type_message(|compose| {
            let Some(when) = &mut compose.when else { return false };
            let plan = change(when.plan);
            let changed = plan != when.plan;
            if changed {
                when.plan = plan;
                when.typed = crate::tui::model::Input::default();
            }
            changed
        });
    }

    /// Asks whom the piece that is being typed may mean, when that is not known.
    pub(super) fn pick(&mut self) {
        let ask = self.model.next_ask();
        let Some(compose) = self.writing() else { return };
        if compose.field != ComposeField::To || !compose.is_loaded {
            return;
        }
        let typed = compose.piece().1.to_owned();
        let is_known = compose.picker.typed == typed && compose.picker.ask != Ask::default();
        // Whom the address names has been picked already.
        if is_known || typed.ends_with('>') {
            return;
        }
        compose.picker.ask = ask;
        compose.picker.is_asked = true;
        compose.picker.typed.clone_from(&typed);
        compose.picker.found.clear();
        compose.picker.selected = 0;
        self.read(Read::Suggest { ask, typed });
    }

    pub(super) fn suggested(&mut self, ask: Ask, found: Vec<Suggestion>) {
        if let Some(Dialog::GoTo(go_to)) = &mut self.model.dialog
            && go_to.picker.ask == ask
        {
            go_to.picker.found = found;
            go_to.picker.is_asked = false;
            return;
        }
        let Some(compose) = self.writing().filter(|compose| compose.picker.ask == ask) else { return };
        // Who is among the recipients already is not offered again.
        let there: Vec<&str> = crate::domain::recipient::pieces(&compose.to.text)
            .into_iter()
            .filter_map(|range| compose.to.text.get(range))
            .map(str::trim)
            .collect();
        let found = found.into_iter().filter(|one| !there.contains(&one.written().as_str())).collect();
        compose.picker.found = found;
        compose.picker.is_asked = false;
    }

    /// Nobody can be offered.
    pub(super) fn suggest_failed(&mut self, ask: Ask) {
        if let Some(Dialog::GoTo(go_to)) = &mut self.model.dialog
            && go_to.picker.ask == ask
        {
            go_to.picker.is_asked = false;
        }
        if let Some(compose) = self.writing().filter(|compose| compose.picker.ask == ask) {
            compose.picker.is_asked = false;
        }
    }

    /// Takes the chosen line in place of what was typed; false when there is nothing to take. A line that answers an empty
    /// field is not meant before it was chosen.
    pub(super) fn take_pick(&mut self) -> bool {
        let Some(compose) = self.writing() else { return false };
        let is_meant = !compose.piece().1.is_empty() || compose.picker.selected > 0;
        let Some(written) = compose.picks().get(compose.picker.selected).map(Suggestion::written) else {
            return false;
        };
        if !is_meant || compose.piece().1 == written {
            return false;
        }
        self.put_recipient(&written);
        true
    }

    fn put_recipient(&mut self, written: &str) {
        self.type_message(|compose| {
            let (range, _) = compose.piece();
            let before = if range.start == 0 { "" } else { " " };
            let after = if range.end == compose.to.text.len() { ", " } else { "" };
            let put = format!("{before}{written}{after}");
            compose.to.cursor = range.start + put.len();
            compose.to.text.replace_range(range, &put);
            true
        });
    }

    pub(super) fn mouse_in_compose(&mut self, mouse: MouseEvent) {
        let Some(Dialog::Compose(compose)) = &self.model.dialog else { return };
        let areas = ComposeAreas::of(self.model, compose);
        let at = Position { x: mouse.column, y: mouse.row };
        let by = match mouse.kind {
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::ScrollUp => -1,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        let in_plan = compose.field.is_plan() && areas.plan().month.contains(at);
        let picks = compose.picks().len();
        if by != 0 {
            let Some(compose) = self.writing() else { return };
            if in_plan {
                self.plan(|plan| plan.months_on(by));
            } else if picks > 0 {
                let to =
                    if by > 0 { compose.picker.selected + 1 } else { compose.picker.selected.max(1) - 1 };
                compose.picker.selected = to.min(picks - 1);
            } else if compose.field == ComposeField::Text {
                let code = if by > 0 { KeyCode::Down } else { KeyCode::Up };
                compose.editor.key(KeyEvent::new(code, KeyModifiers::NONE));
            }
            return;
        }
        if areas.body.contains(at) && picks > 0 {
            let line = self.model.dialog_top + usize::from(at.y - areas.body.y);
            if let Some(written) = compose.picks().get(line).map(Suggestion::written) {
                self.put_recipient(&written);
            }
            return self.pick();
        }
        let Some(field) = areas.field_at(compose, at).filter(|field| compose.fields().contains(field)) else {
            return;
        };
        let week_start = self.model.wording.customs.week_start;
        let day = in_plan.then(|| day_at(compose, &areas, at, week_start)).flatten();
        let width = usize::from(areas.body.width.saturating_sub(1)).max(1);
        let (row, column) = (at.y.saturating_sub(areas.body.y), at.x.saturating_sub(areas.body.x));
        if let Some(compose) = self.writing() {
            if field == ComposeField::Text && compose.field == ComposeField::Text {
                let top = first_row(compose, width, areas.body.height.into());
                compose.editor.click(width, top + usize::from(row), column.into());
            }
            compose.field = field;
        }
        if let Some(day) = day {
            self.plan(|plan| plan.on(day));
        }
        self.pick();
    }
}

/// The first row of the text on the screen: the last one is that of the cursor when there are more than find room.
pub(in crate::tui) fn first_row(compose: &Compose, columns: usize, height: usize) -> usize {
    let (row, _) = compose.editor.cursor_row_col(columns);
    (row + 1).saturating_sub(height)
}

/// The day of the calendar at a place of the screen.
fn day_at(compose: &Compose, areas: &ComposeAreas, at: Position, week_start: Weekday) -> Option<NaiveDate> {
    let plan = areas.plan();
    let month = plan.month;
    let start = compose.when.as_ref()?.plan.start.date();
    let week = usize::from(at.y.checked_sub(month.y + 2)?);
    let column = usize::from((at.x - month.x) / plan.day_columns());
    *weeks(start, week_start).get(week)?.get(column)?
}

/// `←` and `→` go through the channels; the first is the one that is taken by itself.
fn choose_channel(compose: &mut Compose, key: KeyCode) -> bool {
    let forward = match key {
        KeyCode::Right | KeyCode::Down | KeyCode::Char('l' | 'j' | ' ') => true,
        KeyCode::Left | KeyCode::Up | KeyCode::Char('h' | 'k') => false,
        _ => return false,
    };
    let mut choices = vec![None];
    // To a known contact the best way is the one that is taken by itself.
    let known = compose.ways.iter().any(|way| way.urn.is_some());
    choices.extend(compose.ways.iter().skip(usize::from(known)).map(|way| Some(way.channel)));
    let at = choices.iter().position(|choice| *choice == compose.channel).unwrap_or(0);
    let by = if forward { 1 } else { choices.len() - 1 };
    compose.channel = choices.get((at + by) % choices.len()).copied().flatten();
    true
}
