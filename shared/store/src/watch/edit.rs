//! What people do to watches. Whatever they change moves the fence, so that a look that is under way is dropped.

use domain::{
    WatchId,
    watch::{WatchKind, WatchSpec, WatchState, WatchStatus},
};
use sea_orm::Value;

use super::{WATCHES_MAX, json, not_found};
use crate::{Error, IdempotencyKey, Owner, Store};

/// Which watches to list.
#[derive(Debug, Clone, Default)]
pub struct WatchFilter {
    pub user_id: Option<String>,
    pub status: Option<WatchStatus>,
    pub kind: Option<WatchKind>,
    /// Only watches made before this one: the cursor.
    pub before: Option<WatchId>,
}

/// The answer to a creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchCreated {
    pub id: WatchId,
    /// False when an earlier request with the same key made it.
    pub created: bool,
}

impl Store {
    /// Makes a watch that looks at once, or finds the one that the same key made.
    ///
    /// # Errors
    /// [`Error::TooMany`]; [`Error::KeyReused`].
    pub async fn create_watch(
        &self,
        owner: &Owner,
        id: WatchId,
        spec: &WatchSpec,
        key: Option<&IdempotencyKey>,
    ) -> Result<WatchCreated, Error> {
        let sql = "INSERT INTO watches (id, tenant_id, request_key, request_hash, user_id, name, kind, spec, state, status, \
                   next_at, created_at, updated_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', t.now, t.now, t.now \
                   FROM (SELECT {now} AS now) t WHERE true ON CONFLICT DO NOTHING";
        let mut values: Vec<Value> = vec![
            id.into(),
            owner.tenant.clone().into(),
            key.map(|key| key.key.clone()).into(),
            key.map(|key| key.body_hash.clone()).into(),
        ];
        values.extend(spec_values(spec));
        values.push(json(&WatchState::default()));
        let tx = self.begin().await?;
        let inserted = self.sql.execute(&tx, sql, values).await?.rows_affected() == 1;
        if let Some(key) = key.filter(|_| !inserted) {
            tx.rollback().await?;
            return self.watch_created_before(owner, key).await;
        }
        let sql = "SELECT count(*) AS watches FROM watches WHERE tenant_id = $1";
        let row = self.sql.one(&tx, sql, [owner.tenant.clone().into()]).await?;
        let count: i64 = row.ok_or_else(|| Error::corrupt("watches", "count", "no row"))?.try_get("", "watches")?;
        if count > i64::from(WATCHES_MAX) {
            tx.rollback().await?;
            return Err(Error::TooMany { what: "watches", most: WATCHES_MAX });
        }
        tx.commit().await?;
        Ok(WatchCreated { id, created: true })
    }

    async fn watch_created_before(&self, owner: &Owner, key: &IdempotencyKey) -> Result<WatchCreated, Error> {
        let sql = "SELECT id, request_hash FROM watches WHERE tenant_id = $1 AND request_key = $2";
        let row = self.sql.one(&self.write, sql, [owner.tenant.clone().into(), key.key.clone().into()]).await?;
        // Deleted between the two statements: the client may simply try again.
        let row = row.ok_or(Error::KeyInFlight)?;
        let hash: String = row.try_get("", "request_hash")?;
        if hash != key.body_hash {
            return Err(Error::KeyReused);
        }
        Ok(WatchCreated { id: row.try_get("", "id")?, created: false })
    }

    /// Gives a watch another definition, and lets it look at once. A paused one stays paused; one that had ended goes on. With
    /// `afresh` what it saw and remembers is forgotten, because it looks at something else now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn replace_watch(&self, owner: &Owner, id: WatchId, spec: &WatchSpec, afresh: bool) -> Result<(), Error> {
        let state = if afresh { ", state = $7, seen_at = NULL" } else { "" };
        let sql = format!(
            "UPDATE watches SET user_id = $3, name = $4, kind = $5, spec = $6{state}, \
             status = CASE WHEN status = 'paused' THEN 'paused' ELSE 'active' END, \
             reason = CASE WHEN status = 'paused' THEN reason END, next_at = CASE WHEN status = 'paused' THEN NULL ELSE {{now}} END, \
             due_at = NULL, fence = fence + 1, attempts = 0, failures = 0, last_error = NULL, revision = revision + 1, \
             updated_at = {{now}} WHERE id = $1 AND tenant_id = $2"
        );
        let mut values: Vec<Value> = vec![id.into(), owner.tenant.clone().into()];
        values.extend(spec_values(spec));
        if afresh {
            values.push(json(&WatchState::default()));
        }
        let tx = self.begin().await?;
        if self.sql.execute(&tx, &sql, values).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Err(not_found(id));
        }
        if afresh {
            self.sql.execute(&tx, "DELETE FROM watch_observations WHERE watch_id = $1", [id.into()]).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Lets it look no more until it is resumed. Nothing new for one that is paused or has ended.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn pause_watch(&self, owner: &Owner, id: WatchId) -> Result<(), Error> {
        let set = "status = 'paused', reason = NULL, next_at = NULL, due_at = NULL, fence = fence + 1, attempts = 0";
        self.change_watch(owner, id, "status = 'active'", set).await
    }

    /// Lets a paused watch go on, with a look at once. Nothing new for one that is not paused.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn resume_watch(&self, owner: &Owner, id: WatchId) -> Result<(), Error> {
        self.change_watch(owner, id, "status = 'paused'", "status = 'active', reason = NULL, next_at = {now}").await
    }

    /// Lets it look now, also while it is paused. Nothing for one that has ended.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn check_watch(&self, owner: &Owner, id: WatchId) -> Result<(), Error> {
        self.change_watch(owner, id, "status <> 'ended'", "due_at = COALESCE(due_at, {now})").await
    }

    async fn change_watch(&self, owner: &Owner, id: WatchId, condition: &str, set: &str) -> Result<(), Error> {
        let sql = format!(
            "UPDATE watches SET {set}, revision = revision + 1, updated_at = {{now}} \
             WHERE id = $1 AND tenant_id = $2 AND {condition}"
        );
        let scope: [Value; 2] = [id.into(), owner.tenant.clone().into()];
        if self.sql.execute(&self.write, &sql, scope.clone()).await?.rows_affected() == 0 {
            let sql = "SELECT id FROM watches WHERE id = $1 AND tenant_id = $2";
            self.sql.one(&self.write, sql, scope).await?.ok_or_else(|| not_found(id))?;
        }
        Ok(())
    }

    /// Removes a watch and what it saw. Suggestions that it started stay and go on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_watch(&self, owner: &Owner, id: WatchId) -> Result<(), Error> {
        let sql = "DELETE FROM watches WHERE id = $1 AND tenant_id = $2";
        match self.sql.execute(&self.write, sql, [id.into(), owner.tenant.clone().into()]).await?.rows_affected() {
            0 => Err(not_found(id)),
            _ => Ok(()),
        }
    }
}

/// From `user_id` to `spec`, in the order of the statements above.
fn spec_values(spec: &WatchSpec) -> [Value; 4] {
    [spec.user_id.clone().into(), spec.name.clone().into(), spec.target.kind().word().into(), json(spec)]
}
