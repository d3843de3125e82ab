//! `POST /v1/approve`: a person decides at a gate.

use std::sync::Arc;

use domain::{
    GateId, JobId,
    gate::{Decision, DecisionKind, Gate},
    job::JobStatus,
};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use serde_json::{Value, json};
use store::DecideRequest;

use crate::{
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    docs::Tag,
    fails::{Fails, statuses},
    state::State,
};

pub(crate) struct ApproveApi(pub(crate) Arc<State>);

statuses! {
    DecideGate: 400, 401, 404, 408, 409, 410, 413, 415, 422, 500, 503, 507;
}

/// A decision at a gate.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct ApproveRequest {
    job_id: JobId,
    /// Which gate. May be left out while the job has had only one.
    approval_id: Option<GateId>,
    decision: DecisionKind,
    /// The `proposal_hash` of the gate that was looked at. With it the decision is refused if the gate shows something else
    /// meanwhile, and `approval_id` may be left out.
    #[oai(validator(min_length = 64, max_length = 64))]
    proposal_hash: Option<String>,
    /// With `edit`: a JSON merge patch (RFC 7396) on the brief.
    edits: Option<Value>,
    /// With `answer`: the answer.
    #[oai(validator(min_length = 1, max_length = 4000))]
    answer: Option<String>,
    /// Why, for the record.
    #[oai(validator(max_length = 4000))]
    comment: Option<String>,
    /// Who decides; yours to choose.
    #[oai(validator(min_length = 1, max_length = 128))]
    user_id: Option<String>,
}

impl JsonBody for ApproveRequest {
    json_body!(
        ApproveRequest,
        json!({ "job_id": "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e", "decision": "approve", "comment": "Looks good", "user_id": "ana" })
    );
}

/// The decision stands and the job goes on.
#[derive(Debug, Serialize, Object)]
pub(crate) struct DecisionTaken {
    job_id: JobId,
    /// The state into which the decision put the job.
    status: JobStatus,
    gate: Gate,
}

#[derive(ApiResponse)]
pub(crate) enum ApproveResponse {
    /// The decision stands. The same decision of the same person again is answered the same.
    #[oai(status = 200)]
    Decided(Answer<DecisionTaken>),
}

#[OpenApi]
impl ApproveApi {
    /// Decide at a gate
    ///
    /// Approves, edits or rejects what a job proposes, or answers what it asks. One decision wins, or the end of the gate's
    /// time does. An approval holds for what the gate showed: a job that would go on with anything else fails.
    #[oai(path = "/v1/approve", method = "post", operation_id = "decide_gate", tag = "Tag::Jobs")]
    async fn decide_gate(
        &self,
        caller: Caller,
        body: Body<ApproveRequest>,
    ) -> Result<ApproveResponse, Fails<DecideGate>> {
        let ApproveRequest { job_id, approval_id, decision, proposal_hash, edits, answer, comment, user_id } = body.0;
        let request = DecideRequest {
            job_id,
            gate: approval_id,
            decision: Decision { decision, edits, answer, comment },
            proposal_hash,
            by: caller.on_behalf_of(user_id.as_deref()),
        };
        let gate = self.0.dispatch.decide(&caller.owner, &request).await?;
        Ok(ApproveResponse::Decided(Answer(DecisionTaken { job_id, status: JobStatus::Queued, gate })))
    }
}
