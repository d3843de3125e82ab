//! How prices follow the year: a table of months for the temperate north, moved by half a year in the south, and one
//! for the tropics.

use chrono::{Datelike, NaiveDate};
use domain::facts::Point;

/// The tropics lie within this latitude of the equator, in degrees: the obliquity of the ecliptic.
const TROPIC_LATITUDE: f64 = 23.44;

/// Percent of the middle of the season, January to December.
pub(super) struct SeasonTable {
    /// North of the Tropic of Cancer; used from July on for January in the south.
    pub(super) northern: [u32; 12],
    /// Between the tropics, where the year's peaks are the holidays of the north.
    pub(super) tropical: [u32; 12],
}

impl SeasonTable {
    /// Percent of the middle of the season at this place on this day.
    pub(super) fn percent(&self, at: Point, date: NaiveDate) -> u32 {
        let month = date.month0() as usize;
        if at.lat.abs() < TROPIC_LATITUDE {
            self.tropical[month]
        } else if at.lat > 0.0 {
            self.northern[month]
        } else {
            self.northern[(month + 6) % 12]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_southern_summer_is_in_january() {
        let table = SeasonTable { northern: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], tropical: [50; 12] };
        let january = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let at = |lat| Point { lat, lon: 0.0 };
        assert_eq!(table.percent(at(52.5), january), 1);
        assert_eq!(table.percent(at(-33.9), january), 7);
        assert_eq!(table.percent(at(1.3), january), 50);
    }
}
