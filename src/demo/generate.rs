//! Any number of messages that look like a shop's: few contacts write much and many write little, by day and hardly by
//! night, over three years. The same seed writes the same content to the byte, so nothing here knows what time it is.

use chrono::{DateTime, Duration};

use super::life::{Fate, Life, received};
use super::{DemoError, Tongue};
use crate::clock::Dice;
use crate::domain::call::Outcome;
use crate::domain::contact::Urn;
use crate::domain::message::{Attachment, Direction, FailedReason, Kind, Standing, Status, Visibility};
use crate::domain::schedule::{RecipientId, Repeat, Timing, Weekdays, clock_of};
use crate::domain::{ChannelId, ContactId, FlowId, LabelId, Time, UrnId};
use crate::store::{NewCall, NewMessage, NewSchedule, Store, StoreError, Tx};

/// The moment of the newest message.
pub const LATEST: Time = match DateTime::from_timestamp(1_782_864_000, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// Where the shop is.
pub const ZONE: chrono_tz::Tz = chrono_tz::America::Bogota;

/// How many days the messages cover.
const DAYS: i64 = 3 * 365;

/// Seconds of a day in which people write: from six in the morning to ten at night.
const WAKING: i64 = 16 * 3600;

/// Messages of one transaction.
const SLICE: u64 = 10_000;

/// Phrases and names.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Bank {
    first_names: Vec<String>,
    last_names: Vec<String>,
    en: Phrases,
    es: Phrases,
    pt: Phrases,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrases {
    incoming: Vec<String>,
    outgoing: Vec<String>,
    scheduled: Vec<String>,
    products: Vec<String>,
    days: Vec<String>,
    labels: Vec<String>,
    flows: Vec<String>,
}

struct Generator<'a> {
    phrases: &'a Phrases,
    dice: Dice,
    contacts: Vec<(ContactId, UrnId, String)>,
    channels: Vec<ChannelId>,
    flows: Vec<FlowId>,
    labels: Vec<LabelId>,
    total: u64,
}

/// Writes so many messages, a call for every fifty of them, and a dozen schedules into a new workspace. `step` hears how
/// many are written.
pub fn generate(
    store: &mut Store,
    tongue: Tongue,
    messages: u64,
    dice: Dice,
    mut step: impl FnMut(u64),
) -> Result<(), DemoError> {
    let bank: Bank = toml::from_str(include_str!("../../assets/demo/phrases.toml"))
        .map_err(|error| DemoError::Script(error.to_string()))?;
    let phrases = match tongue {
        Tongue::En => &bank.en,
        Tongue::Es => &bank.es,
        Tongue::Pt => &bank.pt,
    };
    let mut generator = Generator {
        phrases,
        dice,
        contacts: Vec::new(),
        channels: Vec::new(),
        flows: Vec::new(),
        labels: Vec::new(),
        total: messages,
    };
    store.write(|tx| generator.people(tx, &bank))?;
    let mut written = 0;
    while written < messages {
        let end = (written + SLICE).min(messages);
        store.write(|tx| (written..end).try_for_each(|n| generator.message(tx, n)))?;
        written = end;
        step(written);
    }
    let zone = store.zone();
    store.write(|tx| {
        (0..messages / 50).try_for_each(|_| generator.call(tx))?;
        let schedules = if messages == 0 { 0 } else { 12 };
        (0..schedules).try_for_each(|n| generator.schedule(tx, n, zone))
    })?;
    Ok(())
}

impl Generator<'_> {
    fn people(&mut self, tx: &mut Tx<'_>, bank: &Bank) -> Result<(), StoreError> {
        let start = LATEST - Duration::days(DAYS);
        for (n, name) in ["WA Tienda", "SMS", "Telegram"].into_iter().enumerate() {
            let uuid = self.dice.uuid(start + Duration::seconds(i64::try_from(n).unwrap_or(0)));
            self.channels.push(tx.channel(uuid, name)?);
        }
        for name in &self.phrases.flows {
            let uuid = self.dice.uuid(start);
            self.flows.push(tx.flow(uuid, name)?);
        }
        for name in &self.phrases.labels {
            let uuid = self.dice.uuid(start);
            self.labels.push(tx.label(name, || uuid)?);
        }
        let count = (self.total / 20).clamp(5, 50_000);
        for n in 0..count {
            let number = 3_000_000_000 + n * 7919 % 500_000_000;
            let identity = match self.dice.below(10) {
                0..=5 => format!("whatsapp:57{number}"),
                6..=8 => format!("tel:+57{number}"),
                _ => format!("telegram:{number}"),
            };
            let urn = Urn::kept(&identity, String::new());
            // Some people are only a number.
            let name = if self.dice.percent(88) { self.name(bank) } else { String::new() };
            let uuid = self.dice.uuid(start);
            let (contact, urn) = tx.contact_with_urn(&urn, &name, start, || uuid)?;
            self.contacts.push((contact, urn, name));
        }
        Ok(())
    }

    fn name(&mut self, bank: &Bank) -> String {
        let first = self.dice.pick(&bank.first_names).cloned().unwrap_or_default();
        match self.dice.pick(&bank.last_names) {
            Some(last) if !last.is_empty() => format!("{first} {last}"),
            _ => first,
        }
    }

    /// Few write much: the n-th contact is picked about as often as one in n.
    fn contact(&mut self) -> (ContactId, UrnId, String) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank within a list"
        )]
        let rank = (self.contacts.len() as f64).powf(self.dice.share()) as usize;
        self.contacts.get(rank.saturating_sub(1)).cloned().unwrap_or((ContactId(1), UrnId(1), String::new()))
    }

    /// The moment of the n-th message: in order, and in waking hours.
    fn moment(&mut self, n: u64) -> Time {
        let jitter = self.dice.below(1_000_000);
        let part = (u128::from(n) * 1_000_000 + u128::from(jitter))
            * u128::from(DAYS.unsigned_abs() * WAKING.unsigned_abs());
        let micros = part / u128::from(self.total.max(1));
        let waking_micros = i64::try_from(micros).unwrap_or(0);
        let day = waking_micros / (WAKING * 1_000_000);
        let within = waking_micros % (WAKING * 1_000_000);
        // Six in the morning at UTC-5.
        LATEST - Duration::days(DAYS)
            + Duration::days(day)
            + Duration::hours(11)
            + Duration::microseconds(within)
            - Duration::days(1)
    }

    fn message(&mut self, tx: &mut Tx<'_>, n: u64) -> Result<(), StoreError> {
        let at = self.moment(n);
        let recent = self.total - n;
        let (contact, urn, name) = self.contact();
        let channel = self.dice.pick(&self.channels.clone()).copied();
        if self.dice.percent(54) {
            self.incoming(tx, at, recent, (contact, urn), channel)
        } else {
            self.outgoing(tx, at, recent, (contact, urn, &name), channel)
        }
    }

    fn incoming(
        &mut self,
        tx: &mut Tx<'_>,
        at: Time,
        recent: u64,
        (contact, urn): (ContactId, UrnId),
        channel: Option<ChannelId>,
    ) -> Result<(), StoreError> {
        let flow = if self.dice.percent(25) { self.dice.pick(&self.flows.clone()).copied() } else { None };
        let archived = self.dice.percent(if recent < self.total / 10 { 4 } else { 15 });
        // What is new waits to be opened; of the rest, a little.
        let unread = !archived && self.dice.percent(if recent < 60 { 70 } else { 1 });
        let text = self.phrase(true, "");
        let attachments = if self.dice.percent(4) {
            vec![Attachment::parse("image/jpeg:https://media.example/foto.jpg")]
        } else {
            Vec::new()
        };
        let id = tx.insert_message(&NewMessage {
            uuid: self.dice.uuid(at),
            contact,
            urn: Some(urn),
            channel,
            flow,
            kind: Kind::Text,
            standing: Standing {
                direction: Direction::In,
                status: Status::Handled,
                visibility: if archived { Visibility::Archived } else { Visibility::Visible },
                in_flow: flow.is_some(),
                unread,
            },
            failed_reason: None,
            error_count: 0,
            next_attempt: None,
            created_on: at,
            sent_on: Some(at),
            modified_on: None,
            remote_id: None,
            external_id: "",
            import_key: None,
            text: &text,
            folded: None,
            attachments: &attachments,
            history: &received(at),
        })?;
        if self.dice.percent(12)
            && let Some(label) = self.dice.pick(&self.labels.clone()).copied()
        {
            tx.put_label(id, label)?;
        }
        Ok(())
    }

    fn outgoing(
        &mut self,
        tx: &mut Tx<'_>,
        at: Time,
        recent: u64,
        (contact, urn, name): (ContactId, UrnId, &str),
        channel: Option<ChannelId>,
    ) -> Result<(), StoreError> {
        let fate = if recent < 40 && self.dice.percent(40) {
            if self.dice.percent(50) { Fate::Queued } else { Fate::Errored(1) }
        } else {
            match self.dice.below(100) {
                0..=2 => Fate::GivenUp,
                3..=4 => Fate::Refused(FailedReason::Refused),
                5..=14 => Fate::Wired,
                15..=24 => Fate::Sent,
                25..=59 => Fate::Delivered,
                _ => Fate::Read(Duration::seconds(i64::try_from(self.dice.below(20_000)).unwrap_or(0))),
            }
        };
        let life = Life::new(at, fate, "504 Gateway Timeout");
        let text = self.phrase(false, name);
        tx.insert_message(&NewMessage {
            uuid: self.dice.uuid(at),
            contact,
            urn: Some(urn),
            channel,
            flow: None,
            kind: Kind::Text,
            standing: Standing {
                direction: Direction::Out,
                status: life.delivery.status,
                visibility: Visibility::Visible,
                in_flow: false,
                unread: false,
            },
            failed_reason: life.delivery.failed_reason,
            error_count: life.delivery.error_count,
            next_attempt: life.delivery.next_attempt,
            created_on: at,
            sent_on: life.delivery.sent_on,
            modified_on: None,
            remote_id: None,
            external_id: "",
            import_key: None,
            text: &text,
            folded: None,
            attachments: &[],
            history: &life.history,
        })?;
        Ok(())
    }

    /// A phrase with its blanks filled.
    fn phrase(&mut self, incoming: bool, name: &str) -> String {
        let phrases = if incoming { &self.phrases.incoming } else { &self.phrases.outgoing };
        let phrase = self.dice.pick(phrases).cloned().unwrap_or_default();
        self.filled(&phrase, name)
    }

    fn filled(&mut self, phrase: &str, name: &str) -> String {
        let product = self.dice.pick(&self.phrases.products).cloned().unwrap_or_default();
        let day = self.dice.pick(&self.phrases.days).cloned().unwrap_or_default();
        let first = name.split(' ').next().unwrap_or_default();
        phrase
            .replace("{product}", &product)
            .replace("{day}", &day)
            .replace("{name}", first)
            .replace("{n}", &(2 + self.dice.below(40)).to_string())
            .replace("{price}", &format!("{}.{:02}", 3 + self.dice.below(90), self.dice.below(20) * 5))
            .replace("{hour}", &format!("{}:{:02}", 8 + self.dice.below(12), self.dice.below(4) * 15))
            .replace("{order}", &format!("{:05}", self.dice.below(100_000)))
            .replace(" ,", ",")
            .replace(" !", "!")
    }

    fn call(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let n = self.dice.below(self.total);
        let at = self.moment(n);
        let (contact, urn, _) = self.contact();
        let direction = if self.dice.percent(60) { Direction::In } else { Direction::Out };
        let outcome = match self.dice.below(10) {
            0..=5 => Outcome::Answered,
            6..=7 => Outcome::Missed,
            8 if direction == Direction::Out => Outcome::Busy,
            8 => Outcome::Rejected,
            _ => Outcome::Voicemail,
        };
        let talked = outcome == Outcome::Answered;
        let duration = if talked { u32::try_from(5 + self.dice.below(900)).unwrap_or(5) } else { 0 };
        let channel = self.channels.get(1).copied();
        let uuid = self.dice.uuid(at);
        tx.insert_call(&NewCall {
            uuid,
            contact,
            urn: Some(urn),
            channel,
            direction,
            outcome,
            duration,
            occurred_on: at,
            external_id: "",
            import_key: None,
        })?;
        Ok(())
    }

    fn schedule(&mut self, tx: &mut Tx<'_>, n: u32, zone: chrono_tz::Tz) -> Result<(), StoreError> {
        let start = LATEST + Duration::hours(i64::from(n) * 37 + 3);
        let (hour, minute) = clock_of(start, zone);
        let week = Weekdays::from_bits(1 << (n % 7) | 1).map_or(Repeat::Daily, Repeat::Weekly);
        let repeat = match n % 5 {
            0 => Repeat::Never,
            1 => Repeat::Daily,
            2 => week,
            3 => Repeat::Monthly { day: 1 + n },
            _ => Repeat::Yearly { month: 12, day: 24 },
        };
        let timing = Timing { repeat, hour, minute };
        let next_fire = match repeat {
            Repeat::Never => Some(start),
            // The start itself only where it is on the rule.
            Repeat::Daily | Repeat::Weekly(_) | Repeat::Monthly { .. } | Repeat::Yearly { .. } => {
                timing.next_fire(start - Duration::seconds(1), zone)
            }
        };
        let phrase = self.dice.pick(&self.phrases.scheduled).cloned().unwrap_or_default();
        let text = self.filled(&phrase, "");
        let mut recipients: Vec<ContactId> = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let (contact, ..) = self.contact();
            if !recipients.contains(&contact) {
                recipients.push(contact);
            }
        }
        tx.insert_schedule(&NewSchedule {
            uuid: self.dice.uuid(LATEST),
            text: &text,
            recipients: &recipients.into_iter().map(RecipientId::Contact).collect::<Vec<_>>(),
            channel: None,
            timing,
            next_fire,
            last_fire: None,
            paused: n == 7,
            created_on: LATEST - Duration::days(i64::from(n)),
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::folder::Folder;
    use crate::domain::listing::{At, Place, Row, View};
    use crate::store::{Settings, Text};

    #[test]
    fn a_schedule_fires_next_on_a_day_of_its_rule() {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = Settings { uuid: uuid::Uuid::nil(), country: None, zone: ZONE };
        let mut store = Store::create(&folder.path().join("w.db"), settings).unwrap();
        generate(&mut store, Tongue::Es, 100, Dice::seeded(1), |_| {}).unwrap();
        let view = View::of(Place::Folder(Folder::Schedules));
        let page = store.page(&view, At::First, 100, Text::Whole).unwrap();
        assert_eq!(page.rows.len(), 12);
        for row in page.rows {
            let Row::Schedule(row) = row else { panic!("not a schedule") };
            let (timing, next) = (row.schedule.timing, row.schedule.next_fire.unwrap());
            assert!(next > LATEST);
            if timing.repeat != Repeat::Never {
                assert_eq!(timing.next_fire(next - Duration::seconds(1), ZONE), Some(next), "{timing:?}");
            }
        }
    }
}
