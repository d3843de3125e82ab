//! Mechanisms that `portolan chaos --control` switches off in the processes that it starts, so that its oracle must fail.
//!
//! No setting does this, and no variable by itself: the process must be a child of a `portolan chaos` that wrote a token of
//! its own into the folder in which the process works.

use std::{fs, os::unix::process::parent_id};

use chaos::{CONTROL_VARIABLE, Control, TOKEN_FILE, TOKEN_VARIABLE};

use crate::{config::Settings, environment, exit::Failure};

/// Switches off what chaos asks for.
///
/// # Errors
/// When the variable is set and chaos did not start this process.
pub(crate) fn switch_off(settings: &mut Settings) -> anyhow::Result<()> {
    let Some(word) = environment::get(CONTROL_VARIABLE) else { return Ok(()) };
    let control = Control::from_word(&word).filter(|_| is_child_of_chaos());
    let refused = || Failure::usage(format!("{CONTROL_VARIABLE} is for processes that `portolan chaos` starts"));
    match control.ok_or_else(refused)? {
        Control::Fence => settings.store.unfenced = true,
        Control::Sweep => settings.worker.unswept = true,
        Control::Journal => settings.worker.unjournaled = true,
        Control::Seq => settings.store.uncounted = true,
    }
    Ok(())
}

fn is_child_of_chaos() -> bool {
    let (Some(token), Ok(written)) = (environment::get(TOKEN_VARIABLE), fs::read_to_string(TOKEN_FILE)) else {
        return false;
    };
    written == format!("{token} {}", parent_id())
}
