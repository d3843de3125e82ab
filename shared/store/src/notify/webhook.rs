//! Webhooks: addresses of customers that are told of events.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    WebhookId,
    delivery::{Delivery, TargetKind},
    time::to_micros,
    webhook::{Secret, WEBHOOKS_MAX, Webhook, WebhookEvent, WebhookPatch, WebhookRequest},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{
    at,
    secret::{self, Keys},
};
use crate::{Error, IdempotencyKey, Owner, Store, job::json_column};

const TABLE: &str = "webhooks";

impl Store {
    /// Makes a webhook of a checked request, or finds the one that the same key made. Its secret is given out only when it
    /// is made.
    ///
    /// # Errors
    /// [`Error::TooMany`] when the tenant has 50; [`Error::KeyReused`].
    pub async fn create_webhook(
        &self,
        owner: &Owner,
        request: &WebhookRequest,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Webhook, Option<Secret>), Error> {
        if let Some(row) = self.made_before(TABLE, owner, key).await? {
            return Ok((read_webhook(&row)?, None));
        }
        let secret = secret::mint();
        // Counted and inserted in one statement. Two at the very same moment may make one too many, which harms nobody.
        let sql = format!(
            "INSERT INTO webhooks (id, tenant_id, url, description, events, secrets, enabled, request_key, request_hash, \
             created_at, updated_at) \
             SELECT $1, $2, $3, $4, $5, $6, true, $7, $8, t.now, t.now FROM (SELECT {{now}} AS now) t \
             WHERE (SELECT count(*) FROM webhooks WHERE tenant_id = $2) < {WEBHOOKS_MAX} \
             ON CONFLICT DO NOTHING RETURNING *, {{now}} AS now"
        );
        let values: Vec<Value> = vec![
            WebhookId::new().into(),
            owner.tenant.clone().into(),
            request.url.clone().into(),
            request.description.clone().unwrap_or_default().into(),
            events_json(&request.events).into(),
            keys_json(&Keys::new(secret.clone())).into(),
            key.map(|key| key.key.clone()).into(),
            key.map(|key| key.body_hash.clone()).into(),
        ];
        if let Some(row) = self.sql.one(&self.write, &sql, values).await? {
            return Ok((read_webhook(&row)?, Some(secret)));
        }
        // The same request at the same moment, or one too many.
        match self.made_before(TABLE, owner, key).await? {
            Some(row) => Ok((read_webhook(&row)?, None)),
            None => Err(Error::TooMany { what: "webhooks", most: WEBHOOKS_MAX }),
        }
    }

    /// The owner's webhooks, newest first, from before one of them if it is named.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn webhooks(&self, owner: &Owner, before: Option<WebhookId>, limit: u64) -> Result<Vec<Webhook>, Error> {
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        let mut older = "";
        if let Some(before) = before {
            values.push(before.into());
            older = "AND id < $2";
        }
        let limit = limit.min(u64::from(WEBHOOKS_MAX) * 2);
        let sql = format!(
            "SELECT *, {{now}} AS now FROM webhooks WHERE tenant_id = $1 {older} ORDER BY id DESC LIMIT {limit}"
        );
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_webhook).collect()
    }

    /// One webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn webhook(&self, owner: &Owner, id: WebhookId) -> Result<Webhook, Error> {
        let sql = "SELECT *, {now} AS now FROM webhooks WHERE id = $1 AND tenant_id = $2";
        let row = self.sql.one(&self.read, sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_webhook(&row.ok_or_else(|| not_found(id))?)
    }

    /// Changes what a checked patch names. Enabling one that failed counts its failures anew.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn update_webhook(&self, owner: &Owner, id: WebhookId, patch: &WebhookPatch) -> Result<Webhook, Error> {
        let sql = "UPDATE webhooks SET url = COALESCE($3, url), events = COALESCE($4, events), \
                   description = COALESCE($5, description), enabled = COALESCE($6, enabled), \
                   failures = CASE WHEN $6 THEN 0 ELSE failures END, last_error = CASE WHEN $6 THEN NULL ELSE last_error END, \
                   updated_at = {now} WHERE id = $1 AND tenant_id = $2 RETURNING *, {now} AS now";
        let values: Vec<Value> = vec![
            id.into(),
            owner.tenant.clone().into(),
            patch.url.clone().into(),
            patch.events.as_deref().map(events_json).into(),
            patch.description.clone().into(),
            patch.enabled.into(),
        ];
        let row = self.sql.one(&self.write, sql, values).await?;
        read_webhook(&row.ok_or_else(|| not_found(id))?)
    }

    /// Removes a webhook. What it was still to be told goes to the dead list.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_webhook(&self, owner: &Owner, id: WebhookId) -> Result<(), Error> {
        let tx = self.begin().await?;
        let sql = "DELETE FROM webhooks WHERE id = $1 AND tenant_id = $2";
        let deleted = self.sql.execute(&tx, sql, [id.into(), owner.tenant.clone().into()]).await?.rows_affected();
        if deleted == 0 {
            tx.rollback().await?;
            return Err(not_found(id));
        }
        self.bury(&tx, id.into(), "the webhook was removed").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a webhook a new secret, given out only here. The old one signs beside it for `overlap`.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn rotate_secret(
        &self,
        owner: &Owner,
        id: WebhookId,
        overlap: Duration,
    ) -> Result<(Webhook, Secret), Error> {
        let tx = self.begin().await?;
        match self.rotate_in(&tx, owner, id, overlap).await {
            Ok(rotated) => {
                tx.commit().await?;
                Ok(rotated)
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }

    async fn rotate_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        id: WebhookId,
        overlap: Duration,
    ) -> Result<(Webhook, Secret), Error> {
        let sql = "SELECT secrets, {now} AS now FROM webhooks WHERE id = $1 AND tenant_id = $2 {for_update}";
        let row = self.sql.one(tx, sql, [id.into(), owner.tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| not_found(id))?;
        let (now, mut keys) = (at(&row, "now")?, read_keys(&row)?);
        let key = secret::mint();
        keys.rotate(key.clone(), now, now + overlap);
        let sql = "UPDATE webhooks SET secrets = $2, updated_at = $3 WHERE id = $1 RETURNING *, {now} AS now";
        let values: Vec<Value> = vec![id.into(), keys_json(&keys).into(), to_micros(now).into()];
        let row = self.sql.one(tx, sql, values).await?;
        Ok((read_webhook(&row.ok_or_else(|| not_found(id))?)?, key))
    }

    /// Sends a ping to a webhook, to see whether messages arrive. It goes past the event filter.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::TargetOff`] when the webhook is disabled.
    pub async fn ping_webhook(&self, owner: &Owner, id: WebhookId) -> Result<Delivery, Error> {
        let webhook = self.webhook(owner, id).await?;
        if !webhook.enabled {
            return Err(Error::TargetOff("the webhook is disabled; enable it first".to_owned()));
        }
        self.queue_ping(owner, TargetKind::Webhook, id.into(), WebhookEvent::Ping).await
    }
}

fn not_found(id: WebhookId) -> Error {
    Error::NotFound { what: "webhook", id: id.to_string() }
}

fn events_json(events: &[WebhookEvent]) -> String {
    serde_json::to_string(events).expect("events are words")
}

fn keys_json(keys: &Keys) -> String {
    serde_json::to_string(keys).expect("secrets are plain data")
}

pub(super) fn read_keys(row: &QueryResult) -> Result<Keys, Error> {
    json_column(row, "webhooks", "secrets")?.ok_or_else(|| Error::corrupt("webhooks", "secrets", "it is null"))
}

fn read_webhook(row: &QueryResult) -> Result<Webhook, Error> {
    let keys = read_keys(row)?;
    let now: DateTime<Utc> = at(row, "now")?;
    Ok(Webhook {
        id: row.try_get("", "id")?,
        url: row.try_get("", "url")?,
        events: json_column(row, "webhooks", "events")?.unwrap_or_default(),
        description: row.try_get("", "description")?,
        enabled: row.try_get("", "enabled")?,
        secret_last4: keys.last4(),
        overlap_until: keys.overlap_until(now),
        failures: row.try_get("", "failures")?,
        last_error: row.try_get("", "last_error")?,
        created_at: at(row, "created_at")?,
        updated_at: at(row, "updated_at")?,
    })
}
