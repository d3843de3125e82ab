//! Files as other libraries read them.
#![expect(clippy::unwrap_used, reason = "tests and their helpers")]

mod calendar;
mod files;
mod geo;
mod markdown;
mod support;
