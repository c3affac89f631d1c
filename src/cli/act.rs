//! Commands that do something to messages: archive, restore, delete, read, unread, resend, label add and remove.
//!
//! Ids are all known and all fit, or nothing is done. A whole folder or search is done in slices, and what a Ctrl-C leaves
//! is whole; `z` on the screen takes it back, unless it was deleted or is to be sent again.

use std::io::{BufRead, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use uuid::Uuid;

use super::grammar::FOLDERS;
use super::{Context, Failure, Outcome, confirm, output, print_json};
use crate::domain::deed::Deed;
use crate::domain::folder::Folder;
use crate::domain::listing::Place;
use crate::domain::{LabelId, MessageId, Time};
use crate::i18n::Key;
use crate::store::{Access, Store, StoreError, Target};
use crate::words;

/// Which messages.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Ids of messages; - reads them from standard input
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "folder", "search"])]
    ids: Vec<String>,
    /// All messages of a folder or of a search
    #[arg(long)]
    all: bool,
    /// Of this folder
    #[arg(long, requires = "all", value_name = "FOLDER", value_parser = FOLDERS, hide_possible_values = true)]
    folder: Option<String>,
    /// Those that match
    #[arg(long, requires = "all", value_name = "QUERY", allow_hyphen_values = true)]
    search: Option<String>,
    /// What was done, as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn archive(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::Archive, which, "", context)
}

pub(super) fn restore(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::Restore, which, "", context)
}

pub(super) fn read(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::MarkRead, which, "", context)
}

pub(super) fn unread(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::MarkUnread, which, "", context)
}

pub(super) fn cancel(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::Cancel, which, "", context)
}

pub(super) fn resend(which: &Which, context: &Context<'_>) -> Outcome<()> {
    act(Deed::Resend, which, "", context)
}

pub(super) fn delete(which: &Which, yes: bool, context: &Context<'_>) -> Outcome<()> {
    let mut store = context.open(Access::Write)?;
    let mut target = target(Deed::Delete, which, &store, context)?;
    if let Target::All { as_of, .. } = &mut target
        && yes
    {
        // Nobody is asked, so nothing can come between the question and the answer.
        *as_of = Time::MAX_UTC;
    }
    let count = match &target {
        _ if yes => 0,
        Target::Ids(ids) => ids.len() as u64,
        // What is elsewhere cannot be deleted.
        Target::All { view, .. } if view.place != Place::Folder(Folder::Archived) => 0,
        Target::All { view, .. } => store.count(view).map_err(|error| context.failed(&error))?,
    };
    if count > 0 {
        let texts = context.texts;
        if !confirm(&texts.count(Key::AskDelete, count), texts)? {
            return Err(Failure::Failed(texts.get(Key::NothingDone).to_owned()));
        }
    }
    carry_out(&mut store, Deed::Delete, &target, which, "", context)?;
    // Nobody is kept from anything while this runs, so what is put off on the screen is done here.
    store.tidy().map_err(|error| context.failed(&error))
}

/// Does a deed to what was named, and says what it did.
pub(super) fn act(deed: Deed, which: &Which, label: &str, context: &Context<'_>) -> Outcome<()> {
    let mut store = context.open(Access::Write)?;
    let target = target(deed, which, &store, context)?;
    carry_out(&mut store, deed, &target, which, label, context)
}

/// Puts a label on what was named; it is made when there is none of that name, and when all that was named is fit for it.
pub(super) fn label(name: &str, uuid: Uuid, which: &Which, context: &Context<'_>) -> Outcome<()> {
    let mut store = context.open(Access::Write)?;
    // Which label it will be makes no difference to what it may be put on.
    let target = target(Deed::Label(LabelId(0)), which, &store, context)?;
    let label = store.write(|tx| tx.label(name, || uuid)).map_err(|error| context.failed(&error))?;
    carry_out(&mut store, Deed::Label(label), &target, which, name, context)
}

fn carry_out(
    store: &mut Store,
    deed: Deed,
    target: &Target,
    which: &Which,
    label: &str,
    context: &Context<'_>,
) -> Outcome<()> {
    let cancel = Arc::new(AtomicBool::new(false));
    // Without the handler a Ctrl-C would end the process between two slices, which is as safe but says nothing.
    let watched = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&cancel));
    let step =
        |_| if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let done = store.act(deed, target, context.clock.now(), step).map_err(|error| context.failed(&error))?;
    drop(watched);
    let mut out = output();
    if which.json {
        let json = serde_json::json!({"changed": done.changed, "unchanged": done.unchanged, "cancelled": done.cancelled});
        print_json(&mut out, &json)?;
    } else {
        writeln!(out, "{}", words::done(context.texts, deed, done.changed, label))?;
    }
    out.flush()?;
    if done.cancelled {
        return Err(Failure::Failed(context.texts.get(stopped(deed)).to_owned()));
    }
    Ok(())
}

/// What is said when a deed was stopped.
fn stopped(deed: Deed) -> Key {
    if deed.inverse().is_some() { Key::Cancelled } else { Key::CancelledForGood }
}

/// Where to look for what a deed may be done to, when all folders were named.
fn all_folders(deed: Deed) -> Place {
    match deed {
        Deed::Delete | Deed::Restore => Place::Folder(Folder::Archived),
        Deed::Resend => Place::Folder(Folder::Failed),
        Deed::Cancel => Place::Folder(Folder::Outbox),
        Deed::Archive | Deed::MarkRead | Deed::MarkUnread | Deed::Label(_) | Deed::Unlabel(_) => {
            Place::Everywhere
        }
    }
}

fn target(deed: Deed, which: &Which, store: &Store, context: &Context<'_>) -> Outcome<Target> {
    let fail = |error| context.failed(&error);
    if which.all {
        if which.folder.is_none() && which.search.is_none() {
            return Err(Failure::Usage(context.texts.get(Key::UsageAll).to_owned()));
        }
        let place = match &which.folder {
            Some(id) => Place::Folder(context.folder(id)?),
            None => all_folders(deed),
        };
        if let Place::Folder(folder) = place
            && !folder.holds_messages()
        {
            return Err(Failure::Usage(words::fits(context.texts, deed).to_owned()));
        }
        let view = context.view(place, which.search.as_deref(), store)?;
        // A script whose variable is empty does not mean all there is.
        if which.search.is_some() && view.query.is_empty() {
            return Err(Failure::Usage(context.texts.get(Key::UsageEmptySearch).to_owned()));
        }
        let up_to = store.counts().map_err(fail)?.newest.unwrap_or(MessageId(0));
        return Ok(Target::All { view, up_to, except: Vec::new(), as_of: context.clock.now() });
    }
    let ids = ids(&which.ids, context)?;
    store.check_fit(deed, &ids).map_err(|error| {
        let StoreError::Unfit(unfit) = &error else { return fail(error) };
        let (fits, ids) = (words::fits(context.texts, deed), words::ids(unfit));
        Failure::Failed(context.texts.fill(Key::NotFit, &[("fits", &fits), ("ids", &ids)]))
    })?;
    Ok(Target::Ids(ids))
}

/// The ids of messages that were named.
pub(super) fn ids(words: &[String], context: &Context<'_>) -> Outcome<Vec<MessageId>> {
    let mut texts: Vec<String> = Vec::new();
    for word in words {
        if word == "-" {
            for line in std::io::stdin().lock().lines() {
                texts.extend(line?.split_whitespace().map(str::to_owned));
            }
        } else {
            texts.push(word.clone());
        }
    }
    let parse = |text: &String| {
        text.parse()
            .map(MessageId)
            .map_err(|_| Failure::Usage(context.texts.fill(Key::UsageId, &[("id", &words::one_line(text))])))
    };
    texts.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_undone_says_so_when_it_is_stopped() {
        assert_eq!(stopped(Deed::Archive), Key::Cancelled);
        assert_eq!(stopped(Deed::Label(LabelId(1))), Key::Cancelled);
        assert_eq!(stopped(Deed::Delete), Key::CancelledForGood);
        assert_eq!(stopped(Deed::Resend), Key::CancelledForGood);
    }
}
