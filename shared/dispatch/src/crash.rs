//! Named points at which a test may let the process die, as if by kill -9, between any two writes.
//!
//! `app` sets one from the variable `CRASH_AT=name:n`: the process aborts when it passes the point for the n-th time. With
//! `CRASH_JOB=id` only that job's passes count: such a job is a poison. Unset, a point costs one atomic load.

use domain::JobId;
use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Every point there is.
pub const CRASH_POINTS: &[&str] = &[
    "submit:before_tx",
    "submit:after_tx",
    "submit:after_ring",
    "run:before_tx",
    "run:after_tx",
    "run:after_ring",
    "decide:before_tx",
    "decide:after_tx",
    "decide:after_ring",
    "cancel:before_tx",
    "cancel:after_tx",
    "cancel:after_publish",
    "feedback:before_tx",
    "feedback:after_tx",
    "feedback:after_publish",
    "fire:before_tx",
    "fire:after_tx",
    "fire:after_ring",
    "watch:before_record",
    "watch:after_record",
    "worker:after_claim",
    "worker:before_commit",
    // The transaction of a whole group is there, and nobody was told.
    "worker:after_group",
    "worker:after_commit",
    "worker:after_publish",
    "worker:before_gate",
    "worker:after_gate",
    "worker:before_end",
    "worker:after_end",
    "worker:before_release",
    "worker:after_release",
    "sweep:after_tx",
    "sweep:after_publish",
    "outbox:after_claim",
    "outbox:before_finish",
    "outbox:after_finish",
];

static CRASH_AT: OnceLock<Crash> = OnceLock::new();

struct Crash {
    point: String,
    job: Option<JobId>,
    passes_left: AtomicU64,
}

/// Lets the process abort at the `count`-th pass of the point `name`, by `job` if given. Set once, before anything runs.
///
/// # Errors
/// The list of points, when `name` is none of them, or one was set before.
pub fn set_crash_at(name: &str, count: u64, job: Option<JobId>) -> Result<(), String> {
    if !CRASH_POINTS.contains(&name) {
        return Err(format!("\"{name}\" is not a crash point; there are {}", CRASH_POINTS.join(", ")));
    }
    let crash = Crash { point: name.to_owned(), job, passes_left: AtomicU64::new(count) };
    CRASH_AT.set(crash).map_err(|_| "a crash point was set before".to_owned())
}

/// Passes the point `name` on behalf of `job`, where there is one.
pub fn crash_point(name: &'static str, job: impl Into<Option<JobId>>) {
    debug_assert!(CRASH_POINTS.contains(&name), "{name} is not in the list");
    let Some(crash) = CRASH_AT.get() else { return };
    let concerned = crash.point == name && (crash.job.is_none() || crash.job == job.into());
    if concerned && crash.passes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
