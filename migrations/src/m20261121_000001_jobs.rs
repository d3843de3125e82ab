//! Jobs, their journal, their tasks, their gates, and what stands around them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // `due_at` is when somebody must look at the row next: a queued job's turn, a running one's end of lease, a gate's
    // expiry. Null: nothing is due. `commit_no` numbers the journal's commits, so that one of unknown outcome can be
    // looked up. `stalled_claims` counts claims since the last commit.
    "CREATE TABLE jobs (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        user_id text,
        workflow text NOT NULL,
        version integer NOT NULL,
        mode text NOT NULL,
        status text NOT NULL,
        reason text,
        request text NOT NULL,
        input text NOT NULL,
        node text,
        step integer NOT NULL DEFAULT 0,
        state text,
        progress integer NOT NULL DEFAULT 0,
        summary text NOT NULL DEFAULT '',
        result text,
        error text,
        seq bigint NOT NULL DEFAULT 0,
        fence bigint NOT NULL DEFAULT 0,
        commit_no bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        stalled_claims integer NOT NULL DEFAULT 0,
        owner uuid,
        due_at bigint,
        deadline_at bigint,
        cost_microusd bigint NOT NULL DEFAULT 0,
        trace_id text NOT NULL,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL,
        started_at bigint,
        finished_at bigint
    )",
    "CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL",
    // Few rows: claims that have not committed anything yet.
    "CREATE INDEX jobs_suspect ON jobs (stalled_claims, due_at) WHERE stalled_claims > 0",
    "CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL AND finished_at IS NULL",
    "CREATE INDEX jobs_owner ON jobs (owner) WHERE owner IS NOT NULL",
    "CREATE INDEX jobs_open ON jobs (status) WHERE finished_at IS NULL",
    "CREATE INDEX jobs_tenant ON jobs (tenant_id, id)",
    "CREATE INDEX jobs_tenant_status ON jobs (tenant_id, status, id)",
    "CREATE INDEX jobs_tenant_user ON jobs (tenant_id, user_id, id)",
    "CREATE TABLE job_events (
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        seq bigint NOT NULL,
        tenant_id text NOT NULL,
        kind text NOT NULL,
        data text NOT NULL,
        created_at bigint NOT NULL,
        PRIMARY KEY (job_id, seq)
    )",
    "CREATE TABLE tasks (
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        path text NOT NULL,
        tenant_id text NOT NULL,
        kind text NOT NULL,
        agent text NOT NULL,
        step integer NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        output text,
        error text,
        cost_microusd bigint NOT NULL DEFAULT 0,
        created_at bigint NOT NULL,
        finished_at bigint,
        PRIMARY KEY (job_id, path)
    )",
    "CREATE TABLE gates (
        id uuid PRIMARY KEY,
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        tenant_id text NOT NULL,
        kind text NOT NULL,
        status text NOT NULL,
        prompt text NOT NULL,
        proposal text NOT NULL,
        options text NOT NULL,
        decision text,
        decided_by text,
        decided_at bigint,
        expires_at bigint NOT NULL,
        created_at bigint NOT NULL
    )",
    "CREATE INDEX gates_job ON gates (job_id, id)",
    // One pending gate a job: the rule that one decision wins, kept by the database.
    "CREATE UNIQUE INDEX gates_pending ON gates (job_id) WHERE status = 'pending'",
    "CREATE TABLE idempotency_keys (
        tenant_id text NOT NULL,
        key text NOT NULL,
        body_hash text NOT NULL,
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        created_at bigint NOT NULL,
        PRIMARY KEY (tenant_id, key)
    )",
    "CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)",
    "CREATE INDEX idempotency_keys_job ON idempotency_keys (job_id)",
    "CREATE TABLE feedback (
        id uuid PRIMARY KEY,
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        tenant_id text NOT NULL,
        user_id text,
        rating integer NOT NULL,
        comment text,
        tags text NOT NULL,
        created_at bigint NOT NULL
    )",
    "CREATE INDEX feedback_job ON feedback (job_id)",
    // Which workflow versions the workers that are alive can read.
    "CREATE TABLE worker_reads (
        worker_id uuid NOT NULL,
        workflow text NOT NULL,
        version integer NOT NULL,
        seen_at bigint NOT NULL,
        PRIMARY KEY (worker_id, workflow, version)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE worker_reads",
    "DROP TABLE feedback",
    "DROP TABLE idempotency_keys",
    "DROP TABLE gates",
    "DROP TABLE tasks",
    "DROP TABLE job_events",
    "DROP TABLE jobs",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
