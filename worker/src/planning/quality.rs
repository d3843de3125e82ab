//! The score of a solution, told by what people care about.

use chrono::Duration;
use domain::{
    brief::Brief,
    facts::Facts,
    plan::{Quality, QualityPart},
};
use solver::{Problem, ScoreParts, Solution, StopKind, Visit};

use super::{
    problem::{Index, weather},
    score::{self, Points},
    timeline::MEALS,
};

pub(super) fn quality(brief: &Brief, facts: &Facts, problem: &Problem, index: &Index, solution: &Solution) -> Quality {
    let account = Account { brief, facts, problem, index };
    let visits: Points = solution.visits.iter().map(|visit| account.visit(visit)).sum();
    let legs: Points = account.legs(solution).map(|leg| account.leg(leg)).sum();
    let parts = visits
        + legs
        + Points::of(QualityPart::Walking, solution.parts.travelling)
        + Points::of(QualityPart::Variety, lulls(solution.parts));
    debug_assert_eq!(parts.sum(), solution.score, "the parts are those of the solver's score");
    Quality {
        score: parts.sum(),
        parts: parts.parts(),
        optimal: solution.optimal,
        bound: solution.bound,
        ended_by: solution.ended_by.word().to_owned(),
        nodes: solution.nodes,
    }
}

/// Meals at places of an earlier day, days with too little to see, idle mornings.
fn lulls(parts: ScoreParts) -> i64 {
    parts.repeats + parts.empty_days + parts.lulls
}

struct Account<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
    problem: &'a Problem,
    index: &'a Index,
}

impl Account<'_> {
    /// The way to each city, and the way home.
    fn legs(&self, solution: &Solution) -> impl Iterator<Item = usize> {
        let stays = solution.visits.iter().map(|visit| &self.problem.stays[visit.stay]);
        let last = stays.clone().next_back().map(|stay| stay.leg_out);
        stays.map(|stay| stay.leg_in).chain(last)
    }

    fn leg(&self, leg: usize) -> Points {
        score::leg(self.brief, &self.facts.legs[self.index.legs[leg]], self.problem.legs[leg].cost_cents)
    }

    fn visit(&self, visit: &Visit) -> Points {
        let stay = &self.problem.stays[visit.stay];
        let bed = visit.bed.map_or_else(Points::default, |bed| self.bed(stay.city, bed, stay.nights));
        let days = stay.days.iter().zip(&visit.days);
        let stops = days.flat_map(|((day, _), stops)| stops.iter().map(move |stop| self.stop(*day, stop.kind)));
        bed + stops.sum()
    }

    fn bed(&self, city: usize, bed: usize, nights: usize) -> Points {
        let option = &self.facts.lodgings[self.index.beds[city][bed]];
        let booking = self.problem.cities[city].beds[bed].bookings.get(nights).copied().flatten();
        let nights = u32::try_from(nights).unwrap_or(u32::MAX);
        booking.map_or_else(Points::default, |booking| score::bed(self.brief, option, nights, booking.cost_cents))
    }

    fn stop(&self, day: usize, stop: StopKind) -> Points {
        match stop {
            StopKind::Sight(sight) => {
                let option = &self.facts.sights[self.index.sights[sight]];
                let date = self.brief.start_date + Duration::days(i64::try_from(day).unwrap_or(0));
                let weather = weather(self.facts, &option.city_id, date);
                score::sight(self.brief, option, weather, self.problem.sights[sight].cost_cents)
            }
            StopKind::Meal { slot, meal } => {
                let option = &self.facts.meals[self.index.meals[meal]];
                score::meal(self.brief, option, MEALS[slot], self.problem.meals[meal].cost_cents)
            }
        }
    }
}
