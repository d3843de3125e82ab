//! Plans for a small made-up city, held against the rules one by one.

mod fixture;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use domain::{
    brief::{Brief, Diet, Interest, LodgingKind, Pace, TransportMode},
    facts::{Facts, MealKind},
    money::Money,
    plan::{CostCategory, Item, ItemKind, Plan},
    rules,
};
use fixture::{brief, date, facts};
use solver::{Limits, StopFlag};

use super::{Cause, PlanningError, plan};

fn planned(brief: &Brief, facts: &Facts) -> Result<Plan, PlanningError> {
    let limits = Limits { nodes_max: 8_000, ..Limits::default() };
    let plan = plan(brief, facts, &limits, &StopFlag::default())?;
    assert_sound(brief, facts, &plan);
    Ok(plan)
}

fn cause(brief: &Brief, facts: &Facts) -> Cause {
    let error = planned(brief, facts).expect_err("no plan is possible");
    assert!(error.sentence.ends_with('.') && error.hint.ends_with('.'), "{error:?}");
    error.cause
}

fn starts_at(day: NaiveDate, item: &Item) -> NaiveDateTime {
    day.and_time(item.start)
}

fn ends_at(day: NaiveDate, item: &Item) -> NaiveDateTime {
    (day + chrono::Duration::days(i64::from(item.end_day_offset))).and_time(item.end)
}

/// Time, place and money of every item.
fn assert_sound(brief: &Brief, facts: &Facts, plan: &Plan) {
    let dates: Vec<NaiveDate> = plan.days.iter().map(|day| day.date).collect();
    assert_eq!(dates, brief.start_date.iter_days().take(brief.days() as usize).collect::<Vec<_>>());
    let bed = plan
        .stay
        .as_ref()
        .map(|stay| facts.lodgings.iter().find(|bed| bed.id == stay.lodging_id).expect("the fixture holds it"));
    let mut before: Option<NaiveDateTime> = None;
    let mut seen = Vec::new();
    for day in &plan.days {
        let mut here = bed.map(|bed| (bed.at, 0));
        let mut sights = 0;
        let mut eaten = Vec::new();
        for item in &day.items {
            let start = starts_at(day.date, item);
            assert!(before.is_none_or(|before| before <= start), "{} overlaps\n{}", item.title, plan.to_markdown());
            before = Some(ends_at(day.date, item));
            assert!(before >= Some(start), "{} ends before it starts", item.title);
            let minute = start.num_seconds_from_midnight() / 60;
            if let Some(at) = item.at {
                let way = here.map_or(0, |(from, minute)| minute + rules::travel_minutes(from, at));
                assert!(way <= minute, "no time to reach {}\n{}", item.title, plan.to_markdown());
                here = Some((at, item.end.num_seconds_from_midnight() / 60 + 1440 * item.end_day_offset as u32));
            }
            match &item.kind {
                ItemKind::Sight { sight_id } => {
                    let sight = facts.sights.iter().find(|sight| sight.id == *sight_id).expect("the fixture holds it");
                    use chrono::Datelike;
                    let hours = &sight.hours[day.date.weekday().num_days_from_monday() as usize];
                    let end = minute + sight.visit_minutes;
                    assert!(hours.iter().any(|open| open.from_minute <= minute && end <= open.until_minute));
                    assert!(minute >= rules::first_sight_minute(brief.pace) && end <= rules::DAY_END_MINUTE);
                    sights += 1;
                    seen.push(sight_id);
                }
                ItemKind::Meal { meal, meal_id } => {
                    let start = rules::meal_start(*meal);
                    assert!((start.from_minute..=start.until_minute).contains(&minute), "{}", item.title);
                    assert!(*meal != MealKind::Breakfast || sights == 0);
                    assert!(!eaten.contains(&meal_id));
                    eaten.push(meal_id);
                }
                ItemKind::CheckOut { .. } => {
                    assert!(minute >= rules::DAY_START_MINUTE);
                    assert!(minute + rules::CHECK_OUT_MINUTES <= rules::CHECK_OUT_LATEST_MINUTE);
                }
                ItemKind::CheckIn { .. } | ItemKind::Transfer | ItemKind::Leg { .. } => {}
            }
        }
        assert!(sights <= brief.pace.sights_per_day_max());
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    assert!(brief.must_see.iter().all(|id| seen.contains(&id)));
    assert_money(brief, facts, plan);
}

fn assert_money(brief: &Brief, facts: &Facts, plan: &Plan) {
    let costs = &plan.costs;
    let mut total = 0;
    for line in &costs.lines {
        let cents = facts.rate.convert_cents(i64::from(line.quantity) * line.unit_local_cents);
        assert_eq!(line.cost, Money::new(cents, brief.budget.currency), "{}", line.title);
        total += cents;
    }
    let categories: i64 = costs.by_category.iter().map(|category| category.cost.amount_cents).sum();
    assert_eq!((costs.total.amount_cents, categories), (total, total));
    assert!(total <= brief.budget.amount_cents);
    assert_eq!(costs.left.amount_cents, brief.budget.amount_cents - total);
    let items: i64 = plan.days.iter().flat_map(|day| &day.items).map(|item| item.cost.amount_cents).sum();
    let stay = plan.stay.as_ref().map_or(0, |stay| stay.cost.amount_cents);
    let tickets = costs.lines.iter().filter(|line| line.category == CostCategory::LocalTransport);
    assert_eq!(items + stay + tickets.map(|line| line.cost.amount_cents).sum::<i64>(), total);
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
    let stay = plan.stay.as_ref().expect("the fixture holds it");
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
    assert_eq!(plan.stay, None);
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
    assert_eq!(plan.stay.expect("the fixture holds it").nights, 2);
}

#[test]
fn diet_lodging_and_transport_wishes_are_kept() {
    let (mut brief, facts) = (brief(3), facts(3));
    brief.diet = vec![Diet::Vegan];
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
    assert_eq!(cause(&hostel, &facts), Cause::NoBed);
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
    assert!(by_day.to_markdown().contains("Train from Here"));
    facts.legs.retain(|leg| leg.id != "back-train");
    let limits = Limits { nodes_max: 5_000, ..Limits::default() };
    let in_the_dark = plan(&ask, &facts, &limits, &StopFlag::default()).expect("a plan");
    assert_eq!(kinds(&in_the_dark, 2), ["check_out", "transfer", "leg"]);
    assert!(in_the_dark.warnings.iter().any(|warning| warning.contains("check-out")));
}

#[test]
fn rain_and_unmet_interests_are_told() {
    let (mut brief, mut facts) = (brief(3), facts(3));
    brief.interests = vec![Interest::Sport];
    facts.weather.iter_mut().for_each(|weather| weather.rain_percent = 90);
    let plan = planned(&brief, &facts).expect("a plan");
    assert!(plan.warnings.iter().any(|warning| warning.contains("sport")), "{:?}", plan.warnings);
}
