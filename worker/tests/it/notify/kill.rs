//! kill -9 of whoever sends: nothing is lost, and whoever comes next sends it under the same id.

use std::{collections::HashSet, process::Stdio, time::Duration};

use broker::Broker;
use dispatch::Dispatch;
use domain::{DeliveryId, delivery::DeliveryStatus, webhook::WebhookRequest};
use store::{
    DeliveryFilter, Pace, Paces, Store,
    testing::{Engine, TestDatabase},
};
use tokio_util::sync::CancellationToken;
use worker::notify::{Config, run};

use super::{
    House, config, owner,
    receiver::{Receiver, Reply},
    until,
};

/// Names the database of a sending process; set by the test that starts one.
const DATABASE: &str = "NOTIFY_TEST_SENDER_DATABASE";
const MESSAGES: usize = 60;

/// A lease that soon ends, and attempts that end sooner.
fn hasty() -> Config {
    Config { timeout_ms: 300, connect_timeout_ms: 200, lease_ms: 600, ..config() }
}

#[tokio::test]
async fn what_a_dead_worker_had_in_hand_is_sent_by_another_under_its_id() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (hook, _) = house.hook(&receiver.url()).await;
    let id = house.ping(hook).await;
    let at_once = Pace { interval: Duration::ZERO, in_flight: 2 };
    let paces = Paces { webhook: at_once, email: at_once, slack: at_once, pagerduty: at_once };
    // Claimed, and never heard of again.
    let claimed = house.store.claim_deliveries(10, Duration::ZERO, &paces).await.expect("it is claimed").deliveries;
    assert_eq!(claimed.len(), 1);
    house.send_due().await;
    assert_eq!(receiver.hits()[0].id(), id.to_string());
    assert_eq!(house.error_of(id).await.0, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn a_message_that_kills_its_workers_is_dead_after_eight_of_them() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (hook, _) = house.hook(&receiver.url()).await;
    let id = house.ping(hook).await;
    let at_once = Pace { interval: Duration::ZERO, in_flight: 2 };
    let paces = Paces { webhook: at_once, email: at_once, slack: at_once, pagerduty: at_once };
    for _ in 0..8 {
        house.store.claim_deliveries(10, Duration::ZERO, &paces).await.expect("it is claimed");
    }
    house.send_due().await;
    let (status, error) = house.error_of(id).await;
    assert_eq!((status, receiver.hits().len()), (DeliveryStatus::Dead, 0));
    assert!(error.contains("workers died"), "{error}");
}

/// Not a test but the process that the next one kills; by itself it does nothing.
#[tokio::test]
async fn sender_process() {
    let Some(url) = std::env::var_os(DATABASE) else { return };
    let url = url.into_string().expect("a URL is text");
    let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.expect("the database answers");
    run(hasty(), Dispatch::new(store, Broker::in_process()), CancellationToken::new()).await.expect("it can start");
}

/// One more sending process.
fn start_sender(url: &str) -> tokio::process::Child {
    tokio::process::Command::new(std::env::current_exe().expect("this test is a file"))
        .args(["notify::kill::sender_process", "--exact"])
        .env(DATABASE, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("a process can be started")
}

#[tokio::test]
async fn sending_processes_are_killed_and_every_id_arrives() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let store = database.connect().await;
    // Every third request is answered with a failure, every fifth not at all.
    let receiver = Receiver::start(|number, _| match number {
        number if number % 5 == 4 => Reply::Stall,
        number if number % 3 == 2 => Reply::Status(503),
        _ => Reply::Status(200),
    })
    .await;
    let mut sent: HashSet<DeliveryId> = HashSet::new();
    for number in 0..6 {
        let request = WebhookRequest { url: format!("{}/{number}", receiver.url()), events: vec![], description: None };
        let hook = store.create_webhook(&owner(), &request, None).await.expect("it is made").0.id;
        for _ in 0..MESSAGES / 6 {
            sent.insert(store.ping_webhook(&owner(), hook).await.expect("it is queued").id);
        }
    }
    for round in 1..=4 {
        let mut senders = [start_sender(&database.config.url), start_sender(&database.config.url)];
        let enough = (round * 8).min(MESSAGES);
        until("the senders send", || async {
            store::testing::hurry_deliveries(&store).await;
            receiver.hits().len() >= enough
        })
        .await;
        for sender in &mut senders {
            sender.kill().await.expect("it is killed");
        }
    }
    let (last, shutdown) = (Dispatch::new(store.clone(), Broker::in_process()), CancellationToken::new());
    let ending = async {
        until("everything is delivered", || async {
            store::testing::hurry_deliveries(&store).await;
            let filter = DeliveryFilter { status: Some(DeliveryStatus::Delivered), ..DeliveryFilter::default() };
            let dead = DeliveryFilter { status: Some(DeliveryStatus::Dead), ..DeliveryFilter::default() };
            for dead in store.deliveries(&owner(), &dead, 100).await.expect("they are listed") {
                store.replay_delivery(&owner(), dead.id).await.expect("it is replayed");
            }
            store.deliveries(&owner(), &filter, 100).await.expect("they are listed").len() == MESSAGES
        })
        .await;
        shutdown.cancel();
    };
    let (ran, ()) = tokio::join!(run(hasty(), last, shutdown.clone()), ending);
    ran.expect("it could start");
    let arrived: HashSet<DeliveryId> = receiver.hits().iter().map(|hit| hit.id().parse().expect("an id")).collect();
    assert_eq!(arrived, sent, "every id, and no other");
}
