//! The docs say what is so: every command that they show is run, and their tables are those of the code.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use broker::testing::RedisServer;
use domain::job::Reason;
use store::testing::{Engine, TestDatabase};

use crate::support::{PATIENCE, Place, root};

/// A fenced block of shell commands.
#[derive(Debug)]
struct Block {
    /// What stands behind `sh` in the fence.
    marks: String,
    text: String,
}

impl Block {
    fn is_marked(&self, mark: &str) -> bool {
        self.marks.split_whitespace().any(|known| known.split('=').next() == Some(mark))
    }

    /// The port that a command in the background serves.
    fn port(&self) -> Option<u16> {
        let mark = self.marks.split_whitespace().find_map(|mark| mark.strip_prefix("background="))?;
        Some(mark.parse().expect("background= names a port"))
    }
}

fn blocks(document: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(document)).expect("the document is there");
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(marks) = line.strip_prefix("```sh") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Block { marks: marks.trim().to_owned(), text: body.join("\n") });
    }
    blocks
}

/// A folder in which the README's commands mean this build and this test's servers.
struct Reader {
    place: Place,
    replacements: Vec<(String, String)>,
    background: Vec<Child>,
}

impl Reader {
    fn new(replacements: Vec<(String, String)>) -> Self {
        let place = Place::new();
        // What a block exports, later ones see.
        place.write("session", "");
        Self { place, replacements, background: Vec::new() }
    }

    fn script(&self, block: &Block) -> String {
        let mut text = block.text.clone();
        for (from, to) in &self.replacements {
            text = text.replace(from, to);
        }
        let binary = env!("CARGO_BIN_EXE_portolan");
        // The reader's own build is this one.
        let shims = format!("portolan() {{ '{binary}' \"$@\"; }}\ncargo() {{ shift 2; portolan \"$@\"; }}");
        let (before, after) = (
            "set -a; . ./session; set +a",
            "declare -p JOB WATCH PORTOLAN_API_KEY PORTOLAN__API__KEYS DATABASE_URL REDIS_URL > session 2>/dev/null || true",
        );
        if block.is_marked("background") {
            let command = text.replace("cargo run --", &format!("exec '{binary}'")).replacen(
                "portolan ",
                &format!("exec '{binary}' "),
                usize::from(!text.contains("cargo run")),
            );
            format!("{before}\n{command}")
        } else {
            format!("set -euo pipefail\n{before}\n{shims}\n{text}\n{after}")
        }
    }

    fn run(&mut self, block: &Block) {
        let mut command = Command::new("bash");
        command.args(["-c", &self.script(block)]).current_dir(self.place.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("DATABASE_URL").env_remove("REDIS_URL");
        if block.is_marked("background") {
            let child =
                command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().expect("bash runs");
            self.background.push(child);
            if let Some(port) = block.port() {
                self.wait_for(port);
            }
            return;
        }
        let ran = command.output().expect("bash runs");
        let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        let went_well = ran.status.success() && !stdout.contains(r#""type":"urn:portolan:error:"#);
        assert!(went_well, "{block:#?}\n{stdout}\n{stderr}\n{}", self.log());
    }

    /// What the commands in the background said.
    fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.place.path().join(name)).unwrap_or_default();
        format!("{}\nwith {}", read("background.log"), read("session"))
    }

    fn wait_for(&self, port: u16) {
        let port = self.replacements.iter().find(|(from, _)| *from == format!("127.0.0.1:{port}"));
        let address: SocketAddr = port.expect("the test has a port for it").1.parse().expect("an address");
        let deadline = Instant::now() + PATIENCE / 6;
        while !is_healthy(address) {
            assert!(Instant::now() < deadline, "nothing serves on {address}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for child in &mut self.background {
            // With whatever it started: it leads a group.
            let group = format!("-{}", child.id());
            Command::new("/bin/kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status().ok();
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Whether a server answers. A bare connection would not do: to a free port of one's own machine it may reach itself.
fn is_healthy(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

/// Another free port for each that the docs name.
fn ports() -> Vec<(String, String)> {
    let held: Vec<TcpListener> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port is free")).collect();
    let free = held.iter().map(|listener| listener.local_addr().expect("it has an address").to_string());
    ["127.0.0.1:8000", "127.0.0.1:8001"].map(str::to_owned).into_iter().zip(free).collect()
}

#[test]
fn every_command_of_the_readme_that_needs_no_server_works() {
    let mut replacements = ports();
    replacements.push(("run -- dev".to_owned(), format!("run -- dev --listen {}", replacements[0].1)));
    let mut reader = Reader::new(replacements);
    let blocks = blocks("README.md");
    let embedded: Vec<&Block> =
        blocks.iter().filter(|block| !block.is_marked("distributed") && !block.is_marked("norun")).collect();
    assert!(embedded.len() >= 9, "{embedded:#?}");
    for block in embedded {
        reader.run(block);
    }
}

/// Runs a page, beside a `dev` unless it starts one itself.
fn run_page(document: &str) {
    let mut replacements = ports();
    replacements.push(("run -- dev".to_owned(), format!("run -- dev --listen {}", replacements[0].1)));
    let mut reader = Reader::new(replacements);
    let blocks = blocks(document);
    assert!(blocks.len() >= 2, "{blocks:#?}");
    let dev = Block { marks: "background=8000".to_owned(), text: "cargo run -- dev".to_owned() };
    if !blocks.iter().any(|block| block.text.contains(&dev.text)) {
        reader.run(&dev);
    }
    blocks.iter().for_each(|block| reader.run(block));
}

#[test]
fn every_command_of_the_page_about_alerts_works() {
    run_page("docs/ALERTS.md");
}

#[test]
fn every_command_of_the_page_about_webhooks_works_and_its_receiver_verifies_a_message() {
    run_page("docs/WEBHOOKS.md");
}

#[test]
fn the_page_about_performance_measures() {
    let mut reader = Reader::new(ports());
    let (run, long): (Vec<Block>, Vec<Block>) =
        blocks("docs/PERFORMANCE.md").into_iter().partition(|block| !block.is_marked("norun"));
    assert_eq!((run.len(), long.len()), (1, 1), "{run:#?}{long:#?}");
    run.iter().for_each(|block| reader.run(block));
    // What takes minutes is the same command with arguments that are understood.
    for line in long[0].text.lines() {
        let arguments: Vec<&str> = line.split_whitespace().skip(1).chain(["--help"]).collect();
        Place::new().run(&arguments).expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readmes_distributed_section_works() {
    let (database, redis) = (TestDatabase::create_unmigrated(Engine::Postgres).await, RedisServer::start());
    let mut replacements = ports();
    replacements.push(("postgres://portolan:portolan@localhost:5432/portolan".to_owned(), database.config.url.clone()));
    replacements.push(("redis://localhost:6379/0".to_owned(), redis.url()));
    let mut reader = Reader::new(replacements);
    let blocks = blocks("README.md");
    let distributed: Vec<&Block> = blocks.iter().filter(|block| block.is_marked("distributed")).collect();
    assert!(distributed.len() >= 8, "{distributed:#?}");
    tokio::task::block_in_place(|| distributed.into_iter().for_each(|block| reader.run(block)));
}

#[test]
fn every_command_about_watches_works() {
    let mut replacements = ports();
    replacements.push(("portolan dev".to_owned(), format!("portolan dev --listen {}", replacements[0].1)));
    let mut reader = Reader::new(replacements);
    let blocks = blocks("docs/WATCHES.md");
    assert!(blocks.len() >= 4, "{blocks:#?}");
    blocks.iter().for_each(|block| reader.run(block));
    let plan = reader.place.path().join("lisbon/plan.ics");
    assert!(plan.exists(), "the suggestion became a plan");
}

#[test]
fn the_command_of_the_chaos_page_works() {
    let mut reader = Reader::new(Vec::new());
    let blocks = blocks("docs/CHAOS.md");
    assert_eq!(blocks.len(), 1, "{blocks:#?}");
    reader.run(&blocks[0]);
}

#[test]
fn only_commands_that_cannot_run_here_are_not_run() {
    let left_out: Vec<Block> = blocks("README.md").into_iter().filter(|block| block.is_marked("norun")).collect();
    assert!(
        left_out.iter().all(|block| block.text.contains("docker") || block.text == "scripts/test"),
        "{left_out:#?}"
    );
    for document in [
        "docs/APPROVALS.md",
        "docs/ARCHITECTURE.md",
        "docs/ERRORS.md",
        "docs/GAZETTEER.md",
        "docs/RETENTION.md",
        "docs/SCALE.md",
        "docs/SCHEDULES.md",
        "worker/data/README.md",
    ] {
        assert!(blocks(document).is_empty(), "{document} shows commands that nobody runs");
    }
}

/// The words in backticks that begin the rows of a document's tables.
fn first_cells(document: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(document)).expect("the document is there");
    let cell = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    text.lines().filter_map(cell).collect()
}

#[test]
fn the_list_of_errors_is_complete() {
    let codes = api::ErrorCode::ALL.iter().map(|code| code.word().to_owned());
    let reasons = Reason::ALL.iter().map(|reason| reason.word().to_owned());
    assert_eq!(first_cells("docs/ERRORS.md"), codes.chain(reasons).collect());
}

#[test]
fn the_readme_and_the_help_have_the_same_exit_codes() {
    let help = Place::new().run(&["--help"]).expect(0).stdout;
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let codes = help.lines().skip_while(|line| !line.starts_with("Exit codes")).skip(1).filter(|line| !line.is_empty());
    let mut count = 0;
    for line in codes {
        let (code, meaning) = line.trim().split_once(' ').expect("a code and its meaning");
        assert!(readme.contains(&format!("| {code} | {} |", meaning.trim())), "{line}");
        count += 1;
    }
    assert_eq!(count, 9);
}
