//! Schedules from the command line, and scheduler processes that die (RELIABILITY R22).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, until},
    support::{Place, Running},
};

const CREATE: [&str; 8] =
    ["schedules", "create", "a weekend in Lisbon", "--cron", "30 7 * * MON", "--zone", "Europe/Paris", "--days"];

fn create(place: &Place) -> String {
    let made = place.run(&[&CREATE[..], &["3"]].concat()).expect(0);
    assert!(made.stderr.contains("on Monday at 07:30"), "{}", made.stderr);
    made.stdout.trim().to_owned()
}

#[test]
fn a_schedule_lives_on_the_command_line() {
    let place = Place::with_probe();
    let _dev = place.dev();
    let id = create(&place);
    let list = place.run(&["schedules", "ls"]).expect(0).stdout;
    assert!(list.contains(&id) && list.contains("active") && list.contains("on Monday at 07:30"), "{list}");
    place.run(&["schedules", "pause", &id]).expect(0).says(&["is paused"]);
    let shown: Value =
        serde_json::from_str(&place.run(&["schedules", "show", &id, "--json"]).expect(0).stdout).expect("JSON");
    assert_eq!((&shown["status"], &shown["action"]["plan"]["constraints"]["days"]), (&json!("paused"), &json!(3)));
    let job = place.run(&["schedules", "run", &id]).expect(0).stdout.trim().to_owned();
    let status = place.run(&["status", &job]).expect(0).stdout;
    assert!(status.contains("a weekend in Lisbon") || status.contains(&job), "{status}");
    place.run(&["schedules", "resume", &id]).expect(0).says(&["goes on: next"]);
    let shown = place.run(&["schedules", "show", &id]).expect(0).stdout;
    assert_eq!(shown.matches("  next  ").count(), 5, "{shown}");
    assert!(shown.contains("fired") && shown.contains(&job), "{shown}");
    place.run(&["schedules", "rm", &id]).expect(0).says(&["is gone"]);
    place.run(&["schedules", "show", &id]).expect(3);
    assert_eq!(place.run(&["schedules", "ls"]).expect(0).stdout.trim(), "No schedules.");
}

#[test]
fn without_a_scheduler_somebody_says_so() {
    let place = Place::new();
    drop(place.dev());
    let made = place.run(&[&CREATE[..], &["3"]].concat()).expect(0);
    assert!(made.stderr.contains("portolan dev"), "{}", made.stderr);
    place
        .run(&["schedules", "create", "x", "--cron", "* * * * * *"])
        .expect(2)
        .says(&["/cron", "the least here is 60"]);
}

/// Ten minutes of ticks, one a minute, pass in ten seconds.
const SPEED: u64 = 60;
const TICKS: usize = 10;
const REPLICAS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn scheduler_processes_that_are_killed_fire_each_tick_once() {
    let from = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros().to_string();
    let fast = [
        ("PORTOLAN__STORE__TIME_SCALE", SPEED.to_string()),
        ("PORTOLAN__STORE__TIME_SCALE_FROM_MICROS", from),
        // Looks are a second apart, which is a minute of this database: whether a tick is late is not the question.
        ("PORTOLAN__SCHEDULER__LATE_AFTER_MS", "86400000".to_owned()),
    ];
    let fast: Vec<(&str, &str)> = fast.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let cluster = Cluster::build().await;
    let api = cluster.api(&fast).await;
    let (mut schedules, plan) = (Vec::new(), json!({ "query": "q", "workflow": "probe", "probe": { "steps": 1 } }));
    for name in 0..5 {
        let body = json!({
            "name": name.to_string(), "cron": "* * * * *", "action": { "plan": plan }, "overlap": "allow", "catch_up": "all",
        });
        let made =
            cluster.client.post(format!("{}/v1/schedules", api.url)).json(&body).send().await.expect("it answers");
        let made: Value = made.json().await.expect("in JSON");
        schedules.push(made["schedule_id"].as_str().expect("an id").to_owned());
    }
    let mut replicas: Vec<Running> = (0..REPLICAS).map(|_| cluster.scheduler(&fast)).collect();
    let mut strikes = tokio::time::interval(Duration::from_millis(500));
    let mut struck = 0;
    let mut history = Vec::new();
    while history.len() < schedules.len() * TICKS {
        strikes.tick().await;
        replicas[struck % REPLICAS].kill();
        // One dies behind a commit and before it rings.
        let doom = [("CRASH_AT", "fire:after_tx:2")];
        let doomed = if struck % 2 == 0 { [&fast[..], &doom[..]].concat() } else { fast.clone() };
        replicas[struck % REPLICAS] = cluster.scheduler(&doomed);
        struck += 1;
        assert!(struck < 120, "the schedulers get nowhere: {history:#?}");
        history = ticks(&cluster, &api.url, &schedules).await;
    }
    replicas.iter_mut().for_each(Running::kill);
    let history = ticks(&cluster, &api.url, &schedules).await;
    let jobs = until("the jobs are listed", async || Some(job_ids(&cluster, &api.url).await)).await;
    let mut fired: Vec<String> =
        history.iter().map(|tick| tick["job_id"].as_str().expect("a job").to_owned()).collect();
    fired.sort_unstable();
    fired.dedup();
    assert_eq!(fired.len(), history.len(), "each tick has a job of its own");
    assert_eq!(jobs, fired, "and there are no other jobs");
}

async fn get(cluster: &Cluster, url: &str) -> Value {
    cluster.client.get(url).send().await.expect("the API answers").json().await.expect("in JSON")
}

async fn ticks(cluster: &Cluster, url: &str, schedules: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for id in schedules {
        let page = get(cluster, &format!("{url}/v1/schedules/{id}/ticks?limit=100")).await;
        all.extend(page["ticks"].as_array().expect("a list").clone());
    }
    all
}

/// Of every job there is, sorted.
async fn job_ids(cluster: &Cluster, url: &str) -> Vec<String> {
    let (mut ids, mut more) = (Vec::new(), String::new());
    loop {
        let page = get(cluster, &format!("{url}/v1/jobs?limit=100{more}")).await;
        let jobs = page["jobs"].as_array().expect("a list");
        ids.extend(jobs.iter().map(|job| job["job_id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
    }
    ids.sort_unstable();
    ids
}
