//! A lane against a broker that keeps Kafka's rules of sequences (`ProducerStateManager`), over
//! connections that lose and delay.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::batch::BatchHeader;

const PRODUCER_ID: i64 = 1;

/// Consecutive rows; each row is its number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rows {
    first: u32,
    count: u32,
    /// A broker that is restarted forgets their producer.
    old: bool,
}

impl Rows {
    fn all(&self) -> impl Iterator<Item = u32> + use<> {
        self.first..self.first + self.count
    }

    fn halves(&self) -> (Self, Self) {
        let count = self.count / 2;
        let second = Self {
            first: self.first + count,
            count: self.count - count,
            ..*self
        };
        (Self { count, ..*self }, second)
    }
}

impl Payload for Rows {
    fn record_count(&self) -> u32 {
        self.count
    }

    fn is_soon_forgotten(&self) -> bool {
        self.old
    }
}

#[derive(Debug, Clone)]
struct Request {
    attempt: Attempt,
    epoch: i16,
    sequence: i32,
    rows: Rows,
}

/// How the broker, or the network before it, deals with one request.
#[derive(Debug, Clone, Copy)]
enum Treatment {
    Honest,
    /// Not appended, may be tried again.
    Unwilling,
    /// Appended if its sequence is right; answered with a time-out.
    Unsure,
    /// Not appended, for good.
    Unacceptable,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    HandOver(u32),
    Send,
    /// The broker takes the next request of a connection.
    Serve(usize, Treatment),
    /// The next answer of a connection arrives.
    Answer(usize),
    /// A connection is lost; the broker may still find requests in its buffers.
    Cut(usize),
    /// The broker takes a request of a lost connection.
    ServeLost,
    /// Requests go over the other connection from now on.
    Move,
    /// The broker loses its connections, and remembers only the last batch.
    Restart,
    /// The log is asked what a lane wants to know.
    Ask,
    /// The answer arrives.
    Find,
    /// The broker takes only batches of so many rows.
    Limit(u32),
    /// The time for the oldest batch is over.
    GiveUp,
}

/// What a lane must get through without losing anything.
fn mild_action() -> impl Strategy<Value = Action> {
    let treatment = prop_oneof![
        8 => Just(Treatment::Honest),
        2 => Just(Treatment::Unwilling),
        1 => Just(Treatment::Unsure),
    ];
    prop_oneof![
        6 => (1_u32..=4).prop_map(Action::HandOver),
        12 => Just(Action::Send),
        10 => (0_usize..2, treatment).prop_map(|(at, how)| Action::Serve(at, how)),
        10 => (0_usize..2).prop_map(Action::Answer),
        1 => (0_usize..2).prop_map(Action::Cut),
        2 => Just(Action::ServeLost),
        1 => Just(Action::Move),
        1 => Just(Action::Restart),
        6 => Just(Action::Ask),
        6 => Just(Action::Find),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        42 => mild_action(),
        1 => (0_usize..2).prop_map(|at| Action::Serve(at, Treatment::Unacceptable)),
        1 => (1_u32..=4).prop_map(Action::Limit),
        1 => Just(Action::GiveUp),
    ]
}

#[derive(Debug, Default)]
struct Broker {
    log: Vec<u32>,
    /// All that was appended.
    batches: Vec<Stored>,
    /// The last batches of the current epoch; empty if the producer is unknown.
    known: VecDeque<Stored>,
    limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stored {
    epoch: i16,
    sequence: i32,
    count: u32,
    offset: i64,
}

impl Broker {
    fn serve(&mut self, request: &Request, treatment: Treatment) -> Verdict {
        match treatment {
            Treatment::Honest => self.append(request),
            Treatment::Unwilling => Verdict::TryAgain,
            Treatment::Unacceptable => Verdict::Refused,
            Treatment::Unsure => {
                self.append(request);
                Verdict::InDoubt
            }
        }
    }

    fn append(&mut self, request: &Request) -> Verdict {
        let offset = i64::try_from(self.log.len()).unwrap();
        let batch = Stored {
            epoch: request.epoch,
            sequence: request.sequence,
            count: request.rows.count,
            offset,
        };
        if batch.count > self.limit {
            return Verdict::TooLarge;
        }
        let known = self.known.iter().find(|known| known.is(&batch));
        if let Some(Stored { offset, .. }) = known {
            return Verdict::Appended {
                base_offset: *offset,
            };
        }
        match self.known.back() {
            Some(last) if batch.epoch < last.epoch => return Verdict::Fenced,
            Some(last) if !batch.follows(last) => return Verdict::OutOfSequence,
            Some(last) if batch.epoch > last.epoch => self.known.clear(),
            Some(_) | None => {}
        }
        self.log.extend(request.rows.all());
        self.batches.push(batch);
        self.known.push_back(batch);
        if self.known.len() > 5 {
            self.known.pop_front();
        }
        Verdict::Appended {
            base_offset: offset,
        }
    }

    fn findings(&self, inquiry: &Inquiry) -> Findings {
        let from = inquiry.acknowledged.first();
        let from = from.map_or(0, |landmark| landmark.base_offset);
        let mut evidence = Evidence::new(inquiry);
        for batch in self.batches.iter().filter(|batch| batch.offset >= from) {
            evidence.see(&batch.header());
        }
        evidence.finish(i64::try_from(self.log.len()).unwrap())
    }
}

impl Stored {
    fn header(&self) -> BatchHeader {
        BatchHeader {
            base_offset: self.offset,
            batch_length: 0,
            leader_epoch: 0,
            crc: 0,
            attributes: 0,
            last_offset_delta: self.count.cast_signed() - 1,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: PRODUCER_ID,
            producer_epoch: self.epoch,
            base_sequence: self.sequence,
            record_count: self.count.cast_signed(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        (self.epoch, self.sequence, self.count) == (other.epoch, other.sequence, other.count)
    }

    /// A new epoch begins with sequence 0.
    fn follows(&self, last: &Self) -> bool {
        let expected = if self.epoch > last.epoch {
            0
        } else {
            advance(last.sequence, last.count)
        };
        self.sequence == expected
    }
}

#[derive(Debug, Default)]
struct Wire {
    requests: VecDeque<Request>,
    answers: VecDeque<(Attempt, Verdict)>,
}

impl Wire {
    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.answers.is_empty()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Acknowledged { offset: i64 },
    Lost(Written),
}

struct World {
    old: bool,
    lane: Lane<Rows>,
    broker: Broker,
    wires: [Wire; 2],
    lost: VecDeque<Request>,
    /// What was asked and is answered, on its way.
    found: Option<(Inquiry, Findings)>,
    current: usize,
    next_row: u32,
    /// What was told of each row.
    fates: BTreeMap<u32, Fate>,
}

impl World {
    fn new() -> Self {
        Self::of(false)
    }

    /// Whose rows are old, if a restarted broker is to forget the producer.
    fn of(old: bool) -> Self {
        Self {
            old,
            lane: Lane::new(
                Identity::Producer {
                    id: PRODUCER_ID,
                    epoch: 0,
                },
                5,
            ),
            broker: Broker {
                limit: 4,
                ..Broker::default()
            },
            wires: Default::default(),
            lost: VecDeque::new(),
            found: None,
            current: 0,
            next_row: 0,
            fates: BTreeMap::new(),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::HandOver(count) => self.hand_over(count),
            Action::Send => self.send(),
            Action::Serve(at, treatment) => {
                if let Some(request) = self.wires[at].requests.pop_front() {
                    let verdict = self.broker.serve(&request, treatment);
                    self.wires[at].answers.push_back((request.attempt, verdict));
                }
            }
            Action::Answer(at) => {
                if let Some((attempt, verdict)) = self.wires[at].answers.pop_front() {
                    self.answered(attempt, verdict);
                }
            }
            Action::Cut(at) => self.cut(at),
            Action::ServeLost => {
                if let Some(request) = self.lost.pop_front() {
                    self.broker.append(&request);
                }
            }
            Action::Move => self.current = 1 - self.current,
            Action::Restart if self.old => {
                self.cut(0);
                self.cut(1);
                // A process that ends takes its buffers, and whoever waits for its answer, with it.
                self.lost.clear();
                self.found = None;
                self.broker.known.clear();
                self.lane.seek();
            }
            Action::Restart => {
                self.cut(0);
                self.cut(1);
                let last = self.broker.known.pop_back();
                self.broker.known = last.into_iter().collect();
            }
            Action::Ask => {
                if let Some(inquiry) = self.lane.inquiry() {
                    let findings = self.broker.findings(&inquiry);
                    self.found = Some((inquiry, findings));
                }
            }
            Action::Find => self.find(),
            Action::Limit(rows) => self.broker.limit = rows,
            Action::GiveUp => {
                if let Some(ticket) = self.lane.oldest_ticket() {
                    let step = self.lane.give_up(ticket);
                    self.conclude(step);
                }
            }
        }
    }

    fn hand_over(&mut self, count: u32) {
        let rows = Rows {
            first: self.next_row,
            count,
            old: self.old,
        };
        self.next_row += count;
        if let Err((rows, _)) = self.lane.hand_over(rows) {
            self.tell(&rows, |_| Fate::Lost(Written::No));
        }
    }

    fn send(&mut self) {
        if let Some(Transmission {
            attempt,
            batch,
            stamp,
        }) = self.lane.next()
        {
            let request = Request {
                attempt,
                epoch: stamp.epoch,
                sequence: stamp.base_sequence,
                rows: batch.clone(),
            };
            self.wires[self.current].requests.push_back(request);
        }
    }

    fn find(&mut self) {
        let Some((inquiry, findings)) = self.found.take() else {
            return;
        };
        for settled in self.lane.take_in(&inquiry, &findings).unwrap_or_default() {
            match settled {
                Settled::There { batch, base_offset } => self.acknowledge(&batch, base_offset),
                Settled::Failed { lost, .. } => {
                    self.tell(&lost.batch, |_| Fate::Lost(lost.written));
                }
            }
        }
    }

    fn acknowledge(&mut self, rows: &Rows, base_offset: i64) {
        self.tell(rows, |at| Fate::Acknowledged {
            offset: base_offset + i64::from(at),
        });
    }

    fn cut(&mut self, at: usize) {
        let Wire { requests, answers } = std::mem::take(&mut self.wires[at]);
        for (attempt, _) in answers {
            self.answered(attempt, Verdict::InDoubt);
        }
        for request in requests {
            self.answered(request.attempt, Verdict::InDoubt);
            self.lost.push_back(request);
        }
    }

    fn answered(&mut self, attempt: Attempt, verdict: Verdict) {
        match self.lane.answered(attempt, verdict) {
            Step::Halve
                if self
                    .lane
                    .batch(attempt.ticket)
                    .is_some_and(|rows| rows.count > 1) =>
            {
                self.lane.replace(attempt.ticket, |rows| rows.halves());
            }
            Step::Halve => {
                let step = self.lane.give_up(attempt.ticket);
                self.conclude(step);
            }
            step => self.conclude(step),
        }
    }

    fn conclude(&mut self, step: Step<Rows>) {
        match step {
            Step::Acknowledged { batch, base_offset } => self.acknowledge(&batch, base_offset),
            Step::Failed(Lost { batch, written }) => self.tell(&batch, |_| Fate::Lost(written)),
            Step::Again | Step::Refused | Step::Stale => {}
            Step::HandedOver { .. } | Step::Halve => unreachable!("no such step here"),
        }
        if let Some(reason) = self.lane.broken() {
            assert_ne!(
                reason,
                Break::AppendedOutOfSequence,
                "the broker keeps the order"
            );
            self.break_up(reason);
        }
    }

    fn break_up(&mut self, reason: Break) {
        for Lost { batch, written } in self.lane.break_up(reason) {
            self.tell(&batch, |_| Fate::Lost(written));
        }
    }

    fn tell(&mut self, rows: &Rows, fate: impl Fn(u32) -> Fate) {
        for (at, row) in (0..).zip(rows.all()) {
            let earlier = self.fates.insert(row, fate(at));
            assert_eq!(earlier, None, "row {row} was resolved twice");
        }
    }

    /// Lets everything run its course on a network that works.
    fn settle(&mut self) {
        let mut rounds = 0;
        while !(self.lane.is_empty()
            && self.lost.is_empty()
            && self.wires.iter().all(Wire::is_empty))
        {
            rounds += 1;
            assert!(rounds < 2_000, "stuck: {:?}", self.lane);
            self.act(Action::ServeLost);
            self.act(Action::Send);
            self.act(Action::Ask);
            self.act(Action::Find);
            for at in 0..2 {
                self.act(Action::Serve(at, Treatment::Honest));
                self.act(Action::Answer(at));
            }
        }
    }

    fn check(&self) {
        let log = &self.broker.log;
        assert!(
            log.is_sorted_by(|a, b| a < b),
            "no row twice, order kept: {log:?}"
        );
        assert_eq!(
            self.fates.len(),
            usize::try_from(self.next_row).unwrap(),
            "each row is told of"
        );
        for (row, fate) in &self.fates {
            let offset = log
                .binary_search(row)
                .ok()
                .map(|at| i64::try_from(at).unwrap());
            match fate {
                Fate::Acknowledged { offset: told } => assert_eq!(offset, Some(*told), "row {row}"),
                Fate::Lost(Written::No) => assert_eq!(offset, None, "row {row}"),
                Fate::Lost(Written::Maybe) => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn no_acknowledged_row_is_missing_none_is_there_twice_and_each_is_told_of_once(
        actions in prop::collection::vec(action(), 1..120)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.settle();
        world.check();
    }

    #[test]
    fn losses_delays_moves_and_restarts_alone_lose_nothing(
        actions in prop::collection::vec(mild_action(), 1..120)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.settle();
        world.check();
        prop_assert_eq!(world.lane.broken(), None);
        let rows: Vec<u32> = (0..world.next_row).collect();
        prop_assert_eq!(&world.broker.log, &rows);
    }

    #[test]
    fn a_broker_that_forgets_the_producer_writes_nothing_twice(
        actions in prop::collection::vec(mild_action(), 1..120)
    ) {
        let mut world = World::of(true);
        for action in actions {
            world.act(action);
        }
        world.settle();
        // It accepts any sequence first, so that a batch may come before one that it was to follow: then
        // that one fails.
        world.check();
    }

    #[test]
    fn a_lane_that_is_ended_at_any_moment_tells_the_truth(
        actions in prop::collection::vec(action(), 1..60)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.break_up(Break::Ended);
        world.settle();
        world.check();
    }
}
