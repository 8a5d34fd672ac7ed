//! Which version of Kafka a broker passes for.

use std::str::FromStr;

use kafka_protocol::messages::ApiKey;

use ApiKey::{
    ApiVersions, CreateTopics, DeleteTopics, DescribeConfigs, Fetch, FindCoordinator,
    InitProducerId, ListOffsets, Metadata, OffsetCommit, OffsetFetch, Produce,
};

/// An API and its first and last version.
pub(crate) type Offer = (ApiKey, i16, i16);

/// Which version of Kafka a broker passes for: the API versions that it announces, and what
/// follows from them for a client.
///
/// The last versions are those of the named release (its `ApiKeys`), as far as this broker decodes
/// them. The first ones are those of Kafka 4: no client asks for older ones if it need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Kafka 2.8: topics have ids, but Produce and Fetch go by name; any timestamp is accepted.
    Kafka2_8,
    /// Kafka 3.9: Fetch goes by topic id, Produce by name, with hints of the leader; any timestamp
    /// is accepted.
    Kafka3_9,
    /// Kafka 4: Produce goes by topic id; timestamps more than an hour ahead are refused (KIP-1030).
    #[default]
    Kafka4,
}

const KAFKA_2_8: &[Offer] = &[
    (Produce, 3, 9),
    (Fetch, 4, 12),
    (ListOffsets, 1, 6),
    (Metadata, 0, 11),
    (FindCoordinator, 0, 3),
    (ApiVersions, 0, 3),
    (CreateTopics, 2, 7),
    (DeleteTopics, 1, 6),
    (DescribeConfigs, 1, 4),
    (InitProducerId, 0, 4),
    (OffsetCommit, 2, 8),
    (OffsetFetch, 2, 7),
];

const KAFKA_3_9: &[Offer] = &[
    (Produce, 3, 11),
    (Fetch, 4, 17),
    (ListOffsets, 1, 9),
    (Metadata, 0, 12),
    (FindCoordinator, 0, 6),
    (ApiVersions, 0, 4),
    (CreateTopics, 2, 7),
    (DeleteTopics, 1, 6),
    (DescribeConfigs, 1, 4),
    (InitProducerId, 0, 5),
    (OffsetCommit, 2, 9),
    (OffsetFetch, 2, 7),
];

const KAFKA_4: &[Offer] = &[
    (Produce, 3, 13),
    (Fetch, 4, 18),
    (ListOffsets, 1, 10),
    (Metadata, 0, 13),
    (FindCoordinator, 0, 6),
    (ApiVersions, 0, 4),
    (CreateTopics, 2, 7),
    (DeleteTopics, 1, 6),
    (DescribeConfigs, 1, 4),
    (InitProducerId, 0, 5),
    (OffsetCommit, 2, 9),
    (OffsetFetch, 2, 7),
];

impl Profile {
    pub(crate) fn offered(self) -> &'static [Offer] {
        match self {
            Self::Kafka2_8 => KAFKA_2_8,
            Self::Kafka3_9 => KAFKA_3_9,
            Self::Kafka4 => KAFKA_4,
        }
    }

    /// True if requests of this kind and version are carried out.
    pub(crate) fn offers(self, api: ApiKey, version: i16) -> bool {
        self.offered()
            .iter()
            .any(|(offered, min, max)| *offered == api && (*min..=*max).contains(&version))
    }

    /// The default of `message.timestamp.after.max.ms`.
    pub(crate) fn timestamp_after_max_ms(self) -> i64 {
        match self {
            Self::Kafka2_8 | Self::Kafka3_9 => i64::MAX,
            Self::Kafka4 => 3_600_000,
        }
    }
}

/// A version that this broker can't pass for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no profile for Kafka '{0}': there are 2.8, 3.9 and 4")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    /// Reads `2.8`, `3.9` or `4`.
    fn from_str(version: &str) -> Result<Self, Self::Err> {
        match version {
            "2.8" => Ok(Self::Kafka2_8),
            "3.9" => Ok(Self::Kafka3_9),
            "4" => Ok(Self::Kafka4),
            _ => Err(UnknownProfile(version.to_owned())),
        }
    }
}
