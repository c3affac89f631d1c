//! The `group` command: groups of contacts, to which messages and schedules go.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;

use super::{Context, Failure, Outcome, output, print_json, say};
use crate::domain::label::clean_name;
use crate::i18n::Key;
use crate::store::Access;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum GroupCommand {
    /// Put contacts into a group; it is made when there is none of that name
    Add {
        /// The group's name
        name: String,
        /// Numbers or addresses; with #LABEL all who have messages with it
        #[arg(required = true, value_name = "URN")]
        contacts: Vec<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take contacts out of a group
    Remove {
        /// The group's name
        name: String,
        /// Numbers or addresses
        #[arg(required = true, value_name = "URN")]
        contacts: Vec<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Delete a group; its contacts stay
    Delete {
        /// The group's name
        name: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// All groups, with the number of their contacts
    List {
        /// A JSON object a line
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &GroupCommand, context: &mut Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    match command {
        GroupCommand::Add { name, contacts, json } => {
            let name = clean_name(name)
                .map_err(|problem| Failure::Usage(words::bad_name(texts, problem).to_owned()))?;
            let changed = change(&name, contacts, true, context)?;
            let object = json!({"name": name, "joined": changed});
            say(*json, &object, &texts.count_fill(Key::GroupJoined, changed, &[("name", &name)]))
        }
        GroupCommand::Remove { name, contacts, json } => {
            let changed = change(name, contacts, false, context)?;
            let object = json!({"name": name, "left": changed});
            say(*json, &object, &texts.count_fill(Key::GroupLeft, changed, &[("name", name)]))
        }
        GroupCommand::Delete { name, json } => {
            let mut store = context.open(Access::Write)?;
            let group = store.find_group(name).map_err(|error| context.failed(&error))?;
            store.delete_group(group).map_err(|error| context.failed(&error))?;
            say(*json, &json!({"name": name}), &texts.fill(Key::GroupDeleted, &[("name", name)]))
        }
        GroupCommand::List { json } => {
            let mut out = output();
            let store = context.open(Access::Read)?;
            for group in store.groups().map_err(|error| context.failed(&error))? {
                if *json {
                    let uuid = group.uuid.to_string();
                    print_json(&mut out, &json!({"uuid": uuid, "name": group.name, "total": group.members}))?;
                } else {
                    writeln!(out, "{:>8}  {}", texts.number(group.members), words::one_line(&group.name))?;
                }
            }
            out.flush()?;
            Ok(())
        }
    }
}

/// Puts contacts in or takes them out; how many that changed.
fn change(name: &str, contacts: &[String], joins: bool, context: &mut Context<'_>) -> Outcome<u64> {
    let mut store = context.open(Access::Write)?;
    let contacts = context.wanted(contacts, &store)?;
    if !joins {
        store.find_group(name).map_err(|error| context.failed(&error))?;
    }
    let now = context.clock.now();
    let changed = store.write(|tx| {
        let uuid = context.dice.uuid(now);
        let group = tx.group(name, || uuid)?;
        let ids = context.recipients(tx, &contacts)?;
        let mut changed = 0;
        for contact in tx.contacts_of(ids)? {
            let moved = if joins { tx.join_group(group, contact)? } else { tx.leave_group(group, contact)? };
            changed += u64::from(moved);
        }
        Ok(changed)
    });
    changed.map_err(|error| context.failed(&error))
}
