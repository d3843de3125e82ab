//! `portolan chaos` itself: every scenario at about a tenth of its scale, every control, and the table of the promises.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use chaos::{Control, ROWS, Scenario};
use serde_json::Value;

use crate::support::{PATIENCE, Place, Ran, Running, root};

/// Between two looks at something that is about to happen.
const LOOK: Duration = Duration::from_millis(50);

/// Servers and processes are found where this test's are.
fn place() -> Place {
    #[expect(clippy::disallowed_methods, reason = "the servers are where the test's environment says")]
    let path = std::env::var("PATH").expect("there is a PATH");
    Place::new().with("PATH", &path)
}

fn chaos(arguments: &[&str]) -> Ran {
    place().run(&[&["chaos", "--json"], arguments].concat())
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("the report is not JSON: {error}: {ran:#?}"))
}

/// Plays the scenario of a row; what is found is told.
fn assert_holds(row: &str, scenario: Scenario) {
    let ran = chaos(&["--rows", row]);
    let report = report(&ran);
    assert_eq!((ran.code, &report["held"]), (0, &true.into()), "{report:#}");
    assert_eq!(report["scenario"], scenario.word());
    assert!(report["jobs_asked"].as_u64().expect("a count") > 0, "{report:#}");
}

/// One test for each, so that none takes long.
macro_rules! scenarios {
    ($($name:ident: $row:literal $scenario:ident,)+) => {
        $(#[test] fn $name() { assert_holds($row, Scenario::$scenario); })+

        #[test]
        fn every_scenario_has_a_test_here() {
            let here = [$(Scenario::$scenario),+];
            // The storm is what the controls and the short run play.
            let all = Scenario::ALL.iter().filter(|scenario| **scenario != Scenario::Storm);
            assert_eq!(here.iter().collect::<Vec<_>>(), all.collect::<Vec<_>>());
        }
    };
}

scenarios! {
    submissions_whose_replica_dies_make_one_job_each: "R1" CrashedSubmissions,
    repeated_posts_make_one_job_each: "R2" Repeats,
    killed_workers_lose_nothing: "R3" Kills,
    a_death_at_any_point_is_survived: "R4" CrashPoints,
    zombies_corrupt_nothing: "R5" Zombies,
    rings_may_come_five_times: "R6" RepeatedRings,
    redis_may_restart: "R7" RedisRestarts,
    redis_may_be_flushed: "R8" RedisFlushes,
    redis_may_be_away: "R9" RedisOutage,
    a_backlog_is_worked_off: "R10" Backlog,
    redis_may_let_nobody_in: "R11" LockedRedis,
    postgres_may_crash: "R12" PostgresRestarts,
    the_network_may_swallow_everything: "R13" BlackHoles,
    a_poison_job_harms_nobody_else: "R14" Poison,
    panicking_jobs_harm_nobody: "R15" Panics,
    a_slow_reader_disturbs_nobody: "R16" SlowReaders,
    streams_opened_in_bursts_have_no_gap: "R17" Bursts,
    a_stream_cut_at_every_event_is_exact: "R18" Cuts,
    a_wrong_cursor_shows_nothing_of_anybody_else: "R19" ForeignCursors,
    a_storm_of_reconnections_is_survived: "R20" Reconnects,
    skewed_clocks_are_harmless: "R21" Skews,
    a_tick_fires_once: "R22" Ticks,
    missed_ticks_follow_their_policy: "R23" MissedTicks,
    many_who_decide_have_one_winner: "R24" Decisions,
    what_is_changed_behind_an_approval_is_not_done: "R25" ChangedApprovals,
    waiting_costs_nothing: "R26" Waiting,
    cancellations_are_prompt_and_final: "R27" Cancels,
    rolls_are_invisible_under_load: "R28" Rolls,
    versions_live_together: "R29" Versions,
    a_full_disk_loses_nothing: "R30" FullDisk,
    sqlite_survives_power_cuts: "R31" PowerCuts,
}

/// The processes whose parent is `pid`, as /proc has them.
fn children_of(pid: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Looks until it is so.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(LOOK);
    }
}

/// With as many children as both servers and everything of ours.
fn assert_a_second_signal_ends_all(args: &[&str], count: usize) {
    let running = Running::start(place().command(args));
    let pid = running.child.id();
    wait_until("all of them run", || children_of(pid).len() >= count);
    let children = children_of(pid);
    running.signal("INT");
    running.signal("INT");
    let (code, said) = running.end();
    assert_eq!(code, 130, "{said:#?}");
    let lives = |child: &String| Path::new("/proc").join(child).exists();
    wait_until("they are gone", || !children.iter().any(lives));
}

#[test]
fn a_second_signal_leaves_no_process_of_chaos_behind() {
    assert_a_second_signal_ends_all(&["chaos", "--minutes", "5"], 8);
}

#[test]
fn a_second_signal_leaves_no_process_of_bench_behind() {
    assert_a_second_signal_ends_all(&["bench", "soak", "--minutes", "5"], 5);
}

#[test]
fn a_short_storm_holds() {
    let ran = chaos(&["--minutes", "0.2", "--seed", "7"]);
    let report = report(&ran);
    assert_eq!(ran.code, 0, "{report:#}");
    assert!(!report["strikes"].as_object().expect("a table").is_empty(), "{report:#}");
}

/// With a mechanism switched off the proof must fail, and by what that mechanism is for.
fn assert_breaks(control: Control, nemesis: &str, check: &str) {
    assert_broken(&["--minutes", "0.5", "--seed", "1", "--nemesis", nemesis, "--control", control.word()], check);
}

fn assert_broken(arguments: &[&str], check: &str) {
    let ran = chaos(arguments);
    let report = report(&ran);
    assert_eq!((ran.code, &report["held"]), (1, &false.into()), "{report:#}");
    let checks = report["checks"].as_array().expect("a list");
    let found = checks.iter().find(|found| found["name"] == check).expect("it is checked");
    assert_eq!(found["holds"], false, "{report:#}");
    assert!(!report["timeline"].as_array().expect("a list").is_empty());
}

#[test]
fn control_without_the_fence_the_oracle_fails() {
    assert_broken(&["--rows", "R5", "--control", Control::Fence.word()], "tasks committed twice");
}

#[test]
fn control_without_the_fence_repeated_rings_are_claims() {
    assert_broken(&["--rows", "R6", "--control", Control::Fence.word()], "jobs that were claimed more than once");
}

#[test]
fn control_without_the_sweep_the_oracle_fails() {
    assert_breaks(Control::Sweep, "kill", "jobs lost");
}

#[test]
fn control_without_the_journal_the_oracle_fails() {
    assert_breaks(Control::Journal, "kill", "committed tasks run again");
}

#[test]
fn control_with_one_counter_for_all_the_oracle_fails() {
    assert_breaks(Control::Seq, "kill", "jobs with a gap in their events");
}

#[test]
fn control_by_their_own_clocks_the_oracle_fails() {
    assert_broken(&["--control", Control::Clock.word()], "jobs that changed their worker");
}

#[test]
fn control_where_a_process_is_all_that_is_watched_the_oracle_fails() {
    let run = ["--control", Control::Liveness.word()];
    assert_broken(&run, "seconds until every worker said that it is cut off");
}

#[test]
fn control_where_versions_are_not_looked_at_the_oracle_fails() {
    assert_broken(&["--control", Control::Version.word()], "jobs that ended otherwise than asked");
}

#[test]
fn a_control_works_in_processes_of_chaos_only() {
    let refused = &["processes that `portolan chaos` starts"];
    for control in Control::ALL {
        let alone = Place::new().with("CHAOS_CONTROL", control.word());
        alone.run(&["dev", "--port", "0"]).expect(2).says(refused);
        // A token of somebody who is not this process's parent.
        let forged = Place::new().with("CHAOS_CONTROL", control.word()).with("CHAOS_TOKEN", "t");
        forged.write("chaos.token", "t 1");
        forged.run(&["dev", "--port", "0"]).expect(2).says(refused);
    }
    Place::new().with("CHAOS_PAGES", "pages").run(&["dev", "--port", "0"]).expect(2).says(refused);
}

#[test]
fn what_cannot_be_played_is_refused() {
    chaos(&["--rows", "R99"]).expect(2).says(&["R1 to R31"]);
    chaos(&["--nemesis", "flood"]).expect(2);
    chaos(&["--control", "luck"]).expect(2);
    chaos(&["--minutes", "0"]).expect(2);
}

#[test]
fn every_row_is_listed_and_in_the_document() {
    let listed = chaos(&["--list"]).expect(0).stdout;
    let document = fs::read_to_string(root().join("docs/CHAOS.md")).expect("it is there");
    assert!(document.contains(&chaos::table()), "docs/CHAOS.md has not this table:\n{}", chaos::table());
    for row in ROWS {
        assert!(listed.contains(&format!("R{}", row.number)), "{listed}");
    }
    for scenario in Scenario::ALL {
        assert!(document.contains(&format!("| `{}` |", scenario.word())), "{scenario:?}");
        assert!(document.contains(scenario.about()), "{scenario:?}");
    }
}

#[test]
fn every_test_that_a_row_names_exists() {
    let mut sources = String::new();
    for folder in ["app/tests", "api/tests", "scheduler/tests", "worker/tests", "shared"] {
        gather(&root().join(folder), &mut sources);
    }
    for row in ROWS {
        let controls = row.control.iter().filter(|word| Control::from_word(word).is_none());
        for test in row.tests.iter().chain(controls) {
            assert!(sources.contains(&format!("fn {test}(")), "R{} names {test}, which is no test", row.number);
        }
    }
}

fn gather(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path).expect("a source can be read"));
        }
    }
}
