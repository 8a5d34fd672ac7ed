//! `tokafka checkpoint skip`.

use std::io::{Write, stdout};

use tokafka_streaming::checkpoint::Skip;

use crate::{
    args::{OffsetSpan, SkipArgs},
    notice::Notices,
};

/// Writes into a checkpoint that offsets are passed over.
pub(super) async fn skip(args: SkipArgs, notices: &Notices) -> anyhow::Result<()> {
    let SkipArgs {
        location,
        topic,
        partition,
        offset: OffsetSpan(span),
    } = args;
    let (first, last) = span.into_inner();
    let offsets = first..last.saturating_add(1);
    let place = if first == last {
        format!("{topic}-{partition} offset {first}")
    } else {
        format!("{topic}-{partition} offsets {first} to {last}")
    };
    let recorded = Skip::record(&location, &topic, partition, offsets).await?;
    let what = if recorded {
        "skipped"
    } else {
        "skipped already"
    };
    writeln!(stdout(), "{what}: {place}")?;
    notices.info("the stream passes over them from its next start on; Spark would read them");
    Ok(())
}
