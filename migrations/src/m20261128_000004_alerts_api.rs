//! What the API of alerts, channels and webhooks asks of their tables: requests that may be repeated, and its filters.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // The Idempotency-Key that made the row, and the hash of its request.
    "ALTER TABLE channels ADD COLUMN request_key text",
    "ALTER TABLE channels ADD COLUMN request_hash text",
    "CREATE UNIQUE INDEX channels_request ON channels (tenant_id, request_key) WHERE request_key IS NOT NULL",
    "CREATE INDEX channels_list ON channels (tenant_id, id)",
    "ALTER TABLE webhooks ADD COLUMN request_key text",
    "ALTER TABLE webhooks ADD COLUMN request_hash text",
    "CREATE UNIQUE INDEX webhooks_request ON webhooks (tenant_id, request_key) WHERE request_key IS NOT NULL",
    "CREATE INDEX alerts_user ON alerts (tenant_id, user_id, id)",
    "CREATE INDEX alerts_status ON alerts (tenant_id, status, id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX alerts_status",
    "DROP INDEX alerts_user",
    "DROP INDEX webhooks_request",
    "ALTER TABLE webhooks DROP COLUMN request_hash",
    "ALTER TABLE webhooks DROP COLUMN request_key",
    "DROP INDEX channels_list",
    "DROP INDEX channels_request",
    "ALTER TABLE channels DROP COLUMN request_hash",
    "ALTER TABLE channels DROP COLUMN request_key",
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
