//! The API over real connections, with a real database.
#![expect(clippy::unwrap_used, reason = "tests and their helpers")]

mod alerts;
mod approve;
mod channels;
mod connections;
mod document;
mod errors;
mod export;
mod hints;
mod jobs;
mod outage;
mod plan;
mod schedules;
mod status;
mod storage;
mod stream;
mod support;
mod tenants;
mod watches;
mod webhooks;
