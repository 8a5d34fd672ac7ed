//! `tokafka checkpoint`: what Spark left, explained and continued.

use std::{fs, path::Path};

use crate::harness::{Ran, Scratch};

/// A copy of a checkpoint that Spark left, as `cp`.
fn golden(name: &str) -> Scratch {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = root
        .join("../tokafka-streaming/testdata/checkpoints")
        .join(name);
    let scratch = Scratch::new();
    for directory in ["offsets", "commits", "sources/0", ""] {
        fs::create_dir_all(scratch.path("cp").join(directory)).unwrap();
        for file in fs::read_dir(from.join(directory)).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                let to = scratch.path("cp").join(directory).join(file.file_name());
                fs::copy(file.path(), to).unwrap();
            }
        }
    }
    scratch
}

fn show(scratch: &Scratch) -> Ran {
    scratch.run("checkpoint show cp")
}

#[test]
fn a_checkpoint_of_spark_that_is_done_says_where_it_goes_on() {
    let ran = show(&golden("two-topics")).succeeded();
    assert_eq!(
        ran.stdout,
        "\
checkpoint cp
  query id        34c2f10c-349e-47a8-b3e3-d0326377f9ba
  last planned    batch 2, at 2026-11-22T12:27:30.768Z
  last committed  batch 2
  files           offsets/ 0 to 2, commits/ 0 to 2
  settings        Spark's are in it, and are kept

Batch 2 is done. After the next start batch 3 begins at:
  source  topic   partition  offset
  0       events  0          19
  0       events  1          18
  0       orders  0          34
  0       orders  1          33
  0       orders  2          33
"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_a_file_of_somebody_says_moves_no_cursor() {
    let scratch = golden("two-topics");
    let file = scratch.path("cp/offsets/2");
    let entry = fs::read_to_string(&file).unwrap();
    fs::write(&file, entry.replace("events", "e\\u001b[2J")).unwrap();
    let ran = show(&scratch).succeeded();
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("  0       e\\u{1b}[2J"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_batch_that_is_not_done_is_named_with_what_it_reads_again() {
    let scratch = golden("processing-time");
    fs::remove_file(scratch.path("cp/commits/0")).unwrap();
    let ran = show(&scratch).succeeded();
    let told = "\
  last committed  none
  files           offsets/ 0, commits/ is empty
  settings        Spark's are in it, and are kept

Batch 0 was planned and is not done. The next start runs it again, with the same offsets; what it had
written is then there twice:
  source  topic   partition  from  to before  offsets
  0       events  0          0     19         19
  0       events  1          0     18         18

After that batch 1 begins at:
  source  topic   partition  offset
  0       events  0          19
  0       events  1          18
";
    assert!(ran.stdout.ends_with(told), "{}", ran.stdout);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let scratch = golden("two-topics");
    scratch.file("cp/offsets/2", "");
    scratch.file("cp/offsets/.3.77.tmp", "");
    let ran = show(&scratch);
    assert_eq!(ran.code, Some(1));
    for text in [
        "No stream can go on from it:\n  Failed to read log file cp/offsets/2. Incomplete log file (bring it back",
        "Nobody reads them; they may be removed while no stream runs:\n  offsets/.3.77.tmp\n",
    ] {
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    }
    assert!(
        ran.stderr
            .contains("checkpoint cp: no stream can go on from it"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_directory_without_a_checkpoint_is_none() {
    let scratch = Scratch::new();
    show(&scratch).failed(&["checkpoint cp: there is no checkpoint"]);
    assert!(!scratch.path("cp").exists());
}

#[test]
fn offsets_are_skipped_and_that_is_recorded() {
    let scratch = golden("available-now");
    fs::remove_file(scratch.path("cp/commits/2")).unwrap();
    let line = "checkpoint skip cp --topic orders --partition 1 --offset";
    let ran = scratch.run(&format!("{line} 27")).succeeded();
    assert_eq!(ran.stdout, "skipped: orders-1 offset 27\n");
    let ran = scratch.run(&format!("{line} 29..31")).succeeded();
    assert_eq!(ran.stdout, "skipped: orders-1 offsets 29 to 31\n");
    let ran = scratch.run(&format!("{line} 30")).succeeded();
    assert_eq!(ran.stdout, "skipped already: orders-1 offset 30\n");
    let ran = show(&scratch).succeeded();
    for text in [
        "(Spark would read them):\n  orders-1 offset 27, since 20",
        "  orders-1 offsets 29 to 31, since 20",
    ] {
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    }
}

#[test]
fn what_is_done_or_not_read_cannot_be_skipped() {
    let scratch = golden("available-now");
    let line = "checkpoint skip cp --topic orders --partition";
    scratch
        .run(&format!("{line} 1 --offset 32"))
        .failed(&["checkpoint cp: offsets of orders-1 below 33 are done already"]);
    scratch
        .run(&format!("{line} 9 --offset 32"))
        .failed(&["its query does not read orders-9; it reads orders-0, orders-1, orders-2"]);
    for offset in ["x", "5..4", "-1", "1..", "5..=6", "9223372036854775807"] {
        scratch
            .run(&format!("{line} 1 --offset={offset}"))
            .wrong_use(&["it is an offset, or the first and the last of several: 7 or 7..9"]);
    }
    assert!(!scratch.path("cp/skips").exists());
}
