//! Names of brokers to addresses.

use std::{collections::HashSet, net::SocketAddr};

use crate::settings::Endpoint;

/// `host:port` as users write it; an IPv6 address in brackets.
pub(crate) fn host_port(endpoint: &Endpoint) -> String {
    let Endpoint { host, port } = endpoint;
    let host = bare(host);
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// All addresses of a broker, in the resolver's order (`client.dns.lookup=use_all_dns_ips`).
pub(super) async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((bare(&endpoint.host), endpoint.port))
        .await
        .map_err(|error| format!("cannot resolve the name: {error}"))?;
    let mut seen = HashSet::new();
    let addresses: Vec<_> = found.filter(|address| seen.insert(*address)).collect();
    if addresses.is_empty() {
        Err("the name has no address".into())
    } else {
        Ok(addresses)
    }
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str) -> Endpoint {
        Endpoint {
            host: host.to_owned(),
            port: 9092,
        }
    }

    #[test]
    fn ipv6_addresses_are_written_in_brackets() {
        assert_eq!(host_port(&endpoint("broker")), "broker:9092");
        assert_eq!(host_port(&endpoint("::1")), "[::1]:9092");
        assert_eq!(host_port(&endpoint("[::1]")), "[::1]:9092");
    }

    #[tokio::test]
    async fn ipv6_literals_resolve_with_and_without_brackets() {
        for host in ["::1", "[::1]"] {
            let addresses = resolve(&endpoint(host)).await.unwrap();
            assert_eq!(addresses, ["[::1]:9092".parse().unwrap()]);
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_named_as_the_reason() {
        let reason = resolve(&endpoint("no-such-host.invalid"))
            .await
            .unwrap_err();
        assert!(reason.starts_with("cannot resolve the name"), "{reason}");
    }
}
