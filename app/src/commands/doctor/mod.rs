//! `portolan doctor`: what keeps Portolan from working, why, and how to mend it.
//!
//! It looks and changes nothing: no database is made, no migration applied, no lock kept.

mod database;
mod machine;
mod ring;

use std::path::Path;

use crate::{
    cli::DoctorArgs,
    config::{Role, Settings},
    exit::Exit,
    output,
    redact::redact,
    render::{Look, plain, wrap},
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Ok,
    /// It works, and may not for long, or not well.
    Warn,
    /// Something will not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    grade: Grade,
    what: &'static str,
    /// What was found.
    told: String,
    /// What to do about it.
    fix: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, told: impl Into<String>) -> Self {
        Self { grade: Grade::Ok, what, told: told.into(), fix: None }
    }

    fn warn(what: &'static str, told: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { grade: Grade::Warn, what, told: told.into(), fix: Some(fix.into()) }
    }

    fn fail(what: &'static str, told: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { grade: Grade::Fail, what, told: told.into(), fix: Some(fix.into()) }
    }
}

pub(super) async fn run(args: DoctorArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let look = Look::stdout();
    let mut worst = Grade::Ok;
    let mut tell = |found: Vec<Finding>| {
        for finding in &found {
            output::data(line(finding, look));
            if finding.grade == Grade::Fail || worst == Grade::Ok {
                worst = finding.grade;
            }
        }
    };
    let (settings, found) = configuration(config);
    tell(found);
    if let Some(settings) = &settings {
        tell(database::check(settings, &args.data).await);
        tell(ring::check(settings).await);
    }
    tell(machine::lock(&args.data).await);
    tell(machine::port(args.listen).await);
    tell(machine::folder(&args.data));
    tell(machine::disk(&args.data));
    tell(machine::descriptors());
    Ok(if worst == Grade::Fail { Exit::Failed } else { Exit::Ok })
}

fn line(finding: &Finding, look: Look) -> String {
    /// Grade and name, so that what was found begins in one column.
    const HEAD_WIDTH: usize = 20;
    let (word, painted) = match finding.grade {
        Grade::Ok => ("ok", look.green("ok")),
        Grade::Warn => ("warn", look.yellow("warn")),
        Grade::Fail => ("FAIL", look.red("FAIL")),
    };
    let head = format!("{painted}{}{:<14}", " ".repeat(6 - word.len()), finding.what);
    let indent = " ".repeat(HEAD_WIDTH);
    // What was found may hold a URL, and the words of a server.
    let told = wrap(&plain(&redact(&finding.told)), look.width, &indent);
    let fix = finding.fix.as_ref().map_or_else(String::new, |fix| {
        format!("\n{}", wrap(&format!("-> {}", plain(&redact(fix))), look.width, &indent))
    });
    format!("{head}{}{fix}", told.trim_start())
}

fn configuration(config: Option<&Path>) -> (Option<Settings>, Vec<Finding>) {
    const WHAT: &str = "configuration";
    let settings = match Settings::load(config) {
        Ok(settings) => settings,
        Err(error) => {
            let fix = "correct or remove what is named; docs and the comments in .env.example list the settings";
            return (None, vec![Finding::fail(WHAT, error.to_string(), fix)]);
        }
    };
    let found = match settings.check(Role::Embedded { listen: None }) {
        Ok(()) => Finding::ok(WHAT, "can be read, and nothing in it contradicts itself"),
        Err(error) => Finding::fail(WHAT, error.to_string(), "change one of the two sides of each contradiction"),
    };
    (Some(settings), vec![found])
}

/// The causes of an error in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let text = deeper.to_string();
        if !told.contains(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        cause = deeper.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_bad_it_is_what_was_found_and_what_to_do() {
        let look = Look { colour: false, width: 60, is_live: false };
        let finding = Finding::fail(
            "database",
            "postgres://a:b@c/d cannot be reached, not today and not in the past",
            "start it",
        );
        assert_eq!(
            line(&finding, look),
            "FAIL  database      postgres://a:***@c/d cannot be reached,\n                    not today and not in the past\n                    -> start it"
        );
    }
}
