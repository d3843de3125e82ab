//! What a seat costs more or less than usual: by the season, the weekday and the days until departure.

use chrono::{Datelike, NaiveDate, Weekday};
use domain::facts::Point;

use crate::providers::season::SeasonTable;

/// Percent of the usual fare by month at the destination. A choice of the house: cheap after New Year, dear in the
/// holidays of July and August and around Christmas.
const SEASON: SeasonTable = SeasonTable {
    northern: [86, 86, 94, 101, 101, 112, 122, 122, 104, 98, 88, 106],
    tropical: [110, 104, 100, 100, 92, 96, 106, 106, 92, 92, 98, 116],
};
/// Days until departure and percent of the usual fare; linear between the points, flat outside of them. A choice of the
/// house in the shape that airlines are known for: the last week is dear, more than two months ahead hardly matters.
const LEAD_TIME: [(i64, i64); 7] = [(7, 180), (14, 140), (21, 125), (30, 112), (60, 100), (120, 95), (365, 95)];

/// Demand on one day of travelling, each in percent of the usual fare.
pub(super) struct Demand {
    season_percent: i64,
    weekday_percent: i64,
    lead_time_percent: i64,
}

impl Demand {
    /// Demand for travelling to or from `destination` on `date`, asked for `today` (UTC).
    pub(super) fn new(destination: Point, date: NaiveDate, today: NaiveDate) -> Self {
        Self {
            season_percent: i64::from(SEASON.percent(destination, date)),
            weekday_percent: weekday_percent(date.weekday()),
            lead_time_percent: lead_time_percent((date - today).num_days()),
        }
    }

    /// A fare that follows demand in full, as flights do.
    pub(super) fn full(&self, usual_cents: i64) -> i64 {
        usual_cents * self.season_percent * self.weekday_percent * self.lead_time_percent / 1_000_000
    }

    /// A fare that follows demand by half, as trains and buses do.
    pub(super) fn half(&self, usual_cents: i64) -> i64 {
        let half = |percent: i64| (100 + percent) / 2;
        usual_cents * half(self.season_percent) * half(self.weekday_percent) * half(self.lead_time_percent) / 1_000_000
    }
}

/// Weekends start and end with travelling, the middle of the week is quiet. A choice of the house.
const fn weekday_percent(weekday: Weekday) -> i64 {
    match weekday {
        Weekday::Fri | Weekday::Sun => 110,
        Weekday::Tue | Weekday::Wed => 93,
        Weekday::Mon | Weekday::Thu | Weekday::Sat => 100,
    }
}

/// Percent of the usual fare this many days before departure; never rising with more days.
fn lead_time_percent(days: i64) -> i64 {
    let (first, last) = (LEAD_TIME[0], LEAD_TIME[LEAD_TIME.len() - 1]);
    let days = days.clamp(first.0, last.0);
    LEAD_TIME
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .find(|(_, (until, _))| days <= *until)
        .map_or(last.1, |((from, high), (until, low))| high - (high - low) * (days - from) / (until - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fares_never_rise_with_more_days_until_departure() {
        let percents: Vec<i64> = (-5..400).map(lead_time_percent).collect();
        assert!(percents.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(
            (lead_time_percent(-1), lead_time_percent(6), lead_time_percent(60), lead_time_percent(200)),
            (180, 180, 100, 95)
        );
    }
}
