//! Writes the messages of a change, in the change's own transaction: one row for each address that wants to be told.

use chrono::{DateTime, Utc};
use domain::{
    ChannelId, JobId, TenantId,
    alert::{AlertRecord, Preferences},
    channel::ChannelKind,
    time::to_micros,
    webhook::WebhookEvent,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;

use crate::{
    Error, Store,
    job::{json_column, word},
    sql::Sql,
};

/// The columns of `jobs` that messages of jobs are made of.
pub(crate) const JOB_COLUMNS: &str = "tenant_id, user_id, workflow, status, reason, summary, error, seq";

/// Inserts the messages for the webhooks that want to be told of the jobs in `jobs`, an item of a FROM clause with the
/// columns of the table and the state that was just written. Without webhooks it costs a probe of one index.
pub(crate) fn job_messages(sql: &Sql, jobs: &str) -> String {
    let object = sql.json_object();
    format!(
        "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at) \
         SELECT {{new_id}}, j.tenant_id, 'webhook', w.id, 'job.' || j.status, \
            CAST({object}('type', 'job.' || j.status, 'timestamp', {at}, 'data', {object}('job_id', {id}, 'user_id', j.user_id, \
                'workflow', j.workflow, 'status', j.status, 'reason', j.reason, 'summary', j.summary, 'error', {error}, \
                'seq', j.seq)) AS text), \
            'pending', j.updated_at, j.updated_at \
         FROM {jobs} j JOIN webhooks w ON w.tenant_id = j.tenant_id AND w.enabled \
            AND (w.events = '[]' OR w.events LIKE '%\"job.' || j.status || '\"%') \
         WHERE j.status IN ('completed', 'failed', 'cancelled', 'waiting_approval', 'paused')",
        at = sql.iso("j.updated_at"),
        id = sql.uuid_text("j.id"),
        error = sql.json("j.error"),
    )
}

/// For the RETURNING of a statement that changes a job: whether anybody listens, so that a job of a tenant without webhooks
/// costs no statement more. SQLite knows the row by the table's name there, whatever alias the statement gives it.
pub(crate) const IS_TOLD: &str =
    "EXISTS (SELECT 1 FROM webhooks w WHERE w.tenant_id = jobs.tenant_id AND w.enabled) AS is_told";

impl Store {
    /// Writes the messages of one job that just changed its state, if `row`, of the statement that changed it, says that
    /// anybody listens.
    pub(crate) async fn tell_if_told(
        &self,
        tx: &impl ConnectionTrait,
        row: &QueryResult,
        id: JobId,
    ) -> Result<(), Error> {
        if row.try_get("", "is_told")? { self.tell_of_job(tx, id).await } else { Ok(()) }
    }

    /// Writes the messages of one job that just changed its state.
    async fn tell_of_job(&self, tx: &impl ConnectionTrait, id: JobId) -> Result<(), Error> {
        let sql = job_messages(&self.sql, "(SELECT * FROM jobs WHERE id = $1)");
        self.sql.execute(tx, &sql, [id.into()]).await?;
        Ok(())
    }

    /// Writes the messages of an alert that just changed: to webhooks, and to the channels of whom it concerns.
    pub(super) async fn tell_of_alert(
        &self,
        tx: &impl ConnectionTrait,
        tenant: &TenantId,
        event: WebhookEvent,
        alert: &AlertRecord,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let payload = json!({ "type": event, "timestamp": now, "data": alert }).to_string();
        let sql = "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at) \
                   SELECT {new_id}, w.tenant_id, 'webhook', w.id, $2, $3, 'pending', $4, $4 FROM webhooks w \
                   WHERE w.tenant_id = $1 AND w.enabled AND (w.events = '[]' OR w.events LIKE '%\"' || $2 || '\"%')";
        let now_micros = to_micros(now);
        let mut values: Vec<Value> =
            vec![tenant.clone().into(), event.word().into(), payload.into(), now_micros.into()];
        self.sql.execute(tx, sql, values.clone()).await?;
        let preferences = self.preferences_in(tx, tenant, alert.user_id.as_deref()).await?;
        let channels = self.channels_told(tx, tenant, event, alert, &preferences).await?;
        if channels.is_empty() {
            return Ok(());
        }
        let tell_at = match event {
            WebhookEvent::AlertRaised => preferences.tell_at(alert.severity, now),
            // What follows goes to machines, which do not sleep.
            _ => now,
        };
        let sql = format!(
            "INSERT INTO deliveries (id, tenant_id, target_kind, target_id, event, payload, status, next_at, created_at) \
             SELECT {{new_id}}, tenant_id, 'channel', id, $2, $3, 'pending', $5, $4 FROM channels \
             WHERE tenant_id = $1 AND id IN ({})",
            self.ids_in("$6")
        );
        values.extend([to_micros(tell_at).into(), self.ids_json(&channels)]);
        self.sql.execute(tx, &sql, values).await?;
        Ok(())
    }

    /// Which channels are told: of a raised alert all that its reader wants, of what follows only those that keep track.
    async fn channels_told(
        &self,
        tx: &impl ConnectionTrait,
        tenant: &TenantId,
        event: WebhookEvent,
        alert: &AlertRecord,
        preferences: &Preferences,
    ) -> Result<Vec<ChannelId>, Error> {
        let sql = "SELECT id, kind FROM channels WHERE tenant_id = $1 AND COALESCE(user_id, '') = $2";
        let user = alert.user_id.clone().unwrap_or_default();
        let rows = self.sql.all(tx, sql, [tenant.clone().into(), user.into()]).await?;
        let mut told = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: ChannelId = row.try_get("", "id")?;
            let keeps_track = match word(row, "channels", "kind", ChannelKind::from_word)? {
                ChannelKind::Pagerduty | ChannelKind::Webhook => true,
                ChannelKind::Email | ChannelKind::Slack => event == WebhookEvent::AlertRaised,
            };
            if keeps_track && preferences.wants(alert.kind, id) {
                told.push(id);
            }
        }
        Ok(told)
    }

    /// What a person, or without one the tenant, wants to be told.
    pub(super) async fn preferences_in(
        &self,
        db: &impl ConnectionTrait,
        tenant: &TenantId,
        user_id: Option<&str>,
    ) -> Result<Preferences, Error> {
        let sql = "SELECT data FROM preferences WHERE tenant_id = $1 AND user_id = $2";
        let row = self.sql.one(db, sql, [tenant.clone().into(), user_id.unwrap_or_default().into()]).await?;
        let Some(row) = row else { return Ok(Preferences::default()) };
        Ok(json_column(&row, "preferences", "data")?.unwrap_or_default())
    }
}
