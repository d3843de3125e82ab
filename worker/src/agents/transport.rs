use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::LegOption};
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::{
    planning::{Hop, hops},
    providers::FareQuery,
    workflows::travel::Services,
};

/// Fare queries at a time.
const QUERIES_AT_ONCE: usize = 8;
/// Options shown with the event; a trip of several cities has hundreds.
const SHOWN_MAX: usize = 40;

/// Finds the ways between home and the cities.
pub struct Transport<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Transport<'_> {
    const NAME: &'static str = "transport";
    type Output = Vec<LegOption>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<LegOption>, StepError> {
        let legs = self.search(ctx).await?;
        let shown: Vec<_> = legs
            .iter()
            .take(SHOWN_MAX)
            .map(|leg| json!({ "id": leg.id, "mode": leg.mode, "depart": leg.depart, "arrive": leg.arrive, "price_cents": leg.price_cents }))
            .collect();
        ctx.show(self.summary(&legs), Some(json!({ "options": shown })));
        Ok(legs)
    }
}

impl Transport<'_> {
    pub(super) async fn search(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<LegOption>, StepError> {
        let hops = hops(self.brief);
        let queries: Vec<_> = hops.iter().map(|hop| self.legs(ctx, hop).boxed()).collect();
        let found: Vec<Vec<LegOption>> = stream::iter(queries).buffered(QUERIES_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn legs(&self, ctx: &TaskCtx<'_, Services>, hop: &Hop) -> Result<Vec<LegOption>, StepError> {
        let query = FareQuery {
            from_id: hop.from_id.clone(),
            to_id: hop.to_id.clone(),
            date: hop.date,
            people: self.brief.travellers.count(),
            currency: self.brief.budget.currency,
            nights: self.brief.nights(),
        };
        let path = format!("fares/{}-{}-{}", hop.from_id, hop.to_id, hop.date);
        let ask = || ctx.services().providers.fares.search(&query, self.now).map_err(provider_error);
        ctx.effect(&path, Effect::Pure, PROVIDER_TIMEOUT, ask).await
    }

    fn summary(&self, legs: &[LegOption]) -> String {
        let (brief, home) = (self.brief, self.brief.origin.id.as_str());
        let there = legs.iter().filter(|leg| leg.from.city_id == home).count();
        let back = legs.iter().filter(|leg| leg.to.city_id == home).count();
        let between = match legs.len() - there - back {
            0 => String::new(),
            count => format!(", {count} between the cities"),
        };
        format!("{there} ways from {} to {}{between} and {back} back", brief.origin.name, brief.destination.name)
    }
}
