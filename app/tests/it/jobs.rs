//! Jobs from the command line: to their end, over crashes, past detaching, and at a gate.

use std::time::Duration;

use crate::support::{Place, Running, assert_whole};

const PROBE: [&str; 4] = ["plan", "a canary", "--workflow", "probe"];

fn probe<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&PROBE[..], more].concat()
}

#[test]
fn json_is_every_event_as_a_line_and_nothing_else() {
    let place = Place::with_probe();
    let ran = place.run(&probe(&["--probe-steps", "4", "--probe-delay-ms", "10", "--json"])).expect(0);
    let events = ran.events();
    assert_whole(&events);
    let job = events[0]["job_id"].as_str().expect("an envelope names its job").to_owned();

    let again = place.run(&["follow", &job, "--json"]).expect(0).events();
    assert_eq!(again, events, "every reader sees the same");
    let rest = place.run(&["follow", &job, "--json", "--since", "3"]).expect(0).events();
    assert_eq!(rest, events[3..]);
    let last = events.len().to_string();
    assert_eq!(place.run(&["follow", &job, "--json", "--since", &last]).expect(0).stdout, "");
}

#[test]
fn progress_is_for_people_and_not_in_the_data() {
    let place = Place::with_probe();
    let ran = place.run(&probe(&["--probe-steps", "3", "--probe-delay-ms", "1"])).expect(0);
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with('✔')).count(), 3, "{}", ran.stderr);
    assert!(!ran.stdout.contains('✔'), "{}", ran.stdout);
    let list = place.run(&["jobs"]).expect(0).stdout;
    assert!(list.contains("completed"), "{list}");
}

#[test]
fn a_running_dev_does_the_work() {
    let place = Place::with_probe();
    let dev = place.dev();
    let events = place.run(&probe(&["--json"])).expect(0).events();
    assert_whole(&events);
    let job = events[0]["job_id"].as_str().expect("an envelope names its job").to_owned();
    let (status, body) = dev.get(&format!("/v1/status/{job}"));
    assert_eq!(status, 200, "{body}");
    let named = place.run(&["status", &job, "--server", &dev.url]).expect(0).stdout;
    assert!(named.contains("completed") && named.contains(&job), "{named}");
}

#[test]
fn a_request_that_is_not_valid_ends_with_2_and_names_the_fields() {
    let place = Place::with_probe();
    let line = ["plan", "x", "--days", "400", "--travellers", "0"];
    place.run(&line).expect(2).says(&["/constraints/days", "/constraints/travellers"]);
}

#[test]
fn a_kill_in_the_middle_loses_nothing_and_shows_nothing_twice() {
    let place = Place::with_probe();
    let mut dev = place.dev();
    let port = dev.port();
    let line = probe(&["--probe-steps", "40", "--probe-delay-ms", "50", "--json"]);
    let mut plan = Running::start(place.command(&line));
    for _ in 0..5 {
        plan.wait_for("task_complete");
    }
    dev.process.kill();
    let mut dev = place.dev_on(port);
    dev.process.wait_for("cut off earlier goes on");
    let (code, said) = plan.end();
    assert_eq!(code, 0, "{said:#?}");
    let events: Vec<_> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_whole(&events);
    let completed =
        events.iter().filter(|event: &&serde_json::Value| event["event"]["type"] == "task_complete").count();
    assert_eq!(completed, 40, "no finished task ran again");
}

#[test]
fn what_dev_has_shown_is_there_after_every_kill() {
    const KILLS: usize = 12;
    let place = Place::with_probe();
    let mut dev = place.dev();
    let port = dev.port();
    let line = probe(&["--probe-steps", "120", "--probe-delay-ms", "20", "--json"]);
    let mut plan = Running::start(place.command(&line));
    for kill in 0..KILLS {
        // In another place of a step each time, and in the middle of commits.
        for _ in 0..=kill % 4 {
            plan.wait_for("task_complete");
        }
        dev.process.kill();
        dev = place.dev_on(port);
    }
    let (code, said) = plan.end();
    assert_eq!(code, 0, "{said:#?}");
    let shown: Vec<serde_json::Value> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_whole(&shown);
    let job = shown[0]["job_id"].as_str().expect("an id").to_owned();
    let kept = place.run(&["follow", &job, "--json"]).expect(0).events();
    assert_eq!(kept, shown, "the file has what was shown, and nothing else");
    let completed = shown.iter().filter(|event| event["event"]["type"] == "task_complete").count();
    assert_eq!(completed, 120, "no finished task ran again");
}

/// The data folder without its lock, and with or without what SQLite keeps beside the file.
fn copy_of(place: &Place, has_wal: bool) -> Place {
    let copy = Place::with_probe();
    std::fs::create_dir(copy.path().join(".portolan")).expect("the folder is empty");
    let names = ["portolan.db", "portolan.db-wal"];
    for name in names.iter().take(1 + usize::from(has_wal)) {
        let file = std::path::Path::new(".portolan").join(name);
        std::fs::copy(place.path().join(&file), copy.path().join(&file)).expect("it can be copied");
    }
    copy
}

#[test]
fn control_a_copy_without_the_wal_file_lacks_what_was_shown() {
    let place = Place::with_probe();
    let mut dev = place.dev();
    let shown = place.run(&probe(&["--probe-steps", "10", "--probe-delay-ms", "0", "--json"])).expect(0).events();
    dev.process.kill();
    let job = shown[0]["job_id"].as_str().expect("an id").to_owned();
    let follow = ["follow", &job, "--json"];
    assert_eq!(copy_of(&place, true).run(&follow).expect(0).events(), shown, "both files together have all of it");
    let ran = copy_of(&place, false).run(&follow);
    assert_ne!(ran.code, 0, "the job is not there: {ran:#?}");
}

#[test]
fn ctrl_c_detaches_and_the_job_goes_on_at_the_next_start() {
    let place = Place::with_probe();
    let line = probe(&["--probe-steps", "60", "--probe-delay-ms", "50", "--json"]);
    let mut plan = Running::start(place.command(&line));
    let first = plan.wait_for("task_complete");
    let job =
        serde_json::from_str::<serde_json::Value>(&first).expect("JSON")["job_id"].as_str().expect("an id").to_owned();
    plan.signal("INT");
    plan.wait_for("portolan follow");
    let (code, said) = plan.end();
    assert_eq!(code, 130, "{said:#?}");
    let events = place.run(&["follow", &job, "--json"]).expect(0).events();
    assert_whole(&events);
}

#[test]
fn no_wait_prints_where_to_look_and_the_job_runs_later() {
    let place = Place::with_probe();
    let ran = place.run(&probe(&["--no-wait"])).expect(0);
    let job = ran.stdout.lines().next().expect("the id comes first").to_owned();
    assert!(ran.stdout.contains(&format!("/v1/status/{job}")) && ran.stdout.contains(&format!("/v1/stream/{job}")));
    let started = std::time::Instant::now();
    place.run(&["follow", &job]).expect(0);
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
}

#[test]
fn a_plan_without_a_terminal_leaves_a_gate_to_approve() {
    let place = Place::new();
    let wish = "4 days in Lisbon for two from Berlin, art and seafood";
    let line = ["plan", wish, "--days", "4", "--budget", "3000 EUR", "--approval", "always"];
    let ran =
        place.run(&line).expect(6).says(&["waits for a person", "portolan approve", "curl -s", "portolan follow"]);
    let job = ran.stderr.lines().find_map(|line| line.strip_prefix("job ")).expect("the id is told").to_owned();
    place.run(&["follow", &job]).expect(6);
    let status = place.run(&["status", &job]).expect(0).stdout;
    assert!(status.contains("waiting approval"), "{status}");
    place.run(&["approve", &job, "approve"]).expect(0).says(&["portolan follow"]);
    let ran = place.run(&["follow", &job]).expect(0);
    for needle in ["Lisbon", "Day 1", "Day 4", "Costs", "total", "estimates", "Sources"] {
        assert!(ran.stdout.contains(needle), "{needle}: {}", ran.stdout);
    }
    let markdown = place.run(&["follow", &job, "--markdown"]).expect(0).stdout;
    assert!(markdown.starts_with("# ") && markdown.contains("| time | what |"), "{markdown}");
}

#[test]
fn a_rejected_plan_ends_with_1() {
    let place = Place::new();
    let line = ["plan", "3 days in Rome from Paris", "--budget", "4000 EUR", "--approval", "always"];
    let ran = place.run(&line).expect(6);
    let job = ran.stderr.lines().find_map(|line| line.strip_prefix("job ")).expect("the id is told").to_owned();
    place.run(&["approve", &job, "reject"]).expect(0);
    place.run(&["follow", &job]).expect(1);
}
