//! Typical meals of an area from the bundled gazetteer.

use chrono::{DateTime, Utc};
use domain::facts::MealOption;
use futures::future;

use super::Dining;
use crate::providers::{
    Answer, Gazetteer,
    gazetteer::{Destination, Meal},
};

impl Dining for Gazetteer {
    fn search<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, Vec<MealOption>> {
        let options =
            |destination: &Destination| destination.meals.iter().map(|meal| option(destination, meal, now)).collect();
        Box::pin(future::ready(self.get_destination(city_id).map(options)))
    }
}

fn option(destination: &Destination, meal: &Meal, now: DateTime<Utc>) -> MealOption {
    let area = destination.get_area(&meal.area);
    MealOption {
        id: destination.unique_id(&meal.id),
        city_id: destination.id.clone(),
        name: meal.name.clone(),
        area: area.name.clone(),
        at: area.at,
        cuisines: vec![meal.cuisine.clone()],
        tier: meal.tier,
        serves: meal.serves.clone(),
        diets: meal.diets.clone(),
        price_cents: meal.price_cents,
        rating: None,
        provenance: destination.provenance(now),
    }
}
