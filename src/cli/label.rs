//! The `label` command: putting labels on messages, and looking after labels.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;

use super::act::Which;
use super::{Context, Failure, Outcome, act, output, print_json, say};
use crate::domain::deed::Deed;
use crate::domain::label::clean_name;
use crate::i18n::Key;
use crate::store::Access;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum LabelCommand {
    /// Put a label on messages; it is made when there is none of that name
    Add {
        /// The label's name
        name: String,
        #[command(flatten)]
        which: Which,
    },
    /// Take a label off messages
    Remove {
        /// The label's name
        name: String,
        #[command(flatten)]
        which: Which,
    },
    /// Make a label
    Create {
        /// The label's name
        name: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a label another name
    Rename {
        /// The label's name
        name: String,
        /// Its new name
        new: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove a label; the messages stay
    Delete {
        /// The label's name
        name: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// All labels, with the number of visible messages that carry them
    List {
        /// A JSON object a line
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &LabelCommand, context: &mut Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let clean = |name: &str| {
        clean_name(name).map_err(|problem| Failure::Usage(words::bad_name(texts, problem).to_owned()))
    };
    match command {
        LabelCommand::Add { name, which } => {
            let name = clean(name)?;
            let now = context.clock.now();
            let uuid = context.dice.uuid(now);
            act::label(&name, uuid, which, context)
        }
        LabelCommand::Remove { name, which } => {
            let store = context.open(Access::Read)?;
            let label = store.find_label(name).map_err(|error| context.failed(&error))?;
            drop(store);
            act::act(Deed::Unlabel(label), which, name.trim(), context)
        }
        LabelCommand::Create { name, json } => {
            let name = clean(name)?;
            let now = context.clock.now();
            let uuid = context.dice.uuid(now);
            let mut store = context.open(Access::Write)?;
            store.create_label(&name, uuid).map_err(|error| context.failed(&error))?;
            let object = json!({"uuid": uuid.to_string(), "name": name});
            say(*json, &object, &texts.fill(Key::LabelCreated, &[("name", &name)]))
        }
        LabelCommand::Rename { name, new, json } => {
            let new = clean(new)?;
            let mut store = context.open(Access::Write)?;
            let label = store.find_label(name).map_err(|error| context.failed(&error))?;
            store.rename_label(label, &new).map_err(|error| context.failed(&error))?;
            let object = json!({"name": name.trim(), "new": new});
            say(*json, &object, &texts.fill(Key::LabelRenamed, &[("name", &name.trim()), ("new", &new)]))
        }
        LabelCommand::Delete { name, json } => {
            let mut store = context.open(Access::Write)?;
            let label = store.find_label(name).map_err(|error| context.failed(&error))?;
            store.delete_label(label).map_err(|error| context.failed(&error))?;
            let object = json!({"name": name.trim()});
            say(*json, &object, &texts.fill(Key::LabelDeleted, &[("name", &name.trim())]))
        }
        LabelCommand::List { json } => {
            let store = context.open(Access::Read)?;
            let mut out = output();
            for label in store.labels().map_err(|error| context.failed(&error))? {
                if *json {
                    let uuid = label.uuid.to_string();
                    print_json(&mut out, &json!({"uuid": uuid, "name": label.name, "total": label.total}))?;
                } else {
                    writeln!(out, "{:>8}  {}", texts.number(label.total), words::one_line(&label.name))?;
                }
            }
            out.flush()?;
            Ok(())
        }
    }
}
