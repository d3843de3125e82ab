//! The probe: so many steps, each with one task that waits. For load, chaos and canary runs; it takes no path through the
//! engine that other workflows lack.

mod ledger;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{
    Fence, JobId,
    gate::NewGate,
    request::{FieldError, PlanRequest},
};
use graph::{Agent, Ctx, Next, Node, StepError, StepResult, TaskCtx, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use ledger::Ledger;

/// Whether probes may be asked for, and what they do unless told otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub enabled: bool,
    /// The version that new probes are of, and the newest that this process reads: 1, or 2 to rehearse how versions of a
    /// workflow live together. A process of version 1 cannot read what 2 has written.
    pub version: i32,
    /// Nodes of a probe that does not say how many.
    pub steps: u32,
    /// How long each waits.
    pub delay_ms: u64,
    /// A file to which every run of a step appends a line before it does anything: what a proof counts.
    pub ledger: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: false, version: 1, steps: 8, delay_ms: 50, ledger: None }
    }
}

/// On whose behalf a probe runs, and where that is noted.
pub struct Services {
    pub(crate) job_id: JobId,
    pub(crate) fence: Fence,
    pub(crate) ledger: Option<Arc<Ledger>>,
    /// The newest that is read.
    pub(crate) version: i32,
}

/// The workflow.
pub struct Probe;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeNode {
    Step,
}

impl Node for ProbeNode {
    const ALL: &'static [Self] = &[Self::Step];

    fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Of whoever wrote it.
    #[serde(default = "first_version")]
    version: i32,
    steps: u32,
    delay_ms: u64,
    done: u32,
    /// The step whose code panics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panics_at_step: Option<u32>,
}

fn first_version() -> i32 {
    Probe::VERSION
}

/// What a finished probe says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    steps: u32,
}

/// The versions that can be rehearsed.
pub(crate) const VERSIONS: std::ops::RangeInclusive<i32> = Probe::VERSION..=2;

/// # Errors
/// When probes are switched off, or this one could not panic where it is to.
pub(crate) fn first_state(config: &Config, request: &PlanRequest) -> Result<Value, Vec<FieldError>> {
    if !config.enabled {
        let detail = "is \"probe\", which is switched off here; the operator can set worker.probe.enabled";
        return Err(vec![FieldError::new("/workflow", detail)]);
    }
    let asked = request.probe.clone().unwrap_or_default();
    let state = State {
        version: config.version,
        steps: asked.steps.unwrap_or(config.steps),
        delay_ms: asked.delay_ms.unwrap_or(config.delay_ms),
        done: 0,
        panics_at_step: asked.panics_at_step,
    };
    if state.panics_at_step.is_some_and(|step| step > state.steps) {
        let detail = format!("is not from 1 to {}, the steps of a probe that does not say how many", state.steps);
        return Err(vec![FieldError::new("/probe/panics_at_step", detail)]);
    }
    Ok(json!(state))
}

impl Workflow for Probe {
    const NAME: &'static str = "probe";
    const VERSION: i32 = 1;
    type Node = ProbeNode;
    type State = State;
    type Services = Services;
    type Gate = NewGate;
    type Output = Output;
    const START: ProbeNode = ProbeNode::Step;

    fn edges(node: ProbeNode) -> &'static [ProbeNode] {
        match node {
            ProbeNode::Step => &[ProbeNode::Step],
        }
    }

    fn progress(_: ProbeNode, state: &State) -> u8 {
        u8::try_from(state.done * 100 / state.steps.max(1)).unwrap_or(99)
    }

    fn headline(_: ProbeNode, state: &State) -> String {
        format!("Step {} of {}", state.done + 1, state.steps)
    }

    fn summary(output: &Output) -> String {
        format!("Probed {} steps", output.steps)
    }

    fn proposal(_: ProbeNode, _: &State) -> Option<Value> {
        None
    }

    async fn step(_: ProbeNode, state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Self> {
        let newest = ctx.services().version;
        if state.version > newest {
            let cause = format!("The state is of version {}, and {newest} is read here", state.version);
            return Err(StepError::fatal("internal", cause, "Report this: nobody should have claimed it"));
        }
        let number = state.done + 1;
        ctx.run(&Waiter { delay_ms: state.delay_ms, number, panics: state.panics_at_step == Some(number) }).await?;
        state.done += 1;
        if state.done >= state.steps {
            Ok(Next::Done(Output { steps: state.steps }))
        } else {
            Ok(Next::Go(ProbeNode::Step))
        }
    }
}

/// Waits and says so, or panics.
struct Waiter {
    delay_ms: u64,
    number: u32,
    panics: bool,
}

impl Agent<Services> for Waiter {
    const NAME: &'static str = "probe";
    type Output = u32;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<u32, StepError> {
        let Services { job_id, fence, ledger, .. } = ctx.services();
        if let Some(ledger) = ledger {
            ledger.note(*job_id, ctx.step(), *fence).map_err(|error| StepError::retry(error.to_string()))?;
        }
        if self.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.delay_ms)).await;
        }
        // The one panic that can be asked for: the engine has to catch it, as it would a mistake in an agent.
        assert!(!self.panics, "step {} was asked to", self.number);
        ctx.show(format!("Waited {} ms", self.delay_ms), Some(json!({ "number": self.number })));
        Ok(self.number)
    }
}
