//! `--out DIR`: the plan as files.

use std::{fs, path::Path};

use domain::plan::Plan;

use crate::support::Place;

const WISH: &str = "3 days in Lisbon for two from Berlin in May, 1800 EUR, art and seafood";
const FILES: [&str; 4] = ["plan.geojson", "plan.ics", "plan.json", "plan.md"];

/// The names and texts of a folder's files.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path());
    let name = |path: &Path| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    let mut files: Vec<(String, String)> =
        entries.map(|path| (name(&path), fs::read_to_string(&path).expect("it is text"))).collect();
    files.sort();
    files
}

#[test]
fn a_plan_is_written_in_every_format_and_over_what_was_there() {
    let place = Place::new();
    fs::create_dir_all(place.path().join("trips/lisbon")).expect("a folder can be made");
    place.write("trips/lisbon/plan.md", "old");
    let ran = place.run(&["plan", WISH, "--out", "trips/lisbon"]).expect(0);
    assert!(ran.stdout.contains("Day 1"), "the plan is printed, too: {}", ran.stdout);
    let ran = ran.says(&FILES.map(|name| format!("wrote trips/lisbon/{name}")).each_ref().map(String::as_str));
    let files = files(&place.path().join("trips/lisbon"));
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), FILES, "{ran:#?}");
    let [geojson, ics, json, markdown] = files.as_slice() else { panic!("{files:?}") };
    assert!(geojson.1.contains("\"FeatureCollection\""));
    assert!(ics.1.starts_with("BEGIN:VCALENDAR\r\n") && ics.1.contains("TZID:Europe/Lisbon"));
    let plan: Plan = serde_json::from_str(&json.1).expect("it is the plan");
    assert_eq!(plan.to_markdown(), markdown.1);
}

#[test]
fn a_job_of_a_server_is_written_as_the_server_gives_it() {
    let place = Place::new();
    let dev = place.dev();
    let server = ["--server", &dev.url];
    let ran = place.run(&[&["plan", WISH, "--json", "--out", "here"][..], &server].concat()).expect(0);
    let job = ran.events()[0]["job_id"].as_str().expect("an event names its job").to_owned();
    place.run(&[&["follow", &job, "--out", "there"][..], &server].concat()).expect(0);
    let written = files(&place.path().join("here"));
    assert_eq!(written, files(&place.path().join("there")), "the same bytes each time");
    for (name, text) in written {
        let format = name.trim_start_matches("plan.");
        assert_eq!(dev.get(&format!("/v1/jobs/{job}/plan?format={format}")), (200, text), "{name}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_costs_no_plan() {
    let place = Place::new();
    place.write("taken", "a file");
    place.run(&["plan", WISH, "--out", "taken"]).expect(2).says(&["taken cannot be made a folder"]);
    place.run(&["plan", WISH, "--out", "trip", "--no-wait"]).expect(2).says(&["--no-wait"]);
    assert!(!place.path().join(".portolan").exists(), "nothing was begun");
}

#[test]
fn a_job_without_a_plan_leaves_the_folder_empty() {
    let place = Place::with_probe();
    place.run(&["plan", "x", "--workflow", "probe", "--out", "trip"]).expect(1).says(&["makes no plan"]);
    assert!(files(&place.path().join("trip")).is_empty());
}
