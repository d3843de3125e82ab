//! `/v1/preferences`: what people want to be told, where and when.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{alert::Preferences, request::FieldError};
use poem_openapi::{ApiResponse, OpenApi, param::Query};
use serde_json::json;
use store::Owner;

use crate::{
    alerts::person,
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    state::State,
};

pub(crate) struct PreferencesApi(pub(crate) Arc<State>);

statuses! {
    GetPreferences: 400, 401, 500, 503;
    ReplacePreferences: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
}

#[derive(ApiResponse)]
pub(crate) enum PreferencesResponse {
    /// The preferences as they stand.
    #[oai(status = 200)]
    Found(Answer<Preferences>),
}

impl JsonBody for Preferences {
    json_body!(
        Preferences,
        json!({
            "routes": [{ "kind": "weather", "channel_ids": [] }],
            "quiet_hours": { "from": "22:00", "until": "07:30", "time_zone": "Europe/Paris" }
        })
    );

    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        self.check().err().unwrap_or_default()
    }
}

#[OpenApi]
impl PreferencesApi {
    /// Read preferences
    ///
    /// A person's, or without `user_id` the tenant's own. Who never set any is told of everything, on every channel, at once.
    #[oai(path = "/v1/preferences", method = "get", operation_id = "get_preferences", tag = "Tag::Alerts")]
    async fn get_preferences(
        &self,
        caller: Caller,
        /// Whose; the tenant's own when left out.
        #[oai(validator(min_length = 1, max_length = 128))]
        user_id: Query<Option<String>>,
    ) -> Result<PreferencesResponse, Fails<GetPreferences>> {
        let user_id = person(user_id.0);
        let preferences = self.0.store().preferences(&caller.owner, user_id.as_deref()).await?;
        Ok(PreferencesResponse::Found(Answer(preferences)))
    }

    /// Replace preferences
    ///
    /// A kind without a route goes to all channels, one with an empty route is only listed. In quiet hours what is not critical
    /// waits for their end. They hold for what is raised from now on.
    #[oai(path = "/v1/preferences", method = "put", operation_id = "replace_preferences", tag = "Tag::Alerts")]
    async fn replace_preferences(
        &self,
        caller: Caller,
        /// Whose; the tenant's own when left out.
        #[oai(validator(min_length = 1, max_length = 128))]
        user_id: Query<Option<String>>,
        body: Body<Preferences>,
    ) -> Result<PreferencesResponse, Fails<ReplacePreferences>> {
        let user_id = person(user_id.0);
        let unknown = self.unknown_channels(&caller.owner, user_id.as_deref(), &body.0).await?;
        if !unknown.is_empty() {
            return Err(ApiError::fields(ErrorCode::InvalidFields, unknown).into());
        }
        self.0.store().set_preferences(&caller.owner, user_id.as_deref(), &body.0).await?;
        Ok(PreferencesResponse::Found(Answer(body.0)))
    }
}

impl PreferencesApi {
    /// Every channel that the preferences name and that is not this person's.
    async fn unknown_channels(
        &self,
        owner: &Owner,
        user_id: Option<&str>,
        preferences: &Preferences,
    ) -> Result<Vec<FieldError>, ApiError> {
        let own = self.0.store().channels_of(owner, user_id).await?;
        let mut errors = Vec::new();
        for (route, of_kind) in preferences.routes.iter().enumerate() {
            for (index, id) in of_kind.channel_ids.iter().enumerate() {
                if !own.iter().any(|channel| channel.id == *id) {
                    let pointer = format!("/routes/{route}/channel_ids/{index}");
                    errors.push(FieldError::new(pointer, format!("{id} is none of this person's channels")));
                }
            }
        }
        Ok(errors)
    }
}
