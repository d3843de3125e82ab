//! Configurations that are refused, and what is said about it.

use crate::support::Place;

const DATABASE: &str = "postgres://app:hunter2@127.0.0.1:1/portolan";
const REDIS: &str = "redis://127.0.0.1:1";
const KEYS: &str =
    r#"[{"name":"a","tenant":"t","sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}]"#;

fn distributed() -> Place {
    Place::new().with("DATABASE_URL", DATABASE).with("REDIS_URL", REDIS)
}

#[test]
fn every_unknown_setting_is_named_at_once() {
    let place = Place::new().with("PORTOLAN__WORKER__SLOTZ", "5").with("PORTOLAN__BROCKER__PREFIX", "x");
    place.write("portolan.toml", "[log]\nlevle = \"debug\"\n");
    for line in [&["dev", "--port", "0"][..], &["worker"], &["plan", "x"], &["migrate", "status"]] {
        let names = ["PORTOLAN__WORKER__SLOTZ", "PORTOLAN__BROCKER__PREFIX", "log.levle", "unknown setting"];
        place.run(line).expect(2).says(&names);
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    Place::new().run(&["worker", "--config", "no.toml"]).expect(2).says(&["no.toml does not exist"]);
}

#[test]
fn a_broken_file_is_refused() {
    let place = Place::new();
    place.write("portolan.toml", "[log\n");
    place.run(&["dev", "--port", "0"]).expect(2).says(&["portolan.toml"]);
}

#[test]
fn a_lease_under_three_renewals_is_refused() {
    let place = Place::new().with("PORTOLAN__WORKER__LEASE_MS", "5000");
    place.run(&["dev", "--port", "0"]).expect(2).says(&["worker.lease_ms (5000) is shorter than three renewals"]);
}

#[test]
fn processes_that_share_work_must_share_postgres_and_redis() {
    for role in ["api", "worker", "scheduler"] {
        let told = ["store.url is not a Postgres database", "broker.redis_url is not set", "portolan dev"];
        Place::new().run(&[role]).expect(2).says(&told);
        let place = Place::new().with("DATABASE_URL", DATABASE);
        let ran = place.run(&[role]).expect(2).says(&["broker.redis_url is not set"]);
        assert!(!ran.stderr.contains("is not a Postgres"), "{}", ran.stderr);
    }
}

#[test]
fn dev_stays_on_this_machine() {
    let line = ["dev", "--listen", "0.0.0.0:0"];
    Place::new().run(&line).expect(2).says(&["0.0.0.0:0", "without a key", "portolan api"]);
}

#[test]
fn an_api_that_anybody_could_use_is_refused_with_the_reason() {
    let told = ["api.keys is empty and 0.0.0.0:8000 can be reached from other machines", "portolan key"];
    distributed().run(&["api", "--listen", "0.0.0.0:8000"]).expect(2).says(&told);
    distributed().run(&["api"]).expect(2).says(&["api.keys is empty", "portolan key", "--insecure-open"]);
    let open = ["api", "--listen", "0.0.0.0:8000", "--insecure-open"];
    distributed().run(&open).expect(2).says(&["everybody who reaches 0.0.0.0:8000"]);
    let both = distributed().with("PORTOLAN__API__KEYS", KEYS);
    both.run(&["api", "--insecure-open"]).expect(2).says(&["stands beside api.keys"]);
}

#[test]
fn every_contradiction_is_told_at_once() {
    let place = Place::new().with("PORTOLAN__WORKER__LEASE_MS", "1").with("PORTOLAN__STORE__TIME_SCALE", "0");
    let told = ["worker.lease_ms (1)", "store.time_scale (0)", "not a Postgres database", "api.keys is empty"];
    place.run(&["api"]).expect(2).says(&told);
}

#[test]
fn what_is_in_force_is_told_at_the_start_without_its_secrets() {
    let place = Place::new().with("REDIS_URL", "redis://:hunter2@127.0.0.1:1").with("PORTOLAN__LOG__FORMAT", "json");
    place.write("portolan.toml", "[worker]\nslots = 9\n");
    let dev = place.dev();
    dev.process.signal("INT");
    let (_, said) = dev.process.end();
    let line = said.iter().find(|line| line.contains("Portolan starts as dev")).expect("it is told");
    let told: serde_json::Value = serde_json::from_str(line).expect("a structured line");
    assert!(told["worker"].as_str().expect("a section").contains("slots: 9"), "{told}");
    assert!(!said.join("\n").contains("hunter2"));
}
