//! What every answer carries: the request's id, what browsers may do with it, and which pages may read it.

use poem::{
    Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use uuid::Uuid;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Answers are data: nothing in them is run, framed or loaded.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Swagger UI is one page with its script and style inside; it talks to this server only.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-none-match, last-event-id, traceparent, x-api-key, x-request-id",
);
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("content-disposition, etag, location, retry-after, x-request-id");
const PREFLIGHT_AGE_S: HeaderValue = HeaderValue::from_static("600");

/// The client's id for the request, if it is sane, or a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map_or_else(|| format!("req_{}", Uuid::now_v7().simple()), str::to_owned)
}

/// Sets the headers that depend on the path only.
pub(crate) fn secure(path: &str, headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let is_docs = path == "/api/docs" || path.starts_with("/api/docs/");
    headers.insert(header::CONTENT_SECURITY_POLICY, if is_docs { DOCS_POLICY } else { DATA_POLICY });
    if !path.starts_with("/api/") {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Which pages may read answers. Listed origins only; an empty list sets no header at all.
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
}

/// What CORS has to say about one request.
pub(crate) struct CorsTurn {
    /// The page's origin, if it is listed.
    origin: Option<HeaderValue>,
    /// Whether answers differ by origin at all.
    varies: bool,
    is_preflight: bool,
}

impl Cors {
    pub(crate) fn new(origins: &[String]) -> Self {
        Self { origins: origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect() }
    }

    pub(crate) fn turn(&self, request: &Request) -> CorsTurn {
        let headers = request.headers();
        let origin = headers.get(header::ORIGIN).filter(|origin| self.origins.contains(origin)).cloned();
        let is_preflight = origin.is_some()
            && request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        CorsTurn { origin, varies: !self.origins.is_empty(), is_preflight }
    }
}

impl CorsTurn {
    /// The answer to a browser that asks before it sends.
    pub(crate) fn preflight(&self) -> Option<Response> {
        self.is_preflight.then(|| {
            let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S);
            response
        })
    }

    pub(crate) fn apply(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
    }
}
