//! Group commit: the commits of concurrent jobs share a transaction.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::{Error, JobCommit, Outcome, Store};

/// Jobs that share one transaction at most.
const BATCH_MAX: usize = 128;
/// Events and tasks after which a transaction takes no more jobs: what is committed first is told first, and nobody is told
/// of any of it before all of it is committed.
const BATCH_ROWS_MAX: usize = 256;
/// Commits that wait at most; beyond it a job waits to hand its own in.
const QUEUE_MAX: usize = 1_024;
/// How often a batch, and then each job alone, is tried while the database does not answer.
const TRIES_MAX: u32 = 6;
/// The wait after the first failure; it doubles, up to a second.
const WAIT_BASE: Duration = Duration::from_millis(50);

type Reply = oneshot::Sender<Result<Outcome, Arc<Error>>>;

/// Commits at once when idle, and gathers while a commit is in flight. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    queue: mpsc::Sender<(JobCommit, Reply)>,
}

impl Committer {
    /// Starts the committing task on `tracker`. It ends when the last clone is dropped. `written` is called when a group is
    /// written, and before anybody is answered.
    #[must_use]
    pub fn start(store: Store, tracker: &TaskTracker, written: fn(&[JobCommit])) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tracker.spawn(run(store, waiting, written));
        Self { queue }
    }

    /// Commits under the job's fence. An answer that got lost is looked up, so a commit is never made twice.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database did not answer for several seconds.
    pub async fn commit(&self, commit: JobCommit) -> Result<Outcome, Arc<Error>> {
        let (reply, answer) = oneshot::channel();
        let gone = || Arc::new(Error::Unavailable("the committing task ended".into()));
        self.queue.send((commit, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn run(store: Store, mut waiting: mpsc::Receiver<(JobCommit, Reply)>, written: fn(&[JobCommit])) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while gather(&mut waiting, &mut batch).await {
        batch.sort_by_key(|(commit, _)| commit.job_id);
        let (commits, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        match try_commit(&store, &commits, 1).await {
            Ok(outcomes) => {
                written(&commits);
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    answer(reply, Ok(outcome));
                }
            }
            // One job's part may be at fault: each alone, so that it harms no other.
            Err(_) => {
                for (commit, reply) in commits.iter().zip(replies) {
                    let outcome = try_commit(&store, std::slice::from_ref(commit), TRIES_MAX).await;
                    answer(reply, outcome.map(|mut outcomes| outcomes.remove(0)).map_err(Arc::new));
                }
            }
        }
    }
}

/// What waits, up to the size of a batch; waits for the first. False: nobody will commit any more.
async fn gather(waiting: &mut mpsc::Receiver<(JobCommit, Reply)>, batch: &mut Vec<(JobCommit, Reply)>) -> bool {
    let Some(first) = waiting.recv().await else { return false };
    let rows = |commit: &JobCommit| commit.part.events.len() + commit.part.tasks.len();
    let mut gathered = rows(&first.0);
    batch.push(first);
    while batch.len() < BATCH_MAX
        && gathered < BATCH_ROWS_MAX
        && let Ok(next) = waiting.try_recv()
    {
        gathered += rows(&next.0);
        batch.push(next);
    }
    true
}

async fn try_commit(store: &Store, commits: &[JobCommit], tries_max: u32) -> Result<Vec<Outcome>, Error> {
    let mut wait = WAIT_BASE;
    let mut tries = 1;
    loop {
        match store.commit(commits).await {
            Ok(outcomes) => return Ok(outcomes),
            Err(error) if tries >= tries_max => return Err(error),
            Err(error) => {
                tracing::warn!(jobs = commits.len(), tries, "A commit failed and is tried again: {error:?}");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(1));
                tries += 1;
            }
        }
    }
}

/// A job that was dropped meanwhile does not wait for its answer.
fn answer(reply: Reply, outcome: Result<Outcome, Arc<Error>>) {
    if reply.send(outcome).is_err() {
        tracing::debug!("A commit's answer found nobody waiting");
    }
}
