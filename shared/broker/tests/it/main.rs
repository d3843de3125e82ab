//! The broker against a real Redis, which each test starts and may kill, and the in-process twin beside it.

mod bus;
mod outage;
mod ring;
mod support;
