//! What is computed once of each city: what is there, which places are alike, and the shortest ways.

use crate::problem::{MEALS_PER_DAY, Problem, SIGHTS_MAX};

/// With more different places than this in a city, detours are not compared one by one. It bounds a cubic loop.
const DETOUR_PLACES_MAX: usize = 96;

/// Places of a city of which hops to and from every other place are equal are one class: for the search they differ
/// only in what they are worth.
pub(crate) struct Ground {
    /// By city: its meals, its sights (those that are considered).
    pub(crate) meals: Vec<Vec<usize>>,
    pub(crate) sights: Vec<Vec<usize>>,
    /// By place of a stop: its class within its city, from 1 on. Class 0 is the bed.
    pub(crate) class: Vec<usize>,
    /// By city: the number of classes, the bed included.
    pub(crate) classes: Vec<usize>,
    /// By place of a stop: another place of its class.
    pub(crate) twin: Vec<Option<usize>>,
    /// By place of a bed: the first bed of the city with the same hops, that stands for all of them.
    pub(crate) bed_like: Vec<usize>,
    /// The shortest way to each place from another of the city.
    pub(crate) inbound_min: Vec<u32>,
    /// By how much a stop at each place can shorten a way. Zero where no detour is a short cut.
    pub(crate) gain_max: Vec<u32>,
    /// By city: at least so many cents for each ticket day, whatever their number.
    pub(crate) ticket_min: Vec<i64>,
}

impl Ground {
    pub(crate) fn new(problem: &Problem) -> Self {
        let (places, cities) = (problem.travel.places(), problem.cities.len());
        let mut ground = Self {
            meals: vec![Vec::new(); cities],
            sights: vec![Vec::new(); cities],
            class: vec![0; places],
            classes: vec![1; cities],
            twin: vec![None; places],
            bed_like: (0..places).collect(),
            inbound_min: vec![0; places],
            gain_max: vec![0; places],
            ticket_min: vec![0; cities],
        };
        for (index, meal) in problem.meals.iter().enumerate().filter(|(_, meal)| meal.city < cities) {
            ground.meals[meal.city].push(index);
        }
        for (index, sight) in problem.sights.iter().enumerate().take(SIGHTS_MAX).filter(|(_, one)| one.city < cities) {
            ground.sights[sight.city].push(index);
        }
        for city in 0..cities {
            ground.explore(problem, city);
        }
        ground
    }

    fn explore(&mut self, problem: &Problem, city: usize) {
        let meals = self.meals[city].iter().map(|meal| problem.meals[*meal].place);
        let stops: Vec<usize> = meals.chain(self.sights[city].iter().map(|at| problem.sights[*at].place)).collect();
        let beds: Vec<usize> = problem.cities[city].beds.iter().map(|bed| bed.place).collect();
        let all: Vec<usize> = stops.iter().chain(&beds).copied().collect();
        let firsts = self.classify(problem, city, &stops, &all);
        for (at, &bed) in beds.iter().enumerate() {
            let like = |other: &&usize| are_alike(problem, bed, **other, &stops);
            self.bed_like[bed] = beds[..at].iter().find(like).copied().unwrap_or(bed);
        }
        let mut different = firsts.clone();
        different.extend(firsts.iter().filter_map(|first| self.twin[*first]));
        different.extend(beds.iter().filter(|bed| self.bed_like[**bed] == **bed));
        self.detours(problem, &stops, &firsts, &different);
        let stays = problem.stays.iter().filter(|stay| stay.city == city);
        // Without a bed the first stop of a day costs no way at all.
        if !stays.clone().any(|stay| stay.nights == 0) {
            for &to in &stops {
                let ways = different.iter().filter(|from| **from != to).map(|from| problem.travel.minutes(*from, to));
                self.inbound_min[to] = ways.min().unwrap_or(0);
            }
        }
        let days_max = stays.map(|stay| stay.days.len()).max().unwrap_or(0);
        let day_cents = |days: usize| problem.cities[city].tickets(days) / i64::try_from(days).expect("a few days");
        self.ticket_min[city] = (1..=days_max).map(day_cents).min().unwrap_or(0).max(0);
    }

    /// Gives every stop its class. The first place of each class.
    fn classify(&mut self, problem: &Problem, city: usize, stops: &[usize], all: &[usize]) -> Vec<usize> {
        let mut firsts: Vec<usize> = Vec::new();
        for &stop in stops {
            match firsts.iter().position(|first| are_alike(problem, *first, stop, all)) {
                Some(class) => {
                    self.class[stop] = class + 1;
                    self.twin[stop] = Some(firsts[class]);
                    self.twin[firsts[class]] = Some(stop);
                }
                None => {
                    firsts.push(stop);
                    self.class[stop] = firsts.len();
                }
            }
        }
        self.classes[city] = firsts.len() + 1;
        firsts
    }

    fn detours(&mut self, problem: &Problem, stops: &[usize], firsts: &[usize], different: &[usize]) {
        let travel = &problem.travel;
        let is_many = different.len() > DETOUR_PLACES_MAX;
        let gain = |via: usize| {
            let pairs = different.iter().flat_map(|from| different.iter().map(move |to| (*from, *to)));
            let saved = pairs.map(|(from, to)| {
                let detour =
                    if is_many { 0 } else { travel.minutes(from, via).saturating_add(travel.minutes(via, to)) };
                travel.minutes(from, to).saturating_sub(detour)
            });
            saved.max().unwrap_or(0)
        };
        let gains: Vec<u32> = match firsts.first() {
            Some(first) if is_many => vec![gain(*first); firsts.len()],
            _ => firsts.iter().map(|first| gain(*first)).collect(),
        };
        for &stop in stops {
            self.gain_max[stop] = gains[self.class[stop] - 1];
        }
    }
}

/// Whether all hops of the two places to and from `others` are equal.
fn are_alike(problem: &Problem, one: usize, two: usize, others: &[usize]) -> bool {
    let hop = |from: usize, to: usize| problem.hop(Some(from), Some(to));
    let is_equal = |other: &usize| {
        *other == one || *other == two || (hop(one, *other) == hop(two, *other) && hop(*other, one) == hop(*other, two))
    };
    hop(one, two) == hop(two, one) && others.iter().all(is_equal)
}

/// By meal of the day: how many of the days require it, and how many merely allow it.
pub(crate) type Counts = [(usize, usize); MEALS_PER_DAY];
