//! A lane, a broker, two connections between them, and what was told of each row.

use std::collections::{BTreeMap, VecDeque};

use super::{
    super::*,
    action::{Action, Treatment},
    broker::{Broker, PRODUCER_ID},
    rows::{Request, Rows},
};

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

pub(super) struct World {
    old: bool,
    pub(super) lane: Lane<Rows>,
    pub(super) broker: Broker,
    wires: [Wire; 2],
    lost: VecDeque<Request>,
    /// What was asked and is answered, on its way.
    found: Option<(Inquiry, Findings)>,
    current: usize,
    pub(super) next_row: u32,
    /// What was told of each row.
    fates: BTreeMap<u32, Fate>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::of(false)
    }

    /// Whose rows are old, if a restarted broker is to forget the producer.
    pub(super) fn of(old: bool) -> Self {
        Self {
            old,
            lane: Lane::new(
                Identity::Producer {
                    id: PRODUCER_ID,
                    epoch: 0,
                },
                5,
            ),
            broker: Broker::taking(4),
            wires: Default::default(),
            lost: VecDeque::new(),
            found: None,
            current: 0,
            next_row: 0,
            fates: BTreeMap::new(),
        }
    }

    pub(super) fn act(&mut self, action: Action) {
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

    pub(super) fn break_up(&mut self, reason: Break) {
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
    pub(super) fn settle(&mut self) {
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

    pub(super) fn check(&self) {
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
