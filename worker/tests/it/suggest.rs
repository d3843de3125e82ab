//! Suggestions: from what happened to a plan behind a gate.

use domain::{
    JobId,
    gate::DecisionKind,
    job::{JobStatus, Mode, Reason},
    plan::{ItemKind, Plan},
    suggest::{SuggestContext, Suggestion, Trigger},
};
use serde_json::{Value, json};
use store::{JobDetail, NewJob, testing::Engine};

use crate::house::{House, owner, say};

fn context(json: Value) -> SuggestContext {
    serde_json::from_value(json).unwrap()
}

fn price_drop() -> SuggestContext {
    context(json!({ "trigger": "price_drop", "context": { "origin": "Berlin", "destination": "Lisbon",
        "depart": "2027-05-08", "return_date": "2027-05-11", "travellers": 2, "wishes": "art and seafood",
        "price": { "amount": 410.0, "currency": "EUR" }, "reference": 500.0,
        "budget": { "amount": 2000.0, "currency": "EUR" } } }))
}

async fn submit(house: &House, context: &SuggestContext) -> JobId {
    let (workflow, version, input) = worker::suggest_intake(store::Clock::real())(context, Some("ana")).unwrap();
    let job = NewJob {
        id: JobId::new(),
        user_id: Some("ana".to_owned()),
        workflow,
        version,
        mode: Mode::Proactive,
        request: json!(context),
        input,
        deadline_s: None,
        trace_id: "t".to_owned(),
        summary: String::new(),
    };
    house.dispatch.submit(&owner(), &job, None).await.unwrap().job_id
}

fn plan_of(detail: &JobDetail) -> (Plan, Suggestion) {
    assert_eq!(detail.job.status, JobStatus::Completed, "{:?} {:?}", detail.error, detail.gate);
    let result = detail.result.clone().unwrap();
    let suggestion = serde_json::from_value(result["suggestion"].clone()).unwrap();
    assert!(result["markdown"].as_str().unwrap().contains("## Why this was suggested"));
    (serde_json::from_value(result).unwrap(), suggestion)
}

async fn approved(house: &House, context: SuggestContext) -> (String, Plan, Suggestion) {
    let id = submit(house, &context).await;
    let waiting = house.settled(id).await;
    assert_eq!(waiting.job.status, JobStatus::WaitingApproval, "{:?} {:?}", waiting.error, waiting.gate);
    let gate = waiting.gate.unwrap();
    assert!(gate.proposal["suggestion"]["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));
    assert!(gate.proposal["plan"]["days"].is_array());
    house.decide(id, say(DecisionKind::Approve)).await;
    let (plan, suggestion) = plan_of(&house.settled(id).await);
    (gate.prompt, plan, suggestion)
}

async fn a_price_drop_becomes_a_plan_by_air_behind_a_gate(engine: Engine) {
    let house = House::open(engine).await;
    let (prompt, plan, suggestion) = approved(&house, price_drop()).await;
    let reason = "Flights from Berlin to Lisbon on 8 May 2027, back on 11 May 2027 cost 410 EUR, 18 percent less than 500 EUR before.";
    assert!(prompt.starts_with(reason), "{prompt}");
    assert_eq!((suggestion.reason.as_str(), suggestion.trigger), (reason, Trigger::PriceDrop));
    let days = (plan.start_date.to_string(), plan.end_date.to_string());
    assert_eq!(days, ("2027-05-08".to_owned(), "2027-05-11".to_owned()));
    let legs = plan.days.iter().flat_map(|day| &day.items).filter(|item| matches!(item.kind, ItemKind::Leg { .. }));
    assert!(legs.clone().count() == 2 && legs.clone().all(|leg| leg.provenance.source.contains("simulated")));
    // What the request said, and what was found when it was looked at anew.
    let [said, found] = suggestion.evidence.as_slice() else { panic!("{suggestion:?}") };
    assert_eq!((said.source.as_str(), said.simulated), ("the request", false));
    assert!(found.simulated && found.text.contains("Lisbon") && found.observed_at == said.observed_at);
    house.close().await;
}

#[tokio::test]
async fn on_sqlite_a_price_drop_becomes_a_plan_by_air_behind_a_gate() {
    a_price_drop_becomes_a_plan_by_air_behind_a_gate(Engine::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_a_price_drop_becomes_a_plan_by_air_behind_a_gate() {
    a_price_drop_becomes_a_plan_by_air_behind_a_gate(Engine::Postgres).await;
}

#[tokio::test]
async fn free_days_become_a_trip_to_where_it_is_cheapest_to_fly() {
    let house = House::open(Engine::Sqlite).await;
    let gap = json!({ "trigger": "calendar_gap", "context": { "from": "2027-05-08", "until": "2027-05-20",
        "trip": { "origin": "Berlin", "travellers": 2 } } });
    let (prompt, plan, suggestion) = approved(&house, context(gap)).await;
    assert!(prompt.contains("13 days are free") && prompt.contains("is the cheapest city to fly to"), "{prompt}");
    let first = &plan.cities[0].place;
    assert!(suggestion.evidence[1].text.contains(&first.name), "{:?}", suggestion.evidence);
    assert_eq!((plan.days.len(), plan.start_date.to_string().as_str()), (7, "2027-05-08"), "a week of it");
    house.close().await;
}

#[tokio::test]
async fn left_money_is_the_budget_of_what_is_suggested() {
    let house = House::open(Engine::Sqlite).await;
    let left = json!({ "trigger": "budget_surplus", "context": { "left": { "amount": 900.0, "currency": "EUR" },
        "period_end": "2026-12-31", "start_date": "2027-05-07", "trip": { "origin": "Berlin", "destination": "Lisbon" } } });
    let (prompt, plan, _) = approved(&house, context(left)).await;
    assert!(prompt.starts_with("900 EUR is left until 31 December 2026."), "{prompt}");
    assert_eq!((plan.costs.budget.amount_cents, plan.days.len()), (90_000, 3));
    assert!(plan.costs.left.amount_cents >= 0);
    house.close().await;
}

#[tokio::test]
async fn a_rejected_suggestion_ends_like_any_proposal() {
    let house = House::open(Engine::Sqlite).await;
    let id = submit(&house, &price_drop()).await;
    house.settled(id).await;
    house.decide(id, say(DecisionKind::Reject)).await;
    let detail = house.settled(id).await;
    assert_eq!((detail.job.status, detail.job.reason), (JobStatus::Failed, Some(Reason::Rejected)));
    house.close().await;
}

#[tokio::test]
async fn an_edit_is_planned_again_and_asked_again_with_the_reason() {
    let house = House::open(Engine::Sqlite).await;
    let id = submit(&house, &price_drop()).await;
    house.settled(id).await;
    let edit = domain::gate::Decision { edits: Some(json!({ "pace": "relaxed" })), ..say(DecisionKind::Edit) };
    house.decide(id, edit).await;
    let again = house.settled(id).await;
    assert_eq!(again.job.status, JobStatus::WaitingApproval);
    assert!(again.gate.unwrap().prompt.starts_with("Flights from Berlin to Lisbon"));
    house.close().await;
}

#[test]
fn what_cannot_be_planned_is_refused_at_the_door() {
    let pointers = |json: Value| {
        let errors = worker::suggest_intake(store::Clock::real())(&context(json), None).unwrap_err();
        errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
    };
    let unknown = json!({ "trigger": "price_drop", "context": { "origin": "Atlantis", "destination": "Warsaw",
        "depart": "2027-05-08", "price": { "amount": 1.0, "currency": "EUR" } } });
    assert_eq!(pointers(unknown), ["/origin", "/destination"]);
    let home = json!({ "trigger": "price_drop", "context": { "origin": "Lisbon", "destination": "lisbon",
        "depart": "2027-05-08", "price": { "amount": 1.0, "currency": "EUR" } } });
    assert_eq!(pointers(home), ["/destination"]);
    let nowhere = json!({ "trigger": "calendar_gap", "context": { "from": "2027-05-08", "until": "2027-05-12" } });
    assert_eq!(pointers(nowhere), ["/trip/origin"]);
}
