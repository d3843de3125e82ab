//! Channels and preferences: where people are told of alerts, and when.

use domain::{
    ChannelId,
    alert::Preferences,
    channel::{CHANNELS_MAX, Channel, ChannelKind, ChannelRequest, Destination},
    webhook::{Secret, WebhookEvent},
};
use sea_orm::{QueryResult, Value};

use super::{at, secret};
use crate::{
    Error, Owner, Store,
    job::{json_column, word},
};

impl Store {
    /// Makes a channel of a checked request. A generic webhook gets a secret, which is given out only here.
    ///
    /// # Errors
    /// [`Error::TooMany`] when the user, or the tenant itself, has 20.
    pub async fn create_channel(
        &self,
        owner: &Owner,
        request: &ChannelRequest,
    ) -> Result<(Channel, Option<Secret>), Error> {
        let key = matches!(request.destination, Destination::Webhook(_)).then(secret::mint);
        let destination = serde_json::to_string(&request.destination).expect("a destination is plain data");
        // Counted and inserted in one statement. Two at the very same moment may make one too many, which harms nobody.
        let sql = format!(
            "INSERT INTO channels (id, tenant_id, user_id, kind, name, destination, secret, created_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, {{now}} WHERE (SELECT count(*) FROM channels \
             WHERE tenant_id = $2 AND COALESCE(user_id, '') = COALESCE($3, '')) < {CHANNELS_MAX} RETURNING *"
        );
        let values: Vec<Value> = vec![
            ChannelId::new().into(),
            owner.tenant.clone().into(),
            request.user_id.clone().into(),
            request.destination.kind().word().into(),
            request.name.clone().into(),
            destination.into(),
            key.as_ref().map(|key| key.expose().to_owned()).into(),
        ];
        let row = self.sql.one(&self.write, &sql, values).await?;
        let row = row.ok_or(Error::TooMany { what: "channels", most: CHANNELS_MAX })?;
        Ok((read_channel(&row)?, key))
    }

    /// The owner's channels: a user's, or without one the tenant's own. There are never many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn channels(&self, owner: &Owner, user_id: Option<&str>) -> Result<Vec<Channel>, Error> {
        let sql = "SELECT * FROM channels WHERE tenant_id = $1 AND COALESCE(user_id, '') = $2 ORDER BY id";
        let values = [owner.tenant.clone().into(), user_id.unwrap_or_default().into()];
        self.sql.all(&self.read, sql, values).await?.iter().map(read_channel).collect()
    }

    /// One channel.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn channel(&self, owner: &Owner, id: ChannelId) -> Result<Channel, Error> {
        let sql = "SELECT * FROM channels WHERE id = $1 AND tenant_id = $2";
        let row = self.sql.one(&self.read, sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_channel(&row.ok_or_else(|| not_found(id))?)
    }

    /// Removes a channel. What it was still to be told goes to the dead list.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_channel(&self, owner: &Owner, id: ChannelId) -> Result<(), Error> {
        let tx = self.begin().await?;
        let sql = "DELETE FROM channels WHERE id = $1 AND tenant_id = $2";
        let deleted = self.sql.execute(&tx, sql, [id.into(), owner.tenant.clone().into()]).await?.rows_affected();
        if deleted == 0 {
            tx.rollback().await?;
            return Err(not_found(id));
        }
        self.bury(&tx, id.into(), "the channel was removed").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sends a ping to a channel, to see whether messages arrive.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn ping_channel(&self, owner: &Owner, id: ChannelId) -> Result<domain::delivery::Delivery, Error> {
        let channel = self.channel(owner, id).await?;
        self.queue_ping(owner, domain::delivery::TargetKind::Channel, channel.id.into(), WebhookEvent::Ping).await
    }

    /// What a user, or without one the tenant itself, wants to be told.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn preferences(&self, owner: &Owner, user_id: Option<&str>) -> Result<Preferences, Error> {
        self.preferences_in(&self.read, &owner.tenant, user_id).await
    }

    /// Replaces what a user, or without one the tenant itself, wants to be told. Checked before.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a channel that is not this user's.
    pub async fn set_preferences(
        &self,
        owner: &Owner,
        user_id: Option<&str>,
        preferences: &Preferences,
    ) -> Result<(), Error> {
        let own = self.channels(owner, user_id).await?;
        let named = preferences.routes.iter().flat_map(|route| &route.channel_ids);
        for id in named {
            if !own.iter().any(|channel| channel.id == *id) {
                return Err(not_found(*id));
            }
        }
        let data = serde_json::to_string(preferences).expect("preferences are plain data");
        let sql = "INSERT INTO preferences (tenant_id, user_id, data, updated_at) VALUES ($1, $2, $3, {now}) \
                   ON CONFLICT (tenant_id, user_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at";
        let values = [owner.tenant.clone().into(), user_id.unwrap_or_default().into(), data.into()];
        self.sql.execute(&self.write, sql, values).await?;
        Ok(())
    }
}

fn not_found(id: ChannelId) -> Error {
    Error::NotFound { what: "channel", id: id.to_string() }
}

pub(super) fn read_destination(row: &QueryResult) -> Result<Destination, Error> {
    json_column(row, "channels", "destination")?.ok_or_else(|| Error::corrupt("channels", "destination", "it is null"))
}

fn read_channel(row: &QueryResult) -> Result<Channel, Error> {
    Ok(Channel {
        id: row.try_get("", "id")?,
        user_id: row.try_get("", "user_id")?,
        kind: word(row, "channels", "kind", ChannelKind::from_word)?,
        name: row.try_get("", "name")?,
        hint: read_destination(row)?.hint(),
        created_at: at(row, "created_at")?,
    })
}
