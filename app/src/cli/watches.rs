//! `portolan watch`: its flags, and the request that they make.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use domain::{
    WatchId,
    watch::{
        BudgetSurplusWatch, CalendarGapWatch, FlightPriceWatch, Period, PriceThreshold, Spending, TripWish,
        WatchRequest, WatchTarget,
    },
};

use super::{ListArgs, ServerArgs};

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(subcommand)]
    pub(crate) action: WatchAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WatchAction {
    /// List watches, newest first.
    #[command(visible_alias = "list")]
    Ls(ListArgs),
    /// Watch flight prices, a calendar or a budget.
    Create(WatchCreateArgs),
    /// Show a watch, and draw what it saw.
    Show(WatchShowArgs),
    /// Look now, also while it is paused.
    Check(OneWatchArgs),
    /// Let it look no more until it is resumed.
    Pause(OneWatchArgs),
    /// Let a paused one go on, with a look at once.
    Resume(OneWatchArgs),
    /// Remove it and what it saw. Suggestions that it started stay.
    #[command(visible_alias = "remove")]
    Rm(OneWatchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OneWatchArgs {
    #[arg(value_name = "WATCH_ID")]
    pub(crate) watch_id: WatchId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WatchShowArgs {
    /// The watch, its newest looks and its history summed up, as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) watch: OneWatchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WatchCreateArgs {
    #[command(subcommand)]
    pub(crate) kind: WatchKindArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WatchKindArgs {
    /// The cheapest flights of a route, every six hours.
    ///
    /// Example: portolan watch create flights --from Berlin --to Lisbon --depart 2027-05-08 --nights 3 --percent 10
    Flights(Box<FlightArgs>),
    /// Free days in a calendar, every morning at nine.
    ///
    /// Example: portolan watch create calendar --file mine.ics --days 5 --from Berlin --zone Europe/Berlin
    Calendar(Box<CalendarArgs>),
    /// Money that is left of an income or of a travel budget, on Mondays.
    ///
    /// Example: portolan watch create budget --budget 1500 --at-least 400 --spent 2026-12-01=320 --from Berlin
    Budget(Box<BudgetArgs>),
}

/// What every kind may be told.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// What to call it.
    #[arg(long)]
    name: Option<String>,
    /// The IANA time zone in which your days begin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// For whom: alerts and suggestions are this person's.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// After it fired, be quiet for so many seconds. A day without it.
    #[arg(long, value_name = "SECONDS")]
    quiet: Option<u64>,
    /// Fire again only after the value went back over the threshold by so many percent. 2 without it.
    #[arg(long, value_name = "PERCENT")]
    hysteresis: Option<u32>,
    /// What its suggestions may cost together in models and paid providers.
    #[arg(long, value_name = "USD")]
    cost_ceiling: Option<f64>,
    /// End after it fired so often.
    #[arg(long, value_name = "COUNT")]
    firings: Option<u32>,
    /// End at this instant, such as 2027-05-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    ends: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
#[group(id = "threshold", required = true, multiple = false, args = ["below", "percent", "unusual"])]
pub(crate) struct FlightArgs {
    /// The city to fly from.
    #[arg(long, value_name = "CITY")]
    from: String,
    /// The city to fly to.
    #[arg(long, value_name = "CITY")]
    to: String,
    /// The day of departure, such as 2027-05-08.
    #[arg(long, value_name = "DATE")]
    depart: NaiveDate,
    /// The last day of departure: the cheapest day between the two counts.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Fly back so many nights later. Without it only the flight there counts.
    #[arg(long, value_name = "COUNT")]
    nights: Option<u32>,
    /// How many people; the price is for all of them.
    #[arg(long, value_name = "COUNT")]
    travellers: Option<u32>,
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    currency: String,
    /// Fire at this price or below it.
    #[arg(long, value_name = "AMOUNT")]
    below: Option<f64>,
    /// Fire so many percent below the price of the first look.
    #[arg(long, value_name = "PERCENT")]
    percent: Option<u32>,
    /// Fire when the price is unusually low against what the watch has seen.
    #[arg(long)]
    unusual: bool,
    /// What the suggested trip should be like, such as "art and seafood".
    #[arg(long, value_name = "TEXT")]
    wishes: Option<String>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
#[group(id = "calendar", required = true, multiple = false, args = ["file", "url"])]
pub(crate) struct CalendarArgs {
    /// An iCalendar file. Its text becomes part of the watch; it is not read again.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The calendar's address: https, public, read anew at each look.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How many free days in a row are worth a word.
    #[arg(long, value_name = "COUNT")]
    days: u32,
    /// How many days ahead to look. 90 without it.
    #[arg(long, value_name = "DAYS")]
    horizon: Option<u32>,
    #[command(flatten)]
    wish: WishArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
#[group(id = "money", required = true, multiple = false, args = ["income", "budget"])]
pub(crate) struct BudgetArgs {
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    currency: String,
    /// For how long the money is.
    #[arg(long, value_parser = words!(Period), default_value = "month")]
    period: String,
    /// What comes in during one period.
    #[arg(long, value_name = "AMOUNT")]
    income: Option<f64>,
    /// What is set aside for travelling in one period.
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<f64>,
    /// What is or will be spent, such as 2026-12-01=320; may be repeated.
    #[arg(long = "spent", value_name = "DATE=AMOUNT", value_parser = spending)]
    spent: Vec<Spending>,
    /// What must be left for a word.
    #[arg(long, value_name = "AMOUNT")]
    at_least: f64,
    #[command(flatten)]
    wish: WishArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What to suggest.
#[derive(Debug, Args)]
#[command(next_help_heading = "The trip to suggest")]
pub(crate) struct WishArgs {
    /// The city to start from.
    #[arg(long, value_name = "CITY")]
    from: Option<String>,
    /// The city to go to. Without it the one that is cheapest to fly to.
    #[arg(long, value_name = "CITY")]
    to: Option<String>,
    /// How many people.
    #[arg(long, value_name = "COUNT")]
    travellers: Option<u32>,
    /// How long, both ends counted.
    #[arg(long, value_name = "COUNT")]
    trip_days: Option<u32>,
    /// In plain English, such as "art and seafood".
    #[arg(long, value_name = "TEXT")]
    wishes: Option<String>,
}

impl WatchCreateArgs {
    pub(crate) fn server(&self) -> &ServerArgs {
        match &self.kind {
            WatchKindArgs::Flights(args) => &args.common.server,
            WatchKindArgs::Calendar(args) => &args.common.server,
            WatchKindArgs::Budget(args) => &args.common.server,
        }
    }

    /// The request that the flags make; the server checks it.
    ///
    /// # Errors
    /// When the calendar's file cannot be read.
    pub(crate) fn request(&self) -> std::io::Result<WatchRequest> {
        Ok(match &self.kind {
            WatchKindArgs::Flights(args) => args.common.request(args.name(), WatchTarget::FlightPrice(args.watch())),
            WatchKindArgs::Calendar(args) => {
                let name = format!("{} free days", args.days);
                args.common.request(name, WatchTarget::CalendarGap(args.watch()?))
            }
            WatchKindArgs::Budget(args) => {
                let name = format!("{} {} left", args.at_least, args.currency);
                args.common.request(name, WatchTarget::BudgetSurplus(args.watch()))
            }
        })
    }
}

impl CommonArgs {
    fn request(&self, name: String, watch: WatchTarget) -> WatchRequest {
        WatchRequest {
            name: self.name.clone().unwrap_or(name),
            watch,
            user_id: self.user.clone(),
            time_zone: Some(self.zone.clone()),
            quiet_s: self.quiet,
            hysteresis_percent: self.hysteresis,
            cost_ceiling_usd: self.cost_ceiling,
            firings_max: self.firings,
            ends_at: self.ends,
        }
    }
}

impl FlightArgs {
    fn name(&self) -> String {
        format!("{} to {}, {}", self.from, self.to, self.depart)
    }

    fn watch(&self) -> FlightPriceWatch {
        FlightPriceWatch {
            origin: self.from.clone(),
            destination: self.to.clone(),
            depart: self.depart,
            depart_until: self.until,
            nights: self.nights,
            travellers: self.travellers,
            currency: Some(self.currency.clone()),
            threshold: PriceThreshold {
                below: self.below,
                percent: self.percent,
                unusually_low: self.unusual.then_some(true),
            },
            wishes: self.wishes.clone(),
        }
    }
}

impl CalendarArgs {
    fn watch(&self) -> std::io::Result<CalendarGapWatch> {
        Ok(CalendarGapWatch {
            calendar: self.file.as_ref().map(std::fs::read_to_string).transpose()?,
            url: self.url.clone(),
            days_min: self.days,
            horizon_days: self.horizon,
            trip: Some(self.wish.wish()),
        })
    }
}

impl BudgetArgs {
    fn watch(&self) -> BudgetSurplusWatch {
        BudgetSurplusWatch {
            currency: self.currency.clone(),
            period: Period::from_word(&self.period).unwrap_or(Period::Month),
            income: self.income,
            budget: self.budget,
            spending: self.spent.clone(),
            at_least: self.at_least,
            trip: Some(self.wish.wish()),
        }
    }
}

impl WishArgs {
    fn wish(&self) -> TripWish {
        TripWish {
            origin: self.from.clone(),
            destination: self.to.clone(),
            travellers: self.travellers,
            days: self.trip_days,
            budget: None,
            wishes: self.wishes.clone(),
        }
    }
}

/// `2026-12-01=320`.
fn spending(text: &str) -> Result<Spending, String> {
    let parts = text.split_once('=').and_then(|(day, amount)| Some((day.parse().ok()?, amount.parse().ok()?)));
    let (date, amount) = parts.ok_or_else(|| "give a day and an amount, such as 2026-12-01=320".to_owned())?;
    Ok(Spending { date, amount })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::cli::{Cli, Command};

    fn request(line: &str) -> serde_json::Value {
        let line = ["portolan", "watch", "create"].into_iter().chain(line.split_whitespace());
        let cli = Cli::try_parse_from(line).expect("it parses");
        let Command::Watch(WatchArgs { action: WatchAction::Create(args) }) = cli.command else {
            panic!("it makes one")
        };
        json!(args.request().expect("no file is asked for"))
    }

    #[test]
    fn every_flag_arrives() {
        let flights = request(
            "flights --from Berlin --to Lisbon --depart 2027-05-08 --until 2027-05-09 --nights 3 --travellers 2 --currency USD \
             --percent 10 --wishes art --name n --zone Europe/Berlin --user ana --quiet 60 --hysteresis 3 --cost-ceiling 2.5 \
             --firings 4 --ends 2027-05-01T00:00:00Z",
        );
        let watch = json!({ "flight_price": { "origin": "Berlin", "destination": "Lisbon", "depart": "2027-05-08",
            "depart_until": "2027-05-09", "nights": 3, "travellers": 2, "currency": "USD", "threshold": { "percent": 10 },
            "wishes": "art" } });
        let expected = json!({ "name": "n", "watch": watch, "user_id": "ana", "time_zone": "Europe/Berlin", "quiet_s": 60,
            "hysteresis_percent": 3, "cost_ceiling_usd": 2.5, "firings_max": 4, "ends_at": "2027-05-01T00:00:00Z" });
        assert_eq!(flights, expected);
        let budget = request("budget --budget 1500 --at-least 400 --spent 2026-12-01=320 --from Berlin --trip-days 4");
        let watch = json!({ "budget_surplus": { "currency": "EUR", "period": "month", "budget": 1500.0, "at_least": 400.0,
            "spending": [{ "date": "2026-12-01", "amount": 320.0 }], "trip": { "origin": "Berlin", "days": 4 } } });
        assert_eq!(budget, json!({ "name": "400 EUR left", "watch": watch, "time_zone": "UTC" }));
        let calendar = request("calendar --url https://example.com/c.ics --days 5 --horizon 60 --from Berlin");
        let watch = json!({ "calendar_gap": { "url": "https://example.com/c.ics", "days_min": 5, "horizon_days": 60,
            "trip": { "origin": "Berlin" } } });
        assert_eq!(calendar, json!({ "name": "5 free days", "watch": watch, "time_zone": "UTC" }));
    }

    #[test]
    fn a_watch_waits_for_one_thing() {
        let line = |more: &str| {
            let line = format!("portolan watch create flights --from a --to b --depart 2027-05-08 {more}");
            Cli::try_parse_from(line.split_whitespace()).is_ok()
        };
        assert!(line("--below 200") && line("--unusual"));
        assert!(!line("") && !line("--below 200 --percent 5"));
        assert!(spending("2026-12-01").is_err() && spending("x=1").is_err() && spending("2026-12-01=1.5").is_ok());
    }
}
