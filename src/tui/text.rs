//! Text from outside, made fit for cells: cleaned, cut and wrapped by the width that it has on the screen.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::words::one_line;

/// The width of a text in columns: of its clusters one by one, as they are written into cells. As a whole it may be less:
/// the letters of لا are one sign in a line and two cells on the screen.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// A text of at most so many columns; one that is longer ends in an ellipsis.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut cut = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        cut.push_str(grapheme);
    }
    cut.truncate(cut.trim_end().len());
    cut + "…"
}

/// A text of exactly so many columns: cut, or filled with blanks.
pub fn fit(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    text + &" ".repeat(blanks)
}

/// A text with lines, each cleaned. What comes out is what is wrapped, highlighted and shown.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    lines.join("\n")
}

/// The lines of a clean text that is to be so many columns wide, as ranges of its bytes. Broken between words where that
/// is possible; blanks at a break belong to no line.
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut start = 0;
    for paragraph in text.split('\n') {
        wrap_paragraph(paragraph, start, columns, &mut lines);
        start += paragraph.len() + 1;
    }
    lines
}

fn wrap_paragraph(text: &str, offset: usize, columns: usize, lines: &mut Vec<Range<usize>>) {
    // The line so far, and the last place in it where it may be broken: the line's end and the next one's beginning.
    let (mut begin, mut used, mut break_at) = (0, 0, None);
    let mut word_end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width();
        if grapheme == " " {
            break_at = Some((word_end, at + 1));
        } else if used + wide > columns {
            // Blanks that fill a line before its first word are blanks at a break too.
            let only_blanks = break_at.filter(|_| used > columns).map(|(_, next)| (begin, next));
            let words = break_at.filter(|(end, _)| *end > begin);
            let (end, next) = words.or(only_blanks).unwrap_or((at, at));
            lines.push(offset + begin..offset + end);
            begin = next;
            used = text.get(begin..at).map_or(0, width);
            break_at = None;
        }
        if grapheme != " " {
            word_end = at + grapheme.len();
        }
        used += wide;
    }
    let end = begin + text.get(begin..).map_or(0, |rest| rest.trim_end().len());
    lines.push(offset + begin..offset + end);
}

/// What the address of a web page begins with.
pub const WEB: [&str; 2] = ["https://", "http://"];

/// Whether an address is that of a web page.
pub fn is_web(address: &str) -> bool {
    WEB.iter().any(|scheme| address.starts_with(scheme))
}

/// The addresses of web pages in a text, without what closes the sentence around them.
pub fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '«' | '»')) {
        let start = WEB.iter().filter_map(|scheme| word.find(scheme)).min();
        let Some(link) = start.and_then(|start| word.get(start..)) else { continue };
        // A bracket belongs to the link when it was opened in it.
        let mut link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '…']);
        if link.ends_with(')') && !link.contains('(') {
            link = link.trim_end_matches([')', '.', ',', ';', ':', '!', '?']);
        }
        if link.len() > "https://".len() && !found.contains(&link) {
            found.push(link);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn texts_are_wrapped_between_words() {
        assert_eq!(wrapped("la casa roja", 7), ["la casa", "roja"]);
        assert_eq!(wrapped("la casa roja", 8), ["la casa", "roja"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("uno\n\ndos", 10), ["uno", "", "dos"]);
        assert_eq!(wrapped("你好世界", 4), ["你好", "世界"]);
        assert_eq!(wrapped("a 👨‍👩‍👧‍👦 b", 3), ["a", "👨‍👩‍👧‍👦", "b"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("   abcd", 5), ["   ab", "cd"]);
        assert_eq!(wrapped("     abc", 3), ["", "abc"]);
    }

    #[test]
    fn links_are_found_without_what_closes_the_sentence() {
        assert_eq!(
            links("see https://a.example/x?y=1, or (http://b.example)."),
            ["https://a.example/x?y=1", "http://b.example"]
        );
        assert_eq!(
            links("https://en.example/wiki/Pan_(food) twice https://en.example/wiki/Pan_(food)"),
            ["https://en.example/wiki/Pan_(food)"]
        );
        assert!(links("no link: https:// and ftp://x").is_empty());
    }

    #[test]
    fn texts_are_cut_by_their_width() {
        assert_eq!(cut("hola mundo", 6), "hola…");
        assert_eq!(cut("你好世界", 5), "你好…");
        assert_eq!(cut("hola", 4), "hola");
        assert_eq!(cut("hola", 0), "");
        assert_eq!(fit("hola", 6), "hola  ");
        assert_eq!(fit("你好", 3), "你…");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_letter_is_lost(text in "([a-zñ世🦀 \n]|لا|لله|👍🏽){0,60}", columns in 2_usize..20) {
            let lines = wrapped(&text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }

        #[test]
        fn a_cut_text_fits(text in "(\\PC|لا){0,30}", columns in 0_usize..20) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
        }
    }
}
