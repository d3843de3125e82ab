//! Readers of streams: what they missed, what ran twice, and how long events were on their way.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use domain::JobId;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    client::{EventStream, Target},
    figures::Times,
};

/// The pause before a stream that ended too early is opened again.
const AGAIN: Duration = Duration::from_millis(50);
/// Between two looks at a number that grows.
const LOOK: Duration = Duration::from_millis(2);
/// Streams that are opened at a time: what a storm takes of the server is not what streams take.
const OPENING_MAX: usize = 128;
/// Opening one stream takes no longer.
const OPEN_MAX: Duration = Duration::from_secs(20);

/// What all readers have seen so far.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Turns to open a stream.
    turns: Semaphore,
    /// Readers with a first event.
    pub(crate) attached: AtomicUsize,
    pub(crate) events: AtomicUsize,
    pub(crate) tasks: AtomicUsize,
    /// Readers with a terminal event.
    pub(crate) ended: AtomicUsize,
}

impl Default for Seen {
    fn default() -> Self {
        let zero = || AtomicUsize::new(0);
        let (attached, events, tasks, ended) = (zero(), zero(), zero(), zero());
        Self { turns: Semaphore::new(OPENING_MAX), attached, events, tasks, ended }
    }
}

/// What one reader has seen.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The number of the last event.
    pub(crate) last: i64,
    /// Numbers that were left out.
    pub(crate) missed: u64,
    /// Tasks that started again after they had been completed.
    pub(crate) rerun: u64,
    pub(crate) has_ended: bool,
    pub(crate) ended_at: Option<Instant>,
    /// From the row to the reader, for all but the first event.
    pub(crate) delays: Times,
    completed: HashSet<String>,
}

/// Reads a job to its end, or until `stop`, from wherever it breaks on.
pub(crate) async fn read(target: Target, job_id: JobId, seen: Arc<Seen>, stop: CancellationToken) -> Reading {
    let mut reading = Reading::default();
    // Dropped in the middle of an event nothing is lost: it is counted before the next wait.
    stop.run_until_cancelled(async {
        while !reading.has_ended {
            follow(target, job_id, &seen, &mut reading).await;
            if !reading.has_ended {
                sleep(AGAIN).await;
            }
        }
    })
    .await;
    reading
}

/// One stream, to its end or its breaking.
async fn follow(target: Target, job_id: JobId, seen: &Seen, reading: &mut Reading) {
    let request = target.stream(job_id, reading.last);
    let turn = seen.turns.acquire().await;
    let Ok(Ok(Ok(mut stream))) = timeout(OPEN_MAX, EventStream::open(target.0, &request)).await else { return };
    drop(turn);
    while let Ok(Some(event)) = stream.next().await {
        if reading.last == 0 {
            seen.attached.fetch_add(1, Ordering::Relaxed);
        } else if let Some(at) = event.at_micros() {
            reading.delays.add(since(at));
        }
        reading.missed += u64::try_from(event.seq - reading.last - 1).unwrap_or(0);
        reading.last = event.seq;
        seen.events.fetch_add(1, Ordering::Relaxed);
        match (event.kind, event.task()) {
            ("task_start", Some(task)) => reading.rerun += u64::from(reading.completed.contains(task)),
            ("task_complete", Some(task)) => {
                reading.completed.insert(task.to_owned());
                seen.tasks.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        if event.is_terminal() {
            (reading.has_ended, reading.ended_at) = (true, Some(Instant::now()));
            reading.completed = HashSet::new();
            seen.ended.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
}

/// How long ago that was, by the clock that the database has, too.
fn since(micros: i64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// Readers of many jobs.
pub(crate) struct Readers {
    pub(crate) seen: Arc<Seen>,
    pub(crate) count: usize,
    reading: JoinSet<Reading>,
    stop: CancellationToken,
}

/// What many readers have seen together.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) events: u64,
    pub(crate) missed: u64,
    pub(crate) rerun: u64,
    /// Streams that did not reach their end.
    pub(crate) unended: u64,
    pub(crate) delays: Times,
    pub(crate) last_end: Option<Instant>,
}

impl Readers {
    /// One stream for each job, opened as fast as the server lets them in; ready when all have an event.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub(crate) async fn attach(target: Target, jobs: &[JobId], patience: Duration) -> Result<Self, Error> {
        let (seen, stop) = (Arc::new(Seen::default()), CancellationToken::new());
        let mut reading = JoinSet::new();
        for job_id in jobs {
            reading.spawn(read(target, *job_id, seen.clone(), stop.clone()));
        }
        let readers = Self { seen, count: jobs.len(), reading, stop };
        readers.wait("every stream is open", patience, |seen| &seen.attached, jobs.len()).await?;
        Ok(readers)
    }

    /// Waits until so many tasks are completed.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub(crate) async fn tasks(&self, count: usize, patience: Duration) -> Result<(), Error> {
        self.wait("the tasks are completed", patience, |seen| &seen.tasks, count).await
    }

    /// Waits until so many events have arrived; late, it is told by the sum.
    pub(crate) async fn events(&self, count: usize, patience: Duration) {
        self.wait("the events arrive", patience, |seen| &seen.events, count).await.ok();
    }

    /// Waits until every job has ended; late, it is told by the sum.
    pub(crate) async fn ends(&self, patience: Duration) {
        self.wait("every job ends", patience, |seen| &seen.ended, self.count).await.ok();
    }

    pub(crate) async fn finish(self, expected: i64) -> Sum {
        self.stop.cancel();
        let mut sum = Sum::default();
        for reading in self.reading.join_all().await {
            let missing = u64::try_from(expected - reading.last).unwrap_or(0);
            sum.events += u64::try_from(reading.last).unwrap_or(0) - reading.missed;
            sum.missed += reading.missed + missing;
            sum.rerun += reading.rerun;
            sum.unended += u64::from(!reading.has_ended);
            sum.delays.extend(reading.delays);
            sum.last_end = sum.last_end.max(reading.ended_at);
        }
        sum
    }

    async fn wait(
        &self,
        what: &str,
        patience: Duration,
        counter: impl Fn(&Seen) -> &AtomicUsize,
        count: usize,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        while counter(&self.seen).load(Ordering::Relaxed) < count {
            if Instant::now() >= deadline {
                let found = counter(&self.seen).load(Ordering::Relaxed);
                let what = format!("not {what}, {found} of {count}");
                return Err(Error::Late { what, within_s: patience.as_secs() });
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}
