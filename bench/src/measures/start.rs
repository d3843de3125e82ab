//! M8: from nothing to the first answer.

use std::time::{Duration, Instant};

use domain::JobId;
use serde::Serialize;
use tokio::time::sleep;

use super::Scale;
use crate::{
    Error,
    client::{Connection, Probe, Target, submit},
    figures::rounded,
    house::House,
    load::is_completed,
};

const PATIENCE: Duration = Duration::from_secs(30);
/// The pause after an attempt on a server that does not listen yet.
const AGAIN: Duration = Duration::from_millis(1);

/// Of several starts the one in the middle. The schema is there; embedded, an empty folder is where it starts from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Start {
    /// To the first submission that was answered.
    pub answered_s: f64,
    /// To the end of the first job.
    pub completed_s: f64,
}

pub(super) async fn start(house: &mut House, scale: Scale) -> Result<Start, Error> {
    let (mut answered, mut completed) = (Vec::new(), Vec::new());
    for _ in 0..scale.of(5, 1) {
        house.clear().await?;
        let started = Instant::now();
        house.start_all()?;
        let target = house.target();
        let mut connection = target.connection();
        let job_id = first(&mut connection, target, started + PATIENCE).await?;
        answered.push(started.elapsed().as_secs_f64());
        if !is_completed(&mut connection, target, job_id, started + PATIENCE).await? {
            return Err(Error::Late {
                what: "the first job did not complete".to_owned(),
                within_s: PATIENCE.as_secs(),
            });
        }
        completed.push(started.elapsed().as_secs_f64());
    }
    Ok(Start { answered_s: median(answered), completed_s: median(completed) })
}

async fn first(connection: &mut Connection, target: Target, deadline: Instant) -> Result<JobId, Error> {
    let request = target.submission(Probe::of_eight(0));
    loop {
        match submit(connection, &request).await {
            Ok(job_id) => return Ok(job_id),
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_) => sleep(AGAIN).await,
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().map_or(0.0, rounded)
}
