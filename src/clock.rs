//! The present moment and chance, made in `main` and handed down. Nothing below asks the machine for either.

use std::time::UNIX_EPOCH;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// The machine's clock, or one that was set to another moment and runs on from there.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    ahead: Duration,
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self { ahead: Duration::zero() }
    }

    /// A clock that shows that moment now and runs on.
    pub fn set_to(moment: DateTime<Utc>) -> Self {
        Self { ahead: moment - machine_time() }
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        machine_time() + self.ahead
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn machine_time() -> DateTime<Utc> {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime::from_timestamp(i64::try_from(since.as_secs()).unwrap_or(0), since.subsec_nanos())
        .unwrap_or_default()
}

/// Chance: the same seed gives the same run.
#[derive(Debug, Clone)]
pub struct Dice {
    rng: fastrand::Rng,
}

impl Dice {
    /// Chance that follows from a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed) }
    }

    /// Chance that nobody can foretell.
    pub fn unpredictable() -> Self {
        Self { rng: fastrand::Rng::new() }
    }

    /// A new public key, in the order of time (version 7).
    pub fn uuid(&mut self, at: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        let mut random = [0; 10];
        self.rng.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Chance for another thread, which follows from this one.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self { rng: self.rng.fork() }
    }

    /// A number below an end; zero when there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.rng.u64(..end) }
    }

    /// One of several; the first when there is only one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let n = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from.get(n)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// A number from 0 to 1, 1 left out.
    pub fn share(&mut self) -> f64 {
        self.rng.f64()
    }
}
