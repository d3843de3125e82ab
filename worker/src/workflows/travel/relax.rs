//! A brief without a plan: what could be changed is asked, and the chosen change goes on.

use domain::gate::{GateKind, NewGate};
use graph::{Ctx, Next, StepError, StepResult};
use serde_json::json;

use super::{Services, State, Travel, TravelNode, propose::rejected, state::missing};
use crate::{agents::Relax, planning::Relaxations};

/// Looks for ways out, and asks which one to take. Without any, the job fails with the reason.
pub(super) async fn relax(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let found = ctx.run(&Relax { brief: state.brief()?, facts: state.facts()?, now: state.now }).await?;
    if found.offers.is_empty() {
        let infeasible = state.infeasible.take().ok_or_else(|| missing("the reason"))?;
        return Err(StepError::fatal("infeasible", infeasible.cause, infeasible.hint));
    }
    let gate = question(state, &found, None)?;
    state.relaxations = Some(found);
    Ok(Next::Pause(gate, TravelNode::Choose))
}

/// Goes on with the brief that the person chose.
pub(super) fn choose(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Travel> {
    let decision = ctx.decision().ok_or_else(|| missing("the answer"))?;
    if decision["decision"] == "reject" {
        return Err(rejected(decision));
    }
    let found = state.relaxations.take().ok_or_else(|| missing("what was offered"))?;
    let answer = decision["answer"].as_str().unwrap_or_default();
    let Some(chosen) = pick(&found, answer) else {
        let gate = question(state, &found, Some(answer))?;
        state.relaxations = Some(found);
        return Ok(Next::Pause(gate, TravelNode::Choose));
    };
    state.brief = Some(found.offers[chosen].brief.clone());
    state.infeasible = None;
    Ok(Next::Go(TravelNode::Research))
}

/// The offer that an answer means: its text or its number from 1.
fn pick(found: &Relaxations, answer: &str) -> Option<usize> {
    let answer = answer.trim();
    let by_number = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_number = by_number.filter(|index| *index < found.offers.len());
    by_number.or_else(|| found.offers.iter().position(|offer| offer.text.eq_ignore_ascii_case(answer)))
}

fn question(state: &State, found: &Relaxations, refused: Option<&str>) -> Result<NewGate, StepError> {
    const ANSWER_CHARS_MAX: usize = 80;
    let infeasible = state.infeasible.as_ref().ok_or_else(|| missing("the reason"))?;
    let again = refused.map(|answer| {
        let answer: String = answer.chars().take(ANSWER_CHARS_MAX).collect();
        format!("\"{answer}\" is none of the changes. ")
    });
    let conflict = match found.conflict.as_slice() {
        [] | [_] => String::new(),
        wishes => format!(" These cannot all be kept: {}.", wishes.join("; ")),
    };
    let offers = found
        .offers
        .iter()
        .map(|offer| json!({ "kind": offer.kind, "text": offer.text, "total": offer.total, "brief": offer.brief }));
    Ok(NewGate {
        kind: GateKind::Question,
        prompt: format!("{}{}{conflict} What may be changed?", again.unwrap_or_default(), infeasible.cause),
        proposal: json!({ "field": "relaxation", "conflict": found.conflict, "relaxations": offers.collect::<Vec<_>>() }),
        options: found.offers.iter().map(|offer| offer.text.clone()).collect(),
        policy: state.request.gate_policy(),
    })
}
