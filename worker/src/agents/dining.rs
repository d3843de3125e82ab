use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::MealOption, rules};
use graph::{Agent, StepError, TaskCtx};
use serde_json::json;

use super::per_city;
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
        let dining = &ctx.services().providers.dining;
        let meals = per_city(ctx, self.brief, "meals", |id| dining.search(id, self.now)).await?;
        let suitable: Vec<&str> =
            meals.iter().filter(|meal| rules::suits(self.brief, meal)).map(|meal| meal.name.as_str()).collect();
        let summary = format!("{} kinds of places to eat, {} of them suit everyone", meals.len(), suitable.len());
        ctx.show(summary, Some(json!({ "suitable": suitable })));
        Ok(meals)
    }
}
