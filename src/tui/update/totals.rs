//! The totals: which period, which page, and figures that keep up with what happens.
//!
//! Figures take long where there are many messages, and whatever else is asked interrupts them. So while they are looked at
//! the list behind is left alone, and figures that are on their way are not asked for again before they are here.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use chrono::Duration;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Core;
use crate::domain::period::Period;
use crate::domain::stats::Stats;
use crate::tui::action::Action;
use crate::tui::event::{Ask, Read};
use crate::tui::keymap::Surface;
use crate::tui::layout::totals::{Section, page_number, pages, periods};
use crate::tui::model::{Dialog, Input, Load, PeriodChoice, PeriodInput, Totals};

/// Figures that changed are not counted again before they are so old, in seconds.
const FRESH: i64 = 5;

impl Core<'_> {
    /// `t`: the breakdown of the total at once, and the figures of the last thirty days when they are counted.
    pub(super) fn open_totals(&mut self) {
        self.model.dialog = Some(Dialog::Totals(Box::new(Totals::new(self.model.now))));
        self.ask_figures();
    }

    fn totals(&mut self) -> Option<&mut Totals> {
        match &mut self.model.dialog {
            // Help does not keep their figures away.
            Some(Dialog::Totals(totals) | Dialog::Help { below: Some(totals), .. }) => Some(totals),
            _ => None,
        }
    }

    pub(super) fn act_in_totals(&mut self, action: Action) {
        let Some(totals) = self.totals() else { return };
        if totals.input.is_some() {
            match action {
                Action::Open => self.take_period(),
                Action::Back => totals.input = None,
                _ => {}
            }
            return;
        }
        match action {
            Action::Back => {
                let is_behind = totals.is_behind;
                self.model.dialog = None;
                if is_behind {
                    self.refresh();
                }
            }
            Action::PreviousPeriod => self.choose_period(-1),
            Action::NextPeriod => self.choose_period(1),
            Action::ChoosePeriod => {
                let typed = match totals.choices.last() {
                    Some(PeriodChoice::Typed(text, _)) => text.clone(),
                    _ => String::new(),
                };
                totals.input = Some(PeriodInput { line: Input::new(typed), is_wrong: false });
            }
            Action::Help => {
                if let Some(Dialog::Totals(totals)) = self.model.dialog.take() {
                    let (surface, input, below) = (Surface::Totals, Input::default(), Some(totals));
                    self.model.dialog = Some(Dialog::Help { surface, input, top: 0, below });
                }
            }
            Action::PageDown => self.turn(1),
            Action::PageUp => self.turn(-1),
            _ => {}
        }
    }

    fn choose_period(&mut self, by: isize) {
        let Some(totals) = self.totals() else { return };
        let to = totals.chosen.saturating_add_signed(by).min(totals.choices.len().saturating_sub(1));
        if to != totals.chosen {
            totals.chosen = to;
            totals.figures = Load::Asked;
            self.ask_figures();
        }
    }

    /// What was typed is the period, when it is one.
    fn take_period(&mut self) {
        let today = self.model.today();
        let Some(totals) = self.totals() else { return };
        let Some(typed) = &mut totals.input else { return };
        let text = typed.line.text.trim().to_owned();
        if text.is_empty() {
            totals.input = None;
            return;
        }
        let Some(period) = Period::parse(&text, today) else {
            typed.is_wrong = true;
            return;
        };
        totals.input = None;
        totals.choices.retain(|choice| !matches!(choice, PeriodChoice::Typed(..)));
        totals.choices.push(PeriodChoice::Typed(text, period));
        totals.chosen = totals.choices.len() - 1;
        totals.figures = Load::Asked;
        self.ask_figures();
    }

    /// Another page, round and round.
    fn turn(&mut self, by: isize) {
        let count = pages(self.model).len().max(1);
        let Some(totals) = self.totals() else { return };
        let here = totals.page.min(count - 1);
        totals.page = (here + count).saturating_add_signed(by) % count;
    }

    pub(super) fn mouse_in_totals(&mut self, mouse: MouseEvent) {
        let at = Position { x: mouse.column, y: mouse.row };
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click_in_totals(at),
            MouseEventKind::ScrollDown => self.turn(1),
            MouseEventKind::ScrollUp => self.turn(-1),
            _ => {}
        }
    }

    /// A period is chosen where it stands; on the number of the page it is turned.
    fn click_in_totals(&mut self, at: Position) {
        let pages = pages(self.model);
        let Some(Dialog::Totals(totals)) = &self.model.dialog else { return };
        let shown = totals.page.min(pages.len().saturating_sub(1));
        if page_number(self.model, shown, pages.len()).is_some_and(|(_, area)| area.contains(at)) {
            return self.turn(1);
        }
        let sections = pages.get(shown).map(Vec::as_slice).unwrap_or_default();
        let head = sections.iter().find(|(section, _)| *section == Section::Head).map(|(_, area)| *area);
        let Some(head) = head.filter(|_| totals.input.is_none()) else { return };
        let found = periods(totals, &self.model.wording.texts, head);
        let found = found.into_iter().find(|(_, _, area)| area.contains(at)).map(|(n, ..)| n);
        if let Some(to) = found.and_then(|n| isize::try_from(n).ok())
            && let Ok(from) = isize::try_from(totals.chosen)
        {
            self.choose_period(to - from);
        }
    }

    fn ask_figures(&mut self) {
        let (ask, now, today) = (self.model.next_ask(), self.model.now, self.model.today());
        let Some(totals) = self.totals() else { return };
        (totals.asked, totals.asked_on, totals.is_stale) = (Some(ask), now, false);
        let period = totals.period(today);
        self.read(Read::Figures { ask, period });
    }

    pub(super) fn figures_counted(&mut self, ask: Ask, stats: Box<Stats>) {
        let Some(totals) = self.totals().filter(|totals| totals.asked == Some(ask)) else { return };
        totals.asked = None;
        totals.channels = stats.channels.len();
        totals.figures = Load::Ready(stats);
        if totals.is_stale {
            self.read(Read::Counts);
        }
    }

    /// Whether it was these figures that cannot be had.
    pub(super) fn figures_failed(&mut self, ask: Ask, sentence: &str) -> bool {
        let Some(totals) = self.totals().filter(|totals| totals.asked == Some(ask)) else { return false };
        totals.asked = None;
        totals.figures = Load::Failed(sentence.to_owned());
        true
    }

    /// Something changed; true when the totals stand before the rest, which then waits.
    pub(super) fn totals_moved(&mut self) -> bool {
        let Some(totals) = self.totals() else { return false };
        (totals.is_stale, totals.is_behind) = (true, true);
        if totals.asked.is_none() {
            self.read(Read::Counts);
        }
        true
    }

    /// Counts again what changed, not too often.
    pub(super) fn freshen_totals(&mut self) {
        let now = self.model.now;
        let Some(totals) = self.totals() else { return };
        let is_old = now - totals.asked_on >= Duration::seconds(FRESH);
        if totals.is_stale && totals.asked.is_none() && is_old {
            self.ask_figures();
        }
    }
}
