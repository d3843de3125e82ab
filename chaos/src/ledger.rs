//! Which steps of probes ran, committed or not: the file that the workers append to before they do anything.

use std::{collections::HashMap, fs, path::Path};

use anyhow::Context;

/// One run of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) step: u64,
    pub(crate) fence: i64,
    pub(crate) at_micros: i64,
    /// A run of the same job under a higher fence came before: this one is a zombie's.
    pub(crate) is_stale: bool,
}

/// The runs of each job, in the order in which they began.
pub(crate) fn read(path: &Path) -> anyhow::Result<HashMap<String, Vec<Run>>> {
    if !path.exists() {
        return Ok(HashMap::new());
    }
    parse(&fs::read_to_string(path).context("the ledger cannot be read")?)
}

fn parse(text: &str) -> anyhow::Result<HashMap<String, Vec<Run>>> {
    let mut runs: HashMap<String, Vec<Run>> = HashMap::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let job = words.next().context("a line of the ledger names no job")?;
        let mut number =
            || words.next().and_then(|word| word.parse::<i64>().ok()).context("a line of the ledger is cut");
        let (step, fence, _pid, at_micros) = (number()?, number()?, number()?, number()?);
        let of_job = runs.entry(job.to_owned()).or_default();
        let is_stale = of_job.iter().any(|earlier| earlier.fence > fence);
        of_job.push(Run { step: u64::try_from(step)?, fence, at_micros, is_stale });
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_under_a_fence_that_somebody_has_passed_is_a_zombies() {
        let runs = parse("a 1 1 10 100\na 2 2 11 200\na 2 1 10 300\nb 1 1 10 400\n").expect("it reads");
        let stale: Vec<bool> = runs["a"].iter().map(|run| run.is_stale).collect();
        assert_eq!((stale, runs["b"].len()), (vec![false, false, true], 1));
        assert!(parse("a 1 1").is_err());
    }
}
