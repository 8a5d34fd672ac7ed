//! Places of partitions, and the offsets that they are.

use std::ops::Range;

use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
    settings::IsolationLevel,
};

/// A place in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Where the log begins.
    Earliest,
    /// One past the last record that readers see.
    Latest,
    /// This offset.
    Offset(i64),
    /// The first record that is at least as late, in milliseconds since the epoch.
    Time(i64),
}

impl Place {
    /// `earliest` or `latest`, in any case.
    pub fn of_word(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("earliest") {
            return Some(Self::Earliest);
        }
        text.eq_ignore_ascii_case("latest").then_some(Self::Latest)
    }

    /// An offset, or one of Spark's stand-ins: -2 for the earliest, -1 for the latest.
    pub fn of_number(number: i64) -> Option<Self> {
        const LATEST: i64 = -1;
        const EARLIEST: i64 = -2;
        match number {
            LATEST => Some(Self::Latest),
            EARLIEST => Some(Self::Earliest),
            offset => (offset >= 0).then_some(Self::Offset(offset)),
        }
    }
}

/// Offsets of one partition that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionSpan {
    /// The partition.
    pub partition: i32,
    /// Its offsets; some of them may hold no record.
    pub offsets: Range<i64>,
}

/// What the partitions of a topic hold, as it was when they were asked.
#[derive(Debug, Clone)]
pub struct TopicBounds {
    admin: Admin,
    topic: String,
    first: Vec<i64>,
    end: Vec<i64>,
}

impl TopicBounds {
    /// Asks for the bounds of every partition. The topic is not created.
    ///
    /// # Errors
    /// No such topic, or a cluster that cannot be asked for `max.block.ms`.
    pub async fn look(
        cluster: &Cluster,
        topic: &str,
        isolation: IsolationLevel,
    ) -> Result<Self, TopicError> {
        let admin = Admin::new(cluster);
        let end = OffsetSpec::end(isolation);
        let first = admin.offsets(topic, OffsetSpec::Earliest).await?;
        let end = admin.offsets(topic, end).await?;
        let topic = topic.to_owned();
        Ok(Self {
            admin,
            topic,
            first,
            end,
        })
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The first offset of each partition, and one past its last that readers see.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Range<i64>> + '_ {
        let pairs = self.first.iter().zip(&self.end);
        pairs.map(|(first, end)| *first..*end.max(first))
    }

    /// The offset of a place in each partition. An offset is taken as it is, and a time may lie behind the
    /// bounds.
    ///
    /// # Errors
    /// Those of [`Self::look`].
    pub async fn offsets(&self, place: Place) -> Result<Vec<i64>, TopicError> {
        match place {
            Place::Earliest => Ok(self.iter().map(|held| held.start).collect()),
            Place::Latest => Ok(self.iter().map(|held| held.end).collect()),
            Place::Offset(offset) => Ok(vec![offset; self.first.len()]),
            Place::Time(millis) => {
                let spec = OffsetSpec::AtTime(millis);
                self.admin.offsets(&self.topic, spec).await
            }
        }
    }
}
