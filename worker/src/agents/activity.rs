use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::SightOption};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::workflows::travel::Services;

/// Finds what to see and do.
pub struct Activity<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Activity<'_> {
    const NAME: &'static str = "activity";
    type Output = Vec<SightOption>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<SightOption>, StepError> {
        let sights = ctx
            .effect("sights", Effect::Pure, PROVIDER_TIMEOUT, async || {
                ctx.services()
                    .providers
                    .activities
                    .search(&self.brief.destination.id, self.now)
                    .await
                    .map_err(provider_error)
            })
            .await?;
        let liked: Vec<&str> = sights
            .iter()
            .filter(|sight| sight.interests.iter().any(|interest| self.brief.interests.contains(interest)))
            .map(|sight| sight.name.as_str())
            .collect();
        let summary = format!("{} sights, {} of them to your interests", sights.len(), liked.len());
        ctx.show(summary, Some(json!({ "liked": liked })));
        Ok(sights)
    }
}
