//! Jobs at a steady rate, each with what a client does to it: submit under a key until there is an answer, then approve,
//! reject or cancel.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    client::{Client, Outcome},
    timeline::Timeline,
};

/// Between two tries of a client that does not know whether it was heard.
const AGAIN: Duration = Duration::from_millis(300);
/// Probes are cancelled at the latest after this.
const CANCEL_AFTER_MAX_MS: u64 = 600;

const TRIPS: &[&str] = &[
    "3 days in Lisbon for two from Berlin in May, art",
    "3 days in Rome for two from Munich, 3000 EUR",
    "2 days in Vienna from Berlin, music",
    "3 days in Barcelona from Paris for two, seafood",
];

const UNKNOWN: &str = "3 days in Xanaduville from Berlin for two";
const ANSWER: &str = "Lisbon";

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// That it completes.
    Probe {
        steps: u32,
        delay_ms: u64,
    },
    /// That it is cancelled after so long.
    Cancelled {
        after_ms: u64,
    },
    /// A plan that nobody needs to approve.
    Trip(usize),
    Approved(usize),
    Rejected(usize),
    /// A plan about which many decide differently, and maybe the end of its time.
    Disputed {
        trip: usize,
        timeout_s: u64,
        /// What the end of its time says.
        on_timeout: &'static str,
    },
    /// A plan that is approved and then changed behind the approval.
    Changed(usize),
    /// A plan for a place that nobody knows: it asks, and somebody says later where to, or that it is not wanted.
    Asks {
        is_answered: bool,
    },
    /// It takes workers with it, and is given up.
    Poison,
    /// It takes longer than it may, and is given up.
    Overdue,
    /// That it completes; then it is rated.
    Rated,
    /// Its code panics at this step, and it fails.
    Panics {
        at_step: u32,
    },
}

impl Wish {
    /// A mix: mostly probes, as each trip costs this machine as much as many of them.
    pub(crate) fn draw(random: &mut SmallRng) -> Self {
        let trip = random.random_range(0..TRIPS.len());
        match random.random_range(0..100) {
            0..56 => Self::Probe { steps: random.random_range(2..=8), delay_ms: random.random_range(10..=250) },
            56..68 => Self::Probe { steps: 12, delay_ms: 600 },
            68..84 => Self::Cancelled { after_ms: random.random_range(0..=CANCEL_AFTER_MAX_MS) },
            84..90 => Self::Trip(trip),
            90..97 => Self::Approved(trip),
            _ => Self::Rejected(trip),
        }
    }

    fn body(self, key: &str) -> Value {
        let probe = |steps: u32, delay_ms: u64| json!({ "query": key, "workflow": "probe", "probe": { "steps": steps, "delay_ms": delay_ms } });
        let trip = |trip: usize, approval: &str| json!({ "query": TRIPS[trip % TRIPS.len()], "approval": approval });
        match self {
            Self::Probe { steps, delay_ms } => probe(steps, delay_ms),
            Self::Cancelled { .. } => probe(20, 100),
            Self::Poison => probe(8, 20),
            Self::Rated => probe(2, 20),
            Self::Overdue => {
                let mut body = probe(100, 100);
                body["deadline_s"] = 1.into();
                body
            }
            Self::Panics { at_step } => {
                let mut body = probe(8, 20);
                body["probe"]["panics_at_step"] = at_step.into();
                body
            }
            Self::Asks { .. } => json!({ "query": UNKNOWN, "approval": "never" }),
            Self::Trip(index) => trip(index, "never"),
            Self::Approved(index) | Self::Rejected(index) | Self::Changed(index) => trip(index, "always"),
            Self::Disputed { trip: index, timeout_s, on_timeout } => {
                let mut body = trip(index, "always");
                body["approval_timeout_s"] = timeout_s.into();
                body["on_timeout"] = on_timeout.into();
                body
            }
        }
    }

    /// How it may end.
    pub(crate) fn ends(self) -> &'static [&'static str] {
        match self {
            // The cancellation may come too late.
            Self::Cancelled { .. } => &["cancelled", "completed"],
            // As whoever wins says.
            Self::Disputed { .. } => &["completed", "failed"],
            Self::Rejected(_)
            | Self::Changed(_)
            | Self::Asks { is_answered: false }
            | Self::Poison
            | Self::Overdue
            | Self::Panics { .. } => &["failed"],
            Self::Probe { .. } | Self::Rated | Self::Trip(_) | Self::Approved(_) | Self::Asks { is_answered: true } => {
                &["completed"]
            }
        }
    }
}

/// A job that a client asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) wish: Wish,
    /// Once there is an answer.
    pub(crate) id: Option<String>,
    /// Other ids that were answered to the same key: there must be none.
    pub(crate) others: Vec<String>,
    /// The cancellation was confirmed.
    pub(crate) is_cancelled: bool,
    /// Answers that make no sense.
    pub(crate) oddities: Vec<String>,
}

/// Everything that was asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Load {
    client: Client,
    seed: u64,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    /// Clients stop asking for what is not there yet.
    gives_up: Arc<AtomicBool>,
    timeline: Timeline,
}

impl Load {
    pub(crate) fn new(client: Client, seed: u64, timeline: Timeline) -> Self {
        Self { client, seed, asked: Arc::default(), gives_up: Arc::default(), timeline }
    }

    pub(crate) fn snapshot(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// One of the newest jobs that there is an answer for.
    pub(crate) fn recent(&self, random: &mut SmallRng, among: usize) -> Option<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<&String> = asked.iter().rev().filter_map(|job| job.id.as_ref()).take(among).collect();
        (!known.is_empty()).then(|| known[random.random_range(0..known.len())].clone())
    }

    pub(crate) fn give_up(&self) {
        self.gives_up.store(true, Ordering::Relaxed);
    }

    fn gave_up(&self) -> bool {
        self.gives_up.load(Ordering::Relaxed)
    }

    /// Enters a job, and gives its place and its key.
    pub(crate) fn enter(&self, wish: Wish) -> (usize, String) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let index = asked.len();
        let key = format!("chaos-{}-{index}", self.seed);
        asked.push(Asked { wish, id: None, others: Vec::new(), is_cancelled: false, oddities: Vec::new() });
        (index, key)
    }

    /// Enters a job that is there, because something else than a client's wish for it made it; from here on it is like all
    /// others. Gives its place.
    pub(crate) fn adopt(&self, wish: Wish, id: &str) -> usize {
        let (index, _) = self.enter(wish);
        self.change(index, |job| job.id = Some(id.to_owned()));
        index
    }

    fn change(&self, index: usize, change: impl FnOnce(&mut Asked)) {
        change(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner)[index]);
    }

    fn odd(&self, index: usize, what: String) {
        self.timeline.note(what.clone());
        self.change(index, |job| job.oddities.push(what));
    }

    /// One job's client, from the first request to the last.
    pub(crate) async fn live(self, wish: Wish) {
        let (index, key) = self.enter(wish);
        let Some(id) = self.submit(index, wish, &key).await else { return };
        // A client that repeats itself gets the same job.
        if index.is_multiple_of(5) {
            self.submit(index, wish, &key).await;
        }
        self.live_on(index, wish, &id).await;
    }

    /// The client of a job that is there.
    pub(crate) async fn live_on(&self, index: usize, wish: Wish, id: &str) {
        match wish {
            Wish::Probe { .. }
            | Wish::Trip(_)
            | Wish::Disputed { .. }
            | Wish::Changed(_)
            | Wish::Poison
            | Wish::Overdue
            | Wish::Panics { .. } => {}
            Wish::Cancelled { after_ms } => {
                sleep(Duration::from_millis(after_ms)).await;
                self.cancel(index, id).await;
            }
            Wish::Approved(_) => self.decide(index, id, "approve").await,
            Wish::Asks { is_answered: true } => self.decide(index, id, "answer").await,
            Wish::Rejected(_) | Wish::Asks { is_answered: false } => self.decide(index, id, "reject").await,
            Wish::Rated => self.rate(index, id).await,
        }
    }

    /// Asks until there is an answer.
    pub(crate) async fn submit(&self, index: usize, wish: Wish, key: &str) -> Option<String> {
        let body = wish.body(key);
        while !self.gave_up() {
            match self.client.post("submit", "/v1/plan", Some(key), &body).await {
                Outcome::Done(StatusCode::ACCEPTED, answer) => {
                    let Some(id) = answer["job_id"].as_str().map(str::to_owned) else {
                        self.odd(index, format!("a 202 without an id: {answer}"));
                        return None;
                    };
                    self.change(index, |job| match &job.id {
                        Some(known) if *known != id => job.others.push(id.clone()),
                        Some(_) => {}
                        None => job.id = Some(id.clone()),
                    });
                    return Some(id);
                }
                Outcome::Done(status, answer) => {
                    self.odd(index, format!("{status} to a submission: {answer}"));
                    return None;
                }
                // The same request is being answered, or there is no room: later.
                Outcome::Refused(Some(status), _)
                    if status.is_server_error()
                        || status == StatusCode::CONFLICT
                        || status == StatusCode::TOO_MANY_REQUESTS => {}
                Outcome::Refused(Some(status), text) => {
                    self.odd(index, format!("{status} to a submission: {text}"));
                    return None;
                }
                Outcome::Refused(None, _) | Outcome::Unknown(_) => {}
            }
            sleep(AGAIN).await;
        }
        None
    }

    async fn cancel(&self, index: usize, id: &str) {
        while !self.gave_up() {
            match self.client.post("cancel", &format!("/v1/jobs/{id}/cancel"), None, &json!({})).await {
                Outcome::Done(..) => {
                    self.change(index, |job| job.is_cancelled = true);
                    return;
                }
                // It was over.
                Outcome::Refused(Some(StatusCode::CONFLICT), _) => return,
                Outcome::Refused(Some(status), text) if !status.is_server_error() => {
                    self.odd(index, format!("{status} to a cancellation: {text}"));
                    return;
                }
                Outcome::Refused(..) | Outcome::Unknown(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Rates a job when it is over.
    async fn rate(&self, index: usize, id: &str) {
        // It decides nothing where there is no gate: it only waits for the end.
        self.decide(index, id, "approve").await;
        while !self.gave_up() {
            let (key, verdict) = (format!("rate-{index}"), json!({ "job_id": id, "rating": 4 }));
            match self.client.post("rate", "/v1/feedback", Some(&key), &verdict).await {
                // The same request is being answered.
                Outcome::Refused(Some(StatusCode::CONFLICT), _) => sleep(AGAIN).await,
                Outcome::Done(..) => return,
                Outcome::Refused(Some(status), text) if !status.is_server_error() => {
                    self.odd(index, format!("{status} to a verdict: {text}"));
                    return;
                }
                Outcome::Refused(..) | Outcome::Unknown(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Says to a job that asked what its wish has it told.
    pub(crate) async fn answer(&self, index: usize, job: &Asked) {
        if let (Wish::Asks { .. }, Some(id)) = (job.wish, &job.id) {
            self.live_on(index, job.wish, id).await;
        }
    }

    /// Decides whenever the job waits, until it is over.
    async fn decide(&self, index: usize, id: &str, decision: &str) {
        while !self.gave_up() {
            let status = match self.client.status(id, true).await {
                Outcome::Done(_, status) => status,
                Outcome::Refused(Some(StatusCode::NOT_FOUND), text) => {
                    self.odd(index, format!("job {id} is not found: {text}"));
                    return;
                }
                Outcome::Refused(..) | Outcome::Unknown(_) => {
                    sleep(AGAIN).await;
                    continue;
                }
            };
            match status["status"].as_str().unwrap_or_default() {
                "completed" | "failed" | "cancelled" => return,
                "waiting_approval" => {
                    let mut body =
                        json!({ "job_id": id, "approval_id": status["gate"]["approval_id"], "decision": decision });
                    if decision == "answer" {
                        body["answer"] = ANSWER.into();
                    }
                    match self.client.post("decide", "/v1/approve", None, &body).await {
                        Outcome::Refused(Some(status), text)
                            if !status.is_server_error() && status != StatusCode::CONFLICT =>
                        {
                            self.odd(index, format!("{status} to a decision: {text}"));
                            return;
                        }
                        Outcome::Done(..) | Outcome::Refused(..) | Outcome::Unknown(_) => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// The random numbers of one part of a run: of the seed, and the same whatever the other parts draw.
pub(crate) fn random(seed: u64, part: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ part)
}
