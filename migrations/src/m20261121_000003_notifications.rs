//! Alerts, where they are told of, and the outbox through which all telling goes.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // One row a tenant: it hands the numbers of the alert stream out, and its lock lets them become visible in their order.
    "CREATE TABLE alert_counters (
        tenant_id text PRIMARY KEY,
        seq bigint NOT NULL
    )",
    // `seq` is new with every change that people are told of. `occurrences` counts raises of the same cause.
    "CREATE TABLE alerts (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        user_id text,
        seq bigint NOT NULL,
        kind text NOT NULL,
        severity text NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        data text NOT NULL,
        cause_key text NOT NULL,
        status text NOT NULL,
        occurrences bigint NOT NULL DEFAULT 1,
        acknowledged_by text,
        snoozed_until bigint,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL
    )",
    // One alert a cause while it lasts: the rule, kept by the database.
    "CREATE UNIQUE INDEX alerts_cause ON alerts (tenant_id, cause_key) WHERE status <> 'resolved'",
    "CREATE UNIQUE INDEX alerts_seq ON alerts (tenant_id, seq)",
    "CREATE INDEX alerts_tenant ON alerts (tenant_id, id)",
    "CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE status = 'snoozed'",
    "CREATE INDEX alerts_resolved ON alerts (updated_at) WHERE status = 'resolved'",
    // `destination` holds secrets: where to and with what key. `secret` signs what a webhook is sent. No user: the tenant's.
    "CREATE TABLE channels (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        user_id text,
        kind text NOT NULL,
        name text NOT NULL,
        destination text NOT NULL,
        secret text,
        created_at bigint NOT NULL
    )",
    "CREATE INDEX channels_tenant ON channels (tenant_id, user_id, id)",
    // The user '' stands for the tenant itself: a primary key takes no null.
    "CREATE TABLE preferences (
        tenant_id text NOT NULL,
        user_id text NOT NULL,
        data text NOT NULL,
        updated_at bigint NOT NULL,
        PRIMARY KEY (tenant_id, user_id)
    )",
    // `events` is a JSON list of names, empty for all of them. `secrets` is a JSON list, the newest first; an older one has
    // an expiry. `failures` counts failed attempts since the last success.
    "CREATE TABLE webhooks (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        url text NOT NULL,
        description text NOT NULL,
        events text NOT NULL,
        secrets text NOT NULL,
        enabled boolean NOT NULL,
        failures bigint NOT NULL DEFAULT 0,
        last_error text,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL
    )",
    "CREATE INDEX webhooks_tenant ON webhooks (tenant_id, id)",
    // The outbox. `next_at` is when somebody must look at the row: a pending one's next attempt, the end of the lease of one
    // that is being sent. `fence` numbers the claims; `attempts` counts those since the last replay. `target_id` is a
    // webhook or a channel, which the row may outlive.
    "CREATE TABLE deliveries (
        id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        target_kind text NOT NULL,
        target_id uuid NOT NULL,
        event text NOT NULL,
        payload text NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        fence bigint NOT NULL DEFAULT 0,
        next_at bigint NOT NULL,
        last_error text,
        response_status integer,
        created_at bigint NOT NULL,
        finished_at bigint
    )",
    "CREATE INDEX deliveries_due ON deliveries (next_at) WHERE finished_at IS NULL",
    "CREATE INDEX deliveries_target_due ON deliveries (target_id, next_at) WHERE finished_at IS NULL",
    // Few rows: what is on its way right now.
    "CREATE INDEX deliveries_sending ON deliveries (target_id) WHERE status = 'sending'",
    "CREATE INDEX deliveries_tenant ON deliveries (tenant_id, id)",
    "CREATE INDEX deliveries_target ON deliveries (target_id, id)",
    "CREATE INDEX deliveries_dead ON deliveries (tenant_id, id) WHERE status = 'dead'",
    "CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL",
    // When a target, by its rate limit, is free again.
    "CREATE TABLE delivery_paces (
        target_id uuid PRIMARY KEY,
        free_at bigint NOT NULL
    )",
    "CREATE INDEX delivery_paces_free ON delivery_paces (free_at)",
];

const DOWN: &[&str] = &[
    "DROP TABLE delivery_paces",
    "DROP TABLE deliveries",
    "DROP TABLE webhooks",
    "DROP TABLE preferences",
    "DROP TABLE channels",
    "DROP TABLE alerts",
    "DROP TABLE alert_counters",
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
