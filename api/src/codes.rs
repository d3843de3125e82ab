//! The list of every error code, with what is said of it.

use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $status:literal, $retryable:literal, $title:literal, $hint:literal;)+) => {
        /// Every `code` of a problem. Stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, poem_openapi::Enum)]
        #[serde(rename_all = "snake_case")]
        #[oai(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[$doc])* $variant),+ }

        impl ErrorCode {
            /// Every code there is, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// Whether the same request may succeed later.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),+ }
            }

            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            pub(crate) const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint),+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or too deep, or cut off.
    BadJson = "bad_json", 400, false, "The body cannot be read as JSON", "Send one JSON object, UTF-8, at most 128 levels deep";
    /// The body has fields that the operation does not know.
    UnknownField = "unknown_field", 400, false, "The body has unknown fields", "Correct or remove each field listed in errors; /api/docs lists the fields";
    /// A query parameter cannot be read.
    BadParameter = "bad_parameter", 400, false, "A query parameter cannot be read", "Correct the parameter named in errors; /api/docs lists the parameters";
    /// A cursor or a Last-Event-ID is not one of ours.
    BadCursor = "bad_cursor", 400, false, "The cursor is not valid", "Use a cursor exactly as it was given out, or leave it out to start at the beginning";
    /// An address may not be connected to.
    RefusedAddress = "refused_address", 400, false, "An address may not be connected to", "Give the address of a server on the internet that begins with https://; what else may be given the operator says in notify.allow_private, notify.allow_http and notify.ports";
    /// There is no valid API key.
    Unauthorized = "unauthorized", 401, false, "A valid API key is needed", "Send the key as \"Authorization: Bearer <key>\" or \"X-Api-Key: <key>\"";
    /// There is no such thing, or it is somebody else's.
    NotFound = "not_found", 404, false, "There is no such thing", "Check the id and the path; ids of another account are not shown";
    /// The path exists, with other methods.
    MethodNotAllowed = "method_not_allowed", 405, false, "The path does not take this method", "Use one of the methods in the Allow header";
    /// The client takes none of the formats.
    NotAcceptable = "not_acceptable", 406, false, "None of the formats is accepted", "Name one of the media types of the detail in Accept, or set format to json, md, ics or geojson";
    /// The body took too long.
    RequestTimeout = "request_timeout", 408, true, "The body did not arrive in time", "Send the request again, without pauses";
    /// A request with the same Idempotency-Key is being answered.
    IdempotencyInFlight = "idempotency_in_flight", 409, true, "A request with this Idempotency-Key is being answered", "Send the same request again after Retry-After seconds";
    /// The gate was decided otherwise.
    AlreadyDecided = "already_decided", 409, false, "The gate was decided before", "The decision in \"gate\" stands; nothing is left to do";
    /// The decision is about something else than the gate shows.
    ProposalChanged = "proposal_changed", 409, false, "The gate shows something else", "Look at the gate in \"gate\", and decide again with its proposal_hash";
    /// The job waits for no decision.
    NotWaiting = "not_waiting", 409, false, "The job waits for no decision", "Read its status: a gate is open while it says waiting_approval";
    /// The job ended before it could be cancelled.
    JobEnded = "job_ended", 409, false, "The job has ended", "Nothing is left to cancel; read its status for how it ended";
    /// The job has no plan yet.
    PlanPending = "plan_pending", 409, true, "There is no plan yet", "Follow the job until its status is completed; one that is waiting_approval needs a decision first";
    /// The job will never have a plan.
    NoPlan = "no_plan", 409, false, "The job has no plan", "Read the job's status for why; what was found before its end is in \"partial\"";
    /// The plan is of another version of Portolan.
    PlanUnreadable = "plan_unreadable", 409, false, "The plan cannot be read", "Read it as it is stored, in \"result\" of the job's status, or plan the trip again";
    /// The tenant has as many schedules as it may have.
    TooManySchedules = "too_many_schedules", 409, false, "There are as many schedules as there may be", "Delete schedules that are not needed any more";
    /// There are as many of them as there may be.
    TooMany = "too_many", 409, false, "There are as many as there may be", "Delete some that are not needed any more";
    /// The webhook or channel takes no messages.
    TargetOff = "target_off", 409, false, "The webhook or channel takes no messages", "Enable the webhook, or make another one where it was removed";
    /// The watch has ended.
    WatchEnded = "watch_ended", 409, false, "The watch has ended", "Replace the watch with one whose dates, end or number of firings lie ahead";
    /// The gate's time is over.
    ApprovalExpired = "approval_expired", 410, false, "The gate's time is over", "Submit the request again, and decide before the gate's expires_at";
    /// The body is too large.
    BodyTooLarge = "body_too_large", 413, false, "The body is too large", "Send at most the number of bytes named in the detail";
    /// The URL is too long.
    UriTooLong = "uri_too_long", 414, false, "The URL is too long", "Shorten the query";
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, false, "The body is not declared as plain JSON", "Send \"Content-Type: application/json\", uncompressed";
    /// Fields have wrong values, have the wrong type or are missing.
    InvalidFields = "invalid_fields", 422, false, "Some fields are not valid", "Correct each field listed in errors and send the request again";
    /// The Idempotency-Key cannot be one.
    BadIdempotencyKey = "bad_idempotency_key", 422, false, "The Idempotency-Key is not valid", "Send 1 to 255 visible ASCII characters, such as a UUID, or leave the header out";
    /// The Idempotency-Key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused", 422, false, "The Idempotency-Key was used with another body", "Use a new key for a new request";
    /// The job has had several gates.
    ApprovalUnnamed = "approval_unnamed", 422, false, "The job has had several gates", "Name the one you mean in approval_id; status shows it as gate.approval_id";
    /// The decision does not fit the gate.
    UnfitDecision = "unfit_decision", 422, false, "The decision does not fit the gate", "Read gate.kind in the job's status: an approval is approved, rejected or edited, a question is answered or rejected";
    /// It is our fault.
    Internal = "internal", 500, true, "Something went wrong on our side", "Try again; if it stays, report the request_id";
    /// The database does not answer.
    DatabaseUnavailable = "database_unavailable", 503, true, "The database does not answer", "Try again after Retry-After seconds; nothing was lost";
    /// Redis does not answer.
    RedisUnavailable = "redis_unavailable", 503, true, "Redis does not answer", "Jobs go on without it, only slower; look at the Redis server";
    /// The process cannot serve everything at the moment.
    NotReady = "not_ready", 503, true, "The process is not ready", "Try again after Retry-After seconds, or another replica";
    /// As many streams are open as the process takes.
    TooManyStreams = "too_many_streams", 503, true, "Too many streams are open", "Connect again after Retry-After seconds with the same Last-Event-ID, or poll the status";
    /// The database's disk is full.
    StorageFull = "storage_full", 507, true, "The database has no room left", "Make room on its disk; what was stored can be read meanwhile, and jobs go on by themselves";
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ToJSON;

    use super::*;

    #[test]
    fn codes_are_spelled_alike_and_once() {
        for code in ErrorCode::ALL {
            assert_eq!(code.to_json(), Some(code.word().into()));
            assert_eq!(serde_json::to_value(code).ok(), Some(code.word().into()));
            assert_eq!(ErrorCode::ALL.iter().filter(|other| other.word() == code.word()).count(), 1);
        }
    }
}
