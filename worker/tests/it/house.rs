//! A house of one database and any number of workers.

use std::{future::Future, time::Duration};

use broker::{Broker, Config as BrokerConfig, testing::RedisServer};
use dispatch::Dispatch;
use domain::{
    JobId, TenantId,
    gate::{Decision, DecisionKind},
    job::{JobStatus, Mode},
    request::PlanRequest,
};
use serde_json::json;
use store::{
    DecideRequest, JobDetail, JobFilter, NewJob, Owner, Store,
    testing::{Engine, TestDatabase},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use worker::Config;

/// Nothing in these tests takes longer, unless it never ends.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct House {
    pub(crate) dispatch: Dispatch,
    pub(crate) redis: Option<RedisServer>,
    broker_config: Option<BrokerConfig>,
    database: TestDatabase,
    workers: Vec<Hired>,
}

/// A worker at work.
pub(crate) struct Hired {
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Hired {
    /// Asks it to stop, as SIGTERM does, and waits until it has.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.close();
        within(self.tasks.wait()).await;
    }
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it happens within a minute")
}

pub(crate) fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

pub(crate) fn say(decision: DecisionKind) -> Decision {
    Decision { decision, edits: None, answer: None, comment: None }
}

pub(crate) fn config() -> Config {
    let mut config = Config { sweep_ms: 100, lease_ms: 3_000, renew_ms: 500, ..Config::default() };
    config.probe.enabled = true;
    config
}

pub(crate) fn probe(steps: u32, delay_ms: u64) -> PlanRequest {
    serde_json::from_value(
        json!({ "query": "q", "workflow": "probe", "probe": { "steps": steps, "delay_ms": delay_ms } }),
    )
    .unwrap()
}

impl House {
    /// SQLite goes with the in-process broker, Postgres with Redis.
    pub(crate) async fn build(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let redis = (engine == Engine::Postgres).then(RedisServer::start);
        let broker_config = redis.as_ref().map(RedisServer::config);
        let broker = connect(broker_config.as_ref()).await;
        let dispatch = Dispatch::new(database.connect().await, broker);
        Self { dispatch, redis, broker_config, database, workers: Vec::new() }
    }

    /// With one worker.
    pub(crate) async fn open(engine: Engine) -> Self {
        let mut house = Self::build(engine).await;
        let worker = house.hire(config()).await;
        house.workers.push(worker);
        house
    }

    /// Starts another worker; over Postgres with connections of its own, as another process would have.
    pub(crate) async fn hire(&self, config: Config) -> Hired {
        self.start(config, self.dispatch_of_another_process().await)
    }

    async fn dispatch_of_another_process(&self) -> Dispatch {
        if self.redis.is_some() {
            Dispatch::new(self.database.connect().await, connect(self.broker_config.as_ref()).await)
        } else {
            self.dispatch.clone()
        }
    }

    fn start(&self, config: Config, dispatch: Dispatch) -> Hired {
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let run = worker::run(config, self.database.config.clone(), dispatch, shutdown.clone());
        tasks.spawn(async move { run.await.expect("the worker ends well") });
        Hired { shutdown, tasks }
    }

    /// The same, with the store through which that worker works.
    pub(crate) async fn hire_watched(&self, config: Config) -> (Hired, Store) {
        let dispatch = self.dispatch_of_another_process().await;
        let store = dispatch.store().clone();
        (self.start(config, dispatch), store)
    }

    pub(crate) fn store(&self) -> &Store {
        self.dispatch.store()
    }

    pub(crate) fn new_job(request: &PlanRequest) -> NewJob {
        let (workflow, version, input) = worker::intake(&config(), store::Clock::real())(request).unwrap();
        NewJob {
            id: JobId::new(),
            user_id: None,
            workflow,
            version,
            mode: Mode::Reactive,
            request: json!(request),
            input,
            deadline_s: request.deadline_s,
            trace_id: "t".to_owned(),
            summary: String::new(),
        }
    }

    pub(crate) async fn submit(&self, request: &PlanRequest) -> JobId {
        self.dispatch.submit(&owner(), &Self::new_job(request), None).await.unwrap().job_id
    }

    pub(crate) async fn detail(&self, id: JobId) -> JobDetail {
        self.store().job_detail(&owner(), id).await.unwrap()
    }

    /// Waits until the job's row satisfies `is`: looked at whenever something happens to the job, or anyway ten times a second.
    pub(crate) async fn until(&self, id: JobId, is: impl Fn(&JobDetail) -> bool) -> JobDetail {
        let mut events = self.dispatch.broker().subscribe(id).await;
        let settled = async {
            loop {
                let detail = self.detail(id).await;
                if is(&detail) {
                    return detail;
                }
                tokio::time::timeout(Duration::from_millis(100), events.recv()).await.ok();
            }
        };
        within(settled).await
    }

    /// Waits until the job neither runs nor is about to.
    pub(crate) async fn settled(&self, id: JobId) -> JobDetail {
        self.until(id, |detail| !matches!(detail.job.status, JobStatus::Queued | JobStatus::Running)).await
    }

    pub(crate) async fn decide(&self, id: JobId, decision: Decision) {
        let gate = self.detail(id).await.gate.map(|gate| gate.approval_id);
        let request = DecideRequest { job_id: id, gate, decision, proposal_hash: None, by: "ana".to_owned() };
        self.dispatch.decide(&owner(), &request).await.unwrap();
    }

    pub(crate) async fn count(&self, status: JobStatus) -> usize {
        let filter = JobFilter { status: Some(status), ..JobFilter::default() };
        self.store().jobs(&owner(), &filter, 100_000).await.unwrap().len()
    }

    /// The seqs and kinds of the job's whole journal; asserts that it has no gap.
    pub(crate) async fn journal(&self, id: JobId) -> Vec<String> {
        let mut kinds = Vec::new();
        loop {
            let page = self.store().events(&owner(), id, i64::try_from(kinds.len()).unwrap()).await.unwrap();
            if page.is_empty() {
                return kinds;
            }
            for event in page {
                kinds.push(event.kind);
                assert_eq!(event.seq, i64::try_from(kinds.len()).unwrap(), "gapless");
            }
        }
    }

    pub(crate) async fn close(mut self) {
        for worker in self.workers.drain(..) {
            worker.stop().await;
        }
    }
}

async fn connect(config: Option<&BrokerConfig>) -> Broker {
    match config {
        Some(config) => Broker::connect(config).await.unwrap(),
        None => Broker::in_process(),
    }
}
