//! The gateway that is not there.

use std::collections::BTreeSet;
use std::time::Duration;

use recado::channels::{About, Channel, Received, Refusal, Sending, Tried};
use recado::domain::channel::Gateway as Kind;
use recado::domain::delivery::Report;
use uuid::Uuid;

use crate::channel::{Called, attachment, check_refused, open, urn};

fn sent<T>(message: u128, text: &str, run: impl FnOnce(&Sending<'_>) -> T) -> T {
    let to = urn("tel:+5511900000001");
    let message = Uuid::from_u128(message);
    run(&Sending { message, to: &to, text, attachments: &[], part: 0, parts: 1, is_reply: false })
}

fn tried(channel: &dyn Channel, message: u128, text: &str) -> Tried {
    sent(message, text, |sending| channel.send(sending))
}

fn afterwards(channel: &dyn Channel, message: u128, text: &str) -> Vec<(Duration, Received)> {
    sent(message, text, |sending| channel.afterwards(sending))
}

#[test]
fn most_messages_are_taken_and_each_fares_alike_every_time() {
    let mixed = open(Kind::Simulated, &[]);
    let mut counts = [0; 3];
    for message in 0..1000 {
        let outcome = tried(mixed.as_ref(), message, "Hello");
        assert_eq!(outcome, tried(open(Kind::Simulated, &[]).as_ref(), message, "Hello"));
        match outcome {
            Tried::Accepted { .. } => counts[0] += 1,
            Tried::TryAgain { .. } => counts[1] += 1,
            Tried::Refused { .. } => counts[2] += 1,
        }
    }
    assert!(counts[0] > 880 && counts[1] > 10 && counts[2] > 10, "{counts:?}");
}

#[test]
fn the_first_word_or_the_setting_decides_what_becomes_of_a_message() {
    let check = |fate: &str, text: &str, expected: &str| {
        let channel = open(Kind::Simulated, &[("fate", fate)]);
        for message in 0..20 {
            let tried = format!("{:?}", tried(channel.as_ref(), message, text));
            assert!(tried.starts_with(expected), "{fate} {text}: {tried}");
        }
    };
    check("deliver", "Hello", "Accepted");
    check("deliver", "#retry Hello", "TryAgain");
    check("mixed", " #refuse", "Refused");
    check("retry", "Hello", "TryAgain");
    check("refuse", "Hello", "Refused");
    check("deliver", "Hello #refuse", "Accepted");
    check("deliver", "#refused", "Accepted");
}

#[test]
fn reports_come_back_in_order_and_sometimes_an_answer() {
    let channel = open(Kind::Simulated, &[("lang", "es"), ("fate", "deliver")]);
    let (mut reads, mut answers) = (0, BTreeSet::new());
    let mut answered = 0;
    for message in 0..300 {
        let later = afterwards(channel.as_ref(), message, "¿Vienes mañana?");
        assert_eq!(later, afterwards(channel.as_ref(), message, "¿Vienes mañana?"));
        assert!(later.is_sorted_by_key(|(after, _)| *after));
        let mut reports = Vec::new();
        for (after, received) in later {
            match received {
                Received::Report(reported) => {
                    assert_eq!(reported.about, About::Message(Uuid::from_u128(message)));
                    reports.push(reported.report);
                }
                Received::Message(incoming) => {
                    assert!((6..12).contains(&after.as_secs()), "{after:?}");
                    assert_eq!(incoming.urn, urn("tel:+5511900000001"));
                    assert!(!incoming.external_id.is_empty());
                    answers.insert(incoming.text);
                    answered += 1;
                }
                other @ (Received::Stopped(_) | Received::Ignored(_)) => panic!("{other:?}"),
            }
        }
        assert_eq!(reports[..2], [Report::Sent, Report::Delivered]);
        reads += usize::from(reports.get(2) == Some(&Report::Read));
    }
    assert!((100..200).contains(&reads), "{reads}");
    assert!((70..130).contains(&answered), "{answered}");
    assert_eq!(answers.len(), 6);
    assert!(answers.contains("Sí, por favor"), "{answers:?}");
}

#[test]
fn what_comes_back_follows_the_last_part() {
    let channel = open(Kind::Simulated, &[]);
    let first = sent(1, "Hello", |sending| channel.afterwards(&Sending { parts: 2, ..*sending }));
    assert_eq!(first, []);
    let last = sent(1, "Hello", |sending| channel.afterwards(&Sending { part: 1, parts: 2, ..*sending }));
    assert!(last.len() >= 2);
}

#[test]
fn texts_are_cut_as_for_an_sms() {
    let channel = open(Kind::Simulated, &[]);
    let shape = |text: &str, attachments: &[_]| {
        let parts = channel.parts(text, attachments);
        parts.iter().map(|part| (part.text.chars().count(), part.attachments.len())).collect::<Vec<_>>()
    };
    assert_eq!(shape("", &[]), [(0, 0)]);
    assert_eq!(shape(&"ñ".repeat(161), &[attachment("image/png:x")]), [(160, 1), (1, 0)]);
    assert_eq!(shape(&"ã".repeat(71), &[]), [(70, 0), (1, 0)]);
}

#[test]
fn it_needs_nothing_and_nobody_calls() {
    let channel = open(Kind::Simulated, &[]);
    assert!(channel.test().is_ok());
    assert_eq!(channel.poll(0, Duration::ZERO), None);
    assert_eq!(Called::post("receive", b"").received(channel.as_ref()), Err(Refusal::NotFound));
    check_refused(Kind::Simulated, &[("fate", "x")], "the setting fate: say mixed, deliver, retry or refuse");
    check_refused(Kind::Simulated, &[("lang", "fr")], "the setting lang: say en, es or pt");
}
