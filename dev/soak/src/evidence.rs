//! What a client reported of the rows that it was given.

/// What one writer was told, in the end, of all its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) writer: u32,
    /// One entry per partition, in their order.
    pub(crate) partitions: Vec<PartitionEvidence>,
    /// Batches that were sent again, if the client counts them.
    pub(crate) retries: u64,
    /// Batches of unknown outcome that the client found in the log, if it looks.
    pub(crate) settled: u64,
    /// The first failure, if there was one.
    pub(crate) error: Option<String>,
}

/// What one writer was told of its rows for one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartitionEvidence {
    /// Rows that the client was given: those below this number.
    pub(crate) offered: u32,
    /// Rows that were acknowledged, by offset.
    pub(crate) acknowledged: Vec<Run>,
    /// How many the client says were acknowledged.
    pub(crate) rows: u64,
    /// How many may be in the log although they were not acknowledged.
    pub(crate) may_be_written: u64,
    /// How many certainly are not in the log, the client says.
    pub(crate) not_written: u64,
}

/// Rows that lie one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Offset of the first row.
    pub(crate) offset: i64,
    pub(crate) rows: u32,
    /// Number of the first row; none if the client does not say which rows were acknowledged.
    pub(crate) number: Option<u32>,
}

impl PartitionEvidence {
    /// Takes in a row that was acknowledged.
    pub(crate) fn acknowledge(&mut self, number: u32, offset: i64) {
        self.rows += 1;
        if let Some(last) = self.acknowledged.last_mut()
            && last.offset + i64::from(last.rows) == offset
            && last.number.map(|first| first + last.rows) == Some(number)
        {
            last.rows += 1;
            return;
        }
        self.acknowledged.push(Run {
            offset,
            rows: 1,
            number: Some(number),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_lie_one_after_the_other_are_one_run() {
        let mut evidence = PartitionEvidence::default();
        for (number, offset) in [(0, 5), (1, 6), (2, 8), (4, 9)] {
            evidence.acknowledge(number, offset);
        }
        let runs: Vec<_> = evidence
            .acknowledged
            .iter()
            .map(|run| (run.number.unwrap(), run.offset, run.rows))
            .collect();
        assert_eq!(runs, [(0, 5, 2), (2, 8, 1), (4, 9, 1)]);
        assert_eq!(evidence.rows, 4);
    }
}
