//! The travel workflow without a store: one run in memory, with nothing kept. For evaluating plans, not for serving them.

use std::{sync::Mutex, time::Duration};

use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::Facts, gate::NewGate, plan::Plan, request::PlanRequest};
use graph::{Env, Failure, Journal, JournalError, Record, Resume};
use serde_json::{Value, json};

use crate::workflows::travel::{Services, State, Travel, TravelOutput};

/// Answers that one trial may give before it is taken to go round in circles.
const ANSWERS_MAX: usize = 8;

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Planned(Box<Plan>),
    /// The workflow asked something that nobody answered.
    Asked(Box<NewGate>),
    Failed(Failure),
}

/// One run of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    pub node: &'static str,
    pub agent: &'static str,
    pub duration: Duration,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub outcome: Outcome,
    /// How the request was read, once it was.
    pub brief: Option<Brief>,
    /// What research found, once it did.
    pub facts: Option<Facts>,
    /// Every finished task, in order.
    pub timings: Vec<Timing>,
}

/// Runs `request` as of `now`. `answer` is asked at every gate; none leaves the gate open, which ends the trial. An answer
/// is the option's text, or `approve` at an approval.
pub async fn run(
    request: &PlanRequest,
    now: DateTime<Utc>,
    services: &Services,
    answer: impl Fn(&NewGate) -> Option<String>,
) -> Report {
    let notes = Notes::default();
    let mut resume = Resume { initial: json!(State::new(request.clone(), now)), ..Resume::default() };
    for _ in 0..=ANSWERS_MAX {
        let ended = graph::run::<Travel>(resume, services, &notes, &Env::default()).await;
        debug_assert!(ended.is_ok(), "a journal in memory is always written");
        let (gate, checkpoint) = notes.pending();
        let Some(text) = gate.as_ref().and_then(&answer) else { break };
        resume = Resume { checkpoint, decision: Some(decision(&text)), ..Resume::default() };
    }
    notes.report()
}

fn decision(text: &str) -> Value {
    let decision = if text == "approve" { "approve" } else { "answer" };
    json!({ "decision": decision, "answer": text, "decided_by": "trial" })
}

/// A journal in memory that keeps what a report tells.
#[derive(Default)]
struct Notes(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    checkpoint: Option<(String, Value)>,
    outcome: Option<Outcome>,
    timings: Vec<Timing>,
}

impl Journal for Notes {
    async fn commit(&self, records: Vec<Record>) -> Result<(), JournalError> {
        let mut noted = self.noted();
        records.into_iter().for_each(|record| noted.take(record));
        Ok(())
    }
}

impl Noted {
    fn take(&mut self, record: Record) {
        match record {
            Record::Checkpoint { node, state, .. } => self.checkpoint = Some((node.to_owned(), state)),
            Record::TaskCompleted { node, agent, duration, .. } => self.timings.push(Timing { node, agent, duration }),
            Record::Paused { gate } => self.outcome = Some(read(gate, |gate| Outcome::Asked(Box::new(gate)))),
            Record::Completed { output, .. } => {
                self.outcome = Some(read(output, |output: TravelOutput| Outcome::Planned(Box::new(output.plan))));
            }
            Record::Failed { failure } => self.outcome = Some(Outcome::Failed(failure)),
            Record::TaskStarted { .. }
            | Record::TaskFailed { .. }
            | Record::Output { .. }
            | Record::EffectIntended { .. }
            | Record::EffectCompleted { .. } => {}
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value, outcome: impl FnOnce(T) -> Outcome) -> Outcome {
    match serde_json::from_value(value) {
        Ok(value) => outcome(value),
        Err(error) => Outcome::Failed(unfinished(&error.to_string())),
    }
}

fn unfinished(cause: &str) -> Failure {
    Failure { code: "internal", cause: cause.to_owned(), hint: "Report this".to_owned() }
}

impl Notes {
    fn noted(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The open gate, if the run ended at one, and where it goes on.
    fn pending(&self) -> (Option<NewGate>, Option<(String, Value)>) {
        let noted = self.noted();
        let gate = match &noted.outcome {
            Some(Outcome::Asked(gate)) => Some((**gate).clone()),
            _ => None,
        };
        (gate, noted.checkpoint.clone())
    }

    fn report(self) -> Report {
        let noted = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let state = noted.checkpoint.map(|(_, envelope)| envelope["state"].clone()).unwrap_or_default();
        Report {
            outcome: noted.outcome.unwrap_or_else(|| Outcome::Failed(unfinished("the run left no result"))),
            brief: serde_json::from_value(state["brief"].clone()).ok(),
            facts: serde_json::from_value(state["facts"].clone()).ok(),
            timings: noted.timings,
        }
    }
}
