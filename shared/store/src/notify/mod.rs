//! Alerts, where they are told, and the outbox through which all telling goes.
//!
//! Whoever changes something that people are told of writes the messages in the same transaction, one row for each address
//! (`fan_out`); workers claim due rows under a lease and a fence (`outbox`), send, and write what became of it (`finish`). So
//! a message is sent at least once or ends on the dead list, and no process can lose one by dying.

mod alert;
mod channel;
mod delivery;
mod fan_out;
mod finish;
mod outbox;
mod raise;
mod secret;
mod webhook;

pub use alert::{AlertChanges, AlertFilter};
pub use channel::ChannelFilter;
pub use delivery::DeliveryFilter;
pub use finish::Finish;
pub use outbox::{ClaimedDelivery, DeliveryTarget, DueDeliveries, Pace, Paces};
pub use raise::Raised;

pub(crate) use fan_out::{IS_TOLD, JOB_COLUMNS, job_messages};

use domain::time::from_micros;
use sea_orm::QueryResult;

use crate::{Error, IdempotencyKey, Owner, Store};

impl Store {
    /// The row of `table` that an earlier request with the same key made, with the time as `now`.
    pub(crate) async fn made_before(
        &self,
        table: &str,
        owner: &Owner,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<QueryResult>, Error> {
        let Some(key) = key else { return Ok(None) };
        let sql = format!("SELECT *, {{now}} AS now FROM {table} WHERE tenant_id = $1 AND request_key = $2");
        let row = self.sql.one(&self.write, &sql, [owner.tenant.clone().into(), key.key.clone().into()]).await?;
        match row {
            Some(row) if row.try_get::<String>("", "request_hash")? != key.body_hash => Err(Error::KeyReused),
            found => Ok(found),
        }
    }
}

/// A row's instant, by the column's name.
fn at(row: &QueryResult, column: &str) -> Result<chrono::DateTime<chrono::Utc>, Error> {
    Ok(from_micros(row.try_get("", column)?))
}

/// A row's instant that may be missing.
fn at_optional(row: &QueryResult, column: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
    Ok(row.try_get::<Option<i64>>("", column)?.map(from_micros))
}
