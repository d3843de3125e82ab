//! The rules of alerts, webhooks and the outbox, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{sync::atomic::Ordering, time::Duration};

use domain::{
    AlertId, ChannelId, DeliveryId, JobId, TenantId, WorkerId,
    alert::{AlertKind, AlertRoute, AlertStatus, NewAlert, Preferences, QuietHours, Severity, UNRESOLVED_MAX},
    channel::{
        CHANNELS_MAX, ChannelKind, ChannelPatch, ChannelRequest, Destination, EmailDestination, PagerdutyDestination,
        WebhookDestination,
    },
    delivery::{Delivery, DeliveryStatus, TargetKind},
    gate::{GateKind, GatePolicy, NewGate, OnTimeout},
    job::{JobError, Reason, WorkflowKind},
    webhook::{Secret, WEBHOOKS_MAX, Webhook, WebhookEvent, WebhookPatch, WebhookRequest},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use store::{
    AlertFilter, ChannelFilter, Claim, ClaimRequest, ClaimedDelivery, CommitPart, DeliveryFilter, DeliveryTarget,
    Error, Finish, GateDraft, IdempotencyKey, JobCommit, NewJob, NextState, Outcome, Owner, Pace, Paces, Retention,
    Store,
    testing::{Engine, TestDatabase, count_statements, new_job},
};

/// Writes each test once and runs it on both engines.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Sqlite).await; })+ }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Postgres).await; })+ }
    };
}

on_both!(
    a_storm_of_one_cause_is_one_alert_and_one_message,
    a_storm_of_causes_is_refused_with_a_message,
    a_more_severe_raise_is_told_again,
    alerts_are_answered_and_their_changes_are_numbered,
    a_snoozed_alert_comes_back_once,
    people_are_told_where_and_when_they_want,
    what_follows_an_alert_goes_to_those_that_keep_track,
    every_end_and_pause_of_a_job_is_told_in_its_transaction,
    a_fenced_commit_tells_nothing,
    without_webhooks_an_end_costs_no_statement_more_than_a_step,
    a_batch_tells_of_each_job_to_its_own_tenant,
    a_claimed_message_is_sent_by_somebody_else_when_its_lease_ran_out,
    control_without_the_lease_a_message_is_sent_by_two,
    concurrent_claims_take_each_message_once,
    one_target_keeps_no_other_waiting,
    a_long_backlog_makes_no_claim_slow,
    a_pace_holds_over_all_workers,
    failures_are_counted_and_the_dead_are_replayed_under_their_id,
    a_receiver_that_is_gone_is_told_nothing_more_and_nothing_is_lost,
    what_a_removed_target_was_to_be_told_is_dead,
    secrets_overlap_and_are_never_shown_again,
    there_are_only_so_many_webhooks_and_channels,
    another_tenant_sees_nothing,
    the_same_key_makes_one_webhook_and_one_channel,
    a_channel_is_changed_and_preferences_forget_one_that_is_gone,
    lists_are_paged_and_filtered,
    a_persons_alerts_are_read_past_those_of_others,
    a_lease_lasts_as_long_in_real_time_however_fast_time_runs,
    control_a_lease_that_ran_with_the_clock_would_be_over,
    old_messages_and_alerts_are_forgotten,
);

const LEASE: Duration = Duration::from_secs(60);
const AT_ONCE: Pace = Pace { interval: Duration::ZERO, in_flight: 2 };
const PACES: Paces = Paces { webhook: AT_ONCE, email: AT_ONCE, slack: AT_ONCE, pagerduty: AT_ONCE };

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn stranger() -> Owner {
    Owner::new(TenantId("other".into()))
}

async fn open(engine: Engine) -> (TestDatabase, Store) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    (database, store)
}

fn new_alert(cause: &str) -> NewAlert {
    NewAlert {
        user_id: None,
        kind: AlertKind::Price,
        severity: Severity::Warning,
        title: "Cheaper".to_owned(),
        body: "It is 20 EUR cheaper".to_owned(),
        data: json!({ "price": 100 }),
        cause_key: cause.to_owned(),
    }
}

async fn webhook_of(store: &Store, owner: &Owner, events: &[WebhookEvent]) -> Webhook {
    let request = WebhookRequest { url: "https://example.com/hook".into(), events: events.to_vec(), description: None };
    store.create_webhook(owner, &request, None).await.unwrap().0
}

async fn email_of(store: &Store, user: Option<&str>) -> ChannelId {
    let destination = Destination::Email(EmailDestination { address: "ana@example.com".into() });
    channel_of(store, user, destination).await
}

async fn channel_of(store: &Store, user: Option<&str>, destination: Destination) -> ChannelId {
    let request = ChannelRequest { user_id: user.map(str::to_owned), name: "mine".into(), destination };
    store.create_channel(&owner(), &request, None).await.unwrap().0.id
}

async fn messages(store: &Store, owner: &Owner) -> Vec<Delivery> {
    store.deliveries(owner, &DeliveryFilter::default(), 100).await.unwrap()
}

async fn claim(store: &Store) -> Vec<ClaimedDelivery> {
    store.claim_deliveries(100, LEASE, &PACES).await.unwrap().deliveries
}

async fn run(store: &Store, sql: &str) {
    store.connection().execute_unprepared(sql).await.unwrap();
}

/// Makes every message due.
async fn hurry(store: &Store) {
    run(store, "UPDATE deliveries SET next_at = 0 WHERE status = 'pending'").await;
    run(store, "DELETE FROM delivery_paces").await;
}

fn failed(error: &str, after: Duration) -> Finish {
    Finish::Retry { error: error.to_owned(), status: Some(500), after }
}

async fn a_storm_of_one_cause_is_one_alert_and_one_message(engine: Engine) {
    let (_database, store) = open(engine).await;
    webhook_of(&store, &owner(), &[]).await;
    let mut news = 0;
    // Twenty at once: SQLite's one writer makes them wait in line, and nobody waits for a connection for long.
    for _ in 0..500 {
        let raises = (0..20).map(|_| {
            let store = &store;
            async move { store.raise_alert(&owner(), &new_alert("c")).await.unwrap() }
        });
        let raised = futures::future::join_all(raises).await;
        news += raised.iter().filter(|raised| raised.is_news).count();
    }
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 100).await.unwrap();
    assert_eq!((news, alerts.len(), alerts[0].occurrences), (1, 1, 10_000));
    assert_eq!(messages(&store, &owner()).await.len(), 1);
}

async fn a_storm_of_causes_is_refused_with_a_message(engine: Engine) {
    let (_database, store) = open(engine).await;
    let first = store.raise_alert(&owner(), &new_alert("first")).await.unwrap().alert;
    let id = if store.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let fill = format!(
        "INSERT INTO alerts (id, tenant_id, seq, kind, severity, title, body, data, cause_key, status, created_at, updated_at) \
         WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {UNRESOLVED_MAX}) \
         SELECT {id}, 'default', 1000 + n, 'price', 'info', 't', '', '{{}}', 'c' || n, 'open', 0, 0 FROM n"
    );
    run(&store, &fill).await;
    let refused = store.raise_alert(&owner(), &new_alert("one too many")).await.unwrap_err();
    assert!(matches!(refused, Error::TooMany { most: UNRESOLVED_MAX, .. }), "{refused}");
    assert!(!store.raise_alert(&owner(), &new_alert("first")).await.unwrap().is_news, "what stands is still counted");
    store.resolve_alert(&owner(), first.id).await.unwrap();
    assert!(store.raise_alert(&owner(), &new_alert("one too many")).await.unwrap().is_news);
    let long = NewAlert { title: "x".repeat(1_000), ..new_alert("long") };
    assert!(matches!(store.raise_alert(&owner(), &long).await, Err(Error::Unfit(_))));
}

async fn a_more_severe_raise_is_told_again(engine: Engine) {
    let (_database, store) = open(engine).await;
    webhook_of(&store, &owner(), &[WebhookEvent::AlertRaised]).await;
    let first = store.raise_alert(&owner(), &new_alert("c")).await.unwrap();
    store.acknowledge_alert(&owner(), first.alert.id, "ana").await.unwrap();
    let critical = NewAlert { severity: Severity::Critical, title: "Gone".into(), ..new_alert("c") };
    let worse = store.raise_alert(&owner(), &critical).await.unwrap();
    assert_eq!((worse.is_news, worse.alert.id, worse.alert.status), (true, first.alert.id, AlertStatus::Open));
    assert!(worse.alert.seq > first.alert.seq);
    assert!(!store.raise_alert(&owner(), &new_alert("c")).await.unwrap().is_news, "a milder one is only counted");
    let last = store.alert(&owner(), first.alert.id).await.unwrap();
    assert_eq!((last.severity, last.occurrences), (Severity::Critical, 3));
    assert_eq!(messages(&store, &owner()).await.len(), 2);
}

async fn alerts_are_answered_and_their_changes_are_numbered(engine: Engine) {
    let (_database, store) = open(engine).await;
    let one = store.raise_alert(&owner(), &new_alert("one")).await.unwrap().alert;
    let two = store.raise_alert(&owner(), &new_alert("two")).await.unwrap().alert;
    let listed = store.alerts_after(&owner(), None, 0, 500).await.unwrap().alerts;
    assert_eq!(listed.iter().map(|alert| alert.id).collect::<Vec<_>>(), [one.id, two.id]);
    let acknowledged = store.acknowledge_alert(&owner(), one.id, "ana").await.unwrap();
    assert_eq!(acknowledged.acknowledged_by.as_deref(), Some("ana"));
    let again = store.acknowledge_alert(&owner(), one.id, "ben").await.unwrap();
    assert_eq!(again, acknowledged, "the first answer stands");
    let changed = store.alerts_after(&owner(), None, two.seq, 500).await.unwrap();
    assert_eq!(changed.alerts, [acknowledged]);
    assert_eq!(changed.upto, store.alert_seq(&owner()).await.unwrap());
    let resolved = store.resolve_cause(&owner(), "two").await.unwrap().unwrap();
    assert_eq!((resolved.id, resolved.status), (two.id, AlertStatus::Resolved));
    assert_eq!(store.resolve_cause(&owner(), "two").await.unwrap(), None);
    let anew = store.raise_alert(&owner(), &new_alert("two")).await.unwrap();
    assert!(anew.is_news && anew.alert.id != two.id, "a cause that comes back is a new alert");
    let filter = AlertFilter { status: Some(AlertStatus::Acknowledged), ..AlertFilter::default() };
    assert_eq!(store.alerts(&owner(), &filter, 10).await.unwrap()[0].id, one.id);
    let before = AlertFilter { before: Some(two.id), kind: Some(AlertKind::Price), ..AlertFilter::default() };
    assert_eq!(store.alerts(&owner(), &before, 10).await.unwrap().len(), 1);
    assert!(matches!(store.resolve_alert(&owner(), AlertId::new()).await, Err(Error::NotFound { .. })));
}

async fn a_snoozed_alert_comes_back_once(engine: Engine) {
    let (_database, store) = open(engine).await;
    webhook_of(&store, &owner(), &[WebhookEvent::AlertRaised]).await;
    let alert = store.raise_alert(&owner(), &new_alert("c")).await.unwrap().alert;
    let until = store.now().await.unwrap() + chrono::Duration::hours(1);
    let snoozed = store.snooze_alert(&owner(), alert.id, "ana", until).await.unwrap();
    assert_eq!((snoozed.status, snoozed.snoozed_until), (AlertStatus::Snoozed, Some(until)));
    assert!(!store.raise_alert(&owner(), &new_alert("c")).await.unwrap().is_news, "asleep means asleep");
    assert_eq!(store.wake_alerts().await.unwrap(), []);
    run(&store, "UPDATE alerts SET snoozed_until = 1").await;
    let woken = futures::future::join_all((0..4).map(|_| store.wake_alerts())).await;
    assert_eq!(woken.into_iter().map(|woken| woken.unwrap().len()).sum::<usize>(), 1);
    assert_eq!(store.alert(&owner(), alert.id).await.unwrap().status, AlertStatus::Open);
    assert_eq!(messages(&store, &owner()).await.len(), 2, "it is told again");
}

async fn people_are_told_where_and_when_they_want(engine: Engine) {
    let (_database, store) = open(engine).await;
    let (day, night) = (email_of(&store, Some("ana")).await, email_of(&store, Some("ana")).await);
    let (house, _other) = (email_of(&store, None).await, email_of(&store, Some("ben")).await);
    let of_ana = |severity, cause: &str| NewAlert { user_id: Some("ana".into()), severity, ..new_alert(cause) };
    store.raise_alert(&owner(), &of_ana(Severity::Info, "1")).await.unwrap();
    let mut told: Vec<_> = messages(&store, &owner()).await.iter().map(|message| message.target_id).collect();
    told.sort();
    assert_eq!(told, [day.into(), night.into()], "without preferences, all her channels and nobody else's");
    let now = store.now().await.unwrap();
    let clock = |hours: i64| (now + chrono::Duration::hours(hours)).format("%H:%M").to_string();
    let preferences = Preferences {
        routes: vec![AlertRoute { kind: AlertKind::Price, channel_ids: vec![day] }],
        quiet_hours: Some(QuietHours { from: clock(-2), until: clock(2), time_zone: "UTC".into() }),
    };
    store.set_preferences(&owner(), Some("ana"), &preferences).await.unwrap();
    assert_eq!(store.preferences(&owner(), Some("ana")).await.unwrap(), preferences);
    store.raise_alert(&owner(), &of_ana(Severity::Warning, "2")).await.unwrap();
    let quiet = &messages(&store, &owner()).await[0];
    let wait = quiet.next_at.unwrap() - now;
    assert_eq!(quiet.target_id, day.into());
    assert!((110..=120).contains(&wait.num_minutes()), "{wait}");
    store.raise_alert(&owner(), &of_ana(Severity::Critical, "3")).await.unwrap();
    assert!(messages(&store, &owner()).await[0].next_at.unwrap() - now < chrono::Duration::minutes(1));
    store.raise_alert(&owner(), &new_alert("of the house")).await.unwrap();
    let all = messages(&store, &owner()).await;
    assert_eq!((all.len(), all[0].target_id), (5, house.into()));
    let foreign = Preferences {
        routes: vec![AlertRoute { kind: AlertKind::Price, channel_ids: vec![house] }],
        quiet_hours: None,
    };
    assert!(matches!(store.set_preferences(&owner(), Some("ana"), &foreign).await, Err(Error::NotFound { .. })));
}

async fn what_follows_an_alert_goes_to_those_that_keep_track(engine: Engine) {
    let (_database, store) = open(engine).await;
    email_of(&store, None).await;
    let routing_key = Secret::new("a".repeat(32));
    let duty = channel_of(&store, None, Destination::Pagerduty(PagerdutyDestination { routing_key })).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let alert = store.raise_alert(&owner(), &new_alert("c")).await.unwrap().alert;
    assert_eq!(messages(&store, &owner()).await.len(), 3);
    store.acknowledge_alert(&owner(), alert.id, "ana").await.unwrap();
    store.resolve_alert(&owner(), alert.id).await.unwrap();
    for event in [WebhookEvent::AlertAcknowledged, WebhookEvent::AlertResolved] {
        let filter = DeliveryFilter { event: Some(event), ..DeliveryFilter::default() };
        let mut told: Vec<_> = store.deliveries(&owner(), &filter, 10).await.unwrap();
        told.sort_by_key(|message| message.target_id);
        let targets: Vec<_> = told.iter().map(|message| message.target_id).collect();
        assert_eq!(targets, [duty.into(), hook.id.into()]);
        let payload: Value = serde_json::from_str(&told[0].payload).unwrap();
        assert_eq!((&payload["type"], &payload["data"]["cause_key"]), (&json!(event.word()), &json!("c")));
    }
}

async fn submit(store: &Store, owner: &Owner) -> JobId {
    let job = NewJob { summary: "four days in \"Lisbon\"".to_owned(), ..new_job() };
    store.submit(owner, &job, None).await.unwrap().job_id
}

async fn claim_jobs(store: &Store) -> Vec<Claim> {
    let readable = vec![(WorkflowKind::Probe, 1)];
    let request = ClaimRequest {
        worker: WorkerId::new(),
        lease: LEASE,
        readable: &readable,
        rung: None,
        limit: 10,
        suspect: true,
    };
    store.claim(&request).await.unwrap()
}

fn commit_of(claim: &Claim, next: NextState) -> JobCommit {
    JobCommit {
        job_id: claim.job_id,
        tenant: claim.tenant.clone(),
        fence: claim.fence,
        commit_no: claim.commit_no + 1,
        part: CommitPart { events: vec![], tasks: vec![], checkpoint: None, next },
    }
}

fn completed() -> NextState {
    NextState::Completed { result: "{}".into(), summary: "done".into() }
}

async fn every_end_and_pause_of_a_job_is_told_in_its_transaction(engine: Engine) {
    let (_database, store) = open(engine).await;
    webhook_of(&store, &owner(), &[]).await;
    webhook_of(&store, &owner(), &[WebhookEvent::JobFailed]).await;
    let off = webhook_of(&store, &owner(), &[]).await;
    let patch = WebhookPatch { enabled: Some(false), ..WebhookPatch::default() };
    store.update_webhook(&owner(), off.id, &patch).await.unwrap();
    let error = JobError {
        code: Reason::Infeasible,
        title: "No \"plan\"".into(),
        cause: "c".into(),
        hint: "h".into(),
        retryable: false,
    };
    let new = NewGate {
        kind: GateKind::Approval,
        prompt: "Go?".into(),
        proposal: json!({}),
        options: vec![],
        policy: GatePolicy::default(),
    };
    let now = store.now().await.unwrap();
    let gate = GateDraft::open(domain::GateId::new(), new, now, Duration::ZERO, OnTimeout::Reject);
    let ends =
        [completed(), NextState::Failed { reason: Reason::Infeasible, error }, NextState::Waiting(Box::new(gate))];
    for next in ends {
        submit(&store, &owner()).await;
        let claim = claim_jobs(&store).await.remove(0);
        store.commit(&[commit_of(&claim, NextState::Running)]).await.unwrap();
        let claim = Claim { commit_no: claim.commit_no + 1, ..claim };
        store.commit(&[commit_of(&claim, next)]).await.unwrap();
    }
    let waiting = messages(&store, &owner()).await.remove(0);
    store.sweep().await.unwrap();
    let cancelled = submit(&store, &owner()).await;
    store.cancel(&owner(), cancelled, "ana").await.unwrap();
    submit(&store, &owner()).await;
    run(&store, "UPDATE jobs SET due_at = due_at - 360000000 WHERE status = 'queued'").await;
    store.sweep_versions(WorkerId::new(), &[], Duration::from_secs(300)).await.unwrap();
    let mut told: Vec<_> = messages(&store, &owner()).await.iter().map(|message| message.event.word()).collect();
    told.sort_unstable();
    let expected = [
        "job.cancelled",
        "job.completed",
        "job.failed",
        "job.failed",
        "job.failed",
        "job.failed",
        "job.paused",
        "job.waiting_approval",
    ];
    assert_eq!(told, expected, "infeasible and expired, each to both");
    assert_eq!(waiting.id.as_uuid().get_version_num(), 7);
    let filter = DeliveryFilter { event: Some(WebhookEvent::JobFailed), ..DeliveryFilter::default() };
    let failed = store.deliveries(&owner(), &filter, 10).await.unwrap().pop().unwrap();
    let payload: Value = serde_json::from_str(&failed.payload).unwrap();
    let data = &payload["data"];
    assert_eq!(payload["type"], "job.failed");
    assert_eq!(
        (&data["reason"], &data["error"]["title"], &data["user_id"]),
        (&json!("infeasible"), &json!("No \"plan\""), &json!("ana"))
    );
    assert!(data["job_id"].as_str().unwrap().parse::<JobId>().is_ok(), "{payload}");
    let told_at: chrono::DateTime<chrono::Utc> = payload["timestamp"].as_str().unwrap().parse().unwrap();
    assert!((failed.created_at - told_at).num_milliseconds().abs() <= 1, "{payload}");
}

/// Statements of a step, of the job's end, and of a cancelled job.
async fn statements_of_a_life(store: &mut Store) -> [usize; 3] {
    let count = count_statements(store);
    let taken = || count.swap(0, Ordering::SeqCst);
    submit(store, &owner()).await;
    let claim = claim_jobs(store).await.remove(0);
    taken();
    store.commit(&[commit_of(&claim, NextState::Running)]).await.unwrap();
    let step = taken();
    let claim = Claim { commit_no: claim.commit_no + 1, ..claim };
    store.commit(&[commit_of(&claim, completed())]).await.unwrap();
    let end = taken();
    let cancelled = submit(store, &owner()).await;
    taken();
    store.cancel(&owner(), cancelled, "ana").await.unwrap();
    [step, end, taken()]
}

async fn without_webhooks_an_end_costs_no_statement_more_than_a_step(engine: Engine) {
    let (_database, mut store) = open(engine).await;
    let [step, end, cancel] = statements_of_a_life(&mut store).await;
    assert!(step > 0 && end == step, "a step takes {step}, an end {end}");
    if engine == Engine::Postgres {
        assert_eq!(end, 1, "one statement is one round trip, whatever is told");
    }
    webhook_of(&store, &owner(), &[]).await;
    let with_webhook = statements_of_a_life(&mut store).await;
    let told = usize::from(engine == Engine::Sqlite);
    assert_eq!(with_webhook, [step, end + told, cancel + 1], "the messages of who listens are one statement");
    assert_eq!(messages(&store, &owner()).await.len(), 2);
}

async fn a_fenced_commit_tells_nothing(engine: Engine) {
    let (_database, store) = open(engine).await;
    webhook_of(&store, &owner(), &[]).await;
    submit(&store, &owner()).await;
    let claim = claim_jobs(&store).await.remove(0);
    store.release(claim.job_id, claim.fence).await.unwrap();
    assert_eq!(store.commit(&[commit_of(&claim, completed())]).await.unwrap(), [Outcome::Fenced]);
    assert!(messages(&store, &owner()).await.is_empty());
}

async fn a_batch_tells_of_each_job_to_its_own_tenant(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hooks = [webhook_of(&store, &owner(), &[]).await, webhook_of(&store, &stranger(), &[]).await];
    for owner in [owner(), stranger(), owner()] {
        submit(&store, &owner).await;
    }
    let mut claims = claim_jobs(&store).await;
    claims.sort_by_key(|claim| claim.job_id);
    let nexts = [completed(), completed(), NextState::Running];
    let commits: Vec<_> = claims.iter().zip(nexts).map(|(claim, next)| commit_of(claim, next)).collect();
    store.commit(&commits).await.unwrap();
    for (owner, hook) in [owner(), stranger()].iter().zip(hooks) {
        let told = messages(&store, owner).await;
        assert_eq!((told.len(), told[0].target_id), (1, hook.id.into()));
    }
}

async fn a_claimed_message_is_sent_by_somebody_else_when_its_lease_ran_out(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let ping = store.ping_webhook(&owner(), hook.id).await.unwrap();
    let first = store.claim_deliveries(10, Duration::ZERO, &PACES).await.unwrap().deliveries.remove(0);
    assert_eq!((first.id, first.attempts), (ping.id, 1));
    let second = claim(&store).await.remove(0);
    assert_eq!((second.id, second.attempts), (ping.id, 2));
    assert!(claim(&store).await.is_empty(), "a lease that holds is honoured");
    assert!(!store.finish_delivery(&first, &failed("late", LEASE)).await.unwrap(), "a lost claim cannot write");
    assert!(store.finish_delivery(&second, &Finish::Delivered { status: Some(204) }).await.unwrap());
    assert!(!store.finish_delivery(&second, &Finish::Delivered { status: Some(204) }).await.unwrap());
    let sent = store.delivery(&owner(), ping.id).await.unwrap();
    assert_eq!((sent.status, sent.response_status, sent.last_error), (DeliveryStatus::Delivered, Some(204), None));
    assert!(claim(&store).await.is_empty());
}

async fn control_without_the_lease_a_message_is_sent_by_two(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    store.ping_webhook(&owner(), hook.id).await.unwrap();
    let (first, second) = (claim(&store).await, claim(&store).await);
    assert_eq!(first[0].id, second[0].id, "two workers send it at once");
}

async fn concurrent_claims_take_each_message_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let stores = [database.connect().await, database.connect().await];
    for _ in 0..10 {
        let hook = webhook_of(&stores[0], &owner(), &[]).await;
        for _ in 0..3 {
            stores[0].ping_webhook(&owner(), hook.id).await.unwrap();
        }
    }
    let stores = &stores;
    let workers = (0..6).map(|number| async move {
        let store = &stores[number % 2];
        let mut taken: Vec<DeliveryId> = Vec::new();
        loop {
            let claims = store.claim_deliveries(4, LEASE, &PACES).await.unwrap().deliveries;
            for claimed in &claims {
                assert!(store.finish_delivery(claimed, &Finish::Delivered { status: None }).await.unwrap());
            }
            taken.extend(claims.iter().map(|claimed| claimed.id));
            let filter = DeliveryFilter { status: Some(DeliveryStatus::Delivered), ..DeliveryFilter::default() };
            if store.deliveries(&owner(), &filter, 100).await.unwrap().len() == 30 {
                return taken;
            }
        }
    });
    let mut taken = futures::future::join_all(workers).await.concat();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 30);
}

async fn one_target_keeps_no_other_waiting(engine: Engine) {
    let (_database, store) = open(engine).await;
    let (slow, quick) = (webhook_of(&store, &owner(), &[]).await, webhook_of(&store, &owner(), &[]).await);
    for _ in 0..30 {
        store.ping_webhook(&owner(), slow.id).await.unwrap();
    }
    store.ping_webhook(&owner(), quick.id).await.unwrap();
    let claims = claim(&store).await;
    let of = |hook: &Webhook| claims.iter().filter(|claimed| claimed.target_id == hook.id.into()).count();
    assert_eq!((of(&slow), of(&quick)), (2, 1));
    assert!(claim(&store).await.is_empty(), "the slow one holds two, and gets no third before one of them ended");
    let one = claims.iter().find(|claimed| claimed.target_id == slow.id.into()).unwrap();
    store.finish_delivery(one, &Finish::Released).await.unwrap();
    let again = claim(&store).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].attempts, 1, "what was not tried does not count");
}

/// The shortest of several claims that find something, with so many messages for each of ten webhooks.
async fn shortest_claim(store: &Store, backlog: u32) -> Duration {
    let id = if store.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let fill = format!(
        "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at) \
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {backlog}) \
         SELECT {id}, 'default', 'webhook', w.id, 'ping', '{{}}', 'pending', n, n FROM n, webhooks w"
    );
    run(store, &fill).await;
    let mut shortest = Duration::MAX;
    for _ in 0..8 {
        let begun = std::time::Instant::now();
        let claimed = store.claim_deliveries(2, LEASE, &PACES).await.unwrap().deliveries;
        shortest = shortest.min(begun.elapsed());
        for claimed in &claimed {
            store.finish_delivery(claimed, &Finish::Delivered { status: None }).await.unwrap();
        }
        assert_eq!(claimed.len(), 2);
    }
    shortest
}

async fn a_long_backlog_makes_no_claim_slow(engine: Engine) {
    let (_database, store) = open(engine).await;
    for _ in 0..10 {
        webhook_of(&store, &owner(), &[]).await;
    }
    let few = shortest_claim(&store, 20).await;
    let many = shortest_claim(&store, 5_000).await;
    // On SQLite a claim holds the one writer, for whom every job waits.
    assert!(many < few.max(Duration::from_millis(2)) * 8, "{few:?} with 200 messages, {many:?} with 50,000");
}

async fn a_pace_holds_over_all_workers(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let stores = [database.connect().await, database.connect().await];
    let hook = webhook_of(&stores[0], &owner(), &[]).await;
    for _ in 0..4 {
        stores[0].ping_webhook(&owner(), hook.id).await.unwrap();
    }
    let paces = Paces { webhook: Pace { interval: Duration::from_secs(60), in_flight: 1 }, ..PACES };
    let first = stores[0].claim_deliveries(10, LEASE, &paces).await.unwrap();
    assert_eq!(first.deliveries.len(), 1);
    stores[0].finish_delivery(&first.deliveries[0], &Finish::Delivered { status: None }).await.unwrap();
    let second = stores[1].claim_deliveries(10, LEASE, &paces).await.unwrap();
    assert!(second.deliveries.is_empty());
    let wait = second.free_in.unwrap();
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    hurry(&stores[0]).await;
    assert_eq!(stores[1].claim_deliveries(10, LEASE, &paces).await.unwrap().deliveries.len(), 1);
}

async fn failures_are_counted_and_the_dead_are_replayed_under_their_id(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let ping = store.ping_webhook(&owner(), hook.id).await.unwrap();
    for attempt in 1..=3 {
        let claimed = claim(&store).await.remove(0);
        assert_eq!(claimed.attempts, attempt);
        store.finish_delivery(&claimed, &failed("500", LEASE)).await.unwrap();
        assert!(claim(&store).await.is_empty(), "not before its time");
        hurry(&store).await;
    }
    let failing = store.webhook(&owner(), hook.id).await.unwrap();
    assert_eq!((failing.failures, failing.last_error.as_deref()), (3, Some("500")));
    let claimed = claim(&store).await.remove(0);
    store.finish_delivery(&claimed, &Finish::Dead { error: "given up".into(), status: Some(500) }).await.unwrap();
    let filter = DeliveryFilter { status: Some(DeliveryStatus::Dead), ..DeliveryFilter::default() };
    let dead = store.deliveries(&owner(), &filter, 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].last_error.as_deref()), (1, Some("given up")));
    let again = store.replay_delivery(&owner(), ping.id).await.unwrap();
    assert_eq!((again.status, again.attempts), (DeliveryStatus::Pending, 0));
    let claimed = claim(&store).await.remove(0);
    assert_eq!((claimed.id, claimed.attempts), (ping.id, 1));
    store.finish_delivery(&claimed, &Finish::Delivered { status: Some(200) }).await.unwrap();
    assert_eq!(store.webhook(&owner(), hook.id).await.unwrap().failures, 0);
    store.replay_delivery(&owner(), ping.id).await.unwrap();
    let claimed = claim(&store).await.remove(0);
    store.finish_delivery(&claimed, &Finish::Dead { error: "x".into(), status: None }).await.unwrap();
    assert_eq!(store.replay_dead(&owner(), TargetKind::Webhook, hook.id.into()).await.unwrap(), 1);
    assert_eq!(store.replay_dead(&owner(), TargetKind::Webhook, hook.id.into()).await.unwrap(), 0);
}

async fn a_receiver_that_is_gone_is_told_nothing_more_and_nothing_is_lost(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    for _ in 0..5 {
        store.ping_webhook(&owner(), hook.id).await.unwrap();
    }
    let claimed = claim(&store).await;
    store.finish_delivery(&claimed[0], &Finish::Gone { error: "410".into(), status: Some(410) }).await.unwrap();
    assert!(!store.webhook(&owner(), hook.id).await.unwrap().enabled);
    assert!(messages(&store, &owner()).await.iter().all(|message| message.status == DeliveryStatus::Dead));
    assert!(!store.finish_delivery(&claimed[1], &failed("late", LEASE)).await.unwrap());
    store.raise_alert(&owner(), &new_alert("c")).await.unwrap();
    assert_eq!(messages(&store, &owner()).await.len(), 5, "a disabled webhook is told nothing");
    assert!(matches!(store.ping_webhook(&owner(), hook.id).await, Err(Error::TargetOff(_))));
    assert!(matches!(store.replay_delivery(&owner(), claimed[0].id).await, Err(Error::TargetOff(_))));
    let patch = WebhookPatch { enabled: Some(true), ..WebhookPatch::default() };
    assert_eq!(store.update_webhook(&owner(), hook.id, &patch).await.unwrap().failures, 0);
    assert_eq!(store.replay_dead(&owner(), TargetKind::Webhook, hook.id.into()).await.unwrap(), 5);
}

async fn what_a_removed_target_was_to_be_told_is_dead(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let channel = email_of(&store, None).await;
    let (one, two) =
        (store.ping_webhook(&owner(), hook.id).await.unwrap(), store.ping_channel(&owner(), channel).await.unwrap());
    store.delete_webhook(&owner(), hook.id).await.unwrap();
    store.delete_channel(&owner(), channel).await.unwrap();
    for id in [one.id, two.id] {
        let dead = store.delivery(&owner(), id).await.unwrap();
        assert_eq!(dead.status, DeliveryStatus::Dead);
        assert!(dead.last_error.unwrap().contains("removed"));
        assert!(matches!(store.replay_delivery(&owner(), id).await, Err(Error::TargetOff(_))));
    }
    assert!(matches!(store.delete_webhook(&owner(), hook.id).await, Err(Error::NotFound { .. })));
}

async fn secrets_overlap_and_are_never_shown_again(engine: Engine) {
    let (_database, store) = open(engine).await;
    let request = WebhookRequest { url: "https://example.com".into(), events: vec![], description: None };
    let (hook, first) = store.create_webhook(&owner(), &request, None).await.unwrap();
    let first = first.unwrap();
    assert!(first.expose().starts_with("whsec_") && first.expose().len() > 40);
    let (rotated, second) = store.rotate_secret(&owner(), hook.id, Duration::from_secs(3_600)).await.unwrap();
    assert_eq!(rotated.secret_last4, second.last4());
    assert!(rotated.overlap_until.is_some());
    store.ping_webhook(&owner(), hook.id).await.unwrap();
    let signing = |claimed: &ClaimedDelivery| match claimed.target.clone().unwrap() {
        DeliveryTarget::Webhook { secrets, .. } => secrets,
        DeliveryTarget::Channel(other) => panic!("{other:?}"),
    };
    let claimed = claim(&store).await.remove(0);
    assert_eq!(signing(&claimed), [second.clone(), first]);
    store.finish_delivery(&claimed, &Finish::Released).await.unwrap();
    let (last, third) = store.rotate_secret(&owner(), hook.id, Duration::ZERO).await.unwrap();
    assert_eq!(last.overlap_until, None);
    assert_eq!(signing(&claim(&store).await[0]), [third]);
    let shown =
        format!("{:?}{}", last, serde_json::to_string(&store.webhooks(&owner(), None, 100).await.unwrap()).unwrap());
    assert!(!shown.contains("whsec_") && !shown.contains(&second.expose()[6..]));
}

async fn there_are_only_so_many_webhooks_and_channels(engine: Engine) {
    let (_database, store) = open(engine).await;
    for _ in 0..WEBHOOKS_MAX {
        webhook_of(&store, &owner(), &[]).await;
    }
    let request = WebhookRequest { url: "https://example.com".into(), events: vec![], description: None };
    let refused = store.create_webhook(&owner(), &request, None).await.unwrap_err();
    assert!(matches!(refused, Error::TooMany { what: "webhooks", most: WEBHOOKS_MAX }));
    let destination = Destination::Webhook(WebhookDestination { url: "https://example.com".into() });
    let request = ChannelRequest { user_id: Some("ana".into()), name: "n".into(), destination };
    for _ in 0..CHANNELS_MAX {
        let (channel, secret) = store.create_channel(&owner(), &request, None).await.unwrap();
        assert!(secret.is_some() && channel.hint == "https://example.com");
    }
    assert!(matches!(store.create_channel(&owner(), &request, None).await, Err(Error::TooMany { .. })));
    email_of(&store, Some("ben")).await;
    assert_eq!(store.channels_of(&owner(), Some("ana")).await.unwrap().len(), 20);
}

async fn another_tenant_sees_nothing(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let channel = email_of(&store, None).await;
    let alert = store.raise_alert(&owner(), &new_alert("c")).await.unwrap().alert;
    let told = messages(&store, &owner()).await.remove(0);
    let who = stranger();
    assert!(matches!(store.alert(&who, alert.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.acknowledge_alert(&who, alert.id, "x").await, Err(Error::NotFound { .. })));
    assert!(store.alerts(&who, &AlertFilter::default(), 10).await.unwrap().is_empty());
    assert!(store.alerts_after(&who, None, 0, 10).await.unwrap().alerts.is_empty());
    assert!(matches!(store.webhook(&who, hook.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.rotate_secret(&who, hook.id, Duration::ZERO).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.delete_webhook(&who, hook.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.ping_webhook(&who, hook.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.channel(&who, channel).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.delete_channel(&who, channel).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.delivery(&who, told.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.replay_delivery(&who, told.id).await, Err(Error::NotFound { .. })));
    assert!(messages(&store, &who).await.is_empty());
    assert!(store.webhooks(&who, None, 100).await.unwrap().is_empty());
    assert!(store.raise_alert(&who, &new_alert("c")).await.unwrap().is_news, "causes are a tenant's own");
}

async fn old_messages_and_alerts_are_forgotten(engine: Engine) {
    let (_database, store) = open(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    let (old, _pending) =
        (store.ping_webhook(&owner(), hook.id).await.unwrap(), store.ping_webhook(&owner(), hook.id).await.unwrap());
    let claimed = claim(&store).await.into_iter().find(|claimed| claimed.id == old.id).unwrap();
    store.finish_delivery(&claimed, &Finish::Delivered { status: None }).await.unwrap();
    let alert =
        store.raise_alert(&owner(), &NewAlert { severity: Severity::Info, ..new_alert("c") }).await.unwrap().alert;
    store.resolve_alert(&owner(), alert.id).await.unwrap();
    let pruned = store.prune(&Retention::default()).await.unwrap();
    assert_eq!((pruned.deliveries, pruned.alerts), (0, 0));
    run(&store, "UPDATE deliveries SET finished_at = 1 WHERE finished_at IS NOT NULL").await;
    run(&store, "UPDATE alerts SET updated_at = 1").await;
    let pruned = store.prune(&Retention::default()).await.unwrap();
    assert_eq!((pruned.deliveries, pruned.alerts), (1, 1));
    assert!(matches!(store.delivery(&owner(), old.id).await, Err(Error::NotFound { .. })));
    assert_eq!(messages(&store, &owner()).await.len(), 3, "what is not finished stays");
}

fn key(key: &str, hash: &str) -> IdempotencyKey {
    IdempotencyKey { key: key.into(), body_hash: hash.into() }
}

async fn the_same_key_makes_one_webhook_and_one_channel(engine: Engine) {
    let (_database, store) = open(engine).await;
    let request = WebhookRequest { url: "https://example.com".into(), events: vec![], description: None };
    let (who, key_a) = (owner(), key("k", "a"));
    let made = futures::future::join_all((0..8).map(|_| store.create_webhook(&who, &request, Some(&key_a)))).await;
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|(webhook, _)| webhook.id == made[0].0.id), "one webhook");
    assert_eq!(made.iter().filter(|(_, secret)| secret.is_some()).count(), 1, "and its secret is told once");
    let other = store.create_webhook(&owner(), &request, Some(&key("k", "b"))).await;
    assert!(matches!(other, Err(Error::KeyReused)));
    assert!(
        store.create_webhook(&stranger(), &request, Some(&key_a)).await.unwrap().1.is_some(),
        "keys are a tenant's own"
    );
    let destination = Destination::Webhook(WebhookDestination { url: "https://example.com".into() });
    let request = ChannelRequest { user_id: None, name: "n".into(), destination };
    let made = futures::future::join_all((0..8).map(|_| store.create_channel(&who, &request, Some(&key_a)))).await;
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|(channel, _)| channel.id == made[0].0.id), "one channel");
    assert_eq!(made.iter().filter(|(_, secret)| secret.is_some()).count(), 1);
    assert!(matches!(store.create_channel(&owner(), &request, Some(&key("k", "b"))).await, Err(Error::KeyReused)));
}

async fn a_channel_is_changed_and_preferences_forget_one_that_is_gone(engine: Engine) {
    let (_database, store) = open(engine).await;
    let (gone, kept) = (email_of(&store, Some("ana")).await, email_of(&store, Some("ana")).await);
    let destination = Some(Destination::Email(EmailDestination { address: "ana@example.org".into() }));
    let patch = ChannelPatch { name: Some("at work".into()), destination };
    let changed = store.update_channel(&owner(), kept, &patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.hint.as_str()), ("at work", "ana@example.org"));
    let destination = Some(Destination::Webhook(WebhookDestination { url: "https://example.com".into() }));
    let another_kind = ChannelPatch { name: None, destination };
    assert!(matches!(store.update_channel(&owner(), kept, &another_kind).await, Err(Error::Unfit(_))));
    assert!(matches!(store.update_channel(&stranger(), kept, &patch).await, Err(Error::NotFound { .. })));
    let route = |kind, channel_ids: Vec<ChannelId>| AlertRoute { kind, channel_ids };
    let routes = vec![route(AlertKind::Price, vec![gone]), route(AlertKind::Budget, vec![gone, kept])];
    let preferences = Preferences { routes, quiet_hours: None };
    store.set_preferences(&owner(), Some("ana"), &preferences).await.unwrap();
    store.delete_channel(&owner(), gone).await.unwrap();
    let left = store.preferences(&owner(), Some("ana")).await.unwrap();
    assert_eq!(left.routes, [route(AlertKind::Budget, vec![kept])]);
    store.set_preferences(&owner(), Some("ana"), &left).await.unwrap();
    let of_ana = NewAlert { user_id: Some("ana".into()), ..new_alert("price") };
    store.raise_alert(&owner(), &of_ana).await.unwrap();
    assert_eq!(messages(&store, &owner()).await.len(), 1, "who removes a channel does not go deaf");
}

async fn lists_are_paged_and_filtered(engine: Engine) {
    let (_database, store) = open(engine).await;
    let mut hooks = Vec::new();
    for _ in 0..3 {
        hooks.push(webhook_of(&store, &owner(), &[]).await.id);
    }
    let page = store.webhooks(&owner(), Some(hooks[2]), 1).await.unwrap();
    assert_eq!(page.iter().map(|hook| hook.id).collect::<Vec<_>>(), [hooks[1]]);
    let (of_ana, of_house) = (email_of(&store, Some("ana")).await, email_of(&store, None).await);
    let list = async |filter: ChannelFilter| -> Vec<ChannelId> {
        store.channels(&owner(), &filter, 10).await.unwrap().iter().map(|channel| channel.id).collect()
    };
    assert_eq!(list(ChannelFilter::default()).await, [of_house, of_ana]);
    assert_eq!(list(ChannelFilter { user_id: Some("ana".into()), ..ChannelFilter::default() }).await, [of_ana]);
    assert_eq!(list(ChannelFilter { before: Some(of_house), ..ChannelFilter::default() }).await, [of_ana]);
    assert!(list(ChannelFilter { kind: Some(ChannelKind::Slack), ..ChannelFilter::default() }).await.is_empty());
    store.raise_alert(&owner(), &new_alert("mild")).await.unwrap();
    store.raise_alert(&owner(), &NewAlert { severity: Severity::Critical, ..new_alert("wild") }).await.unwrap();
    let filter = AlertFilter { severity: Some(Severity::Critical), ..AlertFilter::default() };
    let found = store.alerts(&owner(), &filter, 10).await.unwrap();
    assert_eq!(found.iter().map(|alert| alert.cause_key.as_str()).collect::<Vec<_>>(), ["wild"]);
}

async fn a_persons_alerts_are_read_past_those_of_others(engine: Engine) {
    let (_database, store) = open(engine).await;
    assert_eq!(store.alert_seq(&owner()).await.unwrap(), 0);
    for number in 0..6 {
        let user_id = Some(if number % 3 == 0 { "ana" } else { "ben" }.to_owned());
        let new = NewAlert { user_id, ..new_alert(&number.to_string()) };
        store.raise_alert(&owner(), &new).await.unwrap();
    }
    let first = store.alerts_after(&owner(), Some("ana"), 0, 1).await.unwrap();
    assert_eq!((first.alerts.len(), first.is_more, first.upto), (1, true, first.alerts[0].seq));
    let rest = store.alerts_after(&owner(), Some("ana"), first.upto, 10).await.unwrap();
    assert_eq!((rest.alerts.len(), rest.is_more), (1, false));
    assert_eq!(rest.upto, store.alert_seq(&owner()).await.unwrap(), "what others have is not looked at again");
    let none = store.alerts_after(&owner(), Some("ana"), rest.upto, 10).await.unwrap();
    assert!(none.alerts.is_empty() && none.upto == rest.upto);
}

/// An hour of this database passes in a second and a half.
async fn hurried(engine: Engine) -> (TestDatabase, Store) {
    let mut database = TestDatabase::create(engine).await;
    database.simulate("2030-01-01T00:00:00Z".parse().unwrap(), 2_400);
    let store = database.connect().await;
    (database, store)
}

async fn a_lease_lasts_as_long_in_real_time_however_fast_time_runs(engine: Engine) {
    let (_database, store) = hurried(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    store.ping_webhook(&owner(), hook.id).await.unwrap();
    let paces = Paces { webhook: Pace { interval: Duration::from_secs(30), in_flight: 2 }, ..PACES };
    let claimed = store.claim_deliveries(10, LEASE, &paces).await.unwrap().deliveries.remove(0);
    let real = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let off = (store.clock().on_walls(claimed.claimed_at) - real).num_seconds().abs();
    assert!(off < 30, "signatures carry the time that receivers have: {off} s");
    assert!(store.now().await.unwrap() - real > chrono::Duration::days(365), "and it is another than ours");
    let begun = store.now().await.unwrap();
    // Two minutes of this database: the lease of one would be over.
    while store.now().await.unwrap() - begun < chrono::Duration::minutes(2) {}
    assert!(claim(&store).await.is_empty(), "the lease holds");
    assert!(store.finish_delivery(&claimed, &Finish::Delivered { status: None }).await.unwrap());
    store.ping_webhook(&owner(), hook.id).await.unwrap();
    let held_back = store.claim_deliveries(10, LEASE, &paces).await.unwrap();
    let wait = held_back.free_in.unwrap();
    assert!(
        held_back.deliveries.is_empty() && wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
        "{wait:?}"
    );
}

async fn control_a_lease_that_ran_with_the_clock_would_be_over(engine: Engine) {
    let (_database, store) = hurried(engine).await;
    let hook = webhook_of(&store, &owner(), &[]).await;
    store.ping_webhook(&owner(), hook.id).await.unwrap();
    let begun = store.now().await.unwrap();
    // A lease of 25 ms is a minute of this database.
    store.claim_deliveries(10, LEASE / 2_400, &PACES).await.unwrap();
    while store.now().await.unwrap() - begun < chrono::Duration::minutes(2) {}
    assert_eq!(claim(&store).await.len(), 1);
}
