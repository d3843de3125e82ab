//! `POST /v1/plan`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    JobId,
    job::{JobStatus, Mode},
    request::{FieldError, PlanRequest},
};
use poem::{Request, RequestBody, http::HeaderMap};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::{IdempotencyKey, NewJob};

use crate::{
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    state::State,
};

const KEY_HEADER: &str = "Idempotency-Key";
const KEY_BYTES_MAX: usize = 255;

pub(crate) struct PlanApi(pub(crate) Arc<State>);

statuses! {
    CreatePlan: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
}

/// The job that was accepted. A repeated request with the same Idempotency-Key gets the same answer.
#[derive(Debug, Serialize, Object)]
pub(crate) struct PlanAccepted {
    job_id: JobId,
    /// The state in which every job begins.
    status: JobStatus,
    /// Where to poll.
    pub(crate) status_url: String,
    /// Where to listen.
    stream_url: String,
}

#[derive(ApiResponse)]
pub(crate) enum PlanResponse {
    /// The job is taken in: it will reach a visible end.
    #[oai(status = 202)]
    Accepted(
        Answer<PlanAccepted>,
        /// Where to poll.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi]
impl PlanApi {
    /// Ask for a plan
    ///
    /// Takes the request in as a job and answers at once. Follow the job by its status or its stream. Send an
    /// Idempotency-Key, and a request that you repeat because its answer got lost makes no second job.
    #[oai(path = "/v1/plan", method = "post", operation_id = "create_plan", tag = "Tag::Jobs")]
    async fn create_plan(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same job.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        headers: &HeaderMap,
        body: Body<PlanRequest>,
    ) -> Result<PlanResponse, Fails<CreatePlan>> {
        let request = body.0;
        let key = key.of(&request);
        let job = new_job(&self.0, &request, headers)?;
        let submitted = self.0.dispatch.submit(&caller.owner, &job, key.as_ref()).await?;
        let accepted = PlanAccepted::of(submitted.job_id);
        let status_url = accepted.status_url.clone();
        Ok(PlanResponse::Accepted(Answer(accepted), status_url))
    }
}

impl PlanAccepted {
    pub(crate) fn of(job_id: JobId) -> Self {
        Self {
            job_id,
            status: JobStatus::Queued,
            status_url: format!("/v1/status/{job_id}"),
            stream_url: format!("/v1/stream/{job_id}"),
        }
    }
}

pub(crate) fn new_job(state: &State, request: &PlanRequest, headers: &HeaderMap) -> Result<NewJob, ApiError> {
    let (workflow, version, input) =
        (state.intake)(request).map_err(|errors| ApiError::fields(ErrorCode::InvalidFields, errors))?;
    let id = JobId::new();
    Ok(NewJob {
        id,
        user_id: request.user_id.clone(),
        workflow,
        version,
        mode: Mode::Reactive,
        request: serde_json::to_value(request).map_err(|_| ApiError::internal())?,
        input,
        deadline_s: request.deadline_s,
        trace_id: trace_id(headers).unwrap_or_else(|| id.as_uuid().simple().to_string()),
        summary: request.summary(),
    })
}

/// Of the request as it was understood, so that spaces and the order of fields do not matter.
fn hash(request: &impl Serialize) -> String {
    let canonical = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The trace id of a valid W3C `traceparent`.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    let parts: Vec<&str> = headers.get("traceparent")?.to_str().ok()?.split('-').collect();
    let [version, trace, parent, flags, ..] = parts.as_slice() else { return None };
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_valid = is_hex(version, 2)
        && *version != "ff"
        && is_hex(trace, 32)
        && !is_zero(trace)
        && is_hex(parent, 16)
        && !is_zero(parent)
        && is_hex(flags, 2)
        && (*version != "00" || parts.len() == 4);
    is_valid.then(|| (*trace).to_owned())
}

impl JsonBody for PlanRequest {
    json_body!(
        PlanRequest,
        json!({
            "user_id": "ana",
            "query": "Four days in Lisbon for two, art and seafood",
            "constraints": {
                "budget": { "amount": 1800, "currency": "EUR" },
                "origin": "Berlin",
                "days": 4,
                "travellers": 2,
                "interests": ["art", "seafood"]
            },
            "approval": "auto"
        })
    );

    fn fill(fields: &mut Map<String, Value>) {
        fields.entry("query").or_insert_with(|| "?".into());
        let budget = fields.get_mut("constraints").and_then(|constraints| constraints.get_mut("budget"));
        if let Some(budget) = budget.and_then(Value::as_object_mut) {
            budget.entry("amount").or_insert_with(|| 1.into());
            budget.entry("currency").or_insert_with(|| "EUR".into());
        }
    }

    fn check(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(now).err().unwrap_or_default()
    }
}

/// The header that makes a POST safe to repeat.
pub(crate) struct KeyHeader(Option<String>);

impl KeyHeader {
    /// The key, which stands for this request and no other.
    pub(crate) fn of(self, request: &impl Serialize) -> Option<IdempotencyKey> {
        self.0.map(|key| IdempotencyKey { key, body_hash: hash(request) })
    }
}

impl<'a> ApiExtractor<'a> for KeyHeader {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(KEY_BYTES_MAX),
            pattern: Some("^[!-~]+$".to_owned()),
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        let mut values = request.headers().get_all(KEY_HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
        match (key, values.next()) {
            (Some(key), None) => Ok(Self(Some(key.to_owned()))),
            _ => Err(ApiError::parameter(
                ErrorCode::BadIdempotencyKey,
                KEY_HEADER,
                format!("is not one value of 1 to {KEY_BYTES_MAX} visible ASCII characters"),
            )
            .closing()
            .into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderName, HeaderValue};

    use super::*;

    fn traced(value: &'static str) -> Option<String> {
        trace_id(&HeaderMap::from_iter([(HeaderName::from_static("traceparent"), HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_valid_traceparent_is_taken_over() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(traced("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").as_deref(), Some(trace));
        assert_eq!(traced("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").as_deref(), Some(trace));
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(traced(bad), None, "{bad}");
        }
    }
}
