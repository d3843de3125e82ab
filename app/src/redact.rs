//! Takes secrets out of text that is going to be read by others.

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Hides passwords in URLs (`scheme://user:password@host`, `?password=...`), Portolan's own API keys and their hashes.
pub(crate) fn redact(text: &str) -> String {
    let named = ["password=", "sha256: \""];
    hide_keys(&named.into_iter().fold(hide_userinfo(text), |text, name| hide_after(name, &text)))
}

/// The end of whatever begins at the start of `text` and is one URL or one word.
fn end_of_word(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ')' | '}' | ']')).unwrap_or(text.len())
}

fn hide_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("://") {
        let (before, after) = rest.split_at(found + 3);
        out.push_str(before);
        let authority = &after[..after[..end_of_word(after)].find(['/', '?', '#']).unwrap_or(end_of_word(after))];
        // The last '@' ends the credentials: a password may hold one that was not encoded. Or a '/' too; then the rest of
        // the word is looked at.
        let word = &after[..end_of_word(after)];
        let end = authority.rfind('@').or_else(|| word.rfind('@').filter(|_| authority.contains(':')));
        rest = after;
        if let Some(end) = end {
            let credentials = &after[..end];
            match credentials.split_once(':') {
                Some((user, _)) => out.push_str(&format!("{user}:{HIDDEN}")),
                // A name alone is no secret; but many a Redis password stands where the name should.
                None if before.ends_with("postgres://") || before.ends_with("postgresql://") => {
                    out.push_str(credentials);
                }
                None => out.push_str(HIDDEN),
            }
            rest = &after[end..];
        }
    }
    out.push_str(rest);
    out
}

fn hide_after(name: &str, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(name) {
        let (before, after) = rest.split_at(found + name.len());
        out.push_str(before);
        out.push_str(HIDDEN);
        rest = &after[after[..end_of_word(after)].find('&').unwrap_or(end_of_word(after))..];
    }
    out.push_str(rest);
    out
}

fn hide_keys(text: &str) -> String {
    const PREFIX: &str = "ptl_live_";
    /// The public id of a key, which may be told.
    const ID_LENGTH: usize = 8;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(PREFIX) {
        let (before, after) = rest.split_at(found + PREFIX.len());
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let shown = end.min(ID_LENGTH);
        out.push_str(&after[..shown]);
        if end > shown {
            out.push_str(HIDDEN);
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn no_password_survives() {
        for (secret, text) in [
            ("hunter2", "postgres://app:hunter2@db:5432/portolan"),
            ("hunter2", "Config { url: \"postgres://app:hunter2@db/p\", connections_max: 16 }"),
            ("hunter2", "redis://:hunter2@cache:6379/1, redis://:hunter2@other"),
            ("hun@er2", "postgres://app:hun@er2@db/portolan"),
            ("hun/er2", "postgres://app:hun/er2@db/portolan"),
            ("hunter2", "postgres://db/portolan?user=app&password=hunter2&sslmode=require"),
            ("hunter2", "redis://hunter2@cache"),
            ("0f0f0f0f", "KeyConfig { name: \"a\", sha256: \"0f0f0f0f0f0f\" }"),
            ("Zx81Zx81", "key ptl_live_abcd1234_Zx81Zx81Zx81_00aa11 was used"),
        ] {
            let shown = redact(text);
            assert!(!shown.contains(secret), "{shown}");
            assert!(shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn everything_else_does() {
        for text in
            ["sqlite://.portolan/portolan.db", "postgres://db/portolan?sslmode=require", "listen on 127.0.0.1:8000", ""]
        {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact("postgres://app:x@db:5432/p"), "postgres://app:***@db:5432/p");
        assert_eq!(redact("ptl_live_abcd1234_secret"), "ptl_live_abcd1234***");
    }
}
