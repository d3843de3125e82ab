//! The bill: one line for each thing that is paid, converted and rounded once.

use domain::{
    brief::Brief,
    facts::{Direction, Facts, LegOption, LodgingOption, Provenance},
    money::Money,
    plan::{CategoryCost, CostCategory, CostLine, Costs, Day, ItemKind, Stay},
    rules,
};

use super::{itinerary::hops, problem::WALK_KM_MAX, wording};

/// What was chosen.
pub(super) struct Bought<'a> {
    /// There and back.
    pub(super) legs: [&'a LegOption; 2],
    pub(super) bed: Option<&'a LodgingOption>,
    pub(super) stay: Option<&'a Stay>,
    pub(super) days: &'a [Day],
}

pub(super) fn costs(brief: &Brief, facts: &Facts, bought: &Bought) -> Costs {
    let currency = brief.budget.currency;
    let lines = Desk { brief, facts }.lines(bought);
    let sum = |lines: &mut dyn Iterator<Item = &CostLine>| lines.map(|line| line.cost.amount_cents).sum::<i64>();
    let by_category = CostCategory::ALL.iter().filter_map(|&category| {
        let mut of_category = lines.iter().filter(|line| line.category == category).peekable();
        of_category.peek()?;
        Some(CategoryCost { category, cost: Money::new(sum(&mut of_category), currency) })
    });
    let by_category = by_category.collect();
    let total = sum(&mut lines.iter());
    Costs {
        lines,
        by_category,
        total: Money::new(total, currency),
        budget: brief.budget,
        left: Money::new(brief.budget.amount_cents - total, currency),
        local_currency: facts.city.currency,
        rate: facts.rate.clone(),
    }
}

struct Desk<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
}

impl Desk<'_> {
    fn lines(&self, bought: &Bought) -> Vec<CostLine> {
        let legs = bought.legs.iter().map(|leg| self.leg(leg));
        let stay = bought.bed.zip(bought.stay).map(|(bed, stay)| {
            let title = format!("{}, {}", bed.name, wording::counted(stay.nights, "night"));
            let quantity = stay.rooms * stay.nights;
            self.line(CostCategory::Lodging, title, quantity, bed.price_cents, &bed.provenance)
        });
        let items: Vec<&ItemKind> = bought.days.iter().flat_map(|day| &day.items).map(|item| &item.kind).collect();
        let meals = items.iter().filter_map(|kind| self.meal(kind));
        let sights = items.iter().filter_map(|kind| self.sight(kind));
        legs.chain(stay).chain(meals).chain(sights).chain(self.tickets(bought)).collect()
    }

    fn line(
        &self,
        category: CostCategory,
        title: String,
        quantity: u32,
        unit_local_cents: i64,
        provenance: &Provenance,
    ) -> CostLine {
        let cents = self.facts.rate.convert_cents(i64::from(quantity) * unit_local_cents);
        let cost = Money::new(cents, self.brief.budget.currency);
        CostLine { category, title, quantity, unit_local_cents, cost, provenance: provenance.clone() }
    }

    fn leg(&self, leg: &LegOption) -> CostLine {
        let way = match leg.direction {
            Direction::Outbound => "there",
            Direction::Return => "back",
        };
        let title = format!("{} {way}, {} to {}", wording::capital(leg.mode.word()), leg.from, leg.to);
        self.line(CostCategory::Transport, title, self.people(), leg.price_cents, &leg.provenance)
    }

    fn meal(&self, kind: &ItemKind) -> Option<CostLine> {
        let ItemKind::Meal { meal_id, meal } = kind else { return None };
        let option = self.facts.meals.iter().find(|option| option.id == *meal_id)?;
        let title = format!("{} at {}", wording::capital(meal.word()), option.name);
        Some(self.line(CostCategory::Meals, title, self.people(), option.price_cents, &option.provenance))
    }

    fn sight(&self, kind: &ItemKind) -> Option<CostLine> {
        let ItemKind::Sight { sight_id } = kind else { return None };
        let sight = self.facts.sights.iter().find(|sight| sight.id == *sight_id)?;
        let line =
            self.line(CostCategory::Sights, sight.name.clone(), self.people(), sight.price_cents, &sight.provenance);
        (sight.price_cents > 0).then_some(line)
    }

    /// Day tickets for the days with a way that is too far to walk.
    fn tickets(&self, bought: &Bought) -> Option<CostLine> {
        let is_far = |day: &&Day| hops(day, bought.bed).any(|(from, to)| rules::street_km(from, to) > WALK_KM_MAX);
        let days = u32::try_from(bought.days.iter().filter(is_far).count()).expect("at most 60 days");
        let title = format!("Day tickets for {}", wording::counted(days, "day"));
        let city = &self.facts.city;
        let unit = city.transit_day_ticket_cents;
        let line = self.line(CostCategory::LocalTransport, title, self.people() * days, unit, &city.provenance);
        (days > 0).then_some(line)
    }

    fn people(&self) -> u32 {
        self.brief.travellers.count()
    }
}
