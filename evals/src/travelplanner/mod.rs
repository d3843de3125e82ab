//! The TravelPlanner benchmark (Xie et al., ICML 2024): requests in plain English, each with the facts that a plan may
//! use. `docs/EVALUATION.md` says what is read from what.
//!
//! Plans are made from a request's text and its facts alone ([`record::Request`]): the structured fields of a record
//! (`record::Said`) are compared with what was read, and never reach the workflow. `sandbox` makes providers of the
//! facts, `writer` makes a line of the plan file of a plan.

mod fields;
mod keys;
pub mod record;
mod sandbox;
mod summary;
mod writer;

use std::io;

use chrono::{DateTime, Utc};
use domain::{
    plan::Plan,
    request::{ApprovalPolicy, PlanRequest},
};
use worker::{
    trial::{Outcome, Report},
    workflows::travel::Services,
};

pub use fields::{FIELDS, Misread};
pub use record::{DataError, Record, read};
pub use summary::{FieldCount, Summary, Undelivered, VerifierFault};
pub use writer::{PlanLine, Unwritable, WrittenDay};

use self::{record::Request, sandbox::Sandbox};
use crate::{
    Times,
    run::{self, Ran},
};

/// "Today" of every request, in seconds since 1970: 2022-02-01T12:00:00Z. The trips of the benchmark are in March 2022, and
/// people plan before they travel; nothing else is derived from it, and it from nothing.
const NOW_UNIX_S: i64 = 1_643_716_800;
/// The code of a run that its own verifier stopped.
const INTERNAL: &str = "internal";

/// Every request of a file, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    pub summary: Summary,
    /// One for each request, in order; empty plans are not delivered.
    pub lines: Vec<PlanLine>,
}

/// Plans every request and counts. `done` is called after each.
///
/// # Errors
/// When the runtime cannot start.
pub fn evaluate(records: &[Record], mut done: impl FnMut()) -> io::Result<Evaluation> {
    run::on_one_core(async {
        let mut results = Vec::with_capacity(records.len());
        for record in records {
            results.push(Judged::of(record).await);
            done();
        }
        Evaluation {
            summary: summary(records, &results),
            lines: results.into_iter().map(|result| result.line).collect(),
        }
    })
}

/// What came of one record.
struct Judged {
    line: PlanLine,
    undelivered: Option<String>,
    misreads: Vec<Misread>,
    faults: Vec<String>,
    is_optimal: bool,
    ran: Ran,
}

impl Judged {
    async fn of(record: &Record) -> Self {
        let request = &record.request;
        let ran = plan(request).await;
        let (line, undelivered) = match written(request, &ran.report) {
            Ok(line) => (line, None),
            Err(reason) => (PlanLine::undelivered(request), Some(reason)),
        };
        Self {
            undelivered,
            line,
            misreads: misreads(record, &ran.report),
            faults: faults(&ran),
            is_optimal: planned(&ran.report).is_some_and(|plan| plan.quality.optimal),
            ran,
        }
    }
}

/// The workflow over the request's text and the providers of its facts. Nobody answers its questions: what it cannot read
/// or cannot plan is not delivered.
async fn plan(request: &Request) -> Ran {
    let wish = PlanRequest {
        user_id: None,
        query: request.query.clone(),
        constraints: None,
        approval: Some(ApprovalPolicy::Never),
        approval_timeout_s: None,
        on_timeout: None,
        deadline_s: None,
        workflow: None,
        probe: None,
    };
    let services = Services::new(Sandbox::new(&request.reference).providers(), run::config());
    run::run(&wish, now(), &services, |_| None).await
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW_UNIX_S, 0).expect("it is in range")
}

fn planned(report: &Report) -> Option<&Plan> {
    match &report.outcome {
        Outcome::Planned(plan) => Some(plan),
        Outcome::Asked(_) | Outcome::Failed(_) => None,
    }
}

/// The line of the plan, or why there is none.
fn written(request: &Request, report: &Report) -> Result<PlanLine, String> {
    match (&report.outcome, &report.facts) {
        (Outcome::Planned(plan), Some(facts)) => {
            PlanLine::of(request, facts, plan).map_err(|error| format!("cannot be written: {error}"))
        }
        (Outcome::Planned(_), None) => Err("its facts were not kept".to_owned()),
        (Outcome::Asked(gate), _) => {
            let options = gate.options.iter().map(|option| format!(" [{option}]")).collect::<String>();
            Err(format!("asked: {}{options}", gate.prompt))
        }
        (Outcome::Failed(failure), _) => Err(format!("{}: {} {}", failure.code, failure.cause, failure.hint)),
    }
}

fn faults(ran: &Ran) -> Vec<String> {
    match &ran.report.outcome {
        Outcome::Failed(failure) if failure.code == INTERNAL => vec![failure.cause.clone()],
        _ => ran.violations().iter().map(ToString::to_string).collect(),
    }
}

fn misreads(record: &Record, report: &Report) -> Vec<Misread> {
    let compared = fields::compared(&record.said, report.brief.as_ref());
    let wrong = FIELDS.into_iter().zip(compared).filter(|(_, (expected, found))| expected != found);
    let misread = |(field, (expected, found))| Misread {
        id: record.request.id.clone(),
        field,
        expected,
        found,
        query: record.request.query.clone(),
    };
    wrong.map(misread).collect()
}

fn summary(records: &[Record], results: &[Judged]) -> Summary {
    let misreads: Vec<Misread> = results.iter().flat_map(|result| result.misreads.clone()).collect();
    let wrong = |field: &str| misreads.iter().filter(|misread| misread.field == field).count();
    let fields = FIELDS.map(|field| FieldCount { field, right: records.len() - wrong(field) }).to_vec();
    let undelivered = results.iter().filter_map(|result| {
        let PlanLine { id, query, .. } = result.line.clone();
        Some(Undelivered { id, reason: result.undelivered.clone()?, query })
    });
    let faults = results.iter().flat_map(|result| {
        result.faults.iter().map(|fault| VerifierFault { id: result.line.id.clone(), fault: fault.clone() })
    });
    Summary {
        requests: records.len(),
        delivered: results.iter().filter(|result| result.undelivered.is_none()).count(),
        fields,
        read_right: results.iter().filter(|result| result.misreads.is_empty()).count(),
        questions: results.iter().map(|result| result.ran.questions).sum(),
        optimal: results.iter().filter(|result| result.is_optimal).count(),
        planning: Times::of(results.iter().map(|result| result.ran.planning()).collect()),
        end_to_end: Times::of(results.iter().map(|result| result.ran.total).collect()),
        verifier_faults: faults.collect(),
        misreads,
        undelivered: undelivered.collect(),
    }
}
