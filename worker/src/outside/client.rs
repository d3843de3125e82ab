//! The client of one request.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolving},
    redirect,
};

use super::guard::Admitted;

/// Of a receiver's text that its owner is shown.
const EXCERPT_CHARS_MAX: usize = 200;
const USER_AGENT: &str = concat!("Portolan/", env!("CARGO_PKG_VERSION"));

/// A client for this one request, which knows no address but the checked ones: it has no resolver, no proxy that could
/// resolve for it, no redirects, and no connection left from another request.
pub(crate) fn client(
    admitted: &Admitted,
    connect_timeout: Duration,
    timeout: Duration,
) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(NoResolver));
    if let Some((name, addresses)) = &admitted.pinned {
        builder = builder.resolve_to_addrs(name, addresses);
    }
    builder.build()
}

/// Resolves nothing: a name that was not pinned is a fault of ours, and must not become a connection.
struct NoResolver;

impl reqwest::dns::Resolve for NoResolver {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let none: Addrs = Box::new(std::iter::empty::<SocketAddr>());
            Ok(none)
        })
    }
}

/// What may be shown: one line, no control characters.
pub(crate) fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(EXCERPT_CHARS_MAX).collect()
}

/// Why there was no answer, behind a colon; empty where only the address would be told, which may be a secret.
pub(crate) fn cause_of(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    // The outermost error is the library's, and names the address.
    let is_outermost = std::ptr::eq(std::ptr::from_ref(cause).cast::<()>(), std::ptr::from_ref(error).cast::<()>());
    if is_outermost { String::new() } else { format!(": {}", excerpt(cause.to_string().as_bytes())) }
}
