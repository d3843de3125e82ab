//! Hours in minutes: jobs at a steady rate and readers that come and go, while memory and open files must not grow.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::JobId;
use rig::Figures;
use serde::Serialize;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    client::{EventStream, Probe, Target, submit},
    figures::{megabytes, number, rounded},
    house::{House, Wiring},
    on_one_thread,
};

/// Memory and files are looked at this often.
const SAMPLE: Duration = Duration::from_secs(2);
/// What they are compared with: after this time, or a third of a shorter run, everything has been used once.
const SETTLED: Duration = Duration::from_secs(600);
/// How much of the end, and of the time before the comparison, is averaged.
const WINDOW: Duration = Duration::from_secs(60);
/// Memory may be this much higher at the end, in MB.
const GROWTH_MB_MAX: f64 = 2.0;
/// Open files may be this many more at the end, averaged over a window in which readers come and go.
const GROWTH_FILES_MAX: f64 = 5.0;
const PATIENCE: Duration = Duration::from_secs(30);
/// Every so many events a reader leaves in the middle and comes back.
const LEAVE_EVERY: u64 = 17;
const AGAIN: Duration = Duration::from_millis(20);

/// How long, how many, and over what.
#[derive(Debug, Clone)]
pub struct SoakConfig {
    pub binary: PathBuf,
    pub wiring: Wiring,
    pub minutes: u32,
    /// Jobs a second.
    pub rate: u32,
    /// Readers at a time.
    pub streams: u32,
}

/// What became of the processes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Soak {
    pub jobs: u64,
    /// Not completed when the patience ended.
    pub lost: u64,
    /// Events that readers got, and numbers that were left out.
    pub events: u64,
    pub missed: u64,
    pub processes: Vec<Process>,
}

/// One process, before and at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Process {
    pub name: String,
    pub settled_mb: f64,
    pub end_mb: f64,
    pub settled_files: f64,
    pub end_files: f64,
}

impl Process {
    fn has_grown(&self) -> bool {
        self.end_mb > self.settled_mb + GROWTH_MB_MAX || self.end_files > self.settled_files + GROWTH_FILES_MAX
    }
}

impl Soak {
    /// Whether nothing was lost or missed, and nothing grew.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lost == 0 && self.missed == 0 && !self.processes.iter().any(Process::has_grown)
    }
}

impl fmt::Display for Soak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { jobs, lost, events, missed, processes } = self;
        writeln!(f, "{jobs} jobs, {lost} lost; {events} events read, {missed} missed")?;
        writeln!(f, "| process | memory settled, MB | at the end | files settled | at the end |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for process in processes {
            let Process { name, settled_mb, end_mb, settled_files, end_files } = process;
            let grown = if process.has_grown() { " GREW" } else { "" };
            writeln!(f, "| {name} | {settled_mb:.1} | {end_mb:.1}{grown} | {settled_files:.0} | {end_files:.0} |")?;
        }
        write!(f, "holds: {}", if self.holds() { "yes" } else { "NO" })
    }
}

/// What is shared by whoever submits and reads.
#[derive(Default)]
struct Traffic {
    newest: Mutex<Option<JobId>>,
    jobs: AtomicU64,
    events: AtomicU64,
    missed: AtomicU64,
}

/// Soaks until the minutes are over, or `stop`. Blocks.
///
/// # Errors
/// When something cannot be measured.
pub fn soak(config: &SoakConfig, stop: &CancellationToken, mut tell: impl FnMut(String)) -> Result<Soak, Error> {
    on_one_thread(stop, async {
        crate::machine::raise_file_limit()?;
        let mut house = House::build(config.wiring, &config.binary).await?;
        house.open_all()?;
        let (traffic, enough) = (Arc::new(Traffic::default()), CancellationToken::new());
        let mut busy = JoinSet::new();
        busy.spawn(submitting(house.target(), config.rate, traffic.clone(), enough.clone()));
        for _ in 0..config.streams {
            busy.spawn(reading(house.target(), traffic.clone(), enough.clone()));
        }
        let samples = sample(&house, config, &mut tell).await;
        enough.cancel();
        for ended in busy.join_all().await {
            ended?;
        }
        let lost = open_jobs(&house).await?;
        Ok(Soak {
            jobs: traffic.jobs.load(Ordering::Relaxed),
            lost,
            events: traffic.events.load(Ordering::Relaxed),
            missed: traffic.missed.load(Ordering::Relaxed),
            processes: processes(config.wiring, &samples),
        })
    })
}

/// The processes' figures, one row a look.
async fn sample(house: &House, config: &SoakConfig, tell: &mut impl FnMut(String)) -> Vec<Vec<Figures>> {
    let (started, period) = (Instant::now(), Duration::from_secs(60) * config.minutes);
    let (mut samples, mut minute) = (Vec::new(), 0);
    let mut tick = interval(SAMPLE);
    while started.elapsed() < period {
        tick.tick().await;
        let (front, workers) = house.figures();
        let row: Vec<Figures> = front.into_iter().chain(workers).collect();
        if started.elapsed().as_secs() / 60 >= minute {
            let told: Vec<String> = row
                .iter()
                .map(|figures| format!("{:.1} MB {} files", megabytes(figures.rss_bytes), figures.fds))
                .collect();
            tell(format!("minute {minute} of {}: {}", config.minutes, told.join(", ")));
            minute += 1;
        }
        samples.push(row);
    }
    samples
}

fn processes(wiring: Wiring, samples: &[Vec<Figures>]) -> Vec<Process> {
    let looks = |time: Duration| usize::try_from(time.as_millis() / SAMPLE.as_millis()).unwrap_or(usize::MAX);
    let settled = looks(SETTLED).min(samples.len() / 3).max(1);
    let window = looks(WINDOW).min(settled);
    let (before, end) = (&samples[settled - window..settled], &samples[samples.len() - window..]);
    let front = if wiring == Wiring::Embedded { "dev" } else { "api" };
    let count = samples.iter().map(Vec::len).min().unwrap_or(0);
    let average = |rows: &[Vec<Figures>], index: usize, of: fn(&Figures) -> f64| {
        rounded(rows.iter().map(|row| of(&row[index])).sum::<f64>() / number(rows.len() as u64))
    };
    let memory = |figures: &Figures| megabytes(figures.rss_bytes);
    let files = |figures: &Figures| number(figures.fds as u64);
    (0..count)
        .map(|index| Process {
            name: if index == 0 { front.to_owned() } else { format!("worker {index}") },
            settled_mb: average(before, index, memory),
            end_mb: average(end, index, memory),
            settled_files: average(before, index, files),
            end_files: average(end, index, files),
        })
        .collect()
}

/// One job after another, at the rate.
async fn submitting(target: Target, rate: u32, traffic: Arc<Traffic>, enough: CancellationToken) -> Result<(), Error> {
    let request = target.submission(Probe::of_eight(50));
    let mut connection = target.connection();
    let mut tick = interval(Duration::from_secs(1) / rate.max(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while enough.run_until_cancelled(tick.tick()).await.is_some() {
        let job_id = submit(&mut connection, &request).await?;
        traffic.jobs.fetch_add(1, Ordering::Relaxed);
        *traffic.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(job_id);
    }
    Ok(())
}

/// One new job after another, leaving in the middle now and then.
async fn reading(target: Target, traffic: Arc<Traffic>, enough: CancellationToken) -> Result<(), Error> {
    let reading = async {
        let mut last = None;
        loop {
            let newest = *traffic.newest.lock().unwrap_or_else(PoisonError::into_inner);
            match newest {
                Some(job_id) if newest != last => read_whole(target, job_id, &traffic).await,
                _ => sleep(AGAIN).await,
            }
            last = newest;
        }
    };
    enough.run_until_cancelled(reading).await;
    Ok(())
}

async fn read_whole(target: Target, job_id: JobId, traffic: &Traffic) {
    let mut last = 0;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let Ok(Ok(mut stream)) = EventStream::open(target.0, &target.stream(job_id, last)).await else {
            sleep(AGAIN).await;
            continue;
        };
        while let Ok(Some(event)) = stream.next().await {
            traffic.missed.fetch_add(u64::try_from(event.seq - last - 1).unwrap_or(0), Ordering::Relaxed);
            last = event.seq;
            let read = traffic.events.fetch_add(1, Ordering::Relaxed);
            if event.is_terminal() {
                return;
            }
            if read.is_multiple_of(LEAVE_EVERY) {
                break;
            }
        }
    }
    // A job that did not end in that time is counted as lost, and not here.
}

/// How many jobs are still open after some patience.
async fn open_jobs(house: &House) -> Result<u64, Error> {
    let store = house.store().await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let open: i64 = store.gauges().await?.open.iter().map(|(_, jobs)| jobs).sum();
        if open == 0 || Instant::now() >= deadline {
            store.close().await;
            return Ok(u64::try_from(open).unwrap_or(0));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_grows_breaks_the_soak() {
        let row = |rss_bytes: u64, fds| vec![Figures { rss_bytes, rss_max_bytes: rss_bytes, fds, threads: 4 }];
        let soak = |end: Vec<Figures>| {
            let samples: Vec<Vec<Figures>> =
                (0..90).map(|look| if look < 60 { row(30_000_000, 40) } else { end.clone() }).collect();
            Soak { jobs: 1, lost: 0, events: 1, missed: 0, processes: processes(Wiring::Embedded, &samples) }
        };
        assert!(soak(row(31_900_000, 44)).holds());
        assert!(!soak(row(32_100_000, 40)).holds());
        assert!(!soak(row(30_000_000, 46)).holds());
    }
}
