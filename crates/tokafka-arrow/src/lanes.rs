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
    /// It was taken, and open batches hold more than they may: they are to be [closed](Lanes::relieve).
    Crowded,
    /// It was not taken: the batch is full and is to be [closed](Lanes::close), and the record to be
    /// placed again.
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

/// The open batches of one topic, while rows are pushed into them.
#[derive(Debug)]
pub(crate) struct Filling<'a> {
    topic: &'a mut TopicLanes,
    buffers: &'a BufferPool,
    open_bytes: &'a mut usize,
    open_limit: usize,
}

#[derive(Debug, Default)]
struct Lane {
    open: Option<Open>,
    /// Length of the batch before, which the next one is likely to reach.
    last_len: usize,
}

/// Holds a record at least.
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

    /// The same topic, to push rows into its batches.
    pub(crate) fn fill(&mut self, topic: TopicIndex) -> Filling<'_> {
        Filling {
            topic: of(&mut self.topics, topic),
            buffers: &self.buffers,
            open_bytes: &mut self.open_bytes,
            open_limit: self.open_limit,
        }
    }

    /// Closes the batch of a topic's partition, if one is open.
    pub(crate) fn close(&mut self, topic: TopicIndex, partition: u32) {
        let lane = self.topic(topic).lane(partition);
        let Some(Open { batch, rows }) = lane.open.take() else {
            return;
        };
        lane.last_len = batch.encoded_len();
        let records = batch.encoded_len().saturating_sub(BatchHeader::LEN);
        self.open_bytes = self.open_bytes.saturating_sub(records);
        self.closed.push_back(ClosedBatch {
            topic,
            partition,
            batch,
            rows,
        });
    }

    /// Closes the largest batches until half of what may be open is. Closing several at a time makes
    /// the search for them rare.
    pub(crate) fn relieve(&mut self) {
        self.close_down_to(self.open_limit / 2);
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

    /// Closes the largest batches until at most that many bytes are open.
    fn close_down_to(&mut self, bytes: usize) {
        for (_, topic, partition) in self.open_by_size() {
            if self.open_bytes <= bytes {
                break;
            }
            self.close(topic, partition);
        }
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

impl Filling<'_> {
    /// Where the next row without a key goes, of `len` bytes.
    #[inline]
    pub(crate) fn place(&mut self, len: usize) -> u32 {
        self.topic.runs.place(len)
    }

    /// Has `put` push the record of a row, of at most `len` bytes, into the batch of a partition.
    // Left to the compiler, it would not always be inlined, and other code decided on it.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        partition: u32,
        (row, len): (u64, usize),
        put: impl FnOnce(&mut OpenBatch),
    ) -> Push {
        let target = self.topic.shape.target;
        let lane = self.topic.lane(partition);
        let open = match &mut lane.open {
            Some(open) if open.batch.encoded_len() + len <= target => open,
            Some(_) => return Push::Full,
            None => lane.begin(row, self.buffers),
        };
        let before = open.batch.encoded_len();
        put(&mut open.batch);
        open.rows.last = row;
        *self.open_bytes += open.batch.encoded_len() - before;
        if *self.open_bytes <= self.open_limit {
            Push::Taken
        } else {
            Push::Crowded
        }
    }
}

impl Lane {
    #[cold]
    #[inline(never)]
    fn begin(&mut self, row: u64, buffers: &BufferPool) -> &mut Open {
        let hint = self.last_len.max(FIRST_BUFFER);
        self.open.insert(Open {
            batch: OpenBatch::new(buffers, hint),
            rows: RowSpan {
                first: row,
                last: row,
            },
        })
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
