//! `CREATE EXTERNAL TABLE … STORED AS KAFKA`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit},
    catalog::{Session, TableProvider, TableProviderFactory},
    common::plan_err,
    error::Result,
    logical_expr::CreateExternalTable,
};
use tokafka_arrow::WriteOptions;

use super::{
    KafkaTable,
    location::Location,
    options::{Statement, options},
};
use crate::{WriteFailure, secrets::Secrets};

/// Makes a [`KafkaTable`] of `CREATE EXTERNAL TABLE t [(columns)] STORED AS KAFKA LOCATION
/// 'kafka://host:9092/topic' [OPTIONS (…)]`.
///
/// Without columns the table has those that can be written: `key`, `value`, `topic` if LOCATION and
/// options name none, `partition`, `headers`, and `timestamp` with `includeTimestamp`. Options and
/// columns are checked here, before anything is opened.
#[derive(Debug, Default)]
pub struct KafkaTableFactory {
    secrets: Secrets,
}

impl KafkaTableFactory {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets }
    }
}

#[async_trait]
impl TableProviderFactory for KafkaTableFactory {
    async fn create(
        &self,
        _: &dyn Session,
        table: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        refuse_clauses(table)?;
        let [location] = &table.locations[..] else {
            return plan_err!(
                "a Kafka table has one LOCATION, 'kafka://host:9092/topic'. Several brokers of one \
                 cluster are given in OPTIONS ('kafka.bootstrap.servers' 'a:9092,b:9092')"
            );
        };
        let options = options(&table.options, Statement::Create, &self.secrets)?;
        let options = Location::parse("LOCATION", location)?.add_to(options)?;
        let schema = match table.schema.fields().is_empty() {
            true => columns(&options),
            false => as_declared(table.schema.as_arrow()),
        };
        let table = KafkaTable::try_new(schema, options).map_err(WriteFailure::Plan)?;
        Ok(Arc::new(table))
    }
}

fn refuse_clauses(table: &CreateExternalTable) -> Result<()> {
    if !table.table_partition_cols.is_empty() {
        return plan_err!(
            "PARTITIONED BY is not allowed for a Kafka table: the topic has its partitions \
             already. A column partition says where a row goes"
        );
    }
    if !table.order_exprs.is_empty() {
        return plan_err!(
            "WITH ORDER is not allowed for a Kafka table: \
             INSERT INTO … SELECT … ORDER BY writes in order"
        );
    }
    if table.unbounded {
        return plan_err!("UNBOUNDED is not allowed for a Kafka table: leave it out");
    }
    if table.constraints.iter().next().is_some() {
        return plan_err!("a Kafka table can have no constraints: Kafka would not keep them");
    }
    if !table.column_defaults.is_empty() {
        return plan_err!("a Kafka table can have no DEFAULT: give the value in the INSERT");
    }
    Ok(())
}

/// Every column that can be written with these options.
fn columns(options: &WriteOptions) -> SchemaRef {
    let topic = options.topic_option().is_none();
    let topic = topic.then(|| Field::new("topic", DataType::Utf8View, true));
    let is_timed = |(name, value): (&str, &str)| {
        name.eq_ignore_ascii_case("includeTimestamp") && value.trim().eq_ignore_ascii_case("true")
    };
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let timestamp = options.iter().any(is_timed);
    let timestamp = timestamp.then(|| Field::new("timestamp", time, true));
    let fields = [
        Some(Field::new("key", DataType::BinaryView, true)),
        Some(Field::new("value", DataType::BinaryView, true)),
        topic,
        Some(Field::new("partition", DataType::Int32, true)),
        Some(Field::new("headers", headers(), true)),
        timestamp,
    ];
    Arc::new(Schema::new(
        fields.into_iter().flatten().collect::<Vec<_>>(),
    ))
}

fn headers() -> DataType {
    let header = Fields::from(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", DataType::Binary, true),
    ]);
    DataType::new_list(DataType::Struct(header), true)
}

/// The declared columns. Integers are cast to `Binary` silently, as their bytes in memory; to
/// `BinaryView` they are not cast at all.
fn as_declared(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Binary | DataType::LargeBinary => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::BinaryView))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Fields>()))
}
