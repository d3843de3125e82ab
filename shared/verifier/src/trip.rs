//! The plan, indexed once: its items on one axis of minutes, and the visits between its legs.
//!
//! Minute 0 is midnight at the start of the brief's first day. The axis is that of wall clocks: a minute is local time
//! wherever the travellers are, so that only what happens in one place may be compared. A leg is where the clock jumps.

use chrono::{NaiveDate, NaiveTime, Timelike};
use domain::{
    brief::Brief,
    facts::{Facts, LegOption, LodgingOption, MealOption, Point, SightOption, Span},
    plan::{Item, ItemKind, Plan},
};

use crate::visit::{Visit, visits};

/// Minutes of a day.
pub(crate) const DAY: i64 = 1440;

/// Days of the longest trip whose free time is computed; a longer one is a violation of its own. A bound on work, not
/// a limit of the product.
pub(crate) const TRIP_DAYS_MAX: i64 = 1000;

/// One item of the plan, on the axis of minutes.
pub(crate) struct Stop<'a> {
    pub(crate) day_index: usize,
    pub(crate) item_index: usize,
    /// How many legs stand before it in the plan.
    pub(crate) legs_before: usize,
    /// The date of the item's day; the item may end on another.
    pub(crate) date: NaiveDate,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) item: &'a Item,
}

impl Stop<'_> {
    /// Where in the plan, for people.
    pub(crate) fn place(&self) -> String {
        format!("day {}, item {}: {}", self.day_index + 1, self.item_index + 1, self.item.title)
    }

    /// Minutes from start to end; negative if they are reversed.
    pub(crate) fn minutes(&self) -> i64 {
        self.end - self.start
    }

    /// Midnight at the start of the item's day.
    pub(crate) fn midnight(&self) -> i64 {
        self.start.div_euclid(DAY) * DAY
    }

    /// Whether it lies in a span of its day.
    pub(crate) fn is_within(&self, span: Span) -> bool {
        let minute = |minute: u32| self.midnight() + i64::from(minute);
        minute(span.from_minute) <= self.start && self.end <= minute(span.until_minute)
    }

    pub(crate) fn is_leg(&self) -> bool {
        matches!(self.item.kind, ItemKind::Leg { .. })
    }
}

/// What every check reads.
pub(crate) struct Trip<'a> {
    pub(crate) brief: &'a Brief,
    pub(crate) facts: &'a Facts,
    pub(crate) plan: &'a Plan,
    /// Every item, in the plan's order.
    pub(crate) stops: Vec<Stop<'a>>,
    /// One for each pair of legs that follow each other.
    pub(crate) visits: Vec<Visit<'a>>,
}

impl<'a> Trip<'a> {
    pub(crate) fn new(brief: &'a Brief, facts: &'a Facts, plan: &'a Plan) -> Self {
        let stops = place_stops(brief, plan);
        let visits = visits(brief, facts, plan, &stops);
        Self { brief, facts, plan, stops, visits }
    }

    /// Days from the brief's first day to `date`.
    pub(crate) fn day_number(&self, date: NaiveDate) -> i64 {
        day_number(self.brief, date)
    }

    /// Everybody who travels.
    pub(crate) fn people(&self) -> i64 {
        i64::from(self.brief.travellers.adults) + i64::from(self.brief.travellers.children)
    }

    /// The legs of the plan, in its order.
    pub(crate) fn legs(&self) -> impl Iterator<Item = &Stop<'a>> {
        self.stops.iter().filter(|stop| stop.is_leg())
    }

    /// The visit during which something other than a leg happens; none before the first leg and after the last.
    pub(crate) fn visit_of(&self, stop: &Stop<'_>) -> Option<&Visit<'a>> {
        if stop.is_leg() {
            return None;
        }
        self.visits.get(stop.legs_before.checked_sub(1)?)
    }

    /// Where a day ends: in the city that was reached last by then, or in the first while none was.
    pub(crate) fn visit_at_end_of(&self, date: NaiveDate) -> Option<&Visit<'a>> {
        let is_reached = |visit: &&Visit<'_>| visit.arrival_date().is_some_and(|arrival| arrival <= date);
        self.visits.iter().rev().find(is_reached).or_else(|| self.visits.first())
    }

    pub(crate) fn leg(&self, id: &str) -> Option<&'a LegOption> {
        find_leg(self.facts, id)
    }

    /// The fact behind a leg of the plan, if it is known.
    pub(crate) fn leg_at(&self, stop: &Stop<'_>) -> Option<&'a LegOption> {
        match &stop.item.kind {
            ItemKind::Leg { leg_id, .. } => self.leg(leg_id),
            _ => None,
        }
    }

    pub(crate) fn sight(&self, id: &str) -> Option<&'a SightOption> {
        self.facts.sights.iter().find(|sight| sight.id == id)
    }

    pub(crate) fn meal(&self, id: &str) -> Option<&'a MealOption> {
        self.facts.meals.iter().find(|meal| meal.id == id)
    }

    pub(crate) fn lodging(&self, id: &str) -> Option<&'a LodgingOption> {
        find_lodging(self.facts, id)
    }

    /// Where in the city an item is, by its fact: meals, sights and the bed. The plan's own word is not believed.
    pub(crate) fn point(&self, item: &Item) -> Option<Point> {
        match &item.kind {
            ItemKind::Leg { .. } | ItemKind::Transfer => None,
            ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id } => {
                self.lodging(lodging_id).map(|lodging| lodging.at)
            }
            ItemKind::Meal { meal_id, .. } => self.meal(meal_id).map(|meal| meal.at),
            ItemKind::Sight { sight_id } => self.sight(sight_id).map(|sight| sight.at),
        }
    }
}

/// Days from the brief's first day to `date`.
pub(crate) fn day_number(brief: &Brief, date: NaiveDate) -> i64 {
    (date - brief.start_date).num_days()
}

/// Minutes since midnight, seconds dropped.
pub(crate) fn minute_of_day(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}

/// A minute of the axis for people: `day 2 10:15`.
pub(crate) fn clock(minute: i64) -> String {
    let (day, of_day) = (minute.div_euclid(DAY) + 1, minute.rem_euclid(DAY));
    format!("day {day} {:02}:{:02}", of_day / 60, of_day % 60)
}

/// A minute of some day for people: `10:15`.
pub(crate) fn clock_of_day(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

pub(crate) fn find_leg<'a>(facts: &'a Facts, id: &str) -> Option<&'a LegOption> {
    facts.legs.iter().find(|leg| leg.id == id)
}

pub(crate) fn find_lodging<'a>(facts: &'a Facts, id: &str) -> Option<&'a LodgingOption> {
    facts.lodgings.iter().find(|lodging| lodging.id == id)
}

fn place_stops<'a>(brief: &Brief, plan: &'a Plan) -> Vec<Stop<'a>> {
    let mut stops = Vec::new();
    let mut legs_before = 0;
    for (day_index, day) in plan.days.iter().enumerate() {
        let midnight = day_number(brief, day.date) * DAY;
        for (item_index, item) in day.items.iter().enumerate() {
            let start = midnight + minute_of_day(item.start);
            let end = midnight + minute_of_day(item.end) + i64::from(item.end_day_offset) * DAY;
            let stop = Stop { day_index, item_index, legs_before, date: day.date, start, end, item };
            legs_before += usize::from(stop.is_leg());
            stops.push(stop);
        }
    }
    stops
}
