//! What makes a plan better, in points. A minute of travelling in the city takes one away.
//!
//! The weights are a choice of the house: a sight that most visitors come for is worth a way of an hour and a half, a
//! matched interest half an hour more, and the whole budget is worth [`BUDGET_POINTS`].

use domain::{
    brief::{Brief, RoomType, Tier},
    facts::{DayWeather, LegOption, LodgingOption, MealKind, MealOption, Setting, SightOption},
};

pub(super) const MINUTE_PENALTY: i64 = 1;
/// Eating at the same place on another day: more than a liked kitchen is worth.
pub(super) const REPEAT_PENALTY: i64 = 35;
/// What spending the whole budget on one thing takes away: of two equal things the cheaper one is better.
const BUDGET_POINTS: i128 = 100;
const FAME_POINTS: i64 = 18;
const INTEREST_POINTS: i64 = 30;
/// Interests of one sight that count.
const INTERESTS_MAX: usize = 2;
const CUISINE_POINTS: i64 = 25;
const TIER_POINTS: i64 = 10;

/// A sight, whatever the day.
pub(super) fn sight(brief: &Brief, sight: &SightOption, cost_cents: i64) -> i64 {
    let matched = brief.interests.iter().filter(|interest| is_about(sight, **interest)).count().min(INTERESTS_MAX);
    let matched = i64::try_from(matched).expect("at most two");
    i64::from(sight.fame) * FAME_POINTS + matched * INTEREST_POINTS - price(brief, cost_cents)
}

/// Whether the sight is of the kind, or also about it.
pub(super) fn is_about(sight: &SightOption, interest: domain::brief::Interest) -> bool {
    sight.category == interest || sight.interests.contains(&interest)
}

/// What the day's rain takes from a sight under the open sky.
pub(super) fn rain(sight: &SightOption, weather: Option<&DayWeather>) -> i64 {
    let percent = weather.map_or(0, |weather| i64::from(weather.rain_percent));
    match sight.setting {
        Setting::Indoor => 0,
        Setting::Mixed => percent / 10,
        Setting::Outdoor => percent / 4,
    }
}

/// A meal. Each is worth a detour: one that fits should normally be eaten.
pub(super) fn meal(brief: &Brief, option: &MealOption, meal: MealKind, cost_cents: i64) -> i64 {
    let base = match meal {
        MealKind::Breakfast => 50,
        MealKind::Lunch => 60,
        MealKind::Dinner => 70,
    };
    let is_liked = meal != MealKind::Breakfast && likes(brief, option);
    let cuisine = if is_liked { CUISINE_POINTS } else { 0 };
    let tier = if brief.lodging.tier == Some(option.tier) { TIER_POINTS } else { 0 };
    base + cuisine + tier - price(brief, cost_cents)
}

/// Whether the kitchen is one that the travellers like.
pub(super) fn likes(brief: &Brief, option: &MealOption) -> bool {
    let cuisine = option.cuisine.to_lowercase();
    brief.cuisines.iter().any(|liked| cuisine.contains(&liked.to_lowercase()))
}

/// A bed for the whole stay; how near it is counts by the ways from it.
pub(super) fn bed(brief: &Brief, option: &LodgingOption, cost_cents: i64) -> i64 {
    let tier = match option.tier {
        Tier::Budget => 0,
        Tier::Mid => 10,
        Tier::Upscale => 15,
    };
    let room = if option.room_type == RoomType::SharedRoom { -25 } else { 0 };
    tier + room - price(brief, cost_cents)
}

/// One way of the journey: shorter, cleaner, not in the middle of the night.
pub(super) fn leg(brief: &Brief, option: &LegOption, cost_cents: i64) -> i64 {
    use chrono::Timelike;
    let is_night = |hour: u32| !(6..23).contains(&hour);
    let nights = [option.depart, option.arrive].iter().filter(|time| is_night(time.hour())).count();
    let nights = i64::try_from(nights).expect("at most two");
    -i64::from(option.duration_minutes) / 6 - i64::from(option.co2_kg) / 20 - nights * 15 - price(brief, cost_cents)
}

fn price(brief: &Brief, cost_cents: i64) -> i64 {
    let points = i128::from(cost_cents) * BUDGET_POINTS / i128::from(brief.budget.amount_cents.max(1));
    // Far over the budget is far over; the solver's scores stay below a million.
    i64::try_from(points.min(100_000)).expect("at most 100,000")
}
