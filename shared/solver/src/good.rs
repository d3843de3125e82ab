//! A good trip, soon: woven stop by stop, carried over to other choices of route and beds, woven on.

use std::{cmp::Reverse, time::Duration};

use crate::{day_task::MILLI, limits::Meter, search::Search, trip::Trip, weave::Weave};

/// Percent of the nodes for it.
const GOOD_PERCENT: u64 = 70;
/// Choices that the best trip is carried over to, those of them that are improved, and how often.
const ADAPTED_CHOICES: usize = 100;
const WOVEN_CHOICES: usize = 3;
const ADAPT_ROUNDS: usize = 5;
/// For small changes of the last trip.
const FINISH_NODES_MAX: u64 = 2_000;
const FINISH_TIME_MAX: Duration = Duration::from_millis(50);

impl Search<'_> {
    /// Good trips of the most promising choices.
    pub(crate) fn find_good(&mut self, meter: &mut Meter) {
        meter.start_phase(GOOD_PERCENT);
        if self.planner.is_thrifty {
            self.find_thrifty(meter);
        } else {
            self.weave_best(meter);
            self.find_choices(meter);
            self.renew_best(meter);
        }
    }

    /// The best trip with the sights of two days anew, as often as that helps.
    fn renew_best(&mut self, meter: &mut Meter) {
        let Some((_, trip)) = self.best.clone() else { return };
        let mut weave = Weave::new(self.planner, trip, 0.0);
        weave.improve(meter);
        meter.add(weave.take_nodes());
        if weave.is_affordable() {
            self.offer(weave.trip);
        }
    }

    /// Quick trips by the multipliers of the outline.
    fn find_thrifty(&mut self, meter: &mut Meter) {
        for choice in self.promising() {
            if meter.phase_is_over() {
                break;
            }
            let guide = self.outline.guide(&choice, self.money);
            let trip = self.quick(&choice, &guide, meter);
            trip.into_iter().for_each(|trip| self.offer(trip));
        }
    }

    /// The best trip changed stop by stop; where money is short, at its price first, which shares it out better.
    fn weave_best(&mut self, meter: &mut Meter) {
        let Some((_, trip)) = self.best.clone() else { return };
        if self.money > 0.0 {
            self.weave(trip.clone(), self.money, meter);
        }
        self.weave(trip, 0.0, meter);
    }

    fn weave(&mut self, trip: Trip, money: f64, meter: &mut Meter) {
        let mut weave = Weave::new(self.planner, trip, money);
        weave.improve_days(meter);
        if money > 0.0 {
            weave.money = 0.0;
            weave.improve_days(meter);
        }
        if weave.is_affordable() {
            self.offer(weave.trip);
        }
    }

    /// Carries the best trip over to other choices, as long as one of them is better.
    pub(crate) fn find_choices(&mut self, meter: &mut Meter) {
        for _ in 0..ADAPT_ROUNDS {
            let Some((merit, best)) = self.best.clone() else { return };
            let mut others = Vec::new();
            for (bound, choice) in self.ranked.iter().take(ADAPTED_CHOICES) {
                if meter.phase_is_over() {
                    break;
                }
                if *bound < (merit + 1).saturating_mul(MILLI) || choice.visits == best.choice.visits {
                    continue;
                }
                let adapted = self.planner.adapted(&best, choice, 0.0, meter);
                let woven = self.planner.woven(choice, self.money, meter);
                let tried = adapted.into_iter().chain(woven);
                others.extend(tried.map(|trip| (self.planner.merit(&trip), trip)).max_by_key(|(merit, _)| *merit));
            }
            others.sort_by_key(|(merit, _)| Reverse(*merit));
            for (_, trip) in others.into_iter().take(WOVEN_CHOICES) {
                self.weave(trip, 0.0, meter);
            }
            if meter.phase_is_over() || self.merit() <= Some(merit) {
                return;
            }
        }
    }

    /// What the searches of days left undone where they ended early: small changes that help, and days without a sight.
    pub(crate) fn finish(&mut self, meter: &mut Meter) {
        if self.is_proven {
            return;
        }
        let mut aside = meter.afterwards(FINISH_NODES_MAX, FINISH_TIME_MAX);
        self.renew_best(&mut aside);
        meter.add_aside(&aside);
    }
}
