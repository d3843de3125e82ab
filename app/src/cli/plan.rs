//! `portolan plan`: its flags, and the request that they make.

use chrono::NaiveDate;
use clap::Args;
use domain::{
    JobId,
    brief::{Diet, HouseRule, Pace},
    gate::OnTimeout,
    job::WorkflowKind,
    money::Currency,
    request::{ApprovalPolicy, BudgetRequest, Constraints, LodgingRequest, PlanRequest, ProbeRequest},
};

use super::{OutArgs, ServerArgs, ShowArgs};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portolan plan \"a long weekend in Rome in October for my wife and me, 1500 EUR, museums and good food\"
  portolan plan \"museums and seafood\" --destination Lisbon --origin Berlin --start 2027-05-03 --days 4 --travellers 2 \\
                --budget \"1800 EUR\" --pace relaxed --approval always
  portolan plan \"5 days in Tokyo\" --json | jq -c .event.type
  portolan plan \"5 days in Tokyo\" --markdown > tokyo.md
  portolan plan \"5 days in Tokyo\" --out tokyo

Ctrl-C leaves the job running and says how to follow it again; twice within two seconds cancels it. A job that this process
runs by itself goes on when Portolan next starts in this folder.")]
pub(crate) struct PlanArgs {
    /// The wish, in plain English: where, when, how long, who, for how much, and what you like.
    #[arg(value_name = "WISH", required_unless_present = "follow")]
    query: Option<String>,
    /// Follow this job in place of starting one; the same as `portolan follow JOB_ID`.
    #[arg(long, value_name = "JOB_ID", conflicts_with = "query")]
    pub(crate) follow: Option<JobId>,
    /// With --follow: only what happened after the event with this number.
    #[arg(long, value_name = "SEQ", default_value_t = 0, requires = "follow", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) since: i64,
    /// When a person must approve the plan: `auto` above the configured price, `always`, or `never`.
    #[arg(long, value_name = "WHEN", value_parser = words!(ApprovalPolicy))]
    approval: Option<String>,
    /// How long a person has for each approval and question.
    #[arg(long, value_name = "SECONDS")]
    approval_timeout: Option<u64>,
    /// What happens when nobody has decided by then: `wait` on, `reject` (the job fails), or `approve`.
    #[arg(long, value_name = "WHAT", value_parser = words!(OnTimeout))]
    on_timeout: Option<String>,
    /// Give up after this many seconds, waiting for people included.
    #[arg(long, value_name = "SECONDS")]
    deadline: Option<u64>,
    /// For trials: `probe` does nothing, in steps, and asks nobody. It must be switched on in the configuration.
    #[arg(long, value_parser = words!(WorkflowKind))]
    workflow: Option<String>,
    /// With --workflow probe: how many steps.
    #[arg(long, value_name = "COUNT", requires = "workflow")]
    probe_steps: Option<u32>,
    /// With --workflow probe: how long each step takes.
    #[arg(long, value_name = "MS", requires = "workflow")]
    probe_delay_ms: Option<u64>,
    /// Print the job's id and addresses, and leave. A job of this process alone waits for its next start.
    #[arg(long, conflicts_with = "out")]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    trip: TripArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten)]
    pub(crate) to: OutArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What the trip must be. A flag wins over what the wish says.
#[derive(Debug, Args)]
#[command(next_help_heading = "The trip (a flag wins over the wish)")]
pub(super) struct TripArgs {
    /// The city to start from.
    #[arg(long, value_name = "CITY")]
    origin: Option<String>,
    /// The city, country or region to go to. Repeated: several cities, all of which are visited, in the best order.
    #[arg(long = "destination", value_name = "CITY")]
    destinations: Vec<String>,
    /// How many cities of a country or region to visit.
    #[arg(long, value_name = "COUNT")]
    cities: Option<u32>,
    /// The day of travelling there, such as 2027-05-03.
    #[arg(long, value_name = "DATE")]
    start: Option<NaiveDate>,
    /// The day of travelling back.
    #[arg(long, value_name = "DATE")]
    end: Option<NaiveDate>,
    /// How long, both ends counted.
    #[arg(long, value_name = "COUNT")]
    days: Option<u32>,
    /// How many people.
    #[arg(long, value_name = "COUNT")]
    travellers: Option<u32>,
    /// For everyone and everything, such as "1800 EUR".
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = budget)]
    budget: Option<BudgetRequest>,
    /// What you like, such as art or seafood; may be repeated.
    #[arg(long = "interest", value_name = "WORD")]
    interests: Vec<String>,
    /// A kitchen that must be eaten at least once; may be repeated.
    #[arg(long = "cuisine", value_name = "WORD")]
    cuisines: Vec<String>,
    /// What the house must allow; may be repeated.
    #[arg(long = "allows", value_name = "RULE", value_parser = words!(HouseRule))]
    allows: Vec<String>,
    /// What every meal must respect; may be repeated.
    #[arg(long = "diet", value_name = "WORD", value_parser = words!(Diet))]
    diet: Vec<String>,
    /// How full a day is.
    #[arg(long, value_parser = words!(Pace))]
    pace: Option<String>,
}

impl PlanArgs {
    /// The request that the flags make; the server checks it.
    pub(crate) fn request(&self) -> PlanRequest {
        let constraints = self.trip.constraints();
        let asks_probe = self.probe_steps.is_some() || self.probe_delay_ms.is_some();
        PlanRequest {
            user_id: None,
            query: self.query.clone().unwrap_or_default(),
            constraints: (constraints != Constraints::default()).then_some(constraints),
            approval: self.approval.as_deref().and_then(ApprovalPolicy::from_word),
            approval_timeout_s: self.approval_timeout,
            on_timeout: self.on_timeout.as_deref().and_then(OnTimeout::from_word),
            deadline_s: self.deadline,
            workflow: self.workflow.as_deref().and_then(WorkflowKind::from_word),
            probe: asks_probe.then(|| ProbeRequest {
                steps: self.probe_steps,
                delay_ms: self.probe_delay_ms,
                ..ProbeRequest::default()
            }),
        }
    }
}

impl TripArgs {
    pub(super) fn constraints(&self) -> Constraints {
        let some = |words: &[String]| (!words.is_empty()).then(|| words.to_vec());
        let allows: Vec<HouseRule> = self.allows.iter().filter_map(|word| HouseRule::from_word(word)).collect();
        let diet: Vec<Diet> = self.diet.iter().filter_map(|word| Diet::from_word(word)).collect();
        Constraints {
            origin: self.origin.clone(),
            destination: self.destinations.first().filter(|_| self.destinations.len() == 1).cloned(),
            destinations: some(&self.destinations).filter(|cities| cities.len() > 1),
            city_count: self.cities,
            start_date: self.start,
            end_date: self.end,
            days: self.days,
            travellers: self.travellers,
            budget: self.budget.clone(),
            cuisines: some(&self.cuisines),
            interests: some(&self.interests),
            lodging: (!allows.is_empty()).then(|| LodgingRequest { allows: Some(allows), ..LodgingRequest::default() }),
            diet: (!diet.is_empty()).then_some(diet),
            pace: self.pace.as_deref().and_then(Pace::from_word),
            ..Constraints::default()
        }
    }
}

/// `1800 EUR`, `EUR 1,800.50` or `1800EUR`.
fn budget(text: &str) -> Result<BudgetRequest, String> {
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let strange = text.chars().find(|c| !c.is_alphanumeric() && !matches!(c, ' ' | '.' | ','));
    let currency: Currency =
        letters.parse().map_err(|_| "give an amount and a currency, such as \"1800 EUR\"".to_owned())?;
    match (digits.parse::<f64>(), strange) {
        (Ok(amount), None) => Ok(BudgetRequest { amount, currency: currency.code().to_owned() }),
        _ => Err("give an amount and a currency, such as \"1800 EUR\"".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn request(line: &[&str]) -> PlanRequest {
        let cli = Cli::try_parse_from([&["portolan", "plan"], line].concat()).expect("it parses");
        let Command::Plan(args) = cli.command else { panic!("it is a plan") };
        args.request()
    }

    #[test]
    fn a_bare_wish_is_a_bare_request() {
        let json = serde_json::to_value(request(&["4 days in Lisbon"])).expect("it is JSON");
        assert_eq!(json, serde_json::json!({"query": "4 days in Lisbon"}));
    }

    #[test]
    fn every_flag_arrives() {
        let line = "x --origin Berlin --destination Lisbon --start 2027-05-03 --end 2027-05-06 --days 4 --travellers 2 \
                    --interest art --interest seafood --diet vegan --pace relaxed --approval always --deadline 600";
        let mut line: Vec<&str> = line.split_whitespace().collect();
        line.extend(["--budget", "1,800.50 EUR"]);
        let json = serde_json::to_value(request(&line)).expect("it is JSON");
        let expected = serde_json::json!({
            "query": "x",
            "constraints": {
                "origin": "Berlin", "destination": "Lisbon", "start_date": "2027-05-03", "end_date": "2027-05-06",
                "days": 4, "travellers": 2, "budget": {"amount": 1800.5, "currency": "EUR"},
                "interests": ["art", "seafood"], "diet": ["vegan"], "pace": "relaxed",
            },
            "approval": "always",
            "deadline_s": 600,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn several_destinations_kitchens_and_house_rules_arrive() {
        let line = "x --destination Rome --destination Florence --cuisine italian --cuisine seafood --allows pets";
        let json = serde_json::to_value(request(&line.split(' ').collect::<Vec<_>>())).expect("it is JSON");
        let expected = serde_json::json!({
            "destinations": ["Rome", "Florence"], "cuisines": ["italian", "seafood"], "lodging": {"allows": ["pets"]},
        });
        assert_eq!(json["constraints"], expected);
        let region =
            serde_json::to_value(request(&["x", "--destination", "Italy", "--cities", "3"])).expect("it is JSON");
        assert_eq!(region["constraints"], serde_json::json!({"destination": "Italy", "city_count": 3}));
    }

    #[test]
    fn budgets_read_as_people_write_them() {
        for text in ["1800 EUR", "EUR 1800", "1,800.00 eur", "1800EUR"] {
            assert_eq!(budget(text), Ok(BudgetRequest { amount: 1800.0, currency: "EUR".into() }), "{text}");
        }
        for text in ["1800", "EUR", "1800 XYZ", "-5 EUR", "1.2.3 EUR", ""] {
            assert!(budget(text).is_err(), "{text}");
        }
    }
}
