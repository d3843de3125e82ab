//! The agents of the field: each a typed role, input in its fields, output typed, with providers for tools.
//!
//! An agent proposes; code decides. Which agents run, and when, is a workflow's business: a node calls them.

mod accommodation;
mod activity;
mod budget;
mod dining;
mod location;
mod planning;
mod transport;
mod weather;

use std::time::Duration;

use graph::StepError;

use crate::providers::ProviderError;

pub use accommodation::Accommodation;
pub use activity::Activity;
pub use budget::{Budget, BudgetReport};
pub use dining::Dining;
pub use location::{Location, LocationReport};
pub use planning::{Check, Draft, Drafted, Reader};
pub use transport::Transport;
pub use weather::Weather;

/// How long one call of a provider may take.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(20);

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
