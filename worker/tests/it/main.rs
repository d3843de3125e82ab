//! Workers over real databases and a real Redis.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod approvals;
mod cost;
mod docs;
mod engine;
mod house;
mod notify;
mod suggest;
mod trips;
mod watching;
