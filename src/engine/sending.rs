//! What goes out and what comes of it: one transaction records the outcomes and claims what is next, and only then do the
//! threads of the lanes hear of it.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::Duration as Span;

use super::{Engine, Flight, Later, Signal, intake};
use crate::channels::Tried;
use crate::domain::delivery::{Outcome, patience};
use crate::domain::message::FailedReason;
use crate::domain::{ChannelId, ContactId, MessageId, Time};
use crate::store::{Claimed, Result, Tx, WantedMedia};

/// What a transaction claimed, each with the channel that it is for.
struct Kept {
    claimed: Vec<(ChannelId, Claimed)>,
    media: Vec<(ChannelId, WantedMedia)>,
}

/// What follows an attempt to send a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next part leaves.
    Part,
    /// The rest does not leave now: the rate, or the channel, does not let it, and it waits in the queue.
    Rest,
    /// That was the last part, or it was not taken.
    End,
    /// The channel is gone.
    Gone,
}

impl Engine {
    /// One transaction: what the signals say is recorded, and with `claim` what is due is claimed. The threads hear of the
    /// next parts only once all this is kept. How many messages began to be sent.
    pub(super) fn store_signals(&mut self, now: Time, signals: &mut Vec<Signal>, claim: bool) -> Result<u64> {
        let mut said: Vec<(ChannelId, u64)> = Vec::new();
        while self.later.peek().is_some_and(|Reverse(later)| later.at <= now) {
            if let Some(Reverse(later)) = self.later.pop() {
                said.push((later.channel, later.number));
            }
        }
        let mut nexts = self.decide_nexts(signals, now);
        let wanted = if claim { self.room(now, &nexts) } else { Vec::new() };
        let files = if claim { self.files_due(now)? } else { Vec::new() };
        if signals.is_empty() && said.is_empty() && wanted.is_empty() && files.is_empty() {
            return Ok(0);
        }
        let kept = match self.keep(now, signals, &said, (&wanted, &files), &mut nexts) {
            Ok(kept) => kept,
            Err(error) => {
                // What a simulated gateway says waits as well as the signals do.
                for (channel, number) in said {
                    self.later.push(Reverse(Later { at: now, number, channel }));
                }
                return Err(error);
            }
        };
        for (_, number) in &said {
            self.said.remove(number);
        }
        Ok(self.carry_on(now, std::mem::take(signals), &nexts, kept))
    }

    /// What follows each attempt that the signals tell of. A part that leaves next is spent from its channel's rate, and how
    /// long a gateway asked to rest is noted.
    fn decide_nexts(&mut self, signals: &[Signal], now: Time) -> HashMap<MessageId, Next> {
        let mut nexts = HashMap::new();
        for signal in signals {
            let Signal::Tried { channel, message, tried } = signal else { continue };
            if let Tried::TryAgain { wait: Some(wait), .. } = tried
                && let Some(lane) = self.lanes.get_mut(channel)
            {
                // At once: what is claimed with this outcome would leave all the same.
                lane.rest_until = Some(now + patience(*wait));
            }
            let Some((_, flight)) = self.flights.get(message) else { continue };
            let is_last = flight.part + 1 >= flight.parts.len();
            let is_taken = matches!(tried, Tried::Accepted { .. });
            let goes_on = is_taken && !is_last;
            let next = match self.lanes.get_mut(channel) {
                Some(lane) if goes_on => {
                    if lane.may_leave(now) {
                        Next::Part
                    } else {
                        Next::Rest
                    }
                }
                Some(_) => Next::End,
                None if is_taken && is_last => Next::End,
                None if !self.broken.contains_key(channel) => Next::Gone,
                None if goes_on => Next::Rest,
                None => Next::End,
            };
            nexts.insert(*message, next);
        }
        nexts
    }

    /// The channels that have files to fetch, and are not at it.
    fn files_due(&self, now: Time) -> Result<Vec<ChannelId>> {
        let mut due = Vec::new();
        for (id, _) in self.lanes.iter().filter(|(_, lane)| lane.may_fetch()) {
            if self.store.next_media(*id)?.is_some_and(|next| next <= now) {
                due.push(*id);
            }
        }
        Ok(due)
    }

    /// How many messages each channel may claim: one that has landed makes room for the next one.
    fn room(&self, now: Time, nexts: &HashMap<MessageId, Next>) -> Vec<(ChannelId, usize)> {
        let landed_on = |id: &ChannelId| {
            let landed = nexts.iter().filter(|(_, next)| **next != Next::Part);
            landed
                .filter(|(message, _)| self.flights.get(message).is_some_and(|(lane, _)| lane == id))
                .count()
        };
        let rooms = self.lanes.iter().map(|(id, lane)| (*id, lane.room(now, landed_on(id))));
        rooms.filter(|(_, room)| *room > 0).collect()
    }

    fn keep(
        &mut self,
        now: Time,
        signals: &[Signal],
        said: &[(ChannelId, u64)],
        (wanted, files): (&[(ChannelId, usize)], &[ChannelId]),
        nexts: &mut HashMap<MessageId, Next>,
    ) -> Result<Kept> {
        let Self { store, dice, lanes, flights, said: sayings, .. } = self;
        let is_under_way = |id: &MessageId| nexts.get(id).is_none_or(|next| *next == Next::Part);
        let mut busy: Vec<ContactId> = flights
            .iter()
            .filter(|(id, _)| is_under_way(id))
            .map(|(_, (_, flight))| flight.message.contact)
            .collect();
        let (kept, given_up) = store.write(|tx| {
            for signal in signals {
                match signal {
                    Signal::Tried { channel, message, tried } => {
                        if let (Some((_, flight)), Some(next)) =
                            (flights.get(message), nexts.get_mut(message))
                        {
                            *next = record(tx, *channel, flight, tried, *next, now)?;
                        }
                    }
                    Signal::News { channel, received, cursor } => {
                        let Some(lane) = lanes.get(channel) else { continue };
                        for one in received {
                            intake::take_in(tx, &lane.record, one, now, dice)?;
                        }
                        tx.set_channel_cursor(*channel, *cursor)?;
                    }
                    Signal::Fetched { media, fetched, .. } => match fetched {
                        Ok(()) => tx.media_fetched(media, now)?,
                        Err(unfetched) => {
                            tx.media_failed(media, unfetched.may_try_again, &unfetched.reason)?;
                        }
                    },
                    Signal::NoNews { .. } | Signal::Stop => {}
                }
            }
            for (channel, number) in said {
                if let (Some(lane), Some(received)) = (lanes.get(channel), sayings.get(number)) {
                    intake::take_in(tx, &lane.record, received, now, dice)?;
                }
            }
            let (mut claimed, mut given_up) = (Vec::new(), 0);
            for (channel, room) in wanted {
                let claims = tx.claim(*channel, &mut busy, *room, now)?;
                claimed.extend(claims.messages.into_iter().map(|message| (*channel, message)));
                given_up += claims.given_up;
            }
            let mut media = Vec::new();
            for channel in files {
                media.extend(tx.claim_media(*channel, now)?.map(|media| (*channel, media)));
            }
            Ok((Kept { claimed, media }, given_up))
        })?;
        // There may be more of them, and nothing else wakes for it.
        self.more |= given_up > 0;
        Ok(kept)
    }

    /// What follows once everything is kept: next parts leave, new messages leave, gateways are asked on.
    fn carry_on(
        &mut self,
        now: Time,
        signals: Vec<Signal>,
        nexts: &HashMap<MessageId, Next>,
        Kept { claimed, media }: Kept,
    ) -> u64 {
        for signal in signals {
            match signal {
                Signal::Tried { channel, message, tried } => {
                    if let Some(next) = nexts.get(&message) {
                        self.go_on(channel, message, &tried, *next, now);
                    }
                }
                Signal::News { channel, cursor, .. } => {
                    self.faults.answered(channel);
                    if let Some(lane) = self.lanes.get(&channel) {
                        lane.ask_from(cursor);
                    }
                }
                Signal::NoNews { channel, reason } => {
                    tracing::warn!(channel = channel.0, reason, "a gateway could not be asked");
                    self.faults.asked_in_vain(channel, &reason);
                }
                Signal::Fetched { channel, fetched, .. } => {
                    if let Err(unfetched) = fetched {
                        let reason = unfetched.reason;
                        tracing::warn!(channel = channel.0, reason, "what came along could not be fetched");
                    }
                    if let Some(lane) = self.lanes.get_mut(&channel) {
                        lane.is_fetching = false;
                        self.more = true;
                    }
                }
                Signal::Stop => {}
            }
        }
        for (channel, media) in media {
            if let Some(lane) = self.lanes.get_mut(&channel) {
                lane.fetch(media);
            }
        }
        let begun = claimed.len() as u64;
        for (channel, message) in claimed {
            if let Some(lane) = self.lanes.get_mut(&channel) {
                let id = message.id;
                let flight = lane.begin(message, now);
                self.flights.insert(id, (channel, flight));
            }
        }
        begun
    }

    /// The next part of a message leaves, or the message has landed.
    fn go_on(&mut self, channel: ChannelId, message: MessageId, tried: &Tried, next: Next, now: Time) {
        if next == Next::Part {
            if let (Some((_, flight)), Some(lane)) =
                (self.flights.get_mut(&message), self.lanes.get(&channel))
            {
                flight.part += 1;
                lane.send(flight);
            }
            return;
        }
        let Some((_, flight)) = self.flights.remove(&message) else { return };
        let Some(lane) = self.lanes.get_mut(&channel) else { return };
        lane.in_flight = lane.in_flight.saturating_sub(1);
        if next == Next::End && matches!(tried, Tried::Accepted { .. }) {
            let sayings =
                flight.sending().map(|sending| lane.channel.afterwards(&sending)).unwrap_or_default();
            for (after, received) in sayings {
                self.counted += 1;
                self.said.insert(self.counted, received);
                let at = now + Span::from_std(after).unwrap_or_default();
                self.later.push(Reverse(Later { at, number: self.counted, channel }));
            }
        }
    }
}

/// Writes down what came of an attempt to send a part. What follows: a message that failed meanwhile, for the gateway
/// reported that of a part, is sent no further.
fn record(
    tx: &mut Tx<'_>,
    channel: ChannelId,
    flight: &Flight,
    tried: &Tried,
    next: Next,
    now: Time,
) -> Result<Next> {
    let message = flight.message.id;
    let is_whole = matches!(tried, Tried::Accepted { .. }) && next == Next::End;
    if flight.parts.len() > 1 && !is_whole {
        tx.keep_rest_queued(message, now)?;
    }
    match tried {
        Tried::Accepted { external_id } => {
            tx.part_taken(message, channel, external_id, flight.part + 1)?;
            if next == Next::End {
                tx.record_attempt(message, Outcome::Wired, None, now, "")?;
            }
        }
        Tried::TryAgain { reason, wait, in_doubt } => {
            if *in_doubt {
                tx.note_doubt(message, now, reason)?;
            }
            tx.record_attempt(message, Outcome::TryAgain, wait.map(patience), now, reason)?;
        }
        Tried::Refused { reason, stops_contact } => {
            tx.record_attempt(message, Outcome::Refused(FailedReason::Refused), None, now, reason)?;
            if *stops_contact {
                tx.stop_contact_of(message)?;
            }
        }
    }
    let next = if next == Next::Part && tx.has_failed(message)? { Next::Rest } else { next };
    match next {
        Next::Part | Next::End => {}
        Next::Rest => tx.put_back(message)?,
        Next::Gone => {
            tx.put_back(message)?;
            tx.give_up(&[message], FailedReason::ChannelRemoved, now)?;
        }
    }
    Ok(next)
}
