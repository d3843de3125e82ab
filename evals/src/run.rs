//! One request through the workflow, timed and judged.

use std::{
    cell::Cell,
    future::Future,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use domain::{
    gate::{GateKind, NewGate},
    request::PlanRequest,
};
use verifier::Violation;
use worker::{
    trial::{self, Outcome, Report, Timing},
    workflows::travel::{Config, Services},
};

/// Search nodes of one plan: beyond them, twice as many raise the score of generated trips by about one percent. Counted
/// in nodes, so that the same request gives the same plan on any machine.
const SOLVER_NODES_MAX: u64 = 3_000;
/// The safety stop of one search, for a machine that is busy with something else.
const SOLVER_MS_MAX: u64 = 150;

/// What came of one request.
pub(crate) struct Ran {
    pub(crate) report: Report,
    /// Questions that the workflow put to the person, answered or not.
    pub(crate) questions: usize,
    /// The wall time of the whole run.
    pub(crate) total: Duration,
}

/// How the workflow is set up for measuring.
pub(crate) fn config() -> Config {
    Config { solver_nodes_max: SOLVER_NODES_MAX, solver_ms_max: SOLVER_MS_MAX, ..Config::default() }
}

/// Runs one future after the other on one core: times are then of one request alone.
pub(crate) fn on_one_core<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

/// Runs the request as of `now`; `answer` as in [`trial::run`].
pub(crate) async fn run(
    request: &PlanRequest,
    now: DateTime<Utc>,
    services: &Services,
    answer: impl Fn(&NewGate) -> Option<String>,
) -> Ran {
    let questions = Cell::new(0);
    let begun = Instant::now();
    let report = trial::run(request, now, services, |gate| {
        questions.set(questions.get() + usize::from(gate.kind == GateKind::Question));
        answer(gate)
    })
    .await;
    Ran { report, questions: questions.get(), total: begun.elapsed() }
}

impl Ran {
    /// Understanding, solving and verifying: the house's own work, without asking for facts.
    pub(crate) fn planning(&self) -> Duration {
        self.report.timings.iter().filter(|timing| is_planning(timing)).map(|timing| timing.duration).sum()
    }

    /// What the verifier finds wrong with the final plan; nothing where there is none.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        match (&self.report.outcome, &self.report.brief, &self.report.facts) {
            (Outcome::Planned(plan), Some(brief), Some(facts)) => verifier::verify(brief, facts, plan),
            _ => Vec::new(),
        }
    }
}

fn is_planning(timing: &Timing) -> bool {
    match timing.agent {
        "planning" => matches!(timing.node, "understand" | "solve"),
        agent => agent == "verification",
    }
}
