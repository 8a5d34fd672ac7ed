//! Open batches, one for each topic-partition that has rows waiting, and the bytes they hold.

use std::{cmp::Reverse, collections::VecDeque};

use tokafka_client::batch::{BatchHeader, BufferPool, OpenBatch, RowSpan};

use crate::{partition::Runs, topics::TopicIndex};

/// A buffer's first size: with thousands of partitions most batches stay small.
const FIRST_BUFFER: usize = 4 * 1024;

/// What has to be known of a topic to fill its batches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopicShape {
    /// Partitions that keys are spread over.
    pub(crate) partitions: u32,
    /// A batch is full at this many bytes.
    pub(crate) target: usize,
    /// Where rows without a key begin.
    pub(crate) start: u32,
}

/// A batch that takes no more rows.
#[derive(Debug)]
pub(crate) struct ClosedBatch {
    pub(crate) topic: TopicIndex,
    pub(crate) partition: u32,
    pub(crate) batch: OpenBatch,
    pub(crate) rows: RowSpan,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Push {
    /// It was taken.
    Taken,
    /// It was taken, and batches were closed to stay within the limit.
    Crowded,
    /// It was not taken: the batch was full and is closed now. The record is to be placed again.
    Full,
}

/// The open batches of one writer.
#[derive(Debug)]
pub(crate) struct Lanes {
    topics: Vec<TopicLanes>,
    buffers: BufferPool,
    /// Bytes of records in open batches.
    open_bytes: usize,
    pub(crate) open_limit: usize,
    /// Closed, and to be sent before any row is added.
    closed: VecDeque<ClosedBatch>,
}

/// The open batches of one topic.
#[derive(Debug)]
pub(crate) struct TopicLanes {
    pub(crate) shape: TopicShape,
    pub(crate) runs: Runs,
    lanes: Vec<Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    open: Option<Open>,
    /// Length of the batch before, which the next one is likely to reach.
    last_len: usize,
}

#[derive(Debug)]
struct Open {
    batch: OpenBatch,
    rows: RowSpan,
}

impl Lanes {
    /// No topics yet. Open batches hold at most `open_limit` bytes and one record.
    pub(crate) fn new(buffers: BufferPool, open_limit: usize) -> Self {
        let (topics, closed) = (Vec::new(), VecDeque::new());
        Self {
            topics,
            buffers,
            open_bytes: 0,
            open_limit,
            closed,
        }
    }

    /// Adds the topic that has the next number.
    pub(crate) fn add_topic(&mut self, shape: TopicShape) {
        let runs = Runs::new(shape.partitions, shape.start, shape.target);
        self.topics.push(TopicLanes {
            shape,
            runs,
            lanes: Vec::new(),
        });
    }

    /// How many topics were added.
    pub(crate) fn topic_count(&self) -> usize {
        self.topics.len()
    }

    /// The topic of that number, which was added before.
    #[inline]
    pub(crate) fn topic(&mut self, topic: TopicIndex) -> &mut TopicLanes {
        of(&mut self.topics, topic)
    }

    /// Has `put` push the record of a row, of at most `len` bytes, into the batch of a topic's partition.
    #[inline]
    pub(crate) fn push(
        &mut self,
        at: (TopicIndex, u32),
        (row, len): (u64, usize),
        put: impl FnOnce(&mut OpenBatch),
    ) -> Push {
        let (topic, partition) = at;
        let Self {
            topics, buffers, ..
        } = self;
        let lanes = of(topics, topic);
        let target = lanes.shape.target;
        let lane = lanes.lane(partition);
        let full =
            |open: &mut Open| !open.batch.is_empty() && open.batch.encoded_len() + len > target;
        if let Some(open) = lane.open.take_if(full) {
            lane.last_len = open.batch.encoded_len();
            self.retire(open.closed(topic, partition));
            return Push::Full;
        }
        let hint = lane.last_len.max(FIRST_BUFFER);
        let open = lane.open.get_or_insert_with(|| Open {
            batch: OpenBatch::new(buffers, hint),
            rows: RowSpan {
                first: row,
                last: row,
            },
        });
        let before = open.batch.encoded_len();
        put(&mut open.batch);
        open.rows.last = row;
        self.open_bytes += open.batch.encoded_len() - before;
        if self.open_bytes <= self.open_limit {
            return Push::Taken;
        }
        self.close_down_to(self.open_limit / 2);
        Push::Crowded
    }

    /// Takes away a batch that is closed, oldest first.
    pub(crate) fn next_closed(&mut self) -> Option<ClosedBatch> {
        self.closed.pop_front()
    }

    /// Closes every open batch.
    pub(crate) fn close_all(&mut self) {
        self.close_down_to(0);
    }

    /// True if rows wait in batches that were not taken away.
    pub(crate) fn has_rows(&self) -> bool {
        self.open_bytes > 0 || !self.closed.is_empty()
    }

    /// Closes the largest batches until at most that many bytes are open. Closing several at a time
    /// makes the search for them rare.
    fn close_down_to(&mut self, bytes: usize) {
        for (_, topic, partition) in self.open_by_size() {
            if self.open_bytes <= bytes {
                break;
            }
            let lane = self.topic(topic).lane(partition);
            if let Some(open) = lane.open.take() {
                lane.last_len = open.batch.encoded_len();
                self.retire(open.closed(topic, partition));
            }
        }
    }

    fn retire(&mut self, closed: ClosedBatch) {
        let records = closed.batch.encoded_len().saturating_sub(BatchHeader::LEN);
        self.open_bytes = self.open_bytes.saturating_sub(records);
        self.closed.push_back(closed);
    }

    /// Length, topic and partition of the open batches, the largest first.
    fn open_by_size(&self) -> Vec<(usize, TopicIndex, u32)> {
        let topics = self.topics.iter().enumerate();
        let mut open: Vec<_> = topics
            .flat_map(|(topic, lanes)| lanes.open().map(move |(len, at)| (len, topic, at)))
            .collect();
        open.sort_unstable_by_key(|(len, topic, at)| (Reverse(*len), *topic, *at));
        open
    }
}

impl Open {
    fn closed(self, topic: TopicIndex, partition: u32) -> ClosedBatch {
        let Self { batch, rows } = self;
        ClosedBatch {
            topic,
            partition,
            batch,
            rows,
        }
    }
}

impl TopicLanes {
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "just made long enough")]
    fn lane(&mut self, partition: u32) -> &mut Lane {
        let at = partition as usize;
        if at >= self.lanes.len() {
            self.lanes.resize_with(at + 1, Lane::default);
        }
        &mut self.lanes[at]
    }

    fn open(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let lanes = (0..).zip(&self.lanes);
        lanes.filter_map(|(at, lane)| Some((lane.open.as_ref()?.batch.encoded_len(), at)))
    }
}

#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "a row whose topic is unknown must not be lost"
)]
fn of(topics: &mut [TopicLanes], topic: TopicIndex) -> &mut TopicLanes {
    &mut topics[topic]
}
