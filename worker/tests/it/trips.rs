//! Whole trips through the travel workflow: real rows, no model.

use domain::{
    gate::{Decision, DecisionKind},
    job::{JobStatus, Reason},
    plan::{ItemKind, Plan},
    request::{ApprovalPolicy, PlanRequest},
};
use serde_json::json;
use store::{JobDetail, testing::Engine};

use crate::house::{House, say};

fn request(query: &str) -> PlanRequest {
    serde_json::from_value(json!({ "query": query })).unwrap()
}

fn plan_of(detail: &JobDetail) -> Plan {
    assert_eq!(detail.job.status, JobStatus::Completed, "{:?} {:?}", detail.error, detail.gate);
    serde_json::from_value(detail.result.clone().unwrap()).unwrap()
}

#[tokio::test]
async fn the_readmes_trip_is_planned() {
    let house = House::open(Engine::Sqlite).await;
    let id = house.submit(&request("4 days in Lisbon for two from Berlin in May, 1800 EUR, art and seafood")).await;
    let detail = house.settled(id).await;
    let plan = plan_of(&detail);
    assert_eq!((plan.cities[0].place.id.as_str(), plan.origin.id.as_str(), plan.days.len()), ("lisbon", "berlin", 4));
    assert!(plan.costs.total.amount_cents <= 180_000);
    let sights =
        plan.days.iter().flat_map(|day| &day.items).filter(|item| matches!(item.kind, ItemKind::Sight { .. })).count();
    assert!(sights >= 6, "{sights} sights");
    assert!(plan.to_markdown().contains("| **total** |"));
    let agents: Vec<&str> = detail.partial.iter().map(|(agent, _)| agent.as_str()).collect();
    for agent in ["planning", "location", "transport", "accommodation", "activity", "dining", "budget", "weather"] {
        assert!(agents.contains(&agent), "{agent} showed nothing");
    }
    house.close().await;
}

#[tokio::test]
async fn ten_requests_in_ten_phrasings_give_plans_that_verify() {
    // The workflow itself refuses a plan that does not verify, so completed means verified.
    let queries = [
        "Plan a long weekend in Barcelona for my wife and me from Munich, we love architecture and tapas, max 1500 euros",
        "five days Tokyo solo from Singapore next April, ramen and temples, budget 400000 JPY",
        "We're a family of four from Vienna going to Rome for a week in October; budget €4,500, kids love parks",
        "Paris, 3 nights, 2 people, from London, museums, vegetarian, £1200",
        "I want to see New York from Chicago for 4 days in September, $2500, jazz and art",
        "istanbul for two from berlin 12-16 may 2027, history and food, 1600 EUR, halal",
        "Relaxed 6 days in Mexico City from Los Angeles in March for 2 adults, 3000 USD",
        "Sydney from Melbourne, 4 days, beaches and nature, 2000 AUD, one person",
        "Amsterdam weekend with 3 friends from Hamburg by train, cheap hostel, 1400 euros",
        "Business is done, give me three days in Singapore from Bangkok, vegan food, gardens, 1500 SGD",
    ];
    let house = House::open(Engine::Sqlite).await;
    for query in queries {
        let id = house.submit(&PlanRequest { approval: Some(ApprovalPolicy::Never), ..request(query) }).await;
        let plan = plan_of(&house.settled(id).await);
        assert!(plan.costs.left.amount_cents >= 0, "{query}");
    }
    house.close().await;
}

async fn an_approval_can_be_edited_and_then_given(engine: Engine) {
    let house = House::open(engine).await;
    let asked = request("4 days in Lisbon for two from Berlin in May, 1800 EUR");
    let id = house.submit(&PlanRequest { approval: Some(ApprovalPolicy::Always), ..asked }).await;
    assert_eq!(house.settled(id).await.job.status, JobStatus::WaitingApproval);
    house.decide(id, Decision { edits: Some(json!({ "pase": "x" })), ..say(DecisionKind::Edit) }).await;
    let refused = house.settled(id).await.gate.unwrap();
    assert!(refused.prompt.contains("could not be applied"), "{}", refused.prompt);
    house.decide(id, Decision { edits: Some(json!({ "pace": "relaxed" })), ..say(DecisionKind::Edit) }).await;
    assert_eq!(house.settled(id).await.job.status, JobStatus::WaitingApproval);
    house.decide(id, say(DecisionKind::Approve)).await;
    let plan = plan_of(&house.settled(id).await);
    let sights =
        |day: &domain::plan::Day| day.items.iter().filter(|item| matches!(item.kind, ItemKind::Sight { .. })).count();
    assert!(plan.days.iter().all(|day| sights(day) <= 2), "the edit was followed");
    house.close().await;
}

#[tokio::test]
async fn on_sqlite_an_approval_can_be_edited_and_then_given() {
    an_approval_can_be_edited_and_then_given(Engine::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_an_approval_can_be_edited_and_then_given() {
    an_approval_can_be_edited_and_then_given(Engine::Postgres).await;
}

#[tokio::test]
async fn a_rejected_proposal_ends_the_job_and_keeps_what_was_found() {
    let house = House::open(Engine::Sqlite).await;
    let asked = request("3 days in Rome for two from Munich, 2000 EUR");
    let id = house.submit(&PlanRequest { approval: Some(ApprovalPolicy::Always), ..asked }).await;
    house.settled(id).await;
    house.decide(id, Decision { comment: Some("too hot".to_owned()), ..say(DecisionKind::Reject) }).await;
    let detail = house.settled(id).await;
    assert_eq!((detail.job.status, detail.job.reason), (JobStatus::Failed, Some(Reason::Rejected)));
    assert!(detail.error.unwrap().cause.contains("too hot"));
    assert!(detail.partial.len() >= 8);
    house.close().await;
}

#[tokio::test]
async fn an_unknown_place_is_a_question_and_its_answer_goes_on() {
    let house = House::open(Engine::Sqlite).await;
    let id = house.submit(&request("4 days in Atlantis for two from Berlin, 1800 EUR")).await;
    let gate = house.settled(id).await.gate.unwrap();
    assert!(gate.prompt.contains("Atlantis"), "{}", gate.prompt);
    house.decide(id, Decision { answer: Some("Lisbon".to_owned()), ..say(DecisionKind::Answer) }).await;
    assert_eq!(plan_of(&house.settled(id).await).cities[0].place.id, "lisbon");
    house.close().await;
}

#[tokio::test]
async fn a_budget_that_buys_nothing_asks_what_may_change_and_the_choice_goes_on() {
    let house = House::open(Engine::Sqlite).await;
    let id = house.submit(&request("4 days in Lisbon for two from Berlin in May, 190 EUR")).await;
    let gate = house.settled(id).await.gate.unwrap();
    assert!(gate.prompt.contains("EUR") && gate.proposal["field"] == "relaxation", "{}", gate.prompt);
    let raise = gate.options.iter().find(|option| option.starts_with("Raise the budget to")).unwrap().clone();
    house.decide(id, Decision { answer: Some("something else".to_owned()), ..say(DecisionKind::Answer) }).await;
    let again = house.settled(id).await.gate.unwrap();
    assert!(again.prompt.starts_with("\"something else\" is none of the changes."), "{}", again.prompt);
    house.decide(id, Decision { answer: Some(raise), ..say(DecisionKind::Answer) }).await;
    let plan = plan_of(&house.settled(id).await);
    assert!(plan.costs.left.amount_cents >= 0 && plan.costs.budget.amount_cents > 19_000);
    house.close().await;
}

#[tokio::test]
async fn what_no_change_can_make_possible_fails_with_the_reason() {
    let house = House::open(Engine::Sqlite).await;
    let id =
        house.submit(&request("10 days in Lisbon for two from Berlin in May, 5800 EUR, kosher and vegan food")).await;
    let detail = house.settled(id).await;
    assert_eq!(detail.job.reason, Some(Reason::Infeasible), "{:?}", detail.gate);
    let error = detail.error.unwrap();
    assert!(error.cause.contains("Lisbon") && !error.hint.is_empty(), "{error:?}");
    house.close().await;
}

#[tokio::test]
async fn several_cities_are_visited_in_one_trip() {
    let house = House::open(Engine::Sqlite).await;
    let asked = "8 days in Rome, Florence and Venice for two from Munich in May, 3500 EUR, art";
    let id = house.submit(&PlanRequest { approval: Some(ApprovalPolicy::Never), ..request(asked) }).await;
    let plan = plan_of(&house.settled(id).await);
    let mut cities: Vec<&str> = plan.cities.iter().map(|city| city.place.id.as_str()).collect();
    cities.sort_unstable();
    assert_eq!((cities, plan.stays.len()), (vec!["florence", "rome", "venice"], 3));
    assert_eq!(plan.cities.iter().map(|city| city.nights).sum::<u32>(), 7);
    house.close().await;
}
