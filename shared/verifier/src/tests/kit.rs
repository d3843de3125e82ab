//! What both hand-made plans are built with.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{
    brief::{Brief, Diet, Interest, LodgingKind, Place, RoomType, Tier, TransportMode},
    facts::{
        CityFacts, DayWeather, FactKind, Facts, LegOption, LodgingOption, MealKind, MealOption, Point, Provenance,
        Setting, SightOption, Span, Terminal,
    },
    money::{Currency, ExchangeRate, Money},
    plan::{CategoryCost, CityVisit, CostCategory, CostLine, Item, ItemKind, Plan, Stay},
};

/// The three things that the verifier reads: a plan, and the two that it is read against.
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

    pub(super) fn city(&mut self, id: &str) -> &mut CityFacts {
        self.facts.cities.iter_mut().find(|city| city.place.id == id).expect("the city is known")
    }

    pub(super) fn leg(&mut self, id: &str) -> &mut LegOption {
        self.facts.legs.iter_mut().find(|leg| leg.id == id).expect("the leg is known")
    }

    pub(super) fn lodging(&mut self, id: &str) -> &mut LodgingOption {
        self.facts.lodgings.iter_mut().find(|lodging| lodging.id == id).expect("the bed is known")
    }

    pub(super) fn sight(&mut self, id: &str) -> &mut SightOption {
        self.facts.sights.iter_mut().find(|sight| sight.id == id).expect("the sight is known")
    }

    pub(super) fn meal(&mut self, id: &str) -> &mut MealOption {
        self.facts.meals.iter_mut().find(|meal| meal.id == id).expect("the meal is known")
    }

    /// The stay of the first city.
    pub(super) fn stay(&mut self) -> &mut Stay {
        self.plan.stays.first_mut().expect("the plan has a stay")
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

pub(super) fn gbp() -> Currency {
    "GBP".parse().expect("a known currency")
}

pub(super) fn provenance(source: &str) -> Provenance {
    Provenance {
        kind: FactKind::Dataset,
        source: source.to_owned(),
        as_of: "2025".to_owned(),
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

pub(super) fn place(id: &str, name: &str) -> Place {
    Place { id: id.to_owned(), name: name.to_owned() }
}

pub(super) fn rate(from: Currency, rate_nanos: i64) -> ExchangeRate {
    let (as_of, source) = ("2025-04-01".to_owned(), "table".to_owned());
    ExchangeRate { from, to: Currency::USD, rate_nanos, as_of, source }
}

pub(super) fn city(id: &str, name: &str, country: &str, currency: Currency, ticket_cents: i64) -> CityFacts {
    CityFacts {
        place: place(id, name),
        country: country.to_owned(),
        at: Point { lat: 38.7139, lon: -9.1394 },
        time_zone: format!("Europe/{name}"),
        currency,
        transit_day_ticket_cents: ticket_cents,
        provenance: provenance("city"),
    }
}

/// The airport of a city.
pub(super) fn terminal(city_id: &str, name: &str, [lat, lon]: [f64; 2], transfer_minutes: u32) -> Terminal {
    Terminal {
        city_id: city_id.to_owned(),
        name: format!("{name} (airport)"),
        at: Point { lat, lon },
        time_zone: format!("Europe/{name}"),
        transfer_minutes,
    }
}

/// A flight on a day of May, for euros.
pub(super) fn leg(
    id: &str,
    [from, to]: [Terminal; 2],
    day: u32,
    [depart, arrive]: [NaiveTime; 2],
    price_cents: i64,
) -> LegOption {
    LegOption {
        id: id.to_owned(),
        mode: TransportMode::Flight,
        from,
        to,
        date: date(day),
        depart,
        arrive,
        arrive_day_offset: 0,
        duration_minutes: 225,
        stops: 0,
        seats: 1,
        price_cents,
        currency: Currency::EUR,
        co2_kg: 200,
        provenance: provenance(id),
    }
}

pub(super) fn lodging(id: &str, city_id: &str, name: &str, [lat, lon]: [f64; 2], price_cents: i64) -> LodgingOption {
    LodgingOption {
        id: id.to_owned(),
        city_id: city_id.to_owned(),
        name: name.to_owned(),
        area: "Centre".to_owned(),
        at: Point { lat, lon },
        kind: LodgingKind::Hotel,
        room_type: RoomType::PrivateRoom,
        tier: Tier::Mid,
        occupancy: 2,
        price_cents,
        min_nights: 1,
        forbids: vec![],
        rating: Some(4.5),
        provenance: provenance("beds"),
    }
}

/// What houses serve: breakfast, or the two other meals.
pub(super) const MORNING: &[MealKind] = &[MealKind::Breakfast];
pub(super) const LATER: &[MealKind] = &[MealKind::Lunch, MealKind::Dinner];

pub(super) fn meal(
    id: &str,
    city_id: &str,
    name: &str,
    [lat, lon]: [f64; 2],
    serves: &[MealKind],
    price_cents: i64,
) -> MealOption {
    MealOption {
        id: id.to_owned(),
        city_id: city_id.to_owned(),
        name: name.to_owned(),
        area: "Centre".to_owned(),
        at: Point { lat, lon },
        cuisines: vec![],
        tier: Tier::Mid,
        serves: serves.to_vec(),
        diets: vec![Diet::Vegetarian, Diet::Pescatarian],
        price_cents,
        rating: None,
        provenance: provenance("meals"),
    }
}

/// Open from 09:30 to 18:00 on every day.
pub(super) fn sight(
    id: &str,
    city_id: &str,
    name: &str,
    [lat, lon]: [f64; 2],
    visit_minutes: u32,
    price_cents: i64,
) -> SightOption {
    let open = vec![Span { from_minute: 570, until_minute: 1080 }];
    SightOption {
        id: id.to_owned(),
        city_id: city_id.to_owned(),
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

pub(super) fn weather(city_id: &str, day: u32) -> DayWeather {
    let (city_id, provenance) = (city_id.to_owned(), provenance("climate"));
    DayWeather { city_id, date: date(day), high_c: 22, low_c: 14, rain_percent: 20, provenance }
}

pub(super) fn visit(city: &CityFacts, [arrive, leave]: [u32; 2], nights: u32) -> CityVisit {
    CityVisit {
        place: city.place.clone(),
        country: city.country.clone(),
        time_zone: city.time_zone.clone(),
        arrive: date(arrive),
        leave: date(leave),
        nights,
    }
}

pub(super) fn stay(bed: &LodgingOption, [check_in, check_out]: [u32; 2], rooms: u32, cost_cents: i64) -> Stay {
    Stay {
        city_id: bed.city_id.clone(),
        lodging_id: bed.id.clone(),
        name: bed.name.clone(),
        area: bed.area.clone(),
        check_in: date(check_in),
        check_out: date(check_out),
        rooms,
        nights: check_out - check_in,
        cost: usd(cost_cents),
        provenance: bed.provenance.clone(),
    }
}

fn item(facts: &Facts, city_id: &str, kind: ItemKind, title: &str, [start, end]: [NaiveTime; 2]) -> Item {
    let zone = &facts.city(city_id).expect("the city is known").time_zone;
    Item {
        kind,
        title: title.to_owned(),
        city_id: Some(city_id.to_owned()),
        start,
        end,
        start_zone: zone.clone(),
        end_zone: zone.clone(),
        end_day_offset: 0,
        at: None,
        to: None,
        cost: usd(0),
        note: None,
        provenance: provenance("city"),
    }
}

pub(super) fn leg_item(facts: &Facts, id: &str, cost_cents: i64) -> Item {
    let leg = facts.legs.iter().find(|leg| leg.id == id).expect("the leg is known");
    Item {
        kind: ItemKind::Leg { leg_id: id.to_owned(), mode: leg.mode },
        title: format!("Leg {id}"),
        city_id: None,
        start: leg.depart,
        end: leg.arrive,
        start_zone: leg.from.time_zone.clone(),
        end_zone: leg.to.time_zone.clone(),
        end_day_offset: leg.arrive_day_offset,
        at: Some(leg.from.at),
        to: Some(leg.to.at),
        cost: usd(cost_cents),
        note: None,
        provenance: leg.provenance.clone(),
    }
}

pub(super) fn transfer_item(facts: &Facts, city_id: &str, leg_id: &str, times: [NaiveTime; 2]) -> Item {
    Item { provenance: provenance(leg_id), ..item(facts, city_id, ItemKind::Transfer, "Transfer", times) }
}

/// A check-in or a check-out.
pub(super) fn bed_item(facts: &Facts, kind: ItemKind, times: [NaiveTime; 2]) -> Item {
    let (ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id }) = &kind else { panic!("a bed") };
    let bed = facts.lodgings.iter().find(|bed| bed.id == *lodging_id).expect("the bed is known");
    let (city_id, at, provenance) = (&bed.city_id, Some(bed.at), bed.provenance.clone());
    Item { at, provenance, ..item(facts, city_id, kind.clone(), &bed.name, times) }
}

pub(super) fn check_in(lodging_id: &str) -> ItemKind {
    ItemKind::CheckIn { lodging_id: lodging_id.to_owned() }
}

pub(super) fn check_out(lodging_id: &str) -> ItemKind {
    ItemKind::CheckOut { lodging_id: lodging_id.to_owned() }
}

pub(super) fn sight_item(facts: &Facts, id: &str, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    let sight = facts.sights.iter().find(|sight| sight.id == id).expect("the sight is known");
    let kind = ItemKind::Sight { sight_id: id.to_owned() };
    let (at, cost, provenance) = (Some(sight.at), usd(cost_cents), sight.provenance.clone());
    Item { at, cost, provenance, ..item(facts, &sight.city_id, kind, &sight.name, times) }
}

pub(super) fn meal_item(facts: &Facts, id: &str, kind: MealKind, times: [NaiveTime; 2], cost_cents: i64) -> Item {
    let meal = facts.meals.iter().find(|meal| meal.id == id).expect("the meal is known");
    let kind = ItemKind::Meal { meal_id: id.to_owned(), meal: kind };
    let (at, cost, provenance) = (Some(meal.at), usd(cost_cents), meal.provenance.clone());
    Item { at, cost, provenance, ..item(facts, &meal.city_id, kind, &meal.name, times) }
}

/// A line in euros.
pub(super) fn line(
    category: CostCategory,
    title: &str,
    quantity: u32,
    unit_local_cents: i64,
    cost_cents: i64,
    source: &str,
) -> CostLine {
    let (title, cost) = (title.to_owned(), usd(cost_cents));
    let (local_currency, provenance) = (Currency::EUR, provenance(source));
    CostLine { category, title, quantity, unit_local_cents, local_currency, cost, provenance }
}

pub(super) fn sums(sums: [(CostCategory, i64); 5]) -> Vec<CategoryCost> {
    sums.map(|(category, cents)| CategoryCost { category, cost: usd(cents) }).to_vec()
}
