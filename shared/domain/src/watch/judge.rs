//! When a look fires. Pure: history, state and the present instant are arguments.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Gap, ObservationOutcome, PriceThreshold, Reading, Seen, WatchReason, WatchSpec, WatchStatus, WatchTarget};

/// Looks that a watch needs before it can call a price unusual.
pub const HISTORY_MIN: usize = 8;
/// An unusually low price is below so many percent of the median.
const UNUSUAL_PERCENT: i64 = 97;
/// Gaps that a watch remembers to have told of.
const TOLD_MAX: usize = 100;

/// What a watch remembers from look to look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchState {
    /// It fires when it crosses. Once it has, it is disarmed until the value went back.
    pub is_armed: bool,
    /// The value at the first look.
    pub reference: Option<i64>,
    /// Gaps that were told of and are still there.
    pub told: Vec<Gap>,
    /// The first day of the period in which it was last looked.
    pub period: Option<NaiveDate>,
    pub last_fired_at: Option<DateTime<Utc>>,
    pub firings: u32,
}

impl Default for WatchState {
    fn default() -> Self {
        Self { is_armed: true, reference: None, told: Vec::new(), period: None, last_fired_at: None, firings: 0 }
    }
}

/// How a watch's suggestions stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// What they have cost, in millionths of a US dollar.
    pub spent_microusd: i64,
    /// One has not ended.
    pub has_open: bool,
}

/// What a look comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub outcome: ObservationOutcome,
    pub state: WatchState,
    /// What was crossed, in the unit of the value.
    pub level: Option<i64>,
    /// The gap that is worth a word.
    pub gap: Option<Gap>,
    /// What it fired for is over: the alert that stands has lost its cause.
    pub is_clear: bool,
    /// Where the watch goes by itself.
    pub then: Option<(WatchStatus, WatchReason)>,
}

/// How a value stands to what is waited for.
struct Crossing {
    level: Option<i64>,
    is_true: bool,
    /// Far enough back to wait for it again.
    is_back: bool,
    gap: Option<Gap>,
}

/// Judges a look. `history` are the values of earlier ones, in any order.
#[must_use]
pub fn judge(spec: &WatchSpec, state: &WatchState, history: &[i64], reading: &Reading, standing: Standing) -> Verdict {
    let mut next = state.clone();
    next.reference = next.reference.or(Some(reading.value()));
    let crossing = crossing(spec, &mut next, history, reading);
    let is_clear = crossing.is_back && (!next.is_armed || !state.told.is_empty());
    if crossing.is_back {
        next.is_armed = true;
    }
    let mut verdict = Verdict {
        outcome: ObservationOutcome::Quiet,
        state: next,
        level: crossing.level,
        gap: crossing.gap,
        is_clear,
        then: None,
    };
    if !(verdict.state.is_armed && crossing.is_true) {
        return verdict;
    }
    let quiet_until = state.last_fired_at.map(|at| at + Duration::milliseconds(spec.quiet_ms));
    let ceiling_microusd = spec.cost_ceiling_usd.map(|ceiling| ceiling * 1_000_000.0);
    #[expect(clippy::cast_precision_loss, reason = "nobody spends 2^53 millionths of a dollar")]
    let is_spent = ceiling_microusd.is_some_and(|ceiling| standing.spent_microusd as f64 >= ceiling);
    if quiet_until.is_some_and(|until| reading.at < until) {
        verdict.outcome = ObservationOutcome::HeldQuiet;
    } else if is_spent {
        verdict.outcome = ObservationOutcome::HeldCost;
        verdict.then = Some((WatchStatus::Paused, WatchReason::CostCeiling));
    } else if standing.has_open {
        verdict.outcome = ObservationOutcome::HeldOpen;
    } else {
        fire(spec, &mut verdict, reading);
    }
    verdict
}

fn fire(spec: &WatchSpec, verdict: &mut Verdict, reading: &Reading) {
    verdict.outcome = ObservationOutcome::Fired;
    let state = &mut verdict.state;
    state.last_fired_at = Some(reading.at);
    state.firings = state.firings.saturating_add(1);
    match verdict.gap {
        // Each gap is told of by itself.
        Some(gap) => {
            state.told.push(gap);
            let old = state.told.len().saturating_sub(TOLD_MAX);
            state.told.drain(..old);
        }
        None => state.is_armed = false,
    }
    if spec.firings_max.is_some_and(|most| state.firings >= most) {
        verdict.then = Some((WatchStatus::Ended, WatchReason::Firings));
    }
}

fn crossing(spec: &WatchSpec, state: &mut WatchState, history: &[i64], reading: &Reading) -> Crossing {
    let (value, hysteresis) = (i128::from(reading.value()), i128::from(spec.hysteresis_percent));
    match (&spec.target, &reading.seen) {
        (WatchTarget::FlightPrice(watch), Seen::FlightPrice { .. }) => {
            let level = price_level(&watch.threshold, state.reference, history);
            let wide = level.map(i128::from);
            Crossing {
                level,
                is_true: wide.is_some_and(|level| value <= level),
                is_back: wide.is_some_and(|level| value * 100 > level * (100 + hysteresis)),
                gap: None,
            }
        }
        (WatchTarget::BudgetSurplus(watch), Seen::BudgetSurplus { period_start, .. }) => {
            let level = watch.money(watch.at_least).amount_cents;
            // What was left of another month says nothing of this one.
            let is_new = state.period.replace(*period_start) != Some(*period_start);
            Crossing {
                level: Some(level),
                is_true: value >= i128::from(level),
                is_back: is_new || value * 100 < i128::from(level) * (100 - hysteresis),
                gap: None,
            }
        }
        (WatchTarget::CalendarGap(watch), Seen::CalendarGap { gaps, .. }) => {
            state.told.retain(|told| gaps.iter().any(|gap| gap.overlaps(*told)));
            let gap = gaps.iter().copied().find(|gap| !state.told.iter().any(|told| told.overlaps(*gap)));
            Crossing { level: Some(i64::from(watch.days_min)), is_true: gap.is_some(), is_back: gaps.is_empty(), gap }
        }
        // A look of another kind says nothing.
        _ => Crossing { level: None, is_true: false, is_back: false, gap: None },
    }
}

/// The price at which a watch fires, in hundredths; none while it cannot be told.
#[must_use]
pub fn price_level(threshold: &PriceThreshold, reference: Option<i64>, history: &[i64]) -> Option<i64> {
    if let Some(amount) = threshold.below {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1e10 by check()")]
        return Some((amount * 100.0).round() as i64);
    }
    if let Some(percent) = threshold.percent {
        return reference.map(|reference| reference.saturating_mul(100 - i64::from(percent)) / 100);
    }
    if history.len() < HISTORY_MIN {
        return None;
    }
    let mut sorted = history.to_vec();
    sorted.sort_unstable();
    let tenth = sorted[(sorted.len() - 1) / 10];
    Some(tenth.min(median(&sorted).saturating_mul(UNUSUAL_PERCENT) / 100))
}

/// What a watch waits for now, in the unit of its values; none while it cannot be told.
#[must_use]
pub fn level(target: &WatchTarget, state: &WatchState, history: &[i64]) -> Option<i64> {
    match target {
        WatchTarget::FlightPrice(watch) => price_level(&watch.threshold, state.reference, history),
        WatchTarget::CalendarGap(watch) => Some(i64::from(watch.days_min)),
        WatchTarget::BudgetSurplus(watch) => Some(watch.money(watch.at_least).amount_cents),
    }
}

/// A history in four numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct Summary {
    pub count: u64,
    pub min: i64,
    pub median: i64,
    pub max: i64,
    /// The newest.
    pub now: i64,
}

/// Sums values up, oldest first. None of nothing.
#[must_use]
pub fn summary(values: &[i64]) -> Option<Summary> {
    let now = *values.last()?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    Some(Summary {
        count: values.len() as u64,
        min: sorted[0],
        median: median(&sorted),
        max: sorted[sorted.len() - 1],
        now,
    })
}

/// Of a sorted list that is not empty; the mean of the middle two, rounded down, where there are two.
fn median(sorted: &[i64]) -> i64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { sorted[middle - 1].midpoint(sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        brief::Place,
        money::{Currency, Money},
        watch::WatchRequest,
    };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn spec(watch: serde_json::Value) -> WatchSpec {
        let request: WatchRequest =
            serde_json::from_value(json!({ "name": "n", "watch": watch, "quiet_s": 0, "hysteresis_percent": 5 }))
                .expect("it reads");
        request.into_spec()
    }

    fn flights(threshold: serde_json::Value) -> WatchSpec {
        spec(json!({ "flight_price": { "origin": "Berlin", "destination": "Lisbon", "depart": "2027-05-08",
            "threshold": threshold } }))
    }

    fn place(name: &str) -> Place {
        Place { id: name.to_lowercase(), name: name.to_owned() }
    }

    fn price(hours: i64, euros: i64) -> Reading {
        let seen = Seen::FlightPrice {
            price: Money::new(euros * 100, Currency::EUR),
            origin: place("Berlin"),
            destination: place("Lisbon"),
            depart: NaiveDate::from_ymd_opt(2027, 5, 8).expect("a day"),
            return_date: None,
        };
        Reading {
            at: at("2026-11-28T00:00:00Z") + Duration::hours(hours),
            seen,
            source: "test".to_owned(),
            is_simulated: true,
        }
    }

    /// The outcomes of looks six hours apart, as one letter each: q, F, h(eld).
    fn run(spec: &WatchSpec, euros: &[i64], standing: Standing) -> (String, WatchState) {
        let (mut state, mut history, mut letters) = (WatchState::default(), Vec::new(), String::new());
        for (look, euros) in euros.iter().enumerate() {
            let reading = price(6 * i64::try_from(look).expect("few"), *euros);
            let verdict = judge(spec, &state, &history, &reading, standing);
            history.push(reading.value());
            state = verdict.state;
            letters.push(match verdict.outcome {
                ObservationOutcome::Quiet => 'q',
                ObservationOutcome::Fired => 'F',
                ObservationOutcome::HeldQuiet | ObservationOutcome::HeldOpen | ObservationOutcome::HeldCost => 'h',
            });
        }
        (letters, state)
    }

    #[test]
    fn it_fires_on_crossing_and_not_on_every_reading() {
        let spec = flights(json!({ "below": 200.0 }));
        assert_eq!(run(&spec, &[220, 200, 190, 180, 199], Standing::default()).0, "qFqqq");
        assert_eq!(run(&spec, &[150], Standing::default()).0, "F", "what is low at the first look is worth a word");
    }

    #[test]
    fn hysteresis_arms_it_again_only_when_the_price_went_well_back() {
        let spec = flights(json!({ "below": 200.0 }));
        // Five percent over 200 is 210.
        assert_eq!(run(&spec, &[199, 205, 199, 210, 199, 211, 199], Standing::default()).0, "FqqqqqF");
        let jitters: Vec<i64> = (0..100).map(|look| 199 + 2 * (look % 2)).collect();
        assert_eq!(run(&spec, &jitters, Standing::default()).1.firings, 1, "a price that trembles fires once");
    }

    #[test]
    fn control_without_hysteresis_a_trembling_price_fires_every_time() {
        let spec = WatchSpec { hysteresis_percent: 0, ..flights(json!({ "below": 200.0 })) };
        let jitters: Vec<i64> = (0..100).map(|look| 199 + 2 * (look % 2)).collect();
        assert_eq!(run(&spec, &jitters, Standing::default()).1.firings, 50);
    }

    #[test]
    fn in_its_quiet_time_it_holds_a_crossing_back_and_says_it_afterwards_if_it_lasts() {
        let spec = WatchSpec { quiet_ms: 24 * 3_600_000, ..flights(json!({ "below": 200.0 })) };
        assert_eq!(run(&spec, &[199, 300, 199, 199, 199, 199], Standing::default()).0, "FqhhFq");
        assert_eq!(run(&spec, &[199, 300, 199, 300, 300], Standing::default()).0, "Fqhqq");
    }

    #[test]
    fn a_percentage_is_of_the_first_look() {
        let (letters, state) = run(&flights(json!({ "percent": 10 })), &[200, 260, 181, 180], Standing::default());
        assert_eq!((letters.as_str(), state.reference), ("qqqF", Some(20_000)));
    }

    #[test]
    fn unusual_needs_a_history_and_a_real_difference() {
        let spec = flights(json!({ "unusually_low": true }));
        assert_eq!(run(&spec, &[200, 210, 190, 200, 205, 195, 100], Standing::default()).0, "qqqqqqq", "too early");
        let calm = [200, 210, 190, 200, 205, 195, 200, 200];
        let after = |euros: i64| run(&spec, &[&calm[..], &[euros]].concat(), Standing::default()).0;
        assert!(after(190).ends_with('F') && after(189).ends_with('F'));
        assert!(after(195).ends_with('q'), "low, but not in the lowest tenth");
        let flat = [200; 8];
        assert!(
            run(&spec, &[&flat[..], &[199]].concat(), Standing::default()).0.ends_with('q'),
            "one percent is nothing"
        );
    }

    #[test]
    fn an_open_suggestion_and_a_spent_ceiling_hold_it_back() {
        let spec = WatchSpec { cost_ceiling_usd: Some(2.0), ..flights(json!({ "below": 200.0 })) };
        let open = Standing { has_open: true, ..Standing::default() };
        assert_eq!(run(&spec, &[199, 199], open).0, "hh");
        let spent = Standing { spent_microusd: 2_000_000, has_open: false };
        let verdict = judge(&spec, &WatchState::default(), &[], &price(0, 199), spent);
        assert_eq!(verdict.outcome, ObservationOutcome::HeldCost);
        assert_eq!(verdict.then, Some((WatchStatus::Paused, WatchReason::CostCeiling)));
        let left = Standing { spent_microusd: 1_999_999, has_open: false };
        assert_eq!(judge(&spec, &WatchState::default(), &[], &price(0, 199), left).outcome, ObservationOutcome::Fired);
    }

    #[test]
    fn it_ends_when_it_has_fired_as_often_as_it_may() {
        let spec = WatchSpec { firings_max: Some(2), ..flights(json!({ "below": 200.0 })) };
        let first = judge(&spec, &WatchState::default(), &[], &price(0, 199), Standing::default());
        assert_eq!(first.then, None);
        let back = judge(&spec, &first.state, &[], &price(6, 300), Standing::default());
        assert!(back.is_clear, "the alert's cause is gone");
        let second = judge(&spec, &back.state, &[], &price(12, 199), Standing::default());
        assert_eq!(second.then, Some((WatchStatus::Ended, WatchReason::Firings)));
    }

    fn calendar(days: &[(u32, u32)]) -> Reading {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 12, day).expect("a day");
        let gaps: Vec<Gap> = days.iter().map(|(from, until)| Gap { from: day(*from), until: day(*until) }).collect();
        let longest_days = gaps.iter().map(|gap| gap.days()).max().unwrap_or(0);
        Reading { seen: Seen::CalendarGap { gaps, longest_days }, ..price(0, 0) }
    }

    #[test]
    fn each_gap_is_told_of_once_while_it_lasts() {
        let spec = spec(json!({ "calendar_gap": { "url": "https://x", "days_min": 4 } }));
        let look =
            |state: &WatchState, days: &[(u32, u32)]| judge(&spec, state, &[], &calendar(days), Standing::default());
        let first = look(&WatchState::default(), &[(3, 7), (20, 25)]);
        assert_eq!((first.outcome, first.gap.map(Gap::days)), (ObservationOutcome::Fired, Some(5)));
        let second = look(&first.state, &[(4, 7), (20, 25)]);
        assert_eq!(second.gap.map(|gap| gap.from.to_string()).as_deref(), Some("2026-12-20"), "the other one");
        let third = look(&second.state, &[(5, 8), (20, 25)]);
        assert_eq!(third.outcome, ObservationOutcome::Quiet, "days pass and events move; it is the same gap");
        let none = look(&third.state, &[]);
        assert!(none.is_clear && none.state.told.is_empty());
        assert_eq!(look(&none.state, &[(20, 25)]).outcome, ObservationOutcome::Fired, "it was gone and is back");
    }

    #[test]
    fn money_that_is_left_is_told_of_once_a_period() {
        let spec = spec(json!({ "budget_surplus": { "currency": "EUR", "period": "month", "budget": 1000.0,
            "at_least": 400.0 } }));
        let look = |state: &WatchState, month: u32, left: i64| {
            let first = NaiveDate::from_ymd_opt(2026, month, 1).expect("a day");
            let money = |euros: i64| Money::new(euros * 100, Currency::EUR);
            let seen =
                Seen::BudgetSurplus { left: money(left), period_start: first, period_end: first, spent: money(0) };
            judge(&spec, state, &[], &Reading { seen, ..price(0, 0) }, Standing::default())
        };
        let first = look(&WatchState::default(), 11, 400);
        assert_eq!(first.outcome, ObservationOutcome::Fired);
        let same = look(&first.state, 11, 500);
        assert_eq!(same.outcome, ObservationOutcome::Quiet);
        assert_eq!(look(&same.state, 12, 1000).outcome, ObservationOutcome::Fired, "a new month");
        let dipped = look(&same.state, 11, 379);
        assert_eq!(look(&dipped.state, 11, 400).outcome, ObservationOutcome::Fired, "it was gone and is back");
        assert_eq!(look(&look(&same.state, 11, 390).state, 11, 400).outcome, ObservationOutcome::Quiet, "hardly gone");
    }

    #[test]
    fn a_history_is_summed_up() {
        assert_eq!(summary(&[]), None);
        let found = summary(&[30, 10, 20, 40]).expect("some");
        assert_eq!((found.count, found.min, found.median, found.max, found.now), (4, 10, 25, 40, 40));
        assert_eq!(summary(&[3]).map(|found| found.median), Some(3));
    }
}
