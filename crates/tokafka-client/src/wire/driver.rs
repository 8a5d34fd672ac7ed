//! The task that owns a socket.

use std::{sync::Arc, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    time::{Instant, sleep_until},
};

use super::{
    frame,
    pipeline::{Check, Pipeline},
    request::End,
};

/// Limits of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of an answer.
    pub(super) response: usize,
    /// `connections.max.idle.ms`.
    pub(super) idle: Duration,
}

/// Writes requests, reads answers and watches the clock until one of them ends the connection.
/// Then the socket is closed and every request that is left is settled; also when the runtime
/// drops this future.
pub(super) async fn drive<S>(socket: S, pipeline: Arc<Pipeline>, limits: Limits)
where
    S: AsyncRead + AsyncWrite,
{
    let settle = SettleOnDrop(&pipeline);
    let (input, output) = tokio::io::split(socket);
    let end = tokio::select! {
        end = read(input, &pipeline, limits.response) => end,
        end = write(output, &pipeline) => end,
        end = watch(&pipeline, limits.idle) => end,
        () = pipeline.released() => End::Released,
    };
    tracing::debug!(address = pipeline.address(), ?end, "connection closed");
    pipeline.end(&end);
    drop(settle);
}

/// Nobody may wait for a task that is gone.
struct SettleOnDrop<'a>(&'a Pipeline);

impl Drop for SettleOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end(&End::Lost("the runtime was shut down".into()));
    }
}

async fn read<S: AsyncRead>(mut input: ReadHalf<S>, pipeline: &Pipeline, limit: usize) -> End {
    let mut buffer = BytesMut::new();
    loop {
        match frame::take(&mut buffer, limit) {
            Ok(Some(answer)) => match pipeline.answer(answer) {
                Ok(()) => continue,
                Err(end) => return end,
            },
            Ok(None) => {}
            Err(error) => return End::Malformed(error.to_string()),
        }
        match input.read_buf(&mut buffer).await {
            Ok(0) => return End::Lost("the broker closed it".into()),
            Ok(_) => {}
            Err(error) => return End::Lost(error.to_string()),
        }
    }
}

async fn write<S: AsyncWrite>(mut output: WriteHalf<S>, pipeline: &Pipeline) -> End {
    loop {
        let mut request = pipeline.next().await;
        while request.has_remaining() {
            match output.write_buf(&mut request).await {
                Ok(0) => return End::Lost("the socket takes no more bytes".into()),
                Ok(_) => pipeline.started(),
                Err(error) => return End::Lost(error.to_string()),
            }
        }
        if let Err(error) = output.flush().await {
            return End::Lost(error.to_string());
        }
        pipeline.written();
    }
}

async fn watch(pipeline: &Pipeline, max_idle: Duration) -> End {
    loop {
        match pipeline.check(Instant::now(), max_idle) {
            Check::At(instant) => sleep_until(instant).await,
            Check::End(end) => return end,
        }
    }
}
