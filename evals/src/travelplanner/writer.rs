//! A plan in the benchmark's file format: the only place that knows it.

use std::fmt;

use chrono::NaiveDate;
use domain::{
    brief::TransportMode,
    facts::{Facts, LegOption, MealKind},
    plan::{Day, ItemKind, Plan},
};
use serde::Serialize;

use super::{
    record::{Reference, Request},
    sandbox,
};

/// Where there is nothing.
const NOTHING: &str = "-";

/// One line of the plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    pub id: String,
    /// From 1, as in the official files.
    pub idx: u32,
    pub query: String,
    /// Empty: not delivered.
    pub plan: Vec<WrittenDay>,
}

/// One day as the scorer reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenDay {
    /// From 1.
    pub days: usize,
    /// `from A to B` or `B`.
    pub current_city: String,
    pub transportation: String,
    pub breakfast: String,
    /// `X, City;Y, City;`, each with its semicolon.
    pub attraction: String,
    pub lunch: String,
    pub dinner: String,
    pub accommodation: String,
}

/// Why the format cannot hold a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error("{0} has two legs, and a day of the plan file holds one")]
    TwoLegs(NaiveDate),
    #[error("{0} has two meals for {1}, and a day of the plan file holds one")]
    TwoMeals(NaiveDate, MealKind),
    #[error("nobody knows where {0} is spent")]
    Nowhere(NaiveDate),
    #[error("{0} names {1}, which is no fact")]
    Unknown(NaiveDate, String),
}

impl PlanLine {
    /// The line of a request without a plan.
    pub(super) fn undelivered(request: &Request) -> Self {
        Self { id: request.id.clone(), idx: request.idx + 1, query: request.query.clone(), plan: Vec::new() }
    }

    /// The line of a plan that was made from `facts`.
    ///
    /// # Errors
    /// What of the plan the format has no place for.
    pub(super) fn of(request: &Request, facts: &Facts, plan: &Plan) -> Result<Self, Unwritable> {
        let writer = Writer { reference: &request.reference, facts, plan };
        let mut here = None;
        let days = plan.days.iter().enumerate().map(|(index, day)| writer.day(index, day, &mut here));
        Ok(Self { plan: days.collect::<Result<_, _>>()?, ..Self::undelivered(request) })
    }
}

struct Writer<'a> {
    reference: &'a Reference,
    facts: &'a Facts,
    plan: &'a Plan,
}

impl<'a> Writer<'a> {
    /// `here` is the city in which the day before ended.
    fn day(&self, index: usize, day: &Day, here: &mut Option<&'a str>) -> Result<WrittenDay, Unwritable> {
        let leg = self.leg(day)?;
        let current_city = match leg {
            Some(leg) => format!("from {} to {}", leg.from.name, leg.to.name),
            None => here.ok_or(Unwritable::Nowhere(day.date))?.to_owned(),
        };
        *here = leg.map(|leg| leg.to.name.as_str()).or(*here);
        Ok(WrittenDay {
            days: index + 1,
            current_city,
            transportation: leg.map_or_else(|| NOTHING.to_owned(), |leg| self.transportation(leg)),
            breakfast: self.meal(day, MealKind::Breakfast)?,
            attraction: self.attractions(day)?,
            lunch: self.meal(day, MealKind::Lunch)?,
            dinner: self.meal(day, MealKind::Dinner)?,
            accommodation: self.bed(day.date)?,
        })
    }

    fn leg(&self, day: &Day) -> Result<Option<&'a LegOption>, Unwritable> {
        let mut ids = day.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Leg { leg_id, .. } => Some(leg_id),
            _ => None,
        });
        let Some(id) = ids.next() else { return Ok(None) };
        if ids.next().is_some() {
            return Err(Unwritable::TwoLegs(day.date));
        }
        let leg = self.facts.legs.iter().find(|leg| leg.id == *id && leg.date == day.date);
        leg.map(Some).ok_or_else(|| unknown(day.date, id))
    }

    fn transportation(&self, leg: &LegOption) -> String {
        let ends = format!("from {} to {}", leg.from.name, leg.to.name);
        let means = match leg.mode {
            TransportMode::Car => "Self-driving",
            TransportMode::Taxi => "Taxi",
            TransportMode::Flight | TransportMode::Train | TransportMode::Bus => {
                let (depart, arrive) = (leg.depart.format("%H:%M"), leg.arrive.format("%H:%M"));
                return format!("Flight Number: {}, {ends}, Departure Time: {depart}, Arrival Time: {arrive}", leg.id);
            }
        };
        let is_own_car = leg.mode == TransportMode::Car;
        let road = sandbox::road(self.reference, &leg.from.name, &leg.to.name, is_own_car);
        let told = road.map(|road| format!(", duration: {}, distance: {} km", road.duration, road.distance_km));
        format!("{means}, {ends}{}, cost: {}", told.unwrap_or_default(), leg.price_cents / 100)
    }

    fn meal(&self, day: &Day, wanted: MealKind) -> Result<String, Unwritable> {
        let mut ids = day.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Meal { meal_id, meal } if *meal == wanted => Some(meal_id),
            _ => None,
        });
        let Some(id) = ids.next() else { return Ok(NOTHING.to_owned()) };
        if ids.next().is_some() {
            return Err(Unwritable::TwoMeals(day.date, wanted));
        }
        let place = self.facts.meals.iter().find(|place| place.id == *id);
        let place = place.ok_or_else(|| unknown(day.date, id))?;
        self.in_city(day.date, &place.name, &place.city_id)
    }

    fn attractions(&self, day: &Day) -> Result<String, Unwritable> {
        let mut all = String::new();
        for item in &day.items {
            let ItemKind::Sight { sight_id } = &item.kind else { continue };
            let sight = self.facts.sights.iter().find(|sight| sight.id == *sight_id);
            let sight = sight.ok_or_else(|| unknown(day.date, sight_id))?;
            all += &self.in_city(day.date, &sight.name, &sight.city_id)?;
            all.push(';');
        }
        Ok(if all.is_empty() { NOTHING.to_owned() } else { all })
    }

    /// The bed of the night after this day. On a day of travelling it is that of the arrival, also where that is after
    /// midnight.
    fn bed(&self, date: NaiveDate) -> Result<String, Unwritable> {
        let stay = self.plan.stays.iter().find(|stay| stay.check_in <= date && date < stay.check_out);
        stay.map_or_else(|| Ok(NOTHING.to_owned()), |stay| self.in_city(date, &stay.name, &stay.city_id))
    }

    fn in_city(&self, date: NaiveDate, name: &impl fmt::Display, city_id: &str) -> Result<String, Unwritable> {
        let city = self.facts.city(city_id).ok_or_else(|| unknown(date, city_id))?;
        Ok(format!("{name}, {}", city.place.name))
    }
}

fn unknown(date: NaiveDate, id: &str) -> Unwritable {
    Unwritable::Unknown(date, id.to_owned())
}
