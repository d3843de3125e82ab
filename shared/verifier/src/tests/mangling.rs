//! Whatever is put into a brief, facts or a plan, the verifier answers.

use chrono::{NaiveDate, NaiveTime};
use domain::{
    facts::{MealKind, Point, Span},
    money::Currency,
    plan::{CategoryCost, CostCategory, ItemKind, PartScore, QualityPart},
};
use proptest::prelude::*;

use super::{
    fixture::valid,
    journey::journey,
    kit::{Case, usd},
};

/// Values that break naive arithmetic, beside ordinary ones.
#[derive(Debug, Clone)]
struct Values {
    cents: i64,
    small: u32,
    offset: i32,
    date: NaiveDate,
    time: NaiveTime,
    real: f64,
    /// Which item, line or fact.
    index: usize,
}

fn values() -> impl Strategy<Value = Values> {
    let cents = prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), Just(-1), any::<i64>()];
    let small = prop_oneof![Just(0), Just(u32::MAX), Just(1440), any::<u32>(), 0..2000_u32];
    let offset = prop_oneof![Just(i32::MIN), Just(i32::MAX), -2..3_i32];
    let date = prop_oneof![
        Just(NaiveDate::MIN),
        Just(NaiveDate::MAX),
        (0..40_i64).prop_map(|days| super::kit::date(1) + chrono::TimeDelta::days(days)),
    ];
    let time = (0..86_400_u32, prop_oneof![Just(0), Just(1_999_999_999_u32)]).prop_map(|(second, nano)| {
        NaiveTime::from_num_seconds_from_midnight_opt(second, nano).unwrap_or(NaiveTime::MIN)
    });
    let real = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::MIN), Just(0.0), any::<f64>()];
    (cents, small, offset, date, time, real, any::<usize>()).prop_map(
        |(cents, small, offset, date, time, real, index)| Values { cents, small, offset, date, time, real, index },
    )
}

fn pick<T>(list: &mut [T], index: usize) -> Option<&mut T> {
    let length = list.len().max(1);
    list.get_mut(index % length)
}

const MANGLES: &[fn(&mut Case, &Values)] = &[
    |case, values| case.brief.start_date = values.date,
    |case, values| case.brief.end_date = values.date,
    |case, values| case.brief.travellers.adults = values.small,
    |case, values| case.brief.travellers.children = values.small,
    |case, values| case.brief.budget.amount_cents = values.cents,
    |case, _| case.brief.lodging = domain::brief::LodgingWish::default(),
    |case, values| {
        if let Some(rate) = pick(&mut case.facts.rates, values.index) {
            rate.rate_nanos = values.cents;
        }
    },
    |case, values| {
        if let Some(city) = pick(&mut case.facts.cities, values.index) {
            city.transit_day_ticket_cents = values.cents;
        }
    },
    |case, values| case.brief.destination.count = values.small,
    |case, _| case.brief.destination.cities.clear(),
    |case, values| {
        if let Some(wish) = pick(&mut case.brief.destination.cities, values.index) {
            wish.nights = Some(values.small);
        }
    },
    |case, _| case.brief.destination.cities.reverse(),
    |case, _| case.brief.cuisines = vec![String::new(), "é".to_owned()],
    |case, _| case.facts.rates.clear(),
    |case, _| case.facts.cities.clear(),
    |case, values| {
        if let Some(city) = pick(&mut case.facts.cities, values.index) {
            city.place.id.clear();
        }
    },
    |case, _| case.facts.legs.clear(),
    |case, _| case.facts.lodgings.clear(),
    |case, _| case.facts.meals.clear(),
    |case, _| case.facts.sights.clear(),
    |case, _| case.facts.weather.clear(),
    |case, values| leg(case, values, |leg, values| leg.date = values.date),
    |case, values| leg(case, values, |leg, values| (leg.depart, leg.arrive) = (values.time, NaiveTime::MIN)),
    |case, values| leg(case, values, |leg, values| leg.arrive_day_offset = values.offset),
    |case, values| leg(case, values, |leg, values| leg.to.transfer_minutes = values.small),
    |case, values| leg(case, values, |leg, values| leg.price_cents = values.cents),
    |case, values| leg(case, values, |leg, values| leg.from.transfer_minutes = values.small),
    |case, values| leg(case, values, |leg, values| leg.seats = values.small),
    |case, values| leg(case, values, |leg, _| std::mem::swap(&mut leg.from, &mut leg.to)),
    |case, values| leg(case, values, |leg, _| leg.to.city_id.clear()),
    |case, values| {
        if let Some(lodging) = pick(&mut case.facts.lodgings, values.index) {
            (lodging.occupancy, lodging.price_cents) = (values.small, values.cents);
            lodging.min_nights = values.small;
            lodging.at = Point { lat: values.real, lon: values.real };
        }
    },
    |case, values| {
        if let Some(meal) = pick(&mut case.facts.meals, values.index) {
            (meal.price_cents, meal.at) = (values.cents, Point { lat: values.real, lon: 0.0 });
            meal.serves.clear();
        }
    },
    |case, values| {
        if let Some(sight) = pick(&mut case.facts.sights, values.index) {
            (sight.price_cents, sight.visit_minutes) = (values.cents, values.small);
            sight.hours = std::array::from_fn(|_| vec![Span { from_minute: 0, until_minute: values.small }]);
            sight.at = Point { lat: 0.0, lon: values.real };
        }
    },
    |case, _| case.plan.days.clear(),
    |case, values| day(case, values, |day, _| day.items.clear()),
    |case, values| day(case, values, |day, values| day.date = values.date),
    |case, values| day(case, values, |day, values| day.distance_km = values.real),
    |case, values| day(case, values, |day, _| day.items.reverse()),
    |case, values| {
        let day = pick(&mut case.plan.days, values.index).cloned();
        case.plan.days.extend(day);
    },
    |case, values| item(case, values, |item, values| item.start = values.time),
    |case, values| item(case, values, |item, values| item.end = values.time),
    |case, values| item(case, values, |item, values| item.end_day_offset = values.offset),
    |case, values| item(case, values, |item, values| item.cost.amount_cents = values.cents),
    |case, values| item(case, values, |item, _| item.title = "é".to_owned()),
    |case, values| item(case, values, |item, _| item.title.clear()),
    |case, values| item(case, values, |item, _| item.kind = ItemKind::Transfer),
    |case, values| item(case, values, |item, _| item.kind = ItemKind::Sight { sight_id: String::new() }),
    |case, values| item(case, values, |item, _| item.kind = ItemKind::CheckIn { lodging_id: "bed".to_owned() }),
    |case, values| {
        let kind = |meal| ItemKind::Meal { meal_id: "cafe".to_owned(), meal };
        item(case, values, |item, _| item.kind = kind(MealKind::Dinner));
    },
    |case, values| {
        if let Some(line) = pick(&mut case.plan.costs.lines, values.index) {
            (line.quantity, line.unit_local_cents, line.cost.amount_cents) = (values.small, values.cents, values.cents);
        }
    },
    |case, _| case.plan.costs.lines.clear(),
    |case, values| {
        let cost = usd(values.cents);
        case.plan.costs.by_category.push(CategoryCost { category: CostCategory::Meals, cost });
    },
    |case, values| case.plan.costs.total.amount_cents = values.cents,
    |case, values| case.plan.costs.left.amount_cents = values.cents,
    |case, values| item(case, values, |item, _| item.city_id = None),
    |case, values| {
        if let Some(line) = pick(&mut case.plan.costs.lines, values.index) {
            line.local_currency = Currency::USD;
        }
    },
    |case, _| case.plan.costs.rates.clear(),
    |case, _| case.plan.cities.clear(),
    |case, _| case.plan.stays.clear(),
    |case, _| case.plan.stays.reverse(),
    |case, values| {
        let stay = pick(&mut case.plan.stays, values.index).cloned();
        case.plan.stays.extend(stay);
    },
    |case, values| {
        if let Some(stay) = pick(&mut case.plan.stays, values.index) {
            (stay.rooms, stay.nights, stay.check_in) = (values.small, values.small, values.date);
        }
    },
    |case, values| {
        let quality = &mut case.plan.quality;
        (quality.score, quality.bound) = (values.cents, Some(values.cents));
        quality.parts.push(PartScore { part: QualityPart::Thrift, points: values.cents });
    },
];

fn day(case: &mut Case, values: &Values, change: impl FnOnce(&mut domain::plan::Day, &Values)) {
    if let Some(day) = pick(&mut case.plan.days, values.index) {
        change(day, values);
    }
}

fn leg(case: &mut Case, values: &Values, change: impl FnOnce(&mut domain::facts::LegOption, &Values)) {
    if let Some(leg) = pick(&mut case.facts.legs, values.index) {
        change(leg, values);
    }
}

fn item(case: &mut Case, values: &Values, change: impl FnOnce(&mut domain::plan::Item, &Values)) {
    let days = case.plan.days.len().max(1);
    if let Some(day) = case.plan.days.get_mut(values.index % days)
        && let Some(item) = pick(&mut day.items, values.index / days)
    {
        change(item, values);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_the_verifier_panic(mangles in prop::collection::vec((0..MANGLES.len(), values()), 1..12)) {
        for mut case in [valid(), journey()] {
            for (index, values) in &mangles {
                MANGLES[*index](&mut case, values);
            }
            let first = case.verify();
            prop_assert_eq!(first, case.verify());
        }
    }
}

#[test]
fn a_plan_of_nothing_is_no_plan() {
    let mut case = valid();
    case.plan.days.clear();
    case.plan.costs.lines.clear();
    assert!(!case.verify().is_empty());
}
