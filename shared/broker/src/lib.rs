//! Rings, events and control messages between processes, or inside one.
//!
//! Everything here is a hint. The rows are the truth: a lost ring is rung again by the sweep, a lost event is read from its
//! row, a lost cancel is a flag in the row. So nothing here is stored, retried or deduplicated, every call is bounded in
//! time, and with Redis gone every call fails at once and says so.
//!
//! The only crate that knows Redis and apalis. It must never know SQL, HTTP, or what a job does.
//!
//! Start reading at [`Broker`]; then `session` (the life of the connections), `hub` (the fan-out to subscriptions),
//! `rings` (the list), `consumer` (the apalis worker).
//!
//! # Why the ring is a list of ours under an apalis worker, and not apalis-redis
//!
//! Both were built and measured side by side (release build, two cores, one Redis 7.0 on a unix socket, 20,000 rings
//! through one consumer of 16 slots with a handler that does nothing, then 2,000 rings 2 ms apart, three runs each).
//! apalis-redis 1.0.0 with every workaround that its faults ask for (an enqueue script straight into its active list, a
//! wake channel and a one-second interval as its poll strategy, batches of one, unique worker names, a pruner of its
//! done set, task data and task metadata that runs beside the pushes): 1,760 to 1,940 rings/s, p50 0.31 to 0.34 ms from
//! push to handler, and one run with a p99 of 0.9 s, as if wakes had been missed and the interval had to help. This crate's
//! list with BLPOP: 9,100 to 13,500 rings/s, p50 0.11 to 0.13 ms, worst 5.6 ms. The list needs no heartbeat, no in-flight
//! set, no pruner and no script, wakes exactly one consumer per ring, and holds no byte for a job that is done.
//! What it gives up is redelivery of a ring whose worker died between fetch and claim, and that is the sweep's work anyway.
//! apalis stays as the worker runtime. `cargo run --release -p broker --features testing --example measure` repeats our half.

mod backoff;
mod broker;
mod config;
mod consumer;
mod error;
mod hub;
mod keys;
mod link;
mod liveness;
mod rings;
mod session;
mod subscription;
#[cfg(feature = "testing")]
pub mod testing;
mod wire;

pub use broker::Broker;
pub use config::Config;
pub use error::{BoxError, Error};
pub use hub::{CONTROL_BUFFER, Notice, SUBSCRIBER_BUFFER};
pub use keys::Topic;
pub use link::{COMMAND_TIMEOUT, PING_TIMEOUT};
pub use rings::{FETCH_WAIT, RINGS_OUTSTANDING_MAX, Rung};
pub use subscription::{ControlStream, Subscription};
pub use wire::{Control, EVENT_BYTES_MAX, Published};
