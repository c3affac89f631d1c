//! Firing schedules: a schedule that is due becomes messages in the queue, in one transaction with its next fire.

use chrono::Duration;
use chrono_tz::Tz;

use crate::clock::Dice;
use crate::domain::expression::{Facts, evaluate};
use crate::domain::message::Cause;
use crate::domain::schedule::Schedule;
use crate::domain::{ScheduleId, Time};
use crate::store::{NewOutgoing, Result, Tx};

/// A fire that comes later than this after its moment says so in the history of its messages.
const LATE: Duration = Duration::seconds(90);

/// Fires a schedule that is due. However many moments were missed, it fires once; the next fire is the first one that is
/// still to come, and a schedule that has none goes away. How many messages it made.
pub fn fire(tx: &mut Tx<'_>, id: ScheduleId, now: Time, zone: Tz, dice: &mut Dice) -> Result<u64> {
    let Some(schedule) = tx.find_schedule(id)? else { return Ok(0) };
    let due = schedule.next_fire.unwrap_or(now);
    let next = schedule.timing.next_fire(now, zone);
    if schedule.has_fired_since(due, now) {
        tx.set_fires(id, None, next)?;
        return Ok(0);
    }
    let made = send(tx, &schedule, now, dice)?;
    match next {
        Some(next) => tx.record_fire(id, due, now, next)?,
        None => tx.delete_schedule(id)?,
    }
    Ok(made)
}

/// After the clock was set back: schedules that fired by the wrong one go on by the right one.
pub fn bring_near(tx: &mut Tx<'_>, now: Time, zone: Tz) -> Result<()> {
    for id in tx.fired_in_the_future(now)? {
        let Some(schedule) = tx.find_schedule(id)? else { continue };
        if let Some(next) = schedule.next_fire_anew(now, zone) {
            tx.set_fires(id, Some(now), Some(next))?;
        }
    }
    Ok(())
}

/// Puts what a schedule sends into the queue, and leaves its fires as they are. How many messages it made.
pub fn send(tx: &mut Tx<'_>, schedule: &Schedule, now: Time, dice: &mut Dice) -> Result<u64> {
    // The history of a message tells the moment that was missed; the screen makes a sentence of it.
    let late = schedule.next_fire.filter(|due| now - *due > LATE);
    let detail = late.map(|due| due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default();
    let contacts = tx.contacts_of(schedule.recipients.iter().map(|recipient| recipient.id))?;
    let globals = std::collections::BTreeMap::new();
    let mut made = 0;
    for contact in &contacts {
        let facts = tx.contact_facts(*contact)?;
        let text = evaluate(
            &schedule.text,
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
        );
        // What is empty once its expressions are worked out is no message.
        if text.trim().is_empty() {
            continue;
        }
        tx.queue_message(&NewOutgoing {
            uuid: dice.uuid(now),
            contact: *contact,
            channel: schedule.channel.as_ref().map(|channel| channel.id),
            text: &text,
            attachments: &[],
            is_reply: contacts.len() == 1,
            schedule: Some(schedule.id),
            now,
            leaves_on: None,
            cause: Cause::Schedule,
            detail: &detail,
        })?;
        made += 1;
    }
    Ok(made)
}
