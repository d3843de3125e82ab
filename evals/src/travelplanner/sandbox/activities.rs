//! Sights. The data have their names and places; hours, length of a visit and price are assumed, and each sight says that
//! it is an estimate.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::Interest,
    facts::{FactKind, Point, Setting, SightOption, Span},
};
use worker::providers::{Activities, Answer};

use super::{Sandbox, places, provenance};
use crate::travelplanner::{
    keys,
    record::{Attraction, Reference},
};

/// Open daily from 09:00 to 18:00.
const HOURS: Span = Span { from_minute: 9 * 60, until_minute: 18 * 60 };
const VISIT_MINUTES: u32 = 90;
/// Neither famous nor unknown, and all alike.
const FAME: u32 = 3;
/// A part of the town: what the data do not say is a museum, a park or a church.
pub(super) const CATEGORY: Interest = Interest::Neighbourhood;
/// A sight farther from the middle than this has a wrong position and is put there.
const FROM_CENTRE_KM_MAX: f64 = 60.0;

impl Activities for Sandbox {
    fn search<'a>(
        &'a self,
        city_id: &'a str,
        _first: NaiveDate,
        _last: NaiveDate,
        now: DateTime<Utc>,
    ) -> Answer<'a, Vec<SightOption>> {
        super::ready(self.city_name(city_id).map(|city| {
            let centre = self.centre(city);
            listed(&self.reference, city).map(|sight| option(city, centre, sight, now)).collect()
        }))
    }
}

/// The sights of a city that a plan can name.
pub(super) fn listed<'a>(reference: &'a Reference, city: &str) -> impl Iterator<Item = &'a Attraction> {
    let rows = reference.attractions.get(city).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    keys::nameable(&names).into_iter().map(|row| &rows[row])
}

pub(super) fn id_of(city: &str, name: &str) -> String {
    format!("{}/sight/{name}", places::id_of(city))
}

fn option(city: &str, centre: Point, sight: &Attraction, now: DateTime<Utc>) -> SightOption {
    let name = sight.name.trim();
    let at = sight.lat.zip(sight.lon).map(|(lat, lon)| Point { lat, lon });
    SightOption {
        id: id_of(city, name),
        city_id: places::id_of(city),
        name: name.to_owned(),
        category: CATEGORY,
        interests: Vec::new(),
        at: at.filter(|at| at.km_to(centre) <= FROM_CENTRE_KM_MAX).unwrap_or(centre),
        setting: Setting::Mixed,
        visit_minutes: VISIT_MINUTES,
        hours: std::array::from_fn(|_| vec![HOURS]),
        price_cents: 0,
        fame: FAME,
        provenance: provenance(FactKind::Estimate, now),
    }
}
