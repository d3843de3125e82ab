//! The servers are real, private and killable, and nothing is left of them.

use std::{
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use rig::{Durability, Ended, Error, Figures, Postgres, Process, Program, Redis, Signal, wait_until_ready};

const PATIENCE: Duration = Duration::from_secs(10);

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn shell(script: &str) -> Process {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    Process::start("sh", command).expect("a shell starts")
}

#[test]
fn a_redis_forgets_what_it_held_when_it_is_flushed_or_killed() {
    let mut redis = Redis::start().expect("it starts");
    let empty = redis.used_bytes().expect("it says");
    for lose in [
        |redis: &mut Redis| redis.flush().expect("it obeys"),
        |redis: &mut Redis| {
            redis.kill();
            assert!(redis.command(&["PING"]).is_err(), "a dead one does not answer");
            redis.resume_after_kill().expect("it starts again");
        },
    ] {
        redis.command(&["SET", "a", &"b".repeat(100_000)]).expect("it obeys");
        assert_eq!(redis.command(&["STRLEN", "a"]).expect("it answers"), "100000");
        assert!(redis.used_bytes().expect("it says") > empty + 90_000);
        lose(&mut redis);
        assert_eq!(redis.command(&["DBSIZE"]).expect("it answers"), "0");
    }
    let wrong = redis.command(&["SET", "a"]).expect_err("it refuses");
    assert!(matches!(wrong, Error::Answer(_)), "{wrong}");
    let port = redis.port();
    drop(redis);
    assert!(!answers(port), "nothing is left");
}

#[test]
fn a_postgres_crashes_and_recovers_and_leaves_nothing() {
    let mut postgres = Postgres::start(Durability::Default, 20).expect("it starts");
    assert!(answers(postgres.port()));
    assert!(postgres.figures().expect("it runs").rss_bytes > 1_000_000);
    postgres.crash();
    assert!(!answers(postgres.port()));
    postgres.resume_after_crash().expect("it recovers");
    assert!(answers(postgres.port()));
    assert!(postgres.last_words(20).contains("recovery"), "{}", postgres.last_words(20));
    let (port, home) = (postgres.port(), postgres.home().to_owned());
    assert!(home.exists());
    drop(postgres);
    assert!(!answers(port));
    assert!(!home.exists(), "its folder is gone");
}

#[test]
fn a_process_obeys_and_its_last_words_are_kept() {
    let mut process = shell("trap 'echo asked; exit 7' TERM; echo here; while :; do sleep 0.01; done");
    process.wait_for_line("here", PATIENCE).expect("it says so");
    assert!(process.figures().expect("it runs").fds >= 3);
    // One that stands still does not obey until it goes on.
    process.signal(Signal::Stop);
    process.signal(Signal::Terminate);
    assert_eq!(process.wait(Duration::from_millis(100)), None);
    process.signal(Signal::Continue);
    assert_eq!(process.wait(PATIENCE), Some(Ended::Code(7)));
    process.wait_for_line("asked", PATIENCE).expect("its last words are there");
    assert_eq!(process.figures(), None);
    // It is over: neither of these reaches anybody else.
    process.signal(Signal::Stop);
    process.kill();
    let mut deaf = shell("trap '' TERM; echo here; while :; do sleep 0.01; done");
    deaf.wait_for_line("here", PATIENCE).expect("it says so");
    assert_eq!(deaf.end(Duration::from_millis(100)), None, "it did not end in order");
    assert_eq!(deaf.ended(), Some(Ended::Signal(9)));
}

#[test]
fn a_process_that_ends_early_is_not_waited_for() {
    let mut process = shell("echo no luck; exit 3");
    assert_eq!(process.wait_for_line("ready", PATIENCE), None);
    let address = SocketAddr::from(([127, 0, 0, 1], rig::free_port().expect("there is one")));
    let error = wait_until_ready(&mut process, address, "/", PATIENCE).expect_err("it is gone");
    assert!(error.to_string().contains("no luck"), "{error}");
    assert!(Process::start("nothing", Command::new("/nonexistent/program")).is_err());
}

#[test]
fn a_program_sees_its_variables_and_nothing_else() {
    let program = Program::new("/usr/bin/env", Path::new("/")).with("A", 1).with("B", "x").with("A", 2);
    let mut process = program.start("env", &[]).expect("it starts");
    assert_eq!(process.wait(PATIENCE), Some(Ended::Code(0)));
    process.wait_for_line("A=2", PATIENCE).expect("the newer value");
    assert_eq!(process.said().len(), 2, "{:?}", process.said());
    assert!(Figures::of(std::process::id()).expect("we run").threads >= 1);
}
