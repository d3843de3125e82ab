//! Channels: the places of a person, or of a tenant, where alerts are told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ChannelId,
    endpoint::{self, UrlPolicy},
    job::words,
    request::FieldError,
    webhook::Secret,
};

/// Channels of one user, and of the tenant itself.
pub const CHANNELS_MAX: u32 = 20;
pub const NAME_CHARS_MAX: usize = 100;
const ADDRESS_CHARS_MAX: usize = 254;
/// What a PagerDuty integration key looks like.
const ROUTING_KEY_CHARS: usize = 32;

words!(
    /// How a channel tells.
    ChannelKind { Email = "email", Slack = "slack", Pagerduty = "pagerduty", Webhook = "webhook" }
);

macro_rules! destination {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
        #[cfg_attr(feature = "openapi", oai(deny_unknown_fields))]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),+ }
    };
}

destination!(
    /// A mailbox.
    EmailDestination {
        #[cfg_attr(feature = "openapi", oai(validator(min_length = 3, max_length = 254)))]
        address: String,
    }
);
destination!(
    /// A Slack incoming webhook.
    SlackDestination {
        /// `https://hooks.slack.com/services/...`; whoever knows it can write there, so it is never shown again.
        url: Secret,
    }
);
destination!(
    /// A PagerDuty service.
    PagerdutyDestination {
        /// The integration key of its Events API v2; never shown again.
        routing_key: Secret,
    }
);
destination!(
    /// Any address, with Standard Webhooks signatures.
    WebhookDestination {
        #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 2048)))]
        url: String,
    }
);

/// Where a channel tells: one field, named after its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Union))]
#[cfg_attr(feature = "openapi", oai(externally_tagged, rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    Email(EmailDestination),
    Slack(SlackDestination),
    Pagerduty(PagerdutyDestination),
    Webhook(WebhookDestination),
}

impl Destination {
    #[must_use]
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::Email(_) => ChannelKind::Email,
            Self::Slack(_) => ChannelKind::Slack,
            Self::Pagerduty(_) => ChannelKind::Pagerduty,
            Self::Webhook(_) => ChannelKind::Webhook,
        }
    }

    /// What may be shown of it: an address, or the last characters of what is secret.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Email(email) => email.address.clone(),
            Self::Slack(slack) => format!("...{}", slack.url.last4()),
            Self::Pagerduty(pagerduty) => format!("...{}", pagerduty.routing_key.last4()),
            Self::Webhook(webhook) => webhook.url.clone(),
        }
    }

    fn check(&self, policy: &UrlPolicy) -> Option<FieldError> {
        let refused = |pointer: &str, url: &str| {
            let refused = endpoint::check_url(url, policy).err()?;
            Some(FieldError::new(pointer, refused.to_string()))
        };
        match self {
            Self::Email(email) if !is_mailbox(&email.address) => {
                Some(FieldError::new("/destination/email/address", "is no e-mail address such as ana@example.com"))
            }
            Self::Email(_) => None,
            Self::Slack(slack) => refused("/destination/slack/url", slack.url.expose()),
            Self::Pagerduty(pagerduty) => {
                let key = pagerduty.routing_key.expose();
                let fits = key.len() == ROUTING_KEY_CHARS && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let detail = format!("is no integration key: {ROUTING_KEY_CHARS} letters and digits");
                (!fits).then(|| FieldError::new("/destination/pagerduty/routing_key", detail))
            }
            Self::Webhook(webhook) => refused("/destination/webhook/url", &webhook.url),
        }
    }
}

/// One `@` with a name and a domain around it; the mail server knows the rest. Nothing that could add a header.
fn is_mailbox(address: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '\\');
    let Some((name, domain)) = address.rsplit_once('@') else { return false };
    address.chars().count() <= ADDRESS_CHARS_MAX
        && address.chars().all(plain)
        && !name.is_empty()
        && !name.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

/// A channel to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct ChannelRequest {
    /// Whose alerts it tells; the tenant's own when left out.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 128)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What people call it.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub name: String,
    pub destination: Destination,
}

impl ChannelRequest {
    /// Checks what a schema cannot say; addresses against `policy`.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, policy: &UrlPolicy) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if is_blank(&self.name, NAME_CHARS_MAX) {
            errors.push(bad_name());
        }
        if self.user_id.as_deref().is_some_and(|id| is_blank(id, 128)) {
            let detail = "is empty or longer than 128 characters, or holds control characters; leave it out";
            errors.push(FieldError::new("/user_id", detail));
        }
        errors.extend(self.destination.check(policy));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// What of a channel changes; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct ChannelPatch {
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another address of the same kind. The secret of a generic webhook stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
}

impl ChannelPatch {
    /// Checks what a schema cannot say; addresses against `policy`.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, policy: &UrlPolicy) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.name.as_deref().is_some_and(|name| is_blank(name, NAME_CHARS_MAX)) {
            errors.push(bad_name());
        }
        errors.extend(self.destination.as_ref().and_then(|destination| destination.check(policy)));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn is_blank(text: &str, max: usize) -> bool {
    text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > max
}

fn bad_name() -> FieldError {
    let detail = format!("is empty or longer than {NAME_CHARS_MAX} characters, or holds control characters");
    FieldError::new("/name", detail)
}

/// A channel as people read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct Channel {
    pub id: ChannelId,
    /// Absent: the tenant's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    pub kind: ChannelKind,
    pub name: String,
    /// The address, or the last characters of what is secret.
    pub hint: String,
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for good in ["ana@example.com", "a.b+c@mail.example.org", "josé@exämple.de"] {
            assert!(is_mailbox(good), "{good}");
        }
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana@host",
            "a b@x.y",
            "a@x.y\r\nBcc: b@x.y",
            "<a@x.y>",
            "a@b@x.y",
            "a@x.",
            "a,b@x.y",
        ] {
            assert!(!is_mailbox(bad), "{bad:?}");
        }
    }

    #[test]
    fn secrets_show_their_last_characters_only() {
        let slack = r#"{"slack":{"url":"https://hooks.slack.com/services/T0/B0/abcdefgh"}}"#;
        let destination: Destination = serde_json::from_str(slack).expect("it reads");
        assert_eq!(destination.hint(), "...efgh");
        assert!(!format!("{destination:?}").contains("abcdefgh"));
        assert_eq!(serde_json::to_string(&destination).expect("it is JSON"), slack);
    }

    #[test]
    fn a_channel_to_the_inside_or_without_a_key_is_refused() {
        let policy = UrlPolicy::default();
        for (json, pointer) in [
            (r#"{"webhook":{"url":"https://127.1/"}}"#, "/destination/webhook/url"),
            (r#"{"slack":{"url":"https://169.254.169.254/"}}"#, "/destination/slack/url"),
            (r#"{"pagerduty":{"routing_key":"short"}}"#, "/destination/pagerduty/routing_key"),
            (r#"{"email":{"address":"nobody"}}"#, "/destination/email/address"),
        ] {
            let destination = serde_json::from_str(json).expect("it reads");
            let request = ChannelRequest { user_id: None, name: "n".to_owned(), destination };
            let errors = request.check(&policy).expect_err("it is refused");
            assert_eq!((errors.len(), errors[0].pointer.as_str()), (1, pointer));
        }
    }
}
