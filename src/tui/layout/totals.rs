//! Where everything stands in the totals: as many pages as it takes, each with the period at its head.
//!
//! ```text
//! ╭ All messages exchanged ─────────────────────────────────────────────╮
//! │                   all     30 days                    all    30 days │  the eight folders, exact
//! │ Inbox             …           …      Sent            …          …   │  and the total
//! │ ─────────────────────────────────────────────────────────────────── │
//! │  7 days  ‹30 days›  90 days  a year  all        Feb 1 – Mar 2 2026  │  the period
//! │ Messages a day                                                      │  its sections, on further
//! │ …                                                                   │  pages where they must
//! ╰──────────────────────────────────────────────────────────── 1 / 2 ──╯
//! ```

use ratatui::layout::Rect;

use crate::domain::folder::Folder;
use crate::domain::stats::TOP_CONTACTS;
use crate::i18n::Texts;
use crate::tui::model::{Dialog, Model, Totals};
use crate::tui::text::width;

/// From this many columns on sections stand side by side, and from that many on all of them do.
const MIDDLE: u16 = 70;
const WIDE: u16 = 100;

/// The fewest and the most rows of the chart.
const CHART: (u16, u16) = (7, 17);

/// Rows of the period, with a blank one below.
const HEAD: u16 = 3;

/// Columns between two sections side by side.
const GAP: u16 = 4;

/// The most channels.
pub const CHANNELS: usize = 6;

/// A part of the totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The eight folders and the total, of all times and of the period.
    Folders,
    /// The period, and how much it is.
    Head,
    /// Messages a day.
    Chart,
    /// Messages by hour and weekday.
    Hours,
    /// Messages by channel.
    Channels,
    /// How long contacts waited for an answer.
    Answers,
    /// With whom most messages were exchanged.
    Contacts,
}

/// The sections of a page and their places.
pub type Page = Vec<(Section, Rect)>;

/// The box that all pages have: all but the two lines at the bottom.
pub fn frame(model: &Model) -> Rect {
    Rect { x: 0, y: 0, width: model.size.width, height: model.size.height.saturating_sub(2) }
}

/// How many columns of folders there are in a width.
pub fn folder_columns(width: u16) -> u16 {
    if width >= MIDDLE { 2 } else { 1 }
}

/// Whether sections stand below each other, and so the channels have a line for all of them.
pub fn is_narrow(model: &Model) -> bool {
    frame(model).width.saturating_sub(4) < MIDDLE
}

/// The pages, at least one; none while the totals are not looked at.
pub fn pages(model: &Model) -> Vec<Page> {
    // Their help stands above them.
    let Some(Dialog::Totals(totals) | Dialog::Help { below: Some(totals), .. }) = &model.dialog else {
        return Vec::new();
    };
    let frame = frame(model);
    let inner = Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    };
    let channels = u16::try_from(totals.channels.clamp(1, CHANNELS)).unwrap_or(1) + 1;
    Packing::new(inner).pack(channels)
}

/// The periods to choose from in the first line of their head, each with its place; where not all find room, the chosen one.
pub fn periods(totals: &Totals, texts: &Texts, head: Rect) -> Vec<(usize, String, Rect)> {
    let captions = totals.choices.iter().map(|choice| choice.caption(texts)).enumerate();
    // A sign or a blank stands on either side of each.
    let all: Vec<(usize, String, u16)> = captions
        .map(|(n, caption)| {
            let wide = u16::try_from(width(&caption) + 2).unwrap_or(head.width);
            (n, caption, wide)
        })
        .collect();
    let fits = all.iter().map(|(_, _, wide)| usize::from(*wide)).sum::<usize>() <= head.width.into();
    let mut x = head.x;
    let shown = all.into_iter().filter(|(n, ..)| fits || *n == totals.chosen);
    shown
        .map(|(n, caption, wide)| {
            let at = Rect { x, width: wide.min(head.right().saturating_sub(x)), height: 1, ..head };
            x = at.right();
            (n, caption, at)
        })
        .collect()
}

/// Which of so many pages is shown, in the lower edge of the frame; none when there is one.
pub fn page_number(model: &Model, shown: usize, pages: usize) -> Option<(String, Rect)> {
    let frame = frame(model);
    let text = (pages > 1).then(|| format!(" {} / {pages} ", shown + 1))?;
    let wide = u16::try_from(width(&text)).unwrap_or(0).min(frame.width.saturating_sub(4));
    let x = frame.right().saturating_sub(2 + wide);
    Some((text, Rect { x, y: frame.bottom().saturating_sub(1), width: wide, height: 1 }))
}

/// Puts sections on pages.
struct Packing {
    inner: Rect,
    pages: Vec<Page>,
    /// The rows of the last page that are taken.
    used: u16,
    /// What stands on the last page so far.
    begun: Begun,
}

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// Folders that leave no room for the period.
    Folders,
    /// Folders and the period.
    First,
    /// A section below the period.
    Sections,
}

impl Packing {
    fn new(inner: Rect) -> Self {
        Self { inner, pages: vec![Page::new()], used: 0, begun: Begun::Folders }
    }

    fn pack(mut self, channels: u16) -> Vec<Page> {
        let width = self.inner.width;
        let rows = u16::try_from(Folder::ALL.len()).unwrap_or(0).div_ceil(folder_columns(width));
        self.take(Section::Folders, rows + 2);
        if self.left() > HEAD {
            // A line parts what is of all times from what is of the period.
            self.used += 1;
            self.take(Section::Head, HEAD);
            self.begun = Begun::First;
        }
        let contacts = u16::try_from(TOP_CONTACTS).unwrap_or(0) + 1;
        self.put(&[Section::Chart], CHART.0);
        if width >= WIDE {
            self.put(&[Section::Hours, Section::Contacts], contacts);
            self.put(&[Section::Channels, Section::Answers], channels.max(4));
        } else if width >= MIDDLE {
            self.put(&[Section::Hours], 9);
            self.put(&[Section::Channels, Section::Answers], channels.max(4));
            self.put(&[Section::Contacts], contacts);
        } else {
            self.put(&[Section::Hours], 9);
            self.put(&[Section::Answers], 4);
            // Where the head has no room for the rate of all, it stands here.
            self.put(&[Section::Channels], channels + 1);
            self.put(&[Section::Contacts], contacts);
        }
        for page in &mut self.pages {
            stretch(page, self.inner);
        }
        self.pages
    }

    fn left(&self) -> u16 {
        self.inner.height.saturating_sub(self.used)
    }

    /// Puts one section or two side by side: on this page where it has room, else on the next one.
    fn put(&mut self, sections: &[Section], height: u16) {
        let gap = u16::from(self.begun == Begun::Sections);
        let fits = match self.begun {
            Begun::Folders => false,
            Begun::First | Begun::Sections => self.left() >= height + gap,
        };
        if fits {
            self.used += gap;
        } else {
            self.pages.push(Page::new());
            self.used = 0;
            self.take(Section::Head, HEAD);
        }
        self.begun = Begun::Sections;
        let rect = Rect { y: self.inner.y + self.used, height: height.min(self.left()), ..self.inner };
        self.used += rect.height;
        let first = match sections {
            [_] => rect.width,
            // The hours of a week need more than half.
            [Section::Hours, ..] => (rect.width - GAP) / 2 + 4,
            _ => (rect.width - GAP) / 2,
        };
        let second = rect.width.saturating_sub(first + GAP);
        let places =
            [Rect { width: first, ..rect }, Rect { x: rect.right() - second, width: second, ..rect }];
        if let Some(page) = self.pages.last_mut() {
            page.extend(sections.iter().copied().zip(places));
        }
    }

    /// Takes whole rows of the last page, as far as it has them.
    fn take(&mut self, section: Section, height: u16) {
        let rect = Rect { y: self.inner.y + self.used, height: height.min(self.left()), ..self.inner };
        self.used += rect.height;
        if let Some(page) = self.pages.last_mut() {
            page.push((section, rect));
        }
    }
}

/// Gives the chart the rows that its page has left.
fn stretch(page: &mut Page, inner: Rect) {
    let end = page.iter().map(|(_, rect)| rect.bottom()).max().unwrap_or(inner.y);
    let Some(at) = page.iter().position(|(section, _)| *section == Section::Chart) else { return };
    let Some((_, chart)) = page.get_mut(at) else { return };
    let more = inner.bottom().saturating_sub(end).min(CHART.1.saturating_sub(chart.height));
    chart.height += more;
    for (_, rect) in page.iter_mut().skip(at + 1) {
        rect.y += more;
    }
}
