//! What stands behind a header: who says it, and whether it is a message, a notice, or the place of one that is gone.
//!
//! iOS marks what it writes itself with U+200E. Android does so only for files, so its notices are told by having no sender.

use super::header::{Form, is_blank, is_mark};
use super::phrases::{
    ATTACHED, ATTACHED_BEFORE, DELETED, EDITED, NOTICES_WITH_A_NAME, OMITTED, OMITTED_ENDINGS, OMITTED_WORDS,
    OWN_NOTES, TYPES,
};
use crate::domain::message::Attachment;
use crate::import::record::clean_text;

/// The longest name, in bytes. What is longer is part of a notice.
const LONGEST_NAME: usize = 1000;

/// The mark of what iOS writes itself.
const OWN: char = '\u{200E}';

/// What stands behind a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A notice of WhatsApp itself.
    Notice,
    /// A message that was deleted.
    Deleted,
    /// A message.
    Message { text: String, attachments: Vec<Attachment> },
}

/// The sender and what he says; none for a notice.
pub(super) fn spoken(body: &str) -> Option<(&str, &str)> {
    let first = body.lines().next()?;
    let at = first.find(": ")?;
    let (sender, text) = (body.get(..at)?, body.get(at + 2..)?);
    let sender = trimmed(sender);
    if sender.is_empty() || sender.len() > LONGEST_NAME {
        return None;
    }
    let lower = sender.to_lowercase();
    (!NOTICES_WITH_A_NAME.iter().any(|notice| lower.contains(notice))).then_some((sender, text))
}

/// A name without blanks, control characters and marks of direction at its ends.
pub(super) fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| is_mark(c) || is_blank(c) || c.is_control())
}

/// What a sender's text is.
pub(super) fn content(form: Form, text: &str) -> Content {
    let text = without_edited(text.trim_end_matches('\n'));
    if is_deleted(text) {
        return Content::Deleted;
    }
    let message = |text: &str, attachment: Option<Attachment>| Content::Message {
        text: clean_text(text),
        attachments: attachment.into_iter().collect(),
    };
    let (first, caption) = text.split_once('\n').unwrap_or((text, ""));
    if OMITTED.contains(&short_lower(first).as_str()) {
        return message(caption, Some(unavailable()));
    }
    if let Some(name) = attached_on_android(first) {
        return message(caption, Some(file(name)));
    }
    if let Some((text, name)) = attached_on_ios(text) {
        return message(&text, Some(file(name)));
    }
    if form == Form::Brackets {
        if let Some(text) = omitted_on_ios(text) {
            return message(text, Some(unavailable()));
        }
        if let Some(note) = text.strip_prefix(OWN) {
            let lower = note.trim_start_matches(is_mark).get(..).map(short_lower).unwrap_or_default();
            let is_own = OWN_NOTES.iter().any(|word| lower.starts_with(word));
            return if is_own { message(note, None) } else { Content::Notice };
        }
    }
    message(text, None)
}

fn unavailable() -> Attachment {
    Attachment { content_type: "unavailable".to_owned(), url: String::new() }
}

/// A file by its name, of which nothing is kept that could lead to a folder.
fn file(name: &str) -> Attachment {
    let name = clean_text(name.rsplit(['/', '\\']).next().unwrap_or_default());
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| *known == ending);
    Attachment {
        content_type: known.map_or("application/octet-stream", |(_, name)| name).to_owned(),
        url: name,
    }
}

/// The beginning of a text as phrases are compared with it; they are all shorter.
fn short_lower(text: &str) -> String {
    trimmed(text).chars().take(120).flat_map(char::to_lowercase).collect()
}

fn is_deleted(text: &str) -> bool {
    let lower = short_lower(text);
    let bare = lower.trim_end_matches('.');
    DELETED.iter().any(|phrase| match phrase.split_once("{}") {
        Some((before, after)) => !text.contains('\n') && bare.starts_with(before) && bare.ends_with(after),
        None => bare == *phrase,
    })
}

fn without_edited(text: &str) -> &str {
    if !text.ends_with('>') {
        return text;
    }
    let Some((before, mark)) = text.rfind('<').and_then(|at| text.split_at_checked(at)) else { return text };
    if !EDITED.contains(&short_lower(mark).as_str()) {
        return text;
    }
    let before = before.strip_suffix(OWN).unwrap_or(before);
    let before = before.strip_suffix(is_blank).unwrap_or(before);
    before.strip_suffix(OWN).unwrap_or(before)
}

/// The name in `IMG-20230505-WA0021.jpg (file attached)`.
fn attached_on_android(line: &str) -> Option<&str> {
    if !line.ends_with(')') {
        return None;
    }
    let (name, words) = line.split_at_checked(line.rfind('(')?)?;
    let is_marked = name.starts_with(OWN);
    let name = trimmed(name);
    let has_ending = name.rsplit_once('.').is_some_and(|(before, ending)| {
        !before.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    ((is_marked || has_ending) && !name.is_empty() && ATTACHED.contains(&short_lower(words).as_str()))
        .then_some(name)
}

/// The text around `<attached: 00000012-PHOTO-2023-05-08.jpg>`, and the name.
fn attached_on_ios(text: &str) -> Option<(String, &str)> {
    let marked = text.rfind("\u{200E}<").map(|at| (at, at + OWN.len_utf8()));
    let (start, open) = marked.or_else(|| text.starts_with('<').then_some((0, 0)))?;
    let inner = text.get(open + 1..)?;
    let (inner, after) = inner.split_once('>')?;
    let (words, name) = inner.split_once(": ")?;
    // The number of the message in front of the name is the same in all languages.
    let is_numbered = name
        .split_once('-')
        .is_some_and(|(number, _)| number.len() >= 8 && number.chars().all(|c| c.is_ascii_digit()));
    let is_known = ATTACHED_BEFORE.contains(&short_lower(words).as_str());
    if name.is_empty() || name.contains('\n') || !(is_known || (marked.is_some() && is_numbered)) {
        return None;
    }
    let before = text.get(..start)?.trim_end_matches(|c| is_blank(c) || c == '\n');
    let after = after.trim_start_matches(|c| is_blank(c) || c == '\n');
    let between = if before.is_empty() || after.is_empty() { "" } else { "\n" };
    Some((format!("{before}{between}{after}"), name))
}

/// The text before `image omitted`, in whatever language.
fn omitted_on_ios(text: &str) -> Option<&str> {
    let at = text.rfind(OWN)?;
    let tail = text.get(at + OWN.len_utf8()..)?;
    let is_short = !tail.contains('\n') && tail.split_whitespace().count() <= OMITTED_WORDS;
    let lower = short_lower(tail);
    let is_omitted = is_short && OMITTED_ENDINGS.iter().any(|ending| lower.ends_with(ending));
    is_omitted.then(|| text.get(..at).unwrap_or_default().trim_end_matches(is_blank))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: Form, text: &str) -> String {
        match content(form, text) {
            Content::Notice => "notice".to_owned(),
            Content::Deleted => "deleted".to_owned(),
            Content::Message { text, attachments } => {
                let files = attachments.iter().map(ToString::to_string);
                std::iter::once(text).chain(files).collect::<Vec<_>>().join("|")
            }
        }
    }

    #[test]
    fn a_sender_ends_at_the_first_colon_unless_a_notice_quotes_one() {
        assert_eq!(spoken("Ana: a: b"), Some(("Ana", "a: b")));
        assert_eq!(spoken("\u{202a}+55\u{a0}11\u{202c}: x\ny: z"), Some(("+55\u{a0}11", "x\ny: z")));
        assert_eq!(spoken("Ana: "), Some(("Ana", "")));
        for notice in [
            "You created group \"Trip: 2024\"",
            "Kofi added Pat",
            "Ana: x".get(..4).unwrap(),
            ": x",
            "a\nb: c",
        ] {
            assert_eq!(spoken(notice), None, "{notice}");
        }
    }

    #[test]
    fn what_whatsapp_writes_into_texts_is_told_from_them() {
        use Form::{Brackets, Dash};
        let photo = "00000035-PHOTO-2023-05-08-22-59-49.jpg";
        let (ios, foreign) =
            (format!("\u{200e}<attached: {photo}>"), format!("\u{200e}<ausgedacht: {photo}>"));
        let with_caption = format!("with: colon {ios}");
        for (form, text, found) in [
            (Dash, "hi", "hi"),
            (Dash, "  hi \n\n there\n\n", "  hi \n\n there"),
            (Dash, "<Media omitted>", "|unavailable:"),
            (Dash, "<Multimedia omitido>\nmira", "mira|unavailable:"),
            (Dash, "<media>", "<media>"),
            (Dash, "\u{200e}IMG-1.jpg (file attached)\nmira", "mira|image/jpeg:IMG-1.jpg"),
            (Dash, "Mi informe.pdf (archivo adjunto)", "|application/pdf:Mi informe.pdf"),
            (Dash, "../../x.sh (file attached)", "|application/octet-stream:x.sh"),
            (Dash, "see below (file attached)", "see below (file attached)"),
            (Dash, "This message was deleted", "deleted"),
            (Dash, "Se eliminó este mensaje.", "deleted"),
            (Dash, "This message was deleted by admin Ana", "deleted"),
            (Dash, "This message was deleted, I think", "This message was deleted, I think"),
            (Dash, "a <This message was edited>", "a"),
            (Dash, "a  <Se editó este mensaje.>", "a "),
            (Dash, "a <b>", "a <b>"),
            (Dash, "\u{200e}hi", "\u{200e}hi"),
            (Brackets, "\u{200e}Bia entrou usando o link", "notice"),
            (Brackets, "\u{200e}Mensagem apagada", "deleted"),
            (Brackets, "\u{200e}You deleted this message.", "deleted"),
            (Brackets, "\u{200e}imagem ocultada", "|unavailable:"),
            (
                Brackets,
                "R.pdf • \u{200e}12 pages \u{200e}document omitted",
                "R.pdf • \u{200e}12 pages|unavailable:",
            ),
            (Brackets, "image omitted", "image omitted"),
            (Brackets, "x\u{200e} <Mensagem editada>", "x"),
            (Brackets, "x \u{200e}<This message was edited>", "x"),
            (Brackets, "\u{200e}POLL:\nWhere?", "POLL:\nWhere?"),
            (Brackets, &ios, &format!("|image/jpeg:{photo}")),
            (Brackets, &foreign, &format!("|image/jpeg:{photo}")),
            (Brackets, &with_caption, &format!("with: colon|image/jpeg:{photo}")),
        ] {
            assert_eq!(read(form, text), found, "{text:?}");
        }
    }
}
