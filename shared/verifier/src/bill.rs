//! The lines of the bill: what the plan must be charged for, computed from the facts, and matched with what it says.

use domain::{
    facts::Provenance,
    money::Money,
    plan::{CostCategory, CostLine, ItemKind},
};

use crate::{
    provenance,
    rule::{Report, Rule},
    stay, streets,
    trip::{Stop, Trip},
};

/// Something that costs money.
struct Charge<'a> {
    category: CostCategory,
    /// Where in the plan.
    place: String,
    /// The line's title should hold one of these; it only helps to match.
    names: [&'a str; 2],
    quantity: i64,
    /// In hundredths of the destination's currency.
    unit_cents: i64,
    provenance: &'a Provenance,
    /// What the item or the stay shows.
    shown: Option<Money>,
}

impl Charge<'_> {
    /// What costs nothing needs no line.
    fn is_free(&self) -> bool {
        self.quantity == 0 || self.unit_cents == 0
    }

    fn is_named_by(&self, line: &CostLine) -> bool {
        self.names.iter().any(|name| !name.is_empty() && line.title.contains(name))
    }

    fn is_priced_by(&self, line: &CostLine) -> bool {
        self.quantity == i64::from(line.quantity)
            && self.unit_cents == line.unit_local_cents
            && *self.provenance == line.provenance
    }
}

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let charges = charges(trip);
    for charge in &charges {
        let expected = cost_cents(trip, charge.quantity, charge.unit_cents);
        if let Some(shown) = charge.shown.filter(|shown| shown.amount_cents != expected) {
            let expected = Money::new(expected, trip.brief.budget.currency);
            report.add(Rule::ItemCost, &charge.place, expected.to_string(), shown.to_string());
        }
    }
    let (pairs, unpaid, unused) = pair(&charges, &trip.plan.costs.lines);
    for (charge, index, line) in pairs {
        check_pair(charge, &format!("cost line {}: {}", index + 1, line.title), line, report);
    }
    for charge in unpaid.into_iter().filter(|charge| !charge.is_free()) {
        let expected = format!("a line of {} times {} cents", charge.quantity, charge.unit_cents);
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
        let expected = cost_cents(trip, i64::from(line.quantity), line.unit_local_cents);
        if line.cost.amount_cents != expected {
            let place = format!("cost line {}: {}", index + 1, line.title);
            let expected = Money::new(expected, trip.brief.budget.currency);
            report.add(Rule::CostAmount, place, expected.to_string(), line.cost.to_string());
        }
    }
}

/// What `quantity` times `unit_cents` of the city's currency costs, in hundredths of the budget's. Saturates.
pub(crate) fn cost_cents(trip: &Trip<'_>, quantity: i64, unit_cents: i64) -> i64 {
    trip.facts.rate.convert_cents(quantity.saturating_mul(unit_cents))
}

/// What the plan costs by the facts, whatever its bill says.
pub(crate) fn total_cents(trip: &Trip<'_>) -> i128 {
    charges(trip).iter().map(|charge| i128::from(cost_cents(trip, charge.quantity, charge.unit_cents))).sum()
}

fn check_pair(charge: &Charge<'_>, place: &str, line: &CostLine, report: &mut Report) {
    let quantity = i64::from(line.quantity);
    report.equal(rule_of(charge.category, Rule::CostQuantity), place, charge.quantity, quantity);
    report.equal(Rule::CostUnit, place, charge.unit_cents, line.unit_local_cents);
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
    if let Some((stay, bed)) = trip.plan.stay.as_ref().zip(trip.bed) {
        charges.push(Charge {
            category: CostCategory::Lodging,
            place: format!("stay: {}", stay.name),
            names: [&bed.name, &stay.name],
            quantity: stay::rooms(trip, bed).saturating_mul(stay::nights(trip, stay).max(0)),
            unit_cents: bed.price_cents,
            provenance: &bed.provenance,
            shown: Some(stay.cost),
        });
    }
    let ticket_days = (0..trip.plan.days.len()).filter(|index| streets::needs_ticket(trip, *index)).count();
    let ticket_days = i64::try_from(ticket_days).unwrap_or(i64::MAX);
    charges.push(Charge {
        category: CostCategory::LocalTransport,
        place: "plan".to_owned(),
        names: ["", ""],
        quantity: trip.people().saturating_mul(ticket_days),
        unit_cents: trip.facts.city.transit_day_ticket_cents,
        provenance: &trip.facts.city.provenance,
        shown: None,
    });
    charges
}

/// The charge of a leg, a meal or a sight, if its fact is known. Each is paid once per person.
fn item_charge<'a>(trip: &Trip<'a>, stop: &Stop<'a>) -> Option<Charge<'a>> {
    let (category, name, unit_cents, provenance) = match &stop.item.kind {
        ItemKind::Leg { leg_id, .. } => {
            let leg = trip.leg(leg_id)?;
            (CostCategory::Transport, leg.id.as_str(), leg.price_cents, &leg.provenance)
        }
        ItemKind::Meal { meal_id, .. } => {
            let meal = trip.meal(meal_id)?;
            (CostCategory::Meals, meal.name.as_str(), meal.price_cents, &meal.provenance)
        }
        ItemKind::Sight { sight_id } => {
            let sight = trip.sight(sight_id)?;
            (CostCategory::Sights, sight.name.as_str(), sight.price_cents, &sight.provenance)
        }
        ItemKind::Transfer | ItemKind::CheckIn { .. } | ItemKind::CheckOut { .. } => return None,
    };
    Some(Charge {
        category,
        place: stop.place(),
        names: [stop.item.title.as_str(), name],
        quantity: trip.people(),
        unit_cents,
        provenance,
        shown: Some(stop.item.cost),
    })
}
