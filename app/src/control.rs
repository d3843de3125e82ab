//! What `portolan chaos` may do to the processes that it starts: switch mechanisms off, so that its oracle must fail, and let
//! a disk be full.
//!
//! No setting does this, and no variable by itself: the process must be a child of a `portolan chaos` that wrote a token of
//! its own into the folder in which the process works.

use std::{fs, os::unix::process::parent_id};

use chaos::{CONTROL_VARIABLE, Control, PAGES_VARIABLE, TOKEN_FILE, TOKEN_VARIABLE};

use crate::{config::Settings, environment, exit::Failure};

/// Switches off what chaos asks for, and lets its database be full.
///
/// # Errors
/// When a variable is set and chaos did not start this process.
pub(crate) fn obey(settings: &mut Settings) -> anyhow::Result<()> {
    settings.store.pages_file = of_chaos(PAGES_VARIABLE)?.map(Into::into);
    let Some(word) = of_chaos(CONTROL_VARIABLE)? else { return Ok(()) };
    match Control::from_word(&word).ok_or_else(|| refused(CONTROL_VARIABLE))? {
        Control::Fence => settings.store.unfenced = true,
        Control::Sweep => settings.worker.unswept = true,
        Control::Journal => settings.worker.unjournaled = true,
        Control::Seq => settings.store.uncounted = true,
        Control::Clock => settings.store.own_clock = true,
        Control::Version => settings.worker.unversioned = true,
        Control::Liveness => settings.worker.unwatched = true,
    }
    Ok(())
}

/// What a variable says that only chaos may set.
fn of_chaos(name: &str) -> anyhow::Result<Option<String>> {
    match environment::get(name) {
        Some(_) if !is_child_of_chaos() => Err(refused(name).into()),
        told => Ok(told),
    }
}

fn refused(name: &str) -> Failure {
    Failure::usage(format!("{name} is for processes that `portolan chaos` starts"))
}

fn is_child_of_chaos() -> bool {
    let (Some(token), Ok(written)) = (environment::get(TOKEN_VARIABLE), fs::read_to_string(TOKEN_FILE)) else {
        return false;
    };
    written == format!("{token} {}", parent_id())
}
