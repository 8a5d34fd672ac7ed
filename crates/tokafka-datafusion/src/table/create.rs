//! `CREATE EXTERNAL TABLE … STORED AS KAFKA`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{DataType, Fields, Schema, SchemaRef},
    catalog::{Session, TableProvider, TableProviderFactory},
    common::plan_err,
    error::Result,
    logical_expr::CreateExternalTable,
};
use tokafka_arrow::WriteOptions;

use super::{KafkaTable, SqlOptions, options::Statement};
use crate::WriteFailure;

/// Makes a [`KafkaTable`] of `CREATE EXTERNAL TABLE t [(columns)] STORED AS KAFKA LOCATION
/// 'kafka://host:9092/topic' [OPTIONS (…)]`.
///
/// Without columns the table has those of a record: `key`, `value`, `topic`, `partition`, `offset`,
/// `timestamp`, `timestamptype`, `headers`. Options and columns are checked here, before anything is opened.
#[derive(Debug, Default)]
pub struct KafkaTableFactory {
    shared: SqlOptions,
}

impl KafkaTableFactory {
    pub(crate) fn new(shared: SqlOptions) -> Self {
        Self { shared }
    }
}

#[async_trait]
impl TableProviderFactory for KafkaTableFactory {
    async fn create(
        &self,
        _: &dyn Session,
        table: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        let options = self.shared.of_table(table)?;
        let declared = table.schema.as_arrow();
        let schema = (!declared.fields().is_empty()).then(|| as_declared(declared));
        let table = KafkaTable::with_columns(schema, options).map_err(WriteFailure::Plan)?;
        Ok(Arc::new(table))
    }
}

impl SqlOptions {
    /// All options of a table: those of the statement, what its LOCATION says, and the defaults. Their names
    /// are not checked.
    ///
    /// # Errors
    /// Clauses that a Kafka table cannot have, a LOCATION that is none, and what is given twice.
    pub fn of_table(&self, table: &CreateExternalTable) -> Result<WriteOptions> {
        refuse_clauses(table)?;
        let [location] = &table.locations[..] else {
            return plan_err!(
                "a Kafka table has one LOCATION, 'kafka://host:9092/topic'. Several brokers of one \
                 cluster are given in OPTIONS ('kafka.bootstrap.servers' 'a:9092,b:9092')"
            );
        };
        let options = self.given(Statement::Create, &table.options)?;
        self.complete(Statement::Create, options, location)
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
