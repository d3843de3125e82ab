//! The built-in schedules: the chores of the house, and when watches look. A row is registered by being here.

use domain::watch::WatchKind;

/// What a schedule does. Each tick is done by one replica; a chore that died half-way is done again at its next tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Removes finished jobs that are over budget, and what else is past its time.
    Prune,
    /// Measures what finished jobs take.
    Measure,
    /// Reminds people of gates that wait for them.
    Remind,
}

/// When something is due, by a clock on a wall somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// In logs, metrics and the rows of its ticks; never reused for something else.
    pub(crate) name: &'static str,
    /// Minute, hour, day of month, month, day of week.
    pub(crate) cron: &'static str,
    /// The zone of the clock on the wall.
    pub(crate) time_zone: &'static str,
    pub(crate) chore: Chore,
}

pub(crate) const SCHEDULES: &[Schedule] = &[
    // Hourly, because a pruning removes a bounded number of rows and a busy day brings more than one of them. At minute 17,
    // because at minute 0 everybody's backups, reports and cron jobs ask the same database for attention.
    Schedule { name: "prune", cron: "17 * * * *", time_zone: "UTC", chore: Chore::Prune },
    // Every minute, so that a report is hardly ever behind; without new finished jobs it costs a probe of one index.
    Schedule { name: "measure", cron: "* * * * *", time_zone: "UTC", chore: Chore::Measure },
    // Every minute, because a gate may be open for a few of them only. What is due is told by an index: a look that finds
    // nothing costs nothing.
    Schedule { name: "remind", cron: "* * * * *", time_zone: "UTC", chore: Chore::Remind },
];

/// Whose clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Utc,
    /// That of the watch's person.
    Own,
}

/// When watches of one kind look. Each tick makes work; a worker looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WatchSchedule {
    pub(crate) kind: WatchKind,
    pub(crate) cron: &'static str,
    pub(crate) zone: Zone,
    /// Each watch looks up to so many seconds late, by an amount of its own.
    pub(crate) jitter_s: i64,
}

/// In the order of the kinds.
pub(crate) const WATCH_SCHEDULES: &[WatchSchedule] = &[
    // Every six hours, because fares change several times a day and nobody books within the hour. Spread over ten minutes, so
    // that a thousand watches do not ask one provider in the same second.
    WatchSchedule { kind: WatchKind::FlightPrice, cron: "0 */6 * * *", zone: Zone::Utc, jitter_s: 600 },
    // Daily at nine in the person's morning: the calendar is filled by then, and the day is long enough to decide.
    WatchSchedule { kind: WatchKind::CalendarGap, cron: "0 9 * * *", zone: Zone::Own, jitter_s: 300 },
    // On Mondays, with the week before one, and when the weekend's spending is in.
    WatchSchedule { kind: WatchKind::BudgetSurplus, cron: "0 9 * * MON", zone: Zone::Own, jitter_s: 300 },
];
