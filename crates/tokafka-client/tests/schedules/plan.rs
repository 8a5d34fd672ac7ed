//! What happens in a schedule, drawn from its seed.

use std::time::Duration;

use fastrand::Rng;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{Fault, FaultAction, Profile};

pub(crate) const TOPICS: [&str; 2] = ["t", "u"];

/// Errors that heal, and say or leave open that nothing was appended.
const BEFORE_THE_APPEND: [ResponseError; 8] = [
    ResponseError::NotLeaderOrFollower,
    ResponseError::UnknownTopicOrPartition,
    ResponseError::LeaderNotAvailable,
    ResponseError::NotEnoughReplicas,
    ResponseError::KafkaStorageError,
    ResponseError::CorruptMessage,
    ResponseError::OutOfOrderSequenceNumber,
    ResponseError::UnknownProducerId,
];
/// Errors that a broker may answer after it has appended.
const AFTER_THE_APPEND: [ResponseError; 5] = [
    ResponseError::RequestTimedOut,
    ResponseError::NotEnoughReplicasAfterAppend,
    ResponseError::NotLeaderOrFollower,
    ResponseError::KafkaStorageError,
    ResponseError::DuplicateSequenceNumber,
];
/// Errors that end a write. A batch that is too large is halved first, but not a single row.
const FINAL: [ResponseError; 3] = [
    ResponseError::TopicAuthorizationFailed,
    ResponseError::InvalidRecord,
    ResponseError::MessageTooLarge,
];

/// A schedule.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) patience: Patience,
    pub(crate) nodes: i32,
    pub(crate) profile: Profile,
    /// Of each topic.
    pub(crate) partitions: u32,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) buffer_memory: usize,
    pub(crate) writers: Vec<Script>,
    /// In the order in which they happen.
    pub(crate) events: Vec<Event>,
}

/// How long the producer tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until all is written: nothing is refused for good, so nothing may be missing.
    Endless,
    /// A little, and some refusals are final: what is missing must be told.
    Short,
}

/// What one writer does.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) batches: Vec<Batch>,
    /// Cancels after so many batches.
    pub(crate) cancels_after: Option<usize>,
}

/// Rows for one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch {
    pub(crate) topic: usize,
    pub(crate) partition: u32,
    pub(crate) rows: usize,
}

/// Something that happens once so many more produce requests have come, or a while has passed.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) requests: u64,
    pub(crate) at_latest: Duration,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Fault(Fault),
    /// Lets one go that is held, if there are so many.
    Release(usize),
    MoveLeader {
        topic: usize,
        partition: u32,
        node: i32,
    },
    /// Stops a node; if there are others, they lead its partitions after a while.
    Stop(i32),
    Start(i32),
    /// With its log.
    Restart(i32),
    ForgetOlderBatches,
    AddPartitions(i32),
    Quota(u32),
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let patience = *pick(
            rng,
            &[Patience::Endless, Patience::Endless, Patience::Short],
        );
        let profiles = [Profile::Kafka2_8, Profile::Kafka3_9, Profile::Kafka4];
        let mut plan = Self {
            patience,
            nodes: rng.i32(1..=3),
            profile: *pick(rng, &profiles),
            partitions: rng.u32(1..=2),
            settings: Vec::new(),
            buffer_memory: *pick(rng, &[200, 1_000, 4_000]),
            writers: Vec::new(),
            events: Vec::new(),
        };
        plan.settings = settings(rng, patience, plan.buffer_memory);
        plan.writers = (0..rng.usize(1..=3)).map(|_| plan.script(rng)).collect();
        for _ in 0..rng.usize(1..=12) {
            let more = plan.what(rng);
            plan.events
                .extend(more.into_iter().map(|what| event(rng, what)));
        }
        plan
    }

    fn script(&self, rng: &mut Rng) -> Script {
        let count = rng.usize(1..=50);
        let batch = |rng: &mut Rng| Batch {
            topic: rng.usize(..TOPICS.len()),
            partition: rng.u32(..self.partitions),
            rows: rng.usize(1..=4),
        };
        let cancels = self.patience == Patience::Short && rng.u8(..4) == 0;
        Script {
            batches: (0..count).map(|_| batch(rng)).collect(),
            cancels_after: cancels.then(|| rng.usize(..=count)),
        }
    }

    fn what(&self, rng: &mut Rng) -> Vec<What> {
        let node = rng.i32(1..=self.nodes);
        let one = match rng.u8(..24) {
            0..9 => What::Fault(self.fault(rng)),
            9 | 10 => What::Release(rng.usize(..3)),
            11..14 => What::MoveLeader {
                topic: rng.usize(..TOPICS.len()),
                partition: rng.u32(..self.partitions),
                node,
            },
            14 => What::Stop(node),
            15 => What::Start(node),
            16 => What::Restart(node),
            17 => What::AddPartitions(5),
            18 => What::Quota(rng.u32(2_000..50_000)),
            _ => return self.amnesia(rng, node),
        };
        vec![one]
    }

    /// Batches are appended without a good answer, and then the broker forgets them.
    fn amnesia(&self, rng: &mut Rng, node: i32) -> Vec<What> {
        let appended = What::Fault(Fault {
            times: rng.u32(2..=5),
            action: FaultAction::CarryOutThenAnswer(*pick(rng, &AFTER_THE_APPEND)),
            ..self.fault_of(rng, ApiKey::Produce)
        });
        let forgotten = if rng.bool() {
            What::Restart(node)
        } else {
            What::ForgetOlderBatches
        };
        vec![appended, forgotten]
    }

    fn fault(&self, rng: &mut Rng) -> Fault {
        let apis = [
            ApiKey::Metadata,
            ApiKey::Fetch,
            ApiKey::ListOffsets,
            ApiKey::ApiVersions,
        ];
        if rng.u8(..4) == 0 {
            let api = *pick(rng, &apis);
            return self.fault_of(rng, api);
        }
        Fault {
            action: self.on_produce(rng),
            ..self.fault_of(rng, ApiKey::Produce)
        }
    }

    fn fault_of(&self, rng: &mut Rng, api: ApiKey) -> Fault {
        let aimed = api == ApiKey::Produce && rng.bool();
        Fault {
            api,
            topic: aimed.then(|| (*pick(rng, &TOPICS)).to_owned()),
            partition: aimed.then(|| rng.i32(..self.partitions.cast_signed())),
            after: rng.u32(..3),
            times: rng.u32(1..=3),
            action: anywhere(rng),
        }
    }

    fn on_produce(&self, rng: &mut Rng) -> FaultAction {
        match rng.u8(..12) {
            0 if self.patience == Patience::Short => FaultAction::Refuse(*pick(rng, &FINAL)),
            0..2 => FaultAction::Refuse(*pick(rng, &BEFORE_THE_APPEND)),
            2..4 => FaultAction::CarryOutThenAnswer(*pick(rng, &AFTER_THE_APPEND)),
            4 | 5 => FaultAction::HoldRequest,
            6 => FaultAction::HoldAnswer,
            7 => FaultAction::Duplicate,
            _ => anywhere(rng),
        }
    }
}

fn event(rng: &mut Rng, what: What) -> Event {
    Event {
        requests: rng.u64(0..8),
        at_latest: Duration::from_millis(rng.u64(0..60)),
        what,
    }
}

fn settings(rng: &mut Rng, patience: Patience, memory: usize) -> Vec<(&'static str, String)> {
    let request_timeout = rng.u64(150..300);
    let delivery_timeout = match patience {
        Patience::Endless => 60_000,
        Patience::Short => request_timeout + rng.u64(10..600),
    };
    vec![
        ("request.timeout.ms", request_timeout.to_string()),
        ("delivery.timeout.ms", delivery_timeout.to_string()),
        ("max.block.ms", "30000".to_owned()),
        ("retry.backoff.ms", rng.u64(1..20).to_string()),
        ("retry.backoff.max.ms", "50".to_owned()),
        ("reconnect.backoff.ms", "5".to_owned()),
        ("reconnect.backoff.max.ms", "50".to_owned()),
        ("buffer.memory", memory.to_string()),
        (
            "max.in.flight.requests.per.connection",
            rng.u8(1..=5).to_string(),
        ),
        ("tokafka.connections.per.broker", rng.u8(1..=2).to_string()),
    ]
}

/// What can befall a request of any kind.
fn anywhere(rng: &mut Rng) -> FaultAction {
    let time = Duration::from_millis(rng.u64(0..400));
    match rng.u8(..9) {
        0 => FaultAction::Cut,
        1 => FaultAction::CutRequest(rng.usize(..250)),
        2 => FaultAction::CutAnswer(rng.usize(..80)),
        3 => FaultAction::LoseAnswer,
        4 => FaultAction::Drop,
        5 => FaultAction::Silence,
        6 => FaultAction::DelayRequest(time),
        7 => FaultAction::DelayAnswer(time),
        _ => FaultAction::Throttle(time / 2),
    }
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}
