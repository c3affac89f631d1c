//! What the threads of the lanes said, into the store.

use std::collections::{BTreeMap, HashMap};

use chrono::Duration as Span;

use super::Signal;
use super::intake::take_in;
use super::lane::{Flight, Lane};
use crate::channels::Tried;
use crate::clock::Dice;
use crate::domain::delivery::Outcome;
use crate::domain::message::FailedReason;
use crate::domain::{ChannelId, MessageId, Time};
use crate::store::{Result, Tx};

/// The message that has landed with a signal: its last part was taken, or it was not.
pub(super) fn ended(signal: &Signal, flights: &HashMap<MessageId, (ChannelId, Flight)>) -> Option<MessageId> {
    let Signal::Tried { message, tried, .. } = signal else { return None };
    let (_, flight) = flights.get(message)?;
    let is_last = flight.part + 1 >= flight.parts.len();
    (is_last || !matches!(tried, Tried::Accepted { .. })).then_some(*message)
}

/// Keeps what a signal says.
pub(super) fn record(
    tx: &mut Tx<'_>,
    signal: &Signal,
    lanes: &BTreeMap<ChannelId, Lane>,
    flights: &HashMap<MessageId, (ChannelId, Flight)>,
    now: Time,
    dice: &mut Dice,
) -> Result<()> {
    match signal {
        Signal::Tried { channel, message, tried } => {
            let Some((_, flight)) = flights.get(message) else { return Ok(()) };
            record_tried(tx, *channel, flight, tried, now)
        }
        Signal::News { channel, received, cursor } => {
            let Some(lane) = lanes.get(channel) else { return Ok(()) };
            for one in received {
                take_in(tx, &lane.record, one, now, dice)?;
            }
            tx.set_channel_cursor(*channel, *cursor)
        }
        Signal::Fetched { media, fetched, .. } => match fetched {
            Ok(()) => tx.media_fetched(media, now),
            Err(unfetched) => tx.media_failed(media, unfetched.may_try_again, &unfetched.reason),
        },
        Signal::NoNews { .. } | Signal::Stop => Ok(()),
    }
}

fn record_tried(
    tx: &mut Tx<'_>,
    channel: ChannelId,
    flight: &Flight,
    tried: &Tried,
    now: Time,
) -> Result<()> {
    let message = flight.message.id;
    match tried {
        Tried::Accepted { external_id } => {
            tx.part_taken(message, channel, external_id, flight.part + 1)?;
            if flight.part + 1 >= flight.parts.len() {
                tx.record_attempt(message, Outcome::Wired, None, now, "")?;
            }
        }
        Tried::TryAgain { reason, wait, in_doubt } => {
            let wait = wait.and_then(|wait| Span::from_std(wait).ok());
            if *in_doubt {
                tx.note_doubt(message, now, reason)?;
            }
            tx.record_attempt(message, Outcome::TryAgain, wait, now, reason)?;
        }
        Tried::Refused { reason, stops_contact } => {
            tx.record_attempt(message, Outcome::Refused(FailedReason::Refused), None, now, reason)?;
            if *stops_contact {
                tx.stop_contact_of(message)?;
            }
        }
    }
    Ok(())
}
