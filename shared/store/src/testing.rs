//! What tests need: a SQLite file or a Postgres database of the test's own, and a job to put in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Utc};
use domain::{
    JobId,
    job::{Mode, WorkflowKind},
};
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use serde_json::json;
use tempfile::TempDir;

use crate::{Config, NewJob, Store};

/// The variable that names the Postgres server of the test run; `scripts/with-postgres` sets it.
const SERVER_VARIABLE: &str = "TEST_POSTGRES_URL";

/// The engine that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A migrated, empty database that nobody else uses.
pub struct TestDatabase {
    pub config: Config,
    /// The folder of the SQLite file, removed with the test.
    _folder: TempDir,
}

impl TestDatabase {
    /// Makes and migrates it.
    ///
    /// # Panics
    /// When the server is not there: a test that cannot run has failed.
    pub async fn create(engine: Engine) -> Self {
        let database = Self::create_unmigrated(engine).await;
        let store = database.connect().await;
        migrations::Migrator::up(store.connection(), None).await.expect("migrations apply");
        store.close().await;
        database
    }

    /// Makes it.
    ///
    /// # Panics
    /// When the server is not there: a test that cannot run has failed.
    pub async fn create_unmigrated(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("test.db").display()),
            Engine::Postgres => create_database().await,
        };
        let config = Config { url, connections_max: 12, ..Config::default() };
        Self { config, _folder: folder }
    }

    /// Lets the time of connections that are made from now on begin at `start` and run `scale` times as fast as real time.
    ///
    /// # Panics
    /// When `scale` is 1 or less: the present instant would have to be wrong by a constant.
    pub fn simulate(&mut self, start: DateTime<Utc>, scale: i64) {
        assert!(scale > 1, "a simulated clock is faster than a real one");
        let real = SystemTime::now().duration_since(UNIX_EPOCH).expect("this machine lives after 1970").as_micros();
        let real = i64::try_from(real).expect("and before the year 294247");
        // now = from + (real - from) * scale, solved for from.
        let from =
            (i128::from(real) * i128::from(scale) - i128::from(start.timestamp_micros())) / i128::from(scale - 1);
        self.config.time_scale_from_micros = i64::try_from(from).expect("it lies between the two");
        #[expect(clippy::cast_precision_loss, reason = "a scale has few digits")]
        let scale = scale as f64;
        self.config.time_scale = scale;
    }

    /// A pool of its own, as another process would have.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(&self) -> Store {
        Store::connect(&self.config).await.expect("the database answers")
    }
}

/// Ana's probe, as somebody asked for it just now. A test says what of it matters: `NewJob { version: 2, ..new_job() }`.
#[must_use]
pub fn new_job() -> NewJob {
    NewJob {
        id: JobId::new(),
        user_id: Some("ana".to_owned()),
        workflow: WorkflowKind::Probe,
        version: 1,
        mode: Mode::Reactive,
        request: json!({ "query": "q" }),
        input: json!({ "left": 2 }),
        deadline_s: None,
        trace_id: "trace".to_owned(),
        summary: "s".to_owned(),
    }
}

/// Changes rows behind the store's back, as somebody with access to the database could; says how many.
///
/// # Panics
/// When the statement cannot be run.
pub async fn tamper(store: &Store, sql: &str) -> u64 {
    store.connection().execute_unprepared(sql).await.expect("the statement is valid").rows_affected()
}

/// Makes every message that waits for its next attempt due now, and lets no pace hold it back.
///
/// # Panics
/// When the database does not answer.
pub async fn hurry_deliveries(store: &Store) {
    // What somebody writes to right now is not waited for: it is not what waits.
    let due = "UPDATE deliveries SET next_at = 0 WHERE id IN \
               (SELECT id FROM deliveries WHERE status = 'pending' {skip_locked})";
    let paces = "DELETE FROM delivery_paces WHERE target_id IN (SELECT target_id FROM delivery_paces {skip_locked})";
    for sql in [due, paces] {
        store.connection().execute_unprepared(&store.sql.text(sql)).await.expect("the database answers");
    }
}

/// Counts the statements that this store sends from now on; clones made before are not counted.
pub fn count_statements(store: &mut Store) -> Arc<AtomicUsize> {
    let count = Arc::<AtomicUsize>::default();
    let seen = Arc::clone(&count);
    store.write.set_metric_callback(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
    });
    count
}

async fn create_database() -> String {
    #[expect(clippy::disallowed_methods, reason = "a test kit is told where the suite's server is")]
    let server = std::env::var(SERVER_VARIABLE)
        .unwrap_or_else(|_| panic!("{SERVER_VARIABLE} is not set; run the tests under scripts/with-postgres"));
    let name = format!("test_{}", JobId::new().as_uuid().simple());
    let admin = sea_orm::Database::connect(&server).await.expect("the test server answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
    admin.close().await.expect("the connection closes");
    let (base, _) = server.rsplit_once('/').expect("a database URL names a database");
    format!("{base}/{name}")
}
