//! M5: streams that are opened at once, that wait for the work, and that get events at a fixed rate.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use broker::{Broker, Published};
use chrono::{DateTime, SecondsFormat};
use domain::JobId;
use serde::Serialize;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use super::Scale;
use crate::{
    Error,
    client::{Probe, Target, submit},
    figures::{Spread, Times, number, rounded},
    house::{House, Wiring},
    load::submit_many,
    readers::{Readers, read},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Readers that submit and listen side by side.
const RACERS: usize = 4;
/// Events that every stream gets at the fixed rate.
const EVENTS: i64 = 24;
/// What the last ones may take to arrive.
const DRAIN: Duration = Duration::from_secs(10);
/// Events that one publishing sends at most.
const PUBLISHED_MAX: usize = 256;
const TICK: Duration = Duration::from_millis(1);

/// Where one process is everything, its slots are kept busy for so long that every reader is there before its job begins.
const BUSY: Duration = Duration::from_secs(8);
const BUSY_QUICK: Duration = Duration::from_millis(1_500);
/// Readers of each job there, when they are to get events at a rate.
const READERS_EACH: usize = 40;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Streams {
    pub race: Race,
    pub attached: Vec<Attached>,
    pub fixed: Vec<Fixed>,
}

pub(super) async fn streams(house: &mut House, scale: Scale) -> Result<Streams, Error> {
    let race = race(house, scale).await?;
    let (mut attached, mut fixed) = (Vec::new(), Vec::new());
    let busy = scale.of(BUSY, BUSY_QUICK);
    for streams in scale.of(vec![200, 1_000], vec![50]) {
        attached.push(match house.wiring {
            Wiring::Distributed => wait_for_workers(house, streams).await?,
            Wiring::Embedded => wait_for_slots(house, streams, busy).await?,
        });
    }
    for (streams, seconds) in scale.of(vec![(1_000, 10), (10_000, 20)], vec![(200, 2)]) {
        let (streams, period) = (streams.min(scale.streams_max), Duration::from_secs(seconds));
        fixed.push(match house.wiring {
            Wiring::Distributed => published(house, streams, period).await?,
            Wiring::Embedded => followed(house, streams, period, busy).await?,
        });
    }
    Ok(Streams { race, attached, fixed })
}

/// A job is submitted and its stream is opened at once, while workers run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Race {
    pub jobs: usize,
    pub missed: u64,
    pub lost: u64,
    /// From the row to the reader.
    pub delays: Spread,
}

async fn race(house: &mut House, scale: Scale) -> Result<Race, Error> {
    house.open_all()?;
    let (target, count) = (house.target(), scale.of(200, 40));
    let mut racing = JoinSet::new();
    for _ in 0..RACERS {
        racing.spawn(async move {
            let mut connection = target.connection();
            let mut readings = Vec::new();
            for _ in 0..count / RACERS {
                let job_id = submit(&mut connection, &target.submission(Probe::of_eight(0))).await?;
                let stop = CancellationToken::new();
                let reading = read(target, job_id, Arc::default(), stop.clone());
                let mut reading = std::pin::pin!(reading);
                readings.push(tokio::select! {
                    reading = &mut reading => reading,
                    () = sleep(PATIENCE) => {
                        stop.cancel();
                        reading.await
                    }
                });
            }
            Ok::<_, Error>(readings)
        });
    }
    let mut race = Race { jobs: 0, missed: 0, lost: 0, delays: Spread::default() };
    let mut delays = Times::default();
    for readings in racing.join_all().await {
        for reading in readings? {
            race.jobs += 1;
            race.missed += reading.missed + u64::try_from(Probe::of_eight(0).events() - reading.last).unwrap_or(0);
            race.lost += u64::from(!reading.has_ended);
            delays.extend(reading.delays);
        }
    }
    race.delays = delays.spread();
    Ok(race)
}

/// Streams are open before workers are free, and all jobs run at once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attached {
    pub streams: usize,
    pub missed: u64,
    pub lost: u64,
    /// From the row to the reader.
    pub delays: Spread,
    /// From the start of the workers, or the end of what kept them busy, to the last event.
    pub seconds: f64,
}

async fn wait_for_workers(house: &mut House, streams: usize) -> Result<Attached, Error> {
    house.clear().await?;
    house.open()?;
    let probe = Probe::of_eight(0);
    let jobs = submit_many(house.target(), probe, streams).await?;
    let readers = Readers::attach(house.target(), &jobs, PATIENCE).await?;
    let started = Instant::now();
    house.hire()?;
    end_attached(readers, probe, started).await
}

/// The same where workers are there from the start.
async fn wait_for_slots(house: &mut House, streams: usize, busy: Duration) -> Result<Attached, Error> {
    house.clear().await?;
    house.open_with_slots(streams)?;
    let (probe, target) = (Probe::of_eight(0), house.target());
    let began = Instant::now();
    keep_busy(target, streams, busy, Duration::ZERO).await?;
    let jobs = submit_many(target, probe, streams).await?;
    let readers = Readers::attach(target, &jobs, PATIENCE).await?;
    end_attached(readers, probe, began + busy).await
}

async fn end_attached(readers: Readers, probe: Probe, started: Instant) -> Result<Attached, Error> {
    let streams = readers.count;
    readers.ends(PATIENCE).await;
    let sum = readers.finish(probe.events()).await;
    let seconds = sum.last_end.map_or(0.0, |end| rounded(end.saturating_duration_since(started).as_secs_f64()));
    Ok(Attached { streams, missed: sum.missed, lost: sum.unended, delays: sum.delays.spread(), seconds })
}

/// Fills so many slots with jobs that end after `busy`, one after the other over `spread`.
async fn keep_busy(target: Target, slots: usize, busy: Duration, spread: Duration) -> Result<(), Error> {
    let began = Instant::now();
    let mut connection = target.connection();
    for slot in 0..u32::try_from(slots).unwrap_or(u32::MAX) {
        let ends = busy + spread * slot / u32::try_from(slots).unwrap_or(u32::MAX);
        let left = ends.saturating_sub(began.elapsed());
        let delay_ms = u64::try_from(left.as_millis()).unwrap_or(0);
        submit(&mut connection, &target.submission(Probe { steps: 1, delay_ms })).await?;
    }
    Ok(())
}

/// Streams get events at a fixed rate: over Redis, as workers would send them, or of jobs that take their time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fixed {
    pub streams: usize,
    pub events_per_second: f64,
    pub missed: u64,
    /// From the publisher, or from the row, to the reader.
    pub delays: Spread,
    pub rss_kb_per_stream: f64,
}

async fn published(house: &mut House, streams: usize, period: Duration) -> Result<Fixed, Error> {
    house.clear().await?;
    house.open()?;
    let jobs = submit_many(house.target(), Probe::of_eight(0), streams).await?;
    // Another process, so that what the submissions took is not counted as the streams'.
    house.stop();
    house.open()?;
    let (readers, rss_kb_per_stream) = attach_measured(house, &jobs).await?;
    let broker = house.broker().await?.ok_or(Error::Interrupted)?;
    let (sent, took) = publish(&broker, &jobs, period).await?;
    // The first event of each came from its row.
    readers.events(jobs.len() + sent, DRAIN).await;
    let sum = readers.finish(EVENTS + 1).await;
    let events_per_second = rounded(number(sent as u64) / took.as_secs_f64());
    Ok(Fixed { streams, events_per_second, missed: sum.missed, delays: sum.delays.spread(), rss_kb_per_stream })
}

/// Where nobody can publish beside the one process, jobs take as long as the events are to last, each read by many.
async fn followed(house: &mut House, streams: usize, period: Duration, busy: Duration) -> Result<Fixed, Error> {
    house.clear().await?;
    let count = streams.div_ceil(READERS_EACH);
    house.open_with_slots(count)?;
    let step = period / 8;
    let probe = Probe::of_eight(u64::try_from(step.as_millis()).unwrap_or(0));
    // Begun one after the other, so that their steps end evenly.
    keep_busy(house.target(), count, busy, step).await?;
    let jobs = submit_many(house.target(), probe, count).await?;
    let read: Vec<JobId> = jobs.iter().copied().cycle().take(streams).collect();
    let (readers, rss_kb_per_stream) = attach_measured(house, &read).await?;
    readers.ends(PATIENCE).await;
    let sum = readers.finish(probe.events()).await;
    let events_per_second = rounded(number(sum.events) / period.as_secs_f64());
    Ok(Fixed { streams, events_per_second, missed: sum.missed, delays: sum.delays.spread(), rss_kb_per_stream })
}

/// Opens a stream for each of the jobs, and says what one takes of the process that serves them, kB.
async fn attach_measured(house: &House, jobs: &[JobId]) -> Result<(Readers, f64), Error> {
    let rss = || number(house.figures().0.unwrap_or_default().rss_bytes);
    let before = rss();
    let readers = Readers::attach(house.target(), jobs, PATIENCE).await?;
    Ok((readers, rounded((rss() - before) / 1e3 / number(jobs.len() as u64))))
}

/// Sends every stream its events, round by round, spread evenly over `period`.
async fn publish(broker: &Broker, jobs: &[JobId], period: Duration) -> Result<(usize, Duration), Error> {
    let rounds = usize::try_from(EVENTS).unwrap_or(0);
    let total = jobs.len() * rounds;
    let (started, mut sent) = (Instant::now(), 0);
    while sent < total {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        let due = (started.elapsed().as_secs_f64() / period.as_secs_f64() * number(total as u64)) as usize;
        let until = due.min(total).min(sent + PUBLISHED_MAX);
        let batch: Vec<Published> = (sent..until)
            .map(|index| event(jobs[index % jobs.len()], i64::try_from(index / jobs.len()).unwrap_or(0) + 2))
            .collect();
        if batch.is_empty() {
            sleep(TICK).await;
            continue;
        }
        broker.publish(&batch).await?;
        sent = until;
    }
    Ok((total, started.elapsed()))
}

/// As a worker's would be; 1 stands in the row that made the job.
fn event(job_id: JobId, seq: i64) -> Published {
    let kind = ["task_start", "agent_output", "task_complete"][usize::try_from(seq).unwrap_or(0) % 3];
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let at = DateTime::from_timestamp_micros(i64::try_from(micros).unwrap_or(0)).unwrap_or_default();
    let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let json = format!(
        r#"{{"seq":{seq},"job_id":"{job_id}","at":"{at}","event":{{"type":"{kind}","node":"step","task":"step@{seq}/probe","agent":"probe","step":{seq},"summary":"Checked three options against the remaining budget and kept the cheapest one that fits the dates"}}}}"#
    );
    Published { job_id, seq, kind: kind.into(), json: json.into() }
}
