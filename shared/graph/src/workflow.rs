//! The contract of a workflow.

use std::{error::Error as StdError, fmt::Debug, future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Ctx, Failure};

/// A phase of a workflow. An enum; the list of its variants is the graph's list of nodes.
pub trait Node: Copy + Eq + Debug + Send + Sync + 'static {
    const ALL: &'static [Self];

    /// A verb in `snake_case`, stored in checkpoints: renaming one needs a new [`Workflow::VERSION`].
    fn name(self) -> &'static str;

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|node| node.name() == name)
    }
}

/// Where a step leads.
#[derive(Debug)]
pub enum Next<N, G, O> {
    Go(N),
    /// End the work; a person's decision starts it again at the node.
    Pause(G, N),
    Done(O),
}

/// Why a step or a task did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// We could not try: worth another attempt, not before `after` if given.
    #[error("{message}")]
    Retry {
        message: String,
        after: Option<Duration>,
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// Trying again is pointless.
    #[error("{}", .0.cause)]
    Fatal(Failure),
    /// An effect may or may not have happened before a crash, and its policy is to ask a person.
    #[error("it is not known whether {effect} happened")]
    Ambiguous { effect: String },
}

impl StepError {
    /// A failure worth another attempt.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::Retry { message: message.into(), after: None, source: None }
    }

    /// A failure for good.
    pub fn fatal(code: &'static str, cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Fatal(Failure { code, cause: cause.into(), hint: hint.into() })
    }
}

/// What a step of `W` comes to.
pub type StepResult<W> = Result<Next<<W as Workflow>::Node, <W as Workflow>::Gate, <W as Workflow>::Output>, StepError>;

/// A graph: nodes, typed state, an exhaustive step and a table of edges.
pub trait Workflow: Send + Sync + 'static {
    const NAME: &'static str;
    /// Raised when a stored `State` or `Node` can no longer be read.
    const VERSION: i32;
    type Node: Node;
    type State: Serialize + DeserializeOwned + Send + Sync;
    type Services: Send + Sync;
    /// What a pause asks of a person.
    type Gate: Serialize + Send;
    /// The result of the job.
    type Output: Serialize + Send;
    const START: Self::Node;

    /// Where `node` may lead. Asserted at run time.
    fn edges(node: Self::Node) -> &'static [Self::Node];

    /// How long one attempt of `node` may take.
    fn timeout(_node: Self::Node) -> Duration {
        Duration::from_secs(300)
    }

    /// How far the job is on entering `node`, 0 to 99.
    fn progress(node: Self::Node, _state: &Self::State) -> u8 {
        let index = Self::Node::ALL.iter().position(|known| *known == node).unwrap_or(0);
        u8::try_from(index * 100 / Self::Node::ALL.len().max(1)).unwrap_or(99)
    }

    /// What the job does on entering `node`, in one line for people.
    fn headline(node: Self::Node, state: &Self::State) -> String;

    /// The result in one line for people.
    fn summary(output: &Self::Output) -> String;

    /// What of an approved proposal `node` has at stake, rebuilt from the state as the gate's proposal was; none where an
    /// approval permits nothing. After an approval the engine asks before every node, and refuses to enter one whose answer
    /// is not what was approved.
    fn proposal(node: Self::Node, state: &Self::State) -> Option<Value>;

    fn step(
        node: Self::Node,
        state: &mut Self::State,
        ctx: &Ctx<'_, Self::Services>,
    ) -> impl Future<Output = StepResult<Self>> + Send;
}
