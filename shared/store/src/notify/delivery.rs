//! The outbox as its owners see it: what was sent, what is dead, and sending it again.

use std::time::Duration;

use domain::{
    DeliveryId, TargetId,
    delivery::{Delivery, DeliveryStatus, TargetKind},
    webhook::WebhookEvent,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;

use super::{at, at_optional};
use crate::{Error, Owner, Store, claim::micros, job::word, retention::days};

/// Messages that one read returns at most: more than the longest page has, because one more says that there is another page.
const PAGE_MAX: u64 = 500;
/// Messages that one replay of a target's dead ones takes up at most; asked again, it takes the next.
const REPLAYED_MAX: u32 = 1_000;
/// The pace of a target that was told nothing for this long is forgotten.
const PACE_KEPT: Duration = Duration::from_secs(3600);

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Of one webhook or channel.
    pub target: Option<TargetId>,
    pub status: Option<DeliveryStatus>,
    pub event: Option<WebhookEvent>,
    /// Only messages made before this one: the cursor.
    pub before: Option<DeliveryId>,
}

impl Store {
    /// The owner's messages, newest first, at most 100.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn deliveries(&self, owner: &Owner, filter: &DeliveryFilter, limit: u64) -> Result<Vec<Delivery>, Error> {
        let mut sql = "SELECT * FROM deliveries WHERE tenant_id = $1".to_owned();
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        let mut narrow = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(target) = filter.target {
            narrow("target_id =", target.into());
        }
        if let Some(event) = filter.event {
            narrow("event =", event.word().into());
        }
        if let Some(before) = filter.before {
            narrow("id <", before.into());
        }
        if let Some(status) = filter.status {
            // Spelled out, not bound: so the dead list has its index.
            sql.push_str(&format!(" AND status = '{status}'"));
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", limit.min(PAGE_MAX)));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_delivery).collect()
    }

    /// One message.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn delivery(&self, owner: &Owner, id: DeliveryId) -> Result<Delivery, Error> {
        let sql = "SELECT * FROM deliveries WHERE id = $1 AND tenant_id = $2";
        let row = self.sql.one(&self.read, sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_delivery(&row.ok_or_else(|| not_found(id))?)
    }

    /// Sends a delivered or dead message once more, under the same id and with all its attempts before it again. One that is
    /// still on its way stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::TargetOff`] when its target is gone or disabled.
    pub async fn replay_delivery(&self, owner: &Owner, id: DeliveryId) -> Result<Delivery, Error> {
        let delivery = self.delivery(owner, id).await?;
        self.check_target(owner, delivery.target_kind, delivery.target_id).await?;
        let sql = format!("{REPLAY} WHERE id = $1 AND finished_at IS NOT NULL");
        self.sql.execute(&self.write, &sql, [id.into()]).await?;
        self.delivery(owner, id).await
    }

    /// Sends the dead messages of a webhook or channel once more, at most 1,000, oldest first; says how many.
    ///
    /// # Errors
    /// [`Error::TargetOff`] when the target is gone or disabled.
    pub async fn replay_dead(&self, owner: &Owner, kind: TargetKind, target: TargetId) -> Result<u64, Error> {
        self.check_target(owner, kind, target).await?;
        let sql = format!(
            "{REPLAY} WHERE id IN (SELECT id FROM deliveries WHERE tenant_id = $1 AND target_id = $2 AND status = 'dead' \
             ORDER BY id LIMIT {REPLAYED_MAX} {{for_update}}) AND status = 'dead'"
        );
        let values = [owner.tenant.clone().into(), target.into()];
        Ok(self.sql.execute(&self.write, &sql, values).await?.rows_affected())
    }

    async fn check_target(&self, owner: &Owner, kind: TargetKind, target: TargetId) -> Result<(), Error> {
        let sql = match kind {
            TargetKind::Webhook => "SELECT enabled FROM webhooks WHERE id = $1 AND tenant_id = $2",
            TargetKind::Channel => "SELECT 1 = 1 AS enabled FROM channels WHERE id = $1 AND tenant_id = $2",
        };
        match self.sql.one(&self.read, sql, [target.into(), owner.tenant.clone().into()]).await? {
            Some(row) if row.try_get::<bool>("", "enabled")? => Ok(()),
            Some(_) => Err(Error::TargetOff(format!("the {kind} is disabled; enable it first"))),
            None => Err(Error::TargetOff(format!("the {kind} that it went to was removed"))),
        }
    }

    /// Writes a ping into the outbox.
    pub(super) async fn queue_ping(
        &self,
        owner: &Owner,
        kind: TargetKind,
        target: TargetId,
        event: WebhookEvent,
    ) -> Result<Delivery, Error> {
        let payload = json!({ "type": event, "timestamp": self.now().await?, "data": {} }).to_string();
        let sql = "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at) \
                   SELECT $1, $2, $3, $4, $5, $6, 'pending', t.now, t.now FROM (SELECT {now} AS now) t RETURNING *";
        let id = DeliveryId::new();
        let values: Vec<Value> = vec![
            id.into(),
            owner.tenant.clone().into(),
            kind.word().into(),
            target.into(),
            event.word().into(),
            payload.into(),
        ];
        let row = self.sql.one(&self.write, sql, values).await?;
        read_delivery(&row.ok_or_else(|| not_found(id))?)
    }

    /// Puts everything that a target was still to be told on the dead list. The caller has locked the target, or removed it.
    pub(super) async fn bury(&self, tx: &impl ConnectionTrait, target: TargetId, why: &str) -> Result<(), Error> {
        let sql = format!(
            "UPDATE deliveries SET status = 'dead', last_error = $2, finished_at = {{now}} \
             WHERE id IN ({OPEN}) AND finished_at IS NULL"
        );
        self.sql.execute(tx, &sql, [target.into(), why.into()]).await?;
        Ok(())
    }

    /// Locks everything that a target is still to be told.
    pub(super) async fn lock_open(&self, tx: &impl ConnectionTrait, target: TargetId) -> Result<(), Error> {
        if self.sql.is_postgres() {
            self.sql.execute(tx, OPEN, [target.into()]).await?;
        }
        Ok(())
    }

    /// Forgets messages that were finished so many days ago (with 0, none), and the paces of quiet targets.
    pub(crate) async fn prune_deliveries(&self, kept_days: u32, rows_max: u32) -> Result<u64, Error> {
        let mut deleted = 0;
        if kept_days > 0 {
            let sql = format!(
                "DELETE FROM deliveries WHERE id IN \
                 (SELECT id FROM deliveries WHERE finished_at < {{as_of}} - {} LIMIT {rows_max} {{skip_locked}})",
                days(kept_days)
            );
            deleted = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        }
        let sql = format!(
            "DELETE FROM delivery_paces WHERE target_id IN \
             (SELECT target_id FROM delivery_paces WHERE free_at < {{as_of}} - {} LIMIT {rows_max} {{skip_locked}})",
            micros(PACE_KEPT)
        );
        self.sql.execute(&self.write, &sql, []).await?;
        Ok(deleted)
    }
}

/// The fence stays: who still held the row from before it was finished cannot write.
const REPLAY: &str = "UPDATE deliveries SET status = 'pending', attempts = 0, next_at = {now}, finished_at = NULL";

/// What a target is still to be told. Locked in the order of ids, so that no two wait for each other.
const OPEN: &str = "SELECT id FROM deliveries WHERE target_id = $1 AND finished_at IS NULL ORDER BY id {for_update}";

fn not_found(id: DeliveryId) -> Error {
    Error::NotFound { what: "delivery", id: id.to_string() }
}

fn read_delivery(row: &QueryResult) -> Result<Delivery, Error> {
    let status = word(row, "deliveries", "status", DeliveryStatus::from_word)?;
    Ok(Delivery {
        id: row.try_get("", "id")?,
        target_kind: word(row, "deliveries", "target_kind", TargetKind::from_word)?,
        target_id: row.try_get("", "target_id")?,
        event: word(row, "deliveries", "event", WebhookEvent::from_word)?,
        payload: row.try_get("", "payload")?,
        status,
        attempts: row.try_get("", "attempts")?,
        next_at: if status == DeliveryStatus::Pending { Some(at(row, "next_at")?) } else { None },
        last_error: row.try_get("", "last_error")?,
        response_status: row.try_get("", "response_status")?,
        created_at: at(row, "created_at")?,
        finished_at: at_optional(row, "finished_at")?,
    })
}
