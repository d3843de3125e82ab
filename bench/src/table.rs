//! The report for people: one row a figure, the wirings side by side, and the aims.

use std::fmt;

use crate::{
    Report,
    figures::short,
    house::Wiring,
    measures::{Attached, Figures, Fixed},
    report::WiringReport,
};

/// One row of the table.
struct Row {
    name: &'static str,
    /// What is printed.
    cell: fn(&WiringReport) -> Option<String>,
    aim: Option<Aim>,
}

/// What the distributed wiring aims at on two cores: every limit is kept.
struct Aim {
    text: &'static str,
    limits: &'static [Limit],
}

/// Up to, or from, which value of a figure; `c` is the time of one commit in milliseconds.
enum Limit {
    Most(Figure, fn(c: f64) -> f64),
    Least(Figure, f64),
}

type Figure = fn(&WiringReport) -> Option<f64>;

impl Limit {
    /// None when the figure was not measured.
    fn is_kept(&self, measured: &WiringReport) -> Option<bool> {
        match self {
            Self::Most(figure, most) => Some(figure(measured)? <= most(measured.commit.p50_ms)),
            Self::Least(figure, least) => Some(figure(measured)? >= *least),
        }
    }
}

const ROWS: &[Row] = &[
    Row { name: "c: one commit of one row, p50 / p99", cell: |r| Some(r.commit.to_string()), aim: None },
    Row {
        name: "M1 submit, 1 connection, p50 / p99",
        cell: |r| Some(r.figures.submission.as_ref()?.figures.one.times.to_string()),
        aim: Some(Aim {
            text: "0.6 ms + c",
            limits: &[Limit::Most(|r| Some(r.figures.submission.as_ref()?.figures.one.times.p50_ms), |c| 0.6 + c)],
        }),
    },
    Row {
        name: "M1 submit, 64 connections, per second",
        cell: |r| Some(short(r.figures.submission.as_ref()?.figures.many.per_second)),
        aim: Some(Aim {
            text: "2,500",
            limits: &[Limit::Least(|r| Some(r.figures.submission.as_ref()?.figures.many.per_second), 2_500.0)],
        }),
    },
    Row {
        name: "M2 GET /health, 1 connection, p50 / p99",
        cell: |r| Some(r.figures.health.as_ref()?.figures.one.times.to_string()),
        aim: None,
    },
    Row {
        name: "M2 GET /health, 64 connections, per second",
        cell: |r| Some(short(r.figures.health.as_ref()?.figures.many.per_second)),
        aim: None,
    },
    Row {
        name: "M3 8-node job, submit to `complete` on its stream, p50 / p99",
        cell: |r| Some(r.figures.jobs.as_ref()?.figures.streamed.to_string()),
        aim: Some(Aim {
            text: "2 ms + 10 c",
            limits: &[Limit::Most(|r| Some(r.figures.jobs.as_ref()?.figures.streamed.p50_ms), |c| 2.0 + 10.0 * c)],
        }),
    },
    Row { name: "M3 the same, polled", cell: |r| Some(r.figures.jobs.as_ref()?.figures.polled.to_string()), aim: None },
    Row {
        name: "M3 burst of no-work jobs, per second",
        cell: |r| Some(short(r.figures.jobs.as_ref()?.figures.burst.per_second)),
        aim: Some(Aim {
            text: "500",
            limits: &[Limit::Least(|r| Some(r.figures.jobs.as_ref()?.figures.burst.per_second), 500.0)],
        }),
    },
    Row {
        name: "M4 1,000 jobs of 8 x 50 ms at once, seconds",
        cell: |r| Some(short(r.figures.concurrent.as_ref()?.figures.burst.seconds)),
        aim: Some(Aim {
            text: "2.5",
            limits: &[Limit::Most(|r| Some(r.figures.concurrent.as_ref()?.figures.burst.seconds), |_| 2.5)],
        }),
    },
    Row {
        name: "M4 memory of the API meanwhile, MB",
        cell: |r| Some(short(r.figures.concurrent.as_ref()?.figures.front_rss_mb)),
        aim: Some(Aim {
            text: "40",
            limits: &[Limit::Most(|r| Some(r.figures.concurrent.as_ref()?.figures.front_rss_mb), |_| 40.0)],
        }),
    },
    Row {
        name: "M4 memory of a worker meanwhile, MB",
        cell: |r| Some(r.figures.concurrent.as_ref()?.figures.worker_rss_mb).filter(|mb| *mb > 0.0).map(short),
        aim: Some(Aim {
            text: "60",
            limits: &[Limit::Most(|r| Some(r.figures.concurrent.as_ref()?.figures.worker_rss_mb), |_| 60.0)],
        }),
    },
    Row {
        name: "M5 submit, then stream: events missed",
        cell: |r| Some(r.figures.streams.as_ref()?.figures.race.missed.to_string()),
        aim: None,
    },
    Row {
        name: "M5 the same: row to reader, p50 / p99",
        cell: |r| Some(r.figures.streams.as_ref()?.figures.race.delays.to_string()),
        aim: None,
    },
    Row {
        name: "M5 streams open before workers are free: row to reader, p50 / p99",
        cell: |r| listed(&r.figures, |streams| &streams.attached, attached),
        aim: None,
    },
    Row {
        name: "M5 streams at a fixed rate: p50 / p99, memory per stream",
        cell: |r| listed(&r.figures, |streams| &streams.fixed, fixed),
        aim: Some(Aim {
            text: "1 / 5 ms, 20 kB",
            limits: &[
                Limit::Most(|r| Some(most_streams(r)?.delays.p50_ms), |_| 1.0),
                Limit::Most(|r| Some(most_streams(r)?.delays.p99_ms), |_| 5.0),
                Limit::Most(|r| Some(most_streams(r)?.rss_kb_per_stream), |_| 20.0),
            ],
        }),
    },
    Row {
        name: "M6 bytes kept per finished job: Redis / database",
        cell: |r| {
            let kept = &r.figures.kept.as_ref()?.figures;
            let redis = kept.redis_bytes_per_job.map_or_else(|| "none".to_owned(), short);
            Some(format!("{redis} / {}", short(kept.database_bytes_per_job)))
        },
        aim: Some(Aim {
            text: "0",
            limits: &[Limit::Most(|r| r.figures.kept.as_ref()?.figures.redis_bytes_per_job, |_| 0.0)],
        }),
    },
    Row {
        name: "M6 burst of no-work jobs that left them, per second",
        cell: |r| Some(short(r.figures.kept.as_ref()?.figures.burst.per_second)),
        aim: None,
    },
    Row {
        name: "M7 kill -9 in the middle of 200 jobs (lease 3 s): lost, re-run, missed",
        cell: |r| {
            let recovery = &r.figures.recovery.as_ref()?.figures;
            Some(format!("{}, {}, {}", recovery.lost, recovery.rerun, recovery.missed))
        },
        aim: None,
    },
    Row {
        name: "M7 the same: the last job is done after, seconds",
        cell: |r| Some(short(r.figures.recovery.as_ref()?.figures.seconds)),
        aim: Some(Aim {
            text: "6",
            limits: &[Limit::Most(|r| Some(r.figures.recovery.as_ref()?.figures.seconds), |_| 6.0)],
        }),
    },
    Row {
        name: "M8 start to the first submission, seconds",
        cell: |r| Some(short(r.figures.start.as_ref()?.figures.answered_s)),
        aim: None,
    },
    Row {
        name: "M8 start to the first finished job, seconds",
        cell: |r| Some(short(r.figures.start.as_ref()?.figures.completed_s)),
        aim: Some(Aim {
            text: "0.5",
            limits: &[Limit::Most(|r| Some(r.figures.start.as_ref()?.figures.completed_s), |_| 0.5)],
        }),
    },
    Row { name: "CPU that others used meanwhile, cores, the most", cell: |r| others(&r.figures).map(short), aim: None },
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

fn most_streams(measured: &WiringReport) -> Option<&Fixed> {
    measured.figures.streams.as_ref()?.figures.fixed.last()
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
        let Some(Aim { text, limits }) = &row.aim else { return String::new() };
        let distributed = self.wirings.iter().find(|measured| measured.wiring == Wiring::Distributed);
        let kept = distributed
            .and_then(|measured| limits.iter().try_fold(true, |all, limit| Some(limit.is_kept(measured)? && all)));
        match kept {
            Some(true) => format!("{text}: reached"),
            Some(false) => format!("{text}: missed"),
            None => (*text).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figures::Spread,
        measures::{Measured, Race, Start, Streams},
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
    #[test]
    fn an_aim_of_several_limits_is_missed_with_one_of_them() {
        for (p50_ms, rss_kb_per_stream, says) in [(0.4, 6.0, "reached"), (1.2, 6.0, "missed"), (0.4, 21.0, "missed")] {
            let delays = Spread { p50_ms, p99_ms: 2.0, ..Spread::default() };
            let fixed = Fixed { streams: 10_000, events_per_second: 12_000.0, missed: 0, delays, rss_kb_per_stream };
            let race = Race { jobs: 1, missed: 0, lost: 0, delays: Spread::default() };
            let mut measured = WiringReport::new(Wiring::Distributed, Spread::default());
            let figures = Streams { race, attached: Vec::new(), fixed: vec![fixed] };
            measured.figures.streams = Some(Measured { figures, others_cores: 0.0 });
            let mut report = Report::new(false, 0);
            report.wirings.push(measured);
            let table = report.to_string();
            assert!(table.contains(&format!("20 kB: {says}")), "{table}");
        }
    }
}
