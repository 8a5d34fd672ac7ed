//! What is told of a write that was not done.

use std::{collections::BTreeMap, fmt};

use tokafka_arrow::WriteError;
use tokafka_client::admin::{TopicOutlook, TopicState};

/// What a write would do, as [`DataFrameWriter::plan_only`](crate::DataFrameWriter::plan_only) found
/// it. Nothing was written, and no topic was created.
#[derive(Debug, Clone)]
pub struct WritePlan {
    /// The plan of the query and its writers, a line per node.
    pub explain: String,
    /// How many writers would write in parallel.
    pub writers: usize,
    /// True if one writer would write all rows, in the order of the query.
    pub ordered: bool,
    /// Rows that would be sent. If the plan is not [possible](Self::is_possible), rows after the first
    /// that cannot be written are not among them.
    pub rows: u64,
    /// Bytes of their batches, as they would be sent.
    pub bytes: u64,
    /// The same before compression.
    pub uncompressed_bytes: u64,
    /// Batches, before any that a broker finds too large is split.
    pub batches: u64,
    /// The topics that rows go to, by name; the one that the option names even if there are no rows.
    pub topics: Vec<TopicPlan>,
    /// The first records of each topic, by topic.
    pub samples: Vec<SampleRecord>,
    /// What is to be known before the write is done: first why it would fail.
    pub findings: Vec<PlanFinding>,
}

impl WritePlan {
    /// True if nothing was found that would make the write fail.
    pub fn is_possible(&self) -> bool {
        !self.findings.iter().any(PlanFinding::is_failure)
    }
}

/// What a write would do to one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPlan {
    /// The topic as it is, or as it would be created.
    pub outlook: TopicOutlook,
    /// Rows that would be sent to it.
    pub rows: u64,
    /// Bytes of their batches.
    pub bytes: u64,
    /// Rows by partition. Rows without a key go where there is room when they are written, so theirs
    /// may differ then.
    pub partitions: BTreeMap<u32, u64>,
}

/// A record as it would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRecord {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// Its time in milliseconds since 1970.
    pub timestamp: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Something that is to be known before a write is done. Its text says what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanFinding {
    /// A row that cannot be written, which ends the write.
    Row(WriteError),
    /// A topic that cannot be written to.
    Topic {
        /// Its name.
        topic: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A topic that we may not write to.
    NotAllowed {
        /// Its name.
        topic: String,
    },
    /// Records that are larger than a topic takes, each in a batch of its own and compressed.
    TooLarge {
        /// The topic.
        topic: String,
        /// How many records.
        records: u64,
        /// Bytes of the largest one's batch.
        largest: usize,
        /// `max.message.bytes` of the topic.
        limit: usize,
    },
    /// Partitions that rows go to and that nobody leads at the moment.
    Leaderless {
        /// The topic.
        topic: String,
        /// Its partitions.
        partitions: Vec<i32>,
    },
    /// The cluster does not tell whether a write would succeed. No failure by itself.
    Untold {
        /// The topic.
        topic: String,
        /// What is not known, and why.
        reason: String,
    },
}

impl PlanFinding {
    /// True if the write would fail.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Row(_)
            | Self::Topic { .. }
            | Self::NotAllowed { .. }
            | Self::TooLarge { .. }
            | Self::Leaderless { .. } => true,
            Self::Untold { .. } => false,
        }
    }

    /// What the outlook of a topic means for a write.
    pub(super) fn of_topic(outlook: &TopicOutlook) -> Vec<Self> {
        let topic = || outlook.name.clone();
        let mut findings = Vec::new();
        match &outlook.state {
            TopicState::Unusable { reason } => findings.push(Self::Topic {
                topic: topic(),
                reason: reason.clone(),
            }),
            TopicState::Unknown { reason } => findings.push(Self::Untold {
                topic: topic(),
                reason: format!(
                    "it does not exist, and whether it would be created is not known: {reason}"
                ),
            }),
            TopicState::Exists | TopicState::WouldBeCreated => {}
        }
        if outlook.may_write == Some(false) {
            findings.push(Self::NotAllowed { topic: topic() });
        }
        if !outlook.leaderless.is_empty() {
            findings.push(Self::Leaderless {
                topic: topic(),
                partitions: outlook.leaderless.clone(),
            });
        }
        if outlook.state == TopicState::Exists && outlook.configs.is_none() {
            findings.push(Self::Untold {
                topic: topic(),
                reason: "how large its records may be is not known: we may not see its settings \
                         (DescribeConfigs)"
                    .to_owned(),
            });
        }
        findings
    }
}

impl fmt::Display for PlanFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(error) => error.fmt(f),
            Self::Topic { topic, reason } | Self::Untold { topic, reason } => {
                write!(f, "topic {topic}: {reason}")
            }
            Self::NotAllowed { topic } => write!(
                f,
                "topic {topic}: we may see it, but not write to it. Whoever runs the cluster has to \
                 allow WRITE on it"
            ),
            Self::TooLarge {
                topic,
                records,
                largest,
                limit,
            } => write!(
                f,
                "topic {topic}: records that are larger than the topic takes: {records}. The largest makes \
                 a batch of {largest} bytes, max.message.bytes is {limit}. Make the records smaller, \
                 compress them (compression.type), or raise max.message.bytes of the topic"
            ),
            Self::Leaderless { topic, partitions } => write!(
                f,
                "topic {topic}: nobody leads partitions {partitions:?} at the moment. A write waits \
                 for a leader for max.block.ms and then fails"
            ),
        }
    }
}
