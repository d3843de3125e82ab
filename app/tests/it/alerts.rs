//! Alerts, channels and webhooks as people use them, and senders that die (RELIABILITY R38).

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use domain::{
    TenantId,
    alert::{AlertKind, NewAlert, Severity},
};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Owner, Store, testing::hurry_deliveries};

use crate::{
    catchers::{MailServer, Receiver, Reply},
    cluster::{Cluster, until},
    support::{PATIENCE, Place, Running},
};

/// Lets servers of the test's own be told, and the beginning of a day of attempts pass quickly.
const LOCAL: [(&str, &str); 3] = [
    ("PORTOLAN__NOTIFY__ALLOW_PRIVATE", r#"["127.0.0.1"]"#),
    ("PORTOLAN__NOTIFY__ALLOW_HTTP", "true"),
    ("PORTOLAN__NOTIFY__POLL_MS", "100"),
];

fn house() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn new_alert(cause: &str) -> NewAlert {
    NewAlert {
        user_id: None,
        kind: AlertKind::Price,
        severity: Severity::Critical,
        title: format!("Cheaper: {cause}"),
        body: "It is 20 EUR cheaper".to_owned(),
        data: json!({}),
        cause_key: cause.to_owned(),
    }
}

fn local() -> Place {
    LOCAL.iter().fold(Place::with_probe(), |place, (name, value)| place.with(name, value))
}

/// The database of a running `dev`, as another of its own parts.
async fn database_of(place: &Place) -> Store {
    let url = format!("sqlite://{}/.portolan/portolan.db", place.path().display());
    Store::connect(&store::Config { url, ..store::Config::default() }).await.expect("the database can be opened")
}

fn wait_for(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two lines of stdout: an id and a secret.
fn id_and_secret(stdout: &str) -> (String, String) {
    let (id, secret) = stdout.trim().split_once('\n').expect("two lines");
    (id.to_owned(), secret.to_owned())
}

#[test]
fn a_webhook_lives_on_the_command_line() {
    let receiver = Receiver::start(|number| Reply::Status(if number == 1 { 410 } else { 200 }));
    let place = local();
    let _dev = place.dev();
    let made = place.run(&["webhooks", "create", &receiver.url, "--events", "job.completed,job.failed"]).expect(0);
    let (id, secret) = id_and_secret(&made.stdout);
    assert!(secret.starts_with("whsec_") && !made.stderr.contains("whsec_"), "{made:?}");
    place.run(&["webhooks", "ping", &id]).expect(0);
    wait_for("the ping arrives", || receiver.hits().len() == 1);
    let hit = receiver.hits().remove(0);
    assert!(hit.verifies(&secret) && !hit.verifies("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(hit.json()["type"], "ping");
    let listed = place.run(&["webhooks", "ls"]).expect(0).stdout;
    assert!(listed.contains(&id) && listed.contains("enabled") && !listed.contains(&secret[6..]), "{listed}");

    // The second answer is 410 Gone: it is told nothing more until somebody says so.
    place.run(&["webhooks", "ping", &id]).expect(0);
    wait_for("it is disabled", || place.run(&["webhooks", "ls"]).stdout.contains("disabled"));
    place.run(&["webhooks", "ping", &id]).expect(1).says(&["disabled; enable it first"]);
    let dead = place.run(&["webhooks", "deliveries", &id, "--status", "dead"]).expect(0).stdout;
    assert!(dead.contains("410"), "{dead}");
    place.run(&["webhooks", "enable", &id]).expect(0).says(&["is enabled"]);
    place.run(&["webhooks", "replay", &id]).expect(0).says(&["1 dead messages are sent again"]);
    wait_for("the replay arrives", || receiver.hits().len() == 3);
    assert_eq!(receiver.hits()[2].id(), receiver.hits()[1].id(), "under the same id");

    let rotated = place.run(&["webhooks", "rotate", &id, "--overlap", "1h"]).expect(0);
    let (_, newer) = id_and_secret(&rotated.stdout);
    let job = place.run(&["plan", "4 days in Lisbon for two, 1800 EUR", "--approval", "never", "--json"]).expect(0);
    assert!(!job.events().is_empty());
    wait_for("the job's end is told", || receiver.hits().len() == 4);
    let told = receiver.hits().remove(3);
    assert_eq!((&told.json()["type"], &told.json()["data"]["status"]), (&json!("job.completed"), &json!("completed")));
    assert!(told.verifies(&secret) && told.verifies(&newer), "both sign while they overlap");
    let shown = place.run(&["webhooks", "deliveries", &id, "--json"]).expect(0).stdout;
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["deliveries"][0]["status"], "delivered");
    place.run(&["webhooks", "create", "http://169.254.169.254/"]).expect(2).says(&["public address"]);
    place.run(&["webhooks", "rm", &id]).expect(0);
    place.run(&["webhooks", "ping", &id]).expect(3);
    assert_eq!(place.run(&["webhooks", "ls"]).expect(0).stdout.trim(), "No webhooks.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_arrives_on_the_stream_in_a_mailbox_and_at_a_receiver() {
    let (receiver, mail) = (Receiver::start(|_| Reply::Status(204)), MailServer::start());
    let place = local()
        .with("PORTOLAN__NOTIFY__SMTP__HOST", "127.0.0.1")
        .with("PORTOLAN__NOTIFY__SMTP__PORT", &mail.port.to_string())
        .with("PORTOLAN__NOTIFY__SMTP__TLS", "none")
        .with("PORTOLAN__NOTIFY__SMTP__FROM", "portolan@example.com")
        .with("SLACK_URL", "https://hooks.slack.com/services/T0/B0/secretsecret");
    let dev = place.dev();
    let mailbox = place.run(&["channels", "create", "my mail", "--email", "ana@example.org"]).expect(0).stdout;
    let slack =
        place.run(&["channels", "create", "ours", "--slack-env", "SLACK_URL", "--user", "ben"]).expect(0).stdout;
    let hook = place.run(&["channels", "create", "mine", "--webhook", &receiver.url]).expect(0);
    let (_, secret) = id_and_secret(&hook.stdout);
    let list = place.run(&["channels", "ls"]).expect(0).stdout;
    assert!(list.contains(mailbox.trim()) && list.contains("...cret") && !list.contains("secretsecret"), "{list}");
    place.run(&["channels", "rm", slack.trim()]).expect(0);
    place.run(&["channels", "test", mailbox.trim()]).expect(0);
    wait_for("the test message arrives", || mail.mails().len() == 1);

    let store = database_of(&place).await;
    let raised = store.raise_alert(&house(), &new_alert("lisbon")).await.expect("it is raised").alert;
    let seen = place.run(&["alerts", "follow", "--since", "0", "--count", "1", "--json"]).expect(0);
    assert_eq!((&seen.events()[0]["id"], &seen.events()[0]["seq"]), (&json!(raised.id), &json!(raised.seq)));
    wait_for("the mail arrives", || mail.mails().len() == 2);
    assert!(mail.mails()[1].contains("[critical] Cheaper: lisbon"), "{}", mail.mails()[1]);
    wait_for("the message arrives", || receiver.hits().len() == 1);
    let hit = receiver.hits().remove(0);
    assert!(hit.verifies(&secret));
    assert_eq!((&hit.json()["type"], &hit.json()["data"]["cause_key"]), (&json!("alert.raised"), &json!("lisbon")));

    let id = raised.id.to_string();
    let list = place.run(&["alerts", "ls", "--status", "open", "--severity", "critical"]).expect(0).stdout;
    assert!(list.contains(&id) && list.contains("Cheaper: lisbon"), "{list}");
    place.run(&["alerts", "ack", &id, "--user", "ana"]).expect(0).says(&["is acknowledged"]);
    place.run(&["alerts", "snooze", &id, "--for", "2h"]).expect(0).says(&["is snoozed until"]);
    place.run(&["alerts", "snooze", &id, "--for", "soon"]).expect(2);
    let shown = place.run(&["alerts", "show", &id]).expect(0).stdout;
    assert!(shown.contains("answered by dev/") && shown.contains("back at"), "{shown}");

    // Somebody listens while it is answered.
    let mut listener = Running::start(place.command(&["alerts", "follow", "--since", &raised.seq.to_string()]));
    listener.wait_for("snoozed");
    place.run(&["alerts", "resolve", &id]).expect(0).says(&["is resolved"]);
    listener.wait_for("resolved");
    listener.signal("INT");
    assert_eq!(listener.end().0, 0);
    assert_eq!(place.run(&["alerts", "ls", "--status", "open"]).expect(0).stdout.trim(), "No alerts.");
    place.run(&["alerts", "show", "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e"]).expect(3);
    drop(dev);
}

#[test]
fn what_dev_was_sending_when_it_was_killed_is_sent_after_its_start() {
    // The first request stalls, so that the process dies with it in its hands.
    let receiver = Receiver::start(|number| match number {
        0 => Reply::Stall(Duration::from_secs(60)),
        _ => Reply::Status(200),
    });
    let place = local().with("PORTOLAN__NOTIFY__TIMEOUT_MS", "1000").with("PORTOLAN__NOTIFY__LEASE_MS", "2000");
    let mut dev = place.dev();
    let made = place.run(&["webhooks", "create", &receiver.url]).expect(0);
    let (id, _) = id_and_secret(&made.stdout);
    place.run(&["webhooks", "ping", &id]).expect(0);
    wait_for("it is being sent", || receiver.hits().len() == 1);
    dev.process.kill();
    let _dev = place.dev();
    wait_for("it is sent again", || receiver.hits().len() == 2);
    let hits = receiver.hits();
    assert_eq!(hits[0].id(), hits[1].id());
    wait_for("it is delivered", || place.run(&["webhooks", "deliveries", &id]).stdout.contains("delivered"));
}

/// Attempts that end soon, and leases a little later.
const HASTY: [(&str, &str); 4] = [
    ("PORTOLAN__NOTIFY__TIMEOUT_MS", "400"),
    ("PORTOLAN__NOTIFY__CONNECT_TIMEOUT_MS", "300"),
    ("PORTOLAN__NOTIFY__LEASE_MS", "900"),
    ("PORTOLAN__NOTIFY__WEBHOOK_PER_MINUTE", "60000"),
];
const MESSAGES: usize = 60;

/// Every message of a webhook in one state.
async fn deliveries(cluster: &Cluster, hook: &str, status: &str) -> Vec<Value> {
    let url = format!("{hook}/deliveries?limit=100&status={status}");
    let page: Value = cluster.client.get(url).send().await.expect("it answers").json().await.expect("in JSON");
    page["deliveries"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_killed_all_the_time_lose_no_message_to_a_receiver_that_flaps() {
    let canary = Receiver::start(|_| Reply::Status(200));
    let elsewhere = canary.url.clone();
    let receiver = Receiver::start(move |number| match number % 6 {
        0 => Reply::Status(500),
        1 => Reply::Stall(Duration::from_secs(2)),
        2 => Reply::Redirect(elsewhere.clone()),
        3 => Reply::Reset,
        _ => Reply::Status(200),
    });
    let cluster = Cluster::build().await;
    let store = cluster.database.connect().await;
    let settings = [&LOCAL[..], &HASTY[..]].concat();
    let api = cluster.api(&settings).await;
    let body = json!({ "url": receiver.url, "events": ["alert.raised", "job.completed"] });
    let post = |url: String, body: &Value| cluster.client.request(Method::POST, url).json(body).send();
    let made = post(format!("{}/v1/webhooks", api.url), &body).await.expect("it answers");
    let made: Value = made.json().await.expect("in JSON");
    let (secret, id) = (made["secret"].as_str().expect("a secret"), made["id"].as_str().expect("an id"));
    let hook = format!("{}/v1/webhooks/{id}", api.url);

    let mut workers = [cluster.worker(&settings), cluster.worker(&settings)];
    for number in 0..MESSAGES / 2 {
        store.raise_alert(&house(), &new_alert(&number.to_string())).await.expect("it is raised");
        cluster.submit(&api.url, 1, 0).await;
    }
    let mut strikes = tokio::time::interval(Duration::from_millis(600));
    for strike in 0..10 {
        strikes.tick().await;
        hurry_deliveries(&store).await;
        workers[strike % 2].kill();
        workers[strike % 2] = cluster.worker(&settings);
    }
    until("every message has an end", async || {
        hurry_deliveries(&store).await;
        let ended =
            deliveries(&cluster, &hook, "delivered").await.len() + deliveries(&cluster, &hook, "dead").await.len();
        (ended == MESSAGES).then_some(())
    })
    .await;
    let dead = deliveries(&cluster, &hook, "dead").await;
    assert!(dead.iter().all(|dead| dead["last_error"].is_string()), "a dead one says why: {dead:#?}");
    until("what was dead is delivered", async || {
        hurry_deliveries(&store).await;
        post(format!("{hook}/replay"), &json!({})).await.expect("it answers");
        (deliveries(&cluster, &hook, "delivered").await.len() == MESSAGES).then_some(())
    })
    .await;

    let hits = receiver.hits();
    assert!(hits.iter().all(|hit| hit.verifies(secret)), "each attempt is signed");
    let sent: BTreeSet<String> = deliveries(&cluster, &hook, "delivered")
        .await
        .iter()
        .map(|delivery| delivery["id"].as_str().expect("an id").to_owned())
        .collect();
    let taken: BTreeSet<String> = hits.iter().filter(|hit| hit.is_taken).map(|hit| hit.id().to_owned()).collect();
    assert_eq!((taken.len(), &taken), (MESSAGES, &sent), "every id was taken, and no other");
    assert!(canary.hits().is_empty(), "a redirect is not followed");
}
