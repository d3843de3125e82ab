//! Where each promise is proved: in a scenario of this crate, and in tests of the suite. docs/CHAOS.md shows this table.

use crate::Scenario;

/// A promise and its proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub number: u8,
    pub promise: &'static str,
    /// Played by `portolan chaos`; its report has the numbers.
    pub scenario: Scenario,
    /// Tests of the suite.
    pub tests: &'static [&'static str],
    /// What must hold, beside the oracle where a scenario is played.
    pub must: &'static str,
    /// What must fail: a word for `--control`, or a test.
    pub control: &'static [&'static str],
}

macro_rules! rows {
    ($($number:literal, $promise:literal, $scenario:expr, [$($test:ident),*], $must:literal, [$($control:literal),*];)+) => {
        /// Every promise, by its number.
        pub const ROWS: &[Row] = &[$(Row {
            number: $number,
            promise: $promise,
            scenario: $scenario,
            tests: &[$(stringify!($test)),*],
            must: $must,
            control: &[$($control),*],
        }),+];
    };
}

rows! {
    1, "202 means that the job will run", Scenario::CrashedSubmissions,
        [an_api_that_dies_around_a_submission_leaves_one_job_behind, a_job_whose_ring_was_lost_is_found],
        "one finished job for each key", ["control_without_the_sweep_a_job_whose_ring_was_lost_waits", "sweep"];
    2, "Repeating a POST is safe", Scenario::Repeats,
        [fifty_concurrent_posts_of_a_key_make_one_job, concurrent_posts_of_a_key_make_one_job],
        "one job for each key", ["control_posts_without_a_key_make_a_job_each"];
    3, "No work is lost to a worker's death", Scenario::Kills,
        [workers_killed_all_the_time_lose_nothing_and_run_no_committed_step_again],
        "no committed step runs again; 99 % go on within the lease and 5 s", ["journal", "sweep"];
    4, "A crash at every point is safe", Scenario::CrashPoints,
        [a_crash_at_any_named_point_loses_nothing, every_point_has_a_driver,
            an_api_that_dies_at_any_named_point_has_done_it_once], "every point is reached, nothing is lost", ["sweep"];
    5, "A zombie cannot corrupt", Scenario::Zombies,
        [a_worker_that_was_paused_beyond_its_lease_cannot_commit_anything, a_lost_claim_cannot_write],
        "nothing is committed twice", ["fence", "control_without_the_fence_a_lost_claim_writes"];
    6, "A ring that comes twice is harmless", Scenario::RepeatedRings,
        [a_ring_five_times_over_is_one_claim, concurrent_claims_have_one_winner_each],
        "one claim for five rings", ["fence", "control_without_the_fence_a_ring_takes_a_job_from_its_worker"];
    7, "A restart of Redis loses nothing", Scenario::RedisRestarts,
        [redis_killed_restarted_and_flushed_costs_nothing_but_time, a_consumer_outlives_kills_and_flushes],
        "the oracle", ["sweep"];
    8, "Redis may be flushed or failed over", Scenario::RedisFlushes,
        [redis_killed_restarted_and_flushed_costs_nothing_but_time], "the oracle", ["sweep"];
    9, "Without Redis the API works", Scenario::RedisOutage,
        [without_redis_a_stream_reads_rows_and_the_work_goes_on],
        "no failed submission; events within 2 s; drained within 60 s", ["sweep"];
    10, "A long queue stops nobody", Scenario::Backlog,
        [many_rings_without_a_consumer_stay_few], "at most 1,000 rings in Redis", ["sweep"];
    11, "A worker is never silently dead", Scenario::LockedRedis,
        [a_worker_that_lost_its_queue_says_so_and_recovers, a_locked_redis_is_seen_and_survived],
        "red within 15 s, recovered within 30 s, at most 10 restarts a minute", ["liveness"];
    12, "A crash of Postgres is survived", Scenario::PostgresRestarts,
        [a_commit_of_unknown_outcome_is_not_written_twice], "no 500; ready within 10 s", ["fence"];
    13, "A stalled network holds nobody for long", Scenario::BlackHoles,
        [a_silent_redis_holds_up_one_call_for_a_second_and_the_next_not_at_all],
        "every answer within 10 s", ["fence"];
    14, "A poison job takes nobody with it", Scenario::Poison,
        [a_poison_job_takes_five_workers_down_and_no_more],
        "five deaths, every other job done", ["control_without_the_count_a_job_takes_workers_down_for_ever"];
    15, "A panic is a failed attempt", Scenario::Panics,
        [a_hundred_panicking_jobs_end_failed_and_harm_nobody, a_probe_that_panics_has_failed_and_its_worker_goes_on],
        "no process ends, every one is classified", ["control_the_same_panic_outside_the_engine_ends_its_task"];
    16, "A slow reader harms itself only", Scenario::SlowReaders,
        [a_stalled_reader_disturbs_nobody_and_catches_up, a_slow_reader_lags_and_the_others_are_exact],
        "every list is the log; a replica grows by 50 MB at most", ["seq"];
    17, "No gap between what was and what comes", Scenario::Bursts,
        [streams_opened_during_bursts_are_exact],
        "every list is the log", ["seq", "control_a_reader_without_the_rows_misses_what_was_before"];
    18, "A stream goes on from any event", Scenario::Cuts,
        [every_resume_point_gives_the_exact_rest, a_live_stream_cut_at_every_event_is_exact],
        "the exact rest, the end once", ["seq"];
    19, "A wrong Last-Event-ID is safe", Scenario::ForeignCursors,
        [a_cursor_is_a_number_of_this_job, another_tenant_sees_nothing], "nothing of anybody else; the exact rest or a clear refusal",
        ["seq", "control_with_keys_of_one_tenant_each_reads_what_is_the_others"];
    20, "A storm of reconnections is survived", Scenario::Reconnects, [],
        "99 % go on within 8 s, every list is the log", ["seq"];
    21, "Skewed clocks are harmless", Scenario::Skews, [],
        "no job is taken over early", ["clock"];
    22, "A tick fires once", Scenario::Ticks,
        [eight_schedulers_fire_each_of_a_thousand_ticks_once_while_they_die,
            scheduler_processes_that_are_killed_fire_each_tick_once],
        "1,000 jobs for 1,000 ticks", ["fence", "control_without_the_fence_a_tick_fires_many_times",
            "control_where_the_database_does_not_decide_ticks_fire_many_times"];
    23, "Missed ticks follow the policy", Scenario::MissedTicks,
        [a_gap_of_three_hours_starts_none_one_or_all, the_nights_on_which_clocks_change_have_one_tick],
        "none, one or all", ["control_a_scheduler_that_calls_nothing_late_ignores_the_policy"];
    24, "One decision for each approval", Scenario::Decisions,
        [of_a_hundred_decisions_and_the_timer_one_wins_and_is_told_once, of_many_concurrent_decisions_one_wins],
        "one winner of 100, of whom the log tells", ["control_without_compare_and_set_two_decisions_win"];
    25, "What was approved is what is done", Scenario::ChangedApprovals,
        [what_is_changed_behind_an_approval_is_refused],
        "every change is refused", ["control_without_the_approved_hash_a_changed_state_goes_on"];
    26, "Waiting costs nothing", Scenario::Waiting,
        [waiting_jobs_hold_no_slot_and_go_on_after_a_restart],
        "no slot is held", ["journal", "control_jobs_that_do_hold_their_slots_keep_others_waiting"];
    27, "A cancellation is prompt and final", Scenario::Cancels,
        [a_cancelled_job_stops_at_once_and_for_good],
        "answered within 2 s, nothing begins 2 s after the end", ["control_what_nobody_changed_goes_on"];
    28, "A roll is invisible", Scenario::Rolls,
        [rolls_are_invisible, a_draining_worker_hands_over_and_nothing_runs_twice],
        "no failed request; jobs go on within 5 s", ["sweep"];
    29, "Old and new versions live together", Scenario::Versions,
        [a_version_that_nobody_reads_is_paused_and_goes_on_when_somebody_does],
        "the new one goes on with old jobs; new ones wait while nobody reads them; every job ends as asked", ["version"];
    30, "A full disk loses nothing that was committed", Scenario::FullDisk,
        [a_full_disk_keeps_whole_commits_and_writing_goes_on_afterwards],
        "no half of a commit; 507 to who writes, an answer to who reads; with room again every job ends",
        ["control_without_a_transaction_a_full_disk_leaves_half_of_a_commit"];
    31, "SQLite survives kill -9 and a power cut", Scenario::PowerCuts,
        [what_dev_has_shown_is_there_after_every_kill],
        "nothing that was told or shown is gone, in the file and in every copy of it; each copy is whole",
        ["control_a_copy_without_the_wal_file_lacks_what_was_shown"];
}

impl Row {
    #[must_use]
    pub fn find(number: u8) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.number == number)
    }
}

/// The table as Markdown.
#[must_use]
pub fn table() -> String {
    let mut table = "| row | promise | scenario | tests | must hold | control |\n|---|---|---|---|---|---|".to_owned();
    let code = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    for row in ROWS {
        let (number, promise, scenario, must) = (row.number, row.promise, row.scenario.word(), row.must);
        let line = format!(
            "\n| R{number} | {promise} | `{scenario}` | {} | {must} | {} |",
            code(row.tests),
            code(row.control)
        );
        table.push_str(&line);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_has_a_scenario_and_every_scenario_proves_one() {
        let numbers: Vec<u8> = ROWS.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=31).collect::<Vec<_>>());
        for scenario in Scenario::ALL.iter().filter(|scenario| **scenario != Scenario::Storm) {
            assert!(ROWS.iter().any(|row| row.scenario == *scenario), "{scenario:?} proves nothing");
        }
    }
}
