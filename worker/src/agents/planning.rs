use chrono::NaiveDate;
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
    planning::{self, PlanningError},
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
        let _core = services.cores.acquire().await.map_err(|_| StepError::retry("the solver is closing"))?;
        let (brief, facts, limits) = (self.brief.clone(), self.facts.clone(), services.limits());
        let stop = StopFlag::from(ctx.stop_flag());
        let solved = tokio::task::spawn_blocking(move || planning::plan(&brief, &facts, &limits, &stop))
            .await
            .map_err(|error| StepError::retry(format!("the solver ended early: {error}")))?;
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
