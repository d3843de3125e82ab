use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::LodgingOption};
use graph::{Agent, StepError, TaskCtx};
use serde_json::json;

use super::per_city;
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
        let beds = self.search(ctx).await?;
        let shown: Vec<_> =
            beds.iter().map(|bed| json!({ "id": bed.id, "name": bed.name, "price_cents": bed.price_cents })).collect();
        ctx.show(format!("{} kinds of places to sleep", beds.len()), Some(json!({ "options": shown })));
        Ok(beds)
    }
}

impl Accommodation<'_> {
    pub(super) async fn search(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<LodgingOption>, StepError> {
        let stay = |city_id: &str| StayQuery {
            city_id: city_id.to_owned(),
            check_in: self.brief.start_date,
            check_out: self.brief.end_date,
        };
        let lodging = ctx.services().providers.lodging.clone();
        let now = self.now;
        per_city(ctx, self.brief, "beds", |id| {
            let (lodging, query) = (lodging.clone(), stay(id));
            Box::pin(async move { lodging.search(&query, now).await })
        })
        .await
    }
}
