//! DescribeConfigs: the configuration of topics and of the node asked.

use kafka_protocol::{
    ResponseError,
    messages::{
        DescribeConfigsRequest, DescribeConfigsResponse,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult},
    },
    protocol::StrBytes,
};

use super::call::{Call, code};
use crate::{
    log::{COMPRESSION, Rules},
    refusal::Refusal,
    topics::check_name,
};

/// `ConfigResource.Type` of Kafka.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
/// `DescribeConfigsResponse.ConfigSource` of Kafka: set for this topic, set for this broker, not set.
pub(super) const DYNAMIC_TOPIC_CONFIG: i8 = 1;
const STATIC_BROKER_CONFIG: i8 = 4;
const DEFAULT_CONFIG: i8 = 5;
/// The first version that says of what type a value is.
const FIRST_WITH_TYPES: i16 = 3;

/// A setting and its value. Only those are there that this broker acts on.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
    kind: Kind,
}

/// `DescribeConfigsResponse.ConfigType` of Kafka.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Boolean = 1,
    Text = 2,
    Int = 3,
    Long = 5,
    List = 7,
}

fn setting(name: &'static str, kind: Kind, value: impl ToString) -> Setting {
    let value = value.to_string();
    Setting { name, value, kind }
}

/// Describes what is asked for; each resource is found or refused by itself.
pub(crate) fn answer(call: &Call<'_>, request: &DescribeConfigsRequest) -> DescribeConfigsResponse {
    let described = request.resources.iter().map(|asked| {
        let result = DescribeConfigsResult::default()
            .with_resource_type(asked.resource_type)
            .with_resource_name(asked.resource_name.clone());
        match describe(call, asked) {
            Ok(configs) => result
                .with_error_code(code(
                    call.verdict.belies(asked.resource_name.as_str(), None),
                ))
                .with_configs(configs),
            Err(refusal) => result
                .with_error_code(refusal.error.code())
                .with_error_message(refusal.wire_message()),
        }
    });
    DescribeConfigsResponse::default().with_results(described.collect())
}

fn describe(
    call: &Call<'_>,
    asked: &DescribeConfigsResource,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    let name = asked.resource_name.as_str();
    if let Some(error) = call.verdict.refuses(name, None) {
        return Err(error.into());
    }
    let configs = match asked.resource_type {
        TOPIC => of_topic(call, name)?,
        BROKER => of_node(call, name)?,
        _ => {
            let message = "This broker describes the configs of topics and of brokers only";
            return Err(Refusal::new(ResponseError::InvalidRequest, message));
        }
    };
    let wanted = |config: &DescribeConfigsResourceResult| match &asked.configuration_keys {
        Some(names) => names.contains(&config.name),
        None => true,
    };
    Ok(configs.into_iter().filter(wanted).collect())
}

/// A value that equals the default counts as not set.
fn of_topic(call: &Call<'_>, name: &str) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    check_name(name)?;
    let topics = call.cluster().topics();
    let topic = topics
        .get(name)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    let set = settings(&topic.rules);
    let defaults = settings(&call.cluster().default_rules());
    let described = set.into_iter().zip(defaults).map(|(set, default)| {
        let source = if set.value == default.value {
            DEFAULT_CONFIG
        } else {
            DYNAMIC_TOPIC_CONFIG
        };
        described(call, &set).with_config_source(source)
    });
    Ok(described.collect())
}

fn of_node(call: &Call<'_>, name: &str) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    let node = call.node.id;
    if name != node.to_string() {
        let message = format!("Unexpected broker id, expected {node} but received {name}");
        return Err(Refusal::new(ResponseError::InvalidRequest, message));
    }
    let config = &call.cluster().config;
    let rules = call.cluster().default_rules();
    let of_topics = settings(&rules).into_iter().map(|setting| Setting {
        name: broker_name(setting.name),
        ..setting
    });
    let own = [
        setting(
            "auto.create.topics.enable",
            Kind::Boolean,
            config.auto_create_topics,
        ),
        setting("default.replication.factor", Kind::Int, config.nodes),
        setting("num.partitions", Kind::Int, config.default_partitions),
    ];
    let described = own.into_iter().chain(of_topics).map(|setting| {
        described(call, &setting)
            .with_config_source(STATIC_BROKER_CONFIG)
            .with_read_only(true)
    });
    Ok(described.collect())
}

/// What the default of a topic's setting is called at a broker (`ServerTopicConfigSynonyms` of Kafka).
fn broker_name(name: &'static str) -> &'static str {
    match name {
        "cleanup.policy" => "log.cleanup.policy",
        "max.message.bytes" => "message.max.bytes",
        "message.timestamp.after.max.ms" => "log.message.timestamp.after.max.ms",
        "message.timestamp.type" => "log.message.timestamp.type",
        same => same,
    }
}

fn described(call: &Call<'_>, setting: &Setting) -> DescribeConfigsResourceResult {
    let has_type = call.version >= FIRST_WITH_TYPES;
    DescribeConfigsResourceResult::default()
        .with_name(StrBytes::from_static_str(setting.name))
        .with_value(Some(StrBytes::from_string(setting.value.clone())))
        .with_config_type(if has_type { setting.kind as i8 } else { 0 })
}

/// The settings of a topic with these rules.
pub(super) fn settings(rules: &Rules) -> [Setting; 6] {
    let policy = if rules.compacted { "compact" } else { "delete" };
    let timestamps = if rules.log_append_time {
        "LogAppendTime"
    } else {
        "CreateTime"
    };
    [
        setting("cleanup.policy", Kind::List, policy),
        setting("compression.type", Kind::Text, COMPRESSION),
        setting("max.message.bytes", Kind::Int, rules.max_message_bytes),
        setting(
            "message.timestamp.after.max.ms",
            Kind::Long,
            rules.timestamp_after_max_ms,
        ),
        setting("message.timestamp.type", Kind::Text, timestamps),
        setting("min.insync.replicas", Kind::Int, rules.min_in_sync),
    ]
}
