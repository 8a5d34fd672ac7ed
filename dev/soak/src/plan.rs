//! What happens during a write: decided by a seed.

use std::time::Duration;

use fastrand::Rng;

use crate::{nodes::Ending, setup::Setup};

/// Bytes of a batch: Kafka's default, and larger ones. Small batches mean many requests in flight.
const BATCH_SIZES: [usize; 3] = [16_384, 131_072, 524_288];

/// A write and its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    pub(crate) faults: Vec<Fault>,
}

/// A node is ended and started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// How long after the first acknowledgement, or after the node before came back.
    pub(crate) delay: Duration,
    /// The node is the leader of this partition.
    pub(crate) partition: usize,
    pub(crate) how: Ending,
}

impl Plan {
    /// The plan of the write that is numbered `write`, from 0.
    pub(crate) fn new(setup: &Setup, seed: u64, write: u64) -> Self {
        let seed = seed.wrapping_add(write);
        // Spread out, since the generator begins alike for seeds that follow each other.
        let mut random = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let done = usize::try_from(write).unwrap_or(0) * setup.faults;
        let endings = setup
            .endings
            .iter()
            .cycle()
            .skip(done % setup.endings.len());
        let longest = u64::try_from(setup.within.as_millis()).unwrap_or(u64::MAX);
        let mut fault = |how: &Ending| Fault {
            delay: Duration::from_millis(random.u64(0..=longest)),
            partition: random.usize(0..setup.partitions as usize),
            how: *how,
        };
        let faults = endings.take(setup.faults).map(&mut fault).collect();
        Self {
            seed,
            batch_size: *random.choice(&BATCH_SIZES).unwrap_or(&BATCH_SIZES[0]),
            faults,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Soak;
    use clap::Parser;

    #[test]
    fn writes_that_follow_each_other_differ_and_a_seed_repeats_them() {
        let setup = ["soak", "writes", "-b", "a:1", "--kafka-libs", "libs"];
        let Soak::Writes(setup) = Soak::parse_from(setup) else {
            panic!("it is not of writes");
        };
        let plans: Vec<_> = (0..30)
            .map(|write| Plan::new(&setup, 1000, write))
            .collect();
        for size in BATCH_SIZES {
            let same = plans.iter().filter(|plan| plan.batch_size == size);
            assert!((5..=15).contains(&same.count()), "{size}");
        }
        assert_eq!(Plan::new(&setup, 1029, 0), plans[29]);
    }
}
