//! Readers that want to go on behind something that they cannot have seen, and readers of jobs that are not theirs.

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use rand::{RngExt, rngs::SmallRng};
use reqwest::{Method, StatusCode, header::HeaderValue};
use serde_json::Value;

use super::{Scale, jobs::DONE_MAX};
use crate::{
    client::{Client, Outcome},
    limit::figure,
    load::{Load, Wish, random},
    oracle::{self, OPEN},
    stage::Stage,
    stream::{Told, read_answer},
};

/// The keys of two tenants; the settings hold their hashes.
pub(super) const KEY: &str = "chaos-house";
const KEY_OF_ANOTHER: &str = "chaos-guest";
const KEYS: &str = concat!(
    r#"[{"name":"house","tenant":"house","sha256":"ed2ed19d03cc16cdad8ab6fec7541ea35174ff5fb5c7d406651eaa1ae9a2f9db"},"#,
    r#"{"name":"guest","tenant":"guest","sha256":"9e0058538165d9eee953f1d51e591af9f648acee7ff50639d1a76b42372daf12"}]"#,
);
pub(super) const SETTINGS: &[(&str, &str)] = &[("PORTOLAN__API__KEYS", KEYS)];

/// Jobs of each tenant that are over, each longer than the one before.
const JOBS: u32 = 5;
/// Requests side by side.
const READERS: usize = 16;
/// The longest cursor that is none.
const JUNK_MAX: usize = 40;

/// A job, and how far it had come before anybody asked.
struct Target {
    tenant: usize,
    id: String,
    floor: i64,
    log: Vec<Value>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Tenant(usize),
    /// Somebody without a key, or with none that opens.
    Nobody(bool),
}

/// How a cursor is sent. A header wins.
#[derive(Debug, Clone)]
struct Cursor {
    header: Option<Vec<u8>>,
    parameter: Option<String>,
}

/// A request, and its answer.
struct Try {
    target: usize,
    asker: Asker,
    cursor: Cursor,
    told: Told,
}

pub(super) async fn foreign_cursors(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let clients = [stage.client.clone(), Client::with_key(stage.cluster.addresses.clone(), KEY_OF_ANOTHER)?];
    let another = Load::new(clients[1].clone(), stage.options.seed, stage.timeline.clone());
    let loads = [stage.load.clone(), another];
    let over = |number: u32| Wish::Probe { steps: 1 + number * 5, delay_ms: 2 };
    let mut targets = submit(stage, &loads, (0..JOBS).map(over)).await?;
    for client in &clients {
        oracle::settle(client, OPEN, DONE_MAX).await;
    }
    // One of each goes on while it is read.
    targets.extend(submit(stage, &loads, [Wish::Probe { steps: scale.of(60, 15), delay_ms: 200 }]).await?);
    for target in &mut targets {
        let Outcome::Done(_, status) = clients[target.tenant].status(&target.id, false).await else { continue };
        target.floor = status["seq"].as_i64().context("a job has a number of events")?;
    }
    let count = scale.of(2_000, 200);
    let mut random = random(stage.options.seed, 7);
    let asked: Vec<(usize, Asker, Cursor)> = (0..count).map(|_| draw(&mut random, &targets)).collect();
    let asking = stream::iter(asked).map(|(target, asker, cursor)| ask(&clients, &targets, target, asker, cursor));
    let tries: Vec<Try> = asking.buffer_unordered(READERS).try_collect().await?;
    for target in &mut targets {
        target.log = read_log(&clients[target.tenant], &target.id).await?;
    }
    judge(stage, &targets, &tries);
    Ok(())
}

/// Jobs of both tenants, each of these wishes for each.
async fn submit(
    stage: &Stage,
    loads: &[Load; 2],
    wishes: impl IntoIterator<Item = Wish>,
) -> anyhow::Result<Vec<Target>> {
    let wishes: Vec<Wish> = wishes.into_iter().collect();
    let both = loads.iter().enumerate().flat_map(|(tenant, load)| wishes.iter().map(move |wish| (tenant, load, *wish)));
    let submitting = both.map(async |(tenant, load, wish)| {
        let (index, key) = load.enter(wish);
        let id = stage.end.run_until_cancelled(load.submit(index, wish, &key)).await;
        let id = id.flatten().context("there is no answer to a submission")?;
        anyhow::Ok(Target { tenant, id, floor: 0, log: Vec::new() })
    });
    try_join_all(submitting).await
}

/// Which job, who asks, and behind what.
fn draw(random: &mut SmallRng, targets: &[Target]) -> (usize, Asker, Cursor) {
    let target = random.random_range(0..targets.len());
    let asker = match random.random_range(0..10) {
        0 => Asker::Nobody(random.random_bool(0.5)),
        1..=3 => Asker::Tenant(1 - targets[target].tenant),
        _ => Asker::Tenant(targets[target].tenant),
    };
    let cursor = match random.random_range(0..4) {
        0 => Cursor { header: None, parameter: Some(draw_parameter(random, target, targets)) },
        1 => Cursor {
            header: Some(draw_text(random, target, targets)),
            parameter: Some(draw_parameter(random, target, targets)),
        },
        _ => Cursor { header: Some(draw_text(random, target, targets)), parameter: None },
    };
    (target, asker, cursor)
}

/// A cursor: of this job, of another one, of none, or no number at all.
fn draw_text(random: &mut SmallRng, target: usize, targets: &[Target]) -> Vec<u8> {
    let (own, other) = (targets[target].floor, &targets[random.random_range(0..targets.len())]);
    let text = match random.random_range(0..12) {
        0..=2 => random.random_range(0..=own).to_string(),
        3 => random.random_range(0..=other.floor).to_string(),
        4 => other.floor.to_string(),
        5 => (own + random.random_range(1..1_000_000)).to_string(),
        6 => (-random.random_range(0..=own)).to_string(),
        7 => ["9223372036854775807", "9223372036854775808", "1000000000000000000000000000000"]
            [random.random_range(0..3)]
        .to_owned(),
        8 => other.id.clone(),
        9 => ["", "+1", "1.0", "0x1", "1e0", "1 2", "1,2", "007", "null", "*"][random.random_range(0..10)].to_owned(),
        10 => return (0..random.random_range(1..JUNK_MAX)).map(|_| random.random_range(0x80..=0xff)).collect(),
        _ => (0..random.random_range(1..JUNK_MAX)).map(|_| char::from(random.random_range(b'!'..=b'~'))).collect(),
    };
    text.into_bytes()
}

fn draw_parameter(random: &mut SmallRng, target: usize, targets: &[Target]) -> String {
    String::from_utf8_lossy(&draw_text(random, target, targets)).into_owned()
}

impl Cursor {
    /// The number that it says, if it does.
    fn number(&self) -> Option<i64> {
        let text = match (&self.header, &self.parameter) {
            // Spaces around a header's value are not part of it.
            (Some(header), _) => header.trim_ascii(),
            (None, Some(parameter)) => parameter.as_bytes(),
            (None, None) => return Some(0),
        };
        let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
    }
}

async fn ask(
    clients: &[Client; 2],
    targets: &[Target],
    target: usize,
    asker: Asker,
    cursor: Cursor,
) -> anyhow::Result<Try> {
    let client = match asker {
        Asker::Tenant(tenant) => clients[tenant].clone(),
        Asker::Nobody(true) => Client::with_key(clients[0].addresses.clone(), "chaos-nobody")?,
        Asker::Nobody(false) => Client::new(clients[0].addresses.clone())?,
    };
    let request = client.request(Method::GET, &format!("/v1/stream/{}", targets[target].id));
    let mut request = request.context("there is no replica")?;
    if let Some(parameter) = &cursor.parameter {
        request = request.query(&[("after", parameter)]);
    }
    if let Some(header) = &cursor.header {
        request = request.header("Last-Event-ID", HeaderValue::from_bytes(header)?);
    }
    Ok(Try { target, asker, told: read_answer(request).await?, cursor })
}

async fn read_log(client: &Client, id: &str) -> anyhow::Result<Vec<Value>> {
    let request = client.request(Method::GET, &format!("/v1/stream/{id}")).context("there is no replica")?;
    match read_answer(request).await? {
        Told::Events(log) => Ok(log),
        other => anyhow::bail!("job {id} has no log: {other:?}"),
    }
}

fn judge(stage: &mut Stage, targets: &[Target], tries: &[Try]) {
    let (mut foreign, mut odd, mut exact, mut refused, mut denied) = (0, 0, 0, 0, 0);
    for one in tries {
        let target = &targets[one.target];
        let is_owner = one.asker == Asker::Tenant(target.tenant);
        if let Told::Events(events) = &one.told {
            foreign += events.iter().filter(|event| !is_owner || event["job_id"] != target.id.as_str()).count();
        }
        let is_right = one.is_right(target, is_owner);
        if !is_right {
            odd += 1;
            let cursor = String::from_utf8_lossy(one.cursor.header.as_deref().unwrap_or_default()).into_owned();
            let (asker, told, log) = (one.asker, &one.told, target.log.len());
            stage
                .timeline
                .note(format!("{asker:?} behind {cursor:?} or {:?} of {log}: {told:?}", one.cursor.parameter));
        }
        match &one.told {
            Told::Refused(..) if is_owner => refused += 1,
            Told::Refused(..) => denied += 1,
            Told::Events(_) | Told::Over => exact += usize::from(is_right),
        }
    }
    let few = figure(tries.len() / 20);
    stage.measure_exactly("events of anybody else's that were seen", figure(foreign), "0", 0.0);
    stage.measure_exactly("answers that are neither exact nor a clear refusal", figure(odd), "0", 0.0);
    stage.measure_at_least("exact rests", figure(exact), "one of 20", few);
    stage.measure_at_least("cursors that were refused", figure(refused), "one of 20", few);
    stage.measure_at_least("strangers who were refused", figure(denied), "one of 20", few);
}

impl Try {
    /// Whether the answer is what the asker may have.
    fn is_right(&self, target: &Target, is_owner: bool) -> bool {
        let (number, length) = (self.cursor.number(), target.log.len());
        let refused = |status: StatusCode, code: &str| self.told == Told::Refused(status, Some(code.to_owned()));
        let is_bad = refused(StatusCode::BAD_REQUEST, "bad_cursor");
        match (self.asker, number.map(usize::try_from)) {
            (Asker::Nobody(_), _) => refused(StatusCode::UNAUTHORIZED, "unauthorized"),
            // What is no number is refused before anybody looks for the job; what is one tells nothing of it.
            (_, None | Some(Err(_))) => is_bad,
            (_, Some(Ok(_))) if !is_owner => refused(StatusCode::NOT_FOUND, "not_found"),
            (_, Some(Ok(number))) if number > length => is_bad,
            // It had not come so far when this was asked, or it had.
            (_, Some(Ok(number))) if is_bad => i64::try_from(number).is_ok_and(|number| number > target.floor),
            (_, Some(Ok(number))) => match &self.told {
                Told::Events(events) => *events == target.log[number..],
                Told::Over => number == length,
                Told::Refused(..) => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tried(asker: Asker, header: &str, told: Told) -> Try {
        let cursor = Cursor { header: Some(header.as_bytes().to_vec()), parameter: Some("1".to_owned()) };
        Try { target: 0, asker, cursor, told }
    }

    #[test]
    fn only_the_exact_rest_and_a_clear_refusal_are_right() {
        let log: Vec<Value> = (1..=3).map(|seq| json!({ "job_id": "j", "seq": seq })).collect();
        let target = Target { tenant: 0, id: "j".to_owned(), floor: 2, log: log.clone() };
        let is_right = |asker: Asker, header: &str, told: Told| {
            tried(asker, header, told).is_right(&target, asker == Asker::Tenant(0))
        };
        let refused = |status: StatusCode, code: &str| Told::Refused(status, Some(code.to_owned()));
        let (owner, stranger, nobody) = (Asker::Tenant(0), Asker::Tenant(1), Asker::Nobody(false));
        let bad = refused(StatusCode::BAD_REQUEST, "bad_cursor");
        let missing = refused(StatusCode::NOT_FOUND, "not_found");
        assert!(is_right(owner, " 1", Told::Events(log[1..].to_vec())));
        assert!(
            is_right(owner, "3", Told::Over) && is_right(owner, "4", bad.clone()) && is_right(owner, "x", bad.clone())
        );
        assert!(is_right(owner, "3", bad.clone()), "it was not there yet");
        assert!(is_right(stranger, "1", missing.clone()) && is_right(stranger, "-1", bad.clone()));
        assert!(is_right(nobody, "1", refused(StatusCode::UNAUTHORIZED, "unauthorized")));
        for (asker, header, told) in [
            (owner, "1", Told::Events(log.clone())),
            (owner, "2", Told::Over),
            (owner, "2", bad.clone()),
            (owner, "4", Told::Events(Vec::new())),
            (owner, "1", missing),
            (owner, "x", Told::Refused(StatusCode::BAD_REQUEST, None)),
            (owner, "x", Told::Refused(StatusCode::INTERNAL_SERVER_ERROR, None)),
            (stranger, "1", Told::Events(Vec::new())),
            (stranger, "9", bad),
            (nobody, "1", Told::Events(log)),
        ] {
            let what = format!("{asker:?} {header} {told:?}");
            assert!(!is_right(asker, header, told), "{what}");
        }
    }
}
