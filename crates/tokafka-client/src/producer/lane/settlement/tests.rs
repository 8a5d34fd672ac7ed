use super::{
    super::tests::{Ten, attempts, confirmed, flush, flush_at, hand_over, lost, send},
    *,
};
use crate::producer::lane::{Attempt, Missing, Step, Verdict};

const REFUSED: Verdict = Verdict::OutOfSequence;

/// A lane whose batches after `a` were sent and lost their answers, and are sent again.
fn in_doubt(names: &str) -> (Lane<Ten>, Vec<Attempt>) {
    let mut lane = confirmed(names);
    for attempt in attempts(&mut lane) {
        lane.answered(attempt, Verdict::InDoubt);
    }
    let again = attempts(&mut lane);
    (lane, again)
}

/// Has every attempt refused until the lane asks the log.
fn refuse_all(lane: &mut Lane<Ten>, mut out: Vec<Attempt>) -> Inquiry {
    while !out.is_empty() {
        for attempt in out {
            lane.answered(attempt, REFUSED);
        }
        out = attempts(lane);
    }
    lane.inquiry().expect("a lane that asks the log")
}

fn there(inquiry: &Inquiry, places: &[(usize, i64)]) -> Findings {
    let ticket = |at: usize| inquiry.batches[at].ticket;
    Findings {
        there: places
            .iter()
            .map(|&(at, offset)| (ticket(at), offset))
            .collect(),
        missing: None,
    }
}

/// Offset and sequence.
fn described(landmark: &Landmark) -> (i64, i32) {
    (landmark.base_offset, landmark.stamp.base_sequence)
}

fn told(settled: Vec<Settled<Ten>>) -> Vec<(char, Result<i64, Break>)> {
    let tell = |settled: Settled<Ten>| match settled {
        Settled::There { batch, base_offset } => (batch.0, Ok(base_offset)),
        Settled::Failed { lost, reason } => {
            assert_eq!(lost.written, Written::No);
            (lost.batch.0, Err(reason))
        }
    };
    settled.into_iter().map(tell).collect()
}

#[test]
fn batches_that_the_log_has_are_acknowledged_and_the_lane_goes_on_at_the_next_epoch() {
    let (mut lane, again) = in_doubt("bcdef");
    let inquiry = refuse_all(&mut lane, again);
    let acknowledged: Vec<_> = inquiry.acknowledged.iter().map(described).collect();
    assert_eq!(acknowledged, [(0, 0)], "a lies before what is asked for");
    let findings = there(&inquiry, &[(0, 10), (1, 20), (2, 30), (3, 40), (4, 55)]);
    let settled = lane.take_in(&inquiry, &findings).unwrap();
    let expected = [('b', 10), ('c', 20), ('d', 30), ('e', 40), ('f', 55)];
    assert_eq!(told(settled), expected.map(|(name, at)| (name, Ok(at))));
    hand_over(&mut lane, "gh");
    assert_eq!(flush_at(&mut lane, 1), [('g', 0)], "first alone");
}

#[test]
fn batches_that_the_log_does_not_have_are_sent_again_with_new_sequences() {
    let (mut lane, again) = in_doubt("bcd");
    let inquiry = refuse_all(&mut lane, again);
    let settled = lane
        .take_in(&inquiry, &there(&inquiry, &[(0, 10)]))
        .unwrap();
    assert_eq!(told(settled), [('b', Ok(10))]);
    hand_over(&mut lane, "e");
    let (c, sequence) = send(&mut lane);
    assert_eq!((sequence, flush(&mut lane)), (0, vec![]), "first alone");
    lane.answered(c, Verdict::Appended { base_offset: 20 });
    assert_eq!(flush_at(&mut lane, 1), [('d', 10), ('e', 20)]);
}

#[test]
fn the_log_is_not_asked_while_anything_can_still_be_appended() {
    let (mut lane, again) = in_doubt("bcd");
    assert_eq!(lane.answered(again[0], REFUSED), Step::Refused);
    assert_eq!(lane.inquiry(), None, "c and d are out");
    lane.answered(again[1], Verdict::InDoubt);
    lane.answered(again[2], Verdict::InDoubt);
    assert_eq!(
        lane.inquiry(),
        None,
        "copies of c and d may lie in a buffer"
    );
    assert_eq!(flush(&mut lane), [('c', 20), ('d', 30)]);
}

#[test]
fn an_append_behind_a_refused_batch_makes_the_refusals_after_it_void() {
    let (mut lane, again) = in_doubt("bcde");
    for attempt in [again[0], again[1], again[3]] {
        lane.answered(attempt, REFUSED);
    }
    assert_eq!(
        flush(&mut lane),
        [('c', 20), ('e', 40)],
        "not sent as oldest"
    );
    lane.answered(again[2], Verdict::Appended { base_offset: 30 });
    assert_eq!(lane.inquiry(), None);
}

#[test]
fn a_batch_never_in_doubt_need_not_be_refused_before_the_log_is_asked() {
    let mut lane = confirmed("bcd");
    let out = attempts(&mut lane);
    lane.answered(out[1], Verdict::TryAgain);
    lane.answered(out[2], REFUSED);
    lane.answered(out[0], REFUSED);
    assert_eq!(flush(&mut lane), []);
    assert_eq!(lane.inquiry().unwrap().batches.len(), 3);
}

#[test]
fn a_duplicate_of_unknown_place_is_looked_for() {
    let mut lane = confirmed("b");
    let (b, _) = send(&mut lane);
    assert_eq!(lane.answered(b, Verdict::Duplicate), Step::Refused);
    let inquiry = lane.inquiry().unwrap();
    let settled = lane
        .take_in(&inquiry, &there(&inquiry, &[(0, 12)]))
        .unwrap();
    assert_eq!(told(settled), [('b', Ok(12))]);
}

#[test]
fn a_batch_that_would_come_after_a_later_one_fails() {
    let (mut lane, again) = in_doubt("bcd");
    let inquiry = refuse_all(&mut lane, again);
    let settled = lane
        .take_in(&inquiry, &there(&inquiry, &[(1, 10)]))
        .unwrap();
    let unordered = Err(Break::AppendedOutOfSequence);
    assert_eq!(told(settled), [('b', unordered), ('c', Ok(10))]);
    assert_eq!(flush_at(&mut lane, 1), [('d', 0)]);
}

#[test]
fn what_was_sent_fails_if_acknowledged_records_are_gone() {
    let (mut lane, again) = in_doubt("bc");
    let inquiry = refuse_all(&mut lane, again);
    let missing = Missing {
        rows: 10,
        first: 0,
        last: 9,
    };
    let findings = Findings {
        missing: Some(missing),
        ..there(&inquiry, &[(1, 0)])
    };
    let settled = lane.take_in(&inquiry, &findings).unwrap();
    let gone = Break::AcknowledgedGone(missing);
    let failed = |batch, written| Settled::Failed {
        lost: Lost { batch, written },
        reason: gone,
    };
    assert_eq!(
        settled,
        [
            failed(Ten('b'), Written::No),
            failed(Ten('c'), Written::Maybe)
        ]
    );
    hand_over(&mut lane, "d");
    assert_eq!(flush_at(&mut lane, 1), [('d', 0)], "other writes go on");
}

#[test]
fn an_answer_that_comes_too_late_changes_nothing() {
    let (mut lane, again) = in_doubt("bc");
    let inquiry = refuse_all(&mut lane, again);
    lane.give_up(inquiry.batches[0].ticket);
    assert_eq!(lost(&mut lane), [('c', Written::Maybe)]);
    assert_eq!(lane.take_in(&inquiry, &there(&inquiry, &[(0, 10)])), None);
}

#[test]
fn batches_acknowledged_behind_those_in_question_are_looked_for_too() {
    let mut lane = confirmed("bcde");
    let out = attempts(&mut lane);
    lane.answered(out[0], Verdict::InDoubt);
    lane.answered(out[1], Verdict::Appended { base_offset: 20 });
    lane.answered(out[2], Verdict::InDoubt);
    lane.answered(out[3], Verdict::Appended { base_offset: 40 });
    let again = attempts(&mut lane);
    let inquiry = refuse_all(&mut lane, again);
    let acknowledged: Vec<_> = inquiry.acknowledged.iter().map(described).collect();
    assert_eq!(acknowledged, [(0, 0), (20, 20), (40, 40)]);
    lane.take_in(&inquiry, &there(&inquiry, &[(0, 10), (1, 30)]));
    assert_eq!(
        lane.landmarks().map(|known| described(&known)).last(),
        Some((40, 40))
    );
}

#[test]
fn a_batch_that_would_come_after_an_acknowledged_one_fails() {
    let mut lane = confirmed("bcd");
    let out = [send(&mut lane).0, send(&mut lane).0];
    lane.answered(out[0], Verdict::InDoubt);
    lane.answered(out[1], Verdict::Appended { base_offset: 20 });
    let (again, _) = send(&mut lane);
    lane.answered(again, REFUSED);
    let inquiry = lane.inquiry().unwrap();
    let settled = lane.take_in(&inquiry, &there(&inquiry, &[])).unwrap();
    assert_eq!(told(settled), [('b', Err(Break::AppendedOutOfSequence))]);
    assert_eq!(flush_at(&mut lane, 1), [('d', 0)]);
}

#[test]
fn a_batch_that_lies_behind_a_later_one_is_in_the_log_but_counts_as_failed() {
    let (mut lane, again) = in_doubt("bc");
    let inquiry = refuse_all(&mut lane, again);
    let findings = there(&inquiry, &[(0, 20), (1, 10)]);
    let failed = Settled::Failed {
        lost: Lost {
            batch: Ten('b'),
            written: Written::Maybe,
        },
        reason: Break::AppendedOutOfSequence,
    };
    let found = Settled::There {
        batch: Ten('c'),
        base_offset: 10,
    };
    assert_eq!(lane.take_in(&inquiry, &findings), Some(vec![failed, found]));
}

#[test]
fn an_append_in_the_place_of_acknowledged_records_shows_that_they_are_gone() {
    let gone = |first| {
        Some(Break::AcknowledgedGone(Missing {
            rows: 10,
            first,
            last: first + 9,
        }))
    };
    let mut lane = confirmed("b");
    let (b, _) = send(&mut lane);
    let step = lane.answered(b, Verdict::Appended { base_offset: 9 });
    assert!(matches!(step, Step::Failed(lost) if lost.written == Written::Maybe));
    assert_eq!(lane.broken(), gone(0));

    let mut lane = confirmed("bc");
    let out = attempts(&mut lane);
    lane.answered(out[1], Verdict::Appended { base_offset: 20 });
    lane.answered(out[0], Verdict::Appended { base_offset: 30 });
    assert_eq!(lane.broken(), gone(20), "c was handed over after b");
}

#[test]
fn old_records_in_doubt_are_looked_for_and_the_rest_is_sent_again_as_it_was_and_alone() {
    let mut lane = confirmed("BCD");
    for attempt in attempts(&mut lane) {
        assert_eq!(lane.inquiry(), None, "something is out");
        lane.answered(attempt, Verdict::InDoubt);
    }
    assert_eq!(flush(&mut lane), []);
    let inquiry = lane.inquiry().unwrap();
    assert_eq!(inquiry.purpose, Purpose::Look);
    let looked = lane
        .take_in(&inquiry, &there(&inquiry, &[(0, 10)]))
        .unwrap();
    assert_eq!(told(looked), [('B', Ok(10))]);
    assert_eq!(flush_at(&mut lane, 0), [('C', 20)]);
}

#[test]
fn over_a_new_connection_one_batch_is_out_until_one_is_acknowledged() {
    let mut lane = confirmed("");
    lane.seek();
    hand_over(&mut lane, "bcd");
    let (b, _) = send(&mut lane);
    assert_eq!(flush(&mut lane), []);
    lane.answered(b, Verdict::Appended { base_offset: 10 });
    assert_eq!(flush(&mut lane), [('c', 20), ('d', 30)]);
}

#[test]
fn old_records_are_looked_for_once_more_before_they_go_over_a_new_connection() {
    let mut lane = confirmed("B");
    let (b, _) = send(&mut lane);
    lane.answered(b, Verdict::InDoubt);
    let inquiry = lane.inquiry().unwrap();
    lane.take_in(&inquiry, &there(&inquiry, &[]));
    lane.seek();
    assert_eq!(flush(&mut lane), []);
    assert_eq!(lane.inquiry(), Some(inquiry));
}
