//! Which offsets hold other records than were written.

use std::ops::RangeInclusive;

use tokafka_arrow::ContentChecksum;
use tokafka_client::batch::RecordsChecksum;

/// Checksums that are to be met, and how far the one at hand was.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    checksums: std::slice::Iter<'a, ContentChecksum>,
    open: Option<Open<'a>>,
    others: Vec<RangeInclusive<i64>>,
}

#[derive(Debug)]
struct Open<'a> {
    told: &'a ContentChecksum,
    /// What was found up to `next`.
    found: RecordsChecksum,
    /// The offset that the next batch must begin at.
    next: i64,
    /// True if a batch reached over an end, or one was left out.
    uneven: bool,
}

impl<'a> Contents<'a> {
    pub(super) fn new(checksums: &'a [ContentChecksum]) -> Self {
        let mut checksums = checksums.iter();
        Self {
            open: checksums.next().map(Open::new),
            checksums,
            others: vec![],
        }
    }

    /// A batch lies at these offsets. They come in ascending order; those that no checksum covers do
    /// not matter.
    pub(super) fn meet(&mut self, batch: &RangeInclusive<i64>, records: RecordsChecksum) {
        while let Some(open) = &mut self.open
            && open.told.first <= *batch.end()
        {
            if *batch.start() <= open.told.last {
                open.meet(batch, records);
            }
            if *batch.end() < open.told.last {
                return;
            }
            self.turn();
        }
    }

    /// Nothing comes any more. The offsets of the checksums that were not met.
    pub(super) fn finish(mut self) -> Vec<RangeInclusive<i64>> {
        while self.open.is_some() {
            self.turn();
        }
        self.others
    }

    fn turn(&mut self) {
        let done = std::mem::replace(&mut self.open, self.checksums.next().map(Open::new));
        if let Some(Open { told, .. }) = done.filter(|open| !open.is_met()) {
            self.others.push(told.first..=told.last);
        }
    }
}

impl<'a> Open<'a> {
    fn new(told: &'a ContentChecksum) -> Self {
        Self {
            told,
            found: RecordsChecksum::default(),
            next: told.first,
            uneven: false,
        }
    }

    fn meet(&mut self, batch: &RangeInclusive<i64>, records: RecordsChecksum) {
        self.uneven |= *batch.start() != self.next || *batch.end() > self.told.last;
        self.next = batch.end().saturating_add(1);
        self.found = self.found.then(records);
    }

    fn is_met(&self) -> bool {
        !self.uneven && self.next > self.told.last && self.found == self.told.records()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: RecordsChecksum = RecordsChecksum {
        bytes: 10,
        crc32c: 7,
    };

    fn told(first: i64, last: i64, records: RecordsChecksum) -> ContentChecksum {
        ContentChecksum {
            first,
            last,
            bytes: records.bytes,
            crc32c: records.crc32c,
        }
    }

    fn others(told: &[ContentChecksum], met: &[(i64, i64)]) -> Vec<RangeInclusive<i64>> {
        let mut contents = Contents::new(told);
        for (first, last) in met {
            contents.meet(&(*first..=*last), TEN);
        }
        contents.finish()
    }

    #[test]
    fn batches_that_are_as_they_were_written_are_met_whatever_lies_between() {
        let told = [told(0, 4, TEN.then(TEN)), told(8, 9, TEN)];
        assert_eq!(
            others(&told, &[(0, 2), (3, 4), (5, 7), (8, 9), (10, 12)]),
            []
        );
    }

    #[test]
    fn one_that_is_missing_other_or_reaches_over_an_end_is_told_by_the_offsets_of_its_checksum() {
        let told = [told(1, 4, TEN.then(TEN)), told(5, 5, TEN), told(8, 9, TEN)];
        for (met, wanted) in [
            (&[][..], &[1..=4, 5..=5, 8..=9][..]),
            (&[(1, 2), (5, 5), (8, 9)], &[1..=4]),
            (&[(1, 4), (5, 5), (8, 9)], &[1..=4]),
            (&[(1, 1), (3, 4), (5, 5), (8, 9)], &[1..=4]),
            (&[(0, 2), (3, 4), (5, 5), (8, 9)], &[1..=4]),
            (&[(1, 2), (3, 5), (8, 9)], &[1..=4, 5..=5]),
            (&[(1, 2), (3, 4), (5, 5), (6, 8), (9, 9)], &[8..=9]),
            (&[(0, 20)], &[1..=4, 5..=5, 8..=9]),
        ] {
            assert_eq!(others(&told, met), wanted, "{met:?}");
        }
    }
}
