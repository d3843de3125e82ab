//! `--out DIR`: the plan as files.

use std::path::Path;

use anyhow::Context;
use domain::JobId;
use export::Format;

use crate::{client::Client, exit::Failure, output};

/// Makes the folder before the work begins: a mistyped one should not cost a plan.
pub(super) fn prepare(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("{} cannot be made a folder: {error}", folder.display())).into())
}

/// Writes the plan in every format, as the server gives it, and says so. Nothing is written before all of it is there.
pub(super) async fn write(client: &Client, job: JobId, folder: &Path) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for format in Format::ALL {
        let path = folder.join(format!("plan.{}", format.word()));
        files.push((path, client.plan(job, format.word()).await?));
    }
    for (path, body) in files {
        tokio::fs::write(&path, body).await.with_context(|| format!("{} cannot be written", path.display()))?;
        output::note(format!("wrote {}", path.display()));
    }
    Ok(())
}
