//! Five people from Berlin to Lisbon, London and Paris in five days: three zones, two currencies, paid in dollars. A
//! flight lands after midnight, and two taxis take the tunnel. Written by hand, like the weekend in Lisbon.

use domain::{
    brief::{
        Brief, CityWish, Destination, Diet, HouseRule, Interest, LodgingWish, Pace, RoomType, TransportMode, Travellers,
    },
    facts::{Facts, MealKind, SightOption},
    money::Currency,
    plan::{CostCategory, CostLine, Costs, Day, Item, PartScore, Plan, Quality, QualityPart},
};

use super::kit::{
    Case, LATER, MORNING, at, bed_item, check_in, check_out, city, date, gbp, leg, leg_item, line, lodging, meal,
    meal_item, place, rate, sight, sight_item, stay, sums, terminal, transfer_item, usd, visit, weather,
};

pub(super) fn journey() -> Case {
    let (brief, facts) = (brief(), facts());
    let plan = plan(&brief, &facts);
    Case { brief, facts, plan }
}

fn brief() -> Brief {
    let wish = |id, name, nights| CityWish { place: place(id, name), nights };
    Brief {
        query: "five of us to Lisbon, London and somewhere else".to_owned(),
        origin: place("berlin", "Berlin"),
        destination: Destination {
            name: "Western Europe".to_owned(),
            cities: vec![wish("lisbon", "Lisbon", Some(1)), wish("london", "London", None)],
            choices: vec![place("rome", "Rome"), place("paris", "Paris")],
            count: 3,
            in_order: true,
        },
        start_date: date(9),
        end_date: date(13),
        travellers: Travellers { adults: 4, children: 1 },
        budget: usd(700_000),
        interests: vec![],
        cuisines: vec!["Seafood".to_owned(), "indian".to_owned()],
        meals_repeat: false,
        diet: vec![Diet::Vegetarian],
        pace: Pace::Moderate,
        lodging: LodgingWish {
            kind: None,
            room_types: vec![RoomType::EntirePlace, RoomType::PrivateRoom],
            tier: None,
            allows: vec![HouseRule::Children],
        },
        avoid_transport: vec![TransportMode::Bus],
        must_see: vec![],
        avoid_sights: vec![],
        avoid_interests: vec![Interest::Nightlife],
        assumptions: vec![],
        sources: vec![],
        unread: vec![],
    }
}

fn facts() -> Facts {
    let berlin = || terminal("berlin", "Berlin", [52.3667, 13.5033], 45);
    let lisbon = || terminal("lisbon", "Lisbon", [38.7742, -9.1342], 30);
    let london = |minutes| terminal("london", "London", [51.4700, -0.4543], minutes);
    let paris = |minutes| terminal("paris", "Paris", [48.8809, 2.3553], minutes);
    let mut facts = Facts {
        cities: vec![
            city("london", "London", "United Kingdom", gbp(), 895),
            city("paris", "Paris", "France", Currency::EUR, 865),
            city("lisbon", "Lisbon", "Portugal", Currency::EUR, 725),
        ],
        rates: vec![rate(gbp(), 1_292_500_000), rate(Currency::EUR, 1_083_700_000)],
        legs: vec![
            leg("out", [berlin(), lisbon()], 9, [at(10, 0), at(12, 40)], 9_500),
            leg("north", [lisbon(), london(50)], 10, [at(21, 30), at(0, 30)], 7_000),
            leg("tunnel", [london(0), paris(0)], 12, [at(10, 0), at(17, 0)], 60_000),
            leg("home", [paris(20), berlin()], 13, [at(15, 0), at(23, 30)], 12_000),
        ],
        lodgings: vec![
            lodging("l-bed", "lisbon", "Hotel Baixa", [38.7110, -9.1370], 12_000),
            lodging("n-bed", "london", "Soho Rooms", [51.5110, -0.1280], 15_000),
            lodging("p-bed", "paris", "Maison Marais", [48.8560, 2.3500], 18_000),
        ],
        meals: vec![
            meal("l-fish", "lisbon", "Taberna do Chiado", [38.7107, -9.1420], LATER, 2_505),
            meal("l-cafe", "lisbon", "Cafe Rossio", [38.7125, -9.1385], MORNING, 605),
            meal("l-casa", "lisbon", "Casa de Alfama", [38.7115, -9.1300], LATER, 1_800),
            meal("n-cafe", "london", "Covent Cafe", [51.5120, -0.1260], MORNING, 895),
            meal("n-pub", "london", "Tower Pub", [51.5090, -0.0800], LATER, 1_650),
            meal("n-curry", "london", "Soho Spice", [51.5135, -0.1310], LATER, 1_999),
            meal("p-bistro", "paris", "Bistro Rivoli", [48.8570, 2.3530], LATER, 3_200),
            meal("p-cafe", "paris", "Cafe Hôtel de Ville", [48.8550, 2.3480], MORNING, 850),
        ],
        sights: sights(),
        weather: (9..=13).flat_map(|day| ["paris", "lisbon", "london"].map(|city| weather(city, day))).collect(),
    };
    facts.legs[1].arrive_day_offset = 1;
    facts.legs[1].currency = gbp();
    (facts.legs[2].mode, facts.legs[2].seats, facts.legs[2].currency) = (TransportMode::Taxi, 4, gbp());
    facts.legs[3].mode = TransportMode::Train;
    (facts.lodgings[1].occupancy, facts.lodgings[1].min_nights) = (3, 2);
    (facts.lodgings[2].occupancy, facts.lodgings[2].room_type) = (4, RoomType::EntirePlace);
    facts.lodgings[2].forbids = vec![HouseRule::Smoking];
    facts.meals[0].cuisines = vec!["seafood".to_owned()];
    facts.meals[5].cuisines = vec!["North Indian".to_owned()];
    facts
}

fn sights() -> Vec<SightOption> {
    vec![
        sight("castle", "lisbon", "São Jorge Castle", [38.7139, -9.1335], 90, 1_500),
        sight("jeronimos", "lisbon", "Jerónimos Monastery", [38.6979, -9.2068], 90, 1_800),
        sight("tower", "london", "Tower of London", [51.5081, -0.0759], 120, 3_480),
        sight("gallery", "london", "National Gallery", [51.5089, -0.1283], 90, 0),
        sight("chapel", "paris", "Sainte-Chapelle", [48.8530, 2.3499], 60, 1_150),
    ]
}

fn plan(brief: &Brief, facts: &Facts) -> Plan {
    Plan {
        title: "Five days in the west".to_owned(),
        summary: String::new(),
        origin: brief.origin.clone(),
        destination: "Western Europe".to_owned(),
        cities: vec![
            visit(&facts.cities[2], [9, 10], 1),
            // The first night began on the 10th, before the landing at 00:30.
            visit(&facts.cities[0], [11, 12], 2),
            visit(&facts.cities[1], [12, 13], 1),
        ],
        start_date: date(9),
        end_date: date(13),
        travellers: brief.travellers,
        days: days(facts),
        stays: vec![
            stay(&facts.lodgings[0], [9, 10], 3, 39_013),
            stay(&facts.lodgings[1], [10, 12], 2, 77_550),
            stay(&facts.lodgings[2], [12, 13], 2, 39_013),
        ],
        costs: costs(facts),
        assumptions: vec![],
        unread: vec![],
        warnings: vec![],
        narrative: String::new(),
        quality: Quality {
            score: 700,
            parts: vec![PartScore { part: QualityPart::Sights, points: 700 }],
            optimal: false,
            bound: Some(900),
            ended_by: "clock".to_owned(),
            nodes: 1,
        },
    }
}

fn days(facts: &Facts) -> Vec<Day> {
    use MealKind::{Breakfast, Dinner, Lunch};
    let meal = |id, kind, times, cents| meal_item(facts, id, kind, times, cents);
    let see = |id, times, cents| sight_item(facts, id, times, cents);
    let bed = |kind, times| bed_item(facts, kind, times);
    let ride = |id, cents| leg_item(facts, id, cents);
    let way = |city, id, times| transfer_item(facts, city, id, times);
    let day = |number, city, distance_km, items: Vec<Item>| {
        let weather = Some(weather(city, number));
        Day { date: date(number), items, weather, distance_km }
    };
    let first = vec![
        ride("out", 51_476),
        way("lisbon", "out", [at(12, 40), at(13, 10)]),
        bed(check_in("l-bed"), [at(13, 15), at(13, 35)]),
        see("castle", [at(14, 0), at(15, 30)], 8_128),
        meal("l-fish", Dinner, [at(19, 0), at(20, 30)], 13_573),
    ];
    let second = vec![
        meal("l-cafe", Breakfast, [at(8, 0), at(8, 45)], 3_278),
        bed(check_out("l-bed"), [at(9, 0), at(9, 15)]),
        see("jeronimos", [at(10, 0), at(11, 30)], 9_753),
        meal("l-casa", Lunch, [at(12, 30), at(13, 45)], 9_753),
        way("lisbon", "north", [at(19, 0), at(19, 30)]),
        ride("north", 45_238),
    ];
    let third = vec![
        way("london", "north", [at(0, 30), at(1, 20)]),
        bed(check_in("n-bed"), [at(1, 20), at(1, 40)]),
        meal("n-cafe", Breakfast, [at(8, 0), at(8, 45)], 5_784),
        see("tower", [at(10, 0), at(12, 0)], 22_490),
        meal("n-pub", Lunch, [at(12, 30), at(13, 45)], 10_663),
        meal("n-curry", Dinner, [at(19, 0), at(20, 30)], 12_919),
    ];
    let fourth = vec![
        bed(check_out("n-bed"), [at(9, 0), at(9, 15)]),
        ride("tunnel", 155_100),
        bed(check_in("p-bed"), [at(17, 10), at(17, 30)]),
        meal("p-bistro", Dinner, [at(19, 0), at(20, 30)], 17_339),
    ];
    let last = vec![
        meal("p-cafe", Breakfast, [at(8, 0), at(8, 45)], 4_606),
        bed(check_out("p-bed"), [at(9, 15), at(9, 30)]),
        see("chapel", [at(10, 0), at(11, 0)], 6_231),
        way("paris", "home", [at(14, 20), at(14, 40)]),
        ride("home", 65_022),
    ];
    vec![
        day(9, "lisbon", 1.64, first),
        day(10, "lisbon", 17.53, second),
        day(11, "london", 9.8, third),
        day(12, "paris", 0.32, fourth),
        day(13, "paris", 0.91, last),
    ]
}

fn costs(facts: &Facts) -> Costs {
    use CostCategory::{LocalTransport, Lodging, Meals, Sights, Transport};
    let pounds = |line: CostLine| CostLine { local_currency: gbp(), ..line };
    let categories =
        [(Transport, 316_836), (Lodging, 155_576), (Meals, 77_915), (Sights, 46_602), (LocalTransport, 9_712)];
    Costs {
        lines: vec![
            line(Transport, "Leg out", 5, 9_500, 51_476, "out"),
            pounds(line(Transport, "Leg north", 5, 7_000, 45_238, "north")),
            pounds(line(Transport, "Leg tunnel", 2, 60_000, 155_100, "tunnel")),
            line(Transport, "Leg home", 5, 12_000, 65_022, "home"),
            line(Lodging, "Hotel Baixa", 3, 12_000, 39_013, "beds"),
            pounds(line(Lodging, "Soho Rooms", 4, 15_000, 77_550, "beds")),
            line(Lodging, "Maison Marais", 2, 18_000, 39_013, "beds"),
            line(Meals, "Taberna do Chiado", 5, 2_505, 13_573, "meals"),
            line(Meals, "Cafe Rossio", 5, 605, 3_278, "meals"),
            line(Meals, "Casa de Alfama", 5, 1_800, 9_753, "meals"),
            pounds(line(Meals, "Covent Cafe", 5, 895, 5_784, "meals")),
            pounds(line(Meals, "Tower Pub", 5, 1_650, 10_663, "meals")),
            pounds(line(Meals, "Soho Spice", 5, 1_999, 12_919, "meals")),
            line(Meals, "Bistro Rivoli", 5, 3_200, 17_339, "meals"),
            line(Meals, "Cafe Hôtel de Ville", 5, 850, 4_606, "meals"),
            line(Sights, "São Jorge Castle", 5, 1_500, 8_128, "sights"),
            line(Sights, "Jerónimos Monastery", 5, 1_800, 9_753, "sights"),
            pounds(line(Sights, "Tower of London", 5, 3_480, 22_490, "sights")),
            line(Sights, "Sainte-Chapelle", 5, 1_150, 6_231, "sights"),
            line(LocalTransport, "Day tickets in Lisbon", 5, 725, 3_928, "city"),
            pounds(line(LocalTransport, "Day tickets in London", 5, 895, 5_784, "city")),
        ],
        by_category: sums(categories),
        total: usd(606_641),
        budget: usd(700_000),
        left: usd(93_359),
        rates: facts.rates.iter().rev().cloned().collect(),
    }
}
