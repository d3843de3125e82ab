//! R38, S33, S34: every message arrives at least once, under one id, or is dead and can be replayed.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use domain::delivery::DeliveryStatus;
use standardwebhooks::Webhook;
use store::testing::hurry_deliveries;
use tokio_util::sync::CancellationToken;

use super::{
    House, config, owner,
    receiver::{Hit, Receiver, Reply},
    until,
};

/// What a receiver does that uses the reference library.
fn verifies(hit: &Hit, secret: &str) -> bool {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, hit.headers[name].parse().expect("a header"));
    }
    Webhook::new(secret).expect("a secret").verify(hit.body.as_bytes(), &headers).is_ok()
}

#[tokio::test]
async fn a_message_is_signed_so_that_the_reference_library_believes_it() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (hook, secret) = house.hook(&receiver.url()).await;
    let id = house.ping(hook).await;
    house.send_due().await;
    let hit = receiver.hits().remove(0);
    assert_eq!((hit.id(), hit.path.as_str()), (id.to_string().as_str(), "/hook"));
    assert!(verifies(&hit, secret.expose()));
    let another = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert!(!verifies(&hit, another));
    assert!(!verifies(&Hit { body: hit.body.replace("ping", "pong"), ..hit.clone() }, secret.expose()));
    assert_eq!(hit.headers["content-type"], "application/json");
    assert!(hit.headers["user-agent"].starts_with("Portolan/"));
    assert_eq!(hit.json()["type"], "ping");
}

#[tokio::test]
async fn while_secrets_overlap_both_verify_and_afterwards_only_the_new_one() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (hook, old) = house.hook(&receiver.url()).await;
    let (_, new) = house.store.rotate_secret(&owner(), hook, Duration::from_secs(60)).await.expect("it is rotated");
    house.ping(hook).await;
    house.send_due().await;
    let (_, newest) = house.store.rotate_secret(&owner(), hook, Duration::ZERO).await.expect("it is rotated");
    house.ping(hook).await;
    hurry_deliveries(&house.store).await;
    house.send_due().await;
    let hits = receiver.hits();
    assert!(verifies(&hits[0], old.expose()) && verifies(&hits[0], new.expose()));
    assert!(verifies(&hits[1], newest.expose()) && !verifies(&hits[1], new.expose()));
}

#[tokio::test]
async fn a_receiver_that_flaps_gets_every_id() {
    let house = House::open().await;
    // Two of three requests meet a receiver that is down, in one of its ways.
    let receiver = Receiver::start(|number, _| match number % 6 {
        0 => Reply::Status(500),
        1 => Reply::Reset,
        3 => Reply::Full(503, "retry-after: 1\r\n", "busy".to_owned()),
        4 => Reply::Full(302, "location: /elsewhere\r\n", String::new()),
        _ => Reply::Status(204),
    })
    .await;
    let (hook, _) = house.hook(&receiver.url()).await;
    let mut sent = HashSet::new();
    for _ in 0..20 {
        sent.insert(house.ping(hook).await.to_string());
    }
    house.send_all().await;
    let arrived: HashSet<String> = receiver.hits().iter().map(|hit| hit.id().to_owned()).collect();
    assert_eq!(arrived, sent);
    let deliveries = house.deliveries().await;
    let finished = |delivery: &domain::delivery::Delivery| delivery.finished_at.is_some();
    assert!(deliveries.len() == 20 && deliveries.iter().all(finished), "none is on its way, none is lost");
    let delivered = deliveries.iter().filter(|delivery| delivery.status == DeliveryStatus::Delivered).count();
    assert!(delivered >= 15, "{delivered} of 20 were taken");
}

#[tokio::test]
async fn after_eight_attempts_a_message_is_dead_and_a_replay_brings_it() {
    let house = House::open().await;
    let receiver = Receiver::start(|number, _| match number {
        0..8 => Reply::Full(500, "", "out of \u{7} order".to_owned()),
        _ => Reply::Status(200),
    })
    .await;
    let (hook, _) = house.hook(&receiver.url()).await;
    let id = house.ping(hook).await;
    house.send_all().await;
    let (status, error) = house.error_of(id).await;
    assert_eq!((status, receiver.hits().len()), (DeliveryStatus::Dead, 8));
    assert_eq!(error, "the receiver answered 500: out of  order");
    house.store.replay_delivery(&owner(), id).await.expect("it is replayed");
    house.send_all().await;
    assert_eq!(house.error_of(id).await.0, DeliveryStatus::Delivered);
    let ids: HashSet<String> = receiver.hits().iter().map(|hit| hit.id().to_owned()).collect();
    assert_eq!(ids, HashSet::from([id.to_string()]), "one id on all nine attempts");
}

#[tokio::test]
async fn a_receiver_that_stalls_costs_its_own_timeout_only() {
    let house = House::open().await;
    let (slow, quick) = (Receiver::start(|_, _| Reply::Stall).await, Receiver::start(|_, _| Reply::Status(200)).await);
    let ((slow_hook, _), (quick_hook, _)) = (house.hook(&slow.url()).await, house.hook(&quick.url()).await);
    let late = [house.ping(slow_hook).await, house.ping(slow_hook).await];
    let arrived = [house.ping(quick_hook).await, house.ping(quick_hook).await];
    let begun = Instant::now();
    assert_eq!(house.send_due().await, 4);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for id in late {
        let (status, error) = house.error_of(id).await;
        assert_eq!(status, DeliveryStatus::Pending);
        assert!(error.contains("in time") || error.contains("within"), "{error}");
    }
    for id in arrived {
        assert_eq!(house.error_of(id).await.0, DeliveryStatus::Delivered);
    }
}

/// S33.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (house, canary) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    for status in [301, 302, 303, 307, 308] {
        let location: &'static str = Box::leak(format!("location: {}\r\n", canary.url()).into_boxed_str());
        let receiver = Receiver::start(move |_, _| Reply::Full(status, location, String::new())).await;
        let (hook, _) = house.hook(&receiver.url()).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        let (state, error) = house.error_of(id).await;
        assert_eq!(state, DeliveryStatus::Pending);
        assert_eq!(error, format!("the receiver answered {status}, a redirect, which is not followed"));
        assert_eq!((receiver.hits().len(), canary.hits().len()), (1, 0));
    }
}

/// S34.
#[tokio::test]
async fn an_answer_without_an_end_is_cut() {
    let house = House::open().await;
    let begun = Instant::now();
    for (reply, taken) in
        [(Reply::Endless(200), true), (Reply::Drip(200), true), (Reply::Endless(500), false), (Reply::Drip(503), false)]
    {
        let receiver = Receiver::start(move |_, _| reply.clone()).await;
        let (hook, _) = house.hook(&receiver.url()).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        let (status, error) = house.error_of(id).await;
        assert_eq!(status == DeliveryStatus::Delivered, taken, "{error}");
        assert!(error.len() < 300, "of a text, the owner sees the beginning");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn who_is_gone_is_told_nothing_more() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(410)).await);
    let (hook, _) = house.hook(&receiver.url()).await;
    let ids = [house.ping(hook).await, house.ping(hook).await, house.ping(hook).await];
    house.send_all().await;
    assert!(receiver.hits().len() <= 2, "the third is not tried");
    for id in ids {
        assert_eq!(house.error_of(id).await.0, DeliveryStatus::Dead);
    }
    assert!(!house.store.webhook(&owner(), hook).await.expect("it is there").enabled);
}

#[tokio::test]
async fn a_receiver_that_asks_for_patience_gets_it_within_bounds() {
    let house = House::open().await;
    for (asked, least, most) in [("600", 590, 601), ("999999999", 53_000, 55_000), ("soon", 4, 7)] {
        let headers: &'static str = Box::leak(format!("retry-after: {asked}\r\n").into_boxed_str());
        let receiver = Receiver::start(move |_, _| Reply::Full(429, headers, String::new())).await;
        let (hook, _) = house.hook(&receiver.url()).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        let delivery = house.delivery(id).await;
        let wait = delivery.next_at.expect("it waits") - house.store.now().await.expect("a time");
        assert!((least..=most).contains(&wait.num_seconds()), "{asked}: {wait}");
        assert_eq!(delivery.response_status, Some(429));
    }
}

#[tokio::test]
async fn the_loop_sends_what_others_write_and_lets_it_arrive_at_the_end() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (hook, _) = house.hook(&receiver.url()).await;
    let shutdown = CancellationToken::new();
    let writing = async {
        for _ in 0..10 {
            house.ping(hook).await;
        }
        until("all arrived", || async { receiver.hits().len() == 10 }).await;
        shutdown.cancel();
    };
    tokio::join!(house.notifier.run(shutdown.clone()), writing);
    assert!(house.deliveries().await.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    let mut times: HashMap<String, usize> = HashMap::new();
    for hit in receiver.hits() {
        *times.entry(hit.id().to_owned()).or_default() += 1;
    }
    assert!(times.values().all(|count| *count == 1), "who answers is not told twice");
}

#[tokio::test]
async fn no_more_than_two_requests_are_open_to_one_receiver() {
    let (open, most) = (std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)), 2);
    let seen = std::sync::Arc::clone(&open);
    // A stalled request stays open until its timeout: so the third would be seen while two are.
    let receiver = Receiver::start(move |_, _| {
        seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::Stall
    })
    .await;
    let house = House::open().await;
    let (hook, _) = house.hook(&receiver.url()).await;
    for _ in 0..10 {
        house.ping(hook).await;
    }
    assert_eq!(house.send_due().await, most);
    assert_eq!(open.load(std::sync::atomic::Ordering::SeqCst), most);
}

#[tokio::test]
async fn a_configuration_that_would_send_twice_is_refused() {
    let house = House::open().await;
    let config = worker::notify::Config { lease_ms: 100, ..config() };
    let refused = worker::notify::run(config, house.dispatch.clone(), CancellationToken::new()).await;
    assert!(refused.expect_err("it is refused").to_string().contains("lease_ms"));
}
