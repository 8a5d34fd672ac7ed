//! What is gone.

use super::*;
use crate::Heals;

const LOST: &str =
    "Some data may have been lost because they are not available in Kafka any more; ";
const LENIENT: (&str, &str) = ("failOnDataLoss", "false");

async fn refused(source: &mut KafkaSource, start: &SourceOffsets, end: &SourceOffsets) -> String {
    let error = source.ranges(start, end).await.unwrap_err();
    assert_eq!(error.heals(), Heals::Never);
    let text = error.to_string();
    assert!(text.starts_with(LOST), "{text}");
    text
}

/// `subscribe topic by pattern with topic recreation between batches`: the query starts anew after it.
#[tokio::test]
async fn a_topic_that_was_made_again_while_the_query_was_down_goes_back() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.append("t", 0, 1);
    let start = offsets(&[("t", 0, 2)]);
    let mut source = bench.open(&[("subscribePattern", "t")]).await;
    let end = next(&mut source, &start).await.end;
    assert_eq!(end, offsets(&[("t", 0, 1)]));
    let error = refused(&mut source, &start, &end).await;
    assert!(
        error.contains("Partition t-0 offset was changed from 2 to 1."),
        "{error}"
    );
    let mut source = bench.open(&[("subscribePattern", "t"), LENIENT]).await;
    assert!(source.ranges(&start, &end).await.unwrap().slots.is_empty());
}

#[tokio::test]
async fn a_topic_that_was_made_again_while_the_query_ran_is_known_by_its_id() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.append("t", 0, 2);
    let mut strict = bench.open(&[("subscribe", "t")]).await;
    let mut lenient = bench.open(&[("subscribe", "t"), LENIENT]).await;
    let start = strict.initial_offsets().await.unwrap();
    assert_eq!(lenient.initial_offsets().await.unwrap(), start);
    bench.broker.delete_topic("t");
    bench.broker.create_topic("t", 1);
    bench.append("t", 0, 5);
    let end = next(&mut strict, &start).await.end;
    let error = refused(&mut strict, &start, &end).await;
    assert!(
        error.contains("Topic t was deleted and created again"),
        "{error}"
    );
    refused(&mut strict, &start, &end).await;
    assert_eq!(next(&mut lenient, &start).await.end, end);
    let ranges = lenient.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&ranges), ["t-0 2..5"]);
}

/// `subscribing topic by pattern with topic deletions`.
#[tokio::test]
async fn deleted_topics_of_a_pattern_are_left_out() {
    let bench = Bench::new(&[("t1", 1), ("t2", 1)]).await;
    bench.append("t1", 0, 1);
    bench.append("t2", 0, 1);
    let start = offsets(&[("t1", 0, 1), ("t2", 0, 0)]);
    bench.broker.delete_topic("t1");
    bench.broker.create_topic("t3", 1);
    bench.append("t3", 0, 3);
    let mut source = bench.open(&[("subscribePattern", "t"), LENIENT]).await;
    let end = next(&mut source, &start).await.end;
    assert_eq!(end, offsets(&[("t2", 0, 1), ("t3", 0, 3)]));
    let ranges = source.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&ranges), ["t2-0 0..1", "t3-0 0..3"]);
    assert!(!ranges.fail_on_data_loss);

    let mut source = bench.open(&[("subscribePattern", "t")]).await;
    assert_eq!(next(&mut source, &start).await.end, end);
    let error = refused(&mut source, &start, &end).await;
    assert!(
        error.ends_with("Partitions t1-0 have been deleted."),
        "{error}"
    );
}

#[tokio::test]
async fn a_topic_with_fewer_partitions_than_before_lost_some() {
    let bench = Bench::new(&[("t", 1)]).await;
    let start = offsets(&[("t", 0, 0), ("t", 1, 3)]);
    let mut source = bench.open(&[("subscribe", "t")]).await;
    let end = next(&mut source, &start).await.end;
    let error = refused(&mut source, &start, &end).await;
    assert!(
        error.ends_with("Partitions t-1 have been deleted."),
        "{error}"
    );
}

/// A topic that is subscribed to by name may come back, as long as nothing was read of another.
#[tokio::test]
async fn a_topic_that_vanishes_is_waited_for_or_left_out() {
    let bench = Bench::new(&[("t", 1), ("u", 1)]).await;
    let mut strict = bench.open(&[("subscribe", "t,u")]).await;
    let mut lenient = bench.open(&[("subscribe", "t,u"), LENIENT]).await;
    let start = strict.initial_offsets().await.unwrap();
    bench.broker.delete_topic("u");
    bench.append("t", 0, 1);
    let error = strict
        .next(&start, ReadLimit::Options, None)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "topic u does not exist");
    assert_eq!(error.heals(), Heals::WithTime);
    let end = next(&mut lenient, &start).await.end;
    assert_eq!(end, offsets(&[("t", 0, 1)]));
    let ranges = lenient.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&ranges), ["t-0 0..1"]);
}

#[tokio::test]
async fn partitions_that_appear_without_their_first_records_lost_some() {
    let config = DevBrokerConfig {
        retention_bytes: 1_000,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    let bench = Bench { broker };
    bench.broker.create_topic("t", 1);
    for _ in 0..40 {
        bench.append("t", 0, 1);
    }
    let (start, end) = (SourceOffsets::default(), offsets(&[("t", 0, 40)]));
    let mut source = bench.open(&[("subscribe", "t")]).await;
    let error = refused(&mut source, &start, &end).await;
    assert!(
        error.contains("Added partition t-0 starts from "),
        "{error}"
    );
    assert!(error.ends_with(" instead of 0."), "{error}");
    let mut source = bench.open(&[("subscribe", "t"), LENIENT]).await;
    let ranges = source.ranges(&start, &end).await.unwrap();
    let first = ranges.slots[0][0].offsets.start;
    assert!((1..40).contains(&first), "{first}");

    let gone = offsets(&[("t", 0, 40), ("u", 0, 1)]);
    assert_eq!(
        slots(&source.ranges(&start, &gone).await.unwrap()),
        slots(&ranges)
    );
    let mut source = bench.open(&[("subscribe", "t")]).await;
    let error = refused(&mut source, &start, &gone).await;
    assert!(
        error.contains("Cannot find initial offsets for partitions u-0."),
        "{error}"
    );
}
