//! Alerts: what people should know, who of them, and when they want to be left alone.

use chrono::{DateTime, Days, Duration, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AlertId, ChannelId, job::words, request::FieldError};

pub const TITLE_CHARS_MAX: usize = 200;
pub const BODY_CHARS_MAX: usize = 4_000;
pub const CAUSE_CHARS_MAX: usize = 200;
/// Of an alert's data, as JSON.
pub const DATA_BYTES_MAX: usize = 64 * 1024;
/// Alerts of a tenant that are not resolved. A storm of causes ends here, with a message.
pub const UNRESOLVED_MAX: u32 = 10_000;
pub const SNOOZE_DAYS_MAX: i64 = 365;
/// Channels that one kind of alert goes to.
pub const ROUTE_CHANNELS_MAX: usize = 20;
const ZONE_CHARS_MAX: usize = 64;

words!(
    /// What an alert is about; people choose their channels by it.
    AlertKind {
        /// A price moved.
        Price = "price",
        /// A calendar, opening hours or a schedule got in the way.
        Calendar = "calendar",
        /// Money is running out.
        Budget = "budget",
        Weather = "weather",
        /// A person is asked.
        Approval = "approval",
        /// A job ended, or stands still.
        Job = "job",
        /// Portolan itself needs somebody.
        System = "system",
    }
);

words!(
    /// How much it matters. A critical alert knows no quiet hours.
    Severity { Info = "info", Warning = "warning", Critical = "critical" }
);

words!(
    /// Where an alert stands.
    AlertStatus {
        Open = "open",
        /// Somebody takes care of it.
        Acknowledged = "acknowledged",
        /// It comes back at `snoozed_until`.
        Snoozed = "snoozed",
        /// Its cause is gone. The next raise of the same cause makes a new alert.
        Resolved = "resolved",
    }
);

/// An alert as people read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct AlertRecord {
    pub id: AlertId,
    /// Grows with every change that people are told of, over all alerts of the tenant; numbers may be left out.
    pub seq: i64,
    /// Whom it concerns; absent when it concerns the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    pub kind: AlertKind,
    pub severity: Severity,
    pub title: String,
    pub body: String,
    pub data: Value,
    /// What raised it; as long as the alert is not resolved, the same cause raises no second one.
    pub cause_key: String,
    pub status: AlertStatus,
    /// How often its cause was raised.
    pub occurrences: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An alert to be raised.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// Whom it concerns; none for the tenant.
    pub user_id: Option<String>,
    pub kind: AlertKind,
    pub severity: Severity,
    pub title: String,
    pub body: String,
    pub data: Value,
    /// Names the cause, such as `watch:0198c2f0-...:price`. Raising it again changes the alert that stands.
    pub cause_key: String,
}

impl NewAlert {
    /// What is wrong with it, in one sentence.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let texts = [
            ("title", &self.title, TITLE_CHARS_MAX),
            ("body", &self.body, BODY_CHARS_MAX),
            ("cause key", &self.cause_key, CAUSE_CHARS_MAX),
        ];
        for (name, text, max) in texts {
            if (name != "body" && text.trim().is_empty()) || text.contains('\0') || text.chars().count() > max {
                return Err(format!("the alert's {name} is empty or longer than {max} characters, or holds a NUL"));
            }
        }
        if self.data.to_string().len() > DATA_BYTES_MAX {
            return Err(format!("the alert's data are longer than {DATA_BYTES_MAX} bytes of JSON"));
        }
        Ok(())
    }
}

/// Puts an alert off: until an instant, or for a while. One of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct SnoozeRequest {
    /// When it comes back; within a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// In how many seconds it comes back.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "31536000"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_s: Option<i64>,
}

impl SnoozeRequest {
    /// When the alert comes back. `now` is the present instant.
    ///
    /// # Errors
    /// When the instant is past or too far ahead, or none or two are given.
    pub fn until(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Vec<FieldError>> {
        let error = |pointer: &str, detail: String| Err(vec![FieldError::new(pointer, detail)]);
        let latest = now + Duration::days(SNOOZE_DAYS_MAX);
        match (self.until, self.for_s) {
            (Some(until), None) if until > now && until <= latest => Ok(until),
            (Some(until), None) => error("/until", format!("{until} is not within the next {SNOOZE_DAYS_MAX} days")),
            (None, Some(seconds)) => match Duration::try_seconds(seconds).filter(|span| *span > Duration::zero()) {
                Some(span) if now + span <= latest => Ok(now + span),
                _ => error("/for_s", format!("is not from 1 second to {SNOOZE_DAYS_MAX} days")),
            },
            (Some(_), Some(_)) => error("/for_s", "stands beside \"until\"; give one of them".to_owned()),
            (None, None) => error("/until", "is missing; give it, or \"for_s\"".to_owned()),
        }
    }
}

/// Where alerts of one kind go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields))]
#[serde(deny_unknown_fields)]
pub struct AlertRoute {
    pub kind: AlertKind,
    /// None: they are only listed.
    #[cfg_attr(feature = "openapi", oai(validator(max_items = 20)))]
    pub channel_ids: Vec<ChannelId>,
}

/// What a person wants to be told, where and when. A kind without a route goes to all of the person's channels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    #[cfg_attr(feature = "openapi", oai(default, validator(max_items = 7)))]
    pub routes: Vec<AlertRoute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

impl Preferences {
    /// Whether an alert of `kind` goes to `channel`.
    #[must_use]
    pub fn wants(&self, kind: AlertKind, channel: ChannelId) -> bool {
        self.routes.iter().find(|route| route.kind == kind).is_none_or(|route| route.channel_ids.contains(&channel))
    }

    /// Takes a channel that is gone out, and each route that led nowhere else; says whether anything changed.
    pub fn forget(&mut self, channel: ChannelId) -> bool {
        let named = self.routes.iter().filter(|route| route.channel_ids.contains(&channel)).count();
        self.routes.retain_mut(|route| {
            let before = route.channel_ids.len();
            route.channel_ids.retain(|id| *id != channel);
            route.channel_ids.len() == before || !route.channel_ids.is_empty()
        });
        named > 0
    }

    /// When an alert may be told at `now`: at once, or at the end of the quiet hours.
    #[must_use]
    pub fn tell_at(&self, severity: Severity, now: DateTime<Utc>) -> DateTime<Utc> {
        let quiet = self.quiet_hours.as_ref().filter(|_| severity != Severity::Critical);
        quiet.and_then(|hours| hours.end_after(now)).unwrap_or(now)
    }

    /// Checks what a schema cannot say.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        for (index, route) in self.routes.iter().enumerate() {
            if self.routes[..index].iter().any(|before| before.kind == route.kind) {
                errors.push(FieldError::new(
                    format!("/routes/{index}/kind"),
                    format!("\"{}\" has a route before; give one for each kind", route.kind),
                ));
            }
            if route.channel_ids.len() > ROUTE_CHANNELS_MAX {
                errors.push(FieldError::new(
                    format!("/routes/{index}/channel_ids"),
                    format!("are more than {ROUTE_CHANNELS_MAX}"),
                ));
            }
        }
        if let Some(hours) = &self.quiet_hours {
            hours.check(&mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// From when until when, by a person's clock, only critical alerts are told. They may span midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields))]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Hour and minute, such as `22:00`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 5, max_length = 5)))]
    pub from: String,
    /// Hour and minute, such as `07:30`. What waited is told then.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 5, max_length = 5)))]
    pub until: String,
    /// The IANA zone of the clock, such as `Europe/Paris`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 64)))]
    pub time_zone: String,
}

impl QuietHours {
    fn check(&self, errors: &mut Vec<FieldError>) {
        for (name, text) in [("from", &self.from), ("until", &self.until)] {
            if clock(text).is_none() {
                let detail = format!("\"{}\" is no time of day such as 22:00", text.escape_debug());
                errors.push(FieldError::new(format!("/quiet_hours/{name}"), detail));
            }
        }
        if self.from == self.until {
            let detail = "is the same as \"from\": that could mean always or never; leave quiet_hours out for never";
            errors.push(FieldError::new("/quiet_hours/until", detail));
        }
        if self.time_zone.len() > ZONE_CHARS_MAX || self.time_zone.parse::<Tz>().is_err() {
            let detail = "is no IANA time zone such as Europe/Paris".to_owned();
            errors.push(FieldError::new("/quiet_hours/time_zone", detail));
        }
    }

    /// The end of the quiet hours that `now` is in; none when it is in none, or they were never checked.
    #[must_use]
    pub fn end_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (from, until) = (clock(&self.from)?, clock(&self.until)?);
        let zone: Tz = self.time_zone.parse().ok()?;
        let local = now.with_timezone(&zone).naive_local();
        let time = local.time();
        let is_quiet = if from <= until { from <= time && time < until } else { from <= time || time < until };
        if !is_quiet {
            return None;
        }
        let day = if time < until { local.date() } else { local.date() + Days::new(1) };
        instant_after(zone, day.and_time(until), now)
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5)
}

/// The first instant after `now` at which clocks of `zone` show `local`, or have jumped over it.
fn instant_after(zone: Tz, local: NaiveDateTime, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    /// No zone's clocks ever jumped further, but by a day where the date line moved.
    const JUMP_MINUTES_MAX: i64 = 24 * 60;
    for minutes in 0..=JUMP_MINUTES_MAX {
        match zone.from_local_datetime(&(local + Duration::minutes(minutes))) {
            LocalResult::Single(at) => return Some(at.to_utc()),
            // The hour that comes twice: its first time may be over.
            LocalResult::Ambiguous(first, second) => {
                return Some(if first.to_utc() > now { first } else { second }.to_utc());
            }
            LocalResult::None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, until: &str, zone: &str) -> QuietHours {
        QuietHours { from: from.to_owned(), until: until.to_owned(), time_zone: zone.to_owned() }
    }

    fn end(hours: &QuietHours, now: &str) -> Option<String> {
        let end = hours.end_after(now.parse().expect("an instant"));
        end.map(|end| end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    #[test]
    fn nights_span_midnight_in_the_zone_of_the_person() {
        let night = hours("22:00", "07:30", "Asia/Tokyo");
        assert_eq!(end(&night, "2026-06-01T12:59:59Z"), None);
        assert_eq!(end(&night, "2026-06-01T13:00:00Z").as_deref(), Some("2026-06-01T22:30:00Z"));
        assert_eq!(end(&night, "2026-06-01T22:29:59Z").as_deref(), Some("2026-06-01T22:30:00Z"));
        assert_eq!(end(&night, "2026-06-01T22:30:00Z"), None);
        let siesta = hours("13:00", "15:00", "Europe/Madrid");
        assert_eq!(end(&siesta, "2026-07-01T12:00:00Z").as_deref(), Some("2026-07-01T13:00:00Z"));
        assert_eq!(end(&siesta, "2026-07-01T10:59:00Z"), None);
    }

    #[test]
    fn nights_in_which_clocks_change_end_when_the_clock_says() {
        let paris = hours("22:00", "07:00", "Europe/Paris");
        // Clocks go forward on 29 March 2026: the night is an hour shorter. Back on 25 October: an hour longer.
        assert_eq!(end(&paris, "2026-03-28T21:00:00Z").as_deref(), Some("2026-03-29T05:00:00Z"));
        assert_eq!(end(&paris, "2026-10-24T20:00:00Z").as_deref(), Some("2026-10-25T06:00:00Z"));
        // 02:30 does not exist on the first of them: the end is where the clock jumps over it, at 03:00.
        let short = hours("22:00", "02:30", "Europe/Paris");
        assert_eq!(end(&short, "2026-03-28T23:00:00Z").as_deref(), Some("2026-03-29T01:00:00Z"));
        // And comes twice on the second.
        assert_eq!(end(&short, "2026-10-25T00:10:00Z").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(end(&short, "2026-10-25T01:10:00Z").as_deref(), Some("2026-10-25T01:30:00Z"));
        assert_eq!(end(&short, "2026-10-25T01:30:00Z"), None);
    }

    #[test]
    fn critical_alerts_know_no_quiet_hours() {
        let preferences = Preferences { quiet_hours: Some(hours("00:00", "23:59", "UTC")), ..Preferences::default() };
        let now = "2026-06-01T12:00:00Z".parse().expect("an instant");
        assert_eq!(preferences.tell_at(Severity::Critical, now), now);
        assert!(preferences.tell_at(Severity::Warning, now) > now);
    }

    #[test]
    fn a_kind_without_a_route_goes_everywhere_and_an_empty_route_nowhere() {
        let (mine, other) = (ChannelId::new(), ChannelId::new());
        let routes = vec![
            AlertRoute { kind: AlertKind::Price, channel_ids: vec![mine] },
            AlertRoute { kind: AlertKind::Weather, channel_ids: vec![] },
        ];
        let preferences = Preferences { routes, quiet_hours: None };
        assert!(preferences.wants(AlertKind::Price, mine) && !preferences.wants(AlertKind::Price, other));
        assert!(!preferences.wants(AlertKind::Weather, mine) && preferences.wants(AlertKind::Budget, other));
    }

    #[test]
    fn a_snooze_ends_within_a_year() {
        let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("an instant");
        let until = |until: Option<i64>, for_s: Option<i64>| {
            SnoozeRequest { until: until.map(|days| now + Duration::days(days)), for_s }.until(now)
        };
        assert_eq!(until(Some(365), None), Ok(now + Duration::days(365)));
        assert_eq!(until(None, Some(90)), Ok(now + Duration::seconds(90)));
        for (days, seconds, pointer) in [
            (Some(366), None, "/until"),
            (Some(0), None, "/until"),
            (None, Some(0), "/for_s"),
            (None, Some(i64::MAX), "/for_s"),
            (None, Some(366 * 86_400), "/for_s"),
            (Some(1), Some(1), "/for_s"),
            (None, None, "/until"),
        ] {
            assert_eq!(until(days, seconds).expect_err("it is refused")[0].pointer, pointer);
        }
    }

    #[test]
    fn a_channel_that_is_gone_is_forgotten_and_nobody_goes_deaf_by_it() {
        let (gone, kept) = (ChannelId::new(), ChannelId::new());
        let route = |kind, channel_ids: &[ChannelId]| AlertRoute { kind, channel_ids: channel_ids.to_vec() };
        let mut preferences = Preferences {
            routes: vec![
                route(AlertKind::Price, &[gone, kept]),
                route(AlertKind::Weather, &[]),
                route(AlertKind::Budget, &[gone]),
            ],
            quiet_hours: None,
        };
        assert!(preferences.forget(gone) && !preferences.forget(gone));
        assert_eq!(preferences.routes, [route(AlertKind::Price, &[kept]), route(AlertKind::Weather, &[])]);
        assert!(preferences.wants(AlertKind::Budget, kept), "as before there was a route");
    }

    #[test]
    fn every_wrong_preference_is_named_at_once() {
        let route = AlertRoute { kind: AlertKind::Price, channel_ids: vec![] };
        let preferences = Preferences {
            routes: vec![route.clone(), route],
            quiet_hours: Some(hours("25:00", "7:00", "Mars/Olympus")),
        };
        let errors = preferences.check().expect_err("it is refused");
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        let expected = ["/routes/1/kind", "/quiet_hours/from", "/quiet_hours/until", "/quiet_hours/time_zone"];
        assert_eq!(pointers, expected);
    }
}
