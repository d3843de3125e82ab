//! Feedback whose request may be repeated.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // The Idempotency-Key that made the row, and the hash of its request.
    "ALTER TABLE feedback ADD COLUMN request_key text",
    "ALTER TABLE feedback ADD COLUMN request_hash text",
    "CREATE UNIQUE INDEX feedback_request ON feedback (tenant_id, request_key) WHERE request_key IS NOT NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX feedback_request",
    "ALTER TABLE feedback DROP COLUMN request_hash",
    "ALTER TABLE feedback DROP COLUMN request_key",
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
