use super::*;

fn delivery(partition: i32, runs: &[(i64, i64)]) -> PartitionDelivery {
    let mut delivery = PartitionDelivery::new("orders".into(), partition);
    for &(first, last) in runs {
        delivery.add_run(run(first, last));
        let checksum = ContentChecksum {
            first,
            last,
            bytes: 90 * last.abs_diff(first - 1),
            crc32c: 2_671_520_299 - first as u32,
        };
        delivery.add_checksum(checksum.as_told());
        delivery.rows += u64::try_from(last - first + 1).unwrap();
    }
    delivery.bytes = 100 * delivery.rows;
    delivery
}

fn report(writer: usize, partitions: Vec<PartitionDelivery>) -> PartitionReport {
    PartitionReport {
        writer,
        rows: partitions.iter().map(|each| each.rows).sum(),
        bytes: partitions.iter().map(|each| each.bytes).sum(),
        batches: 2,
        requests: 1,
        settled: 3,
        settled_rows: 30,
        epochs_raised: 1,
        partitions,
        ..PartitionReport::default()
    }
}

fn empty() -> WriteReport {
    WriteReport {
        version: 1,
        acknowledged: true,
        ordered: true,
        ..WriteReport::default()
    }
}

#[test]
fn reports_of_several_writers_are_added_up_by_topic_and_partition() {
    let mut receipt = empty();
    receipt.add(report(1, vec![delivery(1, &[(0, 4), (10, 14)])]));
    receipt.add(report(
        0,
        vec![delivery(0, &[(7, 9)]), delivery(1, &[(5, 9)])],
    ));
    let offsets: Vec<_> = receipt
        .partitions
        .iter()
        .map(|each| each.offsets.clone())
        .collect();
    assert_eq!(offsets, [vec![[7, 9]], vec![[0, 14]]]);
    assert_eq!((receipt.rows, receipt.batches, receipt.writers), (18, 4, 2));
    let contents = receipt.partitions[1].checksums.clone();
    assert_eq!(contents.len(), 1);
    let covered = (contents[0].first, contents[0].last, contents[0].bytes);
    assert_eq!(covered, (0, 14, 1350));
    let settled = (receipt.settled, receipt.settled_rows, receipt.epochs_raised);
    assert_eq!(settled, (6, 60, 2));
    assert!(!receipt.ordered);
}

#[test]
fn several_flushes_of_one_writer_are_one_writer_in_order() {
    let mut receipt = empty();
    receipt.add(report(0, vec![delivery(0, &[(0, 1)])]));
    receipt.add(report(0, vec![delivery(0, &[(2, 3)])]));
    assert_eq!((receipt.writers, receipt.ordered), (1, true));
}

#[test]
fn rows_that_are_in_doubt_or_not_written_are_counted_apart() {
    let mut failed = delivery(0, &[(0, 9)]);
    (failed.may_be_written_rows, failed.not_written_rows) = (5, 2);
    let mut receipt = empty();
    receipt.add(report(0, vec![failed]));
    assert_eq!(
        (
            receipt.rows,
            receipt.may_be_written_rows,
            receipt.not_written_rows
        ),
        (10, 5, 2)
    );
}

#[test]
fn only_a_finished_write_without_rows_in_doubt_is_complete() {
    let mut receipt = empty();
    receipt.add(report(0, vec![delivery(0, &[(0, 9)])]));
    assert!(!receipt.complete, "it may go on");
    receipt.finish();
    assert!(receipt.complete);
    receipt.add(report(0, vec![delivery(0, &[(10, 19)])]));
    assert!(!receipt.complete, "it went on");

    let mut doubtful = delivery(0, &[]);
    doubtful.may_be_written_rows = 1;
    receipt.add(report(0, vec![doubtful]));
    receipt.finish();
    assert!(!receipt.complete);
}

/// The page that describes the receipt shows this one.
#[test]
fn its_json_is_what_the_documentation_shows() {
    let mut receipt = WriteReport {
        elapsed_ms: 12,
        ..empty()
    };
    let mut doubtful = delivery(1, &[(40, 49)]);
    doubtful.may_be_written_rows = 5;
    receipt.add(report(0, vec![delivery(0, &[(0, 1), (4, 4)]), doubtful]));
    let page = include_str!("../../../../docs/receipt.md");
    (receipt.settled, receipt.settled_rows, receipt.epochs_raised) = (1, 3, 1);
    let json = receipt.to_json();
    assert!(page.contains(&format!("```json\n{json}```")), "{json}");
    assert_eq!(serde_json::from_str::<WriteReport>(&json).unwrap(), receipt);
}

#[test]
fn every_field_is_described_in_the_documentation() {
    let page = include_str!("../../../../docs/receipt.md");
    let receipt = WriteReport {
        partitions: vec![PartitionReceipt {
            checksums: vec![ContentChecksum::default()],
            ..PartitionReceipt::default()
        }],
        ..empty()
    };
    let json = serde_json::to_value(&receipt).unwrap();
    let fields = json.as_object().unwrap().keys();
    let partition = &json["partitions"][0];
    let nested = partition.as_object().unwrap().keys();
    let deeper = partition["checksums"][0].as_object().unwrap().keys();
    for field in fields.chain(nested).chain(deeper) {
        assert!(page.contains(&format!("| `{field}` |")), "{field}");
    }
}
