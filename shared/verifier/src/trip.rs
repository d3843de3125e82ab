//! The plan, indexed once: its items on one axis of minutes, and the facts that its legs and its bed refer to.
//!
//! Minute 0 is midnight at the start of the brief's first day, in the destination's time zone.

use chrono::{NaiveDate, NaiveTime, Timelike};
use domain::{
    brief::Brief,
    facts::{Direction, Facts, LegOption, LodgingOption, MealOption, Point, SightOption, Span},
    plan::{Item, ItemKind, Plan},
    rules,
};

/// Minutes of a day.
pub(crate) const DAY: i64 = 1440;

/// Days of the longest trip whose free time is computed; a longer one is a violation of its own. A bound on work, not
/// a limit of the product.
pub(crate) const TRIP_DAYS_MAX: i64 = 1000;

/// One item of the plan, on the axis of minutes.
pub(crate) struct Stop<'a> {
    pub(crate) day_index: usize,
    pub(crate) item_index: usize,
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

    /// Whether this is a leg that claims to go this way.
    pub(crate) fn is_leg(&self, wanted: Direction) -> bool {
        matches!(&self.item.kind, ItemKind::Leg { direction, .. } if *direction == wanted)
    }
}

/// What every check reads.
pub(crate) struct Trip<'a> {
    pub(crate) brief: &'a Brief,
    pub(crate) facts: &'a Facts,
    pub(crate) plan: &'a Plan,
    /// Every item, in the plan's order.
    pub(crate) stops: Vec<Stop<'a>>,
    /// The fact behind the first outbound leg, if it is known and goes there.
    pub(crate) outbound: Option<&'a LegOption>,
    /// The fact behind the first return leg, if it is known and goes back.
    pub(crate) back: Option<&'a LegOption>,
    /// Free time in the city by date; unknown while a leg is, which is a violation by itself.
    pub(crate) free: Option<Vec<(NaiveDate, Span)>>,
    /// The fact behind the stay, if it is known.
    pub(crate) bed: Option<&'a LodgingOption>,
}

impl<'a> Trip<'a> {
    pub(crate) fn new(brief: &'a Brief, facts: &'a Facts, plan: &'a Plan) -> Self {
        let stops = place_stops(brief, plan);
        let outbound = known_leg(facts, &stops, Direction::Outbound);
        let back = known_leg(facts, &stops, Direction::Return);
        let bed = plan.stay.as_ref().and_then(|stay| find_lodging(facts, &stay.lodging_id));
        let free = outbound.zip(back).and_then(|(outbound, back)| free_spans(outbound, back));
        Self { brief, facts, plan, stops, outbound, back, free, bed }
    }

    /// Days from the brief's first day to `date`.
    pub(crate) fn day_number(&self, date: NaiveDate) -> i64 {
        (date - self.brief.start_date).num_days()
    }

    /// Minute 0 of the brief's last day.
    pub(crate) fn last_day_start(&self) -> i64 {
        self.day_number(self.brief.end_date) * DAY
    }

    /// Everybody who travels.
    pub(crate) fn people(&self) -> i64 {
        i64::from(self.brief.travellers.adults) + i64::from(self.brief.travellers.children)
    }

    /// The day on which the outbound leg arrives, as days from the brief's first.
    pub(crate) fn arrival_day(&self) -> Option<i64> {
        self.outbound.map(|leg| self.day_number(leg.date) + i64::from(leg.arrive_day_offset))
    }

    /// When the outbound leg arrives.
    pub(crate) fn arrival(&self) -> Option<i64> {
        self.outbound.zip(self.arrival_day()).map(|(leg, day)| day * DAY + minute_of_day(leg.arrive))
    }

    /// When the travellers are in the city.
    pub(crate) fn ready(&self) -> Option<i64> {
        self.outbound.zip(self.arrival()).map(|(leg, arrival)| arrival + i64::from(leg.transfer_minutes))
    }

    /// When they must be at the station or airport.
    pub(crate) fn boarding(&self) -> Option<i64> {
        self.back.map(|leg| {
            self.day_number(leg.date) * DAY + minute_of_day(leg.depart) - i64::from(rules::boarding_minutes(leg.mode))
        })
    }

    /// When the travellers must leave the city.
    pub(crate) fn leave(&self) -> Option<i64> {
        self.back.zip(self.boarding()).map(|(leg, boarding)| boarding - i64::from(leg.transfer_minutes))
    }

    /// The free time of a date, if there is any and the legs are known.
    pub(crate) fn free_on(&self, date: NaiveDate) -> Option<Span> {
        self.free.as_ref()?.iter().find(|(day, _)| *day == date).map(|(_, span)| *span)
    }

    /// Whether the stop lies in the free time of its day. True while the legs are unknown.
    pub(crate) fn is_in_city(&self, stop: &Stop<'_>) -> bool {
        if self.free.is_none() {
            return true;
        }
        let midnight = self.day_number(stop.date) * DAY;
        self.free_on(stop.date).is_some_and(|span| {
            midnight + i64::from(span.from_minute) <= stop.start && stop.end <= midnight + i64::from(span.until_minute)
        })
    }

    pub(crate) fn leg(&self, id: &str) -> Option<&'a LegOption> {
        self.facts.legs.iter().find(|leg| leg.id == id)
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

fn place_stops<'a>(brief: &Brief, plan: &'a Plan) -> Vec<Stop<'a>> {
    let days = plan.days.iter().enumerate();
    days.flat_map(|(day_index, day)| {
        let midnight = (day.date - brief.start_date).num_days() * DAY;
        day.items.iter().enumerate().map(move |(item_index, item)| Stop {
            day_index,
            item_index,
            date: day.date,
            start: midnight + minute_of_day(item.start),
            end: midnight + minute_of_day(item.end) + i64::from(item.end_day_offset) * DAY,
            item,
        })
    })
    .collect()
}

fn known_leg<'a>(facts: &'a Facts, stops: &[Stop<'_>], direction: Direction) -> Option<&'a LegOption> {
    let stop = stops.iter().find(|stop| stop.is_leg(direction))?;
    let ItemKind::Leg { leg_id, .. } = &stop.item.kind else { return None };
    facts.legs.iter().find(|leg| leg.id == *leg_id && leg.direction == direction)
}

fn find_lodging<'a>(facts: &'a Facts, id: &str) -> Option<&'a LodgingOption> {
    facts.lodgings.iter().find(|lodging| lodging.id == id)
}

fn free_spans(outbound: &LegOption, back: &LegOption) -> Option<Vec<(NaiveDate, Span)>> {
    let days = (back.date - outbound.date).num_days();
    (days < TRIP_DAYS_MAX).then(|| rules::city_spans(outbound, back))
}
