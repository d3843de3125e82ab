//! The outbox against receivers that flap, stall, redirect, never end, or take the connection down: what is sent arrives, or
//! is on the dead list.

mod channels;
mod guard;
mod kill;
mod mail;
mod receiver;
mod smtp;
mod webhooks;

use std::{sync::Arc, time::Duration};

use broker::Broker;
use dispatch::Dispatch;
use domain::{
    DeliveryId, TenantId, WebhookId,
    delivery::{Delivery, DeliveryStatus},
    webhook::{Secret, WebhookRequest},
};
use store::{
    DeliveryFilter, Owner, Store,
    testing::{Engine, TestDatabase, hurry_deliveries},
};
use worker::notify::{Config, Notifier, Resolve, SystemResolver};

/// Attempts of one message before somebody must have written what became of it.
const ROUNDS_MAX: usize = 12;

/// A database, and what sends from it.
struct House {
    _database: TestDatabase,
    store: Store,
    dispatch: Dispatch,
    notifier: Notifier,
}

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

/// Lets tests reach their own servers, and ends what stalls soon.
fn config() -> Config {
    Config {
        poll_ms: 20,
        connect_timeout_ms: 500,
        timeout_ms: 1_000,
        allow_private: vec!["127.0.0.1".parse().expect("an address")],
        allow_http: true,
        webhook_per_minute: 60_000,
        slack_per_minute: 60_000,
        pagerduty_per_minute: 60_000,
        email_per_minute: 60_000,
        ..Config::default()
    }
}

impl House {
    async fn open() -> Self {
        Self::with(config(), Arc::new(SystemResolver)).await
    }

    async fn with(config: Config, resolver: Arc<dyn Resolve>) -> Self {
        let database = TestDatabase::create(Engine::Sqlite).await;
        let store = database.connect().await;
        let dispatch = Dispatch::new(store.clone(), Broker::in_process());
        let notifier = Notifier::with_resolver(config, dispatch.clone(), resolver).expect("it can start");
        Self { _database: database, store, dispatch, notifier }
    }

    /// A webhook for everything, unchecked, as a row that somebody wrote.
    async fn hook(&self, url: &str) -> (WebhookId, Secret) {
        let request = WebhookRequest { url: url.to_owned(), events: vec![], description: None };
        let made = self.store.create_webhook(&owner(), &request, None).await.expect("it is made");
        (made.0.id, made.1.expect("it is new"))
    }

    async fn ping(&self, hook: WebhookId) -> DeliveryId {
        self.store.ping_webhook(&owner(), hook).await.expect("it is queued").id
    }

    async fn delivery(&self, id: DeliveryId) -> Delivery {
        self.store.delivery(&owner(), id).await.expect("it is there")
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        self.store.deliveries(&owner(), &DeliveryFilter::default(), 100).await.expect("they are listed")
    }

    /// One attempt of what is due.
    async fn send_due(&self) -> usize {
        self.notifier.send_due().await.expect("the database answers")
    }

    /// Lets the day pass in which messages are tried, until each is delivered or dead.
    async fn send_all(&self) {
        for _ in 0..ROUNDS_MAX * 100 {
            hurry_deliveries(&self.store).await;
            if self.send_due().await == 0 {
                return;
            }
        }
        panic!("messages are tried for ever");
    }

    async fn error_of(&self, id: DeliveryId) -> (DeliveryStatus, String) {
        let delivery = self.delivery(id).await;
        (delivery.status, delivery.last_error.unwrap_or_default())
    }
}

/// Waits until `reached`, at most a minute.
async fn until<F: Future<Output = bool>>(what: &str, mut reached: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !reached().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::task::yield_now().await;
    }
}
