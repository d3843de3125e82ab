//! The proof that the promises hold: real servers, real processes, real harm, and an oracle that judges as a client sees it.
//!
//! It knows none of our crates: it starts the binary as an operator would and asks it over HTTP. What it learns beyond that
//! is in one file, the ledger, to which workers append what they run, committed or not. A proof that cannot fail proves
//! nothing: with a [`Control`] the processes run with one mechanism switched off, and the oracle must find that out.
//!
//! Start reading at [`play`], then `stage`, then `oracle`. `cluster` keeps the processes, `nemesis` harms them,
//! `proxy` spoils their connections, `load` and `stream` are the clients.

mod client;
mod clock;
mod cluster;
mod docket;
mod launch;
mod ledger;
mod limit;
mod load;
mod nemesis;
mod options;
mod oracle;
mod proxy;
mod receiver;
mod report;
mod rows;
mod scenarios;
mod schedule;
mod servers;
mod slot;
mod stage;
mod stream;
mod timeline;

pub use client::Tally;
pub use docket::Finding;
pub use launch::{CONTROL_VARIABLE, PAGES_VARIABLE, TOKEN_FILE, TOKEN_VARIABLE};
pub use options::{Control, Nemesis, Options};
pub use oracle::Check;
pub use report::Report;
pub use rig::kill_all;
pub use rows::{ROWS, Row, table};
pub use scenarios::{Scale, Scenario, play};
pub use timeline::Moment;
