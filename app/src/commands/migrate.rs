//! `portolan migrate`: the schema, up and down.

use std::path::Path;

use anyhow::Context;
use migrations::{Migrator, MigratorTrait};
use store::Store;

use crate::{
    cli::{MigrateArgs, MigrateDirection},
    config::Settings,
    exit::{Exit, Failure},
    output, process,
    redact::redact,
};

pub(super) async fn run(args: MigrateArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let settings = Settings::load(config)?;
    if let MigrateDirection::Down { yes: false, steps } = args.direction {
        let message =
            format!("taking {steps} migration(s) back drops their tables with all rows in them; add --yes to do it");
        return Err(Failure::usage(message).into());
    }
    let url = redact(&settings.store.url);
    let store = Store::connect(&settings.store).await.with_context(|| format!("{url} cannot be reached"))?;
    let outcome = migrate(&store, args.direction, &url).await;
    store.close().await;
    outcome
}

async fn migrate(store: &Store, direction: MigrateDirection, url: &str) -> anyhow::Result<Exit> {
    match direction {
        MigrateDirection::Up => {
            let names = process::pending(store).await?;
            Migrator::up(store.connection(), None).await.context("a migration failed")?;
            names.iter().for_each(|name| output::data(format!("applied  {name}")));
            output::note(format!("{url} is up to date ({} applied now)", names.len()));
            Ok(Exit::Ok)
        }
        MigrateDirection::Down { steps, .. } => {
            Migrator::down(store.connection(), Some(steps)).await.context("a migration could not be taken back")?;
            output::note(format!("{url}: {steps} migration(s) taken back"));
            Ok(Exit::Ok)
        }
        MigrateDirection::Status => {
            let applied =
                Migrator::get_applied_migrations(store.connection()).await.context("the database cannot be read")?;
            let pending = process::pending(store).await?;
            applied.iter().for_each(|migration| output::data(format!("applied  {}", migration.name())));
            pending.iter().for_each(|name| output::data(format!("pending  {name}")));
            Ok(if pending.is_empty() { Exit::Ok } else { Exit::Failed })
        }
    }
}
