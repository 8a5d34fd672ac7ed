//! Queries that panic in the middle.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{AsArray, Int64Array},
        datatypes::{DataType, Int64Type},
    },
    logical_expr::{ColumnarValue, Volatility, create_udf},
    prelude::DataFrame,
};

use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::table;
use crate::KafkaDataFrame;

/// Rows whose function panics from the row on that is numbered so.
async fn frame(partitions: usize, at: i64) -> DataFrame {
    let context = table(partitions);
    let function = move |arguments: &[ColumnarValue]| {
        let ids = arguments[0].to_array(1)?;
        let ids: &Int64Array = ids.as_primitive::<Int64Type>();
        assert!(
            ids.values().iter().all(|id| *id < at),
            "no more than {at} rows"
        );
        Ok(ColumnarValue::Array(Arc::new(ids.clone())))
    };
    let fragile = create_udf(
        "fragile",
        vec![DataType::Int64],
        DataType::Int64,
        Volatility::Volatile,
        Arc::new(function),
    );
    context.register_udf(fragile);
    let text = "SELECT CAST(fragile(id) AS VARCHAR) AS value FROM t";
    context.sql(text).await.unwrap()
}

#[tokio::test]
async fn a_write_whose_query_panics_fails_and_its_report_is_true() {
    for (partitions, at) in [(1, 25), (4, 145)] {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        broker.create_topic("orders", 1);
        let write = frame(partitions, at).await.write();
        let write = write.option("topic", "orders");
        let write = write.option("kafka.bootstrap.servers", broker.bootstrap());
        let error = write.save().await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(&format!("the query panicked: no more than {at} rows")),
            "{text}"
        );
        let rows = error.report.expect("the writers have reported").rows;
        assert_eq!(rows, broker.records("orders", 0).len() as u64);
    }
}
