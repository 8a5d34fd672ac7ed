//! CreateTopics and DeleteTopics.

use std::collections::HashSet;

use kafka_protocol::{
    ResponseError,
    messages::{
        CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
        TopicName,
        create_topics_request::{CreatableReplicaAssignment, CreatableTopic},
        create_topics_response::{CreatableTopicConfigs, CreatableTopicResult},
        delete_topics_request::DeleteTopicState,
        delete_topics_response::DeletableTopicResult,
    },
    protocol::StrBytes,
};
use uuid::Uuid;

use super::{
    call::{Call, code, resolve},
    configs::{DYNAMIC_TOPIC_CONFIG, settings},
};
use crate::{
    cluster::FIRST_NODE,
    log::{COMPRESSION, Rules},
    refusal::Refusal,
};

/// The first version of DeleteTopics that takes ids, in a list of its own.
const FIRST_DELETE_BY_ID: i16 = 6;

/// A topic as it was made, or would be.
struct Created {
    id: Uuid,
    partitions: i32,
    rules: Rules,
}

/// Makes topics. A topic that the request names twice is refused with `INVALID_REQUEST`.
pub(crate) fn create(call: &Call<'_>, request: &CreateTopicsRequest) -> CreateTopicsResponse {
    let mut seen = HashSet::new();
    let twice: HashSet<_> = request
        .topics
        .iter()
        .map(|topic| &topic.name)
        .filter(|name| !seen.insert(*name))
        .collect();
    let answer_one = |topic: &CreatableTopic| {
        let outcome = if twice.contains(&topic.name) {
            Err(Refusal::new(
                ResponseError::InvalidRequest,
                "Duplicate topic name.",
            ))
        } else {
            create_one(call, topic, Mode::of(request))
        };
        created(call, topic, outcome)
    };
    CreateTopicsResponse::default().with_topics(request.topics.iter().map(answer_one).collect())
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Create,
    ValidateOnly,
}

impl Mode {
    fn of(request: &CreateTopicsRequest) -> Self {
        if request.validate_only {
            Self::ValidateOnly
        } else {
            Self::Create
        }
    }
}

fn create_one(call: &Call<'_>, topic: &CreatableTopic, mode: Mode) -> Result<Created, Refusal> {
    let name = topic.name.as_str();
    if let Some(error) = call.verdict.refuses(name, None) {
        return Err(error.into());
    }
    let partitions = partition_count(call, topic)?;
    let rules = rules(call, topic)?;
    let mut topics = call.cluster().topics();
    let id = match mode {
        Mode::Create => topics.create(name, partitions, rules.clone())?,
        Mode::ValidateOnly => topics.check_new(name, partitions).map(|()| Uuid::nil())?,
    };
    Ok(Created {
        id,
        partitions,
        rules,
    })
}

fn partition_count(call: &Call<'_>, topic: &CreatableTopic) -> Result<i32, Refusal> {
    if !topic.assignments.is_empty() {
        return assigned_count(call, topic);
    }
    let (factor, nodes) = (topic.replication_factor, call.cluster().config.nodes);
    if factor != -1 && !(1..=nodes).contains(&i32::from(factor)) {
        let message = format!(
            "Unable to replicate the partition {factor} time(s): the number of brokers is {nodes}"
        );
        return Err(Refusal::new(
            ResponseError::InvalidReplicationFactor,
            message,
        ));
    }
    match topic.num_partitions {
        -1 => Ok(call.cluster().config.default_partitions),
        count => Ok(count),
    }
}

/// The count of partitions that are placed by hand: 0, 1, ... each on the only node.
fn assigned_count(call: &Call<'_>, topic: &CreatableTopic) -> Result<i32, Refusal> {
    if (topic.num_partitions, topic.replication_factor) != (-1, -1) {
        let message = "A manual partition assignment was given: partition count and replication \
                       factor must be -1";
        return Err(Refusal::new(ResponseError::InvalidRequest, message));
    }
    let mut indices: Vec<_> = topic
        .assignments
        .iter()
        .map(|placed| placed.partition_index)
        .collect();
    indices.sort_unstable();
    let here = |placed: &CreatableReplicaAssignment| placed.broker_ids == [FIRST_NODE];
    if !(0..)
        .zip(&indices)
        .all(|(expected, index)| expected == *index)
        || !topic.assignments.iter().all(here)
        || call.cluster().config.nodes > 1
    {
        let message = format!(
            "Partitions must be numbered from 0 and placed on broker {FIRST_NODE}, the only one"
        );
        return Err(Refusal::new(
            ResponseError::InvalidReplicaAssignment,
            message,
        ));
    }
    i32::try_from(indices.len()).map_err(|_| ResponseError::InvalidReplicaAssignment.into())
}

/// The rules of a topic with these configurations. One that is not implemented is refused.
fn rules(call: &Call<'_>, topic: &CreatableTopic) -> Result<Rules, Refusal> {
    let mut rules = call.cluster().default_rules();
    for config in &topic.configs {
        let (name, value) = (
            config.name.as_str(),
            config.value.as_deref().unwrap_or_default(),
        );
        let bad_value = || {
            let message = format!("Invalid value {value} for configuration {name}");
            Refusal::new(ResponseError::InvalidConfig, message)
        };
        match name {
            "cleanup.policy" => rules.compacted = is_compacted(value).ok_or_else(bad_value)?,
            "max.message.bytes" => {
                rules.max_message_bytes = value.parse().map_err(|_| bad_value())?
            }
            "message.timestamp.after.max.ms" => {
                rules.timestamp_after_max_ms = value
                    .parse()
                    .ok()
                    .filter(|max| *max >= 0)
                    .ok_or_else(bad_value)?;
            }
            "message.timestamp.type" => {
                rules.log_append_time = is_log_append_time(value).ok_or_else(bad_value)?;
            }
            "min.insync.replicas" => {
                rules.min_in_sync = value
                    .parse()
                    .ok()
                    .filter(|min| *min >= 1)
                    .ok_or_else(bad_value)?;
            }
            "compression.type" if value == COMPRESSION => {}
            _ => {
                let message = format!(
                    "This broker does not implement the topic config {name}={value}: it knows \
                     cleanup.policy, compression.type={COMPRESSION}, max.message.bytes, \
                     message.timestamp.after.max.ms, message.timestamp.type and \
                     min.insync.replicas"
                );
                return Err(Refusal::new(ResponseError::InvalidConfig, message));
            }
        }
    }
    Ok(rules)
}

/// Reads a `cleanup.policy`; `None` if it is no such policy.
fn is_compacted(policy: &str) -> Option<bool> {
    let known = |part: &str| matches!(part, "compact" | "delete");
    let mut parts = policy.split(',').map(str::trim);
    parts
        .clone()
        .all(known)
        .then(|| parts.any(|part| part == "compact"))
}

/// Reads a `message.timestamp.type`; `None` if it is no such type.
fn is_log_append_time(kind: &str) -> Option<bool> {
    match kind {
        "CreateTime" => Some(false),
        "LogAppendTime" => Some(true),
        _ => None,
    }
}

fn created(
    call: &Call<'_>,
    topic: &CreatableTopic,
    outcome: Result<Created, Refusal>,
) -> CreatableTopicResult {
    let result = CreatableTopicResult::default().with_name(topic.name.clone());
    match outcome {
        Err(refusal) => result
            .with_error_code(refusal.error.code())
            .with_error_message(refusal.wire_message())
            .with_num_partitions(-1)
            .with_replication_factor(-1)
            .with_configs(None),
        Ok(created) => result
            .with_error_code(code(call.verdict.belies(topic.name.as_str(), None)))
            .with_error_message(None)
            .with_topic_id(created.id)
            .with_num_partitions(created.partitions)
            .with_replication_factor(replicas(call))
            .with_configs(Some(configs(&created.rules))),
    }
}

/// Each node shares every log.
fn replicas(call: &Call<'_>) -> i16 {
    i16::try_from(call.cluster().config.nodes).unwrap_or(i16::MAX)
}

fn configs(rules: &Rules) -> Vec<CreatableTopicConfigs> {
    let configs = settings(rules).into_iter().map(|setting| {
        CreatableTopicConfigs::default()
            .with_name(StrBytes::from_static_str(setting.name))
            .with_value(Some(StrBytes::from_string(setting.value)))
            .with_config_source(DYNAMIC_TOPIC_CONFIG)
    });
    configs.collect()
}

/// Deletes topics and everything in them.
pub(crate) fn delete(call: &Call<'_>, request: &DeleteTopicsRequest) -> DeleteTopicsResponse {
    let by_name = |name: &TopicName| DeleteTopicState::default().with_name(Some(name.clone()));
    let asked: Vec<_> = if call.version >= FIRST_DELETE_BY_ID {
        request.topics.clone()
    } else {
        request.topic_names.iter().map(by_name).collect()
    };
    let answered = asked.iter().map(|topic| deleted(call, topic)).collect();
    call.cluster().changed.notify_waiters();
    DeleteTopicsResponse::default().with_responses(answered)
}

fn deleted(call: &Call<'_>, asked: &DeleteTopicState) -> DeletableTopicResult {
    let error = delete_one(call, asked).err();
    DeletableTopicResult::default()
        .with_name(asked.name.clone())
        .with_topic_id(asked.topic_id)
        .with_error_code(code(error))
        .with_error_message(error.map(|error| StrBytes::from_string(error.to_string())))
}

fn delete_one(call: &Call<'_>, asked: &DeleteTopicState) -> Result<(), ResponseError> {
    let mut topics = call.cluster().topics();
    let name = asked.name.as_ref().map_or("", |name| name.as_str());
    let name = resolve(&topics, name, asked.topic_id)?;
    if let Some(error) = call.verdict.refuses(&name, None) {
        return Err(error);
    }
    topics
        .delete(&name)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    call.verdict.belies(&name, None).map_or(Ok(()), Err)
}
