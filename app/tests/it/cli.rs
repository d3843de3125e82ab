//! What the binary says to people and to scripts.

use crate::support::{Place, Running, root};

const ID: &str = "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e";

#[test]
fn the_help_teaches_the_first_command_and_the_exit_codes() {
    let ran = Place::new().run(&["--help"]).expect(0);
    for needle in
        ["portolan plan \"4 days in Lisbon", "portolan dev", "6    the job waits for a person", "DATABASE_URL"]
    {
        assert!(ran.stdout.contains(needle), "{needle} is not in {}", ran.stdout);
    }
    let ran = Place::new().run(&["--version"]).expect(0);
    assert!(ran.stdout.starts_with("portolan "), "{}", ran.stdout);
}

#[test]
fn a_command_line_that_cannot_be_read_ends_with_2() {
    let place = Place::new();
    for line in [
        &["plan"][..],
        &["plan", "x", "--budget", "much"],
        &["plan", "x", "--diet", "cake"],
        &["status", "not-an-id"],
        &["approve", ID, "answer"],
        &["fly"],
    ] {
        place.run(line).expect(2);
    }
}

#[test]
fn dev_answers_stops_on_ctrl_c_and_holds_its_folder_alone() {
    let place = Place::new();
    let dev = place.dev();
    assert_eq!(dev.get("/health").0, 200);
    assert_eq!(dev.get("/api/openapi.json").0, 200);
    let url = dev.url.clone();
    place.run(&["dev", "--port", "0"]).expect(1).says(&["already runs over .portolan", &url, "--data DIR"]);
    dev.process.signal("INT");
    let (code, said) = dev.process.end();
    assert_eq!(code, 0, "{said:#?}");
    let said = said.join("\n");
    for needle in ["/api/docs", "curl -s", "portolan plan", "go on at the next start"] {
        assert!(said.contains(needle), "{needle}: {said}");
    }
    // The folder is free again.
    let dev = place.dev();
    dev.process.signal("TERM");
    assert_eq!(dev.process.end().0, 0);
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    Place::new().run(&["dev", "--port", &port]).expect(1).says(&[&port, "something listens there already"]);
}

#[test]
fn the_document_is_the_one_in_the_repository() {
    let path = root().join("docs/openapi.json");
    let committed =
        std::fs::read_to_string(&path).expect("docs/openapi.json is there: portolan openapi > docs/openapi.json");
    let printed = Place::new().run(&["openapi"]).expect(0).stdout;
    assert_eq!(printed.trim(), committed.trim(), "renew it: portolan openapi > docs/openapi.json");
}

#[test]
fn a_server_that_is_not_there_ends_with_5() {
    let place = Place::new();
    let jobs = ["jobs", "--server", "http://127.0.0.1:9"];
    place.run(&jobs).expect(5).says(&["http://127.0.0.1:9 cannot be reached"]);
    place.run(&["jobs"]).expect(5).says(&["no Portolan has run in .portolan yet", "portolan dev"]);
    assert!(!place.path().join(".portolan").exists(), "asking makes nothing");
    place.run(&["jobs", "--server", "not a url"]).expect(2).says(&["is not the address of a server"]);
}

#[test]
fn a_job_that_does_not_exist_ends_with_3() {
    let place = Place::new();
    let _dev = place.dev();
    for line in [&["status", ID][..], &["follow", ID], &["cancel", ID], &["approve", ID, "approve"]] {
        place.run(line).expect(3).says(&["portolan:"]);
    }
}

#[test]
fn a_key_that_cannot_be_right_is_denied_before_it_is_sent_anywhere() {
    let key = Place::new().run(&["key", "--name", "test"]).expect(0).stdout.trim().to_owned();
    let mistyped = key.replacen("ptl_live_", "ptl_live_X", 1);
    let place = Place::new().with("PORTOLAN_API_KEY", &mistyped).with("GOOD", &key);
    place.run(&["jobs", "--server", "http://127.0.0.1:9"]).expect(4).says(&["mistyped"]);
    place.run(&["jobs", "--server", "http://127.0.0.1:9", "--key-env", "GOOD"]).expect(5);
    let ran = place.run(&["jobs", "--server", "http://192.0.2.1", "--key-env", "GOOD"]).expect(2);
    assert!(!ran.says(&["unencrypted"]).stderr.contains(&key));
}

#[test]
fn a_new_key_is_printed_once_and_only_its_hash_is_for_the_server() {
    let ran = Place::new().run(&["key", "--name", "console", "--tenant", "acme"]).expect(0);
    let key = ran.stdout.trim();
    assert!(key.starts_with("ptl_live_") && key.lines().count() == 1, "{key}");
    assert!(!ran.stderr.contains(key), "what is pasted into a file holds no key");
    let _ = ran.says(&[
        "[[api.keys]]",
        "name = \"console\"",
        "tenant = \"acme\"",
        "sha256 = \"",
        "PORTOLAN__API__KEYS='[{",
    ]);
}

#[test]
fn the_schema_goes_up_and_down_on_request_only() {
    let place = Place::new();
    place.write("portolan.toml", "[store]\nurl = \"sqlite://m.db\"\n");
    assert!(place.run(&["migrate", "status"]).expect(1).stdout.contains("pending"));
    assert!(place.run(&["migrate", "up"]).expect(0).stdout.contains("applied"));
    assert!(!place.run(&["migrate", "status"]).expect(0).stdout.contains("pending"));
    place.run(&["migrate", "down"]).expect(2).says(&["--yes"]);
    place.run(&["migrate", "down", "--steps", "1", "--yes"]).expect(0);
    place.run(&["migrate", "status"]).expect(1);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::new();
    let mut command = place.command(&["openapi"]);
    command.stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn nothing_that_is_piped_holds_an_escape_code() {
    let place = Place::with_probe();
    for line in [&["plan", "x", "--workflow", "probe"][..], &["jobs"], &["doctor"], &["--help"], &["plan"]] {
        let ran = place.run(line);
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:#?}");
    }
}

#[test]
fn a_crash_point_that_does_not_exist_is_named() {
    let place = Place::new().with("CRASH_AT", "submit:sometime:1");
    place.run(&["openapi"]).expect(2).says(&["submit:sometime", "submit:after_tx"]);
}

#[test]
fn the_log_of_a_plan_goes_to_its_folder_and_never_holds_a_password() {
    let place = Place::with_probe().with("REDIS_URL", "redis://:hunter2@127.0.0.1:1");
    let ran = place.run(&["plan", "x", "--workflow", "probe"]).expect(0);
    let log = std::fs::read_to_string(place.path().join(".portolan/portolan.log")).expect("there is a log");
    assert!(log.contains("Portolan starts as"), "{log}");
    assert!(!log.contains("hunter2") && !ran.stderr.contains("hunter2"), "{log}");
    assert!(!ran.stderr.contains("INFO"), "{}", ran.stderr);
}

#[test]
fn a_second_ctrl_c_ends_a_process_that_does_not_want_to() {
    let place = Place::with_probe();
    let line = ["plan", "x", "--workflow", "probe", "--probe-steps", "500", "--probe-delay-ms", "200", "--json"];
    let mut plan = Running::start(place.command(&line));
    plan.wait_for("task_complete");
    plan.signal("INT");
    plan.wait_for("Ctrl-C once more");
    plan.signal("INT");
    let (code, said) = plan.end();
    assert_eq!(code, 130, "{said:#?}");
    assert!(said.iter().any(|line| line.contains("is cancelled")), "{said:#?}");
    let ran = place.run(&["jobs", "--json"]).expect(0);
    let jobs: serde_json::Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(jobs["jobs"][0]["status"], "cancelled", "{jobs}");
}
