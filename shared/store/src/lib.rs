//! The only SQL of the house. Verbs, not builders: what a caller can do to jobs and schedules, and nothing of how.
//!
//! One [`Store`] serves SQLite and Postgres. Statements that both engines understand are written once; where one has a
//! feature of its own, its twin stands in the same function. What must always hold:
//!
//! * every write of a running job carries its fence, and a write with an old fence changes nothing ([`Store::commit`]);
//! * a job's events get their `seq` from the job's own row, in the transaction that changes the row;
//! * state changes are compare-and-set, and the caller is told who won;
//! * all time is the database's (`sql.rs`), so that skewed clocks of workers do not matter;
//! * a tick of a schedule has one row, written with the job that it starts ([`Store::fire`]);
//! * a look of a watch is written with what it starts, under the fence of its claim ([`Store::record_look`]).
//!
//! It never rings, never publishes and never sleeps. Start reading at [`Store`], then `submit`, `claim`, `commit`.

mod claim;
mod clock;
mod commit;
mod committer;
mod connect;
mod decide;
mod end;
mod error;
mod feedback;
mod gauges;
mod job;
#[cfg(feature = "measuring")]
mod measuring;
mod notify;
mod owner;
mod prune;
#[cfg(feature = "testing")]
mod recorder;
mod remind;
mod retention;
mod schedule;
mod sql;
mod submit;
mod sweep;
#[cfg(feature = "testing")]
pub mod testing;
mod watch;

pub use claim::{Claim, ClaimRequest, Readable};
pub use clock::Clock;
pub use commit::{Checkpoint, CommitPart, EventDraft, GateDraft, JobCommit, NextState, Outcome, TaskWrite};
pub use committer::Committer;
pub use connect::{Config, Store};
pub use decide::{DecideRequest, Decided};
pub use end::Ending;
pub use error::Error;
pub use feedback::{FeedbackAdded, NewFeedback};
pub use gauges::Gauges;
pub use job::{Job, JobDetail, JobFilter, StoredEvent};
pub use notify::{
    AlertChanges, AlertFilter, ChannelFilter, ClaimedDelivery, DeliveryFilter, DeliveryTarget, DueDeliveries, Finish,
    Pace, Paces, Raised,
};
pub use owner::Owner;
pub use prune::Pruned;
#[cfg(feature = "testing")]
pub use recorder::Sent;
pub use remind::Reminded;
pub use retention::{KEPT_MIN, Retention, TenantRetention};
pub use schedule::{
    Created, DueSchedules, Fired, Firing, NewSchedule, NextTick, SCHEDULES_MAX, Schedule, Skipping, TICKS_KEPT, Tick,
};
pub use submit::{IdempotencyKey, NewJob, Submitted};
pub use sweep::Swept;
pub use watch::{
    ClaimedWatch, DueWatches, LookFiring, LookRecord, OBSERVATIONS_KEPT, Recorded, WATCH_ATTEMPTS_MAX, WATCHES_MAX,
    Watch, WatchCreated, WatchFilter,
};
