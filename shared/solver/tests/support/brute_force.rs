//! Every plan there is.

use std::collections::BTreeMap;

use solver::{MEALS_PER_DAY, Need, Problem};

/// What a day holds, as far as other days care: sights, meals, ticket.
type Held = (u32, [Option<usize>; MEALS_PER_DAY], bool);

/// The score of the best plan; `None` when there is no plan.
pub(crate) fn best_score(problem: &Problem) -> Option<i64> {
    let mut best = None;
    for (index, journey) in problem.journeys.iter().enumerate() {
        let beds: Vec<Option<usize>> =
            if journey.nights == 0 { vec![None] } else { (0..problem.beds.len()).map(Some).collect() };
        for bed in beds {
            let stay = match bed {
                None => (0, 0),
                Some(bed) => match problem.beds[bed].cost_cents.get(journey.nights) {
                    None => continue,
                    Some(cents) => (*cents, problem.beds[bed].score),
                },
            };
            let days: Vec<Vec<(Held, i64)>> = (0..journey.days.len())
                .map(|day| {
                    let mut all = BTreeMap::new();
                    Day { problem, journey: index, bed, day }.walk(&mut all);
                    all.into_iter().collect()
                })
                .collect();
            combine(problem, &days, &mut Vec::new(), journey.cost_cents + stay.0, journey.score + stay.1, &mut best);
        }
    }
    best
}

fn combine(
    problem: &Problem,
    days: &[Vec<(Held, i64)>],
    held: &mut Vec<Held>,
    cents: i64,
    score: i64,
    best: &mut Option<i64>,
) {
    let Some((first, rest)) = days.split_first() else {
        let seen = held.iter().fold(0, |seen, day| seen | day.0);
        let tickets = held.iter().filter(|day| day.2).count();
        let total = cents + problem.transit_cents[tickets];
        let all_seen = problem.sights.iter().enumerate().all(|(at, sight)| !sight.must_see || seen & (1 << at) != 0);
        if total <= problem.budget_cents && all_seen && best.is_none_or(|best| score > best) {
            *best = Some(score);
        }
        return;
    };
    for (today, value) in first {
        if held.iter().any(|day| day.0 & today.0 != 0) {
            continue;
        }
        let eaten = |meal: &usize| held.iter().any(|day| day.1.contains(&Some(*meal)));
        let repeats = i64::try_from(today.1.iter().flatten().filter(|meal| eaten(meal)).count()).expect("a few");
        let sights = problem.sights.iter().enumerate().filter(|(at, _)| today.0 & (1 << at) != 0);
        let cost: i64 = sights.map(|(_, sight)| sight.cost_cents).sum::<i64>()
            + today.1.iter().flatten().map(|meal| problem.meals[*meal].cost_cents).sum::<i64>();
        held.push(*today);
        combine(problem, rest, held, cents + cost, score + value - repeats * problem.repeat_penalty, best);
        held.pop();
    }
}

struct Day<'a> {
    problem: &'a Problem,
    journey: usize,
    bed: Option<usize>,
    day: usize,
}

impl Day<'_> {
    fn walk(&self, all: &mut BTreeMap<Held, i64>) {
        let Some(frame) = self.problem.journeys[self.journey].days[self.day] else {
            all.insert((0, [None; MEALS_PER_DAY], false), 0);
            return;
        };
        let place = self.bed.map(|bed| self.problem.beds[bed].place);
        self.step(place, frame.free.from_minute, 0, (0, [None; MEALS_PER_DAY], false), 0, all);
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
        let problem = self.problem;
        let frame = problem.journeys[self.journey].days[self.day].expect("walk checked it");
        let until = frame.free.until_minute;
        let required = |slot: usize| frame.meals[slot] == Need::Required;
        let (home, _) = self.hop(place, self.bed.map(|bed| problem.beds[bed].place));
        if !(slot..MEALS_PER_DAY).any(required) && minute + home <= until {
            let total = value - i64::from(home) * problem.minute_penalty;
            let entry = all.entry(held).or_insert(total);
            *entry = (*entry).max(total);
        }
        for (at, sight) in problem.sights.iter().enumerate() {
            let too_many = held.0.count_ones() as usize >= problem.sights_per_day_max;
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
            for (at, meal) in problem.meals.iter().enumerate().filter(|(at, _)| !held.1.contains(&Some(*at))) {
                let Some(score) = meal.scores[next] else { continue };
                let time = problem.meal_times[next];
                let (way, far) = self.hop(place, Some(meal.place));
                let start = (minute + way).max(time.start.from_minute);
                if start > time.start.until_minute || start + time.minutes > until {
                    continue;
                }
                let mut meals = held.1;
                meals[next] = Some(at);
                let value = value + score - i64::from(way) * problem.minute_penalty;
                self.step(Some(meal.place), start + time.minutes, next + 1, (held.0, meals, held.2 || far), value, all);
            }
        }
    }
}
