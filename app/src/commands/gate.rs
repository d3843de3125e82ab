//! Asks the person at the terminal what a gate asks.

use std::io::{self, BufRead, IsTerminal};

use domain::{
    JobId,
    gate::{Decision, DecisionKind, Gate, GateKind, OnTimeout},
    money::Money,
    plan::Plan,
};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    output,
    render::{Look, itinerary, plain, wrap},
};

/// Typed lines that wait to be read.
const LINES_MAX: usize = 16;

/// What a person said.
pub(super) enum Answer {
    Decision(Decision),
    /// Nothing for now: the gate stays open.
    Leave,
}

/// The lines of stdin, read by a thread of their own, so that nothing else waits for a person.
pub(super) struct Lines(mpsc::Receiver<String>);

impl Lines {
    pub(super) fn read() -> Self {
        let (sender, receiver) = mpsc::channel(LINES_MAX);
        // It may wait in `read` for ever; the process does not wait for it.
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The next line; None at the end of stdin.
    async fn next(&mut self, prompt: &str) -> Option<String> {
        // What was typed before the question is no answer to it.
        while self.0.try_recv().is_ok() {}
        output::ask(prompt);
        self.0.recv().await.map(|line| line.trim().to_owned())
    }
}

/// Whether somebody is there to be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prints what is proposed, what is asked, and for how much.
pub(super) fn show(gate: &Gate, look: Look) {
    if let Some(draft) = draft(&gate.proposal) {
        output::note(format!("\n{}", itinerary(&draft, look)));
    }
    output::note(format!("\n{} {}", look.yellow("?"), wrap(&plain(&gate.prompt), look.width, "  ").trim_start()));
    if let Some(price) = price(&gate.proposal) {
        output::note(format!("  price: {}", look.bold(&price)));
    }
    if let Some(hash) = hash(gate).filter(|_| gate.kind == GateKind::Approval) {
        output::note(format!("  {}", look.dim(&format!("sha256 of what you see: {}", plain(hash)))));
    }
    // Those of an approval are the letters that are asked for.
    if gate.kind == GateKind::Question {
        for (index, option) in gate.options.iter().enumerate() {
            output::note(format!("  {}. {}", index + 1, plain(option)));
        }
    }
}

/// The plan that a person is asked to approve.
fn draft(proposal: &Value) -> Option<Plan> {
    serde_json::from_value(proposal.get("plan")?.clone()).ok()
}

/// Asks until there is an answer. Enter alone means No at an approval, and later at a question.
pub(super) async fn ask(gate: &Gate, lines: &mut Lines) -> Answer {
    match gate.kind {
        GateKind::Approval => ask_approval(lines).await,
        GateKind::Question => ask_question(gate, lines).await,
    }
}

async fn ask_approval(lines: &mut Lines) -> Answer {
    loop {
        let Some(line) = lines.next("  Approve? yes, No, edit or later [y/N/e/l] ").await else { return Answer::Leave };
        match line.to_lowercase().as_str() {
            "y" | "yes" => return decision(DecisionKind::Approve, None, None),
            "" | "n" | "no" => return decision(DecisionKind::Reject, None, None),
            "l" | "later" => return Answer::Leave,
            "e" | "edit" => {
                let prompt = "  Changes to the brief as JSON, such as {\"pace\": \"relaxed\"} (Enter: none): ";
                let Some(line) = lines.next(prompt).await else { return Answer::Leave };
                match serde_json::from_str::<Value>(&line) {
                    Ok(edits) if edits.is_object() => return decision(DecisionKind::Edit, Some(edits), None),
                    _ if line.is_empty() => {}
                    _ => output::note("  That is not a JSON object."),
                }
            }
            _ => output::note("  Please answer y, n, e or l."),
        }
    }
}

async fn ask_question(gate: &Gate, lines: &mut Lines) -> Answer {
    let prompt = if gate.options.is_empty() {
        "  Your answer (Enter: later): "
    } else {
        "  Your answer, or the number of an option (Enter: later): "
    };
    let line = lines.next(prompt).await.unwrap_or_default();
    if line.is_empty() {
        return Answer::Leave;
    }
    let option = line.parse::<usize>().ok().and_then(|number| gate.options.get(number.checked_sub(1)?));
    decision(DecisionKind::Answer, None, Some(option.cloned().unwrap_or(line)))
}

fn decision(decision: DecisionKind, edits: Option<Value>, answer: Option<String>) -> Answer {
    Answer::Decision(Decision { decision, edits, answer, comment: None })
}

/// The hash that a decision names, so that it holds for what was shown. Gates of older servers have none.
pub(super) fn hash(gate: &Gate) -> Option<&str> {
    Some(gate.proposal_hash.as_str()).filter(|hash| !hash.is_empty())
}

/// How long the gate stays open, and what happens then.
pub(super) fn until(gate: &Gate) -> String {
    let at = gate.expires_at.format("%-d %B %Y, %H:%M UTC");
    match gate.on_timeout {
        OnTimeout::Wait => "for as long as it takes".to_owned(),
        OnTimeout::Reject => format!("until {at}, and fails then"),
        OnTimeout::Approve => format!("until {at}, and goes on by itself then"),
    }
}

/// What may be said at the gate, as arguments of `portolan approve`.
pub(super) fn choices(gate: &Gate) -> &'static [&'static str] {
    match gate.kind {
        GateKind::Approval => &["approve", "reject", "edit --edits '{...}'"],
        GateKind::Question => &["answer --answer '...'", "reject"],
    }
}

/// A body for `POST /v1/approve`.
pub(super) fn example(gate: &Gate, job: JobId) -> String {
    match gate.kind {
        GateKind::Approval => format!(r#"{{"job_id": "{job}", "decision": "approve"}}"#),
        GateKind::Question => format!(r#"{{"job_id": "{job}", "decision": "answer", "answer": "..."}}"#),
    }
}

/// The price of what is proposed: the draft's total, wherever the workflow put it.
fn price(proposal: &Value) -> Option<String> {
    ["/total", "/costs/total", "/plan/costs/total", "/price"].iter().find_map(|pointer| {
        let found = proposal.pointer(pointer)?;
        let money: Result<Money, _> = serde_json::from_value(found.clone());
        money.map(|money| money.to_string()).ok().or_else(|| found.as_str().map(plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_found_in_a_draft() {
        let total = serde_json::json!({"amount_cents": 180_000, "currency": "EUR"});
        let draft = serde_json::json!({"plan": {"costs": {"total": total}}});
        assert_eq!(price(&draft).as_deref(), Some("1,800 EUR"));
        assert_eq!(price(&serde_json::json!({"fields": ["origin"]})), None);
    }
}
