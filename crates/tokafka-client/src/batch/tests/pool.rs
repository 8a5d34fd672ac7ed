use super::*;

fn batch(pool: &BufferPool, capacity: usize, compressor: &mut Compressor) -> FinishedBatch {
    let mut batch = OpenBatch::new(pool, capacity);
    Row {
        value: Some(vec![1; 1_000]),
        ..Row::default()
    }
    .push_to(&mut batch);
    batch.finish(compressor).unwrap()
}

#[test]
fn a_buffer_goes_back_with_the_last_clone_of_its_batch_or_body() {
    for codec in CODECS {
        let pool = BufferPool::new(1 << 20);
        let first = batch(&pool, 10_000, &mut compressor(codec));
        let (second, body) = (first.clone(), first.body().clone());
        let lent = pool.free_bytes();
        drop((first, second));
        assert_eq!(pool.free_bytes(), lent);
        drop(body);
        assert!(pool.free_bytes() > lent, "{codec:?}");
    }
}

#[test]
fn a_free_buffer_is_used_again() {
    let pool = BufferPool::new(1 << 20);
    let first = batch(&pool, 10_000, &mut compressor(Codec::None));
    let place = first.body().as_ptr();
    drop(first);
    let second = batch(&pool, 10_000, &mut compressor(Codec::None));
    assert_eq!((second.body().as_ptr(), pool.free_bytes()), (place, 0));
}

#[test]
fn a_free_buffer_that_is_too_small_is_left_for_others() {
    let pool = BufferPool::new(1 << 20);
    drop(batch(&pool, 5_000, &mut compressor(Codec::None)));
    let kept = pool.free_bytes();
    let _larger = OpenBatch::new(&pool, 100_000);
    let _nearly = OpenBatch::new(&pool, 6_000);
    assert_eq!(pool.free_bytes(), kept);
    let _fits = OpenBatch::new(&pool, 4_000);
    assert_eq!(pool.free_bytes(), 0);
}

#[test]
fn small_batches_do_not_hold_the_buffers_of_large_ones() {
    let pool = BufferPool::new(1 << 20);
    drop(OpenBatch::new(&pool, 500_000));
    let kept = pool.free_bytes();
    let _small: Vec<_> = (0..100).map(|_| OpenBatch::new(&pool, 4_096)).collect();
    assert_eq!(pool.free_bytes(), kept);
}

#[test]
fn a_batch_that_is_given_up_gives_its_buffer_back() {
    let pool = BufferPool::new(1 << 20);
    drop(OpenBatch::new(&pool, 10_000));
    assert!(pool.free_bytes() >= 10_000);
}

#[test]
fn no_more_than_the_maximum_is_kept() {
    let pool = BufferPool::new(25_000);
    let open: Vec<_> = (0..5).map(|_| OpenBatch::new(&pool, 10_000)).collect();
    drop(open);
    assert!((20_000..=25_000).contains(&pool.free_bytes()));
    let none = BufferPool::new(0);
    drop(OpenBatch::new(&none, 10_000));
    assert_eq!(none.free_bytes(), 0);
}

#[test]
fn a_compressed_body_does_not_hold_a_buffer_of_the_size_it_had_before() {
    let pool = BufferPool::new(1 << 20);
    let held = batch(&pool, 500_000, &mut compressor(Codec::Zstd));
    assert!(pool.free_bytes() >= 500_000);
    drop(held);
    assert!(pool.free_bytes() < 510_000);
}

#[test]
fn a_debug_print_shows_no_contents() {
    let secret = Row {
        value: Some(b"opensesame".to_vec()),
        ..Row::default()
    };
    let open = open(std::slice::from_ref(&secret));
    let text = format!("{open:?}");
    let batch = open.finish(&mut compressor(Codec::None)).unwrap();
    let stored = stored(&wire(&batch, ProducerStamp::NONE));
    let text = format!(
        "{text} {batch:?} {stored:?} {:?}",
        stored.records(LIMIT).unwrap()
    );
    let shown = ["opensesame", "111, 112, 101"].map(|secret| text.contains(secret));
    assert_eq!(shown, [false, false], "{text}");
}
