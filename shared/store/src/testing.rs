//! Databases for tests: a SQLite file or a Postgres database of the test's own.

use domain::JobId;
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::{Config, Store};

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

    /// A pool of its own, as another process would have.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(&self) -> Store {
        Store::connect(&self.config).await.expect("the database answers")
    }
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
