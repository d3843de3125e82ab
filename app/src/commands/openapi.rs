//! `portolan openapi`.

use crate::{exit::Exit, output};

pub(super) fn run() -> anyhow::Result<Exit> {
    output::data(::api::openapi_json().trim_end());
    Ok(Exit::Ok)
}
