//! The OpenAPI document and its page.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    ExtraHeader, OpenApi, OpenApiService, Tags,
    registry::{MetaApi, Registry},
};

use crate::{
    alerts::AlertsApi, approve::ApproveApi, channels::ChannelsApi, export::ExportApi, feedback::FeedbackApi,
    health::HealthApi, jobs::JobsApi, plan::PlanApi, preferences::PreferencesApi, schedules::SchedulesApi,
    status::StatusApi, storage::StorageApi, stream::StreamApi, suggest::SuggestApi, watches::WatchesApi,
    webhooks::WebhooksApi,
};

/// Every operation there is.
pub(crate) type Apis = (
    PlanApi,
    StatusApi,
    StreamApi,
    ApproveApi,
    FeedbackApi,
    ExportApi,
    JobsApi,
    SchedulesApi,
    AlertsApi,
    ChannelsApi,
    PreferencesApi,
    WebhooksApi,
    SuggestApi,
    WatchesApi,
    StorageApi,
    HealthApi,
);

#[derive(Tags)]
pub(crate) enum Tag {
    /// Plans are made by jobs: submit, follow, decide, cancel.
    Jobs,
    /// What starts jobs by the clock.
    Schedules,
    /// What people should know, and where and when they are told.
    Alerts,
    /// Addresses that are told of jobs and alerts.
    Webhooks,
    /// What is looked at by itself, and what is suggested because of it.
    Watches,
    /// What is kept, for how long, and how much of it.
    Storage,
    /// For operators.
    Health,
}

const ABOUT: &str = "Planning agents as durable jobs. POST a request, get a job id at once, poll it or stream it, approve \
what needs a person, and receive a plan whose every constraint was checked by code.\n\n\
Errors are `application/problem+json` with a stable `code`, a `hint` that says what to do, and every field at fault in \
`errors`. Every answer carries `X-Request-Id`. Beside what is listed, \
every path answers 405 to other methods and 414 to a path and query of more than 8 KiB.";

/// The service around `api`, which is [`Apis`] or their mere description.
pub(crate) fn service<T: OpenApi>(api: T) -> OpenApiService<T, ()> {
    OpenApiService::new(api, "Portolan", env!("CARGO_PKG_VERSION"))
        .description(ABOUT)
        .extra_response_header::<String, _>(
            ExtraHeader::new("X-Request-Id").description("The request's id: the client's own, or a new one"),
        )
}

/// The document, as `/api/openapi.json` serves it.
#[must_use]
pub fn openapi_json() -> String {
    // poem-openapi has a name of its own for what the standard calls a date.
    service(Described).spec().replace("\"naive-date\"", "\"date\"") + "\n"
}

/// The page, with everything it needs inside.
pub(crate) fn page() -> String {
    service(Described).swagger_ui_html()
}

/// Says what [`Apis`] are, without being able to do it: the document needs no database.
struct Described;

impl OpenApi for Described {
    fn meta() -> Vec<MetaApi> {
        Apis::meta()
    }

    fn register(registry: &mut Registry) {
        Apis::register(registry);
    }

    fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}
