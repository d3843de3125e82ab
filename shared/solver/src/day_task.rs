//! The question put to the search of one day: what each stop is worth there, and what the day may cost.

use std::cmp::Reverse;

use crate::{
    ground::Ground,
    problem::{DayFrame, MEALS_PER_DAY, Meal, Need, Problem, SIGHTS_MAX, Sight},
};

/// Inside the solver a point has a thousand parts, so that multipliers keep their fractions.
pub(crate) const MILLI: i64 = 1000;

/// One day of one stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) stay: usize,
    pub(crate) city: usize,
    /// The day of the trip.
    pub(crate) day: usize,
    pub(crate) frame: DayFrame,
    /// The place of the bed, or of one that is alike in all ways.
    pub(crate) bed: Option<usize>,
}

/// What the stops of a city are worth on one day, in thousandths of a point. What may not be taken is not listed.
pub(crate) struct Prices {
    pub(crate) sights: Vec<(usize, i64)>,
    pub(crate) meals: Vec<(usize, [Option<i64>; MEALS_PER_DAY])>,
    /// What needing a ticket takes away.
    pub(crate) ticket: i64,
    /// What each kind of food of [`Prices::wanted`] adds once, when it is had on the day.
    pub(crate) flavour: i64,
    pub(crate) wanted: u32,
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
    pub(crate) ground: &'a Ground,
    pub(crate) city: usize,
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
    pub(crate) flavour_price: i64,
    pub(crate) wanted: u32,
    /// The most that one sight more can save of what few sights take away.
    relief_max: i64,
    pub(crate) cap_cents: i64,
    pub(crate) ticket_cents: i64,
    /// Meals of the day that may not follow a sight come first: how many.
    pub(crate) slots_before_sights: usize,
    /// Labels kept per layer.
    pub(crate) width: usize,
    /// Asks for every day worth at least this, rather than for the best one.
    pub(crate) threshold: Option<i64>,
}

impl<'a> DayTask<'a> {
    /// The task of finding the best day.
    pub(crate) fn new(problem: &'a Problem, ground: &'a Ground, unit: Unit, prices: &Prices) -> Self {
        let frame = unit.frame;
        let toll = |place: usize| i64::from(ground.inbound_min[place]) * problem.minute_penalty * MILLI;
        let mut menus: [Vec<(usize, i64)>; MEALS_PER_DAY] = Default::default();
        let mut menu_best = [None; MEALS_PER_DAY];
        for slot in (0..MEALS_PER_DAY).filter(|slot| frame.meals[*slot] != Need::Absent) {
            let menu = prices.meals.iter().filter_map(|(meal, slots)| Some((*meal, slots[slot]?)));
            menus[slot] = menu.collect();
            menus[slot].sort_by_key(|(meal, price)| (Reverse(price - toll(problem.meals[*meal].place)), *meal));
            menu_best[slot] = menus[slot].first().map(|(meal, price)| price - toll(problem.meals[*meal].place));
        }
        let mut task = Self {
            problem,
            ground,
            city: unit.city,
            day: unit.day,
            frame,
            bed: unit.bed,
            candidates: Vec::new(),
            menus,
            menu_best,
            meal_cost_min: [0; MEALS_PER_DAY],
            ticket_price: prices.ticket,
            flavour_price: prices.flavour,
            wanted: prices.wanted,
            relief_max: (problem.sparse_penalty(&frame, 0) + problem.morning_penalty_max(&frame)) * MILLI,
            cap_cents: i64::MAX,
            ticket_cents: 0,
            slots_before_sights: problem.meal_times.iter().take_while(|time| time.before_sights).count(),
            width: usize::MAX,
            threshold: None,
        };
        for slot in (0..MEALS_PER_DAY).filter(|slot| frame.meals[*slot] == Need::Required) {
            let costs = task.menus[slot].iter().map(|(meal, _)| problem.meals[*meal].cost_cents);
            task.meal_cost_min[slot] = costs.min().unwrap_or(0);
        }
        task.candidates = task.candidates(prices, toll);
        task
    }

    fn candidates(&self, prices: &Prices, toll: impl Fn(usize) -> i64) -> Vec<Candidate> {
        let problem = self.problem;
        let free = self.frame.free;
        let from = free.from_minute.max(problem.first_sight_minute);
        let candidates = prices.sights.iter().filter_map(|&(sight, price)| {
            let fact = &problem.sights[sight];
            fact.start(self.day, from, free.until_minute)?;
            let start_latest = fact.start_latest(self.day, free.until_minute)?;
            Some(Candidate { sight, price, optimistic: price - toll(fact.place), start_latest })
        });
        let mut candidates: Vec<Candidate> = candidates.collect();
        candidates.sort_by_key(|candidate| (Reverse(candidate.optimistic), candidate.sight));
        candidates
    }

    /// Leaves out the stops that can only make the best day worse. Not for collecting every good day.
    pub(crate) fn without_losers(mut self) -> Self {
        let (problem, saved) = (self.problem, self.ticket_price + self.relief_max);
        let gain_max = &self.ground.gain_max;
        self.candidates.retain(|candidate| {
            let sight = &problem.sights[candidate.sight];
            let gain = gain_max[sight.place];
            let saved = i64::from(gain) * problem.minute_penalty * MILLI + saved;
            gain > sight.visit_minutes || candidate.price + saved > 0
        });
        let mut kept: Vec<Candidate> = Vec::with_capacity(self.candidates.len());
        for candidate in &self.candidates {
            // In the order of prices, so that only those before can be better; the same class means the same toll.
            let better = kept.iter().filter(|other| self.is_better_sight(other, candidate));
            if better.take(self.frame.sights_max).count() < self.frame.sights_max {
                kept.push(*candidate);
            }
        }
        self.candidates = kept;
        for slot in 0..MEALS_PER_DAY {
            let mut kept: Vec<(usize, i64)> = Vec::with_capacity(self.menus[slot].len());
            for option in &self.menus[slot] {
                let better = kept.iter().filter(|other| self.is_better_meal(other.0, option.0));
                if better.take(MEALS_PER_DAY).count() < MEALS_PER_DAY {
                    kept.push(*option);
                }
            }
            self.menus[slot] = kept;
        }
        self
    }

    /// Whether a sight can stand for another one whose price is no higher: same ways, as short, as open, as cheap.
    fn is_better_sight(&self, one: &Candidate, two: &Candidate) -> bool {
        let (one, two): (&Sight, &Sight) = (&self.problem.sights[one.sight], &self.problem.sights[two.sight]);
        let open = |sight: &'a Sight| &sight.days[self.day].open;
        self.ground.class[one.place] == self.ground.class[two.place]
            && one.visit_minutes <= two.visit_minutes
            && (self.cap_cents == i64::MAX || self.own_cents(one) <= self.own_cents(two))
            && open(two).iter().all(|span| {
                let holds = |wider: &crate::problem::Span| {
                    wider.from_minute <= span.from_minute && span.until_minute <= wider.until_minute
                };
                open(one).iter().any(holds)
            })
    }

    /// Whether a place to eat can stand for another one whose price is no higher.
    fn is_better_meal(&self, one: usize, two: usize) -> bool {
        let (one, two): (&Meal, &Meal) = (&self.problem.meals[one], &self.problem.meals[two]);
        self.ground.class[one.place] == self.ground.class[two.place]
            && (self.cap_cents == i64::MAX || one.cost_cents <= two.cost_cents)
            && two.flavours & self.wanted & !one.flavours == 0
    }

    /// What seeing the sight takes from the purse of the day: must-sees are paid for in advance.
    pub(crate) fn own_cents(&self, sight: &Sight) -> i64 {
        if sight.must_see { 0 } else { sight.cost_cents }
    }

    /// Bounds what the day may cost; a cap that cannot bind is dropped, which makes the search much cheaper.
    pub(crate) fn with_purse(mut self, purse: Purse) -> Self {
        let cost = |meal: &(usize, i64)| self.problem.meals[meal.0].cost_cents;
        let meals: i64 = self.menus.iter().map(|menu| menu.iter().map(cost).max().unwrap_or(0)).sum();
        let sight = |candidate: &Candidate| self.own_cents(&self.problem.sights[candidate.sight]);
        let dearest = self.candidates.iter().map(sight).max().unwrap_or(0);
        let count = self.frame.sights_max.min(self.candidates.len()).min(SIGHTS_MAX);
        let most = meals + dearest * i64::try_from(count).expect("at most 128") + purse.ticket_cents;
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

    /// What ending the day with so few sights takes away.
    pub(crate) fn sparse_price(&self, sight_count: usize) -> i64 {
        self.problem.sparse_penalty(&self.frame, sight_count) * MILLI
    }

    /// What a meal after so few sights takes away.
    pub(crate) fn morning_price(&self, slot: usize, sight_count: usize) -> i64 {
        if sight_count > 0 { 0 } else { self.problem.morning_penalty(&self.frame, slot, 0) * MILLI }
    }
}
