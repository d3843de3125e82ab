//! Every plan there is.

use std::collections::BTreeMap;

use solver::{DayFrame, MEALS_PER_DAY, Need, Problem};

/// What a day holds, as far as other days care: sights, meals, ticket.
type Held = (u32, [Option<usize>; MEALS_PER_DAY], bool);

/// What all plans together say.
#[derive(Default)]
pub(crate) struct Best {
    /// The score of the best plan within the budget.
    pub(crate) score: Option<i64>,
    /// The cost of the cheapest plan, whatever the budget.
    pub(crate) cents: Option<i64>,
}

pub(crate) fn best(problem: &Problem) -> Best {
    let mut best = Best::default();
    for (leg, fact) in problem.legs.iter().enumerate().filter(|(_, leg)| leg.from.is_none()) {
        let path = Path { problem, stays: Vec::new(), cents: fact.cost_cents, score: fact.score };
        path.walk(leg, &mut best);
    }
    best
}

/// A way from home: the stays with their beds.
#[derive(Clone)]
struct Path<'a> {
    problem: &'a Problem,
    stays: Vec<(usize, Option<usize>)>,
    cents: i64,
    score: i64,
}

impl Path<'_> {
    fn walk(&self, leg: usize, best: &mut Best) {
        let problem = self.problem;
        let Some(city) = problem.legs[leg].to else {
            let been: Vec<usize> = self.stays.iter().map(|(stay, _)| problem.stays[*stay].city).collect();
            let is_missing = |(city, fact): (usize, &solver::City)| fact.is_required && !been.contains(&city);
            if been.len() == problem.city_count && !problem.cities.iter().enumerate().any(is_missing) {
                self.days(best);
            }
            return;
        };
        let been = self.stays.iter().any(|(stay, _)| problem.stays[*stay].city == city);
        if been || self.stays.len() == problem.city_count {
            return;
        }
        for (index, stay) in problem.stays.iter().enumerate().filter(|(_, stay)| stay.leg_in == leg) {
            let next = &problem.legs[stay.leg_out];
            if next.is_own_car != problem.legs[leg].is_own_car {
                continue;
            }
            let beds = problem.cities[city].beds.iter().enumerate();
            let booked = beds.filter_map(|(bed, fact)| Some((Some(bed), (*fact.bookings.get(stay.nights)?)?)));
            let booked = booked.map(|(bed, booking)| (bed, booking.cost_cents, booking.score));
            let beds: Vec<_> = if stay.nights == 0 { vec![(None, 0, 0)] } else { booked.collect() };
            for (bed, cents, score) in beds {
                let mut path = self.clone();
                path.stays.push((index, bed));
                path.cents += next.cost_cents + cents;
                path.score += next.score + score;
                path.walk(stay.leg_out, best);
            }
        }
    }

    fn days(&self, best: &mut Best) {
        let problem = self.problem;
        let mut days = Vec::new();
        for &(stay, bed) in &self.stays {
            let fact = &problem.stays[stay];
            let bed = bed.map(|bed| problem.cities[fact.city].beds[bed].place);
            for &(day, frame) in &fact.days {
                let mut all = BTreeMap::new();
                Day { problem, city: fact.city, bed, day, frame }.walk(&mut all);
                days.push((stay, all.into_iter().collect()));
            }
        }
        let mut combine = Combine { problem, path: self, days: &days, held: Vec::new(), best };
        combine.extend(self.cents, self.score);
    }
}

/// The stay of each day and all that the day can hold, with its value.
type Days = [(usize, Vec<(Held, i64)>)];

struct Combine<'a> {
    problem: &'a Problem,
    path: &'a Path<'a>,
    days: &'a Days,
    held: Vec<(usize, Held)>,
    best: &'a mut Best,
}

impl Combine<'_> {
    fn extend(&mut self, cents: i64, score: i64) {
        let problem = self.problem;
        let is_useless = cents > problem.budget_cents && self.best.cents.is_some_and(|best| cents >= best);
        if is_useless {
            return;
        }
        let Some((stay, today)) = self.days.get(self.held.len()) else {
            self.consider(cents, score);
            return;
        };
        for (held, value) in today {
            if self.held.iter().any(|(_, day)| day.0 & held.0 != 0) {
                continue;
            }
            let fact = &problem.stays[*stay];
            let may_repeat = problem.cities[fact.city].repeat_from_nights.map(|from| fact.nights >= from);
            let eaten = |meal: &usize| self.held.iter().any(|(_, day)| day.1.contains(&Some(*meal)));
            let again = |slot: &usize| held.1[*slot].as_ref().is_some_and(eaten);
            if (0..MEALS_PER_DAY).any(|slot| again(&slot) && !may_repeat[slot]) {
                continue;
            }
            let repeats = i64::try_from((0..MEALS_PER_DAY).filter(again).count()).expect("a few");
            let sights = problem.sights.iter().enumerate().filter(|(at, _)| held.0 & (1 << at) != 0);
            let cost = sights.map(|(_, sight)| sight.cost_cents).sum::<i64>()
                + held.1.iter().flatten().map(|meal| problem.meals[*meal].cost_cents).sum::<i64>();
            self.held.push((*stay, *held));
            self.extend(cents + cost, score + value - repeats * problem.repeat_penalty);
            self.held.pop();
        }
    }

    fn consider(&mut self, cents: i64, score: i64) {
        let problem = self.problem;
        let seen = self.held.iter().fold(0, |seen, (_, day)| seen | day.0);
        let meals = self.held.iter().flat_map(|(_, day)| day.1.iter().flatten());
        let had = meals.fold(0, |had, meal| had | problem.meals[*meal].flavours);
        let all_seen = problem.sights.iter().enumerate().all(|(at, sight)| !sight.must_see || seen & (1 << at) != 0);
        if !all_seen || (0..problem.flavours).any(|flavour| had & (1 << flavour) == 0) {
            return;
        }
        let tickets = self.path.stays.iter().map(|(stay, _)| {
            let days = self.held.iter().filter(|(at, day)| at == stay && day.2).count();
            let prices = &problem.cities[problem.stays[*stay].city].transit_cents;
            prices[days.min(prices.len() - 1)]
        });
        let cents = cents + tickets.sum::<i64>();
        self.best.cents = Some(self.best.cents.map_or(cents, |best| best.min(cents)));
        if cents <= problem.budget_cents {
            self.best.score = Some(self.best.score.map_or(score, |best| best.max(score)));
        }
    }
}

struct Day<'a> {
    problem: &'a Problem,
    city: usize,
    bed: Option<usize>,
    day: usize,
    frame: DayFrame,
}

impl Day<'_> {
    fn walk(&self, all: &mut BTreeMap<Held, i64>) {
        self.step(self.bed, self.frame.free.from_minute, 0, (0, [None; MEALS_PER_DAY], false), 0, all);
    }

    fn hop(&self, from: Option<usize>, to: Option<usize>) -> (u32, bool) {
        let (Some(from), Some(to)) = (from, to) else { return (0, false) };
        (self.problem.travel.minutes(from, to), self.problem.travel.is_far(from, to))
    }

    fn step(
        &self,
        place: Option<usize>,
        minute: u32,
        slot: usize,
        held: Held,
        value: i64,
        all: &mut BTreeMap<Held, i64>,
    ) {
        let (problem, frame) = (self.problem, self.frame);
        let until = frame.free.until_minute;
        let required = |slot: usize| frame.meals[slot] == Need::Required;
        let (home, _) = self.hop(place, self.bed);
        if !(slot..MEALS_PER_DAY).any(required) && minute + home <= until {
            let empty = match held.0.count_ones() {
                _ if !frame.wants_sight => 0,
                0 => problem.empty_day_penalty,
                1 if frame.sights_max >= 2 => problem.thin_day_penalty,
                _ => 0,
            };
            let total = value - i64::from(home) * problem.minute_penalty - empty;
            let entry = all.entry(held).or_insert(total);
            *entry = (*entry).max(total);
        }
        for (at, sight) in problem.sights.iter().enumerate().filter(|(_, sight)| sight.city == self.city) {
            let too_many = held.0.count_ones() as usize >= frame.sights_max;
            if held.0 & (1 << at) != 0 || too_many || (slot == 0 && required(0)) {
                continue;
            }
            let (way, far) = self.hop(place, Some(sight.place));
            let ready = (minute + way).max(problem.first_sight_minute);
            let starts = sight.days[self.day].open.iter().map(|span| (ready.max(span.from_minute), span.until_minute));
            let ends = starts.map(|(start, close)| (start + sight.visit_minutes, close.min(until)));
            let Some(end) = ends.filter(|(end, close)| end <= close).map(|(end, _)| end).min() else { continue };
            let value = value + sight.days[self.day].score - i64::from(way) * problem.minute_penalty;
            let held = (held.0 | 1 << at, held.1, held.2 || far);
            self.step(Some(sight.place), end, slot.max(1), held, value, all);
        }
        for next in (slot..MEALS_PER_DAY).filter(|next| frame.meals[*next] != Need::Absent) {
            if (slot..next).any(required) || (next == 0 && held.0 != 0) {
                continue;
            }
            let here = problem.meals.iter().enumerate().filter(|(_, meal)| meal.city == self.city);
            for (at, meal) in here.filter(|(at, _)| !held.1.contains(&Some(*at))) {
                let Some(score) = meal.scores[next] else { continue };
                let time = problem.meal_times[next];
                let (way, far) = self.hop(place, Some(meal.place));
                let start = (minute + way).max(time.start.from_minute);
                if start > time.start.until_minute || start + time.minutes > until {
                    continue;
                }
                let mut meals = held.1;
                meals[next] = Some(at);
                let is_idle = frame.wants_sight && next == 1 && held.0 == 0;
                let idle = if is_idle { problem.idle_morning_penalty } else { 0 };
                let value = value + score - i64::from(way) * problem.minute_penalty - idle;
                self.step(Some(meal.place), start + time.minutes, next + 1, (held.0, meals, held.2 || far), value, all);
            }
        }
    }
}
