//! Random schedules of faults, each from a seed, against the embedded broker: whatever goes wrong, what
//! the producer reports must be what lies in the log.
//!
//! ```text
//! cargo test -p tokafka-client --test schedules                        the first few hundred seeds
//! TOKAFKA_SEEDS=0..10000 cargo test -p tokafka-client --test schedules others
//! TOKAFKA_SEEDS=42 cargo test -p tokafka-client --test schedules       one, whose plan is printed
//! ```
//!
//! A seed decides on everything but time: sockets and timers make two runs of a seed alike, not equal.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod plan;
mod stage;
mod truth;
mod writer;

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use plan::Plan;

/// Seeds that are tried if nobody says which.
const SEEDS: Range<u64> = 0..300;
/// Schedules that run at a time: they wait for time-outs more than they work.
const AT_A_TIME: usize = 128;

#[test]
fn whatever_goes_wrong_the_reports_say_what_is_in_the_log() {
    let seeds = asked_for().unwrap_or(SEEDS);
    if seeds.end - seeds.start == 1 {
        println!("{:#?}", Plan::of(seeds.start));
    }
    let violations = Mutex::new(Vec::new());
    let next = AtomicU64::new(seeds.start);
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    if let Err(violation) = played(seed) {
                        violations.lock().unwrap().push((seed, violation));
                    }
                }
            });
        }
    });
    let violations = violations.into_inner().unwrap();
    for (seed, violation) in &violations {
        println!("seed {seed}: {violation}\n  again: just replay {seed}");
    }
    assert!(violations.is_empty(), "{} violations", violations.len());
}

/// Plays a schedule on a thread of its own; a panic is a violation too.
fn played(seed: u64) -> Result<(), String> {
    let play = AssertUnwindSafe(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(stage::play(&Plan::of(seed)))
    });
    catch_unwind(play).unwrap_or_else(|_| Err("a panic, see above".to_owned()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the justfile says which seeds"
)]
fn asked_for() -> Option<Range<u64>> {
    let text = std::env::var("TOKAFKA_SEEDS").ok()?;
    let number = |text: &str| text.parse::<u64>().expect("TOKAFKA_SEEDS is N or N..M");
    Some(match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(&text)..number(&text) + 1,
    })
}
