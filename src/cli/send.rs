//! Commands that write: `send`, `receive`, and who recipients are.

use std::io::Read;

use chrono::TimeDelta;
use clap::Args;
use serde_json::json;

use super::{Context, Failure, Outcome, output, print_json};
use crate::channels::{Incoming, Received};
use crate::domain::contact::Urn;
use crate::domain::message::{Cause, LONGEST_TEXT};
use crate::domain::moment::{Moment, parse_moment};
use crate::domain::recipient::Wanted;
use crate::domain::schedule::{RecipientId, Repeat, Timing, parse_repeat};
use crate::domain::{ChannelId, Time};
use crate::engine::{Taken, take_in};
use crate::i18n::Key;
use crate::store::{Access, NewOutgoing, NewSchedule, Result as Kept, Store, StoreError, Tx};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// To whom: a number, an address such as telegram:1234, @GROUP or #LABEL; several times or with commas between
    #[arg(long = "to", value_name = "URN", required = true)]
    to: Vec<String>,
    /// By which channel [default: the one that reaches the contact]
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Later: 2026-03-02 09:30, 09:30, tomorrow 9:30, monday 9:30, +2h
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// With --at, again and again: daily, weekly, weekly:mo,we, monthly or yearly
    #[arg(long, requires = "at")]
    repeat: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// The text; `-` reads it from standard input
    text: String,
}

#[derive(Debug, Args)]
pub(super) struct ReceiveArgs {
    /// The channel that brings it
    #[arg(long, value_name = "NAME")]
    channel: String,
    /// From whom: a number, a sender's name, or an address such as telegram:1234
    #[arg(long, value_name = "URN")]
    from: String,
    /// The gateway's own id of it: the same one twice is kept once
    #[arg(long, value_name = "X", default_value = "")]
    external_id: String,
    /// When it was sent [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// The text; `-` reads it from standard input
    text: String,
}

impl Context<'_> {
    /// Whom those words mean; each of them is read before anything is kept.
    pub(super) fn wanted(&self, all: &[String], store: &Store) -> Outcome<Vec<Wanted>> {
        let country = store.settings().map_err(|error| self.failed(&error))?.country;
        let wrong = |text: String| {
            Failure::Usage(self.texts.fill(Key::UsageRecipient, &[("text", &words::one_line(&text))]))
        };
        let read = |text: &String| Wanted::parse_all(text, country).map_err(wrong);
        let wanted = all.iter().map(read).collect::<Outcome<Vec<_>>>()?.concat();
        // Nobody between commas is not nobody.
        if wanted.is_empty() && !all.is_empty() {
            return Err(Failure::Usage(self.texts.get(Key::NobodyChosen).to_owned()));
        }
        Ok(wanted)
    }

    /// The recipients that were wanted.
    pub(super) fn recipients(&mut self, tx: &mut Tx<'_>, wanted: &[Wanted]) -> Kept<Vec<RecipientId>> {
        let now = self.clock.now();
        wanted.iter().map(|one| tx.recipient(one, now, self.dice.uuid(now))).collect()
    }

    pub(super) fn text(&self, text: &str) -> Outcome<String> {
        let text = if text == "-" {
            let mut read = String::new();
            std::io::stdin().lock().read_to_string(&mut read)?;
            read.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            text.to_owned()
        };
        let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if clean.trim().is_empty() {
            return Err(Failure::Usage(self.texts.get(Key::UsageEmptyText).to_owned()));
        }
        let length = clean.chars().count();
        if length > LONGEST_TEXT {
            return Err(Failure::Usage(
                self.texts.fill(Key::UsageLongText, &[("n", &length), ("most", &LONGEST_TEXT)]),
            ));
        }
        Ok(clean)
    }

    pub(super) fn channel(&self, name: Option<&str>, store: &Store) -> Outcome<Option<ChannelId>> {
        let found = name.map(|name| store.find_channel(name)).transpose();
        Ok(found.map_err(|error| self.failed(&error))?.map(|channel| channel.id))
    }

    pub(super) fn moment(&self, text: &str, store: &Store) -> Outcome<Moment> {
        parse_moment(text, self.clock.now(), store.zone()).map_err(|_| {
            Failure::Usage(self.texts.fill(Key::UsageMoment, &[("text", &words::one_line(text))]))
        })
    }

    /// When a schedule fires: from its first moment and how often it repeats.
    pub(super) fn timing(&self, start: Moment, repeat: Option<&str>, store: &Store) -> Outcome<Timing> {
        let zone = store.zone();
        let repeat = match repeat {
            None => Repeat::Never,
            Some(text) => parse_repeat(text, start.at, zone).map_err(|_| {
                Failure::Usage(self.texts.fill(Key::UsageRepeat, &[("text", &words::one_line(text))]))
            })?,
        };
        let (hour, minute) = start.clock;
        Ok(Timing { repeat, hour, minute })
    }
}

pub(super) fn send(args: &SendArgs, context: &mut Context<'_>) -> Outcome<()> {
    let text = context.text(&args.text)?;
    let mut store = context.open(Access::Write)?;
    let channel = context.channel(args.channel.as_deref(), &store)?;
    let recipients = context.wanted(&args.to, &store)?;
    match &args.at {
        Some(at) => {
            let start = context.moment(at, &store)?;
            let timing = context.timing(start, args.repeat.as_deref(), &store)?;
            schedule(&mut store, &recipients, channel, &text, start.at, timing, args.json, context)
        }
        None => queue(&mut store, &recipients, channel, &text, args.json, context),
    }
}

fn queue(
    store: &mut Store,
    recipients: &[Wanted],
    channel: Option<ChannelId>,
    text: &str,
    json: bool,
    context: &mut Context<'_>,
) -> Outcome<()> {
    let now = context.clock.now();
    let queued = store.write(|tx| {
        let ids = context.recipients(tx, recipients)?;
        let contacts = tx.contacts_of(ids)?;
        if contacts.is_empty() {
            return Err(StoreError::NothingToSend);
        }
        tx.queue_for_each(&contacts, text, false, |tx, contact, text| {
            tx.queue_message(&NewOutgoing {
                uuid: context.dice.uuid(now),
                contact,
                channel,
                text,
                attachments: &[],
                is_reply: contacts.len() == 1,
                schedule: None,
                now,
                leaves_on: None,
                cause: Cause::Written,
                detail: "",
            })
        })
    });
    let queued = queued.map_err(|error| context.failed(&error))?;
    let mut failed = 0_u64;
    let mut reason = None;
    for id in &queued {
        let message = store.load_message(*id).map_err(|error| context.failed(&error))?.message;
        if let Some(why) = message.failed_reason {
            failed += 1;
            reason = Some(why);
        }
    }
    let sent = queued.len() as u64 - failed;
    let mut out = output();
    if json {
        let ids: Vec<i64> = queued.iter().map(|id| id.0).collect();
        print_json(&mut out, &json!({"queued": sent, "failed": failed, "ids": ids}))?;
    } else {
        let ids = words::ids(&queued);
        std::io::Write::write_all(
            &mut out,
            format!("{}\n", context.texts.count_fill(Key::SendQueued, sent, &[("ids", &ids)])).as_bytes(),
        )?;
    }
    std::io::Write::flush(&mut out)?;
    match reason {
        Some(reason) if failed > 0 => Err(Failure::Failed(context.texts.count_fill(
            Key::SendFailed,
            failed,
            &[("reason", &words::failed_reason(context.texts, reason))],
        ))),
        _ => Ok(()),
    }
}

#[expect(clippy::too_many_arguments, reason = "each is a part of a schedule")]
fn schedule(
    store: &mut Store,
    recipients: &[Wanted],
    channel: Option<ChannelId>,
    text: &str,
    start: Time,
    timing: Timing,
    json: bool,
    context: &mut Context<'_>,
) -> Outcome<()> {
    let (now, zone) = (context.clock.now(), store.zone());
    let Some(next_fire) = timing.first_fire(start, now, zone) else {
        return Err(Failure::Usage(context.texts.get(Key::UsagePast).to_owned()));
    };
    let made = store.write(|tx| {
        let ids = context.recipients(tx, recipients)?;
        tx.insert_schedule(&NewSchedule {
            uuid: context.dice.uuid(now),
            text,
            recipients: &ids,
            channel,
            timing,
            next_fire: Some(next_fire),
            last_fire: None,
            paused: false,
            created_on: now,
        })
    });
    let id = made.map_err(|error| context.failed(&error))?;
    super::schedule::show(id, json, store, context)
}

/// How far a gateway's clock may be ahead of ours.
const MOST_AHEAD: TimeDelta = TimeDelta::minutes(2);

/// When a message was sent that has come in.
fn sent_on(text: &str, store: &Store, context: &Context<'_>) -> Outcome<Time> {
    let (at, now) = (context.moment(text, store)?.at, context.clock.now());
    if at > now + MOST_AHEAD {
        return Err(Failure::Usage(
            context.texts.fill(Key::UsageFuture, &[("text", &words::one_line(text))]),
        ));
    }
    Ok(at.min(now))
}

pub(super) fn receive(args: &ReceiveArgs, context: &mut Context<'_>) -> Outcome<()> {
    let text = context.text(&args.text)?;
    let mut store = context.open(Access::Write)?;
    let settings = store.settings().map_err(|error| context.failed(&error))?;
    let channel = store.find_channel(&args.channel).map_err(|error| context.failed(&error))?;
    let urn = if args.from.contains(':') {
        Urn::parse(&args.from, settings.country)
    } else {
        Urn::from_phone(&args.from, settings.country)
    };
    let urn = urn.map_err(|_| {
        Failure::Usage(context.texts.fill(Key::UsageRecipient, &[("text", &words::one_line(&args.from))]))
    })?;
    let at = args.at.as_ref().map(|at| sent_on(at, &store, context)).transpose()?;
    let incoming = Received::Message(Incoming {
        urn,
        name: String::new(),
        text,
        attachments: Vec::new(),
        at,
        external_id: args.external_id.clone(),
    });
    let (now, dice) = (context.clock.now(), &mut context.dice);
    let taken = store.write(|tx| take_in(tx, &channel, &incoming, now, dice));
    let taken = taken.map_err(|error| context.failed(&error))?;
    let Taken::Message(arrival) = taken else { return Err(context.failed(&StoreError::Interrupted)) };
    let mut out = output();
    if args.json {
        print_json(
            &mut out,
            &json!({"id": arrival.id.0, "uuid": arrival.uuid.to_string(), "duplicate": arrival.is_repeat}),
        )?;
    } else {
        let key = if arrival.is_repeat { Key::ReceiveRepeat } else { Key::ReceiveDone };
        let sentence = context.texts.fill(key, &[("id", &arrival.id)]);
        std::io::Write::write_all(&mut out, format!("{sentence}\n").as_bytes())?;
    }
    std::io::Write::flush(&mut out)?;
    Ok(())
}
