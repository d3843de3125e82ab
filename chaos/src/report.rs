//! What a run was, did and found: for people and for machines.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{Check, Control, Finding, Moment, Nemesis, Tally};

/// The whole of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub scenario: &'static str,
    pub seed: u64,
    pub load_s: f64,
    /// With start, settling and judging.
    pub took_s: f64,
    pub nemeses: Vec<Nemesis>,
    pub control: Option<Control>,
    /// Whether everything held.
    pub held: bool,
    /// What was asked for, and how it ended.
    pub jobs_asked: usize,
    pub jobs_ended: BTreeMap<String, u64>,
    pub requests: BTreeMap<&'static str, Tally>,
    /// What was done to the processes, servers and connections, how often.
    pub strikes: BTreeMap<&'static str, u64>,
    /// Processes that ended by themselves and were started again.
    pub processes_restarted: u64,
    pub reader_connections: u64,
    pub checks: Vec<Check>,
    pub findings: Vec<Finding>,
    pub timeline: Vec<Moment>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nemeses: Vec<&str> = self.nemeses.iter().map(|nemesis| nemesis.word()).collect();
        writeln!(f, "{}: seed {}, {:.0} s of load, {}", self.scenario, self.seed, self.load_s, nemeses.join(", "))?;
        if let Some(control) = self.control {
            writeln!(f, "CONTROL {}: {}. This run must be broken.", control.word(), control.meaning())?;
        }
        let list = |pairs: Vec<String>| if pairs.is_empty() { "nothing".to_owned() } else { pairs.join(", ") };
        let ends = self.jobs_ended.iter().map(|(end, count)| format!("{count} {end}")).collect();
        writeln!(f, "\n  jobs       {} asked for: {}", self.jobs_asked, list(ends))?;
        let strikes = self.strikes.iter().map(|(strike, count)| format!("{count} {strike}")).collect();
        writeln!(f, "  strikes    {}; {} processes ended by themselves", list(strikes), self.processes_restarted)?;
        for (verb, tally) in &self.requests {
            writeln!(
                f,
                "  {verb:<10} {} asked, {} done, {} refused ({} with 5xx), {} unknown",
                tally.asked,
                tally.done,
                tally.refused,
                tally.internal + tally.unavailable,
                tally.unknown
            )?;
        }
        writeln!(f, "\n  {:<56} {:>10}  allowed", "what must hold", "found")?;
        for check in &self.checks {
            let mark = if check.holds { ' ' } else { '!' };
            writeln!(f, "{mark} {:<56} {:>10}  {}", check.name, check.found, check.allowed)?;
        }
        if !self.held {
            writeln!(f, "\nwhat was found")?;
            for finding in &self.findings {
                writeln!(f, "  {}: {} {}", finding.check, finding.job, finding.what)?;
            }
            writeln!(f, "\nwhat happened, in seconds since the load began")?;
            for moment in &self.timeline {
                writeln!(f, "  {:>8.3}  {}", moment.at_s, moment.what)?;
            }
        }
        let verdict = if self.held { "held" } else { "BROKEN" };
        write!(f, "\n{verdict}; {:.0} s in all. Again: --seed {}", self.took_s, self.seed)
    }
}
