use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::CityFacts, money::ExchangeRate};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde::{Deserialize, Serialize};

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::workflows::travel::Services;

/// Knows the destination as a whole, and what its money is worth.
pub struct Location<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

/// What the location agent found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocationReport {
    pub city: CityFacts,
    /// From the city's currency to the brief's.
    pub rate: ExchangeRate,
}

impl Agent<Services> for Location<'_> {
    const NAME: &'static str = "location";
    type Output = LocationReport;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<LocationReport, StepError> {
        let providers = &ctx.services().providers;
        let city = ctx
            .effect("city", Effect::Pure, PROVIDER_TIMEOUT, async || {
                providers.location.city(&self.brief.destination.id, self.now).await.map_err(provider_error)
            })
            .await?;
        let rate = ctx
            .effect("rate", Effect::Pure, PROVIDER_TIMEOUT, async || {
                providers.rates.rate(city.currency, self.brief.budget.currency, self.now).await.map_err(provider_error)
            })
            .await?;
        ctx.show(format!("{}, {}; people pay in {}", city.place.name, city.country, city.currency), None);
        Ok(LocationReport { city, rate })
    }
}
