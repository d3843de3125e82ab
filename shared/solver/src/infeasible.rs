//! Why there is no plan: what can be said before a search, and what after one that found nothing.

use crate::{
    day,
    day_task::{DayTask, MILLI},
    limits::{EndedBy, Meter},
    outcome::Reason,
    problem::{DayFrame, MEALS_PER_DAY, Need, Problem},
    trip::{Choice, Multipliers, Planner},
};

/// Every journey with every bed that the budget may allow. Not empty.
///
/// # Errors
/// Why there is none.
pub(crate) fn choices(problem: &Problem) -> Result<Vec<Choice>, Reason> {
    if problem.journeys.is_empty() {
        return Err(Reason::NoJourney);
    }
    if let Some(sight) = problem.must_sees().find(|sight| !is_ever_open(problem, *sight)) {
        return Err(Reason::MustSeeClosed { sight });
    }
    let must_sees: i64 = problem.must_sees().map(|sight| problem.sights[sight].cost_cents).sum();
    let (mut no_meal, mut minimum_cents, mut all) = (None, None, Vec::new());
    for (index, journey) in problem.journeys.iter().enumerate() {
        let meals = match meals_min(problem, journey.days.iter()) {
            Ok(meals) => meals,
            Err(reason) => {
                no_meal = no_meal.or(Some(reason));
                continue;
            }
        };
        for (bed, stay_cents, bed_score) in beds(problem, journey.nights) {
            let cost_cents = journey.cost_cents + stay_cents + must_sees;
            let least = cost_cents + meals + problem.tickets(0);
            minimum_cents = Some(minimum_cents.map_or(least, |minimum: i64| minimum.min(least)));
            if least <= problem.budget_cents {
                all.push(Choice { journey: index, bed, cost_cents, score: journey.score + bed_score });
            }
        }
    }
    if !all.is_empty() {
        return Ok(all);
    }
    Err(match (minimum_cents, no_meal) {
        (Some(minimum_cents), _) => Reason::OverBudget { minimum_cents },
        (None, Some(reason)) => reason,
        (None, None) => Reason::NoBed,
    })
}

/// The beds for so many nights: index, cost in cents and score. One empty entry when no bed is needed.
fn beds(problem: &Problem, nights: usize) -> Vec<(Option<usize>, i64, i64)> {
    if nights == 0 {
        return vec![(None, 0, 0)];
    }
    let bookable = problem.beds.iter().enumerate();
    bookable.filter_map(|(index, bed)| Some((Some(index), *bed.cost_cents.get(nights)?, bed.score))).collect()
}

/// The least that the required meals of a journey cost.
fn meals_min<'a>(problem: &Problem, days: impl Iterator<Item = &'a Option<DayFrame>>) -> Result<i64, Reason> {
    let mut sum = 0;
    for (day, frame) in days.enumerate() {
        let Some(frame) = frame else { continue };
        for slot in (0..MEALS_PER_DAY).filter(|slot| frame.meals[*slot] == Need::Required) {
            let serving = problem.meals.iter().filter(|meal| meal.scores[slot].is_some());
            sum += serving.map(|meal| meal.cost_cents).min().ok_or(Reason::NoMeal { day, slot })?;
        }
    }
    Ok(sum)
}

fn is_ever_open(problem: &Problem, sight: usize) -> bool {
    let mut days = problem.journeys.iter().flat_map(|journey| journey.days.iter().enumerate());
    days.any(|(day, frame)| {
        frame.is_some_and(|frame| {
            let from = frame.free.from_minute.max(problem.first_sight_minute);
            problem.sights[sight].start(day, from, frame.free.until_minute).is_some()
        })
    })
}

/// The most likely reason after a search found nothing. `missing`: the must-sees that the best attempt left out.
pub(crate) fn diagnose(planner: &Planner, choices: &[Choice], missing: Vec<usize>, ended: &Meter) -> Reason {
    let problem = planner.problem;
    if matches!(ended.ended(), Some(EndedBy::Stopped | EndedBy::Clock)) {
        return Reason::Stopped;
    }
    let mut meter = ended.again();
    if let Some(&sight) = missing.iter().find(|sight| !fits_alone(planner, choices, **sight, &mut meter)) {
        return Reason::MustSeeDoesNotFit { sight };
    }
    let rich = Problem { budget_cents: i64::MAX / 4, ..problem.clone() };
    let rich_planner = Planner::new(&rich);
    let is_money = choices.iter().take(CHOICES_TRIED_MAX).any(|choice| {
        let trip = rich_planner.cheapest(*choice, &mut meter);
        trip.is_some_and(|trip| trip.must_sees_missing(&rich).is_empty())
    });
    if is_money && missing.is_empty() {
        // Every plan costs more than the budget, by at least a cent.
        Reason::OverBudget { minimum_cents: problem.budget_cents + 1 }
    } else {
        Reason::NotTogether { sights: missing }
    }
}

/// Choices looked at for an explanation.
const CHOICES_TRIED_MAX: usize = 64;

/// Whether some day holds the sight beside its required meals.
fn fits_alone(planner: &Planner, choices: &[Choice], sight: usize, meter: &mut Meter) -> bool {
    let problem = planner.problem;
    let truth = Multipliers::none(problem);
    choices.iter().take(CHOICES_TRIED_MAX).any(|choice| {
        choice.frames(problem).any(|(day, frame)| {
            let mut prices = planner.prices(day, &truth);
            for (index, price) in prices.sights.iter_mut().enumerate() {
                *price = (index == sight).then_some(MILLI);
            }
            let task = DayTask::new(problem, &planner.ways, (day, frame), choice.bed_place(problem), &prices);
            let found = day::search(&task.with_threshold(i64::MIN / 4).with_width(2_000), meter);
            found.is_cut || found.all.iter().any(|plan| plan.sights != 0)
        })
    })
}
