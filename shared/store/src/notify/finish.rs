//! The end of an attempt: what became of a message, and how its target does.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Value};

use super::outbox::ClaimedDelivery;
use crate::{Error, Store};

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    Delivered {
        status: Option<u16>,
    },
    Retry {
        error: String,
        status: Option<u16>,
        after: Duration,
    },
    Dead {
        error: String,
        status: Option<u16>,
    },
    /// The receiver wants nothing any more: a webhook is disabled, and what it was still to be told is dead.
    Gone {
        error: String,
        status: Option<u16>,
    },
    /// It was not tried: somebody else may, at once, and the attempt does not count.
    Released,
}

impl Store {
    /// Writes what became of an attempt. False: the lease ran out, and somebody else has the message, so nothing was written.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn finish_delivery(&self, claimed: &ClaimedDelivery, finish: &Finish) -> Result<bool, Error> {
        let tx = self.begin().await?;
        let finished = self.finish_in(&tx, claimed, finish).await;
        match &finished {
            Ok(true) => tx.commit().await?,
            Ok(false) | Err(_) => tx.rollback().await?,
        }
        finished
    }

    /// First the target, then its messages in the order of their ids: so does everybody who locks both.
    async fn finish_in(
        &self,
        tx: &impl ConnectionTrait,
        claimed: &ClaimedDelivery,
        finish: &Finish,
    ) -> Result<bool, Error> {
        self.note_outcome(tx, claimed, finish).await?;
        if !matches!(finish, Finish::Gone { .. }) {
            return self.write_finish(tx, claimed, finish).await;
        }
        self.lock_open(tx, claimed.target_id).await?;
        let is_written = self.write_finish(tx, claimed, finish).await?;
        self.bury(tx, claimed.target_id, "the receiver answered 410 Gone to another message").await?;
        Ok(is_written)
    }

    /// False: the message is not held under this fence any more.
    async fn write_finish(
        &self,
        tx: &impl ConnectionTrait,
        claimed: &ClaimedDelivery,
        finish: &Finish,
    ) -> Result<bool, Error> {
        let status_of = |status: &Option<u16>| Value::from(status.map(i32::from));
        // The first two parameters are the claim; then the answer's status, the error, and a span.
        let (set, status, error, after) = match finish {
            Finish::Delivered { status } => (
                "status = 'delivered', response_status = $3, last_error = $4, finished_at = {now} + $5",
                status_of(status),
                None,
                Duration::ZERO,
            ),
            Finish::Retry { error, status, after } => (
                "status = 'pending', response_status = $3, last_error = $4, next_at = {now} + $5",
                status_of(status),
                Some(error),
                *after,
            ),
            Finish::Dead { error, status } | Finish::Gone { error, status } => (
                "status = 'dead', response_status = $3, last_error = $4, finished_at = {now} + $5",
                status_of(status),
                Some(error),
                Duration::ZERO,
            ),
            Finish::Released => (
                "status = 'pending', attempts = attempts - 1, response_status = COALESCE($3, response_status), \
                 last_error = COALESCE($4, last_error), next_at = {now} + $5",
                status_of(&None),
                None,
                Duration::ZERO,
            ),
        };
        let sql = format!("UPDATE deliveries SET {set} WHERE id = $1 AND fence = $2 AND status = 'sending'");
        let values: Vec<Value> =
            vec![claimed.id.into(), claimed.fence.0.into(), status, error.cloned().into(), self.sql.span(after).into()];
        Ok(self.sql.execute(tx, &sql, values).await?.rows_affected() > 0)
    }

    /// Tells the webhook, if it is one, how it does.
    async fn note_outcome(
        &self,
        tx: &impl ConnectionTrait,
        claimed: &ClaimedDelivery,
        finish: &Finish,
    ) -> Result<(), Error> {
        let target: Value = claimed.target_id.into();
        match finish {
            Finish::Released => {}
            Finish::Delivered { .. } => {
                let sql = "UPDATE webhooks SET failures = 0, last_error = NULL WHERE id = $1 AND failures > 0";
                self.sql.execute(tx, sql, [target]).await?;
            }
            Finish::Retry { error, .. } | Finish::Dead { error, .. } => {
                let sql = "UPDATE webhooks SET failures = failures + 1, last_error = $2 WHERE id = $1";
                self.sql.execute(tx, sql, [target, error.clone().into()]).await?;
            }
            Finish::Gone { error, .. } => {
                let sql = "UPDATE webhooks SET enabled = false, failures = failures + 1, last_error = $2, updated_at = {now} \
                           WHERE id = $1";
                self.sql.execute(tx, sql, [target, error.clone().into()]).await?;
            }
        }
        Ok(())
    }
}
