//! What the engine room promises, on both wirings. Where a rule rests on a mechanism, a control switches it off and fails.

use std::time::{Duration, Instant};

use broker::Notice;
use domain::{
    GateId, JobId, WorkerId,
    gate::{DecisionKind, GateKind, GatePolicy, NewGate, OnTimeout},
    job::{JobStatus, Reason, WorkflowKind},
    request::ProbeRequest,
};
use futures::future::join_all;
use serde_json::json;
use store::{ClaimRequest, CommitPart, GateDraft, JobCommit, NextState, testing::Engine};
use worker::Config;

use crate::house::{House, config, owner, probe, say, within};

/// Writes each test once and runs it on both wirings.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod embedded { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Engine::Sqlite).await; })+ }
        mod distributed { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Engine::Postgres).await; })+ }
    };
}

on_both!(
    a_probe_runs_every_step_once_and_tells_of_each,
    a_probe_that_panics_has_failed_and_its_worker_goes_on,
    a_job_whose_ring_was_lost_is_found,
    control_without_the_sweep_a_job_whose_ring_was_lost_waits,
    waiting_jobs_hold_no_slot_and_go_on_after_a_restart,
    control_jobs_that_do_hold_their_slots_keep_others_waiting,
    control_a_reader_without_the_rows_misses_what_was_before,
    a_cancelled_job_stops_at_once_and_for_good,
    a_draining_worker_hands_over_and_nothing_runs_twice,
    a_burst_is_worked_off_however_many_rings_were_dropped,
    a_job_past_its_deadline_is_dropped_while_it_runs,
    a_contradictory_configuration_is_refused,
);

async fn a_probe_runs_every_step_once_and_tells_of_each(engine: Engine) {
    let house = House::open(engine).await;
    let id = house.submit(&probe(8, 5)).await;
    let detail = house.settled(id).await;
    assert_eq!(
        (detail.job.status, detail.job.progress, detail.result),
        (JobStatus::Completed, 100, Some(json!({ "steps": 8 })))
    );
    let journal = house.journal(id).await;
    for kind in ["task_start", "agent_output", "task_complete"] {
        assert_eq!(journal.iter().filter(|found| *found == kind).count(), 8, "{kind}");
    }
    assert_eq!((journal.len(), journal[0].as_str(), journal[26].as_str()), (27, "state_change", "complete"));
    assert!(detail.tasks.iter().all(|task| task.attempts == 1));
    house.close().await;
}

async fn a_probe_that_panics_has_failed_and_its_worker_goes_on(engine: Engine) {
    let house = House::open(engine).await;
    let mut request = probe(8, 0);
    request.probe = Some(ProbeRequest { panics_at_step: Some(3), ..request.probe.unwrap() });
    let (panics, other) = (house.submit(&request).await, house.submit(&probe(8, 5)).await);
    let (detail, beside) = (house.settled(panics).await, house.settled(other).await);
    let error = detail.error.unwrap();
    assert_eq!((detail.job.status, error.code), (JobStatus::Failed, Reason::TaskFailed));
    assert!(error.cause.contains("panicked: step 3 was asked to"), "{}", error.cause);
    assert_eq!((detail.job.attempts, beside.job.status), (1, JobStatus::Completed));
    house.close().await;
}

async fn a_job_whose_ring_was_lost_is_found(engine: Engine) {
    let house = House::open(engine).await;
    // The row is written and nobody is told.
    let job = House::new_job(&probe(1, 0));
    house.store().submit(&owner(), &job, None).await.unwrap();
    assert_eq!(house.settled(job.id).await.job.status, JobStatus::Completed);
    house.close().await;
}

async fn control_without_the_sweep_a_job_whose_ring_was_lost_waits(engine: Engine) {
    let house = House::build(engine).await;
    let worker = house.hire(Config { sweep_ms: 3_600_000, ..config() }).await;
    // Two rung jobs one after the other: the worker is up and has looked for due rows before the lost one comes.
    let rung = house.submit(&probe(1, 0)).await;
    house.settled(rung).await;
    let lost = House::new_job(&probe(1, 0));
    house.store().submit(&owner(), &lost, None).await.unwrap();
    let rung = house.submit(&probe(1, 0)).await;
    house.settled(rung).await;
    assert_eq!(house.detail(lost.id).await.job.status, JobStatus::Queued);
    worker.stop().await;
}

/// Brings `count` probes to a gate, as a worker would.
async fn at_gates(house: &House, count: usize) -> Vec<JobId> {
    for _ in 0..count {
        house.store().submit(&owner(), &House::new_job(&probe(1, 0)), None).await.unwrap();
    }
    let readable = vec![(WorkflowKind::Probe, 1)];
    let lease = Duration::from_secs(60);
    let request =
        ClaimRequest { worker: WorkerId::new(), lease, readable: &readable, rung: None, limit: count, suspect: true };
    let mut claims = house.store().claim(&request).await.unwrap();
    claims.sort_by_key(|claim| claim.job_id);
    let now = house.store().now().await.unwrap();
    let commits: Vec<JobCommit> = claims
        .iter()
        .map(|claim| {
            let new = NewGate {
                kind: GateKind::Approval,
                prompt: "?".to_owned(),
                proposal: json!({}),
                options: vec![],
                policy: GatePolicy::default(),
            };
            let gate = GateDraft::open(GateId::new(), new, now, Duration::from_secs(3600), OnTimeout::Reject);
            let part = CommitPart {
                events: vec![],
                tasks: vec![],
                checkpoint: None,
                next: NextState::Waiting(Box::new(gate)),
            };
            JobCommit { job_id: claim.job_id, tenant: claim.tenant.clone(), fence: claim.fence, commit_no: 1, part }
        })
        .collect();
    house.store().commit(&commits).await.unwrap();
    claims.iter().map(|claim| claim.job_id).collect()
}

async fn waiting_jobs_hold_no_slot_and_go_on_after_a_restart(engine: Engine) {
    let house = House::build(engine).await;
    let waiting = at_gates(&house, 1_000).await;
    let worker = house.hire(Config { slots: 2, ..config() }).await;
    let others = join_all((0..20).map(|_| async { house.submit(&probe(2, 1)).await })).await;
    for id in others {
        assert_eq!(house.settled(id).await.job.status, JobStatus::Completed);
    }
    assert_eq!(house.count(JobStatus::WaitingApproval).await, 1_000);
    worker.stop().await;
    let worker = house.hire(config()).await;
    for id in &waiting {
        house.decide(*id, say(DecisionKind::Approve)).await;
    }
    for id in waiting {
        assert_eq!(house.settled(id).await.job.status, JobStatus::Completed);
    }
    worker.stop().await;
}

async fn a_cancelled_job_stops_at_once_and_for_good(engine: Engine) {
    let house = House::open(engine).await;
    let ids = join_all((0..50).map(|_| async { house.submit(&probe(1_000, 50)).await })).await;
    let mut slowest = Duration::ZERO;
    for (number, id) in ids.iter().enumerate() {
        // At different points of their lives: the n-th after n steps or so.
        house.until(*id, |detail| detail.job.seq > i64::try_from(number / 5 * 3).unwrap()).await;
        let asked = Instant::now();
        house.dispatch.cancel(&owner(), *id, "ana").await.unwrap();
        assert_eq!(house.detail(*id).await.job.status, JobStatus::Cancelled);
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    // Time enough for several more steps, had any survived: a probe that runs as long.
    let after = house.submit(&probe(10, 50)).await;
    assert_eq!(house.settled(after).await.job.status, JobStatus::Completed, "control: who was not cancelled goes on");
    for id in ids {
        let journal = house.journal(id).await;
        assert_eq!(journal.last().map(String::as_str), Some("error"), "nothing follows the cancellation");
        assert!(house.detail(id).await.tasks.iter().all(|task| task.status != domain::job::TaskStatus::Running));
    }
    house.close().await;
}

async fn a_draining_worker_hands_over_and_nothing_runs_twice(engine: Engine) {
    let house = House::build(engine).await;
    let first = house.hire(config()).await;
    let ids = join_all((0..30).map(|_| async { house.submit(&probe(20, 50)).await })).await;
    for id in &ids {
        house.until(*id, |detail| detail.job.seq > 5).await;
    }
    let asked = Instant::now();
    let second = house.hire(config()).await;
    first.stop().await;
    for id in &ids {
        let handed = house.until(*id, |detail| detail.job.status != JobStatus::Queued).await;
        assert!(handed.job.attempts <= 1, "the attempt was refunded");
    }
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    for id in ids {
        let detail = house.settled(id).await;
        assert_eq!(detail.job.status, JobStatus::Completed);
        assert!(detail.tasks.iter().all(|task| task.attempts == 1), "no task ran twice");
        let journal = house.journal(id).await;
        assert_eq!(journal.iter().filter(|kind| *kind == "task_complete").count(), 20);
    }
    second.stop().await;
}

async fn a_burst_is_worked_off_however_many_rings_were_dropped(engine: Engine) {
    let house = House::build(engine).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.extend(join_all((0..100).map(|_| async { house.submit(&probe(1, 0)).await })).await);
        if house.redis.is_some() {
            let outstanding = house.dispatch.broker().outstanding().await.unwrap();
            assert!(outstanding <= 1_000, "{outstanding}");
        }
    }
    let workers = [house.hire(config()).await, house.hire(config()).await];
    if let Some(redis) = &house.redis {
        redis.flush();
    }
    let done = async {
        while house.count(JobStatus::Completed).await < ids.len() {
            tokio::task::yield_now().await;
            house.settled(*ids.last().unwrap()).await;
        }
    };
    within(done).await;
    for worker in workers {
        worker.stop().await;
    }
}

async fn a_job_past_its_deadline_is_dropped_while_it_runs(engine: Engine) {
    let house = House::open(engine).await;
    let mut request = probe(1_000, 50);
    request.deadline_s = Some(1);
    let id = house.submit(&request).await;
    let detail = house.settled(id).await;
    assert_eq!((detail.job.status, detail.job.reason), (JobStatus::Failed, Some(Reason::Deadline)));
    assert!(detail.job.seq > 3, "it had begun");
    house.close().await;
}

async fn a_contradictory_configuration_is_refused(engine: Engine) {
    let house = House::build(engine).await;
    let config = Config { lease_ms: 1_000, renew_ms: 500, ..config() };
    assert!(config.contradictions()[0].contains("three renewals"));
    let run = worker::run(config, store::Config::default(), house.dispatch.clone(), Default::default());
    assert!(matches!(run.await, Err(worker::Error::Config(_))));
}

async fn control_jobs_that_do_hold_their_slots_keep_others_waiting(engine: Engine) {
    let house = House::build(engine).await;
    let worker = house.hire(Config { slots: 2, drain_ms: 100, ..config() }).await;
    let holders = [house.submit(&probe(1_000, 50)).await, house.submit(&probe(1_000, 50)).await];
    for id in holders {
        house.until(id, |detail| detail.job.seq > 5).await;
    }
    let other = house.submit(&probe(1, 0)).await;
    house.until(holders[0], |detail| detail.job.seq > 20).await;
    assert_eq!(house.detail(other).await.job.status, JobStatus::Queued);
    worker.stop().await;
}

async fn control_a_reader_without_the_rows_misses_what_was_before(engine: Engine) {
    let house = House::open(engine).await;
    let id = house.submit(&probe(1, 0)).await;
    house.settled(id).await;
    let mut late = house.dispatch.broker().subscribe(id).await;
    // The last message may still be under way; the first one is over.
    let first = tokio::time::timeout(Duration::from_millis(300), late.recv()).await;
    assert!(!matches!(&first, Ok(Notice::Event(event)) if event.seq == 1), "{first:?}");
    assert!(!house.journal(id).await.is_empty(), "the rows have it all");
    house.close().await;
}
