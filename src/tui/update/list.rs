//! The list: loading its rows by key, moving the selection, and staying on the same message when it is loaded again.

use super::Core;
use crate::domain::listing::{At, Cursor, Page, Place, Row};
use crate::tui::event::{Ask, Read};
use crate::tui::layout::visible_rows;
use crate::tui::model::{Anchor, Asked, Filling, List, Load, Marks, Settling, Window};

/// Rows that are loaded beyond those on the screen.
const MARGIN: usize = 60;

/// When fewer rows than this are left beyond the screen, more are asked for.
const NEAR: usize = 25;

/// More rows than this are not kept.
const MOST: usize = 800;

impl Core<'_> {
    /// Shows the view from its first row; what was marked belongs to another view.
    pub(super) fn show_from_the_start(&mut self) {
        self.show_afresh(None);
    }

    /// Shows the view at a row, which comes to its line; from its first row without one.
    pub(super) fn show_afresh(&mut self, anchor: Option<Anchor>) {
        self.model.marks = Marks::None;
        self.model.range_from = None;
        self.model.range_asked = None;
        if self.model.notice.as_ref().is_some_and(|(notice, _)| notice.is_local()) {
            self.model.notice = None;
        }
        self.model.list = List { window: Load::Asked, figures: self.model.list.figures, ..List::default() };
        self.show_around(anchor);
        self.ask_matches();
    }

    pub(super) fn show_around(&mut self, anchor: Option<Anchor>) {
        match anchor {
            Some(anchor) => self.ask_page(At::Around(anchor.cursor), Filling::Replace(Some(anchor))),
            None => self.ask_page(At::First, Filling::Replace(None)),
        }
    }

    /// Loads the list again where it stands. A jump that is under way goes on.
    pub(super) fn reload_list(&mut self) {
        match (self.model.list.asked, self.anchor()) {
            (Some(Asked { at, filling: Filling::Replace(anchor), .. }), _) => {
                self.ask_page(at, Filling::Replace(anchor));
            }
            (_, Some(anchor)) => self.ask_page(At::Around(anchor.cursor), Filling::Reload),
            (_, None) => self.show_around(None),
        }
        self.ask_matches();
    }

    /// The selected row and its line.
    pub(super) fn anchor(&self) -> Option<Anchor> {
        let window = self.model.list.window.ready()?;
        let row = window.row()?;
        Some(Anchor { cursor: row.cursor(), line: window.selected.saturating_sub(window.top) })
    }

    fn ask_page(&mut self, at: At, filling: Filling) {
        let ask = self.model.next_ask();
        if matches!(filling, Filling::Replace(_)) {
            self.model.list.owed = 0;
        }
        self.model.list.asked = Some(Asked { ask, at, filling });
        let limit = visible_rows(self.model) + MARGIN;
        // Half of what is around a row stands before it.
        let limit = if matches!(at, At::Around(_)) { limit * 2 } else { limit };
        let view = self.model.view.clone();
        self.read(Read::Page { ask, view, at, limit });
    }

    /// A search, and what lies everywhere, is not counted by anybody until it is asked for.
    fn ask_matches(&mut self) {
        if !self.model.view.query.is_empty() || self.model.view.place == Place::Everywhere {
            let ask = self.model.next_ask();
            self.model.list.figures = ask;
            let view = self.model.view.clone();
            self.read(Read::Matches { ask, view });
        }
    }

    pub(super) fn matches_counted(&mut self, ask: Ask, matches: u64) {
        if ask == self.model.list.figures {
            self.model.list.matches = Some(matches);
        }
    }

    pub(super) fn page_loaded(&mut self, ask: Ask, page: Page<Row>) {
        let Some(asked) = self.model.list.asked.filter(|asked| asked.ask == ask) else { return };
        self.model.list.asked = None;
        match asked.filling {
            Filling::Replace(anchor) => self.replace(page, anchor),
            Filling::Reload => match self.anchor() {
                // Meanwhile somebody went on, beyond what was asked for.
                Some(anchor) if !self.reaches(&page, anchor.cursor) => self.reload_list(),
                anchor => self.replace(page, anchor),
            },
            Filling::Before => self.prepend(page),
            Filling::After => self.append(page),
        }
        let owed = std::mem::take(&mut self.model.list.owed);
        self.move_by(owed);
    }

    /// Whether a row, or what now stands in its place, is on a page.
    fn reaches(&self, page: &Page<Row>, cursor: Cursor) -> bool {
        let (Some(first), Some(last)) = (page.rows.first(), page.rows.last()) else { return true };
        (!page.more_before || !self.is_before(cursor, first.cursor()))
            && (!page.more_after || !self.is_before(last.cursor(), cursor))
    }

    /// Puts a page in the place of all rows. A list that stood at its very beginning stays there, so that what arrives is
    /// seen.
    fn replace(&mut self, page: Page<Row>, anchor: Option<Anchor>) {
        if self.model.settling == Settling::Rows {
            self.model.settling = Settling::Settled;
        }
        let old = self.model.list.window.ready();
        let stood_at_start = old.is_some_and(|window| window.top == 0 && !window.more_before);
        let last = page.rows.len().saturating_sub(1);
        let selected = match anchor {
            None if page.more_before => last,
            None => 0,
            Some(anchor) => {
                let same = page.rows.iter().position(|row| row.cursor().id == anchor.cursor.id);
                let after = page.rows.iter().position(|row| !self.is_before(row.cursor(), anchor.cursor));
                same.or(after).unwrap_or(last)
            }
        };
        let line = anchor.map_or(0, |anchor| anchor.line);
        let top = if stood_at_start && !page.more_before { 0 } else { selected.saturating_sub(line) };
        let before = (!page.more_before).then_some(0).or_else(|| {
            let rows = page.rows.len() as u64;
            (!page.more_after).then(|| self.model.total().and_then(|total| total.checked_sub(rows)))?
        });
        let window = Window {
            rows: page.rows,
            more_before: page.more_before,
            more_after: page.more_after,
            selected,
            top,
            before,
        };
        let first = window.rows.first().map(Row::cursor);
        self.model.list.window = Load::Ready(window);
        if before.is_none() && self.model.view.query.is_empty() {
            self.ask_position(first);
        }
    }

    fn ask_position(&mut self, cursor: Option<Cursor>) {
        if let Some(cursor) = cursor {
            let ask = self.model.next_ask();
            let view = self.model.view.clone();
            self.model.list.figures = ask;
            self.read(Read::Position { ask, view, cursor });
        }
    }

    pub(super) fn position_counted(&mut self, ask: Ask, cursor: Cursor, before: u64) {
        if ask != self.model.list.figures {
            return;
        }
        if let Some(window) = self.model.list.window.ready_mut()
            && let Some(at) = window.rows.iter().position(|row| row.cursor() == cursor)
        {
            window.before = before.checked_sub(at as u64);
        }
    }

    fn prepend(&mut self, page: Page<Row>) {
        let Some(window) = self.model.list.window.ready_mut() else { return };
        let added = page.rows.len();
        window.rows.splice(0..0, page.rows);
        window.more_before = page.more_before;
        window.selected += added;
        window.top += added;
        window.before = window.before.and_then(|before| before.checked_sub(added as u64));
        if window.rows.len() > MOST {
            let keep = MOST.max(window.selected + NEAR);
            if keep < window.rows.len() {
                window.rows.truncate(keep);
                window.more_after = true;
            }
        }
    }

    fn append(&mut self, page: Page<Row>) {
        let Some(window) = self.model.list.window.ready_mut() else { return };
        window.rows.extend(page.rows);
        window.more_after = page.more_after;
        let surplus = window.rows.len().saturating_sub(MOST).min(window.top.saturating_sub(NEAR));
        if surplus > 0 {
            window.rows.drain(..surplus);
            window.more_before = true;
            window.selected -= surplus;
            window.top -= surplus;
            window.before = window.before.map(|before| before + surplus as u64);
        }
    }

    /// Asks for more rows when the screen comes near the end of those that are here.
    pub(super) fn extend_list(&mut self) {
        if self.model.list.asked.is_some() {
            return;
        }
        let visible = visible_rows(self.model);
        let Some(window) = self.model.list.window.ready() else { return };
        let (first, last) = (window.rows.first().map(Row::cursor), window.rows.last().map(Row::cursor));
        if window.more_after && window.top + visible + NEAR > window.rows.len() {
            if let Some(last) = last {
                self.ask_page(At::After(last), Filling::After);
            }
        } else if window.more_before
            && window.top < NEAR
            && let Some(first) = first
        {
            self.ask_page(At::Before(first), Filling::Before);
        }
    }

    pub(super) fn move_by(&mut self, by: isize) {
        let Some(window) = self.model.list.window.ready_mut() else { return };
        let last = window.rows.len().saturating_sub(1);
        let before = window.selected;
        window.selected = before.saturating_add_signed(by).min(last);
        // Where more rows are on their way, the rest is gone when they are here.
        let gone = isize::try_from(window.selected).unwrap_or(0) - isize::try_from(before).unwrap_or(0);
        let left = by - gone;
        let goes_on = if left > 0 { window.more_after } else { window.more_before };
        self.model.list.owed = if goes_on && left != 0 { self.model.list.owed + left } else { 0 };
        self.follow_selection();
        self.settle();
    }

    /// Selects a row by its place among those that are here.
    pub(super) fn select(&mut self, index: usize) {
        if let Some(window) = self.model.list.window.ready_mut() {
            window.selected = index.min(window.rows.len().saturating_sub(1));
        }
        self.follow_selection();
        self.settle();
    }

    pub(super) fn jump_in_list(&mut self, first: bool) {
        let Some(window) = self.model.list.window.ready() else { return };
        let (more, to) = if first {
            (window.more_before, 0)
        } else {
            (window.more_after, window.rows.len().saturating_sub(1))
        };
        match (more, first) {
            (false, _) => self.select(to),
            (true, true) => self.ask_page(At::First, Filling::Replace(None)),
            (true, false) => self.ask_page(At::Last, Filling::Replace(None)),
        }
    }

    pub(super) fn keep_selected_in_view(&mut self) {
        let visible = visible_rows(self.model);
        let Some(window) = self.model.list.window.ready_mut() else { return };
        let most = window.rows.len().saturating_sub(visible);
        let lowest = (window.selected + 1).saturating_sub(visible);
        window.top = window.top.clamp(lowest, window.selected.max(lowest)).min(most.max(lowest));
    }

    pub(super) fn read_failed(&mut self, ask: Ask, sentence: String) {
        if self.model.list.asked.is_some_and(|asked| asked.ask == ask) {
            self.model.list.asked = None;
            self.model.list.owed = 0;
            self.model.held.clear();
            self.model.list.window = Load::Failed(sentence);
        } else if self.model.reading.asked.is_some_and(|(asked, _)| asked == ask) {
            self.model.reading.asked = None;
            self.model.reading.conversation = Load::Failed(sentence);
        } else {
            self.writing_failed(ask);
            self.suggest_failed(ask);
            if self.figures_failed(ask, &sentence) {
                return;
            }
            if self.model.range_asked == Some(ask) {
                self.model.range_asked = None;
                self.model.held.clear();
            }
            if matches!(self.model.counts, Load::Asked) {
                // Nobody waits any longer for figures that cannot be had.
                self.model.counts = Load::Failed(sentence.clone());
            }
            self.model.say(crate::tui::model::Notice::Error(sentence));
        }
    }

    /// Whether a row stands before another one in the order of the view.
    pub(super) fn is_before(&self, row: Cursor, other: Cursor) -> bool {
        if self.model.view.is_rising() { row < other } else { row > other }
    }
}
