//! What looks odd and is right: the plan may do this.

use domain::{
    brief::{HouseRule, Interest},
    facts::MealKind,
    plan::CostCategory,
};

use super::{
    fixture::{bed_item, meal_item, transfer_item, valid},
    kit::{Case, at, check_in, check_out, date, line, usd},
};
use crate::Rule;

#[test]
fn tolerated_variations_hold() {
    for (name, vary) in VARIATIONS {
        let mut case = valid();
        vary(&mut case);
        let told: Vec<String> = case.verify().iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}:\n  {}", told.join("\n  "));
    }
}

/// The name of a variation, and the variation.
type Variation = (&'static str, fn(&mut Case));

const VARIATIONS: &[Variation] = &[
    ("lines in another order, with other titles", |case| {
        case.plan.costs.lines.reverse();
        for line in &mut case.plan.costs.lines {
            line.title = "something".to_owned();
        }
    }),
    ("a line for a free sight, and an empty category", |case| {
        case.plan.costs.lines.push(line(CostCategory::Sights, "Lisbon Cathedral", 2, 0, 0, "sights"));
    }),
    ("a warning and a story", |case| {
        case.plan.warnings.push("Book early".to_owned());
        case.plan.narrative = "Once upon a time".to_owned();
        case.plan.assumptions.clear();
        case.brief.assumptions.clear();
    }),
    ("a distance that is rounded", |case| case.plan.days[1].distance_km = 20.6),
    ("a sight until closing time, a meal at the last minute", |case| {
        let item = case.item(2, 4);
        (item.start, item.end) = (at(17, 0), at(18, 0));
        let item = case.item(2, 5);
        (item.start, item.end) = (at(21, 30), at(23, 0));
    }),
    ("houses on two days, as the brief allows it", |case| {
        case.brief.meals_repeat = true;
        super::mutations::more_houses(case);
    }),
    ("an unproven plan without a bound", |case| {
        (case.plan.quality.optimal, case.plan.quality.bound) = (false, None);
    }),
    ("transfers that are on the map", |case| {
        case.item(1, 2).at = case.item(1, 1).to;
        case.item(3, 5).at = case.item(3, 6).at;
    }),
    ("a house that forbids what nobody wants", |case| case.lodging("bed").forbids = vec![HouseRule::Pets]),
    ("any room will do", |case| case.brief.lodging.room_types.clear()),
    ("a flight over night", over_night),
    ("a landing before four", landing_before_four),
    ("a check-in at midnight", check_in_at_midnight),
    ("a departure before the city wakes up", early_departure),
    ("a departure shortly after midnight", midnight_departure),
    ("a day trip", day_trip),
    ("by car, without transfers", |case| {
        for leg in &mut case.facts.legs {
            (leg.from.transfer_minutes, leg.to.transfer_minutes) = (0, 0);
        }
        case.plan.days[0].items.remove(1);
        case.plan.days[2].items.remove(4);
    }),
    ("a clock that runs backwards over time zones", |case| {
        (case.facts.legs[0].depart, case.item(1, 1).start) = (at(10, 30), at(10, 30));
    }),
    ("an empty day on which everything is closed", |case| {
        empty_second_day(case);
        for sight in &mut case.facts.sights {
            sight.hours[5].clear();
        }
    }),
    ("an empty day, as every visit would cost lunch", |case| {
        empty_second_day(case);
        for sight in &mut case.facts.sights {
            sight.visit_minutes =
                if ["castle", "carmo", "cathedral"].contains(&sight.id.as_str()) { sight.visit_minutes } else { 300 };
        }
    }),
    ("an empty day, as what is left pays for no sight", |case| {
        empty_second_day(case);
        // The cheapest, Belém Tower, costs 16 EUR for two, and day tickets 14.50 EUR: 33.05 USD.
        case.brief.budget = usd(case.plan.costs.total.amount_cents + 3_304);
        case.sum_up();
    }),
];

/// The second day without sights, and a lunch near the bed.
fn empty_second_day(case: &mut Case) {
    case.brief.must_see.clear();
    case.plan.days[1].items = vec![
        meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311),
        meal_item("chiado", MealKind::Lunch, [at(12, 0), at(13, 15)], 5_429),
        meal_item("alfama", MealKind::Dinner, [at(19, 0), at(20, 30)], 3_901),
    ];
    for title in ["Jerónimos Monastery", "Belém Tower", "Day tickets"] {
        case.remove_line(title);
    }
    let line = case.line("Lunch: Cantina de Belém");
    (line.unit_local_cents, line.cost) = (2_505, usd(5_429));
    case.plan.days[1].distance_km = 2.0;
    case.sum_up();
}

#[test]
fn an_empty_day_is_wrong_as_soon_as_the_cheapest_sight_is_affordable() {
    let mut case = valid();
    empty_second_day(&mut case);
    case.brief.budget = usd(case.plan.costs.total.amount_cents + 3_305);
    case.sum_up();
    let rules: Vec<Rule> = case.verify().iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [Rule::EmptyDay]);
}

#[test]
fn an_empty_day_is_right_when_every_sight_is_about_something_to_avoid() {
    let mut case = valid();
    empty_second_day(&mut case);
    case.brief.budget = usd(case.plan.costs.total.amount_cents + 3_305);
    case.sum_up();
    case.brief.avoid_interests.push(Interest::Sport);
    for stop in case.facts.sights.iter_mut().filter(|sight| sight.id != "castle") {
        stop.interests.push(Interest::Sport);
    }
    assert!(case.verify().iter().all(|violation| violation.rule != Rule::EmptyDay));
}

/// Lands on the morning of the second day: one night, and nothing on the first.
fn over_night(case: &mut Case) {
    let leg = &mut case.facts.legs[0];
    (leg.depart, leg.arrive, leg.arrive_day_offset) = (at(22, 0), at(5, 30), 1);
    let item = case.item(1, 1);
    (item.start, item.end, item.end_day_offset) = (at(22, 0), at(5, 30), 1);
    case.plan.days[0].items.truncate(1);
    case.plan.days[0].distance_km = 0.0;
    let items = &mut case.plan.days[1].items;
    items.insert(0, transfer_item("out", [at(5, 30), at(6, 10)]));
    items.insert(1, bed_item(check_in("bed"), [at(7, 0), at(7, 20)]));
    for title in ["São Jorge Castle", "Carmo Convent", "Lunch: Casa de Alfama", "Dinner: Taberna do Chiado"] {
        case.remove_line(title);
    }
    one_night(case);
}

fn one_night(case: &mut Case) {
    let stay = case.stay();
    (stay.check_in, stay.nights, stay.cost) = (date(10), 1, usd(13_004));
    (case.plan.cities[0].arrive, case.plan.cities[0].nights) = (date(10), 1);
    let line = case.line("Hotel Baixa");
    (line.quantity, line.cost) = (1, usd(13_004));
    case.sum_up();
}

/// Lands at 03:30 of the first day, whose night began on the day before the trip.
fn landing_before_four(case: &mut Case) {
    let leg = case.leg("out");
    (leg.depart, leg.arrive) = (at(1, 0), at(3, 30));
    let item = case.item(1, 1);
    (item.start, item.end) = (at(1, 0), at(3, 30));
    let items = &mut case.plan.days[0].items;
    items.remove(4);
    items[1] = transfer_item("out", [at(3, 30), at(4, 10)]);
    items.insert(2, bed_item(check_in("bed"), [at(4, 10), at(4, 30)]));
    items.insert(3, meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311));
    case.plan.days[0].distance_km = 2.84;
    case.plan.costs.lines.push(line(CostCategory::Meals, "Breakfast: Cafe Rossio", 2, 605, 1_311, "meals"));
    let stay = case.stay();
    (stay.check_in, stay.nights, stay.cost) = (date(8), 3, usd(39_013));
    case.plan.cities[0].nights = 3;
    let line = case.line("Hotel Baixa");
    (line.quantity, line.cost) = (3, usd(39_013));
    case.sum_up();
}

/// Lands at 23:30; the transfer ends on the next day.
fn check_in_at_midnight(case: &mut Case) {
    let leg = &mut case.facts.legs[0];
    leg.arrive = at(23, 30);
    case.item(1, 1).end = at(23, 30);
    case.plan.days[0].items.truncate(2);
    let transfer = case.item(1, 2);
    (transfer.start, transfer.end, transfer.end_day_offset) = (at(23, 30), at(0, 10), 1);
    case.plan.days[0].distance_km = 0.0;
    let check_in = bed_item(check_in("bed"), [at(0, 10), at(0, 30)]);
    case.plan.days[1].items.insert(0, check_in);
    for title in ["São Jorge Castle", "Carmo Convent", "Lunch: Casa de Alfama", "Dinner: Taberna do Chiado"] {
        case.remove_line(title);
    }
    case.sum_up();
}

/// Departs at 06:00 of the last day, so that the bed is left at 03:05.
fn early_departure(case: &mut Case) {
    depart_early(case, at(6, 0));
    let items = &mut case.plan.days[2].items;
    items.insert(0, bed_item(check_out("bed"), [at(3, 5), at(3, 20)]));
    items.insert(1, transfer_item("back", [at(3, 20), at(4, 0)]));
}

/// Departs at 01:00 of the last day: bed and city are left on the evening before.
fn midnight_departure(case: &mut Case) {
    depart_early(case, at(1, 0));
    let items = &mut case.plan.days[1].items;
    items.push(bed_item(check_out("bed"), [at(22, 5), at(22, 20)]));
    items.push(transfer_item("back", [at(22, 20), at(23, 0)]));
    let evening = items.len() - 3;
    (items[evening].start, items[evening].end) = (at(18, 30), at(20, 0));
    case.plan.days[1].distance_km = 21.28;
}

fn depart_early(case: &mut Case, depart: chrono::NaiveTime) {
    case.facts.legs[1].depart = depart;
    case.item(3, 6).start = depart;
    case.plan.days[2].items.drain(..5);
    case.plan.days[2].distance_km = 0.0;
    case.remove_line("Breakfast again: Cafe Rossio");
    case.remove_line("Lunch: Taberna do Chiado");
    case.sum_up();
}

/// There and back on the 9th, without a bed.
pub(super) fn day_trip(case: &mut Case) {
    (case.brief.end_date, case.plan.end_date) = (date(9), date(9));
    case.brief.must_see.clear();
    case.facts.legs[1].date = date(9);
    let days = std::mem::take(&mut case.plan.days);
    let mut last = days.into_iter();
    let mut day = last.next().expect("a first day");
    day.items.truncate(4);
    day.items.extend(last.nth(1).expect("a last day").items.split_off(4));
    day.distance_km = 0.53;
    case.plan.days = vec![day];
    case.plan.stays.clear();
    (case.plan.cities[0].leave, case.plan.cities[0].nights) = (date(9), 0);
    case.brief.cuisines.clear();
    let titles = ["Flight out", "Flight back", "São Jorge Castle", "Lunch: Casa de Alfama"];
    case.plan.costs.lines.retain(|line| titles.contains(&line.title.as_str()));
    case.sum_up();
}
