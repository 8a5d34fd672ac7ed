//! Stub.
#![allow(missing_docs, unused_variables, dead_code, missing_debug_implementations)]
use crate::{batch::RecordRef, cluster::Cluster, error::*, settings::FetchSettings};
use std::ops::Range;
/// Reads the records of `[start, end)` of one partition, batch by batch.
#[derive(Debug)]
pub struct RangeReader;
impl RangeReader {
    /// With an end of `i64::MAX` it follows the partition and never ends.
    pub async fn open(cluster: &Cluster, settings: &FetchSettings, topic: &str, partition: i32, range: Range<i64>) -> Result<Self, ReadError> { todo!() }
    /// The next records, at least one; `None` at the end. Control batches and, with `read_committed`, aborted records are left out.
    pub async fn next(&mut self) -> Result<Option<FetchedRecords>, ReadError> { todo!() }
    /// The offset that is read next.
    pub fn position(&self) -> i64 { todo!() }
}
/// Records of one batch that lie in the range.
#[derive(Debug)]
pub struct FetchedRecords;
impl FetchedRecords { pub fn iter(&self) -> impl Iterator<Item = Result<RecordRef<'_>, BatchError>> { std::iter::empty() } }
