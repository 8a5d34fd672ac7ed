//! Closes idle producers from time to time.

use std::{
    sync::{
        Arc, Weak,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::Shared;

/// A thread of its own, as the runtimes that producers live on come and go. It ends with its pool.
#[derive(Debug, Default)]
pub(super) struct Evictor {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    interval: Duration,
    /// Takes a shorter interval; closed, it ends the thread.
    shorten: Sender<Duration>,
}

impl Evictor {
    /// Sees to it that it looks at the pool at least once in this interval.
    pub(super) fn run(&mut self, pool: &Arc<Shared>, interval: Duration) {
        match &mut self.running {
            Some(running) if running.interval <= interval => {}
            Some(running) => {
                running.interval = interval;
                // It ends only with the pool, which is here.
                let _running = running.shorten.send(interval);
            }
            None => self.running = start(Arc::downgrade(pool), interval),
        }
    }
}

/// Without a thread to be had, the next lease tries again.
fn start(pool: Weak<Shared>, interval: Duration) -> Option<Running> {
    let (shorten, shorter) = channel();
    let thread = thread::Builder::new().name("tokafka-producer-evictor".to_owned());
    thread.spawn(move || run(&pool, &shorter, interval)).ok()?;
    Some(Running { interval, shorten })
}

fn run(pool: &Weak<Shared>, shorter: &Receiver<Duration>, mut interval: Duration) {
    loop {
        match shorter.recv_timeout(interval) {
            Ok(shorter) => interval = shorter,
            Err(RecvTimeoutError::Timeout) => {
                let Some(pool) = pool.upgrade() else {
                    return;
                };
                pool.evict();
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
