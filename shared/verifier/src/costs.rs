//! The sums of the bill, its currency and its rates, and whether the budget is kept.

use std::collections::BTreeSet;

use domain::{
    money::{Currency, ExchangeRate, Money},
    plan::{CostCategory, ItemKind},
};

use crate::{
    bill,
    rule::{Report, Rule},
    stay::place_of,
    trip::Trip,
};

const COSTS: &str = "costs";

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_rates(trip, report);
    check_currencies(trip, report);
    check_free_items(trip, report);
    check_categories(trip, report);
    let (brief, costs) = (trip.brief, &trip.plan.costs);
    let billed: i128 = costs.lines.iter().map(|line| i128::from(line.cost.amount_cents)).sum();
    report.equal(Rule::Total, COSTS, billed, i128::from(costs.total.amount_cents));
    report.equal(Rule::Left, COSTS, brief.budget, costs.budget);
    let budget = i128::from(brief.budget.amount_cents);
    report.equal(Rule::Left, COSTS, budget - billed, i128::from(costs.left.amount_cents));
    // A line that is missing does not make the trip cheaper.
    let spent = billed.max(bill::total_cents(trip));
    if spent > budget {
        report.add(Rule::OverBudget, COSTS, format!("at most {}", brief.budget), format!("{spent} cents"));
    }
}

/// What is paid needs a rate in the facts, and the bill names those of its lines, each once, and no others.
fn check_rates(trip: &Trip<'_>, report: &mut Report) {
    let (facts, costs) = (trip.facts, &trip.plan.costs);
    let billed: BTreeSet<Currency> = costs.lines.iter().map(|line| line.local_currency).collect();
    for currency in billed.union(&bill::currencies(trip)) {
        match facts.rate(*currency) {
            Some(rate) => report.equal(Rule::Rate, "facts", trip.brief.budget.currency, rate.to),
            None => report.add(Rule::Rate, "facts", format!("a rate from {currency}"), "none"),
        }
    }
    for currency in &billed {
        let told: Vec<&ExchangeRate> = costs.rates.iter().filter(|rate| rate.from == *currency).collect();
        let known: Vec<&ExchangeRate> = facts.rate(*currency).into_iter().collect();
        if told != known {
            report.add(Rule::Rate, COSTS, format!("{known:?}"), format!("{told:?}"));
        }
    }
    for rate in costs.rates.iter().filter(|rate| !billed.contains(&rate.from)) {
        report.add(Rule::Rate, COSTS, "no rate that no line uses", format!("{rate:?}"));
    }
}

fn check_currencies(trip: &Trip<'_>, report: &mut Report) {
    let costs = &trip.plan.costs;
    let mut check = |place: String, money: Money| {
        report.equal(Rule::Currency, &place, trip.brief.budget.currency, money.currency);
    };
    for stop in &trip.stops {
        check(stop.place(), stop.item.cost);
    }
    for stay in &trip.plan.stays {
        check(place_of(stay), stay.cost);
    }
    for (index, line) in costs.lines.iter().enumerate() {
        check(format!("cost line {}: {}", index + 1, line.title), line.cost);
    }
    for sum in &costs.by_category {
        check(format!("costs of {}", sum.category), sum.cost);
    }
    check("costs: total".to_owned(), costs.total);
    check("costs: left".to_owned(), costs.left);
}

/// Transfers are part of their legs, and the bed is paid as the stay.
fn check_free_items(trip: &Trip<'_>, report: &mut Report) {
    for stop in &trip.stops {
        let is_free =
            matches!(stop.item.kind, ItemKind::Transfer | ItemKind::CheckIn { .. } | ItemKind::CheckOut { .. });
        if is_free && stop.item.cost.amount_cents != 0 {
            report.add(Rule::ItemCost, stop.place(), "no cost", stop.item.cost.to_string());
        }
    }
}

/// Each category once; one that costs nothing may be left out.
fn check_categories(trip: &Trip<'_>, report: &mut Report) {
    let costs = &trip.plan.costs;
    for category in CostCategory::ALL {
        let lines = costs.lines.iter().filter(|line| line.category == *category);
        let expected: i128 = lines.map(|line| i128::from(line.cost.amount_cents)).sum();
        let sums: Vec<i64> =
            costs.by_category.iter().filter(|sum| sum.category == *category).map(|sum| sum.cost.amount_cents).collect();
        let is_right = match sums.as_slice() {
            [] => expected == 0,
            [sum] => i128::from(*sum) == expected,
            _ => false,
        };
        if !is_right {
            let place = format!("costs of {category}");
            report.add(Rule::CategorySum, place, format!("{expected} cents"), format!("{sums:?}"));
        }
    }
}
