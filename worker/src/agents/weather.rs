use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::DayWeather};
use graph::{Agent, Effect, StepError, TaskCtx};

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::workflows::travel::Services;

/// Knows what weather to expect.
pub struct Weather<'a> {
    pub brief: &'a Brief,
    pub now: DateTime<Utc>,
}

impl Agent<Services> for Weather<'_> {
    const NAME: &'static str = "weather";
    type Output = Vec<DayWeather>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<DayWeather>, StepError> {
        let brief = self.brief;
        let days = ctx
            .effect("days", Effect::Pure, PROVIDER_TIMEOUT, async || {
                let weather = &ctx.services().providers.weather;
                weather
                    .days(&brief.destination.id, brief.start_date, brief.end_date, self.now)
                    .await
                    .map_err(provider_error)
            })
            .await?;
        let summary = match (days.iter().map(|day| day.low_c).min(), days.iter().map(|day| day.high_c).max()) {
            (Some(low), Some(high)) => format!("Typically {low} to {high} °C"),
            _ => "Nothing is known of the weather".to_owned(),
        };
        ctx.show(summary, None);
        Ok(days)
    }
}
