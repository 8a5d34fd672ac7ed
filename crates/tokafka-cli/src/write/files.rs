//! Files as one table that is read in the order in which they were named.
//!
//! DataFusion's own listing table sorts files by path; a stream of rows must keep the user's order.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    sync::Arc,
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use datafusion::{
    arrow::{
        csv::reader::Format as CsvReaderFormat,
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
    catalog::{Session, TableProvider},
    common::config::CsvOptions,
    datasource::{
        TableType,
        file_format::{
            FileFormat as TableFormat, arrow::ArrowFormat, csv::CsvFormat, json::JsonFormat,
            parquet::ParquetFormat,
        },
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfigBuilder},
        table_schema::TableSchema,
    },
    error::Result as DataFusionResult,
    execution::object_store::ObjectStoreUrl,
    logical_expr::Expr,
    object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, path::Path as StorePath},
    physical_plan::ExecutionPlan,
    prelude::SessionContext,
};

use super::{
    format::{Content, CsvForm},
    inputs::{InputFile, InputFiles},
};
use crate::args::FileFormat;

/// The rows of all files, one after the other.
#[derive(Debug)]
pub(super) struct OrderedFiles {
    format: Arc<dyn TableFormat>,
    schema: SchemaRef,
    files: Vec<ObjectMeta>,
    rows: Option<u64>,
}

impl OrderedFiles {
    /// Reads what is needed to know the columns: all of NDJSON, the first line of CSV, the metadata of
    /// the others. CSV columns are text.
    pub(super) async fn open(
        context: &SessionContext,
        inputs: &InputFiles,
        csv: CsvForm,
    ) -> anyhow::Result<Self> {
        let format = table_format(inputs.format, csv);
        let store = context
            .runtime_env()
            .object_store(ObjectStoreUrl::local_filesystem())?;
        let mut table = Self {
            format,
            schema: Arc::new(Schema::empty()),
            files: vec![],
            rows: Some(0),
        };
        let mut schemas = Vec::new();
        for input in &inputs.files {
            let file = store
                .head(&StorePath::from_filesystem_path(&input.path)?)
                .await?;
            let schema = match inputs.format {
                FileFormat::Csv => csv_schema(input, csv)?,
                FileFormat::Parquet | FileFormat::Ndjson | FileFormat::Arrow => {
                    table.infer(context, &store, &file, input).await?
                }
            };
            table.add_rows(context, &store, &file, &schema).await;
            schemas.push(schema);
            table.files.push(file);
        }
        table.schema = common_schema(inputs, &schemas)?;
        Ok(table)
    }

    async fn infer(
        &self,
        context: &SessionContext,
        store: &Arc<dyn ObjectStore>,
        file: &ObjectMeta,
        input: &InputFile,
    ) -> anyhow::Result<SchemaRef> {
        let inferred = self
            .format
            .infer_schema(&context.state(), store, std::slice::from_ref(file))
            .await;
        inferred.with_context(|| match bad_json_line(input) {
            Some(line) => format!("cannot read {}: line {line}", input.shown),
            None => format!("cannot read {}", input.shown),
        })
    }

    /// Adds the number of rows that a file says it has; after one that does not, the sum is unknown.
    async fn add_rows(
        &mut self,
        context: &SessionContext,
        store: &Arc<dyn ObjectStore>,
        file: &ObjectMeta,
        schema: &SchemaRef,
    ) {
        let statistics = self
            .format
            .infer_stats(&context.state(), store, Arc::clone(schema), file)
            .await;
        let rows = statistics
            .ok()
            .and_then(|statistics| statistics.num_rows.get_value().copied());
        self.rows = self.rows.zip(rows).map(|(sum, rows)| sum + rows as u64);
    }

    /// How many rows there are, if the files say so.
    pub(super) fn rows(&self) -> Option<u64> {
        self.rows
    }
}

/// The first line of an NDJSON file that is not JSON; the JSON reader counts within a line only.
fn bad_json_line(input: &InputFile) -> Option<usize> {
    if input.content != Content::JsonObject {
        return None;
    }
    let lines = BufReader::new(File::open(&input.path).ok()?).lines();
    let is_json = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    (1..)
        .zip(lines.map_while(Result::ok))
        .find(|(_, line)| !line.trim().is_empty() && !is_json(line))
        .map(|(number, _)| number)
}

fn table_format(format: FileFormat, csv: CsvForm) -> Arc<dyn TableFormat> {
    match format {
        FileFormat::Parquet => Arc::new(ParquetFormat::default()),
        FileFormat::Arrow => Arc::new(ArrowFormat),
        // A field that first appears in the last line is a column too: none may be lost.
        FileFormat::Ndjson => Arc::new(JsonFormat::default().with_schema_infer_max_rec(usize::MAX)),
        FileFormat::Csv => Arc::new(
            CsvFormat::default().with_options(
                // A line break inside quotes must not be taken for the end of a row when files are split.
                CsvOptions::default()
                    .with_has_header(csv.header)
                    .with_delimiter(csv.delimiter)
                    .with_newlines_in_values(true),
            ),
        ),
    }
}

/// Names from the first line, all text: `00123` is a code, not a number.
fn csv_schema(input: &InputFile, csv: CsvForm) -> anyhow::Result<SchemaRef> {
    let read = || format!("cannot read {}", input.shown);
    let file = BufReader::new(File::open(&input.path).with_context(read)?);
    let (named, _) = CsvReaderFormat::default()
        .with_header(csv.header)
        .with_delimiter(csv.delimiter)
        .infer_schema(file, Some(0))
        .with_context(read)?;
    let fields = named.fields().iter().map(|field| {
        // Spreadsheets put a byte order mark before the first name.
        Field::new(
            field.name().trim_start_matches('\u{feff}'),
            DataType::Utf8,
            true,
        )
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn common_schema(inputs: &InputFiles, schemas: &[SchemaRef]) -> anyhow::Result<SchemaRef> {
    let (Some(first), Some(first_file)) = (schemas.first(), inputs.files.first()) else {
        bail!("no input")
    };
    if inputs.format == FileFormat::Csv {
        let other = inputs
            .files
            .iter()
            .zip(schemas)
            .find(|(_, schema)| *schema != first);
        if let Some((file, _)) = other {
            // CSV is read by position, so other columns would silently become these.
            bail!("{} has other columns than {}", file.shown, first_file.shown);
        }
        return Ok(Arc::clone(first));
    }
    let merged = Schema::try_merge(schemas.iter().map(|schema| schema.as_ref().clone()))
        .with_context(|| format!("the columns of {} do not fit together", inputs.shown()))?;
    Ok(Arc::new(merged))
}

#[async_trait]
impl TableProvider for OrderedFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let source = self.format.file_source(TableSchema::from(self.schema()));
        let files = self
            .files
            .iter()
            .cloned()
            .map(PartitionedFile::from)
            .collect::<Vec<_>>();
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_group(FileGroup::new(files))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        self.format.create_physical_plan(state, config).await
    }
}
