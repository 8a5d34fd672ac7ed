//! The records of spans.

use futures::{Stream, StreamExt, stream, stream::BoxStream};
use tokafka_arrow::PartitionSpan;
use tokafka_client::{
    cluster::Cluster,
    error::ReadError,
    ranges::{FetchedRecords, RangeReader},
    settings::FetchSettings,
};

/// In which order partitions are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// One after the other, each to its end.
    InTurn,
    /// All at once and without an end.
    Following,
}

type Item = Result<(i32, FetchedRecords), ReadError>;

/// Records with their partition, in the order of offsets within it.
pub(crate) fn records<'a>(
    cluster: &'a Cluster,
    settings: &'a FetchSettings,
    topic: &'a str,
    (spans, arrival): (Vec<PartitionSpan>, Arrival),
) -> BoxStream<'a, Item> {
    let partition = move |span| partition_records(cluster, settings, topic, span).boxed();
    match arrival {
        Arrival::InTurn => stream::iter(spans).flat_map(partition).boxed(),
        Arrival::Following => stream::select_all(spans.into_iter().map(|mut span| {
            span.offsets.end = i64::MAX;
            partition(span)
        }))
        .boxed(),
    }
}

fn partition_records<'a>(
    cluster: &'a Cluster,
    settings: &'a FetchSettings,
    topic: &'a str,
    span: PartitionSpan,
) -> impl Stream<Item = Item> + Send + 'a {
    let PartitionSpan { partition, offsets } = span;
    let opened =
        async move { RangeReader::open(cluster, settings, topic, partition, offsets).await };
    stream::once(opened).flat_map(move |opened| match opened {
        Ok(reader) => stream::try_unfold(reader, move |mut reader| async move {
            let records = reader.next().await?;
            Ok(records.map(|records| ((partition, records), reader)))
        })
        .boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    })
}
