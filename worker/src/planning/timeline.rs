//! The frame of a trip under two legs: when the travellers are in the city, arrive at the bed and leave it.
//!
//! Minutes here are counted from local midnight of the first day of the trip.

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

pub(super) struct Timeline {
    first_date: NaiveDate,
    /// Off the plane, train, bus or out of the car.
    pub(super) arrival: i64,
    /// At the bed, or in the city when there is no night.
    pub(super) in_city: i64,
    /// The way to the return leg begins.
    pub(super) departure: i64,
    /// From the date of arrival to the last day.
    pub(super) nights: u32,
    last_day: i64,
    spans: Vec<(NaiveDate, Span)>,
}

impl Timeline {
    pub(super) fn new(brief: &Brief, outbound: &LegOption, back: &LegOption) -> Self {
        let day_of = |date: NaiveDate| (date - brief.start_date).num_days();
        let arrival_day = day_of(outbound.date) + i64::from(outbound.arrive_day_offset);
        let arrival = arrival_day * DAY_MINUTES + minute_of(outbound.arrive);
        let ahead = rules::boarding_minutes(back.mode) + back.transfer_minutes;
        let latest = day_of(back.date) * DAY_MINUTES + minute_of(back.depart) - i64::from(ahead);
        // The day in the city ends at its last minute even when the way to the leg could begin later.
        let day_end = latest.div_euclid(DAY_MINUTES) * DAY_MINUTES + i64::from(rules::DAY_END_MINUTE);
        let last_day = day_of(brief.end_date);
        Self {
            first_date: brief.start_date,
            arrival,
            in_city: arrival + i64::from(outbound.transfer_minutes),
            departure: latest.min(day_end),
            nights: u32::try_from(last_day - arrival_day).unwrap_or(0),
            last_day,
            spans: rules::city_spans(outbound, back),
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
        (self.first_date + Duration::days(minute.div_euclid(DAY_MINUTES)), time)
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

    /// What the solver may fill: one entry for each day of the trip.
    pub(super) fn frames(&self) -> Vec<Option<DayFrame>> {
        (0..=self.last_day).map(|day| self.frame(day)).collect()
    }

    fn frame(&self, day: i64) -> Option<DayFrame> {
        let date = self.first_date + Duration::days(day);
        let (_, city) = *self.spans.iter().find(|(other, _)| *other == date)?;
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
        (from < until).then(|| DayFrame { free, meals: MEALS.map(|meal| need(meal, city, free)) })
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
