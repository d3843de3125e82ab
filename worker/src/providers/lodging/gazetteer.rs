//! Typical beds of an area from the bundled gazetteer, their prices moved by a season model.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::{HouseRule, LodgingKind},
    facts::{FactKind, LodgingOption, Point, Provenance},
};
use futures::future;

use super::{Lodging, StayQuery};
use crate::providers::{
    Answer, Gazetteer,
    gazetteer::{Bed, Destination, SOURCE},
    season::SeasonTable,
};

/// Percent of the price in the middle of the season. A choice of the house: low after New Year, high from May to
/// September with the fairs of September and October, a small peak in December; in the tropics high around the turn of
/// the year and in the holidays of July and August.
const NIGHTLY_PRICE: SeasonTable = SeasonTable {
    northern: [80, 82, 92, 102, 110, 114, 112, 110, 112, 104, 88, 96],
    tropical: [114, 110, 104, 98, 90, 92, 102, 104, 88, 90, 98, 116],
};
/// Prices are rounded to this many hundredths: one unit of the currency.
const ROUND_TO_CENTS: i64 = 100;

impl Lodging for Gazetteer {
    fn search<'a>(&'a self, query: &'a StayQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LodgingOption>> {
        let options = |destination: &Destination| {
            let percent = mean_percent(destination.at, query.check_in, query.check_out);
            destination.beds.iter().map(|bed| option(destination, bed, percent, now)).collect()
        };
        Box::pin(future::ready(self.get_destination(&query.city_id).map(options)))
    }
}

/// The mean of the nights, in percent and fractions of it.
fn mean_percent(at: Point, check_in: NaiveDate, check_out: NaiveDate) -> f64 {
    let nights = u32::try_from((check_out - check_in).num_days()).unwrap_or(0).max(1);
    let total: u32 = check_in.iter_days().take(nights as usize).map(|night| NIGHTLY_PRICE.percent(at, night)).sum();
    f64::from(total) / f64::from(nights)
}

fn option(destination: &Destination, bed: &Bed, percent: f64, now: DateTime<Utc>) -> LodgingOption {
    let area = destination.get_area(&bed.area);
    LodgingOption {
        id: destination.unique_id(&bed.id),
        city_id: destination.id.clone(),
        name: bed.name.clone(),
        area: area.name.clone(),
        at: area.at,
        kind: bed.kind,
        room_type: bed.room_type,
        tier: bed.tier,
        occupancy: bed.occupancy,
        price_cents: in_season(bed.price_cents, percent),
        min_nights: min_nights(bed.kind),
        forbids: usual_rules(bed.kind).to_vec(),
        rating: None,
        provenance: Provenance {
            kind: FactKind::Estimate,
            source: format!("{SOURCE} with season model"),
            ..destination.provenance(now)
        },
    }
}

/// What a house of the kind usually forbids. A choice of the house, from common terms of booking; `docs/GAZETTEER.md`
/// says so.
const fn usual_rules(kind: LodgingKind) -> &'static [HouseRule] {
    use HouseRule::{Children, Parties, Pets, Smoking, Visitors};
    match kind {
        LodgingKind::Hotel | LodgingKind::Apartment => &[Smoking, Parties],
        LodgingKind::Guesthouse => &[Smoking, Parties, Pets],
        LodgingKind::Hostel => &[Smoking, Parties, Pets, Visitors, Children],
    }
}

/// Cleaning makes an apartment for a single night rare.
const fn min_nights(kind: LodgingKind) -> u32 {
    match kind {
        LodgingKind::Apartment => 2,
        LodgingKind::Hotel | LodgingKind::Guesthouse | LodgingKind::Hostel => 1,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a night's price is far below the 2^53 hundredths that a double holds exactly"
)]
fn in_season(price_cents: i64, percent: f64) -> i64 {
    (price_cents as f64 * percent / 100.0 / ROUND_TO_CENTS as f64).round() as i64 * ROUND_TO_CENTS
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn total_cents(city_id: &str, month: u32) -> i64 {
        let check_in = NaiveDate::from_ymd_opt(2027, month, 10).unwrap();
        let query = StayQuery { city_id: city_id.into(), check_in, check_out: check_in + chrono::Days::new(3) };
        let beds = Gazetteer::bundled().search_beds(&query).await;
        beds.iter().map(|bed| bed.price_cents).sum()
    }

    impl Gazetteer {
        async fn search_beds(&self, query: &StayQuery) -> Vec<LodgingOption> {
            Lodging::search(self, query, DateTime::default()).await.unwrap()
        }
    }

    #[tokio::test]
    async fn summer_costs_more_than_winter_in_both_hemispheres() {
        assert!(total_cents("berlin", 7).await > total_cents("berlin", 1).await);
        assert!(total_cents("sydney", 1).await > total_cents("sydney", 7).await);
    }

    #[tokio::test]
    async fn a_stay_over_the_turn_of_a_month_has_the_mean_price() {
        let turn = NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let at = Gazetteer::bundled().destination("berlin").unwrap().at;
        let mean = mean_percent(at, turn, turn + chrono::Days::new(2));
        assert!((mean - 97.0).abs() < 1e-9, "{mean}");
        assert!((mean_percent(at, turn, turn) - 92.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn season_prices_are_estimates() {
        let check_in = NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        let query = StayQuery { city_id: "rome".into(), check_in, check_out: check_in };
        let beds = Gazetteer::bundled().search_beds(&query).await;
        assert!(beds.iter().all(|bed| bed.provenance.kind == FactKind::Estimate && bed.price_cents % 100 == 0));
    }
}
