//! Names of brokers to addresses.

use std::{collections::HashSet, net::SocketAddr};

use crate::settings::Endpoint;

/// All addresses of a broker, in the resolver's order (`client.dns.lookup=use_all_dns_ips`).
pub(super) async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port))
        .await
        .map_err(|error| format!("cannot resolve the name: {error}"))?;
    let mut seen = HashSet::new();
    let addresses: Vec<_> = found.filter(|address| seen.insert(*address)).collect();
    if addresses.is_empty() {
        return Err("the name has no address".into());
    }
    Ok(addresses)
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

    #[tokio::test]
    async fn ipv6_addresses_are_addresses() {
        let addresses = resolve(&endpoint("::1")).await.unwrap();
        assert_eq!(addresses, ["[::1]:9092".parse().unwrap()]);
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_named_as_the_reason() {
        let reason = resolve(&endpoint("no-such-host.invalid"))
            .await
            .unwrap_err();
        assert!(reason.starts_with("cannot resolve the name"), "{reason}");
    }
}
