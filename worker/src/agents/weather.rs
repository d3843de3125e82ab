use chrono::{DateTime, Utc};
use domain::{brief::Brief, facts::DayWeather};
use graph::{Agent, StepError, TaskCtx};

use super::per_city;
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
        let weather = &ctx.services().providers.weather;
        let ask = |id| weather.days(id, brief.start_date, brief.end_date, self.now);
        let days = per_city(ctx, brief, "days", ask).await?;
        let summary = match (days.iter().map(|day| day.low_c).min(), days.iter().map(|day| day.high_c).max()) {
            (Some(low), Some(high)) => format!("Typically {low} to {high} °C"),
            _ => "Nothing is known of the weather".to_owned(),
        };
        ctx.show(summary, None);
        Ok(days)
    }
}
