//! What is being written, between the screen and the store: how it begins, and what becomes of it.

use std::ops::ControlFlow;

use crate::clock::Dice;
use crate::domain::channel::ChannelWay;
use crate::domain::contact::{display_name, name_or_number};
use crate::domain::deed::Deed;
use crate::domain::draft::{Draft, DraftKey};
use crate::domain::message::Cause;
use crate::domain::plan::Plan;
use crate::domain::recipient::{Wanted, named_address, quoted};
use crate::domain::schedule::{RecipientId, Schedule, Timing};
use crate::domain::{ContactId, MessageId, ScheduleId, Time};
use crate::store::{Edited, NewOutgoing, NewSchedule, Store, StoreError, Tx};
use crate::tui::event::{ScheduleDeed, Writing};
use crate::tui::model::Leaving;

/// What something that is to be written begins with: its draft, or the message or schedule as it stands. What was written
/// for one that is gone, or has left, goes on as a new message.
pub(super) fn open(store: &Store, key: DraftKey, newest: bool, now: Time) -> Result<Writing, StoreError> {
    let kept = if newest { store.newest_draft()? } else { store.find_draft(key)? };
    if let Some(kept) = &kept
        && let Some(recipients) = orphaned(store, kept)?
    {
        let begin = Draft::new(DraftKey::New(now));
        let kept = Some(Draft { key: begin.key, recipients, ..kept.clone() });
        return Ok(Writing { kept, begin, name: String::new(), ways: all_ways(store)? });
    }
    let begin = Draft::new(key);
    Ok(match key {
        DraftKey::New(_) => Writing { kept, begin, name: String::new(), ways: all_ways(store)? },
        DraftKey::Reply(contact) => {
            Writing { kept, begin, name: name_of(store, contact)?, ways: store.ways_to(contact)? }
        }
        DraftKey::Edit(id) => {
            let row = store.load_message(id)?;
            let (contact, text) = (&row.message.contact, row.message.text.clone());
            Writing {
                kept,
                begin: Draft { text, ..begin },
                name: display_name(&contact.name, &row.national).to_owned(),
                ways: store.ways_to(contact.id)?,
            }
        }
        DraftKey::Schedule(id) => {
            let schedule = store.find_schedule(id)?.ok_or(StoreError::NoSchedule(id))?;
            let plan = Plan::of(&schedule, now, store.zone());
            let as_it_stands = Draft {
                recipients: written(store, &schedule)?,
                channel: schedule.channel.map(|channel| channel.id),
                plan: Some(plan),
                text: schedule.text,
                ..begin
            };
            Writing { kept, begin: as_it_stands, name: String::new(), ways: all_ways(store)? }
        }
    })
}

/// To whom a draft goes on that has nothing to change any more; none while it has.
fn orphaned(store: &Store, draft: &Draft) -> Result<Option<String>, StoreError> {
    Ok(match draft.key {
        DraftKey::New(_) | DraftKey::Reply(_) => None,
        DraftKey::Schedule(id) => store.find_schedule(id)?.is_none().then(|| draft.recipients.clone()),
        DraftKey::Edit(id) => {
            let message = store.load_message(id)?.message;
            let named = || message.urn.as_ref().map(|urn| named_address(&message.contact.name, urn));
            (!message.may_be_edited()).then(|| named().unwrap_or_default())
        }
    })
}

fn name_of(store: &Store, contact: ContactId) -> Result<String, StoreError> {
    let (contact, urns) = store.load_contact(contact)?;
    Ok(name_or_number(&contact.name, &urns))
}

fn all_ways(store: &Store) -> Result<Vec<ChannelWay>, StoreError> {
    let channels = store.channels()?.into_iter();
    Ok(channels.map(|channel| ChannelWay { channel: channel.id, name: channel.name, urn: None }).collect())
}

/// The recipients of a schedule as they are typed.
fn written(store: &Store, schedule: &Schedule) -> Result<String, StoreError> {
    let mut all = Vec::new();
    for recipient in &schedule.recipients {
        all.push(match recipient.id {
            RecipientId::Contact(contact) => {
                let (contact, urns) = store.load_contact(contact)?;
                urns.first().map_or(contact.name.clone(), |urn| named_address(&contact.name, urn))
            }
            RecipientId::Group(_) => format!("@{}", quoted(&recipient.name)),
            RecipientId::Label(_) => format!("#{}", quoted(&recipient.name)),
        });
    }
    Ok(all.join(", "))
}

/// Puts what was written into the queue, in place of its draft: all of it, or nothing.
pub(super) fn send(
    store: &mut Store,
    draft: &Draft,
    leaves_on: Option<Time>,
    now: Time,
    dice: &mut Dice,
) -> Result<Vec<MessageId>, StoreError> {
    let text = draft.text.trim_end();
    let wanted = wanted(store, draft)?;
    store.write(|tx| {
        if let DraftKey::Edit(id) = draft.key {
            tx.edit_message(id, Edited { text, channel: draft.channel, leaves_on }, now)?;
            tx.drop_draft(draft.key)?;
            return Ok(vec![id]);
        }
        let recipients = recipients(tx, draft, &wanted, now, dice)?;
        let contacts = tx.contacts_of(recipients)?;
        // Of many some may fail, and Failed says why; what is written to one is better not lost out of sight.
        if let [contact] = contacts.as_slice()
            && tx.route(*contact, draft.channel)?.is_none()
        {
            return Err(StoreError::NoRoute);
        }
        // What goes to whom it may concern may say their names; an answer says what it says.
        let is_personal = match draft.key {
            DraftKey::New(_) => true,
            DraftKey::Reply(_) | DraftKey::Edit(_) | DraftKey::Schedule(_) => false,
        };
        let queued = tx.queue_for_each(&contacts, text, is_personal, |tx, contact, text| {
            tx.queue_message(&NewOutgoing {
                uuid: dice.uuid(now),
                contact,
                channel: draft.channel,
                text,
                attachments: &[],
                is_reply: contacts.len() == 1,
                schedule: None,
                now,
                leaves_on,
                cause: Cause::Written,
                detail: "",
            })
        })?;
        if queued.is_empty() {
            return Err(StoreError::NothingToSend);
        }
        tx.drop_draft(draft.key)?;
        Ok(queued)
    })
}

/// Schedules what was written, in place of its draft.
pub(super) fn schedule(
    store: &mut Store,
    draft: &Draft,
    (timing, first): (Timing, Time),
    now: Time,
    dice: &mut Dice,
) -> Result<(), StoreError> {
    let wanted = wanted(store, draft)?;
    store.write(|tx| {
        let recipients = recipients(tx, draft, &wanted, now, dice)?;
        tx.insert_schedule(&NewSchedule {
            uuid: dice.uuid(now),
            text: draft.text.trim_end(),
            recipients: &recipients,
            channel: draft.channel,
            timing,
            next_fire: Some(first),
            last_fire: None,
            paused: false,
            created_on: now,
        })?;
        tx.drop_draft(draft.key)
    })
}

/// Gives a schedule what was written, in place of its draft. Without a timing it goes on as before.
pub(super) fn edit_schedule(
    store: &mut Store,
    id: ScheduleId,
    draft: &Draft,
    timing: Option<(Timing, Time)>,
    now: Time,
    dice: &mut Dice,
) -> Result<(), StoreError> {
    let wanted = wanted(store, draft)?;
    store.write(|tx| {
        let old = tx.find_schedule(id)?.ok_or(StoreError::NoSchedule(id))?;
        let recipients = recipients(tx, draft, &wanted, now, dice)?;
        tx.change_schedule(
            id,
            &NewSchedule {
                uuid: old.uuid,
                text: draft.text.trim_end(),
                recipients: &recipients,
                channel: draft.channel,
                timing: timing.map_or(old.timing, |(timing, _)| timing),
                next_fire: timing.map_or(old.next_fire, |(_, first)| Some(first)),
                last_fire: old.last_fire,
                paused: old.paused,
                created_on: old.created_on,
            },
        )?;
        tx.drop_draft(draft.key)
    })
}

/// Does something to a schedule; how many messages that made.
pub(super) fn change_schedule(
    store: &mut Store,
    id: ScheduleId,
    deed: ScheduleDeed,
    now: Time,
    dice: &mut Dice,
) -> Result<u64, StoreError> {
    let zone = store.zone();
    store.write(|tx| match deed {
        ScheduleDeed::Pause => tx.set_paused(id, true).map(|()| 0),
        ScheduleDeed::Resume => tx.resume_schedule(id, now, zone).map(|()| 0),
        ScheduleDeed::Cancel => tx.delete_schedule(id).map(|()| 0),
        ScheduleDeed::Run => tx.run_schedule(id, now, || dice.uuid(now)),
    })
}

/// Whom a draft names, when it names anybody.
fn wanted(store: &Store, draft: &Draft) -> Result<Vec<Wanted>, StoreError> {
    if draft.key.has_recipients() {
        Wanted::parse_all(&draft.recipients, store.settings()?.country).map_err(StoreError::NoContact)
    } else {
        Ok(Vec::new())
    }
}

fn recipients(
    tx: &mut Tx<'_>,
    draft: &Draft,
    wanted: &[Wanted],
    now: Time,
    dice: &mut Dice,
) -> Result<Vec<RecipientId>, StoreError> {
    let mut recipients = match draft.key {
        DraftKey::Reply(contact) => vec![RecipientId::Contact(contact)],
        DraftKey::New(_) | DraftKey::Schedule(_) | DraftKey::Edit(_) => Vec::new(),
    };
    for one in wanted {
        let recipient = tx.recipient(one, now, dice.uuid(now))?;
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    Ok(recipients)
}

/// Takes messages back that have not left: they become the draft again that they were, which is kept at once, before what
/// was begun in its place meanwhile. Of several those that have left are no longer among its recipients. None when all of them
/// have left.
pub(super) fn take_back(store: &mut Store, leaving: Leaving, now: Time) -> Result<Option<Draft>, StoreError> {
    let Leaving { messages, mut draft, .. } = leaving;
    if let DraftKey::Edit(id) = draft.key {
        // It is not a new one: it goes back to where it was edited.
        let target = crate::store::Target::Ids(vec![id]);
        let is_there = store.load_message(id)?.message.next_attempt.is_some_and(|leaves| leaves > now);
        let done = if is_there {
            Some(store.act(Deed::Cancel, &target, now, |_| ControlFlow::Continue(()))?)
        } else {
            None
        };
        if done.is_none_or(|done| done.changed == 0) {
            return Ok(None);
        }
        return store.bring_back_draft(draft, now).map(Some);
    }
    let mut back = Vec::new();
    for id in &messages {
        let row = store.load_message(*id)?;
        if store.write(|tx| tx.take_back(*id, now))?.is_some() {
            back.push(row);
        }
    }
    if back.is_empty() {
        return Ok(None);
    }
    if back.len() < messages.len() {
        let addressed = back
            .iter()
            .filter_map(|row| Some(named_address(&row.message.contact.name, row.message.urn.as_ref()?)));
        draft.recipients = addressed.collect::<Vec<_>>().join(", ");
    }
    store.bring_back_draft(draft, now).map(Some)
}
