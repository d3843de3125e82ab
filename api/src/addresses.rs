//! Addresses that clients give us to connect to.
//!
//! What no operator can allow, a body's check finds together with its other faults. What this installation does not allow, only
//! the handler can say. Both are the same refusal to a client.

use domain::request::FieldError;

use crate::{codes::ErrorCode, error::ApiError};

/// The code for faults of a body that holds an address.
pub(crate) fn code(errors: &[FieldError]) -> ErrorCode {
    let is_address = |error: &FieldError| error.pointer.rsplit('/').next() == Some("url");
    if errors.iter().any(is_address) { ErrorCode::RefusedAddress } else { ErrorCode::InvalidFields }
}

/// What a check against this installation's policy came to.
pub(crate) fn checked(outcome: Result<(), Vec<FieldError>>) -> Result<(), ApiError> {
    outcome.map_err(|errors| ApiError::fields(code(&errors), errors))
}
