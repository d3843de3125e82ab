use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::Brief,
    facts::Facts,
    money::{Currency, ExchangeRate},
    plan::Plan,
    request::PlanRequest,
};
use graph::{Agent, StepError, TaskCtx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use solver::StopFlag;

use crate::{
    agents::{Accommodation, Transport},
    planning::{self, PlanningError, Relaxation, RelaxationKind, Relaxations},
    providers::Gazetteer,
    reading::{self, Answer, Reading},
    workflows::travel::Services,
};

/// Reads the request into a brief.
pub struct Reader<'a> {
    pub request: &'a PlanRequest,
    pub answers: &'a [Answer],
    pub today: NaiveDate,
}

impl Agent<Services> for Reader<'_> {
    const NAME: &'static str = "planning";
    type Output = Reading;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Reading, StepError> {
        let rate = |from: Currency, to: Currency| -> ExchangeRate { Gazetteer::bundled().rate(from, to) };
        let places = ctx.services().providers.places.as_ref();
        let reading = reading::read(self.request, self.answers, self.today, places, &rate);
        match &reading {
            Reading::Brief(brief) => ctx.show(headline(brief), Some(json!(brief))),
            Reading::Question(question) => ctx.show(format!("A question: {}", question.prompt), Some(json!(question))),
        }
        Ok(reading)
    }
}

/// Solves: the best plan that the facts allow, or why there is none.
pub struct Draft<'a> {
    pub brief: &'a Brief,
    pub facts: &'a Facts,
}

/// What solving came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafted {
    Plan(Box<Plan>),
    Infeasible(Infeasible),
}

/// Why there is no plan, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Infeasible {
    pub cause: String,
    pub hint: String,
}

impl From<PlanningError> for Infeasible {
    fn from(error: PlanningError) -> Self {
        Self { cause: error.sentence, hint: error.hint }
    }
}

impl Agent<Services> for Draft<'_> {
    const NAME: &'static str = "planning";
    type Output = Drafted;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Drafted, StepError> {
        let services = ctx.services();
        let (brief, facts, limits) = (self.brief.clone(), self.facts.clone(), services.limits());
        let stop = StopFlag::from(ctx.stop_flag());
        let solved = on_core(ctx, move || planning::plan(&brief, &facts, &limits, &stop)).await?;
        let drafted = match solved {
            Ok(plan) => Drafted::Plan(Box::new(plan)),
            Err(error) => Drafted::Infeasible(error.into()),
        };
        match &drafted {
            Drafted::Plan(plan) => {
                let quality = &plan.quality;
                let sure = if quality.optimal { "proven best" } else { "best found" };
                let summary = plan.summary.trim_end_matches('.');
                ctx.show(format!("{summary} ({sure}, {} nodes)", quality.nodes), None);
            }
            Drafted::Infeasible(infeasible) => ctx.show(infeasible.cause.clone(), Some(json!(infeasible))),
        }
        Ok(drafted)
    }
}

/// Looks for the smallest changes of the brief under which there is a plan.
pub struct Relax<'a> {
    pub brief: &'a Brief,
    pub facts: &'a Facts,
    pub now: DateTime<Utc>,
}

/// By how many days a trip is made shorter, or longer, at most.
const DAYS_CHANGED_MAX: i64 = 3;

impl Agent<Services> for Relax<'_> {
    const NAME: &'static str = "planning";
    type Output = Relaxations;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Relaxations, StepError> {
        let (brief, facts, stop) = (self.brief.clone(), self.facts.clone(), StopFlag::from(ctx.stop_flag()));
        let mut found = on_core(ctx, move || planning::relaxations(&brief, &facts, &stop)).await?;
        for days in (1..=DAYS_CHANGED_MAX).map(|days| -days) {
            if let Some(offer) = self.other_length(ctx, days).await? {
                found.offers.push(offer);
                break;
            }
        }
        if found.offers.is_empty() {
            found.offers.extend(self.other_length(ctx, 1).await?);
        }
        let offers: Vec<&str> = found.offers.iter().map(|offer| offer.text.as_str()).collect();
        let conflict = if found.conflict.is_empty() { "no plan is possible" } else { &found.conflict.join(" and ") };
        ctx.show(
            format!("Ways out: {}. {conflict}", offers.len()),
            Some(json!({ "conflict": found.conflict, "offers": offers })),
        );
        Ok(found)
    }
}

impl Relax<'_> {
    /// The trip with its last day moved, where that has a plan. Fares and prices of beds are asked anew.
    async fn other_length(&self, ctx: &TaskCtx<'_, Services>, days: i64) -> Result<Option<Relaxation>, StepError> {
        let (now, end_date) = (self.now, self.brief.end_date + chrono::Duration::days(days));
        let wishes_nights = self.brief.destination.cities.iter().any(|city| city.nights.is_some());
        let nights_min = i64::from(if self.brief.destination.count > 1 { self.brief.destination.count } else { 1 });
        if wishes_nights || (end_date - self.brief.start_date).num_days() < nights_min {
            return Ok(None);
        }
        let brief = Brief { end_date, ..self.brief.clone() };
        let legs = Transport { brief: &brief, now }.search(ctx).await?;
        let lodgings = Accommodation { brief: &brief, now }.search(ctx).await?;
        let facts = Facts { legs, lodgings, ..self.facts.clone() };
        let stop = StopFlag::from(ctx.stop_flag());
        on_core(ctx, move || {
            let total = planning::verified(&brief, &facts, &stop)?.costs.total;
            let nights = planning::counted(u32::try_from(days.abs()).unwrap_or(1), "night");
            let text = format!("Stay {nights} {} (until {end_date})", if days < 0 { "less" } else { "more" });
            Some(Relaxation { kind: RelaxationKind::Dates, text, brief, total })
        })
        .await
    }
}

/// Runs `work` off the async threads, one per core at a time.
async fn on_core<T: Send + 'static>(
    ctx: &TaskCtx<'_, Services>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StepError> {
    let _core = ctx.services().cores.acquire().await.map_err(|_| StepError::retry("the solver is closing"))?;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StepError::retry(format!("the solver ended early: {error}")))
}

/// Checks a draft with code that shares nothing with the solver.
pub struct Check<'a> {
    pub brief: &'a Brief,
    pub facts: &'a Facts,
    pub plan: &'a Plan,
}

impl Agent<Services> for Check<'_> {
    const NAME: &'static str = "verification";
    type Output = Vec<verifier::Violation>;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<Vec<verifier::Violation>, StepError> {
        let violations = verifier::verify(self.brief, self.facts, self.plan);
        let items: usize = self.plan.days.iter().map(|day| day.items.len()).sum();
        if violations.is_empty() {
            ctx.show(format!("{items} items on {} days checked: nothing is wrong", self.plan.days.len()), None);
        } else {
            ctx.show(format!("{} rules are broken", violations.len()), Some(json!(violations)));
        }
        Ok(violations)
    }
}

fn headline(brief: &Brief) -> String {
    format!(
        "{} days in {} for {} from {}, {} to {}, {}",
        brief.days(),
        brief.destination.name,
        brief.travellers.count(),
        brief.origin.name,
        brief.start_date,
        brief.end_date,
        brief.budget
    )
}
