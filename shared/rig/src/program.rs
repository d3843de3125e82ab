//! A program of ours with its settings, started as many times as it takes.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Process};

/// The binary, the folder in which it works, and its variables. It sees nothing else of this machine's environment.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

impl Program {
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), folder: folder.into(), variables: Vec::new() }
    }

    /// Sets a variable; one that was set before has the new value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A call of it, for whoever wants to run it to its end.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such program.
    pub fn start(&self, name: impl Into<String>, arguments: &[&str]) -> Result<Process, Error> {
        Process::start(name, self.command(arguments))
    }
}
