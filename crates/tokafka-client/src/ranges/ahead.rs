//! The next answer, asked for while the current one is read.

use std::{fmt, future, sync::Arc, task::Poll};

use futures::{FutureExt, future::BoxFuture, poll};

use super::{log::PartitionLog, page::Page};
use crate::error::ReadError;

/// An answer that is on its way.
pub(super) struct Ahead {
    offset: i64,
    page: BoxFuture<'static, Result<Page, ReadError>>,
}

impl Ahead {
    /// Asks for what lies at an offset. The request is sent by the task of the connection, which takes the
    /// answer too, whether this is waited for or not; only one that has to be repeated waits for
    /// [`page`](Self::page).
    pub(super) async fn ask(log: &Arc<PartitionLog>, offset: i64) -> Self {
        let log = Arc::clone(log);
        let mut page = async move { log.page(offset).await }.boxed();
        if let Poll::Ready(answer) = poll!(&mut page) {
            page = future::ready(answer).boxed();
        }
        Self { offset, page }
    }

    /// Where the answer begins.
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    /// The answer. Not to be called again after it returned; dropping the call loses nothing.
    pub(super) async fn page(&mut self) -> Result<Page, ReadError> {
        self.page.as_mut().await
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
