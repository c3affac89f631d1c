//! A small bakery with its customers, suppliers and courier: all eight folders filled, with conversations that make sense.
//! The script is `assets/demo/shop.toml`; its moments are told from now, so that the sample is always fresh.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveTime};
use chrono_tz::Tz;

use super::life::{Fate, Life, received};
use super::{DemoError, Said, Tongue};
use crate::clock::Dice;
use crate::domain::call::Outcome;
use crate::domain::channel::Gateway;
use crate::domain::contact::Urn;
use crate::domain::message::{Attachment, Direction, FailedReason, Kind, Standing, Status, Visibility};
use crate::domain::schedule::{RecipientId, Repeat, Timing, Weekdays, clock_of, instant};
use crate::domain::{ChannelId, ContactId, FlowId, LabelId, Time, UrnId};
use crate::store::{NewCall, NewMessage, NewSchedule, Store, Tx};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    channels: BTreeMap<String, String>,
    flows: BTreeMap<String, Said>,
    labels: BTreeMap<String, Said>,
    contacts: BTreeMap<String, Person>,
    messages: Vec<Line>,
    calls: Vec<Phoned>,
    schedules: Vec<Planned>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    urn: String,
    channel: String,
}

/// A message of the script: `from` us when there is a fate, else from the contact.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    with: String,
    at: String,
    text: Said,
    fate: Option<String>,
    trouble: Option<Said>,
    flow: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    unread: bool,
    #[serde(default)]
    archived: bool,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Phoned {
    with: String,
    at: String,
    outgoing: bool,
    outcome: String,
    #[serde(default)]
    seconds: u32,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    to: Vec<String>,
    first: String,
    repeat: String,
    text: Said,
    #[serde(default)]
    paused: bool,
}

struct Shop {
    tongue: Tongue,
    now: Time,
    zone: Tz,
    dice: Dice,
    contacts: BTreeMap<String, (ContactId, UrnId, ChannelId)>,
    flows: BTreeMap<String, FlowId>,
    labels: BTreeMap<String, LabelId>,
}

/// Writes the shop into a new workspace.
pub fn open_shop(store: &mut Store, tongue: Tongue, now: Time, dice: Dice) -> Result<(), DemoError> {
    let script: Script = toml::from_str(include_str!("../../assets/demo/shop.toml"))
        .map_err(|error| DemoError::Script(error.to_string()))?;
    let mut shop = Shop {
        tongue,
        now,
        zone: store.zone(),
        dice,
        contacts: BTreeMap::new(),
        flows: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    let mut problem = None;
    store
        .write(|tx| {
            if let Err(error) = shop.write(tx, &script) {
                return match error {
                    DemoError::Store(error) => Err(error),
                    DemoError::Script(_) => {
                        problem = Some(error);
                        Err(crate::store::StoreError::Interrupted)
                    }
                };
            }
            Ok(())
        })
        .map_err(|error| problem.unwrap_or(DemoError::Store(error)))
}

fn wrong(what: &str, word: &str) -> DemoError {
    DemoError::Script(format!("{what} {word:?}"))
}

fn known<T: Copy>(map: &BTreeMap<String, T>, word: &str) -> Result<T, DemoError> {
    map.get(word).copied().ok_or_else(|| wrong("unknown", word))
}

impl Shop {
    fn write(&mut self, tx: &mut Tx<'_>, script: &Script) -> Result<(), DemoError> {
        let opened = self.now - Duration::days(400);
        let mut channels = BTreeMap::new();
        for (key, name) in &script.channels {
            let uuid = self.dice.uuid(opened);
            let channel = tx.channel(uuid, name)?;
            // Nothing real is behind them: they deliver, fail and answer by themselves.
            let lang = match self.tongue {
                Tongue::En => "en",
                Tongue::Es => "es",
                Tongue::Pt => "pt",
            };
            let scheme = match key.as_str() {
                "wa" => "whatsapp",
                "tg" => "telegram",
                _ => "tel",
            };
            let settings =
                [("lang", lang), ("scheme", scheme)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            tx.enable_channel(channel, Gateway::Simulated, &settings.into())?;
            channels.insert(key.clone(), channel);
        }
        for (key, name) in &script.flows {
            let uuid = self.dice.uuid(opened);
            self.flows.insert(key.clone(), tx.flow(uuid, name.in_tongue(self.tongue))?);
        }
        for (key, name) in &script.labels {
            let uuid = self.dice.uuid(opened);
            self.labels.insert(key.clone(), tx.label(name.in_tongue(self.tongue), || uuid)?);
        }
        for (key, person) in &script.contacts {
            let urn = Urn::parse(&person.urn, None).map_err(|error| DemoError::Script(error.to_string()))?;
            let uuid = self.dice.uuid(opened);
            let (contact, urn) = tx.contact_with_urn(&urn, &person.name, opened, || uuid)?;
            self.contacts.insert(key.clone(), (contact, urn, known(&channels, &person.channel)?));
        }
        let mut lines: Vec<(Time, &Line)> = Vec::new();
        for line in &script.messages {
            lines.push((self.moment(&line.at)?, line));
        }
        lines.sort_by_key(|(at, _)| *at);
        for (at, line) in lines {
            self.message(tx, at, line)?;
        }
        for call in &script.calls {
            self.call(tx, call)?;
        }
        script.schedules.iter().try_for_each(|planned| self.schedule(tx, planned))
    }

    /// `25m` and `3h` ago, or a time of day so many days ago: `2d 18:30`. With a plus, as much ahead.
    fn moment(&self, text: &str) -> Result<Time, DemoError> {
        let (sign, rest) = text.strip_prefix('+').map_or((-1, text), |rest| (1, rest));
        let bad = || wrong("bad moment", text);
        let number = |text: &str| text.parse::<i64>().map_err(|_| bad());
        if let Some(minutes) = rest.strip_suffix('m') {
            return Ok(self.now + Duration::minutes(sign * number(minutes)?));
        }
        if let Some(hours) = rest.strip_suffix('h') {
            return Ok(self.now + Duration::hours(sign * number(hours)?));
        }
        let (days, time) = rest.split_once("d ").ok_or_else(bad)?;
        let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| bad())?;
        let today = self.now.with_timezone(&self.zone).date_naive();
        let day = today.checked_add_signed(Duration::days(sign * number(days)?)).ok_or_else(bad)?;
        instant(self.zone, day.and_time(time)).ok_or_else(bad)
    }

    fn message(&mut self, tx: &mut Tx<'_>, at: Time, line: &Line) -> Result<(), DemoError> {
        let (contact, urn, channel) = known(&self.contacts, &line.with)?;
        let flow = line.flow.as_ref().map(|flow| known(&self.flows, flow)).transpose()?;
        let trouble = line.trouble.as_ref().map_or("", |said| said.in_tongue(self.tongue)).to_owned();
        let way = match &line.fate {
            Some(fate) => Some(Life::new(at, self.fate(fate)?, &trouble)),
            None => None,
        };
        let received = received(at);
        let delivery = way.as_ref().map(|life| life.delivery);
        let attachments: Vec<Attachment> = line.files.iter().map(|file| Attachment::parse(file)).collect();
        let id = tx.insert_message(&NewMessage {
            uuid: self.dice.uuid(at),
            contact,
            urn: Some(urn),
            channel: Some(channel),
            flow,
            kind: Kind::Text,
            standing: Standing {
                direction: if way.is_some() { Direction::Out } else { Direction::In },
                status: delivery.map_or(Status::Handled, |delivery| delivery.status),
                visibility: if line.archived { Visibility::Archived } else { Visibility::Visible },
                in_flow: flow.is_some(),
                unread: line.unread,
            },
            failed_reason: delivery.and_then(|delivery| delivery.failed_reason),
            error_count: delivery.map_or(0, |delivery| delivery.error_count),
            next_attempt: delivery.and_then(|delivery| delivery.next_attempt),
            created_on: at,
            sent_on: delivery.map_or(Some(at), |delivery| delivery.sent_on),
            modified_on: None,
            remote_id: None,
            external_id: "",
            import_key: None,
            text: line.text.in_tongue(self.tongue),
            folded: None,
            attachments: &attachments,
            history: way.as_ref().map_or(&received, |life| &life.history),
        })?;
        for label in &line.labels {
            tx.put_label(id, known(&self.labels, label)?)?;
        }
        Ok(())
    }

    fn fate(&self, word: &str) -> Result<Fate, DemoError> {
        let (word, rest) = word.split_once(' ').unwrap_or((word, ""));
        Ok(match word {
            "queued" => Fate::Queued,
            "errored" => Fate::Errored(rest.parse().map_err(|_| wrong("bad fate", word))?),
            "wired" => Fate::Wired,
            "sent" => Fate::Sent,
            "delivered" => Fate::Delivered,
            "read" => Fate::Read(self.now - self.moment(rest)?),
            "given-up" => Fate::GivenUp,
            "refused" => Fate::Refused(FailedReason::Refused),
            "no-channel" => Fate::Refused(FailedReason::NoChannel),
            "inactive" => Fate::Refused(FailedReason::ContactInactive),
            _ => return Err(wrong("unknown fate", word)),
        })
    }

    fn call(&mut self, tx: &mut Tx<'_>, call: &Phoned) -> Result<(), DemoError> {
        let (contact, urn, channel) = known(&self.contacts, &call.with)?;
        let at = self.moment(&call.at)?;
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.name() == call.outcome);
        tx.insert_call(&NewCall {
            uuid: self.dice.uuid(at),
            contact,
            urn: Some(urn),
            channel: Some(channel),
            direction: if call.outgoing { Direction::Out } else { Direction::In },
            outcome: outcome.ok_or_else(|| wrong("unknown outcome", &call.outcome))?,
            duration: call.seconds,
            occurred_on: at,
            external_id: "",
            import_key: None,
        })?;
        Ok(())
    }

    fn schedule(&mut self, tx: &mut Tx<'_>, planned: &Planned) -> Result<(), DemoError> {
        let start = self.moment(&planned.first)?;
        let (hour, minute) = clock_of(start, self.zone);
        let local = start.with_timezone(&self.zone);
        let (month, day) = (chrono::Datelike::month(&local), chrono::Datelike::day(&local));
        let repeat = match planned.repeat.as_str() {
            "never" => Repeat::Never,
            "daily" => Repeat::Daily,
            "monthly" => Repeat::Monthly { day },
            "yearly" => Repeat::Yearly { month, day },
            week => {
                let named = |day: &chrono::Weekday| week.contains(&day.to_string().to_lowercase());
                let days = Weekdays::ALL.into_iter().filter(named);
                Repeat::Weekly(Weekdays::new(days).ok_or_else(|| wrong("unknown repeat", week))?)
            }
        };
        let timing = Timing { repeat, hour, minute };
        let recipients: Result<Vec<_>, _> = planned
            .to
            .iter()
            .map(|key| known(&self.contacts, key).map(|(contact, ..)| RecipientId::Contact(contact)))
            .collect();
        let created_on = self.now - Duration::days(20);
        tx.insert_schedule(&NewSchedule {
            uuid: self.dice.uuid(created_on),
            text: planned.text.in_tongue(self.tongue),
            recipients: &recipients?,
            channel: None,
            timing,
            next_fire: timing.first_fire(start, self.now, self.zone),
            last_fire: None,
            paused: planned.paused,
            created_on,
        })?;
        Ok(())
    }
}
