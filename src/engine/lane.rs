//! A channel at work: the threads that send through it, how much may leave in this second, the thread that asks its gateway
//! for news, and the one that fetches what came along with messages.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::Signal;
use crate::channels::{Channel, Part, Sending, Tried, Unfetched};
use crate::domain::channel::Channel as Record;
use crate::domain::delivery::is_awaited;
use crate::domain::{ChannelId, MessageId, Time};
use crate::store::{Claimed, WantedMedia, write_media};

/// A part that a thread is to send.
#[derive(Debug)]
pub(super) struct Job {
    message: Arc<Claimed>,
    parts: Arc<[Part]>,
    part: usize,
}

/// A message on its way: claimed, some parts taken, the next one sent.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) message: Arc<Claimed>,
    pub(super) parts: Arc<[Part]>,
    pub(super) part: usize,
}

/// A channel at work.
pub(super) struct Lane {
    pub(super) record: Record,
    pub(super) channel: Arc<dyn Channel>,
    /// Messages that a thread has now.
    pub(super) in_flight: usize,
    /// Until when the gateway asked to be left alone.
    pub(super) rest_until: Option<Time>,
    jobs: Sender<Job>,
    asked: Option<Sender<i64>>,
    wanted: Option<Sender<WantedMedia>>,
    /// Whether a file is being fetched: one at a time.
    pub(super) is_fetching: bool,
    second: i64,
    spent: u32,
}

/// How long one question for news may take.
const ASKING: Duration = Duration::from_secs(25);

/// How long to wait after a question for news failed.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Lane {
    /// Starts the threads of a channel. They end when the lane is dropped and what they do is done.
    pub(super) fn open(
        record: Record,
        channel_at_work: Arc<dyn Channel>,
        signals: &Sender<Signal>,
        media: PathBuf,
    ) -> Self {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..channel_at_work.connections().max(1) {
            let (sender, waiting, signals) =
                (Arc::clone(&channel_at_work), Arc::clone(&waiting), signals.clone());
            let id = record.id;
            thread::spawn(move || send_all(id, &*sender, &waiting, &signals));
        }
        let asked = ask_for_news(&record, &channel_at_work, signals);
        let wanted = fetch_media(record.id, &channel_at_work, signals, media);
        Self {
            record,
            channel: channel_at_work,
            in_flight: 0,
            rest_until: None,
            jobs,
            asked,
            wanted,
            is_fetching: false,
            second: 0,
            spent: 0,
        }
    }

    /// How many more messages may be claimed at this moment, when so many of those on their way have just landed.
    pub(super) fn room(&self, now: Time, landed: usize) -> usize {
        if self.rests(now) {
            return 0;
        }
        let free = self.channel.connections().max(1).saturating_sub(self.in_flight.saturating_sub(landed));
        self.left(now).map_or(free, |left| free.min(usize::try_from(left).unwrap_or(free)))
    }

    /// Whether the gateway is to be left alone.
    fn rests(&self, now: Time) -> bool {
        self.rest_until.is_some_and(|until| is_awaited(until, now))
    }

    /// How many more parts may leave in this second; none for no limit.
    fn left(&self, now: Time) -> Option<u32> {
        let spent = if self.second == now.timestamp() { self.spent } else { 0 };
        self.record.rate.map(|rate| rate.saturating_sub(spent))
    }

    /// Whether one more part may leave in this second; if so, it is counted.
    pub(super) fn may_leave(&mut self, now: Time) -> bool {
        if self.rests(now) || self.left(now) == Some(0) {
            return false;
        }
        self.count(now);
        true
    }

    fn count(&mut self, now: Time) {
        if self.second != now.timestamp() {
            (self.second, self.spent) = (now.timestamp(), 0);
        }
        self.spent = self.spent.saturating_add(1);
    }

    /// Takes the place of a lane whose channel was changed: what is on its way there counts here.
    pub(super) fn go_on_from(&mut self, old: &Self) {
        (self.in_flight, self.rest_until) = (old.in_flight, old.rest_until);
        (self.second, self.spent) = (old.second, old.spent);
    }

    /// When there is room again, while the rate or the gateway's own wish holds things back.
    pub(super) fn next_room(&self, now: Time) -> Option<Time> {
        let resting = self.rest_until.filter(|until| is_awaited(*until, now));
        let is_full = self.left(now) == Some(0);
        let next_second = is_full.then(|| Time::from_timestamp(now.timestamp() + 1, 0)).flatten();
        resting.into_iter().chain(next_second).max()
    }

    /// Begins to send a message.
    pub(super) fn begin(&mut self, message: Claimed, now: Time) -> Flight {
        let parts: Arc<[Part]> = self.channel.parts(&message.text, &message.attachments).into();
        self.count(now);
        self.in_flight += 1;
        let part = message.parts_done.min(parts.len().saturating_sub(1));
        let flight = Flight { message: Arc::new(message), parts, part };
        self.send(&flight);
        flight
    }

    /// Hands the next part of a message to a thread.
    pub(super) fn send(&self, flight: &Flight) {
        let job =
            Job { message: Arc::clone(&flight.message), parts: Arc::clone(&flight.parts), part: flight.part };
        // The threads live as long as the lane.
        let _ = self.jobs.send(job);
    }

    /// What came in was kept: the gateway may be asked for what comes after.
    pub(super) fn ask_from(&self, cursor: i64) {
        if let Some(asked) = &self.asked {
            let _ = asked.send(cursor);
        }
    }

    /// Whether it can fetch what came along with messages, and is not at it.
    pub(super) fn may_fetch(&self) -> bool {
        self.wanted.is_some() && !self.is_fetching
    }

    /// Begins to fetch a file.
    pub(super) fn fetch(&mut self, media: WantedMedia) {
        if let Some(wanted) = &self.wanted {
            self.is_fetching = wanted.send(media).is_ok();
        }
    }
}

impl Flight {
    /// The sending of its present part.
    pub(super) fn sending(&self) -> Option<Sending<'_>> {
        sending(&self.message, &self.parts, self.part)
    }
}

fn sending<'a>(message: &'a Claimed, parts: &'a [Part], part: usize) -> Option<Sending<'a>> {
    let present = parts.get(part)?;
    Some(Sending {
        message: message.uuid,
        to: &message.urn,
        text: &present.text,
        attachments: &present.attachments,
        part,
        parts: parts.len(),
        is_reply: message.is_reply,
    })
}

fn send_all(
    channel: ChannelId,
    sender: &dyn Channel,
    waiting: &Mutex<Receiver<Job>>,
    signals: &Sender<Signal>,
) {
    loop {
        // One thread waits at the queue, the others at the lock.
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let message: MessageId = job.message.id;
        let tried = match sending(&job.message, &job.parts, job.part) {
            Some(sending) => sender.send(&sending),
            None => Tried::Accepted { external_id: String::new() },
        };
        if signals.send(Signal::Tried { channel, message, tried }).is_err() {
            return;
        }
    }
}

/// A thread that asks a gateway for news, one question after the other, each from where the last answer was kept. None
/// for gateways that call by themselves.
fn ask_for_news(
    record: &Record,
    gateway: &Arc<dyn Channel>,
    signals: &Sender<Signal>,
) -> Option<Sender<i64>> {
    gateway.asks().then(|| {
        let (asked, cursors) = channel::<i64>();
        let (gateway, signals, id) = (Arc::clone(gateway), signals.clone(), record.id);
        let _ = asked.send(record.cursor);
        thread::spawn(move || {
            while let Ok(cursor) = cursors.recv() {
                let mut answer = gateway.poll(cursor, ASKING);
                while let Some(Err(reason)) = answer {
                    if signals.send(Signal::NoNews { channel: id, reason }).is_err() {
                        return;
                    }
                    // Nobody says a cursor meanwhile: this is a pause that the end of the lane cuts short.
                    if cursors.recv_timeout(ASK_AGAIN) == Err(RecvTimeoutError::Disconnected) {
                        return;
                    }
                    answer = gateway.poll(cursor, ASKING);
                }
                let Some(Ok((received, cursor))) = answer else { return };
                if signals.send(Signal::News { channel: id, received, cursor }).is_err() {
                    return;
                }
            }
        });
        asked
    })
}

/// A thread that fetches what came along with messages, apart from those that send. None where nothing is to be fetched.
fn fetch_media(
    channel: ChannelId,
    gateway: &Arc<dyn Channel>,
    signals: &Sender<Signal>,
    folder: PathBuf,
) -> Option<Sender<WantedMedia>> {
    gateway.media()?;
    let (wanted, wishes) = mpsc::channel::<WantedMedia>();
    let (gateway, signals) = (Arc::clone(gateway), signals.clone());
    thread::spawn(move || {
        while let Ok(media) = wishes.recv() {
            let Some(keeper) = gateway.media() else { return };
            let fetched = keeper.fetch(&media.attachment).and_then(|content| {
                write_media(&folder, &media.name, content.as_slice())
                    .map_err(|error| Unfetched { reason: error.to_string(), may_try_again: true })
            });
            if signals.send(Signal::Fetched { channel, media, fetched }).is_err() {
                return;
            }
        }
    });
    Some(wanted)
}
