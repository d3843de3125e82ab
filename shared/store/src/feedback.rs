//! A person's verdict on a job.

use domain::{Event, FeedbackId, JobId, event::Alert, time::from_micros};
use sea_orm::Value;

use crate::{Error, Owner, Store, StoredEvent, job::not_found, submit::event_json};

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

impl Store {
    /// Stores the verdict, with an event that says so.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn add_feedback(&self, owner: &Owner, feedback: &NewFeedback) -> Result<StoredEvent, Error> {
        let tx = self.begin().await?;
        let sql = "UPDATE jobs SET seq = seq + 1 WHERE id = $1 AND tenant_id = $2 RETURNING seq, {now} AS now";
        let row = self.sql.one(&tx, sql, [feedback.job_id.into(), owner.tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| not_found(feedback.job_id))?;
        let (seq, now): (i64, i64) = (row.try_get("", "seq")?, row.try_get("", "now")?);
        let event = Event::Alert(Alert {
            code: "feedback".to_owned(),
            message: format!("Rated {} of 5", feedback.rating),
            task: None,
            feedback_id: Some(feedback.id),
        });
        let stored = StoredEvent { seq, kind: event.kind().to_owned(), at: from_micros(now), data: event_json(&event) };
        self.insert_event(&tx, feedback.job_id, &stored).await?;
        let sql = "INSERT INTO feedback (id, job_id, tenant_id, user_id, rating, comment, tags, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values: Vec<Value> = vec![
            feedback.id.into(),
            feedback.job_id.into(),
            owner.tenant.clone().into(),
            feedback.user_id.clone().into(),
            feedback.rating.into(),
            feedback.comment.clone().into(),
            serde_json::Value::from(feedback.tags.clone()).to_string().into(),
            now.into(),
        ];
        self.sql.execute(&tx, sql, values).await?;
        tx.commit().await?;
        Ok(stored)
    }
}
