//! Reads a request in plain English into a typed brief, by rules.
//!
//! Pure: no I/O, no clock (today is an input), no model. Every rule reads words of the text and marks them, so that
//! later rules do not read them again and the words that none read are listed. What was not said is assumed and
//! listed; what cannot be assumed (an unknown place, a contradiction) is asked. Fields of the request win over its
//! text, and a person's answers win over both. Start reading at [`read`]; every module below it is one concept.

mod asking;
mod budget;
mod calendar;
mod cities;
mod currencies;
mod dates;
mod destinations;
mod eating;
mod fields;
mod houses;
mod indifference;
mod lengths;
mod lexicon;
mod money;
mod names;
mod negations;
mod numbers;
mod party;
mod people;
mod periods;
mod places;
mod preferences;
mod roles;
mod said;
mod schedule;
mod sights;
mod text;
mod tokens;
mod unknown;
mod unread;
mod wishes;

use chrono::NaiveDate;
use domain::{
    brief::{Assumption, Brief, Place},
    money::{Currency, ExchangeRate},
    request::{Constraints, PlanRequest},
};
use serde::{Deserialize, Serialize};

use crate::providers::{Places, SightName};

use self::{
    budget::{Size, Stated},
    currencies::Denomination,
    dates::Style,
    money::Amount,
    periods::Hemisphere,
    places::Route,
    preferences::Preferences,
    schedule::{Customs, Times},
    text::Text,
};

/// What came of reading a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Everything is said or assumed.
    Brief(Box<Brief>),
    /// Something cannot be assumed; read again with its answer.
    Question(Question),
}

/// What has to be asked. One at a time: the answer to one may settle the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `destination`, `origin`, `dates`, `days`, `travellers`, `budget` or `must_see`.
    pub field: String,
    /// What is asked and why, for people.
    pub prompt: String,
    /// Answers that may be picked; any other text is an answer too.
    pub options: Vec<String>,
}

/// A person's earlier answer to a question. The last one about a field counts, and wins over the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question's field.
    pub field: String,
    pub text: String,
}

impl Question {
    fn new(field: &str, prompt: String, options: Vec<String>) -> Self {
        Self { field: field.to_owned(), prompt, options }
    }

    /// The same question, after an answer that could not be read.
    fn again(mut self, answer: &str) -> Self {
        const ANSWER_CHARS_MAX: usize = 80;
        let answer: String = answer.trim().chars().take(ANSWER_CHARS_MAX).collect();
        self.prompt = format!("The answer \"{answer}\" could not be used. {}", self.prompt);
        self
    }
}

/// Everything that reading draws on but the text itself.
struct Inputs<'a> {
    constraints: Constraints,
    answers: &'a [Answer],
    today: NaiveDate,
    places: &'a dyn Places,
    rates: &'a dyn Fn(Currency, Currency) -> ExchangeRate,
}

impl Inputs<'_> {
    /// The last answer about `field`.
    fn answer(&self, field: &str) -> Option<&str> {
        self.answers.iter().rev().find(|answer| answer.field == field).map(|answer| answer.text.as_str())
    }

    /// Whether a field of the request or an answer decides on `field` of the brief, whatever the text says.
    fn gives(&self, field: &str) -> bool {
        let given = &self.constraints;
        let is_answered = match field {
            "start_date" => self.answer("dates").is_some(),
            "end_date" => self.answer("dates").is_some() || self.answer("days").is_some(),
            other => self.answer(other).is_some() && other != "must_see",
        };
        is_answered
            || match field {
                "origin" => given.origin.is_some(),
                "destination" => given.destination.is_some() || given.destinations.is_some(),
                "start_date" => given.start_date.is_some(),
                "end_date" => given.end_date.is_some() || given.days.is_some(),
                "travellers" => given.travellers.is_some(),
                "budget" => given.budget_money().is_some(),
                "interests" => given.interests.is_some(),
                "cuisines" => given.interests.is_some() || given.cuisines.is_some(),
                "diet" => given.diet.is_some(),
                "pace" => given.pace.is_some(),
                "avoid_transport" => given.transport.as_ref().is_some_and(|transport| transport.avoid.is_some()),
                _ => false,
            }
    }

    fn convert(&self, amount_cents: i64, from: Currency, to: Currency) -> i64 {
        if from == to { amount_cents } else { (self.rates)(from, to).convert_cents(amount_cents) }
    }
}

fn assumption(field: &str, text: impl Into<String>) -> Assumption {
    Assumption { field: field.to_owned(), text: text.into() }
}

/// Reads `request` as of `today`, the traveller's present day. `rates` is asked for the rate from the first currency
/// to the second. Takes time in proportion to the text's length, and never fails: what cannot be read is asked or
/// listed.
#[must_use]
pub fn read(
    request: &PlanRequest,
    answers: &[Answer],
    today: NaiveDate,
    places: &dyn Places,
    rates: &dyn Fn(Currency, Currency) -> ExchangeRate,
) -> Reading {
    let constraints = request.constraints.clone().unwrap_or_default();
    let inputs = Inputs { constraints, answers, today, places, rates };
    match brief(&inputs, &request.query) {
        Ok(brief) => Reading::Brief(Box::new(brief)),
        Err(question) => Reading::Question(question),
    }
}

fn brief(inputs: &Inputs<'_>, query: &str) -> Result<Brief, Question> {
    let mut text = Text::new(query);
    let mut assumptions = Vec::new();
    let tokens = tokens::tokens(&text);
    let mut route = places::read(inputs, &mut text)?;
    let cities: Vec<Place> = route.target.destination.places().cloned().collect();
    let sights: Vec<SightName> = cities.iter().flat_map(|city| inputs.places.sights(&city.id)).collect();
    let index = sights::Index::new(&sights, cities.iter().map(|city| city.name.as_str()));
    let named = index.read(&mut text, &tokens);
    let amount = money::read(&mut text);
    let customs = customs(inputs, &route, amount.as_ref());
    let times = Times::read(&mut text, inputs.today, customs, route.target.nights);
    let (start_date, end_date) =
        schedule::decide(inputs, &times, customs, route.target.destination.count, &mut assumptions)?;
    indifference::read(&mut text);
    let allows = houses::read(&mut text);
    let travellers = people::read(inputs, &mut text, &mut assumptions)?;
    let mut wishes = wishes::read(&mut text, &tokens);
    wishes.lodging.allows = allows;
    for name in sights::unknown_names(&text) {
        text.refuse(name);
    }
    let has_amount =
        amount.is_some() || inputs.constraints.budget_money().is_some() || inputs.answer("budget").is_some();
    let mut preferences = Preferences::of(inputs, &index, named, wishes, travellers, has_amount)?;

    let days = u32::try_from((end_date - start_date).num_days() + 1).unwrap_or(1);
    route.target.require_cities_of(inputs, &preferences.must_see);
    let size = Size { people: travellers.count(), days };
    let stated = budget::stated(inputs, amount, &route, &mut assumptions)?;
    let origin = match &route.origin {
        Some(origin) => origin.clone(),
        None => assumed_origin(inputs, &cities, stated.as_ref().map(Stated::currency), &mut assumptions)?,
    };
    let budget = match stated {
        Some(Stated::Whole(money)) => money,
        Some(Stated::Amount(amount, currency)) => budget::total(&amount, currency, size, &mut assumptions)?,
        None => budget::assumed(inputs, &origin, route.first(), size, preferences.level, &mut assumptions),
    };
    let destination = route.target.settle(days.saturating_sub(1), &mut assumptions)?;
    assumptions.append(&mut preferences.assumptions);
    let mut unread = unread::phrases(&text);
    unread.append(&mut preferences.unread);
    let mut sources = text.sources();
    sources.retain(|source| !inputs.gives(&source.field));
    Ok(Brief {
        query: query.to_owned(),
        origin,
        destination,
        start_date,
        end_date,
        travellers,
        budget,
        interests: preferences.interests,
        cuisines: preferences.cuisines,
        meals_repeat: preferences.meals_repeat,
        diet: preferences.diet,
        pace: preferences.pace,
        lodging: preferences.lodging,
        avoid_transport: preferences.avoid_transport,
        must_see: preferences.must_see,
        avoid_sights: preferences.avoid_sights,
        avoid_interests: preferences.avoid_interests,
        assumptions,
        sources,
        unread,
    })
}

/// How the person writes `5/12`, told by the currency and the origin, and which season July is at the destination.
fn customs(inputs: &Inputs<'_>, route: &Route, amount: Option<&Amount>) -> Customs {
    const SOUTHERN: [&str; 14] = [
        "Australia/",
        "Pacific/Auckland",
        "Africa/Johannesburg",
        "America/Argentina",
        "America/Buenos_Aires",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/Montevideo",
        "America/Lima",
        "America/La_Paz",
        "Africa/Harare",
        "Africa/Maputo",
        "Asia/Jakarta",
        "Indian/Mauritius",
    ];
    let zone = inputs.places.time_zone(&route.first().id).map_or("", |zone| zone.name());
    let is_southern = SOUTHERN.iter().any(|prefix| zone.starts_with(prefix));
    let of_budget = inputs.constraints.budget_money().map(|money| money.currency);
    let of_text = amount.and_then(|amount| match &amount.denomination {
        Denomination::Known(currency) => Some(*currency),
        Denomination::OneOf(codes) => codes[0].parse().ok(),
        Denomination::Unsaid | Denomination::Unknown(_) => None,
    });
    let of_origin = route.origin.as_ref().and_then(|origin| inputs.places.currency(&origin.id));
    let style = of_origin
        .or(of_budget)
        .or(of_text)
        .map(|currency| if currency == Currency::USD { Style::MonthFirst } else { Style::DayFirst });
    let hemisphere = if is_southern { Hemisphere::South } else { Hemisphere::North };
    Customs { style, hemisphere }
}

/// Cities that trips with a budget in a currency start from when nothing says where.
const ORIGINS: &[(&str, &[&str])] = &[
    ("EUR", &["Frankfurt", "Munich"]),
    ("GBP", &["London", "Manchester"]),
    ("USD", &["New York", "Chicago"]),
    ("JPY", &["Tokyo", "Osaka"]),
    ("CHF", &["Zurich", "Geneva"]),
    ("AUD", &["Sydney", "Melbourne"]),
    ("CAD", &["Toronto", "Montreal"]),
    ("SGD", &["Singapore", "Kuala Lumpur"]),
];

fn assumed_origin(
    inputs: &Inputs<'_>,
    cities: &[Place],
    currency: Option<Currency>,
    assumptions: &mut Vec<Assumption>,
) -> Result<Place, Question> {
    let listed = currency.and_then(|currency| ORIGINS.iter().find(|(code, _)| *code == currency.code()));
    let (_, names) = listed.unwrap_or(&ORIGINS[0]);
    let found = names.iter().filter_map(|name| inputs.places.find(name)).find(|place| !cities.contains(place));
    let origin =
        found.ok_or_else(|| Question::new("origin", "Which city do you leave from?".to_owned(), Vec::new()))?;
    let why = match (listed, currency) {
        (Some(_), Some(currency)) => format!(", as for other budgets in {currency}"),
        _ => String::new(),
    };
    assumptions.push(assumption(
        "origin",
        format!(
            "No origin was given, so {} was assumed{why}; say \"from Berlin\" or set constraints.origin to change it.",
            origin.name
        ),
    ));
    Ok(origin)
}

#[cfg(test)]
mod tests;
