//! The database: there, whole, migrated, and of the same opinion about the time.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use store::Store;
use tokio::time::timeout;

use super::{Finding, chain};
use crate::{
    config::Settings,
    lock,
    process::{self, database_file, sqlite_url},
    redact::redact,
};

const WHAT: &str = "database";
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Every page of a file is read for this, a gigabyte in some seconds.
const WHOLE_WAIT: Duration = Duration::from_secs(120);
/// Leases run on the database's clock alone; days in requests are checked by the API's.
const CLOCK_WARN: chrono::Duration = chrono::Duration::seconds(5);
const CLOCK_FAIL: chrono::Duration = chrono::Duration::hours(1);

pub(super) async fn check(settings: &Settings, folder: &Path) -> Vec<Finding> {
    let mut config = settings.store.clone();
    if config.url.starts_with("sqlite:") {
        let file = database_file(folder);
        if !file.exists() {
            return vec![Finding::ok(WHAT, format!("{} does not exist yet; `dev` and `plan` make it", file.display()))];
        }
        match sqlite_url(folder) {
            Ok(url) => config.url = url,
            Err(error) => return vec![Finding::fail(WHAT, error.to_string(), "take another folder with --data DIR")],
        }
    }
    let url = redact(&config.url);
    let store = match timeout(ANSWER_WAIT, Store::connect(&config)).await {
        Ok(Ok(store)) => store,
        Ok(Err(error)) => {
            let fix = "is the server up, the address in DATABASE_URL right, and the password the one of this role?";
            return vec![Finding::fail(WHAT, format!("{url} cannot be reached: {}", chain(&error)), fix)];
        }
        Err(_) => {
            let fix = "is the address in DATABASE_URL right, and does a firewall stand between?";
            return vec![Finding::fail(WHAT, format!("{url} did not answer within {ANSWER_WAIT:?}"), fix)];
        }
    };
    let mut found = vec![Finding::ok(WHAT, format!("{url} answers")), migrations(&store, folder).await];
    found.extend(whole(&store).await);
    found.push(clock(&store, settings.store.time_scale).await);
    store.close().await;
    found
}

async fn migrations(store: &Store, folder: &Path) -> Finding {
    const WHAT: &str = "schema";
    match process::pending(store).await {
        Ok(pending) if pending.is_empty() => Finding::ok(WHAT, "every migration is applied"),
        Ok(pending) if store.is_postgres() => {
            let told = format!("{} migration(s) are not applied, first {}", pending.len(), pending[0]);
            Finding::fail(WHAT, told, "run `portolan migrate up` with the settings of this release")
        }
        Ok(pending) => {
            let told = format!("{} migration(s) are not applied; the next `dev` or `plan` does it", pending.len());
            match lock::holder(folder) {
                None => Finding::ok(WHAT, told),
                Some(_) => {
                    Finding::warn(WHAT, told, "an older Portolan runs over this folder: stop it and start this one")
                }
            }
        }
        Err(error) => Finding::fail(WHAT, chain(error.as_ref()), "may this role read the table seaql_migrations?"),
    }
}

/// Whether a file is what SQLite wrote. Postgres looks after its own.
async fn whole(store: &Store) -> Option<Finding> {
    const WHAT: &str = "file";
    let fix = "stop Portolan, keep a copy of the folder, and go back to a backup";
    match timeout(WHOLE_WAIT, store.integrity()).await {
        Ok(Ok(None)) => None,
        Ok(Ok(Some(faults))) if faults.is_empty() => Some(Finding::ok(WHAT, "every page of the database is whole")),
        Ok(Ok(Some(faults))) => Some(Finding::fail(WHAT, format!("it is damaged: {}", faults.join("; ")), fix)),
        Ok(Err(error)) => Some(Finding::fail(WHAT, format!("it cannot be read: {}", chain(&error)), fix)),
        Err(_) => {
            let told = format!("not every page was read within {WHOLE_WAIT:?}");
            Some(Finding::warn(WHAT, told, "look with sqlite3 and PRAGMA integrity_check"))
        }
    }
}

async fn clock(store: &Store, time_scale: f64) -> Finding {
    const WHAT: &str = "clock";
    if (time_scale - 1.0).abs() > f64::EPSILON {
        let told = format!("store.time_scale is {time_scale}: the database's time is not real");
        return Finding::warn(WHAT, told, "remove store.time_scale outside of trials");
    }
    let before = SystemTime::now();
    let theirs = match store.now().await {
        Ok(theirs) => theirs,
        Err(error) => return Finding::fail(WHAT, chain(&error), "mend the database first"),
    };
    let took = before.elapsed().unwrap_or_default();
    let ours = DateTime::<Utc>::from(before + took / 2);
    let apart = (theirs - ours).abs();
    let told = format!("this machine and the database are {:.3} s apart", apart.as_seconds_f64());
    let fix = "let both machines keep their time with NTP";
    if apart >= CLOCK_FAIL {
        Finding::fail(WHAT, told, fix)
    } else if apart >= CLOCK_WARN {
        Finding::warn(WHAT, told, fix)
    } else {
        Finding::ok(WHAT, told)
    }
}
