//! The outermost layer: whatever happens inside, the client gets an answer in the shape of this API.
//!
//! It gives the request its id, turns every error and panic into a problem, sets headers, compresses, counts, and writes
//! one line per request. It never logs a body, a key or a path as it was sent.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures::FutureExt;
use poem::{
    Endpoint, PathPattern, Request, Response,
    endpoint::BoxEndpoint,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderValue, Method, StatusCode, header},
};
use poem_openapi::{
    error::{ParseParamError, ParsePathError},
    registry::MetaApi,
};
use tracing::Instrument;

use crate::{
    codes::ErrorCode,
    compress,
    error::ApiError,
    headers::{Cors, REQUEST_ID, request_id, secure},
};

const URI_BYTES_MAX: usize = 8 * 1024;
/// What a request that met no route is counted under.
const NO_ROUTE: &str = "none";

pub(crate) struct Edge {
    inner: BoxEndpoint<'static, Response>,
    cors: Cors,
    routes: Routes,
}

/// The documented routes, by the pattern under which the router knows them.
struct Routes(HashMap<String, Route>);

struct Route {
    path: String,
    /// For the Allow header.
    methods: String,
}

impl Edge {
    pub(crate) fn new(inner: BoxEndpoint<'static, Response>, cors_origins: &[String], apis: &[MetaApi]) -> Self {
        Self { inner, cors: Cors::new(cors_origins), routes: Routes::new(apis) }
    }

    async fn answer(&self, request: Request, id: &str) -> (Response, String) {
        if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > URI_BYTES_MAX) {
            let detail = format!("The path and query have more than {URI_BYTES_MAX} bytes");
            return (ApiError::new(ErrorCode::UriTooLong, detail).closing().into_response(id), NO_ROUTE.to_owned());
        }
        // A panic poisons nothing that outlives the request: state is in the database.
        match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
            Ok(Ok(response)) => {
                let route = self.routes.name(response.data::<PathPattern>());
                (response, route)
            }
            Ok(Err(error)) => {
                let route = self.routes.name(error.data::<PathPattern>());
                let allowed = self.routes.methods(error.data::<PathPattern>());
                (explain(error, allowed).into_response(id), route)
            }
            Err(_) => {
                tracing::error!("A request made its handler panic; the panic's message stands above");
                (ApiError::internal().into_response(id), NO_ROUTE.to_owned())
            }
        }
    }
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let id = request_id(request.headers());
        let method = known(request.method());
        let path = request.uri().path().to_owned();
        let coding = compress::negotiate(request.headers());
        let cors = self.cors.turn(&request);
        let span = tracing::info_span!("request", request.id = %id);
        let (mut response, route) = match cors.preflight() {
            Some(response) => (response, NO_ROUTE.to_owned()),
            None => self.answer(request, &id).instrument(span.clone()).await,
        };
        secure(&path, response.headers_mut());
        cors.apply(response.headers_mut());
        let mut response = compress::compress(response, coding).await;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        span.in_scope(|| tell(method, route, response.status(), started.elapsed(), &id));
        Ok(response)
    }
}

/// The one line, and the figures. Of a stream it tells when it began.
fn tell(method: &'static str, route: String, status: StatusCode, took: Duration, id: &str) {
    let (status, took_ms) = (status.as_u16(), took.as_millis());
    tracing::info!(
        http.method = method, http.route = %route, http.status = status, took_ms, request.id = id,
        "{method} {route} answered {status} in {took_ms} ms"
    );
    metrics::counter!(
        "portolan_http_requests_total",
        "route" => route.clone(), "method" => method, "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("portolan_http_request_duration_seconds", "route" => route, "method" => method)
        .record(took.as_secs_f64());
}

/// A method's name as a label: strangers must not choose labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Turns the framework's errors into ours.
fn explain(error: poem::Error, allowed: &str) -> ApiError {
    let error = match error.downcast::<ApiError>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    if error.is::<ParsePathError>() {
        return ApiError::no_job();
    }
    if let Some(ParseParamError { name, reason }) = error.downcast_ref::<ParseParamError>() {
        return ApiError::parameter(ErrorCode::BadParameter, name, format!("cannot be read: {reason}"));
    }
    if error.is::<MethodNotAllowedError>() {
        return ApiError::new(ErrorCode::MethodNotAllowed, format!("The path takes {allowed}"))
            .with_header(header::ALLOW, allowed);
    }
    if error.is::<NotFoundError>() || error.status().is_client_error() {
        return ApiError::new(ErrorCode::NotFound, "There is nothing at this path; /api/docs lists what there is");
    }
    tracing::error!("A request failed: {error}");
    ApiError::internal()
}

impl Routes {
    fn new(apis: &[MetaApi]) -> Self {
        let paths = apis.iter().flat_map(|api| &api.paths);
        let route = |path: &poem_openapi::registry::MetaPath| {
            let methods: Vec<&str> = path.operations.iter().map(|operation| operation.method.as_str()).collect();
            (pattern_of(&path.path), Route { path: path.path.clone(), methods: methods.join(", ") })
        };
        Self(paths.map(route).collect())
    }

    fn name(&self, pattern: Option<&PathPattern>) -> String {
        // The router has an empty pattern for what falls through to its root.
        let Some(PathPattern(pattern)) = pattern.filter(|pattern| !pattern.0.is_empty()) else {
            return NO_ROUTE.to_owned();
        };
        self.0.get(&**pattern).map_or_else(|| pattern.to_string(), |route| route.path.clone())
    }

    fn methods(&self, pattern: Option<&PathPattern>) -> &str {
        pattern.and_then(|PathPattern(pattern)| self.0.get(&**pattern)).map_or("GET", |route| &route.methods)
    }
}

/// `/v1/status/{job_id}` is `/v1/status/:param0` to the router.
fn pattern_of(path: &str) -> String {
    let mut parameters = 0;
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            parameters += 1;
            format!(":param{}", parameters - 1)
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documented_path_is_known_by_its_pattern() {
        assert_eq!(pattern_of("/v1/jobs/{job_id}/cancel"), "/v1/jobs/:param0/cancel");
        assert_eq!(pattern_of("/health"), "/health");
    }
}
