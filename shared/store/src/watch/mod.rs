//! Watches: their rows (`edit`), what turns ticks into work and work into observations (`look`), and what was seen
//! (`observations`).
//!
//! A scheduler moves a watch from tick to tick and makes it due; a worker claims what is due under a lease and a fence, looks,
//! and records what it saw, what it made of it and what that starts in one transaction. So a tick is seen once by any number
//! of replicas, and who dies in between has changed nothing: the lease ends, and another one looks.

mod edit;
mod look;
mod observations;

use chrono::{DateTime, Utc};
use domain::{
    TenantId, WatchId,
    time::from_micros,
    watch::{WatchKind, WatchReason, WatchSpec, WatchState, WatchStatus},
};
use sea_orm::{QueryResult, Value};

use crate::{
    Error, Owner, Store,
    job::{instant, json_column, optional_word, word},
};

pub use edit::{WatchCreated, WatchFilter};
pub use look::{ClaimedWatch, DueWatches, LookFiring, LookRecord, Recorded, WATCH_ATTEMPTS_MAX};
pub use observations::OBSERVATIONS_KEPT;

/// Watches of one tenant.
pub const WATCHES_MAX: u32 = 1_000;
const TABLE: &str = "watches";

/// A watch's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    pub id: WatchId,
    pub tenant: TenantId,
    pub spec: WatchSpec,
    pub state: WatchState,
    pub status: WatchStatus,
    pub reason: Option<WatchReason>,
    /// None when it is paused or has ended.
    pub next_at: Option<DateTime<Utc>>,
    /// Somebody looks, or is to look.
    pub due_at: Option<DateTime<Utc>>,
    /// Looks in a row that saw nothing.
    pub failures: i32,
    /// Why the last of them did.
    pub last_error: Option<String>,
    /// The last look that saw something.
    pub seen_at: Option<DateTime<Utc>>,
    /// Moves with every change that a person makes.
    pub revision: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, tenant_id, kind, spec, state, status, reason, next_at, due_at, failures, last_error, seen_at, revision, \
     created_at, updated_at";

impl Store {
    /// One watch.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn watch(&self, owner: &Owner, id: WatchId) -> Result<Watch, Error> {
        let sql = format!("SELECT {COLUMNS} FROM watches WHERE id = $1 AND tenant_id = $2");
        let row = self.sql.one(&self.read, &sql, [id.into(), owner.tenant.clone().into()]).await?;
        read(&row.ok_or_else(|| not_found(id))?)
    }

    /// The owner's watches, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn watches(&self, owner: &Owner, filter: &WatchFilter, limit: u64) -> Result<Vec<Watch>, Error> {
        let mut sql = format!("SELECT {COLUMNS} FROM watches WHERE tenant_id = $1");
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
        if let Some(before) = filter.before {
            narrow("id <", before.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read).collect()
    }
}

fn not_found(id: WatchId) -> Error {
    Error::NotFound { what: "watch", id: id.to_string() }
}

/// A row of [`COLUMNS`].
fn read(row: &QueryResult) -> Result<Watch, Error> {
    let absent = |column: &'static str| Error::corrupt(TABLE, column, "is null");
    let spec: WatchSpec = json_column(row, TABLE, "spec")?.ok_or_else(|| absent("spec"))?;
    let kind = word(row, TABLE, "kind", WatchKind::from_word)?;
    if spec.target.kind() != kind {
        return Err(Error::corrupt(TABLE, "kind", format!("\"{kind}\" is not what its spec says")));
    }
    Ok(Watch {
        id: row.try_get("", "id")?,
        tenant: row.try_get("", "tenant_id")?,
        spec,
        state: json_column(row, TABLE, "state")?.ok_or_else(|| absent("state"))?,
        status: word(row, TABLE, "status", WatchStatus::from_word)?,
        reason: optional_word(row, TABLE, "reason", WatchReason::from_word)?,
        next_at: instant(row, "next_at")?,
        due_at: instant(row, "due_at")?,
        failures: row.try_get("", "failures")?,
        last_error: row.try_get("", "last_error")?,
        seen_at: instant(row, "seen_at")?,
        revision: row.try_get("", "revision")?,
        created_at: from_micros(row.try_get("", "created_at")?),
        updated_at: from_micros(row.try_get("", "updated_at")?),
    })
}

/// Plain data with string keys as a text column holds it.
fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).expect("it is plain data with string keys").into()
}
