//! The database's schema, forward and back, on SQLite and on Postgres.
//!
//! It knows none of our crates: a migration says today what it will still say when the code has moved on. A merged one is
//! never edited. Instants are whole microseconds since 1970-01-01T00:00:00Z; spans are named `_ms`; blobs of JSON are text.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::prelude::MigratorTrait;

mod m20261121_000001_jobs;
mod m20261121_000002_schedules;
mod m20261121_000003_notifications;
mod m20261128_000004_alerts_api;
mod m20261128_000005_watches;
mod m20261128_000006_gates;
mod m20261128_000007_feedback;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_jobs::Migration),
            Box::new(m20261121_000002_schedules::Migration),
            Box::new(m20261121_000003_notifications::Migration),
            Box::new(m20261128_000004_alerts_api::Migration),
            Box::new(m20261128_000005_watches::Migration),
            Box::new(m20261128_000006_gates::Migration),
            Box::new(m20261128_000007_feedback::Migration),
        ]
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
