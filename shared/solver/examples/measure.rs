//! How long the solver takes, and how often it proves its answer, on made-up trips of two usual shapes: three cities
//! without distances, and one town with them. `cargo run --release -p solver --example measure [seeds]`.
#![expect(clippy::print_stdout, reason = "it is a measurement for people")]

use std::time::Duration;

use solver::*;

fn main() {
    let seeds = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(50);
    for nodes_max in [0, 4_000] {
        let shapes = [("in order", false, 10), ("in any order", true, 10), ("in any order, many legs", true, 26)];
        for (name, is_free, legs) in shapes {
            let tight = |seed: u64| {
                let mut problem = Dice(seed).three_cities(is_free, legs);
                let least = cheapest(&problem, &limits(nodes_max), &StopFlag::default()).map(|plan| plan.bound_cents);
                let more = i64::try_from(seed % 8).expect("small");
                problem.budget_cents = least.map_or(0, |cents| cents + cents * more / 10);
                problem
            };
            measure(&format!("three cities {name}, {nodes_max} nodes"), (0..seeds).map(tight), nodes_max);
        }
    }
    for nodes_max in [4_000, 100_000] {
        let towns = (0..seeds / 2).map(|seed| Dice(seed).town(4, 28, 15, seed % 2 == 0));
        measure(&format!("one town of four days, {nodes_max} nodes"), towns, nodes_max);
    }
    measure("one town of sixty days", (0..2).map(|seed| Dice(seed).town(60, 40, 30, false)), 100_000);
}

/// What this thread has worked so far: other programs on the machine do not count.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("a number"))
}

fn limits(nodes_max: u64) -> Limits {
    Limits { nodes_max, time_max: Duration::from_millis(5_000) }
}

fn measure(name: &str, problems: impl Iterator<Item = Problem>, nodes_max: u64) {
    let mut total = 0;
    let (mut times, mut least_times, mut solved, mut optimal, mut exact, mut gap, mut stays) =
        (Vec::new(), Vec::new(), 0, 0, 0, 0, 0);
    for problem in problems {
        stays = problem.stays.len();
        let began = cpu();
        let outcome = solve(&problem, &limits(nodes_max), &StopFlag::default());
        times.push(cpu() - began);
        let began = cpu();
        let least = cheapest(&problem, &limits(nodes_max), &StopFlag::default());
        least_times.push(cpu() - began);
        exact += usize::from(least.is_ok_and(|least| least.bound_cents == least.solution.total_cents));
        match outcome {
            Outcome::Solved(solution) => {
                solved += 1;
                total += solution.score;
                optimal += usize::from(solution.optimal);
                gap += solution.bound.map_or(0, |bound| bound - solution.score);
            }
            Outcome::Infeasible(infeasible) => println!("  {:?}", infeasible),
        }
    }
    let count = times.len();
    times.sort_unstable();
    least_times.sort_unstable();
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / u32::try_from(count).expect("few");
    println!(
        "{name}: {count} problems of some {stays} stays, {solved} solved, {optimal} optimal, mean score {}, mean gap {}",
        total / solved.max(1),
        gap / solved.max(1)
    );
    println!("  solve: mean {:.1?}, median {:.1?}, worst {:.1?}", mean(&times), times[count / 2], times[count - 1]);
    println!("  cheapest: mean {:.1?}, worst {:.1?}, {exact} exact", mean(&least_times), least_times[count - 1]);
}

/// Numbers that look random (SplitMix64).
struct Dice(u64);

const MEAL_TIMES: [MealTime; MEALS_PER_DAY] = [
    MealTime { start: Span { from_minute: 420, until_minute: 600 }, minutes: 45, before_sights: true },
    MealTime { start: Span { from_minute: 720, until_minute: 870 }, minutes: 75, before_sights: false },
    MealTime { start: Span { from_minute: 1110, until_minute: 1290 }, minutes: 90, before_sights: false },
];

impl Dice {
    fn roll(&mut self, from: i64, to: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        from + ((mixed ^ (mixed >> 31)) % (to - from).unsigned_abs()).cast_signed()
    }

    fn minute(&mut self, from: i64, to: i64) -> u32 {
        u32::try_from(self.roll(from, to)).expect("not negative")
    }

    /// Seven days, three cities, places of a city at one of three corners.
    fn three_cities(&mut self, is_free: bool, legs_per_hop: usize) -> Problem {
        const CITIES: usize = 3;
        const DAYS: usize = 7;
        let corner_minutes = 15;
        let (mut corners, mut places) = (Vec::new(), 0);
        let mut place = |corner: i64| {
            corners.push(corner);
            places += 1;
            places - 1
        };
        let city = |dice: &mut Self, place: &mut dyn FnMut(i64) -> usize| City {
            is_required: true,
            beds: (0..20)
                .map(|_| {
                    let (cents, score) = (dice.roll(4_000, 30_000), dice.roll(0, 100));
                    let booking = |nights| Some(Booking { cost_cents: nights * cents, score: nights * score });
                    Bed { place: place(dice.roll(0, 3)), bookings: (0..7).map(booking).collect() }
                })
                .collect(),
            transit_cents: vec![0],
            repeat_from_nights: [99; 3],
        };
        let cities = (0..CITIES).map(|_| city(self, &mut place)).collect();
        let mut meals = Vec::new();
        let mut sights = Vec::new();
        for city in 0..CITIES {
            for _ in 0..30 {
                let flavours = (0..4).filter(|_| self.roll(0, 100) < 12).fold(0, |mask, bit| mask | 1 << bit);
                let score = self.roll(0, 50);
                let cost_cents = self.roll(1_000, 10_000);
                meals.push(Meal { city, place: place(0), cost_cents, scores: [Some(score); 3], flavours });
            }
            for _ in 0..20 {
                let day =
                    SightDay { open: vec![Span { from_minute: 540, until_minute: 1_080 }], score: self.roll(20, 120) };
                sights.push(Sight {
                    city,
                    place: place(self.roll(0, 3)),
                    cost_cents: self.roll(0, 3_000),
                    visit_minutes: 60 + 15 * self.minute(0, 5),
                    must_see: false,
                    days: vec![day; DAYS],
                });
            }
        }
        let (legs, stays) = self.route(CITIES, is_free, legs_per_hop);
        let hop = |from: usize, to: usize| if corners[from] == corners[to] { 0 } else { corner_minutes };
        Problem {
            budget_cents: i64::MAX / 4,
            days: DAYS,
            city_count: CITIES,
            cities,
            legs,
            stays,
            travel: Travel::new(places, |from, to| (hop(from, to), false)),
            meal_times: MEAL_TIMES,
            meals,
            flavours: 4,
            sights,
            first_sight_minute: 540,
            minute_penalty: 1,
            repeat_penalty: 12,
            empty_day_penalty: 80,
            thin_day_penalty: 20,
            idle_morning_penalty: 10,
        }
    }

    fn route(&mut self, cities: usize, is_free: bool, legs_per_hop: usize) -> (Vec<Leg>, Vec<Stay>) {
        let ends = || std::iter::once(None).chain((0..cities).map(Some));
        let hops = ends().flat_map(|from| ends().map(move |to| (from, to))).filter(|(from, to)| from != to);
        let follows = |from: Option<usize>, to: Option<usize>| match (from, to) {
            (None, to) => to == Some(0),
            (Some(from), None) => from == cities - 1,
            (Some(from), Some(to)) => to == from + 1,
        };
        let (mut legs, mut times) = (Vec::new(), Vec::new());
        for (from, to) in hops.filter(|(from, to)| is_free || follows(*from, *to)) {
            for number in 0..legs_per_hop {
                let is_own_car = number == 0;
                let day = match (from, to) {
                    (None, _) => 0,
                    (_, None) => 6,
                    _ => [2, 2, 3, 4, 4, 5][usize::try_from(self.roll(0, 6)).expect("small")],
                };
                let leave = self.minute(420, 1_000);
                times.push((day, leave, leave + self.minute(90, 300)));
                legs.push(Leg { from, to, cost_cents: self.roll(3_000, 40_000), score: self.roll(0, 60), is_own_car });
            }
        }
        let mut stays = Vec::new();
        for (leg_in, arrival) in legs.iter().enumerate() {
            for (leg_out, departure) in legs.iter().enumerate() {
                let (Some(city), true) = (arrival.to, arrival.to == departure.from) else { continue };
                let ((first, _, reached), (last, left, _)) = (times[leg_in], times[leg_out]);
                if first >= last || arrival.is_own_car != departure.is_own_car {
                    continue;
                }
                let frame = |day: usize| {
                    let from_minute = if day == first { reached + 45 } else { 480 };
                    let until_minute = if day == last { left - 60 } else { 1_380 };
                    let fits = |time: MealTime| {
                        from_minute <= time.start.from_minute + 30
                            && time.start.until_minute + time.minutes <= until_minute
                    };
                    let meals = MEAL_TIMES.map(|time| if fits(time) { Need::Required } else { Need::Absent });
                    DayFrame {
                        free: Span { from_minute, until_minute },
                        meals,
                        sights_max: 3,
                        wants_sight: meals[1] == Need::Required,
                    }
                };
                let days = (first..=last)
                    .map(|day| (day, frame(day)))
                    .filter(|(_, frame)| frame.free.from_minute < frame.free.until_minute);
                stays.push(Stay { city, leg_in, leg_out, nights: last - first, days: days.collect() });
            }
        }
        (legs, stays)
    }

    /// One town on a plane, with eight ways there and eight back.
    fn town(&mut self, days: usize, sights: usize, meals: usize, is_tight: bool) -> Problem {
        const BEDS: usize = 8;
        const LEGS: usize = 8;
        let places = BEDS + sights + meals;
        let points: Vec<(i64, i64)> = (0..places).map(|_| (self.roll(0, 60), self.roll(0, 60))).collect();
        let travel = Travel::new(places, |from, to| {
            let apart = (points[from].0 - points[to].0).abs() + (points[from].1 - points[to].1).abs();
            (u32::try_from(apart / 10 * 5 + 5).expect("near"), apart > 40)
        });
        let leg = |dice: &mut Self, from, to| Leg {
            from,
            to,
            cost_cents: dice.roll(3_000, 25_000),
            score: dice.roll(-60, 60),
            is_own_car: false,
        };
        let mut legs: Vec<Leg> = (0..LEGS).map(|_| leg(self, None, Some(0))).collect();
        legs.extend((0..LEGS).map(|_| leg(self, Some(0), None)));
        let times: Vec<u32> = (0..2 * LEGS).map(|_| self.minute(540, 1_200)).collect();
        let mut stays = Vec::new();
        for (leg_in, leg_out) in (0..LEGS).flat_map(|one| (LEGS..2 * LEGS).map(move |two| (one, two))) {
            let frame = |day: usize| {
                let from_minute = if day == 0 { times[leg_in] } else { 450 };
                let until_minute = if day == days - 1 { times[leg_out] } else { 1_410 };
                let fits = |time: MealTime| {
                    from_minute + 30 <= time.start.until_minute
                        && time.start.from_minute + time.minutes + 60 <= until_minute
                };
                let meals = MEAL_TIMES.map(|time| if fits(time) { Need::Required } else { Need::Absent });
                DayFrame { free: Span { from_minute, until_minute }, meals, sights_max: 4, wants_sight: true }
            };
            let (nights, days) = (days - 1, (0..days).map(|day| (day, frame(day))).collect());
            stays.push(Stay { city: 0, leg_in, leg_out, nights, days });
        }
        let beds = (0..BEDS).map(|place| {
            let (cents, score) = (self.roll(5_000, 14_000), self.roll(0, 40));
            let booking = |nights: usize| {
                let nights = i64::try_from(nights).expect("few");
                Some(Booking { cost_cents: nights * cents, score: nights * score })
            };
            Bed { place, bookings: (0..days).map(booking).collect() }
        });
        let beds = beds.collect();
        let sight = |dice: &mut Self, number: usize| {
            let score = dice.roll(30, 130);
            let closed = usize::try_from(dice.roll(0, 7)).expect("small");
            let day = |day: usize| {
                let open =
                    Span { from_minute: 540 + 30 * u32::try_from(number % 3).expect("small"), until_minute: 1_080 };
                SightDay { open: if day % 7 == closed { Vec::new() } else { vec![open] }, score }
            };
            Sight {
                city: 0,
                place: BEDS + number,
                cost_cents: dice.roll(0, 4) * 700,
                visit_minutes: 45 + 15 * dice.minute(0, 6),
                must_see: number == 1,
                days: (0..days).map(day).collect(),
            }
        };
        let sights = (0..sights).map(|number| sight(self, number)).collect::<Vec<_>>();
        let meal = |dice: &mut Self, number: usize| {
            let score = Some(dice.roll(20, 60));
            let scores = if number.is_multiple_of(3) { [score, None, None] } else { [None, score, score] };
            Meal {
                city: 0,
                place: BEDS + sights.len() + number,
                cost_cents: dice.roll(1_200, 5_000),
                scores,
                flavours: 1 << (number % 3),
            }
        };
        let meals = (0..meals).map(|number| meal(self, number)).collect();
        let per_day = if is_tight { 17_000 } else { 40_000 };
        Problem {
            budget_cents: per_day * i64::try_from(days).expect("few") + 15_000,
            days,
            city_count: 1,
            cities: vec![City {
                is_required: true,
                beds,
                transit_cents: (0..=3).map(|day| day * 900).collect(),
                repeat_from_nights: [3, 9, 9].map(|from| if days > 9 { 1 } else { from }),
            }],
            legs,
            stays,
            travel,
            meal_times: MEAL_TIMES,
            meals,
            flavours: 3,
            sights,
            first_sight_minute: 540,
            minute_penalty: 1,
            repeat_penalty: 12,
            empty_day_penalty: 80,
            thin_day_penalty: 20,
            idle_morning_penalty: 10,
        }
    }
}
