//! The engine's promises, over a journal in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use graph::{
    Agent, Approved, Ctx, Effect, Ended, Entry, EntryState, Env, Journal, JournalError, Next, Node, OnAmbiguous,
    Record, Resume, RetryPolicy, StepError, StepResult, TaskCtx, Workflow, run,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Keeps batches as they were committed, and refuses from the n-th on.
#[derive(Default)]
struct Memory {
    batches: Mutex<Vec<Vec<Record>>>,
    fenced_from: Option<usize>,
}

impl Journal for Memory {
    async fn commit(&self, records: Vec<Record>) -> Result<(), JournalError> {
        // A real journal takes time, in which the node goes on.
        tokio::task::yield_now().await;
        let mut batches = self.batches.lock().unwrap();
        if self.fenced_from.is_some_and(|first| batches.len() >= first) {
            return Err(JournalError::Fenced);
        }
        batches.push(records);
        Ok(())
    }
}

impl Memory {
    fn records(&self) -> Vec<Record> {
        self.batches.lock().unwrap().concat()
    }

    fn commits(&self) -> usize {
        self.batches.lock().unwrap().len()
    }

    /// What a later claim would start from, had the process died behind the batch `commits`.
    fn resume_after(&self, commits: usize) -> Resume {
        let mut resume = Resume { initial: json!({ "left": 3 }), ..Resume::default() };
        for record in self.batches.lock().unwrap()[..commits].concat() {
            match record {
                Record::Checkpoint { node, state, .. } => {
                    resume.checkpoint = Some((node.to_owned(), state));
                    resume.entries.clear();
                }
                Record::TaskStarted { path, attempt, .. } => {
                    resume.entries.insert(path, Entry { state: EntryState::Open, attempts: attempt });
                }
                Record::TaskCompleted { path, output, attempt, .. } => {
                    resume.entries.insert(path, Entry { state: EntryState::Completed(output), attempts: attempt });
                }
                Record::EffectIntended { path, .. } => {
                    resume.entries.insert(path, Entry { state: EntryState::Open, attempts: 1 });
                }
                Record::EffectCompleted { path, output, .. } => {
                    resume.entries.insert(path, Entry { state: EntryState::Completed(output), attempts: 1 });
                }
                _ => {}
            }
        }
        resume
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Work,
    End,
    Lost,
}

impl Node for Step {
    const ALL: &'static [Self] = &[Self::Work, Self::End, Self::Lost];

    fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::End => "end",
            Self::Lost => "lost",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct State {
    left: u32,
}

/// What the test workflow does, and how often it did it.
#[derive(Default)]
struct Services {
    behaviour: Behaviour,
    runs: AtomicU32,
    fired: AtomicU32,
    started: Notify,
    go_on: Notify,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    #[default]
    NoWork,
    Yield,
    PanicInTask(u32),
    RetryInTask(u32),
    Fatal,
    PanicInNode(u32),
    WaitForEver,
    SlowNode,
    WrongEdge,
    Effect(Effect),
    PanicBehindTask(u32),
}

struct Test;

impl Workflow for Test {
    const NAME: &'static str = "test";
    const VERSION: i32 = 1;
    type Node = Step;
    type State = State;
    type Services = Services;
    type Gate = Value;
    type Output = u32;
    const START: Step = Step::Work;

    fn edges(node: Step) -> &'static [Step] {
        match node {
            Step::Work => &[Step::Work, Step::End],
            Step::End | Step::Lost => &[],
        }
    }

    fn timeout(_: Step) -> Duration {
        Duration::from_secs(30)
    }

    fn headline(_: Step, state: &State) -> String {
        format!("{} left", state.left)
    }

    fn summary(output: &u32) -> String {
        format!("{output} done")
    }

    fn proposal(node: Step, state: &State) -> Option<Value> {
        (node == Step::End).then(|| json!({ "left": state.left }))
    }

    async fn step(node: Step, state: &mut State, ctx: &Ctx<'_, Services>) -> StepResult<Self> {
        if node == Step::End {
            return Ok(Next::Done(3));
        }
        let services = ctx.services();
        match services.behaviour {
            Behaviour::PanicInNode(times) if services.runs.fetch_add(1, Ordering::SeqCst) < times => {
                state.left = 99;
                panic!("in the node");
            }
            Behaviour::WrongEdge => return Ok(Next::Go(Step::Lost)),
            Behaviour::SlowNode => std::future::pending().await,
            _ => {}
        }
        futures::try_join!(ctx.run(&One), ctx.run(&Two))?;
        if let Behaviour::PanicBehindTask(times) = services.behaviour {
            assert!(services.fired.fetch_add(1, Ordering::SeqCst) >= times, "behind the tasks");
        }
        state.left -= 1;
        Ok(Next::Go(if state.left == 0 { Step::End } else { Step::Work }))
    }
}

struct One;
struct Two;

impl Agent<Services> for One {
    const NAME: &'static str = "one";
    type Output = u32;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<u32, StepError> {
        let services = ctx.services();
        let run = services.runs.fetch_add(1, Ordering::SeqCst);
        match services.behaviour {
            Behaviour::Yield => tokio::task::yield_now().await,
            Behaviour::PanicInTask(times) if run < times => panic!("in the task"),
            Behaviour::RetryInTask(times) if run < times => return Err(StepError::retry("not yet")),
            Behaviour::Fatal => return Err(StepError::fatal("infeasible", "never", "give up")),
            Behaviour::WaitForEver => {
                services.started.notify_one();
                let _set_by_drop = Dropped(&services.fired);
                services.go_on.notified().await;
            }
            Behaviour::Effect(class) => {
                let call = async || {
                    services.fired.fetch_add(1, Ordering::SeqCst);
                    services.started.notify_one();
                    services.go_on.notified().await;
                    Ok(7_u32)
                };
                ctx.effect("call", class, Duration::from_secs(60), call).await?;
            }
            _ => {}
        }
        ctx.show("seen", None);
        Ok(1)
    }
}

impl Agent<Services> for Two {
    const NAME: &'static str = "two";
    type Output = u32;

    async fn run(&self, _: &TaskCtx<'_, Services>) -> Result<u32, StepError> {
        Ok(2)
    }
}

struct Dropped<'a>(&'a AtomicU32);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn services(behaviour: Behaviour) -> Services {
    Services { behaviour, ..Services::default() }
}

fn quick() -> Env {
    let retry = RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(2), ..RetryPolicy::default() };
    Env { retry, ..Env::default() }
}

fn fresh() -> Resume {
    Resume { initial: json!({ "left": 3 }), ..Resume::default() }
}

async fn ended(behaviour: Behaviour) -> (Ended, Memory, Services) {
    let (journal, services) = (Memory::default(), services(behaviour));
    let ended = run::<Test>(fresh(), &services, &journal, &quick()).await.unwrap();
    (ended, journal, services)
}

fn failure(journal: &Memory) -> graph::Failure {
    match journal.records().last() {
        Some(Record::Failed { failure }) => failure.clone(),
        other => panic!("the last record is {other:?}"),
    }
}

#[tokio::test]
async fn nodes_without_work_cost_one_commit() {
    let (ended, journal, _) = ended(Behaviour::NoWork).await;
    assert_eq!((ended, journal.commits()), (Ended::Completed, 1));
    let kinds: Vec<_> = journal.records().iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 3 * 5 + 1 + 1, "three nodes of five records, the newest checkpoint, the end");
}

#[tokio::test]
async fn a_node_that_waits_is_journaled_while_it_waits() {
    let (ended, journal, _) = ended(Behaviour::Yield).await;
    assert_eq!(ended, Ended::Completed);
    assert!(journal.commits() > 2, "{}", journal.commits());
}

#[tokio::test]
async fn a_run_goes_on_behind_whatever_commit_it_died() {
    let (_, whole, _) = ended(Behaviour::Yield).await;
    let finished = |records: &[Record]| -> Vec<(String, u32)> {
        let task = |record: &Record| match record {
            Record::TaskCompleted { path, step, .. } => Some((path.clone(), *step)),
            _ => None,
        };
        records.iter().filter_map(task).collect()
    };
    for commits in 0..whole.commits() {
        let before = finished(&whole.batches.lock().unwrap()[..commits].concat());
        let journal = Memory::default();
        let ended = run::<Test>(whole.resume_after(commits), &services(Behaviour::Yield), &journal, &quick()).await;
        assert_eq!(ended.unwrap(), Ended::Completed);
        let mut all = before.clone();
        all.extend(finished(&journal.records()));
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!((count, all.len()), (6, 6), "no committed task ran again, none is missing, after commit {commits}");
    }
}

#[tokio::test]
async fn control_without_the_journal_finished_tasks_do_run_again() {
    let (_, whole, _) = ended(Behaviour::Yield).await;
    let forgetful = |commits| Resume { entries: HashMap::new(), ..whole.resume_after(commits) };
    let mut again = 0;
    for commits in 0..whole.commits() {
        let known = whole.resume_after(commits).entries;
        let journal = Memory::default();
        run::<Test>(forgetful(commits), &services(Behaviour::Yield), &journal, &quick()).await.unwrap();
        again += journal
            .records()
            .iter()
            .filter(|record| {
                matches!(record, Record::TaskCompleted { path, .. }
                if known.get(path).is_some_and(|entry| matches!(entry.state, EntryState::Completed(_))))
            })
            .count();
    }
    assert!(again > 0);
}

#[tokio::test]
async fn a_fenced_run_ends_at_once_and_writes_nothing_more() {
    let journal = Memory { fenced_from: Some(1), ..Memory::default() };
    let result = run::<Test>(fresh(), &services(Behaviour::Yield), &journal, &quick()).await;
    assert!(matches!(result, Err(JournalError::Fenced)));
    assert_eq!(journal.commits(), 1);
}

#[tokio::test]
async fn a_panic_in_a_task_is_a_failed_attempt() {
    let (ended, journal, services) = ended(Behaviour::PanicInTask(2)).await;
    assert_eq!((ended, services.runs.load(Ordering::SeqCst)), (Ended::Completed, 5));
    let failed = journal.records().iter().filter(|record| matches!(record, Record::TaskFailed { .. })).count();
    assert_eq!(failed, 2);
}

#[tokio::test]
async fn a_hundred_panicking_jobs_end_failed_and_harm_nobody() {
    for _ in 0..100 {
        let (ended, journal, _) = ended(Behaviour::PanicInTask(u32::MAX)).await;
        assert_eq!((ended, failure(&journal).code), (Ended::Failed, "task_failed"));
    }
}

#[tokio::test]
async fn control_the_same_panic_outside_the_engine_ends_its_task() {
    let outside = async { assert_eq!(std::hint::black_box(1), 2, "in the task") };
    assert!(tokio_util::task::TaskTracker::new().spawn(outside).await.is_err());
}

#[tokio::test]
async fn retries_are_bounded_and_their_failure_keeps_the_cause() {
    let (ended, journal, services) = ended(Behaviour::RetryInTask(u32::MAX)).await;
    assert_eq!((ended, services.runs.load(Ordering::SeqCst)), (Ended::Failed, 4));
    assert!(failure(&journal).cause.contains("not yet"));
}

#[tokio::test]
async fn a_fatal_error_is_not_tried_again() {
    let (ended, journal, services) = ended(Behaviour::Fatal).await;
    assert_eq!((ended, services.runs.load(Ordering::SeqCst), failure(&journal).code), (Ended::Failed, 1, "infeasible"));
}

#[tokio::test]
async fn a_panic_in_a_node_is_tried_again_from_the_state_before_it() {
    let (ended, ..) = self::ended(Behaviour::PanicInNode(2)).await;
    assert_eq!(ended, Ended::Completed, "the state that the panic left behind was not kept");
    let (ended, journal, _) = self::ended(Behaviour::PanicInNode(u32::MAX)).await;
    assert_eq!((ended, failure(&journal).code), (Ended::Failed, "internal"));
}

#[tokio::test]
async fn tasks_that_finished_before_a_node_panicked_are_not_run_again() {
    let (ended, _, services) = ended(Behaviour::PanicBehindTask(2)).await;
    assert_eq!((ended, services.runs.load(Ordering::SeqCst)), (Ended::Completed, 3));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_takes_too_long_fails_the_job_in_the_end() {
    let (ended, journal, _) = ended(Behaviour::SlowNode).await;
    assert_eq!(ended, Ended::Failed);
    assert!(failure(&journal).cause.contains("longer than 30 s"));
}

#[tokio::test]
async fn an_edge_that_is_not_in_the_table_fails_the_job() {
    let (ended, journal, _) = ended(Behaviour::WrongEdge).await;
    assert_eq!(ended, Ended::Failed);
    assert!(failure(&journal).cause.contains("no edge from work to lost"));
}

#[tokio::test]
async fn cancelling_drops_the_running_effect_and_sets_the_stop_flag() {
    let (journal, services, env) = (Memory::default(), services(Behaviour::WaitForEver), quick());
    let running = run::<Test>(fresh(), &services, &journal, &env);
    let cancel = async {
        services.started.notified().await;
        env.cancel.cancel();
    };
    let (ended, ()) = tokio::join!(running, cancel);
    assert_eq!(ended.unwrap(), Ended::Cancelled);
    assert_eq!(services.fired.load(Ordering::SeqCst), 1, "the future was dropped");
    assert!(env.stop.load(Ordering::SeqCst));
}

#[tokio::test]
async fn draining_stops_behind_a_committed_checkpoint() {
    let (journal, services, env) = (Memory::default(), services(Behaviour::Yield), quick());
    env.drain.cancel();
    assert_eq!(run::<Test>(fresh(), &services, &journal, &env).await.unwrap(), Ended::Drained);
    let (node, _) = journal.resume_after(journal.commits()).checkpoint.unwrap();
    assert_eq!(node, "work");
    let ended = run::<Test>(journal.resume_after(journal.commits()), &services, &Memory::default(), &quick()).await;
    assert_eq!(ended.unwrap(), Ended::Completed);
    assert_eq!(services.runs.load(Ordering::SeqCst), 3);
}

/// Lets a first claim die while its effect is in flight, and gives what a second claim starts from.
async fn died_in_effect(class: Effect) -> (Services, Resume) {
    let (journal, services, env) = (Memory::default(), services(Behaviour::Effect(class)), quick());
    let running = run::<Test>(fresh(), &services, &journal, &env);
    let cancel = async {
        services.started.notified().await;
        env.cancel.cancel();
    };
    let (ended, ()) = tokio::join!(running, cancel);
    assert_eq!(ended.unwrap(), Ended::Cancelled);
    let resume = journal.resume_after(journal.commits());
    (services, resume)
}

#[tokio::test]
async fn an_ambiguous_effect_is_never_fired_again_silently() {
    let (services, resume) = died_in_effect(Effect::Ambiguous(OnAmbiguous::Fail)).await;
    let journal = Memory::default();
    assert_eq!(run::<Test>(resume, &services, &journal, &quick()).await.unwrap(), Ended::Failed);
    assert_eq!(services.fired.load(Ordering::SeqCst), 1);
    assert!(failure(&journal).cause.contains("whether the call took effect is not known"));
}

#[tokio::test]
async fn an_ambiguous_effect_may_ask_and_does_as_it_is_told() {
    for (answer, fired) in [("repeat", 2), ("stop", 1)] {
        let (services, resume) = died_in_effect(Effect::Ambiguous(OnAmbiguous::Ask)).await;
        let journal = Memory::default();
        assert_eq!(run::<Test>(resume.clone(), &services, &journal, &quick()).await.unwrap(), Ended::Paused);
        assert_eq!(services.fired.load(Ordering::SeqCst), 1);
        let decided = json!({ "decision": "answer", "answer": answer, "proposal": { "effect": "work/one/call" } });
        let resume = Resume { decision: Some(decided), ..resume };
        let (env, journal) = (quick(), Memory::default());
        let running = run::<Test>(resume, &services, &journal, &env);
        let cancel = async {
            services.started.notified().await;
            env.cancel.cancel();
        };
        let ended = tokio::select! {
            ended = running => ended.unwrap(),
            () = cancel, if answer == "repeat" => Ended::Cancelled,
        };
        assert_eq!(services.fired.load(Ordering::SeqCst), fired, "{answer}");
        assert_eq!(ended, if answer == "stop" { Ended::Failed } else { Ended::Cancelled });
    }
}

#[tokio::test]
async fn a_finished_idempotent_effect_is_read_from_the_journal() {
    let (journal, services) = (Memory::default(), services(Behaviour::Effect(Effect::Idempotent)));
    let env = quick();
    let (ended, ()) = tokio::join!(run::<Test>(fresh(), &services, &journal, &env), answer_calls(&services, 3));
    assert_eq!(ended.unwrap(), Ended::Completed);
    let behind_effect = (1..=journal.commits())
        .find(|commits| journal.resume_after(*commits).entries.contains_key("work/one/call"))
        .unwrap();
    let again = self::services(Behaviour::Effect(Effect::Idempotent));
    let (resume, journal) = (journal.resume_after(behind_effect), Memory::default());
    let (ended, ()) = tokio::join!(run::<Test>(resume, &again, &journal, &env), answer_calls(&again, 2));
    assert_eq!(ended.unwrap(), Ended::Completed);
    assert_eq!(again.fired.load(Ordering::SeqCst), 2, "the first of the three nodes' calls was not made again");
}

async fn answer_calls(services: &Services, calls: u32) {
    for _ in 0..calls {
        services.started.notified().await;
        services.go_on.notify_one();
    }
}

#[tokio::test]
async fn a_stored_state_that_cannot_be_read_fails_the_job_and_not_the_process() {
    let resume = Resume { initial: json!({ "left": "three" }), ..Resume::default() };
    let journal = Memory::default();
    assert_eq!(run::<Test>(resume, &Services::default(), &journal, &quick()).await.unwrap(), Ended::Failed);
    assert_eq!(failure(&journal).code, "internal");
}

#[tokio::test]
async fn a_state_that_proposes_something_else_than_was_approved_is_refused_where_it_matters() {
    let hash: fn(&Value) -> String = Value::to_string;
    for (shown, expected) in [(json!({ "left": 0 }), Ended::Completed), (json!({ "left": 1 }), Ended::Failed)] {
        let (journal, services) = (Memory::default(), services(Behaviour::NoWork));
        let resume = Resume { approved: Some(Approved { digest: hash(&shown), hash }), ..fresh() };
        assert_eq!(run::<Test>(resume, &services, &journal, &quick()).await.unwrap(), expected);
        assert_eq!(services.runs.load(Ordering::SeqCst), 3, "the nodes that have nothing at stake went on");
        if expected == Ended::Failed {
            assert_eq!(failure(&journal).code, "proposal_changed");
        }
    }
}

#[tokio::test]
async fn control_without_the_approved_hash_a_changed_state_goes_on() {
    let (journal, services) = (Memory::default(), services(Behaviour::NoWork));
    assert_eq!(run::<Test>(fresh(), &services, &journal, &quick()).await.unwrap(), Ended::Completed);
}
