//! The sentences of a plan. Every one of them follows from its numbers.

use chrono::Timelike;
use domain::{
    brief::Brief,
    facts::{Facts, Setting, SightOption},
    plan::{Costs, Day, ItemKind, Stay},
    rules,
};

use super::itinerary::Visited;

/// From this share of rainy days on, a day with sights under the open sky gets a warning.
const RAIN_PERCENT_MIN: u32 = 40;
/// Sights named in the narrative.
const SIGHTS_NAMED_MAX: usize = 4;

pub(super) fn title(brief: &Brief) -> String {
    format!("{} in {}", counted(brief.days(), "day"), brief.destination.name)
}

pub(super) fn summary(brief: &Brief, days: &[Day], stays: &[Stay], costs: &Costs) -> String {
    let sights = count(days, |kind| matches!(kind, ItemKind::Sight { .. }));
    let meals = count(days, |kind| matches!(kind, ItemKind::Meal { .. }));
    let nights = stays.iter().map(|stay| format!(", {} at {}", counted(stay.nights, "night"), stay.name));
    format!(
        "{} in {} for {}: {}, {}{}; {} of {}.",
        counted(brief.days(), "day"),
        brief.destination.name,
        people(brief),
        counted(sights, "sight"),
        counted(meals, "meal"),
        nights.collect::<String>(),
        costs.total,
        costs.budget
    )
}

pub(super) fn narrative(brief: &Brief, visited: &[Visited], days: &[Day], stays: &[Stay], costs: &Costs) -> String {
    let mut text = String::new();
    let mut from = brief.origin.name.as_str();
    for city in visited {
        let leg = city.leg_in;
        let to = if visited.len() > 1 { format!(" to {}", city.city.place.name) } else { String::new() };
        text += &format!(
            "By {} from {from}{to} on {}, arriving at {}. ",
            leg.mode.word(),
            leg.date.format("%-d %B"),
            leg.arrive.format("%H:%M")
        );
        if let Some(stay) = stays.iter().find(|stay| stay.city_id == city.city.place.id) {
            let bed =
                if visited.len() > 1 { counted(stay.nights, "night") + " at" } else { "The bed is at".to_owned() };
            text += &format!("{} {} in {}. ", capital(&bed), stay.name, stay.area);
        }
        from = &city.city.place.name;
    }
    let mut text = text.trim_end().to_owned();
    let sights = days.iter().flat_map(|day| &day.items).filter(|item| matches!(item.kind, ItemKind::Sight { .. }));
    let named: Vec<&str> = sights.clone().map(|item| item.title.as_str()).take(SIGHTS_NAMED_MAX).collect();
    let more = sights.count() - named.len();
    match (named.is_empty(), more) {
        (true, _) => text += " No sight is planned.",
        (false, 0) => text += &format!(" On the way: {}.", named.join(", ")),
        (false, more) => text += &format!(" On the way: {} and {more} more.", named.join(", ")),
    }
    if let Some(back) = visited.last().map(|city| city.leg_out) {
        let (day, time) = (back.date.format("%-d %B"), back.depart.format("%H:%M"));
        text += &format!(" Back by {} on {day} at {time}.", back.mode.word());
    }
    text + &format!(" Everything together costs {}, which leaves {} of the budget.", costs.total, costs.left)
}

/// What the travellers should know: rain, and wishes that the plan does not meet.
pub(super) fn warnings(brief: &Brief, facts: &Facts, visited: &[Visited], days: &[Day]) -> Vec<String> {
    let seen: Vec<&SightOption> = days.iter().flat_map(|day| sights_of(day, facts)).collect();
    let mut warnings: Vec<String> = days.iter().filter_map(|day| rain(day, facts)).collect();
    for interest in &brief.interests {
        if !seen.iter().any(|sight| sight.is_about(*interest)) {
            let known = facts.sights.iter().any(|sight| sight.is_about(*interest));
            let why = if known { "fitted into the days" } else { "is known there" };
            warnings.push(format!("No sight for the interest \"{}\" {why}.", interest.word()));
        }
    }
    if !brief.lodging.allows.is_empty() && visited.iter().any(|city| city.bed.is_some()) {
        let rules: Vec<&str> = brief.lodging.allows.iter().map(|rule| rule.word()).collect();
        warnings.push(format!("The houses are not known to forbid {}; ask before you book.", rules.join(" or ")));
    }
    warnings.extend(days.iter().filter_map(early_check_out));
    let empty = days
        .iter()
        .filter(|day| day.items.is_empty())
        .map(|day| format!("Nothing is planned on {}.", day.date.format("%-d %B")));
    warnings.extend(empty);
    warnings
}

/// The rules start a day at 07:00; a departure before dawn cannot wait for that.
fn early_check_out(day: &Day) -> Option<String> {
    let item = day.items.iter().find(|item| matches!(item.kind, ItemKind::CheckOut { .. }))?;
    let minute = item.start.num_seconds_from_midnight() / 60;
    (minute < rules::DAY_START_MINUTE)
        .then(|| format!("The check-out is at {} on {}.", item.start.format("%H:%M"), day.date.format("%-d %B")))
}

fn rain(day: &Day, facts: &Facts) -> Option<String> {
    let weather = day.weather.as_ref().filter(|weather| weather.rain_percent >= RAIN_PERCENT_MIN)?;
    let outdoor: Vec<&str> = sights_of(day, facts)
        .filter(|sight| sight.setting == Setting::Outdoor)
        .map(|sight| sight.name.as_str())
        .collect();
    (!outdoor.is_empty()).then(|| {
        format!(
            "It rains on {} % of days around {}, and this is under the open sky: {}.",
            weather.rain_percent,
            day.date.format("%-d %B"),
            outdoor.join(", ")
        )
    })
}

fn sights_of<'a>(day: &'a Day, facts: &'a Facts) -> impl Iterator<Item = &'a SightOption> {
    day.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Sight { sight_id } => facts.sights.iter().find(|sight| sight.id == *sight_id),
        _ => None,
    })
}

fn count(days: &[Day], is_wanted: impl Fn(&ItemKind) -> bool) -> u32 {
    let wanted = days.iter().flat_map(|day| &day.items).filter(|item| is_wanted(&item.kind)).count();
    u32::try_from(wanted).expect("a few hundred")
}

fn people(brief: &Brief) -> String {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let count = brief.travellers.count();
    WORDS.get(count.saturating_sub(1) as usize).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// `1 night`, `2 nights`.
pub(crate) fn counted(count: u32, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// With a capital first letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
