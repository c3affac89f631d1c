//! Which addresses a client may connect to: public ones, unless it is told otherwise.
//!
//! A name is looked up once, each address it has is checked, and the connection goes to a checked address: a name that
//! answers differently the second time gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::http::Reach;

/// The most addresses of a host that are tried: as many as the client has room for.
const MOST_ADDRESSES: usize = 16;

/// An address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the address is not a public one; the setting allow_private would let the channel use it")]
pub struct Forbidden;

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let reserved = a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !(reserved || v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_multicast())
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = v6.segments();
    let [first, second, ..] = segments;
    let translated = first == 0x64 && second == 0xff9b;
    // ::/96 holds `::`, `::1` and the old form of IPv4 addresses; 2002::/16 has an IPv4 address inside.
    let embedded = segments.starts_with(&[0; 6]) || first == 0x2002;
    let site_local = first & 0xffc0 == 0xfec0;
    let link_local = first & 0xffc0 == 0xfe80;
    let unique_local = first & 0xfe00 == 0xfc00;
    !(translated || embedded || site_local || link_local || unique_local || v6.is_multicast())
}

/// Whether an address names a place on this machine or in a private network by itself. What a name leads to is seen when
/// it is looked up.
pub fn is_plainly_private(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        return !is_public(address);
    }
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Looks a host up; gives up in time, though the system's resolver does not.
fn lookup(host_and_port: String, patience: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host_and_port.parse() {
        return Ok(vec![address]);
    }
    let (found, wanted) = mpsc::sync_channel(1);
    thread::Builder::new().name("lookup".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = found.send(host_and_port.to_socket_addrs().map(Iterator::collect));
    })?;
    wanted.recv_timeout(patience).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Keeps those of the addresses that may be connected to. It is forbidden to be left with none.
pub fn allowed(reach: Reach, found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Forbidden> {
    let may = |address: &SocketAddr| reach == Reach::Private || is_public(address.ip());
    let allowed: Vec<_> = found.iter().copied().filter(may).collect();
    if allowed.is_empty() && !found.is_empty() { Err(Forbidden) } else { Ok(allowed) }
}

/// Looks up and checks, for the client.
#[derive(Debug, Clone, Copy)]
pub struct Checking(pub Reach);

impl Checking {
    /// The addresses of the host of a URL that may be connected to; at least one.
    pub fn addresses(self, uri: &Uri, patience: Duration) -> Result<Vec<SocketAddr>, ureq::Error> {
        let place = uri.scheme().zip(uri.authority());
        let place = place.and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        let found = lookup(place.ok_or(ureq::Error::HostNotFound)?, patience);
        let is_late = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
        let found = found.map_err(|error| {
            if is_late(&error) {
                ureq::Error::Timeout(ureq::Timeout::Resolve)
            } else {
                ureq::Error::HostNotFound
            }
        })?;
        let allowed = allowed(self.0, &found).map_err(|forbidden| ureq::Error::Other(forbidden.into()))?;
        if allowed.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(allowed) }
    }
}

impl Resolver for Checking {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut few = self.empty();
        for address in self.addresses(uri, *timeout.after)?.into_iter().take(MOST_ADDRESSES) {
            few.push(address);
        }
        Ok(few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        let private = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "2002:7f00:1::1",
            "fec0::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in
            ["1.1.1.1", "100.63.0.1", "100.128.0.1", "172.32.0.1", "172.15.0.1", "192.169.0.1", "2606::1"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        assert!(is_public("::ffff:1.1.1.1".parse().unwrap()));
    }

    #[test]
    fn an_address_may_say_by_itself_that_it_is_private() {
        let check = |url: &str, expected: bool| {
            assert_eq!(is_plainly_private(&url.parse().unwrap()), expected, "{url}");
        };
        for url in ["http://127.0.0.1:1/", "http://[::1]:1/x", "https://10.0.0.1", "http://LocalHost./?a=b"] {
            check(url, true);
        }
        check("http://gateway.localhost/", true);
        for url in
            ["https://example.org/127.0.0.1", "http://1.1.1.1", "http://[2606::1]", "http://nolocalhost/"]
        {
            check(url, false);
        }
    }

    #[test]
    fn of_a_name_with_private_and_public_addresses_only_the_public_ones_are_used() {
        let found = ["127.0.0.1:80", "1.1.1.1:80", "[::1]:80"].map(|address| address.parse().unwrap());
        assert_eq!(allowed(Reach::Public, &found).unwrap(), [found[1]]);
        assert_eq!(allowed(Reach::Private, &found).unwrap(), found);
        assert!(allowed(Reach::Public, &found[..1]).is_err());
    }
}
