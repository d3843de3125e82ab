//! The result of a travel job: an itinerary whose every line names its fact.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::{
    brief::{Assumption, Place, TransportMode, Travellers},
    facts::{DayWeather, Direction, MealKind, Point, Provenance},
    job::words,
    money::{Currency, ExchangeRate, Money},
};

words!(
    /// Where money goes.
    CostCategory {
        Transport = "transport",
        Lodging = "lodging",
        Meals = "meals",
        Sights = "sights",
        LocalTransport = "local_transport",
    }
);

/// What an item of a day is, and the id of its fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemKind {
    /// Between the cities. On the day of departure for the outbound leg as well as the return.
    Leg {
        leg_id: String,
        direction: Direction,
        mode: TransportMode,
    },
    /// From the airport or station to the bed, or back.
    Transfer,
    CheckIn {
        lodging_id: String,
    },
    CheckOut {
        lodging_id: String,
    },
    Meal {
        meal_id: String,
        meal: MealKind,
    },
    Sight {
        sight_id: String,
    },
}

/// One line of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    #[serde(flatten)]
    pub kind: ItemKind,
    pub title: String,
    /// Local time. A leg's departure is local to where it starts.
    pub start: NaiveTime,
    /// Local time; before `start` only where `end_day_offset` is not 0.
    pub end: NaiveTime,
    /// Calendar days from this day to that of `end`.
    #[serde(default)]
    pub end_day_offset: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
    /// Everyone together, in the plan's currency; zero when free or paid elsewhere.
    pub cost: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub provenance: Provenance,
}

/// One calendar day, in the destination's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Day {
    pub date: NaiveDate,
    /// In order of time, never overlapping.
    pub items: Vec<Item>,
    pub weather: Option<DayWeather>,
    /// Estimated distance on foot and by public transport between this day's items.
    pub distance_km: f64,
}

/// The bed of the whole stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    pub lodging_id: String,
    pub name: String,
    pub area: String,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub rooms: u32,
    pub nights: u32,
    pub cost: Money,
    pub provenance: Provenance,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostLine {
    pub category: CostCategory,
    pub title: String,
    /// `quantity` times `unit_local_cents` is the local price.
    pub quantity: u32,
    /// In hundredths of the destination's currency.
    pub unit_local_cents: i64,
    /// The local price, converted and rounded once, for this line.
    pub cost: Money,
    pub provenance: Provenance,
}

/// The sum of one category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryCost {
    pub category: CostCategory,
    pub cost: Money,
}

/// The whole bill. `total` is the sum of `lines`, and of `by_category`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    pub lines: Vec<CostLine>,
    pub by_category: Vec<CategoryCost>,
    pub total: Money,
    pub budget: Money,
    pub left: Money,
    pub local_currency: Currency,
    pub rate: ExchangeRate,
}

/// How good the solver found the plan, and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    pub score: i64,
    /// No better plan exists under the same objective.
    pub optimal: bool,
    /// What ended the search: `proven`, `nodes`, `clock` or `stopped`.
    pub ended_by: String,
    pub nodes: u64,
}

/// A verified itinerary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub summary: String,
    pub origin: Place,
    pub destination: Place,
    pub country: String,
    /// IANA; the zone of every time but a leg's at the origin.
    pub time_zone: String,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    pub travellers: Travellers,
    pub days: Vec<Day>,
    /// None when the trip has no night.
    pub stay: Option<Stay>,
    pub costs: Costs,
    pub assumptions: Vec<Assumption>,
    /// Parts of the request that were not understood.
    pub unread: Vec<String>,
    pub warnings: Vec<String>,
    pub narrative: String,
    pub quality: Quality,
}

impl Plan {
    /// The itinerary as Markdown, for people.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        crate::markdown::render(self)
    }
}
