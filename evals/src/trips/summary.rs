//! What is told about all trips together.

use std::{fmt, time::Duration};

use domain::{plan::Quality, request::PlanRequest};
use serde::Serialize;
use worker::trial::Outcome;

use super::failure;
use crate::{Times, run::Ran};

/// Something that must not happen, with the request that brings it about again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    pub what: String,
    pub request: PlanRequest,
}

/// All trips in numbers, and every fault in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub trips: usize,
    pub faults: Vec<Fault>,
    pub planned: usize,
    /// Questions that were answered with their first option.
    pub questions_answered: usize,
    /// Trips for which there is no plan, and the reason was told.
    pub infeasible: usize,
    /// Trips that ended at a question without options.
    pub unanswered: usize,
    /// Plans than which there is none better.
    pub optimal: usize,
    /// The share of `planned` that is optimal, in percent; zero without a plan.
    pub optimal_percent: f64,
    pub score_mean: f64,
    pub score_median: i64,
    /// Understanding, solving and verifying.
    pub planning: Times,
    /// The wall time of a request, facts and questions included.
    pub end_to_end: Times,
}

/// Counts while trips are planned.
#[derive(Default)]
pub(super) struct Tally {
    faults: Vec<Fault>,
    plans: Vec<Quality>,
    questions: usize,
    infeasible: usize,
    unanswered: usize,
    planning: Vec<Duration>,
    totals: Vec<Duration>,
}

impl Tally {
    pub(super) fn add(&mut self, request: &PlanRequest, ran: &Ran) {
        let violations = ran.violations().into_iter().map(|violation| violation.to_string());
        let failure = failure(&ran.report.outcome);
        let faults = violations.chain(failure.clone());
        self.faults.extend(faults.map(|what| Fault { what, request: request.clone() }));
        match &ran.report.outcome {
            Outcome::Planned(plan) => self.plans.push(plan.quality.clone()),
            Outcome::Asked(_) => self.unanswered += 1,
            Outcome::Failed(_) => self.infeasible += usize::from(failure.is_none()),
        }
        // The question at which a run ended was not answered.
        self.questions +=
            ran.questions - usize::from(matches!(ran.report.outcome, Outcome::Asked(_))).min(ran.questions);
        self.planning.push(ran.planning());
        self.totals.push(ran.total);
    }

    pub(super) fn summary(self) -> Summary {
        let mut scores: Vec<i64> = self.plans.iter().map(|quality| quality.score).collect();
        scores.sort_unstable();
        let optimal = self.plans.iter().filter(|quality| quality.optimal).count();
        Summary {
            trips: self.totals.len(),
            faults: self.faults,
            planned: self.plans.len(),
            questions_answered: self.questions,
            infeasible: self.infeasible,
            unanswered: self.unanswered,
            optimal,
            optimal_percent: share(optimal, self.plans.len()) * 100.0,
            score_mean: mean(&scores),
            score_median: scores.get(scores.len() / 2).copied().unwrap_or(0),
            planning: Times::of(self.planning),
            end_to_end: Times::of(self.totals),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts up to COUNT_MAX, for people")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "scores are some thousands, for people")]
fn mean(scores: &[i64]) -> f64 {
    let sum: i64 = scores.iter().sum();
    if scores.is_empty() { 0.0 } else { sum as f64 / scores.len() as f64 }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Fault { what, request } in &self.faults {
            let request = serde_json::to_string(request).map_err(|_| fmt::Error)?;
            writeln!(f, "fault  {what}\n       {request}")?;
        }
        writeln!(f, "{} trips, {} faults", self.trips, self.faults.len())?;
        writeln!(f, "planned             {}", self.planned)?;
        writeln!(f, "questions answered  {}", self.questions_answered)?;
        writeln!(f, "infeasible          {}", self.infeasible)?;
        writeln!(f, "unanswered          {}", self.unanswered)?;
        writeln!(f, "proven optimal      {} ({:.1} %)", self.optimal, self.optimal_percent)?;
        writeln!(f, "score               mean {:.1}, median {}", self.score_mean, self.score_median)?;
        writeln!(f, "understand, solve, verify  {}", self.planning)?;
        write!(f, "end to end                 {}", self.end_to_end)
    }
}
