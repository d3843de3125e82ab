//! The agents of the field: each a typed role, input in its fields, output typed, with providers for tools.
//!
//! An agent proposes; code decides. Which agents run, and when, is a workflow's business: a node calls them.

mod accommodation;
mod activity;
mod budget;
mod dining;
mod location;
mod planning;
mod scout;
mod transport;
mod weather;

use std::time::Duration;

use domain::brief::Brief;
use futures::{TryFutureExt, future::try_join_all};
use graph::{Effect, StepError, TaskCtx};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    providers::{Answer, ProviderError},
    workflows::travel::Services,
};

pub use accommodation::Accommodation;
pub use activity::Activity;
pub use budget::{Budget, BudgetReport};
pub use dining::Dining;
pub use location::{Location, LocationReport};
pub use planning::{Check, Draft, Drafted, Infeasible, Reader, Relax};
pub use scout::{Scout, Sighting};
pub use transport::Transport;
pub use weather::Weather;

/// How long one call of a provider may take.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(20);

/// Asks once for each city that the trip may visit, side by side, and joins the lists.
async fn per_city<'a, T>(
    ctx: &TaskCtx<'_, Services>,
    brief: &'a Brief,
    name: &str,
    call: impl Fn(&'a str) -> Answer<'a, Vec<T>>,
) -> Result<Vec<T>, StepError>
where
    T: Serialize + DeserializeOwned + Send + 'a,
{
    let calls = brief.destination.places().map(|place| {
        let (path, answer) = (format!("{name}/{}", place.id), call(&place.id));
        async move { ctx.effect(&path, Effect::Pure, PROVIDER_TIMEOUT, move || answer.map_err(provider_error)).await }
    });
    Ok(try_join_all(calls).await?.into_iter().flatten().collect())
}

/// Sorts a provider's trouble by what to do about it.
fn provider_error(error: ProviderError) -> StepError {
    match error {
        ProviderError::Unavailable(_) => StepError::retry(error.to_string()),
        ProviderError::Quota(_) => {
            StepError::fatal("provider_quota", error.to_string(), "Wait until the quota is renewed, or raise it")
        }
        ProviderError::Unknown(_) => StepError::fatal(
            "task_failed",
            error.to_string(),
            "Ask for another place; the list is in the documentation",
        ),
    }
}
