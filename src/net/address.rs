//! Which machines may be talked to: an address out of a stranger's certificate must not make this
//! program a messenger into the local network.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::NextTimeout;

use crate::net::HttpUrl;

/// The hosts that the user named: on the command line, or in `school.yaml`. Only these may lie in
/// the local network.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    named: BTreeSet<String>,
}

impl Reach {
    /// Lets the hosts of these addresses be anywhere.
    pub fn named<'a>(urls: impl IntoIterator<Item = &'a HttpUrl>) -> Self {
        let named = urls.into_iter().map(|url| url.host().to_owned()).collect();
        Self { named }
    }

    fn allows(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.named.contains(&host.to_ascii_lowercase())
    }
}

/// Finds addresses as the system does and leaves out those that may not be talked to. The check is
/// on what is connected to, so a name that changes between two look-ups gains nothing.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) reach: Reach,
    pub(super) system: DefaultResolver,
}

/// Why no address was given out, as an error that `ureq` carries through.
#[derive(Debug, thiserror::Error)]
#[error("{address} is not a public address")]
pub(super) struct NotPublic {
    pub(super) address: IpAddr,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        let mut allowed = self.empty();
        let mut refused = None;
        for address in found.iter() {
            if self.reach.allows(host, address.ip()) {
                allowed.push(*address);
            } else {
                refused = Some(SocketAddr::ip(address));
            }
        }
        match refused {
            Some(address) if allowed.is_empty() => {
                Err(ureq::Error::Other(Box::new(NotPublic { address })))
            }
            _ => Ok(allowed),
        }
    }
}

/// Whether an address belongs to the public internet (RFC 6890 and the registries it began).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let special = match v4.octets() {
        [0, ..] => true,             // this network, RFC 1122 §3.2.1.3
        [100, 64..=127, ..] => true, // shared between carriers, RFC 6598
        [192, 0, 0, _] => true,      // protocol assignments, RFC 6890
        [198, 18..=19, ..] => true,  // benchmarks, RFC 2544
        [240..=255, ..] => true,     // reserved, RFC 1112
        _ => false,
    };
    let named = v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_documentation();
    !special && !named
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    // An address that carries one of version 4 is as public as that.
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => carried(high, low), // mapped, RFC 4291
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low), // NAT64, RFC 6052
        [0x2002, high, low, ..] => carried(high, low),            // 6to4, RFC 3056
        [0x2001, 0x0db8, ..] | [0x2001, 0..=0x01ff, ..] => false, // documentation, Teredo
        [0x2000..=0x3fff, ..] => true,                            // what is given out at all
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_network_is_not_public() {
        for local in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.5.4",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.1.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(local.parse().expect("an address")), "{local}");
        }
        for public in ["203.162.0.1", "8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
    }

    #[test]
    fn a_host_that_the_user_named_may_be_anywhere() {
        let url = HttpUrl::parse("http://LocalHost:318/").expect("an address");
        let reach = Reach::named([&url]);
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert!(reach.allows("localhost", local));
        assert!(!reach.allows("127.0.0.1", local));
        assert!(!Reach::default().allows("localhost", local));
    }
}
