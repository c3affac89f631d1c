//! The `channel` command: gateways by which messages leave and arrive. Secrets are never printed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Context, Failure, Outcome, confirm, output, print_json, say, shown};
use crate::channels;
use crate::config::read_secret;
use crate::domain::channel::{Channel, Gateway};
use crate::i18n::Key;
use crate::store::{Access, NewChannel, Store};
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Add a channel, after its settings are checked
    Add {
        /// What it is called
        name: String,
        /// external, kannel, telegram, whatsapp, twilio or simulated
        #[arg(long)]
        kind: String,
        /// A setting; --help-settings lists those of the kind. A secret may stand as `env:NAME` or `file:PATH`
        #[arg(long = "set", value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// The most parts of messages a second
        #[arg(long)]
        rate: Option<u32>,
        /// List the settings of the kind, and add nothing
        #[arg(long)]
        help_settings: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// All channels
    List {
        /// A JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// One channel, with its settings and the addresses that its gateway calls
    Show {
        /// Its name
        name: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove a channel: what waits for it fails, what it brought stays
    Remove {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write a configuration for its gateway, where that is Kannel: a whole one on this machine, with phones to try it with
    Config {
        /// Its name
        name: String,
        /// The new file; it holds the channel's secrets, and nobody else may read it
        file: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// See whether its gateway can be reached and knows us; nothing is sent to anybody
    Test {
        /// Its name
        name: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &ChannelCommand, context: &mut Context<'_>) -> Outcome<()> {
    match command {
        ChannelCommand::Add { name, kind, set, rate, help_settings, json } => {
            let known = Gateway::ALL.map(Gateway::name).join(", ");
            let gateway = Gateway::from_name(&kind.to_lowercase()).ok_or_else(|| {
                Failure::Usage(
                    context
                        .texts
                        .fill(Key::UsageKind, &[("name", &words::one_line(kind)), ("known", &known)]),
                )
            })?;
            if *help_settings {
                list_settings(gateway)
            } else {
                add(name, gateway, set, (*rate, *json), context)
            }
        }
        ChannelCommand::List { json } => list(*json, context),
        ChannelCommand::Show { name, json } => show(name, *json, context),
        ChannelCommand::Remove { name, yes, json } => remove(name, *yes, *json, context),
        ChannelCommand::Config { name, file, json } => config(name, file, *json, context),
        ChannelCommand::Test { name, json } => test(name, *json, context),
    }
}

fn list_settings(gateway: Gateway) -> Outcome<()> {
    let mut out = output();
    for setting in channels::settings(gateway) {
        let required = if setting.required { "*" } else { " " };
        writeln!(out, "{required} {:<22} {}", setting.name, setting.help)?;
    }
    out.flush()?;
    Ok(())
}

fn add(
    name: &str,
    gateway: Gateway,
    set: &[String],
    (rate, json): (Option<u32>, bool),
    context: &mut Context<'_>,
) -> Outcome<()> {
    let texts = context.texts;
    let name = words::one_line(name.trim());
    if name.is_empty() {
        return Err(Failure::Usage(texts.get(Key::UsageChannelName).to_owned()));
    }
    let mut settings = BTreeMap::new();
    for pair in set {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Failure::Usage(texts.fill(Key::UsageSetting, &[("text", &words::one_line(pair))]))
        })?;
        settings.insert(key.trim().to_owned(), value.to_owned());
    }
    let now = context.clock.now();
    let uuid = context.dice.uuid(now);
    let record = Channel { id: crate::domain::ChannelId(0), uuid, name, gateway, settings, rate, cursor: 0 };
    channels::check(&record, &read_secret).map_err(|problem| Failure::Usage(problem.to_string()))?;
    let mut store = context.open_or_create()?;
    let new = NewChannel { uuid, name: &record.name, gateway, settings: &record.settings, rate };
    store.write(|tx| tx.insert_channel(&new)).map_err(|error| context.failed(&error))?;
    let mut out = output();
    let addresses = addresses(&record);
    let key = if addresses.is_empty() { Key::ChannelAddedAlone } else { Key::ChannelAdded };
    if json {
        let uuid = uuid.to_string();
        print_json(&mut out, &json!({"uuid": uuid, "name": record.name, "addresses": addresses}))?;
    } else {
        writeln!(out, "{}", texts.fill(key, &[("name", &record.name)]))?;
        for address in addresses {
            writeln!(out, "  {address}")?;
        }
    }
    out.flush()?;
    for (setting, problem) in channels::unread_secrets(&record, &read_secret) {
        let fields: [(&str, &dyn std::fmt::Display); 3] =
            [("name", &record.name), ("setting", &setting), ("problem", &words::one_line(&problem))];
        eprintln!("recado: {}", texts.fill(Key::ChannelSecretUnread, &fields));
    }
    Ok(())
}

/// What a gateway of that kind calls, below the listener's own address.
fn addresses(channel: &Channel) -> Vec<String> {
    let actions: &[&str] = match channel.gateway {
        Gateway::External => &["receive", "sent", "delivered", "failed", "stopped"],
        Gateway::Kannel | Gateway::Twilio => &["receive", "status"],
        // Without a secret the bot is asked, and never calls.
        Gateway::Telegram if channel.setting("secret").is_none() => &[],
        Gateway::Telegram => &["receive"],
        Gateway::WhatsApp => return vec!["/c/wac/receive".to_owned()],
        Gateway::Simulated => &[],
    };
    actions
        .iter()
        .map(|action| format!("/c/{}/{}/{action}", channel.gateway.path_code(), channel.uuid))
        .collect()
}

fn list(json: bool, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let mut out = output();
    for channel in store.channels().map_err(|error| context.failed(&error))? {
        let waiting = store.waiting_for(channel.id).map_err(|error| context.failed(&error))?;
        let problem = channels::open(&channel, &read_secret).err().map(|problem| problem.to_string());
        if json {
            print_json(
                &mut out,
                &json!({"uuid": channel.uuid.to_string(), "name": channel.name, "kind": channel.gateway.name(),
                        "rate": channel.rate, "waiting": waiting, "problem": problem}),
            )?;
        } else {
            let waiting = context.texts.count(Key::ChannelWaiting, waiting);
            let problem =
                problem.map(|problem| format!("  {}", words::one_line(&problem))).unwrap_or_default();
            let name = words::one_line(&channel.name);
            writeln!(out, "{:<10} {name}  {waiting}{problem}", channel.gateway.name())?;
        }
    }
    out.flush()?;
    Ok(())
}

fn show(name: &str, json: bool, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let channel = store.find_channel(name).map_err(|error| context.failed(&error))?;
    let shown: Vec<(&str, String)> = channels::settings(channel.gateway)
        .iter()
        .filter_map(|setting| {
            let value = channel.setting(setting.name)?;
            // Where a secret is kept elsewhere, that place is no secret.
            let is_hidden = setting.secret && !value.starts_with("env:") && !value.starts_with("file:");
            Some((setting.name, if is_hidden { "••••••".to_owned() } else { value.to_owned() }))
        })
        .collect();
    let mut out = output();
    if json {
        let settings: Map<String, Value> =
            shown.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        print_json(
            &mut out,
            &json!({"uuid": channel.uuid.to_string(), "name": channel.name, "kind": channel.gateway.name(),
                    "rate": channel.rate, "settings": settings, "addresses": addresses(&channel)}),
        )?;
    } else {
        writeln!(out, "{} ({})", words::one_line(&channel.name), channel.gateway.name())?;
        for (name, value) in shown {
            writeln!(out, "  {name} = {}", words::one_line(&value))?;
        }
        for address in addresses(&channel) {
            writeln!(out, "  {address}")?;
        }
    }
    out.flush()?;
    Ok(())
}

fn remove(name: &str, yes: bool, json: bool, context: &mut Context<'_>) -> Outcome<()> {
    let mut store = context.open(Access::Write)?;
    let channel = store.find_channel(name).map_err(|error| context.failed(&error))?;
    let waiting = store.waiting_for(channel.id).map_err(|error| context.failed(&error))?;
    if !yes && waiting > 0 {
        let question = context.texts.count_fill(Key::AskRemoveChannel, waiting, &[("name", &channel.name)]);
        if !confirm(&question, context.texts)? {
            return Ok(());
        }
    }
    let now = context.clock.now();
    let failed = retire(&mut store, &channel, now).map_err(|error| context.failed(&error))?;
    let object = json!({"name": channel.name, "failed": failed});
    say(json, &object, &context.texts.count_fill(Key::ChannelRemoved, failed, &[("name", &channel.name)]))
}

/// What waits for it fails first, a slice at a time; then it is gone.
fn retire(store: &mut Store, channel: &Channel, now: crate::domain::Time) -> crate::store::Result<u64> {
    let mut failed = 0;
    let mut going = ControlFlow::Continue(());
    while going.is_continue() {
        let slice = store.write(|tx| tx.give_up_channel(channel.id, now))?;
        failed += slice;
        going = if slice == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    }
    store.write(|tx| tx.retire_channel(channel.id))?;
    Ok(failed)
}

fn test(name: &str, json: bool, context: &Context<'_>) -> Outcome<()> {
    let store = context.open(Access::Read)?;
    let channel = store.find_channel(name).map_err(|error| context.failed(&error))?;
    let at_work =
        channels::open(&channel, &read_secret).map_err(|problem| Failure::Failed(problem.to_string()))?;
    let said = at_work.test().map_err(|problem| Failure::Failed(words::one_line(&problem)))?;
    say(json, &json!({"name": channel.name, "answer": said}), &said)
}

fn config(name: &str, file: &Path, json: bool, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let store = context.open(Access::Read)?;
    let channel = store.find_channel(name).map_err(|error| context.failed(&error))?;
    // Kannel may be started from elsewhere.
    let place = std::path::absolute(file)?;
    let text = channels::configuration(&channel, &read_secret, &place)
        .map_err(|problem| Failure::Failed(problem.to_string()))?
        .ok_or_else(|| Failure::Usage(texts.fill(Key::UsageNoConfig, &[("name", &channel.name)])))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(file)
        .and_then(|mut there| there.write_all(text.as_bytes()))
        .map_err(|error| context.file_failed(file, &error))?;
    let shown = shown(file);
    say(json, &json!({"file": shown}), &texts.fill(Key::ChannelConfigured, &[("file", &shown)]))
}
