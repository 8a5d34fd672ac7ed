//! Buffers that go round.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Free buffers for batches, so that a steady stream allocates nothing. Clones share.
///
/// Keeps at most `max_bytes` of capacity: a buffer that would exceed it is freed. Locked once
/// when a batch is opened and once when its last clone is dropped.
#[derive(Clone, Debug)]
pub struct BufferPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max_bytes: usize,
    free: Mutex<Free>,
}

/// Buffers by the power of two below their capacity.
struct Free {
    classes: [Vec<Vec<u8>>; CLASSES],
    bytes: usize,
}

const CLASSES: usize = usize::BITS as usize;

/// Classes that are looked at, from that of the wanted capacity on. A much larger buffer is left for
/// those who need it: it may live for long, and thousands of small batches would each hold one.
const NEAR: usize = 2;

impl BufferPool {
    /// An empty pool.
    pub fn new(max_bytes: usize) -> Self {
        let free = Free {
            classes: [const { Vec::new() }; CLASSES],
            bytes: 0,
        };
        Self(Arc::new(Shared {
            max_bytes,
            free: Mutex::new(free),
        }))
    }

    /// An empty buffer of at least `capacity` bytes, and of less than four times as many; the most
    /// recently used one, which is likely to be in cache.
    pub(super) fn take(&self, capacity: usize) -> PooledBuffer {
        let kept = self.lock().take(capacity);
        let buffer = kept.unwrap_or_else(|| Vec::with_capacity(capacity));
        PooledBuffer {
            buffer,
            pool: self.clone(),
        }
    }

    /// A buffer that holds `bytes`.
    pub(super) fn copy_of(&self, bytes: &[u8]) -> PooledBuffer {
        let mut copy = self.take(bytes.len());
        copy.extend_from_slice(bytes);
        copy
    }

    fn give_back(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() == 0 {
            return;
        }
        buffer.clear();
        let mut free = self.lock();
        if free.bytes.saturating_add(buffer.capacity()) <= self.0.max_bytes {
            free.keep(buffer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Free> {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn free_bytes(&self) -> usize {
        self.lock().bytes
    }
}

impl Free {
    fn take(&mut self, capacity: usize) -> Option<Vec<u8>> {
        let mut near = self.classes.iter_mut().skip(class_of(capacity)).take(NEAR);
        // Only buffers of the first class may be too small.
        let found = near.find_map(|class| class.pop_if(|free| free.capacity() >= capacity))?;
        self.bytes -= found.capacity();
        Some(found)
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        if let Some(class) = self.classes.get_mut(class_of(buffer.capacity())) {
            self.bytes += buffer.capacity();
            class.push(buffer);
        }
    }
}

fn class_of(capacity: usize) -> usize {
    capacity.checked_ilog2().unwrap_or(0) as usize
}

impl fmt::Debug for Free {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Free")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// A buffer on loan: dropping it gives it back.
pub(super) struct PooledBuffer {
    buffer: Vec<u8>,
    pool: BufferPool,
}

impl PooledBuffer {
    pub(super) fn pool(&self) -> &BufferPool {
        &self.pool
    }
}

impl Deref for PooledBuffer {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        &self.buffer
    }
}

impl DerefMut for PooledBuffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.buffer));
    }
}

impl fmt::Debug for PooledBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledBuffer")
            .field("len", &self.buffer.len())
            .finish_non_exhaustive()
    }
}
