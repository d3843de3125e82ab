//! The workflow engine: drives a [`Workflow`] node by node and writes what happened to a [`Journal`].
//!
//! It knows no database, no queue, no job table and no crate of this workspace: the worker implements the journal port.
//! What it promises to its caller, given a journal that commits each batch atomically under a fence:
//!
//! * a task whose completion was committed is never run again;
//! * records reach the journal in the order in which they happened, each batch after the one before it;
//! * nothing is committed after [`JournalError::Fenced`]: the run ends at once;
//! * no node that has an approved proposal at stake is entered with a state that proposes anything else.
//!
//! Journaling is write-behind. Records gather in a buffer while the node runs without waiting, and one batch at a time is
//! committed beside the node whenever the node waits for anything. So eight nodes without work cost one commit, a node
//! that waits 50 ms costs one, and two tasks side by side are committed each when it finishes. An effect that is not pure,
//! a pause and the end wait for all records before them.
//!
//! Start reading at [`Workflow`], then [`run`].

mod buffer;
mod ctx;
mod record;
mod retry;
mod run;
mod workflow;

pub use ctx::{Agent, Ctx, Effect, OnAmbiguous, TaskCtx};
pub use record::{Approved, Entry, EntryState, Failure, Journal, JournalError, Record, Resume};
pub use retry::RetryPolicy;
pub use run::{Ended, Env, STEPS_MAX, run};
pub use workflow::{Next, Node, StepError, StepResult, Workflow};
