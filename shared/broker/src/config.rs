//! What an operator can set.

use secrecy::SecretString;
use serde::Deserialize;

/// The settings of the broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where Redis is: `redis://[user:password@]host[:port][/database]`, or `redis+unix:///path/to.sock`. Without it rings
    /// and events stay inside this process, which is right exactly when one process does everything. Use one Redis
    /// database per environment.
    pub redis_url: Option<SecretString>,
    /// What every name in Redis begins with. Processes that work together share it.
    pub prefix: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { redis_url: None, prefix: "portolan".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_refused() {
        assert!(serde_json::from_str::<Config>(r#"{"redis_uri": "redis://localhost"}"#).is_err());
    }

    #[test]
    fn the_address_is_never_printed() {
        let config: Config =
            serde_json::from_str(r#"{"redis_url": "redis://:hunter2@localhost"}"#).expect("it is valid");
        assert_eq!(config.prefix, "portolan");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
