//! What goes wrong, as clients see it: `application/problem+json` with a stable `code`.
//!
//! Every way from another error into [`ApiError`] is in this file. The problem itself is written at the edge, which knows
//! the request's id.

use domain::{
    gate::{Gate, OnTimeout},
    job::{JobStatus, WorkflowKind},
    request::FieldError,
};
use poem::{
    Response,
    error::ResponseError,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::Object;
use serde::Serialize;
use store::Job;

use crate::codes::ErrorCode;

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// Whoever makes room on a disk needs longer than a database to restart.
const FULL_RETRY_S: u32 = 30;

/// An error on its way to the edge.
#[derive(Debug, thiserror::Error)]
#[error("{}: {detail}", code.word())]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    gate: Option<Box<Gate>>,
    job_status: Option<JobStatus>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// RFC 9457: what went wrong, why, and what to do now.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Problem {
    /// `urn:portolan:error:` and the code.
    r#type: String,
    /// The code in words.
    title: String,
    /// The HTTP status.
    status: u16,
    code: ErrorCode,
    /// What happened, this time.
    detail: String,
    /// What to do about it.
    hint: String,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// Also in the header X-Request-Id and in the log.
    request_id: String,
    /// Every field at fault.
    errors: Vec<FieldError>,
    /// The gate, where one stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<Gate>,
    /// The job's state, where it stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_status: Option<JobStatus>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), gate: None, job_status: None, headers: Vec::new() }
    }

    pub(crate) fn no_job() -> Self {
        Self::new(ErrorCode::NotFound, "There is no such job")
    }

    pub(crate) fn internal() -> Self {
        Self::new(ErrorCode::Internal, "The request could not be answered")
    }

    /// One parameter or header at fault.
    pub(crate) fn parameter(code: ErrorCode, name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { errors: vec![FieldError::new(name, detail.clone())], ..Self::new(code, format!("{name} {detail}")) }
    }

    /// Fields of the body at fault.
    pub(crate) fn fields(code: ErrorCode, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => format!("The body {}", only.detail),
            [only] => format!("{} {}", only.pointer, only.detail),
            several => format!("{} fields are not valid: {}", several.len(), pointers(several)),
        };
        Self { errors, ..Self::new(code, detail) }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, &seconds.to_string())
    }

    /// The connection is of no further use, as when the body was not read to its end.
    pub(crate) fn closing(self) -> Self {
        self.with_header(header::CONNECTION, "close")
    }

    fn about_gate(mut self, gate: Box<Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    pub(crate) fn http_status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem as it goes to the client.
    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let status = self.http_status();
        let problem = Problem {
            r#type: format!("urn:portolan:error:{}", self.code.word()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            code: self.code,
            detail: self.detail,
            hint: self.code.hint().to_owned(),
            retryable: self.code.is_retryable(),
            request_id: request_id.to_owned(),
            errors: self.errors,
            gate: self.gate.map(|gate| *gate),
            job_status: self.job_status,
        };
        let mut response = Response::builder()
            .status(status)
            .content_type(PROBLEM_JSON)
            .body(serde_json::to_vec(&problem).unwrap_or_default());
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn pointers(errors: &[FieldError]) -> String {
    const NAMED_MAX: usize = 8;
    let named: Vec<&str> = errors.iter().take(NAMED_MAX).map(|error| error.pointer.as_str()).collect();
    let more = if errors.len() > NAMED_MAX { ", ..." } else { "" };
    named.join(", ") + more
}

impl ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        self.http_status()
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound { what, .. } => Self::new(ErrorCode::NotFound, format!("There is no such {what}")),
            store::Error::State { status, .. } => Self {
                job_status: Some(status),
                ..Self::new(ErrorCode::NotWaiting, format!("The job is {status} and waits for no decision"))
            },
            store::Error::Decided(gate) => Self::new(ErrorCode::AlreadyDecided, decided(&gate)).about_gate(gate),
            store::Error::Expired(gate) => Self::new(ErrorCode::ApprovalExpired, expired(&gate)).about_gate(gate),
            store::Error::ProposalChanged(gate) => Self::new(
                ErrorCode::ProposalChanged,
                format!("The gate shows sha256 {}, and the decision is about something else", gate.proposal_hash),
            )
            .about_gate(gate),
            store::Error::GateUnnamed(_) => Self::fields(
                ErrorCode::ApprovalUnnamed,
                vec![FieldError::new(
                    "/approval_id",
                    "is missing, and the job has had several gates; name the one you mean",
                )],
            ),
            store::Error::KeyReused => {
                Self::new(ErrorCode::IdempotencyKeyReused, "The key stands for another request of the last days")
            }
            store::Error::KeyInFlight => {
                Self::new(ErrorCode::IdempotencyInFlight, "The first request with this key has no answer yet")
                    .retry_after(1)
            }
            store::Error::Unfit(why) => Self::fields(
                ErrorCode::UnfitDecision,
                vec![FieldError::new("/decision", format!("does not fit: {why}"))],
            ),
            store::Error::TooMany { what, most } => {
                let code = if what == "schedules" { ErrorCode::TooManySchedules } else { ErrorCode::TooMany };
                Self::new(code, format!("There are {most} {what} already"))
            }
            store::Error::TargetOff(why) => Self::new(ErrorCode::TargetOff, why),
            error @ store::Error::Corrupt { .. } => {
                tracing::error!(error = ?error, "A row cannot be read: {error}");
                Self::internal()
            }
            store::Error::Full(cause) => {
                tracing::error!("The database has no room left: {cause}");
                Self::new(ErrorCode::StorageFull, "The request was not carried out: nothing can be written")
                    .retry_after(FULL_RETRY_S)
            }
            store::Error::Unavailable(cause) => {
                tracing::warn!("The database did not answer: {cause}");
                Self::new(ErrorCode::DatabaseUnavailable, "The request was not carried out, or its outcome is unknown")
                    .retry_after(1)
            }
        }
    }
}

/// A cancel came too late.
pub(crate) fn ended(status: JobStatus) -> ApiError {
    ApiError { job_status: Some(status), ..ApiError::new(ErrorCode::JobEnded, format!("The job is {status}")) }
}

/// A job that has no plan to download: not yet, or not at all.
pub(crate) fn without_plan(job: &Job) -> ApiError {
    let Job { status, workflow, .. } = job;
    let (code, detail) = match (workflow, status) {
        (WorkflowKind::Probe, _) => (ErrorCode::NoPlan, format!("The workflow {workflow} makes no plan")),
        (WorkflowKind::Travel | WorkflowKind::Suggest, JobStatus::Completed) => {
            (ErrorCode::NoPlan, "The job left no plan".to_owned())
        }
        (WorkflowKind::Travel | WorkflowKind::Suggest, JobStatus::Failed | JobStatus::Cancelled) => {
            (ErrorCode::NoPlan, format!("The job is {status} and left no plan"))
        }
        (
            WorkflowKind::Travel | WorkflowKind::Suggest,
            JobStatus::Queued | JobStatus::Running | JobStatus::WaitingApproval | JobStatus::Paused,
        ) => (ErrorCode::PlanPending, format!("The job is {status}; its plan is not made yet")),
    };
    ApiError { job_status: Some(*status), ..ApiError::new(code, detail) }
}

fn expired(gate: &Gate) -> String {
    let at = gate.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    match gate.on_timeout {
        OnTimeout::Approve => format!("The gate approved itself at {at}, as its request asks"),
        OnTimeout::Reject | OnTimeout::Wait => format!("The gate expired at {at}"),
    }
}

fn decided(gate: &Gate) -> String {
    let what = gate.decision.as_ref().map_or("something", |decision| decision.decision.word());
    let who = gate.decided_by.as_deref().unwrap_or("somebody");
    let when = gate
        .decided_at
        .map_or_else(String::new, |at| format!(" at {}", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)));
    format!("{who} decided \"{what}\"{when}")
}
