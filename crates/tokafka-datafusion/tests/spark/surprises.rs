//! What surprises those who know Spark's SQL, as `docs/coming-from-spark.md` says it.

use datafusion::{
    arrow::{array::RecordBatch, datatypes::DataType, util::display::array_value_to_string},
    error::Result,
    prelude::{SessionContext, cast, col, ident},
};
use tokafka_datafusion::{register, sql};

use crate::page;

fn session() -> SessionContext {
    let session = SessionContext::new();
    register(&session);
    session
}

/// The rows of the first column, as text.
fn shown(batches: &[RecordBatch]) -> String {
    let rows = batches.iter().flat_map(|batch| {
        let column = batch.column(0);
        (0..batch.num_rows()).map(move |row| {
            let is_null = column.is_null(row);
            let text = array_value_to_string(column, row).unwrap();
            if is_null { "NULL".to_owned() } else { text }
        })
    });
    rows.collect::<Vec<_>>().join(", ")
}

async fn rows(text: &str) -> Result<String> {
    let batches = sql(&session(), text).await?.collect().await?;
    Ok(shown(&batches))
}

async fn value(expression: &str) -> String {
    let found = rows(&format!("SELECT {expression} AS x")).await;
    found.unwrap_or_else(|_| "an error".to_owned())
}

#[tokio::test]
async fn expressions_give_what_the_page_says() {
    for row in page::surprises() {
        assert_eq!(value(&row.expression).await, row.here, "{}", row.expression);
        assert_ne!(row.here, row.in_spark, "{}", row.expression);
        if let Some(instead) = row.instead {
            assert_eq!(value(&instead).await, row.in_spark, "{instead}");
        }
    }
}

#[tokio::test]
async fn names_are_lower_cased_unless_quoted() {
    let frame = session().sql("SELECT 1 AS \"Id\"").await.unwrap();
    assert!(frame.clone().select([col("Id")]).is_err());
    frame.clone().select([ident("Id")]).unwrap();
    frame.select([col("\"Id\"")]).unwrap();
    assert!(rows("SELECT Id FROM (SELECT 1 AS \"Id\")").await.is_err());
    assert_eq!(
        rows("SELECT \"Id\" FROM (SELECT 1 AS \"Id\")")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn a_plain_session_names_casts_after_table_and_column() {
    let session = session();
    let frame = session.sql("SELECT 'k' AS key").await.unwrap();
    session.register_table("t", frame.into_view()).unwrap();
    let cast_in_sql = session.sql("SELECT CAST(key AS STRING) FROM t").await;
    let by_builder = session.table("t").await.unwrap();
    let by_builder = by_builder.select([cast(col("key"), DataType::Utf8)]);
    for frame in [cast_in_sql, by_builder] {
        assert_eq!(frame.unwrap().schema().field(0).name(), "t.key");
    }
}

#[tokio::test]
async fn what_only_the_front_door_takes_is_refused_by_a_plain_session() {
    for text in [
        "SELECT to_json(struct(*)) AS value FROM (SELECT 1 AS id)",
        "SELECT CAST('a' AS BINARY) AS value",
        "SELECT CAST(1 AS LONG) AS value",
        "SELECT array(1) AS value",
    ] {
        let plain = async { session().sql(text).await?.collect().await };
        assert!(plain.await.is_err(), "{text}");
        rows(text).await.unwrap();
    }
    let plain = session().sql("SELECT CAST(1 AS BYTEA) AS value").await;
    plain.unwrap().collect().await.unwrap();
    let through_ours = rows("SELECT CAST(1 AS BYTEA) AS value").await.unwrap_err();
    assert!(
        through_ours
            .to_string()
            .contains("cannot cast Int64 to BINARY")
    );
}

#[tokio::test]
async fn two_columns_of_one_name_are_refused_unless_of_two_tables() {
    let error = rows("SELECT 'a' AS value, 'b' AS value").await.unwrap_err();
    assert!(
        error.to_string().contains("unique expression names"),
        "{error}"
    );
    let tables = "(SELECT 'a' AS value) AS t, (SELECT 'b' AS value) AS u";
    let of_two = format!("SELECT t.value, u.value FROM {tables}");
    assert_eq!(rows(&of_two).await.unwrap(), "a");
}

#[tokio::test]
async fn nulls_come_last() {
    let numbers = "SELECT x FROM (VALUES (2), (NULL), (1)) AS v(x) ORDER BY x";
    assert_eq!(rows(numbers).await.unwrap(), "1, 2, NULL");
    let first = format!("{numbers} NULLS FIRST");
    assert_eq!(rows(&first).await.unwrap(), "NULL, 1, 2");
}
