//! The one door to addresses that customers give. A name is resolved once, each of its addresses is checked, and exactly those
//! are connected to: a name that turns another way a moment later turns nobody.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use domain::endpoint::{Refused, UrlPolicy, check_url};
use futures::future::BoxFuture;

/// Addresses of one name that are looked at; a name with more is none of a web server.
const ADDRESSES_MAX: usize = 64;

/// Finds the addresses of names.
pub trait Resolve: Send + Sync {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).take(ADDRESSES_MAX).collect())
        })
    }
}

/// Checks addresses before they are connected to.
pub(crate) struct Guard {
    policy: UrlPolicy,
    resolver: Arc<dyn Resolve>,
}

/// An address that may be connected to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub(crate) url: String,
    /// The name, and the addresses that it stands for; none where the URL says the address itself.
    pub(crate) pinned: Option<(String, Vec<SocketAddr>)>,
}

/// Why an address is not connected to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAdmitted {
    /// As it is written, it never will be.
    #[error("the address {0}")]
    Refused(#[source] Refused),
    /// What its name stands for now may not be connected to; it may stand for something else tomorrow.
    #[error("the address {0}")]
    RefusedNow(#[source] Refused),
    #[error("the address's name cannot be resolved")]
    Unresolved,
}

impl Guard {
    pub(crate) fn new(policy: UrlPolicy, resolver: Arc<dyn Resolve>) -> Self {
        Self { policy, resolver }
    }

    /// Reads, resolves and checks.
    pub(crate) async fn admit(&self, url: &str) -> Result<Admitted, NotAdmitted> {
        let endpoint = check_url(url, &self.policy).map_err(NotAdmitted::Refused)?;
        let Some(name) = endpoint.name else { return Ok(Admitted { url: endpoint.url, pinned: None }) };
        let addresses = self.resolver.resolve(&name).await.map_err(|_| NotAdmitted::Unresolved)?;
        if addresses.is_empty() {
            return Err(NotAdmitted::Unresolved);
        }
        // One inner address among public ones is no accident, and no reason to try the others.
        for address in &addresses {
            self.policy.permits(*address, endpoint.port).map_err(NotAdmitted::RefusedNow)?;
        }
        let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, endpoint.port)).collect();
        Ok(Admitted { url: endpoint.url, pinned: Some((name, sockets)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Vec<&'static str>);

    impl Resolve for Fixed {
        fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
            Box::pin(async { Ok(self.0.iter().map(|text| text.parse().expect("an address")).collect()) })
        }
    }

    async fn admit(addresses: &[&'static str]) -> Result<Admitted, NotAdmitted> {
        let guard = Guard::new(UrlPolicy::default(), Arc::new(Fixed(addresses.to_vec())));
        guard.admit("https://hooks.example.com/a").await
    }

    /// S32.
    #[tokio::test]
    async fn one_inner_address_among_public_ones_is_enough() {
        let public = admit(&["93.184.216.34", "2606:2800:220:1::1"]).await.expect("both are public");
        assert_eq!(public.pinned.expect("it has a name").1.len(), 2);
        for inner in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fd00::1"]
        {
            for addresses in [vec![inner], vec!["93.184.216.34", inner], vec![inner, "2606:2800:220:1::1"]] {
                assert!(
                    matches!(admit(&addresses).await, Err(NotAdmitted::RefusedNow(Refused::Private))),
                    "{addresses:?}"
                );
            }
        }
        assert!(matches!(admit(&[]).await, Err(NotAdmitted::Unresolved)));
    }
}
