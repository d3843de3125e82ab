//! Alerts as people read and answer them.

use chrono::{DateTime, Utc};
use domain::{
    AlertId,
    alert::{AlertKind, AlertRecord, AlertStatus, Severity},
    time::to_micros,
    webhook::WebhookEvent,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{at, at_optional};
use crate::{
    Error, Owner, Store,
    job::{json_column, word},
    retention::days,
};

/// Alerts that one read returns at most.
const PAGE_MAX: u64 = 500;
/// The alert of a cause that is not resolved: there is one at most.
const STANDING: &str = "SELECT id FROM alerts WHERE tenant_id = $1 AND cause_key = $2 AND status <> 'resolved'";
/// Alerts that one look for ended snoozes brings back at most.
const WOKEN_MAX: u32 = 100;

/// Which alerts to list.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    pub user_id: Option<String>,
    pub status: Option<AlertStatus>,
    pub kind: Option<AlertKind>,
    pub severity: Option<Severity>,
    /// Only alerts made before this one: the cursor.
    pub before: Option<AlertId>,
}

/// What happened after a number.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertChanges {
    pub alerts: Vec<AlertRecord>,
    /// Up to this number nothing else happened to what was asked for.
    pub upto: i64,
    pub is_more: bool,
}

/// What somebody does to an alert.
struct Change<'a> {
    to: AlertStatus,
    /// From which states it can be done; from others the alert stays as it is.
    from: &'a [AlertStatus],
    event: Option<WebhookEvent>,
    by: Option<&'a str>,
    until: Option<DateTime<Utc>>,
}

const RESOLVE: Change<'_> = Change {
    to: AlertStatus::Resolved,
    from: &[AlertStatus::Open, AlertStatus::Acknowledged, AlertStatus::Snoozed],
    event: Some(WebhookEvent::AlertResolved),
    by: None,
    until: None,
};

impl Store {
    /// One alert.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn alert(&self, owner: &Owner, id: AlertId) -> Result<AlertRecord, Error> {
        let sql = "SELECT * FROM alerts WHERE id = $1 AND tenant_id = $2";
        let row = self.sql.one(&self.read, sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_alert(&row.ok_or_else(|| not_found(id))?)
    }

    /// The owner's alerts, newest first, at most 500.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn alerts(&self, owner: &Owner, filter: &AlertFilter, limit: u64) -> Result<Vec<AlertRecord>, Error> {
        let mut sql = "SELECT * FROM alerts WHERE tenant_id = $1".to_owned();
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        let mut narrow = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(user_id) = &filter.user_id {
            narrow("user_id =", user_id.clone().into());
        }
        if let Some(status) = filter.status {
            narrow("status =", status.word().into());
        }
        if let Some(kind) = filter.kind {
            narrow("kind =", kind.word().into());
        }
        if let Some(severity) = filter.severity {
            narrow("severity =", severity.word().into());
        }
        if let Some(before) = filter.before {
            narrow("id <", before.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", limit.min(PAGE_MAX)));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_alert).collect()
    }

    /// The newest number of the owner's alerts; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn alert_seq(&self, owner: &Owner) -> Result<i64, Error> {
        let sql = "SELECT seq FROM alert_counters WHERE tenant_id = $1";
        let row = self.sql.one(&self.read, sql, [owner.tenant.clone().into()]).await?;
        Ok(row.map(|row| row.try_get("", "seq")).transpose()?.unwrap_or(0))
    }

    /// The owner's alerts that changed after `seq`, of one person if one is named, in the order of their changes, at most
    /// 500: for a stream that goes on where it was cut. Of several changes of one alert the last is seen.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn alerts_after(
        &self,
        owner: &Owner,
        user_id: Option<&str>,
        seq: i64,
        limit: u64,
    ) -> Result<AlertChanges, Error> {
        // Read first: numbers become visible in their order, so what is read next has everything up to this one.
        let newest = self.alert_seq(owner).await?;
        if newest <= seq {
            return Ok(AlertChanges { alerts: Vec::new(), upto: seq, is_more: false });
        }
        let limit = limit.min(PAGE_MAX);
        let mut values: Vec<Value> = vec![owner.tenant.clone().into(), seq.into()];
        let mut of_user = "";
        if let Some(user_id) = user_id {
            values.push(user_id.into());
            of_user = "AND user_id = $3";
        }
        let sql =
            format!("SELECT * FROM alerts WHERE tenant_id = $1 AND seq > $2 {of_user} ORDER BY seq LIMIT {limit}");
        let rows = self.sql.all(&self.read, &sql, values).await?;
        let alerts = rows.iter().map(read_alert).collect::<Result<Vec<_>, _>>()?;
        let last = alerts.last().map_or(seq, |alert| alert.seq);
        let is_more = alerts.len() as u64 == limit;
        Ok(AlertChanges { upto: if is_more { last } else { newest.max(last) }, alerts, is_more })
    }

    /// The alert of a cause that is not resolved. None: there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn standing_alert(&self, owner: &Owner, cause_key: &str) -> Result<Option<AlertId>, Error> {
        let row = self.sql.one(&self.write, STANDING, [owner.tenant.clone().into(), cause_key.into()]).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?)
    }

    /// Says that somebody takes care of it. One that is resolved, or was acknowledged before, stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn acknowledge_alert(&self, owner: &Owner, id: AlertId, by: &str) -> Result<AlertRecord, Error> {
        let change = Change {
            to: AlertStatus::Acknowledged,
            from: &[AlertStatus::Open, AlertStatus::Snoozed],
            event: Some(WebhookEvent::AlertAcknowledged),
            by: Some(by),
            until: None,
        };
        self.change_alert(owner, id, &change).await
    }

    /// Puts it off: it comes back, and is told again, at `until`. One that is resolved stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn snooze_alert(
        &self,
        owner: &Owner,
        id: AlertId,
        by: &str,
        until: DateTime<Utc>,
    ) -> Result<AlertRecord, Error> {
        let change = Change {
            to: AlertStatus::Snoozed,
            from: &[AlertStatus::Open, AlertStatus::Acknowledged, AlertStatus::Snoozed],
            event: None,
            by: Some(by),
            until: Some(until),
        };
        self.change_alert(owner, id, &change).await
    }

    /// Says that its cause is gone: the next raise of the cause makes a new alert.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn resolve_alert(&self, owner: &Owner, id: AlertId) -> Result<AlertRecord, Error> {
        self.change_alert(owner, id, &RESOLVE).await
    }

    /// Resolves the alert that `cause_key` raised. None: there is none that stands.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn resolve_cause(&self, owner: &Owner, cause_key: &str) -> Result<Option<AlertRecord>, Error> {
        match self.standing_alert(owner, cause_key).await? {
            Some(id) => Ok(Some(self.resolve_alert(owner, id).await?)),
            None => Ok(None),
        }
    }

    /// The same inside a transaction that takes the cause away; without an alert it costs a probe of one index.
    pub(crate) async fn resolve_cause_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        cause_key: &str,
    ) -> Result<(), Error> {
        let row = self.sql.one(tx, STANDING, [owner.tenant.clone().into(), cause_key.into()]).await?;
        if let Some(row) = row {
            self.change_alert_in(tx, owner, row.try_get("", "id")?, &RESOLVE).await?;
        }
        Ok(())
    }

    /// Brings alerts back whose snooze is over, and tells of them; says of which. Any number of workers may ask at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn wake_alerts(&self) -> Result<Vec<(Owner, AlertRecord)>, Error> {
        let sql = format!(
            "SELECT id, tenant_id FROM alerts WHERE status = 'snoozed' AND snoozed_until <= {{as_of}} LIMIT {WOKEN_MAX}"
        );
        let mut woken = Vec::new();
        for row in self.sql.all(&self.read, &sql, []).await? {
            let owner = Owner::new(row.try_get("", "tenant_id")?);
            let tx = self.begin().await?;
            match self.wake_in(&tx, &owner, row.try_get("", "id")?).await {
                Ok(Some(alert)) => {
                    tx.commit().await?;
                    woken.push((owner, alert));
                }
                Ok(None) => tx.rollback().await?,
                Err(error) => {
                    tx.rollback().await?;
                    return Err(error);
                }
            }
        }
        Ok(woken)
    }

    async fn wake_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        id: AlertId,
    ) -> Result<Option<AlertRecord>, Error> {
        let (seq, now) = self.next_alert_seq(tx, &owner.tenant).await?;
        let sql = "UPDATE alerts SET status = 'open', snoozed_until = NULL, seq = $2, updated_at = $3 \
                   WHERE id = $1 AND status = 'snoozed' AND snoozed_until <= $3 RETURNING *";
        let Some(row) = self.sql.one(tx, sql, [id.into(), seq.into(), to_micros(now).into()]).await? else {
            return Ok(None);
        };
        let alert = read_alert(&row)?;
        self.tell_of_alert(tx, &owner.tenant, WebhookEvent::AlertRaised, &alert, now).await?;
        Ok(Some(alert))
    }

    async fn change_alert(&self, owner: &Owner, id: AlertId, change: &Change<'_>) -> Result<AlertRecord, Error> {
        let tx = self.begin().await?;
        match self.change_alert_in(&tx, owner, id, change).await {
            Ok(Some(alert)) => {
                tx.commit().await?;
                Ok(alert)
            }
            Ok(None) => {
                tx.rollback().await?;
                self.alert(owner, id).await
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }

    /// None: it stays as it is, or there is none.
    async fn change_alert_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        id: AlertId,
        change: &Change<'_>,
    ) -> Result<Option<AlertRecord>, Error> {
        let (seq, now) = self.next_alert_seq(tx, &owner.tenant).await?;
        let from: Vec<String> = change.from.iter().map(|status| format!("'{status}'")).collect();
        let sql = format!(
            "UPDATE alerts SET status = $3, snoozed_until = $4, acknowledged_by = COALESCE($5, acknowledged_by), seq = $6, \
             updated_at = $7 WHERE id = $1 AND tenant_id = $2 AND status IN ({}) RETURNING *",
            from.join(", ")
        );
        let values: Vec<Value> = vec![
            id.into(),
            owner.tenant.clone().into(),
            change.to.word().into(),
            change.until.map(to_micros).into(),
            change.by.map(str::to_owned).into(),
            seq.into(),
            to_micros(now).into(),
        ];
        let Some(row) = self.sql.one(tx, &sql, values).await? else { return Ok(None) };
        let alert = read_alert(&row)?;
        if let Some(event) = change.event {
            self.tell_of_alert(tx, &owner.tenant, event, &alert, now).await?;
        }
        Ok(Some(alert))
    }

    /// Forgets alerts that were resolved so many days ago; with 0, none.
    pub(crate) async fn prune_alerts(&self, kept_days: u32, rows_max: u32) -> Result<u64, Error> {
        if kept_days == 0 {
            return Ok(0);
        }
        let sql = format!(
            "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE status = 'resolved' AND updated_at < {{as_of}} - {} \
             LIMIT {rows_max} {{skip_locked}})",
            days(kept_days)
        );
        Ok(self.sql.execute(&self.write, &sql, []).await?.rows_affected())
    }
}

fn not_found(id: AlertId) -> Error {
    Error::NotFound { what: "alert", id: id.to_string() }
}

pub(super) fn read_alert(row: &QueryResult) -> Result<AlertRecord, Error> {
    Ok(AlertRecord {
        id: row.try_get("", "id")?,
        seq: row.try_get("", "seq")?,
        user_id: row.try_get("", "user_id")?,
        kind: word(row, "alerts", "kind", AlertKind::from_word)?,
        severity: word(row, "alerts", "severity", Severity::from_word)?,
        title: row.try_get("", "title")?,
        body: row.try_get("", "body")?,
        data: json_column(row, "alerts", "data")?.unwrap_or_default(),
        cause_key: row.try_get("", "cause_key")?,
        status: word(row, "alerts", "status", AlertStatus::from_word)?,
        occurrences: row.try_get("", "occurrences")?,
        acknowledged_by: row.try_get("", "acknowledged_by")?,
        snoozed_until: at_optional(row, "snoozed_until")?,
        created_at: at(row, "created_at")?,
        updated_at: at(row, "updated_at")?,
    })
}
