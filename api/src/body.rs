//! Request bodies: read within limits, parsed, and checked so that every fault is told at once.

use std::{pin::pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::request::FieldError;
use futures::StreamExt;
use poem::{Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    payload::Payload,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
    types::ParseFromJSON,
};
use serde_json::{Map, Value};
use store::Clock;

use crate::{
    codes::ErrorCode,
    error::ApiError,
    schema::{Fault, Schema},
};

/// How often faults are cut out of a body to read the rest of it.
const PRUNINGS_MAX: usize = 4;

/// What a body may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) bytes_max: usize,
    pub(crate) timeout: Duration,
    /// What "past" means in a body.
    pub(crate) clock: Clock,
}

/// A type that clients send.
pub(crate) trait JsonBody: ParseFromJSON + 'static {
    /// For the document.
    fn example() -> Value;

    /// Its schema, made once.
    fn schema() -> &'static Schema;

    /// Puts something in the place of missing required fields, so that the rest can be checked too.
    fn fill(_fields: &mut Map<String, Value>) {}

    /// Checks what a schema cannot say.
    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        Vec::new()
    }

    /// The code for what [`JsonBody::check`] found.
    fn code(_errors: &[FieldError]) -> ErrorCode {
        ErrorCode::InvalidFields
    }
}

/// The parts of [`JsonBody`] that are the same for every type.
macro_rules! json_body {
    ($body:ty, $example:expr) => {
        fn example() -> serde_json::Value {
            $example
        }

        fn schema() -> &'static $crate::schema::Schema {
            static SCHEMA: std::sync::LazyLock<$crate::schema::Schema> =
                std::sync::LazyLock::new($crate::schema::Schema::of::<$body>);
            &SCHEMA
        }
    };
}
pub(crate) use json_body;

/// A JSON body that is right.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: JsonBody> Payload for Body<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref().merge(MetaSchema { example: Some(T::example()), ..MetaSchema::ANY })
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<'a, T: JsonBody> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: Self::schema_ref() }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        check_type(request)?;
        let limits = request.data::<Arc<Limits>>().ok_or_else(ApiError::internal)?;
        let bytes = read(request, body, limits).await?;
        Ok(Self(parse(&bytes, limits.clock)?))
    }
}

fn check_type(request: &Request) -> Result<(), ApiError> {
    let refuse = |detail: String| Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail).closing());
    let Some(content_type) = request.content_type() else { return refuse("There is no Content-Type".to_owned()) };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return refuse("The Content-Type is another than application/json".to_owned());
    }
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refuse("The body is compressed".to_owned());
    }
    Ok(())
}

/// Reads the body, counting while it streams in: neither a missing nor a false Content-Length gets past the limit.
async fn read(request: &Request, body: &mut RequestBody, limits: &Limits) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        let detail = format!("The body has more than {} bytes", limits.bytes_max);
        ApiError::new(ErrorCode::BodyTooLarge, detail).closing()
    };
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits.bytes_max as u64) {
        return Err(too_large());
    }
    let body = body.take().map_err(|_| ApiError::internal())?;
    let reading = async {
        let mut chunks = pin!(body.into_bytes_stream());
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|_| ApiError::new(ErrorCode::BadJson, "The body broke off before its end").closing())?;
            if bytes.len() + chunk.len() > limits.bytes_max {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(limits.timeout, reading).await.unwrap_or_else(|_| {
        let detail = format!("The body did not arrive within {} ms", limits.timeout.as_millis());
        Err(ApiError::new(ErrorCode::RequestTimeout, detail).closing())
    })
}

fn parse<T: JsonBody>(bytes: &[u8], clock: Clock) -> Result<T, ApiError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let detail =
            if bytes.is_empty() { "The body is empty".to_owned() } else { format!("The body is not JSON: {error}") };
        ApiError::new(ErrorCode::BadJson, detail)
    })?;
    let faults = T::schema().faults(&value);
    if faults.is_empty() {
        let parsed = T::parse_from_json(Some(value)).map_err(|error| {
            ApiError::fields(
                ErrorCode::InvalidFields,
                vec![FieldError::new("", format!("cannot be read: {}", error.message()))],
            )
        })?;
        return match parsed.check(clock.now()) {
            errors if errors.is_empty() => Ok(parsed),
            errors => Err(ApiError::fields(T::code(&errors), errors)),
        };
    }
    let code =
        if faults.iter().any(|fault| fault.is_unknown) { ErrorCode::UnknownField } else { ErrorCode::InvalidFields };
    let mut errors: Vec<FieldError> = faults.iter().map(|fault| fault.error.clone()).collect();
    for further in further_errors::<T>(value, faults, clock) {
        if !errors.iter().any(|known| known.pointer == further.pointer) {
            errors.push(further);
        }
    }
    Err(ApiError::fields(code, errors))
}

/// What [`JsonBody::check`] says of a body that has faults, with these cut out.
fn further_errors<T: JsonBody>(mut value: Value, mut faults: Vec<Fault>, clock: Clock) -> Vec<FieldError> {
    for _ in 0..PRUNINGS_MAX {
        for fault in faults.iter().rev() {
            prune(&mut value, &fault.error.pointer);
        }
        if let Value::Object(fields) = &mut value {
            T::fill(fields);
        }
        faults = T::schema().faults(&value);
        if faults.is_empty() {
            break;
        }
    }
    T::parse_from_json(Some(value)).map(|body| body.check(clock.now())).unwrap_or_default()
}

/// Takes the field at `pointer` away; for one that is missing, or stands in a list, what it belongs to.
fn prune(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let name = name.replace("~1", "/").replace("~0", "~");
    let removed = match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&name).is_some(),
        Some(_) => false,
        None => true,
    };
    if !removed && !parent.is_empty() {
        prune(value, parent);
    }
}
