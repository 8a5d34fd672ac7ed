//! Who uses which producer. It knows no clock and connects nothing.

use std::{collections::HashMap, sync::Arc, time::Instant};

use tokafka_client::{producer::Producer, settings::ProducerSettings};
use tokio::{runtime, sync::OnceCell};

use super::PoolCounts;

/// What makes two callers share a producer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) settings: ProducerSettings,
    /// Its tasks run there: on another runtime one would wait for tasks that nobody may drive.
    pub(super) runtime: runtime::Id,
}

/// Names a slot, also after it was retired. None is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SlotId(u64);

/// All producers, and those of them that can be lent.
#[derive(Default)]
pub(super) struct Slots {
    all: HashMap<SlotId, Slot>,
    current: HashMap<Key, SlotId>,
    next: u64,
}

struct Slot {
    key: Key,
    /// Empty until it is connected, by one of those who wait for it.
    producer: Arc<OnceCell<Producer>>,
    users: usize,
    idle: Idle,
    retired: bool,
}

/// What a slot without users waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idle {
    For(Instant),
    Ever,
}

impl Slots {
    /// Adds a user to the slot of a key, which is a new one if the old one cannot write any more. If
    /// nobody uses the old one, it is returned to be closed.
    pub(super) fn claim(
        &mut self,
        key: Key,
    ) -> (SlotId, Arc<OnceCell<Producer>>, Option<Producer>) {
        let mut dead = None;
        if let Some(id) = self.current.get(&key).copied() {
            if let Some(slot) = self.all.get_mut(&id).filter(|slot| slot.is_usable()) {
                slot.users += 1;
                return (id, Arc::clone(&slot.producer), None);
            }
            self.retire(id);
            dead = self.remove_unused(id);
        }
        let id = SlotId(self.next);
        self.next += 1;
        let producer = Arc::new(OnceCell::new());
        let slot = Slot {
            key: key.clone(),
            producer: Arc::clone(&producer),
            users: 1,
            idle: Idle::Ever,
            retired: false,
        };
        self.all.insert(id, slot);
        self.current.insert(key, id);
        (id, producer, dead)
    }

    /// Takes a user off a slot. The last one of a producer that cannot be lent again gets it, to be
    /// closed.
    pub(super) fn give_back(&mut self, id: SlotId, idle: Idle) -> Option<Producer> {
        let slot = self.all.get_mut(&id)?;
        slot.users = slot.users.saturating_sub(1);
        slot.idle = idle;
        if slot.users == 0 && !slot.is_ready() {
            self.retire(id);
        }
        self.remove_unused(id)
    }

    /// Sees to it that a slot is not lent again, and tells how many use it.
    pub(super) fn retire(&mut self, id: SlotId) -> usize {
        let Some(slot) = self.all.get_mut(&id) else {
            return 0;
        };
        if !slot.retired {
            slot.retired = true;
            self.current.remove(&slot.key);
        }
        slot.users
    }

    /// Takes out what nobody uses and whose time was over before `now`.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<Producer> {
        self.take(|idle| match idle {
            Idle::For(expires) => expires < now,
            Idle::Ever => false,
        })
    }

    /// Takes out what nobody uses.
    pub(super) fn take_idle(&mut self) -> Vec<Producer> {
        self.take(|_| true)
    }

    pub(super) fn counts(&self) -> PoolCounts {
        PoolCounts {
            pooled: self.current.len(),
            retired: self.all.len() - self.current.len(),
            leases: self.all.values().map(|slot| slot.users).sum(),
        }
    }

    fn take(&mut self, is_over: impl Fn(Idle) -> bool) -> Vec<Producer> {
        let over = |(id, slot): (&SlotId, &Slot)| {
            let is_over = slot.users == 0 && is_over(slot.idle);
            is_over.then_some(*id)
        };
        let over: Vec<_> = self.all.iter().filter_map(over).collect();
        let take = |id| {
            self.retire(id);
            self.remove_unused(id)
        };
        over.into_iter().filter_map(take).collect()
    }

    /// Forgets a slot that was retired and has no users.
    fn remove_unused(&mut self, id: SlotId) -> Option<Producer> {
        let is_unused = |slot: &Slot| slot.retired && slot.users == 0;
        if !self.all.get(&id).is_some_and(is_unused) {
            return None;
        }
        self.all
            .remove(&id)
            .and_then(|slot| slot.producer.get().cloned())
    }
}

impl Slot {
    /// It can be lent: it is connected and can write, or somebody is connecting it.
    fn is_usable(&self) -> bool {
        self.producer.get().is_none_or(Producer::is_usable)
    }

    fn is_ready(&self) -> bool {
        self.producer.get().is_some_and(Producer::is_usable)
    }
}

/// Without the settings, which may hold secrets.
impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.counts().fmt(f)
    }
}
