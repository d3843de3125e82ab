use std::io;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A server or a process could not be had.
    #[error(transparent)]
    Rig(#[from] rig::Error),
    /// The database did not answer.
    #[error("the measured database failed")]
    Store(#[from] store::Error),
    /// The broker did not answer.
    #[error("the measured broker failed")]
    Broker(#[from] broker::Error),
    /// A request was not answered.
    #[error("the measured server did not answer")]
    Client(#[source] io::Error),
    /// An answer was another one than expected.
    #[error("the measured server answered {status}: {body}")]
    Answer { status: u16, body: String },
    /// Something that must happen did not, in the time that it may take.
    #[error("{what} within {within_s} s")]
    Late { what: String, within_s: u64 },
    /// The operating system refused.
    #[error("{what}")]
    Machine {
        what: String,
        #[source]
        cause: io::Error,
    },
    /// Somebody asked for the end.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    pub(crate) fn machine(what: &str) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_owned();
        move |cause| Self::Machine { what, cause }
    }
}
