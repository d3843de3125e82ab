//! The configuration: defaults, then a file, then the environment. Each crate owns its section; this is the sum of them.
//!
//! What cannot be read and what contradicts itself is refused, all of it at once, before anything starts.

mod contradictions;

use std::path::{Path, PathBuf};

use anyhow::Context;
use config::{Config, ConfigError, File, FileFormat, Value, ValueKind};
use serde::Deserialize;

use crate::{
    environment::{self, SETTINGS_PREFIX},
    exit::Failure,
    redact::redact,
};

pub(crate) use contradictions::Role;

/// The file that is read when none is named, if it is there.
const FILE: &str = "portolan.toml";

/// Everything that an operator can set. `portolan.toml` has a table for each field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Where the rows are.
    pub(crate) store: store::Config,
    /// How processes hear of each other.
    pub(crate) broker: broker::Config,
    /// HTTP.
    pub(crate) api: api::Config,
    /// How jobs are run.
    pub(crate) worker: worker::Config,
    /// Webhooks, mails and other messages.
    pub(crate) notify: worker::notify::Config,
    /// Chores and schedules.
    pub(crate) scheduler: scheduler::Config,
    /// What is told.
    pub(crate) log: LogConfig,
}

/// What is told of what happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`; or filters by module, such as `info,worker=debug`.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// One setting from the environment: its variable, its path in the settings, its value.
struct Variable {
    name: String,
    path: String,
    value: Value,
}

impl Settings {
    /// Reads the file, if any, and the environment.
    ///
    /// # Errors
    /// Everything that cannot be read, by name.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let file = match file {
            Some(named) if !named.is_file() => {
                return Err(Failure::usage(format!("the configuration file {} does not exist", named.display())).into());
            }
            Some(named) => Some(named.to_owned()),
            None => Some(PathBuf::from(FILE)).filter(|usual| usual.is_file()),
        };
        Self::merge(file.as_deref(), environment_settings())
    }

    fn merge(file: Option<&Path>, variables: Vec<Variable>) -> anyhow::Result<Self> {
        let mut builder = Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(File::from(file).format(FileFormat::Toml));
        }
        for variable in &variables {
            builder =
                builder.set_override(&variable.path, variable.value.clone()).context("a setting has a bad name")?;
        }
        let merged = builder.build().map_err(|error| unreadable(vec![sentence(&error)]))?;
        merged.try_deserialize().map_err(|error| {
            let mut faults = faults_of(&variables);
            if let Some(file) = file {
                faults.extend(faults_in(file));
            }
            // A fault that only shows when everything is put together.
            if faults.is_empty() {
                faults.push(sentence(&error));
            }
            unreadable(faults)
        })
    }

    /// Tells the configuration that is in force, without its secrets.
    pub(crate) fn announce(&self, role: &str, data: Option<&Path>) {
        tracing::info!(
            role,
            version = env!("CARGO_PKG_VERSION"),
            pid = std::process::id(),
            data = data.map(|folder| folder.display().to_string()),
            store = redact(&format!("{:?}", self.store)),
            broker = redact(&format!("{:?}", self.broker)),
            api = redact(&format!("{:?}", self.api)),
            worker = redact(&format!("{:?}", self.worker)),
            notify = redact(&format!("{:?}", self.notify)),
            scheduler = redact(&format!("{:?}", self.scheduler)),
            log = redact(&format!("{:?}", self.log)),
            "Portolan starts as {role} with this configuration"
        );
    }
}

/// The settings of the environment. The names that people expect come first, so that the exact ones win.
fn environment_settings() -> Vec<Variable> {
    let expected = [("DATABASE_URL", "store.url"), ("REDIS_URL", "broker.redis_url")];
    let expected = expected.into_iter().filter_map(|(name, path)| {
        let value = environment::get(name)?;
        Some(Variable { name: name.to_owned(), path: path.to_owned(), value: Value::new(None, value) })
    });
    let exact = environment::settings().into_iter().map(|(name, text)| {
        let path = name[SETTINGS_PREFIX.len()..].to_lowercase().replace("__", ".");
        Variable { path, value: value_of(text), name }
    });
    expected.chain(exact).collect()
}

/// Lists and tables are written as JSON; numbers and booleans stay text and are read as what the field is.
fn value_of(text: String) -> Value {
    let json = text.starts_with(['[', '{']).then(|| serde_json::from_str(&text).ok()).flatten();
    json.unwrap_or_else(|| Value::new(None, text))
}

/// What is wrong with each variable by itself.
fn faults_of(variables: &[Variable]) -> Vec<String> {
    variables
        .iter()
        .filter_map(|variable| {
            let fault = fault(&variable.path, variable.value.clone())?;
            Some(format!("the environment variable {}: {fault}", variable.name))
        })
        .collect()
}

/// What is wrong with each setting of the file by itself.
fn faults_in(file: &Path) -> Vec<String> {
    let Ok(read) = Config::builder().add_source(File::from(file).format(FileFormat::Toml)).build() else {
        return Vec::new();
    };
    let mut leaves = Vec::new();
    collect_leaves("", &read.cache, &mut leaves);
    leaves.sort_by(|(left, _), (right, _)| left.cmp(right));
    leaves
        .into_iter()
        .filter_map(|(path, value)| Some(format!("{}: {path}: {}", file.display(), fault(&path, value)?)))
        .collect()
}

fn collect_leaves(path: &str, value: &Value, leaves: &mut Vec<(String, Value)>) {
    match &value.kind {
        ValueKind::Table(table) => {
            for (name, inner) in table {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect_leaves(&path, inner, leaves);
            }
        }
        _ => leaves.push((path.to_owned(), value.clone())),
    }
}

/// What the settings say to this one alone: every other one has a default.
fn fault(path: &str, value: Value) -> Option<String> {
    let alone = Config::builder().set_override(path, value).and_then(|alone| alone.build());
    match alone.and_then(Config::try_deserialize::<Settings>) {
        Ok(_) => None,
        Err(error) => Some(sentence(&error)),
    }
}

/// The library says `unknown field`; people set settings.
fn sentence(error: &ConfigError) -> String {
    redact(&error.to_string()).replace("unknown field", "unknown setting")
}

fn unreadable(faults: Vec<String>) -> anyhow::Error {
    refusal("the configuration cannot be read", &faults)
}

/// One error that lists every reason, each on a line of its own.
fn refusal(what: &str, reasons: &[String]) -> anyhow::Error {
    let list: String = reasons.iter().map(|reason| format!("\n  - {reason}")).collect();
    Failure::usage(format!("{what}:{list}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, text: &str) -> Variable {
        let path = name[SETTINGS_PREFIX.len()..].to_lowercase().replace("__", ".");
        Variable { name: name.to_owned(), path, value: value_of(text.to_owned()) }
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.toml");
        std::fs::write(&file, "[worker]\nslots = 5\nsweep_ms = 700\n[log]\nformat = \"json\"\n").expect("written");
        let settings = Settings::merge(Some(&file), vec![variable("PORTOLAN__WORKER__SLOTS", "7")]).expect("it reads");
        assert_eq!((settings.worker.slots, settings.worker.sweep_ms), (7, 700));
        assert_eq!(settings.worker.renew_ms, worker::Config::default().renew_ms);
        assert_eq!(settings.log.format, LogFormat::Json);
    }

    #[test]
    fn every_unknown_setting_is_named_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.toml");
        std::fs::write(&file, "[worker]\nslotz = 5\n[brocker]\nprefix = \"x\"\n").expect("written");
        let variables = vec![
            variable("PORTOLAN__LOG__LEVLE", "debug"),
            variable("PORTOLAN__WORKER__SLOTS", "many"),
            variable("PORTOLAN__LOG__LEVEL", "debug"),
        ];
        let refused = Settings::merge(Some(&file), variables).expect_err("it is refused").to_string();
        for name in ["PORTOLAN__LOG__LEVLE", "PORTOLAN__WORKER__SLOTS", "worker.slotz", "brocker.prefix"] {
            assert!(refused.contains(name), "{name} is not in: {refused}");
        }
        assert!(!refused.contains("PORTOLAN__LOG__LEVEL:"), "{refused}");
    }

    #[test]
    fn a_list_is_written_as_json() {
        assert!(matches!(value_of("[\"a\"]".into()).kind, ValueKind::Array(_)));
        assert!(matches!(value_of("[broken".into()).kind, ValueKind::String(_)));
        assert!(matches!(value_of("123".into()).kind, ValueKind::String(_)));
    }
}
