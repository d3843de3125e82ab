//! Schedules, their ticks, and the ticks of the house's own chores.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // `next_at` is the next tick, and `due_at` when to look at it, which its jitter makes later. Both are null when no tick
    // comes any more or the schedule is paused. `buffered_at` is the tick that waits for the end of a job. `missed` counts
    // ticks that no scheduler was there for. `revision` counts what people changed, so that a scheduler that worked with
    // an older definition is told. `request_key` is the Idempotency-Key that made the row.
    "CREATE TABLE schedules (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        user_id text,
        name text NOT NULL,
        cron text NOT NULL,
        time_zone text NOT NULL,
        action text NOT NULL,
        overlap text NOT NULL,
        catch_up text NOT NULL,
        window_ms bigint NOT NULL,
        jitter_ms bigint NOT NULL,
        ends_at bigint,
        paused_at bigint,
        next_at bigint,
        due_at bigint,
        buffered_at bigint,
        missed bigint NOT NULL DEFAULT 0,
        revision integer NOT NULL DEFAULT 0,
        request_key text,
        request_hash text,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL
    )",
    "CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX schedules_buffered ON schedules (buffered_at) WHERE buffered_at IS NOT NULL",
    "CREATE INDEX schedules_tenant ON schedules (tenant_id, id)",
    "CREATE UNIQUE INDEX schedules_request ON schedules (tenant_id, request_key) WHERE request_key IS NOT NULL",
    // The rule that a tick fires once, kept by the database. `job_id` may outlive its job.
    "CREATE TABLE schedule_ticks (
        schedule_id uuid NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
        tick_at bigint NOT NULL,
        tenant_id text NOT NULL,
        origin text NOT NULL,
        outcome text NOT NULL,
        job_id uuid,
        error text,
        decided_at bigint NOT NULL,
        PRIMARY KEY (schedule_id, tick_at)
    )",
    // Which schedule started a job; it may outlive the schedule.
    "ALTER TABLE jobs ADD COLUMN schedule_id uuid",
    "CREATE INDEX jobs_schedule ON jobs (schedule_id) WHERE schedule_id IS NOT NULL AND finished_at IS NULL",
    "CREATE TABLE chore_ticks (
        chore text NOT NULL,
        tick_at bigint NOT NULL,
        decided_at bigint NOT NULL,
        PRIMARY KEY (chore, tick_at)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE chore_ticks",
    "DROP INDEX jobs_schedule",
    "ALTER TABLE jobs DROP COLUMN schedule_id",
    "DROP TABLE schedule_ticks",
    "DROP TABLE schedules",
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
