//! What happens, as it happens: one line per agent.

use std::{collections::HashMap, time::Duration};

use domain::{
    Event,
    event::{AgentOutput, TaskComplete, TaskStart},
    job::JobStatus,
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Look, plain};
use crate::output;

const TICK: Duration = Duration::from_millis(100);
/// The column in which what was found begins.
const AGENT_WIDTH: usize = 16;

/// Tells events on stderr.
pub(crate) struct Progress {
    look: Look,
    agents: HashMap<String, Agent>,
    screen: Screen,
    /// A person has just decided, which is why the job runs again.
    is_decided: bool,
}

/// How lines come to the screen.
enum Screen {
    /// Drawn over while an agent works.
    Live(MultiProgress),
    /// Printed once, when an agent is done.
    Plain,
    Silent,
}

#[derive(Default)]
struct Agent {
    summary: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new(look: Look) -> Self {
        let screen = if look.is_live { Screen::Live(MultiProgress::new()) } else { Screen::Plain };
        Self { look, agents: HashMap::new(), screen, is_decided: false }
    }

    /// For `--json`, whose lines say it all.
    pub(crate) fn silent(look: Look) -> Self {
        Self { look, agents: HashMap::new(), screen: Screen::Silent, is_decided: false }
    }

    pub(crate) fn tell(&mut self, event: &Event) {
        match event {
            Event::StateChange(change) => {
                self.state(change.status, change.attempt, change.reason.map(|reason| reason.word()));
            }
            Event::TaskStart(start) => self.start(start),
            Event::AgentOutput(output) => self.output(output),
            Event::TaskComplete(complete) => self.complete(complete),
            Event::Alert(alert) => {
                let line = format!("! {}", plain(&alert.message));
                self.line(&self.look.yellow(&line));
            }
            Event::ApprovalDecided(decided) => {
                self.is_decided = true;
                // A key's name, and after it the user that the key spoke for, if any.
                let by = plain(&decided.decided_by);
                let line = format!("{} by {}", past(decided.decision.decision.word()), by.trim_end_matches("/-"));
                self.line(&self.look.dim(&line));
            }
            // Asked and told by others.
            Event::ApprovalRequired(_) | Event::Complete(_) | Event::Error(_) => {}
        }
    }

    /// One line for people, above the agents' lines.
    pub(crate) fn line(&self, line: &str) {
        match &self.screen {
            Screen::Live(bars) => {
                if bars.println(line).is_err() {
                    output::note(line);
                }
            }
            Screen::Plain | Screen::Silent => output::note(line),
        }
    }

    /// Leaves the lines as they are, so that something else may be printed below them.
    pub(crate) fn pause(&mut self) {
        let Screen::Live(bars) = &mut self.screen else { return };
        let drawn: Vec<ProgressBar> = self.agents.values_mut().filter_map(|agent| agent.bar.take()).collect();
        for bar in &drawn {
            bar.disable_steady_tick();
            bar.abandon();
        }
        *bars = MultiProgress::new();
        if !drawn.is_empty() {
            // The last line is not ended yet.
            output::note("");
        }
    }

    fn state(&mut self, status: JobStatus, attempt: i32, reason: Option<&str>) {
        let line = match status {
            JobStatus::Running if std::mem::take(&mut self.is_decided) => return,
            JobStatus::Running if attempt > 1 => "goes on; what was done stays done".to_owned(),
            JobStatus::Paused => format!("paused: {}", reason.unwrap_or("no reason given").replace('_', " ")),
            // Said by the lines that follow.
            JobStatus::Running
            | JobStatus::Queued
            | JobStatus::WaitingApproval
            | JobStatus::Completed
            | JobStatus::Failed
            | JobStatus::Cancelled => return,
        };
        if !matches!(self.screen, Screen::Silent) {
            self.line(&self.look.dim(&line));
        }
    }

    fn start(&mut self, start: &TaskStart) {
        let Screen::Live(bars) = &self.screen else { return };
        let agent = self.agents.entry(start.agent.clone()).or_default();
        let bar = agent.bar.get_or_insert_with(|| bars.add(ProgressBar::new_spinner()));
        bar.reset();
        bar.set_style(style("{spinner} {prefix} {wide_msg} {elapsed}"));
        bar.set_prefix(padded(&start.agent));
        let message = if start.attempt > 1 { format!("again (attempt {})", start.attempt) } else { String::new() };
        bar.set_message(message);
        bar.enable_steady_tick(TICK);
    }

    fn output(&mut self, output: &AgentOutput) {
        let agent = self.agents.entry(output.agent.clone()).or_default();
        agent.summary = plain(&output.summary).replace('\n', " ");
        if let Some(bar) = &agent.bar {
            bar.set_message(agent.summary.clone());
        }
    }

    fn complete(&mut self, complete: &TaskComplete) {
        let agent = self.agents.entry(complete.agent.clone()).or_default();
        let took = self.look.dim(&elapsed(complete.duration_ms));
        let done = self.look.green("✔");
        match (&self.screen, &agent.bar) {
            (Screen::Live(_), Some(bar)) => {
                bar.disable_steady_tick();
                // The span is part of the template: a long summary is cut, and the span is not.
                bar.set_style(style(&format!("{{prefix}} {{wide_msg}} {took}")));
                bar.set_prefix(format!("{done} {}", padded(&complete.agent)));
                bar.finish_with_message(agent.summary.clone());
            }
            (Screen::Plain | Screen::Live(_), _) => {
                output::note(format!("{done} {} {} {took}", padded(&complete.agent), agent.summary));
            }
            (Screen::Silent, _) => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.pause();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file can be read")
}

fn padded(agent: &str) -> String {
    format!("{:<AGENT_WIDTH$}", plain(agent))
}

fn elapsed(duration_ms: u64) -> String {
    match duration_ms {
        0..1_000 => format!("({duration_ms} ms)"),
        1_000..60_000 => format!("({}.{} s)", duration_ms / 1_000, duration_ms % 1_000 / 100),
        _ => format!("({} min {} s)", duration_ms / 60_000, duration_ms % 60_000 / 1_000),
    }
}

fn past(decision: &str) -> &str {
    match decision {
        "approve" => "approved",
        "reject" => "rejected",
        "edit" => "edited",
        "answer" => "answered",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_people_think_in() {
        assert_eq!(elapsed(7), "(7 ms)");
        assert_eq!(elapsed(1_234), "(1.2 s)");
        assert_eq!(elapsed(61_000), "(1 min 1 s)");
    }
}
