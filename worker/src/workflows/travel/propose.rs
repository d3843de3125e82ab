//! What a person is asked, and what becomes of the answer.

use domain::{
    gate::{GateKind, NewGate},
    money::Currency,
    request::ApprovalPolicy,
};
use graph::{Ctx, Next, StepError, StepResult};
use serde_json::{Value, json};

use super::{Services, State, Travel, TravelNode, edit, state::missing};
use crate::{providers::Gazetteer, reading::Question};

/// Puts the draft before a person where the policy asks for it.
pub(super) fn propose(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let needed = match state.request.approval.unwrap_or(ApprovalPolicy::Auto) {
        ApprovalPolicy::Always => true,
        ApprovalPolicy::Never => false,
        ApprovalPolicy::Auto => {
            let total = state.plan()?.costs.total;
            let in_eur = Gazetteer::bundled().rate(total.currency, Currency::EUR).convert_cents(total.amount_cents);
            in_eur > ctx.services().config.approval_above_eur.saturating_mul(100)
        }
    };
    if needed {
        Ok(Next::Pause(approval_gate(state, None)?, TravelNode::Decide))
    } else {
        Ok(Next::Go(TravelNode::Finalise))
    }
}

/// Goes on as the person decided.
pub(super) fn decide(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let decision = ctx.decision().ok_or_else(|| missing("the decision"))?;
    match decision["decision"].as_str() {
        Some("approve") => Ok(Next::Go(TravelNode::Finalise)),
        Some("edit") => {
            let places = ctx.services().providers.places.as_ref();
            match edit::apply(state.brief()?, &decision["edits"], places) {
                Ok(brief) => {
                    state.brief = Some(brief);
                    Ok(Next::Go(TravelNode::Research))
                }
                Err(wrong) => Ok(Next::Pause(approval_gate(state, Some(&wrong.join("; ")))?, TravelNode::Decide)),
            }
        }
        _ => Err(rejected(decision)),
    }
}

/// The end that a rejection means.
pub(super) fn rejected(decision: &Value) -> StepError {
    let by = decision["decided_by"].as_str().unwrap_or("Somebody");
    let comment = decision["comment"].as_str().map(|comment| format!(": {comment}")).unwrap_or_default();
    StepError::fatal("rejected", format!("{by} rejected the proposal{comment}"), "Submit a changed request")
}

pub(super) fn question_gate(state: &State, question: &Question) -> NewGate {
    NewGate {
        kind: GateKind::Question,
        prompt: question.prompt.clone(),
        proposal: json!({ "field": question.field }),
        options: question.options.clone(),
        policy: state.request.gate_policy(),
    }
}

/// What an approval is given for, and must still be true when the plan is written.
pub(super) fn proposal(state: &State) -> Value {
    let costs = state.plan.as_ref().map(|plan| &plan.costs);
    json!({
        "title": state.plan.as_ref().map(|plan| &plan.title),
        "total": costs.map(|costs| costs.total),
        "left": costs.map(|costs| costs.left),
        "brief": state.brief,
        "plan": state.plan,
    })
}

fn approval_gate(state: &State, fault: Option<&str>) -> Result<NewGate, StepError> {
    let plan = state.plan()?;
    let again = fault.map(|fault| format!("Your edit could not be applied ({fault}). ")).unwrap_or_default();
    Ok(NewGate {
        kind: GateKind::Approval,
        prompt: format!("{again}Go on with \"{}\" for {}? Nothing is booked by it.", plan.title, plan.costs.total),
        proposal: proposal(state),
        options: vec!["approve".to_owned(), "edit".to_owned(), "reject".to_owned()],
        policy: state.request.gate_policy(),
    })
}
