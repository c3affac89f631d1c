//! The `schedule` command: looking at schedules, changing them, and firing one by hand.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::list::{pad, print_view};
use super::{Context, Failure, Outcome, output, print_json};
use crate::domain::ScheduleId;
use crate::domain::folder::Folder;
use crate::domain::listing::{Place, View};
use crate::domain::moment::Moment;
use crate::domain::schedule::{RecipientId, Schedule, repeat_name};
use crate::i18n::{Dates, Key};
use crate::json::ScheduleJson;
use crate::store::{Access, NewSchedule, Result as Kept, Store, StoreError};
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum ScheduleCommand {
    /// All of them, the next to fire first
    List {
        /// A JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// One of them, with its next fires
    Show {
        /// The schedule's id
        id: i64,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Change what it sends, to whom, or when
    Edit(EditArgs),
    /// Hold it back
    Pause {
        /// The schedules' ids
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let it go on
    Resume {
        /// The schedules' ids
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove it; what it sent stays
    Cancel {
        /// The schedules' ids
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Send its message now as well; one that fires only once is then done
    Run {
        /// The schedules' ids
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct EditArgs {
    /// The schedule's id
    id: i64,
    /// Its text; `-` reads it from standard input
    #[arg(long)]
    text: Option<String>,
    /// To whom, in place of those before
    #[arg(long = "to", value_name = "URN")]
    to: Vec<String>,
    /// By which channel
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Its next fire
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// never, daily, weekly, weekly:mo,we, monthly or yearly
    #[arg(long)]
    repeat: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &ScheduleCommand, context: &mut Context<'_>) -> Outcome<()> {
    match command {
        ScheduleCommand::List { json } => {
            let store = context.open(Access::Read)?;
            let view = View::of(Place::Folder(Folder::Schedules));
            print_view(&store, &view, usize::MAX, None, *json, context)
        }
        ScheduleCommand::Show { id, json } => {
            let store = context.open(Access::Read)?;
            show(ScheduleId(*id), *json, &store, context)
        }
        ScheduleCommand::Edit(args) => edit(args, context),
        ScheduleCommand::Pause { ids, json } => {
            let said = (Key::SchedulePaused, Some(Key::SchedulePausedBefore));
            each((ids, *json), said, context, |store, schedule, _| {
                if schedule.paused {
                    return Ok(Changed::No);
                }
                store.write(|tx| tx.set_paused(schedule.id, true))?;
                Ok(Changed::Yes)
            })
        }
        ScheduleCommand::Resume { ids, json } => {
            let said = (Key::ScheduleResumed, Some(Key::ScheduleResumedBefore));
            each((ids, *json), said, context, |store, schedule, context| {
                if !schedule.paused {
                    return Ok(Changed::No);
                }
                let (now, zone) = (context.clock.now(), store.zone());
                store.write(|tx| tx.resume_schedule(schedule.id, now, zone))?;
                Ok(Changed::Yes)
            })
        }
        ScheduleCommand::Cancel { ids, json } => {
            each((ids, *json), (Key::ScheduleCancelled, None), context, |store, schedule, _| {
                store.write(|tx| tx.delete_schedule(schedule.id))?;
                Ok(Changed::Yes)
            })
        }
        ScheduleCommand::Run { ids, json } => {
            each((ids, *json), (Key::ScheduleRun, None), context, |store, schedule, context| {
                let (now, dice) = (context.clock.now(), &mut context.dice);
                store.write(|tx| tx.run_schedule(schedule.id, now, || dice.uuid(now)))?;
                Ok(Changed::Yes)
            })
        }
    }
}

/// Whether something was not as it was to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    Yes,
    No,
}

/// Does something to each of some schedules; all must exist before any is touched. Says how many it was done to, and how
/// many were so before.
fn each(
    (ids, json): (&[i64], bool),
    (done, before): (Key, Option<Key>),
    context: &mut Context<'_>,
    mut work: impl FnMut(&mut Store, &Schedule, &mut Context<'_>) -> Kept<Changed>,
) -> Outcome<()> {
    let mut store = context.open(Access::Write)?;
    let schedules =
        ids.iter().map(|id| load(ScheduleId(*id), &store, context)).collect::<Outcome<Vec<_>>>()?;
    let (mut changed, mut unchanged) = (0, 0);
    for schedule in &schedules {
        match work(&mut store, schedule, context).map_err(|error| context.failed(&error))? {
            Changed::Yes => changed += 1,
            Changed::No => unchanged += 1,
        }
    }
    let mut out = output();
    if json {
        print_json(&mut out, &json!({"changed": changed, "unchanged": unchanged}))?;
        out.flush()?;
        return Ok(());
    }
    if changed > 0 {
        writeln!(out, "{}", context.texts.count_fill(done, changed, &[]))?;
    }
    if let Some(before) = before.filter(|_| unchanged > 0) {
        writeln!(out, "{}", context.texts.count_fill(before, unchanged, &[]))?;
    }
    out.flush()?;
    Ok(())
}

fn load(id: ScheduleId, store: &Store, context: &Context<'_>) -> Outcome<Schedule> {
    let found = store.find_schedule(id).map_err(|error| context.failed(&error))?;
    found.ok_or_else(|| context.failed(&StoreError::NoSchedule(id)))
}

fn edit(args: &EditArgs, context: &mut Context<'_>) -> Outcome<()> {
    let said = [&args.text, &args.channel, &args.at, &args.repeat];
    if args.to.is_empty() && said.iter().all(|option| option.is_none()) {
        return Err(Failure::Usage(context.texts.get(Key::UsageNoChange).to_owned()));
    }
    let mut store = context.open(Access::Write)?;
    let id = ScheduleId(args.id);
    let old = load(id, &store, context)?;
    let (now, zone) = (context.clock.now(), store.zone());
    let text = args.text.as_ref().map(|text| context.text(text)).transpose()?;
    let to = context.wanted(&args.to, &store)?;
    let channel = match &args.channel {
        Some(name) => context.channel(Some(name), &store)?,
        None => old.channel.as_ref().map(|channel| channel.id),
    };
    let (timing, next_fire) = if args.at.is_some() || args.repeat.is_some() {
        let start = match &args.at {
            Some(at) => context.moment(at, &store)?,
            None => Moment { at: old.next_fire.unwrap_or(now), clock: (old.timing.hour, old.timing.minute) },
        };
        let kept = repeat_name(old.timing.repeat);
        let timing = context.timing(start, Some(args.repeat.as_deref().unwrap_or(&kept)), &store)?;
        // A moment that was named is the first fire whatever its day; otherwise the new rule decides.
        let next = match &args.at {
            Some(_) => timing.first_fire(start.at, now, zone),
            None => timing.next_fire(now, zone).or_else(|| timing.first_fire(start.at, now, zone)),
        };
        (timing, Some(next.ok_or_else(|| Failure::Usage(context.texts.get(Key::UsagePast).to_owned()))?))
    } else {
        (old.timing, old.next_fire)
    };
    let changed = store.write(|tx| {
        let recipients: Vec<RecipientId> = if to.is_empty() {
            old.recipients.iter().map(|recipient| recipient.id).collect()
        } else {
            context.recipients(tx, &to)?
        };
        tx.change_schedule(
            id,
            &NewSchedule {
                uuid: old.uuid,
                text: text.as_deref().unwrap_or(&old.text),
                recipients: &recipients,
                channel,
                timing,
                next_fire,
                last_fire: old.last_fire,
                paused: old.paused,
                created_on: old.created_on,
            },
        )
    });
    changed.map_err(|error| context.failed(&error))?;
    show(id, args.json, &store, context)
}

/// How many fires are shown.
const UPCOMING: usize = 5;

pub(super) fn show(id: ScheduleId, json: bool, store: &Store, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let schedule = load(id, store, context)?;
    let mut out = output();
    if json {
        print_json(&mut out, &ScheduleJson::new(&schedule))?;
        out.flush()?;
        return Ok(());
    }
    let dates = Dates::new(texts, store.zone());
    let now = context.clock.now();
    let mut fields = vec![
        (Key::FieldTo, words::recipients(texts, &schedule)),
        (Key::FieldRepeat, words::repeat(texts, &dates, &schedule.timing)),
    ];
    fields.extend(schedule.channel.as_ref().map(|channel| (Key::FieldChannel, channel.name.clone())));
    fields.extend(schedule.paused.then(|| (Key::FieldStatus, texts.get(Key::Paused).to_owned())));
    fields.extend(schedule.last_fire.map(|last| (Key::FieldLastFire, dates.moment(last, now))));
    let fires = schedule.timing.upcoming(schedule.next_fire, store.zone(), UPCOMING);
    fields.extend(fires.into_iter().map(|fire| (Key::FieldNextFire, dates.moment(fire, now))));
    let width = fields.iter().map(|(key, _)| texts.get(*key).width()).max().unwrap_or(0);
    for (key, value) in fields {
        writeln!(out, "{}  {}", pad(texts.get(key), width), words::one_line(&value))?;
    }
    writeln!(out)?;
    for text in schedule.text.lines() {
        writeln!(out, "{}", words::one_line(text))?;
    }
    out.flush()?;
    Ok(())
}
