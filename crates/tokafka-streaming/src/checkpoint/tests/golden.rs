//! What Spark left is read, continued, and written again to the byte.

use std::fs;

use super::{super::entry, *};

const ALL: [&str; 3] = ["available-now", "processing-time", "two-topics"];

#[tokio::test]
async fn each_is_read() {
    let directory = Directory::golden("two-topics");
    let checkpoint = directory.open().await;
    let id = "34c2f10c-349e-47a8-b3e3-d0326377f9ba";
    assert_eq!(checkpoint.id().to_string(), id);
    let recovered = checkpoint.recovered();
    assert_eq!(recovered.committed, Some(2));
    let (batch, last) = recovered.planned.as_ref().unwrap();
    assert_eq!(*batch, 2);
    assert_eq!(last.timestamp_ms, 1_795_350_450_768);
    let end = r#"{"events":{"0":19,"1":18},"orders":{"0":34,"1":33,"2":33}}"#;
    assert_eq!(ends_at(last), &offsets(end));
    let before = recovered.before.as_ref().unwrap();
    assert_eq!(ends_at(before).get("events", 1), Some(15));
    let start = checkpoint.initial_offsets(0).await.unwrap().unwrap();
    let zero = r#"{"events":{"0":0,"1":0},"orders":{"0":0,"1":0,"2":0}}"#;
    assert_eq!(start, offsets(zero));
    assert!(checkpoint.initial_offsets(1).await.unwrap().is_none());
}

/// Files that we write in the state in which Spark was have the same bytes, but for the id.
#[tokio::test]
async fn each_is_written_again_to_the_byte() {
    for name in ALL {
        let spark = golden(name);
        let ours = Directory::empty();
        let checkpoint = ours.open().await;
        let read = |name: &str| fs::read(spark.join(name)).unwrap();
        let initial = entry::parse_initial(&read("sources/0/0")).unwrap();
        checkpoint.put_initial_offsets(0, &initial).await.unwrap();
        let batches = fs::read_dir(spark.join("commits")).unwrap().count() as u64 / 2;
        for batch in 0..batches {
            let planned = entry::parse_offsets(&read(&format!("offsets/{batch}"))).unwrap();
            checkpoint.put_offsets(batch, &planned).await.unwrap();
            checkpoint.put_commit(batch).await.unwrap();
        }
        let files = files_below(&spark).into_iter();
        let files: Vec<String> = files.filter(|name| !name.ends_with(".crc")).collect();
        assert_eq!(ours.files(), files, "{name}");
        for file in files.iter().filter(|file| *file != "metadata") {
            assert_eq!(
                fs::read(ours.path().join(file)).unwrap(),
                read(file),
                "{name}/{file}"
            );
        }
        let id = checkpoint.id();
        assert_eq!(ours.read("metadata"), format!(r#"{{"id":"{id}"}}"#));
    }
}

#[tokio::test]
async fn each_is_continued() {
    for name in ALL {
        let directory = Directory::golden(name);
        let checkpoint = directory.open().await;
        let (last, planned) = checkpoint.recovered().planned.clone().unwrap();
        let next = last + 1;
        let conf = planned.conf.get().to_owned();
        // Left from a restore of an older copy: Spark refuses a file whose checksum differs.
        directory.write(&format!("offsets/.{next}.crc"), "crc\0stale");
        directory.write(&format!("commits/.{next}.crc"), "crc\0stale");
        checkpoint.put_offsets(next, &planned).await.unwrap();
        checkpoint.put_commit(next).await.unwrap();
        drop(checkpoint);

        let files = directory.files();
        let stale = format!(".{next}.crc");
        assert!(
            !files.iter().any(|file| file.ends_with(&stale)),
            "{files:?}"
        );
        assert!(files.contains(&format!("offsets/.{last}.crc")), "{files:?}");
        let again = directory.open().await;
        assert_eq!(again.recovered().committed, Some(next), "{name}");
        let (batch, continued) = again.recovered().planned.as_ref().unwrap();
        assert_eq!(
            (*batch, continued.conf.get()),
            (next, conf.as_str()),
            "{name}"
        );
        assert!(conf.contains("spark.sql.shuffle.partitions"));
    }
}

#[tokio::test]
async fn a_commit_that_is_removed_runs_its_batch_again() {
    let directory = Directory::golden("available-now");
    directory.remove("commits/2");
    let checkpoint = directory.open().await;
    assert_eq!(checkpoint.recovered().committed, Some(1));
    checkpoint.put_commit(2).await.unwrap();
    let ours = directory.read("commits/2");
    assert_eq!(
        ours,
        fs::read_to_string(golden("available-now/commits/2")).unwrap()
    );
    assert!(!directory.path().join("commits/.2.crc").exists());
}
