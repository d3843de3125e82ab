//! Talks to a Portolan over HTTP: a far one, the `dev` of this folder, or the stack inside this process. One code path.

mod alerts;
mod problem;
mod schedules;
mod stream;
mod watches;
mod wire;

use std::{net::IpAddr, time::Duration};

use anyhow::Context;
use domain::{GateId, JobId, gate::Decision, request::PlanRequest};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    exit::{Exit, Failure},
    key,
};

pub(crate) use alerts::{AlertPage, ChannelPage, DeliveryPage, WebhookPage};
pub(crate) use schedules::{ScheduleInfo, SchedulePage, Ticks};
pub(crate) use stream::{Envelope, Events};
pub(crate) use watches::{ObservationInfo, Observations, WatchInfo, WatchPage};
pub(crate) use wire::{Accepted, JobPage, Status};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than the server's own limits, so that its explanation arrives.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a request that may be repeated is sent.
const TRIES_MAX: u32 = 3;
const RETRY_WAIT: Duration = Duration::from_millis(300);

/// One server and the right to use it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    key: Option<SecretString>,
}

impl Client {
    /// For the server at `url`, which may have a path before `/v1`.
    pub(crate) fn new(url: &str, key: Option<SecretString>) -> anyhow::Result<Self> {
        let unusable =
            || Failure::usage(format!("\"{url}\" is not the address of a server, such as http://127.0.0.1:8000"));
        let mut base = Url::parse(url).map_err(|_| unusable())?;
        let host =
            base.host_str().filter(|_| matches!(base.scheme(), "http" | "https")).ok_or_else(unusable)?.to_owned();
        let loopback = is_loopback(&host);
        refuse_careless_key(key.as_ref(), base.scheme(), loopback)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none()) // A key must not travel to another host.
            .user_agent(concat!("portolan/", env!("CARGO_PKG_VERSION")));
        if loopback {
            http = http.no_proxy();
        }
        Ok(Self { http: http.build().context("the HTTP client cannot start")?, base, key })
    }

    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The address, for people.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Submits a request. Sent again when the answer got lost: the key makes it one job.
    pub(crate) async fn submit(&self, request: &PlanRequest) -> anyhow::Result<Accepted> {
        let key = format!("cli-{}", JobId::new());
        self.repeat(|| self.request(Method::POST, "v1/plan").header("Idempotency-Key", &key).json(request)).await
    }

    pub(crate) async fn status(&self, job: JobId) -> anyhow::Result<Status> {
        self.repeat(|| self.request(Method::GET, &format!("v1/status/{job}"))).await
    }

    pub(crate) async fn jobs(&self, query: &[(&str, String)]) -> anyhow::Result<JobPage> {
        self.repeat(|| self.request(Method::GET, "v1/jobs").query(query)).await
    }

    /// Any answer as it is, for `--json`.
    pub(crate) async fn raw(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<serde_json::Value> {
        self.repeat(|| self.request(Method::GET, path).query(query)).await
    }

    pub(crate) async fn cancel(&self, job: JobId) -> anyhow::Result<()> {
        let request = || self.request(Method::POST, &format!("v1/jobs/{job}/cancel"));
        let _: serde_json::Value = self.repeat(request).await?;
        Ok(())
    }

    /// Decides. Sent again when the answer got lost: the same decision twice is one.
    /// `shown` is the hash of what the person was shown: of anything else the server wants another decision.
    pub(crate) async fn decide(
        &self,
        job: JobId,
        gate: Option<GateId>,
        decision: &Decision,
        shown: Option<&str>,
    ) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct Body<'a> {
            job_id: JobId,
            #[serde(skip_serializing_if = "Option::is_none")]
            approval_id: Option<GateId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            proposal_hash: Option<&'a str>,
            #[serde(flatten)]
            decision: &'a Decision,
        }
        let body = Body { job_id: job, approval_id: gate, proposal_hash: shown, decision };
        let _: serde_json::Value = self.repeat(|| self.request(Method::POST, "v1/approve").json(&body)).await?;
        Ok(())
    }

    /// Whether anything of ours answers there.
    pub(crate) async fn is_alive(&self) -> bool {
        let answer = self.request(Method::GET, "health").timeout(CONNECT_TIMEOUT).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The job's events after `since`, over as many connections as it takes.
    pub(crate) fn events(&self, job: JobId, since: i64) -> Events {
        Events::new(self.clone(), format!("v1/stream/{job}"), Vec::new(), since)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // Paths are ours and ids are UUIDs: the join cannot fail.
        let url = self.base.join(path).unwrap_or_else(|_| self.base.clone());
        let request = self.http.request(method, url);
        match &self.key {
            Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
            None => request,
        }
    }

    /// The job's plan as a file: `format` is the word for it.
    pub(crate) async fn plan(&self, job: JobId, format: &str) -> anyhow::Result<Vec<u8>> {
        let path = format!("v1/jobs/{job}/plan");
        let answer = self.send(|| self.request(Method::GET, &path).query(&[("format", format)])).await?;
        Ok(answer.bytes().await.context("the plan did not arrive in full")?.to_vec())
    }

    async fn repeat<T: DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> anyhow::Result<T> {
        self.send(request).await?.json().await.context("the server's answer is not what this version expects")
    }

    /// Sends until there is an answer, a few times.
    async fn send(&self, request: impl Fn() -> RequestBuilder) -> anyhow::Result<Response> {
        let mut tried = 0;
        loop {
            tried += 1;
            let sent = request().timeout(ANSWER_TIMEOUT).send().await;
            match sent {
                Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE && tried < TRIES_MAX => {}
                Ok(response) => return self.accept(response).await,
                Err(_) if tried < TRIES_MAX => {}
                Err(error) => return Err(self.unreachable(&error).into()),
            }
            tokio::time::sleep(RETRY_WAIT * tried).await;
        }
    }

    /// The response, or what it says went wrong.
    async fn accept(&self, response: Response) -> anyhow::Result<Response> {
        if response.status().is_success() {
            return Ok(response);
        }
        let key_sent = self.key.is_some();
        Err(problem::failure(response, key_sent).await.into())
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() {
            "it did not answer in time".to_owned()
        } else {
            let mut cause: &dyn std::error::Error = error;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            cause.to_string()
        };
        let server = self.base.as_str().trim_end_matches('/');
        Failure::new(Exit::Unreachable, format!("{server} cannot be reached ({why}). Does `portolan dev` run there?"))
    }
}

/// A key in clear text over a network belongs to whoever listens; a mistyped one is nobody's.
fn refuse_careless_key(key: Option<&SecretString>, scheme: &str, loopback: bool) -> Result<(), Failure> {
    let Some(key) = key else { return Ok(()) };
    if scheme == "http" && !loopback {
        return Err(Failure::usage("an API key would travel unencrypted; use an https:// address".to_owned()));
    }
    if key::is_mistyped(key.expose_secret()) {
        return Err(Failure::new(Exit::Denied, "the API key is incomplete or mistyped: its checksum does not fit"));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
