//! Lasting sights from the bundled gazetteer.

use chrono::{DateTime, Utc};
use domain::facts::SightOption;
use futures::future;

use super::Activities;
use crate::providers::{
    Answer, Gazetteer,
    gazetteer::{Destination, Sight},
};

impl Activities for Gazetteer {
    fn search<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, Vec<SightOption>> {
        let options = |destination: &Destination| {
            destination.sights.iter().map(|sight| option(destination, sight, now)).collect()
        };
        Box::pin(future::ready(self.get_destination(city_id).map(options)))
    }
}

fn option(destination: &Destination, sight: &Sight, now: DateTime<Utc>) -> SightOption {
    SightOption {
        id: destination.unique_id(&sight.id),
        city_id: destination.id.clone(),
        name: sight.name.clone(),
        category: sight.category,
        interests: sight.interests.clone(),
        at: sight.at,
        setting: sight.setting,
        visit_minutes: sight.visit_minutes,
        hours: sight.hours.clone(),
        price_cents: sight.price_cents,
        fame: sight.fame,
        provenance: destination.provenance(now),
    }
}
