//! The OpenAPI document.

use chrono::DateTime;
use domain::{
    Event, EventRecord, FeedbackId, GateId, JobId,
    event::{
        AgentOutput, Alert, ApprovalDecided, ApprovalRequired, Complete, Error, StateChange, TaskComplete, TaskStart,
    },
    gate::{Decision, DecisionKind, GateKind, OnTimeout},
    job::{JobError, JobStatus, Reason},
};
use poem_openapi::types::ToJSON;
use serde_json::{Value, json};

use crate::support::Server;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

/// What an operation's id begins with.
const VERBS: [&str; 20] = [
    "get",
    "list",
    "create",
    "replace",
    "update",
    "delete",
    "pause",
    "resume",
    "run",
    "cancel",
    "decide",
    "stream",
    "acknowledge",
    "snooze",
    "resolve",
    "rotate",
    "ping",
    "test",
    "replay",
    "check",
];

fn document() -> Value {
    serde_json::from_str(&api::openapi_json()).unwrap()
}

/// Every operation, as `(path, method, operation)`.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
    });
    methods.collect()
}

#[test]
fn the_committed_document_is_the_current_one() {
    let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/openapi.json");
    std::fs::write(fresh, api::openapi_json()).unwrap();
    let committed = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(
        committed == api::openapi_json(),
        "docs/openapi.json is not what the code says. If the change is meant: cp {fresh} {SNAPSHOT}"
    );
}

#[test]
fn every_operation_is_described_with_its_failures_and_examples() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), 62);
    for (path, method, operation) in operations {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(id.split_once('_').is_some_and(|(verb, _)| VERBS.contains(&verb)), "{path}");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{path}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500"), "{path}");
        let is_open = path.starts_with("/health") || path == "/metrics";
        assert_eq!(operation["security"].is_null(), is_open, "{path}");
        if !is_open {
            for status in ["401", "503"] {
                assert!(responses.contains_key(status), "{path} lacks {status}");
            }
            assert!(responses.keys().any(|status| status.starts_with('4')), "{path}");
        }
        if method != "get" {
            assert!(responses.contains_key("507"), "{method} {path} writes, and a disk may be full");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path} {}", parameter["name"]);
        }
        if let Some(body) = operation.get("requestBody") {
            let schema = &body["content"]["application/json"]["schema"];
            assert!(schema["example"].is_object(), "{path} has no example");
            for status in ["400", "408", "413", "415", "422"] {
                assert!(responses.contains_key(status), "{path} lacks {status}");
            }
            assert!(["post", "put", "patch"].contains(&method.as_str()), "{path}");
        }
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{path} {status}");
            if status.starts_with(['4', '5']) {
                assert!(response["content"]["application/problem+json"].is_object(), "{path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn every_example_is_a_right_request() {
    let server = Server::start().await;
    for (path, method, operation) in operations(&document()) {
        let example = &operation["requestBody"]["content"]["application/json"]["schema"]["example"];
        if example.is_object() {
            let method = method.to_uppercase().parse().unwrap();
            let status = server.request(method, &path).json(example).send().await.unwrap().status().as_u16();
            let expected = match path.as_str() {
                "/v1/plan" | "/v1/suggest" => 202,
                "/v1/schedules" | "/v1/watches" | "/v1/channels" | "/v1/webhooks" => 201,
                "/v1/preferences" => 200,
                _ => 404,
            };
            assert_eq!(status, expected, "{path}");
        }
    }
}

#[test]
fn every_code_is_in_the_document() {
    let document = document();
    let listed = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap().clone();
    let codes: Vec<Value> = api::ErrorCode::ALL.iter().map(|code| json!(code.word())).collect();
    assert_eq!(listed, codes);
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let server = Server::start().await;
    let served = server.get("/api/openapi.json").send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "application/json");
    assert_eq!(served.text().await.unwrap(), api::openapi_json());
    assert!(!api::openapi_json().contains("naive"));
    let page = server.get("/api/docs").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("SwaggerUIBundle"));
    for outside in ["src=\"http", "src=\"//", "<link"] {
        assert!(!page.contains(outside), "the page loads {outside}");
    }
}

fn every_event() -> Vec<Event> {
    let text = || "x".to_owned();
    let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let error = JobError { code: Reason::Deadline, title: text(), cause: text(), hint: text(), retryable: true };
    let decision = Decision { decision: DecisionKind::Answer, edits: None, answer: Some(text()), comment: None };
    vec![
        Event::StateChange(StateChange {
            status: JobStatus::WaitingApproval,
            reason: Some(Reason::NeedsVersion),
            attempt: 1,
        }),
        Event::TaskStart(TaskStart { node: text(), task: text(), agent: text(), step: 1, attempt: 1 }),
        Event::TaskComplete(TaskComplete {
            node: text(),
            task: text(),
            agent: text(),
            step: 1,
            attempt: 1,
            duration_ms: 5,
        }),
        Event::AgentOutput(AgentOutput {
            node: text(),
            task: text(),
            agent: text(),
            step: 1,
            summary: text(),
            output: Some(json!(1)),
        }),
        Event::ApprovalRequired(ApprovalRequired {
            approval_id: GateId::new(),
            kind: GateKind::Question,
            prompt: text(),
            options: vec![text()],
            proposal: json!({}),
            expires_at: at,
            on_timeout: OnTimeout::Wait,
            proposal_hash: text(),
        }),
        Event::ApprovalDecided(ApprovalDecided {
            approval_id: GateId::new(),
            decision,
            decided_by: text(),
            proposal_hash: text(),
        }),
        Event::Alert(Alert { code: text(), message: text(), task: None, feedback_id: Some(FeedbackId::new()) }),
        Event::Complete(Complete { summary: text(), result: json!({}) }),
        Event::Error(Error { status: JobStatus::Failed, error }),
    ]
}

#[test]
fn serde_and_the_document_spell_events_alike() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mapping = schemas["Event"]["discriminator"]["mapping"].as_object().unwrap();
    let events = every_event();
    assert_eq!(mapping.len(), events.len());
    for event in events {
        assert!(mapping.contains_key(event.kind()), "{}", event.kind());
        let serde = serde_json::to_value(&event).unwrap();
        assert_eq!(serde["type"], event.kind());
        // The one difference: serde writes Z. Answers and events are written by serde.
        let framework = event.to_json().unwrap().to_string().replace("+00:00\"", "Z\"");
        assert_eq!(serde_json::from_str::<Value>(&framework).unwrap(), serde);
    }
    let properties = &schemas["EventRecord"]["properties"];
    let record = EventRecord { seq: 1, job_id: JobId::new(), at: DateTime::UNIX_EPOCH, event: every_event().remove(0) };
    for name in serde_json::to_value(record).unwrap().as_object().unwrap().keys() {
        assert!(properties.get(name).is_some(), "{name}");
    }
}
