//! The table of destinations in the docs is that of the data.

use std::{fs, path::Path};

use worker::providers::Gazetteer;

#[test]
fn the_gazetteers_table_is_that_of_its_files() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/GAZETTEER.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let gazetteer = Gazetteer::bundled();
    assert!(page.contains(&format!("start in {} cities", gazetteer.cities().len())));
    let mut rows = 0;
    for id in gazetteer.destination_ids() {
        let destination = gazetteer.destination(id).expect("every listed destination is there");
        let counts =
            format!("| {} | {} | {} |", destination.sights.len(), destination.meals.len(), destination.beds.len());
        let has_row = |line: &str| line.starts_with(&format!("| {} |", destination.name)) && line.contains(&counts);
        assert!(page.lines().any(has_row), "{}: {counts}", destination.name);
        rows += 1;
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| ") && line.contains("| 2025 |")).count(), rows);
}
