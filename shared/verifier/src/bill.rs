//! The lines of the bill: what the plan must be charged for, computed from the facts, and matched with what it says.

use std::collections::BTreeSet;

use domain::{
    facts::Provenance,
    money::{Currency, Money},
    plan::{CostCategory, CostLine, ItemKind},
};

use crate::{
    provenance,
    rule::{Report, Rule},
    stay, streets,
    trip::{Stop, Trip},
    visit::Visit,
};

/// Something that costs money.
struct Charge<'a> {
    category: CostCategory,
    /// Where in the plan.
    place: String,
    /// The line's title should hold one of these; it only helps to match.
    names: [&'a str; 2],
    quantity: i64,
    /// In hundredths of `currency`.
    unit_cents: i64,
    currency: Currency,
    provenance: &'a Provenance,
    /// What the item or the stay shows.
    shown: Option<Money>,
}

impl Charge<'_> {
    /// What costs nothing needs no line.
    fn is_free(&self) -> bool {
        self.quantity == 0 || self.unit_cents == 0
    }

    /// In hundredths of the budget's currency, if there is a rate.
    fn cost_cents(&self, trip: &Trip<'_>) -> Option<i64> {
        cost_cents(trip, self.quantity, self.unit_cents, self.currency)
    }

    fn is_named_by(&self, line: &CostLine) -> bool {
        self.names.iter().any(|name| !name.is_empty() && line.title.contains(name))
    }

    fn is_priced_by(&self, line: &CostLine) -> bool {
        self.quantity == i64::from(line.quantity)
            && self.unit_cents == line.unit_local_cents
            && self.currency == line.local_currency
            && *self.provenance == line.provenance
    }
}

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let charges = charges(trip);
    for charge in &charges {
        let Some((expected, shown)) = charge.cost_cents(trip).zip(charge.shown) else { continue };
        if shown.amount_cents != expected {
            let expected = Money::new(expected, trip.brief.budget.currency);
            report.add(Rule::ItemCost, &charge.place, expected.to_string(), shown.to_string());
        }
    }
    let (pairs, unpaid, unused) = pair(&charges, &trip.plan.costs.lines);
    for (charge, index, line) in pairs {
        check_pair(charge, &format!("cost line {}: {}", index + 1, line.title), line, report);
    }
    for charge in unpaid.into_iter().filter(|charge| !charge.is_free()) {
        let expected = format!("a line of {} times {} cents ({})", charge.quantity, charge.unit_cents, charge.currency);
        report.add(rule_of(charge.category, Rule::CostLineMissing), &charge.place, expected, "none");
    }
    for (index, line) in unused {
        let place = format!("cost line {}: {}", index + 1, line.title);
        report.add(
            rule_of(line.category, Rule::CostLineExtra),
            place,
            "no line without an item",
            line.cost.to_string(),
        );
    }
    for (index, line) in trip.plan.costs.lines.iter().enumerate() {
        let (quantity, currency) = (i64::from(line.quantity), line.local_currency);
        let Some(expected) = cost_cents(trip, quantity, line.unit_local_cents, currency) else { continue };
        if line.cost.amount_cents != expected {
            let place = format!("cost line {}: {}", index + 1, line.title);
            let expected = Money::new(expected, trip.brief.budget.currency);
            report.add(Rule::CostAmount, place, expected.to_string(), line.cost.to_string());
        }
    }
}

/// What `quantity` times `unit_cents` of `currency` costs, in hundredths of the budget's. Saturates; none without a rate,
/// which is a violation of its own.
pub(crate) fn cost_cents(trip: &Trip<'_>, quantity: i64, unit_cents: i64, currency: Currency) -> Option<i64> {
    trip.facts.rate(currency).map(|rate| rate.convert_cents(quantity.saturating_mul(unit_cents)))
}

/// What the plan costs by the facts, whatever its bill says.
pub(crate) fn total_cents(trip: &Trip<'_>) -> i128 {
    charges(trip).iter().filter_map(|charge| charge.cost_cents(trip)).map(i128::from).sum()
}

/// The currencies of everything that is to be paid.
pub(crate) fn currencies(trip: &Trip<'_>) -> BTreeSet<Currency> {
    charges(trip).iter().filter(|charge| !charge.is_free()).map(|charge| charge.currency).collect()
}

fn check_pair(charge: &Charge<'_>, place: &str, line: &CostLine, report: &mut Report) {
    let quantity = i64::from(line.quantity);
    report.equal(rule_of(charge.category, Rule::CostQuantity), place, charge.quantity, quantity);
    report.equal(Rule::CostUnit, place, charge.unit_cents, line.unit_local_cents);
    report.equal(Rule::LocalCurrency, place, charge.currency, line.local_currency);
    provenance::compare(place, charge.provenance, &line.provenance, report);
}

/// Whatever is wrong with the day tickets is told as one rule.
fn rule_of(category: CostCategory, rule: Rule) -> Rule {
    if category == CostCategory::LocalTransport { Rule::LocalTransport } else { rule }
}

type Pair<'c, 'a, 'l> = (&'c Charge<'a>, usize, &'l CostLine);

/// Matches charges with lines of the same category: first what agrees in name and price, then in price, then in name,
/// then what is left, so that one wrong number is told as that number and not as two lines.
fn pair<'c, 'a, 'l>(
    charges: &'c [Charge<'a>],
    lines: &'l [CostLine],
) -> (Vec<Pair<'c, 'a, 'l>>, Vec<&'c Charge<'a>>, Vec<(usize, &'l CostLine)>) {
    let passes: [fn(&Charge<'_>, &CostLine) -> bool; 4] = [
        |charge, line| charge.is_named_by(line) && charge.is_priced_by(line),
        |charge, line| charge.is_priced_by(line),
        |charge, line| charge.is_named_by(line) && !charge.is_free(),
        |charge, _| !charge.is_free(),
    ];
    let mut pairs = Vec::new();
    let mut unpaid: Vec<&Charge<'_>> = charges.iter().collect();
    let mut unused: Vec<(usize, &CostLine)> = lines.iter().enumerate().collect();
    for agrees in passes {
        unpaid.retain(|charge| {
            let matching = unused.iter().position(|(_, line)| charge.category == line.category && agrees(charge, line));
            if let Some(position) = matching {
                let (index, line) = unused.remove(position);
                pairs.push((*charge, index, line));
            }
            matching.is_none()
        });
    }
    (pairs, unpaid, unused)
}

fn charges<'a>(trip: &Trip<'a>) -> Vec<Charge<'a>> {
    let mut charges: Vec<Charge<'a>> = trip.stops.iter().filter_map(|stop| item_charge(trip, stop)).collect();
    for visit in &trip.visits {
        charges.extend(bed_charge(trip, visit));
        charges.extend(ticket_charge(trip, visit));
    }
    charges
}

fn bed_charge<'a>(trip: &Trip<'a>, visit: &Visit<'a>) -> Option<Charge<'a>> {
    let (stay, bed) = visit.stay.zip(visit.bed)?;
    Some(Charge {
        category: CostCategory::Lodging,
        place: stay::place_of(stay),
        names: [&bed.name, &stay.name],
        quantity: stay::rooms(trip, bed).saturating_mul(i64::from(stay::nights(visit, stay))),
        unit_cents: bed.price_cents,
        currency: currency_of(trip, &bed.city_id)?,
        provenance: &bed.provenance,
        shown: Some(stay.cost),
    })
}

/// Day tickets of one city, one line for all of its days.
fn ticket_charge<'a>(trip: &Trip<'a>, visit: &Visit<'a>) -> Option<Charge<'a>> {
    let city = visit.city?;
    let days = (0..trip.plan.days.len()).filter(|day_index| streets::needs_ticket(trip, visit, *day_index)).count();
    Some(Charge {
        category: CostCategory::LocalTransport,
        place: visit.place(),
        names: [&city.place.name, ""],
        quantity: trip.people().saturating_mul(i64::try_from(days).unwrap_or(i64::MAX)),
        unit_cents: city.transit_day_ticket_cents,
        currency: city.currency,
        provenance: &city.provenance,
        shown: None,
    })
}

/// The currency of a city's prices.
fn currency_of(trip: &Trip<'_>, city_id: &str) -> Option<Currency> {
    trip.facts.city(city_id).map(|city| city.currency)
}

/// The charge of a leg, a meal or a sight, if its fact is known: one for each person, or for each full car.
fn item_charge<'a>(trip: &Trip<'a>, stop: &Stop<'a>) -> Option<Charge<'a>> {
    let people = trip.people();
    let (category, name, quantity, unit_cents, currency, provenance) = match &stop.item.kind {
        ItemKind::Leg { leg_id, .. } => {
            let leg = trip.leg(leg_id)?;
            let seats = i64::from(leg.seats.max(1));
            let units = (people + seats - 1) / seats;
            (CostCategory::Transport, &leg.id, units, leg.price_cents, leg.currency, &leg.provenance)
        }
        ItemKind::Meal { meal_id, .. } => {
            let meal = trip.meal(meal_id)?;
            let currency = currency_of(trip, &meal.city_id)?;
            (CostCategory::Meals, &meal.name, people, meal.price_cents, currency, &meal.provenance)
        }
        ItemKind::Sight { sight_id } => {
            let sight = trip.sight(sight_id)?;
            let currency = currency_of(trip, &sight.city_id)?;
            (CostCategory::Sights, &sight.name, people, sight.price_cents, currency, &sight.provenance)
        }
        ItemKind::Transfer | ItemKind::CheckIn { .. } | ItemKind::CheckOut { .. } => return None,
    };
    Some(Charge {
        category,
        place: stop.place(),
        names: [&stop.item.title, name],
        quantity,
        unit_cents,
        currency,
        provenance,
        shown: Some(stop.item.cost),
    })
}
