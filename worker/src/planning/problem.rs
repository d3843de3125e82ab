//! What the solver is asked: the candidates that the brief allows, their costs in its currency, and their points.

use chrono::{Datelike, Duration, NaiveDate};
use domain::{
    brief::{Brief, Interest, TransportMode},
    facts::{CityFacts, DayWeather, Facts, LodgingOption, MealKind, Point},
    rules,
};
use solver::{Bed, Booking, City, FLAVOURS_MAX, Leg, Meal, MealTime, Problem, Sight, SightDay, Span, Stay, Travel};

use super::{candidates::Asked, score, timeline::MEALS, trouble::PlanningError};

/// Sights are for the day: a visit ends by 19:30, so that a free afternoon is not followed by a walk in the dark.
const SIGHTS_UNTIL_MINUTE: u32 = 19 * 60 + 30;
/// What is as good, or better, in the evening.
const EVENING: [Interest; 3] = [Interest::Nightlife, Interest::Music, Interest::Entertainment];

/// Which fact each candidate of a problem is. Indices into the lists of [`Facts`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    pub cities: Vec<usize>,
    pub legs: Vec<usize>,
    /// By city of the problem.
    pub beds: Vec<Vec<usize>>,
    pub meals: Vec<usize>,
    pub sights: Vec<usize>,
}

/// The problem of the brief, and what its indices mean.
///
/// # Errors
/// When a rule of the brief leaves no candidate.
pub fn to_problem(brief: &Brief, facts: &Facts) -> Result<(Problem, Index), PlanningError> {
    let asked = Asked { brief, facts };
    let cities = asked.cities();
    asked.check_rates(&cities)?;
    asked.check_must_sees(&cities)?;
    let (legs, stays) = asked.stays(&cities)?;
    let index = Index {
        beds: cities.iter().map(|&city| asked.beds(&facts.cities[city])).collect(),
        meals: asked.meals(&cities),
        sights: asked.sights(&cities),
        cities,
        legs,
    };
    Ok((asked.problem(&index, stays), index))
}

impl<'a> Asked<'a> {
    fn problem(&self, index: &Index, stays: Vec<Stay>) -> Problem {
        let brief = self.brief;
        let points = self.points(index);
        let mut places = 0..points.len();
        let mut place = || places.next().expect("as many places as candidates");
        let cities = index.cities.iter().zip(&index.beds);
        let cities = cities.map(|(&city, beds)| self.city(&self.facts.cities[city], beds, &mut place)).collect();
        let meals = index.meals.iter().map(|&at| self.meal(at, index, place())).collect();
        let sights = index.sights.iter().map(|&at| self.sight(at, index, place())).collect();
        let is_one_city = index.cities.len() == 1;
        let owners = self.owners(index);
        let hop = |from: usize, to: usize| {
            if !is_one_city && owners[from] != owners[to] {
                return (0, false);
            }
            let is_far = rules::street_km(points[from], points[to]) > rules::WALK_KM_MAX;
            (rules::travel_minutes(points[from], points[to]), is_far)
        };
        Problem {
            budget_cents: brief.budget.amount_cents,
            days: brief.days() as usize,
            city_count: brief.destination.count as usize,
            cities,
            legs: index.legs.iter().map(|&leg| self.leg(leg, index)).collect(),
            stays,
            travel: Travel::new(points.len(), hop),
            meal_times: MEALS.map(meal_time),
            meals,
            flavours: brief.cuisines.len().min(FLAVOURS_MAX),
            sights,
            first_sight_minute: rules::first_sight_minute(brief.pace),
            minute_penalty: score::MINUTE_PENALTY,
            repeat_penalty: score::REPEAT_PENALTY,
            empty_day_penalty: score::EMPTY_DAY_PENALTY,
            thin_day_penalty: score::THIN_DAY_PENALTY,
            idle_morning_penalty: score::IDLE_MORNING_PENALTY,
        }
    }

    fn leg(&self, at: usize, index: &Index) -> Leg {
        let leg = &self.facts.legs[at];
        let city = |id: &str| index.cities.iter().position(|&city| self.facts.cities[city].place.id == id);
        let cost_cents = self.leg_cents(leg);
        Leg {
            from: city(&leg.from.city_id),
            to: city(&leg.to.city_id),
            cost_cents,
            score: score::leg(self.brief, leg, cost_cents).sum(),
            is_own_car: leg.mode == TransportMode::Car,
        }
    }

    fn city(&self, city: &CityFacts, beds: &[usize], place: &mut impl FnMut() -> usize) -> City {
        let id = &city.place.id;
        let tickets = |days: u32| self.cents(self.people() * days, city.transit_day_ticket_cents, city.currency);
        let repeat = |meal| rules::repeat_from_nights(self.brief, self.facts, id, meal) as usize;
        City {
            is_required: self.brief.destination.cities.iter().any(|wish| wish.place.id == *id),
            beds: beds.iter().map(|&bed| self.bed(&self.facts.lodgings[bed], place())).collect(),
            transit_cents: (0..=self.brief.days() + 1).map(tickets).collect(),
            repeat_from_nights: MEALS.map(repeat),
        }
    }

    fn bed(&self, bed: &LodgingOption, place: usize) -> Bed {
        let rooms = bed.rooms_for(self.people());
        let booking = |nights: u32| {
            let cost_cents = self.local_cents(&bed.city_id, rooms * nights, bed.price_cents);
            let score = score::bed(self.brief, bed, nights, cost_cents).sum();
            (nights >= bed.min_nights.max(1)).then_some(Booking { cost_cents, score })
        };
        // An overnight flight over the date line can add a night to those of the brief.
        Bed { place, bookings: (0..=self.brief.days() + 1).map(booking).collect() }
    }

    fn meal(&self, at: usize, index: &Index, place: usize) -> Meal {
        let option = &self.facts.meals[at];
        let cost_cents = self.local_cents(&option.city_id, self.people(), option.price_cents);
        let points = |meal: MealKind| {
            option.serves.contains(&meal).then(|| score::meal(self.brief, option, meal, cost_cents).sum())
        };
        let flavours = self.brief.cuisines.iter().take(FLAVOURS_MAX).enumerate();
        let flavours = flavours.filter(|(_, cuisine)| option.serves_cuisine(cuisine)).map(|(bit, _)| 1 << bit).sum();
        Meal { city: self.city_of(&option.city_id, index), place, cost_cents, scores: MEALS.map(points), flavours }
    }

    fn city_of(&self, id: &str, index: &Index) -> usize {
        let city = index.cities.iter().position(|&city| self.facts.cities[city].place.id == id);
        city.expect("candidates are of the cities of the index")
    }

    fn sight(&self, at: usize, index: &Index, place: usize) -> Sight {
        let sight = &self.facts.sights[at];
        let cost_cents = self.local_cents(&sight.city_id, self.people(), sight.price_cents);
        let must_see = self.brief.must_see.contains(&sight.id);
        let evening = must_see || EVENING.iter().any(|kind| sight.is_about(*kind));
        let day = |day: u32| {
            let date = self.brief.start_date + Duration::days(i64::from(day));
            let hours = &sight.hours[date.weekday().num_days_from_monday() as usize];
            let until = |minute: u32| if evening { minute } else { minute.min(SIGHTS_UNTIL_MINUTE) };
            let open =
                hours.iter().map(|span| Span { from_minute: span.from_minute, until_minute: until(span.until_minute) });
            let weather = weather(self.facts, &sight.city_id, date);
            SightDay {
                open: open.filter(|span| span.from_minute < span.until_minute).collect(),
                score: score::sight(self.brief, sight, weather, cost_cents).sum(),
            }
        };
        Sight {
            city: self.city_of(&sight.city_id, index),
            place,
            cost_cents,
            visit_minutes: sight.visit_minutes,
            must_see,
            days: (0..self.brief.days()).map(day).collect(),
        }
    }

    /// Where the candidates are: beds city by city, meals, sights.
    fn points(&self, index: &Index) -> Vec<Point> {
        let beds = index.beds.iter().flatten().map(|&bed| self.facts.lodgings[bed].at);
        let meals = index.meals.iter().map(|&meal| self.facts.meals[meal].at);
        let sights = index.sights.iter().map(|&sight| self.facts.sights[sight].at);
        beds.chain(meals).chain(sights).collect()
    }

    /// The city of each point.
    fn owners(&self, index: &Index) -> Vec<&'a str> {
        let beds = index.beds.iter().flatten().map(|&bed| self.facts.lodgings[bed].city_id.as_str());
        let meals = index.meals.iter().map(|&meal| self.facts.meals[meal].city_id.as_str());
        let sights = index.sights.iter().map(|&sight| self.facts.sights[sight].city_id.as_str());
        beds.chain(meals).chain(sights).collect()
    }
}

/// The weather of a date in a city, where it is known.
pub(super) fn weather<'a>(facts: &'a Facts, city_id: &str, date: NaiveDate) -> Option<&'a DayWeather> {
    facts.weather.iter().find(|weather| weather.city_id == city_id && weather.date == date)
}

fn meal_time(meal: MealKind) -> MealTime {
    let start = rules::meal_start(meal);
    MealTime {
        start: Span { from_minute: start.from_minute, until_minute: start.until_minute },
        minutes: rules::meal_minutes(meal),
        before_sights: meal == MealKind::Breakfast,
    }
}
