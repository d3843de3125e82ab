//! The score: its sum and its bound. Whether the points themselves are right only the search knows.

use std::collections::HashSet;

use crate::{
    rule::{Report, Rule},
    trip::Trip,
};

const QUALITY: &str = "quality";

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let quality = &trip.plan.quality;
    let sum: i128 = quality.parts.iter().map(|part| i128::from(part.points)).sum();
    report.equal(Rule::Quality, QUALITY, sum, i128::from(quality.score));
    let mut told = HashSet::new();
    for part in quality.parts.iter().filter(|part| !told.insert(part.part)) {
        report.add(Rule::Quality, QUALITY, "each part at most once", format!("{} again", part.part));
    }
    if let Some(bound) = quality.bound.filter(|bound| *bound < quality.score) {
        report.add(Rule::Quality, QUALITY, format!("a bound of at least {}", quality.score), bound.to_string());
    }
    if quality.optimal && quality.bound != Some(quality.score) {
        let found = quality.bound.map_or_else(|| "none".to_owned(), |bound| bound.to_string());
        report.add(Rule::Quality, QUALITY, format!("a bound of {} for a proven plan", quality.score), found);
    }
}
