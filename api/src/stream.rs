//! `GET /v1/stream/{job_id}`: server-sent events.

use std::{marker::PhantomData, sync::Arc};

use domain::{EventRecord, JobId};
use futures::stream::BoxStream;
use poem::{
    Body, IntoResponse, Response,
    http::{HeaderMap, HeaderValue},
};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Header, Path, Query},
    payload::Payload,
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use store::Job;

use crate::{
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    follow::{Feed, JobEvents},
    state::State,
};

const CURSOR_HEADER: &str = "Last-Event-ID";
const CURSOR_PARAMETER: &str = "after";
pub(crate) const EVENT_STREAM: &str = "text/event-stream";
/// When a client that found no room should try again.
const RETRY_S: u32 = 5;

pub(crate) struct StreamApi(pub(crate) Arc<State>);

statuses! {
    StreamEvents: 400, 401, 404, 500, 503;
}

/// Events as they go out, already written.
pub(crate) struct EventStream<T> {
    bytes: BoxStream<'static, Result<Vec<u8>, std::io::Error>>,
    /// What the `data` of each is, for the document.
    _record: PhantomData<fn() -> T>,
}

impl<T> EventStream<T> {
    pub(crate) fn new(bytes: BoxStream<'static, Result<Vec<u8>, std::io::Error>>) -> Self {
        Self { bytes, _record: PhantomData }
    }
}

#[derive(ApiResponse)]
pub(crate) enum StreamResponse {
    /// The events after the cursor, and then each as it happens, to the terminal one (`complete` or `error`). `id` is the
    /// event's `seq`, `event` its type, `data` the record.
    #[oai(status = 200)]
    Events(EventStream<EventRecord>, #[oai(header = "X-Accel-Buffering")] String),
    /// The job has ended and the cursor is its last event: nothing will ever follow. EventSource stops here.
    #[oai(status = 204)]
    Over,
}

#[OpenApi]
impl StreamApi {
    /// Follow a job
    ///
    /// Server-sent events: everything after the cursor from the job's journal, then live. Every reader gets the same
    /// numbered list, and may resume at any number for the life of the job.
    #[oai(path = "/v1/stream/:job_id", method = "get", operation_id = "stream_events", tag = "Tag::Jobs")]
    async fn stream_events(
        &self,
        caller: Caller,
        /// The job.
        job_id: Path<JobId>,
        /// The last event that was received; browsers send it by themselves. Wins over `after`.
        #[oai(name = "Last-Event-ID")]
        _last_event_id: Header<Option<String>>,
        /// The last event that was received; 0 for all.
        after: Query<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<StreamResponse, Fails<StreamEvents>> {
        let cursor = Cursor::read(headers, after.0.as_deref(), "an event of this job")?;
        let Some(reader) = self.0.reader() else { return Err(full().into()) };
        // Subscribed before the first read, so that no event falls between the two.
        let subscription = self.0.dispatch.broker().subscribe(job_id.0).await;
        let job = self.0.store().job(&caller.owner, job_id.0).await?;
        if cursor.is_end_of(&job)? {
            return Ok(StreamResponse::Over);
        }
        let source = JobEvents::of(&job);
        let feed = Feed::new(source, self.0.clone(), caller.owner, cursor.seq, subscription, reader);
        Ok(StreamResponse::Events(EventStream::new(feed.into_stream()), "no".to_owned()))
    }
}

pub(crate) fn full() -> ApiError {
    ApiError::new(ErrorCode::TooManyStreams, "As many clients listen as this process takes").retry_after(RETRY_S)
}

/// Where a client wants to go on, and how it said so.
pub(crate) struct Cursor {
    pub(crate) seq: i64,
    source: &'static str,
}

impl Cursor {
    /// `what` is numbered, in the words of an error.
    pub(crate) fn read(headers: &HeaderMap, after: Option<&str>, what: &str) -> Result<Self, ApiError> {
        let header = headers.get(CURSOR_HEADER).map(HeaderValue::as_bytes);
        let (text, source) = match (header, after) {
            (Some(text), _) => (text, CURSOR_HEADER),
            (None, Some(text)) => (text.as_bytes(), CURSOR_PARAMETER),
            (None, None) => return Ok(Self { seq: 0, source: CURSOR_PARAMETER }),
        };
        let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let seq = digits.and_then(|digits| digits.parse().ok());
        seq.map(|seq| Self { seq, source }).ok_or_else(|| {
            ApiError::parameter(ErrorCode::BadCursor, source, format!("is not the number of {what}, such as 42"))
        })
    }

    /// The number must be one that there has been.
    pub(crate) fn check(&self, newest: i64, what: &str) -> Result<(), ApiError> {
        if self.seq > newest {
            let detail = format!("is {}, and the newest {what} is {newest}", self.seq);
            return Err(ApiError::parameter(ErrorCode::BadCursor, self.source, detail));
        }
        Ok(())
    }

    /// Whether nothing can follow.
    fn is_end_of(&self, job: &Job) -> Result<bool, ApiError> {
        self.check(job.seq, "event of this job")?;
        Ok(self.seq == job.seq && job.status.is_terminal())
    }
}

impl<T: Type> Payload for EventStream<T> {
    const CONTENT_TYPE: &'static str = EVENT_STREAM;

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            items: Some(Box::new(T::schema_ref())),
            ..MetaSchema::new_with_format("array", "event-stream")
        }))
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T> IntoResponse for EventStream<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type(EVENT_STREAM).body(Body::from_bytes_stream(self.bytes))
    }
}
