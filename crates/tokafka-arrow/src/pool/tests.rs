//! Who gets which producer, and for how long. The first ones bear the names of Spark's cases.

use std::sync::atomic::{AtomicU64, Ordering};

use kafka_protocol::messages::ApiKey;
use tokafka_client::settings::Properties;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use tokio::task::JoinSet;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(2);
const OPTIONS: PoolOptions = PoolOptions {
    timeout: TIMEOUT,
    evictor_interval: Some(Duration::from_millis(500)),
};

/// A clock that a test sets.
#[derive(Debug, Clone)]
struct ManualClock {
    start: Instant,
    millis: Arc<AtomicU64>,
}

impl ManualClock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            millis: Arc::default(),
        }
    }

    fn advance(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }
}

async fn broker() -> DevBroker {
    DevBroker::start(DevBrokerConfig::default()).await.unwrap()
}

fn settings(broker: &DevBroker, more: &[(&str, &str)]) -> ProducerSettings {
    let bootstrap = broker.bootstrap();
    let all = [("bootstrap.servers", bootstrap.as_str())];
    let properties: Properties = all.into_iter().chain(more.iter().copied()).collect();
    ProducerSettings::from_properties(&properties).unwrap()
}

fn pool() -> (ProducerPool, ManualClock) {
    let clock = ManualClock::new();
    (ProducerPool::with_clock(clock.clone()), clock)
}

async fn acquire(pool: &ProducerPool, settings: &ProducerSettings) -> ProducerLease {
    pool.lend(settings, OPTIONS).await.unwrap()
}

fn connected(broker: &DevBroker) -> u64 {
    broker.request_count(ApiKey::InitProducerId)
}

fn counts(pooled: usize, retired: usize, leases: usize) -> PoolCounts {
    PoolCounts {
        pooled,
        retired,
        leases,
    }
}

#[tokio::test]
async fn should_return_same_cached_instance_on_calling_acquire_with_same_params() {
    let broker = broker().await;
    let (pool, clock) = pool();
    let (one, other) = ([("acks", "all"), ("linger.ms", "7")], [("linger.ms", " 7")]);
    let first = acquire(&pool, &settings(&broker, &one)).await;
    let second = acquire(&pool, &settings(&broker, &other)).await;
    assert_eq!(first.claim.slot, second.claim.slot);
    assert_eq!((pool.counts(), connected(&broker)), (counts(1, 0, 2), 1));
    let slot = first.claim.slot;
    pool.release(first);
    assert_eq!(pool.counts(), counts(1, 0, 1));
    clock.advance(TIMEOUT * 10);
    assert_eq!(pool.evict(), 0, "the second is not given back");
    pool.release(second);
    assert_eq!(pool.counts(), counts(1, 0, 0));
    clock.advance(TIMEOUT);
    assert_eq!(pool.evict(), 0, "its time is not over");
    let third = acquire(&pool, &settings(&broker, &one)).await;
    assert_eq!((third.claim.slot, pool.counts()), (slot, counts(1, 0, 1)));
    clock.advance(TIMEOUT);
    assert_eq!((pool.evict(), connected(&broker)), (0, 1));
}

#[tokio::test]
async fn should_return_different_cached_instances_on_calling_acquire_with_different_params() {
    let broker = broker().await;
    let (pool, _) = pool();
    let first = acquire(&pool, &settings(&broker, &[])).await;
    let second = acquire(&pool, &settings(&broker, &[("acks", "1")])).await;
    assert_ne!(first.claim.slot, second.claim.slot);
    assert_eq!(pool.counts(), counts(2, 0, 2));
    drop((first, second));
    assert_eq!(pool.counts(), counts(2, 0, 0));
}

#[tokio::test]
async fn expire_instances() {
    let broker = broker().await;
    let (pool, clock) = pool();
    let (first, second) = (settings(&broker, &[]), settings(&broker, &[("acks", "1")]));
    let (first, second) = (acquire(&pool, &first).await, acquire(&pool, &second).await);
    clock.advance(TIMEOUT * 2);
    assert_eq!(pool.evict(), 0, "both are in use");
    drop(first);
    clock.advance(TIMEOUT + Duration::from_millis(1));
    assert_eq!((pool.evict(), pool.counts()), (1, counts(1, 0, 1)));
    assert!(second.producer().is_usable());
    drop(second);
    clock.advance(TIMEOUT + Duration::from_millis(1));
    assert_eq!((pool.evict(), pool.counts()), (1, counts(0, 0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_counting_with_concurrent_access() {
    let broker = broker().await;
    let (pool, clock) = pool();
    let settings = settings(&broker, &[]);
    let mut users = JoinSet::new();
    for _ in 0..100 {
        let (pool, clock, settings) = (pool.clone(), clock.clone(), settings.clone());
        users.spawn(async move {
            for _ in 0..500 {
                let lease = acquire(&pool, &settings).await;
                let counts = pool.counts();
                assert!(counts.pooled == 1 && counts.leases > 0, "{counts:?}");
                clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
                pool.evict();
                assert!(lease.producer().is_usable());
            }
        });
    }
    users.join_all().await;
    assert_eq!(pool.counts().leases, 0);
}

#[tokio::test]
async fn acquire_should_return_the_cached_instance_with_same_params() {
    let broker = broker().await;
    let (pool, _) = pool();
    let settings = settings(&broker, &[]);
    let first = acquire(&pool, &settings).await;
    let slot = first.claim.slot;
    pool.release(first);
    assert_eq!(acquire(&pool, &settings).await.claim.slot, slot);
    assert_eq!(connected(&broker), 1);
}

#[tokio::test]
async fn acquire_should_return_a_new_instance_with_different_params() {
    let broker = broker().await;
    let (pool, _) = pool();
    drop(acquire(&pool, &settings(&broker, &[])).await);
    drop(acquire(&pool, &settings(&broker, &[("client.id", "another")])).await);
    assert_eq!((pool.counts(), connected(&broker)), (counts(2, 0, 0), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_the_same_time_share_one_that_is_still_being_connected() {
    let broker = broker().await;
    let (pool, _) = pool();
    let settings = settings(&broker, &[]);
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let (pool, settings) = (pool.clone(), settings.clone());
        callers.spawn(async move { acquire(&pool, &settings).await });
    }
    let leases = callers.join_all().await;
    assert_eq!((pool.counts(), connected(&broker)), (counts(1, 0, 50), 1));
    drop(leases);
}

#[tokio::test]
async fn one_that_cannot_write_any_more_is_never_lent_again() {
    let broker = broker().await;
    let (pool, _) = pool();
    let settings = settings(&broker, &[]);
    let first = acquire(&pool, &settings).await;
    first.producer().clone().close(Duration::ZERO).await;
    let second = acquire(&pool, &settings).await;
    assert_ne!(first.claim.slot, second.claim.slot);
    assert!(second.producer().is_usable());
    assert_eq!(pool.counts(), counts(1, 1, 2));
    drop(first);
    assert_eq!(pool.counts(), counts(1, 0, 1));
    // Nobody uses it when it is found to be closed.
    let closed = second.producer().clone();
    drop(second);
    closed.close(Duration::ZERO).await;
    assert!(acquire(&pool, &settings).await.producer().is_usable());
    assert_eq!((pool.counts(), connected(&broker)), (counts(1, 0, 0), 3));
}

#[tokio::test]
async fn one_that_was_retired_stays_with_those_who_have_it_and_ends_with_them() {
    let broker = broker().await;
    let (pool, _) = pool();
    let settings = settings(&broker, &[]);
    let (first, second) = (
        acquire(&pool, &settings).await,
        acquire(&pool, &settings).await,
    );
    first.give_up();
    let producer = first.producer().clone();
    drop(first);
    assert!(producer.is_usable(), "the second has it");
    assert_eq!(pool.counts(), counts(0, 1, 1));
    drop(second);
    assert!(!producer.is_usable());
    assert_eq!(pool.counts(), counts(0, 0, 0));
}

#[tokio::test]
async fn one_that_cannot_be_connected_is_tried_anew_by_the_next_caller() {
    let broker = broker().await;
    let (pool, _) = pool();
    let closed = ("bootstrap.servers", "127.0.0.1:1");
    let nobody = settings(&broker, &[closed, ("max.block.ms", "50")]);
    for _ in 0..2 {
        assert!(pool.lend(&nobody, OPTIONS).await.is_err());
        assert_eq!(pool.counts(), counts(0, 0, 0));
    }
}

#[tokio::test]
async fn a_runtime_does_not_get_the_producer_of_another() {
    let broker = broker().await;
    let (pool, _) = pool();
    let settings = settings(&broker, &[]);
    let here = acquire(&pool, &settings).await;
    let there = {
        let (pool, settings) = (pool.clone(), settings.clone());
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { acquire(&pool, &settings).await })
        };
        tokio::task::spawn_blocking(work).await.unwrap()
    };
    assert_ne!(here.claim.slot, there.claim.slot);
    assert!(!there.producer().is_usable(), "its runtime is gone");
    assert_eq!(pool.counts(), counts(2, 0, 2));
    drop(there);
    assert_eq!(pool.counts(), counts(1, 0, 1), "it is not kept");
}

#[tokio::test]
async fn the_evictor_closes_what_is_idle_without_being_called() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    let options = PoolOptions {
        timeout: Duration::ZERO,
        evictor_interval: Some(Duration::from_millis(1)),
    };
    let lease = pool.lend(&settings(&broker, &[]), options).await;
    drop(lease.unwrap());
    let evicted = async {
        while pool.counts() != counts(0, 0, 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), evicted)
        .await
        .unwrap();
}

#[tokio::test]
async fn closing_what_is_idle_leaves_what_is_in_use() {
    let broker = broker().await;
    let (pool, _) = pool();
    let used = acquire(&pool, &settings(&broker, &[])).await;
    let idle = acquire(&pool, &settings(&broker, &[("acks", "1")])).await;
    let closed = idle.producer().clone();
    drop(idle);
    pool.close_idle().await;
    assert!(!closed.is_usable() && used.producer().is_usable());
    assert_eq!(pool.counts(), counts(1, 0, 1));
}

#[tokio::test]
async fn nothing_of_the_settings_is_shown() {
    let broker = broker().await;
    let (pool, _) = pool();
    let lease = acquire(&pool, &settings(&broker, &[("client.id", "hidden")])).await;
    let shown = format!("{pool:?} {lease:?} {:?}", pool.shared);
    assert!(!shown.contains("hidden"), "{shown}");
}
