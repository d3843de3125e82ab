//! Whether a plan keeps every constraint, and whether its score and cost are what it says.

use solver::{MEALS_PER_DAY, Need, Problem, Solution, StopKind};

/// Everything that is wrong with the solution.
pub(crate) fn violations(problem: &Problem, solution: &Solution) -> Vec<String> {
    let mut wrong = Vec::new();
    let journey = &problem.journeys[solution.journey];
    let bed = solution.bed.map(|bed| &problem.beds[bed]);
    let mut score = journey.score + bed.map_or(0, |bed| bed.score);
    let mut cents = journey.cost_cents + bed.map_or(0, |bed| bed.cost_cents[journey.nights]);
    let (mut seen, mut eaten, mut tickets) = (Vec::new(), Vec::new(), 0);
    if bed.is_some() != (journey.nights > 0) {
        wrong.push("a bed without nights, or nights without a bed".to_owned());
    }
    for (day, stops) in solution.days.iter().enumerate() {
        let Some(frame) = journey.days[day] else {
            if !stops.is_empty() {
                wrong.push(format!("day {day} is not in the city"));
            }
            continue;
        };
        let (mut place, mut minute) = (bed.map(|bed| bed.place), frame.free.from_minute);
        let (mut slots, mut today, mut sights, mut far) = (Vec::new(), Vec::new(), 0, false);
        for stop in stops {
            let (to, length) = match stop.kind {
                StopKind::Sight(at) => (problem.sights[at].place, problem.sights[at].visit_minutes),
                StopKind::Meal { slot, meal } => (problem.meals[meal].place, problem.meal_times[slot].minutes),
            };
            let way = place.map_or(0, |from| problem.travel.minutes(from, to));
            far |= place.is_some_and(|from| problem.travel.is_far(from, to));
            score -= i64::from(way) * problem.minute_penalty;
            if stop.start_minute < minute + way || stop.end_minute != stop.start_minute + length {
                wrong.push(format!("day {day}: {stop:?} does not follow what came before"));
            }
            (place, minute) = (Some(to), stop.end_minute);
            match stop.kind {
                StopKind::Sight(at) => {
                    let sight = &problem.sights[at];
                    let holds = |open: &solver::Span| {
                        open.from_minute <= stop.start_minute && stop.end_minute <= open.until_minute
                    };
                    if !sight.days[day].open.iter().any(holds) || stop.start_minute < problem.first_sight_minute {
                        wrong.push(format!("day {day}: {stop:?} is closed or too early"));
                    }
                    score += sight.days[day].score;
                    cents += sight.cost_cents;
                    sights += 1;
                    seen.push(at);
                }
                StopKind::Meal { slot, meal } => {
                    let time = problem.meal_times[slot];
                    let in_time = (time.start.from_minute..=time.start.until_minute).contains(&stop.start_minute);
                    let late = time.before_sights && sights > 0;
                    if !in_time || late || slots.last().is_some_and(|last| *last >= slot) || today.contains(&meal) {
                        wrong.push(format!("day {day}: {stop:?} is not in order"));
                    }
                    score += problem.meals[meal].scores[slot].expect("it is served");
                    cents += problem.meals[meal].cost_cents;
                    slots.push(slot);
                    today.push(meal);
                }
            }
        }
        let home = place.zip(bed).map_or(0, |(from, bed)| problem.travel.minutes(from, bed.place));
        score -= i64::from(home) * problem.minute_penalty;
        if minute + home > frame.free.until_minute || sights > problem.sights_per_day_max {
            wrong.push(format!("day {day} is too full"));
        }
        for slot in 0..MEALS_PER_DAY {
            let has = slots.contains(&slot);
            if (frame.meals[slot] == Need::Required && !has) || (frame.meals[slot] == Need::Absent && has) {
                wrong.push(format!("day {day}: meal {slot} is missing or out of place"));
            }
        }
        let again = today.iter().filter(|meal| eaten.contains(*meal)).count();
        score -= i64::try_from(again).expect("a few") * problem.repeat_penalty;
        eaten.extend(today);
        tickets += usize::from(far);
    }
    let unseen = |(at, sight): (usize, &solver::Sight)| sight.must_see && !seen.contains(&at);
    let count = seen.len();
    if problem.sights.iter().enumerate().any(unseen) {
        wrong.push("a must-see is missing".to_owned());
    }
    seen.sort_unstable();
    seen.dedup();
    cents += problem.transit_cents[tickets];
    if seen.len() != count || cents > problem.budget_cents || tickets != solution.transit_days {
        wrong.push("a sight twice, too dear, or wrong tickets".to_owned());
    }
    if (score, cents) != (solution.score, solution.total_cents) || solution.parts.sum() != score {
        wrong.push(format!("says {} points for {}, is {score} for {cents}", solution.score, solution.total_cents));
    }
    wrong
}
