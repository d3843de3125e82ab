//! A person's verdict on a job.

use domain::{Event, FeedbackId, JobId, event::Alert, time::from_micros};
use sea_orm::{ConnectionTrait, Value};

use crate::{Error, IdempotencyKey, Owner, Store, StoredEvent, job::not_found, submit::event_json};

const TABLE: &str = "feedback";

/// A verdict to be stored.
#[derive(Debug, Clone)]
pub struct NewFeedback {
    pub id: FeedbackId,
    pub job_id: JobId,
    pub user_id: Option<String>,
    /// 1 to 5.
    pub rating: i32,
    pub comment: Option<String>,
    pub tags: Vec<String>,
}

/// The answer to a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedbackAdded {
    pub id: FeedbackId,
    /// None when an earlier request with the same key stored it.
    pub event: Option<StoredEvent>,
}

impl Store {
    /// Stores the verdict, with an event that says so, or finds the one that the same key stored.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::KeyReused`].
    pub async fn add_feedback(
        &self,
        owner: &Owner,
        feedback: &NewFeedback,
        key: Option<&IdempotencyKey>,
    ) -> Result<FeedbackAdded, Error> {
        if let Some(row) = self.made_before(TABLE, owner, key).await? {
            return Ok(FeedbackAdded { id: row.try_get("", "id")?, event: None });
        }
        let tx = self.begin().await?;
        let added = self.add_feedback_in(&tx, owner, feedback, key).await;
        match &added {
            Ok(Some(_)) => tx.commit().await?,
            Ok(None) | Err(_) => tx.rollback().await?,
        }
        if let Some(event) = added? {
            return Ok(FeedbackAdded { id: feedback.id, event: Some(event) });
        }
        let row = self.made_before(TABLE, owner, key).await?.ok_or(Error::KeyInFlight)?;
        Ok(FeedbackAdded { id: row.try_get("", "id")?, event: None })
    }

    /// None: the same request was stored at the same moment.
    async fn add_feedback_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        feedback: &NewFeedback,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<StoredEvent>, Error> {
        let sql = "UPDATE jobs SET seq = seq + 1 WHERE id = $1 AND tenant_id = $2 RETURNING seq, {now} AS now";
        let row = self.sql.one(tx, sql, [feedback.job_id.into(), owner.tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| not_found(feedback.job_id))?;
        let (seq, now): (i64, i64) = (row.try_get("", "seq")?, row.try_get("", "now")?);
        let event = Event::Alert(Alert {
            code: "feedback".to_owned(),
            message: format!("Rated {} of 5", feedback.rating),
            task: None,
            feedback_id: Some(feedback.id),
        });
        let stored = StoredEvent { seq, kind: event.kind().to_owned(), at: from_micros(now), data: event_json(&event) };
        let sql = "INSERT INTO feedback (id, job_id, tenant_id, user_id, rating, comment, tags, request_key, request_hash, \
                   created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        let values: Vec<Value> = vec![
            feedback.id.into(),
            feedback.job_id.into(),
            owner.tenant.clone().into(),
            feedback.user_id.clone().into(),
            feedback.rating.into(),
            feedback.comment.clone().into(),
            serde_json::Value::from(feedback.tags.clone()).to_string().into(),
            key.map(|key| key.key.clone()).into(),
            key.map(|key| key.body_hash.clone()).into(),
            now.into(),
        ];
        if self.sql.execute(tx, sql, values).await?.rows_affected() == 0 {
            return Ok(None);
        }
        self.insert_event(tx, feedback.job_id, &stored).await?;
        Ok(Some(stored))
    }
}
