//! The files of `tests/slt`: SQL as users write it, and what it gives, through [`sql`](crate::sql).
//!
//! Each file has a session and a broker of its own, with the topics `orders` (2 partitions) and
//! `refunds` (1). `{broker}` stands for its address, in statements and in what they give. The table
//! `log` has the records of both topics as the broker holds them.

use std::{path::PathBuf, sync::Arc};

use datafusion::{
    arrow::{
        array::{Int32Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray},
        datatypes::DataType,
        util::display::{ArrayFormatter, FormatOptions},
    },
    error::{DataFusionError, Result},
    prelude::SessionContext,
};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, StoredRecord};

use super::frames;

const BROKER: &str = "{broker}";
const TOPICS: [(&str, i32); 2] = [("orders", 2), ("refunds", 1)];

#[tokio::test]
async fn create_and_describe() {
    run("create").await;
}

#[tokio::test]
async fn insert() {
    run("insert").await;
}

#[tokio::test]
async fn ranges() {
    run("ranges").await;
}

#[tokio::test]
async fn copy() {
    run("copy").await;
}

#[tokio::test]
async fn select() {
    run("select").await;
}

async fn run(name: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/slt/{name}.slt"));
    let mut runner = Runner::new(Session::start);
    if let Err(error) = runner.run_file_async(file).await {
        panic!("{}", error.display(false));
    }
}

struct Session {
    context: SessionContext,
    broker: DevBroker,
}

impl Session {
    async fn start() -> Result<Self> {
        let config = DevBrokerConfig {
            auto_create_topics: false,
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await?;
        for (topic, partitions) in TOPICS {
            broker.create_topic(topic, partitions);
        }
        let context = frames::session();
        let secrets = |source: &str, name: &str| match (source, name) {
            ("env", "CLIENT") => Ok("by-reference".to_owned()),
            _ => Err(format!("{source} knows no {name}").into()),
        };
        crate::register_with(&context, crate::SqlOptions::new().secrets(secrets));
        Ok(Self { context, broker })
    }

    async fn rows(&self, text: &str) -> Result<Vec<RecordBatch>> {
        self.context.deregister_table("log")?;
        self.context.register_batch("log", self.log()?)?;
        let text = text.replace(BROKER, &self.broker.bootstrap());
        crate::sql(&self.context, &text).await?.collect().await
    }

    fn log(&self) -> Result<RecordBatch> {
        let partitions = TOPICS
            .iter()
            .flat_map(|(topic, count)| (0..*count).map(move |partition| (*topic, partition)));
        let records: Vec<_> = partitions
            .flat_map(|(topic, partition)| {
                let records = self.broker.records(topic, partition);
                records.into_iter().map(move |it| (topic, partition, it))
            })
            .collect();
        let texts = |text: fn(&StoredRecord) -> Option<String>| {
            let texts = records.iter().map(|(_, _, record)| text(record));
            Arc::new(texts.collect::<StringArray>())
        };
        let each = records.iter();
        let topics = each.clone().map(|(topic, _, _)| *topic);
        let partitions = each.clone().map(|(_, partition, _)| *partition);
        let offsets = each.clone().map(|(_, _, record)| record.offset);
        let times = each.map(|(_, _, record)| record.timestamp);
        Ok(RecordBatch::try_from_iter([
            (
                "topic",
                Arc::new(StringArray::from_iter_values(topics)) as _,
            ),
            (
                "partition",
                Arc::new(Int32Array::from_iter_values(partitions)) as _,
            ),
            (
                "offset",
                Arc::new(Int64Array::from_iter_values(offsets)) as _,
            ),
            ("key", texts(|record| text(record.key.as_deref())) as _),
            ("value", texts(|record| text(record.value.as_deref())) as _),
            ("headers", texts(|record| Some(headers(record))) as _),
            (
                "timestamp",
                Arc::new(TimestampMillisecondArray::from_iter_values(times)) as _,
            ),
        ])?)
    }

    fn shown(&self, rows: &[RecordBatch]) -> Result<Vec<Vec<String>>> {
        let options = FormatOptions::default().with_null("NULL");
        let mut shown = Vec::new();
        for batch in rows {
            let columns = batch.columns().iter();
            let columns = columns.map(|column| ArrayFormatter::try_new(column, &options));
            let columns: Vec<_> = columns.collect::<Result<_, _>>()?;
            let cell = |column: &ArrayFormatter<'_>, row| {
                let text = column.value(row).to_string();
                text.replace(&self.broker.bootstrap(), BROKER)
            };
            let rows = (0..batch.num_rows())
                .map(|row| columns.iter().map(|column| cell(column, row)).collect());
            shown.extend(rows.flat_map(lines));
        }
        Ok(shown)
    }
}

/// A plan is one text: each of its lines is a row, whose depth is shown by dashes, since white space
/// does not count.
fn lines(row: Vec<String>) -> Vec<Vec<String>> {
    let [kind, plan] = &row[..] else {
        return vec![row];
    };
    if !kind.ends_with("_plan") {
        return vec![row];
    }
    let line = |line: &str| {
        let text = line.trim_start();
        vec![format!("{}{text}", "-".repeat(line.len() - text.len()))]
    };
    let title = vec![kind.clone()];
    std::iter::once(title)
        .chain(plan.lines().map(line))
        .collect()
}

fn text(bytes: Option<&[u8]>) -> Option<String> {
    let shown = bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    shown.map(|text| match text.is_empty() {
        true => "(empty)".to_owned(),
        false => text,
    })
}

fn headers(record: &StoredRecord) -> String {
    let headers = record.headers.iter();
    let headers = headers.map(|(name, value)| {
        let value = text(value.as_deref()).unwrap_or_else(|| "NULL".to_owned());
        format!("{name}={value}")
    });
    format!("[{}]", headers.collect::<Vec<_>>().join(","))
}

#[async_trait::async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>> {
        let rows = self.rows(text).await?;
        let Some(first) = rows.first() else {
            return Ok(DBOutput::StatementComplete(0));
        };
        let fields = first.schema();
        let types = fields.fields().iter().map(|field| match field.data_type() {
            kind if kind.is_integer() => DefaultColumnType::Integer,
            DataType::Utf8 | DataType::Utf8View => DefaultColumnType::Text,
            _ => DefaultColumnType::Any,
        });
        Ok(DBOutput::Rows {
            types: types.collect(),
            rows: self.shown(&rows)?,
        })
    }

    async fn shutdown(&mut self) {}
}
