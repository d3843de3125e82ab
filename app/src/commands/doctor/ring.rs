//! Redis: there, and not about to throw things away.

use std::time::Duration;

use broker::Broker;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{Finding, chain};
use crate::config::Settings;

const WHAT: &str = "redis";
const ANSWER_WAIT: Duration = Duration::from_secs(3);

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let Some(url) = &settings.broker.redis_url else {
        return vec![Finding::ok(
            WHAT,
            "not set, which is right for `dev` and `plan`; the distributed roles need REDIS_URL",
        )];
    };
    let url = url.expose_secret();
    let broker = match timeout(ANSWER_WAIT * 2, Broker::connect(&settings.broker)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(error)) => return vec![Finding::fail(WHAT, chain(&error), "correct broker.redis_url or broker.prefix")],
        Err(_) => return vec![away(url, "no answer in time")],
    };
    if let Err(error) = broker.ping().await {
        return vec![away(url, &chain(&error))];
    }
    let mut found = vec![Finding::ok(WHAT, format!("{url} answers"))];
    match broker.server_info().await {
        Ok(Some(info)) => found.extend(settings_of(&info)),
        // A server that does not tell.
        Ok(None) | Err(_) => {
            found.push(Finding::ok("redis set-up", "not told; nothing is kept in Redis that is not in the database"));
        }
    }
    found
}

fn away(url: &str, why: &str) -> Finding {
    let fix = "is it up, and REDIS_URL right? Until then jobs run, but start late and streams are slow: lost are none";
    Finding::fail(WHAT, format!("{url} cannot be reached: {why}"), fix)
}

/// What INFO says of memory and persistence.
fn settings_of(info: &str) -> Vec<Finding> {
    let value = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let eviction = match value("maxmemory_policy") {
        Some("noeviction") => Finding::ok("redis memory", "noeviction: when it is full it says so"),
        Some(policy) => Finding::warn(
            "redis memory",
            format!("{policy}: a full Redis throws the ring away, and jobs start late until the sweep finds them"),
            "set maxmemory-policy to noeviction, and give other uses another Redis",
        ),
        None => Finding::ok("redis memory", "its policy is not told"),
    };
    // Everything lasting is in the database, so neither is wrong; whoever pays for disk writes should know.
    let persistence = match (value("aof_enabled"), value("rdb_last_bgsave_status")) {
        (_, Some(status)) if status != "ok" => Finding::warn(
            "redis disk",
            "its last snapshot failed; with stop-writes-on-bgsave-error it now refuses rings and events",
            "give it disk space, or turn snapshots off: Portolan needs none",
        ),
        (Some("1"), _) => Finding::ok("redis disk", "append-only file on; Portolan does not need it"),
        _ => Finding::ok("redis disk", "no append-only file, and Portolan needs none"),
    };
    vec![eviction, persistence]
}

#[cfg(test)]
mod tests {
    use super::{super::Grade, settings_of};

    #[test]
    fn a_redis_that_evicts_or_cannot_save_is_warned_of() {
        let grades = |info: &str| settings_of(info).iter().map(|finding| finding.grade).collect::<Vec<_>>();
        let well = "maxmemory_policy:noeviction\r\naof_enabled:0\r\nrdb_last_bgsave_status:ok\r\n";
        assert_eq!(grades(well), [Grade::Ok, Grade::Ok]);
        let ill = "maxmemory_policy:allkeys-lru\r\naof_enabled:1\r\nrdb_last_bgsave_status:err\r\n";
        assert_eq!(grades(ill), [Grade::Warn, Grade::Warn]);
    }
}
