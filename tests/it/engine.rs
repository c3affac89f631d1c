//! The engine over a real file, with a channel that does what a test tells it to.

use std::time::Duration as Patience;

use chrono::{Duration, TimeZone, Utc};
use recado::channels::Tried;
use recado::domain::MessageId;
use recado::domain::channel::Gateway;
use recado::domain::contact::{ContactStatus, Urn};
use recado::domain::delivery::Report;
use recado::domain::folder::Folder;
use recado::domain::message::{Cause, FailedReason, Status};
use recado::domain::schedule::{RecipientId, Repeat, Timing};
use recado::store::{NewOutgoing, ReportEffect};
use uuid::Uuid;

use crate::scripted::{Bench, Scripted, again, engine, outgoing, schedule};
use crate::support::{Workspace, fresh, minutes, noon};

#[test]
fn what_is_queued_leaves_and_its_history_says_so() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    assert_eq!(bench.folder(Folder::Outbox), 1);
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Wired);
    assert_eq!(bench.causes(id), [(Status::Queued, Cause::Written), (Status::Wired, Cause::Attempt)]);
    assert_eq!((bench.folder(Folder::Outbox), bench.folder(Folder::Sent)), (0, 1));
    assert_eq!(bench.gateway.heard(), ["hola"]);
    bench.workspace.is_sound();
}

#[test]
fn the_third_error_fails_after_five_and_ten_minutes() {
    let errors = vec![again("no answer"), again("no answer"), again("no answer")];
    let mut bench = Bench::new(Scripted::default().answers("hola", errors));
    let id = bench.queue(1, "hola");
    let pass = bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    assert!(pass.wake.is_some_and(|wake| wake <= minutes(5)), "the engine knows when it is due");
    bench.run(minutes(5) - Duration::seconds(1));
    assert_eq!(bench.gateway.heard().len(), 1, "not before its moment");
    bench.run(minutes(5));
    bench.run(minutes(14));
    assert_eq!(bench.gateway.heard().len(), 2);
    bench.run(minutes(15));
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::RetryLimit)));
    let history = bench.workspace.store.load_history(id).unwrap();
    assert!(history.iter().skip(1).all(|step| step.detail == "no answer"));
    bench.workspace.is_sound();
}

#[test]
fn what_a_gateway_refuses_fails_at_once_and_may_stop_the_contact() {
    let refused = Tried::Refused { reason: "blocked by the user".to_owned(), stops_contact: true };
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![refused]));
    let contact = bench.contact(1);
    let id = bench.queue_to(contact, "hola", false, noon());
    bench.run(noon());
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::Refused)));
    let next = bench.queue_to(contact, "otra", false, noon());
    assert_eq!(
        (bench.status(next), bench.reason(next)),
        (Status::Failed, Some(FailedReason::ContactInactive))
    );
    bench.workspace.is_sound();
}

#[test]
fn replies_go_before_bulk_and_each_kind_in_its_order() {
    let mut bench = Bench::new(Scripted { connections: Some(1), ..Scripted::default() });
    for n in 0..5 {
        bench.queue(n, &format!("bulk {n}"));
    }
    for n in 5..8 {
        let contact = bench.contact(n);
        bench.queue_to(contact, &format!("reply {n}"), true, noon());
    }
    bench.run(noon());
    let expected = ["reply 5", "reply 6", "reply 7", "bulk 0", "bulk 1", "bulk 2", "bulk 3", "bulk 4"]
        .map(str::to_owned);
    assert_eq!(bench.gateway.heard(), expected);
}

#[test]
fn messages_to_one_contact_keep_their_order_and_go_one_at_a_time() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let texts: Vec<String> = (0..30).map(|n| format!("number {n}")).collect();
    for text in &texts {
        bench.queue_to(contact, text, false, noon());
    }
    bench.run(noon());
    assert_eq!(bench.gateway.heard(), texts);
    assert_eq!(bench.gateway.at_once.lock().unwrap().1, 1);
}

#[test]
fn parts_that_were_taken_are_not_sent_again() {
    let gateway = Scripted { cut: Some(3), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("def", vec![again("busy")]));
    let id = bench.queue(1, "abcdefghi");
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    bench.run(minutes(5));
    assert_eq!(bench.gateway.heard(), ["abc", "def", "def", "ghi"]);
    assert_eq!(bench.status(id), Status::Wired);
    // Each part's name at the gateway finds the message.
    let uuid = bench.workspace.store.load_message(id).unwrap().message.uuid;
    let channel = bench.channel;
    for part in 0..3 {
        let found = bench
            .workspace
            .store
            .write(|tx| tx.find_by_external_id(channel, &format!("x-{uuid}-{part}")))
            .unwrap();
        assert_eq!(found, Some(id));
    }
}

#[test]
fn one_engine_at_a_time_and_another_takes_over() {
    let mut bench = Bench::new(Scripted::default());
    bench.run(noon());
    let mut second = engine(&bench.workspace, &bench.gateway);
    let id = bench.queue(1, "hola");
    let mut signals = Vec::new();
    assert!(!second.pass(noon(), &mut signals).unwrap().at_work);
    assert_eq!(bench.status(id), Status::Queued, "the second one leaves it alone");
    let idle = engine(&bench.workspace, &bench.gateway);
    drop(std::mem::replace(&mut bench.engine, idle));
    assert!(second.pass(noon() + Duration::seconds(2), &mut signals).unwrap().at_work);
    second.wait_for_signals(Patience::from_secs(20), &mut signals);
    assert_eq!(signals.len(), 1);
    second.pass(noon() + Duration::seconds(2), &mut signals).unwrap();
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn an_attempt_without_an_outcome_is_named_and_made_again_but_not_for_ever() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    let channel = bench.channel;
    for round in 1..=3 {
        // An engine claims the message and is no more.
        let claims =
            bench.workspace.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, noon())).unwrap();
        assert_eq!(claims.messages.len(), 1, "round {round}");
        let mut recover = || bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
        assert_eq!((recover(), recover()), (1, 0), "round {round}");
    }
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::RetryLimit)));
    let doubts = bench.causes(id).into_iter().filter(|(_, cause)| *cause == Cause::Doubt).count();
    assert_eq!((doubts, bench.workspace.store.doubtful().unwrap()), (3, 1));
    bench.workspace.is_sound();

    let id = bench.queue(2, "otra");
    bench.workspace.store.write(|tx| tx.claim(channel, &mut Vec::new(), 10, noon())).unwrap();
    let pass = bench.run(noon());
    assert_eq!(bench.status(id), Status::Wired, "the next engine sends it at once");
    assert_eq!(pass.in_flight, 0);
}

#[test]
fn a_lost_answer_is_said_in_the_history() {
    let lost = Tried::TryAgain { reason: "half an answer".to_owned(), wait: None, in_doubt: true };
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![lost]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    assert_eq!(
        bench.causes(id),
        [(Status::Queued, Cause::Written), (Status::Queued, Cause::Doubt), (Status::Errored, Cause::Attempt)]
    );
}

#[test]
fn the_rate_of_a_channel_is_kept_second_by_second() {
    let mut bench = Bench::with_rate(Scripted { cut: Some(4), ..Scripted::default() }, Some(3));
    for n in 0..7 {
        bench.queue(n, &format!("n{n}"));
    }
    let pass = bench.run(noon());
    assert_eq!(bench.gateway.heard().len(), 3);
    assert_eq!(pass.wake, Some(noon() + Duration::seconds(1)));
    bench.run(noon() + Duration::milliseconds(900));
    assert_eq!(bench.gateway.heard().len(), 3);
    bench.run(noon() + Duration::seconds(1));
    assert_eq!(bench.gateway.heard().len(), 6);
    // Parts count, each in its second: what does not fit waits in the queue, and nobody is in doubt about it.
    let long = bench.queue(20, "abcdefghijkl");
    bench.run(noon() + Duration::seconds(2));
    let mut heard = bench.gateway.heard().split_off(6);
    heard.sort();
    assert_eq!(heard, ["abcd", "efgh", "n6"]);
    assert_eq!((bench.status(long), bench.causes(long).len()), (Status::Queued, 1));
    let mut recover = || bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
    assert_eq!(recover(), 0);
    bench.run(noon() + Duration::seconds(3));
    assert_eq!(bench.gateway.heard()[9..], ["ijkl"]);
    assert_eq!(bench.status(long), Status::Wired);
}

#[test]
fn a_gateway_that_asks_to_be_left_alone_is() {
    let busy = Tried::TryAgain {
        reason: "too many requests".to_owned(),
        wait: Some(Patience::from_secs(30)),
        in_doubt: false,
    };
    let gateway = Scripted { connections: Some(1), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("one", vec![busy]));
    bench.queue(1, "one");
    let other = bench.queue(2, "two");
    bench.run(noon());
    bench.run(noon() + Duration::seconds(10));
    assert_eq!(bench.gateway.heard(), ["one"], "nothing leaves meanwhile");
    bench.run(noon() + Duration::seconds(31));
    assert_eq!(bench.status(other), Status::Wired);
}

#[test]
fn what_waits_for_a_week_is_given_up_but_what_was_sent_again_is_young() {
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![again("no")]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    // The clock jumps a week and an hour.
    let later = noon() + Duration::days(7) + Duration::hours(1);
    let expired = bench.workspace.store.write(|tx| tx.expire(later)).unwrap();
    assert_eq!((expired, bench.reason(id)), (1, Some(FailedReason::TooOld)));
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    assert_eq!(bench.workspace.store.write(|tx| tx.expire(minutes(90))).unwrap(), 0);
    bench.run(later);
    assert!(matches!(bench.status(id), Status::Wired | Status::Failed));
    bench.workspace.is_sound();
}

#[test]
fn the_twentieth_equal_message_within_five_minutes_is_a_loop() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let queued: Vec<MessageId> =
        (0..20).map(|n| bench.queue_to(contact, "same", false, noon() + Duration::milliseconds(n))).collect();
    assert_eq!(bench.reason(queued[18]), None);
    assert_eq!(bench.reason(queued[19]), Some(FailedReason::Looping));
    let later = bench.queue_to(contact, "same", false, minutes(5));
    assert_eq!(bench.reason(later), None, "the next span counts from nothing");
}

#[test]
fn what_no_channel_reaches_fails_and_what_was_resent_finds_one() {
    let mut bench = Bench::new(Scripted::default());
    let mut alone = Workspace::new();
    let urn = Urn::parse("tel:+573000000001", None).unwrap();
    let id = alone
        .store
        .write(|tx| {
            let (contact, _) = tx.contact_with_urn(&urn, "", noon(), || fresh("c"))?;
            tx.queue_message(&outgoing(fresh("m"), contact, "hola", true, noon()))
        })
        .unwrap();
    let message = alone.store.load_message(id).unwrap().message;
    assert_eq!(message.failed_reason, Some(FailedReason::NoChannel));

    // What came from a file knows only that file's channel.
    let put = crate::support::Put {
        channel: Some("SMS of old".to_owned()),
        ..crate::support::Put::outgoing("vieja", Status::Failed, 0)
    };
    let id = bench.workspace.put(put);
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    assert_eq!(bench.status(id), Status::Queued);
    bench.run(minutes(61));
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn cancelling_takes_a_message_out_of_the_queue_unless_it_is_under_way() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    let under_way = bench.queue(2, "ya sale");
    let channel = bench.channel;
    let contact = bench.contact(1);
    bench.workspace.store.write(|tx| tx.claim(channel, &mut vec![contact], 10, noon())).unwrap();
    let done = bench.workspace.act(recado::domain::deed::Deed::Cancel, &[id, under_way]);
    assert_eq!(done.changed, 1);
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::Cancelled)));
    assert_eq!(bench.status(under_way), Status::Queued);
    bench.workspace.is_sound();
}

#[test]
fn a_message_can_be_taken_back_until_it_leaves() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let hold = |text, uuid| NewOutgoing {
        leaves_on: Some(noon() + Duration::seconds(5)),
        ..outgoing(uuid, contact, text, true, noon())
    };
    let (first, second) = bench
        .workspace
        .store
        .write(|tx| {
            Ok((tx.queue_message(&hold("uno", fresh("1")))?, tx.queue_message(&hold("dos", fresh("2")))?))
        })
        .unwrap();
    bench.run(noon() + Duration::seconds(4));
    assert_eq!(bench.gateway.heard().len(), 0);
    let back = bench.workspace.store.write(|tx| tx.take_back(first, noon() + Duration::seconds(4))).unwrap();
    assert_eq!(back, Some((contact, "uno".to_owned())));
    assert_eq!(bench.folder(Folder::Outbox), 1);
    bench.run(noon() + Duration::seconds(5));
    assert_eq!(bench.gateway.heard(), ["dos"]);
    let late = bench.workspace.store.write(|tx| tx.take_back(second, noon() + Duration::seconds(6))).unwrap();
    assert_eq!(late, None);
    bench.workspace.is_sound();
}

#[test]
fn reports_only_lead_on_and_late_ones_stay_in_the_history() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    bench.run(noon());
    let mut report =
        |report| bench.workspace.store.write(|tx| tx.record_report(id, report, minutes(1), "")).unwrap();
    assert_eq!(report(Report::Delivered), ReportEffect::Applied(id));
    assert_eq!(report(Report::Sent), ReportEffect::Late(id));
    assert_eq!(report(Report::Failed), ReportEffect::Late(id));
    assert_eq!(report(Report::Read), ReportEffect::Applied(id));
    assert_eq!(bench.status(id), Status::Read);
    assert_eq!(bench.causes(id).len(), 6);
    bench.workspace.is_sound();
}

#[test]
fn a_schedule_that_was_missed_fires_once_late_and_says_so() {
    let mut bench = Bench::new(Scripted::default());
    let urn = Urn::parse("tel:+573000000009", None).unwrap();
    let contact = bench
        .workspace
        .store
        .write(|tx| Ok(tx.contact_with_urn(&urn, "Ana Ruiz", noon(), || fresh("a"))?.0))
        .unwrap();
    // 9:00 in Bogota, every day.
    let timing = Timing { repeat: Repeat::Daily, hour: 9, minute: 0 };
    let due = Utc.with_ymd_and_hms(2026, 3, 3, 14, 0, 0).unwrap();
    let id = schedule(&mut bench, timing, due, vec![RecipientId::Contact(contact)]);
    // Three days later.
    let now = due + Duration::days(3) + Duration::hours(2);
    let pass = bench.run(now);
    assert_eq!(bench.gateway.heard(), ["Hola Ana"]);
    let kept = bench.workspace.store.find_schedule(id).unwrap().unwrap();
    assert_eq!((kept.last_fire, kept.next_fire), (Some(now), Some(due + Duration::days(4))));
    assert!(pass.wake.is_some());
    let sent = bench
        .workspace
        .ids(&recado::domain::listing::View::of(recado::domain::listing::Place::Folder(Folder::Sent)));
    let history = bench.workspace.store.load_history(MessageId(sent[0])).unwrap();
    assert_eq!((history[0].cause, history[0].detail.as_str()), (Cause::Schedule, "2026-03-03T14:00:00Z"));
    bench.workspace.is_sound();
}

#[test]
fn a_schedule_that_fires_once_leaves_and_paused_ones_wait() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let timing = Timing { repeat: Repeat::Never, hour: 12, minute: 0 };
    let once = schedule(&mut bench, timing, minutes(1), vec![RecipientId::Contact(contact)]);
    let paused = schedule(&mut bench, timing, minutes(1), vec![RecipientId::Contact(contact)]);
    bench.workspace.store.write(|tx| tx.set_paused(paused, true)).unwrap();
    bench.run(minutes(0));
    assert_eq!(bench.folder(Folder::Schedules), 2);
    bench.run(minutes(1));
    assert_eq!(bench.folder(Folder::Schedules), 1);
    assert!(bench.workspace.store.find_schedule(once).unwrap().is_none());
    assert_eq!(bench.gateway.heard().len(), 1);
}

#[test]
fn groups_and_labels_stand_for_their_active_contacts_each_once() {
    let mut bench = Bench::new(Scripted::default());
    let (ana, leo, eva) = (bench.contact(1), bench.contact(2), bench.contact(3));
    let to = bench
        .workspace
        .store
        .write(|tx| {
            let group = tx.group("Clientes", || fresh("g"))?;
            for contact in [ana, leo, eva] {
                tx.join_group(group, contact)?;
            }
            tx.set_contact_status(eva, ContactStatus::Blocked)?;
            Ok(vec![RecipientId::Contact(leo), RecipientId::Group(group)])
        })
        .unwrap();
    let contacts = bench.workspace.store.write(|tx| tx.contacts_of(to.clone())).unwrap();
    assert_eq!(contacts, [leo, ana]);
}

#[test]
fn an_outbox_that_is_not_due_is_left_alone() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    bench
        .workspace
        .store
        .write(|tx| {
            for n in 0..3_000_u128 {
                tx.queue_message(&NewOutgoing {
                    leaves_on: Some(minutes(50)),
                    ..outgoing(Uuid::from_u128(n), contact, &format!("text {n}"), false, noon())
                })?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(bench.run(noon()).begun, 0);
}

/// Takes a channel away as the command does: what waits for it fails, then it is gone.
fn remove_channel(bench: &mut Bench, now: recado::domain::Time) {
    let channel = bench.channel;
    bench
        .workspace
        .store
        .write(|tx| {
            tx.give_up_channel(channel, now)?;
            tx.retire_channel(channel)
        })
        .unwrap();
}

#[test]
fn a_channel_that_is_removed_while_it_sends_leaves_nothing_behind() {
    let gateway = Scripted { cut: Some(3), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("una", vec![again("busy")]));
    let (long, tried, short) = (bench.queue(1, "abcdef"), bench.queue(2, "una"), bench.queue(3, "dos"));
    let mut signals = Vec::new();
    assert_eq!(bench.engine.pass(noon(), &mut signals).unwrap().in_flight, 3);
    bench.wait_for_signals(3, &mut signals);
    remove_channel(&mut bench, noon());
    let pass = bench.engine.pass(noon(), &mut signals).unwrap();
    assert_eq!(pass.in_flight, 0);
    let gone = (Status::Failed, Some(FailedReason::ChannelRemoved));
    assert_eq!((bench.status(long), bench.reason(long)), gone, "its first part left, its second one cannot");
    assert_eq!((bench.status(tried), bench.reason(tried)), gone);
    assert_eq!(bench.status(short), Status::Wired, "it was taken");
    assert_eq!(bench.folder(Folder::Outbox), 0);
    bench.workspace.is_sound();
}

#[test]
fn a_channel_that_is_changed_while_it_sends_goes_on_with_its_rate() {
    let mut bench = Bench::with_rate(Scripted { cut: Some(3), ..Scripted::default() }, Some(2));
    let long = bench.queue(1, "abcdef");
    let next = bench.queue(2, "dos");
    let mut signals = Vec::new();
    bench.engine.pass(noon(), &mut signals).unwrap();
    let channel = bench.channel;
    let settings = [("delay".to_owned(), "1".to_owned())].into();
    let kind = Gateway::Simulated;
    bench.workspace.store.write(|tx| tx.enable_channel(channel, kind, &settings)).unwrap();
    bench.wait_for_signals(2, &mut signals);
    bench.engine.pass(noon(), &mut signals).unwrap();
    bench.run(noon());
    let mut heard = bench.gateway.heard();
    heard.sort();
    assert_eq!((heard, bench.status(next)), (vec!["abc".to_owned(), "dos".to_owned()], Status::Wired));
    bench.run(noon() + Duration::seconds(1));
    assert_eq!((bench.status(long), bench.gateway.heard().len()), (Status::Wired, 3));
}

#[test]
fn a_contact_that_may_not_be_written_to_any_more_gets_nothing_of_what_waits() {
    for status in [ContactStatus::Blocked, ContactStatus::Stopped, ContactStatus::Archived] {
        let mut bench = Bench::new(Scripted::default().answers("uno", vec![again("busy")]));
        let contact = bench.contact(1);
        let waits = bench.queue_to(contact, "uno", true, noon());
        bench.run(noon());
        let queued: Vec<MessageId> =
            (0..300).map(|n| bench.queue_to(contact, &format!("text {n}"), false, noon())).collect();
        bench.workspace.store.write(|tx| tx.set_contact_status(contact, status)).unwrap();
        let other = bench.queue(2, "otra");
        bench.run(noon());
        let mut last = bench.run(minutes(5));
        while last.wake.is_some_and(|wake| wake <= minutes(5)) {
            last = bench.run(minutes(5));
        }
        assert_eq!(bench.gateway.heard(), ["uno", "otra"], "{status:?}");
        for id in [waits].into_iter().chain(queued) {
            let fate = (bench.status(id), bench.reason(id));
            assert_eq!(fate, (Status::Failed, Some(FailedReason::ContactInactive)), "{status:?}");
        }
        assert_eq!(bench.status(other), Status::Wired);
        bench.workspace.is_sound();
    }
}

#[test]
fn what_waited_for_its_moment_goes_before_what_was_written_since() {
    let gateway = Scripted { connections: Some(1), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("first", vec![again("busy")]));
    let contact = bench.contact(1);
    bench.queue_to(contact, "first", false, noon());
    bench.run(noon());
    bench.queue_to(contact, "second", false, minutes(5));
    for n in 2..5 {
        bench.queue(n, &format!("other {n}"));
    }
    bench.run(minutes(5));
    assert_eq!(bench.gateway.heard()[..3], ["first", "first", "second"]);
}

#[test]
fn a_report_that_comes_before_the_outcome_is_kept_and_the_outcome_changes_nothing() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    let failed = bench.queue(2, "adios");
    let mut signals = Vec::new();
    bench.engine.pass(noon(), &mut signals).unwrap();
    bench.wait_for_signals(2, &mut signals);
    // The gateway is quicker with its report than the engine with its notes.
    let report = |bench: &mut Bench, id, report| {
        bench.workspace.store.write(|tx| tx.record_report(id, report, noon(), "")).unwrap()
    };
    assert_eq!(report(&mut bench, id, Report::Delivered), ReportEffect::Applied(id));
    assert_eq!(report(&mut bench, failed, Report::Failed), ReportEffect::Applied(failed));
    bench.engine.pass(noon(), &mut signals).unwrap();
    assert_eq!((bench.status(id), bench.status(failed)), (Status::Delivered, Status::Failed));
    assert_eq!(
        bench.causes(id)[1..],
        [(Status::Delivered, Cause::Report), (Status::Delivered, Cause::LateReport)]
    );
    let mut recover = || bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
    assert_eq!(recover(), 0, "no attempt is left open");
    bench.workspace.is_sound();
}

#[test]
fn a_failure_reported_of_an_attempt_that_is_over_does_not_end_the_next_one() {
    let mut bench = Bench::new(Scripted::default());
    let id = bench.queue(1, "hola");
    bench.run(noon());
    let report = |bench: &mut Bench, report| {
        bench.workspace.store.write(|tx| tx.record_report(id, report, minutes(1), "")).unwrap()
    };
    assert_eq!(report(&mut bench, Report::Failed), ReportEffect::Applied(id));
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    // The gateway says it once more.
    assert_eq!(report(&mut bench, Report::Failed), ReportEffect::Late(id));
    assert_eq!(bench.status(id), Status::Queued);
    bench.run(minutes(61));
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn a_part_that_failed_ends_the_message_whose_rest_still_waits() {
    let mut bench = Bench::with_rate(Scripted { cut: Some(3), ..Scripted::default() }, Some(1));
    let id = bench.queue(1, "abcdef");
    bench.run(noon());
    assert_eq!((bench.status(id), bench.gateway.heard().len()), (Status::Queued, 1));
    let report = bench.workspace.store.write(|tx| tx.record_report(id, Report::Failed, noon(), "")).unwrap();
    assert_eq!(report, ReportEffect::Applied(id));
    bench.run(noon() + Duration::seconds(1));
    assert_eq!((bench.status(id), bench.gateway.heard().len()), (Status::Failed, 1));
}

#[test]
fn a_part_that_failed_ends_the_message_that_is_under_way() {
    let mut bench = Bench::new(Scripted { cut: Some(3), ..Scripted::default() });
    let id = bench.queue(1, "abcdef");
    let mut signals = Vec::new();
    bench.engine.pass(noon(), &mut signals).unwrap();
    bench.wait_for_signals(1, &mut signals);
    bench.workspace.store.write(|tx| tx.record_report(id, Report::Failed, noon(), "")).unwrap();
    assert_eq!(bench.engine.pass(noon(), &mut signals).unwrap().in_flight, 0);
    assert_eq!((bench.status(id), bench.gateway.heard()), (Status::Failed, vec!["abc".to_owned()]));
    let mut recover = || bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
    assert_eq!(recover(), 0);
}

#[test]
fn a_part_that_arrived_does_not_end_the_message_whose_rest_still_waits() {
    let mut bench = Bench::with_rate(Scripted { cut: Some(3), ..Scripted::default() }, Some(1));
    let id = bench.queue(1, "abcdef");
    bench.run(noon());
    let mut report =
        |report| bench.workspace.store.write(|tx| tx.record_report(id, report, noon(), "")).unwrap();
    assert_eq!(report(Report::Sent), ReportEffect::Late(id));
    assert_eq!(report(Report::Delivered), ReportEffect::Late(id));
    bench.run(noon() + Duration::seconds(1));
    assert_eq!((bench.status(id), bench.gateway.heard().len()), (Status::Wired, 2));
    bench.workspace.is_sound();
}

/// A message of two parts; the report of the first comes before the engine has noted its answer.
fn reported_before_it_is_noted(mut bench: Bench) -> (Bench, recado::domain::MessageId) {
    let id = bench.queue(1, "abcdef");
    let mut signals = Vec::new();
    bench.engine.pass(noon(), &mut signals).unwrap();
    bench.wait_for_signals(1, &mut signals);
    let report = bench.workspace.store.write(|tx| tx.record_report(id, Report::Delivered, noon(), ""));
    assert_eq!(report.unwrap(), ReportEffect::Applied(id));
    let _ = bench.engine.pass(noon(), &mut signals).unwrap();
    (bench, id)
}

#[test]
fn a_part_that_arrived_early_does_not_end_the_message_either() {
    let gateway = || Scripted { cut: Some(3), ..Scripted::default() };
    // The rate holds the rest back.
    let (mut bench, id) = reported_before_it_is_noted(Bench::with_rate(gateway(), Some(1)));
    assert_eq!((bench.status(id), bench.folder(Folder::Outbox)), (Status::Queued, 1));
    bench.run(noon() + Duration::seconds(1));
    assert_eq!((bench.status(id), bench.gateway.heard().len()), (Status::Wired, 2));
    // The rest is not taken.
    let unwilling = gateway().answers("def", vec![again("busy")]);
    let (mut bench, id) = reported_before_it_is_noted(Bench::new(unwilling));
    bench.run(noon());
    assert_eq!(bench.status(id), Status::Errored);
    bench.run(minutes(5));
    assert_eq!((bench.status(id), bench.gateway.heard().len()), (Status::Wired, 3));
    bench.workspace.is_sound();
}

#[test]
fn a_part_that_arrived_does_not_hide_that_the_next_one_is_in_doubt() {
    let (mut bench, id) =
        reported_before_it_is_noted(Bench::new(Scripted { cut: Some(3), ..Scripted::default() }));
    // The second part is on its way, and the gateway says again that the first one arrived.
    bench.workspace.store.write(|tx| tx.record_report(id, Report::Delivered, noon(), "")).unwrap();
    let mut recover = || bench.workspace.store.write(|tx| tx.recover_doubtful(noon())).unwrap();
    assert_eq!((recover(), recover()), (1, 0));
    assert_eq!((bench.status(id), bench.folder(Folder::Outbox)), (Status::Errored, 1));
    bench.workspace.is_sound();
}

#[test]
fn what_is_under_way_is_not_sent_anew() {
    let gateway = Scripted { cut: Some(3), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("def", vec![again("busy"), again("busy")]));
    let id = bench.queue(1, "abcdef");
    bench.run(noon());
    let mut signals = Vec::new();
    bench.engine.pass(minutes(5), &mut signals).unwrap();
    assert_eq!(bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]).changed, 0);
    bench.wait_for_signals(1, &mut signals);
    bench.engine.pass(minutes(5), &mut signals).unwrap();
    bench.run(minutes(15));
    assert_eq!(bench.gateway.heard(), ["abc", "def", "def", "def"], "no part that was taken went twice");
}

#[test]
fn sending_again_finds_another_channel_when_its_own_does_not_reach_the_contact() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    let wrong = bench.workspace.add_channel("Telegram", Gateway::Telegram, &[], None);
    let new = NewOutgoing { channel: Some(wrong), ..outgoing(fresh("m"), contact, "hola", true, noon()) };
    let id = bench.workspace.store.write(|tx| tx.queue_message(&new)).unwrap();
    assert_eq!(bench.reason(id), Some(FailedReason::NoChannel));
    bench.workspace.act(recado::domain::deed::Deed::Resend, &[id]);
    bench.run(minutes(60));
    assert_eq!(bench.status(id), Status::Wired);
    let message = bench.workspace.store.load_message(id).unwrap().message;
    assert_eq!(message.channel.unwrap().id, bench.channel);
}
