//! Generated requests over the bundled gazetteer: every destination, lengths from a day to two weeks, groups, budgets from
//! tight to rich, wishes of every kind. A plan that breaks a rule, or a run that ends in anything but a plan or a reason
//! why there is none, is a fault; there must be none.
//!
//! The same seed gives the same requests. Start reading at [`evaluate`], then `draw` for what is asked and `wording` for
//! how it is said.

mod draw;
mod summary;
mod wording;

use std::io;

use chrono::{DateTime, Utc};
use domain::{
    gate::{GateKind, NewGate},
    request::PlanRequest,
};
use rand::{SeedableRng, rngs::StdRng};
use worker::{providers::Providers, trial::Outcome, workflows::travel::Services};

pub use summary::{Fault, Summary};

use self::{draw::Trip, summary::Tally};
use crate::run;

/// "Today" of every request, in seconds since 1970: 2026-09-01T12:00:00Z. Any day would do; a fixed one makes runs alike.
const NOW_UNIX_S: i64 = 1_788_264_000;
/// Trips of one run: a day's worth.
pub const COUNT_MAX: u32 = 1_000_000;
/// Says that nothing can be done; the only way of failing that is no fault.
const INFEASIBLE: &str = "infeasible";

/// Plans `count` requests (at most [`COUNT_MAX`]) of the series that begins with `seed`. `done` is called after each.
///
/// # Errors
/// When the runtime cannot start.
pub fn evaluate(count: u32, seed: u64, mut done: impl FnMut()) -> io::Result<Summary> {
    run::on_one_core(async {
        let services = Services::new(Providers::bundled(), run::config());
        let mut tally = Tally::default();
        for request in requests(seed).take(count.min(COUNT_MAX) as usize) {
            let ran = run::run(&request, now(), &services, first_option).await;
            tally.add(&request, &ran);
            done();
        }
        tally.summary()
    })
}

/// The requests of a seed, without end.
fn requests(seed: u64) -> impl Iterator<Item = PlanRequest> {
    let mut rng = StdRng::seed_from_u64(seed);
    let today = now().date_naive();
    std::iter::repeat_with(move || {
        let trip = Trip::draw(&mut rng, today);
        wording::request(&mut rng, &trip)
    })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW_UNIX_S, 0).expect("it is in range")
}

/// Says yes to a proposal, and picks the first answer of a question; one that has none stays open.
fn first_option(gate: &NewGate) -> Option<String> {
    match gate.kind {
        GateKind::Approval => Some("approve".to_owned()),
        GateKind::Question => gate.options.first().cloned(),
    }
}

/// Whether a run ended in a way that no run may end in.
fn failure(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Failed(failure) if failure.code != INFEASIBLE => Some(format!("{}: {}", failure.code, failure.cause)),
        Outcome::Planned(_) | Outcome::Asked(_) | Outcome::Failed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use worker::providers::Gazetteer;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_requests_and_each_of_them_is_valid() {
        let first: Vec<PlanRequest> = requests(7).take(300).collect();
        assert!(requests(7).take(300).eq(first.iter().cloned()));
        assert!(!requests(8).take(5).eq(first[..5].iter().cloned()));
        for request in &first {
            assert_eq!(request.check(now()), Ok(()), "{request:?}");
        }
    }

    #[test]
    fn every_destination_is_asked_for() {
        let text = |request: PlanRequest| serde_json::to_string(&request).unwrap();
        let said: Vec<String> = requests(1).take(1_000).map(text).collect();
        let missing: HashSet<&str> = Gazetteer::bundled()
            .destination_ids()
            .filter(|id| {
                let name = &Gazetteer::bundled().city(id).unwrap().name;
                !said.iter().any(|text| text.contains(name.as_str()))
            })
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
