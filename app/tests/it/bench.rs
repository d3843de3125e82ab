//! The measuring itself: real processes, private servers, small counts.

use serde_json::Value;

use crate::support::Place;

/// Servers and processes are found where this test's are.
fn place() -> Place {
    #[expect(clippy::disallowed_methods, reason = "the servers are where the test's environment says")]
    let path = std::env::var("PATH").expect("there is a PATH");
    Place::new().with("PATH", &path)
}

fn report(arguments: &[&str]) -> Value {
    let ran = place().run(arguments).expect(0);
    serde_json::from_str(&ran.stdout).expect("the report is JSON")
}

#[test]
fn every_measure_works_on_both_wirings_and_nothing_is_lost_run_twice_or_missed() {
    let report = report(&["bench", "--quick", "--json"]);
    let wirings = report["wirings"].as_array().expect("a list");
    assert_eq!(
        wirings.iter().map(|run| run["wiring"].as_str().unwrap()).collect::<Vec<_>>(),
        ["embedded", "distributed"]
    );
    for run in wirings {
        let figures = &run["figures"];
        for measure in ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8"] {
            assert!(figures[measure].is_object(), "{measure}: {run:#}");
        }
        assert!(run["commit"]["p50_ms"].as_f64().unwrap() > 0.0, "{run:#}");
        assert!(figures["M1"]["many"]["per_second"].as_f64().unwrap() > 10.0, "{run:#}");
        assert_eq!(figures["M3"]["burst"]["jobs"], 200, "{run:#}");
        assert_eq!((&figures["M7"]["rerun"], &figures["M7"]["missed"]), (&0.into(), &0.into()), "{run:#}");
        assert!(figures["M7"]["seconds"].as_f64().unwrap() > 0.0, "{run:#}");
        let (attached, fixed) = (&figures["M5"]["attached"][0], &figures["M5"]["fixed"][0]);
        assert_eq!((&attached["streams"], &attached["missed"]), (&50.into(), &0.into()), "{run:#}");
        assert_eq!((&fixed["streams"], &fixed["missed"]), (&200.into(), &0.into()), "{run:#}");
        assert!(fixed["events_per_second"].as_f64().unwrap() > 1_000.0, "{run:#}");
    }
    let distributed = &wirings[1]["figures"];
    // Nothing of a finished job stays in Redis: less than the noise of its own buffers.
    assert!(distributed["M6"]["redis_bytes_per_job"].as_f64().unwrap() < 100.0, "{distributed:#}");
}

#[test]
fn growth_is_measured_at_each_level() {
    let report = report(&["bench", "growth", "--quick", "--json", "--wiring", "embedded"]);
    let jobs = |level: &Value| level["jobs"].as_u64().unwrap();
    let levels = report["levels"].as_array().expect("a list");
    assert_eq!(levels.len(), 2);
    assert!(jobs(&levels[0]) >= 400 && jobs(&levels[1]) >= 4_000, "{report:#}");
    assert!(levels[1]["events"].as_u64().unwrap() > 90_000, "{report:#}");
}

#[test]
fn a_measure_that_is_none_is_refused() {
    place().run(&["bench", "--measures", "M9"]).expect(2).says(&["M1 to M8"]);
}
