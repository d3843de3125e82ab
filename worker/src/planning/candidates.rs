//! Which facts a plan of the brief may hold: the candidates that its rules allow.

use std::cmp::Reverse;

use domain::{
    brief::{Brief, TransportMode},
    facts::{CityFacts, Facts, LegOption, MealOption, SightOption},
    money::Currency,
    rules,
};
use solver::{SIGHTS_MAX, Stay};

use super::{
    sane, score,
    timeline::Timeline,
    trouble::{Cause, PlanningError},
};

/// Candidates that the solver gets, so that one search stays small. The cheapest are kept, of sights the best.
const BEDS_MAX: usize = 32;
const MEALS_MAX: usize = 60;
/// Beyond those, for each kitchen that is asked for.
const MEALS_OF_CUISINE_MAX: usize = 10;
/// Legs of one hop: where there is one city, and where there are several.
const LEGS_MAX: usize = 16;
const LEGS_OF_MANY_MAX: usize = 5;
/// Stays of all cities together; legs of a hop are cut until it holds.
const STAYS_MAX: usize = 3_000;

/// A brief and what is known for it.
pub(super) struct Asked<'a> {
    pub(super) brief: &'a Brief,
    pub(super) facts: &'a Facts,
}

impl Asked<'_> {
    /// What `quantity` of something costs, as one line of the bill.
    pub(super) fn cents(&self, quantity: u32, unit_cents: i64, currency: Currency) -> i64 {
        let rate = self.facts.rate(currency);
        rate.map_or(i64::MAX / 4, |rate| rate.convert_cents(i64::from(quantity).saturating_mul(unit_cents)))
    }

    pub(super) fn local_cents(&self, city_id: &str, quantity: u32, unit_cents: i64) -> i64 {
        let currency = self.facts.city(city_id).map(|city| city.currency);
        currency.map_or(i64::MAX / 4, |currency| self.cents(quantity, unit_cents, currency))
    }

    pub(super) fn people(&self) -> u32 {
        self.brief.travellers.count()
    }

    /// Indices of the cities that the trip may visit, in the order of the brief.
    pub(super) fn cities(&self) -> Vec<usize> {
        let known = |id: &str| self.facts.cities.iter().position(|city| city.place.id == id);
        self.brief.destination.places().filter_map(|place| known(&place.id)).collect()
    }

    pub(super) fn check_rates(&self, cities: &[usize]) -> Result<(), PlanningError> {
        let to = self.brief.budget.currency;
        for &city in cities {
            let city = &self.facts.cities[city];
            if self.facts.rate(city.currency).is_none_or(|rate| rate.to != to) {
                return Err(PlanningError::new(self.brief, Cause::WrongRate { city: city.place.name.clone() }));
            }
        }
        Ok(())
    }

    pub(super) fn check_must_sees(&self, cities: &[usize]) -> Result<(), PlanningError> {
        for id in &self.brief.must_see {
            let Some(sight) = self.facts.sights.iter().find(|sight| sight.id == *id) else {
                return Err(PlanningError::new(self.brief, Cause::MustSeeUnknown { sight_id: id.clone() }));
            };
            if self.is_avoided(sight) {
                return Err(PlanningError::new(self.brief, Cause::MustSeeAvoided { name: sight.name.clone() }));
            }
            if !cities.iter().any(|&city| self.facts.cities[city].place.id == sight.city_id) {
                return Err(PlanningError::new(self.brief, Cause::MustSeeElsewhere { name: sight.name.clone() }));
            }
        }
        Ok(())
    }

    fn is_avoided(&self, sight: &SightOption) -> bool {
        self.brief.avoid_sights.contains(&sight.id)
            || self.brief.avoid_interests.iter().any(|interest| sight.is_about(*interest))
    }

    /// The legs that are worth a look, and every stay between two of them.
    pub(super) fn stays(&self, cities: &[usize]) -> Result<(Vec<usize>, Vec<Stay>), PlanningError> {
        let mut legs_max = if self.brief.destination.count == 1 { LEGS_MAX } else { LEGS_OF_MANY_MAX };
        loop {
            let legs = self.legs(cities, legs_max);
            let is_last = legs_max == 1;
            let stays = self.stays_between(cities, &legs, if is_last { STAYS_MAX } else { STAYS_MAX + 1 });
            if stays.is_empty() {
                let cause = if self.is_linked(cities, &legs) { Cause::NoTimeInCity } else { Cause::NoTransport };
                return Err(PlanningError::new(self.brief, cause));
            }
            if stays.len() <= STAYS_MAX {
                return Ok((legs, stays));
            }
            legs_max -= 1;
        }
    }

    /// Whether some leg leaves home and some leg comes back.
    fn is_linked(&self, cities: &[usize], legs: &[usize]) -> bool {
        let known = |id: &str| cities.iter().any(|&city| self.facts.cities[city].place.id == id);
        legs.iter().any(|&leg| known(&self.facts.legs[leg].to.city_id))
            && legs.iter().any(|&leg| known(&self.facts.legs[leg].from.city_id))
    }

    /// Of every hop some of each means of transport.
    fn legs(&self, cities: &[usize], legs_max: usize) -> Vec<usize> {
        let ends = |leg: &LegOption| (leg.from.city_id.clone(), leg.to.city_id.clone(), leg.date);
        let all = self.facts.legs.iter().enumerate().filter(|(_, leg)| self.is_open(leg, cities));
        let mut all: Vec<usize> = all.map(|(index, _)| index).collect();
        all.sort_by_cached_key(|&leg| (ends(&self.facts.legs[leg]), self.leg_cents(&self.facts.legs[leg]), leg));
        let groups = all.chunk_by(|one, other| ends(&self.facts.legs[*one]) == ends(&self.facts.legs[*other]));
        groups.flat_map(|group| self.pick(group, legs_max)).collect()
    }

    fn is_open(&self, leg: &LegOption, cities: &[usize]) -> bool {
        let (brief, home) = (self.brief, self.brief.origin.id.as_str());
        let is_city = |id: &str| cities.iter().any(|&city| self.facts.cities[city].place.id == id);
        let (from, to) = (leg.from.city_id.as_str(), leg.to.city_id.as_str());
        let is_in_trip = if from == home {
            is_city(to) && leg.date == brief.start_date
        } else if to == home {
            is_city(from) && leg.date == brief.end_date
        } else {
            is_city(from) && is_city(to) && from != to && brief.start_date < leg.date && leg.date < brief.end_date
        };
        is_in_trip
            && sane::leg(leg)
            && self.facts.rate(leg.currency).is_some_and(|rate| rate.to == brief.budget.currency)
            && !brief.avoid_transport.contains(&leg.mode)
    }

    pub(super) fn leg_cents(&self, leg: &LegOption) -> i64 {
        self.cents(leg.units_for(self.people()), leg.price_cents, leg.currency)
    }

    /// `group` is one hop, the cheapest leg first.
    fn pick(&self, group: &[usize], legs_max: usize) -> Vec<usize> {
        let fact = |leg: &usize| &self.facts.legs[*leg];
        // Over the date line one may arrive before one has left, which no calendar day can show in order.
        let is_in_order =
            |leg: &LegOption| leg.arrive_day_offset > 0 || (leg.arrive_day_offset == 0 && leg.arrive >= leg.depart);
        let mut legs: Vec<usize> = group.to_vec();
        let (from, to) =
            group.first().map_or(("", ""), |leg| (fact(leg).from.city_id.as_str(), fact(leg).to.city_id.as_str()));
        let home = self.brief.origin.id.as_str();
        let is_needed = from == home && !legs.iter().any(|leg| is_in_order(fact(leg)));
        if to != home && !is_needed {
            legs.retain(|leg| is_in_order(fact(leg)));
        }
        self.spread(legs, legs_max)
    }

    /// Of each means of transport in turn: the cheapest leg, the last and the first of the day, then the others by price.
    fn spread(&self, legs: Vec<usize>, legs_max: usize) -> Vec<usize> {
        let fact = |leg: &usize| &self.facts.legs[*leg];
        let mut by_turn: Vec<(usize, usize)> = Vec::with_capacity(legs.len());
        for mode in TransportMode::ALL {
            let mut own: Vec<usize> = legs.iter().copied().filter(|leg| fact(leg).mode == *mode).collect();
            let last = own.iter().copied().skip(1).max_by_key(|leg| fact(leg).depart);
            let first = own.iter().copied().skip(1).min_by_key(|leg| fact(leg).depart);
            let cheapest = own.first().copied();
            let turn = |leg: &usize| [cheapest, last, first].iter().position(|one| *one == Some(*leg)).unwrap_or(3);
            own.sort_by_key(turn);
            by_turn.extend(own.into_iter().enumerate());
        }
        by_turn.sort_by_key(|(turn, _)| *turn);
        by_turn.into_iter().take(legs_max).map(|(_, leg)| leg).collect()
    }

    /// At most `count_max` stays, city by city.
    fn stays_between(&self, cities: &[usize], legs: &[usize], count_max: usize) -> Vec<Stay> {
        let id = |city: usize| self.facts.cities[cities[city]].place.id.as_str();
        let fact = |leg: usize| &self.facts.legs[legs[leg]];
        let is_one_city = self.brief.destination.count == 1;
        let mut stays = Vec::new();
        for city in 0..cities.len() {
            let wished = self.brief.destination.cities.iter().find(|wish| wish.place.id == id(city));
            let wished = wished.and_then(|wish| wish.nights);
            let ins = (0..legs.len()).filter(|&leg| fact(leg).to.city_id == id(city));
            let outs: Vec<usize> = (0..legs.len()).filter(|&leg| fact(leg).from.city_id == id(city)).collect();
            for leg_in in ins {
                for &leg_out in &outs {
                    if stays.len() >= count_max {
                        return stays;
                    }
                    let ends = [&fact(leg_in).from.city_id, &fact(leg_out).to.city_id];
                    let homes = ends.iter().filter(|end| **end == &self.brief.origin.id).count();
                    if is_one_city != (homes == 2) || fact(leg_out).date < rules::arrival_date(fact(leg_in)) {
                        continue;
                    }
                    let timeline = Timeline::new(self.brief, fact(leg_in), fact(leg_out));
                    let has_nights = is_one_city || timeline.nights > 0;
                    if timeline.is_possible() && has_nights && wished.is_none_or(|nights| nights == timeline.nights) {
                        let nights = timeline.nights as usize;
                        stays.push(Stay { city, leg_in, leg_out, nights, days: timeline.frames() });
                    }
                }
            }
        }
        stays
    }

    pub(super) fn beds(&self, city: &CityFacts) -> Vec<usize> {
        let wish = &self.brief.lodging;
        let fits = self.facts.lodgings.iter().enumerate().filter(|(_, bed)| {
            bed.city_id == city.place.id
                && sane::bed(bed)
                && wish.kind.is_none_or(|kind| kind == bed.kind)
                && (wish.room_types.is_empty() || wish.room_types.contains(&bed.room_type))
                && wish.tier.is_none_or(|tier| tier == bed.tier)
                && !wish.allows.iter().any(|rule| bed.forbids.contains(rule))
                && bed.min_nights <= self.brief.days()
        });
        let mut beds: Vec<usize> = fits.map(|(index, _)| index).collect();
        let night = |bed: usize| {
            let option = &self.facts.lodgings[bed];
            i64::from(option.rooms_for(self.people())) * option.price_cents
        };
        beds.sort_by_key(|&bed| (night(bed), bed));
        beds.truncate(BEDS_MAX);
        beds
    }

    /// City by city the cheapest, with some of every kitchen that is asked for.
    pub(super) fn meals(&self, cities: &[usize]) -> Vec<usize> {
        cities.iter().flat_map(|&city| self.meals_of(&self.facts.cities[city].place.id)).collect()
    }

    fn meals_of(&self, city_id: &str) -> Vec<usize> {
        let fits = |meal: &MealOption| meal.city_id == city_id && sane::meal(meal) && rules::suits(self.brief, meal);
        let all = self.facts.meals.iter().enumerate().filter(|(_, meal)| fits(meal));
        let mut all: Vec<usize> = all.map(|(index, _)| index).collect();
        all.sort_by_key(|&meal| (self.facts.meals[meal].price_cents, meal));
        let mut kept: Vec<usize> = all.iter().copied().take(MEALS_MAX).collect();
        for cuisine in &self.brief.cuisines {
            let serving = all.iter().copied().filter(|&meal| self.facts.meals[meal].serves_cuisine(cuisine));
            kept.extend(serving.take(MEALS_OF_CUISINE_MAX));
        }
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    /// City by city the best, the same share for each.
    pub(super) fn sights(&self, cities: &[usize]) -> Vec<usize> {
        let share = SIGHTS_MAX / cities.len().max(1);
        cities.iter().flat_map(|&city| self.sights_of(&self.facts.cities[city].place.id, share)).collect()
    }

    fn sights_of(&self, city_id: &str, count_max: usize) -> Vec<usize> {
        let fits = |sight: &SightOption| sight.city_id == city_id && sane::sight(sight) && !self.is_avoided(sight);
        let all = self.facts.sights.iter().enumerate().filter(|(_, sight)| fits(sight));
        let mut sights: Vec<usize> = all.map(|(index, _)| index).collect();
        sights.sort_by_key(|&at| {
            let sight = &self.facts.sights[at];
            (!self.brief.must_see.contains(&sight.id), Reverse(score::sight(self.brief, sight, None, 0).sum()), at)
        });
        sights.truncate(count_max);
        sights
    }
}
