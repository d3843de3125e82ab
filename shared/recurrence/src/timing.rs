//! The ticks of one schedule: its recurrence until its end, and how much later than its tick each of them fires.

use chrono::{DateTime, Duration, Utc};

use crate::{Error, Occurrence, Recurrence};

/// When a schedule ticks.
#[derive(Debug, Clone)]
pub struct Timing {
    pub recurrence: Recurrence,
    /// No tick comes after it.
    pub ends_at: Option<DateTime<Utc>>,
    /// Ticks fire at most this much later, each by an amount of its own.
    pub jitter_most: Duration,
    /// What makes the amounts those of this schedule, such as its id.
    pub seed: u128,
}

/// A tick, and when it fires. The tick is its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub tick_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
}

impl Timing {
    /// As [`Recurrence::read`], without jitter and without an end.
    ///
    /// # Errors
    /// Those of [`Recurrence::read`].
    pub fn read(cron: &str, zone: &str) -> Result<Self, Error> {
        let recurrence = Recurrence::read(cron, zone)?;
        Ok(Self { recurrence, ends_at: None, jitter_most: Duration::zero(), seed: 0 })
    }

    /// The first tick after an instant; None when there is no more.
    #[must_use]
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<Due> {
        self.occurrence_after(after).map(|found| self.due(found.at))
    }

    /// The same, with what the clock on the wall has to do with it.
    #[must_use]
    pub fn occurrence_after(&self, after: DateTime<Utc>) -> Option<Occurrence> {
        self.recurrence.next_after(after).filter(|found| self.ends_at.is_none_or(|ends_at| found.at <= ends_at))
    }

    /// When a tick fires. The same in every process and for ever.
    #[must_use]
    pub fn due(&self, tick_at: DateTime<Utc>) -> Due {
        let most = self.jitter_most.num_milliseconds().max(0).unsigned_abs();
        let (high, low) = ((self.seed >> 64) as u64, self.seed as u64);
        let random = mix(mix(high ^ tick_at.timestamp().unsigned_abs()) ^ low);
        let jitter = i64::try_from(random % (most + 1)).unwrap_or(0);
        Due { tick_at, due_at: tick_at + Duration::milliseconds(jitter) }
    }
}

/// `SplitMix64`, which spreads neighbouring numbers over all of them.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
