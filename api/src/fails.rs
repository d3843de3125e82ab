//! How operations may fail, for the document.

use std::marker::PhantomData;

use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};

use crate::error::{ApiError, PROBLEM_JSON, Problem};

/// The statuses with which an operation may fail.
pub(crate) trait Statuses: Send + Sync + 'static {
    const ALL: &'static [u16];
}

/// Names a list of statuses.
macro_rules! statuses {
    ($($name:ident: $($status:literal),+;)+) => {
        $(
            #[derive(Debug)]
            pub(crate) struct $name;
            impl $crate::fails::Statuses for $name {
                const ALL: &'static [u16] = &[$($status),+];
            }
        )+
    };
}
pub(crate) use statuses;

/// The failure of an operation: an [`ApiError`] and, for the document, the statuses that it may have.
#[derive(Debug)]
pub(crate) struct Fails<S>(ApiError, PhantomData<S>);

impl<S> From<ApiError> for Fails<S> {
    fn from(error: ApiError) -> Self {
        Self(error, PhantomData)
    }
}

impl<S> From<store::Error> for Fails<S> {
    fn from(error: store::Error) -> Self {
        Self(error.into(), PhantomData)
    }
}

impl<S> From<Fails<S>> for poem::Error {
    fn from(fails: Fails<S>) -> Self {
        fails.0.into()
    }
}

impl<S: Statuses> ApiResponse for Fails<S> {
    fn meta() -> MetaResponses {
        MetaResponses { responses: S::ALL.iter().map(|status| describe(*status)).collect() }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

fn describe(status: u16) -> MetaResponse {
    let header = |name: &str, description: &str| MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
    };
    let headers = match status {
        401 => vec![header("WWW-AUTHENTICATE", "The kinds of keys that are accepted")],
        409 | 503 | 507 => vec![header("RETRY-AFTER", "Seconds to wait, where waiting helps")],
        _ => Vec::new(),
    };
    MetaResponse {
        description: match status {
            400 => "Not readable: broken JSON, an unknown field, a bad parameter or cursor",
            401 => "No valid API key",
            404 => "No such thing for this key",
            406 => "None of the formats is accepted",
            408 => "The body did not arrive in time",
            409 => "The state of things stands in the way; the problem shows it",
            410 => "The gate's time is over",
            413 => "The body is too large",
            415 => "The body is not declared as plain JSON",
            422 => "Readable and not valid: every field at fault is listed",
            500 => "Our fault; report the request_id",
            507 => "The database's disk is full: nothing was written, and reading goes on",
            _ => "Not possible at the moment; nothing was lost",
        },
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: PROBLEM_JSON, schema: Problem::schema_ref() }],
        headers,
    }
}
