//! An expression as people would say it.

use crate::{pattern::Pattern, set::Set};

/// More of anything is easier to read as it was written.
const LISTED_MAX: u32 = 4;
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// None where it is not simple.
pub(crate) fn of(pattern: &Pattern) -> Option<String> {
    if pattern.seconds.single() != Some(0) {
        return None;
    }
    let months = if pattern.months.len() == 12 { None } else { Some(listed(pattern.months, 1, &MONTHS)?) };
    let is_every_day = pattern.days_open && pattern.days.len() == 31 && pattern.weekdays.len() == 7;
    let days = if is_every_day {
        None
    } else if pattern.days_open && pattern.days.len() == 31 {
        Some(format!("on {}", weekdays(pattern.weekdays)?))
    } else if pattern.weekdays_open && pattern.weekdays.len() == 7 {
        Some(days_of_month(pattern.days)?)
    } else {
        return None;
    };
    let mut said = match (times(pattern)?, days) {
        (Times::At(times), None) => format!("every day at {times}"),
        (Times::At(times), Some(days)) => format!("{days} at {times}"),
        (Times::Every(every), None) => every,
        (Times::Every(every), Some(days)) => format!("{every} {days}"),
    };
    if let Some(months) = months {
        said.push_str(&format!(" in {months}"));
    }
    Some(said)
}

enum Times {
    At(String),
    Every(String),
}

fn times(pattern: &Pattern) -> Option<Times> {
    let minute = pattern.minutes.single();
    if !pattern.is_hour_open() {
        let (minute, hours) = (minute?, pattern.hours);
        let times: Vec<String> = hours.iter().map(|hour| format!("{hour:02}:{minute:02}")).collect();
        return (hours.len() <= LISTED_MAX).then(|| Times::At(joined(&times)));
    }
    let hours = match pattern.hours.step(24)? {
        1 => "every hour".to_owned(),
        step => format!("every {step} hours"),
    };
    Some(Times::Every(match (minute, pattern.minutes.step(60)) {
        (Some(0), _) => format!("{hours}, on the hour"),
        (Some(minute), _) => format!("{hours} at minute {minute}"),
        (None, Some(1)) if pattern.hours.len() == 24 => "every minute".to_owned(),
        (None, Some(step)) if pattern.hours.len() == 24 => format!("every {step} minutes"),
        _ => return None,
    }))
}

fn weekdays(set: Set) -> Option<String> {
    let numbers: Vec<u32> = set.iter().collect();
    match numbers.as_slice() {
        [1, 2, 3, 4, 5] => Some("Monday to Friday".to_owned()),
        [0, 6] => Some("Saturday and Sunday".to_owned()),
        numbers if numbers.len() <= LISTED_MAX as usize => {
            let names: Vec<String> = numbers.iter().map(|number| WEEKDAYS[*number as usize].to_owned()).collect();
            Some(joined(&names))
        }
        _ => None,
    }
}

fn days_of_month(set: Set) -> Option<String> {
    let days: Vec<String> = set.iter().map(|day| day.to_string()).collect();
    let noun = if days.len() == 1 { "day" } else { "days" };
    (set.len() <= LISTED_MAX).then(|| format!("on {noun} {} of the month", joined(&days)))
}

fn listed(set: Set, least: u32, names: &[&str]) -> Option<String> {
    let chosen: Vec<String> = set.iter().map(|number| names[(number - least) as usize].to_owned()).collect();
    (set.len() <= LISTED_MAX).then(|| joined(&chosen))
}

/// `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
