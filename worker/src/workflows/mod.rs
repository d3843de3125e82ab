//! The workflows, each in a folder of its own, and the door through which requests become their first states.

pub mod probe;
pub mod suggest;
pub mod travel;

use std::sync::Arc;

use domain::{
    job::WorkflowKind,
    request::{FieldError, PlanRequest},
    suggest::{Evidence, SuggestContext},
};
use graph::Workflow;
use serde_json::Value;
use store::{Claim, Clock, Readable};

use crate::{
    Config,
    providers::{Gazetteer, Providers},
};

/// Turns a checked request into a workflow, its version and its first state.
pub type Intake = Arc<dyn Fn(&PlanRequest) -> Result<(WorkflowKind, i32, Value), Vec<FieldError>> + Send + Sync>;

/// Turns what happened into a workflow, its version and its first state; pointers begin at the context.
pub type SuggestIntake =
    Arc<dyn Fn(&SuggestContext, Option<&str>) -> Result<(WorkflowKind, i32, Value), Vec<FieldError>> + Send + Sync>;

/// What the workflows of one process share.
pub(crate) struct Services {
    pub(crate) travel: travel::Services,
    ledger: Option<Arc<probe::Ledger>>,
    probe_version: i32,
}

impl Services {
    /// # Errors
    /// When the probe's ledger cannot be opened.
    pub(crate) fn bundled(config: &Config) -> std::io::Result<Self> {
        let ledger = config.probe.ledger.as_deref().map(probe::Ledger::open).transpose()?.map(Arc::new);
        let travel = travel::Services::new(Providers::bundled(), config.travel.clone());
        Ok(Self { travel, ledger, probe_version: config.probe.version })
    }

    /// A probe's, under one claim.
    pub(crate) fn probe(&self, claim: &Claim) -> probe::Services {
        probe::Services {
            job_id: claim.job_id,
            fence: claim.fence,
            ledger: self.ledger.clone(),
            version: self.probe_version,
        }
    }
}

/// The workflow versions that this build reads.
pub(crate) fn readable(config: &Config) -> Readable {
    let newest = if config.unversioned { *probe::VERSIONS.end() } else { config.probe.version };
    let probes = (probe::Probe::VERSION..=newest).map(|version| (WorkflowKind::Probe, version));
    let others = [(WorkflowKind::Travel, travel::Travel::VERSION), (WorkflowKind::Suggest, suggest::Suggest::VERSION)];
    others.into_iter().chain(probes).collect()
}

/// The intake of this build's workflows. A request's now, from which its days are counted, is what `clock` shows.
#[must_use]
pub fn intake(config: &Config, clock: Clock) -> Intake {
    let config = config.clone();
    Arc::new(move |request| match request.workflow.unwrap_or(WorkflowKind::Travel) {
        WorkflowKind::Travel => {
            Ok((WorkflowKind::Travel, travel::Travel::VERSION, travel::first_state(request, clock.now())))
        }
        WorkflowKind::Suggest => {
            let detail = "is \"suggest\", which needs something that happened; ask with POST /v1/suggest";
            Err(vec![FieldError::new("/workflow", detail)])
        }
        WorkflowKind::Probe => {
            let state = probe::first_state(&config.probe, request)?;
            Ok((WorkflowKind::Probe, config.probe.version, state))
        }
    })
}

/// The intake of suggestions that somebody asks for. What they say is evidence, and is looked at anew.
#[must_use]
pub fn suggest_intake(clock: Clock) -> SuggestIntake {
    Arc::new(move |context, user_id| {
        suggest::check(context, Gazetteer::bundled())?;
        let now = clock.now();
        let said = match context {
            SuggestContext::PriceDrop(context) => context.source.clone(),
            SuggestContext::CalendarGap(_) | SuggestContext::BudgetSurplus(_) => None,
        };
        let evidence = Evidence {
            text: suggest::told(context),
            source: said.unwrap_or_else(|| "the request".to_owned()),
            observed_at: now,
            simulated: false,
        };
        let state = suggest::first_state(context.clone(), user_id.map(str::to_owned), None, vec![evidence], now);
        Ok((WorkflowKind::Suggest, suggest::Suggest::VERSION, state))
    })
}
