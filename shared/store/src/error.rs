use domain::{JobId, gate::Gate, job::JobStatus};
use sea_orm::{DbErr, RuntimeErr, SqlxError};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a verb did not do what it says, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row, or it belongs to another tenant.
    #[error("{what} {id} does not exist")]
    NotFound { what: &'static str, id: String },
    /// The job's state does not allow it.
    #[error("job {id} is {status}")]
    State { id: JobId, status: JobStatus },
    /// The gate was decided otherwise.
    #[error("gate {} was decided before", .0.approval_id)]
    Decided(Box<Gate>),
    /// The gate's time is over.
    #[error("gate {} expired", .0.approval_id)]
    Expired(Box<Gate>),
    /// The decision is about something else than the gate shows.
    #[error("gate {} proposes something else than what was decided on", .0.approval_id)]
    ProposalChanged(Box<Gate>),
    /// The job has had several gates; say which.
    #[error("job {0} has had several gates")]
    GateUnnamed(JobId),
    /// The idempotency key was used with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// A request with the same idempotency key is being answered right now.
    #[error("a request with the same idempotency key is in flight")]
    KeyInFlight,
    /// What a decision says does not fit the gate.
    #[error("{0}")]
    Unfit(String),
    /// What a message should go to takes none: it was removed or is disabled.
    #[error("{0}")]
    TargetOff(String),
    /// There are as many of them as there may be.
    #[error("there are {most} {what} already")]
    TooMany { what: &'static str, most: u32 },
    /// A row that this version cannot read.
    #[error("row {table}/{id} cannot be read")]
    Corrupt {
        table: &'static str,
        id: String,
        #[source]
        source: BoxError,
    },
    /// Nothing is written before somebody makes room; what is there can be read.
    #[error("the database has no room left")]
    Full(#[source] BoxError),
    /// Try again later.
    #[error("the database did not answer")]
    Unavailable(#[source] BoxError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_full(&error) { Self::Full(Box::new(error)) } else { Self::Unavailable(Box::new(error)) }
    }
}

/// As SQLite and Postgres say it.
fn is_full(error: &DbErr) -> bool {
    const SQLITE_FULL: &str = "13";
    const DISK_FULL: &str = "53100";
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    match &**cause {
        SqlxError::Database(told) => told.code().is_some_and(|code| code == SQLITE_FULL || code == DISK_FULL),
        _ => false,
    }
}

impl Error {
    pub(crate) fn corrupt(table: &'static str, id: impl ToString, source: impl Into<BoxError>) -> Self {
        Self::Corrupt { table, id: id.to_string(), source: source.into() }
    }
}
