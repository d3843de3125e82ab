//! Watches, and what they saw.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // `next_at` is the next tick, which a scheduler turns into work: null when the watch is paused or has ended. `due_at` is
    // the work: when somebody must look, or, while somebody does, when their lease ends. Null: nothing is to be seen. `fence`
    // counts claims, `attempts` those since the last record, `failures` records of looks that saw nothing. `revision` counts
    // what people changed. `request_key` is the Idempotency-Key that made the row.
    "CREATE TABLE watches (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        user_id text,
        name text NOT NULL,
        kind text NOT NULL,
        spec text NOT NULL,
        state text NOT NULL,
        status text NOT NULL,
        reason text,
        next_at bigint,
        due_at bigint,
        fence bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        last_error text,
        seen_at bigint,
        firings bigint NOT NULL DEFAULT 0,
        revision integer NOT NULL DEFAULT 0,
        request_key text,
        request_hash text,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL
    )",
    "CREATE INDEX watches_next ON watches (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX watches_due ON watches (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX watches_tenant ON watches (tenant_id, id)",
    "CREATE UNIQUE INDEX watches_request ON watches (tenant_id, request_key) WHERE request_key IS NOT NULL",
    // `value` is what is compared: hundredths of the currency, or days. `job_id` may outlive its job.
    "CREATE TABLE watch_observations (
        watch_id uuid NOT NULL REFERENCES watches (id) ON DELETE CASCADE,
        observed_at bigint NOT NULL,
        tenant_id text NOT NULL,
        value bigint NOT NULL,
        outcome text NOT NULL,
        evidence text NOT NULL,
        job_id uuid,
        PRIMARY KEY (watch_id, observed_at)
    )",
    // Which watch started a job; it may outlive the watch.
    "ALTER TABLE jobs ADD COLUMN watch_id uuid",
    "CREATE INDEX jobs_watch ON jobs (watch_id) WHERE watch_id IS NOT NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX jobs_watch",
    "ALTER TABLE jobs DROP COLUMN watch_id",
    "DROP TABLE watch_observations",
    "DROP TABLE watches",
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
