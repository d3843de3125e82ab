//! The time in one city, between the leg by which the travellers come and the one by which they go.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, TimeDelta};
use domain::{
    brief::Brief,
    facts::{CityFacts, Facts, LegOption, LodgingOption, Span},
    plan::{ItemKind, Plan, Stay},
    rules,
};

use crate::trip::{DAY, Stop, TRIP_DAYS_MAX, day_number, find_leg, find_lodging, minute_of_day};

/// Calendar days that a leg may take, see [`LegOption::arrive_day_offset`].
const LEG_DAYS: RangeInclusive<i32> = -1..=2;

/// What lies between two legs that follow each other in the plan. What is unknown here is a violation by itself, and
/// whatever depends on it is not checked.
pub(crate) struct Visit<'a> {
    /// Its place among the visits.
    pub(crate) index: usize,
    /// The leg by which the travellers come: its index among the stops, and its fact if that is known.
    pub(crate) arrival_stop: usize,
    pub(crate) arrival: Option<&'a LegOption>,
    /// The same of the leg by which they go.
    pub(crate) departure_stop: usize,
    pub(crate) departure: Option<&'a LegOption>,
    /// Where the first leg ends, or where the second one starts while that is unknown.
    pub(crate) city_id: Option<&'a str>,
    pub(crate) city: Option<&'a CityFacts>,
    /// The plan's stay in this city, and the fact behind it.
    pub(crate) stay: Option<&'a Stay>,
    pub(crate) bed: Option<&'a LodgingOption>,
    /// Free time by date.
    free: Option<Vec<(NaiveDate, Span)>>,
    /// Minutes from the start of the axis to midnight of the dates of both legs.
    arrival_midnight: i64,
    departure_midnight: i64,
}

impl Visit<'_> {
    /// Where in the plan, for people.
    pub(crate) fn place(&self) -> String {
        let name = self.city.map_or(self.city_id.unwrap_or("unknown"), |city| &city.place.name);
        format!("city {}: {name}", self.index + 1)
    }

    /// The date on which the travellers arrive.
    pub(crate) fn arrival_date(&self) -> Option<NaiveDate> {
        self.arrival.map(rules::arrival_date)
    }

    /// The minute at which they arrive.
    pub(crate) fn arrived(&self) -> Option<i64> {
        let minute = |leg: &LegOption| i64::from(leg.arrive_day_offset) * DAY + minute_of_day(leg.arrive);
        self.arrival.map(|leg| self.arrival_midnight + minute(leg))
    }

    /// The minute from which they are in the city.
    pub(crate) fn ready(&self) -> Option<i64> {
        self.arrival.zip(self.arrived()).map(|(leg, arrived)| arrived + i64::from(leg.to.transfer_minutes))
    }

    /// Whether this minute is before the day that shows the arrival: over the date line one may arrive on the day before
    /// the departure, and the plan has no place left there to show what follows.
    pub(crate) fn is_before_days(&self, minute: i64) -> bool {
        minute < self.arrival_midnight
    }

    /// Midnight at the start of the day on which they go.
    pub(crate) fn departure_midnight(&self) -> i64 {
        self.departure_midnight
    }

    /// The minute at which they must be at the station or airport.
    pub(crate) fn boarding(&self) -> Option<i64> {
        let ahead = |leg: &LegOption| minute_of_day(leg.depart) - i64::from(rules::boarding_minutes(leg.mode));
        self.departure.map(|leg| self.departure_midnight + ahead(leg))
    }

    /// The minute at which they must leave the city.
    pub(crate) fn leave(&self) -> Option<i64> {
        self.departure.map(|leg| self.departure_midnight + rules::leave_minute(leg))
    }

    /// The date of the first night.
    pub(crate) fn first_night(&self) -> Option<NaiveDate> {
        self.arrival.map(rules::first_night)
    }

    /// Nights between the legs.
    pub(crate) fn nights(&self) -> Option<u32> {
        self.arrival.zip(self.departure).map(|(arrival, departure)| rules::nights_between(arrival, departure))
    }

    /// The free time of a date, if there is any and the legs are known.
    pub(crate) fn free_on(&self, date: NaiveDate) -> Option<Span> {
        self.free.as_ref()?.iter().find(|(day, _)| *day == date).map(|(_, span)| *span)
    }

    /// Whether the stop lies in the free time of its day. True while the legs are unknown.
    pub(crate) fn is_free_for(&self, stop: &Stop<'_>) -> bool {
        let fits = |span: Span| stop.is_within(span);
        self.free.is_none() || self.free_on(stop.date).is_some_and(fits)
    }
}

/// The visits between the legs among `stops`.
pub(crate) fn visits<'a>(brief: &Brief, facts: &'a Facts, plan: &'a Plan, stops: &[Stop<'a>]) -> Vec<Visit<'a>> {
    let legs: Vec<(usize, &Stop<'_>)> = stops.iter().enumerate().filter(|(_, stop)| stop.is_leg()).collect();
    let pairs = legs.iter().zip(legs.iter().skip(1)).enumerate();
    pairs
        .map(|(index, ((arrival_stop, comes), (departure_stop, goes)))| {
            let (arrival, departure) = (known_leg(facts, comes), known_leg(facts, goes));
            let reached = arrival.map(|leg| leg.to.city_id.as_str());
            let city_id = reached.or_else(|| departure.map(|leg| leg.from.city_id.as_str()));
            let stay = plan.stays.iter().find(|stay| Some(stay.city_id.as_str()) == city_id);
            let midnight = |leg: Option<&LegOption>| leg.map_or(0, |leg| day_number(brief, leg.date) * DAY);
            Visit {
                index,
                arrival_stop: *arrival_stop,
                arrival,
                departure_stop: *departure_stop,
                departure,
                city_id,
                city: city_id.and_then(|id| facts.city(id)),
                stay,
                bed: stay.and_then(|stay| find_lodging(facts, &stay.lodging_id)),
                free: arrival.zip(departure).and_then(|(arrival, departure)| free_spans(arrival, departure)),
                arrival_midnight: midnight(arrival),
                departure_midnight: midnight(departure),
            }
        })
        .collect()
}

/// Whether one can count with the dates of a leg: its days are those of a real journey, and inside the calendar.
pub(crate) fn has_dates(leg: &LegOption) -> bool {
    let offset = i64::from(leg.arrive_day_offset);
    let exists = |days: i64| leg.date.checked_add_signed(TimeDelta::days(days)).is_some();
    LEG_DAYS.contains(&leg.arrive_day_offset) && exists(offset) && exists(offset - 1)
}

fn known_leg<'a>(facts: &'a Facts, stop: &Stop<'_>) -> Option<&'a LegOption> {
    let ItemKind::Leg { leg_id, .. } = &stop.item.kind else { return None };
    find_leg(facts, leg_id).filter(|leg| has_dates(leg))
}

fn free_spans(arrival: &LegOption, departure: &LegOption) -> Option<Vec<(NaiveDate, Span)>> {
    let days = (departure.date - arrival.date).num_days();
    (days < TRIP_DAYS_MAX).then(|| rules::city_spans(arrival, departure))
}
