//! The nights on which clocks change, in tables; and properties that hold on every other day.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::str::FromStr;

use chrono::{DateTime, Duration, TimeZone, Timelike, Utc};
use proptest::prelude::*;
use recurrence::{Error, Recurrence, Shift, Timing};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Every tick in `from < tick <= until`, as the zone's clock and offset show it.
fn ticks(cron: &str, zone: &str, from: &str, until: &str) -> Vec<String> {
    let recurrence = Recurrence::read(cron, zone).unwrap();
    let mut found = Vec::new();
    let mut after = at(from);
    while let Some(next) = recurrence.next_after(after).filter(|next| next.at <= at(until)) {
        found.push(recurrence.local(next.at).format("%d %H:%M %z").to_string());
        after = next.at;
    }
    found
}

const PARIS: &str = "Europe/Paris";
const NEW_YORK: &str = "America/New_York";
const LORD_HOWE: &str = "Australia/Lord_Howe";

#[test]
fn paris_in_spring_leaves_two_to_three_out() {
    let night = |cron| ticks(cron, PARIS, "2026-03-27T23:00:00Z", "2026-03-30T10:00:00Z");
    assert_eq!(night("30 2 * * *"), ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]);
    assert_eq!(night("0 3 * * *"), ["28 03:00 +0100", "29 03:00 +0200", "30 03:00 +0200"]);
    // Several times that are left out are one tick.
    assert_eq!(night("0,30 2 29 * *"), ["29 03:00 +0200"]);
    let hours = |cron| ticks(cron, PARIS, "2026-03-29T00:00:00Z", "2026-03-29T02:30:00Z");
    assert_eq!(hours("0 * * * *"), ["29 03:00 +0200", "29 04:00 +0200"]);
    assert_eq!(
        hours("*/30 * * * *"),
        ["29 01:30 +0100", "29 03:00 +0200", "29 03:30 +0200", "29 04:00 +0200", "29 04:30 +0200"]
    );
    assert_eq!(hours("0 */2 * * *"), ["29 04:00 +0200"], "nothing is made up for");
}

#[test]
fn paris_in_autumn_shows_two_to_three_twice() {
    let night = |cron| ticks(cron, PARIS, "2026-10-23T22:00:00Z", "2026-10-26T10:00:00Z");
    assert_eq!(night("30 2 * * *"), ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]);
    assert_eq!(night("0 3 25 * *"), ["25 03:00 +0100"]);
    let hours = |cron| ticks(cron, PARIS, "2026-10-25T00:00:00Z", "2026-10-25T02:30:00Z");
    assert_eq!(hours("0 * * * *"), ["25 02:00 +0100", "25 03:00 +0100"], "the first 02:00 is the beginning");
    assert_eq!(
        hours("*/30 * * * *"),
        ["25 02:30 +0200", "25 02:00 +0100", "25 02:30 +0100", "25 03:00 +0100", "25 03:30 +0100"]
    );
}

#[test]
fn new_york_in_both() {
    let spring = |cron| ticks(cron, NEW_YORK, "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z");
    assert_eq!(spring("15 2 * * *"), ["08 03:00 -0400", "09 02:15 -0400"]);
    let autumn = |cron| ticks(cron, NEW_YORK, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z");
    assert_eq!(autumn("30 1 * * *"), ["01 01:30 -0400", "02 01:30 -0500"]);
    assert_eq!(
        ticks("0 * * * *", NEW_YORK, "2026-11-01T04:30:00Z", "2026-11-01T07:30:00Z"),
        ["01 01:00 -0400", "01 01:00 -0500", "01 02:00 -0500"]
    );
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    // Forward on 4 October 2026 at 02:00, from +10:30 to +11.
    let spring = |cron| ticks(cron, LORD_HOWE, "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z");
    assert_eq!(spring("15 2 * * *"), ["04 02:30 +1100"]);
    assert_eq!(spring("45 2 * * *"), ["04 02:45 +1100"]);
    // Back on 5 April 2026 at 02:00, from +11 to +10:30.
    let autumn = |cron| ticks(cron, LORD_HOWE, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z");
    assert_eq!(autumn("45 1 * * *"), ["05 01:45 +1100"]);
    assert_eq!(
        ticks("*/15 * * * *", LORD_HOWE, "2026-04-04T14:30:00Z", "2026-04-04T15:35:00Z"),
        ["05 01:45 +1100", "05 01:30 +1030", "05 01:45 +1030", "05 02:00 +1030"]
    );
}

#[test]
fn an_occurrence_says_what_the_clock_did() {
    let paris = Recurrence::read("30 2 * * *", PARIS).unwrap();
    let shift = |after: &str| paris.next_after(at(after)).unwrap().shift;
    assert_eq!(shift("2026-03-28T12:00:00Z"), Shift::Moved);
    assert_eq!(shift("2026-10-24T12:00:00Z"), Shift::First);
    assert_eq!(shift("2026-06-24T12:00:00Z"), Shift::None);
    let hourly = Recurrence::read("@hourly", PARIS).unwrap();
    assert_eq!(hourly.next_after(at("2026-10-25T00:30:00Z")).unwrap().shift, Shift::Second);
}

/// What the crate `cron` says by itself about the same nights.
#[test]
fn control_the_bare_crate_drops_one_night_and_doubles_the_other() {
    let ticks = |day: u32, month: u32| {
        let zone: chrono_tz::Tz = PARIS.parse().unwrap();
        let from = zone.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap();
        let until = from + Duration::hours(12);
        cron::Schedule::from_str("0 30 2 * * *").unwrap().after(&from).take_while(|tick| *tick < until).count()
    };
    assert_eq!(ticks(28, 3), 1);
    assert_eq!(ticks(29, 3), 0, "the time that is left out");
    assert_eq!(ticks(25, 10), 2, "the time that comes twice");
}

#[test]
fn a_crontab_means_what_it_always_meant() {
    let week = |cron| ticks(cron, "UTC", "2026-11-21T23:59:59Z", "2026-11-29T00:00:00Z").len();
    assert_eq!(week("0 7 * * 1-5"), 5, "1 is Monday");
    assert_eq!(ticks("0 7 * * 0", "UTC", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"), ["22 07:00 +0000"]);
    assert_eq!(week("0 7 * * 7"), 1, "7 is Sunday, too");
    assert_eq!(week("0 7 * * fri-sun"), 3);
    assert_eq!(week("0 7 25 * MON"), 2, "either the 25th or a Monday");
    assert_eq!(week("0 7 */2 * MON"), 1, "with a star both must hold: the 23rd is odd");
    assert_eq!(week("0 7 */3 * MON"), 0, "and not among 1, 4, 7 and so on");
}

#[test]
fn aliases_and_six_fields_are_read() {
    for (alias, fields) in
        [("@daily", "0 0 * * *"), ("@HOURLY", "0 0 * * * *"), ("@weekly", "0 0 ? * SUN"), ("@yearly", " 0 0  1 JAN * ")]
    {
        let next = |cron| Recurrence::read(cron, PARIS).unwrap().next_after(at("2026-11-21T10:00:00Z"));
        assert_eq!(next(alias), next(fields), "{alias}");
    }
    assert_eq!(ticks("15 30 7 * * *", "UTC", "2026-11-21T07:30:14Z", "2026-11-21T08:00:00Z"), ["21 07:30 +0000"]);
}

#[test]
fn what_cannot_be_read_says_why() {
    for (cron, part) in [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("0 0 0 1 1 * 1970-9999", "7 fields"),
        ("60 * * * *", "at its minute: \"60\" is not from 0 to 59"),
        ("* 24 * * *", "at its hour"),
        ("0 0 0 * *", "day of the month"),
        ("0 0 * 13 *", "month: \"13\" is not from 1 to 12 or FEB"),
        ("0 0 * * 8", "day of the week"),
        ("5-1 * * * *", "runs backwards"),
        ("*/0 * * * *", "the step \"0\""),
        ("*/x * * * *", "the step \"x\""),
        ("*/99999999999999999999 * * * *", "the step"),
        ("+5 * * * *", "\"+5\""),
        ("1,,2 * * * *", "\"\""),
        ("0 0 L * *", "\"L\""),
        ("0 0 * * 5#3", "\"5#3\""),
        ("0 0 30 2 *", "never ticks"),
        ("0 0 31 4,6,9,11 *", "never ticks"),
        ("@reboot", "no alias"),
        (&"0,".repeat(100), "longer than 128"),
    ] {
        let Err(Error::Cron(why)) = Recurrence::read(cron, "UTC") else { panic!("{cron} was read") };
        assert!(why.contains(part), "{cron}: {why}");
    }
    for zone in ["", "Paris", "Mars/Olympus", "Europe/Paris; DROP TABLE", "UTC+25"] {
        assert_eq!(Recurrence::read("@daily", zone), Err(Error::Zone(zone.to_owned())));
    }
}

#[test]
fn the_shortest_interval_is_found_wherever_it_hides() {
    for (cron, seconds) in [
        ("* * * * * *", 1),
        ("0,59 * * * * *", 1),
        ("* * * * *", 60),
        ("59,0 * * * *", 60),
        ("0,30 0 0 1 1 *", 30),
        ("30 7 * * *", 86_400),
        ("0 23,0 * * *", 3_600),
        ("*/25 * * * *", 600),
    ] {
        let found = Recurrence::read(cron, "UTC").unwrap().interval_min();
        assert_eq!(found, Duration::seconds(seconds), "{cron}");
    }
}

#[test]
fn a_rare_day_is_found_and_the_search_ends() {
    assert_eq!(ticks("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2104-03-01T00:00:00Z").len(), 1, "2100 has none");
    let last = DateTime::<Utc>::MAX_UTC - Duration::days(5000);
    assert!(Recurrence::read("0 0 29 2 *", "UTC").unwrap().next_after(last).is_some());
}

#[test]
fn simple_expressions_are_said_in_words() {
    for (cron, words) in [
        ("30 7 * * *", Some("every day at 07:30")),
        ("30 7 * * MON-FRI", Some("on Monday to Friday at 07:30")),
        ("0 9,18 * * 6,0", Some("on Saturday and Sunday at 09:00 and 18:00")),
        ("0 9 1 * *", Some("on day 1 of the month at 09:00")),
        ("0 9 1,15 * *", Some("on days 1 and 15 of the month at 09:00")),
        ("*/15 * * * *", Some("every 15 minutes")),
        ("* * * * *", Some("every minute")),
        ("@hourly", Some("every hour, on the hour")),
        ("20 */6 * * *", Some("every 6 hours at minute 20")),
        ("0 0 1 1 *", Some("on day 1 of the month at 00:00 in January")),
        ("0 */4 * * 5", Some("every 4 hours, on the hour on Friday")),
        ("5 4 13 * 5", None),
        ("1-7 3 * * *", None),
        ("10 0 7 * * *", None),
    ] {
        assert_eq!(Recurrence::read(cron, "UTC").unwrap().in_words().as_deref(), words, "{cron}");
    }
}

#[test]
fn a_tick_has_a_jitter_of_its_own_for_ever() {
    let timing = |seed| Timing { jitter_most: Duration::seconds(600), seed, ..Timing::read("@hourly", "UTC").unwrap() };
    let mut after = at("2026-11-21T00:30:00Z");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let due = timing(7).next_after(after).unwrap();
        assert_eq!(timing(7).due(due.tick_at), due);
        let jitter = due.due_at - due.tick_at;
        assert!(jitter >= Duration::zero() && jitter <= Duration::seconds(600));
        seen.insert(jitter);
        after = due.tick_at;
    }
    assert!(seen.len() > 190, "spread out: {}", seen.len());
    let first = at("2026-11-21T01:00:00Z");
    assert_ne!(timing(7).due(first), timing(8).due(first));
    assert_eq!(Timing::read("@hourly", "UTC").unwrap().due(first).due_at, first);
}

#[test]
fn nothing_ticks_after_the_end() {
    let end = at("2026-11-21T12:00:00Z");
    let timing = Timing { ends_at: Some(end), ..Timing::read("@hourly", "UTC").unwrap() };
    assert_eq!(timing.next_after(at("2026-11-21T11:00:00Z")).unwrap().tick_at, end);
    assert_eq!(timing.next_after(end), None);
}

prop_compose! {
    fn list(least: u32, most: u32)(values in prop::collection::btree_set(least..=most, 1..4)) -> String {
        values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    }
}

fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just("*".to_owned()),
        3 => list(least, most),
        1 => (1..=most / 2).prop_map(|step| format!("*/{step}")),
        1 => (least..=most, least..=most).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
}

/// A day field or a weekday field, never both: there the bare crate differs from crontabs.
fn days() -> impl Strategy<Value = (String, String)> {
    let weekday = prop::sample::select(vec!["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "MON-FRI", "*"]);
    prop_oneof![
        field(1, 28).prop_map(|day| (day, "*".to_owned())),
        weekday.prop_map(|day| ("*".to_owned(), day.to_owned()))
    ]
}

const ZONES: &[&str] = &[
    "UTC",
    PARIS,
    NEW_YORK,
    LORD_HOWE,
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Pacific/Chatham",
];

proptest! {
    #[test]
    fn in_utc_it_agrees_with_the_bare_crate(
        minute in field(0, 59), hour in field(0, 23), (day, weekday) in days(), month in field(1, 12), from in 0_i64..4_000_000_000,
    ) {
        let ours = Recurrence::read(&format!("{minute} {hour} {day} {month} {weekday}"), "UTC").unwrap();
        let theirs = cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} {weekday}")).unwrap();
        let mut after = DateTime::from_timestamp(from, 0).unwrap();
        for tick in theirs.after(&after).take(20) {
            let next = ours.next_after(after).unwrap();
            prop_assert_eq!(next.at, tick);
            after = tick;
        }
    }

    #[test]
    fn a_named_time_ticks_once_a_day_in_every_zone(
        zone in prop::sample::select(ZONES), hour in 0_u32..24, minute in 0_u32..60, year in 2020_i32..2037,
    ) {
        let recurrence = Recurrence::read(&format!("{minute} {hour} * * *"), zone).unwrap();
        let mut after = Utc.with_ymd_and_hms(year, 1, 1, 12, 0, 0).unwrap();
        let mut day = recurrence.next_after(after).unwrap().wall.date();
        for _ in 0..400 {
            let next = recurrence.next_after(after).unwrap();
            prop_assert!(next.at > after);
            prop_assert_eq!(next.wall.date(), day, "a day without a tick, or with two");
            if next.shift != Shift::Moved {
                prop_assert_eq!(recurrence.local(next.at).naive_local(), next.wall);
            }
            (day, after) = (day.succ_opt().unwrap(), next.at);
        }
    }

    #[test]
    fn a_pattern_with_an_open_hour_ticks_whenever_the_clock_shows_it(
        zone in prop::sample::select(ZONES), step in 1_u32..60, day in 1_u32..28, month in 1_u32..13,
    ) {
        let recurrence = Recurrence::read(&format!("*/{step} * * * *"), zone).unwrap();
        let mut minute = Utc.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap();
        let mut after = minute - Duration::seconds(1);
        for _ in 0..4 * 1440 {
            let shown = recurrence.local(minute);
            if shown.minute().is_multiple_of(step) {
                let next = recurrence.next_after(after).unwrap();
                prop_assert_eq!(next.at, minute);
                after = minute;
            }
            minute += Duration::minutes(1);
        }
    }

    #[test]
    fn no_text_takes_the_reader_down(text in ".{0,60}", zone in ".{0,20}") {
        if let Ok(read) = Recurrence::read(&text, &zone) {
            prop_assert!(read.next_after(DateTime::UNIX_EPOCH).is_some());
        }
    }
}
