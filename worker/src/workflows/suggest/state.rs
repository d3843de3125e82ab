use chrono::{DateTime, Utc};
use domain::{
    WatchId,
    plan::Plan,
    suggest::{EVIDENCE_MAX, Evidence, SuggestContext, Suggestion},
};
use graph::StepError;
use serde::{Deserialize, Serialize};

use crate::workflows::travel::{self, TravelOutput};

/// What the workflow has decided so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) context: SuggestContext,
    /// When it happened: prices are those of this instant, and days are counted from it.
    pub(super) now: DateTime<Utc>,
    pub(super) watch_id: Option<WatchId>,
    pub(super) user_id: Option<String>,
    pub(super) reason: String,
    pub(super) evidence: Vec<Evidence>,
    /// The planning, once it was decided what to plan.
    pub(super) trip: Option<travel::State>,
}

/// The result: the plan, with why it was suggested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuggestOutput {
    #[serde(flatten)]
    pub plan: Plan,
    pub markdown: String,
    pub suggestion: Suggestion,
}

impl State {
    pub(super) fn trip(&mut self) -> Result<&mut travel::State, StepError> {
        self.trip.as_mut().ok_or_else(|| travel::missing("what to plan"))
    }

    pub(super) fn suggestion(&self) -> Suggestion {
        Suggestion {
            trigger: self.context.trigger(),
            reason: self.reason.clone(),
            evidence: self.evidence.clone(),
            watch_id: self.watch_id,
        }
    }

    pub(super) fn prove(&mut self, evidence: Evidence) {
        if self.evidence.len() < EVIDENCE_MAX {
            self.evidence.push(evidence);
        }
    }
}

impl SuggestOutput {
    pub(super) fn of(TravelOutput { plan, markdown }: TravelOutput, suggestion: Suggestion) -> Self {
        let mut markdown = format!("{}\n\n## Why this was suggested\n\n{}\n", markdown.trim_end(), suggestion.reason);
        for Evidence { text, source, observed_at, simulated } in &suggestion.evidence {
            let simulated = if *simulated { ", simulated" } else { "" };
            let at = observed_at.format("%Y-%m-%d %H:%M UTC");
            markdown.push_str(&format!("\n- {text} ({source}{simulated}, {at})"));
        }
        markdown.push('\n');
        Self { plan, markdown, suggestion }
    }
}
