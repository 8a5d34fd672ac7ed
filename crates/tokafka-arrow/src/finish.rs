//! Finishes closed batches: at once, or on other cores if they are to be compressed.

use std::{
    collections::VecDeque,
    num::NonZero,
    time::{Duration, Instant},
};

use tokafka_client::{
    batch::{Codec, Compression, Compressor, FinishedBatch, OpenBatch, RowSpan},
    error::BatchError,
};
use tokio::task::JoinHandle;

use crate::{error::WriteError, lanes::ClosedBatch, topics::TopicIndex};

/// Batches of one writer that are compressed at the same time, at most.
const AT_ONCE: usize = 4;

/// A batch that is ready to be sent.
#[derive(Debug)]
pub(crate) struct ReadyBatch {
    pub(crate) topic: TopicIndex,
    pub(crate) partition: u32,
    pub(crate) batch: FinishedBatch,
    /// Time spent on finishing it.
    pub(crate) time: Duration,
}

/// Finishes the batches of one writer and gives them back in the order in which they came.
///
/// Compression is slower than encoding, and only the order of batches matters: so a few of them are
/// compressed ahead on other cores, also for a single writer.
#[derive(Debug)]
pub(crate) struct Finisher {
    compression: Compression,
    /// Not in use at the moment.
    compressors: Vec<Compressor>,
    pending: VecDeque<Pending>,
    at_once: usize,
}

#[derive(Debug)]
struct Pending {
    topic: TopicIndex,
    partition: u32,
    job: JoinHandle<Finished>,
}

/// The compressor that was used, for its next use, and what it made.
#[derive(Debug)]
struct Finished {
    compressor: Compressor,
    batch: Result<FinishedBatch, BatchError>,
    time: Duration,
}

impl Finisher {
    /// Finishes batches with this compression.
    pub(crate) fn new(compression: Compression) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let at_once = match compression.codec {
            Codec::None => 0,
            Codec::Gzip | Codec::Snappy | Codec::Lz4 | Codec::Zstd => cores.min(AT_ONCE),
        };
        Self {
            compression,
            compressors: Vec::new(),
            pending: VecDeque::new(),
            at_once,
        }
    }

    /// Takes a batch, and gives back the next in order if it or too many others are under way.
    ///
    /// # Cancellation
    /// No batch is lost, but a batch taken by a dropped call is given back by later ones.
    pub(crate) async fn push(
        &mut self,
        closed: ClosedBatch,
    ) -> Result<Option<ReadyBatch>, WriteError> {
        let ClosedBatch {
            topic,
            partition,
            batch,
            rows,
        } = closed;
        let compressor = self.compressors.pop();
        let compressor = compressor.unwrap_or_else(|| Compressor::new(self.compression));
        if self.at_once == 0 {
            let finished = finish((batch, rows), compressor);
            return self.ready(topic, partition, finished).map(Some);
        }
        let job = tokio::task::spawn_blocking(move || finish((batch, rows), compressor));
        self.pending.push_back(Pending {
            topic,
            partition,
            job,
        });
        if self.pending.len() > self.at_once {
            self.pop().await
        } else {
            Ok(None)
        }
    }

    /// The next batch in order; none if none is under way.
    pub(crate) async fn pop(&mut self) -> Result<Option<ReadyBatch>, WriteError> {
        let Some(next) = self.pending.front_mut() else {
            return Ok(None);
        };
        let (topic, partition) = (next.topic, next.partition);
        let finished = (&mut next.job).await;
        self.pending.pop_front();
        let finished = finished.map_err(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_shut_down) => WriteError::Interrupted,
        })?;
        self.ready(topic, partition, finished).map(Some)
    }

    /// True if no batch is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    fn ready(
        &mut self,
        topic: TopicIndex,
        partition: u32,
        finished: Finished,
    ) -> Result<ReadyBatch, WriteError> {
        self.compressors.push(finished.compressor);
        Ok(ReadyBatch {
            topic,
            partition,
            batch: finished.batch?,
            time: finished.time,
        })
    }
}

fn finish((batch, rows): (OpenBatch, RowSpan), mut compressor: Compressor) -> Finished {
    let started = Instant::now();
    let batch = batch.finish(&mut compressor);
    Finished {
        compressor,
        batch: batch.map(|batch| batch.with_rows(rows)),
        time: started.elapsed(),
    }
}

#[cfg(test)]
mod tests {
    use tokafka_client::batch::{BufferPool, Headers, Record};

    use super::*;

    fn closed(partition: u32, rows: usize) -> ClosedBatch {
        let mut batch = OpenBatch::new(&BufferPool::new(0), 1024);
        let value = Some(&b"a value"[..]);
        let record = Record {
            timestamp: 0,
            key: None,
            value,
            headers: Headers::NONE,
        };
        (0..rows).for_each(|_| batch.push(record));
        ClosedBatch {
            topic: 0,
            partition,
            batch,
            rows: RowSpan { first: 1, last: 1 },
        }
    }

    async fn order(codec: Codec) -> Vec<u32> {
        let mut finisher = Finisher::new(Compression { codec, level: None });
        let mut order = Vec::new();
        for partition in 0..20 {
            // The first ones take longest.
            let rows = 20_000 / (partition as usize + 1);
            order.extend(finisher.push(closed(partition, rows)).await.unwrap());
            assert!(finisher.pending.len() <= AT_ONCE);
        }
        while let Some(ready) = finisher.pop().await.unwrap() {
            order.push(ready);
        }
        assert!(finisher.is_empty());
        order.iter().map(|ready| ready.partition).collect()
    }

    #[tokio::test]
    async fn batches_come_back_in_the_order_in_which_they_were_taken() {
        let all: Vec<_> = (0..20).collect();
        for codec in [Codec::None, Codec::Gzip, Codec::Zstd] {
            assert_eq!(order(codec).await, all, "{codec:?}");
        }
    }
}
