//! Months and quarters.

use chrono::{Datelike, Days, Months, NaiveDate};

use serde::{Deserialize, Serialize};

use crate::job::words;

words!(
    /// For how long money is counted.
    Period { Month = "month", Quarter = "quarter" }
);

impl Period {
    /// The first and the last day of the period that `day` is in.
    #[must_use]
    pub fn around(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        let (back, months) = match self {
            Self::Month => (0, 1),
            Self::Quarter => (day.month0() % 3, 3),
        };
        let first = day.with_day(1).and_then(|day| day.checked_sub_months(Months::new(back))).unwrap_or(day);
        let last = first.checked_add_months(Months::new(months)).and_then(|day| day.checked_sub_days(Days::new(1)));
        (first, last.unwrap_or(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_day_is_in_its_month_and_its_quarter() {
        assert_eq!(Period::Month.around(day("2028-02-10")), (day("2028-02-01"), day("2028-02-29")));
        assert_eq!(Period::Month.around(day("2026-12-31")), (day("2026-12-01"), day("2026-12-31")));
        assert_eq!(Period::Quarter.around(day("2026-11-28")), (day("2026-10-01"), day("2026-12-31")));
        assert_eq!(Period::Quarter.around(day("2027-03-31")), (day("2027-01-01"), day("2027-03-31")));
    }
}
