//! Three days in Lisbon for two, from Berlin, paid in dollars. Written by hand: times, sums and distances were computed
//! outside of this crate.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{
    brief::{
        Assumption, Brief, Diet, Interest, LodgingKind, LodgingWish, Pace, Place, RoomType, Tier, TransportMode,
        Travellers,
    },
    facts::{
        CityFacts, DayWeather, Direction, FactKind, Facts, LegOption, LodgingOption, MealKind, MealOption, Point,
        Provenance, Setting, SightOption, Span,
    },
    money::{Currency, ExchangeRate, Money},
    plan::{CategoryCost, CostCategory, CostLine, Costs, Day, Item, ItemKind, Plan, Quality, Stay},
};

/// The three things that the verifier reads, and the two that it reads them against.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) brief: Brief,
    pub(super) facts: Facts,
    pub(super) plan: Plan,
}

impl Case {
    pub(super) fn verify(&self) -> Vec<crate::Violation> {
        crate::verify(&self.brief, &self.facts, &self.plan)
    }

    /// Item `item` of day `day`, both counted from 1.
    pub(super) fn item(&mut self, day: usize, item: usize) -> &mut Item {
        &mut self.plan.days[day - 1].items[item - 1]
    }

    /// The line on the bill with this title.
    pub(super) fn line(&mut self, title: &str) -> &mut CostLine {
        self.plan.costs.lines.iter_mut().find(|line| line.title == title).expect("the title is on the bill")
    }

    pub(super) fn remove_line(&mut self, title: &str) {
        let position = self.plan.costs.lines.iter().position(|line| line.title == title);
        self.plan.costs.lines.remove(position.expect("the title is on the bill"));
    }

    pub(super) fn sight(&mut self, id: &str) -> &mut SightOption {
        self.facts.sights.iter_mut().find(|sight| sight.id == id).expect("the sight is known")
    }

    pub(super) fn meal(&mut self, id: &str) -> &mut MealOption {
        self.facts.meals.iter_mut().find(|meal| meal.id == id).expect("the meal is known")
    }

    pub(super) fn stay(&mut self) -> &mut Stay {
        self.plan.stay.as_mut().expect("the plan has a stay")
    }

    /// Sets all sums from the lines, for mutations that are not about sums.
    pub(super) fn sum_up(&mut self) {
        let costs = &mut self.plan.costs;
        costs.by_category.clear();
        for category in CostCategory::ALL {
            let lines = costs.lines.iter().filter(|line| line.category == *category);
            let sum = lines.map(|line| line.cost.amount_cents).sum();
            costs.by_category.push(CategoryCost { category: *category, cost: usd(sum) });
        }
        costs.total = usd(costs.lines.iter().map(|line| line.cost.amount_cents).sum());
        costs.budget = self.brief.budget;
        costs.left = usd(self.brief.budget.amount_cents - costs.total.amount_cents);
    }
}

pub(super) fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 5, day).expect("a day of May")
}

pub(super) fn at(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time of day")
}

pub(super) fn usd(amount_cents: i64) -> Money {
    Money::new(amount_cents, Currency::USD)
}

pub(super) fn provenance(source: &str) -> Provenance {
    Provenance {
        kind: FactKind::Dataset,
        source: source.to_owned(),
        as_of: "2025".to_owned(),
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

pub(super) fn valid() -> Case {
    Case { brief: brief(), facts: facts(), plan: plan() }
}

fn place(id: &str, name: &str) -> Place {
    Place { id: id.to_owned(), name: name.to_owned() }
}

fn brief() -> Brief {
    Brief {
        query: "a weekend in Lisbon for two".to_owned(),
        origin: place("berlin", "Berlin"),
        destination: place("lisbon", "Lisbon"),
        start_date: date(9), // a Friday
        end_date: date(11),
        travellers: Travellers { adults: 2, children: 0 },
        budget: usd(180_000),
        interests: vec![Interest::History],
        cuisines: vec!["seafood".to_owned()],
        diet: vec![Diet::Vegetarian],
        pace: Pace::Moderate,
        lodging: LodgingWish {
            kind: Some(LodgingKind::Hotel),
            room_type: Some(RoomType::PrivateRoom),
            tier: Some(Tier::Mid),
        },
        avoid_transport: vec![TransportMode::Car],
        must_see: vec!["jeronimos".to_owned()],
        avoid_sights: vec!["tram".to_owned()],
        avoid_interests: vec![Interest::Nightlife],
        assumptions: vec![Assumption { field: "origin".to_owned(), text: "From Berlin, as last time".to_owned() }],
        unread: vec!["something nice".to_owned()],
    }
}

fn facts() -> Facts {
    Facts {
        city: CityFacts {
            place: place("lisbon", "Lisbon"),
            country: "Portugal".to_owned(),
            at: Point { lat: 38.7139, lon: -9.1394 },
            time_zone: "Europe/Lisbon".to_owned(),
            currency: Currency::EUR,
            transit_day_ticket_cents: 725,
            provenance: provenance("city"),
        },
        rate: rate(),
        legs: vec![
            leg("out", Direction::Outbound, 9, [at(6, 30), at(9, 15)], 9_500),
            leg("back", Direction::Return, 11, [at(17, 0), at(21, 40)], 11_000),
            leg("early", Direction::Return, 11, [at(6, 0), at(10, 40)], 11_000),
        ],
        lodgings: vec![lodging("bed", "Hotel Baixa"), lodging("other-bed", "Hotel Alfama")],
        meals: vec![
            meal("cafe", "Cafe Rossio", [38.7125, -9.1385], &[MealKind::Breakfast], 605),
            meal("alfama", "Casa de Alfama", [38.7115, -9.1300], &[MealKind::Lunch, MealKind::Dinner], 1_800),
            meal("chiado", "Taberna do Chiado", [38.7107, -9.1420], &[MealKind::Lunch, MealKind::Dinner], 2_505),
            meal("belem", "Cantina de Belém", [38.6970, -9.2030], &[MealKind::Lunch, MealKind::Dinner], 1_600),
        ],
        sights: vec![
            sight("castle", "São Jorge Castle", [38.7139, -9.1335], 90, 1_500),
            sight("carmo", "Carmo Convent", [38.7120, -9.1406], 60, 700),
            sight("jeronimos", "Jerónimos Monastery", [38.6979, -9.2068], 90, 1_800),
            sight("tower", "Belém Tower", [38.6916, -9.2160], 60, 800),
            sight("cathedral", "Lisbon Cathedral", [38.7098, -9.1326], 60, 0),
            sight("tiles", "National Tile Museum", [38.7249, -9.1138], 120, 1_000),
            sight("tram", "Tram 28", [38.7139, -9.1300], 45, 300),
        ],
        weather: vec![weather(9), weather(10), weather(11)],
    }
}

fn rate() -> ExchangeRate {
    ExchangeRate {
        from: Currency::EUR,
        to: Currency::USD,
        rate_nanos: 1_083_700_000,
        as_of: "2025-04-01".to_owned(),
        source: "table".to_owned(),
    }
}

fn leg(id: &str, direction: Direction, day: u32, [depart, arrive]: [NaiveTime; 2], price_cents: i64) -> LegOption {
    LegOption {
        id: id.to_owned(),
        direction,
        mode: TransportMode::Flight,
        from: "Berlin (BER)".to_owned(),
        to: "Lisbon (LIS)".to_owned(),
        at: Point { lat: 38.7742, lon: -9.1342 },
        date: date(day),
        depart,
        arrive,
        arrive_day_offset: 0,
        duration_minutes: 225,
        transfer_minutes: 40,
        price_cents,
        co2_kg: 200,
        provenance: provenance(id),
    }
}

fn lodging(id: &str, name: &str) -> LodgingOption {
    LodgingOption {
        id: id.to_owned(),
        name: name.to_owned(),
        area: "Baixa".to_owned(),
        at: Point { lat: 38.7110, lon: -9.1370 },
        kind: LodgingKind::Hotel,
        room_type: RoomType::PrivateRoom,
        tier: Tier::Mid,
        occupancy: 2,
        price_cents: 12_000,
        provenance: provenance("beds"),
    }
}

fn meal(id: &str, name: &str, [lat, lon]: [f64; 2], serves: &[MealKind], price_cents: i64) -> MealOption {
    MealOption {
        id: id.to_owned(),
        name: name.to_owned(),
        area: "Lisbon".to_owned(),
        at: Point { lat, lon },
        cuisine: "portuguese".to_owned(),
        tier: Tier::Mid,
        serves: serves.to_vec(),
        diets: vec![Diet::Vegetarian, Diet::Pescatarian],
        price_cents,
        provenance: provenance("meals"),
    }
}

/// Open from 09:30 to 18:00 on every day.
fn sight(id: &str, name: &str, [lat, lon]: [f64; 2], visit_minutes: u32, price_cents: i64) -> SightOption {
    let open = vec![Span { from_minute: 570, until_minute: 1080 }];
    SightOption {
        id: id.to_owned(),
        name: name.to_owned(),
        category: Interest::History,
        interests: vec![Interest::Architecture],
        at: Point { lat, lon },
        setting: Setting::Indoor,
        visit_minutes,
        hours: std::array::from_fn(|_| open.clone()),
        price_cents,
        fame: 4,
        provenance: provenance("sights"),
    }
}

fn weather(day: u32) -> DayWeather {
    DayWeather { date: date(day), high_c: 22, low_c: 14, rain_percent: 20, provenance: provenance("climate") }
}

fn plan() -> Plan {
    Plan {
        title: "Three days in Lisbon".to_owned(),
        summary: String::new(),
        origin: place("berlin", "Berlin"),
        destination: place("lisbon", "Lisbon"),
        country: "Portugal".to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        start_date: date(9),
        end_date: date(11),
        travellers: Travellers { adults: 2, children: 0 },
        days: vec![first_day(), second_day(), last_day()],
        stay: Some(Stay {
            lodging_id: "bed".to_owned(),
            name: "Hotel Baixa".to_owned(),
            area: "Baixa".to_owned(),
            check_in: date(9),
            check_out: date(11),
            rooms: 1,
            nights: 2,
            cost: usd(26_009),
            provenance: provenance("beds"),
        }),
        costs: costs(),
        assumptions: brief().assumptions,
        unread: brief().unread,
        warnings: vec![],
        narrative: String::new(),
        quality: Quality { score: 1, optimal: true, ended_by: "proven".to_owned(), nodes: 1 },
    }
}

fn first_day() -> Day {
    let items = vec![
        leg_item("out", Direction::Outbound, [at(6, 30), at(9, 15)], 20_590),
        transfer_item("out", [at(9, 15), at(9, 55)]),
        sight_item("castle", [at(10, 15), at(11, 45)], 3_251),
        meal_item("alfama", MealKind::Lunch, [at(12, 15), at(13, 30)], 3_901),
        bed_item(ItemKind::CheckIn { lodging_id: "bed".to_owned() }, [at(14, 0), at(14, 20)]),
        sight_item("carmo", [at(15, 0), at(16, 0)], 1_517),
        meal_item("chiado", MealKind::Dinner, [at(19, 0), at(20, 30)], 5_429),
    ];
    Day { date: date(9), items, weather: Some(weather(9)), distance_km: 1.99 }
}

fn second_day() -> Day {
    let items = vec![
        meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311),
        sight_item("jeronimos", [at(10, 0), at(11, 30)], 3_901),
        meal_item("belem", MealKind::Lunch, [at(12, 0), at(13, 15)], 3_468),
        sight_item("tower", [at(14, 0), at(15, 0)], 1_734),
        meal_item("alfama", MealKind::Dinner, [at(19, 0), at(20, 30)], 3_901),
    ];
    Day { date: date(10), items, weather: Some(weather(10)), distance_km: 20.5 }
}

fn last_day() -> Day {
    let items = vec![
        meal_item("cafe", MealKind::Breakfast, [at(8, 0), at(8, 45)], 1_311),
        bed_item(ItemKind::CheckOut { lodging_id: "bed".to_owned() }, [at(9, 15), at(9, 30)]),
        sight_item("cathedral", [at(10, 0), at(11, 0)], 0),
        meal_item("chiado", MealKind::Lunch, [at(12, 0), at(13, 15)], 5_429),
        transfer_item("back", [at(14, 20), at(15, 0)]),
        leg_item("back", Direction::Return, [at(17, 0), at(21, 40)], 23_841),
    ];
    Day { date: date(11), items, weather: Some(weather(11)), distance_km: 2.14 }
}

fn item(kind: ItemKind, title: &str, [start, end]: [NaiveTime; 2], cost_cents: i64, source: &str) -> Item {
    Item {
        kind,
        title: title.to_owned(),
        start,
        end,
        end_day_offset: 0,
        at: None,
        cost: usd(cost_cents),
        note: None,
        provenance: provenance(source),
    }
}

fn leg_item(id: &str, direction: Direction, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    let kind = ItemKind::Leg { leg_id: id.to_owned(), direction, mode: TransportMode::Flight };
    item(kind, &format!("Flight {id}"), times, cost_cents, id)
}

pub(super) fn transfer_item(leg_id: &str, times: [NaiveTime; 2]) -> Item {
    item(ItemKind::Transfer, "Transfer", times, 0, leg_id)
}

pub(super) fn bed_item(kind: ItemKind, times: [NaiveTime; 2]) -> Item {
    Item { at: Some(Point { lat: 38.7110, lon: -9.1370 }), ..item(kind, "Hotel Baixa", times, 0, "beds") }
}

pub(super) fn sight_item(id: &str, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    let facts = facts();
    let sight = facts.sights.iter().find(|sight| sight.id == id).expect("the sight is known");
    let kind = ItemKind::Sight { sight_id: id.to_owned() };
    Item { at: Some(sight.at), ..item(kind, &sight.name, times, cost_cents, "sights") }
}

pub(super) fn meal_item(id: &str, kind: MealKind, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    let facts = facts();
    let meal = facts.meals.iter().find(|meal| meal.id == id).expect("the meal is known");
    let kind = ItemKind::Meal { meal_id: id.to_owned(), meal: kind };
    Item { at: Some(meal.at), ..item(kind, &meal.name, times, cost_cents, "meals") }
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
        by_category: sums.map(|(category, cents)| CategoryCost { category, cost: usd(cents) }).to_vec(),
        total: usd(107_164),
        budget: usd(180_000),
        left: usd(72_836),
        local_currency: Currency::EUR,
        rate: rate(),
    }
}

pub(super) fn line(
    category: CostCategory,
    title: &str,
    quantity: u32,
    unit_local_cents: i64,
    cost_cents: i64,
    source: &str,
) -> CostLine {
    let (title, cost) = (title.to_owned(), usd(cost_cents));
    CostLine { category, title, quantity, unit_local_cents, cost, provenance: provenance(source) }
}
