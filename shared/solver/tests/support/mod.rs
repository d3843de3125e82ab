//! Small random problems, a search of everything, and a check of answers. Shares no code with the solver.

pub(crate) mod brute_force;
pub(crate) mod check;

use proptest::{collection::vec, prelude::*};
use solver::*;

pub(crate) const MEAL_TIMES: [MealTime; MEALS_PER_DAY] = [
    MealTime { start: Span { from_minute: 420, until_minute: 600 }, minutes: 45, before_sights: true },
    MealTime { start: Span { from_minute: 720, until_minute: 870 }, minutes: 75, before_sights: false },
    MealTime { start: Span { from_minute: 1110, until_minute: 1290 }, minutes: 90, before_sights: false },
];

fn needs() -> impl Strategy<Value = [Need; MEALS_PER_DAY]> {
    let need = || prop_oneof![2 => Just(Need::Absent), 3 => Just(Need::Optional), 1 => Just(Need::Required)];
    [need(), need(), need()]
}

fn frames(days: usize) -> impl Strategy<Value = Vec<Option<DayFrame>>> {
    let frame = (420_u32..900, 700_u32..1410, needs()).prop_map(|(from_minute, until_minute, meals)| {
        (until_minute > from_minute).then_some(DayFrame { free: Span { from_minute, until_minute }, meals })
    });
    vec(frame, days)
}

fn journeys(days: usize) -> impl Strategy<Value = Vec<Journey>> {
    let journey = (0_i64..5_000, 0_i64..40, 0_usize..3, frames(days));
    vec(journey.prop_map(|(cost_cents, score, nights, days)| Journey { cost_cents, score, nights, days }), 1..3)
}

fn sights(days: usize) -> impl Strategy<Value = Vec<Sight>> {
    let span = (480_u32..1000, 60_u32..600)
        .prop_map(|(from_minute, length)| Span { from_minute, until_minute: from_minute + length });
    let day = (vec(span, 0..3), 0_i64..100).prop_map(|(open, score)| SightDay { open, score });
    let sight = (0_i64..3_000, 30_u32..200, prop::bool::weighted(0.05), vec(day, days));
    let sight = sight.prop_map(|(cost_cents, visit_minutes, must_see, days)| Sight {
        place: 0,
        cost_cents,
        visit_minutes,
        must_see,
        days,
    });
    vec(sight, 0..6)
}

fn meals() -> impl Strategy<Value = Vec<Meal>> {
    let score = || prop::option::weighted(0.6, -5_i64..50);
    let meal = (100_i64..3_000, [score(), score(), score()]);
    vec(meal.prop_map(|(cost_cents, scores)| Meal { place: 0, cost_cents, scores }), 2..6)
}

/// Points on a plane, or ways without any geometry.
fn travels() -> impl Strategy<Value = Travel> {
    let plane = vec((0_i32..60, 0_i32..60), PLACES).prop_map(|points| {
        Travel::new(PLACES, |from, to| {
            let apart = (points[from].0 - points[to].0).unsigned_abs() + (points[from].1 - points[to].1).unsigned_abs();
            (apart.div_ceil(5) * 5, apart > 40)
        })
    });
    let wild = vec((0_u32..90, prop::bool::ANY), PLACES * PLACES)
        .prop_map(|hops| Travel::new(PLACES, |from, to| hops[from * PLACES + to]));
    prop_oneof![2 => plane, 1 => wild]
}

const PLACES: usize = 14;

pub(crate) fn problems() -> impl Strategy<Value = Problem> {
    (1_usize..4).prop_flat_map(|days| {
        let beds = vec((0_i64..30, vec(500_i64..6_000, 3)), 1..3);
        let rest = (2_000_i64..30_000, 0_usize..4, 480_u32..620, 0_i64..300, 0_i64..3, 0_i64..20);
        (journeys(days), sights(days), meals(), beds, travels(), rest).prop_map(
            move |(journeys, mut sights, mut meals, beds, travel, rest)| {
                let (budget_cents, sights_per_day_max, first_sight_minute, ticket, minute_penalty, repeat_penalty) =
                    rest;
                let mut places = 0..PLACES;
                let mut place = || places.next().expect("14 are enough");
                let beds = beds.into_iter().map(|(score, cost_cents)| Bed { place: place(), score, cost_cents });
                let beds = beds.collect();
                sights.iter_mut().for_each(|sight| sight.place = place());
                meals.iter_mut().for_each(|meal| meal.place = place());
                Problem {
                    budget_cents,
                    travel,
                    journeys,
                    beds,
                    meal_times: MEAL_TIMES,
                    meals,
                    sights,
                    sights_per_day_max,
                    first_sight_minute,
                    transit_cents: (0..=4).map(|days| days * ticket + days / 2).collect(),
                    minute_penalty,
                    repeat_penalty,
                }
            },
        )
    })
}
