//! Alerts: the row changes, and then whoever follows the tenant's alerts is told that there is something to read.

use chrono::{DateTime, Utc};
use domain::{
    AlertId, TenantId,
    alert::{AlertRecord, NewAlert},
};
use store::{Error, Owner, Raised, Reminded};

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

    /// Raises the alerts of gates whose reminder is due, and tells their readers.
    ///
    /// # Errors
    /// Those of [`store::Store::remind_gates`].
    pub async fn remind_gates(&self) -> Result<Reminded, Error> {
        let (reminded, tenants) = self.store.remind_gates().await?;
        for tenant in &tenants {
            self.hint_newest(tenant).await;
        }
        Ok(reminded)
    }

    async fn told(&self, owner: &Owner, alert: AlertRecord) -> AlertRecord {
        self.hint_alert(&owner.tenant, alert.seq).await;
        alert
    }

    /// Tells the readers of a tenant's alerts that there may be news, after a commit that does not say of which alert.
    pub(crate) async fn hint_newest(&self, tenant: &TenantId) {
        match self.store.alert_seq(&Owner::new(tenant.clone())).await {
            Ok(seq) => self.hint_alert(tenant, seq).await,
            Err(error) => tracing::debug!("New alerts were not hinted at; readers will look: {error}"),
        }
    }

    /// Tells the readers of a tenant's alerts that rows up to `seq` are committed.
    pub async fn hint_alert(&self, tenant: &TenantId, seq: i64) {
        if let Err(error) = self.broker.hint_alerts(tenant, seq).await {
            tracing::debug!("Alerts up to {seq} were not hinted at; readers will look: {error}");
        }
    }
}
