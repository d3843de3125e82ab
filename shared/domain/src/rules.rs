//! The rules of a sensible day, as numbers: what planning aims for and what the verifier holds a plan to.
//!
//! Where no source is named the number is a choice of the house, made once, here.

use chrono::NaiveDate;

use crate::{
    brief::{Pace, TransportMode},
    facts::{LegOption, MealKind, Point, Span},
};

/// Nothing in the city starts before this minute of the day (07:00).
pub const DAY_START_MINUTE: u32 = 7 * 60;
/// Nothing in the city ends after this minute of the day (23:30).
pub const DAY_END_MINUTE: u32 = 23 * 60 + 30;
/// Arriving at the bed: key, bags, a breath.
pub const CHECK_IN_MINUTES: u32 = 20;
/// Leaving the bed; bags stay there until the transfer.
pub const CHECK_OUT_MINUTES: u32 = 15;
/// The bed is left by 11:00, or earlier when the way home asks for it.
pub const CHECK_OUT_LATEST_MINUTE: u32 = 11 * 60;

/// When a meal may start, first and last minute of the day.
#[must_use]
pub const fn meal_start(meal: MealKind) -> Span {
    match meal {
        MealKind::Breakfast => Span { from_minute: 7 * 60, until_minute: 10 * 60 },
        MealKind::Lunch => Span { from_minute: 12 * 60, until_minute: 14 * 60 + 30 },
        MealKind::Dinner => Span { from_minute: 18 * 60 + 30, until_minute: 21 * 60 + 30 },
    }
}

/// How long a meal takes.
#[must_use]
pub const fn meal_minutes(meal: MealKind) -> u32 {
    match meal {
        MealKind::Breakfast => 45,
        MealKind::Lunch => 75,
        MealKind::Dinner => 90,
    }
}

/// The first minute of a day at which a sight may start under this pace.
#[must_use]
pub const fn first_sight_minute(pace: Pace) -> u32 {
    match pace {
        Pace::Relaxed => 10 * 60,
        Pace::Moderate => 9 * 60,
        Pace::Full => 8 * 60,
    }
}

/// How long before departure one must be at the airport, station or car.
#[must_use]
pub const fn boarding_minutes(mode: TransportMode) -> u32 {
    match mode {
        TransportMode::Flight => 120,
        TransportMode::Train | TransportMode::Bus => 20,
        TransportMode::Car => 0,
    }
}

/// Distance in the city over streets: the great circle times 1.3, a usual detour factor of street networks.
#[must_use]
pub fn street_km(from: Point, to: Point) -> f64 {
    from.km_to(to) * 1.3
}

/// Minutes from one place of the city to another: on foot at 4.8 km/h up to 1.6 km, else by public transport with
/// 10 minutes of walking and waiting and 20 km/h on the way. Rounded up to 5 minutes.
#[must_use]
pub fn travel_minutes(from: Point, to: Point) -> u32 {
    const WALK_KM_MAX: f64 = 1.6;
    let km = street_km(from, to);
    let minutes = if km <= WALK_KM_MAX { km / 4.8 * 60.0 } else { 10.0 + km / 20.0 * 60.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 64,000")]
    let fives = (minutes / 5.0).ceil() as u32;
    fives * 5
}

/// From when until when the travellers are free in the city on each day of the trip: `(date, span)` in order, without
/// the days on which they are not there at all. Between the transfer from the arrival (check-in not yet counted) and
/// the moment at which the transfer to the departure must begin; within [`DAY_START_MINUTE`] and [`DAY_END_MINUTE`].
#[must_use]
pub fn city_spans(outbound: &LegOption, back: &LegOption) -> Vec<(NaiveDate, Span)> {
    let minute = |time: chrono::NaiveTime| {
        use chrono::Timelike;
        i64::from(time.num_seconds_from_midnight() / 60)
    };
    let arrival =
        minute(outbound.arrive) + i64::from(outbound.transfer_minutes) + 1440 * i64::from(outbound.arrive_day_offset);
    let departure = minute(back.depart) - i64::from(boarding_minutes(back.mode)) - i64::from(back.transfer_minutes);
    let last_day = (back.date - outbound.date).num_days();
    (0..=last_day)
        .filter_map(|day| {
            let from = (arrival - day * 1440).max(i64::from(DAY_START_MINUTE));
            let until = (departure + (last_day - day) * 1440).min(i64::from(DAY_END_MINUTE));
            let span = Span { from_minute: u32::try_from(from).ok()?, until_minute: u32::try_from(until).ok()? };
            (span.from_minute < span.until_minute).then_some((outbound.date + chrono::Duration::days(day), span))
        })
        .collect()
}

/// A meal belongs into a day when its whole time of service lies in the free span; one that merely fits is welcome.
#[must_use]
pub const fn meal_is_due(meal: MealKind, free: Span) -> bool {
    let start = meal_start(meal);
    free.from_minute <= start.from_minute && start.until_minute + meal_minutes(meal) <= free.until_minute
}
