//! From a broker's name to a connection that knows its versions.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};

use super::{connection::Connection, handshake::negotiate, resolve::resolve};
use crate::{
    error::{ConnectError, seconds},
    settings::{ClientSettings, Endpoint},
};

/// Opens a connection, trying each address for `socket.connection.setup.timeout.ms`; see
/// [`open_within`].
pub(crate) async fn open(
    endpoint: &Endpoint,
    settings: &ClientSettings,
) -> Result<Connection, ConnectError> {
    open_within(endpoint, settings, settings.connection_setup_timeout).await
}

/// Opens a connection. Tries every address of the host in turn, each for at most `setup`; the error
/// says for each why it failed.
pub(crate) async fn open_within(
    endpoint: &Endpoint,
    settings: &ClientSettings,
    setup: Duration,
) -> Result<Connection, ConnectError> {
    let started = Instant::now();
    let attempts = match try_all(endpoint, settings, setup).await {
        Ok(connection) => return Ok(connection),
        Err(attempts) => attempts,
    };
    tracing::debug!(address = %endpoint, ?attempts, "no connection");
    Err(ConnectError::Unreachable {
        attempts,
        after: started.elapsed(),
    })
}

async fn try_all(
    endpoint: &Endpoint,
    settings: &ClientSettings,
    setup: Duration,
) -> Result<Connection, Vec<String>> {
    let address = endpoint.to_string();
    let addresses = match timeout(setup, resolve(endpoint)).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(reason)) => return Err(vec![format!("{address}: {reason}")]),
        Err(_) => return Err(vec![format!("{address}: no answer from the name service")]),
    };
    let mut attempts = Vec::new();
    for socket_address in addresses {
        match try_one(socket_address, &address, settings, setup).await {
            Ok(connection) => return Ok(connection),
            Err(reason) => attempts.push(attempt(&address, socket_address, &reason)),
        }
    }
    Err(attempts)
}

/// `host:port: reason`, with the IP address where the host is a name.
fn attempt(address: &str, tried: SocketAddr, reason: &str) -> String {
    if address == tried.to_string() {
        return format!("{address}: {reason}");
    }
    format!("{address} ({}): {reason}", tried.ip())
}

async fn try_one(
    tried: SocketAddr,
    address: &str,
    settings: &ClientSettings,
    setup: Duration,
) -> Result<Connection, String> {
    let stream = match timeout(setup, connect(tried, settings)).await {
        Ok(connected) => connected.map_err(|error| error.to_string())?,
        Err(_) => return Err(format!("no connection within {}", seconds(&setup))),
    };
    let connection = Connection::start(stream, address.to_owned(), settings);
    negotiate(&connection)
        .await
        .map_err(|error| error.to_string())?;
    Ok(connection)
}

async fn connect(address: SocketAddr, settings: &ClientSettings) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(bytes) = settings.send_buffer {
        socket.set_send_buffer_size(size(bytes))?;
    }
    if let Some(bytes) = settings.receive_buffer {
        socket.set_recv_buffer_size(size(bytes))?;
    }
    socket.set_nodelay(true)?;
    socket.set_keepalive(true)?;
    socket.connect(address).await
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
