//! A fixed number of partitions, and the order in each.

use std::{sync::Arc, time::Duration};

use crate::plan::{Pin, PinnedPartitionsExec};
use datafusion::{
    arrow::{array::AsArray, datatypes::Int64Type},
    physical_expr::Partitioning,
    physical_plan::{ExecutionPlan, ExecutionPlanProperties, collect_partitioned},
    prelude::SessionContext,
};

use super::{
    frames::{ROWS_PER_PARTITION, session, table},
    meeting,
};

/// The column `id` of each partition.
async fn ids(context: &SessionContext, plan: Arc<dyn ExecutionPlan>) -> Vec<Vec<i64>> {
    let run = collect_partitioned(plan, context.task_ctx());
    let partitions = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .unwrap()
        .unwrap();
    let ids_of = |batches: Vec<datafusion::arrow::array::RecordBatch>| {
        let columns = batches
            .iter()
            .map(|batch| batch["id"].as_primitive::<Int64Type>().values());
        columns.flat_map(|column| column.to_vec()).collect()
    };
    partitions.into_iter().map(ids_of).collect()
}

async fn pinned(partitions: usize, pin: Pin) -> Vec<Vec<i64>> {
    let context = table(partitions);
    let frame = context.sql("SELECT id FROM t").await.unwrap();
    let scan = frame.create_physical_plan().await.unwrap();
    assert_eq!(scan.output_partitioning().partition_count(), partitions);
    let plan = PinnedPartitionsExec::try_new(scan, pin).unwrap();
    ids(&context, Arc::new(plan)).await
}

fn all(partitions: usize) -> Vec<i64> {
    (0..(partitions * ROWS_PER_PARTITION) as i64).collect()
}

fn sorted(partitions: &[Vec<i64>]) -> Vec<i64> {
    let mut ids = partitions.concat();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn an_exchange_gives_exactly_its_number_of_partitions_and_every_row_once() {
    for count in [1, 2, 3, 7] {
        let dealt = pinned(5, Pin::Exchange(Partitioning::RoundRobinBatch(count))).await;
        assert_eq!(dealt.len(), count);
        assert_eq!(sorted(&dealt), all(5));
    }
}

#[tokio::test]
async fn at_most_one_is_partition_after_partition_in_order() {
    assert_eq!(pinned(5, Pin::AtMost(1)).await, [all(5)]);
}

#[tokio::test]
async fn joined_partitions_keep_their_order() {
    let groups = pinned(5, Pin::AtMost(2)).await;
    assert_eq!(groups.len(), 2);
    assert_eq!(sorted(&groups), all(5));
    let size = ROWS_PER_PARTITION as i64;
    for partition in 0..5 {
        let group = &groups[partition as usize % 2];
        let own: Vec<_> = group
            .iter()
            .copied()
            .filter(|id| id / size == partition)
            .collect();
        assert_eq!(
            own,
            (partition * size..(partition + 1) * size).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn at_most_leaves_fewer_partitions_alone_and_exactly_deals_them_out() {
    assert_eq!(pinned(2, Pin::AtMost(3)).await.len(), 2);
    let dealt = pinned(2, Pin::Exactly(3)).await;
    assert_eq!(dealt.len(), 3);
    assert_eq!(sorted(&dealt), all(2));
}

/// The partitions of a hash join report to each other before they give any row.
#[tokio::test]
async fn one_stream_of_partitions_that_wait_for_each_other_does_not_hang() {
    let plan = meeting::scan(3).await;
    assert_eq!(plan.output_partitioning().partition_count(), 3);
    let plan = PinnedPartitionsExec::try_new(plan, Pin::Exactly(1)).unwrap();
    assert_eq!(ids(&session(), Arc::new(plan)).await, [[0, 1, 2]]);
}
