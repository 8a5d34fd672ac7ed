//! The requests that this client sends, in one table.

use std::{ops::RangeInclusive, time::Duration};

use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
        DescribeConfigsRequest, FetchRequest, FindCoordinatorRequest, InitProducerIdRequest,
        ListOffsetsRequest, MetadataRequest, OffsetCommitRequest, OffsetFetchRequest,
        ProduceRequest,
    },
    protocol::Request,
};

/// A request that this client sends, and the versions that it speaks.
pub(crate) trait Api: Request<Response: Send> + Send + Sync {
    /// Its number.
    const API: ApiKey;
    /// Its name, for messages.
    const NAME: &'static str;
    /// What this client speaks. All of them leave waiting after a throttled answer to the client (KIP-219).
    const VERSIONS: RangeInclusive<i16>;

    /// For how long the broker wants nothing more on the connection.
    fn throttle_time(response: &Self::Response) -> Duration;
}

macro_rules! apis {
    ($($api:ident $request:ident $min:literal..=$max:literal;)*) => {$(
        impl Api for $request {
            const API: ApiKey = ApiKey::$api;
            const NAME: &'static str = stringify!($api);
            const VERSIONS: RangeInclusive<i16> = $min..=$max;

            fn throttle_time(response: &Self::Response) -> Duration {
                Duration::from_millis(u64::try_from(response.throttle_time_ms).unwrap_or(0))
            }
        }
    )*};
}

// Kafka 2.1, the oldest broker that Kafka 4 clients speak to (KIP-896), knows every lower bound.
apis! {
    ApiVersions ApiVersionsRequest 0..=4;
    CreateTopics CreateTopicsRequest 3..=7;
    DeleteTopics DeleteTopicsRequest 2..=6;
    DescribeConfigs DescribeConfigsRequest 2..=4;
    Fetch FetchRequest 10..=17;
    FindCoordinator FindCoordinatorRequest 2..=6;
    InitProducerId InitProducerIdRequest 1..=5;
    ListOffsets ListOffsetsRequest 4..=10;
    Metadata MetadataRequest 7..=13;
    OffsetCommit OffsetCommitRequest 5..=9;
    OffsetFetch OffsetFetchRequest 5..=7;
    Produce ProduceRequest 7..=13;
}
