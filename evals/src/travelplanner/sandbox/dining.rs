//! Restaurants, open for every meal.

use chrono::{DateTime, Utc};
use domain::{
    brief::Tier,
    facts::{FactKind, MealKind, MealOption, Point},
};
use worker::providers::{Answer, Dining};

use super::{Sandbox, cents, places, provenance};
use crate::travelplanner::{keys, record::Restaurant};

impl Dining for Sandbox {
    fn search<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, Vec<MealOption>> {
        super::ready(self.city_name(city_id).map(|city| self.meals(city, now)))
    }
}

impl Sandbox {
    fn meals(&self, city: &str, now: DateTime<Utc>) -> Vec<MealOption> {
        let rows = self.reference.restaurants.get(city).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let at = self.centre(city);
        keys::nameable(&names).into_iter().map(|row| option(city, at, &rows[row], now)).collect()
    }
}

fn option(city: &str, at: Point, row: &Restaurant, now: DateTime<Utc>) -> MealOption {
    let name = row.name.trim();
    let cuisines = row.cuisines.split(',').map(|cuisine| cuisine.trim().to_lowercase());
    MealOption {
        id: format!("{}/meal/{name}", places::id_of(city)),
        city_id: places::id_of(city),
        name: name.to_owned(),
        area: city.to_owned(),
        at,
        cuisines: cuisines.filter(|cuisine| !cuisine.is_empty()).collect(),
        tier: Tier::Mid,
        serves: MealKind::ALL.to_vec(),
        // The data name none.
        diets: Vec::new(),
        price_cents: cents(row.cost),
        rating: row.rating,
        provenance: provenance(FactKind::Dataset, now),
    }
}
