//! The listener of one node: started, stopped and started again on the same port.

use std::{io, mem, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
    task::JoinSet,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{cluster::Node, connection::serve};

/// How long to wait after the system refused to accept a connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A node's port, and who serves it. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    node: Node,
    port: Port,
    state: Mutex<State>,
}

/// An address that is this node's alone, also while nobody listens: the system must not give its
/// port to a connection that somebody opens meanwhile.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    /// Bound and never listening. Linux lets another socket listen beside it; elsewhere the port
    /// is free for a moment whenever the node stops.
    #[cfg(target_os = "linux")]
    _held: TcpSocket,
}

#[derive(Debug)]
enum State {
    Running {
        stopping: CancellationToken,
        accepting: AbortOnDropHandle<()>,
    },
    /// The port stays taken; connections to it are refused.
    Stopped(TcpSocket),
    /// Between the two, or after the port could not be taken again.
    Gone,
}

impl Server {
    pub(crate) fn new(node: Node, port: Port, listener: TcpListener) -> Self {
        Self {
            port,
            state: Mutex::new(State::running(listener, &node)),
            node,
        }
    }

    pub(crate) fn id(&self) -> i32 {
        self.node.id
    }

    /// Closes the listener and all connections, and waits until that is done. The port stays taken:
    /// from then on connections to it are refused.
    pub(crate) async fn stop(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        mem::replace(&mut *state, State::Gone).end().await;
        *state = State::Stopped(bound(self.port.address)?);
        Ok(())
    }

    /// The same, but gives the port back.
    pub(crate) async fn close(self) {
        self.state.into_inner().end().await;
    }

    /// Listens again; does nothing if it does already.
    pub(crate) async fn start(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        if let State::Running { .. } = *state {
            return Ok(());
        }
        let socket = match mem::replace(&mut *state, State::Gone) {
            State::Stopped(socket) => socket,
            State::Running { .. } | State::Gone => bound(self.port.address)?,
        };
        *state = State::running(socket.listen(BACKLOG)?, &self.node);
        Ok(())
    }
}

impl Port {
    /// Takes an address, of which port 0 is any free one, and listens there.
    pub(crate) fn listen(address: SocketAddr) -> io::Result<(Self, TcpListener)> {
        #[cfg(target_os = "linux")]
        {
            let held = bound(address)?;
            let address = held.local_addr()?;
            let listener = bound(address)?.listen(BACKLOG)?;
            Ok((
                Self {
                    address,
                    _held: held,
                },
                listener,
            ))
        }
        #[cfg(not(target_os = "linux"))]
        {
            let listener = bound(address)?.listen(BACKLOG)?;
            let address = listener.local_addr()?;
            Ok((Self { address }, listener))
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl State {
    fn running(listener: TcpListener, node: &Node) -> Self {
        let stopping = CancellationToken::new();
        let accepting = tokio::spawn(accept(listener, node.clone(), stopping.clone()));
        Self::Running {
            stopping,
            accepting: AbortOnDropHandle::new(accepting),
        }
    }

    async fn end(self) {
        let Self::Running {
            stopping,
            accepting,
        } = self
        else {
            return;
        };
        stopping.cancel();
        if let Err(error) = accepting.await {
            tracing::error!(%error, "the broker ended badly");
        }
    }
}

/// A socket that holds a port without listening.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves every connection in a task of its own, until it is told to stop.
async fn accept(listener: TcpListener, node: Node, stopping: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection ended badly");
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let node = node.clone();
                    connections.spawn(async move { serve(stream, &node).await });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}
