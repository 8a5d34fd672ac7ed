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
/// How often a port that is taken is asked for again.
const BIND_TRIES: u32 = 100;

/// A node's port, and who serves it. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    node: Node,
    address: SocketAddr,
    state: Mutex<State>,
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
    pub(crate) fn new(node: Node, listener: TcpListener) -> io::Result<Self> {
        Ok(Self {
            address: listener.local_addr()?,
            state: Mutex::new(State::running(listener, &node)),
            node,
        })
    }

    pub(crate) fn id(&self) -> i32 {
        self.node.id
    }

    /// Closes the listener and all connections, and waits until that is done. The port stays taken:
    /// from then on connections to it are refused.
    pub(crate) async fn stop(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        mem::replace(&mut *state, State::Gone).end().await;
        *state = State::Stopped(bound_again(self.address).await?);
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
            State::Running { .. } | State::Gone => bound(self.address)?,
        };
        *state = State::running(socket.listen(BACKLOG)?, &self.node);
        Ok(())
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

/// The same port once more. Somebody else may have been given it for a moment.
async fn bound_again(address: SocketAddr) -> io::Result<TcpSocket> {
    let mut tries = 0;
    loop {
        match bound(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < BIND_TRIES => {
                tries += 1;
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
            bound => return bound,
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
