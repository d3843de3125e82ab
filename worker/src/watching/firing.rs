//! What a look starts when it fires: the suggestion, and the alert.

use domain::{
    JobId, WatchId,
    alert::{AlertKind, NewAlert, Severity, TITLE_CHARS_MAX},
    job::{Mode, WorkflowKind},
    money::Money,
    request::BudgetRequest,
    suggest::{BudgetSurplusContext, CalendarGapContext, Evidence, PriceDropContext, SuggestContext},
    watch::{
        Gap, Reading, Seen, Summary, Verdict, WatchKind, WatchReason, WatchSpec, WatchState, WatchTarget, currency_of,
        summary,
    },
};
use graph::Workflow;
use serde_json::json;
use store::{ClaimedWatch, NewJob};

use crate::workflows::suggest::{Suggest, first_state};

/// Looks in a row that saw nothing after which people are told.
pub(super) const TROUBLE_AFTER: i32 = 3;

/// The suggestion that a crossing starts. None for a reading that does not fit the watch, which does not cross.
pub(super) fn job(claimed: &ClaimedWatch, reading: &Reading, verdict: &Verdict, history: &[i64]) -> Option<NewJob> {
    let (watch, id) = (&claimed.watch, JobId::new());
    let context = context(&watch.spec, &watch.state, reading, verdict.gap)?;
    let evidence = evidence(&watch.spec, reading, history);
    let user_id = watch.spec.user_id.clone();
    let input = first_state(context.clone(), user_id.clone(), Some(watch.id), evidence, reading.at);
    Some(NewJob {
        id,
        user_id,
        workflow: WorkflowKind::Suggest,
        version: Suggest::VERSION,
        mode: Mode::Proactive,
        request: json!({ "watch_id": watch.id, "suggest": context }),
        input,
        deadline_s: None,
        trace_id: id.as_uuid().simple().to_string(),
        summary: format!("{}: {}", watch.spec.name, reading.in_words()),
    })
}

fn context(spec: &WatchSpec, state: &WatchState, reading: &Reading, gap: Option<Gap>) -> Option<SuggestContext> {
    match (&spec.target, &reading.seen) {
        (WatchTarget::FlightPrice(watch), Seen::FlightPrice { price, origin, destination, depart, return_date }) => {
            let before = state.reference.filter(|before| *before > price.amount_cents);
            Some(SuggestContext::PriceDrop(PriceDropContext {
                origin: origin.name.clone(),
                destination: destination.name.clone(),
                depart: *depart,
                return_date: *return_date,
                travellers: Some(watch.travellers()),
                price: amount(*price),
                reference: before.map(|before| amount(Money::new(before, price.currency)).amount),
                source: Some(reading.source.clone()),
                budget: None,
                wishes: watch.wishes.clone(),
            }))
        }
        (WatchTarget::CalendarGap(watch), Seen::CalendarGap { .. }) => {
            let Gap { from, until } = gap?;
            Some(SuggestContext::CalendarGap(CalendarGapContext { from, until, trip: watch.trip.clone() }))
        }
        (WatchTarget::BudgetSurplus(watch), Seen::BudgetSurplus { left, period_end, .. }) => {
            Some(SuggestContext::BudgetSurplus(BudgetSurplusContext {
                left: amount(*left),
                period_end: Some(*period_end),
                start_date: None,
                trip: watch.trip.clone(),
            }))
        }
        _ => None,
    }
}

fn evidence(spec: &WatchSpec, reading: &Reading, history: &[i64]) -> Vec<Evidence> {
    let said = |text: String| Evidence {
        text,
        source: reading.source.clone(),
        observed_at: reading.at,
        simulated: reading.is_simulated,
    };
    let mut evidence = vec![said(capital(&reading.in_words()))];
    if let Some(Summary { count, min, median, max, .. }) = summary(history) {
        let value = |value: i64| in_unit(spec, value);
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        evidence.push(said(format!(
            "The watch had looked {times} before: {} at the lowest, {} in the median, {} at the most",
            value(min),
            value(median),
            value(max)
        )));
    }
    evidence
}

/// The alert that goes with a suggestion.
pub(super) fn alert(claimed: &ClaimedWatch, reading: &Reading, verdict: &Verdict, job_id: JobId) -> NewAlert {
    let (spec, id) = (&claimed.watch.spec, claimed.watch.id);
    let simulated = if reading.is_simulated { " (simulated prices)" } else { "" };
    let seen = capital(&reading.in_words());
    let level = verdict.level.map(|level| format!(" The watch waits for {}.", in_unit(spec, level)));
    let title: String =
        format!("{}: {}", spec.name, in_unit(spec, reading.value())).chars().take(TITLE_CHARS_MAX).collect();
    NewAlert {
        user_id: spec.user_id.clone(),
        kind: kind(spec),
        severity: Severity::Info,
        title,
        body: format!(
            "{seen}{simulated}.{} A trip is being planned and waits for a decision.",
            level.unwrap_or_default()
        ),
        data: json!({
            "watch_id": id,
            "job_id": job_id,
            "status_url": format!("/v1/status/{job_id}"),
            "value": reading.value(),
            "currency": currency_of(&spec.target).map(domain::money::Currency::code),
            "level": verdict.level,
            "observed_at": reading.at,
            "source": reading.source,
            "simulated": reading.is_simulated,
        }),
        cause_key: cause(id, verdict.gap),
    }
}

/// The alert of a watch that cannot look.
pub(super) fn trouble(claimed: &ClaimedWatch, why: &str) -> NewAlert {
    const WHY_CHARS_MAX: usize = 500;
    let (spec, id) = (&claimed.watch.spec, claimed.watch.id);
    let why: String = why.chars().take(WHY_CHARS_MAX).collect();
    NewAlert {
        user_id: spec.user_id.clone(),
        kind: kind(spec),
        severity: Severity::Warning,
        title: format!("{} sees nothing", spec.name),
        body: format!("The watch looked {TROUBLE_AFTER} times in a row and saw nothing; the last time: {why}"),
        data: json!({ "watch_id": id }),
        cause_key: trouble_cause(id),
    }
}

/// The causes that are gone, now that this was seen.
pub(super) fn cleared(claimed: &ClaimedWatch, verdict: &Verdict) -> Vec<String> {
    let watch = &claimed.watch;
    let mut cleared = Vec::new();
    match watch.spec.target.kind() {
        WatchKind::FlightPrice | WatchKind::BudgetSurplus => {
            cleared.extend(verdict.is_clear.then(|| cause(watch.id, None)));
        }
        WatchKind::CalendarGap => {
            let gone = watch.state.told.iter().filter(|gap| !verdict.state.told.contains(gap));
            cleared.extend(gone.map(|gap| cause(watch.id, Some(*gap))));
        }
    }
    cleared.extend((watch.failures >= TROUBLE_AFTER).then(|| trouble_cause(watch.id)));
    cleared
}

/// Why a watch paused or ended by itself, for the log.
pub(super) fn told(reason: WatchReason) -> &'static str {
    match reason {
        WatchReason::CostCeiling => "its suggestions have cost what they may",
        WatchReason::Firings => "it has fired as often as it may",
        WatchReason::EndsAt => "its end has come",
        WatchReason::Past => "what it looks at is past",
    }
}

fn kind(spec: &WatchSpec) -> AlertKind {
    match spec.target.kind() {
        WatchKind::FlightPrice => AlertKind::Price,
        WatchKind::CalendarGap => AlertKind::Calendar,
        WatchKind::BudgetSurplus => AlertKind::Budget,
    }
}

fn cause(id: WatchId, gap: Option<Gap>) -> String {
    gap.map_or_else(|| format!("watch:{id}"), |gap| format!("watch:{id}:{}", gap.from))
}

fn trouble_cause(id: WatchId) -> String {
    format!("watch:{id}:trouble")
}

fn in_unit(spec: &WatchSpec, value: i64) -> String {
    match currency_of(&spec.target) {
        Some(currency) => Money::new(value, currency).to_string(),
        None if value == 1 => "1 day".to_owned(),
        None => format!("{value} days"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 1e10 hundredths by check()")]
fn amount(money: Money) -> BudgetRequest {
    BudgetRequest { amount: money.amount_cents as f64 / 100.0, currency: money.currency.code().to_owned() }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
