//! M1 and M2: requests in closed loops.

use serde::Serialize;

use super::Scale;
use crate::{
    Error,
    client::Probe,
    figures::megabytes,
    house::{House, Wiring},
    load::{CONNECTIONS, Rate, closed_loop},
};

/// `POST /v1/plan`. Distributed, no worker runs meanwhile; embedded, the jobs are worked off beside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Submission {
    pub one: Rate,
    pub many: Rate,
    pub idle_rss_mb: f64,
    pub is_worked_off_meanwhile: bool,
}

pub(super) async fn submission(house: &mut House, scale: Scale) -> Result<Submission, Error> {
    house.open()?;
    let idle_rss_mb = megabytes(house.figures().0.unwrap_or_default().rss_bytes);
    let target = house.target();
    let request = target.submission(Probe::of_eight(0));
    let one = closed_loop(target, request.clone(), 1, scale.seconds(5)).await;
    let many = closed_loop(target, request, CONNECTIONS, scale.seconds(8)).await;
    Ok(Submission { one, many, idle_rss_mb, is_worked_off_meanwhile: house.wiring == Wiring::Embedded })
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    pub one: Rate,
    pub many: Rate,
}

pub(super) async fn health(house: &mut House, scale: Scale) -> Result<Health, Error> {
    house.open()?;
    let target = house.target();
    let one = closed_loop(target, target.get("/health"), 1, scale.seconds(4)).await;
    let many = closed_loop(target, target.get("/health"), CONNECTIONS, scale.seconds(6)).await;
    Ok(Health { one, many })
}
