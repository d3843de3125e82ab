//! Sources of facts that are not ours: one folder a kind, with the trait in its `mod.rs` and one file a service.
//!
//! The bundled services need no network: the gazetteer for what is written down, the fare model for what is computed.
//! To add a service, write `<kind>/<service>.rs` and change that kind's line in [`Providers::bundled`].

pub mod activities;
pub mod dining;
pub mod fares;
pub mod gazetteer;
pub mod location;
pub mod lodging;
pub mod places;
pub mod rates;
mod season;
pub mod weather;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use activities::Activities;
pub use dining::Dining;
pub use fares::{FareQuery, Fares, FlightQuery, FlightQuote, cheapest_flights};
pub use gazetteer::Gazetteer;
pub use location::Location;
pub use lodging::{Lodging, StayQuery};
pub use places::{Mention, Places, Region, RegionMention, SightName};
pub use rates::Rates;
pub use weather::Weather;

/// Why a provider has no facts. The text is for people and names the provider or what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It did not answer, or not in its format; asking again later may help. The only one worth a retry.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// The calls that we may make are used up; somebody has to wait or to pay.
    #[error("the provider's quota is used up: {0}")]
    Quota(String),
    /// It knows nothing of what was asked for; asking again is pointless.
    #[error("the provider does not know {0}")]
    Unknown(String),
}

impl ProviderError {
    /// Whether the same question may be answered later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// What a provider's method returns.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// One provider of each kind.
#[derive(Clone)]
pub struct Providers {
    pub places: Arc<dyn Places>,
    pub location: Arc<dyn Location>,
    pub fares: Arc<dyn Fares>,
    pub lodging: Arc<dyn Lodging>,
    pub dining: Arc<dyn Dining>,
    pub activities: Arc<dyn Activities>,
    pub weather: Arc<dyn Weather>,
    pub rates: Arc<dyn Rates>,
}

impl Providers {
    /// Everything from the bundled data, without any network.
    #[must_use]
    pub fn bundled() -> Self {
        let gazetteer = Gazetteer::shared();
        Self {
            places: gazetteer.clone(),
            location: gazetteer.clone(),
            fares: Arc::new(fares::FareModel::new(gazetteer.clone())),
            lodging: gazetteer.clone(),
            dining: gazetteer.clone(),
            activities: gazetteer.clone(),
            weather: gazetteer.clone(),
            rates: gazetteer,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use domain::facts::{FactKind, Provenance};

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn written_down() -> Provenance {
        Provenance {
            kind: FactKind::Dataset,
            source: "bundled gazetteer".into(),
            as_of: "2025".into(),
            fetched_at: now(),
        }
    }

    #[tokio::test]
    async fn every_destination_has_facts_of_every_kind_with_their_provenance() {
        let providers = Providers::bundled();
        let day = NaiveDate::from_ymd_opt(2027, 5, 1).unwrap();
        for id in Gazetteer::bundled().destination_ids() {
            let stay = StayQuery { city_id: id.into(), check_in: day, check_out: day };
            let city = providers.location.city(id, now()).await.unwrap();
            assert_eq!((city.place.id.as_str(), city.provenance), (id, written_down()));
            let meals = providers.dining.search(id, now()).await.unwrap();
            assert!(meals.len() >= 12 && meals.iter().all(|meal| meal.provenance == written_down()));
            let sights = providers.activities.search(id, day, day, now()).await.unwrap();
            assert!(sights.len() >= 15 && sights.iter().all(|sight| sight.provenance == written_down()));
            let beds = providers.lodging.search(&stay, now()).await.unwrap();
            assert!(beds.len() >= 6 && beds.iter().all(|bed| bed.provenance.fetched_at == now()));
            assert_eq!(providers.weather.days(id, day, day, now()).await.unwrap().len(), 1);
            let rate = providers.rates.rate(city.currency, city.currency, now()).await.unwrap();
            assert_eq!(rate.rate_nanos, 1_000_000_000);
            assert!(providers.places.is_destination(id));
        }
    }

    #[tokio::test]
    async fn a_city_that_is_no_destination_is_unknown_and_not_worth_a_retry() {
        let error = Providers::bundled().dining.search("warsaw", now()).await.unwrap_err();
        assert_eq!(error.to_string(), "the provider does not know the destination \"warsaw\"");
        assert!(!error.is_retryable());
        assert!(ProviderError::Unavailable("the gazetteer is closed".into()).is_retryable());
    }
}
