//! Trips as paths: every way from home through the wanted cities and back.
//!
//! A node is a leg that has been taken and the cities seen before it, an edge is a stay. The nodes of one more city
//! come after all nodes of fewer, so one pass backwards over the list finds the best way home from everywhere.

use std::collections::HashMap;

use crate::problem::Problem;

/// More nodes or edges than this are not made; the answer is then never called optimal. Some 20 MB.
const EDGES_MAX: usize = 400_000;
/// Cities beyond this many are not visited: the bits of a set.
const CITIES_MAX: usize = 64;
/// The end of a path.
pub(crate) const HOME: usize = usize::MAX;

pub(crate) struct Node {
    pub(crate) leg: usize,
    visited: u64,
    /// Range of [`Graph::edges`].
    first: usize,
    end: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) stay: usize,
    /// Node of the leg that leaves, or [`HOME`].
    pub(crate) to: usize,
}

#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// The nodes of legs from home.
    pub(crate) roots: Vec<usize>,
    pub(crate) is_cut: bool,
}

impl Graph {
    /// Every path over stays that `is_open` allows. Empty of roots when there is no path.
    pub(crate) fn new(problem: &Problem, is_open: impl Fn(usize) -> bool) -> Self {
        let mut build = Build { problem, by_leg: HashMap::new(), known: HashMap::new(), graph: Self::default() };
        build.graph.is_cut = problem.cities.len() > CITIES_MAX;
        for (index, stay) in problem.stays.iter().enumerate() {
            if stay.city < CITIES_MAX && build.is_sound(index) && is_open(index) {
                build.by_leg.entry(stay.leg_in).or_default().push(index);
            }
        }
        build.explore();
        let mut graph = build.graph;
        graph.drop_dead_ends();
        graph
    }

    pub(crate) fn edges_of(&self, node: usize) -> &[Edge] {
        &self.edges[self.nodes[node].first..self.nodes[node].end]
    }

    /// Keeps only edges from which home can be reached.
    fn drop_dead_ends(&mut self) {
        let mut is_alive = vec![false; self.nodes.len()];
        for node in (0..self.nodes.len()).rev() {
            is_alive[node] = self.edges_of(node).iter().any(|edge| edge.to == HOME || is_alive[edge.to]);
        }
        let old = std::mem::take(&mut self.edges);
        for node in &mut self.nodes {
            let kept = old[node.first..node.end].iter().filter(|edge| edge.to == HOME || is_alive[edge.to]);
            node.first = self.edges.len();
            self.edges.extend(kept);
            node.end = self.edges.len();
        }
        self.roots.retain(|root| is_alive[*root]);
    }
}

struct Build<'a> {
    problem: &'a Problem,
    by_leg: HashMap<usize, Vec<usize>>,
    known: HashMap<(u64, usize), usize>,
    graph: Graph,
}

impl Build<'_> {
    /// Whether the stay joins two legs of the same kind at its city.
    fn is_sound(&self, stay: usize) -> bool {
        let (legs, stay) = (&self.problem.legs, &self.problem.stays[stay]);
        let (Some(leg_in), Some(leg_out)) = (legs.get(stay.leg_in), legs.get(stay.leg_out)) else { return false };
        let joins = leg_in.to == Some(stay.city) && leg_out.from == Some(stay.city);
        stay.city < self.problem.cities.len() && joins && leg_in.is_own_car == leg_out.is_own_car
    }

    fn node(&mut self, visited: u64, leg: usize) -> usize {
        let graph = &mut self.graph;
        *self.known.entry((visited, leg)).or_insert_with(|| {
            graph.nodes.push(Node { leg, visited, first: 0, end: 0 });
            graph.nodes.len() - 1
        })
    }

    fn explore(&mut self) {
        let problem = self.problem;
        let must_see_cities = problem.must_sees().map(|sight| problem.sights[sight].city);
        let required = problem.cities.iter().enumerate().filter(|(_, city)| city.is_required).map(|(index, _)| index);
        let mut wanted = 0_u64;
        for city in required.chain(must_see_cities) {
            if city >= CITIES_MAX.min(problem.cities.len()) {
                return;
            }
            wanted |= 1 << city;
        }
        for leg in 0..problem.legs.len() {
            if problem.legs[leg].from.is_none() && self.by_leg.contains_key(&leg) {
                let root = self.node(0, leg);
                self.graph.roots.push(root);
            }
        }
        let mut at = 0;
        while at < self.graph.nodes.len() {
            self.leave(at, wanted);
            at += 1;
        }
    }

    /// Every stay after the leg of a node.
    fn leave(&mut self, at: usize, wanted: u64) {
        let problem = self.problem;
        let (leg, visited) = (self.graph.nodes[at].leg, self.graph.nodes[at].visited);
        self.graph.nodes[at].first = self.graph.edges.len();
        for stay in self.by_leg.get(&leg).cloned().unwrap_or_default() {
            let fact = &problem.stays[stay];
            let now = visited | 1 << fact.city;
            let left = problem.city_count.saturating_sub(now.count_ones() as usize);
            let is_home = problem.legs[fact.leg_out].to.is_none();
            let is_short = (wanted & !now).count_ones() as usize > left;
            if visited == now || is_short || is_home != (left == 0) || problem.city_count == 0 {
                continue;
            }
            if self.graph.edges.len() >= EDGES_MAX {
                self.graph.is_cut = true;
                break;
            }
            let to = if is_home { HOME } else { self.node(now, fact.leg_out) };
            self.graph.edges.push(Edge { stay, to });
        }
        self.graph.nodes[at].end = self.graph.edges.len();
    }
}
