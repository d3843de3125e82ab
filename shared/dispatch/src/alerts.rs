//! Alerts: the row changes, and then whoever follows the tenant's alerts is told that there is something to read.

use chrono::{DateTime, Utc};
use domain::{
    AlertId, TenantId,
    alert::{AlertRecord, NewAlert},
};
use store::{Error, Owner, Raised};

use crate::Dispatch;

impl Dispatch {
    /// Raises an alert, and tells its readers.
    ///
    /// # Errors
    /// Those of [`store::Store::raise_alert`].
    pub async fn raise_alert(&self, owner: &Owner, new: &NewAlert) -> Result<Raised, Error> {
        let raised = self.store.raise_alert(owner, new).await?;
        if raised.is_news {
            self.hint_alert(&owner.tenant, raised.alert.seq).await;
        }
        Ok(raised)
    }

    /// Says that somebody takes care of an alert, and tells its readers.
    ///
    /// # Errors
    /// Those of [`store::Store::acknowledge_alert`].
    pub async fn acknowledge_alert(&self, owner: &Owner, id: AlertId, by: &str) -> Result<AlertRecord, Error> {
        let alert = self.store.acknowledge_alert(owner, id, by).await?;
        Ok(self.told(owner, alert).await)
    }

    /// Puts an alert off, and tells its readers.
    ///
    /// # Errors
    /// Those of [`store::Store::snooze_alert`].
    pub async fn snooze_alert(
        &self,
        owner: &Owner,
        id: AlertId,
        by: &str,
        until: DateTime<Utc>,
    ) -> Result<AlertRecord, Error> {
        let alert = self.store.snooze_alert(owner, id, by, until).await?;
        Ok(self.told(owner, alert).await)
    }

    /// Says that an alert's cause is gone, and tells its readers.
    ///
    /// # Errors
    /// Those of [`store::Store::resolve_alert`].
    pub async fn resolve_alert(&self, owner: &Owner, id: AlertId) -> Result<AlertRecord, Error> {
        let alert = self.store.resolve_alert(owner, id).await?;
        Ok(self.told(owner, alert).await)
    }

    /// Resolves the alert that a cause raised, and tells its readers. None: there is none that stands.
    ///
    /// # Errors
    /// Those of [`store::Store::resolve_cause`].
    pub async fn resolve_cause(&self, owner: &Owner, cause_key: &str) -> Result<Option<AlertRecord>, Error> {
        match self.store.resolve_cause(owner, cause_key).await? {
            Some(alert) => Ok(Some(self.told(owner, alert).await)),
            None => Ok(None),
        }
    }

    /// Brings alerts back whose snooze is over, and tells their readers; says how many.
    ///
    /// # Errors
    /// Those of [`store::Store::wake_alerts`].
    pub async fn wake_alerts(&self) -> Result<usize, Error> {
        let woken = self.store.wake_alerts().await?;
        for (owner, alert) in &woken {
            self.hint_alert(&owner.tenant, alert.seq).await;
        }
        Ok(woken.len())
    }

    async fn told(&self, owner: &Owner, alert: AlertRecord) -> AlertRecord {
        self.hint_alert(&owner.tenant, alert.seq).await;
        alert
    }

    /// Tells the readers of a tenant's alerts that rows up to `seq` are committed.
    pub async fn hint_alert(&self, tenant: &TenantId, seq: i64) {
        if let Err(error) = self.broker.hint_alerts(tenant, seq).await {
            tracing::debug!("Alerts up to {seq} were not hinted at; readers will look: {error}");
        }
    }
}
