//! Generated trips, a few of them.

use evals::trips;

#[test]
fn a_few_trips_have_no_fault() {
    let mut done = 0;
    let summary = trips::evaluate(3, 1, || done += 1).unwrap();
    assert_eq!((done, summary.trips, summary.faults.as_slice()), (3, 3, &[][..]));
    assert!(summary.to_string().contains("3 trips, 0 faults"), "{summary}");
}
