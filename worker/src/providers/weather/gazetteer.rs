//! Monthly normals from the bundled gazetteer: what is usual in this month, not a forecast.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::facts::{DayWeather, Provenance};
use futures::future;

use super::Weather;
use crate::providers::{Answer, Gazetteer, gazetteer::Destination};

impl Weather for Gazetteer {
    fn days<'a>(
        &'a self,
        city_id: &'a str,
        first: NaiveDate,
        last: NaiveDate,
        now: DateTime<Utc>,
    ) -> Answer<'a, Vec<DayWeather>> {
        let days = |destination: &Destination| {
            first.iter_days().take_while(|date| *date <= last).map(|date| day(destination, date, now)).collect()
        };
        Box::pin(future::ready(self.get_destination(city_id).map(days)))
    }
}

/// The normals of the date's month; the share of rainy days is rain days over the days of that month.
fn day(destination: &Destination, date: NaiveDate, now: DateTime<Utc>) -> DayWeather {
    let climate = &destination.climate;
    let month = date.month0() as usize;
    let days_in_month = u32::from(date.num_days_in_month());
    DayWeather {
        city_id: destination.id.clone(),
        date,
        high_c: climate.high_c[month],
        low_c: climate.low_c[month],
        rain_percent: (climate.rain_days[month] * 100 + days_in_month / 2) / days_in_month,
        // ISO 8601 writes an interval with a slash.
        provenance: Provenance { as_of: climate.period.replace('-', "/"), ..destination.provenance(now) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stay_over_two_months_has_the_normals_of_both() {
        let gazetteer = Gazetteer::bundled();
        let (first, last) =
            (NaiveDate::from_ymd_opt(2027, 2, 27).unwrap(), NaiveDate::from_ymd_opt(2027, 3, 1).unwrap());
        let days = gazetteer.days("lisbon", first, last, DateTime::default()).await.unwrap();
        let climate = &gazetteer.destination("lisbon").unwrap().climate;
        let highs: Vec<i32> = days.iter().map(|day| day.high_c).collect();
        assert_eq!(highs, [climate.high_c[1], climate.high_c[1], climate.high_c[2]]);
        assert!(days[0].rain_percent.abs_diff(climate.rain_days[1] * 100 / 28) <= 1);
        assert_eq!(days[0].provenance.as_of, "1991/2020");
    }
}
