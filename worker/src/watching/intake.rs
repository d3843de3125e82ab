//! The door: what may become a watch.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    endpoint::{UrlPolicy, check_url},
    request::FieldError,
    watch::{CalendarGapWatch, WatchSpec, WatchTarget},
};

use super::calendar;
use crate::{
    providers::Gazetteer,
    workflows::suggest::{check_route, check_wish},
};

/// Says which fields of a checked watch stand in the way of looking; pointers begin at the request. `now` is the present
/// instant.
pub type WatchIntake = Arc<dyn Fn(&WatchSpec, DateTime<Utc>) -> Result<(), Vec<FieldError>> + Send + Sync>;

/// The intake of this build. `policy` says where calendars may be.
#[must_use]
pub fn watch_intake(policy: UrlPolicy) -> WatchIntake {
    Arc::new(move |spec, now| {
        let (mut errors, places) = (Vec::new(), Gazetteer::bundled());
        match &spec.target {
            WatchTarget::FlightPrice(watch) => {
                check_route(&watch.origin, &watch.destination, "/watch/flight_price", places, &mut errors);
            }
            WatchTarget::CalendarGap(watch) => {
                check_wish(watch.trip.as_ref(), "/watch/calendar_gap/trip", places, &mut errors);
                check_calendar(watch, spec, now, &policy, &mut errors);
            }
            WatchTarget::BudgetSurplus(watch) => {
                check_wish(watch.trip.as_ref(), "/watch/budget_surplus/trip", places, &mut errors);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    })
}

/// A text is read at once, so that its owner hears what is wrong with it; an address is only looked at.
fn check_calendar(
    watch: &CalendarGapWatch,
    spec: &WatchSpec,
    now: DateTime<Utc>,
    policy: &UrlPolicy,
    errors: &mut Vec<FieldError>,
) {
    if let Some(url) = &watch.url
        && let Err(refused) = check_url(url, policy)
    {
        errors.push(FieldError::new("/watch/calendar_gap/url", refused.to_string()));
    }
    if let (Some(text), Ok(zone)) = (&watch.calendar, spec.time_zone.parse::<Tz>()) {
        let today = now.with_timezone(&zone).date_naive();
        if let Err(why) = calendar::free(text, zone, today, watch.horizon_days(), watch.days_min) {
            errors.push(FieldError::new("/watch/calendar_gap/calendar", why.to_string()));
        }
    }
}
