//! Three days in Lisbon for two, from Berlin, paid in dollars. Written by hand: times, sums and distances were computed
//! outside of this crate.

use chrono::NaiveTime;
use domain::{
    brief::{
        Assumption, Brief, Destination, Diet, Interest, LodgingKind, LodgingWish, Pace, RoomType, Tier, TransportMode,
        Travellers,
    },
    facts::{Facts, MealKind},
    money::Currency,
    plan::{CostCategory, Costs, Day, Item, ItemKind, PartScore, Plan, Quality, QualityPart},
};

use super::kit::{
    self, Case, LATER, MORNING, at, check_in, check_out, city, date, leg, leg_item, line, lodging, meal, place, rate,
    sight, stay, terminal, usd, visit, weather,
};

pub(super) fn valid() -> Case {
    Case { brief: brief(), facts: facts(), plan: plan() }
}

fn brief() -> Brief {
    Brief {
        query: "a weekend in Lisbon for two".to_owned(),
        origin: place("berlin", "Berlin"),
        destination: Destination::city(place("lisbon", "Lisbon")),
        start_date: date(9), // a Friday
        end_date: date(11),
        travellers: Travellers { adults: 2, children: 0 },
        budget: usd(180_000),
        interests: vec![Interest::History],
        cuisines: vec!["Portuguese".to_owned()],
        meals_repeat: false,
        diet: vec![Diet::Vegetarian],
        pace: Pace::Moderate,
        lodging: LodgingWish {
            kind: Some(LodgingKind::Hotel),
            room_types: vec![RoomType::PrivateRoom],
            tier: Some(Tier::Mid),
            allows: vec![],
        },
        avoid_transport: vec![TransportMode::Car],
        must_see: vec!["jeronimos".to_owned()],
        avoid_sights: vec!["tram".to_owned()],
        avoid_interests: vec![Interest::Nightlife],
        assumptions: vec![Assumption { field: "origin".to_owned(), text: "From Berlin, as last time".to_owned() }],
        sources: vec![],
        unread: vec!["something nice".to_owned()],
    }
}

pub(super) fn facts() -> Facts {
    let berlin = || terminal("berlin", "Berlin", [52.3667, 13.5033], 45);
    let airport = || terminal("lisbon", "Lisbon", [38.7742, -9.1342], 40);
    let house = |id, name, at, serves, cents| meal(id, "lisbon", name, at, serves, cents);
    let see = |id, name, at, minutes, cents| sight(id, "lisbon", name, at, minutes, cents);
    let mut facts = Facts {
        cities: vec![city("lisbon", "Lisbon", "Portugal", Currency::EUR, 725)],
        rates: vec![rate(Currency::EUR, 1_083_700_000)],
        legs: vec![
            leg("out", [berlin(), airport()], 9, [at(6, 30), at(9, 15)], 9_500),
            leg("back", [airport(), berlin()], 11, [at(17, 0), at(21, 40)], 11_000),
            leg("early", [airport(), berlin()], 11, [at(6, 0), at(10, 40)], 11_000),
        ],
        lodgings: vec![
            lodging("bed", "lisbon", "Hotel Baixa", [38.7110, -9.1370], 12_000),
            lodging("other-bed", "lisbon", "Hotel Alfama", [38.7110, -9.1370], 12_000),
        ],
        meals: vec![
            house("cafe", "Cafe Rossio", [38.7125, -9.1385], MORNING, 605),
            house("alfama", "Casa de Alfama", [38.7115, -9.1300], LATER, 1_800),
            house("chiado", "Taberna do Chiado", [38.7107, -9.1420], LATER, 2_505),
            house("belem", "Cantina de Belém", [38.6970, -9.2030], LATER, 1_600),
        ],
        sights: vec![
            see("castle", "São Jorge Castle", [38.7139, -9.1335], 90, 1_500),
            see("carmo", "Carmo Convent", [38.7120, -9.1406], 60, 700),
            see("jeronimos", "Jerónimos Monastery", [38.6979, -9.2068], 90, 1_800),
            see("tower", "Belém Tower", [38.6916, -9.2160], 60, 800),
            see("cathedral", "Lisbon Cathedral", [38.7098, -9.1326], 60, 0),
            see("tiles", "National Tile Museum", [38.7249, -9.1138], 120, 1_000),
            see("tram", "Tram 28", [38.7139, -9.1300], 45, 300),
        ],
        weather: [9, 10, 11].map(|day| weather("lisbon", day)).to_vec(),
    };
    facts.meals[1].cuisines = vec!["portuguese".to_owned(), "wine bar".to_owned()];
    facts
}

fn plan() -> Plan {
    let facts = facts();
    Plan {
        title: "Three days in Lisbon".to_owned(),
        summary: String::new(),
        origin: place("berlin", "Berlin"),
        destination: "Lisbon".to_owned(),
        cities: vec![visit(&facts.cities[0], [9, 11], 2)],
        start_date: date(9),
        end_date: date(11),
        travellers: Travellers { adults: 2, children: 0 },
        days: vec![first_day(), second_day(), last_day()],
        stays: vec![stay(&facts.lodgings[0], [9, 11], 1, 26_009)],
        costs: costs(),
        assumptions: brief().assumptions,
        unread: brief().unread,
        warnings: vec![],
        narrative: String::new(),
        quality: Quality {
            score: 130,
            parts: vec![
                PartScore { part: QualityPart::Sights, points: 150 },
                PartScore { part: QualityPart::Walking, points: -20 },
            ],
            optimal: true,
            bound: Some(130),
            ended_by: "proven".to_owned(),
            nodes: 1,
        },
    }
}

fn first_day() -> Day {
    let items = vec![
        leg_item(&facts(), "out", 20_590),
        transfer_item("out", [at(9, 15), at(9, 55)]),
        sight_item("castle", [at(10, 15), at(11, 45)], 3_251),
        meal_item("alfama", MealKind::Lunch, [at(12, 15), at(13, 30)], 3_901),
        bed_item(check_in("bed"), [at(14, 0), at(14, 20)]),
        sight_item("carmo", [at(15, 0), at(16, 0)], 1_517),
        meal_item("chiado", MealKind::Dinner, [at(19, 0), at(20, 30)], 5_429),
    ];
    Day { date: date(9), items, weather: Some(weather("lisbon", 9)), distance_km: 1.99 }
}

fn second_day() -> Day {
    let items = vec![
        meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311),
        sight_item("jeronimos", [at(10, 0), at(11, 30)], 3_901),
        meal_item("belem", MealKind::Lunch, [at(12, 0), at(13, 15)], 3_468),
        sight_item("tower", [at(14, 0), at(15, 0)], 1_734),
        meal_item("alfama", MealKind::Dinner, [at(19, 0), at(20, 30)], 3_901),
    ];
    Day { date: date(10), items, weather: Some(weather("lisbon", 10)), distance_km: 20.5 }
}

fn last_day() -> Day {
    let items = vec![
        meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311),
        bed_item(check_out("bed"), [at(9, 15), at(9, 30)]),
        sight_item("cathedral", [at(10, 0), at(11, 0)], 0),
        meal_item("chiado", MealKind::Lunch, [at(12, 0), at(13, 15)], 5_429),
        transfer_item("back", [at(14, 20), at(15, 0)]),
        leg_item(&facts(), "back", 23_841),
    ];
    Day { date: date(11), items, weather: Some(weather("lisbon", 11)), distance_km: 2.14 }
}

pub(super) fn transfer_item(leg_id: &str, times: [NaiveTime; 2]) -> Item {
    kit::transfer_item(&facts(), "lisbon", leg_id, times)
}

pub(super) fn bed_item(kind: ItemKind, times: [NaiveTime; 2]) -> Item {
    kit::bed_item(&facts(), kind, times)
}

pub(super) fn sight_item(id: &str, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    kit::sight_item(&facts(), id, times, cost_cents)
}

pub(super) fn meal_item(id: &str, kind: MealKind, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    kit::meal_item(&facts(), id, kind, times, cost_cents)
}

fn costs() -> Costs {
    use CostCategory::{LocalTransport, Lodging, Meals, Sights, Transport};
    let sums = [(Transport, 44_431), (Lodging, 26_009), (Meals, 24_750), (Sights, 10_403), (LocalTransport, 1_571)];
    Costs {
        lines: vec![
            line(Transport, "Flight out", 2, 9_500, 20_590, "out"),
            line(Sights, "São Jorge Castle", 2, 1_500, 3_251, "sights"),
            line(Meals, "Lunch: Casa de Alfama", 2, 1_800, 3_901, "meals"),
            line(Sights, "Carmo Convent", 2, 700, 1_517, "sights"),
            line(Meals, "Dinner: Taberna do Chiado", 2, 2_505, 5_429, "meals"),
            line(Meals, "Breakfast: Cafe Rossio", 2, 605, 1_311, "meals"),
            line(Sights, "Jerónimos Monastery", 2, 1_800, 3_901, "sights"),
            line(Meals, "Lunch: Cantina de Belém", 2, 1_600, 3_468, "meals"),
            line(Sights, "Belém Tower", 2, 800, 1_734, "sights"),
            line(Meals, "Dinner: Casa de Alfama", 2, 1_800, 3_901, "meals"),
            line(Meals, "Breakfast again: Cafe Rossio", 2, 605, 1_311, "meals"),
            line(Meals, "Lunch: Taberna do Chiado", 2, 2_505, 5_429, "meals"),
            line(Transport, "Flight back", 2, 11_000, 23_841, "back"),
            line(Lodging, "Hotel Baixa", 2, 12_000, 26_009, "beds"),
            line(LocalTransport, "Day tickets", 2, 725, 1_571, "city"),
        ],
        by_category: kit::sums(sums),
        total: usd(107_164),
        budget: usd(180_000),
        left: usd(72_836),
        rates: facts().rates,
    }
}
