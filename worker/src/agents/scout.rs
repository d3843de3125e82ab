use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::Place,
    money::{Currency, Money},
};
use futures::{StreamExt, TryStreamExt, stream};
use graph::{Agent, Effect, StepError, TaskCtx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PROVIDER_TIMEOUT, provider_error};
use crate::{
    providers::{FlightQuery, cheapest_flights},
    workflows::travel::Services,
};

/// Destinations that are asked for at a time, and in all.
const QUERIES_AT_ONCE: usize = 8;
const DESTINATIONS_MAX: usize = 200;
/// Destinations shown with the event.
const SHOWN_MAX: usize = 5;

/// Looks what flights cost now: to one city, or to every one that trips go to.
pub struct Scout<'a> {
    pub origin: &'a Place,
    /// None: everywhere.
    pub destination: Option<&'a Place>,
    pub depart: NaiveDate,
    pub return_date: NaiveDate,
    pub people: u32,
    pub currency: Currency,
    pub now: DateTime<Utc>,
}

/// Flights that the scout found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub place: Place,
    /// For everyone, there and back.
    pub price: Money,
    pub source: String,
    pub is_simulated: bool,
}

impl Agent<Services> for Scout<'_> {
    const NAME: &'static str = "scout";
    /// The cheapest first. Empty where nobody flies.
    type Output = Vec<Sighting>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<Sighting>, StepError> {
        let places = &ctx.services().providers.places;
        let asked: Vec<Place> = match self.destination {
            Some(place) => vec![place.clone()],
            None => {
                let all = places.destination_names().into_iter().filter_map(|name| places.find(&name));
                all.filter(|place| place.id != self.origin.id).take(DESTINATIONS_MAX).collect()
            }
        };
        let count = asked.len();
        let queries: Vec<_> = asked.into_iter().map(|place| Box::pin(self.ask(ctx, place))).collect();
        let found: Vec<Option<Sighting>> = stream::iter(queries).buffered(QUERIES_AT_ONCE).try_collect().await?;
        let mut found: Vec<Sighting> = found.into_iter().flatten().collect();
        found.sort_by(|one, other| {
            (one.price.amount_cents, &one.place.id).cmp(&(other.price.amount_cents, &other.place.id))
        });
        let told = match found.first() {
            Some(first) => {
                format!("Of {count} cities, {} is the cheapest to fly to: {}", first.place.name, first.price)
            }
            None => format!("Nobody flies from {} to any of {count} cities", self.origin.name),
        };
        let shown: Vec<_> = found.iter().take(SHOWN_MAX).collect();
        ctx.show(told, Some(json!({ "cheapest": shown })));
        Ok(found)
    }
}

impl Scout<'_> {
    async fn ask(&self, ctx: &TaskCtx<'_, Services>, place: Place) -> Result<Option<Sighting>, StepError> {
        let query = FlightQuery {
            from_id: self.origin.id.clone(),
            to_id: place.id.clone(),
            depart: self.depart,
            return_date: Some(self.return_date),
            people: self.people,
            currency: self.currency,
        };
        let ask = async || {
            let quote = cheapest_flights(ctx.services().providers.fares.as_ref(), &query, self.now).await;
            let sighting = |quote: crate::providers::FlightQuote| Sighting {
                place: place.clone(),
                price: quote.price,
                source: quote.source,
                is_simulated: quote.is_simulated,
            };
            quote.map(|quote| quote.map(sighting)).map_err(provider_error)
        };
        ctx.effect(&format!("fares/{}", query.to_id), Effect::Pure, PROVIDER_TIMEOUT, ask).await
    }
}
