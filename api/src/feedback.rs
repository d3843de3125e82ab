//! `POST /v1/feedback`: a person's verdict on a job.

use std::sync::Arc;

use domain::{FeedbackId, JobId};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use store::NewFeedback;

use crate::{
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    docs::Tag,
    fails::{Fails, statuses},
    plan::KeyHeader,
    state::State,
};

pub(crate) struct FeedbackApi(pub(crate) Arc<State>);

statuses! {
    AddFeedback: 400, 401, 404, 408, 409, 413, 415, 422, 500, 503, 507;
}

/// A verdict.
#[derive(Debug, Serialize, Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct FeedbackRequest {
    job_id: JobId,
    /// 1 is bad, 5 is good.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    rating: i32,
    #[oai(validator(max_length = 4000))]
    comment: Option<String>,
    #[oai(validator(max_items = 20, min_length = 1, max_length = 64))]
    tags: Option<Vec<String>>,
    /// Whose verdict; yours to choose.
    #[oai(validator(min_length = 1, max_length = 128))]
    user_id: Option<String>,
}

impl JsonBody for FeedbackRequest {
    json_body!(
        FeedbackRequest,
        json!({ "job_id": "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e", "rating": 5, "comment": "The seafood was great", "tags": ["food"] })
    );
}

/// The verdict is stored.
#[derive(Debug, Serialize, Object)]
pub(crate) struct FeedbackStored {
    feedback_id: FeedbackId,
    job_id: JobId,
}

#[derive(ApiResponse)]
pub(crate) enum FeedbackResponse {
    /// Stored, and told in the job's journal.
    #[oai(status = 201)]
    Stored(Answer<FeedbackStored>),
}

#[OpenApi]
impl FeedbackApi {
    /// Rate a job
    ///
    /// Send an Idempotency-Key, and a request that you repeat because its answer got lost stores no second verdict.
    #[oai(path = "/v1/feedback", method = "post", operation_id = "create_feedback", tag = "Tag::Jobs")]
    async fn create_feedback(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same verdict.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        body: Body<FeedbackRequest>,
    ) -> Result<FeedbackResponse, Fails<AddFeedback>> {
        let key = key.of(&body.0);
        let FeedbackRequest { job_id, rating, comment, tags, user_id } = body.0;
        let tags = tags.unwrap_or_default();
        let feedback = NewFeedback { id: FeedbackId::new(), job_id, user_id, rating, comment, tags };
        let feedback_id = self.0.dispatch.add_feedback(&caller.owner, &feedback, key.as_ref()).await?;
        Ok(FeedbackResponse::Stored(Answer(FeedbackStored { feedback_id, job_id })))
    }
}
