//! The result of a travel job: an itinerary whose every line names its fact.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::{
    brief::{Assumption, Place, TransportMode, Travellers},
    facts::{DayWeather, MealKind, Point, Provenance},
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
    /// Between cities, or from or to home. On the day of its departure.
    Leg {
        leg_id: String,
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
    /// The id of the city that it is in; none for a leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city_id: Option<String>,
    /// Local time in `start_zone`.
    pub start: NaiveTime,
    /// Local time in `end_zone`; before `start` only where `end_day_offset` or the zones are not the same.
    pub end: NaiveTime,
    /// IANA.
    pub start_zone: String,
    /// IANA; another one than `start_zone` only for a leg.
    pub end_zone: String,
    /// Calendar days from this day to that of `end`.
    #[serde(default)]
    pub end_day_offset: i32,
    /// Where it is; a leg starts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
    /// Where a leg ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Point>,
    /// Everyone together, in the plan's currency; zero when free or paid elsewhere.
    pub cost: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub provenance: Provenance,
}

/// One calendar day of the trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Day {
    pub date: NaiveDate,
    /// In order of time, never overlapping.
    pub items: Vec<Item>,
    /// In the city in which the day ends; on the last day in the one that is left.
    pub weather: Option<DayWeather>,
    /// Estimated distance on foot and by public transport between this day's items.
    pub distance_km: f64,
}

/// A city of the trip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityVisit {
    pub place: Place,
    pub country: String,
    /// IANA.
    pub time_zone: String,
    /// The date of arrival. Who arrives before 04:00 has the night before, see [`crate::rules::NIGHT_UNTIL_MINUTE`].
    pub arrive: NaiveDate,
    /// The date on which the leg away departs.
    pub leave: NaiveDate,
    /// Nights in a bed of the city.
    pub nights: u32,
}

/// The bed of one city.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// The id of the city.
    pub city_id: String,
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
    /// In hundredths of `local_currency`.
    pub unit_local_cents: i64,
    /// The currency in which it is paid.
    pub local_currency: Currency,
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
    /// From each currency of the lines to the budget's.
    pub rates: Vec<ExchangeRate>,
}

words!(
    /// What makes a plan good. `docs/QUALITY.md` gives the points.
    QualityPart {
        /// Famous sights.
        Sights = "sights",
        /// Sights about what the travellers like.
        Interests = "interests",
        /// Meals eaten, kitchens liked.
        Meals = "meals",
        /// What guests say of places and beds.
        Ratings = "ratings",
        /// Nowhere twice, no day without a sight.
        Variety = "variety",
        /// Little walking and riding in the city.
        Walking = "walking",
        /// Better beds, easier ways between cities, little rain.
        Comfort = "comfort",
        /// Money kept.
        Thrift = "thrift",
    }
);

/// The points of one part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartScore {
    pub part: QualityPart,
    pub points: i64,
}

/// How good the plan is by the documented score, and how sure it is that none is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The sum of `parts`.
    pub score: i64,
    pub parts: Vec<PartScore>,
    /// No better plan exists under the same score.
    pub optimal: bool,
    /// No plan can score more; `None` where the search ended before any bound was known.
    pub bound: Option<i64>,
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
    /// The name of the destination, as the brief has it.
    pub destination: String,
    /// In the order in which they are visited.
    pub cities: Vec<CityVisit>,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    pub travellers: Travellers,
    pub days: Vec<Day>,
    /// One for each city with a night, in order.
    pub stays: Vec<Stay>,
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
