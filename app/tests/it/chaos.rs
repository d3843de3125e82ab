//! Processes die, stall and are replaced; nothing is lost and no committed step runs again.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::cluster::{Cluster, LEASE, assert_exact, until};

pub(crate) const STEPS: usize = 8;

/// Waits in a test are paced by what is being tested: the nemesis strikes in this rhythm.
async fn rhythm(wait: Duration) {
    tokio::time::sleep(wait).await;
}

pub(crate) async fn submit_many(cluster: &Cluster, url: &str, jobs: usize, delay_ms: u64) -> Vec<String> {
    join_all((0..jobs).map(|_| cluster.submit(url, 8, delay_ms))).await
}

/// Reads every job through both replicas and holds the lists to the oracle.
pub(crate) async fn assert_all_exact(cluster: &Cluster, urls: &[&str], jobs: &[String]) {
    for id in jobs {
        assert_eq!(cluster.over(urls[0], id).await["status"], "completed");
        let one = cluster.read(&urls[..1], id, usize::MAX).await;
        assert_exact(&one, STEPS);
        assert_eq!(cluster.read(&urls[urls.len() - 1..], id, 7).await, one, "every reader sees the same");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_all_the_time_lose_nothing_and_run_no_committed_step_again() {
    let cluster = Cluster::build().await;
    let apis = [cluster.api(&[]).await, cluster.api(&[]).await];
    let urls = [apis[0].url.as_str(), apis[1].url.as_str()];
    let mut workers = [cluster.worker(&[]), cluster.worker(&[]), cluster.worker(&[])];
    let jobs = submit_many(&cluster, urls[0], 100, 60).await;
    // Live readers that change replica and connection all the time.
    let readers = join_all(jobs.iter().take(10).map(|id| cluster.read(&urls, id, 3)));
    let nemesis = async {
        for strike in 0..12 {
            rhythm(Duration::from_millis(500)).await;
            let victim = strike % workers.len();
            workers[victim].kill();
            workers[victim] = cluster.worker(&[]);
        }
        Instant::now()
    };
    let (lists, last_strike) = tokio::join!(readers, nemesis);
    for events in lists {
        assert_exact(&events, STEPS);
    }
    assert_all_exact(&cluster, &urls, &jobs).await;
    assert!(last_strike.elapsed() < LEASE * 2 + Duration::from_secs(30), "{:?}", last_strike.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_paused_beyond_its_lease_cannot_commit_anything() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let workers = [cluster.worker(&[]), cluster.worker(&[])];
    let jobs = submit_many(&cluster, &api.url, 60, 100).await;
    for strike in 0..4 {
        let zombie = &workers[strike % 2];
        zombie.signal("STOP");
        rhythm(LEASE + Duration::from_millis(700)).await;
        zombie.signal("CONT");
        rhythm(Duration::from_millis(300)).await;
    }
    assert_all_exact(&cluster, &[&api.url], &jobs).await;
}

/// POSTs a probe under an idempotency key.
pub(crate) async fn post_keyed(cluster: &Cluster, url: &str, key: &str) -> reqwest::Result<reqwest::Response> {
    let body = json!({ "query": key, "workflow": "probe", "probe": { "steps": 8, "delay_ms": 1 } });
    cluster.client.post(format!("{url}/v1/plan")).header("Idempotency-Key", key).json(&body).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_dies_around_a_submission_leaves_one_job_behind() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let _worker = cluster.worker(&[]);
    let mut jobs = Vec::new();
    for round in 0..20 {
        for point in ["submit:after_tx", "submit:after_ring"] {
            let key = format!("{point}/{round}");
            let doomed = cluster.api(&[("CRASH_AT", &format!("{point}:1"))]).await;
            assert!(post_keyed(&cluster, &doomed.url, &key).await.is_err(), "the answer was lost");
            assert_eq!(doomed.process.end().0, -1, "{point} was not reached");
            // The client tries again elsewhere, and gets the job that was made.
            let again = post_keyed(&cluster, &api.url, &key).await.expect("the API answers");
            assert_eq!(again.status(), StatusCode::ACCEPTED);
            let again: serde_json::Value = again.json().await.expect("in JSON");
            jobs.push(again["job_id"].as_str().expect("an id").to_owned());
        }
    }
    assert_all_exact(&cluster, &[&api.url], &jobs).await;
    let list = cluster.client.get(format!("{}/v1/jobs?limit=100", api.url)).send().await.expect("the API answers");
    let list: serde_json::Value = list.json().await.expect("in JSON");
    assert_eq!(list["jobs"].as_array().expect("a list").len(), jobs.len(), "one job for each key");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_killed_restarted_and_flushed_costs_nothing_but_time() {
    let mut cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let _workers = [cluster.worker(&[]), cluster.worker(&[])];
    let mut jobs = submit_many(&cluster, &api.url, 30, 60).await;
    let live = cluster.read(&[&api.url], &jobs[0], usize::MAX).await;
    assert_exact(&live, STEPS);
    for _ in 0..3 {
        cluster.redis.kill();
        // Submitting works without Redis.
        jobs.extend(submit_many(&cluster, &api.url, 10, 60).await);
        rhythm(Duration::from_millis(700)).await;
        cluster.redis.restart();
        jobs.extend(submit_many(&cluster, &api.url, 10, 60).await);
        cluster.redis.flush();
        rhythm(Duration::from_millis(300)).await;
    }
    assert_all_exact(&cluster, &[&api.url], &jobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_stream_reads_rows_and_the_work_goes_on() {
    let mut cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let _worker = cluster.worker(&[]);
    cluster.redis.kill();
    let id = cluster.submit(&api.url, 8, 100).await;
    let started = Instant::now();
    assert_exact(&cluster.read(&[&api.url], &id, usize::MAX).await, STEPS);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_job_takes_five_workers_down_and_no_more() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let poison = cluster.submit(&api.url, 8, 20).await;
    let good = submit_many(&cluster, &api.url, 20, 20).await;
    let doom =
        [("CRASH_AT", "worker:before_commit:1"), ("CRASH_JOB", poison.as_str()), ("PORTOLAN__WORKER__SLOTS", "4")];
    for death in 1..=5 {
        assert_eq!(cluster.worker(&doom).end().0, -1, "death {death}");
    }
    // The sixth finds a job that is given up.
    let _survivor = cluster.worker(&doom);
    let status = cluster.over(&api.url, &poison).await;
    assert_eq!((status["status"].as_str(), status["reason"].as_str()), (Some("failed"), Some("crash_loop")));
    assert_eq!(status["attempts"], 5);
    assert_all_exact(&cluster, &[&api.url], &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rolls_are_invisible() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let mut rolled = cluster.api(&[]).await;
    let mut workers = [cluster.worker(&[]), cluster.worker(&[])];
    let mut jobs = submit_many(&cluster, &api.url, 20, 60).await;
    for roll in 0..4 {
        let index = roll % 2;
        let successor = cluster.worker(&[]);
        workers[index].signal("TERM");
        let (code, said) = std::mem::replace(&mut workers[index], successor).end();
        assert_eq!(code, 0, "{said:#?}");
        jobs.extend(submit_many(&cluster, &api.url, 10, 60).await);
        // The other replica takes a stream with it; its reader goes on at the first one.
        let streamed = jobs.last().expect("there are jobs").clone();
        let successor = cluster.api(&[]).await;
        let urls = [rolled.url.clone(), api.url.clone()];
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let reading = cluster.read(&urls, &streamed, usize::MAX);
        rolled.process.signal("TERM");
        let (events, (code, said)) = tokio::join!(reading, async {
            tokio::task::block_in_place(|| std::mem::replace(&mut rolled, successor).process.end())
        });
        assert_eq!(code, 0, "{said:#?}");
        assert_exact(&events, STEPS);
    }
    assert_all_exact(&cluster, &[&api.url], &jobs).await;
    for id in &jobs {
        let status = cluster.status(&api.url, id).await;
        assert_eq!(status["attempts"], 1, "a roll is no attempt");
        assert!(
            status["tasks"].as_array().expect("tasks").iter().all(|task| task["attempts"] == 1),
            "no task ran twice"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_and_then_a_stream_misses_nothing() {
    let cluster = Cluster::build().await;
    let apis = [cluster.api(&[]).await, cluster.api(&[]).await];
    let _worker = cluster.worker(&[]);
    for round in 0..50 {
        let id = cluster.submit(&apis[round % 2].url, 8, 0).await;
        let url = apis[(round + 1) % 2].url.as_str();
        assert_exact(&cluster.read(&[url], &id, usize::MAX).await, STEPS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_queue_says_so_and_recovers() {
    let mut cluster = Cluster::build().await;
    let (_worker, operations) = cluster.worker_with_operations();
    let client = cluster.client.clone();
    let status =
        async |path: &str| client.get(format!("{operations}{path}")).send().await.ok().map(|answer| answer.status());
    let green = async || status("/health/ready").await.filter(|found| *found == StatusCode::OK);
    until("the worker is ready", green).await;
    cluster.redis.kill();
    let lost = Instant::now();
    let red = async || status("/health/ready").await.filter(|found| *found == StatusCode::SERVICE_UNAVAILABLE);
    until("the loss is told", red).await;
    assert!(lost.elapsed() < Duration::from_secs(15), "{:?}", lost.elapsed());
    assert_eq!(status("/health").await, Some(StatusCode::OK), "control: the process itself lives");
    cluster.redis.restart();
    until("it is ready again", green).await;
    assert!(lost.elapsed() < Duration::from_secs(30), "{:?}", lost.elapsed());
    let metrics =
        client.get(format!("{operations}/metrics")).send().await.expect("it answers").text().await.expect("in text");
    assert!(metrics.contains("portolan_oldest_due_seconds"), "{metrics}");
    assert_eq!(status("/v1/jobs").await, Some(StatusCode::NOT_FOUND), "nothing else is served");
}
