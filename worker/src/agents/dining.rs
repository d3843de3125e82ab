use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::MealOption};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::workflows::travel::Services;

/// Finds places to eat.
pub struct Dining<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Dining<'_> {
    const NAME: &'static str = "dining";
    type Output = Vec<MealOption>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<MealOption>, StepError> {
        let meals = ctx
            .effect("meals", Effect::Pure, PROVIDER_TIMEOUT, async || {
                ctx.services()
                    .providers
                    .dining
                    .search(&self.brief.destination.id, self.now)
                    .await
                    .map_err(provider_error)
            })
            .await?;
        let suitable: Vec<&str> = meals
            .iter()
            .filter(|meal| self.brief.diet.iter().all(|diet| meal.diets.contains(diet)))
            .map(|meal| meal.name.as_str())
            .collect();
        let summary = format!("{} kinds of places to eat, {} of them suit everyone", meals.len(), suitable.len());
        ctx.show(summary, Some(json!({ "suitable": suitable })));
        Ok(meals)
    }
}
