//! Named points at which a test may let the process die, as if by kill -9, between any two writes.
//!
//! `app` sets one from the variable `CRASH_AT=name:n`: the process aborts when it passes the point for the n-th time.
//! Unset, a point costs one atomic load.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Every point there is.
pub const CRASH_POINTS: &[&str] = &[
    "submit:after_tx",
    "submit:after_ring",
    "decide:after_tx",
    "cancel:after_tx",
    "worker:after_claim",
    "worker:before_commit",
    "worker:after_commit",
    "worker:after_publish",
    "worker:before_release",
];

static CRASH_AT: OnceLock<(String, AtomicU64)> = OnceLock::new();

/// Lets the process abort at the `count`-th pass of the point `name`. Set once, before anything runs.
///
/// # Errors
/// The list of points, when `name` is none of them or one was set before.
pub fn set_crash_at(name: &str, count: u64) -> Result<(), String> {
    if !CRASH_POINTS.contains(&name) {
        return Err(format!("\"{name}\" is not a crash point; there are {}", CRASH_POINTS.join(", ")));
    }
    CRASH_AT.set((name.to_owned(), AtomicU64::new(count))).map_err(|_| "a crash point was set before".to_owned())
}

/// Passes the point `name`.
pub fn crash_point(name: &'static str) {
    debug_assert!(CRASH_POINTS.contains(&name), "{name} is not in the list");
    let Some((chosen, left)) = CRASH_AT.get() else { return };
    if chosen == name && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
