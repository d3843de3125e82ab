//! The typed brief: what the request asks for, after reading. Planning, verifying and editing start from it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{job::words, money::Money};

words!(
    /// What travellers may like, and what a sight is about.
    Interest {
        Art = "art",
        History = "history",
        Architecture = "architecture",
        Religion = "religion",
        Nature = "nature",
        Park = "park",
        Viewpoint = "viewpoint",
        Market = "market",
        Neighbourhood = "neighbourhood",
        Science = "science",
        Family = "family",
        Beach = "beach",
        Entertainment = "entertainment",
        Music = "music",
        Literature = "literature",
        Food = "food",
        Nightlife = "nightlife",
        Shopping = "shopping",
        Sport = "sport",
    }
);
words!(
    /// What every meal of the trip must be able to serve.
    Diet {
        Vegetarian = "vegetarian",
        Vegan = "vegan",
        Pescatarian = "pescatarian",
        Halal = "halal",
        Kosher = "kosher",
        GlutenFree = "gluten_free",
        LactoseFree = "lactose_free",
    }
);
words!(
    /// How full a day is.
    Pace {
        /// At most two sights a day, none before 10:00.
        Relaxed = "relaxed",
        /// At most four sights a day.
        Moderate = "moderate",
        /// At most six sights a day.
        Full = "full",
    }
);
words!(
    /// Price level of meals and beds.
    Tier { Budget = "budget", Mid = "mid", Upscale = "upscale" }
);
words!(
    /// What kind of house a bed is in.
    LodgingKind { Hotel = "hotel", Guesthouse = "guesthouse", Apartment = "apartment", Hostel = "hostel" }
);
words!(
    /// How much of the place is one's own.
    RoomType { EntirePlace = "entire_place", PrivateRoom = "private_room", SharedRoom = "shared_room" }
);
words!(
    /// Means of transport between cities.
    TransportMode {
        Flight = "flight",
        Train = "train",
        Bus = "bus",
        /// One's own: for the whole trip or not at all.
        Car = "car",
        Taxi = "taxi",
    }
);
words!(
    /// What a house may forbid its guests.
    HouseRule {
        Smoking = "smoking",
        Parties = "parties",
        Pets = "pets",
        Visitors = "visitors",
        /// Children under 10.
        Children = "children",
    }
);

impl Pace {
    /// The most sights of one day.
    #[must_use]
    pub const fn sights_per_day_max(self) -> usize {
        match self {
            Self::Relaxed => 2,
            Self::Moderate => 4,
            Self::Full => 6,
        }
    }
}

/// A city of the gazetteer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The gazetteer's id, such as `new-york`.
    pub id: String,
    pub name: String,
}

/// Who travels. At least one adult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Travellers {
    pub adults: u32,
    /// Under 18 years. They pay as adults wherever no child price is known.
    pub children: u32,
}

impl Travellers {
    #[must_use]
    pub const fn count(self) -> u32 {
        self.adults + self.children
    }
}

/// Wishes for every bed; each that is given is a hard constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LodgingWish {
    pub kind: Option<LodgingKind>,
    /// Any of these will do; empty: all.
    pub room_types: Vec<RoomType>,
    pub tier: Option<Tier>,
    /// What no house may forbid.
    pub allows: Vec<HouseRule>,
}

/// Where the trip goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// As people say it: `Lisbon`, `Paris and Rome`, `Texas`.
    pub name: String,
    /// Cities that must be visited.
    pub cities: Vec<CityWish>,
    /// Further cities, some of which are visited where `count` says more than there are in `cities`.
    pub choices: Vec<Place>,
    /// How many different cities are visited in all; at least one.
    pub count: u32,
    /// The cities are visited in the order of `cities`.
    pub in_order: bool,
}

/// A city that must be visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityWish {
    pub place: Place,
    /// Exactly so many nights, where that was said.
    pub nights: Option<u32>,
}

impl Destination {
    /// One city.
    #[must_use]
    pub fn city(place: Place) -> Self {
        let name = place.name.clone();
        Self { name, cities: vec![CityWish { place, nights: None }], choices: vec![], count: 1, in_order: false }
    }

    /// Every city that the trip may visit: those that it must, then the choices.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.cities.iter().map(|wish| &wish.place).chain(&self.choices)
    }

    /// The city that stands for the whole where one is needed, such as for its time zone.
    #[must_use]
    pub fn first(&self) -> Option<&Place> {
        self.places().next()
    }
}

/// The words of the request that a field of the brief was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The field of the brief, such as `budget`.
    pub field: String,
    /// As they stand in the request.
    pub words: String,
}

/// What Portolan assumed because the request did not say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// The field of the brief.
    pub field: String,
    /// What was assumed and why, for people.
    pub text: String,
}

/// What a trip must be. Every value but `interests` and `pace` is a hard constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brief {
    /// The request's own words.
    pub query: String,
    pub origin: Place,
    pub destination: Destination,
    /// The day of leaving home.
    pub start_date: NaiveDate,
    /// The day of travelling back, inclusive: a trip of one day has equal dates and no night.
    pub end_date: NaiveDate,
    pub travellers: Travellers,
    /// For everyone and everything in the plan.
    pub budget: Money,
    pub interests: Vec<Interest>,
    /// Kitchens, such as `seafood`, each of which is eaten at least once on the trip.
    pub cuisines: Vec<String>,
    /// Places may be eaten at on several days. Otherwise only where a city has too few, see
    /// [`crate::rules::repeat_from_nights`].
    pub meals_repeat: bool,
    pub diet: Vec<Diet>,
    pub pace: Pace,
    pub lodging: LodgingWish,
    pub avoid_transport: Vec<TransportMode>,
    /// Ids of sights that the plan must hold.
    pub must_see: Vec<String>,
    /// Ids of sights that the plan must not hold.
    pub avoid_sights: Vec<String>,
    /// Kinds of sights that the plan must not hold, nor sights that are also about them.
    pub avoid_interests: Vec<Interest>,
    pub assumptions: Vec<Assumption>,
    /// What each field was read from, in the order of the text.
    pub sources: Vec<Source>,
    /// Parts of the request that no rule could read.
    pub unread: Vec<String>,
}

impl Brief {
    /// Days of the trip, both ends counted. Zero if the dates are reversed.
    #[must_use]
    pub fn days(&self) -> u32 {
        u32::try_from((self.end_date - self.start_date).num_days() + 1).unwrap_or(0)
    }

    #[must_use]
    pub fn nights(&self) -> u32 {
        self.days().saturating_sub(1)
    }
}
