//! When and where the items of a plan are, and by which id they are known.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{
    JobId,
    facts::Point,
    plan::{Day, Item, ItemKind, Plan},
};
use uuid::Uuid;

/// No zone has ever skipped more of a day, but for the islands that moved over the date line and skipped a whole one.
const GAP_MAX: Duration = Duration::hours(25);

/// An item with what its day and its neighbours say of it.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    pub(crate) item: &'a Item,
    /// From 1 in the plan.
    pub(crate) day: usize,
    /// From 1 in the day.
    pub(crate) index: usize,
    /// Local, in the item's `start_zone`.
    pub(crate) start: NaiveDateTime,
    /// Local, in the item's `end_zone`.
    pub(crate) end: NaiveDateTime,
    /// The same for the same item of the same job, also when it moves to another hour or day.
    pub(crate) id: Uuid,
}

/// Every item of the plan, in its order.
pub(crate) fn stops(plan: &Plan, job: JobId) -> Vec<Stop<'_>> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut stops = Vec::new();
    for (number, day) in plan.days.iter().enumerate() {
        for (index, (item, date)) in day.items.iter().zip(dates(day)).enumerate() {
            let end_date = shift(date, item.end_day_offset);
            let name = format!("{}/{}", word(&item.kind), subject(item));
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            stops.push(Stop {
                item,
                day: number + 1,
                index: index + 1,
                start: date.and_time(item.start),
                end: end_date.and_time(item.end),
                id: Uuid::new_v5(&job.as_uuid(), format!("{name}/{count}").as_bytes()),
            });
        }
    }
    stops
}

/// The local date of each item of a day: the day's own, but behind a leg over the date line, which arrives on the day
/// before its departure. What follows there is told on this day, until the clock starts again from the morning.
fn dates(day: &Day) -> Vec<NaiveDate> {
    let mut before: Option<(NaiveDate, NaiveTime)> = None;
    let mut dates = Vec::with_capacity(day.items.len());
    for item in &day.items {
        before = before.filter(|(_, ended)| item.start >= *ended);
        let date = before.map_or(day.date, |(date, _)| date);
        dates.push(date);
        let end_date = shift(date, item.end_day_offset);
        before = (end_date < day.date).then_some((end_date, item.end));
    }
    dates
}

fn shift(date: NaiveDate, days: i32) -> NaiveDate {
    date.checked_add_signed(Duration::days(days.into())).unwrap_or(date)
}

/// The word of a kind, as the plan's JSON has it.
pub(crate) fn word(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Leg { .. } => "leg",
        ItemKind::Transfer => "transfer",
        ItemKind::CheckIn { .. } => "check_in",
        ItemKind::CheckOut { .. } => "check_out",
        ItemKind::Meal { .. } => "meal",
        ItemKind::Sight { .. } => "sight",
    }
}

/// What the item is about: the id of its fact, or the city of a transfer.
fn subject(item: &Item) -> &str {
    match &item.kind {
        ItemKind::Leg { leg_id, .. } => leg_id,
        ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id } => lodging_id,
        ItemKind::Meal { meal_id, .. } => meal_id,
        ItemKind::Sight { sight_id } => sight_id,
        ItemKind::Transfer => item.city_id.as_deref().unwrap_or_default(),
    }
}

/// The instant of a local time, as RFC 5545 section 3.3.5 reads it: of two, the first; of none, by the offset before the
/// gap.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    if let Some(time) = zone.from_local_datetime(&local).earliest() {
        return time.to_utc();
    }
    let before = local.checked_sub_signed(GAP_MAX).unwrap_or(local);
    let offset = zone.from_local_datetime(&before).latest().map(|time| time.offset().fix());
    let seconds = offset.map_or(0, |offset| i64::from(offset.local_minus_utc()));
    (local - Duration::seconds(seconds)).and_utc()
}

/// A point that is one: finite, and in the range of WGS 84.
pub(crate) fn valid(Point { lat, lon }: Point) -> Option<Point> {
    (lat.abs() <= 90.0 && lon.abs() <= 180.0).then(|| Point { lat: round(lat), lon: round(lon) })
}

/// To six decimals, which are 11 centimetres: RFC 7946 section 11.2 asks not to pretend to more.
pub(crate) fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_later() {
        let zone = Tz::Europe__Berlin;
        assert_eq!(instant(zone, local("2027-05-03T12:00:00")), local("2027-05-03T10:00:00").and_utc());
        assert_eq!(instant(zone, local("2027-10-31T02:30:00")), local("2027-10-31T00:30:00").and_utc());
        assert_eq!(instant(zone, local("2027-03-28T02:30:00")), local("2027-03-28T01:30:00").and_utc());
        // Samoa had no 30 December 2011.
        assert_eq!(instant(Tz::Pacific__Apia, local("2011-12-30T12:00:00")), local("2011-12-30T22:00:00").and_utc());
    }

    #[test]
    fn a_point_off_the_earth_is_none() {
        assert!(valid(Point { lat: 90.0, lon: -180.0 }).is_some());
        for (lat, lon) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(valid(Point { lat, lon }).is_none());
        }
    }
}
