//! Judges: reads every job as a client would, and holds what it finds to the promises.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde::Serialize;
use tokio::time::{Duration, Instant, sleep};

use crate::{
    client::{Client, Outcome},
    docket::{
        DOUBLE, Docket, Finding, GAP, INTERNAL, LOST, NO_LAST, ODD, PROCESS, READER, REPLICA, RERUN, STALE_RERUN,
        TWICE, WRONG_END,
    },
    ledger::Run,
    load::Asked,
    stream::{End, Entry, Reading, follow},
};

/// Jobs that are read side by side.
const SIDE_BY_SIDE: usize = 8;
/// A job that is over is read within this.
const READ_MAX: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_millis(200);
/// Pages of the list that are read at most.
const PAGES_MAX: usize = 2_000;
/// The least share of jobs that reach their end, per cent: a run in which nothing works must not hold.
const TERMINAL_MIN: f64 = 95.0;

/// What must hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub found: f64,
    /// In words.
    pub allowed: &'static str,
    pub holds: bool,
}

const TERMINAL: &str = "per cent of jobs that reached their end";
const READINGS: &str = "lists read by readers";

/// Every check whose number must be 0, whatever happened.
const NEVER: &[&str] = &[LOST, WRONG_END, RERUN, TWICE, GAP, NO_LAST, READER, REPLICA, DOUBLE, ODD, INTERNAL, PROCESS];

/// What the oracle looks at.
pub(crate) struct Evidence<'a> {
    pub(crate) client: &'a Client,
    pub(crate) asked: &'a [Asked],
    pub(crate) readings: &'a [Reading],
    pub(crate) runs: &'a HashMap<String, Vec<Run>>,
    /// Whether something could take a worker's lease while it lived.
    pub(crate) may_be_stale: bool,
    /// Whether readers were there.
    pub(crate) had_readers: bool,
}

/// A job as it is at the end.
struct Found {
    status: String,
    list: Vec<Entry>,
}

/// How jobs ended, and what must hold of them.
pub(crate) struct Verdict {
    pub(crate) ends: BTreeMap<String, u64>,
    pub(crate) checks: Vec<Check>,
    pub(crate) findings: Vec<Finding>,
    /// Of each job, the longest wait for its next event while it ran, milliseconds; sorted.
    pub(crate) silences_ms: Vec<f64>,
    /// How long after a job's end a step of it began, milliseconds, at most; 0 when none did.
    pub(crate) late_max_ms: f64,
}

/// The states of a job that has not ended, and of one that a worker has something to do with.
pub(crate) const OPEN: &[&str] = &["queued", "running", "waiting_approval", "paused"];
pub(crate) const BUSY: &[&str] = &["queued", "running"];

/// Waits until no job is in any of these states, `within` at most. What is still there, by state.
pub(crate) async fn settle(
    client: &Client,
    states: &[&'static str],
    within: Duration,
) -> BTreeMap<&'static str, String> {
    let deadline = Instant::now() + within;
    loop {
        let mut open = BTreeMap::new();
        for state in states.iter().copied() {
            match client.get("list", &format!("/v1/jobs?status={state}&limit=1")).await {
                Outcome::Done(_, page) => {
                    if let Some(job) = page["jobs"].get(0) {
                        open.insert(state, job["job_id"].as_str().unwrap_or_default().to_owned());
                    }
                }
                Outcome::Refused(_, text) | Outcome::Unknown(text) => {
                    open.insert(state, text);
                }
            }
        }
        if open.is_empty() || Instant::now() >= deadline {
            return open;
        }
        sleep(AGAIN).await;
    }
}

/// Judges. `docket` may hold findings of the run itself.
pub(crate) async fn judge(evidence: &Evidence<'_>, mut docket: Docket) -> Verdict {
    let known: Vec<&Asked> = evidence.asked.iter().filter(|job| job.id.is_some()).collect();
    let found: Vec<(&Asked, Result<Found, String>)> = stream::iter(known)
        .map(|job| async move { (job, read(evidence.client, job.id.as_deref().unwrap_or_default()).await) })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let mut lists: HashMap<&str, &[Entry]> = HashMap::new();
    let mut silences_ms = Vec::new();
    let mut late_max_ms: f64 = 0.0;
    for (job, found) in &found {
        let id = job.id.as_deref().unwrap_or_default();
        match found {
            Ok(found) => {
                *ends.entry(found.status.clone()).or_default() += 1;
                look_at_end(job, id, found, &mut docket);
                look_at_list(id, &found.list, &mut docket);
                look_at_runs(id, &found.list, evidence.runs.get(id).map_or(&[], Vec::as_slice), &mut docket);
                silences_ms.push(silence_ms(&found.list));
                late_max_ms = late_max_ms.max(late_ms(&found.list, evidence.runs.get(id)));
                lists.insert(id, &found.list);
            }
            Err(why) => docket.find(LOST, id, why),
        }
    }
    look_at_replicas(evidence.client, &lists, &mut docket).await;
    look_at_readings(evidence.readings, &lists, &mut docket);
    look_for_others(evidence, &mut docket).await;
    for (verb, tally) in evidence.client.record.read() {
        for _ in 0..tally.internal {
            docket.find(INTERNAL, "", format!("to a request to {verb}"));
        }
    }
    let terminal: u64 = ["completed", "failed", "cancelled"].iter().filter_map(|end| ends.get(*end)).sum();
    let checks = checks(evidence, terminal, &docket);
    silences_ms.sort_by(f64::total_cmp);
    Verdict { ends, checks, findings: docket.findings, silences_ms, late_max_ms }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
fn checks(evidence: &Evidence<'_>, terminal: u64, docket: &Docket) -> Vec<Check> {
    let share = 100.0 * terminal as f64 / evidence.asked.len().max(1) as f64;
    let mut checks = vec![Check {
        name: TERMINAL,
        found: (share * 10.0).round() / 10.0,
        allowed: "95 and more",
        holds: share >= TERMINAL_MIN,
    }];
    if evidence.had_readers {
        let found = evidence.readings.len();
        checks.push(Check { name: READINGS, found: found as f64, allowed: "1 and more", holds: found > 0 });
    }
    checks.extend(NEVER.iter().map(|name| {
        let found = docket.count(name);
        Check { name, found: found as f64, allowed: "0", holds: found == 0 }
    }));
    let stale = docket.count(STALE_RERUN);
    let (allowed, holds) =
        if evidence.may_be_stale { ("any: their writes are refused", true) } else { ("0", stale == 0) };
    checks.push(Check { name: STALE_RERUN, found: stale as f64, allowed, holds });
    checks
}

/// The job's status and its list, whole, over one connection.
async fn read(client: &Client, id: &str) -> Result<Found, String> {
    let deadline = Instant::now() + READ_MAX;
    let status = loop {
        match client.status(id, false).await {
            Outcome::Done(_, status) => break status["status"].as_str().unwrap_or_default().to_owned(),
            Outcome::Refused(Some(StatusCode::NOT_FOUND), _) => return Err("it does not exist".to_owned()),
            other if Instant::now() >= deadline => return Err(format!("its status cannot be read: {other:?}")),
            _ => sleep(AGAIN).await,
        }
    };
    if !matches!(status.as_str(), "completed" | "failed" | "cancelled") {
        return Err(format!("it is {status} when nothing happens any more"));
    }
    Ok(Found { status, list: read_list(client, 0, id, deadline).await? })
}

async fn read_list(client: &Client, replica: usize, id: &str, deadline: Instant) -> Result<Vec<Entry>, String> {
    loop {
        let mut list = Vec::new();
        match follow(client, replica, id, &mut list, usize::MAX).await {
            End::Over => return Ok(list),
            other if Instant::now() >= deadline => {
                return Err(format!("its events end after {}: {other:?}", list.len()));
            }
            _ => sleep(AGAIN).await,
        }
    }
}

fn look_at_end(job: &Asked, id: &str, found: &Found, docket: &mut Docket) {
    let status = found.status.as_str();
    if !job.wish.ends().contains(&status) {
        docket.find(WRONG_END, id, format!("{:?} ended as {status}", job.wish));
    } else if job.is_cancelled && status != "cancelled" {
        docket.find(WRONG_END, id, format!("its cancellation was confirmed, and it is {status}"));
    }
    for other in &job.others {
        docket.find(DOUBLE, id, format!("the same key was answered with {other}, too"));
    }
    for oddity in &job.oddities {
        docket.find(ODD, id, oddity);
    }
}

fn look_at_list(id: &str, list: &[Entry], docket: &mut Docket) {
    let whole = list.iter().zip(1..).all(|(entry, expected)| entry.seq == expected);
    if !whole || list.is_empty() {
        let seqs: Vec<i64> = list.iter().map(|entry| entry.seq).take(60).collect();
        docket.find(GAP, id, format!("its events are {seqs:?}"));
    }
    let ends = list.iter().filter(|entry| entry.is_terminal()).count();
    if ends != 1 || !list.last().is_some_and(Entry::is_terminal) {
        docket.find(NO_LAST, id, format!("{ends} of {} events are an end", list.len()));
    }
    let mut committed = HashSet::new();
    for entry in list.iter().filter(|entry| entry.kind == "task_complete") {
        if !committed.insert(&entry.task) {
            docket.find(TWICE, id, format!("{:?} at event {}", entry.task, entry.seq));
        }
    }
}

/// A run of a step that began when the step was committed already.
fn look_at_runs(id: &str, list: &[Entry], runs: &[Run], docket: &mut Docket) {
    let mut committed: HashMap<u64, i64> = HashMap::new();
    for entry in list.iter().filter(|entry| entry.kind == "task_complete") {
        // The first time, if it was committed twice.
        committed.entry(entry.step).or_insert(entry.at_micros);
    }
    for run in runs {
        if committed.get(&run.step).is_some_and(|at| run.at_micros > *at) {
            let check = if run.is_stale { STALE_RERUN } else { RERUN };
            docket.find(check, id, format!("step {} under fence {}", run.step, run.fence));
        }
    }
}

/// The longest wait of a running job for its next event. Waiting in the queue is something else.
#[expect(clippy::cast_precision_loss, reason = "spans of a run are far below 2^52 microseconds")]
fn silence_ms(list: &[Entry]) -> f64 {
    let began = list.iter().position(|entry| entry.kind == "task_start").unwrap_or(list.len());
    let gaps = list[began..].windows(2).map(|pair| pair[1].at_micros - pair[0].at_micros);
    gaps.max().unwrap_or(0) as f64 / 1000.0
}

/// How long after the end of its job the last step began.
#[expect(clippy::cast_precision_loss, reason = "spans of a run are far below 2^52 microseconds")]
fn late_ms(list: &[Entry], runs: Option<&Vec<Run>>) -> f64 {
    let Some(end) = list.last().filter(|entry| entry.is_terminal()) else { return 0.0 };
    let last = runs.into_iter().flatten().map(|run| run.at_micros).max().unwrap_or(end.at_micros);
    (last - end.at_micros).max(0) as f64 / 1000.0
}

/// Every replica has the same list as the first.
async fn look_at_replicas(client: &Client, lists: &HashMap<&str, &[Entry]>, docket: &mut Docket) {
    let others = client.addresses.all().len().saturating_sub(1);
    for replica in 1..=others {
        let read: Vec<(&str, Result<Vec<Entry>, String>)> = stream::iter(lists.keys().copied())
            .map(|id| async move { (id, read_list(client, replica, id, Instant::now() + READ_MAX).await) })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        for (id, list) in read {
            match list {
                Ok(list) if list == lists[id] => {}
                Ok(list) => docket.find(REPLICA, id, format!("{} events, and not {}", list.len(), lists[id].len())),
                Err(why) => docket.find(REPLICA, id, why),
            }
        }
    }
}

fn look_at_readings(readings: &[Reading], lists: &HashMap<&str, &[Entry]>, docket: &mut Docket) {
    for reading in readings {
        let Some(list) = lists.get(reading.id.as_str()) else { continue };
        let expected: Vec<(i64, u64)> = list.iter().map(|entry| (entry.seq, entry.hash)).collect();
        if let Some(oddity) = &reading.oddity {
            docket.find(READER, &reading.id, oddity);
        } else if reading.list != expected {
            let seqs: Vec<i64> = reading.list.iter().map(|(seq, _)| *seq).take(60).collect();
            let what = format!("over {} connections it read {seqs:?} of {}", reading.connections, expected.len());
            docket.find(READER, &reading.id, what);
        }
    }
}

/// Jobs that nobody was told of: a key that made two.
async fn look_for_others(evidence: &Evidence<'_>, docket: &mut Docket) {
    let known: HashSet<&str> = evidence.asked.iter().filter_map(|job| job.id.as_deref()).collect();
    let unanswered = evidence.asked.iter().filter(|job| job.id.is_none()).count();
    let mut cursor = String::new();
    let mut others = Vec::new();
    for _ in 0..PAGES_MAX {
        let outcome = evidence.client.get("list", &format!("/v1/jobs?limit=100{cursor}")).await;
        let Outcome::Done(_, page) = outcome else {
            docket.find(ODD, "", format!("the jobs cannot be listed: {outcome:?}"));
            return;
        };
        let ids = page["jobs"].as_array().into_iter().flatten().filter_map(|job| job["job_id"].as_str());
        others.extend(ids.filter(|id| !known.contains(id)).map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    // One for each key that got no answer may be there all the same.
    for other in others.into_iter().skip(unanswered) {
        docket.find(DOUBLE, &other, "no key was answered with it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: i64, kind: &str, step: u64) -> Entry {
        let task = (kind == "task_complete").then(|| format!("step@{step}/probe"));
        Entry { seq, kind: kind.to_owned(), task, step, at_micros: seq * 1_000, hash: 0 }
    }

    fn whole() -> Vec<Entry> {
        vec![
            entry(1, "state_change", 0),
            entry(2, "task_start", 1),
            entry(3, "task_complete", 1),
            entry(4, "task_complete", 2),
            entry(5, "complete", 0),
        ]
    }

    fn found_in(list: &[Entry], runs: &[Run]) -> Vec<&'static str> {
        let mut docket = Docket::default();
        look_at_list("j", list, &mut docket);
        look_at_runs("j", list, runs, &mut docket);
        docket.findings.iter().map(|finding| finding.check).collect()
    }

    fn run(step: u64, at_micros: i64, is_stale: bool) -> Run {
        Run { step, fence: 1, at_micros, is_stale }
    }

    #[test]
    fn a_whole_list_is_found_whole_and_each_fault_by_its_name() {
        assert!(found_in(&whole(), &[run(1, 2_500, false), run(2, 3_500, false)]).is_empty());
        let mut gap = whole();
        gap.remove(1);
        assert_eq!(found_in(&gap, &[]), [GAP]);
        let mut twice = whole();
        twice[3] = entry(4, "task_complete", 1);
        assert_eq!(found_in(&twice, &[]), [TWICE]);
        let mut endless = whole();
        endless.pop();
        assert_eq!(found_in(&endless, &[]), [NO_LAST]);
        assert_eq!(found_in(&[], &[]), [GAP, NO_LAST]);
        // Step 1 is committed at 3,000: whoever begins it later does it again.
        assert_eq!(found_in(&whole(), &[run(1, 3_001, false)]), [RERUN]);
        assert_eq!(found_in(&whole(), &[run(1, 3_001, true)]), [STALE_RERUN]);
    }

    #[test]
    fn a_reader_must_have_the_log() {
        let log = whole();
        let lists = HashMap::from([("j", log.as_slice())]);
        let reading = |list: Vec<(i64, u64)>| Reading {
            id: "j".to_owned(),
            list,
            connections: 2,
            lag_max_ms: 0.0,
            resumes_ms: Vec::new(),
            oddity: None,
        };
        let right: Vec<(i64, u64)> = (1..=5).map(|seq| (seq, 0)).collect();
        let mut wrong = right.clone();
        wrong[2].1 = 7;
        let mut docket = Docket::default();
        look_at_readings(&[reading(right.clone())], &lists, &mut docket);
        assert_eq!(docket.count(READER), 0);
        look_at_readings(&[reading(wrong), reading(right[..4].to_vec())], &lists, &mut docket);
        assert_eq!(docket.count(READER), 2);
    }
}
