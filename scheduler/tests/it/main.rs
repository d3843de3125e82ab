//! Replicas of the scheduler over real databases, on simulated clocks.
#![expect(clippy::unwrap_used, reason = "tests and their helpers")]

mod chores;
mod clocks;
mod replicas;
mod running;
mod support;
mod watches;
