//! A fuzzer of our own: files that went through the hands of chance are imported, and searches of chance are asked.
//!
//! A round follows from the seed, what is tried and the round's number alone, so that each can be run again. `cargo test`
//! runs a few of each; `examples/fuzz.rs` runs them for as long as one likes.

pub mod files;
pub mod mutate;
pub mod searches;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use self::files::{Came, Corpus, Round, SUBJECTS};
use self::searches::{QUERIES, Room};

/// What can be tried: the samples, and searches.
pub fn subjects() -> Vec<&'static str> {
    SUBJECTS.iter().map(|(name, ..)| *name).chain(["search"]).collect()
}

/// Runs a round. An error is a finding.
pub fn run(corpus: &Corpus, seed: u64, subject: usize, round: u64, folder: &Path) -> Result<Came, String> {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let mut rng = mutate::chance(seed, subject, round);
        if subject < SUBJECTS.len() {
            return Round::prepare(corpus, &mut rng, subject, folder).run(corpus, &mut rng);
        }
        let room = Room::furnish(&mut rng);
        let mut came = Came::Refused;
        for _ in 0..QUERIES {
            let text = searches::question(&mut rng, corpus.texts());
            let asked = catch_unwind(AssertUnwindSafe(|| room.ask(&text, &mut rng)));
            if asked.unwrap_or_else(|panic| Err(format!("{text:?} panics: {}", words_of(&*panic))))? {
                came = Came::In;
            }
        }
        Ok(came)
    }));
    tried.unwrap_or_else(|panic| Err(format!("it panics: {}", words_of(&*panic))))
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it does not say why")
}
