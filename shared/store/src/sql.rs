//! What differs between the engines, in one place.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};

/// The engine, and the speed of its clock.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    now: String,
}

impl Sql {
    /// `scale` 1.0 is real time. Another scale makes the database's time run that much faster from `scale_from_micros`
    /// on: for tests and for trying schedules out.
    pub(crate) fn new(backend: DbBackend, scale: f64, scale_from_micros: i64) -> Self {
        let real = match backend {
            DbBackend::Postgres => "(extract(epoch from clock_timestamp()) * 1000000)::bigint",
            _ => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        };
        let now = if (scale - 1.0).abs() < f64::EPSILON {
            real.to_owned()
        } else {
            format!("CAST({scale_from_micros} + ({real} - {scale_from_micros}) * {scale} AS bigint)")
        };
        Self { backend, now }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// `FOR UPDATE` where rows can be locked; SQLite's one writer needs no lock.
    pub(crate) fn for_update(&self) -> &'static str {
        if self.is_postgres() { "FOR UPDATE" } else { "" }
    }

    /// Fills `{now}` and `{for_update}` in.
    pub(crate) fn text(&self, sql: &str) -> String {
        sql.replace("{now}", &self.now).replace("{for_update}", self.for_update())
    }

    pub(crate) fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text(sql), values)
    }

    pub(crate) async fn execute(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<ExecResult, DbErr> {
        db.execute_raw(self.statement(sql, values)).await
    }

    pub(crate) async fn one(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self.statement(sql, values)).await
    }

    pub(crate) async fn all(
        &self,
        db: &impl ConnectionTrait,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self.statement(sql, values)).await
    }
}
