//! Parks, nature and beaches are worth a visit while the sun is up, whenever their gates are open.

use chrono::{Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use domain::{
    brief::Interest,
    facts::{Point, Setting, Span},
};
use sunrise::{Coordinates, SolarDay, SolarEvent};

use crate::providers::gazetteer::{Sight, WeekHours};

/// Times of the sun are known to a minute or two; a plan has them in steps of five.
const STEP_MINUTES: u32 = 5;

/// A sight's opening hours on the days from `first` to `last`, without the dark where it needs light. A weekday that comes
/// more than once has the light of its shortest day.
pub(super) fn lit_hours(sight: &Sight, zone: Tz, first: NaiveDate, last: NaiveDate) -> WeekHours {
    let mut hours = sight.hours.clone();
    if !needs_light(sight) {
        return hours;
    }
    for date in first.iter_days().take_while(|date| *date <= last) {
        if let Some(light) = daylight(sight.at, zone, date) {
            let day = &mut hours[date.weekday().num_days_from_monday() as usize];
            *day = day.iter().filter_map(|span| overlap(*span, light)).collect();
        }
    }
    hours
}

fn needs_light(sight: &Sight) -> bool {
    let is_lit =
        sight.interests.iter().any(|interest| matches!(interest, Interest::Nightlife | Interest::Entertainment));
    sight.setting == Setting::Outdoor
        && matches!(sight.category, Interest::Park | Interest::Nature | Interest::Beach)
        && !is_lit
}

/// From sunrise to sunset by the clocks of the zone, whole steps within; none where the sun does not rise or set that day.
fn daylight(at: Point, zone: Tz, date: NaiveDate) -> Option<Span> {
    let day = SolarDay::new(Coordinates::new(at.lat, at.lon)?, date);
    let minute = |event| {
        let time = day.event_time(event)?.with_timezone(&zone);
        (time.date_naive() == date).then(|| time.hour() * 60 + time.minute())
    };
    let from_minute = minute(SolarEvent::Sunrise)?.next_multiple_of(STEP_MINUTES);
    let until_minute = minute(SolarEvent::Sunset)? / STEP_MINUTES * STEP_MINUTES;
    (from_minute < until_minute).then_some(Span { from_minute, until_minute })
}

fn overlap(a: Span, b: Span) -> Option<Span> {
    let span = Span { from_minute: a.from_minute.max(b.from_minute), until_minute: a.until_minute.min(b.until_minute) };
    (span.from_minute < span.until_minute).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Gazetteer;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn clock(minute: u32) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    fn light(lat: f64, lon: f64, zone: Tz, day: &str) -> Option<(String, String)> {
        let span = daylight(Point { lat, lon }, zone, date(day))?;
        Some((clock(span.from_minute), clock(span.until_minute)))
    }

    /// Almanacs say 07:54 to 17:30 and 06:11 to 21:04 for Lisbon, 06:51 to 16:47 for Tokyo, 07:21 to 16:54 for San Francisco.
    #[test]
    fn the_sun_keeps_the_clocks_of_the_place() {
        let lisbon = |day| light(38.72, -9.14, Tz::Europe__Lisbon, day).unwrap();
        assert_eq!(lisbon("2027-01-10"), ("07:55".to_owned(), "17:30".to_owned()));
        assert_eq!(lisbon("2027-06-21"), ("06:15".to_owned(), "21:00".to_owned()));
        // East of Greenwich by so much that the sun rises on the day before in UTC.
        let tokyo = light(35.68, 139.69, Tz::Asia__Tokyo, "2027-01-10").unwrap();
        assert_eq!(tokyo, ("06:55".to_owned(), "16:45".to_owned()));
        let san_francisco = light(37.77, -122.42, Tz::America__Los_Angeles, "2027-12-21").unwrap();
        assert_eq!(san_francisco, ("07:25".to_owned(), "16:50".to_owned()));
    }

    #[test]
    fn where_the_sun_does_not_rise_or_set_nothing_is_known() {
        assert_eq!(light(69.65, 18.96, Tz::Europe__Oslo, "2027-01-01"), None);
        assert_eq!(light(69.65, 18.96, Tz::Europe__Oslo, "2027-06-21"), None);
    }

    #[test]
    fn a_park_closes_with_the_dark_and_a_square_does_not() {
        let gazetteer = Gazetteer::bundled();
        let prague = gazetteer.get_destination("prague").unwrap();
        let sight = |name: &str| prague.sights.iter().find(|sight| sight.name == name).unwrap();
        let (first, last) = (date("2027-01-09"), date("2027-01-11"));
        let park = lit_hours(sight("Stromovka Park"), prague.time_zone, first, last);
        for weekday in [5, 6, 0] {
            let [span] = park[weekday].as_slice() else { panic!("{park:?}") };
            assert!((475..=485).contains(&span.from_minute), "{span:?}");
            assert!((970..=985).contains(&span.until_minute), "{span:?}");
        }
        // A day of no trip is as it was.
        assert_eq!(park[2], sight("Stromovka Park").hours[2]);
        let square = sight("Old Town Square");
        assert_eq!(lit_hours(square, prague.time_zone, first, last), square.hours);
    }

    #[test]
    fn no_sight_of_the_gazetteer_is_dark_for_a_whole_day() {
        let gazetteer = Gazetteer::bundled();
        for destination in gazetteer.destination_ids().map(|id| gazetteer.get_destination(id).unwrap()) {
            for sight in &destination.sights {
                for (first, last) in [("2026-12-21", "2026-12-27"), ("2027-06-21", "2027-06-27")] {
                    let lit = lit_hours(sight, destination.time_zone, date(first), date(last));
                    for (open, lit) in sight.hours.iter().zip(lit) {
                        let longest = lit.iter().map(|span| span.until_minute - span.from_minute).max();
                        let is_open = longest.is_some_and(|longest| longest >= sight.visit_minutes);
                        assert!(open.is_empty() || is_open, "{}: {}", destination.id, sight.name);
                    }
                }
            }
        }
    }
}
