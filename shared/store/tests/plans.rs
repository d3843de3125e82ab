//! How the database carries statements out once there are many rows: no table that grows is read from one end to the other.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, time::Duration};

use domain::{
    Event, FeedbackId, GateId, JobId, TenantId, WorkerId,
    event::TaskStart,
    gate::{Decision, DecisionKind, GateKind, GatePolicy, NewGate, OnTimeout},
    job::{JobStatus, TaskStatus, WorkflowKind},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{
    AlertFilter, Checkpoint, Claim, ClaimRequest, CommitPart, DecideRequest, DeliveryFilter, EventDraft, GateDraft,
    IdempotencyKey, JobCommit, JobFilter, NewFeedback, NextState, Owner, Pace, Paces, Retention, Store, TaskWrite,
    testing::{Engine, TestDatabase, new_job},
};

/// Finished jobs; the others of the tables below have as many rows or more.
const JOBS: u64 = 20_000;
/// Jobs that wait for a person: each is due, but not now.
const WAITING: u64 = 5_000;
/// Tables whose rows only become more.
const GROWING: [&str; 8] =
    ["jobs", "job_events", "tasks", "gates", "idempotency_keys", "feedback", "deliveries", "alerts"];
const LEASE: Duration = Duration::from_secs(60);

const AT_ONCE: Pace = Pace { interval: Duration::ZERO, in_flight: 2 };
const PACES: Paces = Paces { webhook: AT_ONCE, email: AT_ONCE, slack: AT_ONCE, pagerduty: AT_ONCE };

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

async fn claim(store: &Store, rung: Option<&[JobId]>, suspect: bool) -> Vec<Claim> {
    let readable = vec![(WorkflowKind::Probe, 1)];
    let request = ClaimRequest { worker: WorkerId::new(), lease: LEASE, readable: &readable, rung, limit: 1, suspect };
    store.claim(&request).await.unwrap()
}

async fn commit(store: &Store, claim: &Claim, commit_no: i64, next: NextState) {
    let event = TaskStart { node: "n".into(), task: "n/a".into(), agent: "a".into(), step: 1, attempt: 1 };
    let task = TaskWrite {
        path: "n/a".into(),
        kind: "task",
        agent: "a".into(),
        step: 1,
        status: TaskStatus::Completed,
        attempts: 1,
        output: None,
        error: None,
        cost_microusd: 0,
    };
    let state = "{}".to_owned();
    let checkpoint = Checkpoint { node: "n".into(), step: 1, state, progress: 1, summary: "s".to_owned() };
    let events = vec![EventDraft(Event::TaskStart(event)); 3];
    let part = CommitPart { events, tasks: vec![task], checkpoint: Some(checkpoint), next };
    let (tenant, fence) = (claim.tenant.clone(), claim.fence);
    store.commit(&[JobCommit { job_id: claim.job_id, tenant, fence, commit_no, part }]).await.unwrap();
}

fn completed() -> NextState {
    NextState::Completed { result: "{}".to_owned(), summary: "s".to_owned() }
}

async fn gate(store: &Store) -> NextState {
    let new = NewGate {
        kind: GateKind::Approval,
        prompt: "?".to_owned(),
        proposal: json!({}),
        options: vec![],
        policy: GatePolicy { timeout_s: None, on_timeout: None },
    };
    let now = store.now().await.unwrap();
    NextState::Waiting(Box::new(GateDraft::open(GateId::new(), new, now, LEASE * 60, OnTimeout::Reject)))
}

/// Many finished jobs, and everything that finished jobs leave behind.
async fn fill(store: &Store) -> JobId {
    let id = store.submit(&owner(), &new_job(), None).await.unwrap().job_id;
    let claimed = claim(store, None, true).await.remove(0);
    commit(store, &claimed, 1, completed()).await;
    store.multiply(id, JOBS).await.unwrap();
    let waits = store.submit(&owner(), &new_job(), None).await.unwrap().job_id;
    let claimed = claim(store, None, true).await.remove(0);
    commit(store, &claimed, 1, gate(store).await).await;
    store.multiply(waits, WAITING).await.unwrap();
    let key = if store.is_postgres() { "CAST(id AS text)" } else { "hex(id)" };
    let rest = [
        "INSERT INTO gates (id, job_id, tenant_id, kind, status, prompt, proposal, options, expires_at, created_at) \
         SELECT id, id, tenant_id, 'approval', CASE WHEN due_at IS NULL THEN 'decided' ELSE 'pending' END, '?', '{}', '[]', \
         created_at + 3600000000, created_at FROM jobs WHERE id NOT IN (SELECT job_id FROM gates)"
            .to_owned(),
        format!(
            "INSERT INTO idempotency_keys (tenant_id, key, body_hash, job_id, created_at) \
             SELECT tenant_id, {key}, 'h', id, created_at FROM jobs"
        ),
        "INSERT INTO feedback (id, job_id, tenant_id, rating, tags, created_at) \
         SELECT id, id, tenant_id, 5, '[]', created_at FROM jobs"
            .to_owned(),
        "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at, finished_at) \
         SELECT id, tenant_id, 'webhook', id, 'job.completed', '{}', 'delivered', created_at, created_at, created_at FROM jobs"
            .to_owned(),
        "INSERT INTO alerts (id, tenant_id, seq, kind, severity, title, body, data, cause_key, status, created_at, updated_at) \
         SELECT id, tenant_id, row_number() OVER (), 'price', 'info', 't', 'b', '{}', 'c', 'resolved', created_at, created_at \
         FROM jobs"
            .to_owned(),
        // One message that waits.
        "UPDATE deliveries SET status = 'pending', finished_at = NULL WHERE id = (SELECT id FROM jobs LIMIT 1)".to_owned(),
        "ANALYZE".to_owned(),
    ];
    for sql in rest {
        store.connection().execute_unprepared(&sql).await.unwrap();
    }
    id
}

/// Everything that requests ask.
async fn ask(store: &Store, finished: JobId) {
    let owner = owner();
    store.job(&owner, finished).await.unwrap();
    store.job_detail(&owner, finished).await.unwrap();
    store.events(&owner, finished, 2).await.unwrap();
    let before = Some(finished);
    for filter in [
        JobFilter::default(),
        JobFilter { status: Some(JobStatus::Completed), before, ..JobFilter::default() },
        JobFilter { status: Some(JobStatus::Failed), ..JobFilter::default() },
        JobFilter { user_id: Some("ana".to_owned()), before, ..JobFilter::default() },
        JobFilter { workflow: Some(WorkflowKind::Probe), ..JobFilter::default() },
        JobFilter { status: Some(JobStatus::Queued), user_id: Some("bo".to_owned()), ..JobFilter::default() },
    ] {
        store.jobs(&owner, &filter, 50).await.unwrap();
    }
    let key = IdempotencyKey { key: "k".to_owned(), body_hash: "h".to_owned() };
    store.submit(&owner, &new_job(), Some(&key)).await.unwrap();
    store.submit(&owner, &new_job(), Some(&key)).await.unwrap();
    let feedback =
        NewFeedback { id: FeedbackId::new(), job_id: finished, user_id: None, rating: 5, comment: None, tags: vec![] };
    store.add_feedback(&owner, &feedback, None).await.unwrap();
    store.deliveries(&owner, &DeliveryFilter::default(), 50).await.unwrap();
    store.alerts(&owner, &AlertFilter::default(), 50).await.unwrap();
    store.alerts_after(&owner, None, 5, 50).await.unwrap();
}

/// Everything that a job's way through the house asks.
async fn work(store: &Store) {
    let owner = owner();
    let ids: Vec<JobId> = {
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(store.submit(&owner, &new_job(), None).await.unwrap().job_id);
        }
        ids
    };
    let first = claim(store, Some(&ids[..1]), true).await.remove(0);
    commit(store, &first, 1, NextState::Running).await;
    store.entries(first.job_id, 1).await.unwrap();
    store.renew(WorkerId::new(), LEASE, &ids).await.unwrap();
    commit(store, &first, 2, gate(store).await).await;
    let decision = Decision { decision: DecisionKind::Approve, edits: None, answer: None, comment: None };
    let request =
        DecideRequest { job_id: first.job_id, gate: None, decision, proposal_hash: None, by: "ana".to_owned() };
    store.decide(&owner, &request).await.unwrap();
    let again = claim(store, Some(&ids[..1]), false).await.remove(0);
    store.decision(first.job_id).await.unwrap();
    commit(store, &again, 3, completed()).await;
    for _ in 0..2 {
        let due = claim(store, None, true).await.remove(0);
        store.release(due.job_id, due.fence).await.unwrap();
    }
    store.cancel(&owner, ids[3], "ana").await.unwrap();
}

/// Everything that is asked by the clock.
async fn sweep(store: &Store) {
    store.sweep().await.unwrap();
    store.sweep_versions(WorkerId::new(), &[(WorkflowKind::Probe, 1)], Duration::from_secs(300)).await.unwrap();
    store.gauges().await.unwrap();
    let retention = Retention { jobs_days: 30, bytes_max: 1 << 40, ..Retention::default() };
    store.prune(&retention).await.unwrap();
    store.remind_gates().await.unwrap();
    store.wake_alerts().await.unwrap();
    store.due_schedules(10).await.unwrap();
    store.claim_deliveries(10, LEASE, &PACES).await.unwrap();
    store.expire_leases().await.unwrap();
}

/// The growing table that a line of a plan reads whole.
fn read_whole(text: &str, line: &str, is_postgres: bool) -> Option<&'static str> {
    let rest = line.split_once(if is_postgres { "Seq Scan on " } else { "SCAN " })?.1;
    // An index over a part of the rows may be read whole: what is open, what is due.
    if rest.split_whitespace().any(|word| PARTIAL.contains(&word)) {
        return None;
    }
    let name = rest.split_whitespace().next()?;
    let is_called = |table: &str| {
        [format!("{table} {name} "), format!("{table} AS {name} ")].iter().any(|call| text.contains(call))
    };
    GROWING.into_iter().find(|table| *table == name || is_called(table))
}

/// Indexes of rows that become fewer again.
const PARTIAL: [&str; 3] = ["jobs_open", "deliveries_sending", "deliveries_target_due"];

/// Whether what is due is found among what will be without reading all of that.
fn jumps_to_the_due(plan: &[String]) -> bool {
    let mut lines = plan.iter().skip_while(|line| !line.contains("using jobs_due"));
    lines.next().is_none() || lines.next().is_some_and(|line| line.contains("Index Cond: (due_at <"))
}

async fn no_statement_reads_a_growing_table_whole(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let finished = fill(&store).await;
    store.record();
    ask(&store, finished).await;
    work(&store).await;
    sweep(&store).await;
    let recorded = store.recorded();
    assert!(recorded.round_trips() > 50, "{}", recorded.round_trips());
    let mut whole = BTreeSet::new();
    for (text, plan) in recorded.plans(&store).await {
        // A hundred named jobs are a large part of so few; of more rows, Postgres looks each up.
        if text.contains("json_array_elements_text($1::json)) GROUP BY job_id") {
            continue;
        }
        if let Some(table) = plan.iter().find_map(|line| read_whole(&text, line, store.is_postgres())) {
            whole.insert(format!("{table} is read whole by {text}\n{}", plan.join("\n")));
        }
        if !jumps_to_the_due(&plan) {
            whole.insert(format!("jobs_due is read whole by {text}\n{}", plan.join("\n")));
        }
    }
    assert!(whole.is_empty(), "{}", whole.into_iter().collect::<Vec<_>>().join("\n\n"));
}

#[tokio::test]
async fn no_statement_reads_a_growing_table_whole_on_sqlite() {
    no_statement_reads_a_growing_table_whole(Engine::Sqlite).await;
}

#[tokio::test]
async fn no_statement_reads_a_growing_table_whole_on_postgres() {
    no_statement_reads_a_growing_table_whole(Engine::Postgres).await;
}
