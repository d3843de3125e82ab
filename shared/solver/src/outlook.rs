//! The most that can still come in a day, when the way so far is forgotten.
//!
//! From a place, a minute, the meals left and the number of sights left, the best rest of the day is found as if every
//! sight and meal were still open, including those already seen. Real ways, opening hours and meal times count, so the
//! value is close to the truth; it is never below it. Values are computed when they are first asked for.

use crate::{
    day_task::DayTask,
    problem::{MEALS_PER_DAY, SIGHTS_MAX},
};

/// Minutes that share a value, that of the first of them: being earlier never hurts.
const BUCKET_MINUTES: u32 = 20;
/// The same for searches of at most so many labels per layer, which are no proofs and have to be quick.
const COARSE_BUCKET_MINUTES: u32 = 60;
const COARSE_WIDTH: usize = 16;
/// Values that take about as long as one node.
const VALUES_PER_NODE: u64 = 12;
/// Larger tables are not made; the caller's simpler bound must do. 64 MB.
const ENTRIES_MAX: usize = 8_000_000;
const UNKNOWN: i64 = i64::MAX;
/// Nothing that is required can still happen.
pub(crate) const HOPELESS: i64 = i64::MIN;

/// Where a day stands.
#[derive(Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) place: Option<usize>,
    pub(crate) minute: u32,
    /// The first meal of the day that may still come.
    pub(crate) slot: usize,
    pub(crate) sights_left: usize,
}

pub(crate) struct Outlook<'a> {
    task: &'a DayTask<'a>,
    /// Empty when it would be too large.
    known: Vec<i64>,
    /// Values computed so far.
    computed: u64,
    places: usize,
    bucket_minutes: u32,
    buckets: usize,
    /// No day has more sights.
    pub(crate) sights_max: usize,
    /// The best so many sights together, ways to them at their shortest.
    tops: Vec<i64>,
    /// The best meals from each one of the day on.
    tails: [i64; MEALS_PER_DAY + 1],
}

impl<'a> Outlook<'a> {
    pub(crate) fn new(task: &'a DayTask<'a>) -> Self {
        let free = task.frame.free;
        let places = task.ground.classes[task.city];
        let bucket_minutes = if task.width <= COARSE_WIDTH { COARSE_BUCKET_MINUTES } else { BUCKET_MINUTES };
        let buckets = (free.until_minute.saturating_sub(free.from_minute) / bucket_minutes) as usize + 1;
        let sights_max = task.frame.sights_max.min(task.candidates.len()).min(SIGHTS_MAX);
        let entries = places.saturating_mul(buckets).saturating_mul((sights_max + 1) * (MEALS_PER_DAY + 1));
        let known = if entries > ENTRIES_MAX { Vec::new() } else { vec![UNKNOWN; entries] };
        let mut tops = vec![0];
        for candidate in task.candidates.iter().take(sights_max).filter(|candidate| candidate.optimistic > 0) {
            tops.push(tops[tops.len() - 1] + candidate.optimistic);
        }
        let mut tails = [0; MEALS_PER_DAY + 1];
        for slot in (0..MEALS_PER_DAY).rev() {
            let best = task.menu_best[slot].unwrap_or(0);
            tails[slot] = tails[slot + 1] + if task.is_required(slot) { best } else { best.max(0) };
        }
        Self { task, known, computed: 0, places, bucket_minutes, buckets, sights_max, tops, tails }
    }

    /// The work done, in nodes.
    pub(crate) fn nodes(&self) -> u64 {
        self.computed / VALUES_PER_NODE
    }

    fn class(&self, place: usize) -> usize {
        self.task.ground.class[place]
    }

    /// Where a value computed for one place of a class starts on its way to another of them: at the place itself,
    /// unless that is where it goes; then at its twin. `None` when the class has no second place.
    fn start(&self, at: Option<usize>, to: usize) -> Option<Option<usize>> {
        if at == Some(to) { self.task.ground.twin[to].map(Some) } else { Some(at) }
    }

    /// An upper bound for the rest of the day, kinds of food aside, the way home included; [`HOPELESS`] when the day cannot end well.
    /// `None` without a table.
    pub(crate) fn worth(&mut self, at: Standing) -> Option<i64> {
        if self.known.is_empty() {
            return None;
        }
        if at.minute > self.task.frame.free.until_minute {
            return Some(HOPELESS);
        }
        let bucket = (at.minute - self.task.frame.free.from_minute) / self.bucket_minutes;
        let left = at.sights_left.min(self.sights_max);
        let row = (at.slot * (self.sights_max + 1) + left) * self.buckets + bucket as usize;
        let index = row * self.places + at.place.map_or(0, |place| self.class(place));
        if self.known[index] == UNKNOWN {
            let minute = self.task.frame.free.from_minute + bucket * self.bucket_minutes;
            self.computed += 1;
            self.known[index] = self.compute(Standing { minute, sights_left: left, ..at });
        }
        Some(self.known[index])
    }

    fn compute(&mut self, at: Standing) -> i64 {
        let task = self.task;
        let is_missing = (at.slot..MEALS_PER_DAY).any(|slot| task.is_required(slot));
        let (home, _) = task.problem.hop(at.place, task.bed);
        let is_end = !is_missing && at.minute.saturating_add(home) <= task.frame.free.until_minute;
        // As many sights left as there can be: none was seen.
        let empty = task.sparse_price(self.sights_max - at.sights_left);
        let end = if is_end { -i64::from(home) * task.minute_price() - empty } else { HOPELESS };
        let best = self.best_sight(at, end);
        self.best_meal(at, best)
    }

    /// The best rest of the day that goes on with a sight, if that is better than `best`.
    fn best_sight(&mut self, at: Standing, mut best: i64) -> i64 {
        let task = self.task;
        let until = task.frame.free.until_minute;
        let slot = at.slot.max(task.slots_before_sights);
        if at.sights_left == 0 || (at.slot..slot).any(|skipped| task.is_required(skipped)) {
            return best;
        }
        let rough = self.rough(slot, at.sights_left - 1);
        for candidate in &task.candidates {
            if candidate.optimistic + rough <= best {
                break;
            }
            let sight = &task.problem.sights[candidate.sight];
            let Some(from) = self.start(at.place, sight.place) else { continue };
            let (minutes, _) = task.problem.hop(from, Some(sight.place));
            let gained = candidate.price - i64::from(minutes) * task.minute_price();
            let ready = at.minute.saturating_add(minutes);
            if candidate.start_latest < ready || gained + rough <= best {
                continue;
            }
            let earliest = ready.max(task.problem.first_sight_minute);
            let Some(start) = sight.start(task.day, earliest, until) else { continue };
            let minute = start.saturating_add(sight.visit_minutes);
            let next = Standing { place: Some(sight.place), minute, slot, sights_left: at.sights_left - 1 };
            best = best.max(self.after(next, gained));
        }
        best
    }

    /// The best rest of the day that goes on with a meal, if that is better than `best`.
    fn best_meal(&mut self, at: Standing, mut best: i64) -> i64 {
        let task = self.task;
        for slot in at.slot..MEALS_PER_DAY {
            let time = task.problem.meal_times[slot];
            let rough = self.rough(slot + 1, at.sights_left);
            let morning = task.morning_price(slot, self.sights_max - at.sights_left);
            for &(meal, price) in &task.menus[slot] {
                let place = task.problem.meals[meal].place;
                let Some(from) = self.start(at.place, place) else { continue };
                let (minutes, _) = task.problem.hop(from, Some(place));
                let gained = price - i64::from(minutes) * task.minute_price() - morning;
                let start = at.minute.saturating_add(minutes).max(time.start.from_minute);
                let end = start.saturating_add(time.minutes);
                let is_late = start > time.start.until_minute || end > task.frame.free.until_minute;
                if is_late || gained + rough <= best {
                    continue;
                }
                let next = Standing { place: Some(place), minute: end, slot: slot + 1, ..at };
                best = best.max(self.after(next, gained));
            }
            if task.is_required(slot) {
                break;
            }
        }
        best
    }

    /// A quick upper bound of [`Outlook::worth`].
    fn rough(&self, slot: usize, sights_left: usize) -> i64 {
        self.tops[sights_left.min(self.tops.len() - 1)] + self.tails[slot]
    }

    fn after(&mut self, next: Standing, gained: i64) -> i64 {
        match self.worth(next) {
            Some(HOPELESS) | None => HOPELESS,
            Some(rest) => rest + gained,
        }
    }
}
