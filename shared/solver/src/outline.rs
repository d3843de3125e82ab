//! A quick bound of every trip at once: the best sights and places to eat of each stay, whatever the time of day.
//!
//! Only the money has a price here. The bound is weaker than that of the searched days, but it costs so little that
//! the price of money can be looked for over all routes and beds together, before any day is searched.

use crate::{
    day_task::MILLI,
    graph::Graph,
    ground::{Counts, Ground},
    meal_table::Profile,
    paths::{Paths, Worth, milli},
    problem::{MEALS_PER_DAY, Problem, Sight},
    resource::{self, Resource},
    trip::{BUDGET_MAX, Choice, Multipliers},
};

/// Points for a cent between which the price of money is looked for.
const MONEY_MIN: f64 = 1e-5;
const MONEY_MAX: f64 = 10.0;
/// More thousandths of a point are not given for money that is left, so that sums do not overflow. Only the order by
/// price of a trip without a budget gets there, and no bound comes from it.
const CONSTANT_MAX: i64 = 1 << 61;
/// Prices that are tried; each narrows the range of its logarithm by a third.
const PRICES_TRIED: usize = 9;

/// Prices around the best one by which single choices are bounded.
const MONEY_AROUND: [f64; 10] = [0.0, 0.3, 0.5, 0.7, 0.85, 1.2, 1.5, 2.0, 3.0, 5.0];

pub(crate) struct Outline<'a> {
    problem: &'a Problem,
    ground: &'a Ground,
    graph: &'a Graph,
    resource: &'a Resource<'a>,
    /// By stay: table of its meals, and the most sights.
    stays: Vec<Option<(usize, usize)>>,
    /// By table of meals: what it is about.
    profiles: Vec<Option<Profile>>,
    /// The prices of money around the best one, to look at single choices with.
    layers: Vec<Layer>,
}

/// What everything is worth at one price of money.
struct Layer {
    money: f64,
    constant: i64,
    cities: Vec<CityWorth>,
    /// By table.
    meals: Vec<i64>,
}

impl<'a> Outline<'a> {
    pub(crate) fn new(problem: &'a Problem, ground: &'a Ground, graph: &'a Graph, resource: &'a Resource<'a>) -> Self {
        let mut outline = Self {
            problem,
            ground,
            graph,
            resource,
            stays: vec![None; problem.stays.len()],
            profiles: Vec::new(),
            layers: Vec::new(),
        };
        let visit_min = |city: &Vec<usize>| city.iter().map(|sight| problem.sights[*sight].visit_minutes).min();
        let visits_min: Vec<u32> = ground.sights.iter().map(|city| visit_min(city).unwrap_or(0).max(1)).collect();
        for edge in &graph.edges {
            if outline.stays[edge.stay].is_some() || !resource.is_possible(edge.stay) {
                continue;
            }
            let table = resource.table_of(edge.stay);
            if outline.profiles.len() <= table {
                outline.profiles.resize(table + 1, None);
            }
            outline.profiles[table].get_or_insert_with(|| resource::profile(problem, edge.stay));
            let stay = &problem.stays[edge.stay];
            let sights = stay.days.iter().map(|(_, frame)| {
                let from = frame.free.from_minute.max(problem.first_sight_minute);
                let open = frame.free.until_minute.saturating_sub(from);
                frame.sights_max.min((open / visits_min[stay.city]) as usize).min(crate::problem::SIGHTS_MAX)
            });
            outline.stays[edge.stay] = Some((table, sights.sum()));
        }
        outline
    }

    /// The paths in order of their bounds by the price of money that makes the best bound smallest.
    pub(crate) fn best_paths(&self) -> (f64, Paths<'a>) {
        let mut best = (0.0, self.paths(0.0));
        let mut offer = |money: f64| {
            let paths = self.paths(money);
            let bound = paths.bound();
            if bound < best.1.bound() {
                best = (money, paths);
            }
            bound
        };
        #[expect(clippy::cast_precision_loss, reason = "a rough limit")]
        let money_max = (CONSTANT_MAX / MILLI) as f64 / self.problem.budget_cents.clamp(1, BUDGET_MAX) as f64;
        let (mut low, mut high) = (MONEY_MIN.ln(), money_max.clamp(MONEY_MIN, MONEY_MAX).ln());
        // The bound is convex in the price: if the least price does not help, none does.
        let free = offer(0.0);
        if offer(MONEY_MIN) < free {
            for _ in 0..PRICES_TRIED {
                let (one, two) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
                if offer(one.exp()) <= offer(two.exp()) { high = two } else { low = one }
            }
        }
        best
    }

    /// The paths in order of their bounds by a price of money, in points for a cent.
    pub(crate) fn paths(&self, money: f64) -> Paths<'a> {
        let problem = self.problem;
        let layer = self.layer(money);
        let stay = |(index, known): (usize, &Option<(usize, usize)>)| {
            let Some((table, sights)) = *known else { return i64::MIN / 4 };
            layer.meals[table] + layer.cities[problem.stays[index].city].sights(sights)
        };
        let worth = Worth {
            constant: layer.constant,
            legs: problem.legs.iter().map(|leg| milli(leg.score, leg.cost_cents, money)).collect(),
            stays: self.stays.iter().enumerate().map(stay).collect(),
            money,
        };
        Paths::new(problem, self.ground, self.graph, self.resource, worth)
    }

    fn layer(&self, money: f64) -> Layer {
        let cities: Vec<CityWorth> = (0..self.problem.cities.len()).map(|city| self.city(city, money)).collect();
        let meals = self
            .profiles
            .iter()
            .map(|profile| profile.map_or(0, |profile| cities[profile.city].meals(profile.counts, profile.repeats)));
        let meals = meals.collect();
        let due = self.problem.budget_cents.min(BUDGET_MAX) - self.resource.must_see_cents;
        let constant = milli(0, due, money).saturating_neg().min(CONSTANT_MAX) + 1;
        Layer { money, constant, cities, meals }
    }

    /// Prepares [`Outline::bound`] for prices around the best one.
    pub(crate) fn look_around(&mut self, money: f64) {
        let around = MONEY_AROUND.iter().map(|factor| money * factor);
        self.layers = around.filter(|_| money > 0.0).map(|money| self.layer(money)).collect();
    }

    /// What a choice is worth at most, by the price of money that suits it best.
    pub(crate) fn bound(&self, choice: &Choice) -> i64 {
        let bounds = self.layers.iter().map(|layer| {
            let stays = choice.visits.iter().map(|(stay, _)| {
                let (table, sights) = self.stays[*stay].expect("paths go over possible stays only");
                layer.meals[table] + layer.cities[self.problem.stays[*stay].city].sights(sights)
            });
            let cents = choice.cost_cents - self.resource.must_see_cents;
            layer.constant + stays.sum::<i64>() + milli(choice.score(), cents, layer.money)
        });
        bounds.min().unwrap_or(i64::MAX)
    }

    /// What the sights and places of a choice would have to cost so that each of them is wanted as often as it is
    /// there: a good beginning for the search of multipliers.
    pub(crate) fn guide(&self, choice: &Choice, money: f64) -> Multipliers {
        let mut guide = Multipliers { money, ..Multipliers::none(self.problem) };
        let layer = self.layer(money);
        for &(stay, _) in &choice.visits {
            let Some((table, sights)) = self.stays[stay] else { continue };
            let Some(profile) = self.profiles[table] else { continue };
            let city = &layer.cities[profile.city];
            let least = city.sights.get(sights).copied().unwrap_or(0).max(0);
            for (sight, worth) in self.ground.sights[profile.city].iter().zip(&city.by_sight) {
                guide.sights[*sight] = points((worth - least).max(0));
            }
            let needed = city.needed(profile);
            for (meal, worths) in self.ground.meals[profile.city].iter().zip(&city.meals) {
                let over = worths.iter().zip(needed).filter_map(|(worth, least)| Some((*worth)? - least?));
                guide.meals[*meal] = points(over.max().unwrap_or(0).max(0));
            }
        }
        guide
    }

    fn city(&self, city: usize, money: f64) -> CityWorth {
        let problem = self.problem;
        let toll = |place: usize| i64::from(self.ground.inbound_min[place]) * problem.minute_penalty * MILLI;
        let best_score = |sight: &Sight| sight.days.iter().map(|day| day.score).max().unwrap_or(0);
        let sights = self.ground.sights[city].iter().map(|&at| {
            let sight = &problem.sights[at];
            let cents = if sight.must_see { 0 } else { sight.cost_cents };
            milli(best_score(sight), cents, money) - toll(sight.place)
        });
        let prices: Vec<[Option<i64>; MEALS_PER_DAY]> = self.ground.meals[city]
            .iter()
            .map(|&at| {
                let meal = &problem.meals[at];
                meal.scores.map(|score| Some(milli(score?, meal.cost_cents, money) - toll(meal.place)))
            })
            .collect();
        let slot = |slot: usize| descending(prices.iter().filter_map(|price| price[slot]).collect());
        let by_sight: Vec<i64> = sights.collect();
        CityWorth { sights: descending(by_sight.clone()), by_sight, slots: [slot(0), slot(1), slot(2)], meals: prices }
    }
}

/// What the sights and meals of one city are worth at a price of money, best first.
struct CityWorth {
    sights: Vec<i64>,
    /// In the order of the problem.
    by_sight: Vec<i64>,
    slots: [Vec<i64>; MEALS_PER_DAY],
    meals: Vec<[Option<i64>; MEALS_PER_DAY]>,
}

impl CityWorth {
    fn sights(&self, count: usize) -> i64 {
        self.sights.iter().take(count).take_while(|worth| **worth > 0).sum()
    }

    /// By meal of the day: what a place must be worth to be among those that are needed; `None` where places may be
    /// eaten at again or nobody eats. Meals that share most of their places share this.
    fn needed(&self, profile: Profile) -> [Option<i64>; MEALS_PER_DAY] {
        let is_once = |slot: usize| !profile.repeats[slot] && profile.counts[slot] != (0, 0);
        let best = |meal: &[Option<i64>; MEALS_PER_DAY]| {
            (0..MEALS_PER_DAY).filter(|slot| is_once(*slot)).filter_map(|slot| meal[slot]).max()
        };
        let together = descending(self.meals.iter().filter_map(best).collect());
        let count = |slots: &mut dyn Iterator<Item = usize>| slots.map(|slot| profile.counts[slot].0).sum::<usize>();
        let all = count(&mut (0..MEALS_PER_DAY).filter(|slot| is_once(*slot)));
        let mut needed = [None; MEALS_PER_DAY];
        for slot in (0..MEALS_PER_DAY).filter(|slot| is_once(*slot)) {
            let last = |worths: &[i64], count: usize| worths.get(count).or(worths.last()).copied();
            let own = last(&self.slots[slot], count(&mut std::iter::once(slot)));
            let is_shared = self.slots[slot].len() * 3 > together.len() * 2;
            needed[slot] = if is_shared { last(&together, all) } else { own };
        }
        needed
    }

    /// Different places for all meals that are not eaten at the same place again.
    fn meals(&self, counts: Counts, repeats: [bool; MEALS_PER_DAY]) -> i64 {
        let mut repeated = 0;
        let mut single = 0;
        let (mut required, mut optional) = (0, 0);
        for (slot, (needed, allowed)) in counts.into_iter().enumerate() {
            let Some(&best) = self.slots[slot].first() else { continue };
            if repeats[slot] {
                let times = |count: usize| i64::try_from(count).expect("a few meals");
                repeated += times(needed) * best + times(allowed) * best.max(0);
            } else {
                single += top(&self.slots[slot], needed, allowed);
                (required, optional) = (required + needed, optional + allowed);
            }
        }
        let eaten_once = (0..MEALS_PER_DAY).filter(|slot| !repeats[*slot] && counts[*slot] != (0, 0));
        let slots: Vec<usize> = eaten_once.collect();
        if slots.len() < 2 {
            return repeated + single;
        }
        let best = |meal: &[Option<i64>; MEALS_PER_DAY]| slots.iter().filter_map(|slot| meal[*slot]).max();
        let together = descending(self.meals.iter().filter_map(best).collect());
        repeated + single.min(top(&together, required, optional))
    }
}

fn points(milli: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "worths are far below 2^52")]
    let points = milli as f64 / MILLI as f64;
    points
}

/// The best so many, and so many more if they are worth anything.
fn top(worths: &[i64], required: usize, optional: usize) -> i64 {
    let needed: i64 = worths.iter().take(required).sum();
    needed + worths.iter().skip(required).take(optional).take_while(|worth| **worth > 0).sum::<i64>()
}

fn descending(mut worths: Vec<i64>) -> Vec<i64> {
    worths.sort_unstable_by(|one, other| other.cmp(one));
    worths
}
