//! What a process has taken, as Linux counts it.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::Context;

/// Of a second: `sysconf(_SC_CLK_TCK)` of Linux.
const TICK: Duration = Duration::from_millis(10);

/// Lets time pass while others work.
pub(super) fn pause(time: Duration) {
    let start = Instant::now();
    // Ends early when somebody has woken this thread for another reason.
    while let Some(left) = time.checked_sub(start.elapsed()) {
        thread::park_timeout(left);
    }
}

/// User and system time of all threads of a process.
pub(super) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    ticks(&pid.to_string(), 13)
}

/// User and system time of all children that ended and were waited for.
pub(super) fn cpu_of_children() -> anyhow::Result<Duration> {
    ticks("self", 15)
}

/// Resident memory of a process, in MiB.
pub(super) fn resident(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmRSS:")
}

/// The greatest resident memory of a process so far, in MiB.
pub(super) fn peak(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmHWM:")
}

fn status(pid: u32, name: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.context("no such line")?.parse()?;
    Ok(kib / 1024.0)
}

/// The sum of two fields of `stat`, which are counted from 0.
fn ticks(process: &str, first: usize) -> anyhow::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program may hold blanks; what follows its parenthesis is the field 2.
    let (_, fields) = text.rsplit_once(')').context("no name")?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let mut sum = 0;
    for field in fields.get(first - 2..first).context("fields are missing")? {
        sum += field.parse::<u32>()?;
    }
    Ok(TICK * sum)
}
