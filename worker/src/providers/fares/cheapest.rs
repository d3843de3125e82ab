//! The cheapest flights of a trip: what price watches look at, and what suggestions confirm.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::TransportMode,
    facts::LegOption,
    money::{Currency, Money},
};

use super::{FareQuery, Fares};
use crate::providers::ProviderError;

/// The flights that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlightQuery {
    pub from_id: String,
    pub to_id: String,
    pub depart: NaiveDate,
    /// None: only the flight there counts.
    pub return_date: Option<NaiveDate>,
    /// At least one.
    pub people: u32,
    pub currency: Currency,
}

/// What they cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlightQuote {
    /// For everyone, there and back.
    pub price: Money,
    /// Who says so.
    pub source: String,
    pub is_simulated: bool,
}

/// The cheapest flights at `now`; none where nobody flies on these days.
///
/// # Errors
/// Those of the provider.
pub async fn cheapest_flights(
    fares: &dyn Fares,
    query: &FlightQuery,
    now: DateTime<Utc>,
) -> Result<Option<FlightQuote>, ProviderError> {
    let nights = query.return_date.map_or(0, |back| (back - query.depart).num_days());
    let leg = |from_id: &str, to_id: &str, date| FareQuery {
        from_id: from_id.to_owned(),
        to_id: to_id.to_owned(),
        date,
        people: query.people,
        currency: query.currency,
        nights: u32::try_from(nights).unwrap_or(0),
    };
    let Some(mut total) = cheapest(fares, &leg(&query.from_id, &query.to_id, query.depart), now).await? else {
        return Ok(None);
    };
    if let Some(back) = query.return_date {
        let Some(back) = cheapest(fares, &leg(&query.to_id, &query.from_id, back), now).await? else { return Ok(None) };
        total.0 = total.0.saturating_add(back.0);
    }
    let (cents, source) = total;
    Ok(Some(FlightQuote { price: Money::new(cents, query.currency), source, is_simulated: fares.is_simulated() }))
}

async fn cheapest(
    fares: &dyn Fares,
    query: &FareQuery,
    now: DateTime<Utc>,
) -> Result<Option<(i64, String)>, ProviderError> {
    let legs = fares.search(query, now).await?;
    let is_wanted = |leg: &&LegOption| leg.mode == TransportMode::Flight && leg.currency == query.currency;
    let price = |leg: &LegOption| leg.price_cents.saturating_mul(i64::from(leg.units_for(query.people)));
    let found = legs.iter().filter(is_wanted).min_by_key(|leg| (price(leg), leg.id.clone()));
    Ok(found.map(|leg| (price(leg), leg.provenance.source.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Providers;

    fn query(return_date: Option<&str>) -> FlightQuery {
        FlightQuery {
            from_id: "berlin".to_owned(),
            to_id: "lisbon".to_owned(),
            depart: "2027-05-08".parse().unwrap(),
            return_date: return_date.map(|day| day.parse().unwrap()),
            people: 2,
            currency: Currency::EUR,
        }
    }

    #[tokio::test]
    async fn it_is_the_price_that_planning_sees_at_the_same_instant() {
        let (providers, now) = (Providers::bundled(), "2026-11-28T12:00:00Z".parse().unwrap());
        let quote = cheapest_flights(providers.fares.as_ref(), &query(Some("2027-05-11")), now).await.unwrap().unwrap();
        let mut sum = 0;
        for (from_id, to_id, date) in [("berlin", "lisbon", "2027-05-08"), ("lisbon", "berlin", "2027-05-11")] {
            let asked = FareQuery {
                from_id: from_id.to_owned(),
                to_id: to_id.to_owned(),
                date: date.parse().unwrap(),
                people: 2,
                currency: Currency::EUR,
                nights: 3,
            };
            let legs = providers.fares.search(&asked, now).await.unwrap();
            let flights = legs.iter().filter(|leg| leg.mode == TransportMode::Flight);
            assert!(flights.clone().all(|leg| leg.provenance.source.contains("simulated")));
            sum += flights.map(|leg| leg.price_cents).min().unwrap() * 2;
        }
        assert_eq!((quote.price.amount_cents, quote.is_simulated), (sum, true));
        assert!(quote.source.contains("simulated"));
    }

    #[tokio::test]
    async fn it_moves_within_a_day_and_one_way_costs_less() {
        let (providers, start) = (Providers::bundled(), "2026-11-28T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let mut seen = Vec::new();
        for hours in 0..24 {
            let now = start + chrono::Duration::hours(hours);
            let both =
                cheapest_flights(providers.fares.as_ref(), &query(Some("2027-05-11")), now).await.unwrap().unwrap();
            let there = cheapest_flights(providers.fares.as_ref(), &query(None), now).await.unwrap().unwrap();
            assert!(there.price.amount_cents < both.price.amount_cents);
            seen.push(both.price.amount_cents);
        }
        seen.dedup();
        assert!(seen.len() >= 4, "{seen:?}");
    }

    #[tokio::test]
    async fn nobody_flies_from_a_city_to_itself_and_unknown_cities_are_an_error() {
        let (providers, now) = (Providers::bundled(), "2026-11-28T12:00:00Z".parse().unwrap());
        let same = FlightQuery { to_id: "berlin".to_owned(), ..query(None) };
        assert_eq!(cheapest_flights(providers.fares.as_ref(), &same, now).await, Ok(None));
        let unknown = FlightQuery { to_id: "atlantis".to_owned(), ..query(None) };
        assert!(cheapest_flights(providers.fares.as_ref(), &unknown, now).await.is_err());
    }
}
