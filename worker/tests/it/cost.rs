//! What a job costs in statements and round trips. More is a choice that somebody makes here, and never an accident.

use std::collections::BTreeMap;

use broker::Notice;
use domain::request::PlanRequest;
use store::testing::Engine;
use worker::Config;

use crate::house::{House, config, owner, probe, within};

/// What was asked of the database for one job, by what it is for. Each is a round trip.
type Asked = BTreeMap<&'static str, usize>;

/// A worker that does by itself nothing that would be counted.
fn quiet() -> Config {
    Config { sweep_ms: 3_600_000, lease_ms: 3_600_000, renew_ms: 1_000_000, ..config() }
}

/// Runs a job on a worker that has run one before: what it asked of the database, and how often Redis was rung and published to.
async fn cost(engine: Engine, request: &PlanRequest) -> (Asked, [u64; 2]) {
    let house = House::build(engine).await;
    let (worker, store) = house.hire_watched(quiet()).await;
    // The first one may be found before it is rung for; the ring before the second one is the end of that.
    for _ in 0..2 {
        run(&house, &probe(1, 0)).await;
    }
    let redis = || ["rpush", "publish"].map(|command| house.redis.as_ref().map_or(0, |redis| redis.calls(command)));
    let before = redis();
    house.store().record();
    store.record();
    run(&house, request).await;
    // One process has one store, whose record is taken once.
    let (submitting, working) = (house.store().recorded(), store.recorded());
    let mut asked = Asked::new();
    for purpose in submitting.texts().into_iter().chain(working.texts()).filter_map(purpose) {
        *asked.entry(purpose).or_default() += 1;
    }
    let after = redis();
    worker.stop().await;
    (asked, [after[0] - before[0], after[1] - before[1]])
}

/// None for what a worker asks once at its start, and every so often.
fn purpose(text: &str) -> Option<&'static str> {
    let sweeps = ["INSERT INTO worker_reads", "SELECT id FROM jobs WHERE", "SELECT id, status FROM jobs WHERE"];
    if sweeps.iter().any(|sweep| text.starts_with(sweep)) {
        return None;
    }
    let purposes = [
        ("BEGIN", "begin"),
        ("COMMIT", "end"),
        ("WITH j AS (INSERT INTO jobs", "submit"),
        ("INSERT INTO jobs", "submit"),
        ("WITH picked", "claim"),
        ("UPDATE jobs SET status = 'running'", "claim"),
        ("WITH i AS", "commit"),
        ("UPDATE jobs AS j", "commit"),
        ("INSERT INTO job_events", "event"),
        ("INSERT INTO tasks", "task"),
        ("INSERT INTO deliveries", "message"),
    ];
    let known = purposes.iter().find(|(begin, _)| text.starts_with(begin));
    Some(known.unwrap_or_else(|| panic!("a job costs a statement that nobody expects: {text}")).1)
}

/// Submits, and waits for the last event without asking the database for anything.
async fn run(house: &House, request: &PlanRequest) {
    let job = House::new_job(request);
    let mut events = house.dispatch.broker().subscribe(job.id).await;
    house.dispatch.submit(&owner(), &job, None).await.unwrap();
    let ended = async {
        loop {
            if let Notice::Event(event) = events.recv().await
                && event.kind == "complete"
            {
                return;
            }
        }
    };
    within(ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_job_that_never_waits_is_three_statements() {
    let (asked, redis) = cost(Engine::Postgres, &probe(8, 0)).await;
    assert_eq!(asked, Asked::from([("submit", 1), ("claim", 1), ("commit", 1)]));
    // One ring; every event but the first, which nobody can be waiting for.
    assert_eq!(redis, [1, 26]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_each_step_that_waits_is_one_statement_more() {
    let (mut asked, redis) = cost(Engine::Postgres, &probe(8, 20)).await;
    // On a machine so slow that a commit takes longer than a step, several steps share one.
    let commits = asked.remove("commit").unwrap_or(0);
    assert!((2..=9).contains(&commits), "{commits}");
    assert_eq!(asked, Asked::from([("submit", 1), ("claim", 1)]));
    assert_eq!(redis, [1, 26]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_job_that_never_waits_is_three_transactions() {
    let (asked, _) = cost(Engine::Sqlite, &probe(8, 0)).await;
    let expected = [("begin", 3), ("submit", 1), ("claim", 1), ("commit", 1), ("event", 3), ("task", 1), ("end", 3)];
    assert_eq!(asked, Asked::from(expected));
}
