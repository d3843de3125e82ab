//! What is told: the log, and the figures for Prometheus.

use std::{fs::OpenOptions, io::IsTerminal, path::Path};

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use crate::{
    config::{LogConfig, LogFormat},
    environment,
    exit::Failure,
};

/// Upper bounds of the buckets of every duration, in seconds: from a commit to a long search.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Where the log goes.
pub(crate) enum Sink<'a> {
    Stderr,
    /// Appended to; the screen belongs to the plan.
    File(&'a Path),
}

/// Starts the log. Once per process.
pub(crate) fn start_log(config: &LogConfig, sink: &Sink<'_>) -> anyhow::Result<()> {
    // The driver notes every look at the schema; a setting for it comes later in the list and wins.
    let filter = EnvFilter::try_new(format!("sqlx=warn,{}", config.level)).map_err(|error| {
        Failure::usage(format!("log.level is \"{}\": {error}; try \"info\" or \"info,worker=debug\"", config.level))
    })?;
    let (writer, colour) = match sink {
        Sink::Stderr => {
            let colour = std::io::stderr().is_terminal() && !environment::no_colour() && !environment::dumb_terminal();
            (BoxMakeWriter::new(std::io::stderr), colour)
        }
        Sink::File(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            (BoxMakeWriter::new(file.with_context(|| format!("the log {} cannot be opened", path.display()))?), false)
        }
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(colour);
    let started = match config.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot start: {error}"))
}

/// Starts the figures. Once per process; the API does the recorder's upkeep.
pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("the figures for Prometheus cannot start")
}
