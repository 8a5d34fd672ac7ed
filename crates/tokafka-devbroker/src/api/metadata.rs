//! Metadata: the nodes, the topics, and topics made on demand.

use kafka_protocol::{
    ResponseError,
    messages::{
        MetadataRequest, MetadataResponse, TopicName,
        metadata_request::MetadataRequestTopic,
        metadata_response::{
            MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
        },
    },
    protocol::StrBytes,
};

use super::call::{Call, code, resolve};
use crate::{
    cluster::{CLUSTER_ID, Endpoint, FIRST_NODE},
    log::Partition,
    topics::{Topic, Topics, check_name},
};

/// The first version that can forbid to create topics, and in which an empty list means none.
const FIRST_WITH_AUTO_CREATION_FLAG: i16 = 4;
/// The first version whose answer may leave out a topic's name.
const FIRST_NAMELESS: i16 = 12;

/// Describes the topics asked for, or all of them.
///
/// An unknown topic is created if the request and `auto.create.topics.enable` allow it.
pub(crate) fn answer(call: &Call<'_>, request: &MetadataRequest) -> MetadataResponse {
    let mut topics = call.cluster().topics();
    let described: Vec<_> = match &request.topics {
        Some(asked) if call.version > 0 || !asked.is_empty() => {
            let creation = AutoCreation::of(call, request);
            asked
                .iter()
                .map(|topic| find(call, &mut topics, topic, creation))
                .collect()
        }
        Some(_) | None => all(call, &topics),
    };
    let described = described.into_iter().map(|topic| {
        let operations = operations(request, &topics, &topic);
        topic.with_topic_authorized_operations(operations)
    });
    let described = described.collect();
    MetadataResponse::default()
        .with_brokers(call.cluster().endpoints.iter().map(broker).collect())
        .with_cluster_id(Some(StrBytes::from_static_str(CLUSTER_ID)))
        .with_controller_id(FIRST_NODE.into())
        .with_topics(described)
}

/// What happens to a topic that does not exist.
#[derive(Debug, Clone, Copy)]
enum AutoCreation {
    Creates,
    Forbidden,
}

impl AutoCreation {
    fn of(call: &Call<'_>, request: &MetadataRequest) -> Self {
        let asked_for =
            request.allow_auto_topic_creation || call.version < FIRST_WITH_AUTO_CREATION_FLAG;
        if asked_for && call.cluster().config.auto_create_topics {
            Self::Creates
        } else {
            Self::Forbidden
        }
    }

    fn ensure(self, call: &Call<'_>, topics: &mut Topics, name: &str) -> Result<(), ResponseError> {
        match self {
            _ if topics.get(name).is_some() => Ok(()),
            Self::Creates => {
                let partitions = call.cluster().config.default_partitions;
                let created = topics.create(name, partitions, call.cluster().default_rules());
                created.map(drop).map_err(|refusal| refusal.error)
            }
            Self::Forbidden => check_name(name).map_err(|refusal| refusal.error),
        }
    }
}

fn broker(endpoint: &Endpoint) -> MetadataResponseBroker {
    MetadataResponseBroker::default()
        .with_node_id(endpoint.id.into())
        .with_host(endpoint.host())
        .with_port(endpoint.port())
}

fn all(call: &Call<'_>, topics: &Topics) -> Vec<MetadataResponseTopic> {
    topics
        .names()
        .filter_map(|name| Some(describe(call, name, topics.get(name)?)))
        .collect()
}

/// Finds a topic by id or name, or makes it if `creation` says so.
fn find(
    call: &Call<'_>,
    topics: &mut Topics,
    asked: &MetadataRequestTopic,
    creation: AutoCreation,
) -> MetadataResponseTopic {
    let name = asked.name.as_ref().map_or("", |name| name.as_str());
    let found = resolve(topics, name, asked.topic_id).and_then(|name| {
        if let Some(error) = call.verdict.refuses(&name, None) {
            return Err(error);
        }
        creation.ensure(call, topics, &name)?;
        Ok(name)
    });
    let described = found.and_then(|name| {
        let topic = topics
            .get(&name)
            .ok_or(ResponseError::UnknownTopicOrPartition)?;
        Ok(describe(call, &name, topic))
    });
    described.unwrap_or_else(|error| unknown(call, asked, error))
}

fn describe(call: &Call<'_>, name: &str, topic: &Topic) -> MetadataResponseTopic {
    let spoiled = call
        .verdict
        .refuses(name, None)
        .or_else(|| call.verdict.belies(name, None));
    let partitions = (0..)
        .zip(&topic.partitions)
        .map(|(index, log)| partition(call, index, log));
    MetadataResponseTopic::default()
        .with_error_code(code(spoiled))
        .with_name(Some(TopicName(StrBytes::from_string(name.to_owned()))))
        .with_topic_id(topic.id)
        .with_partitions(if spoiled.is_some() {
            Vec::new()
        } else {
            partitions.collect()
        })
}

/// What a client may do with a topic, if it asks: a bit for each `AclOperation` of Kafka.
fn operations(request: &MetadataRequest, topics: &Topics, topic: &MetadataResponseTopic) -> i32 {
    const NOT_SAID: i32 = i32::MIN;
    /// READ, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS
    const ALL_BUT_WRITE: i32 = 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
    const WRITE: i32 = 1 << 4;
    let found = topic
        .name
        .as_ref()
        .and_then(|name| topics.get(name.as_str()));
    match found.filter(|_| request.include_topic_authorized_operations && topic.error_code == 0) {
        Some(found) if found.writable => ALL_BUT_WRITE | WRITE,
        Some(_) => ALL_BUT_WRITE,
        None => NOT_SAID,
    }
}

/// As the nodes share their logs, each is an in-sync replica of every partition.
fn partition(call: &Call<'_>, index: i32, log: &Partition) -> MetadataResponsePartition {
    let nodes: Vec<_> = call
        .cluster()
        .endpoints
        .iter()
        .map(|endpoint| endpoint.id.into())
        .collect();
    MetadataResponsePartition::default()
        .with_partition_index(index)
        .with_leader_id(log.leader.node.into())
        .with_leader_epoch(log.leader.epoch)
        .with_replica_nodes(nodes.clone())
        .with_isr_nodes(nodes)
}

fn unknown(
    call: &Call<'_>,
    asked: &MetadataRequestTopic,
    error: ResponseError,
) -> MetadataResponseTopic {
    let nameless_as_empty = || Some(TopicName::default()).filter(|_| call.version < FIRST_NAMELESS);
    MetadataResponseTopic::default()
        .with_error_code(error.code())
        .with_name(asked.name.clone().or_else(nameless_as_empty))
        .with_topic_id(asked.topic_id)
}
