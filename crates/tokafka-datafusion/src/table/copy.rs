//! `COPY … TO 'kafka://host:9092/topic' STORED AS KAFKA`.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    catalog::Session,
    common::{
        GetExt, Statistics, not_impl_err, plan_err,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    datasource::{
        file_format::{
            FileFormat, FileFormatFactory, file_compression_type::FileCompressionType,
            file_type_to_format,
        },
        physical_plan::{FileScanConfig, FileSinkConfig, FileSource, JsonSource},
        table_schema::TableSchema,
    },
    error::Result,
    logical_expr::{LogicalPlan, dml::CopyTo},
    object_store::{ObjectMeta, ObjectStore},
    physical_expr::LexRequirement,
    physical_plan::ExecutionPlan,
};
use tokafka_arrow::WriteOptions;

use super::{SqlOptions, options::Statement, write_request};
use crate::{
    WriteFailure,
    plan::{WriteRequest, write_plan},
};

/// The word behind STORED AS, in lower case.
const KAFKA: &str = "kafka";

/// Makes `COPY (SELECT …) TO 'kafka://host:9092/topic' STORED AS KAFKA [OPTIONS (…)]` write to Kafka.
///
/// Columns are found by name and others are ignored, as those of a data frame, and the rows are
/// written by the same plan. Options and columns are checked when the statement is planned, before
/// anything is opened. Secrets among the options can only be references (see
/// [`SecretResolver`](crate::SecretResolver)), since DataFusion shows the options of COPY.
#[derive(Debug, Default)]
pub struct KafkaFormatFactory {
    shared: SqlOptions,
}

impl KafkaFormatFactory {
    pub(crate) fn new(shared: SqlOptions) -> Self {
        Self { shared }
    }

    fn format(&self, given: &HashMap<String, String>) -> Result<KafkaFormat> {
        let shared = self.shared.clone();
        let options = shared.given(Statement::Copy, given)?;
        Ok(KafkaFormat { options, shared })
    }
}

/// Refuses a COPY to Kafka that could not be planned, before DataFusion shows its options.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let walk = plan.apply(|node| {
        if let LogicalPlan::Copy(copy) = node {
            check(copy)?;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walk.map(drop)
}

fn check(copy: &CopyTo) -> Result<()> {
    let factory = file_type_to_format(&copy.file_type)?;
    let Some(factory) = factory.downcast_ref::<KafkaFormatFactory>() else {
        return Ok(());
    };
    let format = factory.format(&copy.options)?;
    let target = Target {
        url: &copy.output_url,
        is_partitioned: !copy.partition_by.is_empty(),
    };
    format
        .request(target, copy.input.schema().as_arrow())
        .map(drop)
}

impl GetExt for KafkaFormatFactory {
    fn get_ext(&self) -> String {
        KAFKA.to_owned()
    }
}

impl FileFormatFactory for KafkaFormatFactory {
    fn create(
        &self,
        _: &dyn Session,
        given: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        Ok(Arc::new(self.format(given)?))
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        Arc::new(KafkaFormat {
            options: WriteOptions::new(),
            shared: SqlOptions::new(),
        })
    }
}

/// One COPY.
#[derive(Debug)]
struct KafkaFormat {
    options: WriteOptions,
    shared: SqlOptions,
}

struct Target<'a> {
    url: &'a str,
    is_partitioned: bool,
}

impl KafkaFormat {
    fn request(&self, target: Target<'_>, query: &Schema) -> Result<WriteRequest> {
        if target.is_partitioned {
            return plan_err!(
                "PARTITIONED BY is not allowed in a COPY to Kafka: the topic has its partitions \
                 already. A column partition says where a row goes"
            );
        }
        if target.url.contains(',') {
            return plan_err!(
                "TO names one broker, '{}' does not. Give several brokers of one cluster in OPTIONS \
                 ('kafka.bootstrap.servers' 'a:9092,b:9092'), and leave them out in TO \
                 'kafka:///topic'",
                target.url
            );
        }
        let given = self.options.clone();
        let options = self.shared.complete(Statement::Copy, given, target.url)?;
        let request = write_request(query, &options).map_err(WriteFailure::Plan)?;
        Ok(request)
    }
}

#[async_trait]
impl FileFormat for KafkaFormat {
    fn get_ext(&self) -> String {
        KAFKA.to_owned()
    }

    fn get_ext_with_compression(&self, _: &FileCompressionType) -> Result<String> {
        Ok(self.get_ext())
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        None
    }

    async fn infer_schema(
        &self,
        _: &dyn Session,
        _: &Arc<dyn ObjectStore>,
        _: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        not_impl_err!("Kafka has no files")
    }

    async fn infer_stats(
        &self,
        _: &dyn Session,
        _: &Arc<dyn ObjectStore>,
        _: SchemaRef,
        _: &ObjectMeta,
    ) -> Result<Statistics> {
        not_impl_err!("Kafka has no files")
    }

    async fn create_physical_plan(
        &self,
        _: &dyn Session,
        _: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        not_impl_err!("Kafka has no files")
    }

    async fn create_writer_physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        _: &dyn Session,
        sink: FileSinkConfig,
        _: Option<LexRequirement>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let target = Target {
            url: &sink.original_url,
            is_partitioned: !sink.table_partition_cols.is_empty(),
        };
        let request = self.request(target, &input.schema())?;
        write_plan(input, request)
    }

    /// Only what `create_physical_plan` makes is read by it, which is nothing.
    fn file_source(&self, schema: TableSchema) -> Arc<dyn FileSource> {
        Arc::new(JsonSource::new(schema))
    }
}
