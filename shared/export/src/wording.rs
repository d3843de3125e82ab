//! What files say of an item in words.

use domain::{
    facts::{FactKind, Provenance},
    money::Money,
    plan::{Item, ItemKind, Plan},
};

/// Text of others without what could steer whoever shows it: no control characters, one line.
pub(crate) fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What it costs everyone together; an estimate is called one. None where nothing is paid here.
pub(crate) fn cost(item: &Item) -> Option<String> {
    let Money { amount_cents, .. } = item.cost;
    match (&item.kind, item.provenance.kind) {
        (ItemKind::Sight { .. }, _) if amount_cents == 0 => Some("Free entry".to_owned()),
        _ if amount_cents == 0 => None,
        (_, FactKind::Quote) => Some(item.cost.to_string()),
        (_, kind @ (FactKind::Dataset | FactKind::Estimate)) => {
            Some(format!("About {} ({})", item.cost, firmness(kind)))
        }
    }
}

/// `gazetteer, 2025 (typical value, fetched 21 November 2026)`.
pub(crate) fn source(provenance: &Provenance) -> String {
    let Provenance { kind, source, as_of, fetched_at } = provenance;
    line(&format!("{source}, {as_of} ({}, fetched {})", firmness(*kind), fetched_at.format("%-d %B %Y")))
}

const fn firmness(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Quote => "quote",
        FactKind::Dataset => "typical value",
        FactKind::Estimate => "estimate",
    }
}

/// Where it is, as a map would find it: the house or sight, the city, the country. None for a leg, which is in no place.
pub(crate) fn place(plan: &Plan, item: &Item) -> Option<String> {
    let city = plan.cities.iter().find(|city| Some(&city.place.id) == item.city_id.as_ref())?;
    let mut parts = match &item.kind {
        ItemKind::Leg { .. } => return None,
        ItemKind::Transfer => Vec::new(),
        ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id } => {
            let stay = plan.stays.iter().find(|stay| stay.lodging_id == *lodging_id);
            stay.map_or_else(Vec::new, |stay| vec![stay.name.as_str(), stay.area.as_str()])
        }
        // A meal's title is that of the place behind "Lunch at".
        ItemKind::Meal { .. } => vec![item.title.split_once(" at ").map_or(item.title.as_str(), |(_, place)| place)],
        ItemKind::Sight { .. } => vec![item.title.as_str()],
    };
    parts.extend([city.place.name.as_str(), city.country.as_str()]);
    // Singapore is in Singapore.
    parts.dedup();
    Some(line(&parts.join(", ")))
}

/// What calendars sort it by.
pub(crate) fn categories(kind: &ItemKind) -> Vec<String> {
    match kind {
        ItemKind::Leg { mode, .. } => vec!["travel".to_owned(), mode.to_string()],
        ItemKind::Transfer => vec!["travel".to_owned(), "transfer".to_owned()],
        ItemKind::CheckIn { .. } => vec!["lodging".to_owned(), "check-in".to_owned()],
        ItemKind::CheckOut { .. } => vec!["lodging".to_owned(), "check-out".to_owned()],
        ItemKind::Meal { meal, .. } => vec!["meal".to_owned(), meal.to_string()],
        ItemKind::Sight { .. } => vec!["sight".to_owned()],
    }
}
