//! What differs between the engines, in one place.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};

use crate::{Clock, claim::micros};

/// Postgres gives a statement up after five seconds by itself. Who has heard nothing after this long never will: the network
/// swallows what is sent, and no side has noticed yet.
const ANSWER_MAX: Duration = Duration::from_secs(7);

/// The engine, and the speed of its clock.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    pub(crate) clock: Clock,
    own_clock: bool,
    now: String,
    as_of: String,
    new_id: String,
    #[cfg(feature = "testing")]
    pub(crate) recorder: crate::recorder::Recorder,
}

impl Sql {
    /// A clock that is not real makes the database's time run that much faster: for tests and for trying things out.
    pub(crate) fn new(backend: DbBackend, clock: Clock, own_clock: bool) -> Self {
        let real = match backend {
            DbBackend::Postgres => "(extract(epoch from clock_timestamp()) * 1000000)::bigint",
            _ => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        };
        let scaled = |real: &str| {
            if clock.is_real() {
                real.to_owned()
            } else {
                let (scale, from_micros) = (clock.scale(), clock.origin_micros());
                format!("CAST({from_micros} + ({real} - {from_micros}) * {scale} AS bigint)")
            }
        };
        let now = scaled(real);
        let as_of = scaled(&real.replace("clock_timestamp", "statement_timestamp"));
        // A UUIDv7 for rows that a statement makes of other rows: the milliseconds, then random bits.
        let new_id = match backend {
            DbBackend::Postgres => format!(
                "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send(({now}) / 1000) from 3) \
                 from 1 for 6), 52, 1), 53, 1), 'hex')::uuid"
            ),
            _ => format!(
                "unhex(printf('%012x', ({now}) / 1000) || '7' || substr(hex(randomblob(2)), 2) \
                 || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(8)), 2))"
            ),
        };
        Self {
            backend,
            clock,
            own_clock,
            now,
            as_of,
            new_id,
            #[cfg(feature = "testing")]
            recorder: crate::recorder::Recorder::default(),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// What machines wait for, as the database's time counts it: see [`Clock`].
    pub(crate) fn span(&self, real: Duration) -> i64 {
        micros(self.clock.span(real))
    }

    /// `FOR UPDATE` where rows can be locked; SQLite's one writer needs no lock.
    pub(crate) fn for_update(&self) -> &'static str {
        if self.is_postgres() { "FOR UPDATE" } else { "" }
    }

    /// `FOR UPDATE SKIP LOCKED`: whoever takes or removes what it finds waits for nobody, and so is in no deadlock.
    pub(crate) fn skip_locked(&self) -> &'static str {
        if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" }
    }

    /// Fills `{now}`, `{as_of}`, `{new_id}`, `{for_update}` and `{skip_locked}` in.
    ///
    /// What is written is `{now}`. What a column is compared with is `{as_of}`, the instant at which the statement began:
    /// Postgres asks no index for a value that may be another one for each row.
    pub(crate) fn text(&self, sql: &str) -> String {
        let own = self.own_clock.then(|| self.clock.now().timestamp_micros().to_string());
        let (now, as_of) = own.as_ref().map_or((&self.now, &self.as_of), |own| (own, own));
        let sql = sql.replace("{now}", now).replace("{as_of}", as_of);
        let sql = sql.replace("{for_update}", self.for_update()).replace("{skip_locked}", self.skip_locked());
        if sql.contains("{new_id}") { sql.replace("{new_id}", &self.new_id) } else { sql }
    }

    /// The function that makes a JSON object of names and values.
    pub(crate) fn json_object(&self) -> &'static str {
        if self.is_postgres() { "json_build_object" } else { "json_object" }
    }

    /// A text column that holds JSON, as a value of that function.
    pub(crate) fn json(&self, column: &str) -> String {
        if self.is_postgres() { format!("CAST({column} AS json)") } else { format!("json({column})") }
    }

    /// An instant as RFC 3339 writes it, to the millisecond.
    pub(crate) fn iso(&self, column: &str) -> String {
        if self.is_postgres() {
            format!(
                "to_char(to_timestamp({column} / 1000000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            )
        } else {
            format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000000.0, 'unixepoch')")
        }
    }

    /// A UUID as text; SQLite keeps it as its 16 bytes.
    pub(crate) fn uuid_text(&self, column: &str) -> String {
        if self.is_postgres() {
            return format!("CAST({column} AS text)");
        }
        let group = |from: u8, digits: u8| format!("substr(hex({column}), {from}, {digits})");
        let groups = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)].map(|(from, digits)| group(from, digits));
        format!("lower({})", groups.join(" || '-' || "))
    }

    pub(crate) fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        let statement = Statement::from_sql_and_values(self.backend, self.text(sql), values);
        #[cfg(feature = "testing")]
        self.recorder.note(&statement);
        statement
    }

    /// Waits for the database's answer, and not for ever where a network lies between.
    pub(crate) async fn answered<T>(&self, asked: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        if !self.is_postgres() {
            return asked.await;
        }
        let silence = |_| DbErr::Custom(format!("no answer within {} s", ANSWER_MAX.as_secs()));
        tokio::time::timeout(ANSWER_MAX, asked).await.map_err(silence)?
    }

    pub(crate) async fn execute(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<ExecResult, DbErr> {
        self.answered(db.execute_raw(self.statement(sql, values))).await
    }

    pub(crate) async fn one(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.answered(db.query_one_raw(self.statement(sql, values))).await
    }

    pub(crate) async fn all(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.answered(db.query_all_raw(self.statement(sql, values))).await
    }
}
