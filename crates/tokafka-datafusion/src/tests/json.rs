//! `to_json` in queries: what it writes, what is refused, and what is left to the writer.

use datafusion::{
    arrow::{array::AsArray, compute::cast, datatypes::DataType},
    error::Result,
    prelude::{DataFrame, SessionContext, col, lit},
};

use super::frames::session;
use crate::{register, select_exprs, sql, struct_all, to_json, to_json_with};

/// Orders and the customers of some of them.
async fn shop() -> SessionContext {
    let context = session();
    register(&context);
    for table in [
        "CREATE TABLE orders AS SELECT * FROM (VALUES (1, 10, 'new'), (2, 20, NULL), (3, 10, 'paid')) AS v (id, customer, state)",
        "CREATE TABLE customers AS SELECT * FROM (VALUES (10, 'Ann'), (20, 'Bo')) AS v (customer, name)",
    ] {
        context.sql(table).await.unwrap().collect().await.unwrap();
    }
    context
}

/// The first column of all rows, sorted.
async fn texts(frame: DataFrame) -> Vec<String> {
    let mut all = Vec::new();
    for batch in frame.collect().await.unwrap() {
        let text = cast(batch.column(0), &DataType::Utf8).unwrap();
        let text = text.as_string::<i32>().iter();
        all.extend(text.map(|text| text.unwrap_or("null").to_owned()));
    }
    all.sort_unstable();
    all
}

async fn plain(text: &str) -> Vec<String> {
    texts(shop().await.sql(text).await.unwrap()).await
}

async fn in_front(text: &str) -> Vec<String> {
    texts(sql(&shop().await, text).await.unwrap()).await
}

/// Why a query is refused, at the latest when it is planned.
async fn refused(frame: Result<DataFrame>) -> String {
    let planned = async { frame?.create_physical_plan().await };
    planned.await.unwrap_err().strip_backtrace()
}

#[tokio::test]
async fn a_star_is_the_columns_that_select_star_has() {
    let cases = [
        (
            "SELECT to_json(*) FROM orders WHERE id < 3",
            [
                r#"{"id":1,"customer":10,"state":"new"}"#,
                r#"{"id":2,"customer":20}"#,
            ],
        ),
        (
            "SELECT to_json(o.*) FROM orders o JOIN customers c ON o.customer = c.customer WHERE name = 'Ann'",
            [
                r#"{"id":1,"customer":10,"state":"new"}"#,
                r#"{"id":3,"customer":10,"state":"paid"}"#,
            ],
        ),
        (
            "SELECT to_json(*) FROM orders JOIN customers USING (customer) WHERE name = 'Ann'",
            [
                r#"{"id":1,"state":"new","customer":10,"name":"Ann"}"#,
                r#"{"id":3,"state":"paid","customer":10,"name":"Ann"}"#,
            ],
        ),
        (
            "SELECT to_json(*), row_number() OVER (ORDER BY id) FROM (SELECT id FROM orders) WHERE id > 1",
            [r#"{"id":2}"#, r#"{"id":3}"#],
        ),
        (
            "WITH few AS (SELECT state, id FROM orders WHERE state IS NOT NULL) SELECT to_json(*) AS value FROM few ORDER BY id",
            [r#"{"state":"new","id":1}"#, r#"{"state":"paid","id":3}"#],
        ),
        (
            "SELECT to_json(*) FROM (SELECT customer, count(*) AS n FROM orders GROUP BY customer) AS g",
            [r#"{"customer":10,"n":2}"#, r#"{"customer":20,"n":1}"#],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(plain(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn fields_have_the_names_that_spark_gives_them() {
    let cases = [
        (
            "SELECT to_json(struct(id, state)) FROM orders WHERE id = 1",
            r#"{"id":1,"state":"new"}"#,
        ),
        (
            "SELECT to_json(struct(id AS nr, id + 1 AS next)) FROM orders WHERE id = 1",
            r#"{"nr":1,"next":2}"#,
        ),
        (
            "SELECT to_json(struct(id, struct(state, customer))) FROM orders WHERE id = 1",
            r#"{"id":1,"col2":{"state":"new","customer":10}}"#,
        ),
        (
            "SELECT to_json([id, customer]) FROM orders WHERE id = 1",
            "[1,10]",
        ),
        (
            "SELECT to_json(MAP {'a': id}) FROM orders WHERE id = 1",
            r#"{"a":1}"#,
        ),
        ("SELECT to_json(named_struct('x', 1.50))", r#"{"x":1.5}"#),
    ];
    for (query, expected) in cases {
        assert_eq!(plain(query).await, [expected], "{query}");
    }
}

#[tokio::test]
async fn options_are_a_map_or_a_struct() {
    let kept = r#"{"id":2,"customer":20,"state":null}"#;
    for options in [
        "map('ignoreNullFields', 'false')",
        "MAP {'ignorenullfields': 'false'}",
        "named_struct('ignoreNullFields', false, 'dateFormat', 'yyyy')",
    ] {
        let query = format!("SELECT to_json(*, {options}) FROM orders WHERE id = 2");
        assert_eq!(plain(&query).await, [kept], "{options}");
    }
    let dated = "SELECT to_json(struct(make_date(2024, 7, 3) AS d), map('dateFormat', 'dd/MM/yy', 'ignoreNullFields', 'false'))";
    assert_eq!(in_front(dated).await, [r#"{"d":"03/07/24"}"#]);
}

#[tokio::test]
async fn the_front_door_takes_what_spark_takes() {
    let one = [r#"{"id":1,"customer":10,"state":"new"}"#];
    for query in [
        "SELECT to_json(struct(*)) AS value FROM orders WHERE id = 1",
        "select TO_JSON ( Struct ( o.* ) ) from orders o where id = 1",
        "SELECT to_json(struct(*), map('ignoreNullFields', 'true')) FROM orders WHERE id = 1",
    ] {
        assert_eq!(in_front(query).await, one, "{query}");
    }
    let unnamed = "SELECT to_json(struct(*, id + 1)) FROM (SELECT id FROM orders) WHERE id = 1";
    assert_eq!(in_front(unnamed).await, [r#"{"id":1,"col2":2}"#]);
    let mixed = "SELECT to_json(struct(o.id, struct(state, id*2 AS twice) AS more, CAST(id AS INT))) FROM orders o WHERE id = 1";
    let expected = r#"{"id":1,"more":{"state":"new","twice":2},"col3":1}"#;
    assert_eq!(in_front(mixed).await, [expected]);
    let frame = shop().await.table("orders").await.unwrap();
    let frame = frame.filter(col("id").eq(lit(1))).unwrap();
    let frame = select_exprs(frame, &["to_json(struct(*)) AS value", "id AS key"]).unwrap();
    assert_eq!(texts(frame).await, one);
}

#[tokio::test]
async fn expressions_need_nothing_registered() {
    let frame = session()
        .sql("SELECT 1 AS a, CAST(NULL AS INT) AS b")
        .await
        .unwrap();
    let all = struct_all(frame.schema()).unwrap();
    let with = to_json_with(all.clone(), [("ignoreNullFields", "false")]);
    let kept = frame.clone().select(vec![with]).unwrap();
    assert_eq!(texts(kept).await, [r#"{"a":1,"b":null}"#]);
    assert_eq!(
        texts(frame.select(vec![to_json(all)]).unwrap()).await,
        [r#"{"a":1}"#]
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_the_query_runs() {
    let cases = [
        (
            "SELECT to_json(*) FROM orders o JOIN customers c ON o.customer = c.customer",
            "there are several columns named customer: name the columns as in \
             to_json(struct(t.customer, …)), or take those of one table as in to_json(t.*)",
        ),
        (
            "SELECT customer, to_json(*) FROM orders GROUP BY customer",
            "to_json(*) does not go with GROUP BY: a star is the columns of the table, and they are \
             grouped. Name the columns as in to_json(struct(a, b)), or group in a subquery",
        ),
        (
            "SELECT to_json(*) FROM orders GROUP BY customer HAVING count(*) > 1",
            "to_json(*) does not go with GROUP BY",
        ),
        (
            "SELECT to_json(id) FROM orders",
            "Input schema \"BIGINT\" must be a struct, an array, a map or a variant.",
        ),
        (
            "SELECT to_json(struct(*)) FROM (SELECT CAST('12:00' AS TIME) AS t)",
            "Unable to convert column `t` of type Time64(ns) to JSON",
        ),
        (
            "SELECT struct(*) FROM orders",
            "struct(*) can be written as JSON only: to_json(struct(*))",
        ),
        (
            "SELECT to_json(*, map('pretty', 'true')) FROM orders",
            "Unknown option pretty of to_json",
        ),
        (
            "SELECT to_json(*, map('dateFormat', 'dd HH')) FROM orders",
            "Invalid pattern dd HH of option dateFormat, at character 4: H is part of a time, and a \
             date has none",
        ),
        (
            "SELECT to_json(*, 1) FROM orders",
            "the options of to_json must be a map or a struct of strings, not Int64",
        ),
        ("SELECT to_json() FROM orders", "to_json"),
    ];
    for (query, expected) in cases {
        let context = shop().await;
        let error = refused(sql(&context, query).await).await;
        assert!(error.contains(expected), "{query}: {error}");
    }
}

#[tokio::test]
async fn a_mistake_is_found_where_it_was_typed() {
    let query = "SELECT to_json(struct(*)) FROM orders WHERE )";
    let text = sql(&shop().await, query).await.unwrap_err().to_string();
    assert!(text.contains("Line: 1, Column: 45"), "{text}");
}
