//! Which offsets of ascending runs were not met.

use std::ops::RangeInclusive;

/// Runs of offsets that are to be met, and how far they were.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    runs: std::slice::Iter<'a, [i64; 2]>,
    /// What is left of the run at hand.
    open: Option<(i64, i64)>,
    missing: Vec<RangeInclusive<i64>>,
}

impl<'a> Expected<'a> {
    pub(super) fn new(runs: &'a [[i64; 2]]) -> Self {
        let mut runs = runs.iter();
        Self {
            open: runs.next().map(|&[first, last]| (first, last)),
            runs,
            missing: vec![],
        }
    }

    /// A record lies at an offset. They come in ascending order; those between runs do not matter.
    pub(super) fn meet(&mut self, offset: i64) {
        while let Some((next, last)) = self.open
            && next <= offset
        {
            if last < offset {
                self.missing.push(next..=last);
                self.turn();
                continue;
            }
            if next < offset {
                self.missing.push(next..=offset - 1);
            }
            if offset < last {
                self.open = Some((offset + 1, last));
            } else {
                self.turn();
            }
            return;
        }
    }

    /// Nothing comes any more: what was not met is missing.
    pub(super) fn finish(mut self) -> Vec<RangeInclusive<i64>> {
        while let Some((next, last)) = self.open {
            self.missing.push(next..=last);
            self.turn();
        }
        self.missing
    }

    fn turn(&mut self) {
        self.open = self.runs.next().map(|&[first, last]| (first, last));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_expected_and_not_met_is_missing(
            expected in proptest::collection::btree_set(0_i64..40, 0..30),
            met in proptest::collection::btree_set(0_i64..40, 0..40),
        ) {
            let mut runs: Vec<[i64; 2]> = vec![];
            for &offset in &expected {
                match runs.last_mut() {
                    Some([_, last]) if *last + 1 == offset => *last = offset,
                    _ => runs.push([offset, offset]),
                }
            }
            let mut looked = Expected::new(&runs);
            met.iter().for_each(|offset| looked.meet(*offset));
            let missing: Vec<i64> = looked.finish().into_iter().flatten().collect();
            let wanted: BTreeSet<i64> = expected.difference(&met).copied().collect();
            prop_assert_eq!(missing, wanted.into_iter().collect::<Vec<_>>());
        }
    }
}
