//! What makes a plan better, in points. A minute of travelling in a city takes one away.
//!
//! The weights are a choice of the house: a sight that most visitors come for is worth a way of an hour and a half, a
//! matched interest half an hour more, and the whole budget is worth [`BUDGET_POINTS`]. `docs/QUALITY.md` tells people.

use std::ops::{Add, AddAssign};

use chrono::Timelike;
use domain::{
    brief::{Brief, Diet, RoomType, Tier},
    facts::{DayWeather, LegOption, LodgingOption, MealKind, MealOption, Setting, SightOption},
    plan::{PartScore, QualityPart},
    rules,
};

pub(super) const MINUTE_PENALTY: i64 = 1;
/// Eating at the same place on another day: more than a liked kitchen is worth.
pub(super) const REPEAT_PENALTY: i64 = 35;
/// A free day without a sight: more than any sight of another day is worth.
pub(super) const EMPTY_DAY_PENALTY: i64 = 500;
/// A free day with a single sight: two days with two are better than one with three and one with one, as long as no way
/// of an hour is between.
pub(super) const THIN_DAY_PENALTY: i64 = 60;
/// A free day whose sights all come after lunch.
pub(super) const IDLE_MORNING_PENALTY: i64 = 25;
/// What spending the whole budget on one thing takes away: of two equal things the cheaper one is better.
const BUDGET_POINTS: i128 = 100;
const FAME_POINTS: i64 = 18;
const INTEREST_POINTS: i64 = 30;
/// Interests of one sight that count.
const INTERESTS_MAX: usize = 2;
const CUISINE_POINTS: i64 = 25;
/// A lunch or dinner of a kitchen that exists for a diet which nobody has. Less than eating at the same place again takes.
const FOREIGN_DIET_PENALTY: i64 = 15;
/// Diets that are kitchens of their own.
const DIET_KITCHENS: [Diet; 3] = [Diet::Vegan, Diet::Vegetarian, Diet::Kosher];
const TIER_POINTS: i64 = 10;
/// A rating of 3 says nothing; each star above or below is worth so much, for a meal and for a night.
const RATING_NEUTRAL: f64 = 3.0;
const RATING_POINTS: f64 = 8.0;

/// Leaving the bed before 07:15.
const DARK_POINTS: i64 = 60;
/// Leaving it before 05:30 takes so much more: the hour that it wins is not worth the night.
const SLEEPLESS_POINTS: i64 = 90;
const SLEEPLESS_MINUTE: i64 = 5 * 60 + 30;
/// A meal that takes more of the budget than this percentage of a day's even share loses a point for each percent more,
/// unless upscale is what is asked for.
const SPLURGE_PERCENT: i128 = 50;

/// Points by part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Points([i64; QualityPart::ALL.len()]);

impl Points {
    pub(super) fn of(part: QualityPart, points: i64) -> Self {
        let mut all = Self::default();
        all.0[part as usize] = points;
        all
    }

    pub(super) fn sum(self) -> i64 {
        self.0.iter().sum()
    }

    /// The parts that are not zero.
    pub(super) fn parts(self) -> Vec<PartScore> {
        let parts = QualityPart::ALL.iter().zip(self.0).map(|(part, points)| PartScore { part: *part, points });
        parts.filter(|part| part.points != 0).collect()
    }
}

impl Add for Points {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, more)| *own += more);
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// A sight on a day with this weather.
pub(super) fn sight(brief: &Brief, sight: &SightOption, weather: Option<&DayWeather>, cost_cents: i64) -> Points {
    let matched = brief.interests.iter().filter(|interest| sight.is_about(**interest)).count().min(INTERESTS_MAX);
    let matched = i64::try_from(matched).expect("at most two");
    Points::of(QualityPart::Sights, i64::from(sight.fame.min(5)) * FAME_POINTS)
        + Points::of(QualityPart::Interests, matched * INTEREST_POINTS)
        + Points::of(QualityPart::Comfort, -rain(sight, weather))
        + price(brief, cost_cents)
}

/// What the day's rain takes from a sight under the open sky.
fn rain(sight: &SightOption, weather: Option<&DayWeather>) -> i64 {
    let percent = weather.map_or(0, |weather| i64::from(weather.rain_percent));
    match sight.setting {
        Setting::Indoor => 0,
        Setting::Mixed => percent / 10,
        Setting::Outdoor => percent / 4,
    }
}

/// A meal. Each is worth a detour: one that fits should normally be eaten.
pub(super) fn meal(brief: &Brief, option: &MealOption, meal: MealKind, cost_cents: i64) -> Points {
    let base = match meal {
        MealKind::Breakfast => 50,
        MealKind::Lunch => 60,
        MealKind::Dinner => 70,
    };
    let is_liked = meal != MealKind::Breakfast && brief.cuisines.iter().any(|liked| option.serves_cuisine(liked));
    let is_foreign = meal != MealKind::Breakfast && !is_liked && is_for_another_diet(brief, option);
    let cuisine = if is_liked { CUISINE_POINTS } else { 0 } - if is_foreign { FOREIGN_DIET_PENALTY } else { 0 };
    let tier = if brief.lodging.tier == Some(option.tier) { TIER_POINTS } else { 0 };
    Points::of(QualityPart::Meals, base + cuisine)
        + Points::of(QualityPart::Comfort, tier)
        + rating(option.rating, 1)
        + price(brief, cost_cents)
        + splurge(brief, cost_cents)
}

/// Whether the kitchen leaves out what nobody of the party leaves out. Whoever eats no meat is at home in a vegan one.
fn is_for_another_diet(brief: &Brief, option: &MealOption) -> bool {
    brief.diet.is_empty() && DIET_KITCHENS.iter().any(|diet| option.serves_cuisine(diet.word()))
}

/// A bed for so many nights; how near it is counts by the ways from it.
pub(super) fn bed(brief: &Brief, option: &LodgingOption, nights: u32, cost_cents: i64) -> Points {
    let tier = match option.tier {
        Tier::Budget => 0,
        Tier::Mid => 10,
        Tier::Upscale => 15,
    };
    let room = if option.room_type == RoomType::SharedRoom { -25 } else { 0 };
    Points::of(QualityPart::Comfort, tier + room) + rating(option.rating, nights) + price(brief, cost_cents)
}

/// One leg: shorter, cleaner, without changes, not in the middle of the night.
pub(super) fn leg(brief: &Brief, option: &LegOption, cost_cents: i64) -> Points {
    let is_night = |hour: u32| !(6..23).contains(&hour);
    let nights = [option.depart, option.arrive].iter().filter(|time| is_night(time.hour())).count();
    let nights = i64::try_from(nights).expect("at most two");
    let by_day = i64::from(rules::DAY_START_MINUTE + rules::CHECK_OUT_MINUTES);
    let is_bed_left = option.from.city_id != brief.origin.id;
    let leaves = rules::leave_minute(option);
    let dark = if is_bed_left && leaves < by_day { DARK_POINTS } else { 0 };
    let sleepless = if is_bed_left && leaves < SLEEPLESS_MINUTE { SLEEPLESS_POINTS } else { 0 };
    let comfort = -i64::from(option.duration_minutes.min(10_000)) / 6
        - i64::from(option.co2_kg.min(100_000)) / 20
        - i64::from(option.stops.min(10)) * 5
        - nights * 15
        - dark
        - sleepless;
    Points::of(QualityPart::Comfort, comfort) + price(brief, cost_cents)
}

fn rating(rating: Option<f64>, times: u32) -> Points {
    let stars = rating.filter(|stars| (0.0..=5.0).contains(stars)).unwrap_or(RATING_NEUTRAL);
    #[expect(clippy::cast_possible_truncation, reason = "at most 16 points")]
    let points = ((stars - RATING_NEUTRAL) * RATING_POINTS).round() as i64;
    Points::of(QualityPart::Ratings, points * i64::from(times.min(60)))
}

/// What a meal loses that eats up most of a day's money, however good it is.
fn splurge(brief: &Brief, cost_cents: i64) -> Points {
    if brief.lodging.tier == Some(Tier::Upscale) {
        return Points::default();
    }
    let share = i128::from(brief.budget.amount_cents.max(1)) / i128::from(brief.days().max(1));
    let percent = i128::from(cost_cents) * 100 / share.max(1);
    // What no budget can pay is bounded as in `price`.
    let points = i64::try_from((percent - SPLURGE_PERCENT).clamp(0, 100_000)).expect("at most 100,000");
    Points::of(QualityPart::Thrift, -points)
}

fn price(brief: &Brief, cost_cents: i64) -> Points {
    let points = i128::from(cost_cents) * BUDGET_POINTS / i128::from(brief.budget.amount_cents.max(1));
    // Far over the budget is far over; the solver's scores stay below a million.
    let points = i64::try_from(points.min(100_000)).expect("at most 100,000");
    Points::of(QualityPart::Thrift, -points)
}
