//! What gateways bring, into the store: messages, reports, stops. The engine, the listener and `recado receive` all come
//! through here.

use crate::channels::{About, Received, Reported};
use crate::clock::Dice;
use crate::domain::channel::Channel;
use crate::domain::delivery::Report;
use crate::domain::{MessageId, Time};
use crate::store::{Arrival, NewIncoming, ReportEffect, Result, Tx};

/// What became of something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A message, new or here before.
    Message(Arrival),
    /// A report about one of our messages, and what it did.
    Report(Report, ReportEffect),
    /// A contact was stopped.
    Stopped,
    /// It was passed over; why.
    Ignored(String),
}

/// Takes one thing in.
pub fn take_in(
    tx: &mut Tx<'_>,
    channel: &Channel,
    received: &Received,
    now: Time,
    dice: &mut Dice,
) -> Result<Taken> {
    Ok(match received {
        Received::Message(incoming) => {
            let arrival = tx.receive(
                &NewIncoming {
                    uuid: dice.uuid(now),
                    contact: dice.uuid(now),
                    channel: channel.id,
                    urn: &incoming.urn,
                    name: &incoming.name,
                    text: &incoming.text,
                    attachments: &incoming.attachments,
                    sent_on: incoming.at,
                    external_id: &incoming.external_id,
                },
                now,
            )?;
            Taken::Message(arrival)
        }
        Received::Report(reported) => Taken::Report(reported.report, report(tx, channel, reported, now)?),
        Received::Stopped(urn) => {
            tx.stop_contact(urn, now, dice.uuid(now))?;
            Taken::Stopped
        }
        Received::Ignored(why) => Taken::Ignored(why.clone()),
    })
}

fn report(tx: &mut Tx<'_>, channel: &Channel, reported: &Reported, now: Time) -> Result<ReportEffect> {
    let found: Option<MessageId> = match &reported.about {
        About::Message(uuid) => tx.find_sent(channel.id, *uuid)?,
        About::External(id) => tx.find_by_external_id(channel.id, id)?,
    };
    match found {
        Some(message) => tx.record_report(message, reported.report, now, &reported.detail),
        None => Ok(ReportEffect::Unknown),
    }
}
