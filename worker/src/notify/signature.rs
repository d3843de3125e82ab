//! Signatures after Standard Webhooks: an HMAC over id, time and body, so that a receiver knows who wrote it, and when.
//!
//! Written out over `hmac` and `sha2`, which the house has: the `standardwebhooks` crate brings another base64, another HMAC and
//! a second library of time along for these lines. The tests check us against that crate.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::webhook::{SECRET_PREFIX, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The `webhook-signature` header: one signature for each secret, so that a receiver that knows one of them is content. None
/// when a secret is none, which nothing of ours writes.
pub(super) fn header(secrets: &[Secret], id: &str, timestamp_s: i64, body: &str) -> Option<String> {
    let signatures = secrets.iter().map(|secret| sign(secret, id, timestamp_s, body)).collect::<Option<Vec<_>>>()?;
    (!signatures.is_empty()).then(|| signatures.join(" "))
}

fn sign(secret: &Secret, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
    let encoded = secret.expose().strip_prefix(SECRET_PREFIX)?;
    let key = STANDARD.decode(encoded).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in [id, ".", &timestamp_s.to_string(), ".", body] {
        mac.update(part.as_bytes());
    }
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn it_signs_as_the_specification_does() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let body = r#"{"test": 2432232314}"#;
        let signed = header(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn what_is_no_secret_does_not_sign() {
        for text in ["", "whsec_", "whsec_%%%", "MfKQ9r8G"] {
            let signed = header(&[Secret::new(text.to_owned())], "id", 0, "{}");
            assert_eq!(signed.is_some(), text == "whsec_", "{text}: an empty key is base64 of nothing");
        }
        assert_eq!(header(&[], "id", 0, "{}"), None);
    }
}
