//! Plans for a small made-up city, held against the rules one by one.

mod fixture;

use chrono::{Datelike, Weekday};
use domain::{
    brief::{Brief, Diet, HouseRule, Interest, LodgingKind, Pace, RoomType, Tier, TransportMode},
    facts::{Facts, MealKind, MealOption},
    plan::{CostCategory, Item, ItemKind, Plan},
};
use fixture::{brief, date, facts};
use solver::{Limits, StopFlag};

use super::{Cause, PlanningError, Relaxation, RelaxationKind, plan, relaxations, score};

fn planned(brief: &Brief, facts: &Facts) -> Result<Plan, PlanningError> {
    let limits = Limits { nodes_max: 8_000, ..Limits::default() };
    let plan = plan(brief, facts, &limits, &StopFlag::default())?;
    assert_eq!(verifier::verify(brief, facts, &plan), [], "{}", plan.to_markdown());
    Ok(plan)
}

fn cause(brief: &Brief, facts: &Facts) -> Cause {
    let error = planned(brief, facts).expect_err("no plan is possible");
    assert!(error.sentence.ends_with('.') && error.hint.ends_with('.'), "{error:?}");
    error.cause
}

fn kinds(plan: &Plan, day: usize) -> Vec<String> {
    let word = |item: &Item| {
        serde_json::to_value(&item.kind).expect("the fixture holds it")["kind"]
            .as_str()
            .expect("the fixture holds it")
            .to_owned()
    };
    plan.days[day].items.iter().map(word).collect()
}

fn meals(plan: &Plan, day: usize) -> Vec<MealKind> {
    let meal = |item: &Item| match item.kind {
        ItemKind::Meal { meal, .. } => Some(meal),
        _ => None,
    };
    plan.days[day].items.iter().filter_map(meal).collect()
}

#[test]
fn a_trip_of_four_days_is_complete() {
    let (brief, facts) = (brief(4), facts(4));
    let plan = planned(&brief, &facts).expect("a plan");
    assert_eq!(kinds(&plan, 0)[..3], ["leg", "transfer", "check_in"]);
    let last = kinds(&plan, 3);
    assert_eq!(last[0], "check_out");
    assert_eq!(last[last.len() - 2..], ["transfer", "leg"]);
    for day in [1, 2] {
        assert_eq!(meals(&plan, day), [MealKind::Breakfast, MealKind::Lunch, MealKind::Dinner]);
    }
    let stay = plan.stays.first().expect("the fixture holds it");
    assert_eq!((stay.nights, stay.check_in, stay.check_out), (3, date(1), date(4)));
    assert!(plan.summary.starts_with("4 days in Testville for two: "), "{}", plan.summary);
    assert!(plan.days[1].distance_km > 0.0);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (brief, facts) = (brief(4), facts(4));
    assert_eq!(planned(&brief, &facts), planned(&brief, &facts));
}

#[test]
fn a_trip_of_one_day_has_no_bed() {
    let plan = planned(&brief(1), &facts(1)).expect("a plan");
    assert_eq!(plan.stays, []);
    assert!(!kinds(&plan, 0).iter().any(|kind| kind.starts_with("check")));
    assert!(!plan.costs.lines.iter().any(|line| line.category == CostCategory::Lodging));
}

#[test]
fn an_overnight_flight_saves_a_night() {
    let (brief, mut facts) = (brief(4), facts(4));
    for leg in facts.legs.iter_mut().filter(|leg| leg.id.starts_with("out")) {
        (leg.depart, leg.arrive, leg.arrive_day_offset) = (fixture::time(22, 0), fixture::time(6, 30), 1);
    }
    let plan = planned(&brief, &facts).expect("a plan");
    assert_eq!(kinds(&plan, 0), ["leg"]);
    assert_eq!(kinds(&plan, 1)[..2], ["transfer", "check_in"]);
    assert_eq!(plan.stays[0].nights, 2);
}

#[test]
fn diet_lodging_and_transport_wishes_are_kept() {
    let (mut brief, facts) = (brief(3), facts(3));
    brief.diet = vec![Diet::Vegan];
    // No place with seafood is vegan.
    brief.cuisines = Vec::new();
    brief.lodging.kind = Some(LodgingKind::Apartment);
    brief.avoid_transport = vec![TransportMode::Flight];
    brief.avoid_interests = vec![Interest::Religion];
    brief.must_see = vec!["sight-9".to_owned()];
    let plan = planned(&brief, &facts).expect("a plan");
    for item in plan.days.iter().flat_map(|day| &day.items) {
        match &item.kind {
            ItemKind::Leg { mode, .. } => assert_eq!(*mode, TransportMode::Train),
            ItemKind::Meal { meal_id, .. } => {
                let meal = facts.meals.iter().find(|meal| meal.id == *meal_id).expect("the fixture holds it");
                assert!(meal.diets.contains(&Diet::Vegan));
            }
            ItemKind::Sight { sight_id } => {
                let sight = facts.sights.iter().find(|sight| sight.id == *sight_id).expect("the fixture holds it");
                assert_ne!(sight.category, Interest::Religion);
            }
            ItemKind::CheckIn { lodging_id } => assert_eq!(lodging_id, "bed-2"),
            ItemKind::CheckOut { .. } | ItemKind::Transfer => {}
        }
    }
}

#[test]
fn one_car_goes_both_ways() {
    let (brief, mut facts) = (brief(3), facts(3));
    facts.legs.iter_mut().find(|leg| leg.id == "out-train").expect("the fixture holds it").mode = TransportMode::Car;
    let plan = planned(&brief, &facts).expect("a plan");
    let modes = plan.days.iter().flat_map(|day| &day.items).filter_map(|item| match item.kind {
        ItemKind::Leg { mode, .. } => Some(mode),
        _ => None,
    });
    assert!(modes.into_iter().all(|mode| mode != TransportMode::Car));
}

#[test]
fn a_small_budget_is_refused_with_its_minimum() {
    let (mut brief, facts) = (brief(4), facts(4));
    brief.budget.amount_cents = 20_000;
    let Cause::OverBudget { minimum } = cause(&brief, &facts) else { panic!("another cause") };
    assert!(minimum.amount_cents > 20_000);
    brief.budget.amount_cents = minimum.amount_cents + 5_000;
    planned(&brief, &facts).expect("a plan");
}

#[test]
fn what_cannot_be_is_named() {
    let (ask, facts) = (brief(3), facts(3));
    let mut flight_only = facts.clone();
    flight_only.legs.retain(|leg| leg.mode == TransportMode::Flight);
    let no_flight = Brief { avoid_transport: vec![TransportMode::Flight], ..ask.clone() };
    assert_eq!(cause(&no_flight, &flight_only), Cause::NoTransport);
    let mut hostel = ask.clone();
    hostel.lodging.kind = Some(LodgingKind::Hostel);
    assert_eq!(cause(&hostel, &facts), Cause::NoBed { city: "Testville".to_owned() });
    let kosher = Brief { diet: vec![Diet::Kosher], ..ask.clone() };
    assert!(matches!(cause(&kosher, &facts), Cause::NoMeal { .. }));
    let unknown = Brief { must_see: vec!["nowhere".to_owned()], ..ask.clone() };
    assert_eq!(cause(&unknown, &facts), Cause::MustSeeUnknown { sight_id: "nowhere".to_owned() });
    let mut closed = facts.clone();
    closed.sights[2].hours = Default::default();
    let wish = Brief { must_see: vec!["sight-2".to_owned()], ..ask.clone() };
    assert_eq!(cause(&wish, &closed), Cause::MustSeeClosed { name: "Sight 2".to_owned() });
}

#[test]
fn every_pace_keeps_its_rules() {
    for pace in [Pace::Relaxed, Pace::Moderate, Pace::Full] {
        planned(&Brief { pace, ..brief(5) }, &facts(5)).expect("the fixture holds it");
    }
}

#[test]
fn every_hour_of_arrival_and_departure_gives_a_sound_plan() {
    let ask = brief(2);
    for (there, back) in [(0, 23), (4, 20), (9, 17), (13, 14), (17, 11), (20, 12), (21, 10)] {
        let mut facts = facts(2);
        for leg in &mut facts.legs {
            let hour = if leg.id.starts_with("out") { there } else { back };
            (leg.depart, leg.arrive) = (fixture::time(hour, 30), fixture::time((hour + 2).min(23), 45));
        }
        planned(&ask, &facts).expect("a plan");
    }
}

#[test]
fn a_flight_before_dawn_is_taken_only_when_there_is_no_other() {
    let (ask, mut facts) = (brief(3), facts(3));
    let flight = facts.legs.iter_mut().find(|leg| leg.id == "back-flight").expect("the fixture holds it");
    (flight.depart, flight.arrive, flight.price_cents) = (fixture::time(6, 0), fixture::time(9, 0), 100);
    let by_day = planned(&ask, &facts).expect("a plan");
    assert!(by_day.to_markdown().contains("Train from testville"));
    facts.legs.retain(|leg| leg.id != "back-train");
    let limits = Limits { nodes_max: 5_000, ..Limits::default() };
    let in_the_dark = plan(&ask, &facts, &limits, &StopFlag::default()).expect("a plan");
    assert_eq!(kinds(&in_the_dark, 2), ["check_out", "transfer", "leg"]);
    assert!(in_the_dark.warnings.iter().any(|warning| warning.contains("check-out")));
}

#[test]
fn where_nothing_is_open_on_mondays_a_monday_has_meals_and_no_sight() {
    let (ask, mut facts) = (brief(9), facts(9));
    facts.sights.iter_mut().for_each(|sight| sight.hours[0].clear());
    let plan = planned(&ask, &facts).expect("a plan");
    let is_monday = |day: &usize| plan.days[*day].date.weekday() == Weekday::Mon;
    let mondays: Vec<usize> = (1..plan.days.len() - 1).filter(is_monday).collect();
    assert!(!mondays.is_empty(), "nine days from a Monday on hold one in full");
    for day in mondays {
        assert!(!kinds(&plan, day).iter().any(|kind| kind == "sight"), "{:?}", kinds(&plan, day));
        assert!(!meals(&plan, day).is_empty());
    }
}

#[test]
fn rain_and_unmet_interests_are_told() {
    let (mut brief, mut facts) = (brief(3), facts(3));
    brief.interests = vec![Interest::Sport];
    facts.weather.iter_mut().for_each(|weather| weather.rain_percent = 90);
    let plan = planned(&brief, &facts).expect("a plan");
    assert!(plan.warnings.iter().any(|warning| warning.contains("sport")), "{:?}", plan.warnings);
}

#[test]
fn a_kitchen_that_is_asked_for_is_eaten_and_a_place_is_not_eaten_at_twice() {
    let (ask, facts) = (Brief { cuisines: vec!["seafood".to_owned()], ..brief(3) }, facts(3));
    let plan = planned(&ask, &facts).expect("a plan");
    let mut eaten: Vec<&str> = plan.days.iter().flat_map(|day| &day.items).filter_map(meal_id).collect();
    assert!(eaten.iter().any(|id| facts.meals.iter().any(|meal| meal.id == **id && meal.serves_cuisine("seafood"))));
    let count = eaten.len();
    eaten.sort_unstable();
    eaten.dedup();
    assert_eq!(eaten.len(), count);
}

#[test]
fn a_kitchen_for_a_diet_is_for_those_who_have_one() {
    let (mut ask, facts) = (brief(3), facts(3));
    let plain = facts.meals.iter().find(|meal| meal.serves.contains(&MealKind::Dinner)).expect("there is one");
    let plain = MealOption { cuisines: vec!["portuguese".to_owned()], ..plain.clone() };
    let vegan = MealOption { cuisines: vec!["vegan".to_owned()], ..plain.clone() };
    let less = |ask: &Brief| {
        let points = |option: &MealOption| score::meal(ask, option, MealKind::Dinner, 2_000).sum();
        points(&plain) - points(&vegan)
    };
    assert_eq!(less(&ask), 15);
    ask.diet = vec![Diet::Vegetarian];
    assert_eq!(less(&ask), 0);
    (ask.diet, ask.cuisines) = (Vec::new(), vec!["vegan".to_owned()]);
    assert_eq!(less(&ask), -25, "it is asked for");
}

#[test]
fn a_table_that_takes_most_of_a_days_money_is_for_those_who_ask_for_upscale() {
    let (mut ask, facts) = (brief(10), facts(10));
    ask.budget.amount_cents = 1_000_000;
    let plain = facts.meals.iter().find(|meal| meal.serves.contains(&MealKind::Dinner)).expect("there is one");
    let splendid = MealOption { rating: Some(5.0), ..plain.clone() };
    // Nine tenths of a day's share; of the whole budget it is so little that the stars alone would be worth it.
    let is_better = |ask: &Brief| {
        let points = |option: &MealOption, cost_cents| score::meal(ask, option, MealKind::Dinner, cost_cents).sum();
        points(&splendid, 90_000) > points(plain, 2_000)
    };
    assert!(!is_better(&ask));
    ask.lodging.tier = Some(Tier::Upscale);
    assert!(is_better(&ask), "control");
}

fn meal_id(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Meal { meal_id, .. } => Some(meal_id),
        _ => None,
    }
}

#[test]
fn the_points_of_the_parts_are_the_score() {
    let quality = planned(&brief(4), &facts(4)).expect("a plan").quality;
    assert_eq!(quality.parts.iter().map(|part| part.points).sum::<i64>(), quality.score);
    assert!(quality.bound.is_none_or(|bound| bound >= quality.score));
}

fn offers(brief: &Brief, facts: &Facts) -> Vec<(RelaxationKind, Relaxation)> {
    let found = relaxations(brief, facts, &StopFlag::default());
    found.offers.into_iter().map(|offer| (offer.kind, offer)).collect()
}

#[test]
fn each_offer_is_a_brief_with_a_plan_that_verifies_at_the_price_that_was_told() {
    let (mut ask, facts) = (brief(3), facts(3));
    ask.budget.amount_cents = 30_000;
    ask.lodging.kind = Some(LodgingKind::Hotel);
    let offers = offers(&ask, &facts);
    assert!(!offers.is_empty());
    for (_, offer) in offers {
        let plan = planned(&offer.brief, &facts).expect("a plan");
        assert!(plan.costs.total.amount_cents <= offer.brief.budget.amount_cents, "{}", offer.text);
    }
}

/// Every brief that gives up one single wish, by its kind; money aside.
fn one_wish_less(ask: &Brief) -> Vec<(RelaxationKind, Brief)> {
    let mut all = Vec::new();
    let mut give_up = |kind: RelaxationKind, change: &dyn Fn(&mut Brief)| {
        let mut less = ask.clone();
        change(&mut less);
        all.extend((less != *ask).then_some((kind, less)));
    };
    for room in RoomType::ALL.iter().filter(|_| !ask.lodging.room_types.is_empty()) {
        give_up(RelaxationKind::RoomType, &|less| {
            if !less.lodging.room_types.contains(room) {
                less.lodging.room_types.push(*room);
            }
        });
    }
    give_up(RelaxationKind::LodgingKind, &|less| less.lodging.kind = None);
    give_up(RelaxationKind::Repeats, &|less| less.meals_repeat = true);
    for at in 0..5 {
        give_up(RelaxationKind::HouseRule, &|less| drop_at(&mut less.lodging.allows, at));
        give_up(RelaxationKind::Transport, &|less| drop_at(&mut less.avoid_transport, at));
        give_up(RelaxationKind::Cuisine, &|less| drop_at(&mut less.cuisines, at));
        give_up(RelaxationKind::MustSee, &|less| drop_at(&mut less.must_see, at));
    }
    all
}

fn drop_at<T>(list: &mut Vec<T>, at: usize) {
    if at < list.len() {
        list.remove(at);
    }
}

/// Wishes of which each alone, or some together, leave no plan.
const HARD_WISHES: [fn(&mut Brief); 7] = [
    |ask| ask.lodging.room_types = vec![RoomType::EntirePlace],
    |ask| ask.lodging.kind = Some(LodgingKind::Hostel),
    |ask| ask.lodging.allows = vec![HouseRule::Pets, HouseRule::Smoking],
    |ask| {
        ask.avoid_transport = vec![TransportMode::Flight, TransportMode::Bus, TransportMode::Train, TransportMode::Car];
    },
    |ask| ask.cuisines = vec!["seafood".to_owned(), "martian".to_owned()],
    |ask| ask.must_see = vec!["sight-1".to_owned(), "sight-9000".to_owned()],
    |ask| ask.budget.amount_cents = 20_000,
];

#[test]
fn of_every_kind_that_is_enough_by_itself_there_is_an_offer_that_gives_up_one_single_wish() {
    let facts = facts(3);
    let (mut asked, mut offered) = (0, 0);
    for picked in (1_u32..1 << HARD_WISHES.len()).filter(|picked| picked.count_ones() <= 2) {
        let mut ask = brief(3);
        let wishes = HARD_WISHES.iter().enumerate().filter(|(at, _)| picked & (1 << at) != 0);
        wishes.for_each(|(_, wish)| wish(&mut ask));
        if planned(&ask, &facts).is_ok() {
            continue;
        }
        asked += 1;
        let smallest: Vec<(RelaxationKind, Brief)> =
            one_wish_less(&ask).into_iter().filter(|(_, less)| planned(less, &facts).is_ok()).collect();
        let offers = offers(&ask, &facts);
        for kind in RelaxationKind::ALL.iter().filter(|kind| **kind != RelaxationKind::Budget) {
            let of_kind: Vec<&Brief> = smallest.iter().filter(|(own, _)| own == kind).map(|(_, less)| less).collect();
            let offer = offers.iter().find(|(own, _)| own == kind).map(|(_, offer)| offer);
            if !of_kind.is_empty() {
                let offer = offer.unwrap_or_else(|| panic!("{picked:b}: nothing of {kind:?} is offered: {offers:?}"));
                assert!(of_kind.contains(&&offer.brief), "{picked:b}: {}", offer.text);
                offered += 1;
            }
        }
        for (_, offer) in &offers {
            planned(&offer.brief, &facts).expect("what is offered has a plan");
        }
    }
    assert!(asked > 10 && offered > 5, "{asked} asked, {offered} offered");
}

#[test]
fn the_budget_is_raised_to_the_least_that_buys_a_plan() {
    let (mut ask, facts) = (brief(2), facts(2));
    ask.budget.amount_cents = 10_000;
    let offers = offers(&ask, &facts);
    let (_, raised) = offers.iter().find(|(kind, _)| *kind == RelaxationKind::Budget).expect("an offer");
    let least = raised.brief.budget.amount_cents;
    assert_eq!(raised.total.amount_cents, least);
    let mut less = raised.brief.clone();
    less.budget.amount_cents = least - 1;
    let limits = Limits { nodes_max: 200_000, ..Limits::default() };
    assert!(plan(&less, &facts, &limits, &StopFlag::default()).is_err(), "a cent less would do, too");
}

#[test]
fn wishes_that_conflict_are_named_and_only_those() {
    let (mut ask, facts) = (brief(3), facts(3));
    ask.lodging.room_types = vec![RoomType::EntirePlace];
    ask.avoid_transport = vec![TransportMode::Flight];
    let found = relaxations(&ask, &facts, &StopFlag::default());
    assert_eq!(found.conflict, ["only entire place"]);
    assert_eq!(found.offers.iter().map(|offer| offer.kind).collect::<Vec<_>>(), [RelaxationKind::RoomType]);
    assert_eq!(found.offers[0].text, "Allow a private room");
}

#[test]
fn two_conflicts_at_once_are_answered_by_two_changes_at_once() {
    let (mut ask, facts) = (brief(3), facts(3));
    ask.lodging.room_types = vec![RoomType::EntirePlace];
    ask.lodging.allows = vec![HouseRule::Pets];
    let offers = offers(&ask, &facts);
    assert!(!offers.is_empty());
    assert!(offers.iter().all(|(_, offer)| offer.text.contains("private room") && offer.text.contains("pets")));
}

#[test]
fn facts_that_make_no_sense_are_left_out_of_plans() {
    let (ask, mut facts) = (brief(3), facts(3));
    facts.meals[1].price_cents = -5;
    facts.lodgings[1].occupancy = 0;
    facts.sights[3].at.lat = f64::NAN;
    facts.legs[0].price_cents = i64::MAX;
    let plan = planned(&ask, &facts).expect("a plan");
    let text = serde_json::to_string(&plan).expect("it is JSON");
    for id in ["\"meal-1\"", "\"bed-1\"", "\"sight-3\"", "\"out-flight\""] {
        assert!(!text.contains(id), "{id}");
    }
}
