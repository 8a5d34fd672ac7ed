use std::fmt::{self, Display};

/// Host and port of a broker. Displays as `host:port`, an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The addresses of `bootstrap.servers`: `host:port`, separated by commas. As in Kafka's client, a
/// listener name before the address (`PLAINTEXT://`) is passed over.
pub(super) fn parse_servers(text: &str) -> Result<Vec<Endpoint>, String> {
    text.split(',')
        .map(|server| parse_server(server.trim()))
        .collect()
}

fn parse_server(server: &str) -> Result<Endpoint, String> {
    if server.is_empty() {
        return Err("Configuration 'bootstrap.servers' values must not be empty.".to_owned());
    }
    let malformed = || format!("Invalid url in bootstrap.servers: {server}; it must be host:port");
    let address = server
        .split_once("://")
        .map_or(server, |(_, address)| address);
    let (host, port) = address.rsplit_once(':').ok_or_else(malformed)?;
    let host = unbracketed(host)
        .filter(|host| is_host(host))
        .ok_or_else(malformed)?;
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(format!("Invalid port in bootstrap.servers: {server}")),
        Ok(port) => Ok(Endpoint {
            host: host.to_owned(),
            port,
        }),
    }
}

fn unbracketed(host: &str) -> Option<&str> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']'),
        None => Some(host),
    }
}

/// The characters that `Utils.getHost` of Kafka's client allows.
fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-%._:".contains(&byte);
    !host.is_empty() && host.bytes().all(allowed)
}
