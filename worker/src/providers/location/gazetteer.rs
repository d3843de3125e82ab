//! Cities from the bundled gazetteer.

use chrono::{DateTime, Utc};
use domain::facts::CityFacts;
use futures::future;

use super::Location;
use crate::providers::{Answer, Gazetteer, gazetteer::Destination};

impl Location for Gazetteer {
    fn city<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, CityFacts> {
        Box::pin(future::ready(self.get_destination(city_id).map(|destination| facts(destination, now))))
    }
}

fn facts(destination: &Destination, now: DateTime<Utc>) -> CityFacts {
    CityFacts {
        place: destination.place(),
        country: destination.country.clone(),
        at: destination.at,
        time_zone: destination.time_zone.name().to_owned(),
        currency: destination.currency,
        transit_day_ticket_cents: destination.transit.day_ticket_cents,
        provenance: destination.provenance(now),
    }
}
