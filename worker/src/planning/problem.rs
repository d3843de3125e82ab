//! What the solver is asked: the candidates that the brief allows, their costs in its currency, and their points.

use std::cmp::Reverse;

use chrono::{Datelike, Duration, NaiveDate};
use domain::{
    brief::{Brief, Interest, TransportMode},
    facts::{DayWeather, Direction, Facts, LegOption, MealKind, Point, SightOption},
    rules,
};
use solver::{Bed, Journey, Meal, MealTime, Problem, SIGHTS_MAX, Sight, SightDay, Span, Travel};

use super::{
    score,
    timeline::{MEALS, Timeline},
    trouble::{Cause, PlanningError},
};

/// Sights are for the day: a visit ends by 19:30, so that a free afternoon is not followed by a walk in the dark.
const SIGHTS_UNTIL_MINUTE: u32 = 19 * 60 + 30;
/// What is as good, or better, in the evening.
const EVENING: [Interest; 3] = [Interest::Nightlife, Interest::Music, Interest::Entertainment];

/// Candidates that the solver gets, so that one search stays small. The cheapest are kept, of sights the best.
const LEGS_MAX: usize = 16;
const BEDS_MAX: usize = 32;
const MEALS_MAX: usize = 60;

/// An outbound and a return leg: indices into the legs of [`Facts`].
pub type LegPair = (usize, usize);

/// Which fact each candidate of a problem is. Indices into the lists of [`Facts`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Outbound and return leg of each journey.
    pub journeys: Vec<LegPair>,
    pub beds: Vec<usize>,
    pub meals: Vec<usize>,
    pub sights: Vec<usize>,
}

/// The problem of the brief, and what its indices mean.
///
/// # Errors
/// When a rule of the brief leaves no candidate.
pub fn to_problem(brief: &Brief, facts: &Facts) -> Result<(Problem, Index), PlanningError> {
    let asked = Asked { brief, facts };
    if facts.rate.from != facts.city.currency || facts.rate.to != brief.budget.currency {
        return Err(PlanningError::new(brief, Cause::WrongRate));
    }
    asked.check_must_sees()?;
    let (journeys, pairs) = asked.journeys()?;
    let index = Index { journeys: pairs, beds: asked.beds(), meals: asked.meals(), sights: asked.sights() };
    if index.beds.is_empty() && journeys.iter().all(|journey| journey.nights > 0) {
        return Err(PlanningError::new(brief, Cause::NoBed));
    }
    let points = asked.points(&index);
    let mut places = 0..points.len();
    let mut place = || places.next().expect("as many places as candidates");
    let beds = index.beds.iter().map(|&at| asked.bed(at, place())).collect();
    let meals = index.meals.iter().map(|&at| asked.meal(at, place())).collect();
    let sights = index.sights.iter().map(|&at| asked.sight(at, place())).collect();
    let hop = |from: usize, to: usize| {
        (rules::travel_minutes(points[from], points[to]), rules::street_km(points[from], points[to]) > WALK_KM_MAX)
    };
    let problem = Problem {
        budget_cents: brief.budget.amount_cents,
        travel: Travel::new(points.len(), hop),
        journeys,
        beds,
        meal_times: MEALS.map(meal_time),
        meals,
        sights,
        sights_per_day_max: brief.pace.sights_per_day_max(),
        first_sight_minute: rules::first_sight_minute(brief.pace),
        transit_cents: (0..=brief.days()).map(|days| asked.tickets_cents(days)).collect(),
        minute_penalty: score::MINUTE_PENALTY,
        repeat_penalty: score::REPEAT_PENALTY,
    };
    Ok((problem, index))
}

/// Beyond this, a hop needs a ticket: the limit of walking in [`rules::travel_minutes`].
pub(super) const WALK_KM_MAX: f64 = 1.6;

struct Asked<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
}

impl Asked<'_> {
    /// What `quantity` of something costs, as one line of the bill.
    fn cents(&self, quantity: u32, unit_cents: i64) -> i64 {
        self.facts.rate.convert_cents(i64::from(quantity) * unit_cents)
    }

    fn tickets_cents(&self, days: u32) -> i64 {
        self.cents(self.brief.travellers.count() * days, self.facts.city.transit_day_ticket_cents)
    }

    fn check_must_sees(&self) -> Result<(), PlanningError> {
        for id in &self.brief.must_see {
            let Some(sight) = self.facts.sights.iter().find(|sight| sight.id == *id) else {
                return Err(PlanningError::new(self.brief, Cause::MustSeeUnknown { sight_id: id.clone() }));
            };
            if self.is_avoided(sight) {
                return Err(PlanningError::new(self.brief, Cause::MustSeeAvoided { name: sight.name.clone() }));
            }
        }
        Ok(())
    }

    fn is_avoided(&self, sight: &SightOption) -> bool {
        let is_kind_avoided = |interest| score::is_about(sight, interest);
        self.brief.avoid_sights.contains(&sight.id) || self.brief.avoid_interests.iter().copied().any(is_kind_avoided)
    }

    /// Every pair of legs that leaves time between them. One's own car goes both ways or not at all.
    fn journeys(&self) -> Result<(Vec<Journey>, Vec<LegPair>), PlanningError> {
        let outbounds = self.legs(Direction::Outbound, self.brief.start_date);
        let returns = self.legs(Direction::Return, self.brief.end_date);
        let is_car = |leg: usize| self.facts.legs[leg].mode == TransportMode::Car;
        let pairs = outbounds.iter().flat_map(|&there| returns.iter().map(move |&back| (there, back)));
        let timed = pairs.filter(|&(there, back)| is_car(there) == is_car(back)).map(|(there, back)| {
            let timeline = Timeline::new(self.brief, &self.facts.legs[there], &self.facts.legs[back]);
            ((there, back), timeline)
        });
        let mut timed: Vec<(LegPair, Timeline)> = timed.filter(|(_, timeline)| timeline.is_possible()).collect();
        // Leaving the bed in the dark is a last resort.
        if timed.iter().any(|(_, timeline)| timeline.leaves_by_day()) {
            timed.retain(|(_, timeline)| timeline.leaves_by_day());
        }
        if timed.is_empty() {
            let is_offered = !outbounds.is_empty() && !returns.is_empty();
            let cause = if is_offered { Cause::NoTimeInCity } else { Cause::NoTransport };
            return Err(PlanningError::new(self.brief, cause));
        }
        Ok(timed.into_iter().map(|(pair, timeline)| (self.journey(pair, &timeline), pair)).unzip())
    }

    fn legs(&self, direction: Direction, date: NaiveDate) -> Vec<usize> {
        let is_open = |leg: &LegOption| {
            leg.direction == direction && leg.date == date && !self.brief.avoid_transport.contains(&leg.mode)
        };
        let all = self.facts.legs.iter().enumerate().filter(|(_, leg)| is_open(leg)).map(|(index, _)| index);
        let mut legs: Vec<usize> = all.collect();
        // Over the date line one may arrive before one has left, which no calendar day can show in order.
        let is_in_order =
            |leg: &LegOption| leg.arrive_day_offset > 0 || (leg.arrive_day_offset == 0 && leg.arrive >= leg.depart);
        if direction == Direction::Outbound && legs.iter().any(|&leg| is_in_order(&self.facts.legs[leg])) {
            legs.retain(|&leg| is_in_order(&self.facts.legs[leg]));
        }
        legs.sort_by_key(|&leg| (self.facts.legs[leg].price_cents, leg));
        legs.truncate(LEGS_MAX);
        legs
    }

    fn journey(&self, (there, back): (usize, usize), timeline: &Timeline) -> Journey {
        let cost = |leg: usize| self.cents(self.brief.travellers.count(), self.facts.legs[leg].price_cents);
        let points = |leg: usize| score::leg(self.brief, &self.facts.legs[leg], cost(leg));
        Journey {
            cost_cents: cost(there) + cost(back),
            score: points(there) + points(back),
            nights: timeline.nights as usize,
            days: timeline.frames(),
        }
    }

    fn beds(&self) -> Vec<usize> {
        let wish = &self.brief.lodging;
        let fits = self.facts.lodgings.iter().enumerate().filter(|(_, bed)| {
            wish.kind.is_none_or(|kind| kind == bed.kind)
                && wish.room_type.is_none_or(|room_type| room_type == bed.room_type)
                && wish.tier.is_none_or(|tier| tier == bed.tier)
        });
        let mut beds: Vec<usize> = fits.map(|(index, _)| index).collect();
        let people = self.brief.travellers.count();
        let night = |bed: usize| {
            let option = &self.facts.lodgings[bed];
            i64::from(option.rooms_for(people)) * option.price_cents
        };
        beds.sort_by_key(|&bed| (night(bed), bed));
        beds.truncate(BEDS_MAX);
        beds
    }

    fn meals(&self) -> Vec<usize> {
        let suits = self
            .facts
            .meals
            .iter()
            .enumerate()
            .filter(|(_, meal)| self.brief.diet.iter().all(|diet| meal.diets.contains(diet)));
        let mut meals: Vec<usize> = suits.map(|(index, _)| index).collect();
        meals.sort_by_key(|&meal| (self.facts.meals[meal].price_cents, meal));
        meals.truncate(MEALS_MAX);
        meals
    }

    fn sights(&self) -> Vec<usize> {
        let allowed = self.facts.sights.iter().enumerate().filter(|(_, sight)| !self.is_avoided(sight));
        let mut sights: Vec<usize> = allowed.map(|(index, _)| index).collect();
        sights.sort_by_key(|&at| {
            let sight = &self.facts.sights[at];
            (!self.brief.must_see.contains(&sight.id), Reverse(score::sight(self.brief, sight, 0)), at)
        });
        sights.truncate(SIGHTS_MAX);
        sights
    }

    /// Where the candidates are: beds, meals, sights.
    fn points(&self, index: &Index) -> Vec<Point> {
        let beds = index.beds.iter().map(|&bed| self.facts.lodgings[bed].at);
        let meals = index.meals.iter().map(|&meal| self.facts.meals[meal].at);
        let sights = index.sights.iter().map(|&sight| self.facts.sights[sight].at);
        beds.chain(meals).chain(sights).collect()
    }

    fn bed(&self, at: usize, place: usize) -> Bed {
        let bed = &self.facts.lodgings[at];
        let rooms = bed.rooms_for(self.brief.travellers.count());
        // An overnight flight over the date line can add a night to those of the brief.
        let cost = |nights: u32| self.cents(rooms * nights, bed.price_cents);
        let whole = cost(self.brief.nights());
        let cost_cents = (0..=self.brief.days()).map(cost).collect();
        Bed { place, score: score::bed(self.brief, bed, whole), cost_cents }
    }

    fn meal(&self, at: usize, place: usize) -> Meal {
        let option = &self.facts.meals[at];
        let cost_cents = self.cents(self.brief.travellers.count(), option.price_cents);
        let points =
            |meal: MealKind| option.serves.contains(&meal).then(|| score::meal(self.brief, option, meal, cost_cents));
        Meal { place, cost_cents, scores: MEALS.map(points) }
    }

    fn sight(&self, at: usize, place: usize) -> Sight {
        let sight = &self.facts.sights[at];
        let cost_cents = self.cents(self.brief.travellers.count(), sight.price_cents);
        let base = score::sight(self.brief, sight, cost_cents);
        let evening =
            self.brief.must_see.contains(&sight.id) || EVENING.iter().any(|kind| score::is_about(sight, *kind));
        let day = |day: u32| {
            let date = self.brief.start_date + Duration::days(i64::from(day));
            let hours = &sight.hours[date.weekday().num_days_from_monday() as usize];
            let until = |minute: u32| if evening { minute } else { minute.min(SIGHTS_UNTIL_MINUTE) };
            let open =
                hours.iter().map(|span| Span { from_minute: span.from_minute, until_minute: until(span.until_minute) });
            SightDay {
                open: open.filter(|span| span.from_minute < span.until_minute).collect(),
                score: base - score::rain(sight, weather(self.facts, date)),
            }
        };
        Sight {
            place,
            cost_cents,
            visit_minutes: sight.visit_minutes,
            must_see: self.brief.must_see.contains(&sight.id),
            days: (0..self.brief.days()).map(day).collect(),
        }
    }
}

/// The weather of a date, where it is known.
pub(super) fn weather(facts: &Facts, date: NaiveDate) -> Option<&DayWeather> {
    facts.weather.iter().find(|weather| weather.date == date)
}

fn meal_time(meal: MealKind) -> MealTime {
    let start = rules::meal_start(meal);
    MealTime {
        start: Span { from_minute: start.from_minute, until_minute: start.until_minute },
        minutes: rules::meal_minutes(meal),
        before_sights: meal == MealKind::Breakfast,
    }
}
