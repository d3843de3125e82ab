//! Money before time: what trips cost at least when only places, beds, legs and kinds of food are counted.
//!
//! For each stay: its legs, its cheapest bed and the cheapest different places for its meals, by the kinds of food
//! they cover. Hours, ways and tickets are ignored, so it is a lower bound; where nothing is far or closed, it is the
//! truth, and its choice of places is the first plan.

use std::collections::HashMap;

use crate::{
    graph::{Graph, HOME},
    ground::Ground,
    meal_table::{Helping, MealTable, NEVER, Profile},
    problem::{Booking, Need, Problem},
    trip::Choice,
};

/// Kinds of food that are counted exactly, at most; the others are left to the search.
const TRACKED_MAX: u32 = 6;
/// Pairs of sets of kinds of food, over all stays, that the search of the cheapest trip may compare: some 5 ms.
const PAIRS_MAX: usize = 2_000_000;

/// One bed for so many nights in a city, or none at all without nights.
#[derive(Clone, Copy)]
pub(crate) struct Bunk {
    pub(crate) bed: Option<usize>,
    pub(crate) booking: Booking,
}

pub(crate) struct Resource<'a> {
    problem: &'a Problem,
    /// By city and number of nights, in the order in which they were met: the beds that can matter.
    pub(crate) bunks: Vec<Vec<Bunk>>,
    /// By stay: index into the bunks.
    bunks_of: Vec<usize>,
    tables: Vec<MealTable>,
    /// By stay: index of its table.
    table_of: Vec<usize>,
    /// Sets of the tracked kinds of food.
    masks: usize,
    /// By node and set of kinds of food still wanted: the least cost after the node's leg.
    rest: Vec<i64>,
    pub(crate) must_see_cents: i64,
}

impl<'a> Resource<'a> {
    pub(crate) fn new(problem: &'a Problem, ground: &Ground, graph: &Graph) -> Self {
        let flavours = u32::try_from(problem.flavours).unwrap_or(TRACKED_MAX).min(TRACKED_MAX);
        let pairs = |tracked: &u32| 3_usize.pow(*tracked).saturating_mul(graph.edges.len());
        let tracked = (0..=flavours).rev().find(|tracked| pairs(tracked) <= PAIRS_MAX).unwrap_or(0);
        let mut known: HashMap<Profile, usize> = HashMap::new();
        let mut nights: HashMap<(usize, usize), usize> = HashMap::new();
        let mut resource = Self {
            problem,
            bunks: Vec::new(),
            bunks_of: vec![usize::MAX; problem.stays.len()],
            tables: Vec::new(),
            table_of: vec![usize::MAX; problem.stays.len()],
            masks: 1 << tracked,
            rest: Vec::new(),
            must_see_cents: problem.must_sees().map(|sight| problem.sights[sight].cost_cents).sum(),
        };
        for edge in &graph.edges {
            if resource.table_of[edge.stay] != usize::MAX {
                continue;
            }
            let profile = profile(problem, edge.stay);
            let next = resource.tables.len();
            let table = *known.entry(profile).or_insert(next);
            if table == next {
                resource.tables.push(MealTable::new(problem, ground, profile, tracked));
            }
            resource.table_of[edge.stay] = table;
            let stay = &problem.stays[edge.stay];
            let next = resource.bunks.len();
            let bunks = *nights.entry((stay.city, stay.nights)).or_insert(next);
            if bunks == next {
                resource.bunks.push(list_bunks(problem, ground, (stay.city, stay.nights)));
            }
            resource.bunks_of[edge.stay] = bunks;
        }
        resource.look_back(graph);
        resource
    }

    /// The least that any trip costs; `None` when there is none.
    pub(crate) fn minimum_cents(&self, graph: &Graph) -> Option<i64> {
        let roots = graph.roots.iter().map(|root| self.leg_cents(graph, *root) + self.rest_cents(*root));
        roots.min().filter(|cents| *cents < NEVER).map(|cents| cents + self.must_see_cents)
    }

    /// The least cost after the node's leg, whatever was eaten before; [`NEVER`] or more when there is no way.
    pub(crate) fn rest_cents(&self, node: usize) -> i64 {
        self.rest[node * self.masks]
    }

    fn leg_cents(&self, graph: &Graph, node: usize) -> i64 {
        self.problem.legs[graph.nodes[node].leg].cost_cents
    }

    /// The table of the stay's meals; by its shape stays with the same meals are known.
    pub(crate) fn table_of(&self, stay: usize) -> usize {
        self.table_of[stay]
    }

    pub(crate) fn bunks_of(&self, stay: usize) -> usize {
        self.bunks_of[stay]
    }

    /// Whether the stay is part of any path.
    pub(crate) fn is_known(&self, stay: usize) -> bool {
        self.table_of[stay] != usize::MAX
    }

    /// Whether no trip covers the kind of food, whatever else it does without.
    pub(crate) fn lacks(&self, graph: &Graph, flavour: usize) -> bool {
        let bit = 1_usize.checked_shl(u32::try_from(flavour).unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
        bit < self.masks && graph.roots.iter().all(|root| self.rest[root * self.masks + bit] >= NEVER)
    }

    /// What the cheapest bed of a stay costs; `None` when there is none.
    pub(crate) fn bed_cents(&self, stay: usize) -> Option<i64> {
        self.bunks[self.bunks_of[stay]].iter().map(|bunk| bunk.booking.cost_cents).min()
    }

    /// Whether the stay can be booked and its meals be eaten at all.
    pub(crate) fn is_possible(&self, stay: usize) -> bool {
        !self.bunks[self.bunks_of[stay]].is_empty() && self.tables[self.table_of[stay]].costs[0] < NEVER
    }

    fn look_back(&mut self, graph: &Graph) {
        let masks = self.masks;
        let mut rest = vec![NEVER; graph.nodes.len() * masks];
        for node in (0..graph.nodes.len()).rev() {
            for edge in graph.edges_of(node) {
                let Some(bed_cents) = self.bed_cents(edge.stay) else { continue };
                let costs = &self.tables[self.table_of[edge.stay]].costs;
                let fixed = bed_cents + self.problem.legs[self.problem.stays[edge.stay].leg_out].cost_cents;
                for wanted in 0..masks {
                    let mut best = rest[node * masks + wanted];
                    for eaten in submasks(wanted) {
                        let after = if edge.to == HOME {
                            if eaten == wanted { 0 } else { NEVER }
                        } else {
                            rest[edge.to * masks + (wanted & !eaten)]
                        };
                        best = best.min(fixed + costs[eaten] + after);
                    }
                    rest[node * masks + wanted] = best.min(NEVER);
                }
            }
        }
        // The first column bounds prefixes that have eaten nobody knows what; the roots ask for everything.
        for &root in &graph.roots {
            rest[root * masks] = rest[root * masks + masks - 1];
        }
        self.rest = rest;
    }

    /// The least that a choice of stays and beds costs, and what each stay has to cover for it. Tickets not counted.
    pub(crate) fn split(&self, choice: &Choice) -> Option<(i64, Vec<usize>)> {
        let masks = self.masks;
        let mut least = vec![NEVER; masks];
        least[0] = 0;
        let mut shares: Vec<Vec<usize>> = Vec::new();
        for &(stay, _) in &choice.visits {
            let costs = &self.tables[self.table_of[stay]].costs;
            let mut next = vec![NEVER; masks];
            let mut share = vec![0; masks];
            for covered in 0..masks {
                for eaten in submasks(covered) {
                    let cents = least[covered & !eaten] + costs[eaten];
                    if cents < next[covered] {
                        (next[covered], share[covered]) = (cents, eaten);
                    }
                }
            }
            least = next;
            shares.push(share);
        }
        let mut covered = masks - 1;
        let cents = least[covered];
        if cents >= NEVER {
            return None;
        }
        let mut split = vec![0; shares.len()];
        for at in (0..shares.len()).rev() {
            split[at] = shares[at][covered];
            covered &= !split[at];
        }
        Some((cents + choice.cost_cents, split))
    }

    /// The places that the split pays for in one stay.
    pub(crate) fn helpings(&self, stay: usize, share: usize) -> Option<Vec<Helping>> {
        self.tables[self.table_of[stay]].helpings(share)
    }
}

pub(crate) fn profile(problem: &Problem, stay: usize) -> Profile {
    let mut counts = crate::ground::Counts::default();
    for (_, frame) in &problem.stays[stay].days {
        for (count, need) in counts.iter_mut().zip(frame.meals) {
            count.0 += usize::from(need == Need::Required);
            count.1 += usize::from(need == Need::Optional);
        }
    }
    Profile { city: problem.stays[stay].city, repeats: problem.repeats(stay), counts }
}

/// The beds for so many nights. Of beds that are alike in all ways only those that no other beats in both points and
/// cents: whatever a trip does with the others, it can do no worse with these.
fn list_bunks(problem: &Problem, ground: &Ground, (city, nights): (usize, usize)) -> Vec<Bunk> {
    if nights == 0 {
        return vec![Bunk { bed: None, booking: Booking { cost_cents: 0, score: 0 } }];
    }
    let beds = problem.cities[city].beds.iter().enumerate();
    let booked = beds.filter_map(|(index, bed)| Some((index, bed.booking(nights)?, ground.bed_like[bed.place])));
    let all: Vec<(usize, Booking, usize)> = booked.collect();
    let is_beaten = |(at, one, like): &(usize, Booking, usize)| {
        all.iter().any(|(other_at, other, other_like)| {
            let is_equal = (other.cost_cents, other.score) == (one.cost_cents, one.score);
            let is_no_worse = other.cost_cents <= one.cost_cents && other.score >= one.score;
            like == other_like && is_no_worse && (!is_equal || other_at < at)
        })
    };
    let kept = all.iter().filter(|bed| !is_beaten(bed));
    kept.map(|(bed, booking, _)| Bunk { bed: Some(*bed), booking: *booking }).collect()
}

/// Every subset of a set of bits, the set itself and the empty one included.
fn submasks(mask: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(mask), move |sub| (*sub > 0).then(|| (sub - 1) & mask))
}
