//! c: the time of one durable commit, which nothing that promises durability can be faster than.

use std::time::Instant;

use store::Store;

use crate::{
    Error,
    figures::{Spread, Times},
    house::House,
    measures::Scale,
};

/// Commits before the clock starts.
const WARM_UP: i64 = 20;

/// Inserts one row after another through a connection of our own to the measured database, each in a transaction of its own.
pub(crate) async fn measure(house: &House, scale: Scale) -> Result<Spread, Error> {
    let store = match house.commit_file() {
        Some(url) => Store::connect(&store::Config { url, ..store::Config::default() }).await?,
        None => house.store().await?,
    };
    let mut times = Times::default();
    store.prepare_single_commits().await?;
    for number in 0..WARM_UP + scale.of(500, 50) {
        let started = Instant::now();
        store.single_commit(number).await?;
        if number >= WARM_UP {
            times.add(started.elapsed());
        }
    }
    store.forget_single_commits().await?;
    store.close().await;
    Ok(times.spread())
}
