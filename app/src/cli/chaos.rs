//! `portolan chaos`.

use chaos::Row;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ChaosArgs {
    /// How long the load lasts.
    #[arg(long, value_name = "MINUTES", default_value_t = 1.0, value_parser = minutes)]
    pub(crate) minutes: f64,
    /// What is drawn: the same seed strikes the same in the same order.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// What is done, of kill, pause, redis, postgres, proxy and roll. Without it, all of it.
    #[arg(long, value_name = "WORDS", value_delimiter = ',', value_parser = words!(chaos::Nemesis))]
    pub(crate) nemesis: Vec<String>,
    /// Switch one mechanism off, to see that the proof can fail: fence, sweep, journal, seq, clock, version or liveness.
    /// Without --rows, what needs the mechanism is played.
    #[arg(long, value_name = "WORD", value_parser = words!(chaos::Control))]
    pub(crate) control: Option<String>,
    /// In place of the storm, the scenarios of these promises, such as R3,R5, at about a tenth of their scale.
    #[arg(long, value_name = "ROWS", value_delimiter = ',', value_parser = row)]
    pub(crate) rows: Vec<&'static Row>,
    /// Every scenario, or those of --rows, at full scale. All of them take about 50 minutes.
    #[arg(long)]
    pub(crate) full: bool,
    /// List the scenarios, and where each promise is proved.
    #[arg(long)]
    pub(crate) list: bool,
    /// The report as JSON, one line for each scenario.
    #[arg(long)]
    pub(crate) json: bool,
}

fn row(text: &str) -> Result<&'static Row, String> {
    let number = text.trim_start_matches(['R', 'r']).parse().ok();
    number.and_then(Row::find).ok_or_else(|| "not one of R1 to R31".to_owned())
}

fn minutes(text: &str) -> Result<f64, String> {
    const MINUTES_MAX: f64 = 24.0 * 60.0;
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0 && *minutes <= MINUTES_MAX);
    minutes.ok_or_else(|| format!("more than 0 and at most {MINUTES_MAX}"))
}
