//! The environment. Read here and nowhere else.

/// What every setting's variable begins with.
pub(crate) const SETTINGS_PREFIX: &str = "PORTOLAN__";

/// The value of a variable. An empty one counts as unset, as in a compose file that passes on what may not be there.
pub(crate) fn get(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "app is the one reader of the environment, and this is its place")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variables that are settings, sorted by name.
pub(crate) fn settings() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, value)| name.starts_with(SETTINGS_PREFIX) && !value.is_empty())
        .collect();
    found.sort();
    found
}

/// <https://no-color.org>: any value that is not empty.
pub(crate) fn no_colour() -> bool {
    get("NO_COLOR").is_some()
}

/// A terminal that cannot move its cursor.
pub(crate) fn dumb_terminal() -> bool {
    get("TERM").is_none_or(|term| term == "dumb")
}
