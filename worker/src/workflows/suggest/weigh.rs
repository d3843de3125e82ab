//! From what happened to what is planned.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use domain::{
    brief::{Place, TransportMode},
    money::{Currency, Money},
    request::{ApprovalPolicy, BudgetRequest, Constraints, PlanRequest, TransportRequest},
    suggest::{BudgetSurplusContext, CalendarGapContext, Evidence, PriceDropContext, SuggestContext},
    watch::TripWish,
};
use graph::{Ctx, Next, StepError, StepResult};

use super::{State, Suggest, SuggestNode};
use crate::{
    agents::{Scout, Sighting},
    providers::Places,
    workflows::travel::{self, Services, TravelNode},
};

/// Nights of a trip after a price drop whose way back nobody named.
const NIGHTS_DEFAULT: u64 = 3;
/// Days of a trip in a longer gap, unless its wish says more.
const GAP_DAYS_DEFAULT: i64 = 7;
const SURPLUS_DAYS_DEFAULT: u32 = 3;
/// From when on a trip for left money may start.
const SURPLUS_LEAD_DAYS: u64 = 14;

/// What is to be planned, before it is known where to.
struct Idea {
    origin: Option<Place>,
    destination: Option<Place>,
    start: NaiveDate,
    end: NaiveDate,
    travellers: u32,
    budget: Option<BudgetRequest>,
    wishes: Option<String>,
    /// Only flights: the reason is about them.
    by_air: bool,
}

pub(super) async fn weigh(state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Suggest> {
    let places = ctx.services().providers.places.as_ref();
    let mut idea = idea(state, places)?;
    let currency = currency(&state.context, &idea, places);
    let found = match &idea.origin {
        Some(origin) if idea.by_air || idea.destination.is_none() => {
            let scout = Scout {
                origin,
                destination: idea.destination.as_ref(),
                depart: idea.start,
                return_date: idea.end,
                people: idea.travellers,
                currency,
                now: state.now,
            };
            ctx.run(&scout).await?
        }
        _ => Vec::new(),
    };
    let flights = found.first();
    state.reason = format!("{}{}", told(&state.context), chosen(&idea, flights));
    if let Some(flights) = flights {
        state.prove(sighted(state, &idea, flights, found.len()));
    }
    if idea.destination.is_none() {
        idea.destination = flights.map(|flights| flights.place.clone());
    }
    let request = request(state, &idea)?;
    state.trip = Some(travel::State::new(request, state.now));
    Ok(Next::Go(SuggestNode::Plan(TravelNode::Understand)))
}

fn idea(state: &State, places: &dyn Places) -> Result<Idea, StepError> {
    let today = state.now.date_naive();
    match &state.context {
        SuggestContext::PriceDrop(context) => Ok(after_price_drop(context, places)),
        SuggestContext::CalendarGap(context) => in_gap(context, today, places),
        SuggestContext::BudgetSurplus(context) => Ok(for_left_money(context, today, places)),
    }
}

fn after_price_drop(context: &PriceDropContext, places: &dyn Places) -> Idea {
    Idea {
        origin: places.find(&context.origin),
        destination: places.find(&context.destination),
        start: context.depart,
        end: context.return_date.unwrap_or(context.depart + Days::new(NIGHTS_DEFAULT)),
        travellers: context.travellers.unwrap_or(1),
        budget: context.budget.clone(),
        wishes: context.wishes.clone(),
        by_air: true,
    }
}

fn in_gap(context: &CalendarGapContext, today: NaiveDate, places: &dyn Places) -> Result<Idea, StepError> {
    let wish = context.trip.clone().unwrap_or_default();
    let start = context.from.max(today + Days::new(1));
    let free = (context.until - start).num_days() + 1;
    if free < 1 {
        let cause = format!("The free days end on {}, which is over", context.until);
        return Err(StepError::fatal("infeasible", cause, "Wait for the next free days"));
    }
    let days = wish.days.map_or(GAP_DAYS_DEFAULT, i64::from).min(free);
    let end = start + chrono::Duration::days(days - 1);
    let budget = wish.budget.clone();
    Ok(Idea { budget, ..wished(wish, start, end, places) })
}

fn for_left_money(context: &BudgetSurplusContext, today: NaiveDate, places: &dyn Places) -> Idea {
    let wish = context.trip.clone().unwrap_or_default();
    let start = context.start_date.unwrap_or_else(|| {
        let first = today + Days::new(SURPLUS_LEAD_DAYS);
        first.iter_days().take(7).find(|day| day.weekday() == Weekday::Fri).unwrap_or(first)
    });
    let days = wish.days.unwrap_or(SURPLUS_DAYS_DEFAULT);
    let end = start + Days::new(u64::from(days.saturating_sub(1)));
    let is_smaller =
        |budget: &&BudgetRequest| budget.currency == context.left.currency && budget.amount < context.left.amount;
    let budget = wish.budget.as_ref().filter(is_smaller).unwrap_or(&context.left).clone();
    Idea { budget: Some(budget), ..wished(wish, start, end, places) }
}

fn wished(wish: TripWish, start: NaiveDate, end: NaiveDate, places: &dyn Places) -> Idea {
    let city = |name: Option<String>| name.and_then(|name| places.find(&name));
    Idea {
        origin: city(wish.origin),
        destination: city(wish.destination),
        start,
        end,
        travellers: wish.travellers.unwrap_or(1),
        budget: None,
        wishes: wish.wishes,
        by_air: false,
    }
}

/// In which flights are compared.
fn currency(context: &SuggestContext, idea: &Idea, places: &dyn Places) -> Currency {
    let named = match context {
        SuggestContext::PriceDrop(context) => context.price.currency.parse().ok(),
        SuggestContext::CalendarGap(_) | SuggestContext::BudgetSurplus(_) => {
            idea.budget.as_ref().and_then(|budget| budget.currency.parse().ok())
        }
    };
    let at_home = || idea.origin.as_ref().and_then(|origin| places.currency(&origin.id));
    named.or_else(at_home).unwrap_or(Currency::EUR)
}

/// What happened, in one sentence.
pub(crate) fn told(context: &SuggestContext) -> String {
    match context {
        SuggestContext::PriceDrop(context) => {
            let PriceDropContext { origin, destination, .. } = context;
            let back = context.return_date.map(|day| format!(", back on {}", spoken(day))).unwrap_or_default();
            let drop = context.reference.filter(|reference| *reference > context.price.amount).map(|reference| {
                let percent = ((reference - context.price.amount) / reference * 100.0).round();
                let before = money(&BudgetRequest { amount: reference, ..context.price.clone() });
                format!(", {percent} percent less than {before} before")
            });
            let (day, price) = (spoken(context.depart), money(&context.price));
            let drop = drop.unwrap_or_default();
            format!("Flights from {origin} to {destination} on {day}{back} cost {price}{drop}.")
        }
        SuggestContext::CalendarGap(context) => {
            let days = (context.until - context.from).num_days() + 1;
            format!("{days} days are free from {} to {}.", spoken(context.from), spoken(context.until))
        }
        SuggestContext::BudgetSurplus(context) => {
            let until = context.period_end.map(|day| format!(" until {}", spoken(day))).unwrap_or_default();
            format!("{} is left{until}.", money(&context.left))
        }
    }
}

/// Why this destination, where nobody named one.
fn chosen(idea: &Idea, flights: Option<&Sighting>) -> String {
    match flights.filter(|_| idea.destination.is_none()) {
        Some(flights) => format!(" {} is the cheapest city to fly to: {}.", flights.place.name, flights.price),
        None => String::new(),
    }
}

fn sighted(state: &State, idea: &Idea, flights: &Sighting, count: usize) -> Evidence {
    let among = if count > 1 { format!(", the cheapest of {count} cities") } else { String::new() };
    let origin = idea.origin.as_ref().map_or("home", |origin| origin.name.as_str());
    Evidence {
        text: format!(
            "Flights from {origin} to {} on {}, back on {}, for {} cost {}{among}",
            flights.place.name,
            spoken(idea.start),
            spoken(idea.end),
            if idea.travellers == 1 { "one".to_owned() } else { idea.travellers.to_string() },
            flights.price,
        ),
        source: flights.source.clone(),
        observed_at: state.now,
        simulated: flights.is_simulated,
    }
}

fn request(state: &State, idea: &Idea) -> Result<PlanRequest, StepError> {
    let destination = idea.destination.as_ref().ok_or_else(|| {
        let cause = "There is nowhere to fly to on these days";
        StepError::fatal("infeasible", cause, "Name a destination, or other days")
    })?;
    let wishes = idea.wishes.as_deref().map(|wishes| format!(", {wishes}")).unwrap_or_default();
    let avoid = vec![TransportMode::Train, TransportMode::Bus, TransportMode::Car, TransportMode::Taxi];
    let constraints = Constraints {
        origin: idea.origin.as_ref().map(|origin| origin.name.clone()),
        destination: Some(destination.name.clone()),
        start_date: Some(idea.start),
        end_date: Some(idea.end),
        travellers: Some(idea.travellers),
        budget: idea.budget.clone(),
        transport: idea.by_air.then_some(TransportRequest { avoid: Some(avoid) }),
        ..Constraints::default()
    };
    Ok(PlanRequest {
        user_id: state.user_id.clone(),
        query: format!("A trip to {}{wishes}", destination.name),
        constraints: Some(constraints),
        approval: Some(ApprovalPolicy::Always),
        approval_timeout_s: None,
        on_timeout: None,
        deadline_s: None,
        workflow: None,
        probe: None,
    })
}

fn spoken(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// As people read it.
fn money(amount: &BudgetRequest) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "at most 1e10 by check()")]
    let cents = (amount.amount * 100.0).round() as i64;
    amount
        .currency
        .parse()
        .map_or_else(|_| amount.amount.to_string(), |currency| Money::new(cents, currency).to_string())
}
