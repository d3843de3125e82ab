use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::LodgingOption};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::{providers::StayQuery, workflows::travel::Services};

/// Finds beds.
pub struct Accommodation<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Accommodation<'_> {
    const NAME: &'static str = "accommodation";
    type Output = Vec<LodgingOption>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<LodgingOption>, StepError> {
        let query = StayQuery {
            city_id: self.brief.destination.id.clone(),
            check_in: self.brief.start_date,
            check_out: self.brief.end_date,
        };
        let beds = ctx
            .effect("beds", Effect::Pure, PROVIDER_TIMEOUT, async || {
                ctx.services().providers.lodging.search(&query, self.now).await.map_err(provider_error)
            })
            .await?;
        let shown: Vec<_> =
            beds.iter().map(|bed| json!({ "id": bed.id, "name": bed.name, "price_cents": bed.price_cents })).collect();
        ctx.show(format!("{} kinds of places to sleep", beds.len()), Some(json!({ "options": shown })));
        Ok(beds)
    }
}
