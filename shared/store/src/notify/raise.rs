//! Raising an alert: one for each cause, however often and by however many the cause is seen.

use chrono::{DateTime, Utc};
use domain::{
    AlertId, TenantId,
    alert::{AlertRecord, AlertStatus, NewAlert, UNRESOLVED_MAX},
    time::from_micros,
    webhook::WebhookEvent,
};
use sea_orm::{ConnectionTrait, Value};

use super::alert::read_alert;
use crate::{Error, Owner, Store};

/// An alert, and whether anybody was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    pub alert: AlertRecord,
    /// It is new, or got more severe. Otherwise the same cause had raised it before, and the raise was only counted.
    pub is_news: bool,
}

/// Severities in their order, for comparing them in SQL.
const RANK: &str = "CASE severity WHEN 'info' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END";

impl Store {
    /// Raises an alert and writes its messages, in one transaction. While an alert of the same cause is not resolved, the
    /// raise is counted on it and its text replaced; people are told again only when it got more severe.
    ///
    /// # Errors
    /// [`Error::Unfit`] when a text is too long; [`Error::TooMany`] when the tenant has too many unresolved alerts.
    pub async fn raise_alert(&self, owner: &Owner, new: &NewAlert) -> Result<Raised, Error> {
        new.check().map_err(Error::Unfit)?;
        // A storm's raises end here: one statement each, and no lock but that of the alert's row.
        if let Some(alert) = self.count_raise(&self.write, owner, new).await? {
            return Ok(Raised { alert, is_news: false });
        }
        let tx = self.begin().await?;
        let raised = self.raise_in(&tx, owner, new).await;
        match &raised {
            Ok(_) => tx.commit().await?,
            Err(_) => tx.rollback().await?,
        }
        raised
    }

    /// The same inside a transaction that is about the alert's cause. The caller has seen to the lengths of its texts.
    pub(crate) async fn raise_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        new: &NewAlert,
    ) -> Result<Raised, Error> {
        let (seq, now) = self.next_alert_seq(tx, &owner.tenant).await?;
        // Behind the counter's lock nobody else raises; somebody may have while we waited for it.
        if let Some(alert) = self.count_raise(tx, owner, new).await? {
            return Ok(Raised { alert, is_news: false });
        }
        let alert = match self.escalate(tx, owner, new, seq).await? {
            Some(alert) => alert,
            None => self.insert_alert(tx, owner, new, seq).await?,
        };
        self.tell_of_alert(tx, &owner.tenant, WebhookEvent::AlertRaised, &alert, now).await?;
        Ok(Raised { alert, is_news: true })
    }

    /// The same beside something that matters more, and is told elsewhere, too: where the tenant has too many unresolved
    /// alerts, that is written without one.
    pub(crate) async fn raise_beside(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        new: &NewAlert,
    ) -> Result<(), Error> {
        match self.raise_in(tx, owner, new).await {
            Err(error @ Error::TooMany { .. }) => {
                tracing::warn!(alert.cause = %new.cause_key, "The alert {} was not raised: {error}", new.cause_key);
                Ok(())
            }
            raised => raised.map(drop),
        }
    }

    /// The next number of the tenant's alerts, and the time. Until the transaction ends, nobody else gets one: so numbers
    /// become visible in their order, and whoever has read up to one misses none.
    pub(super) async fn next_alert_seq(
        &self,
        tx: &impl ConnectionTrait,
        tenant: &TenantId,
    ) -> Result<(i64, DateTime<Utc>), Error> {
        let sql = "INSERT INTO alert_counters (tenant_id, seq) VALUES ($1, 1) \
                   ON CONFLICT (tenant_id) DO UPDATE SET seq = alert_counters.seq + 1 RETURNING seq, {now} AS now";
        let row = self.sql.one(tx, sql, [tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| Error::corrupt("alert_counters", tenant, "no row"))?;
        Ok((row.try_get("", "seq")?, from_micros(row.try_get("", "now")?)))
    }

    /// Counts a raise on an alert that stands and is at least as severe.
    async fn count_raise(
        &self,
        db: &impl ConnectionTrait,
        owner: &Owner,
        new: &NewAlert,
    ) -> Result<Option<AlertRecord>, Error> {
        let sql = format!(
            "UPDATE alerts SET occurrences = occurrences + 1, title = $4, body = $5, data = $6, updated_at = {{now}} \
             WHERE tenant_id = $1 AND cause_key = $2 AND status <> 'resolved' AND {RANK} >= {} RETURNING *",
            RANK.replace("severity", "$3")
        );
        let row = self.sql.one(db, &sql, raise_values(owner, new)).await?;
        row.as_ref().map(read_alert).transpose()
    }

    /// Makes an alert that stands as severe as the new raise, and opens it again.
    async fn escalate(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        new: &NewAlert,
        seq: i64,
    ) -> Result<Option<AlertRecord>, Error> {
        let sql = "UPDATE alerts SET occurrences = occurrences + 1, severity = $3, title = $4, body = $5, data = $6, seq = $7, \
                   status = 'open', snoozed_until = NULL, acknowledged_by = NULL, updated_at = {now} \
                   WHERE tenant_id = $1 AND cause_key = $2 AND status <> 'resolved' RETURNING *";
        let mut values = raise_values(owner, new);
        values.push(seq.into());
        let row = self.sql.one(tx, sql, values).await?;
        row.as_ref().map(read_alert).transpose()
    }

    async fn insert_alert(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        new: &NewAlert,
        seq: i64,
    ) -> Result<AlertRecord, Error> {
        let sql = format!(
            "SELECT count(*) AS standing FROM (SELECT 1 FROM alerts WHERE tenant_id = $1 AND status <> 'resolved' LIMIT {UNRESOLVED_MAX}) s"
        );
        let standing: i64 = match self.sql.one(tx, &sql, [owner.tenant.clone().into()]).await? {
            Some(row) => row.try_get("", "standing")?,
            None => 0,
        };
        if standing >= i64::from(UNRESOLVED_MAX) {
            return Err(Error::TooMany { what: "unresolved alerts", most: UNRESOLVED_MAX });
        }
        let sql = "INSERT INTO alerts (id, tenant_id, user_id, seq, kind, severity, title, body, data, cause_key, status, created_at, \
                   updated_at) SELECT $8, $1, $9, $7, $10, $3, $4, $5, $6, $2, $11, t.now, t.now FROM (SELECT {now} AS now) t \
                   RETURNING *";
        let mut values = raise_values(owner, new);
        values.extend::<[Value; 5]>([
            seq.into(),
            AlertId::new().into(),
            new.user_id.clone().into(),
            new.kind.word().into(),
            AlertStatus::Open.word().into(),
        ]);
        let row = self.sql.one(tx, sql, values).await?;
        read_alert(&row.ok_or_else(|| Error::corrupt("alerts", &new.cause_key, "no row"))?)
    }
}

/// Tenant, cause, severity, title, body and data: the first six of every statement here.
fn raise_values(owner: &Owner, new: &NewAlert) -> Vec<Value> {
    vec![
        owner.tenant.clone().into(),
        new.cause_key.clone().into(),
        new.severity.word().into(),
        new.title.clone().into(),
        new.body.clone().into(),
        new.data.to_string().into(),
    ]
}
