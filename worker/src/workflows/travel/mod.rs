//! Plans a trip: understand, research, solve, verify, propose, finalise.
//!
//! Agents propose, code decides: no node believes a plan that the verifier has not passed.

mod edit;
mod propose;
mod relax;
mod state;

use std::time::Duration;

use domain::{facts::Facts, gate::NewGate};
use futures::try_join;
use graph::{Ctx, Next, Node, StepError, StepResult, Workflow};
use serde::Deserialize;
use serde_json::Value;
use solver::Limits;
use tokio::sync::Semaphore;

use crate::{
    agents::{Accommodation, Activity, Budget, Check, Dining, Draft, Drafted, Location, Reader, Transport, Weather},
    providers::Providers,
    reading::{Answer, Reading},
};

pub use state::{State, TravelOutput};
pub(crate) use state::{first_state, missing};

/// What the travel workflow may be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// With `"approval": "auto"`, a plan that costs more than this is put before a person. In whole EUR.
    pub approval_above_eur: i64,
    /// The limit of one search, in search nodes: it makes answers repeatable.
    pub solver_nodes_max: u64,
    /// The safety stop of one search.
    pub solver_ms_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { approval_above_eur: 10_000, solver_nodes_max: 100_000, solver_ms_max: 500 }
    }
}

/// What the agents of the field use.
pub struct Services {
    pub providers: Providers,
    pub config: Config,
    /// One search per core at a time.
    pub cores: Semaphore,
}

impl Services {
    #[must_use]
    pub fn new(providers: Providers, config: Config) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { providers, config, cores: Semaphore::new(cores) }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { nodes_max: self.config.solver_nodes_max, time_max: Duration::from_millis(self.config.solver_ms_max) }
    }
}

/// The workflow.
pub struct Travel;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TravelNode {
    Understand,
    Research,
    Solve,
    /// Looks for changes of a brief that has no plan.
    Relax,
    /// Goes on with the change that the person chose.
    Choose,
    Verify,
    Propose,
    Decide,
    Finalise,
}

impl Node for TravelNode {
    const ALL: &'static [Self] = &[
        Self::Understand,
        Self::Research,
        Self::Solve,
        Self::Relax,
        Self::Choose,
        Self::Verify,
        Self::Propose,
        Self::Decide,
        Self::Finalise,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Understand => "understand",
            Self::Research => "research",
            Self::Solve => "solve",
            Self::Relax => "relax",
            Self::Choose => "choose",
            Self::Verify => "verify",
            Self::Propose => "propose",
            Self::Decide => "decide",
            Self::Finalise => "finalise",
        }
    }
}

impl Workflow for Travel {
    const NAME: &'static str = "travel";
    const VERSION: i32 = 2;
    type Node = TravelNode;
    type State = State;
    type Services = Services;
    type Gate = NewGate;
    type Output = TravelOutput;
    const START: TravelNode = TravelNode::Understand;

    fn edges(node: TravelNode) -> &'static [TravelNode] {
        use TravelNode::{Choose, Decide, Finalise, Propose, Relax, Research, Solve, Understand, Verify};
        match node {
            Understand => &[Understand, Research],
            Research => &[Solve],
            Solve => &[Verify, Relax],
            Relax => &[Choose],
            // An answer that is none of the offers is asked for again.
            Choose => &[Research, Choose],
            Verify => &[Propose],
            Propose => &[Decide, Finalise],
            // An edited brief is researched and solved again; an edit that cannot be read is asked for again.
            Decide => &[Research, Decide, Finalise],
            Finalise => &[],
        }
    }

    fn timeout(_: TravelNode) -> Duration {
        Duration::from_secs(120)
    }

    fn headline(node: TravelNode, state: &State) -> String {
        let place = state.brief.as_ref().map_or("the trip", |brief| brief.destination.name.as_str());
        match node {
            TravelNode::Understand => "Reading the request".to_owned(),
            TravelNode::Research => format!("Looking for ways to {place}, beds, meals and sights"),
            TravelNode::Solve => format!("Searching the best plan for {place}"),
            TravelNode::Relax => "Looking for what could be changed".to_owned(),
            TravelNode::Choose => "Waiting for a choice".to_owned(),
            TravelNode::Verify => "Checking every rule".to_owned(),
            TravelNode::Propose => "Preparing the proposal".to_owned(),
            TravelNode::Decide => "Waiting for approval".to_owned(),
            TravelNode::Finalise => "Writing the plan".to_owned(),
        }
    }

    fn summary(output: &TravelOutput) -> String {
        format!("{}, {}", output.plan.title, output.plan.costs.total)
    }

    fn proposal(node: TravelNode, state: &State) -> Option<Value> {
        match node {
            TravelNode::Decide | TravelNode::Finalise => Some(propose::proposal(state)),
            TravelNode::Understand
            | TravelNode::Research
            | TravelNode::Solve
            | TravelNode::Relax
            | TravelNode::Choose
            | TravelNode::Verify
            | TravelNode::Propose => None,
        }
    }

    async fn step(node: TravelNode, state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Self> {
        match node {
            TravelNode::Understand => understand(state, ctx).await,
            TravelNode::Research => research(state, ctx).await,
            TravelNode::Solve => solve(state, ctx).await,
            TravelNode::Relax => relax::relax(state, ctx).await,
            TravelNode::Choose => relax::choose(state, ctx),
            TravelNode::Verify => verify(state, ctx).await,
            TravelNode::Propose => propose::propose(state, ctx),
            TravelNode::Decide => propose::decide(state, ctx),
            TravelNode::Finalise => Ok(Next::Done(state.output()?)),
        }
    }
}

async fn understand(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    if let Some(field) = state.asked.take() {
        let decision = ctx.decision().ok_or_else(|| state::missing("the answer"))?;
        if decision["decision"] == "reject" {
            return Err(propose::rejected(decision));
        }
        let text = decision["answer"].as_str().unwrap_or_default().to_owned();
        state.answers.push(Answer { field, text });
    }
    let today = state.today(ctx.services().providers.places.as_ref());
    match ctx.run(&Reader { request: &state.request, answers: &state.answers, today }).await? {
        Reading::Brief(brief) => {
            state.brief = Some(*brief);
            Ok(Next::Go(TravelNode::Research))
        }
        Reading::Question(question) => {
            let gate = propose::question_gate(state, &question);
            state.asked = Some(question.field);
            Ok(Next::Pause(gate, TravelNode::Understand))
        }
    }
}

async fn research(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let (brief, now) = (state.brief()?, state.now);
    let (location, transport, accommodation) =
        (Location { brief, now }, Transport { brief, now }, Accommodation { brief, now });
    let (activity, dining, weather) = (Activity { brief, now }, Dining { brief, now }, Weather { brief, now });
    let (location, legs, lodgings, sights, meals, weather) = try_join!(
        ctx.run(&location),
        ctx.run(&transport),
        ctx.run(&accommodation),
        ctx.run(&activity),
        ctx.run(&dining),
        ctx.run(&weather),
    )?;
    let (cities, rates) = (location.cities, location.rates);
    let facts = Facts { cities, rates, legs, lodgings, meals, sights, weather };
    state.facts = Some(facts);
    Ok(Next::Go(TravelNode::Solve))
}

async fn solve(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    match ctx.run(&Draft { brief: state.brief()?, facts: state.facts()? }).await? {
        Drafted::Plan(plan) => {
            state.plan = Some(*plan);
            Ok(Next::Go(TravelNode::Verify))
        }
        Drafted::Infeasible(infeasible) => {
            state.infeasible = Some(infeasible);
            Ok(Next::Go(TravelNode::Relax))
        }
    }
}

async fn verify(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let (brief, facts, plan) = (state.brief()?, state.facts()?, state.plan()?);
    let (check, budget) = (Check { brief, facts, plan }, Budget { plan });
    let (violations, _) = try_join!(ctx.run(&check), ctx.run(&budget))?;
    if let Some(first) = violations.first() {
        let cause = format!("The draft broke {} rules and is not shown; the first: {first}", violations.len());
        return Err(StepError::fatal(
            "internal",
            cause,
            "Report this with the job's id; no plan is better than a wrong one",
        ));
    }
    Ok(Next::Go(TravelNode::Propose))
}
