use chrono::{DateTime, Utc};
use domain::{
    brief::Brief,
    facts::{Direction, LegOption},
};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::{providers::FareQuery, workflows::travel::Services};

/// Finds ways there and back.
pub struct Transport<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Transport<'_> {
    const NAME: &'static str = "transport";
    type Output = Vec<LegOption>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<LegOption>, StepError> {
        let query = FareQuery {
            origin_id: self.brief.origin.id.clone(),
            destination_id: self.brief.destination.id.clone(),
            outbound_date: self.brief.start_date,
            return_date: self.brief.end_date,
            people: self.brief.travellers.count(),
        };
        let legs = ctx
            .effect("fares", Effect::Pure, PROVIDER_TIMEOUT, async || {
                ctx.services().providers.fares.search(&query, self.now).await.map_err(provider_error)
            })
            .await?;
        let count = |direction| legs.iter().filter(|leg: &&LegOption| leg.direction == direction).count();
        let summary = format!(
            "{} ways from {} to {} and {} back",
            count(Direction::Outbound),
            self.brief.origin.name,
            self.brief.destination.name,
            count(Direction::Return)
        );
        let shown: Vec<_> = legs
            .iter()
            .map(|leg| json!({ "id": leg.id, "mode": leg.mode, "depart": leg.depart, "arrive": leg.arrive, "price_cents": leg.price_cents }))
            .collect();
        ctx.show(summary, Some(json!({ "options": shown })));
        Ok(legs)
    }
}
