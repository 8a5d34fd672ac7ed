//! How long to wait before trying again.

use std::time::Duration;

/// Doubles from `first` to `most`, each time up to a fifth more or less, so that clients that failed
/// together do not come back together.
pub(super) fn delay(first: Duration, most: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(
        1_u32
            .checked_shl(failures.saturating_sub(1))
            .unwrap_or(u32::MAX),
    );
    doubled.min(most).mul_f64(fastrand::f64().mul_add(0.4, 0.8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_within_a_fifth() {
        let (first, most) = (Duration::from_millis(100), Duration::from_millis(1_000));
        for (failures, expected) in [
            (1, 100.0),
            (2, 200.0),
            (4, 800.0),
            (5, 1_000.0),
            (90, 1_000.0),
        ] {
            let millis = delay(first, most, failures).as_secs_f64() * 1_000.0;
            assert!(
                (expected * 0.79..=expected * 1.21).contains(&millis),
                "{failures}: {millis}"
            );
        }
    }
}
