//! The question put to the search of one day: what each stop is worth there, and what the day may cost.

use std::cmp::Reverse;

use crate::problem::{DayFrame, MEALS_PER_DAY, Need, Problem, SIGHTS_MAX};

/// Inside the solver a point has a thousand parts, so that multipliers keep their fractions.
pub(crate) const MILLI: i64 = 1000;

/// What stops are worth on one day, in thousandths of a point. `None`: not to be taken.
pub(crate) struct Prices {
    pub(crate) sights: Vec<Option<i64>>,
    pub(crate) meals: Vec<[Option<i64>; MEALS_PER_DAY]>,
    /// What needing a ticket takes away.
    pub(crate) ticket: i64,
}

/// What money remains for one day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purse {
    /// For stops and ticket; `i64::MAX` when money does not matter.
    pub(crate) cap_cents: i64,
    /// What the ticket of the day takes from it.
    pub(crate) ticket_cents: i64,
}

/// A sight that can be seen on the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) sight: usize,
    pub(crate) price: i64,
    /// The price less the shortest way to it.
    pub(crate) optimistic: i64,
    pub(crate) start_latest: u32,
}

/// One day to be searched.
pub(crate) struct DayTask<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) day: usize,
    pub(crate) frame: DayFrame,
    /// The place of the bed.
    pub(crate) bed: Option<usize>,
    /// Best first, by the optimistic price.
    pub(crate) candidates: Vec<Candidate>,
    /// Meals and their prices by meal of the day.
    pub(crate) menus: [Vec<(usize, i64)>; MEALS_PER_DAY],
    /// The best optimistic price of each menu.
    pub(crate) menu_best: [Option<i64>; MEALS_PER_DAY],
    /// The cheapest of each required menu, in cents.
    pub(crate) meal_cost_min: [i64; MEALS_PER_DAY],
    pub(crate) ticket_price: i64,
    pub(crate) cap_cents: i64,
    pub(crate) ticket_cents: i64,
    /// Meals of the day that may not follow a sight come first: how many.
    pub(crate) slots_before_sights: usize,
    /// Labels kept per layer.
    pub(crate) width: usize,
    /// Searched without an outlook.
    pub(crate) is_rough: bool,
    /// Asks for every day worth at least this, rather than for the best one.
    pub(crate) threshold: Option<i64>,
}

/// Shortest ways between places, computed once.
pub(crate) struct Ways {
    /// The shortest way to each place from another.
    inbound_min: Vec<u32>,
    /// By how much a stop at each place can shorten a way. Zero for every place where no detour is a short cut.
    gain_max: Vec<u32>,
}

impl Ways {
    pub(crate) fn new(problem: &Problem) -> Self {
        let travel = &problem.travel;
        let places = travel.places();
        let inbound = |to: usize| (0..places).filter(|from| *from != to).map(|from| travel.minutes(from, to)).min();
        let mut gain_max = vec![0; places];
        for (via, gain) in gain_max.iter_mut().enumerate() {
            for from in 0..places {
                let first = travel.minutes(from, via);
                for to in 0..places {
                    *gain = travel.minutes(from, to).saturating_sub(first + travel.minutes(via, to)).max(*gain);
                }
            }
        }
        // Without a bed the first stop of a day costs no way at all.
        let has_bedless = problem.journeys.iter().any(|journey| journey.nights == 0);
        let inbound_min = (0..places).map(|to| if has_bedless { 0 } else { inbound(to).unwrap_or(0) }).collect();
        Self { inbound_min, gain_max }
    }
}

impl<'a> DayTask<'a> {
    /// The task of finding the best day.
    pub(crate) fn new(
        problem: &'a Problem,
        ways: &Ways,
        (day, frame): (usize, DayFrame),
        bed: Option<usize>,
        prices: &Prices,
    ) -> Self {
        let toll = |place: usize| i64::from(ways.inbound_min[place]) * problem.minute_penalty * MILLI;
        let mut menus: [Vec<(usize, i64)>; MEALS_PER_DAY] = Default::default();
        let mut menu_best = [None; MEALS_PER_DAY];
        let mut meal_cost_min = [0; MEALS_PER_DAY];
        for slot in (0..MEALS_PER_DAY).filter(|slot| frame.meals[*slot] != Need::Absent) {
            let menu = prices.meals.iter().enumerate().filter_map(|(meal, slots)| Some((meal, slots[slot]?)));
            menus[slot] = menu.collect();
            menus[slot].sort_by_key(|(meal, price)| (Reverse(price - toll(problem.meals[*meal].place)), *meal));
            menu_best[slot] = menus[slot].iter().map(|(meal, price)| price - toll(problem.meals[*meal].place)).max();
            if frame.meals[slot] == Need::Required {
                let costs = menus[slot].iter().map(|(meal, _)| problem.meals[*meal].cost_cents);
                meal_cost_min[slot] = costs.min().unwrap_or(0);
            }
        }
        let mut task = Self {
            problem,
            day,
            frame,
            bed,
            candidates: Vec::new(),
            menus,
            menu_best,
            meal_cost_min,
            ticket_price: prices.ticket,
            cap_cents: i64::MAX,
            ticket_cents: 0,
            slots_before_sights: problem.meal_times.iter().take_while(|time| time.before_sights).count(),
            width: usize::MAX,
            is_rough: false,
            threshold: None,
        };
        task.candidates = task.candidates(prices, toll);
        task
    }

    fn candidates(&self, prices: &Prices, toll: impl Fn(usize) -> i64) -> Vec<Candidate> {
        let problem = self.problem;
        let free = self.frame.free;
        let from = free.from_minute.max(problem.first_sight_minute);
        let considered = prices.sights.iter().enumerate().take(SIGHTS_MAX);
        let candidates = considered.filter_map(|(sight, price)| {
            let fact = &problem.sights[sight];
            fact.start(self.day, from, free.until_minute)?;
            let price = (*price)?;
            let start_latest = fact.start_latest(self.day, free.until_minute)?;
            Some(Candidate { sight, price, optimistic: price - toll(fact.place), start_latest })
        });
        let mut candidates: Vec<Candidate> = candidates.collect();
        candidates.sort_by_key(|candidate| (Reverse(candidate.optimistic), candidate.sight));
        candidates
    }

    /// Leaves out the sights that can only make the best day worse. Not for collecting every good day.
    pub(crate) fn without_losers(mut self, ways: &Ways) -> Self {
        let (problem, ticket) = (self.problem, self.ticket_price);
        self.candidates.retain(|candidate| {
            let sight = &problem.sights[candidate.sight];
            let gain = ways.gain_max[sight.place];
            let saved = i64::from(gain) * problem.minute_penalty * MILLI + ticket;
            gain > sight.visit_minutes || candidate.price + saved >= 0
        });
        self
    }

    /// Bounds what the day may cost; a cap that cannot bind is dropped, which makes the search much cheaper.
    pub(crate) fn with_purse(mut self, purse: Purse) -> Self {
        let cost = |meal: &(usize, i64)| self.problem.meals[meal.0].cost_cents;
        let meals: i64 = self.menus.iter().map(|menu| menu.iter().map(cost).max().unwrap_or(0)).sum();
        let sight = |candidate: &Candidate| self.problem.sights[candidate.sight].cost_cents;
        let dearest = self.candidates.iter().map(sight).max().unwrap_or(0);
        let count = i64::try_from(self.problem.sights_per_day_max.min(SIGHTS_MAX)).expect("at most 128");
        let most = meals + dearest * count + purse.ticket_cents;
        self.cap_cents = if most <= purse.cap_cents { i64::MAX } else { purse.cap_cents };
        self.ticket_cents = purse.ticket_cents;
        self
    }

    pub(crate) fn with_width(mut self, width: usize) -> Self {
        self.width = width;
        self
    }

    pub(crate) fn with_threshold(mut self, threshold: i64) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// What a minute between stops takes away.
    pub(crate) fn minute_price(&self) -> i64 {
        self.problem.minute_penalty * MILLI
    }

    pub(crate) fn is_required(&self, slot: usize) -> bool {
        self.frame.meals[slot] == Need::Required
    }

    pub(crate) fn serves(&self, meal: usize, slot: usize) -> bool {
        self.problem.meals[meal].scores[slot].is_some()
    }
}
