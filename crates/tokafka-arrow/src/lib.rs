//! Arrow record batches to Kafka records, and back.
//!
//! A [`KafkaWriter`] is made from a schema and [`WriteOptions`]: everything that can be known without
//! the cluster is checked there. It opens one [`PartitionWriter`] for each input that is written in
//! parallel; that one takes record batches, and ends with a [`PartitionReport`]. A [`WriteReport`]
//! adds them up: it is the receipt of the write.
//!
//! The columns are Spark's: `topic` (string), `key` and `value` (string or binary; `value` is
//! required), `headers` (a list of structs of name and value) and `partition` (int). A `timestamp`
//! column is written if the option `includeTimestamp` is true. Other columns are not written.
//!
//! ```no_run
//! use arrow::{array::{RecordBatch, StringArray}, datatypes::{DataType, Field, Schema}};
//! use std::sync::Arc;
//! use tokafka_arrow::{KafkaWriter, WriteOptions, WriteReport};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let schema = Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, false)]));
//! let values = StringArray::from(vec!["one", "two"]);
//! let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(values)])?;
//!
//! let options = WriteOptions::new().topic("orders").producer("bootstrap.servers", "localhost:9092");
//! let kafka = KafkaWriter::new(&schema, options)?;
//! let mut writer = kafka.open(0).await?;
//! writer.write(&batch).await?;
//!
//! let mut receipt = WriteReport::new(&kafka);
//! receipt.add(writer.finish().await?);
//! receipt.finish();
//! println!("{}", receipt.to_json());
//! kafka.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Modules import downwards only, in this order:
//!
//! ```text
//! receipt   read                 what a user keeps, and what a user reads
//! writer    partition_writer     a write as it is planned, and as it runs
//! batch_encoder                  a write that hands its batches to the caller
//! account                        the batches of one writer, at a producer that others use too
//! acquire                        a producer for the options of a write
//! destinations                   the topics of one writer, opened when first named
//! report                         what became of the rows of one writer
//! encode    check     finish     from rows to batches; what can be wrong with rows; compression
//! rows      lanes     share      columns bound to the loop; open batches, and what they may hold
//! topics    partition            where a row goes
//! layout    options              which columns are written, and how
//! pool                           producers that writes share
//! columns   value   spark_type   names and types; columns as slices
//! error     healing              what can go wrong, who must act, and what can go away
//! ```

mod account;
mod acquire;
mod batch_encoder;
mod check;
mod columns;
mod destinations;
mod encode;
mod error;
mod finish;
mod healing;
mod lanes;
mod layout;
mod options;
mod partition;
mod partition_writer;
mod pool;
mod read;
mod receipt;
mod report;
mod rows;
mod share;
mod spark_type;
mod topics;
mod value;
mod writer;

pub use batch_encoder::{BatchEncoder, EncodedBatch};
pub use columns::Attribute;
pub use error::{DataError, FailedWrite, OptionsError, SchemaError, WriteError};
pub use layout::{RecordLayout, TopicRoute};
pub use options::{OPTIONS, OptionRule, WriteOptions, nearest_option};
pub use partition_writer::PartitionWriter;
pub use pool::{Clock, PoolCounts, ProducerLease, ProducerPool, parse_timeout};
pub use read::{
    PartitionSpan, Place, Places, READ_OPTIONS, RangeError, RangeOptions, ReadOptions,
    SourceBatchBuilder, TopicBounds, TopicPlaces, UnreadableRecord, WantedPlaces, source_schema,
    source_view_schema,
};
pub use receipt::{ContentChecksum, PartitionReceipt, WriteReport};
pub use report::PartitionReport;
pub use value::{JsonEncoder, JsonOptions, Omissions};
pub use writer::KafkaWriter;
