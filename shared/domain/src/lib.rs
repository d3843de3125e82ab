//! The vocabulary of Portolan: ids, states, events, requests, briefs, facts and plans.
//!
//! Pure: no I/O, no clock, no randomness but the minting of ids. It must never know a database, a queue or an HTTP
//! server; the features `openapi` and `sea-orm` only add derives, so that one type serves every layer unconverted.
//! Start reading at [`job`], then [`event`], then [`brief`] and [`plan`].

pub mod alert;
pub mod brief;
pub mod channel;
pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod facts;
pub mod gate;
mod ids;
pub mod job;
mod markdown;
pub mod money;
pub mod plan;
pub mod request;
pub mod rules;
pub mod schedule;
pub mod seal;
pub mod storage;
pub mod suggest;
pub mod time;
pub mod watch;
pub mod webhook;

pub use event::{Event, EventRecord};
pub use ids::{
    AlertId, ChannelId, DeliveryId, FeedbackId, GateId, JobId, ScheduleId, TargetId, TenantId, WatchId, WebhookId,
    WorkerId,
};
pub use job::{Fence, Ring};
