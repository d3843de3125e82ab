//! Small random problems, a search of everything, and a check of answers. Shares no code with the solver.

pub(crate) mod brute_force;
pub(crate) mod check;

use solver::*;

pub(crate) const MEAL_TIMES: [MealTime; MEALS_PER_DAY] = [
    MealTime { start: Span { from_minute: 420, until_minute: 600 }, minutes: 45, before_sights: true },
    MealTime { start: Span { from_minute: 720, until_minute: 870 }, minutes: 75, before_sights: false },
    MealTime { start: Span { from_minute: 1110, until_minute: 1290 }, minutes: 90, before_sights: false },
];

/// A problem of up to three cities and four days, from a seed: it is too entangled to shrink part by part.
pub(crate) fn problem(seed: u64) -> Problem {
    Dice(seed).problem()
}

/// Numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From the first, below the second.
    fn roll(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % u64::try_from(to - from).expect("a range")).expect("it is small")
    }

    fn count(&mut self, from: usize, to: usize) -> usize {
        usize::try_from(self.roll(from as i64, to as i64)).expect("not negative")
    }

    fn minute(&mut self, from: i64, to: i64) -> u32 {
        u32::try_from(self.roll(from, to)).expect("not negative")
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.roll(0, 100) < percent
    }

    fn problem(&mut self) -> Problem {
        let cities = self.count(1, 4);
        let city_count = self.count(1, cities + 1).max(self.count(1, cities + 1));
        let days = self.count(1, 5).max(city_count);
        let flavours = if self.chance(40) { 0 } else { self.count(1, 4) };
        let mut places = 0..;
        let mut place = move || places.next().expect("endless");
        let cities: Vec<City> = (0..cities).map(|_| self.city(&mut place)).collect();
        let legs = self.legs(cities.len());
        let stays = self.stays(&legs, days, city_count);
        let meals: Vec<Meal> =
            (0..self.count(2, 5) + cities.len()).map(|_| self.meal(cities.len(), flavours, place())).collect();
        let sights: Vec<Sight> = (0..self.count(0, 6)).map(|_| self.sight(cities.len(), days, place())).collect();
        let travel = self.travel(place());
        Problem {
            budget_cents: self.roll(2_000, 40_000),
            days,
            city_count,
            cities,
            legs,
            stays,
            travel,
            meal_times: MEAL_TIMES,
            meals,
            flavours,
            sights,
            first_sight_minute: self.minute(480, 620),
            minute_penalty: self.roll(0, 3),
            repeat_penalty: self.roll(0, 20),
            empty_day_penalty: 30 + self.roll(0, 30),
            thin_day_penalty: self.roll(0, 30),
            idle_morning_penalty: self.roll(0, 30),
        }
    }

    fn city(&mut self, place: &mut impl FnMut() -> usize) -> City {
        let ticket = self.roll(0, 300);
        let beds = (0..self.count(1, 3)).map(|_| {
            let booking =
                |dice: &mut Self| Some(Booking { cost_cents: dice.roll(500, 6_000), score: dice.roll(0, 30) });
            let bookings = (0..4).map(|_| booking(self).filter(|_| self.chance(90))).collect();
            Bed { place: place(), bookings }
        });
        let beds = beds.collect();
        City {
            is_required: self.chance(15),
            beds,
            transit_cents: (0..self.roll(1, 4)).map(|days| days * ticket + days / 2).collect(),
            repeat_from_nights: [0; 3].map(|_| self.count(0, 5)),
        }
    }

    fn legs(&mut self, cities: usize) -> Vec<Leg> {
        let mut legs = Vec::new();
        let ends = || std::iter::once(None).chain((0..cities).map(Some));
        for (from, to) in ends().flat_map(|from| ends().map(move |to| (from, to))).filter(|(from, to)| from != to) {
            for _ in 0..self.count(1, 3) {
                let (cost_cents, score) = (self.roll(0, 4_000), self.roll(0, 40));
                legs.push(Leg { from, to, cost_cents, score, is_own_car: self.chance(8) });
            }
        }
        legs
    }

    /// Days of the trip are shared out by the number of nights; a day of travel is often in both stays.
    fn stays(&mut self, legs: &[Leg], days: usize, city_count: usize) -> Vec<Stay> {
        let mut stays = Vec::new();
        for (leg_in, arrival) in legs.iter().enumerate() {
            for (leg_out, departure) in legs.iter().enumerate() {
                let Some(city) = arrival.to.filter(|_| arrival.to == departure.from) else { continue };
                if !self.chance(80) {
                    continue;
                }
                let length = self.count(1, (4 / city_count).max(2)).min(days);
                let first = self.count(0, days - length + 1);
                let days = (first..first + length).filter_map(|day| self.frame().map(|frame| (day, frame)));
                stays.push(Stay { city, leg_in, leg_out, days: days.collect(), nights: length - 1 });
            }
        }
        for stay in &mut stays {
            stay.nights = (stay.nights + self.count(0, 2)).min(3);
        }
        stays
    }

    fn frame(&mut self) -> Option<DayFrame> {
        let free = Span { from_minute: self.minute(420, 900), until_minute: self.minute(700, 1410) };
        let needs = [Need::Absent, Need::Optional, Need::Optional, Need::Required];
        let meals = [0; 3].map(|_| needs[self.count(0, needs.len())]);
        let frame = DayFrame { free, meals, sights_max: self.count(0, 4), wants_sight: self.chance(60) };
        (free.until_minute > free.from_minute).then_some(frame)
    }

    fn meal(&mut self, cities: usize, flavours: usize, place: usize) -> Meal {
        let serves_all = self.chance(40);
        let score = |dice: &mut Self| Some(dice.roll(-5, 50)).filter(|_| serves_all || dice.chance(60));
        let scores = [score(self), score(self), score(self)];
        let flavours = (0..flavours).filter(|_| self.chance(40)).fold(0, |mask, bit| mask | 1 << bit);
        Meal { city: self.count(0, cities), place, cost_cents: self.roll(100, 3_000), scores, flavours }
    }

    fn sight(&mut self, cities: usize, days: usize, place: usize) -> Sight {
        let day = |dice: &mut Self| {
            let open = (0..dice.count(0, 3)).map(|_| {
                let from_minute = dice.minute(480, 1_000);
                Span { from_minute, until_minute: from_minute + dice.minute(60, 600) }
            });
            SightDay { open: open.collect(), score: dice.roll(0, 100) }
        };
        Sight {
            city: self.count(0, cities),
            place,
            cost_cents: self.roll(0, 3_000),
            visit_minutes: self.minute(30, 200),
            must_see: self.chance(6),
            days: (0..days).map(|_| day(self)).collect(),
        }
    }

    /// Points on a plane, ways without any geometry, or hardly any ways at all.
    fn travel(&mut self, places: usize) -> Travel {
        match self.count(0, 3) {
            0 => {
                let points: Vec<(i64, i64)> = (0..places).map(|_| (self.roll(0, 60), self.roll(0, 60))).collect();
                Travel::new(places, |from, to| {
                    let (from, to) = (points[from], points[to]);
                    let apart = (from.0 - to.0).abs() + (from.1 - to.1).abs();
                    (u32::try_from(apart / 5 * 5).expect("near"), apart > 40)
                })
            }
            1 => Travel::new(places, |_, _| (self.minute(0, 90), self.chance(50))),
            _ => {
                let corners: Vec<usize> = (0..places).map(|_| self.count(0, 2)).collect();
                Travel::new(places, |from, to| (if corners[from] == corners[to] { 0 } else { 15 }, false))
            }
        }
    }
}
