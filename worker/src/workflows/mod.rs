//! The workflows, each in a folder of its own, and the door through which requests become their first states.

pub mod probe;
pub mod travel;

use std::sync::Arc;

use domain::{
    job::WorkflowKind,
    request::{FieldError, PlanRequest},
};
use graph::Workflow;
use serde_json::Value;
use store::Readable;

use crate::{Config, providers::Providers};

/// Turns a checked request into a workflow, its version and its first state.
pub type Intake = Arc<dyn Fn(&PlanRequest) -> Result<(WorkflowKind, i32, Value), Vec<FieldError>> + Send + Sync>;

/// What the workflows of one process share.
pub(crate) struct Services {
    pub(crate) travel: travel::Services,
}

impl Services {
    pub(crate) fn bundled(config: &Config) -> Self {
        Self { travel: travel::Services::new(Providers::bundled(), config.travel.clone()) }
    }
}

/// The workflow versions that this build reads.
pub(crate) fn readable() -> Readable {
    vec![(WorkflowKind::Travel, travel::Travel::VERSION), (WorkflowKind::Probe, probe::Probe::VERSION)]
}

/// The intake of this build's workflows.
#[must_use]
pub fn intake(config: &Config) -> Intake {
    let config = config.clone();
    Arc::new(move |request| match request.workflow.unwrap_or(WorkflowKind::Travel) {
        WorkflowKind::Travel => Ok((WorkflowKind::Travel, travel::Travel::VERSION, travel::first_state(request))),
        WorkflowKind::Probe => {
            let state = probe::first_state(&config.probe, request)?;
            Ok((WorkflowKind::Probe, probe::Probe::VERSION, state))
        }
    })
}
