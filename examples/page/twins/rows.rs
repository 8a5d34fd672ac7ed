//! The data frames that the page takes as given.

use tokafka::datafusion::{self, error::Result, prelude::*};

/// Messages that are ready to be written.
pub(crate) fn messages() -> Result<DataFrame> {
    dataframe!(
        "topic" => ["orders", "orders", "refunds"],
        "key" => ["7", "8", "7"],
        "value" => ["paid", "new", "done"]
    )
}

/// What users did.
pub(crate) fn events() -> Result<DataFrame> {
    dataframe!(
        "topic" => ["user-events", "user-events", "user-events"],
        "user_id" => [7, 18, 23],
        "event_type" => ["error", "warning", "login"],
        "value" => ["disk full", "disk nearly full", "hello"]
    )
}

/// Rows of several categories.
pub(crate) fn categories() -> Result<DataFrame> {
    dataframe!(
        "category" => ["orders", "payments", "inventory", "weather"],
        "key" => ["1", "2", "3", "4"],
        "value" => ["seven apples", "seven euros", "no apples", "rain"]
    )
}

/// Users without anything that Kafka knows.
pub(crate) fn users() -> Result<DataFrame> {
    dataframe!(
        "id" => [1, 2, 3],
        "user_id" => [7, 18, 23],
        "name" => [Some("Ann"), None, Some("Bo")]
    )
}

/// `pieces` partitions of a query with a few rows each.
pub(crate) fn many(pieces: usize) -> Result<DataFrame> {
    let piece = |piece: usize| {
        let piece = i64::try_from(piece).unwrap_or_default();
        let rows = dataframe!("number" => [piece * 10, piece * 10 + 1, piece * 10 + 2])?;
        rows.select([
            cast(col("number"), datafusion::arrow::datatypes::DataType::Utf8).alias("value"),
        ])
    };
    (1..pieces).try_fold(piece(0)?, |all, next| all.union(piece(next)?))
}
