//! Gates that end by themselves, hold for what was shown, and remind; and the measuring of finished jobs.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // What happens at `expires_at` when nobody has decided.
    "ALTER TABLE gates ADD COLUMN on_timeout text NOT NULL DEFAULT 'reject'",
    // The hash of what is shown, and of what was shown when it was decided. A gate from before has none, and is not let pass.
    "ALTER TABLE gates ADD COLUMN proposal_hash text NOT NULL DEFAULT ''",
    "ALTER TABLE gates ADD COLUMN decided_hash text",
    // When to remind next; null: not any more. At `warn_at` the reminder is the last one and a warning.
    "ALTER TABLE gates ADD COLUMN remind_at bigint",
    "ALTER TABLE gates ADD COLUMN warn_at bigint",
    "UPDATE gates SET remind_at = created_at + 14400000000, warn_at = expires_at - 21600000000 WHERE status = 'pending'",
    "CREATE INDEX gates_remind ON gates (remind_at) WHERE remind_at IS NOT NULL",
    // What a finished job takes: `bytes` is the sum of its texts, `measured` says of which rows. Both are null until it is
    // measured, which happens once and before it is removed.
    "ALTER TABLE jobs ADD COLUMN bytes bigint",
    "ALTER TABLE jobs ADD COLUMN measured text",
    "CREATE INDEX jobs_finished ON jobs (tenant_id, finished_at) WHERE finished_at IS NOT NULL",
    "CREATE INDEX jobs_unmeasured ON jobs (finished_at) WHERE finished_at IS NOT NULL AND bytes IS NULL",
    // The sums of the measured jobs of a tenant, by kind of row.
    "CREATE TABLE storage_counts (
        tenant_id text NOT NULL,
        kind text NOT NULL,
        row_count bigint NOT NULL,
        bytes bigint NOT NULL,
        PRIMARY KEY (tenant_id, kind)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE storage_counts",
    "DROP INDEX jobs_unmeasured",
    "DROP INDEX jobs_finished",
    "ALTER TABLE jobs DROP COLUMN measured",
    "ALTER TABLE jobs DROP COLUMN bytes",
    "DROP INDEX gates_remind",
    "ALTER TABLE gates DROP COLUMN warn_at",
    "ALTER TABLE gates DROP COLUMN remind_at",
    "ALTER TABLE gates DROP COLUMN decided_hash",
    "ALTER TABLE gates DROP COLUMN proposal_hash",
    "ALTER TABLE gates DROP COLUMN on_timeout",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, DOWN).await
    }
}
