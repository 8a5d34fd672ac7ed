//! Records that a broker drops between the planning and the running of a query.

use std::sync::Arc;

use datafusion::{
    error::Result,
    physical_plan::{ExecutionPlan, collect},
};
use insta::assert_snapshot;
use tokafka_devbroker::DevBrokerConfig;

use super::Bench;

/// A plan over two batches of one record, of which the first is gone.
async fn after_a_loss(options: &str, sql: &str) -> (Bench, Arc<dyn ExecutionPlan>) {
    let config = DevBrokerConfig {
        retention_bytes: 200,
        ..DevBrokerConfig::default()
    };
    let bench = Bench::of(config, 1, options).await;
    let insert = "INSERT INTO k (value) VALUES ('a')";
    for _ in 0..2 {
        bench.insert(insert).await;
    }
    let frame = bench.context.sql(sql).await.unwrap();
    let plan = frame.create_physical_plan().await.unwrap();
    bench.insert(insert).await;
    assert_eq!(bench.broker.records("orders", 0)[0].offset, 1);
    (bench, plan)
}

async fn rows(options: &str, sql: &str) -> Result<usize> {
    let (bench, plan) = after_a_loss(options, sql).await;
    let rows = collect(plan, bench.context.task_ctx()).await?;
    Ok(rows.iter().map(|batch| batch.num_rows()).sum())
}

#[tokio::test]
async fn a_loss_is_an_error() {
    let error = rows("", "SELECT value FROM k").await.unwrap_err();
    assert_snapshot!(error, @"External error: topic orders partition 0 has no offset 0: it holds 1 to 3 (end exclusive). With 'failOnDataLoss' 'false' what is still there is read");
}

#[tokio::test]
async fn what_is_left_is_read_where_losses_are_allowed() {
    let allowed = "failOnDataLoss 'false'";
    assert_eq!(rows(allowed, "SELECT value FROM k").await.unwrap(), 1);
    let gone = rows(allowed, "SELECT value FROM k WHERE offset = 0").await;
    assert_eq!(gone.unwrap(), 0);
    let (bench, plan) = after_a_loss(allowed, "SELECT count(*) FROM k").await;
    let counted = collect(plan, bench.context.task_ctx()).await.unwrap();
    let counted = datafusion::arrow::util::pretty::pretty_format_batches(&counted).unwrap();
    assert!(counted.to_string().contains("| 1 "), "{counted}");
}
