//! A whole house in one process over a SQLite file, and what befalls the file.

use std::{
    collections::HashMap,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, channel::mpsc::unbounded};
use rand::RngExt;
use rig::{Process, free_port};
use tokio::task::block_in_place;

use super::{RATE, READERS, Scale, probe};
use crate::{
    client::{Client, Outcome},
    docket::{Docket, LOST},
    launch::{noting_in, start_dev},
    ledger,
    limit::{Limit, figure},
    load::{Asked, random},
    oracle::{self, Evidence, OPEN},
    slot::{Addresses, Role},
    stage::Stage,
    stream::{End, follow},
};

/// How long a process lives between two kills.
const LIVES_MS: std::ops::RangeInclusive<u64> = 50..=450;
/// Copies that are judged at a time.
const SIDE_BY_SIDE: usize = 3;
/// The jobs of a copy are done within this.
const COPY_MAX: Duration = Duration::from_secs(60);
/// What SQLite wrote and has not moved into the file itself yet.
const WAL: &str = "-wal";
/// What `portolan doctor` says of a file that is as it must be.
const WHOLE: &str = "every page of the database is whole";

/// The file that says how many pages the database may have, in the folder where processes work.
pub(super) const PAGES: &str = "pages";
/// As many as SQLite can have; and no more than there are.
const ROOM: &str = "4294967294";
const NO_ROOM: &str = "1";
/// Between two looks of a reader.
const LOOK: Duration = Duration::from_millis(100);

pub(super) async fn full_disk(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    let (pages, lasts) = (stage.cluster.program().folder().join(PAGES), scale.of(60, 6));
    fs::write(&pages, ROOM).context("the disk cannot be made")?;
    stage.start(&[Role::Dev]).await?;
    stage.start_readers(READERS);
    let (harm, dev) = (stage.harm.clone(), stage.cluster.indexes(Role::Dev)[0]);
    let house = stage.cluster.data(&*stage.cluster.slots[dev].lock().await);
    let half = Duration::from_secs(lasts) / 2;
    let mut whole = 0;
    let filling = async {
        stage.rest(Duration::from_secs(2)).await;
        harm.note("full disk", format!("the disk is full for {lasts} s"));
        fs::write(&pages, NO_ROOM)?;
        read_for(stage, half).await;
        whole += u32::from(block_in_place(|| doctor(stage, &house))?.contains(WHOLE));
        harm.kill(dev, Duration::ZERO).await;
        read_for(stage, half).await;
        whole += u32::from(block_in_place(|| doctor(stage, &house))?.contains(WHOLE));
        fs::write(&pages, ROOM)?;
        stage.timeline.note("there is room again");
        anyhow::Ok(())
    };
    let load = stage.steady(RATE, Duration::from_secs(lasts + 3), |_| probe());
    let (filled, ()) = tokio::join!(filling, load);
    filled?;
    let submitted = stage.client.record.read().get("submit").copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "requests of a run are far fewer than 2^52")]
    let (full, all) = (submitted.full as f64, submitted.unavailable as f64);
    stage.measure_at_least("submissions that were answered with 507", full, "1 and more", 1.0);
    // One that waited for its turn to write for too long was told that instead.
    stage.measure_at_least("per cent of the refused ones that were", 100.0 * full / all.max(1.0), "90 and more", 90.0);
    stage.measure_exactly("looks of the doctor that found the file whole", whole.into(), "both", 2.0);
    stage.limit(Limit::Failures(&["read"]));
    Ok(())
}

/// Reads for so long what jobs there are, and how the newest is.
async fn read_for(stage: &Stage, lasts: Duration) {
    let (began, mut random) = (Instant::now(), random(stage.options.seed, 7));
    while began.elapsed() < lasts && !stage.end.is_cancelled() {
        stage.client.get("read", "/v1/jobs").await;
        if let Some(id) = stage.load.recent(&mut random, 10) {
            stage.client.get("read", &format!("/v1/status/{id}")).await;
        }
        stage.rest(LOOK).await;
    }
}

pub(super) async fn power_cuts(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start(&[Role::Dev]).await?;
    stage.start_readers(READERS);
    let (kills, copies) = scale.of((200, 20), (20, 3));
    let (harm, dev) = (stage.harm.clone(), stage.cluster.indexes(Role::Dev)[0]);
    let (mut random, over) = (random(stage.options.seed, 6), stage.end.child_token());
    let (taken, images) = unbounded();
    let striking = async {
        // Dropped with this block, so that the load ends, and whoever waits for copies.
        let (taken, _over) = (taken, over.clone().drop_guard());
        for strike in 1..=kills {
            stage.rest(Duration::from_millis(random.random_range(LIVES_MS))).await;
            if strike % (kills / copies) == 0
                && let Some(image) = Image::take(stage, dev, strike).await?
            {
                taken.unbounded_send(image).context("nobody waits for copies")?;
            }
            harm.kill(dev, Duration::ZERO).await;
        }
        anyhow::Ok(())
    };
    let judging = images.map(|image| image.judge(stage)).buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<Judged>>();
    let load = stage.steady_until(&over, RATE, |_| probe());
    let (struck, judged, ()) = tokio::join!(striking, judging, load);
    struck?;
    measure(stage, &judged?, copies);
    Ok(())
}

/// What a copy came to.
struct Judged {
    /// Jobs and events that it had to hold.
    promised: usize,
    is_faulty: bool,
    /// Whether it lacks something without what was not moved into the file itself.
    is_bare_faulty: bool,
}

fn measure(stage: &mut Stage, judged: &[Judged], copies: u32) {
    let count = |is_counted: fn(&Judged) -> bool| figure(judged.iter().filter(|copy| is_counted(copy)).count());
    let promised: usize = judged.iter().map(|copy| copy.promised).sum();
    stage.measure_exactly("copies that were opened", figure(judged.len()), "all of them", copies.into());
    stage.measure_at_least("jobs and events that they had to hold", figure(promised), "1 and more", 1.0);
    stage.measure("copies in which something is missing or wrong", count(|copy| copy.is_faulty), "0", 0.0);
    // Whoever finds nothing missing there would not find it elsewhere either.
    let bare = count(|copy| copy.is_bare_faulty);
    stage.measure_at_least("copies without the -wal file that lack something", bare, "1 and more", 1.0);
}

/// A copy of a house's files as they were at one instant, and what clients had been told and shown by then.
struct Image {
    number: u32,
    folder: PathBuf,
    asked: Vec<Asked>,
    /// Of each job the newest event, by its seq, and its hash.
    shown: HashMap<String, (i64, u64)>,
}

impl Image {
    /// Copies while the process stands still: its files are then what a power cut leaves of what it wrote. A copy made while
    /// it writes promises nothing, as pages move from one file into the other between the copies of the two.
    async fn take(stage: &Stage, dev: usize, number: u32) -> anyhow::Result<Option<Self>> {
        stage.harm.note("copy", format!("copy {number} is made of its files, as a power cut would leave them"));
        let (cluster, load, shown) = (Arc::clone(&stage.cluster), &stage.load, &stage.client.shown);
        let look = |slot: &_| {
            let house = cluster.data(slot);
            let folder = house.with_file_name(format!("copy-{number}"));
            copy(&house, &folder, |_| true)?;
            // It still stands: whatever arrived by now is in what it wrote.
            io::Result::Ok(Self { number, folder, asked: load.snapshot(), shown: shown.read() })
        };
        cluster.still(dev, look).await.transpose().context("the files cannot be copied")
    }

    async fn judge(self, stage: &Stage) -> anyhow::Result<Judged> {
        // Before anybody goes on with it.
        let bare = self.missing_bare(stage).await?;
        let faults = self.faults(stage).await?;
        for fault in &faults {
            stage.timeline.note(format!("copy {}: {fault}", self.number));
        }
        let jobs = self.asked.iter().filter(|job| job.id.is_some()).count();
        Ok(Judged { promised: jobs + self.shown.len(), is_faulty: !faults.is_empty(), is_bare_faulty: bare.is_some() })
    }

    /// Everything that is missing or wrong.
    async fn faults(&self, stage: &Stage) -> anyhow::Result<Vec<String>> {
        let doctored = block_in_place(|| doctor(stage, &self.folder))?;
        if !doctored.contains(WHOLE) {
            return Ok(vec![format!("the doctor does not find it whole: {doctored}")]);
        }
        let opened = match Opened::start(stage, &self.folder) {
            Ok(opened) => opened,
            Err(error) => return Ok(vec![format!("it cannot be opened: {error:#}")]),
        };
        if let Some(missing) = self.missing(&opened.client).await {
            return Ok(vec![missing]);
        }
        let mut docket = Docket::default();
        for (state, what) in oracle::settle(&opened.client, OPEN, COPY_MAX).await {
            docket.find(LOST, &what, format!("still {state} in the copy"));
        }
        let evidence = Evidence {
            client: &opened.client,
            asked: &self.asked,
            readings: &[],
            runs: &ledger::read(&opened.ledger)?,
            may_be_stale: false,
            had_readers: false,
        };
        let verdict = oracle::judge(&evidence, docket).await;
        Ok(verdict.findings.iter().map(|found| format!("{}: {} {}", found.check, found.job, found.what)).collect())
    }

    /// The first thing that a copy without what is beside the file lacks.
    async fn missing_bare(&self, stage: &Stage) -> anyhow::Result<Option<String>> {
        let bare = self.folder.with_extension("bare");
        block_in_place(|| copy(&self.folder, &bare, |name| !name.ends_with(WAL)))?;
        match Opened::start(stage, &bare) {
            Ok(opened) => Ok(self.missing(&opened.client).await),
            Err(error) => Ok(Some(format!("it cannot be opened: {error:#}"))),
        }
    }

    /// The first job or event that was told or shown and is not there.
    async fn missing(&self, client: &Client) -> Option<String> {
        for id in self.asked.iter().filter_map(|job| job.id.as_deref()) {
            if let other @ (Outcome::Refused(..) | Outcome::Unknown(_)) = client.status(id, false).await {
                return Some(format!("job {id} was answered with 202, and now: {other:?}"));
            }
        }
        for (id, (seq, hash)) in &self.shown {
            let mut list = Vec::new();
            let most = usize::try_from(*seq).unwrap_or(usize::MAX);
            let ended = follow(client, 0, id, &mut list, most).await;
            let is_whole = list.iter().zip(1..).all(|(entry, expected)| entry.seq == expected);
            let is_same = list.last().is_some_and(|last| (last.seq, last.hash) == (*seq, *hash));
            if !matches!(ended, End::Cut | End::Over) || !is_whole || !is_same {
                let events = list.len();
                return Some(format!("event {seq} of job {id} was shown, and there are {events} of it: {ended:?}"));
            }
        }
        None
    }
}

/// A copy in the hands of a process of its own.
struct Opened {
    client: Client,
    /// What ran in it.
    ledger: PathBuf,
    _process: Process,
}

impl Opened {
    fn start(stage: &Stage, folder: &Path) -> anyhow::Result<Self> {
        let (ledger, address) = (folder.join("ledger"), SocketAddr::from(([127, 0, 0, 1], free_port()?)));
        let program = noting_in(stage.cluster.program(), &ledger);
        let process = block_in_place(|| start_dev(&program, "copy", folder, address))?;
        Ok(Self { client: Client::new(Addresses::of(address))?, ledger, _process: process })
    }
}

/// Copies the files of a folder whose names are wanted.
fn copy(from: &Path, to: &Path, is_wanted: impl Fn(&str) -> bool) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && is_wanted(&entry.file_name().to_string_lossy()) {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What the doctor says of a folder.
fn doctor(stage: &Stage, folder: &Path) -> anyhow::Result<String> {
    let data = folder.to_str().context("the folder's name is not UTF-8")?;
    let listen = format!("127.0.0.1:{}", free_port()?);
    let ran = stage.cluster.program().command(&["doctor", "--data", data, "--listen", &listen]).output();
    let said = ran.context("the doctor cannot be asked")?.stdout;
    Ok(String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" "))
}
