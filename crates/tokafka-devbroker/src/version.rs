//! Which versions of which APIs a release of Kafka offers.

use kafka_protocol::messages::ApiKey;

/// A release of Apache Kafka, as far as the versions of its APIs go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KafkaVersion {
    /// Before topics were named by id in Fetch and Produce.
    V2_8,
    /// Topics are named by id in Fetch, not in Produce.
    V3_9,
    /// Topics are named by id in Produce too.
    #[default]
    V4,
}

/// API, first and last version. The first ones are those of Kafka 4.
const V4: &[Offer] = &[
    (ApiKey::Produce, 3, 13),
    (ApiKey::Fetch, 4, 17),
    (ApiKey::ListOffsets, 1, 10),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 5),
];
const V3_9: &[Offer] = &[
    (ApiKey::Produce, 3, 11),
    (ApiKey::Fetch, 4, 17),
    (ApiKey::ListOffsets, 1, 9),
    (ApiKey::Metadata, 0, 12),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 5),
];
const V2_8: &[Offer] = &[
    (ApiKey::Produce, 3, 9),
    (ApiKey::Fetch, 4, 12),
    (ApiKey::ListOffsets, 1, 6),
    (ApiKey::Metadata, 0, 11),
    (ApiKey::FindCoordinator, 0, 3),
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 4),
];

pub(crate) type Offer = (ApiKey, i16, i16);

impl KafkaVersion {
    pub(crate) fn offered(self) -> &'static [Offer] {
        match self {
            Self::V2_8 => V2_8,
            Self::V3_9 => V3_9,
            Self::V4 => V4,
        }
    }

    /// True if requests of this kind and version are carried out.
    pub(crate) fn offers(self, api: ApiKey, version: i16) -> bool {
        let mut offered = self.offered().iter();
        offered.any(|(offered, min, max)| *offered == api && (*min..=*max).contains(&version))
    }
}
