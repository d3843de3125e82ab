//! The rules of a sensible day, as numbers: what planning aims for and what the verifier holds a plan to.
//!
//! Where no source is named the number is a choice of the house, made once, here.

use chrono::{Duration, NaiveDate, NaiveTime, Timelike};

use crate::{
    brief::{Brief, Pace, TransportMode},
    facts::{Facts, LegOption, MealKind, MealOption, Point, Span},
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

/// Who arrives before this minute of the day (04:00) needs the bed of the night before.
pub const NIGHT_UNTIL_MINUTE: u32 = 4 * 60;
/// What a walk is at most, in kilometres of streets; a longer way is by public transport and needs a ticket.
pub const WALK_KM_MAX: f64 = 1.6;

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
        TransportMode::Car | TransportMode::Taxi => 0,
    }
}

/// Distance in the city over streets: the great circle times 1.3, a usual detour factor of street networks.
#[must_use]
pub fn street_km(from: Point, to: Point) -> f64 {
    from.km_to(to) * 1.3
}

/// Minutes from one place of the city to another: on foot at 4.8 km/h up to [`WALK_KM_MAX`], else by public transport with
/// 10 minutes of walking and waiting and 20 km/h on the way. Rounded up to 5 minutes.
#[must_use]
pub fn travel_minutes(from: Point, to: Point) -> u32 {
    let km = street_km(from, to);
    let minutes = if km <= WALK_KM_MAX { km / 4.8 * 60.0 } else { 10.0 + km / 20.0 * 60.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 64,000")]
    let fives = (minutes / 5.0).ceil() as u32;
    fives * 5
}

/// From when until when the travellers are free in a city on each day between the leg by which they arrive and the one by
/// which they leave: `(date, span)` in order, without the days on which they are not there at all. Between the transfer
/// from the arrival (check-in not yet counted) and the moment at which the transfer to the departure must begin; within
/// [`DAY_START_MINUTE`] and [`DAY_END_MINUTE`].
#[must_use]
pub fn city_spans(arrival: &LegOption, departure: &LegOption) -> Vec<(NaiveDate, Span)> {
    let first_date = arrival_date(arrival);
    let ready = i64::from(minute_of(arrival.arrive)) + i64::from(arrival.to.transfer_minutes);
    let leave = leave_minute(departure);
    let last_day = (departure.date - first_date).num_days();
    (0..=last_day)
        .filter_map(|day| {
            let from = (ready - day * 1440).max(i64::from(DAY_START_MINUTE));
            let until = (leave + (last_day - day) * 1440).min(i64::from(DAY_END_MINUTE));
            let span = Span { from_minute: u32::try_from(from).ok()?, until_minute: u32::try_from(until).ok()? };
            (span.from_minute < span.until_minute).then_some((first_date + Duration::days(day), span))
        })
        .collect()
}

/// The date on which a leg arrives, in the zone of its arrival.
#[must_use]
pub fn arrival_date(leg: &LegOption) -> NaiveDate {
    leg.date + Duration::days(i64::from(leg.arrive_day_offset))
}

/// The date of the first night after a leg: that of its arrival, or the one before who arrives in the night.
#[must_use]
pub fn first_night(leg: &LegOption) -> NaiveDate {
    let is_night = minute_of(leg.arrive) < NIGHT_UNTIL_MINUTE;
    arrival_date(leg) - Duration::days(i64::from(is_night))
}

/// Nights in the city between two legs: from [`first_night`] to the date of departure.
#[must_use]
pub fn nights_between(arrival: &LegOption, departure: &LegOption) -> u32 {
    u32::try_from((departure.date - first_night(arrival)).num_days()).unwrap_or(0)
}

/// When the way to a leg must begin, in minutes from midnight of its date; negative on the day before.
#[must_use]
pub fn leave_minute(leg: &LegOption) -> i64 {
    i64::from(minute_of(leg.depart)) - i64::from(boarding_minutes(leg.mode)) - i64::from(leg.from.transfer_minutes)
}

fn minute_of(time: NaiveTime) -> u32 {
    time.num_seconds_from_midnight() / 60
}

/// A meal belongs into a day when its whole time of service lies in the free span; one that merely fits is welcome.
#[must_use]
pub const fn meal_is_due(meal: MealKind, free: Span) -> bool {
    let start = meal_start(meal);
    free.from_minute <= start.from_minute && start.until_minute + meal_minutes(meal) <= free.until_minute
}

/// The most sights of one day in one city; a day of changing cities is shared out between both.
#[must_use]
pub const fn sights_per_city_day_max(pace: Pace, changes_city: bool) -> usize {
    let whole = pace.sights_per_day_max();
    if changes_city { whole.div_ceil(2) } else { whole }
}

/// From so many nights in a city on, a place that serves `meal` may be eaten at again on another day: there are fewer
/// places that suit the travellers than days, counted for breakfasts, for lunches and dinners together, and for all
/// meals. 0 where the brief allows it anyway.
#[must_use]
pub fn repeat_from_nights(brief: &Brief, facts: &Facts, city_id: &str, meal: MealKind) -> u32 {
    if brief.meals_repeat {
        return 0;
    }
    let places = |kinds: &[MealKind]| {
        let serves = |place: &&MealOption| {
            place.city_id == city_id && suits(brief, place) && kinds.iter().any(|kind| place.serves.contains(kind))
        };
        u32::try_from(facts.meals.iter().filter(serves).count()).unwrap_or(u32::MAX)
    };
    let both = [MealKind::Lunch, MealKind::Dinner];
    let of_kind = match meal {
        MealKind::Breakfast => places(&[meal]),
        MealKind::Lunch | MealKind::Dinner => places(&[meal]).min(places(&both) / 2),
    };
    // With `nights` nights the travellers eat on at most `nights + 1` days.
    of_kind.min(places(MealKind::ALL) / 3)
}

/// Whether a place serves every diet of the brief.
#[must_use]
pub fn suits(brief: &Brief, place: &MealOption) -> bool {
    brief.diet.iter().all(|diet| place.diets.contains(diet))
}
