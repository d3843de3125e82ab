use chrono::{DateTime, NaiveDate, Utc};
use domain::{brief::Brief, facts::Facts, plan::Plan, request::PlanRequest};
use graph::StepError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{agents::Infeasible, planning::Relaxations, providers::Places, reading::Answer};

/// What the workflow has decided so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) request: PlanRequest,
    /// When the request came in: every "today" and every fact's age is measured from it, so that a run can be repeated.
    pub(super) now: DateTime<Utc>,
    /// The field that the person is being asked for.
    pub(super) asked: Option<String>,
    pub(super) answers: Vec<Answer>,
    pub(super) brief: Option<Brief>,
    pub(super) facts: Option<Facts>,
    pub(super) plan: Option<Plan>,
    /// Why there is no plan, while a way out is looked for.
    pub(super) infeasible: Option<Infeasible>,
    /// What the person may choose from.
    pub(super) relaxations: Option<Relaxations>,
}

/// The result: the plan, with itself as Markdown beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TravelOutput {
    #[serde(flatten)]
    pub plan: Plan,
    pub markdown: String,
}

pub(crate) fn first_state(request: &PlanRequest, now: DateTime<Utc>) -> Value {
    json!(State::new(request.clone(), now))
}

/// A node was entered without what an earlier one must have left.
pub(crate) fn missing(what: &str) -> StepError {
    StepError::fatal("internal", format!("{what} is missing from the job's state"), "Report this with the job's id")
}

impl State {
    pub(crate) fn new(request: PlanRequest, now: DateTime<Utc>) -> Self {
        Self {
            request,
            now,
            asked: None,
            answers: vec![],
            brief: None,
            facts: None,
            plan: None,
            infeasible: None,
            relaxations: None,
        }
    }

    pub(super) fn brief(&self) -> Result<&Brief, StepError> {
        self.brief.as_ref().ok_or_else(|| missing("the brief"))
    }

    pub(super) fn facts(&self) -> Result<&Facts, StepError> {
        self.facts.as_ref().ok_or_else(|| missing("what research found"))
    }

    pub(super) fn plan(&self) -> Result<&Plan, StepError> {
        self.plan.as_ref().ok_or_else(|| missing("the draft"))
    }

    pub(super) fn output(&mut self) -> Result<TravelOutput, StepError> {
        let plan = self.plan.take().ok_or_else(|| missing("the draft"))?;
        Ok(TravelOutput { markdown: plan.to_markdown(), plan })
    }

    /// The day on which the request came in, where the trip goes; UTC's where that cannot be told yet.
    pub(super) fn today(&self, places: &dyn Places) -> NaiveDate {
        let named = self.request.constraints.as_ref().and_then(|constraints| constraints.destination.as_deref());
        let destination = named.and_then(|name| places.find(name)).or_else(|| {
            let mentioned = places.mentions(&self.request.query);
            mentioned.into_iter().map(|mention| mention.place).find(|place| places.is_destination(&place.id))
        });
        let zone = destination.and_then(|place| places.time_zone(&place.id));
        zone.map_or_else(|| self.now.date_naive(), |zone| self.now.with_timezone(&zone).date_naive())
    }
}
