//! The bill: one line for each thing that is paid, converted and rounded once.

use domain::{
    brief::Brief,
    facts::{Facts, LegOption, Provenance},
    money::{Currency, ExchangeRate, Money},
    plan::{CategoryCost, CostCategory, CostLine, Costs, Day, ItemKind, Stay},
    rules,
};

use super::{
    itinerary::{Visited, hops, money},
    wording,
};

pub(super) fn costs(brief: &Brief, facts: &Facts, visited: &[Visited], stays: &[Stay], days: &[Day]) -> Costs {
    let currency = brief.budget.currency;
    let lines = Desk { brief, facts }.lines(visited, stays, days);
    let sum = |lines: &mut dyn Iterator<Item = &CostLine>| lines.map(|line| line.cost.amount_cents).sum::<i64>();
    let by_category = CostCategory::ALL.iter().filter_map(|&category| {
        let mut of_category = lines.iter().filter(|line| line.category == category).peekable();
        of_category.peek()?;
        Some(CategoryCost { category, cost: Money::new(sum(&mut of_category), currency) })
    });
    let by_category = by_category.collect();
    let total = sum(&mut lines.iter());
    Costs {
        by_category,
        total: Money::new(total, currency),
        budget: brief.budget,
        left: Money::new(brief.budget.amount_cents - total, currency),
        rates: rates(facts, &lines),
        lines,
    }
}

fn rates(facts: &Facts, lines: &[CostLine]) -> Vec<ExchangeRate> {
    let mut rates: Vec<ExchangeRate> = Vec::new();
    for line in lines {
        if !rates.iter().any(|rate| rate.from == line.local_currency) {
            rates.extend(facts.rate(line.local_currency).cloned());
        }
    }
    rates
}

/// What a line is for: its title, how many, and the price of one.
struct Charge<'a> {
    category: CostCategory,
    title: String,
    quantity: u32,
    unit_cents: i64,
    currency: Currency,
    provenance: &'a Provenance,
}

struct Desk<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
}

impl<'a> Desk<'a> {
    fn lines(&self, visited: &[Visited<'a>], stays: &[Stay], days: &[Day]) -> Vec<CostLine> {
        let ways = visited.iter().map(|city| city.leg_in).chain(visited.last().map(|city| city.leg_out));
        let legs = ways.map(|leg| self.leg(leg));
        let beds = stays.iter().filter_map(|stay| self.bed(stay));
        let items: Vec<&ItemKind> = days.iter().flat_map(|day| &day.items).map(|item| &item.kind).collect();
        let meals = items.iter().filter_map(|kind| self.meal(kind));
        let sights = items.iter().filter_map(|kind| self.sight(kind));
        let tickets = visited.iter().filter_map(|city| self.tickets(city, days, visited.len() > 1));
        legs.chain(beds).chain(meals).chain(sights).chain(tickets).map(|charge| self.line(charge)).collect()
    }

    fn line(&self, charge: Charge) -> CostLine {
        CostLine {
            cost: money(self.brief, self.facts, charge.currency, charge.quantity, charge.unit_cents),
            category: charge.category,
            title: charge.title,
            quantity: charge.quantity,
            unit_local_cents: charge.unit_cents,
            local_currency: charge.currency,
            provenance: charge.provenance.clone(),
        }
    }

    fn leg(&self, leg: &'a LegOption) -> Charge<'a> {
        Charge {
            category: CostCategory::Transport,
            title: format!("{}, {} to {}", wording::capital(leg.mode.word()), leg.from.name, leg.to.name),
            quantity: leg.units_for(self.people()),
            unit_cents: leg.price_cents,
            currency: leg.currency,
            provenance: &leg.provenance,
        }
    }

    fn bed(&self, stay: &Stay) -> Option<Charge<'a>> {
        let bed = self.facts.lodgings.iter().find(|bed| bed.id == stay.lodging_id)?;
        Some(Charge {
            category: CostCategory::Lodging,
            title: format!("{}, {}", bed.name, wording::counted(stay.nights, "night")),
            quantity: stay.rooms * stay.nights,
            unit_cents: bed.price_cents,
            currency: self.currency(&bed.city_id)?,
            provenance: &bed.provenance,
        })
    }

    fn meal(&self, kind: &ItemKind) -> Option<Charge<'a>> {
        let ItemKind::Meal { meal_id, meal } = kind else { return None };
        let option = self.facts.meals.iter().find(|option| option.id == *meal_id)?;
        Some(Charge {
            category: CostCategory::Meals,
            title: format!("{} at {}", wording::capital(meal.word()), option.name),
            quantity: self.people(),
            unit_cents: option.price_cents,
            currency: self.currency(&option.city_id)?,
            provenance: &option.provenance,
        })
    }

    fn sight(&self, kind: &ItemKind) -> Option<Charge<'a>> {
        let ItemKind::Sight { sight_id } = kind else { return None };
        let sight = self.facts.sights.iter().find(|sight| sight.id == *sight_id && sight.price_cents > 0)?;
        Some(Charge {
            category: CostCategory::Sights,
            title: sight.name.clone(),
            quantity: self.people(),
            unit_cents: sight.price_cents,
            currency: self.currency(&sight.city_id)?,
            provenance: &sight.provenance,
        })
    }

    /// Day tickets for the days with a way that is too far to walk.
    fn tickets(&self, visited: &Visited<'a>, days: &[Day], is_one_of_many: bool) -> Option<Charge<'a>> {
        let is_far = |day: &&Day| hops(day, visited).any(|(from, to)| rules::street_km(from, to) > rules::WALK_KM_MAX);
        let count = u32::try_from(days.iter().filter(is_far).count()).expect("at most 60 days");
        let city = visited.city;
        let place = if is_one_of_many { format!(" in {}", city.place.name) } else { String::new() };
        (count > 0).then(|| Charge {
            category: CostCategory::LocalTransport,
            title: format!("Day tickets{place} for {}", wording::counted(count, "day")),
            quantity: self.people() * count,
            unit_cents: city.transit_day_ticket_cents,
            currency: city.currency,
            provenance: &city.provenance,
        })
    }

    fn currency(&self, city_id: &str) -> Option<Currency> {
        self.facts.city(city_id).map(|city| city.currency)
    }

    fn people(&self) -> u32 {
        self.brief.travellers.count()
    }
}
