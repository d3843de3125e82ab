//! Slack and PagerDuty, by their own wire formats.

use domain::{
    ChannelId,
    alert::{AlertKind, NewAlert, Severity},
    channel::{ChannelRequest, Destination, PagerdutyDestination, SlackDestination, WebhookDestination},
    delivery::DeliveryStatus,
    webhook::Secret,
};
use serde_json::json;
use worker::notify::Config;

use super::{
    House, config, owner,
    receiver::{Receiver, Reply},
};

fn alert() -> NewAlert {
    NewAlert {
        user_id: None,
        kind: AlertKind::Price,
        severity: Severity::Warning,
        title: "Lisbon <now> & cheaper".to_owned(),
        body: "From 180 to 150 EUR.\n\nBook <soon>".to_owned(),
        data: json!({ "price": 150 }),
        cause_key: "watch:1:price".to_owned(),
    }
}

async fn channel(house: &House, destination: Destination) -> (ChannelId, Option<Secret>) {
    let request = ChannelRequest { user_id: None, name: "ours".into(), destination };
    let (channel, secret) = house.store.create_channel(&owner(), &request, None).await.expect("it is made");
    (channel.id, secret)
}

#[tokio::test]
async fn slack_gets_blocks_and_its_refusals_are_final() {
    let house = House::open().await;
    let slack = Receiver::start(|number, _| match number {
        0 => Reply::Full(429, "retry-after: 30\r\n", "rate_limited".into()),
        1 => Reply::Full(200, "", "ok".into()),
        _ => Reply::Full(404, "", "no_service".into()),
    })
    .await;
    let url = Secret::new(slack.url());
    let (id, _) = channel(&house, Destination::Slack(SlackDestination { url })).await;
    house.store.raise_alert(&owner(), &alert()).await.expect("it is raised");
    house.send_all().await;
    let hits = slack.hits();
    assert_eq!(hits.len(), 2);
    let body = hits[1].json();
    assert_eq!(body["text"], "Lisbon &lt;now&gt; &amp; cheaper");
    assert_eq!(body["blocks"][0]["type"], "header");
    assert_eq!(body["blocks"][0]["text"], json!({ "type": "plain_text", "text": "Lisbon <now> & cheaper" }));
    assert_eq!(body["blocks"][1]["text"]["text"], "From 180 to 150 EUR.\n\nBook &lt;soon&gt;");
    assert!(body["blocks"][2]["elements"][0]["text"].as_str().expect("a text").starts_with("warning | price"));
    house.store.ping_channel(&owner(), id).await.expect("it is queued");
    house.send_all().await;
    let deliveries = house.deliveries().await;
    assert_eq!(deliveries[0].status, DeliveryStatus::Dead);
    assert_eq!(deliveries[0].last_error.as_deref(), Some("the receiver answered 404: no_service"));
    assert_eq!(slack.hits().len(), 3, "it is not asked again");
}

#[tokio::test]
async fn pagerduty_opens_acknowledges_and_closes_one_incident_of_a_cause() {
    let pagerduty = Receiver::start(|_, hit| match hit.json()["routing_key"].as_str() {
        Some(key) if key == "k".repeat(32) => Reply::Full(202, "", r#"{"status":"success"}"#.into()),
        _ => Reply::Full(400, "", r#"{"status":"invalid event"}"#.into()),
    })
    .await;
    let config = Config { pagerduty_url: pagerduty.url(), ..config() };
    let house = House::with(config, std::sync::Arc::new(worker::notify::SystemResolver)).await;
    let key =
        |letter: &str| Destination::Pagerduty(PagerdutyDestination { routing_key: Secret::new(letter.repeat(32)) });
    let (duty, _) = channel(&house, key("k")).await;
    let raised = house.store.raise_alert(&owner(), &alert()).await.expect("it is raised").alert;
    house.send_all().await;
    house.store.acknowledge_alert(&owner(), raised.id, "ana").await.expect("it is acknowledged");
    house.send_all().await;
    house.store.resolve_cause(&owner(), "watch:1:price").await.expect("it is resolved");
    house.send_all().await;
    house.store.ping_channel(&owner(), duty).await.expect("it is queued");
    house.send_all().await;
    let said: Vec<_> = pagerduty.hits().iter().map(super::receiver::Hit::json).collect();
    let spoken: Vec<_> =
        said.iter().map(|event| (event["event_action"].as_str(), event["dedup_key"].as_str())).collect();
    let cause = Some("watch:1:price");
    let expected = [
        (Some("trigger"), cause),
        (Some("acknowledge"), cause),
        (Some("resolve"), cause),
        (Some("resolve"), Some("portolan-ping")),
    ];
    assert_eq!(spoken, expected);
    let payload = &said[0]["payload"];
    assert_eq!(
        (&payload["summary"], &payload["severity"], &payload["source"]),
        (&json!("Lisbon <now> & cheaper"), &json!("warning"), &json!("portolan"))
    );
    assert_eq!(payload["custom_details"]["data"]["price"], 150);
    let (wrong, _) = channel(&house, key("x")).await;
    house.store.ping_channel(&owner(), wrong).await.expect("it is queued");
    house.send_all().await;
    assert_eq!(house.deliveries().await[0].status, DeliveryStatus::Dead, "a wrong key stays wrong");
}

/// What is tried again, or waits for the end of quiet hours, is overtaken by what follows.
#[tokio::test]
async fn an_incident_is_not_opened_after_its_end_nor_a_newer_one_closed() {
    let pagerduty = Receiver::start(|number, _| Reply::Status(if number == 0 { 503 } else { 202 })).await;
    let config = Config { pagerduty_url: pagerduty.url(), ..config() };
    let house = House::with(config, std::sync::Arc::new(worker::notify::SystemResolver)).await;
    let routing_key = Secret::new("k".repeat(32));
    channel(&house, Destination::Pagerduty(PagerdutyDestination { routing_key })).await;
    let first = house.store.raise_alert(&owner(), &alert()).await.expect("it is raised").alert;
    house.send_due().await;
    house.store.resolve_alert(&owner(), first.id).await.expect("it is resolved");
    let second = house.store.raise_alert(&owner(), &alert()).await.expect("it is raised anew").alert;
    house.send_all().await;
    house.store.acknowledge_alert(&owner(), second.id, "ana").await.expect("it is acknowledged");
    house.send_all().await;
    let said: Vec<_> = pagerduty.hits().iter().map(|hit| hit.json()["event_action"].clone()).collect();
    assert_eq!(
        said,
        ["trigger", "trigger", "acknowledge"],
        "the first opening failed, and its end would end the second"
    );
    let dead: Vec<_> =
        house.deliveries().await.into_iter().filter(|told| told.status == DeliveryStatus::Dead).collect();
    assert_eq!(dead.len(), 2, "what was not sent is on the dead list");
    assert!(dead.iter().all(|told| told.last_error.as_ref().is_some_and(|why| why.starts_with("overtaken"))));
}

#[tokio::test]
async fn a_generic_webhook_of_a_person_is_signed_too() {
    let (house, receiver) = (House::open().await, Receiver::start(|_, _| Reply::Status(200)).await);
    let (_, secret) = channel(&house, Destination::Webhook(WebhookDestination { url: receiver.url() })).await;
    let raised = house.store.raise_alert(&owner(), &alert()).await.expect("it is raised").alert;
    house.send_all().await;
    let hit = receiver.hits().remove(0);
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, hit.headers[name].parse().expect("a header"));
    }
    let library = standardwebhooks::Webhook::new(secret.expect("it has one").expose()).expect("a secret");
    library.verify(hit.body.as_bytes(), &headers).expect("the reference library believes it");
    let body = hit.json();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("alert.raised"), &json!(raised.id)));
}
