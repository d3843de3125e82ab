//! The budget of the whole trip: what was said, multiplied out, or an assumed one.

use domain::{
    brief::{Assumption, Place, Tier},
    money::{Currency, Money},
};

use super::{
    Inputs, Question, assumption,
    currencies::Denomination,
    money::{self, Amount},
    places::Route,
    text::Text,
};

/// What one person spends in a day on bed, meals, sights and getting about, in EUR cents, at a middle price level.
const DAY_CENTS: i64 = 18_000;
/// The same when the request says "cheap".
const DAY_CENTS_BUDGET: i64 = 11_000;
/// The same when the request says "luxury".
const DAY_CENTS_UPSCALE: i64 = 42_000;
/// The travel allowance, in EUR cents a kilometre: what an ordinary ticket costs.
const TRAVEL_CENTS_PER_KM: f64 = 12.0;
/// The least travel allowance of a person, there and back, in EUR cents.
const TRAVEL_CENTS_MIN: i64 = 8_000;
/// Assumed budgets are whole multiples of this, in cents of their currency.
const STEP_CENTS: i64 = 5_000;
const BUDGET_CENTS_MAX: i64 = 10_000_000_000;

/// What multiplies amounts per person and per day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) people: u32,
    pub(super) days: u32,
}

/// The budget as far as it was said, before the origin is known.
#[derive(Debug, Clone)]
pub(super) enum Stated {
    /// By a field: for everyone and everything.
    Whole(Money),
    /// By the text or an answer: may be for each person or day.
    Amount(Amount, Currency),
}

impl Stated {
    pub(super) const fn currency(&self) -> Currency {
        match self {
            Self::Whole(money) => money.currency,
            Self::Amount(_, currency) => *currency,
        }
    }
}

/// What fields, answers and the text say about the budget.
///
/// # Errors
/// The question, if the text names a currency that Portolan has no rate for, or an amount that cannot be spent.
pub(super) fn stated(
    inputs: &Inputs<'_>,
    read: Option<Amount>,
    route: &Route,
    assumptions: &mut Vec<Assumption>,
) -> Result<Option<Stated>, Question> {
    if let Some(money) = inputs.constraints.budget_money().filter(|_| inputs.answer("budget").is_none()) {
        return Ok(Some(Stated::Whole(money)));
    }
    let amount = match inputs.answer("budget") {
        Some(answer) => {
            let request = format!("budget {answer}");
            let amount = money::read(&mut Text::new(&request)).ok_or_else(|| question("").again(answer))?;
            if matches!(amount.denomination, Denomination::Unknown(_)) || amount.cents.is_none_or(|cents| cents <= 0) {
                return Err(question("").again(answer));
            }
            Some(amount)
        }
        None => read,
    };
    let Some(amount) = amount else { return Ok(None) };
    match (&amount.denomination, amount.cents) {
        (Denomination::Unknown(word), _) => Err(question(&format!("Portolan knows no currency \"{word}\". "))),
        (_, Some(..=0)) => Err(question("The budget in the request is not above zero. ")),
        (_, None) => Err(question("The budget in the request is beyond what a trip can cost. ")),
        _ => {
            let currency = currency(inputs, &amount, route, assumptions);
            Ok(Some(Stated::Amount(amount, currency)))
        }
    }
}

fn question(reason: &str) -> Question {
    let prompt =
        format!("{reason}What is the budget for the whole trip and everyone, with its currency, such as \"1800 EUR\"?");
    Question::new("budget", prompt, Vec::new())
}

fn currency(inputs: &Inputs<'_>, amount: &Amount, route: &Route, assumptions: &mut Vec<Assumption>) -> Currency {
    let origin = route.origin.as_ref().and_then(|origin| inputs.places.currency(&origin.id));
    let destination = inputs.places.currency(&route.first().id);
    let (currency, why) = match &amount.denomination {
        Denomination::Known(currency) => return *currency,
        Denomination::OneOf(codes) => {
            let of_place = |place: Option<Currency>| place.filter(|currency| codes.contains(&currency.code()));
            let first = codes[0].parse().expect("the lists hold codes of Currency::ALL");
            match of_place(origin).or_else(|| of_place(destination)) {
                Some(currency) if currency != first => {
                    (currency, "that is what its sign or name means at the places of the trip")
                }
                Some(currency) => return currency,
                None if codes[0] == "USD" || codes[0] == "JPY" => return first,
                None => (first, "its name is shared by several currencies"),
            }
        }
        Denomination::Unsaid | Denomination::Unknown(_) => match origin {
            Some(currency) => (currency, "the amount names no currency and that is the one of the origin"),
            None => (Currency::EUR, "the amount names no currency"),
        },
    };
    assumptions.push(assumption(
        "budget",
        format!(
            "The budget was read in {currency}, because {why}; write the code, such as \"1800 EUR\", to change it."
        ),
    ));
    currency
}

/// The whole trip's budget from an amount that was said.
///
/// # Errors
/// The question, if the product is beyond any budget.
pub(super) fn total(
    amount: &Amount,
    currency: Currency,
    size: Size,
    assumptions: &mut Vec<Assumption>,
) -> Result<Money, Question> {
    let people = if amount.per_person { i64::from(size.people) } else { 1 };
    let days = if amount.per_day { i64::from(size.days) } else { 1 };
    let one = amount.cents.unwrap_or(i64::MAX);
    let cents = one.saturating_mul(people).saturating_mul(days);
    if cents > BUDGET_CENTS_MAX {
        return Err(question("The budget in the request is beyond what a trip can cost. "));
    }
    let budget = Money::new(cents, currency);
    if amount.per_person || amount.per_day {
        let people = if amount.per_person { format!(" for {} people", size.people) } else { String::new() };
        let days = if amount.per_day { format!(" for {} days", size.days) } else { String::new() };
        assumptions.push(assumption(
            "budget",
            format!(
                "The budget of {} was multiplied{people}{days} to {budget}; give the amount for the whole trip and \
                 everyone to change it.",
                Money::new(one, currency)
            ),
        ));
    }
    if amount.is_range {
        assumptions.push(assumption(
            "budget",
            format!(
                "Of the range of amounts in the request, the upper end is the budget, {budget}; give one \
                 amount to change it."
            ),
        ));
    }
    Ok(budget)
}

/// The budget when none was said: so much a day and person, and the way there and back.
pub(super) fn assumed(
    inputs: &Inputs<'_>,
    origin: &Place,
    destination: &Place,
    size: Size,
    level: Option<Tier>,
    assumptions: &mut Vec<Assumption>,
) -> Money {
    let day_cents = match level {
        Some(Tier::Budget) => DAY_CENTS_BUDGET,
        Some(Tier::Upscale) => DAY_CENTS_UPSCALE,
        Some(Tier::Mid) | None => DAY_CENTS,
    };
    let km = inputs.places.distance_km(&origin.id, &destination.id).unwrap_or(0.0).clamp(0.0, 40_000.0);
    #[expect(clippy::cast_possible_truncation, reason = "half of the Earth's girth, in cents, is far below 2^63")]
    let travel_cents = ((km * 2.0 * TRAVEL_CENTS_PER_KM).ceil() as i64).max(TRAVEL_CENTS_MIN);
    let euro_cents = i64::from(size.people) * (day_cents * i64::from(size.days) + travel_cents);
    let currency = inputs.places.currency(&origin.id).unwrap_or(Currency::EUR);
    let cents = inputs.convert(euro_cents, Currency::EUR, currency);
    let budget = Money::new(
        cents
            .div_euclid(STEP_CENTS)
            .saturating_add(i64::from(cents % STEP_CENTS != 0))
            .saturating_mul(STEP_CENTS)
            .max(STEP_CENTS),
        currency,
    );
    assumptions.push(assumption(
        "budget",
        format!(
            "No budget was given, so {budget} was assumed: {} a day and {} for the way there and back, for each of {} \
             travelling; write an amount such as \"1800 EUR\" or set constraints.budget to change it.",
            Money::new(day_cents, Currency::EUR),
            Money::new(travel_cents, Currency::EUR),
            size.people
        ),
    ));
    budget
}
