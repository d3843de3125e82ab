//! What may be wrong with a plan, and how it is told.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

/// One list for the variants and their words, so that neither drifts.
macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// A promise that a plan makes. The word is stable: repair, tests and people refer to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Rule { $($(#[$doc])* $variant),+ }

        impl Rule {
            /// Every rule, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

rules!(
    /// The plan's dates are the brief's, and in order.
    Dates = "dates",
    /// One day per date from the first to the last, in order.
    Days = "days",
    /// The plan is for as many people as the brief.
    Travellers = "travellers",
    /// The plan starts from the brief's origin.
    Origin = "origin",
    /// The plan's destination is called as in the brief.
    Destination = "destination",
    /// What the brief assumed or could not read is still told.
    Assumptions = "assumptions",
    /// The weather of a day is the one in the facts, for the city in which the day ends.
    Weather = "weather",
    /// Items follow each other without overlapping; the trip begins and ends with a leg.
    ItemOrder = "item_order",
    /// Meals and sights lie in the time that the legs leave in their city.
    OutsideCityTime = "outside_city_time",
    /// Title and position of an item are those of its fact.
    ItemDetails = "item_details",
    /// An item, or a bed, is in the city in which the travellers are, and says so.
    ItemCity = "item_city",
    /// The times of an item are told in the zone of the place where it starts or ends.
    ItemZone = "item_zone",
    /// One leg to each city and one back home.
    LegCount = "leg_count",
    /// A leg is one of the facts.
    LegUnknown = "leg_unknown",
    /// A leg is on the day that the fact says; the first and the last are on those of the brief.
    LegDate = "leg_date",
    /// A leg departs and arrives when the fact does.
    LegTimes = "leg_times",
    /// A leg's means of transport is the fact's.
    LegMode = "leg_mode",
    /// A leg does not use a means of transport that is to be avoided.
    LegAvoided = "leg_avoided",
    /// One's own car takes every leg or none.
    CarMixed = "car_mixed",
    /// Each leg starts where the one before it ended, and after it; the first and the last are from and to home.
    Route = "route",
    /// The cities are as many as the brief wants, those that it names, in its order, and none twice.
    Cities = "cities",
    /// A city has the nights that the brief wishes; of several cities each has one.
    CityNights = "city_nights",
    /// The plan's list of cities tells where the travellers are, and when.
    Visits = "visits",
    /// The way from the airport or station follows the arrival, the way back ends in time to board.
    Transfer = "transfer",
    /// A city has a bed when it has a night, and only then; the beds are in the order of the cities.
    StayPresence = "stay_presence",
    /// The bed is one of the facts.
    LodgingUnknown = "lodging_unknown",
    /// The bed is of the kind, a room type and the tier that the brief wishes.
    LodgingWish = "lodging_wish",
    /// The house forbids nothing that the brief wants to be allowed.
    HouseRule = "house_rule",
    /// The bed can be booked for so few nights.
    MinimumNights = "minimum_nights",
    /// Name and area of the stay are the fact's.
    StayDetails = "stay_details",
    /// There are as many rooms as the travellers need.
    Rooms = "rooms",
    /// The stay is from the first night in its city to the day of leaving it.
    StayDates = "stay_dates",
    /// The nights are those between the legs.
    Nights = "nights",
    /// Arriving at the bed: once, at the right house, on the right day, at a sensible time.
    CheckIn = "check_in",
    /// Leaving the bed: once, at the right house, on the right day, in time.
    CheckOut = "check_out",
    /// A sight is one of the facts.
    SightUnknown = "sight_unknown",
    /// A sight is visited once.
    SightRepeated = "sight_repeated",
    /// A sight, its kind, or anything else that it is about is not to be avoided.
    SightAvoided = "sight_avoided",
    /// A sight is open during the whole visit.
    SightClosed = "sight_closed",
    /// A visit takes as long as the fact says.
    SightDuration = "sight_duration",
    /// No sight starts earlier than the pace allows.
    SightTooEarly = "sight_too_early",
    /// No day has more sights than the pace allows.
    SightsPerDay = "sights_per_day",
    /// Every sight that must be seen is.
    MustSee = "must_see",
    /// A free day has a sight if one is left that fits.
    EmptyDay = "empty_day",
    /// A meal is one of the facts.
    MealUnknown = "meal_unknown",
    /// The house serves this meal.
    MealNotServed = "meal_not_served",
    /// The house serves every diet of the brief.
    Diet = "diet",
    /// A meal starts when it is served.
    MealTime = "meal_time",
    /// A meal takes its time.
    MealDuration = "meal_duration",
    /// Each meal once a day, and no house twice a day.
    MealRepeated = "meal_repeated",
    /// No house on two days, unless the brief allows it or the city has too few.
    MealHouseRepeated = "meal_house_repeated",
    /// Every meal that is due is there.
    MealMissing = "meal_missing",
    /// Every kitchen of the brief is eaten once.
    Cuisine = "cuisine",
    /// There is time to get from each place to the next.
    TravelTime = "travel_time",
    /// A day's distance is the sum of its ways.
    Distance = "distance",
    /// Every price is in the currency of the budget.
    Currency = "currency",
    /// The rates are those of the facts, from every currency of the lines to the budget's, and no others.
    Rate = "rate",
    /// A line is in the currency of its fact.
    LocalCurrency = "local_currency",
    /// Whatever costs something has a line on the bill.
    CostLineMissing = "cost_line_missing",
    /// Every line on the bill is for something in the plan.
    CostLineExtra = "cost_line_extra",
    /// A line's unit price is the fact's.
    CostUnit = "cost_unit",
    /// A line's quantity is what the plan uses.
    CostQuantity = "cost_quantity",
    /// A line's cost is its quantity times its unit price, converted.
    CostAmount = "cost_amount",
    /// Day tickets of a city for every traveller and every day with a long way in it, and no others.
    LocalTransport = "local_transport",
    /// An item, or the stay, shows what its line costs.
    ItemCost = "item_cost",
    /// The sums by category are right.
    CategorySum = "category_sum",
    /// The total is the sum of the lines.
    Total = "total",
    /// The bill names the budget of the brief, and what is left of it.
    Left = "left",
    /// The trip costs no more than the budget.
    OverBudget = "over_budget",
    /// Everything says where it came from, as its fact does.
    Provenance = "provenance",
    /// The score is the sum of its parts, and the bound is not below it.
    Quality = "quality",
);

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One broken promise, for people and for repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    pub rule: Rule,
    /// Where: `day 2, item 3: Jerónimos Monastery`, `city 1: ...`, `cost line 4: ...`, `stay: ...` or `plan`.
    pub item: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: expected {}, found {}", self.rule, self.item, self.expected, self.found)
    }
}

/// The violations found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn add(
        &mut self,
        rule: Rule,
        item: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.violations.push(Violation { rule, item: item.into(), expected: expected.into(), found: found.into() });
    }

    /// Adds a violation of `rule` at `item` unless `found` is as `expected`.
    pub(crate) fn equal<T: PartialEq + Display>(&mut self, rule: Rule, item: &str, expected: T, found: T) {
        if expected != found {
            self.add(rule, item, expected.to_string(), found.to_string());
        }
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

#[cfg(test)]
mod tests {
    use serde::de::{IntoDeserializer, value::Error};

    use super::*;

    #[test]
    fn serde_reads_each_word_as_its_rule() {
        for rule in Rule::ALL {
            let word = IntoDeserializer::<Error>::into_deserializer(rule.word());
            assert_eq!(Rule::deserialize(word), Ok(*rule));
        }
    }
}
