//! Choices of route and beds, the most promising first, without making a list of all.
//!
//! The value of a trip is bounded by a sum over its legs and stays. The best rest of every node is known from one pass
//! backwards; with it as the estimate, a best-first search takes out complete paths in the order of their bounds, and
//! each one costs only a few steps. Siblings are put back one at a time: the next bed, the next stay.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::{
    graph::{Edge, Graph, HOME},
    ground::Ground,
    problem::Problem,
    resource::{Bunk, Resource},
    trip::Choice,
};

/// Paths in waiting. With more, the worst are given up and remembered as a bound. Some 10 MB.
const WAITING_MAX: usize = 120_000;
/// No path.
const NONE: i64 = i64::MIN / 4;

/// What legs, beds and stays are worth at most, in thousandths of a point.
pub(crate) struct Worth {
    /// What does not depend on the path.
    pub(crate) constant: i64,
    /// By leg.
    pub(crate) legs: Vec<i64>,
    /// By stay: its days, without the bed.
    pub(crate) stays: Vec<i64>,
    /// What a bed is worth: points and cents to thousandths of a point.
    pub(crate) money: f64,
}

struct Step {
    before: Option<usize>,
    stay: usize,
    bed: Option<usize>,
}

/// A path up to a node, the edge and the bed to take next.
struct Waiting {
    bound: i64,
    order: u64,
    before: Option<usize>,
    worth: i64,
    cost_cents: i64,
    node: usize,
    edge: usize,
    bunk: usize,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.cmp(&other.bound).then(other.order.cmp(&self.order))
    }
}

pub(crate) struct Paths<'a> {
    problem: &'a Problem,
    ground: &'a Ground,
    graph: &'a Graph,
    resource: &'a Resource<'a>,
    worth: Worth,
    /// By city and number of nights, as the resource numbers them: the beds and what they are worth, best first.
    bunks: Vec<Vec<(i64, Bunk)>>,
    /// By node: the most that can come after its leg.
    rest: Vec<i64>,
    /// By node: its edges, best first; made when first asked for.
    sorted: Vec<Option<Vec<Edge>>>,
    steps: Vec<Step>,
    heap: BinaryHeap<Waiting>,
    order: u64,
    /// The best bound that was given up.
    bound_cut: i64,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(
        problem: &'a Problem,
        ground: &'a Ground,
        graph: &'a Graph,
        resource: &'a Resource<'a>,
        worth: Worth,
    ) -> Self {
        let mut paths = Self {
            problem,
            ground,
            graph,
            resource,
            worth,
            bunks: Vec::new(),
            rest: vec![NONE; graph.nodes.len()],
            sorted: vec![None; graph.nodes.len()],
            steps: Vec::new(),
            heap: BinaryHeap::new(),
            order: 0,
            bound_cut: i64::MIN,
        };
        paths.bunks = resource.bunks.iter().map(|bunks| sorted(bunks, paths.worth.money)).collect();
        for node in (0..graph.nodes.len()).rev() {
            let values =
                graph.edges_of(node).iter().map(|edge| paths.edge_worth(*edge, 0).map_or(NONE, |worth| worth.0));
            paths.rest[node] = values.max().unwrap_or(NONE);
        }
        for &root in &graph.roots {
            let leg = graph.nodes[root].leg;
            let (worth, cents) = (paths.worth.constant + paths.worth.legs[leg], problem.legs[leg].cost_cents);
            paths.wait(None, worth, cents + resource.must_see_cents, (root, 0, 0));
        }
        paths
    }

    /// The most that a path not yet taken out can be worth; `i64::MIN` when there is none left.
    pub(crate) fn bound(&self) -> i64 {
        self.heap.peek().map_or(i64::MIN, |best| best.bound).max(self.bound_cut)
    }

    /// The next best path within the budget, with its bound.
    pub(crate) fn next(&mut self) -> Option<(i64, Choice)> {
        while let Some(best) = self.heap.pop() {
            let edge = self.edges(best.node)[best.edge];
            let place = (best.node, best.edge, best.bunk);
            self.wait(best.before, best.worth, best.cost_cents, (place.0, place.1, place.2 + 1));
            if best.bunk == 0 {
                self.wait(best.before, best.worth, best.cost_cents, (place.0, place.1 + 1, 0));
            }
            let stay = &self.problem.stays[edge.stay];
            let leg = &self.problem.legs[stay.leg_out];
            let (_, bunk) = self.bunks[self.resource.bunks_of(edge.stay)][best.bunk];
            let cost_cents = best.cost_cents + leg.cost_cents + bunk.booking.cost_cents;
            let step = Step { before: best.before, stay: edge.stay, bed: bunk.bed };
            if edge.to == HOME {
                if cost_cents <= self.problem.budget_cents {
                    return Some((best.bound, self.choice(&step)));
                }
            } else if cost_cents + self.resource.rest_cents(edge.to) <= self.problem.budget_cents {
                let before = Some(self.steps.len());
                self.steps.push(step);
                let worth = best.bound - self.rest[edge.to];
                self.wait(before, worth, cost_cents, (edge.to, 0, 0));
            }
        }
        None
    }

    fn choice(&self, last: &Step) -> Choice {
        let steps = std::iter::successors(Some(last), |step| step.before.map(|before| &self.steps[before]));
        let mut visits: Vec<(usize, Option<usize>)> = steps.map(|step| (step.stay, step.bed)).collect();
        visits.reverse();
        Choice::new(self.problem, self.ground, visits)
    }

    /// Puts a path into the heap if its edge and bed exist.
    fn wait(&mut self, before: Option<usize>, worth: i64, cost_cents: i64, (node, edge, bunk): (usize, usize, usize)) {
        let Some(&next) = self.edges(node).get(edge) else { return };
        let Some((ahead, _)) = self.edge_worth(next, bunk) else { return };
        let bound = worth + ahead;
        if ahead <= NONE / 2 {
            return;
        }
        if self.heap.len() >= WAITING_MAX {
            self.bound_cut = self.bound_cut.max(bound);
            return;
        }
        self.order += 1;
        self.heap.push(Waiting { bound, order: self.order, before, worth, cost_cents, node, edge, bunk });
    }

    /// What the edge with its so manieth bed and all that can follow is worth; `None` without such a bed.
    fn edge_worth(&self, edge: Edge, bunk: usize) -> Option<(i64, i64)> {
        let stay = &self.problem.stays[edge.stay];
        if !self.resource.is_possible(edge.stay) || self.worth.stays[edge.stay] <= NONE {
            return None;
        }
        let bed = self.bunks[self.resource.bunks_of(edge.stay)].get(bunk)?.0;
        let after = if edge.to == HOME { 0 } else { self.rest[edge.to] };
        let own = bed + self.worth.stays[edge.stay] + self.worth.legs[stay.leg_out];
        Some((own.saturating_add(after).max(NONE), own))
    }

    fn edges(&mut self, node: usize) -> &[Edge] {
        if self.sorted[node].is_none() {
            let edges = self.graph.edges_of(node).iter().copied();
            let worth = |edge: Edge| Some((self.edge_worth(edge, 0)?.0, edge));
            let mut sorted: Vec<(i64, Edge)> = edges.filter_map(worth).collect();
            sorted.sort_by_key(|(worth, edge)| (std::cmp::Reverse(*worth), edge.stay));
            self.sorted[node] = Some(sorted.into_iter().map(|(_, edge)| edge).collect());
        }
        self.sorted[node].as_deref().expect("just made")
    }
}

fn sorted(bunks: &[Bunk], money: f64) -> Vec<(i64, Bunk)> {
    let worth = |bunk: &Bunk| milli(bunk.booking.score, bunk.booking.cost_cents, money);
    let mut sorted: Vec<(i64, Bunk)> = bunks.iter().map(|bunk| (worth(bunk), *bunk)).collect();
    sorted.sort_by_key(|(worth, bunk)| (std::cmp::Reverse(*worth), bunk.booking.cost_cents, bunk.bed));
    sorted
}

/// Points less what the cents are worth, in thousandths of a point, rounded up.
pub(crate) fn milli(score: i64, cents: i64, money: f64) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "costs and scores are far below 2^52")]
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^63; rounded up so that bounds stay bounds")]
    let price = (money * cents as f64 * crate::day_task::MILLI as f64).floor() as i64;
    score * crate::day_task::MILLI - price
}
