//! Who locks several rows locks them in one order, or waits for nobody: otherwise Postgres ends one of two transactions that
//! wait for each other, and what it was to write is lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use domain::{
    TenantId, WebhookId,
    delivery::{DeliveryStatus, TargetKind},
    webhook::WebhookRequest,
};
use futures::future::join_all;
use store::{
    ClaimedDelivery, DeliveryFilter, Finish, Owner, Pace, Paces, Retention, Store,
    testing::{Engine, TestDatabase, hurry_deliveries},
};
use tokio::sync::Barrier;

/// Meetings of those that could wait for each other: the first few of them met where the order was wrong.
const ROUNDS: usize = 40;
const LEASE: Duration = Duration::from_secs(60);

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn gone() -> Finish {
    Finish::Gone { error: "410".to_owned(), status: Some(410) }
}

fn retry() -> Finish {
    Finish::Retry { error: "503".to_owned(), status: Some(503), after: Duration::ZERO }
}

async fn open() -> (TestDatabase, Store) {
    let database = TestDatabase::create(Engine::Postgres).await;
    let store = database.connect().await;
    (database, store)
}

/// A webhook with so many messages.
async fn hook(store: &Store, messages: usize) -> WebhookId {
    let request = WebhookRequest { url: "https://example.com/hook".into(), events: vec![], description: None };
    let hook = store.create_webhook(&owner(), &request, None).await.unwrap().0.id;
    for _ in 0..messages {
        store.ping_webhook(&owner(), hook).await.unwrap();
    }
    hook
}

async fn claim(store: &Store) -> Vec<ClaimedDelivery> {
    let pace = Pace { interval: Duration::ZERO, in_flight: 2 };
    let paces = Paces { webhook: pace, email: pace, slack: pace, pagerduty: pace };
    store.claim_deliveries(100, LEASE, &paces).await.unwrap().deliveries
}

/// What each finish said, all of them begun at once.
async fn finish_all(store: &Store, claimed: &[ClaimedDelivery], finish: &Finish) -> Vec<bool> {
    let barrier = Barrier::new(claimed.len());
    let finishing = claimed.iter().map(async |claimed| {
        barrier.wait().await;
        store.finish_delivery(claimed, finish).await.unwrap()
    });
    join_all(finishing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_at_once_that_the_receiver_is_gone_are_one() {
    let (_database, store) = open().await;
    for _ in 0..ROUNDS {
        let hook = hook(&store, 4).await;
        let claimed = claim(&store).await;
        assert_eq!(claimed.len(), 2);
        let written = finish_all(&store, &claimed, &gone()).await;
        assert_eq!(written.iter().filter(|written| **written).count(), 1, "the other message was dead by then");
        let dead = DeliveryFilter { status: Some(DeliveryStatus::Dead), ..DeliveryFilter::default() };
        let of_hook = DeliveryFilter { target: Some(hook.into()), ..dead };
        assert_eq!(store.deliveries(&owner(), &of_hook, 100).await.unwrap().len(), 4);
        store.delete_webhook(&owner(), hook).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_may_be_removed_while_its_messages_end() {
    let (_database, store) = open().await;
    for _ in 0..ROUNDS {
        let hook = hook(&store, 4).await;
        let claimed = claim(&store).await;
        let (owner, retry) = (owner(), retry());
        let removing = store.delete_webhook(&owner, hook);
        let (_, removed) = tokio::join!(finish_all(&store, &claimed, &retry), removing);
        removed.unwrap();
        let of_hook = DeliveryFilter { target: Some(hook.into()), ..DeliveryFilter::default() };
        for delivery in store.deliveries(&owner, &of_hook, 100).await.unwrap() {
            assert_eq!(delivery.status, DeliveryStatus::Dead, "what a removed webhook was to be told is dead");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_replays_and_forgetting_do_not_end_each_other() {
    let (database, store) = open().await;
    let others = [database.connect().await, database.connect().await];
    let hooks = join_all((0..5).map(|_| hook(&store, 20))).await;
    let sender = async |store: &Store| {
        for round in 0..ROUNDS {
            let claimed = claim(store).await;
            let finish = if round % 3 == 0 { Finish::Dead { error: "no".to_owned(), status: None } } else { retry() };
            finish_all(store, &claimed, &finish).await;
        }
    };
    let people = async {
        for round in 0..ROUNDS {
            let target = hooks[round % hooks.len()].into();
            store.replay_dead(&owner(), TargetKind::Webhook, target).await.unwrap();
            hurry_deliveries(&store).await;
        }
    };
    let forgetting = async {
        for _ in 0..ROUNDS {
            store.prune(&Retention::default()).await.unwrap();
        }
    };
    tokio::join!(sender(&others[0]), sender(&others[1]), people, forgetting);
    let all = store.deliveries(&owner(), &DeliveryFilter::default(), 100).await.unwrap();
    assert_eq!(all.len(), 100, "none of them is lost");
}
