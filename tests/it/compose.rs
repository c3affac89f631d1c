//! Writing on the screen: answers, new messages, drafts that stay, and messages that come back before they leave.

use chrono::Duration;
use insta::assert_snapshot;
use recado::domain::MessageId;
use recado::domain::draft::DraftKey;
use recado::domain::folder::Folder;
use recado::domain::listing::{Place, Row, View};
use recado::domain::message::{Message, Status};
use recado::i18n::Lang;
use recado::store::Text;
use recado::tui::event::Event;

use crate::app::{App, noon};

fn shop() -> App {
    App::shop(Lang::En, 120, 30)
}

fn outbox(app: &App) -> Vec<Message> {
    let view = View::of(Place::Folder(Folder::Outbox));
    let page = app.store.page(&view, recado::domain::listing::At::First, 100, Text::Whole).unwrap();
    page.rows.iter().filter_map(Row::message).cloned().collect()
}

#[test]
fn an_answer_waits_in_the_outbox_and_can_be_taken_back_until_it_leaves() {
    let mut app = shop();
    let before = outbox(&app).len();
    let contact = app.model.row().unwrap().message().unwrap().contact.id;
    app.press("rOn my way<C-s>");
    let written = outbox(&app).into_iter().find(|message| message.text == "On my way").unwrap();
    assert_eq!((written.contact.id, written.standing.status), (contact, Status::Queued));
    assert_eq!(written.next_attempt, Some(noon() + Duration::seconds(5)));
    assert!(app.shows("1 message leaves in 5 s · z takes it back"), "{}", app.screen());
    assert!(app.store.find_draft(DraftKey::Reply(contact)).unwrap().is_none(), "it is no draft any more");
    app.model.now = noon() + Duration::milliseconds(2_200);
    assert!(app.shows("leaves in 3 s"));

    app.press("z");
    assert_eq!(outbox(&app).len(), before);
    assert!(app.shows("Reply to Don Jorge (moto)") && app.shows("On my way"), "{}", app.screen());
    assert_eq!(app.store.find_draft(DraftKey::Reply(contact)).unwrap().unwrap().text, "On my way");
    app.press(", five minutes<C-s>");
    assert!(outbox(&app).iter().any(|message| message.text == "On my way, five minutes"));
}

#[test]
fn once_it_has_left_z_takes_back_what_was_done_before() {
    let mut app = shop();
    app.press("a");
    let archived = app.store.counts().unwrap().of(Folder::Archived).total;
    app.press("rhello<C-s>");
    app.model.now = noon() + Duration::seconds(6);
    app.send(Event::Tick(app.model.now));
    assert!(app.shows("on its way"), "{}", app.screen());
    app.press("z");
    assert_eq!(app.store.counts().unwrap().of(Folder::Archived).total, archived - 1);
}

#[test]
fn a_message_that_left_while_the_key_was_pressed_stays() {
    let mut app = shop();
    app.press("rhello<C-s>");
    let id: MessageId = outbox(&app).iter().find(|message| message.text == "hello").unwrap().id;
    let channel = app.store.load_message(id).unwrap().message.channel.unwrap().id;
    // The engine was quicker.
    app.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, noon() + Duration::seconds(5))).unwrap();
    app.press("z");
    assert!(app.shows("it has left already"), "{}", app.screen());
}

#[test]
fn a_draft_is_kept_key_by_key_and_for_its_contact_alone() {
    let mut app = shop();
    let contact = app.model.row().unwrap().message().unwrap().contact.id;
    app.press("rhalf a th");
    assert_eq!(app.store.find_draft(DraftKey::Reply(contact)).unwrap().unwrap().text, "half a th");
    app.press("<Esc>");
    assert!(app.shows("draft kept"));
    app.press("jr");
    assert!(!app.shows("half a th"), "another contact has another draft");
    app.press("<Esc>kr");
    assert!(app.shows("half a th"), "{}", app.screen());
    app.press("<C-x>");
    assert!(app.shows("draft thrown away"));
    assert!(app.store.find_draft(DraftKey::Reply(contact)).unwrap().is_none());
}

#[test]
fn a_new_message_goes_to_numbers_names_and_groups() {
    let mut app = shop();
    app.press("c+57 300 123 4567<Tab>hola<C-s>");
    let written = outbox(&app).into_iter().find(|message| message.text == "hola").unwrap();
    assert_eq!(written.urn.unwrap().to_string(), "tel:+573001234567");
    app.press("clucia, jorge<Tab>a los dos<C-s>");
    let both: Vec<String> = outbox(&app)
        .into_iter()
        .filter(|message| message.text == "a los dos")
        .map(|message| message.contact.name)
        .collect();
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(both.contains(&"Lucía Fernández".to_owned()));
    // Both come back as one draft.
    app.press("z");
    assert!(app.shows("a los dos") && app.shows("Lucía Fernández, Don Jorge"), "{}", app.screen());
}

#[test]
fn what_cannot_be_sent_says_why_and_loses_nothing() {
    let mut app = shop();
    app.press("c<Tab>text<C-s>");
    assert!(app.shows("to whom?"), "{}", app.screen());
    app.press("nobody at all<C-s>");
    assert!(app.shows("there is no contact nobody at all"), "{}", app.screen());
    assert!(app.shows("text"));
    app.press("<C-u>discord:42<C-s>");
    assert!(app.shows("no channel reaches this contact"), "{}", app.screen());
    app.press("<Esc>c");
    assert!(app.shows("discord:42") && app.shows("text"), "the draft is there again: {}", app.screen());
    app.press("<C-x>r<C-s>");
    assert!(app.shows("there is no text"), "{}", app.screen());
}

#[test]
fn many_lines_that_are_pasted_are_one_message() {
    let mut app = shop();
    let before = outbox(&app).len();
    app.press("r");
    let lines: Vec<String> = (0..200).map(|n| format!("line {n}")).collect();
    app.send(Event::Paste(lines.join("\r\n")));
    app.press("<C-s>");
    let after = outbox(&app);
    assert_eq!(after.len(), before + 1);
    assert!(after.iter().any(|message| message.text == lines.join("\n")));
}

#[test]
fn a_waiting_message_is_taken_out_of_the_queue_and_can_be_sent_after_all() {
    let mut app = shop();
    app.press("rhello<C-s>4");
    app.press("gx");
    assert!(app.shows("taken out of the queue"), "{}", app.screen());
    app.press("8");
    assert!(app.shows("cancelled"), "{}", app.screen());
    app.press("gs");
    assert!(outbox(&app).iter().any(|message| message.text == "hello"));
}

#[test]
fn without_waiting_a_message_leaves_at_once() {
    let mut app = shop();
    app.model.settings.undo_send = 0;
    app.press("rhello<C-s>");
    let written = outbox(&app).into_iter().find(|message| message.text == "hello").unwrap();
    assert_eq!(written.next_attempt, None);
    assert!(app.shows("on its way"), "{}", app.screen());
}

#[test]
fn what_leaves_later_becomes_a_schedule() {
    let mut app = App::shop(Lang::En, 100, 30);
    let before = app.store.counts().unwrap().of(Folder::Schedules).total;
    app.press("rSee you<C-t>tomorrow 9:30, weekly");
    // The next five Tuesdays.
    for shown in ["March 2026", "weekly Tue", "Next", "Tue Mar 3 09:30", "Tue Mar 31 09:30"] {
        assert!(app.shows(shown), "{shown}: {}", app.screen());
    }
    app.press("<C-s>");
    assert!(app.shows("scheduled for"), "{}", app.screen());
    assert_eq!(app.store.counts().unwrap().of(Folder::Schedules).total, before + 1);
    app.press("7");
    assert!(app.shows("See you") && app.shows("each Tue"), "{}", app.screen());
    app.press("1rx<C-t>yesterday<C-s>");
    assert!(app.shows("a time to come"), "{}", app.screen());
    // Once more, and it leaves now after all.
    app.press("<C-t><C-s>");
    assert!(outbox(&app).iter().any(|message| message.text == "x"));
}

#[test]
fn an_answer_being_written() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press("r¡Claro! Mañana a las 9 😀");
    assert_snapshot!(app.screen());
}

#[test]
fn a_new_message_narrow() {
    let mut app = App::shop(Lang::Pt, 40, 20);
    app.press("c");
    assert_snapshot!(app.screen());
}
