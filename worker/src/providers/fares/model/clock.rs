//! Local times of departure and arrival.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The wall clock at the place of arrival after this many real minutes. `None` beyond the dates that a clock can show.
pub(super) fn arrival(from: Tz, depart: NaiveDateTime, minutes: u32, to: Tz) -> Option<NaiveDateTime> {
    let arrives_at = instant(from, depart)?.checked_add_signed(Duration::minutes(i64::from(minutes)))?;
    Some(arrives_at.with_timezone(&to).naive_local())
}

/// The instant of a wall clock: the first of two where the clock is set back, and where it is set forward over this
/// time, the time that the old offset would give.
fn instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => {
            // No zone has skipped more than a day (Samoa, 30 December 2011).
            const SKIPPED_HOURS_MAX: i64 = 24;
            let before = (1..=SKIPPED_HOURS_MAX).find_map(|hours| {
                let earlier = local.checked_sub_signed(Duration::hours(hours))?;
                Some(zone.from_local_datetime(&earlier).latest()?.to_utc() + Duration::hours(hours))
            });
            before.or_else(|| Some(local.and_utc()))
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn local(month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(hour, minute, 0).unwrap()
    }

    #[test]
    fn a_night_without_two_o_clock_is_an_hour_shorter_on_the_clock() {
        // Berlin sets its clocks forward on 29 March 2026 from 02:00 to 03:00.
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(arrival(berlin, local(3, 28, 23, 0), 300, berlin), Some(local(3, 29, 5, 0)));
        assert_eq!(arrival(berlin, local(3, 29, 2, 30), 60, berlin), Some(local(3, 29, 4, 30)));
        assert_eq!(arrival(berlin, local(10, 24, 23, 0), 300, berlin), Some(local(10, 25, 3, 0)));
    }
}
