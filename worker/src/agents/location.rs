use chrono::{DateTime, Utc};
use domain::{
    brief::Brief,
    facts::CityFacts,
    money::{Currency, ExchangeRate},
};
use futures::{TryFutureExt, future::try_join_all};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde::{Deserialize, Serialize};

use super::{PROVIDER_TIMEOUT, per_city, provider_error};
use crate::workflows::travel::Services;

/// Knows the cities as a whole, and what their money is worth.
pub struct Location<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

/// What the location agent found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocationReport {
    pub cities: Vec<CityFacts>,
    /// From each currency of the cities, and of the brief, to the brief's.
    pub rates: Vec<ExchangeRate>,
}

impl Agent<Services> for Location<'_> {
    const NAME: &'static str = "location";
    type Output = LocationReport;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<LocationReport, StepError> {
        let location = &ctx.services().providers.location;
        let cities: Vec<CityFacts> =
            per_city(ctx, self.brief, "city", |id| Box::pin(location.city(id, self.now).map_ok(|city| vec![city])))
                .await?;
        let rates = self.rates(ctx, &cities).await?;
        let told =
            cities.iter().map(|city| format!("{}, {}: people pay in {}", city.place.name, city.country, city.currency));
        ctx.show(told.collect::<Vec<_>>().join("; "), None);
        Ok(LocationReport { cities, rates })
    }
}

impl Location<'_> {
    async fn rates(&self, ctx: &TaskCtx<'_, Services>, cities: &[CityFacts]) -> Result<Vec<ExchangeRate>, StepError> {
        let own = self.brief.budget.currency;
        let mut currencies: Vec<Currency> = cities.iter().map(|city| city.currency).chain([own]).collect();
        currencies.sort_by_key(|currency| currency.code());
        currencies.dedup();
        let calls = currencies.into_iter().map(async |currency| {
            let ask = || ctx.services().providers.rates.rate(currency, own, self.now).map_err(provider_error);
            ctx.effect(&format!("rate/{currency}"), Effect::Pure, PROVIDER_TIMEOUT, ask).await
        });
        try_join_all(calls).await
    }
}
