//! Every way in which a plan may be wrong, once: the valid plan with one thing changed breaks exactly these rules.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::{
    brief::{Assumption, Diet, HouseRule, Interest, LodgingKind, Pace, RoomType, Tier, TransportMode},
    facts::{FactKind, MealKind, Point, Span},
    money::{Currency, Money},
    plan::{CategoryCost, CostCategory, ItemKind, PartScore, QualityPart},
};

use super::{
    fixture::{meal_item, sight_item, transfer_item, valid},
    journey_mutations,
    kit::{Case, at, date, gbp, line, provenance, rate, usd},
};
use crate::Rule;

/// The name of a mutation, the rules that it breaks, and the mutation.
pub(super) type Mutation = (&'static str, &'static [Rule], fn(&mut Case));

#[test]
fn the_hand_made_plan_holds() {
    assert_eq!(valid().verify(), vec![]);
}

#[test]
fn each_mutation_breaks_exactly_its_rules() {
    let wrong = wrong(valid, tables().into_iter().flatten());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The mutations of the valid case that do not break exactly their rules, told for people.
pub(super) fn wrong<'a>(valid: fn() -> Case, mutations: impl Iterator<Item = &'a Mutation>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, rules, mutate) in mutations {
        let mut case = valid();
        mutate(&mut case);
        let found: BTreeSet<Rule> = case.verify().iter().map(|violation| violation.rule).collect();
        let expected: BTreeSet<Rule> = rules.iter().copied().collect();
        if found != expected {
            let told: Vec<String> = case.verify().iter().map(ToString::to_string).collect();
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}\n  {}", told.join("\n  ")));
        }
    }
    wrong
}

#[test]
fn every_rule_is_broken_by_a_mutation_and_names_are_unique() {
    let all: Vec<Mutation> = tables().into_iter().chain(journey_mutations::tables()).flatten().copied().collect();
    let broken: BTreeSet<Rule> = all.iter().flat_map(|(_, rules, _)| rules.iter().copied()).collect();
    let missing: Vec<&Rule> = Rule::ALL.iter().filter(|rule| !broken.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let names: BTreeSet<&str> = all.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), all.len());
}

#[test]
fn a_violation_says_where_and_what() {
    let mut case = valid();
    case.item(2, 2).title = "Monastery".to_owned();
    let told: Vec<String> = case.verify().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["item_details: day 2, item 2: Monastery: expected Jerónimos Monastery, found Monastery"]);
}

fn tables() -> [&'static [Mutation]; 8] {
    [HEADING, ORDER, LEGS, STAY, SIGHTS, MEALS, COSTS, QUALITY]
}

const HEADING: &[Mutation] = &[
    ("the plan starts on another date", &[Rule::Dates], |case| case.plan.start_date = date(8)),
    ("the plan ends on another date", &[Rule::Dates], |case| case.plan.end_date = date(12)),
    ("an empty day is appended", &[Rule::Days], |case| {
        let mut day = case.plan.days[1].clone();
        day.items.clear();
        (day.date, day.weather, day.distance_km) = (date(12), None, 0.0);
        case.plan.days.push(day);
    }),
    (
        "the last day is missing",
        &[
            Rule::Days,
            Rule::ItemOrder,
            Rule::LegCount,
            Rule::LegDate,
            Rule::Route,
            Rule::Cities,
            Rule::Visits,
            Rule::Transfer,
            Rule::StayPresence,
            Rule::CostLineExtra,
            Rule::LocalTransport,
        ],
        |case| {
            case.plan.days.pop();
        },
    ),
    ("a day has another date", &[Rule::Days, Rule::Weather, Rule::ItemOrder, Rule::OutsideCityTime], |case| {
        case.plan.days[1].date = date(20);
    }),
    ("dates that are reversed", &[Rule::Dates, Rule::Days, Rule::LegDate], |case| {
        (case.brief.start_date, case.brief.end_date) = (date(11), date(9));
    }),
    ("a trip of thousands of days", &[Rule::Dates, Rule::Days, Rule::LegDate], |case| {
        case.brief.end_date = NaiveDate::from_ymd_opt(2099, 1, 1).expect("a date");
    }),
    ("one child more", &[Rule::Travellers], |case| case.plan.travellers.children = 1),
    ("from another city", &[Rule::Origin], |case| case.plan.origin.id = "hamburg".to_owned()),
    ("to another city", &[Rule::Destination], |case| case.plan.destination = "Porto".to_owned()),
    ("facts of another city", &[Rule::Cities, Rule::CostLineExtra, Rule::LocalTransport], |case| {
        case.city("lisbon").place.id = "porto".to_owned();
    }),
    ("another country", &[Rule::Visits], |case| case.plan.cities[0].country = "Spain".to_owned()),
    ("another time zone", &[Rule::Visits], |case| case.plan.cities[0].time_zone = "Europe/Madrid".to_owned()),
    ("an assumption is hidden", &[Rule::Assumptions], |case| case.plan.assumptions.clear()),
    ("an assumption is reworded", &[Rule::Assumptions], |case| {
        case.plan.assumptions = vec![Assumption { field: "origin".to_owned(), text: "You said so".to_owned() }];
    }),
    ("an unread part is hidden", &[Rule::Assumptions], |case| case.plan.unread.clear()),
    ("sunnier than the facts", &[Rule::Weather], |case| {
        case.plan.days[0].weather.as_mut().expect("weather").rain_percent = 0;
    }),
    ("no weather although it is known", &[Rule::Weather], |case| case.plan.days[2].weather = None),
    ("weather that nobody knows", &[Rule::Weather], |case| {
        case.facts.weather.pop();
    }),
];

const ORDER: &[Mutation] = &[
    ("two items are swapped", &[Rule::ItemOrder, Rule::TravelTime], |case| {
        case.plan.days[1].items.swap(1, 3);
    }),
    ("an item starts before the one before it ends", &[Rule::ItemOrder, Rule::TravelTime], |case| {
        let item = case.item(1, 4);
        (item.start, item.end) = (at(12, 0), at(13, 15));
        let item = case.item(1, 3);
        (item.start, item.end) = (at(10, 45), at(12, 15));
    }),
    ("an item ends before it starts", &[Rule::ItemOrder, Rule::SightDuration], |case| {
        case.item(1, 6).end_day_offset = -1;
    }),
    ("something comes before the outbound leg", &[Rule::ItemOrder, Rule::Transfer], |case| {
        case.plan.days[0].items.swap(0, 2);
    }),
    ("something comes after the return leg", &[Rule::ItemOrder], |case| {
        let lunch = case.plan.days[2].items.remove(3);
        case.plan.days[2].items.push(lunch);
    }),
    ("a sight before the plane has landed", &[Rule::OutsideCityTime, Rule::ItemOrder, Rule::Transfer], |case| {
        (case.facts.legs[0].arrive, case.item(1, 1).end) = (at(11, 40), at(11, 40));
    }),
    ("lunch until the way to the airport begins", &[Rule::OutsideCityTime, Rule::ItemOrder], |case| {
        let item = case.item(3, 4);
        (item.start, item.end) = (at(13, 10), at(14, 25));
    }),
    ("a sight until midnight", &[Rule::OutsideCityTime, Rule::Distance], |case| {
        let mut item = case.plan.days[0].items.remove(5);
        (item.start, item.end) = (at(22, 45), at(23, 45));
        case.plan.days[0].items.push(item);
        case.sight("carmo").hours[4] = vec![Span { from_minute: 570, until_minute: 1440 }];
        case.plan.days[0].distance_km = 0.0;
    }),
    ("a sight of another name", &[Rule::ItemDetails], |case| case.item(1, 3).title = "Castle".to_owned()),
    ("a meal of another name", &[Rule::ItemDetails], |case| case.item(1, 4).title = "Lunch".to_owned()),
    ("a sight elsewhere", &[Rule::ItemDetails], |case| case.item(1, 3).at = Some(Point { lat: 38.7, lon: -9.1 })),
    ("a meal nowhere", &[Rule::ItemDetails], |case| case.item(1, 4).at = None),
    ("a bed elsewhere", &[Rule::ItemDetails], |case| case.item(1, 5).at = Some(Point { lat: 38.7, lon: -9.1 })),
    ("a leg that starts elsewhere", &[Rule::ItemDetails], |case| {
        case.item(1, 1).at = Some(Point { lat: 0.0, lon: 0.0 });
    }),
    ("a leg that lands elsewhere", &[Rule::ItemDetails], |case| case.item(1, 1).to = case.item(1, 1).at),
    ("a leg that lands nowhere", &[Rule::ItemDetails], |case| case.item(1, 1).to = None),
    ("a sight that ends elsewhere", &[Rule::ItemDetails], |case| case.item(1, 3).to = case.item(1, 3).at),
    ("a transfer from elsewhere", &[Rule::ItemDetails], |case| case.item(1, 2).at = case.item(1, 1).at),
    ("too little time for a long way", &[Rule::TravelTime], |case| {
        let item = case.item(2, 2);
        (item.start, item.end) = (at(9, 15), at(10, 45));
        case.sight("jeronimos").hours[5] = vec![Span { from_minute: 540, until_minute: 1080 }];
    }),
    ("breakfast before one can be there", &[Rule::TravelTime], |case| {
        let item = case.item(2, 1);
        (item.start, item.end) = (at(7, 0), at(7, 45));
    }),
    ("a shorter distance than it is", &[Rule::Distance], |case| case.plan.days[1].distance_km = 20.0),
    ("a distance that is no number", &[Rule::Distance], |case| case.plan.days[1].distance_km = f64::NAN),
];

const LEGS: &[Mutation] = &[
    (
        "no way there",
        &[
            Rule::ItemOrder,
            Rule::LegCount,
            Rule::LegDate,
            Rule::Route,
            Rule::Cities,
            Rule::Visits,
            Rule::Transfer,
            Rule::StayPresence,
            Rule::CostLineExtra,
            Rule::LocalTransport,
        ],
        |case| {
            case.plan.days[0].items.remove(0);
        },
    ),
    (
        "the way back twice",
        &[
            Rule::Weather,
            Rule::ItemOrder,
            Rule::LegCount,
            Rule::Route,
            Rule::Cities,
            Rule::CityNights,
            Rule::Visits,
            Rule::Transfer,
            Rule::CostLineMissing,
        ],
        |case| {
            let leg = case.item(3, 6).clone();
            case.plan.days[2].items.push(leg);
        },
    ),
    ("a leg that nobody offers", &[Rule::LegUnknown, Rule::CostLineExtra], |case| {
        let ItemKind::Leg { leg_id, .. } = &mut case.item(1, 1).kind else { panic!("a leg") };
        *leg_id = "dream".to_owned();
    }),
    ("a leg from another city", &[Rule::Route], |case| case.leg("out").from.city_id = "hamburg".to_owned()),
    ("a leg back from another city", &[Rule::Route], |case| case.leg("back").from.city_id = "porto".to_owned()),
    ("a leg back to another city", &[Rule::Route], |case| case.leg("back").to.city_id = "hamburg".to_owned()),
    (
        "a leg on another day",
        &[
            Rule::LegDate,
            Rule::Visits,
            Rule::StayDates,
            Rule::Nights,
            Rule::CheckOut,
            Rule::MealMissing,
            Rule::CostQuantity,
            Rule::ItemCost,
        ],
        |case| case.leg("back").date = date(12),
    ),
    ("a leg that takes weeks", &[Rule::LegDate], |case| {
        (case.leg("back").arrive_day_offset, case.item(3, 6).end_day_offset) = (20, 20);
    }),
    ("a departure at another time", &[Rule::LegTimes], |case| case.item(1, 1).start = at(7, 30)),
    ("an arrival at another time", &[Rule::LegTimes], |case| case.item(3, 6).end = at(21, 0)),
    ("an arrival on another day", &[Rule::LegTimes], |case| case.item(3, 6).end_day_offset = 1),
    ("a train that is a plane", &[Rule::LegMode], |case| {
        let ItemKind::Leg { mode, .. } = &mut case.item(1, 1).kind else { panic!("a leg") };
        *mode = TransportMode::Train;
    }),
    ("a plane although planes are avoided", &[Rule::LegAvoided], |case| {
        case.brief.avoid_transport.push(TransportMode::Flight);
    }),
    ("no transfer after the arrival", &[Rule::Transfer], |case| {
        case.plan.days[0].items.remove(1);
    }),
    ("a transfer that does not follow the arrival", &[Rule::Transfer], |case| {
        let item = case.item(1, 2);
        (item.start, item.end) = (at(9, 20), at(10, 0));
    }),
    ("a transfer that is too fast", &[Rule::Transfer], |case| case.item(1, 2).end = at(9, 45)),
    ("no transfer before the departure", &[Rule::Transfer], |case| {
        case.plan.days[2].items.remove(4);
    }),
    ("a transfer that is too late to board", &[Rule::Transfer], |case| {
        let item = case.item(3, 5);
        (item.start, item.end) = (at(14, 30), at(15, 10));
    }),
    ("a transfer in the middle of a day", &[Rule::Transfer], |case| {
        case.plan.days[1].items.insert(4, transfer_item("back", [at(16, 0), at(16, 40)]));
    }),
    ("a transfer without its origin", &[Rule::Provenance], |case| case.item(1, 2).provenance = provenance("back")),
];

const STAY: &[Mutation] = &[
    ("no bed", &[Rule::StayPresence, Rule::CheckIn, Rule::CheckOut, Rule::CostLineExtra, Rule::Distance], |case| {
        case.plan.stays.clear();
    }),
    (
        "a bed without a night",
        &[Rule::StayPresence, Rule::MinimumNights, Rule::StayDates, Rule::Nights, Rule::CheckIn, Rule::CheckOut],
        |case| {
            let stays = case.plan.stays.clone();
            super::variations::day_trip(case);
            case.plan.stays = stays;
            case.stay().cost = usd(0);
        },
    ),
    ("a bed that nobody offers", &[Rule::LodgingUnknown, Rule::CheckIn, Rule::CheckOut, Rule::CostLineExtra], |case| {
        case.stay().lodging_id = "dream".to_owned();
    }),
    ("a house that forbids pets", &[Rule::HouseRule], |case| {
        case.brief.lodging.allows = vec![HouseRule::Smoking, HouseRule::Pets];
        case.lodging("bed").forbids = vec![HouseRule::Pets, HouseRule::Parties];
    }),
    ("a house for three nights", &[Rule::MinimumNights], |case| case.lodging("bed").min_nights = 3),
    ("a bed in another city", &[Rule::ItemCity, Rule::CostLineExtra], |case| {
        case.lodging("bed").city_id = "porto".to_owned();
    }),
    ("a hotel instead of an apartment", &[Rule::LodgingWish], |case| {
        case.brief.lodging.kind = Some(LodgingKind::Apartment);
    }),
    ("a private room instead of the entire place", &[Rule::LodgingWish], |case| {
        case.brief.lodging.room_types = vec![RoomType::EntirePlace];
    }),
    ("an average bed instead of a cheap one", &[Rule::LodgingWish], |case| {
        case.brief.lodging.tier = Some(Tier::Budget);
    }),
    ("a house of another name", &[Rule::StayDetails], |case| case.stay().name = "Ritz".to_owned()),
    ("a house in another area", &[Rule::StayDetails], |case| case.stay().area = "Belém".to_owned()),
    ("more rooms than needed", &[Rule::Rooms], |case| case.stay().rooms = 2),
    ("fewer rooms than needed", &[Rule::Rooms, Rule::CostQuantity, Rule::ItemCost], |case| {
        case.facts.lodgings[0].occupancy = 1;
    }),
    ("a stay that begins a day late", &[Rule::StayDates], |case| case.stay().check_in = date(10)),
    ("a stay that ends a day early", &[Rule::StayDates], |case| case.stay().check_out = date(10)),
    ("one night too few", &[Rule::Nights], |case| case.stay().nights = 1),
    ("no check-in", &[Rule::CheckIn], |case| {
        case.plan.days[0].items.remove(4);
    }),
    ("a check-in on the wrong day", &[Rule::CheckIn], |case| {
        let mut item = case.plan.days[0].items.remove(4);
        (item.start, item.end) = (at(16, 0), at(16, 20));
        case.plan.days[1].items.insert(4, item);
    }),
    ("a check-in at another house", &[Rule::CheckIn], |case| {
        case.item(1, 5).kind = ItemKind::CheckIn { lodging_id: "other-bed".to_owned() };
    }),
    ("a check-in that is too short", &[Rule::CheckIn], |case| case.item(1, 5).end = at(14, 10)),
    ("a check-in after the city's hours", &[Rule::CheckIn, Rule::Distance], |case| {
        let mut item = case.plan.days[0].items.remove(4);
        (item.start, item.end) = (at(23, 20), at(23, 40));
        case.plan.days[0].items.push(item);
    }),
    ("no check-out", &[Rule::CheckOut], |case| {
        case.plan.days[2].items.remove(1);
    }),
    ("two check-outs", &[Rule::CheckOut], |case| {
        let mut item = case.item(3, 2).clone();
        (item.start, item.end) = (at(9, 30), at(9, 45));
        case.plan.days[2].items.insert(2, item);
    }),
    ("a check-out on the day before", &[Rule::CheckOut, Rule::Distance], |case| {
        let mut item = case.plan.days[2].items.remove(1);
        (item.start, item.end) = (at(21, 0), at(21, 15));
        case.plan.days[1].items.push(item);
    }),
    ("a check-out after eleven", &[Rule::CheckOut], |case| {
        let mut item = case.plan.days[2].items.remove(1);
        (item.start, item.end) = (at(11, 15), at(11, 30));
        case.plan.days[2].items.insert(2, item);
    }),
    ("a stay that shows another cost", &[Rule::ItemCost], |case| case.stay().cost = usd(26_000)),
    ("a stay without its origin", &[Rule::Provenance], |case| case.stay().provenance.kind = FactKind::Quote),
];

const SIGHTS: &[Mutation] = &[
    ("a sight that nobody knows", &[Rule::SightUnknown], |case| {
        case.item(3, 3).kind = ItemKind::Sight { sight_id: "dream".to_owned() };
    }),
    ("a sight twice", &[Rule::SightRepeated], |case| {
        case.plan.days[1].items.insert(4, sight_item("cathedral", [at(16, 30), at(17, 30)], 0));
    }),
    ("a sight that is avoided", &[Rule::SightAvoided], |case| case.brief.avoid_sights.push("castle".to_owned())),
    ("a kind of sight that is avoided", &[Rule::SightAvoided], |case| {
        case.brief.avoid_interests.push(Interest::Nature);
        case.sight("castle").category = Interest::Nature;
    }),
    ("a sight that is also about a kind that is avoided", &[Rule::SightAvoided], |case| {
        case.brief.avoid_interests.push(Interest::Nature);
        case.sight("castle").interests.push(Interest::Nature);
    }),
    ("a sight that is closed on Saturdays", &[Rule::SightClosed], |case| case.sight("jeronimos").hours[5].clear()),
    ("a sight that closes during the visit", &[Rule::SightClosed], |case| {
        case.sight("jeronimos").hours[5] = vec![Span { from_minute: 570, until_minute: 660 }];
    }),
    ("a sight that pauses during the visit", &[Rule::SightClosed], |case| {
        let (morning, day) =
            (Span { from_minute: 570, until_minute: 650 }, Span { from_minute: 655, until_minute: 1080 });
        case.sight("jeronimos").hours[5] = vec![morning, day];
    }),
    ("a visit that is too short", &[Rule::SightDuration], |case| case.item(2, 2).end = at(11, 0)),
    ("a sight too early for a relaxed day", &[Rule::SightTooEarly], |case| {
        case.brief.pace = Pace::Relaxed;
        let item = case.item(3, 3);
        (item.start, item.end) = (at(9, 45), at(10, 45));
    }),
    ("more sights than a relaxed day has", &[Rule::SightsPerDay, Rule::Distance], |case| {
        case.brief.pace = Pace::Relaxed;
        case.plan.days[1].items.insert(4, sight_item("cathedral", [at(16, 0), at(17, 0)], 0));
        case.plan.days[2].items.remove(2);
    }),
    ("a sight that must be seen is not", &[Rule::MustSee], |case| case.brief.must_see.push("tiles".to_owned())),
    ("a free day without a sight", &[Rule::EmptyDay, Rule::Distance], |case| {
        case.brief.must_see.clear();
        case.plan.days[1].items.retain(|item| !matches!(item.kind, ItemKind::Sight { .. }));
        case.remove_line("Jerónimos Monastery");
        case.remove_line("Belém Tower");
        case.sum_up();
    }),
];

const MEALS: &[Mutation] = &[
    ("a house that nobody knows", &[Rule::MealUnknown, Rule::CostLineExtra], |case| {
        case.item(2, 1).kind = ItemKind::Meal { meal_id: "dream".to_owned(), meal: MealKind::Breakfast };
    }),
    ("a house that serves no dinner", &[Rule::MealNotServed], |case| {
        case.meal("chiado").serves = vec![MealKind::Lunch];
    }),
    ("a kitchen that nobody cooked", &[Rule::Cuisine], |case| case.brief.cuisines.push("Thai".to_owned())),
    ("a kitchen that is only on another menu", &[Rule::Cuisine], |case| {
        case.meal("alfama").cuisines.clear();
        let mut house = case.meal("alfama").clone();
        (house.id, house.cuisines) = ("dream".to_owned(), vec!["portuguese".to_owned()]);
        case.facts.meals.push(house);
    }),
    ("houses on two days, although there are enough", &[Rule::MealHouseRepeated], |case| {
        more_houses(case);
    }),
    ("a house without a vegan meal", &[Rule::Diet], |case| {
        case.brief.diet.push(Diet::Vegan);
        for meal in case.facts.meals.iter_mut().filter(|meal| meal.id != "belem") {
            meal.diets.push(Diet::Vegan);
        }
    }),
    ("dinner at six", &[Rule::MealTime], |case| {
        let item = case.item(2, 5);
        (item.start, item.end) = (at(18, 0), at(19, 30));
    }),
    ("dinner at ten", &[Rule::MealTime], |case| {
        let item = case.item(2, 5);
        (item.start, item.end) = (at(21, 35), at(23, 5));
    }),
    ("a hasty lunch", &[Rule::MealDuration], |case| case.item(2, 3).end = at(12, 45)),
    ("two lunches on one day", &[Rule::ItemOrder, Rule::MealRepeated, Rule::CostLineMissing], |case| {
        let lunch = meal_item("chiado", MealKind::Lunch, [at(12, 0), at(13, 15)], 5_429);
        case.plan.days[2].items.insert(4, lunch);
    }),
    ("lunch and dinner at the same house", &[Rule::MealRepeated, Rule::Distance, Rule::CostUnit], |case| {
        let dinner = meal_item("alfama", MealKind::Dinner, [at(19, 0), at(20, 30)], 3_901);
        *case.item(1, 7) = dinner;
    }),
    ("no dinner", &[Rule::MealMissing, Rule::Distance], |case| {
        case.plan.days[0].items.pop();
        case.remove_line("Dinner: Taberna do Chiado");
        case.sum_up();
    }),
    ("no breakfast", &[Rule::MealMissing, Rule::Distance], |case| {
        case.plan.days[2].items.remove(0);
        case.remove_line("Breakfast again: Cafe Rossio");
        case.sum_up();
    }),
    ("a meal without its origin", &[Rule::Provenance], |case| {
        case.item(2, 3).provenance.as_of = "2024".to_owned();
    }),
];

const COSTS: &[Mutation] = &[
    ("an item in another currency", &[Rule::Currency], |case| case.item(1, 3).cost.currency = Currency::EUR),
    ("a transfer in another currency", &[Rule::Currency], |case| case.item(1, 2).cost.currency = Currency::EUR),
    ("a line in another currency", &[Rule::Currency], |case| case.line("Flight out").cost.currency = Currency::EUR),
    ("a sum in another currency", &[Rule::Currency], |case| {
        case.plan.costs.by_category[0].cost.currency = Currency::EUR;
    }),
    ("a total in another currency", &[Rule::Currency], |case| case.plan.costs.total.currency = Currency::EUR),
    ("a stay in another currency", &[Rule::Currency], |case| case.stay().cost.currency = Currency::EUR),
    ("a better rate than the facts'", &[Rule::Rate], |case| case.plan.costs.rates[0].rate_nanos -= 1),
    ("a rate into another currency", &[Rule::Rate], |case| {
        (case.facts.rates[0].to, case.plan.costs.rates[0].to) = (Currency::EUR, Currency::EUR);
    }),
    ("no rate", &[Rule::Rate], |case| case.plan.costs.rates.clear()),
    ("a rate twice", &[Rule::Rate], |case| {
        let rate = case.plan.costs.rates[0].clone();
        case.plan.costs.rates.push(rate);
    }),
    ("a rate that no line uses", &[Rule::Rate], |case| {
        let rate = rate(gbp(), 1_292_500_000);
        case.facts.rates.push(rate.clone());
        case.plan.costs.rates.push(rate);
    }),
    ("no rate in the facts", &[Rule::Rate], |case| case.facts.rates.clear()),
    ("another local currency", &[Rule::LocalCurrency, Rule::Rate], |case| {
        case.line("Flight out").local_currency = Currency::USD;
    }),
    ("a meal that is not on the bill", &[Rule::CostLineMissing], |case| {
        case.remove_line("Lunch: Cantina de Belém");
        case.sum_up();
    }),
    ("a stay that is not on the bill", &[Rule::CostLineMissing], |case| {
        case.remove_line("Hotel Baixa");
        case.sum_up();
    }),
    ("a line for nothing", &[Rule::CostLineExtra], |case| {
        let souvenir = line(CostCategory::Sights, "Souvenir", 1, 100, 108, "sights");
        case.plan.costs.lines.push(souvenir);
        case.sum_up();
    }),
    ("a line in the wrong category", &[Rule::CostLineExtra, Rule::CostLineMissing], |case| {
        case.line("Belém Tower").category = CostCategory::Meals;
        case.sum_up();
    }),
    ("a cheaper unit than the fact's", &[Rule::CostUnit, Rule::ItemCost], |case| {
        case.facts.legs[0].price_cents = 9_600;
    }),
    ("a line for one instead of two", &[Rule::CostQuantity], |case| {
        let line = case.line("Flight out");
        (line.quantity, line.cost) = (1, usd(10_295));
        case.sum_up();
    }),
    ("a line that rounds the wrong way", &[Rule::CostAmount], |case| {
        case.line("Flight out").cost = usd(20_591);
        case.sum_up();
    }),
    ("no day ticket", &[Rule::LocalTransport], |case| {
        case.remove_line("Day tickets");
        case.sum_up();
    }),
    ("tickets for more days than needed", &[Rule::LocalTransport], |case| {
        let line = case.line("Day tickets");
        (line.quantity, line.cost) = (6, usd(4_714));
        case.sum_up();
    }),
    ("a ticket although everything is near", &[Rule::LocalTransport, Rule::Distance], |case| {
        let near = case.sight("cathedral").at;
        for id in ["jeronimos", "tower"] {
            case.sight(id).at = near;
        }
        case.meal("belem").at = near;
        for item in 2..=4 {
            case.item(2, item).at = Some(near);
        }
    }),
    ("a sight that shows another cost", &[Rule::ItemCost], |case| case.item(1, 3).cost = usd(3_000)),
    ("a free sight that shows a cost", &[Rule::ItemCost], |case| case.item(3, 3).cost = usd(100)),
    ("a check-in that costs something", &[Rule::ItemCost], |case| case.item(1, 5).cost = usd(26_009)),
    ("a wrong sum of a category", &[Rule::CategorySum], |case| case.plan.costs.by_category[2].cost = usd(24_000)),
    ("a category that is missing", &[Rule::CategorySum], |case| {
        case.plan.costs.by_category.pop();
    }),
    ("a category twice", &[Rule::CategorySum], |case| {
        case.plan.costs.by_category.push(CategoryCost { category: CostCategory::Meals, cost: usd(0) });
    }),
    ("a wrong total", &[Rule::Total], |case| case.plan.costs.total = usd(100_000)),
    ("more left than there is", &[Rule::Left], |case| case.plan.costs.left = usd(80_000)),
    ("another budget", &[Rule::Left], |case| case.plan.costs.budget = usd(200_000)),
    ("a trip that costs a cent too much", &[Rule::OverBudget], |case| {
        case.brief.budget = usd(107_163);
        case.sum_up();
    }),
    ("a budget that only holds without a line", &[Rule::OverBudget, Rule::CostLineMissing], |case| {
        case.brief.budget = usd(107_163);
        case.remove_line("Belém Tower");
        case.sum_up();
    }),
    ("a budget in another currency", &[Rule::Left, Rule::Rate, Rule::Currency], |case| {
        case.brief.budget = Money::new(180_000, Currency::EUR);
    }),
    ("a sight without its origin", &[Rule::Provenance], |case| case.item(1, 3).provenance = provenance("a friend")),
    ("a line without its origin", &[Rule::Provenance], |case| {
        case.line("Lunch: Cantina de Belém").provenance.kind = FactKind::Quote;
    }),
];

const QUALITY: &[Mutation] = &[
    ("a score that is not the sum", &[Rule::Quality], |case| {
        (case.plan.quality.score, case.plan.quality.bound) = (131, Some(131));
    }),
    ("parts without a score", &[Rule::Quality], |case| case.plan.quality.parts.clear()),
    ("a part twice", &[Rule::Quality], |case| {
        case.plan.quality.parts = vec![PartScore { part: QualityPart::Sights, points: 65 }; 2];
    }),
    ("a bound below the score", &[Rule::Quality], |case| {
        (case.plan.quality.optimal, case.plan.quality.bound) = (false, Some(129));
    }),
    ("a proof without a bound", &[Rule::Quality], |case| case.plan.quality.bound = None),
    ("a proof of something better", &[Rule::Quality], |case| case.plan.quality.bound = Some(131)),
];

/// Twelve further houses for every meal, so that nobody needs to eat anywhere twice.
pub(super) fn more_houses(case: &mut Case) {
    let mut house = case.facts.meals[0].clone();
    house.serves = MealKind::ALL.to_vec();
    for number in 1..=12 {
        house.id = format!("house {number}");
        case.facts.meals.push(house.clone());
    }
}
