//! `from_json` in queries: what Spark gives for the same texts, row by row.

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, StringArray},
        datatypes::DataType,
        record_batch::RecordBatch,
    },
    prelude::{SessionContext, col},
};
use std::sync::Arc;

use super::frames::session;
use crate::{from_json, from_json_ddl, register, sql, to_json};

/// Texts as a table `t` with the column `text`.
fn with(texts: &[Option<&str>]) -> SessionContext {
    let context = session();
    register(&context);
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    let batch = RecordBatch::try_from_iter_with_nullable([("text", texts, true)]).unwrap();
    context.register_batch("t", batch).unwrap();
    context
}

/// What each text becomes, shown by `to_json`, in which nulls of a struct are left out.
async fn read(schema: &str, texts: &[Option<&str>]) -> Vec<Option<String>> {
    let query = format!("SELECT to_json(from_json(text, '{schema}')) AS value FROM t");
    let batches = sql(&with(texts), &query)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let values = batches.iter().flat_map(|batch| {
        let texts = batch.column(0).as_string::<i32>().clone();
        texts
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect::<Vec<_>>()
    });
    values.collect()
}

async fn becomes(schema: &str, cases: &[(&str, &str)]) {
    let texts: Vec<_> = cases.iter().map(|(text, _)| Some(*text)).collect();
    let values = read(schema, &texts).await;
    for ((text, expected), value) in cases.iter().zip(values) {
        assert_eq!(
            value.as_deref().unwrap_or("null"),
            *expected,
            "{text} as {schema}"
        );
    }
}

async fn refused(query: &str) -> String {
    let frame = sql(&with(&[Some("{}")]), query).await;
    let error = match frame {
        Ok(frame) => frame.collect().await.unwrap_err(),
        Err(error) => error,
    };
    error.strip_backtrace()
}

#[tokio::test]
async fn null_and_blank_texts_are_null_and_what_is_no_json_is_a_struct_of_nulls() {
    let texts = [
        None,
        Some(""),
        Some("  "),
        Some("no"),
        Some("[1]"),
        Some("5"),
        Some("{\"a\":"),
        Some("{}"),
    ];
    let nulls = Some("{}".to_owned());
    let expected = [vec![None; 3], vec![nulls; 5]].concat();
    assert_eq!(read("a INT", &texts).await, expected);
}

#[tokio::test]
async fn a_field_that_does_not_fit_is_null_alone() {
    becomes(
        "a INT, b STRING",
        &[
            (r#"{"a":1,"b":"x"}"#, r#"{"a":1,"b":"x"}"#),
            (r#"{"a":"1","b":"x"}"#, r#"{"b":"x"}"#),
            (r#"{"a":1.5,"b":"x"}"#, r#"{"b":"x"}"#),
            (r#"{"a":3000000000,"b":"x"}"#, r#"{"b":"x"}"#),
            (r#"{"a":null,"b":null}"#, "{}"),
            (r#"{"A":1,"b":"x"}"#, r#"{"b":"x"}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":1} and more"#, r#"{"a":1}"#),
            (r#"{"b":{"c": [1, true]}}"#, r#"{"b":"{\"c\":[1,true]}"}"#),
            (r#"{"b":false}"#, r#"{"b":"false"}"#),
            (r#"{"\u0061":7}"#, r#"{"a":7}"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_type_is_read() {
    becomes(
        "a BOOLEAN, b TINYINT, c LONG, d DOUBLE, e DECIMAL(5,2), f BINARY, g DATE, h TIMESTAMP",
        &[(
            r#"{"a":true,"b":-128,"c":9007199254740993,"d":"NaN","e":1.005,"f":"AP8=","g":"2024-01-02","h":"2024-01-02T03:04:05.123Z"}"#,
            r#"{"a":true,"b":-128,"c":9007199254740993,"d":"NaN","e":1.01,"f":"AP8=","g":"2024-01-02","h":"2024-01-02T03:04:05.123Z"}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn lists_and_maps_are_read_within_and_as_the_whole() {
    becomes(
        "s STRUCT<x: INT, l: ARRAY<INT>>, m MAP<STRING, INT>",
        &[
            (
                r#"{"s":{"x":1,"l":[1,null,"no",4]},"m":{"k":1,"n":null}}"#,
                r#"{"s":{"x":1,"l":[1,null,null,4]},"m":{"k":1,"n":null}}"#,
            ),
            (r#"{"s":[1],"m":[]}"#, "{}"),
            (r#"{"s":{"l":[]},"m":{}}"#, r#"{"s":{"l":[]},"m":{}}"#),
        ],
    )
    .await;
    becomes(
        "array<struct<a: int>>",
        &[
            (r#"[{"a":1},{"a":2}]"#, r#"[{"a":1},{"a":2}]"#),
            (r#"{"a":1}"#, r#"[{"a":1}]"#),
            ("no", "null"),
        ],
    )
    .await;
    becomes(
        "map<string,int>",
        &[(r#"{"k":1}"#, r#"{"k":1}"#), ("[1]", "null")],
    )
    .await;
}

#[tokio::test]
async fn the_text_of_a_row_that_does_not_fit_is_kept_in_the_corrupt_record() {
    becomes(
        "a INT, _corrupt_record STRING",
        &[
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r#"{"a":"x"}"#, r#"{"_corrupt_record":"{\"a\":\"x\"}"}"#),
            ("no", r#"{"_corrupt_record":"no"}"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn failfast_names_the_row_and_options_are_checked() {
    let of = |options: &str| format!("SELECT from_json(text, 'a INT', {options}) FROM t");
    let context = with(&[Some(r#"{"a":1}"#), Some("no")]);
    let frame = sql(&context, &of("map('mode', 'FAILFAST')")).await.unwrap();
    let error = frame.collect().await.unwrap_err().strip_backtrace();
    assert!(error.contains("row 1 of its batch does not fit"), "{error}");
    let error = refused(&of("map('mode', 'DROPMALFORMED')")).await;
    assert!(
        error.contains("PERMISSIVE or FAILFAST, not \"DROPMALFORMED\""),
        "{error}"
    );
    let error = refused(&of("map('dateformat', 'yyyy')")).await;
    assert!(error.contains("unknown option \"dateformat\""), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_the_arguments_is_said_before_the_query_runs() {
    for (query, expected) in [
        ("from_json(text)", "from_json takes a text, a schema"),
        (
            "from_json(1, 'a INT')",
            "from_json takes a text, not Int64: CAST",
        ),
        (
            "from_json(text, 'a NUMBER')",
            "at character 3: expected a type",
        ),
        (
            "from_json(text, 'INT')",
            "gives a struct, an array or a map, not Int32",
        ),
        ("from_json(text, text)", "must be a constant text"),
    ] {
        let error = refused(&format!("SELECT {query} FROM t")).await;
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn the_builders_take_an_arrow_type_or_the_words_of_spark() {
    let text = r#"{"user":{"id":7},"kind":"purchase"}"#;
    let frame = with(&[Some(text)]).table("t").await.unwrap();
    let schema = "user STRUCT<id: INT>, kind STRING";
    let data = from_json_ddl(col("text"), schema).unwrap().alias("data");
    let frame = frame.select(vec![data]).unwrap();
    let data_type: DataType = frame.schema().field(0).data_type().clone();
    let again = from_json(to_json(col("data")), &data_type).unwrap();
    let frame = frame.select(vec![to_json(again)]).unwrap();
    let batches = frame.collect().await.unwrap();
    assert_eq!(batches[0].column(0).as_string::<i32>().value(0), text);
    let error = from_json(col("text"), &DataType::new_list(DataType::UInt8, true)).unwrap_err();
    assert!(
        error.to_string().contains("JSON is not read as UInt8"),
        "{error}"
    );
}
