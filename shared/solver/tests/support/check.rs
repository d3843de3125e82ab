//! Whether a plan keeps every constraint, and whether its score and cost are what it says.

use solver::{DayFrame, MEALS_PER_DAY, Need, Problem, ScoreParts, Solution, Stop, StopKind};

/// Everything that is wrong with the solution, the budget aside.
pub(crate) fn violations(problem: &Problem, solution: &Solution) -> Vec<String> {
    let mut check = Check { problem, ..Check::new(problem) };
    check.route(solution);
    for visit in &solution.visits {
        check.visit(visit);
    }
    if problem.sights.iter().enumerate().any(|(at, sight)| sight.must_see && !check.seen.contains(&at)) {
        check.wrong.push("a must-see is missing".to_owned());
    }
    let had = check.all_eaten.iter().fold(0, |had, meal| had | problem.meals[*meal].flavours);
    if (0..problem.flavours).any(|flavour| had & (1 << flavour) == 0) {
        check.wrong.push("a kind of food is missing".to_owned());
    }
    let count = check.seen.len();
    check.seen.sort_unstable();
    check.seen.dedup();
    if check.seen.len() != count {
        check.wrong.push("a sight twice".to_owned());
    }
    let (cents, parts) = (check.cents, check.parts);
    if (cents, parts, parts.sum()) != (solution.total_cents, solution.parts, solution.score) {
        check.wrong.push(format!("says {:?} for {}, is {parts:?} for {cents}", solution.parts, solution.total_cents));
    }
    check.wrong
}

/// The first meal that may follow a sight, in the problems of these tests.
const LUNCH: usize = 1;

struct Check<'a> {
    problem: &'a Problem,
    wrong: Vec<String>,
    parts: ScoreParts,
    cents: i64,
    seen: Vec<usize>,
    all_eaten: Vec<usize>,
}

impl<'a> Check<'a> {
    fn new(problem: &'a Problem) -> Self {
        let parts = ScoreParts::default();
        Self { problem, wrong: Vec::new(), parts, cents: 0, seen: Vec::new(), all_eaten: Vec::new() }
    }

    fn route(&mut self, solution: &Solution) {
        let problem = self.problem;
        let stays: Vec<_> = solution.visits.iter().map(|visit| &problem.stays[visit.stay]).collect();
        let (Some(first), Some(last)) = (stays.first(), stays.last()) else {
            self.wrong.push("no city".to_owned());
            return;
        };
        let mut legs = vec![first.leg_in];
        for stay in &stays {
            if legs.last() != Some(&stay.leg_in) {
                self.wrong.push("a stay does not follow its leg".to_owned());
            }
            legs.push(stay.leg_out);
        }
        let legs: Vec<_> = legs.into_iter().map(|leg| &problem.legs[leg]).collect();
        if problem.legs[first.leg_in].from.is_some() || problem.legs[last.leg_out].to.is_some() {
            self.wrong.push("it does not begin and end at home".to_owned());
        }
        if legs.iter().any(|leg| leg.is_own_car) && !legs.iter().all(|leg| leg.is_own_car) {
            self.wrong.push("the car is left somewhere".to_owned());
        }
        let mut cities: Vec<usize> = stays.iter().map(|stay| stay.city).collect();
        cities.sort_unstable();
        cities.dedup();
        let is_missing = |(at, city): (usize, &solver::City)| city.is_required && !cities.contains(&at);
        if cities.len() != problem.city_count
            || stays.len() != problem.city_count
            || problem.cities.iter().enumerate().any(is_missing)
        {
            self.wrong.push("not the cities that were asked for".to_owned());
        }
        self.cents += legs.iter().map(|leg| leg.cost_cents).sum::<i64>();
        self.parts.legs += legs.iter().map(|leg| leg.score).sum::<i64>();
    }

    fn visit(&mut self, visit: &solver::Visit) {
        let problem = self.problem;
        let stay = &problem.stays[visit.stay];
        let city = &problem.cities[stay.city];
        let bed = visit.bed.map(|bed| &city.beds[bed]);
        if bed.is_some() != (stay.nights > 0) || visit.days.len() != stay.days.len() {
            self.wrong.push("a bed without nights, nights without a bed, or a day too few".to_owned());
        }
        if let Some(bed) = bed {
            let booking = bed.bookings[stay.nights].expect("it can be booked");
            self.cents += booking.cost_cents;
            self.parts.beds += booking.score;
        }
        let may_repeat = city.repeat_from_nights.map(|from| stay.nights >= from);
        let (mut eaten, mut tickets) = (Vec::new(), 0);
        for ((day, frame), stops) in stay.days.iter().zip(&visit.days) {
            let (today, far) = self.day((*day, frame), bed.map(|bed| bed.place), stay.city, stops);
            for (slot, meal) in &today {
                if eaten.contains(meal) {
                    self.parts.repeats -= problem.repeat_penalty;
                    if !may_repeat[*slot] {
                        self.wrong.push(format!("day {day}: meal {slot} at a known place"));
                    }
                }
            }
            eaten.extend(today.iter().map(|(_, meal)| *meal));
            tickets += usize::from(far);
        }
        self.all_eaten.extend(eaten);
        self.cents += city.transit_cents[tickets.min(city.transit_cents.len() - 1)];
        if tickets != visit.ticket_days {
            self.wrong.push("wrong tickets".to_owned());
        }
    }

    /// The meals of the day, and whether it needs a ticket.
    fn day(
        &mut self,
        (day, frame): (usize, &DayFrame),
        bed: Option<usize>,
        city: usize,
        stops: &[Stop],
    ) -> (Vec<(usize, usize)>, bool) {
        let problem = self.problem;
        let (mut place, mut minute) = (bed, frame.free.from_minute);
        let (mut today, mut sights, mut far): (Vec<(usize, usize)>, _, _) = (Vec::new(), 0, false);
        for stop in stops {
            let (to, length, of_city) = match stop.kind {
                StopKind::Sight(at) => {
                    (problem.sights[at].place, problem.sights[at].visit_minutes, problem.sights[at].city)
                }
                StopKind::Meal { slot, meal } => {
                    (problem.meals[meal].place, problem.meal_times[slot].minutes, problem.meals[meal].city)
                }
            };
            let way = place.map_or(0, |from| problem.travel.minutes(from, to));
            far |= place.is_some_and(|from| problem.travel.is_far(from, to));
            self.parts.travelling -= i64::from(way) * problem.minute_penalty;
            if stop.start_minute < minute + way || stop.end_minute != stop.start_minute + length || of_city != city {
                self.wrong.push(format!("day {day}: {stop:?} does not follow what came before"));
            }
            (place, minute) = (Some(to), stop.end_minute);
            match stop.kind {
                StopKind::Sight(at) => {
                    self.sight(day, at, stop);
                    sights += 1;
                }
                StopKind::Meal { slot, meal } => {
                    let time = problem.meal_times[slot];
                    let in_time = (time.start.from_minute..=time.start.until_minute).contains(&stop.start_minute);
                    let late = time.before_sights && sights > 0;
                    if frame.wants_sight && slot == LUNCH && sights == 0 {
                        self.parts.lulls -= problem.idle_morning_penalty;
                    }
                    let known = today.iter().any(|(_, other)| *other == meal);
                    if !in_time || late || known || today.last().is_some_and(|(last, _)| *last >= slot) {
                        self.wrong.push(format!("day {day}: {stop:?} is not in order"));
                    }
                    self.parts.meals += problem.meals[meal].scores[slot].expect("it is served");
                    self.cents += problem.meals[meal].cost_cents;
                    today.push((slot, meal));
                }
            }
        }
        let home = place.zip(bed).map_or(0, |(from, bed)| problem.travel.minutes(from, bed));
        self.parts.travelling -= i64::from(home) * problem.minute_penalty;
        if minute + home > frame.free.until_minute || sights > frame.sights_max {
            self.wrong.push(format!("day {day} is too full"));
        }
        if frame.wants_sight && sights == 0 {
            self.parts.empty_days -= problem.empty_day_penalty;
        } else if frame.wants_sight && sights == 1 && frame.sights_max >= 2 {
            self.parts.lulls -= problem.thin_day_penalty;
        }
        for slot in 0..MEALS_PER_DAY {
            let has = today.iter().any(|(other, _)| *other == slot);
            if (frame.meals[slot] == Need::Required && !has) || (frame.meals[slot] == Need::Absent && has) {
                self.wrong.push(format!("day {day}: meal {slot} is missing or out of place"));
            }
        }
        (today, far)
    }

    fn sight(&mut self, day: usize, at: usize, stop: &Stop) {
        let sight = &self.problem.sights[at];
        let holds = |open: &solver::Span| open.from_minute <= stop.start_minute && stop.end_minute <= open.until_minute;
        if !sight.days[day].open.iter().any(holds) || stop.start_minute < self.problem.first_sight_minute {
            self.wrong.push(format!("day {day}: {stop:?} is closed or too early"));
        }
        self.parts.sights += sight.days[day].score;
        self.cents += sight.cost_cents;
        self.seen.push(at);
    }
}
