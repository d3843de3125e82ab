//! Sending: a worker takes due messages under a lease and a fence, as many of each target as its pace allows.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::{
    ChannelId, DeliveryId, Fence, TargetId, TenantId, WebhookId,
    channel::{ChannelKind, Destination},
    time::from_micros,
    webhook::{Secret, WebhookEvent},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{at, channel::read_destination, webhook::read_keys};
use crate::{Error, Store, job::word};

/// Messages of one target that are on their way at once, whatever its pace says.
const IN_FLIGHT_MAX: u32 = 2;
/// Due rows that one claim looks at.
const LOOKED_AT_MAX: u32 = 1_000;
/// Claims take turns on Postgres by this advisory lock: what is in flight is counted before more is taken.
const CLAIM_LOCK: i64 = 0x706f_7274_6f75_7462;

/// How fast one kind of target may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time that each message takes up.
    pub interval: Duration,
    /// Messages on their way at once, at most 2.
    pub in_flight: u32,
}

/// How fast targets may be told, by kind. The limits hold over all workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paces {
    /// Webhooks, and channels of that kind.
    pub webhook: Pace,
    pub email: Pace,
    pub slack: Pace,
    pub pagerduty: Pace,
}

impl Paces {
    fn of(&self, kind: ChannelKind) -> Pace {
        match kind {
            ChannelKind::Webhook => self.webhook,
            ChannelKind::Email => self.email,
            ChannelKind::Slack => self.slack,
            ChannelKind::Pagerduty => self.pagerduty,
        }
    }
}

/// Where a message goes, with the keys for it.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryTarget {
    /// An address, and the secrets that sign now, the newest first.
    Webhook { url: String, secrets: Vec<Secret> },
    /// A mailbox, Slack or PagerDuty.
    Channel(Destination),
}

/// A message in a worker's hands.
#[derive(Debug, Clone)]
pub struct ClaimedDelivery {
    pub id: DeliveryId,
    pub tenant: TenantId,
    pub event: WebhookEvent,
    pub payload: String,
    /// This one counted.
    pub attempts: i32,
    pub fence: Fence,
    pub created_at: DateTime<Utc>,
    pub claimed_at: DateTime<Utc>,
    pub target_id: TargetId,
    /// None: it was removed, or disabled.
    pub target: Option<DeliveryTarget>,
}

/// What a claim found.
#[derive(Debug, Clone, Default)]
pub struct DueDeliveries {
    pub deliveries: Vec<ClaimedDelivery>,
    /// When the first target that is held back by its pace is free again, counted from the claim.
    pub free_in: Option<Duration>,
}

/// A due message, and what is known of its target.
struct Candidate {
    id: DeliveryId,
    target: TargetId,
    pace: Pace,
    in_flight: u32,
}

impl Store {
    /// Takes due messages, and those whose lease ran out: the oldest of each target, as many as its pace allows. So a target
    /// that stalls or has a long backlog keeps no other one waiting. Leases and paces last as long in real time, however fast
    /// the database's runs.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn claim_deliveries(&self, limit: usize, lease: Duration, paces: &Paces) -> Result<DueDeliveries, Error> {
        // The usual answer, from one probe of an index.
        let sql = "SELECT 1 AS found FROM deliveries WHERE finished_at IS NULL AND next_at <= {as_of} LIMIT 1";
        if limit == 0 || (self.is_fenced() && self.sql.one(&self.write, sql, []).await?.is_none()) {
            return Ok(DueDeliveries::default());
        }
        let tx = self.begin().await?;
        let due = self.claim_in(&tx, limit, lease, paces).await;
        match &due {
            Ok(_) => tx.commit().await?,
            Err(_) => tx.rollback().await?,
        }
        due
    }

    async fn claim_in(
        &self,
        tx: &impl ConnectionTrait,
        limit: usize,
        lease: Duration,
        paces: &Paces,
    ) -> Result<DueDeliveries, Error> {
        if !self.takes_turn(tx).await? {
            return Ok(DueDeliveries::default());
        }
        let mut chosen: BTreeMap<TargetId, (u32, Pace)> = BTreeMap::new();
        let mut ids = Vec::new();
        for candidate in self.candidates(tx, paces).await? {
            let (count, _) = chosen.entry(candidate.target).or_insert((0, candidate.pace));
            if ids.len() < limit && candidate.in_flight + *count < candidate.pace.in_flight.min(IN_FLIGHT_MAX) {
                *count += 1;
                ids.push(candidate.id);
            }
        }
        let rows = self.take(tx, &ids, lease).await?;
        let mut held: BTreeMap<TargetId, Duration> = BTreeMap::new();
        for row in &rows {
            let target = row.try_get("", "target_id")?;
            *held.entry(target).or_default() += chosen.get(&target).map_or(Duration::ZERO, |(_, pace)| pace.interval);
        }
        self.note_paces(tx, &held).await?;
        let deliveries = self.with_targets(tx, &rows).await?;
        Ok(DueDeliveries { deliveries, free_in: self.free_in(tx).await? })
    }

    /// Takes those of the messages that nobody is writing to right now: whoever waits for nobody is in no deadlock.
    async fn take(
        &self,
        tx: &impl ConnectionTrait,
        ids: &[DeliveryId],
        lease: Duration,
    ) -> Result<Vec<QueryResult>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "UPDATE deliveries SET status = 'sending', attempts = attempts + 1, fence = fence + 1, next_at = {{now}} + $1 \
             WHERE id IN (SELECT x.id FROM deliveries x WHERE x.id IN ({}) AND x.finished_at IS NULL AND {} {{skip_locked}}) \
             RETURNING *, {{now}} AS now",
            self.ids_in("$2"),
            self.is_due()
        );
        Ok(self.sql.all(tx, &sql, [self.sql.span(lease).into(), self.ids_json(ids)]).await?)
    }

    /// Of a message `x` that is not finished.
    fn is_due(&self) -> &'static str {
        // The other branch is a control for tests: without the lease everybody takes it.
        if self.is_fenced() { "x.next_at <= {as_of}" } else { "(x.next_at <= {as_of} OR x.status = 'sending')" }
    }

    /// False: another worker is claiming right now.
    async fn takes_turn(&self, tx: &impl ConnectionTrait) -> Result<bool, Error> {
        if !self.sql.is_postgres() {
            return Ok(true);
        }
        let sql = format!("SELECT pg_try_advisory_xact_lock({CLAIM_LOCK}) AS mine");
        let row = self.sql.one(tx, &sql, []).await?;
        Ok(row.is_some_and(|row| row.try_get("", "mine").unwrap_or(false)))
    }

    /// The oldest due messages of each target that may be told now, the most overdue first.
    async fn candidates(&self, tx: &impl ConnectionTrait, paces: &Paces) -> Result<Vec<Candidate>, Error> {
        // Targets are found by jumping from one to the next in an index: their backlogs may be long.
        let is_due = self.is_due();
        let oldest = if self.sql.is_postgres() {
            format!(
                "JOIN LATERAL (SELECT x.id, x.next_at FROM deliveries x WHERE x.target_id = t.id AND x.finished_at IS NULL \
                 AND {is_due} ORDER BY x.next_at LIMIT {IN_FLIGHT_MAX}) d ON true"
            )
        } else {
            format!(
                "JOIN deliveries d ON d.id IN (SELECT x.id FROM deliveries x WHERE x.target_id = t.id AND x.finished_at IS NULL \
                 AND {is_due} ORDER BY x.next_at LIMIT {IN_FLIGHT_MAX})"
            )
        };
        let sql = format!(
            "WITH RECURSIVE t(id) AS (\
                SELECT * FROM (SELECT target_id FROM deliveries WHERE finished_at IS NULL ORDER BY target_id LIMIT 1) f \
                UNION ALL SELECT (SELECT n.target_id FROM deliveries n WHERE n.finished_at IS NULL AND n.target_id > t.id \
                    ORDER BY n.target_id LIMIT 1) FROM t WHERE t.id IS NOT NULL) \
             SELECT d.id, t.id AS target_id, COALESCE(c.kind, 'webhook') AS kind, \
                (SELECT count(*) FROM deliveries s WHERE s.target_id = t.id AND s.status = 'sending' AND s.next_at > {{as_of}}) AS in_flight \
             FROM t {oldest} LEFT JOIN delivery_paces p ON p.target_id = t.id LEFT JOIN channels c ON c.id = t.id \
             WHERE COALESCE(p.free_at, 0) <= {{as_of}} ORDER BY d.next_at LIMIT {LOOKED_AT_MAX}"
        );
        let rows = self.sql.all(tx, &sql, []).await?;
        rows.iter()
            .map(|row| {
                let kind = word(row, "channels", "kind", ChannelKind::from_word)?;
                let in_flight: i64 = row.try_get("", "in_flight")?;
                Ok(Candidate {
                    id: row.try_get("", "id")?,
                    target: row.try_get("", "target_id")?,
                    pace: paces.of(kind),
                    in_flight: if self.is_fenced() { u32::try_from(in_flight).unwrap_or(u32::MAX / 2) } else { 0 },
                })
            })
            .collect()
    }

    /// Holds the targets back for as long as what was taken takes up.
    async fn note_paces(&self, tx: &impl ConnectionTrait, held: &BTreeMap<TargetId, Duration>) -> Result<(), Error> {
        if held.is_empty() {
            return Ok(());
        }
        let mut places = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for (target, lasts) in held {
            places.push(format!("(${}, {{now}} + ${})", values.len() + 1, values.len() + 2));
            values.extend([(*target).into(), self.sql.span(*lasts).into()]);
        }
        let sql = format!(
            "INSERT INTO delivery_paces (target_id, free_at) VALUES {} \
             ON CONFLICT (target_id) DO UPDATE SET free_at = excluded.free_at",
            places.join(", ")
        );
        self.sql.execute(tx, &sql, values).await?;
        Ok(())
    }

    async fn free_in(&self, tx: &impl ConnectionTrait) -> Result<Option<Duration>, Error> {
        let sql = "SELECT min(free_at) - {now} AS wait FROM delivery_paces WHERE free_at > {as_of}";
        let Some(row) = self.sql.one(tx, sql, []).await? else { return Ok(None) };
        let wait: Option<i64> = row.try_get("", "wait")?;
        let wait = wait.map(|wait| Duration::from_micros(u64::try_from(wait).unwrap_or(0)));
        Ok(wait.map(|wait| self.clock().real_span(wait)))
    }

    /// Reads the targets of what was claimed, those of each kind at once.
    async fn with_targets(
        &self,
        tx: &impl ConnectionTrait,
        rows: &[QueryResult],
    ) -> Result<Vec<ClaimedDelivery>, Error> {
        let ids = rows.iter().map(|row| row.try_get::<TargetId>("", "target_id")).collect::<Result<Vec<_>, _>>()?;
        let mut targets: HashMap<TargetId, DeliveryTarget> = HashMap::new();
        let sql = format!("SELECT *, {{now}} AS now FROM webhooks WHERE enabled AND id IN ({})", self.ids_in("$1"));
        for row in self.sql.all(tx, &sql, [self.ids_json(&ids)]).await? {
            let secrets = read_keys(&row)?.valid(at(&row, "now")?);
            let target = DeliveryTarget::Webhook { url: row.try_get("", "url")?, secrets };
            targets.insert(row.try_get::<WebhookId>("", "id")?.into(), target);
        }
        let sql = format!("SELECT * FROM channels WHERE id IN ({})", self.ids_in("$1"));
        for row in self.sql.all(tx, &sql, [self.ids_json(&ids)]).await? {
            let secret: Option<String> = row.try_get("", "secret")?;
            let target = match read_destination(&row)? {
                Destination::Webhook(webhook) => {
                    DeliveryTarget::Webhook { url: webhook.url, secrets: secret.into_iter().map(Secret::new).collect() }
                }
                other => DeliveryTarget::Channel(other),
            };
            targets.insert(row.try_get::<ChannelId>("", "id")?.into(), target);
        }
        rows.iter().zip(ids).map(|(row, id)| read_claimed(row, id, targets.get(&id).cloned())).collect()
    }
}

fn read_claimed(
    row: &QueryResult,
    target_id: TargetId,
    target: Option<DeliveryTarget>,
) -> Result<ClaimedDelivery, Error> {
    Ok(ClaimedDelivery {
        id: row.try_get("", "id")?,
        tenant: row.try_get("", "tenant_id")?,
        event: word(row, "deliveries", "event", WebhookEvent::from_word)?,
        payload: row.try_get("", "payload")?,
        attempts: row.try_get("", "attempts")?,
        fence: Fence(row.try_get("", "fence")?),
        created_at: at(row, "created_at")?,
        claimed_at: from_micros(row.try_get("", "now")?),
        target_id,
        target,
    })
}
