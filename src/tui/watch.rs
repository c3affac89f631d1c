//! Watching the configuration and the themes: when a file has changed, it is read again, on a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::choices::{Choices, Reread};
use super::event::Event;
use super::theme;
use crate::config::{ConfigError, Matters, Mistake, Problem};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The thread that watches.
pub struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// What a file looks like from outside.
type Stamp = (PathBuf, Option<SystemTime>, u64);

impl Watch {
    /// Watches the files that choices were read from. What is read anew is sent as an event.
    pub fn start(choices: &Choices, reread: Reread, events: Sender<Event>) -> Self {
        let (file, themes) = choices.files();
        let (file, themes) = (file.map(Path::to_owned), themes.map(Path::to_owned));
        // What is written while the thread starts is not missed.
        let known = stamps(file.as_deref(), themes.as_deref());
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            watch((file.as_deref(), themes.as_deref()), known, &reread, &events, &stopped);
        });
        Self { stop, thread }
    }

    /// Ends the thread.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

fn watch(
    (file, themes): (Option<&Path>, Option<&Path>),
    mut known: Vec<Stamp>,
    reread: &Reread,
    events: &Sender<Event>,
    stopped: &Receiver<()>,
) {
    let mut seen = known.clone();
    while matches!(stopped.recv_timeout(LOOK_EVERY), Err(RecvTimeoutError::Timeout)) {
        let now = stamps(file, themes);
        // An editor may be in the middle of writing: what is read has looked the same twice.
        let is_still = now == seen;
        seen.clone_from(&now);
        // A file that is gone may be about to be put in place: nothing changes until there is one.
        let is_gone = known.iter().any(|(path, ..)| Some(path.as_path()) == file)
            && !now.iter().any(|(path, ..)| Some(path.as_path()) == file);
        if now == known || !is_still || is_gone {
            continue;
        }
        known = now;
        if events.send(again(reread)).is_err() {
            return;
        }
    }
}

/// Reads the configuration again.
fn again(reread: &Reread) -> Event {
    let mistaken = |file: Option<PathBuf>, problem: String| {
        let problem = Problem::Unreadable(problem);
        Event::ConfigRefused(vec![Mistake { file, at: None, problem, matters: Matters::Everywhere }])
    };
    match reread() {
        Ok(config) => {
            let choices = Choices::of(config);
            if choices.mistakes.is_empty() {
                Event::ConfigRead(Box::new(choices))
            } else {
                Event::ConfigRefused(choices.mistakes)
            }
        }
        Err(ConfigError::Read { path, source }) => mistaken(Some(path), source.to_string()),
        Err(error @ ConfigError::Homeless) => mistaken(None, error.to_string()),
    }
}

/// What the files look like that are there.
fn stamps(file: Option<&Path>, themes: Option<&Path>) -> Vec<Stamp> {
    let mut paths = themes.map(theme::files).unwrap_or_default();
    paths.extend(file.map(Path::to_owned));
    let stamp = |path: PathBuf| {
        let there = std::fs::metadata(&path).ok()?;
        Some((path, there.modified().ok(), there.len()))
    };
    paths.into_iter().filter_map(stamp).collect()
}
