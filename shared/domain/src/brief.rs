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
    TransportMode { Flight = "flight", Train = "train", Bus = "bus", Car = "car" }
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

/// Wishes for the bed; each that is given is a hard constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LodgingWish {
    pub kind: Option<LodgingKind>,
    pub room_type: Option<RoomType>,
    pub tier: Option<Tier>,
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

/// What a trip must be. Every value but `interests`, `cuisines` and `pace` is a hard constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brief {
    /// The request's own words.
    pub query: String,
    pub origin: Place,
    pub destination: Place,
    /// The day of travelling there, in the destination's time zone.
    pub start_date: NaiveDate,
    /// The day of travelling back, inclusive: a trip of one day has equal dates and no night.
    pub end_date: NaiveDate,
    pub travellers: Travellers,
    /// For everyone and everything in the plan.
    pub budget: Money,
    pub interests: Vec<Interest>,
    /// Kitchens that the travellers like, such as `seafood`; preferred, not required.
    pub cuisines: Vec<String>,
    pub diet: Vec<Diet>,
    pub pace: Pace,
    pub lodging: LodgingWish,
    pub avoid_transport: Vec<TransportMode>,
    /// Ids of sights that the plan must hold.
    pub must_see: Vec<String>,
    /// Ids of sights that the plan must not hold.
    pub avoid_sights: Vec<String>,
    /// Kinds of sights that the plan must not hold.
    pub avoid_interests: Vec<Interest>,
    pub assumptions: Vec<Assumption>,
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
