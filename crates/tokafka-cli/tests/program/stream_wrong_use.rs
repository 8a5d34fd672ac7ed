//! Streams that cannot be: exit code 2, before anything is opened, with what to do.

use crate::harness::Scratch;

const TABLES: &str = "\
CREATE EXTERNAL TABLE src STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/in';
CREATE EXTERNAL TABLE dst STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/out';
";

/// Runs statements behind the two tables.
#[track_caller]
fn refused(statements: &str, texts: &[&str]) {
    file_refused(&format!("{TABLES}{statements}"), texts);
}

#[track_caller]
fn file_refused(file: &str, texts: &[&str]) {
    let scratch = Scratch::new();
    scratch
        .file("s.sql", file)
        .run("stream s.sql --checkpoint cp")
        .wrong_use(texts);
    assert!(!scratch.path("cp").exists());
}

#[test]
fn a_stream_is_exactly_one_insert() {
    refused("", &["no INSERT", "INSERT INTO sink SELECT … FROM source"]);
    refused(
        "SELECT * FROM src",
        &["no INSERT", "INSERT INTO sink SELECT"],
    );
    refused(
        "INSERT INTO dst SELECT value FROM src;\nINSERT INTO dst SELECT key, value FROM src",
        &["statement 4 (line 4): a second INSERT, after statement 3 (line 3)"],
    );
    refused(
        "INSERT INTO dst SELECT value FROM src; SELECT 1",
        &["statement 4 (line 3): a query alone has no place beside a stream"],
    );
    refused(
        "COPY (SELECT 'a' AS value) TO 'kafka://127.0.0.1:1/t' STORED AS KAFKA; INSERT INTO dst SELECT value FROM src",
        &["statement 3 (line 3): COPY has no place"],
    );
    refused(
        "INSERT INTO dst SELECT value FROM src; EXPLAIN INSERT INTO dst SELECT value FROM src",
        &["statement 4 (line 3): EXPLAIN has no place"],
    );
}

#[test]
fn a_stream_reads_a_stream_and_writes_to_a_topic() {
    refused(
        "INSERT INTO dst VALUES ('k', 'v', NULL, NULL, NULL, NULL, NULL, NULL)",
        &["statement 3 (line 3)", "reads no stream", "tokafka sql"],
    );
    refused(
        "INSERT INTO dst SELECT 'a' AS value",
        &["statement 3 (line 3)", "reads no stream"],
    );
    refused(
        "INSERT INTO dst SELECT value FROM dst",
        &["statement 3 (line 3)", "reads dst, which it writes to"],
    );
    refused(
        "CREATE TABLE mem (value STRING); INSERT INTO mem SELECT CAST(value AS STRING) FROM src",
        &["statement 4 (line 3)", "mem is no Kafka table"],
    );
    refused(
        "INSERT INTO nowhere SELECT value FROM src",
        &["statement 3 (line 3)", "nowhere"],
    );
    refused(
        "INSERT OVERWRITE dst SELECT value FROM src",
        &["statement 3 (line 3)", "Overwrite", "INSERT INTO"],
    );
}

#[test]
fn what_needs_the_rows_of_all_batches_is_refused_by_its_name() {
    for (query, name) in [
        (
            "SELECT key, CAST(count(*) AS STRING) AS value FROM src GROUP BY key",
            "aggregat",
        ),
        ("SELECT DISTINCT value FROM src", "DISTINCT"),
        ("SELECT value FROM src ORDER BY value", "ORDER BY"),
        ("SELECT value FROM src LIMIT 5", "LIMIT"),
        (
            "SELECT a.value AS value FROM src a JOIN other b ON a.key = b.key",
            "two streams",
        ),
    ] {
        let other = "CREATE EXTERNAL TABLE other STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/o'";
        let insert = format!("{other}; INSERT INTO dst {query}");
        refused(&insert, &["statement 4 (line 3): ", name]);
    }
}

#[test]
fn columns_are_bound_by_name_and_none_is_lost() {
    refused(
        "INSERT INTO dst SELECT value AS val FROM src",
        &["table dst has no column val"],
    );
    refused(
        "INSERT INTO dst SELECT key FROM src",
        &["statement 3 (line 3)", "value"],
    );
    refused(
        "INSERT INTO dst SELECT value, \"offset\" FROM src",
        &["statement 3 (line 3)", "offset", "the broker gives it"],
    );
    refused(
        "INSERT INTO dst (value, topic) SELECT value, topic FROM src",
        &["topic", "LOCATION names"],
    );
}

#[test]
fn what_has_no_end_cannot_be_shown_or_kept() {
    refused(
        "CREATE TABLE kept AS SELECT * FROM src; INSERT INTO dst SELECT value FROM kept",
        &["statement 3 (line 3)", "a stream has no end"],
    );
}

#[test]
fn the_statement_of_an_error_is_named_with_its_line() {
    file_refused(
        "\n\nCREATE EXTERNAL TABLE dst STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/out' OPTIONS ('kafka.acsk' 'all');\nINSERT INTO dst SELECT 1",
        &["statement 1 (line 3)", "did you mean", "acks"],
    );
    file_refused("SELEC 1", &["statement 1 (line 1)"]);
    file_refused("INSERT INTO dst SELECT 'a", &["Unterminated"]);
    file_refused("-- nothing\n", &["no INSERT"]);
    file_refused(
        "CREATE EXTERNAL TABLE src STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/in' OPTIONS ('subscribePattern' 'in.*');\nINSERT INTO src SELECT 1; INSERT INTO src SELECT 2;",
        &["statement 3 (line 2): a second INSERT"],
    );
}

#[test]
fn a_stream_that_says_twice_what_to_read_is_refused() {
    file_refused(
        "CREATE EXTERNAL TABLE dst STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/out';
         CREATE EXTERNAL TABLE src STORED AS KAFKA LOCATION 'kafka://127.0.0.1:1/in' OPTIONS ('subscribePattern' 'in.*');
         INSERT INTO dst SELECT value FROM src",
        &["statement 2 (line 2)", "given twice", "subscribePattern"],
    );
}

#[test]
fn a_stream_without_a_checkpoint_says_how_to_give_one() {
    let scratch = Scratch::new();
    let file = format!("{TABLES}INSERT INTO dst SELECT value FROM src");
    scratch.file("s.sql", file);
    scratch
        .run("stream s.sql")
        .wrong_use(&["--checkpoint DIR", "checkpointLocation"]);
}

#[test]
fn triggers_and_times_that_cannot_be_are_refused_with_the_reason() {
    let scratch = Scratch::new();
    scratch.file("s.sql", TABLES);
    for (trigger, text) in [
        (
            "-5 seconds",
            "the interval of trigger should not be negative",
        ),
        ("1 month", "Doesn't support month or year interval"),
        ("sometimes", "available-now or once"),
        ("continuous", "no continuous processing"),
    ] {
        let ran = scratch.run_args(&[
            "stream",
            "s.sql",
            "--checkpoint",
            "cp",
            "--trigger",
            trigger,
        ]);
        assert_eq!(ran.code, Some(2), "{trigger}");
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
    let ran = scratch.run("stream s.sql --checkpoint cp --retry-for long");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("forever"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    Scratch::new()
        .run("stream nothing.sql --checkpoint cp")
        .wrong_use(&["nothing.sql", "No such file"]);
}

#[test]
fn options_of_the_command_line_are_checked_before_any_statement() {
    let scratch = Scratch::new();
    scratch.file("s.sql", TABLES);
    scratch
        .run("stream s.sql --checkpoint cp -X kafka.linger.msec=5")
        .wrong_use(&["linger.msec", "did you mean linger.ms?"]);
    scratch
        .run("stream s.sql --checkpoint cp -X topic=t")
        .wrong_use(&["-X topic", "LOCATION"]);
}
