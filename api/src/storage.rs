//! `GET /v1/storage`.

use std::sync::Arc;

use domain::storage::StorageReport;
use poem_openapi::{ApiResponse, OpenApi};
use store::Retention;

use crate::{
    answer::Answer,
    caller::Caller,
    docs::Tag,
    fails::{Fails, statuses},
    state::State,
};

pub(crate) struct StorageApi {
    pub(crate) state: Arc<State>,
    pub(crate) retention: Retention,
}

statuses! {
    GetStorage: 401, 500, 503;
}

#[derive(ApiResponse)]
pub(crate) enum StorageResponse {
    /// What the rows take.
    #[oai(status = 200)]
    Found(Answer<StorageReport>),
}

#[OpenApi]
impl StorageApi {
    /// Read what is stored
    ///
    /// What your rows take, by kind, what you may keep, and what the next hourly pruning removes. Figures of finished jobs
    /// are counters, brought up to date every minute.
    #[oai(path = "/v1/storage", method = "get", operation_id = "get_storage", tag = "Tag::Storage")]
    async fn get_storage(&self, caller: Caller) -> Result<StorageResponse, Fails<GetStorage>> {
        let report = self.state.store().storage(&caller.owner, &self.retention).await?;
        Ok(StorageResponse::Found(Answer(report)))
    }
}
