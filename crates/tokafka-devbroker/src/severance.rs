//! Connections that are cut, at once or at a given byte.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::CancellationToken;

/// What a byte does on a connection, as the broker sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Of a request.
    Received,
    /// Of an answer.
    Sent,
}

/// When connections are cut.
#[derive(Debug, Clone, Default)]
pub(crate) struct Severance(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Cancelled to cut the connections that are open.
    open: CancellationToken,
    /// How many bytes still pass before the connection that carries the next one is cut.
    allowance: Option<(Direction, usize)>,
}

impl Severance {
    /// Cuts the connections that are open.
    pub(crate) fn cut_all(&self) {
        let mut state = self.state();
        std::mem::take(&mut state.open).cancel();
    }

    /// Cuts one connection when so many bytes have passed, over all connections.
    pub(crate) fn cut_after(&self, direction: Direction, bytes: usize) {
        self.state().allowance = Some((direction, bytes));
    }

    /// Cancelled when a connection that is open now is to be cut.
    pub(crate) fn watch(&self) -> CancellationToken {
        self.state().open.clone()
    }

    /// How many of `bytes` may pass; the connection is cut after them if that is fewer.
    pub(crate) fn pass(&self, direction: Direction, bytes: usize) -> usize {
        let mut state = self.state();
        match &mut state.allowance {
            Some((limited, left)) if *limited == direction => {
                let passing = bytes.min(*left);
                *left -= passing;
                if passing < bytes {
                    state.allowance = None;
                }
                passing
            }
            Some(_) | None => bytes,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The receiving half of a connection that may be cut.
#[derive(Debug)]
pub(crate) struct Severable<R> {
    pub(crate) inner: R,
    pub(crate) severance: Severance,
}

impl<R: AsyncRead + Unpin> AsyncRead for Severable<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        if self.severance.pass(Direction::Received, read) < read {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(()))
    }
}
