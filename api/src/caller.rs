//! Who calls: the holder of an API key.

use std::{hint::black_box, sync::Arc};

use domain::TenantId;
use poem::{
    Request, RequestBody,
    http::{HeaderMap, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};
use sha2::{Digest, Sha256};
use store::Owner;

use crate::{Access, Config, codes::ErrorCode, config::parse_sha256, error::ApiError};

const KEY_HEADER: &str = "X-Api-Key";
const BEARER: &str = "bearer";
const API_KEY: &str = "api_key";

/// The holder of a valid key. As a handler's argument it lets nobody else pass.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    name: Arc<str>,
    pub(crate) owner: Owner,
}

impl Caller {
    /// Who decides: the key's name, and the person whom the client names.
    pub(crate) fn on_behalf_of(&self, user_id: Option<&str>) -> String {
        format!("{}/{}", self.name, user_id.unwrap_or("-"))
    }
}

/// The keys that open the door.
pub(crate) enum Keys {
    Open(Caller),
    Listed(Vec<([u8; 32], Caller)>),
}

impl Keys {
    pub(crate) fn new(access: Access, config: &Config) -> Self {
        match access {
            Access::Open => Self::Open(Caller { name: "dev".into(), owner: Owner::new(TenantId::default_tenant()) }),
            Access::Keys => {
                let caller = |name: &str, tenant: &str| Caller {
                    name: name.into(),
                    owner: Owner::new(TenantId(tenant.to_owned())),
                };
                let keys = config.keys.iter();
                Self::Listed(
                    keys.filter_map(|key| Some((parse_sha256(&key.sha256)?, caller(&key.name, &key.tenant)))).collect(),
                )
            }
        }
    }

    /// Compares with every key in full, so that the time says nothing.
    fn find(&self, headers: &HeaderMap) -> Option<Caller> {
        let listed = match self {
            Self::Open(caller) => return Some(caller.clone()),
            Self::Listed(listed) => listed,
        };
        let hash: [u8; 32] = Sha256::digest(presented(headers)?).into();
        let mut found = None;
        for (key, caller) in listed {
            let difference = key.iter().zip(&hash).fold(0_u8, |sum, (left, right)| sum | black_box(left ^ right));
            if difference == 0 {
                found = Some(caller);
            }
        }
        found.cloned()
    }
}

/// The key that the client sent, in either header.
fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked(BEARER.len() + 1)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
    });
    bearer.or_else(|| headers.get(KEY_HEADER).map(|value| value.as_bytes().trim_ascii()))
}

fn refuse() -> ApiError {
    let accepted = format!("Bearer realm=\"portolan\", ApiKey header=\"{KEY_HEADER}\"");
    ApiError::new(ErrorCode::Unauthorized, "The request carries no valid API key")
        .with_header(header::WWW_AUTHENTICATE, &accepted)
}

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = |ty| MetaSecurityScheme {
            ty,
            description: Some("An API key. `portolan dev` takes none"),
            name: None,
            key_in: None,
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(BEARER, MetaSecurityScheme { scheme: Some("bearer"), ..scheme("http") });
        registry.create_security_scheme(
            API_KEY,
            MetaSecurityScheme { name: Some(KEY_HEADER), key_in: Some("header"), ..scheme("apiKey") },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![BEARER, API_KEY]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let keys = request.data::<Arc<Keys>>().ok_or_else(ApiError::internal)?;
        Ok(keys.find(request.headers()).ok_or_else(refuse)?)
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;
    use crate::config::KeyConfig;

    fn keys() -> Keys {
        // printf %s first | sha256sum
        let sha256 = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e".to_owned();
        let config = Config {
            keys: vec![KeyConfig { name: "one".to_owned(), tenant: "acme".to_owned(), sha256 }],
            ..Config::default()
        };
        Keys::new(Access::Keys, &config)
    }

    fn found(name: &'static str, value: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(
            poem::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_static(value),
        )]);
        keys().find(&headers).is_some_and(|caller| caller.on_behalf_of(Some("ana")) == "one/ana")
    }

    #[test]
    fn a_key_opens_in_either_header_and_nothing_else_does() {
        assert!(found("authorization", "Bearer first"));
        assert!(found("authorization", "bearer first"));
        assert!(found("x-api-key", "first"));
        for (name, value) in [
            ("authorization", "first"),
            ("authorization", "Basic first"),
            ("authorization", "Bearer second"),
            ("authorization", "Bearer"),
            ("x-api-key", ""),
            ("x-key", "first"),
        ] {
            assert!(!found(name, value), "{name}: {value}");
        }
    }
}
