//! What people decide, at once and against each other, and what is changed behind their backs.

use std::time::Duration;

use anyhow::Context;
use chrono::DateTime;
use futures::{StreamExt, TryStreamExt, future::join_all, stream};
use rand::RngExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{
    Scale,
    jobs::{DONE_MAX, count_of},
};
use crate::{
    client::Outcome,
    limit::figure,
    load::{Wish, random},
    oracle::BUSY,
    slot::Role,
    stage::Stage,
    stream::{Told, now_micros, read_answer},
};

/// People who repeat themselves do it so often.
const REPEATS: usize = 3;
/// Who decided when nobody did.
const TIMEOUT: &str = "timeout";
/// A trip waits for its approval within this.
const OPENS_MAX: Duration = Duration::from_secs(60);
/// Where people race with the end of its time, they begin so long before it, doubled up to six times: the machine decides how
/// long they need.
const AHEAD_MS: u64 = 5;
const DOUBLINGS: std::ops::RangeInclusive<u32> = 0..=6;

/// When the end of a gate's time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timer {
    /// Long after everybody.
    Last,
    /// While people decide.
    Races,
    /// Before anybody.
    First,
}

impl Timer {
    const fn of(number: usize) -> Self {
        match number % 5 {
            0 => Self::First,
            1 | 2 => Self::Races,
            _ => Self::Last,
        }
    }

    fn wish(self, number: usize) -> Wish {
        let timeout_s = if self == Self::Last { 3_600 } else { 1 };
        let on_timeout = if number.is_multiple_of(2) { "reject" } else { "approve" };
        Wish::Disputed { trip: number, timeout_s, on_timeout }
    }
}

/// What came out of one approval.
struct Settled {
    id: String,
    /// What those were told whose decision stands.
    winners: Vec<Value>,
    /// Others who were told anything but that they are too late.
    misled: usize,
    /// Repetitions that were answered otherwise than the first time.
    unlike: usize,
}

pub(super) async fn decisions(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    // Fewer side by side where more people decide about each.
    let (count, people, beside) = scale.of((200, 100, 4), (20, 25, 10));
    let disputes = stream::iter(0..count).map(|number| dispute(stage, number, people));
    let settled: Vec<Settled> = disputes.buffer_unordered(beside).try_collect().await?;
    stage.drain(DONE_MAX).await;
    let (mut told, mut by_timer) = (0, 0);
    for one in &settled {
        let by = logged(stage, one).await?;
        told += usize::from(by.is_some());
        by_timer += usize::from(by.as_deref() == Some(TIMEOUT));
    }
    let sum = |of: fn(&Settled) -> usize| figure(settled.iter().map(of).sum());
    let with_two = settled.iter().filter(|one| one.winners.len() > 1).count();
    let by_people = settled.iter().filter(|one| one.winners.len() == 1).count();
    stage.measure_exactly(
        "approvals with one winner, of whom the log tells",
        figure(told),
        "all of them",
        figure(count),
    );
    stage.measure_exactly("approvals with two winners", figure(with_two), "0", 0.0);
    stage.measure_exactly("others who were not told that it is too late", sum(|one| one.misled), "0", 0.0);
    stage.measure_exactly("repetitions with another answer", sum(|one| one.unlike), "0", 0.0);
    let (of_people, of_timers) = (figure(count * 2 / 5), figure(count / 5));
    stage.measure_at_least("approvals that people decided", figure(by_people), "those without a timer", of_people);
    stage.measure_at_least("approvals that the timer decided", figure(by_timer), "those it comes first to", of_timers);
    Ok(())
}

/// Asks for a trip, and lets everybody decide about it at once.
async fn dispute(stage: &Stage, number: usize, people: usize) -> anyhow::Result<Settled> {
    let (timer, mut random) = (Timer::of(number), random(stage.options.seed, 20_000 + number as u64));
    let id = stage.submit_one(timer.wish(number)).await?;
    let gate = gate_of(stage, &id).await?;
    let ends = DateTime::parse_from_rfc3339(gate["expires_at"].as_str().context("a gate has an end")?)?;
    let left = Duration::from_micros(u64::try_from(ends.timestamp_micros() - now_micros()).unwrap_or(0));
    match timer {
        Timer::Last => {}
        Timer::Races => {
            let ahead = Duration::from_millis(AHEAD_MS << random.random_range(DOUBLINGS));
            stage.rest(left.saturating_sub(ahead)).await;
        }
        Timer::First => stage.rest(left + Duration::from_millis(1)).await,
    }
    let all = join_all((0..people).map(|person| decide(stage, &id, &gate, person))).await;
    let all = all.into_iter().collect::<anyhow::Result<Vec<(StatusCode, Value)>>>()?;
    let won = all.iter().position(|(status, _)| *status == StatusCode::OK);
    // Whom the others lost against.
    let late = if won.is_some() { StatusCode::CONFLICT } else { StatusCode::GONE };
    let misled = all.iter().filter(|(status, _)| *status != StatusCode::OK && *status != late).count();
    let again = [won.unwrap_or(0), (won.unwrap_or(0) + 1) % people];
    let mut unlike = 0;
    for person in again.into_iter().flat_map(|person| [person; REPEATS]) {
        let (status, body) = decide(stage, &id, &gate, person).await?;
        let (first, said) = &all[person];
        let same = match status {
            StatusCode::OK => body == *said,
            // Beside the gate, it is about the request.
            StatusCode::CONFLICT => body["gate"] == said["gate"],
            // A gate whose time is over may not say so itself at first.
            _ => true,
        };
        unlike += usize::from(status != *first || !same);
    }
    let winners = all.into_iter().filter(|(status, _)| *status == StatusCode::OK).map(|(_, body)| body).collect();
    Ok(Settled { id, winners, misled, unlike })
}

/// The gate of a job, once it has one.
async fn gate_of(stage: &Stage, id: &str) -> anyhow::Result<Value> {
    let waiting = async {
        loop {
            if let Outcome::Done(_, mut status) = stage.client.status(id, true).await
                && status["gate"].is_object()
            {
                return status["gate"].take();
            }
        }
    };
    let opened = tokio::time::timeout(OPENS_MAX, stage.end.run_until_cancelled(waiting)).await;
    opened.ok().flatten().context("a trip does not wait for its approval")
}

/// One person decides, and asks until there is an answer: every second one approves, the others reject.
async fn decide(stage: &Stage, id: &str, gate: &Value, person: usize) -> anyhow::Result<(StatusCode, Value)> {
    let decision = if person.is_multiple_of(2) { "approve" } else { "reject" };
    let (gate, user) = (&gate["approval_id"], format!("p{person}"));
    let body = json!({ "job_id": id, "approval_id": gate, "decision": decision, "user_id": user });
    while !stage.end.is_cancelled() {
        match stage.client.post("decide", "/v1/approve", None, &body).await {
            Outcome::Done(status, answer) => return Ok((status, answer)),
            Outcome::Refused(Some(status), text) if status.is_client_error() => {
                return Ok((status, serde_json::from_str(&text)?));
            }
            Outcome::Refused(..) | Outcome::Unknown(_) => stage.rest(Duration::from_millis(100)).await,
        }
    }
    anyhow::bail!("it is over")
}

/// Who decided, if the log has that one decision, it is what the winner was told, and the job went on accordingly.
async fn logged(stage: &Stage, one: &Settled) -> anyhow::Result<Option<String>> {
    let request =
        stage.client.request(Method::GET, &format!("/v1/stream/{}", one.id)).context("there is no replica")?;
    let Told::Events(log) = read_answer(request).await? else { return Ok(None) };
    let decided: Vec<&Value> =
        log.iter().map(|record| &record["event"]).filter(|event| event["type"] == "approval_decided").collect();
    let ([event], Some(last)) = (decided.as_slice(), log.last()) else { return Ok(None) };
    let by = event["decided_by"].as_str().context("a decision is somebody's")?.to_owned();
    let agrees = match one.winners.as_slice() {
        [] => by == TIMEOUT,
        [winner] => {
            let gate = &winner["gate"];
            ["approval_id", "decision", "decided_by", "proposal_hash"].iter().all(|field| gate[field] == event[field])
        }
        _ => false,
    };
    let went_on = event["decision"]["decision"] == "approve";
    Ok((agrees && went_on == (last["event"]["type"] == "complete")).then_some(by))
}

/// What somebody with access to the database could do between an approval and the plan: tables, and what is set in them.
const CHANGES: &[&[(&str, &str)]] = &[
    // The plan, its price, its brief: what would be written.
    &[("jobs", r#"state = replace(state, '"amount_cents":', '"amount_cents":1')"#)],
    &[("jobs", r#"state = replace(state, '"title":"', '"title":"Not ')"#)],
    &[("jobs", r#"state = replace(state, '"pace":"moderate"', '"pace":"relaxed"')"#)],
    &[("jobs", r#"node = 'finalise', state = replace(state, '"title":"', '"title":"Not ')"#)],
    // What was shown.
    &[("gates", r#"proposal = replace(proposal, '"amount_cents":', '"amount_cents":1')"#)],
    &[("gates", "prompt = 'Something else?'")],
    &[("gates", "expires_at = expires_at + 1")],
    &[("gates", "on_timeout = 'approve'")],
    // Both alike.
    &[
        ("jobs", r#"state = replace(state, '"title":"', '"title":"Not ')"#),
        ("gates", r#"proposal = replace(proposal, '"title":"', '"title":"Not ')"#),
    ],
    // The hashes.
    &[("gates", "decided_hash = '0' || proposal_hash")],
    &[("gates", "decided_hash = NULL, proposal_hash = ''")],
];

pub(super) async fn changed(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let count: usize = scale.of(100, 20);
    // Two are changed, one is not.
    let three = |number: usize| [Wish::Changed(number), Wish::Changed(number + 1), Wish::Approved(number)];
    stage.submit_each((0..count / 2).map(|pair| pair * 2).flat_map(three)).await;
    stage.leave(BUSY, DONE_MAX).await;
    // Nobody goes on with what is approved now.
    stage.harm.send_home(Role::Worker).await;
    let mut statements = Vec::new();
    for (wish, status) in stage.look().await? {
        let id = status["job_id"].as_str().context("a job has an id")?;
        let (answered, body) = decide(stage, id, &status["gate"], 0).await?;
        anyhow::ensure!(answered == StatusCode::OK, "{id} cannot be approved: {body}");
        if let Wish::Changed(number) = wish {
            let spell = |(table, set): &(&str, &str)| {
                let column = if *table == "jobs" { "id" } else { "job_id" };
                format!("UPDATE {table} SET {set} WHERE {column} = '{id}'")
            };
            statements.extend(CHANGES[number % CHANGES.len()].iter().map(spell));
        }
    }
    let postgres = stage.cluster.servers().postgres.lock().await;
    let rows = block_in_place(|| postgres.change(&statements))?;
    drop(postgres);
    stage.timeline.note(format!("{} rows are changed behind their approvals", rows.iter().sum::<u64>()));
    stage.start(&[Role::Worker]).await?;
    stage.drain(DONE_MAX).await;
    let jobs = stage.look().await?;
    let refused = count_of(&jobs, |wish, status| {
        let says_why = status["error"]["cause"].as_str().is_some_and(|cause| cause.contains("sha256"));
        matches!(wish, Wish::Changed(_)) && status["reason"] == "proposal_changed" && says_why
    });
    let went_on = count_of(&jobs, |wish, status| matches!(wish, Wish::Approved(_)) && status["status"] == "completed");
    let hit = rows.iter().filter(|rows| **rows == 1).count();
    stage.measure_exactly("statements that changed one row each", figure(hit), "every one", figure(statements.len()));
    stage.measure_exactly("changed jobs that were refused for it", refused, "all of them", figure(count));
    stage.measure_exactly("jobs that nobody changed and that are done", went_on, "all of them", figure(count / 2));
    Ok(())
}
