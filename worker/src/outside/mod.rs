//! The way to addresses that customers give, for whoever must go there: messages are posted through it, calendars fetched.
//!
//! A name is resolved once, every address is checked, and those and no other are connected to (`guard`); the client of one
//! request follows no redirects, asks no proxy, and ends in time (`client`). Nothing else in this crate opens a connection for
//! an address that it was given.

mod client;
mod fetch;
mod guard;

pub(crate) use client::{cause_of, client, excerpt};
pub(crate) use fetch::{FetchError, Fetcher};
pub(crate) use guard::{Guard, NotAdmitted};
pub use guard::{Resolve, SystemResolver};
