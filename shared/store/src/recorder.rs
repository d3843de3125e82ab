//! For tests: a record of what is sent to the database.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::Store;

/// What a store sends to its database, while it is told to remember it.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Option<Vec<Statement>>>);

impl Recorder {
    fn record(&self) -> MutexGuard<'_, Option<Vec<Statement>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, statement: &Statement) {
        if let Some(statements) = self.record().as_mut() {
            statements.push(statement.clone());
        }
    }

    /// A transaction costs two round trips more than its statements, however it ends.
    pub(crate) fn note_transaction(&self, backend: DbBackend) {
        for sql in [BEGIN, END] {
            self.note(&Statement::from_string(backend, sql));
        }
    }
}

const BEGIN: &str = "BEGIN";
const END: &str = "COMMIT";

/// Statements of a store, each of which is a round trip.
#[derive(Debug, Clone)]
pub struct Sent(Vec<Statement>);

impl Sent {
    /// How often the database was asked, beginnings and ends of transactions included.
    #[must_use]
    pub fn round_trips(&self) -> usize {
        self.0.len()
    }

    /// The texts, in order.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|statement| statement.sql.as_str()).collect()
    }

    /// How the database would carry each out: the statement's text, and the lines of its plan.
    ///
    /// # Panics
    /// When the database does not say.
    pub async fn plans(&self, store: &Store) -> Vec<(String, Vec<String>)> {
        let (explain, column) =
            if store.is_postgres() { ("EXPLAIN", "QUERY PLAN") } else { ("EXPLAIN QUERY PLAN", "detail") };
        let mut plans = Vec::new();
        for statement in self.0.iter().filter(|statement| ![BEGIN, END].contains(&statement.sql.as_str())) {
            let mut asked = statement.clone();
            asked.sql = format!("{explain} {}", statement.sql);
            let rows = store.connection().query_all_raw(asked).await.expect("the database explains its plans");
            let lines = rows.iter().map(|row| row.try_get("", column).expect("a plan is text")).collect();
            plans.push((statement.sql.clone(), lines));
        }
        plans
    }
}

impl Store {
    /// Remembers from now on what is sent to the database.
    pub fn record(&self) {
        *self.sql.recorder.record() = Some(Vec::new());
    }

    /// What was sent since [`Store::record`]; nothing more is remembered.
    #[must_use]
    pub fn recorded(&self) -> Sent {
        Sent(self.sql.recorder.record().take().unwrap_or_default())
    }
}
