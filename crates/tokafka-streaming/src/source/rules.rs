//! The options of a stream that is read: a table that is also their documentation.

use tokafka_arrow::OptionRule;

macro_rules! rules {
    ($($constant:ident $name:literal = $default:literal, $in_spark:literal, $meaning:literal;)*) => {
        $(pub(super) const $constant: &str = $name;)*

        /// Every option of a stream that is read and that is not Kafka's (`kafka.*`) or our client's
        /// (`tokafka.*`).
        pub const STREAM_OPTIONS: &[OptionRule] = &[$(OptionRule {
            name: $name,
            meaning: $meaning,
            default: $default,
            in_spark: $in_spark,
        }),*];
    };
}

rules! {
    SUBSCRIBE "subscribe" = "none", true,
        "Topics to read, with commas between them. One of subscribe, subscribePattern and assign must be set.";
    SUBSCRIBE_PATTERN "subscribePattern" = "none", true,
        "Topics to read: those in whose name this regular expression is found. Kafka's internal topics are left out, and topics that are created later are read too.";
    ASSIGN "assign" = "none", true,
        "Partitions to read, as JSON: {\"orders\":[0,1]}.";
    STARTING_OFFSETS "startingOffsets" = "latest", true,
        "Where a new query begins: earliest, latest, or JSON with an offset for each partition, -2 for earliest and -1 for latest, or a word for each topic: {\"orders\":{\"0\":23,\"1\":-2},\"clicks\":\"latest\"}. A query that goes on from its checkpoint does not look at it.";
    STARTING_TIMESTAMP "startingTimestamp" = "none", true,
        "A new query begins at the first record of each partition that is at least as late, in milliseconds since 1970. Wins over the other startings.";
    STARTING_TIMES "startingOffsetsByTimestamp" = "none", true,
        "As startingTimestamp, with a time for each partition: {\"orders\":{\"0\":1700000000000}}. Wins over startingOffsets.";
    STRATEGY "startingOffsetsByTimestampStrategy" = "error", true,
        "What to do with a partition that has no record as late as the starting time: error, or latest: begin at its end.";
    FAIL_ON_DATA_LOSS "failOnDataLoss" = "true", true,
        "Whether a query fails if records are gone that it has not read: aged out, or of topics that were deleted. Else it warns and goes on.";
    MAX_OFFSETS "maxOffsetsPerTrigger" = "none", true,
        "How many offsets a batch takes at most, divided among partitions by how much each has. A little more, so that no partition starves.";
    MIN_OFFSETS "minOffsetsPerTrigger" = "none", true,
        "How many offsets there must be before a batch begins, unless maxTriggerDelay is over.";
    MAX_DELAY "maxTriggerDelay" = "15m", true,
        "How long minOffsetsPerTrigger can put off a batch. A time as 10m: us, ms, s, m, h, d.";
    MIN_PARTITIONS "minPartitions" = "none", true,
        "Divides long partitions so that a batch has about so many tasks. Records of a divided partition may be written in another order.";
    MAX_RECORDS "maxRecordsPerPartition" = "none", true,
        "Divides partitions so that no task of a batch has more offsets. Records of a divided partition may be written in another order.";
    INCLUDE_HEADERS "includeHeaders" = "false", true,
        "Whether there is a headers column.";
    NUM_RETRIES "fetchOffset.numRetries" = "3", true,
        "How often offsets are asked for before an answer that cannot be right is believed, as that a topic is gone. Brokers that cannot be reached are asked for kafka.max.block.ms each time.";
    RETRY_INTERVAL "fetchOffset.retryIntervalMs" = "1000", true,
        "Milliseconds between these questions.";
    POLL_TIMEOUT "kafkaConsumer.pollTimeoutMs" = "none", true,
        "Accepted, changes nothing: there is no poll. See kafka.request.timeout.ms and kafka.fetch.max.wait.ms.";
    GROUP_PREFIX "groupIdPrefix" = "none", true,
        "Accepted, changes nothing: no consumer group is joined. The same holds for kafka.group.id.";
    LAG_GROUP "tokafka.lag.group" = "none", false,
        "A consumer group that is told where each batch ended, so that lag monitors see the stream. It is never read back. It must have no members.";
}

/// Options that a read that ends has no use for.
pub(super) const STREAM_ONLY: [&str; 4] = [MAX_OFFSETS, MIN_OFFSETS, MAX_DELAY, LAG_GROUP];

/// Options of reads that end, and what Spark says of them in streams.
pub(super) const BATCH_ONLY: [(&str, &str); 3] = [
    (
        "endingOffsets",
        "ending offset not valid in streaming queries",
    ),
    (
        "endingOffsetsByTimestamp",
        "ending timestamp not valid in streaming queries",
    ),
    (
        "endingTimestamp",
        "ending timestamp not valid in streaming queries",
    ),
];

/// Kafka's settings that a source refuses, and Spark's texts.
pub(super) const FORBIDDEN: [(&str, &str); 5] = [
    (
        "kafka.auto.offset.reset",
        "Kafka option 'auto.offset.reset' is not supported.\n\
         Instead set the source option 'startingoffsets' to 'earliest' or 'latest'\n\
         to specify where to start. Structured Streaming manages which offsets are consumed\n\
         internally, rather than relying on the kafkaConsumer to do it. This will ensure that no\n\
         data is missed when new topics/partitions are dynamically subscribed. Note that\n\
         'startingoffsets' only applies when a new Streaming query is started, and\n\
         that resuming will always pick up from where the query left off. See the docs for more\n\
         details.",
    ),
    (
        "kafka.key.deserializer",
        "Kafka option 'key.deserializer' is not supported as keys are deserialized as byte arrays with \
         ByteArrayDeserializer. Use DataFrame operations to explicitly deserialize the keys.",
    ),
    (
        "kafka.value.deserializer",
        "Kafka option 'value.deserializer' is not supported as values are deserialized as byte arrays with \
         ByteArrayDeserializer. Use DataFrame operations to explicitly deserialize the values.",
    ),
    (
        "kafka.enable.auto.commit",
        "Kafka option 'enable.auto.commit' is not supported",
    ),
    (
        "kafka.interceptor.classes",
        "Kafka option 'interceptor.classes' is not supported",
    ),
];
