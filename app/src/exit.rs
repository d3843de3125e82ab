//! How the process ends. The numbers are a contract with scripts: they are in `--help`, in the README and in a test.

use std::process::ExitCode;

/// Why the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for happened.
    Ok,
    /// A job failed or was cancelled, or Portolan itself did not work.
    Failed,
    /// What was asked for cannot be read.
    Usage,
    /// There is no such job.
    NotFound,
    /// The key is missing, wrong, or not allowed to do this.
    Denied,
    /// The server did not answer.
    Unreachable,
    /// The job waits for a person.
    Waiting,
    /// The money that the job may spend is spent.
    Budget,
    /// Ctrl-C or a signal.
    Interrupted,
}

/// For the end of `--help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0    what was asked for happened
  1    the job failed or was cancelled, or something went wrong here
  2    the command line or the request cannot be read
  3    there is no such job
  4    the API key is missing, wrong, or not allowed to do this
  5    the server could not be reached
  6    the job waits for a person
  7    the money that the job may spend is spent
  130  interrupted with Ctrl-C (the job goes on)";

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Unreachable => 5,
            Self::Waiting => 6,
            Self::Budget => 7,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows how the process must end because of it. Without one in its chain an error ends it with 1.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

/// How to end because of `error`.
pub(crate) fn exit_of(error: &anyhow::Error) -> Exit {
    error.chain().find_map(|cause| cause.downcast_ref::<Failure>()).map_or(Exit::Failed, |failure| failure.exit)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_help_names_every_code() {
        let all = [
            Exit::Ok,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::Denied,
            Exit::Unreachable,
            Exit::Waiting,
            Exit::Budget,
            Exit::Interrupted,
        ];
        for exit in all {
            assert!(EXIT_CODES.lines().any(|line| line.split_whitespace().next() == Some(&exit.code().to_string())));
        }
    }

    #[test]
    fn a_failure_is_found_under_its_context() {
        let failed: Result<(), _> = Err(Failure::new(Exit::Denied, "no")).context("asking");
        assert_eq!(exit_of(&failed.expect_err("it failed")), Exit::Denied);
        assert_eq!(exit_of(&anyhow::anyhow!("else")), Exit::Failed);
    }
}
