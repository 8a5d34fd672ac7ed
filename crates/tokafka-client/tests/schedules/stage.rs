//! Plays a plan: brokers, a producer, its writers, and what goes wrong meanwhile.

use std::time::Duration;

use futures::future::join_all;
use kafka_protocol::messages::ApiKey;
use tokafka_client::{
    producer::{Producer, Topic},
    settings::{ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Restart};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    plan::{Event, Plan, TOPICS, What},
    truth,
    writer::{finish, write},
};

/// Nothing takes so long unless it hangs.
const DEADLINE: Duration = Duration::from_secs(120);
/// How long a delayed request may still be on its way.
const STRAGGLERS: Duration = Duration::from_millis(450);
/// How often it is tried whether a lane goes on.
const PROBES: usize = 50;
const POLL: Duration = Duration::from_millis(2);

/// Plays a plan; the violation, if there is one.
pub(crate) async fn play(plan: &Plan) -> Result<(), String> {
    match timeout(DEADLINE, play_all(plan)).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err("it hangs".to_owned()),
    }
}

async fn play_all(plan: &Plan) -> Result<(), String> {
    let config = DevBrokerConfig {
        nodes: plan.nodes,
        profile: plan.profile,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    for topic in TOPICS {
        broker.create_topic(topic, plan.partitions.cast_signed());
    }
    let producer = connect(plan, &broker).await;
    let mut topics = Vec::new();
    for topic in TOPICS {
        topics.push(producer.topic(topic).await.unwrap());
    }

    let writers = plan.writers.iter().enumerate();
    let writing = join_all(writers.map(|(name, script)| write(&producer, &topics, name, script)));
    let (accounts, ()) = tokio::join!(writing, go_wrong(plan, &broker));
    for account in &accounts {
        truth::check(&broker, plan, account)?;
    }
    probe(plan, &producer, &topics).await?;
    broker.release_all();
    sleep(STRAGGLERS).await;
    for account in &accounts {
        truth::check(&broker, plan, account)?;
    }
    producer.close(Duration::from_secs(10)).await;
    Ok(())
}

async fn connect(plan: &Plan, broker: &DevBroker) -> Producer {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &broker.bootstrap());
    for (name, value) in &plan.settings {
        properties.set(name, value);
    }
    let settings = ProducerSettings::from_properties(&properties).unwrap();
    Producer::connect(settings).await.unwrap()
}

/// Lets all events happen, then heals what can be healed.
async fn go_wrong(plan: &Plan, broker: &DevBroker) {
    for event in &plan.events {
        until(broker, event).await;
        happen(plan, broker, &event.what).await;
    }
    sleep(POLL).await;
    broker.clear_faults();
    broker.set_produce_quota(None);
    for node in 1..=plan.nodes {
        broker.start_node(node).await.unwrap();
    }
}

async fn until(broker: &DevBroker, event: &Event) {
    let latest = Instant::now() + event.at_latest;
    let requests = broker.request_count(ApiKey::Produce) + event.requests;
    while broker.request_count(ApiKey::Produce) < requests && Instant::now() < latest {
        sleep(POLL).await;
    }
}

async fn happen(plan: &Plan, broker: &DevBroker, what: &What) {
    match what {
        What::Fault(fault) => broker.inject(fault.clone()),
        What::Release(index) if *index < broker.held() => broker.release(*index),
        What::Release(_) => {}
        What::MoveLeader {
            topic,
            partition,
            node,
        } => broker.move_leader(TOPICS[*topic], partition.cast_signed(), *node),
        What::Stop(node) => {
            broker.stop_node(*node).await.unwrap();
            sleep(POLL * 10).await;
            move_away(plan, broker, *node);
        }
        What::Start(node) => broker.start_node(*node).await.unwrap(),
        What::Restart(node) => broker.restart(*node, Restart::WithLogs).await.unwrap(),
        What::ForgetOlderBatches => broker.forget_older_batches(),
        What::AddPartitions(count) => broker.grow_topic(TOPICS[0], *count),
        What::Quota(rate) => broker.set_produce_quota(Some(*rate)),
    }
}

/// Gives what a node leads to the next one.
fn move_away(plan: &Plan, broker: &DevBroker, node: i32) {
    let next = node % plan.nodes + 1;
    for topic in TOPICS {
        for partition in 0..plan.partitions.cast_signed() {
            if next != node && broker.leader(topic, partition) == node {
                broker.move_leader(topic, partition, next);
            }
        }
    }
}

/// Every partition can be written to again, and the whole budget is there: a batch that is larger waits
/// for all of it.
async fn probe(plan: &Plan, producer: &Producer, topics: &[Topic]) -> Result<(), String> {
    let large = "x".repeat(plan.buffer_memory);
    for topic in topics {
        for partition in 0..plan.partitions {
            for attempt in 0.. {
                let deliveries = producer.deliveries();
                let batch = finish(producer, std::slice::from_ref(&large));
                let sent = producer.send(topic, partition, batch, &deliveries).await;
                sent.map_err(|error| format!("the budget is not given back: {error}"))?;
                match deliveries.settled().await {
                    Ok(()) => break,
                    // A connection may be muted for longer than the producer has patience.
                    Err(error) if error.is_retriable() && attempt < PROBES => {}
                    Err(error) => return Err(format!("the lane does not go on: {error}")),
                }
            }
        }
    }
    Ok(())
}
