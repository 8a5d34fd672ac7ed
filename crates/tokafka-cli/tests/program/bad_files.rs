//! Inputs that are not there, not readable, or not what they are called.

use std::fs;

use crate::harness::Scratch;

#[test]
fn a_missing_file_is_named() {
    Scratch::new()
        .run("write orders.parquet -t t --embedded")
        .failed(&["cannot read orders.parquet", "No such file or directory"]);
    Scratch::new()
        .run("write *.parquet -t t --embedded")
        .failed(&["no file matches *.parquet"]);
}

#[test]
fn a_directory_is_not_a_file() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("orders.parquet")).unwrap();
    scratch
        .run("write orders.parquet -t t --embedded")
        .failed(&[
            "orders.parquet is a directory",
            "'orders.parquet/*.parquet'",
        ]);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let scratch = Scratch::new();
    // A link to itself cannot be read by anybody, the superuser included.
    std::os::unix::fs::symlink("loop.csv", scratch.path("loop.csv")).unwrap();
    scratch
        .run("write loop.csv -t t --embedded")
        .failed(&["cannot read loop.csv", "symbolic links"]);
}

#[test]
fn an_empty_file_is_named() {
    let scratch = Scratch::new();
    scratch
        .file("none.csv", "")
        .run("write none.csv -t t --embedded")
        .failed(&["none.csv is empty"]);
}

#[test]
fn a_file_of_another_format_than_its_name_says_is_answered_with_what_to_say() {
    let scratch = Scratch::new();
    scratch
        .file("a.parquet", "key,value\na,b\n")
        .file("a.csv", b"PAR1\x15\x04\x00PAR1");
    scratch
        .file("a.json", "[{\"value\":\"x\"}]")
        .file("b.csv", b"\x1f\x8b\x08\0")
        .file("a.xyz", "v\n");
    scratch.run("write a.parquet -t t --embedded").failed(&[
        "a.parquet is not Parquet: it looks like text",
        "--format csv",
    ]);
    scratch.run("write a.csv -t t --embedded").failed(&[
        "a.csv is not CSV: it looks like Parquet",
        "--format parquet",
    ]);
    scratch
        .run("write a.json -t t --embedded")
        .failed(&["a JSON array", "jq -c '.[]'"]);
    scratch
        .run("write b.csv -t t --embedded")
        .failed(&["a gzip archive", "gzip -dc"]);
    scratch
        .run("write a.xyz -t t --embedded")
        .wrong_use(&["a.xyz", "--format"]);
    scratch
        .run("write - -t t --embedded")
        .wrong_use(&["standard input", "--format"]);
}

#[test]
fn a_broken_file_is_named_with_what_is_wrong() {
    let scratch = Scratch::new();
    scratch.file("cut.parquet", b"PAR1\x15\x04\x15\x04");
    scratch
        .run("write cut.parquet -t t --embedded")
        .failed(&["cannot read cut.parquet", "Parquet"]);
    scratch.file("bad.ndjson", "{\"value\":\"a\"}\n{\"value\":\n");
    scratch
        .run("write bad.ndjson -t t --embedded")
        .failed(&["cannot read bad.ndjson: line 2"]);
    scratch.file("bad.csv", "key,value\na,b\na,b,c\n");
    scratch
        .run("write bad.csv -t t --embedded")
        .failed(&["bad.csv", "3"]);
}

#[test]
fn csv_files_with_other_columns_are_not_written_one_under_the_other() {
    let scratch = Scratch::new();
    scratch
        .file("a.csv", "key,value\na,b\n")
        .file("b.csv", "value,key\nb,a\n");
    scratch
        .run("write a.csv b.csv -t t --embedded")
        .failed(&["b.csv has other columns than a.csv"]);
}

#[test]
fn a_damaged_file_ends_in_rows_or_an_error_even_where_its_reader_panics() {
    let scratch = Scratch::new();
    scratch.file("rows.csv", "id,name\n1,Ann\n2,Bea\n");
    let query = "SELECT * FROM 'rows.csv'";
    let copy = format!("COPY ({query}) TO 'rows.parquet'");
    scratch.run_args(&["sql", "-c", &copy]).succeeded();
    let mut stream = scratch.command(&["sql", "--output", "arrow", "-c", query]);
    scratch.file("rows.arrow", stream.output().unwrap().stdout);
    for name in ["rows.parquet", "rows.arrow"] {
        let whole = fs::read(scratch.path(name)).unwrap();
        for at in (0..whole.len()).step_by(11) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let ran = scratch.file(name, damaged);
            let ran = ran.run(&format!("write {name} -t t --embedded"));
            assert!(matches!(ran.code, Some(0..=2)), "{at}: {}", ran.stderr);
            let has_panicked = ran.stderr.contains("panicked at");
            let says = ran
                .stderr
                .lines()
                .any(|line| line.starts_with("error: ") && line.contains("panicked: "));
            assert!(
                !has_panicked || (says && ran.code == Some(1)),
                "{at}: {}",
                ran.stderr
            );
        }
    }
}
