//! How long finished jobs are kept, and how much of them.
//!
//! A finished job is measured once (`measure`): what its rows take is written to its row and added to the counters of its
//! tenant, so that neither a budget nor a report ever adds up a growing table. Removing it (`remove`) takes the same figures
//! off again. Both work in bounded batches, each its own transaction; a job that has not ended, or ended within the last day,
//! is never touched.

mod measure;
mod remove;
mod report;

use std::{collections::BTreeMap, time::Duration};

use domain::{TenantId, storage::StorageBudget};
use serde::Deserialize;

use crate::claim::micros;

/// No job is removed before: its readers have its end by then, and its idempotency key keeps its word.
pub const KEPT_MIN: Duration = Duration::from_secs(DAY_S);
const DAY_S: u64 = 24 * 3600;

/// What is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days that a finished job is kept with its events and all that is its own; 0 for ever.
    pub jobs_days: u32,
    /// Bytes that a tenant's finished jobs may take with all that is their own, the oldest go first; 0 for any amount.
    pub bytes_max: u64,
    /// Days that a resolved alert is kept; 0 for ever.
    pub alerts_days: u32,
    /// Days that a message is kept that was delivered or given up; 0 for ever.
    pub deliveries_days: u32,
    /// Tenants that have budgets of their own, by name.
    pub tenants: BTreeMap<String, TenantRetention>,
}

/// What one tenant keeps; what is left out is as for everybody.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantRetention {
    pub jobs_days: Option<u32>,
    pub bytes_max: Option<u64>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { jobs_days: 30, bytes_max: 0, alerts_days: 90, deliveries_days: 30, tenants: BTreeMap::new() }
    }
}

impl Retention {
    /// What `tenant` may keep.
    #[must_use]
    pub fn budget(&self, tenant: &TenantId) -> StorageBudget {
        let own = self.tenants.get(&tenant.0);
        let days = |days: u32| Some(days).filter(|days| *days > 0);
        let bytes_max = own.and_then(|own| own.bytes_max).unwrap_or(self.bytes_max);
        StorageBudget {
            jobs_days: days(own.and_then(|own| own.jobs_days).unwrap_or(self.jobs_days)),
            bytes_max: Some(bytes_max).filter(|bytes| *bytes > 0),
            alerts_days: days(self.alerts_days),
            deliveries_days: days(self.deliveries_days),
        }
    }
}

/// So many days in microseconds, as SQL subtracts them.
pub(crate) fn days(days: u32) -> i64 {
    micros(Duration::from_secs(u64::from(days) * DAY_S))
}
