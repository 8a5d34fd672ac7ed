//! Spark's spellings through `sql` and `select_exprs`.

use datafusion::{
    arrow::{datatypes::DataType, util::pretty::pretty_format_batches},
    prelude::{DataFrame, SessionContext},
};

use super::frames::table;
use crate::{register, select_exprs, sql};

fn session() -> SessionContext {
    let context = table(1);
    register(&context);
    context
}

fn names_of(frame: &DataFrame) -> Vec<&str> {
    let fields = frame.schema().fields().iter();
    fields.map(|field| field.name().as_str()).collect()
}

async fn refused(text: &str) -> String {
    sql(&session(), text).await.unwrap_err().strip_backtrace()
}

#[tokio::test]
async fn types_have_sparks_names_in_casts() {
    let text = "SELECT CAST(value AS BINARY), cast(CAST(id AS string) as binary) AS text, CAST(id AS LONG), \
                TRY_CAST(value AS INT) AS number FROM t LIMIT 1";
    let frame = sql(&session(), text).await.unwrap();
    let types: Vec<_> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    let expected = [
        DataType::Binary,
        DataType::Binary,
        DataType::Int64,
        DataType::Int32,
    ];
    assert_eq!(types, expected);
    let rows = pretty_format_batches(&frame.collect().await.unwrap())
        .unwrap()
        .to_string();
    assert!(rows.contains("| 303030303030 "), "{rows}");
    assert!(rows.contains("| 30 "), "{rows}");
}

#[tokio::test]
async fn types_have_sparks_names_within_lists_and_structs_too() {
    let text =
        "SELECT CAST(NULL AS ARRAY<STRUCT<long: STRING, binary BINARY, n: LONG>>) AS headers";
    let frame = sql(&session(), text).await.unwrap();
    let DataType::List(item) = frame.schema().field(0).data_type() else {
        panic!("a list")
    };
    let DataType::Struct(fields) = item.data_type() else {
        panic!("of structs")
    };
    let fields = fields.iter();
    let fields: Vec<_> = fields
        .map(|field| (field.name().as_str(), field.data_type().clone()))
        .collect();
    let expected = [
        ("long", DataType::Utf8View),
        ("binary", DataType::Binary),
        ("n", DataType::Int64),
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_column_of_such_a_name_stays_what_it_is() {
    let text = "SELECT long AS binary FROM (SELECT id AS long FROM t) AS q";
    let frame = sql(&session(), text).await.unwrap();
    assert_eq!(frame.schema().field(0).name(), "binary");
}

#[tokio::test]
async fn casts_have_the_names_of_their_columns() {
    let casts = "CAST(q.key AS STRING), CAST(CAST(value AS STRING) AS BINARY), TRY_CAST(id AS INT)";
    let names = ["key", "value", "id", "upper(q.value)"];
    for text in [
        format!("SELECT {casts}, upper(value) FROM t AS q ORDER BY id LIMIT 1"),
        format!("WITH w AS (SELECT {casts}, upper(value) FROM t AS q) SELECT * FROM w"),
    ] {
        let frame = sql(&session(), &text).await.unwrap();
        assert_eq!(names_of(&frame), names);
    }
    let frame = session().table("t").await.unwrap();
    let casts = [
        "CAST(key AS STRING)",
        "CAST(CAST(value AS STRING) AS BINARY)",
    ];
    let frame = select_exprs(frame, &casts).unwrap();
    assert_eq!(names_of(&frame), ["key", "value"]);
}

#[tokio::test]
async fn headers_are_written_as_the_page_writes_them() {
    let headers = "array(struct('content-type' AS key, CAST('json' AS BINARY) AS value), \
                   struct('source' AS key, CAST('web' AS BINARY) AS value)) AS headers";
    let frame = sql(&session(), &format!("SELECT {headers}, 'v' AS value"))
        .await
        .unwrap();
    let rows = pretty_format_batches(&frame.collect().await.unwrap())
        .unwrap()
        .to_string();
    let expected = "[{key: content-type, value: 6a736f6e}, {key: source, value: 776562}]";
    assert!(rows.contains(expected), "{rows}");
    let frame = session().table("t").await.unwrap();
    let frame = select_exprs(
        frame,
        &[
            "array(id, id + 1) AS pair",
            "cast(value AS binary) AS value",
        ],
    );
    let frame = frame.unwrap();
    assert_eq!(*frame.schema().field(1).data_type(), DataType::Binary);
}

#[tokio::test]
async fn a_number_is_not_cast_to_bytes_anywhere() {
    for text in [
        "SELECT CAST(id AS BINARY) AS value FROM t",
        "SELECT CAST(7 AS BYTEA) AS value",
        "SELECT id::bytea AS value FROM t",
        "SELECT value FROM t WHERE EXISTS (SELECT TRY_CAST(id AS BINARY) AS b FROM t)",
        "SELECT to_json(struct(CAST(id + 1 AS BINARY) AS b)) AS value FROM t",
    ] {
        let error = refused(text).await;
        assert!(
            error.contains("cannot cast Int64 to BINARY"),
            "{text}: {error}"
        );
    }
    let frame = session().table("t").await.unwrap();
    let error = select_exprs(frame, &["CAST(part AS BINARY) AS value"]).unwrap_err();
    assert!(
        error.to_string().contains("cannot cast Int32 to BINARY"),
        "{error}"
    );
}
