//! Follows a job to its end, or to where a person is needed: what `plan` and `follow` have in common.

use std::{path::Path, time::Duration};

use domain::{
    Event, JobId,
    event::ApprovalRequired,
    gate::{Gate, GateStatus},
    job::{JobError, JobStatus, Reason},
    plan::Plan,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    gate::{self, Answer, Lines},
    out,
};
use crate::{
    cli::{ServerArgs, ShowArgs},
    client::{Client, Envelope, Events},
    exit::{Exit, exit_of},
    output,
    render::{self, Look, Progress, plain, wrap},
    session::{Need, Session},
    shutdown::Signals,
};

/// A second Ctrl-C within this time cancels the job.
const SECOND_CTRL_C: Duration = Duration::from_secs(2);
/// How long the neighbour whose stream broke off may take to come back before this process does its work. Time enough to
/// start `portolan dev` again by hand.
const NEIGHBOUR_AWAY_MAX: Duration = Duration::from_secs(15);
const FAR_AWAY_MAX: Duration = Duration::from_secs(60);

/// What to follow, and how.
pub(super) struct Following<'a> {
    pub(super) job: JobId,
    /// Only what happened after this event.
    pub(super) since: i64,
    pub(super) show: ShowArgs,
    /// The folder for the plan's files.
    pub(super) out: Option<&'a Path>,
    pub(super) server: &'a ServerArgs,
    pub(super) config: Option<&'a Path>,
}

/// Follows until there is nothing more to see, and closes the session.
pub(super) async fn run(mut session: Session, following: &Following<'_>) -> anyhow::Result<Exit> {
    let mut signals = Signals::catch()?;
    let look = Look::stderr();
    let progress = if following.show.json { Progress::silent(look) } else { Progress::new(look) };
    let mut screen = Screen { following, look, progress, lines: None };
    let mut since = following.since;
    let outcome = loop {
        let patience = if session.is_neighbour() { NEIGHBOUR_AWAY_MAX } else { FAR_AWAY_MAX };
        let mut events = session.client.events(following.job, since).with_patience(patience);
        let followed = screen.follow(&session, &mut events, &mut signals).await;
        since = events.last_seq();
        match followed {
            // The neighbour ended. Its rows are here, and so may be its work.
            Err(error) if session.is_neighbour() && exit_of(&error) == Exit::Unreachable => {
                screen.progress.line("the Portolan that ran this job is gone; going on with it here");
                session = Session::open(following.server, following.config, Need::Work).await?;
            }
            followed => break followed,
        }
    };
    drop(screen);
    let closed = session.close().await;
    let exit = outcome?;
    closed?;
    Ok(exit)
}

struct Screen<'a> {
    following: &'a Following<'a>,
    look: Look,
    progress: Progress,
    /// What is typed. Read from the first question on.
    lines: Option<Lines>,
}

impl Screen<'_> {
    async fn follow(&mut self, session: &Session, events: &mut Events, signals: &mut Signals) -> anyhow::Result<Exit> {
        loop {
            let incoming = tokio::select! {
                incoming = events.next() => incoming?,
                signal = signals.next() => return self.interrupted(session, events.last_seq(), signal, signals).await,
            };
            let Some(envelope) = incoming else { return self.ended_before(session).await };
            if let Some(exit) = self.tell(session, events, signals, envelope).await? {
                return Ok(exit);
            }
        }
    }

    /// Tells one event; says how the process ends if it was the last that it waits for.
    async fn tell(
        &mut self,
        session: &Session,
        events: &mut Events,
        signals: &mut Signals,
        envelope: Envelope,
    ) -> anyhow::Result<Option<Exit>> {
        let mut next = Some(envelope);
        // While a person thinks, somebody else may decide: then there is an event to tell next.
        while let Some(envelope) = next.take() {
            if self.following.show.json {
                output::data(&envelope.json);
            }
            let Some(event) = envelope.event else { continue };
            self.progress.tell(&event);
            match event {
                Event::Complete(complete) => {
                    return Ok(Some(self.completed(session, &complete.summary, &complete.result).await?));
                }
                Event::Error(error) => return Ok(Some(self.failed(error.status, &error.error))),
                Event::StateChange(change) if change.reason == Some(Reason::Budget) => {
                    self.progress.line("The money that this job may spend is spent. What was found is kept.");
                    return Ok(Some(Exit::Budget));
                }
                Event::ApprovalRequired(required) => match self.at_gate(session, events, signals, &required).await? {
                    AtGate::GoOn => {}
                    AtGate::Told(envelope) => next = Some(envelope),
                    AtGate::End(exit) => return Ok(Some(exit)),
                },
                Event::StateChange(_)
                | Event::TaskStart(_)
                | Event::TaskComplete(_)
                | Event::AgentOutput(_)
                | Event::ApprovalDecided(_)
                | Event::Alert(_) => {}
            }
        }
        Ok(None)
    }

    async fn at_gate(
        &mut self,
        session: &Session,
        events: &mut Events,
        signals: &mut Signals,
        required: &ApprovalRequired,
    ) -> anyhow::Result<AtGate> {
        // A gate of the past is history.
        let status = session.client.status(self.following.job).await?;
        let pending = |gate: &Gate| gate.approval_id == required.approval_id && gate.status == GateStatus::Pending;
        let Some(gate) = status.gate.filter(pending) else { return Ok(AtGate::GoOn) };
        self.progress.pause();
        if self.following.show.json || !gate::can_ask() {
            self.left_waiting(session, &gate);
            return Ok(AtGate::End(Exit::Waiting));
        }
        gate::show(&gate, self.look);
        let lines = self.lines.get_or_insert_with(Lines::read);
        let answer = tokio::select! {
            answer = gate::ask(&gate, lines) => answer,
            incoming = events.next() => {
                output::note("");
                return Ok(incoming?.map_or(AtGate::GoOn, AtGate::Told));
            }
            signal = signals.next() => {
                output::note("");
                return Ok(AtGate::End(self.interrupted(session, events.last_seq(), signal, signals).await?));
            }
        };
        match answer {
            Answer::Decision(decision) => {
                let (job, gate_id) = (self.following.job, Some(gate.approval_id));
                let decided = session.client.decide(job, gate_id, &decision, gate::hash(&gate)).await;
                // Too late, or not fitting: the reason is told, and the stream says how it goes on.
                if let Err(error) = decided {
                    self.progress.line(&self.look.yellow(&format!("! {error}")));
                }
                Ok(AtGate::GoOn)
            }
            Answer::Leave => {
                self.left_waiting(session, &gate);
                Ok(AtGate::End(Exit::Waiting))
            }
        }
    }

    fn left_waiting(&self, session: &Session, gate: &Gate) {
        if self.following.show.json || !gate::can_ask() {
            gate::show(gate, self.look);
        }
        let (job, again) = (self.following.job, again(self.following.server));
        output::note(format!("The job waits for a person {}. Decide with one of\n", gate::until(gate)));
        for choice in gate::choices(gate) {
            output::note(format!("  portolan approve {job} {choice}{again}"));
        }
        output::note(format!("\nor{}\n\n  {}\n", curl_while(session), curl(&session.client, self.following, gate)));
        output::note(format!("and see what comes of it with\n\n  portolan follow {job}{again}"));
    }

    async fn completed(&mut self, session: &Session, summary: &str, result: &Value) -> anyhow::Result<Exit> {
        self.progress.pause();
        self.print_result(summary, result);
        if let Some(folder) = self.following.out {
            out::write(&session.client, self.following.job, folder).await?;
        }
        Ok(Exit::Ok)
    }

    fn print_result(&self, summary: &str, result: &Value) {
        if self.following.show.json {
            return;
        }
        match serde_json::from_value::<Plan>(result.clone()) {
            Ok(plan) if self.following.show.markdown => output::data(plan.to_markdown().trim_end()),
            Ok(plan) => output::data(format!("\n{}", render::itinerary(&plan, Look::stdout()))),
            // A result of another workflow, or of a newer server.
            Err(_) => {
                output::note(plain(summary));
                output::data(serde_json::to_string_pretty(result).unwrap_or_default());
            }
        }
    }

    fn failed(&mut self, status: JobStatus, error: &JobError) -> Exit {
        self.progress.pause();
        if !self.following.show.json {
            output::note(format!("{} {}", self.look.red("✖"), plain(&error.title)));
            output::note(wrap(&plain(&error.cause), self.look.width, "  "));
            output::note(wrap(&plain(&error.hint), self.look.width, "  "));
            if status == JobStatus::Failed {
                let (job, again) = (self.following.job, again(self.following.server));
                output::note(format!("  What was found is kept: portolan status {job}{again}"));
            }
        }
        if error.code == Reason::Budget { Exit::Budget } else { Exit::Failed }
    }

    /// The job ended, and the reader has seen its last event before: say once more how.
    async fn ended_before(&mut self, session: &Session) -> anyhow::Result<Exit> {
        let status = session.client.status(self.following.job).await?;
        match (status.status, status.result, status.error) {
            (JobStatus::Completed, Some(result), _) => {
                self.completed(session, status.summary.as_deref().unwrap_or_default(), &result).await
            }
            (JobStatus::Completed, None, _) => Ok(Exit::Ok),
            (state, _, Some(error)) => Ok(self.failed(state, &error)),
            (_, _, None) => Ok(Exit::Failed),
        }
    }

    async fn interrupted(
        &mut self,
        session: &Session,
        last_seq: i64,
        signal: &str,
        signals: &mut Signals,
    ) -> anyhow::Result<Exit> {
        self.progress.pause();
        let (job, again) = (self.following.job, again(self.following.server));
        let goes_on = if session.is_own() { "goes on when Portolan next starts here" } else { "goes on" };
        output::note(format!(
            "\nDetached; job {job} {goes_on}. Follow it again with\n\n  portolan follow {job} --since {last_seq}{again}\n"
        ));
        if signal == "Ctrl-C" {
            output::note("Ctrl-C once more within 2 s cancels it.");
            if timeout(SECOND_CTRL_C, signals.next()).await.is_ok() {
                session.client.cancel(job).await?;
                output::note(format!("Job {job} is cancelled. What it found is kept: portolan status {job}{again}"));
            }
        }
        Ok(Exit::Interrupted)
    }
}

/// How it goes on at a gate.
enum AtGate {
    GoOn,
    /// Something happened meanwhile.
    Told(Envelope),
    End(Exit),
}

/// The flags with which the same server is found again.
pub(super) fn again(server: &ServerArgs) -> String {
    if let Some(url) = &server.server {
        return format!(" --server {url}");
    }
    if server.data == Path::new(".portolan") { String::new() } else { format!(" --data {}", server.data.display()) }
}

fn curl_while(session: &Session) -> &'static str {
    if session.is_own() { ", while `portolan dev` runs," } else { "" }
}

fn curl(client: &Client, following: &Following<'_>, gate: &Gate) -> String {
    let url = if following.server.server.is_some() {
        client.url("v1/approve")
    } else {
        "http://127.0.0.1:8000/v1/approve".to_owned()
    };
    let key = if client.has_key() {
        format!(" -H \"authorization: Bearer ${}\"", following.server.key_env)
    } else {
        String::new()
    };
    let body = gate::example(gate, following.job);
    format!("curl -s {url} -H 'content-type: application/json'{key} -d '{body}'")
}
