//! `GET /v1/jobs/{job_id}/plan`: the plan of a finished job, as a file.

use std::sync::Arc;

use ::export::{Format, Meta, Rendered, render};
use domain::{
    JobId,
    job::{JobStatus, WorkflowKind},
    plan::Plan,
};
use poem::{
    IntoResponse, Response,
    http::{HeaderMap, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Enum, OpenApi,
    param::{Header, Path, Query},
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Job, JobDetail};

use crate::{
    accept::negotiate,
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::{ApiError, without_plan},
    fails::{Fails, statuses},
    state::State,
};

/// Hexadecimal digits of an entity tag.
const TAG_DIGITS: usize = 32;

pub(crate) struct ExportApi(pub(crate) Arc<State>);

statuses! {
    GetPlan: 400, 401, 404, 406, 409, 500, 503;
}

/// The kinds of files.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum PlanFormat {
    Json,
    Md,
    Ics,
    Geojson,
}

/// A plan as it goes out.
pub(crate) enum PlanResponse {
    File {
        file: Rendered,
        tag: String,
    },
    /// The client has it already.
    Same {
        tag: String,
    },
}

#[OpenApi]
impl ExportApi {
    /// Download a plan
    ///
    /// The plan of a completed job: as JSON, as Markdown for people, as iCalendar (an event for each item, in local
    /// times) or as GeoJSON (places, legs and the way of each day). `format` wins over the header `Accept`; without both
    /// it is JSON. The same job gives the same bytes each time.
    #[oai(path = "/v1/jobs/:job_id/plan", method = "get", operation_id = "get_plan", tag = "Tag::Jobs")]
    async fn get_plan(
        &self,
        caller: Caller,
        /// The job.
        job_id: Path<JobId>,
        /// Which kind of file.
        format: Query<Option<PlanFormat>>,
        /// The ETag of the file that the client has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<PlanResponse, Fails<GetPlan>> {
        let format = format.0.map(Format::from).or_else(|| negotiate(headers)).ok_or_else(not_acceptable)?;
        let detail = self.0.store().job_detail(&caller.owner, job_id.0).await?;
        let file = write(detail, format)?;
        let tag = tag(&file.body);
        let is_known = if_none_match.0.is_some_and(|known| matches_tag(&known, &tag));
        Ok(if is_known { PlanResponse::Same { tag } } else { PlanResponse::File { file, tag } })
    }
}

/// Whether a job has a plan to download.
pub(crate) fn has_plan(job: &Job) -> bool {
    let plans = match job.workflow {
        WorkflowKind::Travel | WorkflowKind::Suggest => true,
        WorkflowKind::Probe => false,
    };
    plans && job.status == JobStatus::Completed
}

fn write(JobDetail { job, result, .. }: JobDetail, format: Format) -> Result<Rendered, ApiError> {
    let (true, Some(result), Some(finished_at)) = (has_plan(&job), result, job.finished_at) else {
        return Err(without_plan(&job));
    };
    let written = serde_json::from_value::<Plan>(result).map_err(|error| error.to_string()).and_then(|plan| {
        render(&plan, format, Meta { job_id: job.id, finished_at }).map_err(|error| error.to_string())
    });
    written.map_err(|why| {
        // The plan was written by another version, or is not one: somebody should know, but the client may go on.
        tracing::warn!(job.id = %job.id, "The plan of job {} cannot be read: {why}", job.id);
        ApiError::new(ErrorCode::PlanUnreadable, "This version cannot read the plan, which another one has made")
    })
}

fn not_acceptable() -> ApiError {
    let types = Format::ALL.map(Format::media_type).join(", ");
    ApiError::new(ErrorCode::NotAcceptable, format!("The plan comes as one of {types}"))
}

/// Weak, because the answer may go out compressed.
fn tag(body: &str) -> String {
    let digits: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{}\"", &digits[..TAG_DIGITS])
}

/// RFC 9110 section 13.1.2: compared weakly.
fn matches_tag(known: &str, tag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.split(',').any(|known| known.trim() == "*" || strong(known) == strong(tag))
}

impl From<PlanFormat> for Format {
    fn from(format: PlanFormat) -> Self {
        match format {
            PlanFormat::Json => Self::Json,
            PlanFormat::Md => Self::Markdown,
            PlanFormat::Ics => Self::Calendar,
            PlanFormat::Geojson => Self::Geojson,
        }
    }
}

impl IntoResponse for PlanResponse {
    fn into_response(self) -> Response {
        let response = Response::builder().header(header::VARY, "accept");
        match self {
            Self::Same { tag } => response.status(StatusCode::NOT_MODIFIED).header(header::ETAG, tag).finish(),
            Self::File { file, tag } => response
                .content_type(file.format.content_type())
                .header(header::ETAG, tag)
                .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.file_name))
                .body(file.body),
        }
    }
}

impl ApiResponse for PlanResponse {
    fn meta() -> MetaResponses {
        let header = |name: &str, description: &str| MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required: false,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let tag = || header("ETAG", "Names these bytes, for If-None-Match");
        let answer = |status, description, content, headers| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers,
        };
        let name = header("CONTENT-DISPOSITION", "The file's name, such as lisbon-2027-05-08.ics");
        let content = Format::ALL.map(describe).into();
        MetaResponses {
            responses: vec![
                answer(200, "The plan in the format that was asked for", content, vec![name, tag()]),
                answer(304, "The file is the one that If-None-Match names", vec![], vec![tag()]),
            ],
        }
    }

    fn register(_registry: &mut Registry) {}
}

/// A format with an example, for the document.
fn describe(format: Format) -> MetaMediaType {
    let (ty, description, example): (_, _, Value) = match format {
        Format::Json => (
            "object",
            "The plan, as `result` in the job's status has it",
            json!({ "title": "4 days in Lisbon", "start_date": "2027-05-08", "days": [] }),
        ),
        Format::Markdown => ("string", "CommonMark with tables", json!("# 4 days in Lisbon\n")),
        Format::Calendar => (
            "string",
            "RFC 5545: one VEVENT for each item with a UID that stays, and a VTIMEZONE for each zone",
            json!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"),
        ),
        Format::Geojson => (
            "object",
            "RFC 7946: a FeatureCollection of places, legs and the way of each day",
            json!({ "type": "FeatureCollection", "features": [] }),
        ),
    };
    let schema = MetaSchema { description: Some(description), example: Some(example), ..MetaSchema::new(ty) };
    MetaMediaType { content_type: format.media_type(), schema: MetaSchemaRef::Inline(Box::new(schema)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let tag = tag("body");
        assert!(tag.starts_with("W/\"") && tag.len() == TAG_DIGITS + 4);
        for known in [tag.clone(), tag[2..].to_owned(), format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(matches_tag(&known, &tag), "{known}");
        }
        for other in ["", "\"x\"", "W/\"x\"", "W/"] {
            assert!(!matches_tag(other, &tag), "{other}");
        }
    }

    #[test]
    fn the_parameter_has_the_words_of_the_files() {
        use poem_openapi::types::ToJSON;
        let formats = [PlanFormat::Json, PlanFormat::Md, PlanFormat::Ics, PlanFormat::Geojson];
        for (parameter, format) in formats.into_iter().zip(Format::ALL) {
            assert_eq!(parameter.to_json(), Some(format.word().into()));
            assert_eq!(Format::from(parameter), format);
        }
    }
}
