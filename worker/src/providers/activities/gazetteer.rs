//! Lasting sights from the bundled gazetteer.

use chrono::{DateTime, NaiveDate, Utc};
use domain::facts::SightOption;
use futures::future;

use super::{Activities, daylight::lit_hours};
use crate::providers::{
    Answer, Gazetteer,
    gazetteer::{Destination, Sight, WeekHours},
};

impl Activities for Gazetteer {
    fn search<'a>(
        &'a self,
        city_id: &'a str,
        first: NaiveDate,
        last: NaiveDate,
        now: DateTime<Utc>,
    ) -> Answer<'a, Vec<SightOption>> {
        let options = |destination: &Destination| {
            let hours = |sight| lit_hours(sight, destination.time_zone, first, last);
            destination.sights.iter().map(|sight| option(destination, sight, hours(sight), now)).collect()
        };
        Box::pin(future::ready(self.get_destination(city_id).map(options)))
    }
}

fn option(destination: &Destination, sight: &Sight, hours: WeekHours, now: DateTime<Utc>) -> SightOption {
    SightOption {
        id: destination.unique_id(&sight.id),
        city_id: destination.id.clone(),
        name: sight.name.clone(),
        category: sight.category,
        interests: sight.interests.clone(),
        at: sight.at,
        setting: sight.setting,
        visit_minutes: sight.visit_minutes,
        hours,
        price_cents: sight.price_cents,
        fame: sight.fame,
        provenance: destination.provenance(now),
    }
}
