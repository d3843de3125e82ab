//! One day, exactly: which stops, in which order, when.
//!
//! Labels are partial days. They grow by one stop per layer; a label that is no better than another with the same
//! sights at the same place is dropped, and so is one whose bound shows that it cannot matter. When a layer is wider
//! than allowed, the worst labels are cut and the bound of the best of them is kept, so that the result is always a
//! plan of the day together with an upper bound for it.

use crate::{
    day_plan::DayPlan,
    day_task::{Candidate, DayTask},
    limits::Meter,
    outcome::{Stop, StopKind},
    outlook::{HOPELESS, Outlook, Standing},
    problem::MEALS_PER_DAY,
};

/// What a search of one day found.
pub(crate) struct DayResult {
    /// The best day by the task's prices; `None` when no day holds what it must.
    pub(crate) best: Option<DayPlan>,
    /// No day is worth more, in thousandths of a point.
    pub(crate) bound: i64,
    /// Every day worth at least the threshold, unless `is_cut`. Empty when there is no threshold.
    pub(crate) all: Vec<DayPlan>,
    /// Labels were cut by width or the search ended early.
    pub(crate) is_cut: bool,
}

#[derive(Debug, Clone, Copy)]
struct Label {
    place: Option<usize>,
    minute: u32,
    travelled: u32,
    value: i64,
    /// Value and the most that can still come.
    reach: i64,
    cost_cents: i64,
    sights: u128,
    sight_count: usize,
    meals: [Option<usize>; MEALS_PER_DAY],
    /// The first meal of the day that may still come.
    slot: usize,
    flavours: u32,
    needs_ticket: bool,
    parent: Option<usize>,
    stop: Option<Stop>,
}

/// Labels per layer of the first pass, whose result lets the second pass drop most labels at once.
const SCOUT_WIDTH: usize = 8;

/// Searches the day. Nodes are labels that were extended, and values of the outlook.
pub(crate) fn search(task: &DayTask, meter: &mut Meter) -> DayResult {
    let mut outlook = Outlook::new(task);
    let result = passes(task, &mut outlook, meter);
    meter.add(outlook.nodes());
    result
}

fn passes<'a>(task: &'a DayTask<'a>, outlook: &mut Outlook<'a>, meter: &mut Meter) -> DayResult {
    if task.threshold.is_some() || task.width <= SCOUT_WIDTH {
        return pass(task, outlook, task.width, i64::MIN, meter);
    }
    let scout = pass(task, outlook, SCOUT_WIDTH, i64::MIN, meter);
    let found = scout.best.as_ref().map_or(i64::MIN, |plan| plan.price);
    if found > i64::MIN && (!scout.is_cut || scout.bound <= found) {
        return scout;
    }
    let full = pass(task, outlook, task.width, found.saturating_add(1), meter);
    DayResult { bound: full.bound.max(found), best: full.best.or(scout.best), ..full }
}

/// One pass over the layers. Only days worth at least `floor` matter.
fn pass<'a>(
    task: &'a DayTask<'a>,
    outlook: &mut Outlook<'a>,
    width: usize,
    floor: i64,
    meter: &mut Meter,
) -> DayResult {
    let mut search =
        Search { task, outlook, width, floor, arena: Vec::new(), best: None, all: Vec::new(), bound_cut: i64::MIN };
    let mut is_over = false;
    let mut layer = search.root().map_or_else(Vec::new, |root| vec![root]);
    let mut next = Vec::new();
    while !layer.is_empty() && !is_over {
        let first = search.arena.len();
        search.arena.extend_from_slice(&layer);
        for index in first..search.arena.len() {
            search.close(index);
        }
        next.clear();
        for index in first..search.arena.len() {
            if !meter.tick() {
                is_over = true;
                break;
            }
            search.extend(index, &mut next);
        }
        search.keep_undominated(&mut next);
        search.cut_to_width(&mut next);
        std::mem::swap(&mut layer, &mut next);
    }
    search.result(is_over)
}

struct Search<'a, 'o> {
    task: &'a DayTask<'a>,
    outlook: &'o mut Outlook<'a>,
    width: usize,
    floor: i64,
    arena: Vec<Label>,
    /// Index of the last label and the day's value.
    best: Option<(usize, i64)>,
    all: Vec<(usize, i64)>,
    bound_cut: i64,
}

impl Search<'_, '_> {
    fn root(&mut self) -> Option<Label> {
        let mut root = Label {
            place: self.task.bed,
            minute: self.task.frame.free.from_minute,
            travelled: 0,
            value: 0,
            reach: 0,
            cost_cents: 0,
            sights: 0,
            sight_count: 0,
            meals: [None; MEALS_PER_DAY],
            slot: 0,
            flavours: 0,
            needs_ticket: false,
            parent: None,
            stop: None,
        };
        root.reach = self.future(&root)?;
        Some(root)
    }

    /// The value below which nothing matters.
    fn floor(&self) -> i64 {
        let beaten = self.best.map_or(i64::MIN, |(_, value)| value.saturating_add(1));
        self.task.threshold.unwrap_or(beaten.max(self.floor))
    }

    /// Ends the day after this label, where it may end.
    fn close(&mut self, index: usize) {
        let (task, label) = (self.task, self.arena[index]);
        let is_missing = (label.slot..MEALS_PER_DAY).any(|slot| task.is_required(slot));
        let (minutes, _) = task.problem.hop(label.place, task.bed);
        if is_missing || label.minute.saturating_add(minutes) > task.frame.free.until_minute {
            return;
        }
        let value = label.value - i64::from(minutes) * task.minute_price() - task.sparse_price(label.sight_count);
        if value >= self.floor && self.best.is_none_or(|(_, best)| value > best) {
            self.best = Some((index, value));
        }
        if task.threshold.is_some_and(|threshold| value >= threshold) {
            self.all.push((index, value));
        }
    }

    /// Every next stop that can matter.
    fn extend(&mut self, index: usize, next: &mut Vec<Label>) {
        let (task, label) = (self.task, self.arena[index]);
        if label.reach < self.floor() {
            return;
        }
        if label.sight_count < task.frame.sights_max {
            for candidate in &task.candidates {
                let new = self.with_sight(index, &label, candidate);
                next.extend(new.filter(|new| new.reach >= self.floor()));
            }
        }
        for slot in label.slot..MEALS_PER_DAY {
            for &(meal, price) in &task.menus[slot] {
                let new = self.with_meal(index, &label, slot, meal, price);
                next.extend(new.filter(|new| new.reach >= self.floor()));
            }
            if task.is_required(slot) {
                break;
            }
        }
    }

    fn with_sight(&mut self, parent: usize, label: &Label, candidate: &Candidate) -> Option<Label> {
        let task = self.task;
        let bit = 1_u128 << candidate.sight;
        let slot = label.slot.max(task.slots_before_sights);
        let skips_required = (label.slot..slot).any(|skipped| task.is_required(skipped));
        if label.sights & bit != 0 || skips_required || candidate.start_latest < label.minute {
            return None;
        }
        let sight = &task.problem.sights[candidate.sight];
        let mut new = self.moved(parent, label, sight.place, candidate.price);
        let earliest = new.minute.max(task.problem.first_sight_minute);
        let start = sight.start(task.day, earliest, task.frame.free.until_minute)?;
        new.minute = start.saturating_add(sight.visit_minutes);
        new.slot = slot;
        new.sights |= bit;
        new.sight_count += 1;
        new.cost_cents += task.own_cents(sight);
        new.stop = Some(Stop { kind: StopKind::Sight(candidate.sight), start_minute: start, end_minute: new.minute });
        self.finished(new)
    }

    fn with_meal(&mut self, parent: usize, label: &Label, slot: usize, meal: usize, price: i64) -> Option<Label> {
        let task = self.task;
        let time = task.problem.meal_times[slot];
        if label.meals.contains(&Some(meal)) || (time.before_sights && label.sight_count > 0) {
            return None;
        }
        let option = &task.problem.meals[meal];
        let mut new = self.moved(parent, label, option.place, price);
        let start = new.minute.max(time.start.from_minute);
        new.minute = start.saturating_add(time.minutes);
        if start > time.start.until_minute || new.minute > task.frame.free.until_minute {
            return None;
        }
        new.slot = slot + 1;
        new.value -= task.morning_price(slot, label.sight_count);
        new.meals[slot] = Some(meal);
        new.cost_cents += option.cost_cents;
        let added = option.flavours & task.wanted & !new.flavours;
        new.value += i64::from(added.count_ones()) * task.flavour_price;
        new.flavours |= option.flavours;
        new.stop = Some(Stop { kind: StopKind::Meal { slot, meal }, start_minute: start, end_minute: new.minute });
        self.finished(new)
    }

    /// The label after the way to a place, with the stop's price.
    fn moved(&self, parent: usize, label: &Label, place: usize, price: i64) -> Label {
        let (minutes, is_far) = self.task.problem.hop(label.place, Some(place));
        let ticket = if is_far && !label.needs_ticket { self.task.ticket_price } else { 0 };
        Label {
            place: Some(place),
            minute: label.minute.saturating_add(minutes),
            travelled: label.travelled.saturating_add(minutes),
            value: label.value + price - ticket - i64::from(minutes) * self.task.minute_price(),
            needs_ticket: label.needs_ticket || is_far,
            parent: Some(parent),
            ..*label
        }
    }

    /// Checks the money and computes the bound.
    fn finished(&mut self, mut label: Label) -> Option<Label> {
        let task = self.task;
        let due: i64 = (label.slot..MEALS_PER_DAY).map(|slot| task.meal_cost_min[slot]).sum();
        let ticket = if label.needs_ticket { task.ticket_cents } else { 0 };
        if label.cost_cents + ticket + due > task.cap_cents {
            return None;
        }
        label.reach = label.value.saturating_add(self.future(&label)?);
        Some(label)
    }

    /// The most that can still come after this label; `None` when what must come no longer can.
    fn future(&mut self, label: &Label) -> Option<i64> {
        let task = self.task;
        let sights_left = self.outlook.sights_max.saturating_sub(label.sight_count);
        let standing = Standing { place: label.place, minute: label.minute, slot: label.slot, sights_left };
        let worth = self.outlook.worth(standing).unwrap_or(i64::MAX);
        if worth == HOPELESS {
            return None;
        }
        let mut future = 0;
        for slot in label.slot..MEALS_PER_DAY {
            let is_late = label.minute > task.problem.meal_times[slot].start.until_minute;
            let best = if is_late { None } else { task.menu_best[slot] };
            future += match (best, task.is_required(slot)) {
                (None, true) => return None,
                (Some(best), true) => best,
                (best, false) => best.unwrap_or(0).max(0),
            };
        }
        let mut left = sights_left;
        for candidate in &task.candidates {
            if left == 0 || candidate.optimistic <= 0 {
                break;
            }
            if label.sights & (1 << candidate.sight) == 0 && candidate.start_latest >= label.minute {
                future += candidate.optimistic;
                left -= 1;
            }
        }
        let flavours = (task.wanted & !label.flavours).count_ones();
        Some(future.min(worth) + i64::from(flavours) * task.flavour_price)
    }

    /// Drops labels that another one beats at every end of the day.
    fn keep_undominated(&self, labels: &mut Vec<Label>) {
        let keeps_meals = self.task.threshold.is_some();
        let group = |label: &Label| {
            let meals = if keeps_meals { label.meals } else { [None; MEALS_PER_DAY] };
            let class = label.place.map(|place| self.task.ground.class[place]);
            (label.sights, class, label.slot, label.needs_ticket, label.flavours & self.task.wanted, meals)
        };
        // Labels are large: their order is sorted, not they.
        let mut order: Vec<(usize, _)> = labels.iter().map(group).enumerate().collect();
        order.sort_unstable_by(|(one_at, one), (other_at, other)| {
            let (first, second) = (&labels[*one_at], &labels[*other_at]);
            let by_value = first.minute.cmp(&second.minute).then(second.value.cmp(&first.value));
            one.cmp(other).then(by_value).then(one_at.cmp(other_at))
        });
        let mut kept: Vec<Label> = Vec::with_capacity(labels.len());
        let (mut group_first, mut last) = (0, None);
        for (at, group) in order {
            if last != Some(group) {
                (group_first, last) = (kept.len(), Some(group));
            }
            if !self.is_dominated(&kept[group_first..], &labels[at]) {
                kept.push(labels[at]);
            }
        }
        *labels = kept;
    }

    /// Whether, however the day goes on, one of `kept` can go on the same way and end better. A kept label that ate
    /// where this one has not could be barred from one later meal; hence enough of them with different meals.
    fn is_dominated(&self, kept: &[Label], label: &Label) -> bool {
        let task = self.task;
        let mut barred: Vec<usize> = Vec::new();
        let mut witnesses = 0;
        for other in kept {
            let is_cheaper = task.cap_cents == i64::MAX || other.cost_cents <= label.cost_cents;
            if other.minute > label.minute || other.value < label.value || !is_cheaper {
                continue;
            }
            let own = other.meals.iter().flatten().copied().filter(|meal| {
                let comes_again = (label.slot..MEALS_PER_DAY).any(|slot| task.serves(*meal, slot));
                comes_again && !label.meals.contains(&Some(*meal))
            });
            let own: Vec<usize> = own.collect();
            if own.is_empty() {
                return true;
            }
            if own.iter().all(|meal| !barred.contains(meal)) {
                barred.extend(own);
                witnesses += 1;
            }
            if witnesses > MEALS_PER_DAY - label.slot {
                return true;
            }
        }
        false
    }

    fn cut_to_width(&mut self, labels: &mut Vec<Label>) {
        if labels.len() <= self.width {
            return;
        }
        labels.sort_by(|one, other| other.reach.cmp(&one.reach).then(one.minute.cmp(&other.minute)));
        self.bound_cut = self.bound_cut.max(labels[self.width].reach);
        labels.truncate(self.width);
    }

    fn result(self, is_over: bool) -> DayResult {
        let value = self.best.map_or(i64::MIN, |(_, value)| value);
        DayResult {
            bound: if is_over { i64::MAX } else { value.max(self.bound_cut) },
            is_cut: is_over || self.bound_cut > i64::MIN,
            best: self.best.map(|(index, value)| self.day_plan(index, value)),
            all: self.all.iter().map(|&(index, value)| self.day_plan(index, value)).collect(),
        }
    }

    fn day_plan(&self, index: usize, price: i64) -> DayPlan {
        let last = self.arena[index];
        let (home, _) = self.task.problem.hop(last.place, self.task.bed);
        let mut labels: Vec<&Label> =
            std::iter::successors(Some(&self.arena[index]), |label| label.parent.map(|at| &self.arena[at])).collect();
        labels.reverse();
        DayPlan {
            stops: labels.iter().filter_map(|label| label.stop).collect(),
            sights: last.sights,
            meals: last.meals,
            flavours: last.flavours,
            cost_cents: last.cost_cents,
            needs_ticket: last.needs_ticket,
            travel_minutes: last.travelled + home,
            price,
        }
    }
}
