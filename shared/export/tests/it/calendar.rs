//! The calendar, as the parser of `icalendar` reads it, which shares no code with the writer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use domain::plan::{Item, Plan};
use export::Format;
use icalendar::parser::{Component, read_calendar, unfold};
use proptest::prelude::*;

use crate::support::{any_plan, over_the_date_line, two_cities, written};

/// What a property is, as the parser unescaped it.
fn value(component: &Component<'_>, name: &str) -> String {
    let property = component.find_prop(name).unwrap_or_else(|| panic!("no {name} in {component:?}"));
    property.val.as_str().to_owned()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y%m%dT%H%M%S").unwrap()
}

/// A time with its zone.
fn zoned(component: &Component<'_>, name: &str) -> Option<(NaiveDateTime, String)> {
    let property = component.find_prop(name)?;
    let zone = property.params.iter().find(|parameter| parameter.key == "TZID").expect("a local time has a zone");
    Some((local(property.val.as_str()), zone.val.as_ref().unwrap().as_str().to_owned()))
}

fn named<'a>(components: &'a [Component<'a>], name: &str) -> Vec<&'a Component<'a>> {
    components.iter().filter(|component| component.name == name).collect()
}

fn offset(text: &str) -> Duration {
    let (sign, digits) = text.split_at(1);
    let minutes = digits[..2].parse::<i64>().unwrap() * 60 + digits[2..4].parse::<i64>().unwrap();
    Duration::minutes(if sign == "-" { -minutes } else { minutes })
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`, with or without UNTIL, is all that zones of today need.
fn onsets(start: NaiveDateTime, from: Duration, rule: Option<&str>) -> Vec<NaiveDateTime> {
    let Some(rule) = rule else { return vec![start] };
    let parts: BTreeMap<&str, &str> = rule.split(';').map(|part| part.split_once('=').unwrap()).collect();
    assert_eq!(parts["FREQ"], "YEARLY", "{rule}");
    let (nth, weekday) = parts["BYDAY"].split_at(parts["BYDAY"].len() - 2);
    let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|day| *day == weekday).unwrap();
    let weekday = Weekday::try_from(u8::try_from(weekday).unwrap()).unwrap();
    let month: u32 = parts["BYMONTH"].parse().unwrap();
    let until = parts.get("UNTIL").map(|until| local(until));
    let years = start.year()..=start.year() + 10;
    let onset = |year: i32| {
        let date = match nth.parse::<i32>().unwrap() {
            -1 => (1..=31)
                .rev()
                .filter_map(|day| NaiveDate::from_ymd_opt(year, month, day))
                .find(|day| day.weekday() == weekday),
            nth => NaiveDate::from_weekday_of_month_opt(year, month, weekday, u8::try_from(nth).unwrap()),
        };
        date.unwrap().and_time(start.time())
    };
    years.map(onset).filter(|onset| until.is_none_or(|until| *onset - from <= until)).collect()
}

/// The instant of a local time, by nothing but the VTIMEZONE, as section 3.6.5 says: the rule that began last.
fn by_definition(timezone: &Component<'_>, time: NaiveDateTime) -> NaiveDateTime {
    let rules = timezone.components.iter().flat_map(|rule| {
        let (from, to) = (offset(&value(rule, "TZOFFSETFROM")), offset(&value(rule, "TZOFFSETTO")));
        let every = rule.find_prop("RRULE").map(|rule| rule.val.as_str().to_owned());
        onsets(local(&value(rule, "DTSTART")), from, every.as_deref()).into_iter().map(move |onset| (onset, to))
    });
    let last = rules.filter(|(onset, _)| *onset <= time).max_by_key(|(onset, _)| *onset);
    time - last.expect("the definition begins before the trip").1
}

/// By the IANA data; none where the time comes twice or never.
fn expected(zone: &str, time: NaiveDateTime) -> Option<DateTime<Utc>> {
    let zone: Tz = zone.parse().unwrap();
    zone.from_local_datetime(&time).single().map(|time| time.to_utc())
}

/// Reads a file in full and holds it against the RFC and the plan; gives the events.
fn check(plan: &Plan) -> Vec<(NaiveDateTime, Option<NaiveDateTime>, String)> {
    let file = written(plan, Format::Calendar);
    check_lines(&file);
    let unfolded = unfold(&file);
    let calendar = read_calendar(&unfolded).unwrap_or_else(|error| panic!("{error}\n{file}"));
    let properties: Vec<&str> = calendar.properties.iter().map(|property| property.name.as_str()).collect();
    for name in ["VERSION", "PRODID"] {
        assert_eq!(properties.iter().filter(|known| **known == name).count(), 1, "{name}");
    }
    assert!(!properties.contains(&"METHOD"));
    let (events, zones) = (named(&calendar.components, "VEVENT"), named(&calendar.components, "VTIMEZONE"));
    assert_eq!(events.len() + zones.len(), calendar.components.len(), "nothing else");
    let defined: Vec<String> = zones.iter().map(|zone| value(zone, "TZID")).collect();
    let items: Vec<&Item> = plan.days.iter().flat_map(|day| &day.items).collect();
    let used: BTreeSet<&str> =
        items.iter().flat_map(|item| [item.start_zone.as_str(), item.end_zone.as_str()]).collect();
    assert_eq!(defined, used.into_iter().collect::<Vec<_>>(), "each zone once");
    assert_eq!(events.len(), items.len());
    let uids: BTreeSet<String> = events.iter().map(|event| value(event, "UID")).collect();
    assert_eq!(uids.len(), events.len());
    events.into_iter().zip(items).map(|(event, item)| check_event(event, item, &zones)).collect()
}

/// Section 3.1: lines of at most 75 octets that end with CRLF, and no control character in them.
fn check_lines(file: &str) {
    assert!(file.ends_with("\r\n"));
    for line in file.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.is_empty(), "{line}");
        assert!(!line.chars().any(|c| c.is_ascii_control()), "{line:?}");
    }
}

fn check_event(
    event: &Component<'_>,
    item: &Item,
    zones: &[&Component<'_>],
) -> (NaiveDateTime, Option<NaiveDateTime>, String) {
    for name in ["UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "CATEGORIES", "STATUS", "TRANSP"] {
        assert_eq!(event.properties.iter().filter(|property| property.name == name).count(), 1, "{name} of {event:?}");
    }
    assert!(event.components.is_empty());
    assert_eq!(value(event, "DTSTAMP"), "20261121T063015Z");
    let (start, start_zone) = zoned(event, "DTSTART").unwrap();
    assert_eq!((start.time(), &start_zone), (item.start, &item.start_zone));
    let end = zoned(event, "DTEND");
    let times = [Some((start, start_zone)), end.clone()];
    for (time, name) in times.iter().flatten() {
        let zone = zones.iter().find(|zone| value(zone, "TZID") == *name).expect("it is defined");
        if let Some(expected) = expected(name, *time) {
            assert_eq!(by_definition(zone, *time), expected.naive_utc(), "{time} {name} by\n{zone:?}");
        }
    }
    if let [Some((start, start_zone)), Some((end, end_zone))] = &times {
        assert_eq!((end.time(), end_zone), (item.end, &item.end_zone));
        if let (Some(start), Some(end)) = (expected(start_zone, *start), expected(end_zone, *end)) {
            assert!(start < end, "{event:?}");
        }
    }
    let words = |text: &str| text.split(|c: char| c.is_whitespace() || c.is_control()).collect::<String>();
    assert_eq!(words(&value(event, "SUMMARY")), words(&item.title));
    (start, end.map(|(end, _)| end), value(event, "SUMMARY"))
}

fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn every_item_is_an_event_in_its_local_times() {
    let events = check(&two_cities());
    assert_eq!(events.len(), 10);
    assert_eq!(
        events[0],
        (
            at("2027-05-03T09:15:00"),
            Some(at("2027-05-03T11:00:00")),
            "Flight from Berlin (BER) to Paris (CDG)".to_owned()
        )
    );
    assert_eq!(events[3].2, "Louvre, the; \"all\" of it");
    // By night into the next day.
    assert_eq!((events[7].0, events[7].1), (at("2027-05-04T23:10:00"), Some(at("2027-05-05T01:05:00"))));
}

#[test]
fn over_the_date_line_an_event_still_ends_after_its_start() {
    let events = check(&over_the_date_line());
    let times: Vec<(NaiveDateTime, Option<NaiveDateTime>)> = events.iter().map(|event| (event.0, event.1)).collect();
    let expected = [
        ("2027-05-03T02:00:00", "2027-05-02T12:00:00"),
        ("2027-05-02T12:00:00", "2027-05-02T12:40:00"),
        ("2027-05-02T14:00:00", "2027-05-02T18:00:00"),
        ("2027-05-03T09:00:00", "2027-05-03T11:00:00"),
        ("2027-05-04T22:00:00", "2027-05-06T06:00:00"),
    ];
    assert_eq!(times, expected.map(|(start, end)| (at(start), Some(at(end)))));
}

#[test]
fn an_end_that_is_not_after_the_start_is_left_out() {
    let mut plan = over_the_date_line();
    plan.days[1].items[0].end_day_offset = 1;
    let item = &mut plan.days[0].items[2];
    item.end = item.start;
    let ends: Vec<bool> = check(&plan).iter().map(|event| event.1.is_some()).collect();
    assert_eq!(ends, [true, true, false, true, false]);
}

#[test]
fn an_event_says_where_what_and_how_sure() {
    let file = unfold(&written(&two_cities(), Format::Calendar));
    let calendar = read_calendar(&file).unwrap();
    let events = named(&calendar.components, "VEVENT");
    let (flight, check_in, louvre, dinner) = (events[0], events[2], events[3], events[4]);
    assert_eq!(value(flight, "GEO"), "52.3667;13.5033");
    assert!(flight.find_prop("LOCATION").is_none());
    assert_eq!(
        value(flight, "DESCRIPTION"),
        "Departs 3 May, 09:15 (Europe/Berlin), arrives 3 May, 11:00 (Europe/Paris)\n\
         About 312 EUR (estimate), for everyone together\n\
         1 stop, about 150 kg CO2e for each traveller\n\
         Source: fare-model, 2025 (estimate, fetched 21 November 2026)"
    );
    assert_eq!(value(flight, "CATEGORIES"), "travel,flight");
    assert_eq!((value(flight, "STATUS"), value(flight, "TRANSP")), ("TENTATIVE".to_owned(), "OPAQUE".to_owned()));
    assert_eq!(value(check_in, "LOCATION"), "Hôtel du Nord, Canal, Paris, France");
    assert_eq!(value(louvre, "LOCATION"), "Louvre, the; \"all\" of it, Paris, France");
    assert_eq!(value(louvre, "GEO"), "48.860611;2.3376");
    assert!(value(louvre, "DESCRIPTION").contains("Free entry"));
    assert_eq!(value(dinner, "LOCATION"), "Café Ü, Paris, France");
    let name = calendar.properties.iter().find(|property| property.name == "X-WR-CALNAME").unwrap();
    assert_eq!(name.val, "3 days in Paris and Rome");
}

#[test]
fn an_item_keeps_its_uid_when_it_moves() {
    let uids = |plan: &Plan| {
        let file = unfold(&written(plan, Format::Calendar));
        let calendar = read_calendar(&file).unwrap();
        let events = named(&calendar.components, "VEVENT");
        events.iter().map(|event| (value(event, "SUMMARY"), value(event, "UID"))).collect::<BTreeMap<_, _>>()
    };
    let mut moved = two_cities();
    let louvre = moved.days[0].items.remove(3);
    moved.days[1].items.insert(1, louvre);
    assert_eq!(uids(&two_cities()), uids(&moved));
}

#[test]
fn a_definition_follows_the_zone_through_the_years() {
    // Asked for every hour of the year.
    let mut plan = two_cities();
    for zone in crate::support::ZONES {
        for item in plan.days.iter_mut().flat_map(|day| &mut day.items) {
            (item.start_zone, item.end_zone) = (zone.to_owned(), zone.to_owned());
        }
        let file = unfold(&written(&plan, Format::Calendar));
        let calendar = read_calendar(&file).unwrap();
        let definition = named(&calendar.components, "VTIMEZONE")[0];
        let first = at("2027-01-01T00:30:00");
        for hours in 0..365 * 24 {
            let time = first + Duration::hours(hours);
            if let Some(expected) = expected(zone, time) {
                assert_eq!(by_definition(definition, time), expected.naive_utc(), "{zone} {time}\n{definition:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_is_a_calendar_that_can_be_read(plan in any_plan()) {
        check(&plan);
    }
}
