//! What the broker does on this machine: `cargo run --release -p broker --features testing --example measure`.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use broker::{Broker, Notice, Published, testing::RedisServer};
use domain::{Fence, JobId, Ring, WorkerId};
use futures::future::join_all;
use tokio::{sync::Notify, time::interval};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const RINGS: usize = 20_000;
const PACED: usize = 2_000;
const STREAMS: usize = 10_000;
const EVENTS: usize = 20_000;

#[tokio::main]
async fn main() {
    println!("in process");
    measure(&Broker::in_process()).await;
    let server = RedisServer::start();
    println!("redis");
    measure(&Broker::connect(&server.config()).await.expect("it connects")).await;
}

async fn measure(broker: &Broker) {
    throughput(broker).await;
    latency(broker).await;
    events(broker).await;
    streams(broker).await;
}

fn ring() -> Ring {
    Ring { job_id: JobId::new(), fence: Fence(1) }
}

async fn throughput(broker: &Broker) {
    let (done, count) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (tell, counts) = (done.clone(), count.clone());
    let shutdown = CancellationToken::new();
    let on_ring = move |_| {
        if counts.fetch_add(1, Ordering::Relaxed) + 1 == RINGS {
            tell.notify_one();
        }
        std::future::ready(())
    };
    let consuming = TaskTracker::new().spawn({
        let (broker, shutdown) = (broker.clone(), shutdown.clone());
        async move { broker.consume(WorkerId::new(), 16, on_ring, shutdown).await }
    });
    let started = Instant::now();
    let rings: Vec<Ring> = (0..RINGS).map(|_| ring()).collect();
    let mut sent = 0;
    while sent < RINGS {
        sent += broker.ring_all(&rings[sent..RINGS.min(sent + 100)]).await.expect("it rings");
        tokio::task::yield_now().await;
    }
    done.notified().await;
    println!("  {:>9.0} rings/s through one consumer", RINGS as f64 / started.elapsed().as_secs_f64());
    shutdown.cancel();
    consuming.await.expect("it does not panic").expect("it ends well");
}

async fn latency(broker: &Broker) {
    let rung: Arc<Mutex<HashMap<JobId, Instant>>> = Arc::default();
    let waits: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let shutdown = CancellationToken::new();
    let (starts, ends) = (rung.clone(), waits.clone());
    let on_ring = move |ring: Ring| {
        let now = Instant::now();
        let started = starts.lock().expect("no panic").remove(&ring.job_id).expect("it was rung");
        ends.lock().expect("no panic").push(now - started);
        std::future::ready(())
    };
    let consuming = TaskTracker::new().spawn({
        let (broker, shutdown) = (broker.clone(), shutdown.clone());
        async move { broker.consume(WorkerId::new(), 16, on_ring, shutdown).await }
    });
    let mut beat = interval(Duration::from_millis(2));
    let mut calls = Vec::new();
    for _ in 0..PACED {
        beat.tick().await;
        let ring = ring();
        let now = Instant::now();
        rung.lock().expect("no panic").insert(ring.job_id, now);
        broker.ring(ring).await.expect("it rings");
        calls.push(now.elapsed());
    }
    while waits.lock().expect("no panic").len() < PACED {
        beat.tick().await;
    }
    print_spread("ring() call", &mut calls);
    print_spread("push to handler", &mut waits.lock().expect("no panic"));
    shutdown.cancel();
    consuming.await.expect("it does not panic").expect("it ends well");
}

fn print_spread(what: &str, spans: &mut [Duration]) {
    spans.sort_unstable();
    let at = |share: f64| spans[((spans.len() - 1) as f64 * share) as usize];
    println!("  {what}: p50 {:?}, p99 {:?}, max {:?}", at(0.5), at(0.99), at(1.0));
}

async fn events(broker: &Broker) {
    let job_id = JobId::new();
    let mut reader = broker.subscribe(job_id).await;
    let json: Arc<str> = "x".repeat(500).into();
    let started = Instant::now();
    for first in (0..EVENTS).step_by(100) {
        let records: Vec<Published> = (first..first + 100)
            .map(|seq| Published { job_id, seq: seq as i64, kind: "alert".into(), json: json.clone() })
            .collect();
        broker.publish(&records).await.expect("it publishes");
        for record in &records {
            assert!(matches!(reader.recv().await, Notice::Event(event) if event.seq == record.seq));
        }
    }
    println!(
        "  {:>9.0} events/s of 500 bytes, published 100 at a time and read",
        EVENTS as f64 / started.elapsed().as_secs_f64()
    );
}

async fn streams(broker: &Broker) {
    let before = resident_kib();
    let started = Instant::now();
    let jobs: Vec<JobId> = (0..STREAMS).map(|_| JobId::new()).collect();
    let streams = join_all(jobs.iter().map(|job_id| broker.subscribe(*job_id))).await;
    println!(
        "  {STREAMS} streams live in {:?}, {} bytes each",
        started.elapsed(),
        (resident_kib() - before) * 1024 / STREAMS as u64
    );
    drop(streams);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it says so");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("it is a number")
}
