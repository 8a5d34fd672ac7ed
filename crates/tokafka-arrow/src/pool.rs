//! Producers that writes share.
//!
//! A producer is known by all of its effective settings, whatever the order and the spelling in which
//! they were given, and by the tokio runtime that drives it. It is lent to any number of writes at a
//! time, kept for a while when none uses it, and closed then. One that failed for good is never lent
//! again: those who have it keep it until they are done.

mod evictor;
mod options;
mod slots;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokafka_client::{
    producer::{Producer, ProducerError},
    settings::ProducerSettings,
};
use tokio::{runtime::Handle, sync::OnceCell};

use evictor::Evictor;
use slots::{Key, SlotId, Slots};

pub use options::parse_timeout;
pub(crate) use options::{
    EVICTOR_INTERVAL, PoolOptions, SPARK_EVICTOR_INTERVAL, SPARK_TIMEOUT, TIMEOUT,
    parse_evictor_interval,
};

static PROCESS: LazyLock<ProducerPool> = LazyLock::new(ProducerPool::new);

/// Tells the time by which idle producers are closed.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Never less than what it was before.
    fn now(&self) -> Instant;
}

/// Producers that are shared by all who ask for the same settings. Clones share.
///
/// Dropping the last clone closes those that are idle; those that are lent go on until they are
/// given back.
#[derive(Clone)]
pub struct ProducerPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    slots: Slots,
    evictor: Option<Evictor>,
}

/// How many producers a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolCounts {
    /// Those that are or can be lent.
    pub pooled: usize,
    /// Those that failed or were given up, and are still in use.
    pub retired: usize,
    /// Leases of both kinds.
    pub leases: usize,
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl ProducerPool {
    /// An empty pool. Most need [`Self::process`].
    pub fn new() -> Self {
        Self::of(Box::new(SystemClock), Some(Evictor::default()))
    }

    /// An empty pool that goes by another clock and closes idle producers only in [`Self::evict`].
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        Self::of(Box::new(clock), None)
    }

    /// The pool of this process, from which every write takes its producer unless it is told
    /// otherwise.
    pub fn process() -> &'static Self {
        &PROCESS
    }

    fn of(clock: Box<dyn Clock>, evictor: Option<Evictor>) -> Self {
        let state = State {
            slots: Slots::default(),
            evictor,
        };
        Self {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::new(state),
            }),
        }
    }

    /// Lends the producer of these settings, as [`Self::acquire`] does.
    pub(crate) async fn lend(
        &self,
        settings: &ProducerSettings,
        options: PoolOptions,
    ) -> Result<ProducerLease, ProducerError> {
        let key = Key {
            settings: settings.clone(),
            runtime: Handle::current().id(),
        };
        let (claim, cell) = self.claim(key, options);
        let connect = || Producer::connect(settings.clone());
        let producer = cell.get_or_try_init(connect).await?.clone();
        Ok(ProducerLease { producer, claim })
    }

    /// Gives a producer back, as dropping its lease does.
    pub fn release(&self, lease: ProducerLease) {
        drop(lease);
    }

    /// Closes the producers whose time without use is over, and tells how many.
    pub fn evict(&self) -> usize {
        self.shared.evict()
    }

    /// Closes all producers that nobody uses and waits until they are: what a program does at its end.
    pub async fn close_idle(&self) {
        let idle = self.shared.state().slots.take_idle();
        join_all(idle.into_iter().map(|idle| idle.close(Duration::ZERO))).await;
    }

    /// How many producers there are.
    pub fn counts(&self) -> PoolCounts {
        self.shared.state().slots.counts()
    }

    fn claim(&self, key: Key, options: PoolOptions) -> (Claim, Arc<OnceCell<Producer>>) {
        let (slot, cell, dead) = {
            let mut state = self.shared.state();
            if let (Some(evictor), Some(interval)) = (&mut state.evictor, options.evictor_interval)
            {
                evictor.run(&self.shared, interval);
            }
            state.slots.claim(key)
        };
        if let Some(dead) = dead {
            dead.abort();
        }
        let claim = Claim {
            pool: Arc::clone(&self.shared),
            slot,
            options,
        };
        (claim, cell)
    }
}

impl Default for ProducerPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ProducerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducerPool")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn evict(&self) -> usize {
        let now = self.clock.now();
        let idle = self.state().slots.take_expired(now);
        // Not under the lock: others need not wait for sockets to close.
        for producer in &idle {
            producer.abort();
        }
        idle.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A producer that is lent. Dropping it gives it back, so nobody can give it back twice.
#[must_use = "dropping it gives the producer back"]
pub struct ProducerLease {
    producer: Producer,
    claim: Claim,
}

impl ProducerLease {
    /// The producer. Do not close it: others may use it.
    pub fn producer(&self) -> &Producer {
        &self.producer
    }

    /// Sees to it that nobody gets this producer any more, as after an error that it cannot recover
    /// from. Those who have it keep it; the last to give it back ends it, and what it still had to send
    /// is given up.
    pub fn retire(&self) {
        let mut state = self.claim.pool.state();
        state.slots.retire(self.claim.slot);
    }

    /// [Retires](Self::retire) it. If this is the only lease, what it has in flight is given up at once.
    pub fn give_up(&self) {
        let users = {
            let mut state = self.claim.pool.state();
            state.slots.retire(self.claim.slot)
        };
        if users <= 1 {
            self.producer.abort();
        }
    }
}

impl fmt::Debug for ProducerLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducerLease")
            .field("slot", &self.claim.slot)
            .finish_non_exhaustive()
    }
}

/// One use of a slot, from before its producer is connected.
#[derive(Debug)]
struct Claim {
    pool: Arc<Shared>,
    slot: SlotId,
    options: PoolOptions,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let expires = self.options.expires(self.pool.clock.now());
        let dead = self.pool.state().slots.give_back(self.slot, expires);
        if let Some(dead) = dead {
            dead.abort();
        }
    }
}
