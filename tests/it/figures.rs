//! The figures of a period: what is counted, and how the totals show it.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use insta::assert_snapshot;
use proptest::prelude::*;
use recado::domain::Time;
use recado::domain::deed::Deed;
use recado::domain::folder::Folder;
use recado::domain::message::{Direction, Status, Visibility};
use recado::domain::period::Period;
use recado::domain::stats::{Exchange, Stats};
use recado::i18n::{Key, Lang, Texts};
use recado::store::{Settings, Store};
use recado::tui::event::{Ask, Event, Read};
use recado::tui::model::{Dialog, Load, Totals};
use recado::tui::theme::Theme;
use tempfile::TempDir;

use crate::app::App;
use crate::support::{Put, Workspace, minutes, settings};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period(since: &str, until: &str) -> Period {
    Period { since: Some(day(since)), until: Some(day(until)) }
}

fn at(text: &str, mut put: Put) -> Put {
    put.created_on = text.parse::<DateTime<chrono::Utc>>().unwrap();
    put
}

fn incoming(at_time: &str) -> Put {
    at(at_time, Put::incoming(at_time, 0))
}

fn outgoing(at_time: &str, status: Status) -> Put {
    at(at_time, Put::outgoing(at_time, status, 0))
}

fn exchange(incoming: u64, outgoing: u64) -> Exchange {
    Exchange { incoming, outgoing }
}

/// A workspace on the wall clock of another place.
fn workspace_in(zone: Tz) -> Workspace {
    let folder = TempDir::new().unwrap();
    let store = Store::create(&folder.path().join("w.db"), Settings { zone, ..settings() }).unwrap();
    Workspace { folder, store }
}

#[test]
fn days_and_hours_are_those_of_the_wall_clock_also_where_it_is_put_forward_and_back() {
    let mut workspace = workspace_in(Tz::Europe__Madrid);
    workspace.put_all(vec![
        // The last second of the day before, and the first of a Sunday of 23 hours.
        incoming("2026-03-28T22:59:59Z"),
        incoming("2026-03-28T23:00:00Z"),
        // 01:30 in winter, then 03:30 in summer: there is no 02:30.
        incoming("2026-03-29T00:30:00Z"),
        outgoing("2026-03-29T01:30:00Z", Status::Sent),
        incoming("2026-03-29T21:59:59Z"),
        incoming("2026-03-29T22:00:00Z"),
        // 02:30 twice, on a Sunday of 25 hours.
        incoming("2026-10-25T00:30:00Z"),
        incoming("2026-10-25T01:30:00Z"),
    ]);
    let stats = workspace.store.stats(Period::default()).unwrap();
    let of = |text: &str| stats.days[&day(text)].messages;
    assert_eq!(of("2026-03-28"), exchange(1, 0));
    assert_eq!(of("2026-03-29"), exchange(3, 1));
    assert_eq!(of("2026-03-30"), exchange(1, 0));
    let sunday = &stats.hours[6];
    assert_eq!((sunday[1], sunday[2], sunday[3]), (exchange(1, 0), exchange(2, 0), exchange(0, 1)));
    assert_eq!(
        (stats.hours[5][23], sunday[0], stats.hours[0][0]),
        (exchange(1, 0), exchange(1, 0), exchange(1, 0))
    );
    // The ends of a period are the wall clock's too.
    let spring = workspace.store.stats(period("2026-03-29", "2026-03-29")).unwrap();
    assert_eq!(spring.messages(), exchange(3, 1));
    let autumn = workspace.store.stats(period("2026-10-25", "2026-10-25")).unwrap();
    assert_eq!(autumn.messages(), exchange(2, 0));
    // Far from UTC, a message of the evening belongs to the day after there.
    let mut workspace = workspace_in(Tz::Asia__Kathmandu);
    workspace.put(incoming("2026-03-01T18:20:00Z"));
    let stats = workspace.store.stats(Period::default()).unwrap();
    assert_eq!(
        (stats.days.keys().copied().next(), stats.hours[0][0]),
        (Some(day("2026-03-02")), exchange(1, 0))
    );
}

#[test]
fn an_empty_workspace_and_an_empty_period_have_figures_too() {
    let mut workspace = Workspace::new();
    let check = |stats: &Stats| {
        assert_eq!((stats.total(), stats.busiest(), stats.people), (0, 0, 0));
        assert_eq!((stats.delivery.rate(), stats.answers.median, stats.answers.waiting), (None, None, 0));
        assert!(stats.days.is_empty() && stats.channels.is_empty() && stats.contacts.is_empty());
    };
    check(&workspace.store.stats(Period::default()).unwrap());
    assert_eq!(workspace.store.stats(Period::default()).unwrap().steps(day("2026-03-02"), 30).1, vec![]);
    workspace.put(Put::incoming("hello", 0));
    let stats = workspace.store.stats(period("2025-01-01", "2025-01-31")).unwrap();
    check(&stats);
    assert_eq!(stats.steps(day("2026-03-02"), 31).1.len(), 31, "a period without messages has its days");
}

#[test]
fn channels_have_their_own_delivery_rate_and_contacts_are_ranked() {
    let mut workspace = Workspace::new();
    let by = |channel: &str, mut put: Put| {
        put.channel = Some(channel.to_owned());
        put
    };
    let beto = |put: Put| put.from("tel:+573002223344", "Beto");
    workspace.put_all(vec![
        by("SMS", Put::outgoing("a", Status::Delivered, 1)),
        by("SMS", Put::outgoing("b", Status::Read, 2)),
        by("SMS", Put::outgoing("c", Status::Failed, 3)),
        by("SMS", Put::outgoing("d", Status::Queued, 4)),
        by("WA", beto(Put::outgoing("e", Status::Failed, 5))),
        by("WA", beto(Put::incoming("f", 6))),
        beto(Put::incoming("g", 7)),
    ]);
    let stats = workspace.store.stats(Period::default()).unwrap();
    let channels: Vec<_> = (stats.channels.iter())
        .map(|channel| (channel.name.as_str(), channel.messages, channel.delivery.rate()))
        .collect();
    assert_eq!(
        channels,
        [
            ("SMS", exchange(0, 4), Some(2.0 / 3.0)),
            ("WA", exchange(1, 1), Some(0.0)),
            ("", exchange(1, 0), None)
        ]
    );
    assert_eq!(stats.channels[0].delivery.delivered, 2);
    assert_eq!(stats.channels[0].delivery.read, 1);
    assert_eq!(stats.delivery.rate(), Some(0.5));
    let contacts: Vec<_> =
        stats.contacts.iter().map(|one| (one.contact.name.as_str(), one.messages)).collect();
    assert_eq!(contacts, [("Ana", exchange(0, 4)), ("Beto", exchange(2, 1))]);
    assert_eq!((stats.people, stats.contacts[1].national.as_str()), (2, "300 2223344"));
}

#[test]
fn a_wait_goes_from_the_first_message_that_nobody_answered_to_the_answer() {
    let mut workspace = Workspace::new();
    let archived = Put { visibility: Visibility::Archived, unread: false, ..Put::incoming("archived", 200) };
    let ids = workspace.put_all(vec![
        Put::outgoing("nobody asked", Status::Sent, -5),
        Put::incoming("hello?", 0),
        Put::incoming("anybody?", 7),
        Put::outgoing("lost", Status::Failed, 8),
        Put::outgoing("yes", Status::Queued, 10),
        Put::outgoing("and", Status::Sent, 11),
        archived,
        Put::outgoing("there", Status::Read, 230),
        Put::incoming("bye", 300),
        // Another contact asks in between and gets no answer.
        Put::incoming("me?", 5).from("tel:+573002223344", "Beto"),
    ]);
    let all = |workspace: &Workspace| workspace.store.stats(Period::default()).unwrap().answers;
    let answers = all(&workspace);
    assert_eq!((answers.answered, answers.waiting), (2, 2));
    assert_eq!((answers.median, answers.ninetieth), (Some(600), Some(1800)));
    // What was deleted is passed over: now the second of two messages is the first.
    workspace.act(Deed::Archive, &ids[1..2]);
    workspace.act(Deed::Delete, &ids[1..2]);
    let answers = all(&workspace);
    assert_eq!((answers.answered, answers.median), (2, Some(180)));
}

#[test]
fn a_wait_belongs_to_the_period_in_which_it_began_wherever_its_answer_is() {
    let mut workspace = Workspace::new();
    // 17:00 UTC is noon of the 2nd of March in Bogotá; a day has 1440 minutes.
    workspace.put_all(vec![
        Put::incoming("on the first", -1440),
        Put::incoming("again, on the second", 0),
        Put::outgoing("answered on the third", Status::Sent, 1440),
        Put::incoming("on the third", 1450),
        Put::incoming("on the fourth", 2890),
        Put::outgoing("answered on the fourth", Status::Sent, 2900),
    ]);
    let of = |day: &str| {
        let answers = workspace.store.stats(period(day, day)).unwrap().answers;
        (answers.answered, answers.waiting, answers.median)
    };
    assert_eq!(of("2026-03-01"), (1, 0, Some(2 * 86_400)));
    assert_eq!(of("2026-03-02"), (0, 0, None), "who waits since yesterday does not begin to wait today");
    assert_eq!(of("2026-03-03"), (1, 0, Some(1450 * 60)));
    assert_eq!(of("2026-03-04"), (0, 0, None));
}

/// The answers counted the plain way, message after message.
fn counted_plainly(messages: &[Put], (from, to): (Time, Time)) -> (Vec<u32>, u64) {
    let mut all: Vec<(usize, &Put)> = messages.iter().enumerate().collect();
    all.sort_by_key(|(n, put)| (put.created_on, *n));
    let mut began: std::collections::BTreeMap<&str, Time> = std::collections::BTreeMap::new();
    let mut waits = Vec::new();
    let is_within = |at: &Time| (from..to).contains(at);
    for (_, put) in all.iter().filter(|(_, put)| put.status != Status::Failed) {
        if put.status.direction() == Direction::In {
            began.entry(&put.urn).or_insert(put.created_on);
        } else if let Some(begun) = began.remove(put.urn.as_str()).filter(is_within) {
            waits.push(u32::try_from((put.created_on - begun).num_seconds()).unwrap());
        }
    }
    waits.sort_unstable();
    (waits, began.values().filter(|begun| is_within(begun)).count() as u64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_figures_agree_with_the_counts_with_each_other_and_with_plain_counting(
        there in proptest::collection::vec((0_u8..4, 0_usize..6, 0_i64..6000, 0_u8..3), 0..60),
        since in 0_i64..5,
    ) {
        let mut workspace = Workspace::new();
        let statuses = [Status::Handled, Status::Handled, Status::Sent, Status::Failed, Status::Queued, Status::Read];
        let messages: Vec<Put> = there
            .iter()
            .enumerate()
            .map(|(n, (who, what, minute, channel))| {
                let status = statuses[*what];
                let text = format!("message {n}");
                let mut put = Put::outgoing(&text, status, minute / 7 * 7);
                put.channel = (*channel > 0).then(|| format!("channel {channel}"));
                put.from(&format!("tel:+57300111223{who}"), "somebody")
            })
            .collect();
        workspace.put_all(messages.clone());
        let all = workspace.store.stats(Period::default()).unwrap();
        let counts = workspace.store.counts().unwrap();
        for folder in Folder::ALL {
            prop_assert_eq!(all.of(folder), counts.of(folder).total);
        }
        prop_assert_eq!(all.total(), counts.total());
        let first = day("2026-03-02") + chrono::Days::new(u64::try_from(since).unwrap());
        for period in [Period::default(), Period { since: Some(first), until: None }, Period { since: Some(first), until: Some(first) }] {
            let stats = workspace.store.stats(period).unwrap();
            let sum = |parts: &mut dyn Iterator<Item = Exchange>| {
                let mut sum = Exchange::default();
                parts.for_each(|part| sum.add(part));
                sum
            };
            let messages_then = stats.messages();
            prop_assert_eq!(sum(&mut stats.hours.iter().flatten().copied()), messages_then);
            prop_assert_eq!(sum(&mut stats.channels.iter().map(|channel| channel.messages)), messages_then);
            prop_assert_eq!(sum(&mut stats.contacts.iter().map(|one| one.messages)), messages_then);
            prop_assert_eq!(stats.people, stats.contacts.len() as u64);
            prop_assert_eq!(stats.total(), messages_then.total());
            let delivery = stats.delivery;
            prop_assert_eq!(delivery.accepted + delivery.failed + delivery.pending, messages_then.outgoing);
            let zone = workspace.store.zone();
            let begin = |day: NaiveDate| recado::domain::query::start_of(day, zone).unwrap();
            let from = period.since.map_or(Time::MIN_UTC, begin);
            let to = period.until.map_or(Time::MAX_UTC, |day| begin(day.succ_opt().unwrap()));
            let (waits, waiting) = counted_plainly(&messages, (from, to));
            prop_assert_eq!(stats.answers, recado::domain::stats::Answers::of(waits, waiting));
            for put in messages.iter().filter(|put| (from..to).contains(&put.created_on)) {
                let local = put.created_on.with_timezone(&zone);
                let hour = stats.hours[local.weekday().num_days_from_monday() as usize][local.hour() as usize];
                prop_assert!(hour.total() > 0 && stats.days[&local.date_naive()].messages.total() > 0);
            }
        }
    }
}

#[test]
fn a_question_for_figures_can_be_interrupted() {
    let mut workspace = Workspace::new();
    let messages = (0..3000).map(|n| Put::incoming(&format!("message {n}"), n)).collect();
    workspace.put_all(messages);
    let store = workspace.another();
    let interrupter = store.interrupter();
    std::thread::scope(|scope| {
        let asked = scope.spawn(move || {
            loop {
                if let Err(error) = store.stats(Period::default()) {
                    return error.to_string();
                }
            }
        });
        while !asked.is_finished() {
            interrupter.interrupt();
            std::thread::yield_now();
        }
        assert_eq!(asked.join().unwrap(), "interrupted");
    });
    assert_eq!(workspace.store.stats(Period::default()).unwrap().messages(), exchange(3000, 0));
}

fn totals(app: &App) -> &Totals {
    match &app.model.dialog {
        Some(Dialog::Totals(totals)) => totals,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_breakdown_is_there_at_once_and_the_figures_come_when_they_are_counted() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.slow = true;
    app.press("t");
    assert!(app.shows("103") && app.shows("counting…"), "{}", app.screen());
    assert!(!app.shows("Café Central"));
    app.answer();
    assert!(app.shows("Café Central") && !app.shows("counting…"), "{}", app.screen());
    assert!(app.shows("41 in · 40 out · 14 calls"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.model.dialog.is_none());
}

#[test]
fn the_screen_has_the_numbers_of_the_store() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("t<Left>");
    let today = day("2026-03-02");
    let stats = app.store.stats(Period::last_days(7, today)).unwrap();
    assert_eq!(totals(&app).figures, Load::Ready(Box::new(stats)));
    app.press("<Right><Right><Right><Right>");
    let stats = app.store.stats(Period::default()).unwrap();
    assert_eq!(totals(&app).figures, Load::Ready(Box::new(stats)));
}

#[test]
fn an_answer_about_another_period_is_too_late() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.slow = true;
    app.press("t<Right>");
    let asked: Vec<Read> = std::mem::take(&mut app.asked);
    let mut figures: Vec<(Ask, Period)> = Vec::new();
    for read in asked {
        if let Read::Figures { ask, period } = read {
            figures.push((ask, period));
        }
    }
    let today = day("2026-03-02");
    assert_eq!(
        figures.iter().map(|(_, period)| *period).collect::<Vec<_>>(),
        [Period::last_days(30, today), Period::last_days(90, today)]
    );
    let answer = |app: &App, n: usize| Event::FiguresCounted {
        ask: figures[n].0,
        stats: Box::new(app.store.stats(figures[n].1).unwrap()),
    };
    app.send(answer(&app, 0));
    assert_eq!(totals(&app).figures, Load::Asked);
    app.send(answer(&app, 1));
    assert_eq!(totals(&app).figures.ready().unwrap().period, figures[1].1);
    // Nor does one come back that was asked for before the totals were left.
    app.press("<Esc>");
    app.send(answer(&app, 1));
    assert!(app.model.dialog.is_none());
}

#[test]
fn periods_are_chosen_by_arrows_and_typed_as_in_a_search() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("t<Left><Left><Left>");
    assert!(app.shows("‹7 days›") && app.shows("Feb 24 – Mar 2, 2026"), "{}", app.screen());
    app.press("lllllll");
    assert!(app.shows("‹all›"), "{}", app.screen());
    app.press("/");
    assert!(app.shows("2026-01-15..2026-02"), "what can be typed is said: {}", app.screen());
    app.press("2026-0x<Enter>");
    assert!(app.shows("2026-0x is not a period"), "{}", app.screen());
    app.press("<BS>2");
    assert!(!app.shows("is not a period"), "{}", app.screen());
    app.press("<Enter>");
    assert!(app.shows("‹2026-02›") && app.shows("Feb 1 – Feb 28, 2026"), "{}", app.screen());
    assert!(app.shows("22 in · 27 out · 9 calls"), "{}", app.screen());
    // One step back is what was typed, then the totals.
    app.press("/<C-u>1999<Esc>");
    assert!(app.shows("‹2026-02›"), "{}", app.screen());
    app.press("/<C-u>1999<Enter>");
    assert!(app.shows("nothing was exchanged then"), "{}", app.screen());
    app.press("h");
    assert!(app.shows("‹all›") && app.shows("1999"), "{}", app.screen());
    app.press("<Esc>");
    assert!(app.model.dialog.is_none());
}

#[test]
fn while_totals_are_looked_at_they_keep_up_and_the_list_catches_up_afterwards() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("t");
    app.store.write(|tx| Put::incoming("I came late", 0).put(tx)).unwrap();
    app.slow = true;
    app.send(Event::Moved);
    // What came in is asked for by whoever is to be told of it; that interrupts nothing.
    app.asked.retain(|read| !matches!(read, Read::Arrivals(_)));
    assert_eq!(
        app.asked,
        [Read::Counts],
        "the list behind is left alone, and figures are not counted each time"
    );
    app.answer();
    assert!(app.shows("104") && app.shows("41 in"), "{}", app.screen());
    app.model.now = minutes(1);
    app.send(Event::Tick(minutes(1)));
    assert!(app.shows("42 in"), "{}", app.screen());
    assert!(!app.shows("I came late"));
    app.press("<Esc>");
    assert!(app.shows("I came late"), "{}", app.screen());
}

#[test]
fn what_happens_while_figures_are_counted_is_counted_after_them() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.slow = true;
    app.press("t");
    app.asked.clear();
    app.send(Event::Moved);
    app.send(Event::Moved);
    app.asked.retain(|read| !matches!(read, Read::Arrivals(_)));
    assert_eq!(app.asked, [], "nothing interrupts the figures that are on their way");
    let ask = totals(&app).asked.unwrap();
    let stats = Box::new(app.store.stats(Period::default()).unwrap());
    app.send(Event::FiguresCounted { ask, stats });
    assert_eq!(app.asked, [Read::Counts]);
    app.asked.clear();
    app.send(Event::Tick(minutes(1)));
    assert!(matches!(app.asked.as_slice(), [Read::Figures { .. }]), "{:?}", app.asked);
}

#[test]
fn figures_that_cannot_be_had_say_why_and_the_breakdown_stays() {
    let mut app = App::shop(Lang::En, 80, 24);
    app.slow = true;
    app.press("t");
    let ask = totals(&app).asked.unwrap();
    app.send(Event::ReadFailed { ask, sentence: "the disk gave an error".to_owned() });
    assert!(app.shows("the disk gave an error") && app.shows("103"), "{}", app.screen());
}

const SECTIONS: [Key; 5] =
    [Key::ChartDay, Key::HeatTitle, Key::ChannelsTitle, Key::AnswersTitle, Key::ContactsTitle];

/// What all pages show, and the check that each of them stays in its frame.
fn all_pages(app: &mut App, width: u16, height: u16) -> String {
    app.send(Event::Resize(width, height));
    let mut pages = String::new();
    for _ in 0..12 {
        let screen = app.screen();
        if pages.contains(&screen) {
            return pages;
        }
        let terminal = app.draw();
        let buffer = terminal.backend().buffer();
        for y in 1..height - 3 {
            let edges = (buffer[(0, y)].symbol(), buffer[(width - 1, y)].symbol());
            assert_eq!(edges, ("│", "│"), "{width}x{height}\n{screen}");
        }
        assert_eq!(buffer[(0, height - 3)].symbol(), "╰", "{width}x{height}\n{screen}");
        pages.push_str(&screen);
        app.press("<Tab>");
    }
    panic!("the pages never come round at {width}x{height}");
}

#[test]
fn everything_is_on_one_page_or_another_at_any_size_and_in_any_language() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for (width, height) in [(80, 24), (120, 40), (40, 20), (64, 18), (100, 30), (200, 60), (40, 50)] {
            let mut app = App::shop(lang, width, height);
            app.press("t");
            let pages = all_pages(&mut app, width, height);
            for key in SECTIONS {
                assert!(pages.contains(texts.get(key)), "{width}x{height} {}\n{pages}", texts.get(key));
            }
            let figures = app.store.stats(Period::last_days(30, day("2026-03-02"))).unwrap();
            let rate = texts.percent(figures.delivery.rate().unwrap());
            let slowest = recado::words::span(figures.answers.ninetieth.unwrap());
            for word in ["103", "Café Central", "Colegio San José", "WA La Espiga", &slowest, &rate, "█"]
            {
                assert!(pages.contains(word), "{width}x{height} {word}\n{pages}");
            }
            if (width, height) == (120, 40) {
                assert!(!pages.contains("1 / "), "one page is enough: {pages}");
            }
        }
        // Where nothing finds room nothing breaks.
        let mut app = App::shop(lang, 80, 24);
        app.press("t");
        for (width, height) in [(20, 5), (21, 9), (30, 12), (69, 11), (110, 8), (300, 6)] {
            all_pages(&mut app, width, height);
        }
    }
}

#[test]
fn the_wheel_turns_the_pages_round_and_round() {
    use crossterm::event::MouseEventKind;
    let mut app = App::shop(Lang::En, 80, 24);
    app.press("t");
    app.mouse(MouseEventKind::ScrollDown, 10, 10);
    assert!(app.shows("By hour and weekday") && app.shows("2 / 3"), "{}", app.screen());
    app.mouse(MouseEventKind::ScrollUp, 10, 10);
    app.mouse(MouseEventKind::ScrollUp, 10, 10);
    assert!(app.shows("Top contacts") && app.shows("3 / 3"), "{}", app.screen());
    // A window in which everything finds room has one page, whatever page was shown.
    app.send(Event::Resize(120, 40));
    assert!(app.shows("By hour and weekday") && app.shows("Top contacts"), "{}", app.screen());
}

#[test]
fn the_charts_are_read_without_colours() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.look.theme = Theme::mono();
    app.press("t");
    let terminal = app.draw();
    for cell in terminal.backend().buffer().content() {
        assert_eq!((cell.fg, cell.bg), (ratatui::style::Color::Reset, ratatui::style::Color::Reset));
    }
    for sign in ["█", "▁", "░", "▒", "▓", "·", "‹30 days›"] {
        assert!(app.shows(sign), "{sign}\n{}", app.screen());
    }
}

#[test]
fn names_from_outside_stay_in_their_column() {
    let mut app = App::shop(Lang::En, 80, 24);
    let name = "لا بلا 世界 👨‍👩‍👧‍👦 \u{202e}\u{7} and on and on and on and on and on and on and on";
    let messages: Vec<Put> =
        (0..40).map(|n| Put::incoming(&format!("m{n}"), -n).from("tel:+573009990000", name)).collect();
    app.store.write(|tx| messages.iter().try_for_each(|put| put.put(tx).map(drop))).unwrap();
    app.press("t");
    for width in [40, 64, 80, 120] {
        let pages = all_pages(&mut app, width, 24);
        assert!(pages.contains("世") && !pages.contains('\u{202e}'), "{pages}");
    }
}

#[test]
fn totals_in_spanish() {
    let mut app = App::shop(Lang::Es, 80, 24);
    app.press("t");
    assert_snapshot!("totals_middle_1", app.screen());
    app.press("<Tab>");
    assert_snapshot!("totals_middle_2", app.screen());
    app.press("<Tab>");
    assert_snapshot!("totals_middle_3", app.screen());
}

#[test]
fn totals_wide_in_english() {
    let mut app = App::shop(Lang::En, 120, 40);
    app.press("t");
    assert_snapshot!("totals_wide", app.screen());
}

#[test]
fn totals_narrow_in_portuguese() {
    let mut app = App::shop(Lang::Pt, 40, 20);
    app.press("t");
    let pages = all_pages(&mut app, 40, 20);
    assert_snapshot!("totals_narrow", pages);
}

#[test]
fn totals_of_nothing() {
    let mut app = App::empty(Lang::Es, 80, 24);
    app.press("t");
    assert_snapshot!("totals_empty", app.screen());
}
