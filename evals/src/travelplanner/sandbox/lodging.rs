//! Beds, at the price of the data on every night.

use chrono::{DateTime, Utc};
use domain::{
    brief::{HouseRule, LodgingKind, Tier},
    facts::{FactKind, LodgingOption, Point},
};
use worker::providers::{Answer, Lodging, StayQuery};

use super::{Sandbox, cents, places, provenance};
use crate::travelplanner::{keys, record::Bed};

/// How the data write what a house forbids.
const RULES: [(&str, HouseRule); 5] = [
    ("No smoking", HouseRule::Smoking),
    ("No parties", HouseRule::Parties),
    ("No pets", HouseRule::Pets),
    ("No visitors", HouseRule::Visitors),
    ("No children under 10", HouseRule::Children),
];

impl Lodging for Sandbox {
    fn search<'a>(&'a self, query: &'a StayQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LodgingOption>> {
        super::ready(self.city_name(&query.city_id).map(|city| self.beds(city, now)))
    }
}

impl Sandbox {
    fn beds(&self, city: &str, now: DateTime<Utc>) -> Vec<LodgingOption> {
        let rows = self.reference.accommodations.get(city).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = rows.iter().map(|bed| bed.name.as_str()).collect();
        let at = self.centre(city);
        let nameable = keys::nameable(&names).into_iter();
        nameable.map(|row| option(city, at, &rows[row], min_nights(rows, &rows[row]), now)).collect()
    }
}

/// Where several rows have one name nobody can tell which one is meant: the longest of their shortest stays holds.
fn min_nights(rows: &[Bed], bed: &Bed) -> u32 {
    let namesakes = rows.iter().filter(|other| other.name.trim() == bed.name.trim());
    namesakes.map(|other| other.min_nights).max().unwrap_or(1).max(1)
}

fn option(city: &str, at: Point, bed: &Bed, min_nights: u32, now: DateTime<Utc>) -> LodgingOption {
    let name = bed.name.trim();
    let rules = bed.house_rules.as_deref().unwrap_or_default();
    LodgingOption {
        id: format!("{}/bed/{name}", places::id_of(city)),
        city_id: places::id_of(city),
        name: name.to_owned(),
        area: city.to_owned(),
        at,
        // The data are of a platform for private homes.
        kind: LodgingKind::Apartment,
        room_type: bed.room_type,
        tier: Tier::Mid,
        occupancy: bed.max_occupancy,
        price_cents: cents(bed.price),
        min_nights,
        forbids: RULES.iter().filter(|(text, _)| rules.contains(text)).map(|(_, rule)| *rule).collect(),
        rating: bed.rating,
        provenance: provenance(FactKind::Dataset, now),
    }
}
