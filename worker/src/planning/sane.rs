//! Facts that no plan can hold: prices below nothing, places off the earth, rooms for nobody. Left out, never repaired.

use domain::facts::{LegOption, LodgingOption, MealOption, Point, SightOption};

/// The dearest single thing, in hundredths of its currency: 100 million.
const PRICE_CENTS_MAX: i64 = 10_000_000_000;
const LEG_MINUTES_MAX: u32 = 3 * 1440;

pub(super) fn leg(leg: &LegOption) -> bool {
    price(leg.price_cents)
        && (-1..=3).contains(&leg.arrive_day_offset)
        && leg.duration_minutes <= LEG_MINUTES_MAX
        && leg.from.transfer_minutes < 1440
        && leg.to.transfer_minutes < 1440
        && leg.seats > 0
}

pub(super) fn bed(bed: &LodgingOption) -> bool {
    price(bed.price_cents) && place(bed.at) && bed.occupancy > 0
}

pub(super) fn meal(meal: &MealOption) -> bool {
    price(meal.price_cents) && place(meal.at)
}

pub(super) fn sight(sight: &SightOption) -> bool {
    price(sight.price_cents) && place(sight.at) && (1..1440).contains(&sight.visit_minutes)
}

fn price(cents: i64) -> bool {
    (0..=PRICE_CENTS_MAX).contains(&cents)
}

fn place(at: Point) -> bool {
    at.lat.abs() <= 90.0 && at.lon.abs() <= 180.0
}
