//! Free stretches of an iCalendar. Pure, and bounded: whatever stands in the text, it ends.

use std::collections::BTreeSet;

use calcard::{
    common::PartialDateTime,
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarStatus,
        ICalendarTransparency, ICalendarValue, dates::TimeOrDelta,
    },
};
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::watch::Gap;

/// Of a calendar's text.
pub(crate) const CALENDAR_BYTES_MAX: usize = 1024 * 1024;
const COMPONENTS_MAX: usize = 20_000;
/// Events that come again and again. Each may make its reader look for a day that never comes.
const RULES_MAX: usize = 1_000;
/// Events with every time that they come until the horizon.
const OCCURRENCES_MAX: usize = 50_000;

/// Why a calendar says nothing, in a sentence for whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(String);

/// What is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Free {
    /// Stretches of at least the days that were asked for, soonest first.
    pub(crate) gaps: Vec<Gap>,
    /// The longest stretch, however short.
    pub(crate) longest_days: i64,
}

/// The free stretches of `days_min` days or more within `horizon_days` from `today` on, in the days of `zone`. An event takes
/// every day that it touches, unless it is transparent or cancelled.
pub(crate) fn free(
    text: &str,
    zone: Tz,
    today: NaiveDate,
    horizon_days: u32,
    days_min: u32,
) -> Result<Free, Unreadable> {
    let last = today + Days::new(u64::from(horizon_days.saturating_sub(1)));
    let busy = busy_days(&read(text, last)?, zone, today, last)?;
    let (mut gaps, mut longest_days, mut from) = (Vec::new(), 0, None);
    for day in today.iter_days().take_while(|day| *day <= last + Days::new(1)) {
        let is_free = day <= last && !busy.contains(&day);
        match (from, is_free) {
            (None, true) => from = Some(day),
            (Some(start), false) => {
                let gap = Gap { from: start, until: day - Days::new(1) };
                longest_days = longest_days.max(gap.days());
                if gap.days() >= i64::from(days_min) {
                    gaps.push(gap);
                }
                from = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    Ok(Free { gaps, longest_days })
}

/// Reads, with every recurrence ended at the horizon.
fn read(text: &str, last: NaiveDate) -> Result<ICalendar, Unreadable> {
    if text.len() > CALENDAR_BYTES_MAX {
        return Err(Unreadable(format!("the calendar has more than {CALENDAR_BYTES_MAX} bytes")));
    }
    let mut calendar = ICalendar::parse(text)
        .map_err(|_| Unreadable("the calendar is not iCalendar text, which begins with BEGIN:VCALENDAR".to_owned()))?;
    if calendar.components.len() > COMPONENTS_MAX {
        return Err(Unreadable(format!("the calendar has more than {COMPONENTS_MAX} entries")));
    }
    let mut rules = 0;
    for component in &mut calendar.components {
        rules += bound_rules(component, last);
    }
    if rules > RULES_MAX {
        return Err(Unreadable(format!("the calendar has more than {RULES_MAX} events that come again")));
    }
    Ok(calendar)
}

/// An endless event would otherwise come for ever. Says how many rules there are.
fn bound_rules(component: &mut ICalendarComponent, last: NaiveDate) -> usize {
    let end = last + Days::new(2);
    let end = PartialDateTime {
        year: u16::try_from(end.year()).ok(),
        month: u8::try_from(end.month()).ok(),
        day: u8::try_from(end.day()).ok(),
        hour: Some(0),
        minute: Some(0),
        second: Some(0),
        ..PartialDateTime::default()
    };
    let day = |at: &PartialDateTime| (at.year, at.month, at.day);
    let mut rules = 0;
    for entry in component.entries.iter_mut().filter(|entry| entry.name == ICalendarProperty::Rrule) {
        for value in &mut entry.values {
            let ICalendarValue::RecurrenceRule(rule) = value else { continue };
            rules += 1;
            if rule.count.is_none() && rule.until.as_ref().is_none_or(|until| day(until) > day(&end)) {
                rule.until = Some(end.clone());
            }
        }
    }
    rules
}

fn busy_days(
    calendar: &ICalendar,
    zone: Tz,
    today: NaiveDate,
    last: NaiveDate,
) -> Result<BTreeSet<NaiveDate>, Unreadable> {
    let expanded = calendar.expand_dates(zone, OCCURRENCES_MAX);
    if expanded.events.len() >= OCCURRENCES_MAX {
        return Err(Unreadable(format!(
            "the calendar's events come {OCCURRENCES_MAX} times or more until the horizon"
        )));
    }
    let mut busy = BTreeSet::new();
    for event in expanded.events {
        let takes_time = calendar.component_by_id(event.comp_id).is_some_and(takes_time);
        if !takes_time {
            continue;
        }
        let start = event.start.with_timezone(&Utc);
        let end: DateTime<Utc> = match event.end {
            TimeOrDelta::Time(end) => end.with_timezone(&Utc),
            TimeOrDelta::Delta(length) => start.checked_add_signed(length).unwrap_or(start),
        };
        // An event that ends at midnight leaves the next day free.
        let end = (end - Duration::seconds(1)).max(start);
        let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
        let (first, until) = (local(start).max(today), local(end).min(last));
        busy.extend(first.iter_days().take_while(|day| *day <= until));
    }
    Ok(busy)
}

fn takes_time(component: &ICalendarComponent) -> bool {
    component.component_type == ICalendarComponentType::VEvent
        && component.transparency() != Some(&ICalendarTransparency::Transparent)
        && component.status() != Some(&ICalendarStatus::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(events: &str) -> String {
        let events = events.trim().replace('\n', "\r\n");
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}\r\nEND:VCALENDAR\r\n")
    }

    fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\nUID:{}@test\nDTSTAMP:20261101T000000Z\n{lines}\nEND:VEVENT\n", lines.len())
    }

    fn found(events: &str, days_min: u32) -> Vec<(String, String)> {
        let free = free(&calendar(events), chrono_tz::Europe::Berlin, day("2026-12-01"), 30, days_min).unwrap();
        free.gaps.into_iter().map(|gap| (gap.from.to_string(), gap.until.to_string())).collect()
    }

    #[test]
    fn what_lies_between_events_is_free() {
        let whole_days = event("DTSTART;VALUE=DATE:20261205\nDTEND;VALUE=DATE:20261208");
        let meeting = event("DTSTART;TZID=Europe/Berlin:20261220T100000\nDURATION:PT1H\nSUMMARY:Meeting");
        let events = format!("{whole_days}{meeting}");
        let expected = [("2026-12-01", "2026-12-04"), ("2026-12-08", "2026-12-19"), ("2026-12-21", "2026-12-30")];
        let expected = expected.map(|(from, until)| (from.to_owned(), until.to_owned()));
        assert_eq!(found(&events, 4), expected);
        assert_eq!(found(&events, 5), expected[1..], "four days are too few");
        assert_eq!(found("", 1), [("2026-12-01".to_owned(), "2026-12-30".to_owned())]);
    }

    #[test]
    fn days_are_those_of_the_person() {
        // Half past eleven in the evening in Berlin is another day in UTC's calendar an hour later.
        let late = event("DTSTART:20261210T223000Z\nDTEND:20261210T230000Z");
        assert!(found(&late, 1).contains(&("2026-12-11".to_owned(), "2026-12-30".to_owned())));
        let until_midnight =
            event("DTSTART;TZID=Europe/Berlin:20261210T200000\nDTEND;TZID=Europe/Berlin:20261211T000000");
        assert!(found(&until_midnight, 1).contains(&("2026-12-11".to_owned(), "2026-12-30".to_owned())));
    }

    #[test]
    fn what_takes_no_time_leaves_its_days_free() {
        let birthday = event("DTSTART;VALUE=DATE:20261210\nTRANSP:TRANSPARENT");
        let cancelled = event("DTSTART;VALUE=DATE:20261212\nSTATUS:CANCELLED");
        let todo = "BEGIN:VTODO\nUID:t@test\nDTSTART;VALUE=DATE:20261214\nEND:VTODO\n";
        assert_eq!(found(&format!("{birthday}{cancelled}{todo}"), 1).len(), 1);
    }

    #[test]
    fn what_comes_again_comes_until_the_horizon() {
        let weekly = event("DTSTART;TZID=Europe/Berlin:20200106T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO");
        let gaps = found(&weekly, 6);
        assert_eq!(gaps[0], ("2026-12-01".to_owned(), "2026-12-06".to_owned()));
        assert_eq!(gaps.len(), 4, "{gaps:?}");
        let ended = event("DTSTART;VALUE=DATE:20261202\nRRULE:FREQ=DAILY;COUNT=3");
        assert_eq!(found(&ended, 7), [("2026-12-05".to_owned(), "2026-12-30".to_owned())]);
    }

    #[test]
    fn several_endless_events_do_not_hide_each_other() {
        let daily = event("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY;INTERVAL=2");
        let other = event("DTSTART;VALUE=DATE:20200102\nRRULE:FREQ=DAILY;INTERVAL=2\nSUMMARY:the days between");
        assert_eq!(found(&format!("{daily}{other}"), 1), []);
    }

    #[test]
    fn a_bomb_is_refused_with_a_message() {
        let told = |text: &str| {
            let refused = free(text, chrono_tz::UTC, day("2026-12-01"), 90, 5).unwrap_err();
            refused.to_string()
        };
        assert!(told("").contains("BEGIN:VCALENDAR") && told("BEGIN:VCARD\r\nEND:VCARD\r\n").contains("iCalendar"));
        let every_second = event("DTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY");
        assert!(told(&calendar(&every_second)).contains("50000 times"));
        assert!(told(&" ".repeat(CALENDAR_BYTES_MAX + 1)).contains("1048576 bytes"));
        let never = event("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
        assert!(told(&calendar(&never.repeat(RULES_MAX + 1))).contains("1000 events that come again"));
    }

    #[test]
    fn a_day_that_never_comes_ends() {
        let never = event("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
        assert!(free(&calendar(&never), chrono_tz::UTC, day("2026-12-01"), 90, 5).is_ok());
    }
}
