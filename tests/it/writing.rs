//! Writing on the screen, beyond a plain answer: picking recipients and channels, the calendar, drafts of everything, and
//! what is edited after it was written.

use chrono::{Datelike, Duration};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use insta::assert_snapshot;
use recado::domain::channel::Gateway;
use recado::domain::contact::Urn;
use recado::domain::delivery::Outcome;
use recado::domain::draft::{Draft, DraftKey};
use recado::domain::folder::Folder;
use recado::domain::listing::{At, Place, Row, View};
use recado::domain::message::{Cause, FailedReason, Message, Status};
use recado::domain::schedule::{Repeat, Schedule, Weekdays};
use recado::domain::{ContactId, MessageId};
use recado::i18n::Lang;
use recado::store::{NewChannel, Text};
use recado::tui::event::Event;
use recado::tui::model::Dialog;
use uuid::Uuid;

use crate::app::{App, noon};
use crate::scripted::outgoing;
use crate::support::fresh;

fn shop() -> App {
    App::shop(Lang::En, 120, 30)
}

fn rows(app: &App, folder: Folder) -> Vec<Row> {
    app.store.page(&View::of(Place::Folder(folder)), At::First, 200, Text::Whole).unwrap().rows
}

fn messages(app: &App, folder: Folder) -> Vec<Message> {
    rows(app, folder).iter().filter_map(Row::message).cloned().collect()
}

fn written(app: &App, text: &str) -> Vec<Message> {
    messages(app, Folder::Outbox).into_iter().filter(|message| message.text == text).collect()
}

fn schedules(app: &App) -> Vec<Schedule> {
    let rows = rows(app, Folder::Schedules).into_iter();
    rows.filter_map(|row| match row {
        Row::Schedule(row) => Some(row.schedule),
        Row::Message(_) | Row::Call(_) => None,
    })
    .collect()
}

fn contact(app: &mut App, urn: &str, name: &str) -> ContactId {
    let urn = Urn::parse(urn, None).unwrap();
    let uuid = fresh(&urn.identity());
    app.store.write(|tx| tx.contact_with_urn(&urn, name, noon(), || uuid)).unwrap().0
}

fn join(app: &mut App, group: &str, contacts: &[ContactId]) {
    let uuid = fresh(group);
    app.store
        .write(|tx| {
            let group = tx.group(group, || uuid)?;
            contacts.iter().try_for_each(|contact| tx.join_group(group, *contact).map(|_| ()))
        })
        .unwrap();
}

#[test]
fn names_numbers_groups_and_labels_are_found_as_one_types() {
    let mut app = shop();
    let ana = contact(&mut app, "tel:+573009990001", "Ana Gómez");
    contact(&mut app, "tel:+573009990002", "Ana Gómez");
    join(&mut app, "clients, old", &[ana]);
    app.press("c");
    assert!(app.shows("Don Jorge (moto)"), "those who wrote last: {}", app.screen());
    app.press("gomez");
    assert!(app.shows("300 9990001") && app.shows("300 9990002"), "{}", app.screen());
    // Of two with one name the chosen one is meant.
    app.press("<Down><Enter>");
    let picked = app.store.suggest("gomez", 8).unwrap()[1].written();
    assert!(app.shows("Ana Gómez <+57300999000"), "{}", app.screen());
    app.press("@cli");
    assert!(app.shows("@clients, old") && app.shows("1 contact"), "{}", app.screen());
    app.press("<Enter>#urg<Enter>+57 311 222 3344");
    assert!(app.shows("a new contact"), "{}", app.screen());
    app.press("<Tab>hello");
    let draft = app.store.newest_draft().unwrap().unwrap();
    assert_eq!(draft.recipients, format!("{picked}, @\"clients, old\", #urgent, +573112223344, "));
    app.press("<C-s>");
    let sent = written(&app, "hello");
    let to: Vec<String> = sent.iter().filter_map(|message| Some(message.urn.as_ref()?.to_string())).collect();
    assert!(to.contains(&"tel:+573112223344".to_owned()), "{to:?}");
    assert!(
        to.contains(&"tel:+573009990001".to_owned()) && to.contains(&"tel:+573009990002".to_owned()),
        "{to:?}"
    );
    assert!(sent.len() > 4, "all who complain urgently are among them");
}

#[test]
fn a_number_that_is_typed_whole_means_itself() {
    let mut app = shop();
    contact(&mut app, "tel:+5730055501079", "Not Jorge");
    app.press("c+573055550107<Tab>hi<C-s>");
    assert_eq!(written(&app, "hi")[0].contact.name, "Don Jorge (moto)");
    // Who is among the recipients is not offered again.
    app.press("cjorge<Enter>jorge");
    assert!(app.model.dialog.as_ref().is_some_and(|_| !app.shows("SMS · 305 5550107")), "{}", app.screen());
}

#[test]
fn a_key_that_takes_who_is_offered_waits_for_the_offer() {
    let mut app = shop();
    app.press("c");
    app.slow = true;
    app.press("luc<Tab>text");
    let asked = std::mem::take(&mut app.asked);
    assert_eq!(asked.len(), 3, "a question a letter: {asked:?}");
    app.slow = false;
    // The answer for `l`, late, offers nobody; the one for `luc` does, and what was typed ahead follows.
    for read in asked {
        let event = recado::tui::worker::answer(&app.store, &read, noon()).unwrap();
        app.send(event);
    }
    let draft = app.store.newest_draft().unwrap().unwrap();
    assert_eq!(
        (draft.recipients.as_str(), draft.text.as_str()),
        ("Lucía Fernández <whatsapp:573005550101>, ", "text")
    );
    // One that cannot be had keeps nobody waiting.
    app.press("<BackTab>");
    app.slow = true;
    app.press("jor<Tab> and more");
    let ask = app.model.last_ask;
    app.send(Event::ReadFailed { ask, sentence: "the disk gave an error".to_owned() });
    assert_eq!(app.store.newest_draft().unwrap().unwrap().text, "text and more");
}

#[test]
fn another_channel_can_be_chosen_and_is_used() {
    let mut app = shop();
    let other = NewChannel {
        uuid: fresh("other"),
        name: "Warehouse",
        gateway: Gateway::Simulated,
        settings: &[("scheme".to_owned(), "tel".to_owned())].into(),
        rate: None,
    };
    let other = app.store.write(|tx| tx.insert_channel(&other)).unwrap();
    let draft = |app: &App| app.store.newest_draft().unwrap().unwrap();
    app.press("c+57 300 111 2233<Tab>by which?<Tab><Left>");
    assert!(app.shows("‹ Warehouse ›"), "{}", app.screen());
    assert_eq!(draft(&app).channel, Some(other));
    app.press("<C-s>");
    let sent = written(&app, "by which?");
    assert_eq!(sent.len(), 1, "{}", app.screen());
    assert_eq!(sent[0].channel.as_ref().unwrap().id, other);
    // One that does not reach the contact can be chosen too, and then nothing is sent.
    let whatsapp = app.store.find_channel("WA La Espiga").unwrap();
    app.press("c+57 300 111 2233<Tab>and by this?<Tab><Left><Left>");
    assert!(app.shows("‹ WA La Espiga ›"), "{}", app.screen());
    assert_eq!(draft(&app).channel, Some(whatsapp.id));
    app.press("<C-s>");
    assert!(app.shows("no channel reaches this contact"), "{}", app.screen());
    assert_eq!((written(&app, "and by this?").len(), draft(&app).text.as_str()), (0, "and by this?"));
}

#[test]
fn without_a_channel_one_is_told_before_writing() {
    let mut app = App::empty(Lang::En, 80, 24);
    app.press("c");
    assert!(app.shows("no channel yet: `recado channel add` adds one"), "{}", app.screen());
    app.press("+573001112233<Tab>hello<C-s>");
    assert!(app.shows("no channel reaches this contact"), "{}", app.screen());
    assert_eq!(app.store.newest_draft().unwrap().unwrap().text, "hello");
}

#[test]
fn what_goes_to_many_says_their_names_and_an_answer_says_what_it_says() {
    let mut app = shop();
    app.press("clucia<Enter>jorge<Tab>Hi @contact.first_name!<C-s>");
    assert_eq!((written(&app, "Hi Lucía!").len(), written(&app, "Hi Don!").len()), (1, 1));
    app.press("rwrite to me@contact.example or @contact.name<C-s>");
    assert_eq!(written(&app, "write to me@contact.example or @contact.name").len(), 1);
}

#[test]
fn a_text_that_is_too_long_is_not_sent() {
    let mut app = shop();
    app.press("r");
    app.send(Event::Paste("x".repeat(5_000)));
    app.press("<C-s>");
    assert!(app.shows("5,000") || app.shows("5000"), "{}", app.screen());
    assert_eq!(written(&app, &"x".repeat(5_000)).len(), 0);
}

#[test]
fn the_calendar_plans_by_keys_alone() {
    let mut app = App::shop(Lang::En, 100, 30);
    app.press("rSee you<C-t>");
    // Tomorrow at nine is offered. Down to the calendar: two days on, a week on.
    app.press("<Down><Right><Right><Down>");
    assert!(app.shows("Thu Mar 12 09:00"), "{}", app.screen());
    // The time: an hour later, ten minutes more; then weekly, and Monday as well.
    app.press("<Tab><Up><Right><Right><Tab><Right><Right>1");
    assert!(app.shows("weekly Mon Thu") && app.shows("‹ 10:10 ›"), "{}", app.screen());
    for fire in ["Thu Mar 12 10:10", "Mon Mar 16 10:10", "Thu Mar 19 10:10"] {
        assert!(app.shows(fire), "{fire}: {}", app.screen());
    }
    assert_snapshot!(app.screen());
    app.press("<C-s>");
    let schedule = schedules(&app).into_iter().find(|one| one.text == "See you").unwrap();
    let days = Weekdays::new([chrono::Weekday::Mon, chrono::Weekday::Thu]).unwrap();
    assert_eq!(schedule.timing.repeat, Repeat::Weekly(days));
    assert_eq!((schedule.timing.hour, schedule.timing.minute), (10, 10));
    assert_eq!(schedule.next_fire.unwrap().with_timezone(&crate::support::ZONE).day(), 12);
}

#[test]
fn from_the_calendar_one_step_back_is_the_text_and_then_the_draft_is_kept() {
    let mut app = App::shop(Lang::En, 100, 30);
    app.press("rLater<C-t>2026-03-09 10:00, daily<Esc>");
    assert!(app.shows("Reply to") && app.shows("Mon Mar 9 10:00 · each day at 10:00"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.shows("draft kept"), "{}", app.screen());
    // When it leaves is part of the draft.
    app.press("r");
    assert!(app.shows("Mon Mar 9 10:00 · each day at 10:00"), "{}", app.screen());
    app.press("<C-t>never ever<C-s>");
    assert!(app.shows("a time to come"), "{}", app.screen());
}

#[test]
fn the_calendar_narrow() {
    let mut app = App::shop(Lang::Es, 40, 20);
    app.press("rHola<C-t>lunes 9:30, semanal:lu,mi");
    assert_snapshot!(app.screen());
}

#[test]
fn each_thing_that_is_written_has_its_own_draft() {
    let mut app = shop();
    let jorge = app.model.row().unwrap().message().unwrap().contact.id;
    // Editing a failed message takes the place of neither the answer nor the new one.
    for keys in
        ["1gran answer<Esc>", "cto somebody<Tab>a new one<Esc>", "8ge edited<Esc>", "7ge changed<Esc>"]
    {
        app.model.now += Duration::minutes(1);
        app.press(keys);
    }
    assert_eq!(app.store.drafts().unwrap().len(), 4);
    assert_eq!(app.store.find_draft(DraftKey::Reply(jorge)).unwrap().unwrap().text, "an answer");
    // The reader notices that the file has moved.
    app.send(Event::Moved);
    assert!(app.shows("D Drafts"), "{}", app.screen());
    app.press("D");
    assert_snapshot!(app.screen());
    // The last one is the answer; a new one beside it begins from nothing.
    app.press("G<Enter>");
    assert!(app.shows("Reply to Don Jorge") && app.shows("an answer"), "{}", app.screen());
    app.press("<Esc>Dc");
    assert!(app.shows("New message") && !app.shows("a new one"), "{}", app.screen());
    app.model.now += Duration::seconds(1);
    app.press("<Esc>");
    assert_eq!(app.store.drafts().unwrap().len(), 4);
}

#[test]
fn a_draft_that_another_recado_writes_does_not_take_the_place_of_the_chosen_one() {
    let mut app = shop();
    app.press("rmine<Esc>D");
    let other = Draft { text: "theirs".into(), ..Draft::new(DraftKey::New(noon())) };
    app.store.save_draft(&other, noon() + Duration::minutes(1)).unwrap();
    app.send(Event::Moved);
    assert!(app.shows("theirs"), "{}", app.screen());
    app.press("d");
    let left: Vec<String> = app.store.drafts().unwrap().into_iter().map(|kept| kept.draft.text).collect();
    assert_eq!(left, ["theirs"]);
}

#[test]
fn what_goes_to_nobody_is_not_thrown_away() {
    let mut app = shop();
    let nobody = |tx: &mut recado::store::Tx<'_>| tx.group("Nobody", || fresh("nobody"));
    app.store.write(nobody).unwrap();
    for (to, text) in [("@Nobody", "precious"), ("+573001112233", "@fields.nothing")] {
        app.press(&format!("c{to}<Tab>{text}<C-s>"));
        assert!(app.shows("nothing was sent"), "{}", app.screen());
        assert_eq!(app.store.drafts().unwrap()[0].draft.text, text);
        app.press("<C-x>");
    }
}

#[test]
fn a_second_new_message_does_not_take_the_place_of_the_first() {
    let mut app = shop();
    app.press("cfirst<Tab>one<Esc>");
    app.model.now += Duration::seconds(1);
    app.press("Dcsecond<Tab>two<Esc>");
    let drafts: Vec<String> = app.store.drafts().unwrap().into_iter().map(|kept| kept.draft.text).collect();
    assert!(drafts.contains(&"one".to_owned()) && drafts.contains(&"two".to_owned()), "{drafts:?}");
    // `c` goes on with what was begun last.
    app.press("c");
    assert!(app.shows("two"), "{}", app.screen());
}

#[test]
fn a_draft_that_was_thrown_away_comes_back_with_z() {
    let mut app = shop();
    app.press("rprecious<C-x>");
    assert!(app.shows("draft thrown away · z brings it back"), "{}", app.screen());
    assert_eq!(app.store.drafts().unwrap().len(), 0);
    app.press("z");
    assert!(app.shows("Reply to Don Jorge") && app.shows("precious"), "{}", app.screen());
    app.press("<Esc>Dd");
    assert!(app.shows("No drafts."), "{}", app.screen());
    app.press("z");
    assert!(app.shows("precious"), "{}", app.screen());
    // After another deed, `z` takes back that.
    app.press("<C-x>az");
    assert!(app.shows("taken back: 1 archived"), "{}", app.screen());
}

#[test]
fn what_comes_back_does_not_take_the_place_of_what_was_begun_since() {
    let mut app = shop();
    app.press("rfirst<C-s>rsecond<Esc>z");
    assert!(app.shows("Reply to Don Jorge"), "{}", app.screen());
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "first\n\nsecond");
    app.press("<C-x>rthird<Esc>z");
    assert!(app.shows("third"), "{}", app.screen());
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "first\n\nsecond\n\nthird");
    app.press("<Esc>cAna, <Tab>to her<C-x>");
    let key = DraftKey::New(noon());
    let other = Draft { recipients: "Luis".into(), text: "to him,".into(), ..Draft::new(key) };
    app.store.save_draft(&other, noon()).unwrap();
    app.press("z");
    let both = app.store.find_draft(key).unwrap().unwrap();
    assert!(both.recipients.starts_with("Ana") && both.recipients.ends_with(", Luis"), "{both:?}");
    assert_eq!(both.text, "to her\n\nto him,");
}

#[test]
fn what_another_recado_made_of_a_draft_is_what_is_gone_on_with() {
    let mut app = shop();
    let contact = app.model.row().unwrap().message().unwrap().contact.id;
    app.press("rhere<Esc>");
    let there = Draft { text: "here and there".into(), ..Draft::new(DraftKey::Reply(contact)) };
    app.store.save_draft(&there, noon()).unwrap();
    app.press("D");
    assert!(app.shows("here and there"), "{}", app.screen());
    app.press("<Esc>r.");
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "here and there.");
    // Also after it was sent from here.
    app.press("<C-s>");
    assert!(app.store.drafts().unwrap().is_empty());
    app.store.save_draft(&there, noon()).unwrap();
    app.press("r!");
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "here and there!");
}

#[test]
fn a_draft_that_could_not_be_saved_is_not_called_kept_and_is_saved_later() {
    let mut app = shop();
    let fail = |app: &mut App| {
        for (task, _) in std::mem::take(&mut app.held) {
            app.send(Event::WriteFailed { task, sentence: "the disk is full".into() });
        }
    };
    app.hold = true;
    app.press("rab");
    fail(&mut app);
    app.press("<Esc>");
    assert!(!app.shows("draft kept") && app.held.len() == 1, "{}", app.screen());
    fail(&mut app);
    assert!(app.shows("the disk is full"), "{}", app.screen());
    app.press("r");
    assert!(app.shows("ab"), "it is here all the same: {}", app.screen());
    app.press("<Esc>");
    fail(&mut app);
    // Once there is room.
    app.hold = false;
    app.model.now += Duration::seconds(10);
    app.send(Event::Tick(app.model.now));
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "ab");
    // What is in the file is not written again.
    app.hold = true;
    app.send(Event::Tick(app.model.now));
    app.press("q");
    assert!(app.held.is_empty());
}

#[test]
fn what_was_written_for_something_that_is_gone_goes_on_as_a_new_message() {
    let mut app = shop();
    app.press("7ge, changed");
    let Some(Row::Schedule(row)) = app.model.row() else { panic!("a schedule") };
    let id = row.schedule.id;
    let written = app.store.drafts().unwrap()[0].draft.clone();
    app.store.write(|tx| tx.delete_schedule(id)).unwrap();
    app.press("<C-s>");
    assert!(app.shows("there is no schedule"), "{}", app.screen());
    app.press("<Esc>D<Enter>");
    assert!(app.shows("New message") && app.shows(", changed"), "{}", app.screen());
    assert!(app.shows("this is a new message"), "{}", app.screen());
    let drafts = app.store.drafts().unwrap();
    assert_eq!(drafts.len(), 1, "it has moved");
    assert_eq!(drafts[0].draft, Draft { key: drafts[0].draft.key, ..written });
    app.press("<C-x>");

    // A message that left while it was edited.
    app.press("4ge too late<Esc>");
    let Some(Row::Message(row)) = app.model.row().cloned() else { panic!("a message") };
    app.store.write(|tx| tx.record_attempt(row.message.id, Outcome::Wired, None, noon(), "")).unwrap();
    app.press("D<Enter>");
    assert!(app.shows("New message") && app.shows("too late"), "{}", app.screen());
    let draft = app.store.drafts().unwrap().remove(0).draft;
    assert!(draft.recipients.ends_with(&format!("<{}>", row.message.urn.unwrap().path())), "{draft:?}");
}

#[test]
fn letters_that_come_before_the_draft_follow_it() {
    let mut app = shop();
    app.press("rhalf<Esc>");
    app.model.drafts.clear();
    app.slow = true;
    app.press("r a sentence");
    assert!(app.shows("opening…"), "{}", app.screen());
    app.answer();
    assert!(app.shows("half a sentence"), "{}", app.screen());
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "half a sentence");
}

#[test]
fn what_this_screen_wrote_last_counts_even_when_the_reader_is_behind() {
    let mut app = shop();
    app.press("rab<Esc>");
    // The last letter is still on its way to the file.
    app.hold = true;
    app.press("rc<Esc>r");
    assert!(app.shows("abc"), "{}", app.screen());
    app.go_on();
    assert_eq!(app.store.drafts().unwrap()[0].draft.text, "abc");
}

#[test]
fn a_failed_message_is_edited_and_sent_again_as_the_same_message() {
    let mut app = shop();
    app.press("8g");
    let failed = app.model.row().unwrap().message().unwrap().clone();
    app.press("e");
    assert!(app.shows("Edit and send again"), "{}", app.screen());
    assert_eq!(app.store.drafts().unwrap().len(), 0, "nothing was changed yet");
    app.press(" PS: sorry<C-s>");
    let text = format!("{} PS: sorry", failed.text);
    let again = written(&app, &text);
    assert_eq!((again.len(), again[0].id, again[0].error_count), (1, failed.id, 0));
    assert_eq!(app.store.load_history(failed.id).unwrap().last().unwrap().cause, Cause::Edit);
    assert_eq!(again[0].next_attempt, Some(noon() + Duration::seconds(5)));
    assert!(app.store.examine().unwrap().findings.is_empty(), "the text index knows the new text");
    // Taken back, it is where it was edited, with what was written.
    app.press("z");
    assert!(app.shows("Edit and send again") && app.shows("PS: sorry"), "{}", app.screen());
    let back = app.store.load_message(failed.id).unwrap().message;
    assert_eq!((back.folder(), back.failed_reason), (Some(Folder::Failed), Some(FailedReason::Cancelled)));
    app.press("<C-s>");
    assert_eq!(written(&app, &text).len(), 1);
}

#[test]
fn what_has_gone_meanwhile_is_not_edited_any_more() {
    let mut app = shop();
    app.press("rhello<C-s>4g");
    let waiting = app.model.row().unwrap().message().unwrap().clone();
    assert_eq!(waiting.text, "hello");
    app.press("e there");
    let channel = waiting.channel.unwrap().id;
    let leaves = noon() + Duration::seconds(5);
    app.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, leaves)).unwrap();
    app.press("<C-s>");
    assert!(app.shows("hello there") && app.shows("Edit and send again"), "{}", app.screen());
    assert_eq!(app.store.load_message(waiting.id).unwrap().message.text, "hello");
    app.press("<Esc>1e");
    assert!(app.shows("only schedules and waiting or failed messages"), "{}", app.screen());
}

#[test]
fn a_report_about_the_old_text_does_not_find_the_new_one() {
    let mut app = shop();
    let contact = contact(&mut app, "tel:+573009990001", "Ana");
    let id = queue(&mut app, contact, "old");
    let channel = app.store.load_message(id).unwrap().message.channel.unwrap().id;
    let refused = Outcome::Refused(FailedReason::Refused);
    app.store
        .write(|tx| {
            tx.part_taken(id, channel, "old-id", 1)?;
            assert_eq!(tx.find_by_external_id(channel, "old-id")?, Some(id));
            tx.record_attempt(id, refused, None, noon(), "no")
        })
        .unwrap();
    app.press("8g");
    while app.model.row().unwrap().message().unwrap().id != id {
        app.press("j");
    }
    app.press("e and new<C-s>");
    assert_eq!(app.store.load_message(id).unwrap().message.text, "old and new");
    assert_eq!(app.store.write(|tx| tx.find_by_external_id(channel, "old-id")).unwrap(), None);
}

fn queue(app: &mut App, contact: ContactId, text: &str) -> MessageId {
    app.store
        .write(|tx| tx.queue_message(&outgoing(Uuid::from_u128(77), contact, text, true, noon())))
        .unwrap()
}

#[test]
fn a_schedule_is_edited_and_what_was_not_touched_stays() {
    let mut app = shop();
    app.press("c+573001112233<Tab>Rent<C-t>2026-03-31 10:00, monthly<C-s>7g");
    let old = schedules(&app).into_iter().find(|one| one.text == "Rent").unwrap();
    // It fires on the last day of April, and still on the 31st of May.
    let april = old.next_fire.unwrap() + Duration::days(30);
    app.store.write(|tx| tx.set_fires(old.id, Some(noon()), Some(april))).unwrap();
    app.press("1");
    app.press("7g");
    while !matches!(app.model.row(), Some(Row::Schedule(row)) if row.schedule.id == old.id) {
        app.press("j");
    }
    app.press("e, please<C-s>");
    assert!(app.shows("schedule saved"), "{}", app.screen());
    let new = app.store.find_schedule(old.id).unwrap().unwrap();
    assert_eq!((new.text.as_str(), new.timing, new.next_fire), ("Rent, please", old.timing, Some(april)));
    assert_eq!((new.uuid, new.last_fire, new.created_on), (old.uuid, Some(noon()), old.created_on));
    // Another hour is another hour, on the same days.
    app.press("e<C-t><Down><Tab><Up><C-s>");
    let later = app.store.find_schedule(old.id).unwrap().unwrap();
    assert_eq!((later.timing.repeat, later.timing.hour), (Repeat::Monthly { day: 31 }, 11));
    assert_eq!(later.next_fire, Some(april + Duration::hours(1)));
    // And other people.
    app.press("e<BackTab><C-u>lucia<Tab><C-s>");
    let other = app.store.find_schedule(old.id).unwrap().unwrap();
    assert_eq!(other.recipients.len(), 1, "{}", app.screen());
    assert_eq!(other.recipients[0].name, "Lucía Fernández");
}

#[test]
fn a_schedule_is_paused_sent_now_and_cancelled() {
    let mut app = shop();
    app.press("7g");
    let Some(Row::Schedule(row)) = app.model.row() else { panic!("{}", app.screen()) };
    let id = row.schedule.id;
    assert!(row.schedule.paused);
    app.press("p");
    assert!(app.shows("1 schedule resumed"), "{}", app.screen());
    assert!(!app.store.find_schedule(id).unwrap().unwrap().paused);
    while !matches!(app.model.row(), Some(Row::Schedule(row)) if row.schedule.id == id) {
        app.press("j");
    }
    app.press("p");
    assert!(app.store.find_schedule(id).unwrap().unwrap().paused);
    let before = messages(&app, Folder::Outbox).len();
    let schedule = app.store.find_schedule(id).unwrap().unwrap();
    app.press("s");
    assert!(app.shows("Send this now to") && app.shows("y yes"), "{}", app.screen());
    app.press("n");
    assert_eq!(messages(&app, Folder::Outbox).len(), before);
    app.press("sy");
    assert_eq!(messages(&app, Folder::Outbox).len(), before + schedule.recipients.len());
    assert_eq!(app.store.find_schedule(id).unwrap().unwrap().next_fire, schedule.next_fire);
    let count = schedules(&app).len();
    app.press("x");
    assert!(app.shows("Cancel this schedule?"), "{}", app.screen());
    app.press("y");
    assert_eq!(schedules(&app).len(), count - 1);
    assert_eq!(app.store.find_schedule(id).unwrap(), None);
    app.press("1p");
    assert!(app.shows("only a schedule can be paused"), "{}", app.screen());
}

#[test]
fn another_program_may_write_the_text() {
    let mut app = shop();
    app.editor = Some(|text| Ok(format!("{text}\nfrom outside\u{1b}[31m\r\nlast\n")));
    app.press("rhere<C-o>");
    assert!(app.shows("from outside[31m"), "{}", app.screen());
    let draft = app.store.drafts().unwrap().remove(0).draft;
    assert_eq!(draft.text, "here\nfrom outside[31m\nlast");
    app.editor = Some(|_| Err("the editor could not be run".to_owned()));
    app.press("<C-o>");
    assert!(app.shows("the editor could not be run") && app.shows("here"), "{}", app.screen());
}

#[test]
fn the_mouse_works_where_one_writes() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("c");
    let at = |app: &App, text: &str| {
        let screen = app.screen();
        let (y, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
        let x = line[..line.find(text).unwrap()].chars().count();
        (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
    };
    let (x, y) = at(&app, "Hotel Mirador  ");
    app.click(x, y);
    assert!(app.shows("Hotel Mirador <whatsapp:57314"), "{}", app.screen());
    app.press("<Tab>hello world<C-t>");
    let (x, y) = at(&app, " 17  18  19");
    app.click(x + 5, y);
    assert!(app.shows("Wed Mar 18 09:00"), "{}", app.screen());
    app.mouse(MouseEventKind::ScrollDown, x, y);
    assert!(app.shows("April 2026"), "{}", app.screen());
    app.press("<Esc>");
    let (x, y) = at(&app, "hello world");
    app.click(x + 5, y);
    app.send(Event::Key(KeyEvent::new(KeyCode::Char(','), KeyModifiers::NONE)));
    assert!(app.shows("hello, world"), "{}", app.screen());
}

#[test]
fn an_edited_message_that_nobody_took_is_counted_and_found() {
    let mut app = shop();
    app.press("8ge");
    app.press("<C-u>pineapple<C-s>");
    let failed = app.store.counts().unwrap().of(Folder::Failed).total;
    assert_eq!(messages(&app, Folder::Failed).len() as u64, failed);
    let query = recado::domain::query::Query::parse("pineapple", noon().date_naive()).unwrap();
    let view = View { query, ..View::of(Place::Everywhere) };
    let found = app.store.page(&view, At::First, 10, Text::Whole).unwrap().rows;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message().unwrap().standing.status, Status::Queued);
}

#[test]
fn what_one_writes_in_fits_every_terminal() {
    let mut app = shop();
    app.press("cluc<Enter>jor<Enter>");
    let mut seen = 0;
    for keys in [
        "",
        "<Tab>a text of a few words that is wrapped",
        "<Tab>",
        "<C-t>",
        "<Down>",
        "<Tab>",
        "<Tab>",
        "<C-s>",
    ] {
        app.press(keys);
        for width in (20..=130).step_by(10) {
            for height in (5..=40).step_by(5) {
                app.send(Event::Resize(width, height));
                let screen = app.screen();
                seen += usize::from(screen.contains('╭'));
                // A click anywhere does no harm, and lands in a field that there is.
                app.click(width / 2, height / 2);
                app.mouse(MouseEventKind::ScrollDown, width / 2, height / 2);
            }
        }
        app.send(Event::Resize(120, 30));
    }
    assert!(seen > 400, "{seen}");
}

#[test]
fn an_answer_is_written_below_its_conversation_where_there_is_room() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("jrOn my way");
    assert_snapshot!(app.screen());
    // The conversation has its room back afterwards; what goes to somebody else stands in the middle.
    app.press("<Esc>");
    let rows = app.screen();
    app.press("c<Esc>");
    assert_eq!(app.screen().lines().take(38).collect::<Vec<_>>(), rows.lines().take(38).collect::<Vec<_>>());
}

#[test]
fn on_the_smallest_terminal_one_sees_what_one_writes() {
    let mut app = App::shop(Lang::En, 20, 5);
    app.press("rHola");
    assert!(app.shows("Hola"), "{}", app.screen());
    app.press("<Esc>cAn");
    assert!(app.shows("To    An"), "{}", app.screen());
    app.press("a<Tab>Text<C-t>tomorrow 9:30");
    assert!(app.shows("9:30"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.shows("Text"), "{}", app.screen());
    // With more rows, first of all to whom it goes.
    app.send(Event::Resize(20, 6));
    assert!(app.shows("Text") && app.shows("To") && !app.shows("When"), "{}", app.screen());
}

#[test]
fn a_letter_that_nobody_sees_does_not_leave_what_is_being_written() {
    let mut app = App::shop(Lang::En, 100, 30);
    app.press("rHola");
    app.send(Event::Resize(10, 3));
    app.press("que");
    assert!(!app.model.quit);
    app.send(Event::Resize(100, 30));
    assert!(app.shows("Hola"), "{}", app.screen());
    // Where no letters are typed, one can leave all the same.
    app.press("<Esc>");
    app.send(Event::Resize(10, 3));
    app.press("q");
    assert!(app.model.quit);
}

/// What stands in the box.
fn text_of(app: &App) -> &str {
    let Some(Dialog::Compose(compose)) = &app.model.dialog else { panic!("{}", app.screen()) };
    compose.editor.text()
}

/// The selected schedule: its id, and whether it is paused.
fn schedule(app: &App) -> (i64, bool) {
    let Some(Row::Schedule(row)) = app.model.row() else { panic!("{}", app.screen()) };
    (row.schedule.id.0, row.schedule.paused)
}

#[test]
fn keys_behind_a_deed_on_a_schedule_wait_for_what_became_of_it() {
    let mut app = shop();
    app.press("7g");
    let (id, was_paused) = schedule(&app);
    app.hold = true;
    app.press("pp");
    assert_eq!(app.held.len(), 1, "the second one waits for what it is about");
    app.go_on();
    assert_eq!(schedule(&app), (id, was_paused), "{}", app.screen());
    assert!(
        app.shows(if was_paused { "1 schedule paused" } else { "1 schedule resumed" }),
        "{}",
        app.screen()
    );
    // A schedule that is cancelled leaves its place to the next one, and that is meant by the next key.
    app.hold = true;
    app.press("xyx");
    assert!(app.model.dialog.is_none(), "it is not asked about what is going away");
    app.go_on();
    assert_ne!(schedule(&app).0, id);
    assert!(matches!(app.model.dialog, Some(Dialog::Confirm(_))), "{}", app.screen());
    // One that failed lets go of them too.
    app.press("<Esc>");
    app.hold = true;
    app.press("pj");
    let [(task, _)] = app.held[..] else { panic!("{:?}", app.held) };
    let before = schedule(&app).0;
    app.hold = false;
    app.held.clear();
    app.send(Event::WriteFailed { task, sentence: "the disk is full".to_owned() });
    assert_ne!(schedule(&app).0, before, "{}", app.screen());
}

#[test]
fn what_is_typed_behind_a_way_back_into_the_box_is_typed_there() {
    let mut app = shop();
    app.press("rhello<C-s>");
    assert!(app.model.dialog.is_none(), "{}", app.screen());
    let selected = app.selected();
    app.hold = true;
    // Letters that quit, archive and go to folders, and one that is on no key.
    app.press("z, qa1w");
    assert!(!app.model.quit && app.model.dialog.is_none());
    app.go_on();
    assert_eq!(text_of(&app), "hello, qa1w", "{}", app.screen());
    app.press("<Esc>");
    assert_eq!(app.selected(), selected);
    // The same for a draft that was thrown away, from the list of drafts too.
    for keys in ["", "D"] {
        app.press("r<C-x>");
        app.press(keys);
        app.hold = true;
        app.press("z!");
        app.go_on();
        assert!(text_of(&app).starts_with("hello, qa1w!"), "{}", app.screen());
        app.press("<Esc><Esc>");
    }
}

#[test]
fn what_was_typed_for_a_box_that_does_not_open_is_done_to_nothing() {
    let mut app = shop();
    app.press("rhello<C-s>");
    let archived = app.store.counts().unwrap().of(Folder::Archived).total;
    app.hold = true;
    app.press("zaq");
    let [(task, _)] = app.held[..] else { panic!("{:?}", app.held) };
    app.held.clear();
    app.hold = false;
    app.send(Event::WriteFailed { task, sentence: "the disk is full".to_owned() });
    assert!(app.shows("the disk is full") && !app.model.quit);
    assert_eq!(app.store.counts().unwrap().of(Folder::Archived).total, archived);
    app.press("j");
    assert!(app.model.held.is_empty(), "and nobody waits any longer");
}

#[test]
fn ctrl_c_goes_back_from_what_is_written_and_loses_nothing() {
    let mut app = shop();
    app.press("rhello");
    app.key('c', KeyModifiers::CONTROL);
    assert!(app.model.dialog.is_none() && !app.model.quit, "{}", app.screen());
    assert!(app.shows("kept as a draft") || app.shows("draft"), "{}", app.screen());
    app.press("r");
    assert_eq!(text_of(&app), "hello");
    // From every other box as well; where none is open it quits.
    app.press("<Esc>");
    for keys in ["/x", ":", "f", "?", "o", "L", "t", "t/", "i", "J", "I", "H", "D", "3d"] {
        app.press(keys);
        app.key('c', KeyModifiers::CONTROL);
        app.press("<Esc>");
        assert!(app.model.dialog.is_none() && app.model.search.is_none(), "{keys}: {}", app.screen());
        assert!(!app.model.quit, "{keys}");
        app.press("<Esc>1");
    }
    app.key('c', KeyModifiers::CONTROL);
    assert!(app.model.quit);
}
