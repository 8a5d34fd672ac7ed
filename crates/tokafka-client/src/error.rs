//! What can go wrong, one enum per moment.
//!
//! Every enum that an operation on a broker returns answers two questions by exhaustive match:
//! can trying again help (`is_retriable`), and may the broker hold the records despite the error
//! (`may_be_written`).

use std::time::Duration;

pub use kafka_protocol::ResponseError;

/// Settings that cannot be used. Found before anything is opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A value that does not parse or lies outside its range.
    #[error("Invalid value {value} for configuration {name}: {reason}")]
    InvalidValue {
        /// Kafka's property name.
        name: String,
        /// What was set; `[redacted]` for a secret.
        value: String,
        /// What is accepted instead.
        reason: String,
    },
    /// A property that nobody knows.
    #[error("Unknown configuration {name}{}", nearest_hint(.nearest))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The most similar known name.
        nearest: Option<&'static str>,
    },
    /// A property of the Java client that cannot work here.
    #[error("Kafka option '{name}' is not supported as {instead}")]
    Refused {
        /// Kafka's property name.
        name: String,
        /// Why not, and what to do instead.
        instead: String,
    },
    /// Two values that were both set and exclude each other, in Kafka's words.
    #[error("{0}")]
    Contradiction(String),
    /// A property without which nothing can start.
    #[error("Kafka option {name} is not set. Please make sure it is set and retry. {reason}")]
    Missing {
        /// Kafka's property name.
        name: &'static str,
        /// Why it is needed, as a sentence without its full stop.
        reason: &'static str,
    },
    /// A `.properties` text that cannot be read.
    #[error("line {line} of the properties: {reason}")]
    Malformed {
        /// Where the property begins, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

fn nearest_hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// No usable connection to a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// None of the bootstrap addresses answered.
    #[error("no broker could be reached{}: {}", within(.after), join(.attempts))]
    Unreachable {
        /// One line per address that was tried: address and reason.
        attempts: Vec<String>,
        /// How long it was tried.
        after: Duration,
    },
    /// A bootstrap address answered, but the address that the broker advertises does not.
    #[error(
        "{bootstrap} answers, but broker {broker} advertises {advertised}, which does not: {reason}. \
         Check the broker's advertised.listeners"
    )]
    AdvertisedUnreachable {
        /// The bootstrap address that answered.
        bootstrap: String,
        /// Node id of the broker.
        broker: i32,
        /// `host:port` as advertised.
        advertised: String,
        /// Why the connection failed.
        reason: String,
    },
    /// The broker speaks none of the versions of a request that this client speaks.
    #[error("{address} supports {api} {broker_range}, this client {client_range}")]
    UnsupportedVersion {
        /// `host:port` of the broker.
        address: String,
        /// Name of the request.
        api: &'static str,
        /// The broker's range of versions.
        broker_range: String,
        /// Ours.
        client_range: String,
    },
    /// This client was shut down.
    #[error("the client was shut down")]
    Closed,
}

impl ConnectError {
    /// True if connecting again may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::AdvertisedUnreachable { .. } => true,
            Self::UnsupportedVersion { .. } | Self::Closed => false,
        }
    }
}

/// A request that got no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The request was never sent: no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection ended before a byte of the request was sent: it was not carried out.
    #[error("{api} was not sent to {address}: {reason}")]
    NotSent {
        /// `host:port` of the broker.
        address: String,
        /// Name of the request.
        api: &'static str,
        /// What ended the connection.
        reason: String,
    },
    /// The request cannot be said in the protocol. It was not sent.
    #[error("{api} cannot be sent: {reason}")]
    Unencodable {
        /// Name of the request.
        api: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The connection ended before the answer came. The request may have been carried out.
    #[error("connection to {address} lost before {api} was answered: {reason}")]
    Lost {
        /// `host:port` of the broker.
        address: String,
        /// Name of the request.
        api: &'static str,
        /// What ended the connection.
        reason: String,
    },
    /// No answer within `request.timeout.ms`; the connection was closed. The request may have been carried out.
    #[error("{address} did not answer {api} within {}", seconds(.after))]
    TimedOut {
        /// `host:port` of the broker.
        address: String,
        /// Name of the request.
        api: &'static str,
        /// `request.timeout.ms`.
        after: Duration,
    },
    /// The broker answered with an error.
    #[error("{api} was refused: {code}{}", detail(.message))]
    Refused {
        /// Name of the request.
        api: &'static str,
        /// Kafka's error.
        code: ResponseError,
        /// What the broker said beside it.
        message: Option<String>,
    },
    /// An answer that is not the protocol.
    #[error("{address} sent a malformed answer to {api}: {reason}")]
    Malformed {
        /// `host:port` of the broker.
        address: String,
        /// Name of the request.
        api: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl RequestError {
    /// True if the same request may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_retriable(),
            Self::Malformed { .. } | Self::Unencodable { .. } => false,
            Self::NotSent { .. } | Self::Lost { .. } | Self::TimedOut { .. } => true,
            Self::Refused { code, .. } => code.is_retriable(),
        }
    }

    /// True if the broker may have carried out the request despite this error.
    pub fn may_be_written(&self) -> bool {
        match self {
            Self::Connect(_) | Self::NotSent { .. } | Self::Unencodable { .. } => false,
            Self::Lost { .. } | Self::TimedOut { .. } | Self::Malformed { .. } => true,
            Self::Refused { code, .. } => matches!(
                code,
                ResponseError::RequestTimedOut | ResponseError::NotEnoughReplicasAfterAppend
            ),
        }
    }
}

/// A topic that cannot be used as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// A name that Kafka does not allow.
    #[error("invalid topic name {name:?}: {reason}")]
    InvalidName {
        /// The name as it was given.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The topic does not exist and was not created.
    #[error("topic {name} does not exist{}", detail(.reason))]
    Unknown {
        /// The topic.
        name: String,
        /// Why waiting for it ended.
        reason: Option<String>,
    },
    /// The topic has fewer partitions.
    #[error("topic {name} has no partition {partition}: it has {count} (0 to {})", count.saturating_sub(1))]
    NoSuchPartition {
        /// The topic.
        name: String,
        /// The partition asked for.
        partition: i32,
        /// How many there are.
        count: u32,
    },
    /// The cluster does not let us.
    #[error("not authorized for topic {name}")]
    NotAuthorized {
        /// The topic.
        name: String,
    },
    /// The cluster could not be asked.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl TopicError {
    /// What an error that a broker answered for a topic means.
    pub(crate) fn refused(
        api: &'static str,
        topic: &str,
        code: ResponseError,
        message: Option<String>,
    ) -> Self {
        let name = topic.to_owned();
        match code {
            ResponseError::UnknownTopicOrPartition | ResponseError::UnknownTopicId => {
                Self::Unknown { name, reason: None }
            }
            ResponseError::TopicAuthorizationFailed => Self::NotAuthorized { name },
            ResponseError::InvalidTopicException if message.is_none() => Self::InvalidName {
                name,
                reason: "the broker does not accept it",
            },
            code => Self::Request(RequestError::Refused { api, code, message }),
        }
    }

    /// True if the same question may have another answer later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Request(error) => error.is_retriable(),
            Self::InvalidName { .. }
            | Self::Unknown { .. }
            | Self::NoSuchPartition { .. }
            | Self::NotAuthorized { .. } => false,
        }
    }
}

/// Bytes that are not a record batch that can be read, or records that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes end inside a batch.
    #[error("record batch ends after {available} of {needed} bytes")]
    Truncated {
        /// Bytes that a whole batch needs.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// Message format 0 or 1, written before Kafka 0.11.
    #[error(
        "message format v{0} is not supported; Kafka 0.11 and later write v2. \
         Read the topic with Kafka's own tools and write it anew"
    )]
    OldFormat(i8),
    /// The checksum does not fit the bytes.
    #[error(
        "record batch at offset {offset} is corrupt: CRC32C is {computed:#010x}, its header says {stored:#010x}"
    )]
    Checksum {
        /// Base offset of the batch.
        offset: i64,
        /// From the header.
        stored: u32,
        /// From the bytes.
        computed: u32,
    },
    /// A compression type that is not one of Kafka's.
    #[error("unknown compression type {0}")]
    UnknownCompression(u8),
    /// The codec refused.
    #[error("{codec}: {reason}")]
    Codec {
        /// Kafka's name of the codec.
        codec: &'static str,
        /// What the codec said.
        reason: String,
    },
    /// Fields that contradict each other.
    #[error("malformed record batch: {0}")]
    Malformed(&'static str),
    /// More bytes than the caller allows.
    #[error("record batch of {size} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// Bytes it would need.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// Records that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The topic or partition cannot be used as asked.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// What the broker sent is not a readable batch.
    #[error("topic {topic} partition {partition} offset {offset}: {error}")]
    Batch {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Offset that was to be read.
        offset: i64,
        /// What is wrong with it.
        error: BatchError,
    },
    /// The offset is no longer, or not yet, in the log.
    #[error(
        "topic {topic} partition {partition} has no offset {offset}: it holds {start} to {end} (end exclusive)"
    )]
    OffsetOutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset asked for.
        offset: i64,
        /// First offset in the log.
        start: i64,
        /// One past the last offset in the log.
        end: i64,
    },
}

impl ReadError {
    /// True if reading again may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Topic(error) => error.is_retriable(),
            Self::Request(error) => error.is_retriable(),
            Self::Batch { .. } | Self::OffsetOutOfRange { .. } => false,
        }
    }
}

/// Renders a duration for messages: `30 s`, `250 ms`.
pub(crate) fn seconds(duration: &Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

/// ` within 30 s`; nothing for a single attempt that failed at once.
fn within(duration: &Duration) -> String {
    if duration.as_millis() == 0 {
        return String::new();
    }
    format!(" within {}", seconds(duration))
}

fn detail(message: &Option<String>) -> String {
    message
        .as_ref()
        .map_or_else(String::new, |text| format!(": {text}"))
}

fn join(attempts: &[String]) -> String {
    attempts.join("; ")
}
