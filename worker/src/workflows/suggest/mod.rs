//! Suggests a trip because something happened: a price fell, days are free, money is left.
//!
//! Weighs what happened into a request, plans it with the nodes of [`travel`](super::travel), and always puts the result before a person,
//! with the reason and the evidence. Nothing of planning is done here.

mod intake;
mod state;
mod weigh;

use std::time::Duration;

use domain::gate::NewGate;
use graph::{Ctx, Next, Node, StepResult, Workflow};
use serde_json::{Value, json};

use super::travel::{Services, Travel, TravelNode, TravelOutput};

pub(crate) use intake::{check, check_route, check_wish, first_state};
pub use state::{State, SuggestOutput};
pub(crate) use weigh::told;

/// The workflow.
pub struct Suggest;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestNode {
    /// Looks at what happened, and chooses where to and when.
    Weigh,
    /// A node of planning.
    Plan(TravelNode),
}

impl Node for SuggestNode {
    const ALL: &'static [Self] = &[
        Self::Weigh,
        Self::Plan(TravelNode::Understand),
        Self::Plan(TravelNode::Research),
        Self::Plan(TravelNode::Solve),
        Self::Plan(TravelNode::Relax),
        Self::Plan(TravelNode::Choose),
        Self::Plan(TravelNode::Verify),
        Self::Plan(TravelNode::Propose),
        Self::Plan(TravelNode::Decide),
        Self::Plan(TravelNode::Finalise),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Weigh => "weigh",
            Self::Plan(node) => node.name(),
        }
    }
}

impl Workflow for Suggest {
    const NAME: &'static str = "suggest";
    const VERSION: i32 = 1;
    type Node = SuggestNode;
    type State = State;
    type Services = Services;
    type Gate = NewGate;
    type Output = SuggestOutput;
    const START: SuggestNode = SuggestNode::Weigh;

    fn edges(node: SuggestNode) -> &'static [SuggestNode] {
        use TravelNode::{Choose, Decide, Finalise, Propose, Relax, Research, Solve, Understand, Verify};
        const fn plan(node: TravelNode) -> SuggestNode {
            SuggestNode::Plan(node)
        }
        match node {
            SuggestNode::Weigh => const { &[plan(Understand)] },
            SuggestNode::Plan(Understand) => const { &[plan(Understand), plan(Research)] },
            SuggestNode::Plan(Research) => const { &[plan(Solve)] },
            SuggestNode::Plan(Solve) => const { &[plan(Verify), plan(Relax)] },
            SuggestNode::Plan(Relax) => const { &[plan(Choose)] },
            SuggestNode::Plan(Choose) => const { &[plan(Research), plan(Choose)] },
            SuggestNode::Plan(Verify) => const { &[plan(Propose)] },
            // Never past a person: there is no way from here to the end.
            SuggestNode::Plan(Propose) => const { &[plan(Decide)] },
            SuggestNode::Plan(Decide) => const { &[plan(Research), plan(Decide), plan(Finalise)] },
            SuggestNode::Plan(Finalise) => &[],
        }
    }

    fn timeout(_: SuggestNode) -> Duration {
        Duration::from_secs(120)
    }

    fn headline(node: SuggestNode, state: &State) -> String {
        match (node, &state.trip) {
            (SuggestNode::Plan(node), Some(trip)) => Travel::headline(node, trip),
            (SuggestNode::Weigh | SuggestNode::Plan(_), _) => "Looking at what happened".to_owned(),
        }
    }

    fn summary(output: &SuggestOutput) -> String {
        format!("{}, {}", output.plan.title, output.plan.costs.total)
    }

    fn proposal(node: SuggestNode, state: &State) -> Option<Value> {
        let SuggestNode::Plan(node) = node else { return None };
        let proposal = Travel::proposal(node, state.trip.as_ref()?)?;
        Some(with_suggestion(proposal, state))
    }

    async fn step(node: SuggestNode, state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Self> {
        match node {
            SuggestNode::Weigh => weigh::weigh(state, ctx).await,
            SuggestNode::Plan(node) => {
                let next = Travel::step(node, state.trip()?, ctx).await?;
                Ok(carry(state, next))
            }
        }
    }
}

/// A step of planning as a step of the suggestion: what people are asked begins with the reason, and the result carries it.
fn carry(state: &State, next: Next<TravelNode, NewGate, TravelOutput>) -> Next<SuggestNode, NewGate, SuggestOutput> {
    match next {
        Next::Go(node) => Next::Go(SuggestNode::Plan(node)),
        Next::Pause(mut gate, node) => {
            gate.prompt = format!("{} {}", state.reason, gate.prompt);
            gate.proposal = with_suggestion(gate.proposal, state);
            Next::Pause(gate, SuggestNode::Plan(node))
        }
        Next::Done(output) => Next::Done(SuggestOutput::of(output, state.suggestion())),
    }
}

/// What is proposed, with why.
fn with_suggestion(mut proposal: Value, state: &State) -> Value {
    if let Some(fields) = proposal.as_object_mut() {
        fields.insert("suggestion".to_owned(), json!(state.suggestion()));
    }
    proposal
}
