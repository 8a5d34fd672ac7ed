use super::*;
use crate::batch::ProducerStamp;

/// A batch of ten records with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ten(pub(super) char);

impl Payload for Ten {
    fn record_count(&self) -> u32 {
        10
    }

    /// Those with a capital letter.
    fn is_soon_forgotten(&self) -> bool {
        self.0.is_ascii_uppercase()
    }
}

const PRODUCER: Identity = Identity::Producer { id: 7, epoch: 0 };

fn lane(names: &str) -> Lane<Ten> {
    let mut lane = Lane::new(PRODUCER, 5);
    hand_over(&mut lane, names);
    lane
}

/// A lane whose first batch was acknowledged, so that the next one has sequence 10.
pub(super) fn confirmed(names: &str) -> Lane<Ten> {
    let mut lane = lane("a");
    let (a, _) = send(&mut lane);
    lane.answered(a, Verdict::Appended { base_offset: 0 });
    hand_over(&mut lane, names);
    lane
}

pub(super) fn hand_over(lane: &mut Lane<Ten>, names: &str) {
    for name in names.chars() {
        lane.hand_over(Ten(name)).unwrap();
    }
}

pub(super) fn send(lane: &mut Lane<Ten>) -> (Attempt, i32) {
    let sent = lane.next().expect("a batch that may go out");
    (sent.attempt, sent.stamp.base_sequence)
}

/// Sends all that may go out: names with sequences.
pub(super) fn flush(lane: &mut Lane<Ten>) -> Vec<(char, i32)> {
    let mut sent = Vec::new();
    while let Some(Transmission { batch, stamp, .. }) = lane.next() {
        sent.push((batch.0, stamp.base_sequence));
    }
    sent
}

/// The same, all of it at this epoch.
pub(super) fn flush_at(lane: &mut Lane<Ten>, epoch: i16) -> Vec<(char, i32)> {
    let mut sent = Vec::new();
    while let Some(Transmission { batch, stamp, .. }) = lane.next() {
        assert_eq!(stamp.epoch, epoch);
        sent.push((batch.0, stamp.base_sequence));
    }
    sent
}

pub(super) fn attempts(lane: &mut Lane<Ten>) -> Vec<Attempt> {
    std::iter::from_fn(|| lane.next().map(|sent| sent.attempt)).collect()
}

fn failed(name: char, written: Written) -> Step<Ten> {
    Step::Failed(Lost {
        batch: Ten(name),
        written,
    })
}

pub(super) fn lost(lane: &mut Lane<Ten>) -> Vec<(char, Written)> {
    let reason = lane.broken().expect("a broken lane");
    lane.break_up(reason)
        .into_iter()
        .map(|lost| (lost.batch.0, lost.written))
        .collect()
}

const APPENDED: Verdict = Verdict::Appended { base_offset: 100 };

#[test]
fn until_the_first_acknowledgement_one_batch_is_out() {
    let mut lane = lane("abcdefgh");
    assert_eq!(flush(&mut lane), [('a', 0)]);
    let first = Attempt {
        ticket: lane.oldest_ticket().unwrap(),
        number: 1,
    };
    assert_eq!(lane.answered(first, Verdict::TryAgain), Step::Again);
    assert_eq!(flush(&mut lane), [('a', 0)]);
    let second = Attempt { number: 2, ..first };
    let step = lane.answered(second, APPENDED);
    assert_eq!(
        step,
        Step::Acknowledged {
            batch: Ten('a'),
            base_offset: 100
        }
    );
    assert_eq!(
        flush(&mut lane),
        [('b', 10), ('c', 20), ('d', 30), ('e', 40), ('f', 50)]
    );
}

#[test]
fn batches_acknowledged_after_an_unresolved_one_take_room_in_the_window() {
    let mut lane = confirmed("bcdefghi");
    let out = attempts(&mut lane);
    let appended = |base_offset| Verdict::Appended { base_offset };
    lane.answered(out[1], appended(20));
    lane.answered(out[2], appended(30));
    assert_eq!(
        flush(&mut lane),
        [],
        "b, c and d are within what the broker remembers"
    );
    lane.answered(out[0], appended(10));
    assert_eq!(flush(&mut lane), [('g', 60), ('h', 70), ('i', 80)]);
}

#[test]
fn batches_in_doubt_are_sent_again_oldest_first_with_their_sequences_before_anything_new() {
    let mut lane = confirmed("bcdef");
    let out = [send(&mut lane).0, send(&mut lane).0, send(&mut lane).0];
    for attempt in [out[2], out[0]] {
        assert_eq!(lane.answered(attempt, Verdict::InDoubt), Step::Again);
    }
    assert_eq!(
        flush(&mut lane),
        [('b', 10), ('d', 30), ('e', 40), ('f', 50)]
    );
}

#[test]
fn a_verdict_on_an_earlier_attempt_changes_nothing() {
    let mut lane = confirmed("b");
    let (first, _) = send(&mut lane);
    lane.answered(first, Verdict::InDoubt);
    let (second, _) = send(&mut lane);
    assert_eq!(lane.answered(first, Verdict::Refused), Step::Stale);
    assert_eq!(
        lane.answered(second, APPENDED),
        Step::Acknowledged {
            batch: Ten('b'),
            base_offset: 100
        }
    );
    assert_eq!(lane.answered(second, APPENDED), Step::Stale);
}

#[test]
fn a_refusal_after_a_doubt_leaves_the_doubt_and_fails_what_was_sent() {
    let mut lane = confirmed("bcd");
    let (b, _) = send(&mut lane);
    lane.answered(b, Verdict::InDoubt);
    let (again, _) = send(&mut lane);
    send(&mut lane);
    assert_eq!(
        lane.answered(again, Verdict::Refused),
        failed('b', Written::Maybe)
    );
    assert_eq!(lane.broken(), Some(Break::Unresolved));
    assert_eq!(lost(&mut lane), [('c', Written::Maybe)]);
    assert_eq!(flush_at(&mut lane, 1), [('d', 0)]);
}

#[test]
fn followers_of_a_refused_batch_get_new_sequences_once_each_was_refused_too() {
    let mut lane = confirmed("bcde");
    let out = [send(&mut lane).0, send(&mut lane).0, send(&mut lane).0];
    assert_eq!(
        lane.answered(out[0], Verdict::Refused),
        failed('b', Written::No)
    );
    assert_eq!(lane.answered(out[1], Verdict::OutOfSequence), Step::Again);
    assert_eq!(flush(&mut lane), [], "d may still be appended");
    assert_eq!(lane.answered(out[2], Verdict::OutOfSequence), Step::Again);
    assert_eq!(flush(&mut lane), [('c', 10), ('d', 20), ('e', 30)]);
    assert_eq!(lane.broken(), None);
}

#[test]
fn of_two_refused_batches_numbering_starts_again_at_the_older_one() {
    for order in [[0, 2], [2, 0]] {
        let mut lane = confirmed("bcde");
        let out = attempts(&mut lane);
        for at in order {
            lane.answered(out[at], Verdict::Refused);
        }
        lane.answered(out[1], Verdict::OutOfSequence);
        lane.answered(out[3], Verdict::OutOfSequence);
        assert_eq!(flush(&mut lane), [('c', 10), ('e', 20)], "{order:?}");
    }
}

#[test]
fn a_follower_in_doubt_behind_a_refused_batch_keeps_its_sequence_until_the_log_is_asked() {
    let mut lane = confirmed("bcd");
    let out = [send(&mut lane).0, send(&mut lane).0];
    lane.answered(out[1], Verdict::InDoubt);
    lane.answered(out[0], Verdict::Refused);
    let (again, sequence) = send(&mut lane);
    assert_eq!(sequence, 20);
    assert_eq!(lane.answered(again, Verdict::OutOfSequence), Step::Refused);
    assert_eq!(flush(&mut lane), []);
    let asked = lane.inquiry().unwrap().batches;
    assert_eq!((asked.len(), asked[0].stamp.base_sequence), (1, 20));
}

#[test]
fn a_doubt_behind_a_refused_batch_is_resolved_however_many_halves_lie_between() {
    let mut lane = confirmed("bcdef");
    let out = attempts(&mut lane);
    for attempt in &out[1..4] {
        assert_eq!(lane.answered(*attempt, Verdict::TooLarge), Step::Halve);
        lane.replace(attempt.ticket, |_| (Ten('1'), Ten('2')));
    }
    lane.answered(out[4], Verdict::InDoubt);
    lane.answered(out[0], Verdict::Refused);
    assert_eq!(flush(&mut lane), [('f', 50)]);
}

#[test]
fn an_append_behind_a_refused_batch_counts_but_nothing_follows_it() {
    let mut lane = confirmed("bcd");
    let out = [send(&mut lane).0, send(&mut lane).0];
    lane.answered(out[0], Verdict::Refused);
    let step = lane.answered(out[1], APPENDED);
    assert_eq!(
        step,
        Step::Acknowledged {
            batch: Ten('c'),
            base_offset: 100
        }
    );
    assert_eq!(lane.broken(), Some(Break::AppendedOutOfSequence));
    assert_eq!(flush(&mut lane), []);
}

#[test]
fn a_sequence_refused_behind_an_unresolved_batch_waits_for_it() {
    let mut lane = confirmed("bcd");
    let out = attempts(&mut lane);
    lane.answered(out[1], Verdict::OutOfSequence);
    assert_eq!(flush(&mut lane), [], "it would be refused again");
    lane.answered(out[0], Verdict::TryAgain);
    assert_eq!(flush(&mut lane), [('b', 10), ('c', 20)]);
}

#[test]
fn answers_of_two_connections_may_cross_without_breaking_the_lane() {
    let mut lane = confirmed("bc");
    let out = attempts(&mut lane);
    lane.answered(out[0], APPENDED);
    assert_eq!(lane.answered(out[1], Verdict::OutOfSequence), Step::Again);
    assert_eq!(flush(&mut lane), [('c', 20)]);
}

#[test]
fn a_lane_that_is_fenced_takes_nothing_more() {
    let mut lane = confirmed("bc");
    let (b, _) = send(&mut lane);
    assert_eq!(
        lane.answered(b, Verdict::Fenced),
        failed('b', Written::Maybe)
    );
    assert_eq!(lane.broken(), Some(Break::Fenced));
    assert_eq!(lost(&mut lane), [('c', Written::No)]);
    assert_eq!(lane.hand_over(Ten('x')), Err((Ten('x'), Break::Fenced)));
}

#[test]
fn without_idempotence_no_answer_about_sequences_breaks_a_lane() {
    let cases = [
        (Verdict::Duplicate, Written::Maybe),
        (Verdict::Fenced, Written::Maybe),
        (Verdict::OutOfSequence, Written::No),
    ];
    for (verdict, written) in cases {
        let mut lane = Lane::new(Identity::Anonymous, 5);
        hand_over(&mut lane, "a");
        let (a, _) = send(&mut lane);
        assert_eq!(
            lane.answered(a, verdict),
            failed('a', written),
            "{verdict:?}"
        );
        assert_eq!((lane.broken(), lane.inquiry()), (None, None), "{verdict:?}");
    }
}

#[test]
fn halves_keep_the_sequences_and_what_follows_keeps_its_own() {
    let mut lane = confirmed("bc");
    let out = attempts(&mut lane);
    let ticket = out[0].ticket;
    assert_eq!(lane.answered(out[0], Verdict::TooLarge), Step::Halve);
    lane.answered(out[1], Verdict::OutOfSequence);
    lane.replace(ticket, |_| (Ten('1'), Ten('2')));
    assert_eq!(flush(&mut lane), [('1', 10), ('2', 20), ('c', 20)]);
}

#[test]
fn a_batch_found_too_large_behind_a_refused_one_goes_on_with_new_sequences() {
    let mut lane = confirmed("bcd");
    let out = [send(&mut lane).0, send(&mut lane).0];
    lane.answered(out[0], Verdict::Refused);
    assert_eq!(lane.answered(out[1], Verdict::TooLarge), Step::Halve);
    lane.replace(out[1].ticket, |_| (Ten('1'), Ten('2')));
    assert_eq!(flush(&mut lane), [('1', 10), ('2', 20), ('d', 30)]);
}

#[test]
fn a_batch_in_doubt_is_never_halved() {
    let mut lane = confirmed("b");
    let (b, _) = send(&mut lane);
    lane.answered(b, Verdict::InDoubt);
    let (again, _) = send(&mut lane);
    assert_eq!(
        lane.answered(again, Verdict::TooLarge),
        failed('b', Written::Maybe)
    );
    assert_eq!(lane.broken(), Some(Break::Unresolved));
}

#[test]
fn giving_up_in_doubt_fails_what_was_sent_and_the_rest_goes_on_at_the_next_epoch() {
    let mut lane = confirmed("bcdefgh");
    let out = attempts(&mut lane);
    lane.answered(out[0], Verdict::InDoubt);
    lane.answered(out[1], Verdict::TryAgain);
    assert_eq!(lane.give_up(out[0].ticket), failed('b', Written::Maybe));
    let written = [
        ('c', Written::No),
        ('d', Written::Maybe),
        ('e', Written::Maybe),
    ];
    assert_eq!(lost(&mut lane)[..3], written);
    assert_eq!(lane.broken(), None);
    assert_eq!(flush_at(&mut lane, 1), [('g', 0)], "first alone");
}

#[test]
fn a_lane_whose_epochs_are_used_up_is_broken_for_good() {
    let last = Identity::Producer {
        id: 7,
        epoch: i16::MAX,
    };
    let mut lane = Lane::new(last, 5);
    hand_over(&mut lane, "ab");
    let (a, _) = send(&mut lane);
    lane.answered(a, Verdict::InDoubt);
    assert_eq!(lane.give_up(a.ticket), failed('a', Written::Maybe));
    assert_eq!(lost(&mut lane), [('b', Written::No)]);
    assert_eq!(lane.broken(), Some(Break::EpochsExhausted));
}

#[test]
fn giving_up_a_batch_that_was_definitely_refused_lets_the_lane_go_on() {
    let mut lane = confirmed("bc");
    let out = attempts(&mut lane);
    for attempt in &out {
        lane.answered(*attempt, Verdict::TryAgain);
    }
    assert_eq!(lane.give_up(out[0].ticket), failed('b', Written::No));
    assert_eq!(flush(&mut lane), [('c', 10)]);
}

#[test]
fn only_what_was_never_sent_can_be_discarded() {
    let mut lane = lane("abcd");
    send(&mut lane);
    assert_eq!(lane.discard(|batch| batch.0 != 'c'), [Ten('b'), Ten('d')]);
    assert_eq!(lane.oldest(), Some(&Ten('a')));
}

#[test]
fn sequences_wrap_after_two_to_the_31_minus_one() {
    assert_eq!(advance(i32::MAX - 10, 10), i32::MAX);
    assert_eq!(advance(i32::MAX - 9, 10), 0);
    assert_eq!(advance(i32::MAX, 10), 9);
    let mut lane = confirmed("bc");
    lane.next_sequence = i32::MAX - 4;
    assert_eq!(flush(&mut lane), [('b', i32::MAX - 4), ('c', 5)]);
}

#[test]
fn without_idempotence_there_are_no_sequences_and_a_lane_survives_a_doubt() {
    let mut lane = Lane::new(Identity::Anonymous, 2);
    hand_over(&mut lane, "abc");
    assert_eq!(lane.next().unwrap().stamp, ProducerStamp::NONE);
    let (b, sequence) = send(&mut lane);
    assert_eq!(sequence, -1);
    assert!(lane.peek().is_none());
    lane.answered(b, Verdict::InDoubt);
    assert_eq!(lane.give_up(b.ticket), failed('b', Written::Maybe));
    assert_eq!(lane.broken(), None);
    assert_eq!(lane.peek(), Some(&Ten('c')));
}
