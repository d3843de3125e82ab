//! The built-in schedules. A row is registered by being here.

use chrono_tz::Tz;

/// What a schedule does. Harmless when several replicas do it at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Removes idempotency keys and rows of dead workers that are past their time.
    Prune,
}

/// When something is due, by a clock on a wall somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// In logs and metrics; never reused for something else.
    pub(crate) name: &'static str,
    /// Second, minute, hour, day of month, month, day of week.
    pub(crate) cron: &'static str,
    /// The zone of the clock on the wall.
    pub(crate) time_zone: Tz,
    pub(crate) chore: Chore,
}

pub(crate) const SCHEDULES: &[Schedule] = &[
    // Hourly, because a pruning removes a bounded number of rows and a busy day brings more than one of them. At minute 17,
    // because at minute 0 everybody's backups, reports and cron jobs ask the same database for attention.
    Schedule { name: "prune", cron: "0 17 * * * *", time_zone: Tz::UTC, chore: Chore::Prune },
];
