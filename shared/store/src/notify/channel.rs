//! Channels and preferences: where people are told of alerts, and when.

use domain::{
    ChannelId,
    alert::Preferences,
    channel::{CHANNELS_MAX, Channel, ChannelKind, ChannelPatch, ChannelRequest, Destination},
    webhook::{Secret, WebhookEvent},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{at, secret};
use crate::{
    Error, IdempotencyKey, Owner, Store,
    job::{json_column, word},
};

const TABLE: &str = "channels";
/// Channels that one read returns at most.
const PAGE_MAX: u64 = 500;

/// Which channels to list.
#[derive(Debug, Clone, Default)]
pub struct ChannelFilter {
    /// One person's; everybody's and the tenant's own without it.
    pub user_id: Option<String>,
    pub kind: Option<ChannelKind>,
    /// Only channels made before this one: the cursor.
    pub before: Option<ChannelId>,
}

impl Store {
    /// Makes a channel of a checked request, or finds the one that the same key made. A generic webhook gets a secret, which
    /// is given out only when it is made.
    ///
    /// # Errors
    /// [`Error::TooMany`] when the user, or the tenant itself, has 20; [`Error::KeyReused`].
    pub async fn create_channel(
        &self,
        owner: &Owner,
        request: &ChannelRequest,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Channel, Option<Secret>), Error> {
        if let Some(row) = self.made_before(TABLE, owner, key).await? {
            return Ok((read_channel(&row)?, None));
        }
        let secret = matches!(request.destination, Destination::Webhook(_)).then(secret::mint);
        // Counted and inserted in one statement. Two at the very same moment may make one too many, which harms nobody.
        let sql = format!(
            "INSERT INTO channels (id, tenant_id, user_id, kind, name, destination, secret, request_key, request_hash, created_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, {{now}} WHERE (SELECT count(*) FROM channels \
             WHERE tenant_id = $2 AND COALESCE(user_id, '') = COALESCE($3, '')) < {CHANNELS_MAX} \
             ON CONFLICT DO NOTHING RETURNING *"
        );
        let values: Vec<Value> = vec![
            ChannelId::new().into(),
            owner.tenant.clone().into(),
            request.user_id.clone().into(),
            request.destination.kind().word().into(),
            request.name.clone().into(),
            destination_json(&request.destination).into(),
            secret.as_ref().map(|secret| secret.expose().to_owned()).into(),
            key.map(|key| key.key.clone()).into(),
            key.map(|key| key.body_hash.clone()).into(),
        ];
        if let Some(row) = self.sql.one(&self.write, &sql, values).await? {
            return Ok((read_channel(&row)?, secret));
        }
        // The same request at the same moment, or one too many.
        match self.made_before(TABLE, owner, key).await? {
            Some(row) => Ok((read_channel(&row)?, None)),
            None => Err(Error::TooMany { what: "channels", most: CHANNELS_MAX }),
        }
    }

    /// The owner's channels, newest first, at most 500.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn channels(&self, owner: &Owner, filter: &ChannelFilter, limit: u64) -> Result<Vec<Channel>, Error> {
        let mut sql = "SELECT * FROM channels WHERE tenant_id = $1".to_owned();
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        let mut narrow = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(user_id) = &filter.user_id {
            narrow("user_id =", user_id.clone().into());
        }
        if let Some(kind) = filter.kind {
            narrow("kind =", kind.word().into());
        }
        if let Some(before) = filter.before {
            narrow("id <", before.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", limit.min(PAGE_MAX)));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_channel).collect()
    }

    /// The channels of a user, or without one the tenant's own. There are never many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn channels_of(&self, owner: &Owner, user_id: Option<&str>) -> Result<Vec<Channel>, Error> {
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

    /// Changes what a checked patch names. A channel stays of its kind.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Unfit`] for a destination of another kind.
    pub async fn update_channel(&self, owner: &Owner, id: ChannelId, patch: &ChannelPatch) -> Result<Channel, Error> {
        let kind = patch.destination.as_ref().map(Destination::kind);
        let sql = "UPDATE channels SET name = COALESCE($3, name), destination = COALESCE($4, destination) \
                   WHERE id = $1 AND tenant_id = $2 AND kind = COALESCE($5, kind) RETURNING *";
        let values: Vec<Value> = vec![
            id.into(),
            owner.tenant.clone().into(),
            patch.name.clone().into(),
            patch.destination.as_ref().map(destination_json).into(),
            kind.map(ChannelKind::word).into(),
        ];
        if let Some(row) = self.sql.one(&self.write, sql, values).await? {
            return read_channel(&row);
        }
        let is = self.channel(owner, id).await?.kind;
        Err(Error::Unfit(format!("the channel is of kind {is} and stays so; make another one")))
    }

    /// Removes a channel. What it was still to be told goes to the dead list. Preferences that name it forget it; a route
    /// that led to nothing else is forgotten with it, so that nobody goes deaf by it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_channel(&self, owner: &Owner, id: ChannelId) -> Result<(), Error> {
        let tx = self.begin().await?;
        let deleted = self.delete_channel_in(&tx, owner, id).await;
        match &deleted {
            Ok(()) => tx.commit().await?,
            Err(_) => tx.rollback().await?,
        }
        deleted
    }

    async fn delete_channel_in(&self, tx: &impl ConnectionTrait, owner: &Owner, id: ChannelId) -> Result<(), Error> {
        let sql = "DELETE FROM channels WHERE id = $1 AND tenant_id = $2 RETURNING user_id";
        let row = self.sql.one(tx, sql, [id.into(), owner.tenant.clone().into()]).await?;
        let user_id: Option<String> = row.ok_or_else(|| not_found(id))?.try_get("", "user_id")?;
        self.bury(tx, id.into(), "the channel was removed").await?;
        let mut preferences = self.preferences_in(tx, &owner.tenant, user_id.as_deref()).await?;
        if preferences.forget(id) {
            self.write_preferences(tx, owner, user_id.as_deref(), &preferences).await?;
        }
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
        let own = self.channels_of(owner, user_id).await?;
        let named = preferences.routes.iter().flat_map(|route| &route.channel_ids);
        for id in named {
            if !own.iter().any(|channel| channel.id == *id) {
                return Err(not_found(*id));
            }
        }
        self.write_preferences(&self.write, owner, user_id, preferences).await
    }

    async fn write_preferences(
        &self,
        db: &impl ConnectionTrait,
        owner: &Owner,
        user_id: Option<&str>,
        preferences: &Preferences,
    ) -> Result<(), Error> {
        let data = serde_json::to_string(preferences).expect("preferences are plain data");
        let sql = "INSERT INTO preferences (tenant_id, user_id, data, updated_at) VALUES ($1, $2, $3, {now}) \
                   ON CONFLICT (tenant_id, user_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at";
        let values = [owner.tenant.clone().into(), user_id.unwrap_or_default().into(), data.into()];
        self.sql.execute(db, sql, values).await?;
        Ok(())
    }
}

fn destination_json(destination: &Destination) -> String {
    serde_json::to_string(destination).expect("a destination is plain data")
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
