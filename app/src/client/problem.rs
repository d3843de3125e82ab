//! What the server says went wrong, and how the process ends because of it.

use domain::request::FieldError;
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use crate::exit::{Exit, Failure};

/// `application/problem+json` as far as people need it. Whatever answers may be a proxy, so nothing is required.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    title: String,
    detail: String,
    hint: String,
    request_id: String,
    errors: Vec<FieldError>,
}

pub(super) async fn failure(response: Response, key_sent: bool) -> Failure {
    let status = response.status();
    let problem: Problem = response.json().await.unwrap_or_default();
    let exit = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Denied,
        StatusCode::NOT_FOUND => Exit::NotFound,
        StatusCode::PAYMENT_REQUIRED => Exit::Budget,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => Exit::Usage,
        status if status.is_server_error() => Exit::Unreachable,
        _ => Exit::Failed,
    };
    let mut message = match (problem.detail.as_str(), problem.title.as_str()) {
        ("", "") => format!("the server answered {status}"),
        ("", title) => title.to_owned(),
        (detail, _) => detail.to_owned(),
    };
    if problem.errors.len() > 1 {
        for error in &problem.errors {
            message.push_str(&format!("\n  - {} {}", error.pointer, error.detail));
        }
    }
    if exit == Exit::Denied && !key_sent {
        message.push_str(
            "\n  Put the API key into the environment variable PORTOLAN_API_KEY (or name another with --key-env)",
        );
    } else if !problem.hint.is_empty() {
        message.push_str(&format!("\n  {}", problem.hint));
    }
    if status.is_server_error() && !problem.request_id.is_empty() {
        message.push_str(&format!("\n  request {} ({})", problem.request_id, problem.code));
    }
    Failure::new(exit, message)
}
