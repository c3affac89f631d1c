//! The `serve` command: the engine and the listener without the screen.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{Context, Failure, Outcome};
use crate::channels;
use crate::config::read_secret;
use crate::engine::{Engine, Opener, Signal, Told};
use crate::i18n::Key;
use crate::serve::Listener;
use crate::store::{Access, Store};
use crate::words;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Where gateways call in; `none` to listen nowhere
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
}

/// Opens channels with their secrets.
pub fn opener() -> Opener {
    Box::new(|record| {
        channels::open(record, &read_secret).map(Arc::from).map_err(|problem| problem.to_string())
    })
}

pub(super) fn run(args: &ServeArgs, context: &mut Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let store = context.open_or_create()?;
    let listener = match args.listen.as_str() {
        "none" => None,
        address => {
            let address: SocketAddr = address.parse().map_err(|_| {
                Failure::Usage(texts.fill(Key::UsageListen, &[("address", &words::one_line(address))]))
            })?;
            if !address.ip().is_loopback() {
                every_channel_is_guarded(&store, context)?;
            }
            let failed = |error: std::io::Error| {
                Failure::Failed(texts.fill(Key::ErrorListen, &[("address", &address), ("error", &error)]))
            };
            let socket = TcpListener::bind(address).map_err(failed)?;
            let keeping = context.open(Access::Write)?;
            let dice = context.dice.split();
            // One that was added after the look above.
            let for_listener = texts.clone();
            let unserved = Box::new(move |name: &str| {
                let sentence = for_listener.fill(Key::ChannelUnserved, &[("name", &words::one_line(name))]);
                eprintln!("recado: {sentence}");
            });
            let listener = Listener::start(socket, keeping, context.clock, dice, opener(), unserved);
            Some(listener.map_err(failed)?)
        }
    };
    let engine = Engine::new(store, context.dice.split(), opener());
    let signals = engine.signals();
    let mut asked = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = asked.handle();
    let waiting = std::thread::spawn(move || {
        if asked.forever().next().is_some() {
            let _ = signals.send(Signal::Stop);
        }
    });
    match &listener {
        Some(listener) => {
            eprintln!("{}", texts.fill(Key::ServeListening, &[("address", &listener.address())]));
        }
        None => eprintln!("{}", texts.get(Key::ServeQuiet)),
    }
    let path = context.config.db.clone();
    engine.run(context.clock, |told| {
        let sentence = match told {
            Told::Ill(error) => words::store_error(texts, error, &path),
            Told::ChannelFailed { channel, problem } => words::channel_failed(texts, channel, problem),
            Told::ChannelMended { channel } => words::channel_mended(texts, channel),
        };
        eprintln!("recado: {sentence}");
    });
    handle.close();
    let _ = waiting.join();
    if let Some(listener) = listener {
        listener.stop();
    }
    Ok(())
}

/// Beyond this machine anybody may call: a channel that takes what anybody says is not opened to them.
fn every_channel_is_guarded(store: &Store, context: &Context<'_>) -> Outcome<()> {
    for channel in store.channels().map_err(|error| context.failed(&error))? {
        // One that cannot be opened is not served either.
        let open = channels::open(&channel, &read_secret);
        if open.is_ok_and(|at_work| !at_work.is_guarded()) {
            return Err(Failure::Usage(context.texts.fill(Key::UsageUnguarded, &[("name", &channel.name)])));
        }
    }
    Ok(())
}
