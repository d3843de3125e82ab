//! What is told about all requests together.

use std::fmt;

use serde::Serialize;

use super::fields::Misread;
use crate::Times;

/// One field and how often it was read as its authors meant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldCount {
    pub field: &'static str,
    pub right: usize,
}

/// A request without a line in the plan file, or with an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undelivered {
    pub id: String,
    pub reason: String,
    pub query: String,
}

/// A rule that a delivered plan breaks, by the house's own verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifierFault {
    pub id: String,
    pub fault: String,
}

/// The whole evaluation in numbers, and everything that went wrong in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub requests: usize,
    pub delivered: usize,
    /// Of [`Summary::requests`] each.
    pub fields: Vec<FieldCount>,
    /// Requests of which every field was read right.
    pub read_right: usize,
    pub questions: usize,
    /// Plans than which there is none better by Portolan's own score.
    pub optimal: usize,
    /// Understanding, solving and verifying.
    pub planning: Times,
    /// The wall time of a request.
    pub end_to_end: Times,
    pub verifier_faults: Vec<VerifierFault>,
    pub misreads: Vec<Misread>,
    pub undelivered: Vec<Undelivered>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for misread in &self.misreads {
            let Misread { id, field, expected, found, query } = misread;
            writeln!(f, "misread  {id}  {field}: \"{found}\" and not \"{expected}\"\n         {query}")?;
        }
        for Undelivered { id, reason, query } in &self.undelivered {
            writeln!(f, "no plan  {id}  {reason}\n         {query}")?;
        }
        for VerifierFault { id, fault } in &self.verifier_faults {
            writeln!(f, "fault    {id}  {fault}")?;
        }
        writeln!(f, "requests           {}", self.requests)?;
        writeln!(f, "delivered          {}", self.delivered)?;
        writeln!(f, "read right         {}", self.read_right)?;
        for FieldCount { field, right } in &self.fields {
            writeln!(f, "  {field:<16} {right}")?;
        }
        writeln!(f, "verifier faults    {}", self.verifier_faults.len())?;
        writeln!(f, "questions asked    {}", self.questions)?;
        writeln!(f, "proven optimal     {}", self.optimal)?;
        writeln!(f, "understand, solve, verify  {}", self.planning)?;
        write!(f, "end to end                 {}", self.end_to_end)
    }
}
