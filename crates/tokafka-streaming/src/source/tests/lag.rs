//! What lag monitors see.

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{Fault, FaultAction};

use super::*;

const GROUP: (&str, &str) = ("tokafka.lag.group", " monitored ");

/// The offset of a partition of `t` that the group was told.
fn told(bench: &Bench, partition: i32) -> Option<i64> {
    let offsets = bench.broker.group_offsets("monitored");
    offsets.get(&("t".to_owned(), partition)).copied()
}

#[tokio::test]
async fn a_group_is_told_where_batches_end_and_never_asked() {
    let bench = Bench::new(&[("t", 2)]).await;
    let mut source = bench.open(&[("subscribe", "t"), GROUP]).await;
    source.finished(&offsets(&[("t", 0, 3), ("t", 1, 4)])).await;
    source.finished(&offsets(&[("t", 0, 5), ("t", 1, 4)])).await;
    source.close().await;
    assert_eq!((told(&bench, 0), told(&bench, 1)), (Some(5), Some(4)));
    assert_eq!(bench.broker.request_count(ApiKey::OffsetFetch), 0);

    let mut source = bench.open(&[("subscribe", "t")]).await;
    source.finished(&offsets(&[("t", 0, 6)])).await;
    source.close().await;
    assert_eq!(told(&bench, 0), Some(5));
}

#[tokio::test]
async fn a_group_that_cannot_be_told_holds_nothing_up() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.broker.inject(Fault {
        api: ApiKey::OffsetCommit,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(ResponseError::UnknownMemberId),
    });
    let mut source = bench.open(&[("subscribe", "t"), GROUP]).await;
    source.finished(&offsets(&[("t", 0, 3)])).await;
    let start = source.initial_offsets().await.unwrap();
    bench.append("t", 0, 4);
    assert_eq!(next(&mut source, &start).await.end, offsets(&[("t", 0, 4)]));
    source.close().await;
    assert_eq!(told(&bench, 0), None);
}
