//! The binary as its users meet it, and the rules of the house that a compiler does not check.

mod alerts;
mod architecture;
mod bench;
mod catchers;
mod chaos;
mod cli;
mod cluster;
mod config;
mod crash;
mod docs;
mod doctor;
mod jobs;
mod out;
mod proof;
mod schedules;
mod support;
mod watches;
