//! Queries, expressions and columns that do not make records.

use crate::harness::{Ran, Scratch};

fn write(extra: &[&str]) -> Ran {
    let scratch = Scratch::new();
    scratch.file("sales.csv", "id,customer,amount\n00123,alice,7\n");
    let mut args = vec!["write", "sales.csv", "-t", "t", "--embedded"];
    args.extend(extra);
    scratch.run_args(&args)
}

#[test]
fn broken_sql_is_shown_with_the_place() {
    write(&["--sql", "SELECT id AS value FORM input"]).wrong_use(&[
        "--sql:",
        "\n  SELECT id AS value FORM input\n",
        "^",
    ]);
}

#[test]
fn a_statement_that_is_no_query_is_refused() {
    write(&["--sql", "DROP TABLE input"]).wrong_use(&["DDL not supported"]);
}

#[test]
fn a_column_that_does_not_exist_is_answered_with_those_that_do() {
    write(&["--sql", "SELECT custmer AS value FROM input"])
        .wrong_use(&["--sql", "custmer", "customer"]);
    write(&["--value", "amout"]).wrong_use(&["--value", "amout", "amount"]);
}

#[test]
fn another_table_than_input_does_not_exist() {
    write(&["--sql", "SELECT value FROM sales"])
        .wrong_use(&["the files are the table `input`", "sales"]);
}

#[test]
fn a_mixture_of_records_and_other_columns_is_refused_naming_what_would_be_dropped() {
    let scratch = Scratch::new();
    scratch.file("mixed.csv", "key,value,amount,note\nk,v,1,x\n");
    scratch
        .run("write mixed.csv -t t --embedded")
        .wrong_use(&["would be dropped: amount, note", "--as records"]);
    scratch
        .run_args(&[
            "write",
            "mixed.csv",
            "-t",
            "t",
            "--embedded",
            "--sql",
            "SELECT value, note FROM input",
        ])
        .wrong_use(&["the query", "would be dropped: note"]);
}

#[test]
fn headers_cannot_come_from_two_places() {
    let scratch = Scratch::new();
    scratch.file(
        "h.ndjson",
        "{\"value\":\"v\",\"headers\":[{\"key\":\"a\",\"value\":\"b\"}]}\n",
    );
    scratch
        .run("write h.ndjson -t t --embedded --header source=test")
        .wrong_use(&["--header", "`headers` column"]);
}
