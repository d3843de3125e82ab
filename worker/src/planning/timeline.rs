//! The frame of a stay in one city between two legs: when the travellers are there, arrive at the bed and leave it.
//!
//! Minutes here are counted from midnight of the first day of the trip, on the clocks of the city.

use chrono::{Duration, NaiveDate, NaiveTime, Timelike};
use domain::{
    brief::Brief,
    facts::{LegOption, MealKind, Span},
    rules,
};
use solver::{DayFrame, MEALS_PER_DAY, Need};

/// The meals in the order of the day, as the solver numbers them.
pub(super) const MEALS: [MealKind; MEALS_PER_DAY] = [MealKind::Breakfast, MealKind::Lunch, MealKind::Dinner];

pub(super) const DAY_MINUTES: i64 = 1440;

/// A day that is free from 10:00 to 18:00 wants a sight.
const FREE_FROM_MINUTE: u32 = 10 * 60;
const FREE_UNTIL_MINUTE: u32 = 18 * 60;

pub(super) struct Timeline<'a> {
    brief: &'a Brief,
    leg_in: &'a LegOption,
    leg_out: &'a LegOption,
    /// Off the plane, train, bus or out of the car.
    pub(super) arrival: i64,
    /// At the bed, or in the city when there is no night.
    pub(super) in_city: i64,
    /// The way to the leg away begins.
    pub(super) departure: i64,
    pub(super) nights: u32,
    /// The day on which the leg away departs.
    pub(super) last_day: i64,
    spans: Vec<(NaiveDate, Span)>,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(brief: &'a Brief, leg_in: &'a LegOption, leg_out: &'a LegOption) -> Self {
        let day_of = |date: NaiveDate| (date - brief.start_date).num_days();
        let arrival = day_of(rules::arrival_date(leg_in)) * DAY_MINUTES + minute_of(leg_in.arrive);
        let latest = day_of(leg_out.date) * DAY_MINUTES + rules::leave_minute(leg_out);
        // The day in the city ends at its last minute even when the way to the leg could begin later.
        let day_end = latest.div_euclid(DAY_MINUTES) * DAY_MINUTES + i64::from(rules::DAY_END_MINUTE);
        Self {
            brief,
            leg_in,
            leg_out,
            arrival,
            in_city: arrival + i64::from(leg_in.to.transfer_minutes),
            departure: latest.min(day_end),
            nights: rules::nights_between(leg_in, leg_out),
            last_day: day_of(leg_out.date),
            spans: rules::city_spans(leg_in, leg_out),
        }
    }

    /// Whether there is time to arrive and leave at all.
    pub(super) fn is_possible(&self) -> bool {
        let bed = if self.nights > 0 { rules::CHECK_IN_MINUTES + rules::CHECK_OUT_MINUTES } else { 0 };
        self.in_city + i64::from(bed) <= self.departure
    }

    /// Whether the bed can be left on the last day at a sensible hour.
    pub(super) fn leaves_by_day(&self) -> bool {
        let earliest = rules::DAY_START_MINUTE + rules::CHECK_OUT_MINUTES;
        self.nights == 0 || self.departure >= self.last_day * DAY_MINUTES + i64::from(earliest)
    }

    /// The date and time of a minute.
    pub(super) fn clock(&self, minute: i64) -> (NaiveDate, NaiveTime) {
        let time = NaiveTime::MIN + Duration::minutes(minute.rem_euclid(DAY_MINUTES));
        (self.brief.start_date + Duration::days(minute.div_euclid(DAY_MINUTES)), time)
    }

    /// The check-in: its first minute.
    pub(super) fn check_in(&self) -> Option<i64> {
        (self.nights > 0).then_some(self.in_city)
    }

    /// The check-out when the first stop of the last day is left for at `leave`, a minute of the trip.
    pub(super) fn check_out(&self, leave: Option<i64>) -> Option<i64> {
        let end = if self.leaves_by_day() {
            let latest = self.last_day * DAY_MINUTES + i64::from(rules::CHECK_OUT_LATEST_MINUTE);
            latest.min(self.departure).min(leave.unwrap_or(i64::MAX))
        } else {
            self.departure
        };
        (self.nights > 0).then_some(end - i64::from(rules::CHECK_OUT_MINUTES))
    }

    /// What the solver may fill: the days of the trip, from 0, with time in the city.
    pub(super) fn frames(&self) -> Vec<(usize, DayFrame)> {
        let frame = |(date, city): &(NaiveDate, Span)| {
            let day = (*date - self.brief.start_date).num_days();
            Some((usize::try_from(day).ok()?, self.frame(*date, day, *city)?))
        };
        self.spans.iter().filter_map(frame).collect()
    }

    fn frame(&self, date: NaiveDate, day: i64, city: Span) -> Option<DayFrame> {
        let of_day = |minute: i64| minute - day * DAY_MINUTES;
        let (mut from, mut until) = (i64::from(city.from_minute), i64::from(city.until_minute));
        if self.nights > 0 {
            from = from.max(of_day(self.in_city) + i64::from(rules::CHECK_IN_MINUTES));
            if self.leaves_by_day() && day == self.last_day {
                from += i64::from(rules::CHECK_OUT_MINUTES);
            } else if !self.leaves_by_day() {
                until = until.min(of_day(self.departure) - i64::from(rules::CHECK_OUT_MINUTES));
            }
        }
        let free = solver::Span { from_minute: u32::try_from(from).ok()?, until_minute: u32::try_from(until).ok()? };
        let comes = date == self.leg_in.date && self.leg_in.from.city_id != self.brief.origin.id;
        let goes = date == self.leg_out.date && self.leg_out.to.city_id != self.brief.origin.id;
        let is_whole = city.from_minute <= FREE_FROM_MINUTE && city.until_minute >= FREE_UNTIL_MINUTE;
        (from < until).then(|| DayFrame {
            free,
            meals: MEALS.map(|meal| if comes && self.was_eaten(meal) { Need::Absent } else { need(meal, city, free) }),
            sights_max: rules::sights_per_city_day_max(self.brief.pace, comes || goes),
            wants_sight: is_whole && !comes && !goes,
        })
    }

    /// Whether the meal belongs to the city that was left on the day of arrival.
    fn was_eaten(&self, meal: MealKind) -> bool {
        let Ok(leave) = u32::try_from(rules::leave_minute(self.leg_in)) else { return false };
        let from_minute = rules::DAY_START_MINUTE + rules::CHECK_OUT_MINUTES;
        let morning = Span { from_minute, until_minute: leave.min(rules::DAY_END_MINUTE) };
        let free = solver::Span { from_minute, until_minute: morning.until_minute };
        need(meal, morning, free) != Need::Absent
    }
}

fn need(meal: MealKind, city: Span, free: solver::Span) -> Need {
    let start = rules::meal_start(meal);
    let earliest = start.from_minute.max(free.from_minute);
    if rules::meal_is_due(meal, city) {
        Need::Required
    } else if earliest <= start.until_minute && earliest + rules::meal_minutes(meal) <= free.until_minute {
        Need::Optional
    } else {
        Need::Absent
    }
}

fn minute_of(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}
