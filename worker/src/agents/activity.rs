use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::SightOption};
use graph::{Agent, StepError, TaskCtx};
use serde_json::json;

use super::per_city;
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
        let activities = &ctx.services().providers.activities;
        let brief = self.brief;
        let ask = |id| activities.search(id, brief.start_date, brief.end_date, self.now);
        let sights = per_city(ctx, brief, "sights", ask).await?;
        let liked: Vec<&str> = sights
            .iter()
            .filter(|sight| sight.interests.iter().any(|interest| brief.interests.contains(interest)))
            .map(|sight| sight.name.as_str())
            .collect();
        let summary = format!("{} sights, {} of them to your interests", sights.len(), liked.len());
        ctx.show(summary, Some(json!({ "liked": liked })));
        Ok(sights)
    }
}
