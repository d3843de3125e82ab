//! The cheapest places to eat for the meals of one stay, whatever the time of day.
//!
//! A table over how many meals of each kind have a place and which kinds of food were had, filled place by place. It
//! gives the least cost of a stay for every set of kinds of food: never more than any plan of the stay pays for meals.

use crate::{
    ground::{Counts, Ground},
    problem::{MEALS_PER_DAY, Problem},
};

/// No way to eat so.
pub(crate) const NEVER: i64 = i64::MAX / 8;
/// States of one table; kinds of food are given up beyond it, then exactness.
const STATES_MAX: usize = 1 << 15;
/// States of one table times places: what is kept for reading the choice back.
const ENTRIES_MAX: usize = 4_000_000;
const NOWHERE: u32 = u32::MAX;

/// What the table depends on; stays that agree in it share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Profile {
    pub(crate) city: usize,
    /// By meal of the day: whether places may be eaten at again.
    pub(crate) repeats: [bool; MEALS_PER_DAY],
    pub(crate) counts: Counts,
}

/// A place for one meal of the stay; the meals of the day that it may be, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Helping {
    pub(crate) meal: usize,
    pub(crate) slots: u8,
}

/// Meals of the day that every place of the city serves alike.
#[derive(Clone, Copy)]
struct Group {
    slots: u8,
    is_repeated: bool,
    required: usize,
    limit: usize,
    stride: usize,
}

struct Item {
    meal: usize,
    cost_cents: i64,
    /// Groups in which it is served, a bit each.
    groups: u8,
    flavours: usize,
}

pub(crate) struct MealTable {
    groups: Vec<Group>,
    items: Vec<Item>,
    flavours: u32,
    states: usize,
    /// The table would be too large: the costs are a lower bound that ignores kinds of food.
    is_rough: bool,
    /// By set of tracked kinds of food (those below `1 << flavours`): the least cost to have had them.
    pub(crate) costs: Vec<i64>,
}

impl MealTable {
    /// The table of a profile; of the kinds of food only the first `tracked` are looked at.
    pub(crate) fn new(problem: &Problem, ground: &Ground, profile: Profile, tracked: u32) -> Self {
        let mut table = Self {
            groups: groups(problem, ground, profile, tracked),
            items: Vec::new(),
            flavours: tracked,
            states: 0,
            is_rough: false,
            costs: vec![NEVER; 1 << tracked],
        };
        if table.size(tracked) > STATES_MAX {
            table.flavours = 0;
        }
        table.items = table.items(problem, &ground.meals[profile.city]);
        table.states = table.size(table.flavours);
        table.is_rough = table.states > STATES_MAX || table.states * 2 * table.items.len().max(1) > ENTRIES_MAX;
        if table.is_rough {
            let cost = table.rough();
            table.costs.fill(cost);
            return table;
        }
        let (cells, _) = table.fill(false);
        for (state, &cost) in cells.iter().enumerate() {
            if !table.is_fed(state) {
                continue;
            }
            let mask = state & ((1 << table.flavours) - 1);
            table.costs[mask] = table.costs[mask].min(cost);
        }
        if table.flavours < tracked {
            let cost = table.costs[0];
            table.costs.fill(cost);
        }
        for bit in 0..tracked {
            for mask in (0..table.costs.len()).filter(|mask| mask & (1 << bit) == 0) {
                table.costs[mask] = table.costs[mask].min(table.costs[mask | 1 << bit]);
            }
        }
        table
    }

    /// Places that cost [`MealTable::costs`] of the set; `None` when they were not worked out.
    pub(crate) fn helpings(&self, wanted: usize) -> Option<Vec<Helping>> {
        if self.is_rough {
            return None;
        }
        let (cells, from) = self.fill(true);
        let mask = (1 << self.flavours) - 1;
        let fits = |state: &usize| self.is_fed(*state) && wanted & mask & !(state & mask) == 0;
        let mut state = (0..self.states).filter(fits).min_by_key(|state| cells[*state])?;
        if cells[state] >= NEVER {
            return None;
        }
        let mut helpings = Vec::new();
        let mut stage = from.len() / self.states;
        while stage > 0 {
            let before = from[(stage - 1) * self.states + state];
            if before == NOWHERE {
                stage -= 1;
                continue;
            }
            let before = before as usize;
            let is_more = |group: &&Group| self.used(**group, state) > self.used(**group, before);
            let group = self.groups.iter().find(is_more).expect("each step adds one meal");
            helpings.push(Helping { meal: self.items[(stage - 1) / 2].meal, slots: group.slots });
            state = before;
            // A place that may be eaten at again can come again at the same stage.
            stage -= usize::from(!group.is_repeated);
        }
        Some(helpings)
    }

    fn size(&self, flavours: u32) -> usize {
        self.groups.last().map_or(1, |group| group.stride.saturating_mul(group.limit + 1)).saturating_mul(1 << flavours)
    }

    fn used(&self, group: Group, state: usize) -> usize {
        (state >> self.flavours) / group.stride % (group.limit + 1)
    }

    fn is_fed(&self, state: usize) -> bool {
        self.groups.iter().all(|group| self.used(*group, state) >= group.required)
    }

    /// The places that can matter: with as many better ones as there are meals, a place is never needed.
    fn items(&self, problem: &Problem, meals: &[usize]) -> Vec<Item> {
        let mask = (1_usize << self.flavours) - 1;
        let item = |&meal: &usize| {
            let fact = &problem.meals[meal];
            let serves = |group: &Group| {
                (0..MEALS_PER_DAY).any(|slot| group.slots & (1 << slot) != 0 && fact.scores[slot].is_some())
            };
            let bits = self.groups.iter().enumerate().filter(|(_, group)| serves(group));
            let groups = bits.fold(0, |groups, (bit, _)| groups | 1 << bit);
            Item { meal, cost_cents: fact.cost_cents, groups, flavours: fact.flavours as usize & mask }
        };
        let all: Vec<Item> = meals.iter().map(item).filter(|item| item.groups != 0).collect();
        let count: usize = self.groups.iter().map(|group| group.limit).sum();
        let beats = |one: &Item, two: &Item| {
            (one.cost_cents, one.meal) < (two.cost_cents, two.meal)
                && one.groups & two.groups == two.groups
                && one.flavours & two.flavours == two.flavours
        };
        let needed: Vec<bool> =
            all.iter().map(|two| all.iter().filter(|one| beats(one, two)).count() < count).collect();
        all.into_iter().zip(needed).filter(|(_, is_needed)| *is_needed).map(|(item, _)| item).collect()
    }

    /// The cells, and, when they are to be read back, where each came from: two stages for each place, once and again.
    fn fill(&self, is_kept: bool) -> (Vec<i64>, Vec<u32>) {
        let mut cells = vec![NEVER; self.states];
        cells[0] = 0;
        let full = self.full();
        let mut from = Vec::new();
        for item in &self.items {
            for is_repeated in [false, true] {
                let begin = from.len();
                if is_kept {
                    from.resize(begin + self.states, NOWHERE);
                }
                let of_kind = self.groups.iter().enumerate();
                let groups: Vec<(usize, usize)> = of_kind
                    .filter(|(bit, group)| item.groups & (1 << bit) != 0 && group.is_repeated == is_repeated)
                    .map(|(bit, group)| (bit, group.stride << self.flavours))
                    .collect();
                if groups.is_empty() {
                    continue;
                }
                let mut relax = |state: usize| {
                    if cells[state] >= NEVER {
                        return;
                    }
                    let cost = cells[state] + item.cost_cents;
                    let is_full = full[state >> self.flavours];
                    for &(_, step) in groups.iter().filter(|(bit, _)| is_full & (1 << bit) == 0) {
                        let to = (state + step) | item.flavours;
                        if cost < cells[to] {
                            cells[to] = cost;
                            if is_kept {
                                from[begin + to] = u32::try_from(state).expect("tables are small");
                            }
                        }
                    }
                };
                // Meals only become more, so from the end on a place is taken once, from the start on again and again.
                if is_repeated {
                    (0..self.states).for_each(&mut relax);
                } else {
                    (0..self.states).rev().for_each(&mut relax);
                }
            }
        }
        (cells, from)
    }

    /// By state without its kinds of food: the groups that have all their meals, a bit each.
    fn full(&self) -> Vec<u8> {
        let counts = 0..self.states >> self.flavours;
        let groups = |state: usize| self.groups.iter().enumerate().map(move |group| (group, state));
        let is_full = |group: &Group, state: usize| state / group.stride % (group.limit + 1) == group.limit;
        let bits =
            |state| groups(state).filter(|((_, group), state)| is_full(group, *state)).map(|((bit, _), _)| 1 << bit);
        counts.map(|state| bits(state).sum()).collect()
    }

    /// A lower bound: each group by itself with its cheapest places.
    fn rough(&self) -> i64 {
        let mut sum = 0;
        for (bit, group) in self.groups.iter().enumerate() {
            let served = self.items.iter().filter(|item| item.groups & (1 << bit) != 0);
            let mut costs: Vec<i64> = served.map(|item| item.cost_cents).collect();
            costs.sort_unstable();
            let is_short = costs.len() < if group.is_repeated { group.required.min(1) } else { group.required };
            if is_short {
                return NEVER;
            }
            let required = i64::try_from(group.required).expect("a few meals");
            let again = required * costs.first().copied().unwrap_or(0);
            sum += if group.is_repeated { again } else { costs[..group.required].iter().sum() };
        }
        sum
    }
}

fn groups(problem: &Problem, ground: &Ground, profile: Profile, tracked: u32) -> Vec<Group> {
    let meals = &ground.meals[profile.city];
    let is_alike = |one: usize, two: usize| {
        let serves = |meal: &usize, slot: usize| problem.meals[*meal].scores[slot].is_some();
        profile.repeats[one] == profile.repeats[two] && meals.iter().all(|meal| serves(meal, one) == serves(meal, two))
    };
    let mut groups: Vec<Group> = Vec::new();
    for (slot, (required, optional)) in profile.counts.into_iter().enumerate() {
        // Meals that may be left out matter only for kinds of food.
        let limit = required + optional.min(tracked as usize);
        if limit == 0 {
            continue;
        }
        let joined = groups.iter_mut().find(|group| is_alike(group.slots.trailing_zeros() as usize, slot));
        if let Some(group) = joined {
            group.slots |= 1 << slot;
            group.required += required;
            group.limit += limit;
        } else {
            groups.push(Group { slots: 1 << slot, is_repeated: profile.repeats[slot], required, limit, stride: 1 });
        }
    }
    let mut stride = 1_usize;
    for group in &mut groups {
        group.stride = stride;
        stride = stride.saturating_mul(group.limit + 1);
    }
    groups
}
