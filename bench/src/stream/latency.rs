//! A record at a time: from when it should have been sent to its receipt.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};

use super::{
    Place, load,
    peers::Running,
    usage::{cpu, pause, peak},
};

/// Before what counts.
const WARM_UP: Duration = Duration::from_secs(20);
/// After what counts.
const END: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Figures {
    /// Sorted.
    latencies: Vec<Duration>,
    /// Of one core.
    cpu: f64,
    memory: f64,
}

/// 1,000 records a second, the trigger as fast as possible.
pub(super) fn run(place: &mut Place, time: Duration) -> anyhow::Result<()> {
    let theirs = Topics::new(place)?;
    let job = place.job(&theirs.source, &theirs.copy);
    let servers = place.servers.clone();
    let theirs = theirs.measure(&servers, place.spark()?.run(&job)?, time)?;
    let ours = Topics::new(place)?;
    let job = place.job(&ours.source, &ours.copy);
    let ours = ours.measure(&servers, place.ours.start(&job)?, time)?;
    println!("| latency at 1,000 records a second | tokafka | Spark | ratio |\n|---|---|---|---|");
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
        let (ours, theirs) = (
            millis(&ours.latencies, share),
            millis(&theirs.latencies, share),
        );
        println!(
            "| {name}, ms | {ours:.1} | {theirs:.1} | {:.1} |",
            theirs / ours
        );
    }
    let of_a_core = |figures: &Figures| figures.cpu * 100.0;
    let (our_cpu, their_cpu) = (of_a_core(&ours), of_a_core(&theirs));
    println!(
        "| CPU, % of a core | {our_cpu:.1} | {their_cpu:.1} | {:.1} |",
        their_cpu / our_cpu
    );
    let (our_memory, their_memory) = (ours.memory, theirs.memory);
    println!(
        "| peak resident memory, MiB | {our_memory:.0} | {their_memory:.0} | {:.1} |",
        their_memory / our_memory
    );
    Ok(())
}

fn millis(sorted: &[Duration], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share) as usize;
    let latency = sorted.get(place.min(sorted.len().saturating_sub(1)));
    latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
}

struct Topics {
    source: String,
    copy: String,
}

impl Topics {
    fn new(place: &Place) -> anyhow::Result<Self> {
        Ok(Self {
            source: place.topic("source")?,
            copy: place.topic("copy")?,
        })
    }

    fn measure(
        &self,
        servers: &str,
        stream: impl Running,
        time: Duration,
    ) -> anyhow::Result<Figures> {
        let (start, pid) = (Instant::now(), stream.pid());
        let (is_sent, expected) = (AtomicBool::new(false), AtomicUsize::new(usize::MAX));
        let (received, cpu, memory) = thread::scope(|scope| {
            let sender = scope.spawn(|| load::send(servers, &self.source, start, &is_sent));
            let receiver = scope.spawn(|| load::receive(servers, &self.copy, start, &expected));
            pause(WARM_UP);
            let before = cpu(pid);
            pause(time);
            let after = cpu(pid);
            // A sender that is late still has some to send that count.
            pause(END);
            is_sent.store(true, Ordering::Relaxed);
            let sent = sender.join().map_err(|_| anyhow!("the sender panicked"))?;
            expected.store(sent.as_ref().copied().unwrap_or(0), Ordering::Relaxed);
            let received = receiver.join();
            sent?;
            let received = received.map_err(|_| anyhow!("the receiver panicked"))??;
            anyhow::Ok((received, after? - before?, peak(pid)?))
        })?;
        stream.stop()?;
        let counts = WARM_UP..WARM_UP + time;
        let counted = received.iter().filter(|(sent, _)| counts.contains(sent));
        let mut latencies: Vec<_> = counted.map(|(_, latency)| *latency).collect();
        latencies.sort_unstable();
        let expected = usize::try_from(time.as_millis())?;
        ensure!(
            latencies.len() == expected,
            "{} of {expected} records came through",
            latencies.len()
        );
        Ok(Figures {
            latencies,
            cpu: cpu.as_secs_f64() / time.as_secs_f64(),
            memory,
        })
    }
}
