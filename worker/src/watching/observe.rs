//! One look: what flights cost, which days are free, what money is left.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{
    money::Money,
    watch::{BudgetSurplusWatch, CalendarGapWatch, FlightPriceWatch, Reading, Seen, WatchSpec, WatchTarget},
};
use store::ClaimedWatch;

use super::calendar::{self, CALENDAR_BYTES_MAX};
use crate::{
    outside::{FetchError, Fetcher, Guard},
    providers::{FlightQuery, FlightQuote, ProviderError, Providers, cheapest_flights},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The source of what the watch itself says.
const OWN_WORDS: &str = "the watch's own figures";

/// What looks are made with.
pub(super) struct Observer {
    providers: Providers,
    fetcher: Fetcher,
    timeout: Duration,
}

/// Why a look saw nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blind {
    /// Looking again soon may help.
    Passing(String),
    /// It may help at the next tick, or when somebody mends the watch.
    Lasting(String),
    /// What was looked at is past.
    Past,
}

impl Observer {
    pub(super) fn new(providers: Providers, guard: Guard, timeout: Duration) -> Self {
        let fetcher = Fetcher { guard, connect_timeout: CONNECT_TIMEOUT, timeout, bytes_max: CALENDAR_BYTES_MAX };
        Self { providers, fetcher, timeout }
    }

    /// Looks, as of the instant of the claim.
    pub(super) async fn look(&self, claimed: &ClaimedWatch) -> Result<Reading, Blind> {
        let late = || Blind::Passing(format!("there was no answer within {} ms", self.timeout.as_millis()));
        let (spec, now) = (&claimed.watch.spec, claimed.now);
        let looking = async {
            match &spec.target {
                WatchTarget::FlightPrice(watch) => self.flights(watch, today(spec, now)?, now).await,
                WatchTarget::CalendarGap(watch) => self.calendar(watch, spec, now).await,
                WatchTarget::BudgetSurplus(watch) => Ok(money(watch, today(spec, now)?, now)),
            }
        };
        tokio::time::timeout(self.timeout, looking).await.map_err(|_| late())?
    }

    async fn flights(&self, watch: &FlightPriceWatch, today: NaiveDate, now: DateTime<Utc>) -> Result<Reading, Blind> {
        let place = |name: &str| {
            let found = self.providers.places.find(name);
            found.ok_or_else(|| Blind::Lasting(format!("\"{name}\" is not a city that is known any more")))
        };
        let (origin, destination) = (place(&watch.origin)?, place(&watch.destination)?);
        let mut cheapest: Option<(NaiveDate, FlightQuote)> = None;
        let days = watch.depart.iter_days().take_while(|day| *day <= watch.last_day());
        for depart in days.filter(|day| *day >= today) {
            let query = FlightQuery {
                from_id: origin.id.clone(),
                to_id: destination.id.clone(),
                depart,
                return_date: back(watch, depart),
                people: watch.travellers(),
                currency: watch.currency(),
            };
            let found = cheapest_flights(self.providers.fares.as_ref(), &query, now).await.map_err(blind)?;
            let price = |quote: &FlightQuote| quote.price.amount_cents;
            if let Some(quote) = found
                && cheapest.as_ref().is_none_or(|(_, best)| price(&quote) < price(best))
            {
                cheapest = Some((depart, quote));
            }
        }
        if today > watch.last_day() {
            return Err(Blind::Past);
        }
        let Some((depart, quote)) = cheapest else {
            let route = format!("nobody flies from {} to {} on these days", origin.name, destination.name);
            return Err(Blind::Lasting(route));
        };
        let return_date = back(watch, depart);
        Ok(Reading {
            at: now,
            seen: Seen::FlightPrice { price: quote.price, origin, destination, depart, return_date },
            source: quote.source,
            is_simulated: quote.is_simulated,
        })
    }

    async fn calendar(&self, watch: &CalendarGapWatch, spec: &WatchSpec, now: DateTime<Utc>) -> Result<Reading, Blind> {
        let (zone, today) = (zone(spec)?, today(spec, now)?);
        let (text, source) = match (&watch.calendar, &watch.url) {
            (Some(text), _) => (text.clone(), OWN_WORDS.to_owned()),
            (None, Some(url)) => (self.fetched(url).await?, "the calendar at its address".to_owned()),
            (None, None) => return Err(Blind::Lasting("the watch has no calendar".to_owned())),
        };
        let (horizon_days, days_min) = (watch.horizon_days(), watch.days_min);
        // A full calendar takes a core for a while.
        let read = move || calendar::free(&text, zone, today, horizon_days, days_min);
        let free = tokio::task::spawn_blocking(read).await;
        let free = free.map_err(|_| Blind::Lasting("the calendar cannot be read".to_owned()))?;
        let free = free.map_err(|unreadable| Blind::Lasting(unreadable.to_string()))?;
        let seen = Seen::CalendarGap { gaps: free.gaps, longest_days: free.longest_days };
        Ok(Reading { at: now, seen, source, is_simulated: false })
    }

    async fn fetched(&self, url: &str) -> Result<String, Blind> {
        let bytes = self.fetcher.fetch(url, "text/calendar").await.map_err(|error| match error {
            FetchError::Refused(_) => Blind::Lasting(format!("the calendar: {error}")),
            FetchError::Unavailable(_) => Blind::Passing(format!("the calendar: {error}")),
        })?;
        String::from_utf8(bytes).map_err(|_| Blind::Lasting("the calendar is not UTF-8".to_owned()))
    }
}

fn back(watch: &FlightPriceWatch, depart: NaiveDate) -> Option<NaiveDate> {
    watch.nights.map(|nights| depart + Days::new(u64::from(nights)))
}

fn blind(error: ProviderError) -> Blind {
    if error.is_retryable() { Blind::Passing(error.to_string()) } else { Blind::Lasting(error.to_string()) }
}

fn zone(spec: &WatchSpec) -> Result<Tz, Blind> {
    spec.time_zone.parse().map_err(|_| Blind::Lasting(format!("the time zone \"{}\" is not known", spec.time_zone)))
}

/// The person's day.
fn today(spec: &WatchSpec, now: DateTime<Utc>) -> Result<NaiveDate, Blind> {
    Ok(now.with_timezone(&zone(spec)?).date_naive())
}

fn money(watch: &BudgetSurplusWatch, today: NaiveDate, now: DateTime<Utc>) -> Reading {
    let (period_start, period_end) = watch.period.around(today);
    let in_period = watch.spending.iter().filter(|spending| (period_start..=period_end).contains(&spending.date));
    let spent: i64 = in_period.map(|spending| watch.money(spending.amount).amount_cents).sum();
    let whole = watch.money(watch.income.or(watch.budget).unwrap_or(0.0));
    let left = Money::new(whole.amount_cents.saturating_sub(spent), whole.currency);
    let spent = Money::new(spent, whole.currency);
    let seen = Seen::BudgetSurplus { left, period_start, period_end, spent };
    Reading { at: now, seen, source: OWN_WORDS.to_owned(), is_simulated: false }
}
