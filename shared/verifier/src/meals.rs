//! The meals: where, when, for whom, and that none is missing.

use domain::{
    facts::{MealKind, MealOption},
    plan::{Day, ItemKind},
    rules,
};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip, clock, clock_of_day},
    visit::Visit,
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    for stop in &trip.stops {
        let ItemKind::Meal { meal_id, meal } = &stop.item.kind else { continue };
        check_time(stop, *meal, report);
        match trip.meal(meal_id) {
            Some(option) => {
                check_option(trip, stop, option, *meal, report);
                check_house(trip, stop, option, *meal, report);
            }
            None => report.add(Rule::MealUnknown, stop.place(), "a meal of the facts", meal_id),
        }
    }
    for (index, day) in trip.plan.days.iter().enumerate() {
        let place = format!("day {} ({})", index + 1, day.date);
        check_repeats(day, &place, report);
        check_due(trip, day, &place, report);
    }
    check_cuisines(trip, report);
}

fn check_time(stop: &Stop<'_>, meal: MealKind, report: &mut Report) {
    let served = rules::meal_start(meal);
    let minute = stop.start - stop.midnight();
    if minute < i64::from(served.from_minute) || minute > i64::from(served.until_minute) {
        let (from, until) = (clock_of_day(served.from_minute), clock_of_day(served.until_minute));
        report.add(Rule::MealTime, stop.place(), format!("a start from {from} to {until}"), clock(stop.start));
    }
    let wanted = i64::from(rules::meal_minutes(meal));
    if stop.minutes() != wanted {
        let found = format!("{} minutes", stop.minutes());
        report.add(Rule::MealDuration, stop.place(), format!("{wanted} minutes"), found);
    }
}

fn check_option(trip: &Trip<'_>, stop: &Stop<'_>, option: &MealOption, meal: MealKind, report: &mut Report) {
    let place = stop.place();
    if !option.serves.contains(&meal) {
        let served: Vec<&str> = option.serves.iter().map(|meal| meal.word()).collect();
        report.add(Rule::MealNotServed, &place, format!("one of {}", served.join(", ")), meal.word());
    }
    for diet in &trip.brief.diet {
        if !option.diets.contains(diet) {
            report.add(Rule::Diet, &place, diet.word(), format!("{} does not serve it", option.name));
        }
    }
    // A title may say more than the name, such as which meal it is.
    if !stop.item.title.contains(&option.name) {
        report.add(Rule::ItemDetails, &place, &option.name, &stop.item.title);
    }
    if stop.item.at != Some(option.at) {
        report.add(Rule::ItemDetails, &place, format!("{:?}", option.at), format!("{:?}", stop.item.at));
    }
}

/// The day's meals: kind and id of the option.
fn meals_of(day: &Day) -> Vec<(MealKind, &str)> {
    day.items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Meal { meal_id, meal } => Some((*meal, meal_id.as_str())),
            _ => None,
        })
        .collect()
}

fn check_repeats(day: &Day, place: &str, report: &mut Report) {
    let meals = meals_of(day);
    for (index, (meal, id)) in meals.iter().enumerate() {
        let earlier = meals.get(..index).unwrap_or_default();
        if earlier.iter().any(|(other, _)| other == meal) {
            report.add(Rule::MealRepeated, place, format!("one {meal}"), "another one");
        }
        if earlier.iter().any(|(_, other)| other == id) {
            report.add(Rule::MealRepeated, place, "each house at most once a day", *id);
        }
    }
}

/// Whether what is eaten at a house today was already eaten at on another day, and may not be.
fn check_house(trip: &Trip<'_>, stop: &Stop<'_>, house: &MealOption, meal: MealKind, report: &mut Report) {
    let Some(visit) = trip.visit_of(stop).filter(|visit| !may_repeat(trip, visit, meal)) else { return };
    let mut before = trip.stops.iter().take_while(|earlier| earlier.day_index < stop.day_index);
    if let Some(earlier) = before.find(|earlier| is_at(earlier, house)) {
        let expected = format!("each house on one day only, as {} has enough", visit.place());
        report.add(Rule::MealHouseRepeated, stop.place(), expected, format!("{} again", earlier.place()));
    }
}

/// Whether a house of the city may be eaten at on several days. True while the legs are unknown.
pub(crate) fn may_repeat(trip: &Trip<'_>, visit: &Visit<'_>, meal: MealKind) -> bool {
    let Some((city_id, nights)) = visit.city_id.zip(visit.nights()) else { return true };
    nights >= rules::repeat_from_nights(trip.brief, trip.facts, city_id, meal)
}

pub(crate) fn is_at(stop: &Stop<'_>, house: &MealOption) -> bool {
    matches!(&stop.item.kind, ItemKind::Meal { meal_id, .. } if *meal_id == house.id)
}

/// A meal is due where a city leaves time for it. It is eaten once a day, even if two cities leave time for it.
fn check_due(trip: &Trip<'_>, day: &Day, place: &str, report: &mut Report) {
    let meals = meals_of(day);
    for meal in MealKind::ALL {
        let is_due = trip.visits.iter().any(|visit| {
            let is_shown = visit.arrival.is_some_and(|leg| leg.date <= day.date);
            is_shown && visit.free_on(day.date).is_some_and(|free| rules::meal_is_due(*meal, free))
        });
        if is_due && !meals.iter().any(|(planned, _)| planned == meal) {
            report.add(Rule::MealMissing, place, meal.word(), "none");
        }
    }
}

/// Each kitchen of the brief is eaten once at least.
fn check_cuisines(trip: &Trip<'_>, report: &mut Report) {
    let eaten: Vec<&MealOption> = trip
        .stops
        .iter()
        .filter_map(|stop| match &stop.item.kind {
            ItemKind::Meal { meal_id, .. } => trip.meal(meal_id),
            _ => None,
        })
        .collect();
    for cuisine in &trip.brief.cuisines {
        if !eaten.iter().any(|house| house.serves_cuisine(cuisine)) {
            report.add(Rule::Cuisine, "plan", format!("a meal of {cuisine}"), "none");
        }
    }
}
