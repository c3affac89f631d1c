//! Links that a terminal can follow: what is drawn of an address of a web page carries all of it (OSC 8).
//!
//! The cells are ratatui's; those of a link are written once more, with the address around them, when they are new.

use ratatui::buffer::{Buffer, Cell};

use crate::tui::layout::Areas;
use crate::tui::model::Model;
use crate::tui::text::{WEB, is_web, links};

/// The piece of a link that stands on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Where it begins.
    pub at: (u16, u16),
    /// Its cells, as they are drawn.
    pub cells: Vec<Cell>,
    /// Where it leads.
    pub address: String,
}

/// The links of the conversation that stand in a buffer.
pub(super) fn drawn(model: &Model, buffer: &Buffer) -> Vec<Drawn> {
    let area = Areas::of(model).and_then(|areas| areas.reading);
    let (Some(area), Some(conversation)) = (area, model.reading.conversation.ready()) else {
        return Vec::new();
    };
    let area = area.intersection(buffer.area);
    let addresses = known(conversation.rows.iter().map(|row| &row.message));
    if addresses.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for y in area.top()..area.bottom() {
        let cells: Vec<&Cell> = (area.left()..area.right()).map(|x| &buffer[(x, y)]).collect();
        let line: String = cells.iter().map(|cell| cell.symbol()).collect();
        // Where every cell holds one letter a place in the text is a column.
        if !WEB.iter().any(|scheme| line.contains(scheme)) {
            continue;
        }
        let mut column = 0;
        while column < cells.len() {
            let rest: String = cells.iter().skip(column).map(|cell| cell.symbol()).collect();
            if !is_web(&rest) {
                column += 1;
                continue;
            }
            let wide = cells.iter().skip(column).take_while(|cell| is_of_address(cell.symbol())).count();
            let shown: String = cells.iter().skip(column).take(wide).map(|cell| cell.symbol()).collect();
            // What is cut or goes on in the next line leads to all of it.
            let address = addresses
                .iter()
                .find(|address| address.starts_with(&shown) || shown.starts_with(address.as_str()));
            if let Some(address) = address {
                let wide = wide.min(address.chars().count());
                let x = area.left() + u16::try_from(column).unwrap_or(0);
                let drawn = cells.iter().skip(column).take(wide).map(|cell| (*cell).clone()).collect();
                found.push(Drawn { at: (x, y), cells: drawn, address: address.clone() });
            }
            column += wide.max(1);
        }
    }
    found
}

/// The addresses in messages and of what came along with them, the longer ones first. Only what a terminal cannot take for
/// anything else.
fn known<'a>(messages: impl Iterator<Item = &'a crate::domain::message::Message>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for message in messages {
        let came_along = message.attachments.iter().map(|attachment| attachment.url.as_str());
        let came_along = came_along.filter(|url| is_web(url));
        all.extend(links(&message.text).into_iter().chain(came_along).map(str::to_owned));
    }
    all.retain(|address| address.bytes().all(|byte| byte.is_ascii_graphic()));
    all.sort_unstable_by_key(|address| std::cmp::Reverse(address.len()));
    all.dedup();
    all
}

fn is_of_address(symbol: &str) -> bool {
    symbol.len() == 1 && symbol.bytes().all(|byte| byte.is_ascii_graphic())
}
