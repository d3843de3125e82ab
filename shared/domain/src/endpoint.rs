//! Which addresses a customer may let us connect to: the internet, and what the operator allows.
//!
//! Pure. [`check_url`] reads an address as a browser would, so that no spelling of an inner address gets through; what a
//! name resolves to is checked with [`UrlPolicy::permits`] by whoever connects, on the very addresses it connects to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Deserializer};
use url::{Host, Url};

pub const URL_BYTES_MAX: usize = 2_048;
/// Ports that may be connected to unless configured otherwise.
pub const PORTS_DEFAULT: [u16; 2] = [443, 8443];

/// Why an address is refused, in one sentence for whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("is no address such as https://example.com/hook")]
    Unreadable,
    #[error("begins with {0}://; give an address that begins with https://")]
    Scheme(String),
    #[error("holds a user name, a password, white space, a backslash or a control character; leave them out")]
    Characters,
    #[error("is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    #[error("spells an address in figures in another way than {0}; write it so")]
    Spelling(Ipv4Addr),
    #[error("names port {0}, which may not be connected to")]
    Port(u16),
    /// One text for every inner address, so that nothing can be learned of what is there.
    #[error("does not lead to a public address; only what the operator allows in notify.allow_private may be private")]
    Private,
}

/// A network, or one address, and perhaps one port of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    net: IpAddr,
    prefix: u8,
    port: Option<u16>,
}

/// The text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address or network such as 127.0.0.1:8080, 10.0.0.0/8, [::1]:8080 or fd00::/8")]
pub struct InvalidAllowed(String);

impl Allowed {
    fn covers(self, address: IpAddr, port: u16) -> bool {
        let same = match (self.net, address) {
            (IpAddr::V4(net), IpAddr::V4(address)) => same_prefix(bits_of_v4(net), bits_of_v4(address), self.prefix),
            (IpAddr::V6(net), IpAddr::V6(address)) => same_prefix(net.to_bits(), address.to_bits(), self.prefix),
            _ => false,
        };
        same && self.port.is_none_or(|allowed| allowed == port)
    }
}

/// Left-aligned, so that one comparison serves both families.
fn bits_of_v4(address: Ipv4Addr) -> u128 {
    u128::from(address.to_bits()) << 96
}

fn same_prefix(left: u128, right: u128, prefix: u8) -> bool {
    prefix == 0 || (left ^ right) >> (128 - u32::from(prefix.min(128))) == 0
}

impl FromStr for Allowed {
    type Err = InvalidAllowed;

    fn from_str(text: &str) -> Result<Self, InvalidAllowed> {
        let invalid = || InvalidAllowed(text.to_owned());
        if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
            return Ok(Self { net: socket.ip(), prefix: whole(socket.ip()), port: Some(socket.port()) });
        }
        let (net, prefix) = match text.split_once('/') {
            Some((net, prefix)) => (net, Some(prefix.parse::<u8>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let net: IpAddr = net.parse().map_err(|_| invalid())?;
        let prefix = prefix.unwrap_or(whole(net));
        if prefix > whole(net) {
            return Err(invalid());
        }
        Ok(Self { net, prefix, port: None })
    }
}

const fn whole(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => std::net::SocketAddr::new(self.net, port).fmt(f),
            None => write!(f, "{}/{}", self.net, self.prefix),
        }
    }
}

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What may be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPolicy {
    /// Private addresses that may be connected to all the same, on any port unless one is named.
    pub allow_private: Vec<Allowed>,
    /// Whether `http://` will do.
    pub allow_http: bool,
    pub ports: Vec<u16>,
}

impl Default for UrlPolicy {
    fn default() -> Self {
        Self { allow_private: Vec::new(), allow_http: false, ports: PORTS_DEFAULT.to_vec() }
    }
}

impl UrlPolicy {
    /// Lets through whatever some operator may allow: for finding at once what nobody can.
    #[must_use]
    pub fn any() -> Self {
        let everything = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        let allow_private = everything.map(|net| Allowed { net, prefix: 0, port: None }).to_vec();
        Self { allow_private, allow_http: true, ports: Vec::new() }
    }

    /// Whether `address` may be connected to on `port`.
    ///
    /// # Errors
    /// [`Refused::Private`], [`Refused::Port`].
    pub fn permits(&self, address: IpAddr, port: u16) -> Result<(), Refused> {
        // An IPv4 address in IPv6 clothes is what it is inside.
        let address = address.to_canonical();
        if self.allow_private.iter().any(|allowed| allowed.covers(address, port)) {
            return Ok(());
        }
        if !is_public(address) {
            return Err(Refused::Private);
        }
        if self.ports.contains(&port) { Ok(()) } else { Err(Refused::Port(port)) }
    }

    /// Whether a port could be permitted, before it is known of which address.
    fn permits_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
            || self.allow_private.iter().any(|allowed| allowed.port.is_none_or(|named| named == port))
    }
}

/// An address that was read and found harmless as far as it says by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// As it is connected to, spelled in one way.
    pub url: String,
    /// The name to be resolved, or none where the address is given in figures.
    pub name: Option<String>,
    /// Given in figures, and permitted.
    pub address: Option<IpAddr>,
    pub port: u16,
}

/// Reads an address and refuses what must not be connected to. A name still has to be resolved, and each of its addresses
/// to be asked for with [`UrlPolicy::permits`].
///
/// # Errors
/// [`Refused`].
pub fn check_url(text: &str, policy: &UrlPolicy) -> Result<Endpoint, Refused> {
    if text.len() > URL_BYTES_MAX {
        return Err(Refused::TooLong);
    }
    // The reader below drops tabs and line ends and turns backslashes over, as browsers do. Nobody needs them here.
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(Refused::Characters);
    }
    let url = Url::parse(text).map_err(|_| Refused::Unreadable)?;
    match url.scheme() {
        "https" => {}
        "http" if policy.allow_http => {}
        other => return Err(Refused::Scheme(other.to_owned())),
    }
    let authority = text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
        return Err(Refused::Characters);
    }
    let port = url.port_or_known_default().ok_or(Refused::Unreadable)?;
    let (name, address) = match url.host().ok_or(Refused::Unreadable)? {
        Host::Ipv4(address) => (None, Some(IpAddr::V4(address))),
        Host::Ipv6(address) => (None, Some(IpAddr::V6(address))),
        Host::Domain(name) => (Some(name.to_owned()), None),
    };
    if let Some(address) = address {
        policy.permits(address, port)?;
        check_spelling(address, authority)?;
    }
    if let Some(name) = &name {
        check_name(name, port, policy)?;
        if !policy.permits_port(port) {
            return Err(Refused::Port(port));
        }
    }
    Ok(Endpoint { url: url.into(), name, address, port })
}

/// Nobody writes 2130706433 for 127.0.0.1 without a reason, also where that is allowed.
fn check_spelling(address: IpAddr, authority: &str) -> Result<(), Refused> {
    let host = authority.split(':').next().unwrap_or_default();
    match address {
        IpAddr::V4(address) if host != address.to_string() => Err(Refused::Spelling(address)),
        IpAddr::V4(_) | IpAddr::V6(_) => Ok(()),
    }
}

/// Names that mean this machine or this network whatever a resolver says, refused before one is asked.
fn check_name(name: &str, port: u16, policy: &UrlPolicy) -> Result<(), Refused> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let here = |allowed: &Allowed| {
        (allowed.net.is_loopback() || allowed.prefix == 0) && allowed.port.is_none_or(|named| named == port)
    };
    let is_refused = match last {
        "" => true,
        "localhost" => !policy.allow_private.iter().any(here),
        "internal" | "local" => policy.allow_private.is_empty(),
        // A name of one word is one of this network's: a container, or a machine in the search domain.
        _ => !name.contains('.') && policy.allow_private.is_empty(),
    };
    if is_refused { Err(Refused::Private) } else { Ok(()) }
}

/// Whether an address is one of the internet's own, by the registries of special-purpose addresses (RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4
            .iter()
            .any(|(net, prefix)| same_prefix(bits_of_v4(Ipv4Addr::from_octets(*net)), bits_of_v4(address), *prefix)),
        // Only global unicast, and of it nothing that carries an IPv4 address or is set aside: what is refused without need
        // costs a customer another name; what is let through costs us the house.
        IpAddr::V6(address) => {
            let within = |(net, prefix): &([u16; 3], u8)| {
                let [a, b, c] = *net;
                same_prefix(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits(), address.to_bits(), *prefix)
            };
            within(&([0x2000, 0, 0], 3)) && !SPECIAL_V6.iter().any(within)
        }
    }
}

const SPECIAL_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // carrier-grade NAT, and a cloud's metadata
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // a cloud's host agent behind a public number
    ([169, 254, 0, 0], 16),   // link-local, and the metadata of most clouds
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, and broadcast
];

const SPECIAL_V6: &[([u16; 3], u8)] = &[
    ([0x2001, 0, 0], 23),     // protocol assignments, Teredo among them
    ([0x2001, 0xdb8, 0], 32), // documentation
    ([0x2002, 0, 0], 16),     // 6to4: an IPv4 address inside
    ([0x3fff, 0, 0], 20),     // documentation
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Refused {
        check_url(text, &UrlPolicy { allow_http: true, ports: vec![80, 443, 8443], ..UrlPolicy::default() })
            .expect_err(&format!("{text:?} is refused"))
    }

    /// S30 of the security table, and what else leads inside.
    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        for host in [
            "127.1",
            "127.0.0.1",
            "0x7f000001",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "127.0.0.1.",
            "0",
            "0.0.0.0",
            "１２７.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::169.254.169.254]",
            "[64:ff9b:1::a00:1]",
            "[2002:7f00:1::]",
            "[2002:a9fe:a9fe::1]",
            "[2001:0:7f00:1::]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[100::1]",
            "[fec0::1]",
            "169.254.169.254",
            "100.100.100.200",
            "100.64.0.1",
            "100.127.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "168.63.129.16",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "a.localhost",
            "metadata.google.internal",
            "printer.local",
            "ⓛocalhost",
            "redis",
            "postgres.",
        ] {
            for scheme in ["http", "https"] {
                assert_eq!(refused(&format!("{scheme}://{host}/hook")), Refused::Private, "{host}");
            }
        }
    }

    #[test]
    fn what_is_no_plain_web_address_is_refused() {
        for (text, why) in [
            ("file:///etc/passwd", Refused::Scheme("file".into())),
            ("gopher://example.com/", Refused::Scheme("gopher".into())),
            ("ftp://example.com/", Refused::Scheme("ftp".into())),
            ("javascript:alert(1)", Refused::Scheme("javascript".into())),
            ("//example.com", Refused::Unreadable),
            ("example.com", Refused::Unreadable),
            ("", Refused::Unreadable),
            ("https://", Refused::Unreadable),
            ("https://user@example.com/", Refused::Characters),
            ("https://user:pw@example.com/", Refused::Characters),
            ("https://@example.com/", Refused::Characters),
            ("https://example.com\\@127.0.0.1/", Refused::Characters),
            ("https://example.com/\r\nHost: inner", Refused::Characters),
            ("https://exam\tple.com/", Refused::Characters),
            (" https://example.com/", Refused::Characters),
            ("https://example.com:22/", Refused::Port(22)),
            ("https://93.184.216.34:6379/", Refused::Port(6379)),
        ] {
            assert_eq!(refused(text), why, "{text:?}");
        }
        assert_eq!(refused(&format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX))), Refused::TooLong);
        let strict = check_url("http://example.com/", &UrlPolicy::default());
        assert_eq!(strict, Err(Refused::Scheme("http".into())));
    }

    #[test]
    fn the_internet_is_let_through() {
        let policy = UrlPolicy::default();
        let named = check_url("https://hooks.example.com/a?b=c", &policy).expect("it is public");
        assert_eq!((named.name.as_deref(), named.address, named.port), (Some("hooks.example.com"), None, 443));
        for text in ["https://93.184.216.34/", "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/", "https://1.1.1.1"]
        {
            let figures = check_url(text, &policy).expect("it is public");
            assert!(figures.address.is_some() && figures.name.is_none());
        }
        assert!(
            check_url("https://172.32.0.1/", &policy).is_ok() && check_url("https://100.128.0.1/", &policy).is_ok()
        );
    }

    #[test]
    fn what_no_operator_can_allow_is_refused_under_the_widest_policy() {
        let policy = UrlPolicy::any();
        for text in
            ["http://127.0.0.1:9/", "http://[::1]/", "https://localhost/", "http://redis:6379/", "http://1.1.1.1:22/"]
        {
            assert!(check_url(text, &policy).is_ok(), "{text}");
        }
        for text in [
            "file:///etc/passwd",
            "gopher://1.1.1.1/",
            "https://a@b.example/",
            "https://b.example/\r\n",
            "x",
            "http://.",
        ] {
            assert!(check_url(text, &policy).is_err(), "{text}");
        }
    }

    #[test]
    fn an_operator_lets_inner_addresses_through_by_net_or_port() {
        let allowed = |texts: &[&str]| UrlPolicy {
            allow_private: texts.iter().map(|text| text.parse().expect("a network")).collect(),
            allow_http: true,
            ..UrlPolicy::default()
        };
        let policy = allowed(&["127.0.0.1:9000", "10.1.0.0/16", "[::1]:9000", "fd00::/8"]);
        for text in [
            "http://127.0.0.1:9000/",
            "http://localhost:9000/",
            "http://[::ffff:127.0.0.1]:9000/",
            "http://10.1.2.3:5000/",
            "https://[::1]:9000/",
            "http://receiver:9000/",
            "http://[fd12::1]/",
        ] {
            assert!(check_url(text, &policy).is_ok(), "{text}");
        }
        for text in [
            "http://127.0.0.1:9001/",
            "http://127.0.0.2:9000/",
            "http://10.2.0.1/",
            "http://[::1]/",
            "http://[fc00::1]/",
        ] {
            assert_eq!(check_url(text, &policy), Err(Refused::Private), "{text}");
        }
        assert_eq!(check_url("http://localhost./", &policy), Err(Refused::Private), "another port is not allowed");
        for host in ["127.1", "0x7f000001", "2130706433", "127.0.0.1.", "0177.0.0.1"] {
            let spelled = check_url(&format!("http://{host}:9000/"), &policy);
            assert_eq!(spelled, Err(Refused::Spelling(Ipv4Addr::LOCALHOST)), "{host}");
        }
        for text in ["", "10.0.0.0/33", "::1/129", "host", "10.0.0.0/x", "1.2.3.4:x"] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
        assert!("0.0.0.0/0".parse::<Allowed>().expect("all of it").covers("1.2.3.4".parse().expect("one"), 1));
    }
}
