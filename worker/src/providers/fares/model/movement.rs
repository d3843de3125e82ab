//! The simulated movement of flight prices: what a fare costs more or less at one instant than at another, as if seats were
//! sold and prices were set anew.
//!
//! A function of the route, the day of travelling and the instant of asking, and of nothing else: whoever asks at the same
//! instant gets the same price, today and in any test. It is no forecast, and whatever it moved says so. Whole numbers only,
//! so that no machine rounds another way.

use chrono::{DateTime, NaiveDate, Utc};

/// A price holds this long; then it may be another one.
const SLOT_SECONDS: i64 = 2 * 3_600;
/// Slots of a slow wave: sixty hours, in which demand comes and goes.
const SLOW_SLOTS: i64 = 30;
/// Slots of a quicker wave, which is never in step with the slow one or with the days.
const QUICK_SLOTS: i64 = 9;
/// How far each moves a price, in thousandths of it, up and down.
const SLOW_MOST: i64 = 70;
const QUICK_MOST: i64 = 25;
const NOISE_MOST: i64 = 15;
/// A sale takes this many thousandths off, for the last quarter of one block in [`SALE_OF_BLOCKS`].
const SALE: i64 = 80;
const BLOCK_SLOTS: i64 = 48;
const SALE_OF_BLOCKS: u64 = 3;

/// Thousandths of the fare that the model would ask without the movement, at `now`; from 810 to 1110.
pub(super) fn permille(from_id: &str, to_id: &str, date: NaiveDate, now: DateTime<Utc>) -> i64 {
    let seed = seed(from_id, to_id, date);
    let slot = now.timestamp().div_euclid(SLOT_SECONDS);
    let offset = |bits: u32, slots: i64| i64::from((seed >> bits) as u16) % slots;
    let slow = wave(slot + offset(0, SLOW_SLOTS), SLOW_SLOTS) * SLOW_MOST / 1_000;
    let quick = wave(slot + offset(16, QUICK_SLOTS), QUICK_SLOTS) * QUICK_MOST / 1_000;
    let noise = i64::from(mixed(seed ^ slot.unsigned_abs()) as u16) % (2 * NOISE_MOST + 1) - NOISE_MOST;
    1_000 + slow + quick + noise - if is_sale(seed, slot) { SALE } else { 0 }
}

/// A triangle of this many slots, from -1000 to 1000.
fn wave(slot: i64, slots: i64) -> i64 {
    let place = slot.rem_euclid(slots) * 4_000 / slots;
    match place {
        0..1_000 => place,
        1_000..3_000 => 2_000 - place,
        _ => place - 4_000,
    }
}

fn is_sale(seed: u64, slot: i64) -> bool {
    let block = slot.div_euclid(BLOCK_SLOTS);
    let in_last_quarter = slot.rem_euclid(BLOCK_SLOTS) >= BLOCK_SLOTS * 3 / 4;
    in_last_quarter && mixed(seed.rotate_left(17) ^ block.unsigned_abs()).is_multiple_of(SALE_OF_BLOCKS)
}

/// A number for the route and the day: FNV-1a, mixed.
fn seed(from_id: &str, to_id: &str, date: NaiveDate) -> u64 {
    let date = date.to_string();
    let parts = [from_id, "|", to_id, "|", &date];
    let bytes = parts.iter().flat_map(|part| part.bytes());
    mixed(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// Spreads every bit over all of them (the finalizer of SplitMix64).
const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-11-28T00:00:00Z".parse().expect("an instant")
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 5, 8).expect("a day")
    }

    /// Every slot of `days`.
    fn series(to: &str, date: NaiveDate, days: i64) -> Vec<i64> {
        (0..days * 12).map(|slot| permille("berlin", to, date, start() + Duration::hours(2 * slot))).collect()
    }

    #[test]
    fn it_is_the_same_for_everybody_at_one_instant() {
        let at = start() + Duration::minutes(31);
        assert_eq!(permille("berlin", "lisbon", day(), at), permille("berlin", "lisbon", day(), start()));
        assert_ne!(series("lisbon", day(), 3), series("rome", day(), 3), "routes move by themselves");
        assert_ne!(series("lisbon", day(), 3), series("lisbon", day().succ_opt().expect("a day"), 3), "and so do days");
    }

    #[test]
    fn it_changes_several_times_a_day_and_stays_within_its_bounds() {
        for to in ["lisbon", "rome", "tokyo", "new-york"] {
            let year = series(to, day(), 365);
            assert!(year.iter().all(|permille| (810..=1_110).contains(permille)), "{to}");
            for day in year.chunks(12) {
                let changes = day.windows(2).filter(|pair| pair[0] != pair[1]).count();
                assert!(changes >= 4, "{to}: {day:?}");
            }
            let mean = year.iter().sum::<i64>() / 4_380;
            assert!((970..=1_005).contains(&mean), "{to}: {mean}");
        }
    }

    #[test]
    fn within_three_days_it_goes_up_and_down_by_more_than_a_few_percent() {
        for to in ["lisbon", "rome", "tokyo", "new-york", "paris", "bangkok"] {
            let series = series(to, day(), 60);
            for window in series.windows(36) {
                let (low, high) = (window.iter().min().expect("some"), window.iter().max().expect("some"));
                assert!(high - low >= 60, "{to}: {low} to {high}");
            }
        }
    }
}
