//! The report for people: one row a figure, the wirings side by side, and the aims.

use std::fmt;

use crate::{
    Report,
    figures::short,
    house::Wiring,
    measures::{Attached, Figures, Fixed},
    report::WiringReport,
};

/// What the distributed wiring aims at on two cores; `c` is the time of one commit in milliseconds.
type Aim = fn(c: f64) -> f64;

/// One row of the table.
struct Row {
    name: &'static str,
    /// What is printed.
    cell: fn(&WiringReport) -> Option<String>,
    /// The figure that the aim is for.
    figure: fn(&WiringReport) -> Option<f64>,
    aim: Option<(&'static str, Aim, Better)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    Lower,
    Higher,
}

const ROWS: &[Row] = &[
    Row {
        name: "c: one commit of one row, p50 / p99",
        cell: |r| Some(r.commit.to_string()),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M1 submit, 1 connection, p50 / p99",
        cell: |r| Some(r.figures.submission.as_ref()?.figures.one.times.to_string()),
        figure: |r| Some(r.figures.submission.as_ref()?.figures.one.times.p50_ms),
        aim: Some(("0.6 ms + c", |c| 0.6 + c, Better::Lower)),
    },
    Row {
        name: "M1 submit, 64 connections, per second",
        cell: |r| Some(short(r.figures.submission.as_ref()?.figures.many.per_second)),
        figure: |r| Some(r.figures.submission.as_ref()?.figures.many.per_second),
        aim: Some(("2,500", |_| 2_500.0, Better::Higher)),
    },
    Row {
        name: "M2 GET /health, 1 connection, p50 / p99",
        cell: |r| Some(r.figures.health.as_ref()?.figures.one.times.to_string()),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M2 GET /health, 64 connections, per second",
        cell: |r| Some(short(r.figures.health.as_ref()?.figures.many.per_second)),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M3 8-node job, submit to `complete` on its stream, p50 / p99",
        cell: |r| Some(r.figures.jobs.as_ref()?.figures.streamed.to_string()),
        figure: |r| Some(r.figures.jobs.as_ref()?.figures.streamed.p50_ms),
        aim: Some(("2 ms + 10 c", |c| 2.0 + 10.0 * c, Better::Lower)),
    },
    Row {
        name: "M3 the same, polled",
        cell: |r| Some(r.figures.jobs.as_ref()?.figures.polled.to_string()),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M3 burst of no-work jobs, per second",
        cell: |r| Some(short(r.figures.jobs.as_ref()?.figures.burst.per_second)),
        figure: |r| Some(r.figures.jobs.as_ref()?.figures.burst.per_second),
        aim: Some(("500", |_| 500.0, Better::Higher)),
    },
    Row {
        name: "M4 1,000 jobs of 8 x 50 ms at once, seconds",
        cell: |r| Some(short(r.figures.concurrent.as_ref()?.figures.burst.seconds)),
        figure: |r| Some(r.figures.concurrent.as_ref()?.figures.burst.seconds),
        aim: Some(("2.5", |_| 2.5, Better::Lower)),
    },
    Row {
        name: "M4 memory of the API meanwhile, MB",
        cell: |r| Some(short(r.figures.concurrent.as_ref()?.figures.front_rss_mb)),
        figure: |r| Some(r.figures.concurrent.as_ref()?.figures.front_rss_mb),
        aim: Some(("40", |_| 40.0, Better::Lower)),
    },
    Row {
        name: "M4 memory of a worker meanwhile, MB",
        cell: |r| Some(r.figures.concurrent.as_ref()?.figures.worker_rss_mb).filter(|mb| *mb > 0.0).map(short),
        figure: |r| Some(r.figures.concurrent.as_ref()?.figures.worker_rss_mb),
        aim: Some(("60", |_| 60.0, Better::Lower)),
    },
    Row {
        name: "M5 submit, then stream: events missed",
        cell: |r| Some(r.figures.streams.as_ref()?.figures.race.missed.to_string()),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M5 the same: row to reader, p50 / p99",
        cell: |r| Some(r.figures.streams.as_ref()?.figures.race.delays.to_string()),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M5 streams open before the workers start: row to reader, p50 / p99",
        cell: |r| listed(&r.figures, |streams| &streams.attached, attached),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M5 streams at a fixed rate: p50 / p99, memory per stream",
        cell: |r| listed(&r.figures, |streams| &streams.fixed, fixed),
        figure: |r| Some(r.figures.streams.as_ref()?.figures.fixed.last()?.delays.p99_ms),
        aim: Some(("1 / 5 ms, 20 kB", |_| 5.0, Better::Lower)),
    },
    Row {
        name: "M6 bytes kept per finished job: Redis / database",
        cell: |r| {
            let kept = &r.figures.kept.as_ref()?.figures;
            let redis = kept.redis_bytes_per_job.map_or_else(|| "none".to_owned(), short);
            Some(format!("{redis} / {}", short(kept.database_bytes_per_job)))
        },
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M7 kill -9 in the middle of 200 jobs (lease 3 s): lost, re-run, missed",
        cell: |r| {
            let recovery = &r.figures.recovery.as_ref()?.figures;
            Some(format!("{}, {}, {}", recovery.lost, recovery.rerun, recovery.missed))
        },
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M7 the same: the last job is done after, seconds",
        cell: |r| Some(short(r.figures.recovery.as_ref()?.figures.seconds)),
        figure: |r| Some(r.figures.recovery.as_ref()?.figures.seconds),
        aim: Some(("6", |_| 6.0, Better::Lower)),
    },
    Row {
        name: "M8 start to the first submission, seconds",
        cell: |r| Some(short(r.figures.start.as_ref()?.figures.answered_s)),
        figure: |_| None,
        aim: None,
    },
    Row {
        name: "M8 start to the first finished job, seconds",
        cell: |r| Some(short(r.figures.start.as_ref()?.figures.completed_s)),
        figure: |r| Some(r.figures.start.as_ref()?.figures.completed_s),
        aim: Some(("0.5", |_| 0.5, Better::Lower)),
    },
    Row {
        name: "CPU that others used meanwhile, cores, the most",
        cell: |r| others(&r.figures).map(short),
        figure: |_| None,
        aim: None,
    },
];

fn listed<T>(
    figures: &Figures,
    of: fn(&crate::measures::Streams) -> &Vec<T>,
    cell: fn(&T) -> String,
) -> Option<String> {
    let all = of(&figures.streams.as_ref()?.figures);
    (!all.is_empty()).then(|| all.iter().map(cell).collect::<Vec<_>>().join("; "))
}

fn attached(attached: &Attached) -> String {
    format!("{}: {}", attached.streams, attached.delays)
}

fn fixed(fixed: &Fixed) -> String {
    let Fixed { streams, events_per_second, delays, rss_kb_per_stream, .. } = fixed;
    format!("{streams} at {}/s: {delays}, {} kB", short(*events_per_second), short(*rss_kb_per_stream))
}

fn others(figures: &Figures) -> Option<f64> {
    let all = [
        figures.submission.as_ref().map(|measured| measured.others_cores),
        figures.health.as_ref().map(|measured| measured.others_cores),
        figures.jobs.as_ref().map(|measured| measured.others_cores),
        figures.concurrent.as_ref().map(|measured| measured.others_cores),
        figures.streams.as_ref().map(|measured| measured.others_cores),
        figures.kept.as_ref().map(|measured| measured.others_cores),
        figures.recovery.as_ref().map(|measured| measured.others_cores),
        figures.start.as_ref().map(|measured| measured.others_cores),
    ];
    all.into_iter().flatten().max_by(f64::total_cmp)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.wirings.iter().map(|measured| measured.wiring.name()).collect();
        writeln!(f, "| measure | {} | aim (distributed) |", names.join(" | "))?;
        writeln!(f, "|---|{}---|", "---|".repeat(names.len()))?;
        for row in ROWS {
            let cells: Vec<Option<String>> = self.wirings.iter().map(row.cell).collect();
            if cells.iter().any(Option::is_some) {
                let cells: Vec<String> = cells.into_iter().map(|cell| cell.unwrap_or_else(|| "-".to_owned())).collect();
                writeln!(f, "| {} | {} | {} |", row.name, cells.join(" | "), self.aim(row))?;
            }
        }
        for gate in self.gates().iter().filter(|gate| gate.found > 0) {
            writeln!(f, "BROKEN: {} {}: {} {}", gate.wiring.name(), gate.measure, gate.found, gate.what)?;
        }
        write!(
            f,
            "{} cores; nothing lost, run twice or missed: {}{}",
            self.cores,
            if self.holds() { "yes" } else { "NO" },
            if self.is_quick { "; quick: not to be quoted" } else { "" }
        )
    }
}

impl Report {
    /// The aim, and whether it is reached.
    fn aim(&self, row: &Row) -> String {
        let Some((text, aim, better)) = row.aim else { return String::new() };
        let distributed = self.wirings.iter().find(|measured| measured.wiring == Wiring::Distributed);
        let Some((figure, c)) =
            distributed.and_then(|measured| Some(((row.figure)(measured)?, measured.commit.p50_ms)))
        else {
            return text.to_owned();
        };
        let is_reached = match better {
            Better::Lower => figure <= aim(c),
            Better::Higher => figure >= aim(c),
        };
        format!("{text}: {}", if is_reached { "reached" } else { "missed" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figures::Spread,
        measures::{Measured, Start},
    };

    #[test]
    fn the_table_says_whether_an_aim_is_reached() {
        for (completed_s, says) in [(0.4, "0.5: reached"), (0.6, "0.5: missed")] {
            let mut report = Report::new(false, 0);
            let mut measured = WiringReport::new(Wiring::Distributed, Spread::default());
            let figures = Start { answered_s: 0.1, completed_s };
            measured.figures.start = Some(Measured { figures, others_cores: 0.0 });
            report.wirings.push(measured);
            let table = report.to_string();
            assert!(table.contains(says) && !table.contains("M1"), "{table}");
        }
    }
}
