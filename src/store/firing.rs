//! Firing schedules: a schedule that is due becomes messages in the queue, in one transaction with its next fire; and what
//! a person does to one by hand.

use chrono::Duration;
use chrono_tz::Tz;
use uuid::Uuid;

use super::write::Tx;
use super::{NewOutgoing, Result, StoreError};
use crate::domain::expression::{Facts, evaluate};
use crate::domain::message::Cause;
use crate::domain::schedule::{Repeat, Schedule};
use crate::domain::{ContactId, ScheduleId, Time};

/// A fire that comes later than this after its moment says so in the history of its messages.
const LATE: Duration = Duration::seconds(90);

impl Tx<'_> {
    /// Fires a schedule that is due. However many moments were missed, it fires once; the next fire is the first one that is
    /// still to come, and a schedule that has none goes away. How many messages it made.
    pub fn fire_schedule(
        &mut self,
        id: ScheduleId,
        now: Time,
        zone: Tz,
        fresh: impl FnMut() -> Uuid,
    ) -> Result<u64> {
        let Some(schedule) = self.find_schedule(id)? else { return Ok(0) };
        let due = schedule.next_fire.unwrap_or(now);
        let next = schedule.timing.next_fire(now, zone);
        if schedule.has_fired_since(due, now) {
            self.set_fires(id, None, next)?;
            return Ok(0);
        }
        let made = self.send_schedule(&schedule, now, fresh)?;
        match next {
            Some(next) => self.record_fire(id, due, now, next)?,
            None => self.delete_schedule(id)?,
        }
        Ok(made)
    }

    /// After the clock was set back: schedules that fired by the wrong one go on by the right one.
    pub fn bring_schedules_near(&mut self, now: Time, zone: Tz) -> Result<()> {
        for id in self.fired_in_the_future(now)? {
            let Some(schedule) = self.find_schedule(id)? else { continue };
            if let Some(next) = schedule.next_fire_anew(now, zone) {
                self.set_fires(id, Some(now), Some(next))?;
            }
        }
        Ok(())
    }

    /// Sends what a schedule sends now as well, by hand, held back or not: its next fire stays, and one that fires only
    /// once is then done. How many messages it made.
    pub fn run_schedule(&mut self, id: ScheduleId, now: Time, fresh: impl FnMut() -> Uuid) -> Result<u64> {
        let schedule = self.find_schedule(id)?.ok_or(StoreError::NoSchedule(id))?;
        let next = schedule.next_fire;
        // By hand it is never late.
        let made = self.send_schedule(&Schedule { next_fire: None, ..schedule.clone() }, now, fresh)?;
        match schedule.timing.repeat {
            Repeat::Never => self.delete_schedule(id)?,
            Repeat::Daily | Repeat::Weekly(_) | Repeat::Monthly { .. } | Repeat::Yearly { .. } => {
                self.set_fires(id, Some(now), next)?;
            }
        }
        Ok(made)
    }

    /// Lets a schedule go on that was held back. What was missed meanwhile is not made up; what was to fire once still does.
    pub fn resume_schedule(&mut self, id: ScheduleId, now: Time, zone: Tz) -> Result<()> {
        let schedule = self.find_schedule(id)?.ok_or(StoreError::NoSchedule(id))?;
        let missed = schedule.next_fire.is_some_and(|next| next < now);
        let next = if missed { schedule.timing.next_fire(now, zone) } else { None };
        if next.is_some() {
            self.set_fires(id, None, next)?;
        }
        self.set_paused(id, false)
    }

    /// A text with the words worked out that stand for a contact.
    pub fn text_for(&self, contact: ContactId, text: &str) -> Result<String> {
        let facts = self.contact_facts(contact)?;
        let globals = std::collections::BTreeMap::new();
        Ok(evaluate(
            text,
            &Facts {
                name: &facts.name,
                language: &facts.language,
                urn: facts.urns.first(),
                urns: &facts.urns,
                fields: &facts.fields,
                globals: &globals,
                created_on: facts.created_on,
                last_seen_on: facts.last_seen_on,
                uuid: facts.uuid,
                status: facts.status.name(),
            },
        ))
    }

    /// Puts what a schedule sends into the queue, and leaves its fires as they are. How many messages it made.
    fn send_schedule(
        &mut self,
        schedule: &Schedule,
        now: Time,
        mut fresh: impl FnMut() -> Uuid,
    ) -> Result<u64> {
        // The history of a message tells the moment that was missed; the screen makes a sentence of it.
        let late = schedule.next_fire.filter(|due| now - *due > LATE);
        let detail =
            late.map(|due| due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default();
        let contacts = self.contacts_of(schedule.recipients.iter().map(|recipient| recipient.id))?;
        let queued = self.queue_for_each(&contacts, &schedule.text, true, |tx, contact, text| {
            tx.queue_message(&NewOutgoing {
                uuid: fresh(),
                contact,
                channel: schedule.channel.as_ref().map(|channel| channel.id),
                text,
                attachments: &[],
                is_reply: contacts.len() == 1,
                schedule: Some(schedule.id),
                now,
                leaves_on: None,
                cause: Cause::Schedule,
                detail: &detail,
            })
        })?;
        Ok(queued.len() as u64)
    }
}
