//! The binary `portolan`: the composition root, and the only reader of the environment.
//!
//! It knows every part of the house and does the work of none: it reads what an operator wants, starts the parts that were
//! asked for, and talks to people. Start reading at [`cli`] (what can be asked for), then `commands` (who does it),
//! `process` (how the parts start together), `session` (which server a command talks to).

mod cli;
mod client;
mod commands;
mod config;
mod control;
mod environment;
mod exit;
mod key;
mod lock;
mod output;
mod process;
mod redact;
mod render;
mod session;
mod shutdown;
mod telemetry;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use crate::{
    exit::{Exit, Failure, exit_of},
    redact::redact,
};

/// Threads that wait for the outside at the very end, such as a name look-up, are left behind after this.
const LAST_WAIT: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format!("portolan: the threads cannot start: {error}"));
            return Exit::Failed.into();
        }
    };
    let outcome = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(LAST_WAIT);
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::note(redact(&format!("portolan: {}", told(&error))));
            exit_of(&error).into()
        }
    }
}

/// The chain of causes, once. What is written for people stands alone; behind it only more of the same would follow.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !told.is_empty() && told.contains(&text) {
            continue;
        }
        if !told.is_empty() {
            told.push_str(": ");
        }
        told.push_str(&text);
        if cause.downcast_ref::<Failure>().is_some() {
            break;
        }
    }
    told
}
