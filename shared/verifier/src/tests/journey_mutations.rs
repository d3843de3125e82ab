//! What breaks a trip to several cities, and what does not, beside all that may be wrong in one city.

use chrono::TimeDelta;
use domain::{
    brief::{CityWish, HouseRule, Pace, RoomType, TransportMode},
    facts::{MealKind, Span},
    money::Currency,
    plan::{CostCategory, CostLine, Item, ItemKind},
};

use super::{
    journey::journey,
    kit::{
        Case, at, bed_item, check_in, date, gbp, line, meal_item, place, rate, sight_item, transfer_item, usd, weather,
    },
    mutations::{Mutation, wrong},
};
use crate::Rule;

#[test]
fn the_hand_made_journey_holds() {
    assert_eq!(journey().verify(), vec![]);
}

#[test]
fn each_mutation_of_the_journey_breaks_exactly_its_rules() {
    let wrong = wrong(journey, tables().into_iter().flatten());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mutation_of_the_route_breaks_its_rules_among_others() {
    for (name, rules, mutate) in CASCADES {
        let mut case = journey();
        mutate(&mut case);
        let told = case.verify();
        for rule in *rules {
            assert!(told.iter().any(|violation| violation.rule == *rule), "{name}: no {rule} in {told:?}");
        }
    }
}

#[test]
fn tolerated_variations_of_the_journey_hold() {
    let wrong = wrong(journey, VARIATIONS.iter());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(super) fn tables() -> [&'static [Mutation]; 6] {
    [ROUTE, VISITS, ITEMS, STAYS, DAYS, BILL]
}

/// What changes the route changes much else; these rules are among those that are broken.
const CASCADES: &[Mutation] = &[
    ("a city twice", &[Rule::Cities, Rule::Visits, Rule::ItemCity, Rule::StayPresence], |case| {
        case.leg("tunnel").to.city_id = "london".to_owned();
        case.leg("home").from.city_id = "london".to_owned();
    }),
    ("a city without a night", &[Rule::CityNights, Rule::Visits, Rule::StayPresence, Rule::Route], |case| {
        (case.leg("tunnel").arrive_day_offset, case.item(4, 2).end_day_offset) = (1, 1);
    }),
    ("a leg before one can be there", &[Rule::Route, Rule::Transfer, Rule::OutsideCityTime], |case| {
        case.leg("north").to.transfer_minutes = 2880;
    }),
    ("a leg that nobody knows", &[Rule::LegUnknown], |case| {
        case.facts.legs.remove(1);
    }),
    ("cities in another order than their legs", &[Rule::Route, Rule::LegDate, Rule::ItemCity], |case| {
        let (first, second) = (case.item(2, 6).clone(), case.item(4, 2).clone());
        (*case.item(2, 6), *case.item(4, 2)) = (second, first);
    }),
];

const ROUTE: &[Mutation] = &[
    ("cities in another order", &[Rule::Cities], |case| case.brief.destination.cities.reverse()),
    ("a city that nobody asked for", &[Rule::Cities], |case| case.brief.destination.choices.truncate(1)),
    ("a city that must be visited is not", &[Rule::Cities], |case| {
        case.brief.destination.cities.push(CityWish { place: place("rome", "Rome"), nights: None });
    }),
    ("a city too few", &[Rule::Cities, Rule::LegCount], |case| case.brief.destination.count = 4),
    ("a city too many", &[Rule::Cities, Rule::LegCount], |case| case.brief.destination.count = 2),
    ("fewer nights than wished", &[Rule::CityNights], |case| {
        case.brief.destination.cities[0].nights = Some(2);
    }),
    ("more nights than wished", &[Rule::CityNights], |case| {
        case.brief.destination.cities[1].nights = Some(1);
    }),
    ("a leg that starts where nobody is", &[Rule::Route], |case| {
        case.leg("tunnel").from.city_id = "oxford".to_owned();
    }),
    ("a first leg from elsewhere", &[Rule::Origin, Rule::Route], |case| case.brief.origin.id = "hamburg".to_owned()),
    ("one leg by car", &[Rule::CarMixed], |case| by_car(case, &["tunnel"])),
    ("all legs but one by car", &[Rule::CarMixed], |case| by_car(case, &["out", "north", "home"])),
    ("a taxi although taxis are avoided", &[Rule::LegAvoided], |case| {
        case.brief.avoid_transport.push(TransportMode::Taxi);
    }),
];

const VISITS: &[Mutation] = &[
    ("a list without the last city", &[Rule::Visits], |case| {
        case.plan.cities.pop();
    }),
    ("a list in another order", &[Rule::Visits], |case| case.plan.cities.reverse()),
    ("a city of another name", &[Rule::Visits], |case| case.plan.cities[1].place.name = "Londres".to_owned()),
    ("a city in another country", &[Rule::Visits], |case| case.plan.cities[1].country = "France".to_owned()),
    ("a city in another zone", &[Rule::Visits], |case| {
        case.plan.cities[1].time_zone = "Europe/Lisbon".to_owned();
    }),
    ("an arrival on the day before midnight", &[Rule::Visits], |case| case.plan.cities[1].arrive = date(10)),
    ("a departure a day late", &[Rule::Visits], |case| case.plan.cities[1].leave = date(13)),
    ("a night that is not counted", &[Rule::Visits], |case| case.plan.cities[1].nights = 1),
];

const ITEMS: &[Mutation] = &[
    ("a sight in another city", &[Rule::ItemCity], |case| case.sight("castle").city_id = "paris".to_owned()),
    ("a meal in another city", &[Rule::ItemCity], |case| case.meal("l-fish").city_id = "paris".to_owned()),
    ("an item that names another city", &[Rule::ItemCity], |case| {
        case.item(3, 3).city_id = Some("lisbon".to_owned());
    }),
    ("a transfer that names another city", &[Rule::ItemCity], |case| {
        case.item(2, 5).city_id = Some("london".to_owned());
    }),
    ("an item that names no city", &[Rule::ItemCity], |case| case.item(3, 4).city_id = None),
    ("a leg that names a city", &[Rule::ItemCity], |case| case.item(4, 2).city_id = Some("paris".to_owned())),
    ("a start on another clock", &[Rule::ItemZone], |case| case.item(3, 4).start_zone = "Europe/Paris".to_owned()),
    ("an end on another clock", &[Rule::ItemZone], |case| case.item(3, 4).end_zone = "Europe/Paris".to_owned()),
    ("a leg that departs on another clock", &[Rule::ItemZone], |case| {
        case.item(4, 2).start_zone = "Europe/Paris".to_owned();
    }),
    ("a leg that arrives on the clock of its start", &[Rule::ItemZone], |case| {
        case.item(4, 2).end_zone = "Europe/London".to_owned();
    }),
    (
        "the bed of the next city before the way to it",
        &[
            Rule::LocalTransport,
            Rule::ItemOrder,
            Rule::ItemCity,
            Rule::ItemZone,
            Rule::CheckIn,
            Rule::TravelTime,
            Rule::Distance,
        ],
        |case| case.plan.days[3].items.swap(1, 2),
    ),
    (
        "a sight before the arrival in its city",
        &[Rule::ItemOrder, Rule::OutsideCityTime, Rule::SightRepeated, Rule::Distance, Rule::CostLineMissing],
        |case| {
            add(case, 4, 2, |case| sight_item(&case.facts, "chapel", [at(16, 0), at(17, 0)], 6_231));
        },
    ),
    ("no transfer from the second airport", &[Rule::Transfer], |case| {
        case.plan.days[2].items.remove(0);
    }),
    ("no transfer from the first city", &[Rule::Transfer], |case| {
        case.plan.days[1].items.remove(4);
    }),
    ("a transfer too late for the second flight", &[Rule::Transfer], |case| {
        let item = case.item(2, 5);
        (item.start, item.end) = (at(19, 5), at(19, 35));
    }),
    ("a transfer as long as that of the other airport", &[Rule::Transfer], |case| case.item(3, 1).end = at(1, 0)),
    ("a transfer at home", &[Rule::Transfer, Rule::ItemOrder], |case| {
        add(case, 5, 5, |case| transfer_item(&case.facts, "paris", "home", [at(23, 30), at(23, 45)]));
    }),
    ("a transfer from home", &[Rule::Transfer, Rule::ItemOrder], |case| {
        add(case, 1, 0, |case| transfer_item(&case.facts, "lisbon", "out", [at(8, 0), at(8, 45)]));
    }),
];

const STAYS: &[Mutation] = &[
    ("no bed in the second city", &[Rule::StayPresence, Rule::CheckIn, Rule::CheckOut, Rule::CostLineExtra], |case| {
        case.plan.stays.remove(1);
    }),
    ("beds in another order", &[Rule::StayPresence], |case| case.plan.stays.reverse()),
    ("two beds in one city", &[Rule::StayPresence], |case| {
        let stay = case.plan.stays[1].clone();
        case.plan.stays.insert(1, stay);
    }),
    ("a bed where nobody is", &[Rule::StayPresence], |case| {
        let mut stay = case.plan.stays[1].clone();
        stay.city_id = "rome".to_owned();
        case.plan.stays.push(stay);
    }),
    ("a bed from the landing, not from the night", &[Rule::StayDates], |case| {
        case.plan.stays[1].check_in = date(11);
    }),
    ("a bed for a night too long", &[Rule::StayDates], |case| case.plan.stays[0].check_out = date(11)),
    ("a bed without the night of the landing", &[Rule::Nights, Rule::CostQuantity, Rule::ItemCost], |case| {
        (case.plan.stays[1].nights, case.plan.stays[1].cost) = (1, usd(38_775));
        let line = case.line("Soho Rooms");
        (line.quantity, line.cost) = (2, usd(38_775));
        case.sum_up();
    }),
    ("a bed that wants more nights", &[Rule::MinimumNights], |case| case.lodging("n-bed").min_nights = 3),
    ("a house that forbids children", &[Rule::HouseRule], |case| {
        case.lodging("p-bed").forbids.push(HouseRule::Children);
    }),
    ("an entire place although only rooms are wished", &[Rule::LodgingWish], |case| {
        case.brief.lodging.room_types = vec![RoomType::PrivateRoom, RoomType::SharedRoom];
    }),
    ("a second check-in", &[Rule::CheckIn], |case| {
        add(case, 3, 5, |case| bed_item(&case.facts, check_in("n-bed"), [at(17, 0), at(17, 20)]));
    }),
    ("a check-in long after a landing at night", &[Rule::CheckIn], |case| {
        let item = case.item(3, 2);
        (item.start, item.end) = (at(3, 0), at(3, 20));
    }),
    (
        "a check-in at the bed of another city",
        &[Rule::LocalTransport, Rule::CheckIn, Rule::ItemCity, Rule::TravelTime, Rule::Distance],
        |case| {
            case.item(4, 3).kind = check_in("l-bed");
            case.item(4, 3).at = case.facts.lodgings.first().map(|bed| bed.at);
            case.item(4, 3).provenance.source = "beds".to_owned();
        },
    ),
    ("no check-out of the first city", &[Rule::CheckOut, Rule::Distance], |case| {
        case.plan.days[1].items.remove(1);
    }),
    ("a check-out of the second city when the taxi waits", &[Rule::CheckOut, Rule::ItemOrder], |case| {
        let item = case.item(4, 1);
        (item.start, item.end) = (at(9, 50), at(10, 5));
    }),
    ("a check-out of the second city on the evening before", &[Rule::CheckOut, Rule::Distance], |case| {
        let mut item = case.plan.days[3].items.remove(0);
        (item.start, item.end) = (at(21, 0), at(21, 15));
        case.plan.days[2].items.push(item);
    }),
];

const DAYS: &[Mutation] = &[
    ("the weather of the city that is left", &[Rule::Weather], |case| {
        case.plan.days[3].weather = Some(weather("london", 12));
    }),
    ("the weather of a city that is reached after midnight", &[Rule::Weather], |case| {
        case.plan.days[1].weather = Some(weather("london", 10));
    }),
    ("no dinner in the third city", &[Rule::MealMissing, Rule::Distance], |case| {
        case.plan.days[3].items.pop();
        case.remove_line("Bistro Rivoli");
        case.sum_up();
    }),
    ("no breakfast after a landing at night", &[Rule::MealMissing], |case| {
        case.plan.days[2].items.remove(2);
        case.remove_line("Covent Cafe");
        case.sum_up();
    }),
    ("a kitchen that no city had", &[Rule::Cuisine], |case| case.meal("n-curry").cuisines.clear()),
    ("breakfast twice at one of three houses", &[Rule::MealHouseRepeated], |case| second_breakfast(case, 2)),
    ("a free day in the second city without a sight", &[Rule::EmptyDay, Rule::Distance], |case| {
        case.plan.days[2].items.remove(3);
        case.plan.days[2].distance_km = 0.0;
        case.remove_line("Tower of London");
        case.sum_up();
    }),
    ("a distance with the way between the cities", &[Rule::Distance], |case| {
        case.plan.days[3].distance_km = 470.0;
    }),
    ("more sights in two cities than a day has", &[Rule::SightsPerDay, Rule::SightTooEarly, Rule::Distance], |case| {
        case.brief.pace = Pace::Relaxed;
        for (position, id, start) in [(0, "gallery", at(7, 20)), (4, "dome", at(17, 40)), (5, "tree", at(18, 5))] {
            let mut sight = case.sight("gallery").clone();
            (sight.id, sight.visit_minutes) = (id.to_owned(), 15);
            sight.hours.fill(vec![Span { from_minute: 420, until_minute: 1440 }]);
            if id != "gallery" {
                (sight.city_id, sight.at) = ("paris".to_owned(), case.sight("chapel").at);
            }
            case.facts.sights.insert(0, sight);
            let item = sight_item(&case.facts, id, [start, start + TimeDelta::minutes(15)], 0);
            case.plan.days[3].items.insert(position, item);
        }
    }),
];

const BILL: &[Mutation] = &[
    ("one taxi for five", &[Rule::CostQuantity], |case| {
        let line = case.line("Leg tunnel");
        (line.quantity, line.cost) = (1, usd(77_550));
        case.sum_up();
    }),
    ("a taxi for each", &[Rule::CostQuantity, Rule::ItemCost], |case| {
        case.leg("tunnel").seats = 1;
        case.brief.budget = usd(1_000_000);
        case.sum_up();
    }),
    ("a flight in the other currency", &[Rule::LocalCurrency], |case| {
        let line = case.line("Leg north");
        (line.local_currency, line.cost) = (Currency::EUR, usd(37_930));
        case.sum_up();
    }),
    ("a dinner in pounds where euros are paid", &[Rule::LocalCurrency, Rule::CostAmount], |case| {
        case.line("Bistro Rivoli").local_currency = gbp();
    }),
    ("no rate of pounds", &[Rule::Rate], |case| {
        case.plan.costs.rates.retain(|rate| rate.from != gbp());
    }),
    ("no rate of pounds in the facts", &[Rule::Rate], |case| case.facts.rates.retain(|rate| rate.from != gbp())),
    ("a stale rate of pounds", &[Rule::Rate], |case| case.plan.costs.rates[1].as_of = "2020-01-01".to_owned()),
    ("a rate of yens", &[Rule::Rate], |case| {
        case.plan.costs.rates.push(rate("JPY".parse().expect("a known currency"), 6_800_000));
    }),
    ("no tickets in the first city", &[Rule::LocalTransport], |case| {
        case.remove_line("Day tickets in Lisbon");
        case.sum_up();
    }),
    ("tickets in the third city, where all is near", &[Rule::LocalTransport], |case| {
        let tickets = line(CostCategory::LocalTransport, "Day tickets in Paris", 5, 865, 4_687, "city");
        case.plan.costs.lines.push(tickets);
        case.sum_up();
    }),
    ("tickets of two cities on one line", &[Rule::LocalTransport], |case| {
        case.remove_line("Day tickets in London");
        let line = case.line("Day tickets in Lisbon");
        (line.quantity, line.cost) = (10, usd(7_857));
        case.sum_up();
    }),
    ("a journey that costs a cent too much", &[Rule::OverBudget], |case| {
        case.brief.budget = usd(606_640);
        case.sum_up();
    }),
];

/// What looks odd and breaks nothing.
const VARIATIONS: &[Mutation] = &[
    ("cities in any order", &[], |case| {
        case.brief.destination.in_order = false;
        case.brief.destination.cities.reverse();
    }),
    ("nights as wished, that of the landing counted", &[], |case| {
        case.brief.destination.cities[1].nights = Some(2);
    }),
    ("by car all the way", &[], |case| by_car(case, &["out", "north", "tunnel", "home"])),
    ("lines in another order, without names", &[], |case| {
        case.plan.costs.lines.reverse();
        case.plan.costs.rates.reverse();
        case.plan.costs.lines.iter_mut().for_each(|line| line.title.clear());
    }),
    ("breakfast twice at the only house", &[], |case| second_breakfast(case, 0)),
    ("breakfast twice at one of two houses", &[], |case| second_breakfast(case, 1)),
    ("a day that two cities share, without a sight", &[], |case| {
        case.plan.days[1].items.remove(2);
        case.plan.days[1].distance_km = 1.34;
        case.remove_line("Jerónimos Monastery");
        case.remove_line("Day tickets in Lisbon");
        case.sum_up();
    }),
    ("a check-in half an hour after a landing at night", &[], |case| {
        let item = case.item(3, 2);
        (item.start, item.end) = (at(2, 0), at(2, 20));
    }),
];

/// Adds an item to a day, counted from 1, before the item at this position, counted from 0.
fn add(case: &mut Case, day: usize, position: usize, item: fn(&Case) -> Item) {
    let item = item(case);
    case.plan.days[day - 1].items.insert(position, item);
}

fn by_car(case: &mut Case, ids: &[&str]) {
    for id in ids {
        case.leg(id).mode = TransportMode::Car;
    }
    let items = case.plan.days.iter_mut().flat_map(|day| &mut day.items);
    for item in items {
        if let ItemKind::Leg { leg_id, mode } = &mut item.kind
            && ids.contains(&leg_id.as_str())
        {
            *mode = TransportMode::Car;
        }
    }
}

/// Breakfast in London on the day of leaving it, at the house of the day before; there are `more` others, and plenty for
/// dinner.
fn second_breakfast(case: &mut Case, more: usize) {
    let breakfast = meal_item(&case.facts, "n-cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 5_784);
    case.plan.days[3].items.insert(0, breakfast);
    case.plan.days[3].distance_km = 0.78;
    let line = line(CostCategory::Meals, "Covent Cafe again", 5, 895, 5_784, "meals");
    case.plan.costs.lines.push(CostLine { local_currency: gbp(), ..line });
    case.sum_up();
    for (number, likes) in ["n-cafe"].repeat(more).into_iter().chain(["n-pub"; 6]).enumerate() {
        let mut house = case.meal(likes).clone();
        house.id = format!("house {number}");
        case.facts.meals.push(house);
    }
}
