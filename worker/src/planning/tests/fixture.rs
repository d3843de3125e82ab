//! A city with everything in easy reach, and a brief for two.

use chrono::{NaiveDate, NaiveTime};
use domain::{
    brief::{
        Brief, Destination, Diet, HouseRule, Interest, LodgingKind, LodgingWish, Pace, Place, RoomType, Tier,
        TransportMode, Travellers,
    },
    facts::{
        CityFacts, DayWeather, FactKind, Facts, LegOption, LodgingOption, MealKind, MealOption, Point, Provenance,
        Setting, SightOption, Span, Terminal,
    },
    money::{Currency, ExchangeRate, Money},
};

pub(super) fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, day).expect("the fixture holds it")
}

pub(super) fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("the fixture holds it")
}

fn provenance() -> Provenance {
    Provenance {
        kind: FactKind::Estimate,
        source: "test".to_owned(),
        as_of: "2026".to_owned(),
        fetched_at: chrono::DateTime::UNIX_EPOCH,
    }
}

const HOME: &str = "home";
const CITY: &str = "testville";

fn place(id: &str, name: &str) -> Place {
    Place { id: id.to_owned(), name: name.to_owned() }
}

pub(super) fn brief(days: u32) -> Brief {
    Brief {
        query: "a test".to_owned(),
        origin: place(HOME, "Hometown"),
        destination: Destination::city(place(CITY, "Testville")),
        start_date: date(1),
        end_date: date(days),
        travellers: Travellers { adults: 2, children: 0 },
        budget: Money::new(250_000, Currency::EUR),
        interests: vec![Interest::Art],
        cuisines: vec!["seafood".to_owned()],
        meals_repeat: false,
        diet: Vec::new(),
        pace: Pace::Moderate,
        lodging: LodgingWish::default(),
        avoid_transport: Vec::new(),
        must_see: Vec::new(),
        avoid_sights: Vec::new(),
        avoid_interests: Vec::new(),
        assumptions: Vec::new(),
        sources: Vec::new(),
        unread: Vec::new(),
    }
}

/// A point so many hundreds of metres east and north of the centre.
fn point(east: i32, north: i32) -> Point {
    Point { lat: f64::from(north) * 0.0009, lon: f64::from(east) * 0.0009 }
}

fn terminal(city_id: &str) -> Terminal {
    Terminal {
        city_id: city_id.to_owned(),
        name: format!("{city_id} station"),
        at: if city_id == HOME { point(900, 900) } else { point(80, 10) },
        time_zone: "Europe/Lisbon".to_owned(),
        transfer_minutes: 35,
    }
}

fn leg(id: &str, (from, to): (&str, &str), mode: TransportMode, day: u32, hours: (u32, u32), price: i64) -> LegOption {
    LegOption {
        id: id.to_owned(),
        mode,
        from: terminal(from),
        to: terminal(to),
        date: date(day),
        depart: time(hours.0, 0),
        arrive: time(hours.1, 0),
        arrive_day_offset: 0,
        duration_minutes: (hours.1 - hours.0) * 60,
        stops: 0,
        seats: 1,
        price_cents: price,
        currency: Currency::USD,
        co2_kg: 80,
        provenance: provenance(),
    }
}

fn bed(number: u32, kind: LodgingKind, price_cents: i64) -> LodgingOption {
    LodgingOption {
        id: format!("bed-{number}"),
        city_id: CITY.to_owned(),
        name: format!("Bed {number}"),
        area: "Centre".to_owned(),
        at: point(number as i32 * 6, 3),
        kind,
        room_type: RoomType::PrivateRoom,
        tier: Tier::Mid,
        occupancy: 2,
        price_cents,
        min_nights: 1,
        forbids: vec![HouseRule::Pets],
        rating: Some(4.0),
        provenance: provenance(),
    }
}

fn meal(number: u32) -> MealOption {
    let serves =
        if number.is_multiple_of(3) { vec![MealKind::Breakfast] } else { vec![MealKind::Lunch, MealKind::Dinner] };
    MealOption {
        id: format!("meal-{number}"),
        city_id: CITY.to_owned(),
        name: format!("Table {number}"),
        area: "Centre".to_owned(),
        at: point((number * 7 % 23) as i32, (number * 5 % 19) as i32),
        cuisines: vec![if number % 4 == 1 { "Seafood" } else { "local" }.to_owned()],
        tier: Tier::Mid,
        serves,
        diets: if number.is_multiple_of(2) { vec![Diet::Vegan] } else { Vec::new() },
        price_cents: 1_000 + i64::from(number * 370 % 1_900),
        rating: None,
        provenance: provenance(),
    }
}

fn sight(number: u32) -> SightOption {
    let categories = [Interest::Art, Interest::History, Interest::Religion, Interest::Park];
    let category = categories[number as usize % categories.len()];
    let open = Span { from_minute: 9 * 60, until_minute: 18 * 60 };
    let closed = number as usize % 7;
    SightOption {
        id: format!("sight-{number}"),
        city_id: CITY.to_owned(),
        name: format!("Sight {number}"),
        category,
        interests: vec![category],
        at: point((number * 11 % 37) as i32, (number * 13 % 29) as i32),
        setting: if category == Interest::Park { Setting::Outdoor } else { Setting::Indoor },
        visit_minutes: 60 + number % 4 * 30,
        hours: std::array::from_fn(|day| if day == closed { Vec::new() } else { vec![open] }),
        price_cents: if number.is_multiple_of(2) { 0 } else { 1_250 },
        fame: 1 + number % 5,
        provenance: provenance(),
    }
}

pub(super) fn facts(days: u32) -> Facts {
    let (out, back) = ((HOME, CITY), (CITY, HOME));
    let weather = |day: u32| DayWeather {
        city_id: CITY.to_owned(),
        date: date(day),
        high_c: 24,
        low_c: 15,
        rain_percent: 20,
        provenance: provenance(),
    };
    Facts {
        cities: vec![CityFacts {
            place: place(CITY, "Testville"),
            country: "Testland".to_owned(),
            at: point(0, 0),
            time_zone: "Europe/Lisbon".to_owned(),
            currency: Currency::USD,
            transit_day_ticket_cents: 733,
            provenance: provenance(),
        }],
        rates: vec![ExchangeRate {
            from: Currency::USD,
            to: Currency::EUR,
            rate_nanos: 913_270_000,
            as_of: "2026".to_owned(),
            source: "test".to_owned(),
        }],
        legs: vec![
            leg("out-flight", out, TransportMode::Flight, 1, (8, 11), 11_000),
            leg("out-train", out, TransportMode::Train, 1, (7, 13), 7_000),
            leg("back-flight", back, TransportMode::Flight, days, (20, 23), 12_000),
            leg("back-train", back, TransportMode::Train, days, (16, 22), 7_500),
        ],
        lodgings: vec![
            bed(0, LodgingKind::Hotel, 11_000),
            bed(1, LodgingKind::Guesthouse, 7_700),
            bed(2, LodgingKind::Apartment, 9_300),
        ],
        meals: (0..14).map(meal).collect(),
        sights: (0..20).map(sight).collect(),
        weather: (1..=days).map(weather).collect(),
    }
}
