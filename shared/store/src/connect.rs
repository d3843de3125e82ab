use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use serde::Deserialize;

use crate::{Clock, Error, sql::Sql};

/// Waiting for a free connection longer means that the database is not keeping up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections that read beside SQLite's one writer.
const SQLITE_READERS: u32 = 4;
/// How long SQLite waits for a lock that another connection of this process holds.
const SQLITE_BUSY: Duration = Duration::from_secs(5);

/// Where the rows are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://path` or `postgres://user@host/database`.
    pub url: String,
    /// The most connections of one process to Postgres. SQLite has one that writes and four that read.
    pub connections_max: u32,
    /// How much faster than real the database's time runs. 1 but for tests and trials.
    pub time_scale: f64,
    /// The instant from which time is scaled, microseconds since 1970; processes that share a database must agree on it.
    pub time_scale_from_micros: i64,
    /// A control: a proof that still holds with claims unfenced proves nothing. No operator can set it.
    #[serde(skip)]
    pub unfenced: bool,
    /// A control: events are numbered by one counter of the whole house, as a `bigserial` would. Postgres only.
    #[serde(skip)]
    pub uncounted: bool,
    /// A control: each process has the time from its own clock. No operator can set it.
    #[serde(skip)]
    pub own_clock: bool,
    /// For a proof: a file that says how many pages a SQLite file may have, looked at before each write; so a disk is full,
    /// and has room again. No operator can set it.
    #[serde(skip)]
    pub pages_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "sqlite://.portolan/portolan.db".to_owned(),
            connections_max: 16,
            time_scale: 1.0,
            time_scale_from_micros: 0,
            unfenced: false,
            uncounted: false,
            own_clock: false,
            pages_file: None,
        }
    }
}

impl Config {
    /// The speed of the database's time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::of(self)
    }
}

/// The database. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Store {
    /// For everything that writes. SQLite: one connection, so that writers wait in line and never meet a lock.
    pub(crate) write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
    pub(crate) sql: Arc<Sql>,
    /// Idempotency keys whose first request is being answered by this process.
    pub(crate) keys_in_flight: Arc<Mutex<HashSet<(String, String)>>>,
    unfenced: bool,
    pub(crate) uncounted: bool,
    pages_file: Option<Arc<Path>>,
}

impl Store {
    /// Connects; creates a SQLite file that is not there. Does not migrate.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached or the URL cannot be read.
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        Self::connect_sized(config, config.connections_max).await
    }

    /// Connects with at most `connections_max` connections: for a thread with a runtime of its own.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_sized(config: &Config, connections_max: u32) -> Result<Self, Error> {
        let sqlite = config.url.starts_with("sqlite:");
        let write = open(config, if sqlite { 1 } else { connections_max }).await?;
        let read = if sqlite { open(config, SQLITE_READERS.min(connections_max)).await? } else { write.clone() };
        let backend = if sqlite { DbBackend::Sqlite } else { DbBackend::Postgres };
        let sql = Arc::new(Sql::new(backend, config.clock(), config.own_clock));
        Ok(Self {
            write,
            read,
            sql,
            keys_in_flight: Arc::default(),
            unfenced: config.unfenced,
            uncounted: config.uncounted,
            pages_file: config.pages_file.as_deref().filter(|_| sqlite).map(Arc::from),
        })
    }

    /// The connection, for migrations only.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.write
    }

    pub(crate) fn is_fenced(&self) -> bool {
        !self.unfenced
    }

    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.sql.is_postgres()
    }

    /// The speed of the database's time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.sql.clock
    }

    /// Asks the database for nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.sql.one(&self.read, "SELECT 1", []).await?;
        Ok(())
    }

    /// The database's time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn now(&self) -> Result<chrono::DateTime<chrono::Utc>, Error> {
        let row = self.sql.one(&self.read, "SELECT {now} AS now", []).await?;
        let micros: i64 = row.ok_or_else(|| Error::corrupt("clock", "now", "no row"))?.try_get("", "now")?;
        Ok(domain::time::from_micros(micros))
    }

    /// What is wrong with the pages of a SQLite file, the first few faults; reads all of it. None: Postgres does not say.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn integrity(&self) -> Result<Option<Vec<String>>, Error> {
        if self.is_postgres() {
            return Ok(None);
        }
        let rows = self.sql.all(&self.read, "PRAGMA integrity_check(10)", []).await?;
        let told: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
        Ok(Some(told?.into_iter().filter(|line| line != "ok").collect()))
    }

    /// The newest instant that the house wrote down by itself; none in a new database.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn newest_instant(&self) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
        let sql = "SELECT max(at) AS newest FROM (SELECT max(decided_at) AS at FROM chore_ticks \
                   UNION ALL SELECT max(updated_at) FROM schedules UNION ALL SELECT max(updated_at) FROM watches) written";
        let row = self.sql.one(&self.read, sql, []).await?;
        let newest: Option<i64> = row.map(|row| row.try_get("", "newest")).transpose()?.flatten();
        Ok(newest.map(domain::time::from_micros))
    }

    /// A transaction that may write. SQLite is told so at once: one that began with a read and then found that another
    /// connection had written meanwhile could not write any more, however long it waited.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        if let Some(file) = &self.pages_file {
            let most = std::fs::read_to_string(file).unwrap_or_default();
            self.write.execute_unprepared(&format!("PRAGMA max_page_count = {}", most.trim())).await?;
        }
        let options = TransactionOptions {
            sqlite_transaction_mode: (!self.is_postgres()).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.sql.answered(self.write.begin_with_options(options)).await?;
        #[cfg(feature = "testing")]
        self.sql.recorder.note_transaction(self.sql.backend);
        Ok(tx)
    }

    /// Closes the pool, waiting for what is in use.
    pub async fn close(self) {
        for connection in [self.write, self.read] {
            if let Err(error) = connection.close().await {
                tracing::debug!("Closing the database failed: {error}");
            }
        }
    }
}

async fn open(config: &Config, connections_max: u32) -> Result<DatabaseConnection, Error> {
    let sqlite = config.url.starts_with("sqlite:");
    let url =
        if sqlite && !config.url.contains("mode=") { format!("{}?mode=rwc", config.url) } else { config.url.clone() };
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .foreign_keys(true)
                .busy_timeout(SQLITE_BUSY)
        })
        .map_sqlx_postgres_opts(|postgres| {
            postgres.application_name("portolan").options([
                ("statement_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "10s"),
                ("tcp_user_timeout", "10s"),
            ])
        });
    let connection = Database::connect(options.clone()).await?;
    if !sqlite || !forget_statistics(&connection).await? {
        return Ok(connection);
    }
    // This one has read them.
    connection.close().await?;
    Ok(Database::connect(options).await?)
}

/// Statistics that SQLite took while a table was small tell its planner ever after that reading all of it is cheap, and every
/// claim does. Without any, it takes the indexes that the statements were written for. Says whether there were some.
async fn forget_statistics(connection: &DatabaseConnection) -> Result<bool, Error> {
    let sql = "SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')";
    let found = connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    for row in &found {
        let table: String = row.try_get("", "name")?;
        connection.execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(!found.is_empty())
}
