//! Rules about options and one topic.

use tokafka_client::{
    admin::{TopicOutlook, TopicState},
    batch::Codec,
    settings::Acks,
};

use super::finding::{Facts, Finding, Said, note, risk};

type Rule = fn(&Facts<'_>, &TopicOutlook) -> Option<Said>;

const RULES: [Rule; 13] = [
    unusable,
    not_allowed,
    leaderless,
    created_by_itself,
    one_replica,
    in_sync_and_acks,
    no_replica_to_spare,
    leader_is_enough,
    compression_twice,
    keys_of_compacted,
    request_over_message,
    batch_over_message,
    replaced_times,
];

/// What is to be known of writing to a topic with these options.
pub(super) fn findings(facts: &Facts<'_>, topic: &TopicOutlook) -> Vec<Finding> {
    let said = RULES.iter().filter_map(|rule| rule(facts, topic));
    said.map(|said| Finding::new(&topic.name, said)).collect()
}

fn unusable(_: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    match &topic.state {
        TopicState::Unusable { reason } => risk(
            "no write can use this topic",
            reason,
            "create it, or correct its name",
        ),
        TopicState::Exists if topic.configs.is_none() => note(
            "its settings cannot be seen",
            "we may not describe them (DescribeConfigs): nothing is known of its limits",
            "have the cluster allow DESCRIBE_CONFIGS on it",
        ),
        TopicState::Exists | TopicState::WouldBeCreated | TopicState::Unknown { .. } => None,
    }
}

fn not_allowed(_: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    (topic.may_write == Some(false)).then_some(())?;
    risk(
        "we may not write to it",
        "the cluster allows us to see it, but not WRITE",
        "have the cluster allow WRITE on it",
    )
}

fn leaderless(_: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    (!topic.leaderless.is_empty()).then_some(())?;
    risk(
        format!("partitions without a leader: {:?}", topic.leaderless),
        "a write waits for a leader for max.block.ms, and then fails",
        "look at the brokers that hold these partitions",
    )
}

fn created_by_itself(_: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let shape = match (topic.partitions, topic.replicas) {
        (Some(partitions), Some(replicas)) => {
            format!(" (partitions: {partitions}, replicas: {replicas})")
        }
        _ => String::new(),
    };
    let remedy = "create it as it should be before the first write";
    match &topic.state {
        TopicState::WouldBeCreated => note(
            format!("it does not exist, and would be created{shape}"),
            "these are the defaults of the brokers; when partitions are added later, keys move to others",
            remedy,
        ),
        TopicState::Unknown { reason } => note(
            "it does not exist, and may or may not be created",
            reason,
            remedy,
        ),
        TopicState::Exists | TopicState::Unusable { .. } => None,
    }
}

fn one_replica(_: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    (topic.replicas == Some(1)).then_some(())?;
    risk(
        "replication factor 1",
        "one broker has the only copy: while it is down nothing can be written, and its disk takes the \
         rows with it",
        "give the topic 3 replicas",
    )
}

/// `min.insync.replicas`, and how many replicas there are.
fn in_sync(topic: &TopicOutlook) -> Option<(i64, i64)> {
    let wanted = topic.configs.as_ref()?.number("min.insync.replicas")?;
    Some((wanted, i64::from(topic.replicas?)))
}

fn in_sync_and_acks(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let wanted = topic.configs.as_ref()?.number("min.insync.replicas")?;
    let acks = match facts.settings.acks {
        Acks::None => "0",
        Acks::Leader => "1",
        Acks::All => return None,
    };
    (wanted > 1).then_some(())?;
    risk(
        format!("acks={acks} with min.insync.replicas={wanted}"),
        "min.insync.replicas only holds for acks=all: the topic was set up so that no acknowledged row is \
         lost with one broker, and these options give that up",
        "leave acks out (it is all)",
    )
}

fn no_replica_to_spare(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let (wanted, replicas) = in_sync(topic)?;
    (facts.settings.acks == Acks::All && wanted > 1 && wanted >= replicas).then_some(())?;
    risk(
        format!("min.insync.replicas={wanted} of {replicas} replicas"),
        "with acks=all, writes are refused (NOT_ENOUGH_REPLICAS) as soon as one replica is down, as in \
         every restart of a broker",
        "set min.insync.replicas to one less than the replicas, or add replicas",
    )
}

fn leader_is_enough(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let (wanted, replicas) = in_sync(topic)?;
    (facts.settings.acks == Acks::All && wanted == 1 && replicas > 1).then_some(())?;
    note(
        format!("min.insync.replicas=1 of {replicas} replicas"),
        "when the other replicas lag, acks=all waits for the leader alone, and the row is lost with it",
        "set min.insync.replicas=2 for the topic",
    )
}

fn compression_twice(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let of_topic = topic.configs.as_ref()?.get("compression.type")?;
    let ours = match facts.settings.compression.codec {
        Codec::None => "none",
        Codec::Gzip => "gzip",
        Codec::Snappy => "snappy",
        Codec::Lz4 => "lz4",
        Codec::Zstd => "zstd",
    };
    match (of_topic, ours) {
        ("producer", _) | ("uncompressed", "none") => None,
        (same, ours) if same == ours => None,
        (of_topic, "none") => note(
            format!("the topic has compression.type={of_topic}, the producer none"),
            "batches travel uncompressed, and the brokers compress each of them",
            format!("set compression.type={of_topic} for the producer, too"),
        ),
        (of_topic, ours) => risk(
            format!("compression is set twice: {ours} by the producer, {of_topic} by the topic"),
            "the brokers decompress every batch and compress it anew, which costs them far more than \
             taking it as it is",
            format!(
                "set compression.type={of_topic} for the producer, or compression.type=producer for the topic"
            ),
        ),
    }
}

fn keys_of_compacted(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let policy = topic.configs.as_ref()?.get("cleanup.policy")?;
    policy
        .split(',')
        .any(|each| each.trim() == "compact")
        .then_some(())?;
    let finding = format!("cleanup.policy={policy}");
    if facts.null_key {
        return risk(
            format!("{finding} and records without a key"),
            "the brokers refuse a record without a key (INVALID_RECORD), and that ends the write",
            "give every record a key, or write to a topic that is not compacted",
        );
    }
    note(
        finding,
        "every record needs a key: the brokers refuse one without. Only the last record of each key is \
         kept, and one without a value deletes its key",
        "see that no key is null; --null-key says that there will be some",
    )
}

fn request_over_message(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let limit = topic.configs.as_ref()?.number("max.message.bytes")?;
    let request = facts.settings.max_request_size;
    (i64::try_from(request).ok()? > limit).then_some(())?;
    risk(
        format!("max.request.size={request} is larger than max.message.bytes={limit}"),
        "a record between the two is encoded and sent, and only then refused, which ends the write; \
         before, the rows around it are in the topic",
        format!("set max.request.size={limit}, or raise max.message.bytes of the topic"),
    )
}

fn batch_over_message(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let limit = topic.configs.as_ref()?.number("max.message.bytes")?;
    let batch = facts.settings.batch_size?;
    (i64::try_from(batch).ok()? > limit).then_some(())?;
    note(
        format!("batch.size={batch} is larger than max.message.bytes={limit}"),
        "the first batches are refused, split and sent again",
        format!("set batch.size to at most {limit}, or leave it out"),
    )
}

fn replaced_times(facts: &Facts<'_>, topic: &TopicOutlook) -> Option<Said> {
    let of_topic = topic.configs.as_ref()?.get("message.timestamp.type")?;
    (facts.timed && of_topic == "LogAppendTime").then_some(())?;
    note(
        "includeTimestamp=true with message.timestamp.type=LogAppendTime",
        "the brokers put the time of their own clock into every record, in the place of the column's",
        "leave includeTimestamp out, or set message.timestamp.type=CreateTime for the topic",
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
