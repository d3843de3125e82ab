//! Plans to write: a trip through two cities, one over the date line, and any other.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use domain::{
    JobId,
    brief::{Assumption, Place, TransportMode, Travellers},
    facts::{FactKind, MealKind, Point, Provenance},
    money::{Currency, ExchangeRate, Money},
    plan::{
        CategoryCost, CityVisit, CostCategory, CostLine, Costs, Day, Item, ItemKind, PartScore, Plan, Quality,
        QualityPart, Stay,
    },
};
use export::{Format, Meta, render};
use proptest::prelude::*;

pub(crate) const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Dublin",
    "America/New_York",
    "Africa/Casablanca",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
];

pub(crate) fn meta() -> Meta {
    Meta {
        job_id: "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e".parse::<JobId>().unwrap(),
        finished_at: Utc.with_ymd_and_hms(2026, 11, 21, 6, 30, 15).unwrap(),
    }
}

/// The file's text.
pub(crate) fn written(plan: &Plan, format: Format) -> String {
    render(plan, format, meta()).unwrap().body
}

pub(crate) fn day(date: &str) -> NaiveDate {
    date.parse().unwrap()
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

fn provenance(kind: FactKind, source: &str) -> Provenance {
    let fetched_at: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
    Provenance { kind, source: source.to_owned(), as_of: "2025".to_owned(), fetched_at }
}

fn eur(amount_cents: i64) -> Money {
    Money::new(amount_cents, Currency::EUR)
}

fn place(id: &str, name: &str) -> Place {
    Place { id: id.to_owned(), name: name.to_owned() }
}

pub(crate) fn item(kind: ItemKind, title: &str, city: Option<&str>, zone: &str, (start, end): (&str, &str)) -> Item {
    Item {
        kind,
        title: title.to_owned(),
        city_id: city.map(str::to_owned),
        start: time(start),
        end: time(end),
        start_zone: zone.to_owned(),
        end_zone: zone.to_owned(),
        end_day_offset: 0,
        at: None,
        to: None,
        cost: eur(0),
        note: None,
        provenance: provenance(FactKind::Dataset, "gazetteer"),
    }
}

fn leg(id: &str, title: &str, zones: (&str, &str), times: (&str, &str), points: (Point, Point)) -> Item {
    Item {
        end_zone: zones.1.to_owned(),
        at: Some(points.0),
        to: Some(points.1),
        cost: eur(31_200),
        note: Some("1 stop, about 150 kg CO2e for each traveller".to_owned()),
        provenance: provenance(FactKind::Estimate, "fare-model"),
        ..item(ItemKind::Leg { leg_id: id.to_owned(), mode: TransportMode::Flight }, title, None, zones.0, times)
    }
}

const BERLIN: Point = Point { lat: 52.3667, lon: 13.5033 };
const PARIS: Point = Point { lat: 49.0097, lon: 2.5479 };
const ROME: Point = Point { lat: 41.8003, lon: 12.2389 };
const LOUVRE: Point = Point { lat: 48.860_611_111, lon: 2.3376 };
const HOTEL: Point = Point { lat: 48.85, lon: 2.35 };
const AUCKLAND: Point = Point { lat: -37.008, lon: 174.785 };
const HONOLULU: Point = Point { lat: 21.3187, lon: -157.9225 };

fn whole_day(date: &str, items: Vec<Item>) -> Day {
    Day { date: day(date), items, weather: None, distance_km: 4.5 }
}

fn visit(id: &str, name: &str, country: &str, zone: &str, dates: (&str, &str)) -> CityVisit {
    let (arrive, leave) = (day(dates.0), day(dates.1));
    let nights = u32::try_from((leave - arrive).num_days()).unwrap();
    CityVisit { place: place(id, name), country: country.to_owned(), time_zone: zone.to_owned(), arrive, leave, nights }
}

fn plan(title: &str, cities: Vec<CityVisit>, days: Vec<Day>) -> Plan {
    let costs = Costs {
        lines: vec![CostLine {
            category: CostCategory::Transport,
            title: "Flight from Berlin (BER) to Paris (CDG)".to_owned(),
            quantity: 2,
            unit_local_cents: 15_600,
            local_currency: Currency::EUR,
            cost: eur(31_200),
            provenance: provenance(FactKind::Estimate, "fare-model"),
        }],
        by_category: vec![CategoryCost { category: CostCategory::Transport, cost: eur(31_200) }],
        total: eur(31_200),
        budget: eur(180_000),
        left: eur(148_800),
        rates: vec![ExchangeRate {
            from: Currency::USD,
            to: Currency::EUR,
            rate_nanos: 921_400_000,
            as_of: "2025-06-30".to_owned(),
            source: "rates".to_owned(),
        }],
    };
    Plan {
        title: title.to_owned(),
        summary: "A trip.".to_owned(),
        origin: place("berlin", "Berlin"),
        destination: "Paris and Rome".to_owned(),
        start_date: days.first().map_or(day("2027-05-03"), |day| day.date),
        end_date: days.last().map_or(day("2027-05-03"), |day| day.date),
        cities,
        travellers: Travellers { adults: 2, children: 0 },
        days,
        stays: vec![Stay {
            city_id: "paris".to_owned(),
            lodging_id: "paris/bed".to_owned(),
            name: "Hôtel du Nord".to_owned(),
            area: "Canal".to_owned(),
            check_in: day("2027-05-03"),
            check_out: day("2027-05-05"),
            rooms: 1,
            nights: 2,
            cost: eur(24_000),
            provenance: provenance(FactKind::Dataset, "gazetteer"),
        }],
        costs,
        assumptions: vec![Assumption { field: "pace".to_owned(), text: "Moderate pace".to_owned() }],
        unread: vec!["with a unicorn".to_owned()],
        warnings: vec!["Museums close on Mondays".to_owned()],
        narrative: "By flight to Paris.".to_owned(),
        quality: Quality {
            score: 120,
            parts: vec![PartScore { part: QualityPart::Sights, points: 120 }],
            optimal: true,
            bound: Some(120),
            ended_by: "proven".to_owned(),
            nodes: 42,
        },
    }
}

/// Berlin, Paris, Rome, Berlin, with a flight by night.
pub(crate) fn two_cities() -> Plan {
    let (paris, rome, zone) = (Some("paris"), Some("rome"), "Europe/Paris");
    let bed = || "paris/bed".to_owned();
    let meal = |meal| ItemKind::Meal { meal_id: "paris/cafe".to_owned(), meal };
    let at = |point: Point, item: Item| Item { at: Some(point), ..item };
    let first = vec![
        leg(
            "ber-par",
            "Flight from Berlin (BER) to Paris (CDG)",
            ("Europe/Berlin", zone),
            ("09:15", "11:00"),
            (BERLIN, PARIS),
        ),
        item(ItemKind::Transfer, "From Paris (CDG) into the city", paris, zone, ("11:00", "12:00")),
        at(
            HOTEL,
            item(ItemKind::CheckIn { lodging_id: bed() }, "Check-in at Hôtel du Nord", paris, zone, ("12:00", "12:20")),
        ),
        at(
            LOUVRE,
            item(
                ItemKind::Sight { sight_id: "louvre".to_owned() },
                "Louvre, the; \"all\" of it",
                paris,
                zone,
                ("13:00", "16:00"),
            ),
        ),
        at(HOTEL, item(meal(MealKind::Dinner), "Dinner at Café Ü", paris, zone, ("19:00", "20:30"))),
    ];
    let second = vec![
        at(HOTEL, item(meal(MealKind::Breakfast), "Breakfast at Café Ü", paris, zone, ("08:00", "08:45"))),
        at(
            HOTEL,
            item(
                ItemKind::CheckOut { lodging_id: bed() },
                "Check-out from Hôtel du Nord",
                paris,
                zone,
                ("09:00", "09:15"),
            ),
        ),
        Item {
            end_day_offset: 1,
            ..leg(
                "par-rom",
                "Flight from Paris (CDG) to Rome (FCO)",
                (zone, "Europe/Rome"),
                ("23:10", "01:05"),
                (PARIS, ROME),
            )
        },
    ];
    let third = vec![
        item(ItemKind::Transfer, "From Rome (FCO) into the city", rome, "Europe/Rome", ("01:05", "02:00")),
        leg(
            "rom-ber",
            "Flight from Rome (FCO) to Berlin (BER)",
            ("Europe/Rome", "Europe/Berlin"),
            ("18:00", "20:10"),
            (ROME, BERLIN),
        ),
    ];
    plan(
        "3 days in Paris and Rome",
        vec![
            visit("paris", "Paris", "France", zone, ("2027-05-03", "2027-05-04")),
            visit("rome", "Rome", "Italy", "Europe/Rome", ("2027-05-05", "2027-05-05")),
        ],
        vec![whole_day("2027-05-03", first), whole_day("2027-05-04", second), whole_day("2027-05-05", third)],
    )
}

/// Out over the date line to the day before, and back over it.
pub(crate) fn over_the_date_line() -> Plan {
    let (city, here, there) = (Some("honolulu"), "Pacific/Auckland", "Pacific/Honolulu");
    let first = vec![
        Item {
            end_day_offset: -1,
            ..leg(
                "akl-hnl",
                "Flight from Auckland to Honolulu",
                (here, there),
                ("02:00", "12:00"),
                (AUCKLAND, HONOLULU),
            )
        },
        item(ItemKind::Transfer, "Into the city", city, there, ("12:00", "12:40")),
        item(ItemKind::Sight { sight_id: "beach".to_owned() }, "Beach", city, there, ("14:00", "18:00")),
        item(ItemKind::Sight { sight_id: "museum".to_owned() }, "Museum", city, there, ("09:00", "11:00")),
    ];
    let second = vec![Item {
        end_day_offset: 2,
        ..leg("hnl-akl", "Flight from Honolulu to Auckland", (there, here), ("22:00", "06:00"), (HONOLULU, AUCKLAND))
    }];
    plan(
        "2 days in Honolulu",
        vec![visit("honolulu", "Honolulu", "United States", there, ("2027-05-03", "2027-05-04"))],
        vec![whole_day("2027-05-03", first), whole_day("2027-05-04", second)],
    )
}

/// Text as hostile as it comes, with line breaks, controls, signs of every format and letters of several bytes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,30}",
        2 => "\\PC{0,40}",
        1 => proptest::sample::select(vec![
            "\r\nEND:VEVENT\r\nBEGIN:VEVENT", "\\n\\,\\;", "\u{0}\u{7}\u{1b}[31m", "| a |\n|---|\n", "<script>alert(1)</script>",
            "[x](javascript:alert(1))", "![x](http://x/y.png)", "&lt;&#106;", "```\n", "日本語の長い題名", "👩‍👩‍👧‍👦", "\u{2028}\u{85}\t",
            "# ", "- ", "1. ", "***", "___", "$$", "==", "\\", "a:b;c=\"d\",e",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

fn point() -> impl Strategy<Value = Option<Point>> {
    let inside = (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(lat, lon)| Point { lat, lon });
    let edge = (proptest::sample::select(vec![-90.0, 0.0, 91.0]), proptest::sample::select(vec![-180.0, 180.0, 181.0]))
        .prop_map(|(lat, lon)| Point { lat, lon });
    proptest::option::of(prop_oneof![5 => inside, 1 => edge])
}

fn kind() -> impl Strategy<Value = ItemKind> {
    let id = || "[a-c]";
    prop_oneof![
        (id(), proptest::sample::select(TransportMode::ALL)).prop_map(|(leg_id, mode)| ItemKind::Leg { leg_id, mode }),
        Just(ItemKind::Transfer),
        id().prop_map(|lodging_id| ItemKind::CheckIn { lodging_id }),
        id().prop_map(|lodging_id| ItemKind::CheckOut { lodging_id }),
        (id(), proptest::sample::select(MealKind::ALL)).prop_map(|(meal_id, meal)| ItemKind::Meal { meal_id, meal }),
        id().prop_map(|sight_id| ItemKind::Sight { sight_id }),
    ]
}

fn any_item() -> impl Strategy<Value = Item> {
    let zone = || proptest::sample::select(ZONES.as_slice());
    let minute = || (0_u32..24, 0_u32..60).prop_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
    let what = (kind(), text(), proptest::option::of(text()), text(), 0_i64..1_000_000);
    (what, (zone(), zone()), (minute(), minute(), -1..=2_i32), (point(), point())).prop_map(
        |((kind, title, note, source, cents), (start_zone, end_zone), (start, end, end_day_offset), (at, to))| Item {
            kind,
            title,
            city_id: Some("city".to_owned()),
            start,
            end,
            start_zone: start_zone.to_owned(),
            end_zone: end_zone.to_owned(),
            end_day_offset,
            at,
            to,
            cost: eur(cents),
            note,
            provenance: provenance(FactKind::Estimate, &source),
        },
    )
}

/// Any plan: of sense only that which its type asks for.
pub(crate) fn any_plan() -> impl Strategy<Value = Plan> {
    let days = proptest::collection::vec(proptest::collection::vec(any_item(), 0..6), 1..4);
    (text(), text(), text(), 0_u64..20_000, days).prop_map(|(title, name, narrative, after, days)| {
        let start = day("2000-01-01") + Days::new(after);
        let date = |number: usize| start + Days::new(u64::try_from(number).unwrap());
        let days = days.into_iter().enumerate().map(|(number, items)| Day {
            date: date(number),
            items,
            weather: None,
            distance_km: 1.0,
        });
        let city = CityVisit {
            place: place("city", &name),
            country: "Land".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            arrive: start,
            leave: start,
            nights: 0,
        };
        Plan { narrative, ..plan(&title, vec![city], days.collect()) }
    })
}
